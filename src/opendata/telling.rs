//! From a report as Open311 tells it to a row of open data: nothing is told here that is not told there.

use super::row::Row;
use crate::app::App;
use crate::kit::clock::Moment;
use crate::open311::filter::OTHER;
use crate::open311::status::status;
use crate::open311::store::Told;
use crate::reports::report::masked;
use crate::reports::show::spoken;

/// To how many decimals of a degree places are told.
pub fn decimals(app: &App) -> u32 {
    app.opendata.settings.decimals.unwrap_or(app.open311.city.decimals)
}

fn at(app: &App, moment: Moment) -> String {
    moment.zoned(&app.city.zone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The row of a report.
pub fn row(app: &App, lang: &'static str, told: &Told) -> Row {
    let held = &app.open311;
    let code = if told.code.is_empty() { OTHER.to_owned() } else { format!("{}-{}", told.kind, told.code) };
    let name = match told.category.as_str() {
        "" => held.names.get(&code).map(|name| name.in_lang(lang).to_owned()).unwrap_or_default(),
        named => named.to_owned(),
    };
    let scale = 10_f64.powi(i32::try_from(decimals(app)).unwrap_or(4));
    let rounded = |degrees: f64| (degrees * scale).round() / scale;
    let notes = told.last.as_ref().and_then(|(kind, body, _)| {
        let (title, text) = spoken(app, lang, kind, &serde_json::from_str(body).unwrap_or_default(), false)?;
        Some(match text.is_empty() {
            true => title,
            false => app.pages.say(lang, "open311-note", &[("title", title), ("text", text)]),
        })
    });
    let department = told.department.as_ref().map(|(zh, en)| if lang == "en" { en.clone() } else { zh.clone() });
    let changed = told.closed_at.or(told.last.as_ref().map(|(_, _, at)| *at)).unwrap_or(told.received_at);
    let of = |moment: Option<Moment>| moment.map(|moment| at(app, moment)).unwrap_or_default();
    Row {
        id: told.id.to_string(),
        status: status(told.stage),
        stage: told.stage.word(),
        service_code: code,
        service_name: name,
        description: masked(&told.words),
        address: masked(&told.address),
        area: told.area.clone(),
        grid_code: told.cell.clone(),
        point: told.lon.zip(told.lat).map(|(lon, lat)| (rounded(lon), rounded(lat))),
        department: department.unwrap_or_default(),
        requested_at: at(app, told.received_at),
        updated_at: at(app, changed),
        due_at: of(told.due_at),
        closed_at: of(told.closed_at),
        notes: notes.unwrap_or_default(),
        source: told.source.word(),
        photos: i64::try_from(told.photos.len()).unwrap_or(i64::MAX),
        followers: told.followers,
    }
}
