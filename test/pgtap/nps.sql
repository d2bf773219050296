-- nps: every aggregate, accessor and error against plain SQL.
BEGIN;
SET LOCAL search_path = public, crmkpi;
SELECT plan(85);

-- The z of two-sided confidence, from published tables.
\set z90 1.6448536269514722
\set z95 1.959963984540054
\set z99 2.5758293035489004
\set z999 3.2905267314918945

-- Many small groups of 0 to 20 answers, and one large one (0); score1 is on a scale from 1.
SELECT setseed(0.2003) \g /dev/null
CREATE TABLE answer AS
SELECT g AS grp, i,
       CASE WHEN random() < 0.1 THEN NULL ELSE least(floor(random() * 11),
           10 - floor(random() * kind))::int END AS score,
       CASE WHEN random() < 0.1 THEN NULL ELSE 1 + floor(random() * 10)::int END AS score1
FROM (SELECT g, g % 11 AS kind, CASE WHEN g = 0 THEN 50000 ELSE floor(random() * 21)::int END AS items
      FROM generate_series(0, 300) AS g) AS groups,
     LATERAL generate_series(1, items) AS i;
ANALYZE answer;
CREATE VIEW every_group AS SELECT count(DISTINCT grp) AS groups FROM answer;

-- ---------------------------------------------------------------------------
-- Counts, score and margin. The number of groups where all is as in plain SQL
-- must be the number of groups, so that no group can be left out.
-- ---------------------------------------------------------------------------
SELECT cmp_ok(groups, '>', 270::bigint, 'there are groups') FROM every_group;
SELECT is(max(n), 50000::bigint, 'and one is large') FROM (SELECT count(*) AS n FROM answer GROUP BY grp) AS t;

SELECT is(count(*), (SELECT groups FROM every_group), 'promoters, passives, detractors, responses')
FROM (SELECT nps_summary(score) AS s, count(*) FILTER (WHERE score >= 9) AS promoters,
             count(*) FILTER (WHERE score IN (7, 8)) AS passives, count(*) FILTER (WHERE score <= 6) AS detractors,
             count(score) AS responses
      FROM answer GROUP BY grp) AS t
WHERE promoters(s) = promoters AND passives(s) = passives AND detractors(s) = detractors AND responses(s) = responses;

SELECT is(count(*), 11 * (SELECT groups FROM every_group), 'nps of every type of score and every form')
FROM (SELECT 100.0::float8 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6))
             / nullif(count(score), 0) AS expected,
             nps(score) AS a, nps(score::bigint) AS b, nps(score::numeric(4, 2)) AS c,
             nps(score, 0) AS d, nps(score::bigint, 0) AS e, nps(score::numeric, 0) AS f,
             nps(nps_summary(score)) AS g, nps(nps_summary(score::numeric, 0)) AS h,
             nps(score::smallint) AS i, nps(score::smallint, 0) AS j, nps(nps_summary(score::smallint)) AS k
      FROM answer GROUP BY grp) AS t,
     LATERAL (VALUES (a), (b), (c), (d), (e), (f), (g), (h), (i), (j), (k)) AS v (value)
WHERE value IS NOT DISTINCT FROM expected;

SELECT is(count(*), 6 * (SELECT groups FROM every_group), 'and on a scale from 1')
FROM (SELECT 100.0::float8 * (count(*) FILTER (WHERE score1 >= 9) - count(*) FILTER (WHERE score1 <= 6))
             / nullif(count(score1), 0) AS expected,
             nps(score1, 1) AS a, nps(score1::bigint, 1) AS b, nps(score1::numeric, 1) AS c,
             nps(nps_summary(score1, 1)) AS d, nps(nps_summary(score1::bigint, 1)) AS e,
             nps(nps_summary(score1::numeric, 1)) AS f
      FROM answer GROUP BY grp) AS t,
     LATERAL (VALUES (a), (b), (c), (d), (e), (f)) AS v (value)
WHERE value IS NOT DISTINCT FROM expected;

SELECT is(nps_summary(score)::text, 'v1 promoters=2 passives=2 detractors=7', 'each score of 0 to 10 once')
FROM generate_series(0, 10) AS score;
SELECT is(nps_summary(score, 1)::text, 'v1 promoters=2 passives=2 detractors=6 scale_min=1',
    'each score of 1 to 10 once')
FROM generate_series(1, 10) AS score;

-- Each answer is a draw of +1, 0 or -1: the standard error is that of their mean.
SELECT is(count(*), (SELECT groups FROM every_group), 'margin at confidence ' || confidence)
FROM (SELECT nps_summary(score) AS s, nps_summary(score1, 1) AS s1,
             100 * sqrt(var_pop(CASE WHEN score >= 9 THEN 1 WHEN score <= 6 THEN -1 WHEN score IS NOT NULL THEN 0 END)
                        / nullif(count(score), 0)) AS error,
             100 * sqrt(var_pop(CASE WHEN score1 >= 9 THEN 1 WHEN score1 <= 6 THEN -1 WHEN score1 IS NOT NULL
                 THEN 0 END)
                        / nullif(count(score1), 0)) AS error1
      FROM answer GROUP BY grp) AS t,
     (VALUES (0.90, :z90), (0.95, :z95), (0.99, :z99), (0.999, :z999)) AS c (confidence, z)
WHERE (responses(s) = 0 AND nps_margin(s, confidence) IS NULL OR abs(nps_margin(s, confidence) - z * error) < 1e-10)
  AND (responses(s1) = 0 AND nps_margin(s1, confidence) IS NULL OR abs(nps_margin(s1,
      confidence) - z * error1) < 1e-10)
GROUP BY confidence ORDER BY confidence;
SELECT is(count(*), (SELECT groups FROM every_group), 'without a confidence it is 0.95')
FROM (SELECT nps_summary(score) AS s FROM answer GROUP BY grp) AS t
WHERE nps_margin(s) IS NOT DISTINCT FROM nps_margin(s, 0.95);
SELECT is(round(nps_margin(s)::numeric, 6), margin, label)
FROM (VALUES ('v1 promoters=5 passives=0 detractors=0'::nps_summary, 0.000000, 'one voice has no margin'),
             ('v1 promoters=0 passives=0 detractors=7', 0.000000, 'nor has the other one'),
             -- p = 0.5, d = 0.2, n = 100: 100 x 1.959964 x sqrt((0.7 - 0.09) / 100)
             ('v1 promoters=50 passives=30 detractors=20', 15.307808,
                 'by hand: 50 promoters and 20 detractors of 100'),
             ('v1 promoters=1 passives=0 detractors=1', 138.590382, 'by hand: one of each')) AS v (s, margin, label);

-- ---------------------------------------------------------------------------
-- Nothing, and NULL
-- ---------------------------------------------------------------------------
SELECT is(num_nulls(nps(score), nps(score::bigint), nps(score::numeric), nps(score, 1), nps(score::bigint, 1),
                    nps(score::numeric, 1)), 6, 'nps of no rows is NULL')
FROM answer WHERE false;
SELECT is(num_nulls(nps(n), nps(n::bigint), nps(n::numeric), nps(n, 1), nps(5, n), nps(n::bigint, 1), nps(n::numeric,
    1)),
          7, 'nps of NULLs only is NULL')
FROM (VALUES (NULL::integer), (NULL)) AS v (n);
SELECT is(ARRAY[nps_summary(score)::text, nps_summary(score, 1)::text, nps_summary(score::bigint)::text,
                nps_summary(score::numeric, 1)::text],
          array_fill('v1 promoters=0 passives=0 detractors=0'::text, ARRAY[4]), 'the summary of no rows, on any scale')
FROM answer WHERE false;
SELECT is(rollup(s)::text, 'v1 promoters=0 passives=0 detractors=0', 'and that of no summaries')
FROM (SELECT 'v1 promoters=1 passives=0 detractors=0'::nps_summary AS s) AS t WHERE false;
SELECT is(rollup(s)::text, 'v1 promoters=0 passives=0 detractors=0', 'and that of NULLs')
FROM (VALUES (NULL::nps_summary), (NULL)) AS t (s);
SELECT ok(promoters(s) = 0 AND passives(s) = 0 AND detractors(s) = 0 AND responses(s) = 0
          AND num_nulls(nps(s), nps_margin(s), nps_margin(s, 0.9)) = 3,
              'an empty summary has counts of 0 and values of NULL')
FROM (SELECT 'v1 promoters=0 passives=0 detractors=0'::nps_summary AS s) AS t;
SELECT is(num_nulls(promoters(s), passives(s), detractors(s), responses(s), nps(s), nps_margin(s), s + s),
          7, 'accessors of NULL are NULL')
FROM (SELECT NULL::nps_summary AS s) AS t;
SELECT is(nps(s), value, s::text)
FROM (VALUES ('v1 promoters=9223372036854775807 passives=0 detractors=0'::nps_summary, 100::float8),
             ('v1 promoters=0 passives=0 detractors=9223372036854775807', -100),
             ('v1 promoters=0 passives=3 detractors=0', 0), ('v1 promoters=1 passives=1 detractors=2 scale_min=1',
                 -25)) AS v (s, value);

-- ---------------------------------------------------------------------------
-- Moving windows: what leaves the frame is taken out again
-- ---------------------------------------------------------------------------
CREATE TABLE seq AS
SELECT row_number() OVER (ORDER BY i) AS n, i AS at, score, score1, i % 3 <> 0 AS keep,
       CASE WHEN i % 13 <> 0 THEN nps_summary(score) OVER (PARTITION BY i) END AS s,
       CASE WHEN i % 13 <> 0 THEN nps_summary(score1, 1) OVER (PARTITION BY i) END AS s1
FROM answer WHERE grp = 0 AND i % 20 < 9 AND i <= 1500;
CREATE TABLE frame (name text, moving text, plain text);
INSERT INTO frame
SELECT kind || ' BETWEEN ' || b || ' AND ' || e, 'ORDER BY ' || key || ' ' || kind || ' BETWEEN ' || b || ' AND ' || e,
       format('f.%1$s BETWEEN s.%1$s + (%2$s) AND s.%1$s + (%3$s)', key, bs, es)
FROM (VALUES ('ROWS', 'n'), ('RANGE', 'at')) AS k (kind, key),
     (VALUES ('6 PRECEDING', -6, 'CURRENT ROW', 0), ('3 PRECEDING', -3, '2 FOLLOWING', 2),
             ('7 PRECEDING', -7, '4 PRECEDING', -4), ('2 FOLLOWING', 2, '5 FOLLOWING', 5)) AS f (b, bs, e, es);
-- Frames where moving and plain answers differ; the plain ones are proved above.
CREATE FUNCTION moving_differs(aggregate text, argument text, condition text, OUT total bigint, OUT differs bigint)
LANGUAGE plpgsql AS $$
DECLARE
    f frame;
    rows_now bigint;
    differs_now bigint;
BEGIN
    total := 0;
    differs := 0;
    FOR f IN TABLE frame LOOP
        EXECUTE format(
            'SELECT count(*), count(*) FILTER (WHERE m::text IS DISTINCT FROM p::text)
             FROM (SELECT *, %1$s(%2$s) FILTER (WHERE %3$s) OVER (%4$s) AS m FROM seq) AS s,
                  LATERAL (SELECT %1$s(%2$s) FILTER (WHERE %3$s) AS p FROM seq AS f WHERE %5$s) AS q',
            aggregate, argument, condition, f.moving, f.plain) INTO rows_now, differs_now;
        total := total + rows_now;
        differs := differs + differs_now;
    END LOOP;
END $$;
SELECT is(m.differs, 0::bigint, 'moving ' || aggregate || '(' || argument || ') FILTER (' || condition || ')')
FROM (VALUES ('nps', 'score'), ('nps', 'score::bigint'), ('nps', 'score::numeric'), ('nps', 'score::smallint'),
             ('nps_summary', 'score'),
             ('nps', 'score1, 1'), ('nps_summary', 'score1, 1'), ('nps_summary', 'score1::bigint, 1'),
             ('nps_summary', 'score1::numeric, 1'), ('rollup', 's'), ('rollup', 's1')) AS a (aggregate, argument),
     (VALUES ('true'), ('keep')) AS c (condition),
     LATERAL moving_differs(aggregate, argument, condition) AS m
WHERE m.total > 5000;
SELECT ok(count(*) FILTER (WHERE responses(s) = 0) > 20 AND count(*) FILTER (WHERE responses(s) > 3) > 20,
          'frames become empty and fill again')
FROM (SELECT nps_summary(score) OVER (ORDER BY at RANGE BETWEEN 7 PRECEDING AND 4 PRECEDING) AS s FROM seq) AS t;
SELECT is(count(*) FILTER (WHERE a IS NOT DISTINCT FROM b), count(*), 'moving nps against moving counts')
FROM (SELECT nps(score) OVER w AS a,
             100.0::float8 * ((count(*) FILTER (WHERE score >= 9) OVER w)
             - (count(*) FILTER (WHERE score <= 6) OVER w))
             / nullif(count(score) OVER w, 0) AS b
      FROM seq WINDOW w AS (ORDER BY n ROWS 4 PRECEDING)) AS t;
-- A frame that was emptied forgets its scale.
SELECT is(array_agg(r ORDER BY n), ARRAY[100, NULL, -100]::float8[], 'an emptied frame takes another scale')
FROM (SELECT n, nps(rollup(s) OVER (ORDER BY n ROWS CURRENT ROW)) AS r
      FROM (VALUES (1, 'v1 promoters=1 passives=0 detractors=0 scale_min=1'::nps_summary), (2, NULL),
                   (3, 'v1 promoters=0 passives=0 detractors=1')) AS v (n, s)) AS t;

-- ---------------------------------------------------------------------------
-- Errors
-- ---------------------------------------------------------------------------
SELECT throws_ok('SELECT ' || call, code, NULL, regexp_replace(call, '\s+', ' ', 'g'))
FROM (VALUES
    ('22023', 'nps(11)'), ('22023', 'nps(-1)'), ('22023', 'nps(2147483647)'), ('22023', 'nps(9223372036854775807)'),
    ('22023', 'nps(4294967301)'), -- 5 in its low 32 bits
    ('22023', 'nps(8.5)'), ('22023', 'nps(1e30)'), ('22023', $$nps('NaN'::numeric)$$), ('22023',
        $$nps('Infinity'::numeric)$$),
    ('22023', 'nps(0, 1)'), ('22023', 'nps(11, 1)'), ('22023', 'nps(0::bigint, 1)'), ('22023', 'nps(0::numeric, 1)'),
    ('22023', 'nps(5, 2)'), ('22023', 'nps(5, -1)'), ('22023', 'nps_summary(11)'), ('22023', 'nps_summary(0, 1)'),
    ('22023', 'nps(5, n) FROM (VALUES (0), (1)) AS v (n)'),
    ('22023',
        $$nps_summary 'v1 promoters=1 passives=0 detractors=0' +
          nps_summary 'v1 promoters=1 passives=0 detractors=0 scale_min=1'$$),
    ('22023', $$rollup(s) FROM (VALUES (nps_summary 'v1 promoters=1 passives=0 detractors=0 scale_min=1'),
                                       ('v1 promoters=1 passives=0 detractors=0')) AS v (s)$$),
    ('22023', $$nps_margin('v1 promoters=1 passives=0 detractors=0', 0)$$),
    ('22023', $$nps_margin('v1 promoters=1 passives=0 detractors=0', 1)$$),
    ('22023', $$nps_margin('v1 promoters=1 passives=0 detractors=0', 95)$$),
    ('22023', $$nps_margin('v1 promoters=1 passives=0 detractors=0', 'NaN')$$),
    -- what was not added cannot be removed
    ('22003', $$nps_accum_inv('v1 promoters=0 passives=1 detractors=1', 9)$$),
    ('22003', $$nps_accum_inv('v1 promoters=1 passives=0 detractors=1', 8)$$),
    ('22003', $$nps_accum_inv('v1 promoters=1 passives=1 detractors=0', 6)$$),
    ('22003', $$nps_summary_combine_inv('v1 promoters=1 passives=1 detractors=0',
        'v1 promoters=0 passives=2 detractors=0')$$),
    ('22023', $$nps_accum_inv('v1 promoters=1 passives=1 detractors=0 scale_min=1', 9)$$),
    ('22023', $$nps_summary_combine_inv('v1 promoters=1 passives=1 detractors=0',
        'v1 promoters=0 passives=1 detractors=0 scale_min=1')$$),
    -- counts at the end of their range
    ('22003', $$nps_accum('v1 promoters=9223372036854775807 passives=0 detractors=0', 9)$$),
    ('22003', $$nps_accum('v1 promoters=9223372036854775807 passives=0 detractors=0', 0)$$),
    ('22003',
        $$nps_summary 'v1 promoters=9223372036854775806 passives=1 detractors=0' +
          nps_summary 'v1 promoters=0 passives=0 detractors=1'$$)
) AS e (code, call);
SELECT * FROM finish();
ROLLBACK;
