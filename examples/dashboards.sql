-- The dashboards of the mart "crm", the columns that fit on a screen. \d+ crm.service_dashboard tells all of them.

SET search_path = crm, crmkpi;
\pset null '-'
\pset footer off

\echo
\echo '== service_dashboard: do customers get help? (times in hours, rates in percent)'
SELECT
    to_char(period_start, 'YYYY-MM') || CASE WHEN is_complete THEN '' ELSE ' *' END AS month,
    opened, solved, queue,
    art_hours AS art, art_median_hours AS art_median, art_p90_hours AS art_p90,
    art_business_hours AS art_business, art_active_hours AS art_active,
    response_median_hours AS response_median,
    round(100 * sla_ratio, 1) AS sla,
    round(100 * fcr_ratio, 1) AS fcr,
    round(100 * csat_ratio, 1) AS csat,
    round(nps) || ' +- ' || round(nps_margin) AS nps,
    round(100 * complaint_ratio, 1) AS complaints_solved,
    round(100 * compliance_ratio, 1) AS compliance
FROM service_dashboard
ORDER BY period_start DESC
LIMIT 13;

\echo '== ticket_queue: how old are the tickets that wait, and how many are past due?'
SELECT age_band, count(*) AS tickets, count(*) FILTER (WHERE breached) AS past_due,
    count(*) FILTER (WHERE category IN ('pending', 'hold')) AS waiting_for_others,
    round(max(age_hours) / 24, 1) AS oldest_days
FROM ticket_queue
GROUP BY age_band_no, age_band
ORDER BY age_band_no;

\echo '== crm_dashboard: are we fast and active?'
SELECT
    to_char(period_start, 'YYYY-MM') || CASE WHEN is_complete THEN '' ELSE ' *' END AS month,
    leads, leads_unanswered AS unanswered,
    response_median_hours AS response_median,
    round(100 * golden_ratio, 1) AS in_5_min,
    round(100 * follow_up_ratio, 1) AS follow_up,
    round(100 * conversion_ratio, 1) || CASE WHEN conversion_is_mature THEN '' ELSE ' *' END AS conversion,
    activities, calls_out,
    won, round(100 * close_ratio, 1) AS close_rate,
    round(contract_value) AS contract_value,
    round(cycle_hours / 24, 1) AS cycle_days
FROM crm_dashboard
ORDER BY period_start DESC
LIMIT 13;
\echo '* not over yet; conversion: leads may still convert within the funnel window'


\echo
\echo '== opportunity_dashboard: how full is the pipeline, and how does it flow? (rates in percent, velocity per day)'
SELECT
    to_char(period_start, 'YYYY-MM') || CASE WHEN is_complete THEN '' ELSE ' *' END AS month,
    created, open_items AS open, round(weighted_amount) AS weighted, won, lost,
    round(100 * close_ratio, 1) AS win_rate, round(100 * amount_win_ratio, 1) AS by_amount,
    round(100 * cohort_win_ratio, 1) || CASE WHEN cohort_is_mature THEN '' ELSE ' *' END AS of_created,
    round(cycle_hours / 24, 1) AS cycle_days, round(decision_km_hours / 24, 1) AS half_decided_days,
    round(velocity_amount) AS velocity
FROM opportunity_dashboard
ORDER BY period_start DESC
LIMIT 13;

\echo '== stage_duration: where do opportunities get stuck? (days; rates in percent)'
SELECT stage, items, round(stay_hours / 24, 1) AS mean, round(stay_median_hours / 24, 1) AS median,
    round(stay_km_hours / 24, 1) AS median_with_open, round(stay_p90_hours / 24, 1) AS p90, items_now AS now, stuck,
    round(100 * moved_on_ratio, 1) AS moved_on, round(100 * won_ratio, 1) AS won
FROM stage_duration
WHERE entity = 'opportunity'
ORDER BY step_no;

\echo '== opportunity_score: what to work on next?'
SELECT opportunity_id, owner_id, stage, score, round(amount) AS amount, round(priority_amount) AS priority,
    days_since_touch AS quiet_days, overdue_days, next_step
FROM opportunity_score
ORDER BY priority_amount DESC NULLS LAST, opportunity_id
LIMIT 8;

\echo '== score_calibration: does the score hold on opportunities it has not seen? (percent)'
SELECT decile, items, round(100 * predicted_ratio, 1) AS predicted, round(100 * won_ratio, 1) AS won,
    round(100 * won_low, 1) AS low, round(100 * won_high, 1) AS high, round(auc, 3) AS auc_of_all
FROM score_calibration
ORDER BY decile;

\echo '== hot_leads: whom to call today?'
SELECT lead_id, channel, owner_id, level, recent_touches AS touches, days_since_touch AS quiet_days, waiting_days,
    round(100 * fit_ratio, 1) AS fit, round(heat, 2) AS heat
FROM hot_leads
ORDER BY priority DESC NULLS LAST, lead_id
LIMIT 8;

\echo '== target_progress: are the targets within reach? (shares and growth in percent)'
SELECT kpi, scope, starts_on, ends_on, round(target, 2) AS target, round(actual, 2) AS actual, round(expected, 2) AS expected,
    round(100 * attainment_ratio, 1) AS attained, status, round(100 * growth_ratio, 1) AS growth,
    round(100 * year_growth_ratio, 1) AS on_year
FROM target_progress
ORDER BY starts_on DESC, kpi, scope;

\echo
\echo '== lead_response_curve: does it pay to answer leads fast? (conversion in percent, with bounds of 95 %)'
SELECT bucket AS answered, leads, mature_leads, converted, round(100 * conversion_ratio, 1) AS conversion,
    round(100 * conversion_low, 1) AS low, round(100 * conversion_high, 1) AS high
FROM lead_response_curve
ORDER BY bucket_no;

\echo '== sales_funnel: where do leads get lost? (all months whose funnel window has passed)'
SELECT step, sum(reached) AS leads, sum(dropped) AS dropped, round(100 * sum(reached) / sum(entered), 1) AS percent,
    repeat('#', (40 * sum(reached) / sum(entered))::integer) AS picture
FROM sales_funnel
WHERE conversion_is_mature
GROUP BY step_no, step
ORDER BY step_no;

\echo '== actions_per_engagement: how often should we try? (rates in percent)'
SELECT touch_no AS touch, contacted, responded, round(100 * response_ratio, 1) AS response,
    round(100 * cumulative_ratio, 1) AS cumulative, actions_per_response AS touches_per_response
FROM actions_per_engagement
WHERE touch_no <= 8
ORDER BY touch_no;

\echo '== cohort_retention: who buys again? (percent of the customers won in a quarter, by months since)'
SELECT date_trunc('quarter', cohort_start)::date AS won_in, sum(customers) FILTER (WHERE period_no = 0) AS customers,
    round(100 * sum(retained) FILTER (WHERE period_no = 1) / sum(customers) FILTER (WHERE period_no = 1)) AS month_1,
    round(100 * sum(retained) FILTER (WHERE period_no = 3) / sum(customers) FILTER (WHERE period_no = 3)) AS month_3,
    round(100 * sum(retained) FILTER (WHERE period_no = 6) / sum(customers) FILTER (WHERE period_no = 6)) AS month_6,
    round(100 * sum(retained) FILTER (WHERE period_no = 12) / sum(customers) FILTER (WHERE period_no = 12)) AS month_12
FROM cohort_retention
WHERE is_complete
GROUP BY 1
ORDER BY 1;

\echo '== retention_dashboard: who stays? (rates in percent)'
SELECT to_char(period_start, 'YYYY-MM') || CASE WHEN is_complete THEN '' ELSE ' *' END AS month,
    customers_start, retained, lost, new_customers, returned, round(100 * crr_ratio, 1) AS retention,
    round(100 * churn_ratio, 1) AS churn, round(100 * upsell_ratio, 1) AS upsell, revenue_amount AS revenue
FROM retention_dashboard
ORDER BY period_start DESC
LIMIT 7;

\echo '== relationship_freshness: when did we last talk with our customers?'
SELECT freshness_band, count(*) AS customers, count(*) FILTER (WHERE segment = 'enterprise') AS enterprise,
    round(avg(freshness_ratio), 2) AS freshness
FROM relationship_freshness
GROUP BY freshness_band_no, freshness_band
ORDER BY freshness_band_no;

\echo '== service_dashboard(''quarter''): any grain, with the period before'
SELECT
    period_start AS quarter, is_complete, solved, solved_previous,
    art_hours, art_hours_previous, csat_ratio, csat_ratio_previous, nps, nps_previous
FROM service_dashboard('quarter')
ORDER BY period_start DESC
LIMIT 5;

\echo '== agent_performance: the agents who solved most in the last full month'
SELECT
    agent_id, agent_name, team, solved, solved_per_day AS per_day, art_median_hours AS art_median,
    round(100 * sla_ratio, 1) AS sla, round(100 * fcr_ratio, 1) AS fcr, round(100 * csat_ratio, 1) AS csat, csat_answers AS answers,
    round(100 * compliance_ratio, 1) AS compliance,
    targets_met || ' of ' || targets AS targets_met
FROM agent_performance
WHERE period_start = (SELECT max(period_start) FROM agent_performance WHERE is_complete AND solved > 0)
    AND solved > 0
ORDER BY solved DESC, agent_id
LIMIT 10;
