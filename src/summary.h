/*
 * summary.h
 *		What the summary types of all families share: the header of the value,
 *		the writable state of an aggregate, text and binary input.
 */
#ifndef CRMKPI_SUMMARY_H
#define CRMKPI_SUMMARY_H

#include "crmkpi.h"
#include "lib/stringinfo.h"
#include "nodes/nodes.h"

#pragma GCC visibility push(hidden)

/*
 * Every summary begins with this.  A summary is canonical: the same facts have
 * the same bytes, so that = and hash look at bytes only.
 */
typedef struct SummaryHeader
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		family;			/* SummaryKind.family of the type */
	uint8		version;		/* format version within the family, from 1 */
	uint16		flags;			/* the family's own */
} SummaryHeader;

/* What the shared code has to know of a family. */
typedef struct SummaryKind
{
	uint8		family;			/* a letter, unique */
	uint8		version;		/* newest format this code reads, and the one it writes */
	Size		min_size;		/* bytes of the smallest value */
	const char *type_name;		/* SQL name, for messages */
} SummaryKind;

/* A text form being read: "v1 key=value key=value". */
typedef struct SummaryText
{
	const SummaryKind *kind;
	const char *text;			/* the whole text, for messages */
	const char *at;				/* what is still unread */
} SummaryText;

extern void *crmkpi_summary_new(Size size, const SummaryKind *kind);
extern void *crmkpi_summary_copy(struct varlena *raw, const SummaryKind *kind);
extern void *crmkpi_summary_arg(FunctionCallInfo fcinfo, int argno, const SummaryKind *kind);
extern MemoryContext crmkpi_object_context(FunctionCallInfo fcinfo);
extern void crmkpi_check_foreign(const SummaryHeader *head, const SummaryKind *kind);

extern void crmkpi_text_begin(SummaryText *text, char *input, const SummaryKind *kind);
extern bool crmkpi_text_has(SummaryText *text, const char *key);
extern int64 crmkpi_text_count(SummaryText *text, const char *key);
extern int128 crmkpi_text_int128(SummaryText *text, const char *key);
extern void crmkpi_text_key(SummaryText *text, const char *key);
extern uint64 crmkpi_text_digits(SummaryText *text);
extern uint32 crmkpi_text_names(SummaryText *text, const char **names, uint32 *lengths, uint32 size);
extern void crmkpi_text_end(SummaryText *text);
extern void crmkpi_text_error(SummaryText *text, const char *expected) pg_attribute_noreturn();

extern void crmkpi_out_begin(StringInfo out, const SummaryKind *kind);
extern void crmkpi_out_int128(StringInfo out, const char *key, int128 value);
extern void crmkpi_out_name(StringInfo out, bool follows, const char *name, uint32 length);

extern void crmkpi_send_begin(StringInfo out, const SummaryKind *kind);
extern void crmkpi_recv_begin(StringInfo in, const SummaryKind *kind);
extern int64 crmkpi_recv_count(StringInfo in, const SummaryKind *kind);
extern int128 crmkpi_recv_int128(StringInfo in);
extern void crmkpi_send_int128(StringInfo out, int128 value);
extern void crmkpi_recv_error(const SummaryKind *kind, const char *detail) pg_attribute_noreturn();

extern void crmkpi_count_error(const SummaryKind *kind) pg_attribute_noreturn();
extern int64 crmkpi_count_add(int64 a, int64 b, const SummaryKind *kind);
extern int64 crmkpi_count_remove(int64 a, int64 b, const SummaryKind *kind);

/* That a detoasted value is of this family and of a version we can read. */
static inline void
summary_check_stored(const SummaryHeader *head, const SummaryKind *kind)
{
	if (unlikely(head->family != kind->family || head->version != kind->version))
		crmkpi_check_foreign(head, kind);
}

/* AggCheckCallContext() != 0, without a call for every row */
static inline bool
summary_in_aggregate(FunctionCallInfo fcinfo)
{
	return fcinfo->context != NULL &&
		(IsA(fcinfo->context, AggState) || IsA(fcinfo->context, WindowAggState));
}

/*
 * The state of a transition or combine function, which may be written.
 *
 * In an aggregate it is the executor's own and is changed in place; only a
 * first state that came from a table may be short, compressed or toasted and
 * is copied once.  Called by hand the argument belongs to somebody else, so a
 * copy is changed.
 */
static inline void *
summary_state(FunctionCallInfo fcinfo, const SummaryKind *kind)
{
	struct varlena *raw = (struct varlena *) PG_GETARG_POINTER(0);

	if (likely(VARATT_IS_4B_U(raw) && summary_in_aggregate(fcinfo)))
	{
		summary_check_stored((SummaryHeader *) raw, kind);
		return raw;
	}
	return crmkpi_summary_copy(raw, kind);
}

/*
 * A number from 0 to 2^63 - 1 in 1 to 9 bytes, 7 bits in each, the low ones
 * first; the top bit says that more follow.
 */
#define SUMMARY_VARINT_MAX	9

static inline uint32
summary_varint_size(uint64 value)
{
	uint32		size = 1;

	for (; value >= 0x80; value >>= 7)
		size++;
	return size;
}

/* Writes a number; returns where the next one goes. */
static inline uint8 *
summary_put_varint(uint8 *to, uint64 value)
{
	for (; value >= 0x80; value >>= 7)
		*to++ = (uint8) (value | 0x80);
	*to++ = (uint8) value;
	return to;
}

/*
 * Reads the number at *at of so many bytes; false where they end, where it
 * does not fit in 63 bits, or where it is longer than it needs to be.
 */
static inline bool
summary_get_varint(const uint8 *bytes, uint32 size, uint32 *at, uint64 *value)
{
	*value = 0;
	for (int shift = 0; shift < 7 * SUMMARY_VARINT_MAX; shift += 7)
	{
		uint8		byte;

		if (*at >= size)
			return false;
		byte = bytes[(*at)++];
		*value |= (uint64) (byte & 0x7F) << shift;
		if (byte < 0x80)
			return byte != 0 || shift == 0;
	}
	return false;
}

#pragma GCC visibility pop

#endif							/* CRMKPI_SUMMARY_H */
