/*
 * cohort.c
 *		Who of the customers that began in the same period came back in later
 *		ones, in one pass over their events: the SQL functions.
 *
 * The state (keyed.c) keeps the numbers of the periods in which each customer
 * was active, each once; which periods these are is the rule of
 * cohort_periods.c.  The final function counts (cohort_counts.c).
 */
#include "crmkpi.h"

/* it includes inline functions that -Wextra does not like */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "funcapi.h"
#pragma GCC diagnostic pop
#include "cohort.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "scalar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

static bool period_plausible(const Keyed *k, const uint64 *payload);

const KeyedClass cohort_class = {
	.kind = {'c', 1, KEYED_FIXED_SIZE, "cohort_summary"},
	.payload = 1,				/* number of a period */
	.distinct = true,
	.plausible = period_plausible,
	.too_large_hint = "Use cohort() with GROUP BY over parts of the customers, such as customer_id % 16, "
	"and rollup() of the results."
};

static bool
period_plausible(const Keyed *k, const uint64 *payload)
{
	const CohortPlan *plan = cohort_plan((Keyed *) k);

	return payload[0] >= (uint64) plan->first && payload[0] <= (uint64) plan->last;
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_cohort_in);
PG_FUNCTION_INFO_V1(crmkpi_cohort_out);
PG_FUNCTION_INFO_V1(crmkpi_cohort_recv);
PG_FUNCTION_INFO_V1(crmkpi_cohort_send);

/* A rule that came from outside; returns whether it can be.  The zone must be one of this server. */
static bool
take_foreign_rule(Keyed *k, int grain, int64 week_start, const char *zone)
{
	if (grain == GRAINS)
		return week_start == 1 && zone[0] == '\0';
	if (week_start < 1 || week_start > 7 || (week_start > 1 && grain != GRAIN_WEEK))
		return false;
	if (strcmp(crmkpi_zone_name(zone), zone) != 0)
		return false;
	cohort_set_rule(k, (Grain) grain, (int) week_start, zone);
	return true;
}

/* A matrix that came from outside; returns whether it can be. */
static bool
take_foreign_matrix(Keyed *k, const CohortMatrix *matrix)
{
	if (matrix->count == 0)
		return true;
	if (k->rule_size == 0 || !cohort_matrix_plausible(matrix, cohort_plan(k)))
		return false;
	cohort_matrix_store(k, matrix);
	return true;
}

/* What stands up to a space, in memory of its own */
static char *
read_word(SummaryText *text, const char *key)
{
	Size		length;
	char	   *word;

	crmkpi_text_key(text, key);
	length = strcspn(text->at, " ");
	word = pnstrdup(text->at, length);
	text->at += length;
	return word;
}

/* "5:0:12:0:7,5:1:5:5:5": cohort, distance, active, back, last */
static void
read_matrix(SummaryText *text, CohortMatrix *matrix)
{
	crmkpi_text_key(text, "cells");
	while (*text->at >= '0' && *text->at <= '9')
	{
		CohortCell *cell = cohort_matrix_append(matrix);
		uint64		numbers[5];

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < 5; i++)
		{
			if (i > 0 && *text->at++ != ':')
				crmkpi_text_error(text, "\":\"");
			numbers[i] = crmkpi_text_digits(text);
		}
		if (numbers[0] > PG_INT32_MAX || numbers[1] > PG_INT32_MAX)
			crmkpi_text_error(text, "a smaller number");
		cell->key = COHORT_CELL_KEY(numbers[0], numbers[1]);
		cell->active = (int64) numbers[2];
		cell->back = (int64) numbers[3];
		cell->last = (int64) numbers[4];
		if (*text->at != ',')
			break;
		text->at++;
		if (*text->at < '0' || *text->at > '9')
			crmkpi_text_error(text, "a number");
	}
}

Datum
crmkpi_cohort_in(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_new(&cohort_class);
	SummaryText text;
	CohortMatrix matrix = {0};
	char	   *period;
	int64		week_start;
	int			grain = 0;

	crmkpi_text_begin(&text, PG_GETARG_CSTRING(0), &cohort_class.kind);
	period = read_word(&text, "period");
	while (grain < GRAINS && strcmp(period, crmkpi_grain_names[grain]) != 0)
		grain++;
	if (grain == GRAINS && period[0] != '\0')
		crmkpi_text_error(&text, "day, week, month, quarter or year");
	week_start = crmkpi_text_count(&text, "week_start");
	if (!take_foreign_rule(k, grain, week_start, read_word(&text, "zone")))
		crmkpi_text_error(&text, "a first day for weeks only, and the name of a zone as it is written");
	read_matrix(&text, &matrix);
	if (!take_foreign_matrix(k, &matrix))
		crmkpi_text_error(&text, "cells in order, of as many customers as the cohorts have");
	keyed_in(&text, k);
	crmkpi_text_end(&text);
	PG_RETURN_DATUM(keyed_flat(k));
}

Datum
crmkpi_cohort_out(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &cohort_class);
	CohortMatrix matrix = cohort_matrix_stored(k);
	StringInfoData out;

	crmkpi_out_begin(&out, &cohort_class.kind);
	if (k->rule_size == 0)
		appendStringInfoString(&out, " period= week_start=1 zone= cells=");
	else
		appendStringInfo(&out, " period=%s week_start=%u zone=%s cells=", crmkpi_grain_names[cohort_rule(k)->grain],
						 (unsigned int) cohort_rule(k)->week_start, cohort_rule(k)->zone);
	for (Size i = 0; i < matrix.count; i++)
	{
		const CohortCell *cell = &matrix.cells[i];

		appendStringInfo(&out, "%s" INT64_FORMAT ":" INT64_FORMAT ":" INT64_FORMAT ":" INT64_FORMAT ":" INT64_FORMAT,
						 i > 0 ? "," : "", cohort_cell_cohort(cell), cohort_cell_distance(cell),
						 cell->active, cell->back, cell->last);
	}
	keyed_out(&out, k);
	PG_RETURN_CSTRING(out.data);
}

Datum
crmkpi_cohort_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	Keyed	   *k = keyed_new(&cohort_class);
	CohortMatrix matrix = {0};
	int			grain;
	int			week_start;
	int			length;
	int			size;

	crmkpi_recv_begin(in, &cohort_class.kind);
	grain = pq_getmsgbyte(in);
	week_start = pq_getmsgbyte(in);
	length = pq_getmsgbyte(in);
	if (grain > GRAINS || !take_foreign_rule(k, grain, week_start, pnstrdup(pq_getmsgbytes(in, length), length)))
		crmkpi_recv_error(&cohort_class.kind, "a known period and the name of a zone");
	/* a zero byte would have ended it */
	if (k->rule_size > 0 && strlen(cohort_rule(k)->zone) != (Size) length)
		crmkpi_recv_error(&cohort_class.kind, "the name of a zone");
	size = (int) pq_getmsgint(in, 4);
	if (size < 0 || size > in->len - in->cursor ||
		!cohort_matrix_unpack(&matrix, pq_getmsgbytes(in, size), (Size) size) ||
		!take_foreign_matrix(k, &matrix))
		crmkpi_recv_error(&cohort_class.kind, "cells in order, of as many customers as the cohorts have");
	keyed_recv(in, k);
	PG_RETURN_DATUM(keyed_flat(k));
}

Datum
crmkpi_cohort_send(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &cohort_class);
	const CohortRule *rule = cohort_rule(k);
	Size		length = rule != NULL ? strlen(rule->zone) : 0;
	StringInfoData out;

	crmkpi_send_begin(&out, &cohort_class.kind);
	pq_sendbyte(&out, (uint8) (rule != NULL ? rule->grain : GRAINS));
	pq_sendbyte(&out, (uint8) (rule != NULL ? rule->week_start : 1));
	pq_sendbyte(&out, (uint8) length);
	pq_sendbytes(&out, rule != NULL ? rule->zone : "", (int) length);
	pq_sendint32(&out, k->rest_size);
	pq_sendbytes(&out, k->rest_size > 0 ? k->rest : "", (int) k->rest_size);
	keyed_send(&out, k);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* -------------------------------------------------------------------------
 * Aggregation
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_cohort_combine);
PG_FUNCTION_INFO_V1(crmkpi_cohort_final);
PG_FUNCTION_INFO_V1(crmkpi_cohort_accum_bigint);
PG_FUNCTION_INFO_V1(crmkpi_cohort_accum_uuid);
PG_FUNCTION_INFO_V1(crmkpi_cohort_accum_text);
PG_FUNCTION_INFO_V1(crmkpi_cohort_accum_bigint_week);
PG_FUNCTION_INFO_V1(crmkpi_cohort_accum_uuid_week);
PG_FUNCTION_INFO_V1(crmkpi_cohort_accum_text_week);

Datum
crmkpi_cohort_combine(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_state(fcinfo, &cohort_class);
	Keyed	   *other = keyed_arg(fcinfo, 1, &cohort_class);

	cohort_take_rule(k, other);
	if (other->rest_size > 0)
	{
		CohortMatrix a = cohort_matrix_stored(k);
		CohortMatrix b = cohort_matrix_stored(other);
		CohortMatrix sum = cohort_matrix_sum(&a, &b);

		cohort_matrix_store(k, &sum);
	}
	keyed_merge_records(k, other);
	PG_RETURN_DATUM(EOHPGetRWDatum(&k->eoh));
}

/* The state, with its customers. */
Datum
crmkpi_cohort_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(keyed_result(keyed_arg(fcinfo, 0, &cohort_class)));
}

/* (state, customer, at, period, zone [, week_start]) */
static inline Datum
cohort_accum(FunctionCallInfo fcinfo, KeyedKey key, bool has_week_start)
{
	Keyed	   *k;
	const CohortPlan *plan;
	uint64		record[KEYED_MAX_WORDS];
	int			words;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	cohort_check_row(fcinfo, has_week_start);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));

	k = keyed_state(fcinfo, &cohort_class);
	plan = cohort_plan_for_row(fcinfo, k, has_week_start);
	keyed_take_key(k, key);
	words = keyed_key_arg(fcinfo, key, record);
	record[words] = (uint64) cohort_period_of(plan, PG_GETARG_TIMESTAMPTZ(2), "the time of an event");
	keyed_add(k, record);
	PG_RETURN_DATUM(EOHPGetRWDatum(&k->eoh));
}

Datum
crmkpi_cohort_accum_bigint(PG_FUNCTION_ARGS)
{
	return cohort_accum(fcinfo, KEYED_BIGINT, false);
}

Datum
crmkpi_cohort_accum_uuid(PG_FUNCTION_ARGS)
{
	return cohort_accum(fcinfo, KEYED_UUID, false);
}

Datum
crmkpi_cohort_accum_text(PG_FUNCTION_ARGS)
{
	return cohort_accum(fcinfo, KEYED_TEXT, false);
}

Datum
crmkpi_cohort_accum_bigint_week(PG_FUNCTION_ARGS)
{
	return cohort_accum(fcinfo, KEYED_BIGINT, true);
}

Datum
crmkpi_cohort_accum_uuid_week(PG_FUNCTION_ARGS)
{
	return cohort_accum(fcinfo, KEYED_UUID, true);
}

Datum
crmkpi_cohort_accum_text_week(PG_FUNCTION_ARGS)
{
	return cohort_accum(fcinfo, KEYED_TEXT, true);
}

/* -------------------------------------------------------------------------
 * Answers
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_cohort_compact);
PG_FUNCTION_INFO_V1(crmkpi_cohort_retention);

/* compact(summary), also the final function of cohort(): counts instead of customers */
Datum
crmkpi_cohort_compact(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &cohort_class);
	Keyed	   *result = keyed_new(&cohort_class);

	if (k->rule_size > 0)
	{
		CohortMatrix matrix = cohort_matrix_of(k);

		cohort_take_rule(result, k);
		cohort_matrix_store(result, &matrix);
	}
	PG_RETURN_DATUM(keyed_flat(result));
}

/* Which customers are retained, so many periods after their first one. */
typedef enum CohortMode
{
	COHORT_EXACT,				/* active in that period */
	COHORT_ROLLING,				/* active in it or later */
	COHORT_BOUNDED				/* active in any period from the one after the first up to it */
} CohortMode;

static const char *const mode_names[] = {"exact", "rolling", "bounded"};

static CohortMode
mode_arg(FunctionCallInfo fcinfo, int argno)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(argno));

	for (int i = 0; i < (int) lengthof(mode_names); i++)
	{
		if (strcmp(name, mode_names[i]) == 0)
			return (CohortMode) i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown mode \"%s\"", name),
			 errhint("Use exact, rolling or bounded.")));
	pg_unreachable();
}

/*
 * A date that is wrong by centuries would make a row for each period since
 * then.  So many rows are 12 years of cohorts by day.
 */
#define MAX_ROWS	10000000

/* That the matrix has not too many rows up to a period. */
static void
check_rows(const CohortMatrix *matrix, const CohortPlan *plan, int64 now, TimestampTz as_of)
{
	int64		rows = 0;
	int64		first;

	for (Size i = 0; i < matrix->count; i++)
	{
		int64		cohort = cohort_cell_cohort(&matrix->cells[i]);

		if (cohort_cell_distance(&matrix->cells[i]) == 0 && cohort <= now)
			rows += now - cohort + 1;
	}
	if (rows <= MAX_ROWS)
		return;
	first = crmkpi_period_first_day(plan->grain, plan->week_start, cohort_cell_cohort(&matrix->cells[0]));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cohorts by %s up to %s would have " INT64_FORMAT " rows", crmkpi_grain_names[plan->grain],
					crmkpi_timestamp_text(as_of, true), rows),
			 errdetail("The first cohort is that of %s; at most %d rows are given.",
					   DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(first - POSTGRES_EPOCH_JDATE))),
					   MAX_ROWS),
			 errhint("Look for a wrong date, or take longer periods.")));
}

/* cohort_retention(summary, as_of, mode): a row for each cohort and period up to as_of */
Datum
crmkpi_cohort_retention(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &cohort_class);
	TimestampTz as_of = PG_GETARG_TIMESTAMPTZ(1);
	CohortMode	mode = mode_arg(fcinfo, 2);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const CohortPlan *plan;
	CohortMatrix matrix;
	int64		now;

	crmkpi_check_finite(as_of, "as_of");
	InitMaterializedSRF(fcinfo, 0);
	if (k->rule_size == 0)
		return (Datum) 0;
	plan = cohort_plan(k);
	now = cohort_period_of(plan, as_of, "as_of");
	matrix = cohort_matrix_of(k);
	check_rows(&matrix, plan, now, as_of);

	for (Size i = 0; i < matrix.count;)
	{
		int64		cohort = cohort_cell_cohort(&matrix.cells[i]);
		int64		day = crmkpi_period_first_day(plan->grain, plan->week_start, cohort);
		int64		customers = matrix.cells[i].active;
		int64		back = 0;	/* so far */
		int64		left = customers;	/* active in the period or later */

		for (int64 distance = 0; distance <= now - cohort; distance++)
		{
			const CohortCell *cell = NULL;
			int64		retained;
			Datum		values[6];
			bool		nulls[6] = {false};

			CHECK_FOR_INTERRUPTS();
			if (i < matrix.count && matrix.cells[i].key == COHORT_CELL_KEY(cohort, distance))
				cell = &matrix.cells[i++];
			back += cell != NULL ? cell->back : 0;
			if (mode == COHORT_ROLLING)
				retained = left;
			else if (mode == COHORT_BOUNDED && distance > 0)
				retained = back;
			else
				retained = cell != NULL ? cell->active : 0;
			left -= cell != NULL ? cell->last : 0;

			values[0] = DateADTGetDatum((DateADT) (day - POSTGRES_EPOCH_JDATE));
			values[1] = Int32GetDatum((int32) distance);
			values[2] = Int64GetDatum(customers);
			values[3] = Int64GetDatum(retained);
			values[4] = Float8GetDatum((double) retained / (double) customers);
			/* who is not retained may still come back, as long as there is anybody */
			values[5] = BoolGetDatum(mode == COHORT_ROLLING ? cohort < now && retained == customers :
									 cohort + distance < now);
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		}
		/* what lies after as_of */
		while (i < matrix.count && cohort_cell_cohort(&matrix.cells[i]) == cohort)
			i++;
	}
	return (Datum) 0;
}
