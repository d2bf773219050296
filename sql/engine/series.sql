-- ---------------------------------------------------------------------------
-- series: forecast and control limits of a KPI
-- (src/series.c, src/series_ets.c, src/series_forecast.c, doc/series.md)
-- ---------------------------------------------------------------------------

CREATE FUNCTION crmkpi.forecast(
    series double precision[], horizon integer, season integer, confidence double precision DEFAULT 0.95,
    OUT step integer, OUT value double precision, OUT low double precision, OUT high double precision, OUT model text
) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'crmkpi_forecast' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 12;
COMMENT ON FUNCTION crmkpi.forecast(double precision[], integer, integer, double precision)
    IS 'the next values of a series by exponential smoothing, with prediction intervals; the model is chosen by AICc';

CREATE FUNCTION crmkpi.forecast_models(
    series double precision[], season integer,
    OUT model text, OUT alpha double precision, OUT beta double precision, OUT gamma double precision,
    OUT phi double precision, OUT sigma double precision, OUT parameters integer, OUT aicc double precision,
    OUT chosen boolean
) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'crmkpi_forecast_models' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000 ROWS 12;
COMMENT ON FUNCTION crmkpi.forecast_models(double precision[], integer)
    IS 'the models that forecast() chooses from, with their smoothing parameters and AICc';

CREATE FUNCTION crmkpi.control_limits(
    series double precision[],
    OUT step integer, OUT value double precision, OUT centre double precision, OUT lower double precision,
    OUT upper double precision, OUT signal text
) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'crmkpi_control_limits' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 24;
COMMENT ON FUNCTION crmkpi.control_limits(double precision[])
    IS 'XmR chart: a row per value with the natural limits, and signals beyond them and by runs of eight';
