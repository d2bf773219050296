-- A mart with :tickets tickets of two years and six changes of status each; values follow from the row number.
--
-- A ticket is new, open, pending, open, solved and closed; one in twelve is reopened after its solve, one in fifty is
-- still open. Every number below is from 0 to 2^31 - 1; the seed of the hash takes the part of a column's number.

SELECT create_mart('desk');
SET search_path = desk, crmkpi;

UPDATE setting SET value = 'America/New_York' WHERE name = 'zone';
UPDATE setting SET value = '2025-01-01' WHERE name = 'as_of';
UPDATE setting SET value = 'office' WHERE name = 'default_calendar';
INSERT INTO calendar VALUES
    ('office', 'Mon-Fri 09:00-12:30,13:30-18:00; Sat 09:00-12:00; tz America/New_York; '
        'holiday 2023-01-02, 2023-01-16, 2023-02-20, 2023-05-29, 2023-06-19, 2023-07-04, 2023-09-04, 2023-10-09, '
        '2023-11-10, 2023-11-23, 2023-12-25, 2024-01-01, 2024-01-15, 2024-02-19, 2024-05-27, 2024-06-19, 2024-07-04, '
        '2024-09-02, 2024-11-28, 2024-12-25'),
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

-- Loaded without indexes and checks in the way, as a bulk load is.
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
VACUUM (ANALYZE) ticket, status_event;
ANALYZE;
