-- service_dashboard: service_dashboard_by_grain by month, and with any grain as a function.
CREATE VIEW service_dashboard WITH (security_invoker = true) AS
SELECT
    period_start, is_complete, queue, opened, solved, reopens, solved_per_agent_day, solved_by_agents, agent_days,
    art_hours, art_median_hours, art_p90_hours, art_tickets, art_business_hours, art_business_median_hours,
    art_business_p90_hours, art_business_tickets, art_active_hours, art_active_median_hours,
    art_active_p90_hours, art_active_tickets, art_active_business_hours, art_active_business_median_hours,
    art_active_business_p90_hours, art_active_business_tickets, first_solve_hours, first_solve_median_hours,
    first_solve_p90_hours, first_solve_tickets, response_hours, response_median_hours, response_p90_hours,
    responded, response_business_hours, response_business_median_hours, response_business_p90_hours,
    response_business_tickets, aht_seconds, aht_median_seconds, aht_p90_seconds, aht_tickets, sla_ratio,
    sla_met, sla_total, response_sla_ratio, response_sla_met, response_sla_total, fcr_ratio, fcr_solved,
    fcr_total, reopened_ratio, reopened, reopened_total, csat_ratio, csat_satisfied, csat_answers,
    csat_response_ratio, csat_answered, csat_sent, nps, nps_margin, promoters, passives, detractors,
    nps_answers, complaint_ratio, complaints_resolved, complaints, complaints_mature_ratio, complaints_mature,
    compliance_ratio, compliance_passed, compliance_total, opened_previous, solved_previous, art_hours_previous,
    response_hours_previous, sla_ratio_previous, fcr_ratio_previous, csat_ratio_previous, nps_previous
FROM service_dashboard_by_grain
WHERE grain = 'month';

COMMENT ON VIEW service_dashboard IS 'Service KPIs, by month (key: period_start)';

CREATE FUNCTION service_dashboard(grain text, from_day date DEFAULT NULL, to_day date DEFAULT NULL)
    RETURNS SETOF service_dashboard_by_grain
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT d.*
    FROM service_dashboard_by_grain d
    CROSS JOIN config c
    -- period_start() makes an unknown grain an error
    WHERE d.grain = CASE WHEN period_start('2000-01-01', $1) IS NOT NULL THEN $1 END
        AND (from_day IS NULL OR d.period_start >= period_start(from_day, $1, c.first_day_of_week))
        AND (to_day IS NULL OR d.period_start <= to_day)
    ORDER BY d.period_start;
END;
COMMENT ON FUNCTION service_dashboard(text, date, date)
    IS 'service_dashboard with a grain (day, week, month, quarter, year), for the periods that hold any day from from_day to to_day';
