-- How often a message was refused: an address that is in trouble refuses nothing, however often it is knocked at.
alter table webhook_deliveries add column refusals bigint not null default 0;
-- What a request said that came with a key of its own against repetitions, as a digest: the same key with other words is no repetition.
alter table open311_requests add column said text;
