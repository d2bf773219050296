-- crm_period: the sales summaries of every period, for each grain.
--
-- Leads count in the period they were created, activities when they were done,
-- opportunities when they were closed.
CREATE VIEW crm_period WITH (security_invoker = true) AS
SELECT part.grain, part.period_start,
    period_add(part.period_start, part.grain, 1) <= (max(c.as_of) AT TIME ZONE max(c.zone))::date AS is_complete,
    coalesce(sum(leads), 0)::bigint AS leads,
    rollup(response) AS response,
    rollup(golden) AS golden,
    rollup(follow_up) AS follow_up,
    rollup(conversion) AS conversion,
    (period_add(part.period_start, part.grain, 1)::timestamp AT TIME ZONE max(c.zone)) + max(c.funnel_window)
        <= max(c.as_of) AS conversion_is_mature,
    coalesce(sum(activities) FILTER (WHERE NOT automated), 0)::bigint AS activities,
    coalesce(sum(activities) FILTER (WHERE NOT automated AND kind = 'call' AND direction = 'out'), 0)::bigint AS calls_out,
    coalesce(sum(activities) FILTER (WHERE NOT automated AND kind = 'call' AND direction = 'in'), 0)::bigint AS calls_in,
    coalesce(sum(activities) FILTER (WHERE NOT automated AND kind = 'email' AND direction = 'out'), 0)::bigint AS emails_out,
    coalesce(sum(activities) FILTER (WHERE NOT automated AND kind = 'email' AND direction = 'in'), 0)::bigint AS emails_in,
    coalesce(sum(activities) FILTER (WHERE NOT automated AND kind = 'meeting'), 0)::bigint AS meetings,
    coalesce(sum(activities) FILTER (WHERE NOT automated AND kind = 'message'), 0)::bigint AS messages,
    coalesce(sum(activities) FILTER (WHERE NOT automated AND kind = 'task'), 0)::bigint AS tasks,
    coalesce(sum(activities) FILTER (WHERE automated), 0)::bigint AS automated,
    rollup(win) AS win,
    coalesce(sum(contracts), 0)::bigint AS contracts,
    coalesce(sum(won_amount), 0)::numeric(19,4) AS won_amount,
    coalesce(sum(annual_contracts), 0)::bigint AS annual_contracts,
    coalesce(sum(annual_amount), 0) AS annual_amount,
    rollup(cycle) AS cycle
FROM (
    SELECT g.grain, period_start(f.day, g.grain, c.first_day_of_week) AS period_start,
        leads, response, golden, follow_up, conversion, kind, direction, automated, activities,
        win, contracts, won_amount, annual_contracts, annual_amount, cycle
    FROM (VALUES ('day'), ('week'), ('month'), ('quarter'), ('year')) g(grain)
    CROSS JOIN config c
    CROSS JOIN (
        SELECT day, leads, response, golden, follow_up, conversion,
            NULL::text AS kind, NULL::text AS direction, NULL::boolean AS automated, NULL::bigint AS activities,
            NULL::rate_summary AS win, NULL::bigint AS contracts, NULL::numeric AS won_amount,
            NULL::bigint AS annual_contracts, NULL::numeric AS annual_amount, NULL::duration_summary AS cycle
        FROM daily_lead
        UNION ALL
        SELECT day, NULL, NULL, NULL, NULL, NULL, kind, direction, automated, activities,
            NULL, NULL, NULL, NULL, NULL, NULL
        FROM daily_activity
        UNION ALL
        SELECT day, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            win, contracts, won_amount, annual_contracts, annual_amount, cycle
        FROM daily_opportunity_closed
    ) f
) part
CROSS JOIN config c
GROUP BY part.grain, part.period_start;

COMMENT ON VIEW crm_period IS 'Sales summaries by period (key: grain, period_start), of which crm_dashboard is read';
COMMENT ON COLUMN crm_period.grain IS 'day, week, month, quarter or year';
COMMENT ON COLUMN crm_period.period_start IS 'first day of the period';
COMMENT ON COLUMN crm_period.is_complete IS 'whether the period is over';
COMMENT ON COLUMN crm_period.leads IS 'leads created';
COMMENT ON COLUMN crm_period.response IS 'time from creation to the first outbound touch by a person, of leads created';
COMMENT ON COLUMN crm_period.golden IS 'answered within the golden window, of leads created whose window has passed';
COMMENT ON COLUMN crm_period.follow_up IS 'touched again after the first answer, of leads answered';
COMMENT ON COLUMN crm_period.conversion IS 'converted within the funnel window, of leads created';
COMMENT ON COLUMN crm_period.conversion_is_mature IS 'whether the funnel window of every lead of the period has passed';
COMMENT ON COLUMN crm_period.activities IS 'completed activities by people';
COMMENT ON COLUMN crm_period.calls_out IS 'of these, calls out';
COMMENT ON COLUMN crm_period.calls_in IS 'of these, calls in';
COMMENT ON COLUMN crm_period.emails_out IS 'of these, e-mails out';
COMMENT ON COLUMN crm_period.emails_in IS 'of these, e-mails in';
COMMENT ON COLUMN crm_period.meetings IS 'of these, meetings';
COMMENT ON COLUMN crm_period.messages IS 'of these, messages';
COMMENT ON COLUMN crm_period.tasks IS 'of these, tasks';
COMMENT ON COLUMN crm_period.automated IS 'completed activities by machines';
COMMENT ON COLUMN crm_period.win IS 'won, of opportunities closed';
COMMENT ON COLUMN crm_period.contracts IS 'opportunities won with a known amount';
COMMENT ON COLUMN crm_period.won_amount IS 'amount won, base currency';
COMMENT ON COLUMN crm_period.annual_contracts IS 'opportunities won with a known amount and length';
COMMENT ON COLUMN crm_period.annual_amount IS 'their amount per year of contract, base currency';
COMMENT ON COLUMN crm_period.cycle IS 'time from creation to closing, of opportunities won';
