-- lead: one row is one lead: somebody who showed interest.
CREATE TABLE lead (
    lead_id         text PRIMARY KEY,
    created_at      timestamptz NOT NULL,
    channel         text,
    campaign_id     text,
    owner_id        text,
    mql_at          timestamptz,
    sql_at          timestamptz,
    converted_at    timestamptz,
    disqualified_at timestamptz,
    customer_id     text,
    opportunity_id  text,
    CONSTRAINT lead_mql CHECK (mql_at >= created_at),
    CONSTRAINT lead_sql CHECK (sql_at >= created_at),
    CONSTRAINT lead_converted CHECK (converted_at >= created_at),
    CONSTRAINT lead_disqualified CHECK (disqualified_at >= created_at)
);
CREATE INDEX ON lead (created_at);
CREATE INDEX ON lead (customer_id);

COMMENT ON TABLE lead IS 'One row is one lead: somebody who showed interest.';
COMMENT ON COLUMN lead.lead_id IS 'Key of the lead.';
COMMENT ON COLUMN lead.created_at IS 'When the lead came in; response times count from here.';
COMMENT ON COLUMN lead.channel IS 'Channel it came through, free text, for example organic, paid_search, referral.';
COMMENT ON COLUMN lead.campaign_id IS 'Campaign it came from (campaign.campaign_id).';
COMMENT ON COLUMN lead.owner_id IS 'Agent who works on it (agent.agent_id).';
COMMENT ON COLUMN lead.mql_at IS 'When marketing qualified it; NULL: not yet or never.';
COMMENT ON COLUMN lead.sql_at IS 'When sales qualified it; NULL: not yet or never.';
COMMENT ON COLUMN lead.converted_at IS 'When it became an opportunity or a customer; NULL: not yet or never.';
COMMENT ON COLUMN lead.disqualified_at IS 'When it was given up; NULL: not given up.';
COMMENT ON COLUMN lead.customer_id IS 'Customer it became or belongs to (customer.customer_id).';
COMMENT ON COLUMN lead.opportunity_id IS 'Opportunity it became (opportunity.opportunity_id).';
