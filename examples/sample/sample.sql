-- The sample company: two years (2024-01-01 to 2025-12-20) of a plausible B2B company, for trying out a mart.
--
--     SELECT crmkpi.create_mart('crm');
--     psql -v factor=1 -v mart=crm -f examples/sample/sample.sql
--
-- factor 1 makes about 100,000 rows, factor 10 about ten times as many. The mart must be empty. The rows are the same
-- on every machine: all chance comes from md5. Everything is loaded in one transaction, so a failure leaves nothing.
\set ON_ERROR_STOP on
\set QUIET on
\if :{?factor}
\else
    \set factor 1
\endif
\if :{?mart}
\else
    \set mart crm
\endif
\set as_of '2025-12-20 17:00:00-05'

BEGIN;
SET LOCAL client_min_messages = warning;
SELECT set_config('search_path', quote_ident(:'mart'), true) AS ignored \gset
-- Local time of day and week-ends matter below, so the session lives where the company does.
SET LOCAL timezone = 'America/New_York';
SET LOCAL datestyle = 'ISO, MDY';
SET LOCAL jit = off;

\echo Sample company: factor :factor, mart :mart
\ir setup.sql
\echo '  settings, calendars, agents, campaigns, spend, web traffic ...'
\ir reference.sql
\echo '  leads ...'
\ir leads.sql
\echo '  opportunities, customers, contracts, sales ...'
\ir sales.sql
\echo '  activities ...'
\ir activities.sql
\echo '  tickets and messages ...'
\ir tickets.sql
\echo '  surveys, process checks, e-mails ...'
\ir feedback.sql

DROP FUNCTION pg_temp.is_bad_quarter(timestamptz), pg_temp.weekday(timestamptz, double precision),
    pg_temp.office(timestamptz, integer, double precision),
    pg_temp.secs(double precision), pg_temp.clock(text, bigint), pg_temp.z(text, bigint), pg_temp.u(text, bigint);
COMMIT;

SELECT set_config('search_path', quote_ident(:'mart'), false) AS ignored \gset
\ir counts.sql
RESET search_path;
