/*
 * customer_list.c
 *		A summary that counts customers who are alike.
 *
 * In an aggregate, rows are appended.  When the list is full it is compacted:
 * sorted, and equal entries are made one; only if it is then still more than
 * half full it is made twice as long.  So the memory follows the number of
 * distinct customers, and a row is sorted a constant number of times on
 * average.  Packed, as it is stored and as a model is fitted to it, the list
 * is compact, in order, and of exact size: the same customers are the same
 * bytes, and sums over them are added in the same order, whatever the order of
 * the rows was.
 */
#include "crmkpi.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "customer_list.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define STATE_START_SIZE		256 /* bytes; doubles */

/* -------------------------------------------------------------------------
 * Counting
 * -------------------------------------------------------------------------
 */
static inline Size
size_of(Size entries)
{
	return CUSTOMER_LIST_SIZE + entries * sizeof(CustomerEntry);
}

static inline Size
room_of(const CustomerList *list)
{
	return (VARSIZE(list) - CUSTOMER_LIST_SIZE) / sizeof(CustomerEntry);
}

/* An empty list, with room for so many entries. */
static CustomerList *
list_new(Size entries, const CustomerListKind *kind)
{
	return crmkpi_summary_new(size_of(entries), &kind->summary);
}

static void
list_check(const CustomerList *list PG_USED_FOR_ASSERTS_ONLY)
{
	Assert((list->head.flags & ~CUSTOMER_LIST_WORKING) == 0);
	Assert(list->unused == 0);
	Assert((list->customers > 0) == (list->used > 0));
	Assert(list->head.flags != 0 ? VARSIZE(list) >= size_of(list->used) : VARSIZE(list) == size_of(list->used));
}

/* By frequency, then by the values, none of which is -0 or NaN. */
static inline int
compare_entries(const CustomerEntry *a, const CustomerEntry *b)
{
	if (a->frequency != b->frequency)
		return a->frequency < b->frequency ? -1 : 1;
	if (a->values[0] != b->values[0])
		return a->values[0] < b->values[0] ? -1 : 1;
	return (a->values[1] > b->values[1]) - (a->values[1] < b->values[1]);
}

#define ST_SORT sort_entries
#define ST_ELEMENT_TYPE CustomerEntry
#define ST_COMPARE(a, b) compare_entries(a, b)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* Sorts the entries, and makes equal ones one. */
static void
compact(CustomerList *list)
{
	uint32		kept = 0;

	if (list->used == 0)
		return;
	sort_entries(list->entries, list->used);
	for (uint32 i = 1; i < list->used; i++)
	{
		if (compare_entries(&list->entries[i], &list->entries[kept]) == 0)
			list->entries[kept].count += list->entries[i].count;	/* no more than customers */
		else
			list->entries[++kept] = list->entries[i];
	}
	list->used = kept + 1;
}

/* The state, maybe compacted, or a new one in its place, with room for so many more entries. */
static CustomerList *
make_room(CustomerList *list, Size more, const CustomerListKind *kind)
{
	CustomerList *result;
	Size		size = STATE_START_SIZE;
	Size		used;

	if (likely(list->used + more <= room_of(list)))
		return list;
	if ((list->head.flags & CUSTOMER_LIST_WORKING) != 0)
		compact(list);
	used = list->used;
	if (used + more <= room_of(list) && used <= room_of(list) / 2)
		return list;

	while (size < size_of(used + Max(used, more)))
		size *= 2;
	/* the last step to the limit is smaller, but leaves room for some rows before it is compacted again */
	if (size > MaxAllocSize)
		size = Max(size_of(used + Max(used / 8, more)), MaxAllocSize);
	result = list_new((size - CUSTOMER_LIST_SIZE) / sizeof(CustomerEntry), kind);
	result->customers = list->customers;
	result->used = used;
	memcpy(result->entries, list->entries, used * sizeof(CustomerEntry));
	return result;
}

/* Counts the customers of one entry; returns the state or a new one. */
CustomerList *
customer_list_add(CustomerList *list, const CustomerListKind *kind, const CustomerEntry *entry)
{
	/* only a summary made by hand comes near the limit */
	if (unlikely(entry->count > PG_INT64_MAX - list->customers))
		crmkpi_count_error(&kind->summary);
	list = make_room(list, 1, kind);
	list->head.flags = CUSTOMER_LIST_WORKING;
	list->entries[list->used++] = *entry;
	list->customers += entry->count;
	list_check(list);
	return list;
}

/* Adds what the other one has counted; returns the state or a new one. */
CustomerList *
customer_list_merge(CustomerList *list, const CustomerList *other, const CustomerListKind *kind)
{
	int64		customers = crmkpi_count_add(list->customers, other->customers, &kind->summary);

	if (other->used == 0)
		return list;
	list = make_room(list, other->used, kind);
	list->head.flags = CUSTOMER_LIST_WORKING;
	memcpy(list->entries + list->used, other->entries, other->used * sizeof(CustomerEntry));
	list->used += other->used;
	list->customers = customers;
	list_check(list);
	return list;
}

/* The same list in the form that is stored: a new value, compact, of exact size. */
CustomerList *
customer_list_pack(const CustomerList *list, const CustomerListKind *kind)
{
	CustomerList *result = list_new(list->used, kind);

	result->customers = list->customers;
	result->used = list->used;
	memcpy(result->entries, list->entries, list->used * sizeof(CustomerEntry));
	if ((list->head.flags & CUSTOMER_LIST_WORKING) != 0)
	{
		compact(result);
		SET_VARSIZE(result, size_of(result->used));
	}
	list_check(result);
	return result;
}

/* About so many entries of a packed list, at even distances. */
CustomerList *
customer_list_sample(const CustomerList *list, const CustomerListKind *kind, uint32 entries)
{
	uint32		distance = Max(list->used / entries, 1);
	CustomerList *result = list_new((list->used + distance - 1) / distance, kind);

	for (uint32 i = 0; i < list->used; i += distance)
	{
		result->entries[result->used++] = list->entries[i];
		result->customers += list->entries[i].count;
	}
	list_check(result);
	return result;
}

/* A packed argument, to be read only; a state is packed first. */
CustomerList *
customer_list_arg(FunctionCallInfo fcinfo, int argno, const CustomerListKind *kind)
{
	CustomerList *list = crmkpi_summary_arg(fcinfo, argno, &kind->summary);

	return list->head.flags != 0 ? customer_list_pack(list, kind) : list;
}

/* The combine function. */
Datum
customer_list_combine(FunctionCallInfo fcinfo, const CustomerListKind *kind)
{
	CustomerList *other = crmkpi_summary_arg(fcinfo, 1, &kind->summary);
	CustomerList *list = customer_list_merge(summary_state(fcinfo, &kind->summary), other, kind);

	return PointerGetDatum(customer_list_result(fcinfo, list, kind));
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */

/* A number that is not NaN or infinite, just as crmkpi_out_double() writes it. */
double
crmkpi_text_double(SummaryText *text)
{
	Size		length = strspn(text->at, "0123456789+-.e");
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN] = "";
	char		again[DOUBLE_SHORTEST_DECIMAL_LEN] = "";
	double		value = 0.0;

	if (length < sizeof(digits))
	{
		memcpy(digits, text->at, length);
		value = strtod(digits, NULL);
		double_to_shortest_decimal_buf(value, again);
	}
	if (digits[0] == '\0' || strcmp(digits, again) != 0)
		crmkpi_text_error(text, "a number in its shortest form");
	text->at += length;
	return value;
}

/* The shortest text that is read as this number. */
void
crmkpi_out_double(StringInfo out, double value)
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(value, digits);
	appendStringInfoString(out, digits);
}

static bool
entry_plausible(const CustomerEntry *entry, const CustomerListKind *kind)
{
	return !signbit(entry->values[0]) && !signbit(entry->values[1]) &&
		kind->plausible(entry->frequency, entry->values);
}

/* Steps over ":". */
static void
read_colon(SummaryText *text)
{
	if (*text->at != ':')
		crmkpi_text_error(text, "\":\"");
	text->at++;
}

/* "customers=frequency:value:count,..." or with two values, in order */
CustomerList *
customer_list_in(char *input, const CustomerListKind *kind)
{
	SummaryText text;
	CustomerList *list = list_new(0, kind);

	crmkpi_text_begin(&text, input, &kind->summary);
	crmkpi_text_key(&text, "customers");
	while (*text.at != '\0')
	{
		CustomerEntry entry = {0};

		CHECK_FOR_INTERRUPTS();
		if (list->used > 0)
		{
			if (*text.at != ',')
				crmkpi_text_error(&text, "\",\" or the end");
			text.at++;
		}
		entry.frequency = (int64) crmkpi_text_digits(&text);
		for (int i = 0; i < kind->values; i++)
		{
			read_colon(&text);
			entry.values[i] = crmkpi_text_double(&text);
		}
		if (!entry_plausible(&entry, kind))
			crmkpi_text_error(&text, kind->expected);
		if (list->used > 0 && compare_entries(&entry, &list->entries[list->used - 1]) <= 0)
			crmkpi_text_error(&text, "customers in order, equal ones once");
		read_colon(&text);
		entry.count = (int64) crmkpi_text_digits(&text);
		if (entry.count == 0 || entry.count > PG_INT64_MAX - list->customers)
			crmkpi_text_error(&text, "counts from 1 on whose sum is a bigint");
		list = customer_list_add(list, kind, &entry);
	}
	return customer_list_pack(list, kind);
}

char *
customer_list_out(const CustomerList *list, const CustomerListKind *kind)
{
	StringInfoData out;

	crmkpi_out_begin(&out, &kind->summary);
	appendStringInfoString(&out, " customers=");
	for (uint32 i = 0; i < list->used; i++)
	{
		const CustomerEntry *entry = &list->entries[i];

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&out, "%s" INT64_FORMAT, i > 0 ? "," : "", entry->frequency);
		for (int j = 0; j < kind->values; j++)
		{
			appendStringInfoChar(&out, ':');
			crmkpi_out_double(&out, entry->values[j]);
		}
		appendStringInfo(&out, ":" INT64_FORMAT, entry->count);
	}
	return out.data;
}

/* number of entries, then each: frequency, values, count */
CustomerList *
customer_list_recv(StringInfo in, const CustomerListKind *kind)
{
	CustomerList *list;
	uint32		used;

	crmkpi_recv_begin(in, &kind->summary);
	used = (uint32) pq_getmsgint(in, 4);
	if (used > (uint32) (in->len - in->cursor) / ((2 + kind->values) * sizeof(int64)))
		crmkpi_recv_error(&kind->summary, "as many entries as it announces");
	list = list_new(used, kind);
	for (uint32 i = 0; i < used; i++)
	{
		CustomerEntry *entry = &list->entries[i];

		CHECK_FOR_INTERRUPTS();
		entry->frequency = pq_getmsgint64(in);
		for (int j = 0; j < kind->values; j++)
			entry->values[j] = pq_getmsgfloat8(in);
		entry->count = pq_getmsgint64(in);
		if (!entry_plausible(entry, kind))
			crmkpi_recv_error(&kind->summary, kind->expected);
		if (i > 0 && compare_entries(entry, entry - 1) <= 0)
			crmkpi_recv_error(&kind->summary, "customers in order, equal ones once");
		if (entry->count <= 0 || entry->count > PG_INT64_MAX - list->customers)
			crmkpi_recv_error(&kind->summary, "counts from 1 on whose sum is a bigint");
		list->customers += entry->count;
	}
	list->used = used;
	list_check(list);
	return list;
}

bytea *
customer_list_send(const CustomerList *list, const CustomerListKind *kind)
{
	StringInfoData out;

	crmkpi_send_begin(&out, &kind->summary);
	pq_sendint32(&out, list->used);
	for (uint32 i = 0; i < list->used; i++)
	{
		const CustomerEntry *entry = &list->entries[i];

		CHECK_FOR_INTERRUPTS();
		pq_sendint64(&out, entry->frequency);
		for (int j = 0; j < kind->values; j++)
			pq_sendfloat8(&out, entry->values[j]);
		pq_sendint64(&out, entry->count);
	}
	return pq_endtypsend(&out);
}
