/*
 * window_funnel_search.c
 *		The longest chain of events through the steps of a funnel.
 *
 * A chain of length k is a list of events e1 ... ek, ei matching step i, with
 * at(e1) <= at(e2) <= ... <= at(ek) <= deadline(e1).  Modes ask for more:
 *
 *	increase		at(ei) < at(ei+1)
 *	once			the events are different ones
 *	order			every event that is not in the chain has a place where it
 *					does not disturb: before e1, after ek, or between an ei and
 *					ei+1 of which it matches step i or step i + 1
 *	deduplication	the same, and between ei and ei+1 it must match none of the
 *					steps 2 to i + 1: of two events that could be ei+1 the second
 *					one is a repeat
 *
 * An event has a place between two others where its time allows it: events of
 * one moment stand in whatever order helps.  With both of the last two modes
 * it must be one place that serves both.
 *
 * So it is enough to walk over the moments, and to know at each one how many
 * steps a chain had before, p, and has afterwards, q.  Steps p + 1 to q are
 * filled by events of that moment (run_end), and its other events need places
 * (passable), where a chain that begins or ends there has no difficulty.
 *
 * The length is found going forward, with the latest deadline of all chains
 * that have reached each step: a deadline is all that matters of how a chain
 * began.  (The latest start would not do.  One month after January 30th, 13:00,
 * is later than one month after January 31st, 12:00.)
 *
 * Of all longest chains the one with the lexicographically earliest times is
 * given.  Its start is found going backward, with the earliest end of a chain
 * from each number of steps; then, once more backward from its deadline, for
 * each moment the set of the numbers of steps from which the end can be
 * reached; then forward, taking as many steps as early as possible.
 *
 * Without the modes order and deduplication having more steps is never worse,
 * so that only the longest run at each moment is looked at.
 */
#include "crmkpi.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "window_funnel.h"

#define NEVER	FUNNEL_NEVER
#define NO_END	FUNNEL_NO_END

/*
 * More events than steps that match one step are never needed to fill steps
 * with different events.
 */
#define MAX_CANDIDATES	(FUNNEL_MAX_STEPS * FUNNEL_MAX_STEPS)

/* The events of one moment. */
typedef struct Moment
{
	const FunnelSummary *s;
	uint32		begin;			/* the first of its events */
	uint32		end;			/* after the last one */
	int64		at;
	uint32		set;			/* steps matched by any of them */
	int			candidates;		/* with FUNNEL_ONCE: events that may fill steps */
	uint32		candidate[MAX_CANDIDATES];	/* the steps of each */
} Moment;

/* A matching of sets of steps with steps. */
typedef struct Matching
{
	const uint32 *sets;
	uint32		seen;			/* steps that were tried in this round */
	uint32		taken;			/* steps that have an owner */
	int			owner[FUNNEL_MAX_STEPS];	/* index of the set a taken step belongs to */
} Matching;

/* Until when a chain that begins then must end. */
static int64
deadline_of(const FunnelSummary *s, int64 at)
{
	FunnelRule	rule = {.within = s->within, .months = s->months};

	return funnel_deadline(&rule, at);
}

/* Steps first + 1 to last. */
static inline uint32
steps_between(int first, int last)
{
	return funnel_first_steps(last) & ~funnel_first_steps(first);
}

/* -------------------------------------------------------------------------
 * One moment
 * -------------------------------------------------------------------------
 */

/* Finds a step for a set, moving others if need be (Kuhn's method). */
static bool
match_one(Matching *matching, int index, uint32 range)
{
	uint32		left;

	while ((left = matching->sets[index] & range & ~matching->seen) != 0)
	{
		/* a free one, if there is one */
		uint32		free_steps = left & ~matching->taken;
		int			bit = pg_rightmost_one_pos32(free_steps != 0 ? free_steps : left);

		matching->seen |= (uint32) 1 << bit;
		if (free_steps != 0 || match_one(matching, matching->owner[bit], range))
		{
			matching->taken |= (uint32) 1 << bit;
			matching->owner[bit] = index;
			return true;
		}
	}
	return false;
}

/* To how many of the sets different steps of the range can be given; stops at enough. */
static int
match_all(const uint32 *sets, int count, uint32 range, int enough)
{
	Matching	matching;
	int			matched = 0;

	matching.sets = sets;
	matching.taken = 0;
	for (int i = 0; i < count && matched < enough; i++)
	{
		matching.seen = 0;
		matched += match_one(&matching, i, range);
	}
	return matched;
}

/* Collects which events may fill steps, with FUNNEL_ONCE. */
static void
collect_candidates(Moment *moment)
{
	int			kept[FUNNEL_MAX_STEPS] = {0};
	uint32		wanted = funnel_first_steps(moment->s->steps);

	moment->candidates = 0;
	for (uint32 i = moment->begin; i < moment->end && wanted != 0; i++)
	{
		uint32		set = moment->s->events[i].steps;

		if ((set & wanted) == 0)
			continue;
		moment->candidate[moment->candidates++] = set;
		for (uint32 left = set; left != 0; left &= left - 1)
		{
			int			bit = pg_rightmost_one_pos32(left);

			if (++kept[bit] == FUNNEL_MAX_STEPS)
				wanted &= ~((uint32) 1 << bit);
		}
	}
}

/* Looks at the events from begin to end, which are of one moment. */
static void
take_moment(Moment *moment, uint32 begin, uint32 end)
{
	const FunnelSummary *s = moment->s;

	CHECK_FOR_INTERRUPTS();
	moment->begin = begin;
	moment->end = end;
	moment->at = s->events[begin].at;
	moment->set = 0;
	for (uint32 i = begin; i < end; i++)
		moment->set |= s->events[i].steps;
	if ((s->head.flags & FUNNEL_ONCE) != 0 && end - begin > 1)
		collect_candidates(moment);
}

/* The moment that begins at an event. */
static inline void
moment_from(Moment *moment, uint32 begin)
{
	const FunnelSummary *s = moment->s;
	uint32		end = begin + 1;

	while (end < s->used && s->events[end].at == s->events[begin].at)
		end++;
	take_moment(moment, begin, end);
}

/* The moment that ends before an event. */
static inline void
moment_until(Moment *moment, uint32 end)
{
	const FunnelSummary *s = moment->s;
	uint32		begin = end - 1;

	while (begin > 0 && s->events[begin - 1].at == s->events[end - 1].at)
		begin--;
	take_moment(moment, begin, end);
}

/* The largest q for which steps p + 1 to q can be filled at this moment; p if there is none. */
static int
run_end(const Moment *moment, int p)
{
	const FunnelSummary *s = moment->s;
	uint32		gaps;
	int			limit;
	int			q;

	if (p >= (int) s->steps || (moment->set & FUNNEL_STEP(p + 1)) == 0)
		return p;
	if ((s->head.flags & FUNNEL_INCREASE) != 0)
		return p + 1;
	gaps = ~moment->set & ~funnel_first_steps(p);
	limit = gaps != 0 ? pg_rightmost_one_pos32(gaps) : FUNNEL_MAX_STEPS;
	if ((s->head.flags & FUNNEL_ONCE) == 0)
		return limit;
	if (moment->end - moment->begin == 1)
		return p + 1;
	limit = Min(limit, p + moment->candidates);
	for (q = p + 1; q < limit; q++)
	{
		if (match_all(moment->candidate, moment->candidates, steps_between(p, q + 1), q + 1 - p) < q + 1 - p)
			break;
	}
	return q;
}

/*
 * Whether an event of this moment that is not in the chain finds a place,
 * where the chain had p steps before and has q steps afterwards, and goes on.
 */
static inline bool
has_place(uint16 modes, uint32 set, int p, int q)
{
	for (int i = p; i <= q; i++)
	{
		/* i + 1 is a step, since the chain goes on */
		if ((modes & FUNNEL_ORDER) != 0 && (set & (FUNNEL_STEP(i) | FUNNEL_STEP(i + 1))) == 0)
			continue;
		if ((modes & FUNNEL_DEDUPLICATION) != 0 && (set & steps_between(1, i + 1)) != 0)
			return false;		/* nor at any later one */
		return true;
	}
	return false;
}

/*
 * Whether a chain that has p > 0 steps before this moment may have q steps
 * after it and go on, given that steps p + 1 to q can be filled.  Events that
 * find no place must be in the chain, each filling a step of its own.
 *
 * With FUNNEL_ONCE all steps must be filled by different events, too.  Where
 * each of both can be had alone, they can be had together (Mendelsohn and
 * Dulmage, 1958).
 */
static bool
passable(const Moment *moment, int p, int q)
{
	const FunnelSummary *s = moment->s;
	uint32		homeless[FUNNEL_MAX_STEPS];
	int			count = 0;

	if ((s->head.flags & (FUNNEL_ORDER | FUNNEL_DEDUPLICATION)) == 0)
		return true;
	for (uint32 i = moment->begin; i < moment->end; i++)
	{
		uint32		set = s->events[i].steps;

		if (has_place(s->head.flags, set, p, q))
			continue;
		if (count == q - p)
			return false;
		homeless[count++] = set;
	}
	return match_all(homeless, count, steps_between(p, q), count) == count;
}

/* -------------------------------------------------------------------------
 * The longest chain
 * -------------------------------------------------------------------------
 */

/* Without modes, or with FUNNEL_INCREASE alone. */
static int
longest_simple(const FunnelSummary *s)
{
	bool		increase = (s->head.flags & FUNNEL_INCREASE) != 0;
	int64		deadline[FUNNEL_MAX_STEPS + 1];	/* the latest one of chains with so many steps */
	int			longest = 0;
	uint32		next;

	for (int i = 0; i <= FUNNEL_MAX_STEPS; i++)
		deadline[i] = NEVER;
	for (uint32 i = 0; i < s->used && longest < (int) s->steps; i = next)
	{
		int64		at = s->events[i].at;
		uint32		set = s->events[i].steps;

		for (next = i + 1; next < s->used && s->events[next].at == at; next++)
			set |= s->events[next].steps;
		CHECK_FOR_INTERRUPTS();
		deadline[0] = (set & 1) != 0 ? deadline_of(s, at) : NEVER;

		/* up, a chain may take several of these steps; down, it takes one */
		while (set != 0)
		{
			int			bit = increase ? pg_leftmost_one_pos32(set) : pg_rightmost_one_pos32(set);

			set &= ~((uint32) 1 << bit);
			if (deadline[bit] >= at && deadline[bit] > deadline[bit + 1])
			{
				deadline[bit + 1] = deadline[bit];
				longest = Max(longest, bit + 1);
			}
		}
	}
	return longest;
}

/* The number of steps of the longest chain. */
int
window_funnel_longest(const FunnelSummary *s)
{
	bool		strict = (s->head.flags & (FUNNEL_ORDER | FUNNEL_DEDUPLICATION)) != 0;
	int64		deadline[FUNNEL_MAX_STEPS + 1];	/* the latest one of chains with so many steps */
	int			longest = 0;
	Moment		moment;

	if ((s->head.flags & FUNNEL_MODES & ~FUNNEL_INCREASE) == 0)
		return longest_simple(s);
	moment.s = s;
	for (int i = 0; i <= FUNNEL_MAX_STEPS; i++)
		deadline[i] = NEVER;
	for (uint32 i = 0; i < s->used && longest < (int) s->steps; i = moment.end)
	{
		moment_from(&moment, i);
		/* down: what a chain reaches here must not be where another one comes from */
		for (int p = longest; p >= 0; p--)
		{
			int64		until = p > 0 ? deadline[p] : (moment.set & 1) != 0 ? deadline_of(s, moment.at) : NEVER;
			int			most;

			/* kept only where it may go on */
			deadline[p] = NEVER;
			if (until < moment.at)
				continue;
			most = run_end(&moment, p);
			longest = Max(longest, most);
			for (int q = most; q >= Max(p, 1) && q < (int) s->steps; q--)
			{
				if (p > 0 && !passable(&moment, p, q))
					continue;
				deadline[q] = Max(deadline[q], until);
				if (!strict)
					break;
			}
		}
	}
	return longest;
}

/* -------------------------------------------------------------------------
 * The earliest of the longest chains
 * -------------------------------------------------------------------------
 */

/* The start of the earliest chain of so many steps. */
static uint32
earliest_start(Moment *moment, int longest)
{
	const FunnelSummary *s = moment->s;
	bool		strict = (s->head.flags & (FUNNEL_ORDER | FUNNEL_DEDUPLICATION)) != 0;
	int64		end_at[FUNNEL_MAX_STEPS + 1];	/* of a chain that has so many steps before this moment */
	uint32		start = s->used;

	for (int p = 0; p <= longest; p++)
		end_at[p] = NO_END;
	for (uint32 end = s->used; end > 0; end = moment->begin)
	{
		moment_until(moment, end);
		/* up: from p steps a chain goes on with p or more, as it was after this moment */
		for (int p = 0; p < longest; p++)
		{
			int			most = run_end(moment, p);
			int64		best = NO_END;

			if (most >= longest)
				best = moment->at;
			else
			{
				for (int q = most; q >= Max(p, 1); q--)
				{
					if (p > 0 && end_at[q] < best && !passable(moment, p, q))
						continue;
					best = Min(best, end_at[q]);
					if (!strict)
						break;
				}
			}
			if (p > 0)
				end_at[p] = best;
			else if (best != NO_END && best <= deadline_of(s, moment->at))
				start = moment->begin;
		}
	}
	Assert(start < s->used);
	return start;
}

/* Writes the times of the earliest of the longest chains, room for 32; returns its length. */
int
window_funnel_chain(const FunnelSummary *s, int64 *times)
{
	int			longest = window_funnel_longest(s);
	Moment		moment;
	uint32	   *can_end;		/* by first event of a moment: bit p, with p steps before it the end is reached */
	uint32		start;
	uint32		stop;
	int64		deadline;
	int			reached = 0;

	if (longest == 0)
		return 0;
	moment.s = s;
	start = earliest_start(&moment, longest);
	deadline = deadline_of(s, s->events[start].at);
	for (stop = start; stop < s->used && s->events[stop].at <= deadline;)
		stop++;
	can_end = (uint32 *) MemoryContextAllocHuge(CurrentMemoryContext, ((Size) stop - start + 1) * sizeof(uint32));
	can_end[stop - start] = 0;
	for (uint32 end = stop; end > start; end = moment.begin)
	{
		uint32		after = can_end[end - start];
		uint32		before = 0;

		moment_until(&moment, end);
		for (int p = 1; p < longest; p++)
		{
			int			most = run_end(&moment, p);
			bool		can = most >= longest;

			for (int q = most; q >= p && !can; q--)
				can = (after >> q & 1) != 0 && passable(&moment, p, q);
			before |= (uint32) can << p;
		}
		can_end[moment.begin - start] = before;
	}

	/* as many steps as early as possible */
	for (uint32 i = start; reached < longest; i = moment.end)
	{
		int			most;

		Assert(i < stop);
		moment_from(&moment, i);
		most = run_end(&moment, reached);
		if (most >= longest)
			most = longest;
		else
		{
			uint32		after = can_end[moment.end - start];

			while ((after >> most & 1) == 0 || (reached > 0 && !passable(&moment, reached, most)))
				most--;
			Assert(most >= Max(reached, 1));
		}
		for (; reached < most; reached++)
			times[reached] = moment.at;
	}
	pfree(can_end);
	return longest;
}
