//! A list of departments or of staff (名册) that somebody brought: its columns, its words, where it stands. Pure.

use crate::imports::import::{Note, State};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::{LANGUAGES, enum_of_words};
use crate::people::act::Post;
use crate::people::department::KINDS;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Which field stands in which column of a list.
pub type Places = Vec<(Field, usize)>;

/// The most rows of one list.
pub const MOST_ROWS: usize = 20_000;

enum_of_words! {
    /// What a list is about.
    Subject {
        /// 部门: the tree of departments.
        Departments = "departments",
        /// 人员: accounts.
        Staff = "staff",
    }
}

enum_of_words! {
    /// A column that is understood.
    Field {
        /// A department's code.
        Code = "code",
        /// Its name in Chinese.
        NameZh = "name_zh",
        /// Its name in English.
        NameEn = "name_en",
        /// The department above it: its code, or its name when only one has it.
        ParentCode = "parent_code",
        /// What kind of department it is.
        Kind = "kind",
        /// Where it answers.
        Phone = "phone",
        /// 工号: the number by which the employer knows somebody.
        EmployeeNumber = "employee_number",
        /// What is typed at sign-in.
        Login = "login",
        /// The person's name.
        Name = "name",
        /// What they are employed to do.
        Post = "post",
        /// Where: the department's code, or its name when only one has it.
        DepartmentCode = "department_code",
    }
}

impl Subject {
    /// Its columns, in the order in which they are written out.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Subject::Departments => {
                &[Field::Code, Field::NameZh, Field::NameEn, Field::ParentCode, Field::Kind, Field::Phone]
            }
            Subject::Staff => &[Field::EmployeeNumber, Field::Login, Field::Name, Field::Post, Field::DepartmentCode],
        }
    }

    /// Without one of these columns nothing of a list can be known again.
    pub const fn keys(self) -> &'static [Field] {
        match self {
            Subject::Departments => &[Field::Code],
            Subject::Staff => &[Field::EmployeeNumber, Field::Login],
        }
    }

    /// What a row of somebody or something new must say.
    pub const fn needed(self) -> &'static [Field] {
        match self {
            Subject::Departments => &[Field::Code, Field::NameZh, Field::Kind],
            Subject::Staff => &[Field::Name, Field::Post],
        }
    }
}

/// What a row says: its cells by column.
pub type Said = BTreeMap<Field, String>;

/// A row as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The row of the file.
    pub at: u64,
    /// Its cells; a column that the file does not have is missing.
    pub said: Said,
    /// Why it could not be read at all.
    pub broken: Option<Note>,
}

enum_of_words! {
    /// What would come of a row.
    What {
        /// It is added.
        New = "new",
        /// It is there and becomes what the row says.
        Changed = "changed",
        /// It is as the row says.
        Same = "same",
        /// The row cannot be used.
        Refused = "refused",
        /// It is in the city and not in the list.
        Missing = "missing",
    }
}

/// One field that becomes something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which.
    pub field: Field,
    /// What it is.
    pub from: String,
    /// What it becomes.
    pub to: String,
}

/// A row and what would come of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The row of the file; 0 for whoever is missing in it.
    pub at: u64,
    /// What would come of it.
    pub what: What,
    /// What it says, understood: words instead of names, codes instead of departments. Of a refused row as it was written.
    pub said: Said,
    /// What becomes something else.
    pub changes: Vec<Change>,
    /// Why it cannot be used.
    pub no: Option<Note>,
    /// What is odd and does no harm.
    pub odd: Vec<Note>,
}

impl Judged {
    /// The change of a field, if there is one.
    pub fn change(&self, field: Field) -> Option<&Change> {
        self.changes.iter().find(|change| change.field == field)
    }

    /// What it says in a column; empty without.
    pub fn said(&self, field: Field) -> &str {
        self.said.get(&field).map_or("", String::as_str)
    }
}

/// How much of each there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Added.
    pub new: u64,
    /// Changed.
    pub changed: u64,
    /// As before.
    pub same: u64,
    /// Cannot be used.
    pub refused: u64,
    /// In the city and not in the list.
    pub missing: u64,
    /// Of the changed ones: those who get another post.
    pub posts: u64,
    /// Of the missing ones: those who may be asked to leave.
    pub leaving: u64,
}

impl Counts {
    /// Counts rows.
    pub fn of(judged: &[Judged]) -> Counts {
        let mut counts = Counts::default();
        for one in judged {
            *match one.what {
                What::New => &mut counts.new,
                What::Changed => &mut counts.changed,
                What::Same => &mut counts.same,
                What::Refused => &mut counts.refused,
                What::Missing => &mut counts.missing,
            } += 1;
            counts.posts += u64::from(one.what == What::Changed && one.change(Field::Post).is_some());
            counts.leaving += u64::from(one.what == What::Missing && one.odd.is_empty());
        }
        counts
    }

    /// How many have this.
    pub const fn get(&self, what: What) -> u64 {
        match what {
            What::New => self.new,
            What::Changed => self.changed,
            What::Same => self.same,
            What::Refused => self.refused,
            What::Missing => self.missing,
        }
    }
}

/// What was found in a list, and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Found {
    /// The columns that were understood.
    pub columns: BTreeSet<Field>,
    /// The headings of those that were not.
    pub unknown: Vec<String>,
    /// How much of each there is.
    pub counts: Counts,
    /// Who may sign in since the release.
    pub activated: u64,
    /// Who has another post since.
    pub posted: u64,
    /// Who may no longer sign in since.
    pub left: u64,
    /// Whom the release left alone, and why.
    pub alone: Vec<Note>,
}

/// One list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roll {
    /// Its identifier.
    pub id: Id,
    /// What it is about.
    pub subject: Subject,
    /// The name that the file came with.
    pub name: String,
    /// The SHA-256 of the file.
    pub sha256: String,
    /// Its size.
    pub bytes: i64,
    /// Where it stands.
    pub state: State,
    /// What was found.
    pub found: Found,
    /// Whether those who are missing in it shall no longer sign in.
    pub is_leave_asked: bool,
    /// Who brought it; none at the command line.
    pub author: Option<Id>,
    /// When.
    pub brought_at: Moment,
    /// Who decided; none at the command line.
    pub decider: Option<Id>,
    /// When.
    pub decided_at: Option<Moment>,
    /// The security administrator who released it.
    pub releaser: Option<Id>,
    /// When.
    pub released_at: Option<Moment>,
    /// One more for every change.
    pub revision: i64,
}

impl Roll {
    /// Whether nobody has decided about it.
    ///
    /// # Errors
    /// `imports-decided`.
    pub fn waits(&self) -> Result<(), Refusal> {
        if self.state == State::Waiting { Ok(()) } else { Err(Refusal::new("imports-decided")) }
    }

    /// Whether there is anything to be kept.
    ///
    /// # Errors
    /// `imports-decided` when it was decided before; `imports-nothing-good` when no row can be used, `rolls-nothing-new` when all
    /// are as before and nobody is asked to leave.
    pub fn may_be_kept(&self, is_leave_asked: bool) -> Result<(), Refusal> {
        self.waits()?;
        let counts = &self.found.counts;
        if counts.new + counts.changed + counts.same == 0 {
            return Err(Refusal::new("imports-nothing-good"));
        }
        if counts.new + counts.changed == 0 && !(is_leave_asked && counts.leaving > 0) {
            return Err(Refusal::new("rolls-nothing-new"));
        }
        Ok(())
    }

    /// The list after it was kept. Only of staff somebody may be asked to leave.
    ///
    /// # Errors
    /// As [`Roll::may_be_kept`].
    pub fn keep(self, by: Option<Id>, is_leave_asked: bool, now: Moment) -> Result<Roll, Refusal> {
        let is_leave_asked = is_leave_asked && self.subject == Subject::Staff;
        self.may_be_kept(is_leave_asked)?;
        let revision = self.revision + 1;
        Ok(Roll { state: State::Kept, is_leave_asked, decider: by, decided_at: Some(now), revision, ..self })
    }

    /// The list after it was thrown away.
    ///
    /// # Errors
    /// `imports-decided`.
    pub fn discard(self, by: Id, now: Moment) -> Result<Roll, Refusal> {
        self.waits()?;
        let revision = self.revision + 1;
        Ok(Roll { state: State::Discarded, decider: Some(by), decided_at: Some(now), revision, ..self })
    }

    /// Whether something of it waits for the security administrator.
    pub fn waits_for_release(&self) -> bool {
        let counts = &self.found.counts;
        self.subject == Subject::Staff
            && self.state == State::Kept
            && self.released_at.is_none()
            && (counts.new > 0 || counts.posts > 0 || (self.is_leave_asked && counts.leaving > 0))
    }

    /// The list after its release; never by whoever brought or kept it.
    ///
    /// # Errors
    /// `rolls-nothing-to-release`, `rolls-own-list`.
    pub fn release(self, by: Id, now: Moment) -> Result<Roll, Refusal> {
        if !self.waits_for_release() {
            return Err(Refusal::new("rolls-nothing-to-release"));
        }
        if self.author == Some(by) || self.decider == Some(by) {
            return Err(Refusal::new("rolls-own-list"));
        }
        let revision = self.revision + 1;
        Ok(Roll { releaser: Some(by), released_at: Some(now), revision, ..self })
    }
}

/// The words by which columns, posts and kinds of departments are known, in every language.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    headings: HashMap<String, Field>,
    posts: HashMap<String, Post>,
    kinds: HashMap<String, &'static str>,
    examples: HashSet<String>,
}

/// A heading or a name without what people write differently: white space, capitals, stars, what stands in brackets behind it.
fn plain(text: &str, is_heading: bool) -> String {
    let text = if is_heading { text.split(['(', '（', '[', '【']).next().unwrap_or_default() } else { text };
    let is_written = |character: &char| !character.is_whitespace() && !"*＊_-－".contains(*character);
    text.to_lowercase().chars().filter(is_written).collect()
}

impl Vocabulary {
    /// The words of a subject; `say` says a sentence in a language. Headings stand in `rolls-headings-…`, parted by `|`.
    pub fn of(subject: Subject, say: &dyn Fn(&str, &str) -> String) -> Vocabulary {
        let mut words = Vocabulary::default();
        for field in subject.fields() {
            words.headings.insert(plain(field.word(), true), *field);
        }
        for lang in LANGUAGES {
            for field in subject.fields() {
                let label = say(lang, &format!("rolls-field-{}", field.word()));
                let others = say(lang, &format!("rolls-headings-{}", field.word()));
                for heading in others.split('|').chain([label.as_str()]) {
                    words.headings.entry(plain(heading, true)).or_insert(*field);
                }
            }
            for post in Post::ALL {
                let name = say(lang, &format!("people-post-{}", post.word()));
                for one in name.split(['（', '）', '(', ')', '/']).chain([name.as_str()]) {
                    words.posts.entry(plain(one, false)).or_insert(*post);
                }
            }
            for field in [Field::Name, Field::NameZh] {
                words.examples.insert(plain(&say(lang, &format!("rolls-example-{}", field.word())), false));
            }
            for kind in KINDS {
                words.kinds.entry(plain(&say(lang, &format!("people-kind-{kind}")), false)).or_insert(kind);
            }
        }
        for post in Post::ALL {
            words.posts.insert(plain(post.word(), false), *post);
        }
        for kind in KINDS {
            words.kinds.insert(plain(kind, false), kind);
        }
        words.headings.remove("");
        words.posts.remove("");
        words
    }

    /// Which column holds what, and the headings that nothing is known of.
    ///
    /// # Errors
    /// `rolls-column-twice` (`field`), `rolls-column-missing` (`field`) without a column by which rows are known again.
    pub fn places(&self, subject: Subject, head: &[String]) -> Result<(Places, Vec<String>), Refusal> {
        let (mut places, mut unknown) = (Places::new(), Vec::new());
        for (place, heading) in head.iter().enumerate() {
            match self.headings.get(&plain(heading, true)) {
                Some(field) if places.iter().any(|(known, _)| known == field) => {
                    return Err(Refusal::new("rolls-column-twice").with("field", field.word()).on("file"));
                }
                Some(field) => places.push((*field, place)),
                None if heading.is_empty() => {}
                None => unknown.push(heading.clone()),
            }
        }
        if !places.iter().any(|(field, _)| subject.keys().contains(field)) {
            let wanted = subject.keys().last().map_or("", |field| field.word());
            return Err(Refusal::new("rolls-column-missing").with("field", wanted).on("file"));
        }
        Ok((places, unknown))
    }

    /// Whether this is the row that shows how a form is filled in.
    pub fn is_example(&self, said: &Said) -> bool {
        let name = said.get(&Field::Name).or_else(|| said.get(&Field::NameZh));
        name.is_some_and(|name| !name.trim().is_empty() && self.examples.contains(&plain(name, false)))
    }

    /// The post of a name or a word.
    pub fn post(&self, text: &str) -> Option<Post> {
        self.posts.get(&plain(text, false)).copied()
    }

    /// The kind of department of a name or a word.
    pub fn kind(&self, text: &str) -> Option<&'static str> {
        self.kinds.get(&plain(text, false)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roll(counts: Counts) -> Roll {
        Roll {
            id: 1,
            subject: Subject::Staff,
            name: "名册.xlsx".into(),
            sha256: String::new(),
            bytes: 1,
            state: State::Waiting,
            found: Found { counts, ..Found::default() },
            is_leave_asked: false,
            author: Some(7),
            brought_at: Moment(1),
            decider: None,
            decided_at: None,
            releaser: None,
            released_at: None,
            revision: 1,
        }
    }

    #[test]
    fn one_brings_and_keeps_and_another_releases() {
        let kept = roll(Counts { new: 2, ..Counts::default() }).keep(Some(7), false, Moment(2)).unwrap();
        assert!(kept.waits_for_release());
        assert_eq!(kept.clone().release(7, Moment(3)).unwrap_err().key, "rolls-own-list");
        assert_eq!(kept.clone().keep(Some(7), false, Moment(3)).unwrap_err().key, "imports-decided");
        let released = kept.release(8, Moment(3)).unwrap();
        assert_eq!((released.releaser, released.revision), (Some(8), 3));
        assert_eq!(released.release(8, Moment(4)).unwrap_err().key, "rolls-nothing-to-release");
        assert!(roll(Counts::default()).discard(7, Moment(2)).is_ok());
    }

    #[test]
    fn what_says_nothing_new_is_not_kept() {
        let refused =
            |counts, is_leave_asked| roll(counts).keep(Some(7), is_leave_asked, Moment(2)).map_err(|no| no.key);
        let same = Counts { same: 3, missing: 2, leaving: 1, ..Counts::default() };
        assert_eq!(refused(same, false), Err("rolls-nothing-new"));
        assert!(refused(same, true).is_ok_and(|kept| kept.waits_for_release()));
        assert_eq!(refused(Counts { refused: 3, ..Counts::default() }, true), Err("imports-nothing-good"));
        let departments = Roll { subject: Subject::Departments, ..roll(same) };
        assert_eq!(departments.keep(None, true, Moment(2)).unwrap_err().key, "rolls-nothing-new");
    }

    #[test]
    fn headings_are_known_in_both_languages() {
        let say = |lang: &str, key: &str| match (lang, key) {
            ("zh-Hans", "rolls-field-login") => "登录名".to_owned(),
            ("zh-Hans", "rolls-headings-login") => "账号|用户名".to_owned(),
            ("en", "rolls-headings-department_code") => "Unit|Department".to_owned(),
            ("zh-Hans", "people-post-keeper") => "采集员（监督员）".to_owned(),
            _ => key.to_owned(),
        };
        let words = Vocabulary::of(Subject::Staff, &say);
        let head = ["用户名（必填）", "* unit", "Employee Number", "星座", ""].map(str::to_owned);
        let (places, unknown) = words.places(Subject::Staff, &head).unwrap();
        assert_eq!(places, [(Field::Login, 0), (Field::DepartmentCode, 1), (Field::EmployeeNumber, 2)]);
        assert_eq!(unknown, ["星座"]);
        let twice = ["login", "登录名"].map(str::to_owned);
        assert_eq!(words.places(Subject::Staff, &twice).unwrap_err().key, "rolls-column-twice");
        let none = ["unit"].map(str::to_owned);
        assert_eq!(words.places(Subject::Staff, &none).unwrap_err().key, "rolls-column-missing");
        for text in ["keeper", "采集员", "监督员", "采集员（监督员）", " Keeper "] {
            assert_eq!(words.post(text), Some(Post::Keeper), "{text}");
        }
        assert_eq!(words.post("院长"), None);
        assert_eq!(words.kind("street_office"), Some("street_office"));
    }
}
