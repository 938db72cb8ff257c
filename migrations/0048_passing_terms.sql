-- The next term of a penalty case at whose end somebody is told and nobody is late: the party's own, or one that the organ waits for.
alter table penalty_cases add column passing_term text not null default '';
alter table penalty_cases add column passing_at bigint;
create index penalty_cases_passing on penalty_cases (passing_at) where passing_at is not null;
