-- Tickets as plain pairs of times, :tickets of them, and what one prepares to count business time without us.

-- Two years; durations of 1 minute to 30 days, log-uniform; one in a hundred is open. The seed of the hash takes the
-- part of a column's number.
CREATE UNLOGGED TABLE span (
    opened timestamptz NOT NULL,
    resolved timestamptz
) WITH (parallel_workers = 2, autovacuum_enabled = off);

INSERT INTO span
SELECT
    opened,
    CASE WHEN random_1 % 100 > 0
        THEN opened + interval '1 minute' * exp(random_1 / 100 % 100000 / 1e5 * ln(43200)) END
FROM (
    SELECT
        hashint8extended(i, 6) & 2147483647 AS random_1,
        timestamptz '2023-01-01 00:00:00-05' + interval '730 days' * (i / :tickets::double precision) AS opened
    FROM generate_series(0, :tickets - 1) i
    OFFSET 0
) row_values;

-- A fiftieth of them, for what takes minutes with all.
CREATE UNLOGGED TABLE span_small WITH (autovacuum_enabled = off) AS
SELECT opened, resolved
FROM (SELECT *, row_number() OVER (ORDER BY opened) AS i FROM span) numbered
WHERE i % 50 = 1;

-- The hours of `office` for each local day: its two windows (empty ones when it is closed), as seconds since 1970,
-- which are right on days of any length; and for how many seconds it was open on all days before.
CREATE UNLOGGED TABLE open_day (
    day date PRIMARY KEY,
    open_before double precision NOT NULL,
    open_1 double precision NOT NULL,
    close_1 double precision NOT NULL,
    open_2 double precision NOT NULL,
    close_2 double precision NOT NULL
);

INSERT INTO open_day
SELECT
    day,
    coalesce(sum(close_1 - open_1 + close_2 - open_2)
        OVER (ORDER BY day ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW), 0),
    open_1, close_1, open_2, close_2
FROM (
    SELECT
        day::date AS day,
        date_part('epoch', (day + coalesce(open_1, '0:00')) AT TIME ZONE 'America/New_York') AS open_1,
        date_part('epoch', (day + coalesce(close_1, '0:00')) AT TIME ZONE 'America/New_York') AS close_1,
        date_part('epoch', (day + coalesce(open_2, '0:00')) AT TIME ZONE 'America/New_York') AS open_2,
        date_part('epoch', (day + coalesce(close_2, '0:00')) AT TIME ZONE 'America/New_York') AS close_2
    FROM generate_series(timestamp '2022-12-31', '2025-02-28', '1 day') day
    LEFT JOIN (VALUES
        (1, 5, interval '9:00', interval '12:30', interval '13:30', interval '18:00'),
        (6, 6, '9:00', '12:00', NULL, NULL)
    ) week (first_day, last_day, open_1, close_1, open_2, close_2)
        ON extract(isodow FROM day) BETWEEN first_day AND last_day
        AND day::date NOT IN (SELECT holiday.day FROM holiday)
) windows;

VACUUM (FREEZE, ANALYZE) span, span_small, open_day;
CHECKPOINT;
