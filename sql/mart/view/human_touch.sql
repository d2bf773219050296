-- human_touch: what people did with leads, opportunities and customers.
CREATE VIEW human_touch WITH (security_invoker = true) AS
SELECT
    a.activity_id, a.occurred_at, a.kind, a.direction,
    a.lead_id::text AS lead_id, a.opportunity_id::text AS opportunity_id, a.customer_id::text AS customer_id,
    -- the rule of relationship_freshness
    coalesce(a.kind = 'meeting'
        OR a.answered
        OR a.kind IN ('email', 'message') AND a.direction = 'in'
        OR a.kind = 'call' AND a.direction = 'in' AND a.answered IS NULL, false) AS is_two_way
FROM activity a
LEFT JOIN agent g ON g.agent_id::text = a.agent_id::text
WHERE a.completed AND NOT a.automated AND g.human IS NOT FALSE
    AND a.kind IN ('call', 'email', 'meeting', 'message')
    AND a.occurred_at > '-infinity' AND a.occurred_at <= (SELECT as_of FROM config);

COMMENT ON VIEW human_touch IS 'Calls, e-mails, meetings and messages by people up to as_of (key: activity_id)';
COMMENT ON COLUMN human_touch.activity_id IS 'key of the activity';
COMMENT ON COLUMN human_touch.occurred_at IS 'when it took place';
COMMENT ON COLUMN human_touch.kind IS 'call, email, meeting or message';
COMMENT ON COLUMN human_touch.direction IS 'in: from the customer or lead; out: from us';
COMMENT ON COLUMN human_touch.lead_id IS 'lead it was with';
COMMENT ON COLUMN human_touch.opportunity_id IS 'opportunity it was about';
COMMENT ON COLUMN human_touch.customer_id IS 'customer it was with';
COMMENT ON COLUMN human_touch.is_two_way IS 'whether the other side took part: a meeting, what was answered, what came from them and was not missed';
