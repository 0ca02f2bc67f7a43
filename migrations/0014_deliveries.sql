-- Letters that one clerk prints in one go, in the order of their envelopes.
create table print_batches (
    batch_id      uuid        primary key,
    office_code   text        not null references offices,
    delivery      text        not null check (delivery in ('post', 'counter')),
    created_at    timestamptz not null,
    created_by    uuid        not null references staff,
    printed_count integer     not null default 0,
    printed_at    timestamptz,                             -- first time
    constraint print_batches_printed_shape check ((printed_count > 0) = (printed_at is not null))
);
create index print_batches_of_office on print_batches (office_code, created_at);

create table print_batch_letters (
    batch_id  uuid    not null references print_batches,
    position  integer not null check (position >= 1),
    letter_id uuid    not null references letters,
    primary key (batch_id, position),
    constraint print_batch_letters_once unique (batch_id, letter_id)
);

-- Each way on which a letter was sent, beginning with the one of its signature. A letter that came back gets another row:
-- no attempt is overwritten. `letters` keeps the state of the last one beside it (delivery, handed_out_at, ...), and the
-- daily balance holds the two against each other.
create table letter_deliveries (
    letter_id       uuid        not null references letters,
    number          integer     not null check (number >= 1),
    office_code     text        not null references offices,
    way             text        not null check (way in ('email', 'post', 'counter')),
    decided_at      timestamptz not null,
    decided_by      uuid        references staff,           -- none: the signature decided
    reason          text,
    address         text,                                   -- corrected; none: the one that the letter shows
    batch_id        uuid        references print_batches,   -- claimed by
    printed_at      timestamptz,
    handed_out_at   timestamptz,
    handed_out_by   uuid        references staff,
    posted_on       date,
    tracking_number text,
    receipt_number  text,
    collector_name  text,
    collector_identity text     check (collector_identity in ('ktp', 'sim', 'paspor', 'kitas')),
    collector_last4 text        check (collector_last4 ~ '^[0-9A-Z]{4}$'),
    returned_at     timestamptz,
    returned_on     date,
    returned_by     uuid        references staff,
    return_reason   text        check (return_reason in ('moved', 'unknown', 'incomplete_address', 'refused', 'unclaimed')),
    return_note     text,
    given_up_at     timestamptz,
    given_up_by     uuid        references staff,
    given_up_reason text,
    primary key (letter_id, number),
    constraint letter_deliveries_mail_is_elsewhere check (way <> 'email' or num_nonnulls(batch_id, printed_at, handed_out_at, returned_at) = 0),
    constraint letter_deliveries_handed_out_shape check ((handed_out_at is null) = (handed_out_by is null)),
    constraint letter_deliveries_posted_shape check (way = 'post' and (posted_on is null) = (handed_out_at is null)
        or way <> 'post' and num_nonnulls(posted_on, tracking_number, address) = 0),
    constraint letter_deliveries_collected_shape check (num_nonnulls(receipt_number, collector_name, collector_identity, collector_last4) in (0, 4)
        and (receipt_number is null or way = 'counter' and handed_out_at is not null)),
    constraint letter_deliveries_returned_shape check (returned_at is null or way = 'post' and handed_out_at is not null and returned_on is not null),
    constraint letter_deliveries_given_up_shape check (num_nonnulls(given_up_at, given_up_by, given_up_reason) in (0, 3)
        and (given_up_at is null or handed_out_at is null or returned_at is not null))
);
create unique index letter_deliveries_tracking on letter_deliveries (tracking_number) where tracking_number is not null;
create index letter_deliveries_to_print on letter_deliveries (office_code, way)
    where batch_id is null and printed_at is null and handed_out_at is null and given_up_at is null;

alter table letters add column given_up_at timestamptz;

-- The order of envelopes: for the post by postcode (the last five digits in a row of the address; without one at the end) and
-- name, as the post sorts; at the counter by name, as people ask.
create function envelope_order(way text, address text, name text) returns text language sql immutable as $$
    select case when way = 'post' then coalesce(substring(address from '([0-9]{5})[^0-9]*$'), '99999') || ' ' else '' end
           || upper(coalesce(name, ''))
$$;

-- Issued letters that leave on paper, each with the way on which it leaves now.
create view paper_letters as
select letters.letter_id, letters.office_code, letters.kind, letters.number, letters.copy_number, letters.created_at,
       letters.printed_count, way.way, letters.data #>> '{pkp,nama}' as addressee,
       coalesce(way.address, letters.data #>> '{pkp,alamat}') as address, way.address is not null as other_address,
       rounds.receipt_number, ready.to_print,
       ready.to_print and way.batch_id is null and way.printed_at is null as waits,
       envelope_order(way.way, coalesce(way.address, letters.data #>> '{pkp,alamat}'), letters.data #>> '{pkp,nama}') as envelope
from letters
join rounds on rounds.round_id = letters.round_id
join letter_deliveries as way on way.letter_id = letters.letter_id
cross join lateral (select way.handed_out_at is null and way.given_up_at is null and letters.superseded_at is null as to_print) as ready
where way.way <> 'email'
  and not exists (select from letter_deliveries as later
                  where later.letter_id = letters.letter_id and later.number > way.number);

-- What `letters` knows of the past.
insert into letter_deliveries (letter_id, number, office_code, way, decided_at, printed_at, handed_out_at, handed_out_by,
                               posted_on, tracking_number, returned_at, returned_on)
select letter_id, 1, office_code, delivery, created_at, case when printed_count > 0 and delivery <> 'email' then created_at end,
       handed_out_at, handed_out_by,
       case when delivery = 'post' then (handed_out_at at time zone time_zone)::date end,
       -- One that was typed twice stays with `letters` only: it is unique from now on.
       case when count(*) over (partition by tracking_number) = 1 then tracking_number end,
       returned_at, (returned_at at time zone time_zone)::date
from letters join offices using (office_code)
where signed_by is not null;

-- Whoever inserts a letter, by whatever release: its first way is written down.
create function letters_begin_their_delivery() returns trigger language plpgsql as $$
begin
    insert into letter_deliveries (letter_id, number, office_code, way, decided_at, reason)
    values (new.letter_id, 1, new.office_code, new.delivery, new.created_at, new.delivery_reason);
    return null;
end $$;
create trigger letters_begin_their_delivery after insert on letters for each row
    when (new.signed_by is not null) execute function letters_begin_their_delivery();

-- What became of the e-mails that carry letters, each change in its order.
create table message_fates (
    fate_id    bigint      generated always as identity primary key,
    message_id uuid        not null references messages,
    at         timestamptz not null,
    fate       text        not null
);
create index message_fates_of_message on message_fates (message_id, fate_id);

insert into message_fates (message_id, at, fate)
select message_id, created_at, 'queued' from messages where kind = 'letter_delivery' and letter_id is not null order by created_at;
insert into message_fates (message_id, at, fate)
select message_id, fate_at, fate from messages where kind = 'letter_delivery' and letter_id is not null and fate <> 'queued' order by fate_at;

-- Whoever changes a fate, by whatever path: the change is written down.
create function messages_keep_their_fates() returns trigger language plpgsql as $$
begin
    insert into message_fates (message_id, at, fate) values (new.message_id, new.fate_at, new.fate);
    return null;
end $$;
create trigger messages_begin_their_fates after insert on messages for each row
    when (new.kind = 'letter_delivery' and new.letter_id is not null) execute function messages_keep_their_fates();
create trigger messages_keep_their_fates after update of fate on messages for each row
    when (new.kind = 'letter_delivery' and new.letter_id is not null and new.fate is distinct from old.fate)
    execute function messages_keep_their_fates();

-- Where each issued letter was just before an instant, from the history: 'delivered', 'pending', 'returned', 'given_up',
-- or null when nobody knows. The one truth of the daily balance.
create function letter_classes(as_of timestamptz) returns table (letter_id uuid, office_code text, class text)
language sql stable as $$
    select letters.letter_id, letters.office_code,
           case
               when way.way = 'email' and mail.fate = 'accepted' then 'delivered'
               when way.way <> 'email' and way.handed_out_at < as_of
                    and (way.returned_at is null or way.returned_at >= as_of) then 'delivered'
               when letters.superseded_at < as_of or way.given_up_at < as_of then 'given_up'
               when way.way <> 'email' and way.returned_at < as_of then 'returned'
               when way.way <> 'email' then 'pending'
               when mail.fate = 'queued' then 'pending'
               when mail.fate = 'bounced' then 'returned'
               when mail.fate in ('given_up', 'superseded') then 'given_up'
           end
    from letters
    left join lateral (
        select * from letter_deliveries
        where letter_deliveries.letter_id = letters.letter_id and decided_at < as_of
        order by number desc limit 1) as way on true
    left join lateral (
        select message_fates.fate from messages join message_fates using (message_id)
        where messages.letter_id = letters.letter_id and messages.kind = 'letter_delivery'
          and messages.created_at < as_of and message_fates.at < as_of
        order by messages.created_at desc, message_id desc, fate_id desc limit 1) as mail on true
    where letters.signed_by is not null and letters.created_at < as_of
$$;

-- The same of the present, from the rows as they stand: what the history is held against.
create function letter_classes_now() returns table (letter_id uuid, office_code text, class text)
language sql stable as $$
    select letters.letter_id, letters.office_code,
           case
               when delivery = 'email' and mail.fate = 'accepted' then 'delivered'
               when delivery <> 'email' and handed_out_at is not null and returned_at is null then 'delivered'
               when superseded_at is not null or given_up_at is not null then 'given_up'
               when delivery <> 'email' and returned_at is not null then 'returned'
               when delivery <> 'email' then 'pending'
               when mail.fate = 'queued' then 'pending'
               when mail.fate = 'bounced' then 'returned'
               when mail.fate in ('given_up', 'superseded') then 'given_up'
           end
    from letters
    left join lateral (
        select fate from messages
        where messages.letter_id = letters.letter_id and messages.kind = 'letter_delivery'
        order by messages.created_at desc, message_id desc limit 1) as mail on true
    where letters.signed_by is not null
$$;

-- One more kind of task, whatever kinds there are.
do $$
declare
    rule text := (select pg_get_constraintdef(oid) from pg_constraint where conname = 'tasks_kind_check');
begin
    alter table tasks drop constraint tasks_kind_check;
    execute 'alter table tasks add constraint tasks_kind_check '
        || replace(rule, 'ARRAY[', 'ARRAY[''letters_out_of_balance''::text, ');
end $$;

grant select, insert, update on print_batches, letter_deliveries to aktivasi_app;
grant select, insert on print_batch_letters, message_fates to aktivasi_app;
grant select on paper_letters to aktivasi_app;
