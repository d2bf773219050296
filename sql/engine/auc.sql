-- ---------------------------------------------------------------------------
-- auc: how well scores put the won items before the lost ones
-- (src/auc.c, doc/auc.md)
-- ---------------------------------------------------------------------------

--@ include sql/engine/summary_type.sql.in family=auc
COMMENT ON TYPE crmkpi.auc_summary IS 'number of items and of won ones per score';

CREATE FUNCTION crmkpi.auc_summary_final(crmkpi.auc_summary) RETURNS crmkpi.auc_summary
    AS 'MODULE_PATHNAME', 'crmkpi_auc_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.auc_summary_final(crmkpi.auc_summary) IS 'aggregate final function';

-- Accessors

CREATE FUNCTION crmkpi.items(summary crmkpi.auc_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_auc_items' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.items(crmkpi.auc_summary) IS 'number of items, won and lost';

CREATE FUNCTION crmkpi.won(summary crmkpi.auc_summary) RETURNS bigint
    AS 'MODULE_PATHNAME', 'crmkpi_auc_won' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.won(crmkpi.auc_summary) IS 'number of won items';

CREATE FUNCTION crmkpi.auc(summary crmkpi.auc_summary) RETURNS double precision
    AS 'MODULE_PATHNAME', 'crmkpi_auc' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.auc(crmkpi.auc_summary)
    IS 'share of pairs of a won and a lost item with the higher score for the won one, 0 to 1; NULL without pairs';

-- Aggregates

CREATE FUNCTION crmkpi.auc_accum(crmkpi.auc_summary, double precision, boolean) RETURNS crmkpi.auc_summary
    AS 'MODULE_PATHNAME', 'crmkpi_auc_accum' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION crmkpi.auc_accum(crmkpi.auc_summary, double precision, boolean)
    IS 'aggregate transition function';

CREATE AGGREGATE crmkpi.auc_summary(double precision, boolean) (
    SFUNC = crmkpi.auc_accum,
    STYPE = crmkpi.auc_summary,
    INITCOND = 'v1 scores=',
    FINALFUNC = crmkpi.auc_summary_final,
    COMBINEFUNC = crmkpi.auc_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.auc_summary(double precision, boolean) IS 'counts (score, won) by score';

CREATE AGGREGATE crmkpi.auc(double precision, boolean) (
    SFUNC = crmkpi.auc_accum,
    STYPE = crmkpi.auc_summary,
    INITCOND = 'v1 scores=',
    FINALFUNC = crmkpi.auc,
    COMBINEFUNC = crmkpi.auc_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.auc(double precision, boolean)
    IS 'area under the ROC curve of (score, won): 1 is a perfect ranking, 0.5 is chance; NULL without pairs';

CREATE AGGREGATE crmkpi.rollup(crmkpi.auc_summary) (
    SFUNC = crmkpi.auc_summary_combine,
    STYPE = crmkpi.auc_summary,
    INITCOND = 'v1 scores=',
    FINALFUNC = crmkpi.auc_summary_final,
    COMBINEFUNC = crmkpi.auc_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE crmkpi.rollup(crmkpi.auc_summary) IS 'one summary of many, for example of all months';
