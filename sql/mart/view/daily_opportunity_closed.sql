-- daily_opportunity_closed: opportunities by the day they were closed.
CREATE VIEW daily_opportunity_closed WITH (security_invoker = true) AS
SELECT
    (o.closed_at AT TIME ZONE c.zone)::date AS day,
    o.kind, o.owner_id,
    rate_summary(o.outcome = 'won') AS win,
    count(o.amount) FILTER (WHERE o.outcome = 'won') AS contracts,
    coalesce(sum(o.amount) FILTER (WHERE o.outcome = 'won'), 0)::numeric(19,4) AS won_amount,
    count(o.amount) FILTER (WHERE o.outcome = 'won' AND o.contract_months > 0) AS annual_contracts,
    coalesce(sum(o.amount::numeric * 12 / o.contract_months) FILTER (WHERE o.outcome = 'won' AND o.contract_months > 0), 0)
        AS annual_amount,
    duration_summary(o.created_at, o.closed_at)
        FILTER (WHERE o.outcome = 'won' AND o.created_at > '-infinity' AND o.closed_at >= o.created_at) AS cycle,
    -- many a CRM stores 0 for a deal that was lost
    count(*) FILTER (WHERE o.outcome = 'lost' AND o.amount > 0) AS lost_priced,
    coalesce(sum(o.amount) FILTER (WHERE o.outcome = 'lost' AND o.amount > 0), 0)::numeric(19,4) AS lost_amount
FROM opportunity o
CROSS JOIN config c
WHERE o.closed_at > '-infinity' AND o.closed_at <= c.as_of AND o.outcome IN ('won', 'lost')
GROUP BY 1, 2, 3;

COMMENT ON VIEW daily_opportunity_closed IS 'Opportunities by the day they were closed (key: day, kind, owner_id)';
COMMENT ON COLUMN daily_opportunity_closed.day IS 'day of closing, in the zone of the mart';
COMMENT ON COLUMN daily_opportunity_closed.kind IS 'new, renewal, upsell or cross_sell';
COMMENT ON COLUMN daily_opportunity_closed.owner_id IS 'agent who has the opportunity';
COMMENT ON COLUMN daily_opportunity_closed.win IS 'won, of won and lost';
COMMENT ON COLUMN daily_opportunity_closed.contracts IS 'won with a known amount';
COMMENT ON COLUMN daily_opportunity_closed.won_amount IS 'amount won, base currency';
COMMENT ON COLUMN daily_opportunity_closed.annual_contracts IS 'won with a known amount and length';
COMMENT ON COLUMN daily_opportunity_closed.annual_amount IS 'their amount per year of contract, base currency';
COMMENT ON COLUMN daily_opportunity_closed.cycle IS 'time from creation to closing, of those won';
COMMENT ON COLUMN daily_opportunity_closed.lost_priced IS 'lost with a known amount: above 0';
COMMENT ON COLUMN daily_opportunity_closed.lost_amount IS 'amount lost, base currency';
