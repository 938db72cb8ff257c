# Notices: in the program, by e-mail, by browser push, by short message
notices-title = Notices
notices-bell = { $count ->
    [one] one unread notice
   *[other] { $count } unread notices
}
notices-all = All
notices-unread = Unread
notices-urgent = Urgent
notices-ordinary = Ordinary
notices-is-read = Read
notices-is-unread = Unread
notices-mark-read = Mark as read
notices-read-all = Mark all as read
notices-none = No notices yet
notices-none-text = What you should do or know appears here.
notices-none-unread = No unread notices
notices-none-unread-text = You have seen them all.
notices-unknown-title = A new notice
notices-unknown-text = Open it to see what it is about.
notices-and = {" and "}

# Notice settings
notices-wishes = Notice settings
notices-wishes-short = Settings
notices-wishes-lead = Every notice appears in the program. Here you choose how else you are told.
notices-by-email = E-mail
notices-by-push = Browser push
notices-by-sms = Short message
notices-email-title = E-mail
notices-email-label = E-mail address
notices-email-hint = We send a code there; the address is used once you have typed it.
notices-email-none = There is no e-mail address yet.
notices-email-absent = This city has not set up e-mail. If you need it, ask the system administrator.
notices-sms-title = Short messages
notices-sms-label = Mobile number
notices-sms-hint = We send a code there; the number is used once you have typed it.
notices-sms-none = There is no mobile number yet.
notices-sms-absent = This city has not set up short messages. If you need them, ask the system administrator.
notices-confirmed = Confirmed
notices-unconfirmed = Waits for its code
notices-send-code = Send a code
notices-code = Code
notices-code-hint = Six digits, good for 15 minutes.
notices-code-confirm = Confirm
notices-code-again = Send another code
notices-code-old = The code is no longer good. Send another one.
notices-cancel = Cancel
notices-change = Change
notices-remove = Remove
notices-remove-confirm = Nothing will be sent there any more. Remove it?
notices-code-title = Your code
notices-code-text = Your code is { $code }, good for 15 minutes. If you did not ask for it, ignore this message.
notices-code-soon = A code was sent just now. Try again in a minute.
notices-code-often = At most { $most } codes are sent within a day. Try again tomorrow.
notices-code-none = This code is no longer good. Send another one.
notices-code-wrong = { $left ->
    [one] The code is not right. You can try once more.
   *[other] The code is not right. You can try { $left } more times.
}
notices-code-not-sent = The code could not be sent: { $why }. Check the address and try again; if that does not help, ask the system administrator.
notices-email-unreadable = Write a whole e-mail address, such as name@example.gov.cn.
notices-mobile-unreadable = Write a mobile number of 11 digits, or one of another country with + and its country code.
notices-push-title = Browser push
notices-push-lead = This computer or phone can show notices even when no page is open. Turn it on in each browser.
notices-push-absent = This city has not set up browser push. If you need it, ask the system administrator.
notices-push-on = Turn on push in this browser
notices-push-here = Push is on in this browser.
notices-push-unsupported = This browser cannot receive push.
notices-push-denied = The browser does not let this site show notices. Allow it in the browser's site settings, then try again.
notices-push-failed = It could not be turned on. Check the network and try again.
notices-push-script = Turning on push needs scripts.
notices-push-unknown = This browser's push service is not on the list. Use another browser, or ask the system administrator.
notices-push-unreadable = The key that the browser gave cannot be read. Reload the page and try again.
notices-push-many = At most { $most } browsers are kept. Remove one that you no longer use.
notices-device-unknown = Browser
notices-device-since = On since
notices-device-last = last reached
notices-device-remove = Turn off
notices-what = What you are told, and how
notices-what-lead = Urgent notices leave at once, at any hour. Ordinary ones leave within the working hours of working days ({ $hours }); otherwise they wait for the next opening.
notices-way = Way
notices-not-reached = Not in use yet
notices-no-way = This city has set up neither e-mail nor push nor short messages; notices appear in the program only.
notices-quiet = My quiet hours
notices-quiet-hint = No ordinary notice leaves within them. Leave both empty for none. Urgent notices are not held up.
notices-quiet-from = From
notices-quiet-until = Until
notices-quiet-half = Give both the beginning and the end of your quiet hours, or neither.
notices-quiet-unreadable = Write a time such as 22:00.
notices-quiet-same = The beginning and the end cannot be the same.
notices-quiet-swallows = That leaves no working hour in which you could be told. Shorten your quiet hours; if you want no ordinary notices, untick them.
notices-lang = Language of e-mails, push and short messages
notices-lang-hint = The language of pages is changed on the page.
notices-lang-city = The city's own
notices-lang-zh-Hans = 中文
notices-lang-en = English
notices-save = Save
notices-done-saved = Saved
notices-done-asked = The code is on its way
notices-done-confirmed = Confirmed and in use
notices-done-cancelled = Cancelled
notices-done-removed = Removed
notices-done-device = Push is on in this browser
notices-done-device-removed = Push is off

# E-mails
notices-mail-subject = [{ $city }] { $title }
notices-mail-digest = { $count ->
    [one] [{ $city }] one notice
   *[other] [{ $city }] { $count } notices
}
notices-mail-open = Open:
notices-mail-open-short = Open
notices-mail-foot = { $city } sent this e-mail by itself; please do not answer it.
notices-mail-settings = Notice settings:

# Notices that leave the program (system administrator)
notices-admin = Outgoing notices
notices-admin-lead = Which notices left the program and which did not. What they say is not shown.
notices-ways = Ways out
notices-set-up = Set up
notices-not-set-up = Not set up
notices-set-up-email = Write host, port, security and from into [notices.smtp] of city.toml, put the password into the environment as STEWARD_SMTP_PASSWORD, and restart.
notices-set-up-push = Write contact (an administrator's e-mail address) into [notices.push] of city.toml, and restart. The site must use https.
notices-set-up-sms = Write the gateway's url and fields into [notices.sms] of city.toml, put its token into the environment as STEWARD_SMS_TOKEN, and restart.
notices-test = Send me a test
notices-test-no-address = You do not use this way yet. Confirm an address or turn on push under My account, Notice settings.
notices-channel-unknown = Choose a way.
notices-deliveries = Deliveries
notices-state-failed = Failed
notices-state-waiting = Waiting
notices-state-sending = Being sent
notices-state-sent = Sent
notices-state-dropped = Dropped
notices-to = To
notices-kind = Kind
notices-state = State
notices-when = When
notices-decide = Decide
notices-next = Next:
notices-tries = { $count ->
    [one] tried once
   *[other] tried { $count } times
}
notices-retry = Try now
notices-give-up = Give up
notices-give-up-confirm = It will not be sent any more. Give it up?
notices-retry-all = Try all that failed: { $way }
notices-retry-all-confirm = Everything that failed is sent once more. Try again?
notices-decided = Its state has changed meanwhile, so nothing was done. Look at its state now.
notices-no-failure = No delivery failed
notices-no-failure-text = What cannot be sent is tried again by itself; what still fails appears here.
notices-no-delivery = No deliveries are here: { $state }
notices-outbox-test = The test is in the outbox; look at its state in a few seconds
notices-outbox-retried = It is tried again; an ordinary one outside of the working hours waits for the next opening
notices-outbox-given-up = Given up
notices-unloaded = The working calendar of { $year } is not loaded
notices-unloaded-text = Until it is, ordinary notices leave within the working hours of every day, holidays too. Add that year's file to law/holidays/.
notices-why-urgent = urgent, so at once
notices-why-within_hours = within working hours
notices-why-next_opening = waits for the next opening
notices-why-own_quiet = waits for the end of the person's quiet hours
notices-why-not_loaded = that year's calendar is not loaded; plain working hours
notices-why-again = tried again after a failure
notices-fault-unconfigured = this way is not set up
notices-fault-unreachable = the other server cannot be reached
notices-fault-timed_out = the other server did not answer in time
notices-fault-refused = the other server refused
notices-fault-unauthorized = the other server does not accept the password or token
notices-fault-interrupted = the program stopped while sending; whether it arrived is not known
notices-fault-no_address = the person has no confirmed address
notices-fault-gone = the browser wants nothing more
notices-fault-read = it was read in the program first
notices-fault-stopped = the account was stopped
notices-fault-given_up = an administrator gave it up
notice-test-name = Test
notice-test-title = A test
notice-test-text = This test was sent by { $way }. That it reached you shows that this way works.

# What the log calls it
people-account-notices_chosen = Notice settings changed
people-account-notice_address_confirmed = Notice address confirmed
people-account-notice_address_removed = Notice address removed
people-account-notice_device_added = Browser push turned on
people-account-notice_device_removed = Browser push turned off
people-account-notice_retried = Notice tried again
people-account-notice_given_up = Notice given up
people-account-notices_retried = All failed notices tried again
