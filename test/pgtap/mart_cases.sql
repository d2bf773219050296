-- Small cases with known answers, each in an empty mart: what counts, when, and what does not.

BEGIN;
SELECT plan(66);
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, YMD';
\o /dev/null
SELECT crmkpi.create_mart('mart_cases');
\o
SET LOCAL search_path = mart_cases, public, pg_temp;
UPDATE setting SET value = '2025-07-01 00:00+00' WHERE name = 'as_of';

INSERT INTO status (entity, status, category, step_no) VALUES
    ('ticket', 'new', 'new', 1), ('ticket', 'open', 'open', 2), ('ticket', 'waiting', 'pending', 3),
    ('ticket', 'solved', 'solved', 4), ('ticket', 'closed', 'closed', 5);
INSERT INTO agent (agent_id, name, team, human) VALUES ('ann', 'Ann', 'east', true), ('bot', 'Bot', NULL, false);

CREATE FUNCTION pg_temp.clear() RETURNS void LANGUAGE sql AS $$
    TRUNCATE ticket, ticket_message, status_event, survey, process_check, lead, activity, opportunity;
$$;
-- A ticket's status events, as 'status@time' words; the order of the words is the order of seq.
CREATE FUNCTION pg_temp.events(ticket text, VARIADIC words text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO status_event (entity, entity_id, changed_at, seq, status)
    SELECT 'ticket', ticket, split_part(word, '@', 2)::timestamptz, seq, split_part(word, '@', 1)
    FROM unnest(words) WITH ORDINALITY AS w (word, seq)
    ORDER BY seq DESC;
$$;

-- ---------------------------------------------------------------------------
-- Tickets: solves and reopens
-- ---------------------------------------------------------------------------

INSERT INTO ticket (ticket_id, opened_at, kind, agent_id) VALUES ('twice', '2025-03-01 08:00', 'complaint', 'ann');
\o /dev/null
SELECT pg_temp.events('twice', 'new@2025-03-01 08:00', 'solved@2025-03-01 10:00', 'open@2025-03-02 08:00',
    'solved@2025-03-02 09:00', 'waiting@2025-04-01 08:00', 'solved@2025-04-02 08:00');
\o
SELECT results_eq('SELECT first_solved_at, solved_at, reopened FROM ticket_facts',
    $$ VALUES (timestamptz '2025-03-01 10:00', timestamptz '2025-04-02 08:00', 2::bigint) $$,
    'a ticket reopened twice: first and last solve, two reopens');
SELECT results_eq('SELECT period_start, opened, solved, art_hours, reopened, reopened_total FROM service_dashboard
    ORDER BY 1',
    $$ VALUES (date '2025-03-01', 1::bigint, 0::bigint, NULL::numeric, 0::bigint, 0::bigint),
              (date '2025-04-01', 0::bigint, 1::bigint, 768.00, 1::bigint, 1::bigint) $$,
    'it is solved once, in the month of its last solve, and its whole time counts');
SELECT results_eq('SELECT complaints, complaints_resolved, complaint_ratio FROM service_dashboard WHERE opened > 0',
    'VALUES (1::bigint, 0::bigint, 0.000000)', 'and as a complaint it was not resolved');
SELECT results_eq('SELECT solved, solve_days, art_hours, reopened FROM agent_performance',
    'VALUES (1::bigint, 1::bigint, 768.00, 1::bigint)', 'its agent solved one ticket, not three');

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO ticket (ticket_id, opened_at, kind, resolved_at, reopened) VALUES
    ('again', '2025-03-01 08:00', 'complaint', '2025-03-01 10:00', 0);
SELECT pg_temp.events('again', 'new@2025-03-01 08:00', 'solved@2025-03-01 10:00', 'open@2025-03-05 08:00');
\o
SELECT results_eq('SELECT first_solved_at, solved_at, reopened FROM ticket_facts',
    $$ VALUES (timestamptz '2025-03-01 10:00', NULL::timestamptz, 1::bigint) $$,
    'a ticket that is reopened now is unsolved and reopened, whatever the stored columns say');
SELECT results_eq('SELECT opened, solved, complaints, complaints_resolved FROM service_dashboard',
    'VALUES (1::bigint, 0::bigint, 1::bigint, 0::bigint)', 'nothing is solved, and the complaint is open');
UPDATE setting SET value = '2025-03-04 00:00+00' WHERE name = 'as_of';
SELECT results_eq('SELECT solved_at, reopened FROM ticket_facts',
    $$ VALUES (timestamptz '2025-03-01 10:00', 0::bigint) $$, 'before it was reopened, it was solved');
SELECT results_eq('SELECT complaints_resolved, complaints_mature_ratio FROM service_dashboard',
    'VALUES (1::bigint, 0.000000)', 'but the complaint was not mature then');
UPDATE setting SET value = '2025-07-01 00:00+00' WHERE name = 'as_of';

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO ticket (ticket_id, opened_at, kind, first_response_at, resolved_at, contacts, reopened) VALUES
    ('stored', '2025-03-01 08:00', 'question', '2025-03-01 08:30', '2025-03-01 11:00', 1, 0),
    ('later', '2025-03-01 08:00', 'question', '2025-07-02 08:00', '2025-07-03 08:00', 1, 0);
\o
SELECT results_eq('SELECT first_reply_at, first_solved_at, solved_at, contacts FROM ticket_facts
    WHERE ticket_id = ''stored''',
    $$ VALUES (timestamptz '2025-03-01 08:30', timestamptz '2025-03-01 11:00', timestamptz '2025-03-01 11:00',
        1::bigint) $$,
    'without a history the stored columns count');
SELECT results_eq('SELECT first_reply_at, solved_at FROM ticket_facts WHERE ticket_id = ''later''',
    'VALUES (NULL::timestamptz, NULL::timestamptz)', 'but not what is stored of the future');
SELECT results_eq('SELECT opened, responded, response_hours, solved, art_hours, fcr_solved, fcr_total
    FROM service_dashboard',
    'VALUES (2::bigint, 1::bigint, 0.50, 1::bigint, 3.00, 1::bigint, 1::bigint)', 'so the dashboard');

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO ticket (ticket_id, opened_at, kind) VALUES
    ('order', '2025-03-01 08:00', 'question'), ('seq', '2025-03-01 08:00', 'question'),
    ('close', '2025-03-01 08:00', 'question'), ('straight', '2025-03-01 08:00', 'question');
SELECT pg_temp.events('order', 'solved@2025-03-01 12:00', 'open@2025-03-01 09:00', 'new@2025-03-01 08:00'),
    pg_temp.events('seq', 'solved@2025-03-01 09:00', 'open@2025-03-01 09:00', 'solved@2025-03-01 09:00',
        'open@2025-03-01 09:00'),
    pg_temp.events('close', 'solved@2025-03-01 09:00', 'solved@2025-03-01 10:00', 'closed@2025-03-05 09:00'),
    pg_temp.events('straight', 'new@2025-03-01 08:00', 'closed@2025-03-02 08:00');
\o
SELECT results_eq('SELECT ticket_id, solved_at, reopened FROM ticket_facts ORDER BY 1',
    $$ VALUES ('close', timestamptz '2025-03-01 09:00', 0::bigint), ('order', '2025-03-01 12:00', 0),
              ('seq', NULL, 2), ('straight', '2025-03-02 08:00', 0) $$,
    'events count in the order of their times, then of seq; closing or solving again does not move the solve');
SELECT results_eq('SELECT solved FROM service_dashboard', 'VALUES (3::bigint)', 'each is solved once');
-- the order of seq where neither the rows nor an index have it
DELETE FROM status_event WHERE entity_id <> 'seq';
SET LOCAL enable_indexscan = off;
SET LOCAL enable_bitmapscan = off;
SELECT results_eq('SELECT solved_at, reopened FROM ticket_facts WHERE ticket_id = ''seq''',
    'VALUES (NULL::timestamptz, 2::bigint)', 'seq decides at the same time');
SET LOCAL enable_indexscan = on;
SET LOCAL enable_bitmapscan = on;

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO ticket (ticket_id, opened_at, kind, resolved_at) VALUES
    ('unknown', '2025-03-01 08:00', 'question', '2025-03-01 09:00'),
    ('partly', '2025-03-01 08:00', 'question', '2025-03-01 09:00');
SELECT pg_temp.events('unknown', 'what@2025-03-01 08:00', 'ever@2025-03-02 08:00'),
    pg_temp.events('partly', 'new@2025-03-01 08:00', 'solved@2025-03-01 10:00', 'ever@2025-03-02 08:00');
\o
SELECT results_eq('SELECT ticket_id, solved_at FROM ticket_facts ORDER BY 1',
    $$ VALUES ('partly', timestamptz '2025-03-01 10:00'), ('unknown', '2025-03-01 09:00') $$,
    'events with a status that is not in the table "status" are left out');

-- Time is calendar time, however long.
\o /dev/null
SELECT pg_temp.clear();
INSERT INTO ticket (ticket_id, opened_at, kind, resolved_at, handling_seconds) VALUES
    ('long', '2022-12-31 23:00', 'question', '2025-03-15 01:30', 600),
    ('weekend', '2025-03-08 00:00', 'question', '2025-03-09 12:00', NULL);
\o
SELECT results_eq($$ SELECT art_hours, aht_seconds FROM service_dashboard WHERE period_start = '2025-03-01' $$,
    -- 804 days and 2.5 hours; 36 hours
    $$ VALUES (((804 * 24 + 2.5 + 36) / 2)::numeric(12,2), 600.00) $$,
    'a ticket of years loses no time, nor does a week-end; handling is not the time it was open');
SELECT ok(abs(art_median_hours - (804 * 24 + 2.5 + 36) / 2) < 0.01 * 9667,
    'the median of two is within 1 %% of their mean') FROM service_dashboard WHERE period_start = '2025-03-01';

-- Days are those of the zone.
UPDATE ticket SET opened_at = '2025-02-28 23:30', resolved_at = '2025-02-28 23:59' WHERE ticket_id = 'weekend';
DELETE FROM ticket WHERE ticket_id = 'long';
SELECT results_eq($$ SELECT period_start, opened, solved FROM service_dashboard('day') $$,
    $$ VALUES (date '2025-02-28', 1::bigint, 1::bigint) $$, 'the day in UTC');
UPDATE setting SET value = 'Asia/Tokyo' WHERE name = 'zone';
SELECT results_eq($$ SELECT period_start, opened, solved FROM service_dashboard('day') $$,
    $$ VALUES (date '2025-03-01', 1::bigint, 1::bigint) $$, 'is the next one in Tokyo');
SELECT results_eq('SELECT period_start, opened FROM service_dashboard',
    $$ VALUES (date '2025-03-01', 1::bigint) $$, 'and so is the month');
UPDATE setting SET value = 'UTC' WHERE name = 'zone';

-- ---------------------------------------------------------------------------
-- Tickets: replies and first contact resolution
-- ---------------------------------------------------------------------------

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO ticket (ticket_id, opened_at, kind, first_response_at, contacts) VALUES
    ('replied', '2025-03-01 08:00', 'question', '2025-03-01 08:01', 9),
    ('ignored', '2025-03-01 08:00', 'question', '2025-03-01 08:01', 9);
INSERT INTO ticket_message (message_id, ticket_id, occurred_at, author, agent_id, public) VALUES
    ('1', 'replied', '2025-03-01 07:00', 'agent', 'ann', true),
    ('2', 'replied', '2025-03-01 08:00', 'customer', NULL, true),
    ('3', 'replied', '2025-03-01 08:01', 'bot', 'bot', true),
    ('4', 'replied', '2025-03-01 08:02', 'system', NULL, true),
    ('5', 'replied', '2025-03-01 08:03', 'agent', 'bot', true),
    ('6', 'replied', '2025-03-01 08:04', 'agent', 'ann', false),
    ('7', 'replied', '2025-03-01 10:00', 'agent', 'someone', true),
    ('8', 'replied', '2025-03-01 11:00', 'agent', 'ann', true),
    ('9', 'replied', '2025-08-01 11:00', 'agent', 'ann', true),
    ('10', 'ignored', '2025-03-01 08:00', 'customer', NULL, true);
\o
SELECT results_eq('SELECT ticket_id, first_reply_at, contacts FROM ticket_facts ORDER BY 1',
    $$ VALUES ('ignored', NULL::timestamptz, 0::bigint), ('replied', '2025-03-01 10:00', 2) $$,
    'a reply is public, by a human agent, and not before the ticket; messages win over the stored columns');
SELECT results_eq('SELECT opened, responded, response_hours FROM service_dashboard',
    'VALUES (2::bigint, 1::bigint, 2.00)', 'the ticket without a reply has no response time');

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO ticket (ticket_id, opened_at, kind, resolved_at, customer_id, contacts, reopened) VALUES
    ('once', '2025-03-01 08:00', 'question', '2025-03-01 09:00', 'c1', 1, 0),
    ('twice', '2025-03-01 08:00', 'question', '2025-03-01 09:00', 'c2', 2, 0),
    ('merged', '2025-03-01 08:00', 'question', '2025-03-01 09:00', 'c3', 0, 0),
    ('reopened', '2025-03-01 08:00', 'question', '2025-03-01 09:00', 'c4', 1, 1),
    ('no history', '2025-03-01 08:00', 'question', '2025-03-01 09:00', 'c5', 1, NULL),
    ('not known', '2025-03-01 08:00', 'question', '2025-03-01 09:00', 'c6', NULL, 0),
    ('nobody', '2025-03-01 08:00', 'question', '2025-03-01 09:00', NULL, 1, 0),
    ('back in time', '2025-03-01 08:00', 'question', '2025-03-01 09:00', 'c7', 1, 0),
    ('back late', '2025-03-01 08:00', 'question', '2025-03-01 09:00', 'c8', 1, 0),
    ('overlap', '2025-03-01 08:00', 'question', '2025-03-01 09:00', 'c9', 1, 0);
-- The tickets with which some of them came back are open.
INSERT INTO ticket (ticket_id, opened_at, kind, customer_id) VALUES
    ('back 1', '2025-03-08 09:00', 'question', 'c7'), ('back 2', '2025-03-08 09:00:01', 'question', 'c8'),
    ('back 3', '2025-03-01 08:30', 'question', 'c9'), ('back 4', '2025-03-01 09:30', 'question', NULL);
\o
SELECT results_eq('SELECT solved, fcr_solved, fcr_total, fcr_ratio FROM service_dashboard',
    -- solved at first contact: once, no history, nobody, back late, overlap; in neither: merged, not known
    'VALUES (10::bigint, 5::bigint, 8::bigint, 0.625000)',
    'first contact: one contact, no reopen, no new ticket within 7 days; merged tickets are in neither');
SELECT results_eq('SELECT reopened, reopened_total, reopened_ratio FROM service_dashboard',
    'VALUES (1::bigint, 9::bigint, 0.111111)', 'a ticket whose reopens are not known is not in their total');
UPDATE setting SET value = '2025-03-08 08:59+00' WHERE name = 'as_of';
SELECT results_eq('SELECT solved, fcr_total, fcr_ratio FROM service_dashboard',
    'VALUES (10::bigint, 0::bigint, NULL::numeric)', 'a solve counts only when its 7 days are over');
UPDATE setting SET value = '2025-03-08 09:00+00' WHERE name = 'as_of';
SELECT results_eq('SELECT fcr_solved, fcr_total FROM service_dashboard',
    'VALUES (5::bigint, 8::bigint)', 'and then it does');
UPDATE setting SET value = '8 days' WHERE name = 'fcr_window';
UPDATE setting SET value = '2025-07-01 00:00+00' WHERE name = 'as_of';
SELECT results_eq('SELECT fcr_solved, fcr_total FROM service_dashboard',
    'VALUES (4::bigint, 8::bigint)', 'the window is a setting');
UPDATE setting SET value = '7 days' WHERE name = 'fcr_window';

-- ---------------------------------------------------------------------------
-- Surveys and checks
-- ---------------------------------------------------------------------------

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO survey (survey_id, kind, answered_at, score, scale_min, scale_max, customer_id) VALUES
    ('1', 'nps', '2025-01-05', 3, 0, 10, 'a'), ('2', 'nps', '2025-01-20', 6, 0, 10, 'a'),
    ('3', 'nps', '2025-02-05', 10, 0, 10, 'a'),
    ('4', 'nps', '2025-01-10', 8, 0, 10, 'b'),
    -- of two answers at one moment the survey with the greater key is the latest
    ('5', 'nps', '2025-01-10', 9, 0, 10, 'c'), ('6', 'nps', '2025-01-10', 0, 0, 10, 'c'),
    -- of people without a name each counts
    ('7', 'nps', '2025-01-11', 9, 0, 10, NULL), ('8', 'nps', '2025-01-12', 7, 0, 10, NULL),
    -- an answer of the future, and a survey without an answer
    ('9', 'nps', '2025-07-05', 0, 0, 10, 'b');
INSERT INTO survey (survey_id, kind, sent_at, scale_min, scale_max, customer_id) VALUES
    ('10', 'nps', '2025-01-12', 0, 10, 'd');
\o
SELECT results_eq('SELECT period_start, promoters, passives, detractors, nps_answers, nps FROM service_dashboard
    ORDER BY 1',
    $$ VALUES (date '2025-01-01', 1::bigint, 2::bigint, 2::bigint, 5::bigint, -20.00),
              (date '2025-02-01', 1::bigint, 0::bigint, 0::bigint, 1::bigint, 100.00) $$,
    'NPS: the latest answer of a customer in the month counts once');
SELECT results_eq($$ SELECT promoters, passives, detractors, nps_answers, nps FROM service_dashboard('year') $$,
    'VALUES (2::bigint, 2::bigint, 1::bigint, 5::bigint, 20.00)', 'in the year, that is another answer');
SELECT results_eq($$ SELECT count(*), sum(nps_answers) FROM service_dashboard('day') $$,
    'VALUES (6::bigint, 7::numeric)', 'on days, of customer c one of two');
SELECT results_eq($$ SELECT nps_previous FROM service_dashboard WHERE period_start = '2025-02-01' $$,
    'VALUES (-20.00)', 'with the month before beside it');

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO survey (survey_id, kind, answered_at, score, scale_min, scale_max, customer_id)
SELECT score::text, 'nps', '2025-01-05', score, 1, 10, score::text FROM generate_series(1, 10) AS score;
\o
SELECT results_eq('SELECT promoters, passives, detractors FROM service_dashboard',
    'VALUES (2::bigint, 2::bigint, 6::bigint)', 'on a scale from 1 to 10 the bounds are the same');

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO survey (survey_id, kind, answered_at, score, scale_min, scale_max)
SELECT format('%s of %s', score, scale), 'csat', '2025-01-05', score, 1, scale
FROM unnest('{5,7,10,4}'::integer[]) AS scale, generate_series(1, scale) AS score;
INSERT INTO survey (survey_id, kind, sent_at, answered_at, score, scale_min, scale_max) VALUES
    ('ces', 'ces', '2025-01-04', '2025-01-05', 1, 1, 5), ('empty', 'csat', NULL, '2025-01-05', NULL, 1, 5);
\o
SELECT results_eq('SELECT csat_answers, csat_satisfied, csat_ratio FROM service_dashboard',
    -- 4 and 5 of 5; 6 and 7 of 7; 9 and 10 of 10
    'VALUES (22::bigint, 6::bigint, 0.272727)',
    'CSAT: each scale has its bound; other scales, other surveys and empty answers do not count');
UPDATE setting SET value = '5' WHERE name = 'satisfied_from_5';
UPDATE setting SET value = '5' WHERE name = 'satisfied_from_7';
UPDATE setting SET value = '8' WHERE name = 'satisfied_from_10';
SELECT results_eq('SELECT csat_answers, csat_satisfied FROM service_dashboard',
    'VALUES (22::bigint, 7::bigint)', 'and the bounds are settings');

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO survey (survey_id, kind, sent_at, answered_at, score, scale_min, scale_max, agent_id) VALUES
    ('1', 'csat', '2025-01-30', '2025-02-02', 5, 1, 5, 'ann'), ('2', 'csat', '2025-01-30', NULL, NULL, 1, 5, 'ann'),
    ('3', 'csat', '2025-06-30', '2025-07-02', 5, 1, 5, 'ann'), ('4', 'csat', NULL, '2025-02-02', 1, 1, 5, 'bob');
\o
SELECT results_eq('SELECT period_start, csat_sent, csat_answered, csat_response_ratio, csat_answers
    FROM service_dashboard ORDER BY 1',
    $$ VALUES (date '2025-01-01', 2::bigint, 1::bigint, 0.500000, 0::bigint),
              (date '2025-02-01', 0::bigint, 0::bigint, NULL::numeric, 2::bigint),
              (date '2025-06-01', 1::bigint, 0::bigint, 0.000000, 0::bigint) $$,
    'the response rate is by the day of sending, the answers by their own day');
SELECT results_eq($$ SELECT agent_id, agent_name, csat_satisfied, csat_answers FROM agent_performance
    WHERE csat_answers > 0 ORDER BY 1 $$,
    $$ VALUES ('ann', 'Ann', 1::bigint, 1::bigint), ('bob', NULL, 0::bigint, 1::bigint) $$,
    'answers belong to the agent they are about, known or not');

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO process_check (check_id, checked_at, agent_id, passed, weight) VALUES
    ('1', '2025-01-05', 'ann', true, 1), ('2', '2025-01-05', 'ann', false, 2.5), ('3', '2025-01-06', 'ann', true,
        0.0001),
    ('4', '2025-07-06', 'ann', false, 100);
\o
SELECT results_eq('SELECT compliance_passed, compliance_total, compliance_ratio FROM service_dashboard',
    'VALUES (1.0001, 3.5001, 0.285735)', 'compliance: the sums of weights are exact');
SELECT results_eq('SELECT compliance_passed, compliance_total, compliance_ratio FROM agent_performance',
    'VALUES (1.0001, 3.5001, 0.285735)', 'also of the agent');

-- ---------------------------------------------------------------------------
-- Leads and activities
-- ---------------------------------------------------------------------------

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO lead (lead_id, created_at, owner_id)
SELECT id, '2025-03-03 09:00', 'ann'
FROM unnest('{answered,machine,inbound,before,planned,task,never,fast,future}'::text[]) AS id;
INSERT INTO activity (activity_id, lead_id, kind, direction, occurred_at, automated, completed) VALUES
    ('1', 'answered', 'email', 'out', '2025-03-03 09:01', true, true),
    ('2', 'answered', 'call', 'out', '2025-03-03 11:00', false, true),
    ('3', 'answered', 'email', 'in', '2025-03-03 12:00', false, true),
    ('4', 'machine', 'email', 'out', '2025-03-03 09:01', true, true),
    ('5', 'inbound', 'call', 'in', '2025-03-03 09:05', false, true),
    ('6', 'before', 'call', 'out', '2025-03-03 08:59:59', false, true),
    ('7', 'planned', 'call', 'out', '2025-03-03 10:00', false, false),
    ('8', 'task', 'task', 'out', '2025-03-03 10:00', false, true),
    ('9', 'fast', 'message', 'out', '2025-03-03 09:05', false, true),
    ('10', 'fast', 'call', 'out', '2025-03-05 09:05', false, true),
    ('11', 'future', 'call', 'out', '2025-07-03 10:00', false, true);
-- of customers, by people and by machines
INSERT INTO activity (activity_id, kind, direction, occurred_at, automated)
SELECT concat_ws(' ', kind, direction, automated), kind, direction, '2025-03-04', automated
FROM unnest('{call,email,meeting,message,task}'::text[]) AS kind, unnest('{in,out}'::text[]) AS direction,
    unnest('{false,true}'::boolean[]) AS automated;
\o
SELECT results_eq('SELECT leads, leads_answered, leads_unanswered, response_hours FROM crm_dashboard',
    -- two hours and five minutes
    'VALUES (9::bigint, 2::bigint, 7::bigint, 1.04)',
    'a lead is answered by an outbound touch of a person, at or after its creation, that took place');
SELECT results_eq('SELECT golden_answered, golden_total, golden_ratio, followed_up, follow_up_ratio
    FROM crm_dashboard',
    'VALUES (1::bigint, 9::bigint, 0.111111, 1::bigint, 0.500000)',
    'the golden window is inclusive; a follow-up is a second touch by a person');
SELECT results_eq('SELECT activities, calls_out, calls_in, emails_out, emails_in, meetings, messages, tasks,
    automated FROM crm_dashboard',
    'VALUES (17::bigint, 4::bigint, 2::bigint, 1::bigint, 2::bigint, 2::bigint, 3::bigint, 3::bigint, 12::bigint)',
    'activities are counted when they are done, those of machines apart');
SELECT results_eq('SELECT agent_id, leads_answered, response_hours, activities FROM agent_performance',
    $$ VALUES ('ann', 2::bigint, 1.04, 0::bigint) $$, 'answered leads are credited to their owner');
UPDATE setting SET value = '2025-03-03 09:04+00' WHERE name = 'as_of';
SELECT results_eq('SELECT leads, leads_answered, golden_total, golden_ratio, is_complete FROM crm_dashboard',
    'VALUES (9::bigint, 0::bigint, 0::bigint, NULL::numeric, false)',
    'before the golden window has passed nothing is said about it');
UPDATE setting SET value = '2025-07-01 00:00+00' WHERE name = 'as_of';

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO lead (lead_id, created_at, converted_at) VALUES
    ('1', '2025-01-01 00:00', '2025-04-01 00:00'),       -- on the 90th day
    ('2', '2025-01-01 00:00', '2025-04-01 00:00:01'),    -- a second too late
    ('3', '2025-01-01 00:00', NULL), ('4', '2025-03-31 10:00', NULL),
    ('5', '2025-04-30 10:00', '2025-04-30 10:00'),       -- at once
    ('6', '2025-04-30 10:00', '2025-07-01 00:00:01');    -- not yet known
\o
SELECT results_eq('SELECT period_start, leads, leads_converted, conversion_ratio, conversion_is_mature
    FROM crm_dashboard ORDER BY 1',
    $$ VALUES (date '2025-01-01', 3::bigint, 1::bigint, 0.333333, true), (date '2025-03-01', 1::bigint, 0::bigint,
        0.000000, true),
              (date '2025-04-01', 2::bigint, 1::bigint, 0.500000, false) $$,
    'conversion is of the leads created in the month, within the funnel window');
UPDATE setting SET value = '2025-06-29 23:59:59+00' WHERE name = 'as_of';
SELECT results_eq('SELECT period_start, conversion_is_mature FROM crm_dashboard ORDER BY 1',
    $$ VALUES (date '2025-01-01', true), (date '2025-03-01', false), (date '2025-04-01', false) $$,
    'March is mature 90 days after its end, not before');
UPDATE setting SET value = '2025-07-01 00:00+00' WHERE name = 'as_of';
SELECT results_eq('SELECT response_hours, golden_answered, close_ratio, contract_value, cycle_hours,
    leads_previous FROM crm_dashboard ORDER BY period_start LIMIT 1',
    'VALUES (NULL::numeric, 0::bigint, NULL::numeric, NULL::numeric, NULL::numeric, NULL::bigint)',
    'what has nothing to be counted is NULL, not 0');

-- ---------------------------------------------------------------------------
-- Opportunities
-- ---------------------------------------------------------------------------

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO opportunity (opportunity_id, created_at, closed_at, outcome, kind, owner_id, amount, contract_months,
    probability) VALUES
    ('1', '2025-01-01', '2025-02-01', 'won', 'new', 'winner', 1000, 12, 1),
    ('2', '2025-01-02', '2025-02-01', 'won', 'upsell', 'winner', NULL, 12, NULL),
    ('3', '2025-01-03', '2025-02-02', 'lost', 'new', 'loser', 5000, NULL, 0),
    ('4', '2025-01-04', NULL, 'open', 'new', 'winner', 9000, 12, 0.5),
    ('5', '2024-01-01', '2025-02-28 23:59:59', 'won', 'new', 'both', 100, 36, 1),
    ('6', '2025-02-01', '2025-02-03', 'lost', 'new', 'both', NULL, NULL, 0),
    ('7', '2025-01-05', '2025-02-10', 'won', 'renewal', 'both', 50, NULL, 1),
    ('8', '2025-01-05', '2025-07-10', 'won', 'renewal', 'both', 77777, NULL, 1);
\o
SELECT results_eq('SELECT period_start, won, closed, close_ratio FROM crm_dashboard',
    $$ VALUES (date '2025-02-01', 4::bigint, 6::bigint, 0.666667) $$,
    'the win rate is won of won and lost, by the day of closing; open and future ones are in neither');
SELECT results_eq('SELECT agent_id, won, closed, close_ratio FROM agent_performance ORDER BY 1',
    $$ VALUES ('both', 2::bigint, 3::bigint, 0.666667), ('loser', 0::bigint, 1::bigint, 0.000000), ('winner',
        2::bigint, 2::bigint, 1.000000) $$,
    'an owner who only won has a win rate of 1, one who only lost of 0');
SELECT results_eq('SELECT won_amount, contracts, contract_value FROM crm_dashboard',
    'VALUES (1150.0000, 3::bigint, 383.3333)', 'a deal without an amount is not in the average contract value');
SELECT results_eq('SELECT annual_amount, annual_contracts, annual_contract_value FROM crm_dashboard',
    'VALUES (1033.3333, 2::bigint, 516.6667)', 'and one without a length is not in the annual one');
SELECT results_eq('SELECT cycle_hours FROM crm_dashboard',
    -- 31, 30, 425 (less a second) and 36 days
    'VALUES (((31 + 30 + 425 + 36) * 6.0)::numeric(12,2))',
        'the sales cycle is from creation to closing, of those won, and positive');

-- Money is exact: three contracts of a third each are whole, however they fall on days, kinds and owners.
\o /dev/null
SELECT pg_temp.clear();
INSERT INTO opportunity (opportunity_id, created_at, closed_at, outcome, kind, owner_id, amount, contract_months)
SELECT n::text, '2025-01-01', timestamptz '2025-02-01' + n * interval '1 day', 'won', 'new', n::text, 100, 36
FROM generate_series(1, 24) AS n;
\o
SELECT results_eq('SELECT annual_amount, annual_contract_value FROM crm_dashboard',
    'VALUES (800.0000, 33.3333)', 'annual amounts are not rounded before they are added');

-- ---------------------------------------------------------------------------
-- Periods
-- ---------------------------------------------------------------------------

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO ticket (ticket_id, opened_at, kind) VALUES
    ('1', '2025-05-31 12:00', 'question'), ('2', '2025-06-01 12:00', 'question'), ('3', '2025-03-01 12:00',
        'question'),
    ('4', '2025-06-29 12:00', 'question'), ('5', '2025-06-30 23:59', 'question'), ('6', '2024-06-30 23:59',
        'question');
\o
SELECT results_eq($$ SELECT period_start, opened, opened_previous, is_complete FROM service_dashboard ORDER BY 1 $$,
    $$ VALUES (date '2024-06-01', 1::bigint, NULL::bigint, true), (date '2025-03-01', 1::bigint, NULL::bigint, true),
              (date '2025-05-01', 1::bigint, NULL::bigint, true), (date '2025-06-01', 3::bigint, 1::bigint, true) $$,
    'the period before is the month before, not the row before; June is over on the first of July');
UPDATE setting SET value = '2025-06-30 23:59:59+00' WHERE name = 'as_of';
SELECT results_eq($$ SELECT is_complete FROM service_dashboard WHERE period_start = '2025-06-01' $$,
    'VALUES (false)',
    'and not a second earlier');
UPDATE setting SET value = 'Europe/Berlin' WHERE name = 'zone';
SELECT results_eq($$ SELECT is_complete FROM service_dashboard WHERE period_start = '2025-06-01' $$, 'VALUES (true)',
    'but in Berlin it is July by then');
UPDATE setting SET value = 'UTC' WHERE name = 'zone';
UPDATE setting SET value = '2025-07-01 00:00+00' WHERE name = 'as_of';
SELECT results_eq($$ SELECT period_start, opened, opened_previous, is_complete FROM service_dashboard('year') $$,
    $$ VALUES (date '2024-01-01', 1::bigint, NULL::bigint, true), (date '2025-01-01', 5::bigint, 1::bigint,
        false) $$,
    'the year goes on');
SELECT results_eq($$ SELECT period_start, opened, opened_previous FROM service_dashboard('week', '2025-05-31') $$,
    $$ VALUES (date '2025-05-26', 2::bigint, NULL::bigint), (date '2025-06-23', 1::bigint, NULL::bigint),
        (date '2025-06-30', 1::bigint, 1::bigint) $$,
    'weeks from Monday');
UPDATE setting SET value = '7' WHERE name = 'first_day_of_week';
SELECT results_eq($$ SELECT period_start, opened, opened_previous FROM service_dashboard('week', '2025-05-31') $$,
    $$ VALUES (date '2025-05-25', 1::bigint, NULL::bigint), (date '2025-06-01', 1::bigint, 1::bigint),
        (date '2025-06-29', 2::bigint, NULL::bigint) $$,
    'weeks from Sunday');
UPDATE setting SET value = '1' WHERE name = 'first_day_of_week';
-- Without as_of, now is now.
\o /dev/null
UPDATE setting SET value = '' WHERE name = 'as_of';
SELECT pg_temp.clear();
INSERT INTO ticket (ticket_id, opened_at, kind) VALUES
    ('1', now(), 'question'), ('2', now() + interval '1 second', 'question'), ('3', now() - interval '32 days',
        'question');
\o
SELECT results_eq($$ SELECT opened, is_complete FROM service_dashboard ORDER BY period_start DESC LIMIT 1 $$,
    'VALUES (1::bigint, false)', 'without as_of it is now, and what is later does not count');

-- ---------------------------------------------------------------------------
-- What must not matter
-- ---------------------------------------------------------------------------

-- The zone of the session: between these two times are 7 days less 30 minutes in UTC, but more than "7 days" where
-- the clocks were changed meanwhile.
\o /dev/null
SELECT pg_temp.clear();
INSERT INTO ticket (ticket_id, opened_at, kind, resolved_at, customer_id, contacts) VALUES
    ('1', '2025-03-01', 'question', '2025-03-05 12:00+00', 'c', 1),
    ('2', '2025-03-12 11:30+00', 'question', NULL, 'c', NULL);
INSERT INTO lead (lead_id, created_at, converted_at) VALUES ('1', '2025-01-01', '2025-04-01 00:00+00');
UPDATE setting SET value = '2025-06-30 12:00' WHERE name = 'as_of';
\o
CREATE TEMP TABLE seen AS
SELECT fcr_solved, leads_converted, as_of
FROM service_dashboard s, crm_dashboard c, config WHERE fcr_total > 0;
SELECT is(count(*), 1::bigint, 'there is something to see') FROM seen;
SET LOCAL timezone = 'America/New_York';
SELECT results_eq('SELECT fcr_solved FROM service_dashboard WHERE fcr_total > 0', 'SELECT fcr_solved FROM seen',
    'the FCR window does not depend on the zone of the session');
SELECT results_eq('SELECT leads_converted FROM crm_dashboard', 'SELECT leads_converted FROM seen',
    'nor does the funnel window');
SELECT results_eq('SELECT as_of FROM config', 'SELECT as_of FROM seen',
    'nor does as_of, also where it is without zone');
SET LOCAL timezone = 'UTC';

-- A row with a time that no calendar holds.
\o /dev/null
SELECT pg_temp.clear();
\o
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'taken';
EXCEPTION WHEN check_violation THEN
    RETURN 'refused';
END;
$$;
\o /dev/null
SELECT pg_temp.try($$ INSERT INTO ticket (ticket_id, opened_at, kind) VALUES ('1', '-infinity', 'question') $$),
    pg_temp.try($$ INSERT INTO lead (lead_id, created_at) VALUES ('1', '-infinity') $$),
    pg_temp.try($$ INSERT INTO activity (activity_id, kind, direction, occurred_at) VALUES ('1', 'call', 'in',
        '-infinity') $$);
\o
SELECT lives_ok('SELECT * FROM service_dashboard', 'a ticket since ever does not stop the service dashboard');
SELECT lives_ok('SELECT * FROM crm_dashboard', 'nor a lead or a call since ever the sales dashboard');

-- An agent of whom nothing counts.
\o /dev/null
SELECT pg_temp.clear();
INSERT INTO survey (survey_id, kind, sent_at, answered_at, score, scale_min, scale_max, agent_id) VALUES
    ('1', 'ces', '2025-01-30', '2025-02-02', 5, 1, 7, 'ann'), ('2', 'csat', '2025-01-30', NULL, NULL, 1, 5, 'ann');
\o
SELECT is_empty('SELECT period_start, agent_id FROM agent_performance',
    'an agent of whom nothing is counted has no row');

SELECT * FROM finish();
ROLLBACK;
