-- The report of a month: a row when it is made, and for good what was signed.
create table monthly_reports (
    report_id         uuid        primary key,
    office_code       text        not null references offices,
    month_on          date        not null constraint monthly_reports_month check (extract(day from month_on) = 1),
    made_at           timestamptz not null,
    made_by           uuid        references staff,   -- none: by the service
    signed_at         timestamptz,
    signed_by         uuid        references staff,
    signatory         text,                           -- name and position as printed
    figures           jsonb,
    data              jsonb,                          -- what the paper was made from
    computed_at       timestamptz,
    digest            bytea       check (length(digest) = 32),      -- of what was read and signed
    template_version  integer,
    sealed            bytea,
    sha256            bytea       check (length(sha256) = 32),      -- of the file
    pages             integer     check (pages > 0),
    renderer_version  text,
    certificate_name  text,                           -- none: the office has no seal
    constraint monthly_reports_one_of_a_month unique (office_code, month_on),
    constraint monthly_reports_signed_whole check (num_nulls(signed_at, signed_by, signatory, figures, data, computed_at, digest,
        template_version, sealed, sha256, pages, renderer_version) in (0, 12)),
    constraint monthly_reports_seal_is_signed check (certificate_name is null or signed_at is not null)
);

-- What was signed never changes, and a report stays that of its office and month.
create function monthly_reports_are_final() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
    if old.signed_at is not null or tg_op = 'DELETE' then
        raise exception 'a report that was signed is final' using errcode = 'check_violation', constraint = 'monthly_reports_are_final';
    end if;
    if (new.report_id, new.office_code, new.month_on, new.made_at) is distinct from
       (old.report_id, old.office_code, old.month_on, old.made_at) or new.made_by is distinct from old.made_by then
        raise exception 'a report is that of one month' using errcode = 'check_violation', constraint = 'monthly_reports_are_final';
    end if;
    return new;
end $$;
create trigger monthly_reports_are_final before update or delete on monthly_reports
    for each row execute function monthly_reports_are_final();

grant select, insert on monthly_reports to aktivasi_app;
grant update (signed_at, signed_by, signatory, figures, data, computed_at, digest, template_version, sealed, sha256, pages,
    renderer_version, certificate_name) on monthly_reports to aktivasi_app;
