-- roi_kpi: KPIs now against before the CRM programme, and what the difference is worth.
--
-- "Now" is the twelve months up to the end of a month.  The rows of baseline
-- for the whole company are those of the view; where a value is not given it
-- is computed from the days of the baseline, and for crr and churn from the
-- twelve months up to its last.
CREATE VIEW roi_kpi WITH (security_invoker = true) AS
WITH day AS MATERIALIZED (
    SELECT f.day, k.kpi, k.part::numeric AS part, k.whole::numeric AS whole
    FROM daily_opportunity_closed f
    CROSS JOIN LATERAL (VALUES
        ('win_rate', hits(win), total(win)),
        ('sales_cycle', extract(epoch FROM total_time(cycle)) / 3600, items(cycle)),
        ('avg_contract_value', won_amount, contracts),
        ('annual_contract_value', annual_amount, annual_contracts)) k(kpi, part, whole)
    UNION ALL
    SELECT f.day, k.kpi, k.part, k.whole
    FROM daily_lead f
    CROSS JOIN LATERAL (VALUES
        ('lead_response_time', extract(epoch FROM total_time(response)) / 3600, items(response)),
        ('golden_window_share', hits(golden), total(golden)),
        ('follow_up_rate', hits(follow_up), total(follow_up)),
        ('conversion_rate', hits(conversion), total(conversion))) k(kpi, part, whole)
    UNION ALL
    SELECT f.day, k.kpi, k.part, k.whole
    FROM daily_ticket f
    CROSS JOIN LATERAL (VALUES
        ('avg_resolution_time', extract(epoch FROM total_time(resolution)) / 3600, items(resolution)),
        ('first_response_time', extract(epoch FROM total_time(response)) / 3600, items(response)),
        ('avg_handling_time', extract(epoch FROM total_time(handling)), items(handling)),
        ('fcr', hits(fcr), total(fcr)),
        ('sla_attainment', hits(resolution_sla), total(resolution_sla)),
        ('reopen_rate', hits(reopened), total(reopened))) k(kpi, part, whole)
    UNION ALL
    SELECT f.day, k.kpi, k.part, k.whole
    FROM daily_survey f
    CROSS JOIN LATERAL (VALUES
        ('csat', hits(csat), total(csat)),
        ('csat_response_rate', hits(response), total(response))) k(kpi, part, whole)
    WHERE f.kind = 'csat'
    UNION ALL
    SELECT f.day, 'process_compliance', hit_weight(compliance), total_weight(compliance)
    FROM daily_check f
), year AS MATERIALIZED (
    SELECT y.period_start, k.kpi, k.part / nullif(y.customers_start, 0)::numeric AS value
    FROM retention_year y
    CROSS JOIN LATERAL (VALUES ('crr', y.retained), ('churn', y.customers_start - y.retained)) k(kpi, part)
), month AS (
    SELECT kpi, period_start(day, 'month') AS period_start, sum(part) AS part, sum(whole) AS whole
    FROM day
    GROUP BY 1, 2
), before AS (
    SELECT b.kpi, b.to_day, b.yearly_unit_value,
        coalesce(b.value,
            (SELECT sum(d.part) / nullif(sum(d.whole), 0) FROM day d
             WHERE d.kpi = b.kpi AND d.day BETWEEN b.from_day AND b.to_day),
            (SELECT y.value FROM year y
             WHERE y.kpi = b.kpi AND y.period_start = period_start(b.to_day, 'month'))) AS value
    FROM baseline b
    WHERE b.scope = '' AND b.to_day > '-infinity' AND b.to_day < 'infinity'
), compared AS (
    SELECT b.*, n.period_start,
        coalesce(
            (SELECT sum(m.part) / nullif(sum(m.whole), 0) FROM month m
             WHERE m.kpi = b.kpi AND m.period_start BETWEEN period_add(n.period_start, 'month', -11) AND n.period_start),
            (SELECT y.value FROM year y WHERE y.kpi = b.kpi AND y.period_start = n.period_start)) AS value_now
    FROM before b
    CROSS JOIN (SELECT period_start FROM month UNION SELECT period_start FROM year) n
    WHERE n.period_start > b.to_day
)
SELECT period_start,
    period_add(period_start, 'month', 1) <= (SELECT (as_of AT TIME ZONE zone)::date FROM config) AS is_complete,
    kpi,
    value::numeric(20,6) AS value_before,
    value_now::numeric(20,6) AS value_now,
    yearly_unit_value,
    ((value_now - value) * yearly_unit_value)::numeric(19,4) AS benefit_amount
FROM compared;

COMMENT ON VIEW roi_kpi IS 'KPIs of the twelve months up to the end of each month against their baseline (key: period_start, kpi)';
COMMENT ON COLUMN roi_kpi.period_start IS 'first day of the last of the twelve months';
COMMENT ON COLUMN roi_kpi.is_complete IS 'whether that month is over';
COMMENT ON COLUMN roi_kpi.kpi IS 'KPI, by its name in kpi_catalog';
COMMENT ON COLUMN roi_kpi.value_before IS 'baseline, in the unit of the KPI; NULL: not given, and not computed for this KPI';
COMMENT ON COLUMN roi_kpi.value_now IS 'value of the twelve months, in the unit of the KPI';
COMMENT ON COLUMN roi_kpi.yearly_unit_value IS 'what one more unit of the KPI is worth in a year, base currency';
COMMENT ON COLUMN roi_kpi.benefit_amount IS '(value_now - value_before) x yearly_unit_value: what the difference is worth in a year';
