-- backlog: the days of every kind of zone, the forms of the state, and errors, against plain SQL.
BEGIN;
SET LOCAL search_path = public, crmkpi;
SET LOCAL timezone = 'UTC';
SELECT plan(179);

-- ---------------------------------------------------------------------------
-- The days of a zone. The oracle tries every quarter of an hour: a day begins at the first at which the clocks show
-- the day or a later one, and ends where the next one begins.
-- ---------------------------------------------------------------------------
CREATE FUNCTION day_start(day date, zone text) RETURNS timestamptz LANGUAGE sql AS $$
    SELECT min(t)
    FROM generate_series(day::timestamp AT TIME ZONE 'UTC' - interval '2 days',
                         day::timestamp AT TIME ZONE 'UTC' + interval '2 days', '15 min') AS t
    WHERE (t AT TIME ZONE zone)::date >= day $$;
CREATE FUNCTION day_edges(from_day date, to_day date, zone text)
RETURNS TABLE (day date, start_at timestamptz, end_at timestamptz) LANGUAGE sql AS $$
    SELECT from_day + i, day_start(from_day + i, zone), day_start(from_day + i + 1, zone)
    FROM generate_series(0, to_day - from_day) AS i $$;

CREATE TABLE span (no serial, zone text, from_day date, to_day date, what text);
INSERT INTO span (zone, from_day, to_day, what) VALUES
    ('UTC', '2023-11-20', '2024-03-10', 'days of 24 hours'),
    ('America/New_York', '2023-01-01', '2024-12-31', 'daylight saving at 2 in the night'),
    ('Asia/Kathmandu', '2024-01-01', '2024-04-30', 'an offset of 5:45'),
    ('Asia/Kathmandu', '1985-12-01', '1986-02-10', 'that was 5:30 before'),
    ('Australia/Lord_Howe', '2023-09-01', '2024-05-01', 'daylight saving of half an hour'),
    ('Pacific/Apia', '2011-11-15', '2012-01-20', 'without the 30th of December 2011'),
    ('Pacific/Kwajalein', '1993-08-01', '1993-09-10', 'without the 21st of August 1993'),
    ('America/Havana', '2023-01-01', '2024-01-31', 'a midnight left out, and one that comes twice'),
    ('America/Sao_Paulo', '2017-09-01', '2018-04-01', 'midnight left out, and 23:00 twice'),
    ('America/St_Johns', '2006-03-01', '2006-12-01', 'changes at one minute past midnight'),
    ('America/Toronto', '1919-03-01', '1919-11-30', 'from half past 23 to half past 0'),
    ('FOO+3BAR,M3.2.0,M11.1.0', '2030-01-01', '2030-12-31', 'as POSIX writes it'),
    ('Etc/GMT-14', '2024-02-20', '2024-03-05', 'far east'),
    ('Etc/GMT+12', '2024-02-20', '2024-03-05', 'far west');

SELECT is(array_agg(day || ' ' || hours ORDER BY day), expected, label)
FROM (VALUES
    (6, '2011-12-29'::date, '2011-12-31'::date, ARRAY['2011-12-29 24', '2011-12-30 0', '2011-12-31 24'],
        'the oracle knows the day that Apia left out'),
    (8, '2023-03-11', '2023-03-13', ARRAY['2023-03-11 24', '2023-03-12 23', '2023-03-13 24'], 'and both'),
    (8, '2023-11-04', '2023-11-06', ARRAY['2023-11-04 24', '2023-11-05 25', '2023-11-06 24'], 'changes of Havana'),
    (10, '2006-10-28', '2006-10-30', ARRAY['2006-10-28 24', '2006-10-29 25', '2006-10-30 24'], 'and of St. John''s')
) AS v (span_no, a, b, expected, label)
JOIN span ON no = span_no,
LATERAL (SELECT day, extract(hour FROM end_at - start_at) + 24 * extract(day FROM end_at - start_at) AS hours
         FROM day_edges(a, b, zone)) AS e
GROUP BY label, expected, span_no, a ORDER BY span_no, a;

CREATE TABLE edge AS SELECT no, e.* FROM span, LATERAL day_edges(from_day, to_day, zone) AS e;
ANALYZE edge;

-- Random items around each span; one in five is open. Some lie far off.
SELECT setseed(0.1961) \g /dev/null
CREATE TABLE item AS
SELECT no, opened, CASE WHEN random() > 0.2 THEN opened + random() ^ 4 * interval '60 days' END AS closed
FROM (SELECT no, from_day::timestamp AT TIME ZONE 'UTC' - interval '40 days'
          + random() * (to_day - from_day + 50) * interval '1 day' AS opened
      FROM span, generate_series(1, 2500) OFFSET 0) AS t;
INSERT INTO item SELECT no, v.* FROM span, (VALUES
    ('0044-03-15 BC 12:00+00'::timestamptz, NULL::timestamptz), ('1970-01-01 00:00+00', '1970-01-01 00:00+00'),
    ('1901-01-01 00:00+00', '2262-04-11 23:47+00'), ('1901-01-01 00:00+00', '9999-12-31 23:59:59.999999+00'),
    ('49999-12-31 23:59:59.999999+00', NULL), (NULL, '2011-12-30 12:00+00'), (NULL, NULL)) AS v;
-- and at every edge of a day, to the microsecond
INSERT INTO item
SELECT no, start_at - interval '1 us', start_at FROM edge
UNION ALL SELECT no, start_at, CASE WHEN day < to_day THEN greatest(start_at, end_at - interval '1 us') END
FROM edge JOIN span USING (no);
ANALYZE item;

CREATE TABLE answer AS
SELECT no, b.* FROM span, LATERAL (SELECT backlog_summary(opened, closed) AS s FROM item WHERE item.no = span.no) AS t,
                    LATERAL backlog(s, from_day, to_day, zone) AS b;
CREATE TABLE plain AS
SELECT no, day, count(*) FILTER (WHERE opened >= start_at AND opened < end_at) AS opened,
       count(*) FILTER (WHERE opened IS NOT NULL AND closed >= start_at AND closed < end_at) AS closed,
       count(*) FILTER (WHERE opened < end_at AND (closed >= end_at) IS NOT FALSE) AS open_items
FROM edge JOIN item USING (no) GROUP BY no, day;
SELECT is((SELECT count(*) FROM (SELECT * FROM answer AS a WHERE a.no = span.no INTERSECT ALL
                                 SELECT * FROM plain AS p WHERE p.no = span.no) AS same),
          (to_day - from_day + 1)::bigint, 'as in plain SQL: ' || zone || ': ' || what)
FROM span ORDER BY no;
SELECT is((SELECT count(*) FROM answer AS a WHERE a.no = span.no), (to_day - from_day + 1)::bigint,
    'a row for each day: ' || zone)
FROM span ORDER BY no;
SELECT is(array_agg(day), array_agg(from_day + i::int - 1), 'the days are in order: ' || zone)
FROM span, LATERAL (SELECT backlog_summary(opened, closed) AS s FROM item WHERE item.no = span.no) AS t,
     LATERAL backlog(s, from_day, to_day, zone) WITH ORDINALITY AS b (day, o, c, n, i)
GROUP BY no, zone ORDER BY no;
SELECT is(array_agg(a.opened + a.closed), '{0}', 'nothing happens on a day that is left out: ' || zone)
FROM answer AS a JOIN span USING (no) JOIN (VALUES (6, '2011-12-30'::date), (7, '1993-08-21')) AS v (no, day)
    USING (no, day)
GROUP BY no, zone ORDER BY no;

-- Where midnight comes once, the edge is that of PostgreSQL.
SELECT is(count(*) FILTER (WHERE start_at = day::timestamp AT TIME ZONE zone), count(*),
    'the oracle is day::timestamp AT TIME ZONE: ' || zone)
FROM edge JOIN span USING (no)
WHERE (no, day) NOT IN ((8, '2023-11-05'), (10, '2006-10-29'), (11, '1919-03-31')) GROUP BY no, zone ORDER BY no;

-- The moment, at every hour of three days
SELECT is(count(*) FILTER (WHERE open_items(s, at) = expected), 72::bigint, 'open_items: ' || zone)
FROM span, LATERAL (SELECT backlog_summary(opened, closed) AS s FROM item WHERE item.no = span.no) AS t,
     generate_series(from_day::timestamp AT TIME ZONE 'UTC' + interval '15 min', (from_day + 3)::timestamp
         AT TIME ZONE 'UTC', '1 hour') AS at,
     LATERAL (SELECT count(*) AS expected FROM item
              WHERE item.no = span.no AND opened < at AND (closed >= at) IS NOT FALSE) AS e
GROUP BY no, zone ORDER BY no;
SELECT is(open_items(s, at), expected, 'open_items at ' || at)
FROM (SELECT backlog_summary(o, c) AS s FROM (VALUES
          ('2024-01-01 10:00+00'::timestamptz, '2024-01-01 10:15+00'::timestamptz),
          ('2024-01-01 10:14:59.999999+00', '2024-01-01 10:30+00'), ('1970-01-01 00:00+00', NULL)) AS v (o, c)) AS t,
     (VALUES ('4713-01-01 BC 00:00+00'::timestamptz, 0::bigint), ('1970-01-01 00:00+00', 0),
             ('1970-01-01 00:15+00', 1), ('2024-01-01 10:00+00', 1), ('2024-01-01 10:15+00', 3),
             ('2024-01-01 10:30+00', 2), ('2024-01-01 10:45+00', 1), ('294276-12-31 23:45+00', 1)) AS w (at, expected)
ORDER BY at;

-- ---------------------------------------------------------------------------
-- Nothing, and NULL
-- ---------------------------------------------------------------------------
SELECT is(backlog_summary(opened, closed)::text, 'v1 opened=0 closed=0 quarters=', 'the summary of no rows')
FROM item WHERE false;
SELECT is(backlog_summary(NULL, closed)::text, 'v1 opened=0 closed=0 quarters=', 'and of rows without opened')
FROM item;
SELECT is(rollup(s)::text, 'v1 opened=0 closed=0 quarters=', 'and of NULLs')
FROM (VALUES (NULL::backlog_summary), (NULL)) AS t (s);
SELECT results_eq($$SELECT * FROM backlog('v1 opened=0 closed=0 quarters=', '2024-02-28', '2024-03-01', 'UTC')$$,
    $$VALUES ('2024-02-28'::date, 0::bigint, 0::bigint, 0::bigint), ('2024-02-29', 0, 0, 0), ('2024-03-01', 0, 0, 0)$$,
    'the backlog of nothing has its days');
SELECT is(open_items('v1 opened=0 closed=0 quarters=', '2024-01-01'), 0::bigint, 'and nothing is open');
SELECT is((SELECT count(*) FROM backlog(s, a, b, z)), 0::bigint, 'a NULL argument gives no rows')
FROM (VALUES (NULL::backlog_summary, '2024-01-01'::date, '2024-01-02'::date, 'UTC'),
             ('v1 opened=0 closed=0 quarters=', NULL, '2024-01-02', 'UTC'),
             ('v1 opened=0 closed=0 quarters=', '2024-01-01', NULL, 'UTC'),
             ('v1 opened=0 closed=0 quarters=', '2024-01-01', '2024-01-02', NULL)) AS v (s, a, b, z);
SELECT is(num_nulls(open_items(NULL, '2024-01-01'), open_items('v1 opened=0 closed=0 quarters=', NULL),
                    backlog_accum(NULL, '2024-01-01', NULL)), 3, 'and NULL elsewhere');
SELECT is(backlog_accum('v1 opened=0 closed=0 quarters=', NULL, '2024-01-01')::text, 'v1 opened=0 closed=0 quarters=',
    'a row without opened changes nothing');

-- ---------------------------------------------------------------------------
-- The text form, and days at the ends of time
-- ---------------------------------------------------------------------------
SELECT is(backlog_summary(o, c)::text, expected, expected)
FROM (VALUES
    ('4714-11-24 BC 00:00+00'::timestamptz, NULL::timestamptz, 'v1 opened=1 closed=0 quarters=0:1:0'),
    ('4714-11-24 BC 00:14:59.999999+00', '4714-11-24 BC 00:15+00', 'v1 opened=1 closed=1 quarters=0:1:0,1:0:1'),
    ('1999-12-31 23:59:59.999999+00', '2000-01-01 00:00+00',
        'v1 opened=1 closed=1 quarters=235348319:1:0,235348320:0:1'),
    ('2024-02-29 12:00+00', '2024-02-29 12:10+00', 'v1 opened=1 closed=1 quarters=236195568:1:1'),
    ('49999-12-31 23:59:59.999999+00', NULL, 'v1 opened=1 closed=0 quarters=1918385759:1:0')) AS v (o, c, expected)
GROUP BY expected ORDER BY expected;
SELECT is(array_agg(b::text), expected, 'days from ' || a || ' on')
FROM (VALUES ('4714-11-24 BC'::date, ARRAY['("4714-11-24 BC",1,0,1)', '("4714-11-25 BC",0,0,1)']),
             ('1969-12-31', ARRAY['(1969-12-31,0,0,1)', '(1970-01-01,1,1,1)']),
             ('49999-12-31', ARRAY['(49999-12-31,1,0,2)', '(50000-01-01,0,0,2)']),
             ('5874897-12-30', ARRAY['(5874897-12-30,0,0,2)', '(5874897-12-31,0,0,2)'])) AS v (a, expected),
     backlog('v1 opened=3 closed=1 quarters=0:1:0,234296500:1:1,1918385759:1:0', a, a + 1, 'UTC') AS b
GROUP BY a, expected ORDER BY a;

-- ---------------------------------------------------------------------------
-- The forms of the state: lists, counters, counters of more than 32 bits. raw() shows what the executor keeps.
-- ---------------------------------------------------------------------------
CREATE AGGREGATE raw(timestamptz, timestamptz) (
    SFUNC = backlog_accum, STYPE = backlog_summary, INITCOND = 'v1 opened=0 closed=0 quarters='
);
CREATE VIEW many AS
SELECT i, '2024-01-01 00:00+00'::timestamptz + i * 7919 % 200000 * interval '1 min' AS opened,
       '2024-01-01 00:00+00'::timestamptz + (i * 7919 % 200000 + i * 31 % 5000) * interval '1 min' AS closed,
       '0001-01-01 00:00+00'::timestamptz + i * interval '37 days' AS spread
FROM generate_series(1, 200000) AS i;
SELECT cmp_ok(pg_column_size(raw(opened, closed)), '<=', bytes, 'a state of ' || n || ' items')
FROM (VALUES (1, 64), (3, 64), (11, 128), (100, 1024), (3000, 32768), (200000, 1200000)) AS v (n, bytes)
JOIN many ON i <= n GROUP BY n, bytes ORDER BY n;
SELECT cmp_ok(pg_column_size(raw(opened, closed)), '<', 1200000, 'one that lies far off adds little')
FROM (SELECT opened, closed FROM many UNION ALL VALUES ('1970-01-01 00:00+00'::timestamptz,
    '1970-01-01 00:00+00'::timestamptz), ('0001-01-01 00:00+00', '9999-12-31 00:00+00')) AS t;
SELECT cmp_ok(pg_column_size(raw(spread, NULL)), '<=', 262144, 'items all over the centuries stay a list')
FROM many WHERE i <= 50000;
-- what is in such states, quarter by quarter
CREATE TABLE kept AS
SELECT label, i, CASE WHEN far THEN spread ELSE opened END AS o,
       CASE WHEN i % 3 <> 0 THEN CASE WHEN far THEN spread + i % 5 * interval '8 min' ELSE closed END END AS c
FROM (VALUES ('few', 5, 9), ('a list', 300, 999), ('counters', 60000, 60000),
             ('counters and a buffer', 45001, 60000), ('a list of centuries', 20000, 0),
                 ('counters, then centuries', 40000, 30000)) AS v (label, n, far_from)
JOIN many ON i <= n, LATERAL (SELECT i > far_from AS far) AS f;
ANALYZE kept;
CREATE TABLE truth AS
SELECT label, format('v1 opened=%s closed=%s quarters=%s', sum(opened), sum(closed),
                     string_agg(quarter || ':' || opened || ':' || closed, ',' ORDER BY quarter)) AS summary
FROM (SELECT label, floor(extract(epoch FROM at) / 900) + 234296448 AS quarter,
    count(*) FILTER (WHERE NOT is_closed) AS opened,
             count(*) FILTER (WHERE is_closed) AS closed
      FROM (SELECT label, o AS at, false AS is_closed FROM kept
            UNION ALL SELECT label, c, true FROM kept WHERE c IS NOT NULL) AS event
      GROUP BY label, quarter) AS by_quarter
GROUP BY label;
CREATE TABLE state AS SELECT label, raw(o, c) AS s, backlog_summary(o, c) AS whole FROM kept GROUP BY label;
SELECT ok(whole::text = summary, 'quarter by quarter: ' || label) FROM state JOIN truth USING (label) ORDER BY label;
SELECT ok(s::text = summary AND backlog_summary_final(s) = whole
    AND backlog_summary_send(s) = backlog_summary_send(whole)
          AND open_items(s, '2024-02-01') = open_items(whole, '2024-02-01'), 'the state itself can be read: ' || label)
FROM state JOIN truth USING (label) ORDER BY label;
-- every form is added to every other
SELECT is(count(*) FILTER (WHERE added = whole AND added::text = whole::text), 36::bigint,
    'states of every form added')
FROM (SELECT a.s + b.s AS added, a.whole + b.whole AS packed,
             (SELECT backlog_summary(o, c) FROM (SELECT o, c FROM kept WHERE label = a.label
                                                 UNION ALL SELECT o, c FROM kept WHERE label = b.label) AS u) AS whole
      FROM state AS a, state AS b OFFSET 0) AS t
WHERE packed = whole;
SELECT ok((SELECT rollup(s) FROM (SELECT raw(o,
    c) AS s FROM kept WHERE label = state.label GROUP BY i % parts) AS t) = whole,
    'rolled up from ' || parts || ': ' || label)
FROM state, unnest('{2,7,1000}'::int[]) AS parts ORDER BY label, parts;
-- a window goes on adding to the state that was read
SELECT is(count(*) FILTER (WHERE s::text = expected::text), count(*), 'a growing window')
FROM (SELECT i, backlog_summary(o, c) OVER (ORDER BY i) AS s,
             (SELECT backlog_summary(o, c) FROM kept AS k WHERE k.label = 'a list' AND k.i <= kept.i) AS expected
      FROM kept WHERE label = 'a list') AS t;
SELECT is(count(*) FILTER (WHERE open_items(s, '2025-01-01') = open), 6000::bigint, 'and one of counters')
FROM (SELECT backlog_summary(at, CASE WHEN i % 7 > 0 THEN at + interval '1 h' END) OVER (ORDER BY i) AS s,
             count(*) FILTER (WHERE i % 7 = 0) OVER (ORDER BY i) AS open
      FROM generate_series(1, 6000) AS i,
           LATERAL (SELECT timestamptz '2024-01-01' + i * 7 % 5000 * interval '1 min' AS at) AS a OFFSET 0) AS t;

-- Counts beyond 32 bits
CREATE FUNCTION one_quarter(n bigint, c bigint) RETURNS backlog_summary LANGUAGE sql AS
$$ SELECT format('v1 opened=%s closed=%s quarters=236000000:%1$s:%2$s', n, c)::backlog_summary $$;
SELECT is(rollup(one_quarter(n, c))::text, one_quarter(sum(n)::bigint, sum(c)::bigint)::text, label)
FROM (VALUES ('to 2^32 - 1', 4294967294, 0), ('to 2^32 - 1', 1, 1), ('to 2^32', 4294967295, 4294967295),
    ('to 2^32', 1, 1),
             ('over 2^32', 4294967295, 1), ('over 2^32', 4294967295, 4294967295), ('over 2^32', 7, 7),
             ('by large numbers', 9223372028264840000, 4294967296), ('by large numbers', 8589935807, 4294967296),
             ('to the largest bigint', 9223372036854775806, 9223372036854775806), ('to the largest bigint', 1, 1))
     AS v (label, n, c)
GROUP BY label ORDER BY label;
SELECT is(array_agg(b::text),
    '{"(2024-01-01,1,0,1)","(2024-01-02,9223372036854775806,4294967296,9223372032559808511)"}', 'and by day')
FROM (SELECT rollup(s) AS s
      FROM (VALUES ('v1 opened=9223372036854775806 closed=4294967296 quarters='
                    '236190000:9223372036854775806:4294967296'::backlog_summary),
                   (backlog_accum('v1 opened=0 closed=0 quarters=', '2024-01-01 12:00+00', NULL))) AS v (s)) AS t,
     LATERAL backlog(s + 'v1 opened=0 closed=0 quarters=', '2024-01-01', '2024-01-02', 'UTC') AS b;

-- ---------------------------------------------------------------------------
-- Errors
-- ---------------------------------------------------------------------------
SELECT throws_ok('SELECT ' || call, code, message, regexp_replace(call, '\s+', ' ', 'g'))
FROM (VALUES
    ('22023', $$backlog_summary('2024-01-02 00:00+00', '2024-01-01 23:59:59.999999+00')$$,
        'end 2024-01-01 23:59:59.999999+00 is before start 2024-01-02 00:00:00+00'),
    ('22008', $$backlog_summary('infinity', NULL)$$, 'time infinity is out of range for a backlog'),
    ('22008', $$backlog_summary('-infinity', NULL)$$, 'time -infinity is out of range for a backlog'),
    ('22008', $$backlog_summary('-infinity', '2024-01-01')$$, NULL),
    ('22008', $$backlog_summary('2024-01-01', 'infinity')$$, NULL),
    ('22008', $$backlog_summary('2024-01-01', '-infinity')$$, NULL),
    ('22008', $$backlog_summary('50000-01-01 00:00+00', NULL)$$,
        'time 50000-01-01 00:00:00+00 is out of range for a backlog'),
    ('22008', $$backlog_summary('2024-01-01', '294276-12-31 23:59:59.999999+00')$$, NULL),
    ('22023', $$backlog('v1 opened=0 closed=0 quarters=', '2024-01-02', '2024-01-01', 'UTC')$$,
        'last day 2024-01-01 is before first day 2024-01-02'),
    ('22008', $$backlog('v1 opened=0 closed=0 quarters=', '-infinity', '2024-01-01', 'UTC')$$,
        'no days from -infinity to 2024-01-01'),
    ('22008', $$backlog('v1 opened=0 closed=0 quarters=', '2024-01-01', 'infinity', 'UTC')$$, NULL),
    ('22023', $$backlog('v1 opened=0 closed=0 quarters=', '2024-01-01', '2024-01-01', 'Mars/Olympus')$$,
        'time zone "Mars/Olympus" not recognized'),
    ('22023', $$backlog('v1 opened=0 closed=0 quarters=', '2024-01-01', '2024-01-01', '')$$,
        'time zone "" not recognized'),
    ('22023', $$backlog('v1 opened=0 closed=0 quarters=', '2024-01-01', '2024-01-01', repeat('x', 1000))$$, NULL),
    ('22023', $$backlog('v1 opened=0 closed=0 quarters=', '1880-01-01', '1880-01-01', 'Europe/Paris')$$,
        '1880-01-01 does not begin on a quarter of an hour in time zone "Europe/Paris"'),
    ('22023', $$backlog('v1 opened=0 closed=0 quarters=', '1971-12-31', '1972-01-07', 'Africa/Monrovia')$$,
        '1971-12-31 does not begin on a quarter of an hour in time zone "Africa/Monrovia"'),
    ('22023', $$backlog('v1 opened=0 closed=0 quarters=', '1979-09-01', '1979-09-01', 'Pacific/Kiritimati')$$, NULL),
    ('22023', $$open_items('v1 opened=0 closed=0 quarters=', '2024-01-01 10:07+00')$$,
        '2024-01-01 10:07:00+00 is not on a quarter of an hour'),
    ('22023', $$open_items('v1 opened=0 closed=0 quarters=', '1960-01-01 10:14:59.999999+00')$$, NULL),
    ('22023', $$open_items('v1 opened=0 closed=0 quarters=', 'infinity')$$, NULL),
    ('22003', $$one_quarter(9223372036854775807, 0) + one_quarter(1, 0)$$, 'counts of backlog_summary out of range'),
    ('22003', $$backlog_accum(one_quarter(9223372036854775807, 0), '2024-01-01', NULL)$$, NULL)
) AS e (code, call, message);
SELECT lives_ok('SELECT ' || call, regexp_replace(call, '\s+', ' ', 'g'))
FROM (VALUES ($$backlog('v1 opened=0 closed=0 quarters=', '1972-01-08', '2024-01-01', 'Africa/Monrovia')$$),
             ($$backlog('v1 opened=0 closed=0 quarters=', '4714-11-24 BC', '4714-11-24 BC', 'UTC')$$),
             ($$backlog('v1 opened=0 closed=0 quarters=', '5874897-12-31', '5874897-12-31', 'America/New_York')$$)
     ) AS e (call);
-- since Kiribati gave up 10:40 in 1979, every zone of this server has whole quarters
SELECT is(array_agg(name) FILTER (WHERE (SELECT count(*) FROM backlog(s, day, day + 365, name)) <> 366), NULL,
    'a year of days in every zone, from ' || day || ' on')
FROM pg_timezone_names, (SELECT 'v1 opened=0 closed=0 quarters='::backlog_summary AS s) AS t,
     (VALUES ('1980-01-01'::date), ('1992-01-01'), ('2024-01-01')) AS v (day)
WHERE name !~ '^(posix|right)/' GROUP BY day ORDER BY day;
SELECT * FROM finish();
ROLLBACK;
