-- Versions of the wording of letters. A version is complete in itself: its file and the shared pieces that it includes.
-- Numbers below 1000 are those of the wording that programs carry in themselves, recorded when such a program starts;
-- numbers from 1001 on are the installation's own. So an upgrade never meets a number that is taken.
create table letter_templates (
    template_id  uuid        primary key,
    kind         text        not null check (kind ~ '^[a-z][a-z_]{2,39}$'),
    version      integer     not null,
    origin       text        not null check (origin in ('built_in', 'own')),
    source       text        not null,
    pieces       jsonb       not null,     -- name of the piece -> its text
    sha256       bytea       not null check (length(sha256) = 32),   -- of kind, source and pieces
    state        text        not null check (state in ('draft', 'approved', 'withdrawn')),
    drafted_by   uuid        references staff,
    drafted_at   timestamptz not null,     -- or recorded
    approved_by  uuid        references staff,
    approved_at  timestamptz,
    in_force_on  date,                     -- from this day on, by the day of each office
    dated_at     timestamptz,              -- when the day was named
    withdrawn_by uuid        references staff,
    withdrawn_at timestamptz,
    revision     integer     not null default 1,
    constraint letter_templates_version_key unique (kind, version),
    constraint letter_templates_numbers check (case origin when 'built_in' then version between 1 and 999 else version > 1000 end),
    constraint letter_templates_own_have_a_drafter check ((origin = 'own') = (drafted_by is not null)),
    constraint letter_templates_drafter_is_not_approver check (approved_by <> drafted_by),
    constraint letter_templates_state_shape check (case state
        when 'draft'     then origin = 'own' and num_nonnulls(approved_by, approved_at, in_force_on, dated_at, withdrawn_by, withdrawn_at) = 0
        when 'approved'  then approved_at is not null and num_nonnulls(withdrawn_by, withdrawn_at) = 0
        when 'withdrawn' then num_nulls(withdrawn_by, withdrawn_at) = 0
        else false end),
    constraint letter_templates_approval_shape check (approved_at is null or (origin = 'own') = (approved_by is not null)),
    constraint letter_templates_day_shape check (num_nonnulls(in_force_on, dated_at) in (0, 2)
        and (in_force_on is null or approved_at is not null)),
    -- A day that has begun somewhere in the country is not named: letters of that morning say something else already.
    constraint letter_templates_day_lies_ahead check (in_force_on > (dated_at at time zone 'Asia/Jayapura')::date
        or (origin = 'built_in' and dated_at = drafted_at)),
    constraint letter_templates_in_force_stays check (in_force_on > (withdrawn_at at time zone 'Asia/Jayapura')::date)
);
create unique index letter_templates_one_in_force on letter_templates (kind, in_force_on)
    where state = 'approved' and in_force_on is not null;

-- What was approved is final, what is in force stays in force, and what was withdrawn stays withdrawn.
create function letter_templates_are_final() returns trigger language plpgsql as $$
begin
    if (new.template_id, new.kind, new.version, new.origin, new.drafted_at) is distinct from
       (old.template_id, old.kind, old.version, old.origin, old.drafted_at)
       or new.drafted_by is distinct from old.drafted_by then
        raise exception 'the identity of a version does not change' using errcode = 'check_violation', constraint = 'letter_templates_are_final';
    end if;
    if old.state <> 'draft' and ((new.source, new.pieces, new.sha256) is distinct from (old.source, old.pieces, old.sha256)
       or new.approved_by is distinct from old.approved_by or new.approved_at is distinct from old.approved_at) then
        raise exception 'what was approved is final' using errcode = 'check_violation', constraint = 'letter_templates_are_final';
    end if;
    if old.state = 'withdrawn' or (old.state = 'approved' and new.state = 'draft') then
        raise exception 'a version does not go back' using errcode = 'check_violation', constraint = 'letter_templates_are_final';
    end if;
    if new.in_force_on is distinct from old.in_force_on
       and old.in_force_on <= (new.dated_at at time zone 'Asia/Jayapura')::date then
        raise exception 'what is in force stays in force' using errcode = 'check_violation', constraint = 'letter_templates_are_final';
    end if;
    return new;
end $$;
create trigger letter_templates_are_final before update on letter_templates
    for each row execute function letter_templates_are_final();

grant select, insert on letter_templates to aktivasi_app;
grant update (source, pieces, sha256, state, approved_by, approved_at, in_force_on, dated_at, withdrawn_by, withdrawn_at, revision)
    on letter_templates to aktivasi_app;
