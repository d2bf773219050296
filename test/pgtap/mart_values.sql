-- Every column of the dashboards on the sample company, against plain SQL that is written from the definitions of the
-- KPIs and calls nothing of crmkpi. Medians and 90th percentiles may be 1 % off, all else is exact.

SET client_min_messages = warning;
SET timezone = 'UTC';
DROP SCHEMA IF EXISTS mart_values CASCADE;
\o /dev/null
SELECT crmkpi.create_mart('mart_values');
\set mart mart_values
\set factor 1
\ir ../../examples/sample/sample.sql
\o

BEGIN;
SELECT no_plan();
SET LOCAL jit = off;
SET LOCAL search_path = mart_values, public, pg_temp;

-- ---------------------------------------------------------------------------
-- What happened, one row per countable fact
-- ---------------------------------------------------------------------------

CREATE TEMP TABLE given AS
SELECT 'America/New_York' AS zone, timestamptz '2025-12-20 17:00-05' AS as_of, 1 AS week_start;

-- A ticket's history as a word of o (not solved) and S (solved or closed), in the order of its events.
CREATE TEMP VIEW ticket_source AS
WITH history AS (
    SELECT e.entity_id,
        string_agg(CASE WHEN s.category IN ('solved', 'closed') THEN 'S' ELSE 'o' END, ''
            ORDER BY e.changed_at, e.seq) AS word,
        array_agg(e.changed_at ORDER BY e.changed_at, e.seq) AS times
    FROM given, status_event e
    JOIN status s USING (entity, status)
    WHERE e.entity = 'ticket' AND e.changed_at <= given.as_of
    GROUP BY e.entity_id
), human_reply AS NOT MATERIALIZED (
    SELECT m.*
    FROM given, ticket_message m
    WHERE m.author = 'agent' AND m.public AND m.occurred_at <= given.as_of
        AND NOT EXISTS (SELECT FROM agent a WHERE a.agent_id = m.agent_id AND NOT a.human)
)
SELECT t.ticket_id, t.opened_at, t.customer_id, t.agent_id, t.kind, t.handling_seconds,
    CASE WHEN word IS NULL THEN t.resolved_at
         WHEN word LIKE '%S' THEN times[length(rtrim(word, 'S')) + 1] END AS solved_at,
    CASE WHEN word IS NULL THEN t.reopened ELSE length(word) - length(replace(word, 'So', 'S')) END AS reopened,
    (SELECT min(occurred_at) FROM human_reply r WHERE r.ticket_id = t.ticket_id AND r.occurred_at >= t.opened_at)
        AS replied_at,
    (SELECT count(*) FROM human_reply r WHERE r.ticket_id = t.ticket_id AND r.occurred_at >= t.opened_at) AS contacts
FROM given, ticket t
LEFT JOIN history h ON h.entity_id = t.ticket_id
WHERE t.opened_at <= given.as_of;

-- A lead's touches by people.
CREATE TEMP VIEW lead_source AS
SELECT l.*, touch.first_at, EXISTS (
        SELECT FROM activity a
        WHERE a.lead_id = l.lead_id AND a.direction = 'out' AND a.completed AND NOT a.automated AND a.kind <> 'task'
            AND a.occurred_at > touch.first_at AND a.occurred_at <= given.as_of) AS followed_up
FROM given, lead l
LEFT JOIN LATERAL (
    SELECT min(a.occurred_at) AS first_at
    FROM given, activity a
    WHERE a.lead_id = l.lead_id AND a.direction = 'out' AND a.completed AND NOT a.automated AND a.kind <> 'task'
        AND a.occurred_at >= l.created_at AND a.occurred_at <= given.as_of
) touch ON true
WHERE l.created_at <= given.as_of;

CREATE TEMP TABLE known_ticket AS SELECT * FROM ticket_source WITH NO DATA;
CREATE TEMP TABLE known_lead AS SELECT * FROM lead_source WITH NO DATA;

CREATE TEMP VIEW fact_source AS
WITH happened (kpi, at, who, hit, n, word, id) AS (
    SELECT 'opened', opened_at, agent_id, NULL::boolean, NULL::numeric, NULL::text, ticket_id FROM known_ticket
    UNION ALL
    SELECT 'replied', opened_at, agent_id, NULL, extract(epoch FROM replied_at - opened_at), NULL, ticket_id
    FROM known_ticket WHERE replied_at IS NOT NULL
    UNION ALL
    SELECT 'complaint', opened_at, agent_id, solved_at IS NOT NULL AND reopened = 0, NULL, NULL, ticket_id
    FROM known_ticket WHERE kind = 'complaint'
    UNION ALL
    SELECT 'complaint mature', opened_at, agent_id, opened_at + interval '7 days' <= as_of, NULL, NULL, ticket_id
    FROM known_ticket, given WHERE kind = 'complaint'
    UNION ALL
    SELECT 'solved', solved_at, agent_id, NULL, extract(epoch FROM solved_at - opened_at), NULL, ticket_id
    FROM known_ticket WHERE solved_at IS NOT NULL
    UNION ALL
    SELECT 'handled', solved_at, agent_id, NULL, handling_seconds, NULL, ticket_id
    FROM known_ticket WHERE solved_at IS NOT NULL AND handling_seconds IS NOT NULL
    UNION ALL
    SELECT 'reopened', solved_at, agent_id, reopened > 0, NULL, NULL, ticket_id
    FROM known_ticket WHERE solved_at IS NOT NULL AND reopened IS NOT NULL
    UNION ALL
    SELECT 'fcr', solved_at, agent_id, contacts = 1 AND reopened = 0 AND NOT EXISTS (
            SELECT FROM ticket n
            WHERE n.customer_id = t.customer_id AND n.opened_at > t.solved_at
                AND n.opened_at <= t.solved_at + interval '7 days'), NULL, NULL, ticket_id
    FROM known_ticket t, given WHERE contacts > 0 AND solved_at + interval '7 days' <= as_of
    UNION ALL
    SELECT 'csat', answered_at, agent_id, score >= 4, NULL, NULL, survey_id
    FROM survey, given WHERE kind = 'csat' AND score IS NOT NULL AND answered_at <= as_of
    UNION ALL
    SELECT 'csat sent', sent_at, agent_id, score IS NOT NULL AND answered_at <= as_of, NULL, NULL, survey_id
    FROM survey, given WHERE kind = 'csat' AND sent_at <= as_of
    UNION ALL
    SELECT 'nps', answered_at, customer_id, NULL, score, NULL, survey_id
    FROM survey, given WHERE kind = 'nps' AND score IS NOT NULL AND answered_at <= as_of
    UNION ALL
    SELECT 'check', checked_at, agent_id, passed, weight, NULL, check_id
    FROM process_check, given WHERE checked_at <= as_of
    UNION ALL
    SELECT 'lead', created_at, owner_id,
        converted_at <= created_at + interval '90 days' AND converted_at <= as_of, NULL, NULL, lead_id
    FROM known_lead, given
    UNION ALL
    SELECT 'answered', created_at, owner_id, followed_up, extract(epoch FROM first_at - created_at), NULL, lead_id
    FROM known_lead WHERE first_at IS NOT NULL
    UNION ALL
    SELECT 'golden', created_at, owner_id, coalesce(first_at <= created_at + interval '5 minutes', false), NULL,
        NULL, lead_id
    FROM known_lead, given WHERE created_at + interval '5 minutes' <= as_of
    UNION ALL
    SELECT CASE WHEN automated THEN 'machine' ELSE 'activity' END, occurred_at, agent_id, NULL, NULL,
        kind || ' ' || direction, activity_id
    FROM activity, given WHERE completed AND occurred_at <= as_of
    UNION ALL
    SELECT 'closed', closed_at, owner_id, outcome = 'won', CASE WHEN outcome = 'won' THEN amount END, NULL,
        opportunity_id
    FROM opportunity, given WHERE outcome <> 'open' AND closed_at <= as_of
    UNION ALL
    SELECT 'annual', closed_at, owner_id, NULL, amount / (contract_months / 12.0), NULL, opportunity_id
    FROM opportunity, given WHERE outcome = 'won' AND closed_at <= as_of AND contract_months IS NOT NULL
    UNION ALL
    SELECT 'cycle', closed_at, owner_id, NULL, extract(epoch FROM closed_at - created_at), NULL, opportunity_id
    FROM opportunity, given WHERE outcome = 'won' AND closed_at <= as_of
)
SELECT kpi, (at AT TIME ZONE zone)::date AS day, at, who, hit, n, word, id
FROM happened, given;

CREATE TEMP TABLE fact AS SELECT * FROM fact_source WITH NO DATA;
CREATE TEMP VIEW period_fact AS
SELECT grain, CASE WHEN grain = 'week' THEN day - (extract(isodow FROM day)::integer - week_start + 7) % 7
    ELSE date_trunc(grain, day::timestamp)::date END AS period_start, f.*
FROM fact f, given, unnest('{day,week,month,quarter,year}'::text[]) AS grain;

CREATE FUNCTION pg_temp.later(period_start date, grain text, periods integer) RETURNS date LANGUAGE sql AS $$
    SELECT (period_start + periods * CASE grain WHEN 'day' THEN interval '1 day' WHEN 'week' THEN interval '7 days'
        WHEN 'month' THEN interval '1 month' WHEN 'quarter' THEN interval '3 months' ELSE interval '1 year' END)::date
$$;
-- A ratio as the dashboards show it.
CREATE FUNCTION pg_temp.share(part numeric, whole numeric) RETURNS numeric LANGUAGE sql AS $$
    SELECT round(part / nullif(whole, 0), 6)
$$;

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

CREATE TEMP VIEW service_source AS
SELECT grain, period_start,
    pg_temp.later(period_start, grain, 1) <= (SELECT (as_of AT TIME ZONE zone)::date FROM given) AS is_complete,
    count(*) FILTER (WHERE kpi = 'opened') AS opened,
    count(*) FILTER (WHERE kpi = 'solved') AS solved,
    count(*) FILTER (WHERE kpi = 'solved' AND who IS NOT NULL) AS solved_by_agents,
    round(count(*) FILTER (WHERE kpi = 'solved' AND who IS NOT NULL)::numeric
        / nullif(count(DISTINCT day || who) FILTER (WHERE kpi = 'solved'), 0), 2) AS solved_per_agent_day,
    count(DISTINCT day || who) FILTER (WHERE kpi = 'solved') AS agent_days,
    round(avg(n) FILTER (WHERE kpi = 'solved') / 3600, 2) AS art_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'solved') / 3600 AS art_median_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'solved') / 3600 AS art_p90_hours,
    count(*) FILTER (WHERE kpi = 'solved') AS art_tickets,
    round(avg(n) FILTER (WHERE kpi = 'replied') / 3600, 2) AS response_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'replied') / 3600 AS response_median_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'replied') / 3600 AS response_p90_hours,
    count(*) FILTER (WHERE kpi = 'replied') AS responded,
    round(avg(n) FILTER (WHERE kpi = 'handled'), 2) AS aht_seconds,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'handled') AS aht_median_seconds,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY n) FILTER (WHERE kpi = 'handled') AS aht_p90_seconds,
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

CREATE TEMP VIEW agent_by_hand AS
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
    AND kpi IN ('solved', 'handled', 'fcr', 'reopened', 'csat', 'check', 'activity', 'lead', 'answered', 'closed',
        'cycle')
GROUP BY period_start, who;

CREATE TEMP TABLE service_hand AS SELECT * FROM service_source WITH NO DATA;
CREATE TEMP TABLE crm_hand AS SELECT * FROM crm_source WITH NO DATA;

CREATE TEMP VIEW service_by_hand AS
SELECT p.*, b.opened AS opened_previous, b.solved AS solved_previous, b.art_hours AS art_hours_previous,
    b.response_hours AS response_hours_previous, b.fcr_ratio AS fcr_ratio_previous,
    b.csat_ratio AS csat_ratio_previous, b.nps AS nps_previous
FROM service_hand p
LEFT JOIN service_hand b ON b.grain = p.grain AND b.period_start = pg_temp.later(p.period_start, p.grain, -1);

CREATE TEMP VIEW crm_by_hand AS
SELECT p.*, b.leads AS leads_previous, b.response_hours AS response_hours_previous,
    b.golden_ratio AS golden_ratio_previous, b.conversion_ratio AS conversion_ratio_previous,
    b.activities AS activities_previous, b.close_ratio AS close_ratio_previous, b.won_amount AS won_amount_previous,
    b.contract_value AS contract_value_previous, b.cycle_hours AS cycle_hours_previous
FROM crm_hand p
LEFT JOIN crm_hand b ON b.grain = p.grain AND b.period_start = pg_temp.later(p.period_start, p.grain, -1);

-- ---------------------------------------------------------------------------
-- One test per column, over all its rows
-- ---------------------------------------------------------------------------

CREATE FUNCTION pg_temp.compare(title text, seen text, expected text, key text[]) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    seen_rows integer;
    wrong record;
BEGIN
    EXECUTE format($sql$
        CREATE TEMP TABLE side_by_side AS
        WITH seen AS (
            SELECT concat_ws(' ', %1$s) AS at, f.key AS col, f.value FROM %2$s x, jsonb_each(to_jsonb(x)) f
        ), expected AS (
            SELECT concat_ws(' ', %1$s) AS at, f.key AS col, f.value FROM %3$s x, jsonb_each(to_jsonb(x)) f
        )
        SELECT at, col, seen.value AS seen, expected.value AS expected
        FROM seen FULL JOIN expected USING (at, col)$sql$, array_to_string(key, ', '), seen, expected);
    EXECUTE format('SELECT count(*) FROM %s', seen) INTO seen_rows;
    RETURN NEXT is(
        (SELECT array_agg(DISTINCT at) FROM side_by_side s WHERE s.seen IS NULL OR s.expected IS NULL), NULL,
        format('%s: the same %s rows and columns', title, seen_rows));
    FOR wrong IN
        SELECT col, string_agg(format('%s: seen %s, expected %s', at, s.seen, s.expected), '; ')
            FILTER (WHERE CASE
                WHEN col ~ '_(median|p90)_(hours|seconds)$' AND s.seen <> 'null' AND s.expected <> 'null' THEN
                    abs(s.seen::numeric - s.expected::numeric) > 0.01 * s.expected::numeric + 0.005
                ELSE s.seen IS DISTINCT FROM s.expected END) AS cells
        FROM side_by_side s WHERE col <> ALL (key) GROUP BY col ORDER BY col
    LOOP
        RETURN NEXT is(left(wrong.cells, 500), NULL, format('%s: %s', title, wrong.col));
    END LOOP;
    RETURN NEXT is(
        (SELECT array_agg(col ORDER BY col) FROM (
            SELECT col FROM side_by_side s GROUP BY col HAVING count(DISTINCT s.expected) = 1) constant), NULL,
        title || ': no column is the same in all rows, so that a test of it could not fail');
    DROP TABLE side_by_side;
END;
$$;

-- All dashboards under the settings in "given", which are made those of the mart.
CREATE FUNCTION pg_temp.compare_all(title text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE setting SET value = (SELECT given.zone FROM given) WHERE name = 'zone';
    UPDATE setting SET value = (SELECT given.as_of::text FROM given) WHERE name = 'as_of';
    UPDATE setting SET value = (SELECT given.week_start::text FROM given) WHERE name = 'first_day_of_week';
    TRUNCATE known_ticket, known_lead, fact, service_hand, crm_hand;
    INSERT INTO known_ticket SELECT * FROM ticket_source;
    INSERT INTO known_lead SELECT * FROM lead_source;
    ANALYZE known_ticket, known_lead;
    INSERT INTO fact SELECT * FROM fact_source;
    ANALYZE fact;
    INSERT INTO service_hand SELECT * FROM service_source;
    INSERT INTO crm_hand SELECT * FROM crm_source;
    ANALYZE service_hand, crm_hand;
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': service_dashboard, all grains',
        'service_dashboard_by_grain', 'service_by_hand', '{grain,period_start}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': crm_dashboard, all grains',
        'crm_dashboard_by_grain', 'crm_by_hand', '{grain,period_start}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': agent_performance',
        'agent_performance', 'agent_by_hand', '{period_start,agent_id}');
END;
$$;

SELECT * FROM pg_temp.compare_all('as loaded');

UPDATE given SET zone = 'Asia/Tokyo', week_start = 7;
SELECT * FROM pg_temp.compare_all('in Tokyo, weeks from Sunday');

-- A moment in the past: what came later is not known yet.
UPDATE given SET zone = 'America/New_York', as_of = '2025-06-15 12:00-04', week_start = 1;
SELECT * FROM pg_temp.compare_all('as of June 2025');

-- ---------------------------------------------------------------------------
-- The months, and any grain, are those of the views above
-- ---------------------------------------------------------------------------

UPDATE setting SET value = '2025-12-20 17:00-05' WHERE name = 'as_of';

CREATE FUNCTION pg_temp.same(name text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    g text;
BEGIN
    RETURN NEXT set_eq(format('SELECT to_jsonb(x) FROM %I x', name),
        format($sql$ SELECT to_jsonb(x) - 'grain' FROM %I x WHERE grain = 'month' $sql$, name || '_by_grain'),
        name || ': the view is by month');
    FOREACH g IN ARRAY '{day,week,month,quarter,year}'::text[] LOOP
        RETURN NEXT results_eq(format('SELECT to_jsonb(x) FROM %I(%L) x', name, g),
            format('SELECT to_jsonb(x) FROM %I x WHERE grain = %L ORDER BY period_start', name || '_by_grain', g),
            format('%s(%L)', name, g));
    END LOOP;
    -- 2025-02-05 is a Wednesday, 2025-03-10 a Monday
    RETURN NEXT results_eq(
        format($sql$ SELECT min(period_start), max(period_start) FROM %I('week', '2025-02-05', '2025-03-10') $sql$,
        name),
        $sql$ VALUES (date '2025-02-03', date '2025-03-10') $sql$,
        name || '(week, from, to): the weeks that hold any of the days');
    RETURN NEXT results_eq(
        format($sql$ SELECT min(period_start), max(period_start) FROM %I('month', from_day => '2025-11-30') $sql$,
        name),
        $sql$ VALUES (date '2025-11-01', date '2025-12-01') $sql$, name || '(month, from): open at the end');
    RETURN NEXT results_eq(
        format($sql$ SELECT min(period_start), max(period_start) FROM %I('quarter', to_day => '2024-12-31') $sql$,
        name),
        $sql$ VALUES (date '2024-01-01', date '2024-10-01') $sql$, name || '(quarter, NULL, to): open at the start');
    RETURN NEXT results_eq(
        format($sql$ SELECT period_start FROM %I('day', '2025-03-09', '2025-03-10') $sql$, name),
        $sql$ VALUES (date '2025-03-09'), (date '2025-03-10') $sql$, name || '(day, from, to): both days');
    RETURN NEXT is_empty(format($sql$ SELECT * FROM %I('year', '2030-01-01') $sql$, name),
        name || ' of a future year');
    RETURN NEXT is_empty(format($sql$ SELECT * FROM %I(NULL) $sql$, name), name || ' of no grain');
    RETURN NEXT throws_ok(format($sql$ SELECT * FROM %I('fortnight') $sql$, name), '22023', NULL,
        name || ' of an unknown grain');
    RETURN NEXT throws_ok(format($sql$ SELECT * FROM %I('fortnight', '2030-01-01') $sql$, name), '22023', NULL,
        name || ' of an unknown grain, without rows');
END;
$$;
SELECT * FROM pg_temp.same('service_dashboard');
SELECT * FROM pg_temp.same('crm_dashboard');

UPDATE setting SET value = '7' WHERE name = 'first_day_of_week';
SELECT results_eq($$ SELECT min(period_start), max(period_start) FROM crm_dashboard('week', '2025-02-05',
    '2025-03-10') $$,
    $$ VALUES (date '2025-02-02', date '2025-03-09') $$, 'weeks from Sunday');
UPDATE setting SET value = '1' WHERE name = 'first_day_of_week';

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
CREATE FUNCTION pg_temp.everything() RETURNS text LANGUAGE sql AS $$
    SELECT md5(concat(
        (SELECT string_agg(to_jsonb(x)::text, ' ' ORDER BY x.grain, x.period_start)
        FROM service_dashboard_by_grain x),
        (SELECT string_agg(to_jsonb(x)::text, ' ' ORDER BY x.grain, x.period_start) FROM crm_dashboard_by_grain x),
        (SELECT string_agg(to_jsonb(x)::text, ' ' ORDER BY x.period_start, x.agent_id) FROM agent_performance x)))
$$;
CREATE TEMP TABLE seen AS SELECT pg_temp.everything() AS everything;
SET LOCAL timezone = 'Asia/Kathmandu';
SELECT is(pg_temp.everything(), seen.everything, 'the same from a session in Nepal') FROM seen;
SET LOCAL timezone = 'America/New_York';
SELECT is(pg_temp.everything(), seen.everything, 'the same from a session with summer time') FROM seen;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'SQL, DMY';
SET LOCAL intervalstyle = 'sql_standard';
SET LOCAL extra_float_digits = 0;
SELECT is(pg_temp.everything(), seen.everything, 'the same under other output styles') FROM seen;

SELECT * FROM finish();
ROLLBACK;
\o /dev/null
SELECT crmkpi.drop_mart('mart_values', true);
