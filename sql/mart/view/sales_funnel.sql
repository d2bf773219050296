-- sales_funnel: where do leads get lost on their way to a deal?
CREATE VIEW sales_funnel WITH (security_invoker = true) AS
SELECT
    m.period_start, m.channel, d.step_no, d.step,
    period_add(m.period_start, 'month', 1) <= (c.as_of AT TIME ZONE c.zone)::date AS is_complete,
    (period_add(m.period_start, 'month', 1)::timestamp AT TIME ZONE c.zone) + c.funnel_window <= c.as_of
        AS conversion_is_mature,
    d.reached, d.dropped,
    d.dropoff_rate::numeric(9,6) AS dropoff_ratio,
    d.reached_before,
    d.step_conversion_rate::numeric(9,6) AS step_conversion_ratio,
    d.entered,
    d.conversion_rate::numeric(9,6) AS conversion_ratio,
    d.conversion_low::numeric(9,6) AS conversion_low,
    d.conversion_high::numeric(9,6) AS conversion_high,
    (extract(epoch FROM d.median_time) / 3600)::numeric(12,2) AS step_median_hours,
    (extract(epoch FROM d.p90_time) / 3600)::numeric(12,2) AS step_p90_hours
FROM (
    SELECT period_start(day, 'month') AS period_start, channel, rollup(funnel) AS funnel
    FROM daily_lead_funnel
    GROUP BY 1, 2
) m
CROSS JOIN config c
-- windows inside the five steps of one funnel, so that filters on months and channels get past them
CROSS JOIN LATERAL (
    SELECT f.*, lag(f.reached) OVER (ORDER BY f.step_no) AS reached_before,
        first_value(f.reached) OVER (ORDER BY f.step_no) AS entered
    FROM funnel_dropoff(m.funnel) f
) d;

COMMENT ON VIEW sales_funnel IS 'How far leads came, by month and channel (key: period_start, channel, step_no)';
COMMENT ON COLUMN sales_funnel.period_start IS 'first day of the month in which the leads were created, in the zone of the mart';
COMMENT ON COLUMN sales_funnel.channel IS 'channel the leads came from; NULL: unknown';
COMMENT ON COLUMN sales_funnel.step_no IS 'number of the step, to sort by';
COMMENT ON COLUMN sales_funnel.step IS 'lead, mql, sql, opportunity or won';
COMMENT ON COLUMN sales_funnel.is_complete IS 'whether the month is over';
COMMENT ON COLUMN sales_funnel.conversion_is_mature IS 'whether the funnel window of every lead of the month has passed';
COMMENT ON COLUMN sales_funnel.reached IS 'leads that reached this step, or a later one, within the funnel window';
COMMENT ON COLUMN sales_funnel.dropped IS 'of these, leads that did not reach the next one; NULL for the last';
COMMENT ON COLUMN sales_funnel.dropoff_ratio IS 'dropped / reached';
COMMENT ON COLUMN sales_funnel.reached_before IS 'leads that reached the step before; NULL for the first';
COMMENT ON COLUMN sales_funnel.step_conversion_ratio IS 'reached / reached_before';
COMMENT ON COLUMN sales_funnel.entered IS 'leads created: reached of the first step';
COMMENT ON COLUMN sales_funnel.conversion_ratio IS 'reached / entered';
COMMENT ON COLUMN sales_funnel.conversion_low IS 'lower bound of the same, 95 % (Wilson)';
COMMENT ON COLUMN sales_funnel.conversion_high IS 'upper bound of the same, 95 % (Wilson)';
COMMENT ON COLUMN sales_funnel.step_median_hours IS 'median hours from the step before, within 1 %; NULL for the first';
COMMENT ON COLUMN sales_funnel.step_p90_hours IS '90th percentile of the same, within 1 %';
