-- survey: one row is one survey sent to, or answered by, a customer.
CREATE TABLE survey (
    survey_id   text PRIMARY KEY,
    kind        text NOT NULL,
    sent_at     timestamptz,
    answered_at timestamptz,
    score       integer,
    scale_min   integer NOT NULL,
    scale_max   integer NOT NULL,
    customer_id text,
    ticket_id   text,
    agent_id    text,
    CONSTRAINT survey_kind CHECK (kind IN ('csat', 'nps', 'ces')),
    CONSTRAINT survey_order CHECK (answered_at >= sent_at),
    CONSTRAINT survey_answered CHECK (score IS NULL OR answered_at IS NOT NULL),
    CONSTRAINT survey_scale CHECK (scale_min < scale_max),
    CONSTRAINT survey_score CHECK (score BETWEEN scale_min AND scale_max),
    CONSTRAINT survey_nps_scale CHECK (kind <> 'nps' OR (scale_min IN (0, 1) AND scale_max = 10))
);
CREATE INDEX ON survey (answered_at);
CREATE INDEX ON survey (sent_at);
CREATE INDEX ON survey (customer_id);
CREATE INDEX ON survey (ticket_id);

COMMENT ON TABLE survey IS 'One row is one survey sent to, or answered by, a customer.';
COMMENT ON COLUMN survey.survey_id IS 'Key of the survey.';
COMMENT ON COLUMN survey.kind IS 'One of csat, nps, ces.';
COMMENT ON COLUMN survey.sent_at IS 'When it was sent; NULL: not sent by us, or unknown.';
COMMENT ON COLUMN survey.answered_at IS 'When it was answered; NULL: no answer.';
COMMENT ON COLUMN survey.score IS 'The score given, from scale_min to scale_max; NULL: no answer.';
COMMENT ON COLUMN survey.scale_min IS 'Lowest score of the scale; for nps 0, or 1 where the survey was asked on 1-10.';
COMMENT ON COLUMN survey.scale_max IS 'Highest score of the scale; for nps 10.';
COMMENT ON COLUMN survey.customer_id IS 'Customer who was asked (customer.customer_id).';
COMMENT ON COLUMN survey.ticket_id IS 'Ticket it is about (ticket.ticket_id).';
COMMENT ON COLUMN survey.agent_id IS 'Agent whom it rates, at that time (agent.agent_id).';
