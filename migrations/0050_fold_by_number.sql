-- Takes changes, the oldest first, and adds them to the summaries. One at a time; returns how many it took.
-- The changes are named by their last number: a join of the table with itself was planned as if it were empty, as it mostly is,
-- and took time by the square of what waited.
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
