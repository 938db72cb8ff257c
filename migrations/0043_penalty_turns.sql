-- Whose turn a penalty case is (of its stage, and of whoever must answer something beside it), by whom its party is known, and when
-- it came to an outcome against that party.
alter table penalty_cases add column turns text not null default '';
alter table penalty_cases add column party_code text not null default '';
alter table penalty_cases add column outcome_at bigint;
update penalty_cases set outcome_at = decided_at;
update penalty_cases set turns = case
    when stage in ('awaiting-filing', 'awaiting-decision', 'awaiting-closing', 'hearing-asked') then ',head,'
    when stage in ('in-review', 'in-final-review') then ',legal-reviewer,'
    when stage in ('hearing-called', 'heard') then ',hearing-president,'
    when stage = 'closed' then ',archivist,'
    when stage in ('archived', 'not-filed') then ''
    else ',officer,' end;
create index penalty_cases_party on penalty_cases (party);
create index penalty_cases_party_code on penalty_cases (party_code) where party_code <> '';
-- Who may review penalty decisions (行政处罚法 art. 58): by the legal qualification, or because they did so before it was asked for.
create table review_qualifications (
    account_id bigint primary key references accounts (id),
    kind text not null check (kind in ('passed', 'before')),
    number text not null,
    since_on text not null,
    kept_at bigint not null,
    kept_by bigint not null
);
