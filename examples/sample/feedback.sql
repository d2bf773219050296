-- What customers say and do: surveys and e-mails; and checks of our own work.

-- CSAT after most solved tickets, CES after some. Slow, reopened and complained-about tickets please less.
CREATE TEMP TABLE s_asked ON COMMIT DROP AS
SELECT t.n, t.ticket_id, t.customer_id, t.agent_id, coalesce(t.solved2_at, t.solved1_at) + interval '1 hour'
    AS sent_at,
    0.885 + 0.06 * t.skill
        - CASE WHEN t.reopened_at IS NOT NULL THEN 0.20 ELSE 0 END
        - CASE WHEN t.kind = 'complaint' THEN 0.13 ELSE 0 END
        - CASE WHEN coalesce(t.solved2_at, t.solved1_at) - t.opened_at > interval '2 days' THEN 0.13 ELSE 0 END
        - CASE WHEN t.bad THEN 0.10 ELSE 0 END
        - CASE WHEN t.falls THEN 0.15 ELSE 0 END AS pleased
FROM s_ticket AS t
WHERE t.solved1_at IS NOT NULL;

INSERT INTO survey (survey_id, kind, sent_at, answered_at, score, scale_min, scale_max, customer_id, ticket_id,
    agent_id)
SELECT id, kind, sent_at, CASE WHEN answered_at <= :'as_of'::timestamptz THEN answered_at END,
    CASE WHEN answered_at <= :'as_of'::timestamptz THEN score END, scale_min, scale_max, customer_id, ticket_id,
        agent_id
FROM (
    SELECT 'VC' || n AS id, 'csat' AS kind, sent_at,
        CASE WHEN pg_temp.u('csat.answer', n) < 0.40
            THEN sent_at + pg_temp.secs(200 + 250000 * power(pg_temp.u('csat.wait', n), 3)) END AS answered_at,
        CASE WHEN pg_temp.u('csat.pleased', n) < pleased
            THEN CASE WHEN pg_temp.u('csat.score', n) < 0.66 THEN 5 ELSE 4 END
            ELSE CASE WHEN pg_temp.u('csat.score', n) < 0.42 THEN 3 WHEN pg_temp.u('csat.score', n) < 0.66 THEN 2
                ELSE 1 END END AS score,
        1 AS scale_min, 5 AS scale_max, customer_id, ticket_id, agent_id
    FROM s_asked
    WHERE pg_temp.u('csat.ask', n) < 0.75
    UNION ALL
    SELECT 'VE' || n, 'ces', sent_at,
        CASE WHEN pg_temp.u('ces.answer', n) < 0.40
            THEN sent_at + pg_temp.secs(200 + 250000 * power(pg_temp.u('ces.wait', n), 3)) END,
        CASE WHEN pg_temp.u('ces.pleased', n) < pleased - 0.08 THEN 5 + floor(3 * pg_temp.u('ces.score', n))::integer
            ELSE 1 + floor(4 * pg_temp.u('ces.score', n))::integer END,
        1, 7, customer_id, ticket_id, agent_id
    FROM s_asked
    WHERE pg_temp.u('ces.ask', n) < 0.15
    UNION ALL
    -- NPS: every customer is asked each half-year, in a month of its own.
    SELECT 'VN' || v, 'nps', sent_at,
        CASE WHEN pg_temp.u('nps.answer', v) < 0.42
            THEN sent_at + pg_temp.secs(600 + 700000 * power(pg_temp.u('nps.wait', v), 3)) END,
        CASE WHEN score_draw < bad_share THEN floor(7 * sqrt(score_draw / bad_share))::integer
            WHEN score_draw < bad_share + 0.32 THEN 7 + floor(2 * pg_temp.u('nps.score', v))::integer
            ELSE 9 + CASE WHEN pg_temp.u('nps.score', v) < 0.5 THEN 1 ELSE 0 END END,
        0, 10, customer_id, NULL, NULL
    FROM (
        SELECT c.customer_id, c.c * 8 + h AS v, pg_temp.u('nps.draw', c.c * 8 + h) AS score_draw, s.sent_at,
            CASE WHEN s.sent_at >= '2025-04-01' AND s.sent_at < '2025-07-15' THEN 0.33 ELSE 0.17 END AS bad_share
        FROM s_life AS c
        CROSS JOIN generate_series(0, 3) AS h
        CROSS JOIN LATERAL (
            SELECT pg_temp.office(timestamptz '2024-01-01' + interval '1 month' * (6 * h + c.c % 6)
                + interval '1 day' * floor(27 * pg_temp.u('nps.day', c.c * 8 + h)) + interval '10 hours',
                18, 0.5) AS sent_at
        ) AS s
        WHERE s.sent_at > c.created_at + interval '30 days' AND (c.ended_at IS NULL OR s.sent_at < c.ended_at)
    ) AS asked
) AS surveys
WHERE sent_at <= :'as_of'::timestamptz;

-- One ticket in eight is checked on two points, of which the second weighs more.
INSERT INTO process_check (check_id, checked_at, agent_id, ticket_id, passed, weight)
SELECT 'PC' || a.n || '-' || p.point, checked_at, a.agent_id, a.ticket_id,
    pg_temp.u('check.passed' || p.point, a.n) < 0.62 + 0.32 * a.pleased, p.weight
FROM (
    SELECT *, pg_temp.office(sent_at + interval '1 day' * 2, 18, pg_temp.u('check.morning', n)) AS checked_at
    FROM s_asked
    WHERE pg_temp.u('check', n) < 0.125
) AS a
CROSS JOIN (VALUES (1, 1), (2, 2.5)) AS p (point, weight)
WHERE checked_at <= :'as_of'::timestamptz;

-- A mailing in the second week of each month, to a share of the customers and of the leads of the past 90 days.
CREATE TEMP TABLE s_mail ON COMMIT DROP AS
SELECT 'mail-' || to_char(m.sent_at, 'YYYY-MM') AS message_id,
    'email-' || to_char(m.sent_at, 'YYYY') || CASE WHEN m.m < 6 OR m.m BETWEEN 12 AND 17 THEN 'H1' ELSE 'H2' END
        AS campaign_id,
    r.recipient_id, r.customer_id, r.lead_id, r.r * 32 + m.m AS x,
    m.sent_at + pg_temp.secs(1800 * pg_temp.u('mail.sent', r.r * 32 + m.m)) AS sent_at,
    pg_temp.u('mail.fate', r.r * 32 + m.m) AS fate, pg_temp.u('mail.read', r.r * 32 + m.m) AS read_draw
FROM (
    SELECT m, timestamptz '2024-01-09 10:00' + interval '1 month' * m AS sent_at FROM generate_series(0, 23) AS m
) AS m
CROSS JOIN LATERAL (
    SELECT customer_id AS recipient_id, customer_id, NULL AS lead_id, c AS r
    FROM s_life
    WHERE created_at < m.sent_at AND (ended_at IS NULL OR ended_at > m.sent_at)
        AND pg_temp.u('mail.list', c) < 0.28
    UNION ALL
    SELECT lead_id, NULL, lead_id, 1000000000 + n
    FROM s_lead
    WHERE created_at < m.sent_at AND created_at > m.sent_at - interval '90 days' AND converted_at IS NULL
        AND pg_temp.u('mail.list', 1000000000 + n) < 0.09
) AS r;

-- Who unsubscribes gets nothing after that: the first unsubscribing mail is the last one.
DELETE FROM s_mail AS s
USING (
    SELECT recipient_id, min(sent_at) AS last_at FROM s_mail WHERE fate >= 0.04 AND read_draw < 0.007
        GROUP BY recipient_id
) AS u
WHERE s.recipient_id = u.recipient_id AND s.sent_at > u.last_at;

INSERT INTO email_event (message_id, recipient_id, kind, occurred_at, campaign_id, customer_id, lead_id, machine)
SELECT s.message_id, s.recipient_id, e.kind, e.at, s.campaign_id, s.customer_id, s.lead_id, e.machine
FROM s_mail AS s
CROSS JOIN LATERAL (
    SELECT s.sent_at + interval '10 minutes' + pg_temp.secs(200000 * power(pg_temp.u('mail.wait', s.x), 3))
        AS opened_at
) AS o
CROSS JOIN LATERAL (VALUES
    ('sent', s.sent_at, false, true),
    ('bounce', s.sent_at + interval '20 seconds', false, s.fate < 0.025),
    ('block', s.sent_at + interval '8 seconds', false, s.fate >= 0.025 AND s.fate < 0.04),
    ('delivered', s.sent_at + interval '15 seconds', false, s.fate >= 0.04),
    -- Mail proxies open mails, scanners click links, within a minute; people later.
    ('open', s.sent_at + interval '40 seconds', true, s.fate >= 0.80),
    ('click', s.sent_at + interval '45 seconds', true, s.fate >= 0.97),
    ('open', o.opened_at, false, s.fate >= 0.04 AND s.read_draw < 0.34),
    ('click', o.opened_at + interval '50 seconds', false, s.fate >= 0.04 AND s.read_draw < 0.075),
    ('unsubscribe', o.opened_at + interval '90 seconds', false, s.fate >= 0.04 AND s.read_draw < 0.007)
) AS e (kind, at, machine, happens)
WHERE e.happens AND e.at <= :'as_of'::timestamptz;
