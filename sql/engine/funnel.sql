-- ---------------------------------------------------------------------------
-- funnel: how many of all customers came how far, in one pass over their events
-- (src/funnel.c, src/funnel_*.c, src/keyed*.c, doc/funnel.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/summary_type.sql.in family=funnel
COMMENT ON TYPE crmkpi.funnel_summary IS 'how far customers came in a funnel: their events, and the counts of those compacted';

CREATE FUNCTION crmkpi.funnel_summary_final(crmkpi.funnel_summary) RETURNS crmkpi.funnel_summary
    AS 'MODULE_PATHNAME', 'crmkpi_funnel_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.funnel_summary_final(crmkpi.funnel_summary) IS 'aggregate final function';

-- Answers

CREATE FUNCTION crmkpi.compact(summary crmkpi.funnel_summary) RETURNS crmkpi.funnel_summary
    AS 'MODULE_PATHNAME', 'crmkpi_funnel_compact' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.compact(crmkpi.funnel_summary)
    IS 'the same with counts instead of events: small, but these customers must be in no other summary that is added';

CREATE FUNCTION crmkpi.funnel_dropoff(
    summary crmkpi.funnel_summary, confidence double precision DEFAULT 0.95,
    OUT step_no integer, OUT step text, OUT reached bigint, OUT dropped bigint, OUT dropoff_rate double precision,
    OUT step_conversion_rate double precision, OUT conversion_rate double precision,
    OUT conversion_low double precision, OUT conversion_high double precision,
    OUT median_time interval, OUT p90_time interval
) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'crmkpi_funnel_dropoff' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION crmkpi.funnel_dropoff(crmkpi.funnel_summary, double precision)
    IS 'a row for each step: customers who reached it, who dropped off, rates, and the time from the step before';

-- Aggregates. The transition functions read NULL themselves: a row without a customer, time or step is skipped, a rule
-- of NULL an error.

--@ for key/c in bigint/bigint uuid/uuid text/text
--@ for args/suffix/call in timestamptz,text,text[],interval//customer_id,at,step,steps,within timestamptz,text,text[],interval,text/_mode/customer_id,at,step,steps,within,mode
CREATE FUNCTION crmkpi.funnel_accum(crmkpi.funnel_summary, @key@, @args@) RETURNS crmkpi.funnel_summary
    AS 'MODULE_PATHNAME', 'crmkpi_funnel_accum_@c@@suffix@' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.funnel_accum(crmkpi.funnel_summary, @key@, @args@) IS 'aggregate transition function';

CREATE AGGREGATE crmkpi.funnel_summary(@key@, @args@) (
    SFUNC = crmkpi.funnel_accum,
    STYPE = crmkpi.funnel_summary,
    INITCOND = 'v1 months=0 within=0 mode= steps= ended= times= key=none records=0 packed=',
    FINALFUNC = crmkpi.funnel_summary_final,
    COMBINEFUNC = crmkpi.funnel_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.funnel_summary(@key@, @args@)
    IS 'funnel of all customers with their events, from (@call@)';

CREATE AGGREGATE crmkpi.funnel(@key@, @args@) (
    SFUNC = crmkpi.funnel_accum,
    STYPE = crmkpi.funnel_summary,
    INITCOND = 'v1 months=0 within=0 mode= steps= ended= times= key=none records=0 packed=',
    FINALFUNC = crmkpi.compact,
    COMBINEFUNC = crmkpi.funnel_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.funnel(@key@, @args@)
    IS 'how far all customers came in a funnel, from (@call@)';

--@ end
--@ end
CREATE AGGREGATE crmkpi.rollup(crmkpi.funnel_summary) (
    SFUNC = crmkpi.funnel_summary_combine,
    STYPE = crmkpi.funnel_summary,
    INITCOND = 'v1 months=0 within=0 mode= steps= ended= times= key=none records=0 packed=',
    FINALFUNC = crmkpi.funnel_summary_final,
    COMBINEFUNC = crmkpi.funnel_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.funnel_summary) IS 'one summary of many, for example of all days or segments';
