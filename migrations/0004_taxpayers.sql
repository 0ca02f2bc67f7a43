-- Who an identity number belongs to: every form (NPWP 15, NPWP 16, NIK, NITKU) maps to one row.
create table taxpayers (
    taxpayer_id     uuid        primary key,
    canonical       text        not null constraint taxpayers_canonical_key unique,  -- TaxId::canonical of its first form
    npwp15          text        constraint taxpayers_npwp15_key unique check (npwp15 ~ '^[0-9]{15}$'),
    npwp16          text        constraint taxpayers_npwp16_key unique check (npwp16 ~ '^[0-9]{16}$'),
    nik             text        constraint taxpayers_nik_key unique check (nik ~ '^[0-9]{16}$'),
    nitku           text        constraint taxpayers_nitku_key unique check (nitku ~ '^[0-9]{22}$'),
    kind            text        not null check (kind in ('entity', 'branch', 'person', 'provisional')),
    name            text        not null,
    office_code     text        references offices,
    address         text        not null default '',
    city            text        not null default '',
    province        text        not null default '',
    email           text,       -- information beside the account's address; an import never changes the account
    pkp_status      text        check (pkp_status in ('confirmed', 'revoked')),
    revocation_number text,
    revocation_on   date,
    evidence_case   text        check (evidence_case in ('a1', 'a2', 'b', 'r1', 'r2', 'r3')),
    evidence_number text,
    evidence_on     date,
    sppkp_number    text,
    sppkp_on        date,
    sppkp_office    text        references offices,
    source          text        not null,   -- import file or the officer who entered it
    updated_at      timestamptz not null,
    version         integer     not null default 1,
    constraint taxpayers_unknown_ones_are_provisional check (
        kind = 'provisional' or (office_code is not null and num_nonnulls(npwp15, npwp16, nik, nitku) > 0))
);
create index taxpayers_of_office on taxpayers (office_code);

create table taxpayer_changes (
    change_id   bigint      generated always as identity primary key,
    taxpayer_id uuid        not null references taxpayers,
    changed_at  timestamptz not null,
    changed_by  text        not null,
    before      jsonb,
    after       jsonb       not null
);
create index taxpayer_changes_of_taxpayer on taxpayer_changes (taxpayer_id);

-- Who may sign for a taxpayer.
create table persons (
    person_id   uuid        primary key,
    taxpayer_id uuid        not null references taxpayers,
    name        text        not null,
    position    text        not null,
    capacity    text        not null check (capacity in ('pkp', 'pengurus', 'kuasa')),
    id_kind     text        not null check (id_kind in ('ktp', 'paspor')),
    id_last4    text        not null check (id_last4 ~ '^[0-9A-Z]{4}$'),
    id_lookup   bytea,      -- keyed hash of the whole number, when it is known
    updated_at  timestamptz not null,
    constraint persons_once unique (taxpayer_id, name, id_last4)
);

-- The PKP account: its address is ours, set at grant, changed only by update_email.
create table accounts (
    taxpayer_id      uuid        primary key references taxpayers,
    email            text        not null,
    alternate_email  text,
    email_changed_at timestamptz,     -- null: as it was granted or imported
    version          integer     not null default 1
);

-- A pair of Kode Aktivasi and Password e-Nofa.
create table credentials (
    credential_id   uuid        primary key,
    taxpayer_id     uuid        not null references taxpayers,
    office_code     text        not null,            -- issuing office; an external one need not be in offices
    origin          text        not null check (origin in ('issued', 'imported', 'external')),
    letter_number   text        not null,            -- number of the letter that carries the code
    letter_on       date        not null,
    code_sealed     bytea,                           -- null only for an external pair
    code_lookup     bytea       constraint credentials_code_key unique,
    desktop_sealed  bytea,
    desktop_lookup  bytea,
    password_hash   text,                            -- null until the first reveal; answers like a wrong password
    state           text        not null check (state in ('active', 'suspended', 'superseded', 'revoked')),
    state_changed_at timestamptz not null,
    state_reason    text,
    created_at      timestamptz not null,
    version         integer     not null default 1,
    constraint credentials_external_holds_no_code check ((origin = 'external') = (code_sealed is null)
        and num_nulls(code_sealed, code_lookup, desktop_sealed, desktop_lookup) in (0, 4))
);
create unique index credentials_one_in_force on credentials (taxpayer_id) where state in ('active', 'suspended');
create index credentials_of_taxpayer on credentials (taxpayer_id);

-- One-time password link. The token is an HMAC over id and generation: nothing secret is stored.
create table password_links (
    link_id           uuid        primary key,
    credential_id     uuid        not null references credentials,
    office_code       text        not null references offices,
    generation        integer     not null default 1,
    key_id            text        not null,
    email             text        not null,
    created_at        timestamptz not null,
    expires_at        timestamptz not null,
    first_revealed_at timestamptz,
    reveals           integer     not null default 0 check (reveals between 0 and 5),
    closed_at         timestamptz,
    constraint password_links_reveal_is_dated check ((reveals = 0) = (first_revealed_at is null))
);
create index password_links_of_credential on password_links (credential_id);

-- "This was not us": one use, acts on POST only.
create table not_us_links (
    link_id       uuid        primary key,
    taxpayer_id   uuid        not null references taxpayers,
    office_code   text        not null references offices,
    request_id    uuid,
    cause         text        not null check (cause in ('email_changed', 'reprinted', 'account_changed', 'unknown_sender')),
    key_id        text        not null,
    created_at    timestamptz not null,
    expires_at    timestamptz not null,
    used_at       timestamptz
);

grant select, insert, update on taxpayers, persons, accounts, credentials, password_links, not_us_links to aktivasi_app;
grant select, insert on taxpayer_changes to aktivasi_app;
