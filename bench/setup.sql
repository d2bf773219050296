-- Settings, and the business hours that several blocks count in.

ALTER DATABASE postgres SET search_path = bench, crmkpi;
ALTER DATABASE postgres SET jit = off;
ALTER DATABASE postgres SET max_parallel_workers_per_gather = 0;
-- Two workers also where the planner would think the table too small.
ALTER DATABASE postgres SET parallel_setup_cost = 0;
-- Two workers are two processes, which is what a machine with two cores can run at once.
ALTER DATABASE postgres SET parallel_leader_participation = off;
-- For making the data; each query is measured with the work_mem that it names.
ALTER DATABASE postgres SET work_mem = '1GB';
ALTER DATABASE postgres SET maintenance_work_mem = '1GB';
\connect

CREATE EXTENSION crmkpi;
CREATE SCHEMA bench;

CREATE TABLE holiday (day date PRIMARY KEY);
INSERT INTO holiday VALUES
    ('2023-01-02'), ('2023-01-16'), ('2023-02-20'), ('2023-05-29'), ('2023-06-19'), ('2023-07-04'), ('2023-09-04'),
    ('2023-10-09'), ('2023-11-10'), ('2023-11-23'), ('2023-12-25'), ('2024-01-01'), ('2024-01-15'), ('2024-02-19'),
    ('2024-05-27'), ('2024-06-19'), ('2024-07-04'), ('2024-09-02'), ('2024-11-28'), ('2024-12-25');

CREATE TABLE office AS
SELECT ('Mon-Fri 09:00-12:30,13:30-18:00; Sat 09:00-12:00; tz America/New_York; holiday '
    || string_agg(day::text, ', '))::business_hours AS hours
FROM holiday;
ANALYZE holiday, office;
