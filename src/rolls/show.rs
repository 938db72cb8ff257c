//! The pages of this room: what was brought, and a list before and after it takes effect.

use super::roll::{Field, Judged, Roll, Subject, What};
use super::store;
use crate::app::App;
use crate::imports::import::{Note, State};
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::kit::paging::address;
use crate::kit::sheets::Csv;
use crate::kit::tables::safe;
use crate::people::act::Act;
use crate::people::doors::Visit;
use crate::people::tabs;
use axum::extract::{Path, Query, State as Held};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::{Value, context};
use serde::Deserialize;
use std::collections::HashMap;

pub(super) fn say(app: &App, visit: &Visit, key: &str) -> String {
    app.pages.say(visit.lang, key, &[])
}

fn errors(app: &App, visit: &Visit, refusal: Option<&Refusal>) -> Vec<Value> {
    let written = refusal.map(|refusal| {
        let message = app.pages.say(visit.lang, refusal.key, &named(app, visit, &refusal.args));
        context! { field => refusal.field.unwrap_or("main"), message }
    });
    written.into_iter().collect()
}

/// The arguments of a sentence: a field and a post are said by their names.
fn named<'a>(app: &App, visit: &Visit, args: &[(&'a str, String)]) -> Vec<(&'a str, String)> {
    spoken(args, &|key| say(app, visit, key))
}

/// The same with words from elsewhere.
pub(super) fn spoken<'a>(args: &[(&'a str, String)], say: &dyn Fn(&str) -> String) -> Vec<(&'a str, String)> {
    args.iter()
        .map(|(name, value)| match *name {
            "field" => (*name, say(&format!("rolls-field-{value}"))),
            "post" => (*name, say(&format!("people-post-{value}"))),
            _ => (*name, value.clone()),
        })
        .collect()
}

fn sentence(app: &App, visit: &Visit, note: &Note) -> String {
    let args: Vec<(&str, String)> = note.args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    app.pages.say(visit.lang, &note.key, &named(app, visit, &args))
}

pub(super) fn download(name: &str, media: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, [(header::CACHE_CONTROL, "no-store")], bytes).into_response()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Listed {
    before: String,
    subject: String,
}

/// `GET /admin/rolls`.
pub(super) async fn list(Held(app): Held<App>, visit: Visit, Query(asked): Query<Listed>) -> Result<Response, Error> {
    draw_list(&app, &visit, asked.before.parse().unwrap_or(i64::MAX), &asked.subject, None).await
}

/// The lists that were brought, with the form that brings one; what was chosen stays chosen after a refusal.
pub(super) async fn draw_list(
    app: &App,
    visit: &Visit,
    before: Id,
    subject: &str,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let page = app.db.read(move |tx| async move { store::list(&tx, before).await }).await?;
    let subjects: Vec<Value> = Subject::ALL
        .iter()
        .map(|one| {
            let word = one.word();
            let hint = say(app, visit, &format!("rolls-subject-{word}-hint"));
            context! { value => word, label => say(app, visit, &format!("rolls-subject-{word}")), hint }
        })
        .collect();
    let rows: Vec<Value> = page
        .rows
        .iter()
        .map(|(roll, author)| {
            let author = author.clone().unwrap_or_else(|| say(app, visit, "people-command-line"));
            context! {
                author, roll => drawn(app, visit, roll),
                came => context! { new => roll.found.counts.new, changed => roll.found.counts.changed, refused => roll.found.counts.refused },
            }
        })
        .collect();
    let context = context! {
        rows, subjects, subject,
        older => page.next.map(|next| format!("?before={next}")).unwrap_or_default(),
        newer => if before == i64::MAX { "" } else { "/admin/rolls" },
        may_bring => visit.actor()?.may(Act::ManageAccounts),
        most_rows => super::roll::MOST_ROWS,
        errors => errors(app, visit, refusal),
        tabs => tabs(app, visit)?,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "rolls/list.html", context)?).into_response())
}

/// What pages say of a list in one line.
fn drawn(app: &App, visit: &Visit, roll: &Roll) -> Value {
    let (state, tone, icon) = match roll.state {
        State::Waiting => ("imports-state-waiting", "warn", "clock"),
        State::Discarded => ("imports-state-discarded", "neutral", "x"),
        State::Kept if roll.waits_for_release() => ("rolls-state-unreleased", "warn", "lock"),
        State::Kept => ("imports-state-kept", "ok", "check-circle"),
    };
    context! {
        id => roll.id.to_string(), name => roll.name.as_str(), tone, icon,
        state => say(app, visit, state),
        is_waiting => roll.state == State::Waiting,
        is_staff => roll.subject == Subject::Staff,
        subject => say(app, visit, &format!("rolls-subject-{}", roll.subject.word())),
        at => roll.brought_at.0,
    }
}

/// The way to a list, for pages below it.
pub(super) fn crumb(app: &App, visit: &Visit, roll: &Roll) -> Vec<Value> {
    vec![
        context! { label => say(app, visit, "rolls-title"), href => "/admin/rolls" },
        context! { label => roll.name.as_str(), href => format!("/admin/rolls/{}", roll.id) },
    ]
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    show: String,
    after: String,
}

/// `GET /admin/rolls/{id}`.
pub(super) async fn show(
    Held(app): Held<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    draw(&app, &visit, id, &asked, None).await
}

/// The verdicts in the order in which they are looked at: what is wrong first.
const TABS: [What; 5] = [What::Refused, What::New, What::Changed, What::Same, What::Missing];

/// A list, with the sentence of a refusal.
pub(super) async fn draw(
    app: &App,
    visit: &Visit,
    id: Id,
    asked: &Asked,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let (what, after) = (What::parse(&asked.show), asked.after.parse().unwrap_or(-1));
    let read = app.db.read(move |tx| async move {
        let roll = store::load(&tx, id).await?;
        let page = store::rows(&tx, id, what, after).await?;
        let departments = crate::people::store::departments(&tx).await?;
        let people: Vec<Id> = [roll.author, roll.decider, roll.releaser].into_iter().flatten().collect();
        let names = crate::people::store::names(&tx, &people).await?;
        let unproved = if roll.subject == Subject::Staff && roll.state == State::Kept {
            let added = store::added(&tx, id).await?;
            store::unproved(&tx, &added).await?.len()
        } else {
            0
        };
        Ok::<_, Error>((roll, page, departments, names, unproved))
    });
    let (roll, page, departments, names, unproved) = read.await?;
    let (found, counts, actor) = (&roll.found, &roll.found.counts, visit.actor()?);
    let places: HashMap<&str, &str> = departments.iter().map(|one| (one.code.as_str(), one.name(visit.lang))).collect();
    let here = format!("/admin/rolls/{id}");
    let filter = |what: Option<What>| {
        let word = what.map_or("", What::word);
        let key = if word.is_empty() { "people-all".to_owned() } else { format!("rolls-what-{word}") };
        let all = counts.new + counts.changed + counts.same + counts.refused;
        context! {
            label => say(app, visit, &key), href => address(&here, &[("show", &word.to_owned())]),
            count => what.map_or(all, |what| counts.get(what)), current => asked.show == word,
        }
    };
    let by = |who: Option<Id>, at: Option<crate::kit::clock::Moment>| {
        at.map(|at| {
            let name = who.map_or_else(
                || say(app, visit, "people-command-line"),
                |id| names.get(&id).cloned().unwrap_or_default(),
            );
            context! { name, at => at.0 }
        })
    };
    let may_decide = actor.may(Act::ManageAccounts);
    let may_leave = roll.subject == Subject::Staff && counts.leaving > 0;
    let waits = roll.waits_for_release();
    let is_own = roll.author == Some(actor.account) || roll.decider == Some(actor.account);
    let shown = |headings: &[String]| headings.iter().map(|one| format!("“{one}”")).collect::<Vec<_>>().join(" ");
    let context = context! {
        roll => drawn(app, visit, &roll), revision => roll.revision,
        counts => context! {
            new => counts.new, changed => counts.changed, same => counts.same, refused => counts.refused,
            missing => counts.missing, posts => counts.posts, leaving => counts.leaving,
        },
        filters => TABS.iter().map(|what| Some(*what)).chain([None]).map(filter).collect::<Vec<_>>(),
        rows => page.rows.iter().map(|(_, one)| row(app, visit, roll.subject, one, &places)).collect::<Vec<_>>(),
        older => page.next.as_ref().map(|after| address(&here, &[("show", &asked.show), ("after", after)])).unwrap_or_default(),
        newer => if asked.after.is_empty() { String::new() } else { address(&here, &[("show", &asked.show)]) },
        unknown => shown(&found.unknown), show => asked.show.as_str(),
        may_discard => may_decide && roll.state == State::Waiting,
        may_keep => may_decide && roll.may_be_kept(may_leave).is_ok(),
        is_nothing_new => roll.state == State::Waiting && roll.may_be_kept(false).is_err_and(|no| no.key == "rolls-nothing-new"),
        is_nothing_good => roll.may_be_kept(true).is_err_and(|no| no.key == "imports-nothing-good"),
        waits, may_release => waits && actor.may(Act::ManagePosts) && !is_own,
        is_leave_asked => roll.is_leave_asked,
        may_hand => may_decide && unproved > 0, unproved,
        released => context! { activated => found.activated, posted => found.posted, left => found.left },
        alone => found.alone.iter().map(|note| context! { at => note.at.as_str(), text => sentence(app, visit, note) }).collect::<Vec<_>>(),
        brought => by(roll.author, Some(roll.brought_at)),
        decided => by(roll.decider, roll.decided_at),
        released_by => by(roll.releaser, roll.released_at),
        kilobytes => (roll.bytes + 1023) / 1024, sha256 => roll.sha256.as_str(),
        errors => errors(app, visit, refusal),
        tabs => tabs(app, visit)?,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "rolls/show.html", context)?).into_response())
}

/// What a cell means to whoever reads it.
fn meaning(app: &App, visit: &Visit, field: Field, value: &str, places: &HashMap<&str, &str>) -> String {
    match field {
        _ if value.is_empty() => say(app, visit, "rolls-nothing"),
        Field::Post => say(app, visit, &format!("people-post-{value}")),
        Field::Kind => say(app, visit, &format!("people-kind-{value}")),
        Field::DepartmentCode | Field::ParentCode => match places.get(value) {
            Some(name) => format!("{name} {value}"),
            None => value.to_owned(),
        },
        _ => value.to_owned(),
    }
}

fn row(app: &App, visit: &Visit, subject: Subject, one: &Judged, places: &HashMap<&str, &str>) -> Value {
    // A refused row stands as it was written: what its words mean is just what nobody knows.
    let mean = |field: Field, value: &str| match one.what {
        What::Refused => value.to_owned(),
        _ if value.is_empty() => String::new(),
        _ => meaning(app, visit, field, value, places),
    };
    let keys: &[Field] = match subject {
        Subject::Staff => &[Field::Login, Field::EmployeeNumber],
        Subject::Departments => &[Field::Code],
    };
    let title: Vec<&str> = keys.iter().map(|field| one.said(*field)).filter(|key| !key.is_empty()).collect();
    let (name, rest): (Field, &[Field]) = match subject {
        Subject::Staff => (Field::Name, &[Field::Post, Field::DepartmentCode]),
        Subject::Departments => (Field::NameZh, &[Field::NameEn, Field::Kind, Field::ParentCode, Field::Phone]),
    };
    let rest = rest.iter().map(|field| mean(*field, one.said(*field))).filter(|text| !text.is_empty());
    let changes: Vec<Value> = one
        .changes
        .iter()
        .map(|change| {
            context! {
                label => say(app, visit, &format!("rolls-field-{}", change.field.word())),
                from => meaning(app, visit, change.field, &change.from, places),
                to => meaning(app, visit, change.field, &change.to, places),
            }
        })
        .collect();
    context! {
        at => one.at, what => one.what.word(), key => title.join(" · "), name => one.said(name),
        rest => rest.collect::<Vec<_>>().join(" · "), changes,
        no => one.no.as_ref().map(|no| sentence(app, visit, no)).unwrap_or_default(),
        odd => one.odd.iter().map(|note| sentence(app, visit, note)).collect::<Vec<_>>(),
    }
}

/// `GET /admin/rolls/{id}/refused.csv`: the rows that cannot be used as they were written, each with why, to be put right and brought
/// again.
pub(super) async fn refused(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let read = app.db.read(move |tx| async move {
        let roll = store::load(&tx, id).await?;
        Ok::<_, Error>((roll, store::all_rows(&tx, id).await?.1))
    });
    let (roll, judged) = read.await?;
    let fields = roll.subject.fields();
    let mut csv = Csv::from_writer("\u{feff}".as_bytes().to_vec());
    let broken = |error: csv::Error| Error::Internal(error.to_string());
    let head = fields.iter().map(|field| say(&app, &visit, &format!("rolls-field-{}", field.word())));
    csv.write_record(head.chain([say(&app, &visit, "rolls-row"), say(&app, &visit, "rolls-why")])).map_err(broken)?;
    for one in judged.iter().filter(|one| one.what == What::Refused) {
        let cells = fields.iter().map(|field| safe(one.said(*field)));
        let why = one.no.as_ref().map(|no| sentence(&app, &visit, no)).unwrap_or_default();
        csv.write_record(cells.chain([one.at.to_string(), why])).map_err(broken)?;
    }
    let bytes = csv.into_inner().map_err(|error| Error::Internal(error.to_string()))?;
    Ok(download(&format!("refused-{id}.csv"), "text/csv; charset=utf-8", bytes))
}
