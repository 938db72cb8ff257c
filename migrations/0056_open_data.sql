-- The files of open data of each day; the same bytes on two days are one blob.
create table open_data_files (
    day text not null,
    name text not null,
    digest text not null,
    bytes bigint not null,
    rows_count bigint not null,
    made_at bigint not null,
    primary key (day, name)
);
