//! Rate limits: a bucket of tokens each for addresses and sites, which refills steadily.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use pugmark_protocol::time::{Millis, UnixMillis};

/// Most buckets kept of one kind; past it those that are full again are dropped, for they say nothing.
const BUCKETS: usize = 50_000;

/// Wrong tokens a minute from one address, before further ones are not looked at. Judgement (November 2026): room for
/// who mistypes, and 8 random characters last for ever.
const WRONG_TOKENS: u32 = 10;

/// Lines a minute in the log about requests to the events API that need no token to be refused, wherever they come from: anybody can
/// send them. Judgement (November 2026): enough to see who forgot a token.
const STRANGERS_LOGGED: u32 = 60;

/// Near misses of one event that are kept in a minute. Judgement (November 2026): a sample tells as much as all of them, and
/// each is a wait for the disk.
const NEAR_MISSES: u32 = 6;

/// The limits of the doors for batches and near misses, of the events API, and of tries to guess the admin token or a code
/// of the visualizer.
pub struct RateLimits {
    addresses: Buckets<IpAddr>,
    sites: Buckets<String>,
    wrong_tokens: Buckets<IpAddr>,
    wrong_codes: Buckets<IpAddr>,
    tokens: Buckets<i64>,
    strangers: Buckets<IpAddr>,
    strangers_logged: Buckets<()>,
    near_addresses: Buckets<IpAddr>,
    near_sites: Buckets<String>,
    near_misses: Buckets<(String, String)>,
}

impl RateLimits {
    /// So many batches a minute from one address and for one site, and API requests with one token; 0 means no limit.
    pub fn new(per_address: u32, per_site: u32, per_token: u32) -> Self {
        Self {
            addresses: Buckets::new(per_address),
            sites: Buckets::new(per_site),
            wrong_tokens: Buckets::new(WRONG_TOKENS),
            wrong_codes: Buckets::new(WRONG_TOKENS),
            tokens: Buckets::new(per_token),
            strangers: Buckets::new(per_address),
            strangers_logged: Buckets::new(STRANGERS_LOGGED),
            near_addresses: Buckets::new(per_address),
            near_sites: Buckets::new(per_site),
            near_misses: Buckets::new(NEAR_MISSES),
        }
    }

    /// Takes a token for this address.
    ///
    /// # Errors
    ///
    /// The seconds after which to try again.
    pub fn address(&self, address: IpAddr, now: UnixMillis) -> Result<(), u32> {
        self.addresses.take(network(address), now)
    }

    /// Takes a token for this site.
    ///
    /// # Errors
    ///
    /// The seconds after which to try again.
    pub fn site(&self, site: &str, now: UnixMillis) -> Result<(), u32> {
        self.sites.take(site.to_owned(), now)
    }

    /// Counts an API request with this token.
    ///
    /// # Errors
    ///
    /// The seconds after which to try again.
    pub fn token(&self, token: i64, now: UnixMillis) -> Result<(), u32> {
        self.tokens.take(token, now)
    }

    /// Counts an API request without a genuine token from this address: as many are answered as batches are. Not to hinder
    /// guessing, which 192 random bits do, but so that nobody is kept busy.
    ///
    /// # Errors
    ///
    /// The seconds after which to try again.
    pub fn stranger(&self, address: IpAddr, now: UnixMillis) -> Result<(), u32> {
        self.strangers.take(network(address), now)
    }

    /// Whether one more such request may have its line in the log.
    pub fn may_log_stranger(&self, now: UnixMillis) -> bool {
        self.strangers_logged.take((), now).is_ok()
    }

    /// Counts what this address tells of near misses at a site: as often as batches are taken, and apart from them, so that
    /// no batch waits for it.
    ///
    /// # Errors
    ///
    /// The seconds after which to try again.
    pub fn near(&self, address: IpAddr, site: &str, now: UnixMillis) -> Result<(), u32> {
        self.near_addresses.take(network(address), now)?;
        self.near_sites.take(site.to_owned(), now)
    }

    /// Whether a near miss of a site's event would be kept now. Asked before it is looked at.
    pub fn may_keep_near_miss(&self, site: &str, event: &str, now: UnixMillis) -> bool {
        self.near_misses.look(&(site.to_owned(), event.to_owned()), now).is_ok()
    }

    /// Whether a near miss of a site's event is among those that are kept. Asked of what is one, so that nothing that is none
    /// takes its place.
    pub fn keeps_near_miss(&self, site: &str, event: &str, now: UnixMillis) -> bool {
        self.near_misses.take((site.to_owned(), event.to_owned()), now).is_ok()
    }

    /// Whether a token that this address shows may be looked at: also the right one is not when there were too many
    /// wrong ones, or guessing would go on unhindered.
    ///
    /// # Errors
    ///
    /// The seconds after which to try again.
    pub fn may_try_token(&self, address: IpAddr, now: UnixMillis) -> Result<(), u32> {
        self.wrong_tokens.look(&network(address), now)
    }

    /// Counts a wrong token.
    pub fn wrong_token(&self, address: IpAddr, now: UnixMillis) {
        // An error means that the bucket is empty, which the next try hears of.
        let _ = self.wrong_tokens.take(network(address), now);
    }

    /// Whether a code of the visualizer that this address shows may be looked at, as [`RateLimits::may_try_token`] says of
    /// tokens. Counted apart: any website can make its visitors' browsers show wrong codes, which is to lock nobody out of the
    /// studio.
    ///
    /// # Errors
    ///
    /// The seconds after which to try again.
    pub fn may_try_code(&self, address: IpAddr, now: UnixMillis) -> Result<(), u32> {
        self.wrong_codes.look(&network(address), now)
    }

    /// Counts a wrong code.
    pub fn wrong_code(&self, address: IpAddr, now: UnixMillis) {
        // As with tokens.
        let _ = self.wrong_codes.take(network(address), now);
    }
}

/// Who has an IPv6 address has the 2^64 beside it as well.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        },
    }
}

struct Buckets<K> {
    per_minute: u32,
    buckets: Mutex<HashMap<K, Bucket>>,
}

/// Counted in tokens times milliseconds a minute has, so that integers suffice.
struct Bucket {
    level: u64,
    at: UnixMillis,
}

const MINUTE: u64 = Millis::minutes(1).0;

impl<K: Hash + Eq> Buckets<K> {
    fn new(per_minute: u32) -> Self {
        Self { per_minute, buckets: Mutex::default() }
    }

    fn full(&self) -> u64 {
        u64::from(self.per_minute) * MINUTE
    }

    fn level(&self, bucket: &Bucket, now: UnixMillis) -> u64 {
        let since = now.since(bucket.at).0.min(MINUTE);
        (bucket.level + since * u64::from(self.per_minute)).min(self.full())
    }

    /// The seconds until there is a token again at this level.
    fn missing(&self, level: u64) -> u32 {
        let missing_ms = MINUTE.saturating_sub(level).div_ceil(u64::from(self.per_minute));
        u32::try_from(missing_ms.div_ceil(1_000)).unwrap_or(u32::MAX)
    }

    /// Whether a token could be taken.
    fn look(&self, key: &K, now: UnixMillis) -> Result<(), u32> {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let level = buckets.get(key).map_or(MINUTE, |bucket| self.level(bucket, now));
        if level < MINUTE { Err(self.missing(level)) } else { Ok(()) }
    }

    fn take(&self, key: K, now: UnixMillis) -> Result<(), u32> {
        if self.per_minute == 0 {
            return Ok(());
        }
        let full = self.full();
        let refilled = |bucket: &Bucket| self.level(bucket, now);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS {
            buckets.retain(|_, bucket| refilled(bucket) < full);
            if buckets.len() >= BUCKETS {
                // An attack from everywhere: better forget than grow.
                buckets.clear();
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket { level: full, at: now });
        bucket.level = refilled(bucket);
        bucket.at = now;
        match bucket.level.checked_sub(MINUTE) {
            Some(rest) => {
                bucket.level = rest;
                Ok(())
            }
            None => Err(self.missing(bucket.level)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn at(seconds: u64) -> UnixMillis {
        UnixMillis(seconds * 1_000)
    }

    #[test]
    fn a_full_bucket_lets_its_number_pass_and_then_says_when_to_come_back() {
        let limits = RateLimits::new(3, 0, 0);

        assert_eq!([0; 3].map(|_| limits.address(HERE, at(0))), [Ok(()); 3]);
        assert_eq!(limits.address(HERE, at(0)), Err(20));
        assert_eq!(limits.address(HERE, at(19)), Err(1));
        assert_eq!(limits.address(HERE, at(20)), Ok(()));
        assert_eq!(limits.address(HERE, at(20)), Err(20));
    }

    #[test]
    fn zero_means_no_limit() {
        let limits = RateLimits::new(1, 0, 0);

        assert!((0..100).all(|_| limits.site("demo", at(0)).is_ok()));
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_a_bucket() {
        let limits = RateLimits::new(1, 0, 0);
        let ip = |text: &str| text.parse::<IpAddr>().expect("is an address");

        assert!(limits.address(ip("2001:db8::1"), at(0)).is_ok());
        assert!(limits.address(ip("2001:db8::2"), at(0)).is_err());
        assert!(limits.address(ip("2001:db8:0:1::1"), at(0)).is_ok());
    }

    #[test]
    fn ten_wrong_tokens_a_minute_are_looked_at_and_no_more() {
        let limits = RateLimits::new(0, 0, 0);

        for _ in 0..10 {
            assert_eq!(limits.may_try_token(HERE, at(0)), Ok(()));
            limits.wrong_token(HERE, at(0));
        }

        assert_eq!(limits.may_try_token(HERE, at(0)), Err(6));
        assert_eq!(limits.may_try_token(HERE, at(6)), Ok(()));
    }

    #[test]
    fn wrong_codes_lock_nobody_out_of_tokens() {
        let limits = RateLimits::new(0, 0, 0);

        for _ in 0..10 {
            assert_eq!(limits.may_try_code(HERE, at(0)), Ok(()));
            limits.wrong_code(HERE, at(0));
        }

        assert_eq!(limits.may_try_code(HERE, at(0)), Err(6));
        assert_eq!(limits.may_try_token(HERE, at(0)), Ok(()));
    }

    #[test]
    fn near_misses_take_nothing_from_batches() {
        let limits = RateLimits::new(2, 3, 0);
        let elsewhere: IpAddr = "192.0.2.1".parse().expect("is an address");

        assert_eq!([0; 3].map(|_| limits.near(HERE, "demo", at(0))), [Ok(()), Ok(()), Err(30)]);
        assert_eq!([0; 2].map(|_| limits.near(elsewhere, "demo", at(0))), [Ok(()), Err(20)]);
        assert_eq!((limits.address(HERE, at(0)), limits.site("demo", at(0))), (Ok(()), Ok(())));
    }

    #[test]
    fn strangers_are_answered_and_logged_so_often_and_no_more() {
        let limits = RateLimits::new(3, 0, 0);
        let elsewhere: IpAddr = "192.0.2.1".parse().expect("is an address");

        assert!([0; 3].iter().all(|_| limits.stranger(HERE, at(0)).is_ok()));
        assert_eq!(limits.stranger(HERE, at(0)), Err(20));
        assert_eq!(limits.stranger(elsewhere, at(0)), Ok(()));
        assert_eq!(limits.address(HERE, at(0)), Ok(()), "its batches are counted apart");

        assert_eq!((0..100).filter(|_| limits.may_log_stranger(at(0))).count(), 60);
        assert!(limits.may_log_stranger(at(1)));
        assert!(!limits.may_log_stranger(at(1)));
    }

    #[test]
    fn of_the_near_misses_of_an_event_a_few_a_minute_are_kept() {
        let limits = RateLimits::new(0, 0, 0);
        let kept = |event, seconds| limits.keeps_near_miss("demo", event, at(seconds));

        assert_eq!([0; 7].map(|_| kept("bought", 0)), [true, true, true, true, true, true, false]);
        assert!(kept("other", 0));
        assert!(!kept("bought", 9) && kept("bought", 10));
        let may_keep = |seconds| limits.may_keep_near_miss("demo", "bought", at(seconds));
        assert!(!may_keep(10) && may_keep(20) && may_keep(20), "asking takes nothing");
        assert!(kept("bought", 20) && !may_keep(20));
    }

    #[test]
    fn a_clock_set_back_never_takes_tokens_away() {
        let limits = RateLimits::new(2, 0, 0);

        assert!(limits.address(HERE, at(100)).is_ok());
        assert!(limits.address(HERE, at(10)).is_ok());
        assert!(limits.address(HERE, at(10)).is_err());
    }
}
