-- customer_period: one row is one uninterrupted stretch of being under contract.
CREATE TABLE customer_period (
    customer_id   text NOT NULL,
    started_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    monthly_value numeric(19,4),
    PRIMARY KEY (customer_id, started_at),
    CONSTRAINT customer_period_order CHECK (ended_at > started_at),
    CONSTRAINT customer_period_monthly_value CHECK (monthly_value >= 0)
);

COMMENT ON TABLE customer_period IS 'One row is one uninterrupted stretch of being under contract; for customers without any row, sales within the inactivity window decide who is active.';
COMMENT ON COLUMN customer_period.customer_id IS 'Customer (customer.customer_id).';
COMMENT ON COLUMN customer_period.started_at IS 'Start of the contract, inclusive.';
COMMENT ON COLUMN customer_period.ended_at IS 'End of the contract, exclusive; NULL while it runs without a known end.';
COMMENT ON COLUMN customer_period.monthly_value IS 'Recurring value of one month, in the base currency.';
