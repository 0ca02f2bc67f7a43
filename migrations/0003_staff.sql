create table staff (
    staff_id      uuid        primary key,
    username      text        not null constraint staff_username_key unique check (username ~ '^[a-z0-9][a-z0-9._-]{1,39}$'),
    name          text        not null,
    nip           text        not null check (nip ~ '^[0-9]{18}$'),
    office_code   text        references offices,          -- null: no home office (Kanwil, head office)
    kanwil        text,
    password_hash text        not null,
    demo          boolean     not null default false,      -- refused when the public URL is not loopback
    active        boolean     not null default true,
    created_at    timestamptz not null,
    version       integer     not null default 1
);

create table staff_roles (
    staff_id uuid not null references staff,
    role     text not null check (role in ('counter', 'special_officer', 'section_head', 'supervisor', 'operator')),
    scope    text not null default 'office' check (scope in ('office', 'kanwil', 'national')),
    primary key (staff_id, role),
    constraint staff_roles_only_supervisors_and_operators_see_beyond check (scope = 'office' or role in ('supervisor', 'operator'))
);

-- KEP Penunjukan Petugas Khusus: in force from the day it names until it is revoked.
create table decrees (
    decree_id   uuid        primary key,
    staff_id    uuid        not null references staff,
    office_code text        not null references offices,
    number      text        not null,
    dated_on    date        not null,
    in_force_on date        not null,
    revoked_on  date,
    recorded_at timestamptz not null,
    recorded_by text        not null,
    constraint decrees_number_key unique (office_code, number, staff_id),
    constraint decrees_period check (in_force_on >= dated_on and (revoked_on is null or revoked_on >= in_force_on))
);
create index decrees_of_staff on decrees (staff_id);

-- Plh. and Plt.: who signs as section head on these days.
create table acting_appointments (
    acting_id   uuid        primary key,
    staff_id    uuid        not null references staff,
    office_code text        not null references offices,
    kind        text        not null check (kind in ('Plh.', 'Plt.')),
    from_on     date        not null,
    until_on    date        not null,
    recorded_at timestamptz not null,
    recorded_by text        not null,
    constraint acting_appointments_period check (from_on <= until_on)
);
create index acting_appointments_of_staff on acting_appointments (staff_id);

create table sessions (
    session_id    uuid        primary key,
    staff_id      uuid        not null references staff,
    refresh_hash  bytea       not null,   -- SHA-256 of the refresh token in use
    created_at    timestamptz not null,
    last_seen_at  timestamptz not null,
    expires_at    timestamptz not null,
    ended_at      timestamptz
);
create index sessions_of_staff on sessions (staff_id) where ended_at is null;

-- Limits that protect an identity, a code or a mailbox; they hold across replicas.
create table throttles (
    bucket        text        not null,
    subject       bytea       not null,   -- keyed hash, never the address or number itself
    hits          integer     not null,
    last_at       timestamptz not null,
    blocked_until timestamptz,
    primary key (bucket, subject)
);

grant select, insert, update on staff, decrees, acting_appointments, sessions to aktivasi_app;
grant select, insert, update, delete on staff_roles, throttles to aktivasi_app;
