//! Credentials (执法证件): the number under which an officer acts, and the days on which it is valid. Kept by whoever answers for
//! the law in the brigade; looked up by every act that only an officer may do (行政处罚法 art. 42).

use super::act::Post;
use super::doors::Visit;
use super::store::{self, Change};
use super::{errors, say};
use crate::app::App;
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::kit::fields::{self, Ask, Choice, Field, Typed};
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use minijinja::context;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The most characters of a number.
const LONGEST: usize = 40;
/// How many days before its end a credential is said to end soon.
const SOON_DAYS: i32 = 60;

/// A credential of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its number.
    pub number: String,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub until: Date,
}

impl Held {
    /// A credential as it was typed.
    ///
    /// # Errors
    /// `form-missing`, `form-too-long`, `form-day`, `people-credential-backwards`, each on its field.
    pub fn read(typed: &Typed) -> Result<Held, Refusal> {
        let number = typed.needed("number", LONGEST)?;
        let (from, until) = (typed.day("from")?, typed.day("until")?);
        if until < from {
            return Err(Refusal::new("people-credential-backwards").on("until"));
        }
        Ok(Held { number, from, until })
    }

    /// How it stands on a day: `valid`, `soon` (it ends within sixty days), `over` or `not-yet`.
    pub fn state(&self, today: Date) -> &'static str {
        match () {
            () if self.until < today => "over",
            () if self.from > today => "not-yet",
            () if (self.until - today).get_days() <= SOON_DAYS => "soon",
            () => "valid",
        }
    }
}

enum_of_words! {
    /// Why somebody may review penalty decisions (法制审核; 行政处罚法 art. 58).
    QualificationKind {
        /// 已取得国家统一法律职业资格.
        Passed = "passed",
        /// 此前已从事法制审核，不是初次.
        Before = "before",
    }
}

impl QualificationKind {
    /// Whether the legal qualification is held.
    pub const fn is_passed(self) -> bool {
        matches!(self, QualificationKind::Passed)
    }

    /// Whether whoever has it reviews for the first time: everybody who did not do so before.
    pub const fn is_first_time(self) -> bool {
        matches!(self, QualificationKind::Passed)
    }
}

/// What lets somebody review penalty decisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Qualification {
    /// Why.
    pub kind: QualificationKind,
    /// The number of the certificate, or the document by which the earlier reviewing is known.
    pub number: String,
    /// Since when.
    pub since: Date,
}

impl Qualification {
    /// As it was typed.
    ///
    /// # Errors
    /// `form-missing`, `form-too-long`, `form-day`, `form-choose`, each on its field.
    pub fn read(typed: &Typed) -> Result<Qualification, Refusal> {
        Ok(Qualification {
            kind: typed.choice("kind", QualificationKind::parse)?,
            number: typed.needed("certificate", LONGEST)?,
            since: typed.day("since")?,
        })
    }
}

/// A reviewer with what lets them review; none for those who may not yet.
#[derive(Debug, Clone)]
pub struct ReviewerLine {
    /// The account.
    pub account: Id,
    /// The person's name.
    pub name: String,
    /// What lets them.
    pub held: Option<Qualification>,
}

/// A line of the list.
#[derive(Debug, Clone)]
pub struct CredentialLine {
    /// The account.
    pub account: Id,
    /// The person's name.
    pub name: String,
    /// The post.
    pub post: Post,
    /// The department's name in Chinese and in English.
    pub department: (String, String),
    /// The credential; none for an officer without one.
    pub held: Option<Held>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    post: String,
    department: String,
    number: String,
    from: String,
    until: String,
    state: &'static str,
}

/// `GET /credentials`.
pub(super) async fn list(State(app): State<App>, visit: Visit) -> Result<Response, Error> {
    draw(&app, &visit, None, None).await
}

async fn draw(app: &App, visit: &Visit, typed: Option<&Typed>, refusal: Option<&Refusal>) -> Result<Response, Error> {
    let read = app.db.read(|tx| async move {
        Ok::<_, DbError>((store::credential_lines(&tx).await?, store::reviewers(&tx).await?))
    });
    let (lines, reviewers) = read.await?;
    let today = app.calendar.date_of(app.clock.now());
    let here = |line: &CredentialLine| {
        let held = line.held.as_ref();
        Row {
            name: line.name.clone(),
            post: say(app, visit, &super::post_key(line.post)),
            department: if visit.lang == "en" { line.department.1.clone() } else { line.department.0.clone() },
            number: held.map(|held| held.number.clone()).unwrap_or_default(),
            from: held.map(|held| held.from.to_string()).unwrap_or_default(),
            until: held.map(|held| held.until.to_string()).unwrap_or_default(),
            state: held.map_or("none", |held| held.state(today)),
        }
    };
    let mut people: Vec<(Id, String)> = lines.iter().map(|line| (line.account, line.name.clone())).collect();
    people.dedup();
    let people = people.into_iter().map(|(id, name)| Choice::new(id, name)).collect();
    let form = [
        Field::new("account", "people-credential-officer", Ask::One(people)),
        Field::new("number", "people-credential-number", Ask::Line(LONGEST)),
        Field::new("from", "people-credential-from", Ask::Day),
        Field::new("until", "people-credential-until", Ask::Day),
    ];
    let words = |key: &str| say(app, visit, key);
    let kinds = QualificationKind::ALL
        .iter()
        .map(|kind| Choice::new(kind.word(), say(app, visit, &format!("people-qualification-{}", kind.word()))));
    let who = reviewers.iter().map(|line| Choice::new(line.account, line.name.clone())).collect();
    let of_reviewers = [
        Field::new("reviewer", "people-qualification-reviewer", Ask::One(who)),
        Field::new("kind", "people-qualification-kind", Ask::Radio(kinds.collect())),
        Field::new("certificate", "people-qualification-number", Ask::Line(LONGEST)),
        Field::new("since", "people-qualification-since", Ask::Day),
    ];
    let problem = refusal
        .map(|refusal| (refusal.field.unwrap_or("account"), app.pages.say(visit.lang, refusal.key, &refusal.args)));
    let beside = problem.as_ref().map(|(field, text)| (*field, text.as_str()));
    let page = context! {
        rows => minijinja::value::Serde(lines.iter().map(here).collect::<Vec<_>>()),
        fields => fields::draw(&form, "new", typed, beside, &words),
        reviewers => reviewers.iter().map(|line| context! {
            name => line.name.as_str(),
            kind => line.held.as_ref().map(|held| held.kind.word()),
            number => line.held.as_ref().map(|held| held.number.as_str()),
            since => line.held.as_ref().map(|held| held.since.to_string()),
        }).collect::<Vec<_>>(),
        reviewer_fields => fields::draw(&of_reviewers, "reviewer", typed, beside, &words),
        errors => errors(app, visit, refusal.map(|refusal| Refusal { field: None, ..refusal.clone() }).as_ref()),
    };
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, app.page(visit, "people/credentials.html", page)?).into_response())
}

/// What an administrator keeps about an account.
#[derive(Clone)]
enum Kept {
    Credential(Held),
    Qualification(Qualification),
}

/// Keeps what was typed about an account, and records it; a refusal is drawn beside what was typed.
async fn keep(app: &App, visit: &Visit, typed: &Typed, asked: Result<(Kept, Id), Refusal>) -> Result<Response, Error> {
    let (actor, now) = (visit.actor()?.account, app.clock.now());
    let outcome: Result<(), Error> = match asked {
        Err(refusal) => Err(refusal.into()),
        Ok((kept, account)) => {
            app.db
                .write(move |tx| {
                    let kept = kept.clone();
                    async move {
                        let (kind, body) = match &kept {
                            Kept::Credential(held) => {
                                store::keep_credential(&tx, account, held, actor, now).await?;
                                let body = json!({ "number": held.number, "from": held.from, "until": held.until });
                                ("credential_kept", body)
                            }
                            Kept::Qualification(held) => {
                                store::keep_qualification(&tx, account, held, actor, now).await?;
                                let body = json!({ "kind": held.kind, "number": held.number, "since": held.since });
                                ("qualification_kept", body)
                            }
                        };
                        let change =
                            Change { author: Some(actor), kind, subject: "account", subject_id: account, body };
                        store::record(&tx, &change, now).await.map_err(|error: DbError| Error::Db(error))
                    }
                })
                .await
        }
    };
    match outcome {
        Ok(()) => Ok(Redirect::to("/credentials").into_response()),
        Err(Error::Refused(refusal)) => draw(app, visit, Some(typed), Some(&refusal)).await,
        Err(error) => Err(error),
    }
}

/// `POST /credentials`.
pub(super) async fn add(
    State(app): State<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let asked = Held::read(&typed)
        .and_then(|held| Ok((Kept::Credential(held), typed.choice("account", |text| text.parse::<Id>().ok())?)));
    keep(&app, &visit, &typed, asked).await
}

/// `POST /credentials/reviewers`.
pub(super) async fn qualify(
    State(app): State<App>,
    visit: Visit,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let typed = Typed::of(pairs);
    let actor = visit.actor()?.account;
    let asked = Qualification::read(&typed).and_then(|held| {
        let account = typed.choice("reviewer", |text| text.parse::<Id>().ok())?;
        // Nobody answers for their own qualification.
        if account == actor {
            return Err(Refusal::new("people-own-account").on("reviewer"));
        }
        Ok((Kept::Qualification(held), account))
    });
    keep(&app, &visit, &typed, asked).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_credential_is_valid_on_both_its_ends() {
        let held = Held { number: "A1".into(), from: date(2026, 1, 1), until: date(2026, 12, 31) };
        for (day, state) in [
            (date(2025, 12, 31), "not-yet"),
            (date(2026, 1, 1), "valid"),
            (date(2026, 11, 1), "soon"),
            (date(2026, 12, 31), "soon"),
            (date(2027, 1, 1), "over"),
        ] {
            assert_eq!(held.state(day), state, "{day}");
        }
    }

    #[test]
    fn a_credential_does_not_end_before_it_begins() {
        let typed = |until: &str| {
            Typed::of(
                [("number", "A1"), ("from", "2026-05-01"), ("until", until)].map(|(a, b)| (a.to_owned(), b.to_owned())),
            )
        };
        assert_eq!(Held::read(&typed("2026-04-30")).map_err(|refusal| refusal.key), Err("people-credential-backwards"));
        assert!(Held::read(&typed("2026-05-01")).is_ok());
    }
}
