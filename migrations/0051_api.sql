-- The order in which facts became visible, without gaps: what programs of others read on from. The one row of the reader says how
-- far the log was put in order, and is what two instances compare before they both go on.
create table fact_feed (
    seq bigint primary key,
    fact_id bigint not null unique
);
create table fact_feed_reader (
    id bigint primary key,
    seq bigint not null,
    fact_id bigint not null
);
insert into fact_feed_reader (id, seq, fact_id) values (1, 0, 0);

-- Tokens of programs. Of the secret only its SHA-256 is kept. A token acts as its account, within its scopes; it opens nothing
-- before the security administrator has released it.
create table api_tokens (
    id bigint primary key,
    hash text not null unique,
    name text not null,
    contact text not null,
    account_id bigint not null references accounts (id),
    -- Words parted by spaces.
    scopes text not null,
    per_minute bigint not null,
    made_at bigint not null,
    made_by bigint not null,
    ends_at bigint,
    released_at bigint,
    released_by bigint,
    used_at bigint,
    revoked_at bigint,
    revoked_by bigint
);
-- Idempotency keys: what was sent under each, by its SHA-256.
create table api_requests (
    token_id bigint not null,
    key text not null,
    digest text not null,
    at bigint not null,
    primary key (token_id, key)
);
create index api_requests_at on api_requests (at);

-- Addresses to which facts are sent as they happen, and what was sent.
create table webhooks (
    id bigint primary key,
    token_id bigint not null references api_tokens (id),
    url text not null,
    note text not null,
    -- Kinds of facts parted by spaces; all when empty.
    kinds text not null,
    -- What signs; the one before it signs beside it for a day after it was replaced.
    secret text not null,
    old_secret text,
    old_until_at bigint,
    is_active smallint not null,
    -- How far facts were looked through for it.
    read_seq bigint not null,
    -- Since when nothing arrives, how often in a row it failed, and when it is tried again.
    failing_since_at bigint,
    failures bigint not null,
    next_at bigint not null,
    made_at bigint not null,
    made_by bigint not null,
    revision bigint not null default 1
);
create index webhooks_token on webhooks (token_id);
create table webhook_deliveries (
    webhook_id bigint not null references webhooks (id),
    seq bigint not null,
    subject text not null,
    subject_id bigint not null,
    state text not null check (state in ('waiting', 'delivered', 'given_up')),
    attempts bigint not null,
    next_at bigint not null,
    made_at bigint not null,
    tried_at bigint,
    delivered_at bigint,
    status bigint,
    answer text not null,
    primary key (webhook_id, seq)
);
create index webhook_deliveries_waiting on webhook_deliveries (webhook_id, subject, subject_id, seq) where state = 'waiting';
create index webhook_deliveries_old on webhook_deliveries (made_at);
