-- Cases (案卷), the reports that belong to them, and how far the room has read the log.
create table cases (
    id bigint primary key,
    number text not null unique,
    title text not null,
    code_set text not null,
    kind text not null,
    code text not null,
    condition text,
    limit_amount bigint,
    limit_unit text,
    catalog_version text,
    calendar_version text,
    lon double precision,
    lat double precision,
    coordinates text not null,
    cell text not null,
    street text not null,
    community text not null,
    address text not null,
    source text not null check (source in ('citizen', 'keeper', 'hotline', 'leader', 'transfer', 'sensor', 'import')),
    is_urgent smallint not null,
    stage text not null check (stage in ('received', 'awaiting-check', 'awaiting-filing', 'awaiting-dispatch', 'dispatched',
        'handling', 'awaiting-feedback', 'awaiting-verification', 'verifying', 'awaiting-closing', 'closed', 'declined',
        'voided')),
    is_open smallint not null,
    department_id bigint,
    crew_id bigint,
    keeper_id bigint,
    is_found smallint,
    handlers text not null,
    due_at bigint,
    -- The due moment, or a moment after every other when there is none: lists are cut into pages by it.
    due_order_at bigint not null,
    due_why text not null,
    fed_back_at bigint,
    opened_at bigint not null,
    stage_since_at bigint not null,
    closed_at bigint,
    outcome text check (outcome in ('fixed', 'not-ours', 'duplicate', 'not-found', 'declined', 'voided')),
    rework_count bigint not null,
    return_count bigint not null,
    reopen_count bigint not null,
    revision bigint not null
);
create index cases_open_due on cases (is_open, due_order_at, id);
create index cases_opened on cases (opened_at, id);
create index cases_stage_due on cases (stage, due_order_at, id);
create index cases_stage_opened on cases (stage, opened_at, id);
create index cases_department_due on cases (department_id, stage, due_order_at, id);
create index cases_crew_due on cases (crew_id, stage, due_order_at, id);
create index cases_keeper_due on cases (keeper_id, stage, due_order_at, id);
create index cases_street_due on cases (street, stage, due_order_at, id);
create index cases_cell on cases (cell, stage);
create index cases_code_opened on cases (code, is_open, opened_at, id);

create table case_reports (
    case_id bigint not null references cases (id),
    report_id bigint not null unique,
    joined_at bigint not null,
    primary key (case_id, report_id)
);

create table case_readings (
    name text primary key,
    fact_id bigint not null
);
