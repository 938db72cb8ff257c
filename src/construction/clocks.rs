//! The terms that run about an unlawful building: which, until when, and why then. What the board colours and what the page
//! explains; the rules themselves ask [`super::chain::opens`].

use super::chain::{Building, Stage, Step, notice_end, opens, resumption_end, suit_after_review, way};
use super::refusal::Why;
use crate::enforcement::case::Law;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::words::enum_of_words;
use crate::law::terms::WhyStep;
use crate::law::{Certainty, End};
use jiff::civil::{Date, Time};

/// From how many days before its end a term is yellow.
pub const SOON_DAYS: i32 = 3;

enum_of_words! {
    /// A term.
    TermKind {
        /// 出土必拆: the city's own clock.
        Stop = "stop",
        /// 陈述、申辩.
        Statement = "statement",
        /// 要求听证.
        HearingRequest = "hearing-request",
        /// 听证日.
        Hearing = "hearing",
        /// 自行拆除.
        SelfDemolition = "self-demolition",
        /// 催告.
        Reminder = "reminder",
        /// 公告.
        Announcement = "announcement",
        /// 复议.
        Review = "review",
        /// 起诉.
        Suit = "suit",
        /// 复议后起诉.
        SuitAfterReview = "suit-after-review",
        /// 中止后恢复.
        Resumption = "resumption",
    }
}

impl TermKind {
    /// The document's key and the article on which it rests; both empty for the city's own clock.
    pub const fn article(self) -> (&'static str, &'static str) {
        match self {
            TermKind::Stop => ("", ""),
            TermKind::Statement => ("penalty", "44"),
            TermKind::HearingRequest | TermKind::Hearing => ("penalty", "64"),
            TermKind::SelfDemolition | TermKind::Announcement => ("coercion", "44"),
            TermKind::Reminder => ("coercion", "35"),
            TermKind::Review => ("review", "20"),
            TermKind::Suit => ("suit", "46"),
            TermKind::SuitAfterReview => ("suit", "45"),
            TermKind::Resumption => ("coercion", "39"),
        }
    }

    /// Whether somebody of the organ must act before its end; otherwise the organ waits for its end.
    pub const fn is_limit(self) -> bool {
        matches!(self, TermKind::Stop | TermKind::Resumption)
    }
}

/// A term that runs, or ran out without anything having been done since.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Running {
    /// Which.
    pub kind: TermKind,
    /// Its last day, and the first moment after it; why nobody can tell, otherwise.
    pub end: Result<(Date, Moment), Refusal>,
    /// Why then; empty where a paper names the day.
    pub why: Vec<WhyStep>,
    /// How sure the row of the law is.
    pub certainty: Certainty,
    /// Whether the next step of the chain waits for it.
    pub is_awaited: bool,
}

fn of_law(kind: TermKind, end: Result<End, Refusal>, is_awaited: bool) -> Running {
    let certainty = end.as_ref().map_or(Certainty::Verified, |end| end.certainty);
    let why = end.as_ref().map(|end| end.why.clone()).unwrap_or_default();
    Running { kind, end: end.map(|end| (end.last, end.over_at)), why, certainty, is_awaited }
}

fn of_paper(kind: TermKind, last: Date, law: &Law<'_>) -> Running {
    let next = last.tomorrow().unwrap_or(last);
    let over_at = law.calendar.moment(next, Time::midnight());
    Running { kind, end: Ok((last, over_at)), why: Vec::new(), certainty: Certainty::Verified, is_awaited: true }
}

/// The terms that matter where the building stands, in the order in which they began.
pub fn running(building: &Building, law: &Law<'_>) -> Vec<Running> {
    let mut all = Vec::new();
    if building.suspended_at.is_some() {
        all.extend(resumption_end(building, law).map(|end| of_law(TermKind::Resumption, end, true)));
        return all;
    }
    // The city's own clock runs on beside the terms of the law; what is waited for is then one of those.
    let is_early = matches!(building.stage, Stage::Found | Stage::Stopped | Stage::Filed | Stage::Assessed);
    all.extend(building.stop_by(law).map(|by| Running {
        kind: TermKind::Stop,
        end: Ok((law.calendar.date_of(by), by)),
        why: Vec::new(),
        certainty: law.organ.building.certainty,
        is_awaited: is_early,
    }));
    match building.stage {
        Stage::Notified if building.heard_at.is_some() => {}
        Stage::Notified => {
            if !building.is_waived {
                all.push(of_law(TermKind::Statement, notice_end(building, "statement", law), true));
            }
            if let Some(called) = building.hearing_called {
                all.push(of_paper(TermKind::Hearing, called.until, law));
            } else if law.organ.building.offers_hearing && building.hearing_asked_at.is_none() && !building.is_waived {
                all.push(of_law(TermKind::HearingRequest, notice_end(building, "hearing-request", law), true));
            }
        }
        Stage::Decided | Stage::Served => {
            all.extend(building.decision.map(|given| of_paper(TermKind::SelfDemolition, given.until, law)));
        }
        Stage::Reminded => all.extend(building.reminder.map(|given| of_paper(TermKind::Reminder, given.until, law))),
        Stage::Announced | Stage::Charged | Stage::ChargedShort if building.announcement.is_some() => {
            all.extend(building.announcement.map(|given| of_paper(TermKind::Announcement, given.until, law)));
        }
        Stage::ChargedShort => {
            all.extend(building.reminder.map(|given| of_paper(TermKind::Reminder, given.until, law)))
        }
        _ => {}
    }
    let is_served = matches!(building.stage, Stage::Served | Stage::Reminded | Stage::Announced | Stage::Charged);
    let is_last = matches!(building.stage, Stage::Announced | Stage::Charged);
    if let Some(day) = building.reviewed_on().filter(|_| is_served) {
        all.push(of_law(TermKind::SuitAfterReview, suit_after_review(day, law), is_last));
    } else if let Some(served) = building.served_at.filter(|_| is_served) {
        let day = law.calendar.date_of(served);
        for (kind, id) in [(TermKind::Review, "review"), (TermKind::Suit, "suit")] {
            let end = law.terms.on(id, day).and_then(|term| term.end_from_day(day, law.calendar, &[]));
            all.push(of_law(kind, end, is_last));
        }
    }
    all
}

/// The first moment after everything that the next step waits for, and the term that ends last; none where nothing runs or
/// nobody can tell.
pub fn due(building: &Building, law: &Law<'_>) -> Option<(TermKind, Moment)> {
    let all = running(building, law);
    if all.iter().any(|one| one.is_awaited && one.end.is_err()) {
        return None;
    }
    let ends = all.iter().filter(|one| one.is_awaited).filter_map(|one| Some((one.kind, one.end.as_ref().ok()?.1)));
    ends.max_by_key(|(_, over_at)| *over_at)
}

/// Whole days from today to the last day of a term that is over at `over_at`; negative when it is over.
pub fn days_left(over_at: Moment, now: Moment, law: &Law<'_>) -> i32 {
    let last = law.calendar.date_of(over_at.plus(-1));
    (last - law.calendar.date_of(now)).get_days()
}

/// How a term looks: `ok`, `soon` within its last days, `over`.
pub fn look(over_at: Moment, now: Moment, law: &Law<'_>) -> &'static str {
    match () {
        () if now >= over_at => "over",
        () if days_left(over_at, now, law) <= SOON_DAYS => "soon",
        () => "ok",
    }
}

/// A step that the chain has here and that is not open yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// The step.
    pub step: Step,
    /// Why not yet.
    pub why: Refusal,
    /// The first day on which it may be taken, if nothing else comes between; none when it is not a matter of days.
    pub from: Option<Date>,
}

/// The steps of a building's stage: those that are open at `now`, and those that are not yet.
pub fn ways(building: &Building, now: Moment, law: &Law<'_>) -> (Vec<Step>, Vec<Waiting>) {
    let (mut open, mut waiting) = (Vec::new(), Vec::new());
    let steps = Step::ALL.iter().copied().filter(|step| way(*step, building.stage).is_some());
    for step in steps {
        match opens(building, step, now, law) {
            Ok(()) => open.push(step),
            Err(why) => {
                let from = from(building, step, law).filter(|day| *day > law.calendar.date_of(now));
                waiting.push(Waiting { step, why, from });
            }
        }
    }
    (open, waiting)
}

/// The first day on which a step opens by itself. It is asked on that day whether it does: a day that something else holds
/// up is not promised.
fn from(building: &Building, step: Step, law: &Law<'_>) -> Option<Date> {
    if step == Step::HoldHearing {
        return building.hearing_called.map(|called| called.until);
    }
    let ends = running(building, law).into_iter().filter(|one| one.kind != TermKind::Resumption);
    let last = ends.filter_map(|one| one.end.ok()).map(|(last, _)| last);
    let mut days: Vec<Date> = last.filter_map(|last| last.tomorrow().ok()).collect();
    days.sort_unstable();
    days.into_iter().find(|day| opens(building, step, law.calendar.moment(*day, Time::midnight()), law).is_ok())
}

/// Whether a step that is not open should be shown as one to wait for: what has already been done, or belongs to another
/// way, only clutters the page.
pub fn is_worth_telling(waiting: &Waiting) -> bool {
    waiting.why.key != Why::NoSuchThing.key() && waiting.why.key != Why::NoShorterWay.key()
}

#[cfg(test)]
mod tests {
    use super::super::chain::tests::{announced, at, found, notified, served};
    use super::super::chain::{Kind, Works};
    use super::*;
    use crate::enforcement::case::tests::LAW;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    #[test]
    fn what_runs_where() {
        let law = LAW.law();
        let kinds = |building: &Building| running(building, &law).iter().map(|one| one.kind).collect::<Vec<_>>();
        let mut going_up = found(Kind::Storey, "2026-01-05T09:00");
        assert_eq!(kinds(&going_up), [], "a finished building has no such clock");
        going_up.particulars.works = Works::GoingUp;
        assert_eq!(kinds(&going_up), [TermKind::Stop]);
        assert_eq!(due(&going_up, &law), Some((TermKind::Stop, at("2026-01-07T09:00"))));
        let mut told = notified();
        told.was_going_up = true;
        assert_eq!(kinds(&told), [TermKind::Stop, TermKind::Statement, TermKind::HearingRequest], "it runs on");
        assert_eq!(due(&told, &law).map(|(kind, _)| kind), Some(TermKind::HearingRequest), "and is not waited for");
        assert_eq!(kinds(&notified()), [TermKind::Statement, TermKind::HearingRequest]);
        assert_eq!(due(&notified(), &law).map(|(_, over)| over), Some(at("2026-01-17T00:00")));
        assert_eq!(kinds(&served()), [TermKind::SelfDemolition, TermKind::Review, TermKind::Suit]);
        assert_eq!(due(&served(), &law), Some((TermKind::SelfDemolition, at("2026-02-03T00:00"))));
        assert_eq!(kinds(&announced()), [TermKind::Announcement, TermKind::Review, TermKind::Suit]);
        assert_eq!(due(&announced(), &law).map(|(kind, _)| kind), Some(TermKind::Suit), "review and suit are longer");
    }

    #[test]
    fn a_step_says_from_when_on() {
        let law = LAW.law();
        let waits = |building: &Building, step: Step, now: &str| {
            let (_, waiting) = ways(building, at(now), &law);
            waiting.into_iter().find(|one| one.step == step).map(|one| (one.why.key, one.from))
        };
        assert_eq!(
            waits(&notified(), Step::Decide, "2026-01-12T09:00"),
            Some((Why::NotHeard.key(), Some(day("2026-01-17"))))
        );
        assert_eq!(waits(&notified(), Step::Decide, "2026-01-17T00:00"), None, "and then it is open");
        assert_eq!(
            waits(&served(), Step::Remind, "2026-01-21T09:00"),
            Some((Why::SelfTermOpen.key(), Some(day("2026-02-03"))))
        );
        assert_eq!(waits(&announced(), Step::Charge, "2026-03-20T09:00"), None, "the government may charge");
        let mut charged = announced();
        (charged.stage, charged.charge) = (Stage::Charged, "政责〔2026〕8 号".to_owned());
        let order = waits(&charged, Step::OrderEnforcement, "2026-03-20T09:00").expect("not yet");
        let over = charged.remedies_over(&law).expect("served");
        assert_eq!(order, (Why::RemediesOpen.key(), over.tomorrow().ok()));
        let excluded =
            crate::law::Excluded { kind: crate::law::Exclusion::Review, from: day("2026-03-01"), until: None };
        charged.remedies.push(excluded);
        let order = waits(&charged, Step::OrderEnforcement, "2026-09-01T09:00");
        assert_eq!(order, Some((Why::RemedyRunning.key(), None)), "nobody knows when a review ends");
        charged.remedies[0].until = Some(day("2026-03-10"));
        let order = waits(&charged, Step::OrderEnforcement, "2026-03-20T09:00");
        assert_eq!(order, Some((Why::RemediesOpen.key(), Some(day("2026-03-26")))), "fifteen days after it");
    }

    #[test]
    fn days_and_colours() {
        let law = LAW.law();
        let over = at("2026-02-03T00:00");
        for (now, days, looks) in [
            ("2026-01-20T09:00", 13, "ok"),
            ("2026-01-30T09:00", 3, "soon"),
            ("2026-02-02T23:59", 0, "soon"),
            ("2026-02-03T00:00", -1, "over"),
        ] {
            assert_eq!((days_left(over, at(now), &law), look(over, at(now), &law)), (days, looks), "{now}");
        }
    }
}
