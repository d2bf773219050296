/*
 * keyed_sort.h
 *		Sorts records of KEYED_WORDS words: included by keyed_list.c once for
 *		each number of words.
 *
 * Keys are spread evenly, so the records are first dealt into as many buckets
 * as there are customers, about, by the bits of the key that follow those of
 * the part; what is left to do in each bucket is little.
 */
#define SORT_PASTE(name, words)		name##words
#define SORT_EXPAND(name, words)	SORT_PASTE(name, words)
#define SORT_NAME(name)		SORT_EXPAND(name, KEYED_WORDS)
#define RECORD				SORT_NAME(Record)

typedef struct RECORD
{
	uint64		w[KEYED_WORDS];
} RECORD;

static inline int
SORT_NAME(compare_records_) (const RECORD *a, const RECORD *b)
{
	for (int i = 0; i < KEYED_WORDS; i++)
	{
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i] ? -1 : 1;
	}
	return 0;
}

#define ST_SORT SORT_NAME(sort_records_)
#define ST_ELEMENT_TYPE RECORD
#define ST_COMPARE(a, b) SORT_NAME(compare_records_) (a, b)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* Sorts a few records in place; more than a few with sort_template. */
static inline void
SORT_NAME(sort_bucket_) (RECORD *records, uint32 count)
{
	if (count > INSERTION_MAX)
	{
		SORT_NAME(sort_records_) (records, count);
		return;
	}
	for (uint32 i = 1; i < count; i++)
	{
		RECORD		moved = records[i];
		uint32		at = i;

		for (; at > 0 && SORT_NAME(compare_records_) (&moved, &records[at - 1]) < 0; at--)
			records[at] = records[at - 1];
		records[at] = moved;
	}
}

/*
 * Sorts records into "to", where there is room for as many, with a bucket for
 * each value of the bits of the first word from "shift" on; starts[] comes in
 * as the number of records of each.
 */
static void
SORT_NAME(deal_and_sort_) (const RECORD *from, RECORD *to, uint32 count, uint32 *starts, uint32 buckets, int shift)
{
	uint32		mask = buckets - 1;
	uint32		begin = 0;

	for (uint32 i = 0; i < buckets; i++)
	{
		uint32		size = starts[i];

		starts[i] = begin;
		begin += size;
	}
	for (uint32 i = 0; i < count; i++)
		to[starts[(from[i].w[0] >> shift) & mask]++] = from[i];
	/* now each start is where the next bucket begins */
	begin = 0;
	for (uint32 i = 0; i < buckets; i++)
	{
		SORT_NAME(sort_bucket_) (to + begin, starts[i] - begin);
		begin = starts[i];
	}
}

#undef SORT_PASTE
#undef SORT_EXPAND
#undef SORT_NAME
#undef RECORD
#undef KEYED_WORDS
