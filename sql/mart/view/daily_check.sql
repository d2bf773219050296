-- daily_check: process compliance by day.
CREATE VIEW daily_check WITH (security_invoker = true) AS
SELECT
    (k.checked_at AT TIME ZONE c.zone)::date AS day,
    k.agent_id,
    rate_summary(k.passed, round(k.weight, 6)) FILTER (WHERE k.weight >= 0) AS compliance
FROM process_check k
CROSS JOIN config c
WHERE k.checked_at > '-infinity' AND k.checked_at <= c.as_of
GROUP BY 1, 2;

COMMENT ON VIEW daily_check IS 'Process checks by day (key: day, agent_id)';
COMMENT ON COLUMN daily_check.day IS 'day of the check, in the zone of the mart';
COMMENT ON COLUMN daily_check.agent_id IS 'agent whose work was checked';
COMMENT ON COLUMN daily_check.compliance IS 'weight of checks passed, of the weight of all';
