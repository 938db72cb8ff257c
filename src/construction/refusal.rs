//! Why not: every refusal of the room with the article it rests on.

use crate::enforcement::refusal::refusals;

refusals! {"construction-refusal-":
    /// The building does not stand where this act begins.
    StageElsewhere = "stage-elsewhere", "", "";
    /// Another post does this.
    RoleNotAllowed = "role-not-allowed", "", "";
    /// A day or moment lies before what it follows.
    DateBackwards = "date-backwards", "", "";
    /// A day lies in the future.
    DateInFuture = "date-in-future", "", "";
    /// An area, a number of floors or a cost that nobody means.
    SizeAbsurd = "size-absurd", "", "";
    /// There is no such thing.
    NoSuchThing = "no-such-thing", "", "";
    /// Somebody else has done something since the page was read.
    MovedOn = "moved-on", "", "";
    /// Without a photograph of the paper or the place.
    PhotosMissing = "photos-missing", "", "";
    /// No unit of officers is named.
    UnitMissing = "unit-missing", "", "";
    /// Neither a point, nor a unit grid, nor a street.
    PlaceMissing = "place-missing", "", "";
    /// The planning department has not said what the building is.
    NotAssessed = "not-assessed", "planning", "64";
    /// It can be put right, so it is not pulled down.
    Correctable = "correctable", "planning", "64";
    /// The party was not told, or may still speak.
    NotHeard = "not-heard", "penalty", "44";
    /// This city offers no hearing before an order to pull down.
    HearingNotOffered = "hearing-not-offered", "penalty", "63";
    /// A hearing was asked for, or may still be.
    HearingOpen = "hearing-open", "penalty", "63";
    /// Asked for too late.
    HearingAskedLate = "hearing-asked-late", "penalty", "64";
    /// Called at too short notice, or held on another day.
    HearingCalledLate = "hearing-called-late", "penalty", "64";
    /// Whoever presides has acted as an officer.
    PresidentActed = "president-acted", "penalty", "64";
    /// What the party said was not looked at.
    DefenceUnanswered = "defence-unanswered", "coercion", "36";
    /// The decision is not served.
    NotServed = "not-served", "penalty", "61";
    /// Announced although nothing else was tried.
    OtherManners = "other-manners", "coercion", "38";
    /// The decision to enforce is not served, or the work began before.
    OrderNotServed = "order-not-served", "coercion", "38";
    /// Nobody has reviewed what is decided on after a hearing.
    NotReviewed = "not-reviewed", "penalty", "58";
    /// The day by which the owner was to pull it down has not passed.
    SelfTermOpen = "self-term-open", "coercion", "34";
    /// Nobody has reminded, or the reminder's term runs.
    NotReminded = "not-reminded", "coercion", "35";
    /// A reminder whose term is no term.
    ReminderTermMissing = "reminder-term-missing", "coercion", "35";
    /// No public notice.
    NotAnnounced = "not-announced", "coercion", "44";
    /// The announcement gives fewer days than the city asks for.
    AnnouncementShort = "announcement-short", "coercion", "44";
    /// The term of the announcement runs.
    AnnouncementOpen = "announcement-open", "coercion", "44";
    /// The terms of review and suit run.
    RemediesOpen = "remedies-open", "coercion", "44";
    /// A review or a suit goes on.
    RemedyRunning = "remedy-running", "coercion", "44";
    /// The decision was revoked.
    DecisionRevoked = "decision-revoked", "coercion", "40";
    /// The government has not charged anybody with it.
    NotCharged = "not-charged", "planning", "68";
    /// No decision to enforce.
    NotOrdered = "not-ordered", "coercion", "37";
    /// In the night.
    AtNight = "at-night", "coercion", "43";
    /// On a statutory holiday.
    OnHoliday = "on-holiday", "coercion", "43";
    /// By cutting water, power, gas or heat.
    SuppliesCut = "supplies-cut", "coercion", "43";
    /// Nobody of the party and no witness is there.
    NobodyPresent = "nobody-present", "", "";
    /// Without a list of the goods, or without a recording.
    RecordMissing = "record-missing", "", "";
    /// A thing without a name or without a number.
    GoodsUnclear = "goods-unclear", "", "";
    /// The city's file names no basis for the shorter way.
    NoShorterWay = "no-shorter-way", "planning", "68";
    /// The shorter way is for works that are still going up.
    NotGoingUp = "not-going-up", "planning", "68";
    /// Work was not ordered to stop, or has stopped.
    NotStopped = "not-stopped", "planning", "68";
    /// Enforcement is suspended.
    Suspended = "suspended", "coercion", "39";
    /// Three years passed: it is not enforced any more.
    GivenUp = "given-up", "coercion", "39";
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
