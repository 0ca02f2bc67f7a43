-- Proof of an e-mail address: a 6-digit code by mail, then a token for one request.
create table email_proofs (
    proof_id         uuid        primary key,
    email            text        not null,
    key_id           text        not null,        -- the code is an HMAC over id and this key: stored nowhere
    office_code      text        references offices, -- office named in the mail
    created_at       timestamptz not null,
    code_expires_at  timestamptz not null,
    proven_at        timestamptz,
    token_hash       bytea       constraint email_proofs_token_key unique,
    proof_expires_at timestamptz,
    used_at          timestamptz,
    constraint email_proofs_shape check (num_nonnulls(proven_at, token_hash, proof_expires_at) in (0, 3)
        and (used_at is null or proven_at is not null))
);

create sequence receipt_numbers;
create sequence help_desk_numbers;

create table requests (
    request_id        uuid        primary key,
    office_code       text        not null references offices,
    taxpayer_id       uuid        not null references taxpayers,
    kind              text        not null check (kind in ('new_credentials', 'reprint', 'update_email', 'move_office')),
    regime_code       text        not null references regimes,
    channel           text        not null check (channel in ('online', 'counter', 'post')),
    sender            text        not null check (sender in ('known', 'unknown', 'counter', 'post')),
    address_proof     text        not null check (address_proof in ('proven', 'unproven')),
    unproven_reason   text,
    bundle_id         uuid,
    tracking_key_id   text        not null,

    -- the form
    tax_id            text        not null,        -- as typed, cleaned
    letter_number     text        not null,
    letter_place      text        not null,
    letter_on         date        not null,
    signer_name       text        not null,
    signer_position   text        not null,
    signer_capacity   text        not null check (signer_capacity in ('pkp', 'pengurus', 'kuasa')),
    pkp_name          text        not null,
    pkp_address       text        not null,
    email             text        not null,
    alternate_email   text,
    reprint_reason    text        check (reprint_reason in ('lost', 'damaged', 'illegible', 'never_received')),
    previous_office   text,
    old_letter_number text,
    old_letter_on     date,

    keyed_in_by       uuid        references staff, -- counter and post
    arrived_on        date,                         -- post: when the letter came, never the clock
    first_received_at timestamptz not null,

    state             text        not null check (state in ('received', 'examining', 'drafted', 'incomplete', 'issued', 'withdrawn', 'lapsed')),
    officer_id        uuid        references staff,
    proposed_officer  uuid        references staff,
    outcome           text        check (outcome in ('granted', 'refused')),
    ended_at          timestamptz,
    withdrawn_reason  text        check (withdrawn_reason in ('own', 'moved', 'displaced')),
    round_number      integer     not null default 1,
    version           integer     not null default 1,

    constraint requests_state_shape check (case state
        when 'received'   then num_nonnulls(officer_id, outcome, ended_at, withdrawn_reason) = 0
        when 'examining'  then officer_id is not null and num_nonnulls(outcome, ended_at, withdrawn_reason) = 0
        when 'drafted'    then officer_id is not null and num_nonnulls(outcome, ended_at, withdrawn_reason) = 0
        when 'incomplete' then num_nonnulls(officer_id, outcome, ended_at, withdrawn_reason) = 0
        when 'issued'     then num_nulls(officer_id, outcome, ended_at) = 0 and withdrawn_reason is null
        when 'withdrawn'  then num_nulls(ended_at, withdrawn_reason) = 0 and outcome is null
        when 'lapsed'     then ended_at is not null and num_nonnulls(outcome, withdrawn_reason) = 0
        else false end),
    constraint requests_reprint_has_a_reason check ((kind = 'reprint') = (reprint_reason is not null)),
    constraint requests_move_names_the_previous_office check ((kind = 'move_office') = (previous_office is not null)),
    constraint requests_keyed_in_at_the_office check ((channel = 'online') = (keyed_in_by is null)),
    constraint requests_unproven_has_a_reason check ((address_proof = 'unproven') = (unproven_reason is not null)),
    constraint requests_online_is_proven check (channel <> 'online' or address_proof = 'proven')
);
-- One open request per taxpayer and kind. A filing from an address that we do not know cannot take the place
-- of the taxpayer's own; it is bound to the address that it came from.
create unique index requests_one_open on requests (taxpayer_id, kind)
    where state in ('received', 'examining', 'drafted', 'incomplete') and sender <> 'unknown';
create unique index requests_one_open_per_unknown_sender on requests (taxpayer_id, kind, lower(email))
    where state in ('received', 'examining', 'drafted', 'incomplete') and sender = 'unknown';
create index requests_open_of_office on requests (office_code, state)
    where state in ('received', 'examining', 'drafted', 'incomplete');
create index requests_of_taxpayer on requests (taxpayer_id);
create index requests_of_bundle on requests (bundle_id) where bundle_id is not null;

-- A round: from complete receipt to signature, return, withdrawal. Each keeps its own clock.
create table rounds (
    round_id         uuid        primary key,
    request_id       uuid        not null references requests,
    office_code      text        not null references offices,
    number           integer     not null check (number >= 1),
    receipt_number   text        not null constraint rounds_receipt_number_key unique,
    received_at      timestamptz not null,
    limit_days       integer     not null,
    keyed_in_by      uuid        references staff,  -- who took in a resupply at the counter
    due_on           date,       -- null: waiting for the calendar
    tomorrow_from    timestamptz,
    today_from       timestamptz,
    due_at           timestamptz,
    derivation       jsonb,
    calendar_version bigint      references calendar_versions,
    ended_at         timestamptz,
    ending           text        check (ending in ('granted', 'refused', 'returned', 'withdrawn')),
    breached         boolean,
    overdue_cause    text,
    constraint rounds_once unique (request_id, number),
    constraint rounds_due_shape check (num_nonnulls(due_on, tomorrow_from, today_from, due_at, derivation, calendar_version) in (0, 6)),
    constraint rounds_end_shape check (num_nonnulls(ended_at, ending, breached) in (0, 3)),
    constraint rounds_breach_is_arithmetic check (breached is null or breached = (due_at is not null and ended_at >= due_at))
);
create index rounds_open_by_due on rounds (office_code, due_at, round_id) where ended_at is null;
create index rounds_ended on rounds (office_code, ended_at) where ended_at is not null;

-- What has ended is history: neither a calendar change nor a mistake may un-breach it.
create function rounds_ended_are_final() returns trigger language plpgsql as $$
begin
    if old.ended_at is not null then
        raise exception 'round % has ended and is final', old.round_id using errcode = 'check_violation', constraint = 'rounds_ended_are_final';
    end if;
    return new;
end $$;
create trigger rounds_ended_are_final before update on rounds for each row execute function rounds_ended_are_final();

create table due_date_changes (
    change_id        bigint      generated always as identity primary key,
    round_id         uuid        not null references rounds,
    old_due_on       date,
    new_due_on       date        not null,
    calendar_version bigint      not null references calendar_versions,
    changed_at       timestamptz not null
);
create index due_date_changes_of_round on due_date_changes (round_id);

-- Uploads: encrypted in chunks of 256 KiB. Unused ones are deleted after 24 hours.
create table documents (
    document_id  uuid        primary key,
    proof_id     uuid        references email_proofs,   -- uploaded with this proof
    request_id   uuid        references requests,       -- used by, or uploaded with the tracking code of
    staff_id     uuid        references staff,          -- uploaded at the counter by
    round_number integer,
    office_code  text        references offices,
    kind         text        not null check (kind in ('application_letter', 'identity_card', 'power_of_attorney',
                             'police_loss_report', 'damaged_letter', 'original_notice', 'sppkp')),
    media_type   text        not null check (media_type in ('application/pdf', 'image/jpeg', 'image/png')),
    file_name    text        not null,
    byte_count   bigint      not null check (byte_count > 0),
    chunk_count  integer     not null check (chunk_count > 0),
    sha256       bytea       not null check (length(sha256) = 32),
    uploaded_at  timestamptz not null,
    attached_at  timestamptz,
    constraint documents_have_one_owner check (num_nonnulls(proof_id, staff_id) <= 1
        and num_nonnulls(proof_id, staff_id, request_id) >= 1),
    constraint documents_attached_shape check ((attached_at is null) or (request_id is not null and round_number is not null))
);
create index documents_of_request on documents (request_id);
create index documents_unused on documents (uploaded_at) where attached_at is null;

create table document_chunks (
    document_id uuid    not null references documents on delete cascade,
    number      integer not null,
    sealed      bytea   not null,
    primary key (document_id, number)
);

-- A document that the filer cannot supply: waived by the section head, or the request is returned.
create table exemptions (
    exemption_id uuid        primary key,
    request_id   uuid        not null references requests,
    document     text        not null,
    reason       text        not null check (reason <> ''),
    asked_at     timestamptz not null,
    waived_by    uuid        references staff,
    waived_reason text,
    waived_at    timestamptz,
    constraint exemptions_once unique (request_id, document),
    constraint exemptions_waiver_shape check (num_nonnulls(waived_by, waived_reason, waived_at) in (0, 3))
);

create table returns (
    return_id   uuid        primary key,
    request_id  uuid        not null references requests,
    round_id    uuid        not null constraint returns_one_per_round unique references rounds,
    items       jsonb       not null,        -- codes of deficiency items with their values
    returned_by uuid        not null references staff,
    returned_at timestamptz not null,
    supply_by_on date       not null,
    lapses_at   timestamptz not null         -- end of that day in the zone of the office
);
create index returns_of_request on returns (request_id);

-- What the officer decided; the digest names exactly what is signed.
create table drafts (
    draft_id         uuid        primary key,
    request_id       uuid        not null references requests,
    round_id         uuid        not null references rounds,
    decision         text        not null check (decision in ('grant', 'refuse')),
    reasons          jsonb       not null,
    verdict          jsonb       not null,
    template_version integer     not null,
    digest           bytea       not null check (length(digest) = 32),
    drafted_by       uuid        not null references staff,
    drafted_at       timestamptz not null,
    ended_at         timestamptz,
    ending           text        check (ending in ('signed', 'sent_back', 'reassigned', 'verdict_changed', 'withdrawn')),
    sent_back_reason text,
    signed_by        uuid        references staff,
    constraint drafts_refusal_has_a_reason check (decision = 'grant' or jsonb_array_length(reasons) > 0),
    constraint drafts_end_shape check ((ended_at is null) = (ending is null) and (ending = 'signed') = (signed_by is not null)),
    constraint drafts_drafter_is_not_signer check (drafted_by <> signed_by)
);
create unique index drafts_one_open on drafts (request_id) where ended_at is null;

grant select, insert, update on email_proofs, requests, rounds, documents, exemptions, drafts to aktivasi_app;
grant select, insert on due_date_changes, returns, document_chunks to aktivasi_app;
grant delete on documents, document_chunks to aktivasi_app;
grant usage on receipt_numbers, help_desk_numbers to aktivasi_app;
