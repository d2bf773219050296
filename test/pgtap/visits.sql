-- visits: histories of status, by hand and at random, against plain SQL with window functions.
BEGIN;
SET LOCAL search_path = public, crmkpi;
SET LOCAL timezone = 'Europe/Berlin';
SELECT plan(112);

-- ---------------------------------------------------------------------------
-- By hand. Times are whole hours since t(0); '2 solved 7' is a change to solved at t(2) with seq 7.
-- ---------------------------------------------------------------------------
-- two days later clocks go forward
CREATE FUNCTION t(hours numeric) RETURNS timestamptz IMMUTABLE LANGUAGE sql AS
$$ SELECT timestamptz '2025-03-28 00:00:00+00' + $1 * interval '1 h' $$;
CREATE FUNCTION history(events text) RETURNS visit_summary LANGUAGE sql AS $$
    SELECT visits(t(split_part(e, ' ', 1)::int), nullif(split_part(e, ' ', 3), '')::int, split_part(e, ' ', 2))
    FROM unnest(string_to_array(events, ', ')) AS e $$;
CREATE FUNCTION hours(timestamptz) RETURNS text LANGUAGE sql AS
$$ SELECT (extract(epoch FROM $1 - t(0)) / 3600)::int::text $$;
CREATE FUNCTION hours(tstzmultirange) RETURNS text LANGUAGE sql AS
$$ SELECT coalesce(string_agg(hours(lower(r)) || '-' || hours(upper(r)), ' '), 'none') FROM unnest($1) AS r $$;

CREATE TABLE hand (
    name text, events text, category text, is_done boolean, first_solve text, last_solve text, reopens bigint,
    active text, open text, pauses text, solved interval
);
-- all opened at t(0), and looked at at t(100)
INSERT INTO hand VALUES
    ('empty', '', NULL, NULL, NULL, NULL, 0, '0-100', '0-100', 'none', NULL),
    ('one change', '0 open', 'open', false, NULL, NULL, 0, '0-100', '0-100', 'none', '0'),
    ('solved', '0 new, 1 open, 3 solved', 'solved', true, '3', '3', 0, '0-3', '0-3', 'none', '97:00'),
    ('out of order', '3 solved, 0 new, 1 open', 'solved', true, '3', '3', 0, '0-3', '0-3', 'none', '97:00'),
    ('solved, without other changes', '3 solved', 'solved', true, '3', '3', 0, '0-3', '0-3', 'none', '97:00'),
    ('closed after the solve', '0 new, 3 solved, 9 closed', 'closed', true, '3', '3', 0, '0-3', '0-3', 'none', '6:00'),
    ('merged, closed at once', '0 closed', 'closed', true, '0', '0', 0, 'none', 'none', 'none', '0'),
    ('reopened twice', '0 new, 3 solved, 5 open, 6 solved, 10 open, 20 solved', 'solved', true, '3', '20', 2,
        '0-3 5-6 10-20', '0-3 5-6 10-20', 'none', '86:00'),
    ('reopened now', '0 new, 3 solved, 5 open', 'open', false, '3', NULL, 1, '0-3 5-100', '0-3 5-100', 'none', '2:00'),
    ('reopened to pending', '0 new, 3 closed, 5 pending', 'pending', false, '3', NULL, 1, '0-3', '0-3 5-100', '5-100',
        '0'),
    ('paused', '0 new, 2 pending, 4 hold, 5 open, 6 hold, 9 open, 10 solved', 'solved', true, '10', '10', 0,
        '0-2 5-6 9-10', '0-10', '2-5 6-9', '90:00'),
    ('without a row for the first status', '4 pending, 6 solved', 'solved', true, '6', '6', 0, '0-4', '0-6', '4-6',
        '94:00'),
    ('changes before it was opened', '-8 new, -5 solved, -4 open, 3 solved', 'solved', true, '-5', '3', 1, '0-3',
        '0-3', 'none', '98:00'),
    ('solved before it was opened', '-8 open, -5 solved, 3 open', 'open', false, '-5', NULL, 1, '3-100', '3-100',
        'none', '8:00'),
    ('changes after the end', '0 new, 98 pending, 99 open, 101 solved, 102 open', 'open', false, '101', NULL, 1,
        '0-98 99-100', '0-100', '98-99', '0'),
    ('opened after the end', '150 new, 160 pending', 'pending', false, NULL, NULL, 0, '0-100', '0-100', 'none', '0'),
    ('a change at the end', '0 new, 100 solved', 'solved', true, '100', '100', 0, '0-100', '0-100', 'none', '0'),
    ('one moment, by seq', '0 new 1, 3 solved 4, 3 open 3, 3 pending 2', 'solved', true, '3', '3', 0, '0-3', '0-3',
        'none', '97:00'),
    ('one moment, solved first', '0 new 1, 3 solved 2, 3 open 3', 'open', false, '3', NULL, 1, '0-100', '0-100',
        'none', '0'),
    ('one moment, reopened and solved', '0 new, 3 solved 1, 3 open 2, 3 closed 3', 'closed', true, '3', '3', 1, '0-3',
        '0-3', 'none', '0'),
    ('a negative seq is before 0', '0 new, 3 solved, 3 open -1', 'solved', true, '3', '3', 0, '0-3', '0-3', 'none',
        '97:00'),
    ('without seq, by category', '0 new, 3 lost, 3 won, 3 closed, 3 solved, 3 hold, 3 pending, 3 open, 3 new', 'lost',
        true, '3', '3', 0, '0-3', '0-3', 'none', '0'),
    ('the same twice', '0 new, 0 new, 3 solved, 3 solved', 'solved', true, '3', '3', 0, '0-3', '0-3', 'none', '97:00'),
    ('new after open is one time', '0 open, 2 new, 3 pending', 'pending', false, NULL, NULL, 0, '0-3', '0-100',
        '3-100', '0'),
    ('paused for no time', '0 open, 2 pending, 2 open 1, 3 won', 'won', true, '3', '3', 0, '0-3', '0-3', 'none', '0');
SELECT is(ARRAY[category(s), is_done(s)::text, hours(first_solve(s)), hours(last_solve(s)), reopens(s)::text,
                hours(active_times(s, t(0), t(100))), hours(open_times(s, t(0), t(100))), hours(pauses(s, t(100))),
                duration_in(s, 'solved', t(100))::text],
          ARRAY[h.category, h.is_done::text, h.first_solve, h.last_solve, h.reopens::text, active, open, h.pauses,
                solved::text], name)
FROM hand AS h, LATERAL history(events) AS s;
SELECT is(count(*) FILTER (WHERE changes(history(events)) = cardinality(string_to_array(events, ', '))), count(*),
    'changes') FROM hand;

-- Edges of opened_at and until
SELECT is(hours(active_times(history('2 open, 4 solved'), t(o), t(u))), expected,
    format('active from %s until %s', o, u))
FROM (VALUES (0, 0, 'none'), (1, 0, 'none'), (3, 1, 'none'), (0, 1, '0-1'), (0, 3, '0-3'), (2, 3, '2-3'),
             (3, 4, '3-4'), (4, 9, 'none'), (5, 9, 'none')) AS v (o, u, expected);
SELECT is(hours(open_times(visits_until(history('2 open, 4 solved, 6 open'), t(at)), t(0), t(9))), expected,
    'the queue as of ' || at)
FROM (VALUES (1, '0-9'), (3, '0-9'), (4, '0-4'), (5, '0-4'), (6, '0-4 6-9')) AS v (at, expected);
SELECT is(visits_until(s, '-infinity') = history(''), true, 'nothing is known before everything')
FROM history('2 open') AS s;
SELECT is(visits_until(s, 'infinity') = s, true, 'all is known in the end') FROM history('2 open, 4 solved') AS s;

-- Agents
CREATE FUNCTION agents(VARIADIC agents text[]) RETURNS visit_summary LANGUAGE sql AS
$$ SELECT visits(t(n), 0, 'open', agent) FROM unnest(agents) WITH ORDINALITY AS a (agent, n) $$;
SELECT is(ARRAY[changes(s), touches(s), handoffs(s)], expected, label)
FROM (VALUES
    (agents('ann'), '{1,1,0}'::bigint[], 'one agent'), (agents(NULL), '{1,0,0}', 'the system'),
    (agents('ann', 'ann', 'ann'), '{3,3,0}', 'the same agent'), (agents('ann', 'bob', 'ann'), '{3,3,2}', 'and back'),
    (agents('ann', NULL, 'ann'), '{3,2,0}', 'the system is no agent'),
    (agents(NULL, 'ann', NULL, NULL, 'bob', NULL), '{6,2,1}', 'handed over through the system'),
    (agents('', 'ann'), '{2,2,1}', 'a name without letters is a name'),
    (agents('Ann', 'ann', 'ann '), '{3,3,2}', 'names differ in every letter'),
    (history('0 open'), '{1,NULL,NULL}', 'without agents'), (history(''), '{0,0,0}', 'no changes'),
    (visits_until(agents('ann'), t(0)), '{0,0,0}', 'no changes yet')) AS v (s, expected, label);

-- NULLs: a change without time or category is skipped, a NULL seq is 0
SELECT is(visits(at, seq, category), history('1 open 0, 1 pending 1'), 'NULL input')
FROM (VALUES (t(1), NULL, 'open'), (NULL, 1, 'solved'), (t(2), 1, NULL), (t(1), 1, 'pending'),
             (NULL, NULL, NULL)) AS v (at, seq, category);
SELECT is(visits(at, 1, category, agent)::text, 'v1 agents=unknown events=', 'nothing but NULL is nothing')
FROM (VALUES (t(1), NULL, 'ann'), (NULL, 'open', 'bob')) AS v (at, category, agent);
SELECT is(visits(t(0), 0, 'open') FILTER (WHERE false), history(''), 'no rows');
SELECT is(rollup(s), history(''), 'no summaries') FROM (VALUES (NULL::visit_summary)) AS v (s);
SELECT is(visit_accum(NULL, t(0), 0, 'open'), NULL, 'no state');

-- total_duration
SELECT is(total_duration(times)::text, expected, 'total_duration ' || times::text)
FROM (VALUES ('{}'::tstzmultirange, '00:00:00'), (tstzmultirange(tstzrange(t(0), t(1))), '01:00:00'),
             (tstzmultirange(tstzrange(t(0), t(1), '[]'), tstzrange(t(2), t(3), '()')), '02:00:00'),
             -- 71 hours by the clock
             ('{[2025-03-28, 2025-03-31)}', '71:00:00')) AS v (times, expected);
SELECT is(duration_in(history('0 open, 95 solved'), 'open', t(200))::text, '95:00:00', 'intervals are of hours');

-- ---------------------------------------------------------------------------
-- At random: thousands of histories with many changes of one moment, in any order
-- ---------------------------------------------------------------------------
SELECT setseed(0.3141) \g /dev/null
CREATE TABLE item AS
SELECT item, t(floor(random() * 40)::int) AS opened_at, t(floor(random() * 80)::int) AS until,
       floor(random() * 14)::int AS events
FROM generate_series(1, 5000) AS item;
CREATE TABLE event AS
SELECT item, CASE WHEN random() < 0.97 THEN t(floor(random() * 60)::int) END AS at,
       CASE WHEN random() < 0.8 THEN floor(random() * 4)::int - 1 END AS seq,
       CASE WHEN random() < 0.95 THEN
           ('{new,open,pending,hold,solved,closed,won,lost}'::text[])[1 + floor(random() * 8)] END AS category,
       CASE WHEN random() < 0.7 THEN 'agent ' || floor(random() * 4) END AS agent
FROM item, generate_series(1, events) AS n ORDER BY hashint4(item * 100 + n);
ANALYZE event;

-- The same in plain SQL; 64 bits of a hash tell agents apart, unsigned.
CREATE TABLE visit AS
SELECT *, row_number() OVER w AS n, lead(at) OVER w AS next_at, lag(category) OVER w AS category_before,
       category IN ('solved', 'closed', 'won', 'lost') AS done
FROM event WHERE at IS NOT NULL AND category IS NOT NULL
WINDOW w AS (PARTITION BY item ORDER BY at, coalesce(seq, 0),
    array_position('{new,open,pending,hold,solved,closed,won,lost}', category),
    coalesce(hashtextextended(agent, 0), 0) < 0, coalesce(hashtextextended(agent, 0), 0));
CREATE INDEX ON visit (item);
ANALYZE visit;
CREATE TABLE expected AS
SELECT item, opened_at, until, count(v) AS changes, count(agent) AS touches,
       (SELECT count(*) FROM (SELECT agent <> lag(agent) OVER (ORDER BY n) AS other FROM visit AS a
                              WHERE a.item = i.item AND agent IS NOT NULL) AS t WHERE other) AS handoffs,
       (array_agg(category ORDER BY n DESC))[1] AS category, (array_agg(done ORDER BY n DESC))[1] AS is_done,
       min(at) FILTER (WHERE done) AS first_solve,
       min(at) FILTER (WHERE n > (SELECT coalesce(max(n), 0) FROM visit AS o WHERE o.item = i.item AND NOT done))
           AS last_solve,
       count(*) FILTER (WHERE NOT done AND category_before IN ('solved', 'closed', 'won', 'lost')) AS reopens
FROM item AS i LEFT JOIN visit AS v USING (item) GROUP BY item, opened_at, until;
-- visits, and the time before the first one; cut by opened_at and until
CREATE TABLE cut AS
SELECT item, opened_at, category, done, greatest(at, opened_at) AS start_at, at,
       least(coalesce(next_at, until), until) AS end_at
FROM item JOIN visit USING (item)
UNION ALL
SELECT item, opened_at, 'new', false, opened_at, NULL, least(coalesce(min(at), until), until)
FROM item LEFT JOIN visit USING (item) GROUP BY item, opened_at, until;
CREATE TABLE expected_times AS
SELECT item,
       coalesce(range_agg(tstzrange(start_at, end_at))
                FILTER (WHERE start_at < end_at AND category IN ('new', 'open')), '{}') AS active,
       coalesce(range_agg(tstzrange(start_at, end_at)) FILTER (WHERE start_at < end_at AND NOT done), '{}') AS open,
       coalesce(range_agg(tstzrange(at, end_at)) FILTER (WHERE at < end_at AND category IN ('pending', 'hold')), '{}')
           AS pauses
FROM cut GROUP BY item;

CREATE TABLE made AS
SELECT item, coalesce(s, history('')) AS s, coalesce(without, history('')) AS without
FROM item LEFT JOIN (SELECT item, visits(at, seq, category, agent) AS s, visits(at, seq, category) AS without
                     FROM event GROUP BY item) AS m USING (item);
SELECT ok(count(*) FILTER (WHERE changes = 0) > 100 AND count(*) FILTER (WHERE reopens > 1) > 1000
          AND count(*) FILTER (WHERE handoffs > 2) > 1000 AND count(last_solve) > 1000,
          'there is something to compare')
FROM expected;
SELECT is(count(*), 5000::bigint, 'random: what happened') FROM made JOIN expected AS e USING (item)
WHERE (changes(s), touches(s), handoffs(s), category(s), is_done(s), first_solve(s), last_solve(s), reopens(s))
    IS NOT DISTINCT FROM
    (e.changes, e.touches, e.handoffs, e.category, e.is_done, e.first_solve, e.last_solve, e.reopens);
SELECT is(count(*), 5000::bigint, 'random: what happened, without agents') FROM made JOIN expected AS e USING (item)
WHERE (changes(without), touches(without), handoffs(without), category(without), is_done(without),
       first_solve(without), last_solve(without), reopens(without))
    IS NOT DISTINCT FROM
    (e.changes, CASE e.changes WHEN 0 THEN 0::bigint END, CASE e.changes WHEN 0 THEN 0::bigint END, e.category,
     e.is_done, e.first_solve, e.last_solve, e.reopens);
SELECT is(count(*) FILTER (WHERE active_times(s, opened_at, until) = active), 5000::bigint, 'random: active_times')
FROM made JOIN item USING (item) JOIN expected_times USING (item);
SELECT is(count(*) FILTER (WHERE active_duration(s, opened_at, until) = total_duration(active)
                             AND active_duration(s, opened_at, until, 'Mon-Fri 09:00-17:00; tz Europe/Berlin')
                                 = business_duration(active, 'Mon-Fri 09:00-17:00; tz Europe/Berlin')), 5000::bigint,
    'random: active_duration')
FROM made JOIN item USING (item) JOIN expected_times USING (item);
SELECT is(count(*) FILTER (WHERE open_times(s, opened_at, until) = open), 5000::bigint, 'random: open_times')
FROM made JOIN item USING (item) JOIN expected_times USING (item);
SELECT is(count(*) FILTER (WHERE pauses(s, until) = e.pauses), 5000::bigint, 'random: pauses')
FROM made JOIN item USING (item) JOIN expected_times AS e USING (item);
SELECT ok(count(*) FILTER (WHERE isempty(active)) > 100 AND sum((SELECT count(*) FROM unnest(open))) > 4000
          AND sum((SELECT count(*) FROM unnest(e.pauses))) > 3000, 'there were times') FROM expected_times AS e;
SELECT is(count(*) FILTER (WHERE duration_in(s, c, until) IS NOT DISTINCT FROM
    CASE WHEN changes(s) > 0 THEN coalesce(expected, '0') END), 40000::bigint, 'random: duration_in')
FROM made JOIN item USING (item) CROSS JOIN unnest('{new,open,pending,hold,solved,closed,won,lost}'::text[]) AS c
     LEFT JOIN (SELECT item, category AS c, sum(end_at - at) AS expected FROM cut WHERE at < end_at
                GROUP BY item, category) AS t USING (item, c);
SELECT is(count(*) FILTER (WHERE total_duration(times) = (SELECT coalesce(sum(upper(r) - lower(r)), '0')
    FROM unnest(times) AS r)), 15000::bigint, 'random: total_duration')
FROM expected_times, LATERAL (VALUES (active), (open), (pauses)) AS t (times);
SELECT is(count(*) FILTER (WHERE duration_in(s, 'pending', until) + duration_in(s, 'hold', until)
    = total_duration(pauses(s, until))), count(*), 'random: the parts add up') FROM made JOIN item USING (item)
WHERE changes(s) > 0;
SELECT is(count(*) FILTER (WHERE visits_until(made.s, until) = coalesce(u.s, history(''))
                             AND visits_until(made.without, until) = coalesce(u.without, history(''))), 5000::bigint,
    'random: visits_until')
FROM made JOIN item USING (item)
     LEFT JOIN (SELECT item, visits(at, seq, category, agent) AS s, visits(at, seq, category) AS without
                FROM event JOIN item USING (item) WHERE at <= until GROUP BY item) AS u USING (item);
SELECT is(count(*) FILTER (WHERE s::text::visit_summary = s AND s::text::visit_summary::text = s::text
                             AND visit_summary_send(s::text::visit_summary) = visit_summary_send(s)), 10000::bigint,
    'random: text there and back') FROM (SELECT s FROM made UNION ALL SELECT without FROM made) AS t;
SELECT is(count(*), 0::bigint, 'with and without agents differ') FROM made WHERE (s = without) <> (changes(s) = 0);
-- parts of one history
SELECT is(count(*) FILTER (WHERE coalesce(r, history('')) = s AND coalesce(a + b, a, b, history('')) = s),
    5000::bigint, 'random: rollup and + of parts')
FROM made LEFT JOIN (SELECT item, rollup(s) AS r, (array_agg(s) FILTER (WHERE part = 0))[1] AS a,
                            (array_agg(s) FILTER (WHERE part = 1))[1] AS b
                     FROM (SELECT item, part, visits(at, seq, category, agent) AS s
                           FROM (SELECT *, hashtext(event::text) & 1 AS part FROM event) AS e
                           GROUP BY item, part) AS p GROUP BY item) AS t USING (item);

-- A window: the state goes on after it was read.
SELECT is(count(*) FILTER (WHERE running = prefix), count(*), 'running histories')
FROM (SELECT item, at, visits(at, seq, category, agent) OVER (PARTITION BY item ORDER BY at DESC) AS running FROM event
      WHERE at IS NOT NULL AND item <= 300) AS w,
     LATERAL (SELECT visits(at, seq, category, agent) AS prefix FROM event AS e
              WHERE e.item = w.item AND e.at >= w.at) AS p HAVING count(*) > 1500;
-- One long history
SELECT is(md5(s::text), md5('v1 agents=unknown events=' || expected), 'a long history')
FROM (SELECT visits(t(0) + at * interval '1 us', NULL, category) AS s,
             string_agg((extract(epoch FROM t(0) - '2000-01-01 00:00:00+00') * 1000000)::bigint + at || ':0:'
                        || category, ',' ORDER BY at) AS expected
      FROM (SELECT hashint4(i)::bigint AS at, CASE i % 3 WHEN 0 THEN 'open' WHEN 1 THEN 'hold' ELSE 'lost' END
            AS category FROM generate_series(1, 20000) AS i) AS long (at, category)) AS t;

-- ---------------------------------------------------------------------------
-- The text form
-- ---------------------------------------------------------------------------
SELECT is(visits(at, seq, category, agent)::text, 'v1 agents=known events=-1:2:open:'
    || lpad(to_hex(hashtextextended('ann', 0)), 16, '0') || ',0:0:solved',
    'microseconds since 2000, seq, category, agent')
FROM (VALUES ('2000-01-01 00:00:00+00'::timestamptz, 0, 'solved', NULL),
             ('1999-12-31 23:59:59.999999+00', 2, 'open', 'ann')) AS v (at, seq, category, agent);
SELECT is(visit_summary_send('v1 agents=unknown events=-1:2:open,5:-3:lost'), '\x01 00 00000002'
    ' ffffffffffffffff 00000002 01 0000000000000005 fffffffd 07', 'the binary form');
SELECT is(visit_summary_send('v1 agents=known events=-1:2:open:00000000000000ff,5:0:lost'), '\x01 01 00000002'
    ' ffffffffffffffff 00000002 01 00000000000000ff 0000000000000005 00000000 07 0000000000000000',
    'the binary form with agents');

-- ---------------------------------------------------------------------------
-- Errors
-- ---------------------------------------------------------------------------
SELECT throws_ok('SELECT ' || call, code, NULL, call)
FROM (VALUES
    ('22023', $$visits(now(), 1, '')$$), ('22023', $$visits(now(), 1, 'Open')$$),
    ('22023', $$visits(now(), 1, 'ope')$$),
    ('22023', $$visits(now(), 1, 'opens')$$), ('22023', $$visits(now(), 1, 'open ')$$),
    ('22023', $$visits(now(), 1, 'x')$$), ('22023', $$visits(now(), 1, 'resolved', 'ann')$$),
    ('22008', $$visits('infinity', 1, 'open')$$), ('22008', $$visits('-infinity', 1, 'open', 'ann')$$),
    ('22023', $$duration_in(history('0 open'), 'done', now())$$),
    ('22008', $$duration_in(history('0 open'), 'open', 'infinity')$$),
    ('22008', $$pauses(history(''), '-infinity')$$), ('22008', $$active_times(history(''), '-infinity', now())$$),
    ('22008', $$active_times(history(''), now(), 'infinity')$$),
    ('22008', $$open_times(history(''), 'infinity', now())$$),
    ('22008', $$total_duration('{[2025-01-01,)}')$$), ('22008', $$total_duration('{(,2025-01-01)}')$$),
    ('22008', $$total_duration('{[2025-01-01,infinity)}')$$),
    ('22008', $$total_duration('{[-infinity,2025-01-01)}')$$),
    ('22008', $$total_duration('{[4713-01-01 BC,294276-12-31)}')$$),
    ('22008', $$duration_in(visits('4714-11-24 00:00:00+00 BC', 0, 'open'), 'open', '294276-12-31')$$),
    ('22023', $$history('0 open') + agents('ann')$$), ('22023', $$agents(NULL) + history('0 open')$$),
    ('22023', $$rollup(s) FROM (VALUES (agents('ann')), (history('0 open'))) AS v (s)$$),
    ('22023', $$visit_accum(agents('ann'), now(), 1, 'open')$$)
) AS e (code, call);
SELECT lives_ok('SELECT ' || call, call)
FROM (VALUES ($$agents('ann') + history('')$$), ($$history('') + agents('ann')$$),
             ($$visit_accum(history(''), now(), 1, 'open', 'ann') + agents('ann')$$),
             ($$visit_accum(visits_until(agents('ann'), t(0)), now(), 1, 'open') + history('1 open')$$)) AS v (call);
SELECT * FROM finish();
ROLLBACK;
