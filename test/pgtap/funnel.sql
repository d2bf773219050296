-- funnel: by hand, and at random against window_funnel, which is tested against an exhaustive search.
BEGIN;
SET LOCAL search_path = public, crmkpi;
SET LOCAL timezone = 'America/New_York';
SELECT plan(110);

-- ---------------------------------------------------------------------------
-- By hand
-- ---------------------------------------------------------------------------
CREATE TABLE step (customer_id bigint, at timestamptz, event text);
INSERT INTO step VALUES
    (1, '2025-03-03 09:00+00', 'visit'), (1, '2025-03-03 09:05+00', 'trial'), (1, '2025-03-07 16:05+00', 'order'),
    (2, '2025-03-03 10:00+00', 'visit'), (2, '2025-03-05 10:00+00', 'trial'), (2, '2025-03-12 11:00+00', 'order'),
    (3, '2025-03-04 08:00+00', 'visit'), (3, '2025-03-04 08:10+00', 'order'), (3, '2025-03-04 09:00+00', 'trial'),
    (4, '2025-03-01 08:00+00', 'visit'), (4, '2025-03-09 08:00+00', 'visit'), (4, '2025-03-10 08:00+00', 'trial'),
    (4, '2025-03-11 08:00+00', 'trial'), (4, '2025-03-15 08:00+00', 'order'),
    (5, '2025-03-06 12:00+00', 'trial'), (6, '2025-03-06 12:00+00', 'visit'), (7, '2025-03-06 12:00+00', 'call');
CREATE FUNCTION shown(funnel_summary) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(concat_ws(' ', step_no, step, reached, coalesce(dropped::text, '-'),
               coalesce(round(dropoff_rate::numeric, 3)::text, '-'),
               coalesce(round(step_conversion_rate::numeric, 3)::text, '-'),
               coalesce(round(conversion_rate::numeric, 3)::text, '-')) ORDER BY step_no)
    FROM funnel_dropoff($1) $$;

SELECT is(shown(funnel(customer_id, at, event, '{visit,trial,order}', '7 days')),
          ARRAY['1 visit 5 1 0.200 - 1.000', '2 trial 4 2 0.500 0.800 0.800', '3 order 2 - - 0.500 0.400'],
          'five visit, four try, two order')
FROM step;
SELECT is(ARRAY(SELECT median_time FROM funnel_dropoff(f)),
          ARRAY[NULL, interval '00:05', '103:00'], 'median times are those of the lower half of two or three, exact here')
FROM (SELECT funnel(customer_id, at, event, '{visit,trial,order}', '7 days') AS f FROM step WHERE customer_id = 1) AS t;
SELECT is(ARRAY(SELECT p90_time FROM funnel_dropoff(f)), ARRAY[NULL, interval '00:05', '103:00'], 'and p90 times')
FROM (SELECT funnel(customer_id, at, event, '{visit,trial,order}', '7 days') AS f FROM step WHERE customer_id = 1) AS t;
SELECT is(ARRAY(SELECT ARRAY[conversion_low, conversion_high] FROM funnel_dropoff(f, 0.9)),
          ARRAY(SELECT ARRAY[rate_low(s, 0.9), rate_high(s, 0.9)]
                FROM (VALUES (5), (4), (2)) AS r (hits),
                     LATERAL (SELECT rate_summary(i <= hits) AS s FROM generate_series(1, 5) AS i) AS s
                ORDER BY hits DESC),
          'the confidence interval is that of a rate')
FROM (SELECT funnel(customer_id, at, event, '{visit,trial,order}', '7 days') AS f FROM step) AS t;
SELECT is(ARRAY(SELECT conversion_low FROM funnel_dropoff(f)), ARRAY(SELECT conversion_low FROM funnel_dropoff(f, 0.95)),
          'of 95 % if nothing is said')
FROM (SELECT funnel(customer_id, at, event, '{visit,trial,order}', '7 days') AS f FROM step) AS t;
SELECT is(shown(funnel(customer_id, at, event, '{call,order}', '7 days')),
          ARRAY['1 call 1 1 1.000 - 1.000', '2 order 0 - - 0.000 0.000'], 'a step that nobody reaches')
FROM step;
SELECT is(shown(funnel(customer_id, at, event, '{none,order}', '7 days')),
          ARRAY['1 none 0 0 - - -', '2 order 0 - - - -'], 'a first step that nobody reaches')
FROM step;
SELECT is(shown(funnel(customer_id, at, event, '{visit}', '7 days')), ARRAY['1 visit 5 - - - 1.000'], 'one step')
FROM step;

-- windows
SELECT is(reached, expected, name || ' reached')
FROM (VALUES ('all at once, window 0:', interval '0', '0', '0', 3), ('not at once, window 0:', '0', '0', '1 us', 2),
             ('1 microsecond:', '1 us', '1 us', '1 us', 3), ('2 microseconds:', '1 us', '1 us', '2 us', 2),
             ('backward:', '1 h', '0', '-1 us', 2), ('a month from January 31st:', '1 month', '20 days', '28 days', 3),
             ('a month and a bit:', '1 month', '20 days', '28 days 1 us', 2)) AS v (name, within, b, c, expected),
     LATERAL (SELECT count(*) FILTER (WHERE reached > 0)::int AS reached
              FROM funnel_dropoff((SELECT funnel(1, timestamptz '2025-01-31 10:00+00' + after, step, '{a,b,c}', within)
                                   FROM (VALUES (interval '0', 'a'), (b::interval, 'b'), (c::interval, 'c'))
                                        AS e (after, step)))) AS f;

-- names
SELECT is(ARRAY(SELECT step FROM funnel_dropoff(funnel(1, now(), 'ÄÖ', steps, '1 day'))), steps, 'names of steps')
FROM (VALUES (ARRAY['', ' ', 'it''s', '''', ',', 'ÄÖ', repeat('x', 100000), 'steps=', 'NULL'])) AS v (steps)
GROUP BY steps;
SELECT is(shown(funnel(1, now(), step, '{a,A,"a ",""}', '1 day')),
          ARRAY['1 a 1 0 0.000 - 1.000', '2 A 1 0 0.000 1.000 1.000', '3 a  1 0 0.000 1.000 1.000',
                '4  1 - - 1.000 1.000'], 'names are compared by bytes')
FROM unnest(ARRAY['', 'a ', 'A', 'a']) AS step;
SELECT is(funnel(1, now(), 'a', '{a,b}', '1 day'), funnel(1, now(), 'a', '[0:1]={a,b}', '1 day'),
          'where the array begins does not matter');

-- NULL and nothing
SELECT is(funnel(c, at, step, '{a}', '1 day', '')::text,
          'v1 months=0 within=0 mode= steps= ended= times= key=none records=0 packed=', 'rows with NULL are skipped')
FROM (VALUES (NULL::bigint, now(), 'a'), (1, NULL, 'a'), (1, now(), NULL)) AS v (c, at, step);
SELECT is(funnel_accum(NULL, 1::bigint, now(), 'a', '{a}', '1 day'), NULL, 'no state');
SELECT is(funnel_summary(customer_id, at, event, '{a}', '1 day'), funnel(customer_id, at, event, '{a}', '1 day'),
          'no rows: an empty summary') FROM step WHERE false;
SELECT is_empty($$SELECT funnel_dropoff('v1 months=0 within=0 mode= steps= ended= times= key=none records=0 packed=')$$,
    'which has no steps');
SELECT is(rollup(s)::text, 'v1 months=0 within=0 mode= steps= ended= times= key=none records=0 packed=',
          'nor has the rollup of nothing') FROM (SELECT NULL::funnel_summary) AS t (s);
SELECT is_empty('SELECT funnel_dropoff(NULL)', 'NULL has no rows');

-- many steps
CREATE TABLE long_step AS
SELECT ARRAY(SELECT 'step ' || i FROM generate_series(1, 256) AS i) AS steps,
       ARRAY['', 'strict_order', 'strict_deduplication', 'strict_increase', 'strict_order,strict_deduplication'] AS modes;
SELECT is(array_agg(DISTINCT reached), ARRAY[1::bigint], '256 steps, ' || mode)
FROM long_step, unnest(modes) AS mode,
     LATERAL (SELECT funnel('me'::text, now() + i * interval '1 s', 'step ' || i, steps, '1 h', mode) AS f
              FROM generate_series(1, 256) AS i) AS s, funnel_dropoff(f) GROUP BY mode ORDER BY mode;
SELECT is(array_agg(DISTINCT reached), ARRAY[1::bigint], '256 steps of one moment, ' || mode)
FROM long_step, unnest(modes) AS mode,
     LATERAL (SELECT funnel('me'::text, now(), 'step ' || i, steps, '1 h', mode) AS f
              FROM generate_series(1, 256) AS i) AS s, funnel_dropoff(f)
WHERE mode <> 'strict_increase' GROUP BY mode ORDER BY mode;
-- between two of them, one of 100 steps before; "order" does not like it, and deduplication only where it is reached
SELECT is(count(*) FILTER (WHERE reached > 0), expected::bigint, 'one more event, ' || mode)
FROM long_step,
     (VALUES ('', 256, 150), ('strict_order', 200, 150), ('strict_deduplication', 200, 150),
             ('strict_deduplication', 256, 1), ('strict_order', 200, 1), ('strict_deduplication', 256, 202),
             ('strict_order', 256, 201), ('strict_order', 256, 200), ('strict_deduplication', 200, 200))
         AS v (mode, expected, extra),
     LATERAL (SELECT funnel('me'::text, now() + at * interval '1 s', 'step ' || i, steps, '1 h', mode) AS f
              FROM (SELECT i, i AS at FROM generate_series(1, 256) AS i UNION ALL SELECT extra, 200.5) AS e) AS s,
     funnel_dropoff(f) GROUP BY mode, expected, extra ORDER BY mode, extra;

-- ---------------------------------------------------------------------------
-- At random: one pass is two levels, in every mode. Some customers have a hundred events.
-- ---------------------------------------------------------------------------
SELECT setseed(0.25) \g /dev/null
CREATE TABLE customer AS
SELECT c, c % 16 AS mode_no, c / 16 % 3 AS window_no, CASE WHEN random() < 0.01 THEN 100 ELSE 8 END AS events,
       uuid_in(md5(c::text)::cstring) AS id, 1 + floor(random() * 12)::int AS slots
FROM generate_series(1, 60000) AS c;
CREATE TABLE mode AS
SELECT m AS mode_no, concat_ws(',', CASE WHEN m & 1 > 0 THEN 'strict_increase' END,
           CASE WHEN m & 2 > 0 THEN 'strict_once' END, CASE WHEN m & 4 > 0 THEN 'strict_order' END,
           CASE WHEN m & 8 > 0 THEN 'strict_deduplication' END) AS mode
FROM generate_series(0, 15) AS m;
CREATE TABLE event AS
SELECT c, (ARRAY['2025-01-29 12:00+00', '2025-01-30 13:00+00', '2025-01-31 12:00+00', '2025-02-28 12:00+00',
                 '2025-02-28 12:30+00', '2025-02-28 13:00+00', '2025-03-01 12:00+00', '2025-03-01 12:00:00.000001+00',
                 '2025-03-02 00:00+00', '2025-03-02 12:00+00', '2025-03-03 13:00+00', '2025-04-01 12:00+00'
                ])[1 + floor(random() * slots)]::timestamptz AS at,
       substr('aabbccdd-', 1 + floor(random() * 9)::int, 1) AS step
FROM customer, generate_series(1, events) WHERE random() < 0.9;
CREATE TABLE within AS SELECT * FROM (VALUES (0, interval '1 month'), (1, '3 days 1 h'), (2, '0')) AS v (window_no, within);
CREATE INDEX ON event (c);
ANALYZE customer;
ANALYZE event;
CREATE VIEW row_of AS
SELECT * FROM event JOIN customer USING (c) JOIN mode USING (mode_no) JOIN within USING (window_no);

CREATE TABLE two AS
SELECT mode_no, window_no, c,
       window_funnel_events(within, mode, at, step = 'a', step = 'b', step = 'c', step = 'd') AS times
FROM row_of GROUP BY mode_no, window_no, c;
CREATE TABLE one AS
SELECT mode_no, window_no, funnel(c, at, step, '{a,b,c,d}', within, mode) AS f,
       funnel_summary(c, at, step, '{a,b,c,d}', within, mode) AS s,
       funnel(id, at, step, '{a,b,c,d}', within, mode) AS by_uuid,
       funnel('customer ' || c, at, step, '{a,b,c,d}', within, mode) AS by_text
FROM row_of GROUP BY mode_no, window_no;
CREATE TABLE expected AS
SELECT mode_no, window_no, step_no, count(*) FILTER (WHERE cardinality(times) >= step_no) AS reached,
       duration_summary(times[step_no] - times[step_no - 1])
           FILTER (WHERE step_no > 1 AND cardinality(times) >= step_no) AS took
FROM two, generate_series(1, 4) AS step_no GROUP BY mode_no, window_no, step_no;
SELECT is(count(*) FILTER (WHERE d.reached = e.reached AND d.median_time IS NOT DISTINCT FROM median(took)
                             AND d.p90_time IS NOT DISTINCT FROM percentile(took, 0.9)), 12::bigint,
          format('one pass is two levels, mode "%s"', mode))
FROM expected AS e JOIN one USING (mode_no, window_no) JOIN mode USING (mode_no), funnel_dropoff(f) AS d
WHERE d.step_no = e.step_no GROUP BY mode_no, mode ORDER BY mode_no;
SELECT ok(min(reached) FILTER (WHERE step_no < 4) > 20 AND sum(reached) FILTER (WHERE step_no = 4) > 500,
          'there is something to compare') FROM expected WHERE window_no = 0;
SELECT is(count(*) FILTER (WHERE shown(by_uuid) = shown(f) AND shown(by_text) = shown(f) AND compact(s) = f), 48::bigint,
          'by uuid and by text, and of the summary with events') FROM one;

-- ---------------------------------------------------------------------------
-- Parts
-- ---------------------------------------------------------------------------
SELECT is(count(*) FILTER (WHERE rolled = s AND funnel_summary_send(rolled) = funnel_summary_send(s)
                             AND compact(rolled) = f), 48::bigint, 'parts with events are put together, whatever the parts')
FROM one JOIN (SELECT mode_no, window_no, rollup(part) AS rolled
               FROM (SELECT mode_no, window_no, funnel_summary(c, at, step, '{a,b,c,d}', within, mode) AS part
                     FROM row_of GROUP BY mode_no, window_no, step, at) AS p
               GROUP BY mode_no, window_no) AS r USING (mode_no, window_no);
SELECT is(count(*) FILTER (WHERE rolled = f), 48::bigint, 'compacted parts of different customers add up')
FROM one JOIN (SELECT mode_no, window_no, rollup(part) AS rolled
               FROM (SELECT mode_no, window_no, funnel(c, at, step, '{a,b,c,d}', within, mode) AS part
                     FROM row_of GROUP BY mode_no, window_no, c % 7) AS p
               GROUP BY mode_no, window_no) AS r USING (mode_no, window_no);
SELECT is(count(*) FILTER (WHERE compact(mixed) = f AND shown(mixed) = shown(f)), 48::bigint,
          'and so do compacted ones and parts with events, in any order')
FROM one JOIN (SELECT mode_no, window_no, rollup(part) AS mixed
               FROM (SELECT mode_no, window_no, funnel(c, at, step, '{a,b,c,d}', within, mode) AS part
                     FROM row_of WHERE c % 5 > 1 GROUP BY mode_no, window_no, c % 7
                     UNION ALL
                     SELECT mode_no, window_no, funnel_summary(c, at, step, '{a,b,c,d}', within, mode) AS part
                     FROM row_of WHERE c % 5 < 2 GROUP BY mode_no, window_no, at
                     ORDER BY part) AS p
               GROUP BY mode_no, window_no) AS r USING (mode_no, window_no);
SELECT is(count(*) FILTER (WHERE x = y AND funnel_summary_send(x) = funnel_summary_send(y)), 48::bigint,
          'a mixed sum has the same bytes in any order')
FROM (SELECT (f + s) + f AS x, f + (f + s) AS y FROM one) AS t;
SELECT is(shown(s), ARRAY['1 a 2 - - - 1.000'], 'customers of different types add up once they are compacted')
FROM (SELECT funnel(1, now(), 'a', '{a}', '1 day') + funnel('x'::text, now(), 'a', '{a}', '1 day') AS s) AS t;
SELECT is(count(*) FILTER (WHERE v::text::funnel_summary = v AND v::text::funnel_summary::text = v::text), count(*),
          'text there and back')
FROM (SELECT f FROM one UNION ALL SELECT s FROM one UNION ALL SELECT s + f FROM one) AS t (v);
SELECT is(compact(compact(s)), compact(s), 'compact twice is compact once') FROM one WHERE mode_no = 5 AND window_no = 1;
SELECT cmp_ok(pg_column_size(f), '<', 2500, 'a compacted summary is small') FROM one WHERE mode_no = 0 AND window_no = 0;

-- A single mistake of splitting: the same customer in two compacted parts counts twice, as the documentation says.
SELECT is(ARRAY[shown(rollup(compacted)), shown(rollup(kept))],
          ARRAY[ARRAY['1 visit 2 1 0.500 - 1.000', '2 trial 1 - - 0.500 0.500'],
                ARRAY['1 visit 1 0 0.000 - 1.000', '2 trial 1 - - 1.000 1.000']], 'one customer in two parts')
FROM (SELECT funnel(customer_id, at, event, '{visit,trial}', '7 days') AS compacted,
             funnel_summary(customer_id, at, event, '{visit,trial}', '7 days') AS kept
      FROM step WHERE customer_id = 4 GROUP BY at < '2025-03-05') AS t;

-- ---------------------------------------------------------------------------
-- Plans
-- ---------------------------------------------------------------------------
CREATE FUNCTION all_customers() RETURNS text LANGUAGE sql AS
$$ SELECT funnel(c, at, step, '{a,b,c,d}', '1 day')::text FROM event $$;
CREATE FUNCTION by_step() RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(f, ';' ORDER BY f)
   FROM (SELECT funnel_summary(c, at, step, '{a,b,c,d}', '1 day')::text AS f FROM event GROUP BY step) AS t $$;
CREATE TABLE serial AS SELECT all_customers() AS all_customers, by_step() AS by_step;
SET LOCAL enable_hashagg = off;
SELECT is(by_step(), serial.by_step, 'sorted groups') FROM serial;
RESET enable_hashagg;
SET LOCAL enable_sort = off;
SELECT is(by_step(), serial.by_step, 'hashed groups') FROM serial;
RESET enable_sort;
SELECT is(string_agg(f, ';' ORDER BY f), serial.by_step, 'grouping sets')
FROM serial, (SELECT funnel_summary(c, at, step, '{a,b,c,d}', '1 day')::text AS f, grouping(step) AS g
              FROM event GROUP BY GROUPING SETS ((step), ())) AS t WHERE g = 0 GROUP BY serial.by_step;
SELECT is(count(*) FILTER (WHERE running = prefix), count(*), 'a window: the state goes on after it was read')
FROM (SELECT c, at, funnel_summary(c, at, step, '{a,b,c,d}', '1 day') OVER (PARTITION BY c ORDER BY at) AS running
      FROM event WHERE c <= 300) AS w,
     LATERAL (SELECT funnel_summary(c, at, step, '{a,b,c,d}', '1 day') AS prefix FROM event AS e
              WHERE e.c = w.c AND e.at <= w.at) AS p HAVING count(*) > 1500;
SELECT is(compact(s), f, 'a summary that is kept in a subquery') FROM (
    WITH kept AS MATERIALIZED (SELECT funnel_summary(c, at, step, '{a,b,c,d}', '1 day') AS s,
                                      funnel(c, at, step, '{a,b,c,d}', '1 day') AS f FROM event)
    SELECT * FROM kept) AS t;
SELECT is(funnel_accum(funnel_accum(e, 1::bigint, at, 'a', '{a,b}', '1 h'), 1::bigint, at, 'b', '{a,b}', '1 h'),
          (SELECT funnel_summary(1, at, step, '{a,b}', '1 h') FROM unnest('{b,a}'::text[]) AS step),
          'transition functions by hand')
FROM (VALUES ('v1 months=0 within=0 mode= steps= ended= times= key=none records=0 packed='::funnel_summary,
              timestamptz '2025-01-01')) AS v (e, at);

-- ---------------------------------------------------------------------------
-- Many events of one customer: nothing is quadratic
-- ---------------------------------------------------------------------------
SELECT is((SELECT array_agg(reached ORDER BY step_no) FROM funnel_dropoff(f)), expected::bigint[],
          format('300,000 events of one customer, %s, mode "%s"', name, mode))
FROM (VALUES ('of one moment', 0, '', '{1,1,1,1}'), ('of one moment', 0, 'strict_increase', '{1,0,0,0}'),
             ('of one moment', 0, 'strict_order', '{1,1,1,1}'), ('forward', 1, '', '{1,1,1,1}'),
             ('backward', -1, '', '{1,1,1,1}'), ('backward', -1, 'strict_order', '{1,1,1,1}'),
             ('backward', -1, 'strict_order,strict_deduplication', '{1,1,1,1}')) AS v (name, direction, mode, expected),
     LATERAL (SELECT funnel(1, timestamptz '2025-01-01' + direction * i * interval '1 s',
                            substr(CASE direction WHEN -1 THEN 'dcba' ELSE 'abcd' END, 1 + i % 4, 1), '{a,b,c,d}',
                            '1 h', mode) AS f
              FROM generate_series(1, 300000) AS i) AS s;

-- ---------------------------------------------------------------------------
-- Errors
-- ---------------------------------------------------------------------------
SELECT throws_ok('SELECT ' || call, code, NULL, call)
FROM (VALUES
    ('22023', $$funnel(1, now(), 'a', '{a}', '-1 s')$$), ('22023', $$funnel(1, now(), 'a', '{a}', '1 month -1 day')$$),
    ('22008', $$funnel(1, now(), 'a', '{a}', '106751992 days')$$),
    ('22023', $$funnel(1, now(), 'a', '{}', '1 day')$$), ('22023', $$funnel(1, now(), 'a', '{a,b,a}', '1 day')$$),
    ('22023', $$funnel(1, now(), 'x', '{a,b,a}', '1 day')$$),
    ('22004', $$funnel(1, now(), 'a', NULL, '1 day')$$), ('22004', $$funnel(1, now(), 'a', '{a}', NULL)$$),
    ('22004', $$funnel(1, now(), 'a', '{a}', '1 day', NULL)$$), ('22004', $$funnel(1, NULL, NULL, NULL, '1 day')$$),
    ('22004', $$funnel(1, now(), 'a', '{a,NULL}', '1 day')$$), ('2202E', $$funnel(1, now(), 'a', '{{a},{b}}', '1 day')$$),
    ('22023', $$funnel(1, now(), 'a', (SELECT array_agg(i::text) FROM generate_series(1, 257) AS i), '1 day')$$),
    ('22023', $$funnel(1, now(), 'a', '{a}', '1 day', 'strict')$$),
    ('22023', $$funnel(1, now(), 'a', '{a}', '1 day', 'strict_once,')$$),
    ('22008', $$funnel(1, 'infinity', 'a', '{a}', '1 day')$$), ('22008', $$funnel(1, '-infinity', 'x', '{a}', '1 day')$$),
    ('22023', $$funnel(1, now(), 'a', '{a}', i * interval '1 day') FROM generate_series(1, 2) AS i$$),
    ('22023', $$funnel(1, now(), 'a', ARRAY['a', i::text], '1 day') FROM generate_series(1, 2) AS i$$),
    ('22023', $$funnel(1, now(), 'a', CASE i WHEN 1 THEN '{a}'::text[] ELSE '{a,b}' END, '1 day')
                FROM generate_series(1, 2) AS i$$),
    ('22023', $$funnel(1, now(), 'a', '{a}', '1 day', CASE i WHEN 1 THEN 'strict_once' ELSE '' END)
                FROM generate_series(1, 2) AS i$$),
    ('22023', $$funnel(1, now(), 'a', '{a}', '1 day') + funnel(1, now(), 'a', '{a}', '2 days')$$),
    ('22023', $$funnel(1, now(), 'a', '{a,b}', '1 day') + funnel(1, now(), 'a', '{b,a}', '1 day')$$),
    ('22023', $$funnel_summary(1, now(), 'a', '{a}', '1 day') + funnel_summary('1'::text, now(), 'a', '{a}', '1 day')$$),
    ('22023', $$funnel_dropoff(funnel(1, now(), 'a', '{a}', '1 day'), 0)$$),
    ('22023', $$funnel_dropoff(funnel(1, now(), 'a', '{a}', '1 day'), 1)$$),
    ('22023', $$funnel_dropoff(funnel(1, now(), 'a', '{a}', '1 day'), 'NaN')$$)) AS v (code, call);
SELECT throws_like($$SELECT funnel(1, now(), 'a', '{a,b,a}', '1 day')$$, 'steps 1 and 3 are both "a"',
                   'the message shows the value');

SELECT * FROM finish();
ROLLBACK;
