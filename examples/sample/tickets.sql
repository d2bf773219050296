-- Tickets, their messages and their changes of status.

-- The latent course of each ticket; what lies after as_of is cut off later.
-- solved1_at, reopened_at, solved2_at: first solve, reopening and second solve; discarded_at: closed as spam or
-- merged.
CREATE TEMP TABLE s_ticket ON COMMIT DROP AS
WITH draws AS MATERIALIZED (
    SELECT n, d.day::timestamptz + pg_temp.clock('tk', n) AS opened_at,
        1 + floor(pg_temp.u('tk.customer', n) * d.customers)::bigint AS c,
        1 + floor(pg_temp.u('tk.agent', n) * a.people)::bigint AS k
    FROM s_day_customers AS d
    CROSS JOIN (SELECT max(people) AS people FROM s_agent WHERE role = 'service') AS a
    CROSS JOIN LATERAL generate_series(
        d.from_weight * (5400 * :factor)::bigint / d.total + 1,
        d.to_weight * (5400 * :factor)::bigint / d.total) AS n
), opened AS MATERIALIZED (
    SELECT t.n, 'T' || lpad(t.n::text, 7, '0') AS ticket_id, t.opened_at, c.customer_id, a.agent_id, a.team,
        a.skill, t.opened_at >= a.falls_at AS falls, pg_temp.is_bad_quarter(t.opened_at) AS bad,
        a.slowness * CASE WHEN t.opened_at >= a.falls_at THEN 2.5 ELSE 1 END
            * CASE WHEN pg_temp.is_bad_quarter(t.opened_at) THEN 1.8 ELSE 1 END AS slowness,
        pg_temp.u('tk.kind', t.n) AS kind_draw, pg_temp.u('tk.channel', t.n) AS channel_draw,
        pg_temp.u('tk.priority', t.n) AS priority_draw,
        pg_temp.u('tk.spam', t.n) < 0.035 AS discarded
    FROM draws AS t
    JOIN s_life AS c USING (c)
    JOIN s_agent AS a ON a.role = 'service' AND a.k = t.k
    WHERE t.opened_at <= :'as_of'::timestamptz
        AND (c.ended_at IS NULL OR t.opened_at < c.ended_at OR t.opened_at > c.back_at)
        -- Small customers ask less.
        AND pg_temp.u('tk.keep', t.n) < CASE c.segment WHEN 'small' THEN 0.62 WHEN 'mid' THEN 0.85 ELSE 1 END
), sorted AS MATERIALIZED (
    SELECT o.*,
        CASE WHEN kind_draw < 0.48 THEN 'question' WHEN kind_draw < 0.70 THEN 'request'
            WHEN kind_draw < 0.87 - CASE WHEN bad THEN 0.04 ELSE 0 END THEN 'incident' ELSE 'complaint' END AS kind,
        CASE WHEN channel_draw < 0.45 THEN 'email' WHEN channel_draw < 0.65 THEN 'web'
            WHEN channel_draw < 0.85 THEN 'chat' ELSE 'phone' END AS channel,
        CASE WHEN priority_draw < 0.20 THEN 'low' WHEN priority_draw < 0.75 THEN 'normal'
            WHEN priority_draw < 0.94 THEN 'high' ELSE 'urgent' END AS priority
    FROM opened AS o
), answered AS MATERIALIZED (
    SELECT s.*,
        CASE priority WHEN 'low' THEN 1.5 WHEN 'high' THEN 0.65 WHEN 'urgent' THEN 0.4 ELSE 1 END * slowness AS pace,
        CASE WHEN NOT discarded THEN pg_temp.office(opened_at + pg_temp.secs(20 + exp(
            ln(CASE channel WHEN 'phone' THEN 60 WHEN 'chat' THEN 420 ELSE 3700 END) + 1.2 * pg_temp.z('tk.first', n))
            * slowness * CASE priority WHEN 'low' THEN 1.5 WHEN 'high' THEN 0.65 WHEN 'urgent' THEN 0.4
                ELSE 1 END), 20,
            pg_temp.u('tk.morning', n)) END AS first_response_at,
        -- Agent contacts up to the first solve.
        CASE WHEN pg_temp.u('tk.once', n) < 0.79 - CASE WHEN kind IN ('complaint', 'incident') THEN 0.12 ELSE 0 END
            - CASE WHEN bad THEN 0.10 ELSE 0 END + 0.10 * skill THEN 1
            ELSE 2 + floor(3 * power(pg_temp.u('tk.contacts', n), 2))::integer END AS contacts,
        -- Some tickets are put on hold and forgotten.
        pg_temp.u('tk.stale', n) < 0.007 AS is_stale
    FROM sorted AS s
), solved1 AS MATERIALIZED (
    SELECT a.*, CASE WHEN NOT is_stale THEN pg_temp.office(first_response_at + pg_temp.secs(600 + exp(
            ln(6500) + 1.9 * pg_temp.z('tk.solve', n)) * pace * CASE contacts WHEN 1 THEN 0.8 ELSE 2.2 END), 20,
            pg_temp.u('tk.solve.morning', n)) END AS solved1_at
    FROM answered AS a
), reopened AS MATERIALIZED (
    SELECT s.*, CASE WHEN pg_temp.u('tk.reopen', n) < 0.065 + CASE WHEN kind = 'complaint' THEN 0.06 ELSE 0 END
            + CASE WHEN falls THEN 0.10 ELSE 0 END + CASE WHEN bad THEN 0.04 ELSE 0 END
        THEN solved1_at + pg_temp.secs(1800 + 260000 * power(pg_temp.u('tk.reopen.at', n), 2)) END AS reopened_at
    FROM solved1 AS s
)
SELECT n, ticket_id, opened_at, customer_id, agent_id, team, skill, falls, bad, kind, channel, priority,
    first_response_at, contacts, solved1_at, reopened_at,
    CASE WHEN reopened_at IS NOT NULL THEN pg_temp.office(reopened_at + pg_temp.secs(900
        + exp(ln(14000) + 1.2 * pg_temp.z('tk.solve2', n)) * pace), 20,
        pg_temp.u('tk.solve2.morning', n)) END AS solved2_at,
    CASE WHEN discarded THEN opened_at + pg_temp.secs(300 + 7000 * pg_temp.u('tk.spam.at', n)) END AS discarded_at,
    is_stale
FROM reopened;
ANALYZE s_ticket;

CREATE TEMP TABLE s_message ON COMMIT DROP AS
SELECT t.ticket_id, m.part, m.at, m.author, CASE WHEN m.author = 'agent' THEN t.agent_id
    WHEN m.author = 'bot' THEN 'BOT1' END AS agent_id, m.public
FROM s_ticket AS t
CROSS JOIN LATERAL (
    SELECT 1 AS part, t.opened_at AS at, 'customer' AS author, true AS public
    UNION ALL
    -- A bot answers chats, the system acknowledges mails; neither is a first response.
    SELECT 2, t.opened_at + pg_temp.secs(2 + 30 * pg_temp.u('msg.ack', t.n)),
        CASE t.channel WHEN 'chat' THEN 'bot' ELSE 'system' END, true
    WHERE t.channel = 'chat' OR (t.channel IN ('email', 'web') AND pg_temp.u('msg.acked', t.n) < 0.7)
    UNION ALL
    SELECT 3, t.first_response_at, 'agent', true
    WHERE t.first_response_at IS NOT NULL
    UNION ALL
    SELECT 4, t.first_response_at + (t.solved1_at - t.first_response_at) * 0.3, 'agent', false
    WHERE pg_temp.u('msg.note', t.n) < 0.22 AND t.first_response_at IS NOT NULL
    UNION ALL
    -- Each further contact: the customer writes again, the agent answers; the last one solves the ticket.
    SELECT 8 + 2 * j, t.first_response_at + (t.solved1_at - t.first_response_at) * ((j - 1.4) / (t.contacts - 1)),
        'customer', true
    FROM generate_series(2, t.contacts) AS j
    WHERE t.first_response_at IS NOT NULL
    UNION ALL
    SELECT 9 + 2 * j, t.first_response_at + (t.solved1_at - t.first_response_at) * ((j - 1.0) / (t.contacts - 1)),
        'agent', true
    FROM generate_series(2, t.contacts) AS j
    WHERE t.first_response_at IS NOT NULL
    UNION ALL
    SELECT 20, t.reopened_at, 'customer', true
    WHERE t.reopened_at IS NOT NULL
    UNION ALL
    SELECT 21, t.solved2_at, 'agent', true
    WHERE t.reopened_at IS NOT NULL
) AS m
WHERE date_trunc('second', m.at) <= :'as_of'::timestamptz;

INSERT INTO ticket_message (message_id, ticket_id, occurred_at, author, agent_id, public)
SELECT 'M' || substr(ticket_id, 2) || '-' || part, ticket_id,
    -- Interpolated moments have fractions of a second; real ones here have none.
    date_trunc('second', at), author, agent_id, public
FROM s_message;

INSERT INTO ticket (ticket_id, opened_at, first_response_at, resolved_at, customer_id, agent_id, team, channel,
    priority, kind, contacts, reopened, handling_seconds)
SELECT t.ticket_id, t.opened_at,
    CASE WHEN t.first_response_at <= a.as_of THEN t.first_response_at END,
    CASE WHEN t.discarded_at <= a.as_of THEN t.discarded_at WHEN t.solved2_at <= a.as_of THEN t.solved2_at
        WHEN t.solved1_at <= a.as_of AND (t.reopened_at IS NULL OR t.reopened_at > a.as_of) THEN t.solved1_at END,
    CASE WHEN t.discarded_at IS NULL OR pg_temp.u('tk.known', t.n) < 0.5 THEN t.customer_id END,
    CASE WHEN t.first_response_at <= a.as_of THEN t.agent_id END, t.team, t.channel,
    CASE WHEN pg_temp.u('tk.unsorted', t.n) > 0.03 THEN t.priority END, t.kind,
    coalesce(m.contacts, 0),
    CASE WHEN t.reopened_at <= a.as_of THEN 1 ELSE 0 END,
    CASE WHEN m.contacts > 0 AND pg_temp.u('tk.unmeasured', t.n) > 0.05
        THEN round(exp(ln(780) + 0.65 * pg_temp.z('tk.work', t.n)) * power(m.contacts, 0.6)
            * CASE WHEN t.falls THEN 1.4 ELSE 1 END * (1 - 0.2 * t.skill)) END
FROM s_ticket AS t
CROSS JOIN (SELECT :'as_of'::timestamptz AS as_of) AS a
LEFT JOIN (
    SELECT ticket_id, count(*) AS contacts FROM s_message WHERE author = 'agent' AND public GROUP BY ticket_id
) AS m USING (ticket_id);

INSERT INTO status_event (entity, entity_id, changed_at, seq, status, agent_id)
SELECT 'ticket', t.ticket_id, date_trunc('second', e.changed_at), e.seq, e.status, e.agent_id
FROM s_ticket AS t
CROSS JOIN LATERAL (
    SELECT coalesce(t.solved1_at, t.first_response_at + interval '3 days') - t.first_response_at AS work,
        pg_temp.u('tk.wait', t.n) AS wait_draw
) AS w
CROSS JOIN LATERAL (VALUES
    (t.opened_at, 1, 'new', NULL, true),
    (t.first_response_at, 2, 'open', t.agent_id, true),
    -- Waiting for the customer, or for somebody else; a stale ticket waits for ever.
    (t.first_response_at + w.work * 0.2, 3, CASE WHEN w.wait_draw < 0.05 OR t.is_stale THEN 'on_hold'
        ELSE 'pending' END, t.agent_id, w.wait_draw < CASE t.contacts WHEN 1 THEN 0.10 ELSE 0.75 END OR t.is_stale),
    (t.first_response_at + w.work * 0.6, 4, 'open', NULL,
        w.wait_draw < CASE t.contacts WHEN 1 THEN 0.10 ELSE 0.75 END AND NOT t.is_stale),
    (t.solved1_at, 5, 'solved', t.agent_id, true),
    (t.reopened_at, 6, 'open', NULL, true),
    (t.solved2_at, 7, 'solved', t.agent_id, true),
    -- Four days after the last solve the system closes the ticket.
    (coalesce(t.solved2_at, t.solved1_at) + interval '4 days', 8, 'closed', NULL, true),
    (t.discarded_at, 9, 'closed', NULL, true)
) AS e (changed_at, seq, status, agent_id, happens)
WHERE e.happens AND date_trunc('second', e.changed_at) <= :'as_of'::timestamptz;
