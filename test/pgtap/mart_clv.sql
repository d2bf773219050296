-- Predicted customer value: fit_clv_model, clv_model and the last columns of customer_value, against the engine by
-- hand; and the CD purchases, on which the papers publish their parameters. These are not part of the project: the
-- environment variable CRMKPI_DATA names the directory that holds cdnow/CDNOW_sample.txt; without it they are skipped.

\set data `cd "${CRMKPI_DATA:-../shared/data}" 2>/dev/null && pwd`
\setenv DATA :data
\set has_data `[ -f "$DATA/cdnow/CDNOW_sample.txt" ] && echo true || echo false`

BEGIN;
SELECT no_plan();
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'America/New_York';
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL jit = off;
\o /dev/null
SELECT crmkpi.create_mart('mart_clv');
\o
SET LOCAL search_path = mart_clv, crmkpi, public, pg_temp;
UPDATE setting SET value = '2025-06-30 12:00' WHERE name = 'as_of';
UPDATE setting SET value = 'Asia/Ho_Chi_Minh' WHERE name = 'zone';

-- What the engine says of each customer, asked one by one; who has no row bought nothing. These are functions, since
-- views would stand in the way of create_mart.
CREATE FUNCTION pg_temp.by_engine(OUT customer_id text, OUT frequency bigint, OUT recency double precision,
    OUT age double precision, OUT mean_value numeric) RETURNS SETOF record LANGUAGE sql AS $$
    SELECT s.customer_id, h.frequency, h.recency, h.age, CASE WHEN h.mean_value >= 0 THEN h.mean_value END
    FROM config c
    CROSS JOIN LATERAL (
        SELECT customer_id, value_summary(customer_id, sold_at, amount) FILTER (WHERE kind <> 'refund' OR amount < 0)
            AS summary
        FROM sale WHERE sold_at <= c.as_of GROUP BY customer_id) s
    LEFT JOIN LATERAL customer_history(s.summary, (c.as_of AT TIME ZONE c.zone)::date, c.zone, 'week') h ON true
$$;
CREATE FUNCTION pg_temp.by_hand(OUT customer_id text, OUT p_alive numeric, OUT expected_purchases numeric,
    OUT expected_value numeric, OUT predicted_clv numeric) RETURNS SETOF record LANGUAGE sql AS $$
    SELECT h.customer_id, round(p_alive(m.purchases_model, frequency, recency, age)::numeric, 6),
        round(expected_purchases(m.purchases_model, frequency, recency, age, 365.25 / 7)::numeric, 6),
        round(expected_value(m.value_model, frequency, mean_value)::numeric, 4),
        round(predicted_clv(m.purchases_model, m.value_model, frequency, recency, age, mean_value, 12,
            (SELECT value::numeric FROM setting WHERE name = 'discount_rate_monthly'), 365.25 / 12 / 7)::numeric, 4)
    FROM pg_temp.by_engine() h LEFT JOIN (SELECT * FROM clv_model ORDER BY fitted_at DESC LIMIT 1) m ON true
$$;
\set predicted '''SELECT customer_id, p_alive, expected_purchases, expected_value, predicted_clv FROM customer_value'''
\set by_hand '''SELECT * FROM pg_temp.by_hand()'''
-- The models by plain SQL, without value_summary
CREATE FUNCTION pg_temp.fitted_by_hand(up_to timestamptz, zone text,
    OUT purchases bgnbd_model, OUT value gamma_gamma_model) LANGUAGE sql AS $$
    WITH sold AS (
        SELECT customer_id, (sold_at AT TIME ZONE zone)::date AS day, amount, kind FROM mart_clv.sale
        WHERE sold_at <= up_to
    ), first AS (
        SELECT customer_id, min(day) AS first_day FROM sold WHERE kind <> 'refund' GROUP BY 1
    ), customer AS (
        SELECT count(DISTINCT day) FILTER (WHERE kind <> 'refund') - 1 AS frequency,
            (max(day) FILTER (WHERE kind <> 'refund') - first_day) / 7.0::float8 AS recency,
            ((up_to AT TIME ZONE zone)::date - first_day) / 7.0::float8 AS age,
            sum(amount) FILTER (WHERE day > first_day)
                / nullif(count(DISTINCT day) FILTER (WHERE kind <> 'refund') - 1, 0) AS mean_value
        FROM sold JOIN first USING (customer_id) GROUP BY customer_id, first_day
    )
    SELECT bgnbd_fit(frequency, recency, age), gamma_gamma_fit(frequency, mean_value) FILTER (WHERE mean_value > 0)
    FROM customer
$$;

-- ---------------------------------------------------------------------------
-- Nothing, and too little, to fit
-- ---------------------------------------------------------------------------

SELECT throws_ok('CALL fit_clv_model()', '22023', 'too few repeat customers to fit a model: 0', 'no sales, no model');
INSERT INTO sale (sale_id, customer_id, sold_at, amount, kind)
SELECT row_number() OVER (), who, at, amount,
    CASE WHEN amount < 0 THEN 'refund' ELSE coalesce(kind, 'repeat') END
FROM (VALUES
    ('twice', timestamptz '2025-01-05 00:00Z', 10, NULL), ('twice', '2025-03-05 00:00Z', 20, NULL),
    -- 23:30 and 00:30 in the zone of the mart, of one day in UTC: two days
    ('over midnight', '2025-02-01 16:30Z', 10, NULL), ('over midnight', '2025-02-01 17:30Z', -9.5, NULL),
    -- one day in the zone of the mart, of two in UTC
    ('one day', '2025-02-01 23:30Z', 10, NULL), ('one day', '2025-02-02 00:30Z', 12, NULL),
    ('once', '2025-04-01 03:00Z', 5, NULL), ('free', '2025-04-01 03:00Z', 0, NULL), ('today',
    '2025-06-30 03:00Z', 7, NULL),
    ('later', '2025-06-30 06:00Z', 7, NULL),
    ('refund only', '2025-03-01 03:00Z', -5, NULL), ('refund of nothing', '2025-03-01 03:00Z', 0, 'refund'),
    ('refund first', '2025-02-01 03:00Z', -5, NULL), ('refund first', '2025-03-01 03:00Z', 30, NULL)
    ) s (who, at, amount, kind);
SELECT throws_ok('CALL fit_clv_model()', '22023', 'too few repeat customers to fit a model: 1', 'one came again');
INSERT INTO sale (sale_id, customer_id, sold_at, amount, kind)
SELECT 'R' || row_number() OVER (), who, at, amount, CASE WHEN amount < 0 THEN 'refund' ELSE 'repeat' END
FROM (VALUES ('all refunded', timestamptz '2025-01-05 03:00Z', 10), ('all refunded', '2025-02-05 03:00Z', 20),
    ('all refunded', '2025-02-09 03:00Z', -20),
    ('more refunded', '2025-01-05 03:00Z', 10), ('more refunded', '2025-02-05 03:00Z', 20),
    ('more refunded', '2025-02-09 03:00Z', -25)) s (who, at, amount);
SELECT throws_ok('CALL fit_clv_model()', '22023', 'too few repeat customers to fit a model: 1',
    'nothing but refunds is no value to fit');
SELECT is_empty('SELECT * FROM clv_model', 'and nothing is written');
SELECT is(num_nonnulls(max(p_alive), max(expected_purchases), max(expected_value), max(predicted_clv)), 0,
    'without a model there is no prediction')
FROM customer_value HAVING count(*) > 10;

-- ---------------------------------------------------------------------------
-- A few hundred customers, some of them odd
-- ---------------------------------------------------------------------------

SELECT setseed(0.25) \g /dev/null
INSERT INTO sale (sale_id, customer_id, sold_at, amount, kind)
SELECT concat_ws('.', n, i), 'C' || n, at,
    CASE WHEN i % 11 = 10 THEN -3.25 ELSE round((5 + n % 40 * random())::numeric, 2) END,
    CASE WHEN i % 11 = 10 THEN 'refund' WHEN i = 0 THEN 'new' ELSE 'repeat' END
FROM generate_series(1, 400) AS n
CROSS JOIN LATERAL (
    SELECT i, timestamptz '2024-01-01 00:00Z' + n * interval '13 hours'
        + i * (1 + n % 17) * random() * interval '9 days' AS at
    FROM generate_series(0, 1 + (n * 7919 % 31) * (n * 7919 % 31) / 60) AS i) AS s;
CALL fit_clv_model();
SELECT results_eq('SELECT as_of, customers, repeat_customers FROM clv_model',
    $$ SELECT timestamptz '2025-06-30 05:00Z', count(frequency),
    count(*) FILTER (WHERE frequency > 0) FROM pg_temp.by_engine() $$,
    'who was counted');
SELECT results_eq('SELECT purchases_model, value_model FROM clv_model',
    $$ SELECT * FROM pg_temp.fitted_by_hand('2025-06-30 05:00Z', 'Asia/Ho_Chi_Minh') $$,
    'the models are those of plain SQL, to the last bit');
SELECT results_eq('SELECT purchases_log_likelihood, value_log_likelihood, purchases_converged, value_converged
    FROM clv_model',
    $$ SELECT round(log_likelihood(purchases)::numeric, 6), round(log_likelihood(value)::numeric, 6),
        converged(purchases), converged(value) FROM pg_temp.fitted_by_hand('2025-06-30 05:00Z',
    'Asia/Ho_Chi_Minh') $$, 'with what belongs to them');
SELECT set_eq(:predicted, :by_hand,
    'predictions are those of the engine from its own history of each customer');
SELECT results_eq($$ SELECT customer_id, p_alive = 1, num_nulls(p_alive, expected_purchases), num_nulls(expected_value,
        predicted_clv) FROM customer_value WHERE customer_id !~ '^C' ORDER BY customer_id COLLATE "C" $$,
    $$ VALUES ('all refunded', false, 0, 0), ('free', true, 0, 0), ('more refunded', false, 0, 2), ('once', true, 0, 0),
        ('one day', true, 0, 0), ('over midnight', true, 0, 0), ('refund first', true, 0, 0),
        ('refund of nothing', NULL, 2, 2), ('refund only', NULL, 2, 2), ('today', true, 0, 0), ('twice', false, 0,
    0) $$,
    'who has a prediction');
SELECT cmp_ok(count(DISTINCT predicted_clv), '>', 300::bigint, 'customers differ') FROM customer_value;

UPDATE sale SET kind = 'repeat', amount = 9.5 WHERE customer_id = 'over midnight' AND amount < 0;
SELECT results_eq($$ SELECT customer_id, frequency FROM pg_temp.by_engine()
    WHERE customer_id IN ('one day', 'over midnight') ORDER BY 1 $$,
    $$ VALUES ('one day', 0::bigint), ('over midnight', 1) $$, 'the zone of the mart makes the days');
SELECT set_eq(:predicted, :by_hand, 'also in the view');

UPDATE setting SET value = '0.2' WHERE name = 'discount_rate_monthly';
SELECT set_eq(:predicted, :by_hand, 'the discount is a setting');
UPDATE setting SET value = '0' WHERE name = 'discount_rate_monthly';
SELECT is(max(abs(predicted_clv - expected_purchases * expected_value) / predicted_clv) < 0.0001, true,
    'without a discount it is the number of purchases by their value')
FROM customer_value WHERE predicted_clv > 1;
DELETE FROM setting WHERE name = 'discount_rate_monthly';
SELECT is(discount_rate_monthly, 0.01, 'a percent where it is not set') FROM config;
INSERT INTO setting VALUES ('discount_rate_monthly', '0.01');
SELECT throws_ok(format($$ UPDATE setting SET value = %L WHERE name = 'discount_rate_monthly' $$, bad), '23514', NULL,
    format('a discount of "%s" is refused', bad)) FROM unnest('{1,-0.01,1 %,"",NaN,.}'::text[]) AS bad;

-- ---------------------------------------------------------------------------
-- The latest row counts; odd models
-- ---------------------------------------------------------------------------

CREATE TEMP TABLE earlier AS SELECT customer_id, predicted_clv FROM customer_value;
UPDATE setting SET value = '2024-12-31 23:59:59' WHERE name = 'as_of';
CALL fit_clv_model();
SELECT is(count(*), 2::bigint, 'a second fit adds a row') FROM clv_model;
SELECT results_eq('SELECT purchases_model, value_model FROM clv_model ORDER BY fitted_at DESC LIMIT 1',
    $$ SELECT * FROM pg_temp.fitted_by_hand('2024-12-31 16:59:59Z', 'Asia/Ho_Chi_Minh') $$, 'of the sales by then');
SELECT set_eq(:predicted, :by_hand, 'which is the one in use');
UPDATE setting SET value = '2025-06-30 12:00' WHERE name = 'as_of';
SELECT set_eq(:predicted, :by_hand, 'also for a later moment');
SELECT isnt_empty('SELECT customer_id, predicted_clv FROM customer_value EXCEPT TABLE earlier',
    'it predicts otherwise');

-- In Labrador the clocks of 2010-11-07 00:01 were put back to the day before.
INSERT INTO sale (sale_id, customer_id, sold_at, amount, kind) VALUES
    ('G1', 'Goose Bay', '2010-10-01 15:00Z', 10, 'new'), ('G2', 'Goose Bay', '2010-10-11 15:00Z', 20, 'repeat'),
    ('G3', 'Goose Bay', '2010-11-07 03:00:30Z', 30, 'repeat');
UPDATE setting SET value = 'America/Goose_Bay' WHERE name = 'zone';
UPDATE setting SET value = '2010-11-07 03:30:00+00' WHERE name = 'as_of';
SELECT results_eq(:predicted, :by_hand, 'a purchase of tomorrow, by the clock, is not known yet');
SELECT is((SELECT purchases FROM customer_value), 3::bigint, 'though it was before now');
DELETE FROM sale WHERE customer_id = 'Goose Bay';
UPDATE setting SET value = 'Asia/Ho_Chi_Minh' WHERE name = 'zone';
UPDATE setting SET value = '2025-06-30 12:00' WHERE name = 'as_of';

CREATE FUNCTION pg_temp.wild(purchases text, value text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    counts CONSTANT text := ' log_likelihood=0 customers=0 converged=false';
BEGIN
    INSERT INTO clv_model
    SELECT max(fitted_at) + interval '1 day', max(as_of), 0, 0, ('v1 ' || purchases || counts)::bgnbd_model, 0, false,
        ('v1 ' || value || counts)::gamma_gamma_model, 0, false FROM clv_model;
    RETURN NEXT lives_ok('TABLE customer_value', 'no error with ' || purchases || ' ' || value);
    RETURN NEXT is(count(*) FILTER (WHERE predicted_clv IS NULL AND p_alive IS NOT NULL) > 0, true,
        'what is infinite or too large is NULL') FROM customer_value;
END;
$$;
SELECT pg_temp.wild('r=1e+30 alpha=1e-30 a=1e-30 b=1e+30', 'p=1e+30 q=1.5 v=1e+30');
SELECT pg_temp.wild('r=1e-30 alpha=1e+30 a=1e+30 b=1e-30', 'p=1e-30 q=0.5 v=1e+30');
DELETE FROM clv_model WHERE customers = 0;

-- ---------------------------------------------------------------------------
-- A table and a procedure of the mart
-- ---------------------------------------------------------------------------

\o /dev/null
CREATE ROLE clv_fitter;
REVOKE EXECUTE ON PROCEDURE fit_clv_model() FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE fit_clv_model() TO clv_fitter;
CREATE TEMP TABLE kept AS TABLE clv_model;
CREATE TEMP TABLE rights AS SELECT proacl::text FROM pg_proc WHERE oid = 'mart_clv.fit_clv_model'::regproc;
\o
SELECT matches(crmkpi.create_mart('mart_clv'), '^mart mart_clv: 0 tables made', 'made again');
SELECT set_eq('TABLE clv_model', 'TABLE kept', 'the models stay');
SELECT results_eq($$ SELECT proacl::text FROM pg_proc WHERE oid = 'mart_clv.fit_clv_model'::regproc $$, 'TABLE rights',
    'and the rights on the procedure');
SELECT results_eq($$ SELECT kind, name FROM mart_object WHERE name IN ('clv_model', 'fit_clv_model') ORDER BY 1 $$,
    $$ VALUES ('function', 'fit_clv_model'), ('table', 'clv_model') $$, 'create_mart notes both');
SELECT isnt(obj_description('mart_clv.fit_clv_model'::regproc, 'pg_proc'), NULL, 'the procedure has a comment');

SET LOCAL search_path = pg_temp, public;
CREATE TEMP TABLE sale (customer_id text);
CREATE TEMP TABLE config (as_of text);
CREATE TEMP TABLE clv_model (fitted_at text);
CALL mart_clv.fit_clv_model();
SELECT is_empty('TABLE pg_temp.clv_model', 'tables of the session are not taken for those of the mart');
DROP TABLE pg_temp.sale, pg_temp.config, pg_temp.clv_model;
SELECT is(count(*), 3::bigint, 'whatever the search path') FROM mart_clv.clv_model;
ALTER SCHEMA mart_clv RENAME TO mart_renamed;
CALL mart_renamed.fit_clv_model();
SELECT is(count(*), 4::bigint, 'or the name of the mart') FROM mart_renamed.clv_model;
ALTER SCHEMA mart_renamed RENAME TO mart_clv;
SET LOCAL search_path = mart_clv, crmkpi, public, pg_temp;

-- What no table would take, but a mapping may bring
CREATE SCHEMA clv_dirt;
CREATE TABLE clv_dirt.sale AS TABLE sale;
ALTER TABLE clv_dirt.sale ALTER amount TYPE numeric;
INSERT INTO clv_dirt.sale (sale_id, customer_id, sold_at, amount, kind)
SELECT concat(c, at, a, k), c, at, a, k
FROM unnest('{C1,X,NULL}'::text[]) c, unnest('{-infinity,infinity,NULL,2025-03-03,1900-01-01}'::timestamptz[]) at,
    unnest('{-5,0,7.00001,NaN,NULL}'::numeric[]) a, unnest('{new,refund,odd,NULL}'::text[]) k;
SELECT is(crmkpi.map_entity('mart_clv', 'sale', 'clv_dirt.sale', true), 'mart_clv.sale is mapped from clv_dirt.sale',
    'mapped');
CALL fit_clv_model();
SELECT is(customers, (SELECT count(DISTINCT customer_id) FROM clv_dirt.sale WHERE sold_at > '-infinity'
        AND sold_at <= '2025-06-30 05:00Z' AND amount >= 0 AND amount < 'NaN' AND kind <> 'refund'),
    'impossible sales are left out') FROM clv_model ORDER BY fitted_at DESC LIMIT 1;
SELECT is(num_nonnulls(p_alive, predicted_clv), 2, 'also in the view') FROM customer_value WHERE customer_id = 'X';
SELECT crmkpi.map_entity('mart_clv', 'sale', NULL) \g /dev/null
SELECT throws_ok($$ SELECT crmkpi.drop_mart('mart_clv') $$, '2BP01', 'mart "mart_clv" holds data', 'models are data');
SELECT is(crmkpi.drop_mart('mart_clv', true), 'mart mart_clv dropped', 'and dropped with the rest');

-- ---------------------------------------------------------------------------
-- Real data: P. S. Fader, B. G. S. Hardie, K. L. Lee 2005, 39 weeks of CD purchases
-- ---------------------------------------------------------------------------

\if :has_data
\o /dev/null
SELECT crmkpi.create_mart('mart_clv');
CREATE TABLE clv_dirt.line (line text);
\copy clv_dirt.line FROM PROGRAM 'tr -d "\\r" < "$DATA/cdnow/CDNOW_sample.txt"'
INSERT INTO sale (sale_id, customer_id, sold_at, amount, kind)
SELECT row_number() OVER (), part[2], part[3]::date::timestamp AT TIME ZONE 'UTC', part[5]::numeric, 'repeat'
FROM clv_dirt.line CROSS JOIN regexp_split_to_array(trim(line), ' +') part;
UPDATE setting SET value = '1997-09-30 23:59:59' WHERE name = 'as_of';
CALL fit_clv_model();
\o
SELECT is(format('%s %s %s %s %s %s', round(r(m)::numeric, 3), round(alpha(m)::numeric, 3), round(a(m)::numeric, 3),
        round(b(m)::numeric, 3), round(purchases_log_likelihood, 1), purchases_converged),
    '0.243 4.414 0.793 2.426 -9582.4 t', 'CDNOW: the published model of purchases')
FROM clv_model CROSS JOIN LATERAL (SELECT purchases_model AS m) x;
SELECT is(format('%s %s %s %s', round(p(value_model)::numeric, 2), round(q(value_model)::numeric, 2),
        round(v(value_model)::numeric, 2), value_converged), '6.25 3.74 15.44 t',
    'CDNOW: and of their value') FROM clv_model;
SELECT is(format('%s of %s', repeat_customers, customers), '946 of 2357', 'CDNOW: customers') FROM clv_model;
SELECT set_eq(:predicted, :by_hand, 'CDNOW: predictions of 2,357 customers');
SELECT is(round(expected_purchases(purchases_model, frequency, recency, age, 39)::numeric, 3), 1.226,
    'CDNOW: the published prediction, of the first customer')
FROM pg_temp.by_engine(), clv_model WHERE customer_id = '0001';
\else
SELECT skip('no data: CRMKPI_DATA does not name a directory with cdnow', 5);
\endif

SELECT * FROM finish();
ROLLBACK;
