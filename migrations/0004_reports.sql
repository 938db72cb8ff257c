-- What people report, and what they think of how it was handled.
create table reports (
    id bigint primary key,
    code text not null unique,
    idempotency_key text not null unique,
    words text not null,
    lon double precision,
    lat double precision,
    coordinate_system text not null,
    address text not null,
    grid_code text not null,
    district_code text not null,
    street_code text not null,
    community_code text not null,
    area_name text not null,
    code_set text not null,
    kind text not null,
    category_code text not null,
    category_name text not null,
    contact_name text not null,
    contact_phone text not null,
    photos text not null,
    source text not null check (source in ('citizen', 'keeper', 'hotline', 'import')),
    source_number text not null,
    language text not null,
    stage text not null check (stage in ('received', 'handling', 'solved', 'declined')),
    case_id bigint,
    received_at bigint not null,
    due_at bigint,
    closed_at bigint,
    urged_at bigint not null default 0,
    followers bigint not null default 0,
    revision bigint not null default 1
);
create index reports_received on reports (received_at, id);
create index reports_stage on reports (stage, received_at, id);
create index reports_street on reports (street_code, received_at, id);
create index reports_closed on reports (closed_at);
create index reports_place on reports (lat, lon);
create table ratings (
    id bigint primary key,
    report_id bigint not null references reports (id),
    closed_at bigint not null,
    response bigint,
    is_solved smallint,
    satisfaction bigint,
    words text not null,
    at bigint not null,
    unique (report_id, closed_at)
);
