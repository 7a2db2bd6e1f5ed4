//! Points in time and durations, as plain integers: cheap in wasm, exact in tests.

use std::ops::Add;

/// A point in time: milliseconds since 1 January 1970 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct UnixMillis(pub u64);

/// A duration in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

impl Millis {
    /// So many seconds.
    pub const fn seconds(n: u64) -> Self {
        Self(n * 1000)
    }

    /// So many minutes.
    pub const fn minutes(n: u64) -> Self {
        Self::seconds(n * 60)
    }

    /// So many hours.
    pub const fn hours(n: u64) -> Self {
        Self::minutes(n * 60)
    }

    /// So many days.
    pub const fn days(n: u64) -> Self {
        Self::hours(n * 24)
    }
}

impl UnixMillis {
    /// How long ago `earlier` was; zero when the clock has been set back since.
    pub fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Millis> for UnixMillis {
    type Output = Self;

    fn add(self, duration: Millis) -> Self {
        Self(self.0.saturating_add(duration.0))
    }
}
