/*
 * response.c
 *		After how many touches do people answer, and when is going on wasted?
 *
 * The touches of a customer are numbered 1, 2, ... in order of time.  The
 * sequence ends with the first response after a touch, with an unsubscribe or
 * a block, or with the data, and so each customer is counted once: by the
 * number of touches up to there, and by the kind of the last row that counted.
 * With n_k customers who were touched k times at least, r_k of whom answered
 * after touch k, and before the next one,
 *
 *		h_k = r_k / n_k
 *
 * is the response rate of touch k, the hazard of a life table in discrete
 * time.  Those who dropped out are censored, and
 *
 *		1 - product over j <= k of (1 - h_j)
 *
 * (E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete
 * observations", JASA 53, 1958) is the share that would have answered by touch
 * k if everybody had been touched as often.  h_k has bounds by Wilson (rate.c).
 *
 * The state (keyed.c) keeps time and kind of every row by customer, or counts
 * in their place (response_counts.c).
 */
#include "crmkpi.h"

/* it includes inline functions that -Wextra does not like */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "funcapi.h"
#pragma GCC diagnostic pop
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "rate.h"
#include "response.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static bool row_plausible(const Keyed *k, const uint64 *payload);

const KeyedClass response_class = {
	.kind = {'e', 1, KEYED_FIXED_SIZE, "response_summary"},
	.payload = 2,				/* time, kind */
	.distinct = false,
	.plausible = row_plausible,
	.too_large_hint = "Summarise smaller groups of customers with response(), and add up the results with rollup()."
};

static bool
row_plausible(const Keyed *k pg_attribute_unused(), const uint64 *payload)
{
	return IS_VALID_TIMESTAMP(keyed_time_of_word(payload[0])) && payload[1] < RESPONSE_KINDS;
}

/* An empty value.  There is nothing that rows must have in common, so the rule is a byte. */
static Keyed *
response_new(void)
{
	Keyed	   *k = keyed_new(&response_class);

	keyed_set_rule(k, "", 1);
	return k;
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_response_in);
PG_FUNCTION_INFO_V1(crmkpi_response_out);
PG_FUNCTION_INFO_V1(crmkpi_response_recv);
PG_FUNCTION_INFO_V1(crmkpi_response_send);

/*
 * Gives the value counts that came from outside.  Returns whether they can be:
 * as many times as responses, somebody at the last touch, and nobody without
 * any row.
 */
static bool
take_foreign_counts(Keyed *k, const ResponseCounts *counts, int64 touches)
{
	if (counts->customers == 0 || counts->touches != touches || counts->ends[0].by[RESPONSE_OUT] != 0)
		return false;
	for (int64 touch = 1; touch <= touches; touch++)
	{
		if (response_has_times(counts, touch) && (duration_form(counts->times[touch]) != DURATION_PACKED ||
										 counts->times[touch]->items != counts->ends[touch].by[RESPONSE_IN]))
			return false;
	}
	response_counts_store(k, counts);
	return true;
}

/* Whether records that came from outside are there where a kind of key is. */
static bool
key_has_records(Keyed *k)
{
	KeyedWalk	walk;

	if (k->key == KEYED_NONE)
		return true;
	keyed_walk_start(&walk, k);
	return keyed_walk_next(&walk);
}

/* " ended=0:3:0:0,8:2:1:0": customers by touch, from 0 on, and kind; then " times=...;" where there is a response */
static void
read_counts(SummaryText *text, Keyed *k)
{
	ResponseCounts *counts = response_counts_new();
	int64		touches = 0;

	crmkpi_text_key(text, "ended");
	if (*text->at == ' ')
	{
		crmkpi_text_key(text, "times");
		return;
	}
	for (;; touches++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int kind = 0; kind < RESPONSE_KINDS; kind++)
		{
			if (kind > 0)
			{
				if (*text->at != ':')
					crmkpi_text_error(text, "\":\"");
				text->at++;
			}
			response_counts_add(counts, touches, kind, (int64) crmkpi_text_digits(text));
		}
		if (*text->at != ',')
			break;
		text->at++;
	}
	crmkpi_text_key(text, "times");
	for (int64 touch = 1; touch <= touches; touch++)
	{
		Size		length;
		char	   *one;

		if (!response_has_times(counts, touch))
			continue;
		CHECK_FOR_INTERRUPTS();
		length = strcspn(text->at, ";");
		if (text->at[length] != ';')
			crmkpi_text_error(text, "\";\"");
		one = pnstrdup(text->at, length);
		counts->times[touch] = (DurationSummary *)
			DatumGetPointer(DirectFunctionCall1(crmkpi_duration_in, CStringGetDatum(one)));
		pfree(one);
		text->at += length + 1;
	}
	if (!take_foreign_counts(k, counts, touches))
		crmkpi_text_error(text, "customers at the last touch, and as many times as responses");
}

Datum
crmkpi_response_in(PG_FUNCTION_ARGS)
{
	Keyed	   *k = response_new();
	SummaryText text;

	crmkpi_text_begin(&text, PG_GETARG_CSTRING(0), &response_class.kind);
	read_counts(&text, k);
	keyed_in(&text, k);
	if (!key_has_records(k))
		crmkpi_text_error(&text, "rows of these customers");
	crmkpi_text_end(&text);
	PG_RETURN_DATUM(keyed_flat(k));
}

Datum
crmkpi_response_out(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &response_class);
	ResponseCounts *counts = response_counts_new();
	StringInfoData out;

	response_counts_add_stored(counts, k);
	crmkpi_out_begin(&out, &response_class.kind);
	appendStringInfoString(&out, " ended=");
	for (int64 touch = 0; touch <= counts->touches && counts->customers > 0; touch++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int kind = 0; kind < RESPONSE_KINDS; kind++)
			appendStringInfo(&out, "%s" INT64_FORMAT, kind > 0 ? ":" : touch > 0 ? "," : "",
							 counts->ends[touch].by[kind]);
	}
	appendStringInfoString(&out, " times=");
	for (int64 touch = 1; touch <= counts->touches; touch++)
	{
		if (response_has_times(counts, touch))
			appendStringInfo(&out, "%s;", DatumGetCString(DirectFunctionCall1(crmkpi_duration_out,
																			  PointerGetDatum(duration_pack(counts->times[touch])))));
	}
	keyed_out(&out, k);
	PG_RETURN_CSTRING(out.data);
}

/* number of touches, 0 included, and each's counts; the times where there is a response, with their lengths */
Datum
crmkpi_response_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	Keyed	   *k = response_new();
	ResponseCounts *counts = response_counts_new();
	uint32		rows;

	crmkpi_recv_begin(in, &response_class.kind);
	rows = (uint32) pq_getmsgint(in, 4);
	if (rows > (uint32) (in->len - in->cursor) / sizeof(ResponseEnds))
		crmkpi_recv_error(&response_class.kind, "as many touches as it announces");
	for (uint32 touch = 0; touch < rows; touch++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int kind = 0; kind < RESPONSE_KINDS; kind++)
			response_counts_add(counts, touch, kind, crmkpi_recv_count(in, &response_class.kind));
	}
	for (uint32 touch = 1; touch < rows; touch++)
	{
		StringInfoData one;
		int			length;

		if (!response_has_times(counts, touch))
			continue;
		CHECK_FOR_INTERRUPTS();
		length = (int) pq_getmsgint(in, 4);
		initStringInfo(&one);
		appendBinaryStringInfo(&one, pq_getmsgbytes(in, length), length);
		counts->times[touch] = (DurationSummary *)
			DatumGetPointer(DirectFunctionCall1(crmkpi_duration_recv, PointerGetDatum(&one)));
		if (one.cursor != one.len)
			crmkpi_recv_error(&response_class.kind, "times that end where they are said to");
		pfree(one.data);
	}
	if (rows > 0 && !take_foreign_counts(k, counts, (int64) rows - 1))
		crmkpi_recv_error(&response_class.kind, "customers at the last touch, and as many times as responses");
	keyed_recv(in, k);
	if (!key_has_records(k))
		crmkpi_recv_error(&response_class.kind, "rows of these customers");
	PG_RETURN_DATUM(keyed_flat(k));
}

Datum
crmkpi_response_send(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &response_class);
	ResponseCounts *counts = response_counts_new();
	uint32		rows;
	StringInfoData out;

	response_counts_add_stored(counts, k);
	rows = counts->customers > 0 ? (uint32) counts->touches + 1 : 0;
	crmkpi_send_begin(&out, &response_class.kind);
	pq_sendint32(&out, rows);
	for (uint32 touch = 0; touch < rows; touch++)
	{
		for (int kind = 0; kind < RESPONSE_KINDS; kind++)
			pq_sendint64(&out, counts->ends[touch].by[kind]);
	}
	for (uint32 touch = 1; touch < rows; touch++)
	{
		bytea	   *one;

		if (!response_has_times(counts, touch))
			continue;
		one = DatumGetByteaPP(DirectFunctionCall1(crmkpi_duration_send,
												  PointerGetDatum(duration_pack(counts->times[touch]))));
		pq_sendint32(&out, (uint32) VARSIZE_ANY_EXHDR(one));
		pq_sendbytes(&out, VARDATA_ANY(one), (int) VARSIZE_ANY_EXHDR(one));
	}
	keyed_send(&out, k);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* -------------------------------------------------------------------------
 * Aggregation
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_response_combine);
PG_FUNCTION_INFO_V1(crmkpi_response_final);
PG_FUNCTION_INFO_V1(crmkpi_response_accum_bigint);
PG_FUNCTION_INFO_V1(crmkpi_response_accum_uuid);
PG_FUNCTION_INFO_V1(crmkpi_response_accum_text);

Datum
crmkpi_response_combine(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_state(fcinfo, &response_class);
	Keyed	   *other = keyed_arg(fcinfo, 1, &response_class);

	if (other->rest_size > 0)
	{
		ResponseCounts *counts = response_counts_new();

		response_counts_add_stored(counts, k);
		response_counts_add_stored(counts, other);
		response_counts_store(k, counts);
	}
	keyed_merge_records(k, other);
	PG_RETURN_DATUM(EOHPGetRWDatum(&k->eoh));
}

/* The state, with its rows. */
Datum
crmkpi_response_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(keyed_result(keyed_arg(fcinfo, 0, &response_class)));
}

static ResponseKind
kind_of(const char *name, Size length)
{
	if (length == 3 && memcmp(name, "out", 3) == 0)
		return RESPONSE_OUT;
	if (length == 2 && memcmp(name, "in", 2) == 0)
		return RESPONSE_IN;
	if (length == 11 && memcmp(name, "unsubscribe", 11) == 0)
		return RESPONSE_UNSUBSCRIBE;
	if (length == 5 && memcmp(name, "block", 5) == 0)
		return RESPONSE_BLOCK;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown direction \"%s\"", pnstrdup(name, length)),
			 errdetail("Expected out, in, unsubscribe or block."),
			 errhint("Translate other names with CASE; a row whose direction is NULL is skipped.")));
	pg_unreachable();
}

/* (state, customer, at, direction) */
static inline Datum
response_accum(FunctionCallInfo fcinfo, KeyedKey key)
{
	Keyed	   *k = keyed_state(fcinfo, &response_class);
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(2);
	text	   *direction = PG_GETARG_TEXT_PP(3);
	uint64		record[KEYED_MAX_WORDS];
	int			words;

	crmkpi_check_finite(at, "the time of a touch or response");
	keyed_take_key(k, key);
	words = keyed_key_arg(fcinfo, key, record);
	record[words] = keyed_word_of_time(at);
	record[words + 1] = (uint64) kind_of(VARDATA_ANY(direction), VARSIZE_ANY_EXHDR(direction));
	keyed_add(k, record);
	PG_RETURN_DATUM(EOHPGetRWDatum(&k->eoh));
}

Datum
crmkpi_response_accum_bigint(PG_FUNCTION_ARGS)
{
	return response_accum(fcinfo, KEYED_BIGINT);
}

Datum
crmkpi_response_accum_uuid(PG_FUNCTION_ARGS)
{
	return response_accum(fcinfo, KEYED_UUID);
}

Datum
crmkpi_response_accum_text(PG_FUNCTION_ARGS)
{
	return response_accum(fcinfo, KEYED_TEXT);
}

/* -------------------------------------------------------------------------
 * Answers
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_response_compact);
PG_FUNCTION_INFO_V1(crmkpi_response_contacted);
PG_FUNCTION_INFO_V1(crmkpi_response_responses);
PG_FUNCTION_INFO_V1(crmkpi_response_touches);
PG_FUNCTION_INFO_V1(crmkpi_response_inbound);
PG_FUNCTION_INFO_V1(crmkpi_response_never_contacted);
PG_FUNCTION_INFO_V1(crmkpi_response_touches_per_response);
PG_FUNCTION_INFO_V1(crmkpi_response_useful_touches);
PG_FUNCTION_INFO_V1(crmkpi_response_curve);

/* compact(summary), also the final function of response(): counts instead of rows */
Datum
crmkpi_response_compact(PG_FUNCTION_ARGS)
{
	Keyed	   *result = response_new();

	response_counts_store(result, response_count(keyed_arg(fcinfo, 0, &response_class)));
	PG_RETURN_DATUM(keyed_flat(result));
}

/* What the touches add up to. */
typedef struct ResponseTotals
{
	int64		contacted;		/* customers with a touch at least */
	int64		responses;
	int128		touches;		/* those that counted: up to the response or the other end */
} ResponseTotals;

static ResponseTotals
response_totals(FunctionCallInfo fcinfo)
{
	ResponseTotals totals = {0, 0, 0};
	ResponseWalk walk;

	response_walk_start(&walk, response_count(keyed_arg(fcinfo, 0, &response_class)));
	totals.contacted = walk.next;
	while (response_walk_next(&walk))
	{
		totals.responses += walk.responded;
		totals.touches += walk.contacted;
	}
	return totals;
}

Datum
crmkpi_response_contacted(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(response_totals(fcinfo).contacted);
}

Datum
crmkpi_response_responses(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(response_totals(fcinfo).responses);
}

Datum
crmkpi_response_touches(PG_FUNCTION_ARGS)
{
	int128		touches = response_totals(fcinfo).touches;

	if (unlikely(touches > PG_INT64_MAX))
		crmkpi_count_error(&response_class.kind);
	PG_RETURN_INT64((int64) touches);
}

/* inbound(summary): customers who wrote before any touch */
Datum
crmkpi_response_inbound(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(response_count(keyed_arg(fcinfo, 0, &response_class))->ends[0].by[RESPONSE_IN]);
}

/* never_contacted(summary): customers who were lost before any touch */
Datum
crmkpi_response_never_contacted(PG_FUNCTION_ARGS)
{
	ResponseEnds *none = &response_count(keyed_arg(fcinfo, 0, &response_class))->ends[0];

	PG_RETURN_INT64(none->by[RESPONSE_UNSUBSCRIBE] + none->by[RESPONSE_BLOCK]);
}

/* touches_per_response(summary); also the final function of the aggregate */
Datum
crmkpi_response_touches_per_response(PG_FUNCTION_ARGS)
{
	ResponseTotals totals = response_totals(fcinfo);

	if (totals.responses == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) totals.touches / (double) totals.responses);
}

/*
 * useful_touches(summary, min_rate [, confidence]): the last touch up to which
 * going on paid.  From any touch on, those that follow up to a later one have
 * paid if together they had min_rate responses each; with a confidence, if the
 * lower bound of that rate is as high.
 *
 * Where it is the rate itself that counts, this is where responses - min_rate
 * * touches is largest.  So a bad touch before a good one counts with it, and
 * a late response by chance does not outweigh many touches in vain.
 */
Datum
crmkpi_response_useful_touches(PG_FUNCTION_ARGS)
{
	ResponseCounts *counts;
	double		min_rate = PG_GETARG_FLOAT8(1);
	double		z = PG_NARGS() > 2 ? crmkpi_normal_two_sided(PG_GETARG_FLOAT8(2)) : 0.0;
	ResponseWalk walk;
	double		contacted = 0.0;	/* since the last useful touch */
	double		responded = 0.0;
	int64		useful = 0;

	if (!(min_rate > 0.0 && min_rate <= 1.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("min_rate %g is out of range", min_rate),
				 errhint("Give a rate above 0, up to 1: 0.01 asks for a response per 100 touches.")));
	counts = response_count(keyed_arg(fcinfo, 0, &response_class));
	if (counts->touches == 0)
		PG_RETURN_NULL();
	response_walk_start(&walk, counts);
	while (response_walk_next(&walk))
	{
		contacted += (double) walk.contacted;
		responded += (double) walk.responded;
		/* with z = 0 the bound is the rate itself */
		if (rate_wilson_bound(contacted, responded / contacted, z, -1) >= min_rate)
		{
			useful = walk.touch;
			contacted = responded = 0.0;
		}
	}
	PG_RETURN_INT32((int32) useful);
}

/* response_curve(summary, confidence): a row for each touch */
Datum
crmkpi_response_curve(PG_FUNCTION_ARGS)
{
	ResponseCounts *counts = response_count(keyed_arg(fcinfo, 0, &response_class));
	double		z = crmkpi_normal_two_sided(PG_GETARG_FLOAT8(1));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	double		cumulative = 0.0;
	ResponseWalk walk;

	InitMaterializedSRF(fcinfo, 0);
	response_walk_start(&walk, counts);
	while (response_walk_next(&walk))
	{
		const ResponseEnds *ends = &counts->ends[walk.touch];
		double		n = (double) walk.contacted;
		double		rate = (double) walk.responded / n;
		Datum		values[11];
		bool		nulls[11] = {false};

		/* 1 - the product, without its rounding near 1 */
		cumulative += (1.0 - cumulative) * rate;
		values[0] = Int32GetDatum((int32) walk.touch);
		values[1] = Int64GetDatum(walk.contacted);
		values[2] = Int64GetDatum(walk.responded);
		values[3] = Int64GetDatum(ends->by[RESPONSE_UNSUBSCRIBE]);
		values[4] = Int64GetDatum(ends->by[RESPONSE_BLOCK]);
		values[5] = Float8GetDatum(rate);
		values[6] = Float8GetDatum(rate_wilson_bound(n, rate, z, -1));
		values[7] = Float8GetDatum(rate_wilson_bound(n, rate, z, 1));
		values[8] = Float8GetDatum(cumulative);
		values[9] = values[10] = (Datum) 0;
		nulls[9] = nulls[10] = walk.responded == 0;
		if (walk.responded > 0)
		{
			values[9] = IntervalPGetDatum(crmkpi_interval_from_us(duration_percentile(counts->times[walk.touch], 0.5)));
			values[10] = IntervalPGetDatum(crmkpi_interval_from_us(duration_percentile(counts->times[walk.touch], 0.9)));
		}
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
