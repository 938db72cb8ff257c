-- When a file of work orders was taken out of the store of files, with what was shown of its rows, since it was no longer needed.
alter table hotline_files add column gone_at bigint;
create index hotline_files_held on hotline_files (brought_at, id) where gone_at is null;
