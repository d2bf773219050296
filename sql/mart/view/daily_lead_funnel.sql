-- daily_lead_funnel: how far the leads of each day came.
--
-- A later step implies the earlier ones, at its own time at the latest: many CRMs
-- skip steps, and a deal that was won is a lead that was qualified.  Each lead is
-- in one day and channel, so the compacted funnels add up exactly.
CREATE VIEW daily_lead_funnel WITH (security_invoker = true) AS
WITH deal AS (
    -- the opportunities of each lead, whichever side names the other
    SELECT link.lead_id, min(link.created_at) AS created_at,
        min(link.closed_at) FILTER (WHERE link.outcome = 'won' AND link.closed_at <= c.as_of) AS won_at
    FROM (
        SELECT lead_id::text AS lead_id, created_at, closed_at, outcome
        FROM opportunity
        WHERE lead_id IS NOT NULL
        UNION ALL
        SELECT l.lead_id::text, o.created_at, o.closed_at, o.outcome
        FROM lead l
        JOIN opportunity o ON o.opportunity_id::text = l.opportunity_id::text
    ) link
    CROSS JOIN config c
    WHERE link.created_at <= c.as_of
    GROUP BY link.lead_id
), known AS (
    SELECT f.lead_id::text AS lead_id, f.created_day, f.channel, f.created_at, f.mql_at, f.sql_at,
        least(d.created_at, f.converted_at) AS opportunity_at,
        -- without any opportunity it became a customer at once
        CASE WHEN d.lead_id IS NOT NULL THEN d.won_at WHEN f.customer_id IS NOT NULL THEN f.converted_at END AS won_at
    FROM lead_facts f
    LEFT JOIN deal d ON d.lead_id = f.lead_id::text
)
SELECT k.created_day AS day, k.channel, count(*) FILTER (WHERE step.step = 'lead') AS leads,
    funnel(k.lead_id, greatest(k.created_at, step.at), step.step, '{lead,mql,sql,opportunity,won}', c.funnel_window)
        AS funnel
FROM known k
CROSS JOIN config c
-- least() passes over NULLs
CROSS JOIN LATERAL (VALUES
    ('lead', k.created_at),
    ('mql', least(k.mql_at, k.sql_at, k.opportunity_at)),
    ('sql', least(k.sql_at, k.opportunity_at)),
    ('opportunity', k.opportunity_at),
    ('won', k.won_at)) AS step (step, at)
WHERE step.at IS NOT NULL
GROUP BY 1, 2;

COMMENT ON VIEW daily_lead_funnel IS 'Leads by the day they were created and how far they came (key: day, channel)';
COMMENT ON COLUMN daily_lead_funnel.day IS 'day of creation, in the zone of the mart';
COMMENT ON COLUMN daily_lead_funnel.channel IS 'channel the lead came from';
COMMENT ON COLUMN daily_lead_funnel.leads IS 'leads created';
COMMENT ON COLUMN daily_lead_funnel.funnel IS 'lead, mql, sql, opportunity, won within the funnel window, of all of them';
