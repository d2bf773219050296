-- opportunity_feature: what was known of each opportunity at one moment while it was open.
--
-- Of open ones the moment is as_of. Of closed ones it is one moment of their life, drawn by a hash of their key, so
-- that it is the same each time: who looks at the end only (its stage, the last touch, the stated chance) learns the
-- outcome from itself. For the same reason there is nothing here that is filled in at the end and has no history: no
-- amount, no customer, no probability, no stage without status events. Opportunities closed at the moment of their
-- creation were never open, and tell nothing.
CREATE VIEW opportunity_feature WITH (security_invoker = true) AS
WITH item AS MATERIALIZED (
    SELECT o.opportunity_id::text AS opportunity_id, o.created_at, o.closed_at, o.outcome, o.kind, o.channel,
        o.owner_id::text AS owner_id,
        CASE WHEN o.closed_at IS NULL THEN c.as_of
             ELSE o.created_at + (o.closed_at - o.created_at) * d.draw END AS seen_at
    FROM opportunity_facts o
    CROSS JOIN config c
    CROSS JOIN LATERAL (
        SELECT ('x' || left(md5(o.opportunity_id::text), 8))::bit(32)::bigint / 4294967296.0::double precision AS draw
    ) d
    WHERE o.closed_at IS NULL OR o.closed_at > o.created_at
), visit AS MATERIALIZED (
    SELECT entity_id, stage, entered_at, left_at FROM stage_visit WHERE entity = 'opportunity'
), place AS (
    SELECT i.opportunity_id, max(v.stage) AS stage
    FROM item i
    JOIN visit v ON v.entity_id = i.opportunity_id
        AND v.entered_at <= i.seen_at AND (v.left_at > i.seen_at OR v.left_at IS NULL)
    GROUP BY i.opportunity_id
), touch AS (
    SELECT i.opportunity_id, max(h.occurred_at) AS last_at, count(*) FILTER (WHERE h.is_two_way) AS two_way
    FROM item i
    JOIN human_touch h ON h.opportunity_id = i.opportunity_id AND h.occurred_at BETWEEN i.created_at AND i.seen_at
    GROUP BY i.opportunity_id
)
SELECT
    i.opportunity_id, i.created_at, i.closed_at, i.seen_at,
    CASE i.outcome WHEN 'won' THEN true WHEN 'lost' THEN false END AS won,
    ARRAY[
        i.kind, i.channel, i.owner_id, p.stage,
        freshness_band(i.seen_at - i.created_at),
        freshness_band(i.seen_at - t.last_at),
        CASE WHEN t.two_way >= 5 THEN '5 or more' WHEN t.two_way >= 2 THEN '2 to 4' WHEN t.two_way = 1 THEN '1' ELSE '0' END
    ] AS features
FROM item i
LEFT JOIN place p USING (opportunity_id)
LEFT JOIN touch t USING (opportunity_id);

COMMENT ON VIEW opportunity_feature IS 'What was known of each opportunity at one moment while it was open (key: opportunity_id), of which opportunity_score learns';
COMMENT ON COLUMN opportunity_feature.opportunity_id IS 'key of the opportunity';
COMMENT ON COLUMN opportunity_feature.created_at IS 'when it was created';
COMMENT ON COLUMN opportunity_feature.closed_at IS 'when it was won or lost; NULL while open';
COMMENT ON COLUMN opportunity_feature.seen_at IS 'the moment: as_of of an open one, one moment between creation and closing of a closed one';
COMMENT ON COLUMN opportunity_feature.won IS 'whether it was won; NULL while open';
COMMENT ON COLUMN opportunity_feature.features IS 'kind, channel of the lead, owner, stage, age, time since the last touch, and two-way touches, as they were at that moment';
