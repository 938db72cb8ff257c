-- From where a city is being carried into this database, as long as it is not whole here: no program serves it before it is.
create table moves (
    source text primary key,
    begun_at bigint not null,
    caught_up_at bigint not null
);
