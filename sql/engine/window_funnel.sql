-- ---------------------------------------------------------------------------
-- window_funnel: how far one customer came in a funnel, and what he met at all
-- (src/window_funnel.c, src/window_funnel_search.c, src/retention.c, doc/window_funnel.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/summary_type.sql.in family=window_funnel
COMMENT ON TYPE crmkpi.window_funnel_summary IS 'events of one customer, and which steps of a funnel each matches';

CREATE FUNCTION crmkpi.window_funnel_summary_final(crmkpi.window_funnel_summary) RETURNS crmkpi.window_funnel_summary
    AS 'MODULE_PATHNAME', 'crmkpi_window_funnel_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.window_funnel_summary_final(crmkpi.window_funnel_summary) IS 'aggregate final function';

-- Accessors

CREATE FUNCTION crmkpi.window_funnel(summary crmkpi.window_funnel_summary) RETURNS integer
    AS 'MODULE_PATHNAME', 'crmkpi_window_funnel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.window_funnel(crmkpi.window_funnel_summary)
    IS 'number of steps of the longest chain; NULL without rows';

CREATE FUNCTION crmkpi.window_funnel_events(summary crmkpi.window_funnel_summary) RETURNS timestamptz[]
    AS 'MODULE_PATHNAME', 'crmkpi_window_funnel_events' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.window_funnel_events(crmkpi.window_funnel_summary)
    IS 'times of the longest chain, of several the one with the earliest; NULL without rows';

-- Aggregates. The transition functions read NULL themselves: a row without a time is skipped, a rule of NULL an error.

--@ for c/args/call in accum/interval,timestamptz/within,at accum_mode/interval,text,timestamptz/within,mode,at
CREATE FUNCTION crmkpi.window_funnel_accum(crmkpi.window_funnel_summary, @args@, boolean[])
    RETURNS crmkpi.window_funnel_summary
    AS 'MODULE_PATHNAME', 'crmkpi_window_funnel_@c@' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.window_funnel_accum(crmkpi.window_funnel_summary, @args@, boolean[])
    IS 'aggregate transition function';

CREATE AGGREGATE crmkpi.window_funnel_summary(@args@, VARIADIC boolean[]) (
    SFUNC = crmkpi.window_funnel_accum,
    STYPE = crmkpi.window_funnel_summary,
    INITCOND = 'v1 steps=0 months=0 within=0 mode= events=',
    FINALFUNC = crmkpi.window_funnel_summary_final,
    COMBINEFUNC = crmkpi.window_funnel_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.window_funnel_summary(@args@, VARIADIC boolean[])
    IS 'summary of the events of one customer from (@call@, steps ...)';

CREATE AGGREGATE crmkpi.window_funnel(@args@, VARIADIC boolean[]) (
    SFUNC = crmkpi.window_funnel_accum,
    STYPE = crmkpi.window_funnel_summary,
    INITCOND = 'v1 steps=0 months=0 within=0 mode= events=',
    FINALFUNC = crmkpi.window_funnel,
    COMBINEFUNC = crmkpi.window_funnel_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.window_funnel(@args@, VARIADIC boolean[])
    IS 'how many steps one customer reached within a time, from (@call@, steps ...)';

CREATE AGGREGATE crmkpi.window_funnel_events(@args@, VARIADIC boolean[]) (
    SFUNC = crmkpi.window_funnel_accum,
    STYPE = crmkpi.window_funnel_summary,
    INITCOND = 'v1 steps=0 months=0 within=0 mode= events=',
    FINALFUNC = crmkpi.window_funnel_events,
    COMBINEFUNC = crmkpi.window_funnel_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.window_funnel_events(@args@, VARIADIC boolean[])
    IS 'when one customer reached each step, from (@call@, steps ...)';

--@ end
CREATE AGGREGATE crmkpi.rollup(crmkpi.window_funnel_summary) (
    SFUNC = crmkpi.window_funnel_summary_combine,
    STYPE = crmkpi.window_funnel_summary,
    INITCOND = 'v1 steps=0 months=0 within=0 mode= events=',
    FINALFUNC = crmkpi.window_funnel_summary_final,
    COMBINEFUNC = crmkpi.window_funnel_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.window_funnel_summary)
    IS 'one summary from the parts of the events of one customer';

-- Retention

--@ include sql/engine/summary_type.sql.in family=retention
COMMENT ON TYPE crmkpi.retention_summary IS 'which of some conditions one customer ever met';

CREATE FUNCTION crmkpi.retention(summary crmkpi.retention_summary) RETURNS boolean[]
    AS 'MODULE_PATHNAME', 'crmkpi_retention' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.retention(crmkpi.retention_summary)
    IS 'for each condition, whether it and the first one were met; NULL without rows';

CREATE FUNCTION crmkpi.retention_accum(crmkpi.retention_summary, boolean[]) RETURNS crmkpi.retention_summary
    AS 'MODULE_PATHNAME', 'crmkpi_retention_conditions_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.retention_accum(crmkpi.retention_summary, boolean[]) IS 'aggregate transition function';

CREATE AGGREGATE crmkpi.retention_summary(VARIADIC boolean[]) (
    SFUNC = crmkpi.retention_accum,
    STYPE = crmkpi.retention_summary,
    INITCOND = 'v1 conditions=0 met=0',
    COMBINEFUNC = crmkpi.retention_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.retention_summary(VARIADIC boolean[])
    IS 'summary of which of some conditions one customer ever met';

CREATE AGGREGATE crmkpi.retention(VARIADIC boolean[]) (
    SFUNC = crmkpi.retention_accum,
    STYPE = crmkpi.retention_summary,
    INITCOND = 'v1 conditions=0 met=0',
    FINALFUNC = crmkpi.retention,
    COMBINEFUNC = crmkpi.retention_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.retention(VARIADIC boolean[])
    IS 'for each condition, whether one customer ever met it and the first one';

CREATE AGGREGATE crmkpi.rollup(crmkpi.retention_summary) (
    SFUNC = crmkpi.retention_summary_combine,
    STYPE = crmkpi.retention_summary,
    INITCOND = 'v1 conditions=0 met=0',
    COMBINEFUNC = crmkpi.retention_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.retention_summary)
    IS 'one summary from the parts of the rows of one customer';
