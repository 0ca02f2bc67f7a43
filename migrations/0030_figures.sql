-- Figures that are kept, so that nobody counts ten years again to see a month. A round has its days at its office and the
-- working time that it took; whoever writes rounds appends changes of figures without knowing it, a worker folds them into
-- the summaries, and readers add what is not folded yet. Changes are only ever appended: no two acts wait for one row.
alter table rounds
    add column received_on    date,     -- the days at the office, by its clock at that time
    add column ended_on       date,
    add column worked_minutes integer,  -- opening hours from receipt to letter; null: not measured
    add constraint rounds_only_what_ended_was_worked_on check (worked_minutes is null or (worked_minutes >= 0 and ended_at is not null));

-- The working time of a letter that was issued before this, or in a year without calendar, is measured later. Nothing else
-- of a round that has ended ever changes.
create or replace function rounds_ended_are_final() returns trigger language plpgsql as $$
begin
    if old.ended_at is not null and (old.worked_minutes is not null or new.worked_minutes is null
        or to_jsonb(new) - 'worked_minutes' <> to_jsonb(old) - 'worked_minutes') then
        raise exception 'round % has ended and is final', old.round_id using errcode = 'check_violation', constraint = 'rounds_ended_are_final';
    end if;
    return new;
end $$;

alter table rounds disable trigger rounds_ended_are_final;
update rounds set received_on = (received_at at time zone time_zone)::date, ended_on = (ended_at at time zone time_zone)::date
from offices where offices.office_code = rounds.office_code;
alter table rounds enable trigger rounds_ended_are_final;
alter table rounds
    alter column received_on set not null,
    add constraint rounds_end_has_a_day check ((ended_at is null) = (ended_on is null));
create index rounds_received_on on rounds (office_code, received_on, round_id);
create index rounds_ended_on on rounds (office_code, ended_on, round_id) where ended_on is not null;
create index rounds_not_measured on rounds (round_id)
    where ending in ('granted', 'refused') and worked_minutes is null;

create function rounds_days() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
    zone text;
begin
    if tg_op = 'UPDATE' and old.ended_at is not null then
        return new;
    end if;
    select time_zone into strict zone from offices where office_code = new.office_code;
    new.received_on := (new.received_at at time zone zone)::date;
    new.ended_on := (new.ended_at at time zone zone)::date;
    return new;
end $$;
create trigger rounds_days before insert or update of office_code, received_at, ended_at, received_on, ended_on on rounds
    for each row execute function rounds_days();

-- Working time in steps of half an hour; the last step is open. 0 to 64.
create function worked_step(minutes integer) returns integer language sql immutable parallel safe
    return least(minutes / 30, 64);

create table figure_changes (
    change_id   bigint  generated always as identity primary key,
    office_code text    not null,
    day_on      date    not null,   -- at the office
    kind        text    not null,
    measure     text    not null check (measure in ('received', 'resupplied', 'issued_on_time', 'issued_late',
                            'returned_on_time', 'returned_late', 'withdrawn', 'worked', 'returned_for')),
    detail      text    not null default '',    -- step of the working time, or code of the deficiency
    amount      integer not null
);

-- `area`: the code of an office, or `*` for the country. A Kanwil is the sum of its offices.
create table figure_days (
    area             text    not null,
    day_on           date    not null,
    kind             text    not null,
    received         integer not null,
    resupplied       integer not null,
    issued_on_time   integer not null,
    issued_late      integer not null,
    returned_on_time integer not null,
    returned_late    integer not null,
    withdrawn        integer not null,
    primary key (area, day_on, kind)
);
create table figure_months (
    area             text      not null,
    month_on         date      not null check (extract(day from month_on) = 1),
    kind             text      not null,
    received         integer   not null,
    resupplied       integer   not null,
    issued_on_time   integer   not null,
    issued_late      integer   not null,
    returned_on_time integer   not null,
    returned_late    integer   not null,
    withdrawn        integer   not null,
    worked           integer[] not null check (cardinality(worked) = 65),  -- letters by step of working time
    primary key (area, month_on, kind)
);
create table figure_items (
    area     text    not null,
    month_on date    not null check (extract(day from month_on) = 1),
    kind     text    not null,
    item     text    not null,
    returned integer not null,
    primary key (area, month_on, kind, item)
);

-- What a round counts as.
create function figures_of(received_on date, ended_on date, number integer, ending text, breached boolean, worked_minutes integer)
    returns table (day_on date, measure text, detail text) language sql immutable parallel safe as $$
    select received_on, case number when 1 then 'received' else 'resupplied' end, ''
    union all
    select ended_on, case ending when 'withdrawn' then ending when 'returned' then ending else 'issued' end
                     || case when ending = 'withdrawn' then '' when breached then '_late' else '_on_time' end, ''
    where ended_on is not null
    union all
    select ended_on, 'worked', worked_step(worked_minutes)::text
    where ending in ('granted', 'refused') and worked_minutes is not null
$$;

-- Each writes as the owner: nobody else may write figures.
create function rounds_opened_count() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into figure_changes (office_code, day_on, kind, measure, detail, amount)
    select rounds.office_code, f.day_on, kind, f.measure, f.detail, count(*)
    from after_rows rounds join requests using (request_id),
         figures_of(received_on, ended_on, number, ending, breached, worked_minutes) f
    group by 1, 2, 3, 4, 5;
    return null;
end $$;
create trigger rounds_opened_count after insert on rounds referencing new table as after_rows
    for each statement execute function rounds_opened_count();

create function rounds_changed_count() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into figure_changes (office_code, day_on, kind, measure, detail, amount)
    select rounds.office_code, f.day_on, kind, f.measure, f.detail, sum(times)
    from (select request_id, office_code, received_on, ended_on, number, ending, breached, worked_minutes, 1 as times from after_rows
          union all
          select request_id, office_code, received_on, ended_on, number, ending, breached, worked_minutes, -1 from before_rows) rounds
    join requests using (request_id),
         figures_of(received_on, ended_on, number, ending, breached, worked_minutes) f
    group by 1, 2, 3, 4, 5 having sum(times) <> 0;
    return null;
end $$;
create trigger rounds_changed_count after update on rounds referencing old table as before_rows new table as after_rows
    for each statement execute function rounds_changed_count();

create function rounds_deleted_count() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into figure_changes (office_code, day_on, kind, measure, detail, amount)
    select rounds.office_code, f.day_on, kind, f.measure, f.detail, -count(*)
    from before_rows rounds join requests using (request_id),
         figures_of(received_on, ended_on, number, ending, breached, worked_minutes) f
    group by 1, 2, 3, 4, 5;
    return null;
end $$;
create trigger rounds_deleted_count after delete on rounds referencing old table as before_rows
    for each statement execute function rounds_deleted_count();

create function returns_count() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into figure_changes (office_code, day_on, kind, measure, detail, amount)
    select office_code, (returned_at at time zone time_zone)::date, requests.kind, 'returned_for', item ->> 'code', count(*)
    from after_rows join requests using (request_id) join offices using (office_code),
         jsonb_array_elements(items) item
    group by 1, 2, 3, 4, 5;
    return null;
end $$;
create trigger returns_count after insert on returns referencing new table as after_rows
    for each statement execute function returns_count();

-- A request that turns out to be of another kind takes its figures with it.
create function requests_kind_count() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into figure_changes (office_code, day_on, kind, measure, detail, amount)
    select office_code, day_on, kinds.kind, measure, detail, amount
    from (select rounds.office_code, f.day_on, f.measure, f.detail, count(*) as n
          from rounds, figures_of(received_on, ended_on, number, ending, breached, worked_minutes) f
          where request_id = new.request_id group by 1, 2, 3, 4
          union all
          select new.office_code, (returned_at at time zone time_zone)::date, 'returned_for', item ->> 'code', count(*)
          from returns join offices on offices.office_code = new.office_code, jsonb_array_elements(items) item
          where request_id = new.request_id group by 1, 2, 3, 4) counted,
         lateral (values (old.kind, -n), (new.kind, n)) as kinds (kind, amount);
    return null;
end $$;
create trigger requests_kind_count after update of kind on requests
    for each row when (old.kind <> new.kind) execute function requests_kind_count();

create function sum_of(integer[], integer[]) returns integer[] language sql immutable parallel safe
    return array(select a + b from unnest($1, $2) with ordinality as t (a, b, place) order by place);

-- Amounts of steps, each in the place of its step.
create function spread(steps integer[], amounts integer[]) returns integer[] language plpgsql immutable parallel safe as $$
declare
    places integer[] := array_fill(0, array[65]);
begin
    for i in 1 .. coalesce(cardinality(steps), 0) loop
        places[steps[i] + 1] := places[steps[i] + 1] + amounts[i];
    end loop;
    return places;
end $$;

-- Takes changes, the oldest first, and adds them to the summaries. One at a time; returns how many it took.
create function fold_figures(at_most integer) returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare
    folded bigint;
begin
    perform pg_advisory_xact_lock(hashtext('fold_figures'));
    with taken as (
        delete from figure_changes
        where change_id in (select change_id from figure_changes order by change_id limit at_most)
        returning office_code, day_on, kind, measure, detail, amount
    ), placed as (
        select area, day_on, date_trunc('month', day_on)::date as month_on, kind, measure, detail, sum(amount)::integer as n
        from taken, lateral (values (office_code), ('*')) as areas (area)
        group by 1, 2, 3, 4, 5, 6 having sum(amount) <> 0
    ), days as (
        insert into figure_days as kept
        select area, day_on, kind,
               coalesce(sum(n) filter (where measure = 'received'), 0), coalesce(sum(n) filter (where measure = 'resupplied'), 0),
               coalesce(sum(n) filter (where measure = 'issued_on_time'), 0), coalesce(sum(n) filter (where measure = 'issued_late'), 0),
               coalesce(sum(n) filter (where measure = 'returned_on_time'), 0), coalesce(sum(n) filter (where measure = 'returned_late'), 0),
               coalesce(sum(n) filter (where measure = 'withdrawn'), 0)
        from placed where measure not in ('worked', 'returned_for') group by 1, 2, 3
        on conflict (area, day_on, kind) do update set
            received = kept.received + excluded.received, resupplied = kept.resupplied + excluded.resupplied,
            issued_on_time = kept.issued_on_time + excluded.issued_on_time, issued_late = kept.issued_late + excluded.issued_late,
            returned_on_time = kept.returned_on_time + excluded.returned_on_time, returned_late = kept.returned_late + excluded.returned_late,
            withdrawn = kept.withdrawn + excluded.withdrawn
    ), months as (
        insert into figure_months as kept
        select area, month_on, kind,
               coalesce(sum(n) filter (where measure = 'received'), 0), coalesce(sum(n) filter (where measure = 'resupplied'), 0),
               coalesce(sum(n) filter (where measure = 'issued_on_time'), 0), coalesce(sum(n) filter (where measure = 'issued_late'), 0),
               coalesce(sum(n) filter (where measure = 'returned_on_time'), 0), coalesce(sum(n) filter (where measure = 'returned_late'), 0),
               coalesce(sum(n) filter (where measure = 'withdrawn'), 0),
               spread(array_agg(detail::integer) filter (where measure = 'worked'), array_agg(n) filter (where measure = 'worked'))
        from placed where measure <> 'returned_for' group by area, month_on, kind
        on conflict (area, month_on, kind) do update set
            received = kept.received + excluded.received, resupplied = kept.resupplied + excluded.resupplied,
            issued_on_time = kept.issued_on_time + excluded.issued_on_time, issued_late = kept.issued_late + excluded.issued_late,
            returned_on_time = kept.returned_on_time + excluded.returned_on_time, returned_late = kept.returned_late + excluded.returned_late,
            withdrawn = kept.withdrawn + excluded.withdrawn, worked = sum_of(kept.worked, excluded.worked)
    ), items as (
        insert into figure_items as kept
        select area, month_on, kind, detail, sum(n)
        from placed where measure = 'returned_for' group by 1, 2, 3, 4
        on conflict (area, month_on, kind, item) do update set returned = kept.returned + excluded.returned
    )
    select count(*) into folded from taken;
    return folded;
end $$;
revoke all on function fold_figures(integer) from public;
grant execute on function fold_figures(integer) to aktivasi_app;

-- The runtime role writes no figure.
grant select on figure_changes, figure_days, figure_months, figure_items to aktivasi_app;
grant execute on function worked_step(integer), sum_of(integer[], integer[]), spread(integer[], integer[]),
    figures_of(date, date, integer, text, boolean, integer) to aktivasi_app;

-- What was there before.
insert into figure_changes (office_code, day_on, kind, measure, detail, amount)
select rounds.office_code, f.day_on, kind, f.measure, f.detail, count(*)
from rounds join requests using (request_id),
     figures_of(received_on, ended_on, number, ending, breached, worked_minutes) f
group by 1, 2, 3, 4, 5;
insert into figure_changes (office_code, day_on, kind, measure, detail, amount)
select office_code, (returned_at at time zone time_zone)::date, requests.kind, 'returned_for', item ->> 'code', count(*)
from returns join requests using (request_id) join offices using (office_code), jsonb_array_elements(items) item
group by 1, 2, 3, 4, 5;
select fold_figures(2147483647);
