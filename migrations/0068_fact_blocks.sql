-- The seal over the log of facts: blocks of facts in their order (fact_feed), each with a sum over its facts, and a hash over itself
-- that holds the hash of the block before it. Rows are only ever added, by whoever is first with the next number.
create table fact_blocks (
    number bigint primary key,
    -- The places that it holds, the first and the last of them.
    first_seq bigint not null,
    last_seq bigint not null,
    -- How many facts stood there.
    fact_count bigint not null,
    algorithm text not null check (algorithm in ('sha256', 'sm3')),
    -- Over the facts, in hexadecimal.
    facts_sum text not null,
    -- The hash of the block before; 64 zeros for the first.
    previous text not null,
    -- Over everything else in this row.
    hash text not null,
    sealed_at bigint not null
);
