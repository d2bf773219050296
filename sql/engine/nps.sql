-- ---------------------------------------------------------------------------
-- nps: Net Promoter Score (src/nps.c, doc/nps.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/summary_type.sql.in family=nps
COMMENT ON TYPE crmkpi.nps_summary IS 'answers to "how likely are you to recommend us", counted as promoters, passives and detractors';

CREATE FUNCTION crmkpi.nps_summary_combine_inv(crmkpi.nps_summary, crmkpi.nps_summary) RETURNS crmkpi.nps_summary
    AS 'MODULE_PATHNAME', 'crmkpi_nps_combine_inv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.nps_summary_combine_inv(crmkpi.nps_summary, crmkpi.nps_summary)
    IS 'inverse transition function of rollup(nps_summary)';

-- Accessors

CREATE FUNCTION crmkpi.nps(summary crmkpi.nps_summary) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_nps_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.nps(crmkpi.nps_summary)
    IS 'Net Promoter Score, -100 to 100: 100 x (promoters - detractors) / responses; NULL without responses';

CREATE FUNCTION crmkpi.promoters(summary crmkpi.nps_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_nps_promoters' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.promoters(crmkpi.nps_summary) IS 'number of answers of 9 and 10';

CREATE FUNCTION crmkpi.passives(summary crmkpi.nps_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_nps_passives' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.passives(crmkpi.nps_summary) IS 'number of answers of 7 and 8';

CREATE FUNCTION crmkpi.detractors(summary crmkpi.nps_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_nps_detractors' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.detractors(crmkpi.nps_summary) IS 'number of answers up to 6';

CREATE FUNCTION crmkpi.responses(summary crmkpi.nps_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_nps_responses' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.responses(crmkpi.nps_summary) IS 'number of answers';

CREATE FUNCTION crmkpi.nps_margin(summary crmkpi.nps_summary, confidence double precision DEFAULT 0.95)
    RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_nps_margin' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.nps_margin(crmkpi.nps_summary, double precision)
    IS 'margin of error of the Net Promoter Score in points: the interval is nps +- margin; NULL without responses';

-- Aggregates of scores; the scale runs from 0 to 10, or from scale_min (0 or 1) to 10

--@ for score/c in smallint/int2 integer/int4 bigint/int8 numeric/numeric
--@ for args in @score@ @score@,integer
CREATE FUNCTION crmkpi.nps_accum(crmkpi.nps_summary, @args@) RETURNS crmkpi.nps_summary
    AS 'MODULE_PATHNAME', 'crmkpi_nps_accum_@c@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.nps_accum(crmkpi.nps_summary, @args@) IS 'aggregate transition function';

CREATE FUNCTION crmkpi.nps_accum_inv(crmkpi.nps_summary, @args@) RETURNS crmkpi.nps_summary
    AS 'MODULE_PATHNAME', 'crmkpi_nps_accum_inv_@c@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.nps_accum_inv(crmkpi.nps_summary, @args@) IS 'aggregate inverse transition function';

CREATE AGGREGATE crmkpi.nps_summary(@args@) (
    SFUNC = crmkpi.nps_accum,
    STYPE = crmkpi.nps_summary,
    INITCOND = 'v1 promoters=0 passives=0 detractors=0',
    COMBINEFUNC = crmkpi.nps_summary_combine,
    MSFUNC = crmkpi.nps_accum,
    MINVFUNC = crmkpi.nps_accum_inv,
    MSTYPE = crmkpi.nps_summary,
    MINITCOND = 'v1 promoters=0 passives=0 detractors=0',
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.nps_summary(@args@) IS 'counts survey answers as promoters, passives and detractors';

CREATE AGGREGATE crmkpi.nps(@args@) (
    SFUNC = crmkpi.nps_accum,
    STYPE = crmkpi.nps_summary,
    INITCOND = 'v1 promoters=0 passives=0 detractors=0',
    FINALFUNC = crmkpi.nps,
    COMBINEFUNC = crmkpi.nps_summary_combine,
    MSFUNC = crmkpi.nps_accum,
    MINVFUNC = crmkpi.nps_accum_inv,
    MSTYPE = crmkpi.nps_summary,
    MINITCOND = 'v1 promoters=0 passives=0 detractors=0',
    MFINALFUNC = crmkpi.nps,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.nps(@args@) IS 'Net Promoter Score of survey answers, -100 to 100';

--@ end
--@ end
CREATE AGGREGATE crmkpi.rollup(crmkpi.nps_summary) (
    SFUNC = crmkpi.nps_summary_combine,
    STYPE = crmkpi.nps_summary,
    INITCOND = 'v1 promoters=0 passives=0 detractors=0',
    COMBINEFUNC = crmkpi.nps_summary_combine,
    MSFUNC = crmkpi.nps_summary_combine,
    MINVFUNC = crmkpi.nps_summary_combine_inv,
    MSTYPE = crmkpi.nps_summary,
    MINITCOND = 'v1 promoters=0 passives=0 detractors=0',
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.nps_summary) IS 'one summary of many, for example of the days of a month';
