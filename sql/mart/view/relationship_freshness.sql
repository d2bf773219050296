-- relationship_freshness: when did we last talk with each customer, and what is that still worth?
--
-- Talking takes two: a touch counts only where something shows that the customer
-- took part, and never where a machine did ours. It is the customer's by itself,
-- else by its opportunity, else by its lead, so that one counts once, and those
-- with a lead stay when the lead becomes a customer.
CREATE VIEW relationship_freshness WITH (security_invoker = true) AS
WITH touch AS (
    SELECT coalesce(a.customer_id::text, o.customer_id::text, l.customer_id::text) AS customer_id, a.occurred_at AS at
    FROM activity a
    LEFT JOIN agent g ON g.agent_id::text = a.agent_id::text
    LEFT JOIN opportunity o ON o.opportunity_id::text = a.opportunity_id::text
    LEFT JOIN lead l ON l.lead_id::text = a.lead_id::text
    WHERE a.completed AND NOT a.automated AND g.human IS NOT FALSE
        AND (a.kind = 'meeting'
             OR a.kind IN ('call', 'email', 'message') AND a.answered
             OR a.kind IN ('email', 'message') AND a.direction = 'in'
             -- unless it was missed
             OR a.kind = 'call' AND a.direction = 'in' AND a.answered IS NULL)
    UNION ALL
    SELECT t.customer_id::text, m.occurred_at
    FROM ticket_message m
    JOIN ticket t ON t.ticket_id::text = m.ticket_id::text
    WHERE m.author = 'customer' AND m.public
    UNION ALL
    SELECT customer_id::text, opened_at FROM ticket
), talk AS (
    SELECT touch.customer_id, last_touch(touch.at) AS last_at
    FROM touch
    CROSS JOIN config c
    WHERE touch.at > '-infinity' AND touch.at <= c.as_of
    GROUP BY touch.customer_id
)
SELECT
    k.customer_id, k.segment, k.owner_id,
    k.created_at, (k.created_at AT TIME ZONE c.zone)::date AS created_day,
    t.last_at AS last_touch_at, (t.last_at AT TIME ZONE c.zone)::date AS last_touch_day,
    floor(extract(epoch FROM c.as_of - t.last_at) / 86400)::integer AS days_since,
    freshness_band_no(c.as_of - t.last_at) AS freshness_band_no,
    freshness_band(c.as_of - t.last_at) AS freshness_band,
    decay(t.last_at, c.freshness_half_life, c.as_of)::numeric(9,6) AS freshness_ratio
FROM customer k
CROSS JOIN config c
LEFT JOIN talk t ON t.customer_id = k.customer_id::text
WHERE k.created_at > '-infinity' AND k.created_at <= c.as_of;

COMMENT ON VIEW relationship_freshness
    IS 'Every customer with the last two-way interaction and what is left of it, as of now (key: customer_id)';
COMMENT ON COLUMN relationship_freshness.customer_id IS 'key of the customer';
COMMENT ON COLUMN relationship_freshness.segment IS 'segment';
COMMENT ON COLUMN relationship_freshness.owner_id IS 'agent who looks after the customer';
COMMENT ON COLUMN relationship_freshness.created_at IS 'when the customer came into being';
COMMENT ON COLUMN relationship_freshness.created_day IS 'the same as a day, in the zone of the mart';
COMMENT ON COLUMN relationship_freshness.last_touch_at IS 'last two-way interaction: a meeting held, an answered call, e-mail or message, one from the customer, a ticket or a message in it; NULL: never';
COMMENT ON COLUMN relationship_freshness.last_touch_day IS 'the same as a day, in the zone of the mart';
COMMENT ON COLUMN relationship_freshness.days_since IS 'full days of 24 hours since the last one; NULL: never';
COMMENT ON COLUMN relationship_freshness.freshness_band_no IS 'number of the band, to sort by: 1 under 7 days to 6 never';
COMMENT ON COLUMN relationship_freshness.freshness_band IS 'time since the last one in bands, from under 7 days to 180 days or more, and never';
COMMENT ON COLUMN relationship_freshness.freshness_ratio IS '1 at the moment of the last one, halved with every freshness_half_life since then; NULL: never';
