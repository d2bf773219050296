-- daily_kpi: KPIs by day and agent, in parts that add up.
--
-- What a KPI was in any span of days is said by adds_as: sum(numerator), sum(numerator) / sum(denominator), or, of
-- stocks, the numerator of the last day. Means are of sums of hours, so that they stay exact.
CREATE VIEW daily_kpi WITH (security_invoker = true) AS
WITH ticket_day AS MATERIALIZED (
    SELECT * FROM daily_ticket
)
SELECT f.kpi, f.day, f.agent_id, f.adds_as,
    sum(f.numerator)::numeric(28,10) AS numerator,
    sum(f.denominator)::numeric(28,6) AS denominator
FROM (
    SELECT k.kpi, t.day, t.agent_id::text AS agent_id, CASE WHEN k.whole IS NULL THEN 'sum' ELSE 'ratio' END AS adds_as,
        k.part AS numerator, k.whole AS denominator
    FROM ticket_day t
    CROSS JOIN LATERAL (VALUES
        ('tickets_opened', nullif(t.opened, 0)::numeric, NULL::numeric),
        ('requests_resolved', nullif(t.solved, 0), NULL),
        ('avg_resolution_time', extract(epoch FROM total_time(t.resolution)) / 3600, nullif(items(t.resolution), 0)),
        ('avg_resolution_business_time', extract(epoch FROM total_time(t.resolution_business)) / 3600,
            nullif(items(t.resolution_business), 0)),
        ('avg_active_resolution_time', extract(epoch FROM total_time(t.active)) / 3600, nullif(items(t.active), 0)),
        ('first_solve_time', extract(epoch FROM total_time(t.first_solve)) / 3600, nullif(items(t.first_solve), 0)),
        ('first_response_time', extract(epoch FROM total_time(t.response)) / 3600, nullif(items(t.response), 0)),
        ('avg_handling_time', extract(epoch FROM total_time(t.handling)), nullif(items(t.handling), 0)),
        ('sla_attainment', hits(t.resolution_sla), nullif(total(t.resolution_sla), 0)),
        ('response_sla_attainment', hits(t.response_sla), nullif(total(t.response_sla), 0)),
        ('fcr', hits(t.fcr), nullif(total(t.fcr), 0)),
        ('reopen_rate', hits(t.reopened), nullif(total(t.reopened), 0)),
        ('complaint_resolution_rate', hits(t.complaint_resolution), nullif(total(t.complaint_resolution), 0))
    ) k(kpi, part, whole)
    -- a ratio of nothing is not a sum
    WHERE k.part IS NOT NULL AND (k.whole IS NOT NULL OR k.kpi IN ('tickets_opened', 'requests_resolved'))
    UNION ALL
    SELECT 'requests_per_agent_day', day, agent_id::text, 'ratio', sum(solved), 1
    FROM ticket_day
    WHERE solved > 0 AND agent_id IS NOT NULL
    GROUP BY day, agent_id
    UNION ALL
    SELECT k.kpi, s.day, s.agent_id::text, 'ratio', k.part, k.whole
    FROM daily_survey s
    CROSS JOIN LATERAL (VALUES
        ('csat', hits(s.csat), total(s.csat)),
        ('csat_response_rate', hits(s.response), total(s.response))
    ) k(kpi, part, whole)
    WHERE s.kind = 'csat' AND k.whole > 0
    UNION ALL
    SELECT 'process_compliance', day, agent_id::text, 'ratio', hit_weight(compliance), total_weight(compliance)
    FROM daily_check
    WHERE total_weight(compliance) > 0
    UNION ALL
    SELECT k.kpi, l.day, l.owner_id::text, k.adds_as, k.part, k.whole
    FROM daily_lead l
    CROSS JOIN LATERAL (VALUES
        ('leads', 'sum', l.leads::numeric, NULL::bigint),
        ('lead_response_time', 'ratio', extract(epoch FROM total_time(l.response)) / 3600, items(l.response)),
        ('golden_window_share', 'ratio', hits(l.golden), total(l.golden)),
        ('follow_up_rate', 'ratio', hits(l.follow_up), total(l.follow_up)),
        ('conversion_rate', 'ratio', hits(l.conversion), total(l.conversion))
    ) k(kpi, adds_as, part, whole)
    WHERE k.adds_as = 'sum' OR k.whole > 0
    UNION ALL
    SELECT k.kpi, a.day, a.agent_id::text, 'sum', a.activities, NULL
    FROM daily_activity a
    CROSS JOIN LATERAL (VALUES
        ('sales_activity', true),
        ('calls_out', a.kind = 'call' AND a.direction = 'out'),
        ('calls_in', a.kind = 'call' AND a.direction = 'in')
    ) k(kpi, counts)
    WHERE k.counts AND NOT a.automated
    UNION ALL
    SELECT k.kpi, o.day, o.owner_id::text, k.adds_as, k.part, k.whole
    FROM daily_opportunity_closed o
    CROSS JOIN LATERAL (VALUES
        ('win_rate', 'ratio', hits(o.win)::numeric, total(o.win)),
        ('avg_contract_value', 'ratio', o.won_amount, o.contracts),
        ('annual_contract_value', 'ratio', o.annual_amount, o.annual_contracts),
        ('amount_won', 'sum', o.won_amount, NULL),
        ('sales_cycle', 'ratio', extract(epoch FROM total_time(o.cycle)) / 3600, items(o.cycle))
    ) k(kpi, adds_as, part, whole)
    WHERE k.adds_as = 'sum' AND o.contracts > 0 OR k.whole > 0
    UNION ALL
    SELECT k.kpi, o.day, o.owner_id::text, k.adds_as, k.part, k.whole
    FROM daily_opportunity_created o
    CROSS JOIN LATERAL (VALUES
        ('opportunities_created', 'sum', o.created, NULL::bigint),
        ('cohort_win_rate', 'ratio', hits(o.cohort_win), total(o.cohort_win))
    ) k(kpi, adds_as, part, whole)
    WHERE k.adds_as = 'sum' OR k.whole > 0
    UNION ALL
    SELECT 'revenue', (s.sold_at AT TIME ZONE c.zone)::date, NULL, 'sum', sum(s.amount), NULL
    FROM sale s
    CROSS JOIN config c
    WHERE s.sold_at > '-infinity' AND s.sold_at <= c.as_of
        AND s.kind IN ('new', 'repeat', 'upsell', 'cross_sell', 'refund')
    GROUP BY 2
    UNION ALL
    SELECT k.kpi, e.day, NULL, k.adds_as, k.part, k.whole
    FROM daily_email e
    CROSS JOIN LATERAL (VALUES
        ('email_open_rate', 'ratio', e.opened::numeric, e.delivered),
        ('email_click_rate', 'ratio', e.clicked, e.delivered),
        ('email_unsubscribe_rate', 'ratio', e.unsubscribed, e.delivered),
        ('email_revenue', 'sum', e.revenue, NULL)
    ) k(kpi, adds_as, part, whole)
    WHERE k.adds_as = 'sum' OR k.whole > 0
    UNION ALL
    SELECT 'ticket_queue', day, NULL, 'last', sum(open_items), NULL
    FROM backlog_history
    GROUP BY day
    UNION ALL
    SELECT k.kpi, p.day, NULL, 'last', k.part, NULL
    FROM pipeline_history p
    CROSS JOIN LATERAL (VALUES
        ('open_opportunities', p.open_items::numeric),
        ('weighted_pipeline', p.weighted_amount),
        ('sales_velocity', p.velocity_amount)
    ) k(kpi, part)
    WHERE k.part IS NOT NULL
) f
GROUP BY f.kpi, f.day, f.agent_id, f.adds_as;

COMMENT ON VIEW daily_kpi IS 'KPIs by day and agent, in parts that add up (key: kpi, day, agent_id)';
COMMENT ON COLUMN daily_kpi.kpi IS 'KPI, by its name in kpi_catalog';
COMMENT ON COLUMN daily_kpi.day IS 'day, in the zone of the mart';
COMMENT ON COLUMN daily_kpi.agent_id IS 'agent whose ticket, lead, opportunity or activity it is; NULL: nobody''s, or a KPI that is not by agent';
COMMENT ON COLUMN daily_kpi.adds_as IS 'value of several days: sum (of the numerators), ratio (sum of the numerators / sum of the denominators), or last (the last day; a stock)';
COMMENT ON COLUMN daily_kpi.numerator IS 'its numerator, in the unit of the KPI: sums of hours or amounts where it is a mean';
COMMENT ON COLUMN daily_kpi.denominator IS 'its denominator, or the number of items of a mean; NULL of a sum and of a stock';
