-- target: one row is one SMART target: a value that a KPI is to reach by a day.
CREATE TABLE target (
    kpi          text NOT NULL,
    scope        text NOT NULL DEFAULT '',
    starts_on    date NOT NULL,
    ends_on      date NOT NULL,
    start_value  numeric(20,6),
    target_value numeric(20,6) NOT NULL,
    PRIMARY KEY (kpi, scope, starts_on),
    CONSTRAINT target_order CHECK (ends_on > starts_on)
);

COMMENT ON TABLE target IS 'One row is one SMART target: a value that a KPI is to reach by a day.';
COMMENT ON COLUMN target.kpi IS 'KPI, by its name in kpi_catalog.';
COMMENT ON COLUMN target.scope IS 'What it holds for: the empty string for the whole company, else dimension=member, for example team=east.';
COMMENT ON COLUMN target.starts_on IS 'First day.';
COMMENT ON COLUMN target.ends_on IS 'Last day, inclusive; after starts_on.';
COMMENT ON COLUMN target.start_value IS 'Value at the start, in the unit of the KPI; NULL: counts from 0.';
COMMENT ON COLUMN target.target_value IS 'Value to reach, in the unit of the KPI.';
