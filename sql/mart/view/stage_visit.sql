-- stage_visit: which stages each opportunity and lead was in, from when to when.
--
-- A stage is a status that is not an end (new, open, pending, hold). A change to the status that it has already is
-- none. The last visit ends with the opportunity or lead where no change tells of its end; while it is open it has
-- no end. Where an item was reopened its visits go on after the end.
CREATE VIEW stage_visit WITH (security_invoker = true) AS
WITH change AS (
    SELECT e.entity, e.entity_id::text AS entity_id, s.status, s.step_no,
        s.category IN ('solved', 'closed', 'won', 'lost') AS is_end, e.changed_at, coalesce(e.seq, 0) AS seq,
        lag(s.status) OVER w IS DISTINCT FROM s.status AS is_change
    FROM status_event e
    JOIN status s ON s.entity = e.entity AND s.status = e.status
        AND s.category IN ('new', 'open', 'pending', 'hold', 'solved', 'closed', 'won', 'lost')
    WHERE e.entity IN ('opportunity', 'lead') AND e.changed_at > '-infinity'
        AND e.changed_at <= (SELECT as_of FROM config)
    WINDOW w AS (PARTITION BY e.entity, e.entity_id::text ORDER BY e.changed_at, coalesce(e.seq, 0), s.status)
), visit AS (
    SELECT entity, entity_id, status, step_no, is_end, changed_at,
        lead(changed_at) OVER w AS next_at,
        lead(status) OVER w AS next_status,
        row_number() OVER w AS visit_no,
        -- the furthest step that comes later
        max(step_no) FILTER (WHERE NOT is_end) OVER (
            PARTITION BY entity, entity_id ORDER BY changed_at DESC, seq DESC, status DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS later_step_no
    FROM change
    WHERE is_change
    WINDOW w AS (PARTITION BY entity, entity_id ORDER BY changed_at, seq, status)
), item AS (
    SELECT 'opportunity' AS entity, opportunity_id::text AS entity_id, created_at, closed_at, outcome
    FROM opportunity_facts
    UNION ALL
    SELECT 'lead', l.lead_id::text, l.created_at, e.closed_at,
        CASE WHEN e.closed_at IS NULL THEN 'open' WHEN e.closed_at = l.converted_at THEN 'won' ELSE 'lost' END
    FROM lead l
    CROSS JOIN config c
    CROSS JOIN LATERAL (
        SELECT CASE WHEN l.converted_at > '-infinity' AND l.converted_at <= c.as_of THEN l.converted_at
                    WHEN l.disqualified_at > '-infinity' AND l.disqualified_at <= c.as_of THEN l.disqualified_at END
            AS closed_at
    ) e
    WHERE l.created_at > '-infinity' AND l.created_at <= c.as_of
)
SELECT
    v.entity, v.entity_id, v.visit_no::integer AS visit_no, v.status AS stage, v.step_no,
    t.entered_at, t.left_at,
    coalesce(t.left_at, (SELECT as_of FROM config)) - t.entered_at AS stay,
    v.next_status AS next_stage, i.outcome,
    i.outcome = 'won' OR coalesce(v.later_step_no > v.step_no, false) AS moved_on
FROM visit v
JOIN item i ON i.entity = v.entity AND i.entity_id = v.entity_id
-- changes before the creation are at the creation, and an end before the last change is at that change
CROSS JOIN LATERAL (
    SELECT greatest(v.changed_at, i.created_at) AS entered_at,
        CASE WHEN v.next_at IS NOT NULL THEN greatest(v.next_at, i.created_at)
             WHEN i.closed_at IS NOT NULL THEN greatest(i.closed_at, v.changed_at, i.created_at) END AS left_at
) t
WHERE NOT v.is_end;

COMMENT ON VIEW stage_visit IS 'Visits of opportunities and leads in stages (key: entity, entity_id, visit_no), of which stage_duration is read';
COMMENT ON COLUMN stage_visit.entity IS 'opportunity or lead';
COMMENT ON COLUMN stage_visit.entity_id IS 'key of the opportunity or lead';
COMMENT ON COLUMN stage_visit.visit_no IS 'number of the change that began the visit, among those of the item';
COMMENT ON COLUMN stage_visit.stage IS 'stage: a status that is not an end';
COMMENT ON COLUMN stage_visit.step_no IS 'place of the stage in the normal order; NULL: outside the order';
COMMENT ON COLUMN stage_visit.entered_at IS 'when the visit began';
COMMENT ON COLUMN stage_visit.left_at IS 'when it ended: the next change, else the end of the item; NULL: still there';
COMMENT ON COLUMN stage_visit.stay IS 'how long it took, up to as_of while still there';
COMMENT ON COLUMN stage_visit.next_stage IS 'status after it; NULL: none is known';
COMMENT ON COLUMN stage_visit.outcome IS 'what became of the item: open, won or lost; a lead is won when it converts';
COMMENT ON COLUMN stage_visit.moved_on IS 'whether the item came to a later step afterwards, or was won';
