//! What counts: the code sets of events and components, filing conditions, limits, and who is responsible. It answers
//! "which standard, which limit, whose work?". Everything comes from the files in `catalog/`; a city shadows them by path.

pub mod limit;
pub mod problem;

pub use limit::{Limit, Unit};
pub use problem::Problem;
