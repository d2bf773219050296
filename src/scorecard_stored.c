/*
 * scorecard_stored.c
 *		Scorecards: the form that is stored and sent.
 *
 * Values are sorted by their bytes, combinations by the places of their
 * values, and numbers are varints: the same facts have the same bytes.
 */
#include "crmkpi.h"

#include "miscadmin.h"
#include "scorecard.h"
#include "utils/memutils.h"

static Size flat_size(ExpandedObjectHeader *eoh);
static void flatten(ExpandedObjectHeader *eoh, void *result, Size allocated_size);

const ExpandedObjectMethods score_methods = {flat_size, flatten};

/* -------------------------------------------------------------------------
 * Reading
 * -------------------------------------------------------------------------
 */
typedef struct Reader
{
	const Scorecard *flat;
	uint32		at;
} Reader;

static uint64
read_number(Reader *reader)
{
	uint64		number;

	if (!summary_get_varint(reader->flat->bytes, VARSIZE(reader->flat) - SCORECARD_FIXED_SIZE, &reader->at, &number))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored value is not a %s", scorecard_kind.type_name)));
	return number;
}

/* Adds what the other one has counted. */
void
score_merge(ScoreCounts *s, const Scorecard *other)
{
	Reader		reader = {other, 0};
	uint32	   *numbers[SCORE_MAX_FEATURES];	/* here, of the values there */
	uint32		values[SCORE_MAX_FEATURES];

	if (other->features == 0)
		return;
	score_set_features(s, other->features);
	score_drop_flat(s);
	s->items = crmkpi_count_add(s->items, other->items, &scorecard_kind);
	s->won += other->won;
	for (uint32 f = 0; f < s->features; f++)
	{
		uint32		used = (uint32) read_number(&reader);

		CHECK_FOR_INTERRUPTS();
		numbers[f] = score_number_list(used);
		for (uint32 i = 0; i < used; i++)
		{
			int32		length = (int32) read_number(&reader) - 1;
			const char *text = (const char *) other->bytes + reader.at;
			int64		items;

			reader.at += Max(length, 0);
			items = (int64) read_number(&reader);
			numbers[f][i] = score_add_value(s, f, text, length, items, (int64) read_number(&reader));
		}
	}
	for (uint32 i = 0; i < other->samples; i++)
	{
		int64		items;

		for (uint32 f = 0; f < s->features; f++)
			values[f] = numbers[f][read_number(&reader)];
		items = (int64) read_number(&reader);
		score_add_sample(s, values, items, (int64) read_number(&reader));
	}
	for (uint32 f = 0; f < s->features; f++)
		pfree(numbers[f]);
}

/* A stored value, worked on in a new object. */
ScoreCounts *
score_expand(MemoryContext context, const Scorecard *flat)
{
	ScoreCounts *s = score_counts_new(context);

	score_merge(s, flat);
	return s;
}

/* -------------------------------------------------------------------------
 * Writing
 * -------------------------------------------------------------------------
 */
typedef struct ValueOrder
{
	const ScoreCounts *s;
	const ScoreFeature *f;
} ValueOrder;

#define ST_SORT sort_values
#define ST_ELEMENT_TYPE uint32
#define ST_COMPARE(a, b, o) score_compare_values((o)->s, &(o)->f->values[*(a)], &(o)->f->values[*(b)])
#define ST_COMPARE_ARG_TYPE const ValueOrder
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/* The values of a feature in order: their numbers, and for each number its place. */
static uint32 *
value_order(const ScoreCounts *s, const ScoreFeature *f, uint32 *ranks)
{
	ValueOrder	order = {s, f};
	uint32	   *sorted = score_number_list(f->used);

	sort_values(sorted, f->used, &order);
	for (uint32 i = 0; i < f->used; i++)
		ranks[sorted[i]] = i;
	return sorted;
}

/* Combinations whose values are ranks. */
typedef struct RankOrder
{
	const uint32 *ranks;
	uint32		features;
} RankOrder;

static int
compare_ranks(uint32 a, uint32 b, const RankOrder *o)
{
	const uint32 *x = o->ranks + (Size) a * o->features;
	const uint32 *y = o->ranks + (Size) b * o->features;

	for (uint32 f = 0; f < o->features; f++)
		if (x[f] != y[f])
			return x[f] > y[f] ? 1 : -1;
	return 0;
}

#define ST_SORT sort_ranks
#define ST_ELEMENT_TYPE uint32
#define ST_COMPARE(a, b, o) compare_ranks(*(a), *(b), o)
#define ST_COMPARE_ARG_TYPE const RankOrder
#define ST_SCOPE static
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/* Most bytes that a value, or a number of a combination, may need beside its text. */
#define VALUE_BYTES		(3 * SUMMARY_VARINT_MAX)

static uint8 *
put_values(uint8 *to, const ScoreCounts *s, const ScoreFeature *f, const uint32 *sorted)
{
	to = summary_put_varint(to, f->used);
	for (uint32 i = 0; i < f->used; i++)
	{
		const ScoreValue *value = &f->values[sorted[i]];

		to = summary_put_varint(to, (uint64) (value->length + 1));
		if (value->length > 0)
		{
			memcpy(to, s->texts + value->at, value->length);
			to += value->length;
		}
		to = summary_put_varint(to, (uint64) value->items);
		to = summary_put_varint(to, (uint64) value->won);
	}
	return to;
}

static uint8 *
put_samples(uint8 *to, const ScoreCounts *s, uint32 *const *ranks)
{
	RankOrder	order;
	uint32	   *sorted = score_number_list(s->samples_used);
	uint32	   *values = (uint32 *) palloc(Max(s->samples_used, 1) * s->features * sizeof(uint32));

	for (uint32 i = 0; i < s->samples_used; i++)
		for (uint32 f = 0; f < s->features; f++)
			values[(Size) i * s->features + f] = ranks[f][score_sample_values(s, i)[f]];
	order.ranks = values;
	order.features = s->features;
	sort_ranks(sorted, s->samples_used, &order);
	for (uint32 i = 0; i < s->samples_used; i++)
	{
		for (uint32 f = 0; f < s->features; f++)
			to = summary_put_varint(to, values[(Size) sorted[i] * s->features + f]);
		to = summary_put_varint(to, (uint64) s->samples[sorted[i]].items);
		to = summary_put_varint(to, (uint64) s->samples[sorted[i]].won);
	}
	pfree(values);
	pfree(sorted);
	return to;
}

/* The form that is stored, which belongs to the object.  It cuts the combinations, which nobody can see. */
const Scorecard *
score_pack(ScoreCounts *s)
{
	uint32	   *ranks[SCORE_MAX_FEATURES];
	MemoryContext old;
	Size		most;
	uint8	   *bytes;
	uint8	   *to;

	if (s->flat != NULL)
		return s->flat;
	score_cut_samples(s);

	most = s->texts_used + (Size) s->samples_used * (s->features + 2) * SUMMARY_VARINT_MAX;
	for (uint32 f = 0; f < s->features; f++)
		most += ((Size) s->feature[f].used + 1) * VALUE_BYTES;
	bytes = to = (uint8 *) MemoryContextAllocHuge(CurrentMemoryContext, Max(most, 1));
	for (uint32 f = 0; f < s->features; f++)
	{
		uint32	   *sorted;

		ranks[f] = (uint32 *) palloc(s->feature[f].used * sizeof(uint32));
		sorted = value_order(s, &s->feature[f], ranks[f]);
		to = put_values(to, s, &s->feature[f], sorted);
		pfree(sorted);
	}
	if (s->features > 0)
		to = put_samples(to, s, ranks);
	for (uint32 f = 0; f < s->features; f++)
		pfree(ranks[f]);

	if (!AllocSizeIsValid(SCORECARD_FIXED_SIZE + (to - bytes)))
		score_too_large_error();
	old = MemoryContextSwitchTo(s->eoh.eoh_context);
	s->flat = crmkpi_summary_new(SCORECARD_FIXED_SIZE + (to - bytes), &scorecard_kind);
	MemoryContextSwitchTo(old);
	s->flat->items = s->items;
	s->flat->won = s->won;
	s->flat->features = s->features;
	s->flat->samples = s->samples_used;
	memcpy(s->flat->bytes, bytes, to - bytes);
	pfree(bytes);
	return s->flat;
}

static Size
flat_size(ExpandedObjectHeader *eoh)
{
	return VARSIZE(score_pack((ScoreCounts *) eoh));
}

static void
flatten(ExpandedObjectHeader *eoh, void *result, Size allocated_size)
{
	const Scorecard *flat = score_pack((ScoreCounts *) eoh);

	Assert(allocated_size == VARSIZE(flat));
	memcpy(result, flat, allocated_size);
}

/* -------------------------------------------------------------------------
 * Checking
 * -------------------------------------------------------------------------
 */

/*
 * Whether counts that came from outside, whose values and combinations are in
 * order, belong together: those of the values of each feature add up to all,
 * those of the combinations to no more, and to all where none was dropped.
 */
bool
score_plausible(const ScoreCounts *s)
{
	bool		complete = s->samples_used < SCORE_SAMPLE;
	bool		plausible = s->samples_used <= SCORE_SAMPLE;

	for (uint32 f = 0; plausible && f < s->features; f++)
	{
		const ScoreFeature *feature = &s->feature[f];
		int64	   *items = (int64 *) palloc(feature->used * sizeof(int64));
		int64	   *won = (int64 *) palloc(feature->used * sizeof(int64));
		int64		all_items = 0;
		int64		all_won = 0;

		CHECK_FOR_INTERRUPTS();
		for (uint32 i = 0; plausible && i < feature->used; i++)
		{
			items[i] = feature->values[i].items;
			won[i] = feature->values[i].won;
			plausible = items[i] > 0 && won[i] >= 0 && won[i] <= items[i] && items[i] <= s->items - all_items;
			if (plausible)
			{
				all_items += items[i];
				all_won += won[i];
			}
		}
		plausible = plausible && all_items == s->items && all_won == s->won;
		for (uint32 i = 0; plausible && i < s->samples_used; i++)
		{
			const ScoreSample *sample = &s->samples[i];
			uint32		value = score_sample_values(s, i)[f];

			plausible = sample->items > 0 && sample->won >= 0 && sample->won <= sample->items &&
				sample->items <= items[value] && sample->won <= won[value] &&
				sample->items - sample->won <= items[value] - won[value];
			if (plausible)
			{
				items[value] -= sample->items;
				won[value] -= sample->won;
			}
		}
		for (uint32 i = 0; plausible && complete && i < feature->used; i++)
			plausible = items[i] == 0 && won[i] == 0;
		pfree(items);
		pfree(won);
	}
	return plausible;
}
