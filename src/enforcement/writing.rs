//! The papers of a case (执法文书): which it may need, the form of one with what is still missing, and its issuing.

use super::case::{Act, Fact, Named, Stage};
use super::record::{Event, Piece};
use super::store::{self, Held, Line, Scope};
use super::wording::{Source, facts_of, kinds};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::Typed;
use crate::kit::id::Id;
use crate::kit::words::LANGUAGES;
use crate::papers::binding::{self, Bundle, Photograph, bind};
use crate::papers::issuing::{Draft, Shapeless, prepare};
use crate::papers::paper::{Paper, Standing, missing};
use crate::papers::store::Signed;
use crate::papers::writing::{self, Home, Issued, put, text_of};
use crate::people;
use crate::people::doors::Visit;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

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
    read_within(app, Scope::of(visit.actor()?)?, id).await
}

async fn read_within(app: &App, scope: Scope, id: Id) -> Result<Desk, Error> {
    let read = app.db.read(move |tx| async move {
        let held = store::load(&tx, id, &scope).await?;
        let history = store::history(&tx, id).await?;
        let mut wanted: Vec<Id> = held.case.have_investigated.iter().copied().collect();
        wanted.extend(history.iter().filter_map(|line| line.fact.by));
        wanted.extend(held.case.hearing.as_ref().and_then(|hearing| hearing.president));
        for line in &history {
            wanted.extend(line.fact.act.taking_part().unwrap_or_default().iter().map(|officer| officer.account));
        }
        wanted.extend(held.case.opinions.iter().filter_map(|one| one.by));
        wanted.extend(held.case.registered.iter().filter_map(|one| one.approved_by));
        wanted.extend(held.case.archive.iter().flat_map(|volume| [volume.bound_by, volume.checked_by]).flatten());
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
    fn data(&self, app: &App, kind: &str, of: Option<i64>) -> Value {
        let source = Source {
            case: &self.held.case,
            facts: &self.facts,
            law: app.law(),
            place: &self.held.origin.place,
            names: &self.names,
            papers: &self.issued,
            kinds: &app.papers.kinds,
            of,
            today: app.calendar.date_of(app.clock.now()),
        };
        source.data(kind)
    }

    /// The paper of this kind that is about to be written, told of the wanted fact.
    fn sheet(&self, app: &App, visit: &Visit, kind: &str, of: Option<i64>) -> Result<writing::Sheet, Error> {
        if !self.kinds(app).contains(&kind) {
            return Err(Error::NotFound);
        }
        let facts = facts_of(&self.facts, kind);
        let chosen = facts.iter().find(|fact| Some(fact.revision) == of).or(facts.last()).map(|fact| fact.revision);
        let label = |fact: &Fact| {
            let step = app.pages.say(visit.lang, &format!("enforcement-step-{}", fact.what.word()), &[]);
            let at = fact.at.zoned(app.calendar.zone()).strftime("%m-%d %H:%M").to_string();
            let paper = fact.act.service().and_then(|service| service.paper.as_ref());
            let whom = match &fact.act {
                Act::Inquire { person, .. } => person.name.as_str(),
                _ => paper.map_or("", |paper| paper.number.as_str()),
            };
            format!("{step} {whom} {at}").replace("  ", " ")
        };
        let told = |fact: &&Fact| writing::Told {
            of: fact.revision,
            label: label(fact),
            is_here: Some(fact.revision) == chosen,
        };
        let told = facts.iter().map(told).collect();
        Ok(writing::Sheet { home: self.home(), kind: kind.to_owned(), data: self.data(app, kind, chosen), told })
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

    fn kinds(&self, app: &App) -> Vec<&'static str> {
        kinds(&self.held.case, &self.facts, &app.law())
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
        let mut data = self.data(app, "file", None);
        let on = app.calendar.date_of(app.clock.now());
        let day = |at: crate::kit::clock::Moment| app.calendar.date_of(at).to_string();
        let party = case.party.as_ref().map_or_else(String::new, |party| party.name.clone());
        let matter = data.get("matter").map(text_of).unwrap_or_default();
        put(&mut data, "name", format!("{party}{matter}案").into());
        match &case.archive {
            Some(volume) => {
                let name = |id: Option<Id>| id.and_then(|id| self.names.get(&id).cloned()).unwrap_or_default();
                let kept = app.statutes.organ.retention.iter().find(|one| one.id == volume.retention);
                let kept = kept.map_or_else(|| volume.retention.clone(), |one| one.zh.clone());
                put(&mut data, "retention", kept.into());
                put(&mut data, "archive_number", volume.number.clone().into());
                put(&mut data, "bound", serde_json::json!({ "by": name(volume.bound_by), "on": day(volume.at) }));
                put(&mut data, "checked", serde_json::json!({ "by": name(volume.checked_by) }));
            }
            // Bound for looking at, before the archivist has it: nobody has checked it yet.
            None => {
                put(&mut data, "retention", app.pages.say(LANGUAGES[0], "papers-file-retention", &[]).into());
                put(&mut data, "bound", serde_json::json!({ "by": visit.actor()?.name, "on": on.to_string() }));
                put(&mut data, "checked", serde_json::json!({ "by": "" }));
            }
        }
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
    let offered: Vec<_> = desk.kinds(&app).into_iter().map(|kind| (kind, desk.data(&app, kind, None))).collect();
    writing::list(&app, &visit, &desk.home(), &desk.papers, &offered)
}

/// Of which fact a paper is to tell.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    of: Option<i64>,
}

/// `GET /enforcement/{id}/papers/{kind}`.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope, or for a kind that the case does not call for; when the database fails.
pub async fn ask(
    State(app): State<App>,
    visit: Visit,
    Path((id, kind)): Path<(Id, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Error> {
    let desk = read(&app, &visit, id).await?;
    writing::draw(&app, &visit, &desk.sheet(&app, &visit, &kind, wanted.of)?, None)
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
    Query(wanted): Query<Wanted>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let desk = read(&app, &visit, id).await?;
    let typed = Typed::of(pairs);
    let of = wanted.of.or_else(|| typed.text("of").parse().ok());
    let sheet = desk.sheet(&app, &visit, &kind, of)?;
    let (actor, revision) = (visit.actor()?.clone(), desk.held.case.revision);
    // The case is the one that the paper was written from.
    let asks: writing::Question = Arc::new(move |tx| {
        let actor = actor.clone();
        Box::pin(async move {
            let held = store::load(&tx, id, &Scope::of(&actor)?).await?;
            if held.case.revision == revision {
                Ok(())
            } else {
                Err(Refusal::new("enforcement-refusal-moved-on").into())
            }
        })
    });
    writing::issue(&app, &visit, &headers, &sheet, &typed, asks).await
}

/// Issues a paper from what the case knows, with `words` for what is missing; how the demonstration writes its papers.
///
/// # Errors
/// [`Error::NotFound`] for a kind that the case does not call for; refusals of the paper; when the database or a template fails.
pub async fn issue_with(app: &App, by: Id, id: Id, kind: &str, words: impl Fn(&str) -> Value) -> Result<Named, Error> {
    let desk = read_within(app, Scope::All, id).await?;
    let found = app.papers.kinds.find(kind).filter(|_| desk.kinds(app).contains(&kind)).ok_or(Error::NotFound)?;
    let mut data = desk.data(app, kind, None);
    for field in missing(found, &data).into_iter().map(|field| field.at.clone()).collect::<Vec<_>>() {
        let at = field.split(".*").next().unwrap_or(&field);
        put(&mut data, at, words(at));
    }
    let draft = Draft {
        subject: store::SUBJECT,
        subject_id: id,
        kind: kind.to_owned(),
        data,
        address: app.public_url.clone(),
        shapeless: Shapeless::Refuse,
    };
    let (order, now) = (prepare(app, draft).await?, app.clock.now());
    let signed = Signed { by, at: now, on: app.calendar.date_of(now) };
    let issued = app.db.write(move |tx| {
        let order = order.clone();
        async move { crate::papers::store::issue(&tx, &order, signed).await }
    });
    issued.await.map(|paper| Named { kind: paper.kind, number: paper.number })
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
