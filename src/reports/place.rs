//! From what somebody said about a place to a place in the city.

use super::report::{Place, Said};
use crate::app::App;
use crate::kit::error::Refusal;

/// Finds the place in the city's ground.
///
/// # Errors
/// `place-outside-city` when the point lies outside, `report-cell-unknown` when there is no such unit grid.
pub fn locate(_app: &App, said: &Said) -> Result<Place, Refusal> {
    Ok(unlocated(said))
}

/// The place as it was said, without a unit grid and areas.
pub fn unlocated(said: &Said) -> Place {
    Place {
        lon: said.point.map(|point| point.0),
        lat: said.point.map(|point| point.1),
        system: if said.system.is_empty() { "wgs84".into() } else { said.system.clone() },
        address: said.address.clone(),
        cell: said.cell.clone(),
        ..Place::default()
    }
}

/// The city's streets to choose from: code and name.
pub fn streets(_app: &App) -> Vec<(String, String)> {
    Vec::new()
}
