-- The city's gazetteer (地名库): lists of places, each from a file or written by hand.
create table place_sources (
    id bigint primary key,
    name text not null unique,
    place_count bigint not null,
    hidden_count bigint not null,
    imported_at bigint,
    revision bigint not null
);
create table places (
    id bigint primary key,
    source_id bigint not null,
    -- What tells it apart within its source, whatever becomes of its name here.
    ref text not null,
    name text not null,
    address text not null,
    district text not null,
    kind text not null,
    lon double precision not null,
    lat double precision not null,
    coordinates text not null,
    -- Name and address in one form, as hexadecimal digits: these sort the same in both databases, so that a beginning is a
    -- stretch of the index.
    name_key text not null,
    address_key text not null,
    is_active smallint not null,
    is_edited smallint not null,
    updated_at bigint not null,
    revision bigint not null
);
create unique index places_ref on places (source_id, ref);
create index places_source on places (source_id, id);
create index places_name on places (name_key, id);
create index places_address on places (address_key, id);
-- Every file of places that was brought: looked at first, then kept or discarded.
create table place_imports (
    id bigint primary key,
    source text not null,
    way text not null check (way in ('add', 'replace')),
    coordinates text not null,
    file_name text not null,
    digest text not null,
    bytes bigint not null,
    state text not null check (state in ('waiting', 'kept', 'discarded')),
    found text not null,
    author_id bigint,
    brought_at bigint not null,
    decider_id bigint,
    decided_at bigint,
    revision bigint not null
);
