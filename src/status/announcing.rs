//! `/admin/status`: what the administrator announces, and what only they see: what waits, how much room there is, versions.

use super::announcement::{Announcement, Kind, Part, Update};
use super::{checking, measuring, show, store};
use crate::app::App;
use crate::instances;
use crate::kit::clock::Moment;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{Ask, Choice, Field, Typed};
use crate::kit::id::{self, Id};
use crate::kit::machine;
use crate::people::doors::Visit;
use crate::people::tabs;
use axum::extract::{Form, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};

/// The name under which backups are noted.
pub const BACKUP: &str = "backup";
/// Facts that have waited for their seal for so many seconds want somebody to look.
const SEALED_WITHIN: f64 = 600.0;
const TITLE: usize = 60;
const TEXT: usize = 600;

fn form(app: &App, visit: &Visit) -> Vec<Field> {
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let kinds =
        Kind::ALL.iter().map(|kind| Choice::new(kind.word(), say(&format!("status-kind-{}", kind.word())))).collect();
    let parts = Part::ALL.iter().map(|part| Choice::new(part.word(), show::part_label(app, visit, *part))).collect();
    let now = app.clock.now().zoned(&app.city.zone()).strftime("%Y-%m-%dT%H:%M").to_string();
    vec![
        Field::new("kind", "status-kind", Ask::Radio(kinds)).given(Kind::Fault.word()),
        Field::new("parts", "status-parts", Ask::Several(parts)),
        Field::new("title_zh", "status-title-zh", Ask::Line(TITLE)),
        Field::new("title_en", "status-title-en", Ask::Line(TITLE)).optional().hint("status-title-en-hint"),
        Field::new("begins", "status-begins", Ask::Time).given(now),
        Field::new("ends", "status-ends", Ask::Time).optional().hint("status-ends-hint"),
        Field::new("text_zh", "status-text-zh", Ask::Text(TEXT)).hint("status-text-hint"),
        Field::new("text_en", "status-text-en", Ask::Text(TEXT)).optional(),
    ]
}

fn moment(app: &App, typed: &Typed, name: &'static str) -> Result<Moment, Refusal> {
    let at = app.city.zone().to_ambiguous_zoned_datetime(typed.time(name)?).compatible();
    at.map(|zoned| Moment::from(&zoned)).map_err(|_| Refusal::new("form-day").on(name))
}

fn read(app: &App, typed: &Typed) -> Result<(Announcement, Update), Refusal> {
    let now = app.clock.now();
    let ends_at = if typed.text("ends").is_empty() { None } else { Some(moment(app, typed, "ends")?) };
    let one = Announcement {
        id: id::fresh(),
        kind: typed.choice("kind", Kind::parse)?,
        parts: typed.all("parts").filter_map(Part::parse).collect(),
        title: (typed.needed("title_zh", TITLE)?, typed.words("title_en", TITLE)?),
        begins_at: moment(app, typed, "begins")?,
        ends_at,
        ended_at: None,
        made_at: now,
        revision: 1,
        updates: Vec::new(),
    };
    let said = Update { text: (typed.needed("text_zh", TEXT)?, typed.words("text_en", TEXT)?), at: now };
    Ok((one.fit()?, said))
}

/// `GET /admin/status`.
pub(super) async fn list(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw(&app, &visit, None, None).await
}

async fn draw(app: &App, visit: &Visit, typed: Option<&Typed>, problem: Option<&Refusal>) -> Result<Response, Error> {
    let now = app.clock.now();
    let since = now.plus(-checking::STANDS);
    let read = app.db.read(move |tx| async move {
        let all = store::announcements(&tx, since, checking::MOST).await?;
        Ok::<_, DbError>((all, store::last_operated(&tx, BACKUP).await?))
    });
    let (all, backup) = read.await.map_err(Error::Db)?;
    let fields = form(app, visit);
    let page = context! {
        rows => all.iter().map(|one| show::announced(app, visit, one, now)).collect::<Vec<_>>(),
        inside => inside(app, visit, backup).await?,
        fields => app.fields(visit, &fields, typed, problem),
        errors => app.field_errors(visit, &fields, typed, problem),
        tabs => tabs(app, visit)?,
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], app.page(visit, "status/admin.html", page)?).into_response())
}

/// What only administrators see: rows of what it is and how it stands, with whether it is well.
async fn inside(app: &App, visit: &Visit, backup: Option<Moment>) -> Result<Vec<Value>, Error> {
    let say = |key: &str, args: &[(&str, String)]| app.pages.say(visit.lang, key, args);
    let row = |key: &str, value: String, is_well: bool| context! { label => say(key, &[]), value, is_well };
    let found = measuring::gathered(app).await?;
    let engine = app.db.version().await.map_err(Error::Db)?;
    let name = if app.db.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let mut rows = vec![
        row("status-inside-version", env!("CARGO_PKG_VERSION").to_owned(), true),
        row("status-inside-database", format!("{name} {engine}"), true),
    ];
    let reasons = super::machines::reasons(app).await;
    let ready = match reasons.is_empty() {
        true => say("status-inside-ready-yes", &[]),
        false => {
            let told = reasons.iter().map(|reason| say(&format!("status-reason-{}", reason.word()), &[]));
            told.collect::<Vec<_>>().join(" ")
        }
    };
    rows.push(row("status-inside-ready", ready, reasons.is_empty()));
    let lag = found.lags.iter().map(|(_, lag)| *lag).fold(0.0, f64::max);
    rows.push(row("status-inside-lag", say("status-seconds", &[("count", format!("{lag:.0}"))]), lag < 300.0));
    let waiting: i64 = found.waiting.iter().map(|(_, count, _)| count).sum();
    let oldest = found.waiting.iter().map(|(_, _, oldest)| *oldest).fold(0.0, f64::max);
    let told = say(
        "status-inside-waiting-told",
        &[("count", waiting.to_string()), ("minutes", format!("{:.0}", oldest / 60.0))],
    );
    rows.push(row("status-inside-waiting", told, oldest < 900.0));
    rows.push(row("status-inside-photos", say("status-photos", &[("count", found.unprinted.to_string())]), true));
    let sealed = match &found.head {
        None => say("status-inside-seal-none", &[("count", found.unsealed.to_string())]),
        Some(head) => {
            let at = head.sealed_at.zoned(&app.city.zone()).strftime("%Y-%m-%d %H:%M").to_string();
            let (block, count) = (head.number.to_string(), found.unsealed.to_string());
            say(
                "status-inside-seal-told",
                &[("block", block), ("hash", head.hash.clone()), ("at", at), ("count", count)],
            )
        }
    };
    rows.push(row("status-inside-seal", sealed, found.unsealed_for < SEALED_WITHIN));
    let broken = app.broken_jobs();
    let told = if broken.is_empty() { say("status-inside-jobs-all", &[]) } else { broken.join(", ") };
    rows.push(row("status-inside-jobs", told, broken.is_empty()));
    if app.db.is_postgres() {
        let read = app.db.read(|tx| async move {
            Ok::<_, DbError>((instances::store::all(&tx).await?, instances::store::turn(&tx, instances::JOBS).await?))
        });
        let (all, turn) = read.await.map_err(Error::Db)?;
        let owner = all.iter().find(|one| turn.is_some_and(|turn| turn.instance == one.instance));
        let doing = owner.map_or_else(|| say("status-inside-programs-nobody", &[]), |one| one.name.clone());
        let names: Vec<String> = all.iter().map(|one| format!("{} ({})", one.name, one.version)).collect();
        let told = [("count", all.len().to_string()), ("names", names.join(" · ")), ("doing", doing)];
        rows.push(row("status-inside-programs", say("status-inside-programs-told", &told), owner.is_some()));
    }
    let file = app.db.file().and_then(machine::space_at).map(|space| ("status-inside-space-database", space));
    let files = machine::space_at(&app.status.files).map(|space| ("status-inside-space-files", space));
    let spaces = match (file, files) {
        // One disk is told of once.
        (Some((_, one)), Some((_, other))) if one == other => vec![("status-inside-space", one)],
        (file, files) => file.into_iter().chain(files).collect(),
    };
    for (label, space) in spaces {
        let told = say(
            "status-inside-space-told",
            &[("free", (space.free >> 30).to_string()), ("all", (space.all >> 30).to_string())],
        );
        rows.push(row(label, told, space.weight() == machine::Room::Enough));
    }
    let is_old = backup.is_none_or(|at| app.clock.now().0 - at.0 > 36 * 3_600_000);
    let told = match backup {
        Some(at) => at.zoned(&app.city.zone()).strftime("%Y-%m-%d %H:%M").to_string(),
        None => say("status-inside-backup-none", &[]),
    };
    rows.push(row("status-inside-backup", told, !is_old));
    Ok(rows)
}

/// `POST /admin/status`: announces.
pub(super) async fn announce(
    State(app): State<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let by = visit.actor()?.account;
    let (one, said) = match read(&app, &typed) {
        Ok(read) => read,
        Err(refusal) => return draw(&app, &visit, Some(&typed), Some(&refusal)).await,
    };
    let written = app.db.write(move |tx| async move { store::announce(&tx, &one, &said, by).await }).await;
    written.map_err(|error: DbError| Error::Db(error))?;
    checking::read_announced(&app).await?;
    Ok(Redirect::to("/admin/status").into_response())
}

/// `POST /admin/status/{id}`: says more of it, or that it is over.
pub(super) async fn update(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let is_end = typed.text("act") == "end";
    let said = (typed.words("text_zh", TEXT), typed.words("text_en", TEXT));
    let text = match said {
        (Ok(zh), Ok(en)) => (zh, en),
        (Err(refusal), _) | (_, Err(refusal)) => return Err(refusal.into()),
    };
    if text.0.is_empty() && !is_end {
        return Err(Refusal::new("form-missing").on("text_zh").into());
    }
    let revision = typed.text("revision").parse::<i64>().unwrap_or_default();
    let written = app.db.write(move |tx| async move {
        let one = store::load(&tx, id).await?;
        let one = Announcement { revision, ..if is_end { one.end(now) } else { one } };
        let said = Update { text, at: now };
        let said = Some(&said).filter(|said| !said.text.0.is_empty());
        store::update(&tx, &one, said, by, now).await?;
        Ok::<_, Error>(())
    });
    written.await?;
    checking::read_announced(&app).await?;
    Ok(Redirect::to("/admin/status").into_response())
}
