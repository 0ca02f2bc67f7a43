-- What is to be done with a letter on paper, so that clerks find it: `print` (nobody printed it for the way on which it leaves),
-- `batch` (in a batch that nobody printed), `post` (printed, goes to the post), `counter` (printed, waits for its collector),
-- `returned` (the post brought it back, and nobody decided how it leaves now). None: nothing is to be done.
create or replace view paper_letters as
select letters.letter_id, letters.office_code, letters.kind, letters.number, letters.copy_number, letters.created_at,
       letters.printed_count, way.way, letters.data #>> '{pkp,nama}' as addressee,
       coalesce(way.address, letters.data #>> '{pkp,alamat}') as address, way.address is not null as other_address,
       rounds.receipt_number, ready.to_print,
       ready.to_print and way.batch_id is null and way.printed_at is null as waits,
       envelope_order(way.way, coalesce(way.address, letters.data #>> '{pkp,alamat}'), letters.data #>> '{pkp,nama}') as envelope,
       way.returned_at is not null and way.given_up_at is null and letters.superseded_at is null as came_back,
       case when ready.to_print and way.printed_at is not null then way.way
            when ready.to_print and way.batch_id is not null then 'batch'
            when ready.to_print then 'print'
            when way.returned_at is not null and way.given_up_at is null and letters.superseded_at is null then 'returned'
       end as place
from letters
join rounds on rounds.round_id = letters.round_id
join letter_deliveries as way on way.letter_id = letters.letter_id and way.office_code = letters.office_code
cross join lateral (select way.handed_out_at is null and way.given_up_at is null and letters.superseded_at is null as to_print) as ready
where way.way <> 'email'
  and not exists (select from letter_deliveries as later
                  where later.letter_id = letters.letter_id and later.number > way.number);

create index letter_deliveries_to_hand_out on letter_deliveries (office_code)
    where way <> 'email' and handed_out_at is null and given_up_at is null;
create index letter_deliveries_came_back on letter_deliveries (office_code)
    where returned_at is not null and given_up_at is null;
-- By what is written on a letter; a copy shares the number of its original.
create index letters_number on letters (number) where number is not null;
