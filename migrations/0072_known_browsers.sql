-- Browsers in which somebody has signed in before: a stranger's wrong passwords do not keep them out. Each has tries of its own.
create table known_browsers (
    -- The digest of the cookie's secret.
    key text primary key,
    account_id bigint not null references accounts (id),
    failed_count bigint not null default 0,
    locked_until_at bigint not null default 0,
    seen_at bigint not null
);
create index known_browsers_account on known_browsers (account_id, seen_at);
