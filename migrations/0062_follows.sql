-- Citizens who follow a place, an area or a kind of problem by e-mail. An address is kept until it is unsubscribed, and an
-- unconfirmed one for two days.
create table follows (
    id bigint primary key,
    email text not null,
    language text not null,
    -- A circle around a place: all three or none.
    lon double precision,
    lat double precision,
    metres bigint,
    -- What the place is called, as it was typed; may be empty.
    place text not null,
    -- The code of an area; empty: any.
    area_code text not null,
    -- The sub-class, as event-0109; empty: any.
    category text not null,
    pace text not null check (pace in ('at_once', 'daily', 'weekly')),
    -- Opens the page of this follow: it stands in every e-mail about it, so it is kept as it is.
    secret text not null unique,
    made_at bigint not null,
    confirmed_at bigint,
    -- When the next e-mail may leave; none while there is nothing to tell.
    due_at bigint,
    -- How many e-mails left on a day.
    counted_on text not null,
    counted bigint not null,
    revision bigint not null
);
create index follows_email on follows (email);
create index follows_due on follows (due_at) where due_at is not null;
create index follows_asked on follows (made_at) where confirmed_at is null;
-- What a follow has to be told of a report: the stage that it came to last.
create table follow_news (
    follow_id bigint not null references follows (id) on delete cascade,
    report_id bigint not null,
    stage text not null,
    at bigint not null,
    told_at bigint,
    primary key (follow_id, report_id)
);
