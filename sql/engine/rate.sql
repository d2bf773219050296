-- ---------------------------------------------------------------------------
-- rate: shares of rows (src/rate.c, doc/rate.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/summary_type.sql.in family=rate
COMMENT ON TYPE crmkpi.rate_summary IS 'how many rows counted and how many of them hit, with or without weights';

CREATE FUNCTION crmkpi.rate_summary_combine_inv(crmkpi.rate_summary, crmkpi.rate_summary) RETURNS crmkpi.rate_summary
    AS 'MODULE_PATHNAME', 'crmkpi_rate_combine_inv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.rate_summary_combine_inv(crmkpi.rate_summary, crmkpi.rate_summary)
    IS 'inverse transition function of rollup(rate_summary)';

-- Accessors

CREATE FUNCTION crmkpi.rate(summary crmkpi.rate_summary) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_rate_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.rate(crmkpi.rate_summary) IS 'hits / total, 0 to 1 (by weight where there are weights); NULL where nothing counted';

CREATE FUNCTION crmkpi.hits(summary crmkpi.rate_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_rate_hits' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.hits(crmkpi.rate_summary) IS 'number of rows that hit';

CREATE FUNCTION crmkpi.total(summary crmkpi.rate_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_rate_total' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.total(crmkpi.rate_summary) IS 'number of rows that counted';

CREATE FUNCTION crmkpi.hit_weight(summary crmkpi.rate_summary) RETURNS numeric
    AS 'MODULE_PATHNAME', 'crmkpi_rate_hit_weight' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.hit_weight(crmkpi.rate_summary) IS 'weight of the rows that hit; a row without weight weighs 1';

CREATE FUNCTION crmkpi.total_weight(summary crmkpi.rate_summary) RETURNS numeric
    AS 'MODULE_PATHNAME', 'crmkpi_rate_total_weight' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.total_weight(crmkpi.rate_summary) IS 'weight of the rows that counted; a row without weight weighs 1';

CREATE FUNCTION crmkpi.rate_low(summary crmkpi.rate_summary, confidence double precision DEFAULT 0.95)
    RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_rate_low' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.rate_low(crmkpi.rate_summary, double precision)
    IS 'lower bound of the rate (Wilson score interval); NULL where nothing counted, and with weights';

CREATE FUNCTION crmkpi.rate_high(summary crmkpi.rate_summary, confidence double precision DEFAULT 0.95)
    RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_rate_high' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.rate_high(crmkpi.rate_summary, double precision)
    IS 'upper bound of the rate (Wilson score interval); NULL where nothing counted, and with weights';

-- Aggregates over a condition, with moving forms

--@ for c/args in rate_accum/boolean rate_accum_weight/boolean,numeric
CREATE FUNCTION crmkpi.rate_accum(crmkpi.rate_summary, @args@) RETURNS crmkpi.rate_summary
    AS 'MODULE_PATHNAME', 'crmkpi_@c@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.rate_accum(crmkpi.rate_summary, @args@) IS 'aggregate transition function';

CREATE FUNCTION crmkpi.rate_accum_inv(crmkpi.rate_summary, @args@) RETURNS crmkpi.rate_summary
    AS 'MODULE_PATHNAME', 'crmkpi_@c@_inv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.rate_accum_inv(crmkpi.rate_summary, @args@) IS 'aggregate inverse transition function';

CREATE AGGREGATE crmkpi.rate_summary(@args@) (
    SFUNC = crmkpi.rate_accum,
    STYPE = crmkpi.rate_summary,
    INITCOND = 'v1 hits=0 total=0',
    COMBINEFUNC = crmkpi.rate_summary_combine,
    MSFUNC = crmkpi.rate_accum,
    MINVFUNC = crmkpi.rate_accum_inv,
    MSTYPE = crmkpi.rate_summary,
    MINITCOND = 'v1 hits=0 total=0',
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rate_summary(@args@) IS 'counts the rows where the condition is known and where it is true';

--@ for name/kpi in rate/true conversion_rate/converted fcr/resolved-at-first-contact compliance_rate/compliant resolution_rate/resolved upsell_rate/upsold
CREATE AGGREGATE crmkpi.@name@(@args@) (
    SFUNC = crmkpi.rate_accum,
    STYPE = crmkpi.rate_summary,
    INITCOND = 'v1 hits=0 total=0',
    FINALFUNC = crmkpi.rate,
    COMBINEFUNC = crmkpi.rate_summary_combine,
    MSFUNC = crmkpi.rate_accum,
    MINVFUNC = crmkpi.rate_accum_inv,
    MSTYPE = crmkpi.rate_summary,
    MINITCOND = 'v1 hits=0 total=0',
    MFINALFUNC = crmkpi.rate,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.@name@(@args@) IS 'share of rows that are @kpi@, 0 to 1; NULL conditions do not count';

--@ end
--@ end
CREATE AGGREGATE crmkpi.rollup(crmkpi.rate_summary) (
    SFUNC = crmkpi.rate_summary_combine,
    STYPE = crmkpi.rate_summary,
    INITCOND = 'v1 hits=0 total=0',
    COMBINEFUNC = crmkpi.rate_summary_combine,
    MSFUNC = crmkpi.rate_summary_combine,
    MINVFUNC = crmkpi.rate_summary_combine_inv,
    MSTYPE = crmkpi.rate_summary,
    MINITCOND = 'v1 hits=0 total=0',
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.rate_summary) IS 'one summary of many, for example of the days of a month';

-- Aggregates with their own reading of a row

--@ for name/c/args in win/win_accum/text csat/csat_accum_int2/smallint csat/csat_accum_int4/integer csat/csat_accum_int8/bigint csat/csat_accum_numeric/numeric csat/csat_accum_int2/smallint,integer csat/csat_accum_int4/integer,integer csat/csat_accum_int8/bigint,integer csat/csat_accum_numeric/numeric,integer retention/retention_accum/boolean,boolean churn/churn_accum/boolean,boolean
CREATE FUNCTION crmkpi.@name@_accum(crmkpi.rate_summary, @args@) RETURNS crmkpi.rate_summary
    AS 'MODULE_PATHNAME', 'crmkpi_@c@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.@name@_accum(crmkpi.rate_summary, @args@) IS 'aggregate transition function';

--@ end
--@ for c/args in sla_accum/timestamptz,timestamptz,interval,timestamptz sla_accum_timestamp/timestamp,timestamp,interval,timestamp sla_accum_hours/timestamptz,timestamptz,interval,timestamptz,crmkpi.business_hours
CREATE FUNCTION crmkpi.sla_accum(crmkpi.rate_summary, @args@) RETURNS crmkpi.rate_summary
    AS 'MODULE_PATHNAME', 'crmkpi_@c@' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.sla_accum(crmkpi.rate_summary, @args@) IS 'aggregate transition function';

--@ end
--@ for name/accum/args in win_rate/win/text csat/csat/smallint csat/csat/integer csat/csat/bigint csat/csat/numeric csat/csat/smallint,integer csat/csat/integer,integer csat/csat/bigint,integer csat/csat/numeric,integer retention_rate/retention/boolean,boolean churn_rate/churn/boolean,boolean sla_attainment/sla/timestamptz,timestamptz,interval,timestamptz sla_attainment/sla/timestamp,timestamp,interval,timestamp sla_attainment/sla/timestamptz,timestamptz,interval,timestamptz,crmkpi.business_hours
CREATE AGGREGATE crmkpi.@name@(@args@) (
    SFUNC = crmkpi.@accum@_accum,
    STYPE = crmkpi.rate_summary,
    INITCOND = 'v1 hits=0 total=0',
    FINALFUNC = crmkpi.rate,
    COMBINEFUNC = crmkpi.rate_summary_combine,
    PARALLEL = SAFE
);
--@ end
COMMENT ON AGGREGATE crmkpi.win_rate(text) IS 'won / (won + lost), 0 to 1; open and NULL do not count, other words are an error';
--@ for args in smallint integer bigint numeric
COMMENT ON AGGREGATE crmkpi.csat(@args@) IS 'share of answers of 4 and 5 on a scale from 1 to 5, 0 to 1';
COMMENT ON AGGREGATE crmkpi.csat(@args@,integer) IS 'share of answers at or above the satisfied-from score in the second argument, 0 to 1';
--@ end
COMMENT ON AGGREGATE crmkpi.retention_rate(boolean,boolean)
    IS 'share of those active at the start who are active at the end, 0 to 1';
COMMENT ON AGGREGATE crmkpi.churn_rate(boolean,boolean)
    IS 'share of those active at the start who are not active at the end, 0 to 1';
--@ for at in timestamptz timestamp
COMMENT ON AGGREGATE crmkpi.sla_attainment(@at@,@at@,interval,@at@)
    IS 'of (opened, resolved, target, as_of): resolved within target / (resolved + open past target at as_of), 0 to 1';
--@ end
COMMENT ON AGGREGATE crmkpi.sla_attainment(timestamptz,timestamptz,interval,timestamptz,crmkpi.business_hours)
    IS 'of (opened, resolved, target, as_of, hours): within target in business time / (resolved + open past target at as_of), 0 to 1';
