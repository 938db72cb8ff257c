//! What somebody asks for about what is kept of them (个人信息保护法 arts. 44 to 50), and what may follow: kinds, stages, and who is
//! granted what. Rules only.

use crate::kit::clock::Moment;
use crate::kit::error::Refusal;
use crate::kit::id::Id;
use crate::kit::sealing::Personal;
use crate::kit::words::enum_of_words;
use serde_json::{Value, json};

enum_of_words! {
    /// What is asked for.
    Kind {
        /// 查阅: to see what is kept (art. 45).
        Access = "access",
        /// 复制: to have a copy of it (art. 45).
        Copy = "copy",
        /// 更正、补充: to have it put right (art. 46).
        Correction = "correction",
        /// 删除: to have it taken out (art. 47).
        Deletion = "deletion",
        /// 解释说明: to be told the rules by which it is handled (art. 48).
        Explanation = "explanation",
        /// 投诉: about how it is handled (arts. 50, 65).
        Complaint = "complaint",
    }
}

impl Kind {
    /// Whether it may be granted only once it is known who asks. The rules may be told to everybody, and everybody may complain.
    pub const fn needs_proof(self) -> bool {
        match self {
            Kind::Access | Kind::Copy | Kind::Correction | Kind::Deletion => true,
            Kind::Explanation | Kind::Complaint => false,
        }
    }
}

enum_of_words! {
    /// How far it is.
    Stage {
        /// 已收到.
        Received = "received",
        /// 已核验身份: it is known who asks.
        Checked = "checked",
        /// 已答复.
        Answered = "answered",
        /// 已撤回: by whoever asked.
        Withdrawn = "withdrawn",
    }
}

enum_of_words! {
    /// What may be done with it.
    Step {
        /// 核验身份.
        Check = "check",
        /// 答复.
        Answer = "answer",
        /// 撤回.
        Withdraw = "withdraw",
    }
}

enum_of_words! {
    /// What came of it.
    Outcome {
        /// 同意.
        Granted = "granted",
        /// 部分同意.
        Partly = "partly",
        /// 不同意.
        Refused = "refused",
    }
}

/// Where a step leads to; none where it cannot be taken.
pub const fn way(step: Step, from: Stage) -> Option<Stage> {
    match (step, from) {
        (Step::Check, Stage::Received) => Some(Stage::Checked),
        (Step::Answer, Stage::Received | Stage::Checked) => Some(Stage::Answered),
        (Step::Withdraw, Stage::Received | Stage::Checked) => Some(Stage::Withdrawn),
        (_, Stage::Answered | Stage::Withdrawn) | (Step::Check, Stage::Checked) => None,
    }
}

/// A step with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It was checked who asks.
    Check {
        /// By what.
        how: String,
    },
    /// It is answered.
    Answer {
        /// What came of it.
        outcome: Outcome,
        /// What whoever asked reads: where something is refused, why.
        answer: String,
        /// What they may do against it; nothing where all was granted.
        remedy: String,
        /// What was done, for the record; nothing where nothing was.
        done: String,
    },
    /// Whoever asked takes it back.
    Withdraw,
}

impl Act {
    /// The step that it is.
    pub const fn step(&self) -> Step {
        match self {
            Act::Check { .. } => Step::Check,
            Act::Answer { .. } => Step::Answer,
            Act::Withdraw => Step::Withdraw,
        }
    }
}

/// Something that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its identifier.
    pub id: Id,
    /// Opens its page.
    pub code: String,
    /// What is asked for.
    pub kind: Kind,
    /// How far it is.
    pub stage: Stage,
    /// What came of it; none until it is answered.
    pub outcome: Option<Outcome>,
    /// Who asks.
    pub name: Personal,
    /// How they can be reached.
    pub reach: Personal,
    /// What it is about, in their words.
    pub about: Personal,
    /// What they say proves who they are.
    pub proof: Personal,
    /// How it was checked.
    pub how: Personal,
    /// What was answered.
    pub answer: Personal,
    /// What may be done against it.
    pub remedy: Personal,
    /// What was done.
    pub done: Personal,
    /// When it came.
    pub received_at: Moment,
    /// When most of its time is used up.
    pub near_at: Moment,
    /// Until when it is to be answered.
    pub due_at: Moment,
    /// Within which limit, as `15 working_day`.
    pub term: String,
    /// Where that limit stands.
    pub source: String,
    /// When it was checked who asks, and by whom.
    pub checked: Option<(Moment, Id)>,
    /// When it was answered or taken back.
    pub ended_at: Option<Moment>,
    /// Who answered.
    pub answered_by: Option<Id>,
    /// When what is kept of the person was taken out.
    pub gone_at: Option<Moment>,
    /// Counts its changes.
    pub revision: i64,
}

impl Claim {
    /// Whether its time is over: of what is open `now`, of what has ended when it did.
    pub fn is_late(&self, now: Moment) -> bool {
        self.ended_at.unwrap_or(now) > self.due_at
    }

    /// `ok`, `soon` or `late`, as pages say when something is due.
    pub fn urgency(&self, now: Moment) -> &'static str {
        match () {
            () if self.is_late(now) => "late",
            () if self.ended_at.is_none() && now >= self.near_at => "soon",
            () => "ok",
        }
    }
}

/// What happened, as the log keeps it: never a word of what was asked or answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Happened {
    /// A past participle.
    pub kind: &'static str,
    /// What else may be known.
    pub body: Value,
}

impl Claim {
    /// Whether a step was taken already, with these very words: a form that is sent twice acts once.
    pub fn has_taken(&self, act: &Act) -> bool {
        match act {
            Act::Check { how } => self.stage == Stage::Checked && self.how == how.as_str(),
            Act::Answer { outcome, answer, .. } => {
                self.stage == Stage::Answered && self.outcome == Some(*outcome) && self.answer == answer.as_str()
            }
            Act::Withdraw => self.stage == Stage::Withdrawn,
        }
    }
}

/// That something was asked for.
pub fn received(claim: &Claim) -> Happened {
    Happened { kind: "received", body: json!({ "kind": claim.kind.word(), "due_at": claim.due_at.0 }) }
}

/// Does a step. `by` is whoever of the staff does it; none when it is the one who asked.
///
/// # Errors
/// `claims-refusal-over` when it was answered or taken back already, `claims-refusal-checked` when it was checked already,
/// `claims-refusal-unproved` for granting something before it is known who asks, `claims-refusal-remedy` and
/// `claims-refusal-done`, each on its field.
pub fn act(claim: &Claim, act: &Act, by: Option<Id>, now: Moment) -> Result<(Claim, Happened), Refusal> {
    let Some(stage) = way(act.step(), claim.stage) else {
        return Err(Refusal::new(if claim.ended_at.is_some() {
            "claims-refusal-over"
        } else {
            "claims-refusal-checked"
        }));
    };
    let mut after = Claim { stage, revision: claim.revision + 1, ..claim.clone() };
    let happened = match act {
        Act::Check { how } => {
            after.how = how.clone().into();
            after.checked = by.map(|by| (now, by));
            Happened { kind: "checked", body: json!({ "kind": claim.kind.word() }) }
        }
        Act::Answer { outcome, answer, remedy, done } => {
            let is_granted = matches!(outcome, Outcome::Granted | Outcome::Partly);
            if is_granted && claim.kind.needs_proof() && claim.checked.is_none() {
                return Err(Refusal::new("claims-refusal-unproved").on("outcome"));
            }
            if *outcome != Outcome::Granted && remedy.is_empty() {
                return Err(Refusal::new("claims-refusal-remedy").on("remedy"));
            }
            if is_granted && done.is_empty() {
                return Err(Refusal::new("claims-refusal-done").on("done"));
            }
            after.outcome = Some(*outcome);
            after.answer = answer.clone().into();
            // Where all was granted there is nothing to do anything against.
            after.remedy = if *outcome == Outcome::Granted { Personal::default() } else { remedy.clone().into() };
            after.done = done.clone().into();
            after.answered_by = by;
            after.ended_at = Some(now);
            let body = json!({
                "kind": claim.kind.word(), "outcome": outcome.word(), "is_late": after.is_late(now),
            });
            Happened { kind: "answered", body }
        }
        Act::Withdraw => {
            after.ended_at = Some(now);
            Happened { kind: "withdrawn", body: json!({ "kind": claim.kind.word() }) }
        }
    };
    Ok((after, happened))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn claim(kind: Kind) -> Claim {
        Claim {
            id: 1,
            code: "R3J7K2M9Q8ZT0000".into(),
            kind,
            stage: Stage::Received,
            outcome: None,
            name: "欧阳缄默".into(),
            reach: "13977770001".into(),
            about: "三月打过热线".into(),
            proof: "打来的号码".into(),
            how: Personal::default(),
            answer: Personal::default(),
            remedy: Personal::default(),
            done: Personal::default(),
            received_at: Moment(0),
            near_at: Moment(70),
            due_at: Moment(100),
            term: "15 working_day".into(),
            source: "a source".into(),
            checked: None,
            ended_at: None,
            answered_by: None,
            gone_at: None,
            revision: 1,
        }
    }

    fn check() -> Act {
        Act::Check { how: "called back".into() }
    }

    fn answer(outcome: Outcome, remedy: &str, done: &str) -> Act {
        Act::Answer { outcome, answer: "because".into(), remedy: remedy.into(), done: done.into() }
    }

    #[test]
    fn each_stage_has_its_ways() {
        use Stage::*;
        for (from, check, answer, withdraw) in [
            (Received, Some(Checked), Some(Answered), Some(Withdrawn)),
            (Checked, None, Some(Answered), Some(Withdrawn)),
            (Answered, None, None, None),
            (Withdrawn, None, None, None),
        ] {
            let found = [Step::Check, Step::Answer, Step::Withdraw].map(|step| way(step, from));
            assert_eq!(found, [check, answer, withdraw], "{from:?}");
        }
    }

    #[test]
    fn nothing_is_granted_before_it_is_known_who_asks() {
        for kind in Kind::ALL {
            for (outcome, remedy, done, is_free) in [
                (Outcome::Granted, "", "sent", false),
                (Outcome::Partly, "a court", "sent", false),
                // Who cannot prove who they are is told so.
                (Outcome::Refused, "a court", "", true),
            ] {
                let given = act(&claim(*kind), &answer(outcome, remedy, done), Some(7), Moment(5));
                assert_eq!(given.is_ok(), is_free || !kind.needs_proof(), "{kind:?} {outcome:?}");
                if let Err(no) = given {
                    assert_eq!((no.key, no.field), ("claims-refusal-unproved", Some("outcome")));
                }
                let checked = act(&claim(*kind), &check(), Some(7), Moment(5)).expect("checked").0;
                assert_eq!(checked.checked, Some((Moment(5), 7)));
                assert!(act(&checked, &answer(outcome, remedy, done), Some(7), Moment(6)).is_ok());
            }
        }
    }

    #[test]
    fn who_refuses_says_what_may_be_done_and_who_grants_says_what_was_done() {
        let checked = act(&claim(Kind::Deletion), &check(), Some(7), Moment(5)).expect("checked").0;
        for (outcome, remedy, done, key) in [
            (Outcome::Refused, "", "", "claims-refusal-remedy"),
            (Outcome::Partly, "", "half", "claims-refusal-remedy"),
            (Outcome::Partly, "a court", "", "claims-refusal-done"),
            (Outcome::Granted, "", "", "claims-refusal-done"),
        ] {
            let no = act(&checked, &answer(outcome, remedy, done), Some(7), Moment(6)).expect_err("a refusal");
            assert_eq!(no.key, key, "{outcome:?}");
        }
        let (granted, told) =
            act(&checked, &answer(Outcome::Granted, "a court", "gone"), Some(7), Moment(6)).expect("granted");
        assert!(granted.remedy.is_empty() && granted.answered_by == Some(7) && granted.ended_at == Some(Moment(6)));
        assert_eq!(told.body, json!({ "kind": "deletion", "outcome": "granted", "is_late": false }));
        let late = act(&checked, &answer(Outcome::Granted, "", "gone"), Some(7), Moment(101)).expect("late").1;
        assert_eq!(late.body["is_late"], true);
        assert!(granted.has_taken(&answer(Outcome::Granted, "", "gone")) && !granted.has_taken(&Act::Withdraw));
        assert!(checked.has_taken(&check()) && !granted.has_taken(&answer(Outcome::Refused, "a court", "")));
        assert_eq!(act(&granted, &Act::Withdraw, None, Moment(7)).expect_err("over").key, "claims-refusal-over");
        assert_eq!(act(&checked, &check(), Some(7), Moment(7)).expect_err("twice").key, "claims-refusal-checked");
    }

    #[test]
    fn time_is_used_up() {
        let one = claim(Kind::Access);
        for (now, urgency) in [(0, "ok"), (69, "ok"), (70, "soon"), (100, "soon"), (101, "late")] {
            assert_eq!(one.urgency(Moment(now)), urgency, "{now}");
        }
        let ended = act(&one, &Act::Withdraw, None, Moment(80)).expect("taken back").0;
        assert_eq!(ended.urgency(Moment(1_000)), "ok", "it was over in time");
    }

    proptest! {
        #[test]
        fn whatever_is_done_ends_once_and_no_word_is_told(
            steps in proptest::collection::vec((0_usize..3, 0_usize..3, any::<bool>()), 0..8), kind in 0_usize..6,
        ) {
            let mut one = claim(Kind::ALL[kind]);
            let mut ends = 0;
            for (at, (step, outcome, is_told)) in steps.into_iter().enumerate() {
                let words = if is_told { "欧阳" } else { "" };
                let next = [check(), answer(Outcome::ALL[outcome], words, words), Act::Withdraw][step].clone();
                let Ok((after, told)) = act(&one, &next, Some(7), Moment(at as i64)) else { continue };
                prop_assert!(one.ended_at.is_none());
                prop_assert_eq!(after.revision, one.revision + 1);
                prop_assert_eq!(after.ended_at.is_some(), matches!(after.stage, Stage::Answered | Stage::Withdrawn));
                prop_assert_eq!(after.outcome.is_some(), after.stage == Stage::Answered);
                prop_assert!(!told.body.to_string().contains("欧阳") && !told.body.to_string().contains("139"));
                ends += usize::from(after.ended_at.is_some());
                one = after;
            }
            prop_assert!(ends <= 1);
        }
    }
}
