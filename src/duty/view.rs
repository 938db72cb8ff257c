//! What the pages show of shifts and people.

use super::pattern::Role;
use super::person::Staff;
use super::shift::{Conflict, Doubt, Shift};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::id::Id;
use crate::law::DayKind;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use minijinja::{Value, context};

/// Through what a page looks: language, zone, people, the moment and who reads.
pub(super) struct Lens<'a> {
    pub app: &'a App,
    pub lang: &'static str,
    pub staff: &'a Staff,
    pub me: Id,
    pub now: Moment,
    pub zone: TimeZone,
}

/// A shift's hours in digits alone, for notices: they are written once and read in any language.
pub(super) fn plain(shift: &Shift, zone: &TimeZone) -> String {
    let text = |at: Moment| at.zoned(zone).strftime("%Y-%m-%d %H:%M").to_string();
    format!("{} – {}", text(shift.from), text(shift.until))
}

impl<'a> Lens<'a> {
    pub fn new(app: &'a App, lang: &'static str, staff: &'a Staff, me: Id, now: Moment) -> Lens<'a> {
        Lens { app, lang, staff, me, now, zone: app.city.zone() }
    }

    pub fn say(&self, key: &str, args: &[(&str, String)]) -> String {
        self.app.pages.say(self.lang, key, args)
    }

    /// Somebody's name as it is written; a word for those who have gone.
    pub fn name(&self, id: Id) -> String {
        self.staff.written(id).unwrap_or_else(|| self.say("duty-somebody-gone", &[]))
    }

    pub fn person(&self, id: Id) -> Value {
        let person = self.staff.of(id);
        let department = person.map(|person| &person.department);
        context! {
            id => id.to_string(),
            name => self.name(id),
            phone => person.and_then(|person| person.phone.known()).unwrap_or_default(),
            phone_unread => person.filter(|person| person.phone.read().is_err()).map(|person| person.phone.or_said(|key, args| self.say(key, args))),
            is_shared_phone => person.is_some_and(|person| person.is_shared_phone),
            department => department.map_or("", |both| if self.lang == "en" { &both.1 } else { &both.0 }),
            is_me => id == self.me,
            is_gone => person.is_none(),
        }
    }

    /// From when until when, as people say it.
    pub fn span(&self, from: Moment, until: Moment) -> String {
        let (from, until) = (from.zoned(&self.zone), until.zoned(&self.zone));
        let clock = |at: &jiff::ZonedDateTime| at.strftime("%H:%M").to_string();
        let args = |end: String| [("from", clock(&from)), ("until", end)];
        if from.date() == until.date() {
            return self.say("duty-span", &args(clock(&until)));
        }
        match from.date().tomorrow() {
            Ok(next) if next == until.date() && until.time() == jiff::civil::Time::midnight() => {
                self.say("duty-span", &args("24:00".into()))
            }
            Ok(next) if next == until.date() => self.say("duty-span-next", &args(clock(&until))),
            _ => self.say("duty-span", &args(until.strftime("%m-%d %H:%M").to_string())),
        }
    }

    /// A shift in one line: its day and its hours.
    pub fn line(&self, shift: &Shift) -> String {
        format!("{} {} {}", shift.day, self.weekday(shift.day), self.span(shift.from, shift.until))
    }

    pub fn weekday(&self, day: Date) -> String {
        self.say(&format!("duty-weekday-{}", day.weekday().to_monday_one_offset()), &[])
    }

    /// What the working calendar calls a day, where that is worth a word: `off` or `make-up`, with the holiday's name.
    pub fn day_kind(&self, day: Date) -> (&'static str, String) {
        match self.app.calendar.day(day) {
            Ok(DayKind::Holiday(name)) => ("holiday", name),
            Ok(DayKind::MakeUp(name)) => ("make-up", self.say("duty-make-up", &[("name", name)])),
            Ok(DayKind::Weekend) => ("weekend", String::new()),
            Ok(DayKind::Working) | Err(_) => ("", String::new()),
        }
    }

    fn people(&self, shift: &Shift, role: Role) -> Vec<Value> {
        shift.of(role).map(|id| self.person(id)).collect()
    }

    pub fn shift(&self, shift: &Shift) -> Value {
        let from = shift.from.zoned(&self.zone);
        context! {
            id => shift.id.to_string(),
            roster => shift.roster.to_string(),
            name => shift.name.as_str(),
            day => shift.day.to_string(),
            weekday => self.weekday(shift.day),
            span => self.span(shift.from, shift.until),
            from => shift.from.0,
            until => shift.until.0,
            from_clock => from.strftime("%H:%M").to_string(),
            leader => self.people(shift, Role::Leader),
            on_duty => self.people(shift, Role::OnDuty),
            stand_by => self.people(shift, Role::StandBy),
            is_on => shift.is_on(self.now),
            is_over => shift.until <= self.now,
            is_published => shift.is_published,
            is_cancelled => shift.is_cancelled,
            my_role => shift.role_of(self.me).map(Role::word),
            revision => shift.revision,
        }
    }

    /// A conflict as a sentence; `shifts` are those among which it was found.
    pub fn conflict(&self, conflict: &Conflict, shifts: &[Shift]) -> String {
        let line = |id: Id| shifts.iter().find(|shift| shift.id == id).map_or_else(String::new, |one| self.line(one));
        let name = conflict.account.map_or_else(String::new, |id| self.name(id));
        let key = match conflict.first == conflict.second && conflict.account.is_some() {
            true if conflict.wrong == super::shift::Wrong::Doubled => "duty-conflict-twice".to_owned(),
            _ => format!("duty-conflict-{}", conflict.wrong.word()),
        };
        self.say(&key, &[("name", name), ("first", line(conflict.first)), ("second", line(conflict.second))])
    }

    /// What should be seen before a swap, as a sentence.
    pub fn doubt(&self, doubt: &Doubt, shifts: &[Shift]) -> String {
        match doubt {
            Doubt::Tired(conflict) => self.conflict(conflict, shifts),
            Doubt::Raised { account, shift, role } => {
                let line = shifts.iter().find(|one| one.id == *shift).map_or_else(String::new, |one| self.line(one));
                let role = self.say(&format!("duty-role-{}", role.word()), &[]);
                self.say("duty-doubt-raised", &[("name", self.name(*account)), ("shift", line), ("role", role)])
            }
        }
    }

    /// A stretch of time as a sentence's part.
    pub fn stretch(&self, from: Moment, until: Moment) -> String {
        let text = |at: Moment| at.zoned(&self.zone).strftime("%Y-%m-%d %H:%M").to_string();
        self.say("duty-span", &[("from", text(from)), ("until", text(until))])
    }
}
