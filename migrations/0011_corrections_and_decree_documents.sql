-- A signed letter is never changed. One that is wrong is replaced by a letter of its own that names it.
alter table letters add column superseded_by uuid
    constraint letters_superseded_by_key unique references letters;
alter table letters
    add constraint letters_superseded_shape check (num_nonnulls(superseded_at, superseded_by) in (0, 2)),
    add constraint letters_only_numbered_ones_are_replaced
        check (superseded_by is null or (sequence is not null and superseded_by <> letter_id));

-- What a special officer puts right in a letter, until the section head signs it or sends it back.
create table correction_drafts (
    correction_id    uuid        primary key,
    letter_id        uuid        not null references letters,   -- the wrong one
    office_code      text        not null references offices,
    reason           text        not null check (reason <> ''), -- for the file of the office, never printed
    corrections      jsonb       not null,
    template_version integer     not null,
    digest           bytea       not null check (length(digest) = 32),
    drafted_by       uuid        not null references staff,
    drafted_at       timestamptz not null,
    ended_at         timestamptz,
    ending           text        check (ending in ('signed', 'sent_back', 'redrafted')),
    sent_back_reason text,
    signed_by        uuid        references staff,
    issued_letter    uuid        references letters,
    constraint correction_drafts_end_shape check ((ended_at is null) = (ending is null)
        and coalesce(ending = 'signed', false) = (signed_by is not null)
        and (signed_by is null) = (issued_letter is null)
        and coalesce(ending = 'sent_back', false) = (sent_back_reason is not null)),
    constraint correction_drafts_drafter_is_not_signer check (drafted_by <> signed_by)
);
create unique index correction_drafts_one_open on correction_drafts (letter_id) where ended_at is null;
create index correction_drafts_waiting on correction_drafts (office_code, drafted_at, correction_id) where ended_at is null;

grant select, insert, update on correction_drafts to aktivasi_app;

-- A KEP that is made here: prepared, numbered for a signature in ink, and in force with the scan of what was signed.
create table decree_documents (
    decree_document_id uuid        primary key,
    office_code        text        not null references offices,
    dated_on           date        not null,
    in_force_on        date        not null,
    until_on           date,                                -- last day; null: until revoked
    officers           jsonb       not null check (jsonb_array_length(officers) between 1 and 50),
    revokes            text,                                -- number of a decree of the office that ends with this one
    data               jsonb       not null,                -- what is printed
    template_version   integer     not null,
    state              text        not null check (state in ('prepared', 'discarded', 'numbered', 'signed', 'voided')),
    series             text        check (series = 'KEP'),
    year               integer,
    sequence           integer,
    number             text,
    prepared_by        uuid        not null references staff,
    prepared_at        timestamptz not null,
    numbered_by        uuid        references staff,
    numbered_at        timestamptz,
    signed_at          timestamptz,                         -- when the first scan came
    ended_by           uuid        references staff,        -- who voided or discarded it
    ended_at           timestamptz,
    void_reason        text,
    constraint decree_documents_period check (in_force_on >= dated_on and (until_on is null or until_on >= in_force_on)),
    constraint decree_documents_number_key unique (office_code, series, year, sequence),
    constraint decree_documents_shape check (
        num_nonnulls(series, year, sequence, number, numbered_by, numbered_at)
            = case when state in ('numbered', 'signed', 'voided') then 6 else 0 end
        and (state = 'signed') = (signed_at is not null)
        and num_nonnulls(ended_by, ended_at) = case when state in ('discarded', 'voided') then 2 else 0 end
        and (state = 'voided') = (void_reason is not null))
);
create index decree_documents_of_office on decree_documents (office_code, prepared_at, decree_document_id);

-- The unsigned paper as it was rendered: the record of what went to be signed.
create table decree_files (
    decree_document_id uuid        primary key references decree_documents,
    sealed             bytea       not null,
    sha256             bytea       not null check (length(sha256) = 32),
    pages              integer     not null,
    renderer_version   text        not null,
    rendered_at        timestamptz not null
);

-- The last day in force, when a decree names one.
alter table decrees add column until_on date;
alter table decrees add constraint decrees_until check (until_on is null or until_on >= in_force_on);
-- The document that the appointment comes from; null for a decree that was made outside.
alter table decrees add column decree_document_id uuid references decree_documents;

-- Scans of signed decrees, encrypted in chunks as documents are. A later scan does not remove an earlier one.
create table decree_scans (
    scan_id            uuid        primary key,
    office_code        text        not null references offices,
    decree_document_id uuid        references decree_documents,
    decree_id          uuid        references decrees,      -- of a decree that was made outside
    media_type         text        not null check (media_type in ('application/pdf', 'image/jpeg', 'image/png')),
    file_name          text        not null,
    byte_count         bigint      not null check (byte_count > 0),
    chunk_count        integer     not null check (chunk_count > 0),
    sha256             bytea       not null check (length(sha256) = 32),
    uploaded_by        uuid        not null references staff,
    uploaded_at        timestamptz not null,
    constraint decree_scans_have_one_owner check (num_nonnulls(decree_document_id, decree_id) = 1)
);
create index decree_scans_of_document on decree_scans (decree_document_id, uploaded_at) where decree_document_id is not null;
create index decree_scans_of_decree on decree_scans (decree_id, uploaded_at) where decree_id is not null;

create table decree_scan_chunks (
    scan_id uuid    not null references decree_scans,
    number  integer not null,
    sealed  bytea   not null,
    primary key (scan_id, number)
);

grant select, insert, update on decree_documents, decree_scans to aktivasi_app;
grant select, insert on decree_files, decree_scan_chunks to aktivasi_app;
