-- create_mart and drop_mart: names, repetition, rights on views, what others own, settings, to_base.

BEGIN;
SELECT plan(118);
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
SET LOCAL search_path = public, pg_temp;

-- Everything in a schema, with rights, comments and identities: equal before and after means nothing was touched.
CREATE FUNCTION pg_temp.snapshot(mart text) RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(line, E'\n' ORDER BY line))
    FROM (
        SELECT concat_ws(' ', 'class', c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.reloptions,
            (SELECT string_agg(a.attname || ' ' || a.atttypid || coalesce(a.attacl::text, ''), ',' ORDER BY attnum)
             FROM pg_attribute a WHERE a.attrelid = c.oid)) AS line
        FROM pg_class c WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = mart)
        UNION ALL
        SELECT concat_ws(' ', 'proc', p.oid, p.proname, p.proacl)
        FROM pg_proc p WHERE p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = mart)
        UNION ALL
        SELECT concat_ws(' ', 'schema', n.oid, n.nspowner, n.nspacl) FROM pg_namespace n WHERE nspname = mart
    ) lines
$$;
-- What a statement's error says: code, detail and hint.
CREATE FUNCTION pg_temp.refusal(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT;
END;
$$;

-- ---------------------------------------------------------------------------
-- Made twice
-- ---------------------------------------------------------------------------

SELECT matches(crmkpi.create_mart('m1'), '^mart m1: 24 tables made, 0 entities mapped, 58 views$',
    'a mart is made');
SELECT is(obj_description('m1'::regnamespace), 'CRM mart of crmkpi', 'its schema has a comment');
SELECT set_eq('SELECT DISTINCT entity FROM crmkpi.mart_contract',
    $$ SELECT name FROM m1.mart_object WHERE kind = 'table' $$, 'with a table for every entity');
SELECT set_eq($$ SELECT relname::text FROM pg_class WHERE relnamespace = 'm1'::regnamespace
    AND relkind NOT IN ('i', 'I') $$,
    $$ SELECT name FROM m1.mart_object WHERE kind IN ('table', 'view') UNION SELECT 'mart_object' $$,
    'its record tells every relation');
SELECT set_eq($$ SELECT proname::text FROM pg_proc WHERE pronamespace = 'm1'::regnamespace $$,
    $$ SELECT name FROM m1.mart_object WHERE kind IN ('tool', 'function') $$, 'and every function');
SELECT is(array_agg(DISTINCT version), (SELECT ARRAY[extversion] FROM pg_extension WHERE extname = 'crmkpi'),
    'and the version that made it') FROM m1.mart_object;

INSERT INTO m1.customer (customer_id, created_at) VALUES ('c', '2025-01-01');
INSERT INTO m1.calendar (calendar_id, hours) VALUES ('office', 'Mon-Fri 09:00-17:00; tz Asia/Tokyo');
UPDATE m1.setting SET value = 'Asia/Tokyo' WHERE name = 'zone';
CREATE ROLE mart_reader;
CREATE ROLE mart_writer;
GRANT USAGE ON SCHEMA m1 TO mart_reader;
GRANT SELECT ON m1.crm_dashboard TO mart_reader WITH GRANT OPTION;
GRANT SELECT (period_start, opened), REFERENCES (opened) ON m1.service_dashboard TO mart_reader;
GRANT SELECT ON m1.agent_performance TO PUBLIC;
REVOKE EXECUTE ON FUNCTION m1.crm_dashboard(text, date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION m1.crm_dashboard(text, date, date) TO mart_reader;
GRANT SELECT ON m1.ticket TO mart_reader;
CREATE TEMP TABLE before AS
SELECT c.relname, c.oid FROM pg_class c WHERE c.relnamespace = 'm1'::regnamespace;
CREATE TEMP VIEW rights AS
SELECT c.relname::text AS name, NULL::text AS part, acl.grantee::regrole, acl.privilege_type, acl.is_grantable
FROM pg_class c, aclexplode(c.relacl) acl
WHERE c.relnamespace = 'm1'::regnamespace AND acl.grantee <> c.relowner
UNION ALL
SELECT attrelid::regclass::text, a.attname, acl.grantee::regrole, acl.privilege_type, acl.is_grantable
FROM pg_attribute a, aclexplode(a.attacl) acl
WHERE a.attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'm1'::regnamespace)
UNION ALL
SELECT p.proname, NULL, acl.grantee::regrole, acl.privilege_type, acl.is_grantable
FROM pg_proc p, aclexplode(p.proacl) acl
WHERE p.pronamespace = 'm1'::regnamespace AND acl.grantee <> p.proowner;
CREATE TEMP TABLE rights_before AS SELECT * FROM rights;
SELECT is(count(*), 7::bigint, 'rights were granted') FROM rights_before;

SELECT matches(crmkpi.create_mart('m1'), '^mart m1: 0 tables made, 0 entities mapped, \d+ views$', 'made again');
SELECT is(count(*), 25::bigint, 'the tables are the same ones')
FROM before b JOIN pg_class c ON c.oid = b.oid AND c.relname = b.relname AND c.relkind = 'r';
SELECT is(count(*), 0::bigint, 'the views are new ones')
FROM before b JOIN pg_class c ON c.oid = b.oid AND c.relkind = 'v';
SELECT set_eq($$ SELECT relname::text FROM pg_class WHERE relnamespace = 'm1'::regnamespace AND relkind IN ('r',
    'v') $$,
    $$ SELECT relname::text FROM before JOIN (SELECT name
        FROM m1.mart_object UNION SELECT 'mart_object') o ON name = relname
       WHERE relname IN (SELECT relname FROM pg_class WHERE relkind IN ('r', 'v')) $$, 'under the same names');
SELECT results_eq('SELECT customer_id FROM m1.customer', $$ VALUES ('c') $$, 'rows stay');
SELECT results_eq('SELECT hours::text FROM m1.calendar', $$ VALUES ('Mon-Fri 09:00-17:00; tz Asia/Tokyo') $$,
    'business hours, too');
SELECT results_eq('SELECT zone FROM m1.config', $$ VALUES ('Asia/Tokyo') $$, 'settings stay');
SELECT set_eq('SELECT * FROM rights', 'SELECT * FROM rights_before',
    'rights on views, their columns and functions stay');

-- Rights that new objects have by default, and that were taken back from one of them
CREATE SCHEMA m7;
ALTER DEFAULT PRIVILEGES IN SCHEMA m7 GRANT SELECT ON TABLES TO mart_writer;
\o /dev/null
SELECT crmkpi.create_mart('m7');
REVOKE SELECT ON m7.crm_period FROM mart_writer;
SELECT crmkpi.create_mart('m7');
\o
SELECT ok(has_table_privilege('mart_writer', 'm7.service_period', 'SELECT'), 'a right by default stays');
SELECT ok(NOT has_table_privilege('mart_writer', 'm7.crm_period', 'SELECT'),
    'one that was taken back does not return');

-- What the owner dropped is made anew.
\o /dev/null
SELECT crmkpi.create_mart('m5'), crmkpi.create_mart('m6');
DROP TABLE m5.ticket CASCADE;
DROP FUNCTION m6.to_base(numeric, text, date);
\o
SELECT lives_ok($$ SELECT crmkpi.create_mart('m5') $$, 'a table that was dropped is made again');
SELECT lives_ok($$ SELECT crmkpi.create_mart('m6') $$, 'so is a function');

-- Views of others on the dashboards
CREATE VIEW public.ours AS SELECT * FROM m1.crm_dashboard;
CREATE VIEW public.ours_too AS SELECT * FROM m1.crm_dashboard('week');
CREATE TABLE public.theirs (line m1.service_dashboard);
CREATE TEMP TABLE shot AS SELECT pg_temp.snapshot('m1') AS snapshot;
SELECT results_eq($$ SELECT code, detail, hint IS NOT NULL
    FROM pg_temp.refusal('SELECT crmkpi.create_mart(''m1'')') $$,
    $$ VALUES ('2BP01', 'column line of table public.theirs depends on type m1.service_dashboard
view public.ours depends on view m1.crm_dashboard
view public.ours_too depends on function m1.crm_dashboard(text,date,date)
view public.ours_too depends on view m1.crm_dashboard_by_grain', true) $$,
    'what others made of the views is listed in one error');
SELECT is(pg_temp.snapshot('m1'), shot.snapshot, 'and nothing was changed') FROM shot;
DROP VIEW public.ours, public.ours_too;
DROP TABLE public.theirs;
-- but a view on a table stands in nobody's way
CREATE VIEW public.ours AS SELECT * FROM m1.customer;
SELECT lives_ok($$ SELECT crmkpi.create_mart('m1') $$, 'views of others on the tables stay as they are');
SELECT results_eq('SELECT customer_id FROM public.ours', $$ VALUES ('c') $$, 'and work');

-- ---------------------------------------------------------------------------
-- Several marts, and their names
-- ---------------------------------------------------------------------------

\o /dev/null
SELECT crmkpi.create_mart(name)
FROM unnest(ARRAY['My Mart', 'o''hare "x" \n %I', 'm%1$s', 'SELECT', repeat('é', 31)]) AS name;
\o
SELECT is(count(*), 5::bigint, 'names that need quoting')
FROM pg_namespace WHERE nspname IN ('My Mart', 'o''hare "x" \n %I', 'm%1$s', 'SELECT', repeat('é', 31));
INSERT INTO "My Mart".ticket (ticket_id, opened_at, kind) VALUES ('1', '2025-01-31 16:00+00', 'question');
INSERT INTO m1.ticket SELECT * FROM "My Mart".ticket;
SELECT results_eq('SELECT period_start, opened FROM "My Mart".service_dashboard', $$ VALUES (date '2025-01-01',
    1::bigint) $$,
    'each mart has its own zone');
SELECT results_eq('SELECT period_start, opened FROM m1.service_dashboard', $$ VALUES (date '2025-02-01',
    1::bigint) $$,
    'and its own rows');
UPDATE "My Mart".setting SET value = '2025-01-01 00:00+00' WHERE name = 'as_of';
SELECT is_empty('SELECT * FROM "My Mart".service_dashboard(''day'')', 'and its own now');
SELECT results_eq('SELECT period_start, is_complete FROM m1.service_dashboard(''day'')',
    $$ VALUES (date '2025-02-01', true) $$, 'which is not that of the other');
SELECT matches(crmkpi.create_mart('My Mart'), '^mart "My Mart": 0 tables made', 'made again');
SELECT is(crmkpi.create_mart('o''hare "x" \n %I'), replace(crmkpi.create_mart('m%1$s'), '"m%1$s"',
    '"o''hare ""x"" \n %I"'),
    'also the strange ones');

-- A search path, and temporary tables, do not divert it.
CREATE SCHEMA diversion;
CREATE TABLE diversion.ticket (ticket_id text);
SET LOCAL search_path = diversion, public, pg_temp;
\o /dev/null
SELECT crmkpi.create_mart('m2');
\o
SELECT is(current_setting('search_path'), 'diversion, public, pg_temp', 'the search path of the session stays');
SELECT ok(to_regclass('m2.ticket') IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_depend WHERE refobjid = 'diversion.ticket'::regclass AND deptype = 'n'),
    'and no relation of it gets into the mart');
SET LOCAL search_path = public, pg_temp;

CREATE TEMP TABLE customer AS SELECT 1 AS a;
CREATE TEMP TABLE ticket AS SELECT 1 AS a;
CREATE TEMP TABLE setting AS SELECT 'zone' AS name, 'Nowhere' AS value;
CREATE TEMP VIEW config AS SELECT 1 AS a;
SELECT lives_ok($$ SELECT crmkpi.create_mart('m3') $$, 'temporary tables called like entities do no harm');
INSERT INTO m3.ticket (ticket_id, opened_at, kind) VALUES ('1', '2025-01-31 16:00+00', 'question');
SELECT results_eq('SELECT period_start, opened FROM m3.service_dashboard', $$ VALUES (date '2025-01-01',
    1::bigint) $$,
    'nor while the views are read');
SELECT results_eq('SELECT period_start, opened FROM m3.service_dashboard(''day'')',
    $$ VALUES (date '2025-01-31', 1::bigint) $$, 'or the functions');
SELECT is(m3.to_base(5, 'USD', '2025-01-01'), 5::numeric, 'or to_base');
DROP TABLE customer, ticket, setting;
DROP VIEW config;

CREATE FUNCTION pg_temp.bad_name(mart text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT is(code, '22023', format('create_mart(%L) is refused', left(mart, 20)))
    FROM pg_temp.refusal(format('SELECT crmkpi.create_mart(%L)', mart))
    UNION ALL
    SELECT isnt(hint, '', '... with a hint')
    FROM pg_temp.refusal(format('SELECT crmkpi.create_mart(%L)', mart))
    UNION ALL
    SELECT is(code, '22023', '... and so is drop_mart')
    FROM pg_temp.refusal(format('SELECT crmkpi.drop_mart(%L, true)', mart))
$$;
SELECT pg_temp.bad_name(name)
FROM unnest(ARRAY[NULL, '', 'public', 'crmkpi', 'pg_catalog', 'pg_mart', 'information_schema', repeat('x', 64),
    repeat('é', 32)])
    AS name;
SELECT throws_ok($$ SELECT crmkpi.drop_mart('diversion') $$, '22023', 'schema "diversion" is not a mart',
    'a schema that is not a mart is not dropped');
SELECT throws_ok($$ SELECT crmkpi.drop_mart('nowhere') $$, '22023', 'schema "nowhere" is not a mart',
    'nor one that is not there');
SELECT throws_ok($$ SELECT crmkpi.map_entity('nowhere', 'ticket', NULL) $$, '22023',
    'schema "nowhere" is not a mart',
    'and it cannot be mapped');
SELECT ok(to_regnamespace('nowhere') IS NULL, 'asking for it does not make it');

-- A relation of somebody else under the name of a view of the mart
CREATE SCHEMA m4;
CREATE TABLE m4.service_dashboard (mine text);
CREATE TEMP TABLE shot4 AS SELECT pg_temp.snapshot('m4') AS snapshot;
SELECT throws_ok($$ SELECT crmkpi.create_mart('m4') $$, '42P07', NULL,
    'a table in the place of a dashboard is not replaced');
SELECT is(pg_temp.snapshot('m4'), shot4.snapshot, 'and nothing is made beside it') FROM shot4;

-- ---------------------------------------------------------------------------
-- drop_mart
-- ---------------------------------------------------------------------------

SELECT is(crmkpi.drop_mart('m2'), 'mart m2 dropped', 'an empty mart is dropped');
SELECT ok(to_regnamespace('m2') IS NULL, 'with its schema');
CREATE TEMP TABLE shot3 AS SELECT pg_temp.snapshot('m3') AS snapshot;
INSERT INTO m3.customer (customer_id, created_at) VALUES ('c', '2025-01-01');
SELECT results_eq($$ SELECT code, detail FROM pg_temp.refusal('SELECT crmkpi.drop_mart(''m3'')') $$,
    $$ VALUES ('2BP01', 'These tables have rows: customer, ticket.') $$, 'a mart with rows is not dropped');
SELECT is(pg_temp.snapshot('m3'), shot3.snapshot, 'and nothing was changed') FROM shot3;
SELECT throws_ok($$ SELECT crmkpi.drop_mart('m3', NULL) $$, '2BP01', NULL, 'NULL does not mean yes');
CREATE VIEW public.of_m3 AS SELECT * FROM m3.customer;
CREATE VIEW public.of_m3_too AS SELECT * FROM m3.crm_dashboard;
CREATE TABLE public.refers (customer_id text REFERENCES m3.customer);
SELECT results_eq($$ SELECT code, detail FROM pg_temp.refusal('SELECT crmkpi.drop_mart(''m3'', true)') $$,
    $$ VALUES ('2BP01', 'constraint refers_customer_id_fkey on table public.refers depends on table m3.customer
view public.of_m3 depends on table m3.customer
view public.of_m3_too depends on view m3.crm_dashboard') $$, 'what others made of it is listed in one error');
SELECT is(pg_temp.snapshot('m3'), shot3.snapshot, 'and nothing was changed') FROM shot3;
DROP VIEW public.of_m3, public.of_m3_too;
DROP TABLE public.refers;
CREATE TABLE m3.mine AS SELECT 1 AS a;
CREATE FUNCTION m3.my_function() RETURNS integer LANGUAGE sql AS 'SELECT 1';
SELECT is(crmkpi.drop_mart('m3', true), 'mart m3 dropped; the schema stays with what else it holds: mine',
    'told so, it is dropped with its rows');
SELECT set_eq($$ SELECT relname::text FROM pg_class WHERE relnamespace = 'm3'::regnamespace $$, $$
    VALUES ('mine') $$,
    'what others made in the schema stays');
SELECT is(m3.my_function(), 1, 'functions too');
SELECT matches(crmkpi.create_mart('m3'), '^mart m3: 24 tables made', 'the mart can be made again beside it');
SELECT is(crmkpi.drop_mart('My Mart', true), 'mart "My Mart" dropped', 'a quoted name is dropped');
SELECT is(crmkpi.drop_mart('o''hare "x" \n %I'), 'mart "o''hare ""x"" \n %I" dropped', 'and a strange one');

-- ---------------------------------------------------------------------------
-- Settings
-- ---------------------------------------------------------------------------

CREATE FUNCTION pg_temp.refuses(name text, VARIADIC bad text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    value text;
    taken text[];
BEGIN
    FOREACH value IN ARRAY bad LOOP
        BEGIN
            EXECUTE format('UPDATE m1.setting SET value = %L WHERE name = %L', value, name);
            taken := taken || format('%s', value);
        EXCEPTION WHEN data_exception OR check_violation OR not_null_violation THEN
            NULL;
        END;
    END LOOP;
    RETURN is(taken, NULL, format('setting %s refuses %s', name, array_to_string(bad, ' | ', 'NULL')));
END;
$$;
CREATE FUNCTION pg_temp.takes(name text, VARIADIC good text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    value text;
BEGIN
    FOREACH value IN ARRAY good LOOP
        EXECUTE format('UPDATE m1.setting SET value = %L WHERE name = %L', value, name);
        PERFORM * FROM m1.service_dashboard;
        PERFORM * FROM m1.crm_dashboard;
        PERFORM * FROM m1.agent_performance;
        PERFORM * FROM m1.ticket_queue;
        PERFORM * FROM m1.backlog_history;
    END LOOP;
    RETURN pass(format('setting %s takes %s', name, array_to_string(good, ' | ')));
END;
$$;
SELECT pg_temp.refuses('zone', '', 'EST', 'EST5EDT', '+03', 'Mars/Olympus', 'utc', NULL);
SELECT pg_temp.takes('zone', 'UTC', 'Asia/Kolkata', 'America/Argentina/Buenos_Aires', 'Etc/GMT+12',
    'America/New_York');
SELECT pg_temp.refuses('as_of', 'infinity', '-infinity', 'soon', '2025-13-01', NULL);
SELECT pg_temp.takes('as_of', '2025-12-20 17:00:00-05', '');
SELECT pg_temp.takes('default_calendar', 'office', '');
SELECT pg_temp.refuses('base_currency', 'usd', '', 'US', 'USDT');
SELECT pg_temp.takes('base_currency', 'VND', 'USD');
SELECT pg_temp.refuses('first_day_of_week', '0', '8', 'Monday', '', '1.0');
SELECT pg_temp.takes('first_day_of_week', '7', '6', '1');
SELECT pg_temp.refuses('fiscal_year_start', '0', '13', '', 'April');
SELECT pg_temp.takes('fiscal_year_start', '12', '4', '1');
SELECT pg_temp.refuses(name, '0', '-1 day', '', 'soon')
FROM unnest('{inactivity_window,funnel_window,fcr_window,golden_window,velocity_window,freshness_half_life,
        click_window}'::text[])
    AS name;
SELECT pg_temp.takes('fcr_window', '1 second', '1 mon', '7 days');
SELECT pg_temp.refuses('satisfied_from_5', '0', '6', '');
SELECT pg_temp.refuses('satisfied_from_7', '0', '8', 'good');
SELECT pg_temp.refuses('satisfied_from_10', '0', '11', '9.5');
SELECT pg_temp.takes('satisfied_from_10', '10', '1', '9');
SELECT throws_ok($$ INSERT INTO m1.setting VALUES ('zonne', 'UTC') $$, '23514', NULL, 'there are no other settings');
DELETE FROM m1.setting;
SELECT results_eq('SELECT zone, as_of, base_currency, first_day_of_week, golden_window, fcr_window FROM m1.config',
    $$ VALUES ('UTC', now(), 'USD', 1, interval '5 minutes', interval '7 days') $$,
        'without settings there are defaults');

-- ---------------------------------------------------------------------------
-- to_base
-- ---------------------------------------------------------------------------

INSERT INTO m3.fx_rate VALUES ('EUR', '2025-01-02', 1.03), ('EUR', '2025-01-05', 1.04), ('EUR', '2025-02-01', 1.1),
    ('VND', '2025-01-01', 0.000039);
SELECT results_eq($$ SELECT day, m3.to_base(100, 'EUR', day::date)
        FROM (VALUES ('2025-01-02'), ('2025-01-03'), ('2025-01-05'), ('2025-01-31'), ('2030-01-01')) AS d (day) $$,
    $$ VALUES ('2025-01-02', 103.0), ('2025-01-03', 103.0), ('2025-01-05', 104.0), ('2025-01-31', 104.0),
        ('2030-01-01', 110.0) $$,
    'to_base takes the rate of the day, or of the last day before');
SELECT is(m3.to_base(1000000, 'VND', '2025-01-01'), 39.0, 'small rates are exact');
SELECT is(m3.to_base(-5.5, 'USD', NULL), -5.5, 'the base currency needs no rate');
SELECT is(m3.to_base(NULL, 'XXX', '2025-01-01'), NULL, 'no amount needs none either');
SELECT throws_ok($$ SELECT m3.to_base(1, 'EUR', '2025-01-01') $$, '22023', 'no exchange rate for EUR on 2025-01-01',
    'a missing rate is an error');
SELECT throws_ok($$ SELECT m3.to_base(1, 'XXX', '2025-01-01') $$, '22023', 'no exchange rate for XXX on 2025-01-01',
    'so is an unknown currency');
SELECT throws_ok($$ SELECT m3.to_base(1, NULL, '2025-01-01') $$, '22023', 'no exchange rate for NULL on 2025-01-01',
    'and none');
SELECT throws_ok($$ SELECT m3.to_base(1, 'EUR', NULL) $$, '22023', 'no exchange rate for EUR on NULL', 'and no day');
UPDATE m3.setting SET value = 'VND' WHERE name = 'base_currency';
SELECT is(m3.to_base(7, 'VND', '2020-01-01'), 7.0, 'the base currency is a setting');
SELECT throws_ok($$ SELECT m3.to_base(1, 'USD', '2025-01-03') $$, '22023', NULL, 'the dollar needs a rate then');
SELECT throws_ok($$ INSERT INTO m3.fx_rate VALUES ('EUR', '2025-03-01', 0) $$, '23514', NULL,
    'a rate of 0 is refused');

SELECT * FROM finish();
ROLLBACK;
