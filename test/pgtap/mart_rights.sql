-- Who may make a mart, and who may read what of it.

BEGIN;
SELECT plan(42);
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
SET LOCAL search_path = public, pg_temp;
SELECT current_database() AS db \gset

CREATE ROLE mart_owner;
CREATE ROLE mart_other;
CREATE ROLE mart_reader;
CREATE ROLE mart_east;
GRANT mart_owner, mart_other, mart_reader, mart_east TO CURRENT_USER;

-- ---------------------------------------------------------------------------
-- Making one
-- ---------------------------------------------------------------------------

ALTER DATABASE :"db" OWNER TO mart_owner;
SET LOCAL ROLE mart_other;
SELECT throws_ok($$ SELECT crmkpi.create_mart('crm_m') $$, '42501', NULL,
    'whoever may not create in the database makes no mart');
SET LOCAL ROLE mart_owner;
SELECT matches(crmkpi.create_mart('crm_m'), '^mart crm_m: 24 tables made',
    'the owner of the database, no superuser, does');
SELECT is(array_agg(DISTINCT relowner::regrole::text), '{mart_owner}', 'and owns what is in it')
FROM pg_class WHERE relnamespace = 'crm_m'::regnamespace;
SELECT is(nspowner::regrole::text, 'mart_owner', 'and its schema') FROM pg_namespace WHERE nspname = 'crm_m';
SELECT matches(crmkpi.create_mart('crm_m'), '^mart crm_m: 0 tables made', 'and makes it again');
SELECT lives_ok($$ SELECT crmkpi.map_entity('crm_m', 'calendar', NULL) $$, 'and maps');
SET LOCAL ROLE mart_other;
SELECT throws_ok($$ SELECT crmkpi.create_mart('crm_m') $$, '42501', NULL, 'another role does not make it again');
SELECT throws_ok($$ SELECT crmkpi.map_entity('crm_m', 'ticket', NULL) $$, '42501', NULL, 'nor maps');
SELECT throws_ok($$ SELECT crmkpi.drop_mart('crm_m', true) $$, '42501', NULL, 'nor drops');
SET LOCAL ROLE mart_owner;
GRANT ALL ON SCHEMA crm_m TO mart_other;
GRANT ALL ON ALL TABLES IN SCHEMA crm_m TO mart_other;
SET LOCAL ROLE mart_other;
SELECT throws_ok($$ SELECT crmkpi.create_mart('crm_m') $$, '42501', 'schema "crm_m" belongs to role mart_owner',
    'not even with all rights on schema and tables');
SELECT throws_ok($$ SELECT crmkpi.map_entity('crm_m', 'ticket', NULL) $$, '42501', NULL, 'nor maps');
SELECT throws_ok($$ SELECT crmkpi.drop_mart('crm_m', true) $$, '42501', NULL, 'nor drops');
RESET ROLE;
SELECT is(count(*), 24::bigint, 'and the mart is still whole') FROM crm_m.mart_object WHERE kind = 'table';
REVOKE ALL ON ALL TABLES IN SCHEMA crm_m FROM mart_other;
REVOKE ALL ON SCHEMA crm_m FROM mart_other;
-- A schema that is somebody else's, or that of an extension
CREATE SCHEMA hers AUTHORIZATION mart_other;
GRANT ALL ON SCHEMA hers TO mart_owner;
SET LOCAL ROLE mart_owner;
SELECT throws_ok($$ SELECT crmkpi.create_mart('hers') $$, '42501', 'schema "hers" belongs to role mart_other',
    'a schema of somebody else is refused');
RESET ROLE;
SELECT is_empty($$ SELECT relname FROM pg_class WHERE relnamespace = 'hers'::regnamespace $$, 'and stays empty');
GRANT mart_other TO mart_owner;
SET LOCAL ROLE mart_owner;
SELECT matches(crmkpi.create_mart('hers'), '^mart hers: 24 tables made', 'unless one is a member of that role');
RESET ROLE;
REVOKE mart_other FROM mart_owner;
CREATE SCHEMA of_extension;
ALTER EXTENSION pgtap ADD SCHEMA of_extension;
SELECT throws_ok($$ SELECT crmkpi.create_mart('of_extension') $$, '22023',
    'schema "of_extension" belongs to an extension',
    'the schema of an extension is refused, even to a superuser');
SELECT is_empty($$ SELECT relname FROM pg_class WHERE relnamespace = 'of_extension'::regnamespace $$,
    'and stays empty');

-- ---------------------------------------------------------------------------
-- Reading it
-- ---------------------------------------------------------------------------

UPDATE crm_m.setting SET value = '2025-07-01 00:00+00' WHERE name = 'as_of';
INSERT INTO crm_m.ticket (ticket_id, opened_at, kind, team, agent_id, customer_id, contacts, resolved_at) VALUES
    ('1', '2025-03-01', 'question', 'east', 'a', 'c', 1, '2025-03-02'),
    ('2', '2025-03-01', 'question', 'west', 'b', 'd', 1, '2025-03-03'),
    ('3', '2025-03-04', 'question', 'west', 'b', 'c', 1, '2025-03-05');
SET LOCAL ROLE mart_reader;
SELECT throws_ok('SELECT * FROM crm_m.service_dashboard', '42501', NULL, 'nobody reads without rights');
SET LOCAL ROLE mart_owner;
GRANT USAGE ON SCHEMA crm_m TO mart_reader, mart_east;
GRANT SELECT ON crm_m.service_dashboard, crm_m.service_dashboard_by_grain, crm_m.agent_performance TO mart_reader;
SET LOCAL ROLE mart_reader;
SELECT throws_ok('SELECT * FROM crm_m.service_dashboard', '42501', NULL,
    'a right on a dashboard is none on its tables');
SELECT throws_ok('SELECT * FROM crm_m.service_dashboard(''day'')', '42501', NULL, 'nor through a function');
SELECT throws_ok('SELECT * FROM crm_m.agent_performance', '42501', NULL, 'nor of agents');
SELECT throws_ok('INSERT INTO crm_m.setting VALUES (''zone'', ''UTC'')', '42501', NULL, 'nothing can be written');
SET LOCAL ROLE mart_owner;
GRANT SELECT ON ALL TABLES IN SCHEMA crm_m TO mart_reader, mart_east;
SET LOCAL ROLE mart_reader;
SELECT results_eq('SELECT opened, solved, agent_days FROM crm_m.service_dashboard', 'VALUES (3::bigint, 3::bigint,
    3::bigint)',
    'with rights on the tables there is the whole dashboard');
SELECT lives_ok($$ SELECT * FROM crm_m.kpi_catalog $$, 'and the catalogue');

-- Row-level security of the tickets holds in the dashboards.
SET LOCAL ROLE mart_owner;
ALTER TABLE crm_m.ticket ENABLE ROW LEVEL SECURITY;
CREATE POLICY east ON crm_m.ticket TO mart_east USING (team = 'east');
CREATE POLICY everything ON crm_m.ticket TO mart_reader USING (true);
SET LOCAL ROLE mart_east;
SELECT results_eq('SELECT opened, solved, art_hours FROM crm_m.service_dashboard', 'VALUES (1::bigint, 1::bigint,
    24.00)',
    'row-level security holds in the dashboard');
SELECT results_eq('SELECT sum(opened), sum(solved) FROM crm_m.service_dashboard(''day'')', 'VALUES (1::numeric,
    1::numeric)',
    'in its function');
SELECT results_eq('SELECT agent_id, solved FROM crm_m.agent_performance', $$ VALUES ('a', 1::bigint) $$,
    'for agents');
SELECT results_eq('SELECT ticket_id, team FROM crm_m.ticket_facts', $$ VALUES ('1', 'east') $$,
    'and in what they are read of');
SELECT is(sum(opened), 1::numeric, 'in daily summaries') FROM crm_m.daily_ticket;
SELECT results_eq('SELECT day, team, entered, open_items FROM crm_m.backlog_history WHERE entered > 0',
    $$ VALUES (date '2025-03-01', 'east', 1::bigint, 1::bigint) $$, 'in the history of the queue');
SELECT results_eq('SELECT team FROM crm_m.ticket_sla', $$ VALUES ('east') $$, 'and in what is promised to them');
SET LOCAL ROLE mart_reader;
SELECT is(sum(entered), 3::numeric, 'which has more for others') FROM crm_m.backlog_history;
-- the queue of then
SET LOCAL ROLE mart_owner;
UPDATE crm_m.setting SET value = '2025-03-01 12:00+00' WHERE name = 'as_of';
SET LOCAL ROLE mart_east;
SELECT results_eq('SELECT ticket_id FROM crm_m.ticket_queue', $$ VALUES ('1') $$, 'it holds in the queue');
SET LOCAL ROLE mart_reader;
SELECT is(count(*), 2::bigint, 'which is longer for others') FROM crm_m.ticket_queue;
SET LOCAL ROLE mart_owner;
UPDATE crm_m.setting SET value = '2025-07-01 00:00+00' WHERE name = 'as_of';
SET LOCAL ROLE mart_reader;
SELECT results_eq('SELECT opened FROM crm_m.service_dashboard', 'VALUES (3::bigint)', 'others see what they may');
SET LOCAL ROLE mart_owner;
SELECT lives_ok($$ SELECT crmkpi.create_mart('crm_m') $$, 'the mart is made again');
SET LOCAL ROLE mart_east;
SELECT results_eq('SELECT opened FROM crm_m.service_dashboard', 'VALUES (1::bigint)', 'and it still holds');

-- A mapped entity keeps it as well.
SET LOCAL ROLE mart_owner;
CREATE TABLE crm_m.desk AS SELECT * FROM crm_m.ticket;
GRANT SELECT ON crm_m.desk TO mart_east;
ALTER TABLE crm_m.desk ENABLE ROW LEVEL SECURITY;
CREATE POLICY east ON crm_m.desk TO mart_east USING (team = 'east');
\o /dev/null
SELECT crmkpi.map_entity('crm_m', 'ticket', 'crm_m.desk', true);
\o
SET LOCAL ROLE mart_east;
SELECT results_eq('SELECT opened FROM crm_m.service_dashboard', 'VALUES (1::bigint)',
    'row-level security of a mapped table holds');

-- A superuser, or a member of the owner, may renew a mart; it stays that of its owner.
SET LOCAL ROLE mart_owner;
\o /dev/null
SELECT crmkpi.create_mart('renewed');
RESET ROLE;
SELECT crmkpi.create_mart('renewed');
\o
SELECT is(array_agg(DISTINCT relowner::regrole::text), '{mart_owner}',
    'a mart that a superuser renewed stays that of its owner')
FROM pg_class WHERE relnamespace = 'renewed'::regnamespace;
SET LOCAL ROLE mart_owner;
SELECT lives_ok($$ SELECT * FROM renewed.service_dashboard('day') $$, 'who can still read it');
SELECT lives_ok($$ SELECT crmkpi.create_mart('renewed') $$, 'and renew it');

RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
