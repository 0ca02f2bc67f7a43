-- The token that a letter or receipt shows as QR code. No secret: it leads to what its holder may see of it.
alter table letters add column verification_token text
    constraint letters_verification_token_key unique
    constraint letters_verification_token_shape check (verification_token ~ '^[A-HJKMNP-Z2-9]{24}$');
-- A copy shows the token of its original.
alter table letters add constraint letters_copies_have_no_token check (copy_number is null or verification_token is null);
