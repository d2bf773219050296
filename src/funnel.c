/*
 * funnel.c
 *		How many of all customers came how far in a funnel, in one pass over
 *		their events: the SQL functions.
 *
 * The state (keyed.c) keeps time and step of every event by customer; the rule
 * is that of funnel_steps.c.  The final function finds the longest chain of
 * each customer (funnel_search.c) and counts (funnel_counts.c).
 */
#include "crmkpi.h"

#include "catalog/pg_type_d.h"
/* it includes inline functions that -Wextra does not like */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "funcapi.h"
#pragma GCC diagnostic pop
#include "funnel.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "rate.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static bool event_plausible(const Keyed *k, const uint64 *payload);

static const KeyedClass funnel_class = {
	.kind = {'f', 1, KEYED_FIXED_SIZE, "funnel_summary"},
	.payload = 2,				/* time, step */
	.distinct = false,
	.plausible = event_plausible,
	.too_large_hint = "Use window_funnel() with GROUP BY customer and count its results, or summarise smaller groups."
};

static bool
event_plausible(const Keyed *k, const uint64 *payload)
{
	const FunnelRule *rule = &funnel_plan((Keyed *) k)->rule;

	return IS_VALID_TIMESTAMP(keyed_time_of_word(payload[0])) && payload[1] <= rule->steps &&
		(payload[1] > 0 || (rule->modes & FUNNEL_ORDER) != 0);
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_funnel_in);
PG_FUNCTION_INFO_V1(crmkpi_funnel_out);
PG_FUNCTION_INFO_V1(crmkpi_funnel_recv);
PG_FUNCTION_INFO_V1(crmkpi_funnel_send);

/* A rule that came from outside; says what is wrong with it, or NULL. */
static const char *
take_foreign_rule(Keyed *k, const FunnelRule *rule, const char *const *names, const uint32 *lengths)
{
	if (rule->within < 0 || rule->months < 0 || (rule->modes & ~FUNNEL_MODES) != 0)
		return "a window that is not negative, and known modes";
	if (rule->steps == 0)
		return rule->within == 0 && rule->months == 0 && rule->modes == 0 ? NULL : "steps";
	funnel_set_rule(k, rule, names, lengths);
	return funnel_names_differ(funnel_plan(k)) ? NULL : "steps of different names";
}

/* Counts that came from outside; returns whether they can be. */
static bool
take_foreign_counts(Keyed *k, const FunnelCounts *counts)
{
	if (!funnel_counts_plausible(counts))
		return false;
	funnel_counts_store(k, counts);
	return true;
}

/* "1,2,3", as many as there are steps, and their times with semicolons; or both empty */
static void
read_counts(SummaryText *text, Keyed *k, int steps)
{
	FunnelCounts counts;

	counts.steps = steps;
	crmkpi_text_key(text, "ended");
	if (*text->at == ' ')
	{
		crmkpi_text_key(text, "times");
		return;
	}
	for (int i = 1; i <= steps; i++)
	{
		if (i > 1 && *text->at++ != ',')
			crmkpi_text_error(text, "\",\"");
		counts.ended[i] = (int64) crmkpi_text_digits(text);
	}
	crmkpi_text_key(text, "times");
	for (int i = 2; i <= steps; i++)
	{
		Size		length = strcspn(text->at, ";");
		char	   *one = pnstrdup(text->at, length);

		CHECK_FOR_INTERRUPTS();
		if (text->at[length] != ';')
			crmkpi_text_error(text, "\";\"");
		counts.times[i] = (DurationSummary *)
			DatumGetPointer(DirectFunctionCall1(crmkpi_duration_in, CStringGetDatum(one)));
		text->at += length + 1;
	}
	if (steps == 0 || !take_foreign_counts(k, &counts))
		crmkpi_text_error(text, "as many times as customers that reached the step");
}

Datum
crmkpi_funnel_in(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_new(&funnel_class);
	SummaryText text;
	FunnelRule	rule;
	const char *names[FUNNEL_STEP_LIMIT + 1];
	uint32		lengths[FUNNEL_STEP_LIMIT + 1];
	const char *expected;

	crmkpi_text_begin(&text, PG_GETARG_CSTRING(0), &funnel_class.kind);
	rule.months = (int32) funnel_read_count(&text, "months", PG_INT32_MAX);
	rule.within = crmkpi_text_count(&text, "within");
	rule.modes = funnel_read_modes(&text);
	crmkpi_text_key(&text, "steps");
	rule.steps = (uint16) crmkpi_text_names(&text, names + 1, lengths + 1, FUNNEL_STEP_LIMIT);
	expected = take_foreign_rule(k, &rule, names, lengths);
	if (expected != NULL)
		crmkpi_text_error(&text, expected);
	read_counts(&text, k, rule.steps);
	keyed_in(&text, k);
	crmkpi_text_end(&text);
	PG_RETURN_DATUM(keyed_flat(k));
}

Datum
crmkpi_funnel_out(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &funnel_class);
	const FunnelPlan *plan = k->rule_size > 0 ? funnel_plan(k) : NULL;
	const FunnelRule rule = plan != NULL ? plan->rule : (FunnelRule) {0};
	StringInfoData out;

	crmkpi_out_begin(&out, &funnel_class.kind);
	appendStringInfo(&out, " months=%d within=" INT64_FORMAT " mode=%s steps=",
					 rule.months, rule.within, funnel_modes_text(rule.modes, ""));
	for (int i = 1; i <= rule.steps; i++)
		crmkpi_out_name(&out, i > 1, plan->names[i], plan->lengths[i]);
	appendStringInfoString(&out, " ended=");
	if (k->rest_size == 0)
		appendStringInfoString(&out, " times=");
	else
	{
		const FunnelCounts *counts = funnel_counts_stored(k, rule.steps);

		for (int i = 1; i <= rule.steps; i++)
			appendStringInfo(&out, "%s" INT64_FORMAT, i > 1 ? "," : "", counts->ended[i]);
		appendStringInfoString(&out, " times=");
		for (int i = 2; i <= rule.steps; i++)
			appendStringInfo(&out, "%s;", DatumGetCString(DirectFunctionCall1(crmkpi_duration_out,
																			  PointerGetDatum(counts->times[i]))));
	}
	keyed_out(&out, k);
	PG_RETURN_CSTRING(out.data);
}

Datum
crmkpi_funnel_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	Keyed	   *k = keyed_new(&funnel_class);
	FunnelRule	rule;
	const char *names[FUNNEL_STEP_LIMIT + 1];
	uint32		lengths[FUNNEL_STEP_LIMIT + 1];
	const char *expected;
	int			compacted;

	crmkpi_recv_begin(in, &funnel_class.kind);
	rule.within = pq_getmsgint64(in);
	rule.months = (int32) pq_getmsgint(in, 4);
	rule.modes = (uint16) pq_getmsgbyte(in);
	rule.steps = (uint16) pq_getmsgint(in, 2);
	if (rule.steps > FUNNEL_STEP_LIMIT)
		crmkpi_recv_error(&funnel_class.kind, "fewer steps");
	for (int i = 1; i <= rule.steps; i++)
	{
		int			length = (int) pq_getmsgint(in, 4);
		int			converted;

		/* also checks the encoding */
		names[i] = pq_getmsgtext(in, length, &converted);
		lengths[i] = (uint32) converted;
	}
	expected = take_foreign_rule(k, &rule, names, lengths);
	if (expected != NULL)
		crmkpi_recv_error(&funnel_class.kind, expected);
	compacted = pq_getmsgbyte(in);
	if (compacted > 1)
		crmkpi_recv_error(&funnel_class.kind, "a flag");
	if (compacted == 1)
	{
		FunnelCounts counts;

		counts.steps = rule.steps;
		for (int i = 1; i <= rule.steps; i++)
			counts.ended[i] = crmkpi_recv_count(in, &funnel_class.kind);
		for (int i = 2; i <= rule.steps; i++)
		{
			int			length = (int) pq_getmsgint(in, 4);
			StringInfoData one;

			CHECK_FOR_INTERRUPTS();
			initStringInfo(&one);
			appendBinaryStringInfo(&one, pq_getmsgbytes(in, length), length);
			counts.times[i] = (DurationSummary *)
				DatumGetPointer(DirectFunctionCall1(crmkpi_duration_recv, PointerGetDatum(&one)));
			if (one.cursor != one.len)
				crmkpi_recv_error(&funnel_class.kind, "times that end where they are said to");
			pfree(one.data);
		}
		if (!take_foreign_counts(k, &counts))
			crmkpi_recv_error(&funnel_class.kind, "as many times as customers that reached the step");
	}
	keyed_recv(in, k);
	PG_RETURN_DATUM(keyed_flat(k));
}

Datum
crmkpi_funnel_send(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &funnel_class);
	const FunnelPlan *plan = k->rule_size > 0 ? funnel_plan(k) : NULL;
	const FunnelRule rule = plan != NULL ? plan->rule : (FunnelRule) {0};
	StringInfoData out;

	crmkpi_send_begin(&out, &funnel_class.kind);
	pq_sendint64(&out, rule.within);
	pq_sendint32(&out, (uint32) rule.months);
	pq_sendbyte(&out, (uint8) rule.modes);
	pq_sendint16(&out, rule.steps);
	for (int i = 1; i <= rule.steps; i++)
		pq_sendcountedtext(&out, plan->names[i], (int) plan->lengths[i], false);
	pq_sendbyte(&out, k->rest_size > 0);
	if (k->rest_size > 0)
	{
		const FunnelCounts *counts = funnel_counts_stored(k, rule.steps);

		for (int i = 1; i <= rule.steps; i++)
			pq_sendint64(&out, counts->ended[i]);
		for (int i = 2; i <= rule.steps; i++)
		{
			bytea	   *one = DatumGetByteaPP(DirectFunctionCall1(crmkpi_duration_send,
																  PointerGetDatum(counts->times[i])));

			pq_sendint32(&out, (uint32) VARSIZE_ANY_EXHDR(one));
			pq_sendbytes(&out, VARDATA_ANY(one), (int) VARSIZE_ANY_EXHDR(one));
		}
	}
	keyed_send(&out, k);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* -------------------------------------------------------------------------
 * Aggregation
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_funnel_combine);
PG_FUNCTION_INFO_V1(crmkpi_funnel_final);
PG_FUNCTION_INFO_V1(crmkpi_funnel_accum_bigint);
PG_FUNCTION_INFO_V1(crmkpi_funnel_accum_uuid);
PG_FUNCTION_INFO_V1(crmkpi_funnel_accum_text);
PG_FUNCTION_INFO_V1(crmkpi_funnel_accum_bigint_mode);
PG_FUNCTION_INFO_V1(crmkpi_funnel_accum_uuid_mode);
PG_FUNCTION_INFO_V1(crmkpi_funnel_accum_text_mode);

Datum
crmkpi_funnel_combine(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_state(fcinfo, &funnel_class);
	Keyed	   *other = keyed_arg(fcinfo, 1, &funnel_class);

	funnel_take_rule(k, other);
	if (other->rest_size > 0)
	{
		int			steps = funnel_plan(k)->rule.steps;
		FunnelCounts *counts = funnel_counts_stored(k, steps);

		funnel_counts_merge(counts, funnel_counts_stored(other, steps));
		funnel_counts_store(k, counts);
	}
	keyed_merge_records(k, other);
	PG_RETURN_DATUM(EOHPGetRWDatum(&k->eoh));
}

/* The state, with its events. */
Datum
crmkpi_funnel_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(keyed_result(keyed_arg(fcinfo, 0, &funnel_class)));
}

/* (state, customer, at, step, steps, within [, mode]) */
static inline Datum
funnel_accum(FunctionCallInfo fcinfo, KeyedKey key, bool has_mode)
{
	Keyed	   *k;
	TimestampTz at;
	text	   *name;
	const FunnelPlan *plan;
	uint64		record[KEYED_MAX_WORDS];
	int			words;
	int			step;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	funnel_rule_not_null(fcinfo, 4, "steps");
	funnel_rule_not_null(fcinfo, 5, "window");
	if (has_mode)
		funnel_rule_not_null(fcinfo, 6, "mode");
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));

	k = keyed_state(fcinfo, &funnel_class);
	at = PG_GETARG_TIMESTAMPTZ(2);
	name = PG_GETARG_TEXT_PP(3);
	plan = funnel_plan_for_row(fcinfo, k, has_mode);
	crmkpi_check_finite(at, "the time of an event");
	keyed_take_key(k, key);
	step = funnel_step_number(plan, VARDATA_ANY(name), (uint32) VARSIZE_ANY_EXHDR(name));
	if (step > 0 || (plan->rule.modes & FUNNEL_ORDER) != 0)
	{
		words = keyed_key_arg(fcinfo, key, record);
		record[words] = keyed_word_of_time(at);
		record[words + 1] = (uint64) step;
		keyed_add(k, record);
	}
	PG_RETURN_DATUM(EOHPGetRWDatum(&k->eoh));
}

Datum
crmkpi_funnel_accum_bigint(PG_FUNCTION_ARGS)
{
	return funnel_accum(fcinfo, KEYED_BIGINT, false);
}

Datum
crmkpi_funnel_accum_uuid(PG_FUNCTION_ARGS)
{
	return funnel_accum(fcinfo, KEYED_UUID, false);
}

Datum
crmkpi_funnel_accum_text(PG_FUNCTION_ARGS)
{
	return funnel_accum(fcinfo, KEYED_TEXT, false);
}

Datum
crmkpi_funnel_accum_bigint_mode(PG_FUNCTION_ARGS)
{
	return funnel_accum(fcinfo, KEYED_BIGINT, true);
}

Datum
crmkpi_funnel_accum_uuid_mode(PG_FUNCTION_ARGS)
{
	return funnel_accum(fcinfo, KEYED_UUID, true);
}

Datum
crmkpi_funnel_accum_text_mode(PG_FUNCTION_ARGS)
{
	return funnel_accum(fcinfo, KEYED_TEXT, true);
}

/* -------------------------------------------------------------------------
 * Answers
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_funnel_compact);
PG_FUNCTION_INFO_V1(crmkpi_funnel_dropoff);

/* compact(summary), also the final function of funnel(): counts instead of events */
Datum
crmkpi_funnel_compact(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &funnel_class);
	Keyed	   *result = keyed_new(&funnel_class);

	if (k->rule_size > 0)
	{
		funnel_take_rule(result, k);
		funnel_counts_store(result, funnel_count(k));
	}
	PG_RETURN_DATUM(keyed_flat(result));
}

/* a / b, or NULL */
static inline Datum
ratio(int64 a, int64 b, bool *is_null)
{
	*is_null = b == 0;
	return Float8GetDatum(b == 0 ? 0.0 : (double) a / (double) b);
}

/* funnel_dropoff(summary, confidence): a row for each step; none without rows */
Datum
crmkpi_funnel_dropoff(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &funnel_class);
	double		z = crmkpi_normal_two_sided(PG_GETARG_FLOAT8(1));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const FunnelPlan *plan;
	const FunnelCounts *counts;
	int64		reached[FUNNEL_STEP_LIMIT + 2] = {0};
	int			steps;

	InitMaterializedSRF(fcinfo, 0);
	if (k->rule_size == 0)
		return (Datum) 0;
	plan = funnel_plan(k);
	counts = funnel_count(k);
	steps = counts->steps;
	for (int i = steps; i >= 1; i--)
		reached[i] = reached[i + 1] + counts->ended[i];

	for (int i = 1; i <= steps; i++)
	{
		Datum		values[11];
		bool		nulls[11] = {false};
		int64		dropped = reached[i] - reached[i + 1];
		double		share = reached[1] > 0 ? (double) reached[i] / (double) reached[1] : 0.0;

		values[0] = Int32GetDatum(i);
		values[1] = PointerGetDatum(cstring_to_text_with_len(plan->names[i], (int) plan->lengths[i]));
		values[2] = Int64GetDatum(reached[i]);
		values[3] = Int64GetDatum(dropped);
		values[4] = ratio(dropped, reached[i], &nulls[4]);
		/* nobody drops off after the last step */
		nulls[3] = i == steps;
		nulls[4] |= i == steps;
		values[5] = ratio(reached[i], reached[i - 1], &nulls[5]);
		values[6] = ratio(reached[i], reached[1], &nulls[6]);
		nulls[7] = nulls[8] = nulls[6];
		values[7] = Float8GetDatum(nulls[6] ? 0.0 : rate_wilson_bound((double) reached[1], share, z, -1));
		values[8] = Float8GetDatum(nulls[6] ? 0.0 : rate_wilson_bound((double) reached[1], share, z, 1));
		nulls[9] = nulls[10] = i == 1 || counts->times[i]->items == 0;
		values[9] = values[10] = (Datum) 0;
		if (!nulls[9])
		{
			values[9] = IntervalPGetDatum(crmkpi_interval_from_us(duration_percentile(counts->times[i], 0.5)));
			values[10] = IntervalPGetDatum(crmkpi_interval_from_us(duration_percentile(counts->times[i], 0.9)));
		}
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
