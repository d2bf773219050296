-- service_period: the service summaries of every period, for each grain.
--
-- One row in the day branches is one row of a daily summary; the outer level
-- rolls them up.  A filter on grain and period reaches these rows.
CREATE VIEW service_period WITH (security_invoker = true) AS
SELECT part.grain, part.period_start,
    period_add(part.period_start, part.grain, 1) <= (max(c.as_of) AT TIME ZONE max(c.zone))::date AS is_complete,
    coalesce(sum(opened), 0)::bigint AS opened,
    coalesce(sum(solved), 0)::bigint AS solved,
    coalesce(sum(solved) FILTER (WHERE agent_day IS NOT NULL), 0)::bigint AS solved_by_agents,
    count(DISTINCT agent_day) AS agent_days,
    rollup(first_response) AS first_response,
    rollup(resolution) AS resolution,
    rollup(handling) AS handling,
    rollup(fcr) AS fcr,
    rollup(reopened) AS reopened,
    rollup(complaint_resolution) AS complaint_resolution,
    rollup(complaint_maturity) AS complaint_maturity,
    rollup(csat) AS csat,
    rollup(response) AS response,
    rollup(compliance) AS compliance,
    rollup(nps) AS nps
FROM (
    SELECT g.grain, period_start(f.day, g.grain, c.first_day_of_week) AS period_start,
        opened, solved, agent_day, first_response, resolution, handling, fcr, reopened,
        complaint_resolution, complaint_maturity, csat, response, compliance, NULL::nps_summary AS nps
    FROM (VALUES ('day'), ('week'), ('month'), ('quarter'), ('year')) g(grain)
    CROSS JOIN config c
    CROSS JOIN (
        SELECT day, opened, NULL::bigint AS solved, NULL::text AS agent_day,
            first_response, NULL::duration_summary AS resolution, NULL::duration_summary AS handling,
            NULL::rate_summary AS fcr, NULL::rate_summary AS reopened, complaint_resolution, complaint_maturity,
            NULL::rate_summary AS csat, NULL::rate_summary AS response, NULL::rate_summary AS compliance
        FROM daily_ticket_opened
        UNION ALL
        SELECT day, NULL, solved, day || ' ' || agent_id::text,
            NULL, resolution, handling, fcr, reopened, NULL, NULL, NULL, NULL, NULL
        FROM daily_ticket_solved
        UNION ALL
        SELECT day, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            csat, CASE WHEN kind = 'csat' THEN response END, NULL
        FROM daily_survey
        WHERE kind = 'csat'
        UNION ALL
        SELECT day, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, compliance
        FROM daily_check
    ) f
    UNION ALL
    SELECT n.grain, n.period_start, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, n.nps
    FROM period_nps n
) part
CROSS JOIN config c
GROUP BY part.grain, part.period_start;

COMMENT ON VIEW service_period IS 'Service summaries by period (key: grain, period_start), of which service_dashboard is read';
COMMENT ON COLUMN service_period.grain IS 'day, week, month, quarter or year';
COMMENT ON COLUMN service_period.period_start IS 'first day of the period';
COMMENT ON COLUMN service_period.is_complete IS 'whether the period is over';
COMMENT ON COLUMN service_period.opened IS 'tickets opened';
COMMENT ON COLUMN service_period.solved IS 'tickets by their last solve';
COMMENT ON COLUMN service_period.solved_by_agents IS 'of these, tickets that have an agent';
COMMENT ON COLUMN service_period.agent_days IS 'days on which an agent solved a ticket, summed over agents';
COMMENT ON COLUMN service_period.first_response IS 'time to the first public reply by a human agent, of tickets opened';
COMMENT ON COLUMN service_period.resolution IS 'time to the last solve, of tickets solved';
COMMENT ON COLUMN service_period.handling IS 'time of work, of tickets solved';
COMMENT ON COLUMN service_period.fcr IS 'first contact resolution, of tickets solved whose FCR window has passed';
COMMENT ON COLUMN service_period.reopened IS 'reopened, of tickets solved';
COMMENT ON COLUMN service_period.complaint_resolution IS 'solved and not reopened, of complaints received';
COMMENT ON COLUMN service_period.complaint_maturity IS 'older than the FCR window, of complaints received';
COMMENT ON COLUMN service_period.csat IS 'satisfied, of CSAT answers';
COMMENT ON COLUMN service_period.response IS 'answered, of CSAT surveys sent';
COMMENT ON COLUMN service_period.compliance IS 'weight of process checks passed, of the weight of all';
COMMENT ON COLUMN service_period.nps IS 'NPS answers, the latest of a customer in the period';
