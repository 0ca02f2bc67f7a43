-- Why a letter was issued late. A closed list as data: an office that needs another cause gets a row.
create table overdue_causes (
    code         text    primary key check (code ~ '^[a-z][a-z0-9_]{2,39}$'),
    position     integer not null constraint overdue_causes_position_key unique,
    label_id     text    not null check (label_id <> ''),
    label_en     text    not null check (label_en <> ''),
    needs_detail boolean not null default false,
    active       boolean not null default true
);
insert into overdue_causes (code, position, label_id, label_en, needs_detail) values
    ('officer_absent',   10, 'Petugas berhalangan dan berkas belum dialihkan', 'The officer was absent and the request was not reassigned', false),
    ('signer_absent',    20, 'Pejabat penanda tangan berhalangan', 'The signing official was absent', false),
    ('workload',         30, 'Jumlah permohonan melebihi kemampuan petugas', 'More requests than the officers could work on', false),
    ('evidence_late',    40, 'Bukti atau data registri terlambat diperoleh', 'Evidence or registry data came late', false),
    ('other_office',     50, 'Menunggu jawaban kantor lain', 'Waiting for the answer of another office', false),
    ('system_outage',    60, 'Gangguan sistem, jaringan, atau listrik', 'Outage of system, network or power', false),
    ('force_majeure',    70, 'Bencana atau keadaan kahar', 'Disaster or force majeure', false),
    ('other',            90, 'Sebab lain', 'Another cause', true);
grant select on overdue_causes to aktivasi_app;

alter table rounds add column overdue_cause_code text references overdue_causes;

-- The text alone is how a release before this one says it.
alter table rounds add constraint rounds_signed_late_has_a_cause
    check (not breached or ending not in ('granted', 'refused') or overdue_cause_code is not null or overdue_cause is not null);
