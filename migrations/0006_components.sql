-- Components (部件): what stands in the streets and belongs to somebody.
create table components (
    id bigint primary key,
    code text not null unique,
    sub_class text not null,
    name text not null,
    owner text not null,
    lon double precision not null,
    lat double precision not null,
    cell text not null,
    state text not null check (state in ('sound', 'damaged', 'lost', 'removed')),
    installed_on text,
    revision bigint not null,
    updated_at bigint not null
);
create index components_place on components (lat, lon);
create index components_cell on components (cell);
