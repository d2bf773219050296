-- ---------------------------------------------------------------------------
-- survival: how long until something happens, where for many it has not yet
-- (src/survival.c, doc/survival.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/summary_type.sql.in family=survival
COMMENT ON TYPE crmkpi.survival_summary IS 'number of events and of censored items per duration';

CREATE FUNCTION crmkpi.survival_summary_final(crmkpi.survival_summary) RETURNS crmkpi.survival_summary
    AS 'MODULE_PATHNAME', 'crmkpi_survival_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.survival_summary_final(crmkpi.survival_summary) IS 'aggregate final function';

-- Accessors

CREATE FUNCTION crmkpi.items(summary crmkpi.survival_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_survival_items' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.items(crmkpi.survival_summary) IS 'number of items, with an event and censored';

CREATE FUNCTION crmkpi.events(summary crmkpi.survival_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_survival_events' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.events(crmkpi.survival_summary) IS 'number of items whose event happened';

CREATE FUNCTION crmkpi.survival_curve(
    summary crmkpi.survival_summary, confidence double precision DEFAULT 0.95,
    OUT at interval, OUT at_risk bigint, OUT events bigint, OUT censored bigint,
    OUT survival double precision, OUT low double precision, OUT high double precision
) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'crmkpi_survival_curve' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION crmkpi.survival_curve(crmkpi.survival_summary, double precision)
    IS 'Kaplan-Meier curve: a row for each time with an event, and the log-log confidence interval';

CREATE FUNCTION crmkpi.survival_at(summary crmkpi.survival_summary, at interval) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_survival_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.survival_at(crmkpi.survival_summary, interval)
    IS 'share that lasts longer than this, 0 to 1; NULL without items, and beyond the longest duration';

CREATE FUNCTION crmkpi.median_survival(summary crmkpi.survival_summary) RETURNS interval
    AS 'MODULE_PATHNAME', 'crmkpi_survival_median' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.median_survival(crmkpi.survival_summary)
    IS 'shortest time at which at most half survive; NULL if that is not reached';

-- Aggregates

CREATE FUNCTION crmkpi.survival_accum(crmkpi.survival_summary, interval, boolean) RETURNS crmkpi.survival_summary
    AS 'MODULE_PATHNAME', 'crmkpi_survival_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.survival_accum(crmkpi.survival_summary, interval, boolean)
    IS 'aggregate transition function';

CREATE AGGREGATE crmkpi.survival_summary(interval, boolean) (
    SFUNC = crmkpi.survival_accum,
    STYPE = crmkpi.survival_summary,
    INITCOND = 'v1 durations=',
    FINALFUNC = crmkpi.survival_summary_final,
    COMBINEFUNC = crmkpi.survival_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.survival_summary(interval, boolean)
    IS 'counts (duration, happened) by duration; happened is false where the duration is not over yet';

CREATE AGGREGATE crmkpi.median_survival(interval, boolean) (
    SFUNC = crmkpi.survival_accum,
    STYPE = crmkpi.survival_summary,
    INITCOND = 'v1 durations=',
    FINALFUNC = crmkpi.median_survival,
    COMBINEFUNC = crmkpi.survival_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.median_survival(interval, boolean)
    IS 'shortest time at which at most half survive, from (duration, happened); NULL if that is not reached';

CREATE AGGREGATE crmkpi.rollup(crmkpi.survival_summary) (
    SFUNC = crmkpi.survival_summary_combine,
    STYPE = crmkpi.survival_summary,
    INITCOND = 'v1 durations=',
    FINALFUNC = crmkpi.survival_summary_final,
    COMBINEFUNC = crmkpi.survival_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.survival_summary) IS 'one summary of many, for example of all segments';
