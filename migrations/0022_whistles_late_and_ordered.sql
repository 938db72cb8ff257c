-- A whistle whose department must still answer an order about its overdue arrival; it stays in the lists until then.
alter table whistles add column has_order smallint not null default 0;
create index whistles_ordered on whistles (drafted_at, id) where has_order = 1;

-- `is_late` tells what is late now, no longer what was late once: whistles that run are read anew from their legs. Those that
-- are over have nothing late any more.
update whistles set is_late = 0 where is_late = 1 and (is_open = 0 or not exists (
    select 1 from whistle_legs l where l.whistle_id = whistles.id and (
        (l.stage = 'called' and (l.is_signed_in_time = 0 or l.is_contacted_in_time = 0 or l.is_arrived_in_time = 0))
        or (l.stage = 'signed' and (l.is_contacted_in_time = 0 or l.is_arrived_in_time = 0))
        or (l.stage in ('arrived', 'working') and l.is_worked_in_time = 0))));
