-- auc: published values, all pairs by plain SQL on random data, the state, and errors.
BEGIN;
SET LOCAL search_path = public, crmkpi;
SELECT plan(55);

-- ---------------------------------------------------------------------------
-- J. A. Hanley, B. J. McNeil, Radiology 143, 1982, table I: 109 images rated from 1 to 5, 51 of them abnormal
-- ---------------------------------------------------------------------------
CREATE TABLE rating AS
SELECT rating, true AS won, abnormal AS n FROM (VALUES (1, 3), (2, 2), (3, 2), (4, 11), (5, 33)) AS v (rating, abnormal)
UNION ALL
SELECT rating, false, normal FROM (VALUES (1, 33), (2, 6), (3, 6), (4, 11), (5, 2)) AS v (rating, normal);
SELECT is(round(auc(rating, won)::numeric, 3), 0.893, 'published value') FROM rating, generate_series(1, n);
SELECT is(round(auc(-rating, won)::numeric, 3), 0.107, 'and of the other order')
FROM rating, generate_series(1, n);
SELECT is(auc(score, won), expected, label)
FROM (VALUES ('perfect', 1::float8, '{1,2,3}'::float8[], '{f,t,t}'::boolean[]),
          ('the other way round', 0, '{1,2,3}', '{t,f,f}'),
          ('all equal', 0.5, '{7,7,7}', '{t,f,f}'), ('one pair of two', 0.5, '{1,2,3}', '{f,t,f}'),
          ('three of four', 0.75, '{1,2,3,4}', '{f,t,f,t}'), ('a tie in one pair of two', 0.75, '{1,2,2}', '{f,t,f}'),
          ('0 and -0 are equal', 0.5, '{0,-0}', '{t,f}'),
          ('the ends', 1, '{-1.7976931348623157e308,1.7976931348623157e308,5e-324}', '{f,t,t}'),
          ('the smallest numbers', 1, '{-5e-324,0,5e-324}', '{f,f,t}')) AS v (label, expected, scores, wons),
     unnest(scores, wons) AS t (score, won)
GROUP BY label, expected ORDER BY label;

-- ---------------------------------------------------------------------------
-- Random data with ties, against all pairs
-- ---------------------------------------------------------------------------
SELECT setseed(0.1982) \g /dev/null
CREATE TABLE sample AS
SELECT label, part, i, CASE WHEN i % 11 > 0 THEN floor(random() * kinds) / 8 - 3 + won::int * shift END AS score,
    CASE WHEN i % 13 > 0 THEN won END AS won
FROM (SELECT label, kinds, shift, part, i, random() < 0.3 AS won
      FROM (VALUES ('few', 5, 0.25), ('some', 40, 1), ('many', 1000000, 20000)) AS k (label, kinds, shift),
           generate_series(1, 10) AS part, generate_series(1, part * part * 5) AS i OFFSET 0) AS t;
ANALYZE sample;
CREATE TABLE truth AS
SELECT label, part, sum(CASE WHEN a.score > b.score THEN 2 WHEN a.score = b.score THEN 1 ELSE 0 END)
    / (2 * count(*))::float8 AS area
FROM sample AS a JOIN sample AS b USING (label, part) WHERE a.won AND NOT b.won
    AND num_nulls(a.score, b.score) = 0
GROUP BY label, part;
CREATE TABLE state AS SELECT label, part, auc_summary(score, won) AS s FROM sample GROUP BY label, part;
SELECT is(count(*) FILTER (WHERE abs(auc(s) - area) < 1e-15), count(area), 'all pairs: ' || label)
FROM state LEFT JOIN truth USING (label, part) GROUP BY label HAVING count(area) >= 8
ORDER BY label;
SELECT is(count(*) FILTER (WHERE auc(s) = one_step), count(one_step), 'in one step: ' || label)
FROM state JOIN (SELECT label, part, auc(score, won) AS one_step FROM sample GROUP BY label, part) AS t
    USING (label, part)
GROUP BY label ORDER BY label;
SELECT is(count(*) FILTER (WHERE items(s) = n AND won(s) = w), 10::bigint, 'items and won: ' || label)
FROM state JOIN (SELECT label, part, count(*) FILTER (WHERE num_nulls(score, won) = 0) AS n,
                     count(*) FILTER (WHERE won AND score IS NOT NULL) AS w FROM sample GROUP BY label, part) AS c
    USING (label, part)
GROUP BY label ORDER BY label;
SELECT is(s::text, t, 'counts of each score: ' || label)
FROM state JOIN (SELECT label, 'v1 scores=' || string_agg(score || ':' || n || ':' || w, ',' ORDER BY score) AS t
    FROM (SELECT label, score, count(*) AS n, count(*) FILTER (WHERE won) AS w FROM sample
          WHERE part = 10 AND num_nulls(score, won) = 0 GROUP BY label, score) AS c GROUP BY label) AS c USING (label)
WHERE part = 10 ORDER BY label;
SELECT is(count(*) FILTER (WHERE abs(auc(s) + auc(mirrored) - 1) < 1e-15), count(auc(s)), 'mirrored scores: ' || label)
FROM state JOIN (SELECT label, part, auc_summary(-score, won) AS mirrored FROM sample GROUP BY 1, 2) AS m
    USING (label, part)
GROUP BY label ORDER BY label;
SELECT is(auc(rollup(s)), (SELECT auc(score, won) FROM sample WHERE label = 'some'), 'rolled up') FROM state
WHERE label = 'some';

-- ---------------------------------------------------------------------------
-- Nothing, and NULL
-- ---------------------------------------------------------------------------
SELECT is(auc_summary(score, won)::text || items(auc_summary(score, won)) || won(auc_summary(score, won)),
    'v1 scores=00', 'the summary of no rows') FROM sample WHERE false;
SELECT is(rollup(s)::text, 'v1 scores=', 'and of NULLs') FROM (VALUES (NULL::auc_summary), (NULL)) AS t (s);
SELECT is(auc(1, w), NULL, 'no pairs: all ' || w) FROM (VALUES (true), (true), (false), (false), (NULL)) AS t (w)
GROUP BY w ORDER BY w;
SELECT is(auc(NULL::float8, w), NULL, 'and without scores') FROM (VALUES (true), (false)) AS t (w);
SELECT is(num_nulls(items(s), won(s), auc(s), s + 'v1 scores=', auc_accum(s, 1, true),
        auc_accum('v1 scores=', NULL, true), auc_accum('v1 scores=', 1, NULL)), 7, 'NULL of NULL')
FROM (SELECT NULL::auc_summary AS s) AS t;

-- ---------------------------------------------------------------------------
-- The state. raw() shows what the executor keeps.
-- ---------------------------------------------------------------------------
CREATE AGGREGATE raw(double precision, boolean) (SFUNC = auc_accum, STYPE = auc_summary, INITCOND = 'v1 scores=');
CREATE VIEW many AS
SELECT i, i * 7919 % 100003 % kinds / 3.0 AS score, i % 3 = 0 AS won, kinds
FROM unnest('{1,100,1000,100003}'::int[]) AS kinds, generate_series(1, 200000) AS i;
SELECT cmp_ok(pg_column_size(raw(score, won)), '<=', bytes, 'the state of 200,000 items of ' || kinds || ' scores')
FROM many JOIN (VALUES (1, 256), (100, 8192), (1000, 65536), (100003, 8388608)) AS v (kinds, bytes) USING (kinds)
GROUP BY kinds, bytes ORDER BY kinds;
CREATE TABLE kept AS
SELECT kinds, n, raw(score, won) AS s, auc_summary(score, won) AS whole
FROM many JOIN unnest('{1,8,9,300,5000}'::int[]) AS n ON i <= n GROUP BY kinds, n;
SELECT is(count(*) FILTER (WHERE s::text = whole::text AND auc_summary_final(s) = whole
        AND auc_summary_send(s) = auc_summary_send(whole) AND items(s) = n AND won(s) = n / 3
        AND auc(s) IS NOT DISTINCT FROM auc(whole)), 20::bigint, 'a state itself can be read') FROM kept;
SELECT is(count(*) FILTER (WHERE a.s + b.s = a.whole + b.whole AND a.s + b.whole = b.whole + a.s
        AND (a.s + b.s)::text = (a.whole + b.whole)::text AND items(a.s + b.s) = a.n + b.n), 400::bigint,
    'states of every size added')
FROM kept AS a, kept AS b;
SELECT is(r, (SELECT auc_summary(score, won) FROM many WHERE kinds = 1000), 'rolled up from ' || parts)
FROM (SELECT parts, rollup(s) AS r
      FROM (SELECT parts, raw(score, won) AS s FROM many, unnest('{2,1000,200000}'::int[]) AS parts
            WHERE kinds = 1000 GROUP BY parts, i % parts) AS t
      GROUP BY parts) AS u ORDER BY parts;
-- a window goes on adding to the state that was read
SELECT is(count(*) FILTER (WHERE items(s) = i AND won(s) = i / 3), 2000::bigint, 'a growing window')
FROM (SELECT i, auc_summary(score, won) OVER (ORDER BY i) AS s FROM many WHERE kinds = 1000 AND i <= 2000) AS t;

-- ---------------------------------------------------------------------------
-- Text, large counts, and errors
-- ---------------------------------------------------------------------------
SET LOCAL extra_float_digits = 0;
SELECT is(auc_summary(v, true)::text, 'v1 scores=' || t || ':1:1', 'text of ' || t)
FROM (VALUES (0.1::float8, '0.1'), (1e300, '1e+300'), (-0.0, '0'), (1 / 3.0::float8, '0.3333333333333333')) AS v (v, t)
GROUP BY t ORDER BY t;
RESET extra_float_digits;
SELECT is(auc(s::auc_summary), expected, 'large counts: ' || s)
FROM (VALUES ('v1 scores=1:4611686018427387903:0,2:4611686018427387904:4611686018427387904', 1::float8),
             ('v1 scores=1:4611686018427387904:4611686018427387904,2:4611686018427387903:0', 0),
             ('v1 scores=1:9223372036854775807:4611686018427387904', 0.5)) AS v (s, expected) ORDER BY s;
SELECT throws_ok('SELECT ' || call, code, message, call)
FROM (VALUES
    ('22023', $$auc('NaN'::float8, true)$$, 'score NaN is not a finite number'),
    ('22023', $$auc_summary('-infinity'::float8, true)$$, 'score -Infinity is not a finite number'),
    ('22003', $$'v1 scores=1:9223372036854775807:0'::auc_summary + 'v1 scores=1:1:0'$$,
        'counts of auc_summary out of range'),
    ('22003', $$auc_accum('v1 scores=1:9223372036854775807:0', 1, true)$$, 'counts of auc_summary out of range')
) AS e (code, call, message);
SELECT * FROM finish();
ROLLBACK;
