-- scorecard: counts and points against plain SQL, the weights against the equations that they solve, held-out data of
-- known models, degenerate data, the state, the sample, errors, and real data.

-- The real data are not part of the project: the environment variable CRMKPI_DATA names the directory that holds
-- sales_pipeline/sales_pipeline.csv. Without them those tests are skipped.
\set data `cd "${CRMKPI_DATA:-../shared/data}" 2>/dev/null && pwd`
\setenv DATA :data
\set has_data `cd "$DATA/sales_pipeline" && [ -f sales_pipeline.csv -a -f sales_teams.csv ] && echo true || echo false`

BEGIN;
SET LOCAL search_path = public, crmkpi;
SET LOCAL timezone = 'UTC';
SET LOCAL jit = off;
SELECT plan(174);

-- ---------------------------------------------------------------------------
-- Data: items of known log-odds. Values follow from the number, with a seed in the place of a column's number.
-- ---------------------------------------------------------------------------
CREATE FUNCTION u(i bigint, seed bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8extended(i, seed) & 9007199254740991) / 9007199254740992.0 $$;
-- won with a probability of these log-odds
CREATE FUNCTION toss(i bigint, log_odds float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT u(i, 99) < 1 / (1 + exp(-log_odds)) $$;
-- a region has owners of its own; one source in a tenth is not known; noise says nothing
CREATE TABLE item AS
SELECT i, ARRAY[source, owner, region, product, noise] AS f, toss(i, log_odds) AS won, log_odds
FROM (SELECT *, -1 + coalesce(right(source, 1)::int - 3, 0) * 0.35 + (split_part(owner, ' ', 2)::int - 12) * 0.08
              + (right(product, 1)::int - 2) * 0.3 AS log_odds
      FROM (SELECT i, CASE WHEN u(i, 1) < 0.9 THEN 's' || floor(u(i, 2) * 7) END AS source,
                'owner ' || floor(u(i, 3) * 25) AS owner, 'r' || floor(u(i, 3) * 25)::int / 5 AS region,
                'p' || floor(u(i, 4) * 5) AS product, 'n' || floor(u(i, 5) * 200) AS noise
            FROM generate_series(1, 30000) AS i) AS v) AS t;
ANALYZE item;
-- cards of a few items with few features, of combinations that fit in the sample, and of more of them
CREATE TABLE card AS
SELECT label, features, items AS rows, scorecard(f[:features], won) AS s
FROM item JOIN (VALUES ('few', 2, 40), ('some', 4, 500), ('complete', 2, 3000), ('sampled', 5, 10000))
        AS v (label, features, items) ON i <= items
GROUP BY label, features, items;
ANALYZE card;
CREATE VIEW card_item AS
SELECT label, s, item.i, f[:features] AS f, won FROM card JOIN item ON item.i <= rows;

-- ---------------------------------------------------------------------------
-- Counts
-- ---------------------------------------------------------------------------
CREATE TABLE point AS SELECT label, p.* FROM card, score_points(s) AS p;
CREATE VIEW truth AS
SELECT label, n AS feature_no, f[n] AS value, count(*) AS items, count(*) FILTER (WHERE won) AS won
FROM card_item, generate_subscripts(f, 1) AS n GROUP BY 1, 2, 3;
SELECT results_eq(format($$SELECT feature_no, value, items, won FROM point
    WHERE label = %L AND feature_no > 0 ORDER BY feature_no, value COLLATE "C" NULLS FIRST$$, label),
    format($$SELECT feature_no, value, items, won FROM truth WHERE label = %L
    ORDER BY feature_no, value COLLATE "C" NULLS FIRST$$, label), 'counts are those of GROUP BY: ' || label)
FROM card ORDER BY label;
SELECT is(ARRAY[items(s), won(s)], t.counts, 'items and won: ' || label)
FROM card JOIN (SELECT label, ARRAY[count(*), count(*) FILTER (WHERE won)] AS counts FROM card_item
    GROUP BY label) AS t USING (label) ORDER BY label;
SELECT is(base_rate(s), rate, 'base rate: ' || label)
FROM card JOIN (SELECT label, avg(won::int)::float8 AS rate FROM card_item GROUP BY label) AS t USING (label)
ORDER BY label;
SELECT is(count(*) FILTER (WHERE (n, w) = (items(s), won(s))), features::bigint,
    'each feature has all items: ' || label)
FROM card JOIN (SELECT label, sum(items) AS n, sum(won) AS w FROM point WHERE feature_no > 0
    GROUP BY label, feature_no) AS t USING (label)
GROUP BY label, features ORDER BY label;
-- rows come in order
SELECT is(array_agg((feature_no, value)::text), array_agg((feature_no, value)::text ORDER BY feature_no,
    value COLLATE "C" NULLS FIRST), 'and the values an order: ' || label)
FROM (SELECT label, p.* FROM card, score_points(s) AS p) AS t GROUP BY label ORDER BY label;

-- ---------------------------------------------------------------------------
-- Points
-- ---------------------------------------------------------------------------
CREATE VIEW base AS
SELECT label, items AS n, won AS w, won::float8 / items AS p, (won + 0.5) / (items + 1) AS rate, points AS base
FROM point WHERE feature_no = 0;
SELECT is(array_agg(n || ' ' || w || ' ' || (abs(base - ln(rate / (1 - rate))) < 1e-8)),
    ARRAY[items(s) || ' ' || won(s) || ' true'], 'the base is the log-odds of the base rate: ' || label)
FROM base JOIN card USING (label) GROUP BY label, s ORDER BY label;
-- average items that a value is taken together with, by moments
CREATE VIEW prior AS
SELECT label, feature_no,
    CASE WHEN excess > 0 AND between > 0 THEN greatest(p * (1 - p) * excess / between - 1, 1) END AS m
FROM (SELECT label, feature_no, p,
          n - sum(v.items::float8 ^ 2) / n - (count(*) - 1) AS excess,
          sum((v.won - v.items * p) ^ 2 / v.items) - (count(*) - 1) * p * (1 - p) AS between
      FROM truth AS v JOIN base USING (label) GROUP BY label, feature_no, n, p) AS t;
CREATE TABLE feature AS SELECT label, q.* FROM card, score_features(s) AS q;
SELECT is(count(*) FILTER (WHERE prior_items IS NOT DISTINCT FROM m OR abs(prior_items / m - 1) < 1e-9),
    max(features)::bigint, 'prior items: ' || label)
FROM feature FULL JOIN prior USING (label, feature_no) JOIN card USING (label) GROUP BY label ORDER BY label;
SELECT is(count(*) FILTER (WHERE value_count = c), max(features)::bigint, 'numbers of values: ' || label)
FROM feature JOIN card USING (label)
JOIN (SELECT label, feature_no, count(*) AS c FROM truth GROUP BY 1, 2) AS t USING (label, feature_no)
GROUP BY label ORDER BY label;
SELECT is(array_agg(feature_no), '{5}', 'noise is known for what it is: a feature without points') FROM feature
WHERE label = 'sampled' AND prior_items IS NULL AND weight = 0;

-- evidence of w won of n items
CREATE FUNCTION evidence(w float8, n float8, m float8, rate float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN m IS NULL THEN 0 ELSE ln((w + m * rate) / (n - w + m * (1 - rate))) - ln(rate / (1 - rate)) END $$;
-- shift is what was taken from weighted evidence
CREATE TABLE shifted AS
SELECT label, feature_no, value, items, won, points, n, weight * evidence(won, items, m, rate) AS plain,
    weight * evidence(won, items, m, rate) - points AS shift
FROM point JOIN feature USING (label, feature_no) JOIN prior USING (label, feature_no)
    JOIN (SELECT label, n, rate FROM base) AS b USING (label);
SELECT cmp_ok(max(spread), '<', 1e-8::float8, 'points are weighted evidence, shifted for each feature: ' || label)
FROM (SELECT label, max(shift) - min(shift) AS spread FROM shifted GROUP BY label, feature_no) AS t
GROUP BY label ORDER BY label;
SELECT cmp_ok(max(abs(sqrt(variance) - spread)), '<', 1e-8::float8, 'spread is their standard deviation: ' || label)
FROM feature JOIN (SELECT label, feature_no, greatest(sum(items * points ^ 2) / n - (sum(items * points) / n) ^ 2, 0)
    AS variance FROM shifted GROUP BY label, feature_no, n) AS t USING (label, feature_no)
GROUP BY label ORDER BY label;
-- the shift of a feature is the mean of its weighted evidence, and of a rest that part which it has of the variance
SELECT cmp_ok(max(abs(rest - rests * share)), '<', 1e-8::float8, 'shifts: ' || label)
FROM (SELECT *, sum(rest) OVER (PARTITION BY label) AS rests,
          coalesce(variance / nullif(sum(variance) OVER (PARTITION BY label), 0), 0) AS share
      FROM (SELECT label, feature_no, avg(shift) - sum(items * plain) / n AS rest,
                sum(items * plain ^ 2) / n - (sum(items * plain) / n) ^ 2 AS variance
            FROM shifted GROUP BY label, feature_no, n) AS t) AS u
GROUP BY label ORDER BY label;

-- The weights are where the derivatives vanish: all combinations of 'few', 'some' and 'complete' are in the sample.
-- To each item the evidence is that of the others; half an item won and half an item lost without evidence.
CREATE TABLE constant AS
SELECT label, base - sum(shift) AS constant
FROM (SELECT label, avg(shift) AS shift FROM shifted GROUP BY label, feature_no) AS s JOIN base USING (label)
GROUP BY label, base;
CREATE TABLE chance AS
SELECT label, feature_no, m, rate FROM prior JOIN (SELECT label, rate FROM base) AS b USING (label);
CREATE TABLE fitted AS
SELECT label, i, won::int - p AS error, xs
FROM (SELECT label, i, won, 1 / (1 + exp(-(constant + sum(weight * x)))) AS p,
          array_agg(x ORDER BY feature_no) AS xs
      FROM (SELECT c.label, c.i, c.won, k AS feature_no, weight,
                evidence(v.won - c.won::int, v.items - 1, m, rate) AS x, constant
            FROM (SELECT * FROM card_item WHERE label <> 'sampled') AS c
                CROSS JOIN LATERAL generate_subscripts(f, 1) AS k
                JOIN point AS v ON (v.label, v.feature_no) = (c.label, k) AND v.value IS NOT DISTINCT FROM f[k]
                JOIN chance ON (chance.label, chance.feature_no) = (c.label, k)
                JOIN feature ON (feature.label, feature.feature_no) = (c.label, k)
                JOIN constant ON constant.label = c.label) AS t
      GROUP BY label, i, won, constant) AS u;
SELECT cmp_ok(abs(sum(error) + 0.5 - 1 / (1 + exp(-max(constant)))), '<', 1e-4::float8, 'the constant: ' || label)
FROM fitted JOIN constant USING (label) GROUP BY label ORDER BY label;
SELECT ok(CASE WHEN prior_items IS NULL THEN weight = 0
          WHEN weight = 0 THEN slope < 1e-4
          ELSE weight > 0 AND abs(slope) < 1e-4 END, format('the weight of feature %s: %s', feature_no, label))
FROM feature JOIN (SELECT label, n AS feature_no, sum(error * xs[n]) - 4 * (weight - 1) AS slope
    FROM fitted CROSS JOIN LATERAL generate_subscripts(xs, 1) AS n JOIN feature USING (label)
    WHERE feature_no = n GROUP BY label, n, weight) AS t USING (label, feature_no)
ORDER BY label, feature_no;

-- ---------------------------------------------------------------------------
-- Scores
-- ---------------------------------------------------------------------------
SELECT is(count(*) FILTER (WHERE score(s, c.f) = 100 / (1 + exp(-log_odds))), count(*),
    'a score is the sum of its points: ' || label)
FROM card_item AS c, LATERAL (SELECT sum(points) AS log_odds FROM score_points(s, c.f)) AS e
WHERE i % 20 = 1 GROUP BY label ORDER BY label;
SELECT is(count(*) FILTER (WHERE up = down), count(*), 'in any order: ' || label)
FROM (SELECT label, (SELECT sum(points ORDER BY points) FROM score_points(s, f)) AS up,
          (SELECT sum(points ORDER BY points DESC) FROM score_points(s, f)) AS down
      FROM card_item WHERE i % 20 = 1) AS t GROUP BY label ORDER BY label;
SELECT is(count(*) FILTER (WHERE e = ARRAY(
        SELECT (p.feature_no, p.value, p.items, p.won, p.points)::text FROM point AS p
        WHERE p.label = c.label AND (p.feature_no = 0 OR p.value IS NOT DISTINCT FROM f[p.feature_no])
        ORDER BY p.feature_no)), count(*), 'an explanation is made of the points of all values: ' || label)
FROM card_item AS c, LATERAL (SELECT array_agg(q::text) AS e FROM score_points(s, f) AS q) AS q
WHERE i % 50 = 1 GROUP BY label ORDER BY label;
-- nothing known: the base rate
SELECT cmp_ok(abs(score(s, array_fill('?'::text, ARRAY[features])) - 100 * (won(s) + 0.5) / (items(s) + 1)), '<',
    1e-6::float8, 'the score of unseen values is the base rate: ' || label) FROM card ORDER BY label;
SELECT is(array_agg(q::text), '{"(0,,3000,933,-0.7951544634997845)","(1,s,0,0,0)","(2,,0,0,0)"}',
    'unseen values have no points, and no items') FROM card, score_points(s, '{s,NULL}') AS q WHERE label = 'complete';
SELECT is(count(*) FILTER (WHERE points > before AND score > score_before), count(*), 'more points, higher scores')
FROM (SELECT points, score, lag(points) OVER w AS before, lag(score) OVER w AS score_before
      FROM (SELECT DISTINCT points, score(s, f) AS score
            FROM card_item, LATERAL (SELECT sum(points) AS points FROM score_points(s, f)) AS p
            WHERE label = 'sampled') AS t
      WINDOW w AS (ORDER BY points)) AS u
WHERE before IS NOT NULL HAVING count(*) > 900;
SELECT is(count(*) FILTER (WHERE points >= before), count(*), 'and more points for better values of a feature')
FROM (SELECT points,
          lag(points) OVER (PARTITION BY label, feature_no ORDER BY (won + m * rate) / (items + m)) AS before
      FROM point JOIN prior USING (label, feature_no) JOIN (SELECT label, rate FROM base) AS b USING (label)
      WHERE m IS NOT NULL) AS t
WHERE before IS NOT NULL HAVING count(*) > 50;

-- ---------------------------------------------------------------------------
-- Items that the card has not seen. Rank quality: the share of pairs of a won and a lost one that are in order.
-- ---------------------------------------------------------------------------
CREATE FUNCTION pairs_in_order(scores float8[], won boolean[]) RETURNS float8 LANGUAGE sql AS $$
    SELECT (sum(rank) FILTER (WHERE w) - count(*) FILTER (WHERE w) * (count(*) FILTER (WHERE w) + 1) / 2.0)
        / (count(*) FILTER (WHERE w) * count(*) FILTER (WHERE NOT w))
    FROM (SELECT w, rank() OVER (ORDER BY s) + (count(*) OVER (PARTITION BY s) - 1) / 2.0 AS rank
          FROM unnest(scores, won) AS t (s, w)) AS r $$;
-- strong features that are independent of each other; the same feature three times; owners in regions
CREATE TABLE model AS
SELECT 'independent' AS label, i, ARRAY[a, b, c] AS f,
    -1.5 + ln(a::int + 1) + (b::int - 5) * 0.25 - (c::int % 4) * 0.6 AS log_odds
FROM (SELECT i, floor(u(i, 11) * 6)::text AS a, floor(u(i, 12) * 11)::text AS b, floor(u(i, 13) * 40)::text AS c
      FROM generate_series(1, 40000) AS i) AS t
UNION ALL
SELECT 'thrice', i, ARRAY[a, 'x' || a, '1' || a], (a::int - 4) * 0.4
FROM (SELECT i, floor(u(i, 14) * 9)::text AS a FROM generate_series(1, 40000) AS i) AS t
UNION ALL
SELECT 'nested', i, f[:4], log_odds FROM item
UNION ALL
SELECT 'noise', i, f || (i::text), log_odds FROM item;
ALTER TABLE model ADD won boolean, ADD learnt boolean;
UPDATE model SET won = toss(i, log_odds),
    learnt = i <= CASE WHEN label IN ('nested', 'noise') THEN 15000 ELSE 20000 END;
CREATE TABLE scored AS
SELECT label, i, won, log_odds, score(s, f) AS score
FROM model JOIN (SELECT label, scorecard(f, won) AS s FROM model WHERE learnt GROUP BY label) AS c USING (label)
WHERE NOT learnt;
SELECT cmp_ok(abs(avg(score) - 100 * avg(won::int)), '<', 1.5::float8, 'held out: as many won as predicted, ' || label)
FROM scored GROUP BY label ORDER BY label;
SELECT cmp_ok(max(abs(predicted - actual)), '<', 5.0::float8, 'held out: and so in each tenth, ' || label)
FROM (SELECT label, tenth, avg(score) AS predicted, 100 * avg(won::int)::float8 AS actual
      FROM (SELECT *, ntile(10) OVER (PARTITION BY label ORDER BY score, i) AS tenth FROM scored) AS t
      GROUP BY label, tenth) AS d
GROUP BY label ORDER BY label;
SELECT cmp_ok(avg(abs(score - 100 / (1 + exp(-log_odds)))), '<', 3.0::float8, 'held out: near the truth, ' || label)
FROM scored GROUP BY label ORDER BY label;
SELECT cmp_ok(pairs_in_order(array_agg(score ORDER BY i), array_agg(won ORDER BY i)), '>',
    pairs_in_order(array_agg(log_odds ORDER BY i), array_agg(won ORDER BY i)) - 0.01,
    'held out: ranked as well as by the truth, ' || label)
FROM scored GROUP BY label ORDER BY label;
-- what is said three times counts once
SELECT cmp_ok(max(abs(weight - 0.36)), '<', 0.05::float8, 'equal features share their weight') FROM score_features(
    (SELECT scorecard(f, won) FROM model WHERE label = 'thrice' AND learnt));

-- ---------------------------------------------------------------------------
-- Little or nothing to learn from: no NaN, no infinity
-- ---------------------------------------------------------------------------
CREATE TABLE poor AS
SELECT label, scorecard(f, w) AS s
FROM (VALUES ('one item', ARRAY['a', 'b'], true), ('all won', '{a,b}', true), ('all won', '{a,c}', true),
          ('all won', '{NULL,c}', true), ('all lost', '{a,b}', false), ('all lost', '{a,c}', false),
          ('all lost', '{NULL,c}', false), ('as many', '{a,b}', true), ('as many', '{a,c}', false),
          ('told by one', '{a,b}', true), ('told by one', '{a,c}', false), ('told by one', '{a,b}', true),
          ('told by one', '{a,c}', false), ('told by one', '{a,b}', true), ('told by one', '{a,c}', false))
    AS v (label, f, w)
GROUP BY label
UNION ALL SELECT 'each its own', scorecard(ARRAY[i::text, 'i' || i], i % 3 = 0) FROM generate_series(1, 100) AS i;
SELECT is(round(score(s, f)::numeric, 4), expected, format('%s: %s', label, f))
FROM poor JOIN (VALUES ('one item', '{a,b}'::text[], 75.0), ('one item', '{c,c}', 75), ('all won', '{a,b}', 87.5),
    ('all won', '{NULL,b}', 87.5), ('all lost', '{a,b}', 12.5), ('as many', '{a,b}', 50),
    ('told by one', '{a,?}', 50), ('told by one', '{?,?}', 50), ('each its own', '{3,i3}', round(100 * 33.5 / 101, 4)))
    AS v (label, f, expected) USING (label)
ORDER BY label, f;
SELECT ok(score(s, '{a,b}') BETWEEN 80 AND 99 AND score(s, '{a,c}') BETWEEN 1 AND 20,
    'told by one: three of three are much, but not all') FROM poor WHERE label = 'told by one';
SELECT is(count(*) FILTER (WHERE abs(points) < 20 AND score(s, '{a,b}') BETWEEN 0 AND 100), count(*),
    'points are finite') FROM poor, score_points(s);
-- a feature that tells the outcome
SELECT ok(score(s, '{yes}') BETWEEN 99.9 AND 99.9999 AND score(s, '{no}') BETWEEN 0.0001 AND 0.1,
    'certain, but not quite')
FROM (SELECT scorecard(ARRAY[CASE WHEN won THEN 'yes' ELSE 'no' END], won) AS s FROM item) AS t;
SELECT is(s::text, 'v1 features=0 values= samples=', 'of no rows: ' || label)
FROM (SELECT 'none' AS label, scorecard(f, won) AS s FROM item WHERE false
      UNION ALL SELECT 'NULL features', scorecard(NULL, won) FROM item
      UNION ALL SELECT 'NULL outcome', scorecard(f, NULL) FROM item
      UNION ALL SELECT 'rollup', rollup(s)
      FROM (VALUES (NULL::scorecard), ('v1 features=0 values= samples=')) AS v (s)) AS t
ORDER BY label;
SELECT is(num_nulls(score(s, '{a}'), base_rate(s)) || ' ' || items(s) || won(s)
    || (SELECT count(*) FROM score_points(s)) || (SELECT count(*) FROM score_points(s, '{a}'))
    || (SELECT count(*) FROM score_features(s)), '2 00000', 'an empty scorecard has counts, and no values')
FROM (SELECT 'v1 features=0 values= samples='::scorecard AS s) AS t;
SELECT is(num_nulls(items(n), won(n), base_rate(n), score(n, '{a}'), score(s, NULL), scorecard_accum(n, '{a}', true),
        scorecard_accum(s, NULL, true), scorecard_accum(s, '{a,b}', NULL), n + s) || ' '
    || (SELECT count(*) FROM score_points(n)) || (SELECT count(*) FROM score_points(s, NULL)), '9 00', 'NULL of NULL')
FROM (SELECT NULL::scorecard AS n, s FROM poor LIMIT 1) AS t;

-- ---------------------------------------------------------------------------
-- Values and their text
-- ---------------------------------------------------------------------------
SELECT is(s::text, expected, expected)
FROM (VALUES
    ((SELECT scorecard('{web,NULL}', true)), 'v1 features=2 values="web":1:1;NULL:1:1 samples=0.0:1:1'),
    ((SELECT scorecard('[5:6]={"",NULL}', false)), 'v1 features=2 values="":1:0;NULL:1:0 samples=0.0:1:0'),
    ((SELECT scorecard('{"NULL"}', false)), 'v1 features=1 values="NULL":1:0 samples=0:1:0'),
    ((SELECT scorecard(ARRAY['a"b\c' || chr(10) || ',;:é中'], true)),
        'v1 features=1 values="a\"b\\c' || chr(10) || ',;:é中":1:1 samples=0:1:1')) AS v (s, expected)
GROUP BY expected, s::text ORDER BY expected;
SELECT is(scorecard(ARRAY[v], w)::text, 'v1 features=1 values=NULL:2:1,"":2:2,"A":1:0,"AA":1:1,"a":1:1 '
    'samples=0:2:1,1:2:2,2:1:0,3:1:1,4:1:1', 'values are told apart, and sorted by their bytes')
FROM (VALUES ('a', true), ('', true), (NULL, true), ('AA', true), (NULL, false), ('A', false), ('', true)) AS t (v, w);
SELECT is(score(s, ARRAY[repeat('é', 500)]), score(s, ARRAY[repeat('e', 1000)]), 'the longest values')
FROM (SELECT scorecard(ARRAY[v], true) AS s FROM (VALUES (repeat('é', 500)), (repeat('e', 1000))) AS t (v)) AS c;
SELECT is(score(s, ARRAY[repeat('e', 100000)]), score(s, '{other}'), 'a longer one is just not known')
FROM (SELECT scorecard(ARRAY[v], v < 'b') AS s FROM (VALUES ('a'), ('a'), ('b'), ('b')) AS t (v)) AS c;
SELECT is(items(scorecard(ARRAY(SELECT 'f' || g FROM generate_series(1, 32) AS g), true)), 1::bigint, '32 features');
CREATE TABLE stored AS SELECT label, s::text::scorecard AS s, s AS original FROM card;
SELECT is(count(*) FILTER (WHERE s = original AND scorecard_send(s) = scorecard_send(original)), 4::bigint,
    'text there and back') FROM stored;

-- ---------------------------------------------------------------------------
-- The state, and the sample. raw() shows what the executor keeps.
-- ---------------------------------------------------------------------------
CREATE AGGREGATE raw(text[], boolean) (SFUNC = scorecard_accum, STYPE = scorecard,
    INITCOND = 'v1 features=0 values= samples=');
CREATE VIEW kept AS SELECT label, raw(f, won) AS r, min(f) AS f FROM card_item GROUP BY label;
CREATE TABLE stored_state AS TABLE kept;
SELECT is(r::text, s::text, 'a state itself can be stored: ' || label) FROM stored_state JOIN card USING (label)
ORDER BY label;
SELECT is(count(*) FILTER (WHERE items(r) = items(s) AND won(r) = won(s) AND r = s AND scorecard_final(r) = s
        AND score(r, f) = score(s, f) AND r + s = s + s AND (SELECT array_agg(q) FROM score_points(r) AS q)
            = (SELECT array_agg(q) FROM score_points(s) AS q)), 4::bigint, 'and read')
FROM (SELECT * FROM kept OFFSET 0) AS k JOIN card USING (label);
-- a window goes on adding to the state that was read
SELECT is(count(*) FILTER (WHERE items(s) = i AND won(s) = w AND score(s, f) BETWEEN 0 AND 100), 300::bigint,
    'a growing window')
FROM (SELECT i, f, scorecard(f, won) OVER w AS s, count(*) FILTER (WHERE won) OVER w AS w FROM item WHERE i <= 300
      WINDOW w AS (ORDER BY i)) AS t;
SELECT is(rollup(s), (SELECT s FROM card WHERE label = 'sampled'), 'rolled up from ' || parts)
FROM (SELECT parts, scorecard(f, won) AS s FROM item, unnest('{2,7,1000,10000}'::int[]) AS parts
      WHERE i <= 10000 GROUP BY parts, i % parts) AS t
GROUP BY parts ORDER BY parts;
-- 3,000 combinations, twice each: those in the sample have all their items, however they are split
CREATE TABLE twice AS
SELECT scorecard(ARRAY[g::text], g % 2 = 0) + scorecard(ARRAY[(3001 - g)::text], (3001 - g) % 3 = 0) AS s
FROM generate_series(1, 3000) AS g;
CREATE FUNCTION samples(scorecard) RETURNS TABLE (value int, items bigint, won bigint) LANGUAGE sql AS $$
    SELECT p[1]::int, p[2]::bigint, p[3]::bigint
    FROM regexp_split_to_table(substring($1::text FROM 'samples=(.*)'), ',') AS t,
         LATERAL string_to_array(t, ':') AS p WHERE t <> '' $$;
SELECT is(ARRAY[count(*), min(items), max(items), count(DISTINCT value)], '{2048,2,2,2048}',
    'the sample: so many, and each with all of its items') FROM twice, samples(s);
SELECT is(count(*) FILTER (WHERE q.won = p.won), 2048::bigint, 'and those of them that were won')
FROM twice, samples(s) AS q
JOIN LATERAL (SELECT row_number() OVER () - 2 AS value, won FROM score_points(s)) AS p USING (value);
SELECT cmp_ok(abs(avg(value) - 1500), '<', 60::numeric, 'it is drawn from all') FROM twice, samples(s);
-- a smaller one of less
SELECT is(count(*), n::bigint, n || ' combinations, ' || n || ' in the sample')
FROM (SELECT n, scorecard(ARRAY[(i % n)::text], i % 3 = 0) AS s
      FROM unnest('{1,2047,2048}'::int[]) AS n, generate_series(1, 10000) AS i GROUP BY n) AS t, samples(s)
GROUP BY n ORDER BY n;
SELECT is(count(*), 2048::bigint, 'and not more: ' || n)
FROM (SELECT n, scorecard(ARRAY[(i % n)::text], i % 3 = 0) AS s
      FROM unnest('{2049,4096,4097,10000}'::int[]) AS n, generate_series(1, 10000) AS i GROUP BY n) AS t, samples(s)
GROUP BY n ORDER BY n;

-- ---------------------------------------------------------------------------
-- Many scorecards in one query, however they are stored
-- ---------------------------------------------------------------------------
CREATE TABLE many (g int, s scorecard);
INSERT INTO many SELECT i % 70, scorecard(f, won) FROM item GROUP BY 1;
INSERT INTO many VALUES (70, 'v1 features=0 values= samples='), (71, NULL);
CREATE TABLE external (LIKE many);
ALTER TABLE external ALTER s SET STORAGE EXTERNAL;
CREATE TABLE main (LIKE many);
ALTER TABLE main ALTER s SET STORAGE MAIN;
CREATE TABLE plain (LIKE many);
ALTER TABLE plain ALTER s SET STORAGE PLAIN;
INSERT INTO external TABLE many;
INSERT INTO main SELECT g, scorecard(f, won) FROM (SELECT i % 70 AS g, f[:2] AS f, won FROM item) AS t GROUP BY 1;
INSERT INTO plain SELECT g, scorecard(f, won) FROM (SELECT i % 70 AS g, f[4:4] AS f, won FROM item) AS t GROUP BY 1;
SELECT ok(pg_relation_size(reltoastrelid) > 0, 'some stand outside of the row: ' || relname)
FROM pg_class WHERE oid IN ('many'::regclass, 'external'::regclass) ORDER BY relname;
CREATE FUNCTION one_by_one(source regclass, columns text) RETURNS TABLE (g int, i bigint, score float8)
LANGUAGE plpgsql AS $$
DECLARE
    n int;
BEGIN
    FOR n IN 0..71 LOOP
        RETURN QUERY EXECUTE format('SELECT g, i::bigint, score(s, f%s) FROM %s, item WHERE g = %s AND i %% 6000 = 1',
            columns, source, n);
    END LOOP;
END $$;
CREATE FUNCTION all_at_once(source regclass, columns text, sorting text) RETURNS TABLE (g int, i bigint, score float8)
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT g, i::bigint, score(s, f%s) FROM (SELECT * FROM %s, item WHERE i %% 6000 = 1
        ORDER BY %s OFFSET 0) AS t', columns, source, sorting);
END $$;
SELECT is(array_agg((a.g, a.i, a.score)::text ORDER BY a.g, a.i), t.truth,
    format('many scorecards: %s by %s', source, o))
FROM (SELECT source, columns, array_agg((o.g, o.i, o.score)::text ORDER BY o.g, o.i) AS truth
      FROM (VALUES ('many', ''), ('external', ''), ('main', '[:2]'), ('plain', '[4:4]')) AS v (source, columns),
           LATERAL one_by_one(source, columns) AS o GROUP BY 1, 2) AS t,
     unnest('{"i, g",random(),"g, i"}'::text[]) AS o, LATERAL all_at_once(source, columns, o) AS a
GROUP BY source, o, truth ORDER BY source, o;

-- ---------------------------------------------------------------------------
-- Errors
-- ---------------------------------------------------------------------------
SELECT throws_ok('SELECT ' || call, code, message, call)
FROM (VALUES
    ('2202E', $$scorecard('{}', true)$$, 'an array of features is empty'),
    ('2202E', $$scorecard('{{a,b},{c,d}}', true)$$, 'an array of features has 2 dimensions'),
    ('2202E', $$scorecard(ARRAY(SELECT g::text FROM generate_series(1, 33) AS g), true)$$, '33 features are too many'),
    ('22023', $$scorecard(f, true) FROM (VALUES (ARRAY['a']), ('{a,b}')) AS t (f)$$,
        '2 features do not go with a scorecard of 1'),
    ('22023', $$scorecard('{a}', true) + scorecard('{a,b}', true)$$, '2 features do not go with a scorecard of 1'),
    ('22023', $$rollup(s) FROM (SELECT scorecard(f, true) AS s FROM (VALUES (ARRAY['a']), ('{a,b}')) AS t (f)
        GROUP BY f ORDER BY f) AS u$$, '2 features do not go with a scorecard of 1'),
    ('22023', $$score(scorecard('{a}', true), '{a,b}')$$, '2 features do not go with a scorecard of 1'),
    ('22023', $$score_points(scorecard('{a,b}', true), '{a}')$$, '1 features do not go with a scorecard of 2'),
    ('2202E', $$score(scorecard('{a}', true), '{}')$$, 'an array of features is empty'),
    ('2202E', $$score_points(scorecard('{a}', true), '{{a}}')$$, 'an array of features has 2 dimensions'),
    ('22001', $$scorecard(ARRAY['a', repeat('x', 1001)], true)$$,
        'value "' || repeat('x', 40) || '..." of feature 2 is too long'),
    ('22001', $$scorecard(ARRAY[repeat('é', 501)], true)$$,
        'value "' || repeat('é', 20) || '..." of feature 1 is too long'),
    ('22003', $$'v1 features=1 values="a":9223372036854775807:5 samples=0:9223372036854775807:5'::scorecard
        + 'v1 features=1 values="a":1:1 samples=0:1:1'$$, 'counts of scorecard out of range'),
    ('22003', $$scorecard_accum('v1 features=1 values="a":9223372036854775807:5 samples=0:9223372036854775807:5',
        '{a}', true)$$, 'counts of scorecard out of range')
) AS e (code, call, message);

-- ---------------------------------------------------------------------------
-- Real data: 6,711 closed opportunities
-- ---------------------------------------------------------------------------
\if :has_data
CREATE TABLE deal (opportunity_id text, agent text, product text, account text, stage text, engaged date, closed date,
    value numeric);
\copy deal FROM PROGRAM 'cat "$DATA/sales_pipeline/sales_pipeline.csv"' (FORMAT csv, HEADER true)
CREATE TABLE team (agent text, manager text, office text);
\copy team FROM PROGRAM 'cat "$DATA/sales_pipeline/sales_teams.csv"' (FORMAT csv, HEADER true)
CREATE VIEW closed AS
SELECT ARRAY[agent, manager, office, product, account, to_char(engaged, 'YYYY-MM')] AS f, stage = 'Won' AS won, closed
FROM deal JOIN team USING (agent) WHERE stage IN ('Won', 'Lost');
CREATE TABLE real AS SELECT scorecard(f, won) AS s FROM closed;
SELECT is(ARRAY[items(s), won(s)], '{6711,4238}', 'pipeline: 4,238 of 6,711') FROM real;
SELECT results_eq('SELECT feature_no, value, p.items, p.won FROM real, score_points(s) AS p WHERE feature_no > 0',
    $$SELECT n, f[n], count(*), count(*) FILTER (WHERE won) FROM closed, generate_subscripts(f, 1) AS n
      GROUP BY n, f[n] ORDER BY n, f[n] COLLATE "C" NULLS FIRST$$, 'pipeline: counts are those of GROUP BY');
-- who sells what to whom decides little there: win rates differ hardly more than by chance
SELECT is(string_agg(feature_no || ':' || value_count, ' ' ORDER BY feature_no),
    '1:30 2:6 3:3 4:7 5:85 6:15', 'pipeline: numbers of values') FROM real, score_features(s);
SELECT is(array_agg(feature_no), '{2,3,5}', 'pipeline: managers, offices and accounts have no points')
FROM real, score_features(s) WHERE spread = 0;
SELECT ok(bool_and(spread < 0.02), 'pipeline: agents and products few') FROM real, score_features(s)
WHERE feature_no IN (1, 4);
CREATE TABLE later AS
SELECT won, score(s, f) AS score
FROM closed, (SELECT scorecard(f, won) AS s FROM closed WHERE closed < '2017-10-01') AS t WHERE closed >= '2017-10-01';
SELECT ok(min(score) > 50 AND max(score) < 80, 'pipeline: so that scores of later ones stay near the base rate')
FROM later;
SELECT ok(abs(pairs_in_order(array_agg(score), array_agg(won)) - 0.5) < 0.05, 'pipeline: and tell nothing, as it is')
FROM later;
\else
SELECT skip('no data: CRMKPI_DATA does not name a directory with sales_pipeline', 7);
\endif
SELECT * FROM finish();
ROLLBACK;
