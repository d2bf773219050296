-- web_traffic: one row is the web traffic of one day and channel.
CREATE TABLE web_traffic (
    day      date NOT NULL,
    channel  text NOT NULL,
    sessions bigint NOT NULL,
    visitors bigint,
    PRIMARY KEY (day, channel),
    CONSTRAINT web_traffic_sessions CHECK (sessions >= 0),
    CONSTRAINT web_traffic_visitors CHECK (visitors >= 0)
);

COMMENT ON TABLE web_traffic IS 'One row is the web traffic of one day and channel.';
COMMENT ON COLUMN web_traffic.day IS 'Day, in the reporting zone.';
COMMENT ON COLUMN web_traffic.channel IS 'Channel, named as in lead.channel.';
COMMENT ON COLUMN web_traffic.sessions IS 'Number of sessions.';
COMMENT ON COLUMN web_traffic.visitors IS 'Number of distinct visitors of the day; does not add up over days.';
