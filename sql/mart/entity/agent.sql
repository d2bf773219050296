-- agent: one row is one person, or one bot, that works on leads, opportunities or tickets.
CREATE TABLE agent (
    agent_id    text PRIMARY KEY,
    name        text,
    team        text,
    calendar_id text,
    active      boolean NOT NULL DEFAULT true,
    human       boolean NOT NULL DEFAULT true
);

COMMENT ON TABLE agent IS 'One row is one person, or one bot, that works on leads, opportunities or tickets.';
COMMENT ON COLUMN agent.agent_id IS 'Key of the agent.';
COMMENT ON COLUMN agent.name IS 'Name; personal data.';
COMMENT ON COLUMN agent.team IS 'Team, free text.';
COMMENT ON COLUMN agent.calendar_id IS 'Working hours (calendar.calendar_id); NULL means the default calendar of the mart.';
COMMENT ON COLUMN agent.active IS 'Whether the agent works here now.';
COMMENT ON COLUMN agent.human IS 'False for a bot or an integration, whose replies are not first responses.';
