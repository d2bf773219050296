-- period: period_start and period_add against date_trunc and date arithmetic.
BEGIN;
SET LOCAL search_path = public, crmkpi;
SET LOCAL datestyle = 'ISO';
SELECT plan(54);

CREATE TABLE grain (grain text, step interval, months int);
INSERT INTO grain VALUES ('day', '1 day', 0), ('week', '7 days', 0), ('month', '1 mon', 1), ('quarter', '3 mon', 3),
    ('year', '1 year', 12);

-- Every day of 1890 to 2110 (with the years 1900 and 2000), days before Christ, and the ends of the calendar.
CREATE TABLE every_day AS
SELECT date '1890-01-01' + i AS day FROM generate_series(0, 80000) AS i
UNION ALL SELECT date '0002-06-01 BC' + i FROM generate_series(0, 1000) AS i
UNION ALL SELECT date '294275-01-01' + i FROM generate_series(0, 600) AS i;

SELECT is(count(*), (SELECT count(*) FROM every_day), 'period_start ' || grain || ' is date_trunc')
FROM every_day, grain
WHERE period_start(day, grain) = date_trunc(grain, day::timestamp)::date
GROUP BY grain ORDER BY grain;

SELECT is(count(*), (SELECT count(*) FROM every_day), 'weeks that start on isodow ' || week_start)
FROM every_day, generate_series(1, 7) AS week_start,
     LATERAL (SELECT period_start(day, 'week', week_start) AS start) AS s
WHERE extract(isodow FROM start) = week_start AND day - start BETWEEN 0 AND 6
GROUP BY week_start ORDER BY week_start;

SELECT is(count(*), 3000 * 4 * 7::bigint, 'week_start matters to weeks only')
FROM every_day, grain, generate_series(1, 7) AS week_start
WHERE grain <> 'week' AND day - date '1890-01-01' BETWEEN 0 AND 2999
  AND period_start(day, grain, week_start) = period_start(day, grain);

-- period_add from every start, and back
CREATE VIEW every_start AS
SELECT DISTINCT grain, step, period_start(day, grain) AS start
FROM every_day, grain
WHERE day < '3000-01-01';
SELECT is(count(*), (SELECT count(*) FROM every_start WHERE every_start.grain = s.grain) * 9, 'period_add ' || grain)
FROM every_start AS s, unnest(ARRAY[-1000, -13, -12, -1, 0, 1, 2, 12, 37]) AS n
WHERE period_add(start, grain, n) = (start + n * step)::date
  AND period_add(period_add(start, grain, n), grain, -n) = start
GROUP BY grain ORDER BY grain;
SELECT is(count(*), (SELECT count(*) FROM every_start WHERE every_start.grain = s.grain),
          'the next ' || grain || ' begins after the last day of this one')
FROM every_start AS s
WHERE period_start(period_add(start, grain, 1) - 1, grain) = start
GROUP BY grain ORDER BY grain;

SELECT is(period_add(date '2024-01-03', 'week', 2), date '2024-01-17', 'a week may start on any day');
SELECT is(period_start('2024-02-29', 'quarter'), date '2024-01-01', 'quarter of a leap day');
SELECT is(period_start('4714-11-24 BC', g), date '4714-11-24 BC', 'the first day of the calendar by ' || g)
FROM unnest(ARRAY['day', 'week']) AS g;
SELECT is(period_start('5874897-12-31', grain), start, 'the last year by ' || grain)
FROM (VALUES ('day', date '5874897-12-31'), ('month', '5874897-12-01'), ('quarter', '5874897-10-01'), ('year',
    '5874897-01-01'))
     AS v (grain, start);
SELECT is(num_nulls(period_start(d, 'day'), period_start('2024-01-01', t), period_start('2024-01-01', 'week', i),
                    period_add(d, 'day', 1), period_add('2024-01-01', t, 1), period_add('2024-01-01', 'day', i)), 6,
                        'NULL in, NULL out')
FROM (SELECT NULL::date AS d, NULL::text AS t, NULL::integer AS i) AS n;

SELECT throws_ok('SELECT ' || call, code, NULL, regexp_replace(call, '\s+', ' ', 'g'))
FROM (VALUES
    ('22023', $$period_start('2024-01-01', 'hour')$$), ('22023', $$period_start('2024-01-01', 'Month')$$),
    ('22023', $$period_start('2024-01-01', '')$$), ('22023', $$period_start('2024-01-01', 'months')$$),
    ('22023', $$period_start('2024-01-01', 'week', 0)$$), ('22023', $$period_start('2024-01-01', 'week', 8)$$),
    ('22008', $$period_start('infinity', 'day')$$), ('22008', $$period_start('-infinity', 'month')$$),
    ('22008', $$period_start('4714-11-24 BC', 'month')$$), ('22008', $$period_start('4714-11-24 BC', 'week', 2)$$),
    ('22008', $$period_start('4714-12-31 BC', 'year')$$),
    ('22023', $$period_add('2024-01-01', 'fortnight', 1)$$), ('22008', $$period_add('infinity', 'day', 1)$$),
    ('22023', $$period_add('2024-01-02', 'month', 1)$$), ('22023', $$period_add('2024-02-01', 'quarter', 1)$$),
    ('22023', $$period_add('2024-04-01', 'year', 1)$$),
    ('22008', $$period_add('5874897-12-01', 'month', 12)$$), ('22008', $$period_add('2024-01-01', 'year',
        2147483647)$$),
    ('22008', $$period_add('2024-01-01', 'year', -2147483648)$$), ('22008', $$period_add('2024-01-01', 'week',
        2147483647)$$),
    ('22008', $$period_add('2024-01-01', 'day', -2147483648)$$), ('22008', $$period_add('5874897-12-31', 'day',
        1000)$$)
) AS e (code, call);
SELECT * FROM finish();
ROLLBACK;
