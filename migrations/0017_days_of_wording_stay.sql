-- A day that was named for a version can be moved while it lies ahead, and never be taken away: a version whose day is
-- gone would look as if it had never been in force.
create function letter_templates_keep_their_day() returns trigger language plpgsql as $$
begin
    if old.in_force_on is not null and new.in_force_on is null then
        raise exception 'a day that was named stays named' using errcode = 'check_violation', constraint = 'letter_templates_keep_their_day';
    end if;
    return new;
end $$;
create trigger letter_templates_keep_their_day before update on letter_templates
    for each row execute function letter_templates_keep_their_day();
