kit-brand = { " " }Steward
kit-skip = Skip to the content
kit-main-nav = Main
kit-language = Language
kit-nav-home = Home
kit-nav-report = Report
kit-nav-track = Track
kit-nav-reports = Public list
kit-account = My account
kit-sign-out = Sign out
kit-staff-sign-in = Staff sign-in
kit-foot = The city works for its people
kit-optional = (optional)
kit-choose = Choose
kit-warning = Attention
kit-error-title = Please look at this first
kit-page-first = First page
kit-page-next = Next page
kit-errors-title = Please correct a few things
kit-search = Search
kit-filters = Filters
kit-sections = Sections
kit-pages = Pages
kit-newer = Newer
kit-older = Older
kit-crumbs = You are here
kit-progress = Progress
kit-done = Done
kit-copy = Copy
kit-copied = Copied
kit-busy = Sending…
kit-keys = Keyboard
kit-keys-on = Use single-letter shortcuts
kit-key-next = Next
kit-key-previous = Previous
kit-key-open = Open
kit-close = Close
kit-confirm = Please confirm
kit-yes = Yes
kit-comma = {", "}
kit-cancel = Cancel
kit-back = Back
kit-draft-restored = What you had not sent yet is back.
kit-draft-drop = Clear
kit-offline = No network. What you typed is kept on this device.
kit-online = The network is back.
kit-stars = { $n ->
    [one] 1 star
   *[other] { $n } stars
}
kit-photo-add = Take or choose photos
kit-photo-remove = Remove this photo
kit-photo-earlier = Move this photo forward
kit-photo-count = photos
kit-photo-too-many = At most { $limit } photos; the rest were not added.
kit-place = Where
kit-place-use-position = Use my position
kit-place-use-map = Choose on the map
kit-place-pin = Drag the pin to the spot
kit-place-finding = Looking for your position…
kit-place-found = Found, within about { "{" }m{ "}" } metres.
kit-place-picked = Place chosen on the map.
kit-place-refused = No position available. Choose it on the map or write the address.
kit-place-address = Address or a landmark nearby
kit-place-address-hint = For example: north-east corner of the crossing, beside the bus stop
kit-place-cell-summary = Do you know the unit grid code?
kit-place-cell = Unit grid code
kit-place-cell-hint = The code on the plate of a lamp post or manhole cover
kit-map-failed = The map did not open. Everything else still works.
kit-map-scroll = Hold Ctrl (or ⌘) and scroll to zoom
kit-map-fingers = Use two fingers to move the map
kit-map-in = Zoom in
kit-map-out = Zoom out
kit-map-reports = reports
kit-go-home = Go to the home page
kit-not-found-title = There is no such page
kit-not-found-text = The address may be wrong, or the page is no longer public. Check the tracking code, or start from the home page.
kit-forbidden-title = Your post may not do this
kit-forbidden-text = If it is part of your work, ask your system administrator to change your post.
kit-elsewhere-title = Send it from a page of this site
kit-elsewhere-text = This was not sent from a page of this site, so nothing was done. Open the page here again and send it from there.
kit-too-large-text = What was sent is too large, so nothing was done. Send fewer or smaller photos.
kit-broken-text = What was sent did not arrive whole, so nothing was done. Go back, look it over and send it again.
kit-internal-title = Something went wrong here
kit-internal-text = It has been recorded and will be looked at. Please try again later; every report that received a tracking code is safe.
kit-trouble-title = Nothing can be saved right now
kit-trouble-files = Photos and other files cannot be saved or opened at the moment, so nothing was done. What you typed is still in the form when you go back: please send it again in a minute, or without the files.
kit-trouble-away = The database does not answer at the moment, so nothing was done. What you typed is still in the form when you go back: please send it again in a minute. Every report that received a tracking code is safe.
kit-trouble-full = There is no room left on the server's disk, so nothing was done. The administrators must make room. What you typed is still in the form when you go back: please send it again later.
kit-trouble-read-only = The database can only be read at the moment, so nothing was done. What you typed is still in the form when you go back: please send it again in a few minutes.
kit-busy-title = Many people are here right now
kit-busy-text = Please wait a moment and try again.
kit-refused-title = This step was not taken
kit-snippets = Prepared questions
kit-snippets-hint = Add a set where the cursor stands, then fill in the answers.
kit-snippet-insert = Add
# Between a field's name and what is wrong with it.
kit-colon = :{" "}
# Addresses of other servers.
outside-address = This is no address that can be asked. Write a whole one that begins with https://, without a user name or password.
outside-unknown = The name { $host } leads nowhere. Check how it is spelt, or ask whoever runs it.
outside-local = { $host } belongs to a network that is not public, so it is not asked. If this city's own network is meant, the operator must allow it in city.toml.
kit-check-nothing = no problems found
kit-check-warnings = nothing has to be put right; { $warnings ->
    [one] one warning
   *[other] { $warnings } warnings
}
kit-check-wrong = { $errors ->
    [0] nothing keeps the program from starting
    [one] one error keeps the program from starting
   *[other] { $errors } errors keep the program from starting
}; { $urgent ->
    [0] nothing else is urgent
    [one] one thing is urgent
   *[other] { $urgent } things are urgent
}; { $warnings ->
    [0] no warnings
    [one] one warning
   *[other] { $warnings } warnings
}
kit-error-number = If you ask for help, name this number:
table-empty = The file is empty. Make sure that it is the right one.
table-old-excel = This is an old Excel file (.xls) or one with a password. Save it as .xlsx without a password and choose it again.
table-zip = This is an archive, not a workbook. Unpack it and choose the table in it.
table-is-a-page = This is a web page that is only called Excel. Open it in Excel, save it as .xlsx and choose it again.
table-not-a-table = This is no table. Choose an Excel (.xlsx), CSV or JSON file.
table-too-wide = The heading has { $found } columns, at most { $most } are read. Keep only those that are needed.
table-too-heavy = The workbook is too large when unpacked. Split it into several files.
table-quote-open = A quotation mark in row { $row } is never closed, so what follows cannot be parted into rows. Export the table as CSV again.
table-broken = The file cannot be read to its end: { $reason }. Export it again and choose the new one.
table-not-json = The JSON is not well formed: { $reason }.
table-row-letters = This row has letters that cannot be read. Export the table in UTF-8.
kit-too-many-title = Please wait a little
kit-too-many-seconds = This was tried too often in a short while. Try again in { $seconds } seconds; nothing that you sent before is lost.
kit-too-many-minutes = This was tried too often in a short while. Try again in { $minutes } minutes; nothing that you sent before is lost.

sealing-key-missing = (cannot be read: the key { $key } is missing)
sealing-altered = (cannot be read: it is not as it was kept)
