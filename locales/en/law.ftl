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
