-- target_progress: does each target come within reach in time?
--
-- A sum (revenue, calls) is to grow over the span of the target: by the calendar, or as it grew in the same span of
-- the year before where that is known. A rate or a mean is to go from its start in a straight line, and to hold the
-- target all the time where no start is given. Shares of what was expected decide on the status.
CREATE VIEW target_progress WITH (security_invoker = true) AS
WITH part AS MATERIALIZED (
    SELECT kpi, day, agent_id, adds_as, numerator, denominator
    FROM daily_kpi
    WHERE kpi IN (SELECT kpi FROM target)
), known AS (
    SELECT kpi, adds_as, min(day) AS first_day FROM part GROUP BY kpi, adds_as
    UNION ALL
    SELECT 'nps', 'ratio', NULL
), goal AS MATERIALIZED (
    SELECT t.kpi, t.scope, t.starts_on, t.ends_on, t.start_value AS start, t.target_value AS target,
        a.unit, a.direction, k.adds_as, k.first_day, d.today, least(t.ends_on, d.today) AS to_day, d.previous_on,
        least(greatest(extract(epoch FROM c.as_of - (t.starts_on::timestamp AT TIME ZONE c.zone))
            / extract(epoch FROM ((t.ends_on + 1)::timestamp AT TIME ZONE c.zone)
                - (t.starts_on::timestamp AT TIME ZONE c.zone)), 0), 1) AS elapsed
    FROM target t
    CROSS JOIN config c
    LEFT JOIN kpi_catalog a ON a.kpi = t.kpi
    LEFT JOIN known k ON k.kpi = t.kpi
    -- before a span of whole months there is one of as many months
    CROSS JOIN LATERAL (
        SELECT (c.as_of AT TIME ZONE c.zone)::date AS today,
            CASE WHEN extract(day FROM t.starts_on) = 1 AND extract(day FROM t.ends_on + 1) = 1
                 THEN (t.starts_on - age((t.ends_on + 1)::timestamp, t.starts_on::timestamp))::date
                 ELSE t.starts_on - (t.ends_on - t.starts_on + 1) END AS previous_on
    ) d
    -- a mapped view may hold anything
    WHERE t.starts_on BETWEEN '0100-01-01' AND '9000-01-01' AND t.ends_on BETWEEN t.starts_on AND '9000-01-01'
), span AS (
    -- 0 this one, 1 the one before, 2 a year ago, each up to the same day; 3 a year ago as a whole
    SELECT g.kpi, g.scope, g.starts_on, g.adds_as, s.span_no, s.from_day, s.to_day
    FROM goal g
    CROSS JOIN LATERAL (VALUES
        (0, g.starts_on, g.to_day),
        (1, g.previous_on, CASE WHEN g.to_day = g.ends_on THEN g.starts_on - 1
            ELSE least(g.previous_on + (g.to_day - g.starts_on), g.starts_on - 1) END),
        (2, (g.starts_on - interval '1 year')::date, (g.to_day - interval '1 year')::date),
        (3, (g.starts_on - interval '1 year')::date, (g.ends_on - interval '1 year')::date)
    ) s(span_no, from_day, to_day)
    WHERE g.to_day >= g.starts_on
), person AS (
    SELECT agent_id::text AS agent_id, 'agent=' || agent_id::text AS scope FROM agent
    UNION ALL
    SELECT agent_id::text, 'team=' || team FROM agent
), found AS (
    SELECT s.kpi, s.scope, s.starts_on, s.span_no,
        CASE s.adds_as WHEN 'last' THEN sum(p.numerator) FILTER (WHERE p.day = s.to_day) ELSE sum(p.numerator) END AS part,
        sum(p.denominator) AS whole
    FROM span s
    JOIN part p ON p.kpi = s.kpi AND p.day BETWEEN s.from_day AND s.to_day
    WHERE s.scope = '' OR EXISTS (SELECT FROM person w WHERE w.scope = s.scope AND w.agent_id = p.agent_id)
    GROUP BY s.kpi, s.scope, s.starts_on, s.span_no, s.adds_as
    UNION ALL
    -- the latest answer of a customer counts once, so that days do not add up
    SELECT kpi, scope, starts_on, span_no, nps(nps_summary(score))::numeric * responses(nps_summary(score)),
        responses(nps_summary(score))
    FROM (
        SELECT DISTINCT ON (s.starts_on, s.span_no, person) s.kpi, s.scope, s.starts_on, s.span_no, v.score,
            coalesce('customer ' || v.customer_id::text, 'survey ' || v.survey_id::text) AS person
        FROM span s
        CROSS JOIN config c
        JOIN survey v ON v.kind = 'nps' AND v.answered_at > '-infinity' AND v.answered_at <= c.as_of
            AND v.scale_max = 10 AND v.score BETWEEN v.scale_min AND 10 AND v.scale_min IN (0, 1)
            AND (v.answered_at AT TIME ZONE c.zone)::date BETWEEN s.from_day AND s.to_day
        WHERE s.kpi = 'nps' AND s.scope = ''
        ORDER BY s.starts_on, s.span_no, person, v.answered_at DESC, v.survey_id DESC
    ) latest
    GROUP BY kpi, scope, starts_on, span_no
), value AS (
    SELECT kpi, scope, starts_on,
        max(part) FILTER (WHERE span_no = 0) AS part, max(whole) FILTER (WHERE span_no = 0) AS whole,
        max(v) FILTER (WHERE span_no = 0) AS actual,
        max(v) FILTER (WHERE span_no = 1) AS previous,
        max(v) FILTER (WHERE span_no = 2) AS year_before,
        max(v) FILTER (WHERE span_no = 3) AS whole_year_before
    FROM (SELECT f.*, CASE WHEN f.whole IS NULL THEN f.part ELSE f.part / nullif(f.whole, 0) END AS v FROM found f) f
    GROUP BY kpi, scope, starts_on
), plan AS (
    SELECT g.*, v.part, v.whole, v.previous, v.year_before,
        -- nothing sold yet is 0
        coalesce(v.actual, CASE WHEN g.adds_as = 'sum' AND g.today >= g.starts_on
            AND (g.scope = '' OR EXISTS (SELECT FROM person w WHERE w.scope = g.scope)) THEN 0 END) AS actual,
        coalesce(g.start, 0) AS base,
        CASE WHEN g.start IS NOT NULL AND g.target <> g.start THEN g.target > g.start
             ELSE g.direction IS DISTINCT FROM 'lower' END AS rises,
        CASE WHEN g.adds_as IS DISTINCT FROM 'sum' AND g.start IS NULL THEN 'hold'
             WHEN g.adds_as = 'sum' AND v.whole_year_before > 0 AND v.year_before >= 0
                 AND g.first_day <= (g.starts_on - interval '1 year')::date + 7 THEN 'year before'
             ELSE 'calendar' END AS profile,
        v.year_before / nullif(v.whole_year_before, 0) AS year_share
    FROM goal g
    LEFT JOIN value v USING (kpi, scope, starts_on)
), expectation AS (
    SELECT p.*, s.share, p.base + (p.target - p.base) * s.share AS expected
    FROM plan p
    CROSS JOIN LATERAL (
        SELECT CASE WHEN p.elapsed = 1 OR p.profile = 'hold' THEN 1
                    WHEN p.profile = 'calendar' THEN p.elapsed
                    ELSE least(p.year_share, 1) END AS share
    ) s
)
SELECT
    kpi, scope, starts_on, ends_on, unit, direction, elapsed = 1 AS is_complete,
    start::numeric(20,6) AS start, target::numeric(20,6) AS target, actual::numeric(20,6) AS actual,
    part::numeric(28,6) AS numerator, whole::numeric(28,6) AS denominator,
    elapsed::numeric(9,6) AS elapsed_ratio,
    profile,
    share::numeric(9,6) AS expected_ratio,
    expected::numeric(20,6) AS expected,
    r.progress::numeric(9,6) AS progress_ratio,
    r.attainment::numeric(9,6) AS attainment_ratio,
    CASE WHEN today < starts_on THEN 'not started'
         WHEN actual IS NULL THEN 'no data'
         WHEN CASE WHEN rises THEN actual >= expected ELSE actual <= expected END THEN 'on track'
         WHEN abs(actual - expected) <= 0.1 * abs(CASE WHEN target = base THEN target ELSE expected - base END) THEN 'at risk'
         ELSE 'off track' END AS status,
    previous::numeric(20,6) AS previous,
    r.growth::numeric(9,6) AS growth_ratio,
    year_before::numeric(20,6) AS year_before,
    r.year_growth::numeric(9,6) AS year_growth_ratio
FROM expectation
CROSS JOIN LATERAL (
    -- numbers that mean nothing are kept within the type
    SELECT max(least(greatest(v.ratio, -999.999999), 999.999999)) FILTER (WHERE v.name = 'progress') AS progress,
        max(least(greatest(v.ratio, -999.999999), 999.999999)) FILTER (WHERE v.name = 'attainment') AS attainment,
        max(least(greatest(v.ratio, -999.999999), 999.999999)) FILTER (WHERE v.name = 'growth') AS growth,
        max(least(greatest(v.ratio, -999.999999), 999.999999)) FILTER (WHERE v.name = 'year growth') AS year_growth
    FROM (VALUES
        ('progress', CASE WHEN start IS NOT NULL OR rises THEN (actual - base) / nullif(target - base, 0) END),
        ('attainment', CASE WHEN rises THEN actual / nullif(expected, 0) ELSE expected / nullif(actual, 0) END),
        ('growth', CASE WHEN previous > 0 THEN (actual - previous) / previous END),
        ('year growth', CASE WHEN year_before > 0 THEN (actual - year_before) / year_before END)
    ) v(name, ratio)
    WHERE v.ratio IS NOT NULL
) r;

COMMENT ON VIEW target_progress IS 'Every target with what was reached, what was expected by now, and growth, as of now (key: kpi, scope, starts_on)';
COMMENT ON COLUMN target_progress.kpi IS 'KPI, by its name in kpi_catalog';
COMMENT ON COLUMN target_progress.scope IS 'what it holds for: the empty string for the whole company, agent=ID or team=NAME';
COMMENT ON COLUMN target_progress.starts_on IS 'first day of the target';
COMMENT ON COLUMN target_progress.ends_on IS 'last day of the target';
COMMENT ON COLUMN target_progress.unit IS 'unit of the KPI; NULL: it is not in kpi_catalog';
COMMENT ON COLUMN target_progress.direction IS 'whether higher or lower is better, or neutral';
COMMENT ON COLUMN target_progress.is_complete IS 'whether the last day is over';
COMMENT ON COLUMN target_progress.start IS 'value at the start; NULL: sums count from 0, rates and means are to hold the target from the first day';
COMMENT ON COLUMN target_progress.target IS 'value to reach';
COMMENT ON COLUMN target_progress.actual IS 'value of the KPI from the first day to the last, or to as_of; NULL: no data, or a KPI or scope that daily_kpi does not have';
COMMENT ON COLUMN target_progress.numerator IS 'its numerator: of a mean the sum, of NPS 100 x (promoters - detractors)';
COMMENT ON COLUMN target_progress.denominator IS 'its denominator; NULL of a sum and of a stock';
COMMENT ON COLUMN target_progress.elapsed_ratio IS 'share of its time that is over';
COMMENT ON COLUMN target_progress.profile IS 'how it is expected to be reached: calendar (evenly), year before (as the sum grew then), or hold (a rate or mean without a start)';
COMMENT ON COLUMN target_progress.expected_ratio IS 'share of the way from start to target expected by now';
COMMENT ON COLUMN target_progress.expected IS 'value expected by now: start + (target - start) x expected_ratio; the target prorated';
COMMENT ON COLUMN target_progress.progress_ratio IS '(actual - start) / (target - start), to compare with expected_ratio; within 1000';
COMMENT ON COLUMN target_progress.attainment_ratio IS 'actual / expected, or expected / actual where lower is better: from 1 on it is met; within 1000';
COMMENT ON COLUMN target_progress.status IS 'on track (what was expected is reached), at risk (up to a tenth of the way short), off track, no data, not started';
COMMENT ON COLUMN target_progress.previous IS 'value in the span of the same length before, up to the same day';
COMMENT ON COLUMN target_progress.growth_ratio IS '(actual - previous) / previous where previous > 0; within 1000';
COMMENT ON COLUMN target_progress.year_before IS 'value in the same span of the year before, up to the same day';
COMMENT ON COLUMN target_progress.year_growth_ratio IS '(actual - year_before) / year_before where year_before > 0; within 1000';
