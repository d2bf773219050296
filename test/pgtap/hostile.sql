-- Hostile input: whatever bytes come in, there is a value or an error of SQLSTATE class 22 (data exception), or 08P01
-- (a message shorter than it says). What is accepted is a whole value: it goes out and in again unchanged, and every
-- function of it gives a value or an error of class 22.
BEGIN;
CREATE SCHEMA hostile;
SET LOCAL search_path = hostile, public, crmkpi;
SET LOCAL timezone = 'UTC';
SET LOCAL client_min_messages = warning; -- a fit without a maximum gives a NOTICE
SELECT * FROM no_plan();

-- ---------------------------------------------------------------------------
-- Valid values to start from, and the functions that are tried on what is accepted
-- ---------------------------------------------------------------------------
CREATE TABLE seed (no serial, type text, value text);
INSERT INTO seed (type, value) VALUES
    ('rate_summary', 'v1 hits=0 total=0'), ('rate_summary', 'v1 hits=3 total=12'),
    ('rate_summary', 'v1 hits=9223372036854775806 total=9223372036854775807'),
    ('rate_summary', 'v1 hits=1 total=2 hit_micros=1500000 total_micros=2500001'),
    ('rate_summary', 'v1 hits=1 total=2 hit_micros=1 total_micros=170141183460469231731687303715884105727'),
    ('nps_summary', 'v1 promoters=0 passives=0 detractors=0'), ('nps_summary',
        'v1 promoters=10 passives=2 detractors=31'),
    ('nps_summary', 'v1 promoters=1 passives=9223372036854775805 detractors=1 scale_min=1'),
    ('duration_summary', 'v1 items=0 total=0'),
    ('duration_summary', 'v1 items=0 total=0 shortest=0 longest=0 squares=' || repeat('0', 48) || ' buckets='),
    ('duration_summary', 'v1 items=2 total=9223372036854775807 shortest=0 longest=9223372036854775807 squares='
                         || '00000000000000003fffffffffffffff0000000000000001 buckets=0:1,3711:1'),
    ('duration_summary', 'v1 items=9223372036854775807 total=5 shortest=0 longest=1 squares=' || repeat('0', 47) || '5'
                         || ' buckets=0:9223372036854775802,1:5');
INSERT INTO seed (type, value)
SELECT 'duration_summary', duration_summary(i * i * interval '61 s')::text FROM generate_series(1, 40) AS i
UNION ALL SELECT 'duration_summary', duration_summary(interval '1 us' * (i % 4))::text
FROM generate_series(1, 600) AS i
UNION ALL SELECT 'duration_summary', 'v1 items=3 total=123456789';
INSERT INTO seed (type, value) VALUES
    ('visit_summary', 'v1 agents=unknown events='), ('visit_summary', 'v1 agents=unknown events=789:0:open'),
    ('visit_summary', 'v1 agents=unknown events=-211813488000000000:-2147483648:new,0:0:pending,0:0:hold,'
                      '9223371331199999999:2147483647:solved'),
    ('visit_summary', 'v1 agents=known events=5:0:won,6:1:lost:00000000000000ff,6:1:lost:ffffffffffffffff'),
    ('visit_summary', 'v1 agents=known events=1000:0:closed,20000:0:open:0123456789abcdef,20001:0:new');
INSERT INTO seed (type, value)
VALUES ('backlog_summary', 'v1 opened=0 closed=0 quarters='),
    ('backlog_summary', 'v1 opened=1 closed=0 quarters=0:1:0'),
    ('backlog_summary', 'v1 opened=3 closed=2 quarters=236189952:2:0,236189969:1:1,236190047:0:1'),
    ('backlog_summary', 'v1 opened=9223372036854775807 closed=9223372036854775806 '
                        'quarters=235348320:9223372036854775807:4294967296,1918385759:0:9223372032559808510');
INSERT INTO seed (type, value)
SELECT 'backlog_summary', backlog_summary(at, at + i % 7 * interval '13 min')::text
FROM (SELECT i, timestamptz '2024-01-01' + i * interval '3 h' AS at FROM generate_series(1, 30) AS i) AS t;
INSERT INTO seed (type, value) VALUES
    ('survival_summary', 'v1 durations='), ('survival_summary', 'v1 durations=0:1:0'),
    ('survival_summary', 'v1 durations=86400000000:12:7,172800000000:0:3,259200000000:5:0'),
    ('survival_summary', 'v1 durations=5:9223372036854775805:1,9223372036854775807:0:1');
INSERT INTO seed (type, value)
SELECT 'survival_summary', survival_summary(i * 7919 % 1013 * interval '1 h', i % 3 = 0)::text
FROM generate_series(1, 40) AS i;
INSERT INTO seed (type, value) VALUES
    ('window_funnel_summary', 'v1 steps=0 months=0 within=0 mode= events='),
    ('window_funnel_summary', 'v1 steps=3 months=0 within=86400000000 mode= events=-5:1,0:7,0:7,1000:2,20000:4'),
    ('window_funnel_summary', 'v1 steps=32 months=2147483647 within=9223372036854775807 mode=increase '
                              'events=-211813488000000000:1,5:4294967295,9223371331199999999:2147483648'),
    ('window_funnel_summary', 'v1 steps=3 months=1 within=5 mode=once,order,deduplication '
                              'events=0:0,0:1,1:0,1:2,1:3,1:5,2:0,2:6'),
    ('window_funnel_summary', 'v1 steps=4 months=0 within=9 mode=increase,once,order events='),
    ('retention_summary', 'v1 conditions=0 met=0'), ('retention_summary', 'v1 conditions=3 met=5'),
    ('retention_summary', 'v1 conditions=32 met=4294967295'), ('retention_summary', 'v1 conditions=1 met=0');
INSERT INTO seed (type, value) VALUES
    ('funnel_summary', 'v1 months=0 within=0 mode= steps= ended= times= key=none records=0 packed='),
    ('funnel_summary', 'v1 months=1 within=5 mode=increase,deduplication steps=''a'',''it''''s'','''' ended= times= key=none '
                       'records=0 packed=');
INSERT INTO seed (type, value)
SELECT 'funnel_summary', unnest(ARRAY[
    funnel_summary(i % 3, at, step, '{a,b,c}', '1 day')::text,
    funnel_summary((i % 3)::text, at, step, '{a,b,c}', '1 day', 'strict_order')::text,
    funnel_summary(md5((i % 3)::text)::uuid, at, step, '{a,b}', '1 month', 'strict_once')::text,
    funnel(i % 3, at, step, '{a,b}', '1 day')::text, funnel(1, at, step, '{a}', '1 day')::text,
    (funnel(i % 3, at, step, '{a,b}', '1 day') + funnel_summary(i % 3, at, step, '{a,b}', '1 day'))::text])
FROM (SELECT i, timestamptz '2024-01-01' + i * 7919 % 101 * interval '7 min' AS at, substr('abcx', 1 + i * 31 % 4, 1) AS step
      FROM generate_series(1, 12) AS i) AS e;
INSERT INTO seed (type, value)
SELECT 'response_summary', s::text
FROM (SELECT response_summary(i % 5, timestamptz '2024-01-01' + i * 7919 % 1013 * interval '1 h', direction),
             response(i % 7, timestamptz '2024-01-01' + i * 7919 % 1013 * interval '1 min', direction),
             response_summary(md5((i % 3)::text), timestamptz '2024-01-01' + i * 7919 % 1013 * interval '1 us', direction)
                 + 'v1 ended=0:5:0:1,9223372036854775801:0:0:0 times= key=none records=0 packed='
      FROM generate_series(1, 40) AS i,
           LATERAL (SELECT ('{out,out,in,out,unsubscribe,out,out,block}'::text[])[1 + i * 6271 % 8] AS direction) AS d
     ) AS t (a, b, c), LATERAL (VALUES (1, a), (2, b), (3, c), (4, 'v1 ended= times= key=none records=0 packed='))
         AS v (no, s)
ORDER BY no;
INSERT INTO seed (type, value) VALUES
    ('bgnbd_summary', 'v1 customers='), ('bgnbd_summary', 'v1 customers=0:0:0:1'),
    ('bgnbd_summary', 'v1 customers=0:0:38.86:12,1:0.5:38.86:3,2:30.43:38.86:7,60:1e-50:1e+50:1'),
    ('bgnbd_summary', 'v1 customers=2147483647:3:4:9223372036854775806,2147483647:5:5:1'),
    ('gamma_gamma_summary', 'v1 customers='), ('gamma_gamma_summary', 'v1 customers=1:22.5:12,1:35:7,3:0.5:1,40:12:2'),
    ('gamma_gamma_summary', 'v1 customers=1:1e-50:1,2:1e+50:9223372036854775805,2147483647:1e+50:1'),
    ('bgnbd_model',
        'v1 r=0.243 alpha=4.414 a=0.793 b=2.426 log_likelihood=-9582.4 customers=2357 converged=true'),
    ('bgnbd_model', 'v1 r=1e+50 alpha=1e-50 a=1e-50 b=1e+50 log_likelihood=1e+308 customers=0 converged=false'),
    ('gamma_gamma_model', 'v1 p=6.25 q=3.74 v=15.44 log_likelihood=-4055.9 customers=946 converged=true'),
    ('gamma_gamma_model', 'v1 p=1e-50 q=1e+50 v=1e-50 log_likelihood=0 customers=9223372036854775807 converged=false');
INSERT INTO seed (type, value) VALUES
    ('auc_summary', 'v1 scores='), ('auc_summary', 'v1 scores=-12.5:3:1,0:9:0,0.1:5:5,1e+300:2:1'),
    ('auc_summary', 'v1 scores=-1.7976931348623157e+308:1:1,5e-324:9223372036854775806:3');
INSERT INTO seed (type, value)
SELECT 'auc_summary', auc_summary(i * 7919 % 1013 / 4.0, i % 3 = 0)::text FROM generate_series(1, 40) AS i;
INSERT INTO seed (type, value) VALUES
    ('scorecard', 'v1 features=0 values= samples='), ('scorecard', 'v1 features=1 values="a":1:0 samples=0:1:0'),
    ('scorecard', 'v1 features=2 values=NULL:3:1,"":1:0,"long name":2:2,"web":5:5;NULL:3:1,"a\"b\\c":8:7 '
                  'samples=0.0:3:1,1.1:1:0,2.1:2:2,3.1:5:5'),
    ('scorecard', 'v1 features=1 values="a":9223372036854775806:9223372036854775806,"b":1:0 '
                  'samples=0:9223372036854775806:9223372036854775806,1:1:0');
INSERT INTO seed (type, value)
SELECT 'scorecard', scorecard(ARRAY['source of some length ' || i % 5, 'owner ' || i % 7, repeat('x', i % 3)],
    i % 4 = 0)::text
FROM generate_series(1, 60) AS i;

INSERT INTO seed (type, value) VALUES ('value_summary', 'v1 decimals=4 key=none records=0 packed=');
INSERT INTO seed (type, value)
SELECT 'value_summary', value_summary(i % 3, timestamptz '2024-01-01' + i % 4 * interval '1 day', i - 2.25)::text
FROM generate_series(1, 9) AS i
UNION ALL SELECT 'value_summary', value_summary(chr(65 + i % 2), timestamptz '2024-01-01' + i * interval '1 s', i)::text
FROM generate_series(1, 3) AS i
UNION ALL SELECT 'value_summary', value_summary(key, at::timestamptz, amount)::text
FROM (VALUES (uuid '00000000-0000-0000-0000-000000000000', '4714-11-24 00:00+00 BC', -922337203685477.5808),
             ('ffffffff-ffff-ffff-ffff-ffffffffffff', '294276-12-31 23:59:59.999999+00', 922337203685477.5807))
    AS v (key, at, amount);
-- days of 2024, or long ago, where no number is far from the beginning, whatever the period
INSERT INTO seed (type, value) VALUES
    ('cohort_summary', 'v1 period= week_start=1 zone= cells= key=none records=0 packed='),
    ('cohort_summary', 'v1 period=week week_start=7 zone=Asia/Tehran cells=5:0:12:0:7,5:2:3:3:0,5:3:5:2:5,'
                       '7:0:9223372036854775807:0:9223372036854775807 key=none records=0 packed=');
INSERT INTO seed (type, value)
SELECT 'cohort_summary', cohort(i % 7, timestamptz '2024-01-01' + i * interval '3 h', 'day', 'UTC')::text
FROM generate_series(1, 40) AS i
UNION ALL SELECT 'cohort_summary', (cohort_summary(i % 5, at, 'month', 'America/New_York')
    + cohort(i % 3, at, 'month', 'America/New_York'))::text
FROM generate_series(1, 30) AS i, LATERAL (SELECT timestamptz '4713-01-05 BC' + i * interval '11 days' AS at) AS t
UNION ALL SELECT 'cohort_summary', cohort_summary(md5((i % 4)::text)::uuid, at, 'quarter', 'UTC')::text
FROM generate_series(1, 9) AS i, LATERAL (SELECT timestamptz '4713-01-05 BC' + i * interval '55 days' AS at) AS t
UNION ALL SELECT 'cohort_summary', cohort_summary(i::text, timestamptz '4713-01-05 BC', 'year', 'UTC')::text
FROM generate_series(1, 3) AS i;
INSERT INTO seed (type, value)
SELECT 'attribution_summary', unnest(ARRAY[attribution(i, at, channel, value) FILTER (WHERE false)::text,
    attribution(i % 3, at, channel, value)::text, attribution((i % 3)::text, at, channel, value)::text,
    attribution(md5((i % 3)::text)::uuid, at, 'it''s ' || channel, NULL)::text,
    attribution(i, at, NULL, 922337203685477.5807)::text])
FROM (SELECT i, timestamptz '2024-01-01' + i * 7919 % 101 * interval '7 min' AS at,
             substr('abc', 1 + i * 31 % 4, 1) AS channel, CASE WHEN i % 4 = 0 THEN i * 1.5 END AS value
      FROM generate_series(1, 12) AS i) AS e;

CREATE TABLE use (type text, expression text);
INSERT INTO use
SELECT type, unnest(expressions)
FROM (VALUES
    ('rate_summary', ARRAY['rate(v)', 'hits(v)', 'total(v)', 'hit_weight(v)', 'total_weight(v)', 'rate_low(v)',
        'rate_high(v, 0.5)',
     '(rate_accum(v, true))::text::rate_summary', '(rate_accum(v, false, 1))::text::rate_summary',
     '(rate_accum_inv(v, true))::text::rate_summary', '(rate_accum_inv(v, false, 1))::text::rate_summary',
     '(rate_summary_combine_inv(v, v))::text::rate_summary', $$(csat_accum(v, 4))::text::rate_summary$$]),
    ('nps_summary', ARRAY['nps(v)', 'promoters(v)', 'passives(v)', 'detractors(v)', 'responses(v)', 'nps_margin(v)',
        'nps_margin(v, 0.5)',
     '(nps_accum(v, 9))::text::nps_summary', '(nps_accum(v, 5, 1))::text::nps_summary',
         '(nps_accum_inv(v, 9))::text::nps_summary',
     '(nps_accum_inv(v, 5, 1))::text::nps_summary', '(nps_summary_combine_inv(v, v))::text::nps_summary']),
    ('duration_summary', ARRAY['mean(v)', 'median(v)', 'percentile(v, 0)', 'percentile(v, 0.3)', 'percentile(v, 1)',
        $$share_within(v, '1 h')$$,
     $$share_within(v, '1 us')$$, 'items(v)', 'shortest(v)', 'longest(v)', 'duration_stddev(v)', 'total_time(v)',
     $$duration_accum(v, interval '1 h')::text::duration_summary$$, $$duration_accum(v,
         interval '106751991 days')::text::duration_summary$$,
     $$mean_accum(v, '2024-01-01'::timestamp, '2024-01-02')::text::duration_summary$$,
     '(SELECT rollup(w) FROM (SELECT v AS w UNION ALL SELECT duration_summary(interval ''1 us'')) AS t)'
     '::text::duration_summary']),
    ('visit_summary', ARRAY['changes(v)', 'touches(v)', 'handoffs(v)', 'category(v)', 'is_done(v)', 'first_solve(v)',
        'last_solve(v)', 'reopens(v)', $$duration_in(v, 'open', '2025-01-01')$$, $$duration_in(v, 'won', '294276-12-31')$$,
     $$active_times(v, '4714-11-24 00:00:00+00 BC', '294276-12-31')$$, $$open_times(v, '2000-01-01', '2025-01-01')$$,
     $$pauses(v, '294276-12-31')$$, $$visits_until(v, '2000-01-01')::text::visit_summary$$,
     $$visit_accum(v, '2000-01-01', 1, 'open')::text::visit_summary$$,
     $$visit_accum(v, '2000-01-01', 1, 'open', 'ann')::text::visit_summary$$]),
    ('window_funnel_summary', ARRAY['window_funnel(v)', 'window_funnel_events(v)',
     $$window_funnel_accum(v, '1 day', '2000-01-01', '{t,f,t}')::text::window_funnel_summary$$,
     $$window_funnel_accum(v, '1 h', 'strict_once', '2000-01-01', '{t}')::text::window_funnel_summary$$]),
    ('funnel_summary', ARRAY['(SELECT sum(reached + extract(epoch FROM p90_time)) FROM funnel_dropoff(v, 0.5))',
     'compact(v)::text::funnel_summary', '(compact(v) + v)::text::funnel_summary',
     $$funnel_accum(v, 1::bigint, '2024-01-01', 'a', '{a,b,c}', '1 day')::text::funnel_summary$$,
     $$funnel_accum(v, '1'::text, '2024-01-01', 'x', '{a,b}', '1 day', 'strict_order')::text::funnel_summary$$]),
    ('response_summary', ARRAY['touches(v)', 'contacted(v) + responses(v)', 'inbound(v)', 'never_contacted(v)',
     'touches_per_response(v)', 'useful_touches(v)', 'useful_touches(v, 1, 0.5)', 'compact(v)::text::response_summary',
     '(SELECT count(p90_time) FROM response_curve(v))',
     $$response_accum(v, 1::bigint, '2000-01-01', 'out')::text::response_summary$$,
     $$response_accum(v, 'a'::text, '2000-01-01', 'in')::text::response_summary$$]),
    ('value_summary', ARRAY['customers(v)', 'purchases(v)', 'revenue(v)', 'avg_purchase_value(v)', 'clv(v)',
     $$customers(v, '2025-01-01')$$, $$purchase_frequency(v, '294276-12-31')$$, $$customer_value(v, '2024-01-03')$$,
     $$clv(v, '2025-01-01', 5e-324, 0.3, 1e300)$$, '(SELECT sum(h.revenue) FROM customer_history(v) AS h)',
     $$(SELECT sum(mean_value * frequency + age::numeric)
        FROM customer_history(v, '5874897-12-31', 'Asia/Tehran', 'day'))$$,
     $$(SELECT min(recency) FROM customer_history(v, '4714-11-25 BC', 'America/New_York', 'week'))$$,
     $$value_accum(v, 7, '2000-01-01', 1)::text::value_summary$$,
     $$value_accum(v, 'ann'::text, '2000-01-01', 922337203685477.5807)::text::value_summary$$]),
    ('cohort_summary', ARRAY['compact(v)::text::cohort_summary', '(compact(v) + v)::text::cohort_summary',
     $$(SELECT sum(retained) FROM cohort_retention(v, '4690-01-01 BC'))$$,
     $$(SELECT sum(retained) FROM cohort_retention(v, '4690-01-01 BC', 'rolling'))$$,
     $$(SELECT sum(retained) FROM cohort_retention(v, '4690-01-01 BC', 'bounded'))$$,
     $$CASE WHEN v::text ~ ' cells=24[0-9]{5}:[0-9:,]* key=none'
        THEN (SELECT sum(retained) FROM cohort_retention(v, '2024-05-01', 'rolling')) END$$,
     $$cohort_accum(v, 1, '2024-01-01', 'day', 'UTC')::text::cohort_summary$$,
     $$cohort_accum(v, md5('1')::uuid, '4700-01-01 BC', 'quarter', 'UTC')::text::cohort_summary$$,
     $$cohort_accum(v, '1'::text, '4700-01-01 BC', 'week', 'Asia/Tehran', 7)::text::cohort_summary$$]),
    ('attribution_summary', ARRAY[$$(SELECT sum(value + conversions) FROM attributed(v, 'position'))$$,
     $$(SELECT sum(value + conversions) FROM attributed(v, 'linear', within => '1 h'))$$,
     $$(SELECT sum(value + conversions) FROM attributed(v, 'time_decay', '1 us', '2 h'))$$,
     $$(SELECT sum(value + conversions) FROM attributed(v, 'markov'))$$,
     $$(SELECT sum(value + conversions) FROM attributed(v, 'markov', within => '1 h'))$$,
     $$attribution_accum(v, 1::bigint, '2024-01-01', 'new', NULL)::text::attribution_summary$$,
     $$attribution_accum(v, '1'::text, '2024-01-01', NULL, 5)::text::attribution_summary$$]),
    ('retention_summary', ARRAY['retention(v)', $$retention_accum(v, '{t,f,t}')::text::retention_summary$$]),
    ('backlog_summary', ARRAY[$$(SELECT count(*) FROM backlog(v, '2023-12-31', '2024-01-05', 'America/New_York'))$$,
     $$(SELECT sum(opened) FROM backlog(v, '4714-11-24 BC', '4714-11-25 BC', 'UTC'))$$,
     $$open_items(v, '2024-01-01')$$, $$open_items(v, '294276-12-31')$$,
     $$backlog_accum(v, '2024-01-01', '2024-01-02')::text::backlog_summary$$,
     $$backlog_accum(v, '49999-12-31', NULL)::text::backlog_summary$$,
     $$(SELECT rollup(w) FROM (SELECT v AS w UNION ALL SELECT backlog_summary('2000-01-01', NULL)) AS t)::text
       ::backlog_summary$$]),
    ('auc_summary', ARRAY['items(v)', 'won(v)', 'auc(v)', '(auc_accum(v, 0.5, true))::text::auc_summary',
     $$(SELECT rollup(w) FROM (SELECT v AS w UNION ALL SELECT auc_summary(-1, false)) AS t)::text::auc_summary$$]),
    ('scorecard', ARRAY['items(v)', 'won(v)', 'base_rate(v)', $$score(v, '{a}')$$, $$score(v, '{web,NULL}')$$,
     $$score(v, '{source of some length 1,owner 1,""}')$$, '(SELECT sum(points) FROM score_points(v))',
     $$(SELECT count(points) FROM score_points(v, '{a}'))$$, '(SELECT sum(weight + spread) FROM score_features(v))',
     $$scorecard_accum(v, '{a}', true)::text::scorecard$$, $$scorecard_accum(v, '{web,""}', false)::text::scorecard$$,
     $$(SELECT rollup(w) FROM (SELECT v AS w UNION ALL SELECT scorecard('{b}', true)) AS t)::text::scorecard$$]),
    ('survival_summary', ARRAY['items(v)', 'events(v)', 'median_survival(v)', $$survival_at(v, '0')$$,
     $$survival_at(v, '30 days')$$, '(SELECT sum(survival + low + high) FROM survival_curve(v))',
     '(SELECT count(at) FROM survival_curve(v, 0.999999999999))',
     $$survival_accum(v, '1 h', true)::text::survival_summary$$,
     $$survival_accum(v, '106751991 days 04:00:54.775807', false)::text::survival_summary$$,
     $$(SELECT rollup(w) FROM (SELECT v AS w UNION ALL SELECT survival_summary('1 us', true)) AS t)::text
       ::survival_summary$$]),
    ('bgnbd_summary', ARRAY['customers(v)', 'repeat_customers(v)', 'bgnbd_fit(v)::text::bgnbd_model',
     $$log_likelihood('v1 r=1 alpha=2 a=3 b=4 log_likelihood=0 customers=0 converged=false', v)$$,
     $$likelihood_gradient('v1 r=1 alpha=2e+49 a=3 b=1e-50 log_likelihood=0 customers=0 converged=false', v)$$,
     'bgnbd_accum(v, 2, 30.43, 38.86)::text::bgnbd_summary',
     '(SELECT rollup(w) FROM (SELECT v AS w UNION ALL SELECT bgnbd_summary(0, 0, 0)) AS t)::text::bgnbd_summary']),
    ('gamma_gamma_summary', ARRAY['customers(v)', 'gamma_gamma_fit(v)::text::gamma_gamma_model',
     $$log_likelihood('v1 p=1 q=2 v=3 log_likelihood=0 customers=0 converged=false', v)$$,
     $$likelihood_gradient('v1 p=1 q=1e+50 v=1e-50 log_likelihood=0 customers=0 converged=false', v)$$,
     'gamma_gamma_accum(v, 2, 22.5)::text::gamma_gamma_summary',
     '(SELECT rollup(w) FROM (SELECT v AS w UNION ALL SELECT gamma_gamma_summary(2, 1)) AS t)::text'
     '::gamma_gamma_summary']),
    ('bgnbd_model', ARRAY['r(v) * alpha(v) * a(v) * b(v)', 'log_likelihood(v)', 'customers(v)', 'converged(v)',
     'p_alive(v, 3, 4, 5)', 'expected_purchases(v, 3, 4, 5, 6)', 'expected_purchases(v, 0, 0, 0, 1e50)',
     'p_alive(v, 2147483647, 1e-50, 1e50)', $$log_likelihood(v, 'v1 customers=0:0:5:1,2:3:4:5')$$,
     $$likelihood_gradient(v, 'v1 customers=0:0:5:1,2:3:4:5')$$,
     $$predicted_clv(v, 'v1 p=1 q=2 v=3 log_likelihood=0 customers=0 converged=false', 3, 4, 5, 6, 40, 0.01)$$,
     'v = v AND v <= v AND bgnbd_model_hash(v) IS NOT NULL', 'encode(bgnbd_model_send(v), ''hex'')']),
    ('gamma_gamma_model', ARRAY['p(v) * q(v) * v(v)', 'log_likelihood(v)', 'customers(v)', 'converged(v)',
     'expected_value(v, 3, 4)', 'expected_value(v, 0, NULL)', 'expected_value(v, 2147483647, 1e50)',
     $$log_likelihood(v, 'v1 customers=1:22.5:12,1:35:7')$$,
     $$likelihood_gradient(v, 'v1 customers=1:22.5:12,1:35:7')$$,
     $$predicted_clv('v1 r=1 alpha=2 a=3 b=4 log_likelihood=0 customers=0 converged=false', v, 3, 4, 5, 6, 40, 0.01)$$,
     'v = v AND v <= v AND gamma_gamma_model_hash(v) IS NOT NULL', 'encode(gamma_gamma_model_send(v), ''hex'')'])
) AS t (type, expressions);
INSERT INTO use
SELECT type, replace(expression, '@', type)
FROM (SELECT DISTINCT type FROM seed) AS t,
     (VALUES ('@_hash(v)'), ('v = v AND v <= v'), ('encode(@_send(v), ''hex'')')) AS e (expression)
UNION ALL
-- a model is not combined
SELECT type, replace(expression, '@', type)
FROM (SELECT DISTINCT type FROM seed) AS t,
     (VALUES ('(v + v)::text::@'), ('(v + v + v + v + v + v + v + v + v)::text::@'),
         ('(SELECT rollup(w) FROM (SELECT v AS w UNION ALL SELECT v) AS t)::text::@')) AS e (expression)
WHERE to_regprocedure(format('%1$s_combine(%1$s,%1$s)', type)) IS NOT NULL;

-- The SQLSTATE of a statement, 00000 where it succeeds.
CREATE FUNCTION state_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN '00000';
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate;
END $$;
CREATE TABLE outcome (kind text, type text, input text, state text, fault text);

-- What is wrong with an accepted text, NULL if nothing.
CREATE FUNCTION fault_of(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    e text;
    state text;
    same boolean;
BEGIN
    EXECUTE format('SELECT v::text = %2$L AND v::text::%1$s = v AND %1$s_send(v::text::%1$s) = %1$s_send(v)
                    FROM (SELECT %2$L::%1$s AS v) AS t', type, value) INTO same;
    IF same IS NOT TRUE THEN
        RETURN 'the text is not what came in';
    END IF;
    FOR e IN SELECT expression FROM use WHERE use.type = fault_of.type LOOP
        state := state_of(format('SELECT %s FROM (SELECT %L::%s AS v) AS t', e, value, type));
        -- class 22, but a result that cannot be read back is our fault
        IF state = '22P02' OR state NOT LIKE '22%' AND state <> '00000' THEN
            RETURN e || ': ' || state;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

-- Numbers that look random, the same on every machine.
CREATE FUNCTION dice(key text, sides int) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT ((('x' || substr(md5(key), 1, 8))::bit(32)::bigint & 2147483647) % greatest(sides, 1))::int $$;

-- ---------------------------------------------------------------------------
-- Text
-- ---------------------------------------------------------------------------
CREATE FUNCTION mutate(value text, other text, key text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE dice(key || 'op', 10)
        -- another character; none; one more; the end cut off; more at the end
        WHEN 0 THEN overlay(value PLACING substr(alphabet, 1 + dice(key || 'c', length(alphabet)), 1) FROM at FOR 1)
        WHEN 1 THEN overlay(value PLACING '' FROM at FOR 1 + dice(key || 'n', 3))
        WHEN 2 THEN overlay(value PLACING substr(alphabet, 1 + dice(key || 'c', length(alphabet)), 1) FROM at FOR 0)
        WHEN 3 THEN left(value, at - 1)
        WHEN 4 THEN value || substr(other, 1 + dice(key || 'c', length(other)))
        -- a part of it twice; the end of another value
        WHEN 5 THEN left(value, at) || substr(value, 1 + dice(key || 'c', at))
        WHEN 6 THEN left(value, at) || substr(other, at + 1)
        -- another number in place of one
        ELSE regexp_replace(value, '=[0-9]+', '=' || (ARRAY['0', '00', '1', '-1', '+1', '1.0', '1e3', '', ' 1', '01',
            '9223372036854775807',
                 '9223372036854775808', '18446744073709551616', '170141183460469231731687303715884105727',
                 '170141183460469231731687303715884105728', '340282366920938463463374607431768211456'])[1 + dice(key
                     || 'v', 16)],
                 1, 1 + dice(key || 'w', 4))
        END
    FROM (SELECT 1 + dice(key || 'at', length(value)) AS at, E'0123456789v= :,-+.abfxs\t\n' AS alphabet) AS t $$;
-- regexp_replace with a position came with PostgreSQL 15; the 1 is the start, the next the occurrence
DO $$
DECLARE
    s record;
    input text;
    state text;
BEGIN
    FOR s IN SELECT a.no, a.type, a.value, b.value AS other, i
             FROM seed AS a, generate_series(1, 400) AS i, LATERAL (SELECT value FROM seed
                 WHERE no = 1 + dice(a.no || 'o' || i, (SELECT count(*)::int FROM seed))) AS b
    LOOP
        input := mutate(s.value, s.other, s.no || '/' || s.i);
        IF dice(s.no || 'again' || s.i, 4) = 0 THEN
            input := mutate(input, s.other, s.no || '//' || s.i);
        END IF;
        state := state_of(format('SELECT %L::%s', input, s.type));
        INSERT INTO outcome VALUES ('text', s.type, input, state, CASE WHEN state = '00000' THEN fault_of(s.type,
            input) END);
    END LOOP;
END $$;
-- every valid value too
INSERT INTO outcome SELECT 'seed', type, value, '00000', fault_of(type, value) FROM seed;

-- ---------------------------------------------------------------------------
-- Binary: a column of bytea, copied out, is a valid file for a column of any type
-- ---------------------------------------------------------------------------
CREATE TABLE sent (id serial, type text, bytes bytea);
DO $$
DECLARE
    s record;
BEGIN
    FOR s IN TABLE seed LOOP
        EXECUTE format('INSERT INTO sent (type, bytes) SELECT %1$L, %1$s_send(%2$L)', s.type, s.value);
    END LOOP;
END $$;
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT DISTINCT type FROM seed LOOP
        EXECUTE format('CREATE TABLE received_%1$s (v %1$s)', name);
    END LOOP;
END $$;

-- Reads bytes as a value of the type: its SQLSTATE and, where there is one, its text.
CREATE FUNCTION receive(type text, bytes bytea, OUT state text, OUT value text,
    OUT message text) LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/crmkpi_hostile.bin';
BEGIN
    EXECUTE format('COPY (SELECT %L::bytea) TO %L (FORMAT binary)', bytes, file);
    EXECUTE format('TRUNCATE received_%s', type);
    BEGIN
        EXECUTE format('COPY received_%s FROM %L (FORMAT binary)', type, file);
        state := '00000';
        EXECUTE format('SELECT v::text, %s_send(v) FROM received_%1$s', type) INTO value, bytes;
        IF bytes <> receive.bytes THEN
            state := 'other bytes';
        END IF;
    EXCEPTION WHEN OTHERS THEN
        state := sqlstate;
        message := sqlerrm;
    END;
END $$;
CREATE FUNCTION mutate(bytes bytea, other bytea, key text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE dice(key || 'op', 10)
        -- a bit, a byte, the end cut off, more at the end, a part twice, the end of another
        WHEN 0 THEN set_bit(bytes, dice(key || 'b', length(bytes) * 8), dice(key || 'v', 2))
        WHEN 1 THEN set_byte(bytes, at - 1, dice(key || 'v', 256))
        WHEN 2 THEN substr(bytes, 1, at - 1)
        WHEN 3 THEN bytes || substr(other, 1 + dice(key || 'v', length(other)))
        WHEN 4 THEN substr(bytes, 1, at) || substr(bytes, 1 + dice(key || 'v', at))
        WHEN 5 THEN substr(bytes, 1, at) || substr(other, at + 1)
        WHEN 6 THEN overlay(bytes PLACING '' FROM at FOR 1 + dice(key || 'v', 4))
        -- the ends of integers of 8, 16 and 4 bytes, after the version and the byte of flags
        WHEN 7 THEN overlay(bytes PLACING decode((ARRAY['ffffffffffffffff', '7fffffffffffffff', '8000000000000000',
            '0000000000000000'])
                            [1 + dice(key || 'v', 4)], 'hex') FROM 3 + 8 * dice(key || 'w', 9) FOR 8)
        WHEN 8 THEN overlay(bytes PLACING decode((ARRAY['ffffffff', '7fffffff', '80000000',
            '00000000'])[1 + dice(key || 'v', 4)], 'hex') FROM at FOR 4)
        ELSE set_byte(bytes, dice(key || 'w', least(2, length(bytes))), dice(key || 'v', 4))
        END
    FROM (SELECT 1 + dice(key || 'at', length(bytes)) AS at) AS t $$;
DO $$
DECLARE
    s record;
    r record;
    input bytea;
BEGIN
    FOR s IN SELECT a.id, a.type, a.bytes, b.bytes AS other, i
             FROM sent AS a, generate_series(1, 300) AS i, LATERAL (SELECT bytes FROM sent
                 WHERE id = 1 + dice(a.id || 'o' || i, (SELECT count(*)::int FROM seed))) AS b
    LOOP
        input := mutate(s.bytes, s.other, s.id || '/' || s.i);
        IF dice(s.id || 'again' || s.i, 4) = 0 AND input <> '' THEN
            input := mutate(input, s.other, s.id || '//' || s.i);
        END IF;
        r := receive(s.type, input);
        INSERT INTO outcome VALUES ('binary', s.type, encode(input, 'hex'), r.state, CASE WHEN r.state = '00000'
            THEN fault_of(s.type, r.value) END);
    END LOOP;
END $$;

SELECT is(array_agg(DISTINCT state ORDER BY state) FILTER (WHERE state NOT LIKE '22%' AND state NOT IN ('00000',
    '08P01')),
          NULL, kind || ' ' || type || ': a value or an error of class 22')
FROM outcome GROUP BY kind, type HAVING count(*) > 900 OR kind = 'seed' ORDER BY kind, type;
SELECT is(min(input || ' -> ' || fault), NULL, kind || ' ' || type || ': what is accepted is whole')
FROM outcome GROUP BY kind, type ORDER BY kind, type;
SELECT cmp_ok(count(*) FILTER (WHERE state = '00000'), '>', 30::bigint,
    kind || ' ' || type || ': some mutations are values, and were tried')
FROM outcome WHERE kind <> 'seed' GROUP BY kind, type ORDER BY kind, type;
SELECT cmp_ok(count(*) FILTER (WHERE state <> '00000'), '>', 300::bigint, kind || ' ' || type || ': and many are not')
FROM outcome WHERE kind <> 'seed' GROUP BY kind, type ORDER BY kind, type;
-- Nothing is silently taken for something else. (Names of steps may hold anything.)
SELECT is(count(*), 0::bigint, 'a text that is accepted has the form that is written')
FROM outcome WHERE kind = 'text' AND state = '00000' AND type NOT IN ('funnel_summary', 'attribution_summary')
  AND input !~ CASE type
    WHEN 'scorecard' THEN '^v1 features=\d+ values=(("([^"\\]|\\["\\])*"|NULL):\d+:\d+[,;]?)* samples=[0-9.:,]*$'
    WHEN 'auc_summary' THEN '^v1 scores=([-+.0-9e]+:\d+:\d+(,|$))*$'
    ELSE '^v1( [a-z_]+=[0-9a-zA-Z:,;.+/_-]*)+$' END;
SELECT ok(r.state = '00000' AND r.value = seed.value, 'sent bytes are received: ' || left(seed.value, 60))
FROM sent JOIN seed ON no = id, LATERAL receive(sent.type, bytes) AS r ORDER BY no;

-- ---------------------------------------------------------------------------
-- Every truncation, one byte more, newer versions
-- ---------------------------------------------------------------------------
SELECT is(count(*) FILTER (WHERE state LIKE '22%' OR state = '08P01'), count(*),
    'every truncation of bytes is refused: ' || left(s.value, 60))
FROM sent JOIN seed AS s ON no = id, generate_series(0, length(bytes) - 1) AS n,
LATERAL receive(sent.type, substr(bytes, 1, n))
GROUP BY no, s.value HAVING count(*) > 5 ORDER BY no;
SELECT is(state, '22P03', 'one byte more is refused: ' || left(s.value, 60))
FROM sent JOIN seed AS s ON no = id, LATERAL receive(sent.type, bytes || '\x00') ORDER BY no;
SELECT ok(state LIKE '22%' AND message LIKE '%' || sent.type || ' has format version 2%',
    'bytes of version 2 name it: ' || left(s.value, 60))
FROM sent JOIN seed AS s ON no = id, LATERAL receive(sent.type, set_byte(bytes, 0, 2)) ORDER BY no;
SELECT is(state, '22P03', 'bytes of version 0: ' || left(s.value, 60))
FROM sent JOIN seed AS s ON no = id, LATERAL receive(sent.type, set_byte(bytes, 0, 0)) ORDER BY no;
SELECT throws_like(format('SELECT %L::%s', overlay(value PLACING 'v2'
FROM 1 FOR 2), type), '%' || type || ' has format version 2%', 'text of version 2 names it: ' || left(value, 60))
FROM seed ORDER BY no;
SELECT throws_ok(format('SELECT %L::%s', overlay(value PLACING version
FROM 1 FOR 2), type), '22P02', NULL, format('text of version %L: %s', version, left(value, 40)))
FROM seed, unnest(ARRAY['v2', 'v255', 'v0', 'v256', 'v99999999999999999999', 'V1', '', 'v', 'v-1', 'v01']) AS version
ORDER BY no, version;

-- ---------------------------------------------------------------------------
-- Numbers that do not belong together, and counts at the end of their range
-- ---------------------------------------------------------------------------
SELECT throws_ok(format('SELECT %L::%s', replace(value, 'Z', repeat('0', 47)), type), '22P02', NULL,
    type || ' ' || value)
FROM (VALUES
    ('rate_summary', 'v1 hits=2 total=1'), ('rate_summary', 'v1 hits=0 total=0 hit_micros=0 total_micros=0'),
    ('rate_summary', 'v1 hits=1 total=2 hit_micros=3 total_micros=2'), ('rate_summary',
        'v1 hits=0 total=2 hit_micros=1 total_micros=2'),
    ('rate_summary', 'v1 hits=2 total=2 hit_micros=1 total_micros=2'), ('rate_summary', 'v1 total=2 hits=1'),
        ('rate_summary', 'v1 hits=1'),
    ('nps_summary', 'v1 promoters=9223372036854775807 passives=1 detractors=0'), ('nps_summary',
        'v1 promoters=1 passives=0 detractors=0 scale_min=0'),
    ('nps_summary', 'v1 promoters=9223372036854775807 passives=9223372036854775807 detractors=2'),
    ('nps_summary', 'v1 promoters=1 passives=0 detractors=0 scale_min=2'), ('nps_summary',
        'v1 promoters=0 passives=0 detractors=0 scale_min=1'),
    ('duration_summary', 'v1 items=0 total=1'), ('duration_summary', 'v1 items=1 total=9223372036854775808'),
    ('duration_summary', 'v1 items=0 total=1 shortest=0 longest=0 squares=Z0 buckets='), ('duration_summary',
        'v1 items=0 total=0 shortest=0 longest=0 squares=Z1 buckets='),
    ('duration_summary', 'v1 items=0 total=0 shortest=0 longest=0 squares=Z0 buckets=0:1'), ('duration_summary',
        'v1 items=1 total=1 shortest=1 longest=1 squares=Z1 buckets='),
    ('duration_summary', 'v1 items=1 total=2 shortest=1 longest=1 squares=Z1 buckets=1:1'), ('duration_summary',
        'v1 items=1 total=1 shortest=1 longest=1 squares=Z2 buckets=1:1'),
    ('duration_summary', 'v1 items=1 total=1 shortest=1 longest=1 squares=Z1 buckets=2:1'), ('duration_summary',
        'v1 items=1 total=1 shortest=1 longest=1 squares=Z1 buckets=1:2'),
    ('duration_summary', 'v1 items=2 total=3 shortest=1 longest=2 squares=Z5 buckets=2:1,1:1'), ('duration_summary',
        'v1 items=2 total=2 shortest=1 longest=1 squares=Z2 buckets=1:1,1:1'),
    ('duration_summary', 'v1 items=2 total=3 shortest=1 longest=2 squares=Z5 buckets=1:2,2:0'), ('duration_summary',
        'v1 items=2 total=3 shortest=2 longest=1 squares=Z5 buckets=1:1,2:1'),
    ('duration_summary', 'v1 items=2 total=3 shortest=1 longest=2 squares=Z5 buckets=1:1,2:1,'), ('duration_summary',
        'v1 items=2 total=3 shortest=1 longest=2 squares=Z5 buckets=1:1,3712:1'),
    ('duration_summary', 'v1 items=1 total=1 shortest=1 longest=1 squares=ZF buckets=1:1'), ('duration_summary',
        'v1 items=1 total=1 shortest=1 longest=1 squares=1 buckets=1:1'),
    ('backlog_summary', 'v1 opened=1 closed=0 quarters='), ('backlog_summary', 'v1 opened=0 closed=0 quarters=5:0:0'),
    ('backlog_summary', 'v1 opened=1 closed=0 quarters=5:2:0'),
        ('backlog_summary', 'v1 opened=2 closed=0 quarters=5:1:0'),
    ('backlog_summary', 'v1 opened=1 closed=1 quarters=5:0:1,6:1:0'),
        ('backlog_summary', 'v1 opened=1 closed=2 quarters=5:1:2'),
    ('backlog_summary', 'v1 opened=1 closed=1 quarters=5:1:0'),
        ('backlog_summary', 'v1 opened=1 closed=0 quarters=5:1:1'),
    ('backlog_summary', 'v1 opened=2 closed=0 quarters=5:1:0,5:1:0'),
        ('backlog_summary', 'v1 opened=2 closed=0 quarters=6:1:0,5:1:0'),
    ('backlog_summary', 'v1 opened=1 closed=0 quarters=1918385760:1:0'),
    ('backlog_summary', 'v1 opened=1 closed=0 quarters=4294967301:1:0'),
    ('backlog_summary', 'v1 opened=2 closed=0 quarters=5:1:0,4294967301:1:0'),
    ('backlog_summary', 'v1 opened=1 closed=0 quarters=9223372036854775807:1:0'),
    ('backlog_summary', 'v1 opened=1 closed=0 quarters=5:1:0,'),
        ('backlog_summary', 'v1 opened=1 closed=0 quarters=,5:1:0'),
    ('backlog_summary', 'v1 opened=1 closed=0 quarters=5:1'),
        ('backlog_summary', 'v1 opened=1 closed=0 quarters=5:1:0:0'),
    ('backlog_summary', 'v1 opened=1 closed=0 quarters=05:1:0'),
        ('backlog_summary', 'v1 closed=0 opened=1 quarters=5:1:0')
) AS v (type, value);
SELECT throws_ok(format('SELECT %L::visit_summary', 'v1 agents=' || value), '22P02', NULL, 'visit_summary ' || value)
FROM unnest(ARRAY[
    -- order: time, seq, category, agent
    'unknown events=5:0:open,4:0:open', 'unknown events=5:1:open,5:0:open', 'unknown events=5:0:open,5:0:new',
    'known events=5:0:open:0000000000000001,5:0:open', 'known events=5:0:open:f000000000000000,5:0:open:0000000000000001',
    -- numbers
    'unknown events=-0:0:open', 'unknown events=05:0:open', 'unknown events=+5:0:open', 'unknown events=--5:0:open',
    'unknown events=9223371331200000000:0:open', 'unknown events=-211813488000000001:0:open',
    'unknown events=9223372036854775808:0:open', 'unknown events=5:2147483648:open', 'unknown events=5:-2147483649:open',
    -- categories and agents
    'unknown events=5:0:', 'unknown events=5:0:opened', 'unknown events=5:0:ope', 'unknown events=5:0:Open',
    'unknown events=5:0:open:00000000000000ff', 'known events=5:0:open:0000000000000000',
    'known events=5:0:open:00000000000000FF', 'known events=5:0:open:0000000000000ff',
    'known events=5:0:open:000000000000000ff', 'known events=5:0:open:', 'known events=',
    -- form
    'unknown events=5', 'unknown events=5:0', 'unknown events=:0:open', 'unknown events=5::open',
    'unknown events=5:0:open,', 'unknown events=,5:0:open', 'unknown events=5:0:open,,6:0:open',
    'unknown events=5:0:open 6:0:open', 'unknown events=5:0:open;6:0:open', 'unknown', 'unknown ', 'events=',
    'maybe events=', 'knownevents=', 'unknown events=5:0:open agents=unknown']) AS value;
SELECT throws_ok(format('SELECT %L::survival_summary', 'v1 durations=' || value), '22P02', NULL,
    'survival_summary ' || value)
FROM unnest(ARRAY[
    -- order, counts, sums
    '6:1:0,5:1:0', '5:1:0,5:0:1', '5:0:0', '5:1:0,6:0:0', '5:9223372036854775807:1', '5:9223372036854775807:0,6:0:1',
    '5:4611686018427387904:4611686018427387904', '5:1:0,6:9223372036854775807:0',
    -- numbers
    '9223372036854775808:1:0', '-1:1:0', '05:1:0', '5:01:0', '5:1:-1', '5:1.0:0',
    -- form
    '5', '5:1', ':1:0', '5::0', '5:1:', '5:1:0,', ',5:1:0', '5:1:0,,6:1:0', '5:1:0:0', '5:1:0 6:1:0', '5:1:0;6:1:0',
    ' 5:1:0', 'NULL']) AS value;
-- an event after 5 us and an item censored at 8 is: version, number, and the entries (10, 1) and (17, 1)
SELECT is(state, expected, 'survival_summary: ' || label)
FROM (VALUES
    ('00000002 000000000000000a 0000000000000001 0000000000000011 0000000000000001', '00000',
     'the binary form, as it is'),
    ('00000001 ffffffffffffffff 7fffffffffffffff', '00000', 'the last duration, and the largest count'),
    ('00000000', '00000', 'nothing'),
    ('00000001 000000000000000a 0000000000000000', '22P03', 'a count of 0'),
    ('00000001 000000000000000a ffffffffffffffff', '22P03', 'a count below 0'),
    ('00000001 000000000000000a 8000000000000000', '22P03', 'the smallest bigint'),
    ('00000002 000000000000000a 7fffffffffffffff 0000000000000011 0000000000000001', '22P03', 'a sum beyond bigint'),
    ('00000002 000000000000000a 0000000000000001 000000000000000a 0000000000000001', '22P03', 'an entry twice'),
    ('00000002 000000000000000b 0000000000000001 000000000000000a 0000000000000001', '22P03', 'out of order'),
    ('00000002 8000000000000000 0000000000000001 000000000000000a 0000000000000001', '22P03', 'and far out of it'),
    ('00000002 000000000000000a 0000000000000001', '22P03', 'fewer than announced'),
    ('00000001 000000000000000a', '22P03', 'half an entry'),
    ('ffffffff 000000000000000a 0000000000000001', '22P03', 'the largest number'),
    ('10000001 000000000000000a 0000000000000001', '22P03', 'whose size wraps')) AS v (bytes, expected, label),
     LATERAL receive('survival_summary', decode('01' || bytes, 'hex')) AS r;
SELECT throws_ok(format('SELECT %L::%s', 'v1 customers=' || value, type), '22P02', NULL, type || ' ' || value)
FROM (VALUES
    -- order, counts, sums
    ('bgnbd_summary', '1:2:3:1,0:0:3:1'), ('bgnbd_summary', '1:2:3:1,1:2:3:1'), ('bgnbd_summary', '1:2:3:1,1:1:3:1'),
    ('bgnbd_summary', '1:2:3:0'), ('bgnbd_summary', '1:2:3:9223372036854775807,1:2:4:1'),
    ('gamma_gamma_summary', '2:5:1,1:5:1'), ('gamma_gamma_summary', '1:5:1,1:5:1'), ('gamma_gamma_summary', '1:5:0'),
    -- customers who cannot be
    ('bgnbd_summary', '0:1:3:1'), ('bgnbd_summary', '1:0:3:1'), ('bgnbd_summary', '1:4:3:1'),
    ('bgnbd_summary', '2147483648:2:3:1'), ('bgnbd_summary', '-1:2:3:1'), ('bgnbd_summary', '0:0:-3:1'),
    ('bgnbd_summary', '0:-0:3:1'), ('bgnbd_summary', '0:0:-0:1'), ('bgnbd_summary', '0:0:1e+51:1'),
    ('bgnbd_summary', '1:1e-51:3:1'), ('bgnbd_summary', '0:0:NaN:1'), ('bgnbd_summary', '0:0:Infinity:1'),
    ('gamma_gamma_summary', '0:5:1'), ('gamma_gamma_summary', '1:0:1'), ('gamma_gamma_summary', '1:-5:1'),
    ('gamma_gamma_summary', '1:1e+51:1'),
    -- numbers and form
    ('bgnbd_summary', '1:2.0:3:1'), ('bgnbd_summary', '1:+2:3:1'), ('bgnbd_summary', '1:02:3:1'),
    ('bgnbd_summary', '1:2:3e0:1'), ('bgnbd_summary', '1:0x2:3:1'), ('bgnbd_summary', '1::3:1'),
    ('bgnbd_summary', '1:2:0.30000000000000000001:1'), ('bgnbd_summary', '1:2:3'), ('bgnbd_summary', '1:2:3:1,'),
    ('bgnbd_summary', ',1:2:3:1'), ('bgnbd_summary', '1:2:3:1 '), ('bgnbd_summary', '1:2:3:1:1'),
    ('bgnbd_summary', '1:2:' || repeat('9', 100) || ':1'), ('gamma_gamma_summary', '1:5:5:1'),
    ('gamma_gamma_summary', '1:5')) AS v (type, value);
-- a customer who bought twice again, the second time after 0.5 of 1, and his model: version, number, frequency,
-- recency, age, count
SELECT is(state, expected, type || ': ' || label)
FROM (VALUES
    ('bgnbd_summary', '00000001 0000000000000002 3fe0000000000000 3ff0000000000000 0000000000000001', '00000',
     'the binary form, as it is'),
    ('bgnbd_summary', '00000001 0000000000000002 7ff8000000000000 3ff0000000000000 0000000000000001', '22P03', 'NaN'),
    ('bgnbd_summary', '00000001 0000000000000002 3fe0000000000000 7ff0000000000000 0000000000000001', '22P03',
     'infinity'),
    ('bgnbd_summary', '00000001 0000000000000000 8000000000000000 3ff0000000000000 0000000000000001', '22P03', '-0'),
    ('bgnbd_summary', '00000001 0000000000000002 3ff8000000000000 3ff0000000000000 0000000000000001', '22P03',
     'recency after age'),
    ('bgnbd_summary', '00000001 ffffffffffffffff 3fe0000000000000 3ff0000000000000 0000000000000001', '22P03',
     'frequency -1'),
    ('bgnbd_summary', '00000001 0000000000000002 3fe0000000000000 3ff0000000000000 8000000000000000', '22P03',
     'a negative count'),
    ('bgnbd_summary', '00000002 0000000000000002 3fe0000000000000 3ff0000000000000 0000000000000001', '22P03',
     'fewer than announced'),
    ('bgnbd_summary', 'ffffffff 0000000000000002 3fe0000000000000 3ff0000000000000 0000000000000001', '22P03',
     'the largest number'),
    ('gamma_gamma_summary', '00000001 0000000000000002 3fe0000000000000 0000000000000001', '00000',
     'the binary form, as it is'),
    ('gamma_gamma_summary', '00000001 0000000000000002 bfe0000000000000 0000000000000001', '22P03', 'a negative mean'),
    ('gamma_gamma_summary', '00000001 0000000000000000 3fe0000000000000 0000000000000001', '22P03', 'frequency 0'),
    ('gamma_gamma_model', '3ff0000000000000 3ff0000000000000 3ff0000000000000 c010000000000000 0000000000000002 01',
     '00000', 'the binary form, as it is'),
    ('gamma_gamma_model', '3ff0000000000000 3ff0000000000000 3ff0000000000000 c010000000000000 0000000000000002 02',
     '22P03', 'an unknown flag'),
    ('gamma_gamma_model', '3ff0000000000000 3ff0000000000000 0000000000000000 c010000000000000 0000000000000002 01',
     '22P03', 'a parameter 0'),
    ('gamma_gamma_model', '3ff0000000000000 3ff0000000000000 3ff0000000000000 7ff0000000000000 0000000000000002 01',
     '22P03', 'an infinite likelihood'),
    ('gamma_gamma_model', '3ff0000000000000 3ff0000000000000 3ff0000000000000 c010000000000000 ffffffffffffffff 01',
     '22P03', 'customers below 0')) AS v (type, bytes, expected, label),
     LATERAL receive(type, decode('01' || bytes, 'hex')) AS r;
SELECT is(state, expected, 'bytes of visits: ' || label)
FROM (VALUES
    ('00 00000001 0000000000000005 00000000 01', '00000', 'one change'),
    ('01 00000001 0000000000000005 00000000 01 0000000000000000', '00000', 'of the system'),
    ('00 00000000', '00000', 'none'),
    ('01 00000000', '22P03', 'agents of none'),
    ('02 00000001 0000000000000005 00000000 01', '22P03', 'a form that only aggregates use'),
    ('03 00000001 0000000000000005 00000000 01 0000000000000000', '22P03', 'and with agents'),
    ('00 00000002 0000000000000005 00000000 01', '22P03', 'fewer than announced'),
    ('00 ffffffff 0000000000000005 00000000 01', '22P03', 'the largest number'),
    ('00 00000001 0000000000000005 00000000 08', '22P03', 'an unknown category'),
    ('00 00000001 7fffffffffffffff 00000000 01', '22P03', 'infinity'),
    ('00 00000001 8000000000000000 00000000 01', '22P03', '-infinity'),
    ('00 00000001 7fffff5bb3b29fff 00000000 01', '00000', 'the last moment'),
    ('00 00000001 7fffff5bb3b2a000 00000000 01', '22P03', 'and the one after'),
    ('00 00000002 0000000000000005 00000000 01 0000000000000004 00000000 01', '22P03', 'out of order'),
    ('01 00000002 0000000000000005 00000000 01 8000000000000000 0000000000000005 00000000 01 0000000000000001', '22P03',
        'agents out of order')) AS v (bytes, expected, label),
     LATERAL receive('visit_summary', decode('01' || bytes, 'hex')) AS r;
SELECT throws_ok(format('SELECT %L::window_funnel_summary', 'v1 steps=' || value), '22P02', NULL,
    'window_funnel_summary ' || value)
FROM unnest(ARRAY[
    -- the rule
    '33 months=0 within=0 mode= events=', '0 months=1 within=0 mode= events=', '0 months=0 within=1 mode= events=',
    '0 months=0 within=0 mode=once events=', '0 months=0 within=0 mode= events=5:0',
    '-1 months=0 within=0 mode= events=',
    '3 months=2147483648 within=0 mode= events=', '3 months=4294967296 within=0 mode= events=',
    '3 months=-1 within=0 mode= events=', '3 months=0 within=9223372036854775808 mode= events=',
    '3 months=0 within=-1 mode= events=', '4294967299 months=0 within=0 mode= events=',
    -- modes
    '3 months=0 within=0 mode=strict_once events=', '3 months=0 within=0 mode=order,once events=',
    '3 months=0 within=0 mode=once,once events=', '3 months=0 within=0 mode=,once events=',
    '3 months=0 within=0 mode=once, events=', '3 months=0 within=0 mode=onceorder events=',
    '3 months=0 within=0 mode=onc events=', '3 months=0 within=0 mode=oncee events=',
    -- events
    '3 months=0 within=0 mode= events=5:0', '3 months=0 within=0 mode=order events=5:8',
    '3 months=0 within=0 mode= events=5:1,4:1', '3 months=0 within=0 mode= events=5:2,5:1',
    '3 months=0 within=0 mode= events=-0:1', '3 months=0 within=0 mode= events=05:1',
    '3 months=0 within=0 mode= events=5:01', '3 months=0 within=0 mode= events=5:-1',
    '3 months=0 within=0 mode= events=9223371331200000000:1',
    '3 months=0 within=0 mode= events=-211813488000000001:1', '3 months=0 within=0 mode= events=9223372036854775807:1',
    '32 months=0 within=0 mode= events=5:4294967296', '3 months=0 within=0 mode= events=5:4294967297',
    '3 months=0 within=0 mode= events=5', '3 months=0 within=0 mode= events=5:', '3 months=0 within=0 mode= events=:1',
    '3 months=0 within=0 mode= events=5:1,', '3 months=0 within=0 mode= events=,5:1',
    '3 months=0 within=0 mode= events=5:1,,6:1', '3 months=0 within=0 mode= events=5:1 6:1',
    '3 within=0 months=0 mode= events=', '3 months=0 within=0 mode=']) AS value;
SELECT throws_ok(format('SELECT %L::auc_summary', 'v1 scores=' || value), '22P02', NULL, 'auc_summary ' || value)
FROM unnest(ARRAY['2:1:0,1:1:0', '1:1:0,1:1:0', '1:0:0', '1:1:2', '1:9223372036854775808:0', '1:-1:0', '-0:1:0', '1.0:1:0',
    '01:1:0', '+1:1:0', '.5:1:0', '1e5:1:0', '1e400:1:0', 'inf:1:0', 'Infinity:1:0', 'nan:1:0', '0x1p3:1:0',
    '0.10000000000000001:1:0', ' 1:1:0', '1:1:0,', ',1:1:0', '1:1', '1', '1:1:0:0', '1:1:0 2:1:0',
    '1:9223372036854775807:0,2:1:0']) AS value;
-- an item with the score 1, lost, is: version, number, score, items, won
SELECT is(state, expected, 'bytes of an auc_summary: ' || label)
FROM (VALUES
    ('00000001 3ff0000000000000 0000000000000001 0000000000000000', '00000', 'the binary form, as it is'),
    ('00000001 8000000000000000 0000000000000001 0000000000000000', '22P03', '-0'),
    ('00000001 7ff0000000000000 0000000000000001 0000000000000000', '22P03', 'infinity'),
    ('00000001 7ff8000000000000 0000000000000001 0000000000000000', '22P03', 'NaN'),
    ('00000001 3ff0000000000000 0000000000000000 0000000000000000', '22P03', 'no items'),
    ('00000001 3ff0000000000000 0000000000000001 0000000000000002', '22P03', 'more won than there are'),
    ('00000001 3ff0000000000000 0000000000000001 ffffffffffffffff', '22P03', 'fewer than none won'),
    ('00000002 3ff0000000000000 0000000000000001 0000000000000000', '22P03', 'fewer than announced'),
    ('ffffffff 3ff0000000000000 0000000000000001 0000000000000000', '22P03', 'the largest number'),
    ('00000002 3ff0000000000000 0000000000000001 0000000000000000 3ff0000000000000 0000000000000001 0000000000000000',
     '22P03', 'a score twice')) AS v (bytes, expected, label),
     LATERAL receive('auc_summary', decode('01' || bytes, 'hex')) AS r;
SELECT throws_ok(format('SELECT %L::scorecard', 'v1 features=' || value), '22P02', NULL,
    'scorecard ' || left(value, 60))
FROM unnest(ARRAY[
    -- features
    '33 values= samples=', '4294967297 values="a":1:0 samples=0:1:0', '1 values= samples=', '0 values="a":1:0 samples=',
    '2 values="a":1:0 samples=0:1:0', '1 values="a":1:0;"a":1:0 samples=0.0:1:0', '0 values= samples=0:1:0',
    -- values, and their order
    '1 values="b":1:0,"a":1:0 samples=0:1:0,1:1:0', '1 values="a":1:0,"a":1:0 samples=0:1:0,1:1:0',
    '1 values="a":1:0,NULL:1:0 samples=0:1:0,1:1:0', '1 values="":1:0,NULL:1:0 samples=0:1:0,1:1:0',
    '1 values="ab":1:0,"a":1:0 samples=0:1:0,1:1:0', '1 values=a:1:0 samples=0:1:0', '1 values="a:1:0 samples=0:1:0',
    '1 values="a\":1:0 samples=0:1:0', '1 values="\a":1:0 samples=0:1:0', '1 values="a\', '1 values="',
    '1 values=NULLL:1:0 samples=0:1:0', '1 values=null:1:0 samples=0:1:0',
    '1 values="' || repeat('x', 1001) || '":1:0 samples=0:1:0',
    -- counts
    '1 values="a":0:0 samples=', '1 values="a":1:2 samples=0:1:2', '1 values="a":1 samples=0:1:0',
    '1 values="a":9223372036854775808:0 samples=0:9223372036854775808:0',
    '1 values="a":9223372036854775807:0,"b":1:0 samples=0:9223372036854775807:0,1:1:0',
    '2 values="a":2:1;"a":1:1 samples=0.0:1:1', '2 values="a":2:1;"a":2:2 samples=0.0:2:1',
    '2 values="a":2:1;"a":9223372036854775807:1,"b":9223372036854775807:1 samples=0.0:2:1',
    -- samples
    '1 values="a":1:0 samples=', '1 values="a":2:0 samples=0:1:0', '1 values="a":2:1 samples=0:2:0',
    '1 values="a":1:0 samples=1:1:0', '1 values="a":1:0 samples=4294967296:1:0', '1 values="a":1:0 samples=0:1:1',
    '1 values="a":1:0 samples=0:0:0,0:1:0', '1 values="a":2:0 samples=0:1:0,0:1:0',
    '1 values="a":2:0,"b":1:0 samples=1:1:0,0:2:0', '1 values="a":2:0,"b":2:0 samples=0:1:0,1:3:0',
    '1 values="a":2:1,"b":2:1 samples=0:2:0,1:2:2', '1 values="a":2:2,"b":2:0 samples=0:2:1,1:2:1',
    '2 values="a":1:0;"a":1:0 samples=0:1:0', '1 values="a":1:0 samples=0.0:1:0', '1 values="a":1:0 samples=0:1:0,',
    '1 values="a":1:0 samples=,0:1:0', '1 values="a":1:0 samples=0:1:0 ', '1 values="a":1:0',
    '1 samples=0:1:0 values="a":1:0']) AS value;
-- an item with the value a, lost, is: version, features, values, length, a, items, won, and the sample
SELECT is(state, expected, 'bytes of a scorecard: ' || label)
FROM (VALUES
    ('01 00000001 00000001 61 0000000000000001 0000000000000000 00000001 00000000 0000000000000001 0000000000000000',
     '00000', 'the binary form, as it is'),
    ('01 00000001 ffffffff 0000000000000001 0000000000000000 00000001 00000000 0000000000000001 0000000000000000',
     '00000', 'NULL'),
    ('00', '00000', 'nothing'),
    ('00 00000000', '22P03', 'a sample of nothing'),
    ('21 00000001', '22P03', '33 features'),
    ('01 00000000', '22P03', 'no values'),
    ('01 ffffffff', '22P03', 'the largest number of values'),
    ('01 00000001 fffffffe 0000000000000001 0000000000000000 00000001 00000000 0000000000000001 0000000000000000',
     '22P03', 'a negative length'),
    ('01 00000001 7fffffff 61 0000000000000001 0000000000000000 00000001 00000000 0000000000000001 0000000000000000',
     '22P03', 'the largest length'),
    ('01 00000001 00000001 00 0000000000000001 0000000000000000 00000001 00000000 0000000000000001 0000000000000000',
     '22021', 'a zero byte'),
    ('01 00000001 00000001 ff 0000000000000001 0000000000000000 00000001 00000000 0000000000000001 0000000000000000',
     '22021', 'a byte that is no character'),
    ('01 00000001 00000001 61 8000000000000000 8000000000000000 00000001 00000000 8000000000000000 8000000000000000',
     '22P03', 'negative counts'),
    ('01 00000001 00000001 61 0000000000000001 0000000000000002 00000001 00000000 0000000000000001 0000000000000002',
     '22P03', 'more won than there are'),
    ('01 00000001 00000001 61 0000000000000001 0000000000000000 00000000', '22P03', 'no sample'),
    ('01 00000001 00000001 61 0000000000000001 0000000000000000 ffffffff', '22P03', 'the largest sample'),
    ('01 00000001 00000001 61 0000000000000001 0000000000000000 00000001 ffffffff 0000000000000001 0000000000000000',
     '22P03', 'a sample of a value that is not there'),
    ('01 00000001 00000001 61 0000000000000001 0000000000000000 00000001 00000000 0000000000000001 ffffffffffffffff',
     '22P03', 'a sample with a negative count')) AS v (bytes, expected, label),
     LATERAL receive('scorecard', decode('01' || bytes, 'hex')) AS r;
SELECT throws_ok(format('SELECT %L::retention_summary', value), '22P02', NULL, 'retention_summary ' || value)
FROM unnest(ARRAY['v1 conditions=0 met=1', 'v1 conditions=3 met=8', 'v1 conditions=33 met=0',
    'v1 conditions=32 met=4294967296', 'v1 conditions=4294967299 met=1', 'v1 conditions=3 met=-1',
    'v1 met=1 conditions=3']) AS value;
-- a bigint customer with the word 5, at the word 6, amount the word 7; 00: as many words are those of the one before
SELECT throws_ok(format('SELECT %L::value_summary', 'v1 ' || value), '22P02', NULL, 'value_summary ' || value)
FROM unnest(ARRAY['decimals=3 key=none records=0 packed=', 'decimals=4 key=int records=0 packed=',
    'decimals=4 key=none records=1 packed=00050607', 'decimals=4 key=bigint records=2 packed=00050607',
    'decimals=4 key=bigint records=1 packed=0005060703', 'decimals=4 key=bigint records=1 packed=000506',
    'decimals=4 key=bigint records=1 packed=0005060', 'decimals=4 key=bigint records=1 packed=00050687',
    'decimals=4 key=bigint records=1 packed=0005068700', 'decimals=4 key=bigint records=1 packed=00050607 x',
    'decimals=4 key=bigint records=2 packed=000506070200', 'decimals=4 key=bigint records=2 packed=0005060704',
    'decimals=4 key=bigint records=1 packed=0005ffffffffffffffffff0107',
    'decimals=4 key=bigint records=18446744073709551615 packed=00050607', 'key=bigint records=1 packed=00050607'])
    AS value;
SELECT is(format('%s %s %s', customers(v), purchases(v), revenue(v)), expected, 'value_summary of ' || label)
FROM (VALUES ('v1 decimals=4 key=bigint records=1 packed=00050607'::value_summary, '0 0 -0.0004', 'one refund'),
             ('v1 decimals=4 key=bigint records=1 packed=00050608', '1 1 0.0004', 'one purchase'),
             ('v1 decimals=4 key=bigint records=2 packed=0005060803', '1 2 0.0008', 'one purchase twice'))
    AS t (v, expected, label);
SELECT is(state, expected, 'bytes of a window funnel: ' || label)
FROM (VALUES
    ('00 03 00000000 0000000000000005 00000001 0000000000000005 00000001', '00000', 'one event'),
    ('04 03 00000000 0000000000000005 00000001 0000000000000005 00000000', '00000', 'one that matches no step'),
    ('00 03 00000000 0000000000000005 00000001 0000000000000005 00000000', '22P03', 'which is for one mode only'),
    ('00 00 00000000 0000000000000000 00000000', '00000', 'none'),
    ('01 00 00000000 0000000000000000 00000000', '22P03', 'modes of nothing'),
    ('10 03 00000000 0000000000000005 00000001 0000000000000005 00000001', '22P03', 'a form that only aggregates use'),
    ('20 03 00000000 0000000000000005 00000001 0000000000000005 00000001', '22P03', 'an unknown mode'),
    ('00 21 00000000 0000000000000005 00000001 0000000000000005 00000001', '22P03', '33 steps'),
    ('00 03 80000000 0000000000000005 00000001 0000000000000005 00000001', '22P03', 'negative months'),
    ('00 03 00000000 8000000000000005 00000001 0000000000000005 00000001', '22P03', 'a negative window'),
    ('00 03 00000000 0000000000000005 00000002 0000000000000005 00000001', '22P03', 'fewer than announced'),
    ('00 03 00000000 0000000000000005 ffffffff 0000000000000005 00000001', '22P03', 'the largest number'),
    ('00 03 00000000 0000000000000005 00000001 7fffffffffffffff 00000001', '22P03', 'infinity'),
    ('00 03 00000000 0000000000000005 00000001 8000000000000000 00000001', '22P03', '-infinity'),
    ('00 03 00000000 0000000000000005 00000001 0000000000000005 00000008', '22P03', 'a step that is not there'),
    ('00 03 00000000 0000000000000005 00000002 0000000000000005 00000001 0000000000000004 00000001', '22P03',
        'out of order')) AS v (bytes, expected, label),
     LATERAL receive('window_funnel_summary', decode('01' || bytes, 'hex')) AS r;
SELECT throws_ok(format('SELECT %L::cohort_summary', 'v1 ' || value), code, NULL, 'cohort_summary ' || value)
FROM (VALUES
    -- the rule
    ('period=fortnight week_start=1 zone=UTC cells= key=none records=0 packed=', '22P02'),
    ('period=month week_start=2 zone=UTC cells= key=none records=0 packed=', '22P02'),
    ('period=week week_start=8 zone=UTC cells= key=none records=0 packed=', '22P02'),
    ('period=week week_start=0 zone=UTC cells= key=none records=0 packed=', '22P02'),
    ('period=week week_start=65537 zone=UTC cells= key=none records=0 packed=', '22P02'),
    ('period=month week_start=1 zone=utc cells= key=none records=0 packed=', '22P02'),
    ('period=month week_start=1 zone=UTC+3 cells= key=none records=0 packed=', '22023'),
    ('period=month week_start=1 zone= cells= key=none records=0 packed=', '22023'),
    ('period= week_start=1 zone=UTC cells= key=none records=0 packed=', '22P02'),
    ('period= week_start=1 zone= cells=5:0:1:0:1 key=none records=0 packed=', '22P02'),
    ('period= week_start=1 zone= cells= key=bigint records=0 packed=', '22P02'),
    -- cells: no beginning, more than were there, fewer; out of order; out of range
    ('period=week week_start=7 zone=UTC cells=5:1:1:1:1 key=none records=0 packed=', '22P02'),
    ('period=week week_start=7 zone=UTC cells=5:0:1:1:1 key=none records=0 packed=', '22P02'),
    ('period=week week_start=7 zone=UTC cells=5:0:1:0:0 key=none records=0 packed=', '22P02'),
    ('period=week week_start=7 zone=UTC cells=5:0:1:0:2 key=none records=0 packed=', '22P02'),
    ('period=week week_start=7 zone=UTC cells=5:0:0:0:0 key=none records=0 packed=', '22P02'),
    ('period=week week_start=7 zone=UTC cells=5:0:2:0:1,5:1:2:2:2 key=none records=0 packed=', '22P02'),
    ('period=week week_start=7 zone=UTC cells=5:0:2:0:1,5:1:1:0:1 key=none records=0 packed=', '22P02'),
    ('period=week week_start=7 zone=UTC cells=5:0:2:0:0,5:1:1:1:1,5:2:2:1:1 key=none records=0 packed=', '22P02'),
    ('period=week week_start=7 zone=UTC cells=5:0:2:0:1,6:1:1:1:1 key=none records=0 packed=', '22P02'),
    ('period=week week_start=7 zone=UTC cells=5:0:2:0:2,5:0:2:0:2 key=none records=0 packed=', '22P02'),
    ('period=week week_start=7 zone=UTC cells=5:0:2:0:2,4:0:2:0:2 key=none records=0 packed=', '22P02'),
    ('period=week week_start=7 zone=UTC cells=5:0:2:0:0,5:2:2:2:1,5:1:1:0:1 key=none records=0 packed=', '22P02'),
    ('period=week week_start=7 zone=UTC cells=0:0:2:0:2 key=none records=0 packed=', '22P02'),
    ('period=day week_start=1 zone=UTC cells=109203528:0:2:0:2 key=none records=0 packed=', '22P02'),
    ('period=day week_start=1 zone=UTC cells=109203527:0:2:0:1,109203527:1:1:1:1 key=none records=0 packed=', '22P02'),
    ('period=day week_start=1 zone=UTC cells=4294967301:0:2:0:2 key=none records=0 packed=', '22P02'),
    ('period=day week_start=1 zone=UTC cells=5:4294967296:2:0:2 key=none records=0 packed=', '22P02'),
    ('period=day week_start=1 zone=UTC cells=5:0:2:0:2, key=none records=0 packed=', '22P02'),
    ('period=day week_start=1 zone=UTC cells=5:0:2:2 key=none records=0 packed=', '22P02'),
    ('period=day week_start=1 zone=UTC cells=5:0:9223372036854775808:0:9223372036854775808 key=none records=0 packed=',
        '22P02'),
    -- a customer in period 5 is there twice, or there is no such period; see below
    ('period=month week_start=1 zone=UTC cells= key=bigint records=1 packed=0105', '22P02'),
    ('period=day week_start=1 zone=UTC cells= key=bigint records=2 packed=010502', '22P02'),
    ('period=day week_start=1 zone=UTC cells= key=bigint records=1 packed=01c8a08934', '22P02')) AS v (value, code);
SELECT lives_ok(format('SELECT %L::cohort_summary', 'v1 period=day week_start=1 zone=UTC cells= key=bigint ' || value),
    'cohort_summary ' || value)
FROM unnest('{records=1 packed=0105,records=1 packed=01c7a08934}'::text[]) AS value;
-- one item of 5 us is: version, form, items, total, and but for a mean shortest, longest, squares, length and the
-- buckets, (5, 1)
SELECT is(state, expected, label)
FROM (VALUES
    ('01', '00000002 0501', '00000', 'the binary form, as it is'),
    ('01', '00000003 850001', '22P03', 'a bucket in more bytes than it needs'),
    ('01', '00000003 058100', '22P03', 'a count in more bytes than it needs'),
    ('01', '0000000b 05 81808080808080808001', '22P03', 'a count beyond 63 bits'),
    ('01', '00000001 05', '22P03', 'buckets that end in the middle'),
    ('01', '00000002 0581', '22P03', 'a count that does not end'),
    ('01', '00000003 0501', '22P03', 'fewer bytes than announced'),
    ('01', 'ffffffff 0501', '22P03', 'the largest length'),
    ('01', '00000000', '22P03', 'no buckets'),
    ('01', '00000004 05010000', '22P03', 'a bucket of no items'),
    ('00', '', '22P03', 'more than a mean'),
    ('02', '00000002 0500', '22P03', 'a form that only aggregates use'),
    ('03', '00000008 0000000000000001', '22P03', 'and another one'),
    ('ff', '00000002 0501', '22P03', 'an unknown form')) AS v (form, buckets, expected, label),
     LATERAL receive('duration_summary', decode('01' || form || '0000000000000001'
         || '00000000000000000000000000000005' || '0000000000000005' || '0000000000000005'
         || lpad('19', 48, '0') || buckets, 'hex')) AS r;
-- an item opened in quarter 5 and closed in 8 is: version, opened, closed, length, and the quarters (5, 1, 0) and
-- (3, 0, 1)
SELECT is(state, expected, 'backlog_summary: ' || label)
FROM (VALUES
    ('00000006 050100 030001', '00000', 'the binary form, as it is'),
    ('00000007 85000100 030001', '22P03', 'a step in more bytes than it needs'),
    ('00000007 05810000 030001', '22P03', 'a count in more bytes than it needs'),
    ('0000000e 05 818080808080808080 01 00 030001', '22P03', 'a count beyond 63 bits'),
    ('0000000a 050100 85808080 10 0001', '22P03', 'a step beyond 32 bits'),
    ('00000005 050100 0300', '22P03', 'quarters that end in the middle'),
    ('00000007 050100 030001', '22P03', 'fewer bytes than announced'),
    ('ffffffff 050100 030001', '22P03', 'the largest length'),
    ('00000006 050100 000001', '22P03', 'a quarter twice'),
    ('00000009 050100 030001 010000', '22P03', 'a quarter without events'),
    ('00000000', '22P03', 'no quarters')) AS v (quarters, expected, label),
     LATERAL receive('backlog_summary', decode('01' || '0000000000000001' || '0000000000000001' || quarters,
         'hex')) AS r;
SELECT throws_ok(format('SELECT %1$L::%2$s + %3$L::%2$s', a, type, b), '22003', NULL,
    'out of range: ' || a || ' + ' || b)
FROM (VALUES
    ('rate_summary', 'v1 hits=0 total=9223372036854775807', 'v1 hits=0 total=9223372036854775807'),
    ('rate_summary', 'v1 hits=1 total=2 hit_micros=0 total_micros=170141183460469231731687303715884105727',
        'v1 hits=0 total=1 hit_micros=0 total_micros=1'),
    ('nps_summary', 'v1 promoters=1 passives=9223372036854775806 detractors=0',
        'v1 promoters=0 passives=1 detractors=0'),
    ('duration_summary', (SELECT value FROM seed WHERE no = 12),
        'v1 items=1 total=1 shortest=1 longest=1 squares=' || repeat('0', 47) || '1 buckets=1:1'),
    ('duration_summary', (SELECT value FROM seed WHERE no = 12), (SELECT value FROM seed WHERE no = 12)),
    ('cohort_summary', 'v1 period=day week_start=1 zone=UTC '
        'cells=5:0:9223372036854775807:0:9223372036854775807 key=none records=0 packed=', 'v1 period=day week_start=1 zone=UTC cells=5:0:1:0:1 key=none records=0 packed='),
    ('backlog_summary', 'v1 opened=9223372036854775807 closed=0 quarters=5:9223372036854775807:0',
        'v1 opened=1 closed=0 quarters=6:1:0'),
    ('survival_summary', 'v1 durations=5:9223372036854775807:0', 'v1 durations=6:0:1'),
    ('bgnbd_summary', 'v1 customers=0:0:5:9223372036854775807', 'v1 customers=1:1:1:1'),
    ('gamma_gamma_summary', 'v1 customers=1:1:9223372036854775807', 'v1 customers=1:1:1'),
    ('auc_summary', 'v1 scores=1:9223372036854775807:0', 'v1 scores=1:1:0'),
    ('scorecard', (SELECT value FROM seed WHERE type = 'scorecard' AND value LIKE '%9223372036854775806%'),
        'v1 features=1 values="c":1:0 samples=0:1:0')
) AS v (type, a, b);
SELECT * FROM finish();
ROLLBACK;
