//! Swapping (换班): one asks, the colleague consents, a shift leader approves.

use super::forms::Typed;
use super::shift::{Shift, Swap, SwapAct, SwapState, concerned};
use super::store::SwapLine;
use super::view::{Lens, plain};
use super::{editing, errors, mine, refusal_in, store, tabs};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::{Error, Refusal};
use crate::kit::form::at_most;
use crate::kit::id::{self, Id};
use crate::notices;
use crate::notices::notice::{Notice, Urgency};
use crate::people::act::Act;
use crate::people::doors::Visit;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use std::collections::{BTreeMap, BTreeSet};

/// Wishes with the shifts that they speak of.
pub(super) type Wishes = (Vec<SwapLine>, BTreeMap<Id, Shift>);

/// Loads the shifts that wishes speak of.
pub(super) async fn load(tx: &Tx, lines: Vec<SwapLine>) -> Result<Wishes, DbError> {
    let mut shifts = BTreeMap::new();
    let mut ids: Vec<Id> = Vec::new();
    for line in &lines {
        ids.push(line.swap.shift);
        ids.extend(line.swap.in_return);
    }
    for id in ids {
        match store::shift(tx, id).await {
            Ok(shift) => drop(shifts.insert(id, shift)),
            Err(Error::Db(error)) => return Err(error),
            Err(_) => {}
        }
    }
    Ok((lines, shifts))
}

/// Wishes as pages show them. `for_keeper`: the page of those who approve.
pub(super) fn rows(lens: &Lens<'_>, (lines, shifts): &Wishes, for_keeper: bool) -> Vec<Value> {
    let line = |id: Id| shifts.get(&id).map_or_else(|| lens.say("duty-swap-shift-gone", &[]), |shift| lens.line(shift));
    let row = |one: &SwapLine| {
        let swap = &one.swap;
        let is_open = matches!(swap.state, SwapState::Asked | SwapState::Consented);
        context! {
            id => swap.id.to_string(),
            asker => lens.name(swap.asker),
            other => lens.name(swap.other),
            shift => line(swap.shift),
            in_return => swap.in_return.map(line),
            words => one.words.as_str(),
            answer => one.answer.as_str(),
            decider => one.decider.map(|id| lens.name(id)),
            state => swap.state.word(),
            at => one.asked_at.0,
            revision => swap.revision,
            may_withdraw => !for_keeper && is_open && swap.asker == lens.me,
            may_consent => !for_keeper && swap.state == SwapState::Asked && swap.other == lens.me,
            may_decline => !for_keeper && is_open && swap.other == lens.me,
            may_approve => for_keeper && swap.state == SwapState::Consented,
        }
    };
    lines.iter().map(row).collect()
}

/// All that two people stand around the shifts of a wish, and those shifts.
async fn around(tx: &Tx, swap: &Swap) -> Result<Vec<Shift>, Error> {
    let mut found: Vec<Shift> = Vec::new();
    let people = BTreeSet::from([swap.asker, swap.other]);
    for id in [Some(swap.shift), swap.in_return].into_iter().flatten() {
        let shift = store::shift(tx, id).await?;
        let window = (shift.from.plus(-1), shift.until.plus(1));
        found.push(shift);
        found.extend(store::shifts_of_people(tx, &people, window.0, window.1).await?);
    }
    found.sort_by_key(|shift| shift.id);
    found.dedup_by_key(|shift| shift.id);
    Ok(found)
}

/// `GET /duty/shifts/{id}/swap`.
pub(super) async fn ask_form(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw_ask(&app, &visit, id, &Typed::default(), None).await
}

async fn draw_ask(
    app: &App,
    visit: &Visit,
    id: Id,
    typed: &Typed,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let (me, now) = (visit.actor()?.account, app.clock.now());
    let read = app.db.read(move |tx| async move {
        let shift = store::shift(&tx, id).await?;
        let roster = store::roster(&tx, shift.roster).await?;
        // Shifts to come of the same roster, to stand in return.
        let others = store::team_shifts(&tx, now, now.plus(62 * 24 * 60 * 60 * 1000)).await?;
        Ok::<_, Error>((store::staff(&tx).await?, shift, roster, others))
    });
    let (staff, shift, roster, others) = read.await?;
    if !shift.is_published || shift.role_of(me).is_none() {
        return Err(Error::NotFound);
    }
    let lens = Lens::new(app, visit.lang, &staff, me, now);
    let listed: BTreeSet<Id> = roster.lists.everybody().collect();
    let colleague = |in_list: bool| {
        let mut people: Vec<&super::person::Person> =
            staff.0.iter().filter(|person| person.id != me && listed.contains(&person.id) == in_list).collect();
        people.sort_by(|a, b| a.name.cmp(&b.name));
        let key = if in_list { "duty-swap-of-this-roster" } else { "duty-swap-of-others" };
        let group = lens.say(key, &[]);
        let choice = move |person: &super::person::Person, written: String| context! { value => person.id.to_string(), label => written, group => group.as_str() };
        people.into_iter().map(|person| choice(person, lens.name(person.id))).collect::<Vec<_>>()
    };
    let mut colleagues = colleague(true);
    colleagues.extend(colleague(false));
    let returns: Vec<Value> = others
        .iter()
        .filter(|other| other.roster == shift.roster && other.id != shift.id && !other.is_cancelled && other.from > now)
        .flat_map(|other| {
            let lens = &lens;
            other.people.iter().filter(move |place| place.account != me).map(move |place| {
                context! {
                    value => format!("{}.{}", other.id, place.account),
                    label => format!("{} · {}", lens.name(place.account), lens.line(other)),
                }
            })
        })
        .take(200)
        .collect();
    let page = context! {
        tabs => tabs(app, visit, "/duty/mine")?,
        shift => lens.shift(&shift),
        line => lens.line(&shift),
        roster => roster.name.as_str(),
        colleagues, returns,
        other => typed.text("other"),
        in_return => typed.text("in_return"),
        words => typed.text("words"),
        needs_approval => app.duty.swap_needs_approval,
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "duty/swap.html", page)?).into_response())
}

/// `POST /duty/shifts/{id}/swap`.
pub(super) async fn ask(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<Id>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.clone(), app.clock.now());
    let (me, name, held) = (actor.account, actor.name.clone(), app.clone());
    let form = typed.clone();
    let outcome = async {
        let words = at_most("words", form.text("words"), 300)?;
        // A shift in return names its person; a person may also take over without one.
        let in_return = form.text("in_return").split_once('.');
        let in_return =
            in_return.and_then(|(shift, person)| Some((shift.parse::<Id>().ok()?, person.parse::<Id>().ok()?)));
        let other = form.number("other").or(in_return.map(|(_, person)| person));
        let other = other.ok_or_else(|| Refusal::new("duty-refusal-swap-whom").on("other"))?;
        if in_return.is_some_and(|(_, person)| person != other) {
            return Err(Refusal::new("duty-refusal-swap-other-return").on("in_return").into());
        }
        let swap = Swap {
            id: id::fresh(),
            asker: me,
            shift: id,
            other,
            in_return: in_return.map(|(shift, _)| shift),
            state: SwapState::Asked,
            revision: 1,
        };
        app.db
            .write(move |tx| async move {
                let staff = store::staff(&tx).await?;
                if staff.of(swap.other).is_none() {
                    return Err(Refusal::new("duty-refusal-swap-whom").on("other").into());
                }
                let shifts = around(&tx, &swap).await?;
                if !shifts.iter().any(|shift| shift.id == id && shift.is_published && shift.role_of(me).is_some()) {
                    return Err(Error::NotFound);
                }
                swap.ask(&shifts, now)?;
                match store::ask_swap(&tx, &swap, &words, now).await {
                    Err(DbError::NotUnique(_)) => return Err(Refusal::new("duty-refusal-swap-twice").into()),
                    asked => asked?,
                }
                let zone = held.city.zone();
                let line = shifts.iter().find(|shift| shift.id == id).map_or_else(String::new, |one| plain(one, &zone));
                tell(&tx, swap.other, "duty-swap-asked", &[("by", name), ("shift", line)], &swap, now).await?;
                let body = serde_json::json!({ "shift": id.to_string(), "other": swap.other.to_string(),
                    "in_return": swap.in_return.map(|id| id.to_string()) });
                Ok::<_, Error>(store::record(&tx, "swap", swap.id, "swap_asked", Some(me), now, body).await?)
            })
            .await
    };
    match outcome.await {
        Ok(()) => {
            app.tell("duty", id);
            Ok(Redirect::to("/duty/mine#swaps").into_response())
        }
        Err(error) => draw_ask(&app, &visit, id, &typed, Some(&refusal_in(error)?)).await,
    }
}

/// The kind of notice that tells where a wish stands.
const fn news_of(state: SwapState) -> &'static str {
    match state {
        SwapState::Asked => "duty-swap-asked",
        SwapState::Consented => "duty-swap-agreed",
        SwapState::Done => "duty-swap-done",
        SwapState::Declined => "duty-swap-declined",
        SwapState::Refused => "duty-swap-refused",
        SwapState::Withdrawn => "duty-swap-withdrawn",
    }
}

async fn tell(
    tx: &Tx,
    to: Id,
    kind: &'static str,
    args: &[(&'static str, String)],
    swap: &Swap,
    now: Moment,
) -> Result<(), DbError> {
    let link = if kind == "duty-swap-consented" { "/duty/swaps" } else { "/duty/mine#swaps" };
    let notice = Notice {
        to,
        kind,
        args: args.to_vec(),
        link: link.into(),
        urgency: Urgency::Ordinary,
        once: format!("{kind}-{}-{}", swap.id, swap.revision),
    };
    notices::store::send(tx, &notice, now).await
}

/// `GET /duty/swaps`: what waits for approval.
pub(super) async fn list(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw_list(&app, &visit, None).await
}

async fn draw_list(app: &App, visit: &Visit, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let (me, now) = (visit.actor()?.account, app.clock.now());
    let read = app.db.read(|tx| async move {
        let lines = store::swaps_to_approve(&tx).await?;
        Ok::<_, DbError>((store::staff(&tx).await?, load(&tx, lines).await?))
    });
    let (staff, wishes) = read.await?;
    let lens = Lens::new(app, visit.lang, &staff, me, now);
    let page = context! {
        tabs => tabs(app, visit, "/duty/swaps")?,
        rows => rows(&lens, &wishes, true),
        errors => errors(app, visit, refusal),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "duty/swaps.html", page)?).into_response())
}

/// `POST /duty/swaps/{id}/{act}`.
pub(super) async fn act(
    State(app): State<App>,
    visit: Visit,
    Path((id, act)): Path<(Id, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let act = SwapAct::parse(&act).ok_or(Error::NotFound)?;
    let (actor, now, held) = (visit.actor()?.clone(), app.clock.now(), app.clone());
    let (me, is_keeper, name) = (actor.account, actor.may(Act::KeepRoster), actor.name.clone());
    let is_keepers_act = matches!(act, SwapAct::Approve | SwapAct::Refuse);
    let outcome = async {
        let answer = at_most("answer", typed.text("answer"), 300)?;
        app.db
            .write(move |tx| async move {
                let found = store::swap(&tx, id).await?.swap;
                if ![found.asker, found.other].contains(&me) && !is_keeper {
                    return Err(Error::NotFound);
                }
                let shifts = around(&tx, &found).await?;
                let needs = held.duty.swap_needs_approval;
                let done = found.act(act, me, is_keeper, needs, &shifts, now)?;
                store::save_swap(&tx, &done.swap, me, &answer, now).await?;
                let (staff, zone) = (store::staff(&tx).await?, held.city.zone());
                for after in &done.shifts {
                    store::save_shift(&tx, after, now).await?;
                    if let Some(before) = shifts.iter().find(|shift| shift.id == after.id) {
                        let body = editing::difference(before, after);
                        store::record(&tx, "shift", after.id, "shift_swapped", Some(me), now, body).await?;
                        // The two know by the swap itself; whoever else is concerned is told like by any change.
                        for (to, kind) in concerned(before, after) {
                            if ![done.swap.asker, done.swap.other].contains(&to) {
                                editing::tell(&tx, after, &zone, to, kind, now).await?;
                            }
                        }
                    }
                }
                let swap = &done.swap;
                let line = shifts
                    .iter()
                    .find(|shift| shift.id == swap.shift)
                    .map_or_else(String::new, |one| plain(one, &zone));
                if swap.state == SwapState::Consented {
                    let written = |id| staff.written(id).unwrap_or_default();
                    let args =
                        [("asker", written(swap.asker)), ("other", written(swap.other)), ("shift", line.clone())];
                    for keeper in store::keepers(&tx).await? {
                        tell(&tx, keeper, "duty-swap-consented", &args, swap, now).await?;
                    }
                }
                for to in [swap.asker, swap.other].into_iter().filter(|to| *to != me) {
                    let args = [("by", name.clone()), ("shift", line.clone())];
                    tell(&tx, to, news_of(swap.state), &args, swap, now).await?;
                }
                let kind = format!("swap_{}", swap.state.word());
                let body = serde_json::json!({ "shift": swap.shift.to_string() });
                Ok::<_, Error>(store::record(&tx, "swap", id, &kind, Some(me), now, body).await?)
            })
            .await
    };
    let is_on_list = is_keepers_act && is_keeper;
    match outcome.await {
        Ok(()) => {
            app.tell("duty", id);
            Ok(Redirect::to(if is_on_list { "/duty/swaps" } else { "/duty/mine#swaps" }).into_response())
        }
        Err(error) => {
            let refusal = refusal_in(error)?;
            match is_on_list {
                true => draw_list(&app, &visit, Some(&refusal)).await,
                false => mine::draw(&app, &visit, None, &Typed::default(), Some(&refusal), "").await,
            }
        }
    }
}
