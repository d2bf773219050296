-- Retention, customer value and cost: small cases of every class of customer, rows that no table would take, and the
-- CD purchases of 2,357 real customers. The data of these are not part of the project: the environment variable
-- CRMKPI_DATA names the directory that holds cdnow; without it they are skipped.

\set data `cd "${CRMKPI_DATA:-../shared/data}" 2>/dev/null && pwd`
\setenv DATA :data
\set has_data `[ -f "$DATA/cdnow/CDNOW_sample.txt" ] && echo true || echo false`

BEGIN;
SELECT no_plan();
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL jit = off;
\o /dev/null
SELECT crmkpi.create_mart('mart_retained');
\o
SET LOCAL search_path = mart_retained, public, pg_temp;
UPDATE setting SET value = '2025-06-20 12:00+00' WHERE name = 'as_of';

-- ---------------------------------------------------------------------------
-- Every class of customer
-- ---------------------------------------------------------------------------

-- Months with S active at the start, E at the end, n new, l lost, r returned, u upsold
CREATE FUNCTION pg_temp.life(who text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(to_char(period_start, 'MM') || ' ' || concat(CASE WHEN active_start THEN 'S' END,
        CASE WHEN active_end THEN 'E' END, CASE WHEN is_new THEN 'n' END, CASE WHEN is_lost THEN 'l' END,
        CASE WHEN is_returned THEN 'r' END, CASE WHEN is_upsold THEN 'u' END), ', ' ORDER BY period_start), 'nothing')
    FROM mart_retained.customer_month WHERE customer_id = who
$$;
INSERT INTO customer_period (customer_id, started_at, ended_at, monthly_value)
SELECT 'contract ' || who, f, t, v
FROM (VALUES ('lost and back in a month', timestamptz '2025-01-10', timestamptz '2025-03-05', 10),
    ('lost and back in a month', '2025-03-20', NULL, 12),
    ('new and lost in a month', '2025-02-03', '2025-02-20', 10),
    ('gap of a day', '2025-01-05', '2025-02-10', 10), ('gap of a day', '2025-02-11', '2025-03-15', 10),
    ('gap of a day at month end', '2025-01-05', '2025-01-31', 10),
    ('gap of a day at month end', '2025-02-01', '2025-03-15', 10),
    ('renewed at month end', '2025-01-05', '2025-02-01', 10), ('renewed at month end', '2025-02-01', '2025-03-15', 11),
    ('overlap', '2025-01-05', '2025-04-10', 10), ('overlap', '2025-02-01', '2025-03-03', 7),
    ('overlap', '2025-02-15', '2025-03-20', NULL),
    ('open', '2025-05-01', NULL, NULL), ('to the first of a month', '2025-01-05', '2025-03-01', 10),
    ('from a first, a month', '2025-03-01', '2025-04-01', 10),
    ('ends after now', '2025-05-10', '2025-06-25', 10), ('ends now', '2025-05-10', '2025-06-20 12:00+00', 10),
    ('begins now', '2025-06-20 12:00+00', NULL, 10), ('begins after now', '2025-06-20 12:01+00', NULL, 10),
    ('without sales', '2025-05-10', NULL, 10), ('beside purchases', '2025-02-05', '2025-03-10', 10)) c (who, f, t, v);
INSERT INTO sale (sale_id, customer_id, sold_at, amount, kind)
SELECT 'S' || row_number() OVER (), who, at, amount, kind
FROM (VALUES ('contract beside purchases', timestamptz '2025-01-20', 5, 'new'),
    ('contract beside purchases', '2025-04-20', 6, 'upsell'),
    ('once', '2025-01-10', 10, 'new'), ('just before', '2024-12-31 23:59:59.999999+00', 10, 'new'),
    ('at midnight', '2025-01-01', 10, 'new'), ('returns', '2025-01-10', 10, 'new'),
    ('returns', '2025-06-05', 10, 'repeat'),
    ('back in a month', '2025-01-05', 10, 'new'), ('back in a month', '2025-04-20', 10, 'repeat'),
    ('refund only', '2025-03-05', -10, 'refund'), ('refund first', '2025-02-05', -10, 'refund'),
    ('refund first', '2025-04-05', 10, 'new'),
    ('refund after', '2025-01-10', 10, 'new'), ('refund after', '2025-05-10', -10, 'refund'),
    ('refund between', '2025-01-10', 10, 'new'), ('refund between', '2025-02-10', -4, 'refund'),
    ('upsold', '2025-04-10', 10, 'upsell'), ('upsold', '2025-05-10', 10, 'cross_sell'),
    ('upsold', '2025-05-11', 3, 'upsell'),
    ('now', '2025-06-20 12:00+00', 10, 'new'), ('after now', '2025-06-20 12:01+00', 10, 'new'),
    ('free', '2025-05-05', 0, 'new'), ('just gone', '2025-03-22 12:00+00', 10, 'new'),
    ('hardly there', '2025-03-22 12:00:00.000001+00', 10, 'new')) s (who, at, amount, kind);

CREATE TEMP TABLE expected (who text, life text);
INSERT INTO expected VALUES
    ('contract lost and back in a month', '01 En, 02 SE, 03 SE, 04 SE, 05 SE, 06 SE'),
    ('contract new and lost in a month', '02 n'),
    ('contract gap of a day', '01 En, 02 SE, 03 Sl'),
    ('contract gap of a day at month end', '01 n, 02 Er, 03 Sl'),
    ('contract renewed at month end', '01 En, 02 SE, 03 Sl'),
    ('contract overlap', '01 En, 02 SE, 03 SE, 04 Sl'),
    ('contract open', '05 En, 06 SE'),
    ('contract to the first of a month', '01 En, 02 SE, 03 Sl'),
    ('contract from a first, a month', '03 En, 04 Sl'),
    ('contract ends after now', '05 En, 06 SE'), ('contract ends now', '05 En, 06 Sl'),
    ('contract begins now', '06 En'), ('contract begins after now', 'nothing'),
    ('contract without sales', '05 En, 06 SE'),
    -- purchases of a customer who has a contract do not keep the customer
    ('contract beside purchases', '01 , 02 En, 03 Sl, 04 '),
    ('once', '01 En, 02 SE, 03 SE, 04 Sl'), ('just before', '12 En, 01 SE, 02 SE, 03 Sl'),
    -- ninety days later it is the midnight of 1 April
    ('at midnight', '01 En, 02 SE, 03 SE, 04 Sl'),
    ('returns', '01 En, 02 SE, 03 SE, 04 Sl, 06 Er'), ('back in a month', '01 En, 02 SE, 03 SE, 04 SE, 05 SE, 06 SE'),
    ('refund only', '03 '), ('refund first', '02 , 04 En, 05 SE, 06 SE'),
    ('refund after', '01 En, 02 SE, 03 SE, 04 Sl, 05 '), ('refund between', '01 En, 02 SE, 03 SE, 04 Sl'),
    ('upsold', '04 En, 05 SEu, 06 SE'), ('now', '06 En'), ('after now', 'nothing'), ('free', '05 En, 06 SE'),
    ('just gone', '03 En, 04 SE, 05 SE, 06 Sl'), ('hardly there', '03 En, 04 SE, 05 SE, 06 SE');
SELECT is(pg_temp.life(who), life, who) FROM expected;
SELECT is(count(*), (SELECT count(*) FROM expected WHERE life <> 'nothing'), 'there is nobody else')
FROM (SELECT DISTINCT customer_id FROM customer_month) c;
SELECT results_eq($$ SELECT recurring_start, recurring_end FROM customer_month
    WHERE customer_id = 'contract overlap' ORDER BY period_start $$,
    'VALUES (NULL::numeric, 10.0000), (10.0, 17.0), (17, 10), (10, NULL::numeric)', 'contracts that overlap are worth their sum');
SELECT results_eq($$ SELECT period_start, purchases, revenue, first_purchase_at, last_purchase_at, revenue_before
    FROM customer_month WHERE customer_id = 'refund between' ORDER BY 1 LIMIT 3 $$,
    $$ VALUES (date '2025-01-01', 1::bigint, 10.0000, timestamptz '2025-01-10', timestamptz '2025-01-10', 0.0000),
        ('2025-02-01', 0, -4, NULL, NULL, 10), ('2025-03-01', 0, 0, NULL, NULL, -4) $$,
    'refunds are netted, and no purchases');

-- The identity (E - N) / S holds where N counts the new and returned who are still there, and only then.
SELECT results_eq($$ SELECT customers_start, retained, lost, new_customers, returned, left_again, customers_end
    FROM retention_dashboard WHERE period_start = '2025-02-01' $$,
    $$ SELECT count(*) FILTER (WHERE life ~ '02 S'), count(*) FILTER (WHERE life ~ '02 SE'),
           count(*) FILTER (WHERE life ~ '02 Sl'), count(*) FILTER (WHERE life ~ '02 E?n'),
           count(*) FILTER (WHERE life ~ '02 Er'), count(*) FILTER (WHERE life ~ '02 n'),
           count(*) FILTER (WHERE life ~ '02 S?E') FROM expected $$, 'February: who came and went is in neither rate');
SELECT is(crr_ratio,
    ((customers_end - (new_customers + returned - left_again))::numeric / customers_start)::numeric(9,6),
    'CRR of ' || period_start) FROM retention_dashboard WHERE customers_start > 0;
SELECT results_eq($$ SELECT customers_start, retained, lost, new_customers, returned, left_again
    FROM retention_dashboard('quarter') WHERE period_start = '2025-01-01' $$,
    -- only "just before" was there before the year
    'VALUES (1::bigint, 0::bigint, 1::bigint, 17::bigint, 0::bigint, 6::bigint)',
    'the first quarter: who was new and returned within it is new');
SELECT results_eq($$ SELECT retained, returned, lost FROM retention_dashboard('year')
    WHERE period_start = '2025-01-01' $$,
    'VALUES (0::bigint, 0::bigint, 1::bigint)', 'the year so far: returns of the new are no returns');

-- Value: contracts by their monthly value, others by what they bought in the month before
SELECT results_eq($$ SELECT start_value, end_value, lost_value, revenue_churn_ratio, net_revenue_retention
    FROM retention_dashboard WHERE period_start = '2025-03-01' $$,
    -- of 10 + 10 + 10 + 11 + 17 + 10 + 10 there are 12 and 10 left; who bought in January brought nothing in February
    'VALUES (78.0000, 22.0000, 58.0000, 0.743590, 0.282051)', 'March: the gain of one does not set off the losses of others');

-- A sale just before midnight at the end of a month
UPDATE setting SET value = 'Asia/Tokyo' WHERE name = 'zone';
SELECT is(pg_temp.life('just before'), '01 En, 02 SE, 03 SE, 04 Sl', 'in Tokyo it was January');
SELECT is(pg_temp.life('contract from a first, a month'), '03 En, 04 Sl', 'midnight in London is day there');
UPDATE setting SET value = 'America/New_York' WHERE name = 'zone';
SELECT is(pg_temp.life('at midnight'), '12 En, 01 SE, 02 SE, 03 Sl', 'in New York it was December');
SELECT is(pg_temp.life('contract from a first, a month'), '02 En, 03 Sl', 'and a contract of March that of February');
UPDATE setting SET value = 'UTC' WHERE name = 'zone';

UPDATE setting SET value = '5 days' WHERE name = 'inactivity_window';
SELECT is(pg_temp.life('once'), '01 n', 'a window within a month: new and gone');
SELECT is(pg_temp.life('returns'), '01 n, 06 r', 'and once more');
SELECT is(pg_temp.life('contract gap of a day'), '01 En, 02 SE, 03 Sl', 'contracts do not mind');
UPDATE setting SET value = '100 years' WHERE name = 'inactivity_window';
SELECT is(pg_temp.life('once'), '01 En, 02 SE, 03 SE, 04 SE, 05 SE, 06 SE', 'a window without an end');
UPDATE setting SET value = '90 days' WHERE name = 'inactivity_window';

-- ---------------------------------------------------------------------------
-- CLV, CAC, payback
-- ---------------------------------------------------------------------------

-- Churn zero: no lifespan, and a CLV with the cap
TRUNCATE customer_period, sale;
INSERT INTO sale (sale_id, customer_id, sold_at, amount, margin, kind)
SELECT concat(who, m), who, m, 100, CASE who WHEN 'a' THEN 40 END, 'repeat'
FROM unnest('{a,b}'::text[]) AS who, generate_series(timestamptz '2024-05-10', '2025-06-10', '1 month') AS m;
INSERT INTO spend (day, cost_type, amount) VALUES ('2024-07-05', 'media', 600), ('2024-07-05', 'service', 50),
    ('2024-06-30', 'sales', 500);
INSERT INTO sale (sale_id, customer_id, sold_at, amount, kind) VALUES ('n', 'c', '2025-06-12', 0, 'new');
SELECT results_eq($$ SELECT year_churn_ratio, lifespan_years, lifespan_is_capped, year_customer_value, margin_share,
        clv_revenue_amount, clv_amount, cac_amount, clv_per_cac, payback_months
    FROM roi_dashboard WHERE period_start = '2025-06-01' $$,
    -- 2,400 of three buyers in a year, five years, 40 % margin; 600 for one new customer
    'VALUES (0.000000, NULL::numeric, true, 800.0000, 0.400000, 4000.0000, 1600.0000, 600.0000, 2.666667, 22.50)',
    'nobody was lost: the lifespan is unknown, and CLV that of the cap');
UPDATE setting SET value = '0.5' WHERE name = 'lifespan_cap_years';
SELECT is(clv_amount, 160.0000, 'which is a setting') FROM roi_dashboard WHERE period_start = '2025-06-01';
UPDATE sale SET margin = NULL;
SELECT results_eq($$ SELECT clv_revenue_amount, clv_amount, clv_per_cac, payback_months FROM roi_dashboard
    WHERE period_start = '2025-06-01' $$, 'VALUES (400.0000, NULL::numeric, NULL::numeric, NULL::numeric)',
    'without any margin known, CLV:CAC and payback are not computed on revenue');
SELECT results_eq($$ SELECT lifespan_is_capped, clv_amount FROM roi_dashboard WHERE period_start = '2024-12-01' $$,
    'VALUES (NULL::boolean, NULL::numeric)', 'before there is a year of customers, there is no CLV');
SELECT is(sum(cac_spend_amount), 1100.0000, 'spend on service wins no customers') FROM cost_per_stage;
UPDATE setting SET value = '11' WHERE name = 'cac_lag_months';
SELECT results_eq('SELECT period_start, cac_spend_amount, new_customers, cost_per_customer FROM cost_per_stage
    WHERE cac_spend_amount > 0 ORDER BY 1', $$ VALUES (date '2025-05-01', 500.0000, 0::bigint, NULL::numeric),
        ('2025-06-01', 600.0000, 1, 600.0000) $$, 'the spend of eleven months ago');
SELECT throws_ok(format('UPDATE setting SET value = %L WHERE name = %L', bad, name), '23514', NULL,
    format('%s = "%s" is refused', name, bad))
FROM (VALUES ('cac_cost_types', 'media, cars'), ('lead_cost_types', ''), ('cac_lag_months', '25'),
    ('cac_lag_months', '-1'), ('lifespan_cap_years', '0'), ('lifespan_cap_years', 'NaN')) v (name, bad);

-- ---------------------------------------------------------------------------
-- Quintiles: equal customers are equal, whatever their number and order
-- ---------------------------------------------------------------------------

TRUNCATE sale;
INSERT INTO sale (sale_id, customer_id, sold_at, amount, kind)
SELECT n, 'C' || n, timestamptz '2025-01-01' + n * interval '1 day', CASE WHEN n <= 8 THEN 10 ELSE 10 * n END, 'new'
FROM generate_series(1, 10) n;
SELECT results_eq('SELECT recency_score, frequency_score, monetary_score FROM customer_value
    ORDER BY first_purchase_at', $$ VALUES (1, 3, 3), (1, 3, 3), (2, 3, 3), (2, 3, 3), (3, 3, 3), (3, 3, 3),
    (4, 3, 3), (4, 3, 3), (5, 3, 5), (5, 3, 5) $$, 'ties share the score of their middle');
DELETE FROM sale WHERE customer_id <> 'C7';
SELECT results_eq('SELECT rfm, rfm_segment, recency_days, purchase_value FROM customer_value',
    $$ VALUES (333, 'need attention', 163, 10.0000) $$, 'one customer is in the middle');
UPDATE sale SET kind = 'refund', amount = -3;
SELECT results_eq('SELECT purchases, refunds, revenue_amount, rfm, rfm_segment FROM customer_value',
    $$ VALUES (0::bigint, 1::bigint, -3.0000, NULL::integer, 'no purchase') $$, 'a refund alone is no purchase');

-- ---------------------------------------------------------------------------
-- What no table would take, but a mapping may bring, and ids of other types
-- ---------------------------------------------------------------------------

\o /dev/null
CREATE SCHEMA dirt;
CREATE TABLE dirt.sale AS TABLE sale WITH NO DATA;
ALTER TABLE dirt.sale ALTER customer_id TYPE integer USING 0;
CREATE TABLE dirt.customer_period AS TABLE customer_period WITH NO DATA;
CREATE TABLE dirt.spend AS TABLE spend WITH NO DATA;
CREATE TABLE dirt.baseline AS TABLE baseline WITH NO DATA;
SELECT crmkpi.map_entity('mart_retained', entity, ('dirt.' || entity)::regclass, true)
FROM unnest('{sale,customer_period,spend,baseline}'::text[]) AS entity;
\o
INSERT INTO dirt.sale (sale_id, customer_id, sold_at, amount, kind)
SELECT concat(c, at, a, k), c, at, a, k
FROM unnest('{1,2,NULL}'::integer[]) c,
    unnest('{-infinity,infinity,NULL,2025-03-03,1900-01-01}'::timestamptz[]) at,
    unnest('{-5,0,7,NULL}'::numeric[]) a, unnest('{new,refund,odd,NULL}'::text[]) k;
INSERT INTO dirt.customer_period (customer_id, started_at, ended_at, monthly_value)
SELECT c, f, t, v FROM unnest('{2,3,NULL}'::text[]) c,
    unnest('{-infinity,infinity,NULL,2025-03-03}'::timestamptz[]) f,
    unnest('{-infinity,infinity,NULL,2025-03-03,2025-02-02,2025-05-05}'::timestamptz[]) t,
    unnest('{-5,NULL}'::numeric[]) v;
INSERT INTO dirt.spend (day, campaign_id, cost_type, channel, amount)
SELECT d, c, k, NULL, a FROM unnest('{-infinity,infinity,NULL,2025-03-03}'::date[]) d,
    unnest('{"",x,NULL}'::text[]) c, unnest('{media,odd,NULL}'::text[]) k, unnest('{-5,NULL,20}'::numeric[]) a;
INSERT INTO dirt.baseline (kpi, scope, from_day, to_day, value, yearly_unit_value)
SELECT k, '', f, t, v, 5 FROM unnest('{win_rate,odd,crr,NULL}'::text[]) k,
    unnest('{-infinity,infinity,NULL,2025-03-03}'::date[]) f, unnest('{-infinity,infinity,NULL,2025-02-02}'::date[]) t,
    unnest('{NULL,0.5}'::numeric[]) v;
SELECT lives_ok('SELECT * FROM ' || name, name || ' stands dirty rows')
FROM unnest('{customer_month,retention_dashboard_by_grain,retention_year,customer_value,cost_per_stage,roi_kpi,
    roi_dashboard}'::text[]) AS name;
SELECT is(pg_temp.life('3'), '03 En, 04 SE, 05 SE, 06 SE', 'contracts with a beginning before their end count');
SELECT results_eq('SELECT sum(media_amount), sum(new_customers) FROM cost_per_stage',
    'SELECT 45.0000, sum(new_customers) FROM retention_dashboard', 'and costs with a day and a type');

-- ---------------------------------------------------------------------------
-- Real data: 6,919 CD purchases
-- ---------------------------------------------------------------------------

\if :has_data
\o /dev/null
SELECT crmkpi.create_mart('mart_cd');
CREATE TABLE dirt.line (line text);
\copy dirt.line FROM PROGRAM 'tr -d "\\r" < "$DATA/cdnow/CDNOW_sample.txt"'
CREATE TABLE dirt.cd AS
SELECT row_number() OVER () AS n, part[2] AS who, part[3]::date AS day, part[5]::numeric AS dollars
FROM dirt.line CROSS JOIN regexp_match(line, '(\S+) +(\S+) +(\S+) +(\S+) +(\S+)') part;
SET LOCAL search_path = mart_cd, public, pg_temp;
UPDATE setting SET value = '1998-07-01' WHERE name = 'as_of';
INSERT INTO sale (sale_id, customer_id, sold_at, amount, kind) SELECT n, who, day, dollars, 'repeat' FROM dirt.cd;
ANALYZE sale;
\o
SELECT results_eq('SELECT sum(purchases), sum(revenue_amount), sum(new_customers) FROM retention_dashboard',
    'SELECT count(*)::numeric, sum(dollars), count(DISTINCT who)::numeric FROM dirt.cd', 'everybody and everything is there');
SELECT is(sum(new_customers), 2357::numeric, '2,357 customers, all won in the first quarter of 1997')
FROM retention_dashboard('quarter') WHERE period_start = '1997-01-01';
-- of each month, those who bought in the 90 days up to its beginning, and up to its end
SELECT results_eq('SELECT period_start, customers_start, retained, lost, returned, buyers, crr_ratio, revenue_amount
    FROM retention_dashboard WHERE period_start < ''1998-07-01'' ORDER BY 1', $$
    WITH month AS (
        SELECT m::date AS starts, (m + interval '1 month')::date AS ends
        FROM generate_series(timestamp '1997-01-01', '1998-06-01', '1 month') m
    ), state AS (
        SELECT starts, who, bool_or(day < starts AND day >= starts - 90) AS s,
            bool_or(day < ends AND day >= ends - 90) AS e, bool_or(day >= starts AND day < ends) AS bought,
            bool_or(day < starts) AS known, sum(dollars) FILTER (WHERE day >= starts AND day < ends) AS dollars
        FROM month CROSS JOIN dirt.cd GROUP BY starts, who
    )
    SELECT starts, count(*) FILTER (WHERE s), count(*) FILTER (WHERE s AND e), count(*) FILTER (WHERE s AND NOT e),
        count(*) FILTER (WHERE bought AND known AND NOT s), count(*) FILTER (WHERE bought),
        round(count(*) FILTER (WHERE s AND e)::numeric / nullif(count(*) FILTER (WHERE s), 0), 6), sum(dollars)
    FROM state GROUP BY starts ORDER BY 1 $$, 'every month');
SELECT results_eq($$ SELECT period_start, customers_start, retained FROM retention_dashboard('year') ORDER BY 1 $$,
    $$ SELECT date '1997-01-01', 0::bigint, 0::bigint
       UNION ALL SELECT '1998-01-01', count(*), count(*) FILTER (WHERE e)
       FROM (SELECT bool_or(day < '1998-01-01' AND day >= date '1998-01-01' - 90) AS s, bool_or(day >= date '1998-07-01' - 89) AS e
             FROM dirt.cd GROUP BY who) x WHERE s ORDER BY 1 $$, 'and the years');
SELECT ok(count(*) > 0 AND bool_and(churn_ratio BETWEEN 0.05 AND 0.6), 'churn is that of a shop')
FROM retention_dashboard WHERE period_start BETWEEN '1997-05-01' AND '1998-06-01';
SELECT results_eq('SELECT historic_clv_amount, buyers_ever FROM roi_dashboard WHERE period_start = ''1998-06-01''',
    'SELECT round(sum(dollars) / count(DISTINCT who), 4), count(DISTINCT who) FROM dirt.cd', 'historic CLV');
SELECT is(max(abs(n - 471.4)) <= 60, true, 'recency and revenue make quintiles of about a fifth')
FROM (SELECT count(*) AS n FROM customer_value GROUP BY recency_score
      UNION ALL SELECT count(*) FROM customer_value GROUP BY monetary_score) f;
-- 1,165 bought once, who stand at a quarter of all, 435 twice, ...
SELECT results_eq('SELECT purchases, count(*), min(frequency_score), max(frequency_score) FROM customer_value GROUP BY 1
    ORDER BY 1', $$
    SELECT n, of, score, score FROM (
        SELECT n, count(*) AS of, floor(5 * (sum(count(*)) OVER (ORDER BY n) - count(*) / 2.0) / sum(count(*)) OVER ())::integer
            + 1 AS score
        FROM (SELECT count(*) AS n FROM dirt.cd GROUP BY who) c GROUP BY n) s ORDER BY n $$,
    'those who bought equally often score alike');
SELECT results_eq('SELECT cohort_start, period_no, customers, retained, retained_rolling, is_complete FROM cohort_retention
    ORDER BY 1, 2', $$
    WITH life AS (
        SELECT who, date_trunc('month', min(day)) AS first_month, date_trunc('month', max(day)) AS last_month
        FROM dirt.cd GROUP BY who
    ), cell AS (
        SELECT first_month, row_number() OVER (PARTITION BY first_month ORDER BY month)::integer - 1 AS period_no, month
        FROM (SELECT DISTINCT first_month FROM life) f, generate_series(first_month, timestamp '1998-07-01', '1 month') month
    )
    SELECT first_month::date, period_no, (SELECT count(*) FROM life l WHERE l.first_month = c.first_month),
        (SELECT count(*) FROM life l WHERE l.first_month = c.first_month AND EXISTS (
            SELECT FROM dirt.cd WHERE cd.who = l.who AND date_trunc('month', day) = month)),
        (SELECT count(*) FROM life l WHERE l.first_month = c.first_month AND last_month >= month), month < '1998-07-01'
    FROM cell c ORDER BY 1, 2 $$, 'cohorts of the first three months, and who came again');
SELECT results_eq('SELECT cohort_start, customers FROM cohort_retention WHERE period_no = 0 ORDER BY 1',
    $$ SELECT date_trunc('month', first_day)::date, count(*) FROM (SELECT min(day) AS first_day FROM dirt.cd GROUP BY who) f
       GROUP BY 1 ORDER BY 1 $$, 'three cohorts, 2,357 customers');
\else
SELECT skip('no data: CRMKPI_DATA does not name a directory with cdnow', 10);
\endif

SELECT * FROM finish();
ROLLBACK;
