//! The board: open cases by stage and by days left, and the list behind each number.

use super::case::{Role, Stage};
use super::show::{near, state_of};
use super::store::{self, Filter, Scope, Standing};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::error::Error;
use crate::kit::fields::yuan;
use crate::kit::paging;
use crate::kit::words::{LANGUAGES, begun};
use crate::people::act::Act;
use crate::people::doors::Visit;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};

/// The longest title and name of a row, in characters.
const LONGEST_TITLE: usize = 60;

/// What the address asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    stage: String,
    /// `late`, `soon`, `ok`.
    due: String,
    /// `turn`, `mine`, `over` or `all`.
    show: String,
    q: String,
    after: String,
}

impl Asked {
    fn address(&self, change: impl Fn(&mut Asked)) -> String {
        let mut asked = Asked { after: String::new(), ..self.clone() };
        change(&mut asked);
        let fields = [
            ("stage", &asked.stage),
            ("due", &asked.due),
            ("show", &asked.show),
            ("q", &asked.q),
            ("after", &asked.after),
        ];
        paging::address("/enforcement", &fields)
    }
}

#[derive(Serialize)]
struct Row {
    id: String,
    number: String,
    stage: &'static str,
    procedure: &'static str,
    title: String,
    party: String,
    matter: String,
    place: String,
    fine: String,
    at: Moment,
    term: String,
    last: String,
    days: i32,
    state: &'static str,
}

#[derive(Serialize)]
struct Cell {
    count: i64,
    href: String,
}

#[derive(Serialize)]
struct StageRow {
    stage: &'static str,
    cells: Vec<Cell>,
    all: Cell,
    is_current: bool,
}

/// `GET /enforcement`.
///
/// # Errors
/// [`Error::Forbidden`] for a post without a part in penalty cases; when the database fails.
pub async fn board(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let (scope, now) = (Scope::of(&actor)?, app.clock.now());
    let soon = near(&app.calendar, now);
    let is_closed_only = scope == Scope::Closed;
    let mut filter = Filter {
        is_open: !matches!(asked.show.as_str(), "over" | "all") && asked.q.trim().is_empty() && !is_closed_only,
        stages: Stage::parse(&asked.stage).map(|stage| stage.word()).into_iter().collect(),
        investigator: (asked.show == "mine").then_some(actor.account),
        waits_for: store::role(actor.post).filter(|_| asked.show == "turn"),
        words: asked.q.trim().to_owned(),
        after: asked.after.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?))),
        ..Filter::default()
    };
    match asked.due.as_str() {
        "late" => filter.due = Some((Moment(i64::MIN), now)),
        "soon" => filter.due = Some((now, soon)),
        "ok" => filter.due_after = Some(soon),
        _ => {}
    }
    if asked.show == "over" {
        filter.stages = vec![Stage::Archived.word(), Stage::NotFiled.word()];
    }
    let (wanted, within, role) = (filter.clone(), scope.clone(), store::role(actor.post));
    let read = app.db.read(move |tx| async move {
        Ok::<_, Error>((
            store::list(&tx, &within, &wanted).await?,
            store::standing(&tx, &within, now, soon, role).await?,
        ))
    });
    let (page, standing) = read.await?;
    let is_chinese = visit.lang == LANGUAGES[0];
    let rows: Vec<Row> = page.rows.iter().map(|held| row(&app, held, is_chinese, now)).collect();
    let stages: Vec<StageRow> = Stage::ALL.iter().filter_map(|stage| stage_row(*stage, &standing, &asked)).collect();
    let sum = |index: usize| standing.iter().map(|one| one.counts[index]).sum::<i64>();
    let total = |due: &'static str, count: i64| {
        let href = asked.address(|asked| {
            (asked.stage, asked.show, asked.q) = (String::new(), String::new(), String::new());
            asked.due = due.to_owned();
        });
        Cell { count, href }
    };
    let totals = [total("late", sum(0)), total("soon", sum(1)), total("ok", sum(2))];
    let open: i64 = (0..3).map(sum).sum();
    let turn: i64 = standing.iter().map(|one| one.turn).sum();
    let has_turns =
        role == Some(Role::UnitLeader) || role.is_some() && Stage::ALL.iter().any(|stage| stage.waits_for() == role);
    let chips: Vec<_> = ["", "turn", "mine", "over", "all"]
        .into_iter()
        .filter(|word| *word != "mine" || matches!(scope, Scope::Unit(..)))
        .filter(|word| *word != "turn" || has_turns)
        .map(|word| {
            let href = asked.address(|asked| {
                *asked = Asked { show: word.to_owned(), ..Asked::default() };
            });
            let count = match word {
                "" => Some(open),
                "turn" => Some(turn),
                _ => None,
            };
            context! { word => if word.is_empty() { "open" } else { word }, href, count, current => asked.show == word && asked.q.is_empty() }
        })
        .collect();
    let is_filtered = !asked.stage.is_empty()
        || !asked.due.is_empty()
        || !asked.q.is_empty()
        || matches!(asked.show.as_str(), "mine" | "turn");
    let context = context! {
        rows => Serde(rows),
        stages => Serde(stages),
        totals => Serde(totals),
        chips,
        asked => Serde(&asked),
        older => page.next.map(|next| asked.address(|asked| asked.after.clone_from(&next))).unwrap_or_default(),
        newer => if asked.after.is_empty() { String::new() } else { asked.address(|_| {}) },
        may_record => actor.may(Act::RecordClues),
        may_punish => actor.may(Act::PunishOnTheSpot),
        may_import => actor.may(Act::ImportPayments),
        is_filtered,
    };
    Ok(app.page(&visit, "enforcement/board.html", context)?.into_response())
}

fn stage_row(stage: Stage, standing: &[Standing], asked: &Asked) -> Option<StageRow> {
    let found = standing.iter().find(|one| one.stage == stage.word())?;
    let cell = |due: &'static str, count: i64| {
        let href = asked.address(|asked| {
            *asked = Asked { stage: stage.word().to_owned(), due: due.to_owned(), ..Asked::default() };
        });
        Cell { count, href }
    };
    let [late, soon, ok] = found.counts;
    Some(StageRow {
        stage: stage.word(),
        cells: vec![cell("late", late), cell("soon", soon), cell("ok", ok)],
        all: cell("", late + soon + ok),
        is_current: asked.stage == stage.word(),
    })
}

fn row(app: &App, held: &store::Held, is_chinese: bool, now: Moment) -> Row {
    let case = &held.case;
    let today = app.calendar.date_of(now);
    let matter = case.acted_on.and_then(|day| app.statutes.matters.on(&case.matter, day));
    let matter = matter.map(|matter| if is_chinese { matter.name.zh.clone() } else { matter.name.en.clone() });
    let fine = case.decision.as_ref().map(|decision| decision.penalty.fine).filter(|fine| *fine > 0);
    // The last moment of a term is the one before it is over.
    let due = held.due.as_ref().map(|(term, at)| (term, app.calendar.date_of(at.plus(-1)), *at));
    let term = due.as_ref().and_then(|(term, last, _)| app.statutes.terms.on(term, *last).ok());
    Row {
        id: case.id.to_string(),
        number: held.number.clone(),
        stage: case.stage.word(),
        procedure: case.procedure.word(),
        title: begun(case.clue.lines().next().unwrap_or_default(), LONGEST_TITLE),
        party: case.party.as_ref().map(|party| begun(&party.name, LONGEST_TITLE)).unwrap_or_default(),
        matter: matter.unwrap_or_default(),
        place: held.origin.place.clone(),
        fine: fine.map(yuan).unwrap_or_default(),
        at: case.clue_at,
        term: term.map(|term| if is_chinese { term.zh.clone() } else { term.en.clone() }).unwrap_or_default(),
        last: due.as_ref().map(|(_, last, _)| last.to_string()).unwrap_or_default(),
        days: due.as_ref().map_or(0, |(_, last, _)| (*last - today).get_days()),
        state: due.as_ref().map_or("none", |(_, last, at)| state_of(*last, *at <= now, today)),
    }
}
