-- Checks of enterprises (涉企行政检查): the register of enterprises, files of it that are brought, the draws, the checks.
create table enterprises (
    id bigint primary key,
    -- By which officers who scan it are known to stand before it.
    code text not null unique,
    name text not null,
    -- The unified social credit code; empty while nobody knows it.
    credit_code text not null,
    kind text not null check (kind in ('restaurant', 'shop', 'market', 'site', 'carrier', 'advertising', 'property', 'factory',
        'other')),
    address text not null,
    contact text not null,
    phone text not null,
    lon double precision,
    lat double precision,
    -- Codes of the ground; empty where nobody knows.
    cell text not null,
    community text not null,
    street text not null,
    state text not null check (state in ('open', 'closed', 'merged')),
    merged_into bigint,
    closed_why text not null,
    author_id bigint,
    added_at bigint not null,
    revision bigint not null
);
create unique index enterprises_credit_code on enterprises (credit_code) where credit_code <> '' and state <> 'merged';
create index enterprises_state on enterprises (state, id);
create index enterprises_kind on enterprises (kind, state, id);
create index enterprises_street on enterprises (street, state, id);
create index enterprises_name on enterprises (name, id);

create table enterprise_imports (
    id bigint primary key,
    file_name text not null,
    digest text not null,
    bytes bigint not null,
    state text not null check (state in ('waiting', 'kept', 'discarded')),
    -- What was found (JSON).
    found text not null,
    author_id bigint not null,
    brought_at bigint not null,
    decider_id bigint,
    decided_at bigint,
    revision bigint not null
);

-- A draw (双随机): everything that is needed to draw again.
create table inspection_draws (
    id bigint primary key,
    number text not null unique,
    seed text not null,
    drawn_at bigint not null,
    author_id bigint not null,
    department_id bigint,
    -- Lists, order and lots (JSON).
    body text not null
);
create index inspection_draws_department on inspection_draws (department_id, id);

create table inspections (
    id bigint primary key,
    number text not null unique,
    -- By which the enterprise finds the check that stands before it.
    code text not null unique,
    enterprise_id bigint not null,
    stage text not null check (stage in ('planned', 'approved', 'announced', 'entered', 'recorded', 'finished', 'refused',
        'cancelled')),
    is_open smallint not null,
    reason text not null check (reason in ('routine', 'clue', 'request', 'emergency', 'recheck')),
    planned_on text not null,
    department_id bigint,
    author_id bigint,
    draw_id bigint,
    -- The check whose order is checked again by this one.
    of_id bigint,
    outcome text not null,
    -- Until when something is to be put right; none without an order.
    correct_by text,
    -- The day on which it was entered.
    entered_on text,
    rating bigint,
    is_approved_late smallint not null,
    planned_at bigint not null,
    last_at bigint not null,
    -- When somebody must next be told of it, and of what.
    alert_at bigint,
    alert text not null,
    revision bigint not null,
    -- The check as its rules know it.
    body text not null
);
create index inspections_day on inspections (planned_on, id);
create index inspections_open on inspections (planned_on, id) where is_open = 1;
create index inspections_department on inspections (department_id, planned_on, id);
create index inspections_enterprise on inspections (enterprise_id, planned_on, id);
create index inspections_draw on inspections (draw_id, id) where draw_id is not null;
create index inspections_of on inspections (of_id) where of_id is not null;
create index inspections_correct on inspections (correct_by, id) where correct_by is not null;
create index inspections_alert on inspections (alert_at, id) where alert_at is not null;

-- The items of a check, for the cap of the year: one counts while its check is neither refused nor cancelled.
create table inspection_items (
    inspection_id bigint not null,
    enterprise_id bigint not null,
    item text not null,
    year bigint not null,
    is_counted smallint not null,
    is_entered smallint not null,
    primary key (inspection_id, item)
);
create index inspection_items_cap on inspection_items (enterprise_id, year, item);

-- Who is named on a check: it exists for them wherever they serve.
create table inspection_people (
    inspection_id bigint not null,
    account_id bigint not null,
    primary key (inspection_id, account_id)
);
create index inspection_people_account on inspection_people (account_id, inspection_id);

-- Somebody wants to check an enterprise, and the program does not know of it.
create table inspection_reports (
    id bigint primary key,
    -- The code that they showed; may be empty.
    code text not null,
    enterprise text not null,
    words text not null,
    phone text not null,
    at bigint not null,
    form text unique,
    answered_at bigint,
    answered_by bigint,
    answer text not null
);
create index inspection_reports_open on inspection_reports (answered_at, id);
create index inspection_reports_at on inspection_reports (at, id);
