/*
 * duration.h
 *		The value behind duration_summary, and the operations on it.
 *
 * duration_sketch.c holds the mathematics, duration.c the SQL functions.
 */
#ifndef CRMKPI_DURATION_H
#define CRMKPI_DURATION_H

#include "scalar.h"
#include "summary.h"

#pragma GCC visibility push(hidden)

/*
 * How the buckets of the percentile sketch stand after the fixed part.
 * MEAN and PACKED are stored; LIST and DENSE only live in an aggregate.
 */
typedef enum DurationForm
{
	DURATION_MEAN,				/* items and total only: the state of the plain means */
	DURATION_PACKED,			/* pairs of varints (step to the next bucket, items), by bucket */
	DURATION_LIST,				/* uint16 bucket per item, in order of arrival */
	DURATION_DENSE				/* int64 items per bucket, from bucket "first" on */
} DurationForm;

typedef struct DurationSummary
{
	SummaryHeader head;			/* flags: DurationForm */
	int64		items;			/* number of durations */
	StoredInt128 total;			/* microseconds */
	/* not with MEAN: */
	int64		shortest;		/* microseconds; 0 while empty */
	int64		longest;		/* microseconds; 0 while empty */
	uint64		squares[3];		/* sum of squared microseconds, low word first */
	/* the sketch; "first" is 0 but with DENSE */
	uint32		used;			/* PACKED: bytes; LIST: items; DENSE: buckets */
	uint32		first;			/* DENSE: the bucket of counts[0] */
	int64		buckets[FLEXIBLE_ARRAY_MEMBER];	/* read by the three below */
} DurationSummary;

#define DURATION_MEAN_SIZE		offsetof(DurationSummary, shortest)
#define DURATION_FIXED_SIZE		offsetof(DurationSummary, buckets)

extern const SummaryKind duration_kind;

/* That one more duration can be counted; only a summary made by hand comes near the limit. */
static inline void
duration_check_count(const DurationSummary *s)
{
	if (unlikely(s->items == PG_INT64_MAX))
		crmkpi_count_error(&duration_kind);
}

/* Counts one duration in a state of means. */
static inline void
duration_add_mean(DurationSummary *s, int64 us)
{
	s->items++;
	stored_int128_set(&s->total, stored_int128_get(&s->total) + us);
}

/* PACKED: the bytes */
static inline uint8 *
duration_packed(const DurationSummary *s)
{
	return (uint8 *) s->buckets;
}

/* LIST: the bucket of each item */
static inline uint16 *
duration_list(const DurationSummary *s)
{
	return (uint16 *) s->buckets;
}

/* DENSE: the items of each bucket from "first" on */
static inline int64 *
duration_counts(const DurationSummary *s)
{
	return (int64 *) s->buckets;
}

/* Buckets: exact below 2^7, then 2^6 per power of two, up to 2^63 - 1. */
#define DURATION_SUB_BITS		6
#define DURATION_BUCKETS		((63 - DURATION_SUB_BITS + 1) << DURATION_SUB_BITS)

/* Walks over the buckets that hold items, from short to long. */
typedef struct DurationBuckets
{
	const DurationSummary *s;
	uint16	   *sorted;			/* LIST: a sorted copy */
	uint32		at;				/* next byte, item or bucket */
	int			bucket;			/* the bucket found */
	int64		count;			/* its items */
} DurationBuckets;

static inline DurationForm
duration_form(const DurationSummary *s)
{
	return (DurationForm) s->head.flags;
}

extern DurationSummary *duration_other_kind(const DurationSummary *s, bool mean_only);

/* The state, sure to be of means only, or not. */
static inline DurationSummary *
duration_of_kind(DurationSummary *s, bool mean_only)
{
	return likely((duration_form(s) == DURATION_MEAN) == mean_only) ? s : duration_other_kind(s, mean_only);
}

extern DurationSummary *duration_new(DurationForm form, Size bucket_bytes);
extern void duration_check(const DurationSummary *s);
extern DurationSummary *duration_add(DurationSummary *s, int64 us);
extern DurationSummary *duration_merge(DurationSummary *s, const DurationSummary *other);
extern DurationSummary *duration_pack(const DurationSummary *s);

extern void duration_buckets_start(DurationBuckets *walk, const DurationSummary *s);
extern bool duration_buckets_next(DurationBuckets *walk);
extern int64 duration_bucket_floor(int bucket);
extern bool duration_plausible(const DurationSummary *s);

extern int128 duration_mean(const DurationSummary *s);
extern int64 duration_percentile(const DurationSummary *s, double fraction);
extern double duration_share_within(const DurationSummary *s, int64 limit);
extern int64 duration_stddev(const DurationSummary *s);

#pragma GCC visibility pop

/* I/O, for summaries that hold others; not hidden */
extern Datum crmkpi_duration_in(PG_FUNCTION_ARGS);
extern Datum crmkpi_duration_out(PG_FUNCTION_ARGS);
extern Datum crmkpi_duration_recv(PG_FUNCTION_ARGS);
extern Datum crmkpi_duration_send(PG_FUNCTION_ARGS);

#endif							/* CRMKPI_DURATION_H */
