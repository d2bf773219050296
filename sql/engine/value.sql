-- ---------------------------------------------------------------------------
-- value: what customers are worth, in one pass over their purchases
-- (src/value.c, src/value_*.c, src/keyed*.c, doc/value.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/summary_type.sql.in family=value
COMMENT ON TYPE crmkpi.value_summary IS 'purchases and refunds of customers';

CREATE FUNCTION crmkpi.value_summary_final(crmkpi.value_summary) RETURNS crmkpi.value_summary
    AS 'MODULE_PATHNAME', 'crmkpi_value_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.value_summary_final(crmkpi.value_summary) IS 'aggregate final function';

-- Answers of everything in the summary, and of the year before a moment

CREATE FUNCTION crmkpi.customers(summary crmkpi.value_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_value_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.customers(crmkpi.value_summary) IS 'distinct customers with a purchase';

CREATE FUNCTION crmkpi.customers(summary crmkpi.value_summary, as_of timestamptz) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_value_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.customers(crmkpi.value_summary, timestamptz)
    IS 'distinct customers with a purchase in the year before as_of';

CREATE FUNCTION crmkpi.purchases(summary crmkpi.value_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_value_purchases' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.purchases(crmkpi.value_summary) IS 'number of purchases, refunds not counted';

CREATE FUNCTION crmkpi.purchases(summary crmkpi.value_summary, as_of timestamptz) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_value_purchases' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.purchases(crmkpi.value_summary, timestamptz)
    IS 'number of purchases in the year before as_of, refunds not counted';

CREATE FUNCTION crmkpi.revenue(summary crmkpi.value_summary) RETURNS numeric
    AS 'MODULE_PATHNAME', 'crmkpi_value_revenue' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.revenue(crmkpi.value_summary) IS 'sum of all amounts, refunds taken off';

CREATE FUNCTION crmkpi.revenue(summary crmkpi.value_summary, as_of timestamptz) RETURNS numeric
    AS 'MODULE_PATHNAME', 'crmkpi_value_revenue' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.revenue(crmkpi.value_summary, timestamptz)
    IS 'sum of the amounts of the year before as_of, refunds taken off';

CREATE FUNCTION crmkpi.avg_purchase_value(summary crmkpi.value_summary) RETURNS numeric
    AS 'MODULE_PATHNAME', 'crmkpi_value_avg_purchase' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.avg_purchase_value(crmkpi.value_summary) IS 'revenue / purchases';

CREATE FUNCTION crmkpi.avg_purchase_value(summary crmkpi.value_summary, as_of timestamptz) RETURNS numeric
    AS 'MODULE_PATHNAME', 'crmkpi_value_avg_purchase' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.avg_purchase_value(crmkpi.value_summary, timestamptz)
    IS 'revenue / purchases, of the year before as_of';

CREATE FUNCTION crmkpi.purchase_frequency(summary crmkpi.value_summary, as_of timestamptz) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_value_frequency' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.purchase_frequency(crmkpi.value_summary, timestamptz)
    IS 'purchases / customers, of the year before as_of';

CREATE FUNCTION crmkpi.customer_value(summary crmkpi.value_summary, as_of timestamptz) RETURNS numeric
    AS 'MODULE_PATHNAME', 'crmkpi_value_by_customer' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.customer_value(crmkpi.value_summary, timestamptz)
    IS 'avg_purchase_value x purchase_frequency of the year before as_of, that is revenue / customers';

CREATE FUNCTION crmkpi.avg_lifespan(yearly_churn double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_avg_lifespan' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.avg_lifespan(double precision)
    IS 'years that a customer is expected to stay, 1 / yearly churn; NULL where nobody leaves';

CREATE FUNCTION crmkpi.avg_lifespan(yearly_churn double precision, cap_years double precision)
    RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_avg_lifespan' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.avg_lifespan(double precision, double precision)
    IS 'years that a customer is expected to stay, 1 / yearly churn, but at most the cap';

-- Two different things by the name of CLV

CREATE FUNCTION crmkpi.clv(summary crmkpi.value_summary) RETURNS numeric
    AS 'MODULE_PATHNAME', 'crmkpi_value_by_customer' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.clv(crmkpi.value_summary)
    IS 'historic CLV: revenue / customers, over everything in the summary';

CREATE FUNCTION crmkpi.clv(
    summary crmkpi.value_summary, as_of timestamptz, yearly_churn double precision, margin double precision
) RETURNS numeric
    AS 'MODULE_PATHNAME', 'crmkpi_value_formula_clv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.clv(crmkpi.value_summary, timestamptz, double precision, double precision)
    IS 'CLV by the formula: customer_value of the year before as_of x lifespan x margin; NULL where nobody leaves';

CREATE FUNCTION crmkpi.clv(
    summary crmkpi.value_summary, as_of timestamptz, yearly_churn double precision, margin double precision,
    cap_years double precision
) RETURNS numeric
    AS 'MODULE_PATHNAME', 'crmkpi_value_formula_clv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.clv(crmkpi.value_summary, timestamptz, double precision, double precision, double precision)
    IS 'CLV by the formula: customer_value of the year before as_of x lifespan, at most the cap, x margin';

-- A row per customer. The summary does not know what customers are called.

CREATE FUNCTION crmkpi.customer_history(
    summary crmkpi.value_summary,
    OUT purchases bigint, OUT revenue numeric, OUT first_at timestamptz, OUT last_at timestamptz
) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'crmkpi_customer_history' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10000;
COMMENT ON FUNCTION crmkpi.customer_history(crmkpi.value_summary)
    IS 'a row for each customer: purchases, revenue, time of the first and of the last purchase';

CREATE FUNCTION crmkpi.customer_history(
    summary crmkpi.value_summary, to_day date, zone text, unit text,
    OUT purchases bigint, OUT revenue numeric, OUT first_at timestamptz, OUT last_at timestamptz,
    OUT frequency bigint, OUT recency double precision, OUT age double precision, OUT mean_value numeric
) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'crmkpi_customer_history_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10000;
COMMENT ON FUNCTION crmkpi.customer_history(crmkpi.value_summary, date, text, text)
    IS 'the same up to the end of a day, and repeat days, recency, age and mean value, for models of buying behaviour';

-- Aggregates

--@ for key in bigint uuid text
CREATE FUNCTION crmkpi.value_accum(crmkpi.value_summary, @key@, timestamptz, numeric) RETURNS crmkpi.value_summary
    AS 'MODULE_PATHNAME', 'crmkpi_value_accum_@key@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.value_accum(crmkpi.value_summary, @key@, timestamptz, numeric)
    IS 'aggregate transition function';

CREATE AGGREGATE crmkpi.value_summary(@key@, timestamptz, numeric) (
    SFUNC = crmkpi.value_accum,
    STYPE = crmkpi.value_summary,
    INITCOND = 'v1 decimals=4 key=none records=0 packed=',
    FINALFUNC = crmkpi.value_summary_final,
    COMBINEFUNC = crmkpi.value_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.value_summary(@key@, timestamptz, numeric)
    IS 'purchases of all customers, from (customer_id, purchased_at, amount); an amount below 0 is a refund';

CREATE AGGREGATE crmkpi.clv(@key@, timestamptz, numeric) (
    SFUNC = crmkpi.value_accum,
    STYPE = crmkpi.value_summary,
    INITCOND = 'v1 decimals=4 key=none records=0 packed=',
    FINALFUNC = crmkpi.clv,
    COMBINEFUNC = crmkpi.value_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.clv(@key@, timestamptz, numeric)
    IS 'historic CLV: revenue / customers, from (customer_id, purchased_at, amount)';

--@ end
CREATE AGGREGATE crmkpi.rollup(crmkpi.value_summary) (
    SFUNC = crmkpi.value_summary_combine,
    STYPE = crmkpi.value_summary,
    INITCOND = 'v1 decimals=4 key=none records=0 packed=',
    FINALFUNC = crmkpi.value_summary_final,
    COMBINEFUNC = crmkpi.value_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.value_summary) IS 'one summary of many, for example of all months or segments';
