//! What can be found of one case, or of a report that belongs to none: lines of text, and marks to filter by. The contact of a
//! citizen and the tracking code are in neither: who may not read them could feel for them letter by letter.

use super::pieces::{self, Piece};
use crate::kit::clock::Moment;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use std::collections::BTreeSet;

enum_of_words! {
    /// What an entry is about.
    Subject {
        /// A case with its reports.
        Case = "case",
        /// A report that belongs to no case, such as one of another system.
        Report = "report",
    }
}

enum_of_words! {
    /// What a line of an entry is.
    Kind {
        /// The case's number.
        Number = "number",
        /// What it is called.
        Title = "title",
        /// The address, of the case or of a report.
        Address = "address",
        /// District, street and community by their names.
        Area = "area",
        /// Class and sub-class by their names.
        Category = "category",
        /// The words of a report.
        Report = "report",
        /// What a citizen wrote later.
        Added = "added",
        /// What somebody wrote beside an act.
        Note = "note",
        /// The number that another system gave.
        Source = "source",
    }
}

/// Where clocks that do not run stand in the order of due moments.
pub const NEVER: i64 = 9_000_000_000_000_000;

/// What the index holds of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is about.
    pub subject: Subject,
    /// Which one.
    pub id: Id,
    /// When it was opened or came in.
    pub at: Moment,
    /// When its clock ends; [`NEVER`] when none runs.
    pub due_order_at: i64,
    /// Lines: kind, tab, text.
    pub words: String,
    /// Marks, separated by spaces.
    pub marks: String,
}

/// A case as it is read for the index.
#[derive(Debug, Clone)]
pub struct CaseSeen {
    /// The identifier.
    pub id: Id,
    /// The number.
    pub number: String,
    /// What it is called.
    pub title: String,
    /// `event` or `component`; empty when nobody chose a sub-class.
    pub kind: String,
    /// The sub-class.
    pub code: String,
    /// The street's code.
    pub street: String,
    /// The community's code.
    pub community: String,
    /// The address.
    pub address: String,
    /// The stage's word.
    pub stage: String,
    /// False once it has ended.
    pub is_open: bool,
    /// Whose it is.
    pub department: Option<Id>,
    /// Who of them.
    pub crew: Option<Id>,
    /// Who looks at it on site.
    pub keeper: Option<Id>,
    /// Everybody who had a part in the work, separated by spaces.
    pub handlers: String,
    /// Who of the staff reported it.
    pub opened_by: Option<Id>,
    /// When it was opened.
    pub opened_at: Moment,
    /// When its clock ends; [`NEVER`] when none runs.
    pub due_order_at: i64,
}

/// A report as it is read for the index.
#[derive(Debug, Clone)]
pub struct ReportSeen {
    /// The identifier.
    pub id: Id,
    /// The case that it belongs to.
    pub case: Option<Id>,
    /// The words.
    pub words: String,
    /// The address.
    pub address: String,
    /// The area by its names.
    pub area: String,
    /// The district's code.
    pub district: String,
    /// The street's code.
    pub street: String,
    /// The community's code.
    pub community: String,
    /// `event` or `component`.
    pub kind: String,
    /// The sub-class.
    pub code: String,
    /// The sub-class by its name.
    pub category: String,
    /// The number that another system gave.
    pub source_number: String,
    /// When it came in.
    pub received_at: Moment,
    /// False once it has ended.
    pub is_open: bool,
}

/// A fact as it is read for the index.
#[derive(Debug, Clone)]
pub struct FactSeen {
    /// `case` or `report`.
    pub subject: Subject,
    /// Which one.
    pub id: Id,
    /// Who of the staff did it.
    pub author: Option<Id>,
    /// What was written; empty for nothing.
    pub text: String,
}

/// What names and areas a subject has, as the catalog and the ground know them.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Names of class and sub-class, in every language.
    pub category: Vec<String>,
    /// Codes of district, street and community.
    pub areas: Vec<String>,
    /// Their names.
    pub area_names: Vec<String>,
}

#[derive(Default)]
struct Lines {
    words: String,
    seen: BTreeSet<String>,
}

impl Lines {
    /// Adds a line, unless the same was said before.
    fn add(&mut self, kind: Kind, text: &str) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() || !self.seen.insert(text.clone()) {
            return;
        }
        if !self.words.is_empty() {
            self.words.push('\n');
        }
        self.words.push_str(kind.word());
        self.words.push('\t');
        self.words.push_str(&text);
    }
}

/// The mark of a filter: `department:12`. White space would end it.
pub fn mark(name: &str, value: impl std::fmt::Display) -> String {
    format!("{name}:{value}").split_whitespace().collect()
}

fn category_marks(kind: &str, code: &str, marks: &mut BTreeSet<String>) {
    if !code.is_empty() {
        marks.insert(mark("code", format!("{kind}-{code}")));
        marks.insert(mark("class", format!("{kind}-{}", code.get(..2).unwrap_or(code))));
    }
}

impl Entry {
    /// What can be found of a case: what its page shows to everybody who may open it.
    pub fn of_case(case: &CaseSeen, reports: &[&ReportSeen], facts: &[&FactSeen], known: &Known) -> Entry {
        let mut lines = Lines::default();
        lines.add(Kind::Number, &case.number);
        lines.add(Kind::Title, &case.title);
        lines.add(Kind::Address, &case.address);
        lines.add(Kind::Area, &known.area_names.join(" "));
        lines.add(Kind::Category, &known.category.join(" / "));
        let mut marks = BTreeSet::new();
        for report in reports {
            lines.add(Kind::Report, &report.words);
            lines.add(Kind::Address, &report.address);
            lines.add(Kind::Source, &report.source_number);
        }
        for fact in facts {
            lines.add(if fact.subject == Subject::Case { Kind::Note } else { Kind::Added }, &fact.text);
            marks.extend(fact.author.map(|author| mark("person", author)));
        }
        marks.insert(mark("subject", Subject::Case.word()));
        marks.insert(mark("stage", &case.stage));
        marks.insert(mark("open", u8::from(case.is_open)));
        category_marks(&case.kind, &case.code, &mut marks);
        marks.extend(known.areas.iter().map(|code| mark("area", code)));
        marks.extend(case.department.map(|department| mark("department", department)));
        marks.extend(case.crew.map(|crew| mark("crew", crew)));
        let people = [case.crew, case.keeper, case.opened_by].into_iter().flatten();
        marks.extend(people.map(|person| mark("person", person)));
        marks.extend(case.handlers.split_ascii_whitespace().map(|person| mark("person", person)));
        // What crews and keepers may open depends on the stage: see `marks_of` in query.rs.
        match (case.stage.as_str(), case.department) {
            ("dispatched", Some(department)) if case.crew.is_none() => {
                marks.insert(mark("loose", department));
            }
            ("awaiting-check" | "verifying", _) => {
                marks.insert(mark("asked", case.keeper.unwrap_or(0)));
            }
            ("received" | "awaiting-filing", _) => {
                marks.extend(case.opened_by.map(|by| mark("told", by)));
            }
            _ => {}
        }
        Entry {
            subject: Subject::Case,
            id: case.id,
            at: case.opened_at,
            due_order_at: if case.is_open { case.due_order_at.min(NEVER) } else { NEVER },
            words: lines.words,
            marks: marks.into_iter().collect::<Vec<_>>().join(" "),
        }
    }

    /// What can be found of a report that belongs to no case.
    pub fn of_report(report: &ReportSeen, facts: &[&FactSeen], known: &Known) -> Entry {
        let mut lines = Lines::default();
        lines.add(Kind::Report, &report.words);
        lines.add(Kind::Address, &report.address);
        lines.add(
            Kind::Area,
            if known.area_names.is_empty() { report.area.clone() } else { known.area_names.join(" ") }.as_str(),
        );
        let category = if known.category.is_empty() { report.category.clone() } else { known.category.join(" / ") };
        lines.add(Kind::Category, &category);
        lines.add(Kind::Source, &report.source_number);
        let mut marks = BTreeSet::new();
        for fact in facts {
            lines.add(Kind::Added, &fact.text);
            marks.extend(fact.author.map(|author| mark("person", author)));
        }
        marks.insert(mark("subject", Subject::Report.word()));
        marks.insert(mark("open", u8::from(report.is_open)));
        category_marks(&report.kind, &report.code, &mut marks);
        marks.extend(known.areas.iter().map(|code| mark("area", code)));
        Entry {
            subject: Subject::Report,
            id: report.id,
            at: report.received_at,
            due_order_at: NEVER,
            words: lines.words,
            marks: marks.into_iter().collect::<Vec<_>>().join(" "),
        }
    }

    /// Its lines: what each is, and the text.
    pub fn lines(&self) -> impl Iterator<Item = (Kind, &str)> {
        lines(&self.words)
    }

    /// Every piece that it is found by.
    pub fn pieces(&self) -> BTreeSet<Piece> {
        let mut found = BTreeSet::new();
        self.lines().for_each(|(_, text)| pieces::of_text(text, &mut found));
        found.extend(self.marks.split(' ').map(pieces::of_mark));
        found
    }
}

/// The lines of an entry's words.
pub fn lines(words: &str) -> impl Iterator<Item = (Kind, &str)> {
    words.lines().filter_map(|line| {
        let (kind, text) = line.split_once('\t')?;
        Some((Kind::parse(kind)?, text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case() -> CaseSeen {
        CaseSeen {
            id: 7,
            number: "WL202603100012".into(),
            title: "井盖破损".into(),
            kind: "component".into(),
            code: "0101".into(),
            street: "990100001".into(),
            community: "990100001001".into(),
            address: "望澜路 12 号".into(),
            stage: "dispatched".into(),
            is_open: true,
            department: Some(3),
            crew: None,
            keeper: Some(5),
            handlers: "8 9".into(),
            opened_by: None,
            opened_at: Moment(1000),
            due_order_at: 2000,
        }
    }

    #[test]
    fn a_case_is_found_by_what_its_page_shows() {
        let report = ReportSeen {
            id: 70,
            case: Some(7),
            words: "井盖坏了\n很危险".into(),
            address: "望澜路 12 号".into(),
            area: String::new(),
            district: String::new(),
            street: String::new(),
            community: String::new(),
            kind: String::new(),
            code: String::new(),
            category: String::new(),
            source_number: "12345-0001".into(),
            received_at: Moment(900),
            is_open: true,
        };
        let note = FactSeen { subject: Subject::Case, id: 7, author: Some(11), text: "请速办\t急".into() };
        let known =
            Known {
                category: vec!["上水井盖".into()], areas: vec!["9901".into()], area_names: vec!["望澜区".into()]
            };
        let entry = Entry::of_case(&case(), &[&report], &[&note], &known);
        assert_eq!(
            entry.words,
            "number\tWL202603100012\ntitle\t井盖破损\naddress\t望澜路 12 号\narea\t望澜区\ncategory\t上水井盖\n\
             report\t井盖坏了 很危险\nsource\t12345-0001\nnote\t请速办 急"
        );
        let marks: Vec<&str> = entry.marks.split(' ').collect();
        for expected in [
            "subject:case",
            "stage:dispatched",
            "open:1",
            "class:component-01",
            "code:component-0101",
            "area:9901",
            "department:3",
            "loose:3",
            "person:5",
            "person:8",
            "person:9",
            "person:11",
        ] {
            assert!(marks.contains(&expected), "{expected}: {}", entry.marks);
        }
        assert_eq!(entry.due_order_at, 2000);
        let ended =
            Entry::of_case(&CaseSeen { is_open: false, stage: "closed".into(), ..case() }, &[], &[], &Known::default());
        assert_eq!(ended.due_order_at, NEVER);
        assert!(!ended.marks.contains("loose"));
    }
}
