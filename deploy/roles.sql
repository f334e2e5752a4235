-- Two roles beside the database's master user: `tickets_migrate` owns the tables and changes the schema, `tickets_app` reads and
-- writes rows. Idempotent; run as the master user, and again after a change of passwords:
--   APP_PASSWORD=… MIGRATE_PASSWORD=… psql "$ADMIN_DATABASE_URL" -f deploy/roles.sql
\set ON_ERROR_STOP on
\getenv app_password APP_PASSWORD
\getenv migrate_password MIGRATE_PASSWORD
BEGIN;
SELECT format('CREATE ROLE %I LOGIN', role)
FROM unnest(ARRAY['tickets_migrate', 'tickets_app']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec
ALTER ROLE tickets_migrate PASSWORD :'migrate_password';
ALTER ROLE tickets_app PASSWORD :'app_password';
-- Required to change owners and default privileges when the master user is not a superuser.
GRANT tickets_migrate TO CURRENT_USER;

REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO tickets_migrate, tickets_app;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO tickets_migrate;
GRANT USAGE ON SCHEMA public TO tickets_app;

-- Tables created by the master user before these roles existed. Sequences of columns follow their tables.
SELECT format('ALTER TABLE public.%I OWNER TO tickets_migrate', tablename)
FROM pg_tables WHERE schemaname = 'public' AND tableowner <> 'tickets_migrate' \gexec

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO tickets_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO tickets_app;
ALTER DEFAULT PRIVILEGES FOR ROLE tickets_migrate IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO tickets_app;
ALTER DEFAULT PRIVILEGES FOR ROLE tickets_migrate IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO tickets_app;
COMMIT;
