//! What counts: the code sets of events and components, filing conditions, limits, and who is responsible. It answers
//! "which standard, which limit, whose work?". Everything comes from the files in `catalog/`; a city shadows them by path.

#[expect(clippy::module_inception, reason = "the noun of this room is its own name")]
pub mod catalog;
pub mod limit;
pub mod problem;
mod reading;

pub use catalog::{Catalog, Class, CodeSet, Danger, Everyday, FilingCondition, Key, Kind, SubClass, Text, check};
pub use limit::{Limit, Unit};
pub use problem::Problem;
