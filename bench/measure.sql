-- How it is measured.

CREATE TABLE timing (
    id integer NOT NULL REFERENCES query,
    workers integer NOT NULL,
    run integer NOT NULL,
    ms double precision NOT NULL
);

CREATE PROCEDURE count_rows() LANGUAGE plpgsql AS $$
DECLARE
    read_table text;
BEGIN
    FOR read_table IN SELECT DISTINCT source FROM query LOOP
        EXECUTE format('UPDATE query SET rows = (SELECT count(*) FROM %s) WHERE source = %1$L', read_table);
    END LOOP;
END
$$;

-- Runs a query with so many workers; returns how many came. EXPLAIN ANALYZE knows, and it warms up, too.
CREATE FUNCTION run_warm(one query, workers integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    PERFORM set_config('max_parallel_workers_per_gather', workers::text, false);
    PERFORM set_config('work_mem', one.work_mem, false);
    EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ' || one.sql INTO plan;
    RETURN coalesce(substring(plan::text FROM '"Workers Launched": (\d+)')::integer, 0);
END
$$;

-- A dynamic EXECUTE may use parallel plans, unlike a loop over a query.
CREATE FUNCTION run_timed(one query, workers integer) RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
    started timestamptz;
BEGIN
    PERFORM set_config('max_parallel_workers_per_gather', workers::text, false);
    PERFORM set_config('work_mem', one.work_mem, false);
    started := clock_timestamp();
    EXECUTE one.sql;
    RETURN extract(epoch FROM clock_timestamp() - started) * 1000;
END
$$;

-- Block by block; within a block the queries take turns, so that a slow moment of the machine meets all of them.
CREATE PROCEDURE measure_time(runs integer) LANGUAGE plpgsql AS $$
DECLARE
    next record;
    one query;
BEGIN
    FOR next IN SELECT block FROM query GROUP BY block ORDER BY min(id) LOOP
        FOR one IN SELECT * FROM query WHERE block = next.block ORDER BY id LOOP
            PERFORM run_warm(one, 0);
            IF one.workers THEN
                UPDATE query SET launched = run_warm(one, 2) WHERE id = one.id;
            END IF;
        END LOOP;
        FOR run IN 1 .. measure_time.runs LOOP
            FOR one IN
                SELECT * FROM query q WHERE q.block = next.block AND run <= coalesce(q.runs, run) ORDER BY q.id
            LOOP
                INSERT INTO timing VALUES (one.id, 0, run, run_timed(one, 0));
                IF one.workers THEN
                    INSERT INTO timing VALUES (one.id, 2, run, run_timed(one, 2));
                END IF;
            END LOOP;
        END LOOP;
    END LOOP;
END
$$;

-- To be called in a new connection, since the largest resident set of a process never falls. NULL if not on Linux.
CREATE PROCEDURE measure_memory(query_id integer) LANGUAGE plpgsql AS $$
DECLARE
    one query := (SELECT q FROM query q WHERE q.id = query_id);
    answer record;
BEGIN
    PERFORM set_config('work_mem', one.work_mem, false);
    EXECUTE one.sql INTO answer;
    UPDATE query
    SET memory_kb = substring(pg_read_file('/proc/self/status', 0, 1000000, true) FROM 'VmHWM:\s+(\d+)')::integer,
        result = CASE WHEN agrees
            THEN ARRAY(SELECT value::double precision FROM json_each_text(row_to_json(answer))) END
    WHERE id = query_id;
END
$$;
