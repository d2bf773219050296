-- retention_dashboard_by_grain: who stays?
--
-- The period before is read by a window: customers are followed through all
-- their months whatever period is asked for, and one reading does for both.
CREATE VIEW retention_dashboard_by_grain WITH (security_invoker = true) AS
SELECT
    grain, period_start, is_complete,
    customers_start,
    retained,
    lost,
    new_customers,
    returned,
    left_again,
    customers_end,
    (retained::numeric / nullif(customers_start, 0))::numeric(9,6) AS crr_ratio,
    (lost::numeric / nullif(customers_start, 0))::numeric(9,6) AS churn_ratio,
    value_start AS start_value,
    value_end AS end_value,
    value_lost AS lost_value,
    (value_lost / nullif(value_start, 0))::numeric(9,6) AS revenue_churn_ratio,
    (value_end / nullif(value_start, 0))::numeric(20,6) AS net_revenue_retention,
    upsold,
    (upsold::numeric / nullif(customers_start, 0))::numeric(9,6) AS upsell_ratio,
    buyers,
    purchases,
    revenue AS revenue_amount,
    CASE WHEN follows THEN lag(customers_start) OVER w END AS customers_start_previous,
    CASE WHEN follows THEN lag(new_customers) OVER w END AS new_customers_previous,
    CASE WHEN follows THEN lag(lost) OVER w END AS lost_previous,
    CASE WHEN follows THEN lag(retained::numeric / nullif(customers_start, 0)) OVER w END::numeric(9,6)
        AS crr_ratio_previous,
    CASE WHEN follows THEN lag(lost::numeric / nullif(customers_start, 0)) OVER w END::numeric(9,6)
        AS churn_ratio_previous,
    CASE WHEN follows THEN lag(value_lost / nullif(value_start, 0)) OVER w END::numeric(9,6)
        AS revenue_churn_ratio_previous,
    CASE WHEN follows THEN lag(value_end / nullif(value_start, 0)) OVER w END::numeric(20,6)
        AS net_revenue_retention_previous,
    CASE WHEN follows THEN lag(upsold::numeric / nullif(customers_start, 0)) OVER w END::numeric(9,6)
        AS upsell_ratio_previous
FROM (
    SELECT *, lag(period_start) OVER (PARTITION BY grain ORDER BY period_start) = period_add(period_start, grain, -1)
        AS follows
    FROM retention_period
) p
WINDOW w AS (PARTITION BY grain ORDER BY period_start);

COMMENT ON VIEW retention_dashboard_by_grain IS 'Retention KPIs, by month, quarter and year (key: grain, period_start)';
COMMENT ON COLUMN retention_dashboard_by_grain.grain IS 'month, quarter or year';
COMMENT ON COLUMN retention_dashboard_by_grain.period_start IS 'first day of the period, in the zone of the mart';
COMMENT ON COLUMN retention_dashboard_by_grain.is_complete IS 'whether the period is over';
COMMENT ON COLUMN retention_dashboard_by_grain.customers_start IS 'customers active at the start of the period';
COMMENT ON COLUMN retention_dashboard_by_grain.retained IS 'of these, customers active at its end, or as of now';
COMMENT ON COLUMN retention_dashboard_by_grain.lost IS 'of these, customers not active at its end';
COMMENT ON COLUMN retention_dashboard_by_grain.new_customers IS 'customers who became active for the first time';
COMMENT ON COLUMN retention_dashboard_by_grain.returned IS 'customers who became active again in the period, and were not at its start';
COMMENT ON COLUMN retention_dashboard_by_grain.left_again IS 'new and returned customers who are not active at its end';
COMMENT ON COLUMN retention_dashboard_by_grain.customers_end IS 'customers active at its end: customers_start - lost + new_customers + returned - left_again';
COMMENT ON COLUMN retention_dashboard_by_grain.crr_ratio IS 'customer retention rate: retained / customers_start';
COMMENT ON COLUMN retention_dashboard_by_grain.churn_ratio IS 'churn: lost / customers_start';
COMMENT ON COLUMN retention_dashboard_by_grain.start_value IS 'value of customers_start at the start: monthly value of contracts, revenue of the period before of others, base currency';
COMMENT ON COLUMN retention_dashboard_by_grain.end_value IS 'value of the same customers at the end: monthly value of contracts, revenue of the period of others, base currency';
COMMENT ON COLUMN retention_dashboard_by_grain.lost_value IS 'what each of them is worth less at the end than at the start, added up, base currency';
COMMENT ON COLUMN retention_dashboard_by_grain.revenue_churn_ratio IS 'revenue churn: lost_value / start_value';
COMMENT ON COLUMN retention_dashboard_by_grain.net_revenue_retention IS 'net revenue retention: end_value / start_value; above 1 where those who stay grow more than is lost';
COMMENT ON COLUMN retention_dashboard_by_grain.upsold IS 'customers active at the start who bought an upsell or cross-sell in the period';
COMMENT ON COLUMN retention_dashboard_by_grain.upsell_ratio IS 'upsell rate: upsold / customers_start';
COMMENT ON COLUMN retention_dashboard_by_grain.buyers IS 'customers who bought in the period';
COMMENT ON COLUMN retention_dashboard_by_grain.purchases IS 'purchases in the period';
COMMENT ON COLUMN retention_dashboard_by_grain.revenue_amount IS 'amount of the sales of the period, less refunds, base currency';
COMMENT ON COLUMN retention_dashboard_by_grain.customers_start_previous IS 'customers_start of the period before';
COMMENT ON COLUMN retention_dashboard_by_grain.new_customers_previous IS 'new_customers of the period before';
COMMENT ON COLUMN retention_dashboard_by_grain.lost_previous IS 'lost of the period before';
COMMENT ON COLUMN retention_dashboard_by_grain.crr_ratio_previous IS 'crr_ratio of the period before';
COMMENT ON COLUMN retention_dashboard_by_grain.churn_ratio_previous IS 'churn_ratio of the period before';
COMMENT ON COLUMN retention_dashboard_by_grain.revenue_churn_ratio_previous IS 'revenue_churn_ratio of the period before';
COMMENT ON COLUMN retention_dashboard_by_grain.net_revenue_retention_previous IS 'net_revenue_retention of the period before';
COMMENT ON COLUMN retention_dashboard_by_grain.upsell_ratio_previous IS 'upsell_ratio of the period before';
