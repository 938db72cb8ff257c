//! `retain`: takes out what was kept of persons long enough.

use super::serve::FILES;
use super::{Outcome, Settings};
use crate::app::City;
use crate::files::blobs::Blobs;
use crate::kit::clock::Clock;
use crate::retention;

/// Takes it out, or says of how many rows it would.
pub(super) async fn retain(settings: &Settings, is_dry: bool) -> Outcome {
    let sources = settings.sources()?;
    let city = City::of(&sources).map_err(|error| error.to_string())?;
    let times = retention::settings::Settings::of_city(&city.rest).map_err(|why| format!("city.toml: {why}"))?;
    let db = settings.open().await?;
    db.migrate(sources.migrations()).await.map_err(|error| error.to_string())?;
    let blobs = Blobs::open(settings.files.as_deref().unwrap_or(FILES)).map_err(|error| error.to_string())?;
    let now = Clock::system().now();
    let all = retention::run(&db, &blobs, &times, now, is_dry).await.map_err(|error| error.to_string())?;
    if all.is_empty() {
        crate::out!("the city sets no time in [retention]: everything is kept");
    }
    for one in all {
        let said = if is_dry { "would be taken out of" } else { "taken out of" };
        let day = one.before.zoned(&city.zone()).date();
        crate::out!("{} of before {day}: {said} {} rows", one.kind.word(), one.count);
    }
    Ok(())
}
