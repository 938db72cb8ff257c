//! A call-out (夜间叫应): an urgent case outside working hours reaches whoever is on duty now, and climbs while nobody takes
//! it: 值班, 备勤, 带班领导, 领导.

use super::shift::Watch;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use crate::law::{Calendar, CalendarNotLoaded};
use jiff::civil::Time;

enum_of_words! {
    /// How far a call-out has climbed.
    Rung {
        /// 值班人员.
        OnDuty = "on_duty",
        /// 备勤人员.
        StandBy = "stand_by",
        /// 带班领导.
        Head = "head",
        /// 领导, whoever has that post.
        Leaders = "leaders",
    }
}

enum_of_words! {
    /// Where a call-out stands.
    CallState {
        /// Nobody has taken it.
        Ringing = "ringing",
        /// Somebody has.
        Answered = "answered",
        /// The case ended before anybody did.
        Ended = "ended",
    }
}

/// One call-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallOut {
    /// Its identifier.
    pub id: Id,
    /// The case.
    pub case: Id,
    /// Where it stands.
    pub state: CallState,
    /// How far it has climbed.
    pub rung: Rung,
    /// How often those at the top were reached again.
    pub round: i64,
    /// When it climbs unless somebody takes it; none when it has ended or nothing more is tried.
    pub next_at: Option<Moment>,
    /// True when it began while nobody was on duty.
    pub is_gap: bool,
    /// When it began.
    pub opened_at: Moment,
    /// Who took it, and when.
    pub answered: Option<(Id, Moment)>,
    /// Rises with every change.
    pub revision: i64,
}

/// Everybody whom a call-out may reach, by rung.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain {
    /// Who is on duty now.
    pub watch: Watch,
    /// Everybody with the post of a leader.
    pub leaders: Vec<Id>,
}

impl Chain {
    fn at(&self, rung: Rung) -> &[Id] {
        match rung {
            Rung::OnDuty => &self.watch.on_duty,
            Rung::StandBy => &self.watch.stand_by,
            Rung::Head => &self.watch.heads,
            Rung::Leaders => &self.leaders,
        }
    }

    /// Everybody on any rung, each once, from the first rung on.
    fn everybody(&self) -> Vec<Id> {
        let mut found = Vec::new();
        for id in Rung::ALL.iter().flat_map(|rung| self.at(*rung)) {
            if !found.contains(id) {
                found.push(*id);
            }
        }
        found
    }

    /// The first rung from `from` on with somebody on it who is not among `reached`; the top when there is none.
    fn next(&self, from: usize, reached: &[Id]) -> (Rung, Vec<Id>) {
        for rung in &Rung::ALL[from.min(Rung::ALL.len())..] {
            let people: Vec<Id> = self.at(*rung).iter().copied().filter(|id| !reached.contains(id)).collect();
            if !people.is_empty() {
                return (*rung, people);
            }
        }
        (Rung::Leaders, Vec::new())
    }
}

/// A step of a call-out: what it is now, and whom it reaches with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The call-out afterwards.
    pub call: CallOut,
    /// Whom to reach.
    pub reaches: Vec<Id>,
}

/// How often those at the top are reached again before the page alone shows it.
pub const ROUNDS: i64 = 6;

/// A day in milliseconds.
const A_DAY: i64 = 24 * 60 * 60 * 1000;

/// Whether a moment lies within the working hours of a working day. Nobody knows it when the year is not loaded.
///
/// # Errors
/// [`CalendarNotLoaded`].
pub fn is_working_time(calendar: &Calendar, at: Moment) -> Result<bool, CalendarNotLoaded> {
    let local = at.zoned(calendar.zone());
    if !calendar.is_working_day(local.date())? {
        return Ok(false);
    }
    Ok(calendar.hours().spans().iter().any(|(open, close)| (*open..*close).contains(&local.time())))
}

/// Whether an urgent case that stirs at this moment calls somebody out. An unknown year calls out: once too often does less
/// harm than once too few.
pub fn calls_out(calendar: &Calendar, at: Moment) -> bool {
    !is_working_time(calendar, at).unwrap_or(false)
}

/// What is left of some stretches when working hours are taken away: then the desk is there, and nobody needs calling out.
pub fn outside_work(calendar: &Calendar, stretches: &[(Moment, Moment)]) -> Vec<(Moment, Moment)> {
    let mut left = Vec::new();
    for (from, until) in stretches {
        let (mut at, mut day) = (*from, calendar.date_of(*from));
        while calendar.moment(day, Time::midnight()) < *until {
            if calendar.is_working_day(day).unwrap_or(false) {
                for (open, close) in calendar.hours().spans() {
                    let (open, close) = (calendar.moment(day, *open), calendar.moment(day, *close));
                    if open > at && at < *until {
                        left.push((at, open.min(*until)));
                    }
                    at = at.max(close);
                }
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        if at < *until {
            left.push((at, *until));
        }
    }
    left
}

/// When the hours outside of work began in which `at` lies: the end of the last working hours before it. Days that nobody
/// knows count as days of rest; beyond a month nothing is looked for.
pub fn night_began(calendar: &Calendar, at: Moment) -> Moment {
    let mut day = calendar.date_of(at);
    for _ in 0..31 {
        if calendar.is_working_day(day).unwrap_or(false) {
            let closings = calendar.hours().spans().iter().rev().map(|(_, close)| calendar.moment(day, *close));
            if let Some(close) = closings.into_iter().find(|close| *close <= at) {
                return close;
            }
        }
        let Ok(before) = day.yesterday() else { break };
        day = before;
    }
    calendar.moment(day, Time::midnight())
}

/// Whether a case that stirred at a moment calls somebody out though it did before: not for what happened before that
/// call-out last rang, not while it still climbs, and not when somebody took it in the same night and the same watch. A
/// night of several days counts as one for each watch, and for a day at most; `watch_began` is when the watch that runs now
/// began.
pub fn calls_anew(
    last: &CallOut,
    rang_at: Moment,
    stirred_at: Moment,
    night_began: Moment,
    watch_began: Option<Moment>,
    now: Moment,
) -> bool {
    if stirred_at <= rang_at {
        return false;
    }
    match last.state {
        CallState::Ringing => last.is_exhausted(),
        CallState::Ended => true,
        CallState::Answered => {
            let since = night_began.max(watch_began.unwrap_or(night_began)).max(now.plus(-A_DAY));
            last.opened_at < since
        }
    }
}

impl CallOut {
    /// A new call-out: it reaches those on duty, or, when nobody is, the next ones at once.
    pub fn begin(id: Id, case: Id, chain: &Chain, now: Moment, every: i64) -> Step {
        let (rung, reaches) = chain.next(0, &[]);
        let call = CallOut {
            id,
            case,
            state: CallState::Ringing,
            rung,
            round: 0,
            next_at: Some(now.plus(every)),
            is_gap: chain.watch.on_duty.is_empty(),
            opened_at: now,
            answered: None,
            revision: 1,
        };
        Step { call, reaches }
    }

    /// Rings from the first rung again, for whoever is there now.
    pub fn ring_again(&self, chain: &Chain, now: Moment, every: i64) -> Step {
        let (rung, reaches) = chain.next(0, &[]);
        let (next_at, revision) = (Some(now.plus(every)), self.revision + 1);
        Step { call: CallOut { rung, round: 0, next_at, revision, ..self.clone() }, reaches }
    }

    /// True when nothing more is tried, though nobody has taken it.
    pub fn is_exhausted(&self) -> bool {
        self.state == CallState::Ringing && self.next_at.is_none()
    }

    /// Climbs when its time has come: none while it has not, or when it has ended. `reached` are those it has reached.
    /// At the top everybody who is there is reached again, a few times. When that has ended, too, those who come on duty
    /// later are reached all the same, and it climbs from them anew.
    pub fn climb(&self, chain: &Chain, reached: &[Id], now: Moment, every: i64) -> Option<Step> {
        if self.is_exhausted() {
            let watch = Chain { watch: chain.watch.clone(), leaders: Vec::new() };
            let (rung, reaches) = watch.next(0, reached);
            let (next_at, revision) = (Some(now.plus(every)), self.revision + 1);
            let call = CallOut { rung, round: 0, next_at, revision, ..self.clone() };
            return (!reaches.is_empty()).then_some(Step { call, reaches });
        }
        let due = self.next_at.filter(|_| self.state == CallState::Ringing)?;
        if now < due {
            return None;
        }
        let here = Rung::ALL.iter().position(|rung| *rung == self.rung).unwrap_or(0);
        let (rung, mut people) = chain.next(here + 1, reached);
        // Whoever came on duty meanwhile is reached with the next step.
        let fresh: Vec<Id> = chain.watch.on_duty.iter().copied().filter(|id| !reached.contains(id)).collect();
        let mut call = self.clone();
        call.revision += 1;
        call.next_at = Some(now.plus(every));
        if !people.is_empty() && self.rung != Rung::Leaders {
            call.rung = rung;
            people.extend(fresh.into_iter().filter(|id| !chain.at(rung).contains(id)));
            return Some(Step { call, reaches: people });
        }
        call.rung = Rung::Leaders;
        call.round += 1;
        if call.round >= ROUNDS {
            call.next_at = None;
        }
        // Whoever went home meanwhile sleeps; when nobody is there at all, they are better than nobody.
        let mut everybody = chain.everybody();
        if everybody.is_empty() {
            everybody = reached.to_vec();
        }
        Some(Step { call, reaches: everybody })
    }

    /// Somebody takes it.
    ///
    /// # Errors
    /// `duty-refusal-call-over` when somebody has, or the case has ended.
    pub fn answer(&self, by: Id, now: Moment) -> Result<CallOut, Refusal> {
        if self.state != CallState::Ringing {
            return Err(Refusal::new("duty-refusal-call-over"));
        }
        let answered = Some((by, now));
        Ok(CallOut { state: CallState::Answered, next_at: None, answered, revision: self.revision + 1, ..self.clone() })
    }

    /// The case ended while it rang; none when it does not ring.
    pub fn end(&self) -> Option<CallOut> {
        (self.state == CallState::Ringing).then(|| CallOut {
            state: CallState::Ended,
            next_at: None,
            revision: self.revision + 1,
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::WorkingHours;
    use jiff::civil::{Date, Weekday, date, time};
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    const MINUTE: i64 = 60_000;
    const TEN: i64 = 10 * MINUTE;

    fn calendar() -> Calendar {
        let files = crate::kit::sources::Sources::embedded().folder("law/holidays/");
        let hours = r#"working_hours = { morning = ["08:30", "12:00"], afternoon = ["14:00", "17:30"] }"#;
        let hours = WorkingHours::of_city(&toml::from_str(hours).expect("toml")).expect("hours");
        Calendar::load(&files, hours, TimeZone::get("Asia/Shanghai").expect("zone")).expect("calendar")
    }

    #[test]
    fn who_is_called_out_when() {
        let calendar = calendar();
        let rows: [(Date, Weekday, Time, bool, &str); 13] = [
            (date(2026, 3, 10), Weekday::Tuesday, time(17, 29, 0, 0), false, "the last minute of work"),
            (date(2026, 3, 10), Weekday::Tuesday, time(17, 30, 0, 0), true, "work is over"),
            (date(2026, 3, 10), Weekday::Tuesday, time(8, 29, 0, 0), true, "not yet"),
            (date(2026, 3, 10), Weekday::Tuesday, time(8, 30, 0, 0), false, "work begins"),
            (date(2026, 3, 10), Weekday::Tuesday, time(12, 30, 0, 0), true, "lunch"),
            (date(2026, 3, 14), Weekday::Saturday, time(10, 0, 0, 0), true, "a plain Saturday"),
            (date(2026, 9, 20), Weekday::Sunday, time(10, 0, 0, 0), false, "a Sunday worked for National Day"),
            (date(2026, 10, 10), Weekday::Saturday, time(10, 0, 0, 0), false, "a Saturday worked for National Day"),
            (date(2026, 10, 10), Weekday::Saturday, time(20, 0, 0, 0), true, "its evening"),
            (date(2026, 10, 7), Weekday::Wednesday, time(10, 0, 0, 0), true, "National Day"),
            (date(2026, 2, 17), Weekday::Tuesday, time(9, 0, 0, 0), true, "Spring Festival"),
            (date(2026, 12, 31), Weekday::Thursday, time(23, 59, 0, 0), true, "the end of the year"),
            (date(2027, 1, 4), Weekday::Monday, time(10, 0, 0, 0), true, "a year that is not loaded"),
        ];
        for (day, weekday, at, is_called, why) in rows {
            assert_eq!(day.weekday(), weekday, "{day}");
            assert_eq!(calls_out(&calendar, calendar.moment(day, at)), is_called, "{day} {at}: {why}");
        }
    }

    #[test]
    fn a_night_begins_with_the_end_of_work() {
        let calendar = calendar();
        let at = |day, hour, minute| calendar.moment(day, time(hour, minute, 0, 0));
        // From Tuesday evening to Wednesday morning it is one night.
        let tuesday = at(date(2026, 3, 10), 17, 30);
        for moment in [tuesday, at(date(2026, 3, 10), 23, 0), at(date(2026, 3, 11), 3, 0), at(date(2026, 3, 11), 8, 29)]
        {
            assert_eq!(night_began(&calendar, moment), tuesday);
        }
        // A week-end is one stretch, so is the week of National Day.
        assert_eq!(night_began(&calendar, at(date(2026, 3, 15), 12, 0)), at(date(2026, 3, 13), 17, 30));
        assert_eq!(night_began(&calendar, at(date(2026, 10, 7), 23, 0)), at(date(2026, 9, 30), 17, 30));
        assert_eq!(night_began(&calendar, at(date(2026, 3, 10), 13, 0)), at(date(2026, 3, 10), 12, 0), "lunch");
    }

    #[test]
    fn working_hours_are_no_gap() {
        let calendar = calendar();
        let at = |day: i8, hour, minute| calendar.moment(date(2026, 3, day), time(hour, minute, 0, 0));
        // Tuesday and Wednesday; the 14th is a Saturday.
        let left = outside_work(&calendar, &[(at(10, 10, 0), at(11, 15, 0))]);
        assert_eq!(
            left,
            [(at(10, 12, 0), at(10, 14, 0)), (at(10, 17, 30), at(11, 8, 30)), (at(11, 12, 0), at(11, 14, 0))]
        );
        assert_eq!(outside_work(&calendar, &[(at(10, 9, 0), at(10, 11, 0))]), []);
        assert_eq!(outside_work(&calendar, &[(at(14, 9, 0), at(14, 11, 0))]), [(at(14, 9, 0), at(14, 11, 0))]);
    }

    fn chain() -> Chain {
        Chain { watch: Watch { on_duty: vec![1, 2], stand_by: vec![3], heads: vec![4] }, leaders: vec![5] }
    }

    fn begun(chain: &Chain) -> Step {
        CallOut::begin(100, 200, chain, Moment(0), TEN)
    }

    #[test]
    fn it_climbs_rung_by_rung() {
        let (chain, step) = (chain(), begun(&chain()));
        assert_eq!((step.call.rung, step.call.is_gap, &step.reaches[..]), (Rung::OnDuty, false, &[1, 2][..]));
        assert_eq!(step.call.climb(&chain, &[1, 2], Moment(TEN - 1), TEN), None, "not yet");
        let (mut call, mut reached, mut now) = (step.call, step.reaches, Moment(0));
        for (rung, reaches) in [(Rung::StandBy, vec![3]), (Rung::Head, vec![4]), (Rung::Leaders, vec![5])] {
            now = now.plus(TEN);
            let step = call.climb(&chain, &reached, now, TEN).expect("a step");
            assert_eq!((step.call.rung, &step.reaches), (rung, &reaches));
            reached.extend(step.reaches);
            call = step.call;
        }
        // At the top everybody is reached again, a few times, and then the page alone shows it.
        for round in 1..=ROUNDS {
            now = now.plus(TEN);
            let step = call.climb(&chain, &reached, now, TEN).expect("a step");
            assert_eq!((step.call.round, step.reaches.len()), (round, 5));
            call = step.call;
        }
        assert_eq!((call.next_at, call.state), (None, CallState::Ringing));
        assert_eq!(call.climb(&chain, &reached, now.plus(100 * TEN), TEN), None);
        assert!(call.answer(5, now).is_ok(), "it can still be taken");
    }

    #[test]
    fn a_gap_goes_straight_on() {
        let mut chain = chain();
        chain.watch.on_duty.clear();
        let step = begun(&chain);
        assert_eq!((step.call.rung, step.call.is_gap, step.reaches), (Rung::StandBy, true, vec![3]));
        chain.watch = Watch::default();
        let step = begun(&chain);
        assert_eq!((step.call.rung, step.call.is_gap, step.reaches), (Rung::Leaders, true, vec![5]));
        let step = begun(&Chain::default());
        assert_eq!((step.call.rung, step.reaches), (Rung::Leaders, vec![]));
        assert_eq!(step.call.next_at, Some(Moment(TEN)), "somebody may come on duty meanwhile");
    }

    #[test]
    fn whoever_was_reached_is_not_reached_twice_on_the_way_up() {
        // The leader of the shift is on duty, too.
        let chain = Chain { watch: Watch { on_duty: vec![4], stand_by: vec![], heads: vec![4] }, leaders: vec![5] };
        let step = begun(&chain);
        let next = step.call.climb(&chain, &step.reaches, Moment(TEN), TEN).expect("a step");
        assert_eq!((next.call.rung, next.reaches), (Rung::Leaders, vec![5]));
    }

    #[test]
    fn whoever_comes_on_duty_meanwhile_is_reached_with_the_next_step() {
        let before = chain();
        let step = begun(&before);
        let after = Chain { watch: Watch { on_duty: vec![8], ..before.watch.clone() }, leaders: vec![5] };
        let next = step.call.climb(&after, &step.reaches, Moment(TEN), TEN).expect("a step");
        assert_eq!((next.call.rung, next.reaches), (Rung::StandBy, vec![3, 8]));
    }

    /// A call-out that nobody took until nothing more was tried, and whom it reached.
    fn exhausted(chain: &Chain) -> (CallOut, Vec<Id>, Moment) {
        let step = begun(chain);
        let (mut call, mut reached, mut now) = (step.call, step.reaches, Moment(0));
        while call.next_at.is_some() {
            now = now.plus(TEN);
            let step = call.climb(chain, &reached, now, TEN).expect("a step");
            reached.extend(step.reaches.into_iter().filter(|id| !reached.contains(id)).collect::<Vec<_>>());
            call = step.call;
        }
        (call, reached, now)
    }

    #[test]
    fn the_next_watch_is_reached_after_the_last_round() {
        let (call, reached, now) = exhausted(&chain());
        assert_eq!(call.climb(&chain(), &reached, now.plus(TEN), TEN), None, "nobody new");
        let morning =
            Chain { watch: Watch { on_duty: vec![8], stand_by: vec![3, 9], heads: vec![4] }, leaders: vec![5] };
        let step = call.climb(&morning, &reached, now.plus(TEN), TEN).expect("a step");
        assert_eq!((step.call.rung, step.call.round, &step.reaches[..]), (Rung::OnDuty, 0, &[8][..]));
        assert_eq!(step.call.next_at, Some(now.plus(2 * TEN)));
        let next = step.call.climb(&morning, &[1, 2, 3, 4, 5, 8], now.plus(2 * TEN), TEN).expect("a step");
        assert_eq!((next.call.rung, &next.reaches[..]), (Rung::StandBy, &[9][..]));
        let top = next.call.climb(&morning, &[1, 2, 3, 4, 5, 8, 9], now.plus(3 * TEN), TEN).expect("a step");
        assert_eq!((top.call.rung, &top.reaches[..]), (Rung::Leaders, &[8, 3, 9, 4, 5][..]), "not those who went home");
    }

    #[test]
    fn what_nobody_took_rings_again_when_it_stirs() {
        let (call, _, now) = exhausted(&chain());
        let step = call.ring_again(&chain(), now, TEN);
        assert_eq!((step.call.rung, step.call.round, &step.reaches[..]), (Rung::OnDuty, 0, &[1, 2][..]));
        assert_eq!((step.call.next_at, step.call.revision), (Some(now.plus(TEN)), call.revision + 1));
    }

    #[test]
    fn a_case_calls_out_anew_with_every_night_and_every_watch() {
        let calendar = calendar();
        let at = |day: i8, hour| calendar.moment(date(2026, 10, day), time(hour, 0, 0, 0));
        let call = CallOut { opened_at: at(1, 20), ..begun(&chain()).call };
        let taken = call.answer(1, at(1, 20)).expect("taken");
        let anew = |last: &CallOut, watch: Option<Moment>, now: Moment| {
            calls_anew(last, last.opened_at, now, night_began(&calendar, now), watch, now)
        };
        assert!(!anew(&taken, Some(at(1, 8)), at(2, 3)), "the same watch");
        assert!(anew(&taken, Some(at(2, 8)), at(2, 9)), "the next one, in the same run of days off");
        assert!(anew(&taken, Some(at(5, 8)), at(5, 10)));
        assert!(anew(&taken, None, at(5, 10)), "nobody is on duty at all");
        assert!(!anew(&taken, None, at(2, 10)), "a day has not passed");
        assert!(!anew(&call, Some(at(5, 8)), at(5, 10)), "it still climbs");
        assert!(anew(&CallOut { next_at: None, ..call.clone() }, Some(at(1, 8)), at(1, 23)), "nobody took it");
        assert!(anew(&call.end().expect("ended"), Some(at(1, 8)), at(1, 23)), "the case came back");
    }

    #[test]
    fn what_has_rung_already_does_not_ring_again() {
        let (call, _, rang_at) = exhausted(&chain());
        let ended = call.end().expect("ended");
        for (last, stirred_at, expected) in [
            (&call, Moment(0), false),
            (&call, rang_at, false),
            (&call, rang_at.plus(1), true),
            (&ended, rang_at, false),
            (&ended, rang_at.plus(1), true),
        ] {
            let now = rang_at.plus(TEN);
            assert_eq!(calls_anew(last, rang_at, stirred_at, Moment(0), None, now), expected, "{stirred_at:?}");
        }
    }

    #[test]
    fn it_is_taken_once() {
        let call = begun(&chain()).call;
        let taken = call.answer(2, Moment(5)).expect("taken");
        assert_eq!((taken.state, taken.answered, taken.next_at), (CallState::Answered, Some((2, Moment(5))), None));
        assert_eq!(taken.answer(1, Moment(6)).map_err(|no| no.key), Err("duty-refusal-call-over"));
        assert_eq!(taken.climb(&chain(), &[1, 2], Moment(100 * TEN), TEN), None);
        assert_eq!((taken.end(), call.end().map(|one| one.state)), (None, Some(CallState::Ended)));
    }

    proptest! {
        #[test]
        fn it_never_goes_down_and_always_reaches_the_leaders(on_duty in 0i64..3, stand_by in 0i64..3, heads in 0i64..2, leaders in 1i64..3) {
            let list = |from: i64, count: i64| (from..from + count).collect::<Vec<Id>>();
            let watch = Watch { on_duty: list(10, on_duty), stand_by: list(20, stand_by), heads: list(30, heads) };
            let chain = Chain { watch, leaders: list(40, leaders) };
            let step = begun(&chain);
            let (mut call, mut reached, mut now) = (step.call, step.reaches, Moment(0));
            prop_assert!(!reached.is_empty());
            for _ in 0..20 {
                now = now.plus(TEN);
                let Some(step) = call.climb(&chain, &reached, now, TEN) else { break };
                prop_assert!(step.call.rung >= call.rung);
                prop_assert!(!step.reaches.is_empty());
                for id in step.reaches { if !reached.contains(&id) { reached.push(id); } }
                call = step.call;
            }
            prop_assert_eq!(call.next_at, None, "it ends trying");
            let everybody = on_duty + stand_by + heads + leaders;
            prop_assert_eq!(i64::try_from(reached.len()).expect("few"), everybody);
        }

        #[test]
        fn within_one_night_the_beginning_is_the_same(minutes in 0i64..500_000) {
            let calendar = calendar();
            let at = calendar.moment(date(2026, 1, 5), Time::midnight()).plus(minutes * MINUTE);
            let began = night_began(&calendar, at);
            prop_assert!(began <= at);
            if calls_out(&calendar, at) {
                // No minute between the two is worked.
                let mut probe = began;
                while probe <= at {
                    prop_assert!(calls_out(&calendar, probe), "{:?}", probe);
                    probe = probe.plus(37 * MINUTE);
                }
            }
        }
    }
}
