-- opportunity_dashboard: opportunity_dashboard_by_grain by month, and with any grain as a function.
CREATE VIEW opportunity_dashboard WITH (security_invoker = true) AS
SELECT
    period_start, is_complete, created, created_amount, open_items, open_amount, open_priced, weighted_amount,
    weighted_items, won, lost, closed, close_ratio, amount_win_ratio, won_amount, lost_amount, closed_amount,
    lost_priced, cohort_win_ratio, cohort_won, cohort_total, cohort_is_mature, contracts, contract_value,
    annual_contract_value, annual_amount, annual_contracts, cycle_hours, cycle_median_hours, cycle_p90_hours,
    cycle_won, decision_km_hours, decided, velocity_amount, velocity_win_ratio, velocity_won, velocity_closed,
    velocity_won_value, velocity_contracts, velocity_cycle_hours, velocity_cycles, created_previous,
    open_items_previous, weighted_amount_previous, won_previous, close_ratio_previous, won_amount_previous,
    contract_value_previous, cycle_hours_previous, velocity_amount_previous
FROM opportunity_dashboard_by_grain
WHERE grain = 'month';

COMMENT ON VIEW opportunity_dashboard IS 'Opportunity KPIs, by month (key: period_start)';

CREATE FUNCTION opportunity_dashboard(grain text, from_day date DEFAULT NULL, to_day date DEFAULT NULL)
    RETURNS SETOF opportunity_dashboard_by_grain
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT d.*
    FROM opportunity_dashboard_by_grain d
    CROSS JOIN config c
    -- period_start() makes an unknown grain an error
    WHERE d.grain = CASE WHEN period_start('2000-01-01', $1) IS NOT NULL THEN $1 END
        AND (from_day IS NULL OR d.period_start >= period_start(from_day, $1, c.first_day_of_week))
        AND (to_day IS NULL OR d.period_start <= to_day)
    ORDER BY d.period_start;
END;
COMMENT ON FUNCTION opportunity_dashboard(text, date, date)
    IS 'opportunity_dashboard with a grain (day, week, month, quarter, year), for the periods that hold any day from from_day to to_day';
