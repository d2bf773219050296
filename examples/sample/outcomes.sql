-- Turns the seeds of s_seed into opportunities of s_opp; sales.sql runs it twice, since customers come in between.

-- Stage changes fall on working days; within one day a later stage has a later hour, so their order holds.
CREATE OR REPLACE FUNCTION pg_temp.stage_at(o bigint, created_at timestamptz, j integer, days double precision)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT day + CASE extract(isodow FROM day) WHEN 6 THEN interval '2 days' WHEN 7 THEN interval '1 day'
        ELSE interval '0' END
        + interval '9 hours' + interval '80 minutes' * j
        + interval '1 second' * floor(4700 * pg_temp.u('opp.hour' || j, o))
    FROM (SELECT date_trunc('day', created_at) + interval '1 day' * (1 + floor(days)) AS day) AS d
$$;

INSERT INTO s_opp
WITH decided AS MATERIALIZED (
    SELECT s.*, a.agent_id,
        coalesce(forced_outcome, CASE WHEN pg_temp.u('opp.won', o)
            < chance + 0.13 * a.skill
                - CASE WHEN s.created_at >= a.falls_at - interval '30 days' THEN 0.16 ELSE 0 END
                - CASE WHEN pg_temp.is_bad_quarter(s.created_at + interval '1 day' * cycle) THEN 0.09 ELSE 0 END
            THEN 'won' ELSE 'lost' END) AS latent,
        forced_outcome IS NULL AND kind = 'new' AND pg_temp.u('opp.stuck', o) < 0.035 AS stuck,
        pg_temp.u('opp.exit', o) AS exit_draw
    FROM s_seed AS s
    JOIN s_agent AS a ON a.role = 'sales' AND a.k = s.k
), timed AS MATERIALIZED (
    SELECT d.*,
        CASE WHEN stuck THEN 4 WHEN latent = 'won' THEN 5 WHEN exit_draw < 0.22 THEN 1 WHEN exit_draw < 0.47 THEN 2
            WHEN exit_draw < 0.70 THEN 3 WHEN exit_draw < 0.90 THEN 4 ELSE 5 END AS exit_stage,
        CASE WHEN forced_on IS NOT NULL THEN greatest(1, forced_on - created_at::date - 1)
            -- A deal that is stuck went through the first stages at a normal pace.
            WHEN stuck THEN cycle
            ELSE least(longest, exp(ln(cycle) + 0.65 * pg_temp.z('opp.days', o)) * CASE latent WHEN 'won' THEN 1
                ELSE 1.2 END
                * CASE WHEN pg_temp.is_bad_quarter(created_at) THEN 1.25 ELSE 1 END) END AS days
    FROM decided AS d
), closed AS MATERIALIZED (
    SELECT t.*, CASE WHEN NOT stuck THEN pg_temp.stage_at(o, created_at, exit_stage + 1, days) END AS closed_at
    FROM timed AS t
)
SELECT o, kind, created_at, CASE WHEN closed_at <= :'as_of'::timestamptz THEN closed_at END,
    CASE WHEN closed_at <= :'as_of'::timestamptz THEN latent ELSE 'open' END, exit_stage, days, stuck, k, agent_id,
    customer_k, lead_id, campaign_id, segment, monthly, months
FROM closed;
TRUNCATE s_seed;
