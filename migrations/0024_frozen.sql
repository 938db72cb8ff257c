-- One row for each period. Whoever freezes a month, gives points by hand or removes older countings of the period takes
-- the row first and holds it to the end of the transaction, so that the next one sees what was done.
create table evaluation_turns (
    period text primary key
);
-- Who belonged where and how large everything was when a run counted, as JSON: a check counts by it.
create table evaluation_grounds (
    run_id bigint primary key,
    people text not null,
    normals text not null
);
-- While a frozen month is checked: the cases that changed since, and their clocks, as they stood when the month was
-- counted. They are made again from the facts and removed when the check ends.
create table evaluation_past_cases (
    run_id bigint not null,
    id bigint not null,
    number text not null,
    title text not null,
    code_set text not null,
    kind text not null,
    code text not null,
    cell text not null,
    street text not null,
    community text not null,
    address text not null,
    source text not null,
    is_urgent smallint not null,
    stage text not null,
    is_open smallint not null,
    department_id bigint,
    crew_id bigint,
    keeper_id bigint,
    opened_at bigint not null,
    stage_since_at bigint not null,
    fed_back_at bigint,
    closed_at bigint,
    outcome text,
    rework_count bigint not null,
    return_count bigint not null,
    reopen_count bigint not null,
    opened_by bigint,
    parent_id bigint,
    request_kind text,
    is_supervised smallint not null,
    primary key (run_id, id)
);
create table evaluation_past_timers (
    run_id bigint not null,
    case_id bigint not null,
    seq bigint not null,
    kind text not null,
    unit text not null,
    value bigint not null,
    extra bigint not null,
    started_at bigint not null,
    warn_at bigint,
    due_at bigint,
    paused_at bigint,
    finished_at bigint,
    finish text,
    overdue_ms bigint,
    is_exempt smallint not null,
    department_id bigint,
    account_id bigint,
    crew_id bigint,
    primary key (run_id, case_id, seq)
);
