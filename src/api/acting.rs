//! Acts on cases: the same ways as the forms of the desk, the department and the crew, by the same rules.

use super::caller::Caller;
use super::problem::{Kind, Problem};
use super::store;
use super::taking::Taken;
use crate::cases::case::{ForceReason, PostponeReason, ReturnReason, SuspendReason, VoidReason};
use crate::cases::doing::{Planner, Typed, attempt, piece};
use crate::cases::store::department_of_code;
use crate::cases::{
    case, checking, closing, dispatch, feedback, filing, handling, receiving, requests, returns, verification, voiding,
};
use crate::kit::db::DbError;
use crate::kit::error::{Error, Refusal};
use crate::people::act::{Act, Post};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

/// What a part of an act may be.
#[derive(Debug, Clone, Copy)]
pub enum Takes {
    /// A text of so many characters at most.
    Text(usize),
    /// A whole number from … to ….
    Count(i64, i64),
    /// One of these words.
    OneOf(fn() -> Vec<&'static str>),
    /// Yes or no.
    Yes,
    /// A day, such as 2026-03-10.
    Day,
    /// Degrees, at most so many.
    Degrees(f64),
    /// The code of a department.
    Department,
    /// The login of somebody of this post.
    Login(Post),
}

impl Takes {
    /// Its schema.
    pub fn schema(self) -> Value {
        match self {
            Takes::Text(most) => json!({ "type": "string", "maxLength": most }),
            Takes::Count(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Takes::OneOf(words) => json!({ "type": "string", "enum": words() }),
            Takes::Yes => json!({ "type": "boolean" }),
            Takes::Day => json!({ "type": "string", "format": "date" }),
            Takes::Degrees(most) => json!({ "type": "number", "minimum": -most, "maximum": most }),
            Takes::Department | Takes::Login(_) => json!({ "type": "string", "minLength": 1, "maxLength": 60 }),
        }
    }

    /// What was sent, as forms carry it; none when it is nothing of this kind.
    fn read(self, value: &Value) -> Option<String> {
        match (self, value) {
            (Takes::Text(most), Value::String(text)) => (text.chars().count() <= most).then(|| text.clone()),
            (Takes::Count(least, most), Value::Number(number)) => {
                number.as_i64().filter(|count| (least..=most).contains(count)).map(|count| count.to_string())
            }
            (Takes::OneOf(words), Value::String(text)) => words().contains(&text.as_str()).then(|| text.clone()),
            (Takes::Yes, Value::Bool(is_yes)) => Some(if *is_yes { "yes" } else { "no" }.to_owned()),
            (Takes::Day, Value::String(text)) => text.parse::<jiff::civil::Date>().ok().map(|day| day.to_string()),
            (Takes::Degrees(most), Value::Number(number)) => {
                number.as_f64().filter(|degrees| degrees.abs() <= most).map(|degrees| degrees.to_string())
            }
            (Takes::Department | Takes::Login(_), Value::String(text)) => {
                (!text.is_empty() && text.chars().count() <= 60).then(|| text.clone())
            }
            _ => None,
        }
    }
}

/// One act that programs may do.
pub struct Way {
    /// Its word: the last part of its form's address.
    pub word: &'static str,
    /// What the account's post must allow.
    pub act: Act,
    /// Its parts beside the note: name, what it may be, whether it is needed.
    pub parts: &'static [(&'static str, Takes, bool)],
    /// What its photographs show; none when it takes none.
    pub photos: Option<&'static str>,
    plan: Planner,
}

const fn way(word: &'static str, act: Act, parts: &'static [(&'static str, Takes, bool)], plan: Planner) -> Way {
    Way { word, act, parts, photos: None, plan }
}

const fn with_photos(way: Way, purpose: &'static str) -> Way {
    Way { photos: Some(purpose), ..way }
}

/// The longest note, in characters.
pub const MOST_NOTE: usize = 2000;

fn decline_reasons() -> Vec<&'static str> {
    // A duplicate is declined on its page, where the other case is chosen.
    let all = case::DeclineReason::ALL.iter().filter(|reason| **reason != case::DeclineReason::Duplicate);
    all.map(|reason| reason.text()).collect()
}

fn void_reasons() -> Vec<&'static str> {
    let all = VoidReason::ALL.iter().filter(|reason| !matches!(reason, VoidReason::Duplicate | VoidReason::WholeEnded));
    all.map(|reason| reason.text()).collect()
}

fn force_reasons() -> Vec<&'static str> {
    let all = ForceReason::ALL.iter().filter(|reason| **reason != ForceReason::PartUnsolved);
    all.map(|reason| reason.text()).collect()
}

fn return_reasons() -> Vec<&'static str> {
    ReturnReason::ALL.iter().map(|reason| reason.text()).collect()
}

fn postpone_reasons() -> Vec<&'static str> {
    PostponeReason::ALL.iter().map(|reason| reason.text()).collect()
}

fn suspend_reasons() -> Vec<&'static str> {
    SuspendReason::ALL.iter().map(|reason| reason.text()).collect()
}

/// The acts, in the order of a case's story.
pub const WAYS: &[Way] = &[
    way("accept", Act::ReceiveReports, &[], receiving::ACCEPT),
    way("decline", Act::ReceiveReports, &[("reason", Takes::OneOf(decline_reasons), true)], receiving::DECLINE),
    way(
        "locate",
        Act::ReceiveReports,
        &[
            ("lon", Takes::Degrees(180.0), false),
            ("lat", Takes::Degrees(90.0), false),
            ("cell", Takes::Text(20), false),
            ("address", Takes::Text(200), false),
        ],
        receiving::LOCATE,
    ),
    way("mark-urgent", Act::MarkUrgent, &[], receiving::MARK_URGENT),
    way("clear-urgent", Act::MarkUrgent, &[], receiving::CLEAR_URGENT),
    way("ask-check", Act::AskCheck, &[("keeper", Takes::Login(Post::Keeper), false)], checking::ASK),
    with_photos(way("check", Act::ReportCheck, &[("found", Takes::Yes, true)], checking::REPORT), "check"),
    way("file", Act::FileCases, &[("standard", Takes::Text(60), true)], filing::FILE),
    way("dispatch", Act::DispatchCases, &[("department", Takes::Department, true)], dispatch::DISPATCH),
    way("assign", Act::AssignCrews, &[("crew", Takes::Login(Post::CrewMember), true)], handling::ASSIGN),
    way("take", Act::HandleTasks, &[], handling::TAKE),
    with_photos(way("hand-in", Act::HandleTasks, &[], handling::HAND_IN), "after"),
    way("feed-back", Act::FeedBack, &[], feedback::FEED_BACK),
    way("redo", Act::FeedBack, &[], feedback::REDO),
    way("return", Act::ReturnCases, &[("reason", Takes::OneOf(return_reasons), true)], returns::ASK),
    with_photos(
        way(
            "postpone",
            Act::AskPostponements,
            &[("reason", Takes::OneOf(postpone_reasons), true), ("amount", Takes::Count(1, 3650), true)],
            requests::ASK_POSTPONEMENT,
        ),
        "other",
    ),
    way(
        "suspend",
        Act::AskSuspensions,
        &[("reason", Takes::OneOf(suspend_reasons), true), ("until", Takes::Day, true)],
        requests::ASK_SUSPENSION,
    ),
    way("resume", Act::DispatchCases, &[], requests::RESUME),
    way("decide", Act::DecideRequests, &[("granted", Takes::Yes, true)], requests::DECIDE),
    way("decide-void", Act::DecideRequests, &[("granted", Takes::Yes, true)], requests::DECIDE_VOID),
    way("ask-verification", Act::CloseCases, &[("keeper", Takes::Login(Post::Keeper), false)], verification::ASK),
    with_photos(way("verify", Act::VerifyCases, &[("passed", Takes::Yes, true)], verification::VERIFY), "check"),
    way("close", Act::CloseCases, &[], closing::CLOSE),
    way("send-back", Act::CloseCases, &[], returns::SEND_BACK),
    way("reopen", Act::CloseCases, &[], closing::REOPEN),
    way("ask-void", Act::AskVoids, &[("reason", Takes::OneOf(void_reasons), true)], requests::ASK_VOID),
    way("void", Act::VoidCases, &[("reason", Takes::OneOf(void_reasons), true)], voiding::VOID),
    way("force-close", Act::ForceClosing, &[("reason", Takes::OneOf(force_reasons), true)], closing::FORCE),
];

/// Reads an act: which, its parts as a form would carry them. Everything that is wrong is said at once.
fn read(sent: &Map<String, Value>) -> Result<(&'static Way, Typed), Vec<Refusal>> {
    let word = sent.get("act").and_then(Value::as_str).unwrap_or_default();
    let unknown = || {
        let words: Vec<&str> = WAYS.iter().map(|way| way.word).collect();
        vec![Refusal::new("api-not-a-word").with("name", "act").with("words", words.join(", ")).on("act")]
    };
    let way = WAYS.iter().find(|way| way.word == word).ok_or_else(unknown)?;
    let (mut typed, mut wrong) = (Typed::default(), Vec::new());
    for (name, value) in sent.iter().filter(|(name, _)| *name != "act") {
        let takes = way.parts.iter().find(|(known, _, _)| known == name).map(|(known, takes, _)| (*known, *takes));
        let takes = takes.or((name == "note").then_some(("note", Takes::Text(MOST_NOTE))));
        let Some((known, takes)) = takes else {
            let name: String = name.chars().take(60).collect();
            wrong.push(Refusal::new("api-argument-unknown").with("name", name));
            continue;
        };
        match takes.read(value) {
            Some(text) => drop(typed.0.insert(known.to_owned(), text)),
            None => wrong.push(Refusal::new("api-part-wrong").with("name", known).on(known)),
        }
    }
    for (name, _, _) in way.parts.iter().filter(|(name, _, is_needed)| *is_needed && !sent.contains_key(*name)) {
        wrong.push(Refusal::new("api-argument-missing").with("name", *name).on(name));
    }
    if wrong.is_empty() { Ok((way, typed)) } else { Err(wrong) }
}

/// `POST /api/v1/cases/{number}/acts`.
pub async fn act(caller: Caller, request: Request) -> Result<Response, Problem> {
    let taken = Taken::of(&caller.app, request, "act", &["photos", "documents"]).await?;
    let sent: Map<String, Value> = taken.read()?;
    let (way, mut typed) = read(&sent).map_err(Problem::refused)?;
    if !caller.actor()?.may(way.act) {
        let text = Refusal::new("api-post-may-not").with("act", way.word);
        return Err(Problem::new(Kind::Forbidden, text));
    }
    let expected = caller.expected()?;
    let id = super::cases::found(&caller).await?;
    if !taken.files.is_empty() && way.photos.is_none() {
        return Err(Problem::refused(vec![Refusal::new("api-takes-no-files").with("act", way.word)]));
    }
    let mut all = taken.parts();
    let number = caller.asked.text("number").unwrap_or_default();
    all.push(number.as_bytes());
    let mark = caller.once(&all).await?;
    if let Some(revision) = expected {
        typed.0.insert("revision".into(), revision.to_string());
    }
    named(&caller, way, &mut typed).await?;
    typed.0.insert("piece_count".into(), taken.files.len().to_string());
    let mut pieces = Vec::new();
    for (name, file, bytes) in &taken.files {
        let purpose = way.photos.unwrap_or("other");
        let taken = piece(&caller.app, (name, file), bytes.clone(), &taken.agent, purpose).await;
        pieces.push(taken?);
    }
    match attempt(&caller.app, caller.actor()?, id, (&typed, mark), pieces, way.plan).await {
        Ok(()) => caller.app.tell("case", id),
        Err(Error::Db(DbError::Stale)) if expected.is_some() => return Err(Problem::of(Kind::PreconditionFailed)),
        Err(error) => return Err(error.into()),
    }
    match super::cases::answer(&caller, id, StatusCode::OK).await {
        // A department that hands a case back sees it no more: what it did is done.
        Err(problem) if problem.kind == Kind::NotFound => {
            Ok(axum::response::IntoResponse::into_response(StatusCode::NO_CONTENT))
        }
        other => other,
    }
}

/// Puts identifiers in the place of the codes and logins that programs know.
async fn named(caller: &Caller, way: &Way, typed: &mut Typed) -> Result<(), Problem> {
    for (name, takes, _) in way.parts {
        let text = typed.text(name).to_owned();
        if text.is_empty() {
            continue;
        }
        let unknown = Refusal::new("api-nobody").with("name", *name).on(name);
        let found = match takes {
            Takes::Department => {
                caller.app.db.read(move |tx| async move { department_of_code(&tx, &text).await }).await?
            }
            Takes::Login(post) => {
                let found = caller.app.db.read(move |tx| async move { store::account_of(&tx, &text).await }).await?;
                found.filter(|(_, _, theirs)| theirs == post).map(|(id, _, _)| id)
            }
            _ => continue,
        };
        let found = found.ok_or_else(|| Problem::refused(vec![unknown]))?;
        typed.0.insert((*name).to_owned(), found.to_string());
    }
    Ok(())
}

/// What the body of an act may be, act by act.
pub fn schema() -> Value {
    let one = |way: &Way| {
        let mut parts = Map::new();
        parts.insert("act".into(), json!({ "const": way.word, "type": "string" }));
        for (name, takes, _) in way.parts {
            parts.insert((*name).to_owned(), takes.schema());
        }
        parts.insert("note".into(), json!({ "type": "string", "maxLength": MOST_NOTE }));
        let needed: Vec<&str> = std::iter::once("act")
            .chain(way.parts.iter().filter(|(_, _, is_needed)| *is_needed).map(|(name, _, _)| *name))
            .collect();
        json!({
            "title": way.word,
            "type": "object",
            "properties": parts,
            "required": needed,
            "additionalProperties": false,
        })
    };
    json!({ "oneOf": WAYS.iter().map(one).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The word of an act and its parts as a form carries them.
    type Read = (&'static str, Vec<(String, String)>);

    fn keys(sent: Value) -> Result<Read, Vec<&'static str>> {
        let Value::Object(sent) = sent else { panic!("an object") };
        match read(&sent) {
            Ok((way, typed)) => Ok((way.word, typed.0.into_iter().collect())),
            Err(wrong) => Err(wrong.iter().map(|refusal| refusal.key).collect()),
        }
    }

    #[test]
    fn acts_are_read_as_forms_carry_them() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        for (sent, expected) in [
            (json!({ "act": "accept" }), Ok(("accept", vec![]))),
            (json!({ "act": "verify", "passed": true }), Ok(("verify", vec![pair("passed", "yes")]))),
            (
                json!({ "act": "decide", "granted": false, "note": "no" }),
                Ok(("decide", vec![pair("granted", "no"), pair("note", "no")])),
            ),
            (
                json!({ "act": "postpone", "reason": postpone_reasons()[0], "amount": 2 }),
                Ok(("postpone", vec![pair("amount", "2"), pair("reason", postpone_reasons()[0])])),
            ),
            (json!({ "act": "dance" }), Err(vec!["api-not-a-word"])),
            (json!({}), Err(vec!["api-not-a-word"])),
            (json!({ "act": "verify" }), Err(vec!["api-argument-missing"])),
            (json!({ "act": "verify", "passed": "yes" }), Err(vec!["api-part-wrong"])),
            (json!({ "act": "accept", "colour": 1 }), Err(vec!["api-argument-unknown"])),
            (json!({ "act": "decline", "reason": "duplicate" }), Err(vec!["api-part-wrong"])),
            (json!({ "act": "suspend", "reason": 5, "until": "soon" }), Err(vec!["api-part-wrong", "api-part-wrong"])),
            (json!({ "act": "locate", "lon": 200 }), Err(vec!["api-part-wrong"])),
        ] {
            assert_eq!(keys(sent.clone()), expected, "{sent}");
        }
    }

    #[test]
    fn every_act_is_named_once() {
        for (at, way) in WAYS.iter().enumerate() {
            assert!(WAYS[..at].iter().all(|before| before.word != way.word), "{}", way.word);
        }
    }
}
