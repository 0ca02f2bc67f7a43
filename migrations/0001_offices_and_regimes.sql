-- The runtime role is made before the first migration (scripts/cluster, deploy/postgres); say so when it is missing.
do $$
begin
    if not exists (select from pg_roles where rolname = 'aktivasi_app') then
        raise exception 'role aktivasi_app is missing: create it first (create role aktivasi_app login password ...)';
    end if;
end $$;
grant usage on schema public to aktivasi_app;

-- A Kantor Pelayanan Pajak. What differs from office to office is data here, never a constant in code.
create table offices (
    office_code       text        primary key check (office_code ~ '^[0-9]{3}$'),
    name              text        not null,
    kanwil            text        not null,
    city              text        not null,
    province          text        not null,
    time_zone         text        not null check (time_zone in ('Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura')),
    kind              text        not null,
    address           text,       -- without it no letter can be signed
    phone             text,
    fax               text,
    former_name       text,
    confidence        text        not null default 'high' check (confidence in ('high', 'medium', 'low')),
    password_delivery text        not null default 'link' check (password_delivery in ('link', 'email')),
    letter_delivery   text        not null default 'email' check (letter_delivery in ('email', 'post', 'counter')),
    signatory_title   text        not null default 'Kepala Seksi Pelayanan',
    signs_on_behalf   boolean     not null default true,
    drafting_code     text        not null default '-',
    updated_at        timestamptz not null,
    version           integer     not null default 1
);
grant select, insert, update on offices to aktivasi_app;

-- The rules in force for a request, attached to it at intake. A change of regulation is a new row.
create table regimes (
    regime_code        text    primary key,
    is_default         boolean not null default false,
    letter_basis       text    not null,  -- rule named in letters
    circular           text    not null,  -- circular, full citation
    form_basis         text    not null,  -- rule named in the operative sentence of the form
    form_label         text    not null,
    limit_days         jsonb   not null,  -- kind -> business days
    document_policy    jsonb   not null,  -- see src/domain/document_policy.rs
    supply_days        integer not null check (supply_days between 1 and 60),   -- calendar days to complete a returned request
    refuses_incomplete boolean not null default false
);
create unique index regimes_one_default on regimes (is_default) where is_default;
grant select on regimes to aktivasi_app;

insert into regimes values (
    'per24_se20', true,
    'Peraturan Direktur Jenderal Pajak Nomor PER-24/PJ/2012 sebagaimana telah beberapa kali diubah terakhir dengan Peraturan Direktur Jenderal Pajak Nomor PER-17/PJ/2014',
    'Surat Edaran Direktur Jenderal Pajak Nomor SE-20/PJ/2020',
    'PER-24/PJ/2012',
    'Lampiran IE PER-17/PJ/2014',
    '{"new_credentials": 3, "reprint": 3, "update_email": 3, "move_office": 3}',
    '[
      {"any_of": ["application_letter"]},
      {"any_of": ["identity_card"]},
      {"any_of": ["power_of_attorney"], "capacities": ["kuasa"]},
      {"any_of": ["police_loss_report"], "kinds": ["reprint"], "reprint_reasons": ["lost"]},
      {"any_of": ["damaged_letter"], "kinds": ["reprint"], "reprint_reasons": ["damaged"]},
      {"any_of": ["original_notice"], "kinds": ["update_email"], "sibling_reprint_counts": true},
      {"any_of": ["original_notice", "police_loss_report"], "kinds": ["move_office"]},
      {"any_of": ["sppkp"], "kinds": ["move_office"]}
    ]',
    14, false
);
