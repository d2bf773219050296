-- process_check: one row is one check whether work followed the agreed process.
CREATE TABLE process_check (
    check_id   text PRIMARY KEY,
    checked_at timestamptz NOT NULL,
    agent_id   text,
    ticket_id  text,
    passed     boolean NOT NULL,
    weight     numeric(9,4) NOT NULL DEFAULT 1,
    CONSTRAINT process_check_weight CHECK (weight > 0)
);
CREATE INDEX ON process_check (checked_at);

COMMENT ON TABLE process_check IS 'One row is one check whether work followed the agreed process.';
COMMENT ON COLUMN process_check.check_id IS 'Key of the check.';
COMMENT ON COLUMN process_check.checked_at IS 'When it was checked.';
COMMENT ON COLUMN process_check.agent_id IS 'Agent whose work was checked (agent.agent_id).';
COMMENT ON COLUMN process_check.ticket_id IS 'Ticket that was checked (ticket.ticket_id).';
COMMENT ON COLUMN process_check.passed IS 'Whether the process was followed.';
COMMENT ON COLUMN process_check.weight IS 'Weight of the check, above 0; compliance is sum(weight passed) / sum(weight).';
