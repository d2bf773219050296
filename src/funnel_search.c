/*
 * funnel_search.c
 *		The longest chain of one customer's events, each of which is of one step.
 *
 * The chains are those of window_funnel_search.c, where an event may match
 * several steps, and so are the three passes: forward for the length, backward
 * for the earliest start, forward again for the earliest times.  That every
 * event is of one step makes most of it simpler, and up to 256 steps possible:
 * "once" asks for nothing more, and without the modes "order" and
 * "deduplication" each event is looked at once in each pass.
 *
 * With them, of the events of a moment one of each of the steps p + 1 to q is
 * taken into the chain.  The others must find a place before, between or after
 * these (has_place); only one of a step that does not can be the one taken.
 */
#include "crmkpi.h"

#include "funnel.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* The events of one moment, by step. */
typedef struct Moment
{
	const FunnelRule *rule;
	const FunnelEvents *events;
	uint32		begin;			/* the first of its events */
	uint32		end;			/* after the last one */
	int64		at;
	int			step_count;		/* different steps */
	int			steps[FUNNEL_STEP_LIMIT + 1];	/* these, in order; 0 is no step */
	uint8		events_of[FUNNEL_STEP_LIMIT + 2];	/* by step: 0, 1, or 2 for more than one */
} Moment;

/* -------------------------------------------------------------------------
 * Without the modes order and deduplication
 * -------------------------------------------------------------------------
 */

/* The end of the moment that begins with this event. */
static inline uint32
moment_end(const FunnelEvents *events, uint32 begin)
{
	uint64		at = events->words[(Size) begin * events->stride];
	uint32		end = begin + 1;

	while (end < events->count && events->words[(Size) end * events->stride] == at)
		end++;
	return end;
}

/* The beginning of the moment that ends before this event. */
static inline uint32
moment_begin(const FunnelEvents *events, uint32 end)
{
	uint32		begin = end - 1;
	uint64		at = events->words[(Size) begin * events->stride];

	while (begin > 0 && events->words[(Size) (begin - 1) * events->stride] == at)
		begin--;
	return begin;
}

/*
 * The number of steps of the longest chain.  Within a moment a chain may take
 * several steps, in their order, or one of them with FUNNEL_INCREASE: then it
 * is looked at backward, so that no step comes after one of this moment.
 */
static int
longest_simple(const FunnelRule *rule, const FunnelEvents *events)
{
	bool		increase = (rule->modes & FUNNEL_INCREASE) != 0;
	int64		deadline[FUNNEL_STEP_LIMIT + 1];	/* the latest one of chains with so many steps */
	int			longest = 0;
	uint32		end;

	for (int i = 1; i <= rule->steps; i++)
		deadline[i] = FUNNEL_NEVER;
	for (uint32 begin = 0; begin < events->count && longest < rule->steps; begin = end)
	{
		int64		at = funnel_event_at(events, begin);

		CHECK_FOR_INTERRUPTS();
		end = moment_end(events, begin);
		for (uint32 i = begin; i < end; i++)
		{
			int			step = funnel_event_step(events, increase ? begin + (end - 1 - i) : i);
			int64		until = step == 1 ? funnel_deadline(rule, at) : deadline[step - 1];

			if (until >= at && until > deadline[step])
			{
				deadline[step] = until;
				longest = Max(longest, step);
			}
		}
	}
	return longest;
}

/* Writes the times of the earliest chain of so many steps, of which there is one. */
static void
times_simple(const FunnelRule *rule, const FunnelEvents *events, int longest, int64 *times)
{
	bool		increase = (rule->modes & FUNNEL_INCREASE) != 0;
	int64		end_at[FUNNEL_STEP_LIMIT + 1];	/* the earliest of a chain that has so many steps before */
	int64		start = FUNNEL_NO_END;
	uint32		begin;
	int			reached = 0;

	for (int i = 0; i < longest; i++)
		end_at[i] = FUNNEL_NO_END;
	for (uint32 end = events->count; end > 0; end = begin)
	{
		int64		at = funnel_event_at(events, end - 1);

		CHECK_FOR_INTERRUPTS();
		begin = moment_begin(events, end);
		for (uint32 i = begin; i < end; i++)
		{
			int			step = funnel_event_step(events, increase ? i : begin + (end - 1 - i));
			int64		ends;

			if (step > longest)
				continue;
			ends = step == longest ? at : end_at[step];
			end_at[step - 1] = Min(end_at[step - 1], ends);
			if (step == 1 && ends != FUNNEL_NO_END && ends <= funnel_deadline(rule, at))
				start = at;
		}
	}
	for (uint32 i = 0; reached < longest; i++)
	{
		int64		at = funnel_event_at(events, i);

		Assert(i < events->count);
		if (at >= start && funnel_event_step(events, i) == reached + 1 &&
			(!increase || reached == 0 || at > times[reached - 1]))
			times[reached++] = at;
	}
}

/* -------------------------------------------------------------------------
 * With the modes order or deduplication
 * -------------------------------------------------------------------------
 */
static void
moment_start(Moment *moment, const FunnelRule *rule, const FunnelEvents *events)
{
	memset(moment, 0, sizeof(Moment));
	moment->rule = rule;
	moment->events = events;
}

static void
take_moment(Moment *moment, uint32 begin, uint32 end)
{
	CHECK_FOR_INTERRUPTS();
	for (int i = 0; i < moment->step_count; i++)
		moment->events_of[moment->steps[i]] = 0;
	moment->step_count = 0;
	moment->begin = begin;
	moment->end = end;
	moment->at = funnel_event_at(moment->events, begin);
	for (uint32 i = begin; i < end; i++)
	{
		int			step = funnel_event_step(moment->events, i);

		if (moment->events_of[step] == 0)
			moment->steps[moment->step_count++] = step;
		moment->events_of[step] = Min(moment->events_of[step] + 1, 2);
	}
}

/* The largest q for which steps p + 1 to q can be filled at this moment; p if there is none. */
static int
run_end(const Moment *moment, int p)
{
	int			q = p;

	while (q < moment->rule->steps && moment->events_of[q + 1] > 0)
	{
		q++;
		if ((moment->rule->modes & FUNNEL_INCREASE) != 0)
			break;
	}
	return q;
}

/*
 * Whether an event of this step (or of none) that is not in the chain finds a
 * place, where the chain had p > 0 steps before and has q afterwards, and goes
 * on.  Between steps i and i + 1, with i from p to q, "order" lets steps i and
 * i + 1 stand; "deduplication" all but steps 2 to i + 1, so that p is the best
 * place.
 */
static inline bool
has_place(uint16 modes, int step, int p, int q)
{
	bool		in_order = step >= p && step <= q + 1;
	bool		no_repeat = step < 2 || step > p + 1;

	if ((modes & FUNNEL_DEDUPLICATION) == 0)
		return in_order;
	if ((modes & FUNNEL_ORDER) == 0)
		return no_repeat;
	/* the steps that "order" lets stand between i and i + 1 are repeats there, but for the first one */
	return step == 1 && p == 1;
}

/* Whether a chain that has p > 0 steps before this moment may have q after it and go on. */
static bool
passable(const Moment *moment, int p, int q)
{
	for (int i = 0; i < moment->step_count; i++)
	{
		int			step = moment->steps[i];

		if (!has_place(moment->rule->modes, step, p, q) &&
			!(step > p && step <= q && moment->events_of[step] == 1))
			return false;
	}
	return true;
}

static int
longest_strict(Moment *moment)
{
	const FunnelRule *rule = moment->rule;
	int64		deadline[FUNNEL_STEP_LIMIT + 1];	/* the latest one of chains with so many steps */
	int			longest = 0;

	for (int i = 0; i <= rule->steps; i++)
		deadline[i] = FUNNEL_NEVER;
	for (uint32 i = 0; i < moment->events->count && longest < rule->steps; i = moment->end)
	{
		take_moment(moment, i, moment_end(moment->events, i));
		/* down: what a chain reaches here must not be where another one comes from */
		for (int p = longest; p >= 0; p--)
		{
			int64		until = p > 0 ? deadline[p] :
				moment->events_of[1] > 0 ? funnel_deadline(rule, moment->at) : FUNNEL_NEVER;
			int			most;

			/* kept only where it may go on */
			deadline[p] = FUNNEL_NEVER;
			if (until < moment->at)
				continue;
			most = run_end(moment, p);
			longest = Max(longest, most);
			for (int q = most; q >= Max(p, 1) && q < rule->steps; q--)
			{
				if (p == 0 || passable(moment, p, q))
					deadline[q] = Max(deadline[q], until);
			}
		}
	}
	return longest;
}

/* The first event of the moment where the earliest chain of so many steps starts. */
static uint32
start_strict(Moment *moment, int longest)
{
	int64		end_at[FUNNEL_STEP_LIMIT + 1];	/* of a chain that has so many steps before this moment */
	uint32		start = moment->events->count;

	for (int p = 0; p <= longest; p++)
		end_at[p] = FUNNEL_NO_END;
	for (uint32 end = moment->events->count; end > 0; end = moment->begin)
	{
		take_moment(moment, moment_begin(moment->events, end), end);
		/* up: from p steps a chain goes on with p or more, as it was after this moment */
		for (int p = 0; p < longest; p++)
		{
			int			most = run_end(moment, p);
			int64		best = FUNNEL_NO_END;

			if (most >= longest)
				best = moment->at;
			else
			{
				for (int q = most; q >= Max(p, 1); q--)
				{
					if (end_at[q] < best && (p == 0 || passable(moment, p, q)))
						best = end_at[q];
				}
			}
			if (p > 0)
				end_at[p] = best;
			else if (best != FUNNEL_NO_END && best <= funnel_deadline(moment->rule, moment->at))
				start = moment->begin;
		}
	}
	Assert(start < moment->events->count);
	return start;
}

/* Bits p of a moment: with p steps before it, the end is reached. */
#define CAN_END(sets, words, moment, p)	((sets)[(Size) (moment) * (words) + (p) / 64] >> (p) % 64 & 1)

static void
times_strict(Moment *moment, int longest, int64 *times)
{
	const FunnelEvents *events = moment->events;
	uint32		start = start_strict(moment, longest);
	int64		deadline = funnel_deadline(moment->rule, funnel_event_at(events, start));
	int			words = longest / 64 + 1;
	uint32		moments = 0;
	uint32		stop;
	uint32		number;
	uint64	   *sets;
	int			reached = 0;

	for (stop = start; stop < events->count && funnel_event_at(events, stop) <= deadline; moments++)
		stop = moment_end(events, stop);
	sets = (uint64 *) MemoryContextAllocExtended(CurrentMemoryContext, ((Size) moments + 1) * words * sizeof(uint64),
												 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	/* after the last moment no end is reached any more */
	number = moments;
	for (uint32 end = stop; end > start; end = moment->begin)
	{
		number--;
		take_moment(moment, moment_begin(events, end), end);
		for (int p = 1; p < longest; p++)
		{
			int			most = run_end(moment, p);
			bool		can = most >= longest;

			for (int q = most; q >= p && !can; q--)
				can = CAN_END(sets, words, number + 1, q) && passable(moment, p, q);
			if (can)
				sets[(Size) number * words + p / 64] |= UINT64CONST(1) << p % 64;
		}
	}

	/* as many steps as early as possible */
	for (uint32 i = start; reached < longest; i = moment->end, number++)
	{
		int			most;

		Assert(i < stop);
		take_moment(moment, i, moment_end(events, i));
		most = run_end(moment, reached);
		if (most >= longest)
			most = longest;
		else
		{
			while (!CAN_END(sets, words, number + 1, most) || (reached > 0 && !passable(moment, reached, most)))
				most--;
			Assert(most >= Max(reached, 1));
		}
		while (reached < most)
			times[reached++] = moment->at;
	}
	pfree(sets);
}

/*
 * The number of steps of the longest chain; writes the times of the earliest
 * of the longest ones, where it has two steps or more.
 */
int
funnel_chain(const FunnelRule *rule, const FunnelEvents *events, int64 *times)
{
	int			longest;

	if ((rule->modes & (FUNNEL_ORDER | FUNNEL_DEDUPLICATION)) == 0)
	{
		longest = longest_simple(rule, events);
		if (longest > 1)
			times_simple(rule, events, longest, times);
	}
	else
	{
		Moment		moment;

		moment_start(&moment, rule, events);
		longest = longest_strict(&moment);
		if (longest > 1)
			times_strict(&moment, longest, times);
	}
	return longest;
}
