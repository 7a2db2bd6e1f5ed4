//! Random bits for ids and for the jitter of retries, from a seed that the edge takes from the browser.

/// A xoroshiro128++ generator: small, fast, and as unpredictable as its seed needs to be for ids that are no secrets.
///
/// Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators" (2021).
#[derive(Clone, Debug)]
pub struct Chance {
    state: [u64; 2],
}

impl Chance {
    /// Starts from 128 random bits.
    pub fn seeded(seed: [u64; 2]) -> Self {
        // A state of zeros would stay at zero.
        let state = if seed == [0, 0] { [1, 0] } else { seed };
        Self { state }
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let [a, mut b] = self.state;
        let result = a.wrapping_add(b).rotate_left(17).wrapping_add(a);
        b ^= a;
        self.state = [a.rotate_left(49) ^ b ^ (b << 21), b.rotate_left(28)];
        result
    }

    /// The next 128 random bits.
    pub fn wide_bits(&mut self) -> [u64; 2] {
        [self.bits(), self.bits()]
    }

    /// A number below `limit`, or zero if there is none. The bias is below one in a billion for limits in use here.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.bits().checked_rem(limit).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_of_zeros_is_no_dead_end() {
        let mut chance = Chance::seeded([0, 0]);
        assert_ne!(chance.bits(), chance.bits());
    }

    #[test]
    fn numbers_stay_below_their_limit() {
        let mut chance = Chance::seeded([1, 2]);
        assert!((0..1000).all(|_| chance.below(7) < 7));
        assert_eq!(chance.below(0), 0);
    }
}
