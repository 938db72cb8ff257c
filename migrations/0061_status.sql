-- Whether the program works, minute by minute, kept by day: how many looks found a part working and how many did not.
create table status_days (
    part text not null check (part in ('reports', 'photos', 'notices', 'map', 'open311')),
    day_on text not null,
    good bigint not null,
    bad bigint not null,
    primary key (part, day_on)
);
-- What the administrator announces: a fault that everybody sees, or work that is planned.
create table announcements (
    id bigint primary key,
    kind text not null check (kind in ('fault', 'maintenance')),
    -- The parts that it is about, parted by spaces.
    parts text not null,
    title_zh text not null,
    -- Empty: the Chinese one is shown.
    title_en text not null,
    begins_at bigint not null,
    -- When it is planned to end; a fault may not know.
    ends_at bigint,
    ended_at bigint,
    made_at bigint not null,
    made_by bigint not null,
    revision bigint not null
);
create index announcements_begins on announcements (begins_at);
-- What is said of it, one after the other.
create table announcement_updates (
    id bigint primary key,
    announcement_id bigint not null references announcements (id),
    text_zh text not null,
    text_en text not null,
    at bigint not null,
    by_id bigint not null
);
create index announcement_updates_of on announcement_updates (announcement_id, id);
-- When something that operators do was done last.
create table operated (
    name text primary key,
    at bigint not null
);
