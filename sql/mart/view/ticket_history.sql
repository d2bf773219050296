-- ticket_history: the status history of each ticket as one value.
--
-- Events of which nobody knows the time or the meaning are left out: they
-- would falsify what the others tell.
CREATE VIEW ticket_history WITH (security_invoker = true) AS
SELECT e.entity_id, visits(e.changed_at, e.seq::integer, s.category, e.agent_id::text) AS history
FROM status_event e
JOIN status s ON s.entity = e.entity AND s.status = e.status
    AND s.category IN ('new', 'open', 'pending', 'hold', 'solved', 'closed', 'won', 'lost')
WHERE e.entity = 'ticket' AND e.changed_at > '-infinity' AND e.changed_at <= (SELECT as_of FROM config)
GROUP BY e.entity_id;

COMMENT ON VIEW ticket_history IS 'Status history of each ticket that has one (key: entity_id), of which ticket_facts is read';
COMMENT ON COLUMN ticket_history.entity_id IS 'key of the ticket';
COMMENT ON COLUMN ticket_history.history IS 'its changes of status up to as_of, in order';
