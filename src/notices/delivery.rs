//! One delivery: a notice on one way out of the program. What becomes of it after a try. Rules only.

use super::leaving;
use super::notice::{Channel, Urgency};
use crate::kit::clock::Moment;
use crate::kit::id::Id;
use crate::kit::words::enum_of_words;

/// The longest detail of an error that is kept, in characters.
const LONGEST_DETAIL: usize = 300;

enum_of_words! {
    /// How far a delivery is.
    State {
        /// It could not be sent and is not tried again.
        Failed = "failed",
        /// It waits for its time, or for another try.
        Waiting = "waiting",
        /// Somebody is sending it.
        Sending = "sending",
        /// Whoever takes it further has it.
        Sent = "sent",
        /// It is not needed any more, or an administrator gave it up.
        Dropped = "dropped",
    }
}

enum_of_words! {
    /// What went wrong, or why a delivery is not needed any more.
    FaultKind {
        /// The city has not set up this way.
        Unconfigured = "unconfigured",
        /// Nothing answered at the other end.
        Unreachable = "unreachable",
        /// It took too long.
        TimedOut = "timed_out",
        /// The other end said no.
        Refused = "refused",
        /// The other end let nobody in: a wrong password or token.
        Unauthorized = "unauthorized",
        /// The program stopped while sending; whether it arrived is not known.
        Interrupted = "interrupted",
        /// The person has no confirmed address any more.
        NoAddress = "no_address",
        /// The browser does not want any more.
        Gone = "gone",
        /// It was read in the program first.
        Read = "read",
        /// The account was stopped.
        Stopped = "stopped",
        /// An administrator gave it up.
        GivenUp = "given_up",
        /// It waits in the city of which this is a copy.
        Copied = "copied",
    }
}

/// What went wrong at a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of thing.
    pub kind: FaultKind,
    /// What the other end said; no secret and no address.
    pub detail: String,
    /// True when another try would end the same way.
    pub is_final: bool,
}

impl Fault {
    /// Something that may pass.
    pub fn passing(kind: FaultKind, detail: impl Into<String>) -> Fault {
        Fault { kind, detail: detail.into(), is_final: false }
    }

    /// Something that another try would not change.
    pub fn lasting(kind: FaultKind, detail: impl Into<String>) -> Fault {
        Fault { kind, detail: detail.into(), is_final: true }
    }

    /// The same with its detail in one short line, and without these secrets and addresses.
    #[must_use]
    pub fn without(mut self, secrets: &[&str]) -> Fault {
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            self.detail = self.detail.replace(secret, "…");
        }
        let plain = self.detail.chars().map(|sign| if sign.is_control() { ' ' } else { sign });
        self.detail = plain.take(LONGEST_DETAIL).collect::<String>().trim().to_owned();
        self
    }
}

/// What becomes of a delivery after a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It has left.
    Sent,
    /// It is tried again then.
    Again(Moment),
    /// It is not tried again.
    Failed,
    /// It is not needed any more.
    Dropped,
}

/// What becomes of a delivery after its `tries`-th try.
pub fn after(tries: i64, outcome: &Result<(), Fault>, now: Moment) -> Next {
    match outcome {
        Ok(()) => Next::Sent,
        Err(fault) if matches!(fault.kind, FaultKind::NoAddress | FaultKind::Gone) => Next::Dropped,
        Err(fault) if fault.is_final => Next::Failed,
        Err(_) => leaving::again(tries, now).map_or(Next::Failed, Next::Again),
    }
}

/// What becomes of a delivery that was being sent when the program stopped. An alarm twice is better than none, and its
/// receiver can tell that it is the same one; anything else waits for somebody to look, for it stands in the program too.
pub fn after_interruption(urgency: Urgency, tries: i64, now: Moment) -> Next {
    match urgency {
        Urgency::Urgent => leaving::again(tries, now).map_or(Next::Failed, |_| Next::Again(now)),
        Urgency::Ordinary => Next::Failed,
    }
}

/// A delivery in the administrators' list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its identifier, by which pages are cut.
    pub id: Id,
    /// To whom.
    pub account: Id,
    /// The person's name.
    pub name: String,
    /// What kind of notice.
    pub kind: String,
    /// By which way.
    pub channel: Channel,
    /// How pressing.
    pub urgency: Urgency,
    /// How far it is.
    pub state: State,
    /// When it is looked at next.
    pub due_at: Moment,
    /// Why then: a word of [`leaving::Why`], or `again` after a failure.
    pub why: String,
    /// How often it was tried.
    pub tries: i64,
    /// What went wrong last.
    pub fault: Option<FaultKind>,
    /// What the other end said.
    pub detail: String,
    /// When it was made.
    pub made_at: Moment,
    /// When it left, failed or was dropped.
    pub ended_at: Option<Moment>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_fault_leads_to() {
        let now = Moment(0);
        let passing = Err(Fault::passing(FaultKind::Unreachable, ""));
        assert_eq!(after(1, &Ok(()), now), Next::Sent);
        assert_eq!(after(1, &passing, now), Next::Again(Moment(60_000)));
        assert_eq!(after(5, &passing, now), Next::Again(Moment(6 * 3_600_000)));
        assert_eq!(after(6, &passing, now), Next::Failed);
        assert_eq!(after(1, &Err(Fault::lasting(FaultKind::Refused, "")), now), Next::Failed);
        assert_eq!(after(1, &Err(Fault::lasting(FaultKind::Gone, "")), now), Next::Dropped);
        assert_eq!(after_interruption(Urgency::Urgent, 1, now), Next::Again(now));
        assert_eq!(after_interruption(Urgency::Urgent, 6, now), Next::Failed);
        assert_eq!(after_interruption(Urgency::Ordinary, 1, now), Next::Failed);
    }

    #[test]
    fn a_detail_tells_no_secret() {
        let said = "550 <li@example.cn>: no such user\r\n(token s3cret)";
        let fault = Fault::lasting(FaultKind::Refused, said).without(&["li@example.cn", "s3cret", ""]);
        assert_eq!(fault.detail, "550 <…>: no such user  (token …)");
        assert_eq!(Fault::passing(FaultKind::Refused, "啊".repeat(1000)).without(&[]).detail.chars().count(), 300);
    }
}
