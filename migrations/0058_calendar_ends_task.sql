-- Who may import the calendar of the country looks after every office: the task about its end belongs to none.
alter table tasks drop constraint tasks_office_shape;
alter table tasks add constraint tasks_office_shape
    check (office_code is not null or endpoint_id is not null or kind = 'calendar_ends');
create unique index tasks_one_open_of_calendar on tasks (detail)
    where closed_at is null and kind = 'calendar_ends' and office_code is null;
