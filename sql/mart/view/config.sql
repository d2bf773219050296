-- config: the settings of the mart in one row, typed, with defaults.
CREATE VIEW config WITH (security_invoker = true) AS
SELECT
    coalesce(max(value) FILTER (WHERE name = 'zone'), 'UTC') AS zone,
    coalesce(max(nullif(value, '')) FILTER (WHERE name = 'as_of')::timestamptz, now()) AS as_of,
    coalesce(max(value) FILTER (WHERE name = 'base_currency'), 'USD') AS base_currency,
    coalesce(max(value) FILTER (WHERE name = 'first_day_of_week')::integer, 1) AS first_day_of_week,
    coalesce(max(value) FILTER (WHERE name = 'golden_window')::interval, interval '5 minutes') AS golden_window,
    coalesce(max(value) FILTER (WHERE name = 'funnel_window')::interval, interval '90 days') AS funnel_window,
    coalesce(max(value) FILTER (WHERE name = 'fcr_window')::interval, interval '7 days') AS fcr_window,
    coalesce(max(value) FILTER (WHERE name = 'satisfied_from_5')::integer, 4) AS satisfied_from_5,
    coalesce(max(value) FILTER (WHERE name = 'satisfied_from_7')::integer, 6) AS satisfied_from_7,
    coalesce(max(value) FILTER (WHERE name = 'satisfied_from_10')::integer, 9) AS satisfied_from_10
FROM setting;

COMMENT ON VIEW config IS 'The settings of the mart in one row, typed, with defaults for what is not set';
COMMENT ON COLUMN config.zone IS 'time zone of days and periods';
COMMENT ON COLUMN config.as_of IS 'moment that counts as now';
COMMENT ON COLUMN config.base_currency IS 'currency of all money';
COMMENT ON COLUMN config.first_day_of_week IS '1 Monday to 7 Sunday';
COMMENT ON COLUMN config.golden_window IS 'time within which a lead should get its first answer';
COMMENT ON COLUMN config.funnel_window IS 'time within which a lead counts as converted';
COMMENT ON COLUMN config.fcr_window IS 'time after a solve without a new ticket of the customer';
COMMENT ON COLUMN config.satisfied_from_5 IS 'lowest satisfied score on scales up to 5';
COMMENT ON COLUMN config.satisfied_from_7 IS 'lowest satisfied score on scales up to 7';
COMMENT ON COLUMN config.satisfied_from_10 IS 'lowest satisfied score on scales up to 10';
