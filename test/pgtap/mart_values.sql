-- Every column of the service dashboard, of the queue and of its history, on the sample company, against plain SQL.

\set mart mart_values
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS mart_values CASCADE;
\ir ../mart_oracle.sql

-- ---------------------------------------------------------------------------
-- The dashboards by hand
-- ---------------------------------------------------------------------------

CREATE TEMP VIEW nps_source AS
SELECT grain, period_start, promoters, passives, detractors, answers,
    round(100.0 * (promoters - detractors) / answers, 2) AS nps,
    -- z for 95 %, times the root of the multinomial variance
    round((195.9963984540054 * sqrt((promoters + detractors - (promoters - detractors) ^ 2 / answers) / answers ^ 2))
        ::numeric, 2) AS margin
FROM (
    SELECT grain, period_start, count(*) AS answers, count(*) FILTER (WHERE score >= 9) AS promoters,
        count(*) FILTER (WHERE score IN (7, 8)) AS passives, count(*) FILTER (WHERE score <= 6) AS detractors
    FROM (
        SELECT grain, period_start, (array_agg(n ORDER BY at DESC, id DESC))[1] AS score
        FROM period_fact WHERE kpi = 'nps' GROUP BY grain, period_start, who
    ) latest
    GROUP BY grain, period_start
) counts;

-- How many tickets waited at the end of each day, or as of now.
CREATE TEMP VIEW queue_source AS
SELECT day, count(DISTINCT ticket_id) AS queue
FROM given
CROSS JOIN generate_series(0, 720) AS n
CROSS JOIN LATERAL (SELECT date '2024-01-01' + n AS day) d
CROSS JOIN LATERAL (
    SELECT least((day + 1)::timestamp AT TIME ZONE zone, as_of + interval '1 microsecond') AS day_end) e
JOIN visit v ON NOT v.is_done AND v.start_at < day_end AND v.end_at >= day_end
GROUP BY day;
CREATE TEMP TABLE queue AS SELECT * FROM queue_source WITH NO DATA;

CREATE TEMP VIEW service_source AS
SELECT grain, period_start,
    pg_temp.later(period_start, grain, 1) <= (SELECT (as_of AT TIME ZONE zone)::date FROM given) AS is_complete,
    count(*) FILTER (WHERE kpi = 'opened') AS opened,
    count(*) FILTER (WHERE kpi = 'solved') AS solved,
    count(*) FILTER (WHERE kpi = 'came back') AS reopens,
    count(*) FILTER (WHERE kpi = 'solved' AND who IS NOT NULL) AS solved_by_agents,
    round(count(*) FILTER (WHERE kpi = 'solved' AND who IS NOT NULL)::numeric
        / nullif(count(DISTINCT day || who) FILTER (WHERE kpi = 'solved'), 0), 2) AS solved_per_agent_day,
    count(DISTINCT day || who) FILTER (WHERE kpi = 'solved') AS agent_days,
    round(avg(n) FILTER (WHERE kpi = 'solved') / 3600, 2) AS art_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'solved') / 3600 AS art_median_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'solved') / 3600 AS art_p90_hours,
    count(*) FILTER (WHERE kpi = 'solved') AS art_tickets,
    round(avg(n) FILTER (WHERE kpi = 'solved, open') / 3600, 2) AS art_business_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'solved, open') / 3600
        AS art_business_median_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'solved, open') / 3600
        AS art_business_p90_hours,
    count(*) FILTER (WHERE kpi = 'solved, open') AS art_business_tickets,
    round(avg(n) FILTER (WHERE kpi = 'active') / 3600, 2) AS art_active_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'active') / 3600 AS art_active_median_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'active') / 3600 AS art_active_p90_hours,
    count(*) FILTER (WHERE kpi = 'active') AS art_active_tickets,
    round(avg(n) FILTER (WHERE kpi = 'active, open') / 3600, 2) AS art_active_business_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'active, open') / 3600
        AS art_active_business_median_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'active, open') / 3600
        AS art_active_business_p90_hours,
    count(*) FILTER (WHERE kpi = 'active, open') AS art_active_business_tickets,
    round(avg(n) FILTER (WHERE kpi = 'first solve') / 3600, 2) AS first_solve_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'first solve') / 3600
        AS first_solve_median_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'first solve') / 3600 AS first_solve_p90_hours,
    count(*) FILTER (WHERE kpi = 'first solve') AS first_solve_tickets,
    round(avg(n) FILTER (WHERE kpi = 'replied') / 3600, 2) AS response_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'replied') / 3600 AS response_median_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'replied') / 3600 AS response_p90_hours,
    count(*) FILTER (WHERE kpi = 'replied') AS responded,
    round(avg(n) FILTER (WHERE kpi = 'replied, open') / 3600, 2) AS response_business_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'replied, open') / 3600
        AS response_business_median_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'replied, open') / 3600
        AS response_business_p90_hours,
    count(*) FILTER (WHERE kpi = 'replied, open') AS response_business_tickets,
    round(avg(n) FILTER (WHERE kpi = 'handled'), 2) AS aht_seconds,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'handled') AS aht_median_seconds,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'handled') AS aht_p90_seconds,
    count(*) FILTER (WHERE kpi = 'handled') AS aht_tickets,
    pg_temp.share(count(*) FILTER (WHERE kpi = 'sla' AND hit), count(*) FILTER (WHERE kpi = 'sla')) AS sla_ratio,
    count(*) FILTER (WHERE kpi = 'sla' AND hit) AS sla_met,
    count(*) FILTER (WHERE kpi = 'sla') AS sla_total,
    pg_temp.share(count(*) FILTER (WHERE kpi = 'reply sla' AND hit), count(*) FILTER (WHERE kpi = 'reply sla'))
        AS response_sla_ratio,
    count(*) FILTER (WHERE kpi = 'reply sla' AND hit) AS response_sla_met,
    count(*) FILTER (WHERE kpi = 'reply sla') AS response_sla_total,
    pg_temp.share(count(*) FILTER (WHERE kpi = 'fcr' AND hit), count(*) FILTER (WHERE kpi = 'fcr')) AS fcr_ratio,
    count(*) FILTER (WHERE kpi = 'fcr' AND hit) AS fcr_solved,
    count(*) FILTER (WHERE kpi = 'fcr') AS fcr_total,
    pg_temp.share(count(*) FILTER (WHERE kpi = 'reopened' AND hit), count(*) FILTER (WHERE kpi = 'reopened'))
        AS reopened_ratio,
    count(*) FILTER (WHERE kpi = 'reopened' AND hit) AS reopened,
    count(*) FILTER (WHERE kpi = 'reopened') AS reopened_total,
    pg_temp.share(count(*) FILTER (WHERE kpi = 'csat' AND hit), count(*) FILTER (WHERE kpi = 'csat')) AS csat_ratio,
    count(*) FILTER (WHERE kpi = 'csat' AND hit) AS csat_satisfied,
    count(*) FILTER (WHERE kpi = 'csat') AS csat_answers,
    pg_temp.share(count(*) FILTER (WHERE kpi = 'csat sent' AND hit), count(*) FILTER (WHERE kpi = 'csat sent'))
        AS csat_response_ratio,
    count(*) FILTER (WHERE kpi = 'csat sent' AND hit) AS csat_answered,
    count(*) FILTER (WHERE kpi = 'csat sent') AS csat_sent,
    max(nps) AS nps, max(margin) AS nps_margin, coalesce(max(promoters), 0) AS promoters,
    coalesce(max(passives), 0) AS passives, coalesce(max(detractors), 0) AS detractors,
    coalesce(max(answers), 0) AS nps_answers,
    pg_temp.share(count(*) FILTER (WHERE kpi = 'complaint' AND hit), count(*) FILTER (WHERE kpi = 'complaint'))
        AS complaint_ratio,
    count(*) FILTER (WHERE kpi = 'complaint' AND hit) AS complaints_resolved,
    count(*) FILTER (WHERE kpi = 'complaint') AS complaints,
    pg_temp.share(count(*) FILTER (WHERE kpi = 'complaint mature' AND hit),
        count(*) FILTER (WHERE kpi = 'complaint'))
        AS complaints_mature_ratio,
    count(*) FILTER (WHERE kpi = 'complaint mature' AND hit) AS complaints_mature,
    pg_temp.share(coalesce(sum(n) FILTER (WHERE kpi = 'check' AND hit), 0), sum(n) FILTER (WHERE kpi = 'check'))
        AS compliance_ratio,
    coalesce(sum(n) FILTER (WHERE kpi = 'check' AND hit), 0) AS compliance_passed,
    coalesce(sum(n) FILTER (WHERE kpi = 'check'), 0) AS compliance_total
FROM period_fact
LEFT JOIN nps_source USING (grain, period_start)
WHERE kpi NOT IN ('lead', 'answered', 'golden', 'machine', 'activity', 'closed', 'annual', 'cycle')
GROUP BY grain, period_start;
CREATE TEMP TABLE service_hand AS SELECT * FROM service_source WITH NO DATA;

CREATE TEMP VIEW service_by_hand AS
SELECT p.*, coalesce(q.queue, 0) AS queue, b.opened AS opened_previous, b.solved AS solved_previous,
    b.art_hours AS art_hours_previous, b.response_hours AS response_hours_previous,
    b.sla_ratio AS sla_ratio_previous, b.fcr_ratio AS fcr_ratio_previous, b.csat_ratio AS csat_ratio_previous,
    b.nps AS nps_previous
FROM given, service_hand p
LEFT JOIN service_hand b ON b.grain = p.grain AND b.period_start = pg_temp.later(p.period_start, p.grain, -1)
LEFT JOIN queue q ON q.day = least(pg_temp.later(p.period_start, p.grain, 1) - 1,
    (SELECT (as_of AT TIME ZONE zone)::date FROM given));

CREATE TEMP VIEW queue_by_hand AS
SELECT t.ticket_id, t.opened_at, (t.opened_at AT TIME ZONE zone)::date AS opened_day, t.category, t.priority, t.kind,
    t.team, t.channel, t.agent_id, t.customer_id, round(age / 3600, 2) AS age_hours,
    width_bucket(age, '{0,14400,86400,259200,604800,2592000}') AS age_band_no,
    (ARRAY['under 4 hours', '4 to 24 hours', '1 to 3 days', '3 to 7 days', '7 to 30 days', 'over 30 days'])
        [width_bucket(age, '{0,14400,86400,259200,604800,2592000}')] AS age_band,
    round(pg_temp.open_seconds(t.calendar, t.opened_at, t.as_of) / 3600, 2) AS business_age_hours,
    round(t.active_seconds / 3600, 2) AS active_hours, t.replied_at AS first_reply_at,
    t.reply_due_at AS response_due_at, t.reply_due_at < t.as_of AS response_breached,
    t.due_at, t.due_at < t.as_of AS breached, round(extract(epoch FROM t.due_at - t.as_of) / 3600, 2) AS due_in_hours,
    t.replies AS contacts, t.reopens AS reopened, change.handoffs, change.touches
FROM given, known_ticket t
CROSS JOIN LATERAL (SELECT extract(epoch FROM t.as_of - t.opened_at) AS age) age
CROSS JOIN LATERAL (
    -- of a ticket without a history nobody knows
    SELECT CASE WHEN t.is_known THEN count(*) END AS touches,
        CASE WHEN t.is_known THEN count(*) FILTER (WHERE agent_id <> before) END AS handoffs
    FROM (SELECT agent_id, lag(agent_id) OVER (ORDER BY changed_at, seq) AS before
          FROM visit v WHERE v.ticket_id = t.ticket_id AND agent_id IS NOT NULL) touched) change
WHERE t.solved_at IS NULL;

-- When each ticket came into the queue, and when it left it.
CREATE TEMP VIEW backlog_by_hand AS
WITH stay AS (
    SELECT t.team, ticket_id, is_done, start_at, NOT lag(is_done, 1, true) OVER visits AS was_waiting
    FROM visit v JOIN known_ticket t USING (ticket_id)
    WINDOW visits AS (PARTITION BY ticket_id ORDER BY v.changed_at, v.seq)
), happened AS (
    SELECT team, (start_at AT TIME ZONE zone)::date AS day, count(*) FILTER (WHERE NOT is_done) AS entered,
        count(*) FILTER (WHERE is_done) AS left_queue
    FROM stay, given WHERE is_done = was_waiting GROUP BY 1, 2
)
SELECT d.day::date, t.team, coalesce(h.entered, 0) AS entered, coalesce(h.left_queue, 0) AS left_queue,
    coalesce(sum(h.entered - h.left_queue) OVER (PARTITION BY t.team ORDER BY d.day), 0) AS open_items
FROM given
CROSS JOIN (SELECT team, min(day) AS first_day FROM happened GROUP BY team) t
CROSS JOIN LATERAL generate_series(first_day::timestamp, (as_of AT TIME ZONE zone)::date, '1 day') d(day)
LEFT JOIN happened h ON h.day = d.day AND h.team IS NOT DISTINCT FROM t.team;

-- All of it under the settings in "given", which are made those of the mart.
CREATE FUNCTION pg_temp.compare_all(title text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.take_stock();
    TRUNCATE queue, service_hand;
    INSERT INTO queue SELECT * FROM queue_source;
    INSERT INTO service_hand SELECT * FROM service_source;
    ANALYZE queue, service_hand;
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': service_dashboard, all grains',
        'service_dashboard_by_grain', 'service_by_hand', '{grain,period_start}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': ticket_queue', 'ticket_queue', 'queue_by_hand',
        '{ticket_id}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': backlog_history', 'backlog_history', 'backlog_by_hand',
        '{day,team}');
END;
$$;

SELECT * FROM pg_temp.compare_all('as loaded');

-- Tickets without a calendar, and with one that is not there
UPDATE given SET zone = 'Asia/Tokyo', week_start = 7, default_calendar = '';
UPDATE sla_target SET calendar_id = 'nowhere' WHERE kind = 'complaint' OR team = 'Support Technical';
UPDATE agent SET calendar_id = NULL WHERE agent_id IN ('AT001', 'AT004');
SELECT * FROM pg_temp.compare_all('in Tokyo, weeks from Sunday, without a default calendar');

-- A moment in the past: what came later is not known yet.
UPDATE given SET zone = 'America/New_York', as_of = '2025-06-15 12:00-04', week_start = 1,
    default_calendar = 'support';
SELECT * FROM pg_temp.compare_all('as of June 2025');

-- ---------------------------------------------------------------------------
-- Months, grains, keys, sessions
-- ---------------------------------------------------------------------------

UPDATE setting SET value = '2025-12-20 17:00-05' WHERE name = 'as_of';
SELECT * FROM pg_temp.same('service_dashboard');

-- The key that the comment of a view names is one.
CREATE FUNCTION pg_temp.keys() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    v record;
    double text;
BEGIN
    FOR v IN
        SELECT c.relname::text AS name, (regexp_match(obj_description(c.oid, 'pg_class'),
        '\(key: ([a-z_, ]+)'))[1] AS key
        FROM pg_class c WHERE c.relnamespace = 'mart_values'::regnamespace AND c.relkind = 'v' ORDER BY 1
    LOOP
        IF v.key IS NOT NULL THEN
            EXECUTE format('SELECT min(k) FROM (SELECT (%s)::text AS k FROM %I GROUP BY %s HAVING count(*) > 1) d',
                CASE WHEN v.key LIKE '%,%' THEN 'ROW(' || v.key || ')' ELSE v.key END, v.name, v.key) INTO double;
            RETURN NEXT is(double, NULL, format('%s is a key of %s', v.key, v.name));
        END IF;
    END LOOP;
END;
$$;
SELECT * FROM pg_temp.keys();

-- A day that shifts with the zone of whoever asks: the session must not matter.
CREATE FUNCTION pg_temp.service() RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.everything('service_dashboard_by_grain', 'backlog_history', 'daily_ticket')
$$;
CREATE TEMP TABLE seen AS SELECT pg_temp.service() AS service;
SET LOCAL timezone = 'Asia/Kathmandu';
SELECT is(pg_temp.service(), seen.service, 'the same from a session in Nepal') FROM seen;
SET LOCAL timezone = 'America/New_York';
SELECT is(pg_temp.service(), seen.service, 'the same from a session with summer time') FROM seen;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'SQL, DMY';
SET LOCAL intervalstyle = 'sql_standard';
SET LOCAL extra_float_digits = 0;
SELECT is(pg_temp.service(), seen.service, 'the same under other output styles') FROM seen;

SELECT * FROM finish();
ROLLBACK;
\o /dev/null
SELECT crmkpi.drop_mart('mart_values', true);
