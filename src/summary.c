/*
 * summary.c
 *		What the summary types of all families share.
 *
 * A summary is a flat varlena with a small header (summary.h).  This file
 * makes and checks such values, reads and writes the parts that are common to
 * their text and binary forms, and compares and hashes them.  A value read
 * from a table was checked when it came in, so only its family and version
 * are looked at again: a table may hold values of a newer library.
 */
#include "crmkpi.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "libpq/pqformat.h"
#include "scalar.h"
#include "summary.h"
#include "utils/memutils.h"

#define STATES_CONTEXT	"crmkpi states"

PG_FUNCTION_INFO_V1(crmkpi_summary_eq);
PG_FUNCTION_INFO_V1(crmkpi_summary_ne);
PG_FUNCTION_INFO_V1(crmkpi_summary_lt);
PG_FUNCTION_INFO_V1(crmkpi_summary_le);
PG_FUNCTION_INFO_V1(crmkpi_summary_gt);
PG_FUNCTION_INFO_V1(crmkpi_summary_ge);
PG_FUNCTION_INFO_V1(crmkpi_summary_cmp);
PG_FUNCTION_INFO_V1(crmkpi_summary_hash);
PG_FUNCTION_INFO_V1(crmkpi_summary_hash_extended);

/* -------------------------------------------------------------------------
 * Values and states
 * -------------------------------------------------------------------------
 */

/* A new, zeroed summary of the given size, in the current memory context. */
void *
crmkpi_summary_new(Size size, const SummaryKind *kind)
{
	SummaryHeader *head;

	/* before SET_VARSIZE, which would wrap */
	if (!AllocSizeIsValid(size))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s would exceed 1 GB", kind->type_name),
				 errhint("Summarise smaller groups, and combine their results.")));
	head = (SummaryHeader *) palloc0(size);
	SET_VARSIZE(head, size);
	head->family = kind->family;
	head->version = kind->version;
	return head;
}

static void newer_version_error(const SummaryKind *kind, int version, int sqlstate) pg_attribute_noreturn();

static void
newer_version_error(const SummaryKind *kind, int version, int sqlstate)
{
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("%s has format version %d", kind->type_name, version),
			 errdetail("Expected a version from 1 to %d.", kind->version),
			 errhint("Update the crmkpi library on this server.")));
	pg_unreachable();
}

/* What is wrong with a value that is not of this family or of another version. */
void
crmkpi_check_foreign(const SummaryHeader *head, const SummaryKind *kind)
{
	if (VARSIZE(head) < kind->min_size || head->family != kind->family || head->version == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored value is not a %s", kind->type_name)));
	newer_version_error(kind, head->version, ERRCODE_INVALID_BINARY_REPRESENTATION);
}

/* A detoasted copy in the current memory context, to be written to. */
void *
crmkpi_summary_copy(struct varlena *raw, const SummaryKind *kind)
{
	struct varlena *copy = pg_detoast_datum_copy(raw);

	summary_check_stored((SummaryHeader *) copy, kind);
	return copy;
}

/* A summary argument, to be read only. */
void *
crmkpi_summary_arg(FunctionCallInfo fcinfo, int argno, const SummaryKind *kind)
{
	struct varlena *value = PG_DETOAST_DATUM(PG_GETARG_DATUM(argno));

	summary_check_stored((SummaryHeader *) value, kind);
	return value;
}

/*
 * The memory context for an expanded object that a transition or combine
 * function makes.
 *
 * Outside an aggregate it is the object's own.  The states of an aggregate
 * share one, below that of the aggregate: for each new group a hashed
 * aggregation adds up all contexts there are, which would be quadratic in the
 * number of groups.  So a state must never be deleted.  The executor would do
 * that only where a transition function returns another object.
 */
MemoryContext
crmkpi_object_context(FunctionCallInfo fcinfo)
{
	MemoryContext aggregate;
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &aggregate))
		return AllocSetContextCreate(CurrentMemoryContext, "crmkpi object", ALLOCSET_START_SMALL_SIZES);
	context = aggregate->firstchild;
	while (context != NULL && strcmp(context->name, STATES_CONTEXT) != 0)
		context = context->nextchild;
	if (context == NULL)
		context = AllocSetContextCreate(aggregate, STATES_CONTEXT, ALLOCSET_DEFAULT_SIZES);
	return context;
}

/* One by one no count gets here, but a summary may come in with any count. */
void
crmkpi_count_error(const SummaryKind *kind)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("counts of %s out of range", kind->type_name),
			 errhint("One of the summaries holds a count near the limit of bigint; look where it comes from.")));
	pg_unreachable();
}

/* a + b, for counts of rows */
int64
crmkpi_count_add(int64 a, int64 b, const SummaryKind *kind)
{
	int64		sum;

	if (unlikely(pg_add_s64_overflow(a, b, &sum)))
		crmkpi_count_error(kind);
	return sum;
}

/* a - b, for a row that leaves a moving window; counts never fall below 0 */
int64
crmkpi_count_remove(int64 a, int64 b, const SummaryKind *kind)
{
	if (unlikely(b > a))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s holds fewer items than are to be removed", kind->type_name),
				 errdetail("Expected at least " INT64_FORMAT ", found " INT64_FORMAT ".", b, a),
				 errhint("Only what was added before can be removed.")));
	return a - b;
}

/* -------------------------------------------------------------------------
 * Text form: "v1 key=value key=value", in a fixed order
 * -------------------------------------------------------------------------
 */
void
crmkpi_text_error(SummaryText *text, const char *expected)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"", text->kind->type_name, text->text),
			 errdetail("Expected %s at character %d.", expected, (int) (text->at - text->text) + 1),
			 errhint("Write such values by casting a %s to text, and read them back unchanged.",
					 text->kind->type_name)));
	pg_unreachable();
}

/* Digits of an int128 that is not negative, without leading zeros. */
static int128
text_int128(SummaryText *text)
{
	static const uint128 limit = (~(uint128) 0) >> 1;
	uint128		value = 0;

	if (*text->at < '0' || *text->at > '9')
		crmkpi_text_error(text, "a number");
	if (text->at[0] == '0' && text->at[1] >= '0' && text->at[1] <= '9')
		crmkpi_text_error(text, "a number without leading zeros");
	for (; *text->at >= '0' && *text->at <= '9'; text->at++)
	{
		unsigned	digit = *text->at - '0';

		if (value > (limit - digit) / 10)
			crmkpi_text_error(text, "a smaller number");
		value = value * 10 + digit;
	}
	return (int128) value;
}

/* Digits of a number from 0 to the largest bigint. */
uint64
crmkpi_text_digits(SummaryText *text)
{
	int128		value = text_int128(text);

	if (value > PG_INT64_MAX)
		crmkpi_text_error(text, "a smaller number");
	return (uint64) value;
}

/* Starts to read; accepts the version this code writes. */
void
crmkpi_text_begin(SummaryText *text, char *input, const SummaryKind *kind)
{
	uint64		version;

	text->kind = kind;
	text->text = input;
	text->at = input;
	if (*text->at++ != 'v')
	{
		text->at--;
		crmkpi_text_error(text, "\"v\" and a version");
	}
	version = crmkpi_text_digits(text);
	if (version > kind->version && version <= PG_UINT8_MAX)
		newer_version_error(kind, (int) version, ERRCODE_INVALID_TEXT_REPRESENTATION);
	if (version != kind->version)
		crmkpi_text_error(text, "a known version");
}

/* Whether the next key is this one; does not move. */
bool
crmkpi_text_has(SummaryText *text, const char *key)
{
	Size		length = strlen(key);

	return text->at[0] == ' ' && strncmp(text->at + 1, key, length) == 0 &&
		text->at[1 + length] == '=';
}

/* Steps over " key=". */
void
crmkpi_text_key(SummaryText *text, const char *key)
{
	if (!crmkpi_text_has(text, key))
		crmkpi_text_error(text, psprintf("\" %s=\"", key));
	text->at += strlen(key) + 2;
}

/* " key=number", the number a bigint that is not negative */
int64
crmkpi_text_count(SummaryText *text, const char *key)
{
	crmkpi_text_key(text, key);
	return (int64) crmkpi_text_digits(text);
}

/* " key=number", the number an int128 that is not negative */
int128
crmkpi_text_int128(SummaryText *text, const char *key)
{
	crmkpi_text_key(text, key);
	return text_int128(text);
}

/*
 * Names in quotes with commas, 'a','it''s', into two arrays of this size;
 * returns how many.
 */
uint32
crmkpi_text_names(SummaryText *text, const char **names, uint32 *lengths, uint32 size)
{
	uint32		count = 0;

	while (*text->at == '\'')
	{
		StringInfoData name;

		if (count == size)
			crmkpi_text_error(text, "fewer names");
		initStringInfo(&name);
		for (text->at++; *text->at != '\'' || text->at[1] == '\''; text->at++)
		{
			if (*text->at == '\0')
				crmkpi_text_error(text, "a quote");
			appendStringInfoChar(&name, *text->at);
			text->at += *text->at == '\'';
		}
		text->at++;
		names[count] = name.data;
		lengths[count++] = (uint32) name.len;
		if (*text->at != ',')
			break;
		text->at++;
		if (*text->at != '\'')
			crmkpi_text_error(text, "a quote");
	}
	return count;
}

void
crmkpi_text_end(SummaryText *text)
{
	if (*text->at != '\0')
		crmkpi_text_error(text, "the end");
}

void
crmkpi_out_begin(StringInfo out, const SummaryKind *kind)
{
	initStringInfo(out);
	appendStringInfo(out, "v%d", kind->version);
}

void
crmkpi_out_int128(StringInfo out, const char *key, int128 value)
{
	char		digits[INT128_TEXT_SIZE];

	crmkpi_int128_to_text(value, digits);
	appendStringInfo(out, " %s=%s", key, digits);
}

/* A name in quotes, after a comma if it follows another one. */
void
crmkpi_out_name(StringInfo out, bool follows, const char *name, uint32 length)
{
	appendStringInfoString(out, follows ? ",'" : "'");
	for (uint32 i = 0; i < length; i++)
	{
		if (name[i] == '\'')
			appendStringInfoChar(out, '\'');
		appendStringInfoChar(out, name[i]);
	}
	appendStringInfoChar(out, '\'');
}

/* -------------------------------------------------------------------------
 * Binary form: a byte with the version, then the family's fields
 * -------------------------------------------------------------------------
 */
void
crmkpi_send_begin(StringInfo out, const SummaryKind *kind)
{
	pq_begintypsend(out);
	pq_sendbyte(out, kind->version);
}

void
crmkpi_recv_error(const SummaryKind *kind, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type %s", kind->type_name),
			 errdetail("Expected %s.", detail)));
	pg_unreachable();
}

void
crmkpi_recv_begin(StringInfo in, const SummaryKind *kind)
{
	int			version = pq_getmsgbyte(in);

	if (version > kind->version)
		newer_version_error(kind, version, ERRCODE_INVALID_BINARY_REPRESENTATION);
	if (version != kind->version)
		crmkpi_recv_error(kind, "a known version");
}

int64
crmkpi_recv_count(StringInfo in, const SummaryKind *kind)
{
	int64		count = pq_getmsgint64(in);

	if (count < 0)
		crmkpi_recv_error(kind, "a count that is not negative");
	return count;
}

int128
crmkpi_recv_int128(StringInfo in)
{
	StoredInt128 stored;

	stored.high = pq_getmsgint64(in);
	stored.low = (uint64) pq_getmsgint64(in);
	return stored_int128_get(&stored);
}

void
crmkpi_send_int128(StringInfo out, int128 value)
{
	StoredInt128 stored;

	stored_int128_set(&stored, value);
	pq_sendint64(out, stored.high);
	pq_sendint64(out, stored.low);
}

/* -------------------------------------------------------------------------
 * Comparison: summaries are canonical, so bytes decide.  The order means
 * nothing to people; it lets DISTINCT, GROUP BY and merge joins sort.
 * -------------------------------------------------------------------------
 */
static int
compare_bytes(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_VARLENA_PP(0);
	struct varlena *b = PG_GETARG_VARLENA_PP(1);
	Size		a_size = VARSIZE_ANY_EXHDR(a);
	Size		b_size = VARSIZE_ANY_EXHDR(b);
	int			order = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(a_size, b_size));

	if (order == 0)
		order = (a_size > b_size) - (a_size < b_size);
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return order;
}

Datum
crmkpi_summary_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_bytes(fcinfo) == 0);
}

Datum
crmkpi_summary_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_bytes(fcinfo) != 0);
}

Datum
crmkpi_summary_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_bytes(fcinfo) < 0);
}

Datum
crmkpi_summary_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_bytes(fcinfo) <= 0);
}

Datum
crmkpi_summary_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_bytes(fcinfo) > 0);
}

Datum
crmkpi_summary_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_bytes(fcinfo) >= 0);
}

Datum
crmkpi_summary_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_bytes(fcinfo));
}

Datum
crmkpi_summary_hash(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(0);
	Datum		result = hash_any((unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));

	PG_FREE_IF_COPY(value, 0);
	return result;
}

Datum
crmkpi_summary_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(0);
	Datum		result = hash_any_extended((unsigned char *) VARDATA_ANY(value),
										   VARSIZE_ANY_EXHDR(value), PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(value, 0);
	return result;
}
