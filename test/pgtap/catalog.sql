-- catalog: what the extension is made of: comments, parallel safety, combine functions, documentation, versions.
-- Runs from the project's root, where the documentation is.
BEGIN;
SET LOCAL search_path = public, crmkpi;
SELECT plan(24);

\set doc `cat doc/*.md 2>/dev/null`
\set meta `cat META.json 2>/dev/null`
\set control `cat crmkpi.control`

CREATE VIEW member AS
SELECT classid, objid, classid::regclass::text AS catalog, pg_describe_object(classid, objid, 0) AS name
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'crmkpi');
CREATE VIEW routine AS
SELECT p.*, p.oid::regprocedure::text AS name, l.lanname FROM pg_proc AS p JOIN pg_language AS l ON l.oid = prolang
WHERE p.oid IN (SELECT objid FROM member WHERE classid = 'pg_proc'::regclass);
CREATE VIEW summary_type AS
SELECT oid, typname FROM pg_type
WHERE (typname LIKE '%\_summary' OR typname = 'scorecard') AND oid IN (SELECT objid FROM member
WHERE classid = 'pg_type'::regclass);

SELECT cmp_ok(count(*), '>', 150::bigint, 'the extension has members') FROM member;
SELECT is(array_agg(typname::text ORDER BY typname) @> '{duration_summary,nps_summary,rate_summary}', true,
    'its summary types are found') FROM summary_type;
SELECT is(count(*), 0::bigint, 'members stand in the schema crmkpi')
FROM (SELECT pronamespace FROM routine UNION ALL SELECT relnamespace FROM pg_class WHERE oid IN (SELECT objid
FROM member WHERE classid = 'pg_class'::regclass)
      UNION ALL SELECT typnamespace FROM pg_type WHERE oid IN (SELECT objid FROM member
          WHERE classid = 'pg_type'::regclass)) AS t (namespace)
WHERE namespace <> 'crmkpi'::regnamespace;
SELECT is(array_agg(DISTINCT catalog ORDER BY catalog) FILTER (WHERE catalog IN ('pg_namespace', 'pg_trigger',
    'pg_language', 'pg_cast')), NULL,
          'the schema itself is no member, nor is anything with effects elsewhere') FROM member;
-- read-only: no table or sequence of the extension holds data of users
SELECT is(array_agg(relname::text) FILTER (WHERE relkind NOT IN ('v', 'c')), NULL, 'it keeps no data')
FROM pg_class WHERE oid IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass);
SELECT is(extconfig, NULL, 'and has nothing to dump') FROM pg_extension WHERE extname = 'crmkpi';

-- Comments. Array types, the types of views and the like are made by PostgreSQL.
SELECT is(string_agg(name, E'\n' ORDER BY name), NULL, 'every member has a comment')
FROM member
WHERE coalesce(obj_description(objid, catalog), '') = ''
  AND NOT EXISTS (SELECT FROM pg_type AS t WHERE classid = 'pg_type'::regclass AND t.oid = objid AND (typelem <> 0
      OR typrelid <> 0))
  AND NOT (classid = 'pg_rewrite'::regclass OR classid = 'pg_amop'::regclass OR classid = 'pg_amproc'::regclass);
SELECT ok(obj_description(oid, 'pg_extension') <> '', 'and so has the extension') FROM pg_extension
WHERE extname = 'crmkpi';

-- Functions of the engine are in C; aggregates count as internal.
CREATE VIEW engine AS SELECT * FROM routine WHERE lanname = 'c' OR prokind = 'a';
SELECT cmp_ok(count(*), '>', 150::bigint, 'the engine has functions') FROM engine;
SELECT is(string_agg(name, E'\n' ORDER BY name), NULL, 'every function and aggregate of the engine is PARALLEL SAFE')
FROM engine WHERE proparallel <> 's';
SELECT is(string_agg(name, E'\n' ORDER BY name), NULL, 'and IMMUTABLE') FROM engine WHERE provolatile <> 'i';
SELECT is(string_agg(name, E'\n' ORDER BY name), NULL,
    'every C function is STRICT, but for those that read NULL themselves')
FROM engine WHERE lanname = 'c' AND NOT proisstrict AND proname NOT IN ('sla_accum', 'visit_accum', 'backlog_accum',
    'freshness_accum', 'freshness_band', 'freshness_band_no', 'window_funnel_accum', 'funnel_accum',
    'expected_value', 'predicted_clv', 'cohort_accum', 'attribution_accum',
    'attributed');
SELECT is(string_agg(name, E'\n' ORDER BY name), NULL, 'none runs as its owner') FROM routine WHERE prosecdef;
SELECT is(string_agg(name, E'\n' ORDER BY name), NULL, 'everybody may execute every function of the engine')
FROM engine WHERE NOT has_function_privilege('public', oid, 'EXECUTE');
SELECT is(string_agg(DISTINCT probin, ', '), '$libdir/crmkpi', 'all C functions are in one library') FROM engine
WHERE lanname = 'c';

-- Aggregates: any that has a state of another kind cannot be divided between processes. Those of freshness are maxima
-- of a plain type, which are NULL before the first row.
CREATE VIEW aggregate AS SELECT e.name, e.proname, a.* FROM engine AS e JOIN pg_aggregate AS a ON aggfnoid = e.oid;
SELECT cmp_ok(count(*), '>', 40::bigint, 'there are aggregates') FROM aggregate;
SELECT is(string_agg(name, E'\n' ORDER BY name), NULL,
    'the state of every aggregate is a summary type, and it can be combined')
FROM aggregate WHERE proname NOT IN ('last_touch', 'freshness') AND (aggcombinefn = 0 OR aggtranstype NOT IN (SELECT oid
FROM summary_type) OR aggkind <> 'n' OR agginitval IS NULL
   OR aggfinalmodify <> 'r' OR aggcombinefn <> ('crmkpi.' || aggtranstype::regtype || '_combine')::regproc);
SELECT is(array_agg(format('%s %s %s', proname, aggtranstype::regtype, aggcombinefn) ORDER BY proname),
    '{freshness double precision float8larger,last_touch timestamp with time zone timestamptz_larger}',
    'or a maximum, which can be combined, too')
FROM aggregate WHERE proname IN ('last_touch', 'freshness') AND agginitval IS NULL AND aggfinalmodify = 'r';
SELECT is(string_agg(name, E'\n' ORDER BY name), NULL, 'a moving aggregate begins and ends as the plain one')
FROM aggregate WHERE aggmtransfn <> 0 AND (aggmtransfn <> aggtransfn OR aggmtranstype <> aggtranstype
    OR agginitval <> aggminitval OR aggfinalfn <> aggmfinalfn OR aggminvtransfn = 0);
SELECT is(string_agg(t.typname, ', '), NULL, 'every summary type has rollup, +, =, and classes to sort and hash')
FROM summary_type AS t
WHERE to_regprocedure(format('crmkpi.rollup(crmkpi.%I)', typname)) IS NULL
    OR to_regoperator(format('crmkpi.+(crmkpi.%1$I,crmkpi.%1$I)', typname)) IS NULL
   OR to_regoperator(format('crmkpi.=(crmkpi.%1$I,crmkpi.%1$I)', typname)) IS NULL
   OR (SELECT count(*) FROM pg_opclass AS c JOIN pg_am AS a ON a.oid = opcmethod
       WHERE opcintype = t.oid AND opcdefault AND amname IN ('btree', 'hash')) <> 2;
-- as the opr_sanity test of PostgreSQL: every operator class is complete
SELECT is(count(*) FILTER (WHERE amvalidate(oid)), count(*), 'operator classes are valid') FROM pg_opclass
WHERE oid IN (SELECT objid FROM member WHERE classid = 'pg_opclass'::regclass);

-- Documentation: the name of every function that people call is in a page, as code.
SELECT is(string_agg(DISTINCT proname::text, E'\n' ORDER BY proname::text), NULL,
    'every public function is in the documentation')
FROM routine
WHERE proname !~ '_(in|out|recv|send|accum|accum_inv|combine|combine_inv|final|hash|hash_extended)$'
  AND proname !~ '_(eq|ne|lt|le|gt|ge|cmp)$'
  AND proname !~ '^mart_' -- helpers of create_mart
  AND prorettype <> 'trigger'::regtype
  AND :'doc' !~ ('\m' || proname || '\M');
SELECT is(string_agg(typname, ', '), NULL, 'and every summary type') FROM summary_type
WHERE :'doc' !~ ('\m' || typname || '\M');

SELECT is((:'meta'::json ->> 'version') || ' ' || (:'meta'::json -> 'provides' -> 'crmkpi' ->> 'version'),
          extversion || ' ' || extversion, 'META.json has the version of the extension, twice')
FROM pg_extension WHERE extname = 'crmkpi' AND :'control' LIKE '%default_version = ''' || extversion || '''%';
SELECT * FROM finish();
ROLLBACK;
