-- ---------------------------------------------------------------------------
-- gamma_gamma: what a purchase of a customer is worth, and what the customer is
-- (src/gamma_gamma.c, doc/bgnbd.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/value_type.sql.in type=gamma_gamma_model c=gamma_gamma_model
COMMENT ON TYPE crmkpi.gamma_gamma_model IS 'a Gamma-Gamma model: parameters, log-likelihood, number of customers';

CREATE FUNCTION crmkpi.p(model crmkpi.gamma_gamma_model) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_gamma_gamma_p' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.p(crmkpi.gamma_gamma_model) IS 'shape of the values of one customer';

CREATE FUNCTION crmkpi.q(model crmkpi.gamma_gamma_model) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_gamma_gamma_q' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.q(crmkpi.gamma_gamma_model) IS 'shape of the differences between customers';

CREATE FUNCTION crmkpi.v(model crmkpi.gamma_gamma_model) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_gamma_gamma_v' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.v(crmkpi.gamma_gamma_model)
    IS 'rate parameter of the differences between customers, in money';

CREATE FUNCTION crmkpi.log_likelihood(model crmkpi.gamma_gamma_model) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_gamma_gamma_model_log_likelihood' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.log_likelihood(crmkpi.gamma_gamma_model)
    IS 'natural logarithm of the likelihood of the customers it was fitted to';

CREATE FUNCTION crmkpi.customers(model crmkpi.gamma_gamma_model) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_gamma_gamma_model_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.customers(crmkpi.gamma_gamma_model) IS 'number of customers it was fitted to';

CREATE FUNCTION crmkpi.converged(model crmkpi.gamma_gamma_model) RETURNS boolean
    AS 'MODULE_PATHNAME', 'crmkpi_gamma_gamma_model_converged' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.converged(crmkpi.gamma_gamma_model)
    IS 'whether the parameters are a maximum of the likelihood';

-- Predictions; a mean value is not read where the frequency is 0

CREATE FUNCTION crmkpi.expected_value(
    model crmkpi.gamma_gamma_model, frequency bigint, mean_value double precision
) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_gamma_gamma_expected_value' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.expected_value(crmkpi.gamma_gamma_model, bigint, double precision)
    IS 'mean value of future purchases of a customer; that of all customers with frequency 0; NULL where infinite';

CREATE FUNCTION crmkpi.predicted_clv(
    bgnbd crmkpi.bgnbd_model, gamma_gamma crmkpi.gamma_gamma_model,
    frequency bigint, recency double precision, age double precision, mean_value double precision,
    periods integer, discount double precision, period_length double precision DEFAULT 1
) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_gamma_gamma_predicted_clv' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.predicted_clv(
    crmkpi.bgnbd_model, crmkpi.gamma_gamma_model, bigint, double precision, double precision, double precision,
    integer, double precision, double precision)
    IS 'value of the purchases of a customer in the next periods, discounted per period; NULL where infinite';

-- The customers, counted: the state from which a model is fitted

--@ include sql/engine/summary_type.sql.in family=gamma_gamma
COMMENT ON TYPE crmkpi.gamma_gamma_summary IS 'number of customers per frequency and mean value';

CREATE FUNCTION crmkpi.gamma_gamma_summary_final(crmkpi.gamma_gamma_summary) RETURNS crmkpi.gamma_gamma_summary
    AS 'MODULE_PATHNAME', 'crmkpi_gamma_gamma_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.gamma_gamma_summary_final(crmkpi.gamma_gamma_summary) IS 'aggregate final function';

CREATE FUNCTION crmkpi.customers(summary crmkpi.gamma_gamma_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_gamma_gamma_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.customers(crmkpi.gamma_gamma_summary) IS 'number of customers';

CREATE FUNCTION crmkpi.gamma_gamma_fit(summary crmkpi.gamma_gamma_summary) RETURNS crmkpi.gamma_gamma_model
    AS 'MODULE_PATHNAME', 'crmkpi_gamma_gamma_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.gamma_gamma_fit(crmkpi.gamma_gamma_summary)
    IS 'the model of highest likelihood; NULL without customers';

CREATE FUNCTION crmkpi.log_likelihood(model crmkpi.gamma_gamma_model, summary crmkpi.gamma_gamma_summary)
    RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_gamma_gamma_log_likelihood' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.log_likelihood(crmkpi.gamma_gamma_model, crmkpi.gamma_gamma_summary)
    IS 'natural logarithm of the likelihood of these customers under this model';

CREATE FUNCTION crmkpi.likelihood_gradient(model crmkpi.gamma_gamma_model, summary crmkpi.gamma_gamma_summary)
    RETURNS double precision[]
    AS 'MODULE_PATHNAME', 'crmkpi_gamma_gamma_gradient' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.likelihood_gradient(crmkpi.gamma_gamma_model, crmkpi.gamma_gamma_summary)
    IS 'derivatives of log_likelihood by the logarithms of p, q, v; 0 at a maximum';

-- Aggregates

CREATE FUNCTION crmkpi.gamma_gamma_accum(crmkpi.gamma_gamma_summary, bigint, double precision)
    RETURNS crmkpi.gamma_gamma_summary
    AS 'MODULE_PATHNAME', 'crmkpi_gamma_gamma_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.gamma_gamma_accum(crmkpi.gamma_gamma_summary, bigint, double precision)
    IS 'aggregate transition function';

CREATE AGGREGATE crmkpi.gamma_gamma_summary(bigint, double precision) (
    SFUNC = crmkpi.gamma_gamma_accum,
    STYPE = crmkpi.gamma_gamma_summary,
    INITCOND = 'v1 customers=',
    FINALFUNC = crmkpi.gamma_gamma_summary_final,
    COMBINEFUNC = crmkpi.gamma_gamma_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.gamma_gamma_summary(bigint, double precision)
    IS 'counts customers by (frequency, mean value); frequency 0 does not count';

CREATE AGGREGATE crmkpi.gamma_gamma_fit(bigint, double precision) (
    SFUNC = crmkpi.gamma_gamma_accum,
    STYPE = crmkpi.gamma_gamma_summary,
    INITCOND = 'v1 customers=',
    FINALFUNC = crmkpi.gamma_gamma_fit,
    COMBINEFUNC = crmkpi.gamma_gamma_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.gamma_gamma_fit(bigint, double precision)
    IS 'the model of highest likelihood, from (frequency, mean value); NULL without a frequency above 0';

CREATE AGGREGATE crmkpi.rollup(crmkpi.gamma_gamma_summary) (
    SFUNC = crmkpi.gamma_gamma_summary_combine,
    STYPE = crmkpi.gamma_gamma_summary,
    INITCOND = 'v1 customers=',
    FINALFUNC = crmkpi.gamma_gamma_summary_final,
    COMBINEFUNC = crmkpi.gamma_gamma_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.gamma_gamma_summary) IS 'one summary of many, for example of all segments';
