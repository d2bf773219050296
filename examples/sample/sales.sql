-- Opportunities, the customers they make, contracts and sales.

CREATE TEMP TABLE s_opp (
    o bigint, kind text, created_at timestamptz, closed_at timestamptz, outcome text, exit_stage integer,
    days double precision, stuck boolean, k bigint, agent_id text, customer_k bigint, lead_id text, campaign_id text,
    segment text, monthly numeric, months integer
) ON COMMIT DROP;

-- What outcomes.sql turns into opportunities. forced_outcome and forced_on are for renewals, whose end the contract
-- decides.
CREATE TEMP TABLE s_seed (
    o bigint, kind text, created_at timestamptz, k bigint, customer_k bigint, lead_id text, campaign_id text,
    segment text, monthly numeric, months integer, chance double precision, cycle double precision,
    longest double precision, forced_outcome text, forced_on date
) ON COMMIT DROP;

-- New business: from converted leads, and some that came without a lead.
INSERT INTO s_seed (o, kind, created_at, k, lead_id, campaign_id, segment, monthly, months, chance, cycle, longest)
SELECT o, 'new', created_at, k, lead_id, campaign_id, segment,
    round((CASE segment WHEN 'small' THEN 420 WHEN 'mid' THEN 1150 ELSE 3600 END
        * exp(0.45 * pg_temp.z('opp.value', o)
            + 0.10 * (created_at::date - date '2024-01-01') / 365.0))::numeric, 0),
    CASE WHEN pg_temp.u('opp.months', o) < 0.15 THEN 24 ELSE 12 END,
    0.25 + CASE WHEN channel IN ('referral', 'partner') THEN 0.08 ELSE 0 END
        - CASE segment WHEN 'enterprise' THEN 0.05 ELSE 0 END,
    CASE segment WHEN 'small' THEN 27 WHEN 'mid' THEN 38 ELSE 60 END, 400
FROM (
    SELECT o, created_at, k, lead_id, campaign_id, channel,
        CASE WHEN pg_temp.u('opp.segment', o) < 0.55 THEN 'small'
            WHEN pg_temp.u('opp.segment', o) < 0.88 THEN 'mid' ELSE 'enterprise' END AS segment
    FROM (
        SELECT n AS o, converted_at AS created_at, k, lead_id, campaign_id, channel
        FROM s_lead
        WHERE converted_at IS NOT NULL
        UNION ALL
        SELECT 10000000 + n, pg_temp.office(d.day::timestamptz + pg_temp.clock('opp', n), 18,
            pg_temp.u('opp.morning', n)),
            1 + floor(pg_temp.u('opp.owner', n) * (a.people - 1))::bigint, NULL, NULL, 'direct'
        FROM s_day AS d
        CROSS JOIN (SELECT max(people) AS people FROM s_agent WHERE role = 'sales') AS a
        CROSS JOIN LATERAL generate_series(
            d.from_weight * (150 * :factor)::bigint / d.total + 1,
            d.to_weight * (150 * :factor)::bigint / d.total) AS n
    ) AS sources
) AS news
WHERE created_at <= :'as_of'::timestamptz;
\ir outcomes.sql

-- Customers: those from before 2024, and those that new business won. c is the rank by age.
CREATE TEMP TABLE s_customer ON COMMIT DROP AS
WITH sources AS MATERIALIZED (
    SELECT NULL::bigint AS o, n, 1 + floor(pg_temp.u('cust.owner', n) * (a.people - 1))::bigint AS k,
        pg_temp.office(timestamptz '2019-01-01'
            + pg_temp.secs(86400.0 * 1826 * power(pg_temp.u('cust.since', n), 0.6)), 18, 0.5) AS created_at,
        CASE WHEN pg_temp.u('cust.segment', n) < 0.55 THEN 'small'
            WHEN pg_temp.u('cust.segment', n) < 0.88 THEN 'mid' ELSE 'enterprise' END AS segment,
        NULL AS campaign_id, NULL::numeric AS monthly, 12 AS months
    FROM generate_series(1, (230 * :factor)::bigint) AS n
    CROSS JOIN (SELECT max(people) AS people FROM s_agent WHERE role = 'sales') AS a
    UNION ALL
    SELECT o, 1000000 + o, k, closed_at, segment, campaign_id, monthly, months
    FROM s_opp
    WHERE outcome = 'won'
)
SELECT row_number() OVER (ORDER BY created_at, n) AS c, o, k, created_at, segment, campaign_id, months,
    coalesce(monthly, round((CASE segment WHEN 'small' THEN 400 WHEN 'mid' THEN 1100 ELSE 3500 END
        * exp(0.45 * pg_temp.z('cust.value', n)))::numeric, 0)) AS monthly
FROM sources;

-- Contracts run 12 months (the first sometimes 24) and are then renewed or not; the first refusal ends them.
CREATE TEMP TABLE s_term ON COMMIT DROP AS
WITH due AS (
    SELECT c.c, c.k, c.segment, c.monthly, c.c * 16 + i AS term,
        c.created_at + interval '1 month' * (c.months + 12 * i) AS due_at
    FROM s_customer AS c, generate_series(0, 6) AS i
    WHERE c.created_at + interval '1 month' * (c.months + 12 * i) >= '2024-01-01'
        AND c.created_at + interval '1 month' * (c.months + 12 * i) < :'as_of'::timestamptz + interval '70 days'
), decided AS MATERIALIZED (
    SELECT *, pg_temp.u('term.kept', term) < CASE segment WHEN 'small' THEN 0.86 WHEN 'mid' THEN 0.90 ELSE 0.94 END
        - CASE WHEN pg_temp.is_bad_quarter(due_at) THEN 0.17 ELSE 0 END AS kept
    FROM due
)
SELECT *
FROM (
    SELECT *, bool_and(kept) OVER (PARTITION BY c ORDER BY due_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        IS DISTINCT FROM false AS is_reached
    FROM decided
) AS terms
WHERE is_reached;

-- One in eight of those who left comes back some months later.
CREATE TEMP TABLE s_life ON COMMIT DROP AS
SELECT c.*, 'C' || lpad(c.c::text, 6, '0') AS customer_id, e.ended_at,
    CASE WHEN pg_temp.u('cust.back', c.c) < 0.13
        AND e.ended_at + interval '1 day' * (80 + floor(150 * pg_temp.u('cust.back.days', c.c)))
            < :'as_of'::timestamptz
        THEN e.ended_at + interval '1 day' * (80 + floor(150 * pg_temp.u('cust.back.days', c.c))) END AS back_at
FROM s_customer AS c
LEFT JOIN (
    SELECT c, min(due_at) AS ended_at
    FROM s_term
    WHERE NOT kept AND due_at <= :'as_of'::timestamptz
    GROUP BY c
) AS e USING (c);
ANALYZE s_life;

INSERT INTO customer (customer_id, name, segment, owner_id, campaign_id, created_at)
SELECT c.customer_id,
    (ARRAY['Alder', 'Amber', 'Aspen', 'Birch', 'Bright', 'Canyon', 'Cedar', 'Cobalt', 'Copper', 'Delta', 'Elm', 'Fern',
        'Garnet', 'Granite', 'Harbor', 'Hazel', 'Iron', 'Juniper', 'Lark', 'Linden', 'Maple', 'Meadow', 'North', 'Oak',
        'Onyx', 'Pine', 'Quarry', 'River', 'Rowan', 'Silver', 'Spruce', 'Stone', 'Summit', 'Valley', 'Willow', 'Wren'])
        [1 + floor(36 * pg_temp.u('cust.name1', c.c))::integer]
    || ' ' ||
    (ARRAY['Analytics', 'Bakery', 'Clinics', 'Components', 'Consulting', 'Dental', 'Energy', 'Foods', 'Freight',
        'Furniture', 'Hotels', 'Insurance', 'Labs', 'Logistics', 'Machinery', 'Media', 'Optics', 'Packaging',
        'Paper', 'Pharma',
        'Plastics', 'Printing', 'Realty', 'Schools', 'Security', 'Software', 'Steel', 'Textiles', 'Tools', 'Travel'])
        [1 + floor(30 * pg_temp.u('cust.name2', c.c))::integer],
    CASE WHEN pg_temp.u('cust.unsorted', c.c) > 0.02 THEN c.segment END,
    CASE WHEN pg_temp.u('cust.unowned', c.c) > 0.03 THEN a.agent_id END, c.campaign_id, c.created_at
FROM s_life AS c
JOIN s_agent AS a ON a.role = 'sales' AND a.k = c.k;

INSERT INTO customer_period (customer_id, started_at, ended_at, monthly_value)
SELECT customer_id, created_at, ended_at, monthly FROM s_life
UNION ALL
SELECT customer_id, back_at, NULL, monthly FROM s_life WHERE back_at IS NOT NULL;

-- How many customers there are at the start of each day: draws of a customer pick a rank up to this.
CREATE TEMP TABLE s_day_customers ON COMMIT DROP AS
SELECT day, from_weight, to_weight, total,
    (SELECT count(*) FROM s_life WHERE created_at < '2024-01-01') + coalesce(sum(born) OVER (ORDER BY day
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS customers
FROM s_day
LEFT JOIN (
    SELECT created_at::date AS day, count(*) AS born FROM s_life WHERE created_at >= '2024-01-01' GROUP BY 1
) AS births USING (day);
ANALYZE s_day_customers;

-- Renewals that were negotiated (most contracts renew without), and more business with present customers.
INSERT INTO s_seed (o, kind, created_at, k, customer_k, segment, monthly, months, forced_outcome, forced_on)
SELECT 20000000 + term, 'renewal', pg_temp.office(due_at - interval '75 days', 18, pg_temp.u('term.morning', term)),
    k, c, segment, round(monthly * 1.05, 0), 12, CASE WHEN kept THEN 'won' ELSE 'lost' END,
    (due_at - interval '1 day' * floor(20 * pg_temp.u('term.early', term)))::date
FROM s_term
WHERE pg_temp.u('term.negotiated', term) < CASE WHEN kept THEN 0.13 ELSE 0.6 END
    AND due_at - interval '75 days' >= '2024-01-01' AND due_at - interval '70 days' < :'as_of'::timestamptz;

INSERT INTO s_seed (o, kind, created_at, k, customer_k, segment, monthly, months, chance, cycle, longest)
SELECT 30000000 + n, CASE WHEN pg_temp.u('up.kind', n) < 0.65 THEN 'upsell' ELSE 'cross_sell' END, at, c.k, c.c,
    c.segment,
    greatest(20, round((c.monthly * (0.15 + 0.35 * pg_temp.u('up.value', n)))::numeric, 0)), 12, 0.30, 20, 100
FROM (
    SELECT n, pg_temp.office(d.day::timestamptz + pg_temp.clock('up', n), 18, pg_temp.u('up.morning', n)) AS at,
        1 + floor(pg_temp.u('up.customer', n) * d.customers)::bigint AS c
    FROM s_day_customers AS d
    CROSS JOIN LATERAL generate_series(
        d.from_weight * (420 * :factor)::bigint / d.total + 1,
        d.to_weight * (420 * :factor)::bigint / d.total) AS n
) AS draws
JOIN s_life AS c USING (c)
WHERE at <= :'as_of'::timestamptz AND (c.ended_at IS NULL OR at + interval '120 days' < c.ended_at OR at > c.back_at);
\ir outcomes.sql
ANALYZE s_opp;

-- Opportunities and their stages. Deals get stuck in the legal review: it takes nearly half of the time.
CREATE TEMP TABLE s_stage ON COMMIT DROP AS
SELECT o.o, j, CASE WHEN j = 1 THEN o.created_at ELSE pg_temp.stage_at(o.o, o.created_at, j, o.days
    * (ARRAY[0, 0.10, 0.25, 0.37, 0.85])[j] / (ARRAY[0.10, 0.25, 0.37, 0.85, 1])[o.exit_stage]) END AS changed_at
FROM s_opp AS o, generate_series(1, 5) AS j
WHERE j <= o.exit_stage;
DELETE FROM s_stage WHERE changed_at > :'as_of'::timestamptz;
ANALYZE s_stage;

INSERT INTO status_event (entity, entity_id, changed_at, seq, status, agent_id)
SELECT 'opportunity', 'O' || s.o, s.changed_at, s.j,
    (ARRAY['qualification', 'discovery', 'proposal', 'legal_review', 'negotiation'])[s.j], o.agent_id
FROM s_stage AS s
JOIN s_opp AS o USING (o)
UNION ALL
SELECT 'opportunity', 'O' || o, closed_at, 6, outcome, agent_id
FROM s_opp
WHERE outcome <> 'open';

INSERT INTO opportunity (opportunity_id, created_at, closed_at, outcome, kind, stage, owner_id, customer_id, lead_id,
    amount, contract_months, probability, expected_close_on)
SELECT 'O' || o.o, o.created_at, o.closed_at, o.outcome, o.kind,
    CASE o.outcome WHEN 'open'
        THEN (ARRAY['qualification', 'discovery', 'proposal', 'legal_review', 'negotiation'])[s.j] ELSE o.outcome END,
    o.agent_id, coalesce(c.customer_id, w.customer_id), o.lead_id,
    CASE WHEN o.outcome = 'won' OR pg_temp.u('opp.unpriced', o.o) > 0.05 THEN o.monthly * o.months END, o.months,
    CASE o.outcome WHEN 'won' THEN 1 WHEN 'lost' THEN 0
        ELSE CASE WHEN pg_temp.u('opp.unknown', o.o) > 0.04 THEN (ARRAY[0.10, 0.20, 0.35, 0.45, 0.60])[s.j] END END,
    CASE WHEN pg_temp.u('opp.unplanned', o.o) > 0.06
        THEN coalesce(o.closed_at, o.created_at + interval '45 days')::date
            + floor(40 * pg_temp.u('opp.planned', o.o) - 20)::integer END
FROM s_opp AS o
JOIN (SELECT o, max(j) AS j FROM s_stage GROUP BY o) AS s USING (o)
LEFT JOIN s_life AS c ON c.c = o.customer_k
LEFT JOIN s_life AS w ON w.o = o.o;

INSERT INTO lead (lead_id, created_at, channel, campaign_id, owner_id, mql_at, sql_at, converted_at, disqualified_at,
    customer_id, opportunity_id)
SELECT l.lead_id, l.created_at, CASE WHEN pg_temp.u('lead.unsorted', l.n) > 0.015 THEN l.channel END, l.campaign_id,
    CASE WHEN l.answered_at IS NOT NULL OR pg_temp.u('lead.unowned', l.n) > 0.3 THEN l.agent_id END,
    l.mql_at, l.sql_at, l.converted_at, l.disqualified_at, w.customer_id,
    CASE WHEN l.converted_at IS NOT NULL THEN 'O' || l.n END
FROM s_lead AS l
LEFT JOIN s_life AS w ON w.o = l.n;
\ir purchases.sql
DROP FUNCTION pg_temp.stage_at(bigint, timestamptz, integer, double precision);
