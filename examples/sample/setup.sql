-- Helpers of the sample company: chance, working hours, and how busy each day is.

-- A number in [0, 1), fixed by a salt (what is decided) and a number (for whom).
CREATE FUNCTION pg_temp.u(salt text, n bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT ('x' || left(md5(salt || n::text), 8))::bit(32)::bigint / 4294967296.0::double precision
$$;

-- Nearly normal: mean 0, standard deviation 1, never beyond -3 .. 3.
CREATE FUNCTION pg_temp.z(salt text, n bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT 2 * (pg_temp.u(salt || '1', n) + pg_temp.u(salt || '2', n) + pg_temp.u(salt || '3', n)) - 3
$$;

CREATE FUNCTION pg_temp.secs(s double precision) RETURNS interval
LANGUAGE sql IMMUTABLE AS $$ SELECT interval '1 second' * round(s) $$;

-- A time of day when customers stir: mostly 8:00 to 18:30, sometimes at night.
CREATE FUNCTION pg_temp.clock(salt text, n bigint) RETURNS interval
LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_temp.secs(CASE WHEN pg_temp.u(salt || 'h', n) < 0.8
        THEN 28800 + 18900 * (pg_temp.u(salt || 'a', n) + pg_temp.u(salt || 'b', n))
        ELSE 86399 * pg_temp.u(salt || 'a', n) END)
$$;

-- The same moment where it falls into office hours (Monday to Friday from 8:00), else early on the next working day.
CREATE FUNCTION pg_temp.office(at timestamptz, closes integer, jitter double precision) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN extract(isodow FROM at) <= 5 AND extract(hour FROM at) >= 8 AND extract(hour FROM at) < closes THEN at
        ELSE date_trunc('day', at)
            + interval '1 day' * CASE
                WHEN extract(isodow FROM at) <= 5 AND extract(hour FROM at) < 8 THEN 0
                WHEN extract(isodow FROM at) >= 5 THEN 8 - extract(isodow FROM at)::integer
                ELSE 1 END
            + interval '8 hours' + interval '1 second' * round(7200 * jitter)
        END
$$;

-- Work that is planned does not wait for Monday: what falls on a week-end moves to any day of the next week.
CREATE FUNCTION pg_temp.weekday(at timestamptz, draw double precision) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN extract(isodow FROM at) >= 6
        THEN at + interval '1 day' * (8 - extract(isodow FROM at)::integer + floor(5 * draw)) ELSE at END
$$;

-- The bad quarter of the company: slow answers, lost deals, unhappy customers.
CREATE FUNCTION pg_temp.is_bad_quarter(at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$ SELECT at >= '2025-04-01' AND at < '2025-07-01' $$;

-- How busy each day is, in whole numbers, so that N items spread over the days without rounding trouble:
-- item n of N belongs to the day where from_weight * N / total < n <= to_weight * N / total.
CREATE TEMP TABLE s_day ON COMMIT DROP AS
SELECT day, sum(weight) OVER (ORDER BY day)::bigint - weight AS from_weight,
    sum(weight) OVER (ORDER BY day)::bigint AS to_weight, (sum(weight) OVER ())::bigint AS total,
    weight / (avg(weight) OVER ()) AS busy
FROM (
    SELECT day::date AS day,
        round((10000
            * (ARRAY[1.10, 1.20, 1.15, 1.10, 0.95, 0.30, 0.22])[extract(isodow FROM day)::integer]
            * (ARRAY[0.95, 1.00, 1.08, 1.04, 1.02, 0.98, 0.86, 0.84, 1.06, 1.10, 1.12, 0.88])
                [extract(month FROM day)::integer]
            * CASE WHEN to_char(day, 'MMDD') IN ('0101', '0704', '1225', '1224', '1231') THEN 0.25 ELSE 1 END
            * exp(0.223 * (day::date - date '2024-01-01') / 365.0))::numeric)::bigint AS weight
    FROM generate_series(timestamp '2024-01-01', timestamp '2025-12-20', interval '1 day') AS day
) AS days;
ANALYZE s_day;

-- Who works here. k counts within a role; skill > 0 is better; falls_at: from when on the agent falls behind.
CREATE TEMP TABLE s_agent ON COMMIT DROP AS
WITH roles AS (
    SELECT 'sales' AS role, greatest(6, round(12 * sqrt(:factor)))::integer AS people
    UNION ALL
    SELECT 'service', greatest(5, round(10 * sqrt(:factor)))::integer
), people AS MATERIALIZED (
    SELECT role, k::bigint AS k, people::bigint AS people,
        pg_temp.u('agent.skill.' || role, k) - 0.5 AS draw,
        (ARRAY['Amara', 'Bruno', 'Chloe', 'Dmitri', 'Elif', 'Farid', 'Grace', 'Hana', 'Ivan', 'Jorge', 'Keiko', 'Linh',
            'Mateo', 'Nadia', 'Omar', 'Priya', 'Quinn', 'Rosa', 'Sven', 'Tara'])
            [1 + (7 * k + CASE role WHEN 'sales' THEN 0 ELSE 11 END) % 20]
        || ' ' ||
        (ARRAY['Abbott', 'Bauer', 'Costa', 'Duarte', 'Eriksen', 'Fischer', 'Gupta', 'Haddad', 'Ito', 'Jensen', 'Khan',
            'Larsen', 'Moreau', 'Nguyen', 'Okafor', 'Petrov', 'Rossi', 'Silva', 'Tanaka', 'Walsh'])
            [1 + (3 * k + k / 20 + CASE role WHEN 'sales' THEN 0 ELSE 6 END) % 20] AS name
    FROM roles, generate_series(1, people) AS k
)
SELECT role, k, people, name,
    CASE role WHEN 'sales' THEN 'AS' ELSE 'AT' END || lpad(k::text, 3, '0') AS agent_id,
    CASE role WHEN 'sales' THEN (ARRAY['Sales East', 'Sales West', 'Sales Europe'])[1 + k % 3]
        ELSE (ARRAY['Support Desk', 'Support Technical'])[1 + k % 2] END AS team,
    CASE k WHEN 1 THEN 1.0 ELSE draw END AS skill,
    CASE k WHEN 1 THEN 0.4 ELSE round((1 - 0.7 * draw)::numeric, 3) END::double precision AS slowness,
    CASE k WHEN 2 THEN timestamptz '2025-07-01' ELSE 'infinity' END AS falls_at,
    -- One of the sales people left; nothing new is given to them after that day.
    CASE WHEN role = 'sales' AND k = people THEN timestamptz '2025-03-01' ELSE 'infinity' END AS leaves_at
FROM people;
ANALYZE s_agent;
