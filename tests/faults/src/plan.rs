//! What happens to each request: by a script, one request after another, or by chance, the same for the same seed.

use std::collections::VecDeque;
use std::time::Duration;

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: it is passed on, and so is the answer.
    Pass,
    /// The connection is reset before anything reaches the collector.
    DropRequest,
    /// It is passed on and answered, and the connection is reset before the answer goes out.
    DropAnswer,
    /// It is passed on after this long.
    Delay(Duration),
    /// The proxy answers with this status, and the collector sees nothing.
    Status(u16, RetryAfter),
    /// The collector gets half of the body and the end of the connection; the browser's is reset.
    CutRequest,
    /// The answer goes out up to the middle of its body, then the connection is reset.
    CutAnswer,
}

/// What an error says about when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// Nothing.
    Unsaid,
    /// So many seconds.
    Seconds(u32),
    /// The date so many seconds from now.
    Date(u32),
}

/// The faults of the requests to come.
#[derive(Debug, Default)]
pub struct Plan {
    script: VecDeque<Fault>,
    chances: Vec<(f64, Fault)>,
    random: Option<fastrand::Rng>,
}

impl Plan {
    /// No faults.
    pub fn calm() -> Self {
        Self::default()
    }

    /// These, each for one request; everything after them passes.
    pub fn script(faults: impl IntoIterator<Item = Fault>) -> Self {
        Self { script: faults.into_iter().collect(), ..Self::default() }
    }

    /// Each of these with its probability (0 to 1, together at most 1); everything else passes.
    pub fn random(seed: u64, chances: &[(f64, Fault)]) -> Self {
        Self { chances: chances.to_vec(), random: Some(fastrand::Rng::with_seed(seed)), ..Self::default() }
    }

    /// What happens to the next request.
    pub fn draw(&mut self) -> Fault {
        if let Some(fault) = self.script.pop_front() {
            return fault;
        }
        let Some(random) = &mut self.random else { return Fault::Pass };
        let mut left = random.f64();
        for &(chance, fault) in &self.chances {
            if left < chance {
                return fault;
            }
            left -= chance;
        }
        Fault::Pass
    }

    /// How many faults of the script are still to come.
    pub fn scripted(&self) -> usize {
        self.script.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_followed_once_and_then_everything_passes() {
        let mut plan = Plan::script([Fault::DropAnswer, Fault::Status(503, RetryAfter::Unsaid)]);

        let faults = [(); 3].map(|()| plan.draw());

        assert_eq!(faults, [Fault::DropAnswer, Fault::Status(503, RetryAfter::Unsaid), Fault::Pass]);
        assert_eq!(plan.scripted(), 0);
    }

    #[test]
    fn chance_is_the_same_for_the_same_seed_and_about_as_frequent_as_said() {
        let draw = || {
            let mut plan = Plan::random(7, &[(0.3, Fault::DropAnswer), (0.2, Fault::DropRequest)]);
            (0..1_000).map(|_| plan.draw()).collect::<Vec<_>>()
        };
        let count = |fault| draw().into_iter().filter(|one| *one == fault).count();

        assert_eq!(draw(), draw());
        assert!((250..350).contains(&count(Fault::DropAnswer)));
        assert!((150..250).contains(&count(Fault::DropRequest)));
    }
}
