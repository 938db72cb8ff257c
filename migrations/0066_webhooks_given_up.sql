-- When the program itself stopped sending to an address, and why: 'trouble' (nothing arrived for five days), 'gone' (it said so).
alter table webhooks add column given_up_at bigint;
alter table webhooks add column given_up_why text not null default '';
-- Nobody but the program stops an address without an author.
update webhooks set given_up_at = (select max(f.at) from facts f where f.subject = 'webhook' and f.subject_id = webhooks.id
    and f.kind = 'stopped' and f.author_id is null), given_up_why = 'trouble'
where is_active = 0 and exists (select 1 from facts f where f.subject = 'webhook' and f.subject_id = webhooks.id
    and f.kind = 'stopped' and f.author_id is null and not exists (select 1 from facts l where l.subject = 'webhook'
    and l.subject_id = webhooks.id and l.kind in ('stopped', 'started') and l.id > f.id));
