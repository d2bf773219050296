/*
 * auc.c
 *		Rank quality: how well scores put the won items before the lost ones.
 *
 * The area under the ROC curve is the share of the pairs of a won and a lost
 * item in which the won one has the higher score, where equal scores count one
 * half (J. A. Hanley, B. J. McNeil, "The meaning and use of the area under a
 * receiver operating characteristic (ROC) curve", Radiology 143, 1982).  With
 * the scores in order, and w_i won and l_i lost items at the i-th of them,
 *
 *		AUC = sum over i of w_i (l_1 + ... + l_(i-1) + l_i / 2) / (W L)
 *
 * which is counted in whole halves, so that it is exact but for one division.
 *
 * The state has the counts of each distinct score.  In an aggregate, rows are
 * appended.  When the list is full it is compacted: sorted, and equal scores
 * are made one; only if it is then still more than half full it is made twice
 * as long.  Packed, as it is stored, the list is compact and of exact size.
 */
#include "crmkpi.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "summary.h"
#include "utils/memutils.h"

/* Without padding: bytes are compared. */
typedef struct AucEntry
{
	uint64		key;			/* of the score, in its order */
	int64		items;			/* from 1 on */
	int64		won;			/* 0 to items */
} AucEntry;

typedef struct AucSummary
{
	SummaryHeader head;			/* flags: AUC_WORKING */
	int64		items;			/* sums of those of all entries */
	int64		won;
	uint32		used;			/* number of entries */
	uint32		unused;			/* 0 */
	AucEntry	entries[FLEXIBLE_ARRAY_MEMBER]; /* by key, each once, but with AUC_WORKING */
} AucSummary;

#define AUC_WORKING			1	/* in an aggregate: in any order, with room for more */

#define AUC_FIXED_SIZE		offsetof(AucSummary, entries)
#define STATE_START_SIZE	256 /* bytes; doubles */

static const SummaryKind auc_kind = {'u', 1, AUC_FIXED_SIZE, "auc_summary"};

#define SIGN_BIT			(UINT64CONST(1) << 63)

/* Numbers in the order of the scores; 0 and -0 are one. */
static inline uint64
key_of(double score)
{
	uint64		bits;

	score += 0.0;
	memcpy(&bits, &score, sizeof(bits));
	return (bits & SIGN_BIT) != 0 ? ~bits : bits | SIGN_BIT;
}

static inline double
key_score(uint64 key)
{
	uint64		bits = (key & SIGN_BIT) != 0 ? key & ~SIGN_BIT : ~key;
	double		score;

	memcpy(&score, &bits, sizeof(score));
	return score;
}

/* -------------------------------------------------------------------------
 * Counting
 * -------------------------------------------------------------------------
 */
static inline Size
size_of(Size entries)
{
	return AUC_FIXED_SIZE + entries * sizeof(AucEntry);
}

static inline Size
room_of(const AucSummary *s)
{
	return (VARSIZE(s) - AUC_FIXED_SIZE) / sizeof(AucEntry);
}

/* An empty summary, with room for so many entries. */
static AucSummary *
auc_new(Size entries)
{
	return crmkpi_summary_new(size_of(entries), &auc_kind);
}

static void
auc_check(const AucSummary *s PG_USED_FOR_ASSERTS_ONLY)
{
	Assert((s->head.flags & ~AUC_WORKING) == 0);
	Assert(s->unused == 0);
	Assert(s->won >= 0 && s->won <= s->items);
	Assert((s->items > 0) == (s->used > 0));
	Assert(s->head.flags != 0 ? VARSIZE(s) >= size_of(s->used) : VARSIZE(s) == size_of(s->used));
}

#define ST_SORT sort_entries
#define ST_ELEMENT_TYPE AucEntry
#define ST_COMPARE(a, b) (((a)->key > (b)->key) - ((a)->key < (b)->key))
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/* Sorts the entries, and makes equal ones one. */
static void
auc_compact(AucSummary *s)
{
	uint32		kept = 0;

	if (s->used == 0)
		return;
	sort_entries(s->entries, s->used);
	for (uint32 i = 1; i < s->used; i++)
	{
		if (s->entries[i].key == s->entries[kept].key)
		{
			/* no more than those of all */
			s->entries[kept].items += s->entries[i].items;
			s->entries[kept].won += s->entries[i].won;
		}
		else
			s->entries[++kept] = s->entries[i];
	}
	s->used = kept + 1;
}

/* The state, maybe compacted, or a new one in its place, with room for so many more entries. */
static AucSummary *
make_room(AucSummary *s, Size more)
{
	AucSummary *result;
	Size		size = STATE_START_SIZE;
	Size		used;

	if (likely(s->used + more <= room_of(s)))
		return s;
	if ((s->head.flags & AUC_WORKING) != 0)
		auc_compact(s);
	used = s->used;
	if (used + more <= room_of(s) && used <= room_of(s) / 2)
		return s;

	while (size < size_of(used + Max(used, more)))
		size *= 2;
	/* the last step to the limit is smaller, but leaves room for some rows before it is compacted again */
	if (size > MaxAllocSize)
		size = Max(size_of(used + Max(used / 8, more)), MaxAllocSize);
	result = auc_new((size - AUC_FIXED_SIZE) / sizeof(AucEntry));
	result->items = s->items;
	result->won = s->won;
	result->used = s->used;
	memcpy(result->entries, s->entries, used * sizeof(AucEntry));
	return result;
}

/* Counts so many items of a score; returns the state or a new one. */
static inline AucSummary *
auc_add(AucSummary *s, uint64 key, int64 items, int64 won)
{
	AucEntry   *entry;

	/* only a summary made by hand comes near the limit */
	if (unlikely(items > PG_INT64_MAX - s->items))
		crmkpi_count_error(&auc_kind);
	s = make_room(s, 1);
	s->head.flags = AUC_WORKING;
	entry = &s->entries[s->used++];
	entry->key = key;
	entry->items = items;
	entry->won = won;
	s->items += items;
	s->won += won;
	return s;
}

/* Adds what the other one has counted; returns the state or a new one. */
static AucSummary *
auc_merge(AucSummary *s, const AucSummary *other)
{
	int64		items = crmkpi_count_add(s->items, other->items, &auc_kind);

	if (other->used == 0)
		return s;
	s = make_room(s, other->used);
	s->head.flags = AUC_WORKING;
	memcpy(s->entries + s->used, other->entries, other->used * sizeof(AucEntry));
	s->used += other->used;
	s->items = items;
	s->won += other->won;
	return s;
}

/* The same summary in the form that is stored: a new value, compact, of exact size. */
static AucSummary *
auc_pack(const AucSummary *s)
{
	AucSummary *result = auc_new(s->used);

	result->items = s->items;
	result->won = s->won;
	result->used = s->used;
	memcpy(result->entries, s->entries, s->used * sizeof(AucEntry));
	if ((s->head.flags & AUC_WORKING) != 0)
	{
		auc_compact(result);
		SET_VARSIZE(result, size_of(result->used));
	}
	auc_check(result);
	return result;
}

/* A packed argument, to be read only; a state is packed first. */
static AucSummary *
auc_arg(FunctionCallInfo fcinfo, int argno)
{
	AucSummary *s = crmkpi_summary_arg(fcinfo, argno, &auc_kind);

	return s->head.flags != 0 ? auc_pack(s) : s;
}

/* The area, of which there must be won and lost items. */
static double
auc_area(const AucSummary *s)
{
	int128		halves = 0;		/* pairs in order count 2, those of equal scores 1 */
	int64		lost_before = 0;

	for (uint32 i = 0; i < s->used; i++)
	{
		const AucEntry *entry = &s->entries[i];
		int64		lost = entry->items - entry->won;

		halves += (int128) entry->won * (2 * (int128) lost_before + lost);
		lost_before += lost;
	}
	return (double) halves / (double) (2 * (int128) s->won * lost_before);
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_auc_in);
PG_FUNCTION_INFO_V1(crmkpi_auc_out);
PG_FUNCTION_INFO_V1(crmkpi_auc_recv);
PG_FUNCTION_INFO_V1(crmkpi_auc_send);

/* A score in the shortest form that is read back as the same. */
static double
read_score(SummaryText *text)
{
	char		shortest[DOUBLE_SHORTEST_DECIMAL_LEN];
	char	   *end;
	double		score = strtod(text->at, &end);
	int			length;

	if (!isfinite(score) || score == 0.0)
		score = 0.0;
	length = double_to_shortest_decimal_bufn(score, shortest);
	if (end - text->at != length || memcmp(text->at, shortest, length) != 0)
		crmkpi_text_error(text, "a finite number in its shortest form");
	text->at = end;
	return score;
}

/* ":number" */
static int64
read_count(SummaryText *text)
{
	if (*text->at != ':')
		crmkpi_text_error(text, "\":\"");
	text->at++;
	return (int64) crmkpi_text_digits(text);
}

/* "scores=score:items:won,...", in order */
Datum
crmkpi_auc_in(PG_FUNCTION_ARGS)
{
	SummaryText text;
	AucSummary *s = auc_new(0);
	uint64		previous = 0;	/* less than the key of any finite score */

	crmkpi_text_begin(&text, PG_GETARG_CSTRING(0), &auc_kind);
	crmkpi_text_key(&text, "scores");
	while (*text.at != '\0')
	{
		uint64		key;
		int64		items;
		int64		won;

		CHECK_FOR_INTERRUPTS();
		if (s->used > 0)
		{
			if (*text.at != ',')
				crmkpi_text_error(&text, "\",\" or the end");
			text.at++;
		}
		key = key_of(read_score(&text));
		if (key <= previous)
			crmkpi_text_error(&text, "scores in order, each once");
		items = read_count(&text);
		won = read_count(&text);
		if (items == 0 || won > items || items > PG_INT64_MAX - s->items)
			crmkpi_text_error(&text, "counts that belong together");
		s = auc_add(s, key, items, won);
		previous = key;
	}
	PG_RETURN_POINTER(auc_pack(s));
}

Datum
crmkpi_auc_out(PG_FUNCTION_ARGS)
{
	AucSummary *s = auc_arg(fcinfo, 0);
	StringInfoData out;

	crmkpi_out_begin(&out, &auc_kind);
	appendStringInfoString(&out, " scores=");
	for (uint32 i = 0; i < s->used; i++)
	{
		char		shortest[DOUBLE_SHORTEST_DECIMAL_LEN];
		const AucEntry *entry = &s->entries[i];

		CHECK_FOR_INTERRUPTS();
		double_to_shortest_decimal_buf(key_score(entry->key), shortest);
		appendStringInfo(&out, "%s%s:" INT64_FORMAT ":" INT64_FORMAT, i > 0 ? "," : "", shortest, entry->items,
						 entry->won);
	}
	PG_RETURN_CSTRING(out.data);
}

/* number of entries, then each: score, items, won */
Datum
crmkpi_auc_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	AucSummary *s;
	uint32		used;

	crmkpi_recv_begin(in, &auc_kind);
	used = (uint32) pq_getmsgint(in, 4);
	if (used > (uint32) (in->len - in->cursor) / sizeof(AucEntry))
		crmkpi_recv_error(&auc_kind, "as many entries as it announces");
	s = auc_new(used);
	for (uint32 i = 0; i < used; i++)
	{
		AucEntry   *entry = &s->entries[i];
		double		score = pq_getmsgfloat8(in);

		CHECK_FOR_INTERRUPTS();
		entry->key = key_of(score);
		entry->items = pq_getmsgint64(in);
		entry->won = pq_getmsgint64(in);
		if (!isfinite(score) || (score == 0.0 && signbit(score)))
			crmkpi_recv_error(&auc_kind, "finite scores, and 0 without a sign");
		if (i > 0 && entry->key <= entry[-1].key)
			crmkpi_recv_error(&auc_kind, "scores in order, each once");
		if (entry->items <= 0 || entry->won < 0 || entry->won > entry->items || entry->items > PG_INT64_MAX - s->items)
			crmkpi_recv_error(&auc_kind, "counts that belong together");
		s->items += entry->items;
		s->won += entry->won;
	}
	s->used = used;
	auc_check(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_auc_send(PG_FUNCTION_ARGS)
{
	AucSummary *s = auc_arg(fcinfo, 0);
	StringInfoData out;

	crmkpi_send_begin(&out, &auc_kind);
	pq_sendint32(&out, s->used);
	for (uint32 i = 0; i < s->used; i++)
	{
		pq_sendfloat8(&out, key_score(s->entries[i].key));
		pq_sendint64(&out, s->entries[i].items);
		pq_sendint64(&out, s->entries[i].won);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* -------------------------------------------------------------------------
 * Answers and aggregation.  Outside an aggregate results are packed: they may
 * be stored.
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_auc_combine);
PG_FUNCTION_INFO_V1(crmkpi_auc_final);
PG_FUNCTION_INFO_V1(crmkpi_auc_items);
PG_FUNCTION_INFO_V1(crmkpi_auc_won);
PG_FUNCTION_INFO_V1(crmkpi_auc);
PG_FUNCTION_INFO_V1(crmkpi_auc_accum);

Datum
crmkpi_auc_combine(PG_FUNCTION_ARGS)
{
	AucSummary *other = crmkpi_summary_arg(fcinfo, 1, &auc_kind);
	AucSummary *s = auc_merge(summary_state(fcinfo, &auc_kind), other);

	auc_check(s);
	if (!summary_in_aggregate(fcinfo))
		s = auc_pack(s);
	PG_RETURN_POINTER(s);
}

/* The state in its stored form. */
Datum
crmkpi_auc_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(auc_pack(crmkpi_summary_arg(fcinfo, 0, &auc_kind)));
}

Datum
crmkpi_auc_items(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(((AucSummary *) crmkpi_summary_arg(fcinfo, 0, &auc_kind))->items);
}

Datum
crmkpi_auc_won(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(((AucSummary *) crmkpi_summary_arg(fcinfo, 0, &auc_kind))->won);
}

/* auc(summary): NULL unless there are won and lost items; also the final function of the aggregate */
Datum
crmkpi_auc(PG_FUNCTION_ARGS)
{
	AucSummary *s = auc_arg(fcinfo, 0);

	if (s->won == 0 || s->won == s->items)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(auc_area(s));
}

/* (state, score, won) */
Datum
crmkpi_auc_accum(PG_FUNCTION_ARGS)
{
	double		score = PG_GETARG_FLOAT8(1);
	bool		won = PG_GETARG_BOOL(2);
	AucSummary *s;

	if (unlikely(!isfinite(score)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("score %s is not a finite number", isnan(score) ? "NaN" : score > 0 ? "Infinity" : "-Infinity"),
				 errhint("Leave such rows out with FILTER, or use NULL for a score that is not known.")));
	s = auc_add(summary_state(fcinfo, &auc_kind), key_of(score), 1, won);
	auc_check(s);
	if (!summary_in_aggregate(fcinfo))
		s = auc_pack(s);
	PG_RETURN_POINTER(s);
}
