-- ---------------------------------------------------------------------------
-- business_time: time inside business hours
-- (src/business_hours.c, src/business_calendar.c, src/business_time.c, doc/business_time.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/value_type.sql.in type=business_hours c=business_hours
COMMENT ON TYPE crmkpi.business_hours
    IS 'weekly opening windows, holidays and replacement days of one time zone: Mon-Fri 09:00-17:00; tz Europe/Paris; holiday 2026-05-01';

CREATE FUNCTION crmkpi.business_duration(start_at timestamptz, end_at timestamptz, hours crmkpi.business_hours)
    RETURNS interval
    AS 'MODULE_PATHNAME', 'crmkpi_business_duration' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.business_duration(timestamptz, timestamptz, crmkpi.business_hours)
    IS 'elapsed time inside the hours, as hours, never days; start after end is an error';

CREATE FUNCTION crmkpi.business_duration(active tstzmultirange, hours crmkpi.business_hours) RETURNS interval
    AS 'MODULE_PATHNAME', 'crmkpi_business_duration_ranges' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.business_duration(tstzmultirange, crmkpi.business_hours)
    IS 'elapsed time of all ranges inside the hours, as hours, never days; an open end is an error';

CREATE FUNCTION crmkpi.business_deadline(start_at timestamptz, amount interval, hours crmkpi.business_hours)
    RETURNS timestamptz
    AS 'MODULE_PATHNAME', 'crmkpi_business_deadline' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.business_deadline(timestamptz, interval, crmkpi.business_hours)
    IS 'first instant by which the amount of open time (hours, never days) has passed since the start';

CREATE FUNCTION crmkpi.is_business_time(at timestamptz, hours crmkpi.business_hours) RETURNS boolean
    AS 'MODULE_PATHNAME', 'crmkpi_is_business_time' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.is_business_time(timestamptz, crmkpi.business_hours)
    IS 'whether it is open at the instant; an opening is open, a closing is not';

CREATE FUNCTION crmkpi.business_days(from_day date, to_day date, hours crmkpi.business_hours) RETURNS integer
    AS 'MODULE_PATHNAME', 'crmkpi_business_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.business_days(date, date, crmkpi.business_hours)
    IS 'number of days with any opening, both ends included';

