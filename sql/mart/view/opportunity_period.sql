-- opportunity_period: the opportunity summaries of every period, for each grain.
--
-- Periods run without gaps from the first opportunity to as_of, since there is a pipeline also where nothing happens.
CREATE VIEW opportunity_period WITH (security_invoker = true) AS
WITH history AS MATERIALIZED (
    SELECT * FROM pipeline_history
)
SELECT p.*, h.open_items, h.open_amount, h.open_priced, h.weighted_amount, h.weighted_items, h.velocity_amount,
    h.velocity_win_ratio, h.velocity_won, h.velocity_closed, h.velocity_won_value, h.velocity_contracts,
    h.velocity_cycle_hours, h.velocity_cycles
FROM (
    SELECT part.grain, part.period_start,
        period_add(part.period_start, part.grain, 1) <= (max(c.as_of) AT TIME ZONE max(c.zone))::date AS is_complete,
        max(part.day) AS last_day,
        coalesce(sum(created), 0)::bigint AS created,
        coalesce(sum(created_amount), 0)::numeric(19,4) AS created_amount,
        rollup(cohort_win) AS cohort_win,
        (period_add(part.period_start, part.grain, 1)::timestamp AT TIME ZONE max(c.zone)) + max(c.funnel_window)
            <= max(c.as_of) AS cohort_is_mature,
        rollup(decision) AS decision,
        rollup(win) AS win,
        coalesce(sum(contracts), 0)::bigint AS contracts,
        coalesce(sum(won_amount), 0)::numeric(19,4) AS won_amount,
        coalesce(sum(annual_contracts), 0)::bigint AS annual_contracts,
        coalesce(sum(annual_amount), 0) AS annual_amount,
        coalesce(sum(lost_priced), 0)::bigint AS lost_priced,
        coalesce(sum(lost_amount), 0)::numeric(19,4) AS lost_amount,
        rollup(cycle) AS cycle
    FROM (
        SELECT g.grain, period_start(f.day, g.grain, c.first_day_of_week) AS period_start, f.*
        FROM (VALUES ('day'), ('week'), ('month'), ('quarter'), ('year')) g(grain)
        CROSS JOIN config c
        CROSS JOIN (
            SELECT day, NULL::bigint AS created, NULL::numeric AS created_amount, NULL::rate_summary AS cohort_win,
                NULL::survival_summary AS decision, NULL::rate_summary AS win, NULL::bigint AS contracts,
                NULL::numeric AS won_amount, NULL::bigint AS annual_contracts, NULL::numeric AS annual_amount,
                NULL::bigint AS lost_priced, NULL::numeric AS lost_amount, NULL::duration_summary AS cycle
            FROM history
            UNION ALL
            SELECT day, created, created_amount, cohort_win, decision,
                NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
            FROM daily_opportunity_created
            UNION ALL
            SELECT day, NULL, NULL, NULL, NULL,
                win, contracts, won_amount, annual_contracts, annual_amount, lost_priced, lost_amount, cycle
            FROM daily_opportunity_closed
        ) f
    ) part
    CROSS JOIN config c
    GROUP BY part.grain, part.period_start
) p
LEFT JOIN history h ON h.day = p.last_day;

COMMENT ON VIEW opportunity_period IS 'Opportunity summaries by period (key: grain, period_start), of which opportunity_dashboard is read';
COMMENT ON COLUMN opportunity_period.grain IS 'day, week, month, quarter or year';
COMMENT ON COLUMN opportunity_period.period_start IS 'first day of the period';
COMMENT ON COLUMN opportunity_period.is_complete IS 'whether the period is over';
COMMENT ON COLUMN opportunity_period.last_day IS 'last day of the period, or the day of as_of';
COMMENT ON COLUMN opportunity_period.created IS 'opportunities created';
COMMENT ON COLUMN opportunity_period.created_amount IS 'their amount, base currency';
COMMENT ON COLUMN opportunity_period.cohort_win IS 'won within the funnel window, of those created whose funnel window has passed';
COMMENT ON COLUMN opportunity_period.cohort_is_mature IS 'whether the funnel window of every opportunity of the period has passed';
COMMENT ON COLUMN opportunity_period.decision IS 'time from creation to closing, of those created; open ones are censored';
COMMENT ON COLUMN opportunity_period.win IS 'won, of opportunities closed';
COMMENT ON COLUMN opportunity_period.contracts IS 'opportunities won with a known amount';
COMMENT ON COLUMN opportunity_period.won_amount IS 'amount won, base currency';
COMMENT ON COLUMN opportunity_period.annual_contracts IS 'opportunities won with a known amount and length';
COMMENT ON COLUMN opportunity_period.annual_amount IS 'their amount per year of contract, base currency';
COMMENT ON COLUMN opportunity_period.lost_priced IS 'opportunities lost with an amount above 0';
COMMENT ON COLUMN opportunity_period.lost_amount IS 'their amount, base currency';
COMMENT ON COLUMN opportunity_period.cycle IS 'time from creation to closing, of opportunities won';
COMMENT ON COLUMN opportunity_period.open_items IS 'opportunities open at the end';
COMMENT ON COLUMN opportunity_period.open_amount IS 'their amount, base currency';
COMMENT ON COLUMN opportunity_period.open_priced IS 'of these, opportunities with a known amount';
COMMENT ON COLUMN opportunity_period.weighted_amount IS 'weighted pipeline at the end, base currency';
COMMENT ON COLUMN opportunity_period.weighted_items IS 'opportunities in it';
COMMENT ON COLUMN opportunity_period.velocity_amount IS 'sales velocity at the end, base currency per day';
COMMENT ON COLUMN opportunity_period.velocity_win_ratio IS 'win rate in it';
COMMENT ON COLUMN opportunity_period.velocity_won IS 'opportunities won in the velocity window up to the end';
COMMENT ON COLUMN opportunity_period.velocity_closed IS 'opportunities closed in the velocity window up to the end';
COMMENT ON COLUMN opportunity_period.velocity_won_value IS 'mean amount won in it, base currency';
COMMENT ON COLUMN opportunity_period.velocity_contracts IS 'opportunities that this is the mean of';
COMMENT ON COLUMN opportunity_period.velocity_cycle_hours IS 'mean sales cycle in it, hours';
COMMENT ON COLUMN opportunity_period.velocity_cycles IS 'opportunities that this is the mean of';
