-- customer_value: what each customer bought, and how customers compare.
--
-- RFM scores are quintiles that treat equal customers equally: a score goes by
-- the share of customers that are below, those at the same value counting
-- half.  So the score is 3 for all where all are equal, and no order of rows
-- decides between two of them, as it would with ntile().
CREATE VIEW customer_value WITH (security_invoker = true) AS
WITH bought AS (
    SELECT s.customer_id::text AS customer_id,
        count(*) FILTER (WHERE s.kind <> 'refund') AS purchases,
        count(*) FILTER (WHERE s.kind = 'refund') AS refunds,
        sum(s.amount) AS revenue,
        sum(s.margin) AS margin,
        sum(s.amount) FILTER (WHERE s.margin IS NOT NULL) AS margin_revenue,
        min(s.sold_at) FILTER (WHERE s.kind <> 'refund') AS first_purchase_at,
        max(s.sold_at) FILTER (WHERE s.kind <> 'refund') AS last_purchase_at
    FROM sale s
    WHERE (s.sold_at > '-infinity' AND s.sold_at <= (SELECT as_of FROM config)) IS TRUE
    GROUP BY s.customer_id::text
), dated AS (
    SELECT b.*, (c.as_of AT TIME ZONE c.zone)::date - (last_purchase_at AT TIME ZONE c.zone)::date AS recency_days
    FROM bought b
    CROSS JOIN config c
), scored AS (
    SELECT d.*,
        (5 * (rank() OVER recency - 1 + count(*) OVER recency) / (2 * count(*) OVER everybody) + 1)::integer
            AS recency_score,
        (5 * (rank() OVER frequency - 1 + count(*) OVER frequency) / (2 * count(*) OVER everybody) + 1)::integer
            AS frequency_score,
        (5 * (rank() OVER money - 1 + count(*) OVER money) / (2 * count(*) OVER everybody) + 1)::integer
            AS monetary_score
    FROM dated d
    WINDOW everybody AS (PARTITION BY purchases > 0),
        recency AS (PARTITION BY purchases > 0 ORDER BY recency_days DESC),
        frequency AS (PARTITION BY purchases > 0 ORDER BY purchases),
        money AS (PARTITION BY purchases > 0 ORDER BY revenue)
)
SELECT
    customer_id,
    purchases,
    refunds,
    coalesce(revenue, 0)::numeric(19,4) AS revenue_amount,
    margin::numeric(19,4) AS margin_amount,
    margin_revenue::numeric(19,4) AS margin_revenue_amount,
    (revenue / nullif(purchases, 0))::numeric(19,4) AS purchase_value,
    first_purchase_at,
    last_purchase_at,
    recency_days,
    CASE WHEN purchases > 0 THEN recency_score END AS recency_score,
    CASE WHEN purchases > 0 THEN frequency_score END AS frequency_score,
    CASE WHEN purchases > 0 THEN monetary_score END AS monetary_score,
    CASE WHEN purchases > 0 THEN 100 * recency_score + 10 * frequency_score + monetary_score END AS rfm,
    CASE
        WHEN purchases = 0 THEN 'no purchase'
        WHEN recency_score >= 4 THEN
            CASE WHEN frequency_score + monetary_score >= 7 THEN 'champions'
                 WHEN frequency_score + monetary_score >= 3 THEN 'potential loyalists'
                 WHEN recency_score = 5 THEN 'newcomers'
                 ELSE 'promising' END
        WHEN recency_score = 3 THEN
            CASE WHEN frequency_score + monetary_score >= 7 THEN 'loyal'
                 WHEN frequency_score + monetary_score >= 3 THEN 'need attention'
                 ELSE 'about to sleep' END
        ELSE
            CASE WHEN frequency_score + monetary_score >= 9 AND recency_score = 1 THEN 'cannot lose'
                 WHEN frequency_score + monetary_score >= 7 THEN 'at risk'
                 WHEN recency_score = 2 THEN 'hibernating'
                 ELSE 'gone' END
    END AS rfm_segment
FROM scored;

COMMENT ON VIEW customer_value IS 'What each customer bought, with RFM scores and segments (key: customer_id)';
COMMENT ON COLUMN customer_value.customer_id IS 'customer (customer.customer_id), as text';
COMMENT ON COLUMN customer_value.purchases IS 'purchases up to now; refunds are none';
COMMENT ON COLUMN customer_value.refunds IS 'refunds up to now';
COMMENT ON COLUMN customer_value.revenue_amount IS 'amount of the sales up to now, less refunds, base currency: the historic value of the customer';
COMMENT ON COLUMN customer_value.margin_amount IS 'gross margin of the sales whose margin is known, base currency; NULL: of none';
COMMENT ON COLUMN customer_value.margin_revenue_amount IS 'amount of the sales whose margin is known, base currency; NULL: of none';
COMMENT ON COLUMN customer_value.purchase_value IS 'revenue_amount / purchases';
COMMENT ON COLUMN customer_value.first_purchase_at IS 'first purchase';
COMMENT ON COLUMN customer_value.last_purchase_at IS 'last purchase';
COMMENT ON COLUMN customer_value.recency_days IS 'days since the last purchase, by the calendar of the zone of the mart';
COMMENT ON COLUMN customer_value.recency_score IS '5 for the fifth of the customers who bought most recently, to 1; equal customers get the same score; NULL: no purchase';
COMMENT ON COLUMN customer_value.frequency_score IS '5 for the fifth with the most purchases, to 1; NULL: no purchase';
COMMENT ON COLUMN customer_value.monetary_score IS '5 for the fifth with the most revenue, to 1; NULL: no purchase';
COMMENT ON COLUMN customer_value.rfm IS 'the three scores as one number, for example 543; NULL: no purchase';
COMMENT ON COLUMN customer_value.rfm_segment IS 'champions, loyal, potential loyalists, newcomers, promising, need attention, about to sleep, cannot lose, at risk, hibernating, gone, or no purchase';
