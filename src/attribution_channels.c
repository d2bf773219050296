/*
 * attribution_channels.c
 *		The names of the channels, which records name by a hash.
 *
 * The value has each name once, beside its records, in order of the hash: the
 * same bytes in whatever order rows came.  A name comes in with the first
 * touch of its channel, and nothing ever takes a record away, so that each
 * name is that of some record.  It is written at once: nobody tells us when
 * the value is going to be flattened.
 */
#include "crmkpi.h"

#include "attribution.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#define HASH_SEED			UINT64CONST(0x63726d6b70690003)
#define NAME_HEAD			offsetof(AttributionName, bytes)
#define NAME_SIZE(length)	TYPEALIGN(8, NAME_HEAD + (Size) (length))
#define LEAST_SLOTS			16

static uint64
hash_of(const char *name, uint32 length)
{
	return hash_bytes_extended((const unsigned char *) name, (int) length, HASH_SEED) & ~ATTRIBUTION_CONVERSION;
}

static inline const AttributionName *
next_name(const AttributionName *name)
{
	return (const AttributionName *) ((const char *) name + NAME_SIZE(name->length));
}

static inline bool
same_name(const AttributionName *a, const char *name, uint32 length)
{
	return a->length == length && memcmp(a->bytes, name, length) == 0;
}

static void
append_name(StringInfo out, uint64 hash, const char *name, uint32 length)
{
	AttributionName head = {.hash = hash, .length = length};
	static const char zeros[8] = {0};

	appendBinaryStringInfo(out, (const char *) &head, NAME_HEAD);
	appendBinaryStringInfo(out, name, (int) length);
	appendBinaryStringInfo(out, zeros, (int) (NAME_SIZE(length) - NAME_HEAD - length));
}

/* Reads the names that the value has, if it was not done since they changed. */
const AttributionChannels *
attribution_channels(Keyed *k)
{
	AttributionChannels *channels = (AttributionChannels *) k->cache;
	const AttributionName *end = (const AttributionName *) (k->rest + k->rest_size);
	uint32		count = 0;
	uint32		slots;

	if (channels == NULL)
	{
		channels = (AttributionChannels *) MemoryContextAllocZero(k->eoh.eoh_context, sizeof(AttributionChannels));
		k->cache = channels;
	}
	else if (channels->count > 0 || k->rest_size == 0)
		return channels;

	for (const AttributionName *name = (const AttributionName *) k->rest; name < end; name = next_name(name))
		count++;
	slots = pg_nextpower2_32(Max(2 * count, LEAST_SLOTS));
	if (channels->slots == NULL || slots > channels->mask + 1)
	{
		if (channels->slots != NULL)
		{
			pfree(channels->slots);
			pfree(channels->names);
		}
		channels->slots = (AttributionSlot *)
			MemoryContextAlloc(k->eoh.eoh_context, slots * sizeof(AttributionSlot));
		channels->names = (const AttributionName **)
			MemoryContextAlloc(k->eoh.eoh_context, slots / 2 * sizeof(AttributionName *));
		channels->mask = slots - 1;
	}
	memset(channels->slots, 0, (channels->mask + 1) * sizeof(AttributionSlot));
	channels->count = 0;
	channels->met = 0;
	for (const AttributionName *name = (const AttributionName *) k->rest; name < end; name = next_name(name))
	{
		AttributionSlot *slot = attribution_slot(channels, name->hash);

		channels->names[channels->count++] = name;
		slot->hash = name->hash;
		slot->number = channels->count;
	}
	return channels;
}

/* The names of a value, in place of those that it has. */
static void
store(Keyed *k, const StringInfo names)
{
	if (names->len > ATTRIBUTION_NAMES_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("names of channels are longer than 1 MB together"),
				 errhint("A channel is a kind of touch, such as email; give campaigns short names.")));
	keyed_set_rest(k, names->data, names->len);
	if (k->cache != NULL)
		((AttributionChannels *) k->cache)->count = 0;
	if (attribution_channels(k)->count > ATTRIBUTION_CHANNEL_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("more than %d channels", ATTRIBUTION_CHANNEL_LIMIT),
				 errhint("A channel is a kind of touch, such as email; put rare ones together, "
						 "and leave out what differs for every touch.")));
}

/* That two names with the same hash are the same. */
static void
check_same(const AttributionName *a, const char *name, uint32 length)
{
	if (unlikely(!same_name(a, name, length)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("channels \"%s\" and \"%s\" cannot be told apart",
						pnstrdup(a->bytes, a->length), pnstrdup(name, length)),
				 errdetail("Their names have the same hash of 63 bits."),
				 errhint("Give one of them another name.")));
}

/* The word of a touch of a channel, which becomes one of the value. */
uint64
attribution_take_channel(Keyed *k, const char *name, uint32 length)
{
	const AttributionChannels *channels = attribution_channels(k);
	uint64		hash = hash_of(name, length);
	const AttributionSlot *slot = attribution_slot(channels, hash);
	StringInfoData out;
	uint32		before = 0;

	if (likely(slot->number != 0))
	{
		check_same(channels->names[slot->number - 1], name, length);
		return hash;
	}
	initStringInfo(&out);
	while (before < channels->count && channels->names[before]->hash < hash)
		before++;
	if (before == channels->count)
		appendBinaryStringInfo(&out, k->rest, (int) k->rest_size);
	else
		appendBinaryStringInfo(&out, k->rest, (int) ((const char *) channels->names[before] - k->rest));
	append_name(&out, hash, name, length);
	if (before < channels->count)
		appendBinaryStringInfo(&out, (const char *) channels->names[before],
							   (int) (k->rest + k->rest_size - (const char *) channels->names[before]));
	store(k, &out);
	pfree(out.data);
	return hash;
}

/* The channels of another value become those of this one, too. */
void
attribution_take_channels(Keyed *k, Keyed *other)
{
	const AttributionChannels *a = attribution_channels(k);
	const AttributionChannels *b = attribution_channels(other);
	StringInfoData out;
	uint32		i = 0;
	uint32		j = 0;

	if (b->count == 0 ||
		(k->rest_size == other->rest_size && memcmp(k->rest, other->rest, k->rest_size) == 0))
		return;
	initStringInfo(&out);
	while (i < a->count || j < b->count)
	{
		const AttributionName *name;

		if (j == b->count || (i < a->count && a->names[i]->hash <= b->names[j]->hash))
		{
			name = a->names[i++];
			if (j < b->count && b->names[j]->hash == name->hash)
			{
				check_same(name, b->names[j]->bytes, b->names[j]->length);
				j++;
			}
		}
		else
			name = b->names[j++];
		append_name(&out, name->hash, name->bytes, name->length);
	}
	store(k, &out);
	pfree(out.data);
}

/* Takes the names of a value that came from outside; says what is wrong with them, or NULL. */
const char *
attribution_take_foreign(Keyed *k, const char *const *names, const uint32 *lengths, uint32 count)
{
	StringInfoData out;
	uint64		before = 0;

	initStringInfo(&out);
	for (uint32 i = 0; i < count; i++)
	{
		uint64		hash = hash_of(names[i], lengths[i]);

		if (i > 0 && hash <= before)
			return "channels in the order of their hashes";
		if (lengths[i] > ATTRIBUTION_NAMES_LIMIT || out.len > ATTRIBUTION_NAMES_LIMIT)
			return "shorter names of channels";
		append_name(&out, hash, names[i], lengths[i]);
		before = hash;
	}
	store(k, &out);
	pfree(out.data);
	return NULL;
}

/* Notes that there is a touch of a channel; false where there is no such channel. */
bool
attribution_meet(Keyed *k, uint64 hash)
{
	AttributionSlot *slot = attribution_slot(attribution_channels(k), hash);

	if (slot->number == 0)
		return false;
	((AttributionChannels *) k->cache)->met += !slot->met;
	slot->met = true;
	return true;
}
