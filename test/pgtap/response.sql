-- response: cases by hand, random data against plain SQL, compacted parts, errors, and customers with many touches.
BEGIN;
SET LOCAL search_path = public, crmkpi;
SET LOCAL timezone = 'UTC';
SELECT plan(149);
CREATE AGGREGATE product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1');

-- ---------------------------------------------------------------------------
-- One customer: rows as words, an hour apart; with = at the time of the row before. The answer is the number of
-- touches that count, and how it ended.
-- ---------------------------------------------------------------------------
CREATE FUNCTION at_hour(hours numeric) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
$$ SELECT timestamptz '2025-01-01 00:00+00' + hours::float8 * interval '1 h' $$;
CREATE FUNCTION rows_of(words text, OUT no bigint, OUT at timestamptz, OUT direction text) RETURNS SETOF record
LANGUAGE sql AS $$
    SELECT no, at_hour(count(*) FILTER (WHERE word NOT LIKE '=%') OVER (ORDER BY no)), ltrim(word, '=')
    FROM regexp_split_to_table(words, ' ') WITH ORDINALITY AS w (word, no) $$;
CREATE FUNCTION end_of(s response_summary) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN inbound(s) = 1 THEN 'inbound' WHEN never_contacted(s) = 1 THEN 'never contacted' ELSE
        (SELECT string_agg(format('%s %s', touch, CASE WHEN responded = 1 THEN 'responded' WHEN unsubscribed = 1
            THEN 'unsubscribed' WHEN blocked = 1 THEN 'blocked' ELSE 'silent' END), ', ')
         FROM (SELECT *, lead(touch) OVER (ORDER BY touch) IS NULL AS last FROM response_curve(s)) AS c
         WHERE last) END $$;
CREATE TABLE hand (words text PRIMARY KEY, ended text);
INSERT INTO hand VALUES
    ('out', '1 silent'), ('out out out', '3 silent'), ('out in', '1 responded'), ('out out in', '2 responded'),
    ('out out in out out in', '2 responded'), ('out unsubscribe', '1 unsubscribed'), ('out out block', '2 blocked'),
    ('out unsubscribe in', '1 unsubscribed'), ('out in unsubscribe', '1 responded'),
    ('out block out out in', '1 blocked'), ('in', 'inbound'), ('in out out in', 'inbound'),
    ('unsubscribe', 'never contacted'), ('block out in', 'never contacted'),
    ('unsubscribe in out', 'never contacted'), ('in block', 'inbound'),
    -- at the same time: touches, responses, unsubscribes, blocks
    ('out =in', '1 responded'), ('in =out', '1 responded'), ('out in =out', '2 responded'),
    ('out =out =out', '3 silent'), ('in =out =out', '2 responded'), ('out unsubscribe =in', '1 responded'),
    ('out block =unsubscribe', '1 unsubscribed'), ('unsubscribe =out', '1 unsubscribed'),
    ('block =unsubscribe =in =out', '1 responded'), ('block =in', 'inbound'), ('block =out out in', '1 blocked');
SELECT is(end_of(s), ended, words)
FROM (SELECT words, ended, response_summary(7, at, direction) AS s FROM hand, rows_of(words) GROUP BY 1, 2) AS t
ORDER BY words;
SELECT is(count(*) FILTER (WHERE s = (SELECT response_summary(7, at, direction ORDER BY no) FROM rows_of(words))
                             AND compact(s) = c AND end_of(c) = ended), 27::bigint, 'in reverse, and compacted')
FROM (SELECT words, ended, response_summary(7, at, direction ORDER BY no DESC) AS s, response(7, at, direction) AS c
      FROM hand, rows_of(words) GROUP BY 1, 2) AS t;

-- All of them at once
CREATE TABLE sample AS SELECT hashtext(words) AS customer, at, direction FROM hand, rows_of(words);
CREATE TABLE hand_all AS SELECT response_summary(customer, at, direction) AS s FROM sample;
SELECT results_eq($$
    SELECT touch, contacted::int, responded::int, unsubscribed::int, blocked::int, round(response_rate::numeric, 6),
        round(cumulative_rate::numeric, 6)
    FROM hand_all, response_curve(s)$$, $$
    VALUES (1, 20, 6, 4, 2, 0.3, 0.3), (2, 7, 4, 0, 1, 0.571429, 0.7), (3, 2, 0, 0, 0, 0.0, 0.7)$$,
    'the curve of all');
SELECT is(ARRAY[contacted(s), responses(s), touches(s), inbound(s), never_contacted(s)], '{20,10,29,4,3}',
    'the totals of all') FROM hand_all;
SELECT is(touches_per_response(s), 2.9::float8, 'touches per response') FROM hand_all;
SELECT is(touches_per_response(customer, at, direction), 2.9::float8, 'in one step') FROM sample;


-- 1,000 customers: who got so many touches, and what came after the last one; bounds by the formula, not by us
CREATE TABLE life AS
SELECT i AS customer, at_hour(i % 7 + touch) AS at, CASE WHEN touch <= touches THEN 'out' ELSE ended END AS direction
FROM generate_series(1, 1000) AS i,
     LATERAL (SELECT CASE WHEN i <= 200 THEN 1 WHEN i <= 840 THEN 2 ELSE 3 END AS touches,
                     CASE WHEN i <= 100 OR i BETWEEN 201 AND 240 THEN 'in' WHEN i <= 115 THEN 'unsubscribe'
                          WHEN i <= 120 OR i > 950 THEN 'block' END AS ended) AS e,
     generate_series(1, touches + 1) AS touch;
SELECT results_eq($$
    SELECT touch, contacted, responded, unsubscribed, blocked, response_rate, round(response_low::numeric, 6),
        round(response_high::numeric, 6), round(cumulative_rate::numeric, 12), median_time, p90_time
    FROM response_curve((SELECT response_summary(customer, at, direction) FROM life))$$, $$
    VALUES (1, 1000::bigint, 100::bigint, 15::bigint, 5::bigint, 0.1::float8, 0.082909, 0.120152, 0.1,
            interval '1 h', interval '1 h'),
           (2, 800, 40, 0, 0, 0.05, 0.036931, 0.067370, 0.145, '1 h', '1 h'),
           (3, 160, 0, 0, 50, 0, 0, 0.023446, 0.145, NULL, NULL)$$, 'rates, bounds and times of 1,000 customers');
SELECT results_eq($$
    SELECT response_low, response_high
    FROM response_curve((SELECT response_summary(customer, at, direction) FROM life), confidence => 0.5)$$, $$
    SELECT rate_low(s, 0.5), rate_high(s, 0.5)
    FROM (VALUES ('v1 hits=100 total=1000'::rate_summary), ('v1 hits=40 total=800'), ('v1 hits=0 total=160'))
        AS v (s)$$, 'bounds of another confidence are those of a rate');

-- ---------------------------------------------------------------------------
-- The touch after which going on is wasted
-- ---------------------------------------------------------------------------
-- counts of customers by touch: "responded:silent,..."; each response after a second
CREATE FUNCTION of_counts(counts text) RETURNS response_summary LANGUAGE sql AS $$
    SELECT response_summary(no * 1000000 + i, at_hour(t), CASE WHEN t <= no THEN 'out' ELSE 'in' END)
    FROM string_to_table(counts, ',') WITH ORDINALITY AS c (pair, no),
         LATERAL (SELECT split_part(pair, ':', 1)::int AS responded, split_part(pair, ':', 2)::int AS silent) AS n,
         generate_series(1, responded + silent) AS i, generate_series(1, no + (i <= responded)::int) AS t $$;
SELECT is(useful_touches(of_counts(counts), rate), expected, format('%s at %s: %s', counts, rate, expected))
FROM (VALUES
    -- 10 of 100, 5 of 90, 1 of 50, 0 of 40
    ('10:0,5:35,1:9,0:40', 0.1, 1), ('10:0,5:35,1:9,0:40', 0.11, 0), ('10:0,5:35,1:9,0:40', 0.05, 2),
    ('10:0,5:35,1:9,0:40', 0.02, 3), ('10:0,5:35,1:9,0:40', 0.0201, 2), ('10:0,5:35,1:9,0:40', 0.001, 3),
    ('10:0,5:35,1:9,0:40', 1, 0), ('7:93', 0.07, 1), ('7:93', 0.0700001, 0), ('3:0', 1, 1),
    -- a bad touch before a good one: 0 of 100, then 10 of 100
    ('0:0,10:90', 0.05, 2), ('0:0,10:90', 0.051, 0), ('0:0,10:90', 0.1, 0),
    -- one late response, after 60 touches in vain: 1 of 71 from touch 2 on
    ('20:0,0:70,0:2,0:2,1:2', 0.02, 1), ('20:0,0:70,0:2,0:2,1:2', 0.01, 5)) AS v (counts, rate, expected);
SELECT is(useful_touches(of_counts('10:0,5:35,1:9,0:40')), 3, 'one of 100 if nothing is said');
SELECT is(useful_touches(of_counts('10:0,5:35,1:9,0:40'), min_rate => 0.05, confidence => c), expected,
    'sure to ' || c || ': ' || expected)
FROM (VALUES (0.0001, 2), (0.5, 1), (0.95, 1), (0.9999, 0)) AS v (c, expected);
SELECT is(useful_touches(s, 0.01, 0.95), useful, format('bounds of the touches put together: %s', useful))
FROM (VALUES (of_counts('0:0,10:90'), 2), (of_counts('0:0,4:96'), 0)) AS v (s, useful);

-- ---------------------------------------------------------------------------
-- Without customers, without touches
-- ---------------------------------------------------------------------------
CREATE TABLE none AS
SELECT response_summary(1, at, direction) AS s, 'no rows' AS name FROM sample WHERE false
UNION ALL SELECT response(1, at, direction), 'no rows, compacted' FROM sample WHERE false
UNION ALL SELECT response_summary(customer, at, direction), 'no touches'
FROM (VALUES (1, timestamptz '2025-01-01', 'in'), (2, '2025-01-01', 'block')) AS v (customer, at, direction);
SELECT is(ARRAY[contacted(s), responses(s), touches(s)], '{0,0,0}', name || ': counts are 0') FROM none ORDER BY name;
SELECT ok(touches_per_response(s) IS NULL AND useful_touches(s) IS NULL AND useful_touches(s, 0.5, 0.5) IS NULL
          AND NOT EXISTS (SELECT FROM response_curve(s)), name || ': nothing is known') FROM none ORDER BY name;
SELECT is(count(DISTINCT s), 1::bigint, 'empty ones are equal') FROM none WHERE name LIKE 'no rows%';
SELECT is(touches_per_response(customer, at, direction), NULL, 'in one step') FROM sample WHERE direction = 'out';
SELECT is(response_summary(customer, at, direction)::text, 'v1 ended= times= key=none records=0 packed=',
    'rows with NULL are skipped, whatever else is in them')
FROM (VALUES (NULL::bigint, timestamptz '2025-01-01', 'out'), (1, NULL, 'out'), (1, '2025-01-01', NULL),
             (NULL, 'infinity', 'nonsense')) AS v (customer, at, direction);
SELECT is(rollup(s)::text, 'v1 ended= times= key=none records=0 packed=', 'a rollup skips NULL')
FROM (VALUES (NULL::response_summary), (NULL)) AS v (s);

-- ---------------------------------------------------------------------------
-- Random data against plain SQL: window functions
-- ---------------------------------------------------------------------------
SELECT setseed(0.31415) \g /dev/null
CREATE TABLE random_row AS
SELECT seed, floor(random() * customers)::bigint - 50 AS customer,
       at_hour(floor(random() * hours)::numeric) AS at,
       (ARRAY['out', 'out', 'out', 'out', 'in', 'out', 'unsubscribe', 'block', 'out', NULL])
           [1 + floor(random() * (4 + seed % 7))::int] AS direction
FROM (VALUES (1, 100, 5), (2, 100, 50), (3, 300, 10000), (4, 3000, 1000), (5, 10, 3), (6, 2000, 10), (7, 1, 100))
         AS v (seed, customers, hours),
     generate_series(1, 6000);
CREATE TABLE plain_end AS
SELECT seed, customer, coalesce(last - 1, rows) AS touches, coalesce(ended, 0) AS ended, ended_at - touched_at AS took
FROM (SELECT seed, customer, count(*) AS rows, min(no) FILTER (WHERE kind > 0) AS last,
             (array_agg(kind ORDER BY no) FILTER (WHERE kind > 0))[1] AS ended,
             (array_agg(at ORDER BY no) FILTER (WHERE kind > 0))[1] AS ended_at,
             (array_agg(before ORDER BY no) FILTER (WHERE kind > 0))[1] AS touched_at
      FROM (SELECT *, row_number() OVER w AS no, lag(at) OVER w AS before
            FROM (SELECT *, array_position('{out,in,unsubscribe,block}', direction) - 1 AS kind FROM random_row
                  WHERE direction IS NOT NULL) AS r
            WINDOW w AS (PARTITION BY seed, customer ORDER BY at, kind)) AS numbered
      GROUP BY seed, customer) AS c;
CREATE TABLE plain_curve AS
SELECT seed, touch, contacted, responded, unsubscribed, blocked, responded / contacted::float8 AS rate, median, p90,
       1 - product(1 - responded::numeric / contacted) OVER (PARTITION BY seed ORDER BY touch) AS cumulative
FROM (SELECT seed, touch::int, count(*) AS contacted,
             count(*) FILTER (WHERE touch = touches AND ended = 1) AS responded,
             count(*) FILTER (WHERE touch = touches AND ended = 2) AS unsubscribed,
             count(*) FILTER (WHERE touch = touches AND ended = 3) AS blocked,
             percentile(duration_summary(took) FILTER (WHERE touch = touches AND ended = 1), 0.5) AS median,
             percentile(duration_summary(took) FILTER (WHERE touch = touches AND ended = 1), 0.9) AS p90
      FROM plain_end, generate_series(1, touches) AS touch GROUP BY 1, 2) AS c;
CREATE TABLE ours AS
SELECT seed, response_summary(customer, at, direction) AS s, response(customer, at, direction) AS c
FROM random_row GROUP BY seed;
CREATE FUNCTION numbers(response_summary, OUT text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s %s %s %s %s %s %s %s %s', touch, contacted, responded, unsubscribed, blocked, response_rate,
        median_time, p90_time, round(cumulative_rate::numeric, 12)) FROM response_curve($1) $$;
SELECT results_eq(format('SELECT numbers(s) FROM ours WHERE seed = %s', seed), format($$
    SELECT format('%%s %%s %%s %%s %%s %%s %%s %%s %%s', touch, contacted, responded, unsubscribed, blocked, rate,
        median, p90, round(cumulative, 12)) FROM plain_curve WHERE seed = %s ORDER BY touch$$, seed),
    'the curve is that of plain SQL, seed ' || seed)
FROM ours ORDER BY seed;
SELECT ok(count(*) FILTER (WHERE response_low = rate_low(r) AND response_high = rate_high(r)) = count(*)
          AND count(*) > 30, 'all bounds are those of a rate')
FROM ours, response_curve(s),
     LATERAL (SELECT format('v1 hits=%s total=%s', responded, contacted)::rate_summary AS r) AS t;
SELECT is(ARRAY[contacted(s), responses(s), touches(s), inbound(s), never_contacted(s)], p.totals,
    'the totals are those of plain SQL, seed ' || seed)
FROM ours JOIN (SELECT seed, ARRAY[count(*) FILTER (WHERE touches > 0),
                    count(*) FILTER (WHERE touches > 0 AND ended = 1), sum(touches)::bigint,
                    count(*) FILTER (WHERE touches = 0 AND ended = 1),
                    count(*) FILTER (WHERE touches = 0 AND ended > 1)] AS totals
                FROM plain_end GROUP BY seed) AS p USING (seed)
ORDER BY seed;
-- where responses - rate * touches is largest, the last such touch; exact
SELECT is(count(*) FILTER (WHERE useful_touches(s, least::float8) IS NOT DISTINCT FROM (
        SELECT touch FROM (
            SELECT 0 AS touch, 0 AS gain UNION ALL
            SELECT touch, sum(responded - least * contacted) OVER (ORDER BY touch) FROM plain_curve AS p
            WHERE p.seed = ours.seed) AS g
        ORDER BY gain DESC, touch DESC LIMIT 1)), 7 * 12::bigint, 'useful touches are where the gain is largest')
FROM ours, unnest('{0.001,0.01,0.02,0.05,0.1,0.125,0.15,0.2,0.25,0.3,0.5,1}'::numeric[]) AS least;
SELECT is(count(*) FILTER (WHERE compact(s) = c AND compact(c) = c
        AND response_summary_send(compact(s)) = response_summary_send(c) AND (c + c)::text = compact(c + c)::text
        AND ARRAY(SELECT r::text FROM response_curve(s) AS r) = ARRAY(SELECT r::text FROM response_curve(c) AS r)
        AND touches_per_response(s) IS NOT DISTINCT FROM touches_per_response(c) AND touches(s) = touches(c)
        AND inbound(s) = inbound(c) AND never_contacted(s) = never_contacted(c)
        AND c::text::response_summary = c AND s::text::response_summary = s
        AND response_summary_send(c::text::response_summary) = response_summary_send(c)),
    7::bigint, 'compacted they answer the same')
FROM ours;

-- ---------------------------------------------------------------------------
-- Parts: rows of the same customers merge exactly, counts of disjoint customers add up, both at once
-- ---------------------------------------------------------------------------
SELECT is(rollup(part), s, 'by hours, seed ' || seed)
FROM (SELECT seed, extract(hour FROM at), response_summary(customer, at, direction) AS part FROM random_row
      GROUP BY 1, 2) AS p
JOIN ours USING (seed) GROUP BY seed, s ORDER BY seed;
SELECT is(rollup(part), c, 'counts by customers, seed ' || seed)
FROM (SELECT seed, customer % 9, response(customer, at, direction) AS part FROM random_row GROUP BY 1, 2) AS p
JOIN ours USING (seed) GROUP BY seed, c ORDER BY seed;
SELECT is(compact(rollup(part)), c, 'some compacted, others not, seed ' || seed)
FROM (SELECT seed, customer % 9, CASE WHEN customer % 9 < 4 THEN response(customer, at, direction)
                                      ELSE response_summary(customer, at, direction) END AS part
      FROM random_row GROUP BY 1, 2) AS p
JOIN ours USING (seed) GROUP BY seed, c ORDER BY seed;
SELECT is(count(DISTINCT a + b), 1::bigint, 'rows and counts, whichever is first: ' || count(*))
FROM (SELECT s AS a, c AS b FROM ours WHERE seed = 1 UNION ALL SELECT c, s FROM ours WHERE seed = 1) AS t;
SELECT is(count(DISTINCT response_summary_send(s)), 1::bigint, 'any order of the rows has the same bytes')
FROM (SELECT k, response_summary(customer, at, direction) AS s
      FROM (SELECT k, r.* FROM generate_series(1, 5) AS k, random_row AS r WHERE seed = 4
            ORDER BY k, hashtextextended(r::text, k)) AS r GROUP BY k) AS t;
SELECT is((SELECT s + s FROM ours WHERE seed = 2) = s, false, 'a row twice is two touches') FROM ours WHERE seed = 2;

-- Overloads
SELECT is(ARRAY[response(customer, at, direction), response(customer::text, at, direction),
                response(('00000000-0000-0000-0000-' || lpad(to_hex(customer + 50), 12, '0'))::uuid, at, direction)],
    ARRAY[c, c, c], 'bigint, text and uuid count alike')
FROM random_row JOIN ours USING (seed) WHERE seed = 3 GROUP BY c;
SELECT is(ARRAY[touches_per_response(customer, at, direction), touches_per_response(customer::text, at, direction),
                touches_per_response(md5(customer::text)::uuid, at, direction)],
    array_fill(touches_per_response(c), ARRAY[3]), 'and in one step')
FROM random_row JOIN ours USING (seed) WHERE seed = 3 GROUP BY c;
SELECT is(contacted(response_summary(customer, at_hour(1), 'out')), 5::bigint, 'customers are who they are')
FROM unnest('{-9223372036854775808,9223372036854775807,0,-1,1}'::bigint[]) AS customer;
SELECT is(contacted(response_summary(customer, at_hour(1), 'out')), 4::bigint, 'and so are texts')
FROM unnest('{"","a","A","a "}'::text[]) AS customer;

-- ---------------------------------------------------------------------------
-- The ends of time, and many touches of one customer
-- ---------------------------------------------------------------------------
SELECT is((c.median_time, c.p90_time)::text, '("106751991 days 04:00:54.775807","106751991 days 04:00:54.775807")',
    'from the first time to the last one is longer than any interval')
FROM response_curve((SELECT response_summary(1, at, direction)
                     FROM (VALUES (timestamptz '4714-11-24 00:00:00+00 BC', 'out'),
                                  ('294276-12-31 23:59:59.999999+00', 'in')) AS v (at, direction))) AS c;
CREATE TABLE million AS
SELECT response_summary(1, at_hour(i % 1000), CASE WHEN i = 0 THEN 'in' ELSE 'out' END)
           + response_summary(2, at_hour(i % 1000), CASE WHEN i = 999 THEN 'in' ELSE 'out' END) AS s
FROM generate_series(0, 999999) AS i;
SELECT is(ARRAY[count(*), max(touch), max(contacted), min(contacted), sum(responded), max(touch)
    FILTER (WHERE responded > 0)], '{999999,999999,2,1,2,999999}', 'two customers with a million rows')
FROM million, response_curve(s);
SELECT is(ARRAY[touches(s), touches(compact(s))], '{1000998,1000998}', 'and their touches') FROM million;
SELECT is(compact(s)::text::response_summary, compact(s), 'compacted, there and back') FROM million;

-- ---------------------------------------------------------------------------
-- Errors
-- ---------------------------------------------------------------------------
SELECT throws_ok('SELECT ' || call, code, message, call)
FROM (VALUES
    ('22023', $$response_summary(1, '2025-01-01', 'Out')$$, 'unknown direction "Out"'),
    ('22023', $$response(1, '2025-01-01', '')$$, 'unknown direction ""'),
    ('22023', $$touches_per_response('a', '2025-01-01', 'inn')$$, 'unknown direction "inn"'),
    ('22023', $$response_summary(1, '2025-01-01', 'blocked')$$, 'unknown direction "blocked"'),
    ('22023', $$response_summary(1, '2025-01-01', 'unsubscribed')$$, 'unknown direction "unsubscribed"'),
    ('22008', $$response_summary(1, 'infinity', 'out')$$, 'the time of a touch or response is infinity'),
    ('22008', $$response_summary('a', '-infinity', 'in')$$, 'the time of a touch or response is -infinity'),
    ('22023', $$response_summary(1, '2025-01-01', 'out') + response_summary('a', '2025-01-01', 'out')$$,
        'summaries of customers of type bigint and of type text do not combine'),
    ('22023', $$useful_touches(s, 0) FROM hand_all$$, 'min_rate 0 is out of range'),
    ('22023', $$useful_touches(s, 1.5) FROM hand_all$$, 'min_rate 1.5 is out of range'),
    ('22023', $$useful_touches(s, -0.1) FROM hand_all$$, 'min_rate -0.1 is out of range'),
    ('22023', $$useful_touches(s, 'NaN') FROM hand_all$$, 'min_rate NaN is out of range'),
    ('22023', $$useful_touches(s, 0.1, 1) FROM hand_all$$, 'confidence 1 is out of range'),
    ('22023', $$response_curve(s, 0) FROM hand_all$$, 'confidence 0 is out of range'),
    ('22003', $$rollup(s) FROM (VALUES ('v1 ended=0:0:9223372036854775807:0 times= key=none records=0 packed='
        ::response_summary), ('v1 ended=0:0:0:0,1:0:0:0 times= key=none records=0 packed=')) AS v (s)$$,
        'counts of response_summary out of range'),
    ('22003', $$touches(response_summary 'v1 ended=0:0:0:0,0:0:0:0,9223372036854775807:0:0:0 times= key=none'
        ' records=0 packed=')$$,
        'counts of response_summary out of range')
) AS e (code, call, message);
SELECT duration_summary(interval '1 h') AS hour \gset
SELECT throws_ok(format('SELECT %L::response_summary', format('v1 ended=%s times=%s key=%s', ended, times, rest)),
    code, NULL, format('%s %s %s', ended, left(times, 10), rest))
FROM (VALUES
    ('22P02', '0:0:0:0', '', 'none records=0 packed='), ('22P02', '1:0:0:0', '', 'none records=0 packed='),
    ('22P02', '0:0:0:1,0:0:0:0', '', 'none records=0 packed='), ('22P02', '0:0:0:1,', '', 'none records=0 packed='),
    ('22P02', '0:0:1', '', 'none records=0 packed='), ('22P02', '0:0:0:-1', '', 'none records=0 packed='),
    ('22P02', '0:0:0:0,0:1:0:0', '', 'none records=0 packed='),
    ('22P02', '0:0:0:0,0:1:0:0', :'hour', 'none records=0 packed='),
    ('22P02', '0:0:0:0,0:2:0:0', :'hour' || ';', 'none records=0 packed='),
    ('22P02', '0:0:0:0,0:1:0:0', 'v1 items=1 total=5;', 'none records=0 packed='),
    ('22P02', '0:1:0:0', :'hour' || ';', 'none records=0 packed='),
    ('22003', '0:9223372036854775807:1:0', '', 'none records=0 packed='),
    ('22P02', '', '', 'bigint records=0 packed='), ('22P02', '', '', 'bigint records=1 packed='),
    ('22P02', '', '', 'none records=1 packed=000000'),
    -- a fifth kind, a time after the last one
    ('22P02', '', '', 'bigint records=1 packed=00050004'),
    ('22P02', '', '', 'bigint records=1 packed=0005ffffffffffffffffff0100')
) AS v (code, ended, times, rest);
SELECT is(never_contacted('v1 ended= times= key=bigint records=1 packed=00050003'), 1::bigint,
    'the fourth kind is a block');
SELECT * FROM finish();
ROLLBACK;
