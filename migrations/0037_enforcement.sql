-- Penalty cases (处罚案件). The body is the case as the rules know it; the columns beside it are what lists ask for.
create table penalty_cases (
    id bigint primary key,
    number text not null unique,
    unit_id bigint,
    author_id bigint,
    procedure text not null,
    stage text not null,
    is_open smallint not null,
    matter text not null,
    party text not null,
    title text not null,
    place text not null,
    lon double precision,
    lat double precision,
    source text not null default '',
    source_id bigint,
    fine bigint,
    clue_at bigint not null,
    decided_at bigint,
    closed_at bigint,
    president_id bigint,
    term text not null default '',
    due_at bigint,
    -- Of which end the people were told that it is near, and that it is past.
    told_near_at bigint,
    told_over_at bigint,
    revision bigint not null,
    body text not null
);
create index penalty_cases_open on penalty_cases (is_open, stage, clue_at, id);
create index penalty_cases_unit on penalty_cases (unit_id, is_open, clue_at, id);
create index penalty_cases_author on penalty_cases (author_id, clue_at, id);
create index penalty_cases_source on penalty_cases (source, source_id);
create index penalty_cases_due on penalty_cases (due_at) where due_at is not null;
create index penalty_cases_clue on penalty_cases (clue_at, id);
-- Who investigates or has investigated: their cases exist for them wherever they serve.
create table penalty_investigators (
    case_id bigint not null,
    account_id bigint not null,
    primary key (case_id, account_id)
);
create index penalty_investigators_account on penalty_investigators (account_id, case_id);
