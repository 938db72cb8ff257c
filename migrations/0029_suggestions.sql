-- What the words of each report were taken for, by which version, and what its case was filed as.
create table suggestions (
    report_id bigint primary key,
    version text not null,
    offered_at bigint not null,
    -- Sub-classes as event-0110, the likeliest first, and how sure each was in thousandths; empty and 0 where there was none.
    first_key text not null,
    first_share bigint not null,
    second_key text not null,
    second_share bigint not null,
    third_key text not null,
    third_share bigint not null,
    -- Whether the reporter saw them, and what the report then named; empty for nothing.
    is_shown smallint not null,
    chosen_key text not null,
    filed_key text not null,
    filed_at bigint
);
-- How good they were, counted as the cases are filed: by month, version, and band of confidence (0 to 9: tenths).
create table suggestion_bands (
    month text not null,
    version text not null,
    band bigint not null,
    cases bigint not null,
    -- The confidences of the first, added up, in thousandths.
    shares bigint not null,
    right_first bigint not null,
    right_three bigint not null,
    shown bigint not null,
    -- Of those that were shown: the reporter took the first.
    taken bigint not null,
    primary key (month, version, band)
);
-- The same by what was suggested first and what it was filed as.
create table suggestion_pairs (
    month text not null,
    version text not null,
    first_key text not null,
    filed_key text not null,
    cases bigint not null,
    in_three bigint not null,
    primary key (month, version, first_key, filed_key)
);
-- What was learnt: the bytes of each model, and how it did on texts that no model learns from.
create table suggestion_models (
    version text primary key,
    made_at bigint not null,
    bytes bytea not null,
    texts bigint not null,
    -- JSON: see src/suggestions/suggestion.rs, Figures.
    figures text not null,
    is_current smallint not null,
    taken_at bigint
);
create index suggestion_models_made on suggestion_models (made_at);
-- Learning: asked for by somebody, or once for each night.
create table suggestion_learnings (
    id bigint primary key,
    night_on text unique,
    asked_by bigint,
    asked_at bigint not null,
    state text not null check (state in ('queued', 'running', 'taken', 'worse', 'overtaken', 'too-few', 'failed')),
    begun_at bigint,
    ended_at bigint,
    version text not null,
    -- What was in use, and is compared with.
    present text not null,
    texts bigint not null,
    -- JSON: the figures of both.
    found text not null
);
create index suggestion_learnings_asked on suggestion_learnings (asked_at, id);
create index suggestion_learnings_open on suggestion_learnings (state, asked_at) where state in ('queued', 'running');
