-- Removing the extension: a mart keeps it, a mart's rows outlive it.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS crm CASCADE;
CREATE EXTENSION IF NOT EXISTS crmkpi;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
\set SHOW_CONTEXT never
\o /dev/null
SELECT crmkpi.create_mart('crm');
\o
INSERT INTO crm.ticket (ticket_id, opened_at, kind) VALUES ('1', '2025-01-02', 'question');
CREATE TABLE crm.stored AS SELECT day, opened, response FROM crm.daily_ticket;

-- It does not go while a mart stands on it, and says so.
\set VERBOSITY terse
DROP EXTENSION crmkpi;
\set VERBOSITY default
SELECT count(*) > 0 AS dashboards FROM pg_class WHERE relnamespace = 'crm'::regnamespace
    AND relname LIKE '%dashboard';

-- Nor when only stored summaries are left.
SELECT crmkpi.drop_mart('crm', true);
DROP EXTENSION crmkpi;
CREATE TABLE IF NOT EXISTS crm.unrelated (n integer);

-- CASCADE takes the summary columns, not their tables.
DROP EXTENSION crmkpi CASCADE;
SELECT * FROM crm.stored;
SELECT count(*) AS types FROM pg_type WHERE typnamespace = 'crmkpi'::regnamespace;

-- With CASCADE a mart loses its views and stays with its rows.
CREATE EXTENSION crmkpi;
\o /dev/null
SELECT crmkpi.create_mart('crm');
\o
INSERT INTO crm.ticket (ticket_id, opened_at, kind) VALUES ('1', '2025-01-02', 'question');
DROP EXTENSION crmkpi CASCADE;
SELECT count(*) FILTER (WHERE relkind = 'r') AS tables,
    count(*) FILTER (WHERE relkind = 'v' AND relname ~ 'daily_ticket|dashboard|period') AS dashboards
FROM pg_class WHERE relnamespace = 'crm'::regnamespace;
SELECT ticket_id FROM crm.ticket;

-- Installed again, the mart is made whole.
CREATE EXTENSION crmkpi;
SELECT regexp_replace(crmkpi.create_mart('crm'), '\d+ views', 'all views') AS create_mart;
SELECT period_start, opened FROM crm.service_dashboard;
SELECT crmkpi.drop_mart('crm', true);
DROP TABLE crm.stored, crm.unrelated;
DROP SCHEMA crm;
-- Nothing of it is left.
DROP EXTENSION crmkpi;
SELECT count(*) AS functions FROM pg_proc WHERE pronamespace = (SELECT oid FROM pg_namespace
    WHERE nspname = 'crmkpi');
SELECT count(*) AS relations FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace
    WHERE nspname = 'crmkpi');
SELECT nspname AS schema_that_stays FROM pg_namespace WHERE nspname = 'crmkpi';
CREATE EXTENSION crmkpi;
