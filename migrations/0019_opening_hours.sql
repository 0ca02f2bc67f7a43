-- When the counter opens in such a period. Null: at 08.00, as outside of every period.
alter table closing_hours
    add column opens_at time,
    add constraint closing_hours_opens_before_it_closes check (opens_at < closes_at);
