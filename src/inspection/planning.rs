//! A check is planned: one enterprise by hand, or several by lot (双随机一公开).

use super::check::{Check, Known, MOST_ITEMS, Plan, Reason};
use super::draw::{draw, listed};
use super::enterprise::{Kind, State};
use super::forms::{self, MOST_WORDS};
use super::store::{self, Draw, EnterpriseFilter, Kept, KeptDraw, Scope};
use super::{Why, doing, enterprises, telling};
use crate::app::App;
use crate::enforcement::case::Actor;
use crate::kit::clock::Moment;
use crate::kit::db::Tx;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{self, Ask, Choice, Field, Typed};
use crate::kit::id::{self, Id};
use crate::people;
use crate::people::act::Post;
use crate::people::actor::Actor as Person;
use crate::people::doors::Visit;
use crate::reports::place;
use axum::extract::{Form, Path, Query, State as Held};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::{Date, Time};
use minijinja::context;
use serde::Deserialize;
use std::collections::BTreeSet;

/// How many enterprises one draw may draw.
const MOST_DRAWN: i64 = 50;
/// How many checks a draw plans for one day, at most.
const MOST_A_DAY: i64 = 20;
/// The most enterprises that a form offers in a list; more are looked for in the register.
const MOST_OFFERED: usize = 300;
/// The longest seed, in characters.
const LONGEST_SEED: usize = 100;

/// What an address says about the plan.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    enterprise: String,
    of: String,
}

/// Everything that the forms are made of.
struct Room {
    enterprises: Vec<(Id, String)>,
    chosen: Option<(Id, String)>,
    officers: Vec<(Id, String, Option<String>)>,
    helpers: Vec<(Id, String)>,
    of: Option<Kept>,
}

async fn room(tx: &Tx, person: &Person, asked: &Asked, today: Date) -> Result<Room, Error> {
    let of = match asked.of.parse::<Id>() {
        Ok(of) => Some(store::load(tx, of, Scope::of(person)).await?),
        Err(_) => None,
    };
    let wanted = of.as_ref().map(|of| of.check.plan.enterprise).or(asked.enterprise.parse().ok());
    let named = |one: &super::enterprise::Enterprise| {
        (one.id, format!("{} · {}", one.particulars.name, one.particulars.address))
    };
    let chosen = match wanted {
        Some(id) => Some(named(&store::load_enterprise(tx, id).await?)),
        None => None,
    };
    let filter = EnterpriseFilter { state: Some(State::Open), most: Some(MOST_OFFERED), ..EnterpriseFilter::default() };
    let enterprises = store::enterprises(tx, &filter).await?.rows.iter().map(named).collect();
    let all = people::store::holding(tx, &[Post::EnforcementOfficer, Post::UnitLeader]).await?;
    let mut held = people::store::credentials_on(tx, today).await?;
    let is_own = |one: &&people::store::Named| one.department == person.department;
    let officers = all.iter().filter(is_own).map(|one| {
        let valid = held.remove(&one.account).filter(|credential| credential.until >= today);
        (one.account, one.name.clone(), valid.map(|credential| credential.number))
    });
    let officers = officers.collect();
    let helpers = people::store::holding(tx, &[Post::EnforcementHelper]).await?;
    let helpers = helpers.iter().filter(is_own).map(|one| (one.account, one.name.clone())).collect();
    Ok(Room { enterprises, chosen, officers, helpers, of })
}

fn items(app: &App, visit: &Visit, day: Date) -> Vec<Choice> {
    let is_chinese = visit.lang == crate::kit::words::LANGUAGES[0];
    let one = |item: &super::items::Item| {
        let name = if is_chinese { &item.name.zh } else { &item.name.en };
        let most = app.pages.say(visit.lang, "inspection-cap-is", &[("most", item.most_a_year.to_string())]);
        Choice::new(&item.id, name).with_hint(format!("{} · {most}", item.basis))
    };
    app.inspection.published(day).map(one).collect()
}

fn officers(app: &App, visit: &Visit, room: &Room) -> Vec<Choice> {
    let one = |(account, name, card): &(Id, String, Option<String>)| {
        let hint = match card {
            Some(card) => app.pages.say(visit.lang, "inspection-credential-is", &[("number", card.clone())]),
            None => app.pages.say(visit.lang, "inspection-credential-none", &[]),
        };
        Choice::new(account, name).with_hint(hint)
    };
    room.officers.iter().map(one).collect()
}

fn times(day: Date) -> [Field; 3] {
    [
        Field::new("on", "inspection-field-on", Ask::Day).given(day),
        Field::new("from", "inspection-field-from", Ask::Line(5)).given("09:00").hint("inspection-hint-time"),
        Field::new("until", "inspection-field-until", Ask::Line(5)).given("11:30").hint("inspection-hint-time"),
    ]
}

fn time(typed: &Typed, name: &'static str) -> Result<Time, Refusal> {
    let text = typed.text(name).replace('：', ":");
    if text.is_empty() {
        return Err(Refusal::new("form-missing").on(name));
    }
    let parts = text.split_once(':').and_then(|(hour, minute)| Some((hour.parse().ok()?, minute.parse().ok()?)));
    let time = parts.and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok());
    time.ok_or_else(|| Refusal::new("inspection-time-strange").on(name))
}

fn plan_form(app: &App, visit: &Visit, room: &Room, person: &Person, now: Moment) -> Vec<Field> {
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let today = app.calendar.date_of(now);
    let soonest = forms::soonest(today, &app.inspection, &app.calendar);
    let reasons = Reason::ALL.iter().filter(|reason| **reason != Reason::Recheck || room.of.is_some()).map(|reason| {
        Choice::new(reason.word(), say(&format!("inspection-reason-{}", reason.word())))
            .with_hint(say(&format!("inspection-reason-hint-{}", reason.word())))
    });
    let mut offered: Vec<Choice> = room.enterprises.iter().map(|(id, name)| Choice::new(id, name)).collect();
    if let Some((id, name)) =
        room.chosen.as_ref().filter(|(id, _)| !room.enterprises.iter().any(|(other, _)| other == id))
    {
        offered.insert(0, Choice::new(id, name));
    }
    let enterprise =
        Field::new("enterprise", "inspection-field-enterprise", Ask::One(offered)).hint("inspection-hint-enterprise");
    let mut item_field = Field::new("items", "inspection-field-items", Ask::Several(items(app, visit, soonest)));
    let mut why = Field::new("why", "inspection-field-why", Ask::Text(MOST_WORDS));
    let mut people = Field::new("officers", "inspection-field-officers", Ask::Several(officers(app, visit, room)))
        .hint("inspection-hint-officers");
    if room.officers.iter().any(|(account, _, card)| *account == person.account && card.is_some()) {
        people = people.given(person.account);
    }
    if let Some(of) = &room.of {
        for item in &of.check.plan.items {
            item_field = item_field.given(item);
        }
        why = why.given(app.pages.say(visit.lang, "inspection-recheck-why", &[("number", of.number.clone())]));
    }
    let given = if room.of.is_some() { Reason::Recheck } else { Reason::Routine };
    let mut all = vec![
        match &room.chosen {
            Some((id, _)) => enterprise.given(id),
            None => enterprise,
        },
        Field::new("reason", "inspection-field-reason", Ask::Radio(reasons.collect())).given(given.word()),
        item_field,
        why,
    ];
    all.extend(times(if room.of.is_some() { today } else { soonest }));
    all.push(people);
    if !room.helpers.is_empty() {
        let helpers = room.helpers.iter().map(|(account, name)| Choice::new(account, name)).collect();
        all.push(
            Field::new("helpers", "inspection-field-helpers", Ask::Several(helpers))
                .optional()
                .hint("inspection-hint-helpers"),
        );
    }
    all
}

/// `GET /inspections/new`.
///
/// # Errors
/// [`Error::NotFound`] for an enterprise or a check that does not exist for the actor; when the database fails.
pub async fn ask(Held(app): Held<App>, visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Error> {
    draw_plan(&app, &visit, &asked, None, None).await
}

async fn draw_plan(
    app: &App,
    visit: &Visit,
    asked: &Asked,
    typed: Option<&Typed>,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let person = visit.actor()?.clone();
    let now = app.clock.now();
    let today = app.calendar.date_of(now);
    let (somebody, wanted) = (person.clone(), asked.clone());
    let room = app.db.read(move |tx| async move { room(&tx, &somebody, &wanted, today).await }).await?;
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let told = refusal
        .map(|refusal| (refusal.field.unwrap_or("enterprise"), app.pages.say(visit.lang, refusal.key, &refusal.args)));
    let beside = told.as_ref().map(|(field, text)| (*field, text.as_str()));
    let form = plan_form(app, visit, &room, &person, now);
    let html = context! {
        fields => fields::draw(&form, "plan", typed, beside, &say),
        errors => enterprises::errors(app, visit, refusal, "plan"),
        of => room.of.as_ref().map(|of| context! { id => of.check.id.to_string(), number => of.number.as_str(), until => of.check.correct_by().map(|day| day.to_string()) }),
        has_enterprises => !room.enterprises.is_empty(), notice_days => app.inspection.notice_days,
        urgent_hours => app.inspection.urgent_hours,
        key => typed.map(|typed| typed.text("key").to_owned()).filter(|key| !key.is_empty()).unwrap_or_else(id::secret),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "inspection/new.html", html)?;
    // The form's own key must not be shared by two visits.
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

fn accounts(typed: &Typed, name: &'static str) -> Result<Vec<Id>, Refusal> {
    let all = typed.choices(name, |text| text.parse::<Id>().ok())?;
    let mut seen = BTreeSet::new();
    Ok(all.into_iter().filter(|account| seen.insert(*account)).collect())
}

fn chosen_items(typed: &Typed) -> Result<Vec<String>, Refusal> {
    let mut seen = BTreeSet::new();
    let all: Vec<String> =
        typed.all("items").map(str::to_owned).filter(|item| item.len() <= 80 && seen.insert(item.clone())).collect();
    if all.is_empty() || all.len() > MOST_ITEMS {
        return Err(Why::ItemMissing.refuse().with("most", MOST_ITEMS).on("items"));
    }
    Ok(all)
}

fn read_plan(typed: &Typed) -> Result<Plan, Refusal> {
    Ok(Plan {
        enterprise: typed.choice("enterprise", |text| text.parse().ok())?,
        reason: typed.choice("reason", Reason::parse)?,
        items: chosen_items(typed)?,
        why: typed.needed("why", MOST_WORDS)?,
        on: typed.day("on")?,
        from: time(typed, "from")?,
        until: time(typed, "until")?,
        officers: accounts(typed, "officers")?,
        helpers: accounts(typed, "helpers")?,
        of_check: typed.text("of").parse().ok(),
    })
}

/// `POST /inspections/new`.
///
/// # Errors
/// When the database fails. Refusals are drawn.
pub async fn write(
    Held(app): Held<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let person = visit.actor()?.clone();
    let form = typed.mark(&visit.path);
    let made = match read_plan(&typed) {
        Err(refusal) => Err(Error::from(refusal)),
        Ok(plan) => {
            let (held, now) = (app.clone(), app.clock.now());
            app.db
                .write(move |tx| {
                    let (held, person, plan, form) = (held.clone(), person.clone(), plan.clone(), form.clone());
                    async move {
                        let kind = "inspection_planned";
                        if let Some(made) = crate::timeline::store::made_of(&tx, kind, person.account, &form).await? {
                            return Ok(made);
                        }
                        let by = doing::acting(&person)?;
                        own(&tx, &person, &plan).await?;
                        let kept = planned(&held, &tx, &person, &by, plan, None, now).await?;
                        // The serial holds back whoever sent the same form at the same moment.
                        if let Some(made) = crate::timeline::store::made_of(&tx, kind, person.account, &form).await? {
                            return Ok(made);
                        }
                        store::add(&tx, &kept, &held.inspection, &held.law()).await?;
                        store::record_planned(&tx, &kept, &form).await?;
                        telling::tell(&tx, &kept, None, Some(person.account), now).await?;
                        Ok::<_, Error>(kept.check.id)
                    }
                })
                .await
        }
    };
    match made {
        Ok(id) => {
            app.tell(store::SUBJECT, id);
            Ok(Redirect::to(&format!("/inspections/{id}")).into_response())
        }
        Err(Error::Refused(refusal)) => {
            let asked = Asked { enterprise: typed.text("enterprise").to_owned(), of: typed.text("of").to_owned() };
            draw_plan(&app, &visit, &asked, Some(&typed), Some(&refusal)).await
        }
        Err(error) => Err(error),
    }
}

/// Officers and helpers are of one's own unit, and a re-check is of a check that one sees and that ordered something.
async fn own(tx: &Tx, person: &Person, plan: &Plan) -> Result<(), Error> {
    let all =
        people::store::holding(tx, &[Post::EnforcementOfficer, Post::UnitLeader, Post::EnforcementHelper]).await?;
    let is_of = |account: &Id, is_helper: bool| {
        all.iter().any(|one| {
            one.account == *account
                && one.department == person.department
                && (one.post == Post::EnforcementHelper) == is_helper
        })
    };
    // A helper who is named as an officer is refused by the rule, with its article.
    let is_known = |account: &Id| is_of(account, false) || is_of(account, true);
    if !plan.officers.iter().all(is_known) {
        return Err(Refusal::new("form-choose").on("officers").into());
    }
    if !plan.helpers.iter().all(|account| is_of(account, true)) {
        return Err(Refusal::new("form-choose").on("helpers").into());
    }
    match (plan.reason, plan.of_check) {
        (Reason::Recheck, Some(of)) => {
            let of = store::load(tx, of, Scope::of(person)).await?;
            let filter = store::Filter { show: store::Show::All, of: Some(of.check.id), ..store::Filter::default() };
            let others = store::list(tx, Scope::All, &filter, plan.on).await?.rows;
            let is_open = others.iter().all(|other| other.check.stage.is_void());
            let is_same = of.check.plan.enterprise == plan.enterprise;
            let is_ordered = of.check.correct_by().is_some();
            let is_part = plan.items.iter().all(|item| of.check.plan.items.contains(item));
            Why::RecheckUnasked.unless(is_open && is_same && is_ordered && is_part).map_err(|no| no.on("reason"))?;
        }
        (Reason::Recheck, None) => return Err(Why::RecheckUnasked.refuse().on("reason").into()),
        _ => {}
    }
    Ok(())
}

/// A plan as the rule has it, under a fresh number.
async fn planned(
    app: &App,
    tx: &Tx,
    person: &Person,
    by: &Actor,
    plan: Plan,
    of_draw: Option<Id>,
    now: Moment,
) -> Result<Kept, Error> {
    let enterprise = match store::load_enterprise(tx, plan.enterprise).await {
        Err(Error::NotFound) => return Err(Refusal::new("form-choose").on("enterprise").into()),
        found => found?,
    };
    let (_, taken) = store::counted(tx, enterprise.id, plan.on.year(), None).await?;
    let known = Known {
        officers: doing::officers(tx, &plan.officers, plan.on).await?,
        taken,
        is_open: enterprise.state == State::Open,
    };
    let mut plan = plan;
    // Only what checks an order again names a check before it.
    plan.of_check = plan.of_check.filter(|_| plan.reason == Reason::Recheck);
    let check = Check::plan(id::fresh(), plan, by, now, &known, &app.inspection, &app.law())?;
    let number = store::number(tx, check.plan.on.year()).await?;
    Ok(Kept {
        check,
        number,
        code: id::tracking_code(),
        enterprise: enterprise.particulars.name,
        address: enterprise.particulars.address,
        department: person.department,
        author: Some(person.account),
        draw: of_draw,
    })
}

// ---------- by lot ----------

/// `GET /inspections/draw`.
///
/// # Errors
/// When the database fails.
pub async fn ask_draw(Held(app): Held<App>, visit: Visit) -> Result<Response, Error> {
    draw_draw(&app, &visit, None, None).await
}

fn draw_form(app: &App, visit: &Visit, room: &Room, now: Moment) -> Vec<Field> {
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let soonest = forms::soonest(app.calendar.date_of(now), &app.inspection, &app.calendar);
    let kinds = Kind::ALL.iter().map(|kind| Choice::new(kind.word(), say(&format!("inspection-kind-{}", kind.word()))));
    let streets = place::streets(app).into_iter().map(|(code, name)| Choice::new(code, name)).collect();
    let mut pool = Field::new("officers", "inspection-field-pool", Ask::Several(officers(app, visit, room)))
        .hint("inspection-hint-pool");
    for (account, _, card) in &room.officers {
        if card.is_some() {
            pool = pool.given(account);
        }
    }
    let mut all = vec![
        Field::new("items", "inspection-field-items", Ask::Several(items(app, visit, soonest))),
        Field::new("why", "inspection-field-why", Ask::Text(MOST_WORDS)).given(say("inspection-draw-why")),
        Field::new("kind", "inspection-field-draw-kind", Ask::One(kinds.collect())).optional(),
        Field::new("street", "inspection-field-draw-street", Ask::One(streets)).optional(),
        Field::new("count", "inspection-field-count", Ask::Count(1, MOST_DRAWN)).given(5),
        pool,
    ];
    all.extend(times(soonest));
    all.push(Field::new("a_day", "inspection-field-a-day", Ask::Count(1, MOST_A_DAY)).given(2));
    all.push(
        Field::new("seed", "inspection-field-seed", Ask::Line(LONGEST_SEED)).optional().hint("inspection-hint-seed"),
    );
    all
}

async fn draw_draw(
    app: &App,
    visit: &Visit,
    typed: Option<&Typed>,
    refusal: Option<&Refusal>,
) -> Result<Response, Error> {
    let person = visit.actor()?.clone();
    let now = app.clock.now();
    let today = app.calendar.date_of(now);
    let scope = Scope::of(&person);
    let read = app.db.read(move |tx| async move {
        let room = room(&tx, &person, &Asked::default(), today).await?;
        Ok::<_, Error>((room, store::draws(&tx, scope, 20).await?))
    });
    let (room, draws) = read.await?;
    let say = |key: &str| app.pages.say(visit.lang, key, &[]);
    let told = refusal
        .map(|refusal| (refusal.field.unwrap_or("items"), app.pages.say(visit.lang, refusal.key, &refusal.args)));
    let beside = told.as_ref().map(|(field, text)| (*field, text.as_str()));
    let form = draw_form(app, visit, &room, now);
    let html = context! {
        fields => fields::draw(&form, "draw", typed, beside, &say),
        errors => enterprises::errors(app, visit, refusal, "draw"),
        draws => draws.iter().map(|(id, number, at)| context! { id => id.to_string(), number, at => at.0 }).collect::<Vec<_>>(),
        key => typed.map(|typed| typed.text("key").to_owned()).filter(|key| !key.is_empty()).unwrap_or_else(id::secret),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "inspection/draw.html", html)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// What a draw asks for.
#[derive(Clone)]
struct Wanted {
    items: Vec<String>,
    why: String,
    kind: Option<Kind>,
    street: String,
    count: usize,
    officers: Vec<Id>,
    on: Date,
    from: Time,
    until: Time,
    a_day: usize,
    seed: String,
}

fn read_draw(typed: &Typed) -> Result<Wanted, Refusal> {
    let small = |count: i64| usize::try_from(count).unwrap_or(1);
    Ok(Wanted {
        items: chosen_items(typed)?,
        why: typed.needed("why", MOST_WORDS)?,
        kind: Kind::parse(typed.text("kind")),
        street: typed.text("street").to_owned(),
        count: small(typed.count("count", 1, MOST_DRAWN)?),
        officers: accounts(typed, "officers")?,
        on: typed.day("on")?,
        from: time(typed, "from")?,
        until: time(typed, "until")?,
        a_day: small(typed.count("a_day", 1, MOST_A_DAY)?),
        // Nobody chooses a seed after having seen what it draws: an empty one is drawn now.
        seed: Some(typed.words("seed", LONGEST_SEED)?).filter(|seed| !seed.is_empty()).unwrap_or_else(id::secret),
    })
}

/// `POST /inspections/draw`.
///
/// # Errors
/// When the database fails. Refusals are drawn.
pub async fn write_draw(
    Held(app): Held<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let person = visit.actor()?.clone();
    let form = typed.mark(&visit.path);
    let made = match read_draw(&typed) {
        Err(refusal) => Err(Error::from(refusal)),
        Ok(wanted) => {
            let (held, now) = (app.clone(), app.clock.now());
            app.db
                .write(move |tx| {
                    let (held, person, wanted, form) = (held.clone(), person.clone(), wanted.clone(), form.clone());
                    async move { drawn(&held, &tx, &person, wanted, &form, now).await }
                })
                .await
        }
    };
    match made {
        Ok(id) => {
            app.tell("inspection_draw", id);
            Ok(Redirect::to(&format!("/inspections/draws/{id}")).into_response())
        }
        Err(Error::Refused(refusal)) => draw_draw(&app, &visit, Some(&typed), Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

async fn drawn(app: &App, tx: &Tx, person: &Person, wanted: Wanted, form: &str, now: Moment) -> Result<Id, Error> {
    let kind = "inspection_drawn";
    if let Some(made) = crate::timeline::store::made_of(tx, kind, person.account, form).await? {
        return Ok(made);
    }
    let by = doing::acting(person)?;
    let filter = EnterpriseFilter {
        state: Some(State::Open),
        kind: wanted.kind,
        street: wanted.street.clone(),
        most: Some(100_000),
        ..EnterpriseFilter::default()
    };
    let taken = store::taken_of_year(tx, wanted.on.year()).await?;
    let mut caps = Vec::new();
    for id in &wanted.items {
        caps.push(app.inspection.on(id, wanted.on).map_err(|no| no.on("items"))?);
    }
    // Whoever was checked as often as they may be is not drawn again.
    let is_free = |id: Id| {
        caps.iter().all(|item| taken.get(&(id, item.id.clone())).copied().unwrap_or_default() < item.most_a_year)
    };
    let all = store::enterprises(tx, &filter).await?.rows;
    let pool = listed(all.into_iter().map(|one| one.id).filter(|id| is_free(*id)).collect());
    if pool.is_empty() {
        return Err(Why::PoolTooSmall.refuse().with("n", 0).on("count").into());
    }
    let officers = listed(wanted.officers.clone());
    if officers.len() < 2 {
        return Err(Why::PoolTooSmall.refuse().with("n", officers.len()).on("officers").into());
    }
    let lots = draw(&wanted.seed, &pool, wanted.count, &officers);
    let number = store::draw_number(tx, app.calendar.date_of(now).year()).await?;
    if let Some(made) = crate::timeline::store::made_of(tx, kind, person.account, form).await? {
        return Ok(made);
    }
    let id = id::fresh();
    let mut day = wanted.on;
    for (position, lot) in lots.iter().enumerate() {
        if position > 0 && position % wanted.a_day == 0 {
            day = next_working(app, day)?;
        }
        let plan = Plan {
            items: wanted.items.clone(),
            enterprise: lot.enterprise,
            reason: Reason::Routine,
            why: wanted.why.clone(),
            on: day,
            from: wanted.from,
            until: wanted.until,
            officers: lot.officers.to_vec(),
            helpers: Vec::new(),
            of_check: None,
        };
        own(tx, person, &plan).await?;
        let kept = planned(app, tx, person, &by, plan, Some(id), now).await?;
        store::add(tx, &kept, &app.inspection, &app.law()).await?;
        store::record_planned(tx, &kept, "").await?;
        telling::tell(tx, &kept, None, Some(person.account), now).await?;
    }
    let done = KeptDraw {
        id,
        number,
        seed: wanted.seed,
        at: now,
        author: person.account,
        department: person.department,
        draw: Draw {
            items: wanted.items,
            kind: wanted.kind.map(Kind::word).unwrap_or_default().to_owned(),
            street: wanted.street,
            enterprises: pool,
            officers,
            count: wanted.count,
            lots,
        },
    };
    store::add_draw(tx, &done, form).await?;
    Ok(id)
}

fn next_working(app: &App, day: Date) -> Result<Date, Refusal> {
    let mut next = day;
    loop {
        next = next.tomorrow().unwrap_or(next);
        if app.calendar.is_working_day(next)? {
            return Ok(next);
        }
    }
}

/// `GET /inspections/draws/{id}`: the lists, the seed, what came out, and whether drawing again comes to the same.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; when the database fails.
pub async fn show_draw(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    draw_one(&app, &visit, id, None).await
}

async fn draw_one(app: &App, visit: &Visit, id: Id, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let person = visit.actor()?.clone();
    let now = app.clock.now();
    let today = app.calendar.date_of(now);
    let somebody = person.clone();
    let read = app.db.read(move |tx| async move {
        let scope = Scope::of(&somebody);
        let one = store::load_draw(&tx, id, scope).await?;
        let filter = store::Filter { show: store::Show::All, draw: Some(id), ..store::Filter::default() };
        let checks = store::list(&tx, Scope::All, &filter, today).await?.rows;
        let mut wanted = one.draw.officers.clone();
        wanted.push(one.author);
        let names = people::store::names(&tx, &wanted).await?;
        Ok::<_, Error>((one, checks, names))
    });
    let (one, mut checks, names) = read.await?;
    checks.sort_by_key(|kept| (kept.check.plan.on, kept.check.id));
    let again = draw(&one.seed, &one.draw.enterprises, one.draw.count, &one.draw.officers);
    let name = |account: &Id| names.get(account).cloned().unwrap_or_default();
    let is_chinese = visit.lang == crate::kit::words::LANGUAGES[0];
    let item = |id: &String| {
        let found = app.inspection.named(id);
        found.map_or_else(|| id.clone(), |item| if is_chinese { item.name.zh.clone() } else { item.name.en.clone() })
    };
    let waiting = checks.iter().filter(|kept| kept.check.stage == super::check::CheckStage::Planned).count();
    let html = context! {
        id => id.to_string(), number => one.number.as_str(), seed => one.seed.as_str(), at => one.at.0, author => name(&one.author),
        items => one.draw.items.iter().map(item).collect::<Vec<_>>(),
        pool => one.draw.enterprises.len(), officers => one.draw.officers.iter().map(name).collect::<Vec<_>>(),
        count => one.draw.count, drawn => one.draw.lots.len(), is_same => again == one.draw.lots,
        checks => checks.iter().map(|kept| {
            let shown = super::show::line(app, visit.lang, kept, now);
            context! { line => shown, officers => kept.check.plan.officers.iter().map(name).collect::<Vec<_>>().join("、") }
        }).collect::<Vec<_>>(),
        waiting, may_approve => person.post == Post::Leader && waiting > 0,
        errors => enterprises::errors(app, visit, refusal, ""),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let html = app.page(visit, "inspection/draw_one.html", html)?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// `POST /inspections/draws/{id}/approve`: the head approves everything of a draw that waits.
///
/// # Errors
/// [`Error::NotFound`] outside of the scope; [`Error::Forbidden`] for anybody but the head; when the database fails.
pub async fn approve_draw(Held(app): Held<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let (person, now) = (visit.actor()?.clone(), app.clock.now());
    let today = app.calendar.date_of(now);
    let held = app.clone();
    let approved = app.db.write(move |tx| {
        let (held, person) = (held.clone(), person.clone());
        async move {
            store::load_draw(&tx, id, Scope::of(&person)).await?;
            if person.post != Post::Leader {
                return Err(Error::Forbidden);
            }
            let filter = store::Filter { show: store::Show::Planned, draw: Some(id), ..store::Filter::default() };
            let by = doing::acting(&person)?;
            for kept in store::list(&tx, Scope::All, &filter, today).await?.rows {
                let act = super::check::CheckAct::Approve { words: String::new() };
                doing::do_it(&held, &tx, kept, &by, &act, now, &[], "").await?;
            }
            Ok::<_, Error>(())
        }
    });
    match approved.await {
        Ok(()) => {
            app.tell("inspection_draw", id);
            Ok(Redirect::to(&format!("/inspections/draws/{id}")).into_response())
        }
        Err(Error::Refused(refusal)) => draw_one(&app, &visit, id, Some(&refusal)).await,
        Err(error) => Err(error),
    }
}
