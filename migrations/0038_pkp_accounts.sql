-- A PKP in its account. A session belongs to the pair that it was opened with, and lives only while that pair is active.
create table account_sessions (
    session_id    uuid        primary key,
    taxpayer_id   uuid        not null references taxpayers,
    credential_id uuid        not null references credentials,
    created_at    timestamptz not null,
    last_seen_at  timestamptz not null,
    expires_at    timestamptz not null,
    ended_at      timestamptz
);
create index account_sessions_of_credential on account_sessions (credential_id) where ended_at is null;

-- What happened to an account, for its PKP.
create index audit_events_of_taxpayer on audit_events (taxpayer_id, event_id) where taxpayer_id is not null;

grant select, insert, update, delete on account_sessions to aktivasi_app;
