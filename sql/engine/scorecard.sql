-- ---------------------------------------------------------------------------
-- scorecard: how likely an opportunity is won, and why
-- (src/scorecard.c, src/scorecard_counts.c, src/scorecard_stored.c, src/scorecard_points.c, doc/scorecard.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/combined_type.sql.in type=scorecard c=scorecard
COMMENT ON TYPE crmkpi.scorecard IS 'number of items and of won ones per value of each feature';

CREATE FUNCTION crmkpi.scorecard_final(crmkpi.scorecard) RETURNS crmkpi.scorecard
    AS 'MODULE_PATHNAME', 'crmkpi_scorecard_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.scorecard_final(crmkpi.scorecard) IS 'aggregate final function';

-- Aggregates

CREATE FUNCTION crmkpi.scorecard_accum(crmkpi.scorecard, text[], boolean) RETURNS crmkpi.scorecard
    AS 'MODULE_PATHNAME', 'crmkpi_scorecard_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.scorecard_accum(crmkpi.scorecard, text[], boolean) IS 'aggregate transition function';

CREATE AGGREGATE crmkpi.scorecard(text[], boolean) (
    SFUNC = crmkpi.scorecard_accum,
    STYPE = crmkpi.scorecard,
    INITCOND = 'v1 features=0 values= samples=',
    FINALFUNC = crmkpi.scorecard_final,
    COMBINEFUNC = crmkpi.scorecard_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.scorecard(text[], boolean)
    IS 'learns from (features, won) of closed items; the elements of features are their values, in a fixed order';

CREATE AGGREGATE crmkpi.rollup(crmkpi.scorecard) (
    SFUNC = crmkpi.scorecard_combine,
    STYPE = crmkpi.scorecard,
    INITCOND = 'v1 features=0 values= samples=',
    FINALFUNC = crmkpi.scorecard_final,
    COMBINEFUNC = crmkpi.scorecard_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.scorecard) IS 'one scorecard of many, for example of all months';

-- Accessors

CREATE FUNCTION crmkpi.items(summary crmkpi.scorecard) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_scorecard_items' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.items(crmkpi.scorecard) IS 'number of items, won and lost';

CREATE FUNCTION crmkpi.won(summary crmkpi.scorecard) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_scorecard_won' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.won(crmkpi.scorecard) IS 'number of won items';

CREATE FUNCTION crmkpi.base_rate(summary crmkpi.scorecard) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_scorecard_base_rate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.base_rate(crmkpi.scorecard) IS 'share of items that were won, 0 to 1; NULL without items';

CREATE FUNCTION crmkpi.score(summary crmkpi.scorecard, features text[]) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_score' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.score(crmkpi.scorecard, text[])
    IS 'probability that an item with these features is won, 0 to 100; NULL where the scorecard is empty';

CREATE FUNCTION crmkpi.score_points(
    summary crmkpi.scorecard,
    OUT feature_no integer, OUT value text, OUT items bigint, OUT won bigint, OUT points double precision
) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'crmkpi_score_points' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION crmkpi.score_points(crmkpi.scorecard)
    IS 'points of each value of each feature, in log-odds; feature 0 is the base';

CREATE FUNCTION crmkpi.score_points(
    summary crmkpi.scorecard, features text[],
    OUT feature_no integer, OUT value text, OUT items bigint, OUT won bigint, OUT points double precision
) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'crmkpi_score_points_of' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 7;
COMMENT ON FUNCTION crmkpi.score_points(crmkpi.scorecard, text[])
    IS 'points that make the score of an item: the base, and a row for each feature; they add up to its log-odds';

CREATE FUNCTION crmkpi.score_features(
    summary crmkpi.scorecard,
    OUT feature_no integer, OUT value_count bigint, OUT prior_items double precision, OUT weight double precision,
    OUT spread double precision
) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'crmkpi_score_features' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 6;
COMMENT ON FUNCTION crmkpi.score_features(crmkpi.scorecard)
    IS 'how much each feature tells: weight of its points, and their standard deviation';
