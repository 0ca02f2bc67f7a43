-- The balance of each office as it was counted last: a board shows it without looking at every letter.
create table letter_balances (
    office_code text        primary key references offices,
    counted_at  timestamptz not null,
    issued      bigint      not null,
    delivered   bigint      not null,
    pending     bigint      not null,
    returned    bigint      not null,
    given_up    bigint      not null,
    unexplained bigint      not null
);
-- Whoever looks at the letters of some offices reads those alone.
create index letters_of_office on letters (office_code) where signed_by is not null;
grant select, insert, update on letter_balances to aktivasi_app;
