-- daily_email: mails by the day they were sent, and what became of them.
--
-- A mail is one message to one recipient.  It counts once in each column.  A click
-- of a person implies that the mail was opened, and any open or click, also of a
-- machine, that it was delivered.  Each sale is credited to one mail: that of the
-- last click of the customer within the click window before the sale.
CREATE VIEW daily_email WITH (security_invoker = true) AS
WITH click AS (
    SELECT e.message_id::text AS message_id, e.recipient_id::text AS recipient_id,
        coalesce(e.customer_id::text, l.customer_id::text) AS customer_id, e.occurred_at AS at
    FROM email_event e
    LEFT JOIN lead l ON l.lead_id::text = e.lead_id::text
    WHERE e.kind = 'click' AND NOT e.machine AND e.occurred_at > '-infinity'
), purchase AS (
    SELECT s.sale_id::text AS sale_id, s.customer_id::text AS customer_id, s.sold_at AS at, s.amount
    FROM sale s
    CROSS JOIN config c
    WHERE s.kind IN ('new', 'repeat', 'upsell', 'cross_sell') AND s.sold_at > '-infinity' AND s.sold_at <= c.as_of
), credit AS (
    -- one pass over both in order of time finds the last click before each purchase
    SELECT DISTINCT ON (p.sale_id) k.message_id, k.recipient_id, p.amount
    FROM (
        SELECT b.sale_id, b.customer_id, b.amount, b.at,
            max(b.clicked_at) OVER (PARTITION BY b.customer_id ORDER BY b.at) AS clicked_at
        FROM (
            SELECT NULL AS sale_id, customer_id, NULL::numeric AS amount, at, at AS clicked_at FROM click
            UNION ALL
            SELECT sale_id, customer_id, amount, at, NULL FROM purchase
        ) b
    ) p
    JOIN click k ON k.customer_id = p.customer_id AND k.at = p.clicked_at
    CROSS JOIN config c
    WHERE p.sale_id IS NOT NULL AND p.clicked_at >= p.at - c.click_window
    ORDER BY p.sale_id, k.message_id, k.recipient_id
), sold AS (
    SELECT message_id, recipient_id, count(*) AS sales, sum(amount) AS revenue
    FROM credit
    GROUP BY 1, 2
), mail AS (
    SELECT e.message_id::text AS message_id, e.recipient_id::text AS recipient_id,
        -- the events of a mail name one campaign
        max(e.campaign_id::text) AS campaign_id,
        coalesce(min(e.occurred_at) FILTER (WHERE e.kind = 'sent'), min(e.occurred_at)) AS sent_at,
        bool_or(e.kind IN ('delivered', 'open', 'click')) AS delivered,
        bool_or(e.kind = 'bounce') AS bounced,
        bool_or(e.kind = 'block') AS blocked,
        bool_or(e.kind IN ('open', 'click') AND NOT e.machine) AS opened,
        bool_or(e.kind = 'open' AND e.machine) AS machine_opened,
        bool_or(e.kind = 'click' AND NOT e.machine) AS clicked,
        bool_or(e.kind = 'click' AND e.machine) AS machine_clicked,
        bool_or(e.kind = 'unsubscribe') AS unsubscribed
    FROM email_event e
    CROSS JOIN config c
    WHERE e.occurred_at > '-infinity' AND e.occurred_at <= c.as_of
    GROUP BY 1, 2
)
SELECT
    (m.sent_at AT TIME ZONE c.zone)::date AS day, m.campaign_id,
    count(*) AS sent,
    count(*) FILTER (WHERE m.delivered) AS delivered,
    count(*) FILTER (WHERE m.bounced) AS bounced,
    count(*) FILTER (WHERE m.blocked) AS blocked,
    count(*) FILTER (WHERE m.opened) AS opened,
    count(*) FILTER (WHERE m.machine_opened AND NOT m.opened) AS machine_opened,
    count(*) FILTER (WHERE m.clicked) AS clicked,
    count(*) FILTER (WHERE m.machine_clicked AND NOT m.clicked) AS machine_clicked,
    count(s.sales) AS bought,
    coalesce(sum(s.sales), 0)::bigint AS sales,
    coalesce(sum(s.revenue), 0)::numeric(19,4) AS revenue,
    count(*) FILTER (WHERE m.unsubscribed) AS unsubscribed
FROM mail m
CROSS JOIN config c
LEFT JOIN sold s USING (message_id, recipient_id)
GROUP BY 1, 2;

COMMENT ON VIEW daily_email IS 'Mails by the day they were sent, and what became of them (key: day, campaign_id)';
COMMENT ON COLUMN daily_email.day IS 'day of sending, in the zone of the mart';
COMMENT ON COLUMN daily_email.campaign_id IS 'campaign the mail belongs to';
COMMENT ON COLUMN daily_email.sent IS 'mails sent: one message to one recipient';
COMMENT ON COLUMN daily_email.delivered IS 'of these, mails delivered, or opened or clicked in, also by a machine';
COMMENT ON COLUMN daily_email.bounced IS 'of these, mails that bounced';
COMMENT ON COLUMN daily_email.blocked IS 'of these, mails that were blocked';
COMMENT ON COLUMN daily_email.opened IS 'of these, mails that a person opened, or clicked in';
COMMENT ON COLUMN daily_email.machine_opened IS 'mails that only a machine opened';
COMMENT ON COLUMN daily_email.clicked IS 'of these, mails in which a person clicked';
COMMENT ON COLUMN daily_email.machine_clicked IS 'mails in which only a machine clicked';
COMMENT ON COLUMN daily_email.bought IS 'of these, mails to which a sale is credited';
COMMENT ON COLUMN daily_email.sales IS 'sales credited: the last click of the customer, within the click window before the sale, was in such a mail';
COMMENT ON COLUMN daily_email.revenue IS 'amount of these, refunds not taken off, base currency';
COMMENT ON COLUMN daily_email.unsubscribed IS 'of these, mails after which the recipient unsubscribed';
