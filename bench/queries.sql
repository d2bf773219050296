-- What is measured. Queries of one block are compared with each other; in a block
--   crmkpi    is ours (the first of several is the one compared),
--   floor     is the least that any aggregate over the same rows and column can cost,
--   by hand   is what people write without us.
-- at_most: the time of crmkpi is to be at most so many times the time of this query; without it, for information.

CREATE TABLE query (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    block text NOT NULL,
    role text NOT NULL CHECK (role IN ('crmkpi', 'floor', 'by hand')),
    what text NOT NULL,
    at_most double precision,
    sql text NOT NULL,
    workers boolean NOT NULL DEFAULT false,     -- time it with two workers, too
    rows bigint,                                -- read by it
    launched integer,                           -- workers
    memory_kb integer                           -- largest resident set of its backend
);

-- All rows at once

INSERT INTO query (block, role, at_most, what, workers, sql)
SELECT block, role, at_most, what, role <> 'by hand', format('SELECT %s FROM bench', coalesce(expression, what))
FROM (VALUES
    ('nps', 'crmkpi', NULL, 'nps(score)', NULL),
    ('nps', 'floor', 1.1, 'count(score)', NULL),
    ('nps', 'by hand', 0.8, 'avg(score)', NULL),
    ('nps', 'by hand', 1.0, 'count(*) FILTER (...), 2 x', '100.0 * (count(*) FILTER (WHERE score >= 9)
        - count(*) FILTER (WHERE score <= 6)) / nullif(count(score), 0)'),
    ('nps', 'by hand', 1.0, 'avg(CASE score ...)',
        'avg(CASE WHEN score >= 9 THEN 100 WHEN score <= 6 THEN -100 ELSE 0 END)'),

    ('rate', 'crmkpi', NULL, 'rate(flag)', NULL),
    ('rate', 'floor', 1.1, 'count(flag)', NULL),
    ('rate', 'by hand', 0.8, 'avg(score)', NULL),
    ('rate', 'by hand', 1.0, 'avg(flag::int)', NULL),
    ('rate', 'by hand', 1.0, 'count(*) FILTER (...) / count(flag)',
        'count(*) FILTER (WHERE flag)::float / nullif(count(flag), 0)'),
    ('rate', 'by hand', 1.0, 'avg(CASE flag ...)', 'avg(CASE WHEN flag THEN 1.0 ELSE 0 END)'),

    ('mean duration', 'crmkpi', NULL, 'avg_resolution_time(opened, resolved)', NULL),
    ('mean duration', 'floor', NULL, 'count(resolved)', NULL),
    ('mean duration', 'by hand', 0.5, 'avg(resolved - opened)', NULL)
) plain (block, role, at_most, what, expression);

-- Percentiles; no worker can help to sort

INSERT INTO query (block, role, at_most, what, workers, sql) VALUES
    ('percentiles', 'crmkpi', NULL, 'mean, median, 90 % of 1 duration_summary', true,
        'SELECT mean(s), median(s), percentile(s, 0.9)
        FROM (SELECT duration_summary(opened, resolved) AS s FROM bench) q'),
    ('percentiles', 'floor', NULL, 'count(resolved)', true,
        'SELECT count(resolved) FROM bench'),
    ('percentiles', 'by hand', 0.5, 'percentile_cont(0.5), the median alone', false,
        'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY resolved - opened) FROM bench');

-- 100,000 groups

INSERT INTO query (block, role, at_most, what, sql)
SELECT 'groups, ' || block, role, at_most, what || ' by group',
    format('SELECT count(v) FROM (SELECT grp, %s AS v FROM bench GROUP BY grp) q', coalesce(expression, what))
FROM (VALUES
    ('nps', 'crmkpi', NULL, 'nps(score)', NULL),
    ('nps', 'floor', 1.3, 'count(score)', NULL),
    ('nps', 'by hand', NULL, 'count(*) FILTER (...), 2 x', '100.0 * (count(*) FILTER (WHERE score >= 9)
        - count(*) FILTER (WHERE score <= 6)) / nullif(count(score), 0)'),

    ('rate', 'crmkpi', NULL, 'rate(flag)', NULL),
    ('rate', 'floor', 1.3, 'count(flag)', NULL),
    ('rate', 'by hand', NULL, 'avg(flag::int)', NULL),

    ('mean', 'crmkpi', NULL, 'avg_resolution_time(...)', 'avg_resolution_time(opened, resolved)'),
    ('mean', 'floor', 1.3, 'count(resolved)', NULL),
    ('mean', 'by hand', NULL, 'avg(resolved - opened)', NULL),

    ('percentiles', 'crmkpi', NULL, 'median_resolution_time(...)', 'median_resolution_time(opened, resolved)'),
    ('percentiles', 'crmkpi', NULL, 'duration_summary(...)', 'duration_summary(opened, resolved)'),
    ('percentiles', 'floor', NULL, 'count(resolved)', NULL),
    ('percentiles', 'by hand', NULL, 'percentile_cont(0.5)',
        'percentile_cont(0.5) WITHIN GROUP (ORDER BY resolved - opened)')
) grouped (block, role, at_most, what, expression);

UPDATE query SET rows = (SELECT count(*) FROM bench);

-- The last 90 days, of each day; EXCLUDE TIES excludes nothing here, but makes PostgreSQL add up each window anew

INSERT INTO query (block, role, what, rows, sql)
SELECT 'moving window', role, what, (SELECT count(*) FROM daily),
    format('SELECT count(v) FROM (SELECT %s AS v FROM daily WINDOW w AS (ORDER BY day ROWS 89 PRECEDING%s)) q',
        expression, exclusion)
FROM (VALUES
    ('crmkpi', 'nps(rollup(s)), 90 days', 'nps(rollup(s) OVER w)', ''),
    ('floor', 'count(s), 90 days', 'count(s) OVER w', ''),
    ('by hand', 'sum(...) of stored counts, 90 days',
        '100.0 * (sum(promoters) OVER w - sum(detractors) OVER w) / nullif(sum(responses) OVER w, 0)', ''),
    ('by hand', 'nps(rollup(s)) without inverse, 90 days', 'nps(rollup(s) OVER w)', ' EXCLUDE TIES')
) windows (role, what, expression, exclusion);
