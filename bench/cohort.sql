-- Purchases of customers, in random order: half as many as :rows, ten for each customer on average, in two years.

CREATE UNLOGGED TABLE purchase (
    customer_id bigint NOT NULL,
    at timestamptz NOT NULL
) WITH (parallel_workers = 2, autovacuum_enabled = off);

INSERT INTO purchase
SELECT
    (hashint8extended(i, 8) & 2147483647) % greatest(:rows / 20, 1),
    timestamptz '2023-01-01' + (hashint8extended(i, 9) & 2147483647) / 2147483648.0 * interval '730 days'
FROM generate_series(1, :rows / 2) i;

VACUUM ANALYZE purchase;
