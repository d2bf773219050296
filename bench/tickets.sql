-- A mart with :tickets tickets of two years and six changes of status each; values follow from the row number.
-- And `change`, these changes as a plain table.
--
-- A ticket is new, open, pending, open, solved and closed; one in twelve is reopened after its solve, one in fifty is
-- still open. Every number below is from 0 to 2^31 - 1; the seed of the hash takes the part of a column's number.

SELECT create_mart('desk');
SET search_path = desk, crmkpi;

UPDATE setting SET value = 'America/New_York' WHERE name = 'zone';
UPDATE setting SET value = '2025-01-01' WHERE name = 'as_of';
UPDATE setting SET value = 'office' WHERE name = 'default_calendar';
INSERT INTO calendar VALUES
    ('office', (SELECT hours FROM bench.office)),
    ('desk', 'Mon-Sun 07:00-22:00; tz America/New_York');
INSERT INTO status (entity, status, category, step_no) VALUES
    ('ticket', 'New', 'new', 1), ('ticket', 'In progress', 'open', 2), ('ticket', 'Waiting', 'pending', 3),
    ('ticket', 'Solved', 'solved', 4), ('ticket', 'Closed', 'closed', 5);
INSERT INTO agent (agent_id, team, calendar_id)
SELECT 'A' || i, 'team ' || i % 4, CASE WHEN i % 3 = 0 THEN 'desk' END
FROM generate_series(0, 39) i;
INSERT INTO sla_target (kind, priority, measure, seconds) VALUES
    (NULL, NULL, 'first_response', 14400), (NULL, 'high', 'first_response', 3600),
    (NULL, NULL, 'resolution', 86400), (NULL, 'high', 'resolution', 28800);

-- Indexes are quicker to make after the rows: these are dropped here, and made again below by their own definitions.
CREATE TEMPORARY TABLE key_index AS
SELECT
    format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop_it,
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS make_it
FROM pg_constraint
WHERE conrelid IN ('ticket'::regclass, 'status_event'::regclass) AND contype = 'p'
UNION ALL
SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index
WHERE indrelid IN ('ticket'::regclass, 'status_event'::regclass) AND NOT indisprimary;
SELECT drop_it FROM key_index \gexec

INSERT INTO ticket (ticket_id, opened_at, first_response_at, customer_id, agent_id, team, channel, priority, kind,
    contacts, handling_seconds)
SELECT 'T' || i, opened_at, opened_at + interval '1 minute' * exp(random_1 % 1000 * 8e-3),
    'C' || random_2 % 200000, 'A' || random_3 % 40, 'team ' || random_3 % 4,
    (ARRAY['email', 'phone', 'chat', 'web'])[1 + random_1 % 4],
    (ARRAY['low', 'normal', 'high'])[1 + random_2 % 3],
    (ARRAY['question', 'complaint', 'incident', 'request'])[1 + random_3 / 40 % 4],
    1 + random_1 / 1000 % 3, 60 + random_2 / 1000 % 3000
FROM (
    SELECT i, hashint8extended(i, 1) & 2147483647 AS random_1, hashint8extended(i, 2) & 2147483647 AS random_2,
        hashint8extended(i, 3) & 2147483647 AS random_3,
        timestamptz '2023-01-01 00:00:00-05' + interval '730 days' * (i / :tickets::double precision) AS opened_at
    FROM generate_series(0, :tickets - 1) i
    OFFSET 0
) numbered;

INSERT INTO status_event (entity, entity_id, changed_at, seq, status, agent_id)
SELECT 'ticket', ticket_id, changed_at, 0, status, CASE WHEN status <> 'New' THEN agent_id END
FROM (
    SELECT t.ticket_id, t.agent_id, t.opened_at + interval '1 hour' * hours AS changed_at, status
    FROM (
        SELECT ticket_id, agent_id, opened_at, exp(hashtextextended(ticket_id, 4) % 1000 / 1000.0 * 2) * 8 AS pace,
            hashtextextended(ticket_id, 5) & 2147483647 AS random_5
        FROM ticket
        OFFSET 0
    ) t
    CROSS JOIN LATERAL (VALUES
        (0, 'New'), (pace * 0.1, 'In progress'), (pace * 0.4, 'Waiting'), (pace * 0.7, 'In progress'),
        (pace, CASE WHEN random_5 % 50 = 0 THEN 'Waiting' ELSE 'Solved' END),
        (CASE WHEN random_5 % 50 > 0 THEN pace * 3 END,
         CASE WHEN random_5 % 12 = 0 THEN 'In progress' ELSE 'Closed' END),
        (CASE WHEN random_5 % 50 > 0 AND random_5 % 12 = 0 THEN pace * 4 END, 'Solved')
    ) change(hours, status)
    WHERE hours IS NOT NULL
) changes
-- in the order in which a help desk writes them
ORDER BY changed_at;

SELECT make_it FROM key_index \gexec

CREATE UNLOGGED TABLE bench.change WITH (autovacuum_enabled = off) AS
SELECT e.entity_id AS ticket_id, e.changed_at, e.seq, s.category, e.agent_id
FROM status_event e
JOIN status s USING (entity, status);

-- Frozen, and analysed: the plans of the dashboard need to know how large the tables are.
VACUUM (FREEZE, ANALYZE) ticket, status_event, bench.change;
ANALYZE;
CHECKPOINT;
