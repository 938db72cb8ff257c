-- Lists of departments and of staff that somebody brought: looked at first, then kept or discarded. What staff of a kept list need
-- beside their account (that they may sign in, another post, that they may no longer) waits for the security administrator.
create table rolls (
    id bigint primary key,
    subject text not null check (subject in ('departments', 'staff')),
    name text not null,
    sha256 text not null,
    bytes bigint not null,
    state text not null check (state in ('waiting', 'kept', 'discarded')),
    found text not null,
    is_leave_asked smallint not null default 0,
    author_id bigint references accounts (id),
    brought_at bigint not null,
    decider_id bigint references accounts (id),
    decided_at bigint,
    releaser_id bigint references accounts (id),
    released_at bigint,
    revision bigint not null
);
-- Its rows as they were read, and what would come, or came, of each; after them those who are in the city and not in the list.
create table roll_rows (
    roll_id bigint not null references rolls (id),
    position bigint not null,
    said text not null,
    what text not null check (what in ('new', 'changed', 'same', 'refused', 'missing')),
    judged text not null,
    primary key (roll_id, position)
);
create index roll_rows_what on roll_rows (roll_id, what, position);
