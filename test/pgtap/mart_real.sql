-- The dashboards on real data, mapped as in examples/real, against plain SQL on the tables as they came.
-- The data are not part of the project: the environment variable CRMKPI_DATA names the directory that holds
-- sales_pipeline, incidents and leads_funnel. Without them everything here is skipped.

\set data `cd "${CRMKPI_DATA:-../shared/data}" 2>/dev/null && pwd`
\setenv DATA :data
\set has_data `cd "$DATA" && [ -d sales_pipeline -a -d incidents -a -d leads_funnel ] && echo true || echo false`

BEGIN;
SELECT plan(64);
\if :has_data
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL jit = off;
\o /dev/null
\ir ../../examples/real/sales_pipeline.sql
\ir ../../examples/real/incidents.sql
\ir ../../examples/real/leads_funnel.sql
SELECT crmkpi.create_mart('crm') AS created \gset
\ir ../../examples/real/shared.sql
ANALYZE;
\o
SET LOCAL search_path = crm, public, pg_temp;

SELECT matches(:'created'::text,
    '19 tables made, 5 entities mapped \(lead, opportunity, sale, status_event, ticket\)', 'the mappings are used');
SELECT is(value::timestamptz, timestamptz '2018-11-15', 'now is the midnight after the last thing that happened')
FROM setting WHERE name = 'as_of';

-- Sales: 8,800 opportunities, of which 6,711 are closed
SELECT results_eq('SELECT sum(won), sum(closed), round(sum(won) / sum(closed), 6) FROM crm_dashboard',
    'VALUES (4238::numeric, 6711::numeric, 0.631501)', 'win rate: 4,238 of 6,711');
SELECT results_eq('SELECT period_start, won, closed, close_ratio, won_amount, contract_value FROM crm_dashboard
    WHERE closed > 0 ORDER BY 1',
    $$ SELECT date_trunc('month', close_date)::date, count(*) FILTER (WHERE deal_stage = 'Won'), count(*),
           round(count(*) FILTER (WHERE deal_stage = 'Won')::numeric / count(*), 6), sum(close_value),
           round(avg(close_value) FILTER (WHERE deal_stage = 'Won'), 4)
       FROM raw.deal WHERE deal_stage IN ('Won', 'Lost') GROUP BY 1 ORDER BY 1 $$,
    'win rate, amount and contract value of every month');
SELECT is(won_amount, 10005534.0000, 'the amounts won add up') FROM crm_dashboard('year')
    WHERE period_start = '2017-01-01';
SELECT results_eq('SELECT period_start, cycle_hours FROM crm_dashboard WHERE won > 0 ORDER BY 1',
    $$ SELECT date_trunc('month', close_date)::date, round(24 * avg(close_date - engage_date), 2)
       FROM raw.deal WHERE deal_stage = 'Won' GROUP BY 1 ORDER BY 1 $$, 'sales cycle of every month');
SELECT is(round(extract(epoch FROM crmkpi.mean(crmkpi.rollup(cycle))) / 86400, 2), 51.78, 'mean cycle: 51.78 days')
FROM daily_opportunity_closed;
SELECT ok(abs(extract(epoch FROM crmkpi.median(crmkpi.rollup(cycle))) / 86400 - 57) <= 0.57,
    'median cycle: 57 days, within 1 %')
FROM daily_opportunity_closed;
SELECT is(count(*) FILTER (WHERE abs(d.cycle_median_hours - r.median) > 0.01 * r.median + 0.005
        OR abs(d.cycle_p90_hours - r.p90) > 0.01 * r.p90 + 0.005), 0::bigint,
        'median and p90 of every month, within 1 %')
FROM crm_dashboard d
JOIN (SELECT date_trunc('month', close_date)::date AS period_start,
          24 * percentile_cont(0.5) WITHIN GROUP (ORDER BY close_date - engage_date) AS median,
          24 * percentile_cont(0.9) WITHIN GROUP (ORDER BY close_date - engage_date) AS p90
      FROM raw.deal WHERE deal_stage = 'Won' GROUP BY 1) r USING (period_start);
SELECT results_eq($$ SELECT agent_id, agent_name, team, sum(won), sum(closed), sum(won_amount) FROM agent_performance
       WHERE closed > 0 GROUP BY 1, 2, 3 ORDER BY agent_id COLLATE "C" $$,
    $$ SELECT sales_agent, sales_agent, regional_office, count(*) FILTER (WHERE deal_stage = 'Won')::numeric,
        count(*)::numeric,
           sum(close_value)
       FROM raw.deal JOIN raw.sales_team USING (sales_agent)
       WHERE close_date IS NOT NULL GROUP BY 1, 2, 3 ORDER BY sales_agent COLLATE "C" $$,
    'won, closed and amount of every agent');
SELECT results_eq('SELECT count(DISTINCT agent_id) FROM agent_performance WHERE closed > 0', 'VALUES (30::bigint)',
    'the agents with deals are 30 of 35');

-- The pipeline: 1,589 of the open deals have a date of beginning, 500 prospects have none
SELECT results_eq('SELECT period_start, created, won, lost, open_items FROM opportunity_dashboard ORDER BY 1',
    $$ SELECT month::date, count(*) FILTER (WHERE date_trunc('month', engage_date) = month),
           count(*) FILTER (WHERE date_trunc('month', close_date) = month AND deal_stage = 'Won'),
           count(*) FILTER (WHERE date_trunc('month', close_date) = month AND deal_stage = 'Lost'),
           count(*) FILTER (WHERE engage_date < month + interval '1 month'
               AND (close_date IS NULL OR close_date >= month + interval '1 month'))
       FROM generate_series(timestamp '2016-10-01', '2018-11-01', '1 month') AS month, raw.deal GROUP BY 1 ORDER BY 1 $$,
    'new, won, lost and open deals of every month, to the last without gaps');
SELECT results_eq('SELECT period_start, cohort_won, cohort_total, decided FROM opportunity_dashboard WHERE created > 0 ORDER BY 1',
    $$ SELECT date_trunc('month', engage_date)::date, count(*) FILTER (WHERE deal_stage = 'Won' AND close_date <= engage_date + 90),
           count(*), count(close_date)
       FROM raw.deal WHERE engage_date IS NOT NULL GROUP BY 1 ORDER BY 1 $$, 'deals won within 90 days, of those begun in every month');
SELECT results_eq($$ SELECT velocity_amount, velocity_win_ratio, velocity_won_value, velocity_cycle_hours, open_items
        FROM opportunity_dashboard WHERE period_start = '2017-12-01' $$,
    $$ SELECT round(1589 * (won / closed) * amount / cycle, 4), round(won / closed, 6), round(amount, 4), round(24 * cycle, 2), 1589::bigint
       FROM (SELECT count(*) FILTER (WHERE deal_stage = 'Won')::numeric AS won, count(*) AS closed,
                 avg(close_value) FILTER (WHERE deal_stage = 'Won') AS amount, avg(close_date - engage_date) FILTER (WHERE deal_stage = 'Won') AS cycle
             FROM raw.deal WHERE close_date BETWEEN '2017-10-03' AND '2017-12-31') AS d $$, 'sales velocity of the last 90 days of 2017');
SELECT results_eq('SELECT count(amount_win_ratio), count(weighted_amount) FROM opportunity_dashboard WHERE lost > 0', 'VALUES (0::bigint, 0::bigint)',
    'no deal was lost with an amount, and none has a chance: there is no rate and no weight of them');
SELECT results_eq('SELECT entity, stage, items, items_now, stay_hours FROM stage_duration',
    $$ VALUES ('opportunity', 'Engaging', 0::bigint, 1589::bigint, NULL::numeric) $$, 'of stages only the present one is known');
SELECT results_eq('SELECT count(*), count(DISTINCT owner_id), count(is_stuck) FROM open_opportunity',
    $$ SELECT count(*), count(DISTINCT sales_agent), 0::bigint FROM raw.deal WHERE deal_stage = 'Engaging' $$, 'they are listed');
SELECT results_eq('SELECT count(*), min(learned_from), max(learned_from), count(*) FILTER (WHERE score_source = ''learned'') FROM opportunity_score',
    'SELECT 1589::bigint, count(*), count(*), 1589::bigint FROM raw.deal WHERE close_date > engage_date', 'and scored, from all that were closed');
SELECT results_eq('SELECT sum(items), sum(won) FROM score_calibration',
    $$ SELECT count(*)::numeric, (count(*) FILTER (WHERE deal_stage = 'Won'))::numeric
       FROM (SELECT *, row_number() OVER (ORDER BY close_date, opportunity_id COLLATE "C") AS n, count(*) OVER () AS items
             FROM raw.deal WHERE close_date > engage_date) AS d WHERE n > 0.7 * items $$, 'the newer three tenths are asked');
SELECT ok(max(auc) BETWEEN 0.45 AND 0.75 AND bool_and(abs(predicted_ratio - won_ratio) < 0.2),
    'which are told apart a little, and predicted about right') FROM score_calibration;

-- Service: 24,918 incidents, 141,712 changes of status
SELECT results_eq('SELECT sum(opened) FROM service_dashboard', 'VALUES (24918::numeric)',
    '24,918 tickets were opened');
SELECT results_eq('SELECT period_start, opened FROM service_dashboard WHERE opened > 0 ORDER BY 1',
    $$ SELECT date_trunc('month', opened_at)::date, count(*) FROM raw.incident GROUP BY 1 ORDER BY 1 $$,
        'in these months');
-- The statuses of each ticket as they were known at a moment; a ticket without any was active until resolved_at.
CREATE FUNCTION pg_temp.visits(as_of timestamp) RETURNS TABLE (number text, status text, agent text,
    start_at timestamp, end_at timestamp, is_done boolean, was_done boolean, is_last boolean) LANGUAGE sql AS $$
    WITH change AS (
        SELECT s.number, i.opened_at, greatest(s.changed_at, i.opened_at) AS at, s.seq, s.state AS status, s.agent
        FROM raw.incident_status s JOIN raw.incident i USING (number)
        WHERE s.state <> '-100' AND greatest(s.changed_at, i.opened_at) <= as_of
    ), whole AS (
        SELECT number, at, seq, status, agent FROM change
        UNION ALL
        -- the first row is missing where it comes after the opening
        SELECT number, opened_at, -1, 'New', NULL FROM change GROUP BY number, opened_at HAVING min(at) > opened_at
        UNION ALL
        SELECT number, at, n, CASE n WHEN -1 THEN 'Active' ELSE 'Resolved' END, NULL
        FROM raw.incident i, LATERAL (VALUES (i.opened_at, -1), (i.resolved_at, 0)) v (at, n)
        WHERE at <= as_of AND number NOT IN (SELECT number FROM change)
    )
    SELECT number, status, agent, at, lead(at) OVER w, status IN ('Resolved', 'Closed'),
        lag(status IN ('Resolved', 'Closed')) OVER w, lead(at) OVER w IS NULL
    FROM whole
    WINDOW w AS (PARTITION BY number ORDER BY at, seq)
$$;
-- Seconds from Monday to Friday, from 8 to 18.
CREATE FUNCTION pg_temp.office_seconds(from_at timestamp, to_at timestamp) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(sum(extract(epoch FROM least(to_at, day + interval '18 hours') - greatest(from_at,
        day + interval '8 hours'))), 0)
    FROM generate_series(date_trunc('day', from_at), to_at, '1 day') AS day
    WHERE extract(isodow FROM day) <= 5 AND least(to_at, day + interval '18 hours') > greatest(from_at,
        day + interval '8 hours')
$$;
CREATE TEMP TABLE visit AS SELECT * FROM pg_temp.visits('2018-11-15');
CREATE TEMP TABLE solved AS
SELECT t.*, i.opened_at, pg_temp.office_seconds(i.opened_at, solved_at) AS office_seconds,
    CASE i.priority WHEN '1 - Critical' THEN 4 WHEN '2 - High' THEN 8 ELSE 40 END * 3600 AS promise
FROM raw.incident i
JOIN (
    SELECT number, min(start_at) FILTER (WHERE is_done) AS first_solved_at,
        CASE WHEN bool_or(is_done AND is_last) THEN max(start_at) FILTER (WHERE is_done AND was_done IS NOT TRUE) END
            AS solved_at,
        count(*) FILTER (WHERE was_done AND NOT is_done) AS reopened,
        coalesce(sum(extract(epoch FROM end_at - start_at)) FILTER (WHERE status IN ('New', 'Active')), 0)
            AS active_seconds,
        coalesce(sum(pg_temp.office_seconds(start_at, end_at)) FILTER (WHERE status IN ('New', 'Active')), 0)
            AS active_office_seconds
    FROM visit GROUP BY number
) t USING (number);
CREATE TEMP TABLE facts AS SELECT * FROM ticket_facts;
SELECT results_eq('SELECT count(*), count(solved_at), count(*) FILTER (WHERE reopened > 0), sum(reopened) FROM facts',
    'SELECT count(*), count(solved_at), count(*) FILTER (WHERE reopened > 0), sum(reopened) FROM solved',
    'tickets, solves and reopens of all changes of status');
SELECT results_eq('SELECT sum(opened), sum(solved), sum(reopened), sum(art_tickets) FROM service_dashboard',
    'SELECT count(*)::numeric, count(solved_at)::numeric, count(solved_at) FILTER (WHERE reopened > 0)::numeric,
         count(solved_at)::numeric FROM solved', 'and of the dashboard');
SELECT results_eq('SELECT period_start, reopens FROM service_dashboard WHERE reopens > 0 ORDER BY 1',
    -- a reopen that is undone in the same minute is none
    $$ SELECT date_trunc('month', lower(stay))::date, count(*)
       FROM raw.incident i
       JOIN (SELECT number, unnest(range_agg(tsrange(start_at, coalesce(end_at, 'infinity')))) AS stay
             FROM visit WHERE NOT is_done GROUP BY number) v USING (number)
       WHERE lower(stay) > i.opened_at GROUP BY 1 ORDER BY 1 $$, 'reopens of every month, by their own time');
SELECT cmp_ok(count(solved_at), '>', 24000::bigint, 'nearly all are solved') FROM solved;
SELECT cmp_ok(count(*), '>', 100::bigint, 'and some were reopened') FROM solved WHERE reopened > 0;
SELECT is(count(*) FILTER (WHERE (f.first_solved_at, f.solved_at, f.reopened) IS DISTINCT FROM
        (s.first_solved_at AT TIME ZONE 'UTC', s.solved_at AT TIME ZONE 'UTC', s.reopened)), 0::bigint,
    'first solve, last solve and reopens of every ticket')
FROM facts f JOIN solved s ON s.number = f.ticket_id;
SELECT is(count(*) FILTER (WHERE extract(epoch FROM f.resolution_business_time) IS DISTINCT FROM s.office_seconds),
    0::bigint, 'office hours of every ticket')
FROM facts f JOIN solved s ON s.number = f.ticket_id WHERE s.solved_at IS NOT NULL;
SELECT is(count(*) FILTER (WHERE extract(epoch FROM f.active_time) IS DISTINCT FROM s.active_seconds), 0::bigint,
    'time without waiting of every ticket')
FROM facts f JOIN solved s ON s.number = f.ticket_id WHERE s.solved_at IS NOT NULL;
SELECT is(count(*) FILTER (WHERE extract(epoch FROM f.active_business_time) IS DISTINCT FROM s.active_office_seconds),
    0::bigint, 'office hours without waiting of every ticket')
FROM facts f JOIN solved s ON s.number = f.ticket_id WHERE s.solved_at IS NOT NULL;
SELECT unnest(ARRAY[is(round(extract(epoch FROM crmkpi.mean(s)), 6), round(mean, 6), 'mean resolution time of all'),
    ok(abs(extract(epoch FROM crmkpi.median(s)) - r.median) <= 0.01 * r.median, 'their median, within 1 %')])
FROM (SELECT crmkpi.rollup(resolution) AS s FROM daily_ticket) d,
    (SELECT avg(extract(epoch FROM solved_at - opened_at)) AS mean,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM solved_at - opened_at)) AS median
     FROM solved) r;
SELECT results_eq('SELECT period_start, solved, art_hours, art_business_hours, art_active_hours,
        art_active_business_hours, first_solve_hours, reopened
    FROM service_dashboard WHERE solved > 0 ORDER BY 1',
    $$ SELECT date_trunc('month', solved_at)::date, count(*),
           round(avg(extract(epoch FROM solved_at - opened_at)) / 3600, 2), round(avg(office_seconds) / 3600, 2),
           round(avg(active_seconds) / 3600, 2), round(avg(active_office_seconds) / 3600, 2),
           round(avg(extract(epoch FROM first_solved_at - opened_at)) / 3600, 2), count(*) FILTER (WHERE reopened > 0)
       FROM solved WHERE solved_at IS NOT NULL GROUP BY 1 ORDER BY 1 $$,
    'solves, their times and reopens of every month');
SELECT is(count(*) FILTER (WHERE abs(d.art_median_hours - r.median) > 0.01 * r.median + 0.005
        OR abs(d.art_p90_hours - r.p90) > 0.01 * r.p90 + 0.005
        OR abs(d.art_business_median_hours - r.office_median) > 0.01 * r.office_median + 0.005), 0::bigint,
        'median and p90 of every month, within 1 %')
FROM service_dashboard d
JOIN (SELECT date_trunc('month', solved_at)::date AS period_start,
          percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM solved_at - opened_at)) / 3600 AS median,
          percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM solved_at - opened_at)) / 3600 AS p90,
          percentile_cont(0.5) WITHIN GROUP (ORDER BY office_seconds) / 3600 AS office_median
      FROM solved GROUP BY 1) r USING (period_start);
-- Promises: those of the critical and of the important, and one for all others
SELECT results_eq('SELECT period_start, sla_met, sla_total, sla_ratio FROM service_dashboard WHERE solved > 0
    ORDER BY 1',
    $$ SELECT date_trunc('month', solved_at)::date, count(*) FILTER (WHERE office_seconds <= promise), count(*),
           round(count(*) FILTER (WHERE office_seconds <= promise)::numeric / count(*), 6)
       FROM solved WHERE solved_at IS NOT NULL GROUP BY 1 ORDER BY 1 $$,
    'promises kept in every month');
SELECT results_eq('SELECT sum(sla_total) FROM service_dashboard',
    $$ SELECT count(*)::numeric FROM solved
       WHERE solved_at IS NOT NULL OR pg_temp.office_seconds(opened_at, '2018-11-15') >= promise $$,
    'of all those solved, and unsolved past due');

-- The queue
SELECT results_eq('SELECT period_start, queue FROM service_dashboard ORDER BY 1',
    $$ SELECT d.period_start, count(DISTINCT number)
       FROM service_dashboard d
       LEFT JOIN visit v ON NOT is_done AND start_at < d.period_start + interval '1 month'
           AND (end_at IS NULL OR end_at >= d.period_start + interval '1 month')
       GROUP BY 1 ORDER BY 1 $$, 'the queue at the end of every month');
SELECT results_eq('SELECT day, sum(entered - left_queue), sum(open_items) FROM backlog_history
    GROUP BY day ORDER BY day',
    $$ SELECT day::date, coalesce(change, 0)::numeric, sum(coalesce(change, 0)) OVER (ORDER BY day)
       FROM generate_series(timestamp '2016-02-29', '2018-11-15', '1 day') day
       LEFT JOIN (
           SELECT start_at::date AS day, sum(CASE WHEN is_done THEN -1 ELSE 1 END) AS change
           FROM visit WHERE is_done IS DISTINCT FROM coalesce(was_done, true) GROUP BY 1
       ) moved USING (day) ORDER BY day $$, 'and of every day');
UPDATE setting SET value = '2016-05-01' WHERE name = 'as_of';
CREATE TEMP TABLE waiting AS
SELECT v.*, pg_temp.office_seconds(i.opened_at, '2016-05-01') AS office_seconds,
    CASE i.priority WHEN '1 - Critical' THEN 4 WHEN '2 - High' THEN 8 ELSE 40 END * 3600 AS promise,
    timestamp '2016-05-01' - i.opened_at AS age
FROM raw.incident i
JOIN (
    SELECT number, max(status) FILTER (WHERE is_last) AS status, count(*) FILTER (WHERE was_done AND NOT is_done)
        AS reopened, count(agent) AS touches
    FROM pg_temp.visits('2016-05-01') GROUP BY number HAVING NOT bool_or(is_last AND is_done)
) v USING (number);
CREATE TEMP TABLE queue AS SELECT * FROM ticket_queue;
SELECT results_eq('SELECT age_band_no, count(*), count(*) FILTER (WHERE breached) FROM queue GROUP BY 1 ORDER BY 1',
    $$ SELECT CASE WHEN age < '4 hours' THEN 1 WHEN age < '1 day' THEN 2 WHEN age < '3 days' THEN 3
           WHEN age < '7 days' THEN 4 WHEN age < '30 days' THEN 5 ELSE 6 END, count(*),
           count(*) FILTER (WHERE office_seconds >= promise)
       FROM waiting GROUP BY 1 ORDER BY 1 $$, 'the queue on the first of May 2016, and what was past due, by age');
SELECT results_eq('SELECT ticket_id, age_hours, business_age_hours, breached, reopened, touches FROM queue
    ORDER BY ticket_id COLLATE "C"',
    $$ SELECT number, round(extract(epoch FROM age) / 3600, 2), round(office_seconds / 3600, 2),
           office_seconds >= promise, reopened, touches
       FROM waiting ORDER BY number COLLATE "C" $$, 'ticket by ticket');
SELECT results_eq('SELECT category, count(*) FROM queue GROUP BY 1 ORDER BY 1',
    $$ SELECT s.category, count(*) FROM waiting w JOIN status s ON s.entity = 'ticket' AND s.status = w.status
       GROUP BY 1 ORDER BY 1 $$, 'by category');
SELECT results_eq('SELECT queue FROM service_dashboard ORDER BY period_start DESC LIMIT 1',
    'SELECT count(*) FROM waiting', 'as many as the dashboard tells');
SELECT cmp_ok(count(*), '>', 1000::bigint, 'which are not few') FROM waiting;
UPDATE setting SET value = '2018-11-15' WHERE name = 'as_of';
-- of the column that the source stores
SELECT unnest(ARRAY[is(crmkpi.mean(s), r.mean, 'mean of the stored resolution, to the microsecond'),
    ok(abs(extract(epoch FROM crmkpi.median(s)) - r.median) <= 0.01 * r.median, 'its median, within 1 %'),
    ok(abs(extract(epoch FROM crmkpi.percentile(s, 0.9)) - r.p90) <= 0.01 * r.p90, 'its p90, within 1 %'),
    is(crmkpi.items(s), r.items, 'of so many')])
FROM (SELECT crmkpi.duration_summary(opened_at, resolved_at) AS s FROM ticket) t,
    (SELECT count(resolved_at) AS items, make_interval(secs => avg(extract(epoch
        FROM resolved_at - opened_at))::float8) AS mean,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM resolved_at - opened_at)) AS median,
         percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM resolved_at - opened_at)) AS p90
     FROM raw.incident) r;
SELECT is(count(*), 1556::bigint, '1,556 incidents have no stored resolution') FROM ticket WHERE resolved_at IS NULL;
SELECT results_eq('SELECT sum(fcr_total), sum(responded), sum(csat_answers) FROM service_dashboard',
    'VALUES (0::numeric, 0::numeric, 0::numeric)', 'what the source does not tell is not made up');

-- Leads: 8,000, of which 842 became customers, one of them before its first contact
SELECT results_eq('SELECT sum(leads), sum(leads_answered) FROM crm_dashboard', 'VALUES (8000::numeric,
    0::numeric)', '8,000 leads');
SELECT results_eq('SELECT count(converted_at), count(customer_id) FROM lead', 'VALUES (841::bigint, 842::bigint)',
    '841 conversions have a time');
SELECT results_eq('SELECT period_start, leads, leads_converted, conversion_ratio FROM crm_dashboard
    WHERE leads > 0 ORDER BY 1',
    $$ SELECT date_trunc('month', first_contact_date)::date, count(*),
           count(*) FILTER (WHERE won_date BETWEEN first_contact_date AND first_contact_date + interval '90 days'),
           round(count(*) FILTER (WHERE won_date BETWEEN first_contact_date
           AND first_contact_date + interval '90 days')::numeric
               / count(*), 6)
       FROM raw.mql LEFT JOIN raw.closed_deal USING (mql_id) GROUP BY 1 ORDER BY 1 $$,
    'conversion within 90 days, of the leads of every month');
UPDATE setting SET value = '100 years' WHERE name = 'funnel_window';
SELECT results_eq('SELECT sum(leads_converted) FROM crm_dashboard', 'VALUES (841::numeric)',
    'and 841 in all, without a limit of time');
UPDATE setting SET value = '90 days' WHERE name = 'funnel_window';
SELECT results_eq('SELECT conversion_is_mature, count(*) FROM crm_dashboard WHERE leads > 0 GROUP BY 1',
    'VALUES (true, 12::bigint)', 'all cohorts are mature');
SELECT results_eq($$ SELECT channel, sum(leads) FROM daily_lead GROUP BY 1 ORDER BY channel COLLATE "C" $$,
    $$ SELECT origin, count(*)::numeric FROM raw.mql GROUP BY 1 ORDER BY origin COLLATE "C" $$,
        'leads of each origin, NULL apart from "unknown"');

-- The source knows no step between a qualified lead and a deal, and nothing between that and the opportunity.
SELECT results_eq('SELECT period_start, channel, array_agg(reached ORDER BY step_no), array_agg(dropped ORDER BY step_no)
    FROM sales_funnel GROUP BY 1, 2 ORDER BY period_start, channel COLLATE "C"',
    $$ SELECT month, origin, ARRAY[leads, leads, won, won, won], ARRAY[0, leads - won, 0, 0, NULL]
       FROM (SELECT date_trunc('month', first_contact_date)::date AS month, origin, count(*) AS leads,
                 count(*) FILTER (WHERE won_date BETWEEN first_contact_date AND first_contact_date + interval '90 days')
                     AS won
             FROM raw.mql LEFT JOIN raw.closed_deal USING (mql_id) GROUP BY 1, 2) AS m
       ORDER BY month, origin COLLATE "C" $$, 'the funnel of every month and origin');
SELECT results_eq($$ SELECT sum(reached) FROM sales_funnel GROUP BY step_no ORDER BY step_no $$,
    'VALUES (8000::numeric), (8000), (690), (690), (690)', '690 of 8,000 leads are won within 90 days');
SELECT is(count(*) FILTER (WHERE abs(step_median_hours - hours) > 0.01 * hours + 0.005), 0::bigint,
    'the median time to a deal, within 1 %')
FROM sales_funnel
JOIN (SELECT date_trunc('month', first_contact_date)::date AS period_start, coalesce(origin, '') AS origin,
          percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM won_date - first_contact_date) / 3600) AS hours
      FROM raw.mql JOIN raw.closed_deal USING (mql_id)
      WHERE won_date BETWEEN first_contact_date AND first_contact_date + interval '90 days' GROUP BY 1, 2) AS r
    USING (period_start)
WHERE step = 'sql' AND origin = coalesce(channel, '') HAVING count(*) > 40;
SELECT results_eq('SELECT bucket, leads, mature_leads, converted FROM lead_response_curve',
    $$ VALUES ('never', 8000::bigint, 8000::bigint, 690::bigint) $$, 'no answer is known of any lead');

SELECT matches(crmkpi.create_mart('crm'), '^mart crm: 0 tables made, 5 entities mapped',
    'the mart can be made again');
SELECT results_eq('SELECT sum(opened) FROM service_dashboard', 'VALUES (24918::numeric)', 'with the same answer');
SELECT matches(crmkpi.drop_mart('crm', true),
    'stays with what else it holds: lead, opportunity, sale, status_event, ticket$',
    'and dropped, without the mappings');
SELECT results_eq('SELECT count(*) FROM raw.incident', 'VALUES (24918::bigint)', 'or the data');
\else
SELECT skip('no data: CRMKPI_DATA does not name a directory with sales_pipeline, incidents and leads_funnel', 64);
\endif
SELECT * FROM finish();
ROLLBACK;
