-- ---------------------------------------------------------------------------
-- visits: the history of the status of one ticket, opportunity or lead
-- (src/visits.c, src/visits_history.c, doc/visits.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/summary_type.sql.in family=visit
COMMENT ON TYPE crmkpi.visit_summary IS 'changes of status of one ticket, opportunity or lead, in order';

CREATE FUNCTION crmkpi.visit_summary_final(crmkpi.visit_summary) RETURNS crmkpi.visit_summary
    AS 'MODULE_PATHNAME', 'crmkpi_visit_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.visit_summary_final(crmkpi.visit_summary) IS 'aggregate final function';

-- Accessors: what happened

CREATE FUNCTION crmkpi.changes(summary crmkpi.visit_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_visit_changes' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.changes(crmkpi.visit_summary) IS 'number of changes of status';

CREATE FUNCTION crmkpi.touches(summary crmkpi.visit_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_visit_touches' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.touches(crmkpi.visit_summary)
    IS 'number of changes made by a known agent; NULL for a history without agents';

CREATE FUNCTION crmkpi.handoffs(summary crmkpi.visit_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_visit_handoffs' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.handoffs(crmkpi.visit_summary)
    IS 'how often a known agent is another one than the known agent before; NULL for a history without agents';

CREATE FUNCTION crmkpi.category(summary crmkpi.visit_summary) RETURNS text
    AS 'MODULE_PATHNAME', 'crmkpi_visit_category' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.category(crmkpi.visit_summary) IS 'category after the last change; NULL without changes';

CREATE FUNCTION crmkpi.is_done(summary crmkpi.visit_summary) RETURNS boolean
    AS 'MODULE_PATHNAME', 'crmkpi_visit_is_done' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.is_done(crmkpi.visit_summary)
    IS 'whether it is solved, closed, won or lost after the last change; NULL without changes';

CREATE FUNCTION crmkpi.first_solve(summary crmkpi.visit_summary) RETURNS timestamptz
    AS 'MODULE_PATHNAME', 'crmkpi_visit_first_solve' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.first_solve(crmkpi.visit_summary)
    IS 'when it was first solved, closed, won or lost; NULL if never';

CREATE FUNCTION crmkpi.last_solve(summary crmkpi.visit_summary) RETURNS timestamptz
    AS 'MODULE_PATHNAME', 'crmkpi_visit_last_solve' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.last_solve(crmkpi.visit_summary)
    IS 'since when it is solved, closed, won or lost; NULL if it is not, also while it is reopened';

CREATE FUNCTION crmkpi.reopens(summary crmkpi.visit_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_visit_reopens' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.reopens(crmkpi.visit_summary)
    IS 'how often it went from solved, closed, won or lost to another category';

-- Accessors: how long

CREATE FUNCTION crmkpi.duration_in(summary crmkpi.visit_summary, category text, until timestamptz) RETURNS interval
    AS 'MODULE_PATHNAME', 'crmkpi_visit_duration_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.duration_in(crmkpi.visit_summary, text, timestamptz)
    IS 'time spent in a category until then, in hours; NULL without changes';

CREATE FUNCTION crmkpi.active_times(summary crmkpi.visit_summary, opened_at timestamptz, until timestamptz)
    RETURNS tstzmultirange
    AS 'MODULE_PATHNAME', 'crmkpi_visit_active_times' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.active_times(crmkpi.visit_summary, timestamptz, timestamptz)
    IS 'when it was new or open, from opened_at until then; it is new before the first change';

CREATE FUNCTION crmkpi.open_times(summary crmkpi.visit_summary, opened_at timestamptz, until timestamptz)
    RETURNS tstzmultirange
    AS 'MODULE_PATHNAME', 'crmkpi_visit_open_times' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.open_times(crmkpi.visit_summary, timestamptz, timestamptz)
    IS 'when it was new, open, pending or on hold, from opened_at until then; it is new before the first change';

CREATE FUNCTION crmkpi.active_duration(summary crmkpi.visit_summary, opened_at timestamptz, until timestamptz)
    RETURNS interval
    AS 'MODULE_PATHNAME', 'crmkpi_visit_active_duration' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.active_duration(crmkpi.visit_summary, timestamptz, timestamptz)
    IS 'total_duration(active_times(...)) in one step: hours it was new or open';

CREATE FUNCTION crmkpi.active_duration(
    summary crmkpi.visit_summary, opened_at timestamptz, until timestamptz, hours crmkpi.business_hours
) RETURNS interval
    AS 'MODULE_PATHNAME', 'crmkpi_visit_active_duration_hours' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.active_duration(crmkpi.visit_summary, timestamptz, timestamptz, crmkpi.business_hours)
    IS 'business_duration(active_times(...), hours) in one step: business hours it was new or open';

CREATE FUNCTION crmkpi.pauses(summary crmkpi.visit_summary, until timestamptz) RETURNS tstzmultirange
    AS 'MODULE_PATHNAME', 'crmkpi_visit_pauses' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.pauses(crmkpi.visit_summary, timestamptz) IS 'when it was pending or on hold, until then';

CREATE FUNCTION crmkpi.visits_until(summary crmkpi.visit_summary, at timestamptz) RETURNS crmkpi.visit_summary
    AS 'MODULE_PATHNAME', 'crmkpi_visit_until' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.visits_until(crmkpi.visit_summary, timestamptz)
    IS 'the history as it was known then: the changes up to and at that moment';

CREATE FUNCTION crmkpi.total_duration(times tstzmultirange) RETURNS interval
    AS 'MODULE_PATHNAME', 'crmkpi_total_duration' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.total_duration(tstzmultirange)
    IS 'sum of the lengths of all ranges, in hours; 0 if there is none';

-- Aggregates. The transition functions are not STRICT: a NULL seq counts as 0, a NULL agent is nobody known.

--@ for c/args in visit_accum/timestamptz,integer,text visit_accum_agent/timestamptz,integer,text,text
CREATE FUNCTION crmkpi.visit_accum(crmkpi.visit_summary, @args@) RETURNS crmkpi.visit_summary
    AS 'MODULE_PATHNAME', 'crmkpi_@c@' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.visit_accum(crmkpi.visit_summary, @args@) IS 'aggregate transition function';

CREATE AGGREGATE crmkpi.visits(@args@) (
    SFUNC = crmkpi.visit_accum,
    STYPE = crmkpi.visit_summary,
    INITCOND = 'v1 agents=unknown events=',
    FINALFUNC = crmkpi.visit_summary_final,
    COMBINEFUNC = crmkpi.visit_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.visits(@args@)
    IS 'history of one item from (changed_at, seq, category) or (changed_at, seq, category, agent), in any order';

--@ end
CREATE AGGREGATE crmkpi.rollup(crmkpi.visit_summary) (
    SFUNC = crmkpi.visit_summary_combine,
    STYPE = crmkpi.visit_summary,
    INITCOND = 'v1 agents=unknown events=',
    FINALFUNC = crmkpi.visit_summary_final,
    COMBINEFUNC = crmkpi.visit_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.visit_summary) IS 'one history from the parts of the history of one item';
