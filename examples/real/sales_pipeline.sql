-- A sales pipeline export, mapped to the mart "crm". Run it with psql before crmkpi.create_mart('crm');
-- the environment variable DATA is the directory with the files.

-- 1. The tables as the source has them. In a real CRM they are there already.

CREATE SCHEMA IF NOT EXISTS raw;

CREATE TABLE raw.account (
    account          text PRIMARY KEY,
    sector           text,
    year_established integer,
    revenue          numeric,
    employees        integer,
    office_location  text,
    subsidiary_of    text
);

CREATE TABLE raw.sales_team (
    sales_agent     text PRIMARY KEY,
    manager         text,
    regional_office text
);

CREATE TABLE raw.deal (
    opportunity_id text PRIMARY KEY,
    sales_agent    text NOT NULL,
    product        text,
    account        text,
    deal_stage     text NOT NULL,
    engage_date    date,
    close_date     date,
    close_value    numeric
);

\copy raw.account FROM PROGRAM 'cat "$DATA/sales_pipeline/accounts.csv"' (FORMAT csv, HEADER true)
\copy raw.sales_team FROM PROGRAM 'cat "$DATA/sales_pipeline/sales_teams.csv"' (FORMAT csv, HEADER true)
\copy raw.deal FROM PROGRAM 'cat "$DATA/sales_pipeline/sales_pipeline.csv"' (FORMAT csv, HEADER true)

-- 2. The mapping: one view per entity, with the entity's name and columns.

CREATE SCHEMA IF NOT EXISTS crm;

-- Deals in the stage Prospecting have no engage_date: they are open, but nobody knows since when.
-- A lost deal is recorded with the value 0, which means "no value", not "worth nothing".
CREATE VIEW crm.opportunity WITH (security_invoker = true) AS
SELECT
    opportunity_id,
    engage_date::timestamp AT TIME ZONE 'UTC' AS created_at,
    close_date::timestamp AT TIME ZONE 'UTC' AS closed_at,
    CASE deal_stage WHEN 'Won' THEN 'won' WHEN 'Lost' THEN 'lost' ELSE 'open' END AS outcome,
    'new'::text AS kind,
    deal_stage AS stage,
    sales_agent AS owner_id,
    account AS customer_id,
    NULL::text AS lead_id,
    CASE WHEN deal_stage <> 'Lost' THEN close_value END::numeric(19,4) AS amount,
    NULL::integer AS contract_months,
    NULL::numeric(9,6) AS probability,
    NULL::date AS expected_close_on
FROM raw.deal;

-- Every deal won is a purchase; the first one of an account is a new sale.
CREATE VIEW crm.sale WITH (security_invoker = true) AS
SELECT
    opportunity_id AS sale_id,
    account AS customer_id,
    close_date::timestamp AT TIME ZONE 'UTC' AS sold_at,
    close_value::numeric(19,4) AS amount,
    NULL::numeric(19,4) AS margin,
    CASE row_number() OVER (PARTITION BY account ORDER BY close_date, opportunity_id)
        WHEN 1 THEN 'new' ELSE 'repeat' END AS kind,
    opportunity_id,
    NULL::text AS campaign_id
FROM raw.deal
WHERE deal_stage = 'Won';

-- Customers, agents and statuses come from several sources: see shared.sql.
