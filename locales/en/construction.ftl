# Unlawful building: stages, steps, refusals
construction-stage-found = Found
construction-stage-stopped = Ordered to stop
construction-stage-filed = Filed
construction-stage-assessed = Assessed
construction-stage-notified = Party told
construction-stage-decided = Decided, not served yet
construction-stage-served = To be pulled down by the owner
construction-stage-reminded = Reminded
construction-stage-announced = Announced
construction-stage-charged = Charged by the government
construction-stage-ordered = Enforcement decided
construction-stage-charged-short = Charged (shorter way)
construction-stage-ordered-short = Enforcement decided (shorter way)
construction-stage-self-demolished = Pulled down by the owner
construction-stage-demolished = Pulled down by force
construction-stage-accepted = Accepted
construction-stage-closed = Closed
construction-stage-penalised = Made a penalty case
construction-stage-dismissed = Not unlawful
construction-stage-ended = Ended
construction-at-stage = { $stage ->
        [found] Found
        [stopped] Ordered to stop
        [filed] Filed
        [assessed] Assessed
        [notified] Party told
        [decided] Decided, not served yet
        [served] To be pulled down by the owner
        [reminded] Reminded
        [announced] Announced
        [charged] Charged by the government
        [ordered] Enforcement decided
        [charged-short] Charged (shorter way)
        [ordered-short] Enforcement decided (shorter way)
        [self-demolished] Pulled down by the owner
        [demolished] Pulled down by force
        [accepted] Accepted
        [closed] Closed
        [penalised] Made a penalty case
        [dismissed] Not unlawful
       *[ended] Ended
    }
construction-step-record-visit = Visit
construction-step-survey = Survey of the site
construction-step-order-stop = Order to stop
construction-step-check-stop = Check of the stop
construction-step-file = Filing
construction-step-assess = Planning assessment
construction-step-penalise = Made a penalty case
construction-step-dismiss = Dismissed
construction-step-notify = Notice to the party
construction-step-ask-hearing = Hearing asked for
construction-step-call-hearing = Hearing called
construction-step-hold-hearing = Hearing held
construction-step-waive = Waiver
construction-step-defend = Statement of the party
construction-step-answer-defence = Answer to the statement
construction-step-review = Legal review
construction-step-decide = Decision that it goes
construction-step-serve = Service
construction-step-remind = Reminder
construction-step-announce = Public notice
construction-step-begin-remedy = Review or suit begun
construction-step-end-remedy = Review or suit ended
construction-step-change-decision = Decision changed by review or court
construction-step-charge = Charge by the government
construction-step-charge-short = Charge by the government (shorter way)
construction-step-order-enforcement = Decision to enforce
construction-step-serve-order = Service of the decision to enforce
construction-step-demolish = Demolition
construction-step-record-self-demolition = Pulled down by the owner
construction-step-suspend = Suspended
construction-step-resume = Resumed
construction-step-recuse = Recusal
construction-step-accept = Site accepted
construction-step-close = Closed
construction-step-end = Ended
construction-role-helper = helpers
construction-role-officer = officers
construction-role-head = head of the organ
construction-role-planner = planning department
construction-role-government = government (county level or above)
construction-role-hearing-president = hearing president
construction-role-reviewer = legal reviewer
construction-role-party = party
construction-works-foundations = Foundations
construction-works-going-up = Going up
construction-works-roofed = Roofed
construction-works-complete = Complete
construction-kind-house = House
construction-kind-storey = Additional storey
construction-kind-shed = Shed, light structure
construction-kind-awning = Awning
construction-kind-tank = Outdoor tank, plant
construction-kind-wall = Wall, fence
construction-kind-cellar = Cellar, dug deep
construction-kind-other = Other structure
construction-permit-none = No permit
construction-permit-deviates = Not as permitted
construction-permit-temporary-none = Temporary, not approved
construction-permit-temporary-deviates = Temporary, not as approved
construction-permit-temporary-expired = Temporary, expired
construction-source-patrol = Patrol
construction-source-report = Report
construction-source-picture = Satellite, drone
construction-source-transfer = Handed over by a department
construction-assessment-correctable = Can be put right
construction-assessment-demolish = Cannot be put right: to be pulled down
construction-assessment-confiscate = Cannot be pulled down: confiscated
construction-assessment-lawful = Not unlawful
construction-ground-unable = The party has real difficulty, or cannot do it for now
construction-ground-claim = Somebody else claims a right in it, with reason
construction-ground-harm = It might do harm that nothing makes good, and waiting harms no public interest
construction-ground-other = Another reason that the organ finds
construction-outcome-upheld = Upheld (or the request refused)
construction-outcome-revoked = Revoked
construction-outcome-withdrawn = Withdrawn by the party
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
construction-refusal-other-manners = Service by announcement comes after every other manner. Write what was tried in vain. ({ law-document }, art. { $article })
construction-refusal-order-not-served = The decision to enforce is not served, or the work began before. Serve it first. ({ law-document }, art. { $article })
construction-refusal-not-reviewed = What is decided on after a hearing is reviewed first. Send it to the legal reviewer. ({ law-document }, art. { $article })
construction-refusal-goods-unclear = One thing a line: its name, how many, of what, such as “ladder 1 piece”. Write “none” when there are none.
construction-refusal-self-term-open = The owner has until { $until } to pull it down. Go on after that. ({ law-document }, art. { $article })
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
construction-refusal-nobody-present = The party is called to the place; without it a witness is there. Add one.
construction-refusal-record-missing = A record, a list of the goods, photographs before and after, and a recording of the whole are needed.
construction-refusal-no-shorter-way = This city has entered no basis for a shorter way. Take the ordinary one. ({ law-document }, art. { $article })
construction-refusal-not-going-up = The shorter way is for works that are going up. What stands takes the ordinary one. ({ law-document }, art. { $article })
construction-refusal-not-stopped = Work was ordered to stop and went on, and somebody has looked. Do that first. ({ law-document }, art. { $article })
construction-refusal-suspended = Enforcement is suspended. Resume it first. ({ law-document }, art. { $article })
construction-refusal-given-up = Three years passed without resuming. It is not enforced any more; end it. ({ law-document }, art. { $article })

# Pages
nav-buildings = Unlawful building
construction-title = Unlawful building
construction-tab-list = Board
construction-tab-ledger = Ledger
construction-tab-visits = Prevention log
construction-do-new = Record an unlawful building
construction-do-record = Record it
construction-new-lead = Photograph and locate it first, then say what is being built and how far it is. The unit is told at once.
construction-known-already = The case has led to { $number } already
construction-see-it = See it
construction-about-case = From a case
construction-case = Case
construction-where = Where it stands
construction-own = Here is what you have recorded.
construction-search = Number or address
construction-any = All
construction-filter = Filter
construction-none = No unlawful building
construction-none-text = What is found on patrol or reported is recorded here.
construction-none-such = Nothing like that
construction-none-such-text = Try another stage, kind or street.
construction-see-open = See what is open
construction-group-open = Open
construction-group-due = Term over
construction-group-stopping = Found, stopped
construction-group-deciding = Filed, assessed
construction-group-waiting = Ordered down
construction-group-enforcing = Enforced
construction-group-cleared = Cleared
construction-group-over = Over
construction-group-all = All
construction-stock-new = New
construction-stock-old = Old stock
construction-goes-on = Work goes on
construction-past-stop = Past the city’s own clock
construction-goods-none = None
construction-suspended = Suspended
construction-street-unknown = Street unknown
construction-unknown = Not known yet
construction-yes = Yes
construction-no = No
construction-steps = Progress
construction-terms = Terms that run
construction-term-name-stop = Stop at once
construction-term-name-statement = Statement
construction-term-name-hearing-request = Asking for a hearing
construction-term-name-hearing = Hearing
construction-term-name-self-demolition = Pulling it down oneself
construction-term-name-reminder = Reminder
construction-term-name-announcement = Public notice
construction-term-name-review = Review
construction-term-name-suit = Suit
construction-term-name-suit-after-review = Suit after the review
construction-term-name-resumption = Resuming
construction-term-undue = { $term }: nobody can tell the end yet
construction-article = { $document }, art. { $article }
construction-city-clock = The city’s own clock, not a term of the law
construction-check-locally = to be checked locally by a lawyer
construction-acts = What can be done now
construction-by = by { $who }
construction-is-over = It is over; nothing more is done.
construction-wait = Terms are running. Wait, or persuade the owner to pull it down.
construction-not-yet = Not yet
construction-from = from { $day } on
construction-history = What happened
construction-for = recorded for: { $role }
construction-about = The building
construction-size = Size
construction-cell = Unit grid
construction-found = Found
construction-happened-found = Found
construction-navigate = Take me there
construction-map = Map
construction-photo = Photograph
construction-photo-before = Photograph before clearing
construction-photo-after = Photograph after clearing
construction-photo-other = Photograph of a paper
construction-photos-before = Before
construction-photos-after = After
construction-photos-other = Papers
construction-kept-words = What you have just written
construction-kept-words-hint = This cannot be done any more. The words are kept here to be copied.
construction-field-source = How it was found
construction-field-kind = Kind
construction-field-works = How far the works are
construction-field-area = Floor area (m²)
construction-field-floors = Floors
construction-field-owner = Owner
construction-field-builder = Builder
construction-field-permit = Permit
construction-field-stock = New or old stock
construction-field-street = Street
construction-field-unit = Unit that handles it
construction-field-found-words = What was seen
construction-field-address = Address
construction-field-officers = Officers
construction-field-photos = Photographs
construction-field-until = Last day
construction-field-on = Day
construction-field-reason = Reason
construction-field-visit = What was done
construction-field-visit-words = What was said, and what the answer was
construction-field-visit-on = Which day
construction-field-told = Households told
construction-field-where = Where exactly
construction-field-obeyed = Has the work stopped?
construction-field-assessment = What the planning department says
construction-field-letter = Number of its letter
construction-field-letter-on = Day of its letter
construction-field-hearing-on = Day of the hearing
construction-field-hearing-words = The hearing, and the president’s opinion
construction-field-signed = The party has waived statement and hearing in writing
construction-field-defence = What the party says
construction-field-defence-number = Which statement
construction-field-adopted = Is it adopted?
construction-field-answer = Why
construction-field-manner = Manner of service
construction-field-served = Served at
construction-field-tried = What else was tried in vain (needed for service by announcement)
construction-field-consent = The party has consented to electronic service (needed for it)
construction-field-witness = A witness or a recording (needed when it is left)
construction-field-announced = Day of posting (for service by announcement)
construction-field-remedy = Review or suit
construction-field-received = Day on which the party got the outcome
construction-field-outcome = Outcome
construction-field-changed = What the decision says now
construction-field-ground = Ground
construction-field-harmless = The building plainly harms nobody
construction-field-recused = Who keeps out of it
construction-field-passed = Does it pass?
construction-field-review = Opinion
construction-field-charge = Number of the government’s paper
construction-field-charge-on = Day of the paper
construction-field-from = Begun
construction-field-ended = Ended
construction-field-area-cleared = Area pulled down (m²)
construction-field-present = The party was there
construction-field-witnesses = Witnesses (one a line)
construction-field-goods = Goods taken out (one a line)
construction-field-recorded = The whole was recorded in sound and picture
construction-field-cut = Were water, power, gas or heat cut to force the party?
construction-hint-area = Two places at most, such as 36.5
construction-hint-stock = What is being built or has just been is new; what has stood for long is old stock.
construction-hint-street = Not needed once it is located.
construction-hint-officers = At least two, with credentials valid on the day.
construction-hint-photos-found = Best: the whole, a part close by, the house number.
construction-hint-photos-paper = Photograph the paper; without it this cannot be recorded.
construction-hint-photos-after = Photograph the site as it is now.
construction-hint-hearing-on = The working days of the law lie between the call and the hearing.
construction-hint-until-decision = The last day on which the owner may pull it down.
construction-hint-until-reminder = The last day named in the reminder.
construction-hint-served = Left empty, it is the moment of recording. What is announced counts as served at the end of its period.
construction-hint-announced = Recorded once the period of the announcement is over.
construction-hint-harmless = Only what the owner truly cannot do, and what plainly harms nobody, is given up after three years; anything else is resumed when its ground is gone.
construction-hint-until-announcement = The last day named in the notice; not before the days that the city gives.
construction-hint-hours = Never at night or on a holiday.
construction-hint-witnesses = Needed when the party is not there.
construction-hint-goods = Name, number, unit, such as “ladder 1 piece”, then its state and who got it. Write “none” when there are none.
construction-visit-talk = Talk
construction-visit-neighbours = Neighbours told
construction-visit-persuade = Persuasion
construction-visit-patrol = Patrol
construction-remedy-review = Review
construction-remedy-suit = Suit
construction-manner-direct = Handed over
construction-manner-left = Left
construction-manner-entrusted = By another organ
construction-manner-post = By post
construction-manner-electronic = Electronically
construction-manner-announcement = By announcement
construction-manner-forwarded = Forwarded through the party’s institution
construction-do-record-visit = Record a visit
construction-do-survey = Record a survey
construction-do-order-stop = Order work to stop
construction-do-check-stop = Check whether work has stopped
construction-do-file = Approve filing
construction-do-assess = Record the planning assessment
construction-do-penalise = Make it a penalty case
construction-do-dismiss = Dismiss: not unlawful
construction-do-notify = Serve the notice
construction-do-ask-hearing = Record that a hearing is asked for
construction-do-call-hearing = Call the hearing
construction-do-hold-hearing = Record the hearing
construction-do-waive = Record a waiver
construction-do-defend = Record what the party says
construction-do-answer-defence = Answer what the party said
construction-do-review = Record the legal review
construction-do-decide = Decide that it goes
construction-do-serve = Record service
construction-do-remind = Remind
construction-do-announce = Put up the public notice
construction-do-begin-remedy = Record a review or suit
construction-do-end-remedy = Record its end
construction-do-change-decision = Record a changed decision
construction-do-charge = Record the government’s charge
construction-do-charge-short = Record the government’s charge (shorter way)
construction-do-order-enforcement = Decide to enforce
construction-do-serve-order = Record service of the decision to enforce
construction-do-demolish = Record the demolition
construction-do-record-self-demolition = The owner has pulled it down
construction-do-suspend = Suspend
construction-do-resume = Resume
construction-do-recuse = Decide on a recusal
construction-do-accept = Accept the site
construction-do-close = Close
construction-do-end = End enforcement
construction-do-visit = Record a visit
construction-do-keep-visit = Keep it
construction-note-file = By pressing it you approve the filing as head of the organ.
construction-note-penalise = What can be put right, or cannot be pulled down, becomes a penalty case.
construction-note-order-enforcement = By pressing it you decide, as head of the organ, that it is enforced.
construction-note-change-decision = Reminder, notice, charge and decision to enforce rested on the decision as it was; they are given anew after the new day.
construction-note-close = The site is accepted; close it.
construction-note-resume = The reason for suspending is gone.
construction-note-record-self-demolition = Look and photograph first. It is accepted afterwards.
construction-note-ask-hearing = Once a hearing is asked for in time, nothing is decided before it.
construction-note-demolish = Photographs from before that are kept: { $n }. Without any, photograph the site first by “Record a visit”.
construction-note-charge-short = Basis: { $document } { $article }. Only for works that go on although they were ordered to stop.
construction-sure-dismiss = Is it certain that it is not unlawful? Nothing more is done after this.
construction-sure-end = End the enforcement for good?
construction-detail-source = Found by
construction-detail-area = Area
construction-detail-officers = Officers
construction-detail-works = Works
construction-detail-obeyed = Stopped
construction-detail-assessment = Assessment
construction-detail-letter = Letter
construction-detail-on = Day
construction-detail-hearing = Hearing
construction-detail-defence = Statement
construction-detail-adopted = Adopted
construction-detail-until = Until
construction-detail-manner = Manner
construction-detail-served = Served at
construction-detail-announced = Posted on
construction-detail-tried = Tried in vain
construction-detail-remedy = Kind
construction-detail-outcome = Outcome
construction-detail-ground = Ground
construction-detail-harmless = Plainly harms nobody
construction-detail-recused = Recused
construction-detail-passed = Passed
construction-detail-charge = Paper
construction-detail-time = Time
construction-detail-present = Party there
construction-detail-witnesses = Witnesses
construction-detail-goods = Goods
construction-detail-recorded = Recorded
construction-detail-photos = Photographs (before / after)
construction-ledger-title = Ledger of unlawful buildings, { $year }
construction-ledger-lead = Buildings and square metres, each in the month in which it was found, stopped or pulled down.
construction-ledger-lead-own = Of one’s own unit, or what one recorded: each in the month in which it was found, stopped or pulled down.
construction-ledger-by-month = By month
construction-ledger-by-kind = By kind
construction-ledger-by-street = By street
construction-ledger-month = Month
construction-ledger-kind = Kind
construction-ledger-street = Street
construction-ledger-street-code = Street code
construction-ledger-count = buildings
construction-ledger-area = m²
construction-ledger-found-new = Found, new
construction-ledger-found-old = Found, old
construction-ledger-stopped = Stopped
construction-ledger-self-demolished = By the owner
construction-ledger-demolished = By force
construction-ledger-standing = Standing
construction-ledger-all = All
construction-ledger-none = Nothing in this year
construction-ledger-standing-means = “Standing” are those found in the month that still stand; what was dismissed is not counted.
construction-visits-title = Prevention log
construction-visits-none = Nothing yet
construction-visits-none-text = Talks, neighbours told, persuasion and patrols are kept here.
construction-refusal-moved-on = Somebody has done something since you opened the page. Please look again first.
construction-refusal-photos-missing = Add a photograph: of the paper, or of the site.
construction-refusal-unit-missing = Choose the unit that handles it.
construction-refusal-place-missing = Locate it, pick it on the map, or choose the street.
construction-term-ok = { $n ->
        [one] { $term }: 1 day left (to { $last })
       *[other] { $term }: { $n } days left (to { $last })
    }
construction-term-soon = { $n ->
        [0] { $term }: ends today ({ $last })
        [one] { $term }: only 1 day left (to { $last })
       *[other] { $term }: only { $n } days left (to { $last })
    }
construction-term-over = { $n ->
        [one] { $term }: over since 1 day ({ $last }); go on
       *[other] { $term }: over since { $n } days ({ $last }); go on
    }
construction-term-ended = { $term }: over ({ $last })
construction-term-late = { $n ->
        [0] { $term }: late ({ $last })
        [one] { $term }: 1 day late ({ $last })
       *[other] { $term }: { $n } days late ({ $last })
    }
construction-size-is = { $floors ->
        [one] { $area } m², 1 floor
       *[other] { $area } m², { $floors } floors
    }
construction-visits-sum = { $year }: visits { $n }, households told { $told }.
construction-told = { $n ->
        [one] 1 household told
       *[other] { $n } households told
    }
construction-at-term = { $term ->
        [stop] The time to stop it
        [statement] The term of the statement
        [hearing-request] The term to ask for a hearing
        [hearing] The day of the hearing
        [self-demolition] The term to pull it down
        [reminder] The term of the reminder
        [announcement] The term of the notice
        [review] The term of the review
        [suit] The term of the suit
        [suit-after-review] The term of suit after the review
       *[resumption] The term to resume
    }

# Unlawful building
notice-building-found-name = An unlawful building was found
notice-building-found-title = Unlawful building { $number }
notice-building-found-text = { $place }. Go and look; order works in progress to stop at once.
notice-building-turn-name = An unlawful building waits for you
notice-building-turn-title = Unlawful building { $number }: your turn
notice-building-turn-text = { $place }: { construction-at-stage }.
notice-building-term-name = A term of an unlawful building is over
notice-building-term-title = Unlawful building { $number }: a term is over
notice-building-term-text = { $place }: { construction-at-term } is over. Take the next step.

# On the page of a case
cases-happened-building-recorded = Recorded as an unlawful building
cases-record-building = Record an unlawful building
photo-of-building = An unlawful building

construction-party-title = Unlawful building: where it stands
construction-party-place = Where it stands
construction-party-until = To be pulled down by
construction-party-speak-text = You may state your view and defend yourself here. It is looked at and answered, and nothing becomes heavier for it.
construction-party-remedy-text = Nothing is pulled down by force before the terms of review and suit are over.
