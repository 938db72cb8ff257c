//! Why an act on a whistle is refused: each has a sentence that says what to do next.

use crate::kit::error::Refusal;
use crate::kit::words::enum_of_words;

enum_of_words! {
    /// Why not.
    No {
        /// The whistle does not stand where this act begins.
        StageElsewhere = "stage-elsewhere",
        /// Another post does this.
        PostNotAllowed = "post-not-allowed",
        /// There is no such leg.
        LegUnknown = "leg-unknown",
        /// The leg is another department's.
        DepartmentElsewhere = "department-elsewhere",
        /// Somebody else blew it.
        NotTheBlower = "not-the-blower",
        /// Nobody decides about their own whistle.
        DecidesOwn = "decides-own",
        /// Nobody accepts their own work.
        AcceptsOwn = "accepts-own",
        /// Nobody is called.
        NobodyCalled = "nobody-called",
        /// A department is called twice.
        CalledTwice = "called-twice",
        /// No lead, or one that is not called.
        LeadMissing = "lead-missing",
        /// Nothing is said.
        WordsMissing = "words-missing",
        /// Joint enforcement without a time.
        AppointmentMissing = "appointment-missing",
        /// The appointed time is over.
        AppointmentPassed = "appointment-passed",
        /// It has refused before, and must come.
        RefusedBefore = "refused-before",
        /// Too far from the place, and no reason.
        TooFar = "too-far",
        /// No position, and no reason.
        PositionMissing = "position-missing",
        /// The phone does not know well enough where it is, and no reason.
        TooVague = "too-vague",
        /// Nobody declared an arrival that is still to be confirmed.
        NothingDeclared = "nothing-declared",
        /// There is no order to answer.
        NoOrder = "no-order",
        /// Neither words nor photographs.
        NothingTold = "nothing-told",
        /// No clock has run out yet.
        NotLate = "not-late",
        /// The clock does not run, or was missed before.
        ClockElsewhere = "clock-elsewhere",
        /// Management has not failed, and no wrongdoer refuses.
        ManagementFirst = "management-first",
        /// The file is open already.
        FileOpen = "file-open",
        /// Rated before.
        RatedBefore = "rated-before",
        /// Not ended yet.
        RatingTooEarly = "rating-too-early",
        /// The time for rating is over.
        RatingClosed = "rating-closed",
        /// Stars go from 1 to 5.
        StarsMissing = "stars-missing",
    }
}

impl No {
    /// The key of the sentence that says so.
    pub const fn key(self) -> &'static str {
        match self {
            No::StageElsewhere => "whistles-refusal-stage-elsewhere",
            No::PostNotAllowed => "whistles-refusal-post-not-allowed",
            No::LegUnknown => "whistles-refusal-leg-unknown",
            No::DepartmentElsewhere => "whistles-refusal-department-elsewhere",
            No::NotTheBlower => "whistles-refusal-not-the-blower",
            No::DecidesOwn => "whistles-refusal-decides-own",
            No::AcceptsOwn => "whistles-refusal-accepts-own",
            No::NobodyCalled => "whistles-refusal-nobody-called",
            No::CalledTwice => "whistles-refusal-called-twice",
            No::LeadMissing => "whistles-refusal-lead-missing",
            No::WordsMissing => "whistles-refusal-words-missing",
            No::AppointmentMissing => "whistles-refusal-appointment-missing",
            No::AppointmentPassed => "whistles-refusal-appointment-passed",
            No::RefusedBefore => "whistles-refusal-refused-before",
            No::TooFar => "whistles-refusal-too-far",
            No::PositionMissing => "whistles-refusal-position-missing",
            No::TooVague => "whistles-refusal-too-vague",
            No::NothingDeclared => "whistles-refusal-nothing-declared",
            No::NoOrder => "whistles-refusal-no-order",
            No::NothingTold => "whistles-refusal-nothing-told",
            No::NotLate => "whistles-refusal-not-late",
            No::ClockElsewhere => "whistles-refusal-clock-elsewhere",
            No::ManagementFirst => "whistles-refusal-management-first",
            No::FileOpen => "whistles-refusal-file-open",
            No::RatedBefore => "whistles-refusal-rated-before",
            No::RatingTooEarly => "whistles-refusal-rating-too-early",
            No::RatingClosed => "whistles-refusal-rating-closed",
            No::StarsMissing => "whistles-refusal-stars-missing",
        }
    }

    /// The field of the form that it is about.
    const fn field(self) -> Option<&'static str> {
        match self {
            No::NobodyCalled | No::CalledTwice => Some("department-1"),
            No::LeadMissing => Some("lead"),
            No::WordsMissing | No::NothingTold => Some("words"),
            No::AppointmentMissing | No::AppointmentPassed => Some("appointed"),
            No::TooFar | No::TooVague | No::PositionMissing => Some("reason"),
            No::StarsMissing => Some("stars"),
            _ => None,
        }
    }
}

impl From<No> for Refusal {
    fn from(no: No) -> Refusal {
        Refusal { field: no.field(), ..Refusal::new(no.key()) }
    }
}
