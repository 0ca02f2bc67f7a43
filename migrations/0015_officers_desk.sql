-- The desk of those who examine: search by name with typing errors, what an officer found in the papers, notes, who has a
-- request open, and views of the queue that a person saved.
create extension if not exists pg_trgm;
create index requests_pkp_name_alike on requests using gin (pkp_name gin_trgm_ops);

-- How an officer found each item of the checklist in the papers of a round. The last judgement counts.
create table checks (
    request_id   uuid        not null references requests,
    round_number integer     not null,
    item         text        not null check (item ~ '^[a-z_]{1,60}$'),
    mark         text        not null check (mark in ('present', 'missing', 'mismatch')),
    marked_by    uuid        not null references staff,
    marked_at    timestamptz not null,
    primary key (request_id, round_number, item)
);

-- Notes of the office on a request. The filer never sees them; nobody changes them.
create table notes (
    note_id    uuid        primary key,
    request_id uuid        not null references requests,
    text       text        not null constraint notes_length check (char_length(text) between 1 and 1000),
    written_by uuid        not null references staff,
    written_at timestamptz not null
);
create index notes_of_request on notes (request_id, written_at);

-- Who has a request open. A hint, no lock: whoever acts is checked by the act.
create table presences (
    request_id uuid        not null references requests,
    staff_id   uuid        not null references staff,
    seen_at    timestamptz not null,
    primary key (request_id, staff_id)
);

-- Filters of the queue under a name. `query` holds words of the closed lists and ids of staff, nothing personal.
create table saved_views (
    view_id  uuid        primary key,
    staff_id uuid        not null references staff,
    name     text        not null check (char_length(name) between 1 and 40),
    query    text        not null check (query ~ '^[a-z0-9_=&-]{1,200}$'),
    saved_at timestamptz not null
);
create unique index saved_views_name on saved_views (staff_id, lower(name));

grant select, insert, update on checks, presences to aktivasi_app;
grant select, insert on notes to aktivasi_app;
grant select, insert, delete on saved_views to aktivasi_app;
