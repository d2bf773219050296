-- ticket_queue: every ticket that waits to be solved.
CREATE VIEW ticket_queue WITH (security_invoker = true) AS
SELECT
    t.ticket_id, t.opened_at, (t.opened_at AT TIME ZONE c.zone)::date AS opened_day,
    t.category, t.priority, t.kind, t.team, t.channel, t.agent_id, t.customer_id,
    (extract(epoch FROM age.age) / 3600)::numeric(12,2) AS age_hours,
    CASE WHEN age.age < interval '4 hours' THEN 1
         WHEN age.age < interval '24 hours' THEN 2
         WHEN age.age < interval '72 hours' THEN 3
         WHEN age.age < interval '168 hours' THEN 4
         WHEN age.age < interval '720 hours' THEN 5 ELSE 6 END AS age_band_no,
    CASE WHEN age.age < interval '4 hours' THEN 'under 4 hours'
         WHEN age.age < interval '24 hours' THEN '4 to 24 hours'
         WHEN age.age < interval '72 hours' THEN '1 to 3 days'
         WHEN age.age < interval '168 hours' THEN '3 to 7 days'
         WHEN age.age < interval '720 hours' THEN '7 to 30 days' ELSE 'over 30 days' END AS age_band,
    (extract(epoch FROM business_duration(t.opened_at, c.as_of, t.resolution_hours)) / 3600)::numeric(12,2)
        AS business_age_hours,
    (extract(epoch FROM coalesce(active_duration(t.history, t.opened_at, c.as_of), age.age)) / 3600)::numeric(12,2) AS active_hours,
    t.first_reply_at,
    t.response_due_at,
    t.response_due_at < c.as_of AS response_breached,
    t.resolution_due_at AS due_at,
    t.resolution_due_at < c.as_of AS breached,
    (extract(epoch FROM t.resolution_due_at - c.as_of) / 3600)::numeric(12,2) AS due_in_hours,
    t.contacts, t.reopened, t.handoffs, t.touches
FROM ticket_facts t
CROSS JOIN config c
CROSS JOIN LATERAL (SELECT c.as_of - t.opened_at AS age) age
WHERE t.solved_at IS NULL;

COMMENT ON VIEW ticket_queue IS 'Every ticket that waits to be solved, as of now (key: ticket_id)';
COMMENT ON COLUMN ticket_queue.ticket_id IS 'key of the ticket';
COMMENT ON COLUMN ticket_queue.opened_at IS 'when it was opened';
COMMENT ON COLUMN ticket_queue.opened_day IS 'the same as a day, in the zone of the mart';
COMMENT ON COLUMN ticket_queue.category IS 'what its status means: new, open, pending or hold';
COMMENT ON COLUMN ticket_queue.priority IS 'priority';
COMMENT ON COLUMN ticket_queue.kind IS 'question, complaint, incident or request';
COMMENT ON COLUMN ticket_queue.team IS 'team that has it';
COMMENT ON COLUMN ticket_queue.channel IS 'how it came in';
COMMENT ON COLUMN ticket_queue.agent_id IS 'agent who has it';
COMMENT ON COLUMN ticket_queue.customer_id IS 'customer who asked';
COMMENT ON COLUMN ticket_queue.age_hours IS 'hours since it was opened';
COMMENT ON COLUMN ticket_queue.age_band_no IS 'number of the age band, to sort by';
COMMENT ON COLUMN ticket_queue.age_band IS 'age in bands, from under 4 hours to over 30 days';
COMMENT ON COLUMN ticket_queue.business_age_hours IS 'business hours since it was opened; NULL without a calendar';
COMMENT ON COLUMN ticket_queue.active_hours IS 'hours that it was new or open: not pending, on hold or solved';
COMMENT ON COLUMN ticket_queue.first_reply_at IS 'first public reply by a human agent; NULL: unanswered';
COMMENT ON COLUMN ticket_queue.response_due_at IS 'when the first reply is due; NULL once answered, and without a promise';
COMMENT ON COLUMN ticket_queue.response_breached IS 'whether it is unanswered past that; NULL as above';
COMMENT ON COLUMN ticket_queue.due_at IS 'when the solve is due; NULL without a promise';
COMMENT ON COLUMN ticket_queue.breached IS 'whether it is past due; NULL without a promise';
COMMENT ON COLUMN ticket_queue.due_in_hours IS 'hours left until it is due, less than 0 when past due';
COMMENT ON COLUMN ticket_queue.contacts IS 'public replies by human agents so far';
COMMENT ON COLUMN ticket_queue.reopened IS 'times it was reopened';
COMMENT ON COLUMN ticket_queue.handoffs IS 'times its status was changed by another agent than before; NULL without a history';
COMMENT ON COLUMN ticket_queue.touches IS 'changes of its status by an agent; NULL without a history';
