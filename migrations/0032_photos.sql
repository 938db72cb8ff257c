-- Black rectangles over photos (遮挡): rows over the sealed original. The public copies are made anew with them; a
-- rectangle that is taken away again gets a row of its own, so that the history only grows.
create table photo_rectangles (
    id bigint primary key,
    photo_id bigint not null,
    kind text not null check (kind in ('face', 'plate', 'other')),
    -- Thousandths of the upright picture.
    from_left bigint not null,
    from_top bigint not null,
    width bigint not null,
    height bigint not null,
    author_id bigint not null,
    drawn_at bigint not null
);
create index photo_rectangles_photo on photo_rectangles (photo_id, id);
create table photo_rectangle_removals (
    rectangle_id bigint primary key,
    author_id bigint not null,
    removed_at bigint not null
);
-- When somebody had a sealed original compared with its digest, and what came of it.
create table original_checks (
    id bigint primary key,
    photo_id bigint not null,
    account_id bigint not null,
    checked_at bigint not null,
    outcome text not null check (outcome in ('whole', 'altered', 'missing'))
);
create index original_checks_photo on original_checks (photo_id, id);
-- How often the copies were made anew or withheld: whoever changes them says which they saw.
alter table photos add column revision bigint not null default 0;
-- The program with which it was sent, as that names itself.
alter table photos add column agent text;
-- The small copy as it was before anything was blacked out: pictures are compared by it. Null while nothing ever was.
alter table photos add column plain_digest text;
-- Since when a photo that citizens could see is kept from them.
alter table photos add column withheld_at bigint;
alter table waiting_photos add column agent text;
-- The sweeper asks of every file whether a row knows it.
create index photos_large on photos (large_digest);
create index photos_small on photos (small_digest);
create index photos_plain on photos (plain_digest) where plain_digest is not null;
create index documents_digest on documents (digest);
