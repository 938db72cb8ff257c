-- Practice (教学演练): invented cases and what learners do with them. Nothing here is a case, and nothing of a case points here.
create table teaching_exercises (
    id bigint primary key,
    status text not null check (status in ('draft', 'published', 'withdrawn')),
    title text not null,
    level text not null,
    made_at bigint not null,
    made_by bigint not null,
    changed_at bigint not null,
    changed_by bigint not null,
    revision bigint not null,
    -- The exercise; whoever made it of a real case has removed all persons.
    body text not null
);
create index teaching_exercises_status on teaching_exercises (status, id);

create table teaching_runs (
    id bigint primary key,
    account_id bigint not null,
    -- The name of the exercise's file, or `own-` and the identifier of one of the city's own.
    exercise text not null,
    status text not null check (status in ('open', 'done', 'missed', 'left')),
    stage text not null,
    -- Moments of the real clock.
    begun_at bigint not null,
    touched_at bigint not null,
    finished_at bigint,
    steps bigint not null,
    mistakes bigint not null,
    undone bigint not null,
    revision bigint not null,
    -- The run: exercise, case, its own clock, its facts.
    body text not null
);
create index teaching_runs_account on teaching_runs (account_id, touched_at, id);
create index teaching_runs_exercise on teaching_runs (exercise, account_id);

create table teaching_attempts (
    id bigint primary key,
    run_id bigint not null,
    account_id bigint not null,
    exercise text not null,
    -- The real clock, and the run's own.
    at bigint not null,
    run_at bigint not null,
    step text not null,
    -- Who was played: the key of a person, with the role.
    part text not null,
    role text not null,
    outcome text not null check (outcome in ('done', 'refused', 'slip', 'undone', 'waited')),
    -- The refusal, with its document and article; empty when there is none.
    code text not null,
    sentence text not null,
    law text not null,
    article text not null,
    typed text not null
);
create index teaching_attempts_run on teaching_attempts (run_id, id);
create index teaching_attempts_at on teaching_attempts (at, exercise) where outcome = 'refused';

create table teaching_assignments (
    exercise text not null,
    account_id bigint not null,
    due_on text not null,
    assigned_at bigint not null,
    assigned_by bigint not null,
    primary key (account_id, exercise)
);
