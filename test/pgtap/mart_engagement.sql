-- The engagement views, lead_response_curve and relationship_freshness: every column on the sample company against
-- plain SQL, and small cases with known answers.

\set mart mart_engagement
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS mart_engagement CASCADE;
\ir ../mart_oracle.sql

CREATE TEMP TABLE windows AS SELECT interval '90 days' AS funnel_window, interval '30 days' AS half_life;

-- ---------------------------------------------------------------------------
-- The golden window by hand
-- ---------------------------------------------------------------------------

-- What the sample lacks: bots that write, and leads answered exactly at a bound.
UPDATE activity SET agent_id = 'BOT1' WHERE lead_id LIKE '%13' AND direction = 'out' AND activity_id LIKE '%-0';
UPDATE activity a SET occurred_at = l.created_at + bound
FROM lead l, unnest('{00:05:00,00:30:00,01:00:00,04:00:00,24:00:00}'::interval[]) WITH ORDINALITY AS b (bound, k)
WHERE a.activity_id = 'AL' || substr(l.lead_id, 2)::integer || '-0' AND l.lead_id LIKE '%' || (k + 3) || '0';

CREATE TEMP VIEW lead_by_hand AS
SELECT date_trunc('month', l.created_at AT TIME ZONE g.zone)::date AS period_start, l.channel, bucket_no,
    l.created_at + w.funnel_window <= g.as_of AS mature,
    l.converted_at <= least(l.created_at + w.funnel_window, g.as_of) AS converted
FROM given g, windows w, lead l
CROSS JOIN LATERAL (
    SELECT extract(epoch FROM min(a.occurred_at) - l.created_at) AS waited
    FROM given, activity a
    WHERE a.lead_id = l.lead_id AND a.direction = 'out' AND a.completed AND NOT a.automated AND a.kind <> 'task'
        AND a.agent_id NOT LIKE 'BOT%' AND a.occurred_at >= l.created_at AND a.occurred_at <= given.as_of
) answer
CROSS JOIN LATERAL (
    SELECT count(*)::integer + 1 AS bucket_no
    FROM unnest('{300,1800,3600,14400,86400,Infinity}'::float8[]) AS bound
    WHERE coalesce(waited > bound, true)
) bucket
WHERE l.created_at <= g.as_of;
CREATE TEMP TABLE bucket_name AS
SELECT * FROM (VALUES (1, 'within 5 minutes'), (2, '5 to 30 minutes'), (3, '30 to 60 minutes'), (4, '1 to 4 hours'),
    (5, '4 to 24 hours'), (6, 'over 24 hours'), (7, 'never')) AS b (bucket_no, bucket);

-- A bound of Wilson's interval: -1 the lower, 1 the upper.
CREATE FUNCTION pg_temp.wilson(part bigint, whole bigint, side integer) RETURNS numeric LANGUAGE sql AS $$
    SELECT round((p + z * z / (2 * n) + side * z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 6)
    FROM (SELECT part::numeric / nullif(whole, 0) AS p, nullif(whole, 0)::numeric AS n, 1.959963984540054 AS z) x
$$;

CREATE TEMP VIEW curve_by_hand AS
SELECT bucket_no, bucket, leads, mature_leads, converted, pg_temp.share(converted, mature_leads) AS conversion_ratio,
    pg_temp.wilson(converted, mature_leads, -1) AS conversion_low,
    pg_temp.wilson(converted, mature_leads, 1) AS conversion_high
FROM (
    SELECT bucket_no, count(*) AS leads, count(*) FILTER (WHERE mature) AS mature_leads,
        count(*) FILTER (WHERE mature AND converted) AS converted
    FROM lead_by_hand GROUP BY bucket_no
) c JOIN bucket_name USING (bucket_no);

CREATE TEMP VIEW month_curve_by_hand AS
SELECT period_start, channel, bucket_no, bucket,
    pg_temp.later(period_start, 'month', 1)::timestamp AT TIME ZONE g.zone <= g.as_of AS is_complete,
    (pg_temp.later(period_start, 'month', 1)::timestamp AT TIME ZONE g.zone) + w.funnel_window <= g.as_of
        AS conversion_is_mature,
    leads, mature_leads, converted, pg_temp.share(converted, mature_leads) AS conversion_ratio,
    pg_temp.wilson(converted, mature_leads, -1) AS conversion_low,
    pg_temp.wilson(converted, mature_leads, 1) AS conversion_high
FROM given g, windows w, (
    SELECT period_start, channel, bucket_no, count(*) AS leads, count(*) FILTER (WHERE mature) AS mature_leads,
        count(*) FILTER (WHERE mature AND converted) AS converted
    FROM lead_by_hand GROUP BY period_start, channel, bucket_no
) c JOIN bucket_name USING (bucket_no);

-- ---------------------------------------------------------------------------
-- Freshness by hand
-- ---------------------------------------------------------------------------

-- What the sample lacks: answered e-mails, inbound calls of which nothing is known, work logged by bots, rows with a
-- customer, an opportunity and a lead that disagree, notes of customers, customers whom nobody knows yet.
UPDATE activity SET answered = activity_id LIKE '%2' WHERE kind IN ('email', 'message') AND activity_id ~ '[12]$';
UPDATE activity SET answered = NULL WHERE kind = 'call' AND activity_id ~ '[135]$';
UPDATE activity SET agent_id = 'BOT2' WHERE activity_id LIKE 'AC%7';
UPDATE activity SET automated = true WHERE activity_id LIKE 'AC%08';
UPDATE activity SET opportunity_id = 'O' || length(activity_id) || '1', lead_id = 'L0000123'
WHERE activity_id LIKE 'AC%9';
UPDATE opportunity SET customer_id = NULL WHERE opportunity_id LIKE '%6' AND lead_id IS NOT NULL;
UPDATE ticket_message SET public = false WHERE author = 'customer' AND ticket_id LIKE '%4';
DELETE FROM ticket WHERE customer_id LIKE '%3';
DELETE FROM activity WHERE customer_id LIKE '%33';

CREATE TEMP VIEW talk AS
WITH human_activity AS (
    SELECT a.*,
        CASE WHEN a.customer_id IS NOT NULL THEN a.customer_id
            WHEN EXISTS (SELECT FROM opportunity o
                    WHERE o.opportunity_id = a.opportunity_id AND o.customer_id IS NOT NULL)
                THEN (SELECT o.customer_id FROM opportunity o WHERE o.opportunity_id = a.opportunity_id)
            ELSE (SELECT l.customer_id FROM lead l WHERE l.lead_id = a.lead_id) END AS whose
    FROM activity a
    WHERE a.completed AND NOT a.automated AND coalesce(a.agent_id, '') NOT LIKE 'BOT%'
)
SELECT whose, occurred_at AS at FROM human_activity WHERE kind = 'meeting'
UNION ALL
SELECT whose, occurred_at FROM human_activity WHERE kind = 'call' AND answered
UNION ALL
SELECT whose, occurred_at FROM human_activity WHERE kind = 'call' AND answered IS NULL AND direction = 'in'
UNION ALL
SELECT whose, occurred_at FROM human_activity WHERE kind IN ('email', 'message') AND (direction = 'in' OR answered)
UNION ALL
SELECT (SELECT customer_id FROM ticket t WHERE t.ticket_id = m.ticket_id), occurred_at
FROM ticket_message m WHERE author = 'customer' AND public
UNION ALL
SELECT customer_id, opened_at FROM ticket;

CREATE TEMP VIEW freshness_by_hand AS
SELECT c.customer_id, c.segment, c.owner_id, c.created_at, (c.created_at AT TIME ZONE g.zone)::date AS created_day,
    last_touch_at, (last_touch_at AT TIME ZONE g.zone)::date AS last_touch_day,
    trunc(seconds / 86400) AS days_since,
    CASE WHEN seconds < 7 * 86400 THEN 1 WHEN seconds < 30 * 86400 THEN 2 WHEN seconds < 90 * 86400 THEN 3
        WHEN seconds < 180 * 86400 THEN 4 WHEN seconds IS NOT NULL THEN 5 ELSE 6 END AS freshness_band_no,
    CASE WHEN seconds < 7 * 86400 THEN 'under 7 days' WHEN seconds < 30 * 86400 THEN '7 to 30 days'
        WHEN seconds < 90 * 86400 THEN '30 to 90 days' WHEN seconds < 180 * 86400 THEN '90 to 180 days'
        WHEN seconds IS NOT NULL THEN '180 days or more' ELSE 'never' END AS freshness_band,
    round(power(0.5, seconds / extract(epoch FROM w.half_life)), 6) AS freshness_ratio
FROM given g, windows w, customer c
LEFT JOIN (
    SELECT whose, max(at) AS last_touch_at FROM talk, given WHERE at <= given.as_of GROUP BY whose
) t ON t.whose = c.customer_id
CROSS JOIN LATERAL (SELECT extract(epoch FROM (SELECT as_of FROM given) - last_touch_at) AS seconds) s
WHERE c.created_at <= g.as_of;

-- All of it under the settings in "given" and "windows", which are made those of the mart.
CREATE FUNCTION pg_temp.compare_all(title text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE setting SET value = CASE name WHEN 'zone' THEN g.zone WHEN 'as_of' THEN g.as_of::text
        WHEN 'funnel_window' THEN w.funnel_window::text ELSE w.half_life::text END
    FROM given g, windows w WHERE name IN ('zone', 'as_of', 'funnel_window', 'freshness_half_life');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': lead_response_curve',
        'lead_response_curve', 'curve_by_hand', '{bucket_no}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': lead_response_curve_by_month',
        'lead_response_curve_by_month', 'month_curve_by_hand', '{period_start,channel,bucket_no}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': relationship_freshness',
        'relationship_freshness', 'freshness_by_hand', '{customer_id}');
    RETURN NEXT results_eq('SELECT sum(leads) FROM lead_response_curve', 'SELECT sum(leads) FROM crm_dashboard',
        title || ': every lead of the dashboard is in one bucket');
    RETURN NEXT results_eq(
        $s$ SELECT sum(leads) FILTER (WHERE bucket_no < 7), sum(leads) FILTER (WHERE bucket_no = 7)
            FROM lead_response_curve_by_month $s$,
        'SELECT sum(leads_answered), sum(leads_unanswered) FROM crm_dashboard', title || ': answered or not, as there');
END;
$$;

SELECT * FROM pg_temp.compare_all('as loaded');
UPDATE given SET zone = 'Asia/Tokyo', as_of = '2025-06-15 12:00-04';
UPDATE windows SET funnel_window = '10 days', half_life = '100 hours';
SELECT * FROM pg_temp.compare_all('in Tokyo, as of June 2025, other windows');

SELECT results_eq(
    'SELECT bucket_no, crmkpi.rate_low(crmkpi.rollup(conversion)) FROM daily_lead_response GROUP BY 1 ORDER BY 1',
    'SELECT bucket_no, crmkpi.rate_low(crmkpi.rate_summary(converted IS TRUE)) FROM lead_by_hand WHERE mature
     GROUP BY 1 ORDER BY 1', 'daily_lead_response rolls up to the same bounds');

CREATE TEMP VIEW freshness AS
SELECT customer_id, created_day, last_touch_day, days_since, freshness_band, freshness_ratio
FROM relationship_freshness;
CREATE FUNCTION pg_temp.engagement() RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.everything('lead_response_curve_by_month', 'lead_response_curve', 'freshness')
$$;
CREATE TEMP TABLE seen AS SELECT pg_temp.engagement() AS engagement;
SET LOCAL timezone = 'America/New_York';
SELECT is(pg_temp.engagement(), seen.engagement, 'the same from a session with summer time') FROM seen;
SET LOCAL timezone = 'UTC';
SET LOCAL intervalstyle = 'sql_standard';
SET LOCAL datestyle = 'SQL, DMY';
SET LOCAL extra_float_digits = 0;
SELECT is(pg_temp.engagement(), seen.engagement, 'the same under other output styles') FROM seen;
SET LOCAL intervalstyle = 'postgres';
SET LOCAL datestyle = 'ISO, YMD';

-- ---------------------------------------------------------------------------
-- Small cases: leads
-- ---------------------------------------------------------------------------

CREATE FUNCTION pg_temp.clear() RETURNS void LANGUAGE sql AS $$
    TRUNCATE agent, customer, lead, opportunity, activity, ticket, ticket_message, email_event, sale, survey;
    UPDATE setting SET value = CASE name WHEN 'zone' THEN 'UTC' WHEN 'as_of' THEN '2025-07-01 00:00+00'
        WHEN 'funnel_window' THEN '90 days' ELSE '30 days' END
    WHERE name IN ('zone', 'as_of', 'funnel_window', 'freshness_half_life');
    INSERT INTO agent (agent_id, human) VALUES ('ann', true), ('bot', false);
$$;
\o /dev/null
SELECT pg_temp.clear();
\o
SELECT is_empty('TABLE lead_response_curve', 'no leads, no curve');
SELECT is_empty('TABLE lead_response_curve_by_month', 'in no month');
SELECT is_empty('TABLE relationship_freshness', 'no customers, no freshness');

-- One lead per wait, answered after it by a person.
INSERT INTO lead (lead_id, created_at) SELECT wait::text, '2025-03-03 09:00'
FROM unnest('{0 s,300 s,300.000001 s,1800 s,1800.000001 s,3600 s,3600.000001 s,14400 s,14400.000001 s,86400 s,
    86400.000001 s,100 days}'::interval[]) AS wait;
INSERT INTO activity (activity_id, lead_id, kind, direction, occurred_at, agent_id)
SELECT lead_id, lead_id, 'call', 'out', created_at + lead_id::interval, 'ann' FROM lead;
SELECT results_eq('SELECT bucket_no, bucket, leads FROM lead_response_curve ORDER BY 1',
    $$ VALUES (1, 'within 5 minutes', 2::bigint), (2, '5 to 30 minutes', 2), (3, '30 to 60 minutes', 2),
        (4, '1 to 4 hours', 2), (5, '4 to 24 hours', 2), (6, 'over 24 hours', 2) $$,
    'a bucket ends with its bound, and one without leads has no row');
INSERT INTO activity (activity_id, lead_id, kind, direction, occurred_at)
SELECT 'again ' || lead_id, lead_id, 'call', 'out', created_at + lead_id::interval FROM lead
UNION ALL
SELECT 'later ' || lead_id, lead_id, 'email', 'out', created_at + lead_id::interval + interval '1 hour' FROM lead;
SELECT results_eq('SELECT leads FROM lead_response_curve', 'SELECT 2::bigint FROM generate_series(1, 6)',
    'two touches at once, and later ones, do not matter');

\o /dev/null
SELECT pg_temp.clear();
\o
INSERT INTO lead (lead_id, created_at)
SELECT id, '2025-03-03 09:00'
FROM unnest('{machine,bot,inbound,before,planned,task,future,nobody,unknown}'::text[]) AS id;
INSERT INTO activity (activity_id, lead_id, kind, direction, occurred_at, automated, completed, agent_id) VALUES
    ('1', 'machine', 'email', 'out', '2025-03-03 09:01', true, true, NULL),
    ('2', 'bot', 'message', 'out', '2025-03-03 09:01', false, true, 'bot'),
    ('3', 'inbound', 'call', 'in', '2025-03-03 09:01', false, true, 'ann'),
    ('4', 'before', 'call', 'out', '2025-03-03 08:59:59.999999', false, true, 'ann'),
    ('5', 'planned', 'call', 'out', '2025-03-03 09:01', false, false, 'ann'),
    ('6', 'task', 'task', 'out', '2025-03-03 09:01', false, true, 'ann'),
    ('7', 'future', 'call', 'out', '2025-07-01 00:00:00.000001', false, true, 'ann'),
    ('8', 'unknown', 'call', 'out', '2025-03-03 09:01', false, true, 'stranger'),
    ('9', NULL, 'call', 'out', '2025-03-03 09:01', false, true, 'ann'),
    ('10', 'machine', 'email', 'out', '2025-03-03 09:31', false, true, NULL);
SELECT results_eq('SELECT bucket, leads FROM lead_response_curve ORDER BY bucket_no',
    $$ VALUES ('within 5 minutes', 1::bigint), ('30 to 60 minutes', 1), ('never', 7) $$,
    'only what a person did towards the lead, since it came in and so far, is an answer');
SELECT results_eq('SELECT lead_id, first_touch_at, last_touch_at, response_bucket_no FROM lead_facts
        WHERE first_touch_at IS NOT NULL ORDER BY 1',
    $$ VALUES ('machine', timestamptz '2025-03-03 09:31+00', timestamptz '2025-03-03 09:31+00', 3),
        ('unknown', '2025-03-03 09:01+00', '2025-03-03 09:01+00', 1) $$, 'lead_facts has it by lead');

-- as_of is 2025-07-01: 90 days before is 2025-04-02
\o /dev/null
SELECT pg_temp.clear();
\o
INSERT INTO lead (lead_id, created_at, channel, converted_at) VALUES
    ('1', '2025-04-02 00:00', 'web', NULL),                             -- just mature
    ('2', '2025-04-02 00:00:00.000001', 'web', '2025-04-03'),           -- not quite
    ('3', '2025-04-01 00:00', 'web', '2025-06-30 00:00'),               -- at the end of its window
    ('4', '2025-04-01 00:00', 'web', '2025-06-30 00:00:00.000001'),     -- after it
    ('5', '2025-02-28 23:30', NULL, '2025-02-28 23:30'),                -- at once; in March in Berlin
    ('6', '2025-03-01 12:00', NULL, '2025-07-02'),                      -- nobody knows yet
    ('7', '2025-07-01 00:00:00.000001', 'web', NULL);                   -- nor of this lead
SELECT results_eq('SELECT bucket_no, leads, mature_leads, converted, conversion_ratio FROM lead_response_curve',
    'VALUES (7, 6::bigint, 5::bigint, 2::bigint, 0.400000)', 'the ratio is of leads whose funnel window has passed');
SELECT results_eq('SELECT conversion_low, conversion_high FROM lead_response_curve',
    -- Wilson's bounds for 2 of 5
    'VALUES (0.117621, 0.769276)', 'with bounds');
SELECT results_eq('SELECT period_start, channel, is_complete, conversion_is_mature, leads, mature_leads, converted,
        conversion_ratio FROM lead_response_curve_by_month ORDER BY 1',
    $$ VALUES (date '2025-02-01', NULL, true, true, 1::bigint, 1::bigint, 1::bigint, 1.000000),
        ('2025-03-01', NULL, true, true, 1, 1, 0, 0.000000), ('2025-04-01', 'web', true, false, 4, 3, 1, 0.333333) $$,
    'a month is mature when all its leads are; a lead without a channel counts');
UPDATE setting SET value = 'Europe/Berlin' WHERE name = 'zone';
SELECT results_eq('SELECT period_start, leads FROM lead_response_curve_by_month ORDER BY 1',
    $$ VALUES (date '2025-03-01', 2::bigint), ('2025-04-01', 4) $$, 'months are those of the mart''s zone');
UPDATE setting SET value = '2025-04-20 00:00+00' WHERE name = 'as_of';
SELECT results_eq('SELECT period_start, is_complete, conversion_is_mature, mature_leads, converted, conversion_ratio,
        conversion_low FROM lead_response_curve_by_month ORDER BY 1',
    $$ VALUES (date '2025-03-01', true, false, 0::bigint, 0::bigint, NULL::numeric, NULL::numeric),
        ('2025-04-01', false, false, 0, 0, NULL, NULL) $$, 'without mature leads there is no ratio');
-- April began at 22:00 in Berlin's zone
UPDATE setting SET value = '2025-03-31 22:30+00' WHERE name = 'as_of';
SELECT results_eq('SELECT is_complete FROM lead_response_curve_by_month', 'VALUES (true)',
    'a month ends when it ends there');
UPDATE setting SET value = '2025-06-29 22:30+00' WHERE name = 'as_of';
SELECT results_eq($$ SELECT conversion_is_mature FROM lead_response_curve_by_month WHERE period_start = '2025-03-01' $$,
    'VALUES (true)', 'and is mature 90 days after that');

-- ---------------------------------------------------------------------------
-- Small cases: customers
-- ---------------------------------------------------------------------------

-- What each of them did with us, and whether that is two-way; the name of the customer tells.
\o /dev/null
SELECT pg_temp.clear();
\o
INSERT INTO activity (activity_id, kind, direction, answered, completed, automated, agent_id, occurred_at)
SELECT concat_ws(' ', kind, direction, coalesce(answered::text, 'unknown'), CASE WHEN completed THEN 'done' END, who),
    kind, direction, answered, completed, who = 'machine', nullif(who, 'machine'), '2025-06-01 12:00'
FROM unnest('{call,email,meeting,message,task}'::text[]) AS kind, unnest('{in,out}'::text[]) AS direction,
    unnest('{true,false,NULL}'::boolean[]) AS answered, unnest('{true,false}'::boolean[]) AS completed,
    unnest('{ann,bot,machine,stranger}'::text[]) AS who;
UPDATE activity SET customer_id = activity_id;
INSERT INTO customer (customer_id, created_at) SELECT customer_id, '2025-01-01' FROM activity;
SELECT set_eq('SELECT customer_id FROM relationship_freshness WHERE last_touch_at IS NOT NULL',
    $$ SELECT concat_ws(' ', what, 'done', who)
       FROM unnest('{call in true,call in unknown,call out true,email in true,email in false,email in unknown,
           email out true,message in true,message in false,message in unknown,message out true,
           meeting in true,meeting in false,meeting in unknown,meeting out true,meeting out false,
           meeting out unknown}'::text[]) AS what, unnest('{ann,stranger}'::text[]) AS who $$,
    'what is two-way: meetings held, what was answered, what came from the customer; never what a machine did');
SELECT is(count(*), 240::bigint, 'every customer has a row')
FROM relationship_freshness WHERE (freshness_band = 'never') = (last_touch_at IS NULL);
SELECT set_eq('SELECT last_touch_at, last_touch_day, days_since, freshness_band_no, freshness_band, freshness_ratio
        FROM relationship_freshness',
    $$ VALUES (timestamptz '2025-06-01 12:00+00', date '2025-06-01', 29, 2, '7 to 30 days',
            power(0.5, 29.5 / 30)::numeric(9,6)),
        (NULL, NULL, NULL, 6, 'never', NULL) $$, 'of customers never touched nothing is known but the band');

-- Tickets
\o /dev/null
SELECT pg_temp.clear();
\o
INSERT INTO customer (customer_id, created_at)
SELECT id, '2025-01-01' FROM unnest('{opened,wrote,note,agent,future,quiet}'::text[]) AS id;
INSERT INTO ticket (ticket_id, customer_id, opened_at, kind) VALUES ('1', 'opened', '2025-03-01', 'request'),
    ('2', 'wrote', '2025-03-01', 'request'), ('3', 'note', '2025-03-01', 'request'),
    ('4', 'agent', '2025-03-01', 'request'), ('5', 'future', '2025-07-02', 'request'),
    ('6', NULL, '2025-03-01', 'request');
INSERT INTO ticket_message (message_id, ticket_id, occurred_at, author, public) VALUES
    ('1', '2', '2025-04-01', 'customer', true), ('2', '3', '2025-04-01', 'customer', false),
    ('3', '4', '2025-04-01', 'agent', true), ('4', '4', '2025-04-01', 'bot', true),
    ('5', '4', '2025-04-01', 'system', true),
    ('6', '2', '2025-07-01 00:00:00.000001', 'customer', true), ('7', 'unknown', '2025-04-01', 'customer', true),
    ('8', '6', '2025-04-01', 'customer', true);
-- what a customer does alone
INSERT INTO sale (sale_id, customer_id, sold_at, amount, kind) VALUES ('1', 'quiet', '2025-04-01', 5, 'new');
INSERT INTO email_event (message_id, recipient_id, kind, occurred_at, customer_id)
VALUES ('1', '1', 'click', '2025-04-01', 'quiet');
INSERT INTO survey (survey_id, kind, answered_at, score, scale_min, scale_max, customer_id)
VALUES ('1', 'nps', '2025-04-01', 9, 0, 10, 'quiet');
SELECT results_eq('SELECT customer_id, last_touch_day FROM relationship_freshness ORDER BY last_touch_day, 1',
    $$ VALUES ('agent', date '2025-03-01'), ('note', '2025-03-01'), ('opened', '2025-03-01'), ('wrote', '2025-04-01'),
        ('future', NULL), ('quiet', NULL) $$,
    'a ticket and the customer''s words in it count, those of others, purchases, clicks and surveys do not');

-- Whose touch it is
\o /dev/null
SELECT pg_temp.clear();
\o
INSERT INTO customer (customer_id, created_at, segment, owner_id)
SELECT id, timestamptz '2025-06-01', CASE WHEN id < 'd' THEN 'small' END, CASE WHEN id < 'f' THEN 'ann' END
FROM unnest('{direct,by deal,by lead,by lead of deal,all,no}'::text[]) AS id
UNION ALL
SELECT 'just born', '2025-07-01 00:00', NULL, NULL
UNION ALL
SELECT 'unborn', '2025-07-01 00:00:00.000001', NULL, NULL;
INSERT INTO lead (lead_id, created_at, converted_at, customer_id) VALUES
    ('L1', '2025-01-01', '2025-06-01', 'by lead'), ('L2', '2025-01-01', NULL, 'by lead of deal'),
    ('L3', '2025-01-01', NULL, 'no'), ('L4', '2025-01-01', NULL, NULL), ('L5', '2025-01-01', NULL, 'unborn');
INSERT INTO opportunity (opportunity_id, created_at, outcome, kind, customer_id) VALUES
    ('O1', '2025-01-01', 'open', 'new', 'by deal'), ('O2', '2025-01-01', 'open', 'new', NULL),
    ('O3', '2025-01-01', 'open', 'new', 'no');
INSERT INTO activity (activity_id, kind, direction, occurred_at, customer_id, opportunity_id, lead_id) VALUES
    ('1', 'meeting', 'out', '2025-05-01', 'direct', NULL, NULL),
    ('2', 'meeting', 'out', '2025-05-02', NULL, 'O1', 'L3'),
    ('3', 'meeting', 'out', '2025-05-03', NULL, NULL, 'L1'),
    ('4', 'meeting', 'out', '2025-05-04', NULL, 'O2', 'L2'),
    ('5', 'meeting', 'out', '2025-05-05', 'all', 'O3', 'L3'),
    ('6', 'meeting', 'out', '2025-05-06', NULL, NULL, 'L4'), ('7', 'meeting', 'out', '2025-05-06', NULL, NULL, NULL),
    ('8', 'meeting', 'out', '2025-05-06', 'stranger', NULL, NULL),
    ('9', 'meeting', 'out', '2025-05-06', NULL, NULL, 'L5'),
    -- earlier, at the same moment, and not yet
    ('10', 'meeting', 'out', '2025-04-01', 'direct', NULL, NULL),
    ('11', 'email', 'in', '2025-05-01', 'direct', NULL, NULL),
    ('12', 'meeting', 'out', '2025-07-01 00:00:00.000001', 'direct', NULL, NULL);
SELECT results_eq('SELECT customer_id, segment, owner_id, last_touch_day FROM relationship_freshness
        ORDER BY last_touch_day, 1',
    $$ VALUES ('direct', NULL, 'ann', date '2025-05-01'), ('by deal', 'small', 'ann', '2025-05-02'),
        ('by lead', 'small', 'ann', '2025-05-03'), ('by lead of deal', 'small', 'ann', '2025-05-04'),
        ('all', 'small', 'ann', '2025-05-05'), ('just born', NULL, NULL, NULL), ('no', NULL, NULL, NULL) $$,
    'a touch is the customer''s by itself, else by its opportunity, else by its lead; who comes later is not there');

-- How old it is
\o /dev/null
SELECT pg_temp.clear();
\o
INSERT INTO customer (customer_id, created_at) SELECT age::text, '2024-01-01'
FROM unnest('{0 s,604799.999999 s,168 hours,2591999.999999 s,720 hours,7775999.999999 s,2160 hours,15551999.999999 s,
    4320 hours}'::interval[]) AS age;
INSERT INTO activity (activity_id, kind, direction, occurred_at, customer_id)
SELECT customer_id, 'email', 'in', timestamptz '2025-07-01 00:00+00' - customer_id::interval, customer_id
FROM customer;
SELECT results_eq('SELECT freshness_band_no, freshness_band, days_since, round(freshness_ratio, 4)
        FROM relationship_freshness ORDER BY last_touch_at DESC',
    $$ VALUES (1, 'under 7 days', 0, 1.0000), (1, 'under 7 days', 6, 0.8507), (2, '7 to 30 days', 7, 0.8507),
        (2, '7 to 30 days', 29, 0.5000), (3, '30 to 90 days', 30, 0.5000), (3, '30 to 90 days', 89, 0.1250),
        (4, '90 to 180 days', 90, 0.1250), (4, '90 to 180 days', 179, 0.0156),
        (5, '180 days or more', 180, 0.0156) $$, 'bands begin with their bound, and the value halves each 30 days');
UPDATE setting SET value = '1 mon 15 days' WHERE name = 'freshness_half_life';
SELECT results_eq($$ SELECT freshness_ratio FROM relationship_freshness WHERE days_since IN (90, 180) ORDER BY 1 $$,
    'VALUES (0.062500), (0.250000)', 'the half-life is a setting, in which a month is 30 days');
DELETE FROM setting WHERE name = 'freshness_half_life';
SELECT results_eq('SELECT freshness_ratio FROM relationship_freshness WHERE days_since = 30', 'VALUES (0.500000)',
    'and 30 days without it');
UPDATE setting SET value = 'Asia/Tokyo' WHERE name = 'zone';
SELECT results_eq('SELECT created_day, last_touch_day, days_since FROM relationship_freshness
        WHERE days_since IN (0, 6) ORDER BY 3',
    $$ VALUES (date '2024-01-01', date '2025-07-01', 0), ('2024-01-01', '2025-06-24', 6) $$,
    'the day of the touch is that of the zone, its age is not');

SELECT * FROM finish();
ROLLBACK;
\o /dev/null
SELECT crmkpi.drop_mart('mart_engagement', true);
