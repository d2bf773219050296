-- Statistics for the planner, and what was loaded.
ANALYZE activity, agent, baseline, calendar, campaign, customer, customer_period, email_event, fx_rate, lead,
    opportunity, process_check, sale, setting, sla_target, spend, status, status_event, survey, target, ticket,
    ticket_message, web_traffic;

\pset footer off
SELECT entity, rows
FROM (
    SELECT 1 AS ord, 'customer' AS entity, count(*) AS rows FROM customer
    UNION ALL SELECT 2, 'customer_period', count(*) FROM customer_period
    UNION ALL SELECT 3, 'agent', count(*) FROM agent
    UNION ALL SELECT 4, 'lead', count(*) FROM lead
    UNION ALL SELECT 5, 'opportunity', count(*) FROM opportunity
    UNION ALL SELECT 6, 'status_event', count(*) FROM status_event
    UNION ALL SELECT 7, 'status', count(*) FROM status
    UNION ALL SELECT 8, 'activity', count(*) FROM activity
    UNION ALL SELECT 9, 'sale', count(*) FROM sale
    UNION ALL SELECT 10, 'spend', count(*) FROM spend
    UNION ALL SELECT 11, 'campaign', count(*) FROM campaign
    UNION ALL SELECT 12, 'web_traffic', count(*) FROM web_traffic
    UNION ALL SELECT 13, 'email_event', count(*) FROM email_event
    UNION ALL SELECT 14, 'ticket', count(*) FROM ticket
    UNION ALL SELECT 15, 'ticket_message', count(*) FROM ticket_message
    UNION ALL SELECT 16, 'survey', count(*) FROM survey
    UNION ALL SELECT 17, 'process_check', count(*) FROM process_check
    UNION ALL SELECT 18, 'calendar', count(*) FROM calendar
    UNION ALL SELECT 19, 'sla_target', count(*) FROM sla_target
    UNION ALL SELECT 20, 'target', count(*) FROM target
    UNION ALL SELECT 21, 'baseline', count(*) FROM baseline
    UNION ALL SELECT 22, 'fx_rate', count(*) FROM fx_rate
    UNION ALL SELECT 23, 'setting', count(*) FROM setting
) AS counts
ORDER BY ord;
\pset footer on
