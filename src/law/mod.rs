//! When: working calendars, what each unit of a limit counts, and due moments with the reason why. Legal dates come from
//! the files in `law/`, each with its citation; nothing here reads a clock.

pub mod calendar;
pub mod due;

pub use calendar::{Calendar, CalendarNotLoaded, DayKind, KnownDays, WorkingHours, check};
pub use due::{Conventions, Due, NaturalDays, Pause, StepKind, TraceStep, WorkingDays, counted, due, nearly};
