-- sales_funnel and email_funnel: every column on the sample company against plain SQL, and small cases with known
-- answers.

\set mart mart_funnels
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS mart_funnels CASCADE;
\ir ../mart_oracle.sql

CREATE TEMP TABLE windows AS SELECT interval '90 days' AS funnel_window, interval '30 days' AS click_window;

-- ---------------------------------------------------------------------------
-- Leads by hand
-- ---------------------------------------------------------------------------

-- What the sample lacks: steps that were skipped or entered in a strange order, links that only one side knows, leads
-- that became customers without an opportunity, opportunities older than their lead.
UPDATE lead SET mql_at = NULL WHERE lead_id LIKE '%1';
UPDATE lead SET sql_at = NULL WHERE lead_id ~ '(.2|11)$';
UPDATE lead SET mql_at = sql_at + interval '1 hour' WHERE lead_id LIKE '%3';
UPDATE lead SET opportunity_id = NULL WHERE lead_id LIKE '%4';
UPDATE opportunity SET lead_id = NULL WHERE lead_id LIKE '%5';
DELETE FROM opportunity WHERE lead_id LIKE '%6';
UPDATE lead SET converted_at = NULL WHERE lead_id LIKE '%7';
UPDATE lead l SET created_at = o.created_at + interval '1 hour', mql_at = NULL, sql_at = NULL, converted_at = NULL
FROM opportunity o WHERE o.lead_id = l.lead_id AND l.lead_id LIKE '%80';
UPDATE opportunity SET lead_id = 'L00000' || right(opportunity_id, 2) WHERE kind = 'upsell';

CREATE TEMP VIEW way_source AS
SELECT l.lead_id, l.channel, date_trunc('month', l.created_at AT TIME ZONE g.zone)::date AS period_start, times.*
FROM given g, windows w, lead l
CROSS JOIN LATERAL (SELECT least(l.created_at + w.funnel_window, g.as_of) AS last_at) x
CROSS JOIN LATERAL (
    SELECT min(o.created_at) AS deal_at, min(o.closed_at) FILTER (WHERE o.outcome = 'won') AS won_at
    FROM opportunity o
    WHERE (o.lead_id = l.lead_id OR o.opportunity_id = l.opportunity_id) AND o.created_at <= g.as_of
) deal
CROSS JOIN LATERAL (
    SELECT CASE WHEN deal.deal_at IS NOT NULL THEN deal.won_at
        WHEN l.customer_id IS NOT NULL THEN l.converted_at END AS at
) won
CROSS JOIN LATERAL (
    -- of each step the first sign of it or of a later one, as long as it counts
    SELECT l.created_at AS t1,
        (SELECT greatest(l.created_at, min(at)) FROM unnest(ARRAY[l.mql_at, l.sql_at, l.converted_at, deal.deal_at,
            won.at]) AS at WHERE at <= last_at HAVING count(at) > 0) AS t2,
        (SELECT greatest(l.created_at, min(at)) FROM unnest(ARRAY[l.sql_at, l.converted_at, deal.deal_at, won.at]) AS at
            WHERE at <= last_at HAVING count(at) > 0) AS t3,
        (SELECT greatest(l.created_at, min(at)) FROM unnest(ARRAY[l.converted_at, deal.deal_at, won.at]) AS at
            WHERE at <= last_at HAVING count(at) > 0) AS t4,
        (SELECT greatest(l.created_at, at) FROM unnest(ARRAY[won.at]) AS at WHERE at <= last_at) AS t5
) times
WHERE l.created_at <= g.as_of;
CREATE TEMP TABLE way AS SELECT * FROM way_source WITH NO DATA;

-- A bound of Wilson's interval: -1 the lower, 1 the upper.
CREATE FUNCTION pg_temp.wilson(part bigint, whole bigint, side integer) RETURNS numeric LANGUAGE sql AS $$
    SELECT round((p + z * z / (2 * n) + side * z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n), 6)
    FROM (SELECT part::numeric / nullif(whole, 0) AS p, nullif(whole, 0)::numeric AS n, 1.959963984540054 AS z) x
$$;

CREATE TEMP VIEW funnel_by_hand AS
WITH step AS (
    SELECT period_start, channel, step_no, word, at, before_at, next_at
    FROM way, LATERAL (VALUES (1, 'lead', t1, NULL, t2), (2, 'mql', t2, t1, t3), (3, 'sql', t3, t2, t4),
        (4, 'opportunity', t4, t3, t5), (5, 'won', t5, t4, NULL)) AS s (step_no, word, at, before_at, next_at)
), counted AS (
    SELECT period_start, channel, step_no, word, count(at) AS reached,
        CASE WHEN step_no < 5 THEN count(at) - count(next_at) END AS dropped,
        CASE WHEN step_no > 1 THEN count(before_at) END AS reached_before, count(*) AS entered,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM at - before_at)) / 3600 AS step_median_hours,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM at - before_at)) / 3600 AS step_p90_hours
    FROM step GROUP BY period_start, channel, step_no, word
)
SELECT period_start, channel, step_no, word AS step,
    pg_temp.later(period_start, 'month', 1)::timestamp AT TIME ZONE g.zone <= g.as_of AS is_complete,
    (pg_temp.later(period_start, 'month', 1)::timestamp AT TIME ZONE g.zone) + w.funnel_window <= g.as_of
        AS conversion_is_mature,
    reached, dropped, pg_temp.share(dropped, reached) AS dropoff_ratio,
    reached_before, pg_temp.share(reached, reached_before) AS step_conversion_ratio,
    entered, pg_temp.share(reached, entered) AS conversion_ratio,
    pg_temp.wilson(reached, entered, -1) AS conversion_low, pg_temp.wilson(reached, entered, 1) AS conversion_high,
    step_median_hours, step_p90_hours
FROM counted, given g, windows w;

-- ---------------------------------------------------------------------------
-- Mails by hand
-- ---------------------------------------------------------------------------

-- What the sample lacks: clicks of leads who became customers, several clicks before a sale, at one moment too, mails
-- without all of their events.
UPDATE email_event SET customer_id = NULL, lead_id = (SELECT min(lead_id) FROM lead l
    WHERE l.customer_id = email_event.customer_id) WHERE customer_id LIKE '%2';
INSERT INTO email_event (message_id, recipient_id, kind, occurred_at, campaign_id, customer_id, lead_id)
SELECT 'x-' || message_id, recipient_id, kind, occurred_at, 'other', customer_id, lead_id
FROM email_event WHERE kind = 'click' AND recipient_id LIKE '%4';
DELETE FROM email_event WHERE kind = 'sent' AND recipient_id LIKE '%5';
DELETE FROM email_event WHERE kind = 'delivered' AND recipient_id LIKE '%6';
DELETE FROM email_event WHERE kind = 'open' AND recipient_id LIKE '%7' AND NOT machine;
UPDATE email_event SET campaign_id = NULL WHERE message_id LIKE '%-03';

CREATE TEMP VIEW credit_source AS
SELECT s.sale_id, s.amount, c.message_id, c.recipient_id
FROM given g, windows w, sale s
CROSS JOIN LATERAL (
    SELECT e.message_id, e.recipient_id
    FROM email_event e
    WHERE e.kind = 'click' AND NOT e.machine AND e.occurred_at <= s.sold_at
        AND e.occurred_at >= s.sold_at - w.click_window
        AND s.customer_id = coalesce(e.customer_id, (SELECT customer_id FROM lead l WHERE l.lead_id = e.lead_id))
    ORDER BY e.occurred_at DESC, e.message_id, e.recipient_id LIMIT 1
) c
WHERE s.kind <> 'refund' AND s.sold_at <= g.as_of;
CREATE TEMP TABLE credit AS SELECT * FROM credit_source WITH NO DATA;

CREATE TEMP VIEW email_by_hand AS
WITH event AS (
    SELECT e.*, e.kind || CASE WHEN machine THEN ' by machine' ELSE '' END AS what
    FROM email_event e, given WHERE occurred_at <= as_of
), mail AS (
    SELECT message_id, recipient_id, max(campaign_id) AS campaign_id, array_agg(what) AS did,
        coalesce(min(occurred_at) FILTER (WHERE kind = 'sent'), min(occurred_at)) AS sent_at
    FROM event GROUP BY message_id, recipient_id
), fate AS (
    SELECT date_trunc('month', sent_at AT TIME ZONE zone)::date AS period_start, campaign_id,
        did && '{delivered,open,click,open by machine,click by machine}' AS delivered, 'bounce' = ANY (did) AS bounced,
        'block' = ANY (did) AS blocked, did && '{open,click}' AS opened, 'click' = ANY (did) AS clicked,
        'open by machine' = ANY (did) AND NOT did && '{open,click}' AS only_opened_by_machine,
        'click by machine' = ANY (did) AND 'click' <> ALL (did) AS only_clicked_by_machine,
        'unsubscribe' = ANY (did) AS unsubscribed,
        (SELECT count(*) FROM credit c WHERE c.message_id = m.message_id AND c.recipient_id = m.recipient_id) AS sales,
        (SELECT sum(amount) FROM credit c WHERE c.message_id = m.message_id AND c.recipient_id = m.recipient_id)
            AS revenue
    FROM mail m, given
), counted AS (
    SELECT period_start, campaign_id, count(*) AS sent, count(*) FILTER (WHERE delivered) AS delivered,
        count(*) FILTER (WHERE bounced) AS bounced, count(*) FILTER (WHERE blocked) AS blocked,
        count(*) FILTER (WHERE opened) AS opened, count(*) FILTER (WHERE clicked) AS clicked,
        count(*) FILTER (WHERE only_opened_by_machine) AS machine_opened,
        count(*) FILTER (WHERE only_clicked_by_machine) AS machine_clicked,
        count(*) FILTER (WHERE sales > 0) AS bought, sum(sales) AS sales, coalesce(sum(revenue), 0) AS revenue_amount,
        count(*) FILTER (WHERE unsubscribed) AS unsubscribed
    FROM fate GROUP BY period_start, campaign_id
)
SELECT c.*,
    pg_temp.later(period_start, 'month', 1)::timestamp AT TIME ZONE g.zone <= g.as_of AS is_complete,
    (pg_temp.later(period_start, 'month', 1)::timestamp AT TIME ZONE g.zone) + w.click_window <= g.as_of
        AS sales_are_mature,
    pg_temp.share(delivered, sent) AS delivered_ratio, pg_temp.share(opened, delivered) AS open_ratio,
    pg_temp.share(clicked, delivered) AS click_ratio, pg_temp.share(clicked, opened) AS click_to_open_ratio,
    pg_temp.share(bought, delivered) AS sale_ratio, pg_temp.share(unsubscribed, delivered) AS unsubscribe_ratio,
    round(revenue_amount / nullif(delivered, 0), 4) AS revenue_per_delivered_value
FROM counted c, given g, windows w;

-- ---------------------------------------------------------------------------
-- All of it under the settings in "given" and "windows", which are made those of the mart
-- ---------------------------------------------------------------------------

CREATE FUNCTION pg_temp.compare_all(title text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE setting SET value = CASE name WHEN 'zone' THEN g.zone WHEN 'as_of' THEN g.as_of::text
        WHEN 'funnel_window' THEN w.funnel_window::text ELSE w.click_window::text END
    FROM given g, windows w WHERE name IN ('zone', 'as_of', 'funnel_window', 'click_window');
    TRUNCATE way, credit;
    INSERT INTO way SELECT * FROM way_source;
    INSERT INTO credit SELECT * FROM credit_source;
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': sales_funnel',
        'sales_funnel', 'funnel_by_hand', '{period_start,channel,step_no}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': email_funnel',
        'email_funnel', 'email_by_hand', '{period_start,campaign_id}');
    RETURN NEXT results_eq(
        'SELECT step, reached FROM crmkpi.funnel_dropoff((SELECT crmkpi.rollup(funnel) FROM daily_lead_funnel))',
        $s$ SELECT s.* FROM (SELECT count(t1), count(t2), count(t3), count(t4), count(t5) FROM way)
                w (n1, n2, n3, n4, n5),
            LATERAL (VALUES ('lead', n1), ('mql', n2), ('sql', n3), ('opportunity', n4), ('won', n5)) s (word, n) $s$,
        title || ': days roll up');
    RETURN NEXT is((SELECT sum(entered) FROM sales_funnel WHERE step_no = 1), (SELECT sum(leads) FROM crm_dashboard),
        title || ': every lead of the dashboard enters');
    RETURN NEXT is((SELECT sum(sales) FROM email_funnel), (SELECT count(*)::numeric FROM credit),
        title || ': a sale is credited once');
END;
$$;
SELECT * FROM pg_temp.compare_all('as loaded');
UPDATE given SET zone = 'Asia/Tokyo', as_of = '2025-06-15 12:00-04';
UPDATE windows SET funnel_window = '25 days', click_window = '70 hours';
SELECT * FROM pg_temp.compare_all('in Tokyo, as of June 2025, other windows');

CREATE TEMP TABLE seen AS SELECT pg_temp.everything('sales_funnel', 'email_funnel') AS everything;
SET LOCAL timezone = 'America/New_York';
SET LOCAL intervalstyle = 'sql_standard';
SET LOCAL datestyle = 'SQL, DMY';
SELECT is(pg_temp.everything('sales_funnel', 'email_funnel'), seen.everything, 'the session does not matter') FROM seen;
SET LOCAL timezone = 'UTC';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL datestyle = 'ISO, YMD';

-- ---------------------------------------------------------------------------
-- Small cases
-- ---------------------------------------------------------------------------

\o /dev/null
TRUNCATE customer, lead, opportunity, activity, email_event, sale;
UPDATE setting SET value = CASE name WHEN 'zone' THEN 'UTC' WHEN 'as_of' THEN '2025-07-01 00:00+00'
    WHEN 'funnel_window' THEN '90 days' ELSE '10 days' END
WHERE name IN ('zone', 'as_of', 'funnel_window', 'click_window');
\o
SELECT is_empty('TABLE sales_funnel', 'no leads, no funnel');
SELECT is_empty('TABLE email_funnel', 'no mails, none either');

-- 90 days after 2025-01-01 is 2025-04-01. The channel tells them apart.
INSERT INTO lead (lead_id, channel, created_at, mql_at, sql_at, converted_at, customer_id, opportunity_id)
SELECT id, id, '2025-01-01', mql_at, sql_at, converted_at, customer_id, opportunity_id
FROM (VALUES
    ('all', timestamptz '2025-01-02', timestamptz '2025-01-03', timestamptz '2025-01-04', NULL, 'won'),
    ('skipped', NULL, NULL, NULL, NULL, NULL), ('odd order', '2025-01-03', '2025-01-02', NULL, NULL, NULL),
    ('direct', NULL, NULL, '2025-01-04', 'c', NULL), ('belongs', NULL, NULL, NULL, 'c', NULL),
    ('just', '2025-04-01', NULL, NULL, NULL, NULL), ('late', '2025-04-01 00:00:00.000001', NULL, NULL, NULL, NULL),
    ('late deal', '2025-01-02', NULL, NULL, NULL, NULL), ('lost', NULL, NULL, NULL, 'c', 'lost'),
    ('second', NULL, NULL, NULL, NULL, NULL), ('old', NULL, NULL, NULL, NULL, NULL)
) AS l (id, mql_at, sql_at, converted_at, customer_id, opportunity_id);
INSERT INTO lead (lead_id, channel, created_at, mql_at, sql_at) VALUES
    ('young', 'young', '2025-06-30', '2025-07-01', '2025-07-01 00:00:00.000001'),
    ('young deal', 'young deal', '2025-06-30', NULL, NULL),
    ('unborn', 'unborn', '2025-07-01 00:00:00.000001', NULL, NULL);
INSERT INTO opportunity (opportunity_id, lead_id, created_at, closed_at, outcome, kind) VALUES
    ('won', NULL, '2025-01-04', '2025-01-05', 'won', 'new'), ('2', 'skipped', '2025-01-04', '2025-01-05', 'won', 'new'),
    ('lost', NULL, '2025-01-04', '2025-01-05', 'lost', 'new'),
    ('4', 'second', '2025-01-04', '2025-01-05', 'lost', 'new'),
    ('5', 'second', '2025-02-04', '2025-02-05', 'won', 'new'), ('6', 'old', '2024-12-04', '2024-12-05', 'won', 'new'),
    ('7', 'late deal', '2025-01-04', '2025-04-01 00:00:00.000001', 'won', 'new'),
    ('8', 'young deal', '2025-07-01', '2025-07-01 00:00:00.000001', 'won', 'new'),
    ('9', 'second', '2025-07-01 00:00:00.000001', '2025-07-02', 'won', 'new');
SELECT results_eq($$ SELECT channel, string_agg(step, ' ' ORDER BY step_no) FROM sales_funnel WHERE reached = 1
        GROUP BY channel ORDER BY channel $$,
    $$ VALUES ('all', 'lead mql sql opportunity won'), ('belongs', 'lead'), ('direct', 'lead mql sql opportunity won'),
        ('just', 'lead mql'), ('late', 'lead'), ('late deal', 'lead mql sql opportunity'),
        ('lost', 'lead mql sql opportunity'), ('odd order', 'lead mql sql'), ('old', 'lead mql sql opportunity won'),
        ('second', 'lead mql sql opportunity won'), ('skipped', 'lead mql sql opportunity won'),
        ('young', 'lead mql'), ('young deal', 'lead mql sql opportunity') $$,
    'a step implies those before it; links of either side; in time, and so far');
SELECT results_eq($$ SELECT channel, step_no, step_median_hours FROM sales_funnel
        WHERE channel IN ('all', 'old', 'odd order') AND reached = 1 AND step_no > 1 ORDER BY 1, 2 $$,
    $$ VALUES ('all', 2, 24.00), ('all', 3, 24.00), ('all', 4, 24.00), ('all', 5, 24.00),
        ('odd order', 2, 24.00), ('odd order', 3, 0.00),
        ('old', 2, 0.00), ('old', 3, 0.00), ('old', 4, 0.00), ('old', 5, 0.00) $$,
    'times are from the step before, and not negative');
SELECT results_eq($$ SELECT step_no, is_complete, conversion_is_mature, reached, dropped, dropoff_ratio, reached_before,
        step_conversion_ratio, entered, conversion_ratio FROM sales_funnel WHERE channel = 'young' AND step_no < 4
    ORDER BY 1 $$,
    'VALUES (1, true, false, 1::bigint, 0::bigint, 0.000000, NULL::bigint, NULL::numeric, 1::bigint, 1.000000),
        (2, true, false, 1, 1, 1.000000, 1, 1.000000, 1, 1.000000),
        (3, true, false, 0, 0, NULL, 1, 0.000000, 1, 0.000000)', 'nothing is divided by nothing');
UPDATE lead SET channel = NULL;
SELECT results_eq('SELECT channel, step_no, reached, dropped FROM sales_funnel WHERE period_start = ''2025-01-01''
        ORDER BY step_no',
    'VALUES (NULL, 1, 11::bigint, 2::bigint), (NULL, 2, 9, 1), (NULL, 3, 8, 1), (NULL, 4, 7, 2), (NULL, 5, 5, NULL)',
    'leads without a channel are one funnel');

-- Mails: who got one tells what happened with it.
INSERT INTO email_event (message_id, recipient_id, kind, occurred_at, machine, campaign_id)
SELECT 'm', recipient, kind, '2025-03-01'::timestamptz + number * interval '1 hour', word LIKE '%!', recipient
FROM (VALUES ('nothing', 'sent'), ('read', 'sent delivered open open click click'), ('only clicked', 'click'),
    ('machines', 'sent delivered open! click!'), ('both', 'sent delivered open! click! open click'),
    ('bounced', 'sent bounce'), ('blocked', 'sent block'), ('left', 'sent delivered unsubscribe'),
    ('machine only', 'sent open!')) AS m (recipient, words)
CROSS JOIN LATERAL regexp_split_to_table(words, ' ') WITH ORDINALITY AS w (word, number)
CROSS JOIN LATERAL rtrim(word, '!') AS kind;
INSERT INTO email_event (message_id, recipient_id, kind, occurred_at, campaign_id) VALUES
    ('m', 'nothing', 'open', '2025-07-01 00:00:00.000001', 'nothing'), ('n', 'read', 'sent', '2025-04-01', NULL),
    ('n', 'left', 'sent', '2025-07-02', NULL),
    -- by another clock
    ('n', 'clock', 'delivered', '2025-03-31 23:59', 'clock'), ('n', 'clock', 'sent', '2025-04-01 00:01', 'clock');
SELECT results_eq('SELECT campaign_id, sent, delivered, bounced, blocked, opened, machine_opened, clicked,
        machine_clicked, unsubscribed FROM email_funnel ORDER BY 1',
    $$ VALUES ('blocked', 1::bigint, 0::bigint, 0::bigint, 1::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint,
            0::bigint),
        ('both', 1, 1, 0, 0, 1, 0, 1, 0, 0), ('bounced', 1, 0, 1, 0, 0, 0, 0, 0, 0),
        ('clock', 1, 1, 0, 0, 0, 0, 0, 0, 0), ('left', 1, 1, 0, 0, 0, 0, 0, 0, 1),
        ('machine only', 1, 1, 0, 0, 0, 1, 0, 0, 0), ('machines', 1, 1, 0, 0, 0, 1, 0, 1, 0),
        ('nothing', 1, 0, 0, 0, 0, 0, 0, 0, 0), ('only clicked', 1, 1, 0, 0, 1, 0, 1, 0, 0),
        ('read', 1, 1, 0, 0, 1, 0, 1, 0, 0), (NULL, 1, 0, 0, 0, 0, 0, 0, 0, 0) $$,
    'a mail counts once in each; machines apart; nothing from the future');
SELECT results_eq($$ SELECT period_start, open_ratio, click_to_open_ratio, unsubscribe_ratio,
        revenue_per_delivered_value FROM email_funnel WHERE campaign_id IS NULL OR campaign_id IN ('left', 'clock')
        ORDER BY 1, campaign_id $$,
    $$ VALUES (date '2025-03-01', 0.000000, NULL::numeric, 1.000000, 0.0000),
        ('2025-04-01', 0.000000, NULL, 0.000000, 0.0000), ('2025-04-01', NULL, NULL, NULL, NULL) $$,
    'mails are of the month in which they were sent; what is of nothing is NULL');

-- Sales: the campaign tells the mail.
TRUNCATE email_event, lead;
INSERT INTO lead (lead_id, created_at, customer_id) VALUES ('l', '2025-01-01', 'of lead');
INSERT INTO email_event (message_id, recipient_id, kind, occurred_at, campaign_id, customer_id, lead_id, machine) VALUES
    ('a', '1', 'click', '2025-03-01', 'first', 'c', NULL, false),
    ('b', '1', 'click', '2025-03-05', 'last', 'c', NULL, false),
    ('c', '1', 'click', '2025-03-06', 'machine', 'c', NULL, true),
    ('d', '1', 'open', '2025-03-06', 'open', 'c', NULL, false),
    ('e', '2', 'click', '2025-03-05', 'of lead', NULL, 'l', false),
    ('f', '3', 'click', '2025-03-05', 'other', 'd', NULL, false),
    ('g', '4', 'click', '2025-03-05', 'nobody', NULL, NULL, false),
    ('h', '5', 'click', '2025-03-05', 'tie 1', 'tie', NULL, false),
    ('i', '5', 'click', '2025-03-05', 'tie 2', 'tie', NULL, false);
INSERT INTO sale (sale_id, customer_id, sold_at, amount, kind) VALUES
    ('1', 'c', '2025-02-28', 1, 'new'), ('2', 'c', '2025-03-01', 10, 'new'),
    ('3', 'c', '2025-03-04 12:00', 100, 'repeat'),
    ('4', 'c', '2025-03-15', 1000, 'repeat'), ('5', 'c', '2025-03-15 00:00:00.000001', 10000, 'repeat'),
    ('6', 'c', '2025-03-07', -5, 'refund'), ('7', 'of lead', '2025-03-06', 7, 'upsell'),
    ('8', 'e', '2025-03-06', 8, 'new'),
    ('9', 'tie', '2025-03-06', 9, 'cross_sell');
SELECT results_eq('SELECT campaign_id, bought, sales, revenue_amount, sale_ratio FROM email_funnel
        WHERE sales > 0 ORDER BY 1',
    $$ VALUES ('first', 1::bigint, 2::bigint, 110.0000, 1.000000), ('last', 1, 1, 1000.0000, 1.000000),
        ('of lead', 1, 1, 7.0000, 1.000000), ('tie 1', 1, 1, 9.0000, 1.000000) $$,
    'a sale is credited once, to the last click of the customer in the window before it');
UPDATE setting SET value = '2025-03-04 11:00+00' WHERE name = 'as_of';
SELECT results_eq('SELECT campaign_id, bought, sales, revenue_amount, is_complete, sales_are_mature FROM email_funnel',
    $$ VALUES ('first', 1::bigint, 1::bigint, 10.0000, false, false) $$, 'as of then');

-- Berlin is ahead: its months end an hour or two before those of UTC.
CREATE FUNCTION pg_temp.flags_as_of(moment text) RETURNS boolean[] LANGUAGE plpgsql AS $$
BEGIN
    UPDATE setting SET value = moment WHERE name = 'as_of';
    RETURN (SELECT ARRAY[l.is_complete, l.conversion_is_mature, e.is_complete, e.sales_are_mature]
            FROM sales_funnel l
            LEFT JOIN email_funnel e ON e.period_start = '2025-03-01' AND e.campaign_id = 'first' WHERE l.step_no = 1);
END;
$$;
UPDATE setting SET value = 'Europe/Berlin' WHERE name = 'zone';
SELECT is(pg_temp.flags_as_of('2025-01-31 22:30+00'), '{f,f,NULL,NULL}', 'January goes on');
SELECT is(pg_temp.flags_as_of('2025-01-31 23:30+00'), '{t,f,NULL,NULL}', 'it is over in Berlin');
SELECT is(pg_temp.flags_as_of('2025-03-31 21:30+00'), '{t,f,f,f}', 'March goes on');
SELECT is(pg_temp.flags_as_of('2025-03-31 22:30+00'), '{t,f,t,f}', 'it is over');
SELECT is(pg_temp.flags_as_of('2025-04-10 21:30+00'), '{t,f,t,f}', 'clicks of March may still lead to sales');
SELECT is(pg_temp.flags_as_of('2025-04-10 22:30+00'), '{t,f,t,t}', 'but not ten days after its end');
SELECT is(pg_temp.flags_as_of('2025-05-01 22:30+00'), '{t,f,t,t}', 'leads of January may still convert');
SELECT is(pg_temp.flags_as_of('2025-05-01 23:30+00'), '{t,t,t,t}', 'but not 90 days after its end');

SELECT * FROM finish();
ROLLBACK;
\o /dev/null
SELECT crmkpi.drop_mart('mart_funnels', true);
