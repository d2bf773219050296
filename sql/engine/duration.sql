-- ---------------------------------------------------------------------------
-- duration: resolution times, response times, sales cycles
-- (src/duration.c, src/duration_sketch.c, doc/duration.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/summary_type.sql.in family=duration
COMMENT ON TYPE crmkpi.duration_summary IS 'number, total, spread and percentiles of durations';

CREATE FUNCTION crmkpi.duration_summary_final(crmkpi.duration_summary) RETURNS crmkpi.duration_summary
    AS 'MODULE_PATHNAME', 'crmkpi_duration_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.duration_summary_final(crmkpi.duration_summary) IS 'aggregate final function';

-- Accessors

CREATE FUNCTION crmkpi.items(summary crmkpi.duration_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_duration_items' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.items(crmkpi.duration_summary) IS 'number of durations';

CREATE FUNCTION crmkpi.mean(summary crmkpi.duration_summary) RETURNS interval
    AS 'MODULE_PATHNAME', 'crmkpi_duration_mean' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.mean(crmkpi.duration_summary) IS 'arithmetic mean, exact to the microsecond; NULL without items';

CREATE FUNCTION crmkpi.median(summary crmkpi.duration_summary) RETURNS interval
    AS 'MODULE_PATHNAME', 'crmkpi_duration_median' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.median(crmkpi.duration_summary) IS 'median as percentile_cont(0.5), within 1 %; NULL without items';

--@ for name in mean median
CREATE FUNCTION crmkpi.@name@_hours(summary crmkpi.duration_summary) RETURNS interval
    AS 'MODULE_PATHNAME', 'crmkpi_duration_@name@_hours' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.@name@_hours(crmkpi.duration_summary)
    IS '@name@() as hours, never days: for business time, whose days are not 24 hours long; NULL without items';

--@ end
CREATE FUNCTION crmkpi.percentile(summary crmkpi.duration_summary, fraction double precision) RETURNS interval
    AS 'MODULE_PATHNAME', 'crmkpi_duration_percentile' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.percentile(crmkpi.duration_summary, double precision)
    IS 'percentile as percentile_cont(fraction), within 1 %; NULL without items';

CREATE FUNCTION crmkpi.share_within(summary crmkpi.duration_summary, within interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_duration_share_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.share_within(crmkpi.duration_summary, interval)
    IS 'share of durations up to the limit, 0 to 1; some that are up to 1.6 % longer may count; NULL without items';

CREATE FUNCTION crmkpi.shortest(summary crmkpi.duration_summary) RETURNS interval
    AS 'MODULE_PATHNAME', 'crmkpi_duration_shortest' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.shortest(crmkpi.duration_summary) IS 'shortest duration, exact; NULL without items';

CREATE FUNCTION crmkpi.longest(summary crmkpi.duration_summary) RETURNS interval
    AS 'MODULE_PATHNAME', 'crmkpi_duration_longest' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.longest(crmkpi.duration_summary) IS 'longest duration, exact; NULL without items';

CREATE FUNCTION crmkpi.duration_stddev(summary crmkpi.duration_summary) RETURNS interval
    AS 'MODULE_PATHNAME', 'crmkpi_duration_stddev' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.duration_stddev(crmkpi.duration_summary)
    IS 'sample standard deviation as stddev_samp, exact to the microsecond; NULL with fewer than two items';

CREATE FUNCTION crmkpi.total_time(summary crmkpi.duration_summary) RETURNS interval
    AS 'MODULE_PATHNAME', 'crmkpi_duration_total_time' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.total_time(crmkpi.duration_summary) IS 'sum of all durations, exact; NULL without items';

-- Aggregates

--@ for c/args in duration_accum/timestamptz,timestamptz duration_accum_timestamp/timestamp,timestamp duration_accum_interval/interval duration_accum_hours/timestamptz,timestamptz,crmkpi.business_hours
CREATE FUNCTION crmkpi.duration_accum(crmkpi.duration_summary, @args@) RETURNS crmkpi.duration_summary
    AS 'MODULE_PATHNAME', 'crmkpi_@c@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.duration_accum(crmkpi.duration_summary, @args@) IS 'aggregate transition function';

CREATE AGGREGATE crmkpi.duration_summary(@args@) (
    SFUNC = crmkpi.duration_accum,
    STYPE = crmkpi.duration_summary,
    INITCOND = 'v1 items=0 total=0 shortest=0 longest=0 squares=000000000000000000000000000000000000000000000000 buckets=',
    FINALFUNC = crmkpi.duration_summary_final,
    COMBINEFUNC = crmkpi.duration_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.duration_summary(@args@) IS 'number, total, spread and percentiles of durations from (start, end), (start, end, hours) or (duration)';

--@ end
--@ for c/args/final/what in mean_accum/timestamptz,timestamptz//time mean_accum_timestamp/timestamp,timestamp//time mean_accum_hours/timestamptz,timestamptz,crmkpi.business_hours/_hours/business-time
CREATE FUNCTION crmkpi.mean_accum(crmkpi.duration_summary, @args@) RETURNS crmkpi.duration_summary
    AS 'MODULE_PATHNAME', 'crmkpi_@c@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.mean_accum(crmkpi.duration_summary, @args@) IS 'aggregate transition function';

--@ for kpi/from/to in resolution_time/opened/resolved first_response_time/opened/answered lead_response_time/created/touched sales_cycle/created/closed
CREATE AGGREGATE crmkpi.avg_@kpi@(@args@) (
    SFUNC = crmkpi.mean_accum,
    STYPE = crmkpi.duration_summary,
    INITCOND = 'v1 items=0 total=0',
    FINALFUNC = crmkpi.mean@final@,
    COMBINEFUNC = crmkpi.duration_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.avg_@kpi@(@args@) IS 'mean @what@ between (@from@, @to@); rows with a NULL do not count';

CREATE AGGREGATE crmkpi.median_@kpi@(@args@) (
    SFUNC = crmkpi.duration_accum,
    STYPE = crmkpi.duration_summary,
    INITCOND = 'v1 items=0 total=0 shortest=0 longest=0 squares=000000000000000000000000000000000000000000000000 buckets=',
    FINALFUNC = crmkpi.median@final@,
    COMBINEFUNC = crmkpi.duration_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.median_@kpi@(@args@) IS 'median @what@ between (@from@, @to@), within 1 %; rows with a NULL do not count';

--@ end
--@ end
CREATE AGGREGATE crmkpi.rollup(crmkpi.duration_summary) (
    SFUNC = crmkpi.duration_summary_combine,
    STYPE = crmkpi.duration_summary,
    INITCOND = 'v1 items=0 total=0 shortest=0 longest=0 squares=000000000000000000000000000000000000000000000000 buckets=',
    FINALFUNC = crmkpi.duration_summary_final,
    COMBINEFUNC = crmkpi.duration_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.duration_summary) IS 'one summary of many, for example of the days of a month';
