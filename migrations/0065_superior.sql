-- What is delivered to the superiors' platforms (上级平台): a batch a day, its files, what was said about its rows, every try.
create table superior_beginnings (
    superior text primary key,
    -- The first day that is delivered.
    day_on text not null
);
create table superior_batches (
    id bigint primary key,
    superior text not null,
    day_on text not null,
    -- From 1, counted up by each correction of the day; 0 for a preview, which never leaves.
    revision bigint not null,
    state text not null check (state in ('wanted', 'preview', 'waiting', 'unsure', 'delivered', 'acknowledged', 'partly',
        'refused', 'given_up', 'replaced')),
    reason text not null,
    made_by bigint,
    asked_at bigint not null,
    made_at bigint,
    -- What is sent with its files, byte for byte.
    manifest text not null,
    row_count bigint not null,
    byte_count bigint not null,
    held_count bigint not null,
    note_count bigint not null,
    refused_count bigint not null,
    tries bigint not null,
    -- How many of its files are there already.
    sent bigint not null,
    -- It goes once more although it was answered: what was answered then counts no more.
    is_anew smallint not null,
    next_at bigint not null,
    left_at bigint,
    delivered_at bigint,
    done_at bigint,
    ask text not null,
    trouble text not null,
    version bigint not null,
    unique (superior, day_on, revision)
);
create index superior_batches_open on superior_batches (superior, day_on, revision)
    where state in ('wanted', 'waiting', 'unsure', 'delivered', 'refused');
-- The files of a batch as they are sent; the bytes lie in the store of files. The cases are those of its rows, in their order, eight
-- bytes each: a superior may name a row by its place.
create table superior_files (
    batch_id bigint not null,
    position bigint not null,
    name text not null,
    data text not null,
    row_count bigint not null,
    byte_count bigint not null,
    digest text not null,
    cases bytea not null,
    primary key (batch_id, position)
);
-- note: what the mapping lacks. held: a row that was left out. refused: a row that the superior did not take.
create table superior_lines (
    batch_id bigint not null,
    position bigint not null,
    kind text not null check (kind in ('note', 'held', 'refused')),
    file text not null,
    row_number bigint not null,
    reference text not null,
    case_id bigint,
    -- How often the same.
    amount bigint not null,
    -- A sentence of ours with what it needs, as JSON, or the superior's own words.
    said text not null,
    primary key (batch_id, position)
);
create table superior_tries (
    id bigint primary key,
    batch_id bigint not null,
    at bigint not null,
    outcome text not null,
    said text not null
);
create index superior_tries_batch on superior_tries (batch_id, id);
