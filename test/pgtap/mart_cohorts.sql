-- cohort_retention and actions_per_engagement: every column on the sample company against plain SQL.

\set mart mart_cohorts
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS mart_cohorts CASCADE;
\ir ../mart_oracle.sql

CREATE TEMP TABLE windows AS SELECT interval '90 days' AS funnel_window;

-- ---------------------------------------------------------------------------
-- Cohorts by hand
-- ---------------------------------------------------------------------------

-- What the sample lacks: customers whose first row is a refund, months without any new customer, purchases at the very
-- edge of a month of the zone.
INSERT INTO sale (sale_id, customer_id, sold_at, amount, kind)
SELECT 'early ' || customer_id, customer_id, min(sold_at) - interval '40 days', -1, 'refund'
FROM sale WHERE customer_id LIKE '%7' GROUP BY customer_id;
DELETE FROM sale s WHERE customer_id IN (SELECT customer_id FROM sale GROUP BY customer_id
    HAVING date_trunc('month', min(sold_at)) = '2024-09-01');
UPDATE sale SET sold_at = date_trunc('month', sold_at) + interval '4 hours' WHERE sale_id LIKE '%9';

CREATE TEMP VIEW cohort_by_hand AS
WITH bought AS (
    SELECT customer_id, date_trunc('month', sold_at AT TIME ZONE zone) AS month
    FROM sale, given WHERE kind <> 'refund' AND sold_at <= as_of
), life AS (
    SELECT customer_id, min(month) AS first_month, max(month) AS last_month FROM bought GROUP BY customer_id
), cell AS (
    SELECT first_month, period_no::integer, first_month + period_no * interval '1 month' AS month, customers
    FROM given, (SELECT first_month, count(*) AS customers FROM life GROUP BY first_month) c,
        generate_series(0, 60) AS period_no
    WHERE first_month + period_no * interval '1 month' <= as_of AT TIME ZONE zone
)
SELECT first_month::date AS cohort_start, period_no, c.month::date AS period_start,
    c.month + interval '1 month' <= (SELECT as_of AT TIME ZONE zone FROM given) AS is_complete,
    customers, coalesce(retained, 0) AS retained,
    pg_temp.share(coalesce(retained, 0), customers) AS retention_ratio,
    retained_rolling, pg_temp.share(retained_rolling, customers) AS rolling_ratio
FROM cell c
LEFT JOIN (SELECT first_month, month, count(DISTINCT customer_id) AS retained
    FROM life JOIN bought USING (customer_id) GROUP BY first_month, month) n USING (first_month, month)
CROSS JOIN LATERAL (SELECT count(*) AS retained_rolling FROM life
    WHERE life.first_month = c.first_month AND life.last_month >= c.month) r;

-- ---------------------------------------------------------------------------
-- Touches and responses by hand
-- ---------------------------------------------------------------------------

-- What the sample lacks: responses before any touch, responses at the moment of a touch, leads who unsubscribed.
INSERT INTO activity (activity_id, kind, direction, occurred_at, lead_id)
SELECT 'first ' || lead_id, 'email', 'in', created_at, lead_id FROM lead WHERE lead_id LIKE '%01';
INSERT INTO email_event (message_id, recipient_id, kind, occurred_at, lead_id)
SELECT 'bye', lead_id, CASE WHEN lead_id LIKE '%03' THEN 'block' ELSE 'unsubscribe' END,
    created_at + interval '3 days', lead_id
FROM lead WHERE lead_id ~ '0[234]$';
UPDATE activity SET answered = activity_id LIKE '%1' WHERE kind = 'email' AND direction = 'out' AND lead_id LIKE '%7';

-- One row per lead that was touched: how often, and how it ended. At one moment a touch comes first, then a response,
-- then an unsubscribe or block. A lead that spoke first, or left before any touch, was not contacted; nothing counts
-- after the window, the conversion or the disqualification.
CREATE TEMP VIEW outreach AS
WITH event AS (
    SELECT a.lead_id, a.occurred_at AS at, 'touch' AS what, a.direction = 'out' AS happened
    FROM activity a
    WHERE a.kind <> 'task' AND a.completed AND NOT a.automated AND coalesce(a.agent_id, '') NOT LIKE 'BOT%'
    UNION ALL
    SELECT a.lead_id, a.occurred_at, 'response',
        a.kind = 'meeting' OR a.answered OR a.direction = 'in' AND (a.kind <> 'call' OR a.answered IS NULL)
    FROM activity a
    WHERE a.kind <> 'task' AND a.completed AND NOT a.automated AND coalesce(a.agent_id, '') NOT LIKE 'BOT%'
    UNION ALL
    SELECT lead_id, occurred_at, kind, kind IN ('unsubscribe', 'block') FROM email_event
), counted AS (
    SELECT lead_id, at, what
    FROM given g, windows w, lead l
    JOIN event e USING (lead_id)
    WHERE e.happened AND l.created_at + w.funnel_window <= g.as_of AND e.at >= l.created_at
        AND e.at <= l.created_at + w.funnel_window AND (e.at > l.converted_at) IS NOT TRUE
        AND (e.at > l.disqualified_at) IS NOT TRUE
), ends AS (
    SELECT lead_id, min(at) FILTER (WHERE what = 'touch') AS touched_at,
        coalesce(min(at) FILTER (WHERE what = 'response'), 'infinity') AS responded_at,
        coalesce(min(at) FILTER (WHERE what = 'unsubscribe'), 'infinity') AS unsubscribed_at,
        coalesce(min(at) FILTER (WHERE what = 'block'), 'infinity') AS blocked_at
    FROM counted GROUP BY lead_id
)
SELECT lead_id, count(*) FILTER (WHERE what = 'touch') AS touches,
    CASE WHEN least(responded_at, unsubscribed_at, blocked_at) = 'infinity' THEN 'silent'
        WHEN responded_at <= least(unsubscribed_at, blocked_at) THEN 'responded'
        WHEN unsubscribed_at <= blocked_at THEN 'unsubscribed' ELSE 'blocked' END AS fate
FROM ends
JOIN counted USING (lead_id)
WHERE touched_at <= least(responded_at, unsubscribed_at, blocked_at)
    AND at <= least(responded_at, unsubscribed_at, blocked_at)
GROUP BY lead_id, responded_at, unsubscribed_at, blocked_at;
CREATE TEMP TABLE outreach_now AS SELECT * FROM outreach WITH NO DATA;

-- A bound of Wilson's interval: -1 the lower, 1 the upper.
CREATE FUNCTION pg_temp.wilson(part bigint, whole bigint, side integer) RETURNS numeric LANGUAGE sql AS $$
    SELECT round((p + z * z / (2 * n) + side * z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 6)
    FROM (SELECT part::numeric / nullif(whole, 0) AS p, nullif(whole, 0)::numeric AS n, 1.959963984540054 AS z) x
$$;

CREATE TEMP VIEW actions_by_hand AS
WITH touch AS (
    SELECT k AS touch_no, count(*) FILTER (WHERE touches >= k) AS contacted,
        count(*) FILTER (WHERE touches = k AND fate = 'responded') AS responded,
        count(*) FILTER (WHERE touches = k AND fate = 'unsubscribed') AS unsubscribed,
        count(*) FILTER (WHERE touches = k AND fate = 'blocked') AS blocked
    FROM outreach_now, generate_series(1, (SELECT max(touches)::integer FROM outreach_now)) AS k
    GROUP BY k
)
SELECT t.*, pg_temp.share(responded, contacted) AS response_ratio,
    pg_temp.wilson(responded, contacted, -1) AS response_low, pg_temp.wilson(responded, contacted, 1) AS response_high,
    round(1 - CASE WHEN bool_or(responded = contacted) OVER so_far THEN 0
        ELSE exp(sum(CASE WHEN responded < contacted THEN ln(1 - responded::numeric / contacted) END) OVER so_far)
        END, 6) AS cumulative_ratio,
    round(contacted::numeric / nullif(responded, 0), 2) AS actions_per_response,
    round(sum(contacted) OVER so_far / nullif(sum(responded) OVER so_far, 0), 2) AS actions_per_response_so_far
FROM touch t
WINDOW so_far AS (ORDER BY touch_no);

CREATE FUNCTION pg_temp.compare_all(title text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE setting SET value = CASE name WHEN 'zone' THEN g.zone WHEN 'as_of' THEN g.as_of::text
        ELSE w.funnel_window::text END
    FROM given g, windows w WHERE name IN ('zone', 'as_of', 'funnel_window');
    TRUNCATE outreach_now;
    INSERT INTO outreach_now SELECT * FROM outreach;
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': cohort_retention',
        'cohort_retention', 'cohort_by_hand', '{cohort_start,period_no}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': actions_per_engagement',
        'actions_per_engagement', 'actions_by_hand', '{touch_no}');
END;
$$;
SELECT * FROM pg_temp.compare_all('as loaded');
UPDATE given SET zone = 'Asia/Tokyo', as_of = '2025-06-15 12:00-04';
UPDATE windows SET funnel_window = '25 days';
SELECT * FROM pg_temp.compare_all('in Tokyo, as of June 2025, a shorter window');

SELECT * FROM finish();
ROLLBACK;
\o /dev/null
SELECT crmkpi.drop_mart('mart_cohorts', true);
