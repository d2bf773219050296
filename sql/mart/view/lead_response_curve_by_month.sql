-- lead_response_curve_by_month: lead_response_curve by the month and channel of the lead.
CREATE VIEW lead_response_curve_by_month WITH (security_invoker = true) AS
SELECT
    period_start, channel, bucket_no, bucket,
    period_add(period_start, 'month', 1) <= (as_of AT TIME ZONE zone)::date AS is_complete,
    (period_add(period_start, 'month', 1)::timestamp AT TIME ZONE zone) + funnel_window <= as_of
        AS conversion_is_mature,
    leads,
    total(conversion) AS mature_leads,
    hits(conversion) AS converted,
    rate(conversion)::numeric(9,6) AS conversion_ratio,
    rate_low(conversion)::numeric(9,6) AS conversion_low,
    rate_high(conversion)::numeric(9,6) AS conversion_high
FROM (
    SELECT period_start(day, 'month') AS period_start, channel, bucket_no, bucket,
        sum(leads)::bigint AS leads, rollup(conversion) AS conversion
    FROM daily_lead_response
    GROUP BY 1, 2, 3, 4
) part
CROSS JOIN config c;

COMMENT ON VIEW lead_response_curve_by_month
    IS 'lead_response_curve by the month and channel of the leads (key: period_start, channel, bucket_no)';
COMMENT ON COLUMN lead_response_curve_by_month.period_start IS 'first day of the month in which the leads were created, in the zone of the mart';
COMMENT ON COLUMN lead_response_curve_by_month.channel IS 'channel the leads came from; NULL: unknown';
COMMENT ON COLUMN lead_response_curve_by_month.bucket_no IS 'number of the bucket, to sort by: 1 within 5 minutes to 7 never';
COMMENT ON COLUMN lead_response_curve_by_month.bucket IS 'time from creation to the first outbound touch by a person, its end included';
COMMENT ON COLUMN lead_response_curve_by_month.is_complete IS 'whether the month is over';
COMMENT ON COLUMN lead_response_curve_by_month.conversion_is_mature IS 'whether the funnel window of every lead of the month has passed';
COMMENT ON COLUMN lead_response_curve_by_month.leads IS 'leads created';
COMMENT ON COLUMN lead_response_curve_by_month.mature_leads IS 'of these, leads whose funnel window has passed';
COMMENT ON COLUMN lead_response_curve_by_month.converted IS 'of the mature ones, leads converted within the funnel window';
COMMENT ON COLUMN lead_response_curve_by_month.conversion_ratio IS 'converted / mature_leads';
COMMENT ON COLUMN lead_response_curve_by_month.conversion_low IS 'lower bound of the same, 95 % (Wilson)';
COMMENT ON COLUMN lead_response_curve_by_month.conversion_high IS 'upper bound of the same, 95 % (Wilson)';
