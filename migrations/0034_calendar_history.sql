-- Hours of one weekday or several, with breaks. A row as it was: every weekday, no break.
alter table closing_hours
    add column weekdays smallint[] not null default '{1,2,3,4,5}',  -- 1: Monday
    add column breaks   time[]     not null default '{}',           -- end and beginning, end and beginning
    add constraint closing_hours_weekdays check (cardinality(weekdays) > 0 and weekdays <@ '{1,2,3,4,5}'),
    add constraint closing_hours_breaks_are_pairs check (cardinality(breaks) % 2 = 0);
drop index closing_hours_once;
create unique index closing_hours_once on closing_hours (coalesce(office_code, ''), from_on, weekdays);

-- When an entry became known: the day of its decree or announcement, or that on which it was entered. A release before
-- this one does not say it.
alter table days_off add column known_on date not null default current_date;
alter table closing_hours add column known_on date not null default current_date;
update days_off set known_on = changed_at::date from calendar_versions version
    where version.calendar_version = days_off.calendar_version;
update closing_hours set known_on = changed_at::date from calendar_versions version
    where version.calendar_version = closing_hours.calendar_version;

-- Since which version a year is complete. Null: since before its history was kept.
alter table calendar_years add column complete_since bigint references calendar_versions;

-- What went out of the calendar, as it was, and the version that it went with: the calendar of a version is what came
-- with it or before and did not go before it or with it.
create table past_days_off (
    day_off_id       bigint  not null,
    day_on           date    not null,
    office_code      text,
    kind             text    not null,
    name             text    not null,
    source           text    not null,
    known_on         date    not null,
    calendar_version bigint  not null,
    ended_version    bigint  not null
);
create index past_days_off_by_day on past_days_off (day_on);
create table past_closing_hours (
    closing_hours_id bigint     not null,
    office_code      text,
    from_on          date       not null,
    until_on         date       not null,
    weekdays         smallint[] not null,
    opens_at         time,
    closes_at        time       not null,
    breaks           time[]     not null,
    name             text       not null,
    source           text       not null,
    known_on         date       not null,
    calendar_version bigint     not null,
    ended_version    bigint     not null
);

-- Kept by the database itself, so that no statement forgets it and the runtime role can read the past but not write it.
-- Who takes something out made a version before, in the same transaction.
create function calendar_keeps_what_goes() returns trigger language plpgsql security definer
    set search_path = public, pg_temp as $$
declare
    with_version bigint := (select coalesce(max(calendar_version), 0) from calendar_versions);
begin
    if tg_table_name = 'days_off' then
        insert into past_days_off values (old.day_off_id, old.day_on, old.office_code, old.kind, old.name, old.source,
            old.known_on, old.calendar_version, with_version);
    else
        insert into past_closing_hours values (old.closing_hours_id, old.office_code, old.from_on, old.until_on,
            old.weekdays, old.opens_at, old.closes_at, old.breaks, old.name, old.source, old.known_on,
            old.calendar_version, with_version);
    end if;
    return null;
end $$;
create trigger days_off_keep_what_goes after update or delete on days_off
    for each row execute function calendar_keeps_what_goes();
create trigger closing_hours_keep_what_goes after update or delete on closing_hours
    for each row execute function calendar_keeps_what_goes();

-- From this version on nothing is missing.
create table calendar_history (
    begins_with bigint not null,
    only_row    boolean primary key default true check (only_row)
);
insert into calendar_history (begins_with) select coalesce(max(calendar_version), 0) from calendar_versions;

grant select on past_days_off, past_closing_hours, calendar_history to aktivasi_app;
