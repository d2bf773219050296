/*
 * rate.c
 *		Shares of rows: conversion, win, FCR, CSAT, retention, SLA and so on.
 *
 * The state is how many rows counted and how many of them hit; the rate is
 * hits / total.  A KPI name is the same state with its own reading of a row
 * (rate_kpi.c).
 *
 * With weights (process compliance) the rate is sum(weight of hits) /
 * sum(weight); the sums are kept in millionths as 128-bit integers, so that
 * they are exact in any order.  A weighted summary is longer than a plain one,
 * and the two do not combine; an empty summary is plain and goes with both.
 *
 * The bounds are the score interval of E. B. Wilson, "Probable inference, the
 * law of succession, and statistical inference", Journal of the American
 * Statistical Association 22 (1927), without continuity correction:
 *
 *		(p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)
 *
 * Unlike p +- z sqrt(p(1-p)/n) they stay within 0 and 1, and a rate of 0 or 1
 * from few rows is not taken for certain.
 */
#include "crmkpi.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "rate.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define RATE_PLAIN_SIZE		offsetof(RateSummary, weights)
#define RATE_WEIGHTED_SIZE	(RATE_PLAIN_SIZE + 2 * sizeof(StoredInt128))

const SummaryKind rate_kind = {'r', 1, RATE_PLAIN_SIZE, "rate_summary"};

/* -------------------------------------------------------------------------
 * Mathematics
 * -------------------------------------------------------------------------
 */
/* Whether counts and weights can be those of rows. */
static bool
rate_plausible(const RateSummary *s)
{
	int128		hit_micros;
	int128		total_micros;

	if (s->hits < 0 || s->hits > s->total)
		return false;
	if (!rate_is_weighted(s))
		return true;
	hit_micros = stored_int128_get(&s->weights[0]);
	total_micros = stored_int128_get(&s->weights[1]);
	if (s->total == 0 || hit_micros < 0 || hit_micros > total_micros)
		return false;
	return (s->hits > 0 || hit_micros == 0) && (s->hits < s->total || hit_micros == total_micros);
}

static void
rate_check(const RateSummary *s PG_USED_FOR_ASSERTS_ONLY)
{
	Assert(VARSIZE(s) == (rate_is_weighted(s) ? RATE_WEIGHTED_SIZE : RATE_PLAIN_SIZE));
	Assert(rate_plausible(s));
}

/* An empty state as a weighted one; the caller returns it in its place. */
RateSummary *
rate_new_weighted(void)
{
	RateSummary *s = crmkpi_summary_new(RATE_WEIGHTED_SIZE, &rate_kind);

	s->head.flags = RATE_WEIGHTED;
	return s;
}

static void
weight_add(StoredInt128 *sum, int128 weight)
{
	int128		result;

	if (__builtin_add_overflow(stored_int128_get(sum), weight, &result))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("weights of rate_summary out of range")));
	stored_int128_set(sum, result);
}

static RateSummary *
rate_merge(RateSummary *s, const RateSummary *other)
{
	if (other->total == 0)
		return s;
	s = rate_of_kind(s, rate_is_weighted(other));
	s->total = crmkpi_count_add(s->total, other->total, &rate_kind);
	s->hits += other->hits;
	if (rate_is_weighted(s))
	{
		weight_add(&s->weights[0], stored_int128_get(&other->weights[0]));
		weight_add(&s->weights[1], stored_int128_get(&other->weights[1]));
	}
	return s;
}

static RateSummary *
rate_unmerge(RateSummary *s, const RateSummary *other)
{
	int64		misses;

	if (other->total == 0)
		return s;
	s = rate_of_kind(s, rate_is_weighted(other));
	misses = crmkpi_count_remove(s->total - s->hits, other->total - other->hits, &rate_kind);
	s->hits = crmkpi_count_remove(s->hits, other->hits, &rate_kind);
	s->total = s->hits + misses;
	if (!rate_is_weighted(s))
		return s;
	weight_add(&s->weights[0], -stored_int128_get(&other->weights[0]));
	weight_add(&s->weights[1], -stored_int128_get(&other->weights[1]));
	if (s->total == 0 && stored_int128_get(&s->weights[1]) == 0)
		return crmkpi_summary_new(RATE_PLAIN_SIZE, &rate_kind);
	if (!rate_plausible(s))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("rate_summary does not hold the weight that is to be removed"),
				 errhint("Only what was added before can be removed.")));
	return s;
}

/* The rate, 0 to 1; returns false where nothing counted. */
static bool
rate_value(const RateSummary *s, double *value)
{
	double		hits = (double) s->hits;
	double		total = (double) s->total;

	if (rate_is_weighted(s))
	{
		hits = (double) stored_int128_get(&s->weights[0]);
		total = (double) stored_int128_get(&s->weights[1]);
	}
	if (total == 0.0)
		return false;
	*value = hits / total;
	return true;
}

/* Wilson's bound below (side -1) or above (side 1) the rate p of n. */
double
rate_wilson_bound(double n, double p, double z, int side)
{
	double		centre = p + z * z / (2.0 * n);
	double		half = z * sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n));
	double		bound = (centre + side * half) / (1.0 + z * z / n);

	/* exact at the ends, where rounding could pass them */
	if (side < 0 && p == 0.0)
		return 0.0;
	if (side > 0 && p == 1.0)
		return 1.0;
	return Min(Max(bound, 0.0), 1.0);
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_rate_in);
PG_FUNCTION_INFO_V1(crmkpi_rate_out);
PG_FUNCTION_INFO_V1(crmkpi_rate_recv);
PG_FUNCTION_INFO_V1(crmkpi_rate_send);

/* A summary of these facts, or NULL where they cannot be. */
static RateSummary *
rate_build(int64 hits, int64 total, bool weighted, int128 hit_micros, int128 total_micros)
{
	RateSummary *s = weighted ? rate_new_weighted() : crmkpi_summary_new(RATE_PLAIN_SIZE, &rate_kind);

	s->hits = hits;
	s->total = total;
	if (weighted)
	{
		stored_int128_set(&s->weights[0], hit_micros);
		stored_int128_set(&s->weights[1], total_micros);
	}
	if (!rate_plausible(s))
		return NULL;
	rate_check(s);
	return s;
}

Datum
crmkpi_rate_in(PG_FUNCTION_ARGS)
{
	SummaryText text;
	int64		hits;
	int64		total;
	int128		hit_micros = 0;
	int128		total_micros = 0;
	bool		weighted;
	RateSummary *s;

	crmkpi_text_begin(&text, PG_GETARG_CSTRING(0), &rate_kind);
	hits = crmkpi_text_count(&text, "hits");
	total = crmkpi_text_count(&text, "total");
	weighted = crmkpi_text_has(&text, "hit_micros");
	if (weighted)
	{
		hit_micros = crmkpi_text_int128(&text, "hit_micros");
		total_micros = crmkpi_text_int128(&text, "total_micros");
	}
	crmkpi_text_end(&text);
	s = rate_build(hits, total, weighted, hit_micros, total_micros);
	if (s == NULL)
		crmkpi_text_error(&text, "hits within total, and weights that belong to them,");
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_rate_out(PG_FUNCTION_ARGS)
{
	RateSummary *s = crmkpi_summary_arg(fcinfo, 0, &rate_kind);
	StringInfoData out;

	crmkpi_out_begin(&out, &rate_kind);
	crmkpi_out_int128(&out, "hits", s->hits);
	crmkpi_out_int128(&out, "total", s->total);
	if (rate_is_weighted(s))
	{
		crmkpi_out_int128(&out, "hit_micros", stored_int128_get(&s->weights[0]));
		crmkpi_out_int128(&out, "total_micros", stored_int128_get(&s->weights[1]));
	}
	PG_RETURN_CSTRING(out.data);
}

Datum
crmkpi_rate_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	int			weighted;
	int64		hits;
	int64		total;
	int128		hit_micros = 0;
	int128		total_micros = 0;
	RateSummary *s = NULL;

	crmkpi_recv_begin(in, &rate_kind);
	weighted = pq_getmsgbyte(in);
	hits = crmkpi_recv_count(in, &rate_kind);
	total = crmkpi_recv_count(in, &rate_kind);
	if (weighted == 1)
	{
		hit_micros = crmkpi_recv_int128(in);
		total_micros = crmkpi_recv_int128(in);
	}
	if (weighted <= 1)
		s = rate_build(hits, total, weighted == 1, hit_micros, total_micros);
	if (s == NULL)
		crmkpi_recv_error(&rate_kind, "hits within total, and weights that belong to them");
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_rate_send(PG_FUNCTION_ARGS)
{
	RateSummary *s = crmkpi_summary_arg(fcinfo, 0, &rate_kind);
	StringInfoData out;

	crmkpi_send_begin(&out, &rate_kind);
	pq_sendbyte(&out, rate_is_weighted(s));
	pq_sendint64(&out, s->hits);
	pq_sendint64(&out, s->total);
	if (rate_is_weighted(s))
	{
		crmkpi_send_int128(&out, stored_int128_get(&s->weights[0]));
		crmkpi_send_int128(&out, stored_int128_get(&s->weights[1]));
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* -------------------------------------------------------------------------
 * Aggregation: each function reads its kind of row
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_rate_accum);
PG_FUNCTION_INFO_V1(crmkpi_rate_accum_inv);
PG_FUNCTION_INFO_V1(crmkpi_rate_accum_weight);
PG_FUNCTION_INFO_V1(crmkpi_rate_accum_weight_inv);
PG_FUNCTION_INFO_V1(crmkpi_rate_combine);
PG_FUNCTION_INFO_V1(crmkpi_rate_combine_inv);

Datum
crmkpi_rate_accum(PG_FUNCTION_ARGS)
{
	RateSummary *s = rate_plain_state(fcinfo);

	rate_add(s, PG_GETARG_BOOL(1));
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_rate_accum_inv(PG_FUNCTION_ARGS)
{
	RateSummary *s = rate_plain_state(fcinfo);
	RateSummary row = {.hits = PG_GETARG_BOOL(1), .total = 1};

	s = rate_unmerge(s, &row);
	rate_check(s);
	PG_RETURN_POINTER(s);
}

/* One row as a weighted summary. */
static RateSummary *
rate_weighted_row(FunctionCallInfo fcinfo)
{
	int64		micros = crmkpi_micros_from_weight(PG_GETARG_NUMERIC(2));
	bool		hit = PG_GETARG_BOOL(1);

	return rate_build(hit, 1, true, hit ? micros : 0, micros);
}

Datum
crmkpi_rate_accum_weight(PG_FUNCTION_ARGS)
{
	RateSummary *s = rate_merge(summary_state(fcinfo, &rate_kind), rate_weighted_row(fcinfo));

	rate_check(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_rate_accum_weight_inv(PG_FUNCTION_ARGS)
{
	RateSummary *s = rate_unmerge(summary_state(fcinfo, &rate_kind), rate_weighted_row(fcinfo));

	rate_check(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_rate_combine(PG_FUNCTION_ARGS)
{
	RateSummary *s = rate_merge(summary_state(fcinfo, &rate_kind),
								crmkpi_summary_arg(fcinfo, 1, &rate_kind));

	rate_check(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_rate_combine_inv(PG_FUNCTION_ARGS)
{
	RateSummary *s = rate_unmerge(summary_state(fcinfo, &rate_kind),
								  crmkpi_summary_arg(fcinfo, 1, &rate_kind));

	rate_check(s);
	PG_RETURN_POINTER(s);
}

/* -------------------------------------------------------------------------
 * Accessors
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_rate_value);
PG_FUNCTION_INFO_V1(crmkpi_rate_hits);
PG_FUNCTION_INFO_V1(crmkpi_rate_total);
PG_FUNCTION_INFO_V1(crmkpi_rate_hit_weight);
PG_FUNCTION_INFO_V1(crmkpi_rate_total_weight);
PG_FUNCTION_INFO_V1(crmkpi_rate_low);
PG_FUNCTION_INFO_V1(crmkpi_rate_high);

/* rate(summary), also the final function of every rate: NULL where nothing counted */
Datum
crmkpi_rate_value(PG_FUNCTION_ARGS)
{
	double		value;

	if (!rate_value(crmkpi_summary_arg(fcinfo, 0, &rate_kind), &value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

Datum
crmkpi_rate_hits(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(((RateSummary *) crmkpi_summary_arg(fcinfo, 0, &rate_kind))->hits);
}

Datum
crmkpi_rate_total(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(((RateSummary *) crmkpi_summary_arg(fcinfo, 0, &rate_kind))->total);
}

/* Without weights every row weighs 1. */
Datum
crmkpi_rate_hit_weight(PG_FUNCTION_ARGS)
{
	RateSummary *s = crmkpi_summary_arg(fcinfo, 0, &rate_kind);

	PG_RETURN_NUMERIC(crmkpi_weight_from_micros(rate_is_weighted(s) ?
												stored_int128_get(&s->weights[0]) :
												(int128) s->hits * MICROS_PER_UNIT));
}

Datum
crmkpi_rate_total_weight(PG_FUNCTION_ARGS)
{
	RateSummary *s = crmkpi_summary_arg(fcinfo, 0, &rate_kind);

	PG_RETURN_NUMERIC(crmkpi_weight_from_micros(rate_is_weighted(s) ?
												stored_int128_get(&s->weights[1]) :
												(int128) s->total * MICROS_PER_UNIT));
}

/* NULL where nothing counted, and with weights, for which Wilson's interval does not hold */
static Datum
rate_bound(FunctionCallInfo fcinfo, int side)
{
	RateSummary *s = crmkpi_summary_arg(fcinfo, 0, &rate_kind);
	double		z = crmkpi_normal_two_sided(PG_GETARG_FLOAT8(1));
	double		value;

	if (rate_is_weighted(s) || !rate_value(s, &value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(rate_wilson_bound((double) s->total, value, z, side));
}

Datum
crmkpi_rate_low(PG_FUNCTION_ARGS)
{
	return rate_bound(fcinfo, -1);
}

Datum
crmkpi_rate_high(PG_FUNCTION_ARGS)
{
	return rate_bound(fcinfo, 1);
}
