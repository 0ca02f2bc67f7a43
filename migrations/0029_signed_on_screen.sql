-- A filer may draw the signature of the request letter on a screen, where the regime lets such a letter count.
alter table regimes add column letter_on_screen boolean not null default true;

-- When the letter was signed so: it was made here, never uploaded.
alter table documents add column signed_at timestamptz;
alter table documents add constraint documents_signed_are_letters
    check (signed_at is null or (kind = 'application_letter' and media_type = 'application/pdf'));

-- What was drawn, sealed; it goes with the filing.
alter table saved_filings add column ink bytea;
