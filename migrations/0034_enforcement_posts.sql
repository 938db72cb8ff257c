-- The posts of penalty procedure, and the credentials (执法证件) with which its officers act.
alter table accounts add column post_anew text not null default 'keeper' check (post_anew in ('keeper', 'acceptor',
    'shift_leader', 'dispatcher', 'department_desk', 'crew_member', 'leader', 'enforcement_helper', 'enforcement_officer',
    'unit_leader', 'legal_reviewer', 'hearing_president', 'treasurer', 'archivist', 'system_admin', 'security_admin',
    'audit_admin'));
update accounts set post_anew = post;
alter table accounts drop column post;
alter table accounts rename column post_anew to post;
create table credentials (
    account_id bigint not null references accounts (id),
    number text not null unique,
    from_on text not null,
    until_on text not null,
    kept_at bigint not null,
    kept_by bigint not null,
    primary key (account_id, from_on)
);
