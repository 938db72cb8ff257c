# Citizens follow a place, an area or a kind of problem.
follow-title = Follow
follow-lead = Be told of new reports and of what became of them: around a place, in an area, or of a kind. You are told what the public pages show, and nothing else.
follow-around = Around the place
follow-metres = { $count } m
follow-place = What you call the place
follow-place-hint = To follow the surroundings of a place, open a report there and choose “Follow”:
follow-place-strange = This place cannot be followed. Open a report on the map and choose “Follow” there.
follow-nothing = Choose an area, a kind of problem, or open a report and follow its surroundings.
follow-area = Area
follow-category = Kind of problem
follow-email = E-mail address
follow-email-hint = You get an e-mail with a link first; without it nothing more is sent.
follow-pace = How often?
follow-pace-at_once = As soon as something happens, not at night
follow-pace-daily = Once a day, in the morning
follow-pace-weekly = Once a week, on Monday morning
follow-private = Your address is used for this alone and forgotten as soon as you unsubscribe; unconfirmed, after two days.
follow-feed-only = This city sends no e-mails to followers. Use the feed.
follow-send-link = Send me the link
follow-show-feed = Show the feed
follow-feed = As a feed
follow-feed-lead = Readers of feeds and maps read the same under an address without anybody’s name (Atom with GeoRSS).
follow-feed-same = The same as a feed:
follow-asked = Look into your mailbox
follow-asked-text = If { $email } can follow this, an e-mail with a link is on its way. Open the link to begin. If nothing comes within some minutes, look among the unwanted e-mails.
follow-own = What you follow
follow-confirmed = Followed
follow-unconfirmed = Not confirmed yet
follow-confirm = Yes, follow
follow-confirm-text = One more step: say that this address is yours.
follow-confirm-subject = { $city }: please confirm
follow-confirm-mail = Somebody, probably you, wants to be told by { $city } of:
follow-confirm-not = If it was not you, do nothing: the address is forgotten after two days.
follow-change = Change
follow-end = Unsubscribe
follow-end-text = You get no more e-mails about this, and your address is forgotten.
follow-ended = Unsubscribed
follow-ended-text = Your address has been forgotten.
follow-new = new
follow-mail-subject = { $city }: { $count ->
    [one] one piece of news
   *[other] { $count } pieces of news
} ({ $what })
follow-mail-foot = You get this because you follow it at { $city }. Change or unsubscribe:
follow-told-around = { $metres } m around { $place }
