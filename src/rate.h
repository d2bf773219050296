/*
 * rate.h
 *		The state of rates, and how a row is counted in it.
 */
#ifndef CRMKPI_RATE_H
#define CRMKPI_RATE_H

#include "crmkpi.h"
#include "scalar.h"
#include "summary.h"

#pragma GCC visibility push(hidden)

#define RATE_WEIGHTED	1		/* flag: the weights are there */

typedef struct RateSummary
{
	SummaryHeader head;			/* flags: 0 or RATE_WEIGHTED */
	int64		hits;			/* rows that hit */
	int64		total;			/* rows that counted, hits included */
	/* only with RATE_WEIGHTED: */
	StoredInt128 weights[FLEXIBLE_ARRAY_MEMBER];	/* of hits and of all, in millionths */
} RateSummary;

extern const SummaryKind rate_kind;

extern RateSummary *rate_new_weighted(void);
extern double rate_wilson_bound(double n, double p, double z, int side);

static inline bool
rate_is_weighted(const RateSummary *s)
{
	return (s->head.flags & RATE_WEIGHTED) != 0;
}

static inline void
rate_add(RateSummary *s, bool hit)
{
	s->hits += hit;
	s->total++;
	/* integers wrap in PostgreSQL's code */
	if (unlikely(s->total < 0))
		crmkpi_count_error(&rate_kind);
}

/*
 * The state that takes rows of the given kind: the state itself, or a weighted
 * one in place of an empty one.
 */
static inline RateSummary *
rate_of_kind(RateSummary *s, bool weighted)
{
	if (likely(rate_is_weighted(s) == weighted))
		return s;
	if (s->total > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rates with and without weights do not mix"),
				 errhint("Give every row a weight, or none.")));
	return weighted ? rate_new_weighted() : s;
}

/* The state, once it is sure that it takes rows without weights. */
static inline RateSummary *
rate_plain_state(FunctionCallInfo fcinfo)
{
	return rate_of_kind(summary_state(fcinfo, &rate_kind), false);
}

#pragma GCC visibility pop

#endif							/* CRMKPI_RATE_H */
