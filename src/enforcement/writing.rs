//! The papers of a case (执法文书): which it may need, the form of one with what is still missing, and its issuing.

use super::case::{Fact, Stage};
use super::record::{Event, Piece};
use super::store::{self, Held, Line, Scope};
use super::wording::{Source, kinds};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::Typed;
use crate::kit::id::Id;
use crate::kit::words::LANGUAGES;
use crate::papers::binding::{self, Bundle, Photograph, bind};
use crate::papers::issuing::seal;
use crate::papers::paper::{Paper, Standing};
use crate::papers::store::Signed;
use crate::papers::writing::{self, Home, Issued, put, text_of};
use crate::people;
use crate::people::doors::Visit;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::Value;
use std::collections::BTreeMap;

/// How much of what evidence shows stands under a photograph, in characters.
const CAPTION: usize = 60;

/// Everything that papers of a case are written from.
pub(super) struct Desk {
    pub(super) held: Held,
    pub(super) history: Vec<Line>,
    facts: Vec<Fact>,
    pub(super) names: BTreeMap<Id, String>,
    pub(super) papers: Vec<Paper>,
    /// Those of the papers that count.
    issued: Vec<Issued>,
}

/// Reads a case within the scope of whoever looks, with its papers.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub(super) async fn read(app: &App, visit: &Visit, id: Id) -> Result<Desk, Error> {
    let scope = Scope::of(visit.actor()?)?;
    let read = app.db.read(move |tx| async move {
        let held = store::load(&tx, id, &scope).await?;
        let history = store::history(&tx, id).await?;
        let mut wanted: Vec<Id> = held.case.have_investigated.iter().copied().collect();
        wanted.extend(history.iter().filter_map(|line| line.fact.by));
        wanted.extend(held.case.hearing.as_ref().and_then(|hearing| hearing.president));
        for line in &history {
            wanted.extend(line.fact.act.taking_part().unwrap_or_default().iter().map(|officer| officer.account));
        }
        wanted.extend(held.case.discussions.iter().flat_map(|one| one.people.iter().copied()));
        wanted.sort_unstable();
        wanted.dedup();
        let names = people::store::names(&tx, &wanted).await?;
        let papers = crate::papers::store::list(&tx, store::SUBJECT, id).await?;
        let facts = history.iter().map(|line| line.fact.clone()).collect();
        let issued = papers.iter().filter(|paper| paper.standing() != Standing::Voided).map(Issued::of).collect();
        Ok::<_, Error>(Desk { held, history, facts, names, papers, issued })
    });
    read.await
}

impl Desk {
    fn data(&self, app: &App, kind: &str) -> Value {
        let source = Source {
            case: &self.held.case,
            facts: &self.facts,
            law: app.law(),
            place: &self.held.origin.place,
            names: &self.names,
            papers: &self.issued,
            today: app.calendar.date_of(app.clock.now()),
        };
        source.data(kind)
    }

    fn home(&self) -> Home {
        Home {
            subject: store::SUBJECT,
            subject_id: self.held.case.id,
            number: self.held.number.clone(),
            room: "enforcement-title",
            list: "/enforcement",
            href: format!("/enforcement/{}", self.held.case.id),
            volume: format!("/enforcement/{}/file", self.held.case.id),
            volumes: binding::volumes(
                super::record::pieces(&self.events()).iter().map(|piece| piece.photos.len()).sum(),
            ),
        }
    }

    fn kinds(&self) -> Vec<&'static str> {
        kinds(&self.held.case, &self.facts)
    }

    /// What happened, with the photographs of each.
    pub(super) fn events(&self) -> Vec<Event<'_>> {
        self.history.iter().map(|line| Event { fact: &line.fact, photos: &line.photos }).collect()
    }

    /// The photographs with what their sheets say, named by the number of the evidence that they belong to.
    pub(super) fn photographs(&self, app: &App, pieces: &[Piece]) -> Vec<Photograph> {
        let mut all = Vec::new();
        for piece in pieces {
            for (place, photo) in piece.photos.iter().enumerate() {
                let Ok(photo) = photo.parse::<Id>() else { continue };
                let step = app.pages.say(LANGUAGES[0], &format!("enforcement-step-{}", piece.step.word()), &[]);
                let words: String = piece.words.chars().take(CAPTION).collect();
                all.push(Photograph {
                    photo,
                    shows: format!("证据 {}-{}　{step}　{words}", piece.number, place + 1).trim().to_owned(),
                    taken_at: piece.at.zoned(app.calendar.zone()).strftime("%Y-%m-%dT%H:%M").to_string(),
                    taken_by: piece.by.and_then(|by| self.names.get(&by).cloned()).unwrap_or_default(),
                    place: self.held.origin.place.clone(),
                });
            }
        }
        all
    }

    /// What the cover and the notes of a volume say.
    pub(super) fn cover(&self, app: &App, visit: &Visit) -> Result<Value, Error> {
        let case = &self.held.case;
        let mut data = self.data(app, "file");
        let on = app.calendar.date_of(app.clock.now());
        let day = |at: crate::kit::clock::Moment| app.calendar.date_of(at).to_string();
        let party = case.party.as_ref().map_or_else(String::new, |party| party.name.clone());
        let matter = data.get("matter").map(text_of).unwrap_or_default();
        put(&mut data, "name", format!("{party}{matter}案").into());
        put(&mut data, "retention", app.pages.say(LANGUAGES[0], "papers-file-retention", &[]).into());
        put(&mut data, "bound", serde_json::json!({ "by": visit.actor()?.name, "on": on.to_string() }));
        put(&mut data, "checked", serde_json::json!({ "by": visit.actor()?.name }));
        put(&mut data, "filed_on", case.filed_at.map(day).into());
        let is_closed = matches!(case.stage, Stage::Closed | Stage::Archived);
        put(&mut data, "closed_on", is_closed.then(|| day(case.last_at)).into());
        Ok(data)
    }
}

/// `GET /enforcement/{id}/papers`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn list(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let desk = read(&app, &visit, id).await?;
    let offered: Vec<_> = desk.kinds().into_iter().map(|kind| (kind, desk.data(&app, kind))).collect();
    writing::list(&app, &visit, &desk.home(), &desk.papers, &offered)
}

/// `GET /enforcement/{id}/papers/{kind}`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope, or for a kind that the case does not call for; when the database fails.
pub async fn ask(
    State(app): State<App>,
    visit: Visit,
    Path((id, kind)): Path<(Id, String)>,
) -> Result<Response, Error> {
    let desk = read(&app, &visit, id).await?;
    if !desk.kinds().contains(&kind.as_str()) {
        return Err(Error::NotFound);
    }
    writing::draw(&app, &visit, &desk.home(), &kind, &desk.data(&app, &kind), None)
}

/// `POST /enforcement/{id}/papers/{kind}`: issues the paper.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope, or for a kind that the case does not call for; when the database fails. Refusals are
/// drawn.
pub async fn issue(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Path((id, kind)): Path<(Id, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let desk = read(&app, &visit, id).await?;
    if !desk.kinds().contains(&kind.as_str()) {
        return Err(Error::NotFound);
    }
    match write(&app, &visit, &headers, &desk, &kind, &typed).await {
        Ok(paper) => Ok(Redirect::to(&format!("/papers/{paper}")).into_response()),
        Err(Error::Refused(refusal)) => {
            writing::draw(&app, &visit, &desk.home(), &kind, &desk.data(&app, &kind), Some((&typed, &refusal)))
        }
        Err(error) => Err(error),
    }
}

async fn write(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    desk: &Desk,
    kind: &str,
    typed: &Typed,
) -> Result<Id, Error> {
    let (actor, now, revision) = (visit.actor()?.clone(), app.clock.now(), desk.held.case.revision);
    let id = desk.held.case.id;
    let order = writing::order(app, headers, &desk.home(), kind, desk.data(app, kind), typed).await?;
    let signed = Signed { by: actor.account, at: now, on: app.calendar.date_of(now) };
    let paper = app
        .db
        .write(move |tx| {
            let (order, actor) = (order.clone(), actor.clone());
            async move {
                // The case is the one that the paper was written from.
                let held = store::load(&tx, id, &Scope::of(&actor)?).await?;
                if held.case.revision != revision {
                    return Err(Refusal::new("enforcement-refusal-moved-on").into());
                }
                crate::papers::store::issue(&tx, &order, signed).await
            }
        })
        .await?;
    // Whoever reads it first seals it when this fails.
    if let Err(error) = seal(app, &paper).await {
        tracing::warn!(%error, paper = paper.id, "a paper is not sealed yet");
    }
    app.tell(store::SUBJECT, id);
    Ok(paper.id)
}

/// `GET /enforcement/{id}/file`: the file bound into one PDF, as it is put into the folder. Recorded like every copy of it.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; a refusal without papers; when the database or a template fails.
pub async fn file(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Query(asked): Query<binding::Asked>,
) -> Result<Response, Error> {
    let desk = read(&app, &visit, id).await?;
    let pieces = super::record::pieces(&desk.events());
    let bundle = Bundle {
        subject: store::SUBJECT,
        subject_id: id,
        data: desk.cover(&app, &visit)?,
        sheets: Vec::new(),
        choice: binding::Choice::All,
        photographs: desk.photographs(&app, &pieces),
        on: app.calendar.date_of(app.clock.now()),
    };
    let bound = bind(&app, bundle.volume(asked.number())?).await?;
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let export = store::Export { what: "binding".to_owned(), reason: String::new() };
    let noted = app.db.write(move |tx| {
        let export = export.clone();
        async move { store::exported(&tx, id, by, &export, now).await }
    });
    noted.await.map_err(Error::Db)?;
    // The title that the reader's program shows when it is saved.
    let name = format!("attachment; filename=\"{}{}.pdf\"", desk.held.number, asked.suffix());
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bound.pdf).into_response())
}
