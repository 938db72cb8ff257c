# The data exchange with superiors' platforms
superior-title = Superiors' platforms
superior-lead = Every day counts and cases go up to the provincial or national platform: a batch a day, in order, until it is acknowledged.
superior-line = { $way }, made at { $at } for the day before, division { $division }
superior-none = There is no superior
superior-none-text = Write [[superior]] into city.toml and start again; docs/superior.md tells how.
superior-none-yet = There are no batches yet. The first is made at { $at } after the end of a day.
superior-rows = { $n ->
    [one] 1 row
   *[other] { $n } rows
 }
superior-comma = ,{" "}
superior-settings = How it is delivered
superior-settings-hint = These settings stand in city.toml and count after a restart.
superior-way = By
superior-way-files = files
superior-way-http = HTTP
superior-place = Where
superior-answers = Where it answers
superior-division = Division code
superior-at = Made at
superior-data = What
superior-data-counts = Counts
superior-data-cases = Cases
superior-data-departments = Departments
superior-data-grids = Grids
superior-manifest = Manifest
superior-format = Format
superior-mapping = Mapping
superior-mapping-plain = Our own names
superior-personal = Personal data
superior-personal-yes = Names and telephone numbers go with it
superior-personal-no = None: of names and numbers only the beginning
superior-signing = Signature
superior-signing-yes = Every request is signed
superior-signing-no = No secret, nothing is signed
superior-token = Token
superior-token-yes = Set, not shown
superior-token-no = None
superior-preview = Make today as a preview
superior-preview-hint = Of what is known now, to be looked at; it never leaves.
superior-preview-word = preview
superior-revision = revision { $n }
superior-batches = Batches
superior-no-batches = There are no batches yet
superior-no-batches-text = The first is made after the end of the first day. Make today as a preview to check columns and codes.
superior-day = Day
superior-row-count = Rows
superior-size = Size
superior-left = To look at
superior-held-count = { $n } left out
superior-notes-count = { $n } without code
superior-refused-count = { $n } refused
superior-open-count = { $n } batches wait
superior-front-refused = The batch of { $day } was refused; those after it wait
superior-front-trouble = The batch of { $day } has not arrived yet
superior-open-batch = See the batch
superior-state-wanted = To be made
superior-state-preview = Preview
superior-state-waiting = Waiting
superior-state-unsure = Not known
superior-state-delivered = There, not acknowledged
superior-state-acknowledged = Acknowledged
superior-state-partly = Some rows refused
superior-state-refused = Refused
superior-state-given_up = Given up
superior-state-replaced = Replaced by a correction
superior-is-preview = This is a preview; it never leaves.
superior-making = Being made
superior-trouble = Not done
superior-given-up-because = Somebody decided that it is not sent
superior-behind = The batch of { $day } is not over; this one comes after it
superior-not-newest-note = The day has a newer revision.
superior-made = Made
superior-first-left = First left
superior-delivered = There since
superior-over = Over since
superior-next = Next try
superior-send-now = Send now
superior-send-again = Send again
superior-send-sure = This batch goes as it is, byte for byte. Send it?
superior-correct = Correct this day
superior-correct-text = The day is made anew from what is known now and goes as revision { $n }, which takes the place of the one before.
superior-correct-why = Why it is corrected
superior-correct-why-hint = Told to the superior in the manifest, for example: three cases entered late.
superior-give-up = Give up
superior-give-up-text = This batch is not sent; those after it are.
superior-give-up-why = Reason
superior-give-up-why-hint = For example: agreed by telephone that the day is reported otherwise.
superior-refused-rows = { $n ->
    [one] The superior refused 1 row
   *[other] The superior refused { $n } rows
 }
superior-refused-text = Put them right and correct the day: the cases go once more.
superior-held-rows = { $n ->
    [one] 1 row was left out
   *[other] { $n } rows were left out
 }
superior-notes = { $n ->
    [one] 1 thing has no code or is too long
   *[other] { $n } things have no code or are too long
 }
superior-lack-advice = Add them in { $file }, start again, and correct the day.
superior-lack-advice-plain = Let whoever answers for the mapping look at it.
superior-lack-code = Column { $column }: the table { $table } has no code for { $word }; the cell stays empty.
superior-lack-needed = Column { $column } must not be empty, and there is nothing to put into it: the row was left out.
superior-lack-long = Column { $column } takes less than there was; it was cut.
superior-note-amount = { $n ->
    [one] 1 row: { $example }
   *[other] { $n } rows, such as { $example }
 }
superior-no-reason = No reason was given
superior-row-number = row { $n }
superior-files = Files
superior-files-gone = The files are no longer kept.
superior-no-files = There are no files yet.
superior-tries = Tries
superior-no-tries = It was not sent yet.
superior-try-taken = Taken
superior-try-partly = Taken but for some rows
superior-try-refused = Refused
superior-try-placed = The files are in their place
superior-try-later = There; acknowledged later
superior-try-not_yet = Not acknowledged yet
superior-try-not_arrived = Did not arrive
superior-try-busy = The superior asks to wait
superior-try-lost = Not known; it goes once more
superior-not-made = This batch is not made yet. Wait a moment.
superior-is-replaced = A correction took the place of this batch. Send that one.
superior-is-over = This batch is over.
superior-not-newest = The day has revision { $revision } already. Correct that one.
notice-superior-held-name = Delivered data incomplete
notice-superior-held-title = { $superior }: { $count } rows of { $day } were left out
notice-superior-held-text = Something that the superior needs is missing. See the batch, add it, and correct the day.
notice-superior-refused-name = Batch refused
notice-superior-refused-title = { $superior } refused the batch of { $day }
notice-superior-refused-text = { $reason } The batches after it wait: correct it, send it again, or give it up.
notice-superior-rows-name = Rows refused
notice-superior-rows-title = { $superior } refused { $count } rows of { $day }
notice-superior-rows-text = The reasons and the cases stand on the batch's page.
notice-superior-waiting-name = Batch not acknowledged
notice-superior-waiting-title = { $superior }: the batch of { $day } is not acknowledged after { $days } days
notice-superior-waiting-text = See what was tried, and call the superior.
