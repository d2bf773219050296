-- ticket: one row is one request for service.
CREATE TABLE ticket (
    ticket_id         text PRIMARY KEY,
    opened_at         timestamptz NOT NULL,
    first_response_at timestamptz,
    resolved_at       timestamptz,
    customer_id       text,
    agent_id          text,
    team              text,
    channel           text,
    priority          text,
    kind              text NOT NULL,
    contacts          integer,
    reopened          integer,
    handling_seconds  integer,
    CONSTRAINT ticket_kind CHECK (kind IN ('question', 'complaint', 'incident', 'request')),
    CONSTRAINT ticket_first_response CHECK (first_response_at >= opened_at),
    CONSTRAINT ticket_resolved CHECK (resolved_at >= opened_at),
    CONSTRAINT ticket_contacts CHECK (contacts >= 0),
    CONSTRAINT ticket_reopened CHECK (reopened >= 0),
    CONSTRAINT ticket_handling_seconds CHECK (handling_seconds >= 0)
);
CREATE INDEX ON ticket (opened_at);
CREATE INDEX ON ticket (resolved_at);
CREATE INDEX ON ticket (customer_id, opened_at);

COMMENT ON TABLE ticket IS 'One row is one request for service.';
COMMENT ON COLUMN ticket.ticket_id IS 'Key of the ticket.';
COMMENT ON COLUMN ticket.opened_at IS 'When the customer asked.';
COMMENT ON COLUMN ticket.first_response_at IS 'First public reply by a human agent, as stored; messages win where there are any.';
COMMENT ON COLUMN ticket.resolved_at IS 'Last solve, as stored, NULL while unsolved; status events win where there are any.';
COMMENT ON COLUMN ticket.customer_id IS 'Customer who asked (customer.customer_id).';
COMMENT ON COLUMN ticket.agent_id IS 'Agent who has, or had, the ticket (agent.agent_id).';
COMMENT ON COLUMN ticket.team IS 'Team that has the ticket.';
COMMENT ON COLUMN ticket.channel IS 'How it came in, free text, for example email, phone, chat, web.';
COMMENT ON COLUMN ticket.priority IS 'Priority, free text, as in sla_target.priority.';
COMMENT ON COLUMN ticket.kind IS 'One of question, complaint, incident, request.';
COMMENT ON COLUMN ticket.contacts IS 'Number of agent contacts needed; 0 for merged, spam and auto-closed tickets.';
COMMENT ON COLUMN ticket.reopened IS 'Number of times it was reopened after a solve; NULL: unknown.';
COMMENT ON COLUMN ticket.handling_seconds IS 'Seconds of work an agent spent on it; not the time it was open.';
