-- Who follows something, where staff are reached, what was asked for beside a report's words and who answers for an enterprise lie
-- sealed where the operator sets keys. Where a row is looked for by such a value there lies a mark beside it (HMAC), by which it is found;
-- without a key the mark is empty, and the value is looked for as it lies.
alter table follows add column email_mark text not null default '';
alter table follows add column endpoint_mark text not null default '';
alter table follows add column secret_mark text not null default '';
create index follows_email_mark on follows (email_mark);
create index follows_endpoint_mark on follows (endpoint_mark);
create index follows_secret_mark on follows (secret_mark);
alter table notice_devices add column endpoint_mark text not null default '';
create index notice_devices_endpoint_mark on notice_devices (endpoint_mark);
-- From now on a text in these columns that begins with the mark of sealed ones bears one that says that it was typed.
update follows set email = '~0.' || email where email like '~%';
update notice_addresses set address = '~0.' || address where address like '~%';
update notice_addresses set wanted = '~0.' || wanted where wanted like '~%';
update report_details set sent = '~0.' || sent where sent like '~%';
update report_details set value_zh = '~0.' || value_zh where value_zh like '~%';
update report_details set value_en = '~0.' || value_en where value_en like '~%';
update enterprises set contact = '~0.' || contact where contact like '~%';
update enterprises set phone = '~0.' || phone where phone like '~%';
