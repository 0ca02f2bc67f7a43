-- Work to do after a commit. A payload holds ids only.
create table jobs (
    job_id        bigint      generated always as identity primary key,
    queue         text        not null,
    payload       jsonb       not null,
    dedup_key     text,                              -- at most one unfinished job per key
    run_at        timestamptz not null,
    attempts      integer     not null default 0,
    leased_until  timestamptz,
    leased_by     text,
    finished_at   timestamptz,
    buried        boolean     not null default false,
    failed_reason text,
    created_at    timestamptz not null,
    constraint jobs_buried_are_finished check (not buried or finished_at is not null)
);
create index jobs_ready on jobs (run_at, job_id) where finished_at is null;
create unique index jobs_dedup on jobs (queue, dedup_key) where finished_at is null and dedup_key is not null;

-- What somebody at the office has to look after.
create table tasks (
    task_id     uuid        primary key,
    office_code text        not null references offices,
    request_id  uuid        references requests,
    taxpayer_id uuid        references taxpayers,
    kind        text        not null check (kind in ('mail_failed', 'not_us', 'letter_not_rendered', 'awaiting_calendar', 'postal_return')),
    detail      text        not null default '',
    opened_at   timestamptz not null,
    closed_at   timestamptz,
    closed_by   uuid        references staff,
    closing_note text,
    constraint tasks_closed_shape check (num_nonnulls(closed_at, closed_by, closing_note) in (0, 3))
);
create index tasks_open on tasks (office_code, opened_at) where closed_at is null;

create table idempotency_keys (
    operation   text        not null,
    principal   text        not null,
    key         text        not null,
    body_hash   bytea       not null,
    request_ids uuid[]      not null,
    created_at  timestamptz not null,
    primary key (operation, principal, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);

-- Who did what. Append only: the runtime role can insert and read.
create table audit_events (
    event_id    bigint      generated always as identity primary key,
    at          timestamptz not null,
    actor_kind  text        not null check (actor_kind in ('staff', 'taxpayer', 'stranger', 'system', 'operator_console')),
    actor_id    uuid,
    act         text        not null,
    office_code text,
    request_id  uuid,
    taxpayer_id uuid,
    subject_id  uuid,
    detail      jsonb       not null default '{}'
);
create index audit_events_of_request on audit_events (request_id) where request_id is not null;

grant select, insert, update on jobs, tasks to aktivasi_app;
grant delete on jobs to aktivasi_app;
grant select, insert, update, delete on idempotency_keys to aktivasi_app;
grant select, insert on audit_events to aktivasi_app;
