-- stage_probability: what the CRM thinks of each stage.
--
-- It is read from the opportunities that are open now, whatever as_of is: it stands for the CRM's own table of stages,
-- of which no history is known.
CREATE VIEW stage_probability WITH (security_invoker = true) AS
SELECT stage, count(*) AS items, avg(probability::numeric)::numeric(9,6) AS probability
FROM opportunity
WHERE outcome = 'open' AND stage IS NOT NULL AND probability BETWEEN 0 AND 1
GROUP BY stage;

COMMENT ON VIEW stage_probability
    IS 'Mean chance of winning that the CRM states for its open opportunities in each stage (key: stage)';
COMMENT ON COLUMN stage_probability.stage IS 'stage';
COMMENT ON COLUMN stage_probability.items IS 'open opportunities in it with a stated chance';
COMMENT ON COLUMN stage_probability.probability IS 'mean of that chance, 0 to 1';
