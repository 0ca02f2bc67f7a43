-- What a due date was before it was computed anew, with its instants: how near a limit was at a past moment cannot be read
-- off a day. `until_at` is the moment from which something else was in force.
create table past_due_dates (
    past_due_date_id bigint      generated always as identity primary key,
    round_id         uuid        not null references rounds,
    due_on           date,       -- null: it waited for the calendar
    tomorrow_from    timestamptz,
    today_from       timestamptz,
    due_at           timestamptz,
    instants_known   boolean     not null default true,
    until_at         timestamptz not null,
    constraint past_due_dates_shape check (num_nonnulls(due_on, tomorrow_from, today_from, due_at) in (0, 4)
        or (not instants_known and num_nonnulls(tomorrow_from, today_from, due_at) = 0))
);
create index past_due_dates_of_round on past_due_dates (round_id, until_at);
grant select, insert on past_due_dates to aktivasi_app;

-- Of moves before this, the day is known and its instants are not. A due date that was explained anew on the same day
-- left no row in the log: its round names a version of the calendar that came after its receipt.
insert into past_due_dates (round_id, due_on, instants_known, until_at)
select round_id, old_due_on, old_due_on is null, changed_at from due_date_changes
union all
select round_id, due_on, false, changed_at
from rounds join calendar_versions using (calendar_version)
where changed_at > received_at and due_on is not null
  and not exists (select from due_date_changes log
                  where log.round_id = rounds.round_id and log.calendar_version = rounds.calendar_version);

-- What was open at a past moment: what is open, and what ended later.
create index requests_ended_of_office on requests (office_code, ended_at, first_received_at) where ended_at is not null;
