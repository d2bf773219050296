-- What people see of the engine: a first look, and the message of every error in the domain.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS crmkpi CASCADE;
DROP SCHEMA IF EXISTS crmkpi CASCADE;
RESET client_min_messages;
CREATE EXTENSION crmkpi;
SET search_path = crmkpi, public;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
SET extra_float_digits = 0;

-- A first look: what is asked, the summary behind it, its accessors
CREATE TABLE survey (answered date, score int);
INSERT INTO survey VALUES ('2024-01-03', 10), ('2024-01-03', 9), ('2024-01-09', 3), ('2024-02-01', 8), ('2024-02-02',
    10), ('2024-02-02', NULL);
SELECT nps(score) FROM survey;
SELECT date_trunc('month', answered)::date AS month, nps(score), responses(nps_summary(score)) FROM survey GROUP BY 1
ORDER BY 1;
SELECT nps_summary(score) FROM survey;
SELECT round(nps(s)::numeric, 1) AS nps, round(nps_margin(s)::numeric, 1) AS margin, promoters(s), passives(s),
    detractors(s)
FROM (SELECT nps_summary(score) AS s FROM survey) AS t;
WITH daily AS (SELECT answered, nps_summary(score) AS s FROM survey GROUP BY 1)
SELECT rollup(s) AS summary, nps(rollup(s)) AS nps FROM daily;

SELECT owner, win_rate(outcome), win_rate(outcome) IS NULL AS unknown
FROM (VALUES ('Ann', 'won'), ('Ann', 'won'), ('Bob', 'won'), ('Bob', 'lost'), ('Bob', 'open'), ('Cid',
    'open')) AS o (owner, outcome)
GROUP BY owner ORDER BY owner;
SELECT rate_summary(ok) AS plain, rate_summary(ok, weight) AS weighted, rate(ok, weight)
FROM (VALUES (true, 2.5), (false, 1), (NULL, 3)) AS v (ok, weight);
SELECT round(rate_low(s)::numeric, 3) AS low, rate(s), round(rate_high(s)::numeric, 3) AS high
FROM (VALUES ('v1 hits=3 total=4'::rate_summary)) AS v (s);

CREATE TABLE ticket (opened timestamptz, resolved timestamptz);
INSERT INTO ticket VALUES ('2024-01-01 09:00+00', '2024-01-01 11:30+00'), ('2024-01-01 10:00+00',
    '2024-01-03 10:00+00'), ('2024-01-02 08:00+00', NULL);
SELECT avg_resolution_time(opened, resolved), median_resolution_time(opened, resolved) FROM ticket;
SELECT items(s), mean(s), percentile(s, 0.9), share_within(s, '4 h'), shortest(s), longest(s), total_time(s),
    duration_stddev(s)
FROM (SELECT duration_summary(opened, resolved) AS s FROM ticket) AS t;
SELECT duration_summary(opened, resolved) FROM ticket;
SELECT sla_attainment(opened, resolved, '4 h', '2024-01-02 09:00+00') FROM ticket;
SELECT period_start('2024-05-16', g) FROM unnest(ARRAY['day', 'week', 'month', 'quarter', 'year']) AS g;

-- Scores
SELECT nps(score) FROM (VALUES (9), (11)) AS v (score);
SELECT nps(0, 1);
SELECT nps(8.5);
SELECT nps(7, 2);
SELECT nps_summary(5) + nps_summary(5, 1);
SELECT csat(6);
SELECT csat(11, 6);
SELECT csat(5, 11);
SELECT nps_accum_inv('v1 promoters=0 passives=1 detractors=0', 9);

-- Rates
SELECT win_rate('Won');
SELECT rate(true, -1);
SELECT rate(true, 0.0000001);
SELECT rate_summary(true) + rate_summary(true, 1);
SELECT rate_low('v1 hits=1 total=2', 95);
SELECT rate_summary 'v1 hits=0 total=9223372036854775807' + rate_summary 'v1 hits=0 total=1';
SELECT sla_attainment(timestamptz '2024-01-02 10:00+00', '2024-01-02 09:00+00', '1 h', '2024-02-01');
SELECT sla_attainment(timestamptz '2024-01-02 10:00+00', '2024-01-02 11:00+00', '1 mon', '2024-02-01');

-- Durations
SELECT avg_resolution_time(timestamp '2024-01-02 10:00', '2024-01-02 09:00');
SELECT duration_summary(timestamptz '2024-01-02 10:00+00', 'infinity');
SELECT duration_summary(timestamp '4713-01-01 BC', '294276-12-31');
SELECT duration_summary(interval '1 month 2 days');
SELECT duration_summary(interval '-2 hours');
SELECT share_within(duration_summary(interval '1 h'), '1 year');
SELECT percentile(duration_summary(interval '1 h'), 90);
\set mean 'v1 items=1 total=3'
SELECT median(:'mean'::duration_summary);
SELECT duration_summary(interval '1 h') + :'mean';
SELECT total_time(duration_summary(interval '106751991 days')) FROM generate_series(1, 21);

-- Periods
SELECT period_start('2024-05-16', 'hour');
SELECT period_start('2024-05-16', 'week', 0);
SELECT period_start('infinity', 'month');
SELECT period_add('2024-05-16', 'month', 1);
SELECT period_add('2024-05-01', 'year', 1);
SELECT period_add('2024-01-01', 'year', 2147483647);

-- Models of purchases
\set VERBOSITY terse
SELECT converged(bgnbd_fit(3, 20, 30)) FROM generate_series(1, 50);
\set VERBOSITY default
SELECT bgnbd_fit(frequency, 5, 10) FROM (VALUES (1), (NULL)) AS v (frequency);
SELECT bgnbd_fit(-1, 5, 10);
SELECT bgnbd_fit(1, 12, 10);
SELECT bgnbd_fit(1, 'NaN', 10);
SELECT bgnbd_fit(0, 5, 10);
SELECT bgnbd_fit(2, 0, 10);
SELECT gamma_gamma_fit(1, -5);
SELECT gamma_gamma_fit(frequency, 5) FROM (VALUES (1), (0)) AS v (frequency);
\set model '\'v1 r=0.243 alpha=4.414 a=0.793 b=2.426 log_likelihood=-9582.4 customers=2357 converged=true\''
\set value '\'v1 p=6.25 q=3.74 v=15.44 log_likelihood=-4055.9 customers=946 converged=true\''
SELECT p_alive(:model, 2, 30.43, 38.86), expected_purchases(:model, 2, 30.43, 38.86, 39), expected_value(:value, 0, NULL),
    predicted_clv(:model, :value, 2, 30.43, 38.86, 22, 12, 0.01, 4.348);
SELECT expected_purchases(:model, 2, 30.43, 38.86, -1);
SELECT predicted_clv(:model, :value, 2, 30.43, 38.86, 22, -1, 0.01);
SELECT predicted_clv(:model, :value, 2, 30.43, 38.86, 22, 12, -0.01);
SELECT predicted_clv(:model, :value, 2, 30.43, 38.86, 22, 12, 0.01, 0);
SELECT 'v1 r=0.50 alpha=1 a=1 b=1 log_likelihood=-1 customers=2 converged=true'::bgnbd_model;

-- Summaries as text
SELECT 'v2 hits=1 total=2'::rate_summary;
SELECT 'v1 hits=3 total=2'::rate_summary;
SELECT 'v1 hits=01 total=2'::rate_summary;
SELECT 'hits=1 total=2'::rate_summary;
SELECT ''::nps_summary;
SELECT 'v1 promoters=1 passives=-1 detractors=0'::nps_summary;
SELECT 'v1 promoters=9223372036854775807 passives=1 detractors=0'::nps_summary;
SELECT 'v1 items=1 total=4 shortest=3 longest=3 squares=000000000000000000000000000000000000000000000009 buckets=3:1'::duration_summary;
SELECT 'v1 items=1 total=3 shortest=3 longest=3 squares=9 buckets=3:1'::duration_summary;

DROP TABLE survey, ticket;
SET client_min_messages = warning;
DROP EXTENSION crmkpi;
DROP SCHEMA crmkpi;
