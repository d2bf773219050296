-- spend: one row is what one campaign cost on one day, per type of cost.
CREATE TABLE spend (
    day         date NOT NULL,
    campaign_id text NOT NULL DEFAULT '',
    cost_type   text NOT NULL,
    channel     text,
    amount      numeric(19,4) NOT NULL,
    PRIMARY KEY (day, campaign_id, cost_type),
    CONSTRAINT spend_cost_type CHECK (cost_type IN ('media', 'sales', 'tool', 'service', 'crm')),
    CONSTRAINT spend_amount CHECK (amount >= 0)
);

COMMENT ON TABLE spend IS 'One row is what one campaign cost on one day, per type of cost.';
COMMENT ON COLUMN spend.day IS 'Day the cost belongs to.';
COMMENT ON COLUMN spend.campaign_id IS 'Campaign (campaign.campaign_id); the empty string where the cost belongs to none.';
COMMENT ON COLUMN spend.cost_type IS 'One of media, sales, tool, service, crm; crm is the cost of the CRM programme itself.';
COMMENT ON COLUMN spend.channel IS 'Channel the money went to, named as in lead.channel.';
COMMENT ON COLUMN spend.amount IS 'Cost in the base currency, 0 or more.';
