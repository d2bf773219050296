-- ---------------------------------------------------------------------------
-- response: after how many touches people answer, and when going on is wasted
-- (src/response.c, src/response_counts.c, src/keyed*.c, doc/response.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/summary_type.sql.in family=response
COMMENT ON TYPE crmkpi.response_summary
    IS 'touches and responses of customers: their rows, and the counts of those compacted';

CREATE FUNCTION crmkpi.response_summary_final(crmkpi.response_summary) RETURNS crmkpi.response_summary
    AS 'MODULE_PATHNAME', 'crmkpi_response_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.response_summary_final(crmkpi.response_summary) IS 'aggregate final function';

-- Answers

CREATE FUNCTION crmkpi.compact(summary crmkpi.response_summary) RETURNS crmkpi.response_summary
    AS 'MODULE_PATHNAME', 'crmkpi_response_compact' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.compact(crmkpi.response_summary)
    IS 'the same with counts instead of rows: small, but these customers must be in no other summary that is added';

CREATE FUNCTION crmkpi.contacted(summary crmkpi.response_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_response_contacted' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.contacted(crmkpi.response_summary) IS 'number of customers who were touched';

CREATE FUNCTION crmkpi.responses(summary crmkpi.response_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_response_responses' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.responses(crmkpi.response_summary) IS 'number of customers who answered a touch';

CREATE FUNCTION crmkpi.touches(summary crmkpi.response_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_response_touches' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.touches(crmkpi.response_summary)
    IS 'number of touches that count: those up to the response, the unsubscribe or block, or the end of the data';

CREATE FUNCTION crmkpi.inbound(summary crmkpi.response_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_response_inbound' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.inbound(crmkpi.response_summary)
    IS 'number of customers who wrote before any touch; they are not in the curve';

CREATE FUNCTION crmkpi.never_contacted(summary crmkpi.response_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_response_never_contacted' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.never_contacted(crmkpi.response_summary)
    IS 'number of customers who unsubscribed or blocked before any touch; they are not in the curve';

CREATE FUNCTION crmkpi.touches_per_response(summary crmkpi.response_summary) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_response_touches_per_response' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.touches_per_response(crmkpi.response_summary)
    IS 'actions per engagement: touches, those in vain too, for each customer who answered; NULL without a response';

CREATE FUNCTION crmkpi.useful_touches(
    summary crmkpi.response_summary, min_rate double precision DEFAULT 0.01
) RETURNS integer
    AS 'MODULE_PATHNAME', 'crmkpi_response_useful_touches' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.useful_touches(crmkpi.response_summary, double precision)
    IS 'the touch after which going on is wasted: the last one up to which touches had min_rate responses each';

CREATE FUNCTION crmkpi.useful_touches(
    summary crmkpi.response_summary, min_rate double precision, confidence double precision
) RETURNS integer
    AS 'MODULE_PATHNAME', 'crmkpi_response_useful_touches' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.useful_touches(crmkpi.response_summary, double precision, double precision)
    IS 'the same as far as the data show it: the lower bounds of rates count';

CREATE FUNCTION crmkpi.response_curve(
    summary crmkpi.response_summary, confidence double precision DEFAULT 0.95,
    OUT touch integer, OUT contacted bigint, OUT responded bigint, OUT unsubscribed bigint, OUT blocked bigint,
    OUT response_rate double precision, OUT response_low double precision, OUT response_high double precision,
    OUT cumulative_rate double precision, OUT median_time interval, OUT p90_time interval
) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'crmkpi_response_curve' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION crmkpi.response_curve(crmkpi.response_summary, double precision)
    IS 'a row for each touch: customers who got it, who answered it, rates, and the time from touch to response';

-- Aggregates

--@ for key in bigint uuid text
CREATE FUNCTION crmkpi.response_accum(crmkpi.response_summary, @key@, timestamptz, text)
    RETURNS crmkpi.response_summary
    AS 'MODULE_PATHNAME', 'crmkpi_response_accum_@key@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.response_accum(crmkpi.response_summary, @key@, timestamptz, text)
    IS 'aggregate transition function';

CREATE AGGREGATE crmkpi.response_summary(@key@, timestamptz, text) (
    SFUNC = crmkpi.response_accum,
    STYPE = crmkpi.response_summary,
    INITCOND = 'v1 ended= times= key=none records=0 packed=',
    FINALFUNC = crmkpi.response_summary_final,
    COMBINEFUNC = crmkpi.response_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.response_summary(@key@, timestamptz, text)
    IS 'touches and responses of all customers with their rows, from (customer_id, at, direction)';

CREATE AGGREGATE crmkpi.response(@key@, timestamptz, text) (
    SFUNC = crmkpi.response_accum,
    STYPE = crmkpi.response_summary,
    INITCOND = 'v1 ended= times= key=none records=0 packed=',
    FINALFUNC = crmkpi.compact,
    COMBINEFUNC = crmkpi.response_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.response(@key@, timestamptz, text)
    IS 'after how many touches customers answer, from (customer_id, at, direction)';

CREATE AGGREGATE crmkpi.touches_per_response(@key@, timestamptz, text) (
    SFUNC = crmkpi.response_accum,
    STYPE = crmkpi.response_summary,
    INITCOND = 'v1 ended= times= key=none records=0 packed=',
    FINALFUNC = crmkpi.touches_per_response,
    COMBINEFUNC = crmkpi.response_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.touches_per_response(@key@, timestamptz, text)
    IS 'actions per engagement: touches for each customer who answered, from (customer_id, at, direction)';

--@ end
CREATE AGGREGATE crmkpi.rollup(crmkpi.response_summary) (
    SFUNC = crmkpi.response_summary_combine,
    STYPE = crmkpi.response_summary,
    INITCOND = 'v1 ended= times= key=none records=0 packed=',
    FINALFUNC = crmkpi.response_summary_final,
    COMBINEFUNC = crmkpi.response_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.response_summary)
    IS 'one summary of many, for example of all days or segments';
