-- ---------------------------------------------------------------------------
-- attribution: which channels earned the conversions, by six models
-- (src/attribution.c, src/attribution_*.c, src/keyed*.c, doc/attribution.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/summary_type.sql.in family=attribution
COMMENT ON TYPE crmkpi.attribution_summary IS 'touches and conversions of customers';

CREATE FUNCTION crmkpi.attribution_summary_final(crmkpi.attribution_summary) RETURNS crmkpi.attribution_summary
    AS 'MODULE_PATHNAME', 'crmkpi_attribution_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.attribution_summary_final(crmkpi.attribution_summary) IS 'aggregate final function';

-- Answers. Not STRICT: without a window, within is NULL.

CREATE FUNCTION crmkpi.attributed(
    summary crmkpi.attribution_summary, model text, half_life interval DEFAULT '7 days', within interval DEFAULT NULL,
    OUT channel text, OUT conversions numeric, OUT value numeric, OUT share double precision
) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'crmkpi_attributed' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION crmkpi.attributed(crmkpi.attribution_summary, text, interval, interval)
    IS 'a row for each channel: conversions and value that a model credits to it, and its share of the conversions';

-- Aggregates. The transition function is not STRICT: value is NULL in a touch, and channel may be in a conversion.

--@ for key in bigint uuid text
CREATE FUNCTION crmkpi.attribution_accum(crmkpi.attribution_summary, @key@, timestamptz, text, numeric)
    RETURNS crmkpi.attribution_summary
    AS 'MODULE_PATHNAME', 'crmkpi_attribution_accum_@key@' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.attribution_accum(crmkpi.attribution_summary, @key@, timestamptz, text, numeric)
    IS 'aggregate transition function';

CREATE AGGREGATE crmkpi.attribution(@key@, timestamptz, text, numeric) (
    SFUNC = crmkpi.attribution_accum,
    STYPE = crmkpi.attribution_summary,
    INITCOND = 'v1 decimals=4 channels= key=none records=0 packed=',
    FINALFUNC = crmkpi.attribution_summary_final,
    COMBINEFUNC = crmkpi.attribution_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.attribution(@key@, timestamptz, text, numeric)
    IS 'touches and conversions of all customers, from (customer_id, at, channel, value); value is NULL in a touch';

--@ end
CREATE AGGREGATE crmkpi.rollup(crmkpi.attribution_summary) (
    SFUNC = crmkpi.attribution_summary_combine,
    STYPE = crmkpi.attribution_summary,
    INITCOND = 'v1 decimals=4 channels= key=none records=0 packed=',
    FINALFUNC = crmkpi.attribution_summary_final,
    COMBINEFUNC = crmkpi.attribution_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.attribution_summary)
    IS 'one summary of many, for example of all months or segments';
