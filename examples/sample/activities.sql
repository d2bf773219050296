-- Calls, e-mails, meetings, messages and tasks: with leads, about opportunities, with customers.

INSERT INTO activity (activity_id, kind, direction, occurred_at, seconds, agent_id, lead_id, automated, completed,
    answered)
-- An automatic reply to most leads, which is no answer.
SELECT 'AL' || n || '-auto', 'email', 'out', created_at + pg_temp.secs(5 + 90 * pg_temp.u('auto.wait', n)), NULL,
    'BOT2',
    lead_id, true, true, NULL
FROM s_lead
WHERE pg_temp.u('auto', n) < 0.6 AND created_at + interval '100 seconds' < :'as_of'::timestamptz;

-- Touches 0, 1, 2 ... of each answered lead until the lead is decided; touch 0 is the answer, which fixed mql_at
-- and so on.
CREATE TEMP TABLE s_touch ON COMMIT DROP AS
WITH planned AS MATERIALIZED (
    SELECT l.n, l.lead_id, l.agent_id, l.answered_at, l.channel,
        least(coalesce(l.converted_at, l.disqualified_at, 'infinity'), :'as_of'::timestamptz) AS until_at,
        1 + floor(7 * power(pg_temp.u('touch.count', l.n), 1.8))::integer AS touches,
        1.2 + 2.5 * pg_temp.u('touch.gap', l.n) AS gap
    FROM s_lead AS l
    WHERE l.answered_at IS NOT NULL
), dated AS MATERIALIZED (
    SELECT p.*, j, p.n * 8 + j AS t, CASE WHEN j = 0 THEN answered_at ELSE
        pg_temp.office(pg_temp.weekday(answered_at
            + pg_temp.secs(86400 * gap * (j + 0.8 * pg_temp.u('touch.at', p.n * 8 + j))),
                pg_temp.u('touch.day', p.n * 8 + j)),
            18, pg_temp.u('touch.morning', p.n * 8 + j)) END AS at
    FROM planned AS p, generate_series(0, 7) AS j
    WHERE j < touches
)
SELECT n, lead_id, agent_id, j, t, at, until_at, pg_temp.u('touch.kind', t) AS kind_draw,
    -- Each touch finds less interest than the one before.
    pg_temp.u('touch.reply', t) < 0.24 * power(0.78, j) AS is_answered,
    -- Later touches are partly sent by a sequence.
    j > 0 AND pg_temp.u('touch.machine', t) < 0.22 AS automated
FROM dated
WHERE at <= until_at;

INSERT INTO activity (activity_id, kind, direction, occurred_at, seconds, agent_id, lead_id, automated, completed,
    answered)
SELECT 'AL' || n || '-' || j, kind, 'out', at, CASE kind WHEN 'call' THEN
        CASE WHEN is_answered THEN round(90 + 900 * pg_temp.u('touch.secs', t))
            ELSE round(10 + 40 * pg_temp.u('touch.secs', t)) END END,
    CASE WHEN automated THEN 'BOT2' ELSE agent_id END, lead_id, automated,
    -- The answer took place; of later touches some were only planned.
    j = 0 OR automated OR pg_temp.u('touch.done', t) > 0.04,
    CASE WHEN kind = 'call' THEN is_answered END
FROM (
    SELECT *, CASE WHEN automated OR kind_draw < 0.45 THEN 'email' WHEN kind_draw < 0.88 THEN 'call'
        ELSE 'message' END AS kind
    FROM s_touch
) AS touches
UNION ALL
SELECT 'AL' || n || '-' || j || 'r', CASE WHEN kind_draw < 0.30 THEN 'call' ELSE 'email' END, 'in',
    at + pg_temp.secs(300 + 50000 * power(pg_temp.u('reply.wait', t), 2)),
    CASE WHEN kind_draw < 0.30 THEN round(60 + 600 * pg_temp.u('reply.secs', t)) END, agent_id, lead_id, false, true,
        NULL
FROM s_touch
WHERE is_answered AND at + pg_temp.secs(300 + 50000 * power(pg_temp.u('reply.wait', t), 2)) <= :'as_of'::timestamptz;

-- About opportunities: something every week or so while they are open.
INSERT INTO activity (activity_id, kind, direction, occurred_at, seconds, agent_id, lead_id, opportunity_id,
    customer_id, automated, completed, answered)
SELECT 'AO' || o || '-' || j, kind, CASE WHEN kind = 'task' OR pg_temp.u('deal.way', t) < 0.62 THEN 'out'
    ELSE 'in' END, at,
    CASE kind WHEN 'call' THEN round(exp(ln(420) + 0.7 * pg_temp.z('deal.secs', t)))
        WHEN 'meeting' THEN 900 * (1 + floor(6 * pg_temp.u('deal.secs', t))) END,
    agent_id, lead_id, 'O' || o, customer_id, false, pg_temp.u('deal.done', t) > 0.05,
    CASE WHEN kind = 'call' THEN pg_temp.u('deal.answered', t) < 0.6 END
FROM (
    SELECT d.*, CASE WHEN draw < 0.36 THEN 'call' WHEN draw < 0.72 THEN 'email' WHEN draw < 0.90 THEN 'meeting'
        WHEN draw < 0.95 THEN 'message' ELSE 'task' END AS kind
    FROM (
        SELECT o.o, j, o.o * 32 + j AS t, o.agent_id, o.lead_id, c.customer_id,
            least(o.closed_at, :'as_of'::timestamptz) AS until_at,
            pg_temp.office(pg_temp.weekday(o.created_at + interval '30 minutes'
                + pg_temp.secs(86400 * 7 * (j - 1 + 0.9 * pg_temp.u('deal.at', o.o * 32 + j))),
                pg_temp.u('deal.day', o.o * 32 + j)), 18, pg_temp.u('deal.morning', o.o * 32 + j)) AS at,
            pg_temp.u('deal.kind', o.o * 32 + j) AS draw
        FROM s_opp AS o
        LEFT JOIN s_life AS c ON c.c = o.customer_k
        CROSS JOIN generate_series(1, 12) AS j
        WHERE o.created_at + interval '7 days' * (j - 1) < least(o.closed_at, :'as_of'::timestamptz)
    ) AS d
    WHERE at <= until_at
) AS deals;

-- With customers: the account manager keeps in touch, more with some than with others, less in the bad quarter.
INSERT INTO activity (activity_id, kind, direction, occurred_at, seconds, agent_id, customer_id, automated, completed,
    answered)
SELECT 'AC' || n, kind, CASE WHEN pg_temp.u('care.way', n) < 0.58 THEN 'out' ELSE 'in' END, at,
    CASE kind WHEN 'call' THEN round(exp(ln(380) + 0.7 * pg_temp.z('care.secs', n)))
        WHEN 'meeting' THEN 900 * (1 + floor(4 * pg_temp.u('care.secs', n))) END,
    agent_id, customer_id, false, pg_temp.u('care.done', n) > 0.04,
    CASE WHEN kind = 'call' THEN pg_temp.u('care.answered', n) < 0.65 END
FROM (
    SELECT n, at, a.agent_id, c.customer_id,
        CASE WHEN pg_temp.u('care.kind', n) < 0.42 THEN 'call' WHEN pg_temp.u('care.kind', n) < 0.80 THEN 'email'
            WHEN pg_temp.u('care.kind', n) < 0.90 THEN 'meeting' ELSE 'message' END AS kind
    FROM (
        SELECT n, pg_temp.office(d.day::timestamptz + pg_temp.clock('care', n), 18, pg_temp.u('care.morning', n))
            AS at,
            1 + floor(pg_temp.u('care.customer', n) * d.customers)::bigint AS c
        FROM s_day_customers AS d
        CROSS JOIN LATERAL generate_series(
            d.from_weight * (5000 * :factor)::bigint / d.total + 1,
            d.to_weight * (5000 * :factor)::bigint / d.total) AS n
    ) AS draws
    JOIN s_life AS c USING (c)
    JOIN s_agent AS a ON a.role = 'sales' AND a.k = c.k
    WHERE at <= :'as_of'::timestamptz AND (c.ended_at IS NULL OR at < c.ended_at OR at > c.back_at)
        AND NOT (pg_temp.is_bad_quarter(at) AND pg_temp.u('care.less', n) < 0.25)
        AND (c.segment <> 'small' OR pg_temp.u('care.small', n) < 0.6)
) AS touches;

-- Whoever left handed the work over to the first of the team.
UPDATE activity SET agent_id = 'AS001'
FROM s_agent AS a
WHERE activity.agent_id = a.agent_id AND activity.occurred_at >= a.leaves_at;
UPDATE status_event SET agent_id = 'AS001'
FROM s_agent AS a
WHERE status_event.agent_id = a.agent_id AND status_event.changed_at >= a.leaves_at;
UPDATE opportunity SET owner_id = 'AS001'
FROM s_agent AS a
WHERE opportunity.owner_id = a.agent_id AND coalesce(opportunity.closed_at, 'infinity') > a.leaves_at
    AND a.leaves_at < 'infinity';
UPDATE customer SET owner_id = 'AS001'
FROM s_agent AS a
WHERE customer.owner_id = a.agent_id AND a.leaves_at < 'infinity';
