-- value: plain SQL on random data, cases by hand, amounts at the end of their range, errors, and real data.

-- The real data are not part of the project: the environment variable CRMKPI_DATA names the directory that holds
-- cdnow/CDNOW_sample.txt. Without them those tests are skipped.
\set data `cd "${CRMKPI_DATA:-../shared/data}" 2>/dev/null && pwd`
\setenv DATA :data
\set has_data `[ -f "$DATA/cdnow/CDNOW_sample.txt" ] && echo true || echo false`

BEGIN;
SET LOCAL search_path = public, crmkpi;
-- not that of any call below: nothing may depend on it
SET LOCAL timezone = 'Asia/Kathmandu';
SELECT plan(176);

-- ---------------------------------------------------------------------------
-- By hand
-- ---------------------------------------------------------------------------
CREATE TABLE sale (customer_id bigint, at timestamptz, amount numeric);
INSERT INTO sale VALUES
    (1, '2023-06-01 10:00+00', 100), (1, '2024-02-01 10:00+00', 50), (1, '2024-02-20 10:00+00', -20),
    (1, '2024-11-01 10:00+00', 30.5), (2, '2024-03-05 10:00+00', 19.99), (2, '2024-03-05 18:00+00', 0),
    (3, '2023-12-24 10:00+00', 200), (3, '2024-01-02 10:00+00', -200), (4, '2024-05-05 10:00+00', -7.25),
    (5, '2025-01-01 00:00+00', 1000);
CREATE TABLE state AS SELECT value_summary(customer_id, at, amount) AS s FROM sale;

SELECT is(ARRAY[customers(s), purchases(s), customers(s, '2025-01-01 00:00+00'), purchases(s, '2025-01-01 00:00+00')],
    '{4,7,2,4}', 'customers and purchases, of everything and of a year') FROM state;
SELECT is(ARRAY[revenue(s), revenue(s, '2025-01-01 00:00+00')], '{1173.2400,-126.7600}', 'revenue, refunds taken off')
FROM state;
SELECT is(ARRAY[round(avg_purchase_value(s), 10), avg_purchase_value(s, '2025-01-01 00:00+00')],
    ARRAY[round(1173.24 / 7, 10), -31.69], 'average purchase value') FROM state;
SELECT is(purchase_frequency(s, '2025-01-01 00:00+00'), 2.0::float8, 'purchase frequency') FROM state;
SELECT is(ARRAY[customer_value(s, '2025-01-01 00:00+00'), clv(s)], '{-63.38,293.31}',
    'customer value of the year is not historic CLV') FROM state;
SELECT is(clv(customer_id, at, amount), 293.31, 'historic CLV in one step') FROM sale;
SELECT results_eq('SELECT h.* FROM state, customer_history(s) AS h ORDER BY revenue DESC', $$VALUES
    (1::bigint, 1000.0000, timestamptz '2025-01-01 00:00+00', timestamptz '2025-01-01 00:00+00'),
    (3, 160.5, '2023-06-01 10:00+00', '2024-11-01 10:00+00'), (2, 19.99, '2024-03-05 10:00+00', '2024-03-05 18:00+00'),
    (1, 0, '2023-12-24 10:00+00', '2023-12-24 10:00+00'), (0, -7.25, NULL, NULL)$$,
    'a row per customer, also for the one with a refund only');
SELECT results_eq($$
    SELECT purchases, h.revenue, frequency, recency, age, mean_value
    FROM state, customer_history(s, '2024-12-31', 'UTC', 'day') AS h ORDER BY 2 DESC$$, $$VALUES
    -- 60.5: two repeat days, and the refund between them
    (3::bigint, 160.5, 2::bigint, 519::float8, 579::float8, 30.25),
    (2, 19.99, 0, 0, 301, NULL), (1, 0, 0, 0, 373, NULL)$$, 'repeat days, recency and age up to a day');
SELECT results_eq($$
    SELECT recency, age FROM state, customer_history(s, '2024-12-31', 'UTC', 'week') WHERE frequency > 0$$,
    'VALUES (519 / 7::float8, 579 / 7::float8)', 'in weeks');

-- refunds only, nothing in the year, nothing at all
SELECT is(format('%s %s %s %s %s %s', customers(s), purchases(s), revenue(s), avg_purchase_value(s), clv(s),
    purchase_frequency(s, '2025-01-01')), '0 0 -5.5000   ', 'refunds only: no customer, no mean, revenue below zero')
FROM (SELECT value_summary(1, '2024-06-01', -5.5) AS s) AS t;
SELECT is((SELECT count(*) FROM customer_history(s, '2025-01-01', 'UTC', 'day')), 0::bigint,
    'refunds only: no age, no row for a model')
FROM (SELECT value_summary(1, '2024-06-01', -5.5) AS s) AS t;
SELECT is(format('%s %s %s %s %s %s %s', customers(s, t), purchases(s, t), revenue(s, t), avg_purchase_value(s, t),
    purchase_frequency(s, t), customer_value(s, t), clv(s, t, 0.2, 0.3, 5)), '0 0 0.0000    ', 'nothing in the year')
FROM state, (SELECT timestamptz '2020-01-01' AS t) AS t;
SELECT is(format('%s %s %s %s %s %s', customers(s), purchases(s), revenue(s), avg_purchase_value(s), clv(s),
    (SELECT count(*) FROM customer_history(s))), '0 0 0.0000   0', 'nothing at all')
FROM (SELECT value_summary(customer_id, at, amount) AS s FROM sale WHERE false) AS t;
SELECT is(clv(customer_id, at, amount), NULL, 'nothing at all in one step') FROM sale WHERE false;
SELECT is(clv(1, '2024-01-01', 0), 0.0, 'a purchase of 0 is a purchase');

-- NULL
SELECT is(value_summary(customer_id, at, amount)::text, 'v1 decimals=4 key=none records=0 packed=',
    'rows with NULL are skipped')
FROM (VALUES (NULL::bigint, now(), 1.0), (1, NULL, 1), (1, now(), NULL)) AS v (customer_id, at, amount);
SELECT is(format('%s|%s|%s|%s|%s', customers(NULL::value_summary), customers(s, NULL),
    clv(s, '2025-01-01', NULL, 0.3, 5), clv(s, '2025-01-01', 0.2, NULL), clv(s, '2025-01-01', 0.2, 0.3, NULL)),
    '||||', 'NULL arguments') FROM state;
SELECT is((SELECT count(*) FROM customer_history(s, NULL, 'UTC', 'day')), 0::bigint, 'and of customer_history')
FROM state;

-- the year: 12 months of the UTC calendar, with the first moment, without as_of
SELECT is(purchases(s, as_of::timestamptz), expected::bigint, 'a purchase at ' || at || ' in the year before ' || as_of)
FROM (VALUES ('2024-01-01 00:00+00', '2025-01-01 00:00+00', 1), ('2024-01-01 00:00+00', '2024-01-01 00:00+00', 0),
             ('2024-01-01 00:00+00', '2024-01-01 00:00:00.000001+00', 1),
             ('2024-01-01 00:00+00', '2025-01-01 00:00:00.000001+00', 0),
             ('2024-12-31 23:59:59.999999+00', '2025-01-01 00:00+00', 1),
             ('2023-02-28 00:00+00', '2024-02-29 00:00+00', 1),
             ('2023-12-31 17:00+00', '2025-01-01 00:00+07', 1), ('2023-12-31 16:59:59+00', '2025-01-01 00:00+07', 0),
             ('4714-11-24 00:00+00 BC', '4713-11-24 00:00+00 BC', 1),
             ('294276-12-31 00:00+00', '294276-12-31 23:00+00', 1)) AS v (at, as_of, expected),
     LATERAL (SELECT value_summary(1, t::timestamptz, 1) AS s FROM unnest(ARRAY[at]) AS t) AS t;

-- the formula, and its parts
SELECT is(avg_lifespan(churn), expected, format('lifespan at %s', churn))
FROM (VALUES (0.25::float8, 4::float8), (1, 1), (0.3, 1 / 0.3::float8), (0.0009765625, 1024), (0, NULL), ('-0', NULL))
    AS v (churn, expected);
SELECT is(avg_lifespan(churn, cap), expected, format('lifespan at %s, at most %s years', churn, cap))
FROM (VALUES (0.25::float8, 5::float8, 4::float8), (0.25, 3, 3), (0, 5, 5), (1, 0.5, 0.5), (5e-324, 7.5, 7.5),
             (0, 1e-300, 1e-300)) AS v (churn, cap, expected);
CREATE TABLE year AS SELECT value_summary(i % 4, '2024-01-01 00:00+00', 25) AS s FROM generate_series(1, 12) AS i;
SELECT is(round(clv(s, '2025-01-01 00:00+00', churn, margin), 8), expected,
    format('formula at %s, margin %s', churn, margin))
FROM year, (VALUES (0.25::float8, 0.4::float8, 120.0), (1, 1, 75), (0, 0.4, NULL), (0.25, 0, 0), (0.3, 0.4, 100))
    AS v (churn, margin, expected);
SELECT is(round(clv(s, '2025-01-01 00:00+00', churn, 0.4, cap), 8), expected,
    format('formula at %s, cap %s', churn, cap))
FROM year, (VALUES (0.25::float8, 5::float8, 120.0), (0.25, 2, 60), (0, 10, 300), (5e-324, 10, 300))
    AS v (churn, cap, expected);

-- ---------------------------------------------------------------------------
-- Random data against plain SQL: few and many purchases, refunds, ties, three kinds of keys
-- ---------------------------------------------------------------------------
SELECT setseed(0.1729) \g /dev/null
CREATE TABLE random_sale AS
SELECT data, (random() ^ 3 * customers)::bigint - customers / 2 AS customer_id,
       timestamptz '2022-01-01 00:00+00' + (random() * span)::bigint * interval '1 s' * step AS at,
       CASE WHEN random() < 0.01 THEN 0
            ELSE round(((random() - refunds) * 10 ^ (random() * digits))::numeric, i % 6) END::numeric(19, 4)
           AS amount
FROM (VALUES ('few customers', 5, 20000, 3e7, 1, 0.1, 3), ('many customers', 3000, 20000, 3e7, 1, 0.05, 3),
             ('many refunds', 300, 2000, 3e7, 1, 0.7, 2), ('whole days', 300, 20000, 1000, 86400, 0.1, 2),
             ('large amounts', 300, 20000, 3e7, 1, 0.3, 14.9), ('one each', 100000, 3000, 3e7, 1, 0.1, 3))
    AS v (data, customers, rows, span, step, refunds, digits), LATERAL generate_series(1, rows) AS i;
ANALYZE random_sale;
CREATE VIEW answer AS
SELECT data, value_summary(customer_id, at, amount) AS s, value_summary(md5(customer_id::text), at, amount) AS by_text,
       value_summary(md5(customer_id::text)::uuid, at, amount) AS by_uuid,
       clv(customer_id, at, amount), clv(md5(customer_id::text), at, amount) AS clv_by_text,
       clv(md5(customer_id::text)::uuid, at, amount) AS clv_by_uuid
FROM random_sale GROUP BY data;
CREATE TABLE random_state AS TABLE answer;

CREATE VIEW truth AS
SELECT data, count(DISTINCT customer_id) FILTER (WHERE amount >= 0) AS c, count(*) FILTER (WHERE amount >= 0) AS p,
       sum(amount) AS r
FROM random_sale GROUP BY data;
SELECT is(ARRAY[customers(s), purchases(s)], ARRAY[c, p], data || ': customers and purchases')
FROM truth JOIN random_state USING (data) ORDER BY data;
SELECT is(ARRAY[revenue(s), avg_purchase_value(s), clv], ARRAY[r, r / p, r / c], data || ': revenue and means')
FROM truth JOIN random_state USING (data) ORDER BY data;
SELECT is(ARRAY[clv_by_text, clv_by_uuid, clv(s), clv(by_text), clv(by_uuid)], array_fill(clv, ARRAY[5]),
    data || ': whatever customers are named by') FROM random_state ORDER BY data;
SELECT is(count(*) FILTER (WHERE customers(s, as_of) = c AND purchases(s, as_of) = p
        AND revenue(s, as_of) = coalesce(r, 0)
        AND avg_purchase_value(s, as_of) IS NOT DISTINCT FROM r / nullif(p, 0)
        AND purchase_frequency(s, as_of) IS NOT DISTINCT FROM p::float8 / nullif(c, 0)
        AND customer_value(s, as_of) IS NOT DISTINCT FROM r / nullif(c, 0)
        -- which are divided last
        AND clv(s, as_of, 0.07, 0.3) IS NOT DISTINCT FROM r * avg_lifespan(0.07)::numeric * 0.3 / nullif(c, 0)
        AND clv(by_uuid, as_of, 0.07, 0.3, 11.5) IS NOT DISTINCT FROM r * 11.5 * 0.3 / nullif(c, 0)),
    count(*), data || ': years')
FROM random_state,
     LATERAL (SELECT timestamptz '2021-12-31 12:00+00' + i * interval '73 days 7 h' AS as_of
              FROM generate_series(0, 20) AS i) AS y,
     LATERAL (SELECT count(DISTINCT customer_id) FILTER (WHERE amount >= 0) AS c,
                     count(*) FILTER (WHERE amount >= 0) AS p, sum(amount) AS r
              FROM random_sale AS v
              WHERE v.data = random_state.data AND at < as_of
                AND at >= (as_of AT TIME ZONE 'UTC' - interval '12 months') AT TIME ZONE 'UTC') AS x
GROUP BY data ORDER BY data;
SELECT results_eq(format($$
    SELECT h.* FROM random_state, customer_history(%I) AS h WHERE data = %L
    ORDER BY h.revenue, purchases, first_at, last_at$$, state, data), format($$
    SELECT count(*) FILTER (WHERE amount >= 0), sum(amount), min(at) FILTER (WHERE amount >= 0),
           max(at) FILTER (WHERE amount >= 0)
    FROM random_sale WHERE data = %L GROUP BY customer_id ORDER BY 2, 1, 3, 4$$, data),
    data || ': histories, ' || state)
FROM random_state, unnest('{s,by_text,by_uuid}'::text[]) AS state ORDER BY data, state;

-- The same in local days; clocks are set on the way, and offsets are not whole hours.
CREATE FUNCTION history(data text, to_day date, zone text, per float8) RETURNS TABLE (
    purchases bigint, revenue numeric, first_at timestamptz, last_at timestamptz, frequency bigint,
    recency float8, age float8, mean_value numeric
) LANGUAGE sql AS $$
    WITH local AS (
        SELECT *, (at AT TIME ZONE zone)::date AS day FROM random_sale WHERE data = $1
    ), shown AS (
        SELECT *, min(day) FILTER (WHERE amount >= 0) OVER (PARTITION BY customer_id) AS first_day
        FROM local WHERE day <= to_day
    )
    SELECT count(*) FILTER (WHERE amount >= 0), sum(amount), min(at) FILTER (WHERE amount >= 0),
           max(at) FILTER (WHERE amount >= 0), count(DISTINCT day) FILTER (WHERE amount >= 0) - 1,
           (max(day) FILTER (WHERE amount >= 0) - min(first_day)) / per, (to_day - min(first_day)) / per,
           sum(amount) FILTER (WHERE day > first_day)
               / nullif(count(DISTINCT day) FILTER (WHERE amount >= 0) - 1, 0)
    FROM shown GROUP BY customer_id HAVING count(*) FILTER (WHERE amount >= 0) > 0 $$;
SELECT results_eq(
    format('SELECT h.* FROM random_state, customer_history(s, %L, %L, %L) AS h WHERE data = %L ORDER BY h',
           to_day, zone, unit, data),
    format('SELECT * FROM history(%L, %L, %L, %s) AS h ORDER BY h', data, to_day, zone, per),
    format('%s: days of %s up to %s', data, zone, to_day))
FROM (VALUES ('few customers', date '2022-12-31', 'America/New_York', 'day', 1),
             ('many customers', '2022-09-30', 'Asia/Kolkata', 'week', 7),
             ('many customers', '2022-11-05', 'Australia/Lord_Howe', 'week', 7),
             ('many refunds', '2022-10-30', 'Europe/Berlin', 'day', 1), ('whole days', '2024-01-01', 'UTC', 'week', 7),
             ('whole days', '2024-01-01', 'America/St_Johns', 'day', 1),
             ('one each', '2022-06-01', 'Asia/Tehran', 'day', 1))
    AS v (data, to_day, zone, unit, per);

-- days by hand: amounts at times, and what they are up to to_day in New York, in days
SELECT is((SELECT format('%s %s %s', frequency, recency, age) || ' ' || coalesce(round(mean_value, 2)::text, '-')
           FROM customer_history((SELECT value_summary('ann', split_part(x, '=', 1)::timestamptz,
                                                       split_part(x, '=', 2)::numeric)
                                  FROM unnest(facts) AS x), to_day, 'America/New_York', 'day')), expected, label)
FROM (VALUES
    ('{2024-03-01 12:00+00=5,2024-03-01 20:00+00=6}'::text[], date '2024-03-01', '0 0 0 -', 'two purchases of one day'),
    ('{2024-03-02 04:59:59+00=5,2024-03-02 05:00+00=6}', '2024-03-05', '1 1 4 6.00', 'before and after midnight'),
    ('{2024-03-01 12:00+00=5,2024-03-04 12:00+00=6,2024-03-04 13:00+00=7,2024-03-06 12:00+00=3}', '2024-03-11',
     '2 5 10 8.00', 'all purchases of a day count for its value'),
    ('{2024-03-01 12:00+00=5,2024-03-04 12:00+00=6,2024-03-05 12:00+00=-6}', '2024-03-11', '1 3 10 0.00',
     'a refund is no purchase, but takes off value'),
    ('{2024-03-01 12:00+00=5,2024-03-01 13:00+00=-5,2024-03-04 12:00+00=6}', '2024-03-11', '1 3 10 6.00',
     'on the first day it takes off nothing of later ones'),
    ('{2024-02-01 12:00+00=-5,2024-03-01 12:00+00=5,2024-03-04 12:00+00=6}', '2024-03-11', '1 3 10 6.00',
     'nor before the first purchase'),
    ('{2024-03-01 12:00+00=0,2024-03-04 12:00+00=0}', '2024-03-11', '1 3 10 0.00', 'a purchase of 0 is one'),
    ('{2024-03-01 12:00+00=1,2024-03-12 03:59:59+00=2,2024-03-12 04:00+00=4}', '2024-03-11', '1 10 10 2.00',
     'up to the end of the last day, in summer time'),
    ('{2024-03-01 12:00+00=1,2024-03-05 12:00+00=2,2024-03-12 04:00+00=-4}', '2024-03-11', '1 4 10 2.00',
     'a later refund is not known yet'),
    ('{2024-11-03 05:30+00=1,2024-11-04 04:59+00=2,2024-11-04 05:00+00=4}', '2024-11-05', '1 1 2 4.00',
     'a day of 25 hours'),
    ('{2024-03-01 12:00+00=5}', '5874897-12-31', '0 0 2145023122 -', 'the last date'),
    ('{4714-11-24 12:00+00 BC=5,294276-12-31 12:00+00=7}', '294276-12-31', '1 109203527 109203527 7.00',
     'first and last timestamp')) AS v (facts, to_day, expected, label);
-- In Newfoundland clocks were set from 0:01 back to 23:01, so that a day ended twice. And the rules of a zone go on
-- after the last shift that is listed one by one.
SELECT is(format('%s %s', frequency, recency), expected, label)
FROM (VALUES
    ('{2010-11-06 12:00+00,2010-11-07 02:30:30+00,2010-11-07 02:40+00,2010-11-07 03:40+00}'::timestamptz[],
     'America/St_Johns', '1 1', 'a day that ends twice is one day'),
    ('{2037-11-01 06:00+00,2038-07-01 04:30+00}', 'America/New_York', '1 242', 'summer time after a listed shift'))
    AS v (times, zone, expected, label),
    customer_history((SELECT value_summary(7, at, 1) FROM unnest(times) AS at), '2040-01-01', zone, 'day');
SELECT is((SELECT count(*) FROM customer_history((SELECT s FROM state), '2023-05-31', 'UTC', 'day')), 0::bigint,
    'nobody has bought yet');

-- ---------------------------------------------------------------------------
-- Amounts: every form that numeric has, and the ends of the range
-- ---------------------------------------------------------------------------
CREATE TABLE amount AS
SELECT row_number() OVER () AS i, text::numeric AS amount
FROM unnest(ARRAY['0', '-0', '0.0001', '-0.0001', '0.9999', '1', '-1', '9999', '10000', '10000.0001', '99999999.9999',
    '100000000', '1000000000000', '-899999999999999.9999', '12345678.5', '0.05', '922337203685477.5807',
    '-922337203685477.5807', '-922337203685477.5808', '900000000000000', '1.5' || repeat('0', 100),
    '-20000.' || repeat('0', 100)]) AS text;
INSERT INTO amount
SELECT 100 + i, round(((random() - 0.5) * 10 ^ (random() * 17 - 2))::numeric, i % 5) FROM generate_series(1, 5000) AS i;
-- both as they are stored, with a short header, and as they are computed
SELECT is(count(*) FILTER (WHERE revenue(a) = amount AND scale(revenue(a)) = 4 AND revenue(b) = amount
        AND purchases(a) = (amount >= 0)::int), 5022::bigint, 'every amount comes back')
FROM (SELECT i, amount, value_summary(1, '2024-01-01', amount) AS a, value_summary(1, '2024-01-01', amount + 0) AS b
      FROM amount GROUP BY i, amount) AS t;
SELECT is(ARRAY[revenue(s), clv(s)], ARRAY[total, total], 'and so does their sum')
FROM (SELECT value_summary(1, '2024-01-01', amount) AS s, sum(amount) AS total FROM amount) AS t;
SELECT is(revenue(s), 100000 * amount, 'a sum beyond bigint: ' || amount)
FROM (SELECT amount, value_summary(i, '2024-01-01', amount) AS s
      FROM unnest('{922337203685477.5807,-922337203685477.5808}'::numeric[]) AS amount, generate_series(1, 100000) AS i
      GROUP BY amount) AS t;
SELECT throws_ok(format('SELECT value_summary(1, now(), %s)', amount), code, message, label)
FROM (VALUES
    ('922337203685477.5808', '22003', 'amount 922337203685477.5808 is out of range', 'above the range'),
    ('-922337203685477.5809', '22003', 'amount -922337203685477.5809 is out of range', 'below the range'),
    ('9999999999999999', '22003', 'amount 9999999999999999 is out of range', 'as many groups of digits'),
    ('10000000000000000', '22003', 'amount 10000000000000000 is out of range', 'more groups of digits'),
    ('1e160', '22003', NULL, 'a long number'), ('1e300', '22003', NULL, 'a longer number'),
    ('-1e131071', '22003', NULL, 'the largest numeric'),
    ('0.00005', '22023', 'amount 0.00005 has more than 4 decimal places', 'five decimals'),
    ('-12.345678', '22023', 'amount -12.345678 has more than 4 decimal places', 'six decimals'),
    ('1e-300', '22023', NULL, 'a tiny number'), ('1e-16000', '22023', NULL, 'a tinier number'),
    ('12345678901234567890.12345', '22023', NULL, 'both'), ('1 / 3.0', '22023', NULL, 'one third'),
    ($$'NaN'::numeric$$, '22023', 'amount is NaN', 'NaN'),
    ($$'infinity'::numeric$$, '22023', 'amount is Infinity', 'infinity'),
    ($$'-infinity'::numeric$$, '22023', 'amount is -Infinity', '-infinity')) AS v (amount, code, message, label);
-- one that is compressed, too
CREATE TABLE toasted AS SELECT (repeat('1234', 10000) || '.5')::numeric AS amount;
SELECT isnt(pg_column_compression(amount), NULL, 'a number of 40,000 digits, compressed') FROM toasted;
SELECT throws_ok('SELECT value_summary(1, now(), amount) FROM toasted', '22003', NULL, 'which is out of range');

-- ---------------------------------------------------------------------------
-- A customer with a million purchases, windows, and stored summaries
-- ---------------------------------------------------------------------------
CREATE TABLE big_sale AS
SELECT CASE WHEN i % 1000 = 0 THEN i ELSE 42 END AS customer_id,
       timestamptz '2024-01-01 00:00+00' + i * 7919::bigint % 1001001 * interval '31 s' AS at,
       CASE WHEN i % 100 = 1 THEN -1 ELSE (i % 1000) / 100.0 END AS amount
FROM generate_series(1, 1001001) AS i;
CREATE TABLE big AS SELECT value_summary(customer_id, at, amount) AS s FROM big_sale;
SELECT is(ARRAY[customers(s), purchases(s), revenue(s)],
    ARRAY[1002, (SELECT count(*) FROM big_sale WHERE amount >= 0), (SELECT sum(amount) FROM big_sale)],
    'a million purchases, nearly all of one customer') FROM big;
SELECT is(max(h.purchases), (SELECT count(*) FROM big_sale WHERE customer_id = 42 AND amount >= 0),
    'which are found again') FROM big, customer_history(s) AS h;
SELECT is(max(frequency), (SELECT count(DISTINCT (at AT TIME ZONE 'UTC')::date) - 1 FROM big_sale
                           WHERE customer_id = 42 AND amount >= 0), 'and their days')
FROM big, customer_history(s, '2024-12-31', 'UTC', 'day') AS h;
SELECT is(count(*) FILTER (WHERE clv = total / nullif(customers(s), 0)), 1000::bigint, 'a growing window')
FROM (SELECT clv(customer_id, at, amount) OVER w, sum(amount) OVER w AS total,
             value_summary(customer_id, at, amount) OVER w AS s
      FROM random_sale WHERE data = 'many customers' AND amount >= 0
      WINDOW w AS (ORDER BY at, customer_id, amount ROWS UNBOUNDED PRECEDING) LIMIT 1000) AS t;
CREATE TABLE monthly AS
SELECT data, date_trunc('month', at) AS month, value_summary(customer_id, at, amount) AS s
FROM random_sale GROUP BY 1, 2;
SELECT is(r.s, random_state.s, data || ': months roll up')
FROM (SELECT data, rollup(s) AS s FROM monthly GROUP BY data) AS r JOIN random_state USING (data) ORDER BY data;
SELECT is(s + s, (SELECT value_summary(customer_id, at, amount) FROM (TABLE sale UNION ALL TABLE sale) AS t),
    'the same purchase twice is two purchases') FROM state;

-- ---------------------------------------------------------------------------
-- Overloads and errors
-- ---------------------------------------------------------------------------
SELECT is(value_summary(1::int, now(), 1), value_summary(1::bigint, now(), 1.0), 'an integer key, an integer amount');
SELECT is(value_summary('a'::varchar, now(), 1), value_summary('a'::text, now(), 1), 'a varchar key');
SELECT throws_ok(replace(call, 'STATE', quote_literal(s) || '::value_summary'), code, message, call)
FROM state, (VALUES
    ('22008', $$SELECT value_summary(1, 'infinity', 1)$$, 'the time of a purchase is infinity'),
    ('22008', $$SELECT clv('a'::text, '-infinity', 1)$$, 'the time of a purchase is -infinity'),
    ('22008', $$SELECT customers(STATE, 'infinity')$$, 'as_of is infinity'),
    ('22008', $$SELECT clv(STATE, '-infinity', 0.1, 0.3)$$, 'as_of is -infinity'),
    ('22008', $$SELECT revenue(STATE, '4714-11-25 00:00+00 BC')$$, 'timestamp out of range'),
    ('22023', $$SELECT avg_lifespan(-0.01)$$, 'yearly churn -0.01 is out of range'),
    ('22023', $$SELECT avg_lifespan(1.01, 5)$$, 'yearly churn 1.01 is out of range'),
    ('22023', $$SELECT avg_lifespan('NaN')$$, NULL),
    ('22023', $$SELECT clv(STATE, '2025-01-01', 25, 0.3)$$, 'yearly churn 25 is out of range'),
    ('22023', $$SELECT clv(STATE, '2025-01-01', 'infinity', 0.3, 5)$$, NULL),
    ('22023', $$SELECT clv(STATE, '2025-01-01', 0.1, 30)$$, 'margin 30 is out of range'),
    ('22023', $$SELECT clv(STATE, '2025-01-01', 0.1, -0.1, 5)$$, 'margin -0.1 is out of range'),
    ('22023', $$SELECT clv(STATE, '2025-01-01', 0, 'NaN')$$, NULL),
    ('22023', $$SELECT clv(STATE, '2025-01-01', 0.1, 0.3, -1)$$, 'cap of -1 years is out of range'),
    ('22023', $$SELECT avg_lifespan(0.1, 0)$$, 'cap of 0 years is out of range'),
    ('22023', $$SELECT avg_lifespan(0.1, 'infinity')$$, NULL), ('22023', $$SELECT avg_lifespan(0.1, 'NaN')$$, NULL),
    ('22003', $$SELECT avg_lifespan(5e-324)$$, NULL),
    ('22023', $$SELECT count(*) FROM customer_history(STATE, '2025-01-01', 'Mars/Olympus', 'day')$$,
        'time zone "Mars/Olympus" not recognized'),
    ('22023', $$SELECT count(*) FROM customer_history(STATE, '2025-01-01', 'UTC', 'month')$$, 'unknown unit "month"'),
    ('22008', $$SELECT count(*) FROM customer_history(STATE, 'infinity', 'UTC', 'day')$$, 'last day is infinity'),
    ('22023', $$SELECT value_summary(1, now(), 1) + value_summary('a'::text, now(), 1)$$,
        'summaries of customers of type bigint and of type text do not combine'),
    ('22P02', $$SELECT 'v1 decimals=2 key=none records=0 packed='::value_summary$$, NULL)) AS v (code, call, message);

-- ---------------------------------------------------------------------------
-- Real data: 6,919 purchases of CDs by 2,357 customers
-- ---------------------------------------------------------------------------
\if :has_data
CREATE TABLE line (line text);
\copy line FROM PROGRAM 'tr -d "\015" < "$DATA/cdnow/CDNOW_sample.txt"'
CREATE TABLE cdnow AS
SELECT f[2]::int AS customer_id, f[3]::timestamp AT TIME ZONE 'UTC' AS at, f[5]::numeric AS amount
FROM line, LATERAL string_to_array(regexp_replace(trim(line), ' +', ' ', 'g'), ' ') AS f;
CREATE TABLE cd_state AS SELECT value_summary(customer_id, at, amount) AS s FROM cdnow;
CREATE TABLE cd AS SELECT h.* FROM cd_state, customer_history(s, '1997-09-30', 'UTC', 'week') AS h;
SELECT is(ARRAY[customers(s), purchases(s), revenue(s)], '{2357,6919,244091.94}', 'CDs: customers, purchases, revenue')
FROM cd_state;
-- P. Fader, B. Hardie and K. L. Lee, "Counting Your Customers the Easy Way", Marketing Science 24, 2005
SELECT results_eq('SELECT least(frequency, 7), count(*) FROM cd GROUP BY 1 ORDER BY 1',
    'VALUES (0::bigint, 1411::bigint), (1, 439), (2, 214), (3, 100), (4, 62), (5, 38), (6, 29), (7, 64)',
    'CDs: the published numbers of customers by repeat purchases in 39 weeks');
SELECT results_eq('SELECT round(min(age)::numeric, 2), round(max(age)::numeric, 2) FROM cd', 'VALUES (27.00, 38.86)',
    'CDs: weeks since the first purchase, as published');
SELECT is(count(*), 1::bigint, 'CDs: the customer of the published example, 2 purchases, the last after 30.43 weeks')
FROM cd WHERE frequency = 2 AND round(recency::numeric, 2) = 30.43 AND round(age::numeric, 2) = 38.86
    AND mean_value = 22.345;
SELECT is(format('%s %s', count(mean_value), round(avg(mean_value), 2)), '946 35.08',
    'CDs: 946 customers came again, and spent 35.08 each time') FROM cd;
\else
SELECT skip('no data: CRMKPI_DATA does not name a directory with cdnow/CDNOW_sample.txt', 5);
\endif
SELECT * FROM finish();
ROLLBACK;
