//! What one wishes to be told outside of the program: the page and its main form.

use super::leaving::Quiet;
use super::notice::{Channel, Urgency};
use super::person::{self, Address, Preferences, Wish};
use super::push::Device;
use super::{sending, store};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id::Id;
use crate::kit::words::LANGUAGES;
use crate::people::act::Act;
use crate::people::doors::Visit;
use crate::people::store::{Change, record};
use axum::extract::{Form, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use serde::Deserialize;
use serde_json::json;

/// The page's address.
pub(super) const HERE: &str = "/account/notices";

/// What was typed, kept on the page after a refusal.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    /// The wishes, when their form was refused.
    pub wishes: Option<Wishes>,
    /// The address, when it was refused, with its channel.
    pub address: Option<(Channel, String)>,
    /// The channel whose code was refused.
    pub code: Option<Channel>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wishes {
    email_ordinary: String,
    email_urgent: String,
    push_ordinary: String,
    push_urgent: String,
    sms_ordinary: String,
    sms_urgent: String,
    quiet_from: String,
    quiet_until: String,
    lang: String,
}

impl Wishes {
    fn of(preferences: &Preferences) -> Wishes {
        let tick = |channel: Channel, urgency: Urgency| {
            if preferences.by(channel).takes(urgency) { "1".to_owned() } else { String::new() }
        };
        let time = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
        let quiet = preferences.quiet.map(Quiet::times).map(|(from, until)| (time(from), time(until)));
        let (quiet_from, quiet_until) = quiet.unwrap_or_default();
        Wishes {
            email_ordinary: tick(Channel::Email, Urgency::Ordinary),
            email_urgent: tick(Channel::Email, Urgency::Urgent),
            push_ordinary: tick(Channel::Push, Urgency::Ordinary),
            push_urgent: tick(Channel::Push, Urgency::Urgent),
            sms_ordinary: tick(Channel::Sms, Urgency::Ordinary),
            sms_urgent: tick(Channel::Sms, Urgency::Urgent),
            quiet_from,
            quiet_until,
            lang: preferences.lang.unwrap_or_default().to_owned(),
        }
    }

    fn ticks(&self, channel: Channel) -> (bool, bool) {
        let (ordinary, urgent) = match channel {
            Channel::Email => (&self.email_ordinary, &self.email_urgent),
            Channel::Push => (&self.push_ordinary, &self.push_urgent),
            Channel::Sms => (&self.sms_ordinary, &self.sms_urgent),
        };
        (!ordinary.is_empty(), !urgent.is_empty())
    }

    /// What is wished. A way that the city has not set up is not on the page, so its wish stays as it was.
    fn read(&self, app: &App, before: &Preferences) -> Result<Preferences, Refusal> {
        let wish = |channel: Channel| {
            let (ordinary, urgent) = self.ticks(channel);
            if app.ways.has(channel) { Wish::of(ordinary, urgent) } else { before.by(channel) }
        };
        Ok(Preferences {
            lang: person::language(&self.lang),
            email: wish(Channel::Email),
            push: wish(Channel::Push),
            sms: wish(Channel::Sms),
            quiet: person::quiet(&self.quiet_from, &self.quiet_until, &app.calendar)?,
            revision: before.revision,
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    done: String,
}

/// `GET /account/notices`.
pub(super) async fn show(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    draw(&app, &visit, &asked.done, &Typed::default(), None).await
}

/// What came of a form, when it is worth a sentence.
const DONE: [&str; 7] = ["saved", "asked", "confirmed", "cancelled", "removed", "device", "device-removed"];

/// The page, with the sentence of a refusal.
pub(super) async fn draw(
    app: &App,
    visit: &Visit,
    done: &str,
    typed: &Typed,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let account = visit.actor()?.account;
    let read = app.db.read(move |tx| async move {
        let preferences = store::preferences(&tx, account).await?;
        let email = store::address(&tx, account, Channel::Email).await?;
        let sms = store::address(&tx, account, Channel::Sms).await?;
        Ok::<_, Error>((preferences, [email, sms], store::devices(&tx, account).await?))
    });
    let (preferences, addresses, devices) = read.await?;
    let wishes = typed.wishes.clone().unwrap_or_else(|| Wishes::of(&preferences));
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let ways: Vec<Value> = Channel::ALL
        .iter()
        .filter(|channel| app.ways.has(**channel))
        .map(|channel| {
            let (ordinary, urgent) = wishes.ticks(*channel);
            let label = say(&format!("notices-by-{}", channel.word()));
            let is_reached = match channel {
                Channel::Push => !devices.is_empty(),
                channel => addresses.iter().any(|one| one.channel == *channel && !one.address.is_empty()),
            };
            context! { word => channel.word(), label, ordinary, urgent, is_reached }
        })
        .collect();
    // Whoever may stand duty should know that no call-out of the night will find them.
    let stands_duty = visit.actor()?.may(Act::SeeDuty);
    let kept = Wishes::of(&preferences);
    let is_told = |channel: &Channel| {
        let has_place = match channel {
            Channel::Push => !devices.is_empty(),
            channel => addresses.iter().any(|one| one.channel == *channel && !one.address.is_empty()),
        };
        has_place && kept.ticks(*channel).1 && app.ways.has(*channel)
    };
    let is_unreachable = stands_duty && !ways.is_empty() && !Channel::ALL.iter().any(is_told);
    let hours: Vec<String> = app
        .calendar
        .hours()
        .spans()
        .iter()
        .map(|(from, until)| format!("{}–{}", from.strftime("%H:%M"), until.strftime("%H:%M")))
        .collect();
    let languages: Vec<Value> = LANGUAGES
        .iter()
        .map(|lang| context! { value => *lang, label => say(&format!("notices-lang-{lang}")) })
        .collect();
    let identity = sending::identity(app).await?;
    let errors: Vec<Value> = refusal
        .iter()
        .map(|refusal| {
            let message = app.pages.say(visit.lang, refusal.key, &refusal.args);
            context! { field => field(refusal, typed), message }
        })
        .collect();
    let page = context! {
        addresses => addresses.iter().map(|one| address(app, visit, one, typed)).collect::<Vec<_>>(),
        devices => devices.iter().map(device).collect::<Vec<_>>(),
        has_push => identity.is_some(),
        push_key => identity.map(|identity| identity.public()),
        ways,
        is_unreachable,
        quiet_from => wishes.quiet_from,
        quiet_until => wishes.quiet_until,
        lang_chosen => wishes.lang,
        languages,
        hours => hours.join(&say("notices-and")),
        done => DONE.iter().find(|known| **known == done).map(|known| say(&format!("notices-done-{known}"))),
        errors,
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], app.page(visit, "notices/wishes.html", page)?).into_response())
}

/// The field's id on this page, where each way has a form of its own.
fn field(refusal: &Refusal, typed: &Typed) -> String {
    match (refusal.field, &typed.address, typed.code) {
        (Some("address"), Some((channel, _)), _) => format!("{}-address", channel.word()),
        (Some("code"), _, Some(channel)) => format!("{}-code", channel.word()),
        (field, ..) => field.unwrap_or("main").to_owned(),
    }
}

fn address(app: &App, visit: &Visit, one: &Address, typed: &Typed) -> Value {
    let word = one.channel.word();
    let say = |part: &str| app.pages.say(visit.lang, &format!("notices-{word}-{part}"), &[]);
    let refused = typed.address.as_ref().filter(|(channel, _)| *channel == one.channel).map(|(_, typed)| typed.clone());
    let is_open = !one.code.is_empty() && one.code_until > app.clock.now() && one.tries_left() > 0;
    context! {
        word,
        is_set_up => app.ways.has(one.channel),
        title => say("title"),
        label => say("label"),
        hint => say("hint"),
        none => say("none"),
        absent => say("absent"),
        kind => if one.channel == Channel::Email { "email" } else { "tel" },
        address => one.address.or_said(|key, args| app.pages.say(visit.lang, key, args)),
        wanted => one.wanted.or_said(|key, args| app.pages.say(visit.lang, key, args)),
        is_open,
        is_changing => refused.is_some(),
        typed => refused.unwrap_or_default(),
        is_code_refused => typed.code == Some(one.channel),
    }
}

fn device(one: &Device) -> Value {
    context! {
        id => one.id.to_string(),
        name => one.name.as_str(),
        made_at => one.made_at.0,
        last_at => one.last_at.map(|at| at.0),
        endpoint => one.endpoint.as_str(),
    }
}

/// `POST /account/notices`.
pub(super) async fn save(State(app): State<App>, visit: Visit, Form(form): Form<Wishes>) -> Result<Response, Error> {
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let held = (app.clone(), form.clone());
    let saved = app.db.write(move |tx| async move {
        let (app, form) = held;
        let before = store::preferences(&tx, account).await?;
        let after = form.read(&app, &before)?;
        if after != before {
            store::save_preferences(&tx, account, &after).await?;
            let change = change(account, "notices_chosen", json!({}));
            record(&tx, &change, now).await?;
        }
        Ok::<_, Error>(())
    });
    match saved.await {
        Ok(()) => Ok(done("saved")),
        Err(Error::Refused(refusal)) => {
            let typed = Typed { wishes: Some(form), ..Typed::default() };
            draw(&app, &visit, "", &typed, Some(&refusal)).await
        }
        Err(error) => Err(error),
    }
}

/// A change of one's own account, for the log.
pub(super) fn change(account: Id, kind: &'static str, body: serde_json::Value) -> Change {
    Change { subject: "account", subject_id: account, kind, author: Some(account), body }
}

/// Back to the page, which says what was done.
pub(super) fn done(what: &str) -> Response {
    Redirect::to(&format!("{HERE}?done={what}")).into_response()
}
