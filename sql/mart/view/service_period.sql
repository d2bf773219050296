-- service_period: the service summaries of every period, for each grain.
--
-- One row in the day branches is one row of a daily summary; the outer level
-- rolls them up.  The queue at the end of a period is of all days before, too.
-- Each row counts twice, in its own period (ago = 0) and as
-- the period before the next one (ago = 1), so that the summaries are read
-- once and a filter on grain and period reaches these rows.
CREATE VIEW service_period WITH (security_invoker = true) AS
WITH daily AS MATERIALIZED (
    SELECT * FROM daily_ticket
)
SELECT period.*, coalesce(q.open_items, 0) AS queue
FROM (
    SELECT part.grain, part.period_start,
        period_add(part.period_start, part.grain, 1) <= (max(c.as_of) AT TIME ZONE max(c.zone))::date AS is_complete,
        least(period_add(part.period_start, part.grain, 1) - 1, (max(c.as_of) AT TIME ZONE max(c.zone))::date) AS last_day,
        coalesce(sum(opened) FILTER (WHERE ago = 0), 0)::bigint AS opened,
        coalesce(sum(solved) FILTER (WHERE ago = 0), 0)::bigint AS solved,
        coalesce(sum(reopens) FILTER (WHERE ago = 0), 0)::bigint AS reopens,
        coalesce(sum(solved) FILTER (WHERE ago = 0 AND agent_day IS NOT NULL), 0)::bigint AS solved_by_agents,
        count(DISTINCT agent_day) FILTER (WHERE ago = 0) AS agent_days,
        rollup(response) FILTER (WHERE ago = 0) AS response,
        rollup(response_business) FILTER (WHERE ago = 0) AS response_business,
        rollup(resolution) FILTER (WHERE ago = 0) AS resolution,
        rollup(resolution_business) FILTER (WHERE ago = 0) AS resolution_business,
        rollup(active) FILTER (WHERE ago = 0) AS active,
        rollup(active_business) FILTER (WHERE ago = 0) AS active_business,
        rollup(first_solve) FILTER (WHERE ago = 0) AS first_solve,
        rollup(handling) FILTER (WHERE ago = 0) AS handling,
        rollup(fcr) FILTER (WHERE ago = 0) AS fcr,
        rollup(reopened) FILTER (WHERE ago = 0) AS reopened,
        rollup(complaint_resolution) FILTER (WHERE ago = 0) AS complaint_resolution,
        rollup(complaint_maturity) FILTER (WHERE ago = 0) AS complaint_maturity,
        rollup(response_sla) FILTER (WHERE ago = 0) AS response_sla,
        rollup(resolution_sla) FILTER (WHERE ago = 0) AS resolution_sla,
        rollup(csat) FILTER (WHERE ago = 0) AS csat,
        rollup(csat_response) FILTER (WHERE ago = 0) AS csat_response,
        rollup(compliance) FILTER (WHERE ago = 0) AS compliance,
        rollup(nps) FILTER (WHERE ago = 0) AS nps,
        CASE WHEN max(ago) = 1 THEN coalesce(sum(opened) FILTER (WHERE ago = 1), 0)::bigint END AS opened_previous,
        CASE WHEN max(ago) = 1 THEN coalesce(sum(solved) FILTER (WHERE ago = 1), 0)::bigint END AS solved_previous,
        rollup(resolution) FILTER (WHERE ago = 1) AS resolution_previous,
        rollup(response) FILTER (WHERE ago = 1) AS response_previous,
        rollup(fcr) FILTER (WHERE ago = 1) AS fcr_previous,
        rollup(csat) FILTER (WHERE ago = 1) AS csat_previous,
        rollup(nps) FILTER (WHERE ago = 1) AS nps_previous,
        rollup(resolution_sla) FILTER (WHERE ago = 1) AS resolution_sla_previous
    FROM (
        SELECT g.grain, ago, period_add(period_start(f.day, g.grain, c.first_day_of_week), g.grain, ago) AS period_start,
            opened, solved, reopens, agent_day,
            response, response_business, resolution, resolution_business, active, active_business, first_solve,
            handling, fcr, reopened, complaint_resolution, complaint_maturity, response_sla, resolution_sla,
            csat, csat_response, compliance, NULL::nps_summary AS nps
        FROM (VALUES ('day'), ('week'), ('month'), ('quarter'), ('year')) g(grain)
        CROSS JOIN (VALUES (0), (1)) a(ago)
        CROSS JOIN config c
        CROSS JOIN (
            SELECT day, opened, solved, reopens, CASE WHEN solved > 0 THEN day || ' ' || agent_id::text END AS agent_day,
                response, response_business, resolution, resolution_business, active, active_business,
                first_solve, handling, fcr, reopened, complaint_resolution, complaint_maturity, response_sla,
                resolution_sla, NULL::rate_summary AS csat, NULL::rate_summary AS csat_response,
                NULL::rate_summary AS compliance
            FROM daily
            UNION ALL
            SELECT day, NULL, NULL, NULL, NULL,
                NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, csat, CASE
                WHEN kind = 'csat' THEN response END, NULL
            FROM daily_survey
            WHERE kind = 'csat'
            UNION ALL
            SELECT day, NULL, NULL, NULL, NULL,
                NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                compliance
            FROM daily_check
        ) f
        UNION ALL
        SELECT n.grain, ago, period_add(n.period_start, n.grain, ago), NULL, NULL, NULL, NULL,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            NULL, n.nps
        FROM period_nps n
        CROSS JOIN (VALUES (0), (1)) a(ago)
    ) part
    CROSS JOIN config c
    GROUP BY part.grain, part.period_start
    HAVING min(ago) = 0
) period
LEFT JOIN (
    SELECT q.day, q.open_items
    FROM (SELECT rollup(backlog) AS backlog, min(day) AS first_day FROM daily) t
    CROSS JOIN config c
    CROSS JOIN LATERAL (SELECT (c.as_of AT TIME ZONE c.zone)::date AS last_day) n
    -- before 1980 some zones had offsets of odd minutes
    CROSS JOIN LATERAL backlog(
        t.backlog, greatest(t.first_day, least(date '1980-01-01', n.last_day)), n.last_day, c.zone) q
) q ON q.day = period.last_day;

COMMENT ON VIEW service_period IS 'Service summaries by period (key: grain, period_start), of which service_dashboard is read';
COMMENT ON COLUMN service_period.grain IS 'day, week, month, quarter or year';
COMMENT ON COLUMN service_period.period_start IS 'first day of the period';
COMMENT ON COLUMN service_period.is_complete IS 'whether the period is over';
COMMENT ON COLUMN service_period.last_day IS 'last day of the period, or the day of as_of';
COMMENT ON COLUMN service_period.opened IS 'tickets opened';
COMMENT ON COLUMN service_period.solved IS 'tickets by their last solve';
COMMENT ON COLUMN service_period.reopens IS 'reopens, by their day';
COMMENT ON COLUMN service_period.solved_by_agents IS 'of these, tickets that have an agent';
COMMENT ON COLUMN service_period.agent_days IS 'days on which an agent solved a ticket, summed over agents';
COMMENT ON COLUMN service_period.response IS 'time to the first public reply by a human agent, of tickets opened';
COMMENT ON COLUMN service_period.response_business IS 'the same in business hours';
COMMENT ON COLUMN service_period.resolution IS 'time to the last solve, of tickets solved';
COMMENT ON COLUMN service_period.resolution_business IS 'the same in business hours';
COMMENT ON COLUMN service_period.active IS 'the same without time pending, on hold or solved';
COMMENT ON COLUMN service_period.active_business IS 'the same in business hours';
COMMENT ON COLUMN service_period.first_solve IS 'time to the first solve, of tickets solved';
COMMENT ON COLUMN service_period.handling IS 'time of work, of tickets solved';
COMMENT ON COLUMN service_period.fcr IS 'first contact resolution, of tickets solved whose FCR window has passed';
COMMENT ON COLUMN service_period.reopened IS 'reopened, of tickets solved';
COMMENT ON COLUMN service_period.complaint_resolution IS 'solved and not reopened, of complaints received';
COMMENT ON COLUMN service_period.complaint_maturity IS 'older than the FCR window, of complaints received';
COMMENT ON COLUMN service_period.response_sla IS 'answered in time, of tickets with a promise that were answered, or due and unanswered';
COMMENT ON COLUMN service_period.resolution_sla IS 'solved in time, of tickets with a promise that were solved, or due and unsolved';
COMMENT ON COLUMN service_period.csat IS 'satisfied, of CSAT answers';
COMMENT ON COLUMN service_period.csat_response IS 'answered, of CSAT surveys sent';
COMMENT ON COLUMN service_period.compliance IS 'weight of process checks passed, of the weight of all';
COMMENT ON COLUMN service_period.nps IS 'NPS answers, the latest of a customer in the period';
COMMENT ON COLUMN service_period.opened_previous IS 'opened of the period before';
COMMENT ON COLUMN service_period.solved_previous IS 'solved of the period before';
COMMENT ON COLUMN service_period.resolution_previous IS 'resolution of the period before';
COMMENT ON COLUMN service_period.response_previous IS 'response of the period before';
COMMENT ON COLUMN service_period.fcr_previous IS 'fcr of the period before';
COMMENT ON COLUMN service_period.csat_previous IS 'csat of the period before';
COMMENT ON COLUMN service_period.nps_previous IS 'nps of the period before';
COMMENT ON COLUMN service_period.resolution_sla_previous IS 'resolution_sla of the period before';
COMMENT ON COLUMN service_period.queue IS 'tickets in the queue at the end of last_day';
