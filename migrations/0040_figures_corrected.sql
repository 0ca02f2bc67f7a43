-- Three corrections of what counts.
-- A round that ends keeps the day that it came on, also when its office has another zone by now.
create or replace function rounds_days() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
    zone text;
begin
    if tg_op = 'UPDATE' and old.ended_at is not null then
        return new;
    end if;
    select time_zone into strict zone from offices where office_code = new.office_code;
    if tg_op = 'INSERT' or new.received_at <> old.received_at or new.office_code <> old.office_code then
        new.received_on := (new.received_at at time zone zone)::date;
    else
        new.received_on := old.received_on;
    end if;
    new.ended_on := (new.ended_at at time zone zone)::date;
    return new;
end $$;

-- Nobody deletes a round and no request changes its kind: no trigger counts what cannot be.
drop trigger rounds_deleted_count on rounds;
drop function rounds_deleted_count();
drop trigger requests_kind_count on requests;
drop function requests_kind_count();

-- A deficiency that a return names twice counts once.
create or replace function returns_count() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into figure_changes (office_code, day_on, kind, measure, detail, amount)
    select office_code, (returned_at at time zone time_zone)::date, requests.kind, 'returned_for', item ->> 'code', count(distinct round_id)
    from after_rows join requests using (request_id) join offices using (office_code),
         jsonb_array_elements(items) item
    group by 1, 2, 3, 4, 5;
    return null;
end $$;

-- What was counted twice until now is counted anew, while nobody returns anything.
lock table returns in share mode;
delete from figure_changes where measure = 'returned_for';
delete from figure_items;
insert into figure_changes (office_code, day_on, kind, measure, detail, amount)
select office_code, (returned_at at time zone time_zone)::date, requests.kind, 'returned_for', item ->> 'code', count(distinct round_id)
from returns join requests using (request_id) join offices using (office_code), jsonb_array_elements(items) item
group by 1, 2, 3, 4, 5;
select fold_figures(2147483647);
