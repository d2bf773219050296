-- `touch`, half of :rows touches and responses of half of :tickets customers in random order; values follow from the
-- row number. Every number below is from 0 to 2^31 - 1.

CREATE UNLOGGED TABLE touch WITH (autovacuum_enabled = off) AS
SELECT random_1 % (:tickets / 2) AS customer_id,
    timestamptz '2024-01-01' + interval '3 days' * (i % 10) + interval '1 second' * (random_2 % 200000) AS at,
    CASE WHEN random_3 % 100 < 80 THEN 'out' WHEN random_3 % 100 < 92 THEN 'in'
        WHEN random_3 % 100 < 98 THEN 'unsubscribe' ELSE 'block' END AS direction
FROM (
    SELECT i, hashint8extended(i, 1) & 2147483647 AS random_1, hashint8extended(i, 2) & 2147483647 AS random_2,
        hashint8extended(i, 3) & 2147483647 AS random_3
    FROM generate_series(1, :rows / 2) i
    OFFSET 0
) numbered;
VACUUM (FREEZE, ANALYZE) touch;
CHECKPOINT;
