-- business_time: every function of business hours against an oracle in plain SQL. The oracle asks PostgreSQL alone
-- (AT TIME ZONE) at which instants a local clock shows the edge of a window, makes a multirange of all windows, and
-- cuts intervals with it. The text form and the rules one by one are tested in business_hours.sql.
BEGIN;
CREATE SCHEMA business;
SET LOCAL search_path = business, public, crmkpi;
SET LOCAL timezone = 'UTC';
SET LOCAL statement_timeout = '5min';
SET LOCAL jit = off;
SELECT plan(64);

-- Numbers that look random, the same on every machine and in any plan.
CREATE FUNCTION dice(key text, sides bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashtextextended(key, 0) & 9223372036854775807) % greatest(sides, 1) $$;
-- Microseconds as an interval and back, without a double in between.
CREATE FUNCTION us(i interval) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT (extract(epoch FROM i) * 1000000)::bigint $$;
CREATE FUNCTION to_interval(us bigint) RETURNS interval LANGUAGE sql IMMUTABLE AS
$$ SELECT make_interval(hours => (us / 3600000000)::int) + (us % 3600000000 || ' microseconds')::interval $$;
SELECT is(array_agg(us(to_interval(n))), array_agg(n), 'the helpers of this test are exact')
FROM (VALUES (0::bigint), (1), (3599999999), (86400000001), (9007199254740993)) AS v (n);

-- ---------------------------------------------------------------------------
-- Zones, and the instants at which their clocks are shifted
-- ---------------------------------------------------------------------------
CREATE TABLE period (no serial, zone text, low date, high date);
INSERT INTO period (zone, low, high)
SELECT zone, '2000-01-01', '2037-12-31'
FROM unnest(ARRAY['America/New_York', 'Europe/Paris', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Asia/Tehran',
                  'Asia/Ho_Chi_Minh', 'America/Havana', 'America/Santiago', 'Africa/Casablanca', 'Pacific/Apia',
                  'Europe/Moscow', 'America/Caracas', 'Asia/Pyongyang', 'Africa/Cairo', 'Asia/Beirut']) AS zone;
INSERT INTO period (zone, low, high) VALUES
    ('America/New_York', '2030-01-01', '2050-01-01'),   -- where the list of the zone database ends and its rule begins
    ('Europe/Paris', '2405-01-01', '2425-01-01'),
    ('Europe/Paris', '1905-01-01', '1947-01-01'),       -- local mean time, in seconds; double summer time
    ('America/New_York', '1880-01-01', '1970-01-01'),
    ('Africa/Monrovia', '1965-01-01', '1975-01-01'),    -- offset -0:44:30
    ('Pacific/Kwajalein', '1990-01-01', '1997-01-01'),  -- a day left out
    ('Pacific/Apia', '1888-01-01', '1897-01-01'),       -- a day twice
    ('Antarctica/Troll', '2005-01-01', '2030-01-01'),   -- shifts of two hours
    ('America/Sitka', '1864-01-01', '1871-01-01');      -- offset of 15 hours, then a day twice
CREATE TABLE sample AS
SELECT no, zone, at, at AT TIME ZONE zone AS local
FROM period, generate_series(low::timestamptz - interval '4 days', high + interval '4 days', interval '12 h') AS at;
-- every offset a zone has
CREATE TABLE zone_offset AS SELECT DISTINCT no, zone, local - (at AT TIME ZONE 'UTC') AS shown FROM sample;
-- a shift lies between two samples whose clocks went apart: halve until one second is left
CREATE TABLE shift AS
WITH RECURSIVE search AS (
    SELECT no, zone, previous AS before, at AS after
    FROM (SELECT no, zone, at, local, lag(at) OVER w AS previous, lag(local) OVER w AS local_previous
          FROM sample WINDOW w AS (PARTITION BY no ORDER BY at)) AS t
    WHERE local - local_previous <> at - previous
    UNION ALL
    SELECT no, zone, CASE WHEN steady THEN middle ELSE before END, CASE WHEN steady THEN after ELSE middle END
    FROM search, LATERAL (SELECT before + date_trunc('second', (after - before) / 2) AS middle) AS m,
         LATERAL (SELECT (middle AT TIME ZONE zone) - (before AT TIME ZONE zone) = middle - before AS steady) AS s
    WHERE after - before > interval '1 s'
)
SELECT no, zone, after AS at, (before AT TIME ZONE zone) + interval '1 s' AS local_before,
       after AT TIME ZONE zone AS local_after, row_number() OVER (PARTITION BY no ORDER BY after) AS n
FROM search WHERE after - before = interval '1 s';
CREATE INDEX ON shift (no, n);
ANALYZE shift;
SELECT is(string_agg(local_before || ' -> ' || local_after, ', ' ORDER BY at),
    '2026-03-08 02:00:00 -> 2026-03-08 03:00:00, 2026-11-01 02:00:00 -> 2026-11-01 01:00:00',
    'the shifts of New York in 2026 are found')
FROM shift WHERE no = 1 AND at BETWEEN '2026-01-01' AND '2027-01-01';
SELECT is(array_agg(local_before || ' -> ' || local_after), ARRAY['2011-12-30 00:00:00 -> 2011-12-31 00:00:00'],
    'and the day that Apia left out')
FROM shift WHERE no = 10 AND local_after - local_before > interval '12 h';
SELECT cmp_ok(count(*), '>', 900::bigint, 'there are shifts') FROM shift;

-- ---------------------------------------------------------------------------
-- Random calendars: patterns of windows, given to the days of the week; holidays and replaced days, many of them on
-- the days of the shifts. Windows overlap and touch at will.
-- ---------------------------------------------------------------------------
CREATE TABLE calendar AS
SELECT id, p.no, zone, greatest(low, middle - 20 - dice(id || 'before', 500)::int) AS low,
       least(high, middle + 20 + dice(id || 'after', 500)::int) AS high, false AS long
FROM generate_series(1, 216) AS id JOIN period AS p ON p.no = 1 + id % 24,
     LATERAL (SELECT count(*) AS shifts FROM shift WHERE shift.no = p.no) AS s,
     LATERAL (SELECT coalesce((SELECT local_after::date FROM shift WHERE shift.no = p.no
                                 AND n = 1 + dice(id || 'shift', shifts)),
                              low + dice(id || 'middle', high - low)::int) AS middle) AS m
UNION ALL
SELECT 1000 + no, no, zone, low, high, true FROM period WHERE no < 16 AND no % 2 = 1;

-- A minute of the day: a usual time of shifts, a whole five minutes, or any; o and c of a window, unordered.
CREATE FUNCTION minute(key text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE dice(key || 'kind', 4)
        WHEN 0 THEN (ARRAY[0, 1440, 30, 60, 90, 120, 150, 180, 1380, 1410])[1 + dice(key, 10)]
        WHEN 1 THEN (ARRAY[0, 1440])[1 + dice(key, 2)]
        WHEN 2 THEN dice(key, 289)::int * 5
        ELSE dice(key, 1441)::int
    END $$;
CREATE TABLE pattern AS
SELECT id, p, least(a, b) AS o, greatest(a, b) AS c
FROM calendar, generate_series(0, 3) AS p, LATERAL generate_series(1, dice(id || 'windows' || p, 4)) AS w,
     LATERAL minute(id || 'a' || p || w) AS a, LATERAL minute(id || 'b' || p || w) AS b
WHERE a <> b;
CREATE TABLE week AS
SELECT DISTINCT id, dow, o, c
FROM (SELECT id, dow, dice(id || 'day' || dow, 1 + dice(id || 'patterns', 4)) AS p
      FROM calendar, generate_series(0, 6) AS dow) AS t JOIN pattern USING (id, p);
CREATE TABLE date_kind AS
SELECT id, day, CASE dice(id || 'kind' || day, 3) WHEN 0 THEN 'plain' WHEN 1 THEN 'holiday' ELSE 'day' END AS kind
FROM (SELECT id, local::date + d AS day FROM calendar AS c JOIN shift USING (no), unnest(ARRAY[local_before,
      local_after]) AS local, generate_series(-1, 1) AS d WHERE dice(id || local::text || d, 3) > 0
      UNION
      SELECT id, low + dice(id || 'date' || i, high - low)::int FROM calendar,
      LATERAL generate_series(1, dice(id || 'dates', 40)) AS i) AS t
     JOIN calendar USING (id) WHERE day BETWEEN low AND high;
CREATE TABLE replaced AS
SELECT DISTINCT id, day, least(a, b) AS o, greatest(a, b) AS c
FROM date_kind, LATERAL generate_series(1, 1 + dice(id || 'windows' || day, 3)) AS w,
     -- the minutes of that day's shift, or half an hour off, or any minute
     LATERAL (SELECT array_agg(extract(hour FROM local)::int * 60 + extract(minute FROM local)::int) AS minutes
              FROM shift, unnest(ARRAY[local_before, local_after]) AS local
              WHERE no = (SELECT no FROM calendar WHERE calendar.id = date_kind.id) AND local::date = day) AS s,
     LATERAL (SELECT id || 'r' || day || w AS key) AS k,
     LATERAL (SELECT CASE dice(key || 'use', 3) WHEN 0 THEN minutes[1 + dice(key || 'n', 2)]
                  WHEN 1 THEN least(1440, minutes[1 + dice(key || 'n', 2)] + 30) END AS m) AS m,
     LATERAL coalesce(m, minute(key || 'a')) AS a, LATERAL minute(key || 'b') AS b
WHERE kind = 'day' AND a <> b;
SELECT cmp_ok(count(*), '>', 300::bigint, 'days are replaced on which the clocks are shifted')
FROM replaced JOIN calendar USING (id) JOIN shift USING (no) WHERE day = local_before::date;

-- Their text: items in any order, each of one window, or the days of a pattern as a list, or as ranges round the week.
CREATE FUNCTION hhmm(minutes int) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT lpad((minutes / 60)::text, 2, '0') || ':' || lpad((minutes % 60)::text, 2, '0') $$;
CREATE FUNCTION dow_name(dow int) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT (ARRAY['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'])[1 + dow % 7] $$;
CREATE FUNCTION any_case(word text, key text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE dice(key, 8) WHEN 0 THEN lower(word) WHEN 1 THEN upper(word) ELSE word END $$;
CREATE TABLE item AS
-- 0: each weekday and window of its own
SELECT id, any_case(dow_name(dow), id || 'case' || dow) || ' ' || hhmm(o) || '-' || hhmm(c) AS item
FROM week WHERE dice(id || 'style', 3) = 0
UNION ALL
-- 1: weekdays of the same windows as a list, 2: as ranges, which may start late in the week and end early in it
SELECT id, days || ' ' || windows
FROM (SELECT id, windows, string_agg(name, ',' ORDER BY dice(id || name || 'order', 1000), name) AS days
      FROM (SELECT id, dow, string_agg(hhmm(o) || '-' || hhmm(c), ',' ORDER BY dice(id || 'o' || o || c, 1000), o, c)
                AS windows FROM week GROUP BY id, dow) AS d,
           LATERAL (SELECT array_agg(dow) AS same FROM (SELECT id, dow, array_agg(ROW(o, c) ORDER BY o, c) AS w
                    FROM week WHERE week.id = d.id GROUP BY id, dow) AS e
                    WHERE w = (SELECT array_agg(ROW(o, c) ORDER BY o, c) FROM week
                               WHERE week.id = d.id AND week.dow = d.dow)) AS e,
           LATERAL (SELECT coalesce(min(length), 7) AS length FROM generate_series(1, 6) AS length
                    WHERE NOT (dow + length) % 7 = ANY (same)) AS r,
           LATERAL (SELECT CASE WHEN dice(id || 'style', 3) = 2 AND length > 1 THEN any_case(dow_name(dow), id || 'f'
                        || dow) || '-' || dow_name(dow + length - 1) ELSE any_case(dow_name(dow), id || 'x' || dow)
                        END AS name) AS n
      WHERE dice(id || 'style', 3) = 1
         OR dice(id || 'style', 3) = 2 AND (NOT (dow + 6) % 7 = ANY (same) OR length = 7 AND dow = dice(id || 'd', 7))
      GROUP BY id, windows) AS t
UNION ALL
SELECT id, 'tz ' || any_case(zone, id || 'zone') FROM calendar
UNION ALL
SELECT id, 'holiday ' || string_agg(day::text, ', ' ORDER BY dice(id || 'h' || day, 1000), day)
FROM date_kind WHERE kind = 'holiday' GROUP BY id, dice(id || 'split' || day, 2)
UNION ALL
SELECT id, 'day ' || day || ' ' || string_agg(hhmm(o) || '-' || hhmm(c), ',' ORDER BY o)
FROM replaced GROUP BY id, day, dice(id || 'split' || o, 2);
ALTER TABLE calendar ADD text text, ADD hours business_hours;
UPDATE calendar SET text = t.text, hours = t.text::business_hours
FROM (SELECT id, string_agg(item, '; ' ORDER BY dice(id || item, 1000), item) AS text FROM item GROUP BY id) AS t
WHERE t.id = calendar.id;
ANALYZE calendar;

-- The canonical text: windows united, the weekdays of equal windows together.
CREATE TABLE canonical AS
WITH united AS (
    SELECT id, dow, string_agg(hhmm(lower(r)) || '-' || hhmm(upper(r)), ',' ORDER BY r) AS windows
    FROM (SELECT id, dow, unnest(range_agg(int4range(o, c))) AS r FROM week GROUP BY id, dow) AS t GROUP BY id, dow
), run AS (
    SELECT id, windows, min(dow) AS low, dow_name(min(dow)) || CASE WHEN count(*) > 1 THEN '-' || dow_name(max(dow))
        ELSE '' END AS days
    FROM (SELECT *, dow - row_number() OVER (PARTITION BY id, windows ORDER BY dow) AS island FROM united) AS t
    GROUP BY id, windows, island
), part AS (
    SELECT id, 1 AS section, min(low)::text AS place, string_agg(days, ',' ORDER BY low) || ' ' || windows AS item
    FROM run GROUP BY id, windows
    UNION ALL SELECT id, 2, '', 'tz ' || zone FROM calendar
    UNION ALL SELECT id, 3, '', 'holiday ' || string_agg(day::text, ', ' ORDER BY day) FROM date_kind
    WHERE kind = 'holiday' GROUP BY id
    UNION ALL SELECT id, 4, day::text, 'day ' || day || ' ' || string_agg(hhmm(lower(r)) || '-' || hhmm(upper(r)),
        ',' ORDER BY r)
    FROM (SELECT id, day, unnest(range_agg(int4range(o, c))) AS r FROM replaced GROUP BY id, day) AS t GROUP BY id, day
)
SELECT id, string_agg(item, '; ' ORDER BY section, place) AS text FROM part GROUP BY id;
SELECT is(min(calendar.text || ' -> ' || hours) FILTER (WHERE hours::text <> canonical.text), NULL,
    'random calendars are written in canonical form')
FROM calendar JOIN canonical USING (id) HAVING count(*) = 224;
SELECT is(min(hours::text) FILTER (WHERE hours::text::business_hours IS DISTINCT FROM hours), NULL,
    'and read back as the same value')
FROM calendar;

-- ---------------------------------------------------------------------------
-- The oracle: where the local clock shows an edge, and the open set
-- ---------------------------------------------------------------------------
CREATE TABLE opening AS
SELECT id, no, day, day + o * interval '1 min' AS local_o, day + c * interval '1 min' AS local_c
FROM (SELECT id, no, day::date, o, c
      FROM calendar JOIN week USING (id), generate_series(low, high, interval '1 day') AS day
      WHERE dow = extract(isodow FROM day) - 1
        AND NOT EXISTS (SELECT FROM date_kind AS k WHERE k.id = calendar.id AND k.day = day.day::date
            AND (kind = 'holiday' OR EXISTS (SELECT FROM replaced AS r WHERE r.id = k.id AND r.day = k.day)))
      UNION ALL
      SELECT id, no, day, o, c FROM replaced JOIN calendar USING (id)) AS t;
-- an edge occurs once, twice or, in a gap, not at all
CREATE TABLE edge AS SELECT no, local_o AS local FROM opening UNION SELECT no, local_c FROM opening;
CREATE TABLE occurring AS
SELECT no, local, min(t) AS first, max(t) AS last
FROM edge JOIN zone_offset USING (no), LATERAL (SELECT (local - shown) AT TIME ZONE 'UTC' AS t) AS t
WHERE t AT TIME ZONE zone = local GROUP BY no, local;
CREATE TABLE missing AS
SELECT no, local, at AS gap FROM edge JOIN shift USING (no) WHERE local >= local_before AND local < local_after;
SELECT is(array_agg(DISTINCT (o.no IS NULL) <> (m.no IS NULL)), ARRAY[true], 'an edge occurs, or lies in a gap')
FROM edge LEFT JOIN occurring AS o USING (no, local) LEFT JOIN missing AS m USING (no, local)
HAVING count(m) > 100 AND count(*) FILTER (WHERE last > first) > 100;
DROP TABLE edge;
CREATE TABLE edge AS SELECT * FROM occurring UNION ALL SELECT no, local, gap, gap FROM missing;
ANALYZE edge;
-- the same by brute force: every minute (of Greenwich) about a shift
SELECT is(count(*) FILTER (WHERE (e.first, e.last) IS DISTINCT FROM (m.first, m.last)), 0::bigint,
    'edges are where a search by the minute finds them')
FROM (SELECT no, zone, at FROM shift WHERE no <= 15 AND dice(no || 'grid' || n, 8) = 0) AS s
     CROSS JOIN LATERAL (SELECT t AT TIME ZONE zone AS local, min(t) AS first, max(t) AS last
              FROM generate_series(at - interval '28 h', at + interval '28 h', interval '1 min') AS t
              GROUP BY local) AS m
     JOIN edge AS e USING (no, local)
WHERE local BETWEEN (at AT TIME ZONE zone) - interval '26 h' AND (at AT TIME ZONE zone) + interval '26 h'
  AND NOT EXISTS (SELECT FROM missing WHERE missing.no = e.no AND missing.local = e.local)
HAVING count(*) > 200;
CREATE TABLE island AS
SELECT id, row_number() OVER w AS n, r, us(upper(r) - lower(r)) AS length,
       sum(us(upper(r) - lower(r))) OVER w - us(upper(r) - lower(r)) AS before
FROM (SELECT id, unnest(range_agg(tstzrange(o.first, c.last))) AS r
      FROM opening AS t JOIN edge AS o ON o.no = t.no AND o.local = local_o
           JOIN edge AS c ON c.no = t.no AND c.local = local_c
      GROUP BY id) AS t
WINDOW w AS (PARTITION BY id ORDER BY r);
ALTER TABLE island ADD opens timestamptz, ADD closes timestamptz;
UPDATE island SET opens = lower(r), closes = upper(r);
CREATE INDEX ON island (id, opens) INCLUDE (closes);
CREATE INDEX ON island (id, n);
CREATE INDEX ON island (id, before);
ANALYZE island;
SELECT cmp_ok(count(*), '>', 100000::bigint, 'there are openings') FROM island;

-- Open microseconds from a to b, and those from the beginning of the calendar's days to an instant.
CREATE FUNCTION open_us(cal int, a timestamptz, b timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(us(sum(least(closes, b) - greatest(opens, a))), 0)
    FROM island WHERE id = cal AND opens < b AND closes > a
        -- for speed: not the openings before the last one before a
        AND opens >= coalesce((SELECT opens FROM island WHERE id = cal AND opens <= a ORDER BY opens DESC LIMIT 1), a)
$$;
CREATE FUNCTION open_before(cal int, a timestamptz) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT before + us(least(closes, a) - opens) FROM island
                     WHERE id = cal AND opens <= a ORDER BY opens DESC LIMIT 1), 0)
$$;

-- ---------------------------------------------------------------------------
-- Random intervals: from anywhere, from about a shift or from about an edge; to another such instant, or as long as
-- a microsecond to years
-- ---------------------------------------------------------------------------
CREATE FUNCTION near(at timestamptz, key text) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT at + CASE dice(key || 'near', 5) WHEN 0 THEN interval '0' WHEN 1 THEN interval '1 us'
                    WHEN 2 THEN interval '-1 us' ELSE to_interval(dice(key || 'by', 14400000000) - 7200000000) END $$;
CREATE TABLE point AS
SELECT id, i, low, high, CASE dice(key, 5)
        WHEN 0 THEN low + to_interval(dice(key || 'any', us(high - low)))
        WHEN 1 THEN near(shifted, key)
        WHEN 2 THEN near(opens, key)
        ELSE near(closes, key) END AS at
FROM (SELECT id, no, low + interval '3 days' AS low, high - interval '3 days' AS high, long FROM calendar) AS c,
     LATERAL (SELECT coalesce(max(n), 1) AS islands FROM island WHERE island.id = c.id) AS s,
     LATERAL (SELECT array_agg(shift.at) AS shifts FROM shift WHERE shift.no = c.no AND shift.at BETWEEN low AND high)
         AS h,
     LATERAL generate_series(1, CASE WHEN long THEN 100 ELSE 170 END) AS i,
     LATERAL (SELECT id || 'point' || i AS key, shifts[1 + dice(id || 'which' || i, array_length(shifts, 1))]
              AS shifted) AS k
     LEFT JOIN LATERAL (SELECT opens, closes FROM island WHERE island.id = c.id AND n = 1 + dice(key || 'n', islands))
         AS o ON true;
CREATE TABLE test AS
SELECT row_number() OVER (ORDER BY dice(id || 'shuffle' || i, 1000000), id, i)::int AS case_no, id,
       least(at, b) AS a, greatest(at, b) AS b
FROM (SELECT id, p.i, low, high, p.at, CASE WHEN dice(id || 'to' || p.i, 2) = 0 THEN q.at ELSE
             p.at + to_interval(dice(id || 'length' || p.i, (2 ^ dice(id || 'scale' || p.i, 48))::bigint)) END AS b
      FROM point AS p JOIN point AS q USING (id, low, high) WHERE q.i = 1 + dice(id || 'other' || p.i, 100)) AS t
WHERE at BETWEEN low AND high AND b BETWEEN low AND high;
CREATE INDEX ON test (case_no);
ANALYZE test;
CREATE TABLE answer AS
SELECT case_no, id, a, b, open_us(id, a, b) AS expected, business_duration(a, b, hours) AS got, hours
FROM test JOIN calendar USING (id) ORDER BY case_no;
ANALYZE answer;
CREATE FUNCTION told(a timestamptz, b timestamptz, expected text, got text, hours business_hours) RETURNS text
LANGUAGE sql AS $$ SELECT format('%s to %s: %s, not %s: %s', a, b, expected, got, left(hours::text, 2000)) $$;

SELECT is(min(told(a, b, to_interval(expected)::text, got::text, hours)) FILTER (WHERE us(got) <> expected), NULL,
    'the duration is that of the oracle, to the microsecond')
FROM answer HAVING count(*) > 25000;
SELECT is(count(*) FILTER (WHERE extract(day FROM got) <> 0 OR extract(month FROM got) <> 0), 0::bigint,
    'a duration is in hours, never days')
FROM answer HAVING count(*) FILTER (WHERE expected > 86400000000) > 5000;
SELECT cmp_ok(count(*), '>', 5000::bigint, 'some intervals lie outside the hours') FROM answer WHERE expected = 0;
SELECT cmp_ok(count(DISTINCT id), '>', 200::bigint, 'many cross shifts of the clocks') FROM answer
WHERE expected > 0 AND EXISTS (SELECT FROM shift, calendar AS c WHERE c.id = answer.id AND shift.no = c.no
                               AND at BETWEEN a AND b);
-- the same with one calendar after another, and from a session in another zone
SET LOCAL timezone = 'America/Havana';
SELECT is(count(*) FILTER (WHERE got <> again), 0::bigint, 'calendar by calendar it is the same')
FROM (SELECT got, business_duration(a, b, hours) AS again FROM answer ORDER BY id, a DESC) AS t;
SELECT is(count(*) FILTER (WHERE hours <> text::business_hours), 0::bigint, 'the zone of the session does not matter')
FROM calendar;
SET LOCAL timezone = 'UTC';
SELECT is(count(*) FILTER (WHERE us(business_duration(a, m, hours)) + us(business_duration(m, b, hours)) <> expected),
    0::bigint, 'the parts of an interval add up to it')
FROM answer, LATERAL (SELECT a + to_interval(dice(case_no || 'split', us(b - a))) AS m) AS m;
SELECT is(count(*) FILTER (WHERE expected > us(b - a)), 0::bigint, 'no more is open than elapses') FROM answer;

-- is_business_time: open at an opening, closed at a closing
SELECT is(min(told(at, at, expected::text, got::text, hours)) FILTER (WHERE got <> expected), NULL,
    'is_business_time is that of the oracle, ' || what)
FROM (SELECT what, at, hours, is_business_time(at, hours) AS got,
             coalesce((SELECT closes > at FROM island WHERE island.id = t.id AND opens <= at
                       ORDER BY opens DESC LIMIT 1), false) AS expected
      FROM (SELECT 'at random' AS what, id, hours, a AS at FROM answer
            UNION ALL SELECT 'at an opening', id, hours, opens + by FROM island JOIN calendar USING (id),
                (VALUES (interval '-1 us'), ('0')) AS v (by) WHERE n % 17 = 0
            UNION ALL SELECT 'at a closing', id, hours, closes + by FROM island JOIN calendar USING (id),
                (VALUES (interval '-1 us'), ('0')) AS v (by) WHERE n % 17 = 0 AND closes < high
            UNION ALL SELECT 'at a shift', id, hours, at + by FROM calendar AS c JOIN shift USING (no),
                (VALUES (interval '-1 us'), ('0')) AS v (by) WHERE at BETWEEN low + 3 AND high - 3) AS t) AS t
GROUP BY what HAVING count(*) > 1500 ORDER BY what;

-- business_deadline: the amount of the interval, or any
CREATE TABLE due AS
SELECT case_no, t.id, a, hours, amount, i.opens + to_interval((done + amount - i.before)::bigint) AS expected
FROM (SELECT case_no, id, a, hours, open_before(id, a) AS done, (SELECT max(n) - 20 FROM island WHERE id = answer.id)
                 AS enough, CASE dice(case_no || 'amount', 3) WHEN 0 THEN expected
                 ELSE 1 + dice(case_no || 'due', (2 ^ dice(case_no || 'scale', 46))::bigint) END AS amount
      FROM answer WHERE dice(case_no || 'due?', 2) = 0) AS t,
     -- the last opening before which less is open
     LATERAL (SELECT * FROM island WHERE island.id = t.id AND before < done + amount ORDER BY before DESC LIMIT 1) AS i
WHERE amount > 0 AND n < enough;
SELECT is(min(told(a, expected, to_interval(amount) || '', got || '', hours)) FILTER (WHERE got <> expected), NULL,
    'the deadline is that of the oracle')
FROM (SELECT *, business_deadline(a, to_interval(amount), hours) AS got FROM due) AS t HAVING count(*) > 8000;
SELECT is(count(*) FILTER (WHERE us(business_duration(a, expected, hours)) <> amount OR
                                 us(business_duration(a, expected - interval '1 us', hours)) <> amount - 1), 0::bigint,
    'the duration until it is the amount, a microsecond before it is less')
FROM due;
SELECT is(count(*) FILTER (WHERE business_deadline(a, '0', hours) <> a), 0::bigint, 'nothing is due at once')
FROM answer WHERE case_no <= 2000;

-- business_days
CREATE TABLE open_day AS SELECT DISTINCT id, day FROM opening;
CREATE INDEX ON open_day (id, day);
ANALYZE open_day;
SELECT is(min(told(a, b, expected || '', got || '', hours)) FILTER (WHERE got <> expected), NULL,
    'business_days is that of the oracle')
FROM (SELECT a, b, hours, business_days(a::date, b::date, hours) AS got,
             (SELECT count(*) FROM open_day AS o WHERE o.id = t.id AND day BETWEEN a::date AND b::date) AS expected
      FROM answer AS t WHERE dice(case_no || 'days', 4) = 0) AS t HAVING count(*) > 5000;

-- Multiranges: tickets that rest
CREATE TABLE rested AS
SELECT id, hours, range_agg(tstzrange(a, b, (ARRAY['[)', '[]', '()', '(]'])[1 + case_no % 4])) AS active
FROM answer WHERE b - a < interval '20 days' GROUP BY id, hours, case_no / 5000;
SELECT is(count(*) FILTER (WHERE us(business_duration(active, hours)) IS DISTINCT FROM expected), 0::bigint,
    'the duration of a multirange is that of its parts')
FROM (SELECT *, (SELECT coalesce(sum(us(business_duration(lower(r), upper(r), hours))), 0)
                 FROM unnest(active) AS r) AS expected
      FROM rested) AS t HAVING count(*) > 1000;
SELECT is(count(*) FILTER (WHERE us(business_duration(active, hours)) IS DISTINCT FROM expected), 0::bigint,
    'and that of the oracle')
FROM (SELECT *, (SELECT coalesce(sum(open_us(id, lower(r), upper(r))), 0) FROM unnest(active) AS r) AS expected
      FROM rested) AS t;

-- ---------------------------------------------------------------------------
-- 24/7 is plain elapsed time
-- ---------------------------------------------------------------------------
CREATE TABLE always AS
SELECT zone, no, ('Mon-Sun 00:00-24:00; tz ' || zone)::business_hours AS hours
FROM unnest(ARRAY['America/New_York', 'Europe/Paris', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Asia/Tehran',
    'Asia/Ho_Chi_Minh', 'America/Havana', 'America/Santiago', 'Africa/Casablanca', 'Pacific/Apia', 'Europe/Moscow',
    'America/Caracas', 'Asia/Pyongyang', 'Africa/Cairo', 'Asia/Beirut', 'Antarctica/Troll', 'Africa/Monrovia',
    'America/Sitka', 'Europe/Dublin', 'UTC']) WITH ORDINALITY AS z (zone, no);
CREATE TABLE elapsed AS
SELECT i, a, b, hours FROM (
    SELECT i, CASE dice(i || 'shift', 4) WHEN 0 THEN near(coalesce(at, '1970-01-01'), i || 's')
              ELSE timestamptz '1840-01-01' + to_interval(dice(i || 'a', 14000000000000000)) END AS a,
           to_interval(dice(i || 'b', (2 ^ dice(i || 'scale', 54))::bigint)) AS length, hours
    FROM generate_series(1, 100000) AS i JOIN always ON no = 1 + i % 20
         LEFT JOIN shift AS s ON s.no = 1 + i % 20 AND s.n = 1 + dice(i || 'n', 76)) AS t,
    LATERAL (SELECT a + length AS b) AS b;
SELECT is(min(told(a, b, (b - a)::text, got::text, hours)) FILTER (WHERE us(got) <> us(b - a)), NULL,
    '24/7 is elapsed time')
FROM (SELECT *, business_duration(a, b, hours) AS got FROM elapsed) AS t
HAVING count(*) = 100000 AND count(*) FILTER (WHERE a < '1970-01-01') > 10000
   AND count(*) FILTER (WHERE b > '2100-01-01') > 10000;
SELECT is(count(*) FILTER (WHERE business_deadline(a, to_interval(us(b - a)), hours) <> b), 0::bigint,
    'and so is its deadline')
FROM elapsed WHERE i % 5 = 0;
SELECT is(count(*) FILTER (WHERE NOT is_business_time(a, hours)), 0::bigint, 'it never closes') FROM elapsed
WHERE i % 5 = 0;
SELECT is(count(*) FILTER (WHERE business_days(a::date, b::date, hours) <> b::date - a::date + 1), 0::bigint,
    'every day is a business day') FROM elapsed WHERE i % 5 = 0;

-- ---------------------------------------------------------------------------
-- Aggregates: those of durations and of SLAs, of business time
-- ---------------------------------------------------------------------------
CREATE TABLE ticket AS
SELECT case_no % 53 AS grp, CASE WHEN case_no % 7 > 0 THEN a END AS opened,
       CASE WHEN case_no % 5 > 0 THEN b END AS closed, CASE WHEN case_no % 11 > 0 THEN hours END AS hours,
       business_duration(a, b, hours) AS took,
       to_interval(dice(case_no || 'target', CASE case_no % 3 WHEN 0 THEN 36000000000 ELSE 360000000000 END))
           AS target,
       CASE WHEN case_no % 13 > 0 THEN b + to_interval(dice(case_no || 'now', 864000000000) - 432000000000) END
           AS as_of
FROM answer WHERE case_no <= 12000 AND b - a < interval '40 days';
ANALYZE ticket;
SELECT cmp_ok(count(*), '>', 5000::bigint, 'there are tickets') FROM ticket;
CREATE TABLE taken AS
SELECT grp, duration_summary(took) AS s, count(*) AS n, sum(us(took)) AS us
FROM ticket WHERE num_nulls(opened, closed, hours) = 0 GROUP BY grp;
SELECT is(count(*), 53::bigint, 'duration_summary of business time is that of the durations')
FROM taken
     JOIN (SELECT grp, duration_summary(opened, closed, hours) AS s FROM ticket GROUP BY grp) AS t USING (grp, s);
SELECT is(count(*), 53::bigint, kpi || ' of business time is that of the durations')
FROM taken JOIN (
    SELECT grp, avg_resolution_time(a, b, h), avg_first_response_time(a, b, h), avg_lead_response_time(a, b, h),
           avg_sales_cycle(a, b, h), median_resolution_time(a, b, h), median_first_response_time(a, b, h),
           median_lead_response_time(a, b, h), median_sales_cycle(a, b, h)
    FROM (SELECT grp, opened, closed, hours FROM ticket) AS t (grp, a, b, h) GROUP BY grp) AS k USING (grp),
    LATERAL (VALUES
        ('avg_resolution_time', avg_resolution_time, mean(s)),
        ('avg_first_response_time', avg_first_response_time, mean(s)),
        ('avg_lead_response_time', avg_lead_response_time, mean(s)),
        ('avg_sales_cycle', avg_sales_cycle, mean(s)),
        ('median_resolution_time', median_resolution_time, median(s)),
        ('median_first_response_time', median_first_response_time, median(s)),
        ('median_lead_response_time', median_lead_response_time, median(s)),
        ('median_sales_cycle', median_sales_cycle, median(s))) AS v (kpi, got, expected)
WHERE got = expected AND extract(day FROM got) = 0 AND extract(month FROM got) = 0
  -- a mean is rounded half up
  AND us(mean(s)) = div(2 * us + n, 2 * n)
GROUP BY kpi ORDER BY kpi;
SELECT is(avg_resolution_time(opened, closed, hours), '139:00', 'a mean is in hours, never days')
FROM (VALUES (timestamptz '2026-01-05 09:00Z', timestamptz '2026-01-16 17:00Z', business_hours
    'Mon-Sun 10:00-22:00; tz UTC')) AS v (opened, closed, hours);
SELECT is(t::text, '(0,,,)', 'rows without a calendar, or without an end, do not count')
FROM (SELECT items(duration_summary(a, b, h)), avg_resolution_time(a, b, h), median_sales_cycle(a, b, h),
             sla_attainment(a, b, '1 h', b, h)
      FROM (VALUES (NULL::timestamptz, now(), 'tz UTC'::business_hours), (now(), NULL, 'tz UTC'),
          (now(), now(), NULL)) AS v (a, b, h)) AS t;
SELECT is(t::text, '(0,,,)', 'no rows')
FROM (SELECT items(duration_summary(a, b, hours)), avg_resolution_time(a, b, hours), median_sales_cycle(a, b, hours),
             sla_attainment(a, b, '1 h', b, hours) FROM answer WHERE false) AS t;

-- resolved within the target of all that were resolved or are open past it, known at as_of
SELECT is(count(*), 53::bigint, 'sla_attainment of business time')
FROM (SELECT grp, sla_attainment(opened, closed, target, as_of, hours) AS r,
             count(*) FILTER (WHERE closed <= as_of AND spent <= target) AS kept,
             count(*) FILTER (WHERE closed <= as_of OR late > target) AS counted
      FROM ticket, LATERAL (SELECT business_duration(opened, closed, hours) AS spent, CASE WHEN as_of >= opened
               THEN business_duration(opened, as_of, hours) END AS late) AS l
      WHERE num_nulls(opened, target, hours) = 0 GROUP BY grp) AS t
WHERE r IS NOT DISTINCT FROM kept::float8 / nullif(counted, 0) AND kept < counted AND counted > 10 AND kept > 2;
SELECT is(count(*), 53::bigint, 'sla_attainment leaves out what has a NULL')
FROM (SELECT grp, sla_attainment(opened, closed, target, as_of, hours) AS r,
             sla_attainment(opened, closed, target, as_of, hours)
                 FILTER (WHERE num_nulls(opened, target, as_of, hours) = 0) AS without
      FROM ticket GROUP BY grp HAVING count(opened) < count(*) AND count(hours) < count(*)) AS t WHERE r = without;
SELECT is(ARRAY[sla_attainment('2026-01-02 16:00Z', at, '2 h', as_of::timestamptz, 'Mon-Fri 09:00-17:00; tz UTC')],
    ARRAY[expected], label)
FROM (VALUES -- Friday; two hours end on Monday at 10
    (1, timestamptz '2026-01-05 10:00Z', '2026-01-06', 1::float8, 'resolved at the target: kept'),
    (2, '2026-01-05 10:00:00.000001Z', '2026-01-06', 0, 'a microsecond later: missed'),
    (3, NULL, '2026-01-05 10:00Z', NULL, 'open at the target: not decided'),
    (4, NULL, '2026-01-05 10:00:00.000001Z', 0, 'open past the target: missed'),
    (5, NULL, '2026-01-04 12:00Z', NULL, 'open at the weekend: not decided'),
    (6, '2026-01-05 09:30Z', '2026-01-05 09:29Z', NULL, 'resolved after as_of, within the target: not decided'),
    (7, '2026-01-05 09:30Z', 'infinity', 1, 'as_of infinity, resolved: kept'),
    (8, NULL, '2025-01-01', NULL, 'opened after as_of: not there yet')) AS v (no, at, as_of, expected, label)
GROUP BY no, label, expected ORDER BY no;

-- the same by several processes, each with calendars of its own
CREATE TABLE alone AS SELECT duration_summary(opened, closed, hours) AS s FROM ticket;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE FUNCTION plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    result text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF, TIMING OFF, SUMMARY OFF, ANALYZE) ' || query LOOP
        result := result || line || E'\n';
    END LOOP;
    RETURN result;
END $$;
SELECT matches(plan_of('SELECT duration_summary(opened, closed, hours) FROM ticket'),
    'Finalize Aggregate.*Gather.*Workers Launched: [1-9].*Partial Aggregate.*Parallel Seq Scan',
    'the plan is parallel');
SELECT is(duration_summary(opened, closed, hours) = (SELECT s FROM alone), true, 'parallel it is the same')
FROM ticket;
SET LOCAL max_parallel_workers_per_gather = 0;

-- ---------------------------------------------------------------------------
-- The ends of time
-- ---------------------------------------------------------------------------
-- far away: as many hours as its zone at the same place of the 400 years after which the calendar repeats itself
SELECT is(us(business_duration(a + far, b + far, hours)), us(business_duration(a, b, hours)), 'in the year '
    || extract(year FROM a + far))
FROM (SELECT timestamptz '2061-01-01' + 100 * n * interval '1 day' AS a, timestamptz '2061-02-14 15:16:17.18'
             + 500 * n * interval '1 day' AS b, n * n * interval '146097 days' AS far,
             'Mon-Fri 00:30-01:30,09:00-24:00; tz America/New_York'::business_hours AS hours
      FROM generate_series(1, 25, 8) AS n) AS t ORDER BY far;
SELECT is(us(business_duration(a, b, 'Mon-Sun 00:00-24:00; tz Asia/Tehran')), us(b - a), 'nearly all there is')
FROM (VALUES (timestamptz '4713-01-01 00:00Z BC', timestamptz '280000-01-01')) AS v (a, b);
-- a date that stands for never does not fill the memory of a session, however many calendars it uses
SELECT is(min(business_duration('2026-01-01', '9999-12-31', h)) > '16000000 h', true, 'durations to 9999-12-31')
FROM (SELECT ('Mon-Fri 09:00-17:' || 10 + i % 50 || '; tz America/New_York; holiday 2026-01-0' || 1 + i / 50)
                 ::business_hours AS h FROM generate_series(0, 199) AS i) AS t;
SELECT cmp_ok(sum(total_bytes), '<', 100000000::numeric, 'take little memory')
FROM pg_backend_memory_contexts WHERE name LIKE 'crmkpi%';
SELECT * FROM finish();
ROLLBACK;
