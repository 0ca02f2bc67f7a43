#!/usr/bin/env bash
# Makes the two roles and the database. Run by the postgres image at its first start; on a server of your own, run it
# as the postgres system user with SECRETS=DIRECTORY (files owner-password and app-password). May be run again.
set -euo pipefail

secrets=${SECRETS:-/run/secrets}
owner_password=$(cat "$secrets/owner-password")
app_password=$(cat "$secrets/app-password")
for password in "$owner_password" "$app_password"; do
    [[ $password =~ ^[A-Za-z0-9_-]{16,}$ ]] || {
        echo "init-roles: a password needs at least 16 of the characters A-Z a-z 0-9 _ - (it becomes part of a URL)" >&2
        exit 1
    }
done

# Passwords go through stdin, and stay out of the server's log if a statement fails.
psql -X -q -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres <<SQL
SET log_min_error_statement = panic;
SET log_statement = 'none';
SET password_encryption = 'scram-sha-256';
\\set owner_password '$owner_password'
\\set app_password '$app_password'
SELECT 'CREATE ROLE aktivasi_owner' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aktivasi_owner') \\gexec
SELECT 'CREATE ROLE aktivasi_app' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aktivasi_app') \\gexec
ALTER ROLE aktivasi_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
ALTER ROLE aktivasi_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
SELECT 'CREATE DATABASE aktivasi OWNER aktivasi_owner ENCODING UTF8 TEMPLATE template0'
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'aktivasi') \\gexec
REVOKE ALL ON DATABASE aktivasi FROM PUBLIC;
GRANT CONNECT ON DATABASE aktivasi TO aktivasi_app;
SQL
