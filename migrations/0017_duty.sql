-- Who is on duty, day and night: rosters with their patterns, the shifts of a month, and what happens in a shift.
create table duty_rosters (
    id bigint primary key,
    name text not null,
    -- The pattern and the lists of people that it draws from, as JSON.
    pattern text not null,
    lists text not null,
    -- Where its people arrive; none: where the city says.
    lon double precision,
    lat double precision,
    -- Urgent cases of the night reach its people.
    is_called smallint not null,
    is_active smallint not null,
    made_at bigint not null,
    revision bigint not null
);
-- A month of a roster: a draft until it is published.
create table duty_months (
    roster_id bigint not null,
    month text not null,
    state text not null check (state in ('draft', 'published')),
    published_at bigint,
    publisher_id bigint,
    revision bigint not null,
    primary key (roster_id, month)
);
create table duty_shifts (
    id bigint primary key,
    roster_id bigint not null,
    month text not null,
    begins_on text not null,
    from_at bigint not null,
    until_at bigint not null,
    name text not null,
    is_published smallint not null,
    is_cancelled smallint not null,
    changed_at bigint not null,
    revision bigint not null
);
create index duty_shifts_month on duty_shifts (roster_id, month, from_at);
create index duty_shifts_until on duty_shifts (until_at, from_at);
create table duty_places (
    shift_id bigint not null,
    account_id bigint not null,
    role text not null check (role in ('leader', 'on_duty', 'stand_by')),
    -- In which order they stand in the list.
    seq bigint not null,
    primary key (shift_id, account_id, role)
);
create index duty_places_account on duty_places (account_id, shift_id);
-- Arrivals (签到). A position is kept only here and for a muster, at the moment when somebody answers.
create table duty_arrivals (
    shift_id bigint not null,
    account_id bigint not null,
    at bigint not null,
    lon double precision,
    lat double precision,
    accuracy bigint,
    metres bigint,
    is_late smallint not null,
    is_elsewhere smallint not null,
    reason text not null,
    primary key (shift_id, account_id)
);
create table duty_swaps (
    id bigint primary key,
    asker_id bigint not null,
    shift_id bigint not null,
    other_id bigint not null,
    return_shift_id bigint,
    words text not null,
    state text not null check (state in ('asked', 'consented', 'done', 'declined', 'refused', 'withdrawn')),
    is_open smallint not null,
    asked_at bigint not null,
    decider_id bigint,
    decided_at bigint,
    answer text not null,
    revision bigint not null
);
-- A shift is offered once at a time by the same person.
create unique index duty_swaps_open on duty_swaps (shift_id, asker_id) where is_open = 1;
create index duty_swaps_asker on duty_swaps (asker_id, id);
create index duty_swaps_other on duty_swaps (other_id, id);
create table duty_musters (
    id bigint primary key,
    shift_id bigint not null,
    caller_id bigint not null,
    called_at bigint not null,
    answer_by_at bigint not null
);
create index duty_musters_shift on duty_musters (shift_id, id);
create table duty_muster_answers (
    muster_id bigint not null,
    account_id bigint not null,
    role text not null,
    answered_at bigint,
    lon double precision,
    lat double precision,
    accuracy bigint,
    metres bigint,
    primary key (muster_id, account_id)
);
create table duty_hand_overs (
    id bigint primary key,
    roster_id bigint not null,
    leaving_id bigint not null unique,
    coming_id bigint not null,
    words text not null,
    -- The open matters as they were, as JSON.
    matters text not null,
    writer_id bigint not null,
    written_at bigint not null,
    left_by bigint,
    left_at bigint,
    came_by bigint,
    came_at bigint,
    is_signed smallint not null,
    revision bigint not null
);
create index duty_hand_overs_open on duty_hand_overs (is_signed, id);
-- What is added to a hand-over; nothing here changes.
create table duty_hand_over_notes (
    id bigint primary key,
    hand_over_id bigint not null,
    author_id bigint not null,
    words text not null,
    at bigint not null
);
create index duty_hand_over_notes_of on duty_hand_over_notes (hand_over_id, id);
create table duty_call_outs (
    id bigint primary key,
    case_id bigint not null,
    state text not null check (state in ('ringing', 'answered', 'ended')),
    is_open smallint not null,
    rung text not null check (rung in ('on_duty', 'stand_by', 'head', 'leaders')),
    round bigint not null,
    next_at bigint,
    is_gap smallint not null,
    opened_at bigint not null,
    answered_by bigint,
    answered_at bigint,
    revision bigint not null
);
-- However many programs read the log: one call-out for a case while it rings.
create unique index duty_call_outs_open on duty_call_outs (case_id) where is_open = 1;
create index duty_call_outs_case on duty_call_outs (case_id, id);
create index duty_call_outs_next on duty_call_outs (next_at) where next_at is not null;
create table duty_reached (
    call_out_id bigint not null,
    account_id bigint not null,
    rung text not null,
    at bigint not null,
    primary key (call_out_id, account_id)
);
create index duty_reached_account on duty_reached (account_id, call_out_id);
-- Calendar feeds: who knows the secret reads; only its hash is kept.
create table duty_feeds (
    key text primary key,
    account_id bigint not null,
    is_team smallint not null,
    language text not null,
    made_at bigint not null,
    revoked_at bigint
);
create index duty_feeds_account on duty_feeds (account_id, is_team);
-- A spreadsheet that was looked at and waits for a decision.
create table duty_sheets (
    id bigint primary key,
    roster_id bigint not null,
    name text not null,
    -- What was read and what could not be, as JSON.
    found text not null,
    state text not null check (state in ('waiting', 'kept', 'discarded')),
    author_id bigint not null,
    brought_at bigint not null,
    revision bigint not null
);
