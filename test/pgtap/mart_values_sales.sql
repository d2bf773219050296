-- Every column of the sales dashboard and of agent_performance, on the sample company, against plain SQL.

\set mart mart_values_sales
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS mart_values_sales CASCADE;
\ir ../mart_oracle.sql

-- ---------------------------------------------------------------------------
-- The dashboards by hand
-- ---------------------------------------------------------------------------

CREATE TEMP VIEW crm_source AS
SELECT grain, period_start,
    pg_temp.later(period_start, grain, 1) <= (SELECT (as_of AT TIME ZONE zone)::date FROM given) AS is_complete,
    count(*) FILTER (WHERE kpi = 'lead') AS leads,
    count(*) FILTER (WHERE kpi = 'answered') AS leads_answered,
    count(*) FILTER (WHERE kpi = 'lead') - count(*) FILTER (WHERE kpi = 'answered') AS leads_unanswered,
    round(avg(n) FILTER (WHERE kpi = 'answered') / 3600, 2) AS response_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'answered') / 3600 AS response_median_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'answered') / 3600 AS response_p90_hours,
    pg_temp.share(count(*) FILTER (WHERE kpi = 'golden' AND hit), count(*) FILTER (WHERE kpi = 'golden'))
        AS golden_ratio,
    count(*) FILTER (WHERE kpi = 'golden' AND hit) AS golden_answered,
    count(*) FILTER (WHERE kpi = 'golden') AS golden_total,
    pg_temp.share(count(*) FILTER (WHERE kpi = 'answered' AND hit), count(*) FILTER (WHERE kpi = 'answered'))
        AS follow_up_ratio,
    count(*) FILTER (WHERE kpi = 'answered' AND hit) AS followed_up,
    pg_temp.share(count(*) FILTER (WHERE kpi = 'lead' AND hit), count(*) FILTER (WHERE kpi = 'lead'))
        AS conversion_ratio,
    count(*) FILTER (WHERE kpi = 'lead' AND hit) AS leads_converted,
    (pg_temp.later(period_start, grain, 1)::timestamp AT TIME ZONE (SELECT zone FROM given)) + interval '90 days'
        <= (SELECT as_of FROM given) AS conversion_is_mature,
    count(*) FILTER (WHERE kpi = 'activity') AS activities,
    count(*) FILTER (WHERE kpi = 'activity' AND word = 'call out') AS calls_out,
    count(*) FILTER (WHERE kpi = 'activity' AND word = 'call in') AS calls_in,
    count(*) FILTER (WHERE kpi = 'activity' AND word = 'email out') AS emails_out,
    count(*) FILTER (WHERE kpi = 'activity' AND word = 'email in') AS emails_in,
    count(*) FILTER (WHERE kpi = 'activity' AND word LIKE 'meeting %') AS meetings,
    count(*) FILTER (WHERE kpi = 'activity' AND word LIKE 'message %') AS messages,
    count(*) FILTER (WHERE kpi = 'activity' AND word LIKE 'task %') AS tasks,
    count(*) FILTER (WHERE kpi = 'machine') AS automated,
    count(*) FILTER (WHERE kpi = 'closed' AND hit) AS won,
    count(*) FILTER (WHERE kpi = 'closed') AS closed,
    pg_temp.share(count(*) FILTER (WHERE kpi = 'closed' AND hit), count(*) FILTER (WHERE kpi = 'closed'))
        AS close_ratio,
    coalesce(sum(n) FILTER (WHERE kpi = 'closed'), 0) AS won_amount,
    count(n) FILTER (WHERE kpi = 'closed') AS contracts,
    round(avg(n) FILTER (WHERE kpi = 'closed'), 4) AS contract_value,
    round(avg(n) FILTER (WHERE kpi = 'annual'), 4) AS annual_contract_value,
    round(coalesce(sum(n) FILTER (WHERE kpi = 'annual'), 0), 4) AS annual_amount,
    count(n) FILTER (WHERE kpi = 'annual') AS annual_contracts,
    round(avg(n) FILTER (WHERE kpi = 'cycle') / 3600, 2) AS cycle_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'cycle') / 3600 AS cycle_median_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'cycle') / 3600 AS cycle_p90_hours,
    count(*) FILTER (WHERE kpi = 'cycle') AS cycle_won
FROM period_fact
WHERE kpi IN ('lead', 'answered', 'golden', 'machine', 'activity', 'closed', 'annual', 'cycle')
GROUP BY grain, period_start;
CREATE TEMP TABLE crm_hand AS SELECT * FROM crm_source WITH NO DATA;

CREATE TEMP VIEW crm_by_hand AS
SELECT p.*, b.leads AS leads_previous, b.response_hours AS response_hours_previous,
    b.golden_ratio AS golden_ratio_previous, b.conversion_ratio AS conversion_ratio_previous,
    b.activities AS activities_previous, b.close_ratio AS close_ratio_previous, b.won_amount AS won_amount_previous,
    b.contract_value AS contract_value_previous, b.cycle_hours AS cycle_hours_previous
FROM crm_hand p
LEFT JOIN crm_hand b ON b.grain = p.grain AND b.period_start = pg_temp.later(p.period_start, p.grain, -1);

CREATE TEMP VIEW agent_month AS
SELECT period_start,
    pg_temp.later(period_start, 'month', 1) <= (SELECT (as_of AT TIME ZONE zone)::date FROM given) AS is_complete,
    who AS agent_id, max(a.name) AS agent_name, max(a.team) AS team,
    count(*) FILTER (WHERE kpi = 'solved') AS solved,
    count(DISTINCT day) FILTER (WHERE kpi = 'solved') AS solve_days,
    round(count(*) FILTER (WHERE kpi = 'solved')::numeric
        / nullif(count(DISTINCT day) FILTER (WHERE kpi = 'solved'), 0), 2) AS solved_per_day,
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
    pg_temp.share(count(*) FILTER (WHERE kpi = 'sla' AND hit), count(*) FILTER (WHERE kpi = 'sla')) AS sla_ratio,
    count(*) FILTER (WHERE kpi = 'sla' AND hit) AS sla_met,
    count(*) FILTER (WHERE kpi = 'sla') AS sla_total,
    round(avg(n) FILTER (WHERE kpi = 'handled'), 2) AS aht_seconds,
    count(*) FILTER (WHERE kpi = 'handled') AS aht_tickets,
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
    pg_temp.share(coalesce(sum(n) FILTER (WHERE kpi = 'check' AND hit), 0), sum(n) FILTER (WHERE kpi = 'check'))
        AS compliance_ratio,
    coalesce(sum(n) FILTER (WHERE kpi = 'check' AND hit), 0) AS compliance_passed,
    coalesce(sum(n) FILTER (WHERE kpi = 'check'), 0) AS compliance_total,
    count(*) FILTER (WHERE kpi = 'activity') AS activities,
    count(*) FILTER (WHERE kpi = 'activity' AND word = 'call out') AS calls_out,
    count(*) FILTER (WHERE kpi = 'answered') AS leads_answered,
    round(avg(n) FILTER (WHERE kpi = 'answered') / 3600, 2) AS response_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'answered') / 3600 AS response_median_hours,
    count(*) FILTER (WHERE kpi = 'closed' AND hit) AS won,
    count(*) FILTER (WHERE kpi = 'closed') AS closed,
    pg_temp.share(count(*) FILTER (WHERE kpi = 'closed' AND hit), count(*) FILTER (WHERE kpi = 'closed'))
        AS close_ratio,
    coalesce(sum(n) FILTER (WHERE kpi = 'closed'), 0) AS won_amount,
    round(avg(n) FILTER (WHERE kpi = 'cycle') / 3600, 2) AS cycle_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'cycle') / 3600 AS cycle_median_hours,
    count(*) FILTER (WHERE kpi = 'cycle') AS cycle_won
FROM period_fact
LEFT JOIN agent a ON a.agent_id = who
WHERE grain = 'month' AND who IS NOT NULL
    AND kpi IN ('solved', 'solved, open', 'sla', 'handled', 'fcr', 'reopened', 'csat', 'check', 'activity', 'lead',
        'answered', 'closed', 'cycle')
GROUP BY period_start, who;

-- What was wanted: by the agent's own target, else the team's, else the company's, the latest begun.
CREATE TEMP VIEW agent_by_hand AS
WITH goal (kpi, name, lower_is_better) AS (
    VALUES ('requests_per_agent_day', 'solved_per_day', false), ('avg_resolution_time', 'art_hours', true),
        ('avg_handling_time', 'aht_seconds', true), ('sla_attainment', 'sla_ratio', false),
        ('fcr', 'fcr_ratio', false), ('csat', 'csat_ratio', false), ('process_compliance', 'compliance_ratio', false),
        ('lead_response_time', 'response_hours', true), ('win_rate', 'close_ratio', false)
), wanted AS (
    SELECT m.period_start, m.agent_id, g.*, (to_jsonb(m) ->> g.name)::numeric AS actual, (
        SELECT target_value FROM target t
        WHERE t.kpi = g.kpi AND daterange(starts_on, ends_on, '[]') && daterange(period_start,
                pg_temp.later(period_start, 'month', 1)) AND position = array_position(ranked, scope)
        ORDER BY starts_on DESC LIMIT 1) AS goal, position
    FROM agent_month m, goal g,
        LATERAL (SELECT ARRAY['agent=' || m.agent_id, 'team=' || m.team, ''] AS ranked) r,
        generate_series(1, 3) AS position
), held AS (
    SELECT DISTINCT ON (period_start, agent_id, name) *,
        CASE WHEN lower_is_better THEN actual <= goal ELSE actual >= goal END AS met
    FROM wanted ORDER BY period_start, agent_id, name, goal IS NULL, position
)
SELECT m.*, w.*
FROM agent_month m
JOIN LATERAL (
    SELECT
        round(max(goal) FILTER (WHERE name = 'solved_per_day'), 2) AS solved_per_day_target,
        round(max(goal) FILTER (WHERE name = 'art_hours'), 2) AS art_hours_target,
        round(max(goal) FILTER (WHERE name = 'aht_seconds'), 2) AS aht_seconds_target,
        max(goal) FILTER (WHERE name = 'sla_ratio') AS sla_ratio_target,
        max(goal) FILTER (WHERE name = 'fcr_ratio') AS fcr_ratio_target,
        max(goal) FILTER (WHERE name = 'csat_ratio') AS csat_ratio_target,
        max(goal) FILTER (WHERE name = 'compliance_ratio') AS compliance_ratio_target,
        round(max(goal) FILTER (WHERE name = 'response_hours'), 2) AS response_hours_target,
        max(goal) FILTER (WHERE name = 'close_ratio') AS close_ratio_target,
        count(goal) AS targets, count(*) FILTER (WHERE met) AS targets_met
    FROM held h WHERE h.period_start = m.period_start AND h.agent_id = m.agent_id
) w ON true;

-- All of it under the settings in "given", which are made those of the mart.
CREATE FUNCTION pg_temp.compare_all(title text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.take_stock();
    TRUNCATE crm_hand;
    INSERT INTO crm_hand SELECT * FROM crm_source;
    ANALYZE crm_hand;
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': crm_dashboard, all grains',
        'crm_dashboard_by_grain', 'crm_by_hand', '{grain,period_start}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': agent_performance',
        'agent_performance', 'agent_by_hand', '{period_start,agent_id}');
END;
$$;

SELECT * FROM pg_temp.compare_all('as loaded');

UPDATE given SET zone = 'Asia/Tokyo', week_start = 7, default_calendar = '';
UPDATE agent SET calendar_id = NULL WHERE agent_id = 'AT001';
UPDATE agent SET calendar_id = 'nowhere' WHERE agent_id = 'AT002';
UPDATE agent SET team = NULL WHERE agent_id = 'AT003';
SELECT * FROM pg_temp.compare_all('in Tokyo, weeks from Sunday, without a default calendar');

-- A moment in the past: what came later is not known yet.
UPDATE given SET zone = 'America/New_York', as_of = '2025-06-15 12:00-04', week_start = 1,
    default_calendar = 'support';
SELECT * FROM pg_temp.compare_all('as of June 2025');

-- ---------------------------------------------------------------------------
-- Months, grains, sessions
-- ---------------------------------------------------------------------------

UPDATE setting SET value = '2025-12-20 17:00-05' WHERE name = 'as_of';
SELECT * FROM pg_temp.same('crm_dashboard');

UPDATE setting SET value = '7' WHERE name = 'first_day_of_week';
SELECT results_eq($$ SELECT min(period_start), max(period_start) FROM crm_dashboard('week', '2025-02-05',
    '2025-03-10') $$,
    $$ VALUES (date '2025-02-02', date '2025-03-09') $$, 'weeks from Sunday');
UPDATE setting SET value = '1' WHERE name = 'first_day_of_week';

-- A day that shifts with the zone of whoever asks: the session must not matter.
CREATE FUNCTION pg_temp.sales() RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.everything('crm_dashboard_by_grain', 'agent_performance')
$$;
CREATE TEMP TABLE seen AS SELECT pg_temp.sales() AS sales;
SET LOCAL timezone = 'Asia/Kathmandu';
SELECT is(pg_temp.sales(), seen.sales, 'the same from a session in Nepal') FROM seen;
SET LOCAL timezone = 'America/New_York';
SELECT is(pg_temp.sales(), seen.sales, 'the same from a session with summer time') FROM seen;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'SQL, DMY';
SET LOCAL intervalstyle = 'sql_standard';
SET LOCAL extra_float_digits = 0;
SELECT is(pg_temp.sales(), seen.sales, 'the same under other output styles') FROM seen;

SELECT * FROM finish();
ROLLBACK;
\o /dev/null
SELECT crmkpi.drop_mart('mart_values_sales', true);
