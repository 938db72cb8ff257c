-- What each program that serves has counted of whoever asks, in the minute that runs and the one before: the others read it once a second, so
-- that limits hold over all of them. Nobody can be made out in it, and what ends takes its row along.
create table paces_told (
    instance bigint primary key,
    told text not null
);
