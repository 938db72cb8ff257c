-- Requests of persons about what is kept of them: what is asked for, who asks and what proves it, what came of it. Once the city's time for it
-- is over only kind, stage and moments remain.
create table claims (
    id bigint primary key,
    -- Opens the page of whoever asked.
    code text not null,
    -- The form that was sent, so that it counts once.
    once text not null,
    kind text not null check (kind in ('access', 'copy', 'correction', 'deletion', 'explanation', 'complaint')),
    stage text not null check (stage in ('received', 'checked', 'answered', 'withdrawn')),
    -- Empty until it is answered.
    outcome text not null check (outcome in ('', 'granted', 'partly', 'refused')),
    name text not null,
    reach text not null,
    about text not null,
    proof text not null,
    -- How it was checked who asks.
    how text not null,
    -- What was answered, what may be done against it, what was done about it.
    answer text not null,
    remedy text not null,
    done text not null,
    received_at bigint not null,
    -- When most of the time is used up, and when all of it is; by which limit, and where that stands.
    near_at bigint not null,
    due_at bigint not null,
    term text not null,
    source text not null,
    -- How far the staff was told: 0 not yet, 1 that it is near, 2 that it is over.
    told bigint not null,
    checked_at bigint,
    checked_by bigint,
    ended_at bigint,
    answered_by bigint,
    -- When what is kept of the person was taken out.
    gone_at bigint,
    revision bigint not null
);
create index claims_code on claims (code);
create index claims_once on claims (once);
create index claims_open on claims (due_at, id) where ended_at is null;
create index claims_ended on claims (ended_at, id) where ended_at is not null;
