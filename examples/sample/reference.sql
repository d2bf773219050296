-- What changes slowly: settings, calendars, statuses, agents, campaigns, money spent, traffic, promises and targets.

UPDATE setting SET value = 'America/New_York' WHERE name = 'zone';
UPDATE setting SET value = :'as_of' WHERE name = 'as_of';
UPDATE setting SET value = 'office' WHERE name = 'default_calendar';

INSERT INTO calendar (calendar_id, hours) VALUES
    ('office', 'Mon-Fri 09:00-17:30; tz America/New_York; '
        'holiday 2024-01-01, 2024-05-27, 2024-07-04, 2024-09-02, 2024-11-28, 2024-12-25, '
        '2025-01-01, 2025-05-26, 2025-07-04, 2025-09-01, 2025-11-27, 2025-12-25');
INSERT INTO calendar (calendar_id, hours) VALUES
    ('support', 'Mon-Fri 08:00-20:00; tz America/New_York; '
        'holiday 2024-01-01, 2024-11-28, 2024-12-25, 2025-01-01, 2025-11-27, 2025-12-25; '
        'day 2024-12-24 08:00-12:00; day 2025-12-24 08:00-12:00');

INSERT INTO status (entity, status, category, step_no) VALUES
    ('lead', 'new', 'new', 1), ('lead', 'working', 'open', 2), ('lead', 'mql', 'open', 3), ('lead', 'sql', 'open', 4),
    ('lead', 'converted', 'won', 5), ('lead', 'disqualified', 'lost', NULL),
    ('opportunity', 'qualification', 'new', 1), ('opportunity', 'discovery', 'open', 2),
    ('opportunity', 'proposal', 'open', 3), ('opportunity', 'legal_review', 'open', 4),
    ('opportunity', 'negotiation', 'open', 5), ('opportunity', 'won', 'won', 6), ('opportunity', 'lost', 'lost', NULL),
    ('ticket', 'new', 'new', 1), ('ticket', 'open', 'open', 2), ('ticket', 'pending', 'pending', 3),
    ('ticket', 'on_hold', 'hold', NULL), ('ticket', 'solved', 'solved', 4), ('ticket', 'closed', 'closed', 5);

INSERT INTO agent (agent_id, name, team, calendar_id, active, human)
SELECT agent_id, name, team, CASE role WHEN 'sales' THEN 'office' ELSE 'support' END,
    leaves_at > :'as_of'::timestamptz, true
FROM s_agent
UNION ALL
SELECT 'BOT1', 'Help bot', NULL, NULL, true, false
UNION ALL
SELECT 'BOT2', 'Mail sequences', NULL, NULL, true, false;

-- One campaign per paid channel and half-year. The social one of 2025-H1 costs a lot and brings hardly a customer.
CREATE TEMP TABLE s_campaign ON COMMIT DROP AS
SELECT channel || '-' || half AS campaign_id, initcap(replace(channel, '_', ' ')) || ' ' || half
    || CASE WHEN channel || half = 'social2025H1' THEN ' influencer videos' ELSE '' END AS name,
    channel, starts_on, ends_on,
    daily * CASE WHEN channel || half = 'social2025H1' THEN 4 ELSE 1 END AS daily
FROM (VALUES ('paid_search', 260), ('social', 110), ('email', 25), ('event', 700)) AS channels (channel, daily),
    (VALUES ('2024H1', date '2024-01-01', date '2024-06-30'), ('2024H2', '2024-07-01', '2024-12-31'),
        ('2025H1', '2025-01-01', '2025-06-30'), ('2025H2', '2025-07-01', '2025-12-31')) AS halves (half, starts_on,
            ends_on)
UNION ALL
SELECT 'partner', 'Partner programme', 'partner', '2024-01-01', NULL, 40;

INSERT INTO campaign (campaign_id, name, channel, starts_on, ends_on)
SELECT campaign_id, name, channel, starts_on, ends_on FROM s_campaign;

-- Media is paid by the day; people, tools, services and the CRM programme by the month.
INSERT INTO spend (day, campaign_id, cost_type, channel, amount)
SELECT d.day, c.campaign_id, 'media', c.channel,
    round((c.daily * :factor * d.busy
        * (0.8 + 0.4 * pg_temp.u('spend.' || c.campaign_id, d.day - date '2024-01-01')))::numeric, 2)
FROM s_campaign AS c
JOIN s_day AS d ON d.day >= c.starts_on AND d.day <= coalesce(c.ends_on, 'infinity')
WHERE c.channel <> 'event' OR extract(isodow FROM d.day) = 3
UNION ALL
SELECT m::date, '', t.cost_type, NULL,
    round((t.monthly * :factor * exp(0.18 * (m::date - date '2024-01-01') / 365.0))::numeric, 2)
FROM generate_series(timestamp '2024-01-01', timestamp '2025-12-01', interval '1 month') AS m,
    (VALUES ('sales', 42000), ('tool', 2400), ('service', 3200), ('crm', 4500)) AS t (cost_type, monthly)
UNION ALL
-- The CRM programme began with a project.
SELECT date '2024-01-15', '', 'crm', NULL, 38000 * :factor;

INSERT INTO web_traffic (day, channel, sessions, visitors)
SELECT day, channel, sessions,
    CASE WHEN draw < 0.02 THEN NULL ELSE floor(sessions * (0.70 + 0.15 * draw))::bigint END
FROM (
    SELECT d.day, c.channel, n.draw,
        round(c.daily * :factor * d.busy * (0.85 + 0.30 * n.draw)
            * CASE WHEN c.channel = 'social' AND d.day BETWEEN '2025-01-01' AND '2025-06-30' THEN 2.2
                ELSE 1 END)::bigint
            AS sessions
    FROM s_day AS d,
        (VALUES ('organic', 150), ('paid_search', 95), ('direct', 70), ('social', 60), ('referral', 28), ('email', 24))
            AS c (channel, daily),
        LATERAL (SELECT pg_temp.u('web.' || c.channel, d.day - date '2024-01-01') AS draw) AS n
) AS traffic;

INSERT INTO fx_rate (currency, day, rate_to_base)
SELECT c.currency, d.day,
    round((c.rate * (1 + 0.04 * sin((d.day - date '2024-01-01') / 90.0 + length(c.currency) * c.rate)
        + 0.004 * (pg_temp.u('fx.' || c.currency, d.day - date '2024-01-01') - 0.5)))::numeric, 6)
FROM s_day AS d, (VALUES ('EUR', 1.09), ('GBP', 1.27), ('JPY', 0.0067)) AS c (currency, rate);

INSERT INTO sla_target (kind, priority, team, measure, seconds, calendar_id) VALUES
    (NULL, NULL, NULL, 'first_response', 4 * 3600, 'support'),
    (NULL, 'high', NULL, 'first_response', 2 * 3600, 'support'),
    (NULL, 'urgent', NULL, 'first_response', 3600, NULL),
    ('complaint', NULL, NULL, 'first_response', 2 * 3600, 'support'),
    (NULL, NULL, NULL, 'resolution', 24 * 3600, 'support'),
    (NULL, 'high', NULL, 'resolution', 16 * 3600, 'support'),
    (NULL, 'urgent', NULL, 'resolution', 8 * 3600, NULL),
    (NULL, NULL, 'Support Technical', 'resolution', 36 * 3600, 'support');

INSERT INTO target (kpi, scope, starts_on, ends_on, start_value, target_value) VALUES
    ('revenue', '', '2024-01-01', '2024-12-31', NULL, 5400000 * :factor),
    ('revenue', '', '2025-01-01', '2025-12-31', NULL, 6900000 * :factor),
    ('win_rate', '', '2025-01-01', '2025-12-31', 0.26, 0.30),
    ('conversion_rate', '', '2025-01-01', '2025-12-31', 0.13, 0.15),
    ('csat', '', '2025-01-01', '2025-12-31', 0.82, 0.86),
    ('nps', '', '2025-01-01', '2025-12-31', 30, 38),
    ('fcr', '', '2025-01-01', '2025-12-31', 0.60, 0.66),
    ('lead_response_time', '', '2025-07-01', '2025-12-31', 20, 8),
    ('avg_resolution_time', '', '2025-07-01', '2025-12-31', 30, 20);

INSERT INTO baseline (kpi, scope, from_day, to_day, value, yearly_unit_value) VALUES
    ('win_rate', '', '2024-01-01', '2024-03-31', NULL, 2500000 * :factor),
    ('sales_cycle', '', '2024-01-01', '2024-03-31', NULL, -60 * :factor),
    ('avg_resolution_time', '', '2024-01-01', '2024-03-31', NULL, -900 * :factor),
    ('csat', '', '2024-01-01', '2024-03-31', NULL, 400000 * :factor),
    ('crr', '', '2023-01-01', '2023-12-31', 0.86, 4000000 * :factor);
