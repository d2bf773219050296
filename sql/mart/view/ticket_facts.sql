-- ticket_facts: one row per ticket, with what its history says.
--
-- Status events win over the stored columns: a ticket is solved when its last
-- event is solved or closed, and the last solve is where that final run of
-- solved states began.  Messages win over the stored first response.  Ids meet as
-- text, since one entity may be mapped with numbers and another may not.
CREATE VIEW ticket_facts WITH (security_invoker = true) AS
WITH event AS (
    SELECT e.entity_id, e.changed_at, s.category IN ('solved', 'closed') AS solved,
        lag(s.category IN ('solved', 'closed')) OVER history AS solved_before,
        lead(true) OVER history IS NULL AS is_last
    FROM status_event e
    JOIN status s ON s.entity = e.entity AND s.status = e.status
    CROSS JOIN config c
    WHERE e.entity = 'ticket' AND e.changed_at <= c.as_of
    WINDOW history AS (PARTITION BY e.entity_id ORDER BY e.changed_at, e.seq)
), history AS (
    SELECT entity_id,
        bool_or(solved) FILTER (WHERE is_last) AS is_solved,
        min(changed_at) FILTER (WHERE solved) AS first_solved_at,
        max(changed_at) FILTER (WHERE solved AND solved_before IS NOT TRUE) AS last_solved_at,
        count(*) FILTER (WHERE NOT solved AND solved_before) AS reopened
    FROM event
    GROUP BY entity_id
), reply AS (
    SELECT t.ticket_id,
        min(m.occurred_at) FILTER (WHERE m.author = 'agent' AND m.public AND a.human IS NOT FALSE) AS first_reply_at,
        count(*) FILTER (WHERE m.author = 'agent' AND m.public AND a.human IS NOT FALSE) AS contacts
    FROM ticket t
    JOIN ticket_message m ON m.ticket_id::text = t.ticket_id::text
    LEFT JOIN agent a ON a.agent_id::text = m.agent_id::text
    CROSS JOIN config c
    WHERE m.occurred_at BETWEEN t.opened_at AND c.as_of
    GROUP BY t.ticket_id
)
SELECT
    t.ticket_id, t.opened_at,
    CASE WHEN r.ticket_id IS NOT NULL THEN r.first_reply_at
         WHEN t.first_response_at <= c.as_of THEN t.first_response_at END AS first_reply_at,
    CASE WHEN h.entity_id IS NOT NULL THEN h.first_solved_at
         WHEN t.resolved_at <= c.as_of THEN t.resolved_at END AS first_solved_at,
    CASE WHEN h.is_solved THEN h.last_solved_at
         WHEN h.entity_id IS NULL AND t.resolved_at <= c.as_of THEN t.resolved_at END AS solved_at,
    coalesce(h.reopened, t.reopened) AS reopened,
    coalesce(r.contacts, t.contacts) AS contacts,
    t.customer_id, t.agent_id, t.team, t.channel, t.priority, t.kind, t.handling_seconds
FROM ticket t
CROSS JOIN config c
LEFT JOIN history h ON h.entity_id::text = t.ticket_id::text
LEFT JOIN reply r ON r.ticket_id = t.ticket_id
WHERE t.opened_at > '-infinity' AND t.opened_at <= c.as_of;

COMMENT ON VIEW ticket_facts IS 'One row per ticket (key: ticket_id), with solves, reopens and replies taken from its history';
COMMENT ON COLUMN ticket_facts.ticket_id IS 'key of the ticket';
COMMENT ON COLUMN ticket_facts.opened_at IS 'when it was opened';
COMMENT ON COLUMN ticket_facts.first_reply_at IS 'first public reply by a human agent';
COMMENT ON COLUMN ticket_facts.first_solved_at IS 'first solve';
COMMENT ON COLUMN ticket_facts.solved_at IS 'last solve; NULL while unsolved, also after a reopen';
COMMENT ON COLUMN ticket_facts.reopened IS 'times it was reopened after a solve';
COMMENT ON COLUMN ticket_facts.contacts IS 'public replies by human agents; 0 for merged, spam and auto-closed tickets';
COMMENT ON COLUMN ticket_facts.customer_id IS 'customer who asked';
COMMENT ON COLUMN ticket_facts.agent_id IS 'agent who has, or had, the ticket';
COMMENT ON COLUMN ticket_facts.team IS 'team that has the ticket';
COMMENT ON COLUMN ticket_facts.channel IS 'how it came in';
COMMENT ON COLUMN ticket_facts.priority IS 'priority';
COMMENT ON COLUMN ticket_facts.kind IS 'question, complaint, incident or request';
COMMENT ON COLUMN ticket_facts.handling_seconds IS 'seconds of work spent on it';
