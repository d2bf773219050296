/*
 * window_funnel.h
 *		The value behind window_funnel_summary, and the operations on it.
 *
 * window_funnel_search.c finds the longest chain, window_funnel.c holds the
 * value and the SQL functions.
 */
#ifndef CRMKPI_WINDOW_FUNNEL_H
#define CRMKPI_WINDOW_FUNNEL_H

#include "funnel_rule.h"
#include "summary.h"

#pragma GCC visibility push(hidden)

#define FUNNEL_MAX_STEPS	32

#define FUNNEL_WORKING			16	/* flag: in an aggregate, not sorted, with room for more */
#define FUNNEL_NARROW			32	/* flag: the same, and events of 8 bytes, see window_funnel.c */

/* Sets of steps: step i is bit i - 1. */
#define FUNNEL_STEP(step)		((uint32) 1 << ((step) - 1))

/* The first so many steps. */
static inline uint32
funnel_first_steps(int steps)
{
	return steps >= FUNNEL_MAX_STEPS ? PG_UINT32_MAX : ((uint32) 1 << steps) - 1;
}

/* What happened at one moment.  Without padding: bytes are compared. */
typedef struct FunnelEvent
{
	int64		at;				/* microseconds since 2000-01-01 UTC */
	uint32		steps;			/* set of the steps it matches; 0 only with FUNNEL_ORDER */
	uint32		unused;			/* 0 */
} FunnelEvent;

typedef struct FunnelSummary
{
	SummaryHeader head;			/* flags: modes, FUNNEL_WORKING, FUNNEL_NARROW */
	int64		within;			/* as in FunnelRule */
	int32		months;
	uint32		steps;
	uint32		used;			/* number of events */
	uint32		unused;			/* 0 */
	FunnelEvent events[FLEXIBLE_ARRAY_MEMBER];	/* sorted by at, then steps, but with FUNNEL_WORKING */
} FunnelSummary;

#define FUNNEL_FIXED_SIZE	offsetof(FunnelSummary, events)

/* Where it is searched, times must be in order; the order within a moment does not matter. */
extern int	window_funnel_longest(const FunnelSummary *s);
extern int	window_funnel_chain(const FunnelSummary *s, int64 *times);

/* The conditions of a row, read by window_funnel and retention. */
extern int	window_funnel_conditions(FunctionCallInfo fcinfo, int argno, const char *what, uint32 *met);

#pragma GCC visibility pop

#endif							/* CRMKPI_WINDOW_FUNNEL_H */
