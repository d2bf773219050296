/*
 * scorecard_counts.c
 *		Scorecards: what is counted.
 *
 * Of each value of each feature the items and those of them that were won, and
 * the same of some combinations of the values of all features, from which
 * scorecard_points.c learns how far the features tell the same.
 *
 * The combinations that are kept are the SCORE_SAMPLE ones with the smallest
 * hashes (P. B. Gibbons, "Distinct sampling for highly-accurate answers to
 * distinct values queries and event reports", VLDB 2001).  One that is among
 * these in the end was so at any time and in any part of the rows, so that it
 * was never dropped: its counts are exact, and the sample is the same for any
 * order of the rows and any split.  In practice many data sets have fewer
 * combinations, and then it is complete.
 *
 * While it is worked on, a scorecard is an expanded object with a hash table
 * for each feature and one for the combinations, in a memory context below
 * that of the aggregate.  The combinations are cut to the sample when there
 * are twice as many; from then on the largest hash of the sample spares most
 * rows the look-up.  scorecard_stored.c flattens it.
 */
#include "crmkpi.h"

#include "mb/pg_wchar.h"
#include "scorecard.h"
#include "utils/memutils.h"

const SummaryKind scorecard_kind = {'S', 1, SCORECARD_FIXED_SIZE, "scorecard"};

/* -------------------------------------------------------------------------
 * Hashing; the same on every machine
 * -------------------------------------------------------------------------
 */

/* The finalizer of MurmurHash3. */
static inline uint64
spread(uint64 x)
{
	x ^= x >> 33;
	x *= UINT64CONST(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64CONST(0xc4ceb9fe1a85ec53);
	x ^= x >> 33;
	return x;
}

static inline uint64
mix(uint64 hash, uint64 word)
{
	hash = (hash ^ word) * UINT64CONST(0x9fb21c651e98df25);
	return hash ^ (hash >> 32);
}

static inline uint64
hash_text(const char *text, int32 length)
{
	uint64		hash = (uint64) (int64) length;
	uint64		word = 0;

	for (; length >= 8; length -= 8, text += 8)
	{
		memcpy(&word, text, 8);
#ifdef WORDS_BIGENDIAN
		word = __builtin_bswap64(word);
#endif
		hash = mix(hash, word);
	}
	word = 0;
	for (int32 i = 0; i < length; i++)
		word |= (uint64) (uint8) text[i] << (8 * i);
	return spread(mix(hash, word));
}

/* -------------------------------------------------------------------------
 * Room
 * -------------------------------------------------------------------------
 */
void
score_too_large_error(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("%s would exceed 1 GB", scorecard_kind.type_name),
			 errhint("Use features with fewer distinct values; names of single customers say nothing about others.")));
	pg_unreachable();
}

/* So many bytes for what is at old, which may be NULL. */
static void *
enlarge(ScoreCounts *s, void *old, Size size)
{
	if (!AllocSizeIsValid(size))
		score_too_large_error();
	return old == NULL ? MemoryContextAlloc(s->eoh.eoh_context, size) : repalloc(old, size);
}

/* A hash table of so many entries, of which so many are used. */
static uint32 *
enlarge_slots(ScoreCounts *s, uint32 *slots, Size room)
{
	slots = enlarge(s, slots, 2 * room * sizeof(uint32));
	memset(slots, 0, 2 * room * sizeof(uint32));
	return slots;
}

/* The slot after the one at, of a table for room entries */
#define FIRST_SLOT(hash, room)	((uint32) (hash) & (2 * (room) - 1))
#define NEXT_SLOT(at, room)		(((at) + 1) & (2 * (room) - 1))

static void
enlarge_feature(ScoreCounts *s, ScoreFeature *f)
{
	Size		room = Max(2 * (Size) f->room, 8);

	f->values = enlarge(s, f->values, room * sizeof(ScoreValue));
	f->slots = enlarge_slots(s, f->slots, room);
	f->room = (uint32) room;
	for (uint32 i = 0; i < f->used; i++)
	{
		uint32		at = FIRST_SLOT(f->values[i].hash, f->room);

		while (f->slots[at] != 0)
			at = NEXT_SLOT(at, f->room);
		f->slots[at] = i + 1;
	}
}

static void
fill_sample_slots(ScoreCounts *s)
{
	for (uint32 i = 0; i < s->samples_used; i++)
	{
		uint32		at = FIRST_SLOT(s->samples[i].hash, s->samples_room);

		while (s->sample_slots[at] != 0)
			at = NEXT_SLOT(at, s->samples_room);
		s->sample_slots[at] = i + 1;
	}
}

/* Empty counts in a memory context, which need not be theirs alone unless somebody may delete them. */
ScoreCounts *
score_counts_new(MemoryContext context)
{
	ScoreCounts *s = (ScoreCounts *) MemoryContextAllocZero(context, sizeof(ScoreCounts));

	EOH_init_header(&s->eoh, &score_methods, context);
	s->hash_limit = PG_UINT64_MAX;
	return s;
}

void
score_features_error(uint32 expected, uint32 found)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%u features do not go with a scorecard of %u", found, expected),
			 errhint("Give the same features in the same order everywhere, and NULL for one that is not known.")));
	pg_unreachable();
}

/* The number of features, once for all rows. */
void
score_set_features(ScoreCounts *s, uint32 features)
{
	if (s->features == features)
		return;
	if (s->features != 0)
		score_features_error(s->features, features);
	s->feature = (ScoreFeature *) MemoryContextAllocZero(s->eoh.eoh_context, features * sizeof(ScoreFeature));
	s->features = features;
}

/* -------------------------------------------------------------------------
 * Values
 * -------------------------------------------------------------------------
 */

/* NULL comes first, then bytes decide. */
int
score_compare_values(const ScoreCounts *s, const ScoreValue *a, const ScoreValue *b)
{
	int			order = 0;

	if (a->length > 0 && b->length > 0)
		order = memcmp(s->texts + a->at, s->texts + b->at, Min(a->length, b->length));
	return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

/* The slot of a value, or the free one where it belongs. */
static inline uint32
find_slot(const ScoreCounts *s, const ScoreFeature *f, uint64 hash, const char *text, int32 length)
{
	uint32		at = FIRST_SLOT(hash, f->room);

	for (; f->slots[at] != 0; at = NEXT_SLOT(at, f->room))
	{
		const ScoreValue *value = &f->values[f->slots[at] - 1];

		if (value->hash == hash && value->length == length &&
			(length <= 0 || memcmp(s->texts + value->at, text, length) == 0))
			break;
	}
	return at;
}

/* The number of a value; -1 where it is not known. */
int64
score_find(const ScoreCounts *s, uint32 feature, const char *text, int32 length)
{
	const ScoreFeature *f = &s->feature[feature];

	return (int64) f->slots[find_slot(s, f, hash_text(text, length), text, length)] - 1;
}

static void value_length_error(uint32 feature, const char *text, int32 length) pg_attribute_noreturn();

static void
value_length_error(uint32 feature, const char *text, int32 length)
{
	ereport(ERROR,
			(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
			 errmsg("value \"%s...\" of feature %u is too long",
					pnstrdup(text, pg_mbcliplen(text, length, 40)), feature + 1),
			 errdetail("Expected at most %d bytes, found %d.", SCORE_MAX_LENGTH, length),
			 errhint("A feature has values that many items share, such as a source or a product.")));
	pg_unreachable();
}

/* A value that is new; returns its number. */
static uint32
new_value(ScoreCounts *s, uint32 feature, uint64 hash, const char *text, int32 length)
{
	ScoreFeature *f = &s->feature[feature];
	Size		bytes = Max(length, 0);
	ScoreValue *value;

	if (length > SCORE_MAX_LENGTH)
		value_length_error(feature, text, length);
	if (f->used == f->room)
		enlarge_feature(s, f);
	if (s->texts_used + bytes > s->texts_room)
	{
		Size		room = Max(2 * s->texts_room, 256);

		while (room < s->texts_used + bytes)
			room *= 2;
		s->texts = enlarge(s, s->texts, room);
		s->texts_room = room;
	}
	value = &f->values[f->used];
	value->hash = hash;
	value->items = 0;
	value->won = 0;
	value->at = (uint32) s->texts_used;
	value->length = length;
	if (bytes > 0)
		memcpy(s->texts + s->texts_used, text, bytes);
	s->texts_used += bytes;
	f->slots[find_slot(s, f, hash, text, length)] = ++f->used;
	return f->used - 1;
}

/* Counts so many items with a value; whoever calls it has checked that the counts stay below those of all items. */
static inline uint32
add_value(ScoreCounts *s, uint32 feature, const char *text, int32 length, int64 items, int64 won)
{
	ScoreFeature *f = &s->feature[feature];
	uint64		hash = hash_text(text, length);
	uint32		number;

	if (likely(f->room > 0 && (number = f->slots[find_slot(s, f, hash, text, length)]) != 0))
		number--;
	else
		number = new_value(s, feature, hash, text, length);
	f->values[number].items += items;
	f->values[number].won += won;
	return number;
}

uint32
score_add_value(ScoreCounts *s, uint32 feature, const char *text, int32 length, int64 items, int64 won)
{
	score_drop_flat(s);
	return add_value(s, feature, text, length, items, won);
}

/* -------------------------------------------------------------------------
 * Combinations
 * -------------------------------------------------------------------------
 */
/* By hash, and where two are equal by values: the same for any numbering. */
static int
compare_samples(uint32 a, uint32 b, const ScoreCounts *s)
{
	int			order = (s->samples[a].hash > s->samples[b].hash) - (s->samples[a].hash < s->samples[b].hash);

	for (uint32 f = 0; order == 0 && f < s->features; f++)
		order = score_compare_values(s, &s->feature[f].values[score_sample_values(s, a)[f]],
									 &s->feature[f].values[score_sample_values(s, b)[f]]);
	return order;
}

#define ST_SORT sort_samples
#define ST_ELEMENT_TYPE uint32
#define ST_COMPARE(a, b, s) compare_samples(*(a), *(b), s)
#define ST_COMPARE_ARG_TYPE const ScoreCounts
#define ST_SCOPE static
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/* The numbers from 0 on, so many. */
uint32 *
score_number_list(uint32 count)
{
	uint32	   *list = (uint32 *) palloc(Max(count, 1) * sizeof(uint32));

	for (uint32 i = 0; i < count; i++)
		list[i] = i;
	return list;
}

static int
compare_numbers(const void *a, const void *b)
{
	uint32		x = *(const uint32 *) a;
	uint32		y = *(const uint32 *) b;

	return (x > y) - (x < y);
}

/* Keeps the combinations with the smallest hashes. */
void
score_cut_samples(ScoreCounts *s)
{
	uint32	   *order;

	if (s->samples_used <= SCORE_SAMPLE)
		return;
	order = score_number_list(s->samples_used);
	sort_samples(order, s->samples_used, s);
	s->hash_limit = s->samples[order[SCORE_SAMPLE - 1]].hash;

	/* they are moved forward only */
	qsort(order, SCORE_SAMPLE, sizeof(uint32), compare_numbers);
	for (uint32 i = 0; i < SCORE_SAMPLE; i++)
	{
		s->samples[i] = s->samples[order[i]];
		memmove(score_sample_values(s, i), score_sample_values(s, order[i]), s->features * sizeof(uint32));
	}
	pfree(order);
	s->samples_used = SCORE_SAMPLE;
	memset(s->sample_slots, 0, 2 * (Size) s->samples_room * sizeof(uint32));
	fill_sample_slots(s);
}

/* Room for one more. */
static void
sample_room(ScoreCounts *s)
{
	if (s->samples_used == 2 * SCORE_SAMPLE)
		score_cut_samples(s);
	else if (s->samples_used == s->samples_room)
	{
		Size		room = Max(2 * (Size) s->samples_room, 8);

		s->samples = enlarge(s, s->samples, room * sizeof(ScoreSample));
		s->sample_values = enlarge(s, s->sample_values, room * s->features * sizeof(uint32));
		s->sample_slots = enlarge_slots(s, s->sample_slots, room);
		s->samples_room = (uint32) room;
		fill_sample_slots(s);
	}
}

/* Counts so many items of a combination. */
static inline void
add_sample(ScoreCounts *s, const uint32 *values, int64 items, int64 won)
{
	uint64		hash = 0;
	uint32		at;

	for (uint32 f = 0; f < s->features; f++)
		hash = mix(hash, s->feature[f].values[values[f]].hash);
	hash = spread(hash);
	if (hash > s->hash_limit)
		return;
	if (s->samples_room > 0)
	{
		for (at = FIRST_SLOT(hash, s->samples_room); s->sample_slots[at] != 0; at = NEXT_SLOT(at, s->samples_room))
		{
			uint32		sample = s->sample_slots[at] - 1;

			if (s->samples[sample].hash == hash &&
				memcmp(score_sample_values(s, sample), values, s->features * sizeof(uint32)) == 0)
			{
				s->samples[sample].items += items;
				s->samples[sample].won += won;
				return;
			}
		}
	}
	sample_room(s);
	for (at = FIRST_SLOT(hash, s->samples_room); s->sample_slots[at] != 0;)
		at = NEXT_SLOT(at, s->samples_room);
	s->samples[s->samples_used].hash = hash;
	s->samples[s->samples_used].items = items;
	s->samples[s->samples_used].won = won;
	memcpy(score_sample_values(s, s->samples_used), values, s->features * sizeof(uint32));
	s->sample_slots[at] = ++s->samples_used;
}

void
score_add_sample(ScoreCounts *s, const uint32 *values, int64 items, int64 won)
{
	add_sample(s, values, items, won);
}

/* Frees the combinations of counts that are only read from now on. */
void
score_forget_samples(ScoreCounts *s)
{
	if (s->samples_room == 0)
		return;
	pfree(s->samples);
	pfree(s->sample_values);
	pfree(s->sample_slots);
	s->samples = NULL;
	s->sample_values = NULL;
	s->sample_slots = NULL;
	s->samples_used = s->samples_room = 0;
}

/* -------------------------------------------------------------------------
 * Rows
 * -------------------------------------------------------------------------
 */

/* How many features an array holds. */
uint32
score_array_features(ArrayType *features)
{
	int			length;

	if (ARR_NDIM(features) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 ARR_NDIM(features) == 0 ? errmsg("an array of features is empty") :
				 errmsg("an array of features has %d dimensions", ARR_NDIM(features)),
				 errdetail("Expected one dimension, with an element for each feature."),
				 errhint("Write ARRAY[source, owner, product], for example.")));
	length = ARR_DIMS(features)[0];
	if (length > SCORE_MAX_FEATURES)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%d features are too many", length),
				 errdetail("Expected at most %d.", SCORE_MAX_FEATURES),
				 errhint("Choose the features that matter; see score_features.")));
	return (uint32) length;
}

void
score_add_row(ScoreCounts *s, ArrayType *features, bool won)
{
	ScoreFeatureWalk walk;
	uint32		values[SCORE_MAX_FEATURES];
	uint32		count = score_array_features(features);

	if (unlikely(count != s->features))
		score_set_features(s, count);
	if (unlikely(s->items == PG_INT64_MAX))
		crmkpi_count_error(&scorecard_kind);
	score_drop_flat(s);
	s->items++;
	s->won += won;
	score_walk_start(&walk, features);
	for (uint32 f = 0; f < count; f++)
	{
		const char *text;
		int32		length = score_walk_next(&walk, &text);

		values[f] = add_value(s, f, text, length, 1, won);
	}
	add_sample(s, values, 1, won);
}
