-- Leads: when they came, how fast they were answered, how far they got.

CREATE TEMP TABLE s_lead ON COMMIT DROP AS
WITH born AS MATERIALIZED (
    SELECT n, d.day::timestamptz + pg_temp.clock('lead', n) AS created_at, pg_temp.u('lead.channel', n) AS draw,
        1 + floor(pg_temp.u('lead.owner', n) * a.people)::bigint AS k, a.people
    FROM s_day AS d
    CROSS JOIN (SELECT max(people) AS people FROM s_agent WHERE role = 'sales') AS a
    CROSS JOIN LATERAL generate_series(
        d.from_weight * (5000 * :factor)::bigint / d.total + 1,
        d.to_weight * (5000 * :factor)::bigint / d.total) AS n
), sorted AS MATERIALIZED (
    SELECT n, created_at, 'L' || lpad(n::text, 7, '0') AS lead_id,
        CASE WHEN k = people AND created_at >= '2025-03-01' THEN 1 + n % (people - 1) ELSE k END AS k,
        CASE WHEN draw < 0.26 THEN 'organic' WHEN draw < 0.48 THEN 'paid_search' WHEN draw < 0.60 THEN 'direct'
            WHEN draw < 0.72 THEN 'social' WHEN draw < 0.82 THEN 'referral' WHEN draw < 0.90 THEN 'email'
            WHEN draw < 0.96 THEN 'event' ELSE 'partner' END AS channel
    FROM born
    WHERE created_at <= :'as_of'::timestamptz
), touched AS MATERIALIZED (
    SELECT l.*, a.agent_id, a.skill, l.created_at >= a.falls_at AS falls,
        -- Seconds until somebody would react if it were always office time.
        exp(ln(1650) + 1.55 * pg_temp.z('lead.wait', n)) * a.slowness
            * CASE WHEN l.created_at >= a.falls_at THEN 4 ELSE 1 END
            * CASE WHEN pg_temp.is_bad_quarter(l.created_at) THEN 2.4 ELSE 1 END AS wait,
        pg_temp.u('lead.answered', n) < 0.92
            - CASE WHEN pg_temp.is_bad_quarter(l.created_at) THEN 0.07 ELSE 0 END
            - CASE WHEN l.created_at >= a.falls_at THEN 0.15 ELSE 0 END AS is_answered
    FROM sorted AS l
    JOIN s_agent AS a ON a.role = 'sales' AND a.k = l.k
), answered AS MATERIALIZED (
    SELECT t.*, CASE WHEN is_answered THEN
        -- Somebody is on duty out of hours for one lead in eight.
        CASE WHEN pg_temp.u('lead.duty', n) < 0.125 THEN created_at + pg_temp.secs(45 + wait / 4)
        ELSE pg_temp.office(created_at + pg_temp.secs(45 + wait), 18, pg_temp.u('lead.morning', n)) END END
            AS answered_at
    FROM touched AS t
), chances AS MATERIALIZED (
    SELECT a.*, pg_temp.u('lead.fate', n) AS fate,
        CASE channel WHEN 'referral' THEN 0.22 WHEN 'partner' THEN 0.21 WHEN 'email' THEN 0.14 WHEN 'organic' THEN 0.13
            WHEN 'direct' THEN 0.13 WHEN 'event' THEN 0.12 WHEN 'paid_search' THEN 0.11 ELSE 0.07 END
        * CASE WHEN channel = 'social' AND created_at >= '2025-01-01' AND created_at < '2025-07-01' THEN 0.2 ELSE 1 END
        * CASE WHEN answered_at IS NULL THEN 0.2
            WHEN answered_at - created_at <= interval '5 minutes' THEN 2.1
            WHEN answered_at - created_at <= interval '30 minutes' THEN 1.5
            WHEN answered_at - created_at <= interval '1 hour' THEN 1.2
            WHEN answered_at - created_at <= interval '4 hours' THEN 1.0
            WHEN answered_at - created_at <= interval '1 day' THEN 0.9
            ELSE 0.55 END
        * CASE WHEN pg_temp.is_bad_quarter(created_at) THEN 0.85 ELSE 1 END
        * CASE WHEN falls THEN 0.7 ELSE 1 END * (1 + 0.25 * skill) AS chance
    FROM answered AS a
), mql AS MATERIALIZED (
    SELECT c.*, fate < chance AS converts, fate < chance + 0.10 AS gets_sql,
        CASE WHEN fate < chance + 0.32 THEN
            coalesce(answered_at, created_at + interval '2 hours')
            + pg_temp.secs(exp(ln(86400 * 1.2) + pg_temp.z('lead.mql', n))) END AS mql_at
    FROM chances AS c
), sql AS MATERIALIZED (
    SELECT m.*, CASE WHEN gets_sql THEN
        pg_temp.office(mql_at + pg_temp.secs(exp(ln(86400 * 3) + 0.9 * pg_temp.z('lead.sql', n))), 18,
            pg_temp.u('lead.sql.morning', n)) END AS sql_at
    FROM mql AS m
), done AS MATERIALIZED (
    SELECT s.*, CASE WHEN converts THEN
        pg_temp.office(sql_at + pg_temp.secs(exp(ln(86400 * 5) + 0.8 * pg_temp.z('lead.conv', n))), 18,
            pg_temp.u('lead.conv.morning', n)) END AS converted_at,
        CASE WHEN NOT converts AND pg_temp.u('lead.drop', n) < 0.8 THEN
        pg_temp.office(coalesce(sql_at, mql_at, answered_at, created_at)
            + pg_temp.secs(exp(ln(86400 * 20) + 0.7 * pg_temp.z('lead.dropped', n))), 18,
            pg_temp.u('lead.dropped.morning', n)) END AS disqualified_at
    FROM sql AS s
)
SELECT n, lead_id, created_at, channel, k, agent_id, skill,
    CASE WHEN channel IN ('paid_search', 'social', 'email', 'event') AND pg_temp.u('lead.tagged', n) > 0.04
        THEN channel || '-' || to_char(created_at, 'YYYY')
            || CASE WHEN extract(month FROM created_at) <= 6 THEN 'H1' ELSE 'H2' END
        WHEN channel = 'partner' THEN 'partner' END AS campaign_id,
    -- What has not happened yet is not known yet.
    CASE WHEN answered_at <= :'as_of'::timestamptz THEN answered_at END AS answered_at,
    CASE WHEN mql_at <= :'as_of'::timestamptz THEN mql_at END AS mql_at,
    CASE WHEN sql_at <= :'as_of'::timestamptz THEN sql_at END AS sql_at,
    CASE WHEN converted_at <= :'as_of'::timestamptz THEN converted_at END AS converted_at,
    CASE WHEN disqualified_at <= :'as_of'::timestamptz THEN disqualified_at END AS disqualified_at
FROM done;
ANALYZE s_lead;

INSERT INTO status_event (entity, entity_id, changed_at, seq, status, agent_id)
SELECT 'lead', l.lead_id, e.changed_at, e.seq, e.status, e.agent_id
FROM s_lead AS l
CROSS JOIN LATERAL (VALUES
    (l.created_at, 1, 'new', NULL),
    (l.answered_at, 2, 'working', l.agent_id),
    (l.mql_at, 3, 'mql', 'BOT2'),
    (l.sql_at, 4, 'sql', l.agent_id),
    (l.converted_at, 5, 'converted', l.agent_id),
    (l.disqualified_at, 6, 'disqualified', l.agent_id)
) AS e (changed_at, seq, status, agent_id)
WHERE e.changed_at IS NOT NULL;
-- The leads themselves follow in sales.sql, when their opportunities and customers are known.
