-- rate: every aggregate, accessor and error against plain SQL.
BEGIN;
SET LOCAL search_path = public, crmkpi;
SET LOCAL timezone = 'UTC';
SET LOCAL extra_float_digits = 1;
SELECT plan(119);

-- The z of two-sided confidence, from published tables.
\set z90 1.6448536269514722
\set z95 1.959963984540054
\set z99 2.5758293035489004
\set z999 3.2905267314918945

-- Many small groups of 0 to 20 rows, and one large one (0). NULLs are frequent.
SELECT setseed(0.1927) \g /dev/null
CREATE TABLE row_of AS
SELECT g AS grp, i,
       CASE WHEN random() < 0.1 THEN NULL ELSE random() < share END AS hit,
       CASE WHEN random() < 0.1 THEN NULL
            WHEN random() < 0.1 THEN 0
            ELSE round((random() * 10 ^ (i % 12 - 4))::numeric, 6) END AS weight,
       (ARRAY['won', 'lost', 'open', NULL])[1 + floor(random() * 4)::int] AS outcome,
       CASE WHEN random() < 0.1 THEN NULL ELSE 1 + floor(random() * 5)::int END AS score,
       CASE WHEN random() < 0.1 THEN NULL ELSE random() < 0.7 END AS at_start,
       CASE WHEN random() < 0.1 THEN NULL ELSE random() < 0.8 END AS at_end
FROM (SELECT g, random() AS share,
             CASE WHEN g = 0 THEN 50000 ELSE floor(random() * 21)::int END AS items
      FROM generate_series(0, 300) AS g) AS groups,
     LATERAL generate_series(1, items) AS i;
ANALYZE row_of;
CREATE VIEW every_group AS SELECT count(DISTINCT grp) AS groups FROM row_of;

-- ---------------------------------------------------------------------------
-- Counts and rates. The number of groups where all is as in plain SQL must be
-- the number of groups, so that no group can be left out.
-- ---------------------------------------------------------------------------
SELECT is(count(*), (SELECT groups FROM every_group), 'hits, total and rate are those of count(*) FILTER')
FROM (SELECT rate_summary(hit) AS s, rate(hit) AS r,
             count(*) FILTER (WHERE hit) AS hits, count(hit) AS total
      FROM row_of GROUP BY grp) AS t
WHERE hits(s) = hits AND total(s) = total
  AND rate(s) IS NOT DISTINCT FROM hits::float8 / nullif(total, 0)
  AND r IS NOT DISTINCT FROM rate(s)
  AND hit_weight(s) = hits AND total_weight(s) = total;

SELECT cmp_ok(groups, '>', 270::bigint, 'there are groups') FROM every_group;
SELECT is(max(n), 50000::bigint, 'and one is large') FROM (SELECT count(*) AS n FROM row_of GROUP BY grp) AS t;

-- Each KPI name is the same rate, with and without weights.
SELECT is(count(*), (SELECT groups FROM every_group), 'the KPI ' || kpi || '(boolean) is the rate')
FROM (SELECT grp, avg(hit::int)::float8 AS mean,
             conversion_rate(hit), fcr(hit), compliance_rate(hit), resolution_rate(hit), upsell_rate(hit)
      FROM row_of GROUP BY grp) AS t,
     LATERAL (VALUES ('conversion_rate', conversion_rate), ('fcr', fcr), ('compliance_rate', compliance_rate),
                     ('resolution_rate', resolution_rate), ('upsell_rate', upsell_rate)) AS k (kpi, value)
WHERE value IS NOT DISTINCT FROM mean OR abs(value - mean) < 1e-15
GROUP BY kpi ORDER BY kpi;

SELECT is(count(*), (SELECT groups FROM every_group), 'sums of weights are exact')
FROM (SELECT rate_summary(hit, weight) AS s,
             coalesce(sum(weight) FILTER (WHERE hit), 0) AS hit_weight,
             coalesce(sum(weight) FILTER (WHERE hit IS NOT NULL), 0) AS total_weight,
             count(weight) FILTER (WHERE hit) AS hits, count(weight) FILTER (WHERE hit IS NOT NULL) AS total
      FROM row_of GROUP BY grp) AS t
WHERE hit_weight(s) = hit_weight AND total_weight(s) = total_weight AND hits(s) = hits AND total(s) = total;

SELECT is(count(*), (SELECT groups FROM every_group), 'the KPI ' || kpi || '(boolean, weight) is the weighted rate')
FROM (SELECT grp,
             (coalesce(sum(weight) FILTER (WHERE hit), 0)
              / nullif(sum(weight) FILTER (WHERE hit IS NOT NULL), 0))::float8 AS share,
             rate(hit, weight), rate(rate_summary(hit, weight)) AS of_summary,
             conversion_rate(hit, weight), fcr(hit, weight), compliance_rate(hit, weight),
             resolution_rate(hit, weight), upsell_rate(hit, weight)
      FROM row_of GROUP BY grp) AS t,
     LATERAL (VALUES ('rate', rate), ('rate_summary', of_summary), ('conversion_rate', conversion_rate), ('fcr', fcr),
                     ('compliance_rate', compliance_rate), ('resolution_rate', resolution_rate),
                     ('upsell_rate', upsell_rate)) AS k (kpi, value)
WHERE (value IS NULL AND share IS NULL) OR abs(value - share) < 1e-14
GROUP BY kpi ORDER BY kpi;

-- ---------------------------------------------------------------------------
-- Wilson's interval
-- ---------------------------------------------------------------------------
CREATE FUNCTION wilson(hits bigint, total bigint, z float8, side int) RETURNS float8 LANGUAGE sql AS
$$ SELECT (p + z ^ 2 / (2 * n) + side * z * sqrt(p * (1 - p) / n + z ^ 2 / (4 * n ^ 2))) / (1 + z ^ 2 / n)
   FROM (SELECT total::float8 AS n, hits::float8 / nullif(total, 0) AS p) AS t $$;

SELECT is(count(*), (SELECT groups FROM every_group), 'Wilson at confidence ' || confidence)
FROM (SELECT rate_summary(hit) AS s FROM row_of GROUP BY grp) AS t,
     (VALUES (0.90, :z90), (0.95, :z95), (0.99, :z99), (0.999, :z999)) AS c (confidence, z)
WHERE CASE WHEN total(s) = 0 THEN rate_low(s, confidence) IS NULL AND rate_high(s, confidence) IS NULL
      ELSE abs(rate_low(s, confidence) - wilson(hits(s), total(s), z, -1)) < 1e-12
       AND abs(rate_high(s, confidence) - wilson(hits(s), total(s), z, 1)) < 1e-12 END
GROUP BY confidence ORDER BY confidence;

SELECT is(count(*), (SELECT groups FROM every_group), 'without a confidence it is 0.95')
FROM (SELECT rate_summary(hit) AS s FROM row_of GROUP BY grp) AS t
WHERE rate_low(s) IS NOT DISTINCT FROM rate_low(s, 0.95) AND rate_high(s) IS NOT DISTINCT FROM rate_high(s, 0.95);

-- R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998),
-- table I, method 3.
SELECT is(round(rate_low(s)::numeric, 4) || ' to ' || round(rate_high(s)::numeric, 4), published,
          'Newcombe 1998: ' || s::text)
FROM (VALUES ('v1 hits=81 total=263'::rate_summary, '0.2553 to 0.3662'), ('v1 hits=15 total=148', '0.0624 to 0.1605'),
             ('v1 hits=0 total=20', '0.0000 to 0.1611'), ('v1 hits=1 total=29', '0.0061 to 0.1718')) AS t (s,
                 published);

SELECT ok(rate_low('v1 hits=0 total=7') = 0 AND rate_high('v1 hits=0 total=7') < 1
          AND rate_high('v1 hits=7 total=7') = 1 AND rate_low('v1 hits=7 total=7') > 0,
          'bounds are exact at 0 and 1, and never certain');
SELECT is(bool_and(0 <= rate_low(s, c) AND rate_low(s, c) <= rate(s) AND rate(s) <= rate_high(s, c) AND rate_high(s,
    c) <= 1),
          true, 'bounds hold the rate and stay within 0 and 1')
FROM (SELECT format('v1 hits=%s total=%s', h, n)::rate_summary AS s
      FROM (VALUES (1::bigint), (2), (3), (10), (1000), (9223372036854775807)) AS n (n),
           LATERAL (VALUES (0::bigint), (1), (n / 2), (n - 1), (n)) AS h (h)) AS t,
     (VALUES (1e-9::float8), (0.5), (0.95), (0.999999999999)) AS c (c);
SELECT ok(rate_low(s) IS NULL AND rate_high(s) IS NULL AND rate(s) = 0.25, 'no bounds with weights')
FROM (SELECT rate_summary(i = 1, 1.0) AS s FROM generate_series(1, 4) AS i) AS t;

-- ---------------------------------------------------------------------------
-- Nothing, and NULL
-- ---------------------------------------------------------------------------
SELECT is(num_nulls(rate(hit), conversion_rate(hit), fcr(hit), compliance_rate(hit), resolution_rate(hit),
                    upsell_rate(hit), rate(hit, weight), conversion_rate(hit, weight), fcr(hit, weight),
                    compliance_rate(hit, weight), resolution_rate(hit, weight), upsell_rate(hit, weight),
                    win_rate(outcome), csat(score), csat(score::bigint), csat(score::numeric), csat(score, 4),
                    csat(score::bigint, 4), csat(score::numeric, 4), retention_rate(at_start, at_end),
                    churn_rate(at_start, at_end), sla_attainment(now(), now(), interval '1 h', now()),
                    sla_attainment(now()::timestamp, now()::timestamp, interval '1 h', now()::timestamp)),
          23, 'every one-step aggregate of no rows is NULL')
FROM row_of WHERE false;
SELECT is(num_nulls(rate(b), conversion_rate(b), fcr(b), compliance_rate(b), resolution_rate(b), upsell_rate(b),
                    rate(b, w), rate(true, w), rate(b, 1), win_rate(t), csat(i), csat(i::bigint), csat(i::numeric),
                    csat(i, 4), csat(4, i), retention_rate(b, b), retention_rate(true, b), retention_rate(b, true),
                    churn_rate(b, b), churn_rate(true, b), churn_rate(b, true)),
          21, 'every one-step aggregate of NULLs only is NULL')
FROM (VALUES (NULL::boolean, NULL::numeric, NULL::text, NULL::integer), (NULL, NULL, NULL, NULL)) AS v (b, w, t, i);
SELECT is(rate_summary(hit)::text, 'v1 hits=0 total=0', 'the summary of no rows') FROM row_of WHERE false;
SELECT is(rate_summary(hit, weight)::text, 'v1 hits=0 total=0', 'the weighted summary of no rows is the same')
FROM row_of WHERE false;
SELECT is(rollup(s)::text, 'v1 hits=0 total=0', 'and that of no summaries')
FROM (SELECT 'v1 hits=1 total=1'::rate_summary AS s) AS t WHERE false;
SELECT is(rollup(s)::text, 'v1 hits=0 total=0', 'and that of NULLs')
FROM (VALUES (NULL::rate_summary), (NULL)) AS t (s);
SELECT ok(hits(s) = 0 AND total(s) = 0 AND hit_weight(s) = 0 AND total_weight(s) = 0
          AND num_nulls(rate(s), rate_low(s), rate_high(s), rate_low(s, 0.9), rate_high(s, 0.9)) = 5,
          'an empty summary has counts of 0 and values of NULL')
FROM (SELECT 'v1 hits=0 total=0'::rate_summary AS s) AS t;
SELECT is(num_nulls(hits(s), total(s), hit_weight(s), total_weight(s), rate(s), rate_low(s), rate_high(s), s + s),
          8, 'accessors of NULL are NULL')
FROM (SELECT NULL::rate_summary AS s) AS t;
SELECT ok(rate(s) IS NULL AND total(s) = 2 AND hits(s) = 1 AND total_weight(s) = 0,
    'rows that all weigh 0 have no rate')
FROM (SELECT rate_summary(b, 0) AS s FROM (VALUES (true), (false)) AS v (b)) AS t;
SELECT is(total_weight(rate_summary(true, w)), 9223372036854.775807 * 3 + 0.000002,
    'the largest and the smallest weight')
FROM (VALUES (9223372036854.775807), (9223372036854.775807), (9223372036854.775807), (0.000002)) AS v (w);

-- ---------------------------------------------------------------------------
-- The aggregates that read a row in their own way
-- ---------------------------------------------------------------------------
SELECT is(count(*), (SELECT groups FROM every_group), 'win_rate is won / (won + lost)')
FROM (SELECT win_rate(outcome) AS r, count(*) FILTER (WHERE outcome = 'won') AS won,
             count(*) FILTER (WHERE outcome IN ('won', 'lost')) AS decided
      FROM row_of GROUP BY grp) AS t
WHERE r IS NOT DISTINCT FROM won::float8 / nullif(decided, 0);

-- Seen in a commercial product: who never lost was shown with 0 %.
SELECT results_eq($$
    SELECT owner, win_rate(outcome)
    FROM (VALUES ('only lost', 'lost'), ('only lost', 'open'), ('only open', 'open'), ('only open', NULL),
                 ('only won', 'won'), ('only won', 'won'), ('both', 'won'), ('both', 'lost'), ('both', 'open'),
                     ('both', 'lost'))
         AS v (owner, outcome)
    GROUP BY owner ORDER BY owner $$,
    $$ VALUES ('both', 1 / 3::float8), ('only lost', 0), ('only open', NULL), ('only won', 1) $$,
    'an owner who only won has 1, who only lost 0, who has only open ones NULL');

SELECT is(count(*), 8 * (SELECT groups FROM every_group), 'csat of every type of score is the share of 4 and 5')
FROM (SELECT grp, (count(*) FILTER (WHERE score >= 4))::float8 / nullif(count(score), 0) AS expected,
             csat(score) AS a, csat(score::bigint) AS b, csat(score::numeric(4, 2)) AS c,
             csat(score, 4) AS d, csat(score::bigint, 4) AS e, csat(score::numeric, 4) AS f,
             csat(score::smallint) AS g, csat(score::smallint, 4) AS h
      FROM row_of GROUP BY grp) AS t,
     LATERAL (VALUES (a), (b), (c), (d), (e), (f), (g), (h)) AS v (value)
WHERE value IS NOT DISTINCT FROM expected;
SELECT is(count(*), 10::bigint, 'csat from every satisfied-from score on a scale up to 10')
FROM (SELECT satisfied_from, csat(score, satisfied_from) AS r, csat(score::bigint, satisfied_from) AS b,
             csat(score::numeric, satisfied_from) AS n
      FROM generate_series(0, 10) AS score, generate_series(1, 10) AS satisfied_from
      GROUP BY satisfied_from) AS t
WHERE r = (11 - satisfied_from) / 11.0::float8 AND b = r AND n = r;

SELECT is(count(*), (SELECT groups FROM every_group), 'retention and churn are shares of who was there at the start')
FROM (SELECT retention_rate(at_start, at_end) AS r, churn_rate(at_start, at_end) AS c,
             count(*) FILTER (WHERE at_start AND at_end) AS stayed,
             count(*) FILTER (WHERE at_start AND NOT at_end) AS left_us
      FROM row_of GROUP BY grp) AS t
WHERE r IS NOT DISTINCT FROM stayed::float8 / nullif(stayed + left_us, 0)
  AND c IS NOT DISTINCT FROM left_us::float8 / nullif(stayed + left_us, 0);

-- sla_attainment: resolved within the target of all that were resolved or are open past it, known at as_of
CREATE TABLE sla AS
SELECT i, i % 97 AS grp, opened, target, as_of,
       CASE WHEN random() < 0.7 THEN opened + floor(random() * 48) * interval '1 h' END AS resolved
FROM (SELECT i, CASE WHEN random() < 0.95 THEN timestamp '2024-03-25' + floor(random() * 300) * interval '1 h' END
    AS opened,
             CASE WHEN random() < 0.95 THEN floor(random() * 24) * interval '1 h' END AS target,
             CASE WHEN random() < 0.98 THEN timestamp '2024-04-01' + (i % 3) * interval '50 h' END AS as_of
      FROM generate_series(1, 6000) AS i) AS t;
SELECT is(count(*), 97::bigint, 'sla_attainment, ' || form)
FROM (SELECT form, grp,
             CASE form WHEN 'timestamp' THEN sla_attainment(opened, resolved, target, as_of)
                       ELSE sla_attainment(opened AT TIME ZONE 'UTC', resolved AT TIME ZONE 'UTC', target,
                                           as_of AT TIME ZONE 'UTC') END AS r,
             count(*) FILTER (WHERE resolved <= as_of AND resolved - opened <= target) AS kept,
             count(*) FILTER (WHERE opened IS NOT NULL AND target IS NOT NULL AND
                                    (resolved <= as_of OR as_of - opened > target)) AS counted
      FROM sla, (VALUES ('timestamp'), ('timestamptz')) AS f (form)
      GROUP BY form, grp) AS t
WHERE r IS NOT DISTINCT FROM kept::float8 / nullif(counted, 0) AND counted > 10
GROUP BY form ORDER BY form;

SELECT is(ARRAY[sla_attainment('2024-01-01 09:00', at, '2 h', as_of::timestamp)], ARRAY[expected], label)
FROM (VALUES
    (1, timestamp '2024-01-01 11:00', '2024-01-02', 1::float8, 'resolved at the target: kept'),
    (2, '2024-01-01 11:00:00.000001', '2024-01-02', 0, 'a microsecond later: missed'),
    (3, NULL, '2024-01-01 11:00', NULL, 'open at the target: not decided'),
    (4, NULL, '2024-01-01 11:00:00.000001', 0, 'open past the target: missed'),
    (5, '2024-01-01 10:00', '2024-01-01 09:30', NULL, 'resolved after as_of, within the target: not decided'),
    (6, '2024-01-01 10:00', '2024-01-01 10:00', 1, 'resolved at as_of: known'),
    (7, '2024-01-01 15:00', '2024-01-01 12:00', 0, 'resolved after as_of, past the target at as_of: missed'),
    (8, NULL, '2023-01-01', NULL, 'opened after as_of: not there yet'),
    (9, '2024-01-01 10:00', 'infinity', 1, 'as_of infinity, resolved: kept')) AS v (no, at, as_of, expected, label)
GROUP BY no, label, expected ORDER BY no;
SELECT is(sla_attainment(timestamptz '2024-03-31 00:00+01', timestamptz '2024-03-31 04:00+02', interval '3 h',
    'infinity'),
          1::float8, 'with time zone it is the elapsed time');

-- ---------------------------------------------------------------------------
-- Moving windows: what leaves the frame is taken out again
-- ---------------------------------------------------------------------------
CREATE TABLE seq AS
SELECT row_number() OVER (ORDER BY i) AS n, i AS at, hit,
       CASE WHEN i % 11 <> 0 THEN coalesce(weight, 0) END AS weight, i % 3 <> 0 AS keep,
       CASE WHEN i % 13 <> 0 THEN rate_summary(hit) OVER (PARTITION BY i) END AS plain,
       CASE WHEN i % 13 <> 0 THEN rate_summary(hit, weight) OVER (PARTITION BY i) END AS weighted
FROM row_of WHERE grp = 0 AND i % 20 < 9 AND i <= 1500;
CREATE TABLE frame (name text, moving text, plain text);
INSERT INTO frame
SELECT kind || ' BETWEEN ' || b.bound || ' AND ' || e.bound,
       'ORDER BY ' || key || ' ' || kind || ' BETWEEN ' || b.bound || ' AND ' || e.bound,
       format('f.%1$s BETWEEN s.%1$s + (%2$s) AND s.%1$s + (%3$s)', key, b.shift, e.shift)
FROM (VALUES ('ROWS', 'n'), ('RANGE', 'at')) AS k (kind, key),
     (VALUES ('6 PRECEDING', -6, 'CURRENT ROW', 0), ('3 PRECEDING', -3, '2 FOLLOWING', 2),
             ('7 PRECEDING', -7, '4 PRECEDING', -4), ('2 FOLLOWING', 2, '5 FOLLOWING', 5)) AS f (b, bs, e, es),
     LATERAL (VALUES (f.b, f.bs)) AS b (bound, shift), LATERAL (VALUES (f.e, f.es)) AS e (bound, shift);
-- Rows for which moving and plain answers differ, for one expression of an aggregate.
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
FROM (VALUES ('rate', 'hit'), ('rate_summary', 'hit'), ('conversion_rate', 'hit'), ('rate', 'hit, weight'),
             ('rate_summary', 'hit, weight'), ('fcr', 'hit, weight'), ('rollup', 'plain'), ('rollup',
                 'weighted')) AS a (aggregate, argument),
     (VALUES ('true'), ('keep')) AS c (condition),
     LATERAL moving_differs(aggregate, argument, condition) AS m
WHERE m.total > 5000;
SELECT ok(count(*) FILTER (WHERE total(s) = 0) > 20 AND count(*) FILTER (WHERE total(s) > 3) > 20,
          'frames become empty and fill again')
FROM (SELECT rate_summary(hit, weight) OVER (ORDER BY at RANGE BETWEEN 7 PRECEDING AND 4 PRECEDING) AS s
FROM seq) AS t;
-- and against plain SQL, which has nothing to do with our own transitions
SELECT is(count(*) FILTER (WHERE a.r IS NOT DISTINCT FROM b.r), count(*), 'moving rate is the moving avg')
FROM (SELECT n, rate(hit) OVER w AS r FROM seq WINDOW w AS (ORDER BY n ROWS 4 PRECEDING)) AS a
     JOIN (SELECT n, (count(*) FILTER (WHERE hit) OVER w)::float8 / nullif(count(hit) OVER w, 0) AS r
           FROM seq WINDOW w AS (ORDER BY n ROWS 4 PRECEDING)) AS b USING (n);

-- ---------------------------------------------------------------------------
-- Errors
-- ---------------------------------------------------------------------------
SELECT throws_ok('SELECT ' || call, code, NULL, regexp_replace(call, '\s+', ' ', 'g'))
FROM (VALUES
    ('22023', $$win_rate('Won')$$), ('22023', $$win_rate('')$$), ('22023', $$win_rate('won ')$$),
    ('22023', 'csat(0)'), ('22023', 'csat(6)'), ('22023', 'csat(9223372036854775807)'), ('22023', 'csat(3.5)'),
    ('22023', $$csat('NaN'::numeric)$$), ('22023', $$csat('-Infinity'::numeric)$$), ('22023', 'csat(1e30)'),
    ('22023', 'csat(11, 6)'), ('22023', 'csat(-1, 6)'), ('22023', 'csat(5, 0)'), ('22023', 'csat(5, 11)'),
    ('22023', 'rate(true, -0.000001)'), ('22023', 'rate(true, 0.0000001)'), ('22023', $$rate(true, 'NaN')$$),
    ('22023', $$rate(true, 'Infinity')$$), ('22023', 'rate(true, 9223372036854.775808)'), ('22003',
        'rate(true, 1e131071)'),
    ('22023', $$rate_low('v1 hits=1 total=2', 0)$$), ('22023', $$rate_low('v1 hits=1 total=2', 1)$$),
    ('22023', $$rate_high('v1 hits=1 total=2', 95)$$), ('22023', $$rate_high('v1 hits=1 total=2', 'NaN')$$),
    ('22023', $$rate_high('v1 hits=1 total=2', '-Infinity')$$),
    ('22023', $$sla_attainment(timestamp '2024-01-02', '2024-01-01', '1 h', '2024-02-01')$$),
    ('22023', $$sla_attainment(timestamptz '2024-01-02', '2024-01-01', '1 h', '2024-02-01')$$),
    ('22023', $$sla_attainment(timestamp '2024-01-02', '2024-01-03', '1 mon', '2024-02-01')$$),
    ('22023', $$sla_attainment(timestamp '2024-01-02', '2024-01-03', '-1 h', '2024-02-01')$$),
    ('22008', $$sla_attainment(timestamp '-infinity', '2024-01-03', '1 h', '2024-02-01')$$),
    ('22008', $$sla_attainment(timestamp '2024-01-02', NULL, '1 h', 'infinity')$$),
    ('22023', $$rate_summary 'v1 hits=1 total=1' + rate_summary 'v1 hits=1 total=1 hit_micros=1 total_micros=1'$$),
    ('22023', $$rate_summary 'v1 hits=1 total=1 hit_micros=1 total_micros=1' + rate_summary 'v1 hits=1 total=1'$$),
    ('22023', $$rate_accum('v1 hits=1 total=1', true, 1)$$),
    ('22023', $$rate_accum('v1 hits=1 total=1 hit_micros=1 total_micros=1', true)$$),
    ('22023', $$win_accum('v1 hits=1 total=1 hit_micros=1 total_micros=1', 'won')$$),
    -- what was not added cannot be removed
    ('22003', $$rate_accum_inv('v1 hits=0 total=3', true)$$), ('22003', $$rate_accum_inv('v1 hits=3 total=3',
        false)$$),
    ('22003', $$rate_summary_combine_inv('v1 hits=1 total=2', 'v1 hits=2 total=2')$$),
    ('22023', $$rate_summary_combine_inv('v1 hits=2 total=2', 'v1 hits=1 total=1 hit_micros=0 total_micros=0')$$),
    ('22023', $$rate_summary_combine_inv('v1 hits=1 total=1 hit_micros=5 total_micros=5', 'v1 hits=1 total=1')$$),
    ('22003', $$rate_accum_inv('v1 hits=2 total=2 hit_micros=1 total_micros=1', true, 100)$$),
    -- counts and weights at the end of their range
    ('22003', $$rate_accum('v1 hits=9223372036854775807 total=9223372036854775807', true)$$),
    ('22003', $$rate_accum('v1 hits=0 total=9223372036854775807', false)$$),
    ('22003', $$rate_summary 'v1 hits=0 total=9223372036854775807' + rate_summary 'v1 hits=0 total=1'$$),
    ('22003',
        $$rate_accum('v1 hits=0 total=1 hit_micros=0 total_micros=170141183460469231731687303715884105727', true, 1)$$)
) AS e (code, call);
SELECT * FROM finish();
ROLLBACK;
