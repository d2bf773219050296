-- Install, use and uninstall by people who are not superusers.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS crmkpi CASCADE;
DROP SCHEMA IF EXISTS crmkpi CASCADE;
DROP ROLE IF EXISTS regress_crmkpi_owner, regress_crmkpi_analyst;
RESET client_min_messages;
SET datestyle = 'ISO, YMD';
SELECT current_database() AS db \gset
SELECT pg_get_userbyid(datdba) AS db_owner FROM pg_database WHERE datname = current_database() \gset
CREATE ROLE regress_crmkpi_owner;
CREATE ROLE regress_crmkpi_analyst;

-- Whoever may not create in the database may not install.
SET ROLE regress_crmkpi_analyst;
\set VERBOSITY terse
DO $$
BEGIN
    CREATE EXTENSION crmkpi;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'refused: %', sqlstate;
END $$;
RESET ROLE;

-- The owner of the database may: the extension is trusted. It makes its schema, and is there for everybody.
ALTER DATABASE :"db" OWNER TO regress_crmkpi_owner;
SET ROLE regress_crmkpi_owner;
CREATE EXTENSION crmkpi;
SELECT extname, pg_get_userbyid(extowner) AS owner, extnamespace::regnamespace AS schema, extrelocatable
FROM pg_extension WHERE extname = 'crmkpi';
SELECT nspname, pg_get_userbyid(nspowner) AS owner, has_schema_privilege('public', oid, 'USAGE') AS usage,
    has_schema_privilege('public', oid, 'CREATE') AS create_in
FROM pg_namespace WHERE nspname = 'crmkpi';
ALTER EXTENSION crmkpi SET SCHEMA public;

-- A third role uses it.
SET ROLE regress_crmkpi_analyst;
SELECT crmkpi.nps(score), crmkpi.nps_summary(score) FROM generate_series(0, 10) AS score;
SELECT crmkpi.rate(b), crmkpi.rate_summary(b) FROM (VALUES (true), (false)) AS v (b);
SELECT crmkpi.avg_resolution_time(timestamp '2024-01-01 09:00', timestamp '2024-01-01 10:30');
SELECT crmkpi.period_start('2024-05-16', 'quarter');
SELECT crmkpi.nps(s OPERATOR(crmkpi.+) s)
FROM (VALUES ('v1 promoters=1 passives=1 detractors=0'::crmkpi.nps_summary)) AS v (s);
CREATE FUNCTION crmkpi.nps(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
DROP EXTENSION crmkpi;

-- Uninstall: not while something hangs on it.
RESET ROLE;
CREATE TABLE kept (day date, s crmkpi.nps_summary);
INSERT INTO kept VALUES ('2024-01-01', 'v1 promoters=1 passives=0 detractors=0');
DROP EXTENSION crmkpi;
DROP TABLE kept;
SET ROLE regress_crmkpi_owner;
DROP EXTENSION crmkpi;
-- The schema is not the extension's: whatever else stands in it stays. Here it is empty.
SELECT count(*) AS left_behind FROM pg_proc WHERE pronamespace = 'crmkpi'::regnamespace;
CREATE EXTENSION crmkpi;
SELECT crmkpi.nps(9);
DROP EXTENSION crmkpi;
DROP SCHEMA crmkpi;

-- What somebody planted in the schema is not taken for a part of the extension.
RESET ROLE;
CREATE SCHEMA crmkpi AUTHORIZATION regress_crmkpi_analyst;
SET ROLE regress_crmkpi_analyst;
CREATE FUNCTION crmkpi.period_start(day date, grain text, week_start integer) RETURNS date LANGUAGE sql
    AS 'SELECT day';
SET ROLE regress_crmkpi_owner;
CREATE EXTENSION crmkpi;
SELECT count(*) AS installed FROM pg_extension WHERE extname = 'crmkpi';
SELECT p.oid::regprocedure AS planted, pg_get_userbyid(proowner) AS owner, count(d.objid) AS member_of_extensions
FROM pg_proc AS p LEFT JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
WHERE pronamespace = 'crmkpi'::regnamespace GROUP BY p.oid, proowner;
RESET ROLE;
DROP SCHEMA crmkpi CASCADE;

SET client_min_messages = warning;
ALTER DATABASE :"db" OWNER TO :"db_owner";
DROP OWNED BY regress_crmkpi_owner, regress_crmkpi_analyst;
DROP ROLE regress_crmkpi_owner, regress_crmkpi_analyst;
