-- config: the settings of the mart in one row, typed, with defaults.
CREATE VIEW config WITH (security_invoker = true) AS
WITH value AS (
    SELECT
        coalesce(max(value) FILTER (WHERE name = 'zone'), 'UTC') AS zone,
        max(nullif(value, '')) FILTER (WHERE name = 'as_of') AS as_of,
        max(nullif(value, '')) FILTER (WHERE name = 'default_calendar') AS default_calendar,
        max(value) FILTER (WHERE name = 'base_currency') AS base_currency,
        max(value) FILTER (WHERE name = 'first_day_of_week')::integer AS first_day_of_week,
        max(value) FILTER (WHERE name = 'golden_window')::interval AS golden_window,
        max(value) FILTER (WHERE name = 'funnel_window')::interval AS funnel_window,
        max(value) FILTER (WHERE name = 'fcr_window')::interval AS fcr_window,
        max(value) FILTER (WHERE name = 'click_window')::interval AS click_window,
        max(value) FILTER (WHERE name = 'freshness_half_life')::interval AS freshness_half_life,
        max(value) FILTER (WHERE name = 'velocity_window')::interval AS velocity_window,
        max(value) FILTER (WHERE name = 'satisfied_from_5')::integer AS satisfied_from_5,
        max(value) FILTER (WHERE name = 'satisfied_from_7')::integer AS satisfied_from_7,
        max(value) FILTER (WHERE name = 'satisfied_from_10')::integer AS satisfied_from_10,
        max(value) FILTER (WHERE name = 'inactivity_window')::interval AS inactivity_window,
        max(value) FILTER (WHERE name = 'lead_cost_types') AS lead_cost_types,
        max(value) FILTER (WHERE name = 'cac_cost_types') AS cac_cost_types,
        max(value) FILTER (WHERE name = 'cac_lag_months')::integer AS cac_lag_months,
        max(value) FILTER (WHERE name = 'lifespan_cap_years')::numeric AS lifespan_cap_years,
        max(value) FILTER (WHERE name = 'discount_rate_monthly')::numeric AS discount_rate_monthly
    FROM setting
)
SELECT
    zone,
    CASE
        WHEN as_of IS NULL THEN now()
        WHEN as_of ~ ':[0-9.]+ ?(Z|[+-][0-9:]+)$' THEN as_of::timestamptz
        ELSE as_of::timestamp AT TIME ZONE zone
    END AS as_of,
    coalesce(base_currency, 'USD') AS base_currency,
    coalesce(first_day_of_week, 1) AS first_day_of_week,
    -- a day is 24 hours, whatever the zone of the session
    make_interval(secs => extract(epoch FROM coalesce(golden_window, '5 minutes'))::double precision) AS golden_window,
    make_interval(secs => extract(epoch FROM coalesce(funnel_window, '90 days'))::double precision) AS funnel_window,
    make_interval(secs => extract(epoch FROM coalesce(fcr_window, '7 days'))::double precision) AS fcr_window,
    coalesce(satisfied_from_5, 4) AS satisfied_from_5,
    coalesce(satisfied_from_7, 6) AS satisfied_from_7,
    coalesce(satisfied_from_10, 9) AS satisfied_from_10,
    default_calendar,
    make_interval(secs => extract(epoch FROM coalesce(freshness_half_life, '30 days'))::double precision)
        AS freshness_half_life,
    make_interval(secs => extract(epoch FROM coalesce(click_window, '30 days'))::double precision) AS click_window,
    make_interval(secs => extract(epoch FROM coalesce(inactivity_window, '90 days'))::double precision)
        AS inactivity_window,
    coalesce(lead_cost_types, 'media') AS lead_cost_types,
    coalesce(cac_cost_types, 'media, sales, tool') AS cac_cost_types,
    coalesce(cac_lag_months, 0) AS cac_lag_months,
    coalesce(lifespan_cap_years, 5)::numeric(5,2) AS lifespan_cap_years,
    make_interval(secs => extract(epoch FROM coalesce(velocity_window, '90 days'))::double precision) AS velocity_window,
    coalesce(discount_rate_monthly, 0.01)::numeric(9,6) AS discount_rate_monthly
FROM value;

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
COMMENT ON COLUMN config.default_calendar IS 'calendar of tickets that have none by their SLA target or agent; NULL: none';
COMMENT ON COLUMN config.click_window IS 'time after a click in a mail within which a sale is credited to the mail';
COMMENT ON COLUMN config.freshness_half_life IS 'time after which a touch with a customer is worth half';
COMMENT ON COLUMN config.inactivity_window IS 'time after a purchase for which a customer without a contract is active';
COMMENT ON COLUMN config.lead_cost_types IS 'cost types of the cost per lead, MQL, SQL and opportunity, with commas between';
COMMENT ON COLUMN config.cac_cost_types IS 'cost types of the cost of winning a customer (CAC), with commas between';
COMMENT ON COLUMN config.cac_lag_months IS 'months between the spend and the customers that it won';
COMMENT ON COLUMN config.lifespan_cap_years IS 'longest lifespan of a customer in CLV, in years';
COMMENT ON COLUMN config.velocity_window IS 'time behind the three rates of sales velocity, in whole days';
COMMENT ON COLUMN config.discount_rate_monthly IS 'share by which money is worth less a month later, in predicted_clv';
