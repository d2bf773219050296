-- Help-desk incidents with their status history, mapped to the mart "crm". Run it with psql before
-- crmkpi.create_mart('crm'); the environment variable DATA is the directory with the files.

-- 1. The tables as the source has them. In a real CRM they are there already.

CREATE SCHEMA IF NOT EXISTS raw;

CREATE TABLE raw.incident (
    number           text PRIMARY KEY,
    opened_at        timestamp NOT NULL,
    resolved_at      timestamp,
    closed_at        timestamp,
    incident_state   text,
    priority         text,
    contact_type     text,
    made_sla         boolean,
    max_reopen       integer,
    max_reassign     integer,
    assignment_group text,
    resolved_by      text,
    caller_id        text,
    category         text,
    first_non_new_at timestamp
);

CREATE TABLE raw.incident_status (
    number     text,
    changed_at timestamp NOT NULL,
    seq        integer,
    state      text NOT NULL,
    agent      text,
    "group"    text,
    PRIMARY KEY (number, seq)
);

\copy raw.incident FROM PROGRAM 'gzip -dc "$DATA/incidents/incidents.csv.gz"' (FORMAT csv, HEADER true)
\copy raw.incident_status FROM PROGRAM 'gzip -dc "$DATA/incidents/status_events.csv.gz"' (FORMAT csv, HEADER true)

-- 2. The mapping: one view per entity, with the entity's name and columns.

CREATE SCHEMA IF NOT EXISTS crm;

-- Times have no zone in the source; they are taken as UTC.
-- Some incidents were closed without a resolved_at: it stays NULL, their solve is found in the status events.
-- The source does not tell the first reply (first_non_new_at is a change of status, not a reply).
-- resolved_by is numbered differently from the agents of the history, so the agent is the last one assigned.
CREATE VIEW crm.ticket WITH (security_invoker = true) AS
SELECT
    i.number AS ticket_id,
    i.opened_at AT TIME ZONE 'UTC' AS opened_at,
    NULL::timestamptz AS first_response_at,
    i.resolved_at AT TIME ZONE 'UTC' AS resolved_at,
    i.caller_id AS customer_id,
    (SELECT s.agent
     FROM raw.incident_status AS s
     WHERE s.number = i.number AND s.agent IS NOT NULL
     ORDER BY s.seq DESC
     LIMIT 1) AS agent_id,
    i.assignment_group AS team,
    i.contact_type AS channel,
    i.priority,
    'incident'::text AS kind,
    NULL::integer AS contacts,
    i.max_reopen AS reopened,
    NULL::integer AS handling_seconds
FROM raw.incident AS i;

-- State -100 is an unknown state: left out. A few incidents were first saved before the time at which
-- they say they were opened: such an event is moved to the opening.
CREATE VIEW crm.status_event WITH (security_invoker = true) AS
SELECT
    'ticket'::text AS entity,
    s.number AS entity_id,
    greatest(s.changed_at, i.opened_at) AT TIME ZONE 'UTC' AS changed_at,
    s.seq,
    s.state AS status,
    s.agent AS agent_id
FROM raw.incident_status AS s
JOIN raw.incident AS i ON i.number = s.number
WHERE s.state <> '-100';

-- Customers, agents and statuses come from several sources: see shared.sql.
