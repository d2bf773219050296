-- What is measured. Queries of one block are compared with each other; in a block
--   crmkpi    is ours (the first of several is the one compared),
--   floor     is the least that any aggregate over the same rows and column can cost,
--   by hand   is what people write without us.

CREATE TABLE query (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    block text NOT NULL,
    role text NOT NULL CHECK (role IN ('crmkpi', 'floor', 'by hand')),
    what text NOT NULL,
    data text NOT NULL DEFAULT 'table',         -- the file here that makes what it reads
    source text NOT NULL DEFAULT 'bench',       -- the table of it whose rows it reads
    -- Targets; without one it is for information.
    at_most double precision,                   -- the time of crmkpi is to be so many times the time of this query
    at_most_seconds double precision,           -- the time of this query
    at_most_mb double precision,                -- the largest resident set of its backend
    -- How it is run.
    sql text NOT NULL,
    workers boolean NOT NULL DEFAULT false,     -- time it with two workers, too
    speed_up_at_least double precision NOT NULL DEFAULT 1.7,    -- of crmkpi, by these
    work_mem text NOT NULL DEFAULT '1GB',
    runs integer,                               -- time it at most so often
    agrees boolean NOT NULL DEFAULT false,      -- one row of numbers, the same in all of these of a block
    -- What is found out.
    rows bigint,                                -- read by it
    result double precision[],                  -- its row, if it is to agree
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

-- The last 90 days, of each day; EXCLUDE TIES excludes nothing here, but makes PostgreSQL add up each window anew

INSERT INTO query (block, role, what, source, sql)
SELECT 'moving window', role, what, 'daily',
    format('SELECT count(v) FROM (SELECT %s AS v FROM daily WINDOW w AS (ORDER BY day ROWS 89 PRECEDING%s)) q',
        expression, exclusion)
FROM (VALUES
    ('crmkpi', 'nps(rollup(s)), 90 days', 'nps(rollup(s) OVER w)', ''),
    ('floor', 'count(s), 90 days', 'count(s) OVER w', ''),
    ('by hand', 'sum(...) of stored counts, 90 days',
        '100.0 * (sum(promoters) OVER w - sum(detractors) OVER w) / nullif(sum(responses) OVER w, 0)', ''),
    ('by hand', 'nps(rollup(s)) without inverse, 90 days', 'nps(rollup(s) OVER w)', ' EXCLUDE TIES')
) windows (role, what, expression, exclusion);

-- Business time. The form with open_day holds for any windows, holidays and shifts of clocks, as ours does; the one by
-- days of UTC only where no window spans midnight in UTC. The expression knows neither holidays, lunch nor Saturdays.

INSERT INTO query (block, role, at_most, what, data, source, agrees, sql)
SELECT 'business time', role, at_most, what, 'spans', 'span', agrees, sql
FROM (VALUES
    ('crmkpi', NULL, 'avg_resolution_time(opened, resolved, hours)', true,
        'SELECT extract(epoch FROM avg_resolution_time(opened, resolved, (SELECT hours FROM office)))
        FROM span'),
    ('crmkpi', NULL, 'mean of duration_summary(..., hours)', true,
        'SELECT extract(epoch FROM mean(duration_summary(opened, resolved, (SELECT hours FROM office))))
        FROM span'),
    ('floor', NULL, 'count(resolved)', false,
        'SELECT count(resolved) FROM span'),
    ('by hand', 1.0, 'avg(resolved - opened), elapsed time', false,
        'SELECT avg(resolved - opened) FROM span'),
    ('by hand', 0.143, 'joined twice with prepared local days', true, format('
        SELECT avg(
                e.open_before + greatest(least(ended, e.close_1) - e.open_1, 0)
                              + greatest(least(ended, e.close_2) - e.open_2, 0)
            - ( b.open_before + greatest(least(begun, b.close_1) - b.open_1, 0)
                              + greatest(least(begun, b.close_2) - b.open_2, 0))
        )
        FROM (%s) times JOIN open_day b ON b.day = begun_day JOIN open_day e ON e.day = ended_day',
        -- OFFSET 0 has these computed once for each row
        'SELECT date_part(''epoch'', opened) AS begun, date_part(''epoch'', resolved) AS ended,
            (opened AT TIME ZONE ''America/New_York'')::date AS begun_day,
            (resolved AT TIME ZONE ''America/New_York'')::date AS ended_day
        FROM span
        OFFSET 0')),
    ('by hand', NULL, 'the same by UTC days, right for such hours only', true, format('
        SELECT avg(
                e.open_before + greatest(least(ended, e.close_1) - e.open_1, 0)
                              + greatest(least(ended, e.close_2) - e.open_2, 0)
            - ( b.open_before + greatest(least(begun, b.close_1) - b.open_1, 0)
                              + greatest(least(begun, b.close_2) - b.open_2, 0))
        )
        FROM (%s) times JOIN open_day b ON b.day = begun_day JOIN open_day e ON e.day = ended_day',
        -- the zone of the session is UTC
        'SELECT date_part(''epoch'', opened) AS begun, date_part(''epoch'', resolved) AS ended,
            opened::date AS begun_day, resolved::date AS ended_day
        FROM span
        OFFSET 0'))
) business (role, at_most, what, agrees, sql);

-- In hours: 45 for each week, 9 for each day of it up to Friday, and those from 9:00 on at both ends.
INSERT INTO query (block, role, at_most, what, data, source, sql)
SELECT 'business time', 'by hand', at_most, what, 'spans', 'span', format('
    SELECT 3600 * avg(
        45 * extract(epoch FROM date_trunc(''week'', ended) - date_trunc(''week'', begun)) / 604800
        + 9 * (least(extract(isodow FROM ended), 6) - least(extract(isodow FROM begun), 6))
        + CASE WHEN extract(isodow FROM ended) < 6
            THEN least(greatest(extract(epoch FROM ended - date_trunc(''day'', ended)) / 3600, 9), 18) - 9 ELSE 0 END
        - CASE WHEN extract(isodow FROM begun) < 6
            THEN least(greatest(extract(epoch FROM begun - date_trunc(''day'', begun)) / 3600, 9), 18) - 9 ELSE 0 END)
    FROM (
        SELECT opened AT TIME ZONE ''America/New_York'' AS begun, resolved AT TIME ZONE ''America/New_York'' AS ended
        FROM span
        %s
    ) local', fence)
FROM (VALUES
    (0.0333, 'arithmetic in one expression, Mon-Fri 9-18', ''),
    (NULL, 'the same, local times computed once', 'OFFSET 0')
) expression (at_most, what, fence);

INSERT INTO query (block, role, what, data, source, agrees, sql) VALUES
    ('business time, small', 'crmkpi', 'avg_resolution_time(opened, resolved, hours)', 'spans', 'span_small', true,
        'SELECT extract(epoch FROM avg_resolution_time(opened, resolved, (SELECT hours FROM office)))
        FROM span_small'),
    ('business time, small', 'floor', 'count(resolved)', 'spans', 'span_small', false,
        'SELECT count(resolved) FROM span_small'),
    ('business time, small', 'by hand', 'generate_series of the days of each ticket', 'spans', 'span_small', true, '
        SELECT extract(epoch FROM sum(
            greatest(least(resolved, (day + close) AT TIME ZONE ''America/New_York'')
                - greatest(opened, (day + open) AT TIME ZONE ''America/New_York''), ''0''))
            ) / (SELECT count(resolved) FROM span_small)
        FROM span_small
        CROSS JOIN generate_series(date_trunc(''day'', opened AT TIME ZONE ''America/New_York''),
            resolved AT TIME ZONE ''America/New_York'', ''1 day'') day
        JOIN (VALUES
            (1, 5, interval ''9:00'', interval ''12:30''), (1, 5, ''13:30'', ''18:00''), (6, 6, ''9:00'', ''12:00'')
        ) week (first_day, last_day, open, close) ON extract(isodow FROM day) BETWEEN first_day AND last_day
        WHERE day::date NOT IN (SELECT holiday.day FROM holiday)');

-- The queue of two years, at the end of each day

INSERT INTO query (block, role, at_most, what, data, source, agrees, sql)
SELECT 'backlog' || part, role, at_most, what, 'spans', source, role <> 'floor', format(sql, source)
FROM (VALUES
    ('', 'span'),
    (', small', 'span_small')
) size (part, source)
JOIN (VALUES
    (NULL, 'crmkpi', NULL, 'backlog(...) of 1 backlog_summary, 730 days', '
        SELECT sum(open_items)
        FROM (SELECT backlog_summary(opened, resolved) AS s FROM %1$s) q
        CROSS JOIN backlog(s, ''2023-01-01'', ''2024-12-30'', ''America/New_York'')'),
    ('', 'floor', 2.0, 'count(*)', '
        SELECT count(*) FROM %1$s'),
    (', small', 'floor', NULL, 'count(*)', '
        SELECT count(*) FROM %1$s'),
    (', small', 'by hand', 0.02, 'join with each of the 730 days', '
        SELECT sum(open_items)
        FROM (
            SELECT day_end, count(*) AS open_items
            FROM (
                SELECT day AT TIME ZONE ''America/New_York'' AS day_end
                FROM generate_series(timestamp ''2023-01-02'', ''2024-12-31'', ''1 day'') day
                OFFSET 0
            ) days
            JOIN %1$s ON opened < day_end AND (resolved >= day_end OR resolved IS NULL)
            GROUP BY day_end
        ) q'),
    ('', 'by hand', NULL, 'running sum of what came and went by day', '
        SELECT sum(open_items)
        FROM (
            SELECT day, sum(sum(change)) OVER (ORDER BY day) AS open_items
            FROM (
                SELECT (opened AT TIME ZONE ''America/New_York'')::date AS day, 1 AS change FROM %1$s
                UNION ALL
                SELECT (resolved AT TIME ZONE ''America/New_York'')::date, -1 FROM %1$s WHERE resolved IS NOT NULL
                UNION ALL
                SELECT day::date, 0 FROM generate_series(timestamp ''2023-01-01'', ''2024-12-30'', ''1 day'') day
            ) changes
            GROUP BY day
        ) q
        WHERE day BETWEEN ''2023-01-01'' AND ''2024-12-30''')
) backlogs (only_in, role, at_most, what, sql) ON only_in IS NULL OR only_in = part
ORDER BY part, role <> 'crmkpi', role = 'by hand';

-- The history of each ticket: when it was solved first and last, how often it was reopened, how long it was pending

INSERT INTO query (block, role, at_most, what, data, source, agrees, sql)
SELECT 'visits', role, at_most, what, 'tickets', 'change', role <> 'floor' AND what NOT LIKE '%alone', sql
FROM (VALUES
    ('crmkpi', NULL, 'visits(...) by ticket, and 4 answers of it', '
        SELECT count(first_solve), extract(epoch FROM sum(last_solve - first_solve)), sum(reopens),
            extract(epoch FROM sum(pending))
        FROM (
            SELECT first_solve(s), last_solve(s), reopens(s), duration_in(s, ''pending'', ''2026-01-01'') AS pending
            FROM (SELECT visits(changed_at, seq, category, agent_id) AS s FROM change GROUP BY ticket_id OFFSET 0) h
        ) q'),
    ('crmkpi', NULL, 'visits(...) by ticket, alone', '
        SELECT count(s)
        FROM (SELECT visits(changed_at, seq, category, agent_id) AS s FROM change GROUP BY ticket_id) h'),
    ('floor', 2.0, 'max(changed_at) by ticket', '
        SELECT count(s) FROM (SELECT max(changed_at) AS s FROM change GROUP BY ticket_id) h'),
    ('by hand', 0.5, 'lag(), lead() OVER (...), then GROUP BY', '
        SELECT count(first_solve), extract(epoch FROM sum(last_solve - first_solve)), sum(reopens),
            extract(epoch FROM sum(pending))
        FROM (
            SELECT
                min(changed_at) FILTER (WHERE done) AS first_solve,
                CASE WHEN bool_or(done AND next_at IS NULL)
                    THEN max(changed_at) FILTER (WHERE done AND was_done IS NOT TRUE) END AS last_solve,
                count(*) FILTER (WHERE NOT done AND was_done) AS reopens,
                sum(coalesce(next_at, ''2026-01-01'') - changed_at) FILTER (WHERE category = ''pending'') AS pending
            FROM (
                SELECT ticket_id, changed_at, category, done,
                    lag(done) OVER history AS was_done, lead(changed_at) OVER history AS next_at
                FROM (SELECT *, category IN (''solved'', ''closed'', ''won'', ''lost'') AS done FROM change) c
                WINDOW history AS (PARTITION BY ticket_id ORDER BY changed_at, seq)
            ) changes
            GROUP BY ticket_id
        ) q')
) histories (role, at_most, what, sql);

-- Five years by month of each branch: the next year, and what stands out. By hand there is no fit: the value of a year
-- ago, and the limits alone, without runs.

INSERT INTO query (block, role, at_most_seconds, what, data, source, sql) VALUES
    ('forecast', 'crmkpi', 5, 'forecast(months, 12, 12)', 'series', 'kpi_series',
        'SELECT count(*), sum(value) FROM kpi_series, forecast(months, 12, 12)'),
    ('forecast', 'floor', NULL, 'unnest(months)', 'series', 'kpi_series',
        'SELECT count(*), sum(value) FROM kpi_series, unnest(months) value'),
    ('forecast', 'by hand', NULL, 'the value of a year ago', 'series', 'kpi_series',
        'SELECT count(*), sum(months[48 + step]) FROM kpi_series, generate_series(1, 12) step'),
    ('control limits', 'crmkpi', NULL, 'control_limits(months)', 'series', 'kpi_series',
        'SELECT count(*), count(signal), sum(upper) FROM kpi_series, control_limits(months)'),
    ('control limits', 'floor', NULL, 'unnest(months)', 'series', 'kpi_series',
        'SELECT count(*), sum(value) FROM kpi_series, unnest(months) value'),
    ('control limits', 'by hand', NULL, 'avg(), lag() OVER (...)', 'series', 'kpi_series', '
        SELECT count(*), count(*) FILTER (WHERE abs(value - centre) > 2.66 * mean_range), sum(centre + 2.66 * mean_range)
        FROM (
            SELECT branch, value, avg(value) OVER series AS centre, avg(range) OVER series AS mean_range
            FROM (
                SELECT branch, value, abs(value - lag(value) OVER (PARTITION BY branch ORDER BY step)) AS range
                FROM kpi_series, unnest(months) WITH ORDINALITY month (value, step)
            ) ranges
            WINDOW series AS (PARTITION BY branch)
        ) limits');

-- After how many touches customers answer: customers and responses by touch, put together

INSERT INTO query (block, role, at_most, what, data, source, agrees, sql)
SELECT 'responses', role, at_most, what, 'touches', 'touch', role <> 'floor', sql
FROM (VALUES
    ('crmkpi', NULL, 'response_curve(response(...))', '
        SELECT sum(contacted), sum(responded), sum(touch * responded), sum(blocked)
        FROM response_curve((SELECT response(customer_id, at, direction) FROM touch))'),
    ('floor', 0.8, 'max(at) by customer', '
        SELECT count(*) FROM (SELECT customer_id, max(at) FROM touch GROUP BY 1) q'),
    ('by hand', 0.2, 'row_number() OVER (...), then GROUP BY', '
        SELECT sum(touches), count(*) FILTER (WHERE ended % 4 = 1), sum(touches) FILTER (WHERE ended % 4 = 1),
            count(*) FILTER (WHERE ended % 4 = 3)
        FROM (
            SELECT ended, coalesce(ended / 4 - 1, touches) AS touches
            FROM (
                SELECT customer_id, min(no * 4 + kind) FILTER (WHERE kind > 0) AS ended, count(*) AS touches
                FROM (
                    SELECT customer_id, kind, row_number() OVER (PARTITION BY customer_id ORDER BY at, kind) AS no
                    FROM (SELECT *, CASE direction WHEN ''out'' THEN 0 WHEN ''in'' THEN 1 WHEN ''unsubscribe'' THEN 2
                        ELSE 3 END AS kind FROM touch) t
                ) numbered
                GROUP BY customer_id
            ) customers
        ) q
        WHERE touches > 0'),
    ('by hand', 0.2, 'first end of each customer, joined with the touches', '
        SELECT sum(touches), count(*) FILTER (WHERE ended = 1), sum(touches) FILTER (WHERE ended = 1),
            count(*) FILTER (WHERE ended = 3)
        FROM (
            SELECT customer_id, ended[2] AS ended, count(*) AS touches
            FROM (
                SELECT customer_id, min(ARRAY[extract(epoch FROM at) * 1000000, CASE direction WHEN ''in'' THEN 1
                    WHEN ''unsubscribe'' THEN 2 ELSE 3 END]::bigint[]) FILTER (WHERE direction <> ''out'') AS ended
                FROM touch
                GROUP BY customer_id
            ) ends
            JOIN touch USING (customer_id)
            WHERE direction = ''out'' AND (ended IS NULL OR extract(epoch FROM at) * 1000000 <= ended[1])
            GROUP BY customer_id, ended
        ) q')
) responses (role, at_most, what, sql);
-- Customers without a contract: models of their purchases, and what each of them is worth

INSERT INTO query (block, role, at_most_seconds, what, data, source, sql)
SELECT block, role, at_most_seconds, what, 'customers', source,
    format('SELECT %s FROM %s', expression, source || CASE WHEN what LIKE 'predicted%' THEN ', customer_model' ELSE '' END)
FROM (VALUES
    ('customers', 'crmkpi', 10, 'bgnbd_fit(...)', 'customer', 'bgnbd_fit(frequency, recency, age)'),
    ('customers', 'crmkpi', NULL, 'gamma_gamma_fit(...)', 'customer', 'gamma_gamma_fit(frequency, mean_value)'),
    ('customers', 'crmkpi', 5, 'predicted_clv(...), 12 months', 'customer',
        'sum(predicted_clv(purchases, value, frequency, recency, age, mean_value, 12, 0.01, 4.348))'),
    ('customers', 'floor', NULL, 'count(age)', 'customer', 'count(age)'),
    ('customers, small', 'crmkpi', 0.1, 'bgnbd_fit(...)', 'customer_small', 'bgnbd_fit(frequency, recency, age)'),
    ('customers, small', 'floor', NULL, 'count(age)', 'customer_small', 'count(age)')
) customers (block, role, at_most_seconds, what, source, expression);
-- Cohorts by month, and how many of each came back in each later month

INSERT INTO query (block, role, at_most, what, data, source, agrees, sql)
SELECT 'cohort', role, at_most, what, 'cohort', 'purchase', agrees, sql
FROM (VALUES
    ('crmkpi', NULL, 'cohort(...) by month, and its matrix', true, '
        SELECT sum(customers), sum(retained), sum(retained * period_number)
        FROM (SELECT cohort(customer_id, at, ''month'', ''UTC'') AS s FROM purchase) q
        CROSS JOIN cohort_retention(s, ''2024-12-31'')
        WHERE retained > 0'),
    ('crmkpi', NULL, 'the same by the clocks of New York', false, '
        SELECT sum(customers), sum(retained), sum(retained * period_number)
        FROM (SELECT cohort(customer_id, at, ''month'', ''America/New_York'') AS s FROM purchase) q
        CROSS JOIN cohort_retention(s, ''2024-12-31'')
        WHERE retained > 0'),
    ('crmkpi', NULL, 'the same by day', false, '
        SELECT sum(customers), sum(retained), sum(retained * period_number)
        FROM (SELECT cohort(customer_id, at, ''day'', ''UTC'') AS s FROM purchase) q
        CROSS JOIN cohort_retention(s, ''2024-12-31'')
        WHERE retained > 0'),
    ('floor', 0.7, 'the months of each customer, GROUP BY', false, '
        SELECT count(*) FROM (SELECT customer_id, date_trunc(''month'', at) FROM purchase GROUP BY 1, 2) q'),
    ('by hand', 0.2, 'months joined with the first of each customer', true, '
        WITH active AS (
            SELECT DISTINCT customer_id, date_trunc(''month'', at) AS month FROM purchase
        ), began AS (
            SELECT customer_id, min(month) AS cohort FROM active GROUP BY 1
        ), size AS (
            SELECT cohort, count(*) AS customers FROM began GROUP BY 1
        ), matrix AS (
            SELECT cohort, month, customers, count(*) AS retained
            FROM active JOIN began USING (customer_id) JOIN size USING (cohort) GROUP BY 1, 2, 3
        )
        SELECT sum(customers), sum(retained), sum(retained
            * (12 * date_part(''year'', age(month, cohort)) + date_part(''month'', age(month, cohort))))
        FROM matrix'),
    ('by hand', 0.2, 'first month by min(...) OVER (PARTITION BY ...)', true, '
        WITH active AS (
            SELECT DISTINCT customer_id, date_trunc(''month'', at) AS month FROM purchase
        ), began AS (
            SELECT *, min(month) OVER (PARTITION BY customer_id) AS cohort FROM active
        ), matrix AS (
            SELECT cohort, month, count(*) AS retained FROM began GROUP BY 1, 2
        )
        SELECT sum(first_value), sum(retained), sum(retained
            * (12 * date_part(''year'', age(month, cohort)) + date_part(''month'', age(month, cohort))))
        FROM (SELECT *, first_value(retained) OVER (PARTITION BY cohort ORDER BY month) FROM matrix) m')
) cohorts (role, at_most, what, agrees, sql);

-- A dashboard of a mart, all of its columns, from the tickets and their changes each time it is read

INSERT INTO query (block, role, at_most_seconds, at_most_mb, what, data, source, runs, work_mem, sql)
SELECT 'service dashboard', role, at_most_seconds, at_most_mb, what, 'tickets', 'desk.status_event', 3, work_mem, sql
FROM (VALUES
    ('crmkpi', 20, 1024, 'service_dashboard, work_mem 64 MB', '64MB', 'SELECT * FROM desk.service_dashboard'),
    ('crmkpi', NULL, NULL, 'service_dashboard, work_mem 256 MB', '256MB', 'SELECT * FROM desk.service_dashboard'),
    ('crmkpi', NULL, NULL, 'service_dashboard, work_mem 4 MB', '4MB', 'SELECT * FROM desk.service_dashboard'),
    ('floor', NULL, NULL, 'count(*) of status_event', '64MB', 'SELECT count(*) FROM desk.status_event')
) dashboards (role, at_most_seconds, at_most_mb, what, work_mem, sql);

-- A funnel of five steps within seven days: how many customers reach each. All find any chain that there is.

INSERT INTO query (block, role, at_most, what, workers, speed_up_at_least, data, source, runs, agrees, sql)
SELECT 'funnel', role, at_most, what, role = 'floor' OR what LIKE 'funnel%', 1.0, 'events', source, runs,
    role <> 'floor', sql
FROM (VALUES
    ('crmkpi', NULL, 'funnel_dropoff(funnel(...))', 'event', NULL, '
        SELECT min(reached) FILTER (WHERE step_no = 1), min(reached) FILTER (WHERE step_no = 2),
            min(reached) FILTER (WHERE step_no = 3), min(reached) FILTER (WHERE step_no = 4),
            min(reached) FILTER (WHERE step_no = 5)
        FROM funnel_dropoff((SELECT funnel(customer_id, at, step, ''{visit,view,cart,checkout,pay}'', ''7 days'')
                             FROM event))'),
    ('crmkpi', NULL, 'window_funnel(...) by customer, counted', 'event', NULL, '
        SELECT count(*) FILTER (WHERE reached >= 1), count(*) FILTER (WHERE reached >= 2),
            count(*) FILTER (WHERE reached >= 3), count(*) FILTER (WHERE reached >= 4),
            count(*) FILTER (WHERE reached >= 5)
        FROM (
            SELECT window_funnel(''7 days'', at, step = ''visit'', step = ''view'', step = ''cart'',
                step = ''checkout'', step = ''pay'') AS reached
            FROM event
            GROUP BY customer_id
        ) q'),
    ('floor', 0.8, 'max(at) by customer', 'event', NULL, '
        SELECT count(last_at) FROM (SELECT customer_id, max(at) AS last_at FROM event GROUP BY 1) q'),
    ('by hand', 0.2, 'self-join, level by level', 'event', 3, '
        WITH level_1 AS (SELECT customer_id, at AS start, at FROM event WHERE step = ''visit''),
        level_2 AS (
            SELECT customer_id, start, min(e.at) AS at
            FROM level_1 l JOIN event e USING (customer_id)
            WHERE e.step = ''view'' AND e.at >= l.at AND e.at <= start + interval ''7 days''
            GROUP BY customer_id, start),
        level_3 AS (
            SELECT customer_id, start, min(e.at) AS at
            FROM level_2 l JOIN event e USING (customer_id)
            WHERE e.step = ''cart'' AND e.at >= l.at AND e.at <= start + interval ''7 days''
            GROUP BY customer_id, start),
        level_4 AS (
            SELECT customer_id, start, min(e.at) AS at
            FROM level_3 l JOIN event e USING (customer_id)
            WHERE e.step = ''checkout'' AND e.at >= l.at AND e.at <= start + interval ''7 days''
            GROUP BY customer_id, start),
        level_5 AS (
            SELECT customer_id
            FROM level_4 l JOIN event e USING (customer_id)
            WHERE e.step = ''pay'' AND e.at >= l.at AND e.at <= start + interval ''7 days'')
        SELECT (SELECT count(DISTINCT customer_id) FROM level_1), (SELECT count(DISTINCT customer_id) FROM level_2),
            (SELECT count(DISTINCT customer_id) FROM level_3), (SELECT count(DISTINCT customer_id) FROM level_4),
            (SELECT count(DISTINCT customer_id) FROM level_5)'),
    ('by hand', 0.1, 'window functions, the latest start of each level', 'event', 3, '
        SELECT count(*) FILTER (WHERE level >= 1), count(*) FILTER (WHERE level >= 2),
            count(*) FILTER (WHERE level >= 3), count(*) FILTER (WHERE level >= 4), count(*) FILTER (WHERE level >= 5)
        FROM (
            SELECT customer_id, max(CASE
                WHEN step_no = 5 AND at <= start_4 + interval ''7 days'' THEN 5
                WHEN step_no = 4 AND at <= start_3 + interval ''7 days'' THEN 4
                WHEN step_no = 3 AND at <= start_2 + interval ''7 days'' THEN 3
                WHEN step_no = 2 AND at <= start_1 + interval ''7 days'' THEN 2
                WHEN step_no = 1 THEN 1 END) AS level
            FROM (
                SELECT *, max(CASE WHEN step_no = 4 AND at <= start_3 + interval ''7 days'' THEN start_3 END)
                    OVER so_far AS start_4
                FROM (
                    SELECT *, max(CASE WHEN step_no = 3 AND at <= start_2 + interval ''7 days'' THEN start_2 END)
                        OVER so_far AS start_3
                    FROM (
                        SELECT *, max(CASE WHEN step_no = 2 AND at <= start_1 + interval ''7 days'' THEN start_1 END)
                            OVER so_far AS start_2
                        FROM (
                            SELECT *, max(CASE WHEN step_no = 1 THEN at END) OVER so_far AS start_1
                            FROM (
                                SELECT customer_id, at,
                                    array_position(''{visit,view,cart,checkout,pay}'', step) AS step_no
                                FROM event
                            ) numbered
                            WINDOW so_far AS (PARTITION BY customer_id ORDER BY at, step_no ROWS UNBOUNDED PRECEDING)
                        ) level_1
                        WINDOW so_far AS (PARTITION BY customer_id ORDER BY at, step_no ROWS UNBOUNDED PRECEDING)
                    ) level_2
                    WINDOW so_far AS (PARTITION BY customer_id ORDER BY at, step_no ROWS UNBOUNDED PRECEDING)
                ) level_3
                WINDOW so_far AS (PARTITION BY customer_id ORDER BY at, step_no ROWS UNBOUNDED PRECEDING)
            ) level_4
            GROUP BY customer_id
        ) customers'),
    ('by hand', 0.2, 'LATERAL: the next step of each start, with an index', 'event_indexed', 3, '
        SELECT count(DISTINCT l1.customer_id), count(DISTINCT l1.customer_id) FILTER (WHERE l2.at IS NOT NULL),
            count(DISTINCT l1.customer_id) FILTER (WHERE l3.at IS NOT NULL),
            count(DISTINCT l1.customer_id) FILTER (WHERE l4.at IS NOT NULL),
            count(DISTINCT l1.customer_id) FILTER (WHERE l5.at IS NOT NULL)
        FROM event_indexed l1
        CROSS JOIN LATERAL (
            SELECT min(e.at) AS at FROM event_indexed e
            WHERE e.customer_id = l1.customer_id AND e.step = ''view'' AND e.at >= l1.at
                AND e.at <= l1.at + interval ''7 days'') l2
        CROSS JOIN LATERAL (
            SELECT min(e.at) AS at FROM event_indexed e
            WHERE e.customer_id = l1.customer_id AND e.step = ''cart'' AND e.at >= l2.at
                AND e.at <= l1.at + interval ''7 days'') l3
        CROSS JOIN LATERAL (
            SELECT min(e.at) AS at FROM event_indexed e
            WHERE e.customer_id = l1.customer_id AND e.step = ''checkout'' AND e.at >= l3.at
                AND e.at <= l1.at + interval ''7 days'') l4
        CROSS JOIN LATERAL (
            SELECT min(e.at) AS at FROM event_indexed e
            WHERE e.customer_id = l1.customer_id AND e.step = ''pay'' AND e.at >= l4.at
                AND e.at <= l1.at + interval ''7 days'') l5
        WHERE l1.step = ''visit'''),
    ('by hand', 0.2, 'arrays: the times of each step by customer, unnested', 'event', 3, '
        SELECT count(visits), count(*) FILTER (WHERE level >= 2), count(*) FILTER (WHERE level >= 3),
            count(*) FILTER (WHERE level >= 4), count(*) FILTER (WHERE level >= 5)
        FROM (
            SELECT array_agg(at) FILTER (WHERE step = ''visit'') AS visits,
                array_agg(at) FILTER (WHERE step = ''view'') AS views,
                array_agg(at) FILTER (WHERE step = ''cart'') AS carts,
                array_agg(at) FILTER (WHERE step = ''checkout'') AS checkouts,
                array_agg(at) FILTER (WHERE step = ''pay'') AS pays
            FROM event
            GROUP BY customer_id
        ) customers
        CROSS JOIN LATERAL (
            SELECT max(CASE WHEN l5 IS NOT NULL THEN 5 WHEN l4 IS NOT NULL THEN 4 WHEN l3 IS NOT NULL THEN 3
                WHEN l2 IS NOT NULL THEN 2 ELSE 1 END) AS level
            FROM unnest(visits) l1
            LEFT JOIN unnest(views) l2 ON l2 BETWEEN l1 AND l1 + interval ''7 days''
            LEFT JOIN unnest(carts) l3 ON l3 BETWEEN l2 AND l1 + interval ''7 days''
            LEFT JOIN unnest(checkouts) l4 ON l4 BETWEEN l3 AND l1 + interval ''7 days''
            LEFT JOIN unnest(pays) l5 ON l5 BETWEEN l4 AND l1 + interval ''7 days''
        ) levels')
) funnels (role, at_most, what, source, runs, sql);

-- window_funnel against its own bound. Over one table PostgreSQL plans no workers for so many groups, as little as for
-- max(at).

INSERT INTO query (block, role, at_most, what, workers, speed_up_at_least, data, source, sql)
SELECT 'window funnel', role, at_most, what, workers, 1.5, 'events', source, format(sql, source)
FROM (VALUES
    ('crmkpi', NULL, 'window_funnel(...) by customer', false, 'event', '
        SELECT sum(reached)
        FROM (
            SELECT window_funnel(''7 days'', at, step = ''visit'', step = ''view'', step = ''cart'',
                step = ''checkout'', step = ''pay'') AS reached
            FROM %s
            GROUP BY customer_id
        ) q'),
    ('floor', 1.6, 'max(at) by customer', false, 'event', '
        SELECT count(last_at) FROM (SELECT customer_id, max(at) AS last_at FROM %s GROUP BY 1) q'),
    ('crmkpi', NULL, 'window_funnel(...), 4 partitions by customer', true, 'event_parted', '
        SELECT sum(reached)
        FROM (
            SELECT window_funnel(''7 days'', at, step = ''visit'', step = ''view'', step = ''cart'',
                step = ''checkout'', step = ''pay'') AS reached
            FROM %s
            GROUP BY customer_id
        ) q')
) funnels (role, at_most, what, workers, source, sql);

-- A scorecard of six features; by hand, what it counts, one feature after the other

INSERT INTO query (block, role, at_most, what, data, source, agrees, sql)
SELECT 'scorecard', role, at_most, what, 'deals', 'deal', role <> 'floor', sql
FROM (VALUES
    ('crmkpi', NULL, 'scorecard(features, won), 6 features', '
        SELECT sum(items), sum(won)
        FROM (SELECT scorecard(ARRAY[source, owner, region, product, industry, size], won) AS s FROM deal) q
        CROSS JOIN score_points(s)
        WHERE feature_no > 0'),
    ('floor', NULL, 'count(features)', '
        SELECT count(ARRAY[source, owner, region, product, industry, size]) FROM deal'),
    ('by hand', 1.0, 'count(*), count(*) FILTER (...), 6 x GROUP BY', (
        SELECT format('SELECT sum(items), sum(won) FROM (%s) q', string_agg(format('
            SELECT %s, count(*) AS items, count(*) FILTER (WHERE won) AS won FROM deal GROUP BY 1', feature),
            ' UNION ALL '))
        FROM unnest(ARRAY['source', 'owner', 'region', 'product', 'industry', 'size']) feature))
) cards (role, at_most, what, sql);

-- Scores of all items; by hand, by joins with a table of the same points

INSERT INTO query (block, role, at_most_seconds, what, data, source, agrees, sql)
SELECT 'scoring', role, at_most_seconds, what, 'deals', 'deal', role <> 'floor', sql
FROM (VALUES
    ('crmkpi', 3, 'score(scorecard, features)', '
        SELECT round(sum(score(s, ARRAY[source, owner, region, product, industry, size]))::numeric, 3)
        FROM card CROSS JOIN deal'),
    ('floor', NULL, 'count(features)', '
        SELECT count(ARRAY[source, owner, region, product, industry, size]) FROM deal'),
    ('by hand', NULL, '6 joins with a table of points', (
        SELECT format('SELECT round(sum(100 / (1 + exp(-(base.points + %s))))::numeric, 3)
            FROM deal JOIN point base ON base.feature_no = 0 %s',
            string_agg(format('coalesce(p%s.points, 0)', no), ' + '),
            string_agg(format('LEFT JOIN point p%1$s ON p%1$s.feature_no = %1$s AND p%1$s.value = coalesce(%2$s, ''none'')',
                no, feature), ' '))
        FROM unnest(ARRAY['source', 'owner', 'region', 'product', 'industry', 'size']) WITH ORDINALITY f (feature, no)))
) scores (role, at_most_seconds, what, sql);
-- What customers are worth. Of a count of groups PostgreSQL does not compute the sum and the times.

INSERT INTO query (block, role, at_most, what, data, source, agrees, sql)
SELECT block, role, at_most, what, 'sales', 'sale', block = 'customer history' AND role <> 'floor', sql
FROM (VALUES
    ('customer value', 'crmkpi', NULL, 'customers(value_summary(...))', '
        SELECT customers(s) FROM (SELECT value_summary(customer_id, sold_at, amount) AS s FROM sale) q'),
    ('customer value', 'crmkpi', NULL, 'the same, and clv by the formula with its parts', '
        SELECT customers(s), avg_purchase_value(s, as_of), purchase_frequency(s, as_of), customer_value(s, as_of),
            clv(s, as_of, 0.2, 0.4, 10)
        FROM (SELECT value_summary(customer_id, sold_at, amount) AS s, timestamptz ''2025-01-01 00:00+00'' AS as_of
              FROM sale) q'),
    ('customer value', 'floor', NULL, 'count(amount)', 'SELECT count(amount) FROM sale'),
    ('customer value', 'by hand', 0.7, 'count of the groups by customer', '
        SELECT count(*) FROM (SELECT customer_id, sum(amount), min(sold_at), max(sold_at) FROM sale GROUP BY 1) q'),
    ('customer history', 'crmkpi', NULL, 'customer_history(value_summary(...))', '
        SELECT count(*), sum(revenue), count(DISTINCT last_at - first_at)
        FROM customer_history((SELECT value_summary(customer_id, sold_at, amount) FROM sale))'),
    ('customer history', 'floor', NULL, 'count(amount)', 'SELECT count(amount) FROM sale'),
    ('customer history', 'by hand', 0.7, 'sum, min, max by customer', '
        SELECT count(*), sum(revenue), count(DISTINCT last_at - first_at)
        FROM (
            SELECT sum(amount) AS revenue, min(sold_at) FILTER (WHERE amount >= 0) AS first_at,
                max(sold_at) FILTER (WHERE amount >= 0) AS last_at
            FROM sale
            GROUP BY customer_id
        ) q')
) sales (block, role, at_most, what, sql);

-- Which channels earned the conversions: all six models of one summary, against the least that any GROUP BY customer
-- can cost; and two of them by hand. (The values of linear are rounded by row there, so only conversions are compared.)

INSERT INTO query (block, role, at_most, what, data, source, runs, agrees, sql)
SELECT block, role, at_most, what, 'channels', 'channel_event', runs, agrees, sql
FROM (VALUES
    ('attribution', 'crmkpi', NULL, 'attributed(attribution(...), ...), six models', NULL, false, '
        SELECT sum(conversions), sum(a.value), max(share)
        FROM (SELECT attribution(customer_id, at, channel, value) AS s FROM channel_event) q,
            unnest(''{first,last,linear,time_decay,position,markov}''::text[]) model, attributed(s, model) a'),
    ('attribution', 'floor', 2, 'max(at) by customer', NULL, false, '
        SELECT count(last_at) FROM (SELECT customer_id, max(at) AS last_at FROM channel_event GROUP BY 1) q'),

    ('attribution, last touch', 'crmkpi', NULL, 'attributed(attribution(...), ''last'')', NULL, true, '
        SELECT sum(conversions) FILTER (WHERE channel = ''email''), sum(value) FILTER (WHERE channel = ''email''),
            sum(conversions) FILTER (WHERE channel = ''sms''), sum(conversions) FILTER (WHERE channel = ''direct'')
        FROM attributed((SELECT attribution(customer_id, at, channel, value) FROM channel_event), ''last'')'),
    ('attribution, last touch', 'by hand', 1, 'window functions: the channel of each run', 3, true, '
        SELECT count(*) FILTER (WHERE channel = ''email''), sum(value) FILTER (WHERE channel = ''email''),
            count(*) FILTER (WHERE channel = ''sms''), count(*) FILTER (WHERE channel IS NULL)
        FROM (
            SELECT value, first_value(channel) OVER (PARTITION BY customer_id, run ORDER BY at) AS channel
            FROM (
                SELECT *, count(channel) OVER (PARTITION BY customer_id ORDER BY at) AS run FROM channel_event
            ) numbered
        ) runs
        WHERE value IS NOT NULL'),
    ('attribution, last touch', 'by hand', 1, 'join and DISTINCT ON', 3, true, '
        SELECT count(*) FILTER (WHERE channel = ''email''), sum(value) FILTER (WHERE channel = ''email''),
            count(*) FILTER (WHERE channel = ''sms''), count(*) FILTER (WHERE channel IS NULL)
        FROM (
            SELECT DISTINCT ON (s.customer_id, s.at) s.value, t.channel
            FROM channel_event s
            LEFT JOIN channel_event t ON t.customer_id = s.customer_id AND t.at <= s.at AND t.channel IS NOT NULL
            WHERE s.value IS NOT NULL
            ORDER BY s.customer_id, s.at, t.at DESC
        ) q'),

    ('attribution, linear', 'crmkpi', NULL, 'attributed(attribution(...), ''linear'')', NULL, true, '
        SELECT sum(conversions) FILTER (WHERE channel = ''email''), sum(conversions) FILTER (WHERE channel = ''sms''),
            sum(conversions) FILTER (WHERE channel = ''direct'')
        FROM attributed((SELECT attribution(customer_id, at, channel, value) FROM channel_event), ''linear'')'),
    ('attribution, linear', 'by hand', 1, 'join and count(*) OVER', 3, true, '
        SELECT sum(1.0 / n) FILTER (WHERE channel = ''email''), sum(1.0 / n) FILTER (WHERE channel = ''sms''),
            count(*) FILTER (WHERE channel IS NULL)
        FROM (
            SELECT t.channel, count(*) OVER (PARTITION BY s.customer_id, s.at) AS n
            FROM channel_event s
            LEFT JOIN channel_event t ON t.customer_id = s.customer_id AND t.at <= s.at AND t.channel IS NOT NULL
            WHERE s.value IS NOT NULL
        ) q')
) attributions (block, role, at_most, what, runs, agrees, sql);

-- What keeps the rows of all customers is sent from the workers to the leader: it is only not to be slower.
UPDATE query SET workers = true, speed_up_at_least = 1.0
WHERE id IN (SELECT min(id) FROM query WHERE block IN ('cohort', 'responses', 'customer value') GROUP BY block);

DELETE FROM query WHERE block !~ :'blocks';
