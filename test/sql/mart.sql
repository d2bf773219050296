-- What people see who make, map and drop a mart.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS crm, sales, desk CASCADE;
CREATE EXTENSION IF NOT EXISTS crmkpi;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
\set SHOW_CONTEXT never

-- Making one; the number of views grows with the versions.
SELECT regexp_replace(crmkpi.create_mart(), '\d+ views', 'all views') AS create_mart;
SELECT regexp_replace(crmkpi.create_mart('crm'), '\d+ views', 'all views') AS create_mart;
SELECT obj_description('crm'::regnamespace) AS comment;
SELECT entity, count(*) AS columns, count(*) FILTER (WHERE required) AS required
FROM crmkpi.mart_contract GROUP BY entity ORDER BY entity COLLATE "C";
SELECT column_no AS no, column_name, data_type, required, description
FROM crmkpi.mart_contract WHERE entity = 'ticket_message' ORDER BY column_no;
SELECT name, value FROM crm.setting ORDER BY name COLLATE "C";

-- Names that cannot be.
SELECT crmkpi.create_mart(NULL);
SELECT crmkpi.create_mart('');
SELECT crmkpi.create_mart('public');
SELECT crmkpi.create_mart('pg_crm');
SELECT crmkpi.create_mart('a_name_that_is_longer_than_the_sixty_three_bytes_that_a_name_may_have');
SELECT crmkpi.drop_mart('nothing');
SELECT crmkpi.map_entity('nothing', 'ticket', NULL);

-- Settings that cannot be.
UPDATE crm.setting SET value = 'Mars/Olympus' WHERE name = 'zone';
UPDATE crm.setting SET value = '8' WHERE name = 'first_day_of_week';
UPDATE crm.setting SET value = 'infinity' WHERE name = 'as_of';
-- Rows that cannot be.
INSERT INTO crm.ticket (ticket_id, opened_at, resolved_at, kind) VALUES ('1', '2025-01-02', '2025-01-01',
    'question');
INSERT INTO crm.opportunity (opportunity_id, created_at, outcome, kind) VALUES ('1', '2025-01-02', 'won', 'new');
INSERT INTO crm.survey (survey_id, kind, answered_at, score, scale_min, scale_max) VALUES ('1', 'nps',
    '2025-01-01', 11, 0, 10);
-- Business hours that cannot be.
INSERT INTO crm.calendar VALUES ('office', 'Mon-Fri 9-17');
INSERT INTO crm.calendar VALUES ('office', 'Mon-Fri 09:00-17:00; tz Europe/Hanoi');
-- A grain that cannot be.
SELECT * FROM crm.service_dashboard('fortnight');
-- Money without a rate.
INSERT INTO crm.fx_rate VALUES ('EUR', '2025-01-02', 1.03);
SELECT crm.to_base(100, 'EUR', '2025-01-15');
SELECT crm.to_base(100, 'EUR', '2025-01-01');
DELETE FROM crm.fx_rate;

-- One's own tables.
CREATE SCHEMA desk;
CREATE TABLE desk.ticket (ticket_id integer, opened_at timestamp, kind text, priority integer);
SELECT crmkpi.map_entity('crm', 'ticket', 'desk.ticket');
SELECT crmkpi.map_entity('crm', 'tickets', 'desk.ticket');
SELECT crmkpi.map_entity('crm', 'ticket', 'crm.ticket');
CREATE VIEW desk.mapped AS
SELECT ticket_id, opened_at AT TIME ZONE 'UTC' AS opened_at, NULL::timestamptz AS first_response_at,
    NULL::timestamptz AS resolved_at, NULL::text AS customer_id, NULL::text AS agent_id, NULL::text AS team,
    NULL::text AS channel, priority::text, kind, NULL::integer AS contacts, NULL::integer AS reopened,
    NULL::integer AS handling_seconds
FROM desk.ticket;
-- it lacks security_invoker
SELECT crmkpi.map_entity('crm', 'ticket', 'desk.mapped');
ALTER VIEW desk.mapped SET (security_invoker = true);
SELECT crmkpi.map_entity('crm', 'ticket', 'desk.mapped');
INSERT INTO desk.ticket VALUES (1, '2025-01-02', 'question', 3);
SELECT period_start, opened, solved FROM crm.service_dashboard;
SELECT regexp_replace(crmkpi.create_mart('crm'), '\d+ views', 'all views') AS create_mart;
SELECT crmkpi.map_entity('crm', 'ticket', NULL);
INSERT INTO crm.ticket (ticket_id, opened_at, kind) VALUES ('1', '2025-01-02', 'question');
SELECT crmkpi.map_entity('crm', 'ticket', 'desk.mapped');

-- A schema that holds such views already.
CREATE SCHEMA sales;
CREATE TABLE sales.status (entity text, status text, step_no text);
SELECT crmkpi.create_mart('sales');
SELECT count(*) AS relations FROM pg_class WHERE relnamespace = 'sales'::regnamespace;
DROP TABLE sales.status;
CREATE VIEW sales.status AS SELECT 'ticket'::text AS entity, 'new'::text AS status, 'new'::text AS category,
    1 AS step_no;
SELECT regexp_replace(crmkpi.create_mart('sales'), '\d+ views', 'all views') AS create_mart;

-- Others' views on the dashboards stand in the way of new ones.
CREATE VIEW desk.weekly AS SELECT period_start, opened FROM crm.service_dashboard('week');
CREATE VIEW desk.monthly AS SELECT period_start, opened FROM crm.service_dashboard;
SELECT crmkpi.create_mart('crm');
SELECT crmkpi.drop_mart('crm', true);
DROP VIEW desk.weekly, desk.monthly;

-- Dropping.
SELECT crmkpi.drop_mart('crm');
SELECT crmkpi.drop_mart('crm', true);
SELECT crmkpi.drop_mart('crm');
SELECT crmkpi.drop_mart('sales');
SET client_min_messages = warning;
DROP SCHEMA sales, desk CASCADE;
