//! The board: every building that exists for the reader, by groups of stages, with the days that are left.

use super::chain::{Kind, Stage};
use super::clocks;
use super::ledger::square_metres;
use super::store::{self, Filter, Kept, Scope, Show};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::Error;
use crate::people::act::Act;
use crate::people::doors::Visit;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};

/// What an address asks for; empty fields ask for nothing.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    show: String,
    kind: String,
    street: String,
    stock: String,
    q: String,
    after: String,
}

impl Asked {
    fn address(&self, change: impl Fn(&mut Asked)) -> String {
        let mut asked = self.clone();
        asked.after.clear();
        change(&mut asked);
        let fields = [
            ("show", &asked.show),
            ("kind", &asked.kind),
            ("street", &asked.street),
            ("stock", &asked.stock),
            ("q", &asked.q),
            ("after", &asked.after),
        ];
        crate::kit::paging::address("/buildings", &fields)
    }
}

/// A term as pages show it.
#[derive(Debug, Serialize)]
pub struct TermShown {
    /// Its word.
    pub kind: &'static str,
    /// `ok`, `soon`, `over`, `late` for a limit that is over, `ended` when it is over and others still run, `undue` when nobody
    /// can tell its end.
    pub state: &'static str,
    /// Whole days to its last day; negative when it is over.
    pub days: i32,
    /// Its last day.
    pub last: String,
    /// The moment when it ends, for a term of hours.
    pub over_at: Option<Moment>,
}

/// How the terms of a building that the next step waits for look now; none when nothing runs.
pub fn term(kept: &Kept, app: &App, now: Moment) -> Option<TermShown> {
    let law = app.law();
    let Some((kind, over_at)) = clocks::due(&kept.building, &law) else {
        let unknown = clocks::running(&kept.building, &law).into_iter().find(|one| one.end.is_err())?;
        return Some(TermShown {
            kind: unknown.kind.word(),
            state: "undue",
            days: 0,
            last: String::new(),
            over_at: None,
        });
    };
    Some(shown(kind, over_at, app, now, kept.building.stage))
}

/// How one term looks now.
pub fn shown(kind: clocks::TermKind, over_at: Moment, app: &App, now: Moment, stage: Stage) -> TermShown {
    let law = app.law();
    let state = match clocks::look(over_at, now, &law) {
        "over" if kind.is_limit() || stage == Stage::Decided => "late",
        other => other,
    };
    let last = app.calendar.date_of(over_at.plus(-1)).to_string();
    let days = clocks::days_left(over_at, now, &law);
    let over_at = Some(over_at).filter(|_| kind == clocks::TermKind::Stop);
    TermShown { kind: kind.word(), state, days, last, over_at }
}

#[derive(Serialize)]
struct Line {
    id: String,
    number: String,
    kind: &'static str,
    works: &'static str,
    stage: &'static str,
    address: String,
    street: String,
    area: String,
    is_old: bool,
    at: Moment,
    term: Option<TermShown>,
    is_suspended: bool,
    goes_on: bool,
    /// Whether the city's own clock for works in progress has run out.
    is_past_stop: bool,
}

/// `GET /buildings`.
///
/// # Errors
/// When the database fails.
pub async fn list(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let show = Show::ALL.into_iter().find(|show| show.word() == asked.show).unwrap_or_default();
    let text = asked.q.trim().to_owned();
    let filter = Filter {
        show: if text.is_empty() { show } else { Show::All },
        kind: Kind::parse(&asked.kind),
        street: asked.street.trim().to_owned(),
        is_old_stock: match asked.stock.as_str() {
            "old" => Some(true),
            "new" => Some(false),
            _ => None,
        },
        case: None,
        text,
        after: asked.after.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?))),
    };
    let (scope, wanted, now) = (Scope::of(&actor), filter.clone(), app.clock.now());
    let read = app.db.read(move |tx| async move {
        let page = store::list(&tx, scope, &wanted, now).await?;
        Ok::<_, Error>((page, store::counts(&tx, scope, now).await?))
    });
    let (page, counts) = read.await?;
    let streets = crate::reports::place::streets(&app);
    let lines: Vec<Line> = page.rows.iter().map(|kept| line(kept, &app, now, &streets)).collect();
    let chip = |one: Show| {
        let (word, count) = (one.word(), counts.get(one as usize).copied());
        let href = asked.address(|asked| {
            asked.show = if one == Show::Open { String::new() } else { word.to_owned() };
            asked.q.clear();
        });
        context! { word, count, href, current => one == show && filter.text.is_empty() }
    };
    let say = |key: String| app.pages.say(visit.lang, &key, &[]);
    let kinds = Kind::ALL.iter().map(|kind| {
        context! { value => kind.word(), label => say(format!("construction-kind-{}", kind.word())) }
    });
    let stock =
        ["new", "old"].map(|word| context! { value => word, label => say(format!("construction-stock-{word}")) });
    let html = context! {
        rows => Serde(lines),
        chips => Show::ALL.into_iter().map(chip).collect::<Vec<_>>(),
        kinds => kinds.collect::<Vec<_>>(),
        stock => stock.to_vec(),
        streets => streets.iter().map(|(code, name)| context! { value => code, label => name }).collect::<Vec<_>>(),
        asked => Serde(&asked),
        older => page.next.map(|next| asked.address(|asked| asked.after.clone_from(&next))).unwrap_or_default(),
        newer => if asked.after.is_empty() { String::new() } else { asked.address(|_| {}) },
        may_record => actor.may(Act::RecordBuildings),
        is_own => matches!(scope, Scope::Own(_)),
        is_filtered => !filter.text.is_empty() || filter.kind.is_some() || !filter.street.is_empty() || filter.is_old_stock.is_some() || show != Show::Open,
    };
    Ok(app.page(&visit, "construction/list.html", html)?.into_response())
}

fn line(kept: &Kept, app: &App, now: Moment, streets: &[(String, String)]) -> Line {
    let (building, particulars) = (&kept.building, &kept.building.particulars);
    let street = streets.iter().find(|(code, _)| *code == particulars.street);
    Line {
        id: building.id.to_string(),
        number: kept.number.clone(),
        kind: particulars.kind.word(),
        works: particulars.works.word(),
        stage: building.stage.word(),
        address: particulars.address.clone(),
        street: street.map(|(_, name)| name.clone()).unwrap_or_default(),
        area: square_metres(particulars.area),
        is_old: particulars.is_old_stock,
        at: building.found_at,
        term: if building.stage.is_over() { None } else { term(kept, app, now) },
        is_suspended: building.suspended_at.is_some() && !building.stage.is_over(),
        goes_on: building.goes_on(),
        is_past_stop: building.stop_by(&app.law()).is_some_and(|by| by <= now),
    }
}
