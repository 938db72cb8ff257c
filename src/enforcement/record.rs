//! The evidence of a case, piece by piece, and the record of the whole process (全过程记录): what happened in which order, with what
//! it left behind, and where something is missing (行政处罚法 arts. 46, 47). Pure, made from the facts.

use super::case::{Act, Case, EvidenceKind, Fact, Manner, Step};
use super::organ::Recording;
use crate::kit::clock::Moment;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;
use std::collections::BTreeSet;

/// A fact with the photographs that came with it.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// What happened.
    pub fact: &'a Fact,
    /// The photographs.
    pub photos: &'a [String],
}

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Its number in the catalogue, from 1.
    pub number: u32,
    /// Its number among the evidence that is judged; none for what is no evidence of its own, such as a seizure's photographs.
    pub judged_as: Option<u32>,
    /// Its kind.
    pub kind: EvidenceKind,
    /// What it shows, in the words of whoever took it in; empty for photographs beside a step.
    pub words: String,
    /// The step from which it comes.
    pub step: Step,
    /// When.
    pub at: Moment,
    /// Who recorded it; none for the party.
    pub by: Option<Id>,
    /// Who took part.
    pub officers: Vec<Id>,
    /// The photographs.
    pub photos: Vec<String>,
    /// Whether it is the record of a technical monitoring device.
    pub is_monitoring: bool,
}

/// The evidence of a case in the order in which it came.
pub fn pieces(events: &[Event<'_>]) -> Vec<Piece> {
    let mut all: Vec<Piece> = Vec::new();
    let mut judged = 0;
    for event in events {
        let fact = event.fact;
        let (kind, words, is_evidence, is_monitoring) = match &fact.act {
            Act::Inquire { words, person, .. } => (person.evidence(), words.clone(), true, false),
            Act::InspectSite { words, .. } => (EvidenceKind::Inspection, words.clone(), true, false),
            Act::AddEvidence { evidence, .. } => (evidence.kind, evidence.words.clone(), true, evidence.is_monitoring),
            Act::TakeSample { items, .. } => (EvidenceKind::Thing, items.clone(), true, false),
            Act::TellTestResult { words, .. } => (EvidenceKind::Expert, words.clone(), true, false),
            Act::RegisterEvidence { items, .. } | Act::Seize { items, .. } => {
                (EvidenceKind::Thing, items.clone(), false, false)
            }
            Act::Defend { words } => (EvidenceKind::Statement, words.clone(), false, false),
            _ if event.photos.is_empty() => continue,
            _ => (EvidenceKind::Recording, String::new(), false, false),
        };
        judged += u32::from(is_evidence);
        all.push(Piece {
            number: u32::try_from(all.len()).unwrap_or(u32::MAX).saturating_add(1),
            judged_as: is_evidence.then_some(judged),
            kind,
            words,
            step: fact.what,
            at: fact.at,
            by: fact.by,
            officers: fact.act.taking_part().unwrap_or_default().iter().map(|one| one.account).collect(),
            photos: event.photos.to_vec(),
            is_monitoring,
        });
    }
    all
}

enum_of_words! {
    /// How a piece of evidence stands.
    Standing {
        /// Nobody has looked at it.
        Open = "open",
        /// 查证属实.
        Stands = "stands",
        /// 不予采信.
        Excluded = "excluded",
        /// Not judged by itself.
        Beside = "beside",
    }
}

/// How a piece stands in its case.
pub fn standing(case: &Case, piece: &Piece) -> Standing {
    match piece.judged_as.map(|number| case.judged(number)) {
        None => Standing::Beside,
        Some(None) => Standing::Open,
        Some(Some(found)) if found.is_excluded => Standing::Excluded,
        Some(Some(_)) => Standing::Stands,
    }
}

enum_of_words! {
    /// What a step has not left behind although it should.
    Gap {
        /// A photograph or a recording.
        NoRecording = "no-recording",
        /// The paper that tells of it.
        NoPaper = "no-paper",
    }
}

/// The paper that tells of a step.
pub const fn paper_of(step: Step) -> Option<&'static str> {
    Some(match step {
        Step::ApproveFiling => "filing-approval",
        Step::Inquire => "interview-record",
        Step::InspectSite => "inspection-record",
        Step::OrderCorrection => "correction-notice",
        Step::RegisterEvidence => "evidence-keeping-notice",
        Step::SettleEvidence => "evidence-disposal",
        Step::TakeSample => "sampling-notice",
        Step::SettleSample => "sampling-disposal",
        Step::DecidePerformance => "performance-decision",
        Step::RemindPerformance => "performance-reminder",
        Step::Perform => "performance-record",
        Step::EnforceMoney => "coercion-decision",
        Step::Seize => "seizure-decision",
        Step::EndSeizure => "seizure-release",
        Step::ConcludeInquiry => "investigation-report",
        Step::PassReview | Step::PassFinalReview | Step::FailReview => "legal-review",
        Step::Discuss => "discussion-record",
        Step::NotifyParty => "penalty-notice",
        Step::AnswerDefence => "defence-review",
        Step::CallHearing => "hearing-summons",
        Step::HoldHearing => "hearing-record",
        Step::ReportHearing => "hearing-report",
        Step::Decide => "penalty-decision",
        Step::DecideSummary => "summary-decision",
        Step::NotPunish => "no-penalty-decision",
        Step::NotEstablish => "not-established-decision",
        Step::ChangeDecision => "change-decision",
        Step::RevokeDecision => "revocation-decision",
        Step::Transfer => "transfer-letter",
        Step::Serve | Step::ServePaper | Step::ServeSummons | Step::TellTestResult | Step::ServePerformance => {
            "service-receipt"
        }
        Step::PostAnnouncement => "public-announcement",
        Step::GrantInstalments => "instalment-notice",
        Step::Remind => "urging-letter",
        Step::AskCourt => "court-application",
        Step::ApproveClosing => "closing-approval",
        _ => return None,
    })
}

/// What a step should have left and has not.
pub fn gaps(event: &Event<'_>, recording: &Recording, papers: &BTreeSet<&str>) -> Vec<Gap> {
    let fact = event.fact;
    let is_wanted = recording.steps.contains(&fact.what)
        && match (&fact.act, fact.act.service()) {
            // Of service only what was left needs one (留置送达).
            (_, Some(service)) => service.manner == Manner::Left,
            (Act::HoldHearing { is_abandoned, .. }, None) => !is_abandoned,
            _ => true,
        };
    let mut all = Vec::new();
    if is_wanted && event.photos.is_empty() {
        all.push(Gap::NoRecording);
    }
    let receipt = fact.act.service().map(|_| "service-receipt");
    if paper_of(fact.what).into_iter().chain(receipt).any(|kind| !papers.contains(kind)) {
        all.push(Gap::NoPaper);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enforcement::case::{Asked, Officer, Role, Service, Stage};

    fn fact(act: Act) -> Fact {
        let what = act.step(Stage::Investigating);
        let law = (String::new(), String::new());
        Fact {
            case: 1,
            what,
            by: Some(7),
            role: Role::Officer,
            at: Moment(0),
            stage: Stage::Investigating,
            revision: 2,
            law,
            act,
        }
    }

    fn inspect() -> Act {
        let officers = [8, 9].map(|account| Officer { account, credential: None, is_helper: false }).to_vec();
        Act::InspectSite { officers, card_shown: true, words: "占道两平方米".into() }
    }

    fn serve(manner: Manner) -> Act {
        let service = Service { has_witness: true, ..Service::by(manner) };
        Act::Serve { officers: Vec::new(), service }
    }

    #[test]
    fn evidence_is_numbered_and_photographs_belong_to_it() {
        let photos = ["1".to_owned(), "2".to_owned()];
        let facts = [
            fact(Act::RecordNote { words: "已劝阻".into() }),
            fact(Act::RecordNote { words: "再次劝阻".into() }),
            fact(inspect()),
            fact(Act::Defend { words: "不是我".into() }),
            fact(Act::Inquire {
                officers: Vec::new(),
                card_shown: true,
                person: Asked::default(),
                words: "问答".into(),
            }),
        ];
        let with = [&photos[..0], &photos[..1], &photos[..], &[], &[]];
        let events: Vec<Event<'_>> = facts.iter().zip(with).map(|(fact, photos)| Event { fact, photos }).collect();
        let found: Vec<(u32, Option<u32>, EvidenceKind, usize)> =
            pieces(&events).iter().map(|one| (one.number, one.judged_as, one.kind, one.photos.len())).collect();
        assert_eq!(
            found,
            [
                (1, None, EvidenceKind::Recording, 1),
                (2, Some(1), EvidenceKind::Inspection, 2),
                (3, None, EvidenceKind::Statement, 0),
                (4, Some(2), EvidenceKind::Statement, 0),
            ]
        );
        assert_eq!(pieces(&events)[1].officers, [8, 9]);
    }

    #[test]
    fn what_a_step_should_leave_and_has_not_is_marked() {
        let organ = crate::enforcement::organ::tests::organ();
        let photos = ["1".to_owned()];
        let papers = BTreeSet::from(["inspection-record", "service-receipt"]);
        for (act, has_photos, has_papers, expected) in [
            (inspect(), true, true, &[][..]),
            (inspect(), false, true, &[Gap::NoRecording]),
            (inspect(), false, false, &[Gap::NoRecording, Gap::NoPaper]),
            (serve(Manner::Direct), false, true, &[]),
            (serve(Manner::Left), false, true, &[Gap::NoRecording]),
            (Act::RecordNote { words: "无".into() }, false, false, &[]),
            (Act::ApproveFiling, false, false, &[Gap::NoPaper]),
        ] {
            let fact = fact(act);
            let event = Event { fact: &fact, photos: if has_photos { &photos } else { &[] } };
            let papers = if has_papers { papers.clone() } else { BTreeSet::new() };
            assert_eq!(gaps(&event, &organ.recording, &papers), expected, "{:?}", fact.what);
        }
    }
}
