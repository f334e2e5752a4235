-- Makes the shop's database where there is none, and continues in it.
SELECT 'CREATE DATABASE tickets' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'tickets') \gexec
\connect tickets
