/*
 * retention.c
 *		Which conditions one customer ever met: the set of them, in one word.
 *
 * A condition counts as retained where it and the first one were met, by any
 * rows.
 */
#include "crmkpi.h"

#include "catalog/pg_type_d.h"
#include "libpq/pqformat.h"
#include "utils/array.h"
#include "window_funnel.h"

typedef struct RetentionSummary
{
	SummaryHeader head;			/* flags: 0 */
	uint32		conditions;		/* how many there are, 1 to 32; 0: no row so far */
	uint32		met;			/* set of those that were met */
} RetentionSummary;

static const SummaryKind retention_kind = {'R', 1, sizeof(RetentionSummary), "retention_summary"};

static inline RetentionSummary *
retention_arg(FunctionCallInfo fcinfo, int argno)
{
	return crmkpi_summary_arg(fcinfo, argno, &retention_kind);
}

static inline bool
retention_plausible(const RetentionSummary *s)
{
	return s->conditions <= FUNNEL_MAX_STEPS && (s->met & ~funnel_first_steps((int) s->conditions)) == 0;
}

/* Adds what was met elsewhere, of the same conditions. */
static inline void
retention_add(RetentionSummary *s, uint32 conditions, uint32 met)
{
	if (unlikely(s->conditions != conditions && conditions != 0))
	{
		if (s->conditions != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("retentions of %u and of %u conditions do not combine", s->conditions, conditions),
					 errhint("Give the same conditions for every row of a group.")));
		s->conditions = conditions;
	}
	s->met |= met;
	Assert(retention_plausible(s));
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_retention_in);
PG_FUNCTION_INFO_V1(crmkpi_retention_out);
PG_FUNCTION_INFO_V1(crmkpi_retention_recv);
PG_FUNCTION_INFO_V1(crmkpi_retention_send);

Datum
crmkpi_retention_in(PG_FUNCTION_ARGS)
{
	RetentionSummary *s = crmkpi_summary_new(sizeof(RetentionSummary), &retention_kind);
	SummaryText text;
	int64		conditions;
	int64		met;

	crmkpi_text_begin(&text, PG_GETARG_CSTRING(0), &retention_kind);
	conditions = crmkpi_text_count(&text, "conditions");
	met = crmkpi_text_count(&text, "met");
	crmkpi_text_end(&text);
	s->conditions = (uint32) conditions;
	s->met = (uint32) met;
	if (conditions > FUNNEL_MAX_STEPS || met > PG_UINT32_MAX || !retention_plausible(s))
		crmkpi_text_error(&text, "up to 32 conditions, and a set of them");
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_retention_out(PG_FUNCTION_ARGS)
{
	RetentionSummary *s = retention_arg(fcinfo, 0);
	StringInfoData out;

	crmkpi_out_begin(&out, &retention_kind);
	appendStringInfo(&out, " conditions=%u met=%u", s->conditions, s->met);
	PG_RETURN_CSTRING(out.data);
}

Datum
crmkpi_retention_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	RetentionSummary *s = crmkpi_summary_new(sizeof(RetentionSummary), &retention_kind);

	crmkpi_recv_begin(in, &retention_kind);
	s->conditions = (uint32) pq_getmsgbyte(in);
	s->met = (uint32) pq_getmsgint(in, 4);
	if (!retention_plausible(s))
		crmkpi_recv_error(&retention_kind, "up to 32 conditions, and a set of them");
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_retention_send(PG_FUNCTION_ARGS)
{
	RetentionSummary *s = retention_arg(fcinfo, 0);
	StringInfoData out;

	crmkpi_send_begin(&out, &retention_kind);
	pq_sendbyte(&out, (uint8) s->conditions);
	pq_sendint32(&out, s->met);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* -------------------------------------------------------------------------
 * Aggregation
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_retention_combine);
PG_FUNCTION_INFO_V1(crmkpi_retention_conditions_accum);
PG_FUNCTION_INFO_V1(crmkpi_retention);

Datum
crmkpi_retention_combine(PG_FUNCTION_ARGS)
{
	RetentionSummary *s = summary_state(fcinfo, &retention_kind);
	RetentionSummary *other = retention_arg(fcinfo, 1);

	retention_add(s, other->conditions, other->met);
	PG_RETURN_POINTER(s);
}

/* (state, conditions) */
Datum
crmkpi_retention_conditions_accum(PG_FUNCTION_ARGS)
{
	RetentionSummary *s = summary_state(fcinfo, &retention_kind);
	uint32		met;
	uint32		conditions = (uint32) window_funnel_conditions(fcinfo, 1, "conditions", &met);

	retention_add(s, conditions, met);
	PG_RETURN_POINTER(s);
}

/* Accessor and final function: each condition and the first one; NULL without rows */
Datum
crmkpi_retention(PG_FUNCTION_ARGS)
{
	RetentionSummary *s = retention_arg(fcinfo, 0);
	Datum		values[FUNNEL_MAX_STEPS];

	if (s->conditions == 0)
		PG_RETURN_NULL();
	for (uint32 i = 0; i < s->conditions; i++)
		values[i] = BoolGetDatum((s->met & 1) != 0 && (s->met >> i & 1) != 0);
	PG_RETURN_ARRAYTYPE_P(construct_array(values, (int) s->conditions, BOOLOID, sizeof(bool), true, TYPALIGN_CHAR));
}
