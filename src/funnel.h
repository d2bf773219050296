/*
 * funnel.h
 *		The value behind funnel_summary.
 *
 * funnel_search.c finds the longest chain of a customer, funnel_counts.c counts
 * customers by it, funnel_steps.c holds the rule and the names of the steps,
 * funnel.c the SQL functions.
 */
#ifndef CRMKPI_FUNNEL_H
#define CRMKPI_FUNNEL_H

#include "duration.h"
#include "funnel_rule.h"
#include "keyed.h"
#include "utils/array.h"

#pragma GCC visibility push(hidden)

/* Steps of a funnel at most; window_funnel has its own limit. */
#define FUNNEL_STEP_LIMIT	256

/* What one customer did: in order of time, within a moment in order of the steps. */
typedef struct FunnelEvents
{
	const uint64 *words;		/* of the first event: its time, then its step (0: none of the funnel) */
	int			stride;			/* words from an event to the next */
	uint32		count;
} FunnelEvents;

static inline int64
funnel_event_at(const FunnelEvents *events, uint32 i)
{
	return keyed_time_of_word(events->words[(Size) i * events->stride]);
}

static inline int
funnel_event_step(const FunnelEvents *events, uint32 i)
{
	return (int) events->words[(Size) i * events->stride + 1];
}

extern int	funnel_chain(const FunnelRule *rule, const FunnelEvents *events, int64 *times);

/* -------------------------------------------------------------------------
 * The rule: bytes that travel with the state, and how they are used
 * -------------------------------------------------------------------------
 */

/* As it is stored, followed by the names of the steps: a uint32 with the length of each, and its bytes. */
typedef struct FunnelRuleBytes
{
	int64		within;			/* as in FunnelRule */
	int32		months;
	uint16		modes;
	uint16		steps;
} FunnelRuleBytes;

/* The cache of the object. */
typedef struct FunnelPlan
{
	FunnelRule	rule;
	uint32		slot_mask;		/* slots - 1, a power of 2 less 1 */
	uint16	   *slots;			/* steps by the hash of the name, 0: none */
	const char **names;			/* from 1 on; not ended by a zero byte */
	uint32	   *lengths;
	/* the arguments of the last row, to see at once that they are the same */
	Interval	within;
	struct varlena *mode;		/* NULL: none */
	ArrayType  *array;			/* NULL: no row so far */
} FunnelPlan;

extern FunnelPlan *funnel_plan(Keyed *k);
extern FunnelPlan *funnel_plan_for_row(FunctionCallInfo fcinfo, Keyed *k, bool has_mode);
extern int	funnel_step_number(const FunnelPlan *plan, const char *name, uint32 length);
extern void funnel_take_rule(Keyed *k, const Keyed *other);
extern void funnel_set_rule(Keyed *k, const FunnelRule *rule, const char *const *names, const uint32 *lengths);
extern bool funnel_names_differ(const FunnelPlan *plan);

/* -------------------------------------------------------------------------
 * Customers by the longest chain
 * -------------------------------------------------------------------------
 */
typedef struct FunnelCounts
{
	int			steps;
	int64		ended[FUNNEL_STEP_LIMIT + 1];	/* customers whose longest chain has so many steps, from 1 on */
	DurationSummary *times[FUNNEL_STEP_LIMIT + 1];	/* from the step before to this one, from 2 on */
} FunnelCounts;

extern FunnelCounts *funnel_counts_stored(const Keyed *k, int steps);
extern void funnel_counts_store(Keyed *k, const FunnelCounts *counts);
extern void funnel_counts_merge(FunnelCounts *counts, const FunnelCounts *other);
extern FunnelCounts *funnel_count(Keyed *k);
extern bool funnel_counts_plausible(const FunnelCounts *counts);

#pragma GCC visibility pop

#endif							/* CRMKPI_FUNNEL_H */
