-- Other systems that speak Open311, with which reports are exchanged.
create table partners (
    id bigint primary key,
    name text not null,
    contact text not null,
    -- Where it says what it is.
    discovery text not null,
    -- Where it is asked; empty until it was looked at.
    url text not null,
    format text not null check (format in ('json', 'xml')),
    jurisdiction text not null,
    -- Our key there: sent to it, shown to nobody.
    secret text not null,
    -- The language in which it is told.
    language text not null,
    takes text not null check (takes in ('nothing', 'updates', 'requests')),
    sends text not null check (sends in ('nothing', 'by_hand', 'by_rule')),
    is_told smallint not null,
    is_active smallint not null,
    -- Whether it answers the same again when it is sent the same again, and whether it knows updates: it says so itself.
    is_exact smallint not null,
    has_updates smallint not null,
    -- Which of its services are which of ours, and which reports go to it by themselves: lines as they were written.
    services text not null,
    rules text not null,
    -- Its own services, as it told them: JSON.
    offers text not null,
    -- To which moment its news are read.
    updates_until_at bigint not null,
    requests_until_at bigint not null,
    -- Reports from this moment on go by rule.
    rules_since_at bigint not null,
    looked_at bigint,
    next_at bigint not null,
    failures bigint not null,
    trouble text not null,
    made_at bigint not null,
    made_by bigint not null,
    revision bigint not null
);
-- A report that two systems know.
create table exchanges (
    id bigint primary key,
    partner_id bigint not null references partners (id),
    report_id bigint not null references reports (id),
    case_id bigint,
    -- Which of us had it first.
    way text not null check (way in ('sent', 'fetched')),
    -- Ours, as it stands in what was sent: letters alone.
    reference text not null unique,
    -- Its number there, once that is known, and the token by which it is asked for.
    theirs text,
    token text,
    -- The last that was heard of it.
    status text not null,
    status_notes text not null,
    -- Facts after this one are told.
    told_from bigint not null,
    followed_until_at bigint not null,
    made_at bigint not null,
    made_by bigint,
    unique (partner_id, report_id),
    unique (partner_id, theirs)
);
create index exchanges_report on exchanges (report_id);
create index exchanges_case on exchanges (case_id);
create index exchanges_followed on exchanges (partner_id, followed_until_at);
-- What goes out: for each exchange in the order of its numbers.
create table exchange_outbox (
    id bigint primary key,
    exchange_id bigint not null references exchanges (id),
    partner_id bigint not null,
    kind text not null check (kind in ('request', 'update')),
    -- The fact that is told; 0 for the request itself.
    fact_id bigint not null,
    -- What is posted: pairs of names and values as JSON, without the key.
    body text not null,
    state text not null check (state in ('waiting', 'unsure', 'token', 'done', 'failed', 'given_up')),
    tries bigint not null,
    -- When it first left without that an answer came.
    unsure_at bigint,
    next_at bigint not null,
    trouble text not null,
    -- Its number there.
    theirs text,
    made_at bigint not null,
    done_at bigint,
    done_by bigint,
    revision bigint not null,
    unique (exchange_id, fact_id)
);
create index exchange_outbox_open on exchange_outbox (partner_id, exchange_id, id) where state not in ('done', 'given_up');
create index exchange_outbox_recent on exchange_outbox (made_at, id);
-- What came in: their number never counts twice.
create table exchange_taken (
    partner_id bigint not null,
    update_id text not null,
    exchange_id bigint not null,
    fact_id bigint not null,
    at bigint not null,
    primary key (partner_id, update_id)
);
create index exchange_taken_fact on exchange_taken (fact_id);
-- Requests of theirs that could not become reports of ours, and why.
create table exchange_strays (
    partner_id bigint not null,
    theirs text not null,
    trouble text not null,
    at bigint not null,
    primary key (partner_id, theirs)
);
