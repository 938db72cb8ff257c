-- The side branches of a case (returns, postponements, suspensions, orders, parts, appeals) and its clocks. Two stages
-- are new, so both tables are written anew; no table points at another by a foreign key, so that cases may be spread over
-- several machines by their key.
create table cases_anew (
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
        'handling', 'awaiting-feedback', 'returning', 'split', 'awaiting-verification', 'verifying', 'awaiting-closing',
        'closed', 'declined', 'voided')),
    is_open smallint not null,
    department_id bigint,
    crew_id bigint,
    keeper_id bigint,
    is_found smallint,
    handlers text not null,
    due_at bigint,
    -- When the clock that runs now ends, or a moment after every other when none does: lists are cut into pages by it.
    due_order_at bigint not null,
    due_why text not null,
    fed_back_at bigint,
    opened_at bigint not null,
    stage_since_at bigint not null,
    closed_at bigint,
    outcome text check (outcome in ('fixed', 'self-handled', 'forced', 'not-ours', 'duplicate', 'not-found', 'declined',
        'voided')),
    rework_count bigint not null,
    return_count bigint not null,
    reopen_count bigint not null,
    revision bigint not null,
    -- Who of the staff reported it.
    opened_by bigint,
    -- The case that this one is a part of.
    parent_id bigint,
    -- What waits for a decision: return, postpone, suspend, void, appeal; none when nothing does.
    request_kind text,
    -- An order of a leader waits for its answer, until when at the latest.
    is_supervised smallint not null default 0,
    order_due_at bigint,
    -- When the clock that runs now turns yellow.
    warn_at bigint,
    -- Until when its clock stands still.
    suspended_until_at bigint,
    -- The branches as the rules read them, as JSON.
    branches text not null default '{}'
);
insert into cases_anew (id, number, title, code_set, kind, code, condition, limit_amount, limit_unit, catalog_version,
    calendar_version, lon, lat, coordinates, cell, street, community, address, source, is_urgent, stage, is_open,
    department_id, crew_id, keeper_id, is_found, handlers, due_at, due_order_at, due_why, fed_back_at, opened_at,
    stage_since_at, closed_at, outcome, rework_count, return_count, reopen_count, revision)
select id, number, title, code_set, kind, code, condition, limit_amount, limit_unit, catalog_version,
    calendar_version, lon, lat, coordinates, cell, street, community, address, source, is_urgent, stage, is_open,
    department_id, crew_id, keeper_id, is_found, handlers, due_at, due_order_at, due_why, fed_back_at, opened_at,
    stage_since_at, closed_at, outcome, rework_count, return_count, reopen_count, revision from cases;
create table case_reports_anew (
    case_id bigint not null,
    report_id bigint not null unique,
    joined_at bigint not null,
    primary key (case_id, report_id)
);
insert into case_reports_anew (case_id, report_id, joined_at) select case_id, report_id, joined_at from case_reports;
drop table case_reports;
alter table case_reports_anew rename to case_reports;
drop table cases;
alter table cases_anew rename to cases;
create index cases_opened on cases (opened_at, id);
create index cases_stage_due on cases (stage, due_order_at, id);
create index cases_stage_opened on cases (stage, opened_at, id);
create index cases_crew_due on cases (crew_id, stage, due_order_at, id);
create index cases_keeper_due on cases (keeper_id, stage, due_order_at, id);
create index cases_department_opened on cases (department_id, opened_at, id);
create index cases_street_opened on cases (street, opened_at, id);
create index cases_code_opened on cases (code, opened_at, id);
create index cases_due on cases (due_order_at, id) where is_open = 1;
create index cases_open_opened on cases (opened_at, id) where is_open = 1;
create index cases_cell_opened on cases (cell, opened_at, id) where is_open = 1;
create index cases_department_due on cases (department_id, due_order_at, id, stage) where is_open = 1;
create index cases_department_open on cases (department_id, opened_at, id, stage) where is_open = 1;
create index cases_street_due on cases (street, due_order_at, id, stage) where is_open = 1;
create index cases_street_open on cases (street, opened_at, id, stage) where is_open = 1;
create index cases_code_due on cases (code, due_order_at, id, stage) where is_open = 1;
create index cases_code_open on cases (code, opened_at, id, stage) where is_open = 1;
create index cases_street_stage_due on cases (street, stage, due_order_at, id) where is_open = 1;
create index cases_street_stage_open on cases (street, stage, opened_at, id) where is_open = 1;
create index cases_closed on cases (closed_at, opened_at, outcome) where is_open = 0;
create index cases_parent on cases (parent_id) where parent_id is not null;
create index cases_request on cases (request_kind, stage_since_at, id) where request_kind is not null;
create index cases_supervised on cases (is_supervised, opened_at, id) where is_supervised = 1;
create index cases_suspended on cases (suspended_until_at) where suspended_until_at is not null;
create index cases_order_due on cases (order_due_at) where order_due_at is not null;
create index cases_reporter on cases (opened_by, opened_at, id) where opened_by is not null;
create index facts_kind on facts (kind, at, subject_id);

-- One row for each clock that a case has had: for taking it on, checking, filing, dispatching, handling, deciding about a
-- return, verifying, closing. A clock keeps the limit and the reading of the rules that it was started under.
create table timers (
    case_id bigint not null,
    seq bigint not null,
    kind text not null check (kind in ('accept', 'check', 'file', 'dispatch', 'handle', 'decide', 'verify', 'close')),
    -- The limit as it was at the start, and what extensions added to it, in the same unit.
    unit text not null,
    value bigint not null,
    extra bigint not null,
    started_at bigint not null,
    -- When it turns yellow and when it is due; none while it stands still.
    warn_at bigint,
    due_at bigint,
    -- Since when it stands still.
    paused_at bigint,
    -- Every pause so far, as JSON: [{from, until}].
    pauses text not null,
    finished_at bigint,
    -- How it ended: done, returned (the department handed the case back), ended (the case was struck off or declined).
    finish text check (finish in ('done', 'returned', 'ended')),
    -- Milliseconds of the unit's own counting beyond the due moment, at the end; 0 when in time; none while it runs.
    overdue_ms bigint,
    -- A granted appeal: the lateness stands, and nobody is held to it.
    is_exempt smallint not null default 0,
    -- Whose clock it is: the department while handling; and who finished it.
    department_id bigint,
    account_id bigint,
    -- The versions of calendar and conventions that it was computed under, and the trace of the due moment as JSON.
    rule text not null,
    why text not null,
    -- When somebody must next be told (yellow, then red); none when there is nothing more to tell.
    alert_at bigint,
    primary key (case_id, seq)
);
create index timers_alert on timers (alert_at) where alert_at is not null;
create index timers_due on timers (due_at, kind, finished_at) where due_at is not null;
create index timers_finished on timers (finished_at, kind, due_at) where finished_at is not null;
