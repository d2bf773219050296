-- status: one row is one status or stage that a ticket, an opportunity or a lead can have.
CREATE TABLE status (
    entity   text NOT NULL,
    status   text NOT NULL,
    category text NOT NULL,
    step_no  integer,
    PRIMARY KEY (entity, status),
    CONSTRAINT status_entity CHECK (entity IN ('ticket', 'opportunity', 'lead')),
    CONSTRAINT status_category CHECK (category IN ('new', 'open', 'pending', 'hold', 'solved', 'closed', 'won', 'lost')),
    CONSTRAINT status_step_no CHECK (step_no >= 1)
);

COMMENT ON TABLE status IS 'One row is one status or stage that a ticket, an opportunity or a lead can have.';
COMMENT ON COLUMN status.entity IS 'One of ticket, opportunity, lead.';
COMMENT ON COLUMN status.status IS 'Name of the status, as in status_event.status and opportunity.stage.';
COMMENT ON COLUMN status.category IS 'What it means: one of new, open, pending, hold, solved, closed, won, lost.';
COMMENT ON COLUMN status.step_no IS 'Place in the normal order, from 1; NULL: outside the order.';
