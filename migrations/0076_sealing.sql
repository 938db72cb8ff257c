-- By which keys columns were sealed: a word sealed with each, by which a wrong key of the same name is noticed. No key lies here.
create table data_keys (
    name text primary key,
    proof text not null,
    first_at bigint not null
);
-- From now on a text in these columns that begins with the mark of sealed ones bears one that says that it was typed.
update reports set contact_name = '~0.' || contact_name where contact_name like '~%';
update reports set contact_phone = '~0.' || contact_phone where contact_phone like '~%';
update inspection_reports set phone = '~0.' || phone where phone like '~%';
update webhooks set secret = '~0.' || secret where secret like '~%';
update webhooks set old_secret = '~0.' || old_secret where old_secret like '~%';
update partners set secret = '~0.' || secret where secret like '~%';
