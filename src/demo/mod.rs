//! The invented city: its people, its ground and a month of its history, for the demonstration and the tests. Everything
//! is brought in through the doors that people use, with a clock that is moved by hand.

mod buildings;
pub mod duty;
pub mod enforcement;
mod history;
mod inspection;
mod places;
mod repeats;
mod superiors;
mod walker;
mod whistles;

use crate::app::{App, router};
use crate::grid;
use crate::kit::clock::{Clock, Moment};
use crate::kit::db::{Db, Tx};
use crate::kit::error::Error;
use crate::kit::id;
use crate::kit::sources::Sources;
use crate::people::act::Post;
use crate::people::{self, password};

/// The password of every demonstration account.
pub const PASSWORD: &str = "Wanglan-2026";

/// The officer whose credential has run out.
const WITHOUT_CREDENTIAL: &str = "常予安";

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Fills an empty database with the city's ground, departments and people. Does nothing when there are accounts already.
/// Answers true when it filled it.
///
/// # Errors
/// When the city's files cannot be read or the database fails.
pub async fn settle(db: &Db, sources: &Sources, now: Moment) -> Result<bool, Error> {
    let (accounts, _, _) = db.read(|tx| async move { people::store::counts(&tx).await }).await.map_err(Error::Db)?;
    if accounts > 0 {
        return Ok(false);
    }
    let file = |path: &str| sources.text(path).ok_or_else(|| Error::Internal(format!("{path} is missing")));
    let (departments, bad) = people::department::read_departments(&file("departments.csv")?);
    let (persons, bad_persons) = people::account::read_people(&file("people.csv")?);
    let (keepers, bad_keepers) = grid::keepers::read(&file("keepers.csv")?);
    for refusal in bad.iter().chain(&bad_persons).chain(&bad_keepers) {
        tracing::warn!(key = refusal.key, args = ?refusal.args, "a line of the invented city");
    }
    let hash = password::hash(PASSWORD.to_owned()).await?;
    let options = grid::import::ImportOptions::default();
    let features = |path: &str| {
        let text = file(path)?;
        grid::import::read_geojson(text.as_bytes()).map_err(Error::Refused)
    };
    let areas = grid::import::areas(&features("areas.geojson")?, &options, id::fresh).found;
    let cells = grid::import::cells(&features("grids.geojson")?, &options, id::fresh).found;
    let ground = grid::cells::Grid::new(areas.clone(), cells.clone());
    let found = grid::import::components(&features("components.geojson")?, &options, &ground, "", id::fresh);
    for (id, refusal) in &found.refused {
        tracing::warn!(id, key = refusal.key, "a component of the invented city");
    }
    let components = found.found;
    db.write(move |tx| async move {
        people::store::import_departments(&tx, &departments).await?;
        people::store::import_people(&tx, &persons, &hash, false, now).await?;
        keep_credentials(&tx, now).await?;
        grid::store::save_areas(&tx, &areas, now).await?;
        grid::store::save_cells(&tx, &cells, now).await?;
        let (grids, refused) = grid::keepers::judge(&keepers, &grid::store::known(&tx).await?, id::fresh);
        for refusal in refused {
            tracing::warn!(key = refusal.key, args = ?refusal.args, "a line of the invented city");
        }
        for grid in &grids {
            grid::store::save_responsibility_grid(&tx, grid, now).await?;
        }
        grid::store::save_components(&tx, &components, now).await?;
        Ok::<_, Error>(())
    })
    .await?;
    Ok(true)
}

/// Credentials of the officers and unit leaders, from a year ago for three years; the last officer's has just ended. The reviewers hold
/// the legal qualification.
async fn keep_credentials(tx: &Tx, now: Moment) -> Result<(), Error> {
    let posts = [Post::EnforcementOfficer, Post::UnitLeader];
    let officers = people::store::holding(tx, &posts).await?;
    let today = now.zoned(&jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(8))).date();
    let reach = |days: i32| today.saturating_add(jiff::Span::new().days(days));
    let by = people::store::holding(tx, &[Post::LegalReviewer]).await?.first().map_or(0, |one| one.account);
    for (index, officer) in officers.iter().enumerate() {
        let until = if officer.name == WITHOUT_CREDENTIAL { reach(-1) } else { reach(730) };
        let held = people::credentials::Held { number: format!("望执{:04}", index + 1), from: reach(-365), until };
        people::store::keep_credential(tx, officer.account, &held, by, now).await?;
    }
    for (index, reviewer) in people::store::reviewers(tx).await?.iter().enumerate() {
        let held = people::credentials::Qualification {
            kind: people::credentials::QualificationKind::Passed,
            number: format!("望律{:04}", index + 1),
            since: reach(-900),
        };
        people::store::keep_qualification(tx, reviewer.account, &held, by, now).await?;
    }
    Ok(())
}

/// The invented city with the month of history before `clock`'s present; answers the lines that a guest should read first.
///
/// # Errors
/// When the city's files cannot be read or the database fails.
pub async fn prepare(db: &Db, sources: &Sources, files: &str, clock: &Clock) -> Result<Vec<String>, Error> {
    let now = clock.now();
    if settle(db, sources, now.plus(-40 * DAY)).await? {
        let clock = Clock::fixed(now.plus(-31 * DAY));
        let app = App::new(db.clone(), clock, sources.clone(), files).await?;
        let doors = router(app.clone());
        history::live_through(&app, doors.clone(), now).await?;
        whistles::blow(&app, doors.clone(), now).await?;
        buildings::stand(&app, doors.clone(), now).await?;
        places::bring(db, sources, now).await?;
        repeats::come_again(&app, doors.clone(), now).await?;
        enforcement::enforce(&app, doors.clone(), now).await?;
        inspection::check(&app, doors, now).await?;
        duty::stand(db, app.duty, app.city.zone(), now).await?;
        superiors::deliver(&app, now).await?;
        // A month of the same ten drawings: every photo would be found to be another's.
        let left =
            db.write(move |tx| async move { crate::cases::photo_checks::store::leave_all(&tx, now).await }).await;
        left.map_err(|error: crate::kit::db::DbError| Error::Db(error))?;
    }
    let mut lines = vec![format!("every account's password: {PASSWORD}")];
    for person in people::account::read_people(&sources.text("people.csv").unwrap_or_default()).0 {
        lines.push(format!("  {:<16} {:<16} {}", person.login, person.post.word(), person.name));
    }
    Ok(lines)
}
