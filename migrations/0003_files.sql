-- Photos: the sealed original and its clean copies, by digest; and who looked at originals.
create table photos (
    id bigint primary key,
    subject text not null check (subject in ('report', 'case')),
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
create index photos_subject on photos (subject, subject_id, id);
create index photos_original on photos (original_digest);
create table original_views (
    id bigint primary key,
    photo_id bigint not null references photos (id),
    account_id bigint not null references accounts (id),
    viewed_at bigint not null
);
create index original_views_photo on original_views (photo_id, id);
