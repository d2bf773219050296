-- daily_lead_response: leads by the day they were created and by how soon a person answered them.
CREATE VIEW daily_lead_response WITH (security_invoker = true) AS
SELECT
    created_day AS day, channel, response_bucket_no AS bucket_no,
    (ARRAY['within 5 minutes', '5 to 30 minutes', '30 to 60 minutes', '1 to 4 hours', '4 to 24 hours',
        'over 24 hours', 'never'])[response_bucket_no] AS bucket,
    count(*) AS leads,
    rate_summary(converted) FILTER (WHERE is_mature) AS conversion
FROM lead_facts
GROUP BY 1, 2, 3, 4;

COMMENT ON VIEW daily_lead_response IS 'Leads by the day they were created and their response time (key: day, channel, bucket_no)';
COMMENT ON COLUMN daily_lead_response.day IS 'day of creation, in the zone of the mart';
COMMENT ON COLUMN daily_lead_response.channel IS 'channel the lead came from';
COMMENT ON COLUMN daily_lead_response.bucket_no IS 'number of the bucket, to sort by: 1 within 5 minutes to 7 never';
COMMENT ON COLUMN daily_lead_response.bucket IS 'time from creation to the first outbound touch by a person, its end included';
COMMENT ON COLUMN daily_lead_response.leads IS 'leads created';
COMMENT ON COLUMN daily_lead_response.conversion IS 'converted within the funnel window, of those whose window has passed';
