/*
 * backlog_counts.c
 *		The queue over time: what was opened, closed and open, day by day.
 *
 * An item is opened once and closed at most once, so that
 *
 *		open at t = opened before t - closed before t
 *
 * and counts of both events are all that is needed.  They are kept per quarter
 * of an hour of UTC: since 1980 every offset from UTC has been a multiple of it,
 * so that a local day of any zone begins and ends between two quarters, and
 * one summary answers for all zones.  Quarters are numbered from PostgreSQL's
 * first timestamp on, Julian day 0; a quarter and a bit that says which of the
 * two events it was fit in 32 bits up to the year 50000.
 *
 * In an aggregate, events are appended to a list, four bytes for each, which
 * is all there is of a small state.  When a list is full it becomes a longer
 * one, or counters where these pay: where they take at most twice the bytes of
 * the longer list.  From then on the list is a buffer of fixed size, counted
 * whenever it is full (in one go, because the processor then waits for many
 * counters at once, not for one with each row).
 *
 * The counters are in pages of 256 quarters (64 hours), found through a small
 * hash table: what lies far off, such as a ticket of 1970 or one closed in
 * 9999, costs one page, not the years in between.  A counter has 32 bits; what
 * goes over is counted in a page of high words.  (All the quarters from 1900
 * to 2100 are 56 MB, those of ten years 3 MB; ten years of one event a day
 * stay a list of 16 kB.)  The executor's aggregate changes its state in place;
 * one that has to grow is a new one.
 *
 * Stored, sent and compared is the PACKED form only: the quarters in order,
 * each as three varints, the step from the quarter before, opened and closed.
 */
#include "crmkpi.h"

#include "backlog.h"
#include "miscadmin.h"

/* An entry of the directory, free where page is 0. */
typedef struct PageEntry
{
	uint32		number;			/* events >> PAGE_EVENT_BITS */
	uint32		page;			/* from 1 on */
} PageEntry;

/* An event: 2 * quarter, and 1 more where something was closed. */
#define EVENT_CLOSED			1

#define PAGE_EVENT_BITS			9
#define PAGE_COUNTERS			(1 << PAGE_EVENT_BITS)
#define PAGE_SIZE				(PAGE_COUNTERS * sizeof(uint32))

/* A page of this number and more holds the high words of the counters of the page without. */
#define PAGE_HIGH				((uint32) 1 << (32 - PAGE_EVENT_BITS))

/* Lists are of powers of two in size, header included, as memory is given out. */
#define LIST_SIZE_MIN			64
#define LIST_SIZE_MAX			((Size) 1 << 29)
#define LIST_EVENTS(size)		(((size) - BACKLOG_COUNTS_SIZE) / sizeof(uint32))

/* Events that wait beside counters. */
#define BUFFER_EVENTS			1024

const SummaryKind backlog_kind = {'b', 1, BACKLOG_PACKED_SIZE, "backlog_summary"};

/* -------------------------------------------------------------------------
 * The parts of a value
 * -------------------------------------------------------------------------
 */
static inline uint32 *
backlog_list(const BacklogSummary *s)
{
	return (uint32 *) s->body;
}

static inline PageEntry *
page_directory(const BacklogSummary *s)
{
	return (PageEntry *) (backlog_list(s) + s->room);
}

/* There are half as many pages as entries. */
static inline uint32
page_room(const BacklogSummary *s)
{
	return (uint32) 1 << (s->bits - 1);
}

/* The counters of a page, two for each quarter. */
static inline uint32 *
page_counters(const BacklogSummary *s, uint32 page)
{
	return (uint32 *) (page_directory(s) + ((Size) 1 << s->bits)) + (Size) (page - 1) * PAGE_COUNTERS;
}

/* The entry of a page, or the free one where it belongs. */
static inline PageEntry *
find_page(PageEntry *directory, uint32 bits, uint32 number)
{
	uint32		mask = ((uint32) 1 << bits) - 1;
	uint32		at = (number * 2654435769U) >> (32 - bits);

	while (directory[at].page != 0 && directory[at].number != number)
		at = (at + 1) & mask;
	return &directory[at];
}

BacklogSummary *
backlog_new_packed(int64 opened, int64 closed, Size bytes)
{
	BacklogSummary *s = crmkpi_summary_new(BACKLOG_PACKED_SIZE + bytes, &backlog_kind);

	s->head.flags = BACKLOG_PACKED;
	s->opened = opened;
	s->closed = closed;
	return s;
}

/* The same items with an empty list, and empty pages unless bits is 0. */
static BacklogSummary *
counts_new(const BacklogSummary *s, Size room, uint32 bits)
{
	Size		entries = bits == 0 ? 0 : (Size) 1 << bits;
	BacklogSummary *counts = crmkpi_summary_new(BACKLOG_COUNTS_SIZE + room * sizeof(uint32) +
												entries * sizeof(PageEntry) + entries / 2 * PAGE_SIZE,
												&backlog_kind);

	counts->head.flags = BACKLOG_COUNTS;
	counts->opened = s->opened;
	counts->closed = s->closed;
	counts->room = (uint32) room;
	counts->bits = bits;
	return counts;
}

void
backlog_check(const BacklogSummary *s PG_USED_FOR_ASSERTS_ONLY)
{
	Assert(s->closed >= 0 && s->closed <= s->opened);
	Assert(VARSIZE(s) >= BACKLOG_PACKED_SIZE);
	if (backlog_form(s) == BACKLOG_PACKED)
		return;
	Assert(s->used <= s->room && s->room % 2 == 0);
	if (s->bits == 0)
	{
		Assert(s->pages == 0 && s->used == s->opened + s->closed);
		Assert((char *) page_directory(s) == (char *) s + VARSIZE(s));
	}
	else
	{
		Assert(s->pages <= page_room(s) && s->room == BUFFER_EVENTS);
		Assert((char *) page_counters(s, page_room(s) + 1) == (char *) s + VARSIZE(s));
	}
}

/* -------------------------------------------------------------------------
 * Walking over the quarters that hold events
 * -------------------------------------------------------------------------
 */
#define ST_SORT					sort_events
#define ST_ELEMENT_TYPE			uint32
#define ST_COMPARE(a, b)		((*(a) > *(b)) - (*(a) < *(b)))
#define ST_SCOPE				static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT					sort_pages
#define ST_ELEMENT_TYPE			PageEntry
#define ST_COMPARE(a, b)		(((a)->number > (b)->number) - ((a)->number < (b)->number))
#define ST_SCOPE				static
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

static BacklogSummary *count_buffer(BacklogSummary *s);

/* Without in_order the quarters of a list come as they are, and repeatedly. */
void
backlog_walk_start(BacklogWalk *walk, const BacklogSummary *s, bool in_order)
{
	memset(walk, 0, sizeof(*walk));
	walk->s = s;
	if (backlog_form(s) == BACKLOG_PACKED)
		return;
	if (s->bits == 0)
	{
		walk->events = backlog_list(s);
		if (in_order && s->used > 0)
		{
			walk->events = palloc(s->used * sizeof(uint32));
			memcpy(walk->events, backlog_list(s), s->used * sizeof(uint32));
			sort_events(walk->events, s->used);
		}
		return;
	}
	if (s->used > 0)
	{
		/* the given one may belong to an aggregate that goes on */
		BacklogSummary *copy = palloc(VARSIZE(s));

		memcpy(copy, s, VARSIZE(s));
		walk->s = s = count_buffer(copy);
	}
	walk->pages = palloc(s->pages * sizeof(PageEntry));
	for (Size i = 0, pages = 0; pages < s->pages; i++)
		if (page_directory(s)[i].page != 0)
			walk->pages[pages++] = page_directory(s)[i];
	sort_pages(walk->pages, s->pages);
}

/* Back to the start, without sorting again. */
static void
walk_again(BacklogWalk *walk)
{
	walk->at = 0;
	walk->quarter = 0;
}

/* The next quarter that holds events; false after the last, or in broken bytes. */
bool
backlog_walk_next(BacklogWalk *walk)
{
	const BacklogSummary *s = walk->s;

	CHECK_FOR_INTERRUPTS();
	if (backlog_form(s) == BACKLOG_PACKED)
	{
		uint32		size = backlog_packed_size(s);
		uint32		at = (uint32) walk->at;
		uint64		step;
		uint64		opened;
		uint64		closed;

		if (at == size ||
			!summary_get_varint(backlog_packed(s), size, &at, &step) ||
			!summary_get_varint(backlog_packed(s), size, &at, &opened) ||
			!summary_get_varint(backlog_packed(s), size, &at, &closed))
			return false;
		walk->at = at;
		walk->quarter += (uint32) step;
		walk->opened = (int64) opened;
		walk->closed = (int64) closed;
		return true;
	}
	if (s->bits == 0)
	{
		int64		counts[2] = {0, 0};

		if (walk->at == s->used)
			return false;
		walk->quarter = walk->events[walk->at] >> 1;
		for (; walk->at < s->used && walk->events[walk->at] >> 1 == walk->quarter; walk->at++)
			counts[walk->events[walk->at] & EVENT_CLOSED]++;
		walk->opened = counts[0];
		walk->closed = counts[1];
		return true;
	}
	for (; walk->at < (Size) s->pages * PAGE_COUNTERS; walk->at += 2)
	{
		uint32		number = walk->pages[walk->at / PAGE_COUNTERS].number;
		uint32		counter = walk->at % PAGE_COUNTERS;

		if (counter == 0)
		{
			uint32		high = find_page(page_directory(s), s->bits, number | PAGE_HIGH)->page;

			/* such pages come last, and were read with those of their low words */
			if (number >= PAGE_HIGH)
				return false;
			walk->low = page_counters(s, walk->pages[walk->at / PAGE_COUNTERS].page);
			walk->high = high == 0 ? NULL : page_counters(s, high);
		}
		walk->opened = walk->low[counter];
		walk->closed = walk->low[counter + 1];
		if (unlikely(walk->high != NULL))
		{
			walk->opened += (int64) walk->high[counter] << 32;
			walk->closed += (int64) walk->high[counter + 1] << 32;
		}
		if ((walk->opened | walk->closed) != 0)
		{
			walk->quarter = (number << (PAGE_EVENT_BITS - 1)) + counter / 2;
			walk->at += 2;
			return true;
		}
	}
	return false;
}

/* -------------------------------------------------------------------------
 * Adding.  Each returns the state, or a new one in its place.
 * -------------------------------------------------------------------------
 */
/* Counts one more page, free until now. */
static BacklogSummary *
add_page(BacklogSummary *s, uint32 number)
{
	PageEntry  *entry;

	if (s->pages == page_room(s))
	{
		BacklogSummary *larger = counts_new(s, s->room, s->bits + 1);

		for (Size i = 0; i < (Size) 1 << s->bits; i++)
		{
			PageEntry	old = page_directory(s)[i];

			if (old.page != 0)
				*find_page(page_directory(larger), larger->bits, old.number) = old;
		}
		memcpy(page_counters(larger, 1), page_counters(s, 1), s->pages * PAGE_SIZE);
		memcpy(backlog_list(larger), backlog_list(s), s->used * sizeof(uint32));
		larger->used = s->used;
		larger->pages = s->pages;
		s = larger;
	}
	entry = find_page(page_directory(s), s->bits, number);
	entry->number = number;
	entry->page = ++s->pages;
	return s;
}

/* Counts an event so many times. */
static inline BacklogSummary *
count_event(BacklogSummary *s, uint32 event, uint64 count)
{
	uint32		number = event >> PAGE_EVENT_BITS;

	for (;;)
	{
		uint32		page = find_page(page_directory(s), s->bits, number)->page;
		uint32	   *counter;

		if (unlikely(page == 0))
		{
			s = add_page(s, number);
			page = s->pages;
		}
		counter = page_counters(s, page) + event % PAGE_COUNTERS;
		count += *counter;
		*counter = (uint32) count;
		if (likely(count <= PG_UINT32_MAX))
			return s;
		count >>= 32;
		number |= PAGE_HIGH;
	}
}

/* Counts the events that wait. */
static BacklogSummary *
count_buffer(BacklogSummary *s)
{
	for (uint32 i = 0; i < s->used; i++)
		s = count_event(s, backlog_list(s)[i], 1);
	s->used = 0;
	return s;
}

/* Adds the events of the other one to those of s, which has pages, or room in its list. */
static BacklogSummary *
add_events(BacklogSummary *s, const BacklogSummary *other)
{
	BacklogWalk walk;

	backlog_walk_start(&walk, other, false);
	while (backlog_walk_next(&walk))
	{
		uint32		event = walk.quarter << 1;

		if (s->bits == 0)
		{
			for (int64 i = 0; i < walk.opened; i++)
				backlog_list(s)[s->used++] = event;
			for (int64 i = 0; i < walk.closed; i++)
				backlog_list(s)[s->used++] = event + EVENT_CLOSED;
			continue;
		}
		if (walk.opened > 0)
			s = count_event(s, event, walk.opened);
		if (walk.closed > 0)
			s = count_event(s, event + EVENT_CLOSED, walk.closed);
	}
	return s;
}

/* How many pages the quarters of s, and of the other one if any, would need; no more than limit + 1. */
static uint32
count_pages(const BacklogSummary *s, const BacklogSummary *other, uint32 limit)
{
	PageEntry  *directory;
	uint32		bits = 1;
	uint32		pages = 0;

	while ((uint32) 1 << bits <= 2 * limit)
		bits++;
	directory = palloc0(((Size) 1 << bits) * sizeof(PageEntry));
	for (const BacklogSummary *part = s; part != NULL && pages <= limit; part = part == s ? other : NULL)
	{
		BacklogWalk walk;

		backlog_walk_start(&walk, part, false);
		while (pages <= limit && backlog_walk_next(&walk))
		{
			uint32		number = walk.quarter >> (PAGE_EVENT_BITS - 1);
			PageEntry  *entry = find_page(directory, bits, number);

			if (entry->page == 0)
			{
				entry->number = number;
				entry->page = ++pages;
			}
		}
	}
	return pages;
}

/*
 * The state with counters, or with room in its list for so many more events,
 * which are those of the other summary, or of one row where that is NULL.
 */
static BacklogSummary *
make_room(BacklogSummary *s, const BacklogSummary *other, uint64 more)
{
	/* the sum fits: the caller has seen that the counts of both do */
	uint64		events = (uint64) s->opened + (uint64) s->closed + more;
	Size		size = LIST_SIZE_MIN;
	uint32		pages_limit;
	uint32		pages;
	uint32		bits = 1;

	if (backlog_form(s) == BACKLOG_COUNTS && (s->bits > 0 || events <= s->room))
		return s;

	while (size <= LIST_SIZE_MAX && LIST_EVENTS(size) < events)
		size *= 2;
	pages_limit = 2 * size / PAGE_SIZE;
	pages = pages_limit > 0 ? count_pages(s, other, pages_limit) : 1;
	if (pages > pages_limit && size <= LIST_SIZE_MAX)
		return add_events(counts_new(s, LIST_EVENTS(size), 0), s);

	while ((uint32) 1 << (bits - 1) < pages)
		bits++;
	return add_events(counts_new(s, BUFFER_EVENTS, bits), s);
}

/* Counts one item; closed_quarter is only read where it is closed. */
BacklogSummary *
backlog_add(BacklogSummary *s, uint32 opened_quarter, bool is_closed, uint32 closed_quarter)
{
	/* only a summary made by hand comes near the limit */
	if (unlikely(s->opened == PG_INT64_MAX))
		crmkpi_count_error(&backlog_kind);
	if (unlikely(backlog_form(s) == BACKLOG_PACKED || s->used + 2 > s->room))
	{
		s = make_room(s, NULL, 2);
		if (s->bits > 0)
			s = count_buffer(s);
	}
	backlog_list(s)[s->used++] = opened_quarter << 1;
	if (is_closed)
		backlog_list(s)[s->used++] = (closed_quarter << 1) + EVENT_CLOSED;
	s->opened++;
	s->closed += is_closed;
	return s;
}

/* Adds what the other one has counted. */
BacklogSummary *
backlog_merge(BacklogSummary *s, const BacklogSummary *other)
{
	if (other->opened == 0)
		return s;
	/* before anything changes; there are never more closed */
	crmkpi_count_add(s->opened, other->opened, &backlog_kind);
	s = add_events(make_room(s, other, (uint64) other->opened + (uint64) other->closed), other);
	s->opened += other->opened;
	s->closed += other->closed;
	return s;
}

/* The same summary in the form that is stored: a new value, of exact size. */
BacklogSummary *
backlog_pack(const BacklogSummary *s)
{
	BacklogWalk walk;
	BacklogSummary *result;
	Size		size = 0;
	uint8	   *end;
	uint32		previous = 0;

	if (backlog_form(s) == BACKLOG_PACKED)
	{
		result = palloc(VARSIZE(s));
		memcpy(result, s, VARSIZE(s));
		return result;
	}
	backlog_walk_start(&walk, s, true);
	while (backlog_walk_next(&walk))
	{
		size += summary_varint_size(walk.quarter - previous) +
			summary_varint_size(walk.opened) + summary_varint_size(walk.closed);
		previous = walk.quarter;
	}
	result = backlog_new_packed(s->opened, s->closed, size);
	end = backlog_packed(result);
	previous = 0;
	walk_again(&walk);
	while (backlog_walk_next(&walk))
	{
		end = summary_put_varint(end, walk.quarter - previous);
		end = summary_put_varint(end, walk.opened);
		end = summary_put_varint(end, walk.closed);
		previous = walk.quarter;
	}
	Assert(end == backlog_packed(result) + size);
	backlog_check(result);
	return result;
}

/*
 * Whether a packed value that came from outside can be true: quarters in order
 * and none empty, nothing closed before it was opened, sums as they are told.
 */
bool
backlog_plausible(const BacklogSummary *s)
{
	uint64		quarter = 0;
	uint64		opened = 0;
	uint64		closed = 0;
	uint32		size = backlog_packed_size(s);
	uint32		at = 0;

	while (at < size)
	{
		bool		is_first = at == 0;
		uint64		step;
		uint64		more_opened;
		uint64		more_closed;

		if (!summary_get_varint(backlog_packed(s), size, &at, &step) ||
			!summary_get_varint(backlog_packed(s), size, &at, &more_opened) ||
			!summary_get_varint(backlog_packed(s), size, &at, &more_closed))
			return false;
		if (step >= QUARTERS_END - quarter || (step == 0 && !is_first) || (more_opened | more_closed) == 0 ||
			more_opened > (uint64) s->opened - opened)
			return false;
		quarter += step;
		opened += more_opened;
		if (more_closed > opened - closed)
			return false;
		closed += more_closed;
	}
	return opened == (uint64) s->opened && closed == (uint64) s->closed;
}
