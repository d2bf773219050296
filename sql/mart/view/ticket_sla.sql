-- ticket_sla: the promises for each sort of ticket.
--
-- One row per kind, priority and team among the tickets.  The row of
-- sla_target with the most columns that match holds; among equals one for the
-- priority goes before one for the kind, and that before one for the team.
-- A missing kind, priority or team is the empty string here, so that tickets
-- can be joined by equality.
CREATE VIEW ticket_sla WITH (security_invoker = true) AS
SELECT sort.kind, sort.priority, sort.team,
    (array_agg(s.seconds ORDER BY s.weight DESC, s.seconds) FILTER (WHERE s.measure = 'first_response'))[1]
        AS response_seconds,
    (array_agg(s.calendar_id ORDER BY s.weight DESC, s.seconds) FILTER (WHERE s.measure = 'first_response'))[1]
        AS response_calendar_id,
    (array_agg(s.seconds ORDER BY s.weight DESC, s.seconds) FILTER (WHERE s.measure = 'resolution'))[1]
        AS resolution_seconds,
    (array_agg(s.calendar_id ORDER BY s.weight DESC, s.seconds) FILTER (WHERE s.measure = 'resolution'))[1]
        AS resolution_calendar_id
FROM (
    SELECT DISTINCT coalesce(kind, '') AS kind, coalesce(priority, '') AS priority, coalesce(team, '') AS team
    FROM ticket
) sort
LEFT JOIN (
    SELECT kind, priority, team, measure, seconds, calendar_id::text AS calendar_id,
        4 * num_nonnulls(kind, priority, team) + 2 * num_nonnulls(priority) + num_nonnulls(kind) AS weight
    FROM sla_target
    WHERE seconds BETWEEN 1 AND 2147483647
) s ON coalesce(s.kind = sort.kind, true)
    AND coalesce(s.priority = sort.priority, true)
    AND coalesce(s.team = sort.team, true)
GROUP BY sort.kind, sort.priority, sort.team;

COMMENT ON VIEW ticket_sla IS 'Promises for each sort of ticket (key: kind, priority, team; the empty string: none)';
COMMENT ON COLUMN ticket_sla.kind IS 'kind of the tickets';
COMMENT ON COLUMN ticket_sla.priority IS 'priority of the tickets';
COMMENT ON COLUMN ticket_sla.team IS 'team of the tickets';
COMMENT ON COLUMN ticket_sla.response_seconds IS 'seconds promised for the first response; NULL: no promise';
COMMENT ON COLUMN ticket_sla.response_calendar_id IS 'calendar these are counted in; NULL: that of the agent, else the default';
COMMENT ON COLUMN ticket_sla.resolution_seconds IS 'seconds promised for the solve; NULL: no promise';
COMMENT ON COLUMN ticket_sla.resolution_calendar_id IS 'calendar these are counted in; NULL: that of the agent, else the default';
