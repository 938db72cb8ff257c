//! Why not: every refusal of the room with the article it rests on.

/// Writes the refusals of a room: the beginning of their keys, then for each its key, the document and the article.
macro_rules! refusals {
    ($prefix:literal: $($(#[$doc:meta])* $variant:ident = $key:literal, $law:literal, $article:literal);+ $(;)?) => {
        /// Why not.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Why { $($(#[$doc])* $variant),+ }

        impl Why {
            /// Every refusal.
            pub const ALL: &'static [Why] = &[$(Why::$variant),+];

            /// The key of the sentence that says so.
            pub const fn key(self) -> &'static str {
                match self { $(Why::$variant => concat!($prefix, $key)),+ }
            }

            /// The document's key and the article that it rests on; both empty where the program's own order is the reason,
            /// the article alone where nobody has read it.
            pub const fn article(self) -> (&'static str, &'static str) {
                match self { $(Why::$variant => ($law, $article)),+ }
            }

            /// The refusal, with its document and article.
            pub fn refuse(self) -> $crate::kit::error::Refusal {
                let (law, article) = self.article();
                let refusal = $crate::kit::error::Refusal::new(self.key());
                match (law, article) {
                    ("", _) => refusal,
                    (law, "") => refusal.with("law", law),
                    (law, article) => refusal.with("law", law).with("article", article),
                }
            }

            /// The refusal when something does not hold.
            ///
            /// # Errors
            /// The refusal, when `holds` is false.
            pub fn unless(self, holds: bool) -> Result<(), $crate::kit::error::Refusal> {
                if holds { Ok(()) } else { Err(self.refuse()) }
            }
        }
    };
}
pub(crate) use refusals;

refusals! {"enforcement-refusal-":
    /// The case does not stand where this act begins.
    StageElsewhere = "stage-elsewhere", "", "";
    /// Another post does this.
    RoleNotAllowed = "role-not-allowed", "", "";
    /// The case is suspended.
    Suspended = "suspended", "", "";
    /// It is not suspended.
    NotSuspended = "not-suspended", "", "";
    /// A day lies in the future.
    DateInFuture = "date-in-future", "", "";
    /// A day lies before what it follows.
    DateBackwards = "date-backwards", "", "";
    /// Words are missing.
    WordsMissing = "words-missing", "", "";
    /// Words are longer than a form holds.
    WordsTooLong = "words-too-long", "", "";
    /// A fine of nothing or less.
    AmountNotPositive = "amount-not-positive", "", "";
    /// More than anybody means.
    AmountAbsurd = "amount-absurd", "", "";
    /// Somebody else is on the case.
    NotInvestigator = "not-investigator", "", "";
    /// There is no such thing on the case.
    NoSuchThing = "no-such-thing", "", "";
    /// The unit's leader has not assigned the clue.
    NotAssigned = "not-assigned", "", "";
    /// The unit's leader assigned it to others.
    AssignedOtherwise = "assigned-otherwise", "", "";
    /// The unit's leader has not given an opinion.
    OpinionMissing = "opinion-missing", "", "";
    /// Whoever bound a volume does not check it.
    CheckedByBinder = "checked-by-binder", "", "";
    /// A helper records and persuades, and does nothing else.
    HelperEnforces = "helper-enforces", "penalty", "42";
    /// Fewer than two officers.
    TooFewOfficers = "too-few-officers", "penalty", "42";
    /// The same officer twice.
    SameOfficerTwice = "same-officer-twice", "penalty", "42";
    /// An officer without a credential.
    CredentialMissing = "credential-missing", "penalty", "42";
    /// A credential that is not valid on that day.
    CredentialInvalid = "credential-invalid", "penalty", "42";
    /// Whoever records the act did not do it.
    ActorNotAmong = "actor-not-among", "penalty", "42";
    /// The credentials were not shown.
    CardNotShown = "card-not-shown", "penalty", "55";
    /// The credentials were not shown before a penalty on the spot.
    SpotCardNotShown = "spot-card-not-shown", "penalty", "52";
    /// An officer who is recused.
    Recused = "recused", "penalty", "43";
    /// No such request of recusal waits.
    NoRecusalAsked = "no-recusal-asked", "penalty", "43";
    /// A request of recusal waits for the head.
    RecusalPending = "recusal-pending", "penalty", "43";
    /// Too long ago.
    LimitationPassed = "limitation-passed", "penalty", "36";
    /// No rule was in force.
    NoBasis = "no-basis", "penalty", "38";
    /// Younger than fourteen.
    TooYoung = "too-young", "penalty", "30";
    /// Younger than eighteen, and not punished lighter.
    NotLighter = "not-lighter", "penalty", "30";
    /// Could not tell or control what was done.
    NotAccountable = "not-accountable", "penalty", "31";
    /// One act, one fine.
    DoubleFine = "double-fine", "penalty", "29";
    /// The same act of the same party was fined in another case.
    FinedBefore = "fined-before", "penalty", "29";
    /// Another rule that was broken takes more.
    LesserRule = "lesser-rule", "penalty", "29";
    /// Nothing proves it.
    EvidenceMissing = "evidence-missing", "penalty", "40";
    /// Evidence that was got unlawfully.
    EvidenceUnlawful = "evidence-unlawful", "penalty", "46";
    /// A device's record that nobody has reviewed.
    RecordUnreviewed = "record-unreviewed", "penalty", "41";
    /// Registered without the head's approval.
    RegistrationUnapproved = "registration-unapproved", "penalty", "56";
    /// Registered evidence waits.
    EvidencePending = "evidence-pending", "penalty", "56";
    /// Seven working days are over: it can only be given back.
    EvidenceLate = "evidence-late", "penalty", "56";
    /// Samples are taken without the head's approval, where the city asks for it.
    SamplingUnapproved = "sampling-unapproved", "penalty", "56";
    /// A list of samples with a line that does not say what, how many and in which state.
    SampleUnclear = "sample-unclear", "penalty", "56";
    /// Neither the party nor a witness has signed the record of the samples.
    SampleUnsigned = "sample-unsigned", "penalty", "55";
    /// What the test found was not told.
    SampleUntold = "sample-untold", "penalty", "56";
    /// Samples are still held.
    SampleHeld = "sample-held", "penalty", "56";
    /// A seizure without approval.
    SeizureUnapproved = "seizure-unapproved", "coercion", "18";
    /// No law and no regulation allows to seize for it.
    SeizureNoBasis = "seizure-no-basis", "coercion", "22";
    /// It is allowed only after an order to correct that was not obeyed.
    SeizureTooEarly = "seizure-too-early", "coercion", "22";
    /// The credentials were not shown.
    SeizureCard = "seizure-card", "coercion", "18";
    /// The party was not called to the spot.
    SeizureUncalled = "seizure-uncalled", "coercion", "18";
    /// Neither the party nor a witness was there.
    SeizureWitness = "seizure-witness", "coercion", "18";
    /// The party was not told why and what it may do.
    SeizureUntold = "seizure-untold", "coercion", "18";
    /// The party was not heard.
    SeizureUnheard = "seizure-unheard", "coercion", "18";
    /// No record was made on the spot.
    SeizureUnrecorded = "seizure-unrecorded", "coercion", "18";
    /// Decision and list were not handed over on the spot.
    SeizureNotHanded = "seizure-not-handed", "coercion", "24";
    /// Necessities of life are not seized, nor what has nothing to do with it.
    NecessitySeized = "necessity-seized", "coercion", "23";
    /// Approval came after 24 hours: it is lifted.
    ApprovalLate = "approval-late", "coercion", "19";
    /// The term of the seizure is over: things are given back.
    SeizureOver = "seizure-over", "coercion", "25";
    /// Extended once already.
    SeizureExtended = "seizure-extended", "coercion", "25";
    /// A test ends no seizure.
    SeizureGoesOn = "seizure-goes-on", "coercion", "27";
    /// Registered evidence becomes a seizure by seizing it.
    SeizureMissing = "seizure-missing", "coercion", "18";
    /// Whose things go to the police with the case is told in writing.
    TransferUntold = "transfer-untold", "coercion", "21";
    /// Nothing is confiscated without a decision.
    ConfiscatedUndecided = "confiscated-undecided", "penalty", "57";
    /// Something is still seized.
    SeizureOpen = "seizure-open", "coercion", "27";
    /// The clause asks first for an order to correct that was not obeyed.
    NotOrdered = "not-ordered", "penalty", "28";
    /// The clause asks for a term to correct that has passed.
    NotOverdue = "not-overdue", "penalty", "28";
    /// Corrected in time, so the clause takes no fine.
    Corrected = "corrected", "penalty", "33";
    /// The clause fines grave cases only.
    NotGrave = "not-grave", "penalty", "5";
    /// Nobody has looked whether an exemption applies.
    ExemptionUnconsidered = "exemption-unconsidered", "penalty", "33";
    /// The organ's list names circumstances for the exemption, and nobody says that they are there.
    ExemptionCircumstances = "exemption-circumstances", "penalty", "33";
    /// The organ's list does not name it, and nobody says why it applies.
    ExemptionUnlisted = "exemption-unlisted", "penalty", "33";
    /// What was decided against the party before says otherwise.
    FirstContradicted = "first-contradicted", "penalty", "33";
    /// An exemption without its conditions.
    ExemptionUnfounded = "exemption-unfounded", "penalty", "33";
    /// No fault, and no evidence of the party for it.
    ExemptionUnproven = "exemption-unproven", "penalty", "33";
    /// Legal review is missing.
    ReviewMissing = "review-missing", "penalty", "58";
    /// A reviewer who investigated.
    ReviewerInvestigated = "reviewer-investigated", "penalty", "58";
    /// A first-time reviewer without the qualification.
    ReviewerUnqualified = "reviewer-unqualified", "penalty", "58";
    /// Discussion by the heads is missing.
    DiscussionMissing = "discussion-missing", "penalty", "57";
    /// Too few took part.
    DiscussionTooSmall = "discussion-too-small", "penalty", "57";
    /// The party was not told.
    NotTold = "not-told", "penalty", "44";
    /// A fine above the announced one.
    AboveAnnounced = "above-announced", "penalty", "44";
    /// A kind of penalty that was not announced.
    KindNotAnnounced = "kind-not-announced", "penalty", "44";
    /// Heavier because the party defended itself.
    RaisedForDefending = "raised-for-defending", "penalty", "45";
    /// A defence was not looked at.
    DefenceUnanswered = "defence-unanswered", "penalty", "45";
    /// The term of the statement runs.
    StatementOpen = "statement-open", "penalty", "62";
    /// A waiver that nobody signed.
    WaiverUnsigned = "waiver-unsigned", "penalty", "62";
    /// A hearing must be offered.
    HearingNotOffered = "hearing-not-offered", "penalty", "63";
    /// A hearing was not offered, so none is asked for.
    HearingNotDue = "hearing-not-due", "penalty", "63";
    /// The term for asking runs.
    HearingTermOpen = "hearing-term-open", "penalty", "64";
    /// Asked for too late.
    HearingAskedLate = "hearing-asked-late", "penalty", "64";
    /// Called at too short notice.
    HearingCalledLate = "hearing-called-late", "penalty", "64";
    /// The summons has not reached the party.
    SummonsUnserved = "summons-unserved", "penalty", "64";
    /// The summons reached the party too late for the day.
    SummonsLate = "summons-late", "penalty", "64";
    /// Not the day of the hearing.
    HearingOtherDay = "hearing-other-day", "penalty", "64";
    /// The president investigated.
    PresidentInvestigated = "president-investigated", "penalty", "64";
    /// The president reviewed, or the reviewer presided.
    PresidentReviewed = "president-reviewed", "", "";
    /// A hearing that was asked for is taken back by the party itself.
    WithdrawalUnsigned = "withdrawal-unsigned", "penalty", "63";
    /// Another president was appointed.
    NotThePresident = "not-the-president", "penalty", "64";
    /// More agents than two.
    TooManyAgents = "too-many-agents", "penalty", "64";
    /// Outside what the clause takes.
    OutsideClause = "outside-clause", "penalty", "76";
    /// A kind of penalty that the clause does not know.
    KindNotInClause = "kind-not-in-clause", "penalty", "76";
    /// Outside the tier, and no reason written.
    OutsideTier = "outside-tier", "penalty", "34";
    /// No tier chosen.
    TierMissing = "tier-missing", "penalty", "34";
    /// The newer rule is more lenient.
    MilderRuleIgnored = "milder-rule-ignored", "penalty", "37";
    /// The newer rule is not more lenient.
    NewerRuleHarsher = "newer-rule-harsher", "penalty", "37";
    /// The choice of the rule needs a written reason.
    RuleReasonMissing = "rule-reason-missing", "penalty", "37";
    /// Nobody is punished for it any more.
    NoLongerUnlawful = "no-longer-unlawful", "penalty", "37";
    /// Ninety days and what was added are over.
    DecisionTooLate = "decision-too-late", "penalty", "60";
    /// Extended too late.
    ExtensionTooLate = "extension-too-late", "penalty", "60";
    /// Extended as often as it may be, or longer.
    ExtensionBeyond = "extension-beyond", "penalty", "60";
    /// Electronic service without a signed consent.
    ConsentMissing = "consent-missing", "penalty", "61";
    /// Refused to receive, and nobody witnessed it.
    WitnessMissing = "witness-missing", "penalty", "61";
    /// The announcement has not been up long enough.
    AnnouncementOpen = "announcement-open", "penalty", "61";
    /// Somebody else brought it, and the day of the receipt is not said.
    ReceiptDayMissing = "receipt-day-missing", "penalty", "61";
    /// Announced before other manners were tried.
    OthersUntried = "others-untried", "penalty", "61";
    /// The notice is not issued.
    NoticeUnissued = "notice-unissued", "penalty", "44";
    /// The decision is not issued.
    DecisionUnissued = "decision-unissued", "penalty", "59";
    /// The reminder is not issued.
    ReminderUnissued = "reminder-unissued", "coercion", "54";
    /// The summons to the hearing is not issued.
    SummonsUnissued = "summons-unissued", "penalty", "64";
    /// No such paper is issued.
    PaperUnissued = "paper-unissued", "", "";
    /// The paper says another penalty.
    PaperDiffers = "paper-differs", "", "";
    /// The paper hangs out already.
    PaperPosted = "paper-posted", "", "";
    /// The paper was served before.
    PaperServed = "paper-served", "", "";
    /// The file lacks papers.
    FileIncomplete = "file-incomplete", "penalty", "47";
    /// Too much for a summary penalty.
    SummaryTooHigh = "summary-too-high", "penalty", "51";
    /// A summary penalty warns or fines.
    SummaryKind = "summary-kind", "penalty", "51";
    /// The facts are not plain.
    SummaryUnclear = "summary-unclear", "penalty", "51";
    /// The paper was not handed over on the spot.
    SummaryNotHanded = "summary-not-handed", "penalty", "52";
    /// Whoever decides does not collect.
    CollectedUnlawfully = "collected-unlawfully", "penalty", "68";
    /// Remote places only, and on the party's request.
    NotRemote = "not-remote", "penalty", "69";
    /// Without the uniform receipt.
    ReceiptMissing = "receipt-missing", "penalty", "70";
    /// More than is owed.
    PaysTooMuch = "pays-too-much", "", "";
    /// More handed over than collected.
    HandsOverTooMuch = "hands-over-too-much", "penalty", "71";
    /// Instalments that nobody asked for.
    InstalmentsUnasked = "instalments-unasked", "penalty", "66";
    /// Instalments that do not add up, or are out of order.
    InstalmentsWrong = "instalments-wrong", "penalty", "66";
    /// A remedy is under way already.
    RemedyRunning = "remedy-running", "", "";
    /// The court is not asked while a review or a suit goes on.
    RemedyOpen = "remedy-open", "coercion", "53";
    /// The term of review and suit runs.
    CourtTooEarly = "court-too-early", "coercion", "53";
    /// Three months are over.
    CourtTooLate = "court-too-late", "coercion", "53";
    /// Nothing is late that somebody would be reminded of.
    NothingLate = "nothing-late", "coercion", "34";
    /// Nobody was reminded, so nothing is said against it.
    NotReminded = "not-reminded", "coercion", "36";
    /// What was said against the reminder was not looked at.
    OpinionUnanswered = "opinion-unanswered", "coercion", "36";
    /// The decision was revoked: carrying out is at an end.
    DecisionSetAside = "decision-set-aside", "coercion", "40";
    /// Carrying out ends on one of the law's grounds.
    EndUnfounded = "end-unfounded", "coercion", "40";
    /// Three years without resuming: it is not carried out any more.
    EnforcementGivenUp = "enforcement-given-up", "coercion", "39";
    /// Given up before its conditions hold.
    GivenUpEarly = "given-up-early", "coercion", "39";
    /// The reminder is missing or too young.
    ReminderTooYoung = "reminder-too-young", "coercion", "54";
    /// The late fee has not run for more than thirty days.
    LateFeeYoung = "late-fee-young", "coercion", "46";
    /// Nobody was reminded before the money is enforced.
    LateFeeUnreminded = "late-fee-unreminded", "coercion", "46";
    /// No law gives the organ the power to enforce.
    NoOwnPower = "no-own-power", "coercion", "46";
    /// A law gives the organ the power, so no court is asked.
    OwnPower = "own-power", "coercion", "53";
    /// Buildings go by another way.
    PerformanceOfBuilding = "performance-of-building", "coercion", "44";
    /// Whoever performs gains by it.
    PerformerInterested = "performer-interested", "coercion", "50";
    /// Nothing was ordered that was not obeyed.
    PerformanceUnordered = "performance-unordered", "coercion", "50";
    /// The party can clear it.
    PartyCanClear = "party-can-clear", "coercion", "52";
    /// On a day of rest.
    PerformanceOnRest = "performance-on-rest", "coercion", "43";
    /// By night.
    PerformanceAtNight = "performance-at-night", "coercion", "43";
    /// The reminder cannot reach the party three working days before.
    PerformanceSoon = "performance-soon", "coercion", "51";
    /// The decision of it is not issued.
    PerformanceUnissued = "performance-unissued", "coercion", "51";
    /// The reminder of it is not issued.
    PerformanceReminderUnissued = "performance-reminder-unissued", "coercion", "51";
    /// The decision is not served.
    PerformanceUnserved = "performance-unserved", "coercion", "51";
    /// The party was not reminded.
    PerformanceUnreminded = "performance-unreminded", "coercion", "51";
    /// Before its day.
    PerformanceEarly = "performance-early", "coercion", "51";
    /// By violence, threat or other unlawful means.
    PerformanceViolent = "performance-violent", "coercion", "51";
    /// The record is not signed by those who sign it.
    PerformanceUnsigned = "performance-unsigned", "coercion", "51";
    /// It cost more than was said, and nobody says why.
    PerformanceCost = "performance-cost", "coercion", "51";
    /// Something that was decided is neither done nor stopped.
    PerformanceOpen = "performance-open", "coercion", "51";
    /// Whoever was not there when it was cleared has not been told.
    PerformanceUntold = "performance-untold", "coercion", "52";
    /// More time for a clue a second time, or when the first has run out.
    ClueExtension = "clue-extension", "", "";
    /// Carrying out is suspended.
    EnforcementSuspended = "enforcement-suspended", "coercion", "39";
    /// An agreement about carrying out while nothing is late.
    AgreementEarly = "agreement-early", "coercion", "42";
    /// An agreement that harms the public or others.
    AgreementHarms = "agreement-harms", "coercion", "42";
    /// More goes back than is to go back.
    RefundTooMuch = "refund-too-much", "coercion", "41";
    /// Something is still to go back.
    RefundOwed = "refund-owed", "coercion", "41";
    /// Something is still owed or to be done.
    NotPerformed = "not-performed", "penalty", "66";
    /// A decision that grows by being changed.
    ChangeRaises = "change-raises", "penalty", "44";
    /// Not of social effect, or published already.
    NotPublishable = "not-publishable", "penalty", "48";
    /// Nothing is published that would be withdrawn.
    NotPublished = "not-published", "penalty", "48";
    /// A published decision that was changed is still up.
    PublicationStands = "publication-stands", "penalty", "48";
    /// A decision of social effect is not published yet.
    PublicationDue = "publication-due", "penalty", "48";
    /// The organ's rule publishes it, and nobody says why not.
    EffectReasonMissing = "effect-reason-missing", "penalty", "48";
    /// Somebody's number, address or account would be read by everybody.
    PrivateStands = "private-stands", "penalty", "50";
    /// A natural person's name would be read by everybody.
    NameStands = "name-stands", "penalty", "50";
}

/// Asks of every refusal of a room whether its sentence names its article in every language.
#[cfg(test)]
pub(crate) fn say_their_articles<'a>(all: impl IntoIterator<Item = (crate::kit::error::Refusal, &'a str)>) {
    use crate::kit::words::Words;
    let (words, problems) = Words::load(&crate::kit::sources::Sources::embedded());
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(words.differences(), Vec::<String>::new());
    for (refusal, article) in all {
        assert!(words.has(refusal.key), "no sentence for {}", refusal.key);
        let mut args: Vec<(&str, String)> = refusal.args;
        let filled = [
            "n", "day", "until", "days", "most", "number", "stage", "name", "clause", "amount", "found", "what",
            "what_en",
        ];
        args.extend(filled.map(|name| (name, "7".to_owned())));
        for (language, said_as) in [("zh-Hans", format!("第{article}条")), ("en", format!("art. {article}"))] {
            let said = words.say(language, refusal.key, &args).unwrap_or_default();
            assert!(!said.is_empty() && !said.contains("{$"), "{}: {said}", refusal.key);
            assert!(article.is_empty() || said.contains(&said_as), "{}: {said}", refusal.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_says_its_article_in_every_language() {
        say_their_articles(Why::ALL.iter().map(|why| (why.refuse(), why.article().1)));
    }
}
