-- What a city asks for beside the words of a report, and what was answered: kept in both languages as it was asked then.
create table report_details (
    report_id bigint not null references reports (id),
    position bigint not null,
    code text not null,
    label_zh text not null,
    label_en text not null,
    -- As it was sent; the keys of several answers, parted by spaces.
    sent text not null,
    value_zh text not null,
    value_en text not null,
    is_public smallint not null,
    primary key (report_id, position)
);
-- Programs that may report over Open311. Of the secret only its SHA-256 is kept.
create table api_keys (
    id bigint primary key,
    hash text not null unique,
    name text not null,
    contact text not null,
    -- The name under which the city is asked; empty: any.
    jurisdiction text not null,
    per_minute bigint not null,
    may_submit smallint not null,
    may_update smallint not null,
    -- Good for the test endpoint alone, where nothing is kept.
    is_test smallint not null,
    made_at bigint not null,
    made_by bigint not null,
    used_at bigint,
    revoked_at bigint,
    revoked_by bigint
);
-- By which key a report came; the token by which its number is asked for, of services whose numbers are given later.
create table open311_requests (
    report_id bigint primary key,
    key_id bigint not null,
    token text unique,
    at bigint not null
);
-- Updates that other systems sent: their own number never counts twice.
create table open311_updates (
    key_id bigint not null,
    update_id text not null,
    report_id bigint not null,
    fact_id bigint not null,
    at bigint not null,
    primary key (key_id, update_id)
);
-- What happened to reports, in the order in which it happened, for whoever asks what is new.
create index facts_told on facts (at, id) where subject = 'report' and is_public = 1;
-- One sub-class, newest first.
create index reports_category on reports (category_code, received_at, id);
