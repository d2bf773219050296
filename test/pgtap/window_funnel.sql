-- window_funnel and retention: by hand, and at random against an exhaustive search over all chains.
BEGIN;
SET LOCAL search_path = public, crmkpi;
SET LOCAL timezone = 'America/New_York';
SELECT plan(186);

-- ---------------------------------------------------------------------------
-- By hand. '2 ab' is an event at t(2) that matches the steps 1 and 2, '2 -' one that matches none.
-- ---------------------------------------------------------------------------
-- clocks go forward in New York 26 hours later, and in Berlin three weeks later
CREATE FUNCTION t(hours numeric) RETURNS timestamptz IMMUTABLE LANGUAGE sql AS
$$ SELECT timestamptz '2025-03-08 05:00:00+00' + $1 * interval '1 h' $$;
CREATE FUNCTION steps(letters text, n int) RETURNS boolean[] IMMUTABLE LANGUAGE sql AS
$$ SELECT array_agg(position(chr(96 + i) IN letters) > 0 ORDER BY i) FROM generate_series(1, n) AS i $$;
CREATE FUNCTION funnel(within interval, mode text, n int, events text) RETURNS window_funnel_summary LANGUAGE sql AS $$
    SELECT window_funnel_summary(within, mode, t(split_part(e, ' ', 1)::numeric),
                                 VARIADIC steps(split_part(e, ' ', 2), n))
    FROM unnest(string_to_array(events, ', ')) AS e $$;
CREATE FUNCTION hours(timestamptz[]) RETURNS text LANGUAGE sql AS
$$ SELECT coalesce(string_agg(round(extract(epoch FROM a - t(0)) / 3600, 1)::float8::text, ' ' ORDER BY n), '')
   FROM unnest($1) WITH ORDINALITY AS u (a, n) $$;

CREATE TABLE hand (name text, within text, mode text, n int, events text, times text);
INSERT INTO hand VALUES
    ('all steps', '9 h', '', 3, '0 a, 1 b, 2 c', '0 1 2'),
    ('in any order of rows', '9 h', '', 3, '2 c, 0 a, 1 b', '0 1 2'),
    ('not in order of time', '9 h', '', 3, '0 c, 1 b, 2 a', '2'),
    ('nothing matches', '9 h', '', 3, '0 -, 1 -', ''),
    ('no first step', '9 h', '', 3, '0 b, 1 c', ''),
    ('one step', '0 h', '', 1, '5 a, 4 a', '4'),
    ('the last moment of the window counts', '2 h', '', 3, '0 a, 1 b, 2 c', '0 1 2'),
    ('and the one after does not', '01:59:59.999999', '', 3, '0 a, 1 b, 2 c', '0 1'),
    ('a window of nothing', '0', '', 3, '0 a, 0 b, 0 c', '0 0 0'),
    ('a window of nothing, apart', '0', '', 3, '0 a, 0 b, 1 c', '0 0'),
    ('a later start helps', '2 h', '', 3, '0 a, 2 b, 2.5 a, 3 b, 4 c', '2.5 3 4'),
    ('a start in the middle of another chain', '3 h', '', 3, '0 a, 1 b, 2 a, 3 b, 5 c', '2 3 5'),
    ('of several chains the earliest', '9 h', '', 2, '0 -, 1 a, 2 a, 3 b, 4 b', '1 3'),
    ('which is not the one of the last start', '3 h', '', 2, '0 a, 1 a, 3 b', '0 3'),
    ('unless only that one is long', '3 h', '', 3, '0 a, 1 b, 2 a, 4 b, 5 c', '2 4 5'),
    ('one event fills all steps', '0', '', 3, '7 abc', '7 7 7'),
    ('but not with once', '9 h', 'strict_once', 3, '7 abc', '7'),
    ('three events do', '9 h', 'strict_once', 3, '7 abc, 7 abc, 8 abc', '7 7 8'),
    ('nor with increase', '9 h', 'strict_increase', 3, '7 abc, 7 abc, 8 abc', '7 8'),
    ('of one moment, in the order that helps', '9 h', '', 3, '0 c, 0 b, 0 a', '0 0 0'),
    ('once: who fills what is searched', '9 h', 'strict_once', 3, '0 ab, 0 ac, 0 a', '0 0 0'),
    ('once: and cannot always be', '9 h', 'strict_once', 3, '0 ab, 0 a, 0 a', '0 0'),
    ('once: a later event helps out', '9 h', 'strict_once', 3, '0 ab, 1 bc, 2 b', '0 1'),
    ('once: or the one of the same moment', '9 h', 'strict_once', 3, '0 ab, 1 bc, 1 b', '0 1 1'),
    ('order: something else in between', '9 h', 'strict_order', 4, '0 a, 1 b, 2 d, 3 c', '0 1'),
    ('order: without the mode it does not matter', '9 h', '', 4, '0 a, 1 b, 2 d, 3 c', '0 1 3'),
    ('order: an unmatched event in between', '9 h', 'strict_order', 3, '0 a, 1 -, 2 b, 3 c', '0'),
    ('order: before and after it does not matter', '9 h', 'strict_order', 3, '0 -, 1 a, 2 b, 3 c, 4 -', '1 2 3'),
    ('order: repeats of the step before and the next one', '9 h', 'strict_order', 3,
        '0 a, 1 a, 2 b, 3 b, 4 c', '0 2 4'),
    ('order: but not of one further back', '9 h', 'strict_order', 3, '0 a, 1 b, 2 a, 3 c', '0 1'),
    ('order: an unmatched event of the moment of the start', '9 h', 'strict_order', 2, '0 a, 0 -, 1 b', '0 1'),
    ('order: and of the end', '9 h', 'strict_order', 2, '0 a, 1 -, 1 b', '0 1'),
    ('order: and of a step between', '9 h', 'strict_order', 3, '0 a, 1 -, 1 b, 2 c', '0 1'),
    ('order: another start', '9 h', 'strict_order', 3, '0 a, 1 -, 2 a, 3 b', '2 3'),
    ('deduplication: a repeat', '9 h', 'strict_deduplication', 3, '0 a, 1 b, 2 b, 3 c', '0 1'),
    ('deduplication: of the first step is none', '9 h', 'strict_deduplication', 3, '0 a, 1 a, 2 b, 3 a, 4 c', '0 2 4'),
    ('deduplication: before step 2 is reached there is none', '9 h', 'strict_deduplication', 3, '0 b, 1 a, 2 b, 3 c',
        '1 2 3'),
    ('deduplication: the step itself may come later', '9 h', 'strict_deduplication', 3, '0 a, 1 b, 1 c, 2 b, 3 c',
        '0 1 1'),
    ('deduplication: a repeat of the same moment', '9 h', 'strict_deduplication', 3, '0 a, 1 b, 1 b, 2 c', '0 1'),
    ('deduplication: a later step may come before', '9 h', 'strict_deduplication', 4, '0 a, 1 c, 2 b, 3 c, 4 d',
        '0 2 3 4'),
    ('deduplication: a repeat that fills a step', '9 h', 'strict_deduplication', 4, '0 a, 1 b, 2 bc, 3 d', '0 1 2 3'),
    ('deduplication: two of which one does', '9 h', 'strict_deduplication', 4, '0 a, 1 b, 2 bc, 2 b, 3 d', '0 1 2'),
    ('deduplication: each fills one of two steps', '9 h', 'strict_deduplication', 5, '0 a, 1 b, 2 bc, 2 bd, 3 e',
        '0 1 2 2 3'),
    ('deduplication: a later start', '9 h', 'strict_deduplication', 3, '0 a, 1 b, 2 b, 3 a, 4 b, 5 c', '3 4 5'),
    ('all modes', '9 h', ' strict_order,strict_once , strict_increase,strict_deduplication', 3,
        '0 a, 1 abc, 2 b, 3 -', '0 1'),
    ('a day is 24 hours', '1 day', '', 2, '20 a, 44 b', '20 44'),
    ('also where the clocks of the session change', '1 day', '', 2, '20 a, 44.1 b', '20'),
    ('days and hours', '1 day -1 h', '', 2, '0 a, 23 b', '0 23'),
    ('less than a day', '1 day -1 h', '', 2, '0 a, 23.1 b', '0'),
    ('a month', '1 month', '', 2, '0 a, 744 b', '0 744'),
    ('and no more', '1 month', '', 2, '0 a, 744.1 b', '0'),
    ('a month and two hours', '1 month 2 h', '', 2, '0 a, 746 b, 746.1 b', '0 746');
SELECT is(hours(window_funnel_events(s)), times, name)
FROM hand, LATERAL funnel(within::interval, mode, n, events) AS s;
SELECT is(count(*) FILTER (WHERE window_funnel(s) = cardinality(window_funnel_events(s))), count(*),
    'window_funnel is its length')
FROM hand, LATERAL funnel(within::interval, mode, n, events) AS s;

-- Months are added on the UTC calendar: a later start may have an earlier end.
SELECT is(window_funnel(within, at, step = 'a', step = 'b'), expected,
          within || ' from ' || first_at || ' to ' || last_at)
FROM (VALUES (interval '1 month', timestamptz '2025-01-31 12:00+00', timestamptz '2025-02-28 12:00+00', 2),
             ('1 month', '2025-01-31 12:00+00', '2025-02-28 12:00:00.000001+00', 1),
             ('1 month', '2024-01-31 23:00+00', '2024-02-29 23:00+00', 2),
             ('1 month', '2024-01-31 23:00+00', '2024-02-29 23:00:01+00', 1),
             ('11 months', '2024-03-31 23:00+00', '2025-02-28 23:00+00', 2),
             ('11 months', '2024-03-31 23:00+00', '2025-02-28 23:00:01+00', 1),
             ('1 year', '2024-02-29 00:00+00', '2025-02-28 00:00+00', 2),
             ('1 year', '2024-02-29 00:00+00', '2025-02-28 00:00:01+00', 1),
             ('1 year', '0001-12-31 00:00+00 BC', '0001-12-31 00:00+00', 2),
             ('1 year', '0001-12-31 00:00+00 BC', '0001-12-31 00:00:01+00', 1),
             ('13 months', '0002-11-30 00:00+00 BC', '0001-12-30 00:00:01+00 BC', 1),
             ('13 months', '0002-11-30 00:00+00 BC', '0001-12-30 00:00:00+00 BC', 2),
             ('178956970 years 7 months', '2024-02-29 00:00+00', '294276-12-31 23:59:59.999999+00', 2),
             ('1 month', '294276-12-15 00:00+00', '294276-12-31 23:59:59.999999+00', 2),
             ('100000000 days', '4714-11-24 00:00+00 BC', '268000-12-31 00:00+00', 2),
             ('106751991 days', '2024-01-01 00:00+00', '294276-12-31 23:59:59.999999+00', 2)
     ) AS v (within, first_at, last_at, expected),
     LATERAL (VALUES (first_at, 'a'), (last_at, 'b')) AS e (at, step)
GROUP BY within, first_at, last_at, expected;
SELECT is(window_funnel_events('1 month', at, step = 'a', step = 'b')::text,
          '{"2025-01-30 08:00:00-05","2025-02-28 07:30:00-05"}', 'a later start has the earlier end')
FROM (VALUES (timestamptz '2025-01-30 13:00+00', 'a'), ('2025-01-31 12:00+00', 'a'), ('2025-02-28 12:30+00', 'b'))
     AS v (at, step);

-- ---------------------------------------------------------------------------
-- NULL, and ways to call
-- ---------------------------------------------------------------------------
SELECT is(ARRAY[window_funnel('1 h', t(0), true)::text, window_funnel_events('1 h', t(0), true)::text,
                window_funnel('1 h', '', t(0), true)::text, retention(true)::text], ARRAY[NULL, NULL, NULL, NULL],
          'no rows: NULL')
FROM generate_series(1, 0);
SELECT is(window_funnel_summary('1 h', t(0), true)::text, 'v1 steps=0 months=0 within=0 mode= events=',
    'no rows: an empty summary') FROM generate_series(1, 0);
SELECT is(ARRAY[window_funnel('v1 steps=0 months=0 within=0 mode= events=')::text,
                window_funnel_events('v1 steps=0 months=0 within=0 mode= events=')::text,
                retention('v1 conditions=0 met=0'::retention_summary)::text], ARRAY[NULL, NULL, NULL],
          'of which everything is NULL');
SELECT is(window_funnel(within, mode, at, VARIADIC steps), NULL, 'rows without a time are skipped')
FROM (VALUES (interval '1 h', '', NULL::timestamptz, '{t}'::boolean[])) AS v (within, mode, at, steps);
SELECT throws_ok('SELECT window_funnel(' || arguments || ')', '22004', NULL, 'but not ' || arguments)
FROM unnest(ARRAY['NULL::interval, now(), true', $$'1 h', NULL::text, now(), true$$,
    $$'1 h', NULL::text, NULL::timestamptz, true$$, $$'1 h', now(), VARIADIC NULL::boolean[]$$,
    $$NULL, '', now(), true$$]) AS arguments;
SELECT is(window_funnel('1 h', at, a, b), 1, 'a NULL condition is false')
FROM (VALUES (t(0), true, NULL), (t(1), NULL, NULL::boolean)) AS v (at, a, b);
SELECT is(window_funnel_events('1 h', t(0), false, true)::text, '{}', 'no chain: no times');
SELECT is(ARRAY[window_funnel('1 h', t(0), true, true), window_funnel(interval '1 h', t(0), VARIADIC '{t,t}'),
                window_funnel('1 h', 'strict_once', t(0), true, true),
                window_funnel('1 h', '2025-01-01', true, true),
                window_funnel('1 h', '', timestamptz '2025-01-01', true),
                window_funnel('1 h', 'strict_once', timestamptz '2025-01-01', true, true),
                window_funnel('1 h', date '2025-01-01', true), window_funnel('1 h', localtimestamp, true),
                window_funnel('1 h', '2025-01-01', VARIADIC '{f}'),
                window_funnel('1 h', 'strict_once'::varchar, t(0), true)],
          '{2,2,1,2,1,1,1,1,0,1}', 'literals without a type are understood');
SELECT throws_ok('SELECT window_funnel(''1 h'', ' || arguments || ')', '42725', NULL, 'but not ' || arguments)
FROM unnest(ARRAY['NULL, NULL, NULL', $$'strict_once', '2025-01-01', true$$]) AS arguments;
SELECT is(window_funnel('1 h', t(0), VARIADIC array_fill(true, ARRAY[32])), 32, '32 steps of one event');
SELECT is(window_funnel(interval '31 h', m, t(i), VARIADIC array_fill(false, ARRAY[i - 1]) || true
                        || array_fill(false, ARRAY[32 - i])), 32, '32 steps of 32 events, ' || m)
FROM unnest(ARRAY['', 'strict_order', 'strict_once', 'strict_deduplication', 'strict_increase,strict_order']) AS m,
     generate_series(1, 32) AS i GROUP BY m;
SELECT is(window_funnel(interval '0', m, t(0), VARIADIC array_fill(false, ARRAY[i - 1]) || true
                        || array_fill(false, ARRAY[32 - i])), 32, '32 steps of 32 events of one moment, ' || m)
FROM unnest(ARRAY['', 'strict_order', 'strict_once', 'strict_deduplication,strict_once']) AS m,
     generate_series(1, 32) AS i GROUP BY m;
-- each event fits two steps, round the corner, and many fit one
SELECT is(window_funnel(interval '0', 'strict_once', t(0), VARIADIC array_fill(false, ARRAY[i - 1]) || '{t,t}'
                        || array_fill(false, ARRAY[31 - i])), 31, '31 events fill 31 steps')
FROM generate_series(1, 31) AS i;
SELECT is(window_funnel(interval '0', 'strict_once', t(0), VARIADIC
        (SELECT array_agg(s = i OR s = 1 + i % 32 ORDER BY s) FROM generate_series(1, 32) AS s)), 32,
    '32 events fill 32 steps') FROM generate_series(1, 32) AS i;
SELECT is(window_funnel(interval '0', 'strict_once', t(0), VARIADIC
        (SELECT array_agg(s < 32 OR i = 2000 ORDER BY s) FROM generate_series(1, 32) AS s)), 32,
    'one of 2000 events is the only one for the last step') FROM generate_series(1, 2000) AS i;
SELECT is(window_funnel(interval '0', 'strict_once', t(0), VARIADIC
        (SELECT array_agg(s < 31 OR i = 2000 ORDER BY s) FROM generate_series(1, 32) AS s)), 31,
    'and cannot fill two') FROM generate_series(1, 2000) AS i;

-- ---------------------------------------------------------------------------
-- At random: small cases with many events of one moment, and all their chains, found by joining step by step
-- ---------------------------------------------------------------------------
SELECT setseed(0.577) \g /dev/null
CREATE TABLE item AS
SELECT c, n, c % 5 = 0 AS by_month, c % 3 AS kind, 7 - floor(random() * random() * 7)::int AS events, density,
       CASE WHEN c % 5 = 0 THEN
               (ARRAY['1 month', '1 month 30 min', '1 month 1 day', '29 days'])[1 + floor(random() * 4)]
            ELSE floor(random() * 8) || ' h' END::interval AS within,
       concat_ws(',', CASE WHEN c & 1 > 0 THEN 'strict_increase' END, CASE WHEN c & 2 > 0 THEN 'strict_once' END,
           CASE WHEN c & 4 > 0 THEN 'strict_order' END, CASE WHEN c & 8 > 0 THEN 'strict_deduplication' END) AS mode,
       c & 1 > 0 AS increase, c & 2 > 0 AS once, c & 4 > 0 AS in_order, c & 8 > 0 AS deduplication
FROM (SELECT c, floor(random() * 5)::int + 1 AS n, 0.2 + 0.4 * random() AS density
      FROM generate_series(1, 51200) AS c) AS t;
-- an event matches any steps; or one of them or none; or, in time, one about where a customer should be
CREATE TABLE event AS
SELECT c, no, CASE WHEN by_month THEN
           (ARRAY['2025-01-29 12:00+00', '2025-01-30 13:00+00', '2025-01-31 12:00+00', '2025-02-28 12:30+00',
                  '2025-02-28 13:00+00', '2025-03-01 12:00+00'])[1 + slot % 6]::timestamptz
       ELSE t(slot) END AS at,
       CASE kind
           WHEN 0 THEN (SELECT sum((random() < density)::int << (s - 1)) FROM generate_series(1, n + 0 * no) AS s)::int
           WHEN 1 THEN (ARRAY[0, 1, 1, 2, 2, 4, 4, 8, 8, 16, 16])[1 + floor(random() * (2 * n + 1))]
           ELSE 1 << greatest(0, least(n - 1, floor(slot * n / 8.0 + random() * 2 - 1)::int))
       END AS steps
FROM (SELECT *, floor(random() * CASE kind WHEN 0 THEN 5 ELSE 8 END)::int AS slot
      FROM item, generate_series(1, events) AS no OFFSET 0) AS e ORDER BY hashint4(c * 10 + no);
CREATE INDEX ON event (c);
ANALYZE item;
ANALYZE event;

CREATE TABLE chain AS
WITH RECURSIVE chain AS (
    SELECT c, 1 AS k, ARRAY[at] AS times, ARRAY[no] AS used, at,
           (at AT TIME ZONE 'UTC' + within) AT TIME ZONE 'UTC' AS deadline
    FROM event JOIN item USING (c) WHERE steps & 1 > 0
    UNION ALL
    SELECT chain.c, k + 1, times || e.at, used || e.no, e.at, deadline
    FROM chain JOIN item USING (c) JOIN event AS e ON e.c = chain.c
    WHERE k < n AND e.steps >> k & 1 > 0 AND e.at >= chain.at AND e.at <= deadline
      AND NOT (increase AND e.at = chain.at) AND NOT (once AND e.no = ANY (used))
      -- an event that is not in the chain, between its ends, without a place between any ei and ei+1
      AND NOT ((in_order OR deduplication) AND EXISTS (
          SELECT FROM event AS x
          WHERE x.c = e.c AND x.at > times[1] AND x.at < e.at AND x.no <> ALL (used || e.no)
            AND NOT EXISTS (
                SELECT FROM generate_series(1, k) AS i
                WHERE x.at BETWEEN times[i] AND (times || e.at)[i + 1]
                  AND NOT (in_order AND x.steps >> (i - 1) & 3 = 0)
                  AND NOT (deduplication AND x.steps & ((2 << i) - 2) > 0))))
)
SELECT c, k, times FROM chain;
CREATE TABLE expected AS
SELECT DISTINCT ON (c) c, coalesce(k, 0) AS k, coalesce(times, '{}') AS times FROM item LEFT JOIN chain USING (c)
ORDER BY c, k DESC, times;
CREATE VIEW row_of AS
SELECT c, no, within, mode, at,
       (SELECT array_agg(steps >> s & 1 > 0 ORDER BY s) FROM generate_series(0, n - 1) AS s) AS met
FROM event JOIN item USING (c);
CREATE TABLE made AS
SELECT c, window_funnel_summary(within, mode, at, VARIADIC met) AS s,
       window_funnel(within, mode, at, VARIADIC met) AS k,
       window_funnel_events(within, mode, at, VARIADIC met) AS times
FROM row_of GROUP BY c;

SELECT ok(count(*) FILTER (WHERE k = 0) > 60 AND count(*) FILTER (WHERE k = 1) > 60
          AND count(*) FILTER (WHERE k = n AND n > 2) > 30 AND count(*) FILTER (WHERE k BETWEEN 2 AND n - 1) > 120,
          'there is something to compare, mode "' || mode || '"')
FROM expected JOIN item USING (c) GROUP BY mode ORDER BY mode;
SELECT is(string_agg(format('%s: %s %s', c, m.times, e.times), ', ')
          FILTER (WHERE m.k <> e.k OR m.times <> e.times), NULL,
          format('%s random cases, mode "%s"', count(m.k), mode))
FROM item JOIN expected AS e USING (c) JOIN made AS m USING (c) GROUP BY mode ORDER BY mode;
SELECT is(count(*) FILTER (WHERE window_funnel(s) = m.k AND window_funnel_events(s) = m.times), 51200::bigint,
    'the same of the stored summary') FROM made AS m;
-- each mode matters somewhere
SELECT cmp_ok(count(*) FILTER (WHERE m.k < window_funnel(p.s)), '>', 15::bigint, 'fewer steps with ' || mode)
FROM made AS m JOIN item USING (c)
     JOIN (SELECT c, window_funnel_summary(within, at, VARIADIC met) AS s FROM row_of GROUP BY c) AS p USING (c)
WHERE mode NOT LIKE '%,%' AND mode <> '' GROUP BY mode ORDER BY mode;

-- Long cases, without modes but increase: from each start the next step is taken as soon as it can be.
CREATE TABLE long_event AS
SELECT c, no, t(floor(random() * 150)::int) AS at, floor(random() * 10)::int AS step
FROM generate_series(1, 60) AS c, generate_series(1, 200) AS no;
CREATE INDEX ON long_event (c, step, at);
ANALYZE long_event;
WITH RECURSIVE chain AS (
    SELECT c, step + 1 AS k, ARRAY[at] AS times, at, at + interval '20 h' AS deadline FROM long_event WHERE step = 0
    UNION ALL
    SELECT c, k + 1, times || e.at, e.at, deadline
    FROM chain, LATERAL (SELECT min(e.at) AS at FROM long_event AS e
                         WHERE e.c = chain.c AND e.step = k AND e.at + (c % 2) * interval '-1 us' >= chain.at) AS e
    WHERE e.at <= deadline
), best AS (SELECT DISTINCT ON (c) c, times FROM chain ORDER BY c, k DESC, times)
SELECT is(count(*) FILTER (WHERE b.times = m.times), 60::bigint, 'long cases')
FROM best AS b JOIN (
    SELECT c, window_funnel_events(interval '20 h', CASE c % 2 WHEN 1 THEN 'strict_increase' ELSE '' END, at,
               VARIADIC (SELECT array_agg(step = s ORDER BY s) FROM generate_series(0, 9) AS s)) AS times
    FROM long_event GROUP BY c) AS m USING (c);

-- ---------------------------------------------------------------------------
-- Parts, orders, stored forms
-- ---------------------------------------------------------------------------
SELECT is(count(*) FILTER (WHERE r = s AND window_funnel_summary_send(r) = window_funnel_summary_send(s)
                             AND backwards = s
                             AND window_funnel_summary_send(backwards) = window_funnel_summary_send(s)),
    51200::bigint, 'rollup of parts, and rows backwards')
FROM made JOIN (SELECT c, rollup(p) AS r FROM (SELECT c, window_funnel_summary(within, mode, at, VARIADIC met) AS p
                                               FROM row_of GROUP BY c, no % 3) AS t GROUP BY c) AS r USING (c)
     JOIN (SELECT c, window_funnel_summary(within, mode, at, VARIADIC met ORDER BY at DESC, no) AS backwards
           FROM row_of GROUP BY c) AS b USING (c);
SELECT is(count(*) FILTER (WHERE s::text::window_funnel_summary = s
                             AND s::text::window_funnel_summary::text = s::text),
    51200::bigint, 'text there and back') FROM made;
SELECT is(count(*) FILTER (WHERE running = window_funnel(prefix)), count(*),
    'a window: the state goes on after it was read')
FROM (SELECT c, at, window_funnel(within, mode, at, VARIADIC met) OVER (PARTITION BY c ORDER BY at DESC) AS running
      FROM row_of WHERE c <= 500) AS w,
     LATERAL (SELECT window_funnel_summary(within, mode, at, VARIADIC met) AS prefix FROM row_of AS e
              WHERE e.c = w.c AND e.at >= w.at) AS p HAVING count(*) > 1500;
SELECT is(window_funnel_summary('1 month 1 day 2 h', 'strict_order,strict_increase', at, a, b)::text,
          'v1 steps=2 months=1 within=93600000000 mode=increase,order events=-1:3,0:0,5:2', 'the text form')
FROM (VALUES (timestamptz '2000-01-01 00:00:00.000005+00', false, true), ('2000-01-01 00:00+00', NULL, false),
             ('1999-12-31 23:59:59.999999+00', true, true)) AS v (at, a, b);
SELECT is(window_funnel_summary('1 us', at, a, false)::text, 'v1 steps=2 months=0 within=1 mode= events=0:1',
    'unmatched events are kept only for strict_order')
FROM (VALUES (timestamptz '2000-01-01 00:00+00', true), ('2000-01-01 00:00+00', false)) AS v (at, a);
SELECT is(window_funnel_summary_send('v1 steps=2 months=1 within=5 mode=increase,order events=-1:3,0:0'),
    '\x01 05 02 00000001 0000000000000005 00000002 ffffffffffffffff 00000003 0000000000000000 00000000',
    'the binary form');
SELECT is(funnel('24 h', '', 2, '0 a'), funnel('1 day', '', 2, '0 a'), 'a day and 24 hours are the same window');
SELECT is(funnel('1 h', 'strict_once,strict_order', 2, '0 a'),
    funnel('1 h', 'strict_order, strict_once,strict_once', 2, '0 a'), 'the order of the modes does not matter');
SELECT isnt(funnel('1 h', '', 2, '0 -'), funnel('2 h', '', 2, '0 -'), 'without events the window is still known');

-- ---------------------------------------------------------------------------
-- retention
-- ---------------------------------------------------------------------------
SELECT is(retention(a, b, c)::text, expected, 'retention ' || rows)
FROM (VALUES ('t f f', '{t,f,f}'), ('t f f, f t f', '{t,t,f}'), ('f t t', '{f,f,f}'), ('f f t, t f f', '{t,f,t}'),
             ('n f f, n t n', '{f,f,f}'), ('t n n, n n t', '{t,f,t}'), ('t t t', '{t,t,t}')) AS v (rows, expected),
     LATERAL (SELECT nullif(split_part(r, ' ', 1), 'n')::boolean, nullif(split_part(r, ' ', 2), 'n')::boolean,
                     nullif(split_part(r, ' ', 3), 'n')::boolean
              FROM unnest(string_to_array(rows, ', ')) AS r) AS r (a, b, c) GROUP BY rows, expected;
SELECT is(retention(VARIADIC met)::text, array_agg(i % 2 = 1 ORDER BY i)::text, '32 conditions')
FROM (SELECT i, (SELECT array_agg(s = i AND i % 2 = 1 ORDER BY s) FROM generate_series(1, 32) AS s) AS met
      FROM generate_series(1, 32) AS i) AS t;
SELECT is(retention_summary(VARIADIC a)::text, 'v1 conditions=3 met=6', 'retention_summary')
FROM (VALUES ('{f,t,f}'::boolean[]), ('{f,NULL,t}'), (NULL)) AS v (a);
SELECT is(retention_summary_send('v1 conditions=3 met=6'), '\x01 03 00000006', 'its binary form');
SELECT is(count(*) FILTER (WHERE whole = expected AND parts = expected), 51200::bigint, 'random: retention')
FROM (SELECT c, retention(VARIADIC met) AS whole, bit_or(steps) AS steps
      FROM row_of JOIN event USING (c, no) GROUP BY c)
     AS w JOIN (SELECT c, retention(rollup(p)) AS parts
                FROM (SELECT c, retention_summary(VARIADIC met) AS p FROM row_of GROUP BY c, no % 2) AS t GROUP BY c)
     AS p USING (c) JOIN item USING (c),
     LATERAL (SELECT array_agg(steps & 1 > 0 AND steps >> s & 1 > 0 ORDER BY s) AS expected
              FROM generate_series(0, n - 1) AS s) AS e;

-- ---------------------------------------------------------------------------
-- Errors
-- ---------------------------------------------------------------------------
SELECT throws_ok('SELECT ' || call, code, NULL, call)
FROM (VALUES
    ('22023', $$window_funnel('-1 s', now(), true)$$), ('22023', $$window_funnel('-1 month 60 days', now(), true)$$),
    ('22023', $$window_funnel('1 month -1 day', now(), true)$$),
    ('22023', $$window_funnel('1 day -25 h', now(), true)$$),
    ('22008', $$window_funnel('106751992 days', now(), true)$$),
    ('22023', $$window_funnel('1 h', 'strict', now(), true)$$), ('22023', $$window_funnel('1 h', ' ', now(), true)$$),
    ('22023', $$window_funnel('1 h', 'strict_once,', now(), true)$$),
    ('22023', $$window_funnel('1 h', ',strict_once', now(), true)$$),
    ('22023', $$window_funnel('1 h', 'strict_once strict_order', now(), true)$$),
    ('22023', $$window_funnel('1 h', 'Strict_once', now(), true)$$),
    ('22023', $$window_funnel('1 h', 'once', now(), true)$$),
    ('22023', $$window_funnel('1 h', 'strict_oncee', now(), true)$$),
    ('22008', $$window_funnel('1 h', 'infinity', true)$$),
    ('22008', $$window_funnel('1 h', '', timestamptz '-infinity', true)$$),
    ('22023', $$window_funnel('1 h', now(), VARIADIC '{}')$$),
    ('22023', $$window_funnel('1 h', now(), VARIADIC array_fill(true, ARRAY[33]))$$),
    ('2202E', $$window_funnel('1 h', now(), VARIADIC '{{t,f},{f,t}}')$$),
    ('22023', $$retention(VARIADIC '{}'::boolean[])$$), ('22023', $$retention(VARIADIC array_fill(true, ARRAY[33]))$$),
    ('2202E', $$retention(VARIADIC '{{t,f},{f,t}}'::boolean[])$$),
    ('22023', $$window_funnel(i * interval '1 h', now(), true) FROM generate_series(1, 2) AS i$$),
    ('22023', $$window_funnel('1 h', CASE i WHEN 1 THEN 'strict_once' ELSE '' END, now(), true)
                FROM generate_series(1, 2) AS i$$),
    ('22023', $$window_funnel('1 h', now(), VARIADIC array_fill(false, ARRAY[i])) FROM generate_series(1, 2) AS i$$),
    ('22023', $$retention(VARIADIC array_fill(false, ARRAY[i])) FROM generate_series(1, 2) AS i$$),
    ('22023', $$funnel('1 h', '', 2, '0 a') + funnel('2 h', '', 2, '0 a')$$),
    ('22023', $$funnel('30 days', '', 2, '0 a') + funnel('1 month', '', 2, '0 a')$$),
    ('22023', $$funnel('1 h', '', 2, '0 a') + funnel('1 h', 'strict_once', 2, '0 a')$$),
    ('22023', $$funnel('1 h', '', 2, '0 -') + funnel('1 h', '', 3, '0 -')$$),
    ('22023', $$retention_summary 'v1 conditions=1 met=0' + 'v1 conditions=2 met=0'$$)
) AS e (code, call);
SELECT * FROM finish();
ROLLBACK;
