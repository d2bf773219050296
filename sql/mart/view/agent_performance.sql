-- agent_performance: what each agent did in a month, in service and in sales, and what was wanted.
--
-- A target holds for an agent by its scope: agent=ID, else team=NAME, else the
-- whole company's.
CREATE VIEW agent_performance WITH (security_invoker = true) AS
WITH part AS (
    SELECT period_start(day, 'month') AS period_start, agent_id::text AS agent_id,
        CASE WHEN solved > 0 THEN day END AS solve_day,
        solved, resolution, resolution_business, handling, fcr, reopened, resolution_sla,
        NULL::rate_summary AS csat, NULL::rate_summary AS compliance,
        NULL::bigint AS activities, NULL::bigint AS calls_out,
        NULL::rate_summary AS win, NULL::numeric AS won_amount, NULL::duration_summary AS cycle,
        NULL::duration_summary AS response
    FROM daily_ticket
    WHERE solved > 0 OR total(resolution_sla) > 0
    UNION ALL
    SELECT period_start(day, 'month'), agent_id::text, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        csat, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM daily_survey
    WHERE total(csat) > 0
    UNION ALL
    SELECT period_start(day, 'month'), agent_id::text, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, compliance, NULL, NULL, NULL, NULL, NULL, NULL
    FROM daily_check
    UNION ALL
    SELECT period_start(day, 'month'), agent_id::text, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, activities, CASE WHEN kind = 'call' AND direction = 'out' THEN activities END, NULL, NULL, NULL, NULL
    FROM daily_activity
    WHERE NOT automated
    UNION ALL
    SELECT period_start(day, 'month'), owner_id::text, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, win, won_amount, cycle, NULL
    FROM daily_opportunity_closed
    UNION ALL
    SELECT period_start(day, 'month'), owner_id::text, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, response
    FROM daily_lead
), actual AS (
    SELECT
        p.period_start,
        period_add(p.period_start, 'month', 1) <= (max(c.as_of) AT TIME ZONE max(c.zone))::date AS is_complete,
        p.agent_id, max(a.name) AS agent_name, max(a.team) AS team,
        coalesce(sum(p.solved), 0)::bigint AS solved,
        count(DISTINCT p.solve_day) AS solve_days,
        (sum(p.solved)::numeric / nullif(count(DISTINCT p.solve_day), 0))::numeric(12,2) AS solved_per_day,
        (extract(epoch FROM mean(rollup(p.resolution))) / 3600)::numeric(12,2) AS art_hours,
        (extract(epoch FROM median(rollup(p.resolution))) / 3600)::numeric(12,2) AS art_median_hours,
        (extract(epoch FROM percentile(rollup(p.resolution), 0.9)) / 3600)::numeric(12,2) AS art_p90_hours,
        items(rollup(p.resolution)) AS art_tickets,
        (extract(epoch FROM mean(rollup(p.resolution_business))) / 3600)::numeric(12,2) AS art_business_hours,
        (extract(epoch FROM median(rollup(p.resolution_business))) / 3600)::numeric(12,2) AS art_business_median_hours,
        (extract(epoch FROM percentile(rollup(p.resolution_business), 0.9)) / 3600)::numeric(12,2) AS art_business_p90_hours,
        items(rollup(p.resolution_business)) AS art_business_tickets,
        rate(rollup(p.resolution_sla))::numeric(9,6) AS sla_ratio,
        hits(rollup(p.resolution_sla)) AS sla_met,
        total(rollup(p.resolution_sla)) AS sla_total,
        extract(epoch FROM mean(rollup(p.handling)))::numeric(12,2) AS aht_seconds,
        items(rollup(p.handling)) AS aht_tickets,
        rate(rollup(p.fcr))::numeric(9,6) AS fcr_ratio,
        hits(rollup(p.fcr)) AS fcr_solved,
        total(rollup(p.fcr)) AS fcr_total,
        rate(rollup(p.reopened))::numeric(9,6) AS reopened_ratio,
        hits(rollup(p.reopened)) AS reopened,
        total(rollup(p.reopened)) AS reopened_total,
        rate(rollup(p.csat))::numeric(9,6) AS csat_ratio,
        hits(rollup(p.csat)) AS csat_satisfied,
        total(rollup(p.csat)) AS csat_answers,
        rate(rollup(p.compliance))::numeric(9,6) AS compliance_ratio,
        hit_weight(rollup(p.compliance))::numeric(19,4) AS compliance_passed,
        total_weight(rollup(p.compliance))::numeric(19,4) AS compliance_total,
        coalesce(sum(p.activities), 0)::bigint AS activities,
        coalesce(sum(p.calls_out), 0)::bigint AS calls_out,
        items(rollup(p.response)) AS leads_answered,
        (extract(epoch FROM mean(rollup(p.response))) / 3600)::numeric(12,2) AS response_hours,
        (extract(epoch FROM median(rollup(p.response))) / 3600)::numeric(12,2) AS response_median_hours,
        hits(rollup(p.win)) AS won,
        total(rollup(p.win)) AS closed,
        rate(rollup(p.win))::numeric(9,6) AS close_ratio,
        coalesce(sum(p.won_amount), 0)::numeric(19,4) AS won_amount,
        (extract(epoch FROM mean(rollup(p.cycle))) / 3600)::numeric(12,2) AS cycle_hours,
        (extract(epoch FROM median(rollup(p.cycle))) / 3600)::numeric(12,2) AS cycle_median_hours,
        items(rollup(p.cycle)) AS cycle_won
    FROM part p
    CROSS JOIN config c
    LEFT JOIN agent a ON a.agent_id::text = p.agent_id
    WHERE p.agent_id IS NOT NULL
    GROUP BY p.period_start, p.agent_id
)
SELECT a.*, t.*,
    num_nonnulls(t.solved_per_day_target, t.art_hours_target, t.aht_seconds_target, t.sla_ratio_target,
        t.fcr_ratio_target, t.csat_ratio_target, t.compliance_ratio_target, t.response_hours_target,
        t.close_ratio_target) AS targets,
    -- true is met, else NULL
    num_nonnulls(nullif(a.solved_per_day >= t.solved_per_day_target, false),
        nullif(a.art_hours <= t.art_hours_target, false), nullif(a.aht_seconds <= t.aht_seconds_target, false),
        nullif(a.sla_ratio >= t.sla_ratio_target, false), nullif(a.fcr_ratio >= t.fcr_ratio_target, false),
        nullif(a.csat_ratio >= t.csat_ratio_target, false),
        nullif(a.compliance_ratio >= t.compliance_ratio_target, false),
        nullif(a.response_hours <= t.response_hours_target, false),
        nullif(a.close_ratio >= t.close_ratio_target, false)) AS targets_met
FROM actual a
CROSS JOIN LATERAL (
    SELECT
        max(target_value) FILTER (WHERE kpi = 'requests_per_agent_day')::numeric(12,2) AS solved_per_day_target,
        max(target_value) FILTER (WHERE kpi = 'avg_resolution_time')::numeric(12,2) AS art_hours_target,
        max(target_value) FILTER (WHERE kpi = 'avg_handling_time')::numeric(12,2) AS aht_seconds_target,
        max(target_value) FILTER (WHERE kpi = 'sla_attainment')::numeric(9,6) AS sla_ratio_target,
        max(target_value) FILTER (WHERE kpi = 'fcr')::numeric(9,6) AS fcr_ratio_target,
        max(target_value) FILTER (WHERE kpi = 'csat')::numeric(9,6) AS csat_ratio_target,
        max(target_value) FILTER (WHERE kpi = 'process_compliance')::numeric(9,6) AS compliance_ratio_target,
        max(target_value) FILTER (WHERE kpi = 'lead_response_time')::numeric(12,2) AS response_hours_target,
        max(target_value) FILTER (WHERE kpi = 'win_rate')::numeric(9,6) AS close_ratio_target
    FROM (
        SELECT DISTINCT ON (w.kpi) w.kpi, w.target_value
        FROM target w
        WHERE w.starts_on < period_add(a.period_start, 'month', 1) AND w.ends_on >= a.period_start
            AND w.scope IN ('agent=' || a.agent_id, 'team=' || a.team, '')
        ORDER BY w.kpi, w.scope LIKE 'agent=%' DESC, w.scope LIKE 'team=%' DESC, w.starts_on DESC
    ) held
) t;

COMMENT ON VIEW agent_performance IS 'What each agent did in a month, in service and in sales (key: period_start, agent_id)';
COMMENT ON COLUMN agent_performance.period_start IS 'first day of the month, in the zone of the mart';
COMMENT ON COLUMN agent_performance.is_complete IS 'whether the month is over';
COMMENT ON COLUMN agent_performance.agent_id IS 'agent';
COMMENT ON COLUMN agent_performance.agent_name IS 'name of the agent';
COMMENT ON COLUMN agent_performance.team IS 'team of the agent';
COMMENT ON COLUMN agent_performance.solved IS 'requests resolved: tickets by their last solve';
COMMENT ON COLUMN agent_performance.solve_days IS 'days on which the agent solved a ticket';
COMMENT ON COLUMN agent_performance.solved_per_day IS 'solved / solve_days';
COMMENT ON COLUMN agent_performance.art_hours IS 'average resolution time: mean hours from opening to the last solve';
COMMENT ON COLUMN agent_performance.art_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN agent_performance.art_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN agent_performance.art_tickets IS 'tickets these three are of';
COMMENT ON COLUMN agent_performance.art_business_hours IS 'average resolution time in business hours; NULL without calendars';
COMMENT ON COLUMN agent_performance.art_business_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN agent_performance.art_business_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN agent_performance.art_business_tickets IS 'tickets these three are of';
COMMENT ON COLUMN agent_performance.sla_ratio IS 'SLA attainment: sla_met / sla_total';
COMMENT ON COLUMN agent_performance.sla_met IS 'tickets solved within the time promised';
COMMENT ON COLUMN agent_performance.sla_total IS 'tickets with a promise that were solved, or came past due and are still unsolved';
COMMENT ON COLUMN agent_performance.aht_seconds IS 'average handling time: mean seconds of work per ticket solved';
COMMENT ON COLUMN agent_performance.aht_tickets IS 'tickets this is of';
COMMENT ON COLUMN agent_performance.fcr_ratio IS 'first contact resolution: fcr_solved / fcr_total';
COMMENT ON COLUMN agent_performance.fcr_solved IS 'tickets solved at the first contact';
COMMENT ON COLUMN agent_performance.fcr_total IS 'tickets solved with contact whose FCR window has passed';
COMMENT ON COLUMN agent_performance.reopened_ratio IS 'reopened / reopened_total';
COMMENT ON COLUMN agent_performance.reopened IS 'tickets solved that had been reopened before';
COMMENT ON COLUMN agent_performance.reopened_total IS 'tickets solved whose reopens are known';
COMMENT ON COLUMN agent_performance.csat_ratio IS 'customer satisfaction: csat_satisfied / csat_answers';
COMMENT ON COLUMN agent_performance.csat_satisfied IS 'CSAT answers at or above the satisfied-from score';
COMMENT ON COLUMN agent_performance.csat_answers IS 'CSAT answers about the agent';
COMMENT ON COLUMN agent_performance.compliance_ratio IS 'process compliance: compliance_passed / compliance_total';
COMMENT ON COLUMN agent_performance.compliance_passed IS 'weight of process checks passed';
COMMENT ON COLUMN agent_performance.compliance_total IS 'weight of all process checks';
COMMENT ON COLUMN agent_performance.activities IS 'completed activities, not automated';
COMMENT ON COLUMN agent_performance.calls_out IS 'of these, calls out';
COMMENT ON COLUMN agent_performance.leads_answered IS 'leads created in the month that were answered';
COMMENT ON COLUMN agent_performance.response_hours IS 'lead response time: mean hours to the first outbound touch by a person';
COMMENT ON COLUMN agent_performance.response_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN agent_performance.won IS 'opportunities won, by closing date';
COMMENT ON COLUMN agent_performance.closed IS 'opportunities won or lost, by closing date';
COMMENT ON COLUMN agent_performance.close_ratio IS 'close (win) rate: won / closed';
COMMENT ON COLUMN agent_performance.won_amount IS 'amount won, base currency';
COMMENT ON COLUMN agent_performance.cycle_hours IS 'average sales cycle: mean hours from creation to closing, of those won';
COMMENT ON COLUMN agent_performance.cycle_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN agent_performance.cycle_won IS 'opportunities these two are of';
COMMENT ON COLUMN agent_performance.solved_per_day_target IS 'what solved_per_day is to reach: target of the agent, else of the team, else of the company; NULL: none';
COMMENT ON COLUMN agent_performance.art_hours_target IS 'what art_hours is to reach: target of the agent, else of the team, else of the company; NULL: none';
COMMENT ON COLUMN agent_performance.aht_seconds_target IS 'what aht_seconds is to reach: target of the agent, else of the team, else of the company; NULL: none';
COMMENT ON COLUMN agent_performance.sla_ratio_target IS 'what sla_ratio is to reach: target of the agent, else of the team, else of the company; NULL: none';
COMMENT ON COLUMN agent_performance.fcr_ratio_target IS 'what fcr_ratio is to reach: target of the agent, else of the team, else of the company; NULL: none';
COMMENT ON COLUMN agent_performance.csat_ratio_target IS 'what csat_ratio is to reach: target of the agent, else of the team, else of the company; NULL: none';
COMMENT ON COLUMN agent_performance.compliance_ratio_target IS 'what compliance_ratio is to reach: target of the agent, else of the team, else of the company; NULL: none';
COMMENT ON COLUMN agent_performance.response_hours_target IS 'what response_hours is to reach: target of the agent, else of the team, else of the company; NULL: none';
COMMENT ON COLUMN agent_performance.close_ratio_target IS 'what close_ratio is to reach: target of the agent, else of the team, else of the company; NULL: none';
COMMENT ON COLUMN agent_performance.targets IS 'number of the targets above';
COMMENT ON COLUMN agent_performance.targets_met IS 'how many of them were reached';
