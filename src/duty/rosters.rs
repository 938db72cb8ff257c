//! The rosters themselves: which there are, how their hours repeat, who stands them.

use super::forms::{self, Typed};
use super::pattern::{MOST_CREWS, MOST_TURNS};
use super::shift::{Month, Roster};
use super::view::Lens;
use super::{editing, errors, refusal_in, say, store, tabs};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::people::doors::Visit;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::Deserialize;

/// `GET /duty/rosters`.
pub(super) async fn list(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    let read = app.db.read(|tx| async move {
        let mut found = Vec::new();
        for roster in store::rosters(&tx).await? {
            let months = store::months(&tx, roster.id).await?;
            found.push((roster, months));
        }
        Ok::<_, DbError>(found)
    });
    let found = read.await?;
    let row = |(roster, months): &(Roster, Vec<(String, bool)>)| {
        let month = |(month, is_published): &(String, bool)| {
            context! { month => month.as_str(), is_published => *is_published, href => format!("/duty/rosters/{}/{month}", roster.id) }
        };
        context! {
            id => roster.id.to_string(),
            name => roster.name.as_str(),
            kind => say(&app, &visit, &format!("duty-kind-{}", roster.pattern.word())),
            is_called => roster.is_called,
            is_active => roster.is_active,
            months => months.iter().take(6).map(month).collect::<Vec<_>>(),
        }
    };
    let kind = |kind: &&str| {
        context! {
            href => format!("/duty/rosters/new?kind={kind}"),
            label => say(&app, &visit, &format!("duty-kind-{kind}")),
            text => say(&app, &visit, &format!("duty-kind-{kind}-text")),
        }
    };
    let page = context! {
        tabs => tabs(&app, &visit, "/duty/rosters")?,
        rows => found.iter().map(row).collect::<Vec<_>>(),
        kinds => forms::KINDS.iter().map(kind).collect::<Vec<_>>(),
    };
    Ok(app.page(&visit, "duty/rosters.html", page)?.into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    kind: String,
}

/// `GET /duty/rosters/new`.
pub(super) async fn ask(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    let kind = forms::KINDS.iter().find(|kind| **kind == asked.kind).ok_or(Error::NotFound)?;
    let today = app.clock.now().zoned(&app.city.zone()).date();
    draw(&app, &visit, None, forms::fresh(kind, today), None).await
}

/// `POST /duty/rosters`.
pub(super) async fn add(State(app): State<App>, visit: Visit, Form(typed): Form<Typed>) -> Result<Response, Error> {
    let (by, now, id) = (visit.actor()?.account, app.clock.now(), id::fresh());
    let form = typed.clone();
    let outcome = app.db.write(move |tx| async move {
        let staff = store::staff(&tx).await?;
        let roster = forms::roster(&form, id, &staff)?;
        store::add_roster(&tx, &roster, now).await?;
        let body = serde_json::json!({ "name": roster.name, "pattern": roster.pattern, "lists": roster.lists });
        Ok::<_, Error>(store::record(&tx, "roster", id, "roster_made", Some(by), now, body).await?)
    });
    match outcome.await {
        Ok(()) => Ok(Redirect::to(&format!("/duty/rosters/{id}")).into_response()),
        Err(error) => draw(&app, &visit, None, typed, Some(&refusal_in(error)?)).await,
    }
}

/// `GET /duty/rosters/{id}`.
pub(super) async fn show(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw(&app, &visit, Some(id), Typed::default(), None).await
}

/// `POST /duty/rosters/{id}`: what is published stays as it is; what is made from now on follows the new pattern.
pub(super) async fn change(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let form = typed.clone();
    let outcome = app.db.write(move |tx| async move {
        let (before, staff) = (store::roster(&tx, id).await?, store::staff(&tx).await?);
        if form.number("revision").is_some_and(|revision| revision != before.revision) {
            return Err(Error::Db(DbError::Stale));
        }
        let is_active = !form.text("is_active").is_empty();
        let after = Roster { is_active, revision: before.revision + 1, ..forms::roster(&form, id, &staff)? };
        store::save_roster(&tx, &after).await?;
        let body = serde_json::json!({ "name": after.name, "pattern": after.pattern, "lists": after.lists,
            "is_active": after.is_active, "is_called": after.is_called });
        Ok::<_, Error>(store::record(&tx, "roster", id, "roster_changed", Some(by), now, body).await?)
    });
    match outcome.await {
        Ok(()) => {
            app.tell("duty", id);
            Ok(Redirect::to(&format!("/duty/rosters/{id}")).into_response())
        }
        Err(error) => draw(&app, &visit, Some(id), typed, Some(&refusal_in(error)?)).await,
    }
}

/// The page of a roster, or of a new one. An empty form shows the roster as it is.
pub(super) async fn draw(
    app: &App,
    visit: &Visit,
    id: Option<Id>,
    typed: Typed,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let (me, now) = (visit.actor()?.account, app.clock.now());
    let read = app.db.read(move |tx| async move {
        let known = match id {
            None => None,
            Some(id) => Some((store::roster(&tx, id).await?, store::months(&tx, id).await?)),
        };
        Ok::<_, Error>((store::staff(&tx).await?, known))
    });
    let (staff, known) = read.await?;
    let lens = Lens::new(app, visit.lang, &staff, me, now);
    let form = match &known {
        Some((roster, _)) if !typed.0.contains_key("kind") => {
            let mut form = forms::of_roster(roster, &staff);
            form.0.extend(typed.0);
            form
        }
        _ => typed,
    };
    // The first month that nobody has made anything for.
    let mut month = Month::of(now.zoned(&lens.zone).date());
    let months = known.as_ref().map(|(_, months)| months.as_slice()).unwrap_or_default();
    while months.iter().any(|(made, _)| *made == month.to_string()) {
        month = month.next();
    }
    let or = |field: &str, default: String| {
        let text = form.text(field);
        if text.is_empty() { default } else { text.to_owned() }
    };
    let page = context! {
        tabs => tabs(app, visit, "/duty/rosters")?,
        id => id.map(|id| id.to_string()),
        name => known.as_ref().map(|(roster, _)| roster.name.as_str()),
        kind => form.text("kind"),
        kind_label => say(app, visit, &format!("duty-kind-{}", form.text("kind"))),
        kind_text => say(app, visit, &format!("duty-kind-{}-text", form.text("kind"))),
        f => fields(&form),
        turns => turns(&form),
        crews => crews(&form),
        weekdays => (1..=7).map(|day| context! {
            day,
            label => say(app, visit, &format!("duty-weekday-{day}")),
            is_checked => !form.text(&format!("weekday_{day}")).is_empty(),
            crew => form.text(&format!("day_{day}")),
        }).collect::<Vec<_>>(),
        months => months.iter().map(|(month, is_published)| context! { month => month.as_str(), is_published => *is_published }).collect::<Vec<_>>(),
        generate_from => or("generate_from", month.first().to_string()),
        generate_until => or("generate_until", month.last().to_string()),
        export_month => Month::of(now.zoned(&lens.zone).date()).to_string(),
        staff => editing::staff_list(&lens),
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "duty/roster.html", page)?).into_response())
}

/// The single fields of the form, each there even when it is empty.
fn fields(form: &Typed) -> Value {
    let names = [
        "name",
        "kind",
        "is_called",
        "is_active",
        "by_calendar",
        "revision",
        "place",
        "anchor",
        "days",
        "from",
        "until",
        "on_duty_count",
        "stand_by_count",
        "leaders",
        "on_duty",
        "stand_by",
    ];
    form.fields(&names)
}

/// How many rows of a repeated part are shown: those that are filled and some more.
fn shown(form: &Typed, part: &str, least: usize, most: usize) -> usize {
    let filled = (0..most).rev().find(|at| {
        form.0
            .iter()
            .any(|(name, text)| !text.trim().is_empty() && name.starts_with(part) && name.ends_with(&format!("_{at}")))
    });
    filled.map_or(least, |last| (last + 2).max(least)).min(most)
}

fn turns(form: &Typed) -> Vec<Value> {
    let row = |at: usize| {
        let of = |part: &str| form.text(&format!("turn_{part}_{at}"));
        context! { at, name => of("name"), from => of("from"), until => of("until") }
    };
    (0..shown(form, "turn_", 3, MOST_TURNS)).map(row).collect()
}

fn crews(form: &Typed) -> Vec<Value> {
    let row = |at: usize| {
        let of = |part: &str| form.text(&format!("crew_{part}_{at}"));
        context! { at, name => of("name"), leader => of("leader"), on_duty => of("on_duty"), stand_by => of("stand_by") }
    };
    (0..shown(form, "crew_", 3, MOST_CREWS)).map(row).collect()
}
