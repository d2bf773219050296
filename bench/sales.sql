-- Half of :rows purchases of a tenth as many customers in three years, in random order; two in a hundred are refunds.

CREATE UNLOGGED TABLE sale (
    customer_id bigint NOT NULL,
    sold_at timestamptz NOT NULL,
    amount numeric(19, 4) NOT NULL
) WITH (parallel_workers = 2, autovacuum_enabled = off);

INSERT INTO sale
SELECT random_1 % greatest(:rows / 20, 1),
    timestamptz '2022-01-01 00:00:00+00' + random_2 * (interval '1096 days' / 2147483648.0),
    round(5 * exp(random_3 / 100 % 100000 * 6e-5)::numeric, 2) * CASE WHEN random_3 % 100 < 2 THEN -1 ELSE 1 END
FROM (
    SELECT hashint8extended(i, 1) & 4611686018427387903 AS random_1, hashint8extended(i, 2) & 2147483647 AS random_2,
        hashint8extended(i, 3) & 2147483647 AS random_3
    FROM generate_series(1::bigint, :rows / 2) i
    OFFSET 0
) numbered;
VACUUM (FREEZE, ANALYZE) sale;
CHECKPOINT;
