-- One gap-free series per office and year; the row lock is the last thing an act takes.
create table letter_series (
    office_code text    not null references offices,
    series      text    not null check (series in ('S', 'KEP')),
    year        integer not null,
    last_number integer not null check (last_number > 0),
    primary key (office_code, series, year)
);

create table letters (
    letter_id        uuid        primary key,
    office_code      text        not null references offices,
    request_id       uuid        not null references requests,
    round_id         uuid        not null references rounds,
    kind             text        not null check (kind in ('receipt', 'deficiency_list', 'activation_notice', 'refusal_notice', 'email_change_notice')),
    series           text        check (series = 'S'),
    year             integer,
    sequence         integer,
    number           text,
    dated_on         date        not null,
    copy_of          uuid        references letters,
    copy_number      integer,
    credential_id    uuid        references credentials,   -- whose code it shows
    template_version integer     not null,
    data             jsonb       not null,                 -- what was printed, never a code
    addressee_email  text,
    delivery         text        not null check (delivery in ('email', 'post', 'counter')),
    delivery_reason  text,
    drafted_by       uuid        references staff,
    signed_by        uuid        references staff,
    created_at       timestamptz not null,
    printed_count    integer     not null default 0,
    handed_out_at    timestamptz,                           -- posted or collected
    handed_out_by    uuid        references staff,
    tracking_number  text,
    returned_at      timestamptz,                           -- kempos
    superseded_at    timestamptz,
    constraint letters_number_key unique (office_code, series, year, sequence),
    constraint letters_number_shape check (num_nonnulls(series, year, sequence) in (0, 3)
        and (kind in ('receipt', 'deficiency_list') or number is not null)
        and ((copy_number is null and kind not in ('receipt', 'deficiency_list')) = (sequence is not null))),
    -- The first letter of an imported pair is not here: its copies are numbered all the same.
    constraint letters_copy_shape check (copy_number is null or credential_id is not null and copy_number >= 1),
    constraint letters_copies_have_an_original check (copy_of is null or copy_number is not null),
    constraint letters_copy_key unique (credential_id, copy_number),
    constraint letters_are_signed check (kind in ('receipt', 'deficiency_list') or signed_by is not null),
    constraint letters_drafter_is_not_signer check (drafted_by <> signed_by)
);
create index letters_of_request on letters (request_id);
create index letters_of_credential on letters (credential_id) where credential_id is not null;

-- The bytes are the record: rendered once, kept encrypted, sent and printed from here.
create table letter_files (
    letter_id        uuid        primary key references letters,
    sealed           bytea       not null,
    sha256           bytea       not null check (length(sha256) = 32),
    pages            integer     not null,
    renderer_version text        not null,
    rendered_at      timestamptz not null
);

-- Every e-mail has a visible fate. The address is frozen when the row is made.
create table messages (
    message_id     uuid        primary key,
    help_desk_number text      not null,
    office_code    text        references offices,
    request_id     uuid        references requests,
    kind           text        not null,
    email          text        not null,
    letter_id      uuid        references letters,
    link_id        uuid        references password_links,
    not_us_id      uuid        references not_us_links,
    proof_id       uuid        references email_proofs,
    credential_id  uuid        references credentials,   -- in a password_link: whose password the job makes
    data           jsonb       not null default '{}',    -- frozen words, never a secret
    fate           text        not null default 'queued' check (fate in ('queued', 'accepted', 'bounced', 'given_up', 'superseded')),
    fate_at        timestamptz not null,
    smtp_message_id text,
    created_at     timestamptz not null
);
create index messages_of_request on messages (request_id);
create index messages_of_letter on messages (letter_id) where letter_id is not null;
create index messages_of_link on messages (link_id) where link_id is not null;
create index messages_of_credential on messages (credential_id) where credential_id is not null;

create table message_attempts (
    message_id uuid        not null references messages,
    number     integer     not null,
    at         timestamptz not null,
    outcome    text        not null check (outcome in ('accepted', 'transient', 'permanent')),
    code       integer,
    detail     text        not null,
    primary key (message_id, number)
);

grant select, insert, update on letter_series, letters, messages to aktivasi_app;
grant select, insert on letter_files, message_attempts to aktivasi_app;
