-- lead_response_curve: does it pay to answer leads fast?
--
-- Leads whose funnel window has not passed are left out of the ratio, not only
-- marked: they would bend the curve. A lead of an hour ago cannot be in the
-- bucket of over 24 hours, and is in that of never until somebody answers it.
CREATE VIEW lead_response_curve WITH (security_invoker = true) AS
SELECT
    bucket_no, bucket,
    leads,
    total(conversion) AS mature_leads,
    hits(conversion) AS converted,
    rate(conversion)::numeric(9,6) AS conversion_ratio,
    rate_low(conversion)::numeric(9,6) AS conversion_low,
    rate_high(conversion)::numeric(9,6) AS conversion_high
FROM (
    SELECT bucket_no, bucket, sum(leads)::bigint AS leads, rollup(conversion) AS conversion
    FROM daily_lead_response
    GROUP BY 1, 2
) part;

COMMENT ON VIEW lead_response_curve
    IS 'Golden window: conversion rate of leads by how soon a person answered them (key: bucket_no)';
COMMENT ON COLUMN lead_response_curve.bucket_no IS 'number of the bucket, to sort by: 1 within 5 minutes to 7 never';
COMMENT ON COLUMN lead_response_curve.bucket IS 'time from creation to the first outbound touch by a person, its end included';
COMMENT ON COLUMN lead_response_curve.leads IS 'leads created';
COMMENT ON COLUMN lead_response_curve.mature_leads IS 'of these, leads whose funnel window has passed';
COMMENT ON COLUMN lead_response_curve.converted IS 'of the mature ones, leads converted within the funnel window';
COMMENT ON COLUMN lead_response_curve.conversion_ratio IS 'converted / mature_leads';
COMMENT ON COLUMN lead_response_curve.conversion_low IS 'lower bound of the same, 95 % (Wilson)';
COMMENT ON COLUMN lead_response_curve.conversion_high IS 'upper bound of the same, 95 % (Wilson)';
