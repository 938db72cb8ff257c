-- A follow may be told to a browser by web push instead of by e-mail: then its e-mail is empty and these three are not.
alter table follows add column endpoint text not null default '';
alter table follows add column p256dh text not null default '';
alter table follows add column auth text not null default '';
create index follows_endpoint on follows (endpoint) where endpoint <> '';
