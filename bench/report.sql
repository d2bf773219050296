-- The table of results.

CREATE VIEW result AS
WITH median AS (
    SELECT id, workers, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms FROM timing GROUP BY id, workers
), measured AS (
    SELECT
        query.*,
        serial.ms,
        parallel.ms AS parallel_ms,
        serial.ms / parallel.ms AS speed_up,
        first_value(serial.ms) OVER ours AS ours_ms,
        first_value(serial.ms) OVER floors AS floor_ms,
        first_value(memory_kb) OVER floors AS floor_kb,
        first_value(result) OVER ours AS ours_result
    FROM query
    JOIN median serial ON serial.id = query.id AND serial.workers = 0
    LEFT JOIN median parallel ON parallel.id = query.id AND parallel.workers = 2
    WINDOW
        ours AS (PARTITION BY block ORDER BY role <> 'crmkpi', query.id),
        floors AS (PARTITION BY block ORDER BY role <> 'floor', query.id)
)
SELECT
    *,
    ours_ms / ms AS ratio,
    ours_ms / ms <= at_most AS ratio_ok,
    ms <= at_most_seconds * 1000 AS seconds_ok,
    memory_kb <= at_most_mb * 1024 AS mb_ok,
    CASE WHEN role = 'crmkpi' THEN speed_up >= speed_up_at_least END AS speed_up_ok
FROM measured;

\pset footer off
\pset null ''
\echo
SELECT format('crmkpi %s, PostgreSQL %s, %s cores (load before: %s), %s rows (all data %s), median of %s', extversion,
    current_setting('server_version'), :'cores', :'load', (SELECT max(rows) FROM query),
    pg_size_pretty(pg_database_size(current_database())), :runs) AS "Benchmark"
FROM pg_extension WHERE extname = 'crmkpi';

SELECT
    CASE WHEN id = min(id) OVER (PARTITION BY block) THEN block END AS "compared",
    role,
    what AS "measured",
    round((rows / ms / 1000)::numeric, 2) AS "M rows/s",
    round(ms::numeric, 1) AS "ms",
    round((ms / floor_ms)::numeric, 2) AS "/ floor",
    CASE WHEN role <> 'crmkpi' THEN round(ratio::numeric, 2) END AS "crmkpi / this",
    nullif(concat_ws(', ',
        '<= ' || at_most || CASE WHEN ratio_ok THEN ' ok' ELSE ' MISSED' END,
        '<= ' || at_most_seconds || CASE WHEN seconds_ok THEN ' s ok' ELSE ' s MISSED' END,
        '<= ' || at_most_mb || CASE WHEN mb_ok THEN ' MB ok' ELSE ' MB MISSED' END), '') AS "target",
    round(parallel_ms::numeric, 1) AS "ms parallel",
    launched AS "workers",
    round(speed_up::numeric, 2) AS "speed-up",
    CASE WHEN speed_up IS NOT NULL AND role = 'crmkpi'
        THEN format('>= %s %s', speed_up_at_least, CASE WHEN speed_up_ok THEN 'ok' ELSE 'MISSED' END) END AS "target ",
    round(memory_kb / 1024.0, 1) AS "peak MB",
    round((memory_kb - floor_kb) / 1024.0, 1) AS "- floor"
FROM result
ORDER BY id;

SELECT format('%s of %s targets met', count(*) FILTER (WHERE met), count(met)) AS "Targets"
FROM result
CROSS JOIN LATERAL (VALUES (ratio_ok), (seconds_ok), (mb_ok), (speed_up_ok)) verdict (met);

-- To two microseconds, since floating point is rounded; a sum of no rows is 0.
CREATE VIEW mismatch AS
SELECT id, block, what, result, ours_result
FROM result
WHERE agrees AND NOT (
    SELECT bool_and(abs(coalesce(mine, 0) - coalesce(ours, 0)) <= 2e-6)
    FROM unnest(result, ours_result) value (mine, ours)
);

SELECT count(*) > 0 AS any_mismatch FROM mismatch \gset
\if :any_mismatch
SELECT block AS "results that differ", what, result, ours_result AS "of crmkpi" FROM mismatch ORDER BY id;
\endif
