-- :rows events of a tenth as many customers in 90 days, each of one of five steps, in random order; and the same with
-- an index for those who look up the next event of a customer, and in four partitions by customer.

CREATE UNLOGGED TABLE event WITH (parallel_workers = 2, autovacuum_enabled = off) AS
SELECT random_1 % greatest(:rows / 10, 1) AS customer_id,
    timestamptz '2024-01-01 00:00:00+00' + random_2 * (interval '90 days' / 2147483648.0) AS at,
    (ARRAY['visit', 'visit', 'visit', 'visit', 'view', 'view', 'view', 'cart', 'checkout', 'pay'])[1 + random_3 % 10] AS step
FROM (
    SELECT hashint8extended(i, 1) & 4611686018427387903 AS random_1, hashint8extended(i, 2) & 2147483647 AS random_2,
        hashint8extended(i, 3) & 2147483647 AS random_3
    FROM generate_series(1::bigint, :rows) i
    OFFSET 0
) numbered;
CREATE UNLOGGED TABLE event_indexed WITH (autovacuum_enabled = off) AS TABLE event;
CREATE INDEX ON event_indexed (customer_id, step, at);
CREATE TABLE event_parted (LIKE event) PARTITION BY HASH (customer_id);
SELECT format('CREATE UNLOGGED TABLE event_parted_%s PARTITION OF event_parted FOR VALUES WITH (MODULUS 4, REMAINDER %s)
    WITH (autovacuum_enabled = off)', i, i)
FROM generate_series(0, 3) i \gexec
INSERT INTO event_parted TABLE event;
VACUUM (FREEZE, ANALYZE) event, event_indexed, event_parted;

-- for the connections to come: each partition has groups of its own
ALTER DATABASE postgres SET enable_partitionwise_aggregate = on;
