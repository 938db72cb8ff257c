//! Why a rule says no: the article, the reason behind it, and who may take the step instead. A form that was left half empty is a
//! slip and no mistake.

use crate::enforcement::Why;
use crate::enforcement::case::{Role, Stage, Step, way};
use crate::kit::error::Refusal;

/// What an attempt came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The step was taken.
    Done,
    /// A rule refused it.
    Refused,
    /// Something was missing or could not be read.
    Slip,
}

impl Outcome {
    /// Its word in the database.
    pub const fn word(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Refused => "refused",
            Outcome::Slip => "slip",
        }
    }
}

/// The code of a refusal: its key without the room.
pub fn code_of(key: &str) -> &str {
    let rooms = ["enforcement-refusal-", "teaching-refusal-"];
    rooms.iter().find_map(|room| key.strip_prefix(room)).unwrap_or(key)
}

/// Whether a refusal is a mistake about the law, or only a slip of the pen.
pub fn outcome_of(refusal: &Refusal) -> Outcome {
    let code = code_of(refusal.key);
    let is_slip = code == refusal.key
        || matches!(
            code,
            "words-missing"
                | "words-too-long"
                | "date-in-future"
                | "date-backwards"
                | "amount-not-positive"
                | "amount-absurd"
                | "quantity-missing"
                | "moved-on"
                | "no-such-part"
                | "no-such-thing"
                | "over"
        );
    if is_slip { Outcome::Slip } else { Outcome::Refused }
}

/// The document and article that a step rests on; both empty where the program's own order is the reason.
pub const fn article_of_step(step: Step) -> (&'static str, &'static str) {
    use Step as T;
    match step {
        T::ReceiveClue | T::RecordNote | T::AssignClue | T::GiveOpinion => ("", ""),
        T::CheckClue | T::ExtendClueCheck | T::DropClue | T::ProposeFiling | T::ApproveFiling | T::RefuseFiling => {
            ("penalty", "54")
        }
        T::Inquire | T::InspectSite => ("penalty", "55"),
        T::AddEvidence | T::JudgeEvidence => ("penalty", "46"),
        T::OrderCorrection | T::RecordCorrection => ("penalty", "28"),
        T::RegisterEvidence | T::SettleEvidence | T::TakeSample | T::TellTestResult | T::SettleSample => {
            ("penalty", "56")
        }
        T::AskMeasure | T::ApproveMeasure | T::RefuseMeasure => ("coercion", "18"),
        T::Seize => ("coercion", "18"),
        T::ApproveSeizure | T::RefuseSeizure => ("coercion", "19"),
        T::ExtendSeizure => ("coercion", "25"),
        T::EndSeizure => ("coercion", "27"),
        T::BeginExcluded | T::EndExcluded | T::ExtendDecision | T::Suspend | T::Resume => ("penalty", "60"),
        T::AskRecusal | T::DecideRecusal => ("penalty", "43"),
        T::ChangeInvestigators => ("penalty", "42"),
        T::ConcludeInquiry
        | T::ReopenInquiry
        | T::Discuss
        | T::ProposeDecision
        | T::ReturnProposal
        | T::Decide
        | T::NotEstablish => ("penalty", "57"),
        T::AskReview | T::PassReview | T::FailReview | T::AskFinalReview | T::PassFinalReview => ("penalty", "58"),
        T::NotifyParty => ("penalty", "44"),
        T::Defend | T::AnswerDefence => ("penalty", "45"),
        T::WaiveRights | T::CloseDefence => ("penalty", "62"),
        T::AskHearing | T::WithdrawHearing | T::CallHearing | T::ServeSummons | T::HoldHearing => ("penalty", "64"),
        T::ReportHearing => ("penalty", "65"),
        T::NotPunish => ("penalty", "33"),
        T::Transfer => ("penalty", "27"),
        T::Terminate => ("", ""),
        T::DecideSummary => ("penalty", "51"),
        T::ReportSummary => ("penalty", "52"),
        T::Serve | T::ServePaper | T::PostAnnouncement => ("penalty", "61"),
        T::NamePaper => ("penalty", "47"),
        T::CollectOnSpot => ("penalty", "68"),
        T::HandOver => ("penalty", "71"),
        T::RecordPayment => ("penalty", "67"),
        T::AskInstalments | T::GrantInstalments | T::RecordPerformance => ("penalty", "66"),
        T::BeginRemedy | T::EndRemedy | T::OverturnDecision => ("penalty", "73"),
        T::Remind => ("coercion", "54"),
        T::SuspendEnforcement | T::ResumeEnforcement => ("coercion", "39"),
        T::Refund => ("coercion", "41"),
        T::AgreeEnforcement => ("coercion", "42"),
        T::AskCourt | T::RecordCourt => ("coercion", "53"),
        T::EnforceMoney => ("coercion", "46"),
        T::DecidePerformance => ("coercion", "50"),
        T::ServePerformance | T::RemindPerformance | T::StopPerformance | T::Perform => ("coercion", "51"),
        T::ChangeDecision | T::RevokeDecision => ("penalty", "75"),
        T::Publish | T::WithdrawPublication => ("penalty", "48"),
        T::ProposeClosing | T::ApproveClosing => ("", ""),
        T::Archive => ("penalty", "47"),
    }
}

/// The document and article of a refusal: its own, and where it has none (the wrong part, the wrong stage) that of the step.
pub fn article_of(refusal: &Refusal, step: Step) -> (String, String) {
    let own = |name: &str| refusal.args.iter().find(|(arg, _)| *arg == name).map(|(_, value)| value.clone());
    match own("law") {
        Some(law) => (law, own("article").unwrap_or_default()),
        None if outcome_of(refusal) == Outcome::Refused => {
            let (law, article) = article_of_step(step);
            (law.to_owned(), article.to_owned())
        }
        None => (String::new(), String::new()),
    }
}

/// Who may take a step where the case stands; empty unless the part was the wrong one.
pub fn who_may(refusal: &Refusal, step: Step, stage: Stage) -> &'static [Role] {
    let is_about_people = [Why::RoleNotAllowed.key(), Why::HelperEnforces.key()].contains(&refusal.key);
    match way(step, stage) {
        Some(way) if is_about_people => way.who,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::sources::Sources;
    use crate::kit::words::Words;

    #[test]
    fn the_rules_reasons_are_said_in_every_language() {
        let words = Words::load(&Sources::embedded()).0;
        let told = |key: &str| words.has(&format!("teaching-why-{}", code_of(key)));
        let own = super::super::refusal::Why::ALL.iter().filter(|why| !why.article().0.is_empty());
        let all = Why::ALL.iter().filter(|why| told(why.key())).count();
        assert!(all >= 60, "only {all} refusals are explained");
        for why in own {
            assert!(told(why.key()), "{}", why.key());
        }
        // Everything that the law refuses in the ordinary and in the summary procedure has its reason.
        for why in Why::ALL.iter().filter(|why| why.article().0 == "penalty") {
            assert!(told(why.key()), "{} is not explained", why.key());
        }
    }

    #[test]
    fn slips_are_no_mistakes_and_a_wrong_part_has_the_article_of_its_step() {
        for (key, outcome) in [
            ("form-missing", Outcome::Slip),
            ("form-choose", Outcome::Slip),
            ("enforcement-refusal-words-missing", Outcome::Slip),
            ("enforcement-refusal-too-few-officers", Outcome::Refused),
            ("enforcement-refusal-role-not-allowed", Outcome::Refused),
            ("enforcement-refusal-stage-elsewhere", Outcome::Refused),
            ("teaching-refusal-related", Outcome::Refused),
            ("teaching-refusal-moved-on", Outcome::Slip),
        ] {
            assert_eq!(outcome_of(&Refusal::new(key)), outcome, "{key}");
        }
        let wrong = Why::RoleNotAllowed.refuse();
        assert_eq!(article_of(&wrong, Step::Decide), ("penalty".to_owned(), "57".to_owned()));
        assert_eq!(who_may(&wrong, Step::Decide, Stage::AwaitingDecision), [Role::Head]);
        assert_eq!(article_of(&Why::CardNotShown.refuse(), Step::Inquire), ("penalty".to_owned(), "55".to_owned()));
        assert_eq!(who_may(&Why::CardNotShown.refuse(), Step::Inquire, Stage::Investigating), []);
    }
}
