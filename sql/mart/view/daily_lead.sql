-- daily_lead: leads by the day they were created.
CREATE VIEW daily_lead WITH (security_invoker = true) AS
SELECT
    l.created_day AS day,
    l.channel, l.campaign_id, l.owner_id,
    count(*) AS leads,
    count(l.mql_at) AS mql,
    count(l.sql_at) AS sql,
    duration_summary(l.created_at, l.first_touch_at) AS response,
    rate_summary(l.first_touch_at IS NOT NULL AND l.first_touch_at <= l.created_at + c.golden_window)
        FILTER (WHERE l.created_at + c.golden_window <= c.as_of) AS golden,
    rate_summary(l.last_touch_at > l.first_touch_at) AS follow_up,
    rate_summary(l.converted) AS conversion
FROM lead_facts l
CROSS JOIN config c
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
