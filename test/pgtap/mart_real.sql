-- The dashboards on real data, mapped as in examples/real, against plain SQL on the tables as they came.
-- The data are not part of the project: the environment variable CRMKPI_DATA names the directory that holds
-- sales_pipeline, incidents and leads_funnel. Without them everything here is skipped.

\set data `cd "${CRMKPI_DATA:-../shared/data}" 2>/dev/null && pwd`
\setenv DATA :data
\set has_data `cd "$DATA" && [ -d sales_pipeline -a -d incidents -a -d leads_funnel ] && echo true || echo false`

BEGIN;
SELECT plan(33);
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
    '18 tables made, 5 entities mapped \(lead, opportunity, sale, status_event, ticket\)', 'the mappings are used');
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

-- Service: 24,918 incidents, 141,712 changes of status
SELECT results_eq('SELECT sum(opened) FROM service_dashboard', 'VALUES (24918::numeric)',
    '24,918 tickets were opened');
SELECT results_eq('SELECT period_start, opened FROM service_dashboard WHERE opened > 0 ORDER BY 1',
    $$ SELECT date_trunc('month', opened_at)::date, count(*) FROM raw.incident GROUP BY 1 ORDER BY 1 $$,
        'in these months');
CREATE TEMP TABLE solved AS
WITH history AS (
    SELECT number, string_agg(CASE WHEN state IN ('Resolved', 'Closed') THEN 'S' ELSE 'o' END, '' ORDER BY at,
        seq) AS word,
        array_agg(at ORDER BY at, seq) AS times
    FROM (SELECT s.number, s.seq, s.state, greatest(s.changed_at, i.opened_at) AS at
          FROM raw.incident_status s JOIN raw.incident i USING (number) WHERE s.state <> '-100') moved
    GROUP BY number
)
SELECT number, opened_at, CASE WHEN word IS NULL THEN resolved_at
        WHEN word LIKE '%S' THEN times[length(rtrim(word, 'S')) + 1] END AS solved_at,
    coalesce(length(word) - length(replace(word, 'So', 'S')), max_reopen) AS reopened
FROM raw.incident LEFT JOIN history USING (number);
SELECT is(count(solved_at)::numeric, (SELECT sum(solved) FROM service_dashboard),
    'tickets solved, by their history') FROM solved;
SELECT cmp_ok(count(solved_at), '>', 24000::bigint, 'are nearly all') FROM solved;
SELECT results_eq('SELECT period_start, solved, art_hours, reopened FROM service_dashboard WHERE solved > 0
    ORDER BY 1',
    $$ SELECT date_trunc('month', solved_at)::date, count(*), round(avg(extract(epoch
        FROM solved_at - opened_at)) / 3600, 2),
           count(*) FILTER (WHERE reopened > 0)
       FROM solved WHERE solved_at IS NOT NULL GROUP BY 1 ORDER BY 1 $$,
           'solves, their time and reopens of every month');
SELECT is(count(*) FILTER (WHERE abs(d.art_median_hours - r.median) > 0.01 * r.median + 0.005
        OR abs(d.art_p90_hours - r.p90) > 0.01 * r.p90 + 0.005), 0::bigint,
        'median and p90 of every month, within 1 %')
FROM service_dashboard d
JOIN (SELECT date_trunc('month', solved_at)::date AS period_start,
          percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM solved_at - opened_at)) / 3600 AS median,
          percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM solved_at - opened_at)) / 3600 AS p90
      FROM solved GROUP BY 1) r USING (period_start);
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

SELECT matches(crmkpi.create_mart('crm'), '^mart crm: 0 tables made, 5 entities mapped',
    'the mart can be made again');
SELECT results_eq('SELECT sum(opened) FROM service_dashboard', 'VALUES (24918::numeric)', 'with the same answer');
SELECT matches(crmkpi.drop_mart('crm', true),
    'stays with what else it holds: lead, opportunity, sale, status_event, ticket$',
    'and dropped, without the mappings');
SELECT results_eq('SELECT count(*) FROM raw.incident', 'VALUES (24918::bigint)', 'or the data');
\else
SELECT skip('no data: CRMKPI_DATA does not name a directory with sales_pipeline, incidents and leads_funnel', 33);
\endif
SELECT * FROM finish();
ROLLBACK;
