-- cost_per_stage: what leads, qualified leads, opportunities and customers cost.
--
-- Each stands in the month in which it entered its stage.  Costs and those who
-- entered are divided by channel and campaign as far as these are known: add
-- up numerators and denominators for the whole.
CREATE VIEW cost_per_stage WITH (security_invoker = true) AS
WITH now AS (
    SELECT *, (as_of AT TIME ZONE zone)::date AS today,
        string_to_array(replace(lead_cost_types, ' ', ''), ',') AS lead_types,
        string_to_array(replace(cac_cost_types, ' ', ''), ',') AS cac_types
    FROM config
), cost AS (
    SELECT period_start(s.day, 'month') AS period_start, coalesce(s.channel, g.channel) AS channel,
        nullif(s.campaign_id::text, '') AS campaign_id, s.cost_type, s.amount
    FROM spend s
    LEFT JOIN campaign g ON g.campaign_id::text = s.campaign_id::text
    CROSS JOIN now
    WHERE s.day > '-infinity' AND s.day <= now.today
), known_lead AS (
    SELECT l.lead_id::text AS lead_id, l.customer_id::text AS customer_id, l.created_at, l.mql_at, l.sql_at,
        coalesce(l.channel, g.channel) AS channel, l.campaign_id::text AS campaign_id
    FROM lead l
    LEFT JOIN campaign g ON g.campaign_id::text = l.campaign_id::text
    CROSS JOIN config c
    WHERE l.created_at > '-infinity' AND l.created_at <= c.as_of
), first_lead AS (
    SELECT DISTINCT ON (customer_id) customer_id, channel, campaign_id
    FROM known_lead
    WHERE customer_id IS NOT NULL
    ORDER BY customer_id, created_at, lead_id
), newcomer AS (
    -- new as in customer_month
    SELECT customer_id, coalesce(min(started_at), min(bought_at)) AS at
    FROM (
        SELECT p.customer_id::text AS customer_id, p.started_at, NULL::timestamptz AS bought_at
        FROM customer_period p
        WHERE p.started_at > '-infinity' AND p.started_at <= (SELECT as_of FROM config)
            AND (p.ended_at IS NULL OR p.ended_at > p.started_at)
        UNION ALL
        SELECT s.customer_id::text, NULL, s.sold_at
        FROM sale s
        WHERE (s.sold_at > '-infinity' AND s.sold_at <= (SELECT as_of FROM config)) IS TRUE AND s.kind <> 'refund'
    ) begin
    GROUP BY customer_id
), entry AS (
    SELECT stage, period_start((at AT TIME ZONE c.zone)::date, 'month') AS period_start, channel, campaign_id
    FROM (
        SELECT stage, at, channel, campaign_id
        FROM known_lead l
        CROSS JOIN LATERAL (VALUES ('lead', l.created_at), ('mql', l.mql_at), ('sql', l.sql_at)) e(stage, at)
        UNION ALL
        SELECT 'opportunity', o.created_at, l.channel, l.campaign_id
        FROM opportunity o
        LEFT JOIN known_lead l ON l.lead_id = o.lead_id::text
        WHERE o.kind = 'new'
        UNION ALL
        SELECT 'customer', n.at,
            CASE WHEN u.campaign_id IS NULL THEN l.channel ELSE coalesce(g.channel, l.channel) END,
            coalesce(u.campaign_id::text, l.campaign_id)
        FROM newcomer n
        LEFT JOIN customer u ON u.customer_id::text = n.customer_id
        LEFT JOIN campaign g ON g.campaign_id::text = u.campaign_id::text
        LEFT JOIN first_lead l ON l.customer_id = n.customer_id
    ) e
    CROSS JOIN config c
    WHERE at > '-infinity' AND at <= c.as_of
), part AS (
    SELECT period_start, channel, campaign_id, cost_type, amount,
        CASE WHEN cost_type = ANY (now.lead_types) THEN amount END AS lead_amount, NULL::numeric AS cac_amount,
        NULL::text AS stage
    FROM cost
    CROSS JOIN now
    UNION ALL
    -- what was spent some months ago wins the customers of this one
    SELECT period_add(period_start, 'month', now.cac_lag_months), channel, campaign_id, NULL, NULL, NULL, amount, NULL
    FROM cost
    CROSS JOIN now
    WHERE cost_type = ANY (now.cac_types) AND period_add(period_start, 'month', now.cac_lag_months) <= now.today
    UNION ALL
    SELECT period_start, channel, campaign_id, NULL, NULL, NULL, NULL, stage
    FROM entry
)
SELECT
    part.period_start,
    period_add(part.period_start, 'month', 1) <= (SELECT today FROM now) AS is_complete,
    part.channel,
    part.campaign_id,
    coalesce(sum(amount) FILTER (WHERE cost_type = 'media'), 0)::numeric(19,4) AS media_amount,
    coalesce(sum(amount) FILTER (WHERE cost_type = 'sales'), 0)::numeric(19,4) AS sales_amount,
    coalesce(sum(amount) FILTER (WHERE cost_type = 'tool'), 0)::numeric(19,4) AS tool_amount,
    coalesce(sum(amount) FILTER (WHERE cost_type = 'service'), 0)::numeric(19,4) AS service_amount,
    coalesce(sum(amount) FILTER (WHERE cost_type = 'crm'), 0)::numeric(19,4) AS crm_amount,
    coalesce(sum(lead_amount), 0)::numeric(19,4) AS lead_spend_amount,
    count(*) FILTER (WHERE stage = 'lead') AS leads,
    (coalesce(sum(lead_amount), 0) / nullif(count(*) FILTER (WHERE stage = 'lead'), 0))::numeric(19,4) AS cost_per_lead,
    count(*) FILTER (WHERE stage = 'mql') AS mqls,
    (coalesce(sum(lead_amount), 0) / nullif(count(*) FILTER (WHERE stage = 'mql'), 0))::numeric(19,4) AS cost_per_mql,
    count(*) FILTER (WHERE stage = 'sql') AS sqls,
    (coalesce(sum(lead_amount), 0) / nullif(count(*) FILTER (WHERE stage = 'sql'), 0))::numeric(19,4) AS cost_per_sql,
    count(*) FILTER (WHERE stage = 'opportunity') AS opportunities,
    (coalesce(sum(lead_amount), 0) / nullif(count(*) FILTER (WHERE stage = 'opportunity'), 0))::numeric(19,4)
        AS cost_per_opportunity,
    coalesce(sum(cac_amount), 0)::numeric(19,4) AS cac_spend_amount,
    count(*) FILTER (WHERE stage = 'customer') AS new_customers,
    (coalesce(sum(cac_amount), 0) / nullif(count(*) FILTER (WHERE stage = 'customer'), 0))::numeric(19,4)
        AS cost_per_customer
FROM part
GROUP BY part.period_start, part.channel, part.campaign_id;

COMMENT ON VIEW cost_per_stage IS 'What leads and customers cost, by month, channel and campaign (key: period_start, channel, campaign_id)';
COMMENT ON COLUMN cost_per_stage.period_start IS 'first day of the month';
COMMENT ON COLUMN cost_per_stage.is_complete IS 'whether the month is over';
COMMENT ON COLUMN cost_per_stage.channel IS 'channel of the spend, of the lead, or of the campaign or first lead of the customer; NULL: unknown or of none';
COMMENT ON COLUMN cost_per_stage.campaign_id IS 'campaign (campaign.campaign_id), as text; NULL: unknown or of none';
COMMENT ON COLUMN cost_per_stage.media_amount IS 'spend of cost type media, base currency';
COMMENT ON COLUMN cost_per_stage.sales_amount IS 'spend of cost type sales, base currency';
COMMENT ON COLUMN cost_per_stage.tool_amount IS 'spend of cost type tool, base currency';
COMMENT ON COLUMN cost_per_stage.service_amount IS 'spend of cost type service, base currency';
COMMENT ON COLUMN cost_per_stage.crm_amount IS 'spend of cost type crm, base currency';
COMMENT ON COLUMN cost_per_stage.lead_spend_amount IS 'spend of the cost types of the setting lead_cost_types, base currency';
COMMENT ON COLUMN cost_per_stage.leads IS 'leads created in the month';
COMMENT ON COLUMN cost_per_stage.cost_per_lead IS 'lead_spend_amount / leads';
COMMENT ON COLUMN cost_per_stage.mqls IS 'leads that marketing qualified in the month';
COMMENT ON COLUMN cost_per_stage.cost_per_mql IS 'lead_spend_amount / mqls';
COMMENT ON COLUMN cost_per_stage.sqls IS 'leads that sales qualified in the month';
COMMENT ON COLUMN cost_per_stage.cost_per_sql IS 'lead_spend_amount / sqls';
COMMENT ON COLUMN cost_per_stage.opportunities IS 'opportunities of kind new created in the month, by the lead they came from';
COMMENT ON COLUMN cost_per_stage.cost_per_opportunity IS 'lead_spend_amount / opportunities';
COMMENT ON COLUMN cost_per_stage.cac_spend_amount IS 'spend of the cost types of the setting cac_cost_types, cac_lag_months before the month, base currency';
COMMENT ON COLUMN cost_per_stage.new_customers IS 'customers who became active for the first time in the month';
COMMENT ON COLUMN cost_per_stage.cost_per_customer IS 'customer acquisition cost (CAC): cac_spend_amount / new_customers';
