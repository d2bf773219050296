-- retention_dashboard: retention_dashboard_by_grain by month, and with a grain as a function.
CREATE VIEW retention_dashboard WITH (security_invoker = true) AS
SELECT
    period_start, is_complete, customers_start, retained, lost, new_customers, returned, left_again, customers_end,
    crr_ratio, churn_ratio, start_value, end_value, lost_value, revenue_churn_ratio, net_revenue_retention, upsold,
    upsell_ratio, buyers, purchases, revenue_amount, customers_start_previous, new_customers_previous, lost_previous,
    crr_ratio_previous, churn_ratio_previous, revenue_churn_ratio_previous, net_revenue_retention_previous,
    upsell_ratio_previous
FROM retention_dashboard_by_grain
WHERE grain = 'month';

COMMENT ON VIEW retention_dashboard IS 'Retention KPIs, by month (key: period_start)';

CREATE FUNCTION retention_dashboard(grain text, from_day date DEFAULT NULL, to_day date DEFAULT NULL)
    RETURNS SETOF retention_dashboard_by_grain
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT d.*
    FROM retention_dashboard_by_grain d
    WHERE d.grain = CASE WHEN $1 IN ('month', 'quarter', 'year') THEN $1
                         ELSE unknown_grain($1, 'month, quarter or year') END
        AND (from_day IS NULL OR d.period_start >= period_start(from_day, d.grain))
        AND (to_day IS NULL OR d.period_start <= to_day)
    ORDER BY d.period_start;
END;
COMMENT ON FUNCTION retention_dashboard(text, date, date)
    IS 'retention_dashboard with a grain (month, quarter, year), for the periods that hold any day from from_day to to_day';
