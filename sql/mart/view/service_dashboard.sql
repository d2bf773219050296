-- service_dashboard: service_dashboard_by_grain by month, and with any grain as a function.
CREATE VIEW service_dashboard WITH (security_invoker = true) AS
SELECT
    period_start, is_complete, opened, solved, solved_per_agent_day, solved_by_agents, agent_days, art_hours,
    art_median_hours, art_p90_hours, art_tickets, response_hours, response_median_hours, response_p90_hours,
    responded, aht_seconds, aht_median_seconds, aht_p90_seconds, aht_tickets, fcr_ratio, fcr_solved,
    fcr_total, reopened_ratio, reopened, reopened_total, csat_ratio, csat_satisfied, csat_answers,
    csat_response_ratio, csat_answered, csat_sent, nps, nps_margin, promoters, passives, detractors,
    nps_answers, complaint_ratio, complaints_resolved, complaints, complaints_mature_ratio, complaints_mature,
    compliance_ratio, compliance_passed, compliance_total, opened_previous, solved_previous,
    art_hours_previous, response_hours_previous, fcr_ratio_previous, csat_ratio_previous, nps_previous
FROM service_dashboard_by_grain
WHERE grain = 'month';

COMMENT ON VIEW service_dashboard IS 'Service KPIs, by month (key: period_start)';
COMMENT ON COLUMN service_dashboard.period_start IS 'first day of the month, in the zone of the mart';
COMMENT ON COLUMN service_dashboard.is_complete IS 'whether the month is over';
COMMENT ON COLUMN service_dashboard.opened IS 'tickets opened';
COMMENT ON COLUMN service_dashboard.solved IS 'requests resolved: tickets by their last solve';
COMMENT ON COLUMN service_dashboard.solved_per_agent_day IS 'solved_by_agents / agent_days';
COMMENT ON COLUMN service_dashboard.solved_by_agents IS 'requests resolved that have an agent';
COMMENT ON COLUMN service_dashboard.agent_days IS 'days on which an agent solved a ticket, summed over agents';
COMMENT ON COLUMN service_dashboard.art_hours IS 'average resolution time: mean hours from opening to the last solve, of tickets solved in the period, calendar time';
COMMENT ON COLUMN service_dashboard.art_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN service_dashboard.art_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN service_dashboard.art_tickets IS 'tickets these three are of';
COMMENT ON COLUMN service_dashboard.response_hours IS 'mean hours from opening to the first public reply by a human agent, of tickets opened in the period';
COMMENT ON COLUMN service_dashboard.response_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN service_dashboard.response_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN service_dashboard.responded IS 'tickets opened in the period that have had such a reply';
COMMENT ON COLUMN service_dashboard.aht_seconds IS 'average handling time: mean seconds of work, of tickets solved with known handling time';
COMMENT ON COLUMN service_dashboard.aht_median_seconds IS 'median of the same, within 1 %';
COMMENT ON COLUMN service_dashboard.aht_p90_seconds IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN service_dashboard.aht_tickets IS 'tickets these three are of';
COMMENT ON COLUMN service_dashboard.fcr_ratio IS 'first contact resolution: fcr_solved / fcr_total';
COMMENT ON COLUMN service_dashboard.fcr_solved IS 'tickets solved with exactly one agent contact, no reopen and no new ticket of the customer within the FCR window';
COMMENT ON COLUMN service_dashboard.fcr_total IS 'tickets solved with at least one agent contact whose FCR window has passed';
COMMENT ON COLUMN service_dashboard.reopened_ratio IS 'reopened / reopened_total';
COMMENT ON COLUMN service_dashboard.reopened IS 'tickets solved that had been reopened before';
COMMENT ON COLUMN service_dashboard.reopened_total IS 'tickets solved whose reopens are known';
COMMENT ON COLUMN service_dashboard.csat_ratio IS 'customer satisfaction: csat_satisfied / csat_answers';
COMMENT ON COLUMN service_dashboard.csat_satisfied IS 'CSAT answers at or above the satisfied-from score of their scale';
COMMENT ON COLUMN service_dashboard.csat_answers IS 'CSAT answers';
COMMENT ON COLUMN service_dashboard.csat_response_ratio IS 'csat_answered / csat_sent';
COMMENT ON COLUMN service_dashboard.csat_answered IS 'CSAT surveys sent in the period that were answered';
COMMENT ON COLUMN service_dashboard.csat_sent IS 'CSAT surveys sent in the period';
COMMENT ON COLUMN service_dashboard.nps IS 'Net Promoter Score, -100 to 100: 100 x (promoters - detractors) / nps_answers';
COMMENT ON COLUMN service_dashboard.nps_margin IS 'margin of error of nps at 95 % confidence, in points';
COMMENT ON COLUMN service_dashboard.promoters IS 'customers who answered 9 or 10, latest answer in the period';
COMMENT ON COLUMN service_dashboard.passives IS 'customers who answered 7 or 8, latest answer in the period';
COMMENT ON COLUMN service_dashboard.detractors IS 'customers who answered 0 to 6, latest answer in the period';
COMMENT ON COLUMN service_dashboard.nps_answers IS 'customers who answered';
COMMENT ON COLUMN service_dashboard.complaint_ratio IS 'complaint resolution rate: complaints_resolved / complaints';
COMMENT ON COLUMN service_dashboard.complaints_resolved IS 'complaints received in the period and solved, not reopened';
COMMENT ON COLUMN service_dashboard.complaints IS 'complaints received in the period';
COMMENT ON COLUMN service_dashboard.complaints_mature_ratio IS 'complaints_mature / complaints: whether the rate may still change';
COMMENT ON COLUMN service_dashboard.complaints_mature IS 'complaints received in the period that are older than the FCR window';
COMMENT ON COLUMN service_dashboard.compliance_ratio IS 'process compliance: compliance_passed / compliance_total';
COMMENT ON COLUMN service_dashboard.compliance_passed IS 'weight of process checks passed';
COMMENT ON COLUMN service_dashboard.compliance_total IS 'weight of all process checks';
COMMENT ON COLUMN service_dashboard.opened_previous IS 'opened of the period before';
COMMENT ON COLUMN service_dashboard.solved_previous IS 'solved of the period before';
COMMENT ON COLUMN service_dashboard.art_hours_previous IS 'art_hours of the period before';
COMMENT ON COLUMN service_dashboard.response_hours_previous IS 'response_hours of the period before';
COMMENT ON COLUMN service_dashboard.fcr_ratio_previous IS 'fcr_ratio of the period before';
COMMENT ON COLUMN service_dashboard.csat_ratio_previous IS 'csat_ratio of the period before';
COMMENT ON COLUMN service_dashboard.nps_previous IS 'nps of the period before';

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
