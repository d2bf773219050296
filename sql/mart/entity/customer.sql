-- customer: one row is one customer: a company or a person that buys, or may buy.
CREATE TABLE customer (
    customer_id text PRIMARY KEY,
    name        text,
    segment     text,
    owner_id    text,
    campaign_id text,
    created_at  timestamptz NOT NULL
);
CREATE INDEX ON customer (created_at);

COMMENT ON TABLE customer IS 'One row is one customer: a company or a person that buys, or may buy.';
COMMENT ON COLUMN customer.customer_id IS 'Key of the customer.';
COMMENT ON COLUMN customer.name IS 'Name; personal data where customers are persons.';
COMMENT ON COLUMN customer.segment IS 'Segment, free text, for example small, mid, enterprise.';
COMMENT ON COLUMN customer.owner_id IS 'Agent who looks after the customer (agent.agent_id).';
COMMENT ON COLUMN customer.campaign_id IS 'Campaign that won the customer (campaign.campaign_id); NULL when unknown.';
COMMENT ON COLUMN customer.created_at IS 'When the customer came into being: the first purchase or contract, else the creation of the record.';
