-- What somebody typed into "Lupa password". A job compares it, so that asking takes the same work whoever asks.
create table forgotten_passwords (
    forgotten_id uuid        primary key,
    typed_sealed bytea,                    -- NPWP, code and address; gone once compared
    asked_at     timestamptz not null,
    compared_at  timestamptz,
    constraint forgotten_passwords_typed_until_compared check ((typed_sealed is null) = (compared_at is not null))
);
create index forgotten_passwords_asked on forgotten_passwords (asked_at);
grant select, insert, update, delete on forgotten_passwords to aktivasi_app;
