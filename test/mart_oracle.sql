-- The sample company in a mart called "mart", and what happened there by plain SQL that is written from the
-- definitions of the KPIs and calls nothing of crmkpi. It is read by pgtap/mart_values.sql and
-- pgtap/mart_values_sales.sql, which compare every column of the dashboards with it: medians and 90th percentiles may
-- be 1 % off, all else is exact.

SET client_min_messages = warning;
SET timezone = 'UTC';
\o /dev/null
SELECT crmkpi.create_mart(:'mart');
\set factor 1
\ir ../examples/sample/sample.sql

BEGIN;
SELECT set_config('search_path', :'mart' || ', public, pg_temp', true), set_config('jit', 'off', true);

-- What the sample lacks: tickets without a history, or without its first row, statuses that nobody knows, tickets
-- without messages, promises for two things at once, targets of agents and teams.
DELETE FROM status_event WHERE entity = 'ticket' AND entity_id LIKE '%7';
DELETE FROM status_event WHERE entity = 'ticket' AND entity_id LIKE '%3' AND status = 'new';
INSERT INTO status_event (entity, entity_id, changed_at, seq, status)
SELECT 'ticket', entity_id, changed_at, 0, 'odd' FROM status_event WHERE entity = 'ticket' AND entity_id LIKE '%5';
DELETE FROM ticket_message WHERE ticket_id LIKE '%1';
DELETE FROM status_event e USING ticket t
WHERE e.entity = 'ticket' AND e.entity_id = t.ticket_id AND t.opened_at > '2025-12-12'
    AND e.status IN ('solved', 'closed')
    -- a solve before a reopen stays
    AND NOT EXISTS (SELECT FROM status_event o WHERE o.entity_id = t.ticket_id AND o.seq = 6 AND e.seq = 5);
DELETE FROM ticket_message m USING ticket t
WHERE m.ticket_id = t.ticket_id AND t.opened_at > '2025-12-17' AND m.author = 'agent' AND t.ticket_id ~ '[2468]$';
INSERT INTO sla_target (kind, priority, team, measure, seconds, calendar_id) VALUES
    ('complaint', 'high', NULL, 'resolution', 36000, 'office'),
    ('incident', NULL, 'Support Desk', 'resolution', 54000, NULL),
    (NULL, 'low', 'Support Technical', 'resolution', 180000, 'support'),
    ('question', NULL, NULL, 'resolution', 90000, NULL);
INSERT INTO target (kpi, scope, starts_on, ends_on, target_value) VALUES
    ('csat', 'agent=AT001', '2025-03-15', '2025-05-10', 0.95),
    ('csat', 'agent=AT001', '2025-05-01', '2025-05-20', 0.6),
    ('csat', 'team=Support Desk', '2025-01-31', '2025-12-31', 0.8),
    ('csat', 'team=Sales East', '2025-01-31', '2025-12-31', 0.1),
    ('requests_per_agent_day', '', '2024-06-01', '2025-12-31', 1.25),
    ('requests_per_agent_day', '', '2025-02-28', '2025-04-01', 1.5),
    ('avg_resolution_time', 'team=Support Desk', '2024-06-01', '2025-02-01', 24),
    ('avg_handling_time', 'team=Support Technical', '2024-01-01', '2025-12-31', 1100),
    ('sla_attainment', '', '2024-03-01', '2025-12-31', 0.9),
    ('sla_attainment', 'agent=AT002', '2024-03-01', '2025-12-31', 0.7),
    ('process_compliance', '', '2024-01-01', '2024-12-31', 0.85),
    ('process_compliance', 'agent=AT003', '2025-06-30', '2025-07-01', 0.99),
    ('lead_response_time', 'agent=AS002', '2024-06-01', '2024-06-30', 12),
    ('win_rate', 'team=Sales West', '2024-07-01', '2025-06-30', 0.2),
    ('win_rate', 'agent=AS001', '2025-01-01', '2025-01-31', 0.5);
\o
SELECT no_plan();

CREATE TEMP TABLE given AS
SELECT 'America/New_York' AS zone, timestamptz '2025-12-20 17:00-05' AS as_of, 1 AS week_start,
    'office' AS default_calendar;

-- ---------------------------------------------------------------------------
-- Opening hours
-- ---------------------------------------------------------------------------

CREATE TEMP TABLE weekly_hours (calendar_id text, opens time, closes time);
INSERT INTO weekly_hours VALUES ('office', '09:00', '17:30'), ('support', '08:00', '20:00');
CREATE TEMP TABLE closed_day (calendar_id text, day date);
INSERT INTO closed_day
SELECT 'office', unnest('{2024-01-01,2024-05-27,2024-07-04,2024-09-02,2024-11-28,2024-12-25,2025-01-01,2025-05-26,
    2025-07-04,2025-09-01,2025-11-27,2025-12-25}'::date[])
UNION ALL
SELECT 'support', unnest('{2024-01-01,2024-11-28,2024-12-25,2025-01-01,2025-11-27,2025-12-25}'::date[]);
CREATE TEMP TABLE short_day (calendar_id text, day date, opens time, closes time);
INSERT INTO short_day VALUES ('support', '2024-12-24', '08:00', '12:00'), ('support', '2025-12-24', '08:00', '12:00');

-- Every time that somebody was there.
CREATE TEMP TABLE open_window AS
SELECT calendar_id, (day + coalesce(s.opens, w.opens)) AT TIME ZONE 'America/New_York' AS opens_at,
    (day + coalesce(s.closes, w.closes)) AT TIME ZONE 'America/New_York' AS closes_at
FROM (SELECT generate_series(timestamp '2023-12-01', '2026-03-01', '1 day')::date AS day) d
CROSS JOIN weekly_hours w
LEFT JOIN short_day s USING (calendar_id, day)
WHERE s.day IS NOT NULL OR extract(isodow FROM day) <= 5 AND NOT EXISTS (
    SELECT FROM closed_day c WHERE c.calendar_id = w.calendar_id AND c.day = d.day);
CREATE INDEX ON open_window (calendar_id, opens_at);
ANALYZE open_window;

-- Open seconds between two moments. The windows begin and end on one day, which is at most 25 hours long.
CREATE FUNCTION pg_temp.open_seconds(calendar text, from_at timestamptz, to_at timestamptz) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM weekly_hours WHERE calendar_id = calendar) THEN coalesce(sum(extract(epoch
        FROM least(to_at, closes_at) - greatest(from_at, opens_at))), 0) END
    FROM open_window
    WHERE calendar_id = calendar AND closes_at > from_at AND opens_at < to_at
        AND opens_at > from_at - interval '25 hours'
$$;
-- The moment by which so many open seconds have passed; without a calendar all are.
CREATE FUNCTION pg_temp.due_at(calendar text, from_at timestamptz, seconds numeric) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN calendar IS NULL THEN from_at + make_interval(secs => seconds::float8) ELSE (
        SELECT min(closes_at - make_interval(secs => (passed - seconds)::float8))
        FROM (
            SELECT closes_at, sum(extract(epoch FROM closes_at - greatest(from_at, opens_at))) OVER (ORDER BY opens_at)
                AS passed
            FROM open_window WHERE calendar_id = calendar AND closes_at > from_at
        ) w WHERE passed >= seconds) END
$$;

-- ---------------------------------------------------------------------------
-- Tickets
-- ---------------------------------------------------------------------------

-- Which statuses a ticket had from when to when. One without a history was open until it was solved.
CREATE TEMP VIEW visit_source AS
WITH change AS (
    SELECT t.ticket_id, t.opened_at, e.changed_at, e.seq, s.category, e.agent_id
    FROM given, ticket t
    JOIN status_event e ON e.entity = 'ticket' AND e.entity_id = t.ticket_id
    JOIN status s USING (entity, status)
    WHERE t.opened_at <= given.as_of AND e.changed_at <= given.as_of
), whole AS (
    SELECT ticket_id, opened_at, changed_at, seq, category, agent_id, true AS is_known FROM change
    UNION ALL
    SELECT ticket_id, opened_at, opened_at, -1, 'new', NULL, false
    FROM change GROUP BY ticket_id, opened_at HAVING min(changed_at) > opened_at
    UNION ALL
    SELECT t.ticket_id, t.opened_at, at, number, category, NULL, false
    FROM given, ticket t,
        LATERAL (VALUES (t.opened_at, -1, 'open'), (t.resolved_at, 0, 'solved')) v (at, number, category)
    WHERE at <= given.as_of AND t.opened_at <= given.as_of
        AND NOT EXISTS (SELECT FROM change c WHERE c.ticket_id = t.ticket_id)
)
SELECT ticket_id, category, agent_id, is_known, changed_at, seq, greatest(changed_at, opened_at) AS start_at,
    greatest(lead(changed_at, 1, 'infinity') OVER (PARTITION BY ticket_id ORDER BY changed_at, seq), opened_at)
        AS end_at,
    category IN ('solved', 'closed', 'won', 'lost') AS is_done
FROM whole;
CREATE TEMP TABLE visit AS SELECT * FROM visit_source WITH NO DATA;

CREATE TEMP VIEW ticket_source AS
WITH history AS (
    -- a word of o (waits) and S (solved or closed)
    SELECT ticket_id, string_agg(CASE WHEN is_done THEN 'S' ELSE 'o' END, '' ORDER BY changed_at, seq) AS word,
        array_agg(changed_at ORDER BY changed_at, seq) AS times,
        (array_agg(category ORDER BY changed_at, seq))[count(*)] AS category, bool_or(is_known) AS is_known
    FROM visit GROUP BY ticket_id
), human_reply AS NOT MATERIALIZED (
    SELECT m.*
    FROM given, ticket_message m
    WHERE m.author = 'agent' AND m.public AND m.occurred_at <= given.as_of
        AND NOT EXISTS (SELECT FROM agent a WHERE a.agent_id = m.agent_id AND NOT a.human)
), solve AS (
    SELECT t.*, h.category, h.is_known,
        times[nullif(position('S' IN word), 0)] AS first_solved_at,
        CASE WHEN word LIKE '%S' THEN times[length(rtrim(word, 'S')) + 1] END AS solved_at,
        CASE WHEN h.is_known THEN length(word) - length(replace(word, 'So', 'S')) ELSE t.reopened END AS reopens,
        CASE WHEN talk THEN (SELECT min(occurred_at) FROM human_reply r
            WHERE r.ticket_id = t.ticket_id AND r.occurred_at >= t.opened_at)
            WHEN t.first_response_at <= given.as_of THEN t.first_response_at END AS replied_at,
        CASE WHEN talk THEN (SELECT count(*) FROM human_reply r
            WHERE r.ticket_id = t.ticket_id AND r.occurred_at >= t.opened_at) ELSE t.contacts END AS replies,
        p.seconds AS promise, coalesce(p.calendar_id, a.calendar_id, nullif(given.default_calendar, '')) AS calendar,
        r.seconds AS reply_promise,
        coalesce(r.calendar_id, a.calendar_id, nullif(given.default_calendar, '')) AS reply_calendar, given.as_of
    FROM given, ticket t
    JOIN history h USING (ticket_id)
    LEFT JOIN agent a USING (agent_id)
    CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM ticket_message m
        WHERE m.ticket_id = t.ticket_id AND m.occurred_at BETWEEN t.opened_at AND given.as_of) AS talk) m
    LEFT JOIN LATERAL (
        SELECT s.* FROM sla_target s
        WHERE measure = 'resolution' AND (kind = t.kind OR kind IS NULL)
            AND (priority = t.priority OR priority IS NULL) AND (team = t.team OR team IS NULL)
        ORDER BY num_nulls(kind, priority, team), priority IS NULL, kind IS NULL LIMIT 1) p ON true
    LEFT JOIN LATERAL (
        SELECT s.* FROM sla_target s
        WHERE measure = 'first_response' AND (kind = t.kind OR kind IS NULL)
            AND (priority = t.priority OR priority IS NULL) AND (team = t.team OR team IS NULL)
        ORDER BY num_nulls(kind, priority, team), priority IS NULL, kind IS NULL LIMIT 1) r ON true
)
SELECT s.*,
    extract(epoch FROM solved_at - opened_at) AS solve_seconds,
    pg_temp.open_seconds(calendar, opened_at, solved_at) AS solve_open_seconds,
    extract(epoch FROM replied_at - opened_at) AS reply_seconds,
    pg_temp.open_seconds(reply_calendar, opened_at, replied_at) AS reply_open_seconds,
    -- of an open ticket up to now
    active.seconds AS active_seconds, active.open_seconds AS active_open_seconds,
    CASE WHEN solved_at IS NULL THEN pg_temp.due_at(calendar, opened_at, promise) END AS due_at,
    CASE WHEN solved_at IS NULL AND replied_at IS NULL THEN
        pg_temp.due_at(reply_calendar, opened_at, reply_promise) END AS reply_due_at
FROM solve s
CROSS JOIN LATERAL (
    SELECT coalesce(sum(extract(epoch FROM least(end_at, solved_at, as_of) - start_at)), 0) AS seconds,
        CASE WHEN calendar IN (SELECT calendar_id FROM weekly_hours) THEN
            coalesce(sum(pg_temp.open_seconds(calendar, start_at, least(end_at, solved_at, as_of))), 0) END
            AS open_seconds
    FROM visit v
    WHERE v.ticket_id = s.ticket_id AND v.category IN ('new', 'open')
) active;
CREATE TEMP TABLE known_ticket AS SELECT * FROM ticket_source WITH NO DATA;

-- ---------------------------------------------------------------------------
-- One row per countable fact
-- ---------------------------------------------------------------------------

-- A lead's touches by people.
CREATE TEMP VIEW lead_source AS
SELECT l.*, touch.first_at, EXISTS (
        SELECT FROM activity a
        WHERE a.lead_id = l.lead_id AND a.direction = 'out' AND a.completed AND NOT a.automated AND a.kind <> 'task'
            AND a.occurred_at > touch.first_at AND a.occurred_at <= given.as_of) AS followed_up
FROM given, lead l
LEFT JOIN LATERAL (
    SELECT min(a.occurred_at) AS first_at
    FROM given, activity a
    WHERE a.lead_id = l.lead_id AND a.direction = 'out' AND a.completed AND NOT a.automated AND a.kind <> 'task'
        AND a.occurred_at >= l.created_at AND a.occurred_at <= given.as_of
) touch ON true
WHERE l.created_at <= given.as_of;
CREATE TEMP TABLE known_lead AS SELECT * FROM lead_source WITH NO DATA;

CREATE TEMP VIEW fact_source AS
WITH happened (kpi, at, who, hit, n, word, id) AS (
    SELECT kpi, opened_at, agent_id, NULL::boolean, n, NULL::text, ticket_id
    FROM known_ticket, LATERAL (VALUES ('opened', NULL), ('replied', reply_seconds),
        ('replied, open', CASE WHEN replied_at IS NOT NULL THEN reply_open_seconds END)) v (kpi, n)
    WHERE kpi = 'opened' OR n IS NOT NULL
    UNION ALL
    SELECT kpi, opened_at, agent_id, hit, NULL, NULL, ticket_id
    FROM known_ticket, LATERAL (VALUES ('complaint', solved_at IS NOT NULL AND reopens = 0),
        ('complaint mature', opened_at + interval '7 days' <= as_of)) v (kpi, hit)
    WHERE kind = 'complaint'
    UNION ALL
    SELECT kpi, solved_at, agent_id, NULL, n, NULL, ticket_id
    FROM known_ticket, LATERAL (VALUES ('solved', solve_seconds), ('solved, open', solve_open_seconds),
        ('active', active_seconds), ('active, open', active_open_seconds),
        ('first solve', extract(epoch FROM first_solved_at - opened_at)), ('handled', handling_seconds)) v (kpi, n)
    WHERE solved_at IS NOT NULL AND n IS NOT NULL
    UNION ALL
    SELECT 'came back', start_at, agent_id, NULL, NULL, NULL, ticket_id
    FROM (SELECT ticket_id, is_done, start_at,
              lag(is_done) OVER (PARTITION BY ticket_id ORDER BY changed_at, seq) AS was_done
          FROM visit) v
    JOIN known_ticket USING (ticket_id) WHERE was_done AND NOT is_done
    UNION ALL
    SELECT 'reopened', solved_at, agent_id, reopens > 0, NULL, NULL, ticket_id
    FROM known_ticket WHERE solved_at IS NOT NULL AND reopens IS NOT NULL
    UNION ALL
    SELECT 'sla', coalesce(solved_at, due_at), agent_id,
        solved_at IS NOT NULL AND coalesce(solve_open_seconds, solve_seconds) <= promise, NULL, NULL, ticket_id
    FROM known_ticket
    WHERE (calendar IS NULL OR calendar IN (SELECT calendar_id FROM weekly_hours)) AND promise IS NOT NULL
        AND (solved_at IS NOT NULL OR due_at < as_of)
    UNION ALL
    SELECT 'reply sla', coalesce(replied_at, reply_due_at), agent_id,
        replied_at IS NOT NULL AND coalesce(reply_open_seconds, reply_seconds) <= reply_promise, NULL, NULL, ticket_id
    FROM known_ticket
    WHERE (reply_calendar IS NULL OR reply_calendar IN (SELECT calendar_id FROM weekly_hours))
        AND reply_promise IS NOT NULL AND (replied_at IS NOT NULL OR reply_due_at < as_of)
    UNION ALL
    SELECT 'fcr', solved_at, agent_id, replies = 1 AND reopens = 0 AND NOT EXISTS (
            SELECT FROM ticket n
            WHERE n.customer_id = t.customer_id AND n.opened_at > t.solved_at
                AND n.opened_at <= t.solved_at + interval '7 days'), NULL, NULL, ticket_id
    FROM known_ticket t WHERE replies > 0 AND solved_at + interval '7 days' <= as_of
    UNION ALL
    SELECT 'csat', answered_at, agent_id, score >= 4, NULL, NULL, survey_id
    FROM survey, given WHERE kind = 'csat' AND score IS NOT NULL AND answered_at <= as_of
    UNION ALL
    SELECT 'csat sent', sent_at, agent_id, score IS NOT NULL AND answered_at <= as_of, NULL, NULL, survey_id
    FROM survey, given WHERE kind = 'csat' AND sent_at <= as_of
    UNION ALL
    SELECT 'nps', answered_at, customer_id, NULL, score, NULL, survey_id
    FROM survey, given WHERE kind = 'nps' AND score IS NOT NULL AND answered_at <= as_of
    UNION ALL
    SELECT 'check', checked_at, agent_id, passed, weight, NULL, check_id
    FROM process_check, given WHERE checked_at <= as_of
    UNION ALL
    SELECT 'lead', created_at, owner_id,
        converted_at <= created_at + interval '90 days' AND converted_at <= as_of, NULL, NULL, lead_id
    FROM known_lead, given
    UNION ALL
    SELECT 'answered', created_at, owner_id, followed_up, extract(epoch FROM first_at - created_at), NULL, lead_id
    FROM known_lead WHERE first_at IS NOT NULL
    UNION ALL
    SELECT 'golden', created_at, owner_id, coalesce(first_at <= created_at + interval '5 minutes', false), NULL,
        NULL, lead_id
    FROM known_lead, given WHERE created_at + interval '5 minutes' <= as_of
    UNION ALL
    SELECT CASE WHEN automated THEN 'machine' ELSE 'activity' END, occurred_at, agent_id, NULL, NULL,
        kind || ' ' || direction, activity_id
    FROM activity, given WHERE completed AND occurred_at <= as_of
    UNION ALL
    SELECT 'closed', closed_at, owner_id, outcome = 'won', CASE WHEN outcome = 'won' THEN amount END, NULL,
        opportunity_id
    FROM opportunity, given WHERE outcome <> 'open' AND closed_at <= as_of
    UNION ALL
    SELECT 'annual', closed_at, owner_id, NULL, amount / (contract_months / 12.0), NULL, opportunity_id
    FROM opportunity, given WHERE outcome = 'won' AND closed_at <= as_of AND contract_months IS NOT NULL
    UNION ALL
    SELECT 'cycle', closed_at, owner_id, NULL, extract(epoch FROM closed_at - created_at), NULL, opportunity_id
    FROM opportunity, given WHERE outcome = 'won' AND closed_at <= as_of
)
SELECT kpi, (at AT TIME ZONE zone)::date AS day, at, who, hit, n, word, id
FROM happened, given;

CREATE TEMP TABLE fact AS SELECT * FROM fact_source WITH NO DATA;
CREATE TEMP VIEW period_fact AS
SELECT grain, CASE WHEN grain = 'week' THEN day - (extract(isodow FROM day)::integer - week_start + 7) % 7
    ELSE date_trunc(grain, day::timestamp)::date END AS period_start, f.*
FROM fact f, given, unnest('{day,week,month,quarter,year}'::text[]) AS grain;

CREATE FUNCTION pg_temp.later(period_start date, grain text, periods integer) RETURNS date LANGUAGE sql AS $$
    SELECT (period_start + periods * CASE grain WHEN 'day' THEN interval '1 day' WHEN 'week' THEN interval '7 days'
        WHEN 'month' THEN interval '1 month' WHEN 'quarter' THEN interval '3 months' ELSE interval '1 year' END)::date
$$;
-- A ratio as the dashboards show it.
CREATE FUNCTION pg_temp.share(part numeric, whole numeric) RETURNS numeric LANGUAGE sql AS $$
    SELECT round(part / nullif(whole, 0), 6)
$$;

-- Makes the settings in "given" those of the mart, and looks at everything anew.
CREATE FUNCTION pg_temp.take_stock() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE setting SET value = (to_jsonb(g) ->> CASE name WHEN 'first_day_of_week' THEN 'week_start' ELSE name END)
    FROM given g WHERE name IN ('zone', 'as_of', 'first_day_of_week', 'default_calendar');
    TRUNCATE visit, known_ticket, known_lead, fact;
    INSERT INTO visit SELECT * FROM visit_source;
    CREATE INDEX IF NOT EXISTS visit_ticket ON visit (ticket_id);
    ANALYZE visit;
    INSERT INTO known_ticket SELECT * FROM ticket_source;
    INSERT INTO known_lead SELECT * FROM lead_source;
    ANALYZE known_ticket, known_lead;
    INSERT INTO fact SELECT * FROM fact_source;
    ANALYZE fact;
END;
$$;

-- ---------------------------------------------------------------------------
-- One test per column, over all its rows
-- ---------------------------------------------------------------------------

CREATE FUNCTION pg_temp.compare(title text, seen text, expected text, key text[]) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    seen_rows integer;
    wrong record;
BEGIN
    EXECUTE format($sql$
        CREATE TEMP TABLE side_by_side AS
        WITH seen AS (
            SELECT concat_ws(' ', %1$s) AS at, f.key AS col, f.value FROM %2$s x, jsonb_each(to_jsonb(x)) f
        ), expected AS (
            SELECT concat_ws(' ', %1$s) AS at, f.key AS col, f.value FROM %3$s x, jsonb_each(to_jsonb(x)) f
        )
        SELECT at, col, seen.value AS seen, expected.value AS expected
        FROM seen FULL JOIN expected USING (at, col)$sql$, array_to_string(key, ', '), seen, expected);
    EXECUTE format('SELECT count(*) FROM %s', seen) INTO seen_rows;
    RETURN NEXT is(
        (SELECT array_agg(DISTINCT at) FROM side_by_side s WHERE s.seen IS NULL OR s.expected IS NULL), NULL,
        format('%s: the same %s rows and columns', title, seen_rows));
    FOR wrong IN
        SELECT col, string_agg(format('%s: seen %s, expected %s', at, s.seen, s.expected), '; ')
            FILTER (WHERE CASE
                WHEN col ~ '_(median|p90)_(hours|seconds)$' AND s.seen <> 'null' AND s.expected <> 'null' THEN
                    abs(s.seen::numeric - s.expected::numeric) > 0.01 * s.expected::numeric + 0.005
                ELSE s.seen IS DISTINCT FROM s.expected END) AS cells
        FROM side_by_side s WHERE col <> ALL (key) GROUP BY col ORDER BY col
    LOOP
        RETURN NEXT is(left(wrong.cells, 500), NULL, format('%s: %s', title, wrong.col));
    END LOOP;
    RETURN NEXT is(
        (SELECT array_agg(col ORDER BY col) FROM (
            SELECT col FROM side_by_side s GROUP BY col HAVING count(DISTINCT s.expected) = 1) constant), NULL,
        title || ': no column is the same in all rows, so that a test of it could not fail');
    DROP TABLE side_by_side;
END;
$$;

-- A dashboard is the view of all grains by month, and its function that view by any grain.
CREATE FUNCTION pg_temp.same(name text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    g text;
BEGIN
    RETURN NEXT set_eq(format('SELECT to_jsonb(x) FROM %I x', name),
        format($sql$ SELECT to_jsonb(x) - 'grain' FROM %I x WHERE grain = 'month' $sql$, name || '_by_grain'),
        name || ': the view is by month');
    FOREACH g IN ARRAY '{day,week,month,quarter,year}'::text[] LOOP
        RETURN NEXT results_eq(format('SELECT to_jsonb(x) FROM %I(%L) x', name, g),
            format('SELECT to_jsonb(x) FROM %I x WHERE grain = %L ORDER BY period_start', name || '_by_grain', g),
            format('%s(%L)', name, g));
    END LOOP;
    -- 2025-02-05 is a Wednesday, 2025-03-10 a Monday
    RETURN NEXT results_eq(
        format($sql$ SELECT min(period_start), max(period_start) FROM %I('week', '2025-02-05', '2025-03-10') $sql$,
        name),
        $sql$ VALUES (date '2025-02-03', date '2025-03-10') $sql$,
        name || '(week, from, to): the weeks that hold any of the days');
    RETURN NEXT results_eq(
        format($sql$ SELECT min(period_start), max(period_start) FROM %I('month', from_day => '2025-11-30') $sql$,
        name),
        $sql$ VALUES (date '2025-11-01', date '2025-12-01') $sql$, name || '(month, from): open at the end');
    RETURN NEXT results_eq(
        format($sql$ SELECT min(period_start), max(period_start) FROM %I('quarter', to_day => '2024-12-31') $sql$,
        name),
        $sql$ VALUES (date '2024-01-01', date '2024-10-01') $sql$, name || '(quarter, NULL, to): open at the start');
    RETURN NEXT results_eq(
        format($sql$ SELECT period_start FROM %I('day', '2025-03-09', '2025-03-10') $sql$, name),
        $sql$ VALUES (date '2025-03-09'), (date '2025-03-10') $sql$, name || '(day, from, to): both days');
    RETURN NEXT is_empty(format($sql$ SELECT * FROM %I('year', '2030-01-01') $sql$, name),
        name || ' of a future year');
    RETURN NEXT is_empty(format($sql$ SELECT * FROM %I(NULL) $sql$, name), name || ' of no grain');
    RETURN NEXT throws_ok(format($sql$ SELECT * FROM %I('fortnight') $sql$, name), '22023', NULL,
        name || ' of an unknown grain');
    RETURN NEXT throws_ok(format($sql$ SELECT * FROM %I('fortnight', '2030-01-01') $sql$, name), '22023', NULL,
        name || ' of an unknown grain, without rows');
END;
$$;

-- The results of some views as one value, to see whether the session matters.
CREATE FUNCTION pg_temp.everything(VARIADIC names text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    name text;
    line text;
    answer text := '';
BEGIN
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('SELECT md5(string_agg(j, E''\n'' ORDER BY j COLLATE "C"))
            FROM (SELECT to_jsonb(x)::text AS j FROM %I x) x', name) INTO line;
        answer := answer || name || ' ' || line || ' ';
    END LOOP;
    RETURN answer;
END;
$$;
