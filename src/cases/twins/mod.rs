//! 疑似重复、并案、撤销并案: the cases that may be about the same thing, each with its reasons, beside the case; two of them side by
//! side; what was linked, and how that is undone. The program suggests, a person links.

pub mod comparing;
pub mod store;
pub mod unlinking;

use super::case::{Case, Outcome, Stage};
use super::show::Picture;
use super::store::{Scope, load, reports};
use crate::app::App;
use crate::kit::clock::Moment;
use crate::kit::db::{DbError, Tx};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::act::{Act, Post};
use crate::people::actor::Actor;
use crate::reports::twins::store::{SEEK, mark_again};
use crate::reports::twins::twin::{KeptReason, Spot, address_key, said};
use serde::Serialize;
use store::Other;

/// Everything about twins and links that the page of a case shows.
#[derive(Debug, Default, Serialize)]
pub struct OfCase {
    /// The cases that may be the same, the likeliest first.
    pub likely: Vec<Shown>,
    /// The cases whose reports came to this one.
    pub from: Vec<LinkShown>,
    /// The case to which the reports of this one went.
    pub into: Option<LinkShown>,
    /// The numbers to choose from when it is called a duplicate.
    pub numbers: Vec<String>,
}

/// A case that may be the same.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// Its identifier.
    pub id: Id,
    /// Its number.
    pub number: String,
    /// What it is called.
    pub title: String,
    /// Where it stands.
    pub stage: Stage,
    /// Whether it is over.
    pub is_over: bool,
    /// Its revision, for the form that links it to this one.
    pub revision: i64,
    /// When its report came in.
    pub at: Moment,
    /// How its words begin.
    pub words: String,
    /// Its first photo.
    pub photo: Option<Picture>,
    /// Whether it is very likely the same.
    pub is_likely: bool,
    /// What speaks for it, in the reader's words.
    pub reasons: Vec<String>,
    /// Which of the two goes to the other; none when neither may.
    pub way: Option<&'static str>,
}

/// Reports that went from one case to another.
#[derive(Debug, Serialize)]
pub struct LinkShown {
    /// The other case.
    pub id: Id,
    /// Its number.
    pub number: String,
    /// The case that ended, whose form undoes it.
    pub from: Id,
    /// Its number.
    pub from_number: String,
    /// The revision of the case that ended.
    pub revision: i64,
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: Option<String>,
    /// Whether the reader may undo it.
    pub can_undo: bool,
    /// The key of the sentence that says why not, or what comes of it; empty for none.
    pub hint: &'static str,
    /// The number that the sentence names.
    pub hint_number: String,
}

/// Whether a case may still be linked to another: it stands before filing, or is filed and may be struck off by the reader.
fn may_go(case_stage: Stage, is_part: bool) -> bool {
    matches!(case_stage, Stage::Received | Stage::AwaitingCheck | Stage::AwaitingFiling) && !is_part
}

/// Which way two cases are linked: the later one goes to the earlier, unless the later is filed already.
fn way(case: &Case, other: &Other) -> Option<&'static str> {
    let this_may = may_go(case.stage, case.parent.is_some());
    let that_may = may_go(other.stage, other.is_part);
    let takes = |stage: Stage, is_part: bool| !stage.is_over() && !is_part;
    let into_that = this_may && takes(other.stage, other.is_part);
    let into_this = that_may && takes(case.stage, case.parent.is_some());
    match (into_that, into_this) {
        (true, true) if (case.opened_at, case.id) < (other.opened_at, other.id) => Some("into-this"),
        (true, _) => Some("into-that"),
        (false, true) => Some("into-this"),
        (false, false) => None,
    }
}

/// What of twins and links a reader sees of a case: whoever sees every case. For a department, no other's cases exist.
///
/// # Errors
/// When the database fails.
pub async fn of_case(app: &App, tx: &Tx, actor: &Actor, lang: &str, case: &Case) -> Result<OfCase, Error> {
    if !matches!(Scope::of(actor), Scope::All) {
        return Ok(OfCase::default());
    }
    let settings = app.twins.settings;
    let mut shown = OfCase::default();
    if !case.stage.is_over() {
        let since = app.clock.now().plus(-settings.ended);
        for other in store::likely(tx, case.id, since, settings.shown).await? {
            shown.numbers.push(other.number.clone());
            let way = way(case, &other).filter(|_| actor.may(Act::ReceiveReports));
            let alt = app.pages.say(lang, "cases-photo-alt", &[]);
            let photo = other.photo.and_then(|photo| Some(Picture::captioned(photo.parse().ok()?, alt)));
            let photo = photo.map(|photo| Picture { caption: String::new(), ..photo });
            shown.likely.push(Shown {
                id: other.id,
                number: other.number,
                title: other.title,
                stage: other.stage,
                is_over: other.stage.is_over(),
                revision: other.revision,
                at: other.received_at,
                words: other.words.chars().take(80).collect(),
                photo,
                is_likely: other.points >= settings.likely,
                reasons: speaking(app, lang, &other.reasons, true),
                way,
            });
        }
    }
    for link in store::links(tx, case.id).await? {
        let (from, into) = (load(tx, link.from, &Scope::All).await?.case, load(tx, link.into, &Scope::All).await?.case);
        let is_into = link.into == case.id;
        let undo = undoing(&from, &into, link.stage, actor);
        let other = if is_into { &from } else { &into };
        let line = LinkShown {
            id: other.id,
            number: other.number.clone(),
            from: from.id,
            from_number: from.number.clone(),
            revision: from.revision,
            at: link.at,
            by: link.author,
            can_undo: undo.0,
            hint: undo.1,
            hint_number: into.number.clone(),
        };
        match is_into {
            // Several reports of one case moved together.
            true if shown.from.iter().all(|known| known.from != line.from) => shown.from.push(line),
            false if from.stage.is_over() => shown.into = Some(line),
            _ => {}
        }
    }
    Ok(shown)
}

/// Whether somebody may undo a link, and what is said about it.
fn undoing(from: &Case, into: &Case, stage: Stage, actor: &Actor) -> (bool, &'static str) {
    let is_filed = stage.is_filed();
    let is_above = actor.post == Post::ShiftLeader;
    match () {
        () if into.stage.is_over() => (false, "cases-unlink-over"),
        () if from.outcome != Some(Outcome::Duplicate) || !actor.may(Act::ReceiveReports) => (false, ""),
        () if is_filed && !is_above => (false, "cases-unlink-above"),
        () if is_filed => (true, "cases-unlink-filed"),
        () => (true, ""),
    }
}

/// Reasons in the reader's words: those that speak for it, or those that speak against.
fn speaking(app: &App, lang: &str, reasons: &[KeptReason], is_for: bool) -> Vec<String> {
    let wanted = reasons.iter().filter(|(_, _, points)| (*points > 0) == is_for && *points != 0);
    wanted
        .map(|reason| {
            let (key, number) = said(reason);
            app.pages.say(lang, &key, &[("n", number.to_string())])
        })
        .collect()
}

/// The reports of a case that was put in another place, or was called something else, are looked for there from now on.
///
/// # Errors
/// When the database fails.
pub async fn moved(tx: &Tx, case: &Case) -> Result<(), DbError> {
    let place = &case.place;
    let spot = Spot { point: place.lon.zip(place.lat), cell: place.cell.clone(), address: address_key(&place.address) };
    let code = if case.code.is_empty() { String::new() } else { format!("{}-{}", case.kind, case.code) };
    for report in reports(tx, case.id).await? {
        mark_again(tx, report, &spot, &code, SEEK).await?;
    }
    Ok(())
}

/// To which stage a case goes back that stood there before it was linked.
pub(super) fn back_to(stage: Stage) -> Stage {
    match stage {
        Stage::Received | Stage::AwaitingCheck | Stage::AwaitingFiling => stage,
        _ => Stage::AwaitingDispatch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::case::{Place, Source};

    fn case(id: Id, stage: Stage, opened: i64) -> Case {
        let mut case =
            Case::open(id, String::new(), String::new(), Place::default(), Source::Citizen, false, Moment(opened));
        case.stage = stage;
        case
    }

    fn other(id: Id, stage: Stage, opened: i64) -> Other {
        Other { id, stage, opened_at: Moment(opened), ..Other::default() }
    }

    #[test]
    fn the_later_one_goes_to_the_earlier_unless_it_is_filed() {
        use Stage::{AwaitingFiling, Closed, Handling, Received};
        for (this, that, expected) in [
            ((Received, 2), (Received, 1), Some("into-that")),
            ((Received, 1), (Received, 2), Some("into-this")),
            ((AwaitingFiling, 1), (Handling, 2), Some("into-that")),
            ((Handling, 2), (Received, 1), Some("into-this")),
            ((Handling, 1), (Handling, 2), None),
            ((Received, 2), (Closed, 1), None),
        ] {
            let found = way(&case(1, this.0, this.1), &other(2, that.0, that.1));
            assert_eq!(found, expected, "{this:?} {that:?}");
        }
        let part = Other { is_part: true, ..other(2, Handling, 1) };
        assert_eq!(way(&case(1, Received, 2), &part), None, "a part follows its whole");
    }

    #[test]
    fn a_case_goes_back_to_where_it_stood() {
        assert_eq!(back_to(Stage::Received), Stage::Received);
        assert_eq!(back_to(Stage::AwaitingFiling), Stage::AwaitingFiling);
        assert_eq!(back_to(Stage::Handling), Stage::AwaitingDispatch);
    }
}
