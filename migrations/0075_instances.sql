-- The programs that serve this city from one database now: each has a number of its own, which its identifiers carry.
create table instances (
    number bigint primary key,
    instance bigint not null,
    -- Which machine and process it is, for whoever looks after it.
    name text not null,
    version text not null,
    started_at bigint not null,
    -- Counts up for as long as it lives.
    beat bigint not null
);
-- What only one of them does at a time, and whose turn it is.
create table turns (
    name text primary key,
    instance bigint not null,
    beat bigint not null
);
