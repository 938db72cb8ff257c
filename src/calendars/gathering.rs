//! Somebody's own dates, from the rooms in which they have a part: shifts, hearings, terms of their cases, whistles that their department
//! must report in to, measures that a meeting gave to them, the meetings themselves. No party is named: a calendar lies with others.

use super::hearing::{Said, said};
use super::public::begins;
use crate::app::App;
use crate::enforcement::case::{self, Case};
use crate::enforcement::store::Held;
use crate::kit::clock::Moment;
use crate::kit::error::Error;
use crate::kit::icalendar::{Event, When};
use crate::kit::id::Id;
use crate::kit::words::LANGUAGES;
use crate::people::act::{Act, Post};
use crate::people::actor::Actor;
use crate::repeats::store::Decided;
use crate::whistles::leg::{ClockKind, Leg, LegStage};
use crate::whistles::whistle::{Side, Stage as WhistleStage, Whistle};
use crate::{duty, enforcement, papers, repeats, whistles};
use jiff::civil::Date;
use std::collections::HashMap;

/// How far back a calendar goes, in milliseconds.
const BACK: i64 = 60 * 24 * 60 * 60 * 1000;
/// The papers that say when and where a hearing is.
const OF_HEARINGS: [&str; 2] = ["hearing-summons", "hearing-announcement"];

/// For whom, in which words.
struct Reader<'a> {
    app: &'a App,
    actor: &'a Actor,
    lang: &'static str,
    now: Moment,
}

/// The beginning of a page's whole address. Without an address of the city a calendar has no links.
fn link(app: &App, path: &str) -> String {
    if app.public_url.is_empty() { String::new() } else { format!("{}{path}", app.public_url) }
}

/// Everything that somebody takes part in.
///
/// # Errors
/// When the database fails.
pub(super) async fn own(app: &App, actor: &Actor, lang: &'static str) -> Result<Vec<Event>, Error> {
    let reader = Reader { app, actor, lang, now: app.clock.now() };
    let mut all = Vec::new();
    if actor.may(Act::SeeDuty) {
        all.extend(duty::feeds::events(app, actor.account, false, lang).await?);
    }
    if actor.may(Act::SeePenaltyCases) {
        all.extend(reader.penalty_cases().await?);
    }
    if matches!(actor.post, Post::DepartmentDesk | Post::CrewMember) {
        all.extend(reader.whistles().await?);
    }
    if actor.may(Act::SeeRepeats) {
        all.extend(reader.repeats().await?);
    }
    all.sort_by_key(|event| (begins(event), event.uid.clone()));
    Ok(all)
}

/// When and where a case's papers say that its hearing is.
type Told = HashMap<Id, Said>;

impl Reader<'_> {
    fn say(&self, key: &str, args: &[(&str, String)]) -> String {
        self.app.pages.say(self.lang, key, args)
    }

    /// A day that nobody's time is taken by.
    fn day(&self, uid: String, (sequence, changed_at): (i64, Moment), day: Date, summary: String) -> Event {
        Event {
            uid,
            sequence,
            changed_at,
            when: When::Day(day),
            summary,
            description: String::new(),
            place: String::new(),
            link: String::new(),
            is_busy: false,
            is_cancelled: false,
        }
    }

    async fn penalty_cases(&self) -> Result<Vec<Event>, Error> {
        let (me, since, zone) = (self.actor.account, self.now.plus(-BACK), self.app.city.zone());
        let read = self.app.db.read(move |tx| {
            let zone = zone.clone();
            async move {
                let cases = enforcement::store::of_person(&tx, me, since).await?;
                let mut told = Told::new();
                for held in cases.iter().filter(|held| held.case.hearing.as_ref().is_some_and(|one| one.on.is_some())) {
                    let papers = papers::store::list(&tx, enforcement::store::SUBJECT, held.case.id).await?;
                    let fit = papers.iter().filter(|paper| {
                        OF_HEARINGS.contains(&paper.kind.as_str()) && paper.voided.is_none() && paper.ended.is_none()
                    });
                    if let Some(last) = fit.filter_map(|paper| said(&paper.data, &zone)).next_back() {
                        told.insert(held.case.id, last);
                    }
                }
                Ok::<_, Error>((cases, told))
            }
        });
        let (cases, told) = read.await?;
        let mut all = Vec::new();
        for held in &cases {
            all.extend(self.hearing(held, &told));
            if !held.case.stage.is_over() && held.case.investigators.contains(&me) {
                all.extend(self.terms(held));
            }
        }
        Ok(all)
    }

    /// The hearing of a case, for whoever presides or investigates.
    fn hearing(&self, held: &Held, told: &Told) -> Option<Event> {
        let case: &Case = &held.case;
        let hearing = case.hearing.as_ref()?;
        let (on, me) = (hearing.on?, self.actor.account);
        let is_president = hearing.president == Some(me);
        if !is_president && !case.investigators.contains(&me) {
            return None;
        }
        let key = if is_president { "calendars-own-president" } else { "calendars-own-hearing" };
        // A paper for another day than the case's is of before.
        let known = told.get(&case.id).filter(|told| told.on == on);
        let day = self.day(
            format!("penalty-hearing-{}-{}@calendar.city-steward", case.id, hearing.asked_at.0),
            (case.revision, case.last_at),
            on,
            self.say(key, &[("number", held.number.clone())]),
        );
        Some(Event {
            when: known.map_or(When::Day(on), Said::when),
            place: known.map_or(String::new(), |told| told.place.clone()),
            link: link(self.app, &format!("/enforcement/{}", case.id)),
            is_busy: true,
            is_cancelled: hearing.is_withdrawn,
            ..day
        })
    }

    /// The terms that run on a case, as its page shows them to its investigators.
    fn terms(&self, held: &Held) -> Vec<Event> {
        let (case, law) = (&held.case, self.app.law());
        let since = self.now.plus(-BACK);
        let running = case::running(case, &law).into_iter();
        running
            .filter(|one| !one.is_gone(self.now) && one.end.over_at > since)
            .map(|one| {
                let row = self.app.statutes.terms.on(one.term, one.begins()).ok();
                let is_chinese = self.lang == LANGUAGES[0];
                let name = row.map_or("", |row| if is_chinese { row.zh.as_str() } else { row.en.as_str() });
                let args = [("term", name.to_owned()), ("number", held.number.clone())];
                let uid = format!("penalty-term-{}-{}-{}@calendar.city-steward", case.id, one.term, one.begins());
                let event =
                    self.day(uid, (case.revision, case.last_at), one.end.last, self.say("calendars-own-term", &args));
                Event { link: link(self.app, &format!("/enforcement/{}", case.id)), ..event }
            })
            .collect()
    }

    /// The whistles that call one's department: by when it must be there, and done.
    async fn whistles(&self) -> Result<Vec<Event>, Error> {
        let actor = self.actor.clone();
        let read = self.app.db.read(move |tx| async move {
            let doer = whistles::store::doer(&tx, &actor).await?;
            let filter = whistles::store::Filter { show: whistles::store::Show::All, ..Default::default() };
            let page = whistles::store::list(&tx, &whistles::store::Scope::of(&doer), &filter).await?;
            Ok::<_, Error>((doer, page.rows))
        });
        let (doer, all) = read.await?;
        if !matches!(doer.side, Side::Department | Side::Crew) {
            return Ok(Vec::new());
        }
        let legs = all.iter().flat_map(|whistle| whistle.legs.iter().map(move |leg| (whistle, leg)));
        Ok(legs
            .filter(|(_, leg)| doer.departments.contains(&leg.department))
            .flat_map(|(one, leg)| self.leg(one, leg))
            .collect())
    }

    fn leg(&self, whistle: &Whistle, leg: &Leg) -> Vec<Event> {
        let since = self.now.plus(-BACK);
        let is_off =
            matches!(leg.stage, LegStage::Excused | LegStage::Released) || whistle.stage == WhistleStage::Withdrawn;
        let clocks = [(ClockKind::Arrive, leg.called_at), (ClockKind::Work, leg.arrived_at)];
        clocks
            .into_iter()
            .filter_map(|(kind, began)| {
                let (due, began) = (leg.clocks.0.get(&kind)?.due?, began?);
                if due <= since || due <= began {
                    return None;
                }
                let key = format!("calendars-own-whistle-{}", kind.word());
                Some(Event {
                    uid: format!("whistle-{}-{}-{}@calendar.city-steward", whistle.id, leg.id, kind.word()),
                    sequence: whistle.revision,
                    changed_at: leg.ended_at.or(leg.fed_back_at).or(leg.arrived_at).unwrap_or(began),
                    when: When::At(began, due),
                    summary: self.say(&key, &[("number", whistle.number.clone())]),
                    description: crate::kit::words::begun(&whistle.words, 200),
                    place: whistle.place.address.clone(),
                    link: link(self.app, &format!("/whistles/{}", whistle.id)),
                    is_busy: false,
                    is_cancelled: is_off,
                })
            })
            .collect()
    }

    /// Measures that closed meetings gave to one's department or to oneself, and the meetings, for who reads their minutes.
    async fn repeats(&self) -> Result<Vec<Event>, Error> {
        let zone = self.app.city.zone();
        let since = self.now.plus(-BACK).zoned(&zone).date();
        let (me, department) =
            (self.actor.account, self.actor.department.filter(|_| self.actor.may(Act::AnswerRepeats)));
        let reads = self.actor.may(Act::ReadReviews);
        let read = self.app.db.read(move |tx| async move {
            let measures = repeats::store::decisions_for(&tx, department, me, since).await?;
            let reviews = if reads { repeats::store::reviews(&tx, "9999-99").await? } else { Vec::new() };
            Ok::<_, Error>((measures, reviews))
        });
        let (measures, reviews) = read.await?;
        let mut all: Vec<Event> = measures.iter().map(|one| self.measure(one)).collect();
        all.extend(reviews.iter().filter_map(|review| {
            let on = review.minutes.held_on.filter(|day| *day >= since)?;
            let changed_at = review.closed.map_or(review.frozen_at, |(at, _)| at);
            let uid = format!("review-{}@calendar.city-steward", review.month);
            let summary = self.say("calendars-own-meeting", &[("month", review.month.clone())]);
            let event = self.day(uid, (review.revision, changed_at), on, summary);
            Some(Event { link: link(self.app, &format!("/repeats/months/{}/meeting", review.month)), ..event })
        }));
        Ok(all)
    }

    fn measure(&self, one: &Decided) -> Event {
        let decision = &one.decision;
        let uid = format!("measure-{}-{}@calendar.city-steward", one.month, one.repeat);
        let measure = self.say(&format!("repeats-measure-{}", decision.measure.word()), &[]);
        let event =
            self.day(uid, (0, one.at), decision.due_on, self.say("calendars-own-measure", &[("measure", measure)]));
        Event {
            description: crate::kit::words::begun(&decision.words, 200),
            link: link(self.app, &format!("/repeats/{}", one.repeat)),
            ..event
        }
    }
}
