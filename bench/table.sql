-- A table whose values follow from the row number, and what a mart stores of it by day.

-- One in a hundred scores, flags and ends is NULL.
CREATE UNLOGGED TABLE bench (
    score integer,
    flag boolean,
    opened timestamptz NOT NULL,
    resolved timestamptz,
    grp integer NOT NULL,
    day date NOT NULL
) WITH (parallel_workers = 2, autovacuum_enabled = off);

-- The seed of the hash takes the part of a column's number. Ten years; durations of 1 minute to 2 days, log-uniform.
INSERT INTO bench
SELECT
    CASE WHEN random_1 % 100 > 0 THEN random_1 / 100 % 11 END,
    CASE WHEN random_2 % 100 > 0 THEN random_2 / 100 % 10 < 3 END,
    opened,
    CASE WHEN random_3 % 100 > 0 THEN opened + interval '1 minute' * exp(random_3 / 100 % 100000 * 8e-5) END,
    random_4 % 100000,
    opened::date
FROM (
    SELECT
        hashint8extended(i, 1) & 2147483647 AS random_1,
        hashint8extended(i, 2) & 2147483647 AS random_2,
        hashint8extended(i, 3) & 2147483647 AS random_3,
        hashint8extended(i, 4) & 2147483647 AS random_4,
        timestamptz '2015-01-01 00:00:00+00' + interval '3650 days' * (i / :rows::double precision) AS opened
    FROM generate_series(0, :rows - 1) i
    OFFSET 0
) row_values;

-- A row per day: a summary, and the counts that one would store without it.
CREATE UNLOGGED TABLE daily AS
SELECT
    day,
    nps_summary(score) AS s,
    count(*) FILTER (WHERE score >= 9) AS promoters,
    count(*) FILTER (WHERE score <= 6) AS detractors,
    count(score) AS responses
FROM bench
GROUP BY day
ORDER BY day;

-- Frozen: nobody looks for hint bits or writes while we measure.
VACUUM (FREEZE, ANALYZE) bench, daily;
CHECKPOINT;
