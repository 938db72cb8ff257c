//! The papers of a building: which it may need, the form of one with what is still missing, its issuing, and the whole file.

use super::chain::{Fact, Step};
use super::store::{self, Happened, Kept, Line, Scope};
use super::wording::{Source, kind_in_words, kinds, matter};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::fields::Typed;
use crate::kit::id::Id;
use crate::kit::words::LANGUAGES;
use crate::law::Calendar;
use crate::papers::binding::{Asked, Bundle, Choice, Photograph, bind, volumes};
use crate::papers::paper::{Paper, Standing};
use crate::papers::writing::{self, Home, Issued, put};
use crate::people;
use crate::people::doors::Visit;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that papers of a building are written from.
struct Desk {
    kept: Kept,
    history: Vec<Line>,
    facts: Vec<Fact>,
    names: BTreeMap<Id, String>,
    papers: Vec<Paper>,
    /// Those of the papers that count.
    issued: Vec<Issued>,
}

async fn read(app: &App, visit: &Visit, id: Id) -> Result<Desk, Error> {
    let scope = Scope::of(visit.actor()?);
    let read = app.db.read(move |tx| async move {
        let kept = store::load(&tx, id, scope).await?;
        let history = store::history(&tx, id).await?;
        let facts: Vec<Fact> = history
            .iter()
            .filter_map(|line| match &line.what {
                Happened::Done(fact) => Some(fact.clone()),
                Happened::Found(_) => None,
            })
            .collect();
        let mut wanted: Vec<Id> = kept.building.have_acted.iter().copied().collect();
        for fact in &facts {
            wanted.extend(fact.by);
            wanted.extend(fact.act.officers().unwrap_or_default().iter().map(|officer| officer.account));
        }
        wanted.sort_unstable();
        wanted.dedup();
        let names = people::store::names(&tx, &wanted).await?;
        let papers = crate::papers::store::list(&tx, store::SUBJECT, id).await?;
        let issued = papers.iter().filter(|paper| paper.standing() != Standing::Voided).map(Issued::of).collect();
        Ok::<_, Error>(Desk { kept, history, facts, names, papers, issued })
    });
    read.await
}

impl Desk {
    fn data(&self, app: &App, kind: &str) -> Value {
        let source = Source {
            kept: &self.kept,
            facts: &self.facts,
            law: app.law(),
            names: &self.names,
            papers: &self.issued,
            today: app.calendar.date_of(app.clock.now()),
        };
        source.data(kind)
    }

    fn sheet(&self, app: &App, kind: &str) -> Result<writing::Sheet, Error> {
        if !kinds(&self.facts).contains(&kind) {
            return Err(Error::NotFound);
        }
        let (home, data) = (self.home(), self.data(app, kind));
        Ok(writing::Sheet { home, kind: kind.to_owned(), data, told: Vec::new() })
    }

    fn home(&self) -> Home {
        Home {
            subject: store::SUBJECT,
            subject_id: self.kept.building.id,
            number: self.kept.number.clone(),
            room: "construction-title",
            list: "/buildings",
            href: format!("/buildings/{}", self.kept.building.id),
            volume: format!("/buildings/{}/volume", self.kept.building.id),
            volumes: volumes(self.history.iter().map(|line| line.photos.len()).sum()),
        }
    }
}

/// `GET /buildings/{id}/papers`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn list(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let desk = read(&app, &visit, id).await?;
    let offered: Vec<_> = kinds(&desk.facts).into_iter().map(|kind| (kind, desk.data(&app, kind))).collect();
    writing::list(&app, &visit, &desk.home(), &desk.papers, &offered)
}

/// `GET /buildings/{id}/papers/{kind}`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope, or for a kind that the building does not call for; when the database fails.
pub async fn ask(
    State(app): State<App>,
    visit: Visit,
    Path((id, kind)): Path<(Id, String)>,
) -> Result<Response, Error> {
    let desk = read(&app, &visit, id).await?;
    writing::draw(&app, &visit, &desk.sheet(&app, &kind)?, None)
}

/// `POST /buildings/{id}/papers/{kind}`: issues the paper.
///
/// # Errors
/// As [`ask`]. Refusals are drawn.
pub async fn issue(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Path((id, kind)): Path<(Id, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let desk = read(&app, &visit, id).await?;
    let (actor, revision) = (visit.actor()?.clone(), desk.kept.building.revision);
    // The building is the one that the paper was written from.
    let asks: writing::Question = Arc::new(move |tx| {
        let scope = Scope::of(&actor);
        Box::pin(async move {
            let kept = store::load(&tx, id, scope).await?;
            if kept.building.revision == revision { Ok(()) } else { Err(super::Why::MovedOn.refuse().into()) }
        })
    });
    writing::issue(&app, &visit, &headers, &desk.sheet(&app, &kind)?, &Typed::of(pairs), asks).await
}

/// `GET /buildings/{id}/volume`: the whole file bound into one PDF.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; a refusal without papers; when the database or a template fails.
pub async fn file(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = read(&app, &visit, id).await?;
    let building = &desk.kept.building;
    let mut photographs = Vec::new();
    for line in &desk.history {
        let shows = match &line.what {
            Happened::Done(fact) => format!("construction-step-{}", fact.what.word()),
            Happened::Found(_) => "construction-happened-found".to_owned(),
        };
        for photo in line.photos.iter().filter_map(|photo| photo.parse::<Id>().ok()) {
            photographs.push(Photograph {
                photo,
                shows: app.pages.say(LANGUAGES[0], &shows, &[]),
                taken_at: line.at.zoned(app.calendar.zone()).strftime("%Y-%m-%dT%H:%M").to_string(),
                taken_by: line.author.clone(),
                place: building.particulars.address.clone(),
            });
        }
    }
    let mut data = desk.data(&app, "file");
    let on = app.calendar.date_of(app.clock.now());
    let name = format!(
        "{}{}（{}）案",
        building.particulars.owner,
        matter(building.particulars.permit),
        kind_in_words(building.particulars.kind)
    );
    put(&mut data, "name", name.into());
    put(&mut data, "retention", app.pages.say(LANGUAGES[0], "papers-file-retention", &[]).into());
    put(&mut data, "bound", serde_json::json!({ "by": visit.actor()?.name, "on": on.to_string() }));
    put(&mut data, "checked", serde_json::json!({ "by": visit.actor()?.name }));
    put(&mut data, "filed_on", app.calendar.date_of(building.found_at).to_string().into());
    put(&mut data, "closed_on", closed_on(&desk.facts, &app.calendar).map(|day| day.to_string()).into());
    let bundle = Bundle {
        subject: store::SUBJECT,
        subject_id: id,
        data,
        sheets: Vec::new(),
        choice: Choice::All,
        photographs,
        on,
    };
    let bound = bind(&app, bundle.volume(asked.number())?).await?;
    let name = format!("attachment; filename=\"{}{}.pdf\"", desk.kept.number, asked.suffix());
    let headers = [(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, bound.pdf).into_response())
}

/// The day on which a building's file was closed; none while it is open.
fn closed_on(facts: &[Fact], calendar: &Calendar) -> Option<Date> {
    facts.iter().rev().find(|fact| fact.what == Step::Close).map(|fact| calendar.date_of(fact.at))
}
