//! A shift (班次): from when, until when, and who leads it, is on duty, stands by. What cannot be is named: somebody in two
//! places, somebody without rest, an hour in which nobody is there. So is what people do in it: arriving, swapping.

use super::pattern::{Pattern, Planned, Role};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A minute in milliseconds.
pub const MINUTE: i64 = 60_000;

/// A month of a roster, as `2026-03`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(Date);

impl Month {
    /// The month of a day.
    pub fn of(day: Date) -> Month {
        Month(day.first_of_month())
    }

    /// The month written as `2026-03`; none for anything else.
    pub fn parse(text: &str) -> Option<Month> {
        let is_written = text.len() == 7 && text.as_bytes().get(4) == Some(&b'-');
        let day: Date = format!("{text}-01").parse().ok().filter(|_| is_written)?;
        (2000..2200).contains(&day.year()).then(|| Month::of(day))
    }

    /// Its first day.
    pub const fn first(self) -> Date {
        self.0
    }

    /// Its last day.
    pub fn last(self) -> Date {
        self.0.last_of_month()
    }

    /// How many days it has.
    pub fn days(self) -> u32 {
        u32::from(self.0.days_in_month().unsigned_abs())
    }

    /// The month after it.
    pub fn next(self) -> Month {
        self.last().tomorrow().map_or(self, Month::of)
    }

    /// The month before it.
    pub fn previous(self) -> Month {
        self.0.yesterday().map_or(self, Month::of)
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

/// A roster (值班表): a team's standing arrangement.
#[derive(Debug, Clone, PartialEq)]
pub struct Roster {
    /// Its identifier.
    pub id: Id,
    /// What people call it.
    pub name: String,
    /// How its hours repeat.
    pub pattern: Pattern,
    /// Who stands them.
    pub lists: super::pattern::Lists,
    /// Where its people arrive, as longitude and latitude; none: where the city says.
    pub place: Option<(f64, f64)>,
    /// True when urgent cases of the night reach its people.
    pub is_called: bool,
    /// False when it is kept for its history only.
    pub is_active: bool,
    /// Rises with every change.
    pub revision: i64,
}

/// Who does what in a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// What.
    pub role: Role,
    /// Who: an account.
    pub account: Id,
}

/// One shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// Its identifier.
    pub id: Id,
    /// The roster it belongs to.
    pub roster: Id,
    /// The day on which it begins, in the city's time.
    pub day: Date,
    /// When it begins.
    pub from: Moment,
    /// The first moment that is no longer of it.
    pub until: Moment,
    /// What people call it; may be empty.
    pub name: String,
    /// Who does what, each place once.
    pub people: Vec<Place>,
    /// True once everybody may rely on it.
    pub is_published: bool,
    /// True when it was struck out after it was published; it stays for the record.
    pub is_cancelled: bool,
    /// Rises with every change.
    pub revision: i64,
}

impl Shift {
    /// A shift of a plan, in a time zone: an hour that the clocks skip reads as the one after it.
    pub fn of_plan(planned: &Planned, id: Id, roster: Id, zone: &TimeZone) -> Shift {
        let moment = |at: jiff::civil::DateTime| {
            let zoned = zone.to_ambiguous_zoned_datetime(at).compatible();
            zoned.map_or(Moment(i64::MAX), |zoned| Moment::from(&zoned))
        };
        let mut people: Vec<Place> = Vec::new();
        for (role, account) in &planned.people {
            let place = Place { role: *role, account: *account };
            if !people.contains(&place) {
                people.push(place);
            }
        }
        Shift {
            id,
            roster,
            day: planned.day,
            from: moment(planned.from),
            until: moment(planned.until),
            name: planned.name.clone(),
            people,
            is_published: false,
            is_cancelled: false,
            revision: 1,
        }
    }

    /// The month to which it belongs.
    pub fn month(&self) -> Month {
        Month::of(self.day)
    }

    /// True while it runs.
    pub fn is_on(&self, now: Moment) -> bool {
        self.from <= now && now < self.until && !self.is_cancelled
    }

    /// The accounts of a role.
    pub fn of(&self, role: Role) -> impl Iterator<Item = Id> + '_ {
        self.people.iter().filter(move |place| place.role == role).map(|place| place.account)
    }

    /// What somebody does in it; the first of their places, if they have several.
    pub fn role_of(&self, account: Id) -> Option<Role> {
        self.people.iter().find(|place| place.account == account).map(|place| place.role)
    }

    /// True when a minute of the one is a minute of the other.
    pub fn overlaps(&self, other: &Shift) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// Whether it can be a shift at all.
    ///
    /// # Errors
    /// `duty-refusal-shift-length`, on the end: a shift lasts longer than nothing and at most 48 hours.
    pub fn is_possible(&self) -> Result<(), Refusal> {
        let length = self.until.0 - self.from.0;
        if (1..=48 * 60 * MINUTE).contains(&length) {
            return Ok(());
        }
        Err(Refusal::new("duty-refusal-shift-length").on("until"))
    }
}

enum_of_words! {
    /// What is wrong with a roster.
    Wrong {
        /// Somebody would be in two shifts at once, or twice in one.
        Doubled = "doubled",
        /// Somebody would have less rest than the city wants.
        Tired = "tired",
        /// A shift in which nobody is there.
        Empty = "empty",
        /// Somebody who does not work here any more.
        Gone = "gone",
    }
}

/// One thing wrong with a roster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// What.
    pub wrong: Wrong,
    /// Whom it is about; none for an empty shift.
    pub account: Option<Id>,
    /// The shift, or the earlier of two.
    pub first: Id,
    /// The later of two; the same one when somebody stands in it twice.
    pub second: Id,
}

/// Everything wrong with these shifts, in the order of the shifts: nobody in two at once, nobody there with less than
/// `rest` milliseconds between two (a stand-by is at home and rests), none empty. Those struck out do not count.
pub fn conflicts(shifts: &[Shift], rest: i64) -> Vec<Conflict> {
    let mut order: Vec<&Shift> = shifts.iter().filter(|shift| !shift.is_cancelled).collect();
    order.sort_by_key(|shift| (shift.from, shift.until, shift.id));
    let mut found = Vec::new();
    let mut own: BTreeMap<Id, Vec<(&Shift, Role)>> = BTreeMap::new();
    for shift in order {
        if !shift.people.iter().any(|place| place.role.is_present()) {
            found.push(Conflict { wrong: Wrong::Empty, account: None, first: shift.id, second: shift.id });
        }
        for place in &shift.people {
            let before = own.entry(place.account).or_default();
            for (other, role) in before.iter() {
                let wrong = if other.overlaps(shift) {
                    Wrong::Doubled
                } else if place.role.is_present() && role.is_present() && shift.from.0 - other.until.0 < rest {
                    Wrong::Tired
                } else {
                    continue;
                };
                let conflict = Conflict { wrong, account: Some(place.account), first: other.id, second: shift.id };
                if !found.contains(&conflict) {
                    found.push(conflict);
                }
            }
            before.push((shift, place.role));
            // Shifts last two days at most and rest a few: what ended long before cannot be in the way.
            before.retain(|(other, _)| other.until.0 + rest.max(0) + 48 * 60 * MINUTE > shift.from.0);
        }
    }
    found
}

/// The short rests among shifts as they are afterwards that were not among them before, or were longer then.
pub fn short_rests(before: &[Shift], after: &[Shift], rest: i64) -> Vec<Conflict> {
    let between = |shifts: &[Shift], conflict: &Conflict| {
        let of = |id: Id| shifts.iter().find(|shift| shift.id == id);
        Some(of(conflict.second)?.from.0 - of(conflict.first)?.until.0)
    };
    let known = conflicts(before, rest);
    let is_new = |one: &Conflict| !known.contains(one) || between(after, one) < between(before, one);
    conflicts(after, rest).into_iter().filter(|one| one.wrong == Wrong::Tired && is_new(one)).collect()
}

/// Something that should be seen before two people swap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// A rest that would be too short.
    Tired(Conflict),
    /// Somebody would do more in a shift than they do in that roster.
    Raised {
        /// Who.
        account: Id,
        /// In which shift.
        shift: Id,
        /// What they would do.
        role: Role,
    },
}

/// The stretches between two moments in which nobody is there, in order.
pub fn gaps(shifts: &[Shift], from: Moment, until: Moment) -> Vec<(Moment, Moment)> {
    let is_there = |shift: &&Shift| !shift.is_cancelled && shift.people.iter().any(|place| place.role.is_present());
    let mut spans: Vec<(Moment, Moment)> = shifts.iter().filter(is_there).map(|one| (one.from, one.until)).collect();
    spans.sort_unstable();
    let (mut at, mut gaps) = (from, Vec::new());
    for (begin, end) in spans {
        if begin > at && at < until {
            gaps.push((at, begin.min(until)));
        }
        at = at.max(end);
    }
    if at < until {
        gaps.push((at, until));
    }
    gaps
}

/// Who is there at a moment, by what they do; each person once, with the most they do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Watch {
    /// 值班.
    pub on_duty: Vec<Id>,
    /// 备勤.
    pub stand_by: Vec<Id>,
    /// 带班领导.
    pub heads: Vec<Id>,
}

impl Watch {
    /// Who is there of these shifts.
    pub fn at(shifts: &[Shift], now: Moment) -> Watch {
        let mut watch = Watch::default();
        for shift in shifts.iter().filter(|shift| shift.is_on(now) && shift.is_published) {
            for place in &shift.people {
                let list = match place.role {
                    Role::OnDuty => &mut watch.on_duty,
                    Role::StandBy => &mut watch.stand_by,
                    Role::Leader => &mut watch.heads,
                };
                if !list.contains(&place.account) {
                    list.push(place.account);
                }
            }
        }
        watch.stand_by.retain(|id| !watch.on_duty.contains(id));
        watch
    }

    /// True when nobody is.
    pub fn is_empty(&self) -> bool {
        self.on_duty.is_empty() && self.stand_by.is_empty() && self.heads.is_empty()
    }
}

/// What counts when somebody arrives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArrivalRules {
    /// How early before the beginning one may arrive, in milliseconds.
    pub early: i64,
    /// How long after the beginning one is not yet late, in milliseconds.
    pub late: i64,
    /// How far from the place one may be, in metres; 0: anywhere.
    pub metres: f64,
}

/// An arrival (签到), judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arrival {
    /// True when it came after the time.
    pub is_late: bool,
    /// How far away, in whole metres; none when the position or the place is not known.
    pub metres: Option<i64>,
    /// True when it was not at the place, or nobody knows where.
    pub is_elsewhere: bool,
}

/// Judges an arrival: `metres` is the distance between the phone and the place, as far as both are known; `is_placed` says
/// whether there is a place at all; `reason` is why somebody arrives elsewhere.
///
/// # Errors
/// `duty-refusal-not-yours`, `duty-refusal-stand-by`, `duty-refusal-too-early`, `duty-refusal-shift-over`,
/// `duty-refusal-too-far` and `duty-refusal-no-position` (each with a reason it may be done), on the reason.
pub fn arrive(
    shift: &Shift,
    account: Id,
    metres: Option<f64>,
    is_placed: bool,
    reason: &str,
    now: Moment,
    rules: ArrivalRules,
) -> Result<Arrival, Refusal> {
    let refuse = |key| Err(Refusal::new(key));
    let own = shift.people.iter().filter(|place| place.account == account);
    match own.map(|place| place.role.is_present()).max() {
        None => return refuse("duty-refusal-not-yours"),
        Some(false) => return refuse("duty-refusal-stand-by"),
        Some(true) => {}
    }
    if shift.is_cancelled || now >= shift.until {
        return refuse("duty-refusal-shift-over");
    }
    if now < shift.from.plus(-rules.early) {
        return Err(Refusal::new("duty-refusal-too-early").with("minutes", rules.early / MINUTE));
    }
    let is_bound = is_placed && rules.metres > 0.0;
    #[expect(clippy::cast_possible_truncation, reason = "metres on the Earth")]
    let rounded = metres.map(|metres| metres.round() as i64);
    let is_elsewhere = is_bound && metres.is_none_or(|metres| metres > rules.metres);
    if is_elsewhere && reason.trim().is_empty() {
        return Err(match rounded {
            Some(metres) => Refusal::new("duty-refusal-too-far").with("metres", metres).on("reason"),
            None => Refusal::new("duty-refusal-no-position").on("reason"),
        });
    }
    Ok(Arrival { is_late: now > shift.from.plus(rules.late), metres: rounded, is_elsewhere })
}

enum_of_words! {
    /// Where a wish to swap stands.
    SwapState {
        /// The colleague has not answered.
        Asked = "asked",
        /// The colleague agrees; the shift leader has not decided.
        Consented = "consented",
        /// It is done.
        Done = "done",
        /// The colleague does not want to.
        Declined = "declined",
        /// The shift leader does not allow it.
        Refused = "refused",
        /// Whoever asked took it back.
        Withdrawn = "withdrawn",
        /// One of its shifts has begun, and nobody had decided.
        Lapsed = "lapsed",
    }
}

enum_of_words! {
    /// What is done about a wish to swap.
    SwapAct {
        /// The colleague agrees.
        Consent = "consent",
        /// The colleague does not.
        Decline = "decline",
        /// The shift leader allows it.
        Approve = "approve",
        /// The shift leader does not.
        Refuse = "refuse",
        /// Whoever asked takes it back.
        Withdraw = "withdraw",
    }
}

/// A wish to swap (换班): a colleague stands this shift instead, and perhaps one of theirs is stood in return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// Its identifier.
    pub id: Id,
    /// Who asks.
    pub asker: Id,
    /// The shift that the asker gives away.
    pub shift: Id,
    /// The colleague.
    pub other: Id,
    /// The shift that the asker stands in return; none when the colleague simply takes over.
    pub in_return: Option<Id>,
    /// Where it stands.
    pub state: SwapState,
    /// Rises with every change.
    pub revision: i64,
}

/// What a step of a swap leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swapped {
    /// The wish afterwards.
    pub swap: Swap,
    /// The shifts that change, as they are afterwards; empty until it is done.
    pub shifts: Vec<Shift>,
}

impl Swap {
    /// Whether this colleague may be asked at all. `shifts` are all that either of them stands around both.
    ///
    /// # Errors
    /// As [`Swap::act`] when it would be done at once; `duty-refusal-swap-self`.
    pub fn ask(&self, shifts: &[Shift], now: Moment) -> Result<(), Refusal> {
        if self.asker == self.other {
            return Err(Refusal::new("duty-refusal-swap-self").on("other"));
        }
        self.exchanged(shifts, now).map(drop)
    }

    /// Takes a step. `is_keeper` says whether who acts keeps rosters; `needs_approval` whether a shift leader must agree.
    ///
    /// # Errors
    /// `duty-refusal-swap-over` when it is decided, `duty-refusal-swap-not-yours` when it is somebody else's to say,
    /// `duty-refusal-swap-own` when a shift leader would decide about their own wish, and whatever stands in the way of the
    /// exchange: `duty-refusal-swap-begun`, `duty-refusal-swap-changed`, `duty-refusal-swap-doubled`.
    pub fn act(
        self,
        act: SwapAct,
        by: Id,
        is_keeper: bool,
        needs_approval: bool,
        shifts: &[Shift],
        now: Moment,
    ) -> Result<Swapped, Refusal> {
        use SwapAct::{Approve, Consent, Decline, Refuse, Withdraw};
        use SwapState::{Asked, Consented};
        let own = || Err(Refusal::new("duty-refusal-swap-not-yours"));
        let state = match (act, self.state) {
            (
                _,
                SwapState::Done | SwapState::Declined | SwapState::Refused | SwapState::Withdrawn | SwapState::Lapsed,
            ) => {
                return Err(Refusal::new("duty-refusal-swap-over"));
            }
            (Withdraw, Asked | Consented) if by == self.asker => SwapState::Withdrawn,
            (Consent, Asked) if by == self.other && needs_approval => Consented,
            (Consent, Asked) if by == self.other => SwapState::Done,
            (Decline, Asked | Consented) if by == self.other => SwapState::Declined,
            (Approve | Refuse, Consented) if is_keeper && [self.asker, self.other].contains(&by) => {
                return Err(Refusal::new("duty-refusal-swap-own"));
            }
            (Approve, Consented) if is_keeper => SwapState::Done,
            (Refuse, Asked | Consented) if is_keeper => SwapState::Refused,
            (Approve, Asked) if is_keeper => return Err(Refusal::new("duty-refusal-swap-no-consent")),
            _ => return own(),
        };
        // Consent is asked for what can be done; only then it is worth the shift leader's time.
        let exchanged = match state {
            Consented | SwapState::Done => self.exchanged(shifts, now)?,
            _ => Vec::new(),
        };
        let shifts = if state == SwapState::Done { exchanged } else { Vec::new() };
        Ok(Swapped { swap: Swap { state, revision: self.revision + 1, ..self }, shifts })
    }

    /// What should be seen before it is asked, agreed to and approved: rests that it makes shorter than `rest` milliseconds,
    /// and people who would do more than they do in these rosters. Nothing when it cannot be done anyway.
    pub fn doubts(&self, shifts: &[Shift], rosters: &[Roster], rest: i64, now: Moment) -> Vec<Doubt> {
        let Ok(after) = self.exchanged(shifts, now) else { return Vec::new() };
        let others = |one: &&Shift| one.is_published && !after.iter().any(|changed| changed.id == one.id);
        let mut all: Vec<Shift> = after.clone();
        all.extend(shifts.iter().filter(others).cloned());
        let is_theirs = |one: &Conflict| one.account.is_some_and(|id| id == self.asker || id == self.other);
        let tired = short_rests(shifts, &all, rest).into_iter().filter(is_theirs).map(Doubt::Tired);
        let raised = after.iter().flat_map(|shift| {
            let before = shifts.iter().find(|one| one.id == shift.id);
            let lists = rosters.iter().find(|roster| roster.id == shift.roster).map(|roster| &roster.lists);
            let is_new = move |place: &&Place| before.is_none_or(|before| !before.people.contains(*place));
            let is_raised = move |place: &&Place| lists.is_some_and(|lists| lists.raises(place.account, place.role));
            let raise = |place: &Place| Doubt::Raised { account: place.account, shift: shift.id, role: place.role };
            shift.people.iter().filter(is_new).filter(is_raised).map(raise).collect::<Vec<_>>()
        });
        tired.chain(raised).collect()
    }

    /// The shifts after the exchange.
    fn exchanged(&self, shifts: &[Shift], now: Moment) -> Result<Vec<Shift>, Refusal> {
        let changed = || Refusal::new("duty-refusal-swap-changed");
        let is_firm = |shift: &Shift| shift.is_published && !shift.is_cancelled;
        let of = |id: Id| shifts.iter().find(|shift| shift.id == id && is_firm(shift)).ok_or_else(changed);
        let give = |shift: &Shift, from: Id, to: Id| {
            if shift.from <= now {
                return Err(Refusal::new("duty-refusal-swap-begun").on("shift"));
            }
            if shift.role_of(from).is_none() {
                return Err(changed());
            }
            let mut after = shift.clone();
            for place in after.people.iter_mut().filter(|place| place.account == from) {
                place.account = to;
            }
            after.revision += 1;
            Ok(after)
        };
        let mut after = vec![give(of(self.shift)?, self.asker, self.other)?];
        if let Some(in_return) = self.in_return {
            after.push(give(of(in_return)?, self.other, self.asker)?);
        }
        let mut all: Vec<Shift> = after.clone();
        all.extend(shifts.iter().filter(|shift| !after.iter().any(|one| one.id == shift.id)).cloned());
        let is_theirs = |conflict: &Conflict| {
            conflict.wrong == Wrong::Doubled
                && conflict.account.is_some_and(|id| id == self.asker || id == self.other)
                && after.iter().any(|one| one.id == conflict.first || one.id == conflict.second)
        };
        match conflicts(&all, 0).into_iter().find(is_theirs) {
            Some(_) => Err(Refusal::new("duty-refusal-swap-doubled").on("other")),
            None => Ok(after),
        }
    }
}

/// Which side of a hand-over (交接班) somebody stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandOverSide {
    /// The shift that ends (交班).
    Leaving,
    /// The shift that begins (接班).
    Coming,
}

impl HandOverSide {
    /// Its word, in addresses and keys.
    pub const fn word(self) -> &'static str {
        match self {
            HandOverSide::Leaving => "leaving",
            HandOverSide::Coming => "coming",
        }
    }

    /// The side of that word.
    pub fn parse(word: &str) -> Option<HandOverSide> {
        match word {
            "leaving" => Some(HandOverSide::Leaving),
            "coming" => Some(HandOverSide::Coming),
            _ => None,
        }
    }
}

/// A hand-over log. What both sides have signed is never changed; more can only be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// Its identifier.
    pub id: Id,
    /// The shift that ends.
    pub leaving: Id,
    /// The shift that begins.
    pub coming: Id,
    /// What is told.
    pub words: String,
    /// The open matters at the time of writing, as they were then.
    pub matters: Vec<Matter>,
    /// Who signed for the shift that ends, and when.
    pub left: Option<(Id, Moment)>,
    /// Who signed for the shift that begins, and when.
    pub came: Option<(Id, Moment)>,
    /// Rises with every change.
    pub revision: i64,
}

/// An open matter that is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matter {
    /// `urgent`, `called_out` or `supervised`.
    pub kind: String,
    /// The case.
    pub case: Id,
    /// Its number.
    pub number: String,
    /// What it is about.
    pub title: String,
}

impl HandOver {
    /// True once both sides have signed.
    pub const fn is_signed(&self) -> bool {
        self.left.is_some() && self.came.is_some()
    }

    /// Writes other words, while nobody has signed.
    ///
    /// # Errors
    /// `duty-refusal-signed`; `duty-refusal-not-leaving` for anybody but the side that leaves.
    pub fn write(self, by: Id, leaving: &Shift, words: String, matters: Vec<Matter>) -> Result<HandOver, Refusal> {
        if self.left.is_some() || self.came.is_some() {
            return Err(Refusal::new("duty-refusal-signed"));
        }
        may_sign(leaving, by, HandOverSide::Leaving)?;
        Ok(HandOver { words, matters, revision: self.revision + 1, ..self })
    }

    /// Signs for a side: the one that leaves first, somebody else for the one that comes.
    ///
    /// # Errors
    /// `duty-refusal-signed`, `duty-refusal-not-leaving`, `duty-refusal-not-coming`, `duty-refusal-not-left-yet`,
    /// `duty-refusal-signs-both`.
    pub fn sign(self, side: HandOverSide, by: Id, shift: &Shift, now: Moment) -> Result<HandOver, Refusal> {
        may_sign(shift, by, side)?;
        let revision = self.revision + 1;
        match (side, self.left, self.came) {
            (HandOverSide::Leaving, Some(_), _) | (HandOverSide::Coming, _, Some(_)) => {
                Err(Refusal::new("duty-refusal-signed"))
            }
            (HandOverSide::Leaving, None, _) => Ok(HandOver { left: Some((by, now)), revision, ..self }),
            (HandOverSide::Coming, None, _) => Err(Refusal::new("duty-refusal-not-left-yet")),
            (HandOverSide::Coming, Some((left, _)), None) if left == by => Err(Refusal::new("duty-refusal-signs-both")),
            (HandOverSide::Coming, Some(_), None) => Ok(HandOver { came: Some((by, now)), revision, ..self }),
        }
    }
}

fn may_sign(shift: &Shift, by: Id, side: HandOverSide) -> Result<(), Refusal> {
    let is_there = shift.people.iter().any(|place| place.account == by && place.role.is_present());
    match side {
        _ if is_there => Ok(()),
        HandOverSide::Leaving => Err(Refusal::new("duty-refusal-not-leaving")),
        HandOverSide::Coming => Err(Refusal::new("duty-refusal-not-coming")),
    }
}

/// Who must be told after a published shift changed, and what: those who came, those who went, and, when its hours moved,
/// those who stayed.
pub fn concerned(before: &Shift, after: &Shift) -> Vec<(Id, &'static str)> {
    let mut told: Vec<(Id, &'static str)> = Vec::new();
    let has = |shift: &Shift, id: Id| !shift.is_cancelled && shift.people.iter().any(|place| place.account == id);
    for place in before.people.iter().chain(&after.people) {
        let id = place.account;
        let what = match (has(before, id), has(after, id)) {
            (false, true) => "duty-added",
            (true, false) => "duty-removed",
            (true, true)
                if (before.from, before.until) != (after.from, after.until)
                    || before.role_of(id) != after.role_of(id) =>
            {
                "duty-moved"
            }
            _ => continue,
        };
        if !told.iter().any(|(known, _)| *known == id) {
            told.push((id, what));
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duty::pattern::{Crew, Lists, Turn};
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    const HOUR: i64 = 60 * MINUTE;

    fn zone() -> TimeZone {
        TimeZone::get("Asia/Shanghai").expect("a zone")
    }

    fn shift(id: Id, from: i64, until: i64, people: &[(Role, Id)]) -> Shift {
        Shift {
            id,
            roster: 1,
            day: date(2026, 3, 2),
            from: Moment(from * HOUR),
            until: Moment(until * HOUR),
            name: String::new(),
            people: people.iter().map(|(role, account)| Place { role: *role, account: *account }).collect(),
            is_published: true,
            is_cancelled: false,
            revision: 1,
        }
    }

    use Role::{Leader, OnDuty, StandBy};

    #[test]
    fn months_are_written_and_read() {
        let month = Month::parse("2026-12").expect("a month");
        assert_eq!(
            (month.to_string(), month.days(), month.next().to_string()),
            ("2026-12".into(), 31, "2027-01".into())
        );
        assert_eq!(Month::parse("2026-03").expect("a month").previous().days(), 28);
        for text in ["2026-13", "2026-1", "2026-12-01", "now", "", "1066-10", "2026-1 "] {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }

    #[test]
    fn nobody_is_in_two_places_and_everybody_rests() {
        type Found = (Wrong, Option<Id>, Id, Id);
        let found = |shifts: &[Shift]| -> Vec<Found> {
            conflicts(shifts, 8 * HOUR).into_iter().map(|one| (one.wrong, one.account, one.first, one.second)).collect()
        };
        let rows: [(&str, Vec<Shift>, Vec<Found>); 8] = [
            ("one after a rest", vec![shift(1, 0, 8, &[(OnDuty, 5)]), shift(2, 16, 24, &[(OnDuty, 5)])], vec![]),
            (
                "one minute at once",
                vec![shift(1, 0, 9, &[(OnDuty, 5)]), shift(2, 8, 16, &[(StandBy, 5), (OnDuty, 6)])],
                vec![(Wrong::Doubled, Some(5), 1, 2)],
            ),
            (
                "no rest",
                vec![shift(2, 8, 16, &[(OnDuty, 5)]), shift(1, 0, 8, &[(Leader, 5)])],
                vec![(Wrong::Tired, Some(5), 1, 2)],
            ),
            (
                "a stand-by rests",
                vec![shift(1, 0, 8, &[(StandBy, 5), (OnDuty, 6)]), shift(2, 8, 16, &[(OnDuty, 5)])],
                vec![],
            ),
            ("twice in one", vec![shift(1, 0, 8, &[(Leader, 5), (OnDuty, 5)])], vec![(Wrong::Doubled, Some(5), 1, 1)]),
            ("only at home", vec![shift(1, 0, 8, &[(StandBy, 5)])], vec![(Wrong::Empty, None, 1, 1)]),
            (
                "a long one over a short one",
                vec![shift(1, 0, 30, &[(OnDuty, 5)]), shift(2, 1, 2, &[(OnDuty, 6)]), shift(3, 20, 28, &[(OnDuty, 5)])],
                vec![(Wrong::Doubled, Some(5), 1, 3)],
            ),
            (
                "struck out",
                vec![Shift { is_cancelled: true, ..shift(1, 0, 9, &[(OnDuty, 5)]) }, shift(2, 8, 16, &[(OnDuty, 5)])],
                vec![],
            ),
        ];
        for (why, shifts, expected) in rows {
            assert_eq!(found(&shifts), expected, "{why}");
        }
    }

    #[test]
    fn hours_without_anybody_are_named() {
        let gaps = |shifts: &[Shift]| -> Vec<(i64, i64)> {
            let found = gaps(shifts, Moment(0), Moment(24 * HOUR));
            found.into_iter().map(|(from, until)| (from.0 / HOUR, until.0 / HOUR)).collect()
        };
        assert_eq!(gaps(&[]), [(0, 24)]);
        assert_eq!(gaps(&[shift(1, 0, 24, &[(OnDuty, 5)])]), []);
        assert_eq!(gaps(&[shift(1, -8, 8, &[(OnDuty, 5)]), shift(2, 16, 40, &[(Leader, 5)])]), [(8, 16)]);
        assert_eq!(gaps(&[shift(1, 6, 8, &[(OnDuty, 5)]), shift(2, 7, 9, &[(OnDuty, 6)])]), [(0, 6), (9, 24)]);
        assert_eq!(gaps(&[shift(1, 0, 24, &[(StandBy, 5)])]), [(0, 24)], "nobody is there while all are at home");
    }

    #[test]
    fn a_plan_becomes_moments_in_the_citys_time() {
        let pattern =
            Pattern::Standing { from: time(8, 30, 0, 0), on_duty: 1, stand_by: 0, anchor: date(2026, 12, 31) };
        let lists = Lists { on_duty: vec![7], ..Lists::default() };
        let planned = pattern.plan(&lists, date(2026, 12, 31), 1);
        let shift = Shift::of_plan(&planned[0], 1, 2, &zone());
        let text = |at: Moment| at.zoned(&zone()).strftime("%Y-%m-%d %H:%M").to_string();
        assert_eq!((text(shift.from), text(shift.until)), ("2026-12-31 08:30".into(), "2027-01-01 08:30".into()));
        assert_eq!(shift.month().to_string(), "2026-12");
        // In a zone whose clocks change, a day of duty has 23 hours.
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        let planned = pattern.plan(&lists, date(2026, 3, 28), 2);
        let shifts: Vec<Shift> = planned.iter().map(|one| Shift::of_plan(one, 1, 2, &berlin)).collect();
        assert_eq!((shifts[0].until.0 - shifts[0].from.0) / HOUR, 23);
        assert_eq!(shifts[0].until, shifts[1].from);
    }

    #[test]
    fn arriving_is_judged() {
        let rules = ArrivalRules { early: 60 * MINUTE, late: 5 * MINUTE, metres: 300.0 };
        let shift = shift(1, 10, 20, &[(OnDuty, 5), (StandBy, 6)]);
        let at = |minutes: i64| Moment(10 * HOUR + minutes * MINUTE);
        let judge = |account, metres, reason, minutes| {
            arrive(&shift, account, metres, true, reason, at(minutes), rules)
                .map(|one| (one.is_late, one.is_elsewhere))
                .map_err(|refusal| refusal.key)
        };
        assert_eq!(judge(5, Some(299.6), "", 0), Ok((false, false)));
        assert_eq!(judge(5, Some(12.0), "", -60), Ok((false, false)));
        assert_eq!(judge(5, Some(12.0), "", -61), Err("duty-refusal-too-early"));
        assert_eq!(judge(5, Some(12.0), "", 5), Ok((false, false)));
        assert_eq!(judge(5, Some(12.0), "", 6), Ok((true, false)));
        assert_eq!(judge(5, Some(301.0), "", 0), Err("duty-refusal-too-far"));
        assert_eq!(judge(5, Some(301.0), "先到现场", 0), Ok((false, true)));
        assert_eq!(judge(5, None, "", 0), Err("duty-refusal-no-position"));
        assert_eq!(judge(5, None, "手机没有信号", 0), Ok((false, true)));
        assert_eq!(judge(5, Some(1.0), "", 600), Err("duty-refusal-shift-over"));
        assert_eq!(judge(6, Some(1.0), "", 0), Err("duty-refusal-stand-by"));
        assert_eq!(judge(7, Some(1.0), "", 0), Err("duty-refusal-not-yours"));
        // A city without a place asks for none.
        assert!(arrive(&shift, 5, None, false, "", at(0), rules).is_ok());
    }

    fn wish(state: SwapState, in_return: Option<Id>) -> Swap {
        Swap { id: 9, asker: 5, shift: 1, other: 6, in_return, state, revision: 1 }
    }

    #[test]
    fn a_swap_wants_consent_and_approval() {
        let shifts = [shift(1, 10, 20, &[(OnDuty, 5)]), shift(2, 40, 50, &[(OnDuty, 6)])];
        let act = |swap: Swap, act, by, is_keeper, needs| swap.act(act, by, is_keeper, needs, &shifts, Moment(0));
        let asked = wish(SwapState::Asked, Some(2));
        let key = |outcome: Result<Swapped, Refusal>| outcome.map(|done| done.swap.state).map_err(|no| no.key);
        assert_eq!(key(act(asked.clone(), SwapAct::Consent, 5, false, true)), Err("duty-refusal-swap-not-yours"));
        assert_eq!(key(act(asked.clone(), SwapAct::Approve, 7, true, true)), Err("duty-refusal-swap-no-consent"));
        assert_eq!(key(act(asked.clone(), SwapAct::Withdraw, 5, false, true)), Ok(SwapState::Withdrawn));
        assert_eq!(key(act(asked.clone(), SwapAct::Decline, 6, false, true)), Ok(SwapState::Declined));
        let consented = act(asked.clone(), SwapAct::Consent, 6, false, true).expect("consent");
        assert_eq!((consented.swap.state, consented.shifts.len()), (SwapState::Consented, 0));
        assert_eq!(
            key(act(consented.swap.clone(), SwapAct::Approve, 8, false, true)),
            Err("duty-refusal-swap-not-yours")
        );
        assert_eq!(key(act(consented.swap.clone(), SwapAct::Approve, 6, true, true)), Err("duty-refusal-swap-own"));
        assert_eq!(key(act(consented.swap.clone(), SwapAct::Refuse, 7, true, true)), Ok(SwapState::Refused));
        let done = act(consented.swap, SwapAct::Approve, 7, true, true).expect("approved");
        assert_eq!(done.swap.state, SwapState::Done);
        assert_eq!((done.shifts[0].role_of(6), done.shifts[1].role_of(5)), (Some(OnDuty), Some(OnDuty)));
        assert_eq!(key(act(done.swap, SwapAct::Withdraw, 5, false, true)), Err("duty-refusal-swap-over"));
        // Where no approval is wanted, consent is enough.
        assert_eq!(key(act(asked, SwapAct::Consent, 6, false, false)), Ok(SwapState::Done));
    }

    #[test]
    fn a_swap_says_whose_rest_it_cuts_and_who_would_do_more() {
        // 5 and 6 take turns by the day, 7 stands by; 9 leads always.
        let day = |id: Id, who: Id| shift(id, id * 24, id * 24 + 24, &[(Leader, 9), (OnDuty, who), (StandBy, 7)]);
        let shifts = [day(1, 5), day(2, 6), day(3, 5), day(4, 6)];
        let lists = Lists { leaders: vec![9], on_duty: vec![5, 6], stand_by: vec![7], ..Lists::default() };
        let pattern = Pattern::Standing { from: time(8, 0, 0, 0), on_duty: 1, stand_by: 1, anchor: date(2026, 3, 1) };
        let roster = Roster {
            id: 1,
            name: String::new(),
            pattern,
            lists,
            place: None,
            is_called: true,
            is_active: true,
            revision: 1,
        };
        let doubts = |swap: Swap| swap.doubts(&shifts, std::slice::from_ref(&roster), 8 * HOUR, Moment(0));
        // 6 would stand the 1st and the 2nd, 5 the 3rd and the 4th.
        let wish = |shift, in_return| Swap { shift, in_return, ..wish(SwapState::Asked, None) };
        let tired = |account, first, second| {
            Doubt::Tired(Conflict { wrong: Wrong::Tired, account: Some(account), first, second })
        };
        assert_eq!(doubts(wish(1, None)), [tired(6, 1, 2)]);
        let both = [tired(6, 1, 2), tired(5, 3, 4)];
        assert_eq!(doubts(wish(1, Some(4))), both);
        assert_eq!(doubts(Swap { asker: 6, other: 5, ..wish(4, Some(1)) }), both);
        // The leader, who never rests, is no news; a stand-by who would lead is.
        let lead = Swap { asker: 9, other: 7, ..wish(1, None) };
        let free = [shift(1, 24, 48, &[(Leader, 9), (OnDuty, 5)])];
        let raised = |role| vec![Doubt::Raised { account: 7, shift: 1, role }];
        assert_eq!(lead.doubts(&free, std::slice::from_ref(&roster), 8 * HOUR, Moment(0)), raised(Leader));
        let stand = Swap { asker: 5, other: 7, ..wish(1, None) };
        assert_eq!(stand.doubts(&free, std::slice::from_ref(&roster), 8 * HOUR, Moment(0)), raised(OnDuty));
        // Somebody from elsewhere may be on duty, but does not lead without a word.
        let guest = Swap { asker: 5, other: 8, ..wish(1, None) };
        assert_eq!(guest.doubts(&free, std::slice::from_ref(&roster), 8 * HOUR, Moment(0)), []);
    }

    #[test]
    fn a_swap_never_doubles_anybody() {
        let taken = [shift(1, 10, 20, &[(OnDuty, 5)]), shift(3, 15, 18, &[(StandBy, 6)])];
        let key = |shifts: &[Shift], now| wish(SwapState::Asked, None).ask(shifts, now).map_err(|no| no.key);
        assert_eq!(key(&taken, Moment(0)), Err("duty-refusal-swap-doubled"));
        assert_eq!(key(&taken[..1], Moment(0)), Ok(()));
        assert_eq!(key(&taken[..1], Moment(10 * HOUR)), Err("duty-refusal-swap-begun"));
        assert_eq!(key(&[shift(1, 10, 20, &[(OnDuty, 8)])], Moment(0)), Err("duty-refusal-swap-changed"));
        assert_eq!(key(&[], Moment(0)), Err("duty-refusal-swap-changed"));
        // Both in the same shift already.
        assert_eq!(key(&[shift(1, 10, 20, &[(OnDuty, 5), (OnDuty, 6)])], Moment(0)), Err("duty-refusal-swap-doubled"));
        let own = Swap { other: 5, ..wish(SwapState::Asked, None) };
        assert_eq!(own.ask(&taken[..1], Moment(0)).map_err(|no| no.key), Err("duty-refusal-swap-self"));
    }

    #[test]
    fn a_hand_over_is_signed_by_both_and_then_stands() {
        let (leaving, coming) =
            (shift(1, 0, 8, &[(OnDuty, 5), (StandBy, 9)]), shift(2, 8, 16, &[(OnDuty, 6), (OnDuty, 5)]));
        let fresh = HandOver {
            id: 1,
            leaving: 1,
            coming: 2,
            words: "一切正常".into(),
            matters: vec![],
            left: None,
            came: None,
            revision: 1,
        };
        let key = |outcome: Result<HandOver, Refusal>| outcome.map(drop).map_err(|no| no.key);
        let write = |one: HandOver, by| key(one.write(by, &leaving, "改".into(), vec![]));
        assert_eq!(write(fresh.clone(), 6), Err("duty-refusal-not-leaving"));
        assert_eq!(write(fresh.clone(), 9), Err("duty-refusal-not-leaving"), "a stand-by was not there");
        assert_eq!(write(fresh.clone(), 5), Ok(()));
        let sign = |one: HandOver, side, by| {
            let shift = if side == HandOverSide::Leaving { &leaving } else { &coming };
            one.sign(side, by, shift, Moment(8 * HOUR))
        };
        assert_eq!(key(sign(fresh.clone(), HandOverSide::Coming, 6)), Err("duty-refusal-not-left-yet"));
        let left = sign(fresh, HandOverSide::Leaving, 5).expect("signed");
        assert_eq!(write(left.clone(), 5), Err("duty-refusal-signed"));
        assert_eq!(key(sign(left.clone(), HandOverSide::Leaving, 5)), Err("duty-refusal-signed"));
        assert_eq!(key(sign(left.clone(), HandOverSide::Coming, 5)), Err("duty-refusal-signs-both"));
        let both = sign(left, HandOverSide::Coming, 6).expect("signed");
        assert!(both.is_signed());
        assert_eq!(key(sign(both, HandOverSide::Coming, 5)), Err("duty-refusal-signed"));
    }

    #[test]
    fn whoever_is_concerned_is_told_once() {
        let before = shift(1, 0, 8, &[(Leader, 1), (OnDuty, 5), (StandBy, 6)]);
        let after = shift(1, 0, 8, &[(Leader, 1), (OnDuty, 6), (OnDuty, 7)]);
        assert_eq!(concerned(&before, &after), [(5, "duty-removed"), (6, "duty-moved"), (7, "duty-added")]);
        let later = shift(1, 1, 9, &[(Leader, 1)]);
        assert_eq!(concerned(&shift(1, 0, 8, &[(Leader, 1)]), &later), [(1, "duty-moved")]);
        let gone = Shift { is_cancelled: true, ..later.clone() };
        assert_eq!(concerned(&later, &gone), [(1, "duty-removed")]);
        assert_eq!(concerned(&later, &later), []);
    }

    proptest! {
        #[test]
        fn a_plan_has_a_conflict_exactly_where_one_by_one_says_so(spans in proptest::collection::vec((0i64..120, 1i64..30, 0i64..4, 0usize..3), 0..12), rest in 0i64..16) {
            let shifts: Vec<Shift> = spans
                .iter()
                .enumerate()
                .map(|(at, (from, length, who, role))| shift(i64::try_from(at).expect("few") + 1, *from, from + length, &[(Role::ALL[*role], *who)]))
                .collect();
            let found = conflicts(&shifts, rest * HOUR);
            for (at, one) in shifts.iter().enumerate() {
                for other in &shifts[at + 1..] {
                    if one.people[0].account != other.people[0].account { continue; }
                    let (first, second) = if (one.from, one.until, one.id) <= (other.from, other.until, other.id) { (one, other) } else { (other, one) };
                    let both_there = one.people[0].role.is_present() && other.people[0].role.is_present();
                    let wrong = if first.overlaps(second) { Some(Wrong::Doubled) } else if both_there && second.from.0 - first.until.0 < rest * HOUR { Some(Wrong::Tired) } else { None };
                    let told = found.iter().find(|conflict| conflict.first == first.id && conflict.second == second.id && conflict.account.is_some());
                    prop_assert_eq!(told.map(|conflict| conflict.wrong), wrong);
                }
            }
        }

        #[test]
        fn a_minute_is_in_a_gap_exactly_when_nobody_is_there(spans in proptest::collection::vec((-10i64..60, 1i64..20, 0usize..3), 0..8)) {
            let shifts: Vec<Shift> = spans.iter().map(|(from, length, role)| shift(1, *from, from + length, &[(Role::ALL[*role], 1)])).collect();
            let found = gaps(&shifts, Moment(0), Moment(48 * HOUR));
            for hour in 0..48 {
                let at = Moment(hour * HOUR);
                let is_there = shifts.iter().any(|one| one.from <= at && at < one.until && one.people[0].role.is_present());
                let is_gap = found.iter().any(|(from, until)| *from <= at && at < *until);
                prop_assert_eq!(is_gap, !is_there, "hour {}", hour);
            }
            prop_assert!(found.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }

        #[test]
        fn swaps_in_any_order_never_double_anybody(spans in proptest::collection::vec((1i64..200, 1i64..13, 0i64..5), 2..14), wishes in proptest::collection::vec((0usize..14, 0i64..5, proptest::option::of(0usize..14)), 1..12)) {
            let mut shifts: Vec<Shift> = spans.iter().enumerate().map(|(at, (from, length, who))| shift(i64::try_from(at).expect("few") + 1, *from, from + length, &[(OnDuty, *who)])).collect();
            let doubled = |shifts: &[Shift]| conflicts(shifts, 0).into_iter().filter(|one| one.wrong == Wrong::Doubled).count();
            let before = doubled(&shifts);
            for (mine, other, theirs) in wishes {
                let Some(own) = shifts.get(mine) else { continue };
                let in_return = theirs.and_then(|at| shifts.get(at)).map(|one| one.id);
                let swap = Swap { id: 1, asker: own.people[0].account, shift: own.id, other, in_return, state: SwapState::Asked, revision: 1 };
                if swap.ask(&shifts, Moment(0)).is_err() { continue; }
                if let Ok(done) = swap.act(SwapAct::Consent, other, false, false, &shifts, Moment(0)) {
                    for one in done.shifts {
                        let at = shifts.iter().position(|old| old.id == one.id).expect("a shift");
                        shifts[at] = one;
                    }
                }
                prop_assert!(doubled(&shifts) <= before);
            }
        }

        #[test]
        fn a_round_the_clock_plan_leaves_no_gap_and_doubles_nobody(crews in 3i64..6, days in 1u16..4, month in 1i8..=12) {
            let turn = |name: &str, hour| Turn { name: name.into(), from: time(hour, 0, 0, 0), minutes: 8 * 60 };
            let turns = vec![turn("早", 8), turn("中", 16), turn("夜", 0)];
            let crew = |at: i64| Crew { on_duty: vec![at], ..Crew::default() };
            let lists = Lists { crews: (1..=crews).map(crew).collect(), ..Lists::default() };
            let pattern = Pattern::Rotating { turns, days, anchor: date(2026, 1, 1) };
            let month = Month::of(date(2026, month, 1));
            let plan = pattern.plan(&lists, month.first(), month.days());
            let shifts: Vec<Shift> = plan.iter().zip(1..).map(|(one, id)| Shift::of_plan(one, id, 1, &zone())).collect();
            prop_assert_eq!(gaps(&shifts, shifts[2].from, shifts.iter().map(|one| one.until).max().expect("some")), vec![]);
            prop_assert!(conflicts(&shifts, 0).is_empty());
        }
    }
}
