-- Entities that are somebody's own relations: found by create_mart, or put in place by map_entity.

BEGIN;
SELECT plan(79);
SET LOCAL client_min_messages = error;
SET LOCAL timezone = 'UTC';
SET LOCAL search_path = public, pg_temp;

-- Everything in a schema: equal before and after means nothing was touched.
CREATE FUNCTION pg_temp.snapshot(mart text) RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(line, E'\n' ORDER BY line))
    FROM (
        SELECT concat_ws(' ', 'class', c.oid, c.relname, c.relkind, c.relacl) AS line
        FROM pg_class c WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = mart)
        UNION ALL
        SELECT concat_ws(' ', 'proc', p.oid, p.proname, p.proacl)
        FROM pg_proc p WHERE p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = mart)
    ) lines
$$;
CREATE FUNCTION pg_temp.refusal(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT;
END;
$$;

-- A help desk as others have it: integer ids, other names.
CREATE SCHEMA desk;
CREATE TABLE desk.issue (id integer PRIMARY KEY, at timestamptz, solved timestamptz, client integer,
    assignee integer);
CREATE TABLE desk.note (id bigint PRIMARY KEY, issue integer, at timestamptz, by text, who integer);
CREATE TABLE desk.person (id integer PRIMARY KEY, name varchar(40), bot boolean);
INSERT INTO desk.issue VALUES (1, '2025-03-01 08:00', '2025-03-01 12:00', 7, 1), (2, '2025-03-02 08:00', NULL, 8, 2),
    (3, '2025-03-03 08:00', '2025-03-03 10:00', 7, 1);
INSERT INTO desk.note VALUES (1, 1, '2025-03-01 09:00', 'agent', 1), (2, 2, '2025-03-02 08:01', 'agent', 3),
    (3, 3, '2025-03-03 11:00', 'agent', 2);
INSERT INTO desk.person VALUES (1, 'Ann', false), (2, 'Bob', false), (3, 'Bot', true);

CREATE VIEW desk.ticket WITH (security_invoker = true) AS
SELECT id AS ticket_id, at AS opened_at, NULL::timestamptz AS first_response_at, solved AS resolved_at,
    client AS customer_id, assignee AS agent_id, 'east'::varchar(10) AS team, 'mail'::char(5) AS channel,
    NULL::text AS priority, 'question'::text AS kind, 1::smallint AS contacts, 0::bigint AS reopened,
    60 AS handling_seconds, 'more' AS something_else
FROM desk.issue;
CREATE VIEW desk.ticket_message WITH (security_invoker = true) AS
SELECT true AS public, id AS message_id, issue AS ticket_id, at AS occurred_at, by AS author, who AS agent_id
    FROM desk.note;
CREATE VIEW desk.agent WITH (security_invoker = true) AS
SELECT id AS agent_id, name, NULL::text AS team, NULL::text AS calendar_id, true AS active, NOT bot AS human
FROM desk.person;

-- ---------------------------------------------------------------------------
-- Relations that are there before the mart
-- ---------------------------------------------------------------------------

CREATE SCHEMA found;
ALTER VIEW desk.ticket SET SCHEMA found;
ALTER VIEW desk.ticket_message SET SCHEMA found;
ALTER VIEW desk.agent SET SCHEMA found;
CREATE TEMP TABLE oids AS SELECT relname, oid FROM pg_class WHERE relnamespace = 'found'::regnamespace;
SELECT matches(crmkpi.create_mart('found'),
    '^mart found: 21 tables made, 3 entities mapped \(agent, ticket, ticket_message\)',
    'views that are there are used');
SELECT is(count(*), 3::bigint, 'as they are')
FROM pg_class c JOIN oids USING (oid, relname) WHERE c.relnamespace = 'found'::regnamespace AND c.relkind = 'v';
SELECT is_empty($$ SELECT name FROM found.mart_object WHERE name IN ('ticket', 'agent', 'ticket_message') $$,
    'and are not the mart''s own');
SELECT results_eq('SELECT opened, solved, art_hours, responded, response_hours, aht_seconds, agent_days
    FROM found.service_dashboard',
    -- the bot's note is no reply
    'VALUES (3::bigint, 2::bigint, 3.00, 2::bigint, 2.00, 60.00, 2::bigint)', 'their rows are in the dashboard');
SELECT results_eq('SELECT agent_id, agent_name, solved, art_hours FROM found.agent_performance',
    $$ VALUES ('1', 'Ann', 2::bigint, 3.00) $$, 'and the agents, with integer ids');
INSERT INTO desk.issue VALUES (4, '2025-03-04', NULL, NULL, NULL);
SELECT results_eq('SELECT opened FROM found.service_dashboard', 'VALUES (4::bigint)', 'a new row is there at once');
INSERT INTO found.status VALUES ('ticket', 'fertig', 'solved', 1), ('ticket', 'auf', 'open', 1);
INSERT INTO found.status_event (entity, entity_id, changed_at, seq, status)
    VALUES ('ticket', '4', '2025-03-04', 1, 'auf'), ('ticket', '4', '2025-03-06', 2, 'fertig');
SELECT results_eq('SELECT solved, art_hours FROM found.service_dashboard', 'VALUES (3::bigint, 18.00)',
    'status events name them by text');
SELECT results_eq('SELECT ticket_id, agent_id, category, contacts FROM found.ticket_queue',
    $$ VALUES (2, 2, 'open', 0::bigint) $$, 'the queue has their ids as they are');
SELECT results_eq('SELECT day, team, open_items FROM found.backlog_history WHERE left_queue > 0 OR entered > 0',
    $$ VALUES (date '2025-03-01', 'east'::varchar, 0::bigint), ('2025-03-02', 'east', 1), ('2025-03-03', 'east', 1),
        ('2025-03-04', 'east', 2), ('2025-03-06', 'east', 1) $$, 'and its history their team');
SELECT matches(crmkpi.create_mart('found'), '^mart found: 0 tables made, 3 entities mapped', 'made again');
SELECT is(count(*), 3::bigint, 'the views are still as they were')
FROM pg_class c JOIN oids USING (oid, relname) WHERE c.relnamespace = 'found'::regnamespace AND c.relkind = 'v';
DELETE FROM found.status;
DELETE FROM found.status_event;
SELECT is(crmkpi.drop_mart('found'),
    'mart found dropped; the schema stays with what else it holds: agent, ticket, ticket_message',
    'drop_mart leaves them, and does not ask about their rows');
SELECT is(count(*), 3::bigint, 'there they are')
FROM pg_class c JOIN oids USING (oid, relname) WHERE c.relnamespace = 'found'::regnamespace;

-- Tables, partitioned tables and materialized views of others do as well.
CREATE SCHEMA kinds;
CREATE TABLE kinds.ticket (LIKE found.ticket) PARTITION BY RANGE (opened_at);
CREATE TABLE kinds.part PARTITION OF kinds.ticket DEFAULT;
CREATE MATERIALIZED VIEW kinds.agent AS SELECT * FROM found.agent;
CREATE TABLE kinds.customer (created_at timestamptz, name text, segment text, owner_id uuid, campaign_id text,
    customer_id integer);
CREATE TABLE kinds.ticket_message AS SELECT * FROM found.ticket_message;
SELECT matches(crmkpi.create_mart('kinds'), 'made, 4 entities mapped \(agent, customer, ticket, ticket_message\)',
    'tables, partitioned tables and materialized views');
INSERT INTO kinds.ticket SELECT * FROM found.ticket;
SELECT results_eq('SELECT opened, responded FROM kinds.service_dashboard', 'VALUES (4::bigint, 2::bigint)',
    'are read');
SELECT is(crmkpi.drop_mart('kinds'),
    'mart kinds dropped; the schema stays with what else it holds: agent, customer, part, ticket, ticket_message',
    'and stay');

-- Ids are compared as text, so one entity may be mapped without the others.
CREATE SCHEMA mixed;
CREATE TABLE mixed.ticket AS SELECT * FROM found.ticket;
CREATE TABLE mixed.activity (activity_id integer, kind text, direction text, occurred_at timestamptz,
    seconds integer,
    agent_id integer, lead_id integer, opportunity_id integer, customer_id uuid, automated boolean,
        completed boolean,
    answered boolean);
SELECT lives_ok($$ SELECT crmkpi.create_mart('mixed') $$, 'integer ids in tickets and activities, text elsewhere');
INSERT INTO mixed.ticket_message (message_id, ticket_id, occurred_at, author) VALUES ('m', '1', '2025-03-01 10:00',
    'agent');
INSERT INTO mixed.agent (agent_id, name) VALUES ('1', 'Ann');
INSERT INTO mixed.lead (lead_id, created_at) VALUES ('5', '2025-03-01');
INSERT INTO mixed.activity VALUES (1, 'call', 'out', '2025-03-01 02:00', 1, 1, 5, NULL, NULL, false, true, NULL);
SELECT results_eq('SELECT responded, response_hours FROM mixed.service_dashboard', 'VALUES (1::bigint, 2.00)',
    'they meet');
SELECT results_eq('SELECT leads_answered, response_hours, activities FROM mixed.crm_dashboard',
    'VALUES (1::bigint, 2.00, 1::bigint)', 'also those of leads');
SELECT results_eq('SELECT agent_id, agent_name FROM mixed.agent_performance', $$ VALUES ('1', 'Ann') $$,
    'and of agents');

CREATE SCHEMA uuids;
CREATE TABLE uuids.ticket (ticket_id uuid, opened_at timestamptz, first_response_at timestamptz,
    resolved_at timestamptz,
    customer_id uuid, agent_id uuid, team text, channel text, priority text, kind text, contacts integer,
        reopened integer,
    handling_seconds integer);
CREATE TABLE uuids.status_event (entity text, entity_id uuid, changed_at timestamptz, seq integer, status text,
    agent_id uuid);
CREATE TABLE uuids.survey (survey_id uuid, kind text, sent_at timestamptz, answered_at timestamptz, score smallint,
    scale_min integer, scale_max bigint, customer_id uuid, ticket_id uuid, agent_id uuid);
CREATE TABLE uuids.opportunity (opportunity_id bigint, created_at timestamptz, closed_at timestamptz, outcome text,
    kind text, stage text, owner_id uuid, customer_id uuid, lead_id uuid, amount bigint, contract_months integer,
    probability numeric, expected_close_on date);
CREATE TABLE uuids.process_check (check_id uuid, checked_at timestamptz, agent_id uuid, ticket_id uuid,
    passed boolean,
    weight integer);
SELECT lives_ok($$ SELECT crmkpi.create_mart('uuids') $$, 'uuids, also in status events');
INSERT INTO uuids.status VALUES ('ticket', 'done', 'solved', 1);
INSERT INTO uuids.ticket (ticket_id, opened_at, kind, agent_id, customer_id)
    VALUES (md5('t')::uuid, '2025-03-01', 'question', md5('a')::uuid, md5('c')::uuid);
INSERT INTO uuids.status_event VALUES ('ticket', md5('t')::uuid, '2025-03-02', 1, 'done', NULL);
INSERT INTO uuids.survey VALUES (md5('1')::uuid, 'nps', NULL, '2025-03-01', 9, 0, 10, md5('c')::uuid, NULL, NULL),
    (md5('2')::uuid, 'nps', NULL, '2025-03-02', 6, 0, 10, md5('c')::uuid, NULL, NULL),
    (md5('3')::uuid, 'csat', NULL, '2025-03-02', 5, 1, 5, md5('c')::uuid, NULL, md5('a')::uuid);
INSERT INTO uuids.opportunity VALUES (1, '2025-01-01', '2025-03-01', 'won', 'new', NULL, md5('a')::uuid, NULL,
    NULL, 100, 36);
INSERT INTO uuids.process_check VALUES (md5('1')::uuid, '2025-03-01', md5('a')::uuid, NULL, true, 2),
    (md5('2')::uuid, '2025-03-01', md5('a')::uuid, NULL, false, 1);
SELECT results_eq('SELECT solved, art_hours, nps, nps_answers, csat_ratio, compliance_ratio
    FROM uuids.service_dashboard',
    'VALUES (1::bigint, 24.00, -100.00, 1::bigint, 1.000000, 0.666667)', 'their dashboard');
SELECT results_eq('SELECT agent_id, solved, csat_answers, won FROM uuids.agent_performance',
    $$ VALUES (md5('a')::uuid::text, 1::bigint, 1::bigint, 1::bigint) $$, 'all parts of an agent meet');
SELECT results_eq('SELECT won_amount, annual_contract_value FROM uuids.crm_dashboard', 'VALUES (100.0000, 33.3333)',
    'whole amounts are not divided as integers');

-- ---------------------------------------------------------------------------
-- What does not fit
-- ---------------------------------------------------------------------------

CREATE SCHEMA bad;
CREATE DOMAIN bad.word AS text;
CREATE TABLE bad.ticket (ticket_id integer[], opened_at timestamp, resolved_at timestamptz, customer_id text,
    agent_id text,
    team varchar(5), channel bad.word, priority "char", kind text, contacts numeric, reopened text,
        handling_seconds integer,
    dropped integer);
ALTER TABLE bad.ticket DROP COLUMN dropped;
CREATE VIEW bad.status AS SELECT 'ticket'::text AS entity, 'new'::text AS status;
CREATE SEQUENCE bad.calendar;
CREATE TABLE bad.fx_rate (currency char(3), day date, rate_to_base double precision);
CREATE TEMP TABLE shot AS SELECT pg_temp.snapshot('bad') AS snapshot;
SELECT throws_ok($$ SELECT crmkpi.create_mart('bad') $$, '22023',
    'relations in schema "bad" do not have the columns of their entities', 'relations that do not fit are refused');
SELECT set_eq(
    $$ SELECT unnest(string_to_array(detail, E'\n')) FROM pg_temp.refusal('SELECT crmkpi.create_mart(''bad'')') $$,
    ARRAY['bad.calendar lacks the column calendar_id text', 'bad.calendar lacks the column hours business_hours',
        'bad.fx_rate.rate_to_base is double precision, expected numeric(18,9)',
        'bad.status lacks the column category text', 'bad.status lacks the column step_no integer',
        'bad.ticket lacks the column first_response_at timestamptz',
        'bad.ticket.opened_at is timestamp without time zone, expected timestamptz',
        'bad.ticket.priority is "char", expected text', 'bad.ticket.contacts is numeric, expected integer',
        'bad.ticket.reopened is text, expected integer'],
    'the error lists all of them at once, and nothing that fits');
SELECT is(pg_temp.snapshot('bad'), shot.snapshot, 'and the schema is as it was') FROM shot;
SELECT matches(hint, 'crmkpi\.mart_contract', 'the hint tells where the columns stand')
FROM pg_temp.refusal($$ SELECT crmkpi.create_mart('bad') $$);

CREATE SCHEMA domains;
CREATE DOMAIN domains.word AS text;
CREATE DOMAIN domains.short_word AS domains.word CHECK (length(VALUE) < 10);
CREATE TABLE domains.status (entity domains.short_word, status domains.word, category varchar(9), step_no smallint);
SELECT lives_ok($$ SELECT crmkpi.create_mart('domains') $$, 'a domain, also over a domain, is as good as its type');

-- The same for a mart that is there: its views stay.
\o /dev/null
SELECT crmkpi.create_mart('spoilt');
\o
ALTER TABLE spoilt.web_traffic RENAME TO old_traffic;
CREATE VIEW spoilt.web_traffic WITH (security_invoker = true) AS SELECT day FROM spoilt.old_traffic;
UPDATE shot SET snapshot = pg_temp.snapshot('spoilt');
SELECT throws_ok($$ SELECT crmkpi.create_mart('spoilt') $$, '22023', NULL, 'also when it is made again');
SELECT is(pg_temp.snapshot('spoilt'), shot.snapshot, 'and the mart is as it was') FROM shot;
SELECT is_empty('SELECT * FROM spoilt.service_dashboard', 'and answers');

-- ---------------------------------------------------------------------------
-- map_entity
-- ---------------------------------------------------------------------------

\o /dev/null
SELECT crmkpi.create_mart('m');
CREATE ROLE map_reader;
GRANT USAGE ON SCHEMA m, found, desk TO map_reader;
GRANT SELECT ON m.service_dashboard, m.ticket TO map_reader;
\o
SELECT is(crmkpi.map_entity('m', 'ticket', 'found.ticket'), 'm.ticket is mapped from found.ticket',
    'a table makes room for a view');
SELECT results_eq('SELECT opened, solved FROM m.service_dashboard', 'VALUES (4::bigint, 2::bigint)',
    'its rows count');
SELECT results_eq($$ SELECT kind FROM m.mart_object WHERE name = 'ticket' $$, $$ VALUES ('mapping') $$,
    'the mart knows');
SELECT set_eq($$ SELECT attname::text FROM pg_attribute WHERE attrelid = 'm.ticket'::regclass AND attnum > 0 $$,
    $$ SELECT column_name FROM crmkpi.mart_contract WHERE entity = 'ticket' $$,
        'it has the columns of the entity only');
SELECT ok(reloptions @> '{security_invoker=true}', 'it reads with the rights of whoever asks')
FROM pg_class WHERE oid = 'm.ticket'::regclass;
SELECT isnt(obj_description('m.ticket'::regclass), NULL, 'and has a comment');
SELECT ok(has_table_privilege('map_reader', 'm.service_dashboard', 'SELECT'), 'rights on dashboards stay');
SELECT ok(has_table_privilege('map_reader', 'm.ticket', 'SELECT'), 'rights on the entity go over to the view');
SELECT matches(crmkpi.create_mart('m'), '^mart m: 0 tables made', 'create_mart leaves it');
SELECT results_eq('SELECT opened FROM m.service_dashboard', 'VALUES (4::bigint)', 'as it was');

CREATE TABLE desk."More Tickets" AS SELECT * FROM found.ticket LIMIT 1;
SELECT is(crmkpi.map_entity('m', 'ticket', 'desk."More Tickets"'), 'm.ticket is mapped from desk."More Tickets"',
    'one mapping follows another');
SELECT results_eq('SELECT opened FROM m.service_dashboard', 'VALUES (1::bigint)', 'and its rows count');
SELECT is(crmkpi.map_entity('m', 'ticket', NULL), 'm.ticket is a table', 'NULL: a table again');
SELECT is_empty('SELECT * FROM m.service_dashboard', 'without rows');
SELECT results_eq($$ SELECT kind FROM m.mart_object WHERE name = 'ticket' $$, $$ VALUES ('table') $$,
    'which the mart knows');
SELECT results_eq('SELECT count(*) FROM desk."More Tickets"', 'VALUES (1::bigint)', 'the source keeps its rows');
SELECT throws_ok($$ INSERT INTO m.ticket (ticket_id, opened_at, kind) VALUES ('1', '2025-01-01', 'nothing') $$,
    '23514', NULL,
    'and the table has its constraints');

INSERT INTO m.ticket (ticket_id, opened_at, kind) VALUES ('1', '2025-01-01', 'question');
UPDATE shot SET snapshot = pg_temp.snapshot('m');
SELECT results_eq(
    $$ SELECT code, message, hint
       FROM pg_temp.refusal('SELECT crmkpi.map_entity(''m'', ''ticket'', ''found.ticket'')') $$,
    $$ VALUES ('2BP01', 'table m.ticket holds rows',
        'crmkpi.map_entity(''m'', ''ticket'', ''found.ticket'', true) drops them.') $$,
    'a table with rows is kept');
SELECT throws_ok($$ SELECT crmkpi.map_entity('m', 'ticket', 'found.ticket', NULL) $$, '2BP01', NULL,
    'NULL does not mean yes');
SELECT throws_ok($$ SELECT crmkpi.map_entity('m', 'ticket', NULL) $$, '2BP01', NULL, 'nor is it emptied');
SELECT throws_ok($$ SELECT crmkpi.map_entity('m', 'tickets', 'found.ticket') $$, '22023',
    '"tickets" is not an entity of a mart',
    'only entities are mapped');
SELECT throws_ok($$ SELECT crmkpi.map_entity('m', NULL, 'found.ticket') $$, '22023',
    '"NULL" is not an entity of a mart',
    'NULL is none');
SELECT throws_ok($$ SELECT crmkpi.map_entity('m', 'service_dashboard', 'found.ticket') $$, '22023', NULL,
    'nor is a dashboard');
SELECT throws_ok($$ SELECT crmkpi.map_entity('m', 'ticket', 'm.ticket', true) $$, '22023',
    'm.ticket cannot be mapped to itself',
    'nothing is mapped to itself');
SELECT results_eq($$ SELECT code, detail
    FROM pg_temp.refusal('SELECT crmkpi.map_entity(''m'', ''ticket'', ''bad.ticket'', true)') $$,
    $$ VALUES ('22023', 'bad.ticket.opened_at is timestamp without time zone, expected timestamptz
bad.ticket lacks the column first_response_at timestamptz
bad.ticket.priority is "char", expected text
bad.ticket.contacts is numeric, expected integer
bad.ticket.reopened is text, expected integer') $$, 'what does not fit is listed');
CREATE VIEW public.on_ticket AS SELECT * FROM m.ticket;
SELECT throws_ok($$ SELECT crmkpi.map_entity('m', 'ticket', 'found.ticket', true) $$, '2BP01', NULL,
    'a table on which others have views is kept');
CREATE OR REPLACE VIEW public.on_dashboard AS SELECT * FROM m.service_dashboard;
SELECT throws_ok($$ SELECT crmkpi.map_entity('m', 'lead', NULL) $$, '2BP01',
    'other objects depend on the views of mart "m"', 'and views of others on dashboards stand in the way');
DROP VIEW public.on_dashboard, public.on_ticket;
SELECT is(pg_temp.snapshot('m'), shot.snapshot, 'after all that nothing was changed') FROM shot;
SELECT is(crmkpi.map_entity('m', 'ticket', 'found.ticket', true), 'm.ticket is mapped from found.ticket',
    'told so, it is dropped');

-- A view that somebody put there by hand is not the mart's to replace.
\o /dev/null
SELECT crmkpi.create_mart('hand');
DROP TABLE hand.ticket CASCADE;
CREATE VIEW hand.ticket AS SELECT * FROM found.ticket;
SELECT crmkpi.create_mart('hand');
\o
SELECT results_eq('SELECT opened FROM hand.service_dashboard', 'VALUES (4::bigint)',
    'a view in the place of a dropped table counts');
SELECT throws_ok($$ SELECT crmkpi.map_entity('hand', 'ticket', 'desk."More Tickets"') $$, '22023',
    'hand.ticket was not made by crmkpi', 'map_entity does not drop it');
SELECT matches(crmkpi.drop_mart('hand'), 'stays with what else it holds: ticket$', 'nor does drop_mart');

-- Business hours are of a type of their own.
CREATE TABLE desk.hours AS SELECT 1 AS calendar_id, 'Mon-Fri 09:00-17:00; tz UTC'::text AS hours;
SELECT results_eq($$ SELECT code, detail
    FROM pg_temp.refusal('SELECT crmkpi.map_entity(''m'', ''calendar'', ''desk.hours'')') $$,
    $$ VALUES ('22023', 'desk.hours.hours is text, expected business_hours') $$, 'hours as text are refused');
CREATE VIEW desk.calendar WITH (security_invoker = true) AS
SELECT calendar_id, hours::crmkpi.business_hours AS hours FROM desk.hours;
SELECT is(crmkpi.map_entity('m', 'calendar', 'desk.calendar'), 'm.calendar is mapped from desk.calendar',
    'and taken when they are cast');
UPDATE m.setting SET value = '1' WHERE name = 'default_calendar';
SELECT results_eq('SELECT art_business_hours, art_business_tickets FROM m.service_dashboard',
    -- none of a Saturday, one of a Monday
    'VALUES (0.50, 2::bigint)', 'its id is compared as text');
UPDATE desk.hours SET hours = 'Mon-Fri 9-17';
SELECT throws_ok('SELECT * FROM m.service_dashboard', '22P02', NULL, 'hours that cannot be read are an error');
SELECT crmkpi.map_entity('m', 'calendar', NULL) AS back \gset

-- Money in other currencies
CREATE TABLE desk.deal (id integer, won timestamptz, amount numeric, currency text);
INSERT INTO desk.deal VALUES (1, '2025-03-10 12:00', 100, 'EUR'), (2, '2025-03-20 12:00', 50, 'USD');
INSERT INTO m.fx_rate VALUES ('EUR', '2025-03-01', 1.1);
CREATE VIEW desk.opportunity WITH (security_invoker = true) AS
SELECT id AS opportunity_id, won - interval '10 days' AS created_at, won AS closed_at, 'won'::text AS outcome,
    'new'::text AS kind,
    NULL::text AS stage, NULL::text AS owner_id, NULL::text AS customer_id, NULL::text AS lead_id,
    m.to_base(amount, currency, won::date) AS amount, 12 AS contract_months, NULL::numeric AS probability,
    NULL::date AS expected_close_on
FROM desk.deal;
\o /dev/null
SELECT crmkpi.map_entity('m', 'opportunity', 'desk.opportunity');
\o
SELECT results_eq('SELECT won_amount, contract_value FROM m.crm_dashboard', 'VALUES (160.0000, 80.0000)',
    'a mapping may call to_base');
SELECT matches(crmkpi.create_mart('m'), '^mart m: 0 tables made', 'and the mart can be made again under it');
SELECT results_eq('SELECT won_amount FROM m.crm_dashboard', 'VALUES (160.0000)', 'with the same answer');
DELETE FROM m.fx_rate;
SELECT throws_ok('SELECT won_amount FROM m.crm_dashboard', '22023', 'no exchange rate for EUR on 2025-03-10',
    'a missing rate is an error of the dashboard, not a wrong sum');
UPDATE shot SET snapshot = pg_temp.snapshot('m');
SELECT throws_ok($$ SELECT crmkpi.map_entity('m', 'fx_rate', NULL) $$, '2BP01', NULL,
    'what to_base reads cannot be replaced under a mapping');
SELECT results_eq($$ SELECT code, detail FROM pg_temp.refusal('SELECT crmkpi.drop_mart(''m'', true)') $$,
    $$ VALUES ('2BP01', 'view desk.opportunity depends on function m.to_base(numeric,text,date)') $$,
        'nor can the mart be dropped');
SELECT is(pg_temp.snapshot('m'), shot.snapshot, 'and nothing was changed') FROM shot;
\o /dev/null
SELECT crmkpi.map_entity('m', 'opportunity', NULL);
DROP VIEW desk.opportunity;
CREATE TABLE desk.setting AS SELECT 'zone' AS name, 'Asia/Tokyo' AS value UNION ALL SELECT 'base_currency', 'EUR';
SELECT crmkpi.map_entity('m', 'setting', 'desk.setting', true), crmkpi.map_entity('m', 'fx_rate', NULL);
\o
SELECT results_eq('SELECT zone, base_currency, fcr_window FROM m.config', $$ VALUES ('Asia/Tokyo', 'EUR',
    interval '7 days') $$,
    'settings can be mapped; what is not there has its default');
SELECT is(m.to_base(3, 'EUR', '2025-01-01'), 3.0, 'to_base reads them');
SELECT is(crmkpi.drop_mart('m', true), 'mart m dropped', 'a mart with mappings is dropped whole');
SELECT results_eq('SELECT count(*) FROM found.ticket, desk.setting', 'VALUES (8::bigint)', 'their sources stay');

SELECT * FROM finish();
ROLLBACK;
