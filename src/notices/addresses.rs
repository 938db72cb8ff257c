//! One's own addresses: asked for, proved by a code, taken away.

use super::delivery::FaultKind;
use super::notice::Channel;
use super::person;
use super::wishes::{self, Typed, change, done};
use super::{store, writing};
use crate::app::App;
use crate::kit::error::{Error, Refusal};
use crate::kit::id;
use crate::people::doors::Visit;
use crate::people::store::record;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

/// The way that an address names; only those with typed addresses that the city has set up.
fn channel(app: &App, word: &str) -> Result<Channel, Error> {
    let channel = Channel::parse(word).filter(|channel| *channel != Channel::Push);
    channel.filter(|channel| app.ways.has(*channel)).ok_or(Error::NotFound)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    address: String,
}

/// `POST /account/notices/{channel}/address`: sends a code to an address. The code leaves at once, at whatever hour: its
/// reader is waiting for it.
pub(super) async fn ask(
    State(app): State<App>,
    visit: Visit,
    Path(word): Path<String>,
    Form(form): Form<Wanted>,
) -> Result<Response, Error> {
    let channel = channel(&app, &word)?;
    let typed = Typed { address: Some((channel, form.address.clone())), ..Typed::default() };
    match send_code(&app, &visit, channel, form.address).await {
        Ok(()) => Ok(done("asked")),
        Err(Error::Refused(refusal)) => wishes::draw(&app, &visit, "", &typed, Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

async fn send_code(app: &App, visit: &Visit, channel: Channel, typed: String) -> Result<(), Error> {
    let (account, now) = (visit.actor()?.account, app.clock.now());
    let (code, id) = (person::code(id::random_bytes()), id::fresh().to_string());
    let held = code.clone();
    let kept = app.db.write(move |tx| async move {
        let asked = store::address(&tx, account, channel).await?.ask(&typed, &held, now)?;
        store::save_address(&tx, &asked).await?;
        Ok::<_, Error>(asked.wanted)
    });
    let wanted = kept.await?;
    let wanted = wanted.known().unwrap_or_default();
    let sent = match (channel, &app.ways.email, &app.ways.sms) {
        (Channel::Email, Some(email), _) => {
            email.send(&writing::code_mail(app, visit.lang, wanted, &code, id)?, now).await
        }
        (Channel::Sms, _, Some(sms)) => sms.send(wanted, &writing::code_letter(app, visit.lang, &code, id), now).await,
        _ => return Err(Error::NotFound),
    };
    let Err(fault) = sent else { return Ok(()) };
    tracing::warn!(account, kind = fault.kind.word(), detail = fault.detail, "a code could not be sent");
    // A code that never left is no reason to wait for the next, nor one of those of the day; what the other end was asked
    // and refused is, so that nobody tries out numbers without end.
    let is_ours = matches!(fault.kind, FaultKind::Unconfigured | FaultKind::Unreachable | FaultKind::Unauthorized);
    app.db
        .write(move |tx| async move {
            let kept = store::address(&tx, account, channel).await?;
            store::save_address(&tx, &kept.not_left(is_ours)).await?;
            Ok::<_, Error>(())
        })
        .await?;
    let why = app.pages.say(visit.lang, &format!("notices-fault-{}", fault.kind.word()), &[]);
    Err(Refusal::new("notices-code-not-sent").with("why", why).on("address").into())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Code {
    code: String,
}

/// `POST /account/notices/{channel}/code`: the code has come back, so the address is its owner's.
pub(super) async fn confirm(
    State(app): State<App>,
    visit: Visit,
    Path(word): Path<String>,
    Form(form): Form<Code>,
) -> Result<Response, Error> {
    let (channel, account, now) = (channel(&app, &word)?, visit.actor()?.account, app.clock.now());
    let confirmed = app.db.write(move |tx| async move {
        let (address, is_right) = store::address(&tx, account, channel).await?.confirm(&form.code, now)?;
        store::save_address(&tx, &address).await?;
        if is_right {
            let body = json!({ "channel": channel.word() });
            record(&tx, &change(account, "notice_address_confirmed", body), now).await?;
        }
        // A wrong try is kept as well, so it is no failure of the transaction.
        Ok::<_, Error>((address.tries_left(), is_right))
    });
    let refusal = match confirmed.await {
        Ok((_, true)) => return Ok(done("confirmed")),
        Ok((0, false)) => Refusal::new("notices-code-none").on("code"),
        Ok((left, false)) => Refusal::new("notices-code-wrong").with("left", left).on("code"),
        Err(Error::Refused(refusal)) => refusal,
        Err(error) => return Err(error),
    };
    let typed = Typed { code: Some(channel), ..Typed::default() };
    wishes::draw(&app, &visit, "", &typed, Some(&refusal)).await
}

/// `POST /account/notices/{channel}/cancel`: gives up an address that waits for its code.
pub(super) async fn cancel(State(app): State<App>, visit: Visit, Path(word): Path<String>) -> Result<Response, Error> {
    let (channel, account) = (channel(&app, &word)?, visit.actor()?.account);
    let cancelled = app.db.write(move |tx| async move {
        let address = store::address(&tx, account, channel).await?.cancel();
        Ok::<_, Error>(store::save_address(&tx, &address).await?)
    });
    cancelled.await?;
    Ok(done("cancelled"))
}

/// `POST /account/notices/{channel}/remove`: takes the address out of use.
pub(super) async fn remove(State(app): State<App>, visit: Visit, Path(word): Path<String>) -> Result<Response, Error> {
    let (channel, account, now) = (channel(&app, &word)?, visit.actor()?.account, app.clock.now());
    let removed = app.db.write(move |tx| async move {
        let address = store::address(&tx, account, channel).await?.remove();
        store::save_address(&tx, &address).await?;
        let body = json!({ "channel": channel.word() });
        record(&tx, &change(account, "notice_address_removed", body), now).await?;
        Ok::<_, Error>(())
    });
    removed.await?;
    Ok(done("removed"))
}
