-- A KPI of five years by month, of a thousandth as many branches as rows: level, growth, a season of the year and noise
-- differ from branch to branch.
CREATE UNLOGGED TABLE kpi_series (
    branch integer NOT NULL,
    months double precision[] NOT NULL
) WITH (autovacuum_enabled = off);

INSERT INTO kpi_series
SELECT i, array_agg((100 + i % 900) * (1 + t * (i % 7 - 1) / 200.0) * (1 + i % 5 * 0.08 * sin(t * pi() / 6 + i))
    * (1 + 0.02 * (1 + i % 4) * noise) ORDER BY t)
FROM generate_series(1, :rows / 1000) i
CROSS JOIN generate_series(0, 59) t
CROSS JOIN LATERAL (
    SELECT sum(hashint8extended(i * 1000::bigint + t, seed) & 65535) / 32768.0 - 3 AS noise
    FROM generate_series(6, 8) seed
) n
GROUP BY i;

VACUUM (FREEZE, ANALYZE) kpi_series;
CHECKPOINT;
