-- score_calibration: does the opportunity score hold on opportunities it has not seen?
--
-- It learns from the older seven tenths of the closed opportunities, and is asked for the newer ones, as each was at
-- its moment while it was open.
CREATE VIEW score_calibration WITH (security_invoker = true) AS
WITH closed AS MATERIALIZED (
    SELECT f.opportunity_id, f.won, f.features,
        row_number() OVER (ORDER BY f.closed_at, f.opportunity_id) <= 0.7 * count(*) OVER () AS is_older
    FROM opportunity_feature f
    WHERE f.won IS NOT NULL
), card AS MATERIALIZED (
    SELECT scorecard(features, won) AS card FROM closed WHERE is_older
), scored AS (
    SELECT n.opportunity_id, n.won, score(k.card, n.features) AS score
    FROM closed n
    CROSS JOIN card k
    WHERE NOT n.is_older AND items(k.card) > 0
), ranked AS MATERIALIZED (
    SELECT won, score, ntile(10) OVER (ORDER BY score, opportunity_id) AS decile
    FROM scored
)
SELECT
    r.decile, r.items,
    r.predicted::numeric(9,6) AS predicted_ratio,
    rate(r.win)::numeric(9,6) AS won_ratio,
    rate_low(r.win)::numeric(9,6) AS won_low,
    rate_high(r.win)::numeric(9,6) AS won_high,
    hits(r.win) AS won,
    (SELECT auc(score, won) FROM ranked)::numeric(9,6) AS auc,
    items(k.card) AS learned_from
FROM (
    SELECT decile, count(*) AS items, avg(score::numeric) / 100 AS predicted, rate_summary(won) AS win
    FROM ranked
    GROUP BY decile
) r
CROSS JOIN card k;

COMMENT ON VIEW score_calibration
    IS 'Predicted and actual win rate of closed opportunities that the score has not seen, by decile of the score (key: decile)';
COMMENT ON COLUMN score_calibration.decile IS '1 the tenth with the lowest scores to 10 that with the highest';
COMMENT ON COLUMN score_calibration.items IS 'opportunities in it: of the newer three tenths of the closed ones';
COMMENT ON COLUMN score_calibration.predicted_ratio IS 'their mean score, as 0 to 1';
COMMENT ON COLUMN score_calibration.won_ratio IS 'won / items';
COMMENT ON COLUMN score_calibration.won_low IS 'lower bound of the same, 95 % (Wilson)';
COMMENT ON COLUMN score_calibration.won_high IS 'upper bound of the same, 95 % (Wilson)';
COMMENT ON COLUMN score_calibration.won IS 'of items, those that were won';
COMMENT ON COLUMN score_calibration.auc IS 'of all deciles together: chance that a won one has a higher score than a lost one (0.5 is no better than a coin); NULL where all were won or lost';
COMMENT ON COLUMN score_calibration.learned_from IS 'older closed opportunities of which the score was learned';
