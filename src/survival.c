/*
 * survival.c
 *		How long it takes until something happens, where for many it has not
 *		happened yet: churn, the first purchase, the close of an opportunity.
 *
 * A row is a duration and whether the event happened at its end; if not, the
 * item is censored: known to have lasted so long, no more.  With n_i items at
 * risk just before the time t_i, at which d_i events happen,
 *
 *		S(t) = product over t_i <= t of (n_i - d_i) / n_i
 *
 * (E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete
 * observations", JASA 53, 1958).  An item censored at t_i is still at risk
 * there: events come before censoring.  The variance is Greenwood's,
 *
 *		var S = S^2 V,  V = sum over t_i <= t of d_i / (n_i (n_i - d_i))
 *
 * and the confidence interval that of log(-log S), whose bounds lie between
 * 0 and 1 (J. D. Kalbfleisch, R. L. Prentice, "The Statistical Analysis of
 * Failure Time Data", Wiley 1980):
 *
 *		S ^ exp(+-z sqrt(V) / log S)
 *
 * The state is exact: a count for each distinct duration in microseconds and
 * each of the two kinds.  In an aggregate, rows are appended.  When the list
 * is full it is compacted: sorted, and equal entries are made one; only if it
 * is then still more than half full it is made twice as long.  So the memory
 * follows the number of distinct durations, and a row is sorted a constant
 * number of times on average.  Packed, as it is stored, the list is compact
 * and of exact size.
 *
 * S is computed from the counts in order of time, in twice the precision of a
 * double, so that rounding does not decide whether it has come down to 0.5.
 */
#include "crmkpi.h"

#include <math.h>

/* it includes inline functions that -Wextra does not like */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "funcapi.h"
#pragma GCC diagnostic pop
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "scalar.h"
#include "summary.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* Without padding: bytes are compared. */
typedef struct SurvivalEntry
{
	uint64		key;			/* 2 * microseconds, and 1 more where it is censored */
	int64		count;			/* from 1 on */
} SurvivalEntry;

typedef struct SurvivalSummary
{
	SummaryHeader head;			/* flags: SURVIVAL_WORKING */
	int64		items;			/* sum of all counts */
	uint32		used;			/* number of entries */
	uint32		unused;			/* 0 */
	SurvivalEntry entries[FLEXIBLE_ARRAY_MEMBER];	/* by key, each once, but with SURVIVAL_WORKING */
} SurvivalSummary;

#define SURVIVAL_WORKING		1	/* in an aggregate: in any order, with room for more */

#define SURVIVAL_FIXED_SIZE		offsetof(SurvivalSummary, entries)
#define STATE_START_SIZE		256 /* bytes; doubles */

static const SummaryKind survival_kind = {'s', 1, SURVIVAL_FIXED_SIZE, "survival_summary"};

static inline uint64
key_of(int64 us, bool happened)
{
	return ((uint64) us << 1) | !happened;
}

static inline int64
key_us(uint64 key)
{
	return (int64) (key >> 1);
}

static inline bool
key_is_censored(uint64 key)
{
	return (key & 1) != 0;
}

/* -------------------------------------------------------------------------
 * Counting
 * -------------------------------------------------------------------------
 */
static inline Size
size_of(Size entries)
{
	return SURVIVAL_FIXED_SIZE + entries * sizeof(SurvivalEntry);
}

static inline Size
room_of(const SurvivalSummary *s)
{
	return (VARSIZE(s) - SURVIVAL_FIXED_SIZE) / sizeof(SurvivalEntry);
}

/* An empty summary, with room for so many entries. */
static SurvivalSummary *
survival_new(Size entries)
{
	return crmkpi_summary_new(size_of(entries), &survival_kind);
}

static void
survival_check(const SurvivalSummary *s PG_USED_FOR_ASSERTS_ONLY)
{
	Assert((s->head.flags & ~SURVIVAL_WORKING) == 0);
	Assert(s->unused == 0);
	Assert((s->items > 0) == (s->used > 0));
	Assert(s->head.flags != 0 ? VARSIZE(s) >= size_of(s->used) : VARSIZE(s) == size_of(s->used));
}

#define ST_SORT sort_entries
#define ST_ELEMENT_TYPE SurvivalEntry
#define ST_COMPARE(a, b) (((a)->key > (b)->key) - ((a)->key < (b)->key))
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* Sorts the entries, and makes equal ones one. */
static void
survival_compact(SurvivalSummary *s)
{
	uint32		kept = 0;

	if (s->used == 0)
		return;
	sort_entries(s->entries, s->used);
	for (uint32 i = 1; i < s->used; i++)
	{
		if (s->entries[i].key == s->entries[kept].key)
			s->entries[kept].count += s->entries[i].count;	/* no more than items */
		else
			s->entries[++kept] = s->entries[i];
	}
	s->used = kept + 1;
}

/* The state, maybe compacted, or a new one in its place, with room for so many more entries. */
static SurvivalSummary *
make_room(SurvivalSummary *s, Size more)
{
	SurvivalSummary *result;
	Size		size = STATE_START_SIZE;
	Size		used;

	if (likely(s->used + more <= room_of(s)))
		return s;
	if ((s->head.flags & SURVIVAL_WORKING) != 0)
		survival_compact(s);
	used = s->used;
	if (used + more <= room_of(s) && used <= room_of(s) / 2)
		return s;

	while (size < size_of(used + Max(used, more)))
		size *= 2;
	/* the last step to the limit is smaller, but leaves room for some rows before it is compacted again */
	if (size > MaxAllocSize)
		size = Max(size_of(used + Max(used / 8, more)), MaxAllocSize);
	result = survival_new((size - SURVIVAL_FIXED_SIZE) / sizeof(SurvivalEntry));
	result->items = s->items;
	result->used = s->used;
	memcpy(result->entries, s->entries, used * sizeof(SurvivalEntry));
	return result;
}

/* Counts so many items of one kind; returns the state or a new one. */
static inline SurvivalSummary *
survival_add(SurvivalSummary *s, uint64 key, int64 count)
{
	SurvivalEntry *entry;

	/* only a summary made by hand comes near the limit */
	if (unlikely(count > PG_INT64_MAX - s->items))
		crmkpi_count_error(&survival_kind);
	s = make_room(s, 1);
	s->head.flags = SURVIVAL_WORKING;
	entry = &s->entries[s->used++];
	entry->key = key;
	entry->count = count;
	s->items += count;
	return s;
}

/* Adds what the other one has counted; returns the state or a new one. */
static SurvivalSummary *
survival_merge(SurvivalSummary *s, const SurvivalSummary *other)
{
	int64		items = crmkpi_count_add(s->items, other->items, &survival_kind);

	if (other->used == 0)
		return s;
	s = make_room(s, other->used);
	s->head.flags = SURVIVAL_WORKING;
	memcpy(s->entries + s->used, other->entries, other->used * sizeof(SurvivalEntry));
	s->used += other->used;
	s->items = items;
	return s;
}

/* The same summary in the form that is stored: a new value, compact, of exact size. */
static SurvivalSummary *
survival_pack(const SurvivalSummary *s)
{
	SurvivalSummary *result = survival_new(s->used);

	result->items = s->items;
	result->used = s->used;
	memcpy(result->entries, s->entries, s->used * sizeof(SurvivalEntry));
	if ((s->head.flags & SURVIVAL_WORKING) != 0)
	{
		survival_compact(result);
		SET_VARSIZE(result, size_of(result->used));
	}
	survival_check(result);
	return result;
}

/* A packed argument, to be read only; a state is packed first. */
static SurvivalSummary *
survival_arg(FunctionCallInfo fcinfo, int argno)
{
	SurvivalSummary *s = crmkpi_summary_arg(fcinfo, argno, &survival_kind);

	return s->head.flags != 0 ? survival_pack(s) : s;
}

static int64
survival_events(const SurvivalSummary *s)
{
	int64		events = 0;

	for (uint32 i = 0; i < s->used; i++)
		if (!key_is_censored(s->entries[i].key))
			events += s->entries[i].count;
	return events;
}

/* -------------------------------------------------------------------------
 * The curve
 * -------------------------------------------------------------------------
 */

/*
 * A number as the sum of two doubles, of which the second is less than half a
 * unit in the last place of the first: T. J. Dekker, "A floating-point
 * technique for extending the available precision", Numerische Mathematik 18,
 * 1971.
 */
typedef struct LongNumber
{
	double		high;
	double		low;
} LongNumber;

/* high + low, where high is not the smaller one */
static inline LongNumber
long_number(double high, double low)
{
	LongNumber	result;

	result.high = high + low;
	result.low = low - (result.high - high);
	return result;
}

/* a * m / n */
static LongNumber
long_times_ratio(LongNumber a, double m, double n)
{
	double		high = a.high * m;
	LongNumber	product = long_number(high, fma(a.high, m, -high) + a.low * m);
	double		quotient = product.high / n;
	double		rest = fma(-quotient, n, product.high) + product.low;

	return long_number(quotient, rest / n);
}

/* Walks over the times at which events happened. */
typedef struct SurvivalWalk
{
	const SurvivalSummary *s;
	uint32		next;			/* entry to read */
	int64		left;			/* items of the entries from there on */
	LongNumber	survival;		/* S at the time found; 1 before the first */
	double		variance;		/* V of Greenwood; only where S > 0 */
	int64		us;				/* the time found */
	int64		at_risk;		/* items that lasted as long */
	int64		events;			/* those of them whose event happened then */
	int64		censored;		/* those censored from then on, before the next event */
} SurvivalWalk;

static void
survival_walk_start(SurvivalWalk *walk, const SurvivalSummary *s)
{
	walk->s = s;
	walk->next = 0;
	walk->left = s->items;
	walk->survival = long_number(1.0, 0.0);
	walk->variance = 0.0;
}

/* Number of the censored items from the next entry on, up to an event. */
static int64
pass_censored(SurvivalWalk *walk)
{
	const SurvivalEntry *entries = walk->s->entries;
	int64		censored = 0;

	for (; walk->next < walk->s->used && key_is_censored(entries[walk->next].key); walk->next++)
		censored += entries[walk->next].count;
	walk->left -= censored;
	return censored;
}

static bool
survival_walk_next(SurvivalWalk *walk)
{
	const SurvivalEntry *entry;
	double		at_risk;
	double		survivors;

	CHECK_FOR_INTERRUPTS();
	if (walk->next == 0)
		pass_censored(walk);
	if (walk->next == walk->s->used)
		return false;
	entry = &walk->s->entries[walk->next++];
	walk->us = key_us(entry->key);
	walk->at_risk = walk->left;
	walk->events = entry->count;
	walk->left -= walk->events;

	at_risk = (double) walk->at_risk;
	survivors = (double) walk->left;
	walk->survival = long_times_ratio(walk->survival, survivors, at_risk);
	if (walk->left > 0)
		walk->variance += (double) walk->events / (at_risk * survivors);
	walk->censored = pass_censored(walk);
	return true;
}

/* The bounds of S for the z of a confidence; false where there are none. */
static bool
survival_bounds(const SurvivalWalk *walk, double z, double *low, double *high)
{
	double		survival = walk->survival.high;
	double		width;

	if (!(survival > 0.0 && survival < 1.0))
		return false;
	width = exp(z * sqrt(walk->variance) / -log(survival));
	*low = pow(survival, width);
	*high = pow(survival, 1.0 / width);
	return true;
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_survival_in);
PG_FUNCTION_INFO_V1(crmkpi_survival_out);
PG_FUNCTION_INFO_V1(crmkpi_survival_recv);
PG_FUNCTION_INFO_V1(crmkpi_survival_send);

/* ":number", of items that may be added to so many */
static int64
read_count(SummaryText *text, int64 items)
{
	int64		count;

	if (*text->at != ':')
		crmkpi_text_error(text, "\":\"");
	text->at++;
	count = (int64) crmkpi_text_digits(text);
	if (count > PG_INT64_MAX - items)
		crmkpi_text_error(text, "counts whose sum is a bigint");
	return count;
}

/* "durations=microseconds:events:censored,...", in order */
Datum
crmkpi_survival_in(PG_FUNCTION_ARGS)
{
	SummaryText text;
	SurvivalSummary *s = survival_new(0);
	int64		previous = -1;

	crmkpi_text_begin(&text, PG_GETARG_CSTRING(0), &survival_kind);
	crmkpi_text_key(&text, "durations");
	while (*text.at != '\0')
	{
		int64		us;
		int64		events;
		int64		censored;

		CHECK_FOR_INTERRUPTS();
		if (previous >= 0)
		{
			if (*text.at != ',')
				crmkpi_text_error(&text, "\",\" or the end");
			text.at++;
		}
		us = (int64) crmkpi_text_digits(&text);
		if (us <= previous)
			crmkpi_text_error(&text, "durations in order, each once");
		events = read_count(&text, s->items);
		censored = read_count(&text, s->items + events);
		if (events == 0 && censored == 0)
			crmkpi_text_error(&text, "a count that is not 0");
		if (events > 0)
			s = survival_add(s, key_of(us, true), events);
		if (censored > 0)
			s = survival_add(s, key_of(us, false), censored);
		previous = us;
	}
	PG_RETURN_POINTER(survival_pack(s));
}

Datum
crmkpi_survival_out(PG_FUNCTION_ARGS)
{
	SurvivalSummary *s = survival_arg(fcinfo, 0);
	StringInfoData out;
	const char *separator = "";

	crmkpi_out_begin(&out, &survival_kind);
	appendStringInfoString(&out, " durations=");
	for (uint32 i = 0; i < s->used;)
	{
		int64		us = key_us(s->entries[i].key);
		int64		counts[2] = {0, 0};

		CHECK_FOR_INTERRUPTS();
		for (; i < s->used && key_us(s->entries[i].key) == us; i++)
			counts[key_is_censored(s->entries[i].key)] = s->entries[i].count;
		appendStringInfo(&out, "%s" INT64_FORMAT ":" INT64_FORMAT ":" INT64_FORMAT, separator, us, counts[0], counts[1]);
		separator = ",";
	}
	PG_RETURN_CSTRING(out.data);
}

/* number of entries, then each: key, count */
Datum
crmkpi_survival_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	SurvivalSummary *s;
	uint32		used;

	crmkpi_recv_begin(in, &survival_kind);
	used = (uint32) pq_getmsgint(in, 4);
	if (used > (uint32) (in->len - in->cursor) / sizeof(SurvivalEntry))
		crmkpi_recv_error(&survival_kind, "as many entries as it announces");
	s = survival_new(used);
	for (uint32 i = 0; i < used; i++)
	{
		SurvivalEntry *entry = &s->entries[i];

		CHECK_FOR_INTERRUPTS();
		entry->key = (uint64) pq_getmsgint64(in);
		entry->count = pq_getmsgint64(in);
		if (i > 0 && entry->key <= entry[-1].key)
			crmkpi_recv_error(&survival_kind, "durations in order, each once");
		if (entry->count <= 0 || entry->count > PG_INT64_MAX - s->items)
			crmkpi_recv_error(&survival_kind, "counts from 1 on whose sum is a bigint");
		s->items += entry->count;
	}
	s->used = used;
	survival_check(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_survival_send(PG_FUNCTION_ARGS)
{
	SurvivalSummary *s = survival_arg(fcinfo, 0);
	StringInfoData out;

	crmkpi_send_begin(&out, &survival_kind);
	pq_sendint32(&out, s->used);
	for (uint32 i = 0; i < s->used; i++)
	{
		pq_sendint64(&out, s->entries[i].key);
		pq_sendint64(&out, s->entries[i].count);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* -------------------------------------------------------------------------
 * Answers
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_survival_combine);
PG_FUNCTION_INFO_V1(crmkpi_survival_final);
PG_FUNCTION_INFO_V1(crmkpi_survival_items);
PG_FUNCTION_INFO_V1(crmkpi_survival_events);
PG_FUNCTION_INFO_V1(crmkpi_survival_curve);
PG_FUNCTION_INFO_V1(crmkpi_survival_at);
PG_FUNCTION_INFO_V1(crmkpi_survival_median);
PG_FUNCTION_INFO_V1(crmkpi_survival_accum);

/* Outside an aggregate the result is packed: it may be stored. */
Datum
crmkpi_survival_combine(PG_FUNCTION_ARGS)
{
	SurvivalSummary *other = crmkpi_summary_arg(fcinfo, 1, &survival_kind);
	SurvivalSummary *s = survival_merge(summary_state(fcinfo, &survival_kind), other);

	survival_check(s);
	if (!summary_in_aggregate(fcinfo))
		s = survival_pack(s);
	PG_RETURN_POINTER(s);
}

/* The state in its stored form. */
Datum
crmkpi_survival_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(survival_pack(crmkpi_summary_arg(fcinfo, 0, &survival_kind)));
}

Datum
crmkpi_survival_items(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(survival_arg(fcinfo, 0)->items);
}

Datum
crmkpi_survival_events(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(survival_events(survival_arg(fcinfo, 0)));
}

/* survival_curve(summary, confidence): a row for each time at which events happened */
Datum
crmkpi_survival_curve(PG_FUNCTION_ARGS)
{
	SurvivalSummary *s = survival_arg(fcinfo, 0);
	double		z = crmkpi_normal_two_sided(PG_GETARG_FLOAT8(1));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	SurvivalWalk walk;

	InitMaterializedSRF(fcinfo, 0);
	survival_walk_start(&walk, s);
	while (survival_walk_next(&walk))
	{
		double		low = 0.0;
		double		high = 0.0;
		bool		bounded = survival_bounds(&walk, z, &low, &high);
		Interval   *at = crmkpi_interval_from_us(walk.us);
		Datum		values[7];
		bool		nulls[7] = {false};

		values[0] = IntervalPGetDatum(at);
		values[1] = Int64GetDatum(walk.at_risk);
		values[2] = Int64GetDatum(walk.events);
		values[3] = Int64GetDatum(walk.censored);
		values[4] = Float8GetDatum(walk.survival.high);
		values[5] = Float8GetDatum(low);
		values[6] = Float8GetDatum(high);
		nulls[5] = nulls[6] = !bounded;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		pfree(at);
	}
	return (Datum) 0;
}

/*
 * survival_at(summary, at): S there.  Beyond the longest duration nothing is
 * known, unless nobody survived it.
 */
Datum
crmkpi_survival_at(PG_FUNCTION_ARGS)
{
	SurvivalSummary *s = survival_arg(fcinfo, 0);
	int64		us = crmkpi_interval_us(PG_GETARG_INTERVAL_P(1), "time");
	SurvivalWalk walk;
	double		survival = 1.0;

	survival_walk_start(&walk, s);
	while (survival_walk_next(&walk) && walk.us <= us)
		survival = walk.survival.high;
	if (s->used == 0 || (survival > 0.0 && us > key_us(s->entries[s->used - 1].key)))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(survival);
}

/* median_survival(summary): when S first is at most one half; also the final function of the aggregate */
Datum
crmkpi_survival_median(PG_FUNCTION_ARGS)
{
	SurvivalWalk walk;

	survival_walk_start(&walk, survival_arg(fcinfo, 0));
	while (survival_walk_next(&walk))
		if (walk.survival.high <= 0.5)
			PG_RETURN_INTERVAL_P(crmkpi_interval_from_us(walk.us));
	PG_RETURN_NULL();
}

/* (state, duration, happened) */
Datum
crmkpi_survival_accum(PG_FUNCTION_ARGS)
{
	int64		us = crmkpi_interval_us(PG_GETARG_INTERVAL_P(1), "duration");
	SurvivalSummary *s = survival_add(summary_state(fcinfo, &survival_kind), key_of(us, PG_GETARG_BOOL(2)), 1);

	survival_check(s);
	if (!summary_in_aggregate(fcinfo))
		s = survival_pack(s);
	PG_RETURN_POINTER(s);
}
