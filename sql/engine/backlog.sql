-- ---------------------------------------------------------------------------
-- backlog: what was opened, closed and open, day by day
-- (src/backlog.c, doc/backlog.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/summary_type.sql.in family=backlog
COMMENT ON TYPE crmkpi.backlog_summary IS 'counts of opened and closed items by quarter of an hour';

CREATE FUNCTION crmkpi.backlog_summary_final(crmkpi.backlog_summary) RETURNS crmkpi.backlog_summary
    AS 'MODULE_PATHNAME', 'crmkpi_backlog_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.backlog_summary_final(crmkpi.backlog_summary) IS 'aggregate final function';

-- Accessors

CREATE FUNCTION crmkpi.backlog(
    summary crmkpi.backlog_summary, from_day date, to_day date, zone text,
    OUT day date, OUT opened bigint, OUT closed bigint, OUT open_items bigint
) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'crmkpi_backlog_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 366;
COMMENT ON FUNCTION crmkpi.backlog(crmkpi.backlog_summary, date, date, text)
    IS 'for each local day of the zone: items opened, items closed, and items open at its end';

CREATE FUNCTION crmkpi.open_items(summary crmkpi.backlog_summary, at timestamptz) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_backlog_open_items' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.open_items(crmkpi.backlog_summary, timestamptz)
    IS 'items open at a moment on a quarter of an hour: opened, and not closed, before it';

-- Aggregates

-- Not STRICT: an item without an end is open.
CREATE FUNCTION crmkpi.backlog_accum(crmkpi.backlog_summary, timestamptz, timestamptz)
    RETURNS crmkpi.backlog_summary
    AS 'MODULE_PATHNAME', 'crmkpi_backlog_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.backlog_accum(crmkpi.backlog_summary, timestamptz, timestamptz)
    IS 'aggregate transition function';

CREATE AGGREGATE crmkpi.backlog_summary(timestamptz, timestamptz) (
    SFUNC = crmkpi.backlog_accum,
    STYPE = crmkpi.backlog_summary,
    INITCOND = 'v1 opened=0 closed=0 quarters=',
    FINALFUNC = crmkpi.backlog_summary_final,
    COMBINEFUNC = crmkpi.backlog_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.backlog_summary(timestamptz, timestamptz)
    IS 'counts (opened, closed) by quarter of an hour; closed is NULL while the item is open';

CREATE AGGREGATE crmkpi.rollup(crmkpi.backlog_summary) (
    SFUNC = crmkpi.backlog_summary_combine,
    STYPE = crmkpi.backlog_summary,
    INITCOND = 'v1 opened=0 closed=0 quarters=',
    FINALFUNC = crmkpi.backlog_summary_final,
    COMBINEFUNC = crmkpi.backlog_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.backlog_summary) IS 'one summary of many, for example of all queues';
