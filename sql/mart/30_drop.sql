
-- ---------------------------------------------------------------------------
-- drop_mart
-- ---------------------------------------------------------------------------

CREATE FUNCTION crmkpi.drop_mart(mart text, with_data boolean DEFAULT false) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    object record;
    filled boolean;
    full_tables text[] := '{}';
    dependents text;
    place oid;
    kept text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('crmkpi.create_mart ' || mart, 0));
    PERFORM crmkpi.mart_check_exists(mart);

    -- the settings are there from the start and are no data
    FOR object IN SELECT o.name, o.identity FROM crmkpi.mart_objects(mart) o
                  WHERE o.kind = 'table' AND o.name <> 'setting' ORDER BY o.name
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', object.identity) INTO filled;
        IF filled THEN
            full_tables := full_tables || object.name;
        END IF;
    END LOOP;
    IF full_tables <> '{}' AND NOT coalesce(with_data, false) THEN
        RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
            MESSAGE = format('mart "%s" holds data', mart),
            DETAIL = format('These tables have rows: %s.', array_to_string(full_tables, ', ')),
            HINT = format('crmkpi.drop_mart(%L, true) drops them with their rows.', mart);
    END IF;

    SELECT string_agg(d, E'\n') INTO dependents
    FROM crmkpi.mart_dependents(mart, '{table,mapping,tool,view,function}') d;
    IF dependents IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
            MESSAGE = format('other objects depend on mart "%s"', mart),
            DETAIL = dependents,
            HINT = 'Drop them first.';
    END IF;

    FOR object IN SELECT o.kind, o.identity FROM crmkpi.mart_objects(mart) o ORDER BY o.kind = 'mapping', o.made_no DESC LOOP
        EXECUTE format('DROP %s %s', CASE WHEN object.kind = 'mapping' THEN 'view'
            WHEN object.kind IN ('tool', 'function') THEN 'routine' ELSE object.kind END, object.identity);
    END LOOP;
    EXECUTE format('DROP TABLE %I.mart_object', mart);

    place := (SELECT n.oid FROM pg_namespace n WHERE n.nspname = mart);
    SELECT string_agg(c.relname, ', ' ORDER BY c.relname) INTO kept
    FROM pg_class c WHERE c.relnamespace = place AND c.relkind NOT IN ('i', 'I', 't', 'c');
    IF kept IS NOT NULL OR EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = place)
        OR EXISTS (SELECT FROM pg_type t WHERE t.typnamespace = place AND t.typrelid = 0) THEN
        RETURN format('mart %I dropped; the schema stays with what else it holds%s', mart, coalesce(': ' || kept, ''));
    END IF;
    EXECUTE format('DROP SCHEMA %I', mart);
    RETURN format('mart %I dropped', mart);
END;
$$;
COMMENT ON FUNCTION crmkpi.drop_mart(text, boolean)
    IS 'drops what create_mart made; tables with rows only where with_data is true, relations of others never';
