-- When people were reminded of a hand-over: one that lacks a signature, or one that a shift never wrote.
alter table duty_hand_overs add column reminded_at bigint;
alter table duty_shifts add column reminded_at bigint;
-- The session in which a browser was added: with its end by signing out the browser is told nothing more.
alter table notice_devices add column session_key text not null default '';
create index notice_devices_session on notice_devices (session_key);
