-- ---------------------------------------------------------------------------
-- bgnbd: how often customers without a contract will buy again, and which of them are still there
-- (src/bgnbd.c, src/bgnbd_likelihood.c, src/bgnbd_future.c, doc/bgnbd.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/value_type.sql.in type=bgnbd_model c=bgnbd_model
COMMENT ON TYPE crmkpi.bgnbd_model IS 'a BG/NBD model: parameters, log-likelihood, number of customers';

CREATE FUNCTION crmkpi.r(model crmkpi.bgnbd_model) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_r' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.r(crmkpi.bgnbd_model) IS 'shape of the purchase rates';

CREATE FUNCTION crmkpi.alpha(model crmkpi.bgnbd_model) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_alpha' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.alpha(crmkpi.bgnbd_model)
    IS 'rate parameter of the purchase rates, in the unit of the times';

CREATE FUNCTION crmkpi.a(model crmkpi.bgnbd_model) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_a' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.a(crmkpi.bgnbd_model) IS 'first parameter of the dropout probabilities';

CREATE FUNCTION crmkpi.b(model crmkpi.bgnbd_model) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_b' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.b(crmkpi.bgnbd_model) IS 'second parameter of the dropout probabilities';

CREATE FUNCTION crmkpi.log_likelihood(model crmkpi.bgnbd_model) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_model_log_likelihood' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.log_likelihood(crmkpi.bgnbd_model)
    IS 'natural logarithm of the likelihood of the customers it was fitted to';

CREATE FUNCTION crmkpi.customers(model crmkpi.bgnbd_model) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_model_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.customers(crmkpi.bgnbd_model) IS 'number of customers it was fitted to';

CREATE FUNCTION crmkpi.converged(model crmkpi.bgnbd_model) RETURNS boolean
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_model_converged' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.converged(crmkpi.bgnbd_model) IS 'whether the parameters are a maximum of the likelihood';

-- Predictions

CREATE FUNCTION crmkpi.p_alive(
    model crmkpi.bgnbd_model, frequency bigint, recency double precision, age double precision
) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_p_alive' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.p_alive(crmkpi.bgnbd_model, bigint, double precision, double precision)
    IS 'probability that a customer still buys, 0 to 1; 1 with frequency 0';

CREATE FUNCTION crmkpi.expected_purchases(
    model crmkpi.bgnbd_model, frequency bigint, recency double precision, age double precision,
    horizon double precision
) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_expected_purchases' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.expected_purchases(
    crmkpi.bgnbd_model, bigint, double precision, double precision, double precision)
    IS 'number of purchases that a customer will make within the horizon, in the mean';

-- The customers, counted: the state from which a model is fitted

--@ include sql/engine/summary_type.sql.in family=bgnbd
COMMENT ON TYPE crmkpi.bgnbd_summary IS 'number of customers per frequency, recency and age';

CREATE FUNCTION crmkpi.bgnbd_summary_final(crmkpi.bgnbd_summary) RETURNS crmkpi.bgnbd_summary
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.bgnbd_summary_final(crmkpi.bgnbd_summary) IS 'aggregate final function';

CREATE FUNCTION crmkpi.customers(summary crmkpi.bgnbd_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.customers(crmkpi.bgnbd_summary) IS 'number of customers';

CREATE FUNCTION crmkpi.repeat_customers(summary crmkpi.bgnbd_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_repeat_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.repeat_customers(crmkpi.bgnbd_summary) IS 'number of customers with a repeat purchase';

CREATE FUNCTION crmkpi.bgnbd_fit(summary crmkpi.bgnbd_summary) RETURNS crmkpi.bgnbd_model
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.bgnbd_fit(crmkpi.bgnbd_summary)
    IS 'the model of highest likelihood; NULL without customers';

CREATE FUNCTION crmkpi.log_likelihood(model crmkpi.bgnbd_model, summary crmkpi.bgnbd_summary)
    RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_log_likelihood' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.log_likelihood(crmkpi.bgnbd_model, crmkpi.bgnbd_summary)
    IS 'natural logarithm of the likelihood of these customers under this model';

CREATE FUNCTION crmkpi.likelihood_gradient(model crmkpi.bgnbd_model, summary crmkpi.bgnbd_summary)
    RETURNS double precision[]
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_gradient' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.likelihood_gradient(crmkpi.bgnbd_model, crmkpi.bgnbd_summary)
    IS 'derivatives of log_likelihood by the logarithms of r, alpha, a, b; 0 at a maximum';

-- Aggregates

CREATE FUNCTION crmkpi.bgnbd_accum(crmkpi.bgnbd_summary, bigint, double precision, double precision)
    RETURNS crmkpi.bgnbd_summary
    AS 'MODULE_PATHNAME', 'crmkpi_bgnbd_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.bgnbd_accum(crmkpi.bgnbd_summary, bigint, double precision, double precision)
    IS 'aggregate transition function';

CREATE AGGREGATE crmkpi.bgnbd_summary(bigint, double precision, double precision) (
    SFUNC = crmkpi.bgnbd_accum,
    STYPE = crmkpi.bgnbd_summary,
    INITCOND = 'v1 customers=',
    FINALFUNC = crmkpi.bgnbd_summary_final,
    COMBINEFUNC = crmkpi.bgnbd_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.bgnbd_summary(bigint, double precision, double precision)
    IS 'counts customers by (frequency, recency, age)';

CREATE AGGREGATE crmkpi.bgnbd_fit(bigint, double precision, double precision) (
    SFUNC = crmkpi.bgnbd_accum,
    STYPE = crmkpi.bgnbd_summary,
    INITCOND = 'v1 customers=',
    FINALFUNC = crmkpi.bgnbd_fit,
    COMBINEFUNC = crmkpi.bgnbd_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.bgnbd_fit(bigint, double precision, double precision)
    IS 'the model of highest likelihood, from (frequency, recency, age); NULL without rows';

CREATE AGGREGATE crmkpi.rollup(crmkpi.bgnbd_summary) (
    SFUNC = crmkpi.bgnbd_summary_combine,
    STYPE = crmkpi.bgnbd_summary,
    INITCOND = 'v1 customers=',
    FINALFUNC = crmkpi.bgnbd_summary_final,
    COMBINEFUNC = crmkpi.bgnbd_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.bgnbd_summary) IS 'one summary of many, for example of all segments';
