//! The list of whistles: the desk and the leaders see all, a department those that call it.

use super::leg::{Leg, LegStage};
use super::show::clock_state;
use super::store::{self, Filter, Scope, Show};
use super::whistle::{Kind, Stage, Whistle};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::act::Act;
use crate::people::department::Department;
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
    department: String,
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
            ("department", &asked.department),
            ("q", &asked.q),
            ("after", &asked.after),
        ];
        crate::kit::paging::address("/whistles", &fields)
    }
}

#[derive(Serialize)]
struct LegRow {
    department: String,
    stage: &'static str,
    is_late: bool,
    is_ordered: bool,
    is_declared: bool,
}

#[derive(Serialize)]
struct Row {
    id: String,
    number: String,
    kind: &'static str,
    stage: &'static str,
    title: String,
    place: String,
    at: Moment,
    legs: Vec<LegRow>,
    is_asking: bool,
    clock: Option<(&'static str, Moment, &'static str)>,
}

/// `GET /whistles`.
///
/// # Errors
/// When the database fails.
pub async fn list(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let show = Show::ALL.into_iter().find(|show| show.word() == asked.show).unwrap_or_default();
    let filter = Filter {
        show: if asked.q.trim().is_empty() { show } else { Show::All },
        kind: Kind::parse(&asked.kind),
        department: asked.department.parse().ok(),
        case: None,
        number: Some(asked.q.trim().to_owned()).filter(|number| !number.is_empty()),
        after: asked.after.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?))),
    };
    let (person, wanted) = (actor.clone(), filter.clone());
    let read = app.db.read(move |tx| async move {
        let doer = store::doer(&tx, &person).await?;
        let scope = Scope::of(&doer);
        let page = store::list(&tx, &scope, &wanted).await?;
        let counts = store::counts(&tx, &scope).await?;
        let callable = store::callable(&tx).await?;
        let all = crate::people::store::departments(&tx).await?;
        Ok::<_, Error>((page, counts, callable, all, scope, doer))
    });
    let (page, counts, callable, all, scope, doer) = read.await?;
    let (now, lang) = (app.clock.now(), visit.lang);
    let own = |leg: &Leg| scope == Scope::All || doer.departments.contains(&leg.department);
    let rows: Vec<Row> = page.rows.iter().map(|whistle| row(whistle, &all, lang, now, &own)).collect();
    let chips: Vec<_> = Show::ALL
        .into_iter()
        .map(|one| {
            let count = counts.get(one as usize).copied();
            let word = one.word();
            let href = asked.address(|asked| {
                asked.show = if one == Show::Open { String::new() } else { word.to_owned() };
                asked.q.clear();
            });
            context! { word, count, href, current => one == show && filter.number.is_none() }
        })
        .collect();
    let say = |key: String| app.pages.say(lang, &key, &[]);
    let kinds: Vec<_> = Kind::ALL
        .iter()
        .map(|kind| context! { value => kind.word(), label => say(format!("whistles-kind-{}", kind.word())) })
        .collect();
    let departments: Vec<_> = callable
        .iter()
        .filter(|_| scope == Scope::All)
        .map(|one| context! { value => one.id.to_string(), label => one.name(lang) })
        .collect();
    let page = context! {
        rows => Serde(rows),
        chips, kinds, departments,
        asked => Serde(&asked),
        older => page.next.map(|next| asked.address(|asked| asked.after.clone_from(&next))).unwrap_or_default(),
        newer => if asked.after.is_empty() { String::new() } else { asked.address(|_| {}) },
        may_blow => actor.may(Act::BlowWhistles) && !app.whistles.kinds_of(actor.post).is_empty(),
        is_filtered => filter.kind.is_some() || filter.department.is_some() || filter.number.is_some() || show != Show::Open,
    };
    Ok(app.page(&visit, "whistles/list.html", page)?.into_response())
}

fn row(whistle: &Whistle, departments: &[Department], lang: &str, now: Moment, own: &dyn Fn(&Leg) -> bool) -> Row {
    let name = |id: Id| {
        let found = departments.iter().find(|department| department.id == id);
        found.map(|department| department.name(lang).to_owned()).unwrap_or_default()
    };
    let is_running = whistle.stage == Stage::Blown;
    let clocks = whistle.legs.iter().filter(|leg| is_running && own(leg));
    let clock = clocks
        .filter_map(|leg| {
            let (kind, due) = leg.running().into_iter().next()?;
            Some((kind.word(), due, clock_state(leg, kind, now)?))
        })
        .min_by_key(|(_, due, _)| *due);
    Row {
        id: whistle.id.to_string(),
        number: whistle.number.clone(),
        kind: whistle.kind.word(),
        stage: whistle.stage.word(),
        title: whistle.words.lines().next().unwrap_or_default().chars().take(60).collect(),
        place: whistle.place.address.clone(),
        at: whistle.blown_at.unwrap_or(whistle.drafted_at),
        legs: whistle
            .legs
            .iter()
            .map(|leg| LegRow {
                department: name(leg.department),
                stage: leg.stage.word(),
                is_late: is_running && leg.is_late(now),
                is_ordered: leg.is_order_open() && store::has_order(whistle),
                is_declared: is_running && leg.stage == LegStage::Signed && leg.is_only_declared(),
            })
            .collect(),
        is_asking: store::is_asking(whistle),
        clock,
    }
}
