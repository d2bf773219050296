/*
 * funnel_counts.c
 *		How many customers came how far, and how long each step took.
 *
 * A funnel_summary has two parts: the events of customers that may still get
 * more, and the counts of customers that are done with (compacted).  Both can
 * be there at once; what is answered is the sum.  So events merge exactly,
 * counts add up, and the order in which either is done does not matter.
 */
#include "crmkpi.h"

#include "funnel.h"

#define ALIGNED(size)	TYPEALIGN(8, (Size) (size))

/* No customers. */
static FunnelCounts *
counts_new(int steps)
{
	FunnelCounts *counts = (FunnelCounts *) palloc0(sizeof(FunnelCounts));

	counts->steps = steps;
	for (int i = 2; i <= steps; i++)
		counts->times[i] = duration_new(DURATION_PACKED, 0);
	return counts;
}

/* The counts that are stored, in memory of their own. */
FunnelCounts *
funnel_counts_stored(const Keyed *k, int steps)
{
	FunnelCounts *counts = counts_new(steps);
	const char *at = k->rest + steps * sizeof(int64);

	if (k->rest_size == 0)
		return counts;
	memcpy(&counts->ended[1], k->rest, steps * sizeof(int64));
	for (int i = 2; i <= steps; i++)
	{
		Size		size = VARSIZE(at);

		pfree(counts->times[i]);
		counts->times[i] = (DurationSummary *) palloc(size);
		memcpy(counts->times[i], at, size);
		at += ALIGNED(size);
	}
	return counts;
}

/* Stores counts, in the place of those that are stored. */
void
funnel_counts_store(Keyed *k, const FunnelCounts *counts)
{
	static const char zeros[8] = {0};
	StringInfoData out;
	bool		any = false;

	for (int i = 1; i <= counts->steps; i++)
		any |= counts->ended[i] > 0;
	if (!any)
	{
		keyed_set_rest(k, "", 0);
		return;
	}
	initStringInfo(&out);
	appendBinaryStringInfo(&out, (const char *) &counts->ended[1], counts->steps * (int) sizeof(int64));
	for (int i = 2; i <= counts->steps; i++)
	{
		DurationSummary *packed = duration_pack(counts->times[i]);
		int			size = (int) VARSIZE(packed);

		appendBinaryStringInfo(&out, (const char *) packed, size);
		appendBinaryStringInfo(&out, zeros, (int) ALIGNED(size) - size);
		pfree(packed);
	}
	keyed_set_rest(k, out.data, out.len);
	pfree(out.data);
}

void
funnel_counts_merge(FunnelCounts *counts, const FunnelCounts *other)
{
	Assert(counts->steps == other->steps);
	for (int i = 1; i <= counts->steps; i++)
	{
		counts->ended[i] = crmkpi_count_add(counts->ended[i], other->ended[i], &duration_kind);
		if (i > 1)
			counts->times[i] = duration_merge(counts->times[i], other->times[i]);
	}
}

/* Whether counts that came from outside can be: as many times as customers that reached the step. */
bool
funnel_counts_plausible(const FunnelCounts *counts)
{
	int128		reached = 0;

	for (int i = counts->steps; i >= 1; i--)
	{
		if (counts->ended[i] < 0)
			return false;
		reached += counts->ended[i];
		if (reached > PG_INT64_MAX)
			return false;
		if (i > 1 && (duration_form(counts->times[i]) != DURATION_PACKED || counts->times[i]->items != reached))
			return false;
	}
	return reached > 0;
}

/* All customers, those of the events and those that were counted before. */
FunnelCounts *
funnel_count(Keyed *k)
{
	const FunnelRule *rule = &funnel_plan(k)->rule;
	FunnelCounts *counts = funnel_counts_stored(k, rule->steps);
	int64		times[FUNNEL_STEP_LIMIT];
	KeyedWalk	walk;

	keyed_walk_start(&walk, k);
	while (keyed_walk_next(&walk))
	{
		FunnelEvents events = {walk.records + walk.key_words, k->list.words, walk.count};
		int			reached = funnel_chain(rule, &events, times);

		counts->ended[reached]++;
		for (int i = 2; i <= reached; i++)
		{
			DurationSummary *before = counts->times[i];

			counts->times[i] = duration_add(before, times[i - 1] - times[i - 2]);
			if (counts->times[i] != before)
				pfree(before);
		}
	}
	return counts;
}
