-- Two roles beside the database's master user: `tickets_migrate` owns the tables and changes the schema, `tickets_app` reads and
-- writes rows. Run by the master user, again after a change of passwords; it changes nothing that is so already:
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
-- Needed to hand tables over and to set defaults in its name, where the master user is no superuser.
GRANT tickets_migrate TO CURRENT_USER;

REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO tickets_migrate, tickets_app;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO tickets_migrate;
GRANT USAGE ON SCHEMA public TO tickets_app;

-- What the master user made before there were roles. Sequences of columns follow their tables.
SELECT format('ALTER TABLE public.%I OWNER TO tickets_migrate', tablename)
FROM pg_tables WHERE schemaname = 'public' AND tableowner <> 'tickets_migrate' \gexec

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO tickets_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO tickets_app;
ALTER DEFAULT PRIVILEGES FOR ROLE tickets_migrate IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO tickets_app;
ALTER DEFAULT PRIVILEGES FOR ROLE tickets_migrate IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO tickets_app;
COMMIT;
