-- Repeat complaints (重复投诉): places that are complained of again and again, the months' lists and the meetings about them.
create table repeats (
    id bigint primary key,
    number text not null unique,
    title text not null,
    -- Somebody wrote the title; otherwise it follows the reports.
    is_titled smallint not null,
    rule_id text not null,
    rule_version bigint not null,
    -- The sub-class that most of its reports have (event-0127); empty when nobody has said.
    sub_class text not null,
    lon double precision,
    lat double precision,
    radius_metres bigint not null,
    address text not null,
    -- The address as it is compared.
    address_key text not null,
    street text not null,
    community text not null,
    state text not null check (state in ('found', 'listed', 'decided', 'in-hand', 'done', 'silent', 'returned', 'set-aside')),
    is_open smallint not null,
    state_at bigint not null,
    state_on text not null,
    report_count bigint not null,
    first_at bigint not null,
    last_at bigint not null,
    last_on text not null,
    return_count bigint not null,
    -- The decision that stands: who answers for it, until when.
    department_id bigint,
    leader_id bigint,
    due_on text,
    -- From which day on it is silent when nothing more comes; on which day somebody must next be told.
    silent_on text,
    alert_on text,
    revision bigint not null
);
create index repeats_last on repeats (last_at, id);
create index repeats_count on repeats (report_count, id);
create index repeats_open_last on repeats (last_at, id) where is_open = 1;
create index repeats_open_count on repeats (report_count, id) where is_open = 1;
create index repeats_state_last on repeats (state, last_at, id);
create index repeats_street_last on repeats (street, last_at, id);
create index repeats_due on repeats (due_on, id) where due_on is not null and is_open = 1;
create index repeats_rule_place on repeats (rule_id, lat) where lat is not null;
create index repeats_rule_address on repeats (rule_id, address_key) where address_key <> '';
create index repeats_silent on repeats (silent_on, id) where silent_on is not null;
create index repeats_alert on repeats (alert_on, id) where alert_on is not null;

-- The reports of a repeat. A report belongs to at most one repeat of each rule.
create table repeat_members (
    repeat_id bigint not null,
    report_id bigint not null,
    rule_id text not null,
    received_at bigint not null,
    -- The civil month in which it came: 2026-03.
    month text not null,
    primary key (repeat_id, report_id)
);
create unique index repeat_members_report on repeat_members (report_id, rule_id);
create index repeat_members_month on repeat_members (repeat_id, month);
create index repeat_members_received on repeat_members (repeat_id, received_at, report_id);

-- For which departments a repeat exists: whoever answers for it, and those whose cases are among its reports.
create table repeat_departments (
    department_id bigint not null,
    repeat_id bigint not null,
    is_responsible smallint not null,
    primary key (department_id, repeat_id)
);
create index repeat_departments_repeat on repeat_departments (repeat_id);

-- A month's list, frozen with the rules by which it was made, and the minutes of the meeting about it.
create table repeat_reviews (
    month text primary key,
    id bigint not null unique,
    -- The rules as they were, as JSON.
    rules text not null,
    frozen_at bigint not null,
    report_count bigint not null,
    item_count bigint not null,
    held_on text,
    chair text not null,
    present text not null,
    notes text not null,
    closed_at bigint,
    closed_by bigint,
    revision bigint not null
);
-- What stood on a month's list when it was frozen; never changed.
create table repeat_items (
    month text not null,
    repeat_id bigint not null,
    position bigint not null,
    number text not null,
    title text not null,
    rule_id text not null,
    rule_version bigint not null,
    sub_class text not null,
    street text not null,
    community text not null,
    address text not null,
    lon double precision,
    lat double precision,
    -- Reports of the month; of the month before; altogether until then.
    report_count bigint not null,
    before_count bigint not null,
    total_count bigint not null,
    rise bigint not null,
    urgency bigint not null,
    return_count bigint not null,
    state text not null,
    first_at bigint not null,
    last_at bigint not null,
    -- The department that has most of its cases; who answers for it already comes first.
    department_id bigint,
    primary key (month, repeat_id)
);
create index repeat_items_count on repeat_items (month, report_count, repeat_id);
create index repeat_items_rise on repeat_items (month, rise, repeat_id);
create index repeat_items_urgency on repeat_items (month, urgency, repeat_id);
create index repeat_items_position on repeat_items (month, position);
create index repeat_items_repeat on repeat_items (repeat_id, month);

-- What a meeting decides about an item; changed until the meeting is closed, then never again.
create table repeat_decisions (
    month text not null,
    repeat_id bigint not null,
    words text not null,
    measure text not null,
    department_id bigint not null,
    leader_id bigint,
    due_on text not null,
    author_id bigint,
    at bigint not null,
    primary key (month, repeat_id)
);
create index repeat_decisions_repeat on repeat_decisions (repeat_id, month);

-- Searches through the reports: for a month's list, or because somebody asked.
create table repeat_looks (
    id bigint primary key,
    purpose text not null check (purpose in ('month', 'now')),
    month text not null,
    state text not null check (state in ('queued', 'running', 'done', 'failed')),
    asked_by bigint,
    asked_at bigint not null,
    begun_at bigint,
    finished_at bigint,
    report_count bigint not null,
    found_count bigint not null,
    fresh_count bigint not null,
    took bigint not null
);
-- One at a time, however many programs serve the city; a month is asked for once.
create unique index repeat_looks_running on repeat_looks (state) where state = 'running';
create unique index repeat_looks_queued on repeat_looks (purpose, month) where state = 'queued';
create index repeat_looks_asked on repeat_looks (asked_at, id);

-- What other rooms have to say on the page of a case, with where it leads.
create table case_marks (
    case_id bigint not null,
    kind text not null,
    subject_id bigint not null,
    number text not null,
    count bigint not null,
    since_at bigint not null,
    primary key (case_id, kind, subject_id)
);
create index case_marks_subject on case_marks (kind, subject_id);
