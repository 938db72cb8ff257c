-- Whose hands a handling was in when its clock was left: what happens to the case afterwards changes nothing about it.
alter table timers add column crew_id bigint;
-- What was left before: where nothing came after it, it was the case's own crew.
update timers set crew_id = (select c.crew_id from cases c where c.id = timers.case_id)
where kind = 'handle' and finished_at is not null and finish <> 'returned'
    and not exists (select 1 from timers n where n.case_id = timers.case_id and n.kind = 'handle' and n.seq <> timers.seq)
    and exists (select 1 from cases c where c.id = timers.case_id and c.department_id = timers.department_id
        and c.reopen_count = 0);
-- The same sub-class in the same unit grid once more: what repeats.
create index cases_again on cases (cell, code, opened_at) where parent_id is null and cell <> '';
-- Ratings of whistles count when they are closed.
create index whistles_rated on whistles (rating_closes_at) where rating_closes_at is not null;
