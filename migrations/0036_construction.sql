-- Unlawful buildings (违法建设): where each stands in the chain, what its terms are, and what was done to prevent the next one.
create table buildings (
    id bigint primary key,
    number text not null unique,
    stage text not null check (stage in ('found', 'stopped', 'filed', 'assessed', 'notified', 'decided', 'served', 'reminded',
        'announced', 'charged', 'ordered', 'charged-short', 'ordered-short', 'self-demolished', 'demolished', 'accepted',
        'closed', 'penalised', 'dismissed', 'ended')),
    is_open smallint not null,
    kind text not null check (kind in ('house', 'storey', 'shed', 'awning', 'tank', 'wall', 'cellar', 'other')),
    works text not null check (works in ('foundations', 'going-up', 'roofed', 'complete')),
    -- Floor area, hundredths of a square metre.
    area bigint not null,
    is_old_stock smallint not null,
    source text not null check (source in ('patrol', 'report', 'picture', 'transfer')),
    address text not null,
    lon double precision,
    lat double precision,
    -- Codes of the ground; empty where nobody knows.
    cell text not null,
    community text not null,
    street text not null,
    -- What whoever found it wrote.
    words text not null,
    found_at bigint not null,
    last_at bigint not null,
    -- The first moment after the terms that run, and when somebody must next be told of it.
    due_at bigint,
    alert_at bigint,
    case_id bigint,
    -- The unit that handles it.
    department_id bigint,
    author_id bigint,
    revision bigint not null,
    -- The building as the chain knows it.
    body text not null
);
create index buildings_found on buildings (found_at, id);
create index buildings_open on buildings (found_at, id) where is_open = 1;
create index buildings_stage on buildings (stage, found_at, id);
create index buildings_department on buildings (department_id, found_at, id);
create index buildings_author on buildings (author_id, found_at, id);
create index buildings_due on buildings (due_at, id) where due_at is not null and is_open = 1;
create index buildings_alert on buildings (alert_at, id) where alert_at is not null;
create index buildings_case on buildings (case_id, id) where case_id is not null;
create index buildings_last on buildings (last_at, id);

-- What is done before anything is built, or while it stands: visits, neighbours who were told, people who were persuaded.
create table building_visits (
    id bigint primary key,
    -- The building that it is about; none for a visit to a street.
    building_id bigint,
    kind text not null check (kind in ('talk', 'neighbours', 'persuade', 'patrol')),
    at bigint not null,
    visited_on text not null,
    street text not null,
    address text not null,
    -- How many households or people were told.
    told bigint not null,
    words text not null,
    author_id bigint,
    department_id bigint,
    -- The mark of the form, by which a second sending is known.
    form text unique
);
create index building_visits_at on building_visits (at, id);
create index building_visits_department on building_visits (department_id, at, id);
create index building_visits_author on building_visits (author_id, at, id);
create index building_visits_building on building_visits (building_id, id) where building_id is not null;
