-- What everybody reads of penalty decisions (处罚决定公开): a row an entry of the public list. The text goes when it is withdrawn; the log
-- keeps it.
create table publications (
    id bigint primary key,
    case_id bigint not null,
    -- Which of the case's entries, from 0.
    place bigint not null,
    -- By which it is addressed.
    code text not null unique,
    number text not null,
    party text not null,
    matter text not null,
    -- What is searched, in small letters.
    words text not null,
    published_at bigint not null,
    published_on text not null,
    -- The last civil day on the list.
    listed_until text not null,
    withdrawn_at bigint,
    reason text not null,
    body text not null,
    unique (case_id, place)
);
create index publications_listed on publications (published_at, id);
create index publications_matter on publications (matter, published_at, id);
create index publications_number on publications (number);
