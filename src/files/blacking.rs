//! 遮挡: staff draw black rectangles over faces and number plates. The public copies are made anew from the sealed original,
//! which stays as it is; a rectangle can be taken away again, and both are facts. A photo that waits for it can be withheld.

use super::rectangle::{Area, Hides, MOST};
use super::store::{self, Rectangle};
use super::{clean, cleaned};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::people::doors::Visit;
use crate::timeline::fact::Fact;
use crate::timeline::store::record;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use minijinja::value::Serde;
use serde_json::json;

/// The shelf of small copies as they were before anything was blacked out: pictures are compared by them, nobody sees them.
pub const PLAIN: &str = "plain";

/// A form of this room: its fields in their order, some of them more than once.
type Fields = Vec<(String, String)>;

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.trim()).unwrap_or_default()
}

fn revision(fields: &Fields) -> i64 {
    field(fields, "revision").parse().unwrap_or(-1)
}

/// What somebody has typed or drawn and not saved yet.
#[derive(Debug, Clone, Default)]
struct Typed {
    areas: Vec<Area>,
    kind: String,
    numbers: [String; 4],
}

const NUMBERS: [&str; 4] = ["left", "top", "width", "height"];

impl Typed {
    /// Reads the rectangles that a script drew, those that were looked at before, and the one in the four fields.
    fn read(fields: &Fields) -> (Typed, Option<Refusal>) {
        let mut typed = Typed {
            kind: field(fields, "kind").to_owned(),
            numbers: NUMBERS.map(|name| field(fields, name).to_owned()),
            ..Typed::default()
        };
        let mut refusal = None;
        for (_, text) in fields.iter().filter(|(name, _)| name == "area") {
            match Area::parse(text) {
                Ok(area) => typed.areas.push(area),
                Err(no) => refusal = Some(no),
            }
        }
        let [left, top, width, height] = &typed.numbers;
        if typed.numbers.iter().any(|number| !number.is_empty()) {
            match Area::of_percents(left, top, width, height) {
                Ok(area) => {
                    typed.areas.push(area);
                    typed.numbers = Default::default();
                }
                Err(no) => refusal = Some(no),
            }
        }
        (typed, refusal)
    }
}

/// The page on which a photo is blacked out.
///
/// # Errors
/// [`Error::NotFound`] when there is no such photo or the reader sees nothing of what it belongs to.
pub async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    page(&app, &visit, id, Typed::default(), None).await
}

async fn page(
    app: &App,
    visit: &Visit,
    id: Id,
    typed: Typed,
    refusal: Option<(StatusCode, Refusal)>,
) -> Result<Response, Error> {
    let actor = visit.actor()?.clone();
    let may_see = actor.may(crate::people::act::Act::ViewOriginals);
    let read = app.db.read(move |tx| async move {
        let photo = seen(&tx, &actor, id).await?;
        let twins = store::same_file(&tx, id, &photo.original, 8).await?;
        Ok::<_, Error>((photo, store::rectangles(&tx, id).await?, twins))
    });
    let (photo, rectangles, twins) = read.await?;
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let errors: Vec<_> = refusal
        .iter()
        .map(|(_, no)| {
            let message = app.pages.say(visit.lang, no.key, &no.args);
            context! { field => no.field.unwrap_or("left"), message }
        })
        .collect();
    let kinds: Vec<_> = Hides::ALL
        .iter()
        .map(|kind| context! { value => kind.word(), label => say(&format!("photo-hides-{}", kind.word())) })
        .collect();
    let (lying, gone): (Vec<Rectangle>, Vec<Rectangle>) =
        rectangles.into_iter().partition(|one| one.removed_at.is_none());
    let page = context! {
        id => id.to_string(),
        revision => photo.revision,
        src => format!("/photos/{id}/large?v={}", photo.large.get(..16).unwrap_or_default()),
        home => home(&photo.subject, photo.subject_id),
        is_public => photo.is_public,
        is_withheld => photo.withheld_at.is_some(),
        may_see,
        lying => Serde(&lying),
        gone => Serde(&gone),
        twins => twins.iter().map(ToString::to_string).collect::<Vec<_>>(),
        pending => typed.areas.iter().map(|area| context! {
            text => format!("{},{},{},{}", area.left, area.top, area.width, area.height),
            area => Serde(area),
        }).collect::<Vec<_>>(),
        kind => typed.kind,
        numbers => typed.numbers,
        kinds,
        errors,
        has_room => lying.len() < MOST,
    };
    let html = app.page(visit, "files/black_out.html", page)?;
    Ok((refusal.map_or(StatusCode::OK, |(status, _)| status), html).into_response())
}

/// A photo that the actor may see because they see what it belongs to.
pub(super) async fn seen(tx: &Tx, actor: &crate::people::actor::Actor, id: Id) -> Result<store::Bytes, Error> {
    let photo = store::load(tx, id).await?;
    if crate::app::sees(tx, actor, &photo.subject, photo.subject_id).await? { Ok(photo) } else { Err(Error::NotFound) }
}

/// Where the page of what a photo belongs to is.
pub(super) fn home(subject: &str, id: Id) -> String {
    match subject {
        "case" => format!("/cases/{id}/photos"),
        "whistle" => format!("/whistles/{id}"),
        "building" => format!("/buildings/{id}"),
        "penalty_case" => format!("/enforcement/{id}"),
        "inspection" => format!("/inspections/{id}"),
        "report" => format!("/reports/{id}"),
        _ => String::new(),
    }
}

/// Draws what was typed or drawn, or only shows how it would look.
///
/// # Errors
/// As [`show`]; when the original cannot be read or the store fails.
pub async fn draw(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(fields): Form<Fields>,
) -> Result<Response, Error> {
    let (typed, refusal) = Typed::read(&fields);
    if let Some(refusal) = refusal {
        return page(&app, &visit, id, typed, Some((StatusCode::UNPROCESSABLE_ENTITY, refusal))).await;
    }
    if field(&fields, "do") == "preview" && !typed.areas.is_empty() {
        return page(&app, &visit, id, typed, None).await;
    }
    let no = match (typed.areas.is_empty(), Hides::parse(&typed.kind)) {
        (true, _) => Refusal::new("photo-black-nothing").on("left"),
        (false, None) => Refusal::new("photo-black-kind").on("kind"),
        (false, Some(kind)) => {
            let change = Change::Draw { kind, areas: typed.areas.clone() };
            return after(&app, &visit, id, typed, carry_out(&app, &visit, id, revision(&fields), change).await).await;
        }
    };
    page(&app, &visit, id, typed, Some((StatusCode::UNPROCESSABLE_ENTITY, no))).await
}

/// Takes a rectangle away again.
///
/// # Errors
/// As [`draw`]; [`Error::NotFound`] when no such rectangle lies over the photo.
pub async fn remove(
    State(app): State<App>,
    visit: Visit,
    Path((id, rectangle)): Path<(Id, Id)>,
    Form(fields): Form<Fields>,
) -> Result<Response, Error> {
    let done = carry_out(&app, &visit, id, revision(&fields), Change::Remove(rectangle)).await;
    after(&app, &visit, id, Typed::default(), done).await
}

/// Keeps a photo from citizens.
///
/// # Errors
/// As [`show`]; [`Error::NotFound`] when citizens do not see it anyway.
pub async fn withhold(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(fields): Form<Fields>,
) -> Result<Response, Error> {
    let done = turn(&app, &visit, id, revision(&fields), true).await;
    after(&app, &visit, id, Typed::default(), done).await
}

/// Shows a photo that was withheld to citizens again.
///
/// # Errors
/// As [`show`]; [`Error::NotFound`] when it is not withheld.
pub async fn release(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(fields): Form<Fields>,
) -> Result<Response, Error> {
    let done = turn(&app, &visit, id, revision(&fields), false).await;
    after(&app, &visit, id, Typed::default(), done).await
}

/// Back to the page: fresh when it is done, with what was drawn when it is not.
async fn after(app: &App, visit: &Visit, id: Id, typed: Typed, done: Result<(), Error>) -> Result<Response, Error> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/photos/{id}/black-out")).into_response()),
        Err(Error::Refused(no)) => page(app, visit, id, typed, Some((StatusCode::UNPROCESSABLE_ENTITY, no))).await,
        Err(Error::Db(DbError::Stale)) => {
            let no = Refusal::new("photo-black-stale").on("left");
            page(app, visit, id, typed, Some((StatusCode::CONFLICT, no))).await
        }
        Err(error) => Err(error),
    }
}

#[derive(Clone)]
enum Change {
    Draw { kind: Hides, areas: Vec<Area> },
    Remove(Id),
}

/// Sent twice (an impatient finger, a page loaded again): it is done.
fn is_done(rectangles: &[Rectangle], change: &Change) -> bool {
    match change {
        Change::Draw { kind, areas } => areas.iter().all(|area| {
            rectangles.iter().any(|one| one.removed_at.is_none() && one.kind == *kind && one.area == *area)
        }),
        Change::Remove(gone) => rectangles.iter().any(|one| one.id == *gone && one.removed_at.is_some()),
    }
}

async fn carry_out(app: &App, visit: &Visit, id: Id, revision: i64, change: Change) -> Result<(), Error> {
    let actor = visit.actor()?.clone();
    let (account, now) = (actor.account, app.clock.now());
    let read = app.db.read(move |tx| async move {
        Ok::<_, Error>((seen(&tx, &actor, id).await?, store::rectangles(&tx, id).await?))
    });
    let (photo, rectangles) = read.await?;
    if is_done(&rectangles, &change) {
        return Ok(());
    }
    if photo.revision != revision {
        return Err(Error::Db(DbError::Stale));
    }
    let lying = rectangles.iter().filter(|one| one.removed_at.is_none());
    let areas: Vec<Area> = match &change {
        Change::Draw { areas, .. } => lying.map(|one| one.area).chain(areas.iter().copied()).collect(),
        Change::Remove(gone) => {
            let all: Vec<&Rectangle> = lying.collect();
            if !all.iter().any(|one| one.id == *gone) {
                return Err(Error::NotFound);
            }
            all.iter().filter(|one| one.id != *gone).map(|one| one.area).collect()
        }
    };
    if areas.len() > MOST {
        return Err(Refusal::new("photo-black-too-many").with("most", MOST).on("left").into());
    }
    let original = match app.blobs.get("original", &photo.original).await {
        Err(Error::NotFound) => return Err(Refusal::new("photo-original-missing").on("left").into()),
        other => other?,
    };
    let (_, copies) = cleaned(original, move |bytes| clean::clean_blacked(bytes, &areas)).await?;
    let large = app.blobs.put("public", copies.large).await?;
    let small = app.blobs.put("public", copies.small).await?;
    let plain = match &photo.plain {
        Some(plain) => plain.clone(),
        None => app.blobs.put(PLAIN, app.blobs.get("public", &photo.small).await?).await?,
    };
    let (subject, subject_id) = (photo.subject.clone(), photo.subject_id);
    let written = app.db.write(move |tx| async move {
        store::replace_copies(&tx, id, revision, (&large, &small), &plain).await?;
        let copies = json!({ "before": [&photo.large, &photo.small], "after": [&large, &small] });
        let (kind, body) = match change {
            Change::Draw { kind, areas } => {
                let mut drawn = Vec::new();
                for area in &areas {
                    drawn.push(store::draw(&tx, id, kind, *area, account, now).await?.to_string());
                }
                let body = json!({ "photos": [id.to_string()], "hides": kind.word(), "rectangles": drawn, "areas": areas, "copies": copies });
                ("photo_blacked_out", body)
            }
            Change::Remove(rectangle) => {
                store::remove_rectangle(&tx, rectangle, account, now).await?;
                let body = json!({ "photos": [id.to_string()], "rectangles": [rectangle.to_string()], "copies": copies });
                ("photo_black_removed", body)
            }
        };
        record(&tx, &fact(&photo, id, kind, account, now, body)).await?;
        Ok::<_, Error>(())
    });
    written.await?;
    tell(app, &subject, subject_id);
    Ok(())
}

async fn turn(app: &App, visit: &Visit, id: Id, revision: i64, away: bool) -> Result<(), Error> {
    let actor = visit.actor()?.clone();
    let (account, now) = (actor.account, app.clock.now());
    let written = app.db.write(move |tx| async move {
        let photo = seen(&tx, &actor, id).await?;
        // Sent twice: it is done.
        if away == photo.withheld_at.is_some() && away != photo.is_public {
            return Ok(None);
        }
        if photo.revision != revision {
            return Err(Error::Db(DbError::Stale));
        }
        // What citizens never saw is not shown to them by this.
        if (away && !photo.is_public) || (!away && photo.withheld_at.is_none()) {
            return Err(Error::NotFound);
        }
        store::withhold(&tx, id, revision, away.then_some(now)).await?;
        let kind = if away { "photo_withheld" } else { "photo_released" };
        record(&tx, &fact(&photo, id, kind, account, now, json!({ "photos": [id.to_string()] }))).await?;
        Ok(Some((photo.subject, photo.subject_id)))
    });
    if let Some((subject, subject_id)) = written.await? {
        tell(app, &subject, subject_id);
    }
    Ok(())
}

/// What a photo belongs to, as the log names it; a photo of anything else speaks for itself.
fn named(subject: &str) -> &'static str {
    match subject {
        "report" => "report",
        "case" => "case",
        "whistle" => "whistle",
        _ => "photo",
    }
}

fn fact(photo: &store::Bytes, id: Id, kind: &str, account: Id, at: Moment, body: serde_json::Value) -> Fact {
    let subject = named(&photo.subject);
    Fact {
        subject,
        subject_id: if subject == "photo" { id } else { photo.subject_id },
        kind: kind.to_owned(),
        is_public: false,
        author: Some(account),
        at,
        body,
    }
}

fn tell(app: &App, subject: &str, subject_id: Id) {
    let subject = named(subject);
    if subject != "photo" {
        app.tell(subject, subject_id);
    }
}
