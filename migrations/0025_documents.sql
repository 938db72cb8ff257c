-- Papers that stand behind a request: stamped letters and the like, as PDF. They are sealed as they came.
create table documents (
    id bigint primary key,
    subject text not null,
    subject_id bigint not null,
    name text not null,
    format text not null check (format in ('pdf')),
    digest text not null,
    bytes bigint not null,
    author_id bigint,
    received_at bigint not null
);
create index documents_subject on documents (subject, subject_id, id);
