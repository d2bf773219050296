-- daily_opportunity_created: opportunities by the day they were created.
CREATE VIEW daily_opportunity_created WITH (security_invoker = true) AS
SELECT
    o.created_day AS day,
    o.kind, o.owner_id,
    count(*) AS created,
    coalesce(sum(o.amount), 0)::numeric(19,4) AS created_amount,
    rate_summary(coalesce(o.won_in_window, false)) FILTER (WHERE o.is_mature) AS cohort_win,
    survival_summary(coalesce(o.cycle, c.as_of - o.created_at), o.closed_at IS NOT NULL) AS decision,
    backlog_summary(o.created_at, o.closed_at) AS backlog
FROM opportunity_facts o
CROSS JOIN config c
GROUP BY 1, 2, 3;

COMMENT ON VIEW daily_opportunity_created IS 'Opportunities by the day they were created (key: day, kind, owner_id)';
COMMENT ON COLUMN daily_opportunity_created.day IS 'day of creation, in the zone of the mart';
COMMENT ON COLUMN daily_opportunity_created.kind IS 'new, renewal, upsell or cross_sell';
COMMENT ON COLUMN daily_opportunity_created.owner_id IS 'agent who has the opportunity';
COMMENT ON COLUMN daily_opportunity_created.created IS 'opportunities created';
COMMENT ON COLUMN daily_opportunity_created.created_amount IS 'their amount as far as it is known, base currency';
COMMENT ON COLUMN daily_opportunity_created.cohort_win IS 'won within the funnel window, of those whose funnel window has passed';
COMMENT ON COLUMN daily_opportunity_created.decision IS 'time from creation to closing, won or lost; open ones are censored at as_of';
COMMENT ON COLUMN daily_opportunity_created.backlog IS 'when they were open';
