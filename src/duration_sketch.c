/*
 * duration_sketch.c
 *		Durations: exact moments, and percentiles from a log-bucket sketch.
 *
 * Number, shortest, longest, sum and sum of squares are kept exactly, in
 * integers of microseconds (128 bits for the sum, 192 for the squares, which
 * a bigint number of bigint microseconds cannot overflow).
 *
 * Percentiles come from counts per bucket, where buckets grow with the value,
 * so that the error is relative (C. Masson, J. E. Rim, H. K. Lee, "DDSketch: a
 * fast and fully-mergeable quantile sketch with relative-error guarantees",
 * PVLDB 12(12), 2019).  The buckets are the linear ones of HDR histograms: the
 * value's highest bit and the next six, found by shifts and the same on every
 * machine.  Below 128 microseconds a bucket is one value; above, its width is
 * at most 1/64 of its lower end, so that its middle is at most 1/128 (0.8 %)
 * from any value in it.  Such counts add up: the sketch of a union is the sum
 * of the sketches, in any order.
 *
 * In an aggregate the counts grow in two steps.  A state of up to
 * DURATION_LIST_MAX items keeps the bucket of each item, two bytes apiece;
 * a larger one keeps a window of counters.  Stored, sent and compared is only
 * the packed form, which is unique.
 */
#include "crmkpi.h"

#include <math.h>

#include "duration.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#define DURATION_LIST_START		16	/* items a first list has room for */
#define DURATION_LIST_MAX		512 /* items from which counters are used */
#define DURATION_WINDOW_SLACK	64	/* buckets, one power of two, on each side */

const SummaryKind duration_kind = {'d', 1, DURATION_MEAN_SIZE, "duration_summary"};

/* -------------------------------------------------------------------------
 * Buckets
 * -------------------------------------------------------------------------
 */
static inline int
bucket_of(int64 us)
{
	int			shift;

	if (us < (2 << DURATION_SUB_BITS))
		return (int) us;
	shift = pg_leftmost_one_pos64((uint64) us) - DURATION_SUB_BITS;
	return (shift << DURATION_SUB_BITS) + (int) (us >> shift);
}

/* The shortest duration of a bucket, in microseconds. */
int64
duration_bucket_floor(int bucket)
{
	int			shift;

	if (bucket < (2 << DURATION_SUB_BITS))
		return bucket;
	shift = (bucket >> DURATION_SUB_BITS) - 1;
	return ((int64) (bucket - (shift << DURATION_SUB_BITS))) << shift;
}

/* Half the width of a bucket, in microseconds. */
static int64
bucket_half(int bucket)
{
	int			shift = bucket < (2 << DURATION_SUB_BITS) ? 0 : (bucket >> DURATION_SUB_BITS) - 1;

	return (INT64CONST(1) << shift) / 2;
}

/* -------------------------------------------------------------------------
 * Values
 * -------------------------------------------------------------------------
 */
DurationSummary *
duration_new(DurationForm form, Size bucket_bytes)
{
	Size		size = form == DURATION_MEAN ? DURATION_MEAN_SIZE : DURATION_FIXED_SIZE + bucket_bytes;
	DurationSummary *s = crmkpi_summary_new(size, &duration_kind);

	s->head.flags = (uint16) form;
	return s;
}

void
duration_check(const DurationSummary *s PG_USED_FOR_ASSERTS_ONLY)
{
#ifdef USE_ASSERT_CHECKING
	Size		room;

	Assert(s->items >= 0);
	Assert(s->items > 0 || stored_int128_get(&s->total) == 0);
	if (duration_form(s) == DURATION_MEAN)
	{
		Assert(VARSIZE(s) == DURATION_MEAN_SIZE);
		return;
	}
	Assert(s->shortest >= 0 && s->longest >= s->shortest);
	room = VARSIZE(s) - DURATION_FIXED_SIZE;
	if (duration_form(s) == DURATION_PACKED)
		Assert(room == s->used);
	else if (duration_form(s) == DURATION_LIST)
		Assert(s->used == s->items && room >= s->used * sizeof(uint16));
	else
		Assert(room == s->used * sizeof(int64) && s->first + s->used <= DURATION_BUCKETS);
#endif
}

/* The low 64 bits of a sum, with what goes over added to *carry. */
static inline uint64
add_carry(uint64 a, uint64 b, uint64 *carry)
{
	uint64		sum;

	*carry += __builtin_add_overflow(a, b, &sum);
	return sum;
}

static inline void
squares_add(uint64 *squares, uint64 low, uint64 middle, uint64 high)
{
	uint64		carry = 0;
	uint64		carry2 = 0;

	squares[0] = add_carry(squares[0], low, &carry);
	squares[1] = add_carry(squares[1], carry, &carry2);
	squares[1] = add_carry(squares[1], middle, &carry2);
	squares[2] += high + carry2;
}

/* The state itself, or one of the other kind in place of an empty one. */
DurationSummary *
duration_other_kind(const DurationSummary *s, bool mean_only)
{
	if (s->items > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("duration summaries with and without percentiles do not combine"),
				 errhint("Make both with duration_summary().")));
	return duration_new(mean_only ? DURATION_MEAN : DURATION_PACKED, 0);
}

/* Counts one duration in everything but the sketch. */
static inline void
add_moments(DurationSummary *s, int64 us)
{
	uint128		square = (uint128) us * (uint128) us;

	if (us < s->shortest || s->items == 0)
		s->shortest = us;
	if (us > s->longest)
		s->longest = us;
	duration_add_mean(s, us);
	squares_add(s->squares, (uint64) square, (uint64) (square >> 64), 0);
}

/* The fixed part of s with an empty sketch of another form. */
static DurationSummary *
with_form(const DurationSummary *s, DurationForm form, Size bucket_bytes)
{
	DurationSummary *result = duration_new(form, bucket_bytes);
	SummaryHeader head = result->head;

	memcpy(result, s, DURATION_FIXED_SIZE);
	result->head = head;
	result->used = 0;
	result->first = 0;
	return result;
}

/* -------------------------------------------------------------------------
 * Adding to a sketch.  Each returns the state, or a new one in its place.
 * -------------------------------------------------------------------------
 */

/* A list with room for more, from a packed or shorter list of few items. */
static DurationSummary *
as_list(const DurationSummary *s, int64 room)
{
	DurationSummary *list;
	DurationBuckets walk;
	int64		capacity = DURATION_LIST_START;

	while (capacity < room)
		capacity *= 2;
	list = with_form(s, DURATION_LIST, capacity * sizeof(uint16));
	if (duration_form(s) == DURATION_LIST)
	{
		memcpy(duration_list(list), duration_list(s), s->used * sizeof(uint16));
		list->used = s->used;
		return list;
	}
	duration_buckets_start(&walk, s);
	while (duration_buckets_next(&walk))
		for (int64 i = 0; i < walk.count; i++)
			duration_list(list)[list->used++] = (uint16) walk.bucket;
	return list;
}

/*
 * Counters for the buckets of s and from lowest to highest, with some slack.
 * A window at least doubles when it grows.
 */
static DurationSummary *
as_dense(const DurationSummary *s, int lowest, int highest)
{
	DurationSummary *dense;
	DurationBuckets walk;
	int			wider;

	if (duration_form(s) == DURATION_DENSE)
	{
		lowest = Min(lowest, (int) s->first);
		highest = Max(highest, (int) (s->first + s->used) - 1);
	}
	else if (s->items > 0)
	{
		lowest = Min(lowest, bucket_of(s->shortest));
		highest = Max(highest, bucket_of(s->longest));
	}
	wider = Max(DURATION_WINDOW_SLACK, (highest - lowest) / 4);
	lowest = Max(lowest - wider, 0);
	highest = Min(highest + wider, DURATION_BUCKETS - 1);

	dense = with_form(s, DURATION_DENSE, (highest - lowest + 1) * sizeof(int64));
	dense->first = lowest;
	dense->used = highest - lowest + 1;
	if (duration_form(s) == DURATION_LIST)
	{
		/* no need to sort */
		for (uint32 i = 0; i < s->used; i++)
			duration_counts(dense)[duration_list(s)[i] - lowest]++;
		return dense;
	}
	duration_buckets_start(&walk, s);
	while (duration_buckets_next(&walk))
		duration_counts(dense)[walk.bucket - lowest] = walk.count;
	return dense;
}

static inline DurationSummary *
dense_add(DurationSummary *s, int bucket, int64 count)
{
	if (unlikely(bucket < (int) s->first || bucket >= (int) (s->first + s->used)))
		s = as_dense(s, bucket, bucket);
	duration_counts(s)[bucket - s->first] += count;
	return s;
}

/* Makes s fit to take so many more items; buckets are known with DENSE only. */
static DurationSummary *
make_room(DurationSummary *s, int64 more, int lowest, int highest)
{
	if (duration_form(s) == DURATION_DENSE)
		return s;
	if (s->items + more > DURATION_LIST_MAX)
		return as_dense(s, lowest, highest);
	if (duration_form(s) == DURATION_PACKED ||
		(VARSIZE(s) - DURATION_FIXED_SIZE) / sizeof(uint16) < (Size) (s->items + more))
		return as_list(s, s->items + more);
	return s;
}

/* Counts one duration, sketch included. */
DurationSummary *
duration_add(DurationSummary *s, int64 us)
{
	int			bucket = bucket_of(us);

	s = duration_of_kind(s, false);
	duration_check_count(s);
	if (likely(duration_form(s) == DURATION_DENSE))
		s = dense_add(s, bucket, 1);
	else
	{
		s = make_room(s, 1, bucket, bucket);
		if (duration_form(s) == DURATION_LIST)
			duration_list(s)[s->used++] = (uint16) bucket;
		else
			s = dense_add(s, bucket, 1);
	}
	add_moments(s, us);
	return s;
}

/* Adds what the other one has counted. */
DurationSummary *
duration_merge(DurationSummary *s, const DurationSummary *other)
{
	bool		mean_only = duration_form(other) == DURATION_MEAN;
	DurationBuckets walk;

	if (other->items == 0)
		return s;
	s = duration_of_kind(s, mean_only);
	/* before anything changes */
	crmkpi_count_add(s->items, other->items, &duration_kind);

	if (!mean_only)
	{
		s = make_room(s, other->items, bucket_of(other->shortest), bucket_of(other->longest));
		duration_buckets_start(&walk, other);
		while (duration_buckets_next(&walk))
		{
			if (duration_form(s) == DURATION_DENSE)
				s = dense_add(s, walk.bucket, walk.count);
			else
				for (int64 i = 0; i < walk.count; i++)
					duration_list(s)[s->used++] = (uint16) walk.bucket;
		}
		s->shortest = s->items == 0 ? other->shortest : Min(s->shortest, other->shortest);
		s->longest = Max(s->longest, other->longest);
		squares_add(s->squares, other->squares[0], other->squares[1], other->squares[2]);
	}
	s->items += other->items;
	stored_int128_set(&s->total, stored_int128_get(&s->total) + stored_int128_get(&other->total));
	return s;
}

/* -------------------------------------------------------------------------
 * The packed form
 * -------------------------------------------------------------------------
 */

/* The same summary in the form that is stored: a new value, of exact size. */
DurationSummary *
duration_pack(const DurationSummary *s)
{
	DurationBuckets walk;
	DurationSummary *result;
	Size		filled = 0;
	uint8	   *bytes;
	uint8	   *end;
	int			previous = 0;

	if (duration_form(s) == DURATION_MEAN || duration_form(s) == DURATION_PACKED)
	{
		result = palloc(VARSIZE(s));
		memcpy(result, s, VARSIZE(s));
		return result;
	}
	duration_buckets_start(&walk, s);
	while (duration_buckets_next(&walk))
		filled++;
	bytes = end = palloc(filled * 2 * SUMMARY_VARINT_MAX + 1);
	duration_buckets_start(&walk, s);
	while (duration_buckets_next(&walk))
	{
		end = summary_put_varint(end, walk.bucket - previous);
		end = summary_put_varint(end, walk.count);
		previous = walk.bucket;
	}
	result = with_form(s, DURATION_PACKED, end - bytes);
	memcpy(duration_packed(result), bytes, end - bytes);
	result->used = end - bytes;
	pfree(bytes);
	duration_check(result);
	return result;
}

static int
compare_uint16(const void *a, const void *b)
{
	return (int) *(const uint16 *) a - (int) *(const uint16 *) b;
}

void
duration_buckets_start(DurationBuckets *walk, const DurationSummary *s)
{
	memset(walk, 0, sizeof(*walk));
	walk->s = s;
	if (duration_form(s) == DURATION_LIST && s->used > 0)
	{
		walk->sorted = palloc(s->used * sizeof(uint16));
		memcpy(walk->sorted, duration_list(s), s->used * sizeof(uint16));
		qsort(walk->sorted, s->used, sizeof(uint16), compare_uint16);
	}
}

/* The next bucket that holds items; false after the last, or in broken bytes. */
bool
duration_buckets_next(DurationBuckets *walk)
{
	const DurationSummary *s = walk->s;
	uint64		step;
	uint64		count;

	switch (duration_form(s))
	{
		case DURATION_MEAN:
			return false;
		case DURATION_PACKED:
			if (walk->at == s->used || !summary_get_varint(duration_packed(s), s->used, &walk->at, &step) ||
				!summary_get_varint(duration_packed(s), s->used, &walk->at, &count))
				return false;
			walk->bucket += (int) step;
			walk->count = (int64) count;
			return true;
		case DURATION_LIST:
			if (walk->at == s->used)
				return false;
			walk->bucket = walk->sorted[walk->at];
			for (walk->count = 0; walk->at < s->used && walk->sorted[walk->at] == walk->bucket; walk->at++)
				walk->count++;
			return true;
		case DURATION_DENSE:
			for (; walk->at < s->used; walk->at++)
				if (duration_counts(s)[walk->at] != 0)
				{
					walk->bucket = (int) (s->first + walk->at);
					walk->count = duration_counts(s)[walk->at++];
					return true;
				}
			return false;
	}
	return false;
}

/* Whether a stored value that came from outside can be true. */
bool
duration_plausible(const DurationSummary *s)
{
	int128		total = stored_int128_get(&s->total);
	uint128		middle;
	uint128		high;
	int64		items = 0;
	int			bucket = -1;
	uint32		at = 0;

	if (s->items < 0 || total < 0 || total > (int128) PG_INT64_MAX * s->items)
		return false;
	if (duration_form(s) == DURATION_MEAN)
		return true;
	if (s->items == 0)
		return s->shortest == 0 && s->longest == 0 && s->used == 0 &&
			s->squares[0] == 0 && s->squares[1] == 0 && s->squares[2] == 0;
	if (s->shortest < 0 || s->longest < s->shortest)
		return false;
	if (total < (int128) s->shortest * s->items || total > (int128) s->longest * s->items)
		return false;
	/* the squares add up to at most longest * total, and so do those of sums of such summaries */
	middle = (uint128) (uint64) total * (uint64) s->longest;
	high = (uint128) (uint64) (total >> 64) * (uint64) s->longest + (uint64) (middle >> 64);
	if (s->squares[2] > (uint64) (high >> 64) ||
		(s->squares[2] == (uint64) (high >> 64) &&
		 (s->squares[1] > (uint64) high || (s->squares[1] == (uint64) high && s->squares[0] > (uint64) middle))))
		return false;
	while (at < s->used)
	{
		uint64		step;
		uint64		count;

		if (!summary_get_varint(duration_packed(s), s->used, &at, &step) || !summary_get_varint(duration_packed(s), s->used, &at, &count))
			return false;
		if (step >= DURATION_BUCKETS || (bucket >= 0 && step == 0) || count == 0 ||
			count > (uint64) (s->items - items))
			return false;
		if (bucket < 0 && (int) step != bucket_of(s->shortest))
			return false;
		bucket = Max(bucket, 0) + (int) step;
		if (bucket >= DURATION_BUCKETS)
			return false;
		items += count;
	}
	return items == s->items && bucket == bucket_of(s->longest);
}

/* -------------------------------------------------------------------------
 * Answers; the caller has seen that there are items, and a sketch
 * -------------------------------------------------------------------------
 */

/* Microseconds, rounded half up. */
int128
duration_mean(const DurationSummary *s)
{
	return (stored_int128_get(&s->total) + s->items / 2) / s->items;
}

/* About the rank-th shortest duration, counted from 0. */
static double
value_at_rank(const DurationSummary *s, int64 rank)
{
	DurationBuckets walk;
	int64		seen = 0;
	double		middle;

	/* the ends are known exactly */
	if (rank <= 0)
		return (double) s->shortest;
	if (rank >= s->items - 1)
		return (double) s->longest;
	duration_buckets_start(&walk, s);
	while (duration_buckets_next(&walk))
	{
		seen += walk.count;
		if (seen > rank)
			break;
	}
	middle = (double) duration_bucket_floor(walk.bucket) + (double) bucket_half(walk.bucket);
	return Min(Max(middle, (double) s->shortest), (double) s->longest);
}

/*
 * As percentile_cont: the value at rank fraction * (n - 1), between two
 * neighbours in proportion.  Each neighbour is within 1/128, and so is what
 * lies between them.
 */
int64
duration_percentile(const DurationSummary *s, double fraction)
{
	double		rank = fraction * (double) (s->items - 1);
	int64		below;
	double		part;
	double		low;
	double		result;

	/* also where the rank was rounded up to 2^63 */
	if (rank >= (double) (s->items - 1))
		return s->longest;
	below = (int64) floor(rank);
	part = rank - (double) below;
	low = value_at_rank(s, below);
	result = low;
	if (part > 0.0)
		result += part * (value_at_rank(s, below + 1) - low);
	/* a double may round up to 2^63 */
	return result >= (double) s->longest ? s->longest : (int64) rint(result);
}

/* Share of items in buckets that begin within the limit. */
double
duration_share_within(const DurationSummary *s, int64 limit)
{
	DurationBuckets walk;
	int64		within = 0;

	if (limit >= s->longest)
		return 1.0;
	if (limit < s->shortest)
		return 0.0;
	duration_buckets_start(&walk, s);
	while (duration_buckets_next(&walk) && duration_bucket_floor(walk.bucket) <= limit)
		within += walk.count;
	return (double) within / (double) s->items;
}

/*
 * Sample standard deviation, microseconds: sqrt((n * sum(x^2) - sum(x)^2) /
 * (n (n - 1))), in numeric, since the difference may need 255 bits.
 */
int64
duration_stddev(const DurationSummary *s)
{
	char		text[INT128_TEXT_SIZE];
	Datum		two_to_64 = NumericGetDatum(crmkpi_numeric_from_text("18446744073709551616"));
	Datum		n = NumericGetDatum(int64_to_numeric(s->items));
	Datum		n_minus_1 = NumericGetDatum(int64_to_numeric(s->items - 1));
	Datum		total;
	Datum		squares;
	Datum		variance;

	crmkpi_int128_to_text(stored_int128_get(&s->total), text);
	total = NumericGetDatum(crmkpi_numeric_from_text(text));
	squares = NumericGetDatum(int64_to_numeric(0));
	for (int i = 2; i >= 0; i--)
	{
		Datum		word;

		crmkpi_int128_to_text((int128) s->squares[i], text);
		word = NumericGetDatum(crmkpi_numeric_from_text(text));
		squares = DirectFunctionCall2(numeric_add, DirectFunctionCall2(numeric_mul, squares, two_to_64), word);
	}
	variance = DirectFunctionCall2(numeric_sub,
								   DirectFunctionCall2(numeric_mul, n, squares),
								   DirectFunctionCall2(numeric_mul, total, total));
	/* summaries made by hand may disagree with themselves */
	if (DatumGetInt32(DirectFunctionCall2(numeric_cmp, variance, NumericGetDatum(int64_to_numeric(0)))) <= 0)
		return 0;
	variance = DirectFunctionCall2(numeric_div, variance, DirectFunctionCall2(numeric_mul, n, n_minus_1));
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, DirectFunctionCall1(numeric_sqrt, variance)));
}
