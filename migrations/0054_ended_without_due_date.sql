-- What ended while its calendar was not known has no due date: nobody knows whether it was in time, and no figure says so.
alter table figure_days
    add column issued_undated   integer not null default 0,
    add column returned_undated integer not null default 0;
alter table figure_months
    add column issued_undated   integer not null default 0,
    add column returned_undated integer not null default 0;
alter table figure_changes drop constraint figure_changes_measure_check;
alter table figure_changes add constraint figure_changes_measure_check
    check (measure in ('received', 'resupplied', 'issued_on_time', 'issued_late', 'issued_undated', 'returned_on_time',
                       'returned_late', 'returned_undated', 'withdrawn', 'worked', 'returned_for'));

-- Whether a round ended in time. Null: it runs.
create function timeliness_of(ended_at timestamptz, due_at timestamptz, breached boolean) returns text language sql immutable parallel safe
    return case when ended_at is null then null when due_at is null then 'undated' when breached then 'late' else 'on_time' end;

-- What a round counts as. `timeliness`: that of timeliness_of.
create function figures_of(received_on date, ended_on date, number integer, ending text, timeliness text, worked_minutes integer)
    returns table (day_on date, measure text, detail text) language sql immutable parallel safe as $$
    select received_on, case number when 1 then 'received' else 'resupplied' end, ''
    union all
    select ended_on, case ending when 'withdrawn' then ending when 'returned' then ending else 'issued' end
                     || case when ending = 'withdrawn' then '' else '_' || timeliness end, ''
    where ended_on is not null
    union all
    select ended_on, 'worked', worked_step(worked_minutes)::text
    where ending in ('granted', 'refused') and worked_minutes is not null
$$;

create or replace function rounds_opened_count() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into figure_changes (office_code, day_on, kind, measure, detail, amount)
    select rounds.office_code, f.day_on, kind, f.measure, f.detail, count(*)
    from after_rows rounds join requests using (request_id),
         figures_of(received_on, ended_on, number, ending, timeliness_of(rounds.ended_at, due_at, breached), worked_minutes) f
    group by 1, 2, 3, 4, 5;
    return null;
end $$;

create or replace function rounds_changed_count() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into figure_changes (office_code, day_on, kind, measure, detail, amount)
    select rounds.office_code, f.day_on, kind, f.measure, f.detail, sum(times)
    from (select request_id, office_code, received_on, ended_on, number, ending, worked_minutes,
                 timeliness_of(ended_at, due_at, breached) as timeliness, 1 as times from after_rows
          union all
          select request_id, office_code, received_on, ended_on, number, ending, worked_minutes,
                 timeliness_of(ended_at, due_at, breached), -1 from before_rows) rounds
    join requests using (request_id),
         figures_of(received_on, ended_on, number, ending, timeliness, worked_minutes) f
    group by 1, 2, 3, 4, 5 having sum(times) <> 0;
    return null;
end $$;
drop function figures_of(date, date, integer, text, boolean, integer);
grant execute on function timeliness_of(timestamptz, timestamptz, boolean),
    figures_of(date, date, integer, text, text, integer) to aktivasi_app;

-- As 0050, with the two columns more.
create or replace function fold_figures(at_most integer) returns bigint language plpgsql security definer set search_path = public, pg_temp as $$
declare
    last_one bigint;
    folded bigint;
begin
    perform pg_advisory_xact_lock(hashtext('fold_figures'));
    select max(change_id) into last_one from (select change_id from figure_changes order by change_id limit at_most) oldest;
    with taken as (
        delete from figure_changes where change_id <= last_one
        returning office_code, day_on, kind, measure, detail, amount
    ), placed as (
        select area, day_on, date_trunc('month', day_on)::date as month_on, kind, measure, detail, sum(amount)::integer as n
        from taken, lateral (values (office_code), ('*')) as areas (area)
        group by 1, 2, 3, 4, 5, 6 having sum(amount) <> 0
    ), days as (
        insert into figure_days as kept (area, day_on, kind, received, resupplied, issued_on_time, issued_late, issued_undated,
                                         returned_on_time, returned_late, returned_undated, withdrawn)
        select area, day_on, kind,
               coalesce(sum(n) filter (where measure = 'received'), 0), coalesce(sum(n) filter (where measure = 'resupplied'), 0),
               coalesce(sum(n) filter (where measure = 'issued_on_time'), 0), coalesce(sum(n) filter (where measure = 'issued_late'), 0),
               coalesce(sum(n) filter (where measure = 'issued_undated'), 0),
               coalesce(sum(n) filter (where measure = 'returned_on_time'), 0), coalesce(sum(n) filter (where measure = 'returned_late'), 0),
               coalesce(sum(n) filter (where measure = 'returned_undated'), 0),
               coalesce(sum(n) filter (where measure = 'withdrawn'), 0)
        from placed where measure not in ('worked', 'returned_for') group by 1, 2, 3
        on conflict (area, day_on, kind) do update set
            received = kept.received + excluded.received, resupplied = kept.resupplied + excluded.resupplied,
            issued_on_time = kept.issued_on_time + excluded.issued_on_time, issued_late = kept.issued_late + excluded.issued_late,
            issued_undated = kept.issued_undated + excluded.issued_undated,
            returned_on_time = kept.returned_on_time + excluded.returned_on_time, returned_late = kept.returned_late + excluded.returned_late,
            returned_undated = kept.returned_undated + excluded.returned_undated,
            withdrawn = kept.withdrawn + excluded.withdrawn
    ), months as (
        insert into figure_months as kept (area, month_on, kind, received, resupplied, issued_on_time, issued_late, issued_undated,
                                           returned_on_time, returned_late, returned_undated, withdrawn, worked)
        select area, month_on, kind,
               coalesce(sum(n) filter (where measure = 'received'), 0), coalesce(sum(n) filter (where measure = 'resupplied'), 0),
               coalesce(sum(n) filter (where measure = 'issued_on_time'), 0), coalesce(sum(n) filter (where measure = 'issued_late'), 0),
               coalesce(sum(n) filter (where measure = 'issued_undated'), 0),
               coalesce(sum(n) filter (where measure = 'returned_on_time'), 0), coalesce(sum(n) filter (where measure = 'returned_late'), 0),
               coalesce(sum(n) filter (where measure = 'returned_undated'), 0),
               coalesce(sum(n) filter (where measure = 'withdrawn'), 0),
               spread(array_agg(detail::integer) filter (where measure = 'worked'), array_agg(n) filter (where measure = 'worked'))
        from placed where measure <> 'returned_for' group by area, month_on, kind
        on conflict (area, month_on, kind) do update set
            received = kept.received + excluded.received, resupplied = kept.resupplied + excluded.resupplied,
            issued_on_time = kept.issued_on_time + excluded.issued_on_time, issued_late = kept.issued_late + excluded.issued_late,
            issued_undated = kept.issued_undated + excluded.issued_undated,
            returned_on_time = kept.returned_on_time + excluded.returned_on_time, returned_late = kept.returned_late + excluded.returned_late,
            returned_undated = kept.returned_undated + excluded.returned_undated,
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

-- What was called on time until now, and is not known.
lock table rounds in share mode;
insert into figure_changes (office_code, day_on, kind, measure, detail, amount)
select rounds.office_code, ended_on, kind, part || measures.measure, '', sum(measures.amount)
from rounds join requests using (request_id),
     lateral (select case ending when 'returned' then ending else 'issued' end as part) as parts,
     (values ('_on_time', -1), ('_undated', 1)) as measures (measure, amount)
where rounds.ended_at is not null and due_at is null and ending <> 'withdrawn'
group by 1, 2, 3, 4;

-- A figure counts a round under the kind of its request, which stays what it is.
create function requests_keep_kind() returns trigger language plpgsql as $$
begin
    raise exception 'a request does not change its kind' using errcode = 'check_violation';
end $$;
create trigger requests_keep_kind before update of kind on requests
    for each row when (old.kind <> new.kind) execute function requests_keep_kind();

-- Boards of many offices read many rows of few numbers: from the key alone.
alter table figure_days drop constraint figure_days_pkey;
alter table figure_days add primary key (area, day_on, kind)
    include (received, resupplied, issued_on_time, issued_late, issued_undated, returned_on_time, returned_late, returned_undated, withdrawn);
alter table figure_months drop constraint figure_months_pkey;
alter table figure_months add primary key (area, month_on, kind)
    include (received, resupplied, issued_on_time, issued_late, issued_undated, returned_on_time, returned_late, returned_undated, withdrawn);
