-- A filing that was begun and not sent: what was typed, sealed. It belongs to the proof of the filer's address; whoever
-- proves that address again goes on with it. Its uploads are kept as long as it is.
create table saved_filings (
    filing_id  uuid        primary key,
    proof_id   uuid        not null constraint saved_filings_proof_key unique references email_proofs,
    wanted     text        not null check (wanted in ('new_credentials', 'reprint', 'update_email', 'move_office', 'bundle')),
    sealed     bytea       not null,
    begun_at   timestamptz not null,
    saved_at   timestamptz not null,
    expires_at timestamptz not null
);
create index saved_filings_expiry on saved_filings (expires_at);
grant select, insert, update, delete on saved_filings to aktivasi_app;

create index documents_of_proof on documents (proof_id) where attached_at is null;
