-- cohort_retention: of the customers won in a month, how many buy again in later months?
CREATE VIEW cohort_retention WITH (security_invoker = true) AS
WITH customers AS MATERIALIZED (
    SELECT cohort(s.customer_id::text, s.sold_at, 'month', c.zone) AS cohorts, c.as_of
    FROM sale s
    CROSS JOIN config c
    -- refunds are no purchases
    WHERE s.kind IN ('new', 'repeat', 'upsell', 'cross_sell') AND s.sold_at > '-infinity' AND s.sold_at <= c.as_of
    GROUP BY c.as_of
)
SELECT
    n.cohort AS cohort_start, n.period_number AS period_no,
    period_add(n.cohort, 'month', n.period_number) AS period_start,
    n.is_complete,
    n.customers,
    n.retained, n.retention_ratio::numeric(9,6) AS retention_ratio,
    r.retained AS retained_rolling, r.retention_ratio::numeric(9,6) AS rolling_ratio
FROM customers k
CROSS JOIN LATERAL cohort_retention(k.cohorts, k.as_of) n
JOIN LATERAL cohort_retention(k.cohorts, k.as_of, 'rolling') r
    ON r.cohort = n.cohort AND r.period_number = n.period_number;

COMMENT ON VIEW cohort_retention
    IS 'Customers by the month of their first purchase, and who bought in the months since (key: cohort_start, period_no)';
COMMENT ON COLUMN cohort_retention.cohort_start IS 'first day of the month of the first purchase, in the zone of the mart';
COMMENT ON COLUMN cohort_retention.period_no IS 'months since then: 0 is the month of the first purchase';
COMMENT ON COLUMN cohort_retention.period_start IS 'first day of that month';
COMMENT ON COLUMN cohort_retention.is_complete IS 'whether that month is over';
COMMENT ON COLUMN cohort_retention.customers IS 'customers of the cohort';
COMMENT ON COLUMN cohort_retention.retained IS 'of these, customers who bought in that month';
COMMENT ON COLUMN cohort_retention.retention_ratio IS 'retained / customers';
COMMENT ON COLUMN cohort_retention.retained_rolling IS 'of these, customers who bought in that month or later';
COMMENT ON COLUMN cohort_retention.rolling_ratio IS 'retained_rolling / customers; it grows while they come back';
