/*
 * scorecard.h
 *		The value behind scorecard, and the operations on it.
 *
 * scorecard_counts.c counts, scorecard_stored.c stores the counts,
 * scorecard_points.c turns them into points, and scorecard.c holds the SQL
 * functions.
 */
#ifndef CRMKPI_SCORECARD_H
#define CRMKPI_SCORECARD_H

#include "access/tupmacs.h"
#include "catalog/pg_type_d.h"
#include "summary.h"
#include "utils/array.h"
#include "utils/expandeddatum.h"

#pragma GCC visibility push(hidden)

#define SCORE_MAX_FEATURES	32
#define SCORE_MAX_LENGTH	1000	/* bytes of a value */

/* Combinations of values that are kept: those with the smallest hashes, all where there are no more. */
#define SCORE_SAMPLE		2048

/* The value as it is stored. */
typedef struct Scorecard
{
	SummaryHeader head;			/* flags: 0 */
	int64		items;			/* rows that counted */
	int64		won;			/* those of them that were won */
	uint32		features;		/* 0 as long as there are no items */
	uint32		samples;		/* combinations that are kept */

	/*
	 * Varints.  For each feature: number of values; and for each value, in
	 * order: its length + 1, 0 for NULL; its bytes; items; won.  Then for each
	 * combination, in order: the numbers of its values; items; won.
	 */
	uint8		bytes[FLEXIBLE_ARRAY_MEMBER];
} Scorecard;

#define SCORECARD_FIXED_SIZE	offsetof(Scorecard, bytes)

/* How often a value occurs. */
typedef struct ScoreValue
{
	uint64		hash;
	int64		items;
	int64		won;
	uint32		at;				/* of its bytes in the texts */
	int32		length;			/* -1: NULL */
} ScoreValue;

/* The values of a feature: a list, and a hash table of it. */
typedef struct ScoreFeature
{
	ScoreValue *values;
	uint32	   *slots;			/* 1 + number of a value; 0 is free */
	uint32		used;
	uint32		room;			/* a power of 2; there are twice as many slots */
} ScoreFeature;

/* How often a combination of values occurs; its values are in sample_values. */
typedef struct ScoreSample
{
	uint64		hash;
	int64		items;
	int64		won;
} ScoreSample;

/*
 * The value while it is worked on: an expanded object.  Values are numbered in
 * the order in which they came; that is their canonical order where all of
 * them came from a stored value.
 */
typedef struct ScoreCounts
{
	ExpandedObjectHeader eoh;
	int64		items;
	int64		won;
	uint32		features;
	ScoreFeature *feature;		/* features of them */
	char	   *texts;			/* the bytes of all values */
	Size		texts_used;
	Size		texts_room;
	ScoreSample *samples;
	uint32	   *sample_values;	/* a row of "features" numbers for each of samples */
	uint32	   *sample_slots;	/* as those of a feature */
	uint32		samples_used;
	uint32		samples_room;	/* a power of 2 */
	uint64		hash_limit;		/* combinations with larger hashes are not kept */
	Scorecard  *flat;			/* the same as it is stored, or NULL */
} ScoreCounts;

extern const SummaryKind scorecard_kind;

extern const ExpandedObjectMethods score_methods;

/* scorecard_counts.c */
extern ScoreCounts *score_counts_new(MemoryContext context);
extern void score_set_features(ScoreCounts *s, uint32 features);
extern int64 score_find(const ScoreCounts *s, uint32 feature, const char *text, int32 length);
extern uint32 score_add_value(ScoreCounts *s, uint32 feature, const char *text, int32 length, int64 items, int64 won);
extern void score_add_sample(ScoreCounts *s, const uint32 *values, int64 items, int64 won);
extern void score_add_row(ScoreCounts *s, ArrayType *features, bool won);
extern void score_cut_samples(ScoreCounts *s);
extern void score_forget_samples(ScoreCounts *s);
extern int	score_compare_values(const ScoreCounts *s, const ScoreValue *a, const ScoreValue *b);
extern uint32 *score_number_list(uint32 count);
extern void score_features_error(uint32 expected, uint32 found) pg_attribute_noreturn();
extern void score_too_large_error(void) pg_attribute_noreturn();

/* scorecard_stored.c */
extern void score_merge(ScoreCounts *s, const Scorecard *other);
extern ScoreCounts *score_expand(MemoryContext context, const Scorecard *flat);
extern const Scorecard *score_pack(ScoreCounts *s);
extern bool score_plausible(const ScoreCounts *s);

/* Drops the stored form, where the counts are to change. */
static inline void
score_drop_flat(ScoreCounts *s)
{
	if (unlikely(s->flat != NULL))
	{
		pfree(s->flat);
		s->flat = NULL;
	}
}

/* The numbers of the values of a combination */
static inline uint32 *
score_sample_values(const ScoreCounts *s, uint32 sample)
{
	return s->sample_values + (Size) sample * s->features;
}

/* The value of a feature in an array of text, as text and length; -1 for NULL. */
typedef struct ScoreFeatureWalk
{
	const bits8 *nulls;
	const char *next;
	uint32		at;
} ScoreFeatureWalk;

extern uint32 score_array_features(ArrayType *features);

static inline void
score_walk_start(ScoreFeatureWalk *walk, ArrayType *features)
{
	walk->nulls = ARR_NULLBITMAP(features);
	/* ARR_DATA_PTR(), but for a warning of compilers */
	walk->next = (const char *) features +
		(ARR_HASNULL(features) ? (Size) features->dataoffset : ARR_OVERHEAD_NONULLS(1));
	walk->at = 0;
}

static inline int32
score_walk_next(ScoreFeatureWalk *walk, const char **text)
{
	uint32		at = walk->at++;
	int32		length;

	*text = "";
	if (walk->nulls != NULL && (walk->nulls[at / 8] & (1 << (at % 8))) == 0)
		return -1;
	/* elements stand on multiples of 4, and are neither compressed nor elsewhere */
	walk->next = (const char *) att_align_pointer(walk->next, TYPALIGN_INT, -1, walk->next);
	*text = VARDATA_ANY(walk->next);
	length = (int32) VARSIZE_ANY_EXHDR(walk->next);
	walk->next += VARSIZE_ANY(walk->next);
	return length;
}

/* scorecard_points.c */
typedef struct ScoreModel
{
	const ScoreCounts *counts;	/* values in canonical order */
	double		base;			/* log-odds without any points */
	double		prior_items[SCORE_MAX_FEATURES];	/* infinite: the feature says nothing */
	double		weights[SCORE_MAX_FEATURES];
	double		spreads[SCORE_MAX_FEATURES];	/* standard deviation of the points of the items */
	double	   *points[SCORE_MAX_FEATURES]; /* of each value */
} ScoreModel;

extern void score_fit(ScoreModel *model, const ScoreCounts *counts);
extern double score_percent(double log_odds);

#pragma GCC visibility pop

#endif							/* CRMKPI_SCORECARD_H */
