-- What several sources have in common: statuses, agents and customers are tables that create_mart made, filled here
-- from the sources that were loaded. Run it with psql after crmkpi.create_mart('crm').

-- What the statuses of the sources mean.
INSERT INTO crm.status (entity, status, category, step_no) VALUES
    ('opportunity', 'Prospecting', 'new', 1),
    ('opportunity', 'Engaging', 'open', 2),
    ('opportunity', 'Won', 'won', 3),
    ('opportunity', 'Lost', 'lost', 3),
    ('ticket', 'New', 'new', 1),
    ('ticket', 'Active', 'open', 2),
    ('ticket', 'Awaiting User Info', 'pending', 3),
    ('ticket', 'Awaiting Evidence', 'pending', 3),
    ('ticket', 'Awaiting Vendor', 'hold', 3),
    ('ticket', 'Awaiting Problem', 'hold', 3),
    ('ticket', 'Resolved', 'solved', 4),
    ('ticket', 'Closed', 'closed', 5);

SELECT
    to_regclass('raw.deal') IS NOT NULL AS have_deals,
    to_regclass('raw.incident') IS NOT NULL AS have_incidents,
    to_regclass('raw.mql') IS NOT NULL AS have_leads
\gset

\if :have_deals
    INSERT INTO crm.agent (agent_id, name, team)
    SELECT sales_agent, sales_agent, regional_office
    FROM raw.sales_team;

    -- An account is a customer since its first deal won, or else since the first deal that was begun.
    INSERT INTO crm.customer (customer_id, name, segment, created_at)
    SELECT
        a.account, a.account, a.sector,
        coalesce(min(d.close_date) FILTER (WHERE d.deal_stage = 'Won'), min(d.engage_date))::timestamp
            AT TIME ZONE 'UTC'
    FROM raw.account AS a
    JOIN raw.deal AS d ON d.account = a.account
    GROUP BY a.account, a.sector
    HAVING count(d.engage_date) > 0;
\endif

\if :have_incidents
    INSERT INTO crm.agent (agent_id, name)
    SELECT DISTINCT agent, agent
    FROM raw.incident_status
    WHERE agent IS NOT NULL;

    INSERT INTO crm.customer (customer_id, segment, created_at)
    SELECT caller_id, 'caller', min(opened_at) AT TIME ZONE 'UTC'
    FROM raw.incident
    WHERE caller_id IS NOT NULL
    GROUP BY caller_id;
\endif

\if :have_incidents
    -- Nine in ten incidents were opened on a working day from 8 to 18 o'clock. Targets are examples: the source tells
    -- whether its own were met (made_sla), not what they were. A target by the priority holds before the general one.
    INSERT INTO crm.calendar (calendar_id, hours) VALUES ('office', 'Mon-Fri 08:00-18:00; tz UTC');
    UPDATE crm.setting SET value = 'office' WHERE name = 'default_calendar';
    INSERT INTO crm.sla_target (priority, measure, seconds) VALUES
        ('1 - Critical', 'resolution', 4 * 3600),
        ('2 - High', 'resolution', 8 * 3600),
        (NULL, 'resolution', 40 * 3600);
\endif

\if :have_leads
    INSERT INTO crm.agent (agent_id)
    SELECT DISTINCT sr_id
    FROM raw.closed_deal
    WHERE sr_id IS NOT NULL;

    INSERT INTO crm.customer (customer_id, segment, owner_id, created_at)
    SELECT seller_id, business_segment, sr_id, won_date AT TIME ZONE 'UTC'
    FROM raw.closed_deal;
\endif

-- These data are history: "now" is the midnight after the last thing that happened. The sources end at different
-- times, and the latest decides; so windows that look back from "now" find nothing of a source that ended long before.
UPDATE crm.setting
SET value = (
    SELECT (date_trunc('day', max(at)) + interval '1 day')::text
    FROM (
        SELECT max(greatest(created_at, closed_at)) FROM crm.opportunity
        UNION ALL
        SELECT max(changed_at) FROM crm.status_event
        UNION ALL
        SELECT max(greatest(created_at, converted_at)) FROM crm.lead
    ) AS ends (at))
WHERE name = 'as_of';
