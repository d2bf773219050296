/*
 * keyed.h
 *		Summaries that keep the rows of many customers: funnels, cohorts and
 *		whatever else asks "per customer" in one pass, without GROUP BY customer.
 *
 * keyed.c holds the value, keyed_list.c the list of records in it.
 */
#ifndef CRMKPI_KEYED_H
#define CRMKPI_KEYED_H

#include "datatype/timestamp.h"
#include "summary.h"
#include "utils/expandeddatum.h"

#pragma GCC visibility push(hidden)

/* What customers are named by; in the flags of the header. */
typedef enum KeyedKey
{
	KEYED_NONE,					/* no row so far */
	KEYED_BIGINT,				/* one word, which stands for exactly one bigint */
	KEYED_UUID,					/* two words, which stand for exactly one uuid */
	KEYED_TEXT					/* two words: a hash of 128 bits */
} KeyedKey;

#define KEYED_KEY_LAST	KEYED_TEXT

struct Keyed;
struct KeyedFlat;

/* What the shared code has to know of a family. */
typedef struct KeyedClass
{
	SummaryKind kind;
	int			payload;		/* words of a record after the key, 1 to 3 */
	bool		distinct;		/* equal records count once */
	bool		(*plausible) (const struct Keyed *k, const uint64 *payload);	/* under the rule of the value */
	const char *too_large_hint;	/* what to do where a value would exceed 1 GB */
} KeyedClass;

/*
 * A record is the words of the key and those of the family.  Records are
 * ordered by their words, as numbers without sign, the first one first.
 */
#define KEYED_MAX_WORDS	5

/* Records whose keys begin with the same bits. */
typedef struct KeyedPart
{
	uint64	   *words;			/* the records, one after the other */
	uint32		used;			/* records */
	uint32		room;			/* records */
	uint32		sorted;			/* so many at the beginning are in order, and distinct where that is asked */
} KeyedPart;

typedef struct KeyedList
{
	const KeyedClass *class;
	MemoryContext context;		/* of the records */
	int			words;			/* of a record; 0: not known */
	int			shift;			/* a part is the upper 32 bits of the first word, shifted right by this */
	uint32		part_count;		/* a power of 2 */
	KeyedPart  *parts;
	Size		room;			/* bytes of all parts */
	KeyedPart	spare;			/* where a part is sorted to */
} KeyedList;

/*
 * The value while it is worked on: an expanded object.  What all rows must
 * have in common (the rule) and what is known beside the records (the rest)
 * are bytes of the family.
 */
typedef struct Keyed
{
	ExpandedObjectHeader eoh;
	KeyedKey	key;
	uint32		rule_size;		/* 0: no row so far */
	uint32		rest_size;
	char	   *rule;			/* aligned to 8 */
	char	   *rest;			/* aligned to 8 */
	KeyedList	list;
	Size		flat_size;		/* 0: not known */
	uint64		flat_records;
	const struct KeyedFlat *unread;	/* NULL, or where the records are still packed */
	void	   *cache;			/* the family's own, in the memory context of the object */
} Keyed;

/* The value as it is stored. */
typedef struct KeyedFlat
{
	SummaryHeader head;			/* flags: KeyedKey */
	uint32		rule_size;
	uint32		rest_size;
	uint64		records;
	char		bytes[FLEXIBLE_ARRAY_MEMBER];	/* rule and rest, each filled up to 8 with 0, packed records */
} KeyedFlat;

#define KEYED_FIXED_SIZE	offsetof(KeyedFlat, bytes)

/* keyed.c */
extern Keyed *keyed_new(const KeyedClass *class);
extern Keyed *keyed_own(FunctionCallInfo fcinfo, int argno, const KeyedClass *class);
extern Keyed *keyed_arg(FunctionCallInfo fcinfo, int argno, const KeyedClass *class);
extern void keyed_set_key(Keyed *k, KeyedKey key);
extern void keyed_set_rule(Keyed *k, const void *rule, Size size);
extern void keyed_set_rest(Keyed *k, const void *rest, Size size);
extern void keyed_merge_records(Keyed *k, Keyed *other);
extern Datum keyed_result(Keyed *k);
extern Datum keyed_flat(Keyed *k);
extern void keyed_out(StringInfo out, Keyed *k);
extern void keyed_in(SummaryText *text, Keyed *k);
extern void keyed_send(StringInfo out, Keyed *k);
extern void keyed_recv(StringInfo in, Keyed *k);

/* keyed_list.c */
extern void keyed_list_init(KeyedList *list, MemoryContext context, const KeyedClass *class);
extern void keyed_list_set_words(KeyedList *list, int words);
extern void keyed_list_grow(KeyedList *list, const uint64 *record);
extern void keyed_list_sort(KeyedList *list, KeyedPart *part);
extern Size keyed_list_pack(KeyedList *list, uint8 *to, uint64 *records);
extern bool keyed_list_unpack(KeyedList *list, const uint8 *bytes, Size size, uint64 records, const Keyed *check);

/* -------------------------------------------------------------------------
 * Keys and times as words
 * -------------------------------------------------------------------------
 */

/* Spreads a number over all bits, each number to another one (the finalizer of MurmurHash3). */
static inline uint64
keyed_spread(uint64 x)
{
	x ^= x >> 33;
	x *= UINT64CONST(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64CONST(0xc4ceb9fe1a85ec53);
	x ^= x >> 33;
	return x;
}

/* Words of a key */
static inline int
keyed_key_words(KeyedKey key)
{
	return key == KEYED_BIGINT ? 1 : 2;
}

extern void keyed_key_of_uuid(Datum uuid, uint64 *words);
extern void keyed_key_of_text(FunctionCallInfo fcinfo, uint64 *words);

/* Writes the words of argument 1, a customer of that type; returns how many. */
static inline int
keyed_key_arg(FunctionCallInfo fcinfo, KeyedKey key, uint64 *words)
{
	if (key == KEYED_BIGINT)
	{
		words[0] = keyed_spread((uint64) PG_GETARG_INT64(1));
		return 1;
	}
	if (key == KEYED_UUID)
		keyed_key_of_uuid(PG_GETARG_DATUM(1), words);
	else
		keyed_key_of_text(fcinfo, words);
	return 2;
}

/* A time as a word: microseconds since the earliest timestamp */
static inline uint64
keyed_word_of_time(int64 at)
{
	return (uint64) at - (uint64) MIN_TIMESTAMP;
}

static inline int64
keyed_time_of_word(uint64 word)
{
	return (int64) (word + (uint64) MIN_TIMESTAMP);
}

/* -------------------------------------------------------------------------
 * What is done for every row
 * -------------------------------------------------------------------------
 */

/* The state of a transition or combine function, which may be written. */
static inline Keyed *
keyed_state(FunctionCallInfo fcinfo, const KeyedClass *class)
{
	if (likely(summary_in_aggregate(fcinfo) &&
			   VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(PG_GETARG_DATUM(0)))))
	{
		Keyed	   *k = (Keyed *) DatumGetEOHP(PG_GETARG_DATUM(0));

		Assert(k->list.class == class);
		return k;
	}
	return keyed_own(fcinfo, 0, class);
}

/* Adds a record to a list. */
static inline void
keyed_list_add(KeyedList *list, const uint64 *record)
{
	KeyedPart  *part = &list->parts[(record[0] >> 32) >> list->shift];
	uint64	   *to;

	if (unlikely(part->used == part->room))
	{
		keyed_list_grow(list, record);
		part = &list->parts[(record[0] >> 32) >> list->shift];
	}
	to = part->words + (Size) part->used++ * list->words;
	for (int i = 0; i < list->words; i++)
		to[i] = record[i];
}

/* Adds a record; its key must be of the kind that was set. */
static inline void
keyed_add(Keyed *k, const uint64 *record)
{
	keyed_list_add(&k->list, record);
	k->flat_size = 0;
}

/* That the customers of a row are of the kind the value has; it gets it where it has none. */
static inline void
keyed_take_key(Keyed *k, KeyedKey key)
{
	if (unlikely(k->key != key))
		keyed_set_key(k, key);
}

/* -------------------------------------------------------------------------
 * Walking over the customers, in order of their keys
 * -------------------------------------------------------------------------
 */
typedef struct KeyedWalk
{
	KeyedList  *list;
	int			key_words;
	uint32		part;
	uint32		next;			/* record of that part */
	const uint64 *records;		/* those of the customer found, in order */
	uint32		count;
} KeyedWalk;

extern void keyed_walk_start(KeyedWalk *walk, Keyed *k);
extern bool keyed_walk_next(KeyedWalk *walk);

/* A word of the payload of the i-th record of the customer */
static inline uint64
keyed_walk_word(const KeyedWalk *walk, uint32 i, int word)
{
	return walk->records[(Size) i * walk->list->words + walk->key_words + word];
}

#pragma GCC visibility pop

#endif							/* CRMKPI_KEYED_H */
