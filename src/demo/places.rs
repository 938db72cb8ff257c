//! The invented city's gazetteer: a door every few steps of its streets, and some landmarks at such doors.

use crate::grid::coordinates::CoordinateSystem;
use crate::grid::store::load_grid;
use crate::kit::clock::Moment;
use crate::kit::db::{Db, DbError};
use crate::kit::error::Error;
use crate::kit::sources::Sources;
use crate::places::import::Way;
use crate::places::settings::Settings;
use crate::places::taking::{Wish, take};
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt::Write as _;

/// Metres from a door to the next on the same side.
const PACE: f64 = 24.0;
/// Metres of a degree to the north, and of one to the east where the city lies.
const METRES: (f64, f64) = (95_270.0, 110_900.0);

#[derive(Deserialize)]
struct Streets {
    features: Vec<Street>,
}

#[derive(Deserialize)]
struct Street {
    properties: Named,
    geometry: Line,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Line {
    coordinates: Vec<(f64, f64)>,
}

#[derive(Deserialize)]
struct Landmark {
    name: String,
    name_en: String,
    kind: String,
    street: String,
    number: u32,
}

/// The even numbers of a street with their places, from its beginning to its end.
fn doors(line: &[(f64, f64)]) -> Vec<(u32, f64, f64)> {
    let (mut doors, mut walked, mut next) = (Vec::new(), 0.0, PACE / 2.0);
    for (from, to) in line.iter().zip(line.iter().skip(1)) {
        let length = ((to.0 - from.0) * METRES.0).hypot((to.1 - from.1) * METRES.1);
        while length > 0.0 && next <= walked + length {
            let share = (next - walked) / length;
            let number = 2 * (u32::try_from(doors.len()).unwrap_or_default() + 1);
            doors.push((number, from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share));
            next += PACE;
        }
        walked += length;
    }
    doors
}

/// The list as a file would hold it.
fn list(sources: &Sources) -> Result<String, Error> {
    let broken = |what: String| Error::Internal(format!("the places of the invented city: {what}"));
    let text = |path: &str| sources.text(path).ok_or_else(|| broken(format!("{path} is missing")));
    let streets: Streets =
        serde_json::from_str(&text("streets.geojson")?).map_err(|error| broken(error.to_string()))?;
    let mut list = String::from("name,address,type,lon,lat\n");
    let mut known: HashMap<(String, u32), (f64, f64)> = HashMap::new();
    let mut put = |name: &str, address: &str, kind: &str, at: (f64, f64)| {
        // Writing to a string cannot fail.
        let _ = writeln!(list, "{name},{address},{kind},{:.6},{:.6}", at.0, at.1);
    };
    for Street { properties: Named { name }, geometry } in streets.features {
        for (number, lon, lat) in doors(&geometry.coordinates) {
            // The other side of the street, some steps away.
            for (number, shift) in [(number, 0.0), (number - 1, 0.000_12)] {
                put("", &format!("{name}{number}号"), "门牌", (lon + shift, lat + shift / 2.0));
            }
            known.insert((name.clone(), number), (lon, lat));
        }
    }
    for row in csv::Reader::from_reader(text("landmarks.csv")?.as_bytes()).deserialize::<Landmark>() {
        let row = row.map_err(|error| broken(error.to_string()))?;
        let Some(at) = known.get(&(row.street.clone(), row.number)) else { continue };
        let address = format!("{}{}号", row.street, row.number);
        put(&row.name, &address, &row.kind, *at);
        put(&row.name_en, "", &row.kind, *at);
    }
    Ok(list)
}

/// Brings the list in.
///
/// # Errors
/// When the city's files cannot be read or the database fails.
pub(super) async fn bring(db: &Db, sources: &Sources, now: Moment) -> Result<(), Error> {
    let list = list(sources)?;
    let grid = db.read(|tx| async move { load_grid(&tx).await }).await.map_err(|error: DbError| Error::Db(error))?;
    let wish = Wish { source: "望澜市标准地址".to_owned(), way: Way::Add, system: CoordinateSystem::Wgs84 };
    let found = take(db, grid.into(), &Settings::default(), &wish, list.into(), now, false, |_, _| ()).await?;
    if found.good == 0 {
        tracing::warn!(refused = found.refused, "the invented city has no places");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_street_has_a_door_every_few_steps_and_every_landmark_stands_at_one() {
        let doors = doors(&[(123.4, 31.2), (123.41, 31.2)]);
        assert_eq!(doors.len(), 40, "953 metres");
        assert_eq!(doors.first().map(|door| door.0), Some(2));
        let list = list(&Sources::of_demo()).expect("a list");
        for mark in
            ["望澜市人民医院", "Wangjiang Tower", "望澜第一中学", "锦帆广场", "听涛里小区", "灯塔公寓", "望澜汽车站"]
        {
            assert!(list.contains(mark), "{mark} stands nowhere");
        }
        assert!(list.lines().count() > 1000, "{}", list.lines().count());
    }
}
