-- Every change of the calendar is a version; due dates record the one they were computed with.
create table calendar_versions (
    calendar_version bigint      generated always as identity primary key,
    changed_at       timestamptz not null,
    changed_by       text        not null,
    note             text        not null
);

-- A year is known when an import declared it complete. Without it no due date is guessed.
create table calendar_years (
    year             integer primary key check (year between 2000 and 2200),
    calendar_version bigint  not null references calendar_versions
);

create table days_off (
    day_off_id       bigint  generated always as identity primary key,
    day_on           date    not null,
    office_code      text    references offices,          -- null: the whole country
    kind             text    not null check (kind in ('national', 'joint_leave', 'closure')),
    name             text    not null,
    source           text    not null check (source <> ''),  -- decree that says so
    calendar_version bigint  not null references calendar_versions,
    constraint days_off_closures_are_of_an_office check ((kind = 'closure') = (office_code is not null))
);
create unique index days_off_once on days_off (day_on, coalesce(office_code, ''), kind);

-- Closing time of the counter for a period (Ramadan); outside of every period it is 16.00.
create table closing_hours (
    closing_hours_id bigint generated always as identity primary key,
    office_code      text   references offices,           -- null: the whole country
    from_on          date   not null,
    until_on         date   not null,
    closes_at        time   not null,
    name             text   not null,                     -- as it is told to people
    source           text   not null check (source <> ''),
    calendar_version bigint not null references calendar_versions,
    constraint closing_hours_period check (from_on <= until_on)
);
create unique index closing_hours_once on closing_hours (coalesce(office_code, ''), from_on);

grant select, insert on calendar_versions to aktivasi_app;
grant select, insert, update on calendar_years to aktivasi_app;
grant select, insert, update, delete on days_off, closing_hours to aktivasi_app;
