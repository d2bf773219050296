-- calendar: one row is one set of working hours.
CREATE TABLE calendar (
    calendar_id text PRIMARY KEY,
    hours       business_hours NOT NULL
);

COMMENT ON TABLE calendar IS 'One row is one set of working hours; a ticket uses that of its SLA target, else its agent''s, else the default of the mart.';
COMMENT ON COLUMN calendar.calendar_id IS 'Key of the calendar.';
COMMENT ON COLUMN calendar.hours IS 'Business hours, for example Mon-Fri 09:00-17:30; tz Europe/Paris; holiday 2026-05-01 (type crmkpi.business_hours).';
