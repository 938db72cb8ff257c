-- Who may act, and the log of what happened.
create table departments (
    id bigint primary key,
    code text not null unique,
    name_zh text not null,
    name_en text not null,
    parent_id bigint references departments (id),
    kind text not null,
    phone text not null default '',
    is_active smallint not null default 1
);
create table accounts (
    id bigint primary key,
    login text not null unique,
    name text not null,
    post text not null check (post in ('keeper', 'acceptor', 'shift_leader', 'dispatcher', 'department_desk',
        'crew_member', 'leader', 'system_admin', 'security_admin', 'audit_admin')),
    department_id bigint references departments (id),
    phone text not null default '',
    password_hash text not null,
    is_first_password smallint not null default 1,
    is_active smallint not null default 1,
    failed_count bigint not null default 0,
    locked_until_at bigint not null default 0,
    made_at bigint not null,
    revision bigint not null default 1
);
create table sessions (
    key text primary key,
    account_id bigint not null references accounts (id),
    opened_at bigint not null,
    ends_at bigint not null
);
create index sessions_account on sessions (account_id);
create table sign_ins (
    id bigint primary key,
    login text not null,
    account_id bigint,
    outcome text not null check (outcome in ('opened', 'wrong', 'locked', 'inactive', 'ended')),
    address text not null,
    device text not null,
    at bigint not null
);
create index sign_ins_at on sign_ins (at);
create table facts (
    id bigint primary key,
    subject text not null,
    subject_id bigint not null,
    kind text not null,
    is_public smallint not null,
    author_id bigint,
    at bigint not null,
    body text not null
);
create index facts_subject on facts (subject, subject_id, id);
create table serials (
    name text primary key,
    last bigint not null
);
