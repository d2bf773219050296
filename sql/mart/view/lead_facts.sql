-- lead_facts: one row per lead, with when a person answered it and whether it converted in time.
CREATE VIEW lead_facts WITH (security_invoker = true) AS
WITH touch AS (
    -- what a person did towards the lead
    SELECT l.lead_id, min(a.occurred_at) AS first_at, max(a.occurred_at) AS last_at
    FROM lead l
    JOIN activity a ON a.lead_id::text = l.lead_id::text
    LEFT JOIN agent g ON g.agent_id::text = a.agent_id::text
    CROSS JOIN config c
    WHERE a.direction = 'out' AND NOT a.automated AND g.human IS NOT FALSE AND a.completed AND a.kind <> 'task'
        AND a.occurred_at BETWEEN l.created_at AND c.as_of
    GROUP BY l.lead_id
)
SELECT
    l.lead_id, l.created_at, (l.created_at AT TIME ZONE c.zone)::date AS created_day,
    l.channel, l.campaign_id, l.owner_id,
    CASE WHEN l.mql_at <= c.as_of THEN l.mql_at END AS mql_at,
    CASE WHEN l.sql_at <= c.as_of THEN l.sql_at END AS sql_at,
    t.first_at AS first_touch_at, t.last_at AS last_touch_at,
    -- each bucket ends with its bound, as the golden window does
    CASE WHEN t.first_at IS NULL THEN 7
         WHEN t.first_at <= l.created_at + interval '5 minutes' THEN 1
         WHEN t.first_at <= l.created_at + interval '30 minutes' THEN 2
         WHEN t.first_at <= l.created_at + interval '1 hour' THEN 3
         WHEN t.first_at <= l.created_at + interval '4 hours' THEN 4
         WHEN t.first_at <= l.created_at + interval '24 hours' THEN 5 ELSE 6 END AS response_bucket_no,
    CASE WHEN l.converted_at <= c.as_of THEN l.converted_at END AS converted_at,
    l.customer_id,
    l.converted_at IS NOT NULL AND l.converted_at BETWEEN l.created_at AND l.created_at + c.funnel_window
        AND l.converted_at <= c.as_of AS converted,
    l.created_at + c.funnel_window <= c.as_of AS is_mature
FROM lead l
CROSS JOIN config c
LEFT JOIN touch t ON t.lead_id = l.lead_id
WHERE l.created_at > '-infinity' AND l.created_at <= c.as_of;

COMMENT ON VIEW lead_facts IS 'One row per lead (key: lead_id), with its first answer and its conversion';
COMMENT ON COLUMN lead_facts.lead_id IS 'key of the lead';
COMMENT ON COLUMN lead_facts.created_at IS 'when it came in';
COMMENT ON COLUMN lead_facts.created_day IS 'the same as a day, in the zone of the mart';
COMMENT ON COLUMN lead_facts.channel IS 'channel it came from';
COMMENT ON COLUMN lead_facts.campaign_id IS 'campaign it came from';
COMMENT ON COLUMN lead_facts.owner_id IS 'agent who has it';
COMMENT ON COLUMN lead_facts.mql_at IS 'when marketing qualified it; NULL: not yet or never';
COMMENT ON COLUMN lead_facts.sql_at IS 'when sales qualified it; NULL: not yet or never';
COMMENT ON COLUMN lead_facts.first_touch_at IS 'first outbound touch by a person at or after its creation; NULL: unanswered';
COMMENT ON COLUMN lead_facts.last_touch_at IS 'last such touch';
COMMENT ON COLUMN lead_facts.response_bucket_no IS 'time from creation to the first touch: 1 within 5 minutes, 2 within 30, 3 within 1 hour, 4 within 4 hours, 5 within 24, 6 later, 7 never';
COMMENT ON COLUMN lead_facts.converted_at IS 'when it became an opportunity or a customer; NULL: not yet or never';
COMMENT ON COLUMN lead_facts.customer_id IS 'customer it became or belongs to';
COMMENT ON COLUMN lead_facts.converted IS 'whether it converted within the funnel window';
COMMENT ON COLUMN lead_facts.is_mature IS 'whether its funnel window has passed';
