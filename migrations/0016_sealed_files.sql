-- The office's electronic seal on the file of a letter: so many of its first bytes are the letter as it was rendered,
-- and this certificate was used, which the letter names so. All five are there, or none.
alter table letter_files
    add column unsigned_length     integer,
    add column certificate_name    text,
    add column certificate_subject text,
    add column certificate_serial  text,
    add column certificate_sha256  bytea,
    add constraint letter_files_seal_is_whole
        check (num_nulls(unsigned_length, certificate_name, certificate_subject, certificate_serial, certificate_sha256)
            in (0, 5)),
    add constraint letter_files_unsigned_length check (unsigned_length > 0),
    add constraint letter_files_certificate_sha256 check (length(certificate_sha256) = 32);
