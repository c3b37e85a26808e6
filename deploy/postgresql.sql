-- Roles and database for the central system on PostgreSQL 15 or newer. Run it once, as a superuser:
--
--     sudo -u postgres psql -v ON_ERROR_STOP=1 -f deploy/postgresql.sql
--
-- tapbon_owner owns the tables and changes them: `python -m backend_bridge init` runs as this role.
-- tapbon_app is the role that serves. `init` gives it what serving needs, and no more: it cannot change,
-- delete or truncate what is append-only, cannot switch a trigger off, and makes no tables.
-- Neither has a password here: set them with \password, or let the server know who connects
-- (peer, certificates). See docs/operator.md.
--
-- The tests start their server with this very file.

CREATE ROLE tapbon_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT;
CREATE ROLE tapbon_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT;

-- Text is compared by its bytes, as SQLite does it: lists and ties come out the same on both.
CREATE DATABASE tapbon OWNER tapbon_owner TEMPLATE template0
    ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';
REVOKE ALL ON DATABASE tapbon FROM PUBLIC;
GRANT CONNECT ON DATABASE tapbon TO tapbon_app;

\connect tapbon
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CREATE, USAGE ON SCHEMA public TO tapbon_owner;
GRANT USAGE ON SCHEMA public TO tapbon_app;
