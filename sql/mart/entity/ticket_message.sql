-- ticket_message: one row is one message, reply or note in a ticket.
CREATE TABLE ticket_message (
    message_id  text PRIMARY KEY,
    ticket_id   text NOT NULL,
    occurred_at timestamptz NOT NULL,
    author      text NOT NULL,
    agent_id    text,
    public      boolean NOT NULL DEFAULT true,
    CONSTRAINT ticket_message_author CHECK (author IN ('customer', 'agent', 'bot', 'system'))
);
CREATE INDEX ON ticket_message (ticket_id, occurred_at);

COMMENT ON TABLE ticket_message IS 'One row is one message, reply or note in a ticket.';
COMMENT ON COLUMN ticket_message.message_id IS 'Key of the message.';
COMMENT ON COLUMN ticket_message.ticket_id IS 'Ticket (ticket.ticket_id).';
COMMENT ON COLUMN ticket_message.occurred_at IS 'When it was written.';
COMMENT ON COLUMN ticket_message.author IS 'Role of the author at that time: one of customer, agent, bot, system.';
COMMENT ON COLUMN ticket_message.agent_id IS 'Agent who wrote it (agent.agent_id).';
COMMENT ON COLUMN ticket_message.public IS 'False for internal notes, which the customer does not see.';
