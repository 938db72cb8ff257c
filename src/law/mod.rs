//! When: working calendars, what each unit of a limit counts, and due moments with the reason why; the terms and numbers
//! of the law, dated and cited. Legal dates come from the files in `law/`, each with its citation; nothing here reads a
//! clock.

pub mod calendar;
pub mod due;
pub mod terms;
#[cfg(test)]
pub(crate) mod texts_tests;

pub use calendar::{Calendar, CalendarNotLoaded, DayKind, KnownDays, WorkingHours, check};
pub use due::{Conventions, Due, NaturalDays, Pause, StepKind, TraceStep, WorkingDays, counted, due, nearly};
pub use terms::{Certainty, Citation, End, Excluded, Exclusion, LegalNumber, Term, TermUnit, Terms};
