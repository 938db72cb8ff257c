-- Official papers (执法文书): what was issued under which number, frozen as it was; and the last number of each series.
create table papers (
    id bigint primary key,
    -- What it belongs to; its room knows more.
    subject text not null,
    subject_id bigint not null,
    kind text not null,
    -- The number's pattern with the organ's mark in it: within it and a year no serial is given twice.
    series text not null,
    year bigint not null,
    -- None for papers that only live inside a file, such as an interview.
    serial bigint,
    number text not null,
    organ text not null,
    issued_at bigint not null,
    issued_on text not null,
    issued_by bigint not null,
    -- Everything that is printed on it (JSON), frozen.
    data text not null,
    -- By which anybody can check it; printed on it, also as a square code.
    code text not null unique,
    -- The SHA-256 of its PDF, once that is sealed.
    digest text,
    voided_at bigint,
    voided_by bigint,
    void_reason text not null,
    -- The later paper that changed what this one says.
    changed_by_id bigint,
    changed_at bigint,
    revision bigint not null,
    unique (series, year, serial)
);
create index papers_subject on papers (subject, subject_id, id);
create index papers_kind on papers (kind, year, id);
create index papers_year on papers (year, id);
create index papers_digest on papers (digest);
create table paper_numbers (
    series text not null,
    year bigint not null,
    last bigint not null,
    primary key (series, year)
);
