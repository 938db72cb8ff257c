-- Calendar feeds of people's own dates: who knows the secret reads; only its hash is kept.
create table calendar_feeds (
    key text primary key,
    account_id bigint not null references accounts (id),
    language text not null,
    made_at bigint not null,
    revoked_at bigint
);
create index calendar_feeds_account on calendar_feeds (account_id);
