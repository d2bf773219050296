-- period_nps: NPS by period.
--
-- In a period the latest answer of a customer counts once, so that NPS does
-- not add up over days and is taken from the answers for each grain.
CREATE VIEW period_nps WITH (security_invoker = true) AS
SELECT grain, period_start, nps_summary(score) AS nps
FROM (
    SELECT DISTINCT ON (grain, period_start, person)
        g.grain,
        period_start((s.answered_at AT TIME ZONE c.zone)::date, g.grain, c.first_day_of_week) AS period_start,
        -- answers without a name are of different people
        coalesce('customer ' || s.customer_id::text, 'survey ' || s.survey_id::text) AS person,
        s.score
    FROM survey s
    CROSS JOIN config c
    CROSS JOIN (VALUES ('day'), ('week'), ('month'), ('quarter'), ('year')) g(grain)
    WHERE s.kind = 'nps' AND s.answered_at > '-infinity' AND s.answered_at <= c.as_of
        AND s.scale_max = 10 AND s.score BETWEEN s.scale_min AND 10 AND s.scale_min IN (0, 1)
    ORDER BY grain, period_start, person, s.answered_at DESC, s.survey_id DESC
) latest
GROUP BY grain, period_start;

COMMENT ON VIEW period_nps IS 'Net Promoter Score by period (key: grain, period_start); the latest answer of a customer in the period counts once';
COMMENT ON COLUMN period_nps.grain IS 'day, week, month, quarter or year';
COMMENT ON COLUMN period_nps.period_start IS 'first day of the period';
COMMENT ON COLUMN period_nps.nps IS 'answers as promoters, passives and detractors';
