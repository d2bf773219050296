-- Retention, customer value, cost per stage and return on investment: every column on the sample company against plain
-- SQL written from the definitions, and the small cases are in mart_retention_cases.sql.

\set mart mart_retention
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS mart_retention CASCADE;
\ir ../mart_oracle.sql

-- ---------------------------------------------------------------------------
-- What the sample lacks
-- ---------------------------------------------------------------------------

\o /dev/null
-- Half of the customers have no contract; some contracts overlap, touch, or have an unknown value.
DELETE FROM customer_period WHERE customer_id ~ '[02468]$';
INSERT INTO customer_period (customer_id, started_at, ended_at, monthly_value)
SELECT customer_id, started_at + interval '100 days', CASE WHEN customer_id ~ '1$' THEN started_at + '500 days' END, 77.5
FROM customer_period WHERE customer_id ~ '[15]1$'
UNION ALL
SELECT customer_id, ended_at, ended_at + interval '40 days', NULL FROM customer_period
WHERE ended_at < '2025-10-01' AND customer_id ~ '3$'
UNION ALL
SELECT customer_id, ended_at + interval '20 days', NULL, 5 FROM customer_period
WHERE ended_at < '2025-10-01' AND customer_id ~ '7$';
-- Purchases of others become rare, so that customers are lost and come back.
DELETE FROM sale WHERE customer_id ~ '[02468]$' AND md5(sale_id) < 'b';
INSERT INTO sale (sale_id, customer_id, sold_at, amount, margin, kind)
SELECT concat_ws('-', 'T', who, at), who, at, amount, amount / 2, kind
FROM unnest('{C000002,C000005,nobody}'::text[]) AS who,
    (VALUES (timestamptz '2024-03-01 00:00-05', 10, 'repeat'), ('2024-06-30 23:59:59.999999-04', 20, 'upsell'),
        ('2024-07-31 21:00-04', -5, 'refund'), ('2025-01-31 23:00-05', 7, 'cross_sell')) v (at, amount, kind)
UNION ALL
SELECT 'refund only', 'refunded', '2024-05-05', -50, NULL, 'refund';
INSERT INTO baseline (kpi, scope, from_day, to_day, value, yearly_unit_value) VALUES
    ('churn', '', '2024-06-01', '2024-12-15', NULL, -100), ('avg_contract_value', '', '2024-02-03', '2024-03-05', NULL, 2),
    ('win_rate', 'team=Sales East', '2024-02-03', '2024-03-05', 0.5, 1), ('nps', '', '2024-01-01', '2024-02-01', 20, 10);
ANALYZE sale, customer_period, baseline;
\o

CREATE TEMP TABLE rule AS
SELECT interval '90 days' AS inactivity, '{media}'::text[] AS lead_types, '{media,sales,tool}'::text[] AS cac_types,
    0 AS lag, 5.0 AS cap;
CREATE FUNCTION pg_temp.apply() RETURNS void LANGUAGE sql AS $$
    UPDATE setting SET value = given.zone FROM given WHERE name = 'zone';
    UPDATE setting SET value = given.as_of FROM given WHERE name = 'as_of';
    UPDATE setting SET value = rule.inactivity FROM rule WHERE name = 'inactivity_window';
    UPDATE setting SET value = array_to_string(rule.lead_types, ',') FROM rule WHERE name = 'lead_cost_types';
    UPDATE setting SET value = array_to_string(rule.cac_types, ', ') FROM rule WHERE name = 'cac_cost_types';
    UPDATE setting SET value = rule.lag FROM rule WHERE name = 'cac_lag_months';
    UPDATE setting SET value = rule.cap FROM rule WHERE name = 'lifespan_cap_years';
$$;

-- ---------------------------------------------------------------------------
-- Customers at moments
-- ---------------------------------------------------------------------------

CREATE TEMP VIEW known_sale AS
SELECT s.*, s.kind <> 'refund' AS is_purchase FROM sale s, given WHERE s.sold_at <= as_of;
CREATE TEMP VIEW contract AS
SELECT customer_id, started_at, coalesce(ended_at, 'infinity') AS ended_at, monthly_value
FROM customer_period, given WHERE started_at <= as_of;
-- From when to when a customer was one: [from_at, to_at)
CREATE TEMP VIEW stay_source AS
SELECT customer_id, started_at AS from_at, ended_at AS to_at, monthly_value, true AS by_contract FROM contract
UNION ALL
SELECT customer_id, sold_at, sold_at + inactivity, NULL, false
FROM known_sale, rule WHERE is_purchase AND customer_id NOT IN (SELECT customer_id FROM contract);
CREATE TEMP TABLE stay AS SELECT * FROM stay_source WITH NO DATA;
CREATE INDEX ON stay (customer_id);

CREATE TEMP VIEW span_source AS
WITH period AS (
    SELECT grain, d::date AS period_start, d AT TIME ZONE zone AS starts, (d + step) AT TIME ZONE zone AS ends,
        (d - step) AT TIME ZONE zone AS starts_before, (d + step) AT TIME ZONE zone > as_of AS is_open, as_of
    FROM given, (VALUES ('month', interval '1 month'), ('quarter', '3 months'), ('year', '1 year')) g (grain, step),
        generate_series(date_trunc(grain, timestamp '2019-01-01'), as_of AT TIME ZONE zone, step) d
), who AS (
    SELECT customer_id FROM known_sale UNION SELECT customer_id FROM contract
), cell AS (
    SELECT p.*, w.customer_id,
        coalesce(s.by_contract, false) AS is_contractual, coalesce(s.active_start, false) AS active_start,
        coalesce(s.active_end, false) AS active_end, coalesce(s.begins, false) AS begins,
        coalesce(s.began_before, false) AS began_before, s.value_start AS recurring_start, s.value_end AS recurring_end,
        sold.*, before.*
    FROM period p
    CROSS JOIN who w
    LEFT JOIN LATERAL (
        SELECT bool_or(by_contract) AS by_contract,
            -- just before the period, and just before it ends
            bool_or(from_at < starts AND to_at >= starts) AS active_start,
            bool_or(CASE WHEN is_open THEN to_at > as_of ELSE from_at < ends AND to_at >= ends END) AS active_end,
            bool_or(from_at >= starts AND from_at < ends) AS begins,
            bool_or(from_at < starts) AS began_before,
            sum(monthly_value) FILTER (WHERE from_at < starts AND to_at >= starts) AS value_start,
            sum(monthly_value) FILTER (WHERE CASE WHEN is_open THEN to_at > as_of
                ELSE from_at < ends AND to_at >= ends END) AS value_end
        FROM stay WHERE customer_id = w.customer_id
    ) s ON true
    CROSS JOIN LATERAL (
        SELECT count(*) AS sales, count(*) FILTER (WHERE is_purchase) AS purchases,
            count(*) FILTER (WHERE kind IN ('upsell', 'cross_sell')) AS upsells, coalesce(sum(amount), 0) AS revenue,
            sum(margin) AS margin, sum(amount) FILTER (WHERE margin IS NOT NULL) AS margin_revenue,
            min(sold_at) FILTER (WHERE is_purchase) AS first_purchase_at,
            max(sold_at) FILTER (WHERE is_purchase) AS last_purchase_at
        FROM known_sale k WHERE k.customer_id = w.customer_id AND sold_at >= starts AND sold_at < ends
    ) sold
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount), 0) AS revenue_before
        FROM known_sale k WHERE k.customer_id = w.customer_id AND sold_at >= starts_before AND sold_at < starts
    ) before
)
SELECT grain, customer_id, period_start, is_contractual, active_start, active_end,
    begins AND NOT began_before AS is_new, active_start AND NOT active_end AS is_lost,
    begins AND began_before AND NOT active_start AS is_returned, active_start AND upsells > 0 AS is_upsold,
    purchases, upsells, revenue, margin, margin_revenue, first_purchase_at, last_purchase_at,
    recurring_start, recurring_end, revenue_before
FROM cell
WHERE active_start OR active_end OR begins OR sales > 0;
CREATE TEMP TABLE span AS SELECT * FROM span_source WITH NO DATA;

CREATE TEMP VIEW month_by_hand AS
SELECT customer_id, period_start, is_contractual, active_start, active_end, is_new, is_lost, is_returned, is_upsold,
    purchases, upsells, revenue, margin, margin_revenue, first_purchase_at, last_purchase_at,
    recurring_start, recurring_end, revenue_before
FROM span WHERE grain = 'month';

CREATE TEMP VIEW retention_hand AS
SELECT grain, period_start,
    pg_temp.later(period_start, grain, 1) <= (SELECT (as_of AT TIME ZONE zone)::date FROM given) AS is_complete,
    count(*) FILTER (WHERE active_start) AS customers_start,
    count(*) FILTER (WHERE active_start AND active_end) AS retained,
    count(*) FILTER (WHERE is_lost) AS lost, count(*) FILTER (WHERE is_new) AS new_customers,
    count(*) FILTER (WHERE is_returned) AS returned,
    count(*) FILTER (WHERE (is_new OR is_returned) AND NOT active_end) AS left_again,
    count(*) FILTER (WHERE active_end) AS customers_end,
    pg_temp.share(count(*) FILTER (WHERE active_start AND active_end), count(*) FILTER (WHERE active_start)) AS crr_ratio,
    pg_temp.share(count(*) FILTER (WHERE is_lost), count(*) FILTER (WHERE active_start)) AS churn_ratio,
    sum(v.at_start) AS start_value, sum(v.at_end) FILTER (WHERE v.at_start IS NOT NULL) AS end_value,
    sum(greatest(0, v.at_start - greatest(v.at_end, 0))) FILTER (WHERE v.at_start IS NOT NULL) AS lost_value,
    pg_temp.share(sum(greatest(0, v.at_start - greatest(v.at_end, 0))) FILTER (WHERE v.at_start IS NOT NULL),
        sum(v.at_start)) AS revenue_churn_ratio,
    pg_temp.share(sum(v.at_end) FILTER (WHERE v.at_start IS NOT NULL), sum(v.at_start)) AS net_revenue_retention,
    count(*) FILTER (WHERE is_upsold) AS upsold,
    pg_temp.share(count(*) FILTER (WHERE is_upsold), count(*) FILTER (WHERE active_start)) AS upsell_ratio,
    count(*) FILTER (WHERE purchases > 0) AS buyers, sum(purchases) AS purchases, sum(revenue) AS revenue_amount
FROM span
CROSS JOIN LATERAL (
    SELECT CASE WHEN active_start THEN CASE WHEN is_contractual THEN recurring_start ELSE greatest(revenue_before, 0) END
            END AS at_start,
        CASE WHEN is_contractual THEN coalesce(recurring_end, 0) ELSE revenue END AS at_end
) v
GROUP BY grain, period_start;
CREATE TEMP TABLE retention AS SELECT * FROM retention_hand WITH NO DATA;
CREATE TEMP VIEW retention_by_hand AS
SELECT p.*, b.customers_start AS customers_start_previous, b.new_customers AS new_customers_previous,
    b.lost AS lost_previous, b.crr_ratio AS crr_ratio_previous, b.churn_ratio AS churn_ratio_previous,
    b.revenue_churn_ratio AS revenue_churn_ratio_previous, b.net_revenue_retention AS net_revenue_retention_previous,
    b.upsell_ratio AS upsell_ratio_previous
FROM retention p
LEFT JOIN retention b ON b.grain = p.grain AND b.period_start = pg_temp.later(p.period_start, p.grain, -1);

-- ---------------------------------------------------------------------------
-- Customer value
-- ---------------------------------------------------------------------------

-- what is predicted is in mart_clv.sql
CREATE TEMP VIEW value_seen AS
SELECT customer_id, purchases, refunds, revenue_amount, margin_amount, margin_revenue_amount, purchase_value,
    first_purchase_at, last_purchase_at, recency_days, recency_score, frequency_score, monetary_score, rfm, rfm_segment
FROM customer_value;
CREATE TEMP VIEW value_source AS
WITH sold AS (
    SELECT customer_id, count(*) FILTER (WHERE is_purchase) AS purchases,
        count(*) FILTER (WHERE NOT is_purchase) AS refunds, sum(amount) AS revenue_amount, sum(margin) AS margin_amount,
        sum(amount) FILTER (WHERE margin IS NOT NULL) AS margin_revenue_amount,
        round(sum(amount) / nullif(count(*) FILTER (WHERE is_purchase), 0), 4) AS purchase_value,
        min(sold_at) FILTER (WHERE is_purchase) AS first_purchase_at,
        max(sold_at) FILTER (WHERE is_purchase) AS last_purchase_at
    FROM known_sale GROUP BY customer_id
), dated AS (
    SELECT sold.*, (as_of AT TIME ZONE zone)::date - (last_purchase_at AT TIME ZONE zone)::date AS recency_days
    FROM sold, given
), score AS (
    -- those below, and half of those beside, as fifths of all
    SELECT d.customer_id, least(5, 1 + floor(5 * r.place / n)) AS recency, least(5, 1 + floor(5 * f.place / n)) AS frequency,
        least(5, 1 + floor(5 * m.place / n)) AS money
    FROM dated d
    CROSS JOIN (SELECT count(*)::numeric AS n FROM dated WHERE purchases > 0) n
    CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE o.recency_days > d.recency_days)
        + count(*) FILTER (WHERE o.recency_days = d.recency_days) / 2.0 AS place FROM dated o WHERE o.purchases > 0) r
    CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE o.purchases < d.purchases)
        + count(*) FILTER (WHERE o.purchases = d.purchases) / 2.0 AS place FROM dated o WHERE o.purchases > 0) f
    CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE o.revenue_amount < d.revenue_amount)
        + count(*) FILTER (WHERE o.revenue_amount = d.revenue_amount) / 2.0 AS place FROM dated o WHERE o.purchases > 0) m
    WHERE d.purchases > 0
)
SELECT d.*, recency AS recency_score, frequency AS frequency_score, money AS monetary_score,
    (recency || '' || frequency || money)::integer AS rfm,
    CASE WHEN purchases = 0 THEN 'no purchase' ELSE ((ARRAY[
        '{gone,gone,gone,gone,gone,at risk,at risk,cannot lose,cannot lose}',
        '{hibernating,hibernating,hibernating,hibernating,hibernating,at risk,at risk,at risk,at risk}',
        '{about to sleep,need attention,need attention,need attention,need attention,loyal,loyal,loyal,loyal}',
        '{promising,potential loyalists,potential loyalists,potential loyalists,potential loyalists,champions,champions,champions,champions}',
        '{newcomers,potential loyalists,potential loyalists,potential loyalists,potential loyalists,champions,champions,champions,champions}'
        ])[recency::integer]::text[])[(frequency + money)::integer - 1] END AS rfm_segment
FROM dated d LEFT JOIN score USING (customer_id);

-- ---------------------------------------------------------------------------
-- Cost
-- ---------------------------------------------------------------------------

CREATE TEMP VIEW thing_source AS
WITH origin AS (
    SELECT l.*, coalesce(l.channel, (SELECT c.channel FROM campaign c WHERE c.campaign_id = l.campaign_id)) AS via
    FROM lead l, given WHERE created_at <= as_of
), newcomer AS (
    SELECT customer_id, min(from_at) AS at FROM stay GROUP BY customer_id
), happened (what, at, via, campaign_id) AS (
    SELECT 'lead', created_at, via, campaign_id FROM origin
    UNION ALL SELECT 'mql', mql_at, via, campaign_id FROM origin
    UNION ALL SELECT 'sql', sql_at, via, campaign_id FROM origin
    UNION ALL
    SELECT 'opportunity', o.created_at, l.via, l.campaign_id
    FROM opportunity o LEFT JOIN origin l USING (lead_id) WHERE o.kind = 'new'
    UNION ALL
    SELECT 'customer', n.at, CASE WHEN c.campaign_id IS NOT NULL THEN coalesce(g.channel, l.via) ELSE l.via END,
        coalesce(c.campaign_id, l.campaign_id)
    FROM newcomer n
    LEFT JOIN customer c USING (customer_id)
    LEFT JOIN campaign g ON g.campaign_id = c.campaign_id
    LEFT JOIN LATERAL (SELECT * FROM origin o WHERE o.customer_id = n.customer_id ORDER BY created_at, lead_id LIMIT 1) l
        ON true
)
SELECT what, date_trunc('month', at AT TIME ZONE zone)::date AS period_start, via AS channel, campaign_id, 1.0 AS n
FROM happened, given WHERE at <= as_of
UNION ALL
SELECT cost_type, date_trunc('month', day)::date, coalesce(channel, (SELECT c.channel FROM campaign c
        WHERE c.campaign_id = s.campaign_id)), nullif(campaign_id, ''), amount
FROM spend s, given WHERE day <= (as_of AT TIME ZONE zone)::date;
CREATE TEMP TABLE thing AS SELECT * FROM thing_source WITH NO DATA;

CREATE TEMP VIEW cost_by_hand AS
WITH line AS (
    SELECT what, period_start, channel, campaign_id, n FROM thing
    UNION ALL SELECT 'for leads', period_start, channel, campaign_id, n FROM thing, rule WHERE what = ANY (lead_types)
    UNION ALL SELECT 'for customers', (period_start + lag * interval '1 month')::date, channel, campaign_id, n
    FROM thing, rule, given
    WHERE what = ANY (cac_types) AND period_start + lag * interval '1 month' <= as_of AT TIME ZONE zone
), total AS (
    SELECT period_start, channel, campaign_id, jsonb_object_agg(what, n) AS t
    FROM (SELECT period_start, channel, campaign_id, what, sum(n) AS n FROM line GROUP BY 1, 2, 3, 4) s GROUP BY 1, 2, 3
)
SELECT period_start, pg_temp.later(period_start, 'month', 1) <= (as_of AT TIME ZONE zone)::date AS is_complete,
    channel, campaign_id, media AS media_amount, sales AS sales_amount, tool AS tool_amount, service AS service_amount,
    crm AS crm_amount, for_leads AS lead_spend_amount, lead AS leads, round(for_leads / nullif(lead, 0), 4) AS cost_per_lead,
    mql AS mqls, round(for_leads / nullif(mql, 0), 4) AS cost_per_mql, sql AS sqls,
    round(for_leads / nullif(sql, 0), 4) AS cost_per_sql, opportunity AS opportunities,
    round(for_leads / nullif(opportunity, 0), 4) AS cost_per_opportunity, for_customers AS cac_spend_amount,
    customer AS new_customers, round(for_customers / nullif(customer, 0), 4) AS cost_per_customer
FROM given, total
CROSS JOIN LATERAL (
    SELECT coalesce((t ->> 'media')::numeric, 0) AS media, coalesce((t ->> 'sales')::numeric, 0) AS sales,
        coalesce((t ->> 'tool')::numeric, 0) AS tool, coalesce((t ->> 'service')::numeric, 0) AS service,
        coalesce((t ->> 'crm')::numeric, 0) AS crm, coalesce((t ->> 'for leads')::numeric, 0) AS for_leads,
        coalesce((t ->> 'for customers')::numeric, 0) AS for_customers,
        coalesce((t ->> 'lead')::numeric, 0)::bigint AS lead, coalesce((t ->> 'mql')::numeric, 0)::bigint AS mql,
        coalesce((t ->> 'sql')::numeric, 0)::bigint AS sql,
        coalesce((t ->> 'opportunity')::numeric, 0)::bigint AS opportunity,
        coalesce((t ->> 'customer')::numeric, 0)::bigint AS customer
) x;

-- ---------------------------------------------------------------------------
-- Return
-- ---------------------------------------------------------------------------

-- The twelve months up to the end of each month
CREATE TEMP VIEW year_source AS
SELECT m::date AS period_start, s.*, b.*, e.*, k.*
FROM given
CROSS JOIN generate_series((SELECT least((SELECT min(period_start) FROM thing),
    (SELECT min(period_start) FROM span WHERE grain = 'month')))::timestamp, as_of AT TIME ZONE zone, '1 month') m
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE a) AS y_start, count(*) FILTER (WHERE a AND z) AS y_kept
    FROM (SELECT customer_id, bool_or(active_start AND period_start = m - interval '11 months') AS a,
              bool_or(active_end AND period_start = m) AS z
          FROM span WHERE grain = 'month' GROUP BY customer_id) w
) s
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS y_revenue, count(*) FILTER (WHERE is_purchase) AS y_purchases,
        count(DISTINCT customer_id) FILTER (WHERE is_purchase) AS y_buyers,
        sum(margin) / nullif(sum(amount) FILTER (WHERE margin IS NOT NULL), 0) AS y_margin
    FROM known_sale WHERE sold_at >= (m - interval '11 months') AT TIME ZONE zone
        AND sold_at < (m + interval '1 month') AT TIME ZONE zone
) b
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS e_revenue, count(DISTINCT customer_id) FILTER (WHERE is_purchase) AS e_buyers
    FROM known_sale WHERE sold_at < (m + interval '1 month') AT TIME ZONE zone
) e
CROSS JOIN LATERAL (
    SELECT coalesce(sum(n) FILTER (WHERE what = 'customer'), 0)::bigint AS y_new,
        coalesce(sum(n) FILTER (WHERE what = 'crm'), 0) AS y_crm,
        (SELECT coalesce(sum(cac_spend_amount), 0) FROM cost_by_hand c
         WHERE c.period_start BETWEEN m - interval '11 months' AND m) AS y_cac
    FROM thing t WHERE t.period_start BETWEEN m - interval '11 months' AND m
) k;
CREATE TEMP TABLE year_hand AS SELECT * FROM year_source WITH NO DATA;

-- The KPIs of the sample's baselines, from the rows of the entities
CREATE TEMP VIEW kpi_day AS
SELECT kpi, (at AT TIME ZONE zone)::date AS day, part, whole
FROM given, (
    SELECT 'win_rate', closed_at, (outcome = 'won')::integer::numeric, 1 FROM opportunity WHERE outcome <> 'open'
    UNION ALL
    SELECT 'sales_cycle', closed_at, extract(epoch FROM closed_at - created_at) / 3600, 1 FROM opportunity WHERE outcome = 'won'
    UNION ALL
    SELECT 'avg_contract_value', closed_at, amount, 1 FROM opportunity WHERE outcome = 'won' AND amount IS NOT NULL
    UNION ALL
    SELECT 'csat', answered_at, (score >= CASE scale_max WHEN 5 THEN 4 WHEN 7 THEN 6 ELSE 9 END)::integer, 1
    FROM survey WHERE kind = 'csat' AND score IS NOT NULL
    UNION ALL
    SELECT 'avg_resolution_time', solved_at, solve_seconds / 3600, 1 FROM known_ticket WHERE solved_at IS NOT NULL
) v (kpi, at, part, whole) WHERE at <= as_of;
CREATE TEMP VIEW kpi_source AS
SELECT y.period_start, pg_temp.later(y.period_start, 'month', 1) <= (as_of AT TIME ZONE zone)::date AS is_complete, b.kpi,
    round(v.before, 6) AS value_before, round(v.now, 6) AS value_now, b.yearly_unit_value,
    round((v.now - v.before) * b.yearly_unit_value, 4) AS benefit_amount
FROM given, baseline b
JOIN year_hand y ON y.period_start > b.to_day
CROSS JOIN LATERAL (
    SELECT coalesce(b.value, CASE b.kpi WHEN 'churn' THEN (SELECT 1 - o.y_kept::numeric / nullif(o.y_start, 0)
            FROM year_hand o WHERE o.period_start = date_trunc('month', b.to_day))
        ELSE (SELECT sum(part) / sum(whole) FROM kpi_day d WHERE d.kpi = b.kpi AND d.day BETWEEN b.from_day AND b.to_day)
        END) AS before,
        CASE b.kpi WHEN 'churn' THEN 1 - y.y_kept::numeric / nullif(y.y_start, 0)
            WHEN 'crr' THEN y.y_kept::numeric / nullif(y.y_start, 0)
        ELSE (SELECT sum(part) / sum(whole) FROM kpi_day d WHERE d.kpi = b.kpi
            AND d.day >= y.period_start - interval '11 months' AND d.day < y.period_start + interval '1 month') END AS now
) v
WHERE b.scope = '';
CREATE TEMP TABLE kpi_by_hand AS SELECT * FROM kpi_source WITH NO DATA;

CREATE TEMP VIEW roi_by_hand AS
SELECT y.period_start, pg_temp.later(y.period_start, 'month', 1) <= (as_of AT TIME ZONE zone)::date AS is_complete,
    call.call_days, call.calls_out, call.calls_in, round(calls_out::numeric / nullif(call_days, 0), 2) AS calls_out_per_day,
    round(calls_in::numeric / nullif(call_days, 0), 2) AS calls_in_per_day, coalesce(r.purchases, 0) AS purchases,
    round(r.purchases / nullif(calls_out + calls_in, 0), 6) AS purchases_per_call,
    coalesce(r.revenue_amount, 0) AS revenue_amount,
    round(r.revenue_amount / nullif(calls_out + calls_in, 0), 4) AS revenue_per_call,
    round(won.mean / 3600, 2) AS cycle_hours, won.median / 3600 AS cycle_median_hours, won.p90 / 3600 AS cycle_p90_hours,
    won.n AS cycle_won, coalesce(r.buyers, 0) AS buyers, round(r.revenue_amount / nullif(r.buyers, 0), 4) AS customer_value,
    coalesce(r.customers_start, 0) AS customers_start, coalesce(r.retained, 0) AS retained, r.crr_ratio,
    coalesce(r.upsold, 0) AS upsold, r.upsell_ratio, y_start AS year_customers_start, y_kept AS year_retained,
    pg_temp.share(y_start - y_kept, y_start) AS year_churn_ratio, y_revenue AS year_revenue_amount,
    y_purchases AS year_purchases, y_buyers AS year_buyers, round(y_revenue / nullif(y_purchases, 0), 4) AS purchase_value,
    round(y_purchases::numeric / nullif(y_buyers, 0), 6) AS purchase_frequency, round(v.yearly, 4) AS year_customer_value,
    round(y_margin, 6) AS margin_share, round(v.life, 2) AS lifespan_years,
    CASE WHEN y_start > 0 THEN v.life IS NULL OR v.life > cap END AS lifespan_is_capped,
    round(v.yearly * v.used, 4) AS clv_revenue_amount, round(v.yearly * v.used * y_margin, 4) AS clv_amount,
    e_buyers AS buyers_ever, e_revenue AS revenue_ever_amount, round(e_revenue / nullif(e_buyers, 0), 4) AS historic_clv_amount,
    y_cac AS year_cac_spend_amount, y_new AS year_new_customers, round(y_cac / nullif(y_new, 0), 4) AS cac_amount,
    round(v.yearly * v.used * y_margin / nullif(y_cac, 0) * y_new, 6) AS clv_per_cac,
    CASE WHEN y_revenue > 0 AND y_margin > 0 THEN round(y_cac / nullif(y_new, 0) / (v.yearly * y_margin / 12), 2) END
        AS payback_months,
    b.benefit AS year_benefit_amount, y_crm AS year_programme_amount, round((b.benefit - y_crm) / nullif(y_crm, 0), 6) AS roi
FROM given, rule, year_hand y
LEFT JOIN retention r ON r.grain = 'month' AND r.period_start = y.period_start
LEFT JOIN (SELECT period_start, sum(benefit_amount) AS benefit FROM kpi_by_hand GROUP BY 1) b ON b.period_start = y.period_start
CROSS JOIN LATERAL (
    SELECT count(DISTINCT (occurred_at AT TIME ZONE zone)::date) AS call_days,
        count(*) FILTER (WHERE direction = 'out') AS calls_out, count(*) FILTER (WHERE direction = 'in') AS calls_in
    FROM activity WHERE kind = 'call' AND completed AND NOT automated AND occurred_at <= as_of
        AND date_trunc('month', occurred_at AT TIME ZONE zone) = y.period_start
) call
CROSS JOIN LATERAL (
    SELECT count(*) AS n, avg(s) AS mean, percentile_cont(0.5) WITHIN GROUP (ORDER BY s) AS median,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY s) AS p90
    FROM (SELECT extract(epoch FROM closed_at - created_at) AS s FROM opportunity
          WHERE outcome = 'won' AND closed_at <= as_of AND date_trunc('month', closed_at AT TIME ZONE zone) = y.period_start) o
) won
CROSS JOIN LATERAL (
    SELECT y_revenue / nullif(y_buyers, 0) AS yearly, y_start::numeric / nullif(y_start - y_kept, 0) AS life,
        CASE WHEN y_start > 0 THEN CASE WHEN y_kept = y_start OR y_start::numeric / (y_start - y_kept) > cap THEN cap
            ELSE y_start::numeric / (y_start - y_kept) END END AS used
) v;

-- ---------------------------------------------------------------------------
-- All of it under the settings in "given" and "rule"
-- ---------------------------------------------------------------------------

CREATE FUNCTION pg_temp.compare_all(title text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.take_stock();
    PERFORM pg_temp.apply();
    TRUNCATE stay, span, retention, thing, year_hand, kpi_by_hand;
    INSERT INTO stay SELECT * FROM stay_source;
    ANALYZE stay;
    INSERT INTO span SELECT * FROM span_source;
    ANALYZE span;
    INSERT INTO retention SELECT * FROM retention_hand;
    INSERT INTO thing SELECT * FROM thing_source;
    ANALYZE thing;
    INSERT INTO year_hand SELECT * FROM year_source;
    INSERT INTO kpi_by_hand SELECT * FROM kpi_source;
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': customer_month', 'customer_month', 'month_by_hand',
        '{customer_id,period_start}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': retention_dashboard, all grains',
        'retention_dashboard_by_grain', 'retention_by_hand', '{grain,period_start}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': customer_value', 'value_seen', 'value_source',
        '{customer_id}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': cost_per_stage', 'cost_per_stage', 'cost_by_hand',
        '{period_start,channel,campaign_id}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': roi_kpi', 'roi_kpi', 'kpi_by_hand', '{period_start,kpi}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': roi_dashboard', 'roi_dashboard', 'roi_by_hand',
        '{period_start}');
END;
$$;
SELECT * FROM pg_temp.compare_all('as loaded');

-- ---------------------------------------------------------------------------
-- Functions, keys, sessions
-- ---------------------------------------------------------------------------

SELECT set_eq('SELECT to_jsonb(x) FROM retention_dashboard x',
    $$ SELECT to_jsonb(x) - 'grain' FROM retention_dashboard_by_grain x WHERE grain = 'month' $$,
    'retention_dashboard is by month');
SELECT results_eq(format('SELECT to_jsonb(x) FROM retention_dashboard(%L) x', g),
    format('SELECT to_jsonb(x) FROM retention_dashboard_by_grain x WHERE grain = %L ORDER BY period_start', g),
    format('retention_dashboard(%L)', g))
FROM unnest('{month,quarter,year}'::text[]) AS g;
SELECT results_eq($$ SELECT min(period_start), max(period_start) FROM retention_dashboard('quarter', '2024-05-05',
    '2025-04-01') $$, $$ VALUES (date '2024-04-01', date '2025-04-01') $$, 'the quarters that hold any of the days');
SELECT is_empty('SELECT * FROM retention_dashboard(NULL)', 'of no grain there is nothing');
SELECT throws_ok(format('SELECT * FROM retention_dashboard(%L, ''2030-01-01'')', g), '22023',
    format('unknown grain "%s"', g), 'sets of customers are not followed by ' || g)
FROM unnest('{day,week,era}'::text[]) AS g;
SELECT results_eq('SELECT period_start, sum(new_customers) FROM cost_per_stage GROUP BY 1 HAVING sum(new_customers) > 0
    ORDER BY 1',
    'SELECT period_start, new_customers::numeric FROM retention_dashboard WHERE new_customers > 0 ORDER BY 1',
    'customers are new in the same months here and there');
SELECT is_empty('SELECT * FROM retention_dashboard_by_grain
    WHERE customers_end <> customers_start - lost + new_customers + returned - left_again', 'nobody is lost in between');
SELECT is_empty('SELECT * FROM retention_dashboard a JOIN retention_dashboard b
        ON b.period_start = a.period_start + interval ''1 month'' WHERE a.customers_end <> b.customers_start',
    'who is there at the end of a month is there at the start of the next');

-- The calendar year up to December is the year of the other dashboards.
DELETE FROM baseline;
INSERT INTO baseline (kpi, from_day, to_day, value)
SELECT kpi, '2024-01-01', '2024-06-30', 0 FROM kpi_catalog WHERE dashboard IN ('crm_dashboard', 'service_dashboard');
SELECT is(array_agg(format('%s: %s, expected %s', kpi, value_now, d.value)), NULL,
    'roi_kpi has for a calendar year what the dashboards have')
FROM roi_kpi r
JOIN kpi_catalog k USING (kpi)
JOIN (SELECT 'crm_dashboard' AS dashboard, v.* FROM crm_dashboard('year') y, jsonb_each_text(to_jsonb(y)) v
      WHERE y.period_start = '2024-01-01'
      UNION ALL
      SELECT 'service_dashboard', v.* FROM service_dashboard('year') y, jsonb_each_text(to_jsonb(y)) v
      WHERE y.period_start = '2024-01-01') d ON d.dashboard = k.dashboard AND d.key = k.column_name
WHERE r.period_start = '2024-12-01' AND value_now IS NOT NULL
    AND round(value_now, CASE k.unit WHEN 'ratio' THEN 6 WHEN 'currency' THEN 4 ELSE 2 END) <> d.value::numeric;
SELECT is(count(*), 17::bigint, 'for seventeen KPIs') FROM roi_kpi
WHERE period_start = '2024-12-01' AND value_now IS NOT NULL;

-- A filter on customers reaches the indexes of both entities.
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    answer text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        answer := answer || line || ' ';
    END LOOP;
    RETURN answer;
END;
$$;
SET LOCAL enable_seqscan = off;
SELECT matches(pg_temp.plan($$ SELECT * FROM customer_month WHERE customer_id = 'C000005' $$),
    'Index Cond: \(\(?customer_id = .*Index Cond: \(\(?customer_id = ', 'one customer is read of the indexes');
SET LOCAL enable_seqscan = on;
SELECT unalike(pg_temp.plan('SELECT * FROM retention_dashboard'), '%quarter%', 'months do not cost quarters and years');

CREATE FUNCTION pg_temp.all_views() RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.everything('retention_dashboard_by_grain', 'cost_per_stage', 'roi_kpi', 'roi_dashboard')
$$;
CREATE TEMP TABLE seen AS SELECT pg_temp.all_views() AS everything;
CREATE TEMP TABLE months AS SELECT * FROM customer_month;
SET LOCAL timezone = 'Asia/Kathmandu';
SELECT is(pg_temp.all_views(), everything, 'the same from a session in Nepal') FROM seen;
SELECT set_eq('SELECT * FROM customer_month', 'SELECT * FROM months', 'month by month');
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'SQL, DMY';
SET LOCAL intervalstyle = 'sql_standard';
SET LOCAL extra_float_digits = 0;
SELECT is(pg_temp.all_views(), everything, 'the same under other output styles') FROM seen;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL intervalstyle = 'postgres';

-- ---------------------------------------------------------------------------
-- Other settings: fewer contracts, a moment in the past, another zone
-- ---------------------------------------------------------------------------

DELETE FROM customer_period WHERE customer_id !~ '[13]$';
DELETE FROM baseline;
INSERT INTO baseline (kpi, scope, from_day, to_day, value, yearly_unit_value) VALUES
    ('win_rate', '', '2024-01-01', '2024-03-31', NULL, 1000), ('churn', '', '2024-01-01', '2024-04-30', 0.2, -500);
UPDATE given SET zone = 'Asia/Tokyo', as_of = '2025-06-15 12:00-04';
UPDATE rule SET inactivity = '45 days', lead_types = '{media,tool}', cac_types = '{media,sales}', lag = 2, cap = 2.5;
SELECT * FROM pg_temp.compare_all('in Tokyo, as of June 2025');

SELECT * FROM finish();
ROLLBACK;
\o /dev/null
SELECT crmkpi.drop_mart('mart_retention', true);
