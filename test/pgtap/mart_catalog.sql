-- What a mart is made of: the contract, comments, types that BI tools can read, rights of whoever asks, an empty mart.

BEGIN;
SELECT no_plan();
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = public, pg_temp;
\o /dev/null
SELECT crmkpi.create_mart('mart');
\o

CREATE TEMP VIEW relation AS
SELECT c.oid, c.relname::text AS name, c.relkind, c.reloptions,
    c.relname ~ 'dashboard' OR c.relname IN ('agent_performance', 'ticket_queue', 'backlog_history', 'kpi_catalog',
        'lead_response_curve', 'lead_response_curve_by_month', 'relationship_freshness',
        'sales_funnel', 'email_funnel', 'actions_per_engagement', 'cohort_retention',
        'customer_month', 'customer_value', 'cost_per_stage', 'roi_kpi',
        'stage_duration', 'pipeline_history', 'open_opportunity', 'hot_leads', 'opportunity_score', 'score_calibration',
        'target_progress')
        AS is_dashboard
FROM pg_class c WHERE c.relnamespace = 'mart'::regnamespace AND c.relkind NOT IN ('i', 'I');
CREATE TEMP VIEW relation_column AS
SELECT r.*, a.attname::text AS col, a.attnum, a.attnotnull, format_type(a.atttypid, a.atttypmod) AS type,
    col_description(r.oid, a.attnum) AS comment
FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped;
CREATE TEMP VIEW function AS
SELECT p.*, p.oid::regprocedure::text AS name FROM pg_proc p WHERE p.pronamespace = 'mart'::regnamespace;

-- ---------------------------------------------------------------------------
-- The contract is what create_mart makes
-- ---------------------------------------------------------------------------

SELECT set_eq(
    $$ SELECT entity, column_no, column_name, data_type, required, description FROM crmkpi.mart_contract $$,
    $$ SELECT name, attnum::integer, col, replace(replace(type, 'timestamp with time zone', 'timestamptz'),
        'crmkpi.', ''), attnotnull, comment
       FROM relation_column WHERE relkind = 'r' AND name <> 'mart_object' $$,
    'the contract says of every column what the tables have');
SELECT cmp_ok(count(DISTINCT entity), '=', 24::bigint, 'it has all entities') FROM crmkpi.mart_contract;
SELECT is(count(*), (SELECT count(DISTINCT (entity, column_name)) FROM crmkpi.mart_contract), 'each column once')
FROM crmkpi.mart_contract;
SELECT ok(has_table_privilege('public', 'crmkpi.mart_contract', 'SELECT'), 'everybody may read it');
SELECT is(array_agg(DISTINCT data_type ORDER BY data_type)
    FILTER (WHERE coalesce(to_regtype(data_type), to_regtype('crmkpi.' || data_type)) IS NULL), NULL,
    'its types are types')
FROM crmkpi.mart_contract;

SELECT is(array_agg(r.name ORDER BY r.name), NULL, 'every table has a key')
FROM relation r
WHERE relkind = 'r' AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = r.oid AND c.contype IN ('p',
    'u'));
SELECT is(string_agg(DISTINCT type, ' ' ORDER BY type),
    'bigint boolean crmkpi.bgnbd_model crmkpi.business_hours crmkpi.gamma_gamma_model date integer numeric(18,9) numeric(19,4) numeric(20,6) numeric(9,4) '
    'numeric(9,6) text timestamp with time zone',
    'ids are text, money has four places, moments have a zone')
FROM relation_column WHERE relkind = 'r';
SELECT is(array_agg(name || '.' || col), NULL, 'names tell the type: _id text, _at moments, _on and day dates')
FROM relation_column
WHERE relkind = 'r' AND CASE WHEN col ~ '_id$' THEN type <> 'text'
    WHEN col ~ '_at$' THEN type <> 'timestamp with time zone'
    WHEN col ~ '_on$' OR col ~ '^(.*_)?day$' THEN type <> 'date' END;

-- ---------------------------------------------------------------------------
-- Comments and names
-- ---------------------------------------------------------------------------

SELECT is(array_agg(name ORDER BY name), NULL, 'every relation has a comment')
FROM relation WHERE coalesce(obj_description(oid, 'pg_class'), '') = '';
SELECT is(array_agg(name || '.' || col ORDER BY name, attnum), NULL, 'and every column')
FROM relation_column WHERE coalesce(comment, '') = '';
SELECT is(array_agg(name ORDER BY name), NULL, 'and every function')
FROM function WHERE coalesce(obj_description(oid, 'pg_proc'), '') = '';
SELECT is(array_agg(n), NULL, 'names are lower snake_case, and none was cut at 63 bytes')
FROM (SELECT name FROM relation UNION SELECT col FROM relation_column UNION SELECT proname
    FROM function) AS names (n)
WHERE n !~ '^[a-z][a-z0-9_]*$' OR octet_length(n) >= 63;
SELECT is(array_agg(r.name ORDER BY r.name), NULL, 'dashboards and daily summaries tell their key')
FROM relation r
WHERE (is_dashboard OR name LIKE 'daily%') AND obj_description(oid, 'pg_class') !~ '\(key: [a-z_, ]+[);]';
SELECT is(array_agg(format('%s.%s', d.name, d.col)), NULL,
    'a dashboard says the same of a column as its form for all grains')
FROM relation_column d JOIN relation_column g ON g.name = d.name || '_by_grain' AND g.col = d.col
WHERE replace(d.comment, 'month', 'period') <> replace(g.comment, 'month', 'period');
SELECT is(array_agg(g.name || '.' || g.col), NULL, 'and has all of its columns')
FROM relation_column g
WHERE g.name LIKE '%\_by\_grain' AND g.col <> 'grain'
    AND NOT EXISTS (SELECT FROM relation_column d WHERE d.name || '_by_grain' = g.name AND d.col = g.col
        AND d.type = g.type);

-- ---------------------------------------------------------------------------
-- Views and functions
-- ---------------------------------------------------------------------------

SELECT is(count(*), 58::bigint, 'there are 58 views') FROM relation WHERE relkind = 'v';
SELECT is(array_agg(name ORDER BY name), NULL, 'every view reads with the rights of whoever asks')
FROM relation WHERE relkind = 'v' AND NOT coalesce(reloptions, '{}') && '{security_invoker=true}';
SELECT is(array_agg(name ORDER BY name), NULL, 'functions too, are stable, parallel safe, and keep what they name')
FROM function WHERE prosecdef OR prosqlbody IS NULL OR prokind <> 'p' AND (provolatile <> 's' OR proparallel <> 's');
SELECT cmp_ok(count(*), '>', 3::bigint, 'there are dashboards to look at') FROM relation WHERE is_dashboard;
SELECT is(array_agg(format('%s.%s %s', name, col, type) ORDER BY name, attnum), NULL,
    'dashboards have only types that every BI tool reads')
FROM relation_column
WHERE is_dashboard AND CASE WHEN type LIKE 'numeric(%' THEN (regexp_match(type, '\((\d+),'))[1]::integer > 28
    ELSE type NOT IN ('text', 'boolean', 'integer', 'bigint', 'date', 'timestamp with time zone',
        'double precision') END;
SELECT is(array_agg(format('%s.%s %s', name, col, type) ORDER BY name, attnum), NULL, 'names tell units')
FROM relation_column
WHERE is_dashboard AND CASE WHEN col ~ '_ratio(_previous)?$' THEN type <> 'numeric(9,6)'
    WHEN col ~ '_(hours|seconds)(_previous)?$' THEN type <> 'numeric(12,2)'
    WHEN col ~ '_(amount|value)(_previous)?$' THEN type <> 'numeric(19,4)'
    WHEN col ~ '_at$' THEN type <> 'timestamp with time zone'
    WHEN col ~ '(_day|_start)$' THEN type NOT IN ('date', 'bigint', 'numeric(12,2)', 'boolean', 'numeric(19,4)') END;

-- ---------------------------------------------------------------------------
-- The catalogue of KPIs
-- ---------------------------------------------------------------------------

SELECT is(array_agg(kpi ORDER BY kpi), NULL, 'every KPI stands where the catalogue says')
FROM mart.kpi_catalog k
WHERE NOT EXISTS (SELECT FROM relation_column c WHERE c.name = k.dashboard AND c.col = k.column_name);
SELECT is(array_agg(kpi || ': ' || named), NULL, 'so do all columns that it names beside')
FROM mart.kpi_catalog k,
    unnest(ARRAY[numerator_column, denominator_column] || string_to_array(related_columns, ', ')) AS named
WHERE named IS NOT NULL AND NOT EXISTS (
    SELECT FROM relation_column c WHERE c.name = k.dashboard AND c.col = named);
SELECT is(array_agg(kpi || ': ' || agent_column), NULL, 'and those of agent_performance')
FROM mart.kpi_catalog k
WHERE agent_column IS NOT NULL AND NOT EXISTS (
    SELECT FROM relation_column c WHERE c.name = 'agent_performance' AND c.col = agent_column);
SELECT is(array_agg(c.name || '.' || c.col ORDER BY c.name, c.attnum), NULL,
    'no KPI of the dashboards is missing: every mean and every ratio is in the catalogue')
FROM relation_column c
WHERE c.name IN ('service_dashboard', 'crm_dashboard', 'retention_dashboard', 'cost_per_stage', 'opportunity_dashboard')
    AND c.col ~ '_(hours|seconds|ratio|value)$'
    AND NOT EXISTS (SELECT FROM mart.kpi_catalog k
        -- what two dashboards share has one name and one row
        WHERE k.dashboard IN (c.name, 'crm_dashboard')
            AND (k.column_name = c.col OR c.col = ANY (string_to_array(related_columns, ', '))));
SELECT is(array_agg(c.col ORDER BY c.attnum), NULL, 'targets of agents are for KPIs that agent_performance has')
FROM relation_column c
WHERE c.name = 'agent_performance' AND c.col LIKE '%\_target'
    AND NOT EXISTS (SELECT FROM mart.kpi_catalog k WHERE k.agent_column || '_target' = c.col);
SELECT is(array_agg(kpi ORDER BY kpi), NULL, 'units and directions are words that the comments name')
FROM mart.kpi_catalog
WHERE unit NOT IN ('hours', 'seconds', 'months', 'ratio', 'times', 'points', 'count', 'currency')
    OR direction NOT IN ('higher', 'lower', 'neutral');
SELECT is(array_agg(kpi ORDER BY kpi), NULL, 'the unit is that of the column')
FROM mart.kpi_catalog
WHERE (unit = 'ratio') <> (column_name LIKE '%\_ratio') OR (unit IN ('hours', 'seconds')) <>
    (column_name ~ '_(hours|seconds)$');
SELECT is(array_agg(kpi ORDER BY kpi), NULL, 'every text is there, once, in its own script')
FROM mart.kpi_catalog k
WHERE label_en !~ '^[A-Z][ -~]+$' OR description_en !~ '^[A-Z][ -~]+[.]$' OR formula !~ '^[ -~]+$'
    OR label_vi !~ '[à-ỹđ]' OR description_vi !~ '[à-ỹđ].*[.]$'
    OR label_fa !~ '[ا-ی]' OR description_fa !~ '[ا-ی].*[.]$'
    OR EXISTS (SELECT FROM mart.kpi_catalog o WHERE o.kpi <> k.kpi
        AND (o.label_en = k.label_en OR o.label_vi = k.label_vi OR o.label_fa = k.label_fa));

-- ---------------------------------------------------------------------------
-- Empty
-- ---------------------------------------------------------------------------

CREATE FUNCTION pg_temp.empty() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    what text;
BEGIN
    FOR what IN
        SELECT format('mart.%I', name) FROM relation WHERE relkind = 'v'
        UNION ALL
        SELECT format('mart.%I(%L)', proname, grain)
        FROM function, unnest('{day,week,month,quarter,year}'::text[]) AS grain WHERE proargnames[1] = 'grain'
            AND (proname <> 'retention_dashboard' OR grain NOT IN ('day', 'week'))
        ORDER BY 1
    LOOP
        IF what IN ('mart.config', 'mart.kpi_catalog') THEN
            RETURN NEXT isnt_empty('SELECT * FROM ' || what, what || ' has rows from the start');
        ELSE
            RETURN NEXT is_empty('SELECT * FROM ' || what, what || ' of an empty mart');
        END IF;
    END LOOP;
    FOR what IN SELECT format('mart.%I(%L)', proname, 'era') FROM function WHERE proargnames[1] = 'grain' LOOP
        RETURN NEXT throws_ok('SELECT * FROM ' || what, '22023', NULL, what || ' is an error all the same');
    END LOOP;
END;
$$;
SELECT * FROM pg_temp.empty();

SELECT * FROM finish();
ROLLBACK;
