//! A counting of a period, what people give or take by hand, and a month that is frozen.

use super::definitions::{Exact, Kind, Scheme};
use super::period::Period;
use super::score::{Counts, Normals};
use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

enum_of_words! {
    /// How a counting stands.
    RunState {
        /// Waits for its turn.
        Queued = "queued",
        /// Under way.
        Running = "running",
        /// Ready to be read.
        Done = "done",
        /// Broken off.
        Failed = "failed",
    }
}

enum_of_words! {
    /// What a counting is for.
    Purpose {
        /// Its results are read.
        Results = "results",
        /// A frozen month is counted once more, and only compared.
        Check = "check",
    }
}

/// A counting of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The identifier.
    pub id: Id,
    /// What is counted.
    pub period: Period,
    /// What for.
    pub purpose: Purpose,
    /// How it stands.
    pub state: RunState,
    /// The version of the definitions.
    pub version: String,
    /// How many days are counted.
    pub done_days: i64,
    /// How many there are.
    pub all_days: i64,
    /// Who asked; none for the program itself.
    pub asked_by: Option<Id>,
    /// When.
    pub asked_at: Moment,
    /// When it began.
    pub begun_at: Option<Moment>,
    /// When it ended.
    pub finished_at: Option<Moment>,
    /// How long it took, milliseconds.
    pub took: i64,
    /// Up to where was counted.
    pub until: Moment,
    /// What was known.
    pub known: Moment,
    /// The digest of what came out.
    pub digest: String,
    /// Of a check: what differs, as JSON; of a failure: why.
    pub found: String,
}

impl Run {
    /// A run that waits for its turn.
    pub fn ask(id: Id, period: Period, purpose: Purpose, version: String, by: Option<Id>, now: Moment) -> Run {
        Run {
            id,
            period,
            purpose,
            state: RunState::Queued,
            version,
            done_days: 0,
            all_days: 0,
            asked_by: by,
            asked_at: now,
            begun_at: None,
            finished_at: None,
            took: 0,
            until: Moment(0),
            known: Moment(0),
            digest: String::new(),
            found: String::new(),
        }
    }

    /// How far it is, in percent.
    pub fn percent(&self) -> i64 {
        if self.all_days > 0 { (self.done_days * 100 / self.all_days).clamp(0, 100) } else { 0 }
    }
}

/// What somebody gave or took by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// The identifier.
    pub id: Id,
    /// The month, as it is written.
    pub period: String,
    /// The scheme.
    pub scheme: String,
    /// The kind of the object.
    pub kind: Kind,
    /// The object.
    pub object: String,
    /// Millionths of a point, below 0 when they are taken.
    pub millionths: i64,
    /// Why.
    pub reason: String,
    /// Who.
    pub author: Id,
    /// Who, by name.
    pub author_name: String,
    /// When.
    pub at: Moment,
    /// Made after the month was frozen.
    pub is_correction: bool,
}

/// A month that is frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// The month.
    pub month: Period,
    /// The run that it keeps.
    pub run: Id,
    /// The version of its definitions.
    pub version: String,
    /// The digest over results, scores and adjustments.
    pub digest: String,
    /// Who.
    pub by: Id,
    /// Who, by name.
    pub by_name: String,
    /// When.
    pub at: Moment,
}

/// Points that somebody typed, judged.
///
/// # Errors
/// `evaluation-points-unreadable`, `evaluation-points-nothing`, `evaluation-points-many`.
pub fn judge_points(typed: &str, scheme: &Scheme) -> Result<Exact, Refusal> {
    let typed = typed.trim().trim_start_matches('+').replace(['−', '－'], "-");
    let points = Exact::parse(&typed).ok_or_else(|| Refusal::new("evaluation-points-unreadable").on("points"))?;
    let smallest = 1_000_000 / super::score::unit(scheme.decimals);
    if points.millionths() == 0 {
        return Err(Refusal::new("evaluation-points-nothing").on("points"));
    }
    if points.millionths() % smallest != 0 {
        return Err(Refusal::new("evaluation-points-decimals").with("decimals", scheme.decimals).on("points"));
    }
    if points.millionths().abs() > scheme.adjust_most.millionths() {
        return Err(Refusal::new("evaluation-points-many").with("most", scheme.adjust_most.text()).on("points"));
    }
    Ok(points)
}

/// Whether a month may be frozen.
///
/// # Errors
/// `evaluation-freeze-not-month`, `evaluation-freeze-early`, `evaluation-freeze-twice`, `evaluation-freeze-uncounted`,
/// `evaluation-freeze-changed`.
pub fn may_freeze(
    period: Period,
    end: Moment,
    frozen: Option<&Frozen>,
    run: Option<&Run>,
    seen: Option<Id>,
    now: Moment,
) -> Result<Run, Refusal> {
    if !matches!(period, Period::Month(..)) {
        return Err(Refusal::new("evaluation-freeze-not-month"));
    }
    if frozen.is_some() {
        return Err(Refusal::new("evaluation-freeze-twice"));
    }
    if now < end {
        return Err(Refusal::new("evaluation-freeze-early"));
    }
    match run {
        Some(run) if run.state == RunState::Done && run.until == end => {
            if seen == Some(run.id) {
                Ok(run.clone())
            } else {
                Err(Refusal::new("evaluation-freeze-changed"))
            }
        }
        _ => Err(Refusal::new("evaluation-freeze-uncounted")),
    }
}

/// One result, as digests see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The kind of the object.
    pub kind: Kind,
    /// The object.
    pub object: String,
    /// Its counts, only those above 0.
    pub counts: Counts,
    /// What is known of it besides.
    pub normals: Normals,
}

/// The digest of what was counted: SHA-256, in hexadecimal.
pub fn digest(period: Period, version: &str, lines: &[Line]) -> String {
    let mut sorted: Vec<&Line> = lines.iter().collect();
    sorted.sort_by(|one, other| (one.kind, &one.object).cmp(&(other.kind, &other.object)));
    let mut digest = Sha256::new();
    digest.update(period.text().as_bytes());
    digest.update([0]);
    digest.update(version.as_bytes());
    for line in sorted {
        // Maps are written in the order of their keys.
        digest.update(serde_json::to_vec(line).unwrap_or_default());
        digest.update([0]);
    }
    crate::kit::id::hexadecimal(&digest.finalize())
}

/// The digest of a frozen month: what was counted, the scores, and what was given or taken by hand.
pub fn seal(counted: &str, scores: &[(String, Kind, String, super::score::Score)], adjusted: &[Adjustment]) -> String {
    let mut digest = Sha256::new();
    digest.update(counted.as_bytes());
    let mut lines: Vec<Vec<u8>> = scores.iter().map(|line| serde_json::to_vec(line).unwrap_or_default()).collect();
    lines.sort();
    for line in lines {
        digest.update(line);
        digest.update([0]);
    }
    for one in adjusted {
        digest.update(format!(
            "{}|{}|{}|{}|{}|{}",
            one.id,
            one.scheme,
            one.kind.word(),
            one.object,
            one.millionths,
            one.reason
        ));
        digest.update([0]);
    }
    crate::kit::id::hexadecimal(&digest.finalize())
}

/// What a check found otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The kind of the object.
    pub kind: Kind,
    /// The object.
    pub object: String,
    /// The count.
    pub count: String,
    /// As it was frozen.
    pub frozen: i64,
    /// As it is counted now.
    pub now: i64,
}

/// What differs between two countings, at most `most`: first what was frozen, in its order, then what is only there now.
pub fn differences(frozen: &[Line], now: &[Line], most: usize) -> Vec<Difference> {
    fn by_object(lines: &[Line]) -> HashMap<(Kind, &str), &Counts> {
        lines.iter().map(|line| ((line.kind, line.object.as_str()), &line.counts)).collect()
    }
    let (before, after) = (by_object(frozen), by_object(now));
    let mut found: Vec<Difference> = Vec::new();
    for (line, is_frozen) in frozen.iter().map(|line| (line, true)).chain(now.iter().map(|line| (line, false))) {
        let key = (line.kind, line.object.as_str());
        let (before, after) = (before.get(&key), after.get(&key));
        for count in line.counts.keys() {
            let amount = |of: Option<&&Counts>| of.and_then(|counts| counts.get(count)).copied().unwrap_or(0);
            let (frozen, now) = (amount(before), amount(after));
            // What stands in both is met first on the frozen side.
            if frozen != now && (is_frozen || frozen == 0) {
                let (kind, object) = (line.kind, line.object.clone());
                found.push(Difference { kind, object, count: count.clone(), frozen, now });
            }
            if found.len() >= most {
                return found;
            }
        }
    }
    found
}
