-- retention_period: customers gained, kept and lost in every period.
--
-- By set: who was active at the start of a period and is so at its end was
-- retained, whatever happened in between.  Longer periods are therefore not
-- sums of months: a customer counts by the first and the last month.
CREATE VIEW retention_period WITH (security_invoker = true) AS
WITH span AS (
    SELECT 'month' AS grain, m.*
    FROM (
        SELECT period_start, active_start, active_end, is_new, is_returned, is_upsold, purchases, revenue,
            margin, margin_revenue,
            -- a customer without a contract is worth what the month before brought
            CASE WHEN NOT active_start THEN NULL WHEN is_contractual THEN recurring_start
                 ELSE greatest(revenue_before, 0) END AS value_start,
            CASE WHEN is_contractual THEN coalesce(recurring_end, 0) ELSE revenue END AS value_end
        FROM customer_month
        -- so that each column is computed once, not again in every count and sum
        OFFSET 0
    ) m
    UNION ALL
    SELECT grain, period_start, active_start, active_end, is_new, is_returned AND NOT active_start AND NOT is_new,
        active_start AND upsells > 0, purchases, revenue, margin, margin_revenue,
        CASE WHEN NOT active_start THEN NULL WHEN is_contractual THEN recurring_start
             WHEN lag(period_start) OVER earlier = period_add(period_start, grain, -1)
             THEN greatest(lag(revenue) OVER earlier, 0) ELSE 0 END,
        CASE WHEN is_contractual THEN coalesce(recurring_end, 0) ELSE revenue END
    FROM (
        SELECT grain, customer_id, period_start,
            bool_or(is_contractual) AS is_contractual,
            bool_or(active_start AND month = period_start) AS active_start,
            bool_or(active_end AND month = last_month) AS active_end,
            bool_or(is_new) AS is_new,
            bool_or(is_returned) AS is_returned,
            sum(purchases) AS purchases,
            sum(upsells) AS upsells,
            sum(revenue) AS revenue,
            sum(margin) AS margin,
            sum(margin_revenue) AS margin_revenue,
            sum(recurring_start) FILTER (WHERE month = period_start) AS recurring_start,
            sum(recurring_end) FILTER (WHERE month = last_month) AS recurring_end
        FROM (
            SELECT grain, period_start(m.period_start, grain) AS period_start, m.period_start AS month,
                least(period_add(period_add(period_start(m.period_start, grain), grain, 1), 'month', -1),
                      (SELECT period_start((as_of AT TIME ZONE zone)::date, 'month') FROM config)) AS last_month,
                m.customer_id, m.is_contractual, m.active_start, m.active_end, m.is_new, m.is_returned, m.purchases,
                m.upsells, m.revenue, m.margin, m.margin_revenue, m.recurring_start, m.recurring_end
            FROM (
                -- two readings, so that only the grain asked for is read
                SELECT 'quarter' AS grain, * FROM customer_month
                UNION ALL
                SELECT 'year', * FROM customer_month
            ) m
        ) m
        GROUP BY grain, customer_id, period_start, last_month
    ) s
    WINDOW earlier AS (PARTITION BY grain, customer_id ORDER BY period_start)
)
SELECT grain, period_start,
    period_add(period_start, grain, 1) <= (SELECT (as_of AT TIME ZONE zone)::date FROM config) AS is_complete,
    count(*) FILTER (WHERE active_start) AS customers_start,
    count(*) FILTER (WHERE active_end) AS customers_end,
    count(*) FILTER (WHERE active_start AND active_end) AS retained,
    count(*) FILTER (WHERE active_start AND NOT active_end) AS lost,
    count(*) FILTER (WHERE is_new) AS new_customers,
    count(*) FILTER (WHERE is_returned) AS returned,
    count(*) FILTER (WHERE (is_new OR is_returned) AND NOT active_end) AS left_again,
    count(*) FILTER (WHERE is_upsold) AS upsold,
    count(*) FILTER (WHERE purchases > 0) AS buyers,
    coalesce(sum(purchases), 0)::bigint AS purchases,
    coalesce(sum(revenue), 0)::numeric(19,4) AS revenue,
    sum(margin)::numeric(19,4) AS margin,
    sum(margin_revenue)::numeric(19,4) AS margin_revenue,
    sum(value_start)::numeric(19,4) AS value_start,
    (sum(value_end) FILTER (WHERE value_start IS NOT NULL))::numeric(19,4) AS value_end,
    sum(value_start - least(value_start, greatest(value_end, 0)))::numeric(19,4) AS value_lost
FROM span
GROUP BY grain, period_start;

COMMENT ON VIEW retention_period IS 'Customers gained, kept and lost by period (key: grain, period_start), of which retention_dashboard is read';
COMMENT ON COLUMN retention_period.grain IS 'month, quarter or year';
COMMENT ON COLUMN retention_period.period_start IS 'first day of the period';
COMMENT ON COLUMN retention_period.is_complete IS 'whether the period is over';
COMMENT ON COLUMN retention_period.customers_start IS 'customers active at the start';
COMMENT ON COLUMN retention_period.customers_end IS 'customers active at the end, or as of now';
COMMENT ON COLUMN retention_period.retained IS 'customers active at the start and at the end';
COMMENT ON COLUMN retention_period.lost IS 'customers active at the start and not at the end';
COMMENT ON COLUMN retention_period.new_customers IS 'customers who became active for the first time';
COMMENT ON COLUMN retention_period.returned IS 'customers who became active again, and were not at the start';
COMMENT ON COLUMN retention_period.left_again IS 'new and returned customers who are not active at the end';
COMMENT ON COLUMN retention_period.upsold IS 'customers active at the start who bought an upsell or cross-sell';
COMMENT ON COLUMN retention_period.buyers IS 'customers who bought';
COMMENT ON COLUMN retention_period.purchases IS 'purchases';
COMMENT ON COLUMN retention_period.revenue IS 'amount of sales less refunds, base currency';
COMMENT ON COLUMN retention_period.margin IS 'gross margin of the sales whose margin is known; NULL: of none';
COMMENT ON COLUMN retention_period.margin_revenue IS 'amount of the sales whose margin is known; NULL: of none';
COMMENT ON COLUMN retention_period.value_start IS 'value at the start of the customers active then: monthly value of contracts, revenue of the period before of others';
COMMENT ON COLUMN retention_period.value_end IS 'value of the same customers at the end: monthly value of contracts, revenue of the period of others';
COMMENT ON COLUMN retention_period.value_lost IS 'what each of them is worth less at the end than at the start, added up';
