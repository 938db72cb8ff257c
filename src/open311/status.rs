//! What our stages and facts are called in the protocol: open or closed, the finer words of CitySDK, and those of mySociety's
//! updates.

use crate::reports::report::Stage;

/// `open` until nothing more is expected to happen.
pub const fn status(stage: Stage) -> &'static str {
    if stage.is_ended() { "closed" } else { "open" }
}

/// The finer word of CitySDK.
pub const fn detailed(stage: Stage) -> &'static str {
    match stage {
        Stage::Received => "RECEIVED",
        Stage::Handling => "IN_PROCESS",
        Stage::Solved => "PROCESSED",
        Stage::Declined => "REJECTED",
    }
}

/// The facts after which a report stands otherwise for whoever follows its updates.
pub const MOVING: [&str; 22] = [
    "report_accepted",
    "report_joined",
    "report_separated",
    "report_waits_again",
    "report_declined",
    "case_filed",
    "case_dispatched",
    "case_split",
    "task_accepted",
    "work_handed_in",
    "verification_passed",
    "verification_failed",
    "case_sent_back",
    "case_suspended",
    "case_resumed",
    "case_closed",
    "case_self_handled",
    "case_force_closed",
    "case_voided",
    "case_reopened",
    "submitted",
    "imported",
];

/// What citizens say and do themselves: it explains no status.
pub const OF_CITIZENS: [&str; 8] =
    ["submitted", "imported", "words_added", "urged", "rated", "seconded", "another_joined", "reopen_asked"];

/// The status of an update after a fact of this kind, with the reason that it gives.
pub fn of_update(kind: &str, reason: &str) -> &'static str {
    match (kind, reason) {
        ("report_declined" | "case_voided", "duplicate") => "DUPLICATE",
        ("report_declined", "not-ours" | "outside-city") => "NOT_COUNCILS_RESPONSIBILITY",
        ("report_declined" | "case_voided", _) => "NO_FURTHER_ACTION",
        ("case_force_closed", _) => "CLOSED",
        ("case_closed" | "case_self_handled", _) => "FIXED",
        ("report_accepted" | "report_joined" | "report_separated" | "case_filed", _) => "INVESTIGATING",
        ("case_dispatched" | "case_split" | "case_suspended", _) => "ACTION_SCHEDULED",
        (
            "task_accepted"
            | "work_handed_in"
            | "verification_passed"
            | "verification_failed"
            | "case_sent_back"
            | "case_resumed",
            _,
        ) => "IN_PROGRESS",
        ("case_reopened", _) => "REOPEN",
        _ => "OPEN",
    }
}

/// The words that an update from elsewhere may carry.
pub const OF_UPDATES: [&str; 13] = [
    "OPEN",
    "INVESTIGATING",
    "IN_PROGRESS",
    "ACTION_SCHEDULED",
    "FIXED",
    "CLOSED",
    "DUPLICATE",
    "NOT_COUNCILS_RESPONSIBILITY",
    "NO_FURTHER_ACTION",
    "INTERNAL_REFERRAL",
    "FOR_TRIAGE",
    "CANCELLED",
    "REOPEN",
];

/// What an update from elsewhere asks of a report that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Nothing: its words are kept.
    Tell,
    /// To open it again if it may be; otherwise the words are kept.
    OpenIfMay,
    /// To open it again.
    Reopen,
}

/// What the word of an update asks for.
pub fn wish(word: &str) -> Wish {
    match word {
        "REOPEN" => Wish::Reopen,
        "OPEN" => Wish::OpenIfMay,
        _ => Wish::Tell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_open_or_closed() {
        let table = [
            (Stage::Received, "open", "RECEIVED"),
            (Stage::Handling, "open", "IN_PROCESS"),
            (Stage::Solved, "closed", "PROCESSED"),
            (Stage::Declined, "closed", "REJECTED"),
        ];
        assert_eq!(table.len(), Stage::ALL.len());
        for (stage, word, fine) in table {
            assert_eq!((status(stage), detailed(stage)), (word, fine), "{stage:?}");
        }
    }

    #[test]
    fn a_fact_moves_an_update() {
        for (kind, reason, word) in [
            ("submitted", "", "OPEN"),
            ("report_waits_again", "", "OPEN"),
            ("report_accepted", "", "INVESTIGATING"),
            ("case_dispatched", "", "ACTION_SCHEDULED"),
            ("task_accepted", "", "IN_PROGRESS"),
            ("verification_failed", "", "IN_PROGRESS"),
            ("case_closed", "", "FIXED"),
            ("case_force_closed", "superseded", "CLOSED"),
            ("case_reopened", "", "REOPEN"),
            ("report_declined", "not-ours", "NOT_COUNCILS_RESPONSIBILITY"),
            ("report_declined", "duplicate", "DUPLICATE"),
            ("report_declined", "too-vague", "NO_FURTHER_ACTION"),
            ("case_voided", "vanished", "NO_FURTHER_ACTION"),
        ] {
            assert_eq!(of_update(kind, reason), word, "{kind} {reason}");
            assert!(OF_UPDATES.contains(&word) && MOVING.contains(&kind), "{kind}");
        }
    }

    #[test]
    fn whatever_ends_a_report_ends_its_updates_too() {
        let closing = ["FIXED", "CLOSED", "DUPLICATE", "NOT_COUNCILS_RESPONSIBILITY", "NO_FURTHER_ACTION"];
        for kind in MOVING {
            let is_ended = Stage::after(kind).is_some_and(Stage::is_ended);
            assert_eq!(closing.contains(&of_update(kind, "")), is_ended, "{kind}");
        }
    }

    #[test]
    fn only_opening_is_wished_for() {
        for word in OF_UPDATES {
            let wished = wish(word);
            assert_eq!(wished != Wish::Tell, matches!(word, "OPEN" | "REOPEN"), "{word}");
        }
    }
}
