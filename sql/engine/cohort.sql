-- ---------------------------------------------------------------------------
-- cohort: who of the customers that began in the same period came back, in one pass over their events
-- (src/cohort.c, src/cohort_*.c, src/keyed*.c, doc/cohort.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/summary_type.sql.in family=cohort
COMMENT ON TYPE crmkpi.cohort_summary
    IS 'customers by their first period: the periods in which each was active, and the counts of those compacted';

CREATE FUNCTION crmkpi.cohort_summary_final(crmkpi.cohort_summary) RETURNS crmkpi.cohort_summary
    AS 'MODULE_PATHNAME', 'crmkpi_cohort_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.cohort_summary_final(crmkpi.cohort_summary) IS 'aggregate final function';

-- Answers

CREATE FUNCTION crmkpi.compact(summary crmkpi.cohort_summary) RETURNS crmkpi.cohort_summary
    AS 'MODULE_PATHNAME', 'crmkpi_cohort_compact' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.compact(crmkpi.cohort_summary)
    IS 'counts instead of customers: small, but these customers must be in no other summary that is added';

CREATE FUNCTION crmkpi.cohort_retention(
    summary crmkpi.cohort_summary, as_of timestamptz, mode text DEFAULT 'exact',
    OUT cohort date, OUT period_number integer, OUT customers bigint, OUT retained bigint,
    OUT retention_ratio double precision, OUT is_complete boolean
) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'crmkpi_cohort_retention' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 300;
COMMENT ON FUNCTION crmkpi.cohort_retention(crmkpi.cohort_summary, timestamptz, text)
    IS 'a row per cohort and period: those active in it (exact), in it or later (rolling), up to it (bounded)';

-- Aggregates. The transition functions read NULL themselves: a row without a customer or time is skipped, a period or
-- zone of NULL is an error.

--@ for key/c in bigint/bigint uuid/uuid text/text
--@ for args/suffix/call in timestamptz,text,text//customer_id,at,period,zone timestamptz,text,text,integer/_week/customer_id,at,period,zone,week_start
CREATE FUNCTION crmkpi.cohort_accum(crmkpi.cohort_summary, @key@, @args@) RETURNS crmkpi.cohort_summary
    AS 'MODULE_PATHNAME', 'crmkpi_cohort_accum_@c@@suffix@' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.cohort_accum(crmkpi.cohort_summary, @key@, @args@) IS 'aggregate transition function';

CREATE AGGREGATE crmkpi.cohort_summary(@key@, @args@) (
    SFUNC = crmkpi.cohort_accum,
    STYPE = crmkpi.cohort_summary,
    INITCOND = 'v1 period= week_start=1 zone= cells= key=none records=0 packed=',
    FINALFUNC = crmkpi.cohort_summary_final,
    COMBINEFUNC = crmkpi.cohort_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.cohort_summary(@key@, @args@)
    IS 'customers with the periods in which they were active, from (@call@)';

CREATE AGGREGATE crmkpi.cohort(@key@, @args@) (
    SFUNC = crmkpi.cohort_accum,
    STYPE = crmkpi.cohort_summary,
    INITCOND = 'v1 period= week_start=1 zone= cells= key=none records=0 packed=',
    FINALFUNC = crmkpi.compact,
    COMBINEFUNC = crmkpi.cohort_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.cohort(@key@, @args@)
    IS 'counts of customers by first period and by periods in which they came back, from (@call@)';

--@ end
--@ end
CREATE AGGREGATE crmkpi.rollup(crmkpi.cohort_summary) (
    SFUNC = crmkpi.cohort_summary_combine,
    STYPE = crmkpi.cohort_summary,
    INITCOND = 'v1 period= week_start=1 zone= cells= key=none records=0 packed=',
    FINALFUNC = crmkpi.cohort_summary_final,
    COMBINEFUNC = crmkpi.cohort_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.cohort_summary) IS 'one summary of many, for example of all segments';
