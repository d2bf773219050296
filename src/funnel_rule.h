/*
 * funnel_rule.h
 *		Window and modes of a funnel: what they are, and how they are read and
 *		written.
 */
#ifndef CRMKPI_FUNNEL_RULE_H
#define CRMKPI_FUNNEL_RULE_H

#include "summary.h"

#pragma GCC visibility push(hidden)

/* Modes */
#define FUNNEL_INCREASE			1	/* each step strictly later than the one before */
#define FUNNEL_ONCE				2	/* one event fills at most one step */
#define FUNNEL_ORDER			4	/* no event of another step, and no unmatched one, in between */
#define FUNNEL_DEDUPLICATION	8	/* a repeat of a reached step from 2 on ends the chain */
#define FUNNEL_MODES			15
/* What all rows of a group must have in common.  All 0 before the first row. */
typedef struct FunnelRule
{
	int64		within;			/* microseconds after months were added, not negative */
	int32		months;			/* not negative */
	uint16		modes;			/* set of FUNNEL_INCREASE ... */
	uint16		steps;			/* number of steps; 0: no row so far */
} FunnelRule;

#define FUNNEL_NEVER	PG_INT64_MIN	/* a deadline that nothing meets */
#define FUNNEL_NO_END	PG_INT64_MAX	/* an end that meets no deadline */

extern char *funnel_within_text(int32 months, int64 within);
extern char *funnel_modes_text(uint16 modes, const char *prefix);
extern void funnel_rule_error(const FunnelRule *a, const FunnelRule *b) pg_attribute_noreturn();

extern void funnel_rule_not_null(FunctionCallInfo fcinfo, int argno, const char *what);
extern uint16 funnel_modes_arg(FunctionCallInfo fcinfo, int argno);
extern void funnel_within_arg(FunctionCallInfo fcinfo, int argno, FunnelRule *rule);

extern uint32 funnel_read_count(SummaryText *text, const char *key, int64 highest);
extern uint16 funnel_read_modes(SummaryText *text);

extern int64 funnel_deadline(const FunnelRule *rule, int64 at);

#pragma GCC visibility pop

#endif							/* CRMKPI_FUNNEL_RULE_H */
