-- sale: one row is one purchase or refund.
CREATE TABLE sale (
    sale_id        text PRIMARY KEY,
    customer_id    text NOT NULL,
    sold_at        timestamptz NOT NULL,
    amount         numeric(19,4) NOT NULL,
    margin         numeric(19,4),
    kind           text NOT NULL,
    opportunity_id text,
    campaign_id    text,
    CONSTRAINT sale_kind CHECK (kind IN ('new', 'repeat', 'upsell', 'cross_sell', 'refund')),
    CONSTRAINT sale_amount CHECK (CASE kind WHEN 'refund' THEN amount <= 0 ELSE amount >= 0 END)
);
CREATE INDEX ON sale (sold_at);
CREATE INDEX ON sale (customer_id, sold_at);

COMMENT ON TABLE sale IS 'One row is one purchase or refund.';
COMMENT ON COLUMN sale.sale_id IS 'Key of the sale.';
COMMENT ON COLUMN sale.customer_id IS 'Customer who bought (customer.customer_id).';
COMMENT ON COLUMN sale.sold_at IS 'When the purchase or refund took place.';
COMMENT ON COLUMN sale.amount IS 'Revenue in the base currency; 0 or less exactly where kind is refund, else 0 or more.';
COMMENT ON COLUMN sale.margin IS 'Gross margin of this sale in the base currency; NULL: unknown.';
COMMENT ON COLUMN sale.kind IS 'One of new, repeat, upsell, cross_sell, refund.';
COMMENT ON COLUMN sale.opportunity_id IS 'Opportunity that was won (opportunity.opportunity_id).';
COMMENT ON COLUMN sale.campaign_id IS 'Campaign the CRM itself credits (campaign.campaign_id).';
