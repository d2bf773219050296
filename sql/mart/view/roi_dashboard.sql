-- roi_dashboard: did the CRM pay back?
--
-- The first columns are of the month.  Those named year_ and all that is
-- computed of them are of the twelve months up to its end, since lifespans,
-- costs and benefits of a single month say little.
CREATE VIEW roi_dashboard WITH (security_invoker = true) AS
WITH calls AS (
    SELECT period_start(day, 'month') AS period_start, count(DISTINCT day) AS call_days,
        coalesce(sum(activities) FILTER (WHERE direction = 'out'), 0)::bigint AS calls_out,
        coalesce(sum(activities) FILTER (WHERE direction = 'in'), 0)::bigint AS calls_in
    FROM daily_activity
    WHERE kind = 'call' AND NOT automated
    GROUP BY 1
), closed AS (
    SELECT period_start(day, 'month') AS period_start, rollup(cycle) AS cycle
    FROM daily_opportunity_closed
    GROUP BY 1
), cost AS MATERIALIZED (
    SELECT period_start, sum(cac_spend_amount) AS cac_spend, sum(crm_amount) AS programme
    FROM cost_per_stage
    GROUP BY 1
), benefit AS (
    SELECT period_start, sum(benefit_amount) AS amount
    FROM roi_kpi
    GROUP BY 1
), retention AS (
    SELECT * FROM retention_period WHERE grain = 'month'
), whole AS (
    SELECT period_start, call_days, calls_out, calls_in, closed.cycle, r.buyers, r.purchases, r.revenue,
        r.customers_start, r.retained, r.upsold,
        y.customers_start AS year_customers_start, y.retained AS year_retained, y.new_customers AS year_new_customers,
        y.buyers AS year_buyers, y.purchases AS year_purchases, y.revenue AS year_revenue,
        y.margin / nullif(y.margin_revenue, 0) AS margin_share,
        y.buyers_ever, y.revenue_ever,
        y.customers_start::numeric / nullif(y.customers_start - y.retained, 0) AS lifespan,
        CASE WHEN y.customers_start > 0 THEN
            least(coalesce(y.customers_start::numeric / nullif(y.customers_start - y.retained, 0), g.lifespan_cap_years),
                  g.lifespan_cap_years) END AS lifespan_used,
        (SELECT sum(c.cac_spend) FROM cost c
         WHERE c.period_start BETWEEN period_add(m.period_start, 'month', -11) AND m.period_start) AS year_cac_spend,
        (SELECT sum(c.programme) FROM cost c
         WHERE c.period_start BETWEEN period_add(m.period_start, 'month', -11) AND m.period_start) AS year_programme,
        b.amount AS benefit
    FROM (
        SELECT period_start FROM calls
        UNION SELECT period_start FROM closed
        UNION SELECT period_start FROM cost
        UNION SELECT period_start FROM retention_year
    ) m
    LEFT JOIN calls USING (period_start)
    LEFT JOIN closed USING (period_start)
    LEFT JOIN retention r USING (period_start)
    LEFT JOIN retention_year y USING (period_start)
    LEFT JOIN benefit b USING (period_start)
    CROSS JOIN config g
)
SELECT
    period_start,
    period_add(period_start, 'month', 1) <= (SELECT (as_of AT TIME ZONE zone)::date FROM config) AS is_complete,
    coalesce(call_days, 0) AS call_days,
    coalesce(calls_out, 0) AS calls_out,
    coalesce(calls_in, 0) AS calls_in,
    (calls_out::numeric / call_days)::numeric(12,2) AS calls_out_per_day,
    (calls_in::numeric / call_days)::numeric(12,2) AS calls_in_per_day,
    coalesce(purchases, 0) AS purchases,
    (purchases::numeric / nullif(calls_out + calls_in, 0))::numeric(20,6) AS purchases_per_call,
    coalesce(revenue, 0)::numeric(19,4) AS revenue_amount,
    (revenue / nullif(calls_out + calls_in, 0))::numeric(19,4) AS revenue_per_call,
    (extract(epoch FROM mean(cycle)) / 3600)::numeric(12,2) AS cycle_hours,
    (extract(epoch FROM median(cycle)) / 3600)::numeric(12,2) AS cycle_median_hours,
    (extract(epoch FROM percentile(cycle, 0.9)) / 3600)::numeric(12,2) AS cycle_p90_hours,
    coalesce(items(cycle), 0) AS cycle_won,
    coalesce(buyers, 0) AS buyers,
    (revenue / nullif(buyers, 0))::numeric(19,4) AS customer_value,
    coalesce(customers_start, 0) AS customers_start,
    coalesce(retained, 0) AS retained,
    (retained::numeric / nullif(customers_start, 0))::numeric(9,6) AS crr_ratio,
    coalesce(upsold, 0) AS upsold,
    (upsold::numeric / nullif(customers_start, 0))::numeric(9,6) AS upsell_ratio,
    coalesce(year_customers_start, 0) AS year_customers_start,
    coalesce(year_retained, 0) AS year_retained,
    ((year_customers_start - year_retained)::numeric / nullif(year_customers_start, 0))::numeric(9,6) AS year_churn_ratio,
    coalesce(year_revenue, 0)::numeric(19,4) AS year_revenue_amount,
    coalesce(year_purchases, 0) AS year_purchases,
    coalesce(year_buyers, 0) AS year_buyers,
    (year_revenue / nullif(year_purchases, 0))::numeric(19,4) AS purchase_value,
    (year_purchases::numeric / nullif(year_buyers, 0))::numeric(20,6) AS purchase_frequency,
    (year_revenue / nullif(year_buyers, 0))::numeric(19,4) AS year_customer_value,
    margin_share::numeric(20,6) AS margin_share,
    lifespan::numeric(12,2) AS lifespan_years,
    lifespan_used < lifespan OR (lifespan IS NULL AND lifespan_used IS NOT NULL) AS lifespan_is_capped,
    (year_revenue / nullif(year_buyers, 0) * lifespan_used)::numeric(19,4) AS clv_revenue_amount,
    (year_revenue / nullif(year_buyers, 0) * lifespan_used * margin_share)::numeric(19,4) AS clv_amount,
    coalesce(buyers_ever, 0) AS buyers_ever,
    coalesce(revenue_ever, 0)::numeric(19,4) AS revenue_ever_amount,
    (revenue_ever / nullif(buyers_ever, 0))::numeric(19,4) AS historic_clv_amount,
    coalesce(year_cac_spend, 0)::numeric(19,4) AS year_cac_spend_amount,
    coalesce(year_new_customers, 0) AS year_new_customers,
    (year_cac_spend / nullif(year_new_customers, 0))::numeric(19,4) AS cac_amount,
    (year_revenue / nullif(year_buyers, 0) * lifespan_used * margin_share
     / nullif(year_cac_spend / nullif(year_new_customers, 0), 0))::numeric(20,6) AS clv_per_cac,
    CASE WHEN year_revenue > 0 AND margin_share > 0 THEN
        year_cac_spend / nullif(year_new_customers, 0) / (year_revenue / nullif(year_buyers, 0) * margin_share / 12)
        END::numeric(20,2) AS payback_months,
    benefit::numeric(19,4) AS year_benefit_amount,
    coalesce(year_programme, 0)::numeric(19,4) AS year_programme_amount,
    ((benefit - year_programme) / nullif(year_programme, 0))::numeric(20,6) AS roi
FROM whole;

COMMENT ON VIEW roi_dashboard IS 'Whether the CRM pays back, by month (key: period_start)';
COMMENT ON COLUMN roi_dashboard.period_start IS 'first day of the month, in the zone of the mart';
COMMENT ON COLUMN roi_dashboard.is_complete IS 'whether the month is over';
COMMENT ON COLUMN roi_dashboard.call_days IS 'days of the month with a completed call by a person';
COMMENT ON COLUMN roi_dashboard.calls_out IS 'completed calls out by people';
COMMENT ON COLUMN roi_dashboard.calls_in IS 'completed calls in';
COMMENT ON COLUMN roi_dashboard.calls_out_per_day IS 'calls_out / call_days';
COMMENT ON COLUMN roi_dashboard.calls_in_per_day IS 'calls_in / call_days';
COMMENT ON COLUMN roi_dashboard.purchases IS 'purchases of the month';
COMMENT ON COLUMN roi_dashboard.purchases_per_call IS 'sales per call: purchases / (calls_out + calls_in)';
COMMENT ON COLUMN roi_dashboard.revenue_amount IS 'amount of the sales of the month, less refunds, base currency';
COMMENT ON COLUMN roi_dashboard.revenue_per_call IS 'revenue_amount / (calls_out + calls_in)';
COMMENT ON COLUMN roi_dashboard.cycle_hours IS 'sales cycle: mean hours from creation to closing, of opportunities won in the month';
COMMENT ON COLUMN roi_dashboard.cycle_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN roi_dashboard.cycle_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN roi_dashboard.cycle_won IS 'opportunities behind these';
COMMENT ON COLUMN roi_dashboard.buyers IS 'customers who bought in the month';
COMMENT ON COLUMN roi_dashboard.customer_value IS 'average value per customer: revenue_amount / buyers';
COMMENT ON COLUMN roi_dashboard.customers_start IS 'customers active at the start of the month';
COMMENT ON COLUMN roi_dashboard.retained IS 'of these, customers active at its end';
COMMENT ON COLUMN roi_dashboard.crr_ratio IS 'retention of the month: retained / customers_start';
COMMENT ON COLUMN roi_dashboard.upsold IS 'customers active at the start who bought an upsell or cross-sell';
COMMENT ON COLUMN roi_dashboard.upsell_ratio IS 'upsell rate: upsold / customers_start';
COMMENT ON COLUMN roi_dashboard.year_customers_start IS 'customers active when the twelve months began';
COMMENT ON COLUMN roi_dashboard.year_retained IS 'of these, customers active at their end';
COMMENT ON COLUMN roi_dashboard.year_churn_ratio IS 'yearly churn: (year_customers_start - year_retained) / year_customers_start';
COMMENT ON COLUMN roi_dashboard.year_revenue_amount IS 'amount of the sales of the twelve months, less refunds, base currency';
COMMENT ON COLUMN roi_dashboard.year_purchases IS 'purchases of the twelve months';
COMMENT ON COLUMN roi_dashboard.year_buyers IS 'customers who bought in the twelve months, each once';
COMMENT ON COLUMN roi_dashboard.purchase_value IS 'year_revenue_amount / year_purchases';
COMMENT ON COLUMN roi_dashboard.purchase_frequency IS 'year_purchases / year_buyers';
COMMENT ON COLUMN roi_dashboard.year_customer_value IS 'purchase_value x purchase_frequency: what a buyer brings in a year';
COMMENT ON COLUMN roi_dashboard.margin_share IS 'gross margin / revenue, of the sales of the twelve months whose margin is known; NULL: none';
COMMENT ON COLUMN roi_dashboard.lifespan_years IS '1 / year_churn_ratio; NULL: nobody was lost, or nobody could be';
COMMENT ON COLUMN roi_dashboard.lifespan_is_capped IS 'whether CLV is computed with the setting lifespan_cap_years, as the lifespan is longer or without end';
COMMENT ON COLUMN roi_dashboard.clv_revenue_amount IS 'year_customer_value x lifespan, in revenue';
COMMENT ON COLUMN roi_dashboard.clv_amount IS 'CLV: year_customer_value x lifespan x margin_share; NULL: no margin is known';
COMMENT ON COLUMN roi_dashboard.buyers_ever IS 'customers who bought up to the end of the month';
COMMENT ON COLUMN roi_dashboard.revenue_ever_amount IS 'amount of all sales up to the end of the month, less refunds';
COMMENT ON COLUMN roi_dashboard.historic_clv_amount IS 'historic CLV: revenue_ever_amount / buyers_ever';
COMMENT ON COLUMN roi_dashboard.year_cac_spend_amount IS 'spend of the cost types of the setting cac_cost_types that won the customers of the twelve months, base currency';
COMMENT ON COLUMN roi_dashboard.year_new_customers IS 'customers who became active for the first time in the twelve months';
COMMENT ON COLUMN roi_dashboard.cac_amount IS 'CAC: year_cac_spend_amount / year_new_customers';
COMMENT ON COLUMN roi_dashboard.clv_per_cac IS 'CLV:CAC: clv_amount / cac_amount, on margin only';
COMMENT ON COLUMN roi_dashboard.payback_months IS 'cac_amount / (year_customer_value x margin_share / 12), on margin only';
COMMENT ON COLUMN roi_dashboard.year_benefit_amount IS 'what the KPIs are worth more in a year than at their baseline, by roi_kpi, base currency';
COMMENT ON COLUMN roi_dashboard.year_programme_amount IS 'spend of cost type crm in the twelve months, base currency';
COMMENT ON COLUMN roi_dashboard.roi IS '(year_benefit_amount - year_programme_amount) / year_programme_amount';
