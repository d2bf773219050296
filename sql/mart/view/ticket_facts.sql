-- ticket_facts: one row per ticket, with what its history and its promises say.
--
-- Status events win over the stored columns: a ticket is solved when its last
-- event is solved or closed, and the last solve is where that final run of
-- solved states began.  Messages win over the stored first response.  Ids meet as
-- text, since one entity may be mapped with numbers and another may not.
--
-- Times that run backwards in a mapped source have no duration.  OFFSET 0 has
-- the solves found once, however often they are used below.
CREATE VIEW ticket_facts WITH (security_invoker = true) AS
WITH reply AS (
    SELECT t.ticket_id,
        min(m.occurred_at) FILTER (WHERE m.author = 'agent' AND m.public AND a.human IS NOT FALSE) AS first_reply_at,
        count(*) FILTER (WHERE m.author = 'agent' AND m.public AND a.human IS NOT FALSE) AS contacts
    FROM ticket t
    JOIN ticket_message m ON m.ticket_id::text = t.ticket_id::text
    LEFT JOIN agent a ON a.agent_id::text = m.agent_id::text
    CROSS JOIN config c
    WHERE m.occurred_at BETWEEN t.opened_at AND c.as_of
    GROUP BY t.ticket_id
), ticket_times AS (
    SELECT t.*, h.history,
        CASE WHEN r.ticket_id IS NOT NULL THEN r.first_reply_at
             WHEN t.first_response_at <= c.as_of THEN t.first_response_at END AS first_reply_at,
        CASE WHEN h.entity_id IS NOT NULL THEN first_solve(h.history)
             WHEN t.resolved_at <= c.as_of THEN t.resolved_at END AS first_solved_at,
        CASE WHEN h.entity_id IS NOT NULL THEN last_solve(h.history)
             WHEN t.resolved_at <= c.as_of THEN t.resolved_at END AS solved_at,
        coalesce(reopens(h.history), t.reopened) AS reopens,
        coalesce(r.contacts, t.contacts) AS agent_contacts,
        s.response_seconds, coalesce(s.response_calendar_id, a.calendar_id::text, c.default_calendar)
            AS response_calendar_id,
        s.resolution_seconds, coalesce(s.resolution_calendar_id, a.calendar_id::text, c.default_calendar)
            AS resolution_calendar_id,
        c.as_of
    FROM ticket t
    CROSS JOIN config c
    LEFT JOIN ticket_history h ON h.entity_id::text = t.ticket_id::text
    LEFT JOIN reply r ON r.ticket_id = t.ticket_id
    LEFT JOIN agent a ON a.agent_id::text = t.agent_id::text
    LEFT JOIN ticket_sla s ON s.kind = coalesce(t.kind, '') AND s.priority = coalesce(t.priority, '')
        AND s.team = coalesce(t.team, '')
    WHERE t.opened_at > '-infinity' AND t.opened_at <= c.as_of
    OFFSET 0
), ticket_spans AS (
    SELECT t.*, response.hours AS response_hours, resolution.hours AS resolution_hours,
        -- a promise in a calendar that is not there cannot be kept or broken
        CASE WHEN response.hours IS NOT NULL OR t.response_calendar_id IS NULL
             THEN make_interval(secs => t.response_seconds) END AS response_target,
        CASE WHEN resolution.hours IS NOT NULL OR t.resolution_calendar_id IS NULL
             THEN make_interval(secs => t.resolution_seconds) END AS resolution_target,
        t.first_reply_at >= t.opened_at AS has_response_time,
        t.solved_at >= t.opened_at AS has_resolution_time
    FROM ticket_times t
    LEFT JOIN calendar response ON response.calendar_id::text = t.response_calendar_id
    LEFT JOIN calendar resolution ON resolution.calendar_id::text = t.resolution_calendar_id
)
SELECT
    ticket_id, opened_at, first_reply_at, first_solved_at, solved_at,
    reopens AS reopened, agent_contacts AS contacts,
    customer_id, agent_id, team, channel, priority, kind, handling_seconds,
    CASE WHEN history IS NOT NULL THEN category(history)
         WHEN solved_at IS NULL THEN 'open' ELSE 'solved' END AS category,
    handoffs(history) AS handoffs,
    touches(history) AS touches,
    history,
    CASE WHEN has_response_time THEN first_reply_at - opened_at END AS response_time,
    CASE WHEN has_response_time THEN business_duration(opened_at, first_reply_at, response_hours) END
        AS response_business_time,
    CASE WHEN has_resolution_time THEN solved_at - opened_at END AS resolution_time,
    CASE WHEN has_resolution_time THEN business_duration(opened_at, solved_at, resolution_hours) END
        AS resolution_business_time,
    -- without a history it was active all the time
    CASE WHEN NOT has_resolution_time THEN NULL
         WHEN history IS NULL THEN solved_at - opened_at
         ELSE active_duration(history, opened_at, solved_at) END AS active_time,
    CASE WHEN NOT has_resolution_time THEN NULL
         WHEN history IS NULL THEN business_duration(opened_at, solved_at, resolution_hours)
         ELSE active_duration(history, opened_at, solved_at, resolution_hours) END AS active_business_time,
    CASE WHEN first_solved_at >= opened_at THEN first_solved_at - opened_at END AS first_solve_time,
    response_target, response_hours, resolution_target, resolution_hours,
    -- hours that never open again give no due time
    CASE WHEN first_reply_at IS NOT NULL OR solved_at IS NOT NULL THEN NULL
         WHEN response_hours IS NULL THEN opened_at + response_target
         WHEN business_duration(opened_at, opened_at + interval '876000 hours', response_hours) >= response_target
         THEN business_deadline(opened_at, response_target, response_hours) END AS response_due_at,
    CASE WHEN solved_at IS NOT NULL THEN NULL
         WHEN resolution_hours IS NULL THEN opened_at + resolution_target
         WHEN business_duration(opened_at, opened_at + interval '876000 hours', resolution_hours) >= resolution_target
         THEN business_deadline(opened_at, resolution_target, resolution_hours) END AS resolution_due_at
FROM ticket_spans;

COMMENT ON VIEW ticket_facts IS 'One row per ticket (key: ticket_id), with solves, reopens, replies, times and promises taken from its history';
COMMENT ON COLUMN ticket_facts.ticket_id IS 'key of the ticket';
COMMENT ON COLUMN ticket_facts.opened_at IS 'when it was opened';
COMMENT ON COLUMN ticket_facts.first_reply_at IS 'first public reply by a human agent';
COMMENT ON COLUMN ticket_facts.first_solved_at IS 'first solve';
COMMENT ON COLUMN ticket_facts.solved_at IS 'last solve; NULL while unsolved, also after a reopen';
COMMENT ON COLUMN ticket_facts.reopened IS 'times it was reopened after a solve, one that is open again included';
COMMENT ON COLUMN ticket_facts.contacts IS 'public replies by human agents; 0 for merged, spam and auto-closed tickets';
COMMENT ON COLUMN ticket_facts.customer_id IS 'customer who asked';
COMMENT ON COLUMN ticket_facts.agent_id IS 'agent who has, or had, the ticket';
COMMENT ON COLUMN ticket_facts.team IS 'team that has the ticket';
COMMENT ON COLUMN ticket_facts.channel IS 'how it came in';
COMMENT ON COLUMN ticket_facts.priority IS 'priority';
COMMENT ON COLUMN ticket_facts.kind IS 'question, complaint, incident or request';
COMMENT ON COLUMN ticket_facts.handling_seconds IS 'seconds of work spent on it';
COMMENT ON COLUMN ticket_facts.category IS 'what its status means: new, open, pending, hold, solved or closed; without any status event open or solved';
COMMENT ON COLUMN ticket_facts.handoffs IS 'times its status was changed by another agent than before; NULL without a history';
COMMENT ON COLUMN ticket_facts.touches IS 'changes of its status by an agent; NULL without a history';
COMMENT ON COLUMN ticket_facts.history IS 'its changes of status up to as_of; NULL: none are known';
COMMENT ON COLUMN ticket_facts.response_time IS 'from opening to the first reply, elapsed';
COMMENT ON COLUMN ticket_facts.response_business_time IS 'the same inside the business hours of response_hours; NULL without a calendar';
COMMENT ON COLUMN ticket_facts.resolution_time IS 'from opening to the last solve, elapsed';
COMMENT ON COLUMN ticket_facts.resolution_business_time IS 'the same inside the business hours of resolution_hours; NULL without a calendar';
COMMENT ON COLUMN ticket_facts.active_time IS 'of the time to the last solve what was neither pending, on hold nor solved';
COMMENT ON COLUMN ticket_facts.active_business_time IS 'the same inside the business hours of resolution_hours; NULL without a calendar';
COMMENT ON COLUMN ticket_facts.first_solve_time IS 'from opening to the first solve, elapsed';
COMMENT ON COLUMN ticket_facts.response_target IS 'time promised for the first reply';
COMMENT ON COLUMN ticket_facts.response_hours IS 'business hours it counts in: of the promise, else of the agent, else the default; NULL: plain time';
COMMENT ON COLUMN ticket_facts.resolution_target IS 'time promised for the solve';
COMMENT ON COLUMN ticket_facts.resolution_hours IS 'business hours it counts in: of the promise, else of the agent, else the default; NULL: plain time';
COMMENT ON COLUMN ticket_facts.response_due_at IS 'when the first reply is due; NULL once answered or solved, and without a promise';
COMMENT ON COLUMN ticket_facts.resolution_due_at IS 'when the solve is due; NULL while solved, and without a promise';
