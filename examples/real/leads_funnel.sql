-- Marketing qualified leads and the deals closed with them, mapped to the mart "crm". Run it with psql before
-- crmkpi.create_mart('crm'); the environment variable DATA is the directory with the files.

-- 1. The tables as the source has them. In a real CRM they are there already.

CREATE SCHEMA IF NOT EXISTS raw;

CREATE TABLE raw.mql (
    mql_id             text PRIMARY KEY,
    first_contact_date date NOT NULL,
    landing_page_id    text,
    origin             text
);

CREATE TABLE raw.closed_deal (
    mql_id                        text PRIMARY KEY,
    seller_id                     text NOT NULL,
    sdr_id                        text,
    sr_id                         text,
    won_date                      timestamp NOT NULL,
    business_segment              text,
    lead_type                     text,
    lead_behaviour_profile        text,
    has_company                   boolean,
    has_gtin                      boolean,
    average_stock                 text,
    business_type                 text,
    declared_product_catalog_size numeric,
    declared_monthly_revenue      numeric
);

\copy raw.mql FROM PROGRAM 'cat "$DATA/leads_funnel/mql.csv"' (FORMAT csv, HEADER true)
\copy raw.closed_deal FROM PROGRAM 'cat "$DATA/leads_funnel/closed_deals.csv"' (FORMAT csv, HEADER true)

-- 2. The mapping: one view per entity, with the entity's name and columns.

CREATE SCHEMA IF NOT EXISTS crm;

-- An origin of NULL (not recorded) and the origin "unknown" (asked, not known) stay two things.
-- Every lead in the file is a marketing qualified one from the start. When sales qualified it is not recorded.
-- One deal was won before the first contact. That cannot be, so nobody knows when that lead converted.
CREATE VIEW crm.lead WITH (security_invoker = true) AS
SELECT
    m.mql_id AS lead_id,
    m.first_contact_date::timestamp AT TIME ZONE 'UTC' AS created_at,
    m.origin AS channel,
    NULL::text AS campaign_id,
    d.sr_id AS owner_id,
    m.first_contact_date::timestamp AT TIME ZONE 'UTC' AS mql_at,
    NULL::timestamptz AS sql_at,
    CASE WHEN d.won_date >= m.first_contact_date THEN d.won_date END AT TIME ZONE 'UTC' AS converted_at,
    NULL::timestamptz AS disqualified_at,
    d.seller_id AS customer_id,
    NULL::text AS opportunity_id
FROM raw.mql AS m
LEFT JOIN raw.closed_deal AS d ON d.mql_id = m.mql_id;

-- Customers, agents and statuses come from several sources: see shared.sql.
