-- When what a work order's columns said was taken out, its caller's name and number among it, since they were no longer needed.
alter table hotline_orders add column gone_at bigint;
create index hotline_orders_held on hotline_orders (report_id) where gone_at is null;
-- What Open311 knows of whoever reported, beside the words: it is taken out with their name and number.
create index report_details_personal on report_details (report_id) where code in ('email', 'account_id', 'device_id');
