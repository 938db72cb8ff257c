-- Notices to people: one row is one notice to one person, told once.
create table notices (
    id bigint primary key,
    account_id bigint not null,
    kind text not null,
    -- What the sentences need, as JSON.
    args text not null,
    link text not null,
    urgency text not null check (urgency in ('ordinary', 'urgent')),
    once text not null,
    sent_at bigint not null,
    read_at bigint,
    unique (account_id, once)
);
create index notices_of_account on notices (account_id, id);
create index notices_unread on notices (account_id, id) where read_at is null;

-- What somebody wishes to be told outside of the program; whoever has no row has the program's defaults.
create table notice_settings (
    account_id bigint primary key,
    -- The language of what leaves the program; empty: the city's first.
    lang text not null,
    email text not null check (email in ('none', 'ordinary', 'urgent', 'all')),
    push text not null check (push in ('none', 'ordinary', 'urgent', 'all')),
    sms text not null check (sms in ('none', 'ordinary', 'urgent', 'all')),
    -- Their own quiet hours, such as 22:00; both or neither.
    quiet_from text,
    quiet_until text,
    revision bigint not null
);

-- Where e-mails and short messages go. An address is used once its owner has typed the code that was sent there.
create table notice_addresses (
    account_id bigint not null,
    channel text not null check (channel in ('email', 'sms')),
    -- The address in use; empty until the first is confirmed.
    address text not null,
    -- The address that waits for its code; empty when none does.
    wanted text not null,
    -- A digest of the code; empty when none is open.
    code text not null,
    code_until_at bigint not null,
    code_tries bigint not null,
    -- When the last code was asked for, and how many were within the day that began then.
    asked_at bigint not null,
    asked_since_at bigint not null,
    asked_count bigint not null,
    revision bigint not null,
    primary key (account_id, channel)
);

-- Browsers that show notices even when no page is open.
create table notice_devices (
    id bigint primary key,
    account_id bigint not null,
    endpoint text not null unique,
    p256dh text not null,
    auth text not null,
    name text not null,
    made_at bigint not null,
    last_at bigint
);
create index notice_devices_of_account on notice_devices (account_id, id);

-- The outbox: one row for each notice and way out; for web push, for each browser.
create table notice_deliveries (
    id bigint primary key,
    notice_id bigint not null,
    account_id bigint not null,
    channel text not null check (channel in ('email', 'push', 'sms')),
    -- The browser; 0 for the other channels.
    device_id bigint not null,
    urgency text not null check (urgency in ('ordinary', 'urgent')),
    state text not null check (state in ('waiting', 'sending', 'sent', 'failed', 'dropped')),
    -- While it waits: when it is looked at next. While it is being sent: until when whoever sends it may take.
    due_at bigint not null,
    -- Why it waits until then.
    why text not null,
    tries bigint not null,
    -- Who is sending it; empty when nobody is.
    lease text not null,
    -- What went wrong last, or why it was dropped; empty when nothing did.
    fault text not null,
    detail text not null,
    made_at bigint not null,
    ended_at bigint,
    unique (notice_id, channel, device_id)
);
create index notice_deliveries_due on notice_deliveries (channel, urgency, due_at, account_id, id) where state = 'waiting';
create index notice_deliveries_leased on notice_deliveries (due_at) where state = 'sending';
create index notice_deliveries_state on notice_deliveries (state, id);

-- Keys that the program made for itself, such as the one that push services know it by.
create table notice_keys (
    name text primary key,
    value text not null,
    made_at bigint not null
);
