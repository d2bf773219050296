-- :rows touches of a tenth as many customers in 90 days, each by one of 12 channels, and a twentieth as many
-- conversions; in order of time, as a log has them.

CREATE UNLOGGED TABLE channel_event WITH (parallel_workers = 2, autovacuum_enabled = off) AS
SELECT random_1 % greatest(:rows / 10, 1) AS customer_id,
    timestamptz '2024-01-01 00:00:00+00' + random_2 * (interval '90 days' / 2147483648.0) AS at,
    CASE WHEN i <= :rows THEN (ARRAY['paid search', 'paid search', 'paid search', 'organic search', 'organic search',
        'organic search', 'email', 'email', 'email', 'social', 'social', 'paid social', 'display', 'referral',
        'affiliate', 'video', 'call', 'event', 'sms'])[1 + random_3 % 19] END AS channel,
    CASE WHEN i > :rows THEN round(10 + random_3 % 1000000 / 1000.0, 2) END AS value
FROM (
    SELECT i, hashint8extended(i, 7) & 4611686018427387903 AS random_1, hashint8extended(i, 8) & 2147483647 AS random_2,
        hashint8extended(i, 9) & 2147483647 AS random_3
    FROM generate_series(1::bigint, :rows + :rows / 20) i
    OFFSET 0
) numbered
ORDER BY random_2;
VACUUM (FREEZE, ANALYZE) channel_event;
