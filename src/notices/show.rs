//! One's own notices: the list, and the door behind each.

use super::notice::{Urgency, inner};
use super::store::{self, Line};
use super::{bell, writing};
use crate::app::App;
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::{Form, Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    show: String,
    before: String,
}

impl Asked {
    fn is_unread(&self) -> bool {
        self.show == "unread"
    }

    fn address(&self, show: &str, before: &str) -> String {
        let pairs = [("show", show), ("before", before)];
        let pairs: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
        format!("/notices?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
    }
}

/// `GET /notices`.
pub(super) async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Error> {
    let (account, is_unread) = (visit.actor()?.account, asked.is_unread());
    let before = asked.before.parse().unwrap_or(i64::MAX);
    let read = app.db.read(move |tx| async move {
        let page = match is_unread {
            true => store::list_unread(&tx, account, before).await?,
            false => store::list(&tx, account, before).await?,
        };
        Ok::<_, Error>((page, store::unread(&tx, account).await?))
    });
    let (page, unread) = read.await?;
    let filter = |show: &str, key: &str, count: Option<i64>| {
        let count = count.filter(|count| *count > 0).map(bounded);
        let is_current = asked.is_unread() == (show == "unread");
        context! { label => app.pages.say(visit.lang, key, &[]), href => asked.address(show, ""), current => is_current, count }
    };
    let page = context! {
        rows => page.rows.iter().map(|line| row(&app, &visit, line)).collect::<Vec<_>>(),
        filters => vec![filter("", "notices-all", None), filter("unread", "notices-unread", Some(unread))],
        is_unread,
        unread,
        // Only what is on the first page was seen: what comes while it is read stays unread.
        until => page.rows.first().filter(|_| asked.before.is_empty()).map(|line| line.id.to_string()),
        newer => if asked.before.is_empty() { String::new() } else { asked.address(&asked.show, "") },
        older => page.next.as_deref().map(|before| asked.address(&asked.show, before)).unwrap_or_default(),
    };
    app.page(&visit, "notices/list.html", page)
}

/// A count as it is written: more than a hundred are not counted.
pub(super) fn bounded(count: i64) -> String {
    if count >= store::MOST_COUNTED { format!("{}+", store::MOST_COUNTED - 1) } else { count.to_string() }
}

fn row(app: &App, visit: &Visit, line: &Line) -> Value {
    let (title, text) = writing::say_line(&app.pages, visit.lang, line);
    context! {
        id => line.id.to_string(),
        title,
        text,
        at => line.sent_at.0,
        is_urgent => line.urgency == Urgency::Urgent,
        is_read => line.read_at.is_some(),
    }
}

/// `GET /notices/{id}`: marks it as read and goes on to what it is about.
pub(super) async fn open(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let account = visit.actor()?.account;
    let found = app.db.read(move |tx| async move { Ok::<_, Error>(store::find(&tx, account, id).await?) });
    let line = found.await?.ok_or(Error::NotFound)?;
    if line.read_at.is_none() {
        mark(&app, account, id).await?;
    }
    Ok(Redirect::to(inner(&line.link)).into_response())
}

async fn mark(app: &App, account: Id, id: Id) -> Result<(), Error> {
    let now = app.clock.now();
    app.db.write(move |tx| async move { Ok::<_, Error>(store::mark_read(&tx, account, id, now).await?) }).await?;
    bell::ring(app, account);
    Ok(())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Back {
    back: String,
}

impl Back {
    /// The list that was shown, as it was shown.
    fn list(&self) -> &str {
        if self.back.starts_with("/notices") { inner(&self.back) } else { "/notices" }
    }
}

/// `POST /notices/{id}/read`: marks it as read without going on.
pub(super) async fn read(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(back): Form<Back>,
) -> Result<Response, Error> {
    let account = visit.actor()?.account;
    let found = app.db.read(move |tx| async move { Ok::<_, Error>(store::find(&tx, account, id).await?) });
    found.await?.ok_or(Error::NotFound)?;
    mark(&app, account, id).await?;
    Ok(Redirect::to(back.list()).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Until {
    until: String,
}

/// `POST /notices/read`: marks all as read, up to the newest one that was on the page.
pub(super) async fn read_all(State(app): State<App>, visit: Visit, Form(form): Form<Until>) -> Result<Response, Error> {
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let until: Id = form.until.parse().unwrap_or(0);
    app.db
        .write(move |tx| async move { Ok::<_, Error>(store::mark_all_read(&tx, account, until, now).await?) })
        .await?;
    bell::ring(&app, account);
    Ok(Redirect::to("/notices").into_response())
}
