-- What became of what a paper says: 'changed' or 'revoked', else empty. `changed_at` says since when, `changed_by_id` which paper says so
-- once that is issued. Papers that were marked before had been changed.
alter table papers add column outcome text not null default '';
-- What became of a published decision while its entry is not withdrawn yet: 'changed' or 'revoked', else empty. Such an entry stands on no
-- list and in no feed; its own page says it.
alter table publications add column outcome text not null default '';
alter table publications add column outcome_at bigint;
-- What a bank reported, file by file and line by line; kept, whatever became of it.
create table bank_files (
    id bigint primary key,
    name text not null,
    -- The SHA-256 of its content: the same file twice is told.
    digest text not null,
    taken_at bigint not null,
    taken_on text not null,
    taken_by bigint not null,
    lines bigint not null
);
create index bank_files_digest on bank_files (digest);
create index bank_files_taken on bank_files (taken_at, id);
create table bank_lines (
    id bigint primary key,
    file_id bigint not null,
    -- Where it stands in the file, from 2.
    line bigint not null,
    -- As the bank wrote it.
    number text not null,
    paid_on text not null,
    -- In fen; none when it could not be read.
    amount bigint,
    amount_text text not null,
    receipt text not null,
    towards text not null,
    -- matched: posted to a case; known: it was there already; unmatched: no case was found; refused: the rules say no, or it cannot be read.
    state text not null check (state in ('matched', 'known', 'unmatched', 'refused', 'proposed', 'set-aside')),
    -- The case that it was posted to, or that has it already.
    case_id bigint,
    -- The key of the sentence that says why not, and what it names (JSON).
    why text not null,
    why_args text not null,
    -- Whoever matched it by hand or set it aside, and what they said.
    settled_by bigint,
    settled_at bigint,
    settled_words text not null,
    revision bigint not null,
    unique (file_id, line)
);
create index bank_lines_state on bank_lines (state, id);
create index bank_lines_paid on bank_lines (paid_on, id);
create index bank_lines_case on bank_lines (case_id, id);
