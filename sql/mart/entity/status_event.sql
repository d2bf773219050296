-- status_event: one row is one change of status of a ticket, an opportunity or a lead, the first status included.
CREATE TABLE status_event (
    entity     text NOT NULL,
    entity_id  text NOT NULL,
    changed_at timestamptz NOT NULL,
    seq        integer NOT NULL DEFAULT 0,
    status     text NOT NULL,
    agent_id   text,
    PRIMARY KEY (entity, entity_id, changed_at, seq),
    CONSTRAINT status_event_entity CHECK (entity IN ('ticket', 'opportunity', 'lead'))
);

COMMENT ON TABLE status_event IS 'One row is one change of status of a ticket, an opportunity or a lead, the first status included.';
COMMENT ON COLUMN status_event.entity IS 'What changed: one of ticket, opportunity, lead.';
COMMENT ON COLUMN status_event.entity_id IS 'Key of what changed: ticket_id, opportunity_id or lead_id.';
COMMENT ON COLUMN status_event.changed_at IS 'When the status began.';
COMMENT ON COLUMN status_event.seq IS 'Order among the changes of one item at the same instant.';
COMMENT ON COLUMN status_event.status IS 'Status from then on (status.status of the same entity).';
COMMENT ON COLUMN status_event.agent_id IS 'Agent who changed it (agent.agent_id); NULL: the system or unknown.';
