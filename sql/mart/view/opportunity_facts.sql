-- opportunity_facts: one row per opportunity, as it was known at as_of.
--
-- An opportunity is open from its creation to its one closing, the stored one: one that was reopened in between
-- counts once, like in daily_opportunity_closed. Without knowing when it was created or closed an opportunity has no
-- place here.
CREATE VIEW opportunity_facts WITH (security_invoker = true) AS
SELECT
    o.opportunity_id, o.created_at, (o.created_at AT TIME ZONE c.zone)::date AS created_day,
    e.closed_at, (e.closed_at AT TIME ZONE c.zone)::date AS closed_day,
    CASE WHEN e.closed_at IS NULL THEN 'open' ELSE o.outcome END AS outcome,
    o.kind, o.owner_id, o.customer_id, o.lead_id, l.channel,
    -- 0 stands for "no value" where a deal was lost
    CASE WHEN o.outcome <> 'lost' OR o.amount > 0 THEN o.amount END AS amount,
    o.contract_months, o.stage AS stored_stage,
    -- after the end it says how it ended
    CASE WHEN o.outcome = 'open' AND o.probability BETWEEN 0 AND 1 THEN o.probability END AS stored_probability,
    CASE WHEN o.outcome = 'open' AND isfinite(o.expected_close_on) THEN o.expected_close_on END AS expected_close_on,
    e.closed_at - o.created_at AS cycle,
    o.created_at + c.funnel_window <= c.as_of AS is_mature,
    o.outcome = 'won' AND e.closed_at <= o.created_at + c.funnel_window AS won_in_window
FROM opportunity o
CROSS JOIN config c
-- closings before the creation are at the creation
CROSS JOIN LATERAL (
    SELECT CASE WHEN o.outcome IN ('won', 'lost') AND o.closed_at <= c.as_of
        THEN greatest(o.closed_at, o.created_at) END AS closed_at
) e
LEFT JOIN lead l ON l.lead_id::text = o.lead_id::text
WHERE o.created_at > '-infinity' AND o.created_at <= c.as_of
    AND (o.outcome = 'open' OR o.outcome IN ('won', 'lost') AND o.closed_at > '-infinity');

COMMENT ON VIEW opportunity_facts IS 'One row per opportunity (key: opportunity_id), as it was known at as_of';
COMMENT ON COLUMN opportunity_facts.opportunity_id IS 'key of the opportunity';
COMMENT ON COLUMN opportunity_facts.created_at IS 'when it was created';
COMMENT ON COLUMN opportunity_facts.created_day IS 'the same as a day, in the zone of the mart';
COMMENT ON COLUMN opportunity_facts.closed_at IS 'when it was won or lost; NULL while open';
COMMENT ON COLUMN opportunity_facts.closed_day IS 'the same as a day, in the zone of the mart';
COMMENT ON COLUMN opportunity_facts.outcome IS 'open, won or lost';
COMMENT ON COLUMN opportunity_facts.kind IS 'new, renewal, upsell or cross_sell';
COMMENT ON COLUMN opportunity_facts.owner_id IS 'agent who has it';
COMMENT ON COLUMN opportunity_facts.customer_id IS 'customer it is with';
COMMENT ON COLUMN opportunity_facts.lead_id IS 'lead it came from';
COMMENT ON COLUMN opportunity_facts.channel IS 'channel of that lead';
COMMENT ON COLUMN opportunity_facts.amount IS 'amount as it is now, base currency; NULL: unknown, as 0 of a lost one';
COMMENT ON COLUMN opportunity_facts.contract_months IS 'length of the contract in months';
COMMENT ON COLUMN opportunity_facts.stored_stage IS 'stage that the opportunity has now, whatever as_of is';
COMMENT ON COLUMN opportunity_facts.stored_probability IS 'chance of winning that the CRM states now; NULL: unknown, or closed meanwhile';
COMMENT ON COLUMN opportunity_facts.expected_close_on IS 'planned day of closing; NULL: unknown, or closed meanwhile';
COMMENT ON COLUMN opportunity_facts.cycle IS 'time from creation to closing; NULL while open';
COMMENT ON COLUMN opportunity_facts.is_mature IS 'whether its funnel window has passed';
COMMENT ON COLUMN opportunity_facts.won_in_window IS 'whether it was won within the funnel window; NULL while open';
