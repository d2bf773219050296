
-- ---------------------------------------------------------------------------
-- create_mart, and what it shares with its sisters
-- ---------------------------------------------------------------------------

-- What others made on top of the mart's objects of the given kinds, as one
-- line each.  Such things stand in the way of dropping those objects.
CREATE FUNCTION crmkpi.mart_dependents(mart text, kinds text[]) RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH own AS (
        SELECT class::oid AS classid, object FROM crmkpi.mart_objects(mart)
    ), target AS (
        SELECT o.class::oid AS classid, o.object FROM crmkpi.mart_objects(mart) o WHERE o.kind = ANY (kinds)
        UNION ALL
        SELECT 'pg_type'::regclass, c.reltype
        FROM crmkpi.mart_objects(mart) o JOIN pg_class c ON c.oid = o.object
        WHERE o.kind = ANY (kinds) AND o.class = 'pg_class'::regclass
    ), dependent AS (
        -- a view depends through its rule
        SELECT CASE WHEN r.oid IS NULL THEN d.classid ELSE 'pg_class'::regclass END AS classid,
               coalesce(r.ev_class, d.objid) AS object,
               CASE WHEN r.oid IS NULL THEN d.objsubid ELSE 0 END AS objsubid,
               d.refclassid, d.refobjid
        FROM pg_depend d
        JOIN target ON target.classid = d.refclassid AND target.object = d.refobjid
        LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
        WHERE d.deptype = 'n'
    )
    SELECT DISTINCT format('%s depends on %s',
        pg_describe_object(classid, object, objsubid), pg_describe_object(refclassid, refobjid, 0))
    FROM dependent
    WHERE (classid, object) NOT IN (SELECT own.classid, own.object FROM own)
        -- constraints, defaults and the like go with the mart's own tables
        AND NOT EXISTS (
            SELECT FROM pg_depend part JOIN own ON own.classid = part.refclassid AND own.object = part.refobjid
            WHERE part.classid = dependent.classid AND part.objid = dependent.object AND part.deptype IN ('a', 'i'))
    ORDER BY 1;
END;
COMMENT ON FUNCTION crmkpi.mart_dependents(text, text[]) IS 'what others made on top of the objects of a mart';

-- The statements that grant the rights on a relation or function again.
CREATE FUNCTION crmkpi.mart_grants(class regclass, object oid) RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH acl AS (
        SELECT c.oid::regclass::text AS target, '' AS columns, c.relowner AS owner, a.*
        FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
        WHERE class = 'pg_class'::regclass AND c.oid = object
        UNION ALL
        SELECT c.oid::regclass::text, format(' (%I)', att.attname), c.relowner, a.*
        FROM pg_class c JOIN pg_attribute att ON att.attrelid = c.oid CROSS JOIN LATERAL aclexplode(att.attacl) a
        WHERE class = 'pg_class'::regclass AND c.oid = object
        UNION ALL
        SELECT 'ROUTINE ' || p.oid::regprocedure, '', p.proowner, a.*
        FROM pg_proc p CROSS JOIN LATERAL aclexplode(p.proacl) a
        WHERE class = 'pg_proc'::regclass AND p.oid = object
    )
    -- what new objects are granted by default may have been taken back from this one
    SELECT format('REVOKE ALL ON %s FROM %s',
                  CASE WHEN class = 'pg_proc'::regclass THEN 'ROUTINE ' || object::regprocedure
                       ELSE object::regclass::text END,
                  CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
    FROM pg_default_acl d
    CROSS JOIN LATERAL aclexplode(d.defaclacl) a
    WHERE d.defaclrole = current_user::regrole AND a.grantee <> d.defaclrole
        AND d.defaclobjtype = CASE WHEN class = 'pg_proc'::regclass THEN 'f' ELSE 'r' END
    UNION
    -- a new function is PUBLIC's, unless that was taken back
    SELECT format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', p.oid::regprocedure)
    FROM pg_proc p
    WHERE class = 'pg_proc'::regclass AND p.oid = object AND p.proacl IS NOT NULL
    UNION ALL
    SELECT format('GRANT %s%s ON %s TO %s%s', privilege_type, columns, target,
                  CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
                  CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM acl
    WHERE grantee <> owner;
END;
COMMENT ON FUNCTION crmkpi.mart_grants(regclass, oid)
    IS 'the statements that grant the rights on a relation or function again after it was made anew';

-- A view that reads with the rights of its owner goes past row-level security.
CREATE FUNCTION crmkpi.mart_warn_of_owner_rights(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_class c
        WHERE c.oid = relation AND c.relkind = 'v'
            AND NOT coalesce((SELECT option_value::boolean FROM pg_options_to_table(c.reloptions)
                              WHERE option_name = 'security_invoker'), false))
    THEN
        RAISE WARNING USING
            MESSAGE = format('view %s reads its tables with the rights of its owner', relation),
            HINT = format('ALTER VIEW %s SET (security_invoker = true) lets row-level security hold in the dashboards.',
                          relation);
    END IF;
END;
$$;
COMMENT ON FUNCTION crmkpi.mart_warn_of_owner_rights(regclass) IS 'warns of a view that is not security_invoker';

-- Drops the mart's views and functions, and returns the statements that give
-- back the rights that were granted on them.
CREATE FUNCTION crmkpi.mart_drop_views(mart text) RETURNS text[]
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    dependents text := (SELECT string_agg(d, E'\n') FROM crmkpi.mart_dependents(mart, '{view,function}') d);
    grants text[];
    object record;
BEGIN
    IF dependents IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
            MESSAGE = format('other objects depend on the views of mart "%s"', mart),
            DETAIL = dependents,
            HINT = 'Drop them, run this again, and create them anew.';
    END IF;

    grants := ARRAY(
        SELECT g FROM crmkpi.mart_objects(mart) o
        CROSS JOIN LATERAL crmkpi.mart_grants(o.class, o.object) g
        WHERE o.kind IN ('view', 'function'));

    FOR object IN
        SELECT o.kind, o.identity FROM crmkpi.mart_objects(mart) o
        WHERE o.kind IN ('view', 'function') ORDER BY o.made_no DESC
    LOOP
        EXECUTE format('DROP %s %s', CASE object.kind WHEN 'function' THEN 'routine' ELSE object.kind END,
            object.identity);
    END LOOP;
    -- of these, and of what somebody else dropped
    EXECUTE format('DELETE FROM %I.mart_object WHERE (kind, name) NOT IN '
        '(SELECT o.kind, o.name FROM crmkpi.mart_objects(%L) o)', mart, mart);
    RETURN grants;
END;
$$;
COMMENT ON FUNCTION crmkpi.mart_drop_views(text)
    IS 'drops the views and functions of a mart; returns the statements that grant the rights on them again';

-- Runs one of the files of the mart, and records what it makes.
CREATE FUNCTION crmkpi.mart_run_file(mart text, file text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    source record;
    schema_oid oid := (SELECT n.oid FROM pg_namespace n WHERE n.nspname = mart);
    relations oid[] := ARRAY(SELECT c.oid FROM pg_class c WHERE c.relnamespace = schema_oid);
    functions oid[] := ARRAY(SELECT p.oid FROM pg_proc p WHERE p.pronamespace = schema_oid);
    owner regrole := (SELECT c.relowner FROM pg_class c WHERE c.oid = to_regclass(format('%I.mart_object', mart)));
    made record;
BEGIN
    SELECT * INTO STRICT source FROM crmkpi.mart_source() s WHERE s.name = file;

    -- pg_temp is named last: a temporary table must not be taken for an entity
    PERFORM set_config('search_path', format('%I, crmkpi, pg_temp', mart), true);
    -- a tool that is there already is replaced: mapped entities may use it
    EXECUTE CASE WHEN source.room = 'tool' AND EXISTS (SELECT FROM crmkpi.mart_objects(mart) o WHERE o.name = source.name)
        THEN replace(source.body, E'\nCREATE FUNCTION', E'\nCREATE OR REPLACE FUNCTION') ELSE source.body END;
    PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);

    EXECUTE format($record$
        INSERT INTO %I.mart_object (made_no, kind, name, version)
        SELECT coalesce((SELECT max(o.made_no) FROM %1$I.mart_object o), 0) + row_number() OVER (ORDER BY rank, made.name),
               made.kind, made.name, e.extversion
        FROM (
            SELECT 1 AS rank, CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END AS kind, c.relname::text AS name
            FROM pg_class c
            WHERE c.relnamespace = $1 AND c.relkind IN ('r', 'v') AND c.oid <> ALL ($2)
            UNION ALL
            SELECT DISTINCT 2, CASE $4 WHEN 'tool' THEN 'tool' ELSE 'function' END, p.proname::text
            FROM pg_proc p
            WHERE p.pronamespace = $1 AND p.oid <> ALL ($3)
        ) made
        JOIN pg_extension e ON e.extname = 'crmkpi'$record$, mart)
    USING schema_oid, relations, functions, source.room;

    -- whoever runs it, what is made is the mart owner's
    FOR made IN
        SELECT CASE WHEN o.class = 'pg_proc'::regclass THEN 'ROUTINE' ELSE 'TABLE' END AS kind, o.identity
        FROM crmkpi.mart_objects(mart) o
        WHERE o.object <> ALL (relations || functions) AND owner <> current_user::regrole
    LOOP
        EXECUTE format('ALTER %s %s OWNER TO %s', made.kind, made.identity, owner);
    END LOOP;
END;
$$;
COMMENT ON FUNCTION crmkpi.mart_run_file(text, text) IS 'runs one file of crmkpi.mart_source() in a mart and records what it makes';

-- Makes the mart's views and functions, and grants the saved rights on them.
CREATE FUNCTION crmkpi.mart_make_views(mart text, grants text[]) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    file text;
    saved text;
BEGIN
    FOR file IN SELECT s.name FROM crmkpi.mart_source() s WHERE s.room IN ('tool', 'view') ORDER BY s.file_no LOOP
        PERFORM crmkpi.mart_run_file(mart, file);
    END LOOP;
    -- the monthly form of a dashboard has the columns, and so the comments, of X_by_grain
    FOR saved IN
        SELECT format('COMMENT ON COLUMN %I.%I.%I IS %L', mart, monthly.name, a.attname,
                      col_description(every.oid, b.attnum))
        FROM crmkpi.mart_source() monthly
        JOIN pg_class every ON every.oid = to_regclass(format('%I.%I', mart, monthly.name || '_by_grain'))
        JOIN pg_attribute a ON a.attrelid = to_regclass(format('%I.%I', mart, monthly.name)) AND a.attnum > 0
        JOIN pg_attribute b ON b.attrelid = every.oid AND b.attname = a.attname
        WHERE monthly.room = 'view' AND col_description(a.attrelid, a.attnum) IS NULL
    LOOP
        EXECUTE saved;
    END LOOP;
    FOREACH saved IN ARRAY coalesce(grants, '{}') LOOP
        EXECUTE saved;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION crmkpi.mart_make_views(text, text[]) IS 'makes the views and functions of a mart, and grants rights on them';

CREATE FUNCTION crmkpi.create_mart(mart text DEFAULT 'crm') RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    place record;
    problems text;
    entity record;
    grants text[];
    mapped text[] := '{}';
    made integer := 0;
BEGIN
    PERFORM crmkpi.mart_check_name(mart);
    PERFORM pg_advisory_xact_lock(hashtextextended('crmkpi.create_mart ' || mart, 0));

    SELECT n.oid, n.nspowner INTO place FROM pg_namespace n WHERE n.nspname = mart;
    IF place.oid IS NULL THEN
        EXECUTE format('CREATE SCHEMA %I', mart);
        EXECUTE format('COMMENT ON SCHEMA %I IS %L', mart, 'CRM mart of crmkpi');
    ELSIF EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_namespace'::regclass AND d.objid = place.oid AND d.deptype = 'e') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('schema "%s" belongs to an extension', mart),
            HINT = 'Give the mart a schema of its own, such as crm.';
    ELSIF NOT pg_has_role(place.nspowner, 'USAGE') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('schema "%s" belongs to role %s', mart, place.nspowner::regrole),
            HINT = 'Choose another name, or become that role with SET ROLE.';
    END IF;

    -- DROP EXTENSION ... CASCADE takes columns of our types along
    IF to_regclass(format('%I.mart_object', mart)) IS NOT NULL THEN
        FOR entity IN
            SELECT o.identity, c.column_name,
                coalesce(to_regtype('crmkpi.' || c.data_type)::text, c.data_type) AS data_type
            FROM crmkpi.mart_objects(mart) o
            JOIN crmkpi.mart_contract c ON c.entity = o.name
            WHERE o.kind = 'table' AND NOT EXISTS (
                SELECT FROM pg_attribute a
                WHERE a.attrelid = o.object AND a.attname = c.column_name AND NOT a.attisdropped)
        LOOP
            EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s', entity.identity, entity.column_name, entity.data_type);
            RAISE WARNING 'table % had lost its column %, which is there again without values',
                entity.identity, entity.column_name;
        END LOOP;
    END IF;

    -- everything that could be wrong is looked at before anything is changed
    SELECT string_agg(m.line, E'\n' ORDER BY e.name, m.line_no) INTO problems
    FROM (SELECT DISTINCT s.name FROM crmkpi.mart_source() s WHERE s.room = 'entity') e
    CROSS JOIN LATERAL crmkpi.mart_mismatches(to_regclass(format('%I.%I', mart, e.name)), e.name)
        WITH ORDINALITY AS m (line, line_no)
    WHERE to_regclass(format('%I.%I', mart, e.name)) IS NOT NULL;
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('relations in schema "%s" do not have the columns of their entities', mart),
            DETAIL = problems,
            HINT = 'Add or cast these columns; crmkpi.mart_contract lists what each entity needs.';
    END IF;

    IF to_regclass(format('%I.mart_object', mart)) IS NULL THEN
        EXECUTE format('CREATE TABLE %I.mart_object (made_no integer NOT NULL, kind text NOT NULL, '
            'name text NOT NULL, version text NOT NULL, PRIMARY KEY (kind, name))', mart);
        EXECUTE format('COMMENT ON TABLE %I.mart_object IS %L', mart, 'what create_mart made here; it alone writes to this table');
        EXECUTE format('COMMENT ON COLUMN %I.mart_object.made_no IS %L', mart, 'order in which it was made');
        EXECUTE format('COMMENT ON COLUMN %I.mart_object.kind IS %L', mart, 'table, mapping (a view made by map_entity), tool, view or function');
        EXECUTE format('COMMENT ON COLUMN %I.mart_object.name IS %L', mart, 'name in this schema');
        EXECUTE format('COMMENT ON COLUMN %I.mart_object.version IS %L', mart, 'version of crmkpi that made it');
    END IF;
    grants := crmkpi.mart_drop_views(mart);

    FOR entity IN
        SELECT s.name, to_regclass(format('%I.%I', mart, s.name)) AS relation
        FROM crmkpi.mart_source() s
        WHERE s.room = 'entity'
        ORDER BY s.file_no
    LOOP
        IF entity.relation IS NULL THEN
            PERFORM crmkpi.mart_run_file(mart, entity.name);
            made := made + 1;
        ELSIF NOT EXISTS (SELECT FROM crmkpi.mart_objects(mart) o WHERE o.object = entity.relation AND o.kind = 'table') THEN
            mapped := mapped || entity.name;
            PERFORM crmkpi.mart_warn_of_owner_rights(entity.relation);
        END IF;
    END LOOP;
    PERFORM crmkpi.mart_make_views(mart, grants);

    RETURN format('mart %I: %s tables made, %s entities mapped%s, %s views', mart, made, cardinality(mapped),
        CASE WHEN mapped = '{}' THEN '' ELSE format(' (%s)', array_to_string(mapped, ', ')) END,
        (SELECT count(*) FROM crmkpi.mart_objects(mart) o WHERE o.kind = 'view'));
END;
$$;
COMMENT ON FUNCTION crmkpi.create_mart(text)
    IS 'makes a mart in the schema of that name, or renews its views: tables for the entities that are not there yet, and the dashboards';
