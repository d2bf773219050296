-- opportunity_score: what to work on next?
--
-- The scorecard learns from all closed opportunities (opportunity_feature); its points are joined by value, so that
-- each score is the sum of what stands beside it.
CREATE VIEW opportunity_score WITH (security_invoker = true) AS
WITH feature AS MATERIALIZED (
    SELECT opportunity_id, won, features FROM opportunity_feature
), card AS MATERIALIZED (
    SELECT scorecard(features, won) AS card FROM feature WHERE won IS NOT NULL
), point AS MATERIALIZED (
    SELECT p.feature_no, p.value, p.points FROM card CROSS JOIN LATERAL score_points(card) p
), whole AS (
    SELECT o.*, coalesce(r.score, o.probability_ratio * 100) AS score,
        CASE WHEN r.score IS NOT NULL THEN 'learned' WHEN o.probability_ratio IS NOT NULL THEN 'stated' END AS score_source,
        r.learned_from, p.*
    FROM open_opportunity o
    LEFT JOIN feature f ON f.opportunity_id = o.opportunity_id::text
    CROSS JOIN card k
    CROSS JOIN LATERAL (SELECT score(k.card, f.features) AS score, items(k.card) AS learned_from) r
    CROSS JOIN LATERAL (
        SELECT (SELECT points FROM point WHERE feature_no = 0) AS base,
            coalesce(sum(t.points) FILTER (WHERE t.feature_no = 1), 0) AS kind_part,
            coalesce(sum(t.points) FILTER (WHERE t.feature_no = 2), 0) AS channel_part,
            coalesce(sum(t.points) FILTER (WHERE t.feature_no = 3), 0) AS owner_part,
            coalesce(sum(t.points) FILTER (WHERE t.feature_no = 4), 0) AS stage_part,
            coalesce(sum(t.points) FILTER (WHERE t.feature_no = 5), 0) AS age_part,
            coalesce(sum(t.points) FILTER (WHERE t.feature_no = 6), 0) AS freshness_part,
            coalesce(sum(t.points) FILTER (WHERE t.feature_no = 7), 0) AS touch_part
        FROM unnest(f.features) WITH ORDINALITY v(value, feature_no)
        JOIN point t ON t.feature_no = v.feature_no AND t.value IS NOT DISTINCT FROM v.value
        WHERE r.score IS NOT NULL
    ) p
)
SELECT
    opportunity_id, owner_id, customer_id, lead_id, kind, channel, stage, step_no, created_day, age_days,
    score::numeric(5,2) AS score, score_source, learned_from, amount, probability_ratio,
    (amount * score::numeric / 100)::numeric(19,4) AS priority_amount,
    CASE WHEN score_source = 'learned' THEN base END::numeric(9,4) AS base_points,
    CASE WHEN score_source = 'learned' THEN kind_part END::numeric(9,4) AS kind_points,
    CASE WHEN score_source = 'learned' THEN channel_part END::numeric(9,4) AS channel_points,
    CASE WHEN score_source = 'learned' THEN owner_part END::numeric(9,4) AS owner_points,
    CASE WHEN score_source = 'learned' THEN stage_part END::numeric(9,4) AS stage_points,
    CASE WHEN score_source = 'learned' THEN age_part END::numeric(9,4) AS age_points,
    CASE WHEN score_source = 'learned' THEN freshness_part END::numeric(9,4) AS freshness_points,
    CASE WHEN score_source = 'learned' THEN touch_part END::numeric(9,4) AS touch_points,
    last_touch_at, days_since_touch, is_quiet, stage_hours, is_stuck, expected_close_on, overdue_days,
    CASE WHEN is_quiet THEN 'get in touch'
         WHEN is_stuck THEN 'get it out of its stage'
         WHEN overdue_days > 0 THEN 'plan a new closing day'
         ELSE 'go on' END AS next_step
FROM whole;

COMMENT ON VIEW opportunity_score
    IS 'Every open opportunity with its chance of winning, what makes it, its priority and what to do next, as of now (key: opportunity_id)';
COMMENT ON COLUMN opportunity_score.opportunity_id IS 'key of the opportunity';
COMMENT ON COLUMN opportunity_score.owner_id IS 'agent who has it';
COMMENT ON COLUMN opportunity_score.customer_id IS 'customer it is with';
COMMENT ON COLUMN opportunity_score.lead_id IS 'lead it came from';
COMMENT ON COLUMN opportunity_score.kind IS 'new, renewal, upsell or cross_sell';
COMMENT ON COLUMN opportunity_score.channel IS 'channel of that lead';
COMMENT ON COLUMN opportunity_score.stage IS 'stage it is in; NULL: unknown';
COMMENT ON COLUMN opportunity_score.step_no IS 'place of the stage in the normal order, to sort by';
COMMENT ON COLUMN opportunity_score.created_day IS 'day of creation, in the zone of the mart';
COMMENT ON COLUMN opportunity_score.age_days IS 'full days of 24 hours since then';
COMMENT ON COLUMN opportunity_score.score IS 'chance of winning, 0 to 100; NULL: nothing was learned and nothing is stated';
COMMENT ON COLUMN opportunity_score.score_source IS 'learned (from closed opportunities) or stated (by the CRM for it or its stage, where there is none closed)';
COMMENT ON COLUMN opportunity_score.learned_from IS 'closed opportunities of which it was learned';
COMMENT ON COLUMN opportunity_score.amount IS 'amount, base currency';
COMMENT ON COLUMN opportunity_score.probability_ratio IS 'chance of winning that the CRM states for it, else for its stage';
COMMENT ON COLUMN opportunity_score.priority_amount IS 'priority: score / 100 x amount, base currency; sort by it';
COMMENT ON COLUMN opportunity_score.base_points IS 'log-odds of the average closed opportunity; with the other points it adds up to the log-odds of the score; NULL where nothing was learned';
COMMENT ON COLUMN opportunity_score.kind_points IS 'points for its kind';
COMMENT ON COLUMN opportunity_score.channel_points IS 'points for the channel of its lead';
COMMENT ON COLUMN opportunity_score.owner_points IS 'points for its owner';
COMMENT ON COLUMN opportunity_score.stage_points IS 'points for its stage';
COMMENT ON COLUMN opportunity_score.age_points IS 'points for the time since its creation';
COMMENT ON COLUMN opportunity_score.freshness_points IS 'points for the time since the last touch';
COMMENT ON COLUMN opportunity_score.touch_points IS 'points for the number of two-way touches';
COMMENT ON COLUMN opportunity_score.last_touch_at IS 'last call, e-mail, meeting or message about it by a person; NULL: never';
COMMENT ON COLUMN opportunity_score.days_since_touch IS 'full days of 24 hours since then; NULL: never';
COMMENT ON COLUMN opportunity_score.is_quiet IS 'whether freshness_half_life has passed since the last touch, or the creation, whichever is later';
COMMENT ON COLUMN opportunity_score.stage_hours IS 'hours in its stage; NULL without a history';
COMMENT ON COLUMN opportunity_score.is_stuck IS 'whether it has been in its stage longer than nine in ten finished visits; NULL: unknown';
COMMENT ON COLUMN opportunity_score.expected_close_on IS 'planned day of closing';
COMMENT ON COLUMN opportunity_score.overdue_days IS 'days since that day, 0 when it is not over; NULL without a planned day';
COMMENT ON COLUMN opportunity_score.next_step IS 'what to do next, the first that holds: get in touch (is_quiet), get it out of its stage (is_stuck), plan a new closing day (overdue_days), go on';
