-- customer_value: what each customer bought, and how customers compare.
--
-- RFM scores are quintiles that treat equal customers equally: a score goes by
-- the share of customers that are below, those at the same value counting
-- half.  So the score is 3 for all where all are equal, and no order of rows
-- decides between two of them, as it would with ntile().
--
-- Predictions are those of the models in the latest row of clv_model.  What
-- they go by is computed as customer_history() does, which knows no names: the
-- purchases of a day are one, and refunds after the first day are taken off.
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
), sale_day AS (
    SELECT s.customer_id::text AS customer_id, (s.sold_at AT TIME ZONE (SELECT zone FROM config))::date AS day,
        bool_or(s.kind <> 'refund') AS bought, sum(s.amount::numeric(19,4)) AS amount
    FROM sale s
    WHERE (s.sold_at > '-infinity' AND s.sold_at <= (SELECT as_of FROM config)
        AND (s.amount < 0) = (s.kind = 'refund') AND s.amount < 'NaN') IS TRUE
    GROUP BY 1, 2
), since_first AS (
    SELECT d.*, min(d.day) FILTER (WHERE d.bought) OVER (PARTITION BY d.customer_id) AS first_day, t.today
    FROM sale_day d
    CROSS JOIN (SELECT (as_of AT TIME ZONE zone)::date AS today FROM config) t
    -- where clocks are put back over midnight, a moment may be of the day after now
    WHERE d.day <= t.today
), rhythm AS (
    -- all NULL for customers with refunds only
    SELECT customer_id,
        nullif(count(*) FILTER (WHERE bought), 0) - 1 AS frequency,
        (max(day) FILTER (WHERE bought) - min(first_day)) / 7.0::double precision AS recency,
        (min(today) - min(first_day)) / 7.0::double precision AS age,
        sum(amount) FILTER (WHERE day > first_day) / nullif(count(*) FILTER (WHERE bought) - 1, 0) AS mean_value
    FROM since_first
    GROUP BY customer_id
), latest AS (
    SELECT m.purchases_model, m.value_model FROM clv_model m ORDER BY m.fitted_at DESC LIMIT 1
)
SELECT
    s.customer_id,
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
    END AS rfm_segment,
    p_alive(l.purchases_model, r.frequency, r.recency, r.age)::numeric(9,6) AS p_alive,
    -- a number too large for its column is none: the models of few customers may lead anywhere
    nullif(least(expected_purchases(l.purchases_model, r.frequency, r.recency, r.age, 365.25 / 7), 1e13), 1e13)
        ::numeric(20,6) AS expected_purchases,
    nullif(least(expected_value(l.value_model, r.frequency, v.mean_value), 1e14), 1e14)::numeric(19,4)
        AS expected_value,
    nullif(least(predicted_clv(l.purchases_model, l.value_model, r.frequency, r.recency, r.age, v.mean_value, 12,
        (SELECT discount_rate_monthly FROM config), 365.25 / 12 / 7), 1e14), 1e14)::numeric(19,4) AS predicted_clv
FROM scored s
LEFT JOIN rhythm r ON r.customer_id = s.customer_id
-- refunds may be more than all that was bought again
CROSS JOIN LATERAL (SELECT CASE WHEN r.mean_value >= 0 THEN r.mean_value END AS mean_value) v
LEFT JOIN latest l ON true;

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
COMMENT ON COLUMN customer_value.p_alive IS 'probability that the customer will buy again, 0 to 1, by the latest row of clv_model; NULL: no model, or no purchase';
COMMENT ON COLUMN customer_value.expected_purchases IS 'purchases to be expected in the next 12 months, those of a day being one; NULL: no model, or no purchase';
COMMENT ON COLUMN customer_value.expected_value IS 'mean value to be expected of each of them, base currency; NULL: no model, no purchase, or more refunded than bought again';
COMMENT ON COLUMN customer_value.predicted_clv IS 'predictive CLV: revenue to be expected in the next 12 months, discounted by discount_rate_monthly, base currency; NULL as expected_value';
