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
COMMENT ON COLUMN crm_dashboard.period_start IS 'first day of the month, in the zone of the mart';
COMMENT ON COLUMN crm_dashboard.is_complete IS 'whether the month is over';
COMMENT ON COLUMN crm_dashboard.leads IS 'leads created';
COMMENT ON COLUMN crm_dashboard.leads_answered IS 'of these, leads with an outbound touch by a person';
COMMENT ON COLUMN crm_dashboard.leads_unanswered IS 'of these, leads without one so far';
COMMENT ON COLUMN crm_dashboard.response_hours IS 'lead response time: mean hours from creation to the first outbound touch by a person, of leads answered';
COMMENT ON COLUMN crm_dashboard.response_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN crm_dashboard.response_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN crm_dashboard.golden_ratio IS 'golden_answered / golden_total';
COMMENT ON COLUMN crm_dashboard.golden_answered IS 'leads answered within the golden window';
COMMENT ON COLUMN crm_dashboard.golden_total IS 'leads whose golden window has passed';
COMMENT ON COLUMN crm_dashboard.follow_up_ratio IS 'follow-up rate: followed_up / leads_answered';
COMMENT ON COLUMN crm_dashboard.followed_up IS 'leads touched again after the first answer';
COMMENT ON COLUMN crm_dashboard.conversion_ratio IS 'conversion rate: leads_converted / leads';
COMMENT ON COLUMN crm_dashboard.leads_converted IS 'leads of the period converted within the funnel window';
COMMENT ON COLUMN crm_dashboard.conversion_is_mature IS 'whether the funnel window of every lead of the period has passed';
COMMENT ON COLUMN crm_dashboard.activities IS 'completed activities by people';
COMMENT ON COLUMN crm_dashboard.calls_out IS 'of these, calls out';
COMMENT ON COLUMN crm_dashboard.calls_in IS 'of these, calls in';
COMMENT ON COLUMN crm_dashboard.emails_out IS 'of these, e-mails out';
COMMENT ON COLUMN crm_dashboard.emails_in IS 'of these, e-mails in';
COMMENT ON COLUMN crm_dashboard.meetings IS 'of these, meetings';
COMMENT ON COLUMN crm_dashboard.messages IS 'of these, messages in and out';
COMMENT ON COLUMN crm_dashboard.tasks IS 'of these, tasks';
COMMENT ON COLUMN crm_dashboard.automated IS 'completed activities by machines, not counted above';
COMMENT ON COLUMN crm_dashboard.won IS 'opportunities won, by closing date';
COMMENT ON COLUMN crm_dashboard.closed IS 'opportunities won or lost, by closing date';
COMMENT ON COLUMN crm_dashboard.close_ratio IS 'close (win) rate: won / closed';
COMMENT ON COLUMN crm_dashboard.won_amount IS 'amount of opportunities won, base currency';
COMMENT ON COLUMN crm_dashboard.contracts IS 'opportunities won with a known amount';
COMMENT ON COLUMN crm_dashboard.contract_value IS 'average contract value: won_amount / contracts';
COMMENT ON COLUMN crm_dashboard.annual_contract_value IS 'average contract value per year of contract: annual_amount / annual_contracts';
COMMENT ON COLUMN crm_dashboard.annual_amount IS 'amount per year of contract, of opportunities won with a known length';
COMMENT ON COLUMN crm_dashboard.annual_contracts IS 'opportunities won with a known amount and length';
COMMENT ON COLUMN crm_dashboard.cycle_hours IS 'average sales cycle: mean hours from creation to closing, of opportunities won';
COMMENT ON COLUMN crm_dashboard.cycle_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN crm_dashboard.cycle_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN crm_dashboard.cycle_won IS 'opportunities these three are of';
COMMENT ON COLUMN crm_dashboard.leads_previous IS 'leads of the period before';
COMMENT ON COLUMN crm_dashboard.response_hours_previous IS 'response_hours of the period before';
COMMENT ON COLUMN crm_dashboard.golden_ratio_previous IS 'golden_ratio of the period before';
COMMENT ON COLUMN crm_dashboard.conversion_ratio_previous IS 'conversion_ratio of the period before';
COMMENT ON COLUMN crm_dashboard.activities_previous IS 'activities of the period before';
COMMENT ON COLUMN crm_dashboard.close_ratio_previous IS 'close_ratio of the period before';
COMMENT ON COLUMN crm_dashboard.won_amount_previous IS 'won_amount of the period before';
COMMENT ON COLUMN crm_dashboard.contract_value_previous IS 'contract_value of the period before';
COMMENT ON COLUMN crm_dashboard.cycle_hours_previous IS 'cycle_hours of the period before';

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
