/*
 * response.h
 *		The value behind response_summary.
 *
 * response_counts.c counts customers by their touches, response.c holds the
 * SQL functions.
 */
#ifndef CRMKPI_RESPONSE_H
#define CRMKPI_RESPONSE_H

#include "duration.h"
#include "keyed.h"

#pragma GCC visibility push(hidden)

/* In the order in which rows of the same time are taken: a response answers a touch of the same moment. */
typedef enum ResponseKind
{
	RESPONSE_OUT,				/* a touch; as the last row of a customer: no answer so far */
	RESPONSE_IN,
	RESPONSE_UNSUBSCRIBE,
	RESPONSE_BLOCK
} ResponseKind;

#define RESPONSE_KINDS	4

/* Customers by touch and kind of the last row that counted. */
typedef struct ResponseEnds
{
	int64		by[RESPONSE_KINDS];
} ResponseEnds;

typedef struct ResponseCounts
{
	int64		customers;		/* all of them */
	int64		touches;		/* the highest touch at which one ended; 0 also where there is none */
	int64		room;			/* touches, 0 included, that the arrays have room for */
	ResponseEnds *ends;			/* by touches made; 0: those whose first row was none */
	DurationSummary **times;	/* from touch to response, where there is a response; else NULL */
} ResponseCounts;

/* Whether responses to that touch have times. */
static inline bool
response_has_times(const ResponseCounts *counts, int64 touch)
{
	return touch > 0 && counts->ends[touch].by[RESPONSE_IN] > 0;
}

/* Walks over the touches, from 1 on. */
typedef struct ResponseWalk
{
	const ResponseCounts *counts;
	int64		touch;			/* the touch found */
	int64		contacted;		/* customers who got it */
	int64		responded;		/* those of them who answered it */
	int64		next;			/* customers who get the next one */
} ResponseWalk;

extern const KeyedClass response_class;

extern ResponseCounts *response_counts_new(void);
extern void response_counts_add(ResponseCounts *counts, int64 touches, int kind, int64 customers);
extern void response_counts_add_stored(ResponseCounts *counts, const Keyed *k);
extern void response_counts_store(Keyed *k, const ResponseCounts *counts);
extern ResponseCounts *response_count(Keyed *k);
extern void response_walk_start(ResponseWalk *walk, const ResponseCounts *counts);
extern bool response_walk_next(ResponseWalk *walk);

#pragma GCC visibility pop

#endif							/* CRMKPI_RESPONSE_H */
