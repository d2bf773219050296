
-- ---------------------------------------------------------------------------
-- map_entity
-- ---------------------------------------------------------------------------

CREATE FUNCTION crmkpi.map_entity(mart text, entity text, source regclass, with_data boolean DEFAULT false) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    problems text;
    current record;
    filled boolean := false;
    tool text;
    grants text[];
BEGIN
    PERFORM crmkpi.mart_check_exists(mart);
    PERFORM pg_advisory_xact_lock(hashtextextended('crmkpi.create_mart ' || mart, 0));
    IF NOT EXISTS (SELECT FROM crmkpi.mart_source() s WHERE s.room = 'entity' AND s.name = entity) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('"%s" is not an entity of a mart', coalesce(entity, 'NULL')),
            HINT = 'SELECT DISTINCT entity FROM crmkpi.mart_contract lists them.';
    END IF;
    IF source = to_regclass(format('%I.%I', mart, entity)) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s cannot be mapped to itself', source),
            HINT = 'Name the relation that holds your data.';
    END IF;
    SELECT string_agg(m, E'\n') INTO problems FROM crmkpi.mart_mismatches(source, entity) m;
    IF source IS NOT NULL AND problems IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s does not have the columns of entity "%s"', source, entity),
            DETAIL = problems,
            HINT = 'Add or cast these columns, for example in a view; crmkpi.mart_contract lists what an entity needs.';
    END IF;

    -- what stands there now is the mart's own table or mapping, or somebody else's
    SELECT o.* INTO current FROM crmkpi.mart_objects(mart) o
    WHERE o.name = entity AND o.kind IN ('table', 'mapping');
    IF current.kind IS NULL AND to_regclass(format('%I.%I', mart, entity)) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%I.%I was not made by crmkpi', mart, entity),
            HINT = 'Rename it first (ALTER VIEW ... RENAME TO ...); the dashboards follow it until this function is done.';
    END IF;
    IF current.kind = 'table' THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', current.identity) INTO filled;
    END IF;
    IF filled AND NOT coalesce(with_data, false) THEN
        RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
            MESSAGE = format('table %s holds rows', current.identity),
            HINT = format('crmkpi.map_entity(%L, %L, %L, true) drops them.', mart, entity, source);
    END IF;

    PERFORM crmkpi.mart_warn_of_owner_rights(source);
    grants := ARRAY(SELECT crmkpi.mart_grants('pg_class'::regclass, current.object)) || crmkpi.mart_drop_views(mart);
    IF entity IN ('setting', 'fx_rate') THEN
        -- to_base() reads these two
        FOR tool IN SELECT o.identity FROM crmkpi.mart_objects(mart) o WHERE o.kind = 'tool' LOOP
            EXECUTE format('DROP FUNCTION %s', tool);
        END LOOP;
        EXECUTE format('DELETE FROM %I.mart_object WHERE kind = ''tool''', mart);
    END IF;
    IF current.kind IS NOT NULL THEN
        EXECUTE format('DROP %s %s', CASE current.kind WHEN 'mapping' THEN 'view' ELSE 'table' END, current.identity);
        EXECUTE format('DELETE FROM %I.mart_object WHERE kind = %L AND name = %L', mart, current.kind, entity);
    END IF;
    IF source IS NULL THEN
        PERFORM crmkpi.mart_run_file(mart, entity);
    ELSE
        EXECUTE format('CREATE VIEW %I.%I WITH (security_invoker = true) AS SELECT %s FROM %s', mart, entity,
            (SELECT string_agg(quote_ident(c.column_name), ', ' ORDER BY c.column_no)
             FROM crmkpi.mart_contract c WHERE c.entity = map_entity.entity), source);
        EXECUTE format('COMMENT ON VIEW %I.%I IS %L', mart, entity, format('entity %s, mapped from %s', entity, source));
        EXECUTE format('INSERT INTO %I.mart_object (made_no, kind, name, version) '
            'SELECT 0, ''mapping'', %L, extversion FROM pg_extension WHERE extname = ''crmkpi''', mart, entity);
    END IF;
    PERFORM crmkpi.mart_make_views(mart, grants);
    RETURN format('%I.%I is %s', mart, entity, CASE WHEN source IS NULL THEN 'a table' ELSE 'mapped from ' || source END);
END;
$$;
COMMENT ON FUNCTION crmkpi.map_entity(text, text, regclass, boolean)
    IS 'puts a view over your own relation in the place of an entity (NULL: an empty table again), and renews the dashboards';
