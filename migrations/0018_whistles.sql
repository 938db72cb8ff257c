-- Whistles (吹哨): one call to several departments, a leg each, and the enforcement files that are opened from them.
-- A whistle is kept whole with its legs in `body`, as the rules read it; the columns beside it and the table of legs are what
-- lists ask for and what the evaluation counts, written from it at every save.
create table whistles (
    id bigint primary key,
    number text not null unique,
    kind text not null check (kind in ('hard-problem', 'joint-enforcement', 'emergency')),
    stage text not null check (stage in ('drafted', 'awaiting-approval', 'blown', 'ended', 'withdrawn')),
    is_open smallint not null,
    case_id bigint,
    author_id bigint,
    lead_id bigint,
    -- A refusal or an approval waits for a superior.
    is_asking smallint not null,
    -- One of its legs is past a clock, or was when it ended.
    is_late smallint not null,
    drafted_at bigint not null,
    blown_at bigint,
    ended_at bigint,
    rating_closes_at bigint,
    revision bigint not null,
    body text not null
);
create index whistles_drafted on whistles (drafted_at, id);
create index whistles_open on whistles (drafted_at, id) where is_open = 1;
create index whistles_case on whistles (case_id, id) where case_id is not null;
create index whistles_ended on whistles (ended_at, id) where ended_at is not null;
create table whistle_legs (
    whistle_id bigint not null,
    id bigint not null,
    department_id bigint not null,
    kind text not null check (kind in ('management', 'enforcement', 'support')),
    stage text not null check (stage in ('waiting', 'called', 'refused', 'signed', 'arrived', 'working', 'fed-back',
        'accepted', 'failed', 'excused', 'released')),
    is_open smallint not null,
    is_lead smallint not null,
    -- When the next clock runs out that nobody has been told of; the sweep walks it.
    alert_at bigint,
    -- The raw material of the evaluation; see whistles/store.rs.
    called_at bigint,
    signed_at bigint,
    arrived_at bigint,
    fed_back_at bigint,
    ended_at bigint,
    is_signed_in_time smallint,
    is_contacted_in_time smallint,
    is_arrived_in_time smallint,
    is_worked_in_time smallint,
    arrival_minutes bigint,
    arrival_metres bigint,
    is_at_place smallint,
    result text check (result in ('done', 'partly', 'failed')),
    is_refused smallint not null,
    is_upheld smallint not null,
    sent_back_count bigint not null,
    department_stars bigint,
    whistle_necessary bigint,
    whistle_accurate bigint,
    primary key (whistle_id, id)
);
create index whistle_legs_alert on whistle_legs (alert_at) where alert_at is not null;
create index whistle_legs_department on whistle_legs (department_id, whistle_id);
create index whistle_legs_ended on whistle_legs (ended_at, department_id) where ended_at is not null;

-- An enforcement file, as far as it goes before the enforcement room: where it came from, and its evidence, sealed.
create table enforcement_files (
    id bigint primary key,
    number text not null unique,
    whistle_id bigint not null unique,
    case_id bigint,
    opened_at bigint not null,
    opened_by bigint,
    -- JSON: photos and facts with their digests.
    evidence text not null,
    -- SHA-256 of `evidence`, in hexadecimal.
    seal text not null
);
create index enforcement_files_case on enforcement_files (case_id) where case_id is not null;

-- Photos may belong to a whistle, too. Which subjects there are, the program says: every room that takes photos has its own.
create table photos_anew (
    id bigint primary key,
    subject text not null,
    subject_id bigint not null,
    purpose text not null check (purpose in ('before', 'after', 'check', 'other')),
    original_digest text not null,
    original_bytes bigint not null,
    format text not null check (format in ('jpeg', 'png', 'webp', 'heic')),
    width bigint not null,
    height bigint not null,
    orientation bigint not null,
    lat double precision,
    lon double precision,
    taken_at_text text,
    make text,
    model text,
    large_digest text not null,
    small_digest text not null,
    author_id bigint,
    received_at bigint not null,
    is_public smallint not null
);
insert into photos_anew (id, subject, subject_id, purpose, original_digest, original_bytes, format, width, height,
    orientation, lat, lon, taken_at_text, make, model, large_digest, small_digest, author_id, received_at, is_public)
select id, subject, subject_id, purpose, original_digest, original_bytes, format, width, height,
    orientation, lat, lon, taken_at_text, make, model, large_digest, small_digest, author_id, received_at, is_public
from photos;
create table original_views_anew (
    id bigint primary key,
    photo_id bigint not null,
    account_id bigint not null,
    viewed_at bigint not null
);
insert into original_views_anew (id, photo_id, account_id, viewed_at)
select id, photo_id, account_id, viewed_at from original_views;
drop table original_views;
alter table original_views_anew rename to original_views;
drop table photos;
alter table photos_anew rename to photos;
create index photos_subject on photos (subject, subject_id, id);
create index photos_original on photos (original_digest);
create index original_views_photo on original_views (photo_id, id);
