/*
 * duration.c
 *		Durations: resolution times, response times, sales cycles.
 *
 * The SQL functions of duration_summary; the mathematics is told and done in
 * duration_sketch.c.  The plain means (avg_resolution_time and its sisters)
 * use the same type as their state, but hold only what a mean needs.
 *
 * Business time is measured by business_calendar.c; here it is one more duration.
 *
 * Times come as timestamptz, where a duration is real elapsed time, or as
 * timestamp, where it is the plain difference.  An interval as input must be
 * of days and smaller units; a day is 24 hours.
 */
#include "crmkpi.h"

#include <math.h>

#include "business_hours.h"
#include "duration.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* The argument, to be read only. */
static inline DurationSummary *
duration_arg(FunctionCallInfo fcinfo, int argno)
{
	return crmkpi_summary_arg(fcinfo, argno, &duration_kind);
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_duration_in);
PG_FUNCTION_INFO_V1(crmkpi_duration_out);
PG_FUNCTION_INFO_V1(crmkpi_duration_recv);
PG_FUNCTION_INFO_V1(crmkpi_duration_send);

/* "bucket:items,bucket:items" into the packed form */
static DurationSummary *
read_buckets(SummaryText *text)
{
	DurationSummary *s;
	uint8	   *bytes = palloc(strlen(text->at) * 5 + 1);	/* a digit may need no more */
	uint8	   *end = bytes;
	uint64		previous = 0;

	while (*text->at >= '0' && *text->at <= '9')
	{
		uint64		bucket = crmkpi_text_digits(text);

		if (bucket < previous)
			crmkpi_text_error(text, "buckets in order");
		if (*text->at != ':')
			crmkpi_text_error(text, "\":\"");
		text->at++;
		end = summary_put_varint(end, bucket - previous);
		end = summary_put_varint(end, crmkpi_text_digits(text));
		previous = bucket;
		if (*text->at != ',')
			break;
		text->at++;
		if (*text->at < '0' || *text->at > '9')
			crmkpi_text_error(text, "a bucket");
	}
	s = duration_new(DURATION_PACKED, end - bytes);
	memcpy(duration_packed(s), bytes, end - bytes);
	s->used = end - bytes;
	return s;
}

/* Three words of 16 hexadecimal digits, the high one first. */
static void
read_squares(SummaryText *text, uint64 *squares)
{
	for (int i = 0; i < 48; i++)
	{
		char		c = *text->at;
		int			digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

		if (digit < 0)
			crmkpi_text_error(text, "48 hexadecimal digits in lower case");
		squares[2 - i / 16] = squares[2 - i / 16] << 4 | (uint64) digit;
		text->at++;
	}
}

/* What of a summary is told before its buckets, and may be all there is. */
typedef struct FixedPart
{
	int64		items;
	int128		total;
	int64		shortest;
	int64		longest;
	uint64		squares[3];
} FixedPart;

/* Fills the fixed part; returns whether the result can be true. */
static bool
set_fixed_part(DurationSummary *s, const FixedPart *fixed)
{
	s->items = fixed->items;
	stored_int128_set(&s->total, fixed->total);
	if (duration_form(s) != DURATION_MEAN)
	{
		s->shortest = fixed->shortest;
		s->longest = fixed->longest;
		memcpy(s->squares, fixed->squares, sizeof(s->squares));
	}
	if (!duration_plausible(s))
		return false;
	duration_check(s);
	return true;
}

Datum
crmkpi_duration_in(PG_FUNCTION_ARGS)
{
	SummaryText text;
	FixedPart	fixed = {0};
	DurationSummary *s;

	crmkpi_text_begin(&text, PG_GETARG_CSTRING(0), &duration_kind);
	fixed.items = crmkpi_text_count(&text, "items");
	fixed.total = crmkpi_text_int128(&text, "total");
	if (crmkpi_text_has(&text, "shortest"))
	{
		fixed.shortest = crmkpi_text_count(&text, "shortest");
		fixed.longest = crmkpi_text_count(&text, "longest");
		crmkpi_text_key(&text, "squares");
		read_squares(&text, fixed.squares);
		crmkpi_text_key(&text, "buckets");
		s = read_buckets(&text);
	}
	else
		s = duration_new(DURATION_MEAN, 0);
	crmkpi_text_end(&text);
	if (!set_fixed_part(s, &fixed))
		crmkpi_text_error(&text, "numbers and buckets that belong together");
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_duration_out(PG_FUNCTION_ARGS)
{
	DurationSummary *s = duration_arg(fcinfo, 0);
	StringInfoData out;
	DurationBuckets walk;
	const char *separator = "";

	crmkpi_out_begin(&out, &duration_kind);
	crmkpi_out_int128(&out, "items", s->items);
	crmkpi_out_int128(&out, "total", stored_int128_get(&s->total));
	if (duration_form(s) == DURATION_MEAN)
		PG_RETURN_CSTRING(out.data);
	crmkpi_out_int128(&out, "shortest", s->shortest);
	crmkpi_out_int128(&out, "longest", s->longest);
	appendStringInfo(&out, " squares=%016llx%016llx%016llx buckets=",
					 (unsigned long long) s->squares[2], (unsigned long long) s->squares[1],
					 (unsigned long long) s->squares[0]);
	duration_buckets_start(&walk, s);
	while (duration_buckets_next(&walk))
	{
		appendStringInfo(&out, "%s%d:" INT64_FORMAT, separator, walk.bucket, walk.count);
		separator = ",";
	}
	PG_RETURN_CSTRING(out.data);
}

Datum
crmkpi_duration_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	FixedPart	fixed = {0};
	DurationSummary *s;
	int			form;
	uint32		used = 0;

	crmkpi_recv_begin(in, &duration_kind);
	form = pq_getmsgbyte(in);
	if (form != DURATION_MEAN && form != DURATION_PACKED)
		crmkpi_recv_error(&duration_kind, "a stored form");
	fixed.items = crmkpi_recv_count(in, &duration_kind);
	fixed.total = crmkpi_recv_int128(in);
	if (form == DURATION_PACKED)
	{
		fixed.shortest = crmkpi_recv_count(in, &duration_kind);
		fixed.longest = crmkpi_recv_count(in, &duration_kind);
		for (int i = 2; i >= 0; i--)
			fixed.squares[i] = (uint64) pq_getmsgint64(in);
		used = (uint32) pq_getmsgint(in, 4);
		if (used > (uint32) (in->len - in->cursor))
			crmkpi_recv_error(&duration_kind, "as many bytes as it announces");
	}
	s = duration_new((DurationForm) form, used);
	if (form == DURATION_PACKED)
	{
		s->used = used;
		pq_copymsgbytes(in, (char *) duration_packed(s), (int) used);
	}
	if (!set_fixed_part(s, &fixed))
		crmkpi_recv_error(&duration_kind, "numbers and buckets that belong together");
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_duration_send(PG_FUNCTION_ARGS)
{
	DurationSummary *s = duration_pack(duration_arg(fcinfo, 0));
	StringInfoData out;

	crmkpi_send_begin(&out, &duration_kind);
	pq_sendbyte(&out, (uint8) s->head.flags);
	pq_sendint64(&out, s->items);
	crmkpi_send_int128(&out, stored_int128_get(&s->total));
	if (duration_form(s) != DURATION_MEAN)
	{
		pq_sendint64(&out, s->shortest);
		pq_sendint64(&out, s->longest);
		for (int i = 2; i >= 0; i--)
			pq_sendint64(&out, s->squares[i]);
		pq_sendint32(&out, s->used);
		pq_sendbytes(&out, (const char *) duration_packed(s), (int) s->used);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* -------------------------------------------------------------------------
 * Aggregation: of everything (accum), and of what a mean needs (mean_accum)
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_duration_accum);
PG_FUNCTION_INFO_V1(crmkpi_duration_accum_timestamp);
PG_FUNCTION_INFO_V1(crmkpi_duration_accum_interval);
PG_FUNCTION_INFO_V1(crmkpi_duration_accum_hours);
PG_FUNCTION_INFO_V1(crmkpi_mean_accum);
PG_FUNCTION_INFO_V1(crmkpi_mean_accum_timestamp);
PG_FUNCTION_INFO_V1(crmkpi_mean_accum_hours);
PG_FUNCTION_INFO_V1(crmkpi_duration_combine);
PG_FUNCTION_INFO_V1(crmkpi_duration_final);

static inline Datum
duration_accum(FunctionCallInfo fcinfo, int64 us)
{
	DurationSummary *s = duration_add(summary_state(fcinfo, &duration_kind), us);

	duration_check(s);
	if (!summary_in_aggregate(fcinfo))
		s = duration_pack(s);
	PG_RETURN_POINTER(s);
}

static inline Datum
mean_accum(FunctionCallInfo fcinfo, int64 us)
{
	DurationSummary *s = duration_of_kind(summary_state(fcinfo, &duration_kind), true);

	duration_check_count(s);
	duration_add_mean(s, us);
	duration_check(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_duration_accum(PG_FUNCTION_ARGS)
{
	return duration_accum(fcinfo, crmkpi_elapsed_us(PG_GETARG_TIMESTAMP(1), PG_GETARG_TIMESTAMP(2), true));
}

Datum
crmkpi_duration_accum_timestamp(PG_FUNCTION_ARGS)
{
	return duration_accum(fcinfo, crmkpi_elapsed_us(PG_GETARG_TIMESTAMP(1), PG_GETARG_TIMESTAMP(2), false));
}

Datum
crmkpi_duration_accum_interval(PG_FUNCTION_ARGS)
{
	return duration_accum(fcinfo, crmkpi_interval_us(PG_GETARG_INTERVAL_P(1), "duration"));
}

/* The microseconds between arguments 1 and 2 that lie inside the hours of argument 3. */
static inline int64
business_us(FunctionCallInfo fcinfo)
{
	return crmkpi_business_us(PG_GETARG_TIMESTAMPTZ(1), PG_GETARG_TIMESTAMPTZ(2), business_hours_arg(fcinfo, 3));
}

Datum
crmkpi_duration_accum_hours(PG_FUNCTION_ARGS)
{
	return duration_accum(fcinfo, business_us(fcinfo));
}

Datum
crmkpi_mean_accum(PG_FUNCTION_ARGS)
{
	return mean_accum(fcinfo, crmkpi_elapsed_us(PG_GETARG_TIMESTAMP(1), PG_GETARG_TIMESTAMP(2), true));
}

Datum
crmkpi_mean_accum_timestamp(PG_FUNCTION_ARGS)
{
	return mean_accum(fcinfo, crmkpi_elapsed_us(PG_GETARG_TIMESTAMP(1), PG_GETARG_TIMESTAMP(2), false));
}

Datum
crmkpi_mean_accum_hours(PG_FUNCTION_ARGS)
{
	return mean_accum(fcinfo, business_us(fcinfo));
}

/* Outside an aggregate the result is packed: it may be stored. */
Datum
crmkpi_duration_combine(PG_FUNCTION_ARGS)
{
	DurationSummary *s = duration_merge(summary_state(fcinfo, &duration_kind), duration_arg(fcinfo, 1));

	duration_check(s);
	if (!AggCheckCallContext(fcinfo, NULL))
		s = duration_pack(s);
	PG_RETURN_POINTER(s);
}

/* The state in its stored form. */
Datum
crmkpi_duration_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(duration_pack(duration_arg(fcinfo, 0)));
}

/* -------------------------------------------------------------------------
 * Accessors: NULL without items
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_duration_items);
PG_FUNCTION_INFO_V1(crmkpi_duration_mean);
PG_FUNCTION_INFO_V1(crmkpi_duration_median);
PG_FUNCTION_INFO_V1(crmkpi_duration_mean_hours);
PG_FUNCTION_INFO_V1(crmkpi_duration_median_hours);
PG_FUNCTION_INFO_V1(crmkpi_duration_percentile);
PG_FUNCTION_INFO_V1(crmkpi_duration_share_within);
PG_FUNCTION_INFO_V1(crmkpi_duration_shortest);
PG_FUNCTION_INFO_V1(crmkpi_duration_longest);
PG_FUNCTION_INFO_V1(crmkpi_duration_stddev);
PG_FUNCTION_INFO_V1(crmkpi_duration_total_time);

Datum
crmkpi_duration_items(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(duration_arg(fcinfo, 0)->items);
}

/* mean(summary), also the final function of the means */
Datum
crmkpi_duration_mean(PG_FUNCTION_ARGS)
{
	DurationSummary *s = duration_arg(fcinfo, 0);

	if (s->items == 0)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(crmkpi_interval_from_us(duration_mean(s)));
}

/* A summary that is asked for more than its mean. */
static DurationSummary *
full_arg(FunctionCallInfo fcinfo)
{
	DurationSummary *s = duration_arg(fcinfo, 0);

	if (s->items > 0 && duration_form(s) == DURATION_MEAN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("duration summary holds no more than a mean"),
				 errhint("Make it with duration_summary().")));
	return s;
}

/* median(summary), also the final function of the medians */
Datum
crmkpi_duration_median(PG_FUNCTION_ARGS)
{
	DurationSummary *s = full_arg(fcinfo);

	if (s->items == 0)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(crmkpi_interval_from_us(duration_percentile(s, 0.5)));
}

/* mean_hours(summary), also the final function of the means of business time */
Datum
crmkpi_duration_mean_hours(PG_FUNCTION_ARGS)
{
	DurationSummary *s = duration_arg(fcinfo, 0);

	if (s->items == 0)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(crmkpi_hours_from_us(duration_mean(s)));
}

/* median_hours(summary), also the final function of the medians of business time */
Datum
crmkpi_duration_median_hours(PG_FUNCTION_ARGS)
{
	DurationSummary *s = full_arg(fcinfo);

	if (s->items == 0)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(crmkpi_hours_from_us(duration_percentile(s, 0.5)));
}

Datum
crmkpi_duration_percentile(PG_FUNCTION_ARGS)
{
	DurationSummary *s = full_arg(fcinfo);
	double		fraction = PG_GETARG_FLOAT8(1);

	if (!(fraction >= 0.0 && fraction <= 1.0))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("percentile value %g is not between 0 and 1", fraction),
				 errhint("The 90th percentile is 0.9.")));
	if (s->items == 0)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(crmkpi_interval_from_us(duration_percentile(s, fraction)));
}

Datum
crmkpi_duration_share_within(PG_FUNCTION_ARGS)
{
	DurationSummary *s = full_arg(fcinfo);
	int64		limit = crmkpi_interval_us(PG_GETARG_INTERVAL_P(1), "limit");

	if (s->items == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(duration_share_within(s, limit));
}

Datum
crmkpi_duration_shortest(PG_FUNCTION_ARGS)
{
	DurationSummary *s = full_arg(fcinfo);

	if (s->items == 0)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(crmkpi_interval_from_us(s->shortest));
}

Datum
crmkpi_duration_longest(PG_FUNCTION_ARGS)
{
	DurationSummary *s = full_arg(fcinfo);

	if (s->items == 0)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(crmkpi_interval_from_us(s->longest));
}

/* NULL with fewer than two items */
Datum
crmkpi_duration_stddev(PG_FUNCTION_ARGS)
{
	DurationSummary *s = full_arg(fcinfo);

	if (s->items < 2)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(crmkpi_interval_from_us(duration_stddev(s)));
}

Datum
crmkpi_duration_total_time(PG_FUNCTION_ARGS)
{
	DurationSummary *s = duration_arg(fcinfo, 0);

	if (s->items == 0)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(crmkpi_interval_from_us(stored_int128_get(&s->total)));
}
