-- ---------------------------------------------------------------------------
-- freshness: when was the last touch, and what is it still worth
-- (src/freshness.c, doc/freshness.md)
-- ---------------------------------------------------------------------------

CREATE FUNCTION crmkpi.decay(at timestamptz, half_life interval, as_of timestamptz) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_decay' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.decay(timestamptz, interval, timestamptz)
    IS 'freshness of one touch: 1 at its moment, half of it after each half-life';

-- Not STRICT: NULL is "never".
CREATE FUNCTION crmkpi.freshness_band(age interval) RETURNS text
    AS 'MODULE_PATHNAME', 'crmkpi_freshness_band' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.freshness_band(interval)
    IS 'band of the time since the last touch, from ''under 7 days'' to ''180 days or more''; NULL is ''never''';

CREATE FUNCTION crmkpi.freshness_band_no(age interval) RETURNS integer
    AS 'MODULE_PATHNAME', 'crmkpi_freshness_band_no' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.freshness_band_no(interval)
    IS 'number of the band, to sort by: 1 for ''under 7 days'' to 6 for ''never''';

-- Aggregates. Their states are maxima of a plain type, which every server can send and combine.

-- With the sort operator, an index answers as it does for max().
CREATE AGGREGATE crmkpi.last_touch(timestamptz) (
    SFUNC = pg_catalog.timestamptz_larger,
    STYPE = timestamptz,
    COMBINEFUNC = pg_catalog.timestamptz_larger,
    SORTOP = OPERATOR(pg_catalog.>),
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.last_touch(timestamptz) IS 'latest time; NULL is skipped';

-- Not STRICT: the state is NULL before the first row, so that the freshness of no rows is NULL.
CREATE FUNCTION crmkpi.freshness_accum(double precision, timestamptz, interval, timestamptz) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_freshness_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.freshness_accum(double precision, timestamptz, interval, timestamptz)
    IS 'aggregate transition function';

CREATE FUNCTION crmkpi.freshness_final(double precision) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_freshness_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.freshness_final(double precision) IS 'aggregate final function';

CREATE AGGREGATE crmkpi.freshness(timestamptz, interval, timestamptz) (
    SFUNC = crmkpi.freshness_accum,
    STYPE = double precision,
    FINALFUNC = crmkpi.freshness_final,
    COMBINEFUNC = pg_catalog.float8larger,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.freshness(timestamptz, interval, timestamptz)
    IS 'freshness of the latest touch, from (at, half_life, as_of): decay(last_touch(at), half_life, as_of)';
