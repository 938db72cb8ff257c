//! My shifts, on the phone: arriving, answering, swapping, my number, my calendar.

use super::forms::Typed;
use super::shift::Shift;
use super::swaps;
use super::view::Lens;
use super::{errors, refusal_in, store, tabs, taking};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::form::at_most;
use crate::kit::id::Id;
use crate::kit::sealing::Personal;
use crate::notices;
use crate::notices::notice::Channel;
use crate::people::doors::Visit;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};

/// How many shifts to come are shown.
const SHOWN: usize = 20;

/// `GET /duty/mine`.
pub(super) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw(&app, &visit, None, &Typed::default(), None, "").await
}

/// The page; `shift` is the one whose form was refused, `feed` the address that was just made.
pub(super) async fn draw(
    app: &App,
    visit: &Visit,
    shift: Option<Id>,
    typed: &Typed,
    refusal: Option<&Refusal>,
    feed: &str,
) -> Result<Response, Error> {
    let (me, now, rest) = (visit.actor()?.account, app.clock.now(), app.duty.rest);
    let read = app.db.read(move |tx| async move {
        let staff = store::staff(&tx).await?;
        let own = store::own_shifts(&tx, me, now, false).await?;
        let ids: Vec<Id> = own.iter().take(SHOWN).map(|shift| shift.id).collect();
        let arrivals = store::arrivals(&tx, &ids).await?;
        let rosters = store::rosters(&tx).await?;
        let swaps = swaps::load(&tx, store::swaps_of(&tx, me).await?, rest).await?;
        let musters = store::musters_to_answer(&tx, me, now).await?;
        let calls = taking::with_cases(&tx, store::ringing_for(&tx, me).await?).await?;
        let ways = notices::store::urgent_ways(&tx, me).await?;
        let feeds = (store::feed_since(&tx, me, false).await?, store::feed_since(&tx, me, true).await?);
        let phone = store::phone(&tx, me).await?;
        Ok::<_, DbError>((staff, own, arrivals, rosters, swaps, musters, calls, ways, feeds, phone))
    });
    let (staff, own, arrivals, rosters, swaps, musters, calls, ways, feeds, phone) = read.await?;
    // Somebody whom call-outs would reach, in a city whose notices leave the program, and nothing would leave for them.
    let is_called = |shift: &Shift| rosters.iter().any(|roster| roster.id == shift.roster && roster.is_called);
    let has_way = Channel::ALL.iter().any(|channel| app.ways.has(*channel));
    let is_unreachable = has_way && own.iter().any(is_called) && !ways.iter().any(|channel| app.ways.has(*channel));
    let lens = Lens::new(app, visit.lang, &staff, me, now);
    let rules = app.duty.arrival;
    let shifts: Vec<Value> = own
        .iter()
        .take(SHOWN)
        .map(|one| {
            let arrived = arrivals.get(&one.id).and_then(|list| list.iter().find(|arrived| arrived.account == me));
            let is_present = one.people.iter().any(|place| place.account == me && place.role.is_present());
            let roster = rosters.iter().find(|roster| roster.id == one.roster);
            context! {
                shift => lens.shift(one),
                roster => roster.map_or("", |roster| roster.name.as_str()),
                arrived => arrived.map(|arrived| context! {
                    at => arrived.at.0, is_late => arrived.arrival.is_late, is_elsewhere => arrived.arrival.is_elsewhere,
                }),
                may_arrive => arrived.is_none() && is_present && now >= one.from.plus(-rules.early) && now < one.until,
                may_swap => one.from > now,
                may_hand_over => is_present && one.is_on(now),
                is_refused => shift == Some(one.id),
            }
        })
        .collect();
    let page = context! {
        tabs => tabs(app, visit, "/duty/mine")?,
        shifts,
        further => own.len().saturating_sub(SHOWN),
        is_on => own.first().is_some_and(|shift| shift.is_on(now)),
        is_unreachable,
        calls => calls.iter().map(|(call, case)| {
            let title = case.as_ref().map_or("", |case| case.title.as_str());
            context! { id => call.id.to_string(), title, at => call.opened_at.0 }
        }).collect::<Vec<_>>(),
        musters => musters.iter().map(|one| context! { id => one.id.to_string(), by => lens.name(one.caller), until => one.answer_by.0 }).collect::<Vec<_>>(),
        swaps => swaps::rows(&lens, &swaps, false),
        phone => if typed.0.contains_key("phone") { typed.text("phone") } else { phone.known().unwrap_or_default() },
        phone_unread => phone.read().is_err().then(|| phone.or_said(|key, args| app.pages.say(visit.lang, key, args))),
        feed_since => feeds.0.map(|at| at.0),
        team_since => feeds.1.map(|at| at.0),
        feed,
        is_bound => app.duty.arrival.metres > 0.0,
        metres => app.duty.arrival.metres,
        reason => typed.text("reason"),
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "duty/mine.html", page)?).into_response())
}

/// `POST /duty/phone`: the number by which one is reached on duty.
pub(super) async fn keep_phone(
    State(app): State<App>,
    visit: Visit,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (me, now) = (visit.actor()?.account, app.clock.now());
    let outcome = async {
        let phone = phone(typed.text("phone"))?;
        app.db
            .write(move |tx| async move {
                let phone = Personal::from(phone).over(&store::phone(&tx, me).await?);
                store::set_phone(&tx, me, &phone).await?;
                let body = serde_json::json!({ "is_set": !phone.is_empty() });
                Ok::<_, Error>(store::record(&tx, "account", me, "phone_changed", Some(me), now, body).await?)
            })
            .await
    };
    match outcome.await {
        Ok(()) => {
            app.tell("duty", me);
            Ok(Redirect::to("/duty/mine").into_response())
        }
        Err(error) => draw(&app, &visit, None, &typed, Some(&refusal_in(error)?), "").await,
    }
}

/// A telephone number: digits with what people write between them; empty takes it away.
fn phone(text: &str) -> Result<String, Refusal> {
    let text = at_most("phone", text, 40)?;
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_written = text.chars().all(|sign| sign.is_ascii_digit() || "+-() ".contains(sign));
    if text.is_empty() || (is_written && (3..=20).contains(&digits)) {
        return Ok(text);
    }
    Err(Refusal::new("duty-refusal-phone").on("phone"))
}

#[cfg(test)]
mod tests {
    use super::phone;

    #[test]
    fn a_number_is_a_number() {
        for good in ["", "13900000000", "0990-6201001", "+86 139 0000 0000", "110"] {
            assert_eq!(phone(good).as_deref(), Ok(good));
        }
        for bad in ["12", "call me", "139000000001390000000013900000000", "139；"] {
            assert!(phone(bad).is_err(), "{bad}");
        }
    }
}
