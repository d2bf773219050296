/*
 * keyed_list.c
 *		The records of many customers: added in any order, sorted when asked.
 *
 * Records are only appended.  Keys are spread evenly over 64 bits, so that the
 * records of a large list are kept in parts by the upper bits of the key: each
 * part fits into the processor's cache, where it is sorted (keyed_sort.h).
 * One part after the other, the records are in the order of all their words,
 * whatever the number of parts.
 *
 * Packed, a record says in a byte how many of its words are those of the
 * record before it, then by how much the next word is larger, and then the
 * other words, as numbers of 7 bits in a byte (summary.h).
 */
#include "crmkpi.h"

#include "common/hashfn.h"
#include "keyed.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#define START_RECORDS		16
#define SPLIT_RECORDS		16384	/* of a list that is split into parts */
#define SPLIT_BITS			8
#define DOUBLE_RECORDS		4096	/* a part of more grows by a half only */
#define DEAL_RECORDS		64		/* of a part that is dealt into buckets */
#define BUCKET_RECORDS		8		/* that a bucket has, about */
#define INSERTION_MAX		16		/* more are sorted by sort_template */
#define MAX_BUCKETS			(1 << 20)

#define HASH_SEED_HIGH		UINT64CONST(0x63726d6b70690001)
#define HASH_SEED_LOW		UINT64CONST(0x63726d6b70690002)

/* -------------------------------------------------------------------------
 * Keys
 * -------------------------------------------------------------------------
 */

/* The second word is the lower half; with it, the first one stands for the upper half. */
void
keyed_key_of_uuid(Datum uuid, uint64 *words)
{
	const unsigned char *bytes = DatumGetUUIDP(uuid)->data;
	uint64		half[2] = {0, 0};

	for (int i = 0; i < UUID_LEN; i++)
		half[i / 8] = half[i / 8] << 8 | bytes[i];
	words[0] = keyed_spread(half[0] + keyed_spread(half[1]));
	words[1] = half[1];
}

/* Two hashes of 64 bits with different seeds, of the bytes of argument 1. */
void
keyed_key_of_text(FunctionCallInfo fcinfo, uint64 *words)
{
	text	   *name = PG_GETARG_TEXT_PP(1);
	const unsigned char *bytes = (const unsigned char *) VARDATA_ANY(name);
	int			size = (int) VARSIZE_ANY_EXHDR(name);

	words[0] = hash_bytes_extended(bytes, size, HASH_SEED_HIGH);
	words[1] = hash_bytes_extended(bytes, size, HASH_SEED_LOW);
	PG_FREE_IF_COPY(name, 1);
}

/* -------------------------------------------------------------------------
 * Sorting, for each number of words that there can be
 * -------------------------------------------------------------------------
 */
#define KEYED_WORDS 2
#include "keyed_sort.h"
#define KEYED_WORDS 3
#include "keyed_sort.h"
#define KEYED_WORDS 4
#include "keyed_sort.h"
#define KEYED_WORDS 5
#include "keyed_sort.h"

/* Sorts so many records, into "to" if there are buckets, else in place. */
static void
sort_records(KeyedPart *part, int words, uint64 *to, uint32 *starts, uint32 buckets, int shift)
{
#define CASE(n) \
	case n: \
		if (buckets > 0) \
			deal_and_sort_##n((Record##n *) part->words, (Record##n *) to, part->used, starts, buckets, shift); \
		else \
			sort_bucket_##n((Record##n *) part->words, part->used); \
		break
	switch (words)
	{
			CASE(2);
			CASE(3);
			CASE(4);
			CASE(5);
		default:
			elog(ERROR, "records of %d words", words);
	}
#undef CASE
}

/* Leaves one of each record in a sorted part. */
static void
drop_repeats(KeyedPart *part, int words)
{
	Size		size = words * sizeof(uint64);
	uint32		kept = 0;

	for (uint32 i = 0; i < part->used; i++)
	{
		const uint64 *record = part->words + (Size) i * words;

		if (kept > 0 && memcmp(record, part->words + (Size) (kept - 1) * words, size) == 0)
			continue;
		if (kept < i)
			memcpy(part->words + (Size) kept * words, record, size);
		kept++;
	}
	part->used = kept;
}

/* Puts a part in order, with equal records once where that is asked. */
void
keyed_list_sort(KeyedList *list, KeyedPart *part)
{
	uint32	   *starts = NULL;
	uint32		buckets = 0;
	int			shift = 0;

	if (part->sorted == part->used)
		return;
	CHECK_FOR_INTERRUPTS();
	if (part->used >= DEAL_RECORDS)
	{
		uint32		largest = 0;

		buckets = Min(pg_nextpower2_32(part->used / BUCKET_RECORDS), MAX_BUCKETS);
		shift = 32 + list->shift - pg_leftmost_one_pos32(buckets);
		starts = (uint32 *) palloc0(buckets * sizeof(uint32));
		for (uint32 i = 0; i < part->used; i++)
		{
			uint32		size = ++starts[part->words[(Size) i * list->words] >> shift & (buckets - 1)];

			largest = Max(largest, size);
		}
		/* little is gained where most belong to one customer */
		if (largest > part->used / 2)
			buckets = 0;
	}
	if (buckets > 0 && list->spare.room < part->used)
	{
		if (list->spare.words != NULL)
			pfree(list->spare.words);
		list->spare.words = NULL;
		list->spare.words = (uint64 *) MemoryContextAllocHuge(list->context,
															  (Size) part->room * list->words * sizeof(uint64));
		list->spare.room = part->room;
	}
	sort_records(part, list->words, list->spare.words, starts, buckets, shift);
	if (buckets > 0)
	{
		uint64	   *words = part->words;
		uint32		room = part->room;

		part->words = list->spare.words;
		part->room = list->spare.room;
		list->spare.words = words;
		list->spare.room = room;
	}
	if (starts != NULL)
		pfree(starts);
	if (list->class->distinct)
		drop_repeats(part, list->words);
	part->sorted = part->used;
}

/* -------------------------------------------------------------------------
 * Adding
 * -------------------------------------------------------------------------
 */

/* An empty list, whose records have a number of words that is not known yet. */
void
keyed_list_init(KeyedList *list, MemoryContext context, const KeyedClass *class)
{
	memset(list, 0, sizeof(KeyedList));
	list->class = class;
	list->context = context;
	list->shift = 32;
	list->part_count = 1;
	list->parts = (KeyedPart *) MemoryContextAllocZero(context, sizeof(KeyedPart));
}

/* Says how many words records have, before the first one is added. */
void
keyed_list_set_words(KeyedList *list, int words)
{
	Assert(list->words == 0 && words <= KEYED_MAX_WORDS);
	list->words = words;
}

/* Gives a part room for so many records. */
static void
set_room(KeyedList *list, KeyedPart *part, uint32 room)
{
	Size		record = list->words * sizeof(uint64);
	Size		total = list->room + (Size) (room - part->room) * record;

	if (total > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s would exceed 1 GB", list->class->kind.type_name),
				 errhint("%s", list->class->too_large_hint)));
	if (part->words == NULL)
		part->words = (uint64 *) MemoryContextAlloc(list->context, room * record);
	else
		part->words = (uint64 *) repalloc(part->words, room * record);
	list->room = total;
	part->room = room;
}

/* Deals the records of the only part into many. */
static void
split(KeyedList *list)
{
	KeyedPart	all = list->parts[0];

	list->part_count = 1 << SPLIT_BITS;
	list->shift = 32 - SPLIT_BITS;
	list->parts = (KeyedPart *) MemoryContextAllocZero(list->context, list->part_count * sizeof(KeyedPart));
	list->room = 0;
	for (uint32 i = 0; i < list->part_count; i++)
		set_room(list, &list->parts[i], 2 * SPLIT_RECORDS / list->part_count);
	for (uint32 i = 0; i < all.used; i++)
		keyed_list_add(list, all.words + (Size) i * list->words);
	pfree(all.words);
}

/* Makes room for a record in the part where it belongs. */
void
keyed_list_grow(KeyedList *list, const uint64 *record)
{
	KeyedPart  *part;

	if (list->part_count == 1 && list->parts[0].used >= SPLIT_RECORDS)
		split(list);
	part = &list->parts[(record[0] >> 32) >> list->shift];
	if (part->used == part->room)
		set_room(list, part,
				 Max(part->room + (part->room < DOUBLE_RECORDS ? part->room : part->room / 2), START_RECORDS));
}

/* -------------------------------------------------------------------------
 * Packed records
 * -------------------------------------------------------------------------
 */

/* As summary_get_varint(), for all numbers of 64 bits. */
static inline bool
get_word(const uint8 *bytes, Size size, Size *at, uint64 *value)
{
	*value = 0;
	for (int shift = 0; shift < 64; shift += 7)
	{
		uint8		byte;

		if (*at >= size)
			return false;
		byte = bytes[(*at)++];
		*value |= (uint64) (byte & 0x7F) << shift;
		if (byte < 0x80)
			return (byte != 0 || shift == 0) && (shift < 63 || byte == 1);
	}
	return false;
}

/*
 * The bytes that the records need, and how many there are; writes them where
 * "to" is not NULL.
 */
Size
keyed_list_pack(KeyedList *list, uint8 *to, uint64 *records)
{
	uint64		before[KEYED_MAX_WORDS] = {0};
	Size		size = 0;

	*records = 0;
	for (uint32 p = 0; p < list->part_count; p++)
	{
		KeyedPart  *part = &list->parts[p];

		keyed_list_sort(list, part);
		CHECK_FOR_INTERRUPTS();
		*records += part->used;
		for (uint32 i = 0; i < part->used; i++)
		{
			const uint64 *record = part->words + (Size) i * list->words;
			int			same = 0;

			while (same < list->words && record[same] == before[same])
				same++;
			if (to != NULL)
				*to++ = (uint8) same;
			size++;
			for (int w = same; w < list->words; w++)
			{
				uint64		value = w == same ? record[w] - before[w] : record[w];

				if (to != NULL)
					to = summary_put_varint(to, value);
				else
					size += summary_varint_size(value);
				before[w] = record[w];
			}
		}
	}
	return size;
}

/*
 * Adds so many packed records; false where the bytes are not those of so many
 * records in order.  With "check" it is asked whether each can be.
 */
bool
keyed_list_unpack(KeyedList *list, const uint8 *bytes, Size size, uint64 records, const Keyed *check)
{
	uint64		record[KEYED_MAX_WORDS] = {0};
	Size		at = 0;

	for (uint64 i = 0; i < records; i++)
	{
		int			same;

		if (unlikely(i % 65536 == 0))
			CHECK_FOR_INTERRUPTS();
		if (at >= size)
			return false;
		same = bytes[at++];
		if (same > list->words || (same == list->words && list->class->distinct && i > 0))
			return false;
		for (int w = same; w < list->words; w++)
		{
			uint64		value;

			if (!get_word(bytes, size, &at, &value))
				return false;
			if (w == same)
			{
				/* larger than before, within 64 bits */
				if (value == 0 || value > PG_UINT64_MAX - record[w])
					return false;
				value += record[w];
			}
			record[w] = value;
		}
		if (check != NULL && !list->class->plausible(check, record + list->words - list->class->payload))
			return false;
		keyed_list_add(list, record);
	}
	return at == size;
}
