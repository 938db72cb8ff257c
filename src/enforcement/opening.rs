//! A clue (线索) is recorded, or somebody is punished on the spot (当场处罚): the two ways a case begins.

use super::case::{Case, Step};
use super::doing::{Again, carry_on, open, people};
use super::forms::{Around, Desk};
use super::publication::Background;
use super::store::{self, Held, Origin, Scope};
use super::{matters, show};
use crate::app::App;
use crate::cases;
use crate::files::{self, TakenIn};
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, Choice, Field, Typed};
use crate::kit::form::at_most;
use crate::kit::id::{self, Id};
use crate::people;
use crate::people::actor::Actor;
use crate::people::doors::Visit;
use crate::reports::photos::{self, Album};
use crate::reports::place;
use crate::reports::submit::read_form;
use crate::timeline;
use crate::whistles;
use axum::extract::{Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde::{Deserialize, Serialize};
use std::pin::Pin;

/// What somebody says about a clue.
#[derive(Debug, Clone)]
pub struct Clue {
    /// In words.
    pub words: String,
    /// Where, and from which case, whistle or building.
    pub origin: Origin,
    /// The unit that is to look into it.
    pub unit: Option<Id>,
}

/// What another room says of something that a penalty case may come from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Offer {
    /// In words.
    pub words: String,
    /// Its place in words.
    pub place: String,
    /// East of Greenwich, degrees.
    pub lon: Option<f64>,
    /// North of the equator, degrees.
    pub lat: Option<f64>,
}

/// Says it, when it exists for whoever asks; else [`Error::NotFound`].
pub type Offers = for<'a> fn(&'a Tx, &'a Actor, Id) -> Pin<Box<dyn Future<Output = Result<Offer, Error>> + Send + 'a>>;

/// What an address says about where the clue comes from, and about which matter.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    /// A case.
    #[serde(default)]
    case: String,
    /// A whistle.
    #[serde(default)]
    whistle: String,
    /// Something of another room: its name and which one.
    #[serde(default)]
    source: String,
    /// Which one.
    #[serde(default)]
    source_id: String,
    /// A matter.
    #[serde(default)]
    matter: String,
    /// Words to look for among the matters.
    #[serde(default)]
    q: String,
}

/// `GET /enforcement/new`.
///
/// # Errors
/// When the database fails.
pub async fn ask(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let mut typed = Typed::default();
    let mut put = |name: &str, value: String| drop(typed.0.insert(name.to_owned(), vec![value]));
    if let Ok(case) = asked.case.parse::<Id>() {
        let actor = visit.actor()?.clone();
        let found = app.db.read(move |tx| async move {
            cases::store::load(&tx, case, &cases::store::Scope::of(&actor)).await.map(|found| found.case)
        });
        // A case that does not exist for this officer is named by its number alone, which they were told.
        put("source", "case".into());
        put("source_id", case.to_string());
        if let Ok(case) = found.await {
            put("words", case.title.clone());
            put("address", case.place.address.clone());
            for (name, value) in [("lon", case.place.lon), ("lat", case.place.lat)] {
                put(name, value.map(|value| value.to_string()).unwrap_or_default());
            }
        }
    } else if let Ok(whistle) = asked.whistle.parse::<Id>() {
        put("source", "whistle".into());
        put("source_id", whistle.to_string());
        let actor = visit.actor()?.clone();
        let found = app.db.read(move |tx| async move {
            let doer = whistles::store::doer(&tx, &actor).await?;
            whistles::store::load(&tx, whistle, &whistles::store::Scope::of(&doer)).await
        });
        if let Ok(whistle) = found.await {
            put("words", whistle.words.clone());
        }
    } else if let Ok(source_id) = asked.source_id.parse::<Id>()
        && let Some((source, offers)) = app.clues.iter().find(|(source, _)| *source == asked.source)
    {
        put("source", (*source).to_owned());
        put("source_id", source_id.to_string());
        let actor = visit.actor()?.clone();
        let offers = *offers;
        let found = app.db.read(move |tx| async move { offers(&tx, &actor, source_id).await });
        if let Ok(offer) = found.await {
            put("words", offer.words);
            put("address", offer.place);
            for (name, value) in [("lon", offer.lon), ("lat", offer.lat)] {
                put(name, value.map(|value| value.to_string()).unwrap_or_default());
            }
        }
    }
    draw(&app, &visit, None, Again { typed: Some(typed), ..Again::fresh() }).await
}

#[derive(Serialize)]
struct MatterRow {
    id: String,
    name: String,
    basis: String,
    most: String,
    is_to_check: bool,
}

/// `GET /enforcement/summary`: first the matter, then the form.
///
/// # Errors
/// When the database fails.
pub async fn ask_summary(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let today = app.calendar.date_of(app.clock.now());
    if app.statutes.matters.on(&asked.matter, today).is_some() {
        return draw(&app, &visit, Some(asked.matter), Again::fresh()).await;
    }
    let is_chinese = visit.lang == crate::kit::words::LANGUAGES[0];
    let words = asked.q.trim().to_lowercase();
    let most = app.statutes.terms.number("summary-fine-unit", today)?.fen();
    let mut rows: Vec<MatterRow> = Vec::new();
    for matter in app.statutes.matters.all() {
        let is_known = rows.iter().any(|row| row.id == matter.id);
        let in_force = app.statutes.matters.on(&matter.id, today) == Some(matter);
        if is_known || !in_force || !is_for_the_spot(matter, most) {
            continue;
        }
        let name = if is_chinese { &matter.name.zh } else { &matter.name.en };
        let text = if is_chinese { &matter.text.zh } else { &matter.text.en };
        if !words.is_empty() && !format!("{} {}", matter.name.zh, matter.name.en).to_lowercase().contains(&words) {
            continue;
        }
        rows.push(MatterRow {
            id: matter.id.clone(),
            name: name.clone(),
            basis: format!("{text} {}", matter.clause.said(is_chinese)),
            most: show::band_text(matter, &|key, args| app.pages.say(visit.lang, key, args)),
            is_to_check: matter.certainty != crate::law::Certainty::Verified,
        });
    }
    let page = context! { rows => Serde(rows), q => asked.q.as_str() };
    Ok(app.page(&visit, "enforcement/matters.html", page)?.into_response())
}

/// The fields of a form that begins a case. Whoever has no unit of officers says which is to look into it.
fn fields(desk: &Desk<'_>, is_summary: bool, units: &[Choice]) -> Vec<Field> {
    let step = if is_summary { Step::DecideSummary } else { Step::ReceiveClue };
    let mut fields = desk.fields(step);
    fields.retain(|field| !matches!(field.ask, Ask::Photos(_)));
    if is_summary {
        let words = Field::new("words", "enforcement-ask-facts", Ask::Text(super::guards::LONGEST_WORDS));
        fields.insert(2, words);
    }
    if !units.is_empty() {
        fields.push(Field::new("unit", "enforcement-ask-unit", Ask::One(units.to_vec())));
    }
    fields
}

async fn draw(app: &App, visit: &Visit, matter: Option<String>, again: Again) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let now = app.clock.now();
    let today = app.calendar.date_of(now);
    let is_handed_over = store::role(actor.post).is_none();
    let read = app.db.read(move |tx| async move {
        let units = if is_handed_over { people::store::enforcing_units(&tx).await? } else { Vec::new() };
        Ok::<_, crate::kit::db::DbError>((people(&tx, today).await?, units))
    });
    let (people, units) = read.await.map_err(Error::Db)?;
    let units: Vec<Choice> = units.iter().map(|unit| Choice::new(unit.id, unit.name(visit.lang).to_owned())).collect();
    let mut blank = blank(&matter, today, now)?;
    blank.clue.clear();
    let say = |key: &str, args: &[(&'static str, String)]| app.pages.say(visit.lang, key, args);
    let is_chinese = visit.lang == crate::kit::words::LANGUAGES[0];
    let desk = Desk {
        case: &blank,
        law: app.law(),
        today,
        by: actor.account,
        people: &people,
        background: &Background::default(),
        around: &Around::default(),
        say: &say,
        is_chinese,
    };
    let fields = fields(&desk, matter.is_some(), &units);
    let found = matter.as_deref().and_then(|id| app.statutes.matters.on(id, today));
    let typed = again.typed.clone();
    // A fresh form stands with what is given beforehand.
    let was = typed.as_ref().filter(|_| again.problem.is_some() || matter.is_none());
    let text = |name: &str| typed.as_ref().map(|typed| typed.text(name).to_owned()).unwrap_or_default();
    let page = context! {
        is_summary => matter.is_some(),
        action => if matter.is_some() { "/enforcement/summary" } else { "/enforcement/new" },
        matter => found.map(|found| Serde(show::matter_shown(app, visit, found, None))),
        fields => app.fields(visit, &fields, was, again.problem.as_ref()),
        errors => app.field_errors(visit, &fields, was, again.problem.as_ref()),
        place_error => again.problem.as_ref().filter(|refusal| refusal.field == Some("place")).map(|refusal| app.pages.say(visit.lang, refusal.key, &refusal.args)).unwrap_or_default(),
        photo_error => again.problem.as_ref().filter(|refusal| refusal.field == Some("photos")).map(|refusal| app.pages.say(visit.lang, refusal.key, &refusal.args)).unwrap_or_default(),
        photos_limit => app.reports.photos_limit,
        kept => photos::waiting_shown(&again.kept),
        key => again.key.as_str(),
        lon => text("lon"), lat => text("lat"), address => text("address"),
        source => text("source"), source_id => text("source_id"),
        is_handed_over,
        centre_lon => app.base_map.centre.map(|(lon, _)| lon),
        centre_lat => app.base_map.centre.map(|(_, lat)| lat),
    };
    let status = if again.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "enforcement/new.html", page)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// A case that nobody has opened yet, for the forms that begin one.
fn blank(matter: &Option<String>, today: jiff::civil::Date, now: crate::kit::clock::Moment) -> Result<Case, Refusal> {
    let mut case = Case::open(0, "-", now)?;
    if let Some(matter) = matter {
        (case.matter, case.acted_on) = (matter.clone(), Some(today));
    }
    Ok(case)
}

/// `POST /enforcement/new`.
///
/// # Errors
/// When the database fails; refusals are drawn.
pub async fn receive(State(app): State<App>, visit: Visit, request: Request) -> Result<Response, Error> {
    begin(&app, &visit, request, false).await
}

/// `POST /enforcement/summary`.
///
/// # Errors
/// When the database fails; refusals are drawn.
pub async fn punish(State(app): State<App>, visit: Visit, request: Request) -> Result<Response, Error> {
    begin(&app, &visit, request, true).await
}

async fn begin(app: &App, visit: &Visit, request: Request, is_summary: bool) -> Result<Response, Error> {
    let sent = read_form(app, request).await?;
    let typed = sent.form();
    let key = Some(sent.text("key")).filter(|key| !key.is_empty()).unwrap_or_else(id::secret);
    let album = photos::open(app, sent, &key).await?;
    match attempt(app, visit, &typed, &album, &key, is_summary).await {
        Ok((id, waited)) => {
            photos::clear(app, waited).await;
            app.tell(store::SUBJECT, id);
            // Who only hands something over goes back to where it came from.
            let is_handed_over = store::role(visit.actor()?.post).is_none();
            let home = match typed.text("source") {
                "case" => format!("/cases/{}", typed.text("source_id")),
                "whistle" => format!("/whistles/{}", typed.text("source_id")),
                "building" => format!("/buildings/{}", typed.text("source_id")),
                _ => "/".to_owned(),
            };
            let to = if is_handed_over { home } else { format!("/enforcement/{id}") };
            Ok(Redirect::to(&to).into_response())
        }
        Err(Error::Refused(refusal)) => {
            let kept = album.wait(app, &key).await?;
            let matter = is_summary.then(|| typed.text("matter").to_owned());
            draw(app, visit, matter, Again { typed: Some(typed), problem: Some(refusal), kept, key }).await
        }
        Err(error) => Err(error),
    }
}

async fn attempt(
    app: &App,
    visit: &Visit,
    typed: &Typed,
    album: &Album,
    key: &str,
    is_summary: bool,
) -> Result<(Id, Vec<TakenIn>), Error> {
    let actor = visit.actor()?.clone();
    let (now, taken) = (app.clock.now(), album.whole(app).await?);
    let (held_app, typed, key, has_waited) = (app.clone(), typed.clone(), key.to_owned(), album.has_waited);
    let form = typed.mark(&visit.path);
    app.db
        .write(move |tx| {
            let (app, typed, key, actor, taken, form) =
                (held_app.clone(), typed.clone(), key.clone(), actor.clone(), taken.clone(), form.clone());
            async move {
                let kind = store::kind_of(Step::ReceiveClue);
                if let Some(made) = timeline::store::made_of(&tx, &kind, actor.account, &form).await? {
                    return Ok((made, Vec::new()));
                }
                let clue = read_clue(&app, &tx, &actor, &typed).await?;
                let number = store::number(&tx, app.calendar.date_of(now).year()).await?;
                // The serial holds back whoever sent the same form at the same moment; what they made meanwhile can be seen
                // only now.
                if let Some(made) = timeline::store::made_of(&tx, &kind, actor.account, &form).await? {
                    return Ok((made, Vec::new()));
                }
                let held = open(&app, &tx, &actor, number, &clue, now, &taken, &form).await?;
                let held = if is_summary { decide(&app, &tx, held, &actor, &typed, now).await? } else { held };
                let waited = if has_waited { files::store::forget_waiting(&tx, &key).await? } else { Vec::new() };
                Ok((held.case.id, waited))
            }
        })
        .await
}

async fn decide(
    app: &App,
    tx: &Tx,
    held: Held,
    actor: &Actor,
    typed: &Typed,
    now: crate::kit::clock::Moment,
) -> Result<Held, Error> {
    let today = app.calendar.date_of(now);
    let people = people(tx, today).await?;
    let act = {
        let say = |_: &str, _: &[(&'static str, String)]| String::new();
        let desk = Desk {
            case: &held.case,
            law: app.law(),
            today,
            by: actor.account,
            people: &people,
            background: &Background::default(),
            around: &Around::default(),
            say: &say,
            is_chinese: true,
        };
        desk.act(Step::DecideSummary, typed)?
    };
    let by = store::acting(actor)?;
    carry_on(app, tx, held, &by, Step::DecideSummary, &act, now, &[], "").await
}

/// What was typed about the clue and its place. The case or whistle it comes from must exist.
async fn read_clue(app: &App, tx: &Tx, actor: &Actor, typed: &Typed) -> Result<Clue, Error> {
    let words = typed.words("words", super::guards::LONGEST_WORDS)?;
    let is_handed_over = store::role(actor.post).is_none();
    let source_id = typed.text("source_id").parse::<Id>().ok();
    let source = match (typed.text("source"), source_id) {
        ("case", Some(case)) => {
            // Officers are told of cases by number; the desks hand over what they see.
            let desk = cases::store::Scope::of(actor);
            let scope = if is_handed_over { &desk } else { &cases::store::Scope::All };
            cases::store::load(tx, case, scope).await?;
            "case"
        }
        ("whistle", Some(whistle)) => {
            whistles::store::load(tx, whistle, &whistles::store::Scope::All).await?;
            "whistle"
        }
        (source, Some(source_id)) => match app.clues.iter().find(|(known, _)| *known == source) {
            Some((known, offers)) => {
                // What does not exist for somebody leads nowhere.
                offers(tx, actor, source_id).await?;
                known
            }
            None => "",
        },
        _ => "",
    };
    let unit = if is_handed_over {
        let units = people::store::enforcing_units(tx).await?;
        let named = typed.text("unit").parse::<Id>().ok();
        let found = units.iter().find(|unit| Some(unit.id) == named);
        Some(found.ok_or_else(|| Refusal::new("construction-refusal-unit-missing").on("unit"))?.id)
    } else {
        actor.department
    };
    if let Some(source_id) = source_id.filter(|_| !source.is_empty()) {
        // The same case is not opened twice by one who sees the first; the desks are told the number.
        let scope = if is_handed_over { Scope::All } else { Scope::of(actor)? };
        if let Some((_, number)) = store::of_source(tx, source, source_id, &scope).await?.first() {
            return Err(Refusal::new("enforcement-refusal-opened-already").with("number", number).on("words").into());
        }
    }
    let told = place::position(typed.text("lon"), typed.text("lat"), typed.text("coordinates"));
    let nowhere = |place::Nowhere| Refusal::new("enforcement-refusal-position-strange").on("place");
    let (lon, lat) = told.map_err(nowhere)?.unzip();
    let address = at_most("address", typed.text("address"), 200)?;
    let source_id = source_id.filter(|_| !source.is_empty());
    let origin = Origin { place: address, lon, lat, source: source.to_owned(), source_id };
    Ok(Clue { words, origin, unit })
}

/// What a new penalty case takes over from where it came from: its photographs, as they were sealed there. A case says in its
/// history under which number it was handed over.
///
/// # Errors
/// When the database fails.
pub async fn hand_over(
    tx: &Tx,
    held: &Held,
    actor: &Actor,
    now: crate::kit::clock::Moment,
) -> Result<Vec<String>, Error> {
    let Some(source_id) = held.origin.source_id else { return Ok(Vec::new()) };
    let mut from = Vec::new();
    let case = match held.origin.source.as_str() {
        "case" => Some(source_id),
        "whistle" => {
            from.push((whistles::store::SUBJECT, source_id));
            whistles::store::load(tx, source_id, &whistles::store::Scope::All).await?.case
        }
        source => {
            from.push((source, source_id));
            None
        }
    };
    if let Some(case) = case {
        let reports = cases::store::reports(tx, case).await?;
        let own = reports.into_iter().map(|report| ("report", report)).chain([("case", case)]);
        from.splice(0..0, own);
        let line = timeline::fact::Fact {
            subject: "case",
            subject_id: case,
            kind: "clue_handed_over".to_owned(),
            is_public: false,
            author: Some(actor.account),
            at: now,
            body: serde_json::json!({ "note": held.number }),
        };
        timeline::store::record(tx, &line).await?;
    }
    let mut photos = Vec::new();
    for subject in from {
        photos.extend(files::store::hand_over(tx, subject, (store::SUBJECT, held.case.id), "check").await?);
    }
    Ok(photos)
}

/// Whether a matter may be decided on the spot on a day: by a warning, or by a fine that reaches down to the limit of the summary
/// procedure (行政处罚法 art. 51).
pub fn is_for_the_spot(matter: &matters::Matter, most: i64) -> bool {
    let is_small = |band: Option<matters::Band>| band.is_some_and(|band| band.least <= most);
    let is_fined = matter.measure == matters::Measure::Amount
        && !matter.is_local
        && (is_small(matter.bands.citizen) || is_small(matter.bands.unit));
    matter.kinds.contains(&matters::PenaltyKind::Warning) || is_fined
}
