-- Every file that was brought in: looked at first, then kept or discarded. Its parts lie in the blob store.
create table imports (
    id bigint primary key,
    subject text not null check (subject in ('areas', 'grids', 'components', 'keepers', 'reports')),
    coordinates text not null,
    files text not null,
    state text not null check (state in ('waiting', 'kept', 'discarded')),
    found text not null,
    author_id bigint,
    brought_at bigint not null,
    decider_id bigint,
    decided_at bigint,
    revision bigint not null
);
