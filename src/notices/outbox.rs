//! What left the program and what did not, for the system administrator: never what it said.

use super::delivery::{Delivery, State};
use super::notice::{Channel, Notice, Urgency};
use super::show::bounded;
use super::{bell, store, writing};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::{self, Id};
use crate::people::doors::Visit;
use crate::people::store::{Change, record};
use crate::people::tabs;
use axum::extract::{Form, Path, Query, State as Held};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::Deserialize;
use serde_json::json;

const HERE: &str = "/admin/notices";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    state: String,
    before: String,
    done: String,
}

impl Asked {
    fn state(&self) -> State {
        State::parse(&self.state).unwrap_or(State::Failed)
    }

    fn address(state: State, before: &str) -> String {
        let pairs = [("state", state.word()), ("before", before)];
        let pairs: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
        format!("{HERE}?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
    }
}

/// `GET /admin/notices`: failures first.
pub(super) async fn list(Held(app): Held<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    draw(&app, &visit, &asked, None).await
}

/// What came of a form, when it is worth a sentence.
const DONE: [&str; 3] = ["test", "retried", "given-up"];

async fn draw(app: &App, visit: &Visit, asked: &Asked, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let (state, before) = (asked.state(), asked.before.parse().unwrap_or(i64::MAX));
    let read = app.db.read(move |tx| async move {
        Ok::<_, Error>((store::deliveries(&tx, state, before).await?, store::counts(&tx).await?))
    });
    let (page, counts) = read.await?;
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let filters: Vec<Value> = State::ALL
        .iter()
        .map(|one| {
            let count = counts.iter().find(|(counted, _)| counted == one).map(|(_, count)| *count);
            let label = say(&format!("notices-state-{}", one.word()));
            context! { label, href => Asked::address(*one, ""), current => *one == state, count }
        })
        .collect();
    let ways: Vec<Value> = Channel::ALL
        .iter()
        .map(|channel| {
            let word = channel.word();
            context! {
                word,
                label => say(&format!("notices-by-{word}")),
                is_set_up => app.ways.has(*channel),
                how => say(&format!("notices-set-up-{word}")),
            }
        })
        .collect();
    let failed: Vec<Value> = match state {
        State::Failed => Channel::ALL
            .iter()
            .filter(|channel| page.rows.iter().any(|row| row.channel == **channel))
            .map(|channel| context! { word => channel.word(), label => say(&format!("notices-by-{}", channel.word())) })
            .collect(),
        _ => Vec::new(),
    };
    let errors: Vec<Value> = refusal
        .iter()
        .map(|refusal| {
            let message = app.pages.say(visit.lang, refusal.key, &refusal.args);
            context! { field => refusal.field.unwrap_or("main"), message }
        })
        .collect();
    let today = app.calendar.date_of(app.clock.now());
    let context = context! {
        rows => page.rows.iter().map(|one| row(app, visit, one)).collect::<Vec<_>>(),
        state => state.word(),
        state_label => say(&format!("notices-state-{}", state.word())),
        filters, ways, failed, errors,
        is_unloaded => app.calendar.is_working_day(today).is_err(),
        year => today.year(),
        most => bounded(store::MOST_COUNTED),
        done => DONE.iter().find(|known| **known == asked.done).map(|known| say(&format!("notices-outbox-{known}"))),
        newer => if asked.before.is_empty() { String::new() } else { Asked::address(state, "") },
        older => page.next.as_deref().map(|before| Asked::address(state, before)).unwrap_or_default(),
        tabs => tabs(app, visit)?,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "notices/outbox.html", context)?).into_response())
}

fn tone(state: State) -> (&'static str, &'static str) {
    match state {
        State::Failed => ("danger", "alert"),
        State::Waiting => ("warn", "clock"),
        State::Sending => ("info", "send"),
        State::Sent => ("ok", "check-circle"),
        State::Dropped => ("neutral", "x"),
    }
}

fn row(app: &App, visit: &Visit, one: &Delivery) -> Value {
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let (tone, icon) = tone(one.state);
    let why = match one.why.as_str() {
        why if one.state == State::Waiting && !why.is_empty() => say(&format!("notices-why-{why}")),
        _ => String::new(),
    };
    context! {
        id => one.id.to_string(),
        name => one.name.as_str(),
        kind => writing::name(&app.pages, visit.lang, &one.kind),
        channel => say(&format!("notices-by-{}", one.channel.word())),
        is_urgent => one.urgency == Urgency::Urgent,
        state_label => say(&format!("notices-state-{}", one.state.word())),
        tone, icon, why,
        due_at => (one.state == State::Waiting).then_some(one.due_at.0),
        tries => one.tries,
        fault => one.fault.map(|fault| say(&format!("notices-fault-{}", fault.word()))),
        detail => one.detail.as_str(),
        at => one.ended_at.unwrap_or(one.made_at).0,
        may_decide => matches!(one.state, State::Failed | State::Waiting),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct By {
    channel: String,
}

impl By {
    fn channel(&self) -> Result<Channel, Refusal> {
        Channel::parse(&self.channel).ok_or_else(|| Refusal::new("notices-channel-unknown").on("channel"))
    }
}

/// `POST /admin/notices/test`: a notice to oneself by one way, through the outbox like every other.
pub(super) async fn test(Held(app): Held<App>, visit: Visit, Form(form): Form<By>) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let tested = match form.channel() {
        Ok(channel) => {
            let label = app.pages.say(visit.lang, &format!("notices-by-{}", channel.word()), &[]);
            let notice = Notice {
                to: actor.account,
                kind: "test",
                args: vec![("way", label)],
                link: HERE.to_owned(),
                // Whoever tries it out waits for it.
                urgency: Urgency::Urgent,
                once: format!("test {}", id::fresh()),
            };
            let sent = app
                .db
                .write(move |tx| async move { Ok::<_, Error>(store::send_by(&tx, &notice, channel, now).await?) });
            match sent.await? {
                true => Ok(()),
                false => Err(Refusal::new("notices-test-no-address").on("ways")),
            }
        }
        Err(refusal) => Err(refusal),
    };
    match tested {
        Ok(()) => {
            bell::ring(&app, actor.account);
            Ok(Redirect::to(&format!("{HERE}?state=waiting&done=test")).into_response())
        }
        Err(refusal) => draw(&app, &visit, &Asked::default(), Some(&refusal)).await,
    }
}

/// The fact of a decision about somebody's delivery.
fn change(by: Id, one: &Delivery, kind: &'static str) -> Change {
    let body = json!({ "channel": one.channel.word(), "kind": one.kind });
    Change { subject: "account", subject_id: one.account, kind, author: Some(by), body }
}

/// `POST /admin/notices/{id}/retry`.
pub(super) async fn retry(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let decided = app.db.write(move |tx| async move {
        let one = store::find_delivery(&tx, id).await?.ok_or(Error::NotFound)?;
        if !store::retry(&tx, id, now).await? {
            return Err(Refusal::new("notices-decided").into());
        }
        Ok(record(&tx, &change(by, &one, "notice_retried"), now).await?)
    });
    answered(&app, &visit, decided.await, "waiting", "retried").await
}

/// `POST /admin/notices/{id}/give-up`.
pub(super) async fn give_up(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let decided = app.db.write(move |tx| async move {
        let one = store::find_delivery(&tx, id).await?.ok_or(Error::NotFound)?;
        if !store::give_up(&tx, id, now).await? {
            return Err(Refusal::new("notices-decided").into());
        }
        Ok(record(&tx, &change(by, &one, "notice_given_up"), now).await?)
    });
    answered(&app, &visit, decided.await, "failed", "given-up").await
}

/// `POST /admin/notices/retry`: everything that failed by one way, when its server works again.
pub(super) async fn retry_all(Held(app): Held<App>, visit: Visit, Form(form): Form<By>) -> Result<Response, Error> {
    let (by, now) = (visit.actor()?.account, app.clock.now());
    let decided = match form.channel() {
        Ok(channel) => {
            app.db
                .write(move |tx| async move {
                    let count = store::retry_all(&tx, channel, now).await?;
                    let body = json!({ "channel": channel.word(), "count": count });
                    let change =
                        Change { subject: "account", subject_id: by, kind: "notices_retried", author: Some(by), body };
                    Ok::<_, Error>(record(&tx, &change, now).await?)
                })
                .await
        }
        Err(refusal) => Err(refusal.into()),
    };
    answered(&app, &visit, decided, "waiting", "retried").await
}

async fn answered(
    app: &App,
    visit: &Visit,
    outcome: Result<(), Error>,
    state: &str,
    done: &str,
) -> Result<Response, Error> {
    match outcome {
        Ok(()) => {
            // Whoever sends is woken.
            bell::ring(app, visit.actor()?.account);
            Ok(Redirect::to(&format!("{HERE}?state={state}&done={done}")).into_response())
        }
        Err(Error::Refused(refusal)) => draw(app, visit, &Asked::default(), Some(&refusal)).await,
        Err(error) => Err(error),
    }
}
