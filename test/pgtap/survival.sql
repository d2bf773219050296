-- survival: published values, plain SQL with window functions on random data, the state, errors, and real data.

-- The real data are not part of the project: the environment variable CRMKPI_DATA names the directory that holds
-- telco/telco.csv. Without them those tests are skipped.
\set data `cd "${CRMKPI_DATA:-../shared/data}" 2>/dev/null && pwd`
\setenv DATA :data
\set has_data `[ -f "$DATA/telco/telco.csv" ] && echo true || echo false`

BEGIN;
SET LOCAL search_path = public, crmkpi;
SET LOCAL timezone = 'UTC';
SELECT plan(127);

-- ---------------------------------------------------------------------------
-- Acute myelogenous leukemia: R. G. Miller, "Survival Analysis", 1981; the data set aml of R's package survival, and
-- what its survfit(..., conf.type = "log-log") prints
-- ---------------------------------------------------------------------------
CREATE FUNCTION from_text(times text) RETURNS survival_summary LANGUAGE sql AS $$
    SELECT survival_summary(rtrim(t, '+')::int * interval '1 day', t NOT LIKE '%+')
    FROM unnest(string_to_array(times, ', ')) AS t $$;
CREATE TABLE aml AS
SELECT name, from_text(times) AS s
FROM (VALUES ('maintained', '9, 13, 13+, 18, 23, 28+, 31, 34, 45+, 48, 161+'),
             ('nonmaintained', '5, 5, 8, 8, 12, 16+, 23, 27, 30, 33, 43, 45')) AS v (name, times);
SELECT results_eq(format($$
    SELECT extract(day FROM at)::int, at_risk::int, events::int, censored::int, round(survival::numeric, 4),
           round(low::numeric, 4), round(high::numeric, 4)
    FROM aml, survival_curve(s) WHERE name = %L$$, name), expected, 'published values: ' || name)
FROM (VALUES
    ('maintained', $$VALUES (9, 11, 1, 0, 0.9091, 0.5081, 0.9867), (13, 10, 1, 1, 0.8182, 0.4474, 0.9512),
        (18, 8, 1, 0, 0.7159, 0.3502, 0.8990), (23, 7, 1, 1, 0.6136, 0.2658, 0.8353),
        (31, 5, 1, 0, 0.4909, 0.1673, 0.7534), (34, 4, 1, 1, 0.3682, 0.0928, 0.6570),
        (48, 2, 1, 1, 0.1841, 0.0117, 0.5250)$$),
    ('nonmaintained', $$VALUES (5, 12, 2, 0, 0.8333, 0.4817, 0.9555), (8, 10, 2, 0, 0.6667, 0.3370, 0.8597),
        (12, 8, 1, 1, 0.5833, 0.2701, 0.8009), (23, 6, 1, 0, 0.4861, 0.1919, 0.7297),
        (27, 5, 1, 0, 0.3889, 0.1263, 0.6498), (30, 4, 1, 0, 0.2917, 0.0724, 0.5609),
        (33, 3, 1, 0, 0.1944, 0.0312, 0.4614), (43, 2, 1, 0, 0.0972, 0.0057, 0.3489),
        (45, 1, 1, 0, 0.0000, NULL, NULL)$$)) AS v (name, expected);
SELECT is(ARRAY[items(s), events(s)], expected, 'items and events: ' || name)
FROM aml JOIN (VALUES ('maintained', '{11,7}'::bigint[]), ('nonmaintained', '{12,11}')) AS v (name, expected)
    USING (name);
SELECT is(median_survival(s), expected, 'median: ' || name)
FROM aml JOIN (VALUES ('maintained', interval '31 days'), ('nonmaintained', '23 days')) AS v (name, expected)
    USING (name);
SELECT is(round(survival_at(s, days * interval '1 day')::numeric, 3), expected,
    'survival of the maintained at ' || days)
FROM aml, (VALUES (0, 1.000), (8.999999, 1.000), (9, 0.909), (12, 0.909), (13, 0.818), (30, 0.614), (31, 0.491),
    (47, 0.368), (48, 0.184), (100, 0.184), (161, 0.184), (161.000001, NULL), (100000, NULL)) AS v (days, expected)
WHERE name = 'maintained';
SELECT is(survival_at(s, days * interval '1 day'), expected, 'survival of the others at ' || days)
FROM aml, (VALUES (44, 7 / 72::double precision), (45, 0), (46, 0), (100000, 0)) AS v (days, expected)
WHERE name = 'nonmaintained';
SELECT cmp_ok(high - low, '<', 0.3::double precision, 'a smaller confidence, a smaller interval')
FROM aml, survival_curve(s, 0.5) WHERE name = 'maintained';

-- ---------------------------------------------------------------------------
-- Random data with ties, against plain SQL. S is exact there, as far as numeric goes.
-- ---------------------------------------------------------------------------
SELECT setseed(0.1958) \g /dev/null
CREATE TABLE sample AS
SELECT label, part, i,
       CASE label WHEN 'months of tenure' THEN floor(random() * 72) * interval '30 days'
                  WHEN 'seconds, few ties' THEN floor(10 ^ (random() * 7)) * interval '1 second'
                  WHEN 'microseconds and centuries' THEN 10 ^ (random() * 13 - 4) * interval '1 s'
                  ELSE floor(random() * 5) * interval '1 day' END AS duration,
       CASE WHEN label = 'all happened' THEN true WHEN label = 'none happened' THEN false
            ELSE random() < part / 12.0 END AS happened
FROM unnest('{months of tenure,"seconds, few ties",microseconds and centuries,few days,all happened,none happened}'
            ::text[]) AS label,
     generate_series(1, 11) AS part, LATERAL generate_series(1, part * part * part) AS i;
INSERT INTO sample SELECT label, part, 0, NULL, true FROM sample WHERE i = 1;
INSERT INTO sample SELECT label, part, 0, interval '1 us', NULL FROM sample WHERE i = 1;

CREATE FUNCTION times(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT round($1 * $2, 60) $$;
CREATE AGGREGATE product(numeric) (SFUNC = times, STYPE = numeric, INITCOND = '1');
CREATE TABLE truth AS
WITH counts AS (
    SELECT label, part, duration, count(*) FILTER (WHERE happened) AS events,
           count(*) FILTER (WHERE NOT happened) AS censored
    FROM sample WHERE duration IS NOT NULL AND happened IS NOT NULL GROUP BY 1, 2, 3
), at_risk AS (
    SELECT *, (sum(events + censored) OVER (PARTITION BY label, part ORDER BY duration DESC))::bigint AS at_risk,
           -- events so far number the times with an event
           count(*) FILTER (WHERE events > 0) OVER (PARTITION BY label, part ORDER BY duration) AS step
    FROM counts
), steps AS (
    SELECT label, part, step, min(duration) AS at, max(at_risk) AS at_risk, max(events) AS events,
           sum(censored)::bigint AS censored
    FROM at_risk WHERE step > 0 GROUP BY 1, 2, 3
)
SELECT *, product((at_risk - events)::numeric(80, 60) / at_risk) OVER (PARTITION BY label, part ORDER BY step) AS exact,
       sum(events::float8 / nullif(at_risk::float8 * (at_risk - events), 0))
           OVER (PARTITION BY label, part ORDER BY step) AS greenwood
FROM steps;
CREATE TABLE state AS SELECT label, part, survival_summary(duration, happened) AS s FROM sample GROUP BY 1, 2;
CREATE TABLE answer AS SELECT label, part, c.*
FROM state, LATERAL survival_curve(s) WITH ORDINALITY AS c (at, at_risk, events, censored, survival, low, high, no);
ANALYZE sample, truth, answer;

SELECT cmp_ok(count(*), '>', 500::bigint, 'there is something to compare') FROM truth;
SELECT is((SELECT count(*) FROM answer AS a WHERE a.label = l), (SELECT count(*) FROM truth AS t WHERE t.label = l),
    'as many times: ' || l)
FROM (SELECT DISTINCT label AS l FROM sample) AS labels ORDER BY l;
SELECT is(count(*) FILTER (WHERE (a.at, a.at_risk, a.events, a.censored) = (t.at, t.at_risk, t.events, t.censored)),
    count(*), 'times in order, and their counts: ' || label)
FROM answer AS a FULL JOIN truth AS t USING (label, part) WHERE step = no GROUP BY label ORDER BY label;
SELECT is(count(*) FILTER (WHERE survival = exact::double precision), count(*), 'survival, to the last bit: ' || label)
FROM answer JOIN truth AS t USING (label, part) WHERE step = no GROUP BY label ORDER BY label;
-- z of 0.95
SELECT is(count(*) FILTER (WHERE exact IN (0, 1) AND num_nulls(low, high) = 2
        OR abs(low - exact ^ exp(1.959963984540054 * sqrt(greenwood) / abs(ln(exact::float8))))
           + abs(high - exact ^ exp(-1.959963984540054 * sqrt(greenwood) / abs(ln(exact::float8)))) < 1e-12),
    count(*), 'bounds: ' || label)
FROM answer JOIN truth USING (label, part) WHERE step = no GROUP BY label ORDER BY label;
SELECT is(count(*) FILTER (WHERE 0 <= low AND low < survival AND survival < high AND high <= 1),
    count(*) FILTER (WHERE survival > 0), 'bounds enclose: ' || label)
FROM answer GROUP BY label ORDER BY label;
SELECT is(count(*) FILTER (WHERE s.median IS NOT DISTINCT FROM t.median AND s.median IS NOT DISTINCT FROM s.one_step),
    11::bigint, 'medians: ' || label)
FROM (SELECT label, part, median_survival(s) AS median, (SELECT median_survival(duration, happened)
      FROM sample WHERE (sample.label, sample.part) = (state.label, state.part)) AS one_step FROM state) AS s
LEFT JOIN (SELECT label, part, min(at) AS median FROM truth WHERE exact <= 0.5 GROUP BY 1, 2) AS t USING (label, part)
GROUP BY label ORDER BY label;
SELECT is(count(*) FILTER (WHERE survival_at(s, probe) IS NOT DISTINCT FROM CASE
        WHEN probe <= longest OR lowest = 0 THEN coalesce(truth_at, 1)::float8 END), count(*),
    'survival_at: ' || label)
FROM state JOIN (SELECT label, part, max(duration) AS longest FROM sample WHERE happened IS NOT NULL GROUP BY 1, 2) AS m
        USING (label, part),
     LATERAL (SELECT min(exact) AS lowest FROM truth AS t WHERE (t.label, t.part) = (state.label, state.part)) AS e,
     LATERAL (SELECT DISTINCT duration + shift AS probe
              FROM sample AS p, unnest('{-1 us,0,1 us,2 days}'::interval[]) AS shift
              WHERE (p.label, p.part) = (state.label, state.part) AND i BETWEEN 1 AND 20
                AND duration + shift >= '0') AS p,
     LATERAL (SELECT min(exact) AS truth_at FROM truth AS t
              WHERE (t.label, t.part) = (state.label, state.part) AND at <= probe) AS w
GROUP BY label ORDER BY label;
SELECT is(count(*) FILTER (WHERE items(s) = n AND events(s) = e), 11::bigint, 'items and events: ' || label)
FROM state JOIN (SELECT label, part, count(duration) FILTER (WHERE happened IS NOT NULL) AS n,
                     count(duration) FILTER (WHERE happened) AS e FROM sample GROUP BY 1, 2) AS c USING (label, part)
GROUP BY label ORDER BY label;

-- Rounding does not decide about the median: (n1 - d1) / n1 * (n2 - d2) / n2 is one half, or next to it.
CREATE VIEW near_half AS
SELECT format('v1 durations=1:%s:%s,2:%s:%s', d1, n1 - d1 - n2, d2, n2 - d2)::survival_summary AS s,
       2 * (n1 - d1) * (n2 - d2) <= n1 * n2 AS is_reached
FROM generate_series(2, 40) AS n1, generate_series(1, n1 - 1) AS d1, generate_series(1, n1 - d1) AS n2,
     generate_series(1, n2) AS d2
WHERE 2 * (n1 - d1) > n1 AND abs(2 * (n1 - d1) * (n2 - d2) - n1 * n2) <= 1;
SELECT is(count(*) FILTER (WHERE (median_survival(s) IS NOT NULL) = is_reached), count(*), 'survival next to one half')
FROM near_half HAVING count(*) FILTER (WHERE is_reached) > 100 AND count(*) FILTER (WHERE NOT is_reached) > 10;
SELECT is(count(*) FILTER (WHERE survival = (n - no)::float8 / n), count(*),
    'without censoring it is the share that is left')
FROM generate_series(1, 300) AS n,
     LATERAL (SELECT survival_summary(i * interval '1 h', true) AS s FROM generate_series(1, n) AS i) AS t,
     LATERAL survival_curve(s) WITH ORDINALITY AS c (at, at_risk, events, censored, survival, low, high, no);

-- ---------------------------------------------------------------------------
-- Nothing, and NULL
-- ---------------------------------------------------------------------------
SELECT is(survival_summary(duration, happened)::text, 'v1 durations=', 'the summary of no rows') FROM sample
WHERE false;
SELECT is(survival_summary(duration, happened)::text, 'v1 durations=', 'and of rows with a NULL') FROM sample
WHERE i = 0;
SELECT is(rollup(s)::text, 'v1 durations=', 'and of NULLs') FROM (VALUES (NULL::survival_summary), (NULL)) AS t (s);
SELECT is(median_survival(duration, happened), NULL, 'the median of no rows') FROM sample WHERE false;
SELECT is(ARRAY[items(s), events(s)]::text || num_nulls(median_survival(s), survival_at(s, '0')) || c, '{0,0}20',
    'an empty summary has counts, and no values')
FROM (SELECT 'v1 durations='::survival_summary AS s) AS t, LATERAL (SELECT count(*) AS c FROM survival_curve(s)) AS n;
SELECT is(num_nulls(items(s), events(s), median_survival(s), survival_at(s, '1 day'),
        survival_at('v1 durations=1:1:0', NULL), survival_accum('v1 durations=', NULL, true),
        survival_accum('v1 durations=', '1 day', NULL), survival_accum(s, '1 day', true)), 8, 'NULL of NULL')
FROM (SELECT NULL::survival_summary AS s) AS t;
SELECT is((SELECT count(*) FROM survival_curve(s, c)), 0::bigint, 'and no rows of NULL')
FROM (VALUES (NULL::survival_summary, 0.95), ('v1 durations=1:1:0', NULL)) AS v (s, c);
SELECT is(survival_at(s, '0') || ' ' || median_survival(s) || ' ' || (SELECT c::text FROM survival_curve(s) AS c),
    '0 00:00:00 (00:00:00,2,2,0,0,,)', 'events at once')
FROM (SELECT 'v1 durations=0:2:0'::survival_summary AS s) AS t;

-- ---------------------------------------------------------------------------
-- Text, and the state. raw() shows what the executor keeps.
-- ---------------------------------------------------------------------------
SELECT is(survival_summary(d, h)::text, expected, expected)
FROM (VALUES (interval '0', true, 'v1 durations=0:1:0'), (interval '1 us', false, 'v1 durations=1:0:1'),
    (interval '1 day', true, 'v1 durations=86400000000:1:0'),
    (interval '2 days -24 hours', false, 'v1 durations=86400000000:0:1'),
    (interval '106751991 days 04:00:54.775807', false, 'v1 durations=9223372036854775807:0:1'),
    (interval '106751991 days 04:00:54.775807', true, 'v1 durations=9223372036854775807:1:0')) AS v (d, h, expected)
GROUP BY expected, d, h ORDER BY expected;
SELECT is(c::text, '("106751991 days 04:00:54.775807",1,1,0,0,,)', 'the longest duration comes back')
FROM survival_curve('v1 durations=9223372036854775807:1:0') AS c;

CREATE AGGREGATE raw(interval, boolean) (SFUNC = survival_accum, STYPE = survival_summary, INITCOND = 'v1 durations=');
CREATE VIEW many AS
SELECT i, i * 7919 % 100003 % kinds * interval '30 days' AS duration, i % 3 = 0 AS happened, kinds
FROM unnest('{1,100,1000,100003}'::int[]) AS kinds, generate_series(1, 200000) AS i;
SELECT cmp_ok(pg_column_size(raw(duration, happened)), '<=', bytes,
    'the state of 200,000 items of ' || kinds || ' durations')
FROM many JOIN (VALUES (1, 256), (100, 8192), (1000, 65536), (100003, 8388608)) AS v (kinds, bytes) USING (kinds)
GROUP BY kinds, bytes ORDER BY kinds;
SELECT ok(s::text = format('v1 durations=%s', expected) AND items(s) = 200000, 'counts of ' || kinds || ' durations')
FROM (SELECT kinds, survival_summary(duration, happened) AS s FROM many GROUP BY kinds) AS t
JOIN (SELECT kinds, string_agg(us || ':' || e || ':' || c, ',' ORDER BY us) AS expected
      FROM (SELECT kinds, (extract(epoch FROM duration) * 1000000)::bigint AS us, count(*) FILTER (WHERE happened) AS e,
                   count(*) FILTER (WHERE NOT happened) AS c FROM many GROUP BY 1, 2) AS by_duration
      GROUP BY kinds) AS x USING (kinds) ORDER BY kinds;
CREATE TABLE kept AS
SELECT kinds, n, raw(duration, happened) AS s, survival_summary(duration, happened) AS whole
FROM many JOIN unnest('{1,14,15,300,5000}'::int[]) AS n ON i <= n GROUP BY kinds, n;
SELECT is(count(*) FILTER (WHERE s::text = whole::text AND survival_summary_final(s) = whole
        AND survival_summary_send(s) = survival_summary_send(whole) AND items(s) = n AND events(s) = n / 3
        AND median_survival(s) IS NOT DISTINCT FROM median_survival(whole)
        AND survival_at(s, '60 days') IS NOT DISTINCT FROM survival_at(whole, '60 days')
        AND (SELECT array_agg(c) FROM survival_curve(s) AS c) IS NOT DISTINCT FROM
            (SELECT array_agg(c) FROM survival_curve(whole) AS c)), 20::bigint, 'a state itself can be read')
FROM kept;
SELECT is(count(*) FILTER (WHERE a.s + b.s = a.whole + b.whole AND a.s + b.whole = b.whole + a.s
        AND (a.s + b.s)::text = (a.whole + b.whole)::text AND items(a.s + b.s) = a.n + b.n), 400::bigint,
    'states of every size added')
FROM kept AS a, kept AS b;
SELECT is(r, (SELECT survival_summary(duration, happened) FROM many WHERE kinds = 1000), 'rolled up from ' || parts)
FROM (SELECT parts, rollup(s) AS r
      FROM (SELECT parts, raw(duration, happened) AS s FROM many, unnest('{2,7,1000,200000}'::int[]) AS parts
            WHERE kinds = 1000 GROUP BY parts, i % parts) AS t
      GROUP BY parts) AS u ORDER BY parts;
-- a window goes on adding to the state that was read
SELECT is(count(*) FILTER (WHERE items(s) = i AND events(s) = i / 3), 2000::bigint, 'a growing window')
FROM (SELECT i, survival_summary(duration, happened) OVER (ORDER BY i) AS s FROM many
      WHERE kinds = 1000 AND i <= 2000) AS t;

-- ---------------------------------------------------------------------------
-- Counts at the end of their range, and curves that vanish
-- ---------------------------------------------------------------------------
SELECT is(c::text, expected, 'large counts: ' || expected)
FROM (VALUES ('(00:00:00.000005,9223372036854775807,9223372036854775807,0,0,,)',
              'v1 durations=5:9223372036854775807:0'::survival_summary),
             -- 1 but for 10^-19: no interval can be told
             ('(00:00:00.000005,9223372036854775807,1,9223372036854775806,1,,)',
              'v1 durations=5:1:9223372036854775806')) AS v (expected, s),
     survival_curve(s) AS c ORDER BY expected;
-- each time takes nine of ten, of 10^17 items down to one, which is censored
SELECT is(ARRAY[count(*), count(*) FILTER (WHERE survival >= 0 AND survival < 1),
                count(*) FILTER (WHERE low >= 0 AND low <= survival AND survival <= high AND high <= 1)],
    '{17,17,17}', 'a curve down to 10^-17 and its bounds')
FROM (SELECT rollup(format('v1 durations=%s:%s:0', i, (9 * 10::numeric ^ (17 - i))::bigint)::survival_summary)
          + 'v1 durations=18:0:1' AS s FROM generate_series(1, 17) AS i) AS t, survival_curve(s);

-- ---------------------------------------------------------------------------
-- Errors
-- ---------------------------------------------------------------------------
SELECT throws_ok('SELECT ' || call, code, message, call)
FROM (VALUES
    ('22023', $$survival_summary('-1 us', true)$$, 'duration -00:00:00.000001 is out of range'),
    ('22023', $$survival_summary('1 day -25 hours', false)$$, 'duration 1 day -25:00:00 is out of range'),
    ('22023', $$survival_summary('106751991 days 04:00:54.775808', true)$$, NULL),
    ('22023', $$survival_summary('1 month', true)$$, 'duration 1 mon has no fixed length'),
    ('22023', $$median_survival('1 month -30 days', true)$$, 'duration 1 mon -30 days has no fixed length'),
    ('22023', $$survival_at('v1 durations=', '-1 us')$$, 'time -00:00:00.000001 is out of range'),
    ('22023', $$survival_at('v1 durations=', '1 year')$$, 'time 1 year has no fixed length'),
    ('22023', $$survival_curve('v1 durations=', 0)$$, 'confidence 0 is out of range'),
    ('22023', $$survival_curve('v1 durations=', 1)$$, 'confidence 1 is out of range'),
    ('22023', $$survival_curve('v1 durations=', 'NaN')$$, 'confidence NaN is out of range'),
    ('22003', $$'v1 durations=1:1:0'::survival_summary + 'v1 durations=2:0:9223372036854775807'$$,
        'counts of survival_summary out of range'),
    ('22003', $$survival_accum('v1 durations=2:9223372036854775806:1', '1 day', true)$$,
        'counts of survival_summary out of range')
) AS e (code, call, message);

-- ---------------------------------------------------------------------------
-- Real data: 7,043 customers of a telephone company, months of tenure and whether they left
-- ---------------------------------------------------------------------------
\if :has_data
CREATE TABLE telco (
    customer_id text, gender text, senior text, partner text, dependents text, tenure int, phone text, lines text,
    internet text, security text, backup text, protection text, support text, tv text, movies text, contract text,
    paperless text, payment text, monthly text, total text, churn text
);
\copy telco FROM PROGRAM 'cat "$DATA/telco/telco.csv"' (FORMAT csv, HEADER true)
CREATE TABLE churn AS
SELECT coalesce(contract, 'all') AS name, survival_summary(tenure * interval '30 days', churn = 'Yes') AS s
FROM telco GROUP BY ROLLUP (contract);
SELECT is(ARRAY[items(s), events(s)], '{7043,1869}', 'telco: 7,043 customers, 1,869 left') FROM churn
WHERE name = 'all';
SELECT results_eq($$
    SELECT name, extract(day FROM at)::int / 30 AS tenure, at_risk, events, survival
    FROM churn, survival_curve(s) ORDER BY 1, 2$$, $$
    SELECT name, tenure, at_risk, events, product((at_risk - events)::numeric(80, 60) / at_risk)
        OVER (PARTITION BY name ORDER BY tenure)::float8
    FROM (SELECT coalesce(contract, 'all') AS name, tenure, count(*) FILTER (WHERE churn = 'Yes') AS events,
              sum(count(*)) OVER (PARTITION BY contract ORDER BY tenure DESC)::bigint AS at_risk
          FROM telco GROUP BY GROUPING SETS ((contract, tenure), (tenure))) AS counts
    WHERE events > 0 ORDER BY 1, 2$$, 'telco: the curve of all and of each contract is that of plain SQL');
SELECT is(string_agg(format('%s %s %s', name, round(extract(day FROM median_survival(s)) / 30),
                      round(survival_at(s, '360 days')::numeric, 4)), ', ' ORDER BY name),
    'Month-to-month 35 0.7031, One year  0.9908, Two year  1.0000, all  0.8432',
    'telco: medians in months, and the share that stays for a year')
FROM churn;
SELECT is(rollup(s), (SELECT s FROM churn WHERE name = 'all'), 'telco: the contracts roll up to all') FROM churn
WHERE name <> 'all';
\else
SELECT skip('no data: CRMKPI_DATA does not name a directory with telco/telco.csv', 4);
\endif
SELECT * FROM finish();
ROLLBACK;
