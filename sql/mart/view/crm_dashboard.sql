-- crm_dashboard: crm_dashboard_by_grain by month, and with any grain as a function.
CREATE VIEW crm_dashboard WITH (security_invoker = true) AS
SELECT
    period_start, is_complete, leads, leads_answered, leads_unanswered, response_hours, response_median_hours,
    response_p90_hours, golden_ratio, golden_answered, golden_total, follow_up_ratio, followed_up,
    conversion_ratio, leads_converted, conversion_is_mature, activities, calls_out, calls_in, emails_out,
    emails_in, meetings, messages, tasks, automated, won, closed, close_ratio, won_amount, contracts,
    contract_value, annual_contract_value, annual_amount, annual_contracts, cycle_hours, cycle_median_hours,
    cycle_p90_hours, cycle_won, leads_previous, response_hours_previous, golden_ratio_previous,
    conversion_ratio_previous, activities_previous, close_ratio_previous, won_amount_previous,
    contract_value_previous, cycle_hours_previous
FROM crm_dashboard_by_grain
WHERE grain = 'month';

COMMENT ON VIEW crm_dashboard IS 'Sales KPIs, by month (key: period_start)';

CREATE FUNCTION crm_dashboard(grain text, from_day date DEFAULT NULL, to_day date DEFAULT NULL)
    RETURNS SETOF crm_dashboard_by_grain
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT d.*
    FROM crm_dashboard_by_grain d
    CROSS JOIN config c
    -- period_start() makes an unknown grain an error
    WHERE d.grain = CASE WHEN period_start('2000-01-01', $1) IS NOT NULL THEN $1 END
        AND (from_day IS NULL OR d.period_start >= period_start(from_day, $1, c.first_day_of_week))
        AND (to_day IS NULL OR d.period_start <= to_day)
    ORDER BY d.period_start;
END;
COMMENT ON FUNCTION crm_dashboard(text, date, date)
    IS 'crm_dashboard with a grain (day, week, month, quarter, year), for the periods that hold any day from from_day to to_day';
