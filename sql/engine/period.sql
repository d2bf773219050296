-- ---------------------------------------------------------------------------
-- period: reporting periods (src/period.c, doc/period.md)
-- ---------------------------------------------------------------------------

CREATE FUNCTION crmkpi.period_start(day date, grain text, week_start integer DEFAULT 1) RETURNS date
    AS 'MODULE_PATHNAME', 'crmkpi_period_start' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.period_start(date, text, integer)
    IS 'first day of the day, week, month, quarter or year that holds the day; weeks start on week_start, 1 Monday to 7 Sunday';

CREATE FUNCTION crmkpi.period_add(period_start date, grain text, periods integer) RETURNS date
    AS 'MODULE_PATHNAME', 'crmkpi_period_add' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.period_add(date, text, integer)
    IS 'start of the period so many periods later (or earlier, where negative)';
