/*
 * response_counts.c
 *		Customers by the touch at which their sequence ended, and how.
 *
 * A response_summary has two parts: the rows of customers that may still get
 * more, and the counts of customers that are done with (compacted).  Both can
 * be there at once; what is answered is the sum.  So rows merge exactly,
 * counts add up, and the order in which either is done does not matter.
 */
#include "crmkpi.h"

#include "miscadmin.h"
#include "response.h"

#define ALIGNED(size)	TYPEALIGN(8, (Size) (size))

/* Touches of one customer at most, so that the arrays stay below 1 GB by far. */
#define RESPONSE_TOUCH_LIMIT	10000000

ResponseCounts *
response_counts_new(void)
{
	ResponseCounts *counts = (ResponseCounts *) palloc0(sizeof(ResponseCounts));

	counts->room = 16;
	counts->ends = (ResponseEnds *) palloc0(counts->room * sizeof(ResponseEnds));
	counts->times = (DurationSummary **) palloc0(counts->room * sizeof(DurationSummary *));
	return counts;
}

/* Counts so many customers whose sequence ended after so many touches with that kind. */
void
response_counts_add(ResponseCounts *counts, int64 touches, int kind, int64 customers)
{
	int64		room = counts->room;

	if (unlikely(touches >= room))
	{
		if (touches > RESPONSE_TOUCH_LIMIT)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("one customer has " INT64_FORMAT " touches", touches),
					 errdetail("Expected at most %d.", RESPONSE_TOUCH_LIMIT),
					 errhint("Rows without a customer may have got the same value for one; give them NULL.")));
		while (room <= touches)
			room *= 2;
		counts->ends = (ResponseEnds *) repalloc(counts->ends, room * sizeof(ResponseEnds));
		memset(counts->ends + counts->room, 0, (room - counts->room) * sizeof(ResponseEnds));
		counts->times = (DurationSummary **) repalloc(counts->times, room * sizeof(DurationSummary *));
		memset(counts->times + counts->room, 0, (room - counts->room) * sizeof(DurationSummary *));
		counts->room = room;
	}
	/* the sum limits each count */
	counts->customers = crmkpi_count_add(counts->customers, customers, &response_class.kind);
	counts->ends[touches].by[kind] += customers;
	if (customers > 0)
		counts->touches = Max(counts->touches, touches);
}

/* Counts the time of a response to that touch. */
static inline void
counts_add_time(ResponseCounts *counts, int64 touch, int64 us)
{
	DurationSummary *before = counts->times[touch];

	if (before == NULL)
		before = duration_new(DURATION_PACKED, 0);
	counts->times[touch] = duration_add(before, us);
	if (counts->times[touch] != before)
		pfree(before);
}

/* Adds the counts that are stored: the highest touch, the ends from touch 0 on, and the times that there are. */
void
response_counts_add_stored(ResponseCounts *counts, const Keyed *k)
{
	const ResponseEnds *ends;
	const char *at;
	int64		touches;

	if (k->rest_size == 0)
		return;
	touches = *(const int64 *) k->rest;
	ends = (const ResponseEnds *) (k->rest + sizeof(int64));
	at = (const char *) (ends + touches + 1);
	for (int64 touch = 0; touch <= touches; touch++)
	{
		for (int kind = 0; kind < RESPONSE_KINDS; kind++)
			response_counts_add(counts, touch, kind, ends[touch].by[kind]);
		if (touch > 0 && ends[touch].by[RESPONSE_IN] > 0)
		{
			const DurationSummary *stored = (const DurationSummary *) at;
			DurationSummary *before = counts->times[touch];

			if (before == NULL)
				before = duration_new(DURATION_PACKED, 0);
			counts->times[touch] = duration_merge(before, stored);
			at += ALIGNED(VARSIZE(stored));
		}
	}
}

/* Stores counts, in the place of those that are stored. */
void
response_counts_store(Keyed *k, const ResponseCounts *counts)
{
	static const char zeros[8] = {0};
	StringInfoData out;

	if (counts->customers == 0)
	{
		keyed_set_rest(k, "", 0);
		return;
	}
	initStringInfo(&out);
	appendBinaryStringInfo(&out, (const char *) &counts->touches, sizeof(int64));
	appendBinaryStringInfo(&out, (const char *) counts->ends, (int) ((counts->touches + 1) * sizeof(ResponseEnds)));
	for (int64 touch = 1; touch <= counts->touches; touch++)
	{
		DurationSummary *packed;
		int			size;

		if (!response_has_times(counts, touch))
			continue;
		packed = duration_pack(counts->times[touch]);
		size = (int) VARSIZE(packed);
		appendBinaryStringInfo(&out, (const char *) packed, size);
		appendBinaryStringInfo(&out, zeros, (int) ALIGNED(size) - size);
		pfree(packed);
	}
	keyed_set_rest(k, out.data, out.len);
	pfree(out.data);
}

/* All customers, those of the rows and those that were counted before. */
ResponseCounts *
response_count(Keyed *k)
{
	ResponseCounts *counts = response_counts_new();
	KeyedWalk	walk;

	response_counts_add_stored(counts, k);
	keyed_walk_start(&walk, k);
	while (keyed_walk_next(&walk))
	{
		uint32		touches = 0;
		int			kind = RESPONSE_OUT;

		for (uint32 i = 0; i < walk.count; i++)
		{
			kind = (int) keyed_walk_word(&walk, i, 1);
			if (kind != RESPONSE_OUT)
				break;
			touches++;
		}
		response_counts_add(counts, touches, kind, 1);
		if (kind == RESPONSE_IN && touches > 0)
		{
			uint64		us = keyed_walk_word(&walk, touches, 0) - keyed_walk_word(&walk, touches - 1, 0);

			/* all times are further apart than an interval can be */
			counts_add_time(counts, touches, (int64) Min(us, (uint64) PG_INT64_MAX));
		}
	}
	return counts;
}

void
response_walk_start(ResponseWalk *walk, const ResponseCounts *counts)
{
	memset(walk, 0, sizeof(ResponseWalk));
	walk->counts = counts;
	walk->next = counts->customers;
	for (int kind = 0; kind < RESPONSE_KINDS; kind++)
		walk->next -= counts->ends[0].by[kind];
}

bool
response_walk_next(ResponseWalk *walk)
{
	const ResponseEnds *ends;

	if (walk->touch >= walk->counts->touches)
		return false;
	CHECK_FOR_INTERRUPTS();
	ends = &walk->counts->ends[++walk->touch];
	walk->contacted = walk->next;
	walk->responded = ends->by[RESPONSE_IN];
	for (int kind = 0; kind < RESPONSE_KINDS; kind++)
		walk->next -= ends->by[kind];
	return true;
}
