//! What practice refuses besides the rules of real cases: the story knows what the program of real cases cannot know.

use crate::enforcement::refusal::refusals;

refusals! {"teaching-refusal-":
    /// Somebody who is near to the party takes part.
    Related = "related", "penalty", "43";
    /// A matter that does not fit the story.
    OtherMatter = "other-matter", "penalty", "38";
    /// Another day than that of the act.
    OtherDay = "other-day", "penalty", "40";
    /// Another kind of party, or another age.
    OtherParty = "other-party", "penalty", "40";
    /// A part that nobody plays.
    NoSuchPart = "no-such-part", "", "";
    /// The run is over.
    Over = "over", "", "";
    /// There is nothing to take back.
    NothingToUndo = "nothing-to-undo", "", "";
    /// The clock goes forward only.
    ClockBackwards = "clock-backwards", "", "";
    /// The calendar ends before that day.
    ClockTooFar = "clock-too-far", "", "";
    /// No term runs.
    NoTerm = "no-term", "", "";
    /// A name or number of the real case still stands.
    StillNamed = "still-named", "", "";
    /// The case is not over.
    NotFinished = "not-finished", "", "";
    /// Somebody else changed it.
    MovedOn = "moved-on", "", "";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_says_its_article_in_every_language() {
        crate::enforcement::refusal::say_their_articles(Why::ALL.iter().map(|why| (why.refuse(), why.article().1)));
    }
}
