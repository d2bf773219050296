-- cohort: cases by hand, plain SQL on random data for every period, first day of the week, zone and mode, the state
-- and its laws, hostile dates, errors, and real data.

-- The real data are not part of the project: the environment variable CRMKPI_DATA names the directory that holds
-- cdnow/CDNOW_sample.txt. Without them those tests are skipped.
\set data `cd "${CRMKPI_DATA:-../shared/data}" 2>/dev/null && pwd`
\setenv DATA :data
\set has_data `[ -f "$DATA/cdnow/CDNOW_sample.txt" ] && echo true || echo false`

BEGIN;
SET LOCAL search_path = public, crmkpi;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, YMD';
SELECT plan(147);

-- ---------------------------------------------------------------------------
-- By hand: 1 comes in January, February and April; 2 in January alone; 3 in January and April; 4 in February and March
-- ---------------------------------------------------------------------------
CREATE TABLE hand (customer bigint, at timestamptz);
INSERT INTO hand VALUES (1, '2024-01-05'), (1, '2024-01-05'), (1, '2024-02-29'), (1, '2024-04-01'),
    (2, '2024-01-31 23:59:59.999999'), (3, '2024-01-01'), (3, '2024-04-30'), (4, '2024-02-01'),
    (4, '2024-03-15'), (4, '2024-03-31');
CREATE VIEW hand_s AS SELECT cohort(customer, at, 'month', 'UTC') AS s FROM hand;

-- The rows of one mode as text: customers and those retained by cohort, * where it is not complete.
CREATE FUNCTION shown(s cohort_summary, as_of timestamptz, mode text DEFAULT 'exact') RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(line ORDER BY line)
    FROM (SELECT cohort || ' ' || customers || ':'
              || string_agg(' ' || retained || CASE WHEN is_complete THEN '' ELSE '*' END, '' ORDER BY period_number)
          FROM cohort_retention(s, as_of, mode) GROUP BY cohort, customers) AS t (line) $$;
SELECT is(shown(s, '2024-04-15'), '{2024-01-01 3: 3 1 0 2*,2024-02-01 1: 1 1 0*}', 'exact: active in that period')
FROM hand_s;
SELECT is(shown(s, '2024-04-15', 'rolling'), '{2024-01-01 3: 3 2* 2* 2*,2024-02-01 1: 1 1 0*}',
    'rolling: in it or later; complete where nobody is left') FROM hand_s;
SELECT is(shown(s, '2024-04-15', 'bounded'), '{2024-01-01 3: 3 1 1 2*,2024-02-01 1: 1 1 1*}',
    'bounded: in any period after the first up to it') FROM hand_s;
SELECT is(shown(s, as_of), expected, 'as of ' || as_of)
FROM hand_s, (VALUES
    (timestamptz '2024-01-31 23:59:59.999999', '{2024-01-01 3: 3*}'::text[]),
    -- a period that begins then is there, and the one before is over
    ('2024-02-01', '{2024-01-01 3: 3 1*,2024-02-01 1: 1*}'),
    ('2024-05-01', '{2024-01-01 3: 3 1 0 2 0*,2024-02-01 1: 1 1 0 0*}'),
    ('2023-12-31', NULL)) AS v (as_of, expected);
SELECT is(shown(s, as_of, mode), expected, 'what lies after as of: ' || mode || ', ' || as_of)
FROM hand_s, (VALUES
    ('exact', timestamptz '2024-03-01', '{2024-01-01 3: 3 1 0*,2024-02-01 1: 1 1*}'::text[]),
    ('bounded', '2024-03-01', '{2024-01-01 3: 3 1 1*,2024-02-01 1: 1 1*}'),
    ('rolling', '2024-03-01', '{2024-01-01 3: 3 2* 2*,2024-02-01 1: 1 1}'),
    ('rolling', '2024-02-15', '{2024-01-01 3: 3 2*,2024-02-01 1: 1*}')) AS v (mode, as_of, expected);
SELECT results_eq('SELECT retention_ratio FROM hand_s, cohort_retention(s, ''2024-04-15'')',
    'VALUES (1::double precision), (1 / 3.0::double precision), (0), (2 / 3.0::double precision), (1), (1), (0)',
    'the ratio is retained / customers, in order of cohort and period');
SELECT results_eq('SELECT * FROM hand_s, cohort_retention(s, ''2024-04-15'') EXCEPT ALL
        SELECT * FROM hand_s, cohort_retention(s, ''2024-04-15'', ''exact'')',
    'SELECT * FROM hand_s, cohort_retention(s, ''2024-04-15'') LIMIT 0', 'exact is the default');
-- the day that the clocks show decides
SELECT is(shown(cohort(7, timestamptz '2024-03-31 22:30+00', 'month', zone), '2024-04-15'), expected, 'zone ' || zone)
FROM (VALUES ('Europe/Berlin', '{2024-04-01 1: 1*}'::text[]), ('America/New_York', '{2024-03-01 1: 1 0*}'),
    ('Asia/Kathmandu', '{2024-04-01 1: 1*}'), ('UTC', '{2024-03-01 1: 1 0*}')) AS v (zone, expected)
GROUP BY zone, expected ORDER BY zone;
SELECT is(shown(cohort(7, timestamptz '2024-03-20', 'month', 'Europe/Berlin'), as_of), expected,
    'the zone decides what is over, too: ' || as_of)
FROM (VALUES (timestamptz '2024-03-31 21:59:59+00', '{2024-03-01 1: 1*}'::text[]),
    ('2024-03-31 22:00+00', '{2024-03-01 1: 1 0*}')) AS v (as_of, expected)
GROUP BY as_of, expected ORDER BY as_of;

-- ---------------------------------------------------------------------------
-- NULL, and no rows
-- ---------------------------------------------------------------------------
SELECT is(cohort_summary(customer, at, 'month', 'UTC')::text,
    'v1 period= week_start=1 zone= cells= key=none records=0 packed=', 'no rows') FROM hand WHERE false;
SELECT is(cohort(customer, at, 'month', 'UTC')::text,
    'v1 period= week_start=1 zone= cells= key=none records=0 packed=', 'no rows, compacted') FROM hand WHERE false;
SELECT is(cohort(customer, at, 'month', 'UTC'), (SELECT s FROM hand_s), 'rows without a customer or time are skipped')
FROM (TABLE hand UNION ALL VALUES (NULL, now()), (9, NULL), (NULL, NULL)) AS t;
SELECT throws_ok(format('SELECT cohort(%s)', arguments), '22004', NULL, 'but a rule of NULL is an error: ' || arguments)
FROM unnest(ARRAY['1, now(), NULL, ''UTC''', '1, now(), ''month'', NULL', '1, now(), ''week'', ''UTC'', NULL',
    'NULL::bigint, NULL, ''month'', NULL']) AS arguments;
SELECT is(cohort_accum(NULL, 1, now(), 'month', 'UTC'), NULL, 'no state');
SELECT is(shown(cohort(customer, at, 'month', 'UTC'), '2024-04-15'), NULL, 'nothing in, no rows out')
FROM hand WHERE false;
SELECT is_empty(format('SELECT cohort_retention(%s)', arguments), 'NULL gives no rows: ' || arguments)
FROM unnest(ARRAY['NULL, now()', '(SELECT s FROM hand_s), NULL', '(SELECT s FROM hand_s), now(), NULL']) AS arguments;
SELECT is(compact(NULL::cohort_summary), NULL, 'compact of NULL');

-- ---------------------------------------------------------------------------
-- Random data against plain SQL
-- ---------------------------------------------------------------------------
CREATE TABLE event (span int, customer bigint, at timestamptz);
SELECT setseed(0.1729) \g /dev/null
INSERT INTO event
SELECT days, (floor(random() ^ 2 * 200)::bigint - 100) * 92233720368547758, at + random() * days * interval '1 day'
FROM (VALUES (40, timestamptz '2024-03-05'), (200, '2023-08-20'), (1500, '2020-02-01')) AS v (days, at),
     generate_series(1, 1500);
-- at the edges of days, in all kinds of zones; where the clocks change; long before there were zones, and far ahead
INSERT INTO event
SELECT span, floor(random() * 50), at
FROM (VALUES (40, timestamptz '2024-03-10 00:00+00'), (200, '2023-10-25'), (1500, '2021-02-25')) AS v (span, day),
     generate_series(day, day + interval '9 days', '15 min') AS edge,
     LATERAL (VALUES (edge), (edge - interval '1 us')) AS e (at);
INSERT INTO event
SELECT 0, floor(random() * 30), timestamptz '1850-01-01' + random() * interval '900 years'
FROM generate_series(1, 3000);
CREATE FUNCTION local_period(at timestamptz, period text, zone text, week_start int) RETURNS timestamp LANGUAGE sql
IMMUTABLE AS $$
    SELECT date_trunc(period, day - shift) + shift
    FROM (SELECT date_trunc('day', at AT TIME ZONE zone) AS day,
              CASE period WHEN 'week' THEN week_start - 1 ELSE 0 END * interval '1 day' AS shift) AS t $$;
CREATE FUNCTION plain(span_of int, period text, zone text, week_start int, as_of timestamptz, mode text,
    OUT cohort date, OUT period_number int, OUT customers bigint, OUT retained bigint,
    OUT retention_ratio double precision, OUT is_complete boolean) RETURNS SETOF record LANGUAGE sql AS $$
    WITH now AS MATERIALIZED (
        SELECT local_period(as_of, period, zone, week_start) AS now,
            CASE period WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || period)::interval END AS step
    ), active AS MATERIALIZED (
        SELECT DISTINCT customer, local_period(at, period, zone, week_start) AS active FROM event WHERE span = span_of
    ), ranked AS MATERIALIZED (
        SELECT customer, active, min(active) OVER c AS first, max(active) OVER c AS last,
            rank() OVER (PARTITION BY customer ORDER BY active) AS rank
        FROM active WINDOW c AS (PARTITION BY customer)
    ), grid AS MATERIALIZED (
        SELECT first, customers, later, now, row_number() OVER (PARTITION BY first ORDER BY later) - 1 AS number
        FROM (SELECT first, count(*) AS customers FROM ranked WHERE rank = 1 GROUP BY 1) AS g, now,
            generate_series(first, now, step) AS later
    ), counted AS MATERIALIZED (
        SELECT first, active AS later, count(*) AS active, count(*) FILTER (WHERE rank = 2) AS back,
            count(*) FILTER (WHERE active = last) AS last
        FROM ranked GROUP BY 1, 2
    ), summed AS (
        SELECT grid.*, coalesce(active, 0) AS active,
            CASE WHEN number = 0 THEN customers ELSE sum(back) OVER so_far END AS back,
            customers - sum(coalesce(last, 0)) OVER so_far + coalesce(last, 0) AS left
        FROM grid LEFT JOIN counted USING (first, later)
        WINDOW so_far AS (PARTITION BY first ORDER BY later)
    )
    SELECT first::date, number::int, customers, r.retained, r.retained::double precision / customers,
        CASE mode WHEN 'rolling' THEN first < now AND r.retained = customers ELSE later < now END
    FROM summed, LATERAL (SELECT CASE mode WHEN 'exact' THEN active WHEN 'rolling' THEN "left" ELSE back END::bigint
        AS retained) AS r $$;
CREATE FUNCTION differences(span int, period text, zone text, week_start int, as_of timestamptz, mode text,
    OUT found bigint, OUT different bigint) LANGUAGE sql AS $$
    WITH s AS MATERIALIZED (
        SELECT cohort(customer, at, period, zone, week_start) AS compacted,
            cohort_summary(customer, at, period, zone, week_start) AS kept
        FROM event WHERE event.span = differences.span
    ), expected AS MATERIALIZED (
        SELECT * FROM plain(span, period, zone, week_start, as_of, mode)
    )
    SELECT (SELECT count(*) FROM expected), (
        SELECT count(*) FROM (
            (SELECT r.* FROM s, cohort_retention(compacted, as_of, mode) AS r EXCEPT ALL TABLE expected) UNION ALL
            (TABLE expected EXCEPT ALL SELECT r.* FROM s, cohort_retention(compacted, as_of, mode) AS r) UNION ALL
            (SELECT r.* FROM s, cohort_retention(kept, as_of, mode) AS r EXCEPT ALL TABLE expected) UNION ALL
            (TABLE expected EXCEPT ALL SELECT r.* FROM s, cohort_retention(kept, as_of, mode) AS r)) AS d) $$;
CREATE TABLE comparison AS
SELECT c.*, zone, mode, d.*
FROM (VALUES
    (40, 'day', 1, timestamptz '2024-04-20'), (40, 'day', 5, '2024-03-25 12:00'), (200, 'week', 1, '2024-03-20 08:15'),
    (200, 'week', 2, '2024-03-01'), (200, 'week', 3, '2024-03-01'), (200, 'week', 4, '2024-03-01'),
    (200, 'week', 5, '2024-03-01'), (200, 'week', 6, '2024-01-06 12:00'), (200, 'week', 7, '2024-03-10 23:30'),
    (1500, 'month', 1, '2024-04-01 03:00'), (1500, 'quarter', 1, '2024-03-31 23:00'),
    (1500, 'year', 1, '2024-12-31 12:00'), (0, 'year', 1, '2400-06-06'), (0, 'quarter', 1, '1999-12-31 23:30'))
        AS c (span, period, week_start, as_of),
    unnest('{UTC,America/New_York,Asia/Kathmandu,Pacific/Kiritimati,Pacific/Pago_Pago,Australia/Lord_Howe,'
        'America/Sao_Paulo,EST5EDT}'::text[]) AS zone,
    unnest('{exact,rolling,bounded}'::text[]) AS mode,
    LATERAL differences(span, period, zone, week_start, as_of, mode) AS d;
SELECT is(format('%s of %s rows', sum(different), min(found)), format('0 of %s rows', min(found)),
    format('plain SQL, by %s from day %s of %s days, %s, as of %s in 8 zones', period, week_start, span, mode, as_of))
FROM comparison GROUP BY period, week_start, span, mode, as_of ORDER BY period, week_start, span, mode, as_of;
SELECT cmp_ok(min(found), '>', 50::bigint, 'there were rows to compare: ' || period) FROM comparison
WHERE period <> 'year' GROUP BY period ORDER BY period;
-- every zone of the server, where its clocks changed, and where they will
SELECT is(array_agg(DISTINCT name), NULL, 'local days are those of AT TIME ZONE, in every zone')
FROM (
    SELECT name, at, cohort(1, at, 'day', name) AS s
    FROM (SELECT name FROM pg_timezone_names
          WHERE name ~ '^[A-Z][A-Za-z]+/[A-Z]' AND name !~ '^(Etc|SystemV)/' ORDER BY md5(name) LIMIT 150) AS z,
        LATERAL (
            SELECT timestamptz '2000-01-01' + (hashtextextended(name, i) % 50000) * interval '1 day 01:03' AS at
            FROM generate_series(1, 30) AS i
            UNION ALL SELECT timestamptz '1847-12-01' + i * interval '5 years 7 hours' FROM generate_series(0, 60) AS i
        ) AS t
    GROUP BY 1, 2
) AS t, LATERAL cohort_retention(s, at) AS r
WHERE cohort <> (at AT TIME ZONE name)::date;

-- ---------------------------------------------------------------------------
-- The state: customers of any type, kept or compacted, in parts
-- ---------------------------------------------------------------------------
CREATE TABLE kept AS
SELECT customer % 3 AS part, cohort_summary(customer, at, 'month', 'Asia/Tehran') AS s
FROM event WHERE span = 1500 GROUP BY 1;
CREATE VIEW whole AS SELECT cohort_summary(customer, at, 'month', 'Asia/Tehran') AS s FROM event WHERE span = 1500;
SELECT is((SELECT rollup(s) FROM kept), s, 'rollup by customers') FROM whole;
SELECT is((SELECT rollup(p) FROM (SELECT cohort_summary(customer, at, 'month', 'Asia/Tehran') AS p FROM event
    WHERE span = 1500 GROUP BY extract(minute FROM at)) AS t), s, 'rollup by anything') FROM whole;
SELECT is(compact(s), (SELECT cohort(customer, at, 'month', 'Asia/Tehran') FROM event WHERE span = 1500),
    'cohort() is compacted') FROM whole;
SELECT is(compact(compact(s)), compact(s), 'compacted once') FROM whole;
SELECT is((SELECT rollup(compact(p.s)) FROM kept AS p), compact(s), 'counts of disjoint customers add up') FROM whole;
SELECT isnt((SELECT rollup(p) FROM (SELECT cohort(customer, at, 'month', 'Asia/Tehran') AS p FROM event
    WHERE span = 1500 GROUP BY extract(minute FROM at)) AS t), compact(s), 'counts of others do not') FROM whole;
-- customers kept beside others compacted: any tree, any time of compaction
CREATE TABLE tree AS
SELECT a.s AS a, b.s AS b, c.s AS c FROM kept AS a, kept AS b, kept AS c
WHERE a.part <> b.part AND b.part <> c.part AND a.part <> c.part;
SELECT is(count(*), 6::bigint, 'three parts that hold customers') FROM tree;
SELECT ok(bool_and(shown(compact(a) + b + c, '2024-03-01', mode) = shown(s, '2024-03-01', mode)
    AND shown(compact(a + b) + c, '2024-03-01', mode) = shown(s, '2024-03-01', mode)),
    'some customers compacted: the answer is that of all')
FROM whole, tree, unnest('{exact,rolling,bounded}'::text[]) AS mode;
SELECT ok(bool_and((compact(a) + b) + compact(c) = compact(a) + (b + compact(c)) AND compact(a) + b = b + compact(a)
    AND cohort_summary_send((compact(a) + b) + compact(c)) = cohort_summary_send(compact(c) + (compact(a) + b))),
    'and adding is associative and commutative') FROM tree;
SELECT ok(bool_and(compact(compact(a) + b) = compact(a + b) AND compact(compact(a + b) + c) = compact(s)),
    'and when they are compacted does not matter') FROM whole, tree;
SELECT is(count(DISTINCT x), 1::bigint, 'and both parts go out and in')
FROM (SELECT compact(a) + b + c AS m FROM tree LIMIT 1) AS t, unnest(ARRAY[m, m::text::cohort_summary]) AS x;
SELECT ok(matches, 'both parts are there') FROM (SELECT (compact(a) + b)::text ~ ' cells=\d.* records=[1-9]' FROM tree
    LIMIT 1) AS t (matches);
SELECT is(compact(cohort_summary(customer::text, at, 'month', 'Asia/Tehran')), (SELECT compact(s) FROM whole),
    'customers by text') FROM event WHERE span = 1500;
SELECT is(compact(cohort_summary(md5(customer::text)::uuid, at, 'month', 'Asia/Tehran')),
    (SELECT compact(s) FROM whole), 'customers by uuid') FROM event WHERE span = 1500;
SELECT is(cohort(customer::text, at, 'week', 'UTC', 7), cohort(customer, at, 'week', 'UTC', 7),
    'and with a first day, too: text')
FROM event WHERE span = 200;
SELECT is(cohort(md5(customer::text)::uuid, at, 'week', 'UTC', 7), cohort(customer, at, 'week', 'UTC', 7), 'and uuid')
FROM event WHERE span = 200;
SELECT is(cohort(customer, at, 'week', 'UTC', 1), cohort(customer, at, 'week', 'UTC'), 'weeks begin on Monday')
FROM event WHERE span = 200;
SELECT is(cohort(customer, at, 'month', 'UTC', 6), cohort(customer, at, 'month', 'UTC'),
    'the first day is of weeks only') FROM event WHERE span = 200;
SELECT is(cohort(customer, at, 'month', 'america/new_york'), cohort(customer, at, 'month', 'America/New_York'),
    'a zone has one name, however it is written') FROM event WHERE span = 200;
SELECT cmp_ok(pg_column_size(cohort(customer, at, 'year', 'UTC')), '<',
    pg_column_size(cohort_summary(customer, at, 'year', 'UTC')) / 5, 'compacted it is smaller')
FROM event WHERE span = 1500;
SELECT is(compact(cohort_summary(1, at, 'year', 'UTC')), cohort(1, '2024-01-01'::timestamptz, 'year', 'UTC'),
    'a period of a customer counts once') FROM generate_series(timestamptz '2024-01-01', '2024-12-31', '1 hour') AS at;

-- ---------------------------------------------------------------------------
-- Wrong dates, and the ends of time
-- ---------------------------------------------------------------------------
CREATE VIEW wild AS
SELECT cohort(customer, at, 'day', 'UTC') AS s
FROM (TABLE hand UNION ALL
      SELECT n, timestamptz '4713-01-01 BC' + n * interval '1 day' FROM generate_series(1, 5) AS n) AS t;
SELECT throws_like('SELECT count(*) FROM wild, cohort_retention(s, ''2024-05-01'')',
    'cohorts by day up to 2024-05-01 00:00:00+00 would have % rows', 'a wrong date does not make millions of rows');
SELECT throws_ok('SELECT count(*) FROM wild, cohort_retention(s, ''2024-05-01'')', '22023', NULL, 'it is an error');
SELECT is(count(*), 3::bigint, 'but what comes before is there') FROM wild, cohort_retention(s, '4713-01-03 BC');
SELECT is(count(*) FILTER (WHERE retained > 0), 1::bigint, 'by year it is many rows, and they are given')
FROM (SELECT cohort(1, timestamptz '4713-06-01 BC', 'year', 'UTC') AS s) AS t, cohort_retention(s, '2024-05-01');
SELECT throws_ok(format('SELECT cohort(1, %L::timestamptz, %L, %L)', at, period, zone), '22008', NULL,
    format('no %s of %s in %s', period, at, zone))
FROM (VALUES ('infinity', 'month', 'UTC'), ('-infinity', 'month', 'UTC'), ('4714-11-24 00:00+00 BC', 'month', 'UTC'),
    ('4714-11-30 12:00+00 BC', 'year', 'UTC'), ('4714-11-24 12:00+00 BC', 'quarter', 'UTC'),
    ('4714-11-24 00:00+00 BC', 'day', 'America/New_York'), ('294276-12-31 23:59:59+00', 'day', 'Asia/Tokyo'))
    AS v (at, period, zone);
SELECT is(shown(cohort(1, at, period, 'UTC'), at), expected, 'the ends of time: ' || period || ' of ' || at)
FROM (VALUES (timestamptz '4714-11-24 00:00+00 BC', 'day', '{4714-11-24 BC 1: 1*}'::text[]),
    ('4714-11-25 00:00+00 BC', 'week', '{4714-11-24 BC 1: 1*}'),
    ('4714-12-01 00:00+00 BC', 'month', '{4714-12-01 BC 1: 1*}'),
    ('4713-01-01 00:00+00 BC', 'year', '{4713-01-01 BC 1: 1*}'),
    ('294276-12-31 23:59:59.999999+00', 'day', '{294276-12-31 1: 1*}'),
    ('294276-12-31 23:59:59.999999+00', 'quarter', '{294276-10-01 1: 1*}')) AS v (at, period, expected)
GROUP BY at, period, expected ORDER BY at, period;

-- ---------------------------------------------------------------------------
-- Errors
-- ---------------------------------------------------------------------------
SELECT throws_ok(format('SELECT cohort(1, now(), %s)', arguments), '22023', message, message)
FROM (VALUES
    ('''fortnight'', ''UTC''', 'unknown grain "fortnight"'), ('''Month'', ''UTC''', 'unknown grain "Month"'),
    ('''days'', ''UTC''', 'unknown grain "days"'), (''''', ''UTC''', 'unknown grain ""'),
    ('''week'', ''UTC'', 0', 'first day of the week 0 is out of range'),
    ('''month'', ''UTC'', 8', 'first day of the week 8 is out of range'),
    ('''month'', ''UTC+3''', 'time zone "UTC+3" not recognized'),
    ('''month'', ''+03:00''', 'time zone "+03:00" not recognized'),
    ('''month'', ''Mars/Olympus''', 'time zone "Mars/Olympus" not recognized'),
    ('''month'', ''''', 'time zone "" not recognized'),
    ('''month'', ''<+03>-3''', 'time zone "<+03>-3" not recognized'),
    ('''month'', repeat(''x'', 300)', 'time zone "' || repeat('x', 300) || '" not recognized'),
    ('''month'', ''../../etc/passwd''', 'time zone "../../etc/passwd" not recognized')) AS v (arguments, message);
SELECT throws_ok('SELECT cohort_retention(s, now(), ''unbounded'') FROM hand_s', '22023', 'unknown mode "unbounded"',
    'an unknown mode');
SELECT throws_ok(format('SELECT cohort_retention(s, %L) FROM hand_s', as_of), '22008', 'as_of is ' || as_of,
    'as of ' || as_of)
FROM unnest('{infinity,-infinity}'::text[]) AS as_of;
SELECT throws_ok(format('SELECT %s(1, now(), %s) + %s(1, now(), %s)', f, a, f, b), '22023',
    'cohorts of different periods or time zones do not combine', format('%s: %s and %s', f, a, b))
FROM unnest('{cohort,cohort_summary}'::text[]) AS f, (VALUES ('''month'', ''UTC''', '''week'', ''UTC'''),
    ('''month'', ''UTC''', '''month'', ''Asia/Tokyo'''), ('''week'', ''UTC'', 7', '''week'', ''UTC''')) AS v (a, b);
SELECT throws_ok('SELECT cohort(1, now(), period, ''UTC'') FROM unnest(''{month,week}''::text[]) AS period', '22023',
    'cohorts of different periods or time zones do not combine', 'nor in one group');
SELECT throws_ok($$
    SELECT cohort_summary(1, now(), 'month', 'UTC') + cohort_summary('1'::text, now(), 'month', 'UTC')$$, '22023',
    'summaries of customers of type bigint and of type text do not combine', 'customers of different types');
SELECT lives_ok('SELECT cohort(1, now(), ''month'', ''UTC'') + cohort(''1''::text, now(), ''month'', ''UTC'')',
    'but once compacted they are counts');

-- ---------------------------------------------------------------------------
-- CD purchases
-- ---------------------------------------------------------------------------
\if :has_data
CREATE TABLE line (line text);
\copy line FROM PROGRAM 'tr -d "\r" < "$DATA/cdnow/CDNOW_sample.txt"'
CREATE TABLE purchase AS
SELECT word[2] AS customer, to_date(word[3], 'YYYYMMDD') AS day
FROM line, regexp_split_to_array(trim(line), ' +') AS word;
CREATE VIEW cd AS SELECT cohort(customer, day::timestamptz, 'month', 'UTC') AS s FROM purchase;
SELECT is(array_agg(DISTINCT format('%s: %s', cohort, customers) ORDER BY format('%s: %s', cohort, customers)),
    '{"1997-01-01: 781","1997-02-01: 857","1997-03-01: 719"}', 'CD purchases: 2,357 customers began in three months')
FROM cd, cohort_retention(s, '1998-07-01');
SELECT results_eq(format($$
    SELECT cohort, period_number, customers, retained FROM cd, cohort_retention(s, '1998-06-30', %L)$$, mode),
    format($$
    WITH p AS (
        SELECT customer, extract(year FROM day)::int * 12 + extract(month FROM day)::int AS month FROM purchase
    ), began AS (
        SELECT customer, min(month) AS month, max(month) AS last,
            (SELECT min(q.month) FROM p AS q WHERE q.customer = p.customer AND q.month > min(p.month)) AS back
        FROM p GROUP BY 1
    )
    SELECT make_date((b.month - 1) / 12, (b.month - 1) %% 12 + 1, 1), n, count(*),
        count(*) FILTER (WHERE %s)
    FROM began AS b, generate_series(0, 1998 * 12 + 6 - b.month) AS n
    GROUP BY b.month, n ORDER BY 1, 2$$, test), 'CD purchases: plain SQL, ' || mode)
FROM (VALUES ('exact', 'EXISTS (SELECT FROM p WHERE p.customer = b.customer AND p.month = b.month + n)'),
    ('rolling', 'last >= b.month + n'), ('bounded', 'n = 0 OR back <= b.month + n')) AS v (mode, test);
SELECT is(count(*) FILTER (WHERE NOT is_complete), 3::bigint, 'CD purchases: June 1998 is not over on its last day')
FROM cd, cohort_retention(s, '1998-06-30');
\else
SELECT skip('no data: CRMKPI_DATA does not name a directory with cdnow/CDNOW_sample.txt', 5);
\endif
SELECT * FROM finish();
ROLLBACK;
