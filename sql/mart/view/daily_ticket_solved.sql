-- daily_ticket_solved: tickets by the day of their last solve.
--
-- First contact resolution looks ahead from the solve, so a solve counts only
-- once its window has passed, and old days change when a customer comes back.
CREATE VIEW daily_ticket_solved WITH (security_invoker = true) AS
WITH came_back AS (
    SELECT DISTINCT t.ticket_id
    FROM ticket_facts t
    CROSS JOIN config c
    JOIN ticket n ON n.customer_id = t.customer_id AND n.ticket_id <> t.ticket_id
        AND n.opened_at > t.solved_at AND n.opened_at <= t.solved_at + c.fcr_window
)
SELECT
    (t.solved_at AT TIME ZONE c.zone)::date AS day,
    t.agent_id, t.team, t.channel, t.priority, t.kind,
    count(*) AS solved,
    duration_summary(t.opened_at, t.solved_at) FILTER (WHERE t.solved_at >= t.opened_at) AS resolution,
    duration_summary(t.opened_at, t.first_solved_at) FILTER (WHERE t.first_solved_at >= t.opened_at) AS first_solve,
    duration_summary(make_interval(secs => t.handling_seconds)) FILTER (WHERE t.handling_seconds >= 0) AS handling,
    rate_summary(t.contacts = 1 AND coalesce(t.reopened, 0) = 0 AND b.ticket_id IS NULL)
        FILTER (WHERE t.contacts >= 1 AND t.solved_at + c.fcr_window <= c.as_of) AS fcr,
    rate_summary(t.reopened > 0) AS reopened
FROM ticket_facts t
CROSS JOIN config c
LEFT JOIN came_back b ON b.ticket_id = t.ticket_id
WHERE t.solved_at > '-infinity'
GROUP BY 1, 2, 3, 4, 5, 6;

COMMENT ON VIEW daily_ticket_solved IS 'Tickets by the day of their last solve (key: day, agent_id, team, channel, priority, kind)';
COMMENT ON COLUMN daily_ticket_solved.day IS 'day of the last solve, in the zone of the mart';
COMMENT ON COLUMN daily_ticket_solved.agent_id IS 'agent of the ticket';
COMMENT ON COLUMN daily_ticket_solved.team IS 'team of the ticket';
COMMENT ON COLUMN daily_ticket_solved.channel IS 'how it came in';
COMMENT ON COLUMN daily_ticket_solved.priority IS 'priority';
COMMENT ON COLUMN daily_ticket_solved.kind IS 'question, complaint, incident or request';
COMMENT ON COLUMN daily_ticket_solved.solved IS 'tickets solved';
COMMENT ON COLUMN daily_ticket_solved.resolution IS 'time from opening to the last solve';
COMMENT ON COLUMN daily_ticket_solved.first_solve IS 'time from opening to the first solve';
COMMENT ON COLUMN daily_ticket_solved.handling IS 'time of work spent on a ticket';
COMMENT ON COLUMN daily_ticket_solved.fcr IS 'solved with one agent contact, no reopen and no new ticket within the FCR window, of those solved with contact';
COMMENT ON COLUMN daily_ticket_solved.reopened IS 'reopened before the last solve, of those whose reopens are known';
