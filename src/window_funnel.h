/*
 * window_funnel.h
 *		The value behind window_funnel_summary, and the operations on it.
 *
 * window_funnel_search.c finds the longest chain, window_funnel.c holds the
 * value and the SQL functions.
 */
#ifndef CRMKPI_WINDOW_FUNNEL_H
#define CRMKPI_WINDOW_FUNNEL_H

#include "summary.h"

#pragma GCC visibility push(hidden)

#define FUNNEL_MAX_STEPS	32

/* Modes, and what else is in the flags of the header. */
#define FUNNEL_INCREASE			1	/* each step strictly later than the one before */
#define FUNNEL_ONCE				2	/* one event fills at most one step */
#define FUNNEL_ORDER			4	/* no event of another step, and no unmatched one, in between */
#define FUNNEL_DEDUPLICATION	8	/* a repeat of a reached step from 2 on ends the chain */
#define FUNNEL_MODES			15
#define FUNNEL_WORKING			16	/* in an aggregate: not sorted, with room for more */

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

/* What all rows of a group must have in common.  All 0 before the first row. */
typedef struct FunnelRule
{
	int64		within;			/* microseconds after months were added, not negative */
	int32		months;			/* not negative */
	uint16		modes;			/* set of FUNNEL_INCREASE ... */
	uint16		steps;			/* number of steps, 1 to 32; 0: no row so far */
} FunnelRule;

typedef struct FunnelSummary
{
	SummaryHeader head;			/* flags: modes, FUNNEL_WORKING */
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
