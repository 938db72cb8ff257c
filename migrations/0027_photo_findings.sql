-- What a photo looks like, so that the same picture is found again whatever was done to it.
create table photo_prints (
    photo_id bigint primary key,
    -- Five prints of 255 bits: see understanding/src/photos/print.rs. Null until somebody looked; empty when there is too
    -- little to see on it.
    print bytea
);
create index photo_prints_open on photo_prints (photo_id) where print is null;
insert into photo_prints (photo_id, print) select id, null from photos;
-- Photos that show handled work: each is compared once.
create table photo_checks (
    photo_id bigint primary key,
    case_id bigint not null,
    asked_at bigint not null,
    done_at bigint
);
create index photo_checks_open on photo_checks (photo_id) where done_at is null;
-- What the comparison found; whoever verifies the work reads it beside the photo.
create table photo_findings (
    photo_id bigint not null,
    kind text not null check (kind in ('same-picture', 'alike', 'taken-before-dispatch', 'taken-elsewhere', 'no-metadata')),
    -- The other photo; 0 when it is about none.
    other_photo_id bigint not null,
    case_id bigint not null,
    -- JSON: how near, how it was laid, how far away, when.
    details text not null,
    found_at bigint not null,
    primary key (photo_id, kind, other_photo_id)
);
create index photo_findings_case on photo_findings (case_id, photo_id);
create index photo_findings_other on photo_findings (other_photo_id, case_id) where other_photo_id <> 0;
create index photos_author on photos (author_id, id) where author_id is not null;
