-- Some KPIs of the real data, asked of the mart "crm" with the aggregates of crmkpi.

SET search_path = crm, crmkpi;
\pset null '-'
\pset footer off

SELECT
    EXISTS (SELECT FROM opportunity) AS have_deals,
    EXISTS (SELECT FROM ticket) AS have_tickets,
    EXISTS (SELECT FROM lead) AS have_leads
\gset

\if :have_deals
\echo
\echo '== Sales: won and lost by month of closing (amounts won, cycles of the deals won)'
SELECT
    coalesce(to_char(closed_at AT TIME ZONE 'UTC', 'YYYY-MM'), 'all') AS month,
    count(*) FILTER (WHERE outcome = 'won') AS won,
    count(*) FILTER (WHERE outcome = 'lost') AS lost,
    round(100 * win_rate(outcome)::numeric, 1) AS win_rate_pct,
    round(avg(amount) FILTER (WHERE outcome = 'won')) AS avg_amount,
    date_trunc('hour', justify_hours(
        avg_sales_cycle(created_at, closed_at) FILTER (WHERE outcome = 'won'))) AS mean_cycle,
    date_trunc('hour', justify_hours(
        median_sales_cycle(created_at, closed_at) FILTER (WHERE outcome = 'won'))) AS median_cycle
FROM opportunity
WHERE outcome <> 'open'
GROUP BY ROLLUP (to_char(closed_at AT TIME ZONE 'UTC', 'YYYY-MM'))
ORDER BY 1;

\echo '== Sales: still open, by stage'
SELECT
    stage,
    count(*) AS deals,
    count(*) FILTER (WHERE created_at IS NULL) AS begin_unknown,
    min(created_at)::date AS oldest
FROM opportunity
WHERE outcome = 'open'
GROUP BY stage
ORDER BY stage;

\endif

\if :have_tickets
\echo '== Service: time from opening to solve by priority, as stored on the ticket'
SELECT
    coalesce(priority, 'all') AS priority,
    count(*) AS tickets,
    count(*) FILTER (WHERE resolved_at IS NULL) AS no_stored_solve,
    count(*) FILTER (WHERE reopened > 0) AS reopened,
    date_trunc('minute', justify_hours(avg_resolution_time(opened_at, resolved_at))) AS mean,
    date_trunc('minute', justify_hours(median_resolution_time(opened_at, resolved_at))) AS median,
    date_trunc('minute', justify_hours(percentile(duration_summary(opened_at, resolved_at), 0.9))) AS p90
FROM ticket
GROUP BY ROLLUP (priority)
ORDER BY 1;

\echo '== Service: status changes in the history'
SELECT s.category, count(*) AS changes, count(DISTINCT e.entity_id) AS tickets
FROM status_event AS e
JOIN status AS s ON s.entity = e.entity AND s.status = e.status
WHERE e.entity = 'ticket'
GROUP BY s.category
ORDER BY min(s.step_no), s.category;

\echo '== Service: the queue as it was on 2016-05-01, by age (the setting as_of, put back afterwards)'
BEGIN;
UPDATE setting SET value = '2016-05-01' WHERE name = 'as_of';
SELECT age_band, count(*) AS tickets,
    count(*) FILTER (WHERE breached) AS past_due,
    count(*) FILTER (WHERE category IN ('pending', 'hold')) AS waiting_for_others,
    count(*) FILTER (WHERE reopened > 0) AS reopened,
    round(avg(business_age_hours), 1) AS mean_business_hours,
    round(avg(handoffs), 2) AS mean_handoffs
FROM ticket_queue
GROUP BY age_band_no, age_band
ORDER BY age_band_no;
ROLLBACK;

\echo '== Service: where the time of the solved tickets went, in days'
SELECT coalesce(priority, 'all') AS priority,
    round((extract(epoch FROM mean(duration_summary(resolution_time))) / 86400)::numeric, 1) AS elapsed,
    round((extract(epoch FROM mean(duration_summary(active_time))) / 86400)::numeric, 1) AS active,
    round((extract(epoch FROM mean(duration_summary(duration_in(history, 'pending', solved_at)))) / 86400)::numeric, 1)
        AS waiting_for_customer,
    round((extract(epoch FROM mean(duration_summary(duration_in(history, 'hold', solved_at)))) / 86400)::numeric, 1)
        AS on_hold,
    round((extract(epoch FROM mean_hours(duration_summary(resolution_business_time))) / 3600)::numeric, 1)
        AS business_hours
FROM ticket_facts
GROUP BY ROLLUP (priority)
ORDER BY 1;

\endif

\if :have_leads
\echo '== Leads by origin (a deal won before the first contact has no time of conversion)'
SELECT
    coalesce(channel, CASE grouping(channel) WHEN 1 THEN 'all' ELSE '(not recorded)' END) AS origin,
    count(*) AS leads,
    count(converted_at) AS converted,
    round(100 * conversion_rate(converted_at IS NOT NULL)::numeric, 1) AS conversion_pct,
    count(*) FILTER (WHERE customer_id IS NOT NULL AND converted_at IS NULL) AS impossible_time
FROM lead
GROUP BY ROLLUP (channel)
ORDER BY grouping(channel), leads DESC;

\echo '== Leads by month of the first contact, and conversions by month of the deal'
SELECT
    month,
    count(*) FILTER (WHERE what = 'lead') AS leads,
    count(*) FILTER (WHERE what = 'conversion') AS conversions
FROM (
    SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM'), 'lead' FROM lead
    UNION ALL
    SELECT to_char(converted_at AT TIME ZONE 'UTC', 'YYYY-MM'), 'conversion' FROM lead WHERE converted_at IS NOT NULL
) AS happened (month, what)
GROUP BY month
ORDER BY month;

\endif

\echo '== "Now" of this mart'
SELECT value AS as_of FROM setting WHERE name = 'as_of';
