-- bgnbd: the published fit, the likelihood and the predictions against plain SQL and references, simulated customers,
-- data without a maximum, the state, errors.

-- The real data are not part of the project: the environment variable CRMKPI_DATA names the directory that holds
-- cdnow/CDNOW_sample.txt. Without them those tests are skipped.
\set data `cd "${CRMKPI_DATA:-../shared/data}" 2>/dev/null && pwd`
\setenv DATA :data
\set has_data `[ -f "$DATA/cdnow/CDNOW_sample.txt" ] && echo true || echo false`

BEGIN;
SET LOCAL search_path = public, crmkpi;
SET LOCAL client_min_messages = warning; -- a fit without a maximum gives a NOTICE
SELECT plan(161);

CREATE FUNCTION model(r float8, alpha float8, a float8, b float8) RETURNS bgnbd_model LANGUAGE sql AS $$
    SELECT format('v1 r=%s alpha=%s a=%s b=%s log_likelihood=-1 customers=2 converged=true', r, alpha, a, b)
        ::bgnbd_model $$;
-- the summary of one customer
CREATE FUNCTION one(x bigint, t float8, age float8) RETURNS bgnbd_summary LANGUAGE sql AS
$$ SELECT bgnbd_accum('v1 customers=', x, t, age) $$;
CREATE FUNCTION near(float8, float8, tolerance float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT abs($1 - $2) <= tolerance * abs($2) $$;
-- log Gamma by Lanczos' approximation, exact to some 14 digits (PostgreSQL 15 has none)
CREATE FUNCTION lg(z float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT 0.5 * ln(2 * pi()) + (z - 0.5) * ln(z + 6.5) - (z + 6.5) + ln(0.99999999999980993::float8
        + 676.5203681218851 / z - 1259.1392167224028 / (z + 1) + 771.32342877765313 / (z + 2)
        - 176.61502916214059 / (z + 3) + 12.507343278686905 / (z + 4) - 0.13857109526572012 / (z + 5)
        + 9.9843695780195716e-6 / (z + 6) + 1.5056327351493116e-7 / (z + 7)) $$;
SELECT ok(abs(lg(0.5) - ln(pi()) / 2) < 1e-13 AND abs(lg(11) - ln(3628800)) < 1e-13
    AND abs(lg(151.25) - lg(150.25) - ln(150.25)) < 1e-11, 'the log Gamma of these tests is right');

-- ---------------------------------------------------------------------------
-- The likelihood as the paper writes it, and the probability to be alive
-- ---------------------------------------------------------------------------
CREATE FUNCTION paper(r float8, alpha float8, a float8, b float8, x float8, t float8, age float8,
    OUT log_likelihood float8, OUT alive float8) LANGUAGE sql AS $$
    SELECT lg(a + b) + lg(b + x) - lg(b) - lg(a + b + x) + lg(r + x) - lg(r) + r * ln(alpha)
               - (r + x) * ln(alpha + age) + ln(1 + odds),
           1 / (1 + odds)
    FROM (SELECT CASE WHEN x = 0 THEN 0 ELSE a / (b + x - 1) * ((alpha + age) / (alpha + t)) ^ (r + x) END AS odds)
        AS o $$;
CREATE TABLE parameters AS
SELECT no, r, alpha, a, b, model(r, alpha, a, b) AS m
FROM (VALUES (1, 0.243, 4.414, 0.793, 2.426), (2, 1, 1, 1, 1), (3, 3, 90, 0.02, 0.5), (4, 20, 7, 6, 0.1),
    (5, 0.01, 0.1, 30, 12)) AS v (no, r, alpha, a, b);
CREATE TABLE customer (x bigint, t float8, age float8);
INSERT INTO customer VALUES (0, 0, 0), (0, 0, 38.86), (0, 0, 1e6), (1, 1, 1), (1, 0.001, 50), (2, 30.43, 38.86),
    (7, 20, 20.5), (60, 3, 4), (99, 50, 52), (100, 50, 52), (101, 50, 52), (260, 300, 400), (400, 390, 400);
CREATE TABLE single AS
SELECT no, m, x, t, age, one(x, t, age) AS s, (p).*
FROM (SELECT *, paper(r, alpha, a, b, x, t, age) AS p FROM parameters, customer OFFSET 0) AS k;
SELECT is(count(*) FILTER (WHERE abs(log_likelihood(m, s) - log_likelihood) < 1e-9), 13::bigint,
    'log-likelihood of each customer, model ' || no)
FROM single GROUP BY no ORDER BY no;
SELECT is(count(*) FILTER (WHERE near(p_alive(m, x, t, age), alive, 1e-11)), 13::bigint,
    'p_alive of each customer, model ' || no)
FROM single GROUP BY no ORDER BY no;
SELECT ok(near(log_likelihood(m, rollup(s)), sum(log_likelihood), 1e-12), 'log-likelihood of all, model ' || no)
FROM single GROUP BY no, m ORDER BY no;
-- sums of many terms are not added one by one
CREATE FUNCTION paper_long(r float8, alpha float8, a float8, b float8, x bigint, t float8, age float8) RETURNS float8
LANGUAGE sql AS $$
    SELECT sum(ln((r + i) / (alpha + age)) - ln(1 + a / (b + i))) + r * ln(alpha / (alpha + age)) + min(e)
    FROM (SELECT ln(a / (b + x - 1)) + (r + x) * ln((alpha + age) / (alpha + t)) AS e) AS o,
         generate_series(0, x - 1) AS i
    HAVING min(e) > 40 $$;
SELECT ok(near(log_likelihood(m, one(x, 180, 365)), paper_long(r, alpha, a, b, x, 180, 365), 1e-11),
    'log-likelihood of ' || x || ' purchases, model ' || no)
FROM parameters, (VALUES (1000::bigint), (200000)) AS v (x) ORDER BY no, x;
SELECT ok(near(log_likelihood(m, rollup(one(i * i, 180, 365))), sum(log_likelihood(m, one(i * i, 180, 365))), 1e-12),
    'log-likelihood of frequencies ever farther apart, model ' || no)
FROM parameters, generate_series(1, 200) AS i GROUP BY no, m ORDER BY no;

-- The gradient against differences, both by the logarithm of a parameter
CREATE TABLE step AS
SELECT i, 1e-4::float8 AS h, sign FROM generate_series(0, 3) AS i, (VALUES (1), (-1)) AS s (sign);
SELECT is(count(*) FILTER (WHERE abs(difference - gradient[i + 1]) < 1e-5 * (1 + abs(difference))), 4::bigint,
    'gradient against differences, model ' || no)
FROM (SELECT no, i, likelihood_gradient(m, s) AS gradient,
          sum(sign * log_likelihood(model(r * exp(sign * h * (i = 0)::int), alpha * exp(sign * h * (i = 1)::int),
              a * exp(sign * h * (i = 2)::int), b * exp(sign * h * (i = 3)::int)), s)) / (2 * h) AS difference
      FROM parameters, step, (SELECT rollup(one(x, t, age)) + one(5000, 300, 365) AS s FROM customer) AS c
      GROUP BY no, i, h, m, s) AS d
GROUP BY no ORDER BY no;

-- ---------------------------------------------------------------------------
-- References in 60 digits: the likelihood, p_alive and the expected purchases, also where the paper's formulas fail:
-- a near 1, horizons that are long against the age, thousands of purchases, huge parameters
-- ---------------------------------------------------------------------------
CREATE TABLE reference (
    r float8, alpha float8, a float8, b float8, x bigint, t float8, age float8, horizon float8,
    log_likelihood float8, alive float8, purchases float8
);
INSERT INTO reference VALUES
    (0.243, 4.414, 0.793, 2.426, 2, 30.43, 38.86, 39, -9.458606307066271, 0.7265785700806729, 1.226028174767144),
    (0.243, 4.414, 0.793, 2.426, 0, 0, 0.5, 500, -0.02607559280225958, 1.0, 4.655820758771734),
    (0.243, 4.414, 0.793, 2.426, 0, 0, 12, 1e6, -0.319144857093633, 1.0, 38.47806028207477),
    (0.5, 3, 1, 2, 3, 5, 10, 7, -7.85386486163979, 0.4223867913347609, 0.6696384558621467),
    (0.5, 3, 1.000000001, 2, 3, 5, 10, 7, -7.85386486184551, 0.4223867910907847, 0.6696384553804221),
    (0.5, 3, 1, 0.001, 0, 0, 10, 10000, -0.7331685343967135, 1.0, 0.9692501705679008),
    (2, 0.1, 0.05, 8, 5000, 360, 365, 30, 8139.534803835415, 1.109359410319784e-25, 4.550486733810946e-23),
    (2, 0.1, 0.05, 8, 5000, 360, 365, 3000, 8139.534803835415, 1.109359410319784e-25, 4.233852469005071e-21),
    (50000, 200000, 0.8, 3, 1, 2, 4, 40, -2.258286091825538, 0.6946083987234954, 4.074912250780695),
    (0.3, 5, 0.7, 1e9, 4, 9, 10, 26, -10.07656144131842, 0.9999999990582407, 7.453333302349137),
    (0.001, 1, 0.001, 0.001, 1, 1, 2, 1000, -7.784079329832139, 0.399902692320874, 132.6612552330302),
    (300, 400, 700, 0.01, 2, 3, 4, 1e5, -13.98560907913439, 0.0006821480637632751, 0.0006841096054058562),
    (0.2, 1, 30, 0.5, 10, 50, 60, 52, -49.32612746358042, 0.04851284660789595, 0.06557426598839431),
    (1, 1, 1e6, 3e6, 2, 1, 5, 10, -2.954910495700372, 0.100000029999999, 0.2593122213069955);
SELECT ok(near(log_likelihood(m, one(x, t, age)), log_likelihood, 1e-13) AND near(p_alive(m, x, t, age), alive, 1e-12)
    AND near(expected_purchases(m, x, t, age, horizon), purchases, 1e-12),
    format('reference: %s, purchases in %s', m, horizon))
FROM reference, LATERAL model(r, alpha, a, b) AS m;

-- The paper's formula, its hypergeometric function by 300 terms in numeric
CREATE FUNCTION paper_purchases(
    r numeric, alpha numeric, a numeric, b numeric, x numeric, age numeric, horizon numeric
) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    z numeric := horizon::numeric(90, 60) / (alpha + age + horizon);
    term numeric := 1;
    total numeric := 1;
BEGIN
    FOR k IN 0 .. 300 LOOP
        term := round(term * (r + x + k) * (b + x + k) * z / ((a + b + x - 1 + k) * (k + 1)), 60);
        total := total + term;
    END LOOP;
    RETURN (a + b + x - 1) / (a - 1) * (1 - (1 - z) ^ (r + x) * total);
END $$;
SELECT ok(bool_and(near(expected_purchases(m, x, age / 2, age, horizon),
        p_alive(m, x, age / 2, age) * paper_purchases(r::numeric, alpha::numeric, a::numeric, b::numeric, x,
            age::numeric, horizon::numeric)::float8, 1e-11)) AND count(*) = 15,
    'expected purchases by the formula of the paper, model ' || no)
FROM parameters, unnest('{1,4,30}'::bigint[]) AS x,
     (VALUES (10::float8, 1::float8), (10, 8), (60, 12), (60, 60), (365, 300)) AS v (age, horizon)
WHERE a <> 1 GROUP BY no ORDER BY no;
-- a horizon of nothing, a short one, ever longer ones
SELECT ok(bool_and(expected_purchases(m, x, t, age, 0) = 0
    AND near(expected_purchases(m, x, t, age, 1e-9), 1e-9 * alive * (r + x) / (alpha + age), 1e-6)),
    'a short horizon has the rate at that time, model ' || no)
FROM single JOIN parameters USING (no, m) GROUP BY no ORDER BY no;
-- from one of the two methods to the other without a step
SELECT is(count(*) FILTER (WHERE now - before > -1e-12 * now AND now - before - (after - now) > -1e-12 * now),
    count(*),
    'expected purchases grow, ever more slowly: ' || x || ' purchases, model ' || no)
FROM (SELECT no, x, step, now, lag(now) OVER w AS before, lead(now) OVER w AS after
      FROM (SELECT no, m, x, step, expected_purchases(m, x, 30 * sign(x), 40, step * 5) AS now
            FROM parameters, unnest('{0,2,40}'::bigint[]) AS x, generate_series(0, 1000) AS step) AS p
      WINDOW w AS (PARTITION BY no, x ORDER BY step)) AS q
WHERE before IS NOT NULL AND after IS NOT NULL GROUP BY no, x ORDER BY no, x;
SELECT is(count(*) FILTER (WHERE p BETWEEN 0 AND 1 AND e >= 0 AND e < 'infinity'), count(*),
    'extremes: model of ' || q)
FROM unnest('{1e-50,1e-9,1,1e9,1e50}'::float8[]) AS q, unnest('{1e-50,1,1e50}'::float8[]) AS v,
     (VALUES (0::bigint, 0::float8, 0::float8), (1, 1e-50, 1e50), (2147483647, 1, 2), (3, 1e50, 1e50))
         AS c (x, t, age),
     unnest('{1e-50,1,1e50}'::float8[]) AS horizon,
     LATERAL (SELECT p_alive(m, x, t, age) AS p, expected_purchases(m, x, t, age, horizon) AS e
              FROM (VALUES (model(q, v, 1, 1)), (model(1, 1, q, v)), (model(v, 1, 1, q)), (model(q, q, v, v)))
                  AS w (m)) AS k
GROUP BY q ORDER BY q;

-- ---------------------------------------------------------------------------
-- Simulated customers of known parameters
-- ---------------------------------------------------------------------------
CREATE FUNCTION gamma_random(shape float8) RETURNS float8 LANGUAGE plpgsql AS $$
-- G. Marsaglia, W. W. Tsang, "A Simple Method for Generating Gamma Variables", 2000
DECLARE
    d float8 := shape + (shape < 1)::int - 1.0 / 3;
    c float8 := 1 / sqrt(9 * (shape + (shape < 1)::int - 1.0 / 3));
    normal float8;
    v float8;
BEGIN
    LOOP
        normal := sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random());
        v := (1 + c * normal) ^ 3;
        EXIT WHEN v > 0 AND ln(1 - random()) < normal * normal / 2 + d - d * v + d * ln(v);
    END LOOP;
    RETURN d * v * CASE WHEN shape < 1 THEN (1 - random()) ^ (1 / shape) ELSE 1 END;
END $$;
CREATE FUNCTION simulate(n int, r float8, alpha float8, a float8, b float8, longest float8)
RETURNS TABLE (x bigint, t float8, age float8) LANGUAGE plpgsql AS $$
DECLARE
    rate float8;
    p float8;
    g float8;
    at float8;
BEGIN
    FOR i IN 1 .. n LOOP
        rate := gamma_random(r) / alpha;
        g := gamma_random(a);
        p := g / (g + gamma_random(b));
        age := longest * (0.4 + 0.6 * random());
        at := 0;
        x := 0;
        t := 0;
        LOOP
            at := at - ln(1 - random()) / greatest(rate, 1e-200);
            EXIT WHEN at > age;
            x := x + 1;
            t := at;
            EXIT WHEN random() < p;
        END LOOP;
        RETURN NEXT;
    END LOOP;
END $$;
SELECT setseed(0.2005) \g /dev/null
CREATE TABLE truth AS
SELECT no, r, alpha, a, b, longest, model(r, alpha, a, b) AS m
FROM (VALUES (1, 0.25, 4.4, 0.8, 2.4, 39), (2, 2, 30, 0.5, 6, 365), (3, 1, 0.1, 2, 9, 10))
    AS v (no, r, alpha, a, b, longest);
CREATE TABLE simulated AS SELECT no, s.* FROM truth, simulate(4000, r, alpha, a, b, longest) AS s;
CREATE TABLE fitted AS
SELECT no, bgnbd_fit(x, t, age) AS f, bgnbd_summary(x, t, age) AS s FROM simulated GROUP BY no;
SELECT ok(converged(f) AND customers(f) = 4000 AND log_likelihood(f) = log_likelihood(f, s),
    'simulated: a maximum is found, sample ' || no) FROM fitted ORDER BY no;
SELECT ok(greatest(abs(ln(r(f) / r)), abs(ln(alpha(f) / alpha)), abs(ln(a(f) / b(f) * b / a))) < 0.2,
    format('simulated: parameters come back, sample %s: %s', no, f)) FROM fitted JOIN truth USING (no) ORDER BY no;
-- chi-squared with 4 degrees of freedom: 18.5 with a probability of 0.001
SELECT ok(2 * (log_likelihood(f) - log_likelihood(m, s)) BETWEEN 0 AND 18.5,
    'simulated: the true parameters are plausible, sample ' || no) FROM fitted JOIN truth USING (no) ORDER BY no;
SELECT ok((SELECT max(abs(g)) FROM unnest(likelihood_gradient(f, s)) AS g) < 1e-4,
    'simulated: the gradient vanishes, sample ' || no) FROM fitted ORDER BY no;
SELECT is(count(*) FILTER (WHERE
        log_likelihood(model(r(f) * i, alpha(f) * j, a(f) * k, b(f) * l), s) < log_likelihood(f)),
    80::bigint, 'simulated: no point beside it is as high, sample ' || no)
FROM fitted, unnest('{0.999,1,1.001}'::float8[]) AS i, unnest('{0.999,1,1.001}'::float8[]) AS j,
     unnest('{0.999,1,1.001}'::float8[]) AS k, unnest('{0.999,1,1.001}'::float8[]) AS l
WHERE (i, j, k, l) <> (1, 1, 1, 1) GROUP BY no ORDER BY no;
-- what is expected of new customers comes true, in the mean
SELECT ok(near(sum(expected_purchases(m, 0, 0, 0, age)), sum(x), 0.05),
    'simulated: purchases as expected, sample ' || no)
FROM simulated JOIN truth USING (no) GROUP BY no ORDER BY no;

-- the same facts, the same model to the last bit; other units of time, the same model
ANALYZE simulated;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE FUNCTION plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    result text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        result := result || line || E'\n';
    END LOOP;
    RETURN result;
END $$;
SELECT matches(plan_of('SELECT bgnbd_fit(x, t, age) FROM simulated WHERE no = 1'),
    'Finalize Aggregate.*Gather.*Partial Aggregate', 'the plan is parallel');
SELECT is(bgnbd_fit(x, t, age), (SELECT f FROM fitted WHERE no = 1), 'fitted in parallel') FROM simulated WHERE no = 1;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is(bgnbd_fit(x, t, age ORDER BY md5(x || ' ' || t || ' ' || age)), f, 'rows in another order, sample ' || no)
FROM simulated JOIN fitted USING (no) GROUP BY no, f ORDER BY no;
SELECT is(bgnbd_fit(rollup(part)), f, 'parts rolled up, sample ' || no)
FROM (SELECT no, bgnbd_summary(x, t, age) AS part FROM simulated GROUP BY no, floor(age * 1000)::int % 17) AS p
JOIN fitted USING (no) GROUP BY no, f ORDER BY no;
SELECT ok(near(r(d), r(f), 1e-6) AND near(alpha(d), 7 * alpha(f), 1e-6) AND near(a(d), a(f), 1e-6)
        AND near(b(d), b(f), 1e-6) AND near(log_likelihood(d), log_likelihood(f) - purchases * ln(7), 1e-10)
        AND near(expected_purchases(d, 3, 28, 70, 14), expected_purchases(f, 3, 4, 10, 2), 1e-6),
    'days in place of weeks, sample ' || no)
FROM (SELECT no, bgnbd_fit(x, t * 7, age * 7) AS d, sum(x)::float8 AS purchases FROM simulated GROUP BY no) AS k
JOIN fitted USING (no) ORDER BY no;
SELECT ok(near(r(d), r(f), 1e-8) AND near(b(d), b(f), 1e-8) AND near(log_likelihood(d), 3 * log_likelihood(f), 1e-12)
        AND customers(d) = 12000, 'each customer three times, sample ' || no)
FROM (SELECT no, f, bgnbd_fit(s + s + s) AS d FROM fitted) AS t ORDER BY no;
-- more than 20,000 distinct customers are fitted by way of a sample
CREATE TABLE many AS
SELECT m, bgnbd_summary(x, t, age) AS s FROM simulate(25000, 0.5, 10, 1, 3, 100), model(0.5, 10, 1, 3) AS m GROUP BY m;
SELECT ok(converged(f) AND 2 * (log_likelihood(f) - log_likelihood(m, s)) BETWEEN 0 AND 18.5
    AND (SELECT max(abs(g)) FROM unnest(likelihood_gradient(f, s)) AS g) < 1e-3, format('25,000 customers: %s', f))
FROM many, bgnbd_fit(s) AS f;
-- a customer with a million purchases among the others
SELECT ok(converged(f) AND customers(f) = 4001
    AND (SELECT max(abs(g)) FROM unnest(likelihood_gradient(f, s)) AS g) < 1e-4,
    format('one with a million purchases: %s', f))
FROM (SELECT s + one(1000000, 38, 39) AS s FROM fitted WHERE no = 1 OFFSET 0) AS t, bgnbd_fit(s) AS f;

-- ---------------------------------------------------------------------------
-- Data without a maximum
-- ---------------------------------------------------------------------------
SELECT ok(NOT converged(f) AND r(f) > 0, format('no maximum: %s: %s', label, f))
FROM (VALUES ('all alike', 'v1 customers=2:5:10:100'), ('two customers', 'v1 customers=1:3:10:1,2:8:10:1'),
    ('nobody ever leaves', 'v1 customers=10:99:100:50,11:99:100:50,12:100:100:50'),
    ('everybody leaves at once', 'v1 customers=0:0:1000:5,1:1:1000:50,1:2:1000:50')) AS v (label, s),
    bgnbd_fit(s::bgnbd_summary) AS f;
SELECT is(count(*) FILTER (WHERE e > 0 AND e < 100), 4::bigint, 'which still predicts')
FROM (VALUES (0::bigint, 0, 10), (1, 5, 10), (2, 5, 10), (20, 10, 10)) AS v (x, t, age),
     bgnbd_fit('v1 customers=2:5:10:100') AS f, expected_purchases(f, x, t, age, 12) AS e;

-- ---------------------------------------------------------------------------
-- Nothing, NULL, the state, the model
-- ---------------------------------------------------------------------------
SELECT is(bgnbd_fit(x, t, age), NULL, 'the model of no customers') FROM simulated WHERE false;
SELECT is(bgnbd_fit('v1 customers='), NULL, 'nor of an empty summary');
SELECT is(bgnbd_summary(x, t, age)::text, 'v1 customers=2:30.43:38.86:1', 'rows with a NULL do not count')
FROM (VALUES (NULL::bigint, 1::float8, 2::float8), (1, NULL, 2), (1, 1, NULL), (2, 30.43, 38.86)) AS v (x, t, age);
SELECT is(num_nulls(bgnbd_fit(NULL::bgnbd_summary), r(NULL::bgnbd_model), alpha(NULL),
    log_likelihood(NULL::bgnbd_model), p_alive(NULL, 1, 1, 1), p_alive(m, NULL, 1, 1), p_alive(m, 1, NULL, 1),
    p_alive(m, 1, 1, NULL),
    expected_purchases(m, 1, 1, 1, NULL), expected_purchases(NULL, 1, 1, 1, 1), log_likelihood(m, NULL),
    likelihood_gradient(m, NULL)), 12, 'NULL of NULL') FROM model(1, 1, 1, 1) AS m;
SELECT is(bgnbd_summary(x, t, age)::text, 'v1 customers=0:0:5:2,0:0:7:1,1:0.1:7:1,1:2:5:1,12:1:1e+20:1', 'as text')
FROM (VALUES (12::bigint, 1::float8, 1e20::float8), (0, '-0', 5), (1, 0.1, 7), (0, 0, 5), (1, 2, 5), (0, 0, 7))
    AS v (x, t, age);
SELECT is(ARRAY[customers(s), repeat_customers(s)], '{5,2}', 'customers, and those who came back')
FROM (SELECT 'v1 customers=0:0:5:2,0:0:7:1,1:2:5:2'::bgnbd_summary AS s) AS t;
SELECT is(ARRAY[r(m), alpha(m), a(m), b(m), log_likelihood(m), customers(m), converged(m)::int],
    '{1.5,2e-07,3,40,-5.25,6,0}', 'what a model holds')
FROM (SELECT 'v1 r=1.5 alpha=2e-07 a=3 b=40 log_likelihood=-5.25 customers=6 converged=false'::bgnbd_model AS m) AS t;
CREATE TABLE kept AS SELECT f FROM fitted;
SELECT is(count(DISTINCT f), 3::bigint, 'models can be kept, and compared')
FROM (SELECT f FROM kept UNION ALL SELECT f::text::bgnbd_model FROM kept) AS t;
CREATE AGGREGATE raw(bigint, float8, float8) (SFUNC = bgnbd_accum, STYPE = bgnbd_summary, INITCOND = 'v1 customers=');
SELECT cmp_ok(pg_column_size(raw(i % kinds, (i % kinds)::float8 / 2, 1000)), '<=', bytes,
    'the state of 100,000 customers of ' || kinds || ' kinds')
FROM (VALUES (1, 256), (100, 16384), (1000, 131072)) AS v (kinds, bytes), generate_series(1, 100000) AS i
GROUP BY kinds, bytes ORDER BY kinds;
SELECT ok(v::text = s::text AND bgnbd_summary_final(v) = s AND customers(v) = 4000 AND bgnbd_fit(v) = f
    AND v + v = s + s AND repeat_customers(v) = repeat_customers(s), 'a state itself can be read, sample ' || no)
FROM (SELECT no, raw(x, t, age) AS v FROM simulated GROUP BY no) AS t JOIN fitted USING (no)
ORDER BY no;

-- ---------------------------------------------------------------------------
-- Errors
-- ---------------------------------------------------------------------------
SELECT throws_ok('SELECT ' || call, '22023', message, call)
FROM (VALUES
    ('bgnbd_fit(-1, 0, 1)', 'frequency -1 is out of range'),
    ('bgnbd_fit(2147483648, 1, 1)', 'frequency 2147483648 is out of range'),
    ('bgnbd_fit(1, 3, 2)', 'recency 3 is after age 2'),
    ('bgnbd_fit(1, -3, 2)', 'recency -3 is out of range'),
    ($$bgnbd_fit(1, 'NaN', 2)$$, 'recency NaN is out of range'),
    ($$bgnbd_fit(1, 1, 'NaN')$$, 'age NaN is out of range'),
    ($$bgnbd_fit(1, 1, 'infinity')$$, 'age Infinity is out of range'),
    ('bgnbd_fit(0, 0, 1e51)', 'age 1e+51 is out of range'),
    ('bgnbd_fit(0, 0, -1)', 'age -1 is out of range'),
    ('bgnbd_fit(0, 2, 3)', 'recency 2 of a customer with frequency 0'),
    ('bgnbd_fit(2, 0, 3)', 'recency 0 of a customer with frequency 2'),
    ('bgnbd_fit(0, 0, 3)', 'bgnbd_fit needs at least two customers with a repeat purchase'),
    ('bgnbd_fit(1, 2, 3)', 'bgnbd_fit needs at least two customers with a repeat purchase'),
    ('p_alive(model(1, 1, 1, 1), 1, 3, 2)', 'recency 3 is after age 2'),
    ('p_alive(model(1, 1, 1, 1), -1, 0, 2)', 'frequency -1 is out of range'),
    ('expected_purchases(model(1, 1, 1, 1), 1, 1, 2, -1)', 'horizon -1 is out of range'),
    ($$expected_purchases(model(1, 1, 1, 1), 1, 1, 2, 'NaN')$$, 'horizon NaN is out of range'),
    ($$expected_purchases(model(1, 1, 1, 1), 1, 1, 2, 'infinity')$$, 'horizon Infinity is out of range')
) AS e (call, message);
SELECT throws_ok(format('SELECT %L::bgnbd_model', 'v1 ' || value), '22P02', NULL, 'model ' || value)
FROM unnest(ARRAY['r=0 alpha=1 a=1 b=1', 'r=1 alpha=-1 a=1 b=1', 'r=1 alpha=1 a=1', 'r=1 alpha=1 b=1 a=1',
    'r=1 alpha=NaN a=1 b=1', 'r=1.0 alpha=1 a=1 b=1', 'r=1 alpha=1 a=1e+51 b=1']) AS parameters,
    LATERAL (SELECT parameters || ' log_likelihood=-1 customers=2 converged=true' AS value) AS v
UNION ALL SELECT throws_ok(
    $$SELECT 'v1 r=1 alpha=1 a=1 b=1 log_likelihood=-1 customers=2 converged=maybe'::bgnbd_model$$, '22P02', NULL,
    'maybe converged');

-- ---------------------------------------------------------------------------
-- Real data: P. S. Fader, B. G. S. Hardie, K. L. Lee 2005, tables 2 and following
-- ---------------------------------------------------------------------------
\if :has_data
CREATE TABLE line (line text);
\copy line FROM PROGRAM 'tr -d "\r" < "$DATA/cdnow/CDNOW_sample.txt"'
-- purchases of a day are one; calibration until 1997-09-30, in weeks
CREATE TABLE cdnow AS
SELECT customer, count(*) - 1 AS frequency, (max(day) - min(day)) / 7.0 AS recency,
       (date '1997-09-30' - min(day)) / 7.0 AS age
FROM (SELECT DISTINCT f[2] AS customer, to_date(f[3], 'YYYYMMDD') AS day
      FROM line, regexp_split_to_array(trim(line), ' +') AS f) AS days
WHERE day <= '1997-09-30' GROUP BY customer;
CREATE TABLE published AS SELECT bgnbd_fit(frequency, recency, age) AS m FROM cdnow;
SELECT is(format('%s %s %s %s %s %s %s', round(r(m)::numeric, 3), round(alpha(m)::numeric, 3), round(a(m)::numeric, 3),
        round(b(m)::numeric, 3), round(log_likelihood(m)::numeric, 1), customers(m), converged(m)),
    '0.243 4.414 0.793 2.426 -9582.4 2357 t', 'CDNOW: the published fit') FROM published;
SELECT is(round(expected_purchases(m, 2, 30.43, 38.86, 39)::numeric, 3), 1.226, 'CDNOW: the published prediction')
FROM published;
-- the purchases of the 39 weeks after
SELECT ok(near(sum(expected_purchases(m, frequency, recency, age, 39)),
        (SELECT count(*) FROM (SELECT DISTINCT f[2], f[3]
         FROM line, regexp_split_to_array(trim(line), ' +') AS f WHERE f[3] > '19970930') AS t), 0.15),
    'CDNOW: what is expected of the next 39 weeks comes near to what happened') FROM published, cdnow;
\else
SELECT skip('no data: CRMKPI_DATA does not name a directory with cdnow/CDNOW_sample.txt', 3);
\endif
SELECT * FROM finish();
ROLLBACK;
