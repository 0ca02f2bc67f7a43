-- When a key of another system last got a token; none before this was there.
alter table client_keys add column last_used_at timestamptz;
