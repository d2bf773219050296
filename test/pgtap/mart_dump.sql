-- A mart is dumped and restored whole: rows, dashboards, stored summaries and rights are those of the original.
-- Two databases are made for it and removed at the end.

\setenv PGHOST :HOST
\setenv PGPORT :PORT
\setenv PGUSER :USER
\set home :DBNAME
SET client_min_messages = warning;
DROP DATABASE IF EXISTS crmkpi_dump_a WITH (FORCE);
DROP DATABASE IF EXISTS crmkpi_dump_b WITH (FORCE);
DROP ROLE IF EXISTS crmkpi_dump_reader;
CREATE ROLE crmkpi_dump_reader;
CREATE DATABASE crmkpi_dump_a TEMPLATE template0;
CREATE DATABASE crmkpi_dump_b TEMPLATE template0;

-- ---------------------------------------------------------------------------
-- The original: a sample company, stored summaries, mapped entities, rights, and a second mart
-- ---------------------------------------------------------------------------

\c crmkpi_dump_a
SET client_min_messages = warning;
SET timezone = 'UTC';
\o /dev/null
CREATE EXTENSION crmkpi;
SELECT crmkpi.create_mart('crm'), crmkpi.create_mart('Other Mart');
\set factor 0.1
\set mart crm
\ir ../../examples/sample/sample.sql
CALL crm.fit_clv_model();
UPDATE "Other Mart".setting SET value = '2025-01-01 00:00+00' WHERE name = 'as_of';
INSERT INTO "Other Mart".lead (lead_id, created_at) VALUES ('1', '2024-12-31');

CREATE TABLE crm.stored AS SELECT * FROM crm.daily_ticket;
CREATE TABLE crm.stored_nps AS SELECT * FROM crm.period_nps;
CREATE SCHEMA desk;
CREATE TABLE desk.issue AS SELECT * FROM crm.ticket;
CREATE TABLE desk.deal AS SELECT o.*, 'EUR' AS currency FROM crm.opportunity o;
CREATE VIEW desk.opportunity WITH (security_invoker = true) AS
SELECT opportunity_id, created_at, closed_at, outcome, kind, stage, owner_id, customer_id, lead_id,
    crm.to_base(amount, currency, coalesce(closed_at, created_at)::date) AS amount, contract_months, probability,
        expected_close_on
FROM desk.deal;
SELECT crmkpi.map_entity('crm', 'ticket', 'desk.issue', true),
    crmkpi.map_entity('crm', 'opportunity', 'desk.opportunity', true);
CREATE VIEW desk.report AS
SELECT d.period_start, d.solved, n.nps FROM crm.service_dashboard d JOIN crm.stored_nps n USING (period_start)
    WHERE n.grain = 'month';

GRANT USAGE ON SCHEMA crm, desk TO crmkpi_dump_reader;
GRANT SELECT ON crm.crm_dashboard TO crmkpi_dump_reader WITH GRANT OPTION;
GRANT SELECT (period_start, opened) ON crm.service_dashboard TO crmkpi_dump_reader;
REVOKE EXECUTE ON FUNCTION crm.crm_dashboard(text, date, date) FROM PUBLIC;
\o

-- What there is: the rows of every relation, and what the catalogue tells. These functions are dumped with the rest.
CREATE SCHEMA look;
CREATE FUNCTION look.rows() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    name text;
    line text;
    answer jsonb := '{}';
BEGIN
    FOR name IN
        SELECT oid::regclass::text FROM pg_class
        WHERE relnamespace::regnamespace::text IN ('crm', 'desk', '"Other Mart"') AND relkind IN ('r', 'v')
        UNION ALL
        SELECT format('crm.%s(%L)', dashboard, grain)
        FROM unnest('{service_dashboard,crm_dashboard}'::text[]) AS dashboard,
        unnest('{day,week,quarter}'::text[]) AS grain
    LOOP
        EXECUTE format($q$ SELECT count(*) || ' rows, ' || coalesce(md5(string_agg(x::text, E'\n'
        ORDER BY x::text COLLATE "C")), '')
            FROM %s x $q$, name) INTO line;
        answer := answer || jsonb_build_object(name, line);
    END LOOP;
    RETURN answer;
END;
$$;
CREATE FUNCTION look.rights(acl aclitem[]) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(item::text, ',' ORDER BY item::text) FROM unnest(acl) AS item
$$;
CREATE FUNCTION look.catalogue() RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_object_agg(name, line)
    FROM (
        SELECT c.oid::regclass || '.' || a.attname AS name,
            concat_ws(' ', c.relkind, c.relowner::regrole, look.rights(c.relacl), c.reloptions,
            look.rights(a.attacl), a.attnotnull,
                format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum), obj_description(c.oid,
                'pg_class')) AS line
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relnamespace::regnamespace::text IN ('crm', 'desk', '"Other Mart"')
        UNION ALL
        SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace::regnamespace::text IN ('crm', 'desk', '"Other Mart"')
        UNION ALL
        SELECT oid::regprocedure::text,
            concat_ws(' ', look.rights(proacl), pg_get_functiondef(oid), obj_description(oid, 'pg_proc'))
        FROM pg_proc WHERE pronamespace::regnamespace::text IN ('crm', 'desk', '"Other Mart"')
    ) lines
$$;
SELECT look.rows() AS rows_a, look.catalogue() AS catalogue_a \gset

-- ---------------------------------------------------------------------------
-- The copy
-- ---------------------------------------------------------------------------

\set copy 'psql -Xqo /dev/null -v ON_ERROR_STOP=1 -d crmkpi_dump_b'
\setenv COPY :copy
\set restored `pg_dump -d crmkpi_dump_a | $COPY 2>&1 && echo restored`
\c crmkpi_dump_b
SET client_min_messages = warning;
SET timezone = 'UTC';
SELECT look.rows() AS rows_b, look.catalogue() AS catalogue_b \gset
-- and it is a mart as any other
DROP VIEW desk.report;
SELECT crmkpi.create_mart('crm') AS again \gset
SELECT look.rows() AS rows_again, look.catalogue() AS catalogue_again \gset
SELECT crmkpi.drop_mart('Other Mart', true) AS dropped \gset
SELECT solved AS solved_before FROM crm.service_dashboard ORDER BY period_start LIMIT 1 \gset
DELETE FROM desk.issue WHERE ticket_id = (SELECT ticket_id FROM crm.ticket_facts WHERE solved_at IS NOT NULL
    ORDER BY solved_at, ticket_id LIMIT 1);
SELECT solved AS solved_after FROM crm.service_dashboard ORDER BY period_start LIMIT 1 \gset

-- ---------------------------------------------------------------------------
-- The comparison
-- ---------------------------------------------------------------------------

\c :home
SET client_min_messages = warning;
SELECT plan(10);
CREATE FUNCTION pg_temp.differences(a jsonb, b jsonb,
    VARIADIC except_for text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT left(string_agg(format('%s: %s | %s', key, x.value, y.value), E'\n'), 2000)
    FROM jsonb_each_text(a) x FULL JOIN jsonb_each_text(b) y USING (key)
    WHERE x.value IS DISTINCT FROM y.value AND key <> ALL (except_for)
$$;
SELECT is(:'restored'::text, 'restored', 'a database with a mart is dumped and restored');
SELECT is(pg_temp.differences(:'rows_a', :'rows_b'), NULL, 'all relations and functions give the same rows');
SELECT cmp_ok(count(*), '>', 80::bigint, 'which are many') FROM jsonb_object_keys(:'rows_a'::jsonb);
SELECT is(array_agg(key ORDER BY key),
    '{crm.agent_performance,crm.crm_dashboard,crm.service_dashboard,crm.stored,crm.stored_nps}',
    'and not empty')
FROM jsonb_each_text(:'rows_a'::jsonb)
WHERE key IN ('crm.agent_performance', 'crm.crm_dashboard', 'crm.service_dashboard', 'crm.stored', 'crm.stored_nps')
    AND value NOT LIKE '0 rows%';
SELECT is(pg_temp.differences(:'catalogue_a', :'catalogue_b'), NULL,
    'rights, comments, types and constraints are the same');
SELECT matches(:'again'::text, '^mart crm: 0 tables made, 2 entities mapped \(opportunity, ticket\)',
    'the copy can be made again');
SELECT is(pg_temp.differences(:'rows_a', :'rows_again', 'desk.report', 'crm.mart_object'), NULL,
    'with the same rows');
SELECT is(pg_temp.differences(:'catalogue_a', :'catalogue_again', 'desk.report.period_start', 'desk.report.solved',
    'desk.report.nps'),
    NULL, 'and rights');
SELECT is(:'dropped'::text, 'mart "Other Mart" dropped', 'and dropped');
SELECT cmp_ok(:'solved_after'::integer, '=', :'solved_before'::integer - 1, 'its dashboards read its own tables');
SELECT * FROM finish();

DROP DATABASE crmkpi_dump_a;
DROP DATABASE crmkpi_dump_b;
DROP ROLE crmkpi_dump_reader;
