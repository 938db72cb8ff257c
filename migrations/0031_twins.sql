-- Reports by where they are, for finding those that may be about the same thing (疑似重复): one row for each report that is
-- open or has not been over for long. What was found stands beside it, so that a page is one indexed read.
create table twin_marks (
    report_id bigint primary key,
    -- The number of its square of about 150 m, its unit grid and its address in one written form; null when not known.
    square bigint,
    cell text,
    address text,
    lon double precision,
    lat double precision,
    -- `kind-code` of the sub-class; empty when nobody has said.
    code text not null,
    received_at bigint not null,
    -- When it was solved or declined; null while it is open.
    ended_at bigint,
    -- What is to be done: 1 twins are to be sought, 2 once more when its photos have prints, 3 its place is to be numbered
    -- first, 0 nothing.
    due smallint not null,
    -- Raised when its place or kind changes, so that an older search does not count.
    turn bigint not null default 0
);
create index twin_marks_square on twin_marks (square, received_at, report_id) where square is not null;
create index twin_marks_cell on twin_marks (cell, received_at, report_id) where cell is not null;
create index twin_marks_address on twin_marks (address, received_at, report_id) where address is not null;
create index twin_marks_due on twin_marks (report_id) where due <> 0;
create index twin_marks_ended on twin_marks (ended_at, report_id) where ended_at is not null;
insert into twin_marks (report_id, code, received_at, ended_at, due)
select id, '', received_at, null, 3 from reports where stage in ('received', 'handling');
-- Who may be whose twin, each pair both ways.
create table twins (
    report_id bigint not null,
    twin_id bigint not null,
    points bigint not null,
    -- JSON: [[key, number or null, points]].
    reasons text not null,
    found_at bigint not null,
    -- A person looked and said that they are two problems.
    parted_at bigint,
    parted_by bigint,
    primary key (report_id, twin_id)
);
create index twins_twin on twins (twin_id, report_id);
-- Reports that moved from one case to another of the same problem (并案), until that was undone (撤销并案).
create table case_links (
    id bigint primary key,
    report_id bigint not null,
    from_case_id bigint not null,
    into_case_id bigint not null,
    -- Where the case stood before.
    stage text not null,
    linked_at bigint not null,
    linked_by bigint,
    undone_at bigint,
    undone_by bigint
);
create index case_links_from on case_links (from_case_id, id);
create index case_links_into on case_links (into_case_id, id);
-- Whoever follows another's report and adds their own words sends a form once, however often it arrives.
create table seconded (
    form_key text primary key,
    report_id bigint not null,
    at bigint not null
);
