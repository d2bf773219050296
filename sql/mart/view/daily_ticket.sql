-- daily_ticket: tickets by day.
--
-- A ticket is in several rows: on the day it was opened, answered and solved,
-- and, while it is unanswered or unsolved, on the day this was due.  First
-- contact resolution looks ahead from the solve, so a solve counts only once
-- its window has passed, and old days change when a customer comes back.
CREATE VIEW daily_ticket WITH (security_invoker = true) AS
WITH fact AS MATERIALIZED (
    -- read once, with what is used below
    SELECT t.ticket_id, t.customer_id, t.agent_id, t.team, t.kind, t.opened_at, t.solved_at, t.reopened, t.contacts,
        (t.opened_at AT TIME ZONE c.zone)::date AS opened_day,
        (t.first_reply_at AT TIME ZONE c.zone)::date AS answered_day,
        (t.solved_at AT TIME ZONE c.zone)::date AS solved_day,
        CASE WHEN t.response_due_at < c.as_of THEN (t.response_due_at AT TIME ZONE c.zone)::date END AS unanswered_day,
        CASE WHEN t.resolution_due_at < c.as_of THEN (t.resolution_due_at AT TIME ZONE c.zone)::date END AS unsolved_day,
        t.opened_at + c.fcr_window <= c.as_of AS is_mature,
        t.solved_at + c.fcr_window <= c.as_of AS is_settled,
        t.response_time, t.response_business_time, t.response_target,
        t.resolution_time, t.resolution_business_time, t.resolution_target,
        t.active_time, t.active_business_time, t.first_solve_time,
        CASE WHEN t.handling_seconds BETWEEN 0 AND 2147483647 THEN make_interval(secs => t.handling_seconds) END
            AS handling_time,
        -- most tickets come into the queue once and leave it once; as_of itself is known, too
        CASE WHEN t.reopened > 0 THEN open_times(t.history, t.opened_at, c.as_of + interval '1 microsecond') END
            AS stays,
        c.as_of, c.zone
    FROM ticket_facts t
    CROSS JOIN config c
), came_back AS (
    SELECT DISTINCT t.ticket_id
    FROM fact t
    CROSS JOIN config c
    JOIN ticket n ON n.customer_id = t.customer_id AND n.ticket_id <> t.ticket_id
        AND n.opened_at > t.solved_at AND n.opened_at <= t.solved_at + c.fcr_window
    WHERE t.contacts = 1 AND coalesce(t.reopened, 0) = 0 AND t.is_settled
), part AS (
    SELECT opened_day AS day, agent_id, team,
        count(*) AS opened, 0 AS solved, 0 AS reopens, duration_summary(response_time) AS response,
        duration_summary(response_business_time) AS response_business, NULL::duration_summary AS resolution,
        NULL::duration_summary AS resolution_business, NULL::duration_summary AS active,
        NULL::duration_summary AS active_business, NULL::duration_summary AS first_solve,
        NULL::duration_summary AS handling, NULL::rate_summary AS fcr, NULL::rate_summary AS reopened,
        rate_summary(solved_at IS NOT NULL AND coalesce(reopened, 0) = 0) FILTER (WHERE kind = 'complaint') AS complaint_resolution,
        rate_summary(is_mature) FILTER (WHERE kind = 'complaint') AS complaint_maturity,
        NULL::rate_summary AS response_sla, NULL::rate_summary AS resolution_sla,
        backlog_summary(opened_at, CASE WHEN solved_at < opened_at THEN opened_at ELSE solved_at END)
            FILTER (WHERE stays IS NULL) AS backlog
    FROM fact
    GROUP BY opened_day, agent_id, team
    UNION ALL
    SELECT solved_day, agent_id, team,
        0, count(*), 0, NULL, NULL, duration_summary(resolution_time), duration_summary(resolution_business_time),
        duration_summary(active_time), duration_summary(active_business_time),
        duration_summary(first_solve_time), duration_summary(handling_time),
        rate_summary(contacts = 1 AND coalesce(reopened, 0) = 0 AND b.ticket_id IS NULL)
            FILTER (WHERE contacts >= 1 AND is_settled),
        rate_summary(reopened > 0), NULL, NULL, NULL,
        rate_summary(coalesce(resolution_business_time, resolution_time) <= resolution_target), NULL
    FROM fact
    LEFT JOIN came_back b USING (ticket_id)
    WHERE solved_day > '-infinity'
    GROUP BY solved_day, agent_id, team
    UNION ALL
    SELECT answered_day, agent_id, team,
        0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        rate_summary(coalesce(response_business_time, response_time) <= response_target), NULL, NULL
    FROM fact
    WHERE answered_day > '-infinity' AND response_target IS NOT NULL
    GROUP BY answered_day, agent_id, team
    UNION ALL
    SELECT unanswered_day, agent_id, team,
        0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, rate_summary(false), NULL, NULL
    FROM fact
    WHERE unanswered_day IS NOT NULL
    GROUP BY unanswered_day, agent_id, team
    UNION ALL
    SELECT unsolved_day, agent_id, team,
        0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, rate_summary(false), NULL
    FROM fact
    WHERE unsolved_day IS NOT NULL
    GROUP BY unsolved_day, agent_id, team
    UNION ALL
    SELECT opened_day, agent_id, team,
        0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        backlog_summary(lower(stay), CASE WHEN upper(stay) <= as_of OR solved_at IS NOT NULL THEN upper(stay) END)
    FROM fact
    CROSS JOIN unnest(stays) stay
    GROUP BY opened_day, agent_id, team
    UNION ALL
    SELECT (lower(stay) AT TIME ZONE zone)::date, agent_id, team,
        0, 0, count(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM fact
    CROSS JOIN unnest(stays) stay
    WHERE lower(stay) > opened_at
    GROUP BY 1, agent_id, team
)
SELECT day, agent_id, team, sum(opened)::bigint AS opened, sum(solved)::bigint AS solved,
    sum(reopens)::bigint AS reopens,
    rollup(response) AS response, rollup(response_business) AS response_business,
    rollup(resolution) AS resolution, rollup(resolution_business) AS resolution_business,
    rollup(active) AS active, rollup(active_business) AS active_business,
    rollup(first_solve) AS first_solve, rollup(handling) AS handling,
    rollup(fcr) AS fcr, rollup(reopened) AS reopened,
    rollup(complaint_resolution) AS complaint_resolution, rollup(complaint_maturity) AS complaint_maturity,
    rollup(response_sla) AS response_sla, rollup(resolution_sla) AS resolution_sla,
    rollup(backlog) AS backlog
FROM part
GROUP BY day, agent_id, team;

COMMENT ON VIEW daily_ticket IS 'Tickets by day (key: day, agent_id, team)';
COMMENT ON COLUMN daily_ticket.day IS 'day of the opening, first reply or last solve, or on which an open ticket was due, in the zone of the mart';
COMMENT ON COLUMN daily_ticket.agent_id IS 'agent of the ticket';
COMMENT ON COLUMN daily_ticket.team IS 'team of the ticket';
COMMENT ON COLUMN daily_ticket.opened IS 'tickets opened';
COMMENT ON COLUMN daily_ticket.solved IS 'tickets by their last solve';
COMMENT ON COLUMN daily_ticket.reopens IS 'reopens: how often tickets came back into the queue';
COMMENT ON COLUMN daily_ticket.response IS 'time from opening to the first public reply by a human agent, by the day of opening';
COMMENT ON COLUMN daily_ticket.response_business IS 'the same in business hours';
COMMENT ON COLUMN daily_ticket.resolution IS 'time from opening to the last solve, by the day of the solve, as all below';
COMMENT ON COLUMN daily_ticket.resolution_business IS 'the same in business hours';
COMMENT ON COLUMN daily_ticket.active IS 'the same without the time that it was pending, on hold or solved';
COMMENT ON COLUMN daily_ticket.active_business IS 'the same in business hours and without that time';
COMMENT ON COLUMN daily_ticket.first_solve IS 'time from opening to the first solve';
COMMENT ON COLUMN daily_ticket.handling IS 'time of work spent on a ticket';
COMMENT ON COLUMN daily_ticket.fcr IS 'solved with one agent contact, no reopen and no new ticket within the FCR window, of those solved with contact';
COMMENT ON COLUMN daily_ticket.reopened IS 'reopened before the last solve, of those whose reopens are known';
COMMENT ON COLUMN daily_ticket.complaint_resolution IS 'complaints by the day of opening: solved and not reopened, of all received';
COMMENT ON COLUMN daily_ticket.complaint_maturity IS 'complaints by the day of opening: older than the FCR window, of all received';
COMMENT ON COLUMN daily_ticket.response_sla IS 'answered in time, of those answered that day or due that day and unanswered, where there is a promise';
COMMENT ON COLUMN daily_ticket.resolution_sla IS 'solved in time, of those solved that day or due that day and unsolved, where there is a promise';
COMMENT ON COLUMN daily_ticket.backlog IS 'when the tickets opened that day were in the queue';
