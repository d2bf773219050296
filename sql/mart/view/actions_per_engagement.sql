-- actions_per_engagement: how many touches does it take until a lead responds, and when is going on wasted?
--
-- Touches of people to leads, up to the first response.  A response is what
-- relationship_freshness takes for the customer's part.  Nobody is contacted after
-- the lead unsubscribed, blocked us, converted or was given up.  Of leads whose
-- funnel window has passed, and within that window, so that no response is still
-- to come.
CREATE VIEW actions_per_engagement WITH (security_invoker = true) AS
WITH event AS (
    SELECT f.lead_id::text AS lead_id, a.occurred_at AS at,
        a.direction = 'out' AS is_touch,
        a.kind = 'meeting' OR a.kind IN ('call', 'email', 'message') AND a.answered
            OR a.kind IN ('email', 'message') AND a.direction = 'in'
            OR a.kind = 'call' AND a.direction = 'in' AND a.answered IS NULL AS is_response
    FROM lead_facts f
    JOIN activity a ON a.lead_id::text = f.lead_id::text
    LEFT JOIN agent g ON g.agent_id::text = a.agent_id::text
    WHERE f.is_mature AND a.completed AND NOT a.automated AND g.human IS NOT FALSE
        AND a.kind IN ('call', 'email', 'meeting', 'message')
), step AS (
    SELECT lead_id, at, 'out' AS direction FROM event WHERE is_touch
    UNION ALL
    SELECT lead_id, at, 'in' FROM event WHERE is_response
    UNION ALL
    SELECT f.lead_id::text, e.occurred_at, e.kind
    FROM lead_facts f
    JOIN email_event e ON e.lead_id::text = f.lead_id::text
    WHERE f.is_mature AND e.kind IN ('unsubscribe', 'block')
), answers AS (
    SELECT response(s.lead_id, s.at, s.direction) AS responses
    FROM step s
    JOIN lead l ON l.lead_id::text = s.lead_id
    CROSS JOIN config c
    -- least() passes over NULLs
    WHERE s.at >= l.created_at
        AND s.at <= least(l.created_at + c.funnel_window, l.converted_at, l.disqualified_at)
)
SELECT
    r.touch AS touch_no, r.contacted, r.responded, r.unsubscribed, r.blocked,
    r.response_rate::numeric(9,6) AS response_ratio,
    r.response_low::numeric(9,6) AS response_low,
    r.response_high::numeric(9,6) AS response_high,
    r.cumulative_rate::numeric(9,6) AS cumulative_ratio,
    (r.contacted::numeric / nullif(r.responded, 0))::numeric(12,2) AS actions_per_response,
    (sum(r.contacted) OVER so_far / nullif(sum(r.responded) OVER so_far, 0))::numeric(12,2)
        AS actions_per_response_so_far
FROM answers a
CROSS JOIN LATERAL response_curve(a.responses) r
WINDOW so_far AS (ORDER BY r.touch);

COMMENT ON VIEW actions_per_engagement IS 'How many touches by people it takes until a lead responds (key: touch_no)';
COMMENT ON COLUMN actions_per_engagement.touch_no IS 'number of the touch, from 1';
COMMENT ON COLUMN actions_per_engagement.contacted IS 'leads touched that often before any response';
COMMENT ON COLUMN actions_per_engagement.responded IS 'of these, leads whose first response came after it and before the next';
COMMENT ON COLUMN actions_per_engagement.response_ratio IS 'responded / contacted: what this touch brings';
COMMENT ON COLUMN actions_per_engagement.unsubscribed IS 'of these, leads who unsubscribed before a response and the next touch';
COMMENT ON COLUMN actions_per_engagement.blocked IS 'of these, leads who blocked us';
COMMENT ON COLUMN actions_per_engagement.response_low IS 'lower bound of response_ratio, 95 % (Wilson)';
COMMENT ON COLUMN actions_per_engagement.response_high IS 'upper bound of the same, 95 % (Wilson)';
COMMENT ON COLUMN actions_per_engagement.cumulative_ratio IS 'share that would have responded by now if every lead had been touched as often (Kaplan-Meier)';
COMMENT ON COLUMN actions_per_engagement.actions_per_response IS 'contacted / responded: touches for one more response at this point';
COMMENT ON COLUMN actions_per_engagement.actions_per_response_so_far IS 'all touches up to here / all responses up to here';
