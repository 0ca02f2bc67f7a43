-- Events that were given up are a task about their receiver, one at a time. A receiver of every office has none; its task is seen by
-- who looks after all.
alter table tasks alter column office_code drop not null;
alter table tasks add column endpoint_id uuid references webhook_endpoints;
do $$
declare
    rule text := (select pg_get_constraintdef(oid) from pg_constraint where conname = 'tasks_kind_check');
begin
    alter table tasks drop constraint tasks_kind_check;
    execute 'alter table tasks add constraint tasks_kind_check '
        || replace(rule, 'ARRAY[', 'ARRAY[''events_given_up''::text, ');
end $$;
alter table tasks add constraint tasks_endpoint_shape check ((kind = 'events_given_up') = (endpoint_id is not null));
alter table tasks add constraint tasks_office_shape check (office_code is not null or endpoint_id is not null);
create unique index tasks_one_open_of_endpoint on tasks (endpoint_id) where closed_at is null and endpoint_id is not null;
