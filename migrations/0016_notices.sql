-- Notices to people: one row is one notice to one person, told once.
create table notices (
    id bigint primary key,
    account_id bigint not null,
    kind text not null,
    -- What the sentences need, as JSON.
    args text not null,
    link text not null,
    urgency text not null check (urgency in ('ordinary', 'urgent')),
    once text not null,
    sent_at bigint not null,
    read_at bigint,
    unique (account_id, once)
);
create index notices_of_account on notices (account_id, id);
