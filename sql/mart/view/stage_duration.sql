-- stage_duration: how long do opportunities and leads stay in each stage, and how many go on?
--
-- Open visits are in the Kaplan-Meier median only: the other times are of finished visits, of which the long ones
-- are missing while they last. Of an opportunity without a history only the stage that it has now is known.
CREATE VIEW stage_duration WITH (security_invoker = true) AS
WITH visit AS MATERIALIZED (
    SELECT entity, entity_id, stage, step_no, left_at, stay, outcome, moved_on
    FROM stage_visit
), finished AS MATERIALIZED (
    SELECT f.*, percentile(f.stay, 0.9) AS p90
    FROM (
        SELECT entity, stage, min(step_no) AS step_no, count(*) AS visits,
            duration_summary(stay) FILTER (WHERE left_at IS NOT NULL) AS stay,
            survival_summary(stay, left_at IS NOT NULL) AS survival
        FROM visit
        GROUP BY entity, stage
    ) f
), item AS (
    SELECT entity, stage, count(*) AS items,
        count(*) FILTER (WHERE moved_on) AS moved_on,
        count(*) FILTER (WHERE moved_on OR outcome <> 'open') AS decided,
        count(*) FILTER (WHERE outcome = 'won') AS won,
        count(*) FILTER (WHERE outcome <> 'open') AS closed
    FROM (
        SELECT entity, stage, outcome, bool_or(moved_on) AS moved_on
        FROM visit
        GROUP BY entity, entity_id, stage, outcome
    ) i
    GROUP BY entity, stage
), place AS (
    -- where each open item is: by its history, else as it is stored
    SELECT entity, entity_id, max(amount) AS amount, max(stay) AS stay,
        CASE WHEN count(*) FILTER (WHERE has_history) > 0 THEN max(stage) FILTER (WHERE has_history)
             ELSE max(stage) FILTER (WHERE NOT has_history) END AS stage
    FROM (
        SELECT entity, entity_id, CASE WHEN left_at IS NULL THEN stage END AS stage,
            CASE WHEN left_at IS NULL THEN stay END AS stay, NULL::numeric AS amount, true AS has_history
        FROM visit
        WHERE outcome = 'open'
        UNION ALL
        SELECT 'opportunity', o.opportunity_id::text, CASE WHEN s.category IN ('solved', 'closed', 'won', 'lost') THEN NULL
            ELSE o.stored_stage END, NULL, o.amount, false
        FROM opportunity_facts o
        LEFT JOIN status s ON s.entity = 'opportunity' AND s.status = o.stored_stage
        WHERE o.outcome = 'open'
    ) p
    GROUP BY entity, entity_id
), here AS (
    SELECT p.entity, p.stage, count(*) AS items,
        -- a tenth of the visits takes longer
        count(*) FILTER (WHERE p.stay > f.p90) AS stuck,
        sum(p.amount) AS amount
    FROM place p
    LEFT JOIN finished f ON f.entity = p.entity AND f.stage = p.stage
    WHERE p.stage IS NOT NULL
    GROUP BY p.entity, p.stage
)
SELECT
    coalesce(f.entity, h.entity) AS entity,
    coalesce(f.stage, h.stage) AS stage,
    coalesce(f.step_no, s.step_no)::integer AS step_no,
    coalesce(i.items, 0) AS items,
    coalesce(f.visits, 0) AS visits,
    coalesce(items(f.stay), 0) AS finished,
    (extract(epoch FROM mean(f.stay)) / 3600)::numeric(12,2) AS stay_hours,
    (extract(epoch FROM median(f.stay)) / 3600)::numeric(12,2) AS stay_median_hours,
    (extract(epoch FROM f.p90) / 3600)::numeric(12,2) AS stay_p90_hours,
    (extract(epoch FROM median_survival(f.survival)) / 3600)::numeric(12,2) AS stay_km_hours,
    coalesce(h.items, 0) AS items_now,
    h.amount::numeric(19,4) AS now_amount,
    -- of too few nobody can tell
    CASE WHEN items(f.stay) >= 10 THEN coalesce(h.stuck, 0) END AS stuck,
    (i.moved_on::numeric / nullif(i.decided, 0))::numeric(9,6) AS moved_on_ratio,
    coalesce(i.moved_on, 0) AS moved_on,
    coalesce(i.decided, 0) AS decided,
    (i.won::numeric / nullif(i.closed, 0))::numeric(9,6) AS won_ratio,
    coalesce(i.won, 0) AS won,
    coalesce(i.closed, 0) AS closed
FROM finished f
LEFT JOIN item i ON i.entity = f.entity AND i.stage = f.stage
FULL JOIN here h ON h.entity = f.entity AND h.stage = f.stage
LEFT JOIN status s ON s.entity = h.entity AND s.status = h.stage;

COMMENT ON VIEW stage_duration
    IS 'How long opportunities and leads stay in each stage, how many are there now, and how many go on (key: entity, stage)';
COMMENT ON COLUMN stage_duration.entity IS 'opportunity or lead';
COMMENT ON COLUMN stage_duration.stage IS 'stage: a status that is not an end';
COMMENT ON COLUMN stage_duration.step_no IS 'place of the stage in the normal order, to sort by; NULL: outside the order';
COMMENT ON COLUMN stage_duration.items IS 'opportunities or leads that have been there; those without a history are not known';
COMMENT ON COLUMN stage_duration.visits IS 'their visits; an item that came back has several';
COMMENT ON COLUMN stage_duration.finished IS 'of these, visits that are over';
COMMENT ON COLUMN stage_duration.stay_hours IS 'mean hours of finished visits';
COMMENT ON COLUMN stage_duration.stay_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN stage_duration.stay_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN stage_duration.stay_km_hours IS 'Kaplan-Meier median of all visits, those that are not over included; NULL where half of them are not';
COMMENT ON COLUMN stage_duration.items_now IS 'opportunities or leads in the stage as of now, those without a history included';
COMMENT ON COLUMN stage_duration.now_amount IS 'amount of the opportunities that are there now, base currency; NULL: of none known';
COMMENT ON COLUMN stage_duration.stuck IS 'of those there now, with a history, those that have been there longer than stay_p90_hours; NULL with fewer than 10 finished visits';
COMMENT ON COLUMN stage_duration.moved_on_ratio IS 'stage conversion: moved_on / decided';
COMMENT ON COLUMN stage_duration.moved_on IS 'of items, those that came to a later step afterwards, or were won';
COMMENT ON COLUMN stage_duration.decided IS 'of items, those that moved on or are closed: those still waiting are not in it';
COMMENT ON COLUMN stage_duration.won_ratio IS 'won / closed';
COMMENT ON COLUMN stage_duration.won IS 'of items, those that were won in the end; leads: converted';
COMMENT ON COLUMN stage_duration.closed IS 'of items, those that are closed';
