-- duration: moments exact to the microsecond, percentiles within 1 %, every name and error, against plain SQL.
BEGIN;
SET LOCAL search_path = public, crmkpi;
SET LOCAL timezone = 'Europe/Berlin';
SELECT plan(94);

-- Microseconds as an interval and back, without a double in between.
CREATE FUNCTION to_interval(us numeric) RETURNS interval LANGUAGE sql IMMUTABLE AS
$$ SELECT make_interval(days => div(us, 86400000000)::int) + (mod(us, 86400000000) || ' microseconds')::interval $$;
CREATE FUNCTION to_us(i interval) RETURNS numeric LANGUAGE sql IMMUTABLE AS
$$ SELECT extract(epoch FROM i) * 1000000 $$;
SELECT is(count(*), 5::bigint, 'the helpers of this test are exact')
FROM (VALUES (0::numeric), (1), (86399999999), (86400000001), (9007199254740993)) AS v (us)
WHERE to_us(to_interval(us)) = us;

-- Distributions of microseconds, in groups of 1 to 20000 items.
SELECT setseed(0.2019) \g /dev/null
CREATE TABLE item AS
SELECT name || ' ' || n AS grp, name, i,
       floor(CASE name
           WHEN 'uniform' THEN random() * 1e11
           WHEN 'exponential' THEN -ln(1 - random()) * 3.6e9
           WHEN 'log-uniform' THEN exp(random() * 34)
           WHEN 'constant' THEN 5400000000
           WHEN 'minutes' THEN floor(random() * 2880) * 6e7
           WHEN 'two values' THEN CASE WHEN random() < 0.3 THEN 6e7 ELSE 8.64e10 END
           WHEN 'two far values' THEN CASE WHEN random() < 0.5 THEN 0 ELSE 3e15 END
           WHEN 'below 128' THEN random() * 128
           WHEN 'around 128' THEN 100 + random() * 60
           WHEN 'years' THEN 86400e6 * 365.25 * (1 + random() * 90)
           WHEN 'zero' THEN 0
       END)::bigint AS us
FROM unnest(ARRAY['uniform', 'exponential', 'log-uniform', 'constant', 'minutes', 'two values', 'two far values',
                  'below 128', 'around 128', 'years', 'zero']) AS name,
     -- a list of items up to 512, counters from there on
     unnest(ARRAY[1, 2, 3, 4, 5, 10, 15, 16, 17, 33, 100, 511, 512, 513, 1000, 20000]) AS n,
     LATERAL generate_series(1, n) AS i;
ANALYZE item;
CREATE TABLE truth AS
SELECT grp, count(*) AS n, min(us) AS shortest, max(us) AS longest, sum(us) AS total,
       sum(us::numeric * us) AS squares, array_agg(us ORDER BY us) AS sorted
FROM item GROUP BY grp;
CREATE TABLE summary AS SELECT grp, duration_summary(to_interval(us)) AS s FROM item GROUP BY grp;
SELECT is(count(*), 176::bigint, 'there are groups') FROM summary;

-- ---------------------------------------------------------------------------
-- Moments: exact
-- ---------------------------------------------------------------------------
SELECT is(count(*), 176::bigint, 'items, shortest, longest, total and mean are exact')
FROM truth JOIN summary USING (grp)
WHERE items(s) = n AND to_us(shortest(s)) = shortest AND to_us(longest(s)) = longest
  AND to_us(total_time(s)) = total AND to_us(mean(s)) = div(2 * total + n, 2 * n); -- rounded half up
SELECT is(count(*), 176::bigint, 'and so is the standard deviation')
FROM truth JOIN summary USING (grp)
WHERE CASE n WHEN 1 THEN duration_stddev(s) IS NULL
             ELSE to_us(duration_stddev(s)) = round(sqrt((n * squares - total * total) / (n::numeric * (n - 1)))) END;
SELECT is(count(*), 176::bigint, 'as avg, sum and stddev_samp have it')
FROM (SELECT grp, avg(us) AS avg, sum(us) AS sum, stddev_samp(us::numeric) AS stddev FROM item GROUP BY grp) AS t
     JOIN summary USING (grp)
WHERE abs(to_us(mean(s)) - avg) <= 0.5 AND to_us(total_time(s)) = sum
  AND (stddev IS NULL AND duration_stddev(s) IS NULL OR abs(to_us(duration_stddev(s)) - stddev) <= 1);
SELECT is(to_us(duration_stddev(s)), expected, label)
FROM (SELECT duration_summary(to_interval(us)) AS s FROM (VALUES (9e18), (9e18 + 1), (9e18 + 2)) AS v (us)) AS t,
     (VALUES (1::numeric, 'a small spread of large values does not drown')) AS e (expected, label);
SELECT is(to_us(duration_stddev(s)), 6363961030678927720::numeric, 'the largest spread')
FROM (SELECT duration_summary(to_interval(us)) AS s FROM (VALUES (0), (9e18)) AS v (us)) AS t;
SELECT is(to_us(duration_stddev(s)), round(sqrt(81e38::numeric(60, 20) / 380)), 'a sum of squares beyond 128 bits')
FROM (SELECT duration_summary(to_interval(us)) AS s FROM generate_series(1, 10), (VALUES (0), (9e18)) AS v (us)) AS t;
SELECT is(to_us(mean(s)), 9e18, 'a sum beyond 64 bits')
FROM (SELECT duration_summary(to_interval(9e18)) AS s FROM generate_series(1, 20)) AS t;

-- The same from pairs of times, on both sides of a change of the clocks.
CREATE TABLE pair AS
SELECT i % 40 AS grp, opened, opened + floor(random() * 1e6) * interval '1.000001 s' AS closed,
       CASE WHEN i % 9 <> 0 THEN opened END AS opened_or_null, CASE WHEN i % 7 <> 0
           THEN opened + i * interval '61.5 s' END AS closed_or_null
FROM (SELECT i, timestamp '2024-03-01' + i * interval '20 min' AS opened FROM generate_series(1, 4000) AS i) AS t;
SELECT is(count(*), 40::bigint, 'pairs of ' || form || ' are their difference')
FROM (SELECT form, grp,
             CASE form WHEN 'timestamp' THEN duration_summary(opened, closed)
                       ELSE duration_summary(opened::timestamptz, closed::timestamptz) END AS s,
             CASE form WHEN 'timestamp' THEN duration_summary(closed - opened)
                       ELSE duration_summary(closed::timestamptz - opened::timestamptz) END AS of_intervals,
             CASE form WHEN 'timestamp' THEN avg(extract(epoch FROM closed - opened))
                       ELSE avg(extract(epoch FROM closed::timestamptz - opened::timestamptz)) END AS seconds
      FROM pair, (VALUES ('timestamp'), ('timestamptz')) AS f (form) GROUP BY form, grp) AS t
WHERE s = of_intervals AND items(s) = 100 AND abs(to_us(mean(s)) - seconds * 1000000) <= 0.5
GROUP BY form ORDER BY form;
SELECT is(mean(duration_summary(timestamptz '2024-03-31 00:00', timestamptz '2024-03-31 06:00')), interval '5 h',
          'timestamptz: five hours elapse in the night of the change');
SELECT is(mean(duration_summary(timestamp '2024-03-31 00:00', timestamp '2024-03-31 06:00')), interval '6 h',
          'timestamp: six hours by the clock');
SELECT is(mean(s)::text || ' | ' || longest(s)::text, '2 days 12:00:00 | 3 days',
    'results are days and hours, as a subtraction gives')
FROM (SELECT duration_summary(i) AS s FROM (VALUES (interval '48 h'), ('72 h')) AS v (i)) AS t;

-- Every KPI name, both forms: the mean and the median of what has both ends.
SELECT is(count(*), 40::bigint, kpi || ' is that of the pairs without NULL')
FROM (SELECT grp,
             (SELECT duration_summary(c - o)
              FROM unnest(array_agg(opened_or_null), array_agg(closed_or_null)) AS u (o, c)) AS s,
             avg_resolution_time(a, b), avg_first_response_time(a, b), avg_lead_response_time(a, b),
                 avg_sales_cycle(a, b),
             median_resolution_time(a, b), median_first_response_time(a, b), median_lead_response_time(a, b),
             median_sales_cycle(a, b),
             avg_resolution_time(x, y) AS a1, avg_first_response_time(x, y) AS a2, avg_lead_response_time(x, y) AS a3,
             avg_sales_cycle(x, y) AS a4, median_resolution_time(x, y) AS m1, median_first_response_time(x, y) AS m2,
             median_lead_response_time(x, y) AS m3, median_sales_cycle(x, y) AS m4,
             avg(extract(epoch FROM b - a)) * 1000000 AS mean_us
      FROM pair, LATERAL (SELECT opened_or_null, closed_or_null, opened_or_null AT TIME ZONE 'UTC',
                                 closed_or_null AT TIME ZONE 'UTC') AS v (a, b, x, y)
      GROUP BY grp) AS t,
     LATERAL (VALUES
         ('avg_resolution_time', avg_resolution_time, a1, mean(s)),
         ('avg_first_response_time', avg_first_response_time, a2, mean(s)),
         ('avg_lead_response_time', avg_lead_response_time, a3, mean(s)), ('avg_sales_cycle', avg_sales_cycle, a4,
             mean(s)),
         ('median_resolution_time', median_resolution_time, m1, median(s)),
         ('median_first_response_time', median_first_response_time, m2, median(s)),
         ('median_lead_response_time', median_lead_response_time, m3, median(s)),
         ('median_sales_cycle', median_sales_cycle, m4, median(s))) AS k (kpi, of_timestamp, of_timestamptz, expected)
WHERE of_timestamp = expected AND of_timestamptz = expected AND abs(to_us(mean(s)) - mean_us) <= 0.5
GROUP BY kpi ORDER BY kpi;

-- ---------------------------------------------------------------------------
-- Percentiles: as percentile_cont, within 1 % (a bucket's middle is within 1/128), exact at the ends
-- ---------------------------------------------------------------------------
SELECT is(count(*), 16 * 13::bigint, 'percentiles of ' || name)
FROM (SELECT grp, name, fraction, percentile_cont(fraction) WITHIN GROUP (ORDER BY us) AS exact
      FROM item, unnest(ARRAY[0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999,
          1]::float8[]) AS fraction
      GROUP BY grp, name, fraction) AS t
     JOIN summary USING (grp)
WHERE abs(to_us(percentile(s, fraction)) - exact::numeric) <= exact::numeric / 128 + 0.5
GROUP BY name ORDER BY name;
SELECT is(count(*), 176::bigint, 'the ends are exact')
FROM truth JOIN summary USING (grp)
WHERE to_us(percentile(s, 0)) = shortest AND to_us(percentile(s, 1)) = longest;
SELECT is(count(*), 176::bigint, 'the median is the percentile 0.5') FROM summary WHERE median(s) = percentile(s, 0.5);
SELECT is(count(*), 176 * 100::bigint, 'a percentile never falls as its fraction rises')
FROM summary, generate_series(1, 100) AS i WHERE percentile(s, i / 100.0) >= percentile(s, (i - 1) / 100.0);
SELECT is(count(*), 101 * 16::bigint, 'below 128 microseconds all are exact')
FROM (SELECT grp, f, percentile_cont(f / 100.0::float8) WITHIN GROUP (ORDER BY us) AS exact
      FROM item, generate_series(0, 100) AS f WHERE name = 'below 128' GROUP BY grp, f) AS t
     JOIN summary USING (grp)
WHERE abs(to_us(percentile(s, f / 100.0)) - exact::numeric) <= 0.5;
SELECT is(percentile(duration_summary(i), 0.25), interval '15 min', 'between two ends in proportion')
FROM (VALUES (interval '10 min'), ('30 min')) AS v (i);
-- one value of every bucket width, and the edges of the buckets
SELECT is(count(*) FILTER (WHERE abs(m - us) <= us / 128 + 0.5), count(*), 'the middle of three is within 1/128')
FROM (SELECT us, to_us(median(duration_summary(to_interval(v)))) AS m
      FROM (SELECT DISTINCT trunc(2 ^ (i / 7.0::numeric)) + d AS us
          FROM generate_series(0, 430) AS i, generate_series(0, 1) AS d) AS u,
           LATERAL (VALUES (0::numeric), (us), (us * 1.5)) AS three (v)
      GROUP BY us) AS t
HAVING count(*) > 700;

-- ---------------------------------------------------------------------------
-- share_within: exact from below, and at most 1/64 too generous
-- ---------------------------------------------------------------------------
SELECT is(count(*), 176 * 14::bigint, 'share_within lies between the shares within the limit and within 65/64 of it')
FROM truth JOIN summary USING (grp),
     LATERAL (SELECT DISTINCT no, trunc(l) AS l
              FROM unnest(ARRAY[0, 1, 60, 127, 128, 3600000000, shortest, shortest - 1, longest, longest - 1,
                                total / n, sorted[1 + n / 2], sorted[1 + n / 4],
                                    9e17]::numeric[]) WITH ORDINALITY AS u (l, no)) AS u,
     LATERAL (SELECT greatest(l, 0) AS l) AS positive (limit_us),
     LATERAL (SELECT share_within(s, to_interval(limit_us)) AS share,
                     (SELECT count(*) FROM unnest(sorted) AS us WHERE us <= limit_us) / n::float8 AS least,
                     (SELECT count(*) FROM unnest(sorted) AS us
                         WHERE us <= limit_us * 65 / 64) / n::float8 AS most) AS x
WHERE share BETWEEN least AND most AND (limit_us >= 128 OR share = least)
  AND (limit_us < longest OR share = 1) AND (limit_us >= shortest OR share = 0);
SELECT is(share_within(s, l), share, 'share_within ' || l)
FROM (SELECT duration_summary(i) AS s FROM (VALUES (interval '0'), ('1 h'), ('2 h'), ('2 h'),
    ('5 days')) AS v (i)) AS t,
     (VALUES (interval '0', 0.2::float8), ('59 min', 0.2), ('1 h', 0.4), ('2 h', 0.8), ('119 h', 0.8), ('5 days', 1),
             ('1000 days', 1)) AS v (l, share);

-- ---------------------------------------------------------------------------
-- Nothing, and NULL
-- ---------------------------------------------------------------------------
\set empty 'v1 items=0 total=0 shortest=0 longest=0 squares=000000000000000000000000000000000000000000000000 buckets='
\set empty_mean 'v1 items=0 total=0'
SELECT is(num_nulls(avg_resolution_time(o, c), avg_first_response_time(o, c), avg_lead_response_time(o, c),
    avg_sales_cycle(o, c),
                    median_resolution_time(o, c), median_first_response_time(o, c), median_lead_response_time(o, c),
                    median_sales_cycle(o, c), avg_resolution_time(x, y), median_resolution_time(x, y)), 10, label)
FROM (VALUES ('of no rows', false, NULL::timestamptz, NULL::timestamptz, NULL::timestamp, NULL::timestamp),
             ('of rows without an end', true, now(), NULL, localtimestamp, NULL),
             ('of rows without a start', true, NULL, now(), NULL, localtimestamp)) AS v (label, use, o, c, x, y)
WHERE use GROUP BY label ORDER BY label;
SELECT is(num_nulls(avg_resolution_time(opened, closed), median_resolution_time(opened, closed),
    avg_sales_cycle(opened, closed),
                    avg_sales_cycle(opened::timestamptz, closed::timestamptz), median_sales_cycle(opened, closed)),
                        5, 'one-step aggregates of no rows are NULL')
FROM pair WHERE false;
SELECT is(ARRAY[duration_summary(opened, closed)::text, duration_summary(opened::timestamptz,
    closed::timestamptz)::text,
                duration_summary(closed - opened)::text, rollup(duration_summary(:'empty'))::text],
          array_fill(:'empty'::text, ARRAY[4]), 'the summary of no rows') FROM pair WHERE false;
SELECT is(duration_summary(o, c)::text, :'empty', 'and of NULLs')
FROM (VALUES (now(), NULL::timestamptz), (NULL, now()), (NULL, NULL)) AS v (o, c);
SELECT ok(items(s) = 0 AND num_nulls(mean(s), median(s), percentile(s, 0.9), share_within(s, '1 h'), shortest(s),
    longest(s),
                                     duration_stddev(s), total_time(s)) = 8,
                                         'an empty summary has 0 items and values of NULL')
FROM (VALUES (:'empty'::duration_summary), (:'empty_mean')) AS v (s);
SELECT is(num_nulls(items(s), mean(s), median(s), percentile(s, 0.9), share_within(s, '1 h'), shortest(s), longest(s),
                    duration_stddev(s), total_time(s), s + s, percentile(:'empty', NULL), share_within(:'empty',
                        NULL)),
          12, 'accessors of NULL are NULL')
FROM (SELECT NULL::duration_summary AS s) AS t;
SELECT is(ROW(mean(s), median(s), percentile(s, 0.3), share_within(s, '0'), shortest(s), longest(s),
    duration_stddev(s), total_time(s))::text,
          '(00:00:00,00:00:00,00:00:00,1,00:00:00,00:00:00,,00:00:00)', 'one item of no duration')
FROM (SELECT duration_summary(interval '0') AS s) AS t;

-- ---------------------------------------------------------------------------
-- Errors
-- ---------------------------------------------------------------------------
-- Too long for a line: 2^63 - 1 items, all but one of them of no duration.
\set huge 'v1 items=9223372036854775807 total=100 shortest=0 longest=100 squares=000000000000000000000000000000000000000000002710 buckets=0:9223372036854775806,100:1'
\set mean 'v1 items=1 total=3'
CREATE TABLE odd AS
SELECT :'huge'::duration_summary AS huge, split_part(:'huge', ' shortest', 1)::duration_summary AS huge_mean,
       :'mean'::duration_summary AS mean_only, duration_summary(interval '1 h') AS s;
SELECT is(ARRAY[percentile(huge, 0), percentile(huge, 0.5), percentile(huge, 1)], ARRAY['0', '0',
    '100 us']::interval[],
          'percentiles of as many items as a bigint can count') FROM odd;
SELECT is(share_within(huge, '50 us'), 1::float8, 'and their share within') FROM odd;
SELECT is(mean(mean_only), interval '3 us', 'a summary of a mean has its mean') FROM odd;
SELECT throws_ok('SELECT ' || call || CASE WHEN call LIKE '% FROM %' THEN '' ELSE ' FROM odd' END, code, NULL,
                 regexp_replace(call, '\s+', ' ', 'g'))
FROM (VALUES
    ('22023', $$duration_summary(timestamptz '2024-01-02', '2024-01-01')$$),
    ('22023', $$duration_summary(timestamp '2024-01-02', '2024-01-01')$$),
    ('22023', $$avg_resolution_time(timestamptz '2024-01-02', '2024-01-01')$$),
    ('22023', $$median_sales_cycle(timestamp '2024-01-02', '2024-01-01')$$),
    ('22008', $$duration_summary(timestamptz '2024-01-02', 'infinity')$$),
    ('22008', $$duration_summary(timestamp '-infinity', '2024-01-02')$$),
    ('22008', $$avg_sales_cycle(timestamp '-infinity', 'infinity')$$),
    ('22008', $$duration_summary(timestamp '4713-01-01 BC', '294276-12-31')$$),
    ('22023', $$duration_summary(interval '1 mon')$$), ('22023', $$duration_summary(interval '1 year -365 days')$$),
    ('22023', $$duration_summary(interval '-1 us')$$), ('22023', $$duration_summary(interval '1 day -25 h')$$),
    ('22023', $$duration_summary(interval '2147483647 days')$$),
    ('22023', $$duration_summary(interval '106751991 days 5 h')$$),
    ('22023', $$share_within(s, '1 mon')$$), ('22023', $$share_within(s, '-1 h')$$),
    ('22003', 'percentile(s, -0.01)'), ('22003', 'percentile(s, 90)'), ('22003', $$percentile(s, 'NaN')$$),
    -- with and without a sketch
    ('22023', 'shortest(mean_only)'), ('22023', 'longest(mean_only)'),
    ('22023', 'duration_stddev(mean_only) FROM (SELECT mean_only + mean_only AS mean_only FROM odd) AS t'),
    ('22023', 'median(mean_only)'), ('22023', 'percentile(mean_only, 0.5)'),
    ('22023', $$share_within(mean_only, '1 h')$$),
    ('22023', 'mean_only + s'), ('22023', 's + mean_only'), ('22023', $$duration_accum(mean_only, interval '1 h')$$),
    ('22023', $$mean_accum(s, timestamp '2024-01-01', '2024-01-02')$$),
    ('22023', 'rollup(v) FROM (SELECT mean_only AS v FROM odd UNION ALL SELECT s FROM odd) AS u'),
    -- counts and sums at the end of their range
    ('22003', 'huge + s'), ('22003', 'huge + huge'), ('22003', $$duration_accum(huge, interval '1 h')$$),
    ('22003',
        $$mean_accum(huge_mean, timestamp '2024-01-01', '2024-01-02')$$),
    ('22008', $$total_time(duration_summary(interval '106751991 days')) FROM generate_series(1, 21)$$)
) AS e (code, call);
SELECT * FROM finish();
ROLLBACK;
