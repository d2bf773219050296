-- open_opportunity: every open opportunity, and what holds it up.
CREATE VIEW open_opportunity WITH (security_invoker = true) AS
WITH visit AS MATERIALIZED (
    SELECT entity_id, visit_no, stage, entered_at, left_at, outcome FROM stage_visit WHERE entity = 'opportunity'
), place AS (
    SELECT DISTINCT ON (entity_id) entity_id, stage, entered_at, left_at
    FROM visit
    WHERE outcome = 'open'
    ORDER BY entity_id, visit_no DESC
), touch AS (
    SELECT opportunity_id, max(occurred_at) AS last_at, count(*) AS touches,
        count(*) FILTER (WHERE is_two_way) AS two_way
    FROM human_touch
    WHERE opportunity_id IS NOT NULL
    GROUP BY opportunity_id
), known AS (
    SELECT o.*, c.as_of, c.freshness_half_life, (c.as_of AT TIME ZONE c.zone)::date AS today, c.zone,
        p.entity_id IS NOT NULL AS has_history,
        CASE WHEN p.entity_id IS NOT NULL THEN CASE WHEN p.left_at IS NULL THEN p.stage END
             WHEN s.category IN ('solved', 'closed', 'won', 'lost') THEN NULL
             ELSE o.stored_stage END AS stage,
        CASE WHEN p.left_at IS NULL THEN p.entered_at END AS stage_entered_at,
        t.last_at AS last_touch_at, coalesce(t.touches, 0) AS touches, coalesce(t.two_way, 0) AS two_way_touches
    FROM opportunity_facts o
    CROSS JOIN config c
    LEFT JOIN place p ON p.entity_id = o.opportunity_id::text
    LEFT JOIN status s ON s.entity = 'opportunity' AND s.status = o.stored_stage
    LEFT JOIN touch t ON t.opportunity_id = o.opportunity_id::text
    WHERE o.outcome = 'open'
)
SELECT
    k.opportunity_id, k.created_at, k.created_day,
    floor(extract(epoch FROM k.as_of - k.created_at) / 86400)::integer AS age_days,
    k.kind, k.owner_id, k.customer_id, k.lead_id, k.channel,
    k.stage, s.step_no, k.stage_entered_at,
    (extract(epoch FROM k.as_of - k.stage_entered_at) / 3600)::numeric(12,2) AS stage_hours,
    CASE WHEN d.finished >= 10 THEN d.stay_p90_hours END::numeric(12,2) AS stuck_after_hours,
    (extract(epoch FROM k.as_of - k.stage_entered_at) / 3600)::numeric(12,2)
        > CASE WHEN d.finished >= 10 THEN d.stay_p90_hours END AS is_stuck,
    k.amount::numeric(19,4) AS amount,
    w.probability::numeric(9,6) AS probability_ratio,
    (k.amount * w.probability)::numeric(19,4) AS weighted_amount,
    k.expected_close_on,
    -- the planned day itself is not over
    greatest(k.today - k.expected_close_on, 0) AS overdue_days,
    k.last_touch_at, (k.last_touch_at AT TIME ZONE k.zone)::date AS last_touch_day,
    floor(extract(epoch FROM k.as_of - k.last_touch_at) / 86400)::integer AS days_since_touch,
    k.touches, k.two_way_touches,
    greatest(k.last_touch_at, k.created_at) <= k.as_of - k.freshness_half_life AS is_quiet
FROM known k
LEFT JOIN status s ON s.entity = 'opportunity' AND s.status = k.stage
LEFT JOIN stage_duration d ON d.entity = 'opportunity' AND d.stage = k.stage
LEFT JOIN stage_probability p ON p.stage = k.stage
CROSS JOIN LATERAL (
    -- the stated chance is that of the stage that is stored
    SELECT coalesce(CASE WHEN k.stage = k.stored_stage OR NOT k.has_history THEN k.stored_probability END, p.probability)
        AS probability
) w;

COMMENT ON VIEW open_opportunity IS 'Every open opportunity as of now, with its stage, its touches, and what holds it up (key: opportunity_id)';
COMMENT ON COLUMN open_opportunity.opportunity_id IS 'key of the opportunity';
COMMENT ON COLUMN open_opportunity.created_at IS 'when it was created';
COMMENT ON COLUMN open_opportunity.created_day IS 'the same as a day, in the zone of the mart';
COMMENT ON COLUMN open_opportunity.age_days IS 'full days of 24 hours since then';
COMMENT ON COLUMN open_opportunity.kind IS 'new, renewal, upsell or cross_sell';
COMMENT ON COLUMN open_opportunity.owner_id IS 'agent who has it';
COMMENT ON COLUMN open_opportunity.customer_id IS 'customer it is with';
COMMENT ON COLUMN open_opportunity.lead_id IS 'lead it came from';
COMMENT ON COLUMN open_opportunity.channel IS 'channel of that lead';
COMMENT ON COLUMN open_opportunity.stage IS 'stage it is in by its history, else as it is stored; NULL: unknown';
COMMENT ON COLUMN open_opportunity.step_no IS 'place of the stage in the normal order, to sort by';
COMMENT ON COLUMN open_opportunity.stage_entered_at IS 'when it came into the stage; NULL without a history';
COMMENT ON COLUMN open_opportunity.stage_hours IS 'hours since then';
COMMENT ON COLUMN open_opportunity.stuck_after_hours IS '90th percentile of the finished visits of the stage, within 1 %; NULL with fewer than 10 of them';
COMMENT ON COLUMN open_opportunity.is_stuck IS 'whether it has been in the stage for longer than that; NULL: unknown';
COMMENT ON COLUMN open_opportunity.amount IS 'amount, base currency';
COMMENT ON COLUMN open_opportunity.probability_ratio IS 'chance of winning that the CRM states for it, else for its stage';
COMMENT ON COLUMN open_opportunity.weighted_amount IS 'amount x probability_ratio, base currency';
COMMENT ON COLUMN open_opportunity.expected_close_on IS 'planned day of closing';
COMMENT ON COLUMN open_opportunity.overdue_days IS 'days since that day, 0 when it is not over; NULL without a planned day';
COMMENT ON COLUMN open_opportunity.last_touch_at IS 'last call, e-mail, meeting or message about it by a person, in either direction; NULL: never';
COMMENT ON COLUMN open_opportunity.last_touch_day IS 'the same as a day, in the zone of the mart';
COMMENT ON COLUMN open_opportunity.days_since_touch IS 'full days of 24 hours since the last one; NULL: never';
COMMENT ON COLUMN open_opportunity.touches IS 'such touches so far';
COMMENT ON COLUMN open_opportunity.two_way_touches IS 'of these, touches in which the other side took part';
COMMENT ON COLUMN open_opportunity.is_quiet IS 'whether freshness_half_life has passed since the last touch, or the creation, whichever is later';
