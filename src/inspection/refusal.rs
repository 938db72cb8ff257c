//! Why not: every refusal of the room with the document it rests on.

use crate::enforcement::refusal::refusals;

refusals! {"inspection-refusal-":
    /// A check of what nobody has published.
    ItemUnpublished = "item-unpublished", "inspection-54", "";
    /// A check of nothing.
    ItemMissing = "item-missing", "inspection-54", "";
    /// A check without approval.
    CheckUnapproved = "check-unapproved", "inspection-54", "";
    /// An urgent check is approved late, and nobody says why.
    CheckApprovalLate = "check-approval-late", "inspection-54", "";
    /// A check without notice.
    CheckUnannounced = "check-unannounced", "inspection-54", "";
    /// Checked as often as it may be this year.
    CheckedTooOften = "checked-too-often", "inspection-54", "";
    /// As often as it may be is done and planned.
    PlannedTooOften = "planned-too-often", "inspection-54", "";
    /// Entered without scanning.
    NotScanned = "not-scanned", "inspection-54", "";
    /// Nobody planned to check this enterprise.
    NothingPlanned = "nothing-planned", "inspection-54", "";
    /// The check is for another day.
    NotThatDay = "not-that-day", "inspection-54", "";
    /// The check is for another hour.
    NotThoseHours = "not-those-hours", "inspection-54", "";
    /// This officer is in already and waits for the other.
    ConfirmedAlready = "confirmed-already", "penalty", "42";
    /// The check does not stand where this act begins.
    StageElsewhere = "stage-elsewhere", "", "";
    /// Another post does this.
    RoleNotAllowed = "role-not-allowed", "", "";
    /// Somebody else changed it meanwhile.
    MovedOn = "moved-on", "", "";
    /// A moment before what it follows.
    DateBackwards = "date-backwards", "", "";
    /// A day that is over.
    DayPast = "day-past", "", "";
    /// A day too far ahead.
    DayFar = "day-far", "", "";
    /// An urgent check is of today.
    UrgentIsToday = "urgent-is-today", "inspection-54", "";
    /// The end is not after the beginning.
    HoursBackwards = "hours-backwards", "", "";
    /// Not every item has an answer.
    FindingsMissing = "findings-missing", "", "";
    /// What was found is not told.
    FindingWordless = "finding-wordless", "", "";
    /// Something was found, and nothing follows.
    OutcomeTooLight = "outcome-too-light", "", "";
    /// Nothing was found, and something follows.
    OutcomeTooHeavy = "outcome-too-heavy", "", "";
    /// They left before they came, or later than now.
    LeftStrange = "left-strange", "", "";
    /// The enterprise has rated already.
    RatedAlready = "rated-already", "", "";
    /// The enterprise is closed.
    EnterpriseClosed = "enterprise-closed", "", "";
    /// The check sign of the code does not fit.
    CreditCodeWrong = "credit-code-wrong", "", "";
    /// Another enterprise has this code.
    CreditCodeTaken = "credit-code-taken", "", "";
    /// An enterprise has open checks.
    ChecksOpen = "checks-open", "", "";
    /// It is the same enterprise.
    SameEnterprise = "same-enterprise", "", "";
    /// Too few to draw from.
    PoolTooSmall = "pool-too-small", "inspection-54", "";
    /// A re-check that nobody ordered, or that is planned already.
    RecheckUnasked = "recheck-unasked", "", "";
    /// Too many reports of unregistered checks within an hour.
    ReportsTooMany = "reports-too-many", "", "";
    /// A place that lies nowhere.
    PositionStrange = "position-strange", "", "";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enforcement::refusal::say_their_articles;

    #[test]
    fn every_refusal_says_its_article_in_every_language() {
        say_their_articles(Why::ALL.iter().map(|why| (why.refuse(), why.article().1)));
    }
}
