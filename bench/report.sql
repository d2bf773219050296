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
        first_value(memory_kb) OVER floors AS floor_kb
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
    CASE WHEN role = 'crmkpi' THEN speed_up >= 1.7 END AS speed_up_ok
FROM measured;

\pset footer off
\pset null ''
\echo
SELECT format('crmkpi %s, PostgreSQL %s, %s cores (load before: %s), %s rows (%s), median of %s', extversion,
    current_setting('server_version'), :'cores', :'load', (SELECT max(rows) FROM query),
    pg_size_pretty(pg_table_size('bench')), :runs) AS "Benchmark"
FROM pg_extension WHERE extname = 'crmkpi';

SELECT
    CASE WHEN id = min(id) OVER (PARTITION BY block) THEN block END AS "compared",
    role,
    what AS "measured",
    round((rows / ms / 1000)::numeric, 2) AS "M rows/s",
    round(ms::numeric, 1) AS "ms",
    round((ms / floor_ms)::numeric, 2) AS "/ floor",
    CASE WHEN role <> 'crmkpi' THEN round(ratio::numeric, 2) END AS "crmkpi / this",
    CASE WHEN at_most IS NOT NULL
        THEN format('<= %s %s', at_most, CASE WHEN ratio_ok THEN 'ok' ELSE 'MISSED' END) END AS "target",
    round(parallel_ms::numeric, 1) AS "ms parallel",
    launched AS "workers",
    round(speed_up::numeric, 2) AS "speed-up",
    CASE WHEN speed_up IS NOT NULL AND role = 'crmkpi'
        THEN format('>= 1.7 %s', CASE WHEN speed_up_ok THEN 'ok' ELSE 'MISSED' END) END AS "target ",
    round(memory_kb / 1024.0, 1) AS "peak MB",
    round((memory_kb - floor_kb) / 1024.0, 1) AS "- floor"
FROM result
ORDER BY id;

SELECT format('%s of %s targets met', count(*) FILTER (WHERE met), count(met)) AS "Targets"
FROM (SELECT ratio_ok AS met FROM result UNION ALL SELECT speed_up_ok FROM result) verdicts;
