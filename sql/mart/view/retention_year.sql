-- retention_year: the twelve months up to the end of each month, of which CLV is read.
--
-- Customers are counted once a year.  One who bought in a month counts in the
-- years that end from that month on, until the next month with a purchase, or
-- for twelve months.
CREATE VIEW retention_year WITH (security_invoker = true) AS
WITH stay AS MATERIALIZED (
    SELECT customer_id, period_start, active_start, active_end, is_new, purchases, revenue, margin, margin_revenue
    FROM customer_month
), month AS (
    SELECT period_start,
        count(*) FILTER (WHERE active_start) AS customers_start,
        count(*) FILTER (WHERE is_new) AS new_customers,
        sum(purchases) AS purchases, sum(revenue) AS revenue,
        sum(margin) AS margin, sum(margin_revenue) AS margin_revenue
    FROM stay
    GROUP BY period_start
), kept AS (
    SELECT e.period_start, count(*) AS retained
    FROM stay e
    JOIN stay s ON s.customer_id = e.customer_id AND s.period_start = period_add(e.period_start, 'month', -11)
    WHERE e.active_end AND s.active_start
    GROUP BY e.period_start
), bought AS (
    SELECT period_start, lag(period_start) OVER w IS NULL AS is_first,
        least(period_add(period_start, 'month', 12), lead(period_start) OVER w) AS until
    FROM stay
    WHERE purchases > 0
    WINDOW w AS (PARTITION BY customer_id ORDER BY period_start)
), buyer AS (
    SELECT period_start, sum(more) AS more, sum(first_time) AS first_time
    FROM (
        SELECT period_start, count(*) AS more, count(*) FILTER (WHERE is_first) AS first_time
        FROM bought GROUP BY period_start
        UNION ALL
        SELECT until, -count(*), 0 FROM bought GROUP BY until
    ) b
    GROUP BY period_start
)
SELECT y.period_start,
    period_add(y.period_start, 'month', 1) <= (SELECT (as_of AT TIME ZONE zone)::date FROM config) AS is_complete,
    coalesce(s.customers_start, 0) AS customers_start,
    coalesce(k.retained, 0) AS retained,
    t.new_customers,
    coalesce((SELECT sum(b.more) FROM buyer b WHERE b.period_start <= y.period_start), 0)::bigint AS buyers,
    t.purchases, t.revenue, t.margin, t.margin_revenue,
    coalesce((SELECT sum(b.first_time) FROM buyer b WHERE b.period_start <= y.period_start), 0)::bigint AS buyers_ever,
    (SELECT sum(m.revenue) FROM month m WHERE m.period_start <= y.period_start)::numeric(19,4) AS revenue_ever
FROM (
    SELECT period_add(first_month, 'month', n) AS period_start, period_add(first_month, 'month', n - 11) AS from_month
    FROM (
        SELECT min(period_start) AS first_month,
            round(((SELECT period_start((as_of AT TIME ZONE zone)::date, 'month') FROM config) - min(period_start))
                  / 30.436875::double precision)::integer AS months
        FROM month
    ) span
    CROSS JOIN LATERAL few_numbers(0, span.months) n
) y
LEFT JOIN month s ON s.period_start = y.from_month
LEFT JOIN kept k ON k.period_start = y.period_start
CROSS JOIN LATERAL (
    SELECT coalesce(sum(m.new_customers), 0)::bigint AS new_customers,
        coalesce(sum(m.purchases), 0)::bigint AS purchases, coalesce(sum(m.revenue), 0)::numeric(19,4) AS revenue,
        sum(m.margin)::numeric(19,4) AS margin, sum(m.margin_revenue)::numeric(19,4) AS margin_revenue
    FROM month m
    WHERE m.period_start BETWEEN y.from_month AND y.period_start
) t;

COMMENT ON VIEW retention_year IS 'Customers and revenue of the twelve months up to the end of each month (key: period_start)';
COMMENT ON COLUMN retention_year.period_start IS 'first day of the last of the twelve months';
COMMENT ON COLUMN retention_year.is_complete IS 'whether that month is over';
COMMENT ON COLUMN retention_year.customers_start IS 'customers active when the twelve months began';
COMMENT ON COLUMN retention_year.retained IS 'of these, customers active at their end, or as of now';
COMMENT ON COLUMN retention_year.new_customers IS 'customers who became active for the first time';
COMMENT ON COLUMN retention_year.buyers IS 'customers who bought, each once';
COMMENT ON COLUMN retention_year.purchases IS 'purchases';
COMMENT ON COLUMN retention_year.revenue IS 'amount of sales less refunds, base currency';
COMMENT ON COLUMN retention_year.margin IS 'gross margin of the sales whose margin is known; NULL: of none';
COMMENT ON COLUMN retention_year.margin_revenue IS 'amount of the sales whose margin is known; NULL: of none';
COMMENT ON COLUMN retention_year.buyers_ever IS 'customers who bought up to the end of the month';
COMMENT ON COLUMN retention_year.revenue_ever IS 'amount of all sales up to the end of the month, less refunds';
