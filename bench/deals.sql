-- Closed opportunities with six features of 5 to 50 values, of which three tell something about whether it was won.

CREATE UNLOGGED TABLE deal (
    source text NOT NULL,
    owner text NOT NULL,
    region text NOT NULL,
    product text NOT NULL,
    industry text NOT NULL,
    size text,
    won boolean NOT NULL
) WITH (parallel_workers = 2, autovacuum_enabled = off);

-- The seed of the hash takes the part of a column's number.
INSERT INTO deal
SELECT
    'source ' || random_1 % 8,
    'owner ' || random_2 % 50,
    'region ' || random_2 % 5,
    'product ' || random_3 % 12,
    'industry ' || random_4 % 20,
    CASE WHEN random_5 % 5 > 0 THEN 'size ' || random_5 % 5 END,
    random_6 % 1000 / 1000.0
        < 1 / (1 + exp(1 - (random_1 % 8 - 4) * 0.2 - (random_2 % 50 - 25) * 0.03 - (random_3 % 12 - 6) * 0.1))
FROM (
    SELECT
        hashint8extended(i, 1) & 2147483647 AS random_1,
        hashint8extended(i, 2) & 2147483647 AS random_2,
        hashint8extended(i, 3) & 2147483647 AS random_3,
        hashint8extended(i, 4) & 2147483647 AS random_4,
        hashint8extended(i, 5) & 2147483647 AS random_5,
        hashint8extended(i, 6) & 2147483647 AS random_6
    FROM generate_series(1, :tickets) i
    OFFSET 0
) row_values;

-- What scoring starts from: a scorecard, and the same points as a table.
CREATE TABLE card AS
SELECT scorecard(ARRAY[source, owner, region, product, industry, size], won) AS s FROM deal;

CREATE TABLE point AS
SELECT feature_no, coalesce(value, 'none') AS value, points FROM card, score_points(s);

VACUUM (FREEZE, ANALYZE) deal, card, point;
CHECKPOINT;
