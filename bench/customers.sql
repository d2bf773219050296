-- `customer`: :tickets customers of a shop, by the BG/NBD model with r 1, alpha 4, a 1, b 3, in weeks, seen for 20 to 39,
-- and the Gamma-Gamma model with p 1, q 3, v 60; and `customer_small`, the first 2,357 of them. The random numbers are
-- the same everywhere.

CREATE FUNCTION simulate(customers integer)
RETURNS TABLE (frequency bigint, recency float8, age float8, mean_value float8) LANGUAGE plpgsql AS $$
DECLARE
    rate float8;
    dropout float8;
    at float8;
    price float8;
    total float8;
BEGIN
    FOR i IN 1 .. customers LOOP
        -- gamma with shape 1, beta with 1 and 3
        rate := -ln(1 - random()) / 4;
        dropout := 1 - (1 - random()) ^ (1 / 3.0);
        age := 20 + 19 * random();
        -- values: exponential, of a rate that is gamma with shape 3
        price := -ln((1 - random()) * (1 - random()) * (1 - random())) / 60;
        mean_value := NULL;
        total := 0;
        frequency := 0;
        recency := 0;
        at := 0;
        LOOP
            at := at - ln(1 - random()) / rate;
            EXIT WHEN at > age;
            frequency := frequency + 1;
            recency := at;
            total := total - ln(1 - random()) / price;
            mean_value := total / frequency;
            EXIT WHEN random() < dropout;
        END LOOP;
        RETURN NEXT;
    END LOOP;
END
$$;

SELECT setseed(0.5);
CREATE UNLOGGED TABLE customer WITH (autovacuum_enabled = off) AS SELECT * FROM simulate(:tickets);
CREATE UNLOGGED TABLE customer_small WITH (autovacuum_enabled = off) AS SELECT * FROM customer LIMIT 2357;
CREATE UNLOGGED TABLE customer_model AS
SELECT bgnbd_fit(frequency, recency, age) AS purchases, gamma_gamma_fit(frequency, mean_value) AS value FROM customer;

VACUUM (FREEZE, ANALYZE) customer, customer_small, customer_model;
CHECKPOINT;
