//! What counts: the code sets of events and components, filing conditions, limits, and who is responsible. It answers
//! "which standard, which limit, whose work?". Everything comes from the files in `catalog/`; a city shadows them by path.

mod browse;
#[expect(clippy::module_inception, reason = "the noun of this room is its own name")]
pub mod catalog;
pub mod limit;
pub mod problem;
mod reading;

use crate::people::act::Act;
use crate::people::doors::{Access, Door};

pub use catalog::{Catalog, Class, CodeSet, Danger, Everyday, FilingCondition, Key, Kind, SubClass, Text, check};
pub use limit::{Limit, Unit};
pub use problem::Problem;

/// The doors of this room: the catalog is read by all staff and changed by nobody here.
pub fn doors() -> Vec<Door> {
    let see = Access::Act(Act::SeeCatalog);
    vec![Door::get("/admin/catalog", see, browse::list), Door::get("/admin/catalog/{word}", see, browse::show)]
}
