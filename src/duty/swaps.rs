//! Swapping (换班): one asks, the colleague consents, a shift leader approves.

use super::forms::Typed;
use super::shift::{Roster, Shift, Swap, SwapAct, SwapState, concerned};
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
pub(super) struct Wishes {
    lines: Vec<SwapLine>,
    shifts: BTreeMap<Id, Shift>,
    /// What the people of open wishes stand around them.
    around: Vec<Shift>,
    rosters: Vec<Roster>,
    rest: i64,
}

/// Loads what wishes speak of; `rest` is the least rest between two shifts.
pub(super) async fn load(tx: &Tx, lines: Vec<SwapLine>, rest: i64) -> Result<Wishes, DbError> {
    let spoken = |line: &SwapLine| std::iter::once(line.swap.shift).chain(line.swap.in_return);
    let shifts = store::shifts_by_id(tx, &lines.iter().flat_map(spoken).collect()).await?;
    let open: Vec<&SwapLine> = lines.iter().filter(|line| is_open(line.swap.state)).collect();
    let people: BTreeSet<Id> = open.iter().flat_map(|line| [line.swap.asker, line.swap.other]).collect();
    let of_open: Vec<Shift> =
        open.iter().flat_map(|line| spoken(line)).filter_map(|id| shifts.get(&id)).cloned().collect();
    let span = of_open.iter().map(|shift| shift.from).min().zip(of_open.iter().map(|shift| shift.until).max());
    let mut around = of_open;
    if let Some((from, until)) = span {
        around.extend(store::shifts_of_people(tx, &people, from.plus(-rest), until.plus(rest)).await?);
    }
    once_each(&mut around);
    Ok(Wishes { lines, shifts, around, rosters: store::rosters(tx).await?, rest })
}

const fn is_open(state: SwapState) -> bool {
    matches!(state, SwapState::Asked | SwapState::Consented)
}

fn once_each(shifts: &mut Vec<Shift>) {
    shifts.sort_by_key(|shift| shift.id);
    shifts.dedup_by_key(|shift| shift.id);
}

/// Wishes as pages show them. `for_keeper`: the page of those who approve.
pub(super) fn rows(lens: &Lens<'_>, wishes: &Wishes, for_keeper: bool) -> Vec<Value> {
    let gone = || lens.say("duty-swap-shift-gone", &[]);
    // What somebody gives away is said with what they do in it: it is what the other will do.
    let line = |id: Id, of: Id| {
        let Some(shift) = wishes.shifts.get(&id) else { return gone() };
        let role = shift.role_of(of).map(|role| lens.say(&format!("duty-role-{}", role.word()), &[]));
        [Some(lens.line(shift)), role].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    let row = |one: &SwapLine| {
        let swap = &one.swap;
        let has_begun = |id: Id| wishes.shifts.get(&id).is_some_and(|shift| shift.from <= lens.now);
        let has_begun = has_begun(swap.shift) || swap.in_return.is_some_and(has_begun);
        // It lapses with the next look of the reader; nothing can be done about it any more.
        let state = if is_open(swap.state) && has_begun { SwapState::Lapsed } else { swap.state };
        let is_open = is_open(state);
        let doubts = match is_open {
            true => swap.doubts(&wishes.around, &wishes.rosters, wishes.rest, lens.now),
            false => Vec::new(),
        };
        context! {
            id => swap.id.to_string(),
            asker => lens.name(swap.asker),
            other => lens.name(swap.other),
            shift => line(swap.shift, if state == SwapState::Done { swap.other } else { swap.asker }),
            in_return => swap.in_return.map(|id| line(id, if state == SwapState::Done { swap.asker } else { swap.other })),
            doubts => doubts.iter().map(|doubt| lens.doubt(doubt, &wishes.around)).collect::<Vec<_>>(),
            words => one.words.as_str(),
            answer => one.answer.as_str(),
            decider => one.decider.map(|id| lens.name(id)),
            state => state.word(),
            at => one.asked_at.0,
            revision => swap.revision,
            may_withdraw => !for_keeper && is_open && swap.asker == lens.me,
            may_consent => !for_keeper && state == SwapState::Asked && swap.other == lens.me,
            may_decline => !for_keeper && is_open && swap.other == lens.me,
            may_approve => for_keeper && state == SwapState::Consented,
        }
    };
    wishes.lines.iter().map(row).collect()
}

/// All that two people stand around the shifts of a wish, as far as a rest reaches, and those shifts.
async fn around(tx: &Tx, swap: &Swap, rest: i64) -> Result<Vec<Shift>, Error> {
    let mut found: Vec<Shift> = Vec::new();
    let people = BTreeSet::from([swap.asker, swap.other]);
    for id in [Some(swap.shift), swap.in_return].into_iter().flatten() {
        let shift = store::shift(tx, id).await?;
        let window = (shift.from.plus(-rest - 1), shift.until.plus(rest + 1));
        found.push(shift);
        found.extend(store::shifts_of_people(tx, &people, window.0, window.1).await?);
    }
    once_each(&mut found);
    Ok(found)
}

/// Refuses what should be seen first; the sentence leads to a `field` of the page.
async fn must_be_seen(
    tx: &Tx,
    lens: &Lens<'_>,
    swap: &Swap,
    shifts: &[Shift],
    field: &'static str,
) -> Result<(), Error> {
    let doubts = swap.doubts(shifts, &store::rosters(tx).await?, lens.app.duty.rest, lens.now);
    if doubts.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = doubts.iter().map(|doubt| lens.doubt(doubt, shifts)).collect();
    Err(Refusal::new("duty-refusal-swap-doubts").with("what", told.join("; ")).on(field).into())
}

/// Lets every wish lapse that nobody decided before one of its shifts began, and tells who asked. Answers how many.
pub(super) async fn lapse(app: &App) -> Result<usize, Error> {
    let now = app.clock.now();
    let read = app.db.read(move |tx| async move { store::swaps_to_lapse(&tx, now).await });
    let lines: Vec<SwapLine> = read.await.map_err(|error: DbError| Error::Db(error))?;
    let mut lapsed = 0;
    for line in lines {
        let (swap, zone) = (line.swap, app.city.zone());
        let id = swap.id;
        let outcome = app.db.write(move |tx| async move {
            store::lapse_swap(&tx, &swap, now).await?;
            let shift = store::shift(&tx, swap.shift).await?;
            let swap = Swap { state: SwapState::Lapsed, revision: swap.revision + 1, ..swap };
            let args = [("shift", plain(&shift, &zone))];
            tell(&tx, swap.asker, news_of(swap.state), &args, &swap, Urgency::Ordinary, now).await?;
            let body = serde_json::json!({ "shift": swap.shift.to_string() });
            Ok::<_, Error>(store::record(&tx, "swap", id, "swap_lapsed", None, now, body).await?)
        });
        match outcome.await {
            Ok(()) => {
                lapsed += 1;
                app.tell("duty", id);
            }
            // Another program was faster.
            Err(Error::Db(DbError::Stale)) => {}
            Err(error) => tracing::error!(%error, swap = id, "a wish to swap could not lapse"),
        }
    }
    Ok(lapsed)
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
            staff.iter().filter(|person| person.id != me && listed.contains(&person.id) == in_list).collect();
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
        asks_anyway => refusal.is_some_and(|refusal| refusal.field == Some("anyway")),
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
    let (me, name, held, lang) = (actor.account, actor.name.clone(), app.clone(), visit.lang);
    let form = typed.clone();
    let outcome = async {
        let words = at_most("words", form.text("words"), 300)?;
        let is_sure = !form.text("anyway").is_empty();
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
                let shifts = around(&tx, &swap, held.duty.rest).await?;
                if !shifts.iter().any(|shift| shift.id == id && shift.is_published && shift.role_of(me).is_some()) {
                    return Err(Error::NotFound);
                }
                swap.ask(&shifts, now)?;
                let lens = Lens::new(&held, lang, &staff, me, now);
                if !is_sure {
                    must_be_seen(&tx, &lens, &swap, &shifts, "anyway").await?;
                }
                match store::ask_swap(&tx, &swap, &words, now).await {
                    Err(DbError::NotUnique(_)) => return Err(Refusal::new("duty-refusal-swap-twice").into()),
                    asked => asked?,
                }
                let zone = held.city.zone();
                let line = shifts.iter().find(|shift| shift.id == id).map_or_else(String::new, |one| plain(one, &zone));
                let urgency = urgency_of(&swap, &shifts, now);
                tell(&tx, swap.other, "duty-swap-asked", &[("by", name), ("shift", line)], &swap, urgency, now).await?;
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
        SwapState::Lapsed => "duty-swap-lapsed",
    }
}

/// How pressing a wish is: by the nearest of its shifts.
fn urgency_of(swap: &Swap, shifts: &[Shift], now: Moment) -> Urgency {
    let is_its = |shift: &&Shift| shift.id == swap.shift || Some(shift.id) == swap.in_return;
    editing::urgency(shifts.iter().filter(is_its), now)
}

async fn tell(
    tx: &Tx,
    to: Id,
    kind: &'static str,
    args: &[(&'static str, String)],
    swap: &Swap,
    urgency: Urgency,
    now: Moment,
) -> Result<(), DbError> {
    let link = if kind == "duty-swap-consented" { "/duty/swaps" } else { "/duty/mine#swaps" };
    let notice = Notice {
        to,
        kind,
        args: args.to_vec(),
        link: link.into(),
        urgency,
        once: format!("{kind}-{}-{}", swap.id, swap.revision),
    };
    notices::store::send(tx, &notice, now).await.map(drop)
}

/// `GET /duty/swaps`: what waits for approval.
pub(super) async fn list(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw_list(&app, &visit, None).await
}

async fn draw_list(app: &App, visit: &Visit, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let (me, now, rest) = (visit.actor()?.account, app.clock.now(), app.duty.rest);
    let read = app.db.read(move |tx| async move {
        let lines = store::swaps_to_approve(&tx, now).await?;
        Ok::<_, DbError>((store::staff(&tx).await?, load(&tx, lines, rest).await?))
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
    let (lang, is_sure) = (visit.lang, !typed.text("anyway").is_empty());
    let is_keepers_act = matches!(act, SwapAct::Approve | SwapAct::Refuse);
    let outcome = async {
        let answer = at_most("answer", typed.text("answer"), 300)?;
        app.db
            .write(move |tx| async move {
                let found = store::swap(&tx, id).await?.swap;
                if ![found.asker, found.other].contains(&me) && !is_keeper {
                    return Err(Error::NotFound);
                }
                let shifts = around(&tx, &found, held.duty.rest).await?;
                let needs = held.duty.swap_needs_approval;
                let (staff, zone) = (store::staff(&tx).await?, held.city.zone());
                let done = found.clone().act(act, me, is_keeper, needs, &shifts, now)?;
                if matches!(done.swap.state, SwapState::Consented | SwapState::Done) && !is_sure {
                    let lens = Lens::new(&held, lang, &staff, me, now);
                    let field = if is_keepers_act { "list" } else { "swaps" };
                    must_be_seen(&tx, &lens, &found, &shifts, field).await?;
                }
                store::save_swap(&tx, &done.swap, me, &answer, now).await?;
                let urgency = urgency_of(&done.swap, &shifts, now);
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
                        tell(&tx, keeper, "duty-swap-consented", &args, swap, urgency, now).await?;
                    }
                }
                for to in [swap.asker, swap.other].into_iter().filter(|to| *to != me) {
                    let args = [("by", name.clone()), ("shift", line.clone())];
                    tell(&tx, to, news_of(swap.state), &args, swap, urgency, now).await?;
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
