-- business_hours: the text form, zones, comparison, storage and limits; the rules of business time and its errors, one
-- by one, worked out by hand; hostile input. business_time.sql has random calendars and an oracle.
BEGIN;
CREATE SCHEMA hours;
SET LOCAL search_path = hours, public, crmkpi;
SET LOCAL timezone = 'UTC';
SET LOCAL statement_timeout = '5min';
SELECT plan(294);

-- ---------------------------------------------------------------------------
-- Text: what is read, and how it is written
-- ---------------------------------------------------------------------------
CREATE TABLE good (no serial, input text, output text);
INSERT INTO good (input, output) VALUES
    ('tz UTC', 'tz UTC'),
    ('Mon 09:00-17:00; tz UTC', 'Mon 09:00-17:00; tz UTC'),
    ('Mon-Fri 09:00-12:00,13:30-18:00; Sat 09:00-12:00; tz Asia/Ho_Chi_Minh; holiday 2026-04-30, 2026-05-01; '
     'day 2026-02-16 09:00-12:00',
     'Mon-Fri 09:00-12:00,13:30-18:00; Sat 09:00-12:00; tz Asia/Ho_Chi_Minh; holiday 2026-04-30, 2026-05-01; '
     'day 2026-02-16 09:00-12:00'),
    -- items in any order
    ('day 2026-02-16 09:00-12:00; holiday 2026-05-01; tz UTC; Sat 09:00-12:00; Mon 09:00-17:00',
     'Mon 09:00-17:00; Sat 09:00-12:00; tz UTC; holiday 2026-05-01; day 2026-02-16 09:00-12:00'),
    ('tz UTC; holiday 2026-05-01; day 2026-02-16 09:00-12:00; holiday 2026-04-30; day 2026-02-15 09:00-12:00',
     'tz UTC; holiday 2026-04-30, 2026-05-01; day 2026-02-15 09:00-12:00; day 2026-02-16 09:00-12:00'),
    -- days: any case, lists, ranges, ranges round the week
    ('mon-FRI 09:00-17:00; sAt 09:00-12:00; tz UTC', 'Mon-Fri 09:00-17:00; Sat 09:00-12:00; tz UTC'),
    ('Fri,Mon 09:00-17:00; tz UTC', 'Mon,Fri 09:00-17:00; tz UTC'),
    ('Mon,Tue 09:00-17:00; tz UTC', 'Mon-Tue 09:00-17:00; tz UTC'),
    ('Sat-Wed 09:00-17:00; tz Asia/Tehran', 'Mon-Wed,Sat-Sun 09:00-17:00; tz Asia/Tehran'),
    ('Sun-Thu 09:00-17:00; tz Asia/Beirut', 'Mon-Thu,Sun 09:00-17:00; tz Asia/Beirut'),
    ('Sun-Mon 09:00-17:00; tz UTC', 'Mon,Sun 09:00-17:00; tz UTC'),
    ('Mon-Mon 09:00-17:00; tz UTC', 'Mon 09:00-17:00; tz UTC'),
    ('Mon,Wed-Thu,Sat-Sun 09:00-17:00; tz UTC', 'Mon,Wed-Thu,Sat-Sun 09:00-17:00; tz UTC'),
    ('Mon-Wed,Tue-Thu 09:00-17:00; tz UTC', 'Mon-Thu 09:00-17:00; tz UTC'),
    ('Mon-Sun 00:00-24:00; tz UTC', 'Mon-Sun 00:00-24:00; tz UTC'),
    ('Wed-Tue 00:00-24:00; tz UTC', 'Mon-Sun 00:00-24:00; tz UTC'),
    ('Sun 10:00-12:00; Mon,Wed 09:00-17:00; Tue 10:00-12:00; tz UTC',
     'Mon,Wed 09:00-17:00; Tue,Sun 10:00-12:00; tz UTC'),
    -- windows: united where they overlap or touch, also over several items
    ('Mon 13:00-17:00,09:00-12:00; tz UTC', 'Mon 09:00-12:00,13:00-17:00; tz UTC'),
    ('Mon 09:00-12:00,11:00-17:00; tz UTC', 'Mon 09:00-17:00; tz UTC'),
    ('Mon 09:00-12:00,12:00-17:00; tz UTC', 'Mon 09:00-17:00; tz UTC'),
    ('Mon 09:00-12:00,12:01-17:00; tz UTC', 'Mon 09:00-12:00,12:01-17:00; tz UTC'),
    ('Mon 09:00-17:00,10:00-11:00,09:00-17:00; tz UTC', 'Mon 09:00-17:00; tz UTC'),
    ('Mon-Fri 09:00-12:00; tz UTC; Mon 13:00-17:00', 'Mon 09:00-12:00,13:00-17:00; Tue-Fri 09:00-12:00; tz UTC'),
    ('Mon-Fri 09:00-12:00; tz UTC; Thu-Sat 11:00-13:00',
     'Mon-Wed 09:00-12:00; Thu-Fri 09:00-13:00; Sat 11:00-13:00; tz UTC'),
    ('Mon 23:59-24:00; tz UTC', 'Mon 23:59-24:00; tz UTC'),
    ('Mon 00:00-00:01,00:02-00:03; tz UTC', 'Mon 00:00-00:01,00:02-00:03; tz UTC'),
    -- a window that ends the day and one that begins the next stay two
    ('Mon 22:00-24:00; Tue 00:00-02:00; tz UTC', 'Mon 22:00-24:00; Tue 00:00-02:00; tz UTC'),
    -- dates
    ('tz UTC; holiday 2026-05-01, 2026-04-30, 2026-05-01', 'tz UTC; holiday 2026-04-30, 2026-05-01'),
    ('tz UTC; day 2026-05-01 13:00-17:00; day 2026-05-01 09:00-12:00',
     'tz UTC; day 2026-05-01 09:00-12:00,13:00-17:00'),
    ('tz UTC; day 2026-05-01 11:00-17:00; day 2026-05-01 09:00-12:00,08:00-09:00',
     'tz UTC; day 2026-05-01 08:00-17:00'),
    ('tz UTC; holiday 2024-02-29, 2000-02-29, 2400-02-29', 'tz UTC; holiday 2000-02-29, 2024-02-29, 2400-02-29'),
    ('tz UTC; holiday 1900-01-01, 9999-12-31', 'tz UTC; holiday 1900-01-01, 9999-12-31'),
    -- a day is replaced by what the week says, a weekend is a holiday: it stays as it was written
    ('Mon 09:00-17:00; tz UTC; day 2026-01-05 09:00-17:00; holiday 2026-01-04',
     'Mon 09:00-17:00; tz UTC; holiday 2026-01-04; day 2026-01-05 09:00-17:00'),
    -- spaces
    ('  Mon-Fri   09:00-12:00 , 13:30-18:00 ;tz   UTC;holiday 2026-04-30,2026-05-01 ',
     'Mon-Fri 09:00-12:00,13:30-18:00; tz UTC; holiday 2026-04-30, 2026-05-01'),
    (E'Mon-Fri 09:00-12:00;\n\ttz UTC', 'Mon-Fri 09:00-12:00; tz UTC'),
    -- zones as the zone database spells them
    ('tz europe/paris', 'tz Europe/Paris'), ('tz AMERICA/ARGENTINA/BUENOS_AIRES', 'tz America/Argentina/Buenos_Aires'),
    ('tz utc', 'tz UTC'), ('tz America/Port-au-Prince', 'tz America/Port-au-Prince');
SELECT is(input::business_hours::text, output, regexp_replace(input, '\s+', ' ', 'g')) FROM good ORDER BY no;
SELECT is(count(*) FILTER (WHERE output::business_hours::text <> output OR output::business_hours <>
    input::business_hours), 0::bigint, 'what is written is read again, as the same value') FROM good;

CREATE TABLE bad (no serial, state text, input text);
-- zones
INSERT INTO bad (state, input) SELECT '22P02', unnest(ARRAY[
    '', ' ', 'Mon-Fri 09:00-17:00', 'tz', 'tz ', 'tz ; Mon 09:00-17:00', 'tz UTC; tz UTC', 'tz UTC; tz Europe/Paris',
    'tz UTC Mon 09:00-17:00', 'Mon 09:00-17:00; UTC']);
-- zones
INSERT INTO bad (state, input) SELECT '22023', unnest(ARRAY[
    'tz UTC, Europe/Paris', 'tz Europe/Atlantis', 'tz Europe', 'tz Paris', 'tz Europe/Pariss', 'tz Europe/Pari',
    'tz ../../../etc/passwd', 'tz /usr/share/zoneinfo/UTC', 'tz ./UTC', 'tz Europe/../UTC', 'tz Europe//Paris',
    'tz Europe/Paris/', 'tz zone1970.tab', 'tz tzdata.zi', 'tz posix/../UTC', 'tz "UTC"', 'tz ' || repeat('x', 255),
    'tz ' || repeat('x', 256), 'tz ' || repeat('A', 100000)]);
-- offsets, abbreviations and rules
INSERT INTO bad (state, input) SELECT '22023', unnest(ARRAY[
    'tz UTC+3', 'tz utc+3', 'tz UTC-03', 'tz +03:00', 'tz -3', 'tz 3', 'tz EST+5', 'tz EST5', 'tz <+03>-3',
    'tz <UTC>0', 'tz CET-1CEST', 'tz est5edt4', 'tz CET-1CEST,M3.5.0,M10.5.0/3', 'tz PDT', 'tz GMT+3', 'tz FOO0',
    'tz abc-1def', 'tz Europe/Paris+3', 'tz Abc3', 'tz UTC0', 'tz UTC+00', 'tz Z', 'tz 0']);
-- times
INSERT INTO bad (state, input) SELECT '22P02', unnest(ARRAY[
    'Mon 25:00-26:00; tz UTC', 'Mon 09:60-10:00; tz UTC', 'Mon 17:00-09:00; tz UTC', 'Mon 09:00-09:00; tz UTC',
    'Mon 24:00-24:00; tz UTC', 'Mon 00:00-00:00; tz UTC', 'Mon 09:00-24:01; tz UTC', 'Mon 24:00-24:30; tz UTC',
    'Mon 9:00-17:00; tz UTC', 'Mon 09:00-9:00; tz UTC', 'Mon 0900-1700; tz UTC', 'Mon 09-17; tz UTC',
    'Mon 09:0-17:00; tz UTC', 'Mon 09:00:00-17:00:00; tz UTC', 'Mon 09:00-; tz UTC', 'Mon 09:00; tz UTC',
    'Mon -17:00; tz UTC', 'Mon; tz UTC', 'Mon 09:00-17:00,; tz UTC', 'Mon ,09:00-17:00; tz UTC',
    'Mon 09:00-17:00 tz UTC', 'Mon 09:00-12:00 13:00-17:00; tz UTC', 'Mon -1:00-12:00; tz UTC',
    'Mon 099:00-12:00; tz UTC', 'Mon 09:00-12:00pm; tz UTC', 'Mon 09.00-12.00; tz UTC', 'Mon 22:00-02:00; tz UTC',
    'Mon 4294967305:00-12:00; tz UTC']);
-- days
INSERT INTO bad (state, input) SELECT '22P02', unnest(ARRAY[
    'Monday 09:00-17:00; tz UTC', 'Mo 09:00-17:00; tz UTC', 'Lun 09:00-17:00; tz UTC', '09:00-17:00; tz UTC',
    'Mon-Fri-Sun 09:00-17:00; tz UTC', 'Mon- 09:00-17:00; tz UTC', '-Mon 09:00-17:00; tz UTC',
    'Mon, 09:00-17:00; tz UTC', 'Mon Tue 09:00-17:00; tz UTC', 'daily 09:00-17:00; tz UTC', '1-5 09:00-17:00; tz UTC',
    'Mon–Fri 09:00-17:00; tz UTC', 'closed; tz UTC', '24/7; tz UTC', 'v1 tz UTC', 'timezone UTC']);
-- dates
INSERT INTO bad (state, input) SELECT '22P02', unnest(ARRAY[
    'tz UTC; holiday', 'tz UTC; holiday ', 'tz UTC; holiday ,', 'tz UTC; holiday 2026-02-30',
    'tz UTC; holiday 2026-02-29', 'tz UTC; holiday 1900-02-29', 'tz UTC; holiday 2026-13-01',
    'tz UTC; holiday 2026-00-01', 'tz UTC; holiday 2026-01-00', 'tz UTC; holiday 2026-04-31',
    'tz UTC; holiday 26-04-01', 'tz UTC; holiday 20260401', 'tz UTC; holiday 01.05.2026', 'tz UTC; holiday 2026-5-1',
    'tz UTC; holiday today', 'tz UTC; holiday infinity', 'tz UTC; holiday -2026-01-01', 'tz UTC; holiday 0000-01-01',
    'tz UTC; holiday 2026-01-01 2026-01-02', 'tz UTC; holiday 2026-01-01,', 'tz UTC; holiday 2026-01-01 09:00-12:00',
    'tz UTC; holidays 2026-01-01', 'tz UTC; day', 'tz UTC; day 2026-01-01',
    'tz UTC; day 2026-01-01, 2026-01-02 09:00-12:00', 'tz UTC; day 2026-02-30 09:00-12:00',
    'tz UTC; day 2026-01-01 12:00-09:00', 'tz UTC; day 09:00-12:00', 'tz UTC; day 2026-01-01 closed',
    'tz UTC; days 2026-01-01 09:00-12:00', 'tz UTC; day 2026-01-01 09:00-12:00; holiday 2026-01-01',
    'tz UTC; holiday 2026-01-02, 2026-01-01; day 2026-01-01 00:00-24:00', 'tz UTC; holiday 99999999999-01-01',
    'tz UTC; holiday 2147483648-01-01']);
SELECT throws_ok(format('SELECT %L::business_hours', input), state, NULL, state || ': ' || left(input, 80))
FROM bad ORDER BY no;

-- The SQLSTATE of a statement, 00000 where it succeeds.
CREATE FUNCTION state_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN '00000';
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate;
END $$;
-- ---------------------------------------------------------------------------
-- Zones: every name of the database, whatever its case
-- ---------------------------------------------------------------------------
CREATE TABLE zone AS
SELECT name, state_of(format('SELECT %L::business_hours', 'tz ' || name)) AS state
FROM (SELECT DISTINCT name FROM pg_timezone_names) AS t;
SELECT is(string_agg(name, ' ' ORDER BY name) FILTER (WHERE state <> '00000'), NULL,
    'every name of the zone database is a zone') FROM zone HAVING count(*) > 400;
DELETE FROM zone WHERE state <> '00000';
SELECT is(string_agg(name, ' ' ORDER BY name)
              FILTER (WHERE upper_case <> 'tz ' || name OR lower_case <> 'tz ' || name), NULL,
    'in any case, and written as the database has it')
FROM zone, LATERAL (SELECT ('tz ' || upper(name))::business_hours::text AS upper_case,
                           ('tz ' || lower(name))::business_hours::text AS lower_case) AS t;
SELECT is(count(DISTINCT ('tz ' || name)::business_hours), count(*), 'zones of different names differ') FROM zone;
SELECT is(array_agg(business_duration('2026-01-01 00:00Z', '2026-01-05 00:00Z',
    ('Thu 00:00-24:00; tz ' || name)::business_hours) || ' ' || business_deadline('2026-01-01 00:00Z', '1 h',
    ('Fri 00:00-24:00; tz ' || name)::business_hours) ORDER BY name), ARRAY['24:00:00 2026-01-02 06:00:00+00',
    '19:00:00 2026-01-01 20:00:00+00', '24:00:00 2026-01-02 01:00:00+00'],
    'names that look like offsets mean what the zone database says')
FROM unnest(ARRAY['Etc/GMT+5', 'Etc/GMT-5', 'GMT0']) AS name;

-- ---------------------------------------------------------------------------
-- Comparison and storage
-- ---------------------------------------------------------------------------
CREATE TABLE stored AS SELECT no, input::business_hours AS v, output FROM good;
SELECT is(count(*) FILTER (WHERE (a.v = b.v) <> (a.output = b.output) OR (a.v <> b.v) = (a.v = b.v)), 0::bigint,
    'equal are those of the same canonical text') FROM stored AS a, stored AS b;
SELECT is(count(*) FILTER (WHERE (a.v < b.v)::int + (a.v = b.v)::int + (a.v > b.v)::int <> 1
    OR (a.v <= b.v) <> (a.v < b.v OR a.v = b.v) OR (a.v >= b.v) <> (a.v > b.v OR a.v = b.v)
    OR (a.v < b.v) <> (b.v > a.v)
    OR sign(business_hours_cmp(a.v, b.v)) <> (a.v > b.v)::int - (a.v < b.v)::int),
    0::bigint, 'one order, by any operator')
FROM stored AS a, stored AS b;
SELECT is(count(*) FILTER (WHERE (a.v < b.v AND b.v < c.v) AND NOT a.v < c.v), 0::bigint, 'it is transitive')
FROM stored AS a, stored AS b, stored AS c;
SELECT is(count(*) FILTER (WHERE a.v = b.v AND (business_hours_hash(a.v) <> business_hours_hash(b.v)
    OR business_hours_hash_extended(a.v, 7) <> business_hours_hash_extended(b.v, 7))),
    0::bigint, 'equal values hash equal')
FROM stored AS a, stored AS b HAVING count(*) FILTER (WHERE a.v = b.v AND a.no <> b.no) > 5;
SELECT cmp_ok(count(DISTINCT business_hours_hash(v)), '>', 20::bigint, 'others mostly not') FROM stored;
CREATE INDEX ON stored (v);
CREATE INDEX ON stored USING hash (v);
SET LOCAL enable_seqscan = off;
SELECT is(count(*), count(DISTINCT output), 'DISTINCT') FROM (SELECT DISTINCT v, output FROM stored) AS t;
SELECT is(count(*) FILTER (WHERE n <> m), 0::bigint, 'found through indexes')
FROM (SELECT (SELECT count(*) FROM stored AS b WHERE b.v = a.v) AS n,
             (SELECT count(*) FROM stored AS b WHERE b.output = a.output) AS m FROM stored AS a) AS t;
SET LOCAL enable_seqscan = on;
-- long values are stored compressed or out of line
CREATE TABLE long AS
SELECT n, ('Mon-Fri 09:00-17:00; tz Europe/Paris; holiday '
           || string_agg((date '2000-01-01' + i * 5)::text, ', ' ORDER BY i)
           || string_agg('; day ' || date '2000-01-02' + i * 5 || ' 10:00-11:00,12:00-13:00', '' ORDER BY i)
          )::business_hours AS v
FROM unnest(ARRAY[1, 10, 100, 1000, 10000]) AS n, generate_series(1, n) AS i GROUP BY n;
SELECT is(count(*), 5::bigint, 'long values come back from a table')
FROM long
WHERE v::text::business_hours = v AND business_days('2000-01-01', '2200-01-01', v) =
    (SELECT count(*) FROM generate_series(date '2000-01-01', '2200-01-01', '1 day') AS d
     WHERE extract(isodow FROM d) < 6)
    - (SELECT count(*) FROM generate_series(1, n) AS i WHERE extract(isodow FROM date '2000-01-01' + i * 5) < 6)
    + (SELECT count(*) FROM generate_series(1, n) AS i WHERE extract(isodow FROM date '2000-01-02' + i * 5) > 5);

-- ---------------------------------------------------------------------------
-- Limits
-- ---------------------------------------------------------------------------
SET LOCAL statement_timeout = '10s';
CREATE FUNCTION holidays(n int, after int DEFAULT 0) RETURNS text LANGUAGE sql AS $$
    SELECT 'tz UTC; holiday ' || string_agg((date '1900-01-01' + i)::text, ',') FROM generate_series(after + 1, n) AS i
$$;
CREATE FUNCTION days(n int) RETURNS text LANGUAGE sql AS $$
    SELECT 'tz UTC' || string_agg('; day ' || date '1900-01-01' + i || ' 09:00-12:00,13:00-17:00', '')
    FROM generate_series(1, n) AS i
$$;
-- the canonical text, or the error
CREATE FUNCTION canonical(input text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN input::business_hours;
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ': ' || sqlerrm;
END $$;
SELECT ok(canonical(holidays(65535)) = replace(holidays(65535), ',', ', '), '65535 holidays');
SELECT ok(canonical(days(65535)) = days(65535), '65535 replaced days of two windows each');
SELECT ok(canonical(holidays(65535) || ', 1900-01-02') = replace(holidays(65535), ',', ', '), 'a date twice is one');
SELECT is(business_days('1900-01-01', '2100-01-01', days(32767)::business_hours), 32767, 'as many days');
SELECT is(business_duration('1900-01-01', '2100-01-01', days(32767)::business_hours), 32767 * interval '7 h',
    'of as many hours');
SELECT matches(canonical(input), '^22...: .* more than 65535 dates', label)
FROM (VALUES (1, holidays(65536), '65536 holidays are too many'), (2, days(65536), 'and as many replaced days'),
    (3, holidays(1000000), 'so are a million'),
    (4, days(40000) || replace(holidays(65536, 40000), 'tz UTC', ''), 'holidays and replaced days count together')
) AS v (no, input, label) ORDER BY no;
SELECT is(canonical('tz UTC; Mon ' || rtrim(repeat('09:00-12:00,', 1000000), ',')), 'Mon 09:00-12:00; tz UTC',
    'a window a million times is one');
SELECT matches(canonical('tz UTC' || repeat(';', 10000000) || 'x'), '^22P02', 'a long text of nothing');
SET LOCAL statement_timeout = '5min';

-- ---------------------------------------------------------------------------
-- The rules, one by one, worked out by hand
-- ---------------------------------------------------------------------------
SELECT is(business_duration(a, a + interval '4 days', (hours || '; tz ' || zone)::business_hours), expected::interval,
    label || ': ' || hours || ' ' || zone)
FROM (VALUES
    -- 2026-03-08 in New York: 02:00 to 03:00 does not exist
    (1, timestamptz '2026-03-06 12:00Z', 'America/New_York', 'Sun 00:00-24:00', '23:00', 'the day in spring'),
    (2, '2026-03-06 12:00Z', 'America/New_York', 'Sun 01:30-02:30', '00:30', 'closing in the gap'),
    (3, '2026-03-06 12:00Z', 'America/New_York', 'Sun 02:30-03:30', '00:30', 'opening in the gap'),
    (4, '2026-03-06 12:00Z', 'America/New_York', 'Sun 02:10-02:50', '00:00', 'both in the gap'),
    (5, '2026-03-06 12:00Z', 'America/New_York', 'Sun 02:00-03:00', '00:00', 'the gap'),
    (6, '2026-03-06 12:00Z', 'America/New_York', 'Sun 01:00-02:00,03:00-04:00', '02:00', 'before and after the gap'),
    -- 2026-11-01: 01:00 to 02:00 occurs twice
    (11, '2026-10-30 12:00Z', 'America/New_York', 'Sun 00:00-24:00', '25:00', 'the day in autumn'),
    (12, '2026-10-30 12:00Z', 'America/New_York', 'Sun 01:00-02:00', '02:00', 'the hour that occurs twice'),
    (13, '2026-10-30 12:00Z', 'America/New_York', 'Sun 01:30-02:00', '01:30', 'opening at the first'),
    (14, '2026-10-30 12:00Z', 'America/New_York', 'Sun 00:30-01:30', '02:00', 'closing at the last'),
    (15, '2026-10-30 12:00Z', 'America/New_York', 'Sun 00:00-01:00', '02:00', 'closing at the time fallen back to'),
    (16, '2026-10-30 12:00Z', 'America/New_York', 'Sun 01:10-01:20', '01:10', 'both occur twice'),
    (17, '2026-10-30 12:00Z', 'America/New_York', 'Sun 01:10-01:20,01:30-01:40', '01:30', 'two windows there overlap'),
    (18, '2026-10-30 12:00Z', 'America/New_York', 'Sun 02:00-03:00', '01:00', 'opening at the time fallen back from'),
    -- half an hour
    (21, '2026-04-03 12:00Z', 'Australia/Lord_Howe', 'Sun 00:00-24:00', '24:30', 'autumn'),
    (22, '2026-04-03 12:00Z', 'Australia/Lord_Howe', 'Sun 01:30-02:00', '01:00', 'autumn'),
    (23, '2026-10-02 12:00Z', 'Australia/Lord_Howe', 'Sun 02:00-03:00', '00:30', 'spring'),
    -- 2026-03-08 in Havana begins at 01:00; on 2026-11-01 the first hour occurs twice
    (31, '2026-03-06 12:00Z', 'America/Havana', 'Sat 22:00-24:00', '02:00', 'the day before the gap'),
    (32, '2026-03-06 12:00Z', 'America/Havana', 'Sun 00:00-02:00', '01:00', 'the day that begins with the gap'),
    (33, '2026-10-30 12:00Z', 'America/Havana', 'Sat 22:00-24:00', '03:00', 'midnight occurs twice'),
    (34, '2026-10-30 12:00Z', 'America/Havana', 'Sun 00:00-01:00', '02:00', 'midnight occurs twice'),
    (35, '2026-10-30 12:00Z', 'America/Havana', 'Sat 22:00-24:00; Sun 00:00-01:00', '04:00',
        'what two days share counts once'),
    -- 2026-04-04 in Santiago, the last hour occurs twice; 2026-09-06 begins at 01:00
    (41, '2026-04-03 12:00Z', 'America/Santiago', 'Sat 22:00-24:00', '03:00', 'the last hour twice'),
    (42, '2026-04-03 12:00Z', 'America/Santiago', 'Sun 00:00-01:00', '01:00', 'midnight once'),
    (43, '2026-09-04 12:00Z', 'America/Santiago', 'Sun 00:00-01:30', '00:30', 'the day begins with the gap'),
    -- 2011-12-30 does not exist in Apia
    (51, '2011-12-28 12:00Z', 'Pacific/Apia', 'Fri 00:00-24:00', '00:00', 'a day that does not exist'),
    (52, '2011-12-28 12:00Z', 'Pacific/Apia', 'Thu 12:00-24:00; Sat 00:00-12:00', '24:00', 'the days about it'),
    (53, '2011-12-28 12:00Z', 'Pacific/Apia', 'day 2011-12-30 09:00-17:00', '00:00', 'replaced, it exists no more')
) AS v (no, a, zone, hours, expected, label) ORDER BY no;
SELECT is(business_deadline(a, amount, (hours || '; tz ' || zone)::business_hours), expected,
    'deadline ' || label || ': ' || hours || ' ' || zone)
FROM (VALUES
    (1, timestamptz '2026-03-06 21:00Z', interval '2 h', 'America/New_York', 'Mon-Fri 09:00-17:00',
        timestamptz '2026-03-09 14:00Z', 'after the weekend of the shift'),
    (2, '2026-03-06 21:00Z', '1 h', 'America/New_York', 'Mon-Fri 09:00-17:00', '2026-03-06 22:00Z',
        'at the closing, not at the next opening'),
    (3, '2026-03-07 21:00Z', '0', 'America/New_York', 'Mon-Fri 09:00-17:00', '2026-03-07 21:00Z',
        'of nothing, outside the hours'),
    (4, '2026-11-01 04:00Z', '2 h', 'America/New_York', 'Sun 01:00-02:00', '2026-11-01 07:00Z', 'in the hour twice'),
    (5, '2026-01-01 00:00Z', '1 us', 'UTC', 'day 2030-06-01 12:00-13:00', '2030-06-01 12:00:00.000001Z',
        'years later'),
    (6, '2026-01-01 00:00Z', '52001 h', 'UTC', 'Thu 00:00-01:00',
        timestamptz '2026-01-01 01:00Z' + 52000 * interval '7 days', 'in a thousand years')
) AS v (no, a, amount, zone, hours, expected, label) ORDER BY no;
SELECT is(business_days(a, b, hours::business_hours), expected, format('business_days of %s to %s: %s', a, b, hours))
FROM (VALUES
    (1, date '2026-03-02', date '2026-03-06', 'Mon-Fri 09:00-17:00; tz America/New_York', 5),
    (2, '2026-03-06', '2026-03-09', 'Mon-Fri 09:00-17:00; tz America/New_York', 2),
    (3, '2026-03-07', '2026-03-08', 'Mon-Fri 09:00-17:00; tz America/New_York', 0),
    (4, '2026-03-06', '2026-03-06', 'Mon-Fri 09:00-17:00; tz America/New_York', 1),
    (5, '2026-03-02', '2026-03-08', 'Mon-Fri 09:00-12:00,13:00-17:00; tz UTC; holiday 2026-03-04, 2026-03-07', 4),
    (6, '2026-03-02', '2026-03-08',
        'Mon-Fri 09:00-17:00; tz UTC; day 2026-03-04 10:00-11:00; day 2026-03-07 10:00-11:00', 6),
    (7, '2000-01-01', '2399-12-31', 'Mon-Sun 00:00-24:00; tz UTC', 146097),
    (8, '0001-01-01', '5000-12-31', 'tz UTC; day 2026-03-04 10:00-11:00', 1)
) AS v (no, a, b, hours, expected) ORDER BY no;

-- ---------------------------------------------------------------------------
-- Errors, nothing, and NULL
-- ---------------------------------------------------------------------------
CREATE FUNCTION week() RETURNS business_hours LANGUAGE sql IMMUTABLE AS
$$ SELECT 'Mon-Fri 09:00-17:00; tz America/New_York; holiday 2026-01-01'::business_hours $$;
CREATE FUNCTION never() RETURNS business_hours LANGUAGE sql IMMUTABLE AS $$ SELECT 'tz UTC'::business_hours $$;
CREATE FUNCTION once() RETURNS business_hours LANGUAGE sql IMMUTABLE AS
$$ SELECT 'tz UTC; day 2026-01-01 09:00-17:00'::business_hours $$;
SELECT throws_ok('SELECT ' || call, state, NULL, state || ': ' || call)
FROM (VALUES
    ('22023', $$business_duration('2026-01-02', '2026-01-01', week())$$),
    ('22023', $$business_duration('2026-01-01 00:00:00.000001', '2026-01-01', never())$$),
    ('22008', $$business_duration('-infinity', '2026-01-01', week())$$),
    ('22008', $$business_duration('2026-01-01', 'infinity', week())$$),
    ('22008', $$business_duration('infinity', 'infinity', never())$$),
    ('22008', $$business_duration('{[2026-01-01,)}', week())$$),
    ('22008', $$business_duration('{(,2026-01-01]}', never())$$),
    ('22008', $$business_duration('{[2026-01-01,infinity)}', week())$$),
    ('22008', $$business_duration('{(,)}', week())$$),
    ('22023', $$business_deadline('2026-01-01', '-1 us', week())$$),
    ('22023', $$business_deadline('2026-01-01', '1 day', week())$$),
    ('22023', $$business_deadline('2026-01-01', '1 month', week())$$),
    ('22023', $$business_deadline('2026-01-01', '1 day -24 hours', week())$$),
    ('22008', $$business_deadline('infinity', '1 h', week())$$),
    ('22008', $$business_deadline('-infinity', '0', week())$$),
    ('22008', $$business_deadline('2026-01-01', '1 us', never())$$),
    ('22008', $$business_deadline('1926-01-01', '1 us', never())$$),
    ('22008', $$business_deadline('2026-01-01', '8 h 1 us', once())$$),
    ('22008', $$business_deadline('1926-01-01', '8 h 1 us', once())$$),
    ('22008', $$business_deadline('2026-01-02', '1 us', once())$$),
    ('22008', $$business_deadline('2026-01-01', '2000000000 h', week())$$),
    ('22008', $$business_deadline('294276-12-31', '100 h', week())$$),
    ('22008', $$is_business_time('infinity', week())$$),
    ('22008', $$is_business_time('-infinity', never())$$),
    ('22023', $$business_days('2026-01-02', '2026-01-01', week())$$),
    ('22023', $$business_days('-infinity', '2026-01-01', week())$$),
    ('22023', $$business_days('2026-01-02', 'infinity', week())$$),
    ('22023', $$duration_summary('2026-01-02', '2026-01-01', week())$$),
    ('22023', $$avg_resolution_time('2026-01-02', '2026-01-01', week())$$),
    ('22023', $$median_sales_cycle('2026-01-02', '2026-01-01', week())$$),
    ('22008', $$avg_sales_cycle('2026-01-02', 'infinity', week())$$),
    ('22023', $$sla_attainment('2026-01-02', '2026-01-01', '1 h', '2026-02-01', week())$$),
    ('22023', $$sla_attainment('2026-01-02', '2026-01-03', '1 day', '2026-02-01', week())$$),
    ('22023', $$sla_attainment('2026-01-02', '2026-01-03', '-1 h', '2026-02-01', week())$$),
    ('22008', $$sla_attainment('-infinity', '2026-01-03', '1 h', '2026-02-01', week())$$),
    ('22008', $$sla_attainment('2026-01-02', NULL, '1 h', 'infinity', week())$$)
) AS v (state, call);
SELECT is(business_duration('2026-01-01', '2026-01-01', hours), '0', 'no time takes no time, ' || hours)
FROM unnest(ARRAY[week(), never(), once()]) AS hours;
SELECT is(business_duration('2000-01-01', '3000-01-01', never()), '0', 'never open: 0');
SELECT is(business_duration('{}', week()), '0', 'an empty multirange: 0');
SELECT is(business_duration('2000-01-01', '3000-01-01', once()), '8 h', 'open once');
SELECT is(business_duration('{[2026-01-01,2026-01-06),[2026-01-07,2026-01-08)}', week()), '24 h',
    'the rest between ranges does not count');
SELECT is(business_deadline('1926-01-01', '8 h', once()), '2026-01-01 17:00Z', 'all the open time there is');
SELECT is(num_nonnulls(business_duration(NULL, now(), week()), business_duration(now(), NULL, week()),
        business_duration(now(), now(), NULL), business_duration(NULL, week()), business_duration('{}', NULL),
        business_deadline(now(), '1 h', NULL), is_business_time(now(), NULL), business_days('today', 'today', NULL)),
    0, 'NULL in, NULL out');
-- ---------------------------------------------------------------------------
-- Hostile text and bytes: a whole value, or an error of class 22
-- ---------------------------------------------------------------------------
-- What is wrong with an accepted value, NULL if nothing.
CREATE FUNCTION fault_of(value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v business_hours := value;
    e text;
    state text;
BEGIN
    IF (v::text::business_hours = v AND v::text::business_hours::text = v::text
        AND business_hours_send(v::text::business_hours) = business_hours_send(v)) IS NOT TRUE THEN
        RETURN 'it does not read back';
    END IF;
    IF v::text !~ ('^(((Mon|Tue|Wed|Thu|Fri|Sat|Sun)[-,A-Za-z]* [-0-9:,]+; )*)tz [A-Za-z0-9_+/-]+'
                   '(; holiday [-0-9, ]+)?(; day [-0-9]+ [-0-9:,]+)*$') THEN
        RETURN 'it is not canonical';
    END IF;
    FOREACH e IN ARRAY ARRAY[
        $q$business_duration('2025-12-25 01:02:03', '2027-03-29 01:30', %L)$q$,
        $q$business_duration('{[2026-01-01,2026-04-01),[2026-05-01,2026-10-26]}', %L)$q$,
        $q$business_deadline('2026-10-23 15:16:17', '80 h', %L)$q$, $q$is_business_time('2026-10-26 10:00', %L)$q$,
        $q$business_days('0001-01-01', '9999-12-31', %L)$q$, $q$business_hours_hash(%L)$q$] LOOP
        state := state_of('SELECT ' || format(e, value));
        IF state NOT IN ('00000', '22008') OR state <> '00000' AND e NOT LIKE '%deadline%' THEN
            RETURN e || ': ' || state;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
-- Numbers that look random, the same on every machine.
CREATE FUNCTION dice(key text, sides int) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT ((hashtextextended(key, 0) & 9223372036854775807) % greatest(sides, 1))::int $$;
CREATE FUNCTION mutate(value text, other text, key text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE dice(key || 'op', 12)
        -- another character; none; one more; the end cut off; more at the end; an end of another
        WHEN 0 THEN overlay(value PLACING substr(alphabet, 1 + dice(key || 'c', length(alphabet)), 1) FROM at FOR 1)
        WHEN 1 THEN overlay(value PLACING '' FROM at FOR 1 + dice(key || 'n', 3))
        WHEN 2 THEN overlay(value PLACING substr(alphabet, 1 + dice(key || 'c', length(alphabet)), 1) FROM at FOR 0)
        WHEN 3 THEN left(value, at - 1)
        WHEN 4 THEN value || '; ' || other
        WHEN 5 THEN left(value, at) || substr(other, at + 1)
        -- items in another order, one twice
        WHEN 6 THEN (SELECT string_agg(i, (ARRAY['; ', ';', ' ;  ', E';\n', ',', ' '])[1 + dice(key || 's', 6)]
                                       ORDER BY dice(key || i, 99)) FROM regexp_split_to_table(value, '; ') AS i)
        WHEN 7 THEN value || '; ' || regexp_replace(split_part(value, '; ', 1 + dice(key || 'w', 3)), '^tz.*', '')
        -- another time, day, date or zone in place of one
        WHEN 8 THEN regexp_replace(value, '[0-9][0-9]:[0-9][0-9]', (ARRAY['00:00', '24:00', '23:59', '24:01', '12:60',
            '99:99', '7:00', '-1:00', '', '007:00', '12:00:00', '٠٩:٠٠'])[1 + dice(key || 'v', 12)],
            1, 1 + dice(key || 'w', 4))
        WHEN 9 THEN regexp_replace(value, 'Mon|Tue|Wed|Thu|Fri|Sat|Sun', (ARRAY['mon', 'TUE', 'Wed', 'Sat-Tue',
            'Sun,Mon', 'Sun-Sat', 'Monday', 'tz', 'day', '', '*', '-', 'Mön'])[1 + dice(key || 'v', 13)],
            1, 1 + dice(key || 'w', 4))
        WHEN 10 THEN regexp_replace(value, '[0-9]+-[0-9]+-[0-9]+', (ARRAY['2026-02-29', '2024-02-29', '2026-12-31',
            '0001-01-01', '0000-01-01', '9999-12-31', '10000-01-01', '2026-1-1', '-2026-01-01', '', '2026-01-01,',
            '99999999-01-01'])[1 + dice(key || 'v', 12)], 1, 1 + dice(key || 'w', 4))
        ELSE regexp_replace(value, 'tz [^;]*', 'tz ' || (ARRAY['UTC', 'utc', 'Etc/GMT+5', 'GMT+5', 'UTC+3', '+03:00',
            '<+03>-3', 'EST5EDT', 'EST5EDT4', 'europe/PARIS', 'Europe', 'localtime', '', 'Europe/Paris;tz UTC',
            'posix/UTC', 'CET-1CEST', '../UTC', 'Ünited', 'right/UTC', '-', 'UTC UTC', 'A/B/C'])
            [1 + dice(key || 'v', 22)])
        END
    FROM (SELECT 1 + dice(key || 'at', length(value)) AS at,
                 E'0123456789 ;:,-+./_MonTueWedThuFriSatSuntzhoidayZ\t\n\r\\"''é€' AS alphabet) AS t $$;
CREATE TABLE seed (no serial, value text);
INSERT INTO seed (value) SELECT output FROM good WHERE length(output) < 500
UNION ALL VALUES
    ('Mon-Fri 09:00-17:00; Sat 10:00-14:00; tz America/New_York; holiday 2026-03-08, 2026-11-01, 2026-12-25; '
     'day 2026-12-24 09:00-12:00; day 2026-12-31 09:00-12:00,13:00-14:00'),
    ('Mon 00:00-02:00,03:00-24:00; Tue 01:00-02:30; Wed-Sun 02:30-24:00; tz Australia/Lord_Howe; '
     'day 2026-04-05 01:30-02:00');
CREATE TABLE outcome (kind text, input text, state text, fault text);
DO $$
DECLARE
    s record;
    input text;
    state text;
BEGIN
    FOR s IN SELECT a.no, a.value, b.value AS other, i
             FROM seed AS a, generate_series(1, 300) AS i, LATERAL (SELECT value FROM seed
                 WHERE no = 1 + dice(a.no || 'o' || i, (SELECT count(*)::int FROM seed))) AS b
    LOOP
        input := mutate(s.value, s.other, s.no || '/' || s.i);
        IF dice(s.no || 'again' || s.i, 3) = 0 THEN
            input := mutate(input, s.other, s.no || '//' || s.i);
        END IF;
        state := state_of(format('SELECT %L::business_hours', input));
        INSERT INTO outcome VALUES ('text', input, state, CASE WHEN state = '00000' THEN fault_of(input) END);
    END LOOP;
END $$;

-- Binary: a column of bytea, copied out, is a valid file for a column of any type
CREATE TABLE sent AS SELECT no, value, business_hours_send(value::business_hours) AS bytes FROM seed;
CREATE TABLE received (v business_hours);
CREATE FUNCTION receive(bytes bytea, OUT state text, OUT value text, OUT message text) LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/crmkpi_hours.bin';
BEGIN
    EXECUTE format('COPY (SELECT %L::bytea) TO %L (FORMAT binary)', bytes, file);
    TRUNCATE received;
    EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
    state := '00000';
    SELECT v::text INTO value FROM received;
EXCEPTION WHEN OTHERS THEN
    state := sqlstate;
    message := sqlerrm;
END $$;
CREATE FUNCTION mutate(bytes bytea, other bytea, key text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE dice(key || 'op', 8)
        -- a bit, a byte, the end cut off, more at the end, a part twice, the end of another, a part left out
        WHEN 0 THEN set_bit(bytes, dice(key || 'b', length(bytes) * 8), dice(key || 'v', 2))
        WHEN 1 THEN set_byte(bytes, at - 1, dice(key || 'v', 256))
        WHEN 2 THEN substr(bytes, 1, at - 1)
        WHEN 3 THEN bytes || substr(other, 1 + dice(key || 'v', length(other)))
        WHEN 4 THEN substr(bytes, 1, at) || substr(bytes, 1 + dice(key || 'v', at))
        WHEN 5 THEN substr(bytes, 1, at) || substr(other, at + 1)
        WHEN 6 THEN overlay(bytes PLACING '' FROM at FOR 1 + dice(key || 'v', 4))
        ELSE overlay(bytes PLACING decode((ARRAY['ffffffff', '7fffffff', '80000000', '00000000'])
            [1 + dice(key || 'v', 4)], 'hex') FROM at FOR 4)
        END
    FROM (SELECT 1 + dice(key || 'at', length(bytes)) AS at) AS t $$;
SELECT is(count(*) FILTER (WHERE r.state = '00000' AND r.value = sent.value), count(*), 'sent bytes are received')
FROM sent, LATERAL receive(bytes) AS r;
DO $$
DECLARE
    s record;
    r record;
    input bytea;
BEGIN
    FOR s IN SELECT a.no, a.bytes, b.bytes AS other, i
             FROM sent AS a, generate_series(1, 100) AS i, LATERAL (SELECT bytes FROM sent
                 WHERE no = 1 + dice(a.no || 'o' || i, (SELECT count(*)::int FROM seed))) AS b
    LOOP
        input := mutate(s.bytes, s.other, s.no || '/' || s.i);
        IF dice(s.no || 'again' || s.i, 3) = 0 AND input <> '' THEN
            input := mutate(input, s.other, s.no || '//' || s.i);
        END IF;
        r := receive(input);
        INSERT INTO outcome VALUES ('binary', encode(input, 'escape'), r.state, CASE WHEN r.state = '00000'
            THEN fault_of(r.value) END);
    END LOOP;
END $$;
SELECT is(min(state || ': ' || input) FILTER (WHERE state !~ '^22...$' AND state NOT IN ('00000', '08P01')), NULL,
    kind || ': a value or an error of class 22')
FROM outcome GROUP BY kind HAVING count(*) > 3000 ORDER BY kind;
SELECT is(min(input || ' -> ' || fault), NULL, kind || ': what is accepted is whole')
FROM outcome GROUP BY kind ORDER BY kind;
SELECT cmp_ok(count(*) FILTER (WHERE state = '00000'), '>', 150::bigint, kind || ': some mutations are values')
FROM outcome GROUP BY kind ORDER BY kind;
SELECT cmp_ok(count(*) FILTER (WHERE state <> '00000'), '>', 700::bigint, kind || ': and many are not')
FROM outcome GROUP BY kind ORDER BY kind;
-- every truncation of what was sent
SELECT is(count(*) FILTER (WHERE state ~ '^22...$' OR state = '08P01' OR r.value IS NOT NULL), count(*),
    'every truncation of bytes is a value or an error of class 22')
FROM sent, generate_series(0, length(bytes) - 1) AS n, LATERAL receive(substr(bytes, 1, n)) AS r
WHERE no IN (3, 34) HAVING count(*) > 100;
SELECT ok(r.state = '22P03' AND message LIKE '%business_hours has format version 2%', 'bytes of version 2 name it')
FROM sent, LATERAL receive(set_byte(bytes, 0, 2)) AS r WHERE no = 1;
SELECT is(r.state, '22P03', 'bytes of version 0') FROM sent, LATERAL receive(set_byte(bytes, 0, 0)) AS r WHERE no = 1;
SELECT is(r.state ~ '^22...$', true, 'bytes with a zero in them') FROM sent,
    LATERAL receive(bytes || '\x00') AS r WHERE no = 1;
SELECT is(r.state ~ '^22...$', true, 'bytes that are no text') FROM sent,
    LATERAL receive(bytes || '\x3bff') AS r WHERE no = 1;
SELECT * FROM finish();
ROLLBACK;
