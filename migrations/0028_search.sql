-- What can be found, one row for each case, and for each report that belongs to no case. Places count up as entries come in;
-- 8,192 places are a block.
create table search_entries (
    place bigint primary key,
    subject text not null check (subject in ('case', 'report')),
    subject_id bigint not null,
    -- When the case was opened or the report came in.
    at bigint not null,
    -- When the clock of an open case ends; later than every moment when none runs.
    due_order_at bigint not null,
    -- What can be found in it, a line each: what it is, a tab, the text.
    words text not null,
    -- What it is filtered by, separated by spaces.
    marks text not null,
    unique (subject, subject_id)
);
create index search_entries_running on search_entries (place, due_order_at) where due_order_at < 9000000000000000;
-- Which places of a block hold a piece of text or a mark. The key is the block and the piece's hash in one number, so that
-- a block lies together and one look-up finds a piece in it.
create table search_postings (
    id bigint primary key,
    places bytea not null
);
-- From when to when the entries of a block are.
create table search_blocks (
    block bigint primary key,
    from_at bigint not null,
    to_at bigint not null
);
-- How far the index has come: one row.
create table search_state (
    name text primary key,
    -- By which rules text was cut into pieces.
    version bigint not null,
    -- What is being gone through for the first time, and up to which identifier.
    phase text not null check (phase in ('clearing', 'cases', 'reports', 'following')),
    reached bigint not null,
    next_place bigint not null,
    -- Up to which fact the log was read.
    fact_id bigint not null,
    revision bigint not null
);
-- Searches that somebody keeps by a name.
create table views (
    id bigint primary key,
    account_id bigint not null,
    name text not null,
    query text not null,
    position bigint not null,
    -- Who else sees it: nobody (empty), everybody at the desks, or a department, by its identifier.
    shared_with text not null,
    removed_at bigint,
    revision bigint not null
);
create index views_account on views (account_id, position, id);
create index views_shared on views (shared_with, position, id) where shared_with <> '';
