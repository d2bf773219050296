-- Service by hand: small cases of histories, pauses, business hours, promises and the queue with known answers.

BEGIN;
SELECT no_plan();
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL jit = off;
\o /dev/null
SELECT crmkpi.create_mart('mart_service');
\o
SET LOCAL search_path = mart_service, public, pg_temp;
-- a Tuesday
UPDATE setting SET value = '2025-07-01 00:00+00' WHERE name = 'as_of';
UPDATE setting SET value = 'office' WHERE name = 'default_calendar';

INSERT INTO calendar (calendar_id, hours) VALUES
    ('office', 'Mon-Fri 09:00-17:00; tz UTC; holiday 2025-05-01; day 2025-05-03 10:00-12:00'),
    ('berlin', 'Mon-Sun 08:00-18:00; tz Europe/Berlin'), ('always', 'Mon-Sun 00:00-24:00; tz Europe/Berlin'),
    ('night', 'Sun 01:00-04:00; tz Europe/Berlin'), ('never', 'tz UTC');
INSERT INTO status (entity, status, category) VALUES
    ('ticket', 'new', 'new'), ('ticket', 'open', 'open'), ('ticket', 'waiting', 'pending'), ('ticket', 'held', 'hold'),
    ('ticket', 'solved', 'solved'), ('ticket', 'closed', 'closed'), ('ticket', 'bought', 'won'),
    ('ticket', 'spam', 'lost'), ('lead', 'odd', 'solved');
INSERT INTO agent (agent_id, name, team, calendar_id, human) VALUES ('ann', 'Ann', 'east', NULL, true),
    ('bob', 'Bob', 'west', 'berlin', true), ('eve', 'Eve', NULL, 'nowhere', true), ('bot', 'Bot', NULL, NULL, false);

CREATE FUNCTION pg_temp.clear() RETURNS void LANGUAGE sql AS $$
    TRUNCATE ticket, ticket_message, status_event, sla_target;
$$;
-- A ticket with its status events as 'status@time' or 'status@time/agent'; the order of the words is that of seq. The
-- rows are stored the other way round.
CREATE FUNCTION pg_temp.ticket(name text, opened timestamptz, VARIADIC words text[] DEFAULT '{}') RETURNS void
LANGUAGE sql AS $$
    INSERT INTO ticket (ticket_id, opened_at, kind) VALUES (name, opened, 'question');
    INSERT INTO status_event (entity, entity_id, changed_at, seq, status, agent_id)
    SELECT 'ticket', name, split_part(split_part(word, '@', 2), '/', 1)::timestamptz, seq, split_part(word, '@', 1),
        nullif(split_part(word, '/', 2), '')
    FROM unnest(words) WITH ORDINALITY AS w (word, seq)
    ORDER BY seq DESC;
$$;
CREATE FUNCTION pg_temp.as_of(at text) RETURNS void LANGUAGE sql AS $$
    UPDATE setting SET value = at WHERE name = 'as_of'
$$;
CREATE TEMP VIEW spent AS
SELECT ticket_id, first_solved_at, solved_at, reopened, category, resolution_time, resolution_business_time,
    active_time,     active_business_time, first_solve_time
FROM ticket_facts;
-- Days of the history of the queue on which something happened.
CREATE TEMP VIEW moves AS
SELECT day, team, entered, left_queue, open_items FROM backlog_history WHERE entered > 0 OR left_queue > 0;
\o /dev/null

-- ---------------------------------------------------------------------------
-- Histories and pauses
-- ---------------------------------------------------------------------------

SELECT pg_temp.ticket('twice', '2025-03-03 08:00', 'new@2025-03-03 08:00', 'solved@2025-03-03 10:00',
    'open@2025-03-04 08:00', 'solved@2025-03-04 09:00', 'waiting@2025-04-01 08:00', 'solved@2025-04-02 08:00',
    'closed@2025-04-06 08:00');
\o
SELECT results_eq('SELECT * FROM spent',
    -- 30 days; 22 office days; two hours, one hour, and a wait; of these one hour from nine to ten
    $$ VALUES ('twice', timestamptz '2025-03-03 10:00', timestamptz '2025-04-02 08:00', 2::bigint, 'closed',
        interval '720:00', interval '176:00', interval '3:00', interval '1:00', interval '2:00') $$,
    'reopened twice: all its times');
SELECT results_eq('SELECT period_start, queue, solved, reopens, art_hours, art_business_hours,
        art_active_hours, art_active_business_hours, first_solve_hours, first_solve_tickets
    FROM service_dashboard ORDER BY 1',
    $$ VALUES (date '2025-03-01', 0::bigint, 0::bigint, 1::bigint, NULL::numeric, NULL::numeric, NULL::numeric,
            NULL::numeric, NULL::numeric, 0::bigint),
        (date '2025-04-01', 0, 1, 1, 720.00, 176.00, 3.00, 1.00, 2.00, 1) $$,
    'in the month of its last solve, its reopens in theirs');
SELECT results_eq('SELECT * FROM moves ORDER BY day',
    $$ VALUES (date '2025-03-03', NULL::text, 1::bigint, 1::bigint, 0::bigint), ('2025-03-04', NULL, 1, 1, 0),
        ('2025-04-01', NULL, 1, 0, 1), ('2025-04-02', NULL, 0, 1, 0) $$,
    'it was in the queue three times, never twice at once');
SELECT results_eq('SELECT count(*), min(day), max(day), sum(open_items) FROM backlog_history',
    $$ VALUES (121::bigint, date '2025-03-03', date '2025-07-01', 1::numeric) $$,
    'the history has every day from the first ticket to now');

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO ticket (ticket_id, opened_at, kind, first_response_at, resolved_at, contacts, reopened) VALUES
    ('stored', '2025-03-03 10:00', 'question', '2025-03-03 11:00', '2025-03-04 10:00', 1, 0),
    ('open', '2025-03-03 10:00', 'question', NULL, NULL, NULL, NULL);
\o
SELECT results_eq($$ SELECT * FROM spent WHERE ticket_id = 'stored' $$,
    $$ VALUES ('stored', timestamptz '2025-03-04 10:00', timestamptz '2025-03-04 10:00', 0::bigint, 'solved',
        interval '24:00', interval '8:00', interval '24:00', interval '8:00', interval '24:00') $$,
    'without a history it was active all the time');
SELECT results_eq('SELECT ticket_id, category, handoffs, touches, active_hours, age_hours FROM ticket_queue',
    $$ VALUES ('open', 'open', NULL::bigint, NULL::bigint, 2870.00, 2870.00) $$, 'also while it is open');

\o /dev/null
SELECT pg_temp.clear();
SELECT pg_temp.ticket('order', '2025-03-03 09:00', 'solved@2025-03-03 16:00', 'open@2025-03-03 12:00',
        'waiting@2025-03-03 10:00', 'new@2025-03-03 09:00'),
    -- solved and reopened in one moment, then solved
    pg_temp.ticket('moment', '2025-03-03 09:00', 'new@2025-03-03 09:00', 'solved@2025-03-03 11:00',
        'open@2025-03-03 11:00', 'solved@2025-03-03 12:00'),
    -- several at once: it waits in the end
    pg_temp.ticket('many', '2025-03-03 09:00', 'solved@2025-03-03 11:00', 'open@2025-03-03 11:00',
        'closed@2025-03-03 11:00', 'held@2025-03-03 11:00'),
    pg_temp.ticket('merged', '2025-03-03 09:00', 'closed@2025-03-03 09:00'),
    pg_temp.ticket('spam', '2025-03-03 09:00', 'new@2025-03-03 09:00', 'spam@2025-03-03 10:00'),
    pg_temp.ticket('bought', '2025-03-03 09:00', 'new@2025-03-03 09:00', 'bought@2025-03-03 10:00',
        'open@2025-03-03 11:00', 'bought@2025-03-03 12:00');
UPDATE ticket SET contacts = 0 WHERE ticket_id = 'merged';
-- a lead of the same name is no ticket
INSERT INTO status_event (entity, entity_id, changed_at, seq, status)
VALUES ('lead', 'many', '2025-03-03 13:00', 1, 'odd');
\o
SELECT results_eq('SELECT ticket_id, solved_at, reopened, category, active_time, first_solve_time
    FROM spent ORDER BY 1',
    $$ VALUES
        ('bought', timestamptz '2025-03-03 12:00', 1::bigint, 'won', interval '2:00', interval '1:00'),
        ('many', NULL, 2, 'hold', NULL, '2:00'),
        ('merged', '2025-03-03 09:00', 0, 'closed', '0', '0'),
        ('moment', '2025-03-03 12:00', 1, 'solved', '3:00', '2:00'),
        ('order', '2025-03-03 16:00', 0, 'solved', '5:00', '7:00'),
        ('spam', '2025-03-03 10:00', 0, 'lost', '1:00', '1:00') $$,
    'events in any order, several at once, merged at once, won and lost');
SELECT results_eq('SELECT * FROM moves',
    $$ VALUES (date '2025-03-03', NULL::text, 7::bigint, 6::bigint, 1::bigint) $$,
    'six come into the queue, one of them again; a reopen in the moment of the solve is no new visit');
SELECT results_eq('SELECT opened, solved, queue, fcr_total, reopened, reopened_total FROM service_dashboard',
    'VALUES (6::bigint, 5::bigint, 1::bigint, 0::bigint, 2::bigint, 5::bigint)', 'each is solved once');
SELECT results_eq('SELECT ticket_id, category, reopened, active_hours FROM ticket_queue',
    $$ VALUES ('many', 'hold', 2::bigint, 2.00) $$, 'one waits');

\o /dev/null
SELECT pg_temp.clear();
-- Friday to Tuesday
SELECT pg_temp.ticket('weekend', '2025-03-07 15:00', 'open@2025-03-07 15:00/ann', 'waiting@2025-03-07 16:00/ann',
        'open@2025-03-10 10:00', 'held@2025-03-10 11:00/bob', 'open@2025-03-11 12:00/bob',
        'solved@2025-03-11 13:00/ann'),
    pg_temp.ticket('overnight', '2025-03-07 15:00', 'held@2025-03-07 15:00', 'open@2025-03-08 12:00',
        'solved@2025-03-10 10:00'),
    -- no row for its first status
    pg_temp.ticket('headless', '2025-03-10 09:00', 'waiting@2025-03-10 11:00', 'open@2025-03-10 12:00',
        'solved@2025-03-10 13:00'),
    -- on a holiday, and on a Saturday that has hours
    pg_temp.ticket('holiday', '2025-04-30 16:00', 'new@2025-04-30 16:00', 'solved@2025-05-05 10:00');
\o
SELECT results_eq('SELECT ticket_id, resolution_time, resolution_business_time, active_time, active_business_time
    FROM spent ORDER BY 1',
    $$ VALUES
        ('headless', interval '4:00', interval '4:00', interval '3:00', interval '3:00'),
        -- Wednesday 1, Friday 8, Saturday 2, Monday 1
        ('holiday', '114:00', '12:00', '114:00', '12:00'),
        ('overnight', '67:00', '3:00', '46:00', '1:00'),
        -- Friday 2, Monday 8, Tuesday 4
        ('weekend', '94:00', '14:00', '3:00', '3:00') $$,
    'pending and hold do not count, over a week-end either, and the first status is new since the opening');
SELECT results_eq('SELECT ticket_id, handoffs, touches FROM ticket_facts ORDER BY 1',
    $$ VALUES ('headless', 0::bigint, 0::bigint), ('holiday', 0, 0), ('overnight', 0, 0), ('weekend', 2, 5) $$,
    'handoffs are between known agents, touches by them');
SELECT results_eq('SELECT art_active_hours, art_active_business_hours, art_active_business_tickets
    FROM service_dashboard WHERE period_start = ''2025-03-01''',
    -- (3 + 46 + 3) / 3, (3 + 1 + 3) / 3
    'VALUES (17.33, 2.33, 3::bigint)', 'in the dashboard');

-- ---------------------------------------------------------------------------
-- Business hours
-- ---------------------------------------------------------------------------

-- Clocks in Berlin: one hour less in the night to 2025-03-30, one more in that to 2024-10-27.
\o /dev/null
SELECT pg_temp.clear();
UPDATE setting SET value = 'Europe/Berlin' WHERE name = 'zone';
SELECT pg_temp.ticket('spring', '2025-03-29 12:00+01', 'new@2025-03-29 12:00+01', 'waiting@2025-03-29 18:00+01',
        'open@2025-03-30 12:00+02', 'solved@2025-03-31 12:00+02'),
    pg_temp.ticket('autumn', '2024-10-26 12:00+02', 'new@2024-10-26 12:00+02', 'waiting@2024-10-26 18:00+02',
        'open@2024-10-27 12:00+01', 'solved@2024-10-28 12:00+01');
\o
-- Hours: all, business, active, active business; -1 is NULL.
CREATE FUNCTION pg_temp.by_calendar(calendar text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE setting SET value = calendar WHERE name = 'default_calendar';
    RETURN QUERY SELECT concat(ticket_id, (
        SELECT string_agg(' ' || coalesce(extract(epoch FROM i) / 3600, -1)::integer, '')
        FROM unnest(ARRAY[resolution_time, resolution_business_time, active_time, active_business_time]) AS i))
        FROM spent ORDER BY 1;
END;
$$;
SELECT results_eq($$ SELECT * FROM pg_temp.by_calendar('berlin') $$,
    -- 6 + 10 + 4; without 18 hours of night and the morning 6 + 6 + 4
    ARRAY['autumn 49 20 30 16', 'spring 47 20 30 16'],
    'over a change of the clocks a day has 25 or 23 hours, and as many business hours as ever');
SELECT results_eq($$ SELECT * FROM pg_temp.by_calendar('always') $$,
    ARRAY['autumn 49 49 30 30', 'spring 47 47 30 30'],
    'who never closes has calendar time');
SELECT results_eq($$ SELECT * FROM pg_temp.by_calendar('night') $$,
    ARRAY['autumn 49 4 30 0', 'spring 47 2 30 0'],
    'hours in that night are longer or shorter');
SELECT results_eq($$ SELECT * FROM pg_temp.by_calendar('never') $$,
    ARRAY['autumn 49 0 30 0', 'spring 47 0 30 0'],
    'who never opens has none');
SELECT results_eq($$ SELECT * FROM pg_temp.by_calendar('') UNION ALL SELECT * FROM pg_temp.by_calendar('nowhere') $$,
    ARRAY['autumn 49 -1 30 -1', 'spring 47 -1 30 -1', 'autumn 49 -1 30 -1', 'spring 47 -1 30 -1'],
    'without a calendar, or with one that is not there, nothing is said, and not 0');
SELECT results_eq('SELECT period_start, art_hours, art_business_hours, art_business_tickets FROM service_dashboard
    ORDER BY 1', $$ VALUES (date '2024-10-01', 49.00, NULL::numeric, 0::bigint), ('2025-03-01', 47.00, NULL, 0) $$,
    'nor by the dashboard');

-- Which calendar: of the promise, else of the agent, else the default.
\o /dev/null
UPDATE setting SET value = 'office' WHERE name = 'default_calendar';
UPDATE setting SET value = 'UTC' WHERE name = 'zone';
SELECT pg_temp.clear();
-- A Saturday: 24 hours always, 10 in Berlin, none in the office.
INSERT INTO ticket (ticket_id, opened_at, kind, resolved_at, first_response_at, agent_id, priority)
SELECT concat_ws(' ', priority, agent), '2025-03-08 00:00', 'question', '2025-03-09 00:00', '2025-03-09 00:00', agent,
    priority
FROM unnest('{ann,bob,eve,NULL}'::text[]) AS agent, unnest('{promised,timed,replied,NULL}'::text[]) AS priority;
INSERT INTO sla_target (priority, measure, seconds, calendar_id) VALUES
    ('promised', 'resolution', 3600, 'always'), ('timed', 'resolution', 3600, NULL),
    ('replied', 'first_response', 3600, 'always');
\o
SELECT results_eq($$ SELECT priority, agent_id, (extract(epoch FROM resolution_business_time) / 3600)::integer,
        (extract(epoch FROM response_business_time) / 3600)::integer
    FROM ticket_facts ORDER BY 1, 2 $$,
    $$ VALUES ('promised', 'ann', 24, 0), ('promised', 'bob', 24, 10), ('promised', 'eve', 24, NULL),
        ('promised', NULL, 24, 0),
        ('replied', 'ann', 0, 24), ('replied', 'bob', 10, 24), ('replied', 'eve', NULL, 24), ('replied', NULL, 0, 24),
        ('timed', 'ann', 0, 0), ('timed', 'bob', 10, 10), ('timed', 'eve', NULL, NULL), ('timed', NULL, 0, 0),
        (NULL, 'ann', 0, 0), (NULL, 'bob', 10, 10), (NULL, 'eve', NULL, NULL), (NULL, NULL, 0, 0) $$,
    'the calendar is that of the promise for this time, else of the agent, else the default');
SELECT results_eq('SELECT sla_met, sla_total, response_sla_met, response_sla_total FROM service_dashboard',
    -- promised: 4 missed; timed: ann and nobody 0 hours, bob missed, eve without calendar; replied: 4 missed
    'VALUES (2::bigint, 7::bigint, 0::bigint, 4::bigint)',
    'a promise in a calendar that is not there is neither kept nor broken');
SELECT results_eq('SELECT agent_id, sla_met, sla_total, sla_ratio, art_business_hours, art_business_tickets
    FROM agent_performance ORDER BY 1',
    $$ VALUES ('ann', 1::bigint, 2::bigint, 0.500000, 6.00, 4::bigint), ('bob', 0, 2, 0.000000, 13.50, 4),
        ('eve', 0, 1, 0.000000, 24.00, 1) $$, 'also of agents');

-- ---------------------------------------------------------------------------
-- Promises
-- ---------------------------------------------------------------------------

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO ticket (ticket_id, opened_at, kind, priority, team)
VALUES ('1', '2025-03-03', 'incident', 'urgent', 'east');
-- from the one that holds to the last that may
INSERT INTO sla_target (kind, priority, team, measure, seconds, calendar_id) VALUES
    ('incident', 'urgent', 'east', 'resolution', 800, 'office'),
    ('incident', 'urgent', NULL, 'resolution', 700, 'berlin'), (NULL, 'urgent', 'east', 'resolution', 600, NULL),
    ('incident', NULL, 'east', 'resolution', 500, 'berlin'),
    (NULL, 'urgent', NULL, 'resolution', 400, NULL), ('incident', NULL, NULL, 'resolution', 300, 'always'),
    (NULL, NULL, 'east', 'resolution', 200, NULL), (NULL, NULL, NULL, 'resolution', 100, 'always'),
    ('complaint', 'urgent', 'east', 'resolution', 1, NULL), ('incident', 'low', 'east', 'resolution', 2, NULL),
    ('incident', 'urgent', 'west', 'resolution', 3, NULL), (NULL, 'low', NULL, 'resolution', 4, NULL),
    ('incident', 'urgent', 'east', 'first_response', 5, NULL);
\o
CREATE FUNCTION pg_temp.promises() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    held record;
BEGIN
    LOOP
        SELECT resolution_seconds AS seconds, resolution_calendar_id AS calendar INTO held FROM ticket_sla;
        RETURN NEXT concat_ws(' ', held.seconds, held.calendar);
        EXIT WHEN held.seconds IS NULL;
        DELETE FROM sla_target WHERE measure = 'resolution' AND seconds = held.seconds;
    END LOOP;
END;
$$;
SELECT results_eq('SELECT * FROM pg_temp.promises()',
    ARRAY['800 office', '700 berlin', '600', '500 berlin', '400', '300 always', '200', '100 always', ''],
    'what matches most holds; one for the priority goes before one for the kind, that before one for the team');
INSERT INTO ticket (ticket_id, opened_at, kind) VALUES ('2', '2025-03-03', 'incident');
SELECT results_eq('SELECT kind, priority, team, response_seconds, resolution_seconds FROM ticket_sla ORDER BY 2',
    $$ VALUES ('incident', '', '', NULL::integer, NULL::integer), ('incident', 'urgent', 'east', 5, NULL) $$,
    'a promise for a priority is not for tickets without one');

-- Solved: on the day of the solve, in business hours, to the microsecond.
\o /dev/null
SELECT pg_temp.clear();
INSERT INTO sla_target (priority, measure, seconds, calendar_id) VALUES (NULL, 'resolution', 7200, 'office'),
    ('urgent', 'resolution', 7200, NULL);
UPDATE setting SET value = '' WHERE name = 'default_calendar';
INSERT INTO ticket (ticket_id, opened_at, kind, priority, agent_id, resolved_at) VALUES
    -- from Friday afternoon on two office hours last till Monday 10:00
    ('in time', '2025-02-28 16:00', 'question', NULL, NULL, '2025-03-03 10:00'),
    ('too late', '2025-02-28 16:00', 'question', NULL, NULL, '2025-03-03 10:00:00.000001'),
    -- urgent: two hours by the clock
    ('urgent', '2025-02-28 22:00', 'question', 'urgent', NULL, '2025-03-01 00:00'),
    ('urgent late', '2025-02-28 22:00', 'question', 'urgent', NULL, '2025-03-01 00:00:00.000001'),
    -- but in the hours of bob
    ('urgent bob', '2025-02-28 22:00', 'question', 'urgent', 'bob', '2025-03-01 09:00'),
    ('unknown', '2025-02-28 22:00', 'question', 'urgent', 'eve', '2025-03-01 09:00');
\o
SELECT results_eq('SELECT period_start, sla_met, sla_total, sla_ratio FROM service_dashboard ORDER BY 1',
    $$ VALUES (date '2025-02-01', 0::bigint, 0::bigint, NULL::numeric), ('2025-03-01', 3, 5, 0.600000) $$,
    'solved in time is in time to the microsecond, in office hours or, without a calendar, by the clock');
SELECT results_eq('SELECT agent_id, sla_met, sla_total FROM agent_performance ORDER BY 1',
    $$ VALUES ('bob', 1::bigint, 1::bigint), ('eve', 0, 0) $$, 'of the agents with a calendar');

-- Unsolved: on the day that it was due, until it is solved.
\o /dev/null
SELECT pg_temp.clear();
INSERT INTO sla_target (priority, measure, seconds, calendar_id) VALUES (NULL, 'resolution', 7200, 'office'),
    (NULL, 'first_response', 3600, 'office'), ('urgent', 'resolution', 7200, NULL);
SELECT pg_temp.ticket('due', '2025-02-28 16:00', 'open@2025-02-28 16:00', 'solved@2025-05-05 10:00');
UPDATE ticket SET agent_id = 'ann', team = 'east';
SELECT pg_temp.as_of('2025-04-01 00:00+00');
\o
SELECT results_eq('SELECT ticket_id, response_due_at, response_breached, due_at, breached, due_in_hours
    FROM ticket_queue',
    -- one hour of Friday, one of Monday
    $$ VALUES ('due', timestamptz '2025-02-28 17:00', true, timestamptz '2025-03-03 10:00', true, -686.00) $$,
    'an open ticket past due');
SELECT results_eq('SELECT period_start, sla_met, sla_total, response_sla_met, response_sla_total, solved, queue
    FROM service_dashboard ORDER BY 1',
    $$ VALUES (date '2025-02-01', 0::bigint, 0::bigint, 0::bigint, 1::bigint, 0::bigint, 1::bigint),
        ('2025-03-01', 0, 1, 0, 0, 0, 1) $$, 'is a promise broken on the day of its due time, not of its opening');
SELECT results_eq('SELECT day, agent_id, team, opened FROM daily_ticket ORDER BY 1',
    $$ VALUES (date '2025-02-28', 'ann', 'east', 1::bigint), ('2025-03-03', 'ann', 'east', 0) $$,
    'of its agent and team');
SELECT results_eq('SELECT period_start, agent_id, solved, sla_met, sla_total FROM agent_performance',
    $$ VALUES (date '2025-03-01', 'ann', 0::bigint, 0::bigint, 1::bigint) $$, 'who has a row for it');
\o /dev/null
SELECT pg_temp.as_of('2025-03-03 10:00+00');
\o
SELECT results_eq('SELECT response_breached, breached, due_in_hours FROM ticket_queue', 'VALUES (true, false, 0.00)',
    'at its due time it is not past due');
SELECT results_eq('SELECT sum(sla_total) FROM service_dashboard', 'VALUES (0::numeric)', 'nor a promise broken');
\o /dev/null
SELECT pg_temp.as_of('2025-03-03 10:00:00.000001+00');
\o
SELECT results_eq('SELECT breached, due_in_hours FROM ticket_queue', 'VALUES (true, 0.00)', 'but right after');
SELECT results_eq('SELECT sum(sla_total) FROM service_dashboard', 'VALUES (1::numeric)', 'both');
\o /dev/null
SELECT pg_temp.as_of('2025-07-01 00:00+00');
\o
SELECT is_empty('SELECT * FROM ticket_queue', 'solved at last, it waits no more');
SELECT results_eq('SELECT period_start, sla_met, sla_total, response_sla_total FROM service_dashboard ORDER BY 1',
    $$ VALUES (date '2025-02-01', 0::bigint, 0::bigint, 0::bigint), ('2025-05-01', 0, 1, 0) $$,
    'and is a promise broken once, on the day of the solve; unanswered it is none any more');

-- First replies
\o /dev/null
SELECT pg_temp.clear();
UPDATE setting SET value = 'office' WHERE name = 'default_calendar';
INSERT INTO sla_target (measure, seconds) VALUES ('first_response', 3600);
-- Mondays
INSERT INTO ticket (ticket_id, opened_at, kind, first_response_at, resolved_at, agent_id) VALUES
    ('in time', '2025-03-31 16:30', 'question', '2025-04-01 09:30', NULL, NULL),
    ('late', '2025-03-31 16:30', 'question', '2025-04-01 09:30:00.000001', NULL, NULL),
    ('at night', '2025-03-31 20:00', 'question', '2025-03-31 20:01', NULL, NULL),
    ('never', '2025-03-31 16:30', 'question', NULL, NULL, NULL),
    ('solved without', '2025-03-31 16:30', 'question', NULL, '2025-04-30 10:00', NULL),
    ('of nowhere', '2025-03-31 16:30', 'question', NULL, NULL, 'eve'),
    ('not yet', '2025-06-30 16:30', 'question', NULL, NULL, NULL);
-- of a human, in public
INSERT INTO ticket (ticket_id, opened_at, kind) VALUES ('talk', '2025-03-31 09:00', 'question');
INSERT INTO ticket_message (message_id, ticket_id, occurred_at, author, agent_id, public) VALUES
    ('1', 'talk', '2025-03-31 09:01', 'agent', 'bot', true), ('2', 'talk', '2025-03-31 09:02', 'bot', 'bot', true),
    ('3', 'talk', '2025-03-31 09:03', 'agent', 'ann', false), ('4', 'talk', '2025-03-31 11:00', 'agent', 'ann', true);
\o
SELECT results_eq('SELECT period_start, opened, responded, response_business_tickets, response_business_hours,
        response_sla_met, response_sla_total FROM service_dashboard ORDER BY 1',
    -- by opening: 1, 1, 0 and 2 hours; by reply: at night and talk in March, in time and late in April, never in April
    $$ VALUES (date '2025-03-01', 7::bigint, 4::bigint, 4::bigint, 1.00, 1::bigint, 2::bigint),
        ('2025-04-01', 0, 0, 0, NULL, 1, 3), ('2025-06-01', 1, 0, 0, NULL, 0, 0) $$,
    'the time of a reply is by the day of opening, its promise by the day of the reply or of the due time');
SELECT results_eq('SELECT ticket_id, first_reply_at, response_due_at, response_breached, due_at, breached
    FROM ticket_queue ORDER BY 1',
    $$ VALUES ('at night', timestamptz '2025-03-31 20:01', NULL::timestamptz, NULL::boolean, NULL::timestamptz,
            NULL::boolean),
        ('in time', '2025-04-01 09:30', NULL, NULL, NULL, NULL),
        ('late', '2025-04-01 09:30:00.000001', NULL, NULL, NULL, NULL),
        ('never', NULL, '2025-04-01 09:30', true, NULL, NULL),
        ('not yet', NULL, '2025-07-01 09:30', false, NULL, NULL),
        ('of nowhere', NULL, NULL, NULL, NULL, NULL), ('talk', '2025-03-31 11:00', NULL, NULL, NULL, NULL) $$,
    'the queue tells when a reply is due, until it is given');

-- Hours that never open
\o /dev/null
SELECT pg_temp.clear();
INSERT INTO calendar (calendar_id, hours) VALUES ('once', 'tz UTC; day 2025-03-03 09:00-10:00');
INSERT INTO sla_target (measure, seconds, calendar_id, priority)
SELECT measure, 7200, calendar, calendar FROM unnest('{never,once,nowhere}'::text[]) AS calendar,
    unnest('{first_response,resolution}'::text[]) AS measure;
INSERT INTO ticket (ticket_id, opened_at, kind, priority) VALUES ('1', '2025-03-03 08:00', 'question', 'never'),
    ('2', '2025-03-03 08:00', 'question', 'once'), ('3', '2025-03-03 08:00', 'question', 'nowhere');
\o
SELECT results_eq('SELECT ticket_id, business_age_hours, response_due_at, due_at, breached FROM ticket_queue
    ORDER BY 1',
    $$ VALUES ('1', 0.00, NULL::timestamptz, NULL::timestamptz, NULL::boolean), ('2', 1.00, NULL, NULL, NULL),
        ('3', NULL, NULL, NULL, NULL) $$, 'in hours that never open again nothing is ever due');
SELECT results_eq('SELECT opened, sla_total, response_sla_total FROM service_dashboard',
    'VALUES (3::bigint, 0::bigint, 0::bigint)', 'and the dashboard goes on');

-- ---------------------------------------------------------------------------
-- The queue
-- ---------------------------------------------------------------------------

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO ticket (ticket_id, opened_at, kind)
SELECT to_char(row_number() OVER (), 'FM00'), timestamptz '2025-07-01' - age, 'question'
FROM unnest('{0,3:59:59.999999,4:00,23:59:59.999999,24:00,71:59:59,72:00,167:59:59,168:00,719:59:59,720:00,
    87600:00}'::interval[]) AS age;
\o
SELECT results_eq('SELECT ticket_id, age_band_no, age_band FROM ticket_queue ORDER BY 1',
    $$ VALUES ('01', 1, 'under 4 hours'), ('02', 1, 'under 4 hours'), ('03', 2, '4 to 24 hours'),
        ('04', 2, '4 to 24 hours'), ('05', 3, '1 to 3 days'), ('06', 3, '1 to 3 days'), ('07', 4, '3 to 7 days'),
        ('08', 4, '3 to 7 days'), ('09', 5, '7 to 30 days'), ('10', 5, '7 to 30 days'), ('11', 6, 'over 30 days'),
        ('12', 6, 'over 30 days') $$, 'age bands begin at their lower bound');
SELECT results_eq($$ SELECT age_hours FROM ticket_queue WHERE ticket_id = '12' $$, 'VALUES (87600.00)',
    'a ticket of ten years loses no time');

\o /dev/null
SELECT pg_temp.clear();
INSERT INTO sla_target (kind, measure, seconds) VALUES ('question', 'resolution', 4 * 3600),
    ('complaint', 'first_response', 3600);
-- on Friday 2025-06-27 and Monday 2025-06-30
SELECT pg_temp.ticket('late', '2025-06-27 16:00', 'new@2025-06-27 16:00', 'open@2025-06-27 16:10/ann',
        'waiting@2025-06-27 16:30/bob', 'open@2025-06-30 09:00', 'open@2025-06-30 10:00/ann'),
    pg_temp.ticket('soon', '2025-06-30 15:00', 'new@2025-06-30 15:00', 'held@2025-06-30 16:00/ann'),
    pg_temp.ticket('again', '2025-06-27 09:00', 'new@2025-06-27 09:00', 'solved@2025-06-27 10:00/ann',
        'open@2025-06-27 12:00', 'closed@2025-06-27 13:00/bob', 'waiting@2025-06-30 09:00'),
    pg_temp.ticket('solved', '2025-06-27 09:00', 'new@2025-06-27 09:00', 'solved@2025-06-27 10:00'),
    pg_temp.ticket('tomorrow', '2025-07-01 00:00:00.000001', 'new@2025-07-01 00:00:00.000001');
UPDATE ticket SET team = 'east', channel = 'web', agent_id = 'ann', customer_id = 'c', priority = 'low'
WHERE ticket_id = 'late';
UPDATE ticket SET kind = 'complaint' WHERE ticket_id = 'again';
INSERT INTO ticket_message (message_id, ticket_id, occurred_at, author, agent_id) VALUES
    ('1', 'late', '2025-06-27 16:10', 'agent', 'ann'), ('2', 'late', '2025-06-30 10:00', 'agent', 'ann'),
    ('3', 'late', '2025-07-01 10:00', 'agent', 'ann'), ('4', 'again', '2025-06-27 09:00', 'customer', NULL);
\o
SELECT results_eq('SELECT ticket_id, opened_day, category, priority, kind, team, channel, agent_id, customer_id,
        contacts, reopened, handoffs, touches FROM ticket_queue ORDER BY 1',
    $$ VALUES
        ('again', date '2025-06-27', 'pending', NULL, 'complaint', NULL, NULL, NULL, NULL, 0::bigint, 2::bigint,
            1::bigint, 2::bigint),
        ('late', '2025-06-27', 'open', 'low', 'question', 'east', 'web', 'ann', 'c', 2, 0, 2, 3),
        ('soon', '2025-06-30', 'hold', NULL, 'question', NULL, NULL, NULL, NULL, NULL, 0, 0, 1) $$,
    'who waits, and who had it');
SELECT results_eq('SELECT period_start, opened, solved, reopens, reopened FROM service_dashboard',
    $$ VALUES (date '2025-06-01', 4::bigint, 1::bigint, 2::bigint, 0::bigint) $$,
    'reopens of a ticket that is open again count, too');
SELECT results_eq('SELECT ticket_id, age_hours, business_age_hours, active_hours, first_reply_at, response_due_at,
        response_breached, due_at, breached, due_in_hours FROM ticket_queue ORDER BY 1',
    $$ VALUES
        -- active from 9 to 10 and from 12 to 13
        ('again', 87.00, 16.00, 2.00, NULL::timestamptz, timestamptz '2025-06-27 10:00', true, NULL::timestamptz,
            NULL::boolean, NULL::numeric),
        -- active half an hour on Friday, then 15 hours
        ('late', 80.00, 9.00, 15.50, '2025-06-27 16:10', NULL, NULL, '2025-06-30 12:00', true, -12.00),
        ('soon', 9.00, 2.00, 1.00, NULL, NULL, NULL, '2025-07-01 11:00', false, 11.00) $$,
    'since when, and until when');

-- By day and team
SELECT results_eq($$ SELECT * FROM backlog_history WHERE day >= '2025-06-27' ORDER BY day, team $$,
    $$ VALUES (date '2025-06-27', 'east', 1::bigint, 0::bigint, 1::bigint), ('2025-06-27', NULL, 3, 3, 0),
        ('2025-06-28', 'east', 0, 0, 1), ('2025-06-28', NULL, 0, 0, 0), ('2025-06-29', 'east', 0, 0, 1),
        ('2025-06-29', NULL, 0, 0, 0), ('2025-06-30', 'east', 0, 0, 1), ('2025-06-30', NULL, 2, 0, 2),
        ('2025-07-01', 'east', 0, 0, 1), ('2025-07-01', NULL, 0, 0, 2) $$,
    'by day and team: reopened twice, and twice in time in the queue');
SELECT results_eq($$ SELECT period_start, queue FROM service_dashboard('day', '2025-06-27') $$,
    $$ VALUES (date '2025-06-27', 1::bigint), ('2025-06-30', 3) $$, 'all teams together in the dashboard');

-- The queue of then
CREATE FUNCTION pg_temp.queue_at(at text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.as_of(at);
    RETURN concat_ws(', ',
        (SELECT string_agg(concat_ws(' ', ticket_id, category, reopened, touches), ', ' ORDER BY ticket_id)
         FROM ticket_queue), (SELECT sum(open_items) FROM backlog_history WHERE day = at::timestamptz::date),
        (SELECT queue FROM service_dashboard ORDER BY period_start DESC LIMIT 1));
END;
$$;
SELECT is(pg_temp.queue_at('2025-06-27 08:59+00'), '', 'before the first ticket there is no queue');
SELECT is(pg_temp.queue_at('2025-06-27 09:00+00'), 'again new 0 0, solved new 0 0, 2, 2', 'then there are two');
SELECT is(pg_temp.queue_at('2025-06-27 09:59:59+00'), 'again new 0 0, solved new 0 0, 2, 2', 'until');
SELECT is(pg_temp.queue_at('2025-06-27 10:00+00'), '0, 0', 'both are solved');
SELECT is(pg_temp.queue_at('2025-06-27 12:00+00'), 'again open 1 1, 1, 1', 'one is reopened right now');
SELECT is(pg_temp.queue_at('2025-06-27 12:30+00'), 'again open 1 1, 1, 1', 'one is open again');
SELECT is(pg_temp.queue_at('2025-06-29 12:30+00'), 'late pending 0 2, 1, 1', 'it is closed, another waits');
SELECT is(pg_temp.queue_at('2025-06-30 09:30+00'), 'again pending 2 2, late open 0 2, 2, 2', 'both wait');
SELECT is(pg_temp.queue_at('2025-07-02 00:00+00'),
    'again pending 2 2, late open 0 3, soon hold 0 1, tomorrow new 0 0, 4, 4',
    'and so on');
\o /dev/null
-- the last day ends now, the days before at midnight in the zone of the mart
UPDATE setting SET value = 'Asia/Tokyo' WHERE name = 'zone';
SELECT pg_temp.as_of('2025-06-30 15:30+00');
\o
SELECT results_eq($$ SELECT day, sum(entered), sum(left_queue), sum(open_items) FROM backlog_history GROUP BY 1
    ORDER BY 1 $$,
    $$ VALUES (date '2025-06-27', 3::numeric, 3::numeric, 0::numeric), ('2025-06-28', 1, 0, 1),
        ('2025-06-29', 0, 0, 1), ('2025-06-30', 1, 0, 2), ('2025-07-01', 1, 0, 3) $$, 'days are those of the zone');
\o /dev/null
UPDATE setting SET value = 'UTC' WHERE name = 'zone';
SELECT pg_temp.as_of('2025-07-01 00:00+00');

-- ---------------------------------------------------------------------------
-- Periods
-- ---------------------------------------------------------------------------

SELECT pg_temp.clear();
INSERT INTO sla_target (kind, measure, seconds, calendar_id) VALUES ('question', 'resolution', 3600, 'always');
INSERT INTO ticket (ticket_id, opened_at, kind, resolved_at, first_response_at)
SELECT opened, opened::timestamptz, 'question', opened::timestamptz + hours * interval '1 hour', opened::timestamptz
FROM (VALUES ('2024-06-30 10:00', 1), ('2025-01-06 10:00', 2), ('2025-05-31 10:00', 1), ('2025-06-22 10:00', 2),
    ('2025-06-29 10:00', 1), ('2025-06-30 10:00', 2)) AS t (opened, hours);
INSERT INTO ticket (ticket_id, opened_at, kind) VALUES ('waits', '2025-06-30 12:00', 'request'),
    ('waits, too', '2025-01-06 12:00', 'request');
\o
SELECT results_eq($$ SELECT DISTINCT ON (grain) grain, period_start, is_complete, queue, opened, opened_previous,
        solved, solved_previous, art_hours, art_hours_previous, response_hours_previous, sla_ratio, sla_ratio_previous
    FROM unnest('{day,week,month,quarter,year}'::text[]) g, LATERAL service_dashboard(g) 
    ORDER BY grain, period_start DESC $$,
    $$ VALUES
        ('day', date '2025-06-30', true, 2::bigint, 2::bigint, 1::bigint, 1::bigint, 1::bigint, 2.00, 1.00, 0.00,
            0.000000, 1.000000),
        ('month', '2025-06-01', true, 2, 4, 1, 3, 1, 1.67, 1.00, 0.00, 0.333333, 1.000000),
        ('quarter', '2025-04-01', true, 2, 5, 2, 4, 1, 1.50, 2.00, 0.00, 0.500000, 0.000000),
        ('week', '2025-06-30', false, 2, 2, 1, 1, 1, 2.00, 1.00, 0.00, 0.000000, 1.000000),
        ('year', '2025-01-01', false, 2, 7, 1, 5, 1, 1.60, 1.00, 0.00, 0.400000, 1.000000) $$,
    'the last period of every grain, with the one before');
SELECT results_eq($$ SELECT period_start, is_complete, queue, sla_ratio, sla_ratio_previous FROM service_dashboard
    ORDER BY 1 $$,
    $$ VALUES (date '2024-06-01', true, 0::bigint, 1.000000, NULL::numeric), ('2025-01-01', true, 1, 0.000000, NULL),
        ('2025-05-01', true, 1, 1.000000, NULL), ('2025-06-01', true, 2, 0.333333, 1.000000) $$,
    'the month before is not the row before');
\o /dev/null
SELECT pg_temp.as_of('2025-06-30 23:59:59+00');
\o
SELECT results_eq($$ SELECT grain, bool_or(is_complete) FROM service_dashboard_by_grain
    WHERE period_start + CASE grain WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || grain)::interval END
        > '2025-06-30'
    GROUP BY 1 ORDER BY 1 $$,
    $$ VALUES ('day', false), ('month', false), ('quarter', false), ('week', false), ('year', false) $$,
    'a second before midnight nothing of today is over');

SELECT * FROM finish();
ROLLBACK;
