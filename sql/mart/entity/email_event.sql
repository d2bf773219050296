-- email_event: one row is one event of one e-mail to one recipient.
CREATE TABLE email_event (
    message_id   text NOT NULL,
    recipient_id text NOT NULL,
    kind         text NOT NULL,
    occurred_at  timestamptz NOT NULL,
    campaign_id  text,
    customer_id  text,
    lead_id      text,
    machine      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (message_id, recipient_id, kind, occurred_at),
    CONSTRAINT email_event_kind CHECK (kind IN ('sent', 'delivered', 'open', 'click', 'bounce', 'unsubscribe', 'block'))
);
CREATE INDEX ON email_event (occurred_at);
CREATE INDEX ON email_event (customer_id, occurred_at);

COMMENT ON TABLE email_event IS 'One row is one event of one e-mail to one recipient.';
COMMENT ON COLUMN email_event.message_id IS 'The mailing: one message sent to many recipients.';
COMMENT ON COLUMN email_event.recipient_id IS 'The recipient, by any stable key; no address is needed.';
COMMENT ON COLUMN email_event.kind IS 'One of sent, delivered, open, click, bounce, unsubscribe, block.';
COMMENT ON COLUMN email_event.occurred_at IS 'When it happened.';
COMMENT ON COLUMN email_event.campaign_id IS 'Campaign the mailing belongs to (campaign.campaign_id).';
COMMENT ON COLUMN email_event.customer_id IS 'Customer who is the recipient (customer.customer_id).';
COMMENT ON COLUMN email_event.lead_id IS 'Lead who is the recipient (lead.lead_id).';
COMMENT ON COLUMN email_event.machine IS 'True for opens and clicks of scanners and mail proxies, not of a person.';
