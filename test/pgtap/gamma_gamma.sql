-- gamma_gamma: the published fit, the likelihood and the predictions against plain SQL, simulated customers, data
-- without a maximum, the state, errors; predicted_clv.

-- The real data are not part of the project: the environment variable CRMKPI_DATA names the directory that holds
-- cdnow/CDNOW_sample.txt. Without them those tests are skipped.
\set data `cd "${CRMKPI_DATA:-../shared/data}" 2>/dev/null && pwd`
\setenv DATA :data
\set has_data `[ -f "$DATA/cdnow/CDNOW_sample.txt" ] && echo true || echo false`

BEGIN;
SET LOCAL search_path = public, crmkpi;
SET LOCAL client_min_messages = warning; -- a fit without a maximum gives a NOTICE
SELECT plan(102);

CREATE FUNCTION model(p float8, q float8, v float8) RETURNS gamma_gamma_model LANGUAGE sql AS $$
    SELECT format('v1 p=%s q=%s v=%s log_likelihood=-1 customers=2 converged=true', p, q, v)::gamma_gamma_model $$;
CREATE FUNCTION bgnbd(r float8, alpha float8, a float8, b float8) RETURNS bgnbd_model LANGUAGE sql AS $$
    SELECT format('v1 r=%s alpha=%s a=%s b=%s log_likelihood=-1 customers=2 converged=true', r, alpha, a, b)
        ::bgnbd_model $$;
-- the summary of one customer
CREATE FUNCTION one(x bigint, mean float8) RETURNS gamma_gamma_summary LANGUAGE sql AS
$$ SELECT gamma_gamma_accum('v1 customers=', x, mean) $$;
CREATE FUNCTION near(float8, float8, tolerance float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT abs($1 - $2) <= tolerance * abs($2) $$;
-- log Gamma by Lanczos' approximation, exact to some 14 digits (PostgreSQL 15 has none)
CREATE FUNCTION lg(z float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT 0.5 * ln(2 * pi()) + (z - 0.5) * ln(z + 6.5) - (z + 6.5) + ln(0.99999999999980993::float8
        + 676.5203681218851 / z - 1259.1392167224028 / (z + 1) + 771.32342877765313 / (z + 2)
        - 176.61502916214059 / (z + 3) + 12.507343278686905 / (z + 4) - 0.13857109526572012 / (z + 5)
        + 9.9843695780195716e-6 / (z + 6) + 1.5056327351493116e-7 / (z + 7)) $$;

-- ---------------------------------------------------------------------------
-- The likelihood as the paper writes it, its gradient, the expected value
-- ---------------------------------------------------------------------------
CREATE FUNCTION paper(p float8, q float8, v float8, x float8, m float8) RETURNS float8 LANGUAGE sql AS $$
    SELECT lg(p * x + q) - lg(p * x) - lg(q) + q * ln(v) + (p * x - 1) * ln(m) + p * x * ln(x)
        - (p * x + q) * ln(v + m * x) $$;
CREATE TABLE parameters AS
SELECT no, p, q, v, model(p, q, v) AS m
FROM (VALUES (1, 6.25::float8, 3.74::float8, 15.44::float8), (2, 1, 1, 1), (3, 0.01, 0.5, 1000), (4, 40, 200, 0.3),
          (5, 0.3, 12, 3e6))
    AS t (no, p, q, v);
CREATE TABLE customer (x bigint, mean float8);
INSERT INTO customer VALUES (1, 35), (1, 0.01), (2, 1e6), (3, 35), (7, 200), (40, 12.5), (1000, 35);
SELECT is(count(*) FILTER (WHERE abs(log_likelihood(m, one(x, mean)) - paper(p, q, v, x, mean))
        < 1e-10 * (1 + p * x + q)), 7::bigint, 'log-likelihood of each customer, model ' || no)
FROM parameters, customer GROUP BY no ORDER BY no;
SELECT ok(near(log_likelihood(m, rollup(one(x, mean))), sum(log_likelihood(m, one(x, mean))), 1e-13),
    'log-likelihood of all, model ' || no)
FROM parameters, customer GROUP BY no, m ORDER BY no;
SELECT is(count(*) FILTER (WHERE abs(difference - gradient[i + 1]) < 1e-5 * (1 + abs(difference))), 3::bigint,
    'gradient against differences, model ' || no)
FROM (SELECT no, i, likelihood_gradient(m, s) AS gradient,
          sum(sign * log_likelihood(model(p * exp(sign * 1e-4 * (i = 0)::int), q * exp(sign * 1e-4 * (i = 1)::int),
              v * exp(sign * 1e-4 * (i = 2)::int)), s)) / 2e-4 AS difference
      FROM parameters, generate_series(0, 2) AS i, (VALUES (1), (-1)) AS t (sign),
           (SELECT rollup(one(x, mean)) AS s FROM customer) AS c
      GROUP BY no, i, m, s) AS d
GROUP BY no ORDER BY no;
SELECT is(count(*) FILTER (WHERE expected_value(m, x, mean) IS NOT DISTINCT FROM NULL AND p * x + q <= 1
        OR near(expected_value(m, x, mean), p * (v + x * mean) / (p * x + q - 1), 1e-14)), 7::bigint,
    'expected value of each customer, model ' || no)
FROM parameters, customer GROUP BY no ORDER BY no;
SELECT is(expected_value(m, 0, mean), CASE WHEN q > 1 THEN p * v / (q - 1) END::float8,
    format('of a customer without repeat purchases, model %s, with %s', no, mean))
FROM parameters, unnest('{NULL,0,35,-7,NaN}'::float8[]) AS mean WHERE mean IS NULL OR no = 1 ORDER BY no, mean;
SELECT ok(near(expected_value(m, 1000000, 35), 35, 1e-3) AND expected_value(m, 1, 35) > 35
        AND near(expected_value(m, 5, 0), 6.25 * 15.44 / (5 * 6.25 + 2.74), 1e-14),
    'many purchases speak for themselves, few are drawn to the mean of all') FROM parameters WHERE no = 1;

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
SELECT setseed(0.2005) \g /dev/null
CREATE TABLE truth AS
SELECT no, p, q, v, model(p, q, v) AS m
FROM (VALUES (1, 6, 4, 15), (2, 1, 2.5, 1e6), (3, 0.6, 8, 0.3)) AS t (no, p, q, v);
CREATE TABLE simulated AS
SELECT no, x, gamma_random(p * x) / (x * gamma_random(q) / v) AS mean
FROM truth, generate_series(1, 4000) AS i, LATERAL (SELECT 1 + i % 7 AS x) AS t;
CREATE TABLE fitted AS
SELECT no, gamma_gamma_fit(x, mean) AS f, gamma_gamma_summary(x, mean) AS s FROM simulated GROUP BY no;
SELECT ok(converged(f) AND customers(f) = 4000 AND log_likelihood(f) = log_likelihood(f, s),
    'simulated: a maximum is found, sample ' || no) FROM fitted ORDER BY no;
SELECT ok(greatest(abs(ln(p(f) / p)), abs(ln(q(f) / q)), abs(ln(v(f) / v))) < 0.25,
    format('simulated: parameters come back, sample %s: %s', no, f)) FROM fitted JOIN truth USING (no) ORDER BY no;
-- chi-squared with 3 degrees of freedom: 16.3 with a probability of 0.001
SELECT ok(2 * (log_likelihood(f) - log_likelihood(m, s)) BETWEEN 0 AND 16.3,
    'simulated: the true parameters are plausible, sample ' || no) FROM fitted JOIN truth USING (no) ORDER BY no;
SELECT ok((SELECT max(abs(g)) FROM unnest(likelihood_gradient(f, s)) AS g) < 1e-4,
    'simulated: the gradient vanishes, sample ' || no) FROM fitted ORDER BY no;
SELECT is(count(*) FILTER (WHERE log_likelihood(model(p(f) * i, q(f) * j, v(f) * k), s) < log_likelihood(f)),
    26::bigint, 'simulated: no point beside it is as high, sample ' || no)
FROM fitted, unnest('{0.999,1,1.001}'::float8[]) AS i, unnest('{0.999,1,1.001}'::float8[]) AS j,
     unnest('{0.999,1,1.001}'::float8[]) AS k
WHERE (i, j, k) <> (1, 1, 1) GROUP BY no ORDER BY no;

-- the same facts, the same model to the last bit; another currency, the same model
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
SELECT matches(plan_of('SELECT gamma_gamma_fit(x, mean) FROM simulated WHERE no = 1'),
    'Finalize Aggregate.*Gather.*Partial Aggregate', 'the plan is parallel');
SELECT is(gamma_gamma_fit(x, mean), (SELECT f FROM fitted WHERE no = 1), 'fitted in parallel')
FROM simulated WHERE no = 1;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is(gamma_gamma_fit(x, mean ORDER BY md5(x || ' ' || mean)), f, 'rows in another order, sample ' || no)
FROM simulated JOIN fitted USING (no) GROUP BY no, f ORDER BY no;
SELECT is(gamma_gamma_fit(rollup(part)), f, 'parts rolled up, sample ' || no)
FROM (SELECT no, gamma_gamma_summary(x, mean) AS part FROM simulated GROUP BY no, hashfloat8(mean) % 17) AS t
JOIN fitted USING (no) GROUP BY no, f ORDER BY no;
SELECT ok(near(p(c), p(f), 1e-6) AND near(q(c), q(f), 1e-6) AND near(v(c), 100 * v(f), 1e-6)
        AND near(log_likelihood(c), log_likelihood(f) - 4000 * ln(100), 1e-10),
    'cents in place of dollars, sample ' || no)
FROM (SELECT no, gamma_gamma_fit(x, mean * 100) AS c FROM simulated GROUP BY no) AS t JOIN fitted USING (no)
ORDER BY no;
SELECT is(gamma_gamma_fit(x, mean), f, 'customers without repeat purchases do not count, sample ' || no)
FROM (TABLE simulated UNION ALL SELECT no, 0, i FROM truth, unnest('{0,-5,35,NaN,NULL}'::float8[]) AS i) AS t
JOIN fitted USING (no) GROUP BY no, f ORDER BY no;

-- ---------------------------------------------------------------------------
-- Data without a maximum
-- ---------------------------------------------------------------------------
SELECT ok(NOT converged(f) AND p(f) > 0, format('no maximum: %s: %s', label, f))
FROM (VALUES ('all alike', 'v1 customers=2:35:100'), ('each the same mean', 'v1 customers=1:35:50,2:35:100,9:35:100'),
    ('two customers', 'v1 customers=1:3:1,2:8:1')) AS t (label, s), gamma_gamma_fit(s::gamma_gamma_summary) AS f;

-- ---------------------------------------------------------------------------
-- predicted_clv
-- ---------------------------------------------------------------------------
-- period by period
CREATE TABLE scored AS
SELECT x, t, age, mean, periods, discount, length, b, m
FROM (VALUES (0::bigint, 0::float8, 38.86::float8, NULL::float8), (2, 30.43, 38.86, 22), (26, 31, 31, 38),
         (1, 2, 39, 100), (0, 0, 0, 5), (5000, 300, 365, 12)) AS c (x, t, age, mean),
     (VALUES (1, 0.01::float8, 1::float8), (12, 0.01, 4.348), (12, 0, 4.348), (36, 0.0125, 4.348), (32, 0.2, 0.01),
         (100, 0.001, 30), (5, 9, 1e4)) AS h (periods, discount, length),
     bgnbd(0.243, 4.414, 0.793, 2.426) AS b, model(6.25, 3.74, 15.44) AS m;
SELECT is(count(*) FILTER (WHERE near(predicted_clv(b, m, x, t, age, mean, periods, discount, length), by_period,
        1e-10)), 6::bigint,
    format('predicted CLV, period by period: %s of %s, discount %s', periods, length, discount))
FROM (SELECT s.*, expected_value(m, x, mean) * (SELECT sum(
          (expected_purchases(b, x, t, age, i * length) - expected_purchases(b, x, t, age, (i - 1) * length))
              / (1 + discount) ^ i) FROM generate_series(1, periods) AS i) AS by_period
      FROM scored AS s) AS k
GROUP BY periods, length, discount ORDER BY periods, length, discount;
SELECT is(predicted_clv(b, m, 2, 30.43, 38.86, 22, periods, 0.01), predicted_clv(b, m, 2, 30.43, 38.86, 22, periods,
    0.01, 1), 'a period is one unit of time: ' || periods)
FROM scored WHERE x = 2 AND length = 4.348 AND discount = 0.01;
SELECT ok(near(predicted_clv(b, m, 2, 30.43, 38.86, 22, 12000, 0.001, 1),
        predicted_clv(b, m, 2, 30.43, 38.86, 22, 11000, 0.001, 1), 1e-4), 'after very long, nothing is added')
FROM scored WHERE x = 2 AND periods = 1;
SELECT is(predicted_clv(b, m, 2, 30.43, 38.86, 22, 0, 0.01), 0::float8, 'no periods, no value')
FROM scored WHERE x = 2 AND periods = 1;
SELECT is(num_nulls(predicted_clv(NULL, m, 1, 1, 2, 3, 4, 0.1), predicted_clv(b, NULL, 1, 1, 2, 3, 4, 0.1),
    predicted_clv(b, m, NULL, 1, 2, 3, 4, 0.1), predicted_clv(b, m, 1, NULL, 2, 3, 4, 0.1),
    predicted_clv(b, m, 1, 1, NULL, 3, 4, 0.1), predicted_clv(b, m, 1, 1, 2, NULL, 4, 0.1),
    predicted_clv(b, m, 1, 1, 2, 3, NULL, 0.1), predicted_clv(b, m, 1, 1, 2, 3, 4, NULL),
    predicted_clv(b, m, 1, 1, 2, 3, 4, 0.1, NULL), predicted_clv(b, model(1, 0.5, 3), 0, 0, 2, NULL, 4, 0.1),
    predicted_clv(b, m, 1, 1, 2, 3, 4, 0.1)), 10, 'NULL of NULL, and where the value is infinite')
FROM scored WHERE x = 2 AND periods = 1;

-- ---------------------------------------------------------------------------
-- Nothing, NULL, the state, the model
-- ---------------------------------------------------------------------------
SELECT is(gamma_gamma_fit(x, mean), NULL, 'the model of no customers') FROM simulated WHERE false;
SELECT is(gamma_gamma_fit(0, mean), NULL, 'nor of those without repeat purchases') FROM simulated;
SELECT is(gamma_gamma_summary(x, mean)::text, 'v1 customers=2:22.5:1', 'rows with a NULL do not count')
FROM (VALUES (NULL::bigint, 1::float8), (1, NULL), (2, 22.5)) AS t (x, mean);
SELECT is(gamma_gamma_summary(x, mean)::text, 'v1 customers=1:0.1:2,1:35:1,12:1e+20:1', 'as text')
FROM (VALUES (12::bigint, 1e20::float8), (1, 35), (1, 0.1), (0, 4), (1, 0.1)) AS t (x, mean);
SELECT is(num_nulls(gamma_gamma_fit(NULL::gamma_gamma_summary), p(NULL), q(NULL), v(NULL), converged(
    NULL::gamma_gamma_model), expected_value(NULL, 1, 1), expected_value(m, NULL, 1), expected_value(m, 1, NULL),
    log_likelihood(m, NULL), likelihood_gradient(m, NULL)), 10, 'NULL of NULL') FROM model(1, 2, 3) AS m;
SELECT is(ARRAY[p(m), q(m), v(m), log_likelihood(m), customers(m), converged(m)::int], '{1.5,2e-07,3,-5.25,6,0}',
    'what a model holds')
FROM (SELECT 'v1 p=1.5 q=2e-07 v=3 log_likelihood=-5.25 customers=6 converged=false'::gamma_gamma_model AS m) AS t;
SELECT is(customers('v1 customers=1:35:3,2:1:4'::gamma_gamma_summary), 7::bigint, 'customers');
CREATE AGGREGATE raw(bigint, float8) (
    SFUNC = gamma_gamma_accum, STYPE = gamma_gamma_summary, INITCOND = 'v1 customers='
);
SELECT ok(r::text = s::text AND gamma_gamma_summary_final(r) = s AND customers(r) = 4000 AND gamma_gamma_fit(r) = f
    AND r + r = s + s, 'a state itself can be read, sample ' || no)
FROM (SELECT no, raw(x, mean) AS r FROM simulated GROUP BY no) AS t JOIN fitted USING (no) ORDER BY no;

-- ---------------------------------------------------------------------------
-- Errors
-- ---------------------------------------------------------------------------
SELECT throws_ok('SELECT ' || call, '22023', message, call)
FROM (VALUES
    ('gamma_gamma_fit(-1, 5)', 'frequency -1 is out of range'),
    ('gamma_gamma_fit(2147483648, 5)', 'frequency 2147483648 is out of range'),
    ('gamma_gamma_fit(1, 0)', 'mean value 0 is out of range'),
    ('gamma_gamma_fit(1, -5)', 'mean value -5 is out of range'),
    ($$gamma_gamma_fit(1, 'NaN')$$, 'mean value NaN is out of range'),
    ($$gamma_gamma_fit(1, 'infinity')$$, 'mean value Infinity is out of range'),
    ('gamma_gamma_fit(1, 1e-51)', 'mean value 1e-51 is out of range'),
    ('gamma_gamma_fit(1, 5)', 'gamma_gamma_fit needs at least two customers with a repeat purchase'),
    ('expected_value(model(1, 2, 3), -1, 5)', 'frequency -1 is out of range'),
    ('expected_value(model(1, 2, 3), 1, -5)', 'mean value -5 is out of range'),
    ('predicted_clv(bgnbd(1, 1, 1, 1), model(1, 2, 3), 1, 3, 2, 5, 12, 0.01)', 'recency 3 is after age 2'),
    ('predicted_clv(bgnbd(1, 1, 1, 1), model(1, 2, 3), 1, 1, 2, -5, 12, 0.01)', 'mean value -5 is out of range'),
    ('predicted_clv(bgnbd(1, 1, 1, 1), model(1, 2, 3), 1, 1, 2, 5, -1, 0.01)', 'number of periods -1 is out of range'),
    ('predicted_clv(bgnbd(1, 1, 1, 1), model(1, 2, 3), 1, 1, 2, 5, 12001, 0)',
        'number of periods 12001 is out of range'),
    ('predicted_clv(bgnbd(1, 1, 1, 1), model(1, 2, 3), 1, 1, 2, 5, 12, -0.01)', 'discount -0.01 is out of range'),
    ($$predicted_clv(bgnbd(1, 1, 1, 1), model(1, 2, 3), 1, 1, 2, 5, 12, 'NaN')$$, 'discount NaN is out of range'),
    ('predicted_clv(bgnbd(1, 1, 1, 1), model(1, 2, 3), 1, 1, 2, 5, 12, 0.01, 0)',
        'length of a period 0 is out of range')
) AS e (call, message);

-- ---------------------------------------------------------------------------
-- Real data: P. S. Fader, B. G. S. Hardie, "The Gamma-Gamma Model of Monetary Value", 2013
-- ---------------------------------------------------------------------------
\if :has_data
CREATE TABLE line (line text);
\copy line FROM PROGRAM 'tr -d "\r" < "$DATA/cdnow/CDNOW_sample.txt"'
-- purchases of a day are one, worth their sum; the first day does not count
CREATE TABLE cdnow AS
SELECT customer, count(*) - 1 AS frequency, avg(amount) FILTER (WHERE day > first_day) AS mean_value
FROM (SELECT f[2] AS customer, to_date(f[3], 'YYYYMMDD') AS day, sum(f[5]::numeric) AS amount,
             min(min(to_date(f[3], 'YYYYMMDD'))) OVER (PARTITION BY f[2]) AS first_day
      FROM line, regexp_split_to_array(trim(line), ' +') AS f WHERE f[3] <= '19970930' GROUP BY 1, 2, f[2]) AS days
GROUP BY customer;
CREATE TABLE published AS SELECT gamma_gamma_fit(frequency, mean_value) AS m FROM cdnow;
SELECT is(format('%s %s %s %s %s', round(p(m)::numeric, 2), round(q(m)::numeric, 2), round(v(m)::numeric, 2),
        customers(m), converged(m)), '6.25 3.74 15.44 946 t', 'CDNOW: the published fit') FROM published;
SELECT is(round(expected_value(m, 0, NULL)::numeric, 0), 35::numeric, 'CDNOW: the mean of all') FROM published;
\else
SELECT skip('no data: CRMKPI_DATA does not name a directory with cdnow/CDNOW_sample.txt', 2);
\endif
SELECT * FROM finish();
ROLLBACK;
