-- crm_dashboard_by_grain: are we fast and active?
--
-- Built as service_dashboard_by_grain is.
CREATE VIEW crm_dashboard_by_grain WITH (security_invoker = true) AS
SELECT
    p.grain, p.period_start, p.is_complete,
    p.leads,
    coalesce(items(p.response), 0) AS leads_answered,
    p.leads - coalesce(items(p.response), 0) AS leads_unanswered,
    (extract(epoch FROM mean(p.response)) / 3600)::numeric(12,2) AS response_hours,
    (extract(epoch FROM median(p.response)) / 3600)::numeric(12,2) AS response_median_hours,
    (extract(epoch FROM percentile(p.response, 0.9)) / 3600)::numeric(12,2) AS response_p90_hours,
    rate(p.golden)::numeric(9,6) AS golden_ratio,
    coalesce(hits(p.golden), 0) AS golden_answered,
    coalesce(total(p.golden), 0) AS golden_total,
    rate(p.follow_up)::numeric(9,6) AS follow_up_ratio,
    coalesce(hits(p.follow_up), 0) AS followed_up,
    rate(p.conversion)::numeric(9,6) AS conversion_ratio,
    coalesce(hits(p.conversion), 0) AS leads_converted,
    p.conversion_is_mature,
    p.activities,
    p.calls_out,
    p.calls_in,
    p.emails_out,
    p.emails_in,
    p.meetings,
    p.messages,
    p.tasks,
    p.automated,
    coalesce(hits(p.win), 0) AS won,
    coalesce(total(p.win), 0) AS closed,
    rate(p.win)::numeric(9,6) AS close_ratio,
    p.won_amount,
    p.contracts,
    (p.won_amount / nullif(p.contracts, 0))::numeric(19,4) AS contract_value,
    (p.annual_amount / nullif(p.annual_contracts, 0))::numeric(19,4) AS annual_contract_value,
    p.annual_amount::numeric(19,4) AS annual_amount,
    p.annual_contracts,
    (extract(epoch FROM mean(p.cycle)) / 3600)::numeric(12,2) AS cycle_hours,
    (extract(epoch FROM median(p.cycle)) / 3600)::numeric(12,2) AS cycle_median_hours,
    (extract(epoch FROM percentile(p.cycle, 0.9)) / 3600)::numeric(12,2) AS cycle_p90_hours,
    coalesce(items(p.cycle), 0) AS cycle_won,
    b.leads AS leads_previous,
    (extract(epoch FROM mean(b.response)) / 3600)::numeric(12,2) AS response_hours_previous,
    rate(b.golden)::numeric(9,6) AS golden_ratio_previous,
    rate(b.conversion)::numeric(9,6) AS conversion_ratio_previous,
    b.activities AS activities_previous,
    rate(b.win)::numeric(9,6) AS close_ratio_previous,
    b.won_amount AS won_amount_previous,
    (b.won_amount / nullif(b.contracts, 0))::numeric(19,4) AS contract_value_previous,
    (extract(epoch FROM mean(b.cycle)) / 3600)::numeric(12,2) AS cycle_hours_previous
FROM crm_period p
LEFT JOIN crm_period b ON b.grain = p.grain AND b.period_start = period_add(p.period_start, p.grain, -1);

COMMENT ON VIEW crm_dashboard_by_grain IS 'Sales KPIs, for every grain (key: grain, period_start)';
COMMENT ON COLUMN crm_dashboard_by_grain.grain IS 'day, week, month, quarter or year';
COMMENT ON COLUMN crm_dashboard_by_grain.period_start IS 'first day of the period, in the zone of the mart';
COMMENT ON COLUMN crm_dashboard_by_grain.is_complete IS 'whether the period is over';
COMMENT ON COLUMN crm_dashboard_by_grain.leads IS 'leads created';
COMMENT ON COLUMN crm_dashboard_by_grain.leads_answered IS 'of these, leads with an outbound touch by a person';
COMMENT ON COLUMN crm_dashboard_by_grain.leads_unanswered IS 'of these, leads without one so far';
COMMENT ON COLUMN crm_dashboard_by_grain.response_hours IS 'lead response time: mean hours from creation to the first outbound touch by a person, of leads answered';
COMMENT ON COLUMN crm_dashboard_by_grain.response_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN crm_dashboard_by_grain.response_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN crm_dashboard_by_grain.golden_ratio IS 'golden_answered / golden_total';
COMMENT ON COLUMN crm_dashboard_by_grain.golden_answered IS 'leads answered within the golden window';
COMMENT ON COLUMN crm_dashboard_by_grain.golden_total IS 'leads whose golden window has passed';
COMMENT ON COLUMN crm_dashboard_by_grain.follow_up_ratio IS 'follow-up rate: followed_up / leads_answered';
COMMENT ON COLUMN crm_dashboard_by_grain.followed_up IS 'leads touched again after the first answer';
COMMENT ON COLUMN crm_dashboard_by_grain.conversion_ratio IS 'conversion rate: leads_converted / leads';
COMMENT ON COLUMN crm_dashboard_by_grain.leads_converted IS 'leads of the period converted within the funnel window';
COMMENT ON COLUMN crm_dashboard_by_grain.conversion_is_mature IS 'whether the funnel window of every lead of the period has passed';
COMMENT ON COLUMN crm_dashboard_by_grain.activities IS 'completed activities by people';
COMMENT ON COLUMN crm_dashboard_by_grain.calls_out IS 'of these, calls out';
COMMENT ON COLUMN crm_dashboard_by_grain.calls_in IS 'of these, calls in';
COMMENT ON COLUMN crm_dashboard_by_grain.emails_out IS 'of these, e-mails out';
COMMENT ON COLUMN crm_dashboard_by_grain.emails_in IS 'of these, e-mails in';
COMMENT ON COLUMN crm_dashboard_by_grain.meetings IS 'of these, meetings';
COMMENT ON COLUMN crm_dashboard_by_grain.messages IS 'of these, messages in and out';
COMMENT ON COLUMN crm_dashboard_by_grain.tasks IS 'of these, tasks';
COMMENT ON COLUMN crm_dashboard_by_grain.automated IS 'completed activities by machines, not counted above';
COMMENT ON COLUMN crm_dashboard_by_grain.won IS 'opportunities won, by closing date';
COMMENT ON COLUMN crm_dashboard_by_grain.closed IS 'opportunities won or lost, by closing date';
COMMENT ON COLUMN crm_dashboard_by_grain.close_ratio IS 'close (win) rate: won / closed';
COMMENT ON COLUMN crm_dashboard_by_grain.won_amount IS 'amount of opportunities won, base currency';
COMMENT ON COLUMN crm_dashboard_by_grain.contracts IS 'opportunities won with a known amount';
COMMENT ON COLUMN crm_dashboard_by_grain.contract_value IS 'average contract value: won_amount / contracts';
COMMENT ON COLUMN crm_dashboard_by_grain.annual_contract_value IS 'average contract value per year of contract: annual_amount / annual_contracts';
COMMENT ON COLUMN crm_dashboard_by_grain.annual_amount IS 'amount per year of contract, of opportunities won with a known length';
COMMENT ON COLUMN crm_dashboard_by_grain.annual_contracts IS 'opportunities won with a known amount and length';
COMMENT ON COLUMN crm_dashboard_by_grain.cycle_hours IS 'average sales cycle: mean hours from creation to closing, of opportunities won';
COMMENT ON COLUMN crm_dashboard_by_grain.cycle_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN crm_dashboard_by_grain.cycle_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN crm_dashboard_by_grain.cycle_won IS 'opportunities these three are of';
COMMENT ON COLUMN crm_dashboard_by_grain.leads_previous IS 'leads of the period before';
COMMENT ON COLUMN crm_dashboard_by_grain.response_hours_previous IS 'response_hours of the period before';
COMMENT ON COLUMN crm_dashboard_by_grain.golden_ratio_previous IS 'golden_ratio of the period before';
COMMENT ON COLUMN crm_dashboard_by_grain.conversion_ratio_previous IS 'conversion_ratio of the period before';
COMMENT ON COLUMN crm_dashboard_by_grain.activities_previous IS 'activities of the period before';
COMMENT ON COLUMN crm_dashboard_by_grain.close_ratio_previous IS 'close_ratio of the period before';
COMMENT ON COLUMN crm_dashboard_by_grain.won_amount_previous IS 'won_amount of the period before';
COMMENT ON COLUMN crm_dashboard_by_grain.contract_value_previous IS 'contract_value of the period before';
COMMENT ON COLUMN crm_dashboard_by_grain.cycle_hours_previous IS 'cycle_hours of the period before';
