-- daily_ticket_opened: tickets by the day they were opened.
CREATE VIEW daily_ticket_opened WITH (security_invoker = true) AS
SELECT
    (t.opened_at AT TIME ZONE c.zone)::date AS day,
    t.agent_id, t.team, t.channel, t.priority, t.kind,
    count(*) AS opened,
    duration_summary(t.opened_at, t.first_reply_at) FILTER (WHERE t.first_reply_at >= t.opened_at) AS first_response,
    rate_summary(t.solved_at IS NOT NULL AND coalesce(t.reopened, 0) = 0)
        FILTER (WHERE t.kind = 'complaint') AS complaint_resolution,
    rate_summary(t.opened_at + c.fcr_window <= c.as_of) FILTER (WHERE t.kind = 'complaint') AS complaint_maturity
FROM ticket_facts t
CROSS JOIN config c
GROUP BY 1, 2, 3, 4, 5, 6;

COMMENT ON VIEW daily_ticket_opened IS 'Tickets by the day they were opened (key: day, agent_id, team, channel, priority, kind)';
COMMENT ON COLUMN daily_ticket_opened.day IS 'day of opening, in the zone of the mart';
COMMENT ON COLUMN daily_ticket_opened.agent_id IS 'agent of the ticket';
COMMENT ON COLUMN daily_ticket_opened.team IS 'team of the ticket';
COMMENT ON COLUMN daily_ticket_opened.channel IS 'how it came in';
COMMENT ON COLUMN daily_ticket_opened.priority IS 'priority';
COMMENT ON COLUMN daily_ticket_opened.kind IS 'question, complaint, incident or request';
COMMENT ON COLUMN daily_ticket_opened.opened IS 'tickets opened';
COMMENT ON COLUMN daily_ticket_opened.first_response IS 'time from opening to the first public reply by a human agent';
COMMENT ON COLUMN daily_ticket_opened.complaint_resolution IS 'complaints: solved and not reopened, of all received';
COMMENT ON COLUMN daily_ticket_opened.complaint_maturity IS 'complaints: older than the FCR window, of all received';
