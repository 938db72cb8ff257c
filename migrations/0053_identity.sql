-- Sessions that their owners see and end; a second factor beside the password.
alter table sessions add column address text not null default '';
alter table sessions add column device text not null default '';
alter table sessions add column seen_at bigint not null default 0;
-- By which way its owner signed in: password, or provider.
alter table sessions add column way text not null default 'password' check (way in ('password', 'provider'));
-- Whether a second factor was shown, here or to a provider whose word counts for it.
alter table sessions add column is_strong smallint not null default 0;
alter table sign_ins add column outcome_anew text not null default 'wrong' check (outcome_anew in ('opened', 'wrong', 'locked',
    'inactive', 'ended', 'asked', 'unproved', 'refused'));
update sign_ins set outcome_anew = outcome;
alter table sign_ins drop column outcome;
alter table sign_ins rename column outcome_anew to outcome;
-- What opened, or should have: password, code, recovery, passkey, or the word of a provider; empty before this was kept.
alter table sign_ins add column way text not null default '';
-- Somebody whose password was right and whose second factor is asked: opens nothing but that question.
create table half_sign_ins (
    key text primary key,
    account_id bigint not null references accounts (id),
    way text not null check (way in ('password', 'provider')),
    next text not null,
    tries bigint not null default 0,
    ceremony text not null default '',
    ends_at bigint not null
);
-- The key of a program that shows codes (TOTP), sealed where the operator gave a key for it.
create table totp_keys (
    account_id bigint primary key references accounts (id),
    secret text not null,
    made_at bigint not null,
    -- The last step of 30 seconds whose code was accepted: none is accepted twice.
    last_step bigint not null
);
-- A key that waits for its first code.
create table totp_offers (
    account_id bigint primary key references accounts (id),
    secret text not null,
    made_at bigint not null
);
-- Codes for the day on which the second factor is lost; of each only its digest.
create table recovery_codes (
    account_id bigint not null references accounts (id),
    digest text not null,
    made_at bigint not null,
    used_at bigint,
    primary key (account_id, digest)
);
create table passkeys (
    id bigint primary key,
    account_id bigint not null references accounts (id),
    -- The identifier that the authenticator gave, and what is to be known about it, in base 64.
    credential text not null unique,
    static_state text not null,
    dynamic_state text not null,
    transports bigint not null,
    -- The domain for which it was made.
    domain text not null,
    name text not null,
    made_at bigint not null,
    used_at bigint
);
create index passkeys_account on passkeys (account_id);
-- A passkey that is being made.
create table passkey_offers (
    account_id bigint primary key references accounts (id),
    ceremony text not null,
    made_at bigint not null
);
