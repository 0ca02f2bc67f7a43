-- What an office prints its letters on and with: its own emblem, and A4 or folio.

-- A letter names its emblem by hash, so that it can be made again years later: rows are added and read, never changed.
create table emblems (
    sha256   bytea       primary key,
    content  bytea       not null,  -- a PNG, checked before it was stored
    added_at timestamptz not null,
    constraint emblems_named_by_content check (sha256 = sha256(content)),
    constraint emblems_small check (octet_length(content) between 1 and 262144)
);
grant select, insert on emblems to aktivasi_app;

alter table offices
    add column emblem_sha256 bytea constraint offices_emblem references emblems,  -- none: a placeholder is drawn
    add column paper         text  not null default 'a4' constraint offices_paper check (paper in ('a4', 'f4'));
