/*
 * visits_history.c
 *		The history of one ticket, opportunity or lead: its changes of status.
 *
 * A change of status says: from this moment on the item is in this category,
 * until the next change.  Such a stay is a visit.  Categories are
 *
 *		new, open			active: somebody should be working on it
 *		pending, hold		paused: waiting for the customer, or for others
 *		solved, closed, won, lost	done
 *
 * and whatever is asked of a history - first and last solve, reopens, times -
 * is one walk over its changes in order.  The order is by moment, then seq,
 * then category, then agent: total, so that it does not depend on the order
 * in which rows come.
 *
 * Agents are only told from each other, so that 64 bits of a hash are kept.
 *
 * In an aggregate events are appended, to a state whose room doubles; it is
 * sorted and cut to size when it is done (visit_pack).  An item has a handful
 * of events, and there may be millions of items: a state begins with 256
 * bytes, ten events, which is the size of a chunk of memory.
 */
#include "crmkpi.h"

#include "common/hashfn.h"
#include "datatype/timestamp.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "visits.h"

#define STATE_START_SIZE	256		/* bytes; doubles */

const SummaryKind visit_kind = {'v', 1, VISIT_FIXED_SIZE, "visit_summary"};

/* -------------------------------------------------------------------------
 * Categories and agents
 * -------------------------------------------------------------------------
 */
static const struct
{
	char		name[8];
	uint8		length;
}			categories[VISIT_CATEGORIES] =
{
	{"new", 3}, {"open", 4}, {"pending", 7}, {"hold", 4}, {"solved", 6}, {"closed", 6}, {"won", 3}, {"lost", 4}
};

const char *
visit_category_name(VisitCategory category)
{
	return categories[category].name;
}

/* Finds a category; false where there is none of this name. */
bool
visit_category_find(const char *name, Size length, uint32 *category)
{
	if (length == 0)
		return false;
	/* each begins with a letter of its own */
	switch (name[0])
	{
		case 'n':
			*category = VISIT_NEW;
			break;
		case 'o':
			*category = VISIT_OPEN;
			break;
		case 'p':
			*category = VISIT_PENDING;
			break;
		case 'h':
			*category = VISIT_HOLD;
			break;
		case 's':
			*category = VISIT_SOLVED;
			break;
		case 'c':
			*category = VISIT_CLOSED;
			break;
		case 'w':
			*category = VISIT_WON;
			break;
		case 'l':
			*category = VISIT_LOST;
			break;
		default:
			return false;
	}
	return length == categories[*category].length && memcmp(name, categories[*category].name, length) == 0;
}

/* What is kept of an agent; never 0. */
uint64
visit_agent_hash(const char *name, Size length)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) name, (int) length, 0);

	return hash != 0 ? hash : 1;
}

/* -------------------------------------------------------------------------
 * Values
 * -------------------------------------------------------------------------
 */

static inline Size
size_of(Size events)
{
	return VISIT_FIXED_SIZE + events * sizeof(VisitEvent);
}

/* An empty history, with room for so many events. */
VisitSummary *
visit_new(Size events)
{
	return crmkpi_summary_new(size_of(events), &visit_kind);
}

/* Moment, seq, category, agent. */
static inline int
compare_events(const VisitEvent *a, const VisitEvent *b)
{
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	if (a->category != b->category)
		return a->category < b->category ? -1 : 1;
	return (a->agent > b->agent) - (a->agent < b->agent);
}

#define ST_SORT sort_events
#define ST_ELEMENT_TYPE VisitEvent
#define ST_COMPARE(a, b) compare_events(a, b)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

void
visit_check(const VisitSummary *s PG_USED_FOR_ASSERTS_ONLY)
{
	Assert((s->head.flags & ~(VISIT_AGENTS | VISIT_WORKING)) == 0);
	Assert(s->used > 0 || (s->head.flags & VISIT_AGENTS) == 0);
	Assert(s->unused == 0);
	Assert((s->head.flags & VISIT_WORKING) != 0 ? VARSIZE(s) >= size_of(s->used) : VARSIZE(s) == size_of(s->used));
}

/*
 * That histories with and without agents do not mix: a change without an
 * agent would be taken for one of the system.
 */
static inline void
take_agents(VisitSummary *s, bool agents)
{
	if (unlikely(s->used == 0))
		s->head.flags = (uint16) (agents ? s->head.flags | VISIT_AGENTS : s->head.flags & ~VISIT_AGENTS);
	else if (unlikely(((s->head.flags & VISIT_AGENTS) != 0) != agents))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("histories with and without agents do not combine"),
				 errhint("Make both with visits(changed_at, seq, category, agent), or both without agent.")));
}

/* The state, or a new one in its place that has room for so many more events. */
static inline VisitSummary *
make_room(VisitSummary *s, uint32 more)
{
	VisitSummary *result;
	Size		needed = size_of((Size) s->used + more);
	Size		size = STATE_START_SIZE;

	if (likely(needed <= VARSIZE(s)))
		return s;
	while (size < needed)
		size *= 2;
	/* the last step to the limit is smaller */
	if (size > MaxAllocSize)
		size = Max(needed, MaxAllocSize);
	result = visit_new((size - VISIT_FIXED_SIZE) / sizeof(VisitEvent));
	result->head.flags = s->head.flags;
	result->used = s->used;
	memcpy(result->events, s->events, s->used * sizeof(VisitEvent));
	return result;
}

/* Adds one event, and returns the state or a new one. */
VisitSummary *
visit_add(VisitSummary *s, const VisitEvent *event, bool agents)
{
	s = make_room(s, 1);
	take_agents(s, agents);
	s->head.flags |= VISIT_WORKING;
	s->events[s->used++] = *event;
	return s;
}

/* Adds the events of the other one, and returns the state or a new one. */
VisitSummary *
visit_merge(VisitSummary *s, const VisitSummary *other)
{
	if (other->used == 0)
		return s;
	s = make_room(s, other->used);
	take_agents(s, (other->head.flags & VISIT_AGENTS) != 0);
	s->head.flags |= VISIT_WORKING;
	memcpy(s->events + s->used, other->events, other->used * sizeof(VisitEvent));
	s->used += other->used;
	return s;
}

/* The same history in the form that is stored: a new value, sorted, of exact size. */
VisitSummary *
visit_pack(const VisitSummary *s)
{
	VisitSummary *result = visit_new(s->used);

	result->head.flags = s->head.flags & ~VISIT_WORKING;
	result->used = s->used;
	memcpy(result->events, s->events, s->used * sizeof(VisitEvent));
	if ((s->head.flags & VISIT_WORKING) != 0)
		sort_events(result->events, result->used);
	visit_check(result);
	return result;
}

/* The history up to and at a moment. */
VisitSummary *
visit_prefix(const VisitSummary *s, int64 until)
{
	VisitSummary *result;
	uint32		used = 0;

	while (used < s->used && s->events[used].at <= until)
		used++;
	result = visit_new(used);
	result->head.flags = used > 0 ? s->head.flags : 0;
	result->used = used;
	memcpy(result->events, s->events, used * sizeof(VisitEvent));
	visit_check(result);
	return result;
}

/* Whether a stored value that came from outside can be true. */
bool
visit_plausible(const VisitSummary *s)
{
	if (s->used == 0 && s->head.flags != 0)
		return false;
	for (uint32 i = 0; i < s->used; i++)
	{
		const VisitEvent *event = &s->events[i];

		if (!IS_VALID_TIMESTAMP(event->at) || event->category >= VISIT_CATEGORIES)
			return false;
		if (event->agent != 0 && (s->head.flags & VISIT_AGENTS) == 0)
			return false;
		if (i > 0 && compare_events(event - 1, event) > 0)
			return false;
	}
	return true;
}

/* -------------------------------------------------------------------------
 * Answers, of sorted histories
 * -------------------------------------------------------------------------
 */

/* Changes by a known agent. */
int64
visit_touches(const VisitSummary *s)
{
	int64		touches = 0;

	for (uint32 i = 0; i < s->used; i++)
		touches += s->events[i].agent != 0;
	return touches;
}

/* How often a known agent differs from the known agent before. */
int64
visit_handoffs(const VisitSummary *s)
{
	int64		handoffs = 0;
	uint64		before = 0;

	for (uint32 i = 0; i < s->used; i++)
	{
		uint64		agent = s->events[i].agent;

		if (agent == 0)
			continue;
		handoffs += before != 0 && before != agent;
		before = agent;
	}
	return handoffs;
}

/* Changes from a done category to another one. */
int64
visit_reopens(const VisitSummary *s)
{
	int64		reopens = 0;

	for (uint32 i = 1; i < s->used; i++)
		reopens += visit_is_done(&s->events[i - 1]) && !visit_is_done(&s->events[i]);
	return reopens;
}

/* The first event in a done category, NULL if there is none. */
const VisitEvent *
visit_first_solve(const VisitSummary *s)
{
	for (uint32 i = 0; i < s->used; i++)
		if (visit_is_done(&s->events[i]))
			return &s->events[i];
	return NULL;
}

/* The event since which the item is done, NULL if it is not. */
const VisitEvent *
visit_last_solve(const VisitSummary *s)
{
	const VisitEvent *solve = NULL;

	for (uint32 i = s->used; i > 0 && visit_is_done(&s->events[i - 1]); i--)
		solve = &s->events[i - 1];
	return solve;
}

/* Starts to walk over all times in the categories before a moment. */
void
visit_times_start(VisitTimes *walk, const VisitSummary *s, uint32 categories, int64 until)
{
	walk->s = s;
	walk->categories = categories;
	walk->begin = PG_INT64_MIN;
	walk->until = until;
	walk->next = 0;
}

/*
 * Leaves out times before the opening.  Some sources keep no row for the first
 * status: an item is new from its opening to its first event.
 */
void
visit_times_from(VisitTimes *walk, int64 opened_at)
{
	walk->begin = opened_at;
	walk->next = -1;
}

/*
 * Finds the next time.  Visits one after the other are one time; a visit that
 * begins and ends at one moment takes none, and does not part its neighbours.
 */
bool
visit_times_next(VisitTimes *walk)
{
	const VisitEvent *events = walk->s->events;
	int64		used = walk->s->used;
	bool		found = false;

	for (; walk->next < used; walk->next++)
	{
		uint32		category = walk->next < 0 ? VISIT_NEW : events[walk->next].category;
		int64		start_at = walk->next < 0 ? walk->begin : Max(events[walk->next].at, walk->begin);
		int64		end_at = walk->next + 1 < used ? Min(events[walk->next + 1].at, walk->until) : walk->until;

		if (start_at >= end_at || (VISIT_SET(category) & walk->categories) == 0)
			continue;
		if (found && start_at > walk->end_at)
			break;
		if (!found)
			walk->start_at = start_at;
		walk->end_at = end_at;
		found = true;
	}
	return found;
}
