-- sla_target: one row is one promise: how fast tickets of a sort are answered or solved.
CREATE TABLE sla_target (
    kind        text,
    priority    text,
    team        text,
    measure     text NOT NULL,
    seconds     integer NOT NULL,
    calendar_id text,
    CONSTRAINT sla_target_key UNIQUE NULLS NOT DISTINCT (kind, priority, team, measure),
    CONSTRAINT sla_target_kind CHECK (kind IN ('question', 'complaint', 'incident', 'request')),
    CONSTRAINT sla_target_measure CHECK (measure IN ('first_response', 'resolution')),
    CONSTRAINT sla_target_seconds CHECK (seconds > 0)
);

COMMENT ON TABLE sla_target IS 'One row is one promise: how fast tickets of a sort are answered or solved; the row with the most columns that match a ticket holds.';
COMMENT ON COLUMN sla_target.kind IS 'Kind of ticket it holds for; NULL: any.';
COMMENT ON COLUMN sla_target.priority IS 'Priority it holds for; NULL: any.';
COMMENT ON COLUMN sla_target.team IS 'Team it holds for; NULL: any.';
COMMENT ON COLUMN sla_target.measure IS 'One of first_response, resolution.';
COMMENT ON COLUMN sla_target.seconds IS 'Seconds allowed, above 0; business time of the calendar where there is one, else plain time.';
COMMENT ON COLUMN sla_target.calendar_id IS 'Calendar the time is counted in (calendar.calendar_id); NULL: the agent''s, else the default.';
