-- campaign: one row is one marketing campaign.
CREATE TABLE campaign (
    campaign_id text PRIMARY KEY,
    name        text,
    channel     text,
    starts_on   date,
    ends_on     date,
    CONSTRAINT campaign_order CHECK (ends_on >= starts_on)
);

COMMENT ON TABLE campaign IS 'One row is one marketing campaign.';
COMMENT ON COLUMN campaign.campaign_id IS 'Key of the campaign.';
COMMENT ON COLUMN campaign.name IS 'Name.';
COMMENT ON COLUMN campaign.channel IS 'Main channel, named as in lead.channel.';
COMMENT ON COLUMN campaign.starts_on IS 'First day.';
COMMENT ON COLUMN campaign.ends_on IS 'Last day, inclusive; NULL: it goes on.';
