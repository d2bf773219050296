-- opportunity_dashboard_by_grain: how full is the pipeline, and how does it flow?
--
-- What it has in common with crm_dashboard has the same names and the same values there.
CREATE VIEW opportunity_dashboard_by_grain WITH (security_invoker = true) AS
SELECT
    p.grain, p.period_start, p.is_complete,
    p.created,
    p.created_amount,
    p.open_items,
    p.open_amount,
    p.open_priced,
    p.weighted_amount,
    p.weighted_items,
    coalesce(hits(p.win), 0) AS won,
    coalesce(total(p.win) - hits(p.win), 0) AS lost,
    coalesce(total(p.win), 0) AS closed,
    rate(p.win)::numeric(9,6) AS close_ratio,
    -- lost deals of which none has an amount would make it 1
    CASE WHEN (p.lost_priced > 0 OR total(p.win) = hits(p.win)) AND p.won_amount >= 0
        THEN p.won_amount / nullif(p.won_amount + p.lost_amount, 0) END::numeric(9,6) AS amount_win_ratio,
    p.won_amount,
    p.lost_amount,
    (p.won_amount + p.lost_amount)::numeric(19,4) AS closed_amount,
    p.lost_priced,
    rate(p.cohort_win)::numeric(9,6) AS cohort_win_ratio,
    coalesce(hits(p.cohort_win), 0) AS cohort_won,
    coalesce(total(p.cohort_win), 0) AS cohort_total,
    p.cohort_is_mature,
    p.contracts,
    (p.won_amount / nullif(p.contracts, 0))::numeric(19,4) AS contract_value,
    (p.annual_amount / nullif(p.annual_contracts, 0))::numeric(19,4) AS annual_contract_value,
    p.annual_amount::numeric(19,4) AS annual_amount,
    p.annual_contracts,
    (extract(epoch FROM mean(p.cycle)) / 3600)::numeric(12,2) AS cycle_hours,
    (extract(epoch FROM median(p.cycle)) / 3600)::numeric(12,2) AS cycle_median_hours,
    (extract(epoch FROM percentile(p.cycle, 0.9)) / 3600)::numeric(12,2) AS cycle_p90_hours,
    coalesce(items(p.cycle), 0) AS cycle_won,
    (extract(epoch FROM median_survival(p.decision)) / 3600)::numeric(12,2) AS decision_km_hours,
    coalesce(events(p.decision), 0) AS decided,
    p.velocity_amount,
    p.velocity_win_ratio,
    p.velocity_won,
    p.velocity_closed,
    p.velocity_won_value,
    p.velocity_contracts,
    p.velocity_cycle_hours,
    p.velocity_cycles,
    b.created AS created_previous,
    b.open_items AS open_items_previous,
    b.weighted_amount AS weighted_amount_previous,
    coalesce(hits(b.win), CASE WHEN b.grain IS NOT NULL THEN 0 END) AS won_previous,
    rate(b.win)::numeric(9,6) AS close_ratio_previous,
    b.won_amount AS won_amount_previous,
    (b.won_amount / nullif(b.contracts, 0))::numeric(19,4) AS contract_value_previous,
    (extract(epoch FROM mean(b.cycle)) / 3600)::numeric(12,2) AS cycle_hours_previous,
    b.velocity_amount AS velocity_amount_previous
FROM opportunity_period p
LEFT JOIN opportunity_period b ON b.grain = p.grain AND b.period_start = period_add(p.period_start, p.grain, -1);

COMMENT ON VIEW opportunity_dashboard_by_grain IS 'Opportunity KPIs, for every grain (key: grain, period_start)';
COMMENT ON COLUMN opportunity_dashboard_by_grain.grain IS 'day, week, month, quarter or year';
COMMENT ON COLUMN opportunity_dashboard_by_grain.period_start IS 'first day of the period, in the zone of the mart';
COMMENT ON COLUMN opportunity_dashboard_by_grain.is_complete IS 'whether the period is over';
COMMENT ON COLUMN opportunity_dashboard_by_grain.created IS 'opportunities created in the period';
COMMENT ON COLUMN opportunity_dashboard_by_grain.created_amount IS 'their amount as far as it is known, base currency';
COMMENT ON COLUMN opportunity_dashboard_by_grain.open_items IS 'opportunities open at the end of the period, or as of now';
COMMENT ON COLUMN opportunity_dashboard_by_grain.open_amount IS 'their amount as far as it is known, base currency; amounts are those of now';
COMMENT ON COLUMN opportunity_dashboard_by_grain.open_priced IS 'of these, opportunities with a known amount';
COMMENT ON COLUMN opportunity_dashboard_by_grain.weighted_amount IS 'weighted pipeline at the same moment: sum of amount x chance of winning, base currency; NULL where no open opportunity has both';
COMMENT ON COLUMN opportunity_dashboard_by_grain.weighted_items IS 'opportunities in weighted_amount: those with a known amount and a known chance at that moment';
COMMENT ON COLUMN opportunity_dashboard_by_grain.won IS 'opportunities won in the period';
COMMENT ON COLUMN opportunity_dashboard_by_grain.lost IS 'opportunities lost in the period';
COMMENT ON COLUMN opportunity_dashboard_by_grain.closed IS 'won + lost';
COMMENT ON COLUMN opportunity_dashboard_by_grain.close_ratio IS 'win rate: won / closed';
COMMENT ON COLUMN opportunity_dashboard_by_grain.amount_win_ratio IS 'win rate by amount: won_amount / closed_amount; NULL where opportunities were lost and none of them has an amount';
COMMENT ON COLUMN opportunity_dashboard_by_grain.won_amount IS 'amount won, base currency';
COMMENT ON COLUMN opportunity_dashboard_by_grain.lost_amount IS 'amount lost, base currency; a lost opportunity with the amount 0 has no known one';
COMMENT ON COLUMN opportunity_dashboard_by_grain.closed_amount IS 'won_amount + lost_amount';
COMMENT ON COLUMN opportunity_dashboard_by_grain.lost_priced IS 'of lost, opportunities with a known amount';
COMMENT ON COLUMN opportunity_dashboard_by_grain.cohort_win_ratio IS 'win rate of the cohort: cohort_won / cohort_total';
COMMENT ON COLUMN opportunity_dashboard_by_grain.cohort_won IS 'of cohort_total, opportunities won within the funnel window of their creation';
COMMENT ON COLUMN opportunity_dashboard_by_grain.cohort_total IS 'opportunities created in the period whose funnel window has passed';
COMMENT ON COLUMN opportunity_dashboard_by_grain.cohort_is_mature IS 'whether the funnel window of every opportunity created in the period has passed';
COMMENT ON COLUMN opportunity_dashboard_by_grain.contracts IS 'opportunities won with a known amount';
COMMENT ON COLUMN opportunity_dashboard_by_grain.contract_value IS 'average contract value: won_amount / contracts, base currency';
COMMENT ON COLUMN opportunity_dashboard_by_grain.annual_contract_value IS 'average contract value per year: annual_amount / annual_contracts, base currency';
COMMENT ON COLUMN opportunity_dashboard_by_grain.annual_amount IS 'amount per year of contract, of those won with a known amount and length, base currency';
COMMENT ON COLUMN opportunity_dashboard_by_grain.annual_contracts IS 'opportunities won with a known amount and length';
COMMENT ON COLUMN opportunity_dashboard_by_grain.cycle_hours IS 'mean hours from creation to closing, of opportunities won in the period';
COMMENT ON COLUMN opportunity_dashboard_by_grain.cycle_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN opportunity_dashboard_by_grain.cycle_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN opportunity_dashboard_by_grain.cycle_won IS 'opportunities these three are of';
COMMENT ON COLUMN opportunity_dashboard_by_grain.decision_km_hours IS 'hours after which half of the opportunities created in the period were won or lost, open ones included (Kaplan-Meier median); NULL where that is not reached';
COMMENT ON COLUMN opportunity_dashboard_by_grain.decided IS 'of created, opportunities that are won or lost so far';
COMMENT ON COLUMN opportunity_dashboard_by_grain.velocity_amount IS 'sales velocity at the end of the period, base currency per day: open_items x velocity_win_ratio x velocity_won_value / (velocity_cycle_hours / 24)';
COMMENT ON COLUMN opportunity_dashboard_by_grain.velocity_win_ratio IS 'velocity_won / velocity_closed';
COMMENT ON COLUMN opportunity_dashboard_by_grain.velocity_won IS 'opportunities won in the velocity_window up to the end of the period';
COMMENT ON COLUMN opportunity_dashboard_by_grain.velocity_closed IS 'opportunities won or lost in that time';
COMMENT ON COLUMN opportunity_dashboard_by_grain.velocity_won_value IS 'mean amount of those won in that time, base currency';
COMMENT ON COLUMN opportunity_dashboard_by_grain.velocity_contracts IS 'opportunities that this is the mean of';
COMMENT ON COLUMN opportunity_dashboard_by_grain.velocity_cycle_hours IS 'mean hours from creation to closing of those won in that time';
COMMENT ON COLUMN opportunity_dashboard_by_grain.velocity_cycles IS 'opportunities that this is the mean of';
COMMENT ON COLUMN opportunity_dashboard_by_grain.created_previous IS 'created of the period before';
COMMENT ON COLUMN opportunity_dashboard_by_grain.open_items_previous IS 'open_items of the period before';
COMMENT ON COLUMN opportunity_dashboard_by_grain.weighted_amount_previous IS 'weighted_amount of the period before';
COMMENT ON COLUMN opportunity_dashboard_by_grain.won_previous IS 'won of the period before';
COMMENT ON COLUMN opportunity_dashboard_by_grain.close_ratio_previous IS 'close_ratio of the period before';
COMMENT ON COLUMN opportunity_dashboard_by_grain.won_amount_previous IS 'won_amount of the period before';
COMMENT ON COLUMN opportunity_dashboard_by_grain.contract_value_previous IS 'contract_value of the period before';
COMMENT ON COLUMN opportunity_dashboard_by_grain.cycle_hours_previous IS 'cycle_hours of the period before';
COMMENT ON COLUMN opportunity_dashboard_by_grain.velocity_amount_previous IS 'velocity_amount of the period before';
