-- The views of opportunities, stages, scores and targets: small cases with known answers, the mistakes that others
-- make, and rows as a mapping may bring them.

BEGIN;
SELECT no_plan();
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, YMD';
\o /dev/null
SELECT crmkpi.create_mart('mart_deals');
SET LOCAL search_path = mart_deals, public, pg_temp;
-- as_of is the first of July; rows as of later are not known yet
CREATE FUNCTION pg_temp.clear() RETURNS void LANGUAGE sql AS $$
    TRUNCATE agent, customer, lead, opportunity, activity, status, status_event, target, sale, ticket;
    UPDATE setting SET value = CASE name WHEN 'zone' THEN 'UTC' WHEN 'as_of' THEN '2025-07-01 00:00+00'
        WHEN 'freshness_half_life' THEN '30 days' ELSE '90 days' END
    WHERE name IN ('zone', 'as_of', 'funnel_window', 'velocity_window', 'freshness_half_life');
    INSERT INTO agent (agent_id, team, human) VALUES ('ann', 'east', true), ('bob', 'east', true), ('bot', NULL, false);
    INSERT INTO status (entity, status, category, step_no) VALUES ('opportunity', 'talk', 'new', 1), ('opportunity', 'offer', 'open', 2),
        ('opportunity', 'sign', 'pending', 3), ('opportunity', 'parked', 'hold', NULL), ('opportunity', 'won', 'won', 4),
        ('opportunity', 'lost', 'lost', NULL), ('lead', 'fresh', 'new', 1), ('lead', 'busy', 'open', 2), ('lead', 'sold', 'won', 3);
$$;
SELECT pg_temp.clear();
\o

-- ---------------------------------------------------------------------------
-- Visits
-- ---------------------------------------------------------------------------

INSERT INTO opportunity (opportunity_id, created_at, closed_at, outcome, kind, stage, amount) VALUES
    ('back', '2025-06-01', NULL, 'open', 'new', 'talk', 10), ('skip', '2025-06-01', '2025-06-05', 'won', 'new', 'won', 10),
    ('reopened', '2025-06-01', '2025-06-20', 'won', 'new', 'won', 10), ('quiet end', '2025-06-01', '2025-06-11', 'lost', 'new', 'lost', 10),
    ('at once', '2025-06-01', NULL, 'open', 'new', 'offer', NULL), ('early', '2025-06-10', NULL, 'open', 'new', 'talk', 10),
    ('late end', '2025-06-01', '2025-06-03', 'lost', 'new', 'lost', 10), ('no history', '2025-06-01', NULL, 'open', 'new', 'offer', 7),
    ('ended', '2025-06-01', NULL, 'open', 'new', 'sign', 10), ('future', '2025-06-01', '2025-07-02', 'won', 'new', 'won', 10),
    ('parked', '2025-06-01', NULL, 'open', 'new', 'parked', 10);
INSERT INTO status_event (entity, entity_id, changed_at, seq, status) VALUES
    ('opportunity', 'back', '2025-06-01', 0, 'talk'), ('opportunity', 'back', '2025-06-02', 0, 'talk'),
    ('opportunity', 'back', '2025-06-04', 0, 'offer'), ('opportunity', 'back', '2025-06-05', 0, 'nonsense'),
    ('opportunity', 'back', '2025-06-10', 0, 'talk'),
    ('opportunity', 'skip', '2025-06-01', 0, 'talk'), ('opportunity', 'skip', '2025-06-03', 0, 'sign'),
    ('opportunity', 'skip', '2025-06-05', 0, 'won'),
    ('opportunity', 'reopened', '2025-06-01', 0, 'offer'), ('opportunity', 'reopened', '2025-06-03', 0, 'lost'),
    ('opportunity', 'reopened', '2025-06-10', 0, 'offer'), ('opportunity', 'reopened', '2025-06-20', 0, 'won'),
    ('opportunity', 'quiet end', '2025-06-01', 0, 'talk'), ('opportunity', 'quiet end', '2025-06-02', 0, 'offer'),
    ('opportunity', 'at once', '2025-06-01', 0, 'talk'), ('opportunity', 'at once', '2025-06-01', 1, 'offer'),
    ('opportunity', 'early', '2025-06-08', 0, 'talk'), ('opportunity', 'early', '2025-06-09', 0, 'offer'),
    ('opportunity', 'early', '2025-07-02', 0, 'sign'),
    ('opportunity', 'late end', '2025-06-01', 0, 'talk'), ('opportunity', 'late end', '2025-06-04', 0, 'offer'),
    ('opportunity', 'ended', '2025-06-01', 0, 'offer'), ('opportunity', 'ended', '2025-06-02', 0, 'won'),
    ('opportunity', 'future', '2025-06-01', 0, 'sign'), ('opportunity', 'future', '2025-07-02', 0, 'won'),
    ('opportunity', 'parked', '2025-06-01', 0, 'sign'), ('opportunity', 'parked', '2025-06-02', 0, 'parked'),
    ('opportunity', 'nobody', '2025-06-01', 0, 'talk');
INSERT INTO lead (lead_id, created_at, converted_at, disqualified_at) VALUES ('L1', '2025-06-01', '2025-06-05', NULL),
    ('L2', '2025-06-01', NULL, '2025-06-09'), ('L3', '2025-06-01', '2025-07-03', NULL);
INSERT INTO status_event (entity, entity_id, changed_at, status) VALUES ('lead', 'L1', '2025-06-01', 'fresh'),
    ('lead', 'L1', '2025-06-05', 'sold'), ('lead', 'L2', '2025-06-01', 'fresh'), ('lead', 'L2', '2025-06-03', 'busy'),
    ('lead', 'L3', '2025-06-01', 'fresh');
SELECT results_eq('SELECT entity_id, stage, entered_at::date, left_at::date, next_stage, outcome, moved_on FROM stage_visit
        ORDER BY entity, entity_id COLLATE "C", visit_no',
    $$ VALUES ('L1', 'fresh', date '2025-06-01', date '2025-06-05', 'sold', 'won', true),
        ('L2', 'fresh', '2025-06-01', '2025-06-03', 'busy', 'lost', true), ('L2', 'busy', '2025-06-03', '2025-06-09', NULL, 'lost', false),
        ('L3', 'fresh', '2025-06-01', NULL, NULL, 'open', false),
        ('at once', 'talk', '2025-06-01', '2025-06-01', 'offer', 'open', true), ('at once', 'offer', '2025-06-01', NULL, NULL, 'open', false),
        ('back', 'talk', '2025-06-01', '2025-06-04', 'offer', 'open', true), ('back', 'offer', '2025-06-04', '2025-06-10', 'talk', 'open', false),
        ('back', 'talk', '2025-06-10', NULL, NULL, 'open', false),
        ('early', 'talk', '2025-06-10', '2025-06-10', 'offer', 'open', true), ('early', 'offer', '2025-06-10', NULL, NULL, 'open', false),
        ('ended', 'offer', '2025-06-01', '2025-06-02', 'won', 'open', false),
        ('future', 'sign', '2025-06-01', NULL, NULL, 'open', false),
        ('late end', 'talk', '2025-06-01', '2025-06-04', 'offer', 'lost', true),
        ('late end', 'offer', '2025-06-04', '2025-06-04', NULL, 'lost', false),
        ('parked', 'sign', '2025-06-01', '2025-06-02', 'parked', 'open', false), ('parked', 'parked', '2025-06-02', NULL, NULL, 'open', false),
        ('quiet end', 'talk', '2025-06-01', '2025-06-02', 'offer', 'lost', true),
        ('quiet end', 'offer', '2025-06-02', '2025-06-11', NULL, 'lost', false),
        ('reopened', 'offer', '2025-06-01', '2025-06-03', 'lost', 'won', true), ('reopened', 'offer', '2025-06-10', '2025-06-20', 'won', 'won', true),
        ('skip', 'talk', '2025-06-01', '2025-06-03', 'sign', 'won', true), ('skip', 'sign', '2025-06-03', '2025-06-05', 'won', 'won', true) $$,
    'visits: a status that is logged again goes on, the end of the item ends the last one, an end begins none');
SELECT results_eq($$ SELECT stage, step_no, items, visits, finished, items_now, now_amount, stuck, moved_on, decided, won, closed
        FROM stage_duration WHERE entity = 'opportunity' ORDER BY step_no $$,
    $$ VALUES ('talk', 1, 6::bigint, 7::bigint, 6::bigint, 1::bigint, 10::numeric, NULL::bigint, 6::bigint, 6::bigint, 1::bigint, 3::bigint),
        ('offer', 2, 7, 8, 6, 3, 17, NULL, 1, 3, 1, 3), ('sign', 3, 3, 3, 2, 1, 10, NULL, 1, 1, 1, 1),
        ('parked', NULL, 1, 1, 0, 1, 10, NULL, 0, 0, 0, 0) $$,
    'stages: who is there now, and who went on; of an item without a history its stage now');
SELECT results_eq($$ SELECT stay_hours, stay_km_hours FROM stage_duration WHERE entity = 'opportunity' ORDER BY step_no $$,
    -- talk: 0, 0, 1, 2, 3, 3 days and 21 so far; offer: 0, 1, 2, 6, 9, 10 and 21, 30 so far; sign: 1, 2 and 30 so far
    'VALUES (36.00, 48.00), (112.00, 144.00), (36.00, 48.00), (NULL, NULL)', 'means of what is over, and medians of all');

-- Ten finished visits tell what is long
INSERT INTO opportunity (opportunity_id, created_at, outcome, kind) SELECT 'n' || n, '2025-03-01', 'open', 'new' FROM generate_series(1, 12) AS n;
INSERT INTO status_event (entity, entity_id, changed_at, status)
SELECT 'opportunity', 'n' || n, at, status FROM generate_series(1, 12) AS n,
    LATERAL (VALUES (timestamptz '2025-03-01', 'parked'), ('2025-03-01'::timestamptz + n * interval '1 day', 'sign')) v (at, status);
SELECT results_eq($$ SELECT stage, stuck, items_now FROM stage_duration WHERE stage IN ('parked', 'sign') ORDER BY 1 $$,
    $$ VALUES ('parked', 1::bigint, 1::bigint), ('sign', NULL, 13) $$, 'stuck: longer than nine in ten, where ten are over');
SELECT results_eq($$ SELECT opportunity_id, is_stuck FROM open_opportunity WHERE stage = 'parked' OR opportunity_id IN ('no history', 'ended', 'n1')
        ORDER BY 1 $$,
    $$ VALUES ('ended', NULL::boolean), ('n1', NULL), ('no history', NULL), ('parked', true) $$, 'and so one by one');

-- ---------------------------------------------------------------------------
-- Mistakes that others make
-- ---------------------------------------------------------------------------

\o /dev/null
SELECT pg_temp.clear();
UPDATE setting SET value = '2025-06-30 12:00+00' WHERE name = 'as_of';
\o
INSERT INTO opportunity (opportunity_id, created_at, closed_at, outcome, kind, owner_id, amount, probability, contract_months) VALUES
    ('1', '2025-06-02', '2025-06-04', 'won', 'new', 'ann', 100, 1, 12), ('2', '2025-06-02', '2025-06-03', 'won', 'new', 'ann', 300, 1, NULL),
    ('3', '2025-06-02', '2025-06-05', 'lost', 'new', 'bob', 0, 0, 12), ('4', '2025-06-02', '2025-06-02', 'won', 'new', NULL, NULL, 1, 24),
    ('5', '2025-06-02', NULL, 'open', 'new', 'ann', 1000, 0.75, 12), ('6', '2025-06-02', NULL, 'open', 'new', 'bob', NULL, 0.5, 12),
    ('7', '2025-06-02', NULL, 'open', 'new', NULL, 200, NULL, 12), ('8', '2025-06-02', '2025-07-09', 'won', 'new', 'bob', 50, 1, 12);
SELECT results_eq('SELECT agent_id, won, closed, close_ratio FROM agent_performance WHERE closed > 0 ORDER BY 1',
    $$ VALUES ('ann', 2::bigint, 2::bigint, 1.000000), ('bob', 0, 1, 0.000000) $$,
    'who only won has 100 %, who only lost 0 %');
SELECT results_eq('SELECT won, lost, closed, close_ratio, open_items, cohort_win_ratio FROM opportunity_dashboard',
    'VALUES (3::bigint, 1::bigint, 4::bigint, 0.750000, 4::bigint, NULL::numeric)', 'never over 100 %: open ones are in neither');
SELECT results_eq('SELECT won_amount, lost_amount, lost_priced, amount_win_ratio FROM opportunity_dashboard',
    'VALUES (400.0000, 0.0000, 0::bigint, NULL::numeric)', 'lost at 0 is no amount, and without lost amounts there is no rate of them');
SELECT results_eq('SELECT contracts, contract_value, annual_contracts, annual_contract_value, cycle_hours FROM opportunity_dashboard',
    'VALUES (2::bigint, 200.0000, 1::bigint, 100.0000, 24.00)', 'values of those that have one; a cycle of no time is a cycle');
SELECT results_eq('SELECT open_amount, open_priced, weighted_amount, weighted_items FROM opportunity_dashboard',
    'VALUES (1250.0000, 3::bigint, 750.0000, 1::bigint)', '75 % of 1000 is 750; without an amount or a chance there is nothing to weigh');
-- 4 open x 3/4 x 200 / 1 day
SELECT results_eq('SELECT velocity_amount, velocity_win_ratio, velocity_won_value, velocity_cycle_hours FROM opportunity_dashboard',
    'VALUES (600.0000, 0.750000, 200.0000, 24.00)', 'velocity and its inputs');
SELECT throws_ok($$ UPDATE opportunity SET probability = 75 WHERE opportunity_id = '5' $$, '23514', NULL, 'a chance of 75 is refused');
SELECT throws_ok($$ UPDATE opportunity SET closed_at = '2025-06-01' WHERE opportunity_id = '1' $$, '23514', NULL, 'so is an end before the beginning');
UPDATE opportunity SET amount = 100 WHERE opportunity_id = '3';
SELECT results_eq('SELECT amount_win_ratio, lost_amount, closed_amount FROM opportunity_dashboard', 'VALUES (0.800000, 100.0000, 500.0000)',
    'win rate by amount');
UPDATE opportunity SET closed_at = created_at WHERE outcome = 'won' AND closed_at < '2025-06-30';
SELECT results_eq('SELECT velocity_amount, velocity_cycle_hours FROM opportunity_dashboard', 'VALUES (NULL::numeric, 0.00)',
    'cycles of no time have no velocity');
UPDATE setting SET value = '28 days' WHERE name = 'funnel_window';
SELECT results_eq('SELECT cohort_won, cohort_total, cohort_is_mature, decision_km_hours, decided FROM opportunity_dashboard',
    -- 3 at once, 1 after 3 days, 4 open
    'VALUES (3::bigint, 8::bigint, false, 72.00, 4::bigint)', 'the cohort, and its median with those that are open');

-- ---------------------------------------------------------------------------
-- The pipeline of every day
-- ---------------------------------------------------------------------------

\o /dev/null
SELECT pg_temp.clear();
\o
UPDATE setting SET value = '2025-06-06 12:00+00' WHERE name = 'as_of';
UPDATE setting SET value = '2 days' WHERE name = 'velocity_window';
INSERT INTO opportunity (opportunity_id, created_at, closed_at, outcome, kind, stage, amount, probability) VALUES
    ('a', '2025-06-01 10:00', '2025-06-04 10:00', 'won', 'new', 'won', 100, 1), ('b', '2025-06-02 10:00', NULL, 'open', 'new', 'offer', 1000, 0.5),
    ('c', '2025-06-02 23:00', NULL, 'open', 'new', 'talk', 400, 0.1), ('d', '2025-06-06 12:00', NULL, 'open', 'new', 'talk', 10, 0.3),
    ('e', '2025-06-06 12:00:01', NULL, 'open', 'new', 'talk', 10, 0.2), ('f', '2025-06-01 10:00', '2025-06-06 12:00', 'lost', 'new', 'lost', 1, 0),
    ('g', '2025-06-01 10:00', '2025-06-03 10:00', 'lost', 'new', 'lost', 5, 0);
INSERT INTO status_event (entity, entity_id, changed_at, status) VALUES ('opportunity', 'a', '2025-06-01 10:00', 'talk'),
    ('opportunity', 'a', '2025-06-03 10:00', 'offer'), ('opportunity', 'a', '2025-06-04 10:00', 'won'),
    ('opportunity', 'b', '2025-06-03 10:00', 'talk'), ('opportunity', 'b', '2025-06-05 10:00', 'offer'),
    -- changes after the end do not bring it back
    ('opportunity', 'g', '2025-06-01 10:00', 'talk'), ('opportunity', 'g', '2025-06-05 10:00', 'offer');
-- talk is 0.2 on average, offer 0.5
SELECT results_eq('SELECT day, created, closed, open_items, open_amount, weighted_amount, weighted_items, velocity_won, velocity_closed
        FROM pipeline_history ORDER BY 1',
    $$ VALUES (date '2025-06-01', 3::bigint, 0::bigint, 3::bigint, 106::numeric, 21::numeric, 2::bigint, 0::bigint, 0::bigint),
        ('2025-06-02', 2, 0, 5, 1506, 21, 2, 0, 0), ('2025-06-03', 0, 1, 4, 1501, 250, 2, 0, 1), ('2025-06-04', 0, 1, 3, 1401, 200, 1, 1, 2),
        ('2025-06-05', 0, 0, 3, 1401, 500, 1, 1, 1),
        -- those without a history have their own chance, now
        ('2025-06-06', 1, 1, 3, 1410, 543, 3, 0, 1) $$, 'items, amounts and weights day by day');
SELECT results_eq($$ SELECT period_start, created, open_items, created_previous, open_items_previous FROM opportunity_dashboard('day', '2025-06-05') $$,
    $$ VALUES (date '2025-06-05', 0::bigint, 3::bigint, 0::bigint, 3::bigint), ('2025-06-06', 1, 3, 0, 3) $$,
    'a day on which nothing happens has a pipeline');
UPDATE setting SET value = 'Asia/Tokyo' WHERE name = 'zone';
SELECT results_eq('SELECT created FROM pipeline_history ORDER BY day', 'VALUES (3::bigint), (1), (1), (0), (0), (1)',
    'days are those of the zone');

-- ---------------------------------------------------------------------------
-- Scores
-- ---------------------------------------------------------------------------

\o /dev/null
SELECT pg_temp.clear();
\o
INSERT INTO opportunity (opportunity_id, created_at, outcome, kind, stage, amount, probability, expected_close_on) VALUES
    ('1', '2025-06-20', 'open', 'new', 'talk', 1000, 0.3, '2025-06-30'), ('2', '2025-06-20', 'open', 'new', 'talk', 1000, NULL, '2025-07-01'),
    ('3', '2025-06-20', 'open', 'new', 'offer', 1000, NULL, NULL), ('4', '2025-05-01', 'open', 'new', 'talk', NULL, 0.1, NULL);
SELECT results_eq('SELECT opportunity_id, score, score_source, learned_from, priority_amount, base_points, next_step FROM opportunity_score ORDER BY 1',
    $$ VALUES ('1', 30.00, 'stated', 0::bigint, 300::numeric, NULL::numeric, 'plan a new closing day'),
        ('2', 20.00, 'stated', 0, 200, NULL, 'go on'), ('3', NULL, NULL, 0, NULL, NULL, 'go on'), ('4', 10.00, 'stated', 0, NULL, NULL, 'get in touch') $$,
    'nothing learned: the stated chance, else that of the stage, else none');
SELECT is_empty('TABLE score_calibration', 'and nothing to hold against it');
INSERT INTO opportunity (opportunity_id, created_at, closed_at, outcome, kind, owner_id)
SELECT 'w' || n, '2025-01-01', '2025-01-01'::timestamptz + n * interval '1 day', 'won', 'new', 'ann' FROM generate_series(1, 20) AS n;
SELECT results_eq('SELECT DISTINCT score, learned_from FROM opportunity_score', 'VALUES (97.62, 20::bigint)',
    'all won: 20.5 of 21 for each');
SELECT results_eq('SELECT count(*), sum(won), max(auc) FROM score_calibration', 'VALUES (6::bigint, 6::numeric, NULL::numeric)',
    'of which nobody can tell a won from a lost one');
INSERT INTO opportunity (opportunity_id, created_at, closed_at, outcome, kind)
SELECT 'now' || n, '2025-01-01', '2025-01-01', 'lost', 'new' FROM generate_series(1, 20) AS n;
SELECT results_eq('SELECT DISTINCT learned_from FROM opportunity_score', 'VALUES (20::bigint)', 'what was never open teaches nothing');
-- What is filled in at the end must not be learned: amount, customer, probability, stage without a history
INSERT INTO opportunity (opportunity_id, created_at, closed_at, outcome, kind, stage, customer_id, amount, probability)
SELECT outcome || n, '2025-02-01', '2025-02-01'::timestamptz + n * interval '1 day', outcome, 'new', outcome,
    CASE outcome WHEN 'won' THEN 'k' || n END, CASE outcome WHEN 'won' THEN 5000 ELSE 0 END, CASE outcome WHEN 'won' THEN 1 ELSE 0 END
FROM generate_series(1, 60) AS n, unnest('{won,lost}'::text[]) AS outcome;
SELECT results_eq($$ SELECT DISTINCT features[1:4] FROM opportunity_feature WHERE created_at = '2025-02-01' $$,
    $$ VALUES ('{new,NULL,NULL,NULL}'::text[]) $$, 'of what was filled in at the end nothing is learned');
SELECT cmp_ok(max(auc), '<', 0.7, 'so that no score is too good to be true') FROM score_calibration;
INSERT INTO activity (activity_id, opportunity_id, kind, direction, occurred_at) VALUES ('1', '1', 'meeting', 'in', '2025-06-19'),
    ('2', '2', 'meeting', 'in', '2025-06-20'), ('3', '3', 'email', 'out', '2025-06-28'), ('4', '3', 'email', 'in', '2025-07-02');
SELECT results_eq($$ SELECT opportunity_id, features[5:7] FROM opportunity_feature WHERE won IS NULL ORDER BY 1 $$,
    $$ VALUES ('1', '{7 to 30 days,never,0}'::text[]), ('2', '{7 to 30 days,7 to 30 days,1}'), ('3', '{7 to 30 days,under 7 days,0}'),
        ('4', '{30 to 90 days,never,0}') $$, 'age, last touch and two-way touches, since its creation and so far');
SELECT is_empty($$ SELECT * FROM opportunity_feature WHERE seen_at NOT BETWEEN created_at AND coalesce(closed_at, '2025-07-01') $$,
    'each is seen while it was open');

-- ---------------------------------------------------------------------------
-- Hot leads
-- ---------------------------------------------------------------------------

\o /dev/null
SELECT pg_temp.clear();
\o
INSERT INTO lead (lead_id, created_at, channel, owner_id, mql_at, converted_at, disqualified_at) VALUES
    ('new', '2025-06-30', 'web', NULL, NULL, NULL, NULL), ('answered', '2025-06-25', 'web', 'ann', NULL, NULL, NULL),
    ('wrote back', '2025-05-01', 'web', 'ann', '2025-05-02', NULL, NULL), ('cold', '2025-05-01', 'web', 'ann', NULL, NULL, NULL),
    ('sold', '2025-06-25', 'web', 'ann', NULL, '2025-06-26', NULL), ('lost', '2025-06-25', 'web', 'ann', NULL, NULL, '2025-06-26'),
    ('sold later', '2025-06-30', 'fair', 'ann', NULL, '2025-07-02', NULL), ('missed', '2025-05-01', 'web', 'ann', NULL, NULL, NULL),
    ('old 1', '2025-01-01', 'web', 'ann', '2025-01-02', '2025-01-03', NULL), ('old 2', '2025-01-01', 'web', 'ann', NULL, NULL, NULL);
INSERT INTO activity (activity_id, lead_id, kind, direction, occurred_at, agent_id, answered, automated) VALUES
    ('1', 'answered', 'call', 'out', '2025-06-26', 'ann', false, false), ('2', 'wrote back', 'email', 'out', '2025-05-02', 'ann', NULL, false),
    ('3', 'wrote back', 'email', 'in', '2025-06-01', 'ann', NULL, false), ('4', 'wrote back', 'email', 'out', '2025-06-02', 'bot', NULL, true),
    ('5', 'cold', 'email', 'out', '2025-06-28', 'ann', NULL, false), ('6', 'missed', 'call', 'in', '2025-06-28', 'ann', false, false),
    ('7', 'new', 'email', 'out', '2025-06-30 00:05', 'bot', NULL, true), ('8', 'new', 'meeting', 'in', '2025-06-29', 'ann', NULL, false);
SELECT results_eq('SELECT lead_id, level, recent_touches, two_way_touches, outbound_touches, waiting_days, round(heat, 3), fit_converted, fit_leads
        FROM hot_leads ORDER BY heat DESC, lead_id',
    $$ VALUES ('new', 'new', 0::bigint, 0::bigint, 0::bigint, 1, 0.977, 1::bigint, 2::bigint),
        ('sold later', 'new', 0, 0, 0, 1, 0.977, 0, 0), ('answered', 'new', 0, 0, 1, NULL, 0.871, 1, 2),
        -- half of its touch, and what is left of its creation after 61 days
        ('wrote back', 'mql', 1, 1, 1, 30, 0.744, 1, 1) $$,
    'hot: came in or got in touch lately, and is open; machines and what was missed do not count');

-- ---------------------------------------------------------------------------
-- Targets
-- ---------------------------------------------------------------------------

\o /dev/null
SELECT pg_temp.clear();
\o
INSERT INTO lead (lead_id, created_at, owner_id) SELECT n::text, '2025-04-01'::timestamptz + (n % 91) * interval '1 day',
    CASE WHEN n <= 45 THEN 'ann' ELSE 'bob' END FROM generate_series(0, 90) AS n;
INSERT INTO lead (lead_id, created_at) SELECT 'y' || n, '2024-04-01 12:00' FROM generate_series(1, 30) AS n;
INSERT INTO lead (lead_id, created_at) SELECT 'z' || n, '2024-06-30 12:00' FROM generate_series(1, 10) AS n;
INSERT INTO target (kpi, scope, starts_on, ends_on, start_value, target_value) VALUES ('leads', '', '2025-04-01', '2025-06-30', NULL, 100),
    ('leads', 'agent=ann', '2025-04-01', '2025-06-30', NULL, 46), ('leads', 'team=east', '2025-04-01', '2025-06-30', NULL, 0),
    ('leads', 'agent=eve', '2025-04-01', '2025-06-30', NULL, 5), ('leads', 'channel=web', '2025-04-01', '2025-06-30', NULL, 5),
    ('leads', '', '2025-07-01', '2025-09-30', NULL, 100), ('leads', '', '2025-08-01', '2025-09-30', NULL, 100),
    ('made_up', '', '2025-04-01', '2025-06-30', NULL, 1);
SELECT results_eq('SELECT scope, starts_on, actual, expected, status, previous, growth_ratio, year_before, year_growth_ratio
        FROM target_progress ORDER BY kpi, scope, starts_on',
    $$ VALUES ('', date '2025-04-01', 91::numeric, 100::numeric, 'at risk', NULL::numeric, NULL::numeric, 40::numeric, 1.275),
        ('', '2025-07-01', 0, 0, 'on track', 1, -1, NULL, NULL), ('', '2025-08-01', NULL, 0, 'not started', NULL, NULL, NULL, NULL),
        ('agent=ann', '2025-04-01', 46, 46, 'on track', NULL, NULL, NULL, NULL),
        ('agent=eve', '2025-04-01', NULL, 5, 'no data', NULL, NULL, NULL, NULL),
        ('channel=web', '2025-04-01', NULL, 5, 'no data', NULL, NULL, NULL, NULL),
        ('team=east', '2025-04-01', 91, 0, 'on track', NULL, NULL, NULL, NULL), ('', '2025-04-01', NULL, 1, 'no data', NULL, NULL, NULL, NULL) $$,
    'sums to the end, and of whom');
UPDATE setting SET value = '2025-05-01 00:00+00' WHERE name = 'as_of';
-- 31 leads so far; by the calendar 30 of 91 days; last year 30 of 40 had come by then
SELECT results_eq($$ SELECT actual, profile, round(elapsed_ratio, 4), expected, status, round(attainment_ratio, 4) FROM target_progress
        WHERE kpi = 'leads' AND scope IN ('', 'agent=ann') AND starts_on = '2025-04-01' ORDER BY scope $$,
    $$ VALUES (31::numeric, 'year before', 0.3297, 75::numeric, 'off track', 0.4133), (31, 'calendar', 0.3297, round(46 * 30 / 91.0, 6), 'on track', 2.0442) $$,
    'expected as it came the year before, else by the calendar');

-- ---------------------------------------------------------------------------
-- Rows as a mapping may bring them
-- ---------------------------------------------------------------------------

\o /dev/null
SELECT pg_temp.clear();
CREATE SCHEMA dirt;
CREATE TABLE dirt.opportunity AS TABLE opportunity WITH NO DATA;
CREATE TABLE dirt.lead AS TABLE lead WITH NO DATA;
CREATE TABLE dirt.status_event AS TABLE status_event WITH NO DATA;
CREATE TABLE dirt.target AS TABLE target WITH NO DATA;
CREATE TABLE dirt.activity AS TABLE activity WITH NO DATA;
ALTER TABLE dirt.opportunity ALTER probability TYPE numeric;
SELECT crmkpi.map_entity('mart_deals', entity, 'dirt.' || entity, true)
FROM unnest('{opportunity,lead,status_event,target,activity}'::text[]) AS entity;
INSERT INTO dirt.opportunity (opportunity_id, created_at, closed_at, outcome, kind, stage, amount, probability, contract_months, expected_close_on)
SELECT concat_ws(' ', c, d, o), c, d, o, 'new', 'talk', CASE WHEN d IS NULL THEN 100 ELSE -100 END, 75, 0, CASE WHEN o = 'open' THEN 'infinity'::date END
FROM unnest('{2025-03-03 08:00,infinity,-infinity,NULL}'::timestamptz[]) AS c,
    unnest('{2025-03-04 08:00,2025-03-01 07:00,infinity,-infinity,NULL}'::timestamptz[]) AS d, unnest('{open,won,lost,odd,NULL}'::text[]) AS o;
INSERT INTO dirt.lead (lead_id, created_at, converted_at, disqualified_at)
SELECT concat_ws(' ', 'L', a, b, c), a, b, c FROM unnest('{2025-03-03 08:00,infinity,-infinity,NULL}'::timestamptz[]) AS a,
    unnest('{2025-03-04 08:00,2025-03-01 07:00,infinity,-infinity,NULL}'::timestamptz[]) AS b,
    unnest('{2025-03-04 08:00,infinity,-infinity,NULL}'::timestamptz[]) AS c;
INSERT INTO dirt.status_event (entity, entity_id, changed_at, seq, status)
SELECT entity, id, at, NULL, status
FROM (SELECT 'opportunity' AS entity, opportunity_id AS id FROM dirt.opportunity UNION ALL SELECT 'lead', lead_id FROM dirt.lead) AS i,
    unnest('{2025-03-02 08:00,2025-03-03 08:00,2025-03-09 08:00,infinity,-infinity,NULL}'::timestamptz[]) AS at,
    unnest('{talk,won,fresh,odd,NULL}'::text[]) AS status
WHERE md5(id || at || status) > '4' OR at IS NULL;
INSERT INTO dirt.target (kpi, scope, starts_on, ends_on, start_value, target_value) VALUES ('win_rate', '', '-infinity', 'infinity', NULL, 0.5),
    ('win_rate', NULL, '2025-01-01', '2025-12-31', NULL, 0.5), (NULL, '', NULL, NULL, NULL, NULL), ('leads', '', '2025-12-31', '2025-01-01', 1, 1),
    ('leads', '', '2025-01-01', '2025-12-31', NULL, NULL), ('leads', '', '2025-03-01', '2025-03-31', 0, 0.000001),
    ('leads', '', '2025-02-01', '2025-02-01', 0, 1);
INSERT INTO dirt.activity (activity_id, kind, direction, occurred_at, lead_id, opportunity_id, automated, completed)
SELECT concat_ws(' ', 'A', at, id), 'email', 'in', at, id, id, false, true
FROM unnest('{2025-03-02 08:00,2025-03-05 08:00,infinity,-infinity,NULL}'::timestamptz[]) AS at,
    (SELECT opportunity_id AS id FROM dirt.opportunity UNION ALL SELECT lead_id FROM dirt.lead) AS i;
\o
CREATE FUNCTION pg_temp.all_live() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    what text;
BEGIN
    FOR what IN SELECT format('SELECT * FROM %I', relname) FROM pg_class WHERE relnamespace = 'mart_deals'::regnamespace AND relkind = 'v'
    LOOP
        RETURN NEXT lives_ok(what, what || ' stands it');
    END LOOP;
END;
$$;
SELECT * FROM pg_temp.all_live();
SELECT results_eq('SELECT opportunity_id, outcome, cycle FROM opportunity_facts WHERE cycle IS NOT NULL ORDER BY 1',
    $$ VALUES ('2025-03-03 08:00:00+00 2025-03-01 07:00:00+00 lost', 'lost', interval '0'), ('2025-03-03 08:00:00+00 2025-03-01 07:00:00+00 won', 'won', '0'),
        ('2025-03-03 08:00:00+00 2025-03-04 08:00:00+00 lost', 'lost', '1 day'), ('2025-03-03 08:00:00+00 2025-03-04 08:00:00+00 won', 'won', '1 day') $$,
    'an end before the beginning is none of negative days');
SELECT is(cycle_hours, 24.00, 'nor is it in the mean') FROM opportunity_dashboard WHERE cycle_won > 0;
SELECT is_empty('SELECT * FROM open_opportunity WHERE probability_ratio IS NOT NULL OR weighted_amount IS NOT NULL',
    'a chance of 75 that was not divided is none, and multiplies nothing');
SELECT is_empty($$ SELECT * FROM stage_visit WHERE stay < '0' OR NOT isfinite(entered_at) $$, 'no visit is of negative or endless time');

SELECT * FROM finish();
ROLLBACK;
