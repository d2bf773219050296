-- setting: one row is one setting of the mart; every name is there from the start.
CREATE TABLE setting (
    name  text PRIMARY KEY,
    value text NOT NULL,
    CONSTRAINT setting_name CHECK (name IN (
        'zone', 'as_of', 'default_calendar', 'base_currency',
        'first_day_of_week', 'fiscal_year_start', 'inactivity_window', 'funnel_window',
        'fcr_window', 'golden_window', 'velocity_window', 'freshness_half_life', 'click_window',
        'satisfied_from_5', 'satisfied_from_7', 'satisfied_from_10', 'lead_cost_types', 'cac_cost_types',
        'cac_lag_months', 'lifespan_cap_years', 'discount_rate_monthly')),
    CONSTRAINT setting_zone CHECK (
        CASE WHEN name <> 'zone' THEN true
             WHEN value !~ '^(UTC|[A-Za-z_]+/[A-Za-z0-9_+/-]+)$' THEN false
             ELSE (timestamptz 'epoch' AT TIME ZONE value) IS NOT NULL END),
    CONSTRAINT setting_as_of CHECK (
        CASE WHEN name <> 'as_of' THEN true
             WHEN value = '' THEN true
             ELSE value ~ ('^[0-9]{4}-[0-9]{2}-[0-9]{2}'
                 || '([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?( ?(Z|[+-][0-9]{2}(:?[0-9]{2})?))?)?$')
                 AND value::timestamptz IS NOT NULL END),
    CONSTRAINT setting_base_currency CHECK (
        CASE WHEN name <> 'base_currency' THEN true
             ELSE value ~ '^[A-Z]{3}$' END),
    CONSTRAINT setting_first_day_of_week CHECK (
        CASE WHEN name <> 'first_day_of_week' THEN true
             ELSE value ~ '^[1-7]$' END),
    CONSTRAINT setting_fiscal_year_start CHECK (
        CASE WHEN name <> 'fiscal_year_start' THEN true
             ELSE value ~ '^([1-9]|1[0-2])$' END),
    CONSTRAINT setting_window CHECK (
        CASE WHEN name NOT IN (
                 'inactivity_window', 'funnel_window', 'fcr_window', 'golden_window', 'velocity_window',
                 'freshness_half_life', 'click_window') THEN true
             ELSE value::interval > interval '0' END),
    CONSTRAINT setting_satisfied_from_5 CHECK (
        CASE WHEN name <> 'satisfied_from_5' THEN true
             ELSE value ~ '^[1-5]$' END),
    CONSTRAINT setting_satisfied_from_7 CHECK (
        CASE WHEN name <> 'satisfied_from_7' THEN true
             ELSE value ~ '^[1-7]$' END),
    CONSTRAINT setting_satisfied_from_10 CHECK (
        CASE WHEN name <> 'satisfied_from_10' THEN true
             ELSE value ~ '^([1-9]|10)$' END),
    CONSTRAINT setting_cost_types CHECK (
        CASE WHEN name NOT IN ('lead_cost_types', 'cac_cost_types') THEN true
             ELSE value ~ '^(media|sales|tool|service|crm)(, *(media|sales|tool|service|crm))*$' END),
    CONSTRAINT setting_cac_lag_months CHECK (
        CASE WHEN name <> 'cac_lag_months' THEN true
             ELSE value ~ '^([0-9]|1[0-9]|2[0-4])$' END),
    CONSTRAINT setting_lifespan_cap_years CHECK (
        CASE WHEN name <> 'lifespan_cap_years' THEN true
             ELSE value ~ '^[0-9]{1,2}([.][0-9]{1,2})?$' AND value::numeric > 0 END),
    CONSTRAINT setting_discount_rate_monthly CHECK (
        CASE WHEN name <> 'discount_rate_monthly' THEN true
             ELSE value ~ '^0([.][0-9]{1,6})?$' END)
);

COMMENT ON TABLE setting IS 'One row is one setting of the mart; every name is there from the start.';
COMMENT ON COLUMN setting.name IS 'Name of the setting; the mart knows a fixed list of names.';
COMMENT ON COLUMN setting.value IS 'Value, as text: zone (IANA name of the reporting zone); as_of (moment that counts as now, in the zone of the mart where it has no offset; empty: now()); default_calendar (calendar_id, empty: none); base_currency (ISO 4217); first_day_of_week (1 Monday .. 7 Sunday); fiscal_year_start (month 1..12); inactivity_window, funnel_window, fcr_window, golden_window, velocity_window, freshness_half_life (intervals above 0); satisfied_from_5, satisfied_from_7, satisfied_from_10 (lowest score that counts as satisfied on scales that end in 5, 7, 10); lead_cost_types, cac_cost_types (cost types, with commas between); cac_lag_months (0 to 24); lifespan_cap_years (above 0); discount_rate_monthly (0 to below 1).';

INSERT INTO setting (name, value) VALUES
    ('zone', 'UTC'),
    ('as_of', ''),
    ('default_calendar', ''),
    ('base_currency', 'USD'),
    ('first_day_of_week', '1'),
    ('fiscal_year_start', '1'),
    ('inactivity_window', '90 days'),
    ('funnel_window', '90 days'),
    ('fcr_window', '7 days'),
    ('golden_window', '5 minutes'),
    ('velocity_window', '90 days'),
    ('freshness_half_life', '30 days'),
    ('click_window', '30 days'),
    ('satisfied_from_5', '4'),
    ('satisfied_from_7', '6'),
    ('satisfied_from_10', '9'),
    ('lead_cost_types', 'media'),
    ('cac_cost_types', 'media, sales, tool'),
    ('cac_lag_months', '0'),
    ('lifespan_cap_years', '5'),
    ('discount_rate_monthly', '0.01');
