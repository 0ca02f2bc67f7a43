-- How near a limit is, said once for every query: the same three comparisons as `threshold` of the domain. Null: the
-- round waits for the calendar. A plain expression, so that PostgreSQL puts it into the query that calls it.
create function threshold_of(tomorrow_from timestamptz, today_from timestamptz, due_at timestamptz, at timestamptz)
    returns text language sql immutable parallel safe
    return case
        when due_at is null then null
        when at >= due_at then 'overdue'
        when at >= today_from then 'due_today'
        when at >= tomorrow_from then 'due_tomorrow'
        else 'on_track' end;
grant execute on function threshold_of(timestamptz, timestamptz, timestamptz, timestamptz) to aktivasi_app;
