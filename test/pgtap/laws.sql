-- The laws of every summary: the same facts have the same bytes, whatever the order, the split, the plan or the way
-- they were stored. Bytes are compared twice: by the type's own =, and in binary form.
BEGIN;
CREATE SCHEMA laws;
SET LOCAL search_path = laws, public, crmkpi;
SET LOCAL timezone = 'UTC';
SELECT * FROM no_plan();

-- ---------------------------------------------------------------------------
-- The facts, and the families; a family that is added here gets all the laws
-- ---------------------------------------------------------------------------
CREATE TABLE fact (
    i int, day date, grp int, hit boolean, weight numeric, score int, score1 int, opened timestamptz,
    closed timestamptz, took interval, category text
) PARTITION BY RANGE (day);
CREATE TABLE fact_1 PARTITION OF fact FOR VALUES FROM ('2023-01-01') TO ('2023-07-01');
CREATE TABLE fact_2 PARTITION OF fact FOR VALUES FROM ('2023-07-01') TO ('2024-01-01');
CREATE TABLE fact_3 PARTITION OF fact FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
CREATE TABLE fact_4 PARTITION OF fact FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
SELECT setseed(0.2718) \g /dev/null
INSERT INTO fact
SELECT i, '2023-01-01'::date + i % 731, i % 97, CASE WHEN i % 11 <> 0 THEN random() < 0.3 END,
       CASE WHEN i % 13 <> 0 THEN round((random() * 10 ^ (i % 9 - 3))::numeric, 6) END,
       CASE WHEN i % 7 <> 0 THEN floor(random() * 11) END, CASE WHEN i % 7 <> 0 THEN 1 + floor(random() * 10) END,
       at, at + exp(random() * 20) * interval '1 s' / 1e6, CASE WHEN i % 5 <> 0 THEN i % 3 * interval '90 min' END,
       ('{new,open,pending,hold,solved,closed,won,lost}'::text[])[i % 9]
FROM (SELECT i, '2023-01-01'::timestamptz + i * interval '1 h' AS at FROM generate_series(1, 20000) AS i) AS t;
ANALYZE fact;
-- the same in one table, whose parallel scan is divided by blocks
CREATE TABLE flat AS TABLE fact ORDER BY i;
ANALYZE flat;

-- The plain means have a state of items and total only, which no aggregate shows.
CREATE AGGREGATE laws.means(timestamptz, timestamptz) (
    SFUNC = mean_accum, STYPE = duration_summary, COMBINEFUNC = duration_summary_combine, PARALLEL = SAFE,
    INITCOND = 'v1 items=0 total=0'
);
CREATE TABLE family (name text PRIMARY KEY, type text, aggregate text);
INSERT INTO family VALUES
    ('rate', 'rate_summary', 'rate_summary(hit)'),
    ('weighted rate', 'rate_summary', 'rate_summary(hit, weight)'),
    ('nps', 'nps_summary', 'nps_summary(score)'),
    ('nps from 1', 'nps_summary', 'nps_summary(score1, 1)'),
    ('duration', 'duration_summary', 'duration_summary(opened, closed)'),
    ('duration, few buckets', 'duration_summary', 'duration_summary(took)'),
    ('duration, mean only', 'duration_summary', 'means(opened, closed)'),
    ('visits', 'visit_summary', 'visits(closed, grp, category)'),
    ('visits by agents', 'visit_summary', 'visits(date_trunc(''month'', opened), score, category, grp::text)'),
    ('backlog', 'backlog_summary', 'backlog_summary(opened, closed + took)'),
    ('survival', 'survival_summary', 'survival_summary(closed - opened, hit)'),
    ('survival, few durations', 'survival_summary', 'survival_summary(took, hit)'),
    ('bgnbd', 'bgnbd_summary', 'bgnbd_summary(score, CASE WHEN score > 0 THEN 0.5 ELSE 0 END,'
        ' 1 + extract(epoch FROM closed - opened)::float8)'),
    ('bgnbd, few ages', 'bgnbd_summary',
        'bgnbd_summary(score, CASE WHEN score > 0 THEN 1 + i % 10 ELSE 0 END, 20 + 7 * (i % 3))'),
    ('gamma gamma', 'gamma_gamma_summary',
        'gamma_gamma_summary(score, 0.01 + extract(epoch FROM closed - opened)::float8)'),
    ('window funnel', 'window_funnel_summary',
        'window_funnel_summary(''3 days'', closed, hit, score > 4, category = ''won'')'),
    ('window funnel, strict', 'window_funnel_summary',
        'window_funnel_summary(''1 month'', ''strict_order,strict_once'', date_trunc(''week'', opened), hit,'
        ' score > 4, score1 > 5)'),
    ('retention', 'retention_summary', 'retention_summary(hit, score > 8, category = ''won'')'),
    ('funnel', 'funnel_summary', 'funnel_summary(grp, closed, category, ''{new,open,pending,won}'', ''3 days'')'),
    ('funnel of uuids', 'funnel_summary',
        'funnel_summary(md5(grp::text)::uuid, opened, category, ''{new,open}'', ''3 days'', ''strict_once'')'),
    ('funnel of texts, strict', 'funnel_summary',
        'funnel_summary(grp::text, date_trunc(''week'', opened), category, ''{won,lost,new}'', ''1 month'','
        ' ''strict_order,strict_increase'')'),
    ('response', 'response_summary',
        'response_summary(i % 501, closed, (''{out,out,out,in,out,unsubscribe,out,block}''::text[])[i % 9])'),
    ('response, few customers', 'response_summary',
        'response_summary(category, date_trunc(''month'', opened),'
        ' (''{out,in,unsubscribe,block,out,out,out}''::text[])[score])'),
    ('scorecard', 'scorecard', 'scorecard(ARRAY[category, score::text, (i % 3)::text], hit)'),
    ('scorecard, many combinations', 'scorecard', 'scorecard(ARRAY[grp::text, (i % 201)::text], score > 6)'),
    ('auc', 'auc_summary', 'auc_summary(weight::double precision, hit)'),
    ('value', 'value_summary', 'value_summary(i % 101, opened, round(weight, 4) - 50)'),
    ('cohort', 'cohort_summary', 'cohort_summary(grp, closed, ''month'', ''America/New_York'')'),
    ('cohort by text', 'cohort_summary',
        'cohort_summary(i % 1000 || category, closed + took, ''week'', ''Asia/Tokyo'', 6)'),
    -- each row a customer of its own, so that they are disjoint in all parts
    ('cohort, compacted', 'cohort_summary', 'cohort(i, closed, ''day'', ''UTC'')'),
    ('attribution', 'attribution_summary',
        'attribution(grp, closed, category, CASE WHEN hit THEN round(weight, 4) END)'),
    ('attribution of texts', 'attribution_summary',
        'attribution(grp::text, date_trunc(''week'', opened), score || category, score1)'),
    -- few days, counted, but for what lies far off
    ('backlog, counters', 'backlog_summary',
        'backlog_summary(CASE WHEN i % 500 = 0 THEN opened - interval ''50 years'''
        ' ELSE ''2023-01-01''::timestamptz + i % 500 * interval ''11 min'' END,'
        ' ''2023-01-09''::timestamptz + took * (i % 9))');

-- The bytes of a family's summary: of one from, or of all groups of it as one text.
CREATE FUNCTION bytes(family, source text, grouping_by text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format(
        'SELECT string_agg(k || '':'' || encode(%1$s_send(s), ''hex''), '','' ORDER BY k)
         FROM (SELECT %4$s AS k, %2$s AS s FROM %3$s %5$s OFFSET 0) AS t',
        $1.type, $1.aggregate, source, coalesce(grouping_by, '0'), 'GROUP BY ' || grouping_by) INTO result;
    RETURN result;
END $$;
CREATE FUNCTION plan_of(family, source text, grouping_by text DEFAULT NULL, analyze_it boolean DEFAULT false)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    result text := '';
BEGIN
    FOR line IN EXECUTE format(
        'EXPLAIN (COSTS OFF, TIMING OFF, SUMMARY OFF, ANALYZE %L) SELECT %s AS k, %s FROM %s %s',
        analyze_it::text, coalesce(grouping_by, '0'), $1.aggregate, source, 'GROUP BY ' || grouping_by) LOOP
        result := result || line || E'\n';
    END LOOP;
    RETURN result;
END $$;

-- What every other way must give: one process, one scan, one hash table.
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_partitionwise_aggregate = off;
CREATE TABLE truth AS SELECT name, bytes(family, 'flat') AS whole, bytes(family, 'flat', 'grp') AS groups FROM family;
SELECT ok(length(whole) > size AND length(groups) > 97 * size, name || ': there is something to compare')
FROM truth JOIN family USING (name),
     LATERAL (SELECT CASE type WHEN 'retention_summary' THEN 13 ELSE 30 END AS size) AS t
ORDER BY name;

-- ---------------------------------------------------------------------------
-- Order of the rows
-- ---------------------------------------------------------------------------
SELECT is(bytes(family, '(SELECT * FROM flat ORDER BY ' || k || ' OFFSET 0) AS t'), whole,
    name || ': rows in the order of ' || k)
FROM family JOIN truth USING (name),
     (VALUES ('md5(i::text)'), ('i DESC'), ('closed - opened'), ('closed - opened DESC'),
         ('took, score, hit')) AS o (k)
ORDER BY name, k;
SELECT is(bytes(family, '(SELECT * FROM flat ORDER BY md5(grp::text || i) OFFSET 0) AS t', 'grp'), groups,
    name || ': groups of shuffled rows')
FROM family JOIN truth USING (name) ORDER BY name;

-- ---------------------------------------------------------------------------
-- Plans: hash and sort, parallel, by partition. The plan is looked at first.
-- ---------------------------------------------------------------------------
SET LOCAL enable_hashagg = off;
SELECT matches(plan_of(family, 'flat', 'grp'), 'GroupAggregate', name || ': the plan sorts') FROM family ORDER BY name;
SELECT is(bytes(family, 'flat', 'grp'), groups, name || ': grouped by sorting') FROM family JOIN truth USING (name)
ORDER BY name;
SET LOCAL enable_hashagg = on;
SET LOCAL enable_sort = off;
SELECT matches(plan_of(family, 'flat', 'grp'), 'HashAggregate', name || ': the plan hashes') FROM family ORDER BY name;
SELECT is(bytes(family, 'flat', 'grp'), groups, name || ': grouped by hashing') FROM family JOIN truth USING (name)
ORDER BY name;
SET LOCAL enable_sort = on;

SET LOCAL enable_partitionwise_aggregate = on;
SELECT matches(plan_of(family, 'fact'), 'Finalize Aggregate.*Append.*Partial Aggregate.*Partial Aggregate',
    name || ': the plan is by partition')
FROM family ORDER BY name;
SELECT is(bytes(family, 'fact'), whole, name || ': by partition') FROM family JOIN truth USING (name) ORDER BY name;
SELECT is(bytes(family, 'fact', 'grp'), groups, name || ': groups by partition') FROM family JOIN truth USING (name)
ORDER BY name;
SELECT matches(plan_of(family, 'fact', 'day'), '^Append.*Aggregate.*Aggregate',
    name || ': the plan groups each partition')
FROM family ORDER BY name;
SELECT is(bytes(family, 'fact', 'day'), bytes(family, 'flat', 'day'), name || ': grouped within partitions')
FROM family ORDER BY name;
SET LOCAL enable_partitionwise_aggregate = off;

SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT matches(p, 'Finalize Aggregate.*Gather.*Workers Launched: [1-9].*Partial Aggregate.*Parallel Seq Scan',
    name || ': the plan is parallel')
FROM family, LATERAL plan_of(family, 'flat', NULL, true) AS p ORDER BY name;
SELECT is(bytes(family, 'flat'), whole, name || ': parallel') FROM family JOIN truth USING (name) ORDER BY name;
SELECT matches(plan_of(family, 'flat', 'grp'), 'Finalize \w*Aggregate.*Gather.*Partial \w*Aggregate',
    name || ': the grouping plan is parallel')
FROM family ORDER BY name;
SELECT is(bytes(family, 'flat', 'grp'), groups, name || ': parallel groups') FROM family JOIN truth USING (name)
ORDER BY name;
SET LOCAL parallel_leader_participation = off;
SELECT is(bytes(family, 'flat'), whole, name || ': parallel, by workers alone') FROM family JOIN truth USING (name)
ORDER BY name;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT matches(plan_of(family, 'fact'), 'Gather.*Parallel Append.*Partial Aggregate',
    name || ': the plan is parallel and by partition') FROM family ORDER BY name;
SELECT is(bytes(family, 'fact'), whole, name || ': parallel and by partition') FROM family JOIN truth USING (name)
ORDER BY name;
SET LOCAL enable_partitionwise_aggregate = off;
SET LOCAL max_parallel_workers_per_gather = 0;

-- ---------------------------------------------------------------------------
-- Splits: any parts, combined with + as any tree, are the whole
-- ---------------------------------------------------------------------------
-- Combines two parts at random until there is one.
CREATE FUNCTION tree(parts anyarray, seed float8) RETURNS anyelement LANGUAGE plpgsql AS $$
DECLARE
    n int := cardinality(parts);
    i int;
    j int;
BEGIN
    PERFORM setseed(seed);
    WHILE n > 1 LOOP
        i := 1 + floor(random() * n);
        j := 1 + (i + floor(random() * (n - 1))::int) % n;
        IF i = j THEN
            CONTINUE;
        END IF;
        parts[i] := parts[i] + parts[j];
        parts[j] := parts[n];
        n := n - 1;
    END LOOP;
    RETURN parts[1];
END $$;
-- The combined bytes of the parts of the rows of source.
CREATE FUNCTION split(family, source text, part text, seed float8) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format('SELECT ''0:'' || encode(%1$s_send(tree(array_agg(s ORDER BY k), %5$L)), ''hex'')
                    FROM (SELECT %4$s AS k, %2$s AS s FROM %3$s GROUP BY 1) AS t',
                   $1.type, $1.aggregate, source, part, seed) INTO STRICT result;
    RETURN result;
END $$;
SELECT is(split(family, 'flat', part, 0.5), whole, name || ': parts by ' || part)
FROM family JOIN truth USING (name),
     (VALUES ('i % 2'), ('width_bucket(random(), 0, 1, 7)'), ('hashint4(i) % 100'), ('i / 3000'), ('day'),
         ('closed - opened > interval ''1 min''')) AS p (part)
ORDER BY name, part;
-- few rows, of which a summary is still a list, up to where it is counters; parts of no row that counts among them
SELECT is(count(*) FILTER (WHERE split(family, source, part, seed) = bytes(family, source)), 8 * 3 * 3::bigint,
    name || ': small summaries split and combined')
FROM family, unnest(ARRAY[1, 2, 17, 40, 500, 512, 513, 1025]) AS n,
     LATERAL (SELECT format('(SELECT * FROM flat WHERE i %% 19 = 0 AND i <= %s) AS t', n * 19) AS source) AS s,
     (VALUES ('i'), ('i % 8'), ('i / 19 < 5')) AS p (part), unnest(ARRAY[0.1, 0.2, 0.3]) AS seed
GROUP BY name ORDER BY name;

-- ---------------------------------------------------------------------------
-- Stored summaries: each family has a table of a summary per day
-- ---------------------------------------------------------------------------
CREATE FUNCTION table_of(family) RETURNS text LANGUAGE sql AS
$$ SELECT 'daily_' || replace(replace($1.name, ' ', '_'), ',', '') $$;
DO $$
DECLARE
    f family;
BEGIN
    FOR f IN TABLE family LOOP
        -- parts of a day, and empty ones
        EXECUTE format('CREATE TABLE %1$s AS SELECT day, i %% 4 AS part, %2$s AS s FROM flat GROUP BY 1, 2',
            table_of(f), f.aggregate);
        -- by way of text, since INSERT stores an expanded value with the long header
        EXECUTE format('INSERT INTO %1$s SELECT ''2023-01-01'', -2, (%2$s)::text::%3$s FROM flat WHERE false',
            table_of(f), f.aggregate, f.type);
        EXECUTE format('INSERT INTO %1$s VALUES (''2023-01-01'', -3, NULL)', table_of(f));
        EXECUTE 'ANALYZE ' || table_of(f);
    END LOOP;
END $$;
-- SQL over a family's table t, its type in @, as text
CREATE FUNCTION ask(family, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE replace(replace(query, '@t', table_of($1)), '@', $1.type) INTO STRICT result;
    RETURN result;
END $$;

SELECT is('0:' || ask(family, $$
    SELECT encode(@_send(rollup(s)), 'hex') FROM @t$$), whole, name || ': rollup of the parts of days')
FROM family JOIN truth USING (name) ORDER BY name;
SELECT is('0:' || ask(family, $$
    SELECT encode(@_send(rollup(s)), 'hex') FROM (
        SELECT date_trunc('year', month) AS year, rollup(s) AS s FROM (
            SELECT date_trunc('month', day) AS month, rollup(s) AS s FROM (
                SELECT day, rollup(s) AS s FROM @t GROUP BY 1) AS days
            GROUP BY 1) AS months
        GROUP BY 1) AS years $$), whole, name || ': rollup by day, month, year')
FROM family JOIN truth USING (name) ORDER BY name;
SELECT is(ask(family, $$SELECT string_agg(k || ':' || encode(@_send(s), 'hex'), ',' ORDER BY k)
                        FROM (SELECT day AS k, rollup(s) AS s FROM @t GROUP BY 1) AS d$$),
          bytes(family, 'flat', 'day'), name || ': rollup of each day') FROM family ORDER BY name;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT is('0:' || ask(family, $$SELECT encode(@_send(rollup(s)), 'hex') FROM @t$$), whole, name || ': parallel rollup')
FROM family JOIN truth USING (name) ORDER BY name;
SELECT matches(ask(family, $$SELECT string_agg(p, ' ') FROM plan_of(ROW('', '@', 'rollup(s)'), '@t') AS p$$),
    'Gather.*Partial Aggregate', name || ': its plan is parallel')
FROM family ORDER BY name;
SET LOCAL max_parallel_workers_per_gather = 0;

-- a + b = b + a, a + (b + c) = (a + b) + c, a + empty = a; by = and by bytes
SELECT is(ask(family, $$
    SELECT count(*) FILTER (WHERE a.s + b.s = b.s + a.s AND @_send(a.s + b.s) = @_send(b.s + a.s)
                              AND a.s + (b.s + c.s) = (a.s + b.s) + c.s
                              AND @_send(a.s + (b.s + c.s)) = @_send((a.s + b.s) + c.s)
                              AND a.s + e.s = a.s AND e.s + a.s = a.s AND @_send(a.s + e.s) = @_send(a.s)
                              AND (a.s + b.s)::text = (b.s + a.s)::text)
           || ' of ' || count(*)
    FROM (SELECT day, part, s, row_number() OVER (ORDER BY md5(day::text || part)) AS no FROM @t WHERE part >= 0) AS a
         JOIN (SELECT s, row_number() OVER (ORDER BY md5(part::text || day)) AS no FROM @t
             WHERE part >= 0) AS b USING (no)
         JOIN (SELECT s, row_number() OVER (ORDER BY day, part) AS no FROM @t WHERE part >= 0) AS c USING (no),
         (SELECT s FROM @t WHERE part = -2) AS e $$), '2924 of 2924',
             name || ': + is commutative and associative, the empty summary is neutral')
FROM family ORDER BY name;

-- ---------------------------------------------------------------------------
-- Equality, hashing and order
-- ---------------------------------------------------------------------------
SELECT is(ask(family, $$
    SELECT ARRAY[count(*) FILTER (WHERE (a.s = b.s) = (a.s::text = b.s::text)),
        count(*) FILTER (WHERE (a.s <> b.s) = (a.s::text <> b.s::text)),
                 count(*) FILTER (WHERE (a.s < b.s)::int + (a.s = b.s)::int + (a.s > b.s)::int = 1),
                 count(*) FILTER (WHERE (a.s <= b.s) = (b.s >= a.s) AND (a.s <= b.s) = NOT a.s > b.s
                     AND (a.s >= b.s) = NOT a.s < b.s),
                 count(*) FILTER (WHERE a.s <> b.s OR @_hash(a.s) = @_hash(b.s) AND @_hash_extended(a.s,
                     7) = @_hash_extended(b.s, 7))]
           = array_fill(count(*), ARRAY[5])
    FROM (SELECT s FROM @t WHERE s IS NOT NULL AND day < '2023-03-01') AS a, (SELECT s FROM @t
        WHERE s IS NOT NULL AND day < '2023-03-01') AS b $$),
    'true', name || ': = is that of the text, <, = and > exclude each other, equal ones hash alike') FROM family
        ORDER BY name;
SELECT is(ask(family, $$SELECT count(*) FROM (SELECT DISTINCT s FROM @t) AS t$$), ask(family, $$SELECT count(*)
FROM (SELECT DISTINCT s::text FROM @t) AS t$$), name || ': DISTINCT')
FROM family ORDER BY name;
SELECT is(ask(family, $$SELECT count(DISTINCT s) FROM @t$$), ask(family, $$
    SELECT count(DISTINCT s::text) FROM @t$$), name || ': count(DISTINCT), which sorts')
FROM family ORDER BY name;
SELECT is(ask(family, $$
    SELECT bool_and(s >= before) FROM (SELECT s, lag(s) OVER (ORDER BY s) AS before FROM @t) AS t$$), 'true',
    name || ': ORDER BY')
FROM family ORDER BY name;
SET LOCAL enable_nestloop = off;
SET LOCAL enable_mergejoin = off;
SELECT matches(ask(family, $$SELECT plan_of(ROW('', '@', 'count(*)'), '@t AS a JOIN @t AS b USING (s)')$$),
    'Hash Join', name || ': the plan of = is a hash join')
FROM family ORDER BY name;
SELECT is(ask(family, $$SELECT count(*) FROM @t AS a JOIN @t AS b USING (s)$$), ask(family, $$
    SELECT count(*) FROM @t AS a JOIN @t AS b ON a.s::text = b.s::text$$), name || ': hash join')
FROM family ORDER BY name;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = on;
SELECT matches(ask(family, $$SELECT plan_of(ROW('', '@', 'count(*)'), '@t AS a JOIN @t AS b USING (s)')$$),
    'Merge Join', name || ': or a merge join')
FROM family ORDER BY name;
SELECT is(ask(family, $$SELECT count(*) FROM @t AS a JOIN @t AS b USING (s)$$), ask(family, $$
    SELECT count(*) FROM @t AS a JOIN @t AS b ON a.s::text = b.s::text$$), name || ': merge join')
FROM family ORDER BY name;
SET LOCAL enable_hashjoin = on;
SET LOCAL enable_nestloop = on;

-- ---------------------------------------------------------------------------
-- Text and binary form
-- ---------------------------------------------------------------------------
SELECT is(ask(family, $$SELECT count(*) FILTER (WHERE @_send(s::text::@) = @_send(s)
    AND s::text::@ = s) || ' of ' || count(*) FROM @t WHERE s IS NOT NULL$$),
          '2925 of 2925', name || ': text there and back') FROM family ORDER BY name;
DO $$
DECLARE
    f family;
    file text := current_setting('data_directory') || '/crmkpi_laws.bin';
BEGIN
    FOR f IN TABLE family LOOP
        EXECUTE format('COPY %s TO %L (FORMAT binary)', table_of(f), file);
        EXECUTE format('CREATE TABLE %1$s_copy (LIKE %1$s)', table_of(f));
        EXECUTE format('COPY %s_copy FROM %L (FORMAT binary)', table_of(f), file);
    END LOOP;
END $$;
SELECT is(ask(family, $$SELECT count(*) FILTER (WHERE @_send(c.s) = @_send(t.s) AND c.s = t.s) || ' of ' || count(c.s)
                        FROM @t AS t FULL JOIN @t_copy AS c USING (day, part)$$), '2925 of 2925',
                            name || ': binary there and back')
FROM family ORDER BY name;

-- ---------------------------------------------------------------------------
-- However it is stored: long summaries are compressed, or stand outside of the row
-- ---------------------------------------------------------------------------
CREATE TABLE wide (storage text, part int, s duration_summary);
CREATE VIEW wide_item AS
SELECT i, make_interval(secs => 10 ^ (-6 + (i * 7919 % 100000) * 15 / 100000.0)) AS took
FROM generate_series(1, 100000) AS i;
CREATE FUNCTION fill_wide(storage text) RETURNS void LANGUAGE sql AS
$$ INSERT INTO wide SELECT storage, i % 3, duration_summary(took) FROM wide_item GROUP BY 2 $$;
SELECT fill_wide('extended') \g /dev/null
ALTER TABLE wide ALTER COLUMN s SET STORAGE EXTERNAL;
SELECT fill_wide('external') \g /dev/null
ALTER TABLE wide ALTER COLUMN s SET STORAGE MAIN;
SELECT fill_wide('main') \g /dev/null
SELECT ok(min(length(duration_summary_send(s))) > 5000, 'wide: summaries of thousands of buckets') FROM wide;
SELECT ok(pg_relation_size(reltoastrelid) > 0, 'wide: some stand outside of the row') FROM pg_class
WHERE oid = 'wide'::regclass;
SELECT is(array_agg(DISTINCT storage ORDER BY storage), '{extended,main}', 'wide: and some are compressed') FROM wide
WHERE pg_column_compression(s) IS NOT NULL;
SELECT is(count(DISTINCT duration_summary_send(s)), 3::bigint, 'wide: the bytes are the same in every storage')
FROM wide;
SELECT is(count(*), 27::bigint, 'wide: and equal in every storage') FROM wide AS a JOIN wide AS b USING (s);
SELECT is(array_agg(DISTINCT encode(duration_summary_send(r), 'hex')),
          ARRAY[(SELECT encode(duration_summary_send(duration_summary(took)), 'hex') FROM wide_item)],
          'wide: rolled up from there it is the whole')
FROM (SELECT rollup(s) AS r FROM wide GROUP BY storage) AS t;
SELECT is(count(DISTINCT duration_summary_send(a.s + (b.s + c.s))), 1::bigint, 'wide: and combined by hand')
FROM wide AS a, wide AS b, wide AS c WHERE a.part = 0 AND b.part = 1 AND c.part = 2;

-- ---------------------------------------------------------------------------
-- Functions called by hand do not change what they are given. A value of PLAIN
-- storage is read where it lies, in the shared page.
-- ---------------------------------------------------------------------------
CREATE TABLE by_hand (name text, type text, accum text, item text, moving boolean, zero text);
INSERT INTO by_hand VALUES
    ('rate', 'rate_summary', 'rate_accum', 'true', true, 'rate_summary(true)'),
    ('weighted rate', 'rate_summary', 'rate_accum', 'true, 2.5', true, 'rate_summary(true, 2.5)'),
    ('nps', 'nps_summary', 'nps_accum', '5', true, 'nps_summary(5)'),
    ('nps from 1', 'nps_summary', 'nps_accum', '5, 1', true, 'nps_summary(5, 1)'),
    ('duration', 'duration_summary', 'duration_accum', 'interval ''90 min''', false,
        'duration_summary(interval ''90 min'')'),
    ('duration, few buckets', 'duration_summary', 'duration_accum', 'interval ''90 min''', false,
        'duration_summary(interval ''90 min'')'),
    ('duration, mean only', 'duration_summary', 'mean_accum',
        'timestamptz ''2024-01-01'', timestamptz ''2024-01-02''', false,
     'means(''2024-01-01'', ''2024-01-02'')'),
    ('visits', 'visit_summary', 'visit_accum', 'timestamptz ''2024-01-01'', 5, ''open''', false,
        'visits(timestamptz ''2024-01-01'', 5, ''open'')'),
    ('visits by agents', 'visit_summary', 'visit_accum', 'timestamptz ''2024-01-01'', 5, ''open'', ''ann''', false,
        'visits(timestamptz ''2024-01-01'', 5, ''open'', ''ann'')'),
    ('survival', 'survival_summary', 'survival_accum', 'interval ''90 min'', false', false,
        'survival_summary(''90 min'', false)'),
    ('survival, few durations', 'survival_summary', 'survival_accum', 'interval ''90 min'', true', false,
        'survival_summary(''90 min'', true)'),
    ('bgnbd', 'bgnbd_summary', 'bgnbd_accum', '2, 0.5, 7', false, 'bgnbd_summary(2, 0.5, 7)'),
    ('bgnbd, few ages', 'bgnbd_summary', 'bgnbd_accum', '0, 0, 20', false, 'bgnbd_summary(0, 0, 20)'),
    ('gamma gamma', 'gamma_gamma_summary', 'gamma_gamma_accum', '2, 35', false, 'gamma_gamma_summary(2, 35)'),
    ('window funnel', 'window_funnel_summary', 'window_funnel_accum',
        'interval ''3 days'', timestamptz ''2024-01-01'', ARRAY[true, NULL, true]', false,
        'window_funnel_summary(''3 days'', timestamptz ''2024-01-01'', true, NULL, true)'),
    ('window funnel, strict', 'window_funnel_summary', 'window_funnel_accum',
        'interval ''1 month'', ''strict_once,strict_order'', timestamptz ''2024-01-01'', ARRAY[false, false, NULL]',
        false, 'window_funnel_summary(''1 month'', ''strict_once,strict_order'', timestamptz ''2024-01-01'', false,'
        ' false, NULL)'),
    ('retention', 'retention_summary', 'retention_accum', 'ARRAY[true, NULL, true]', false,
        'retention_summary(true, NULL, true)'),
    ('funnel', 'funnel_summary', 'funnel_accum',
        '5, timestamptz ''2024-01-01'', ''open'', ''{new,open,pending,won}'', interval ''3 days''', false,
        'funnel_summary(5, timestamptz ''2024-01-01'', ''open'', ''{new,open,pending,won}'', interval ''3 days'')'),
    ('funnel of uuids', 'funnel_summary', 'funnel_accum',
        'md5(''5'')::uuid, timestamptz ''2024-01-01'', ''open'', ''{new,open}'', interval ''3 days'', ''strict_once''',
        false, 'funnel_summary(md5(''5'')::uuid, timestamptz ''2024-01-01'', ''open'', ''{new,open}'','
        ' interval ''3 days'', ''strict_once'')'),
    ('funnel of texts, strict', 'funnel_summary', 'funnel_accum',
        '''x''::text, timestamptz ''2024-01-01'', ''none'', ''{won,lost,new}'', interval ''1 month'','
        ' ''strict_order,strict_increase''', false,
        'funnel_summary(''x''::text, timestamptz ''2024-01-01'', ''none'', ''{won,lost,new}'', interval ''1 month'','
        ' ''strict_order,strict_increase'')'),
    ('response', 'response_summary', 'response_accum', '7::bigint, timestamptz ''2024-01-01'', ''out''', false,
        'response_summary(7, ''2024-01-01'', ''out'')'),
    ('response, few customers', 'response_summary', 'response_accum', '''won'', timestamptz ''2024-01-01'', ''in''',
        false, 'response_summary(''won'', ''2024-01-01'', ''in'')'),
    ('auc', 'auc_summary', 'auc_accum', '0.1, true', false, 'auc_summary(0.1, true)'),
    ('scorecard', 'scorecard', 'scorecard_accum', 'ARRAY[''won'', NULL, ''"''], true', false,
        'scorecard(ARRAY[''won'', NULL, ''"''], true)'),
    ('scorecard, many combinations', 'scorecard', 'scorecard_accum', 'ARRAY[''1'', ''1''], false', false,
        'scorecard(ARRAY[''1'', ''1''], false)'),
    ('value', 'value_summary', 'value_accum', '5, timestamptz ''2024-01-01'', -7.5', false,
        'value_summary(5, timestamptz ''2024-01-01'', -7.5)'),
    ('cohort', 'cohort_summary', 'cohort_accum',
        '9, timestamptz ''2024-01-01'', ''month'', ''America/New_York''', false,
        'cohort_summary(9, timestamptz ''2024-01-01'', ''month'', ''America/New_York'')'),
    ('cohort by text', 'cohort_summary', 'cohort_accum',
        '''9won''::text, timestamptz ''2024-01-01'', ''week'', ''Asia/Tokyo'', 6', false,
        'cohort_summary(''9won''::text, timestamptz ''2024-01-01'', ''week'', ''Asia/Tokyo'', 6)'),
    ('cohort, compacted', 'cohort_summary', 'cohort_accum', '9, timestamptz ''2024-01-01'', ''day'', ''UTC''', false,
        'cohort_summary(9, timestamptz ''2024-01-01'', ''day'', ''UTC'')'),
    ('attribution', 'attribution_summary', 'attribution_accum',
        '5::bigint, timestamptz ''2024-01-01'', ''not there'', NULL', false,
        'attribution(5, timestamptz ''2024-01-01'', ''not there'', NULL)'),
    ('attribution of texts', 'attribution_summary', 'attribution_accum',
        '''x''::text, timestamptz ''2024-01-01'', NULL, 5', false,
        'attribution(''x''::text, timestamptz ''2024-01-01'', NULL, 5)'),
    ('backlog', 'backlog_summary', 'backlog_accum', 'timestamptz ''2024-01-01'', timestamptz ''2024-01-02''', false,
        'backlog_summary(''2024-01-01'', ''2024-01-02'')'),
    ('backlog, counters', 'backlog_summary', 'backlog_accum', 'timestamptz ''2024-01-01'', NULL', false,
        'backlog_summary(''2024-01-01'', NULL)');
DO $$
DECLARE
    f family;
    file text := current_setting('data_directory') || '/crmkpi_laws.bin';
BEGIN
    FOR f IN TABLE family LOOP
        EXECUTE format('CREATE TABLE %1$s_plain (day date, part int, s %2$s)', table_of(f), f.type);
        EXECUTE format('ALTER TABLE %1$s_plain ALTER COLUMN s SET STORAGE PLAIN', table_of(f));
        -- INSERT would store short values short in spite of the storage, COPY does not
        EXECUTE format('COPY (SELECT * FROM %s WHERE s IS NOT NULL) TO %L (FORMAT binary)', table_of(f), file);
        EXECUTE format('COPY %s_plain FROM %L (FORMAT binary)', table_of(f), file);
    END LOOP;
END $$;
SELECT is(ask(family, $$SELECT min(pg_column_size(s)) FROM @t_plain$$),
    ask(family, $$SELECT min(pg_column_size(@_in(@_out(s)))) FROM @t$$),
    name || ': plain storage has the long header')
FROM family ORDER BY name;
-- twice the same in one row, as the aggregate has it, and the argument as it was
SELECT is(ask(family, replace(replace(replace($$
    SELECT count(*) FILTER (WHERE ACCUM(p.s, ITEM) = ACCUM(p.s, ITEM) AND ACCUM(p.s, ITEM) = p.s + r.one
                              AND @_send(ACCUM(p.s, ITEM)) = @_send(p.s + r.one) AND p.s + p.s = p.s + p.s
                                  AND p.s = t.s) || ' of ' || count(*)
    FROM @t_plain AS p JOIN @t AS t USING (day, part), (SELECT ZERO AS one) AS r $$, 'ACCUM', accum), 'ITEM', item),
        'ZERO', zero)),
    '2925 of 2925', name || ': transitions by hand are those of the aggregate, and change nothing')
FROM family JOIN by_hand USING (name, type) ORDER BY name;
SELECT is(ask(family, replace(replace(replace($$
    SELECT count(*) FILTER (WHERE ACCUM_inv(ACCUM(p.s, ITEM), ITEM) = p.s AND @_combine_inv(p.s + r.one, r.one) = p.s
                              AND @_combine_inv(p.s, p.s) = @_combine_inv(p.s, p.s)
                                  AND p.s = t.s) || ' of ' || count(*)
    FROM @t_plain AS p JOIN @t AS t USING (day, part), (SELECT ZERO AS one) AS r $$, 'ACCUM', accum), 'ITEM', item),
        'ZERO', zero)),
    '2925 of 2925', name || ': and so are the inverse ones')
FROM family JOIN by_hand USING (name, type) WHERE moving ORDER BY name;
SELECT is(ask(family, $$
    SELECT encode(@_send(rollup(s)), 'hex') FROM @t_plain$$), substr(whole, 3), name || ': rollup from plain storage')
FROM family JOIN truth USING (name) ORDER BY name;
SELECT is(ask(family, $$SELECT count(*) FILTER (WHERE p.s = t.s) FROM @t_plain AS p
JOIN @t AS t USING (day, part)$$), '2925', name || ': which is unchanged')
FROM family ORDER BY name;

-- An aggregate of somebody else, without an initial state: the first state comes from a table, short or compressed.
CREATE AGGREGATE laws.combined(rate_summary) (SFUNC = rate_summary_combine, STYPE = rate_summary,
    COMBINEFUNC = rate_summary_combine);
CREATE AGGREGATE laws.combined(nps_summary) (SFUNC = nps_summary_combine, STYPE = nps_summary,
    COMBINEFUNC = nps_summary_combine);
CREATE AGGREGATE laws.combined(duration_summary) (
    SFUNC = duration_summary_combine, STYPE = duration_summary, COMBINEFUNC = duration_summary_combine,
        FINALFUNC = duration_summary_final
);
CREATE AGGREGATE laws.combined(visit_summary) (SFUNC = visit_summary_combine, STYPE = visit_summary,
    COMBINEFUNC = visit_summary_combine, FINALFUNC = visit_summary_final);
CREATE AGGREGATE laws.combined(survival_summary) (SFUNC = survival_summary_combine, STYPE = survival_summary,
    COMBINEFUNC = survival_summary_combine, FINALFUNC = survival_summary_final);
CREATE AGGREGATE laws.combined(bgnbd_summary) (SFUNC = bgnbd_summary_combine, STYPE = bgnbd_summary,
    COMBINEFUNC = bgnbd_summary_combine, FINALFUNC = bgnbd_summary_final);
CREATE AGGREGATE laws.combined(gamma_gamma_summary) (SFUNC = gamma_gamma_summary_combine, STYPE = gamma_gamma_summary,
    COMBINEFUNC = gamma_gamma_summary_combine, FINALFUNC = gamma_gamma_summary_final);
CREATE AGGREGATE laws.combined(window_funnel_summary) (
    SFUNC = window_funnel_summary_combine, STYPE = window_funnel_summary, COMBINEFUNC = window_funnel_summary_combine,
        FINALFUNC = window_funnel_summary_final
);
CREATE AGGREGATE laws.combined(retention_summary) (SFUNC = retention_summary_combine, STYPE = retention_summary,
    COMBINEFUNC = retention_summary_combine);
CREATE AGGREGATE laws.combined(funnel_summary) (SFUNC = funnel_summary_combine, STYPE = funnel_summary,
    COMBINEFUNC = funnel_summary_combine, FINALFUNC = funnel_summary_final);
CREATE AGGREGATE laws.combined(response_summary) (SFUNC = response_summary_combine, STYPE = response_summary,
    COMBINEFUNC = response_summary_combine, FINALFUNC = response_summary_final);
CREATE AGGREGATE laws.combined(auc_summary) (SFUNC = auc_summary_combine, STYPE = auc_summary,
    COMBINEFUNC = auc_summary_combine, FINALFUNC = auc_summary_final);
CREATE AGGREGATE laws.combined(scorecard) (SFUNC = scorecard_combine, STYPE = scorecard,
    COMBINEFUNC = scorecard_combine, FINALFUNC = scorecard_final);
CREATE AGGREGATE laws.combined(value_summary) (SFUNC = value_summary_combine, STYPE = value_summary,
    COMBINEFUNC = value_summary_combine, FINALFUNC = value_summary_final);
CREATE AGGREGATE laws.combined(cohort_summary) (SFUNC = cohort_summary_combine, STYPE = cohort_summary,
    COMBINEFUNC = cohort_summary_combine, FINALFUNC = cohort_summary_final);
CREATE AGGREGATE laws.combined(attribution_summary) (SFUNC = attribution_summary_combine, STYPE = attribution_summary,
    COMBINEFUNC = attribution_summary_combine, FINALFUNC = attribution_summary_final);
CREATE AGGREGATE laws.combined(backlog_summary) (
    SFUNC = backlog_summary_combine, STYPE = backlog_summary, COMBINEFUNC = backlog_summary_combine,
        FINALFUNC = backlog_summary_final
);
SELECT is(ask(family, format($$
    SELECT encode(@_send(combined(s)), 'hex') FROM @t%s$$, suffix)), substr(whole, 3),
    name || ': a first state from a table ' || suffix)
FROM family JOIN truth USING (name), (VALUES (''), ('_plain')) AS v (suffix) ORDER BY name, suffix;
SELECT is(count(DISTINCT duration_summary_send(r)), 1::bigint,
    'wide: a first state that is compressed or outside of the row')
FROM (SELECT combined(s) AS r FROM wide GROUP BY storage UNION ALL SELECT rollup(s) FROM wide
WHERE storage = 'main') AS t;
SELECT is(ask(family, $$SELECT count(*) FILTER (WHERE p.s = t.s) FROM @t_plain AS p
JOIN @t AS t USING (day, part)$$), '2925', name || ': and again the table is unchanged')
FROM family ORDER BY name;

SELECT * FROM finish();
ROLLBACK;
