/*
 * visits.h
 *		The value behind visit_summary, and the operations on it.
 *
 * visits_history.c holds the history and what follows from it, visits.c the
 * SQL functions.
 */
#ifndef CRMKPI_VISITS_H
#define CRMKPI_VISITS_H

#include "summary.h"

#pragma GCC visibility push(hidden)

/* In the order in which changes at one moment and with one seq are taken. */
typedef enum VisitCategory
{
	VISIT_NEW,
	VISIT_OPEN,
	VISIT_PENDING,
	VISIT_HOLD,
	VISIT_SOLVED,
	VISIT_CLOSED,
	VISIT_WON,
	VISIT_LOST
} VisitCategory;

#define VISIT_CATEGORIES	(VISIT_LOST + 1)

/* Sets of categories. */
#define VISIT_SET(category)	(1u << (category))
#define VISIT_ACTIVE		(VISIT_SET(VISIT_NEW) | VISIT_SET(VISIT_OPEN))
#define VISIT_PAUSED		(VISIT_SET(VISIT_PENDING) | VISIT_SET(VISIT_HOLD))
#define VISIT_NOT_DONE		(VISIT_ACTIVE | VISIT_PAUSED)

/* The item is in the category from then on.  Without padding: bytes are compared. */
typedef struct VisitEvent
{
	int64		at;				/* microseconds since 2000-01-01 UTC */
	uint64		agent;			/* hash of who did it; 0: the system, or not known */
	int32		seq;			/* order of events of one moment */
	uint32		category;		/* VisitCategory */
} VisitEvent;

typedef struct VisitSummary
{
	SummaryHeader head;			/* flags: VISIT_AGENTS, VISIT_WORKING */
	uint32		used;			/* number of events */
	uint32		unused;			/* 0 */
	VisitEvent	events[FLEXIBLE_ARRAY_MEMBER];	/* sorted, but with VISIT_WORKING */
} VisitSummary;

#define VISIT_AGENTS		1	/* agents were given; never with an empty history */
#define VISIT_WORKING		2	/* in an aggregate: not sorted, with room for more */

#define VISIT_FIXED_SIZE	offsetof(VisitSummary, events)

extern const SummaryKind visit_kind;

/* Walks over the times in some categories: disjoint, not adjacent, not empty, in order. */
typedef struct VisitTimes
{
	const VisitSummary *s;
	uint32		categories;		/* a set */
	int64		begin;			/* nothing before counts */
	int64		until;			/* nothing from here on counts */
	int64		next;			/* event to look at; -1: new, before the first one */
	int64		start_at;		/* the time found */
	int64		end_at;
} VisitTimes;

extern VisitSummary *visit_arg(FunctionCallInfo fcinfo, int argno);
extern uint32 visit_category_arg(FunctionCallInfo fcinfo, int argno);
extern int64 visit_moment_arg(FunctionCallInfo fcinfo, int argno, const char *what);

extern const char *visit_category_name(VisitCategory category);
extern bool visit_category_find(const char *name, Size length, uint32 *category);
extern uint64 visit_agent_hash(const char *name, Size length);

extern VisitSummary *visit_new(Size events);
extern void visit_check(const VisitSummary *s);
extern VisitSummary *visit_add(VisitSummary *s, const VisitEvent *event, bool agents);
extern VisitSummary *visit_merge(VisitSummary *s, const VisitSummary *other);
extern VisitSummary *visit_pack(const VisitSummary *s);
extern VisitSummary *visit_prefix(const VisitSummary *s, int64 until);
extern bool visit_plausible(const VisitSummary *s);

extern int64 visit_touches(const VisitSummary *s);
extern int64 visit_handoffs(const VisitSummary *s);
extern int64 visit_reopens(const VisitSummary *s);
extern const VisitEvent *visit_first_solve(const VisitSummary *s);
extern const VisitEvent *visit_last_solve(const VisitSummary *s);
extern void visit_times_start(VisitTimes *walk, const VisitSummary *s, uint32 categories, int64 until);
extern void visit_times_from(VisitTimes *walk, int64 opened_at);
extern bool visit_times_next(VisitTimes *walk);

static inline bool
visit_is_done(const VisitEvent *event)
{
	return (VISIT_SET(event->category) & VISIT_NOT_DONE) == 0;
}

#pragma GCC visibility pop

#endif							/* CRMKPI_VISITS_H */
