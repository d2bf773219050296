-- daily_survey: CSAT by the day of the answer, response rate by the day of sending.
CREATE VIEW daily_survey WITH (security_invoker = true) AS
SELECT day, kind, agent_id,
    rollup(csat) AS csat,
    rollup(response) AS response
FROM (
    SELECT (s.answered_at AT TIME ZONE c.zone)::date AS day, s.kind, s.agent_id,
        rate_summary(s.score >= CASE s.scale_max
                                    WHEN 5 THEN c.satisfied_from_5
                                    WHEN 7 THEN c.satisfied_from_7
                                    WHEN 10 THEN c.satisfied_from_10 END)
            FILTER (WHERE s.kind = 'csat' AND s.score BETWEEN s.scale_min AND s.scale_max) AS csat,
        NULL::rate_summary AS response
    FROM survey s
    CROSS JOIN config c
    WHERE s.answered_at > '-infinity' AND s.answered_at <= c.as_of AND s.score IS NOT NULL
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT (s.sent_at AT TIME ZONE c.zone)::date, s.kind, s.agent_id,
        NULL,
        rate_summary(s.score IS NOT NULL AND s.answered_at <= c.as_of)
    FROM survey s
    CROSS JOIN config c
    WHERE s.sent_at > '-infinity' AND s.sent_at <= c.as_of
    GROUP BY 1, 2, 3
) part
GROUP BY day, kind, agent_id;

COMMENT ON VIEW daily_survey IS 'Surveys by day (key: day, kind, agent_id)';
COMMENT ON COLUMN daily_survey.day IS 'day of the answer, or of sending, in the zone of the mart';
COMMENT ON COLUMN daily_survey.kind IS 'csat, nps or ces';
COMMENT ON COLUMN daily_survey.agent_id IS 'agent the answer is about, at that time';
COMMENT ON COLUMN daily_survey.csat IS 'answers at or above the satisfied-from score of their scale, of all answers on scales up to 5, 7 and 10';
COMMENT ON COLUMN daily_survey.response IS 'surveys sent that day that were answered, of all sent';
