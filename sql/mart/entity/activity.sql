-- activity: one row is one call, e-mail, meeting, message or task with a lead or a customer.
CREATE TABLE activity (
    activity_id    text PRIMARY KEY,
    kind           text NOT NULL,
    direction      text NOT NULL,
    occurred_at    timestamptz NOT NULL,
    seconds        integer,
    agent_id       text,
    lead_id        text,
    opportunity_id text,
    customer_id    text,
    automated      boolean NOT NULL DEFAULT false,
    completed      boolean NOT NULL DEFAULT true,
    answered       boolean,
    CONSTRAINT activity_kind CHECK (kind IN ('call', 'email', 'meeting', 'message', 'task')),
    CONSTRAINT activity_direction CHECK (direction IN ('in', 'out')),
    CONSTRAINT activity_seconds CHECK (seconds >= 0)
);
CREATE INDEX ON activity (occurred_at);
CREATE INDEX ON activity (lead_id, occurred_at);
CREATE INDEX ON activity (customer_id, occurred_at);
CREATE INDEX ON activity (opportunity_id, occurred_at);

COMMENT ON TABLE activity IS 'One row is one call, e-mail, meeting, message or task with a lead or a customer.';
COMMENT ON COLUMN activity.activity_id IS 'Key of the activity.';
COMMENT ON COLUMN activity.kind IS 'One of call, email, meeting, message, task.';
COMMENT ON COLUMN activity.direction IS 'in: from the customer or lead; out: from us.';
COMMENT ON COLUMN activity.occurred_at IS 'When it took place; not when it was planned or entered.';
COMMENT ON COLUMN activity.seconds IS 'Duration in seconds; NULL: unknown.';
COMMENT ON COLUMN activity.agent_id IS 'Agent who did it (agent.agent_id).';
COMMENT ON COLUMN activity.lead_id IS 'Lead it was with (lead.lead_id).';
COMMENT ON COLUMN activity.opportunity_id IS 'Opportunity it was about (opportunity.opportunity_id).';
COMMENT ON COLUMN activity.customer_id IS 'Customer it was with (customer.customer_id).';
COMMENT ON COLUMN activity.automated IS 'True when a machine sent it (sequence, auto-reply); such touches are not responses.';
COMMENT ON COLUMN activity.completed IS 'False when it was planned or tried but did not take place.';
COMMENT ON COLUMN activity.answered IS 'Whether the other side answered the call or message; NULL: unknown.';
