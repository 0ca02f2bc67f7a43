-- The rows of a registry file while they are compared with the registry. They are filled and emptied in one transaction,
-- so that nobody ever reads them here; lost in a crash, as the import itself.
create unlogged table taxpayer_import_rows (
    row_number      bigint  not null,       -- line of the file
    taxpayer_id     uuid    not null,       -- the id that it gets when it is new
    canonical       text    not null,
    npwp15          text,
    npwp16          text,
    nik             text,
    nitku           text,
    kind            text    not null,
    name            text    not null,
    office_code     text    not null,
    address         text    not null,
    city            text    not null,
    province        text    not null,
    email           text,
    pkp_status      text,
    evidence_case   text,
    evidence_number text,
    evidence_on     date,
    sppkp_number    text,
    sppkp_on        date,
    sppkp_office    text
);

-- Which taxpayers of the registry a row is about.
create unlogged table taxpayer_import_matches (
    row_number  bigint  not null,
    taxpayer_id uuid    not null
);

grant select, insert, delete on taxpayer_import_rows, taxpayer_import_matches to aktivasi_app;

-- What the registry said when a request was received is what it said in this version of the taxpayer. Null: older requests.
alter table requests add column taxpayer_version integer;
