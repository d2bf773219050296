/*
 * keyed.c
 *		Summaries that keep the rows of many customers: the value.
 *
 * While it is worked on, such a value is an expanded object.  Rows are appended
 * to it; it is sorted when it is read.  It is flattened (sorted, packed and thereby canonical)
 * only where it is stored or sent: by a parallel worker, into a table, or
 * where a plan keeps it beyond the row.
 *
 * Sorting changes nothing that can be seen, so that functions that only read
 * do it in place, too.
 */
#include "crmkpi.h"

#include "keyed.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* In the order of KeyedKey. */
static const char *const key_names[] = {"none", "bigint", "uuid", "text"};

#define ALIGNED(size)	TYPEALIGN(8, (Size) (size))

static Size flat_size(ExpandedObjectHeader *eoh);
static void flatten(ExpandedObjectHeader *eoh, void *result, Size allocated_size);

static const ExpandedObjectMethods methods = {flat_size, flatten};

/* -------------------------------------------------------------------------
 * Making
 * -------------------------------------------------------------------------
 */

static Keyed *
new_in(MemoryContext context, const KeyedClass *class)
{
	Keyed	   *k = (Keyed *) MemoryContextAllocZero(context, sizeof(Keyed));

	EOH_init_header(&k->eoh, &methods, context);
	keyed_list_init(&k->list, context, class);
	return k;
}

/* An empty value, below the current memory context. */
Keyed *
keyed_new(const KeyedClass *class)
{
	return new_in(AllocSetContextCreate(CurrentMemoryContext, "crmkpi records by customer",
										ALLOCSET_START_SMALL_SIZES), class);
}

/* What customers are named by, once for all rows. */
void
keyed_set_key(Keyed *k, KeyedKey key)
{
	if (k->key != KEYED_NONE && k->key != key)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("summaries of customers of type %s and of type %s do not combine",
						key_names[k->key], key_names[key]),
				 errhint("Cast the customers to the same type everywhere.")));
	k->key = key;
	if (k->list.words == 0)
		keyed_list_set_words(&k->list, keyed_key_words(key) + k->list.class->payload);
}

static char *
copy_bytes(Keyed *k, const void *bytes, Size size)
{
	char	   *copy = (char *) MemoryContextAlloc(k->eoh.eoh_context, Max(size, 1));

	memcpy(copy, bytes, size);
	return copy;
}

void
keyed_set_rule(Keyed *k, const void *rule, Size size)
{
	k->rule = copy_bytes(k, rule, size);
	k->rule_size = (uint32) size;
	k->flat_size = 0;
}

void
keyed_set_rest(Keyed *k, const void *rest, Size size)
{
	if (k->rest != NULL)
		pfree(k->rest);
	k->rest = copy_bytes(k, rest, size);
	k->rest_size = (uint32) size;
	k->flat_size = 0;
}

/* Adds the records of a stored value. */
static void
unpack(Keyed *k, const KeyedFlat *flat)
{
	Size		head = KEYED_FIXED_SIZE + ALIGNED(flat->rule_size) + ALIGNED(flat->rest_size);

	if (!keyed_list_unpack(&k->list, (const uint8 *) flat + head, VARSIZE(flat) - head, flat->records, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored value is not a %s", k->list.class->kind.type_name)));
}

/* That the records are there. */
static inline void
load(Keyed *k)
{
	if (k->unread != NULL)
		unpack(k, k->unread);
	k->unread = NULL;
}

/* Adds the records of the other one. */
void
keyed_merge_records(Keyed *k, Keyed *other)
{
	if (other->key == KEYED_NONE)
		return;
	keyed_take_key(k, other->key);
	k->flat_size = 0;
	if (other->unread != NULL)
	{
		unpack(k, other->unread);
		return;
	}
	for (uint32 p = 0; p < other->list.part_count; p++)
	{
		const KeyedPart *part = &other->list.parts[p];

		CHECK_FOR_INTERRUPTS();
		for (uint32 i = 0; i < part->used; i++)
			keyed_list_add(&k->list, part->words + (Size) i * k->list.words);
	}
}

/* Gives an empty object a stored value, whose records are not read yet. */
static void
expand(Keyed *k, struct varlena *stored)
{
	KeyedFlat  *flat = (KeyedFlat *) PG_DETOAST_DATUM(PointerGetDatum(stored));

	summary_check_stored(&flat->head, &k->list.class->kind);
	if (flat->head.flags != KEYED_NONE)
		keyed_set_key(k, (KeyedKey) flat->head.flags);
	if (flat->rule_size > 0)
		keyed_set_rule(k, flat->bytes, flat->rule_size);
	if (flat->rest_size > 0)
		keyed_set_rest(k, flat->bytes + ALIGNED(flat->rule_size), flat->rest_size);
	if (flat->records > 0)
		k->unread = flat;
}

/* -------------------------------------------------------------------------
 * Arguments and results
 * -------------------------------------------------------------------------
 */

/* An argument that may be written to: a new object, in the aggregate's context if there is one. */
Keyed *
keyed_own(FunctionCallInfo fcinfo, int argno, const KeyedClass *class)
{
	struct varlena *value = (struct varlena *) PG_GETARG_POINTER(argno);
	Keyed	   *k = new_in(crmkpi_object_context(fcinfo), class);

	if (VARATT_IS_EXTERNAL_EXPANDED(value))
	{
		Keyed	   *other = (Keyed *) DatumGetEOHP(PointerGetDatum(value));

		Assert(other->list.class == class);
		if (other->rule_size > 0)
			keyed_set_rule(k, other->rule, other->rule_size);
		if (other->rest_size > 0)
			keyed_set_rest(k, other->rest, other->rest_size);
		keyed_merge_records(k, other);
	}
	else
	{
		expand(k, value);
		load(k);
	}
	return k;
}

/* An argument that is only read. */
Keyed *
keyed_arg(FunctionCallInfo fcinfo, int argno, const KeyedClass *class)
{
	struct varlena *value = (struct varlena *) PG_GETARG_POINTER(argno);
	Keyed	   *k;

	if (VARATT_IS_EXTERNAL_EXPANDED(value))
	{
		k = (Keyed *) DatumGetEOHP(PointerGetDatum(value));
		Assert(k->list.class == class);
		return k;
	}
	k = keyed_new(class);
	expand(k, value);
	return k;
}

/*
 * The result of a final function: a pointer to the object, to be read only.
 * It stands in memory of its own, since PostgreSQL 15 copies, and that is
 * flattens, what does not belong to the memory context of the call.
 */
Datum
keyed_result(Keyed *k)
{
	char	   *pointer = (char *) palloc(EXPANDED_POINTER_SIZE);

	memcpy(pointer, k->eoh.eoh_ro_ptr, EXPANDED_POINTER_SIZE);
	return PointerGetDatum(pointer);
}

/* -------------------------------------------------------------------------
 * Flattening
 * -------------------------------------------------------------------------
 */
static Size
flat_size(ExpandedObjectHeader *eoh)
{
	Keyed	   *k = (Keyed *) eoh;

	load(k);
	if (k->flat_size == 0)
	{
		Size		size = KEYED_FIXED_SIZE + ALIGNED(k->rule_size) + ALIGNED(k->rest_size) +
			keyed_list_pack(&k->list, NULL, &k->flat_records);

		if (!AllocSizeIsValid(size))
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("%s would exceed 1 GB", k->list.class->kind.type_name),
					 errhint("%s", k->list.class->too_large_hint)));
		k->flat_size = size;
	}
	return k->flat_size;
}

static void
flatten(ExpandedObjectHeader *eoh, void *result, Size allocated_size)
{
	Keyed	   *k = (Keyed *) eoh;
	KeyedFlat  *flat = (KeyedFlat *) result;
	char	   *rest = flat->bytes + ALIGNED(k->rule_size);

	Assert(allocated_size == k->flat_size);
	memset(flat, 0, KEYED_FIXED_SIZE + ALIGNED(k->rule_size) + ALIGNED(k->rest_size));
	SET_VARSIZE(flat, allocated_size);
	flat->head.family = k->list.class->kind.family;
	flat->head.version = k->list.class->kind.version;
	flat->head.flags = k->key;
	flat->rule_size = k->rule_size;
	flat->rest_size = k->rest_size;
	flat->records = k->flat_records;
	if (k->rule_size > 0)
		memcpy(flat->bytes, k->rule, k->rule_size);
	if (k->rest_size > 0)
		memcpy(rest, k->rest, k->rest_size);
	keyed_list_pack(&k->list, (uint8 *) rest + ALIGNED(k->rest_size), &flat->records);
}

/* The value as it is stored; the object is gone. */
Datum
keyed_flat(Keyed *k)
{
	Size		size = EOH_get_flat_size(&k->eoh);
	void	   *flat = palloc(size);

	EOH_flatten_into(&k->eoh, flat, size);
	DeleteExpandedObject(EOHPGetRWDatum(&k->eoh));
	return PointerGetDatum(flat);
}

/* -------------------------------------------------------------------------
 * Walking
 * -------------------------------------------------------------------------
 */
void
keyed_walk_start(KeyedWalk *walk, Keyed *k)
{
	load(k);
	memset(walk, 0, sizeof(KeyedWalk));
	walk->list = &k->list;
	walk->key_words = k->list.words - k->list.class->payload;
}

/* The next customer; false after the last one. */
bool
keyed_walk_next(KeyedWalk *walk)
{
	KeyedPart  *part = &walk->list->parts[walk->part];
	int			words = walk->list->words;
	uint32		i;

	while (walk->next == part->used)
	{
		if (walk->next > 0 || walk->part > 0)
			CHECK_FOR_INTERRUPTS();
		if (++walk->part == walk->list->part_count)
		{
			/* asked once more, it is false again */
			walk->part--;
			return false;
		}
		part = &walk->list->parts[walk->part];
		walk->next = 0;
	}
	if (walk->next == 0)
		keyed_list_sort(walk->list, part);
	walk->records = part->words + (Size) walk->next * words;
	for (i = walk->next + 1; i < part->used; i++)
	{
		const uint64 *record = part->words + (Size) i * words;

		if (record[0] != walk->records[0] || (walk->key_words > 1 && record[1] != walk->records[1]))
			break;
	}
	walk->count = i - walk->next;
	walk->next = i;
	return true;
}

/* -------------------------------------------------------------------------
 * Text and binary form of the records; the family writes the rest
 * -------------------------------------------------------------------------
 */

/* The packed records, and how many there are */
static bytea *
packed_records(Keyed *k, uint64 *records)
{
	Size		size;
	bytea	   *packed;

	load(k);
	size = keyed_list_pack(&k->list, NULL, records) + VARHDRSZ;
	if (!AllocSizeIsValid(size))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s would exceed 1 GB", k->list.class->kind.type_name),
				 errhint("%s", k->list.class->too_large_hint)));
	packed = (bytea *) palloc(size);
	SET_VARSIZE(packed, size);
	keyed_list_pack(&k->list, (uint8 *) VARDATA(packed), records);
	return packed;
}

/* " key=bigint records=3 packed=0a..." */
void
keyed_out(StringInfo out, Keyed *k)
{
	uint64		records;
	bytea	   *packed = packed_records(k, &records);
	int			size = (int) VARSIZE_ANY_EXHDR(packed);

	appendStringInfo(out, " key=%s records=" UINT64_FORMAT " packed=", key_names[k->key], records);
	enlargeStringInfo(out, 2 * size);
	hex_encode(VARDATA(packed), size, out->data + out->len);
	out->len += 2 * size;
	out->data[out->len] = '\0';
}

/* Whether the records of a value that came from outside are as they must be; adds them. */
static bool
take_packed(Keyed *k, uint64 key, uint64 records, const uint8 *bytes, Size size)
{
	if (key > KEYED_KEY_LAST || (key != KEYED_NONE && k->rule_size == 0))
		return false;
	if (key == KEYED_NONE)
		return records == 0 && size == 0;
	/* a record has a byte at least */
	if (records > size)
		return false;
	keyed_set_key(k, (KeyedKey) key);
	return keyed_list_unpack(&k->list, bytes, size, records, k);
}

/* Reads what keyed_out() wrote; the rule must have been read. */
void
keyed_in(SummaryText *text, Keyed *k)
{
	uint64		records;
	Size		digits;
	char	   *bytes;
	Size		size;
	int			key = 0;

	crmkpi_text_key(text, "key");
	while (key <= (int) KEYED_KEY_LAST && strncmp(text->at, key_names[key], strlen(key_names[key])) != 0)
		key++;
	if (key > (int) KEYED_KEY_LAST)
		crmkpi_text_error(text, "none, bigint, uuid or text");
	text->at += strlen(key_names[key]);
	records = (uint64) crmkpi_text_count(text, "records");
	crmkpi_text_key(text, "packed");
	digits = strspn(text->at, "0123456789abcdef");
	if (digits % 2 != 0)
		crmkpi_text_error(text, "an even number of hexadecimal digits");
	bytes = (char *) palloc(digits / 2 + 1);
	size = (Size) hex_decode(text->at, digits, bytes);
	if (!take_packed(k, (uint64) key, records, (uint8 *) bytes, size))
		crmkpi_text_error(text, "packed records in order, as many as announced");
	text->at += digits;
	pfree(bytes);
}

void
keyed_send(StringInfo out, Keyed *k)
{
	uint64		records;
	bytea	   *packed = packed_records(k, &records);

	pq_sendbyte(out, (uint8) k->key);
	pq_sendint64(out, records);
	pq_sendint32(out, (uint32) VARSIZE_ANY_EXHDR(packed));
	pq_sendbytes(out, VARDATA(packed), (int) VARSIZE_ANY_EXHDR(packed));
}

/* Reads what keyed_send() wrote; the rule must have been read. */
void
keyed_recv(StringInfo in, Keyed *k)
{
	uint64		key = (uint64) pq_getmsgbyte(in);
	uint64		records = (uint64) pq_getmsgint64(in);
	uint32		size = (uint32) pq_getmsgint(in, 4);

	if (size > (uint32) (in->len - in->cursor) ||
		!take_packed(k, key, records, (const uint8 *) pq_getmsgbytes(in, (int) size), size))
		crmkpi_recv_error(&k->list.class->kind, "packed records in order, as many as announced");
}
