# Time limits: units, why something is due, refusals and checks
law-weekday = { $weekday ->
        [1] Monday
        [2] Tuesday
        [3] Wednesday
        [4] Thursday
        [5] Friday
        [6] Saturday
       *[7] Sunday
    }
law-limit-urgent-hour = { $n ->
    [one] { $n } urgent hour
   *[other] { $n } urgent hours
}
law-limit-working-hour = { $n ->
    [one] { $n } working hour
   *[other] { $n } working hours
}
law-limit-working-day = { $n ->
    [one] { $n } working day
   *[other] { $n } working days
}
law-limit-urgent-day = { $n ->
    [one] { $n } urgent day
   *[other] { $n } urgent days
}
law-limit-natural-day = { $n ->
    [one] { $n } calendar day
   *[other] { $n } calendar days
}
law-why = Why it is due then
law-step-started = The clock starts on { law-weekday } { $day } at { $from }
law-step-ran = { $day } { $from } to { $last } { $to }: { $hours } h { $rest } min counted day and night
law-step-counted = { law-weekday } { $day }, { $from }–{ $to }: { $hours } h { $rest } min counted
law-step-counted-make-up = { law-weekday } { $day } (worked to make up for { $name }), { $from }–{ $to }: { $hours } h { $rest } min counted
law-step-start-day = { law-weekday } { $day } is the day of the start and is not counted
law-step-working-day = { law-weekday } { $day } is working day { $n }
law-step-make-up-day = { law-weekday } { $day } (worked to make up for { $name }) is working day { $n }
law-step-weekend = { $day } to { $last }: weekend, not counted
law-step-holiday = { $day } to { $last }: holiday ({ $name }), not counted
law-step-paused = { $day } { $from } to { $last } { $to }: the clock stood still
law-step-due = Due on { law-weekday } { $day } at { $from }
law-calendar-not-loaded = The holidays of { $year } are not entered yet, so nothing can be due on { $day } or later. Ask the administrator to enter the State Council’s arrangement for that year, then try again.
law-limit-out-of-range = A limit lies between 1 and { $longest }. Please check the filing standard.
law-clock-paused = The clock is paused. The due moment is known once it runs again.
law-hours-missing = The city’s settings have no [working_hours]. Write the opening and closing times of the morning and the afternoon.
law-hours-unreadable = Working hours are written like ["08:30", "12:00"].
law-hours-disordered = The working hours are empty, reversed or overlap. Write them in order.
law-year-twice = { $year } stands in two files. Remove one.
law-citation-missing = Name the notice that this rests on (title of a [[notice]]).
law-day-of-another-year = { $day } is too far from the year of this file. Please check it.
law-day-twice = { $day } is written both as a day off and as a working day. Please check the notice.
law-no-year = There is no year at all in the holiday files.
law-conventions-unknown = The readings in [law] are not known: working_days is end_of_hours or same_clock_time, natural_days is same_clock_time or end_of_day.
law-limit-minute = { $n ->
    [one] 1 minute
   *[other] { $n } minutes
}
law-limit-working-minute = { $n ->
    [one] 1 working minute
   *[other] { $n } working minutes
}

# Terms and numbers of the law
law-document = { $law ->
        [penalty] Administrative Penalty Law
        [coercion] Administrative Coercion Law
        [planning] Urban and Rural Planning Law
        [review] Administrative Reconsideration Law
        [suit] Administrative Litigation Law
        [civil-code] Civil Code
        [ministry-34] Measures on Urban Management Enforcement
        [ministry-55] procedure rules of the housing ministry
        [inspection-54] State Council Office document 2024 no. 54
       *[other] the rules
    }
law-certainty-verified = Article read
law-certainty-check-locally = To be checked by a lawyer of the city
law-unit-working-day = working days
law-unit-natural-day = days
law-unit-hour = hours
law-unit-month = months
law-unit-year = years
law-event-clue-received = the clue was received
law-event-clue-check-extended = the checking was extended
law-event-act-ended = the act ended
law-event-filed = the case was filed
law-event-decision-extended = the earlier term of the decision ended
law-event-evidence-registered = the evidence was registered
law-event-seized = the seizure
law-event-seizure-extended = the earlier term of the seizure ended
law-event-measure-taken = the measure was taken
law-event-notice-served = the notice was served
law-event-hearing = the hearing
law-event-decided = the decision
law-event-announced = the announcement was posted
law-event-decision-served = the decision was served
law-event-review-decision-received = the review decision was received
law-event-decision-changed = the decision was changed or revoked
law-event-cash-collected = the cash was collected
law-event-cash-at-organ = the cash reached the organ
law-event-late-fee-begun = the late fee began
law-event-reminder-served = the reminder was served
law-event-performance = the substitute performance
law-event-remedies-over = the terms of review and suit ended
law-event-enforcement-suspended = the enforcement was suspended
law-event-last-act = the last act
law-exclusion-hearing = hearing
law-exclusion-test = test
law-exclusion-appraisal = appraisal
law-exclusion-announcement = announcement
law-exclusion-suspension = suspension
law-exclusion-review = review
law-exclusion-suit = suit
law-exclusion = { $kind ->
        [hearing] hearing
        [test] test
        [appraisal] appraisal
        [announcement] announcement
        [suspension] suspension
        [review] review
       *[suit] suit
    }
law-why-event-day = { $day } is the day of the event and is not counted
law-why-days = { $day } to { $to }: days of the calendar, { $n } by then
law-why-working-days = { $day } to { $to }: working days, { $n } by then
law-why-make-up = { $day } is worked to make up for { $name }, { $n } working days by then
law-why-weekend = { $day } to { $to }: weekend, not counted
law-why-holiday = { $day } to { $to }: { $name }, not counted
law-why-excluded = { $day } to { $to }: time of the { law-exclusion }, not counted
law-why-months = By months or years, which end on { $to }
law-why-hours = { $n } hours on end from { $day }
law-why-moved = The last day is a day of rest; it moves to { $to }
law-why-last = { $to } is the last day and ends at midnight
law-term-not-in-force = On { $day } no term or amount “{ $term }” is in force. Add the rule of that day to law/terms.
law-term-paused = The { law-exclusion } that began on { $day } has not ended, so the term stands still. Record its end first.
law-term-runs-back = The term “{ $term }” does not run on from that event. Please check law/terms.
law-term-runs-on = The term “{ $term }” does not run back from an event. Please check law/terms.
law-term-unit-against-article = The unit contradicts article { $article } of the document; write { $unit }.
law-term-before-in-working-days = A term before an event is counted in working days. Please check.
law-term-unknown = There is no term “{ $term }”. Please check.
law-term-missing = “{ $term }” is missing. Add the row and where it stands.
law-term-twice = Two rows of “{ $term }” are in force on the same day. Give the older one an until.
law-document-unknown = There is no document “{ $document }”. Write it as a [[document]].
law-document-twice = The document “{ $document }” is written twice. Keep one.
law-article-missing = A verified row names its article. Mark what was not read as check-locally.
law-validity-reversed = The last day in force is before the first. Please check.
law-words-missing = Please write the name in both languages.
law-number-out-of-range = The number is out of range. Please check.
