-- customer_month: what became of each customer in each month.
--
-- A customer is active inside a contract (customer_period), where the customer
-- has any up to as_of, and else for the inactivity window after each purchase.
-- What happens in the very first instant of a month is of that month: who was
-- a customer up to that instant is active at its start.
--
-- So only months are compared: a contract from month a to month b, or a
-- purchase in month a whose window ends in month b, holds at the ends of the
-- months a to b - 1 and at the starts of the months a + 1 to b.  What goes on
-- beyond as_of ends in the month after this one.
--
-- A customer has a row for each month in which anything happened, and for each
-- month that began while the customer was active.  Months are counted in days:
-- 30.436875 is their mean length, and rounding takes care of the rest.
CREATE VIEW customer_month WITH (security_invoker = true) AS
WITH fact AS (
    SELECT
        -- sorting by bytes is several times faster than by a language
        s.customer_id::text COLLATE "C" AS customer_id,
        period_start((s.sold_at AT TIME ZONE (SELECT zone FROM config))::date, 'month') AS month,
        CASE WHEN s.kind <> 'refund' THEN s.sold_at END AS bought_at,
        CASE WHEN s.kind IN ('upsell', 'cross_sell') THEN 1 END AS upsell,
        s.amount,
        s.margin,
        NULL::boolean AS contract, NULL::boolean AS begun, NULL::boolean AS inside_start, NULL::boolean AS inside_end,
        NULL::numeric AS value
    FROM sale s
    -- IS TRUE keeps it from an index on sold_at, since nearly all sales are meant
    WHERE (s.sold_at > '-infinity' AND s.sold_at <= (SELECT as_of FROM config)) IS TRUE
    UNION ALL
    -- each month of a contract, from the one in which it began; before all months one that tells that there is any
    SELECT p.customer_id::text COLLATE "C",
        CASE WHEN n < 0 THEN date '4000-01-01 BC' ELSE period_add(p.first_month, 'month', n) END,
        NULL, NULL, NULL, NULL,
        n < 0, n = 0, n > 0, n >= 0 AND (n < p.months OR p.goes_on), p.monthly_value
    FROM (
        SELECT customer_id, monthly_value, first_month, ended_at IS NULL OR ended_at > as_of AS goes_on,
            round((period_start((least(ended_at, as_of) AT TIME ZONE zone)::date, 'month') - first_month)
                  / 30.436875::double precision)::integer AS months
        FROM (
            SELECT p.*, c.as_of, c.zone, period_start((p.started_at AT TIME ZONE c.zone)::date, 'month') AS first_month
            FROM customer_period p
            CROSS JOIN config c
            WHERE p.started_at > '-infinity' AND p.started_at <= c.as_of
                AND (p.ended_at IS NULL OR p.ended_at > p.started_at)
        ) p
    ) p
    CROSS JOIN LATERAL few_numbers(-1, p.months) n
    -- one order serves the groups and the windows below
    ORDER BY customer_id, month
), month AS (
    SELECT customer_id, month,
        count(bought_at) AS purchases,
        count(upsell) AS upsells,
        min(bought_at) AS first_purchase_at,
        max(bought_at) AS last_purchase_at,
        coalesce(sum(amount), 0)::numeric(19,4) AS revenue,
        sum(margin)::numeric(19,4) AS margin,
        (sum(amount) FILTER (WHERE margin IS NOT NULL))::numeric(19,4) AS margin_revenue,
        CASE WHEN max(bought_at) + (SELECT inactivity_window FROM config) <= (SELECT as_of FROM config)
            THEN period_start(((max(bought_at) + (SELECT inactivity_window FROM config))
                               AT TIME ZONE (SELECT zone FROM config))::date, 'month')
            WHEN max(bought_at) IS NOT NULL
            THEN period_add((SELECT period_start((as_of AT TIME ZONE zone)::date, 'month') FROM config), 'month', 1)
            END AS active_to,
        bool_or(contract) AS contract,
        bool_or(begun) AS begun,
        bool_or(inside_start) AS inside_start,
        bool_or(inside_end) AS inside_end,
        (sum(value) FILTER (WHERE inside_start))::numeric(19,4) AS recurring_start,
        (sum(value) FILTER (WHERE inside_end))::numeric(19,4) AS recurring_end
    FROM fact
    GROUP BY customer_id, month
), chain AS (
    SELECT customer_id, month, purchases, upsells, first_purchase_at, last_purchase_at, revenue, margin, margin_revenue,
        recurring_start, recurring_end,
        bool_or(contract) OVER earlier IS TRUE AS is_contractual,
        coalesce(CASE WHEN bool_or(contract) OVER earlier THEN inside_start
                      ELSE max(active_to) OVER earlier >= month END, false) AS active_start,
        -- at the ends of how many months, from this one on
        coalesce(CASE WHEN bool_or(contract) OVER earlier THEN inside_end::integer
                      ELSE round((greatest(max(active_to) OVER earlier, active_to) - month)
                                 / 30.436875::double precision)::integer END, 0) AS active_ends,
        CASE WHEN bool_or(contract) OVER earlier THEN begun IS TRUE ELSE purchases > 0 END AS begins,
        CASE WHEN bool_or(contract) OVER earlier THEN bool_or(begun) OVER earlier IS NOT TRUE
             ELSE max(active_to) OVER earlier IS NULL END AS is_first,
        (CASE WHEN month - lag(month) OVER earlier <= 31 THEN lag(revenue) OVER earlier ELSE 0 END)::numeric(19,4)
            AS revenue_before,
        -- months after this one in which nothing happened
        least(round((lead(month) OVER earlier - month) / 30.436875::double precision)::integer - 1,
              round(((SELECT period_start((as_of AT TIME ZONE zone)::date, 'month') FROM config) - month)
                    / 30.436875::double precision)::integer) AS quiet
    FROM month
    WINDOW earlier AS (PARTITION BY customer_id ORDER BY month
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), every_month AS (
    SELECT *, few_numbers(0, CASE WHEN is_contractual THEN 0 ELSE greatest(0, least(active_ends, quiet)) END) AS n
    FROM chain
    WHERE month > '4000-01-01 BC'
)
SELECT
    customer_id COLLATE "default" AS customer_id,
    CASE WHEN n = 0 THEN month ELSE period_add(month, 'month', n) END AS period_start,
    is_contractual,
    n > 0 OR active_start AS active_start,
    n < active_ends AS active_end,
    n = 0 AND begins AND is_first AND NOT active_start AS is_new,
    (n > 0 OR active_start) AND n >= active_ends AS is_lost,
    n = 0 AND begins AND NOT is_first AND NOT active_start AS is_returned,
    n = 0 AND active_start AND upsells > 0 AS is_upsold,
    CASE WHEN n = 0 THEN purchases ELSE 0 END AS purchases,
    CASE WHEN n = 0 THEN upsells ELSE 0 END AS upsells,
    CASE WHEN n = 0 THEN revenue ELSE 0::numeric(19,4) END AS revenue,
    CASE WHEN n = 0 THEN margin ELSE NULL::numeric(19,4) END AS margin,
    CASE WHEN n = 0 THEN margin_revenue ELSE NULL::numeric(19,4) END AS margin_revenue,
    CASE WHEN n = 0 THEN first_purchase_at END AS first_purchase_at,
    CASE WHEN n = 0 THEN last_purchase_at END AS last_purchase_at,
    recurring_start,
    recurring_end,
    CASE n WHEN 0 THEN revenue_before WHEN 1 THEN revenue ELSE 0::numeric(19,4) END AS revenue_before
FROM every_month;

COMMENT ON VIEW customer_month IS 'What became of each customer in each month (key: customer_id, period_start)';
COMMENT ON COLUMN customer_month.customer_id IS 'customer (customer.customer_id), as text';
COMMENT ON COLUMN customer_month.period_start IS 'first day of the month, in the zone of the mart';
COMMENT ON COLUMN customer_month.is_contractual IS 'whether contracts decide when the customer is active; else purchases within the inactivity window do';
COMMENT ON COLUMN customer_month.active_start IS 'whether the customer was active when the month began';
COMMENT ON COLUMN customer_month.active_end IS 'whether the customer was active when the month ended, or is as of now';
COMMENT ON COLUMN customer_month.is_new IS 'whether the customer became active for the first time in the month';
COMMENT ON COLUMN customer_month.is_lost IS 'whether the customer was active at the start of the month and not at its end';
COMMENT ON COLUMN customer_month.is_returned IS 'whether the customer became active again in the month, after having been inactive at its start';
COMMENT ON COLUMN customer_month.is_upsold IS 'whether the customer, active at the start of the month, bought an upsell or cross-sell in it';
COMMENT ON COLUMN customer_month.purchases IS 'purchases in the month; refunds are none';
COMMENT ON COLUMN customer_month.upsells IS 'of these, upsells and cross-sells';
COMMENT ON COLUMN customer_month.revenue IS 'amount of the sales of the month, less refunds, base currency';
COMMENT ON COLUMN customer_month.margin IS 'gross margin of the sales whose margin is known, base currency; NULL: of none';
COMMENT ON COLUMN customer_month.margin_revenue IS 'amount of the sales whose margin is known, base currency; NULL: of none';
COMMENT ON COLUMN customer_month.first_purchase_at IS 'first purchase in the month';
COMMENT ON COLUMN customer_month.last_purchase_at IS 'last purchase in the month';
COMMENT ON COLUMN customer_month.recurring_start IS 'monthly value of the contracts that ran when the month began; NULL: none, or unknown';
COMMENT ON COLUMN customer_month.recurring_end IS 'monthly value of the contracts that ran when the month ended, or run now; NULL: none, or unknown';
COMMENT ON COLUMN customer_month.revenue_before IS 'revenue of the month before';
