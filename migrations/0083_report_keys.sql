-- Three rules between rows that may lie on different machines go: what is to be unique of a report holds its identifier, or is the key by
-- which its table is spread. The first is kept by the table below from now on.
alter table reports drop constraint reports_idempotency_key_key;
alter table exchanges drop constraint exchanges_report_id_fkey;
alter table hotline_orders drop constraint hotline_orders_report_id_fkey;

-- By which key a report was sent: the same never makes two, whoever sends it and whenever. A report that came without a key, whose tracking
-- code stands in its place, has no row.
create table report_keys (
    key text primary key,
    report_id bigint not null
) /* without rowid */;
insert into report_keys (key, report_id) select idempotency_key, id from reports where idempotency_key <> code;
