
-- ---------------------------------------------------------------------------
-- The contract of a mart, and what is checked against it
-- ---------------------------------------------------------------------------

-- The entity files have one column per line, which is read here, so that the
-- CREATE TABLE is the only place where a column is declared.
CREATE VIEW crmkpi.mart_contract AS
SELECT
    source.name AS entity,
    (row_number() OVER (PARTITION BY source.name ORDER BY line.line_no))::integer AS column_no,
    part[1] AS column_name,
    part[2] AS data_type,
    part[3] ~ 'NOT NULL|PRIMARY KEY' AS required,
    replace((regexp_match(source.body,
        'COMMENT ON COLUMN ' || source.name || '\.' || part[1] || ' IS ''((?:[^'']|'''')*)'''))[1], '''''', '''')
        AS description
FROM crmkpi.mart_source() source
CROSS JOIN LATERAL pg_catalog.regexp_split_to_table(source.body, '\n') WITH ORDINALITY AS line(text, line_no)
CROSS JOIN LATERAL pg_catalog.regexp_match(line.text, '^    ([a-z_0-9]+) +([a-z_]+(?:\([0-9, ]+\))?)(.*)$') AS part
WHERE source.room = 'entity' AND part IS NOT NULL;

COMMENT ON VIEW crmkpi.mart_contract IS 'the columns that each entity of a mart must have, be it a table or a view';
COMMENT ON COLUMN crmkpi.mart_contract.entity IS 'name of the entity, and of its relation in the mart';
COMMENT ON COLUMN crmkpi.mart_contract.column_no IS 'place of the column';
COMMENT ON COLUMN crmkpi.mart_contract.column_name IS 'name of the column';
COMMENT ON COLUMN crmkpi.mart_contract.data_type IS 'its type; columns named _id may be of any type';
COMMENT ON COLUMN crmkpi.mart_contract.required IS 'whether it must not be NULL';
COMMENT ON COLUMN crmkpi.mart_contract.description IS 'what it means';

GRANT SELECT ON crmkpi.mart_contract TO PUBLIC;

-- One line for each column in which the relation does not keep the contract.
CREATE FUNCTION crmkpi.mart_mismatches(relation regclass, entity text) RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE
        WHEN found.type IS NULL THEN
            format('%s lacks the column %I %s', relation, wanted.column_name, wanted.data_type)
        ELSE
            format('%s.%I is %s, expected %s', relation, wanted.column_name,
                   format_type(found.type, NULL), wanted.data_type)
        END
    FROM crmkpi.mart_contract wanted
    LEFT JOIN LATERAL (
        -- below all its domains
        WITH RECURSIVE base AS (
            SELECT t.oid, t.typtype, t.typbasetype
            FROM pg_attribute a
            JOIN pg_type t ON t.oid = a.atttypid
            WHERE a.attrelid = relation AND a.attname = wanted.column_name AND NOT a.attisdropped
            UNION ALL
            SELECT t.oid, t.typtype, t.typbasetype
            FROM base
            JOIN pg_type t ON t.oid = base.typbasetype
            WHERE base.typtype = 'd'
        )
        SELECT base.oid AS type FROM base WHERE base.typtype <> 'd'
    ) found ON true
    WHERE wanted.entity = mart_mismatches.entity
        AND (found.type IS NULL OR NOT (
            wanted.column_name LIKE '%\_id'
            OR found.type = coalesce(to_regtype('crmkpi.' || wanted.data_type), wanted.data_type::regtype)
            OR (wanted.data_type = 'text' AND found.type IN ('varchar'::regtype, 'bpchar'::regtype))
            OR (wanted.data_type IN ('smallint', 'integer', 'bigint')
                AND found.type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype))
            OR (wanted.data_type LIKE 'numeric%'
                AND found.type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype))))
    ORDER BY wanted.column_no;
END;
COMMENT ON FUNCTION crmkpi.mart_mismatches(regclass, text)
    IS 'one line for each column in which a relation does not keep the contract of an entity';

-- An error where the name cannot be that of a mart.
CREATE FUNCTION crmkpi.mart_check_name(mart text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF mart IS NULL OR mart = '' OR octet_length(mart) > 63 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('"%s" cannot be the name of a mart', coalesce(mart, 'NULL')),
            HINT = 'A mart is a schema: give a name of 1 to 63 bytes, such as crm.';
    ELSIF mart ~ '^pg_' OR mart IN ('information_schema', 'crmkpi', 'public') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('"%s" cannot be the name of a mart', mart),
            DETAIL = 'The name is reserved.',
            HINT = 'Give the mart a schema of its own, such as crm.';
    END IF;
END;
$$;
COMMENT ON FUNCTION crmkpi.mart_check_name(text) IS 'raises an error where the name cannot be that of a mart';

-- An error where there is no mart of the name, or where it is somebody else's.
CREATE FUNCTION crmkpi.mart_check_exists(mart text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM crmkpi.mart_check_name(mart);
    IF to_regclass(format('%I.mart_object', mart)) IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('schema "%s" is not a mart', mart),
            HINT = 'Make it with crmkpi.create_mart().';
    ELSIF NOT pg_has_role((SELECT c.relowner FROM pg_class c WHERE c.oid = to_regclass(format('%I.mart_object', mart))),
                          'USAGE') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('mart "%s" belongs to another role', mart),
            HINT = 'Become its owner with SET ROLE.';
    END IF;
END;
$$;
COMMENT ON FUNCTION crmkpi.mart_check_exists(text) IS 'raises an error where there is no mart of the name';

-- The objects that a mart made and that are still there, in the order in which
-- they were made.
CREATE FUNCTION crmkpi.mart_objects(mart text,
    OUT made_no integer, OUT kind text, OUT name text, OUT class regclass, OUT object oid, OUT identity text)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY EXECUTE format($query$
        SELECT o.made_no, o.kind, o.name, 'pg_class'::regclass, c.oid, format('%%I.%%I', n.nspname, o.name)
        FROM %1$I.mart_object o
        JOIN pg_namespace n ON n.nspname = %1$L
        JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = o.name
            AND c.relkind = ANY (CASE WHEN o.kind = 'table' THEN '{r,p}'::"char"[] ELSE '{v}'::"char"[] END)
        WHERE o.kind NOT IN ('function', 'tool')
        UNION ALL
        SELECT o.made_no, o.kind, o.name, 'pg_proc'::regclass, p.oid,
            format('%%I.%%I(%%s)', n.nspname, o.name, pg_get_function_identity_arguments(p.oid))
        FROM %1$I.mart_object o
        JOIN pg_namespace n ON n.nspname = %1$L
        JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = o.name
        WHERE o.kind IN ('function', 'tool')
        ORDER BY 1$query$, mart);
END;
$$;
COMMENT ON FUNCTION crmkpi.mart_objects(text) IS 'the objects that a mart made and that are still there, in order';

-- What to_base() calls where it finds no rate.
CREATE FUNCTION crmkpi.missing_rate(currency text, day date) RETURNS numeric
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
        MESSAGE = format('no exchange rate for %s on %s', coalesce(currency, 'NULL'), coalesce(day::text, 'NULL')),
        HINT = 'Load a rate of that day, or of a day before, into fx_rate.';
END;
$$;
COMMENT ON FUNCTION crmkpi.missing_rate(text, date) IS 'raises the error of a missing exchange rate';

-- What a dashboard calls that does not have every grain.
CREATE FUNCTION crmkpi.unknown_grain(grain text, grains text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
        MESSAGE = format('unknown grain "%s"', grain),
        HINT = format('Use %s.', grains);
END;
$$;
COMMENT ON FUNCTION crmkpi.unknown_grain(text, text) IS 'raises the error of a grain that a dashboard does not have';

-- generate_series() of which the planner expects some rows, not a thousand: with
-- these it would believe that customers have rows by the million, and compile
-- for seconds what runs for milliseconds.
CREATE FUNCTION crmkpi.few_numbers(first_number integer, last_number integer) RETURNS SETOF integer
    AS 'generate_series_int4' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE ROWS 4;
COMMENT ON FUNCTION crmkpi.few_numbers(integer, integer) IS 'the numbers from the first to the last; the planner expects few';
