-- Events for other systems. The rows that an act writes tell of it themselves, in its transaction: no act can forget to, on
-- whatever path it comes, and what is rolled back was never told. An event holds ids only. One that nobody listens to is not
-- written.
create table webhook_endpoints (
    endpoint_id        uuid        primary key,
    name               text        not null constraint webhook_endpoints_name_key unique check (name <> ''),
    url                text        not null check (url like 'https://%'),
    office_code        text        references offices,         -- none: every office
    kinds              text[]      not null check (cardinality(kinds) > 0),
    with_personal_data boolean     not null,
    disabled_at        timestamptz,
    created_at         timestamptz not null,
    created_by         uuid        references staff,           -- none: the command line
    version            integer     not null default 1,
    -- One message at a time: whoever sends holds the lease, and its number fences a sender that was given up for dead.
    lease              bigint      not null default 0,
    leased_until       timestamptz,
    failures           integer     not null default 0,         -- in a row, of the receiver itself
    rests_until        timestamptz
);

-- The newest signs alone; the one before it signs too until its end.
create table webhook_secrets (
    secret_id   uuid        primary key,
    endpoint_id uuid        not null references webhook_endpoints,
    sealed      bytea       not null,
    created_at  timestamptz not null,
    ends_at     timestamptz
);
create unique index webhook_secrets_one_newest on webhook_secrets (endpoint_id) where ends_at is null;
create index webhook_secrets_of_endpoint on webhook_secrets (endpoint_id);

create table events (
    event_no      bigint      generated always as identity primary key,     -- the order
    event_id      uuid        not null default gen_random_uuid() constraint events_id_key unique,
    kind          text        not null check (kind in ('request.received', 'request.returned', 'letter.issued', 'letter.delivered',
                                  'message.bounced', 'credential.changed')),
    office_code   text,
    request_id    uuid,
    taxpayer_id   uuid,
    letter_id     uuid,
    message_id    uuid,
    credential_id uuid,
    detail        jsonb       not null default '{}',            -- codes and numbers of ours, nothing of a person
    occurred_at   timestamptz not null,
    -- What is kept in order: the events of one request; those of none by their PKP.
    line          uuid        not null generated always as (coalesce(request_id, taxpayer_id, message_id, event_id)) stored
);
create index events_occurred on events (occurred_at);

create table webhook_deliveries (
    endpoint_id  uuid        not null references webhook_endpoints,
    event_no     bigint      not null references events on delete cascade,
    line         uuid        not null,
    state        text        not null default 'pending' check (state in ('pending', 'delivered', 'given_up')),
    tries        integer     not null default 0,                -- since it was queued, or queued again
    queued_at    timestamptz not null,
    next_at      timestamptz not null,
    ended_at     timestamptz,
    primary key (endpoint_id, event_no),
    constraint webhook_deliveries_end_shape check ((state = 'pending') = (ended_at is null))
);
create index webhook_deliveries_of_event on webhook_deliveries (event_no);
create index webhook_deliveries_ready on webhook_deliveries (endpoint_id, next_at) where state = 'pending';
create index webhook_deliveries_in_line on webhook_deliveries (endpoint_id, line, event_no) where state = 'pending';
create index webhook_deliveries_given_up on webhook_deliveries (endpoint_id, event_no) where state = 'given_up';

create table webhook_attempts (
    endpoint_id uuid        not null,
    event_no    bigint      not null,
    number      integer     not null,
    at          timestamptz not null,
    outcome     text        not null,
    status      integer,
    duration_ms integer     not null,
    primary key (endpoint_id, event_no, number),
    foreign key (endpoint_id, event_no) references webhook_deliveries on delete cascade
);

create function event_is_wanted(kind text, office text) returns boolean language sql stable
    return exists (select from webhook_endpoints
                   where disabled_at is null and kind = any(kinds) and (office_code is null or office_code = office));

-- Each writes as the owner: the runtime role reads events and makes none.
create function events_reach_their_endpoints() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into webhook_deliveries (endpoint_id, event_no, line, queued_at, next_at)
    select endpoint_id, event_no, line, occurred_at, occurred_at
    from new_rows join webhook_endpoints as endpoint
        on endpoint.disabled_at is null and new_rows.kind = any(endpoint.kinds)
        and (endpoint.office_code is null or endpoint.office_code = new_rows.office_code);
    return null;
end $$;
create trigger events_reach_their_endpoints after insert on events referencing new table as new_rows
    for each statement execute function events_reach_their_endpoints();

-- A round is a complete receipt: the first one, or one after a return.
create function rounds_tell() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into events (kind, office_code, request_id, taxpayer_id, detail, occurred_at)
    select 'request.received', n.office_code, n.request_id, requests.taxpayer_id,
           jsonb_build_object('round', n.number, 'request_kind', requests.kind), n.received_at
    from new_rows as n join requests using (request_id)
    where event_is_wanted('request.received', n.office_code);
    return null;
end $$;
create trigger rounds_tell after insert on rounds referencing new table as new_rows
    for each statement execute function rounds_tell();

create function returns_tell() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into events (kind, office_code, request_id, taxpayer_id, detail, occurred_at)
    select 'request.returned', requests.office_code, n.request_id, requests.taxpayer_id,
           jsonb_build_object('round', rounds.number, 'request_kind', requests.kind), n.returned_at
    from new_rows as n join requests using (request_id) join rounds using (round_id)
    where event_is_wanted('request.returned', requests.office_code);
    return null;
end $$;
create trigger returns_tell after insert on returns referencing new table as new_rows
    for each statement execute function returns_tell();

-- Receipts and lists of deficiencies are not issued: nobody signs them.
create function letters_tell() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into events (kind, office_code, request_id, taxpayer_id, letter_id, detail, occurred_at)
    select 'letter.issued', n.office_code, n.request_id, requests.taxpayer_id, n.letter_id,
           jsonb_build_object('letter_kind', n.kind, 'copy_number', n.copy_number), n.created_at
    from new_rows as n join requests using (request_id)
    where n.signed_by is not null and event_is_wanted('letter.issued', n.office_code);
    return null;
end $$;
create trigger letters_tell after insert on letters referencing new table as new_rows
    for each statement execute function letters_tell();

-- Posted, or collected.
create function letter_deliveries_tell() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into events (kind, office_code, request_id, taxpayer_id, letter_id, detail, occurred_at)
    select 'letter.delivered', letters.office_code, letters.request_id, requests.taxpayer_id, letters.letter_id,
           jsonb_build_object('letter_kind', letters.kind, 'way', new.way), new.handed_out_at
    from letters join requests using (request_id)
    where letters.letter_id = new.letter_id and event_is_wanted('letter.delivered', letters.office_code);
    return null;
end $$;
create trigger letter_deliveries_tell after update of handed_out_at on letter_deliveries for each row
    when (old.handed_out_at is null and new.handed_out_at is not null) execute function letter_deliveries_tell();

-- The relay took the letter, or the mail came back.
create function messages_tell() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if new.fate = 'bounced' then
        insert into events (kind, office_code, request_id, taxpayer_id, letter_id, message_id, detail, occurred_at)
        select 'message.bounced', new.office_code, new.request_id, requests.taxpayer_id, new.letter_id, new.message_id,
               jsonb_build_object('message_kind', new.kind), new.fate_at
        from (values (new.request_id)) as mail (request_id) left join requests using (request_id)
        where event_is_wanted('message.bounced', new.office_code);
    else
        insert into events (kind, office_code, request_id, taxpayer_id, letter_id, message_id, detail, occurred_at)
        select 'letter.delivered', letters.office_code, letters.request_id, requests.taxpayer_id, letters.letter_id, new.message_id,
               jsonb_build_object('letter_kind', letters.kind, 'way', 'email'), new.fate_at
        from letters join requests using (request_id)
        where letters.letter_id = new.letter_id and letters.signed_by is not null
            and event_is_wanted('letter.delivered', letters.office_code);
    end if;
    return null;
end $$;
create trigger messages_tell after update of fate on messages for each row
    when (new.fate is distinct from old.fate
          and (new.fate = 'bounced' or new.fate = 'accepted' and new.kind = 'letter_delivery'))
    execute function messages_tell();

-- When a password or a desktop code changed last; the state has its own instant.
alter table credentials add column secret_changed_at timestamptz;

-- The pair of an office that is not served here is a note about it.
create function credentials_begin_to_tell() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into events (kind, office_code, taxpayer_id, credential_id, detail, occurred_at)
    select 'credential.changed', n.office_code, n.taxpayer_id, n.credential_id,
           jsonb_build_object('change', 'created', 'state', n.state), n.created_at
    from new_rows as n
    where n.origin <> 'external' and event_is_wanted('credential.changed', n.office_code);
    return null;
end $$;
create trigger credentials_begin_to_tell after insert on credentials referencing new table as new_rows
    for each statement execute function credentials_begin_to_tell();

create function credentials_tell() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    secret_at timestamptz := coalesce(new.secret_changed_at, now());     -- none: by the release before this
begin
    if not event_is_wanted('credential.changed', new.office_code) then
        return null;
    end if;
    insert into events (kind, office_code, taxpayer_id, credential_id, detail, occurred_at)
    select 'credential.changed', new.office_code, new.taxpayer_id, new.credential_id,
           jsonb_build_object('change', changes.change, 'state', new.state), changes.at
    from (values
        (new.state <> old.state, case new.state when 'active' then 'reinstated' else new.state end, new.state_changed_at),
        (new.password_hash is distinct from old.password_hash,
         case when new.password_hash is null then 'password_ended' else 'password_changed' end, secret_at),
        (new.desktop_lookup is distinct from old.desktop_lookup, 'desktop_code_changed', secret_at)
    ) as changes (happened, change, at)
    where happened;
    return null;
end $$;
create trigger credentials_tell after update of state, password_hash, desktop_lookup on credentials for each row
    when ((old.state, old.password_hash, old.desktop_lookup) is distinct from (new.state, new.password_hash, new.desktop_lookup))
    execute function credentials_tell();

grant select, insert, update on webhook_endpoints to aktivasi_app;
grant select, insert, update, delete on webhook_secrets to aktivasi_app;
grant select, delete on events to aktivasi_app;
grant select, update on webhook_deliveries to aktivasi_app;
grant select, insert on webhook_attempts to aktivasi_app;
