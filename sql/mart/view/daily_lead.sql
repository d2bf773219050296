-- daily_lead: leads by the day they were created.
CREATE VIEW daily_lead WITH (security_invoker = true) AS
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
    (l.created_at AT TIME ZONE c.zone)::date AS day,
    l.channel, l.campaign_id, l.owner_id,
    count(*) AS leads,
    count(*) FILTER (WHERE l.mql_at <= c.as_of) AS mql,
    count(*) FILTER (WHERE l.sql_at <= c.as_of) AS sql,
    duration_summary(l.created_at, t.first_at) AS response,
    rate_summary(t.first_at IS NOT NULL AND t.first_at <= l.created_at + c.golden_window)
        FILTER (WHERE l.created_at + c.golden_window <= c.as_of) AS golden,
    rate_summary(t.last_at > t.first_at) AS follow_up,
    rate_summary(l.converted_at IS NOT NULL AND l.converted_at BETWEEN l.created_at AND l.created_at + c.funnel_window
                 AND l.converted_at <= c.as_of) AS conversion
FROM lead l
CROSS JOIN config c
LEFT JOIN touch t ON t.lead_id = l.lead_id
WHERE l.created_at > '-infinity' AND l.created_at <= c.as_of
GROUP BY 1, 2, 3, 4;

COMMENT ON VIEW daily_lead IS 'Leads by the day they were created (key: day, channel, campaign_id, owner_id)';
COMMENT ON COLUMN daily_lead.day IS 'day of creation, in the zone of the mart';
COMMENT ON COLUMN daily_lead.channel IS 'channel the lead came from';
COMMENT ON COLUMN daily_lead.campaign_id IS 'campaign the lead came from';
COMMENT ON COLUMN daily_lead.owner_id IS 'agent who has the lead';
COMMENT ON COLUMN daily_lead.leads IS 'leads created';
COMMENT ON COLUMN daily_lead.mql IS 'of these, leads that marketing qualified';
COMMENT ON COLUMN daily_lead.sql IS 'of these, leads that sales qualified';
COMMENT ON COLUMN daily_lead.response IS 'time from creation to the first outbound touch by a person; its items are the leads answered';
COMMENT ON COLUMN daily_lead.golden IS 'answered within the golden window, of those whose window has passed';
COMMENT ON COLUMN daily_lead.follow_up IS 'touched again after the first answer, of those answered';
COMMENT ON COLUMN daily_lead.conversion IS 'converted within the funnel window, of those created';
