-- Rows as a mapping may bring them, which no table of a mart would take: times that run backwards or are infinite,
-- words that nobody knows. They must not stop a view, or be counted as what they are not.

BEGIN;
SELECT no_plan();
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, YMD';
\o /dev/null
SELECT crmkpi.create_mart('mart_dirty');
SET LOCAL search_path = mart_dirty, public, pg_temp;
UPDATE setting SET value = '2025-07-01 00:00+00' WHERE name = 'as_of';
UPDATE setting SET value = 'office' WHERE name = 'default_calendar';
INSERT INTO calendar (calendar_id, hours) VALUES ('office', 'Mon-Fri 09:00-17:00; tz UTC');
INSERT INTO status (entity, status, category) VALUES ('ticket', 'new', 'new'), ('ticket', 'open', 'open'),
    ('ticket', 'waiting', 'pending'), ('ticket', 'solved', 'solved'), ('ticket', 'closed', 'closed');
INSERT INTO agent (agent_id, calendar_id) VALUES ('eve', 'nowhere');

CREATE SCHEMA dirt;
CREATE TABLE dirt.ticket AS TABLE ticket WITH NO DATA;
CREATE TABLE dirt.status_event AS TABLE status_event;
CREATE TABLE dirt.status AS TABLE status;
CREATE TABLE dirt.sla_target AS TABLE sla_target;
CREATE TABLE dirt.agent AS TABLE agent;
CREATE TABLE dirt.ticket_message AS TABLE ticket_message;
CREATE TABLE dirt.target AS TABLE target;
ALTER TABLE dirt.ticket ALTER handling_seconds TYPE bigint;
ALTER TABLE dirt.sla_target ALTER seconds TYPE bigint;
SELECT crmkpi.map_entity('mart_dirty', entity, 'dirt.' || entity, true)
FROM unnest('{ticket,status_event,status,sla_target,agent,ticket_message,target}'::text[]) AS entity;
INSERT INTO dirt.ticket (ticket_id, opened_at, kind, first_response_at, resolved_at, contacts, reopened,
    handling_seconds)
SELECT concat_ws(' ', n, o, f, r), o, CASE n WHEN 1 THEN 'question' WHEN 2 THEN 'nonsense' END, f, r,
    n - 2, n - 2, (ARRAY[-2000000000, 0, 9223372036854775807])[n]
FROM generate_series(1, 3) AS n,
    unnest('{2025-03-03 08:00,infinity,-infinity,NULL}'::timestamptz[]) AS o,
    unnest('{2025-03-03 09:00,2025-03-03 07:00,infinity,-infinity,NULL}'::timestamptz[]) AS f,
    unnest('{2025-03-03 10:00,2025-03-03 06:00,infinity,-infinity,NULL}'::timestamptz[]) AS r;
-- histories that begin before the opening, or before everything, and end after everything
INSERT INTO dirt.ticket (ticket_id, opened_at, kind, team, agent_id)
SELECT 'H' || n, '2025-03-03 08:00', 'complaint', 'west', CASE WHEN n % 2 = 0 THEN 'eve' END
FROM generate_series(1, 40) AS n;
INSERT INTO dirt.status VALUES ('ticket', 'odd', 'odd'), ('ticket', 'none', NULL), ('ticket', 'Solved', 'Solved'),
    (NULL, NULL, 'solved');
INSERT INTO dirt.status_event (entity, entity_id, changed_at, seq, status, agent_id)
SELECT 'ticket', 'H' || n, at, nullif(n % 3, 0), status, CASE WHEN n % 4 = 0 THEN 'ghost' END
FROM generate_series(1, 40) AS n,
    (VALUES (timestamptz '-infinity', 'solved'), ('infinity', 'solved'), (NULL, 'solved'), ('2025-03-03 09:00', 'odd'),
        ('2025-03-03 09:00', 'none'), ('2025-03-03 09:00', 'Solved'), ('2025-03-03 09:00', NULL),
        ('2025-03-02 08:00', 'solved'), ('2025-03-02 09:00', 'open'), ('2025-03-02 10:00', 'closed'),
        ('2025-03-03 12:00', 'waiting'), ('2025-03-03 13:00', 'solved')) AS e (at, status)
WHERE md5(n::text || status || at::text) > '5' OR at IS NULL;
INSERT INTO dirt.sla_target (kind, priority, team, measure, seconds, calendar_id) VALUES
    (NULL, NULL, NULL, 'resolution', 0, 'office'), (NULL, NULL, NULL, 'resolution', -5, NULL),
    (NULL, NULL, NULL, 'resolution', NULL, NULL), (NULL, NULL, NULL, NULL, 5, NULL),
    (NULL, NULL, NULL, 'odd', 5, NULL),
    ('complaint', NULL, NULL, 'resolution', 2147483647, 'office'),
    (NULL, NULL, NULL, 'first_response', 3600, 'nowhere'),
    ('complaint', NULL, 'west', 'first_response', 2147483647, NULL),
    ('question', NULL, NULL, 'resolution', 9223372036854775807, NULL);
INSERT INTO dirt.ticket_message (message_id, ticket_id, occurred_at, author, agent_id, public)
SELECT concat_ws(' ', n, at), 'H' || n, at, author, 'ghost', CASE WHEN n < 3 THEN true END
FROM generate_series(1, 4) AS n,
    unnest('{-infinity,infinity,NULL,2025-03-01 00:00,2025-03-05 00:00}'::timestamptz[]) AS at,
    unnest('{agent,nobody,NULL}'::text[]) AS author;
INSERT INTO dirt.target (kpi, scope, starts_on, ends_on, target_value) VALUES
    ('csat', '', '-infinity', 'infinity', 0.5), ('fcr', NULL, '2025-01-01', '2025-12-31', 0.5),
    (NULL, '', NULL, NULL, NULL), ('sla_attainment', '', '2025-12-31', '2025-01-01', 1);
\o
CREATE FUNCTION pg_temp.all_live() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    what text;
BEGIN
    FOR what IN
        SELECT format('SELECT * FROM %I', relname) FROM pg_class
        WHERE relnamespace = 'mart_dirty'::regnamespace AND relkind = 'v'
        UNION ALL
        SELECT format('SELECT * FROM service_dashboard(%L)', g)
        FROM unnest('{day,week,month,quarter,year}'::text[]) AS g
    LOOP
        RETURN NEXT lives_ok(what, what || ' stands it');
    END LOOP;
END;
$$;
SELECT * FROM pg_temp.all_live();
SELECT results_eq($$ SELECT opened, solved, (SELECT sum(solved) FROM service_dashboard)
    FROM service_dashboard WHERE period_start = '2025-03-01' $$,
    -- 75 that have a known opening, of which 30 have a known solve, and 40 with histories
    $$ SELECT 115::bigint, 30 + count(*), 30::numeric + count(*)
       FROM (SELECT DISTINCT ON (entity_id) status FROM dirt.status_event
             WHERE isfinite(changed_at) AND status IN ('solved', 'closed', 'open', 'waiting')
             ORDER BY entity_id, changed_at DESC) last WHERE status IN ('solved', 'closed') $$,
    'what has no time is nowhere, all else is somewhere');
SELECT is(count(*), 0::bigint, 'no time is negative or infinite') FROM ticket_facts
WHERE least(response_time, response_business_time, resolution_time, resolution_business_time, active_time,
        active_business_time, first_solve_time) < '0'
    OR greatest(response_time, resolution_time, first_solve_time) > '1 year';
SELECT results_eq('SELECT sum(entered) - sum(left_queue) FROM backlog_history',
    'SELECT count(*)::numeric FROM ticket_queue', 'who came and did not leave is in the queue');
SELECT results_eq('SELECT sum(open_items) FROM backlog_history WHERE day = ''2025-07-01''',
    'SELECT count(*)::numeric FROM ticket_queue', 'on the last day');

-- Years in which the offset of a zone was not of whole quarters
CREATE FUNCTION pg_temp.queue_in(zone text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE setting SET value = zone WHERE name = 'zone';
    RETURN (SELECT string_agg(concat_ws(' ', opened, queue), ', ' ORDER BY period_start DESC)
            FROM service_dashboard('year')) || '; '
        || (SELECT open_items FROM backlog_history WHERE day = '2025-07-01');
END;
$$;
DELETE FROM dirt.status_event;
DELETE FROM dirt.ticket;
INSERT INTO dirt.ticket (ticket_id, opened_at, kind) VALUES ('1', '0001-01-01 12:00', 'question'),
    ('2', '1900-01-01 12:00', 'question'), ('3', '2025-03-03 08:00', 'question');
SELECT matches(pg_temp.queue_in(zone), '^1 3, .*; 3$', 'tickets of old, in ' || zone)
FROM unnest('{UTC,Europe/Paris,Asia/Ho_Chi_Minh,Asia/Tehran,Africa/Monrovia}'::text[]) AS zone;

SELECT * FROM finish();
ROLLBACK;
