//! The one clock. Rules never read it; it is handed to them.

use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    /// This moment moved by `milliseconds`, saturating at the ends of the range.
    pub const fn plus(self, milliseconds: i64) -> Moment {
        Moment(self.0.saturating_add(milliseconds))
    }

    /// The same instant in a time zone; moments outside the years −9999…9999 clamp to the nearest representable one.
    pub fn zoned(self, zone: &jiff::tz::TimeZone) -> jiff::ZonedDateTime {
        let timestamp = jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        });
        timestamp.to_zoned_datetime(zone.clone())
    }
}

impl From<&jiff::ZonedDateTime> for Moment {
    fn from(zoned: &jiff::ZonedDateTime) -> Moment {
        Moment(zoned.timestamp().as_millisecond())
    }
}

/// Where the time comes from: the machine, a demonstration at another hour, or a test that moves it by hand.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// So many milliseconds after the machine.
    Shifted(i64),
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Clock {
        Clock(Source::System)
    }

    /// A clock that shows `at` now and goes on from there.
    pub fn starting(at: Moment) -> Clock {
        Clock(Source::Shifted(at.0.saturating_sub(Clock::system().now().0)))
    }

    /// A clock that stands still until it is moved with [`Clock::set`].
    pub fn fixed(at: Moment) -> Clock {
        Clock(Source::Fixed(Arc::new(AtomicI64::new(at.0))))
    }

    /// The present moment.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    pub fn now(&self) -> Moment {
        match &self.0 {
            Source::System => Moment(jiff::Timestamp::now().as_millisecond()),
            Source::Shifted(by) => Moment(jiff::Timestamp::now().as_millisecond()).plus(*by),
            Source::Fixed(at) => Moment(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a fixed clock; any other is left alone.
    pub fn set(&self, to: Moment) {
        if let Source::Fixed(at) = &self.0 {
            at.store(to.0, Ordering::SeqCst);
        }
    }
}
