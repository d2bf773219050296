-- service_dashboard_by_grain: do customers get help?
CREATE VIEW service_dashboard_by_grain WITH (security_invoker = true) AS
SELECT
    p.grain,
    p.period_start,
    p.is_complete,
    p.queue,
    p.opened,
    p.solved,
    p.reopens,
    (p.solved_by_agents::numeric / nullif(p.agent_days, 0))::numeric(12,2) AS solved_per_agent_day,
    p.solved_by_agents,
    p.agent_days,
    (extract(epoch FROM mean(p.resolution)) / 3600)::numeric(12,2) AS art_hours,
    (extract(epoch FROM median(p.resolution)) / 3600)::numeric(12,2) AS art_median_hours,
    (extract(epoch FROM percentile(p.resolution, 0.9)) / 3600)::numeric(12,2) AS art_p90_hours,
    coalesce(items(p.resolution), 0) AS art_tickets,
    (extract(epoch FROM mean(p.resolution_business)) / 3600)::numeric(12,2) AS art_business_hours,
    (extract(epoch FROM median(p.resolution_business)) / 3600)::numeric(12,2) AS art_business_median_hours,
    (extract(epoch FROM percentile(p.resolution_business, 0.9)) / 3600)::numeric(12,2) AS art_business_p90_hours,
    coalesce(items(p.resolution_business), 0) AS art_business_tickets,
    (extract(epoch FROM mean(p.active)) / 3600)::numeric(12,2) AS art_active_hours,
    (extract(epoch FROM median(p.active)) / 3600)::numeric(12,2) AS art_active_median_hours,
    (extract(epoch FROM percentile(p.active, 0.9)) / 3600)::numeric(12,2) AS art_active_p90_hours,
    coalesce(items(p.active), 0) AS art_active_tickets,
    (extract(epoch FROM mean(p.active_business)) / 3600)::numeric(12,2) AS art_active_business_hours,
    (extract(epoch FROM median(p.active_business)) / 3600)::numeric(12,2) AS art_active_business_median_hours,
    (extract(epoch FROM percentile(p.active_business, 0.9)) / 3600)::numeric(12,2) AS art_active_business_p90_hours,
    coalesce(items(p.active_business), 0) AS art_active_business_tickets,
    (extract(epoch FROM mean(p.first_solve)) / 3600)::numeric(12,2) AS first_solve_hours,
    (extract(epoch FROM median(p.first_solve)) / 3600)::numeric(12,2) AS first_solve_median_hours,
    (extract(epoch FROM percentile(p.first_solve, 0.9)) / 3600)::numeric(12,2) AS first_solve_p90_hours,
    coalesce(items(p.first_solve), 0) AS first_solve_tickets,
    (extract(epoch FROM mean(p.response)) / 3600)::numeric(12,2) AS response_hours,
    (extract(epoch FROM median(p.response)) / 3600)::numeric(12,2) AS response_median_hours,
    (extract(epoch FROM percentile(p.response, 0.9)) / 3600)::numeric(12,2) AS response_p90_hours,
    coalesce(items(p.response), 0) AS responded,
    (extract(epoch FROM mean(p.response_business)) / 3600)::numeric(12,2) AS response_business_hours,
    (extract(epoch FROM median(p.response_business)) / 3600)::numeric(12,2) AS response_business_median_hours,
    (extract(epoch FROM percentile(p.response_business, 0.9)) / 3600)::numeric(12,2) AS response_business_p90_hours,
    coalesce(items(p.response_business), 0) AS response_business_tickets,
    extract(epoch FROM mean(p.handling))::numeric(12,2) AS aht_seconds,
    extract(epoch FROM median(p.handling))::numeric(12,2) AS aht_median_seconds,
    extract(epoch FROM percentile(p.handling, 0.9))::numeric(12,2) AS aht_p90_seconds,
    coalesce(items(p.handling), 0) AS aht_tickets,
    rate(p.resolution_sla)::numeric(9,6) AS sla_ratio,
    coalesce(hits(p.resolution_sla), 0) AS sla_met,
    coalesce(total(p.resolution_sla), 0) AS sla_total,
    rate(p.response_sla)::numeric(9,6) AS response_sla_ratio,
    coalesce(hits(p.response_sla), 0) AS response_sla_met,
    coalesce(total(p.response_sla), 0) AS response_sla_total,
    rate(p.fcr)::numeric(9,6) AS fcr_ratio,
    coalesce(hits(p.fcr), 0) AS fcr_solved,
    coalesce(total(p.fcr), 0) AS fcr_total,
    rate(p.reopened)::numeric(9,6) AS reopened_ratio,
    coalesce(hits(p.reopened), 0) AS reopened,
    coalesce(total(p.reopened), 0) AS reopened_total,
    rate(p.csat)::numeric(9,6) AS csat_ratio,
    coalesce(hits(p.csat), 0) AS csat_satisfied,
    coalesce(total(p.csat), 0) AS csat_answers,
    rate(p.csat_response)::numeric(9,6) AS csat_response_ratio,
    coalesce(hits(p.csat_response), 0) AS csat_answered,
    coalesce(total(p.csat_response), 0) AS csat_sent,
    nps(p.nps)::numeric(6,2) AS nps,
    nps_margin(p.nps)::numeric(6,2) AS nps_margin,
    coalesce(promoters(p.nps), 0) AS promoters,
    coalesce(passives(p.nps), 0) AS passives,
    coalesce(detractors(p.nps), 0) AS detractors,
    coalesce(responses(p.nps), 0) AS nps_answers,
    rate(p.complaint_resolution)::numeric(9,6) AS complaint_ratio,
    coalesce(hits(p.complaint_resolution), 0) AS complaints_resolved,
    coalesce(total(p.complaint_resolution), 0) AS complaints,
    rate(p.complaint_maturity)::numeric(9,6) AS complaints_mature_ratio,
    coalesce(hits(p.complaint_maturity), 0) AS complaints_mature,
    rate(p.compliance)::numeric(9,6) AS compliance_ratio,
    coalesce(hit_weight(p.compliance), 0)::numeric(19,4) AS compliance_passed,
    coalesce(total_weight(p.compliance), 0)::numeric(19,4) AS compliance_total,
    p.opened_previous,
    p.solved_previous,
    (extract(epoch FROM mean(p.resolution_previous)) / 3600)::numeric(12,2) AS art_hours_previous,
    (extract(epoch FROM mean(p.response_previous)) / 3600)::numeric(12,2) AS response_hours_previous,
    rate(p.resolution_sla_previous)::numeric(9,6) AS sla_ratio_previous,
    rate(p.fcr_previous)::numeric(9,6) AS fcr_ratio_previous,
    rate(p.csat_previous)::numeric(9,6) AS csat_ratio_previous,
    nps(p.nps_previous)::numeric(6,2) AS nps_previous
FROM service_period p;

COMMENT ON VIEW service_dashboard_by_grain IS 'Service KPIs, for every grain (key: grain, period_start)';
COMMENT ON COLUMN service_dashboard_by_grain.grain IS 'day, week, month, quarter or year';
COMMENT ON COLUMN service_dashboard_by_grain.period_start IS 'first day of the period, in the zone of the mart';
COMMENT ON COLUMN service_dashboard_by_grain.is_complete IS 'whether the period is over';
COMMENT ON COLUMN service_dashboard_by_grain.queue IS 'tickets in the queue (new, open, pending or on hold) at the end of the period, or as of now';
COMMENT ON COLUMN service_dashboard_by_grain.opened IS 'tickets opened';
COMMENT ON COLUMN service_dashboard_by_grain.solved IS 'requests resolved: tickets by their last solve';
COMMENT ON COLUMN service_dashboard_by_grain.reopens IS 'reopens in the period: how often tickets came back into the queue, also of those that are open again';
COMMENT ON COLUMN service_dashboard_by_grain.solved_per_agent_day IS 'solved_by_agents / agent_days';
COMMENT ON COLUMN service_dashboard_by_grain.solved_by_agents IS 'requests resolved that have an agent';
COMMENT ON COLUMN service_dashboard_by_grain.agent_days IS 'days on which an agent solved a ticket, summed over agents';
COMMENT ON COLUMN service_dashboard_by_grain.art_hours IS 'average resolution time: mean hours from opening to the last solve, of tickets solved in the period, calendar time';
COMMENT ON COLUMN service_dashboard_by_grain.art_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.art_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.art_tickets IS 'tickets these three are of';
COMMENT ON COLUMN service_dashboard_by_grain.art_business_hours IS 'the same in business hours; NULL without calendars';
COMMENT ON COLUMN service_dashboard_by_grain.art_business_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.art_business_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.art_business_tickets IS 'tickets these three are of';
COMMENT ON COLUMN service_dashboard_by_grain.art_active_hours IS 'the same in calendar time without the time pending, on hold or solved';
COMMENT ON COLUMN service_dashboard_by_grain.art_active_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.art_active_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.art_active_tickets IS 'tickets these three are of';
COMMENT ON COLUMN service_dashboard_by_grain.art_active_business_hours IS 'the same in business hours without that time; NULL without calendars';
COMMENT ON COLUMN service_dashboard_by_grain.art_active_business_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.art_active_business_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.art_active_business_tickets IS 'tickets these three are of';
COMMENT ON COLUMN service_dashboard_by_grain.first_solve_hours IS 'mean hours from opening to the first solve, of tickets solved in the period';
COMMENT ON COLUMN service_dashboard_by_grain.first_solve_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.first_solve_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.first_solve_tickets IS 'tickets these three are of';
COMMENT ON COLUMN service_dashboard_by_grain.response_hours IS 'mean hours from opening to the first public reply by a human agent, of tickets opened in the period';
COMMENT ON COLUMN service_dashboard_by_grain.response_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.response_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.responded IS 'tickets opened in the period that have had such a reply';
COMMENT ON COLUMN service_dashboard_by_grain.response_business_hours IS 'the same in business hours; NULL without calendars';
COMMENT ON COLUMN service_dashboard_by_grain.response_business_median_hours IS 'median of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.response_business_p90_hours IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.response_business_tickets IS 'tickets these three are of';
COMMENT ON COLUMN service_dashboard_by_grain.aht_seconds IS 'average handling time: mean seconds of work, of tickets solved with known handling time';
COMMENT ON COLUMN service_dashboard_by_grain.aht_median_seconds IS 'median of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.aht_p90_seconds IS '90th percentile of the same, within 1 %';
COMMENT ON COLUMN service_dashboard_by_grain.aht_tickets IS 'tickets these three are of';
COMMENT ON COLUMN service_dashboard_by_grain.sla_ratio IS 'SLA attainment: sla_met / sla_total';
COMMENT ON COLUMN service_dashboard_by_grain.sla_met IS 'tickets solved in the period within the time promised';
COMMENT ON COLUMN service_dashboard_by_grain.sla_total IS 'tickets with a promise that were solved in the period, or came past due in it and are still unsolved';
COMMENT ON COLUMN service_dashboard_by_grain.response_sla_ratio IS 'SLA attainment of the first response: response_sla_met / response_sla_total';
COMMENT ON COLUMN service_dashboard_by_grain.response_sla_met IS 'tickets first answered in the period within the time promised';
COMMENT ON COLUMN service_dashboard_by_grain.response_sla_total IS 'tickets with a promise that were first answered in the period, or came past due in it and are still unanswered';
COMMENT ON COLUMN service_dashboard_by_grain.fcr_ratio IS 'first contact resolution: fcr_solved / fcr_total';
COMMENT ON COLUMN service_dashboard_by_grain.fcr_solved IS 'tickets solved with exactly one agent contact, no reopen and no new ticket of the customer within the FCR window';
COMMENT ON COLUMN service_dashboard_by_grain.fcr_total IS 'tickets solved with at least one agent contact whose FCR window has passed';
COMMENT ON COLUMN service_dashboard_by_grain.reopened_ratio IS 'reopened / reopened_total';
COMMENT ON COLUMN service_dashboard_by_grain.reopened IS 'tickets solved that had been reopened before';
COMMENT ON COLUMN service_dashboard_by_grain.reopened_total IS 'tickets solved whose reopens are known';
COMMENT ON COLUMN service_dashboard_by_grain.csat_ratio IS 'customer satisfaction: csat_satisfied / csat_answers';
COMMENT ON COLUMN service_dashboard_by_grain.csat_satisfied IS 'CSAT answers at or above the satisfied-from score of their scale';
COMMENT ON COLUMN service_dashboard_by_grain.csat_answers IS 'CSAT answers';
COMMENT ON COLUMN service_dashboard_by_grain.csat_response_ratio IS 'csat_answered / csat_sent';
COMMENT ON COLUMN service_dashboard_by_grain.csat_answered IS 'CSAT surveys sent in the period that were answered';
COMMENT ON COLUMN service_dashboard_by_grain.csat_sent IS 'CSAT surveys sent in the period';
COMMENT ON COLUMN service_dashboard_by_grain.nps IS 'Net Promoter Score, -100 to 100: 100 x (promoters - detractors) / nps_answers';
COMMENT ON COLUMN service_dashboard_by_grain.nps_margin IS 'margin of error of nps at 95 % confidence, in points';
COMMENT ON COLUMN service_dashboard_by_grain.promoters IS 'customers who answered 9 or 10, latest answer in the period';
COMMENT ON COLUMN service_dashboard_by_grain.passives IS 'customers who answered 7 or 8, latest answer in the period';
COMMENT ON COLUMN service_dashboard_by_grain.detractors IS 'customers who answered 0 to 6, latest answer in the period';
COMMENT ON COLUMN service_dashboard_by_grain.nps_answers IS 'customers who answered';
COMMENT ON COLUMN service_dashboard_by_grain.complaint_ratio IS 'complaint resolution rate: complaints_resolved / complaints';
COMMENT ON COLUMN service_dashboard_by_grain.complaints_resolved IS 'complaints received in the period and solved, not reopened';
COMMENT ON COLUMN service_dashboard_by_grain.complaints IS 'complaints received in the period';
COMMENT ON COLUMN service_dashboard_by_grain.complaints_mature_ratio IS 'complaints_mature / complaints: whether the rate may still change';
COMMENT ON COLUMN service_dashboard_by_grain.complaints_mature IS 'complaints received in the period that are older than the FCR window';
COMMENT ON COLUMN service_dashboard_by_grain.compliance_ratio IS 'process compliance: compliance_passed / compliance_total';
COMMENT ON COLUMN service_dashboard_by_grain.compliance_passed IS 'weight of process checks passed';
COMMENT ON COLUMN service_dashboard_by_grain.compliance_total IS 'weight of all process checks';
COMMENT ON COLUMN service_dashboard_by_grain.opened_previous IS 'opened of the period before';
COMMENT ON COLUMN service_dashboard_by_grain.solved_previous IS 'solved of the period before';
COMMENT ON COLUMN service_dashboard_by_grain.art_hours_previous IS 'art_hours of the period before';
COMMENT ON COLUMN service_dashboard_by_grain.response_hours_previous IS 'response_hours of the period before';
COMMENT ON COLUMN service_dashboard_by_grain.sla_ratio_previous IS 'sla_ratio of the period before';
COMMENT ON COLUMN service_dashboard_by_grain.fcr_ratio_previous IS 'fcr_ratio of the period before';
COMMENT ON COLUMN service_dashboard_by_grain.csat_ratio_previous IS 'csat_ratio of the period before';
COMMENT ON COLUMN service_dashboard_by_grain.nps_previous IS 'nps of the period before';
