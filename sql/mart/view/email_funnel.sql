-- email_funnel: what becomes of the mails we send?
--
-- Wide and not by step: unsubscribing is no step, and each ratio of mail has a
-- denominator of its own.
CREATE VIEW email_funnel WITH (security_invoker = true) AS
SELECT
    m.period_start, m.campaign_id,
    period_add(m.period_start, 'month', 1) <= (c.as_of AT TIME ZONE c.zone)::date AS is_complete,
    (period_add(m.period_start, 'month', 1)::timestamp AT TIME ZONE c.zone) + c.click_window <= c.as_of
        AS sales_are_mature,
    m.sent, m.delivered,
    (m.delivered::numeric / nullif(m.sent, 0))::numeric(9,6) AS delivered_ratio,
    m.bounced, m.blocked,
    m.opened,
    (m.opened::numeric / nullif(m.delivered, 0))::numeric(9,6) AS open_ratio,
    m.machine_opened,
    m.clicked,
    (m.clicked::numeric / nullif(m.delivered, 0))::numeric(9,6) AS click_ratio,
    (m.clicked::numeric / nullif(m.opened, 0))::numeric(9,6) AS click_to_open_ratio,
    m.machine_clicked,
    m.bought,
    (m.bought::numeric / nullif(m.delivered, 0))::numeric(9,6) AS sale_ratio,
    m.sales, m.revenue AS revenue_amount,
    (m.revenue / nullif(m.delivered, 0))::numeric(19,4) AS revenue_per_delivered_value,
    m.unsubscribed,
    (m.unsubscribed::numeric / nullif(m.delivered, 0))::numeric(9,6) AS unsubscribe_ratio
FROM (
    SELECT period_start(day, 'month') AS period_start, campaign_id,
        sum(sent)::bigint AS sent, sum(delivered)::bigint AS delivered, sum(bounced)::bigint AS bounced,
        sum(blocked)::bigint AS blocked, sum(opened)::bigint AS opened, sum(machine_opened)::bigint AS machine_opened,
        sum(clicked)::bigint AS clicked, sum(machine_clicked)::bigint AS machine_clicked,
        sum(bought)::bigint AS bought, sum(sales)::bigint AS sales, sum(revenue)::numeric(19,4) AS revenue,
        sum(unsubscribed)::bigint AS unsubscribed
    FROM daily_email
    GROUP BY 1, 2
) m
CROSS JOIN config c;

COMMENT ON VIEW email_funnel IS 'What became of the mails of each campaign, by month of sending (key: period_start, campaign_id)';
COMMENT ON COLUMN email_funnel.period_start IS 'first day of the month in which the mails were sent, in the zone of the mart';
COMMENT ON COLUMN email_funnel.campaign_id IS 'campaign they belong to; NULL: none';
COMMENT ON COLUMN email_funnel.is_complete IS 'whether the month is over';
COMMENT ON COLUMN email_funnel.sales_are_mature IS 'whether the click window after the month has passed';
COMMENT ON COLUMN email_funnel.sent IS 'mails sent: one message to one recipient';
COMMENT ON COLUMN email_funnel.delivered IS 'of these, mails delivered, or opened or clicked in, also by a machine';
COMMENT ON COLUMN email_funnel.delivered_ratio IS 'delivered / sent';
COMMENT ON COLUMN email_funnel.bounced IS 'mails that bounced';
COMMENT ON COLUMN email_funnel.blocked IS 'mails that were blocked';
COMMENT ON COLUMN email_funnel.opened IS 'mails that a person opened, or clicked in';
COMMENT ON COLUMN email_funnel.open_ratio IS 'opened / delivered';
COMMENT ON COLUMN email_funnel.machine_opened IS 'mails that only a machine opened; not in opened';
COMMENT ON COLUMN email_funnel.clicked IS 'mails in which a person clicked';
COMMENT ON COLUMN email_funnel.click_ratio IS 'clicked / delivered';
COMMENT ON COLUMN email_funnel.click_to_open_ratio IS 'clicked / opened';
COMMENT ON COLUMN email_funnel.machine_clicked IS 'mails in which only a machine clicked; not in clicked';
COMMENT ON COLUMN email_funnel.bought IS 'mails to which a sale is credited';
COMMENT ON COLUMN email_funnel.sale_ratio IS 'bought / delivered';
COMMENT ON COLUMN email_funnel.sales IS 'sales credited to them, each to the last click before it within the click window';
COMMENT ON COLUMN email_funnel.revenue_amount IS 'amount of these sales, base currency';
COMMENT ON COLUMN email_funnel.revenue_per_delivered_value IS 'revenue_amount / delivered';
COMMENT ON COLUMN email_funnel.unsubscribed IS 'mails after which the recipient unsubscribed';
COMMENT ON COLUMN email_funnel.unsubscribe_ratio IS 'unsubscribed / delivered';
