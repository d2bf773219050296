-- hot_leads: whom should sales call today?
--
-- An open lead is hot while it was active within freshness_half_life: it came in, or a two-way touch took place. Each
-- such event is worth 1 and half of that after each half-life; their sum is the heat. Fit is how many of the mature
-- leads of its channel that came at least as far (new, MQL, SQL) converted.
CREATE VIEW hot_leads WITH (security_invoker = true) AS
WITH open_lead AS MATERIALIZED (
    SELECT l.lead_id, l.created_at, l.channel, l.campaign_id, l.owner_id,
        f.mql_at, f.sql_at,
        CASE WHEN f.sql_at IS NOT NULL THEN 2 WHEN f.mql_at IS NOT NULL THEN 1 ELSE 0 END AS level
    FROM lead l
    JOIN lead_facts f ON f.lead_id = l.lead_id
    CROSS JOIN config c
    WHERE f.converted_at IS NULL AND (l.disqualified_at IS NULL OR l.disqualified_at > c.as_of)
), touch AS (
    SELECT h.lead_id, h.occurred_at, h.direction, h.is_two_way
    FROM human_touch h
    JOIN open_lead l ON l.lead_id::text = h.lead_id AND h.occurred_at >= l.created_at
), heat AS (
    SELECT e.lead_id, count(*) FILTER (WHERE e.is_touch AND e.is_two_way) AS two_way,
        count(*) FILTER (WHERE e.is_touch AND e.is_two_way AND e.occurred_at >= c.as_of - c.freshness_half_life) AS recent,
        count(*) FILTER (WHERE e.is_touch AND e.direction = 'out') AS outbound,
        max(e.occurred_at) FILTER (WHERE e.is_touch AND e.is_two_way) AS last_touch_at,
        max(e.occurred_at) FILTER (WHERE e.is_two_way) AS last_active_at,
        max(e.occurred_at) FILTER (WHERE e.direction = 'in' AND e.is_two_way) AS last_in_at,
        max(e.occurred_at) FILTER (WHERE e.direction = 'out') AS last_out_at,
        -- in the order of time, so that the sum never differs
        sum(decay(e.occurred_at, c.freshness_half_life, c.as_of) ORDER BY e.occurred_at) FILTER (WHERE e.is_two_way) AS heat
    FROM (
        SELECT lead_id, occurred_at, direction, is_two_way, true AS is_touch FROM touch
        UNION ALL
        -- that it came in is a sign of interest that waits for an answer
        SELECT lead_id::text, created_at, 'in', true, false FROM open_lead
    ) e
    CROSS JOIN config c
    GROUP BY e.lead_id
), fit AS (
    SELECT channel, n.level,
        count(*) AS leads, count(*) FILTER (WHERE converted) AS converted
    FROM lead_facts f
    CROSS JOIN (VALUES (0), (1), (2)) n(level)
    WHERE f.is_mature AND n.level <= CASE WHEN f.sql_at IS NOT NULL THEN 2 WHEN f.mql_at IS NOT NULL THEN 1 ELSE 0 END
    GROUP BY 1, 2
)
SELECT
    l.lead_id, l.created_at, (l.created_at AT TIME ZONE c.zone)::date AS created_day,
    l.channel, l.campaign_id, l.owner_id,
    (ARRAY['new', 'mql', 'sql'])[l.level + 1] AS level,
    h.last_touch_at, (h.last_touch_at AT TIME ZONE c.zone)::date AS last_touch_day,
    floor(extract(epoch FROM c.as_of - h.last_touch_at) / 86400)::integer AS days_since_touch,
    h.recent AS recent_touches, h.two_way AS two_way_touches, h.outbound AS outbound_touches,
    decay(h.last_active_at, c.freshness_half_life, c.as_of)::numeric(9,6) AS freshness_ratio,
    CASE WHEN h.last_out_at >= h.last_in_at THEN NULL ELSE h.last_in_at END AS waiting_since_at,
    CASE WHEN h.last_out_at >= h.last_in_at THEN NULL
         ELSE floor(extract(epoch FROM c.as_of - h.last_in_at) / 86400)::integer END AS waiting_days,
    (f.converted::numeric / nullif(f.leads, 0))::numeric(9,6) AS fit_ratio,
    coalesce(f.converted, 0) AS fit_converted, coalesce(f.leads, 0) AS fit_leads,
    h.heat::numeric(12,6) AS heat,
    (h.heat::numeric * f.converted / nullif(f.leads, 0))::numeric(12,6) AS priority
FROM open_lead l
CROSS JOIN config c
JOIN heat h ON h.lead_id = l.lead_id::text
LEFT JOIN fit f ON f.level = l.level AND f.channel IS NOT DISTINCT FROM l.channel
WHERE h.last_active_at >= c.as_of - c.freshness_half_life;

COMMENT ON VIEW hot_leads IS 'The open leads that were active lately, as of now: whom to call today (key: lead_id)';
COMMENT ON COLUMN hot_leads.lead_id IS 'key of the lead';
COMMENT ON COLUMN hot_leads.created_at IS 'when it came in';
COMMENT ON COLUMN hot_leads.created_day IS 'the same as a day, in the zone of the mart';
COMMENT ON COLUMN hot_leads.channel IS 'channel it came from';
COMMENT ON COLUMN hot_leads.campaign_id IS 'campaign it came from';
COMMENT ON COLUMN hot_leads.owner_id IS 'agent who has it; NULL: nobody';
COMMENT ON COLUMN hot_leads.level IS 'how far it came: new, mql or sql';
COMMENT ON COLUMN hot_leads.last_touch_at IS 'last two-way touch: a meeting, what was answered, what came from the lead and was not missed; NULL: never';
COMMENT ON COLUMN hot_leads.last_touch_day IS 'the same as a day, in the zone of the mart';
COMMENT ON COLUMN hot_leads.days_since_touch IS 'full days of 24 hours since then; NULL: never';
COMMENT ON COLUMN hot_leads.recent_touches IS 'two-way touches within freshness_half_life';
COMMENT ON COLUMN hot_leads.two_way_touches IS 'two-way touches so far';
COMMENT ON COLUMN hot_leads.outbound_touches IS 'touches by people from us so far, answered or not';
COMMENT ON COLUMN hot_leads.freshness_ratio IS '1 at the moment it came in or was last touched two-way, halved with every freshness_half_life since then';
COMMENT ON COLUMN hot_leads.waiting_since_at IS 'when it came in or last got in touch, where nobody has answered since; NULL: answered';
COMMENT ON COLUMN hot_leads.waiting_days IS 'full days of 24 hours without an answer; NULL: answered';
COMMENT ON COLUMN hot_leads.fit_ratio IS 'fit: fit_converted / fit_leads';
COMMENT ON COLUMN hot_leads.fit_converted IS 'of fit_leads, leads that converted within the funnel window';
COMMENT ON COLUMN hot_leads.fit_leads IS 'leads of the same channel that came at least as far and whose funnel window has passed';
COMMENT ON COLUMN hot_leads.heat IS 'sum over its creation and its two-way touches of what is left of each: 1 at its moment, halved with every freshness_half_life';
COMMENT ON COLUMN hot_leads.priority IS 'heat x fit_ratio, to sort by; NULL without a fit';
