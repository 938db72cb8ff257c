//! What would come of each row of a list. Pure: rows and the city as it is go in, a verdict for each row comes out; the same rows
//! and the same city give the same verdicts, by which it is noticed that the city has changed since somebody looked.

use super::roll::{Change, Field, Judged, Line, Said, Vocabulary, What};
use crate::imports::import::Note;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::tables::ABOUT;
use crate::people::account::{employee_number, is_administrator, login, stands_in};
use crate::people::act::Post;
use crate::people::department::{Department, NewDepartment};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The longest name of a person, in characters.
const LONGEST_NAME: usize = 60;
/// How few digits a telephone number has at least (110).
const FEWEST_DIGITS: usize = 3;
/// How many names of a circle are said.
const CIRCLE: usize = 6;

/// Somebody who has an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub id: Id,
    /// What is typed at sign-in.
    pub login: String,
    /// The name.
    pub name: String,
    /// What they are employed to do.
    pub post: Post,
    /// Their department's code; empty for none.
    pub department_code: String,
    /// The employer's number; empty for none.
    pub employee_number: String,
    /// Whether they may sign in.
    pub is_active: bool,
}

/// The city as it is.
#[derive(Debug, Clone, Default)]
pub struct City {
    /// Its departments.
    pub departments: Vec<Department>,
    /// Its accounts.
    pub people: Vec<Person>,
}

fn note(at: u64, refusal: &Refusal) -> Note {
    Note::of(&at.to_string(), refusal)
}

fn refused(line: &Line, refusal: &Refusal) -> Judged {
    Judged {
        at: line.at,
        what: What::Refused,
        said: line.said.clone(),
        changes: Vec::new(),
        no: Some(note(line.at, refusal)),
        odd: Vec::new(),
    }
}

/// What a row of two that name the same says about the other.
fn twice(key: &'static str, value: &str, first: u64) -> Refusal {
    Refusal::new(key).with("value", value).with("row", first)
}

/// What is wrong with a row before anybody asks what it says: it cannot be read, a cell is a formula or a number whose end was
/// forgotten, or it is the form's own example.
fn unfit(line: &Line, words: &Vocabulary) -> Option<Judged> {
    if let Some(broken) = &line.broken {
        let said = line.said.clone();
        let no = Some(broken.clone());
        return Some(Judged { at: line.at, what: What::Refused, said, changes: Vec::new(), no, odd: Vec::new() });
    }
    let wrong = |(field, cell): (&Field, &String)| match cell.chars().next() {
        Some('=') => Some(Refusal::new("rolls-row-formula").with("field", field.word())),
        Some(ABOUT) => Some(Refusal::new("rolls-row-rounded").with("field", field.word())),
        _ => None,
    };
    let example = || words.is_example(&line.said).then(|| Refusal::new("rolls-row-example"));
    line.said.iter().find_map(wrong).or_else(example).map(|refusal| refused(line, &refusal))
}

/// A refusal of a form's field as a row's: it says which column it is about.
fn of_column(refusal: Refusal, field: Field) -> Refusal {
    let key = match refusal.key {
        "form-missing" => "rolls-row-missing",
        "form-too-long" => "rolls-row-long",
        other => other,
    };
    Refusal { key, ..refusal }.with("field", field.word())
}

fn required(said: &Said, field: Field, most: usize) -> Result<String, Refusal> {
    let cell = said.get(&field).map_or("", String::as_str);
    crate::kit::form::required(field.word(), cell, most).map_err(|no| of_column(no, field))
}

/// A name within one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Names that only one has, by what they mean; none for those that several have.
type Names<'a> = HashMap<String, Option<&'a str>>;

fn named<'a>(names: &mut Names<'a>, name: &str, code: &'a str) {
    if !name.is_empty() {
        names.entry(one_line(name)).and_modify(|known| *known = known.filter(|one| *one == code)).or_insert(Some(code));
    }
}

/// A department by its code or by a name that only one has.
fn department<'a>(typed: &str, codes: &HashSet<&'a str>, names: &Names<'a>) -> Result<&'a str, Refusal> {
    if let Some(code) = codes.get(typed) {
        return Ok(*code);
    }
    match names.get(&one_line(typed)) {
        Some(Some(code)) => Ok(*code),
        Some(None) => Err(Refusal::new("rolls-department-several").with("typed", typed)),
        None => Err(Refusal::new("rolls-department-unknown").with("typed", typed)),
    }
}

/// Judges a list of staff.
pub fn staff(lines: &[Line], city: &City, words: &Vocabulary) -> Vec<Judged> {
    let mut names = Names::new();
    for one in &city.departments {
        named(&mut names, &one.name_zh, &one.code);
        named(&mut names, &one.name_en, &one.code);
    }
    let desk = Desk {
        codes: city.departments.iter().map(|one| one.code.as_str()).collect(),
        names,
        kinds: city.departments.iter().map(|one| (one.code.as_str(), one.kind.as_str())).collect(),
        logins: city.people.iter().map(|one| (one.login.as_str(), one)).collect(),
        numbers: numbers(&city.people),
        words,
    };
    let (mut logins, mut employee_numbers) = (HashMap::new(), HashMap::new());
    let (mut taken, mut mentioned) = (HashMap::new(), HashSet::new());
    let mut judged = Vec::with_capacity(lines.len());
    for line in lines {
        let typed = |field| line.said.get(&field).map_or("", |cell| cell.trim());
        let (own_login, own_number) = (typed(Field::Login).to_lowercase(), typed(Field::EmployeeNumber).to_owned());
        let known = desk.logins.get(own_login.as_str()).into_iter().chain(desk.numbers.get(own_number.as_str()));
        mentioned.extend(known.map(|person| person.id));
        if let Some(no) = unfit(line, words) {
            judged.push(no);
            continue;
        }
        let first = |seen: &mut HashMap<String, u64>, value: &str| {
            let first = (!value.is_empty()).then(|| *seen.entry(value.to_owned()).or_insert(line.at));
            first.filter(|first| *first != line.at)
        };
        let number_before = first(&mut employee_numbers, &own_number);
        let login_before = first(&mut logins, &own_login);
        let outcome = match (number_before, login_before) {
            (Some(row), _) => Err(twice("rolls-row-number-twice", &own_number, row)),
            (_, Some(row)) => Err(twice("rolls-row-login-twice", &own_login, row)),
            _ => desk.judge(line),
        };
        let outcome = outcome.and_then(|one: Judged| match taken.insert(one.said(Field::Login).to_owned(), line.at) {
            Some(row) => Err(twice("rolls-row-login-twice", one.said(Field::Login), row)),
            None => Ok(one),
        });
        judged.push(outcome.unwrap_or_else(|refusal| refused(line, &refusal)));
    }
    judged.extend(city.people.iter().filter(|one| one.is_active && !mentioned.contains(&one.id)).map(|one| {
        let odd = is_administrator(one.post).then(|| note(0, &Refusal::new("rolls-odd-administrator")));
        absent(said_of(one), odd)
    }));
    judged
}

fn numbers(people: &[Person]) -> HashMap<&str, &Person> {
    let numbered = people.iter().filter(|one| !one.employee_number.is_empty());
    numbered.map(|one| (one.employee_number.as_str(), one)).collect()
}

fn absent(said: Said, odd: Option<Note>) -> Judged {
    Judged { at: 0, what: What::Missing, said, changes: Vec::new(), no: None, odd: odd.into_iter().collect() }
}

fn said_of(person: &Person) -> Said {
    Said::from([
        (Field::EmployeeNumber, person.employee_number.clone()),
        (Field::Login, person.login.clone()),
        (Field::Name, person.name.clone()),
        (Field::Post, person.post.word().to_owned()),
        (Field::DepartmentCode, person.department_code.clone()),
    ])
}

/// What a row of staff is compared with.
struct Desk<'a> {
    codes: HashSet<&'a str>,
    names: Names<'a>,
    kinds: HashMap<&'a str, &'a str>,
    logins: HashMap<&'a str, &'a Person>,
    numbers: HashMap<&'a str, &'a Person>,
    words: &'a Vocabulary,
}

impl Desk<'_> {
    fn judge(&self, line: &Line) -> Result<Judged, Refusal> {
        let cell = |field| line.said.get(&field).map(|cell| cell.trim());
        let number = cell(Field::EmployeeNumber).map(employee_number).transpose()?;
        let typed_login = match cell(Field::Login) {
            None | Some("") => None,
            Some(typed) => Some(login(typed)?),
        };
        let by_number = number.as_deref().and_then(|number| self.numbers.get(number).copied());
        let by_login = typed_login.as_deref().and_then(|login| self.logins.get(login).copied());
        let known = match (by_number, by_login) {
            (Some(one), Some(other)) if one.id != other.id => {
                let no = Refusal::new("rolls-row-two-people").with("number", &one.employee_number);
                return Err(no.with("login", &one.login).with("other", &other.login));
            }
            // A login is how somebody is known in the log: no file changes it.
            (Some(one), None) if typed_login.is_some() => {
                let no = Refusal::new("rolls-row-login-stays").with("number", &one.employee_number);
                return Err(no.with("login", &one.login));
            }
            (Some(one), _) | (None, Some(one)) => Some(one),
            (None, None) => None,
        };
        match known {
            Some(person) => self.known(line, person, number),
            None => self.fresh(line, number.unwrap_or_default(), typed_login),
        }
    }

    fn post(&self, typed: &str) -> Result<Post, Refusal> {
        self.words.post(typed).ok_or_else(|| Refusal::new("rolls-post-unknown").with("typed", typed))
    }

    fn department(&self, typed: &str) -> Result<String, Refusal> {
        if typed.is_empty() {
            Ok(String::new())
        } else {
            department(typed, &self.codes, &self.names).map(str::to_owned)
        }
    }

    fn stands(&self, post: Post, code: &str) -> Result<(), Refusal> {
        stands_in(post, self.kinds.get(code).copied())
            .map_err(|no| no.with("post", post.word()).with("department", code))
    }

    fn fresh(&self, line: &Line, number: String, typed_login: Option<String>) -> Result<Judged, Refusal> {
        let mut odd = Vec::new();
        let login = match typed_login {
            Some(login) => login,
            None => {
                let missing = || Refusal::new("rolls-row-login-missing");
                let login = login(&number).map_err(|_| missing())?;
                if self.logins.contains_key(login.as_str()) {
                    return Err(missing());
                }
                odd.push(note(line.at, &Refusal::new("rolls-odd-login").with("login", &login)));
                login
            }
        };
        let name = one_line(&required(&line.said, Field::Name, LONGEST_NAME)?);
        let post = self.post(&required(&line.said, Field::Post, LONGEST_NAME)?)?;
        if is_administrator(post) {
            return Err(Refusal::new("people-post-administrator"));
        }
        let code = self.department(line.said.get(&Field::DepartmentCode).map_or("", |cell| cell.trim()))?;
        self.stands(post, &code)?;
        let said = Said::from([
            (Field::EmployeeNumber, number),
            (Field::Login, login),
            (Field::Name, name),
            (Field::Post, post.word().to_owned()),
            (Field::DepartmentCode, code),
        ]);
        Ok(Judged { at: line.at, what: What::New, said, changes: Vec::new(), no: None, odd })
    }

    fn known(&self, line: &Line, person: &Person, number: Option<String>) -> Result<Judged, Refusal> {
        let mut odd = Vec::new();
        let has = |field| line.said.contains_key(&field);
        let cell = |field| line.said.get(&field).map_or("", |cell| cell.trim());
        let name = if has(Field::Name) {
            one_line(&required(&line.said, Field::Name, LONGEST_NAME)?)
        } else {
            person.name.clone()
        };
        // An empty cell of a post says nothing: everybody has one.
        let post = if cell(Field::Post).is_empty() { person.post } else { self.post(cell(Field::Post))? };
        let code = if has(Field::DepartmentCode) {
            self.department(cell(Field::DepartmentCode))?
        } else {
            person.department_code.clone()
        };
        if post != person.post {
            if is_administrator(post) || is_administrator(person.post) {
                return Err(Refusal::new("rolls-row-administrator"));
            }
            odd.push(note(line.at, &Refusal::new("rolls-odd-post")));
        }
        if post != person.post || code != person.department_code {
            self.stands(post, &code)?;
        }
        if !person.is_active {
            odd.push(note(line.at, &Refusal::new("rolls-odd-inactive")));
        }
        let said = Said::from([
            (Field::EmployeeNumber, number.unwrap_or_else(|| person.employee_number.clone())),
            (Field::Login, person.login.clone()),
            (Field::Name, name),
            (Field::Post, post.word().to_owned()),
            (Field::DepartmentCode, code),
        ]);
        Ok(compared(line.at, &said_of(person), said, odd))
    }
}

fn compared(at: u64, before: &Said, said: Said, odd: Vec<Note>) -> Judged {
    let changes: Vec<Change> = said
        .iter()
        .filter_map(|(field, to)| {
            let from = before.get(field).cloned().unwrap_or_default();
            (from != *to).then(|| Change { field: *field, from, to: to.clone() })
        })
        .collect();
    let what = if changes.is_empty() { What::Same } else { What::Changed };
    Judged { at, what, said, changes, no: None, odd }
}

/// Judges a list of departments. One that stands in the list itself may be the one above another, whichever comes first.
pub fn departments(lines: &[Line], city: &City, words: &Vocabulary) -> Vec<Judged> {
    let by_id: HashMap<Id, &str> = city.departments.iter().map(|one| (one.id, one.code.as_str())).collect();
    let parent_of = |one: &Department| one.parent.and_then(|id| by_id.get(&id)).map_or("", |code| *code);
    let known: HashMap<&str, &Department> = city.departments.iter().map(|one| (one.code.as_str(), one)).collect();
    let typed = |line: &Line, field| line.said.get(&field).map_or(String::new(), |cell| cell.trim().to_owned());
    let written: Vec<String> = lines.iter().map(|line| typed(line, Field::Code)).collect();
    let (mut codes, mut names) = (known.keys().copied().collect::<HashSet<_>>(), Names::new());
    for one in &city.departments {
        named(&mut names, &one.name_zh, &one.code);
    }
    for (line, code) in lines.iter().zip(&written).filter(|(_, code)| !code.is_empty()) {
        codes.insert(code);
        named(&mut names, &typed(line, Field::NameZh), code);
    }
    let mut first: HashMap<&str, u64> = HashMap::new();
    let mut judged: Vec<Judged> = lines
        .iter()
        .zip(&written)
        .map(|(line, code)| {
            if let Some(no) = unfit(line, words) {
                return no;
            }
            let row = *first.entry(code).or_insert(line.at);
            if row != line.at && !code.is_empty() {
                return refused(line, &twice("rolls-row-code-twice", code, row));
            }
            let before = known.get(code.as_str()).map(|one| said_of_department(one, parent_of(one)));
            department_row(line, before.as_ref(), &codes, &names, words).unwrap_or_else(|no| refused(line, &no))
        })
        .collect();
    settle(&mut judged, lines, &city.departments, &parent_of);
    let mentioned: HashSet<&str> = written.iter().map(String::as_str).collect();
    let absent_ones = city.departments.iter().filter(|one| one.is_active && !mentioned.contains(one.code.as_str()));
    judged.extend(absent_ones.map(|one| absent(said_of_department(one, parent_of(one)), None)));
    judged
}

fn said_of_department(one: &Department, parent: &str) -> Said {
    Said::from([
        (Field::Code, one.code.clone()),
        (Field::NameZh, one.name_zh.clone()),
        (Field::NameEn, one.name_en.clone()),
        (Field::ParentCode, parent.to_owned()),
        (Field::Kind, one.kind.clone()),
        (Field::Phone, one.phone.clone()),
    ])
}

fn department_row(
    line: &Line,
    before: Option<&Said>,
    codes: &HashSet<&str>,
    names: &Names<'_>,
    words: &Vocabulary,
) -> Result<Judged, Refusal> {
    let cell = |field: Field| match line.said.get(&field) {
        Some(cell) => one_line(cell),
        None => before.and_then(|said| said.get(&field)).cloned().unwrap_or_default(),
    };
    let kind = match cell(Field::Kind).as_str() {
        // An empty cell of a kind says nothing: every department has one.
        "" => before.and_then(|said| said.get(&Field::Kind)).cloned().unwrap_or_default(),
        typed => words.kind(typed).ok_or_else(|| Refusal::new("rolls-kind-unknown").with("typed", typed))?.to_owned(),
    };
    if kind.is_empty() {
        return Err(Refusal::new("rolls-row-missing").with("field", Field::Kind.word()));
    }
    let parent = match cell(Field::ParentCode).as_str() {
        "" => String::new(),
        typed => department(typed, codes, names)?.to_owned(),
    };
    let field = |name: &str| match name {
        "kind" => kind.clone(),
        "parent_code" => parent.clone(),
        other => Field::parse(other).map(cell).unwrap_or_default(),
    };
    let new = NewDepartment::of(line.at, &field).map_err(|no| {
        let column = no.field.and_then(Field::parse).unwrap_or(Field::Code);
        of_column(no, column)
    })?;
    if !is_telephone(&new.phone) {
        return Err(Refusal::new("rolls-row-phone").with("typed", &new.phone));
    }
    let said = Said::from([
        (Field::Code, new.code),
        (Field::NameZh, new.name_zh),
        (Field::NameEn, new.name_en),
        (Field::ParentCode, parent),
        (Field::Kind, kind),
        (Field::Phone, new.phone),
    ]);
    Ok(match before {
        Some(before) => compared(line.at, before, said, Vec::new()),
        None => Judged { at: line.at, what: What::New, said, changes: Vec::new(), no: None, odd: Vec::new() },
    })
}

/// Whether somebody can call this: digits, and what people put between them. Nothing is nobody's number.
fn is_telephone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_between = |one: char| one.is_ascii_digit() || " -+()（）/、,，;；转x".contains(one);
    text.is_empty() || (digits >= FEWEST_DIGITS && text.chars().all(is_between))
}

/// Refuses rows whose department above is refused itself, and rows that would stand in a circle, until nothing more falls.
fn settle<'a>(
    judged: &mut [Judged],
    lines: &[Line],
    city: &'a [Department],
    parent_of: &dyn Fn(&'a Department) -> &'a str,
) {
    loop {
        let mut above: BTreeMap<String, String> =
            city.iter().map(|one| (one.code.clone(), parent_of(one).to_owned())).collect();
        for one in judged.iter().filter(|one| one.what != What::Refused) {
            above.insert(one.said(Field::Code).to_owned(), one.said(Field::ParentCode).to_owned());
        }
        let mut falls: Vec<(usize, Refusal)> = Vec::new();
        for (place, one) in judged.iter().enumerate().filter(|(_, one)| one.what != What::Refused) {
            let (code, parent) = (one.said(Field::Code), one.said(Field::ParentCode));
            if !parent.is_empty() && !above.contains_key(parent) {
                falls.push((place, Refusal::new("rolls-parent-refused").with("code", parent)));
            } else if let Some(circle) = circle(code, &above)
                && (one.what == What::New || one.change(Field::ParentCode).is_some())
            {
                falls.push((place, Refusal::new("rolls-row-circle").with("codes", circle)));
            }
        }
        if falls.is_empty() {
            return;
        }
        for (place, refusal) in falls {
            if let (Some(slot), Some(line)) = (judged.get_mut(place), lines.get(place)) {
                *slot = refused(line, &refusal);
            }
        }
    }
}

/// The way up from a department that comes back to it, in codes; none when it ends above.
fn circle(code: &str, above: &BTreeMap<String, String>) -> Option<String> {
    let (mut way, mut seen, mut at) = (vec![code], BTreeSet::from([code]), code);
    while let Some(next) = above.get(at).map(String::as_str).filter(|next| !next.is_empty()) {
        if next == code {
            way.truncate(CIRCLE);
            way.push(code);
            return Some(way.join(" → "));
        }
        if !seen.insert(next) {
            return None;
        }
        way.push(next);
        at = next;
    }
    None
}

/// The rows of departments that are added or changed, each after the one above it.
pub fn in_order(judged: &[Judged]) -> Vec<&Judged> {
    let mut waiting: Vec<&Judged> = judged.iter().filter(|one| matches!(one.what, What::New | What::Changed)).collect();
    let mut out = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let open: HashSet<&str> = waiting.iter().map(|one| one.said(Field::Code)).collect();
        let (ready, held): (Vec<_>, Vec<_>) =
            waiting.iter().copied().partition(|one| !open.contains(one.said(Field::ParentCode)));
        if ready.is_empty() {
            // A circle, which no verdict lets through.
            return out;
        }
        out.extend(ready);
        waiting = held;
    }
    out
}

#[cfg(test)]
#[path = "judging_tests.rs"]
mod tests;
