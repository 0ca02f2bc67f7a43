-- Other systems of the DJP, known by the public keys that they sign with.
create table clients (
    client_id       uuid        primary key,
    name            text        not null constraint clients_name_key unique,
    office_code     text        references offices,        -- null: pairs of every office
    scopes          text[]      not null,
    created_at      timestamptz not null,
    created_by      uuid        references staff,           -- null: the command line
    disabled_at     timestamptz,
    disabled_reason text,
    constraint clients_scopes_known check (
        cardinality(scopes) > 0 and scopes <@ array['credentials:activation', 'credentials:desktop', 'credentials:password']),
    constraint clients_disabled_shape check ((disabled_at is null) = (disabled_reason is null))
);
create index clients_of_office on clients (office_code);

-- A key belongs to one client for ever: the thumbprint (RFC 7638) of a retired key is never taken again.
create table client_keys (
    thumbprint text        primary key check (thumbprint ~ '^[A-Za-z0-9_-]{43}$'),
    client_id  uuid        not null references clients,
    curve      text        not null check (curve in ('Ed25519', 'P-256')),
    x          text        not null check (x ~ '^[A-Za-z0-9_-]{43}$'),
    y          text        check (y ~ '^[A-Za-z0-9_-]{43}$'),
    added_at   timestamptz not null,
    not_after  timestamptz,
    retired_at timestamptz,
    constraint client_keys_shape check ((curve = 'P-256') = (y is not null))
);
create index client_keys_of_client on client_keys (client_id);

-- Assertions that were taken, until they would have expired anyway: each works once.
create table client_assertions (
    client_id  uuid        not null references clients,
    jti_hash   bytea       not null,
    expires_at timestamptz not null,
    primary key (client_id, jti_hash)
);
create index client_assertions_age on client_assertions (expires_at);

-- Keys that sign access tokens. Every replica reads them here; which one signs follows from the time alone.
create table token_keys (
    key_id     uuid        primary key,
    public_key bytea       not null check (octet_length(public_key) = 32),
    sealed     bytea       not null,
    made_at    timestamptz not null,
    signs_from timestamptz not null,
    revoked_at timestamptz,
    constraint token_keys_are_published_first check (signs_from >= made_at)
);

-- An act of another system is one of its client.
alter table audit_events drop constraint audit_events_actor_kind_check;
alter table audit_events add constraint audit_events_actor_kind_check
    check (actor_kind in ('staff', 'taxpayer', 'stranger', 'system', 'operator_console', 'client')) not valid;
alter table audit_events validate constraint audit_events_actor_kind_check;

grant select, insert, update on clients, client_keys to aktivasi_app;
grant select, insert, delete on client_assertions to aktivasi_app;
grant select, insert, update, delete on token_keys to aktivasi_app;
