-- daily_activity: what was done, by day.
CREATE VIEW daily_activity WITH (security_invoker = true) AS
SELECT
    (a.occurred_at AT TIME ZONE c.zone)::date AS day,
    a.kind, a.direction, a.agent_id, a.automated,
    count(*) AS activities,
    sum(a.seconds) AS seconds
FROM activity a
CROSS JOIN config c
WHERE a.completed AND a.occurred_at > '-infinity' AND a.occurred_at <= c.as_of
GROUP BY 1, 2, 3, 4, 5;

COMMENT ON VIEW daily_activity IS 'Completed activities by day (key: day, kind, direction, agent_id, automated)';
COMMENT ON COLUMN daily_activity.day IS 'day of the activity, in the zone of the mart';
COMMENT ON COLUMN daily_activity.kind IS 'call, email, meeting, message or task';
COMMENT ON COLUMN daily_activity.direction IS 'in or out';
COMMENT ON COLUMN daily_activity.agent_id IS 'agent who did it';
COMMENT ON COLUMN daily_activity.automated IS 'whether a machine did it';
COMMENT ON COLUMN daily_activity.activities IS 'completed activities';
COMMENT ON COLUMN daily_activity.seconds IS 'their length, where it is known';
