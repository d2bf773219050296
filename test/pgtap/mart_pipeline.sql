-- The views of opportunities, stages, scores and targets: every column on the sample company against plain SQL. Small
-- cases with known answers are in mart_pipeline_cases.sql.

\set mart mart_pipeline
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS mart_pipeline CASCADE;
\ir ../mart_oracle.sql

CREATE TEMP TABLE windows AS
SELECT interval '90 days' AS funnel_window, 90 AS velocity_days, interval '30 days' AS half_life;

-- What the sample lacks: opportunities without a history, without its end, reopened, sent back, stages logged twice or
-- skipped, unknown words, lost ones with the amount 0, unknown amounts and chances, bots, machines and notes.
DELETE FROM status_event WHERE entity = 'opportunity' AND entity_id LIKE '%7';
DELETE FROM status_event WHERE entity = 'opportunity' AND entity_id LIKE '%9' AND status IN ('won', 'lost');
DELETE FROM status_event WHERE entity = 'opportunity' AND entity_id LIKE '%13' AND status = 'discovery';
INSERT INTO status_event (entity, entity_id, changed_at, seq, status)
SELECT entity, entity_id, changed_at + n * interval '50 minutes', 20 + n, (ARRAY['proposal', 'odd', 'discovery', 'proposal'])[n]
FROM status_event, generate_series(1, 4) AS n
WHERE entity = 'opportunity' AND status = 'proposal' AND entity_id LIKE '%5';
INSERT INTO status_event (entity, entity_id, changed_at, seq, status)
SELECT 'opportunity', opportunity_id, created_at + n * interval '90 minutes', 30 + n, (ARRAY['lost', 'discovery'])[n]
FROM opportunity, generate_series(1, 2) AS n WHERE opportunity_id LIKE '%21';
INSERT INTO status_event (entity, entity_id, changed_at, seq, status)
SELECT 'lead', lead_id, created_at + interval '40 minutes', 40, 'new' FROM lead WHERE lead_id LIKE '%77';
UPDATE opportunity SET amount = 0 WHERE outcome = 'lost' AND opportunity_id LIKE '%2';
UPDATE opportunity SET amount = NULL WHERE opportunity_id LIKE '%44';
UPDATE opportunity SET contract_months = NULL WHERE opportunity_id LIKE '%8';
UPDATE opportunity SET stage = NULL WHERE outcome = 'open' AND opportunity_id LIKE '%27';
UPDATE opportunity SET probability = NULL WHERE opportunity_id LIKE '%3';
UPDATE activity SET agent_id = 'BOT1' WHERE opportunity_id LIKE '%4' AND activity_id LIKE '%-3';
UPDATE activity SET automated = true WHERE opportunity_id LIKE '%6' AND activity_id LIKE '%-2';
UPDATE lead SET channel = NULL WHERE lead_id LIKE '%31';
INSERT INTO target (kpi, scope, starts_on, ends_on, start_value, target_value) VALUES
    ('amount_won', '', '2025-04-01', '2025-06-30', NULL, 500000), ('amount_won', '', '2025-05-20', '2025-07-10', NULL, 160000),
    ('amount_won', 'agent=AS002', '2025-01-01', '2025-12-31', NULL, 180000),
    ('calls_out', 'team=Sales East', '2024-03-01', '2025-02-28', 0, 2000), ('calls_in', '', '2025-06-01', '2025-06-30', 50, 90),
    ('win_rate', 'agent=nobody', '2025-01-01', '2025-06-30', NULL, 0.3), ('no_such_kpi', '', '2025-01-01', '2025-06-30', NULL, 1),
    ('leads', '', '2026-01-01', '2026-06-30', NULL, 1000), ('open_opportunities', '', '2025-02-01', '2025-12-31', 80, 130),
    ('sales_cycle', '', '2025-03-03', '2025-09-14', NULL, 1000), ('sales_cycle', '', '2024-01-01', '2024-12-31', 1000, 1000),
    ('reopen_rate', '', '2025-01-01', '2025-06-30', NULL, 0.05), ('leads', 'team=Sales West', '2025-06-15', '2025-06-21', NULL, 4),
    ('avg_contract_value', '', '2025-01-01', '2025-12-31', 15000, 12000), ('cohort_win_rate', '', '2024-07-01', '2024-12-31', NULL, 0),
    ('opportunities_created', '', '2025-06-10', '2025-12-31', 0, 400), ('email_open_rate', '', '2025-01-01', '2025-12-31', 0.3, 0.34);

-- ---------------------------------------------------------------------------
-- Stages by hand
-- ---------------------------------------------------------------------------

CREATE TEMP VIEW deal_source AS
SELECT o.opportunity_id AS id, o.created_at, o.kind, o.owner_id, o.customer_id, o.lead_id, o.contract_months, o.stage,
    o.expected_close_on, o.outcome = 'open' AS never_closed, o.closed_at <= g.as_of AS is_closed,
    CASE WHEN o.closed_at <= g.as_of THEN o.closed_at END AS closed_at,
    CASE WHEN o.closed_at <= g.as_of THEN o.outcome ELSE 'open' END AS outcome,
    CASE WHEN o.outcome = 'lost' THEN nullif(o.amount, 0) ELSE o.amount END AS amount,
    CASE WHEN o.outcome = 'open' THEN o.probability END AS probability,
    (SELECT l.channel FROM lead l WHERE l.lead_id = o.lead_id) AS channel
FROM opportunity o, given g
WHERE o.created_at <= g.as_of;
CREATE TEMP TABLE deal AS SELECT * FROM deal_source WITH NO DATA;

-- Changes in order; a visit begins with each that is another status than the one before.
CREATE TEMP VIEW step_source AS
SELECT e.entity, e.entity_id, e.changed_at, s.status, s.step_no, s.category IN ('won', 'lost') AS is_end,
    row_number() OVER (PARTITION BY e.entity, e.entity_id ORDER BY e.changed_at, e.seq) AS n
FROM given g, status_event e JOIN status s USING (entity, status)
WHERE e.entity <> 'ticket' AND e.changed_at <= g.as_of;
CREATE TEMP TABLE step AS SELECT * FROM step_source WITH NO DATA;
CREATE INDEX ON step (entity, entity_id, n);

CREATE TEMP VIEW stay_source AS
WITH thing AS (
    SELECT 'opportunity' AS entity, id, created_at, closed_at, outcome FROM deal
    UNION ALL
    SELECT 'lead', lead_id, created_at,
        CASE WHEN converted_at <= as_of THEN converted_at WHEN disqualified_at <= as_of THEN disqualified_at END,
        CASE WHEN converted_at <= as_of THEN 'won' WHEN disqualified_at <= as_of THEN 'lost' ELSE 'open' END
    FROM lead, given WHERE created_at <= as_of
)
SELECT s.entity, s.entity_id, s.n, s.status AS stage, s.step_no, t.outcome, greatest(s.changed_at, t.created_at) AS entered_at,
    coalesce(next.changed_at, greatest(t.closed_at, s.changed_at) + CASE WHEN t.closed_at IS NULL THEN NULL ELSE interval '0' END)
        AS left_at,
    t.outcome = 'won' OR EXISTS (
        SELECT FROM step l WHERE (l.entity, l.entity_id) = (s.entity, s.entity_id) AND l.n > s.n AND l.step_no > s.step_no
            AND NOT l.is_end) AS moved_on
FROM step s
JOIN thing t ON (t.entity, t.id) = (s.entity, s.entity_id)
LEFT JOIN LATERAL (
    SELECT l.changed_at FROM step l
    WHERE (l.entity, l.entity_id) = (s.entity, s.entity_id) AND l.n > s.n AND l.status <> s.status ORDER BY l.n LIMIT 1
) next ON true
WHERE NOT s.is_end AND NOT EXISTS (
    SELECT FROM step l WHERE (l.entity, l.entity_id, l.n, l.status) = (s.entity, s.entity_id, s.n - 1, s.status));
CREATE TEMP TABLE stay AS SELECT * FROM stay_source WITH NO DATA;
CREATE INDEX ON stay (entity, entity_id);

-- The Kaplan-Meier median: the first time at which the product of the shares that stay is at most one half.
CREATE FUNCTION pg_temp.km_hours(seconds numeric[], over boolean[]) RETURNS numeric LANGUAGE sql AS $$
    SELECT round(min(t) / 3600, 2)
    FROM (
        SELECT t, sum(ln((at_risk - n)::numeric / at_risk)) FILTER (WHERE n < at_risk) OVER (ORDER BY t) AS log_left,
            bool_or(n = at_risk) OVER (ORDER BY t) AS none_left
        FROM (
            SELECT t, count(*) FILTER (WHERE o) AS n, sum(count(*)) OVER (ORDER BY t DESC) AS at_risk
            FROM unnest(seconds, over) AS u (t, o) GROUP BY t
        ) x
    ) y
    WHERE none_left OR log_left <= ln(0.5) + 1e-12
$$;

CREATE TEMP VIEW stage_by_hand AS
WITH item AS (
    SELECT entity, entity_id, stage, outcome, bool_or(moved_on) AS moved_on FROM stay GROUP BY 1, 2, 3, 4
), now_at AS (
    SELECT entity, entity_id, stage, extract(epoch FROM as_of - entered_at) / 3600 AS hours FROM stay, given WHERE left_at IS NULL
    UNION ALL
    SELECT 'opportunity', id, stage, NULL FROM deal
    WHERE outcome = 'open' AND stage NOT IN ('won', 'lost')
        AND NOT EXISTS (SELECT FROM stay WHERE entity = 'opportunity' AND entity_id = id)
)
SELECT v.entity, v.stage, v.step_no, i.items, v.visits, v.finished, v.stay_hours, v.stay_median_hours, v.stay_p90_hours,
    v.stay_km_hours, coalesce(h.items_now, 0) AS items_now, h.now_amount, coalesce(h.stuck, 0) AS stuck,
    pg_temp.share(i.moved_on, i.decided) AS moved_on_ratio, i.moved_on, i.decided, pg_temp.share(i.won, i.closed) AS won_ratio,
    i.won, i.closed
FROM (
    SELECT entity, stage, max(step_no) AS step_no, count(*) AS visits, count(left_at) AS finished,
        round(avg(extract(epoch FROM left_at - entered_at)) / 3600, 2) AS stay_hours,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM left_at - entered_at)) / 3600 AS stay_median_hours,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM left_at - entered_at)) / 3600 AS stay_p90_hours,
        pg_temp.km_hours(array_agg(extract(epoch FROM coalesce(left_at, as_of) - entered_at)), array_agg(left_at IS NOT NULL))
            AS stay_km_hours
    FROM stay, given GROUP BY 1, 2
) v
JOIN (
    SELECT entity, stage, count(*) AS items, count(*) FILTER (WHERE moved_on) AS moved_on,
        count(*) FILTER (WHERE moved_on OR outcome <> 'open') AS decided, count(*) FILTER (WHERE outcome = 'won') AS won,
        count(*) FILTER (WHERE outcome <> 'open') AS closed
    FROM item GROUP BY 1, 2
) i USING (entity, stage)
LEFT JOIN (
    -- the bound itself is compared above, within 1 %
    SELECT n.entity, n.stage, count(*) AS items_now, sum(d.amount) AS now_amount,
        count(*) FILTER (WHERE n.hours > s.stay_p90_hours) AS stuck
    FROM now_at n
    JOIN stage_duration s USING (entity, stage)
    LEFT JOIN deal d ON n.entity = 'opportunity' AND d.id = n.entity_id
    GROUP BY 1, 2
) h USING (entity, stage);

-- ---------------------------------------------------------------------------
-- The pipeline by hand
-- ---------------------------------------------------------------------------

CREATE TEMP VIEW day_source AS
WITH day AS (
    -- a moment at which all of the day is known
    SELECT day::date AS day, least((day::date + 1)::timestamp AT TIME ZONE zone, as_of + interval '1 microsecond') AS till,
        day::date = (as_of AT TIME ZONE zone)::date AS is_last
    FROM given, generate_series(((SELECT min(created_at) FROM deal) AT TIME ZONE zone)::date::timestamp,
        (as_of AT TIME ZONE zone)::date::timestamp, '1 day') AS day
), chance AS (
    SELECT stage, round(avg(probability), 6) AS p FROM opportunity WHERE outcome = 'open' GROUP BY stage
), open_deal AS (
    SELECT day, amount, CASE WHEN v.stage IS NOT NULL THEN
            CASE WHEN v.left_at IS NULL AND v.stage = d.stage THEN coalesce(d.probability, c.p) ELSE c.p END
        WHEN is_last AND NOT EXISTS (SELECT FROM stay s WHERE s.entity_id = d.id AND s.entity = 'opportunity')
            THEN coalesce(d.probability, (SELECT p FROM chance x WHERE x.stage = d.stage)) END AS p
    FROM day
    JOIN deal d ON created_at < till AND (closed_at IS NULL OR closed_at >= till)
    LEFT JOIN stay v ON v.entity = 'opportunity' AND v.entity_id = d.id AND v.entered_at < till
        AND (v.left_at IS NULL OR v.left_at >= till)
    LEFT JOIN chance c ON c.stage = v.stage
), late AS (
    SELECT day, count(*) FILTER (WHERE outcome = 'won') AS won, count(*) AS closed, avg(amount) FILTER (WHERE outcome = 'won') AS mean_amount,
        count(amount) FILTER (WHERE outcome = 'won') AS contracts,
        avg(extract(epoch FROM closed_at - created_at)) FILTER (WHERE outcome = 'won') AS cycle
    FROM day, deal, given, windows
    WHERE (closed_at AT TIME ZONE zone)::date BETWEEN day - velocity_days + 1 AND day
    GROUP BY day
)
SELECT day,
    (SELECT count(*) FROM deal, given WHERE (created_at AT TIME ZONE zone)::date = day) AS created,
    (SELECT count(*) FROM deal, given WHERE (closed_at AT TIME ZONE zone)::date = day) AS closed,
    coalesce(o.open_items, 0) AS open_items, coalesce(o.open_amount, 0) AS open_amount, coalesce(o.open_priced, 0) AS open_priced,
    CASE WHEN weighted_items > 0 OR o.open_items IS NULL THEN round(coalesce(weighted_amount, 0), 4) END AS weighted_amount,
    coalesce(weighted_items, 0) AS weighted_items,
    round(coalesce(o.open_items, 0) * (l.won::numeric / l.closed) * mean_amount / (cycle / 86400), 4) AS velocity_amount,
    pg_temp.share(l.won, l.closed) AS velocity_win_ratio, coalesce(l.won, 0) AS velocity_won, coalesce(l.closed, 0) AS velocity_closed,
    round(mean_amount, 4) AS velocity_won_value, coalesce(contracts, 0) AS velocity_contracts,
    round(cycle / 3600, 2) AS velocity_cycle_hours, coalesce(l.won, 0) AS velocity_cycles
FROM day
LEFT JOIN (
    SELECT day, count(*) AS open_items, sum(amount) AS open_amount, count(amount) AS open_priced, sum(amount * p) AS weighted_amount,
        count(amount * p) AS weighted_items
    FROM open_deal GROUP BY day
) o USING (day)
LEFT JOIN late l USING (day);
CREATE TEMP TABLE day_by_hand AS SELECT * FROM day_source WITH NO DATA;

CREATE TEMP VIEW period_source AS
WITH part AS (
    SELECT grain, CASE WHEN grain = 'week' THEN day - (extract(isodow FROM day)::integer - week_start + 7) % 7
        ELSE date_trunc(grain, day::timestamp)::date END AS period_start, f.*
    FROM given, unnest('{day,week,month,quarter,year}'::text[]) AS grain, (
        SELECT day, NULL AS what, NULL::deal AS d FROM day_by_hand
        UNION ALL
        SELECT (created_at AT TIME ZONE zone)::date, 'new', d FROM deal d, given
        UNION ALL
        SELECT (closed_at AT TIME ZONE zone)::date, 'done', d FROM deal d, given WHERE is_closed
    ) f
)
SELECT grain, period_start,
    pg_temp.later(period_start, grain, 1)::timestamp AT TIME ZONE max(zone) <= max(as_of) AS is_complete,
    max(day) AS last_day,
    count(*) FILTER (WHERE what = 'new') AS created,
    coalesce(sum((d).amount) FILTER (WHERE what = 'new'), 0) AS created_amount,
    count(*) FILTER (WHERE what = 'done' AND (d).outcome = 'won') AS won,
    count(*) FILTER (WHERE what = 'done' AND (d).outcome = 'lost') AS lost,
    count(*) FILTER (WHERE what = 'done') AS closed,
    pg_temp.share(count(*) FILTER (WHERE what = 'done' AND (d).outcome = 'won'), count(*) FILTER (WHERE what = 'done')) AS close_ratio,
    CASE WHEN count(*) FILTER (WHERE what = 'done' AND (d).outcome = 'lost') = 0
            OR count((d).amount) FILTER (WHERE what = 'done' AND (d).outcome = 'lost') > 0
        THEN pg_temp.share(coalesce(sum((d).amount) FILTER (WHERE what = 'done' AND (d).outcome = 'won'), 0),
            sum((d).amount) FILTER (WHERE what = 'done')) END AS amount_win_ratio,
    coalesce(sum((d).amount) FILTER (WHERE what = 'done' AND (d).outcome = 'won'), 0) AS won_amount,
    coalesce(sum((d).amount) FILTER (WHERE what = 'done' AND (d).outcome = 'lost'), 0) AS lost_amount,
    coalesce(sum((d).amount) FILTER (WHERE what = 'done'), 0) AS closed_amount,
    count((d).amount) FILTER (WHERE what = 'done' AND (d).outcome = 'lost') AS lost_priced,
    count(*) FILTER (WHERE what = 'new' AND (d).created_at + funnel_window <= as_of AND (d).outcome = 'won'
        AND (d).closed_at <= (d).created_at + funnel_window) AS cohort_won,
    count(*) FILTER (WHERE what = 'new' AND (d).created_at + funnel_window <= as_of) AS cohort_total,
    (pg_temp.later(period_start, grain, 1)::timestamp AT TIME ZONE max(zone)) + max(funnel_window) <= max(as_of) AS cohort_is_mature,
    count((d).amount) FILTER (WHERE what = 'done' AND (d).outcome = 'won') AS contracts,
    round(avg((d).amount) FILTER (WHERE what = 'done' AND (d).outcome = 'won'), 4) AS contract_value,
    round(avg((d).amount / ((d).contract_months / 12.0)) FILTER (WHERE what = 'done' AND (d).outcome = 'won'), 4)
        AS annual_contract_value,
    round(coalesce(sum((d).amount / ((d).contract_months / 12.0)) FILTER (WHERE what = 'done' AND (d).outcome = 'won'), 0), 4)
        AS annual_amount,
    count((d).amount + (d).contract_months) FILTER (WHERE what = 'done' AND (d).outcome = 'won') AS annual_contracts,
    round(avg(extract(epoch FROM (d).closed_at - (d).created_at)) FILTER (WHERE what = 'done' AND (d).outcome = 'won') / 3600, 2)
        AS cycle_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM (d).closed_at - (d).created_at) / 3600)
        FILTER (WHERE what = 'done' AND (d).outcome = 'won') AS cycle_median_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM (d).closed_at - (d).created_at) / 3600)
        FILTER (WHERE what = 'done' AND (d).outcome = 'won') AS cycle_p90_hours,
    count(*) FILTER (WHERE what = 'done' AND (d).outcome = 'won') AS cycle_won,
    pg_temp.km_hours(array_agg(extract(epoch FROM coalesce((d).closed_at, as_of) - (d).created_at)) FILTER (WHERE what = 'new'),
        array_agg((d).is_closed IS TRUE) FILTER (WHERE what = 'new')) AS decision_km_hours,
    count(*) FILTER (WHERE what = 'new' AND (d).is_closed) AS decided
FROM part, given, windows
GROUP BY grain, period_start;
CREATE TEMP VIEW period_all AS
SELECT p.*, pg_temp.share(cohort_won, cohort_total) AS cohort_win_ratio, open_items, open_amount, open_priced, weighted_amount,
    weighted_items, velocity_amount, velocity_win_ratio, velocity_won, velocity_closed, velocity_won_value, velocity_contracts,
    velocity_cycle_hours, velocity_cycles
FROM period_source p JOIN day_by_hand h ON h.day = p.last_day;
CREATE TEMP TABLE period_hand AS SELECT * FROM period_all WITH NO DATA;
CREATE TEMP VIEW dashboard_by_hand AS
SELECT p.*, b.created AS created_previous, b.open_items AS open_items_previous, b.weighted_amount AS weighted_amount_previous,
    b.won AS won_previous, b.close_ratio AS close_ratio_previous, b.won_amount AS won_amount_previous,
    b.contract_value AS contract_value_previous, b.cycle_hours AS cycle_hours_previous,
    b.velocity_amount AS velocity_amount_previous
FROM period_hand p
LEFT JOIN period_hand b ON b.grain = p.grain AND b.period_start = pg_temp.later(p.period_start, p.grain, -1);
CREATE TEMP VIEW dashboard_seen AS
SELECT d.*, p.last_day FROM opportunity_dashboard_by_grain d JOIN opportunity_period p USING (grain, period_start);

-- ---------------------------------------------------------------------------
-- Open opportunities and hot leads by hand
-- ---------------------------------------------------------------------------

CREATE TEMP VIEW talk AS
SELECT a.*, kind = 'meeting' OR answered IS TRUE OR direction = 'in' AND (kind <> 'call' OR answered IS NULL) AS two_way
FROM activity a, given
WHERE completed AND NOT automated AND kind <> 'task' AND coalesce(agent_id, '') NOT LIKE 'BOT%' AND occurred_at <= as_of;

CREATE TEMP VIEW open_by_hand AS
SELECT d.id AS opportunity_id, d.created_at, (d.created_at AT TIME ZONE zone)::date AS created_day,
    trunc(extract(epoch FROM as_of - d.created_at) / 86400) AS age_days, d.kind, d.owner_id, d.customer_id, d.lead_id, d.channel,
    here.stage, (SELECT step_no FROM status s WHERE entity = 'opportunity' AND s.status = here.stage) AS step_no,
    here.entered_at AS stage_entered_at, round(extract(epoch FROM as_of - here.entered_at) / 3600, 2) AS stage_hours,
    u.stay_p90_hours AS stuck_after_hours, round(extract(epoch FROM as_of - here.entered_at) / 3600, 2) > u.stay_p90_hours AS is_stuck,
    d.amount, c.p AS probability_ratio, round(d.amount * c.p, 4) AS weighted_amount, d.expected_close_on_now AS expected_close_on,
    greatest((as_of AT TIME ZONE zone)::date - d.expected_close_on_now, 0) AS overdue_days,
    t.last_at AS last_touch_at, (t.last_at AT TIME ZONE zone)::date AS last_touch_day,
    trunc(extract(epoch FROM as_of - t.last_at) / 86400) AS days_since_touch, t.n AS touches, t.two_way AS two_way_touches,
    NOT (as_of - d.created_at < half_life OR coalesce(as_of - t.last_at < half_life, false)) AS is_quiet
FROM given, windows, (SELECT *, CASE WHEN never_closed THEN expected_close_on END AS expected_close_on_now FROM deal) d
CROSS JOIN LATERAL (
    SELECT count(*) AS n, count(*) FILTER (WHERE two_way) AS two_way, max(occurred_at) AS last_at FROM talk WHERE opportunity_id = d.id
) t
CROSS JOIN LATERAL (
    SELECT max(stage) FILTER (WHERE left_at IS NULL) AS stage, max(entered_at) FILTER (WHERE left_at IS NULL) AS entered_at,
        count(*) > 0 AS is_known
    FROM stay WHERE entity = 'opportunity' AND entity_id = d.id
) h
CROSS JOIN LATERAL (
    SELECT CASE WHEN is_known THEN h.stage WHEN d.stage NOT IN ('won', 'lost') THEN d.stage END AS stage, h.entered_at
) here
LEFT JOIN LATERAL (
    SELECT coalesce(CASE WHEN NOT is_known OR d.stage = here.stage THEN d.probability END,
        (SELECT round(avg(probability), 6) FROM opportunity o WHERE outcome = 'open' AND o.stage = here.stage)) AS p
) c ON true
LEFT JOIN stage_duration u ON u.entity = 'opportunity' AND u.stage = here.stage
WHERE d.outcome = 'open';

CREATE TEMP VIEW lead_by_hand AS
SELECT l.*, CASE WHEN sql_at <= as_of THEN 3 WHEN mql_at <= as_of THEN 2 ELSE 1 END AS level_no,
    converted_at <= as_of AS is_converted, disqualified_at <= as_of AS is_lost,
    created_at + funnel_window <= as_of AS is_mature, converted_at <= least(as_of, created_at + funnel_window) AS in_time
FROM lead l, given, windows WHERE created_at <= as_of;
CREATE TEMP VIEW hot_by_hand AS
SELECT l.lead_id, l.created_at, (l.created_at AT TIME ZONE zone)::date AS created_day, l.channel, l.campaign_id, l.owner_id,
    CASE level_no WHEN 3 THEN 'sql' WHEN 2 THEN 'mql' ELSE 'new' END AS level,
    t.last_at AS last_touch_at, (t.last_at AT TIME ZONE zone)::date AS last_touch_day,
    trunc(extract(epoch FROM as_of - t.last_at) / 86400) AS days_since_touch, t.recent AS recent_touches, t.two_way AS two_way_touches,
    t.outbound AS outbound_touches,
    round(power(0.5::numeric, extract(epoch FROM as_of - greatest(t.last_at, l.created_at)) / extract(epoch FROM half_life)), 6)
        AS freshness_ratio,
    w.since AS waiting_since_at, trunc(extract(epoch FROM as_of - w.since) / 86400) AS waiting_days,
    pg_temp.share(f.converted, f.leads) AS fit_ratio, f.converted AS fit_converted, f.leads AS fit_leads,
    round(heat, 6) AS heat, round(heat * f.converted / nullif(f.leads, 0), 6) AS priority
FROM given, windows, lead_by_hand l
CROSS JOIN LATERAL (
    SELECT max(occurred_at) FILTER (WHERE two_way) AS last_at, count(*) FILTER (WHERE two_way) AS two_way,
        count(*) FILTER (WHERE two_way AND as_of - occurred_at <= half_life) AS recent,
        count(*) FILTER (WHERE direction = 'out') AS outbound, max(occurred_at) FILTER (WHERE direction = 'out') AS last_out_at,
        max(occurred_at) FILTER (WHERE direction = 'in' AND two_way) AS last_in_at,
        coalesce(sum(power(0.5::numeric, extract(epoch FROM as_of - occurred_at) / extract(epoch FROM half_life)))
            FILTER (WHERE two_way), 0) + power(0.5::numeric, extract(epoch FROM as_of - l.created_at) / extract(epoch FROM half_life))
            AS heat
    FROM talk a WHERE a.lead_id = l.lead_id AND a.occurred_at >= l.created_at
) t
CROSS JOIN LATERAL (
    SELECT CASE WHEN t.last_out_at IS NULL OR coalesce(t.last_in_at, l.created_at) > t.last_out_at
        THEN coalesce(t.last_in_at, l.created_at) END AS since
) w
CROSS JOIN LATERAL (
    SELECT count(*) AS leads, count(*) FILTER (WHERE in_time) AS converted FROM lead_by_hand o
    WHERE is_mature AND o.level_no >= l.level_no AND coalesce(o.channel, '') = coalesce(l.channel, '')
) f
WHERE is_converted IS NOT TRUE AND is_lost IS NOT TRUE AND as_of - greatest(t.last_at, l.created_at) <= half_life;

-- ---------------------------------------------------------------------------
-- Targets by hand, from the facts of mart_oracle.sql
-- ---------------------------------------------------------------------------

CREATE TEMP VIEW goal_by_hand AS
WITH goal AS (
    SELECT t.*, today, least(ends_on, today) AS to_day, first_on AS previous_on
    FROM target t, given, LATERAL (
        SELECT (as_of AT TIME ZONE zone)::date AS today,
            CASE WHEN to_char(starts_on, 'DD') || to_char(ends_on + 1, 'DD') = '0101' THEN (starts_on - make_interval(months =>
                    ((extract(year FROM ends_on + 1) - extract(year FROM starts_on)) * 12
                        + extract(month FROM ends_on + 1) - extract(month FROM starts_on))::integer))::date
                ELSE starts_on - (ends_on + 1 - starts_on) END AS first_on) x
), span AS (
    SELECT kpi, scope, starts_on, n, from_day, till_day
    FROM goal, LATERAL (VALUES (0, starts_on, to_day),
        (1, previous_on, CASE WHEN today >= ends_on THEN starts_on - 1
            ELSE least(starts_on - 1, previous_on + (today - starts_on)) END),
        (2, (starts_on - interval '1 year')::date, (to_day - interval '1 year')::date),
        (3, (starts_on - interval '1 year')::date, (ends_on - interval '1 year')::date)) v (n, from_day, till_day)
    WHERE today >= starts_on
), rule (kpi, fact, how, unit_seconds) AS (
    VALUES ('win_rate', 'closed', 'share', NULL::numeric), ('conversion_rate', 'lead', 'share', NULL), ('csat', 'csat', 'share', NULL),
        ('fcr', 'fcr', 'share', NULL), ('reopen_rate', 'reopened', 'share', NULL), ('sla_attainment', 'sla', 'share', NULL),
        ('lead_response_time', 'answered', 'mean', 3600), ('avg_resolution_time', 'solved', 'mean', 3600),
        ('avg_handling_time', 'handled', 'mean', 1), ('sales_cycle', 'cycle', 'mean', 3600), ('avg_contract_value', 'closed', 'mean', 1),
        ('requests_per_agent_day', 'solved', 'per day', NULL), ('process_compliance', 'check', 'weight', NULL),
        ('leads', 'lead', 'count', NULL), ('calls_out', 'activity', 'call out', NULL), ('calls_in', 'activity', 'call in', NULL),
        ('amount_won', 'closed', 'sum', NULL)
), counted AS (
    SELECT s.kpi, s.scope, s.starts_on, s.n, how,
        CASE how WHEN 'share' THEN count(*) FILTER (WHERE hit) WHEN 'mean' THEN sum(f.n) / max(unit_seconds)
            WHEN 'weight' THEN sum(f.n) FILTER (WHERE hit) WHEN 'sum' THEN sum(f.n)
            WHEN 'per day' THEN count(*) FILTER (WHERE who IS NOT NULL)
            WHEN 'count' THEN count(*) ELSE count(*) FILTER (WHERE word = how) END AS part,
        CASE how WHEN 'share' THEN count(*) WHEN 'mean' THEN count(f.n) WHEN 'weight' THEN sum(f.n)
            WHEN 'per day' THEN count(DISTINCT (who, day)) FILTER (WHERE who IS NOT NULL) END AS whole
    FROM span s
    JOIN rule USING (kpi)
    JOIN fact f ON f.kpi = rule.fact AND f.day BETWEEN from_day AND till_day
        AND (s.scope = '' OR s.scope = 'agent=' || who OR EXISTS (SELECT FROM agent a WHERE a.agent_id = who
            AND s.scope = 'team=' || a.team))
    GROUP BY s.kpi, s.scope, s.starts_on, s.n, how
    UNION ALL
    SELECT kpi, scope, starts_on, n, 'sum', sum(amount), NULL
    FROM span, sale, given WHERE kpi = 'revenue' AND sold_at <= as_of AND (sold_at AT TIME ZONE zone)::date BETWEEN from_day AND till_day
    GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT kpi, scope, starts_on, n, 'sum', count(*), NULL
    FROM span, deal, given WHERE kpi = 'opportunities_created' AND (created_at AT TIME ZONE zone)::date BETWEEN from_day AND till_day
    GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT kpi, scope, starts_on, n, 'share', count(*) FILTER (WHERE outcome = 'won' AND closed_at <= created_at + funnel_window), count(*)
    FROM span, deal, given, windows
    WHERE kpi = 'cohort_win_rate' AND (created_at AT TIME ZONE zone)::date BETWEEN from_day AND till_day
        AND created_at + funnel_window <= as_of
    GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT kpi, scope, starts_on, n, 'stock', open_items, NULL
    FROM span JOIN day_by_hand ON day = till_day WHERE kpi = 'open_opportunities'
    UNION ALL
    SELECT kpi, scope, starts_on, n, 'share', sum(opened), sum(delivered)
    FROM span JOIN daily_email ON day BETWEEN from_day AND till_day WHERE kpi = 'email_open_rate' GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT kpi, scope, starts_on, n, 'nps', 100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)), count(*)
    FROM (
        SELECT DISTINCT ON (s.starts_on, s.n, f.who) s.*, f.n AS score FROM span s JOIN fact f ON f.kpi = 'nps'
            AND f.day BETWEEN from_day AND till_day
        WHERE s.kpi = 'nps' ORDER BY s.starts_on, s.n, f.who, f.at DESC, f.id DESC) last
    GROUP BY 1, 2, 3, 4
), answer AS (
    SELECT *, CASE WHEN whole IS NULL THEN part ELSE part / nullif(whole, 0) END AS v FROM counted
), known AS (
    SELECT g.*, k.unit, k.direction,
        g.kpi IN ('revenue', 'leads', 'calls_out', 'calls_in', 'amount_won', 'opportunities_created') AS is_sum,
        g.scope = '' OR EXISTS (SELECT FROM agent WHERE g.scope IN ('agent=' || agent_id, 'team=' || team)) AS is_scope,
        this.part, this.whole, this.v AS counted_value, before.v AS previous, year.v AS year_before, year_whole.v AS year_whole,
        least(greatest(extract(epoch FROM as_of - g.starts_on::timestamp AT TIME ZONE zone)
            / extract(epoch FROM (g.ends_on + 1)::timestamp AT TIME ZONE zone - g.starts_on::timestamp AT TIME ZONE zone), 0), 1)
            AS elapsed
    FROM given, goal g
    LEFT JOIN kpi_catalog k USING (kpi)
    LEFT JOIN answer this ON (this.kpi, this.scope, this.starts_on, this.n) = (g.kpi, g.scope, g.starts_on, 0)
    LEFT JOIN answer before ON (before.kpi, before.scope, before.starts_on, before.n) = (g.kpi, g.scope, g.starts_on, 1)
    LEFT JOIN answer year ON (year.kpi, year.scope, year.starts_on, year.n) = (g.kpi, g.scope, g.starts_on, 2)
    LEFT JOIN answer year_whole ON (year_whole.kpi, year_whole.scope, year_whole.starts_on, year_whole.n) = (g.kpi, g.scope, g.starts_on, 3)
), planned AS (
    SELECT *, CASE WHEN is_sum AND is_scope AND today >= starts_on THEN coalesce(counted_value, 0) ELSE counted_value END AS actual,
        coalesce(start_value, 0) AS base,
        CASE WHEN start_value <> target_value THEN target_value > start_value ELSE coalesce(direction, 'higher') <> 'lower' END AS rises,
        CASE WHEN NOT is_sum AND start_value IS NULL THEN 'hold'
            WHEN is_sum AND year_whole > 0 AND first_day <= starts_on - interval '1 year' + interval '7 days' THEN 'year before'
            ELSE 'calendar' END AS profile
    FROM known
    LEFT JOIN (
        SELECT rule.kpi, min(day) AS first_day FROM rule JOIN fact f ON f.kpi = rule.fact
            AND (how <> 'sum' OR f.n IS NOT NULL) AND (how NOT LIKE 'call%' OR word = how) GROUP BY 1
        UNION ALL
        SELECT 'revenue', min(sold_at AT TIME ZONE zone)::date FROM sale, given
        UNION ALL
        SELECT 'opportunities_created', min(created_at AT TIME ZONE zone)::date FROM deal, given
    ) begun USING (kpi)
), expected AS (
    SELECT *, base + (target_value - base) * share AS expected
    FROM planned, LATERAL (SELECT CASE WHEN elapsed = 1 OR profile = 'hold' THEN 1 WHEN profile = 'calendar' THEN elapsed
        ELSE least(year_before / year_whole, 1) END AS share) x
)
SELECT kpi, scope, starts_on, ends_on, unit, direction, elapsed = 1 AS is_complete, round(start_value, 6) AS start,
    round(target_value, 6) AS target, round(actual, 6) AS actual, round(part, 6) AS numerator, round(whole, 6) AS denominator,
    round(elapsed, 6) AS elapsed_ratio, profile, round(share, 6) AS expected_ratio, round(expected, 6) AS expected,
    CASE WHEN start_value IS NOT NULL OR rises THEN round((actual - base) / nullif(target_value - base, 0), 6) END AS progress_ratio,
    round(CASE WHEN rises THEN actual / nullif(expected, 0) ELSE expected / nullif(actual, 0) END, 6) AS attainment_ratio,
    CASE WHEN today < starts_on THEN 'not started' WHEN actual IS NULL THEN 'no data'
        WHEN CASE WHEN rises THEN 1 ELSE -1 END * (actual - expected) >= 0 THEN 'on track'
        WHEN abs(actual - expected) <= CASE WHEN target_value = base THEN abs(target_value) ELSE abs(expected - base) END / 10
            THEN 'at risk' ELSE 'off track' END AS status,
    round(previous, 6) AS previous, CASE WHEN previous > 0 THEN round(actual / previous - 1, 6) END AS growth_ratio,
    round(year_before, 6) AS year_before, CASE WHEN year_before > 0 THEN round(actual / year_before - 1, 6) END AS year_growth_ratio
FROM expected;

-- ---------------------------------------------------------------------------
-- Scores by hand, from a scorecard of features that plain SQL makes
-- ---------------------------------------------------------------------------

CREATE FUNCTION pg_temp.age_band(age interval) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN age < '7 days' THEN 'under 7 days' WHEN age < '30 days' THEN '7 to 30 days' WHEN age < '90 days' THEN '30 to 90 days'
        WHEN age < '180 days' THEN '90 to 180 days' WHEN age IS NOT NULL THEN '180 days or more' ELSE 'never' END
$$;
CREATE TEMP VIEW seen_source AS
SELECT d.id, d.created_at, d.closed_at, d.outcome, seen_at, ARRAY[d.kind, d.channel, d.owner_id,
    (SELECT stage FROM stay s WHERE entity = 'opportunity' AND entity_id = d.id AND entered_at <= seen_at
         AND (left_at IS NULL OR left_at > seen_at)),
    pg_temp.age_band(seen_at - d.created_at), pg_temp.age_band(seen_at - t.last_at),
    (ARRAY['0', '1', '2 to 4', '2 to 4', '2 to 4', '5 or more'])[least(t.two_way, 5) + 1]] AS features
FROM given, deal d
CROSS JOIN LATERAL (
    SELECT coalesce(d.created_at + (d.closed_at - d.created_at)
        * (('x' || substr(md5(d.id), 1, 8))::bit(32)::bigint / 4294967296.0::float8), as_of) AS seen_at
) x
CROSS JOIN LATERAL (
    SELECT max(occurred_at) AS last_at, count(*) FILTER (WHERE two_way) AS two_way FROM talk
    WHERE opportunity_id = d.id AND occurred_at BETWEEN d.created_at AND seen_at
) t;
CREATE TEMP TABLE seen_deal AS SELECT * FROM seen_source WITH NO DATA;

CREATE TEMP VIEW score_by_hand AS
SELECT o.opportunity_id, o.owner_id, o.customer_id, o.lead_id, o.kind, o.channel, o.stage, o.step_no, o.created_day, o.age_days,
    round(100 / (1 + exp(-log_odds)), 2) AS score, o.amount, o.probability_ratio,
    round(round(o.amount / (1 + exp(-log_odds)), 4), 2) AS priority_amount,
    kind_points, channel_points, owner_points, stage_points, freshness_points,
    o.last_touch_at, o.days_since_touch, o.is_quiet, o.stage_hours, o.is_stuck, o.expected_close_on, o.overdue_days,
    CASE WHEN o.is_quiet THEN 'get in touch' WHEN o.is_stuck IS TRUE THEN 'get it out of its stage'
        WHEN o.expected_close_on < (as_of AT TIME ZONE zone)::date THEN 'plan a new closing day' ELSE 'go on' END AS next_step
FROM given, (SELECT crmkpi.scorecard(features, outcome = 'won') AS card FROM seen_deal WHERE outcome <> 'open') k, open_by_hand o
JOIN seen_deal s ON s.id = o.opportunity_id
CROSS JOIN LATERAL (
    SELECT sum(points::numeric) AS log_odds, round(max(points::numeric) FILTER (WHERE feature_no = 1), 4) AS kind_points,
        round(max(points::numeric) FILTER (WHERE feature_no = 2), 4) AS channel_points,
        round(max(points::numeric) FILTER (WHERE feature_no = 3), 4) AS owner_points,
        round(max(points::numeric) FILTER (WHERE feature_no = 4), 4) AS stage_points,
        round(max(points::numeric) FILTER (WHERE feature_no = 6), 4) AS freshness_points
    FROM crmkpi.score_points(k.card, s.features)
) p;
-- without what is the same for all, which is tested apart
CREATE TEMP VIEW score_seen AS
SELECT opportunity_id, owner_id, customer_id, lead_id, kind, channel, stage, step_no, created_day, age_days, score, amount,
    probability_ratio, round(priority_amount, 2) AS priority_amount, kind_points, channel_points, owner_points, stage_points,
    freshness_points, last_touch_at, days_since_touch, is_quiet, stage_hours, is_stuck, expected_close_on, overdue_days, next_step
FROM opportunity_score;

CREATE TEMP VIEW newer AS
WITH closed AS (
    SELECT *, row_number() OVER (ORDER BY closed_at, id) AS n FROM seen_deal WHERE outcome <> 'open'
), bound AS (SELECT count(*) * 0.7 AS bound FROM closed)
SELECT outcome = 'won' AS won, crmkpi.score(card, features) AS score, id
FROM closed, bound, (SELECT crmkpi.scorecard(features, outcome = 'won') AS card FROM closed, bound WHERE n <= bound) k
WHERE n > bound;
CREATE TEMP VIEW calibration_by_hand AS
SELECT decile, count(*) AS items, round(avg(score::numeric) / 100, 6) AS predicted_ratio,
    pg_temp.share(count(*) FILTER (WHERE won), count(*)) AS won_ratio, count(*) FILTER (WHERE won) AS won
FROM (SELECT *, ntile(10) OVER (ORDER BY score, id) AS decile FROM newer) r GROUP BY decile;
CREATE TEMP VIEW calibration_seen AS SELECT decile, items, predicted_ratio, won_ratio, won FROM score_calibration;

-- All of it under the settings in "given" and "windows", which are made those of the mart.
CREATE FUNCTION pg_temp.compare_all(title text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.take_stock();
    UPDATE fact f SET hit = coalesce(converted_at <= least(created_at + funnel_window, as_of), false)
    FROM lead l, given, windows WHERE f.kpi = 'lead' AND l.lead_id = f.id;
    UPDATE setting SET value = CASE name WHEN 'funnel_window' THEN w.funnel_window::text
        WHEN 'velocity_window' THEN w.velocity_days || ' days' ELSE w.half_life::text END
    FROM windows w WHERE name IN ('funnel_window', 'velocity_window', 'freshness_half_life');
    TRUNCATE deal, step, stay, day_by_hand, period_hand, seen_deal;
    INSERT INTO deal SELECT * FROM deal_source;
    INSERT INTO step SELECT * FROM step_source;
    ANALYZE deal, step;
    INSERT INTO stay SELECT * FROM stay_source;
    ANALYZE stay;
    INSERT INTO day_by_hand SELECT * FROM day_source;
    ANALYZE day_by_hand;
    INSERT INTO period_hand SELECT * FROM period_all;
    INSERT INTO seen_deal SELECT * FROM seen_source;
    ANALYZE period_hand, seen_deal;
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': stage_duration', 'stage_duration', 'stage_by_hand', '{entity,stage}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': pipeline_history', 'pipeline_history', 'day_by_hand', '{day}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': opportunity_dashboard', 'dashboard_seen', 'dashboard_by_hand',
        '{grain,period_start}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': open_opportunity', 'open_opportunity', 'open_by_hand',
        '{opportunity_id}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': hot_leads', 'hot_leads', 'hot_by_hand', '{lead_id}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': target_progress', 'target_progress', 'goal_by_hand',
        '{kpi,scope,starts_on}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': opportunity_score', 'score_seen', 'score_by_hand', '{opportunity_id}');
    RETURN QUERY SELECT * FROM pg_temp.compare(title || ': score_calibration', 'calibration_seen', 'calibration_by_hand',
        '{decile}');
    RETURN NEXT results_eq('SELECT DISTINCT auc FROM score_calibration',
        'SELECT round(avg(CASE WHEN w.score > l.score THEN 1.0 WHEN w.score = l.score THEN 0.5 ELSE 0 END), 6)
         FROM newer w, newer l WHERE w.won AND NOT l.won', title || ': AUC, pair by pair');
    RETURN NEXT results_eq('SELECT DISTINCT score_source, learned_from FROM opportunity_score',
        $s$ SELECT 'learned', count(*) FROM seen_deal WHERE outcome <> 'open' $s$, title || ': learned from all closed ones');
    RETURN NEXT is_empty('SELECT * FROM opportunity_score WHERE abs(score - 100 / (1 + exp(-(base_points + kind_points
            + channel_points + owner_points + stage_points + age_points + freshness_points + touch_points)))) > 0.02',
        title || ': the points make the score');
    RETURN NEXT results_eq('SELECT period_start, won, closed, close_ratio, won_amount, contract_value, annual_contract_value,
            cycle_hours, cycle_median_hours FROM opportunity_dashboard WHERE closed > 0 ORDER BY 1',
        'SELECT period_start, won, closed, close_ratio, won_amount, contract_value, annual_contract_value, cycle_hours,
            cycle_median_hours FROM crm_dashboard WHERE closed > 0 ORDER BY 1', title || ': the same as crm_dashboard says');
    RETURN NEXT results_eq('SELECT open_items, weighted_items FROM opportunity_dashboard ORDER BY period_start DESC LIMIT 1',
        'SELECT count(*), count(weighted_amount) FROM open_opportunity', title || ': as many as are listed');
    RETURN NEXT is_empty('SELECT * FROM pipeline_history h JOIN pipeline_history b ON b.day = h.day - 1
        WHERE h.open_items <> b.open_items + h.created - h.closed', title || ': what came and did not go is there');
END;
$$;

SELECT * FROM pg_temp.compare_all('as loaded');
UPDATE given SET zone = 'Asia/Tokyo', week_start = 7, as_of = '2025-06-15 12:00-04', default_calendar = '';
UPDATE windows SET funnel_window = '45 days', velocity_days = 20, half_life = '250 hours';
SELECT * FROM pg_temp.compare_all('in Tokyo, as of June 2025, other windows');

UPDATE setting SET value = '2025-12-20 17:00-05' WHERE name = 'as_of';
UPDATE setting SET value = 'America/New_York' WHERE name = 'zone';
UPDATE setting SET value = '1' WHERE name = 'first_day_of_week';
SELECT * FROM pg_temp.same('opportunity_dashboard');

CREATE FUNCTION pg_temp.pipeline() RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.everything('pipeline_history', 'opportunity_dashboard_by_grain', 'stage_duration', 'target_progress')
$$;
CREATE TEMP TABLE seen AS SELECT pg_temp.pipeline() AS pipeline;
SET LOCAL timezone = 'Asia/Kathmandu';
SELECT is(pg_temp.pipeline(), seen.pipeline, 'the same from a session in Nepal') FROM seen;
SET LOCAL timezone = 'America/New_York';
SELECT is(pg_temp.pipeline(), seen.pipeline, 'the same from a session with summer time') FROM seen;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'SQL, DMY';
SET LOCAL intervalstyle = 'sql_standard';
SET LOCAL extra_float_digits = 0;
SELECT is(pg_temp.pipeline(), seen.pipeline, 'the same under other output styles') FROM seen;

SELECT * FROM finish();
ROLLBACK;
\o /dev/null
SELECT crmkpi.drop_mart('mart_pipeline', true);
