-- What was counted, by which definitions, and what came of it. Results are written once and read often; a month that is
-- frozen is never written again: nothing in the program changes or removes what belongs to it.
create table evaluation_definitions (
    version text primary key,
    -- The files, as JSON: [[path, text], …].
    files text not null,
    kept_at bigint not null
);
create table evaluation_runs (
    id bigint primary key,
    -- 2026-10, 2026-Q4, 2026 or 2026-10-01..2026-10-15.
    period text not null,
    last_on text not null,
    -- results: to be read; check: a frozen month counted once more, only compared.
    purpose text not null check (purpose in ('results', 'check')),
    state text not null check (state in ('queued', 'running', 'done', 'failed')),
    version text not null,
    done_days bigint not null,
    all_days bigint not null,
    asked_by bigint,
    asked_at bigint not null,
    begun_at bigint,
    finished_at bigint,
    took_ms bigint not null,
    -- Up to where was counted, and what was known then; 0 until it begins.
    until_at bigint not null,
    known_at bigint not null,
    digest text not null,
    -- Of a check: what differs, as JSON; of a failure: why.
    found text not null
);
create index evaluation_runs_period on evaluation_runs (period, purpose, state, id);
create index evaluation_runs_queue on evaluation_runs (id) where state in ('queued', 'running');
create table evaluation_results (
    run_id bigint not null,
    kind text not null,
    object text not null,
    -- Its place in the lists of what stands behind the counts.
    place bigint not null,
    weight bigint not null,
    counts text not null,
    normals text not null,
    primary key (run_id, kind, object)
);
create index evaluation_results_weight on evaluation_results (run_id, kind, weight);
create table evaluation_times (
    run_id bigint not null,
    kind text not null,
    object text not null,
    amount bigint not null,
    median_ms bigint not null,
    ninetieth_ms bigint not null,
    primary key (run_id, kind, object)
);
-- What stands behind a count, packed: see src/evaluation/members.rs.
create table evaluation_members (
    run_id bigint not null,
    count_id text not null,
    part bigint not null,
    items bigint not null,
    bytes bytea not null,
    primary key (run_id, count_id, part)
);
create table evaluation_adjustments (
    id bigint primary key,
    period text not null,
    scheme text not null,
    kind text not null,
    object text not null,
    -- Millionths of a point.
    points bigint not null,
    reason text not null,
    author_id bigint not null,
    at bigint not null,
    -- Made after the month was frozen: shown beside its result, never in it.
    is_correction smallint not null
);
create index evaluation_adjustments_period on evaluation_adjustments (period, id);
create table evaluation_months (
    month text primary key,
    run_id bigint not null unique,
    version text not null,
    digest text not null,
    frozen_by bigint not null,
    frozen_at bigint not null
);
create table evaluation_scores (
    run_id bigint not null,
    scheme text not null,
    kind text not null,
    object text not null,
    score text not null,
    primary key (run_id, scheme, kind, object)
);
-- Running clocks by what they are due at; those that stand still come first.
create index timers_running on timers ((coalesce(due_at, 0)), case_id, seq, kind, department_id) where finished_at is null;
create index timers_started on timers (started_at, kind);
create index ratings_at on ratings (at);
