-- Sales: contracts won and renewed, purchases in between, refunds.

CREATE TEMP TABLE s_sale (
    sale_id text, c bigint, sold_at timestamptz, amount numeric, kind text, opportunity_id text, campaign_id text,
    n bigint
) ON COMMIT DROP;

-- Contracts that were negotiated, each on the day it was won.
INSERT INTO s_sale
SELECT 'SO' || o.o, coalesce(o.customer_k, w.c), o.closed_at, o.monthly * o.months,
    CASE o.kind WHEN 'renewal' THEN 'repeat' ELSE o.kind END, 'O' || o.o, o.campaign_id, o.o
FROM s_opp AS o
LEFT JOIN s_life AS w ON w.o = o.o
WHERE o.outcome = 'won';

-- Contracts that renewed without negotiation, and customers who came back.
INSERT INTO s_sale
SELECT 'SR' || t.term, t.c, t.due_at, round(t.monthly * 12 * 1.05, 2), 'repeat', NULL, NULL, 40000000 + t.term
FROM s_term AS t
LEFT JOIN s_opp AS o ON o.o = 20000000 + t.term
WHERE t.kept AND t.due_at <= :'as_of'::timestamptz AND o.o IS NULL
UNION ALL
SELECT 'SB' || c, c, back_at, monthly * 12, 'repeat', NULL, NULL, 50000000 + c
FROM s_life
WHERE back_at IS NOT NULL;

-- Purchases beside the contract: services, extra licences, training.
INSERT INTO s_sale
SELECT 'SP' || n, c, at,
    round((c.monthly * exp(ln(0.35) + 0.7 * pg_temp.z('buy.value', n)
        + 0.14 * (at::date - date '2024-01-01') / 365.0))::numeric, 2), 'repeat', NULL,
    CASE WHEN pg_temp.u('buy.mail', n) < 0.08
        THEN 'email-' || to_char(at, 'YYYY') || CASE WHEN extract(month FROM at) <= 6 THEN 'H1' ELSE 'H2' END END,
    60000000 + n
FROM (
    SELECT n, d.day::timestamptz + pg_temp.clock('buy', n) AS at,
        1 + floor(pg_temp.u('buy.customer', n) * d.customers)::bigint AS c
    FROM s_day_customers AS d
    CROSS JOIN LATERAL generate_series(
        d.from_weight * (5200 * :factor)::bigint / d.total + 1,
        d.to_weight * (5200 * :factor)::bigint / d.total) AS n
) AS draws
JOIN s_life AS c USING (c)
WHERE at <= :'as_of'::timestamptz AND (c.ended_at IS NULL OR at < c.ended_at OR at > c.back_at);

INSERT INTO sale (sale_id, customer_id, sold_at, amount, margin, kind, opportunity_id, campaign_id)
WITH refunds AS (
    SELECT 'RF-' || sale_id, c, sold_at + interval '1 day' * 3 + pg_temp.secs(1900000 * pg_temp.u('refund.days', n)),
        -CASE WHEN pg_temp.u('refund.part', n) < 0.6 THEN amount ELSE round(amount * 0.4, 2) END, 'refund',
            opportunity_id,
        NULL, n
    FROM s_sale
    WHERE pg_temp.u('refund', n) < 0.02 + CASE WHEN pg_temp.is_bad_quarter(sold_at) THEN 0.02 ELSE 0 END
        AND amount < 30000
)
SELECT s.sale_id, c.customer_id, s.sold_at, s.amount,
    CASE WHEN pg_temp.u('margin.unknown', s.n) > 0.05
        THEN round((s.amount * (0.55 + 0.20 * pg_temp.u('margin', s.n)))::numeric, 2) END,
    s.kind, s.opportunity_id, s.campaign_id
FROM (SELECT * FROM s_sale UNION ALL SELECT * FROM refunds) AS s (sale_id, c, sold_at, amount, kind, opportunity_id,
    campaign_id, n)
JOIN s_life AS c USING (c)
WHERE s.sold_at <= :'as_of'::timestamptz;
