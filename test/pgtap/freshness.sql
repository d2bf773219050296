-- freshness: decay by hand, the aggregates against it in every order and plan, an index, bands, errors.
BEGIN;
CREATE SCHEMA fresh;
SET LOCAL search_path = fresh, public, crmkpi;
SET LOCAL timezone = 'Europe/Berlin';
SELECT plan(64);

-- ---------------------------------------------------------------------------
-- One touch
-- ---------------------------------------------------------------------------
SELECT is(decay(as_of - age, half_life, as_of), expected, age || ' at a half-life of ' || half_life)
FROM (VALUES
    (interval '0', interval '30 days', 1::float8), ('30 days', '30 days', 0.5), ('60 days', '30 days', 0.25),
    ('7200 hours', '30 days', 1 / 1024.0), ('15 days', '30 days', 0.5 ^ 0.5::float8), ('1 us', '1 us', 0.5),
    ('10 us', '1 us', 1 / 1024.0), ('12 hours', '1 day', 0.5 ^ 0.5::float8), ('24 hours', '1 day', 0.5),
    ('7 days', '106751991 days', 0.5 ^ (7 / 106751991::float8)), ('1 us', '106751991 days', 1), ('1 day', '1 us', 0)
) AS v (age, half_life, expected), (SELECT timestamptz '2024-02-29 12:00+00' AS as_of) AS a ORDER BY age, half_life;
-- a day is 24 hours, on the day on which clocks go forward, too
SELECT is(decay('2024-03-30 12:00', '1 day', '2024-03-31 13:00'), 0.5::float8, 'a day of 24 hours');
SELECT is(decay('4714-11-24 00:00+00 BC', '365 days', '2024-01-01'), 0::float8, 'the first moment is nothing any more');
SELECT is(num_nulls(decay(NULL, '1 day', now()), decay(now(), NULL, now()), decay(now(), '1 day', NULL)), 3,
    'decay of NULL');

-- ---------------------------------------------------------------------------
-- Aggregates
-- ---------------------------------------------------------------------------
CREATE TABLE touch (customer int, at timestamptz, day date) PARTITION BY RANGE (day);
CREATE TABLE touch_1 PARTITION OF touch FOR VALUES FROM ('2022-01-01') TO ('2023-07-01');
CREATE TABLE touch_2 PARTITION OF touch FOR VALUES FROM ('2023-07-01') TO ('2026-01-01');
SELECT setseed(0.7183) \g /dev/null
INSERT INTO touch
SELECT i % 300, CASE WHEN i % 300 % 50 > 0 AND i % 17 > 0 THEN at END, at::date
FROM (SELECT i, '2023-01-01 00:00+00'::timestamptz + random() * interval '730 days' AS at
      FROM generate_series(1, 20000) AS i) AS t;
ANALYZE touch;
CREATE TABLE flat AS TABLE touch;
ANALYZE flat;
\set as_of '''2025-02-03 04:05:06.7+00''::timestamptz'
CREATE VIEW answer AS
SELECT customer, last_touch(at), freshness(at, '45 days', :as_of) FROM flat GROUP BY customer;
CREATE TABLE truth AS
SELECT customer, max(at) AS latest, 0.5 ^ (extract(epoch FROM :as_of - max(at))::float8 / (45 * 86400)) AS expected
FROM flat GROUP BY customer;

SELECT is(count(*) FILTER (WHERE last_touch = latest AND freshness = decay(latest, '45 days', :as_of)
                               AND abs(freshness / expected - 1) < 1e-12), 294::bigint, 'of each customer')
FROM answer JOIN truth USING (customer);
SELECT is(count(*) FILTER (WHERE num_nulls(last_touch, freshness) = 2), 6::bigint, 'without a touch they are NULL')
FROM answer;
SELECT is(freshness || ' ' || f, '1 0.5', 'and without rows, too')
FROM (SELECT coalesce(freshness(at, '1 day', now()), 1) AS freshness FROM flat WHERE false) AS a,
     (SELECT coalesce(freshness(NULL, '1 day', now()), 0.5) AS f FROM flat) AS b;
SELECT is(freshness(at, CASE WHEN i < 3 THEN interval '1 day' END, CASE WHEN i <> 2 THEN timestamptz '2024-01-05' END),
    0.25::float8, 'a row with a NULL is skipped')
FROM (VALUES (1, timestamptz '2024-01-03'), (2, '2024-01-04'), (3, '2024-01-05'), (0, NULL)) AS v (i, at);

-- The whole in every order and plan: the very same bytes
CREATE FUNCTION whole(source text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format('SELECT encode(float8send(freshness(at, ''45 days'', ''2025-02-03'')), ''hex'') || last_touch(at)
                    FROM %s', source) INTO result;
    RETURN result;
END $$;
CREATE FUNCTION plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    result text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        result := result || line || E'\n';
    END LOOP;
    RETURN result;
END $$;
SELECT whole AS whole FROM whole('flat') \gset
SELECT is(whole('(SELECT * FROM flat ORDER BY ' || k || ' OFFSET 0) AS t'), :'whole', 'in the order of ' || k)
FROM unnest('{at,at DESC,md5(at::text),customer}'::text[]) AS k;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT matches(plan_of('SELECT last_touch(at), freshness(at, ''45 days'', ''2025-02-03'') FROM touch'),
    'Append.*Partial Aggregate.*Partial Aggregate', 'the plan is by partition');
SELECT is(whole('touch'), :'whole', 'by partition');
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT matches(plan_of('SELECT last_touch(at), freshness(at, ''45 days'', ''2025-02-03'') FROM flat'),
    'Finalize Aggregate.*Gather.*Partial Aggregate', 'the plan is parallel');
SELECT is(whole('flat'), :'whole', 'parallel');
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is(last_touch(part) || ' ' || (SELECT decay(last_touch(at), '45 days', :as_of) FROM flat),
          (SELECT last_touch(at) || ' ' || freshness(at, '45 days', :as_of) FROM flat),
    'latest touches roll up, since a maximum of maxima is the maximum')
FROM (SELECT last_touch(at) AS part FROM flat GROUP BY day) AS days;
SELECT is(count(*) FILTER (WHERE f = decay(latest, '45 days', :as_of)), count(*), 'a growing window')
FROM (SELECT freshness(at, '45 days', :as_of) OVER w AS f, max(at) OVER w AS latest
      FROM flat WHERE customer = 7 WINDOW w AS (ORDER BY md5(at::text) ROWS UNBOUNDED PRECEDING)) AS t
WHERE latest IS NOT NULL;

-- An index answers as it does for max().
CREATE INDEX ON flat (customer, at);
SELECT matches(plan_of('SELECT last_touch(at) FROM flat WHERE customer = 7'), 'Limit.*Index Only Scan Backward',
    'the latest touch is read from an index');
SELECT is(last_touch(at), (SELECT latest FROM truth WHERE customer = 7), 'and is the same')
FROM flat WHERE customer = 7;
SELECT is(last_touch(at), NULL, 'also where there is none') FROM flat WHERE customer = 50;

-- ---------------------------------------------------------------------------
-- Bands
-- ---------------------------------------------------------------------------
SELECT is(freshness_band_no(age) || ' ' || freshness_band(age), expected, coalesce(age::text, 'NULL'))
FROM (VALUES (interval '0', '1 under 7 days'), ('6 days 23:59:59.999999', '1 under 7 days'),
    ('7 days', '2 7 to 30 days'), ('168 hours', '2 7 to 30 days'), ('29 days 23:59:59.999999', '2 7 to 30 days'), ('30 days', '3 30 to 90 days'),
    ('89 days 23:59:59.999999', '3 30 to 90 days'), ('90 days', '4 90 to 180 days'),
    ('179 days 23:59:59.999999', '4 90 to 180 days'), ('180 days', '5 180 days or more'),
    ('106751991 days', '5 180 days or more'), (NULL, '6 never')) AS v (age, expected);

-- ---------------------------------------------------------------------------
-- Errors
-- ---------------------------------------------------------------------------
SELECT throws_ok('SELECT ' || f || call, code, message, f || call)
FROM unnest('{decay,freshness}'::text[]) AS f, (VALUES
    ('22023', $$('2024-01-02 00:00:00.000001+00', '1 day', '2024-01-02 00:00+00')$$,
        'touch at 2024-01-02 01:00:00.000001+01 is later than 2024-01-02 01:00:00+01'),
    ('22023', $$('2024-01-01', '0', '2024-01-02')$$, 'half-life is zero'),
    ('22023', $$('2024-01-01', '-1 day', '2024-01-02')$$, 'half-life -1 days is out of range'),
    ('22023', $$('2024-01-01', '1 month', '2024-01-02')$$, 'half-life 1 mon has no fixed length'),
    ('22008', $$('-infinity', '1 day', '2024-01-02')$$, 'no duration from -infinity to 2024-01-02 00:00:00+01'),
    ('22008', $$('infinity', '1 day', '2024-01-02')$$, 'no duration from infinity to 2024-01-02 00:00:00+01'),
    ('22008', $$('2024-01-01', '1 day', 'infinity')$$, 'no duration from 2024-01-01 00:00:00+01 to infinity'),
    ('22008', $$('2024-01-01', '1 day', '-infinity')$$, 'no duration from 2024-01-01 00:00:00+01 to -infinity'),
    ('22008', $$('4714-11-24 00:00+00 BC', '1 day', '294276-12-31 00:00+00')$$, NULL)
) AS e (code, call, message);
SELECT throws_ok('SELECT ' || call, '22023', message, call)
FROM (VALUES ($$freshness_band('-1 us')$$, 'age -00:00:00.000001 is out of range'),
    ($$freshness_band_no('1 month')$$, 'age 1 mon has no fixed length')) AS e (call, message);
SELECT * FROM finish();
ROLLBACK;
