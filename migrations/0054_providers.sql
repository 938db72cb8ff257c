-- Signing in at a provider of identities (OpenID Connect).
-- The number by which an employer knows somebody: a provider's word is tied to an account by it.
alter table accounts add column employee_number text not null default '';
create unique index accounts_employee_number on accounts (employee_number) where employee_number <> '';
-- Whom a provider means: once tied, the provider's own name for the person counts, not the number.
create table identity_links (
    id bigint primary key,
    account_id bigint not null references accounts (id),
    issuer text not null,
    subject text not null,
    made_at bigint not null,
    used_at bigint not null,
    unique (issuer, subject),
    unique (account_id, issuer)
);
-- Somebody who was sent to a provider and has not come back; bound to the browser by a cookie, good once.
create table provider_visits (
    key text primary key,
    provider text not null,
    state text not null,
    nonce text not null,
    verifier text not null,
    next text not null,
    back text not null,
    ends_at bigint not null
);
