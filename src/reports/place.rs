//! From what somebody said about a place to a place in the city.

use super::report::{Place, Said};
use crate::app::App;
use crate::grid::area::Level;
use crate::grid::cells::AreaChain;
use crate::grid::coordinates::{CoordinateSystem, Point};
use crate::kit::error::Refusal;

/// Finds the place in the city's ground. A city whose ground has not been imported yet takes every place as it is.
///
/// # Errors
/// `report-outside-city` (`nearest`, `metres`) when the point lies outside, `report-cell-unknown` when there is no such
/// unit grid, `report-point-strange` when the point is nowhere on Earth.
pub fn locate(app: &App, said: &Said) -> Result<Place, Refusal> {
    let grid = app.grid();
    let mut place = unlocated(said);
    if let Some((lon, lat)) = said.point {
        let system: CoordinateSystem = said.system.parse().unwrap_or_default();
        let strange = |_| Refusal::new("report-point-strange").on("place");
        let point = system.inward(Point::new(lon, lat).map_err(strange)?);
        (place.lon, place.lat, place.system) = (Some(point.lon), Some(point.lat), system.as_str().to_owned());
        match grid.accept(point) {
            Ok((cell, areas)) => {
                if let Some(cell) = cell {
                    cell.code.clone_into(&mut place.cell);
                }
                put_areas(&mut place, areas);
            }
            Err(refusal) if refusal.key == "place-outside-city" => {
                return Err(Refusal { key: "report-outside-city", ..refusal }.on("place"));
            }
            Err(_) => {}
        }
        return Ok(place);
    }
    if !said.cell.is_empty() && !grid.cells().is_empty() {
        let unknown = || Refusal::new("report-cell-unknown").with("cell", &said.cell).on("cell");
        let found = grid.cell(&said.cell).ok_or_else(unknown)?;
        put_areas(&mut place, found.areas);
        if let Some(inside) = grid.place_in(&said.cell) {
            (place.lon, place.lat) = (Some(inside.lon), Some(inside.lat));
        }
    }
    Ok(place)
}

fn put_areas(place: &mut Place, areas: AreaChain<'_>) {
    let code = |area: Option<&crate::grid::area::Area>| area.map(|area| area.code.clone()).unwrap_or_default();
    place.district = code(areas.district);
    place.street = code(areas.street);
    place.community = code(areas.community);
    place.area = areas.names();
}

/// The place as it was said, without a unit grid and areas; the point is brought into the system that is kept inside.
pub fn unlocated(said: &Said) -> Place {
    let system: CoordinateSystem = said.system.parse().unwrap_or_default();
    let point = said.point.map(|(lon, lat)| system.inward(Point { lon, lat }));
    Place {
        lon: point.map(|point| point.lon),
        lat: point.map(|point| point.lat),
        system: system.as_str().to_owned(),
        address: said.address.clone(),
        cell: said.cell.clone(),
        ..Place::default()
    }
}

/// Degrees to a tenth of a metre: what is kept is what is read again.
pub fn rounded(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

/// A position that lies nowhere on Earth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nowhere;

/// The position that a phone or a map told in the fields of a form, brought into the system that is kept inside; none when
/// neither is filled in.
///
/// # Errors
/// [`Nowhere`] for what is no position.
pub fn position(lon: &str, lat: &str, system: &str) -> Result<Option<(f64, f64)>, Nowhere> {
    if lon.is_empty() && lat.is_empty() {
        return Ok(None);
    }
    let number =
        |text: &str, most: f64| text.parse::<f64>().ok().filter(|number| number.is_finite() && number.abs() <= most);
    let point = number(lon, 180.0).zip(number(lat, 90.0)).ok_or(Nowhere)?;
    let place = unlocated(&Said { point: Some(point), system: system.to_owned(), ..Said::default() });
    let (lon, lat) = place.lon.zip(place.lat).ok_or(Nowhere)?;
    Ok(Some((rounded(lon), rounded(lat))))
}

/// The city's streets to choose from: code and name.
pub fn streets(app: &App) -> Vec<(String, String)> {
    let grid = app.grid();
    let streets = grid.areas().iter().filter(|area| area.level == Level::Street);
    streets.map(|area| (area.code.clone(), area.name.clone())).collect()
}
