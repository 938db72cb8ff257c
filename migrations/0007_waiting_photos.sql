-- Photos of a form that was answered with a question or a refusal: they wait, under a name that nobody can guess and bound
-- to the form's own key, until the form is sent again; after a day they are swept away.
create table waiting_photos (
    id text primary key,
    form_key text not null,
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
    received_at bigint not null
);
create index waiting_photos_key on waiting_photos (form_key, received_at);
create index waiting_photos_received on waiting_photos (received_at);
-- Which closing a citizen asked to reopen: once for each.
alter table reports add column reopen_asked_for bigint not null default 0;
