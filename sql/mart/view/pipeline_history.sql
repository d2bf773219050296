-- pipeline_history: the pipeline at the end of each day, and how fast it flowed.
--
-- Items are counted by the backlog of all days in one pass. Amounts are cumulative flows: in on the day of creation,
-- out on that of closing; weighted ones in and out with each visit in a stage, at the chance of that stage. An
-- opportunity without a history of stages is weighted on the last day only, since nobody knows its earlier stages.
CREATE VIEW pipeline_history WITH (security_invoker = true) AS
WITH item AS MATERIALIZED (
    SELECT o.opportunity_id::text AS opportunity_id, o.created_day, o.closed_at, o.closed_day, o.amount::numeric AS amount,
        o.stored_stage, o.stored_probability
    FROM opportunity_facts o
    WHERE o.amount IS NOT NULL
), visit AS MATERIALIZED (
    SELECT entity_id AS opportunity_id, stage, entered_at, left_at
    FROM stage_visit
    WHERE entity = 'opportunity'
), weighted AS (
    SELECT (v.entered_at AT TIME ZONE c.zone)::date AS from_day,
        (least(v.left_at, i.closed_at) AT TIME ZONE c.zone)::date AS to_day,
        i.amount * w.probability AS amount
    FROM visit v
    JOIN item i USING (opportunity_id)
    CROSS JOIN config c
    LEFT JOIN stage_probability p ON p.stage = v.stage
    CROSS JOIN LATERAL (
        SELECT coalesce(CASE WHEN v.left_at IS NULL AND i.stored_stage = v.stage THEN i.stored_probability END, p.probability)
            AS probability
    ) w
    WHERE w.probability IS NOT NULL AND (i.closed_at IS NULL OR v.entered_at < i.closed_at)
    UNION ALL
    SELECT (c.as_of AT TIME ZONE c.zone)::date, NULL, i.amount * coalesce(i.stored_probability, p.probability)
    FROM item i
    CROSS JOIN config c
    LEFT JOIN stage_probability p ON p.stage = i.stored_stage
    WHERE i.closed_at IS NULL AND coalesce(i.stored_probability, p.probability) IS NOT NULL
        AND NOT EXISTS (SELECT FROM visit v WHERE v.opportunity_id = i.opportunity_id)
), spine AS MATERIALIZED (
    SELECT q.day, q.opened, q.closed, q.open_items, t.first_day
    FROM (
        SELECT rollup(d.backlog) AS backlog, (max(c.as_of) AT TIME ZONE max(c.zone))::date AS last_day, max(c.zone) AS zone,
            -- before 1980 some zones had offsets of odd minutes
            greatest(min(d.day), least(date '1980-01-01', (max(c.as_of) AT TIME ZONE max(c.zone))::date)) AS first_day
        FROM daily_opportunity_created d
        CROSS JOIN config c
        HAVING count(*) > 0
    ) t
    CROSS JOIN LATERAL backlog(t.backlog, t.first_day, t.last_day, t.zone) q
), flow AS (
    SELECT greatest(f.day, s.first_day) AS day, sum(f.amount) AS amount, sum(f.priced) AS priced,
        sum(f.weighted) AS weighted, sum(f.weighted_items) AS weighted_items
    FROM (
        SELECT created_day AS day, amount, 1 AS priced, 0::numeric AS weighted, 0 AS weighted_items FROM item
        UNION ALL
        SELECT closed_day, -amount, -1, 0, 0 FROM item WHERE closed_day IS NOT NULL
        UNION ALL
        SELECT from_day, 0, 0, amount, 1 FROM weighted
        UNION ALL
        SELECT to_day, 0, 0, -amount, -1 FROM weighted WHERE to_day IS NOT NULL
    ) f
    CROSS JOIN (SELECT first_day FROM spine LIMIT 1) s
    GROUP BY 1
), done AS (
    SELECT day, sum(hits(win)) AS won, sum(total(win)) AS closed, sum(won_amount) AS won_amount,
        sum(contracts) AS contracts, sum(items(cycle)) AS cycles, sum(extract(epoch FROM total_time(cycle))) AS cycle_seconds
    FROM daily_opportunity_closed
    GROUP BY day
), total AS (
    SELECT s.day, s.opened, s.closed, s.open_items,
        coalesce(sum(f.amount) OVER past, 0) AS open_amount,
        coalesce(sum(f.priced) OVER past, 0)::bigint AS open_priced,
        coalesce(sum(f.weighted) OVER past, 0) AS weighted_amount,
        coalesce(sum(f.weighted_items) OVER past, 0)::bigint AS weighted_items,
        coalesce(sum(d.won) OVER recent, 0)::bigint AS won,
        coalesce(sum(d.closed) OVER recent, 0)::bigint AS decided,
        coalesce(sum(d.won_amount) OVER recent, 0) AS won_amount,
        coalesce(sum(d.contracts) OVER recent, 0)::bigint AS contracts,
        coalesce(sum(d.cycles) OVER recent, 0)::bigint AS cycles,
        coalesce(sum(d.cycle_seconds) OVER recent, 0) AS cycle_seconds
    FROM spine s
    LEFT JOIN flow f USING (day)
    LEFT JOIN done d USING (day)
    WINDOW past AS (ORDER BY day),
        -- every day has a row, so rows are days
        recent AS (ORDER BY day ROWS BETWEEN
            (SELECT ceil(extract(epoch FROM velocity_window) / 86400)::bigint - 1 FROM config) PRECEDING AND CURRENT ROW)
)
SELECT
    day, opened AS created, closed, open_items,
    open_amount::numeric(19,4) AS open_amount,
    open_priced,
    CASE WHEN weighted_items > 0 OR open_items = 0 THEN weighted_amount END::numeric(19,4) AS weighted_amount,
    weighted_items,
    (open_items * (won::numeric / nullif(decided, 0)) * (won_amount / nullif(contracts, 0))
        / nullif(cycle_seconds / nullif(cycles, 0) / 86400, 0))::numeric(19,4) AS velocity_amount,
    (won::numeric / nullif(decided, 0))::numeric(9,6) AS velocity_win_ratio,
    won AS velocity_won,
    decided AS velocity_closed,
    (won_amount / nullif(contracts, 0))::numeric(19,4) AS velocity_won_value,
    contracts AS velocity_contracts,
    (cycle_seconds / nullif(cycles, 0) / 3600)::numeric(12,2) AS velocity_cycle_hours,
    cycles AS velocity_cycles
FROM total;

COMMENT ON VIEW pipeline_history IS 'The open opportunities at the end of each day, their amount, and sales velocity (key: day)';
COMMENT ON COLUMN pipeline_history.day IS 'day, in the zone of the mart, from the first opportunity to the day of as_of';
COMMENT ON COLUMN pipeline_history.created IS 'opportunities created that day';
COMMENT ON COLUMN pipeline_history.closed IS 'opportunities won or lost that day';
COMMENT ON COLUMN pipeline_history.open_items IS 'opportunities open at the end of the day; on the last day at as_of';
COMMENT ON COLUMN pipeline_history.open_amount IS 'their amount as far as it is known, base currency; amounts are those of now';
COMMENT ON COLUMN pipeline_history.open_priced IS 'of these, opportunities with a known amount';
COMMENT ON COLUMN pipeline_history.weighted_amount IS 'weighted pipeline: sum of amount x chance of winning, base currency; NULL where no open opportunity has both';
COMMENT ON COLUMN pipeline_history.weighted_items IS 'opportunities in weighted_amount: those with a known amount and a known chance at that moment';
COMMENT ON COLUMN pipeline_history.velocity_amount IS 'sales velocity, base currency per day: open_items x velocity_win_ratio x velocity_won_value / (velocity_cycle_hours / 24)';
COMMENT ON COLUMN pipeline_history.velocity_win_ratio IS 'velocity_won / velocity_closed';
COMMENT ON COLUMN pipeline_history.velocity_won IS 'opportunities won in the velocity_window up to this day';
COMMENT ON COLUMN pipeline_history.velocity_closed IS 'opportunities won or lost in that time';
COMMENT ON COLUMN pipeline_history.velocity_won_value IS 'mean amount of those won in that time, base currency';
COMMENT ON COLUMN pipeline_history.velocity_contracts IS 'opportunities that this is the mean of';
COMMENT ON COLUMN pipeline_history.velocity_cycle_hours IS 'mean hours from creation to closing of those won in that time';
COMMENT ON COLUMN pipeline_history.velocity_cycles IS 'opportunities that this is the mean of';
