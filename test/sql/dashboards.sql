-- A small company on one screen: five tickets, four leads, four opportunities.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS small CASCADE;
CREATE EXTENSION IF NOT EXISTS crmkpi;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
\pset null '-'
\o /dev/null
SELECT crmkpi.create_mart('small');
\o
SET search_path = small;

UPDATE setting SET value = 'Europe/Berlin' WHERE name = 'zone';
UPDATE setting SET value = '2025-03-20 12:00+01' WHERE name = 'as_of';
INSERT INTO agent (agent_id, name, team, human) VALUES
    ('a1', 'Ann', 'desk', true), ('a2', 'Bob', 'desk', true), ('a3', 'Eve', 'sales', true),
    ('b1', 'Help bot', NULL, false);
INSERT INTO status (entity, status, category, step_no) VALUES
    ('ticket', 'new', 'new', 1), ('ticket', 'open', 'open', 2), ('ticket', 'done', 'solved', 3),
    ('ticket', 'closed', 'closed', 4);
INSERT INTO calendar (calendar_id, hours) VALUES ('desk', 'Mon-Fri 09:00-17:00; tz Europe/Berlin');
UPDATE setting SET value = 'desk' WHERE name = 'default_calendar';
INSERT INTO sla_target (kind, measure, seconds) VALUES (NULL, 'first_response', 3600), (NULL, 'resolution', 8 * 3600),
    ('complaint', 'resolution', 16 * 3600);
INSERT INTO target (kpi, scope, starts_on, ends_on, target_value) VALUES
    ('avg_resolution_time', '', '2025-01-01', '2025-12-31', 24),
    ('csat', 'team=desk', '2025-01-01', '2025-12-31', 0.8), ('csat', 'agent=a2', '2025-01-01', '2025-12-31', 1);
INSERT INTO ticket (ticket_id, opened_at, customer_id, agent_id, kind, handling_seconds) VALUES
    ('T1', '2025-01-10 09:00+01', 'c1', 'a1', 'question', 600),     -- solved at the first contact
    ('T2', '2025-01-31 23:30+01', 'c2', 'a1', 'complaint', 1200),   -- solved, reopened, solved in February
    ('T3', '2025-02-03 09:00+01', 'c3', 'a2', 'incident', 900),     -- solved, but the customer comes back
    ('T4', '2025-02-07 09:00+01', 'c3', 'a2', 'complaint', NULL),   -- reopened and open
    ('T5', '2025-03-19 09:00+01', 'c4', NULL, 'question', NULL);    -- new
INSERT INTO ticket_message (message_id, ticket_id, occurred_at, author, agent_id) VALUES
    ('M1', 'T1', '2025-01-10 09:00:10+01', 'bot', 'b1'), ('M2', 'T1', '2025-01-10 10:00+01', 'agent', 'a1'),
    ('M3', 'T2', '2025-02-01 01:30+01', 'agent', 'a1'), ('M4', 'T2', '2025-02-03 10:00+01', 'agent', 'a1'),
    ('M5', 'T3', '2025-02-03 09:30+01', 'agent', 'a2'), ('M6', 'T4', '2025-02-07 12:00+01', 'agent', 'a2');
INSERT INTO status_event (entity, entity_id, changed_at, seq, status) VALUES
    ('ticket', 'T1', '2025-01-10 09:00+01', 1, 'new'), ('ticket', 'T1', '2025-01-10 11:00+01', 2, 'done'),
    ('ticket', 'T1', '2025-01-14 11:00+01', 3, 'closed'),
    ('ticket', 'T2', '2025-01-31 23:30+01', 1, 'new'), ('ticket', 'T2', '2025-02-01 01:30+01', 2, 'done'),
    ('ticket', 'T2', '2025-02-02 09:00+01', 3, 'open'), ('ticket', 'T2', '2025-02-03 11:30+01', 4, 'done'),
    ('ticket', 'T3', '2025-02-03 09:00+01', 1, 'new'), ('ticket', 'T3', '2025-02-03 13:00+01', 2, 'done'),
    ('ticket', 'T4', '2025-02-07 09:00+01', 1, 'new'), ('ticket', 'T4', '2025-02-08 09:00+01', 2, 'done'),
    ('ticket', 'T4', '2025-02-09 09:00+01', 3, 'open'),
    ('ticket', 'T5', '2025-03-19 09:00+01', 1, 'new');
INSERT INTO survey (survey_id, kind, sent_at, answered_at, score, scale_min, scale_max, customer_id, agent_id) VALUES
    ('S1', 'csat', '2025-01-10 12:00+01', '2025-01-11 12:00+01', 5, 1, 5, 'c1', 'a1'),
    ('S2', 'csat', '2025-02-03 12:00+01', '2025-02-04 12:00+01', 2, 1, 5, 'c2', 'a1'),
    ('S3', 'csat', '2025-02-03 14:00+01', '2025-02-04 12:00+01', 4, 1, 5, 'c3', 'a2'),
    ('S4', 'csat', '2025-02-08 10:00+01', NULL, NULL, 1, 5, 'c3', 'a2'),
    ('S5', 'nps', NULL, '2025-02-10 12:00+01', 3, 0, 10, 'c1', NULL),
    ('S6', 'nps', NULL, '2025-02-20 12:00+01', 9, 0, 10, 'c1', NULL),
    ('S7', 'nps', NULL, '2025-02-20 12:00+01', 10, 0, 10, 'c2', NULL),
    ('S8', 'nps', NULL, '2025-02-20 12:00+01', 6, 0, 10, 'c3', NULL);
INSERT INTO process_check (check_id, checked_at, agent_id, passed, weight) VALUES
    ('K1', '2025-02-05 12:00+01', 'a1', true, 1), ('K2', '2025-02-05 12:00+01', 'a1', false, 3);
INSERT INTO lead (lead_id, created_at, owner_id, converted_at) VALUES
    ('L1', '2024-11-04 09:00+01', 'a3', '2024-12-04 09:00+01'), ('L2', '2024-11-05 09:00+01', 'a3', NULL),
    ('L3', '2025-02-04 09:00+01', 'a3', '2025-03-01 09:00+01'), ('L4', '2025-02-05 09:00+01', 'a3', NULL);
INSERT INTO activity (activity_id, kind, direction, occurred_at, agent_id, lead_id, automated) VALUES
    ('A1', 'call', 'out', '2024-11-04 09:04+01', 'a3', 'L1', false),
    ('A2', 'email', 'out', '2024-11-05 11:00+01', 'a3', 'L1', false),
    ('A3', 'email', 'out', '2024-11-05 09:01+01', 'b1', 'L2', true),
    ('A4', 'call', 'out', '2025-02-04 15:00+01', 'a3', 'L3', false),
    ('A5', 'call', 'in', '2025-02-06 15:00+01', 'a3', 'L4', false);
INSERT INTO opportunity (opportunity_id, created_at, closed_at, outcome, kind, owner_id, amount,
    contract_months) VALUES
    ('O1', '2024-12-04 09:00+01', '2025-02-02 09:00+01', 'won', 'new', 'a3', 12000, 24),
    ('O2', '2025-01-05 09:00+01', '2025-02-14 09:00+01', 'won', 'upsell', 'a3', 3000, NULL),
    ('O3', '2025-01-07 09:00+01', '2025-02-20 09:00+01', 'lost', 'new', 'a3', 50000, 12),
    ('O4', '2025-03-01 09:00+01', NULL, 'open', 'new', 'a3', 9000, 12);

-- What the history says of each ticket
SELECT ticket_id, first_reply_at, first_solved_at, solved_at, reopened, contacts FROM ticket_facts
ORDER BY ticket_id;
-- Service
SELECT period_start, is_complete, opened, solved, art_hours, response_hours, aht_seconds, reopened, complaints,
    complaints_resolved
FROM service_dashboard ORDER BY period_start;
SELECT period_start, fcr_ratio, fcr_solved, fcr_total, csat_ratio, csat_answers, csat_response_ratio, nps,
    nps_margin, nps_answers,
    compliance_ratio
FROM service_dashboard ORDER BY period_start;
SELECT period_start, opened, opened_previous, solved, solved_previous, art_hours, art_hours_previous
FROM service_dashboard('quarter');
SELECT period_start, queue, opened, solved, reopens FROM service_dashboard('day', '2025-01-31', '2025-02-03');
SELECT period_start, queue, reopens, art_hours, art_business_hours, art_active_hours, first_solve_hours,
    response_business_hours
FROM service_dashboard ORDER BY period_start;
SELECT period_start, sla_ratio, sla_met, sla_total, sla_ratio_previous, response_sla_ratio, response_sla_met,
    response_sla_total
FROM service_dashboard ORDER BY period_start;
-- The queue
SELECT ticket_id, category, age_hours, age_band, business_age_hours, response_breached, due_at, breached, due_in_hours,
    reopened
FROM ticket_queue ORDER BY ticket_id;
SELECT day, entered, left_queue, open_items FROM backlog_history WHERE entered > 0 OR left_queue > 0 ORDER BY day;
-- Sales
SELECT period_start, leads, leads_answered, leads_unanswered, response_hours, golden_ratio, follow_up_ratio,
    conversion_ratio,
    conversion_is_mature AS mature
FROM crm_dashboard ORDER BY period_start;
SELECT period_start, activities, calls_out, calls_in, automated, won, closed, close_ratio, contract_value,
    annual_contract_value,
    cycle_hours
FROM crm_dashboard ORDER BY period_start;
SELECT period_start, won, close_ratio, won_amount, won_amount_previous FROM crm_dashboard('year', '2024-12-31');
-- Agents
SELECT period_start, agent_id, agent_name, solved, art_hours, fcr_ratio, csat_ratio, compliance_ratio,
    activities, won, close_ratio
FROM agent_performance ORDER BY period_start, agent_id COLLATE "C";
SELECT period_start, agent_id, sla_ratio, art_hours, art_hours_target, csat_ratio, csat_ratio_target, targets,
    targets_met
FROM agent_performance WHERE targets > 0 ORDER BY period_start, agent_id COLLATE "C";
-- The same from another zone
UPDATE setting SET value = 'Asia/Tokyo' WHERE name = 'zone';
SELECT period_start, queue, opened, solved, reopens, art_hours, sla_met, sla_total FROM service_dashboard
ORDER BY period_start;

\o /dev/null
SELECT crmkpi.drop_mart('small', true);
\o
