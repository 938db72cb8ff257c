//! An account: its password's rules, its lock, and what administrators may do to it. Three separate administrators
//! (三员分立): the system's makes accounts, security's gives posts and locks, audit's reads the log and changes nothing.

use super::act::Post;
use super::actor::Actor;
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use serde::Serialize;

/// The longest password that is hashed, in characters.
const LONGEST: usize = 200;
const MINUTE: i64 = 60_000;

/// A city's settings for accounts, from `[accounts]` in `city.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The shortest password, in characters; never below 8.
    pub shortest: usize,
    /// How many kinds of characters (lower case, upper case, digits, others) it must mix: 1 to 4.
    pub kinds: usize,
    /// How many wrong passwords in a row lock the account.
    pub wrong_before_lock: i64,
    /// How long it stays locked, in milliseconds.
    pub lock: i64,
    /// How long a session lives without being used, in milliseconds.
    pub idle: i64,
    /// How long it lives however much it is used, in milliseconds; never less than [`Rules::idle`].
    pub longest: i64,
}

impl Rules {
    /// Reads the settings; what is missing or out of range has its default.
    pub fn of(settings: &toml::Table) -> Rules {
        let accounts = settings.get("accounts").and_then(toml::Value::as_table);
        let number = |name: &str, default: i64, least: i64, most: i64| {
            let found = accounts.and_then(|table| table.get(name)).and_then(toml::Value::as_integer);
            found.unwrap_or(default).clamp(least, most)
        };
        let idle = number("idle_minutes", 12 * 60, 5, 100_000) * MINUTE;
        let count = |name, default, least, most| usize::try_from(number(name, default, least, most)).unwrap_or(8);
        Rules {
            shortest: count("minimum_length", 8, 8, 100),
            kinds: count("kinds", 3, 1, 4),
            wrong_before_lock: number("lock_after_failures", 5, 1, 100),
            lock: number("lock_minutes", 15, 1, 10_000) * MINUTE,
            idle,
            longest: (number("longest_hours", 7 * 24, 1, 10_000) * 60 * MINUTE).max(idle),
        }
    }

    /// Judges a new password.
    ///
    /// # Errors
    /// `people-password-short`, `people-password-long`, `people-password-kinds`, `people-password-login`.
    pub fn judge(&self, login: &str, password: &str) -> Result<(), Refusal> {
        let length = password.chars().count();
        if length < self.shortest {
            return Err(Refusal::new("people-password-short").with("least", self.shortest).on("fresh"));
        }
        if length > LONGEST {
            return Err(Refusal::new("people-password-long").with("most", LONGEST).on("fresh"));
        }
        let has = |kind: fn(char) -> bool| usize::from(password.chars().any(kind));
        let kinds = has(char::is_lowercase)
            + has(char::is_uppercase)
            + has(char::is_numeric)
            + has(|character| !character.is_lowercase() && !character.is_uppercase() && !character.is_numeric());
        if kinds < self.kinds {
            return Err(Refusal::new("people-password-kinds").with("kinds", self.kinds).on("fresh"));
        }
        if password.to_lowercase().contains(&login.to_lowercase()) {
            return Err(Refusal::new("people-password-login").on("fresh"));
        }
        Ok(())
    }
}

/// What became of an attempt to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The session was opened.
    Opened,
    /// The login or the password was wrong.
    Wrong,
    /// The account was locked at that moment; the password did not matter.
    Locked,
    /// The password was right but the account is not active.
    Inactive,
    /// The session was ended by its owner.
    Ended,
    /// The first factor was right, the second is asked.
    Asked,
    /// The second factor was wrong.
    Unproved,
    /// What a provider of identities said did not open anything.
    Refused,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Outcome; 8] = [
        Outcome::Opened,
        Outcome::Wrong,
        Outcome::Locked,
        Outcome::Inactive,
        Outcome::Ended,
        Outcome::Asked,
        Outcome::Unproved,
        Outcome::Refused,
    ];

    /// Its name in the log.
    pub const fn word(self) -> &'static str {
        match self {
            Outcome::Opened => "opened",
            Outcome::Wrong => "wrong",
            Outcome::Locked => "locked",
            Outcome::Inactive => "inactive",
            Outcome::Ended => "ended",
            Outcome::Asked => "asked",
            Outcome::Unproved => "unproved",
            Outcome::Refused => "refused",
        }
    }
}

/// How often the password was wrong, and until when nobody may try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lock {
    /// Wrong passwords in a row.
    pub failed: i64,
    /// Until when the account is locked; a moment in the past locks nothing.
    pub until: Moment,
}

impl Lock {
    /// Judges an attempt; answers its outcome and the lock after it.
    #[must_use]
    pub fn attempt(self, is_active: bool, is_right: bool, now: Moment, rules: &Rules) -> (Outcome, Lock) {
        if self.until > now {
            return (Outcome::Locked, self);
        }
        match (is_right, is_active) {
            (true, true) => (Outcome::Opened, Lock::default()),
            (true, false) => (Outcome::Inactive, self),
            (false, _) if self.failed + 1 >= rules.wrong_before_lock => {
                (Outcome::Wrong, Lock { failed: 0, until: now.plus(rules.lock) })
            }
            (false, _) => (Outcome::Wrong, Lock { failed: self.failed + 1, ..self }),
        }
    }
}

/// An account, as administrators decide about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its identifier.
    pub id: Id,
    /// What is typed at sign-in.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What they are employed to do.
    pub post: Post,
    /// Their department, if any.
    pub department: Option<Id>,
    /// True when the person may sign in.
    pub is_active: bool,
    /// True until the password that was given has been replaced.
    pub is_first_password: bool,
    /// Wrong passwords and their consequence.
    pub lock: Lock,
    /// Rises with every change.
    pub revision: i64,
}

/// True for the three administrators.
pub const fn is_administrator(post: Post) -> bool {
    matches!(post, Post::SystemAdmin | Post::SecurityAdmin | Post::AuditAdmin)
}

impl Account {
    fn not_own(&self, actor: &Actor) -> Result<(), Refusal> {
        if self.id == actor.account { Err(Refusal::new("people-own-account")) } else { Ok(()) }
    }

    /// `others` is how many other active accounts hold this account's post.
    fn not_last(&self, others: i64) -> Result<(), Refusal> {
        if self.is_active && is_administrator(self.post) && others == 0 {
            return Err(Refusal::new("people-last-administrator"));
        }
        Ok(())
    }

    /// Gives another post. An account has exactly one, so the three administrators are three accounts.
    ///
    /// # Errors
    /// `people-own-account`, `people-last-administrator`.
    pub fn give_post(self, actor: &Actor, post: Post, others: i64) -> Result<Account, Refusal> {
        self.not_own(actor)?;
        if post != self.post {
            self.not_last(others)?;
        }
        Ok(Account { post, ..self })
    }

    /// Lets the person sign in.
    ///
    /// # Errors
    /// `people-own-account`.
    pub fn activate(self, actor: &Actor) -> Result<Account, Refusal> {
        self.not_own(actor)?;
        Ok(Account { is_active: true, ..self })
    }

    /// Keeps the person out.
    ///
    /// # Errors
    /// `people-own-account`, `people-last-administrator`.
    pub fn deactivate(self, actor: &Actor, others: i64) -> Result<Account, Refusal> {
        self.not_own(actor)?;
        self.not_last(others)?;
        Ok(Account { is_active: false, ..self })
    }

    /// Ends a lock before its time.
    #[must_use]
    pub fn unlock(self) -> Account {
        Account { lock: Lock::default(), ..self }
    }

    /// Gives a first password again. Not to administrators: whoever resets a password reads it, and so could become them.
    ///
    /// # Errors
    /// `people-own-account`, `people-administrator-password`.
    pub fn reset(self, actor: &Actor) -> Result<Account, Refusal> {
        self.not_own(actor)?;
        if is_administrator(self.post) {
            return Err(Refusal::new("people-administrator-password"));
        }
        Ok(Account { is_first_password: true, lock: Lock::default(), ..self })
    }
}

/// Checks a login: 2 to 40 letters, digits, `-`, `_` or `.`; answers it in lower case.
///
/// # Errors
/// `people-login-form`.
pub fn login(typed: &str) -> Result<String, Refusal> {
    let login = typed.trim().to_lowercase();
    let is_written = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if !(2..=40).contains(&login.len()) || !login.chars().all(is_written) {
        return Err(Refusal::new("people-login-form").on("login"));
    }
    Ok(login)
}

/// Checks the post that the system administrator proposes for a new account.
///
/// # Errors
/// `people-post-unknown`; `people-post-administrator` for the three administrators, whom only security makes.
pub fn proposed_post(word: &str) -> Result<Post, Refusal> {
    let post = Post::parse(word).ok_or_else(|| Refusal::new("people-post-unknown").on("post"))?;
    if is_administrator(post) {
        return Err(Refusal::new("people-post-administrator").on("post"));
    }
    Ok(post)
}

/// The kinds of departments in which a post would be at odds with its work. A desk decides about all departments, so it is none's
/// that handles; a keeper verifies what those do; power to enforce is given to authorities, never to companies or crews.
const fn odd_kinds(post: Post) -> &'static [&'static str] {
    match post {
        Post::Acceptor | Post::ShiftLeader | Post::Dispatcher | Post::Keeper => &["unit", "crew", "bureau", "utility"],
        Post::DepartmentDesk | Post::CrewMember => &[],
        _ => &["crew", "utility"],
    }
}

/// Checks that a post belongs into a department of this kind, or into none.
///
/// # Errors
/// `people-post-needs-department` for those whose work is their department's, `people-post-not-there`.
pub fn stands_in(post: Post, kind: Option<&str>) -> Result<(), Refusal> {
    use Post::{CrewMember, DepartmentDesk, EnforcementHelper, EnforcementOfficer, UnitLeader};
    let is_of_department =
        matches!(post, DepartmentDesk | CrewMember | EnforcementHelper | EnforcementOfficer | UnitLeader);
    match kind {
        None if is_of_department => Err(Refusal::new("people-post-needs-department").on("department_code")),
        Some(kind) if odd_kinds(post).contains(&kind) => {
            Err(Refusal::new("people-post-not-there").on("department_code"))
        }
        _ => Ok(()),
    }
}

/// One line of a list of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Its line in the file, counted from 1.
    pub line: u64,
    /// What is typed at sign-in.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What they are employed to do.
    pub post: Post,
    /// The department's code; none when they belong to none.
    pub department_code: Option<String>,
    /// The number by which the employer knows them; empty for none.
    #[serde(default)]
    pub employee_number: String,
}

/// The longest employee number, in characters.
const LONGEST_NUMBER: usize = 40;

/// Checks an employee number: at most 40 printable characters without spaces, or nothing.
///
/// # Errors
/// `people-employee-number-form`.
pub fn employee_number(typed: &str) -> Result<String, Refusal> {
    let number = typed.trim();
    let is_written = |one: char| !one.is_whitespace() && !one.is_control();
    if number.chars().count() > LONGEST_NUMBER || !number.chars().all(is_written) {
        return Err(Refusal::new("people-employee-number-form").on("employee_number"));
    }
    Ok(number.to_owned())
}

/// Reads a list of people (`login,name,post,department_code,employee_number`, in any order among others). A bad line is named and never
/// loses the good ones.
pub fn read_people(text: &str) -> (Vec<Person>, Vec<Refusal>) {
    super::department::read(text, &["login", "name", "post"], |line, field| {
        let post = Post::parse(&field("post")).ok_or_else(|| Refusal::new("people-post-unknown"))?;
        let code = field("department_code");
        let department_code = (!code.is_empty()).then_some(code);
        let employee_number = employee_number(&field("employee_number"))?;
        Ok(Person { line, login: login(&field("login"))?, name: field("name"), post, department_code, employee_number })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules::of(&toml::Table::new())
    }

    fn account(id: Id, post: Post) -> Account {
        Account {
            id,
            login: "somebody".into(),
            name: "某人".into(),
            post,
            department: None,
            is_active: true,
            is_first_password: false,
            lock: Lock::default(),
            revision: 1,
        }
    }

    fn actor(account: Id, post: Post) -> Actor {
        Actor { account, name: "管理员".into(), post, department: None, must_change_password: false }
    }

    #[test]
    fn a_password_mixes_three_kinds() {
        let judged = |password: &str| rules().judge("keeper1", password).map_err(|refusal| refusal.key);
        assert_eq!(judged("Aa1"), Err("people-password-short"));
        assert_eq!(judged("aaaaaaaa1"), Err("people-password-kinds"));
        assert_eq!(judged("Keeper1-2026"), Err("people-password-login"));
        assert_eq!(judged(&"aA1".repeat(100)), Err("people-password-long"));
        assert_eq!(judged("Orange-Boat-7"), Ok(()));
        assert_eq!(judged("望澜城Boat7x"), Ok(()));
    }

    #[test]
    fn the_fifth_wrong_password_locks_for_fifteen_minutes() {
        let (rules, now) = (rules(), Moment(1_000_000));
        let mut lock = Lock::default();
        for _ in 0..5 {
            let (outcome, next) = lock.attempt(true, false, now, &rules);
            assert_eq!(outcome, Outcome::Wrong);
            lock = next;
        }
        assert_eq!(lock.attempt(true, true, now.plus(15 * MINUTE - 1), &rules).0, Outcome::Locked);
        assert_eq!(lock.attempt(true, true, now.plus(15 * MINUTE), &rules), (Outcome::Opened, Lock::default()));
    }

    #[test]
    fn a_right_password_forgives_the_wrong_ones() {
        let (rules, now) = (rules(), Moment(0));
        let lock = Lock { failed: 4, until: Moment(0) };
        assert_eq!(lock.attempt(true, true, now, &rules), (Outcome::Opened, Lock::default()));
        assert_eq!(lock.attempt(false, true, now, &rules).0, Outcome::Inactive);
    }

    #[test]
    fn the_last_administrator_of_a_kind_stays() {
        let security = actor(1, Post::SecurityAdmin);
        for post in [Post::SystemAdmin, Post::SecurityAdmin, Post::AuditAdmin] {
            let last = account(2, post);
            assert!(last.clone().deactivate(&security, 0).is_err());
            assert!(last.clone().give_post(&security, Post::Keeper, 0).is_err());
            assert!(last.deactivate(&security, 1).is_ok());
        }
        assert!(account(2, Post::Keeper).deactivate(&security, 0).is_ok());
    }

    #[test]
    fn a_post_belongs_where_its_work_is() {
        let refused = |post, kind| stands_in(post, kind).map_err(|refusal| refusal.key);
        for (post, kind, said) in [
            (Post::Acceptor, Some("supervision_centre"), Ok(())),
            (Post::Acceptor, None, Ok(())),
            (Post::Acceptor, Some("utility"), Err("people-post-not-there")),
            (Post::Keeper, Some("team"), Ok(())),
            (Post::Keeper, Some("crew"), Err("people-post-not-there")),
            (Post::CrewMember, Some("crew"), Ok(())),
            (Post::CrewMember, None, Err("people-post-needs-department")),
            (Post::EnforcementOfficer, Some("squad"), Ok(())),
            (Post::EnforcementOfficer, Some("utility"), Err("people-post-not-there")),
            (Post::UnitLeader, None, Err("people-post-needs-department")),
        ] {
            assert_eq!(refused(post, kind), said, "{post:?} in {kind:?}");
        }
    }

    #[test]
    fn nobody_decides_about_themselves() {
        let security = actor(1, Post::SecurityAdmin);
        let own = account(1, Post::SecurityAdmin);
        assert!(own.clone().give_post(&security, Post::AuditAdmin, 3).is_err());
        assert!(own.clone().deactivate(&security, 3).is_err());
        assert!(own.reset(&actor(1, Post::SystemAdmin)).is_err());
        assert!(account(2, Post::AuditAdmin).reset(&actor(1, Post::SystemAdmin)).is_err());
        assert!(proposed_post("system_admin").is_err());
    }
}
