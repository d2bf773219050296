-- opportunity: one row is one possible deal, open or closed.
CREATE TABLE opportunity (
    opportunity_id    text PRIMARY KEY,
    created_at        timestamptz NOT NULL,
    closed_at         timestamptz,
    outcome           text NOT NULL,
    kind              text NOT NULL,
    stage             text,
    owner_id          text,
    customer_id       text,
    lead_id           text,
    amount            numeric(19,4),
    contract_months   integer,
    probability       numeric(9,6),
    expected_close_on date,
    CONSTRAINT opportunity_outcome CHECK (outcome IN ('open', 'won', 'lost')),
    CONSTRAINT opportunity_kind CHECK (kind IN ('new', 'renewal', 'upsell', 'cross_sell')),
    CONSTRAINT opportunity_closed CHECK ((outcome = 'open') = (closed_at IS NULL)),
    CONSTRAINT opportunity_order CHECK (closed_at >= created_at),
    CONSTRAINT opportunity_contract_months CHECK (contract_months > 0),
    CONSTRAINT opportunity_probability CHECK (probability BETWEEN 0 AND 1)
);
CREATE INDEX ON opportunity (created_at);
CREATE INDEX ON opportunity (closed_at);
CREATE INDEX ON opportunity (customer_id);
CREATE INDEX ON opportunity (lead_id);

COMMENT ON TABLE opportunity IS 'One row is one possible deal, open or closed.';
COMMENT ON COLUMN opportunity.opportunity_id IS 'Key of the opportunity.';
COMMENT ON COLUMN opportunity.created_at IS 'When it was opened; the sales cycle starts here.';
COMMENT ON COLUMN opportunity.closed_at IS 'When it was really won or lost, not the planned date; NULL exactly while it is open.';
COMMENT ON COLUMN opportunity.outcome IS 'One of open, won, lost.';
COMMENT ON COLUMN opportunity.kind IS 'One of new, renewal, upsell, cross_sell.';
COMMENT ON COLUMN opportunity.stage IS 'Stage it is in now (status.status of entity opportunity).';
COMMENT ON COLUMN opportunity.owner_id IS 'Agent who owns it (agent.agent_id).';
COMMENT ON COLUMN opportunity.customer_id IS 'Customer it is with (customer.customer_id).';
COMMENT ON COLUMN opportunity.lead_id IS 'Lead it came from (lead.lead_id).';
COMMENT ON COLUMN opportunity.amount IS 'Value of the whole contract, in the base currency.';
COMMENT ON COLUMN opportunity.contract_months IS 'Length of the contract in months; the annual value divides by contract_months / 12.';
COMMENT ON COLUMN opportunity.probability IS 'Chance of winning as the CRM states it, 0 to 1.';
COMMENT ON COLUMN opportunity.expected_close_on IS 'Planned day of closing.';
