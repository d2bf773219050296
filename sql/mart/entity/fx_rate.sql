-- fx_rate: one row is the exchange rate of one currency on one day.
CREATE TABLE fx_rate (
    currency     text NOT NULL,
    day          date NOT NULL,
    rate_to_base numeric(18,9) NOT NULL,
    PRIMARY KEY (currency, day),
    CONSTRAINT fx_rate_currency CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT fx_rate_rate_to_base CHECK (rate_to_base > 0)
);

COMMENT ON TABLE fx_rate IS 'One row is the exchange rate of one currency on one day.';
COMMENT ON COLUMN fx_rate.currency IS 'ISO 4217 code, three capital letters.';
COMMENT ON COLUMN fx_rate.day IS 'Day the rate holds for.';
COMMENT ON COLUMN fx_rate.rate_to_base IS 'Units of the base currency for one unit of this currency, above 0.';
