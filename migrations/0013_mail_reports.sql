-- What came back about an e-mail after the relay took it: what was said, never the message itself and never an address.
create table mail_reports (
    report_id   uuid        primary key,
    message_id  uuid        not null references messages,
    received_at timestamptz not null,
    fingerprint bytea       not null check (length(fingerprint) = 32),   -- keyed hash: the same report comes twice
    action      text        not null check (action in ('failed', 'delayed', 'delivered', 'relayed', 'expanded', 'unread')),
    status      text        check (status ~ '^[245]\.[0-9]{1,3}\.[0-9]{1,3}$'),
    diagnostic  text        not null check (length(diagnostic) <= 200),
    about       text        check (length(about) <= 200),                -- Message-ID of the content that came back
    found_by    text        not null check (found_by in ('return_path', 'message_id')),
    effect      text        not null check (effect in ('bounced', 'noted', 'overtaken')),
    constraint mail_reports_once unique (message_id, fingerprint),
    constraint mail_reports_only_failures_bounce check (effect <> 'bounced' or action = 'failed')
);

-- Addresses that refused: mails to them wait or fail until then. Keyed hash, never the address itself.
create table suppressed_addresses (
    address_hash     bytea       primary key check (length(address_hash) = 32),
    status           text,       -- what the server said, when it said it
    suppressed_at    timestamptz not null,
    suppressed_until timestamptz not null,
    message_id       uuid        not null references messages,            -- the mail that was refused
    constraint suppressed_addresses_period check (suppressed_until > suppressed_at)
);
create index suppressed_addresses_end on suppressed_addresses (suppressed_until);

-- What came back and no program could place: sealed, for an operator, for some weeks.
create table kept_mail (
    kept_id     uuid        primary key,
    received_at timestamptz not null,
    fingerprint bytea       not null constraint kept_mail_once unique check (length(fingerprint) = 32),
    message_id  uuid        references messages,                          -- the mail that it is about, when that is known
    byte_count  integer     not null,                                     -- of the whole; the head of it is kept
    sealed      bytea       not null
);
create index kept_mail_age on kept_mail (received_at);

-- Where the mails of a request go since an officer corrected its address; the form stays as it was filed.
create table request_mail_addresses (
    request_id   uuid        primary key references requests,
    email        text        not null,
    proof_id     uuid        not null references email_proofs,
    corrected_by uuid        not null references staff,
    corrected_at timestamptz not null
);

-- A mail that is sent again is a new row, so that what comes back about the old one does not disturb it.
alter table messages add column replaces uuid references messages constraint messages_replaced_once unique;
create index messages_queued on messages (lower(email)) where fate = 'queued';

alter table message_attempts drop constraint message_attempts_outcome_check;
alter table message_attempts add constraint message_attempts_outcome_check
    check (outcome in ('accepted', 'transient', 'permanent', 'suppressed'));

grant select, insert, update on mail_reports, request_mail_addresses to aktivasi_app;
grant select, insert, update, delete on suppressed_addresses to aktivasi_app;
grant select, insert, delete on kept_mail to aktivasi_app;
