# Unlawful building: stages, steps, refusals
construction-stage-found = Found
construction-stage-stopped = Stopped
construction-stage-filed = Filed
construction-stage-assessed = Assessed
construction-stage-notified = Notified
construction-stage-decided = Decided
construction-stage-served = Served
construction-stage-reminded = Reminded
construction-stage-announced = Announced
construction-stage-charged = Charged
construction-stage-ordered = Ordered
construction-stage-charged-short = Charged short
construction-stage-ordered-short = Ordered short
construction-stage-self-demolished = Self demolished
construction-stage-demolished = Demolished
construction-stage-accepted = Accepted
construction-stage-closed = Closed
construction-stage-penalised = Penalised
construction-stage-dismissed = Dismissed
construction-stage-ended = Ended
construction-at-stage = { $stage ->
        [found] Found
        [stopped] Stopped
        [filed] Filed
        [assessed] Assessed
        [notified] Notified
        [decided] Decided
        [served] Served
        [reminded] Reminded
        [announced] Announced
        [charged] Charged
        [ordered] Ordered
        [charged-short] Charged short
        [ordered-short] Ordered short
        [self-demolished] Self demolished
        [demolished] Demolished
        [accepted] Accepted
        [closed] Closed
        [penalised] Penalised
        [dismissed] Dismissed
       *[ended] Ended
    }
construction-step-record-visit = Record visit
construction-step-survey = Survey
construction-step-order-stop = Order stop
construction-step-check-stop = Check stop
construction-step-file = File
construction-step-assess = Assess
construction-step-penalise = Penalise
construction-step-dismiss = Dismiss
construction-step-notify = Notify
construction-step-ask-hearing = Ask hearing
construction-step-call-hearing = Call hearing
construction-step-hold-hearing = Hold hearing
construction-step-waive = Waive
construction-step-defend = Defend
construction-step-answer-defence = Answer defence
construction-step-decide = Decide
construction-step-serve = Serve
construction-step-remind = Remind
construction-step-announce = Announce
construction-step-begin-remedy = Begin remedy
construction-step-end-remedy = End remedy
construction-step-charge = Charge
construction-step-charge-short = Charge short
construction-step-order-enforcement = Order enforcement
construction-step-demolish = Demolish
construction-step-record-self-demolition = Record self demolition
construction-step-suspend = Suspend
construction-step-resume = Resume
construction-step-accept = Accept
construction-step-close = Close
construction-step-end = End
construction-role-helper = Helper
construction-role-officer = Officer
construction-role-head = Head
construction-role-planner = Planner
construction-role-government = Government
construction-role-hearing-president = Hearing president
construction-role-party = Party
construction-works-foundations = Foundations
construction-works-going-up = Going up
construction-works-roofed = Roofed
construction-works-complete = Complete
construction-kind-house = House
construction-kind-storey = Storey
construction-kind-shed = Shed
construction-kind-awning = Awning
construction-kind-tank = Tank
construction-kind-wall = Wall
construction-kind-cellar = Cellar
construction-kind-other = Other
construction-permit-none = None
construction-permit-deviates = Deviates
construction-permit-temporary-none = Temporary none
construction-permit-temporary-expired = Temporary expired
construction-source-patrol = Patrol
construction-source-report = Report
construction-source-picture = Picture
construction-source-transfer = Transfer
construction-assessment-correctable = Correctable
construction-assessment-demolish = Demolish
construction-assessment-confiscate = Confiscate
construction-assessment-lawful = Lawful
construction-refusal-stage-elsewhere = The building stands at “{ construction-at-stage }”, where this is not done. Finish the steps before it.
construction-refusal-role-not-allowed = Another post or authority does this. Please hand it over.
construction-refusal-date-backwards = The day is before the step that it follows. Please check the order.
construction-refusal-date-in-future = { $day } has not come yet. Please check the day.
construction-refusal-size-absurd = The area or the number of floors is beyond reason. Please check the unit and the point.
construction-refusal-no-such-thing = There is no such thing, or it is done. Load the page again and check.
construction-refusal-not-assessed = The planning department says first whether it can be put right. Ask for that. ({ law-document }, art. { $article })
construction-refusal-correctable = What can be put right, or cannot be pulled down, is not ordered to be pulled down. Make it a penalty case. ({ law-document }, art. { $article })
construction-refusal-not-heard = The party is told and heard first: its term runs, and it has not waived in writing. ({ law-document }, art. { $article })
construction-refusal-hearing-not-offered = This city offers no hearing before an order to pull down. ({ law-document }, art. { $article })
construction-refusal-hearing-open = A hearing was asked for, or may still be. Decide after it, or after the term. ({ law-document }, art. { $article })
construction-refusal-hearing-asked-late = A hearing could be asked for until { $until }. ({ law-document }, art. { $article })
construction-refusal-hearing-called-late = No hearing on { $day }: the latest day to call it, or the day it was called for, is { $until }. Please check. ({ law-document }, art. { $article })
construction-refusal-president-acted = Whoever presides has not acted in the case. Appoint somebody else. ({ law-document }, art. { $article })
construction-refusal-defence-unanswered = What the party said was not looked at. Write whether it is adopted, and why. ({ law-document }, art. { $article })
construction-refusal-not-served = The decision is not served. Serve it first. ({ law-document }, art. { $article })
construction-refusal-self-term-open = The owner has until { $until } to pull it down. Remind after that. ({ law-document }, art. { $article })
construction-refusal-not-reminded = No reminder, or its term runs ({ $until }). Remind in writing and wait. ({ law-document }, art. { $article })
construction-refusal-reminder-term-missing = A term that is given to the party ends after today. Write it anew. ({ law-document }, art. { $article })
construction-refusal-not-announced = A public notice with a term comes before force. Announce it first. ({ law-document }, art. { $article })
construction-refusal-announcement-short = The notice gives { $days } days at least, that is until { $until }. ({ law-document }, art. { $article })
construction-refusal-announcement-open = The term of the notice runs until { $until }. Wait for it. ({ law-document }, art. { $article })
construction-refusal-remedies-open = Review and suit are open until { $until }. Nothing is pulled down before. ({ law-document }, art. { $article })
construction-refusal-remedy-running = A review or suit goes on. Record its end first. ({ law-document }, art. { $article })
construction-refusal-decision-revoked = The decision was revoked. End the enforcement. ({ law-document }, art. { $article })
construction-refusal-not-charged = Nobody pulls down without the charge of a government at county level or above. Ask for it. ({ law-document }, art. { $article })
construction-refusal-not-ordered = There is no decision to enforce, or the work began before it. Decide in writing first. ({ law-document }, art. { $article })
construction-refusal-at-night = Nothing is pulled down at night ({ $day }). Do it by day. ({ law-document }, art. { $article })
construction-refusal-on-holiday = Nothing is pulled down on a holiday ({ $day }). Do it on a working day. ({ law-document }, art. { $article })
construction-refusal-supplies-cut = Nobody is forced by cutting water, power, heat or gas. Restore them at once. ({ law-document }, art. { $article })
construction-refusal-nobody-present = The party is called to the place; without it a witness is there. Add one. ({ law-document }, art. { $article })
construction-refusal-record-missing = A record, a list of the goods, photographs before and after, and a recording of the whole are needed. ({ law-document }, art. { $article })
construction-refusal-no-shorter-way = This city has entered no basis for a shorter way. Take the ordinary one. ({ law-document }, art. { $article })
construction-refusal-not-going-up = The shorter way is for works that are going up. What stands takes the ordinary one. ({ law-document }, art. { $article })
construction-refusal-not-stopped = Work was ordered to stop and went on, and somebody has looked. Do that first. ({ law-document }, art. { $article })
construction-refusal-suspended = Enforcement is suspended. Resume it first. ({ law-document }, art. { $article })
construction-refusal-given-up = Three years passed without resuming. It is not enforced any more; end it. ({ law-document }, art. { $article })
