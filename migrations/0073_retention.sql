-- When the name and the telephone number of whoever reported were taken out, since they were no longer needed.
alter table reports add column contact_gone_at bigint;
create index reports_contact_held on reports (closed_at, id)
    where contact_gone_at is null and (contact_name <> '' or contact_phone <> '') and closed_at is not null;
-- What was taken out, of before when, and of how many rows: all that remains of it.
create table removals (
    id bigint primary key,
    kind text not null,
    before_at bigint not null,
    removed bigint not null,
    at bigint not null
);
