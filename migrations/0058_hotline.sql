-- Where work orders come from: a hotline with the names of its columns and words, as somebody has assigned them.
create table hotline_sources (
    id bigint primary key,
    name text not null unique,
    mapping text not null,
    made_at bigint not null,
    made_by bigint not null,
    revision bigint not null
);
-- Every file that was brought: looked at first, then kept or discarded.
create table hotline_files (
    id bigint primary key,
    source_id bigint not null references hotline_sources (id),
    name text not null,
    digest text not null,
    bytes bigint not null,
    state text not null check (state in ('waiting', 'kept', 'discarded')),
    found text not null,
    author_id bigint not null,
    brought_at bigint not null,
    decider_id bigint,
    decided_at bigint,
    revision bigint not null
);
create index hotline_files_source on hotline_files (source_id, id);
-- A work order: a number counts once in a source. What its columns said last, and whether it was answered.
create table hotline_orders (
    id bigint primary key,
    source_id bigint not null references hotline_sources (id),
    number text not null,
    report_id bigint not null unique references reports (id),
    category_word text not null,
    department_word text not null,
    said text not null,
    cells text not null,
    received_at bigint,
    brought_at bigint not null,
    changed_at bigint,
    -- The end of the report that was answered; asked and closed once more, it is to be answered once more.
    answered_end_at bigint,
    unique (source_id, number)
);
create index hotline_orders_category on hotline_orders (source_id, category_word);
create index hotline_orders_department on hotline_orders (source_id, department_word);
-- What went back, as it went: the same file again whenever it is asked for.
create table hotline_answers (
    id bigint primary key,
    source_id bigint not null references hotline_sources (id),
    number bigint not null,
    made_at bigint not null,
    made_by bigint not null,
    head text not null,
    orders bigint not null,
    unique (source_id, number)
);
create table hotline_answer_rows (
    answer_id bigint not null references hotline_answers (id),
    position bigint not null,
    order_id bigint not null references hotline_orders (id),
    cells text not null,
    primary key (answer_id, position)
);
-- When somebody else, who handed a report over, wants its answer: beside our own limits.
create table report_deadlines (
    report_id bigint primary key references reports (id),
    number text not null,
    due_at bigint not null,
    answered_at bigint,
    -- How far its people were told: 0 not yet, 1 that it is near, 2 that it is over.
    told bigint not null default 0
);
create index report_deadlines_open on report_deadlines (told, due_at) where answered_at is null;
