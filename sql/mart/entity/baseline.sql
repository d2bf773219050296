-- baseline: one row is the state of a KPI before the CRM programme, which ROI compares with.
CREATE TABLE baseline (
    kpi               text NOT NULL,
    scope             text NOT NULL DEFAULT '',
    from_day          date NOT NULL,
    to_day            date NOT NULL,
    value             numeric(20,6),
    yearly_unit_value numeric(19,4),
    PRIMARY KEY (kpi, scope),
    CONSTRAINT baseline_order CHECK (to_day >= from_day)
);

COMMENT ON TABLE baseline IS 'One row is the state of a KPI before the CRM programme, which ROI compares with.';
COMMENT ON COLUMN baseline.kpi IS 'KPI, by its name in kpi_catalog.';
COMMENT ON COLUMN baseline.scope IS 'What it holds for: the empty string for the whole company, else dimension=member, for example team=east.';
COMMENT ON COLUMN baseline.from_day IS 'First day of the period before.';
COMMENT ON COLUMN baseline.to_day IS 'Last day of the period before, inclusive.';
COMMENT ON COLUMN baseline.value IS 'Value of the KPI in that period, in its unit; NULL: computed from the data of the mart.';
COMMENT ON COLUMN baseline.yearly_unit_value IS 'What one more unit of the KPI is worth in a year, in the base currency; negative where lower is better.';
