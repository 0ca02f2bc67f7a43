-- Where a member of staff gets mails about limits. Null: notices stand on the page only.
alter table staff
    add column email text,
    add constraint staff_email_is_not_empty check (email <> '');

-- A person was told that a limit comes near. A notice speaks of one due date: that of the last logged change of its
-- round (0: the one it was opened with), so that a due date that moved is told anew, and never twice.
create table notices (
    notice_id       uuid        primary key,
    office_code     text        not null references offices,
    request_id      uuid        not null references requests,
    round_id        uuid        not null references rounds,
    due_change      bigint      not null,
    due_on          date        not null,
    threshold       text        not null check (threshold in ('due_tomorrow', 'due_today', 'overdue')),
    tier            text        not null check (tier in ('officer', 'section_head', 'supervisor')),
    staff_id        uuid        not null references staff,
    raised_at       timestamptz not null,
    acknowledged_at timestamptz,
    withdrawn_at    timestamptz,  -- the round ended, its due date moved, or the next threshold came
    constraint notices_once unique (round_id, due_change, threshold, tier, staff_id)
);
create index notices_standing on notices (staff_id) where acknowledged_at is null and withdrawn_at is null;
create index notices_of_office_standing on notices (office_code) where withdrawn_at is null;

-- The summary of a morning for a supervisor, for the offices of one zone.
create table digests (
    staff_id   uuid        not null references staff,
    time_zone  text        not null,
    day_on     date        not null,
    message_id uuid        not null references messages,
    made_at    timestamptz not null,
    primary key (staff_id, time_zone, day_on)
);

grant select, insert on notices, digests to aktivasi_app;
grant update (acknowledged_at, withdrawn_at) on notices to aktivasi_app;
-- Operators are warned before the calendar ends.
do $$
declare
    rule text := (select pg_get_constraintdef(oid) from pg_constraint where conname = 'tasks_kind_check');
begin
    alter table tasks drop constraint tasks_kind_check;
    execute 'alter table tasks add constraint tasks_kind_check '
        || replace(rule, 'ARRAY[', 'ARRAY[''calendar_ends''::text, ');
end $$;
