/*
 * backlog.h
 *		The value behind backlog_summary, and the operations on it.
 *
 * backlog_counts.c holds the counting, backlog.c the SQL functions.
 */
#ifndef CRMKPI_BACKLOG_H
#define CRMKPI_BACKLOG_H

#include "summary.h"
#include "utils/timestamp.h"

#pragma GCC visibility push(hidden)

/* PACKED is stored; COUNTS only lives in an aggregate. */
typedef enum BacklogForm
{
	BACKLOG_PACKED,				/* varints, by quarter */
	BACKLOG_COUNTS				/* a list of events, and maybe pages of counters */
} BacklogForm;

typedef struct BacklogSummary
{
	SummaryHeader head;			/* flags: BacklogForm */
	int64		opened;			/* items */
	int64		closed;			/* those of them that were closed */
	/* PACKED: here are the bytes.  COUNTS: */
	uint32		used;			/* events in the list */
	uint32		room;			/* events that the list has room for; even */
	uint32		pages;			/* in use */
	uint32		bits;			/* the directory has 1 << bits entries; 0 without pages */
	int64		body[FLEXIBLE_ARRAY_MEMBER];	/* list, directory, pages */
} BacklogSummary;

#define BACKLOG_PACKED_SIZE		offsetof(BacklogSummary, used)
#define BACKLOG_COUNTS_SIZE		offsetof(BacklogSummary, body)

/*
 * Quarters of an hour of UTC, numbered from MIN_TIMESTAMP on, which is the
 * start of Julian day 0, to the last one before 50000-01-01.
 */
#define QUARTER_SECS			(15 * SECS_PER_MINUTE)
#define QUARTER_USECS			(QUARTER_SECS * USECS_PER_SEC)
#define QUARTERS_END			INT64CONST(1918385760)
#define BACKLOG_END_TIMESTAMP	(MIN_TIMESTAMP + QUARTERS_END * QUARTER_USECS)

extern const SummaryKind backlog_kind;

/* Walks over the quarters that hold events. */
typedef struct BacklogWalk
{
	const BacklogSummary *s;
	uint32	   *events;			/* without pages: the list, or a sorted copy */
	struct PageEntry *pages;	/* the pages in order */
	const uint32 *low;			/* counters of the page, */
	const uint32 *high;			/* and their high words, if any */
	Size		at;				/* next byte, event or counter */
	uint32		quarter;		/* the quarter found */
	int64		opened;			/* its events */
	int64		closed;
} BacklogWalk;

static inline BacklogForm
backlog_form(const BacklogSummary *s)
{
	return (BacklogForm) s->head.flags;
}

/* PACKED: the bytes, and how many there are */
static inline uint8 *
backlog_packed(const BacklogSummary *s)
{
	return (uint8 *) s + BACKLOG_PACKED_SIZE;
}

static inline uint32
backlog_packed_size(const BacklogSummary *s)
{
	return VARSIZE(s) - BACKLOG_PACKED_SIZE;
}

extern BacklogSummary *backlog_new_packed(int64 opened, int64 closed, Size bytes);
extern void backlog_check(const BacklogSummary *s);
extern BacklogSummary *backlog_add(BacklogSummary *s, uint32 opened_quarter, bool is_closed, uint32 closed_quarter);
extern BacklogSummary *backlog_merge(BacklogSummary *s, const BacklogSummary *other);
extern BacklogSummary *backlog_pack(const BacklogSummary *s);
extern bool backlog_plausible(const BacklogSummary *s);

extern void backlog_walk_start(BacklogWalk *walk, const BacklogSummary *s, bool in_order);
extern bool backlog_walk_next(BacklogWalk *walk);

#pragma GCC visibility pop

#endif							/* CRMKPI_BACKLOG_H */
