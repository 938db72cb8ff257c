-- Where: areas, unit grids and responsibility grids. Borders are GeoJSON text; a change ends a row and begins another.
create table areas (
    id bigint primary key,
    level text not null check (level in ('district', 'street', 'community')),
    code text not null,
    name text not null,
    parent_code text,
    geometry text not null,
    is_current smallint not null default 1,
    started_at bigint not null,
    ended_at bigint
);
create index areas_code on areas (level, code, started_at);
create table unit_grids (
    id bigint primary key,
    code text not null,
    name text not null,
    community_code text,
    area_square_metres double precision not null,
    geometry text not null,
    is_current smallint not null default 1,
    started_at bigint not null,
    ended_at bigint
);
create index unit_grids_code on unit_grids (code, started_at);
create table responsibility_grids (
    id bigint primary key,
    code text not null,
    name text not null,
    version bigint not null,
    keeper_account bigint references accounts (id),
    team_department bigint references departments (id),
    unit_codes text not null,
    is_current smallint not null default 1,
    started_at bigint not null,
    ended_at bigint,
    unique (code, version)
);
create index responsibility_grids_keeper on responsibility_grids (keeper_account, is_current);
