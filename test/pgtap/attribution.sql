-- attribution: by hand, and at random against plain SQL, and the Markov chain against Gaussian elimination.
BEGIN;
SET LOCAL search_path = public, crmkpi;
SET LOCAL timezone = 'America/New_York';
SELECT plan(212);

CREATE TABLE model AS
SELECT * FROM unnest('{first,last,linear,time_decay,position,markov}'::text[]) WITH ORDINALITY AS m (model, no);
CREATE FUNCTION shown(attribution_summary, model text, half_life interval DEFAULT '7 days', win interval DEFAULT NULL)
RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s %s', channel, trim_scale(conversions), trim_scale(value)), ', ')
    FROM attributed($1, $2, $3, $4) $$;

-- ---------------------------------------------------------------------------
-- By hand
-- ---------------------------------------------------------------------------
CREATE TABLE touch (customer_id bigint, at timestamptz, channel text, value numeric);
INSERT INTO touch VALUES
    -- a week between all; the channel of a conversion does not matter
    (1, '2025-03-01 12:00+00', 'search', NULL), (1, '2025-03-08 12:00+00', 'email', NULL),
    (1, '2025-03-15 12:00+00', 'social', NULL), (1, '2025-03-22 12:00+00', 'phone', 63),
    -- two sales after one click
    (2, '2025-03-01 12:00+00', 'email', NULL), (2, '2025-03-02 12:00+00', NULL, 50.25),
    (2, '2025-03-03 12:00+00', NULL, 10),
    -- a sale before any touch
    (3, '2025-03-01 12:00+00', NULL, 20), (3, '2025-03-02 12:00+00', 'social', NULL),
    -- no sale
    (4, '2025-03-02 12:00+00', 'search', NULL), (4, '2025-03-03 12:00+00', 'search', NULL);
CREATE TABLE summary AS SELECT attribution(customer_id, at, channel, value) AS s FROM touch;
SELECT is(shown(s, model, '7 days', win), expected, concat_ws(' ', model, 'within ' || win::text))
FROM summary, (VALUES
    ('first', NULL::interval, 'email 2 60.25, direct 1 20, search 1 63, social 0 0'),
    ('last', NULL, 'email 2 60.25, direct 1 20, social 1 63, search 0 0'),
    ('linear', NULL, 'email 2.333333 81.25, direct 1 20, social 0.333334 21, search 0.333333 21'),
    ('time_decay', NULL, 'email 2.285714 78.25, direct 1 20, social 0.571429 36, search 0.142857 9'),
    ('position', NULL, 'email 2.2 72.85, direct 1 20, search 0.4 25.2, social 0.4 25.2'),
    -- a touch exactly at the edge is in
    ('first', '14 days', 'email 3 123.25, direct 1 20, search 0 0, social 0 0'),
    ('first', '13 days 24:00', 'email 3 123.25, direct 1 20, search 0 0, social 0 0'),
    ('first', '13 days 23:59:59.999999', 'email 2 60.25, direct 1 20, social 1 63, search 0 0'),
    ('linear', '14 days', 'email 2.5 91.75, direct 1 20, social 0.5 31.5, search 0 0'),
    ('position', '14 days', 'email 2.5 91.75, direct 1 20, social 0.5 31.5, search 0 0'),
    ('time_decay', '14 days', 'email 2.333333 81.25, direct 1 20, social 0.666667 42, search 0 0'),
    ('last', '0', 'direct 4 143.25, email 0 0, search 0 0, social 0 0'),
    ('markov', '0', 'direct 4 143.25, email 0 0, search 0 0, social 0 0'),
    ('linear', '1 day', 'direct 3 93, email 1 50.25, search 0 0, social 0 0')) AS v (model, win, expected);
SELECT is(shown(s, 'time_decay', half_life), expected, 'half-life ' || half_life)
FROM summary, (VALUES
    -- weights 1/16, 1/4, 1; and as good as none; and nearly the same
    (interval '84 hours', 'email 2.190476 72.25, direct 1 20, social 0.761905 48, search 0.047619 3'),
    ('1 us', 'email 2 60.25, direct 1 20, social 1 63, search 0 0'),
    ('106751991 days', 'email 2.333333 81.25, direct 1 20, social 0.333334 21, search 0.333333 21'))
    AS v (half_life, expected);
/*
 * Paths: search email social (sold), email (sold) twice, then social and search search (lost). From the start 1/5 go
 * to search twice (1, 4), 2/5 to email, 1/5 to social. Steps: search to email 1/3, search 1/3, nothing 1/3; email to
 * social 1/3, sold 2/3; social to sold 1/2, nothing 1/2. So h: social 1/2, email 2/3 + 1/6 = 5/6, search = (1/3 x 5/6)
 * / (2/3) = 5/12. Conversions: 2/5 x 5/12 + 2/5 x 5/6 + 1/5 x 1/2 = 3/5. Ever visited: search 2/5; email 2/5 + 2/5 x
 * 1/2 = 3/5; social 1/5 + 3/5 x 1/3 = 2/5. Effects: search 1/6 / 3/5 = 5/18, email 1/2 / 3/5 = 15/18, social 1/5 / 3/5
 * = 6/18. Of three conversions that had a path: 15/26, 45/26, 18/26, and of 123.25 in money.
 */
SELECT is(shown(s, 'markov'), format('email %s %s, direct 1 20, social %s %s, search %s %s', round(45 / 26.0, 6),
              round(123.25 * 15 / 26, 4), round(18 / 26.0, 6), round(123.25 * 6 / 26, 4), round(15 / 26.0, 6),
              round(123.25 * 5 / 26, 4)), 'markov')
FROM summary;
/*
 * Within 8 days, the touches of the first sale are social alone. Those of 1 before are a path to nothing.
 * Start: search 2 (1, 4), social 2 (1, 3), email 2 (2). Search to search 1/3, email 1/3, nothing 1/3; email to sold
 * 2/3, nothing 1/3; social to sold 1/2, nothing 1/2. h: email 2/3, search (1/3 x 2/3) / (2/3) = 1/3, social 1/2. Ever
 * visited: search 1/3, social 1/3, email 1/3 + 1/3 x 1/2 = 1/2. Lost without: search 1/9, social 1/6, email 1/3.
 */
SELECT is(shown(s, 'markov', '7 days', '8 days'),
          'email 1.636364 67.2273, direct 1 20, social 0.818182 33.6136, search 0.545454 22.4091',
          'touches before the window lead to nothing, too')
FROM summary;
SELECT is((SELECT array_agg(round(share::numeric, 6)) FROM attributed(s, 'linear')),
          '{0.583333,0.250000,0.083333,0.083333}',
          'shares are of all conversions') FROM summary;
SELECT is(shown(attribution(1, '2025-01-01'::timestamptz + i * interval '1 h', channel, value), 'position'),
          expected, label)
FROM (VALUES ('one touch', 1, 'a1 1 30'), ('two', 2, 'a1 0.5 15, a2 0.5 15'),
             ('three', 3, 'a1 0.4 12, a3 0.4 12, a2 0.2 6'),
             ('four', 4, 'a1 0.4 12, a4 0.4 12, a2 0.1 3, a3 0.1 3')) AS v (label, n, expected),
     LATERAL (SELECT i, 'a' || i AS channel, NULL::numeric AS value FROM generate_series(1, n) AS i
              UNION ALL SELECT n + 1, NULL, 30) AS t
GROUP BY label, n, expected ORDER BY n;

-- what has no touches, no conversions, or neither
SELECT is(shown(attribution(1, now(), NULL, 5), model), 'direct 1 5', model || ': no touch')
FROM model GROUP BY no, model ORDER BY no;
SELECT is((SELECT array_agg(a::text) FROM attributed(s, model) AS a), '{"(a,0.000000,0.0000,)","(b,0.000000,0.0000,)"}',
          model || ': no conversion')
FROM (SELECT attribution(i, now(), CASE i WHEN 1 THEN 'a' ELSE 'b' END, NULL) AS s
      FROM generate_series(1, 2) AS i) AS t, model ORDER BY no;
SELECT is_empty(format('SELECT attributed(''v1 decimals=4 channels= key=none records=0 packed='', %L)', model),
                model || ': nothing') FROM model ORDER BY no;
SELECT is(shown(attribution(1, at, channel, value), model, '7 days', '1 h'), expected,
          model || ': a channel named direct')
FROM (VALUES (timestamptz '2025-01-01', 'direct', NULL::numeric), ('2025-01-01', 'x', NULL), ('2025-01-01', NULL, 8),
             ('2025-02-01', NULL, 5)) AS t (at, channel, value),
     (VALUES ('linear', 'direct 1.5 9, x 0.5 4'), ('time_decay', 'direct 1.5 9, x 0.5 4'),
             ('position', 'direct 1.5 9, x 0.5 4'), ('markov', 'direct 1.5 9, x 0.5 4')) AS v (model, expected)
GROUP BY model, expected ORDER BY model;
SELECT is(shown(attribution(1, '2025-01-01', channel, value), 'last'), 'a 1 0',
          'a touch at the moment of a conversion is before it')
FROM (VALUES (NULL, 0::numeric), ('a', NULL)) AS t (channel, value);
SELECT is(count(DISTINCT shown(s, model)), 1::bigint, model || ': touches of one moment have an order of their own')
FROM (SELECT attribution(1, '2025-01-01', channel, value ORDER BY hashtext(channel || seed)) AS s
      FROM generate_series(1, 20) AS seed,
           (VALUES ('a', NULL::numeric), ('b', NULL), ('c', NULL), ('d', NULL), (NULL, 7)) AS t (channel, value)
      GROUP BY seed) AS t, model GROUP BY no, model ORDER BY no;

-- names
CREATE TABLE named AS
SELECT names, s
FROM (VALUES (ARRAY['', ' ', '''', ',', 'NULL', 'channels=', 'it''s', repeat('x', 1000), 'ÄÖ', 'é'])) AS v (names),
     LATERAL (SELECT attribution(1, now(), name, NULL) AS s FROM unnest(names) AS name) AS t;
SELECT is((SELECT array_agg(channel ORDER BY channel COLLATE "C") FROM attributed(s, 'last')), names,
          'names of channels') FROM named;
SELECT is(s::text::attribution_summary, s, 'in text') FROM named;
SELECT is((SELECT string_agg(channel, ',') FROM attributed(s, 'last')), 'A,Z,a,z,é', 'ties by bytes of the name')
FROM (SELECT attribution(1, now(), name, NULL) AS s FROM unnest('{z,é,a,Z,A}'::text[]) AS name) AS t;

-- NULL
SELECT is(attribution(c, at, channel, value)::text, 'v1 decimals=4 channels= key=none records=0 packed=',
          'rows that are skipped')
FROM (VALUES (NULL::bigint, now(), 'a', NULL::numeric), (NULL, now(), 'a', 5), (1, NULL, 'a', NULL), (1, NULL, 'a', 5),
             (1, now(), NULL, NULL), (1, 'infinity', NULL, NULL), (NULL, 'infinity', 'a', 5))
         AS v (c, at, channel, value);
SELECT is(attribution(1, now(), 'a', 5)::text, attribution(1, now(), NULL, 5)::text,
          'the channel of a conversion is not kept');
SELECT is(attribution(customer_id, at, channel, value), 'v1 decimals=4 channels= key=none records=0 packed=', 'no rows')
FROM touch WHERE false;
SELECT is(rollup(s)::text, 'v1 decimals=4 channels= key=none records=0 packed=', 'nor summaries')
FROM (SELECT NULL::attribution_summary) AS t (s);
SELECT is_empty('SELECT attributed(' || arguments || ') FROM summary', 'none of ' || arguments)
FROM unnest('{"NULL, ''last''","s, NULL","s, ''last'', NULL"}'::text[]) AS arguments;
SELECT is(shown(s, model, '7 days', NULL),
          (SELECT string_agg(format('%s %s %s', channel, trim_scale(conversions), trim_scale(value)), ', ')
           FROM attributed(s, model)), model || ': defaults')
FROM summary, model ORDER BY no;
SELECT is(attribution_accum(NULL, 1::bigint, now(), 'a', 5), NULL, 'no state');

-- ---------------------------------------------------------------------------
-- At random, against plain SQL. Touches of a customer differ in time, conversions need not.
-- ---------------------------------------------------------------------------
SELECT setseed(0.5) \g /dev/null
CREATE TABLE event AS
SELECT c, timestamptz '2025-03-01 00:00+00' + slot * interval '1 day' + jitter * interval '1 h' AS at, channel,
       NULL::numeric AS value
FROM (SELECT c, slot, floor(random() * 24) AS jitter,
             ('{search,email,email,social,display,direct}'::text[])[1 + floor(random() * 6)::int] AS channel
      FROM generate_series(1, 3000) AS c, generate_series(1, 40) AS slot WHERE random() < 0.02 + c % 7 * 0.03) AS t;
INSERT INTO event
SELECT c, at, NULL, round((random() ^ 4 * 1000)::numeric, c % 5)
FROM event, generate_series(1, 2) WHERE random() < 0.08
UNION ALL
SELECT c, timestamptz '2025-03-01 00:00+00' + random() * interval '41 days', NULL, round((random() * 100)::numeric, 2)
FROM generate_series(1, 3000) AS c, generate_series(1, 2) WHERE random() < 0.3;
ANALYZE event;
CREATE TABLE numbered AS
SELECT *, row_number() OVER (PARTITION BY c ORDER BY at, value IS NOT NULL, value) AS no FROM event;
CREATE INDEX ON numbered (c, no);
ANALYZE numbered;
CREATE TABLE win AS
SELECT * FROM (VALUES (1, NULL::interval), (2, '10 days'), (3, '36 h'), (4, '0')) AS v (win_no, win);
-- every conversion with every touch before it
CREATE TABLE pair AS
SELECT win_no, s.c, s.no AS sale, s.value, t.no, t.channel, s.at - t.at AS age, row_number() OVER w AS place,
       row_number() OVER (PARTITION BY win_no, s.c, s.no ORDER BY t.no DESC) AS from_end
FROM win, numbered AS s JOIN numbered AS t USING (c)
WHERE s.value IS NOT NULL AND t.value IS NULL AND t.no < s.no AND (win IS NULL OR s.at - t.at <= win)
WINDOW w AS (PARTITION BY win_no, s.c, s.no ORDER BY t.no);
CREATE INDEX ON pair (win_no, c, no);
ANALYZE pair;
CREATE TABLE expected AS
WITH weighted AS (
    SELECT *, place + from_end - 1 AS n,
           power(0.5, extract(epoch FROM age) / extract(epoch FROM interval '3 days')) AS weight FROM pair
), credit AS (
    SELECT win_no, model, channel, value, CASE model
        WHEN 'first' THEN (place = 1)::int
        WHEN 'last' THEN (from_end = 1)::int
        WHEN 'linear' THEN 1.0 / n
        WHEN 'position' THEN
            CASE WHEN n = 1 THEN 1 WHEN n = 2 THEN 0.5 WHEN 1 IN (place, from_end) THEN 0.4 ELSE 0.2 / (n - 2) END
        ELSE weight / sum(weight) OVER (PARTITION BY win_no, c, sale, model) END AS credit
    FROM weighted, model WHERE model <> 'markov'
), direct AS (
    SELECT win_no, model, 'direct', value, 1 FROM numbered AS s, win, model
    WHERE s.value IS NOT NULL AND model <> 'markov'
      AND NOT EXISTS (SELECT FROM pair AS p WHERE (p.win_no, p.c, p.sale) = (win.win_no, s.c, s.no))
)
SELECT win_no, model, channel, sum(credit) AS conversions, sum(credit * value) AS value
FROM (TABLE credit UNION ALL TABLE direct) AS t GROUP BY win_no, model, channel;
CREATE TABLE whole AS SELECT attribution(c, at, channel, value) AS s FROM event;
CREATE TABLE answer AS
SELECT win_no, no AS model_no, a.* FROM whole, win, model, attributed(s, model, '3 days', win) AS a;
CREATE VIEW compared AS
SELECT win_no, model, a.conversions - coalesce(e.conversions, 0) AS conversions, a.value - coalesce(e.value, 0) AS value
FROM (SELECT answer.*, model FROM answer JOIN model ON no = model_no) AS a
     LEFT JOIN expected AS e USING (win_no, model, channel) WHERE model <> 'markov';
SELECT ok(count(*) > 10000 AND count(*) FILTER (WHERE from_end = 1 AND place > 3) > 300 AND max(place) > 12
              AND count(*) FILTER (WHERE age = '0') > 50,
          'there are long paths, and touches at the moment of a conversion')
FROM pair;
SELECT is(format('%s channels, %s, %s', count(*), max(abs(conversions)) <= 0.000001, max(abs(value)) <= 0.0001),
          '5 channels, t, t', format('%s is that of plain SQL, window %s', model, coalesce(win::text, 'without end')))
FROM compared JOIN win USING (win_no) JOIN model USING (model) GROUP BY no, model, win_no, win;
SELECT is(format('%s %s', sum(a.conversions), sum(a.value)), format('%s.000000 %s', count, round(total, 4)),
          format('%s, window %s: credits add up exactly', model, coalesce(win::text, 'without end')))
FROM answer AS a JOIN win USING (win_no) JOIN model ON no = model_no,
     (SELECT count(value), sum(value) AS total FROM event) AS e
GROUP BY model_no, model, win_no, win, count, total ORDER BY model_no, win_no;
SELECT ok(bool_and(abs(share - conversions::float8 / total) < 1e-9), 'shares are those of the conversions')
FROM answer, (SELECT count(value) AS total FROM event) AS e;
SELECT is(count(*) FILTER (WHERE one.conversions = two.conversions AND one.value = two.value), 30::bigint,
          'customers by ' || kind)
FROM (SELECT 'uuid' AS kind, attribution(md5(c::text)::uuid, at, channel, value) AS s FROM event
      UNION ALL SELECT 'text', attribution('customer ' || c, at, channel, value) FROM event) AS t,
     model, attributed(s, model, '3 days', '10 days') AS one
     JOIN answer AS two USING (channel) WHERE two.win_no = 2 AND two.model_no = no
GROUP BY kind ORDER BY kind;

-- ---------------------------------------------------------------------------
-- The Markov chain: each channel is removed, and the equations are solved again
-- ---------------------------------------------------------------------------
CREATE TABLE chain_step AS
WITH lost AS (
    -- touches of no pair; a run ends where anything else comes
    SELECT win_no, n.c, n.no, channel,
           n.no - row_number() OVER (PARTITION BY win_no, n.c ORDER BY n.no) AS run
    FROM numbered AS n, win
    WHERE value IS NULL AND NOT EXISTS (SELECT FROM pair AS p WHERE (p.win_no, p.c, p.no) = (win.win_no, n.c, n.no))
), path AS (
    SELECT win_no, c, sale::text AS path, no, channel, 'sold' AS result FROM pair
    UNION ALL
    SELECT win_no, c, 'lost ' || run, no, channel, 'lost' FROM lost
)
SELECT win_no, a, b, count(*)::float8 AS steps
FROM (SELECT win_no, coalesce(lag('c' || channel) OVER w, 'start') AS a, 'c' || channel AS b FROM path
      WINDOW w AS (PARTITION BY win_no, c, path ORDER BY no)
      UNION ALL
      SELECT DISTINCT ON (win_no, c, path) win_no, 'c' || channel, result FROM
          (SELECT * FROM path ORDER BY win_no, c, path, no DESC) AS p) AS s
GROUP BY win_no, a, b;
-- The probability of a conversion where a channel leads to nothing: h = Q h + r by elimination with pivots.
CREATE FUNCTION conversion_probability(win int, removed text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    name text[] := (SELECT array_agg(DISTINCT a) FROM chain_step WHERE win_no = win);
    n int := cardinality(name);
    m float8[] := array_fill(0::float8, ARRAY[n, n + 1]);
    s record;
    best int;
    t float8;
BEGIN
    FOR s IN SELECT array_position(name, a) AS i, array_position(name, b) AS j, b,
                    steps / sum(steps) OVER (PARTITION BY a) AS p, a
             FROM chain_step WHERE win_no = win LOOP
        IF s.a IS DISTINCT FROM removed AND s.b IS DISTINCT FROM removed THEN
            IF s.j IS NOT NULL THEN
                m[s.i][s.j] := -s.p;
            ELSIF s.b = 'sold' THEN
                m[s.i][n + 1] := s.p;
            END IF;
        END IF;
    END LOOP;
    FOR i IN 1 .. n LOOP
        m[i][i] := m[i][i] + 1;
    END LOOP;
    FOR k IN 1 .. n LOOP
        best := k;
        FOR i IN k + 1 .. n LOOP
            IF abs(m[i][k]) > abs(m[best][k]) THEN
                best := i;
            END IF;
        END LOOP;
        FOR j IN 1 .. n + 1 LOOP
            t := m[k][j]; m[k][j] := m[best][j]; m[best][j] := t;
        END LOOP;
        FOR i IN 1 .. n LOOP
            IF i <> k THEN
                t := m[i][k] / m[k][k];
                FOR j IN 1 .. n + 1 LOOP
                    m[i][j] := m[i][j] - t * m[k][j];
                END LOOP;
            END IF;
        END LOOP;
    END LOOP;
    t := array_position(name, 'start');
    RETURN m[t::int][n + 1] / m[t::int][t::int];
END $$;
CREATE TABLE effect AS
SELECT win_no, substr(channel, 2) AS channel,
       1 - conversion_probability(win_no, channel) / conversion_probability(win_no, NULL) AS effect
FROM (SELECT DISTINCT win_no, a AS channel FROM chain_step WHERE a <> 'start') AS t;
CREATE TABLE markov AS
SELECT win_no, channel, a.conversions - coalesce(d.conversions, 0) AS conversions,
       a.value - coalesce(d.value, 0) AS value, effect / sum(effect) OVER w AS share,
       sum(a.conversions - coalesce(d.conversions, 0)) OVER w AS all_conversions,
       sum(a.value - coalesce(d.value, 0)) OVER w AS all_value
FROM answer AS a JOIN effect USING (win_no, channel) LEFT JOIN
     -- those without a touch
     (SELECT win_no, 'direct' AS channel, count(*) AS conversions, sum(value) AS value FROM numbered AS s, win
      WHERE value IS NOT NULL
        AND NOT EXISTS (SELECT FROM pair AS p WHERE (p.win_no, p.c, p.sale) = (win.win_no, s.c, s.no))
      GROUP BY win_no) AS d USING (win_no, channel)
WHERE model_no = 6 WINDOW w AS (PARTITION BY win_no);
SELECT is(format('%s, %s, %s', count(*), bool_and(abs(conversions - all_conversions * share::numeric) < 0.000002),
                 bool_and(abs(value - all_value * share::numeric) < 0.0002)), '5, t, t',
          'markov is that of the chain solved without each channel, window ' || coalesce(win::text, 'without end'))
FROM markov JOIN win USING (win_no) GROUP BY win_no, win ORDER BY win_no;
SELECT ok(bool_and(share BETWEEN 0.05 AND 0.5) AND max(abs(share - conversions / all_conversions)) < 1e-8 AND
          max(all_conversions) > 1000, 'which differ') FROM markov;
SELECT cmp_ok(count(DISTINCT round(share::numeric, 4)), '>=', 18::bigint, 'by channel and window') FROM markov;

-- ---------------------------------------------------------------------------
-- Parts and plans: the same answers, and the same bytes
-- ---------------------------------------------------------------------------
SELECT is(rollup(part), s, 'parts by ' || kind)
FROM whole, (SELECT 'channel' AS kind, attribution(c, at, channel, value) AS part FROM event GROUP BY channel
             UNION ALL SELECT 'time', attribution(c, at, channel, value) FROM event GROUP BY at
             UNION ALL SELECT 'customer', attribution(c, at, channel, value) FROM event GROUP BY c
             UNION ALL SELECT 'no order', attribution(c, at, channel, value) FROM event
                       GROUP BY hashtext(event::text) % 50) AS t
GROUP BY kind, s ORDER BY kind;
SELECT is(encode(attribution_summary_send(attribution(c, at, channel, value ORDER BY by_what)), 'hex'),
          (SELECT encode(attribution_summary_send(s), 'hex') FROM whole), 'rows in the order of ' || kind)
FROM (SELECT *, 'md5' AS kind, md5(event::text) AS by_what FROM event
      UNION ALL SELECT *, 'channel', channel || c % 10 FROM event
      UNION ALL SELECT *, 'channel, backwards', (1000000 - ascii(channel))::text FROM event) AS t
GROUP BY kind ORDER BY kind;
SELECT is(s::text::attribution_summary, s, 'text there and back') FROM whole;
SELECT is(s + r, r + s, 'a + b = b + a')
FROM whole, (SELECT attribution(c + 5, at, 'other ' || channel, value) AS r FROM event) AS t;
SELECT is(count(*) FILTER (WHERE running = prefix), count(*), 'a window: the state goes on after it was read')
FROM (SELECT c, no, attribution(c, at, channel, value) OVER (PARTITION BY c ORDER BY no) AS running
      FROM numbered WHERE c <= 100) AS w,
     LATERAL (SELECT attribution(c, at, channel, value) AS prefix FROM numbered AS e
              WHERE e.c = w.c AND e.no <= w.no) AS p
HAVING count(*) > 400;
SELECT is(shown(s, model), shown(kept, model), model || ': a summary that is kept in a subquery')
FROM whole, model, (WITH t AS MATERIALIZED (SELECT attribution(c, at, channel, value) AS kept FROM event)
                    SELECT * FROM t) AS t ORDER BY no;
SELECT is(attribution_accum(attribution_accum(attribution_accum(e, 1::bigint, at, 'b', NULL), 1::bigint, at, 'a', NULL),
                            1::bigint, at, 'x', 9),
          (SELECT attribution(1, at, channel, value)
           FROM (VALUES ('a', NULL::numeric), (NULL, 9), ('b', NULL)) AS v (channel, value)),
          'transition functions by hand')
FROM (VALUES ('v1 decimals=4 channels= key=none records=0 packed='::attribution_summary,
              timestamptz '2025-01-01')) AS v (e, at);

-- ---------------------------------------------------------------------------
-- Much of everything
-- ---------------------------------------------------------------------------
-- one customer: nothing takes touches x conversions
SELECT is(format('%s %s %s', count(*), sum(conversions), sum(value)), format('%s 150000.000000 1050000.0000', channels),
          format('150,000 touches and conversions of one customer, %s, window %s', model, win))
FROM (SELECT attribution(1, '2025-01-01'::timestamptz + i * interval '1 min', 'c' || i % 26,
                         CASE i % 2 WHEN 1 THEN 7 END) AS s
      FROM generate_series(1, 300000) AS i OFFSET 0) AS t, model,
     (VALUES (NULL::interval, 14), ('30 days', 14), ('1 h', 14)) AS w (win, channels),
     attributed(s, model, '7 days', win)
GROUP BY no, model, win, channels ORDER BY no, win;
-- the largest amounts
SELECT is(format('%s %s', sum(conversions), sum(value)), '3000.000000 2767011611056432742.1000',
          model || ': the largest values')
FROM (SELECT attribution(i % 3, '2025-01-01'::timestamptz + i * interval '1 h', ('{a,b,c}'::text[])[1 + i % 5],
                         CASE WHEN i > 10 THEN 922337203685477.5807 END) AS s
      FROM generate_series(1, 3010) AS i OFFSET 0) AS t, model, attributed(s, model) GROUP BY no, model ORDER BY no;
-- all times that there are
SELECT is(shown(s, model), expected, model || ': the whole range of times')
FROM (SELECT attribution(1, at, channel, value) AS s
      FROM (VALUES (timestamptz '4714-11-24 00:00:00+00 BC', 'a', NULL::numeric),
                   ('294276-12-31 23:59:59.999999+00', 'b', NULL), ('294276-12-31 23:59:59.999999+00', NULL, 6))
               AS v (at, channel, value)) AS t,
     (VALUES ('first', 'a 1 6, b 0 0'), ('linear', 'a 0.5 3, b 0.5 3'), ('time_decay', 'b 1 6, a 0 0'))
         AS e (model, expected);
-- the most channels
CREATE TABLE wide AS
SELECT attribution(i % 1000, '2025-01-01'::timestamptz + i * interval '1 min',
                   CASE WHEN i % 11 > 0 THEN 'c' || i * 7919 % 1000 END, CASE WHEN i % 11 = 0 THEN 3 END) AS s
FROM generate_series(1, 100000) AS i;
SELECT is(format('%s %s %s', count(*) FILTER (WHERE channel <> 'direct'), sum(conversions), sum(value)),
          '1000 9090.000000 27270.0000', '1,000 channels, ' || model)
FROM wide, model, attributed(s, model) GROUP BY no, model ORDER BY no;
SELECT throws_ok($$SELECT attributed(s + (SELECT attribution(1, now(), 'one more', NULL)), 'markov') FROM wide$$,
                 '22023',
                 '1001 channels are too many for model "markov"');
CREATE TABLE widest AS SELECT attribution(1, now(), 'c' || i, NULL) AS s FROM generate_series(1, 10000) AS i;
SELECT is(count(*), 10000::bigint, '10,000 channels') FROM widest, attributed(s, 'linear');
SELECT is(s::text::attribution_summary, s, 'which are written and read') FROM widest;
SELECT throws_ok($$SELECT s + (SELECT attribution(1, now(), 'one more', NULL)) FROM widest$$, '22023',
                 'more than 10000 channels');
SELECT throws_ok($$SELECT attribution(1, now(), 'c' || i, NULL) FROM generate_series(1, 10001) AS i$$, '22023',
                 'more than 10000 channels');
SELECT throws_ok($$SELECT attribution(1, now(), repeat('x', 1000000) || i, NULL) FROM generate_series(1, 2) AS i$$,
                 '22023', 'names of channels are longer than 1 MB together');

-- ---------------------------------------------------------------------------
-- Damaged text: every channel has a touch, every touch a channel
-- ---------------------------------------------------------------------------
CREATE TABLE written AS
SELECT s::text AS value, substring(s::text FROM 'channels=(.*) key') AS names,
       substring(s::text FROM 'packed=(.*)') AS packed
FROM (SELECT attribution(1, '2025-01-01', channel, NULL) AS s FROM unnest('{a,b}'::text[]) AS channel) AS t;
SELECT is(value::attribution_summary::text, value, 'a text as it is') FROM written;
SELECT throws_ok(format('SELECT %L::attribution_summary', damaged), '22P02', NULL, label)
FROM written, LATERAL (VALUES
    ('channels in another order', replace(value, names, split_part(names, ',', 2) || ',' || split_part(names, ',', 1))),
    ('a channel twice', replace(value, names, split_part(names, ',', 1) || ',' || names)),
    ('a channel without a touch', replace((SELECT attribution(1, '2025-01-01', channel, NULL)::text
                                           FROM unnest('{a,b,c}'::text[]) AS channel), ' records=3', ' records=2')),
    ('and without its bytes', regexp_replace((SELECT attribution(1, '2025-01-01', channel, NULL)::text
                                              FROM unnest('{a,b,c}'::text[]) AS channel),
                                             'records.*', 'records=2 packed=' || packed)),
    ('a touch without a channel', replace(value, names, split_part(names, ',', 1))),
    ('no channels', replace(value, names, '')), ('another channel', replace(value, '''a''', '''z''')),
    ('channels of nothing', regexp_replace(value, 'key.*', 'key=none records=0 packed=')),
    ('other decimals', replace(value, 'decimals=4', 'decimals=2')), ('more at the end', value || ' '),
    ('fewer records', replace(value, 'records=2', 'records=1')), ('more', replace(value, 'records=2', 'records=3')),
    ('another version', replace(value, 'v1', 'v2'))) AS v (label, damaged);

-- ---------------------------------------------------------------------------
-- Errors
-- ---------------------------------------------------------------------------
SELECT throws_ok('SELECT ' || call || ' FROM summary', code, NULL, call)
FROM (VALUES
    ('22023', $$attributed(s, 'best')$$), ('22023', $$attributed(s, '')$$), ('22023', $$attributed(s, 'Last')$$),
    ('22023', $$attributed(s, 'time_decay', '0')$$), ('22023', $$attributed(s, 'time_decay', '-1 h')$$),
    ('22023', $$attributed(s, 'time_decay', '1 month')$$), ('22023', $$attributed(s, 'last', '0')$$),
    ('22023', $$attributed(s, 'last', within => '-1 us')$$), ('22023', $$attributed(s, 'last', within => '1 month')$$),
    ('22023', $$attributed(s, 'last', within => '106751992 days')$$),
    ('22023', $$attribution(1, now(), 'a', -0.0001)$$), ('22023', $$attribution(1, now(), 'a', 'NaN')$$),
    ('22023', $$attribution(1, now(), 'a', 'Infinity')$$), ('22023', $$attribution(1, now(), 'a', 0.00001)$$),
    ('22003', $$attribution(1, now(), 'a', 922337203685477.5808)$$),
    ('22008', $$attribution(1, 'infinity', 'a', NULL)$$), ('22008', $$attribution(1, '-infinity', NULL, 5)$$),
    ('22023', $$s + (SELECT attribution('1'::text, now(), 'a', NULL))$$)) AS v (code, call);
SELECT throws_like($$SELECT attribution(1, now(), 'a', -12.50)$$, 'value -12.50 of a conversion is negative',
                   'the message shows the value');

SELECT * FROM finish();
ROLLBACK;
