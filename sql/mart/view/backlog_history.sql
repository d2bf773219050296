-- backlog_history: how long the queue was at the end of each day.
--
-- A ticket is in the queue while it is new, open, pending or on hold; one that
-- was reopened came into it twice.
CREATE VIEW backlog_history WITH (security_invoker = true) AS
SELECT q.day, t.team, q.opened AS entered, q.closed AS left_queue, q.open_items
FROM (SELECT team, rollup(backlog) AS backlog, min(day) AS first_day FROM daily_ticket GROUP BY team) t
CROSS JOIN config c
CROSS JOIN LATERAL (SELECT (c.as_of AT TIME ZONE c.zone)::date AS last_day) n
-- before 1980 some zones had offsets of odd minutes
CROSS JOIN LATERAL backlog(t.backlog, greatest(t.first_day, least(date '1980-01-01', n.last_day)), n.last_day, c.zone) q;

COMMENT ON VIEW backlog_history IS 'The queue of tickets at the end of each day (key: day, team)';
COMMENT ON COLUMN backlog_history.day IS 'day, in the zone of the mart, from the first ticket of the team to the day of as_of';
COMMENT ON COLUMN backlog_history.team IS 'team of the tickets; NULL: none';
COMMENT ON COLUMN backlog_history.entered IS 'tickets that came into the queue that day, opened or reopened';
COMMENT ON COLUMN backlog_history.left_queue IS 'tickets that left the queue that day, solved or closed';
COMMENT ON COLUMN backlog_history.open_items IS 'tickets in the queue at the end of the day; on the last day at as_of';
