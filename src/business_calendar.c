/*
 * business_calendar.c
 *		The time that passes inside business hours.
 *
 * Time inside hours is the difference of one function at two instants:
 * open_us(t), the open microseconds from 2000-01-01 to t.  With a local time
 * l it is N(l), a sum over weeks, days and windows without a loop over time,
 * as long as the clock is not shifted.  A shift of the clock at instant T,
 * from local time a to local time b, changes it as follows.
 *
 *	- Spring, a < b: the local times between never were, so what N counts
 *	  between a and b is taken off.
 *	- Autumn, b < a: the local times from b to a were twice.  An opening takes
 *	  the first, a closing the last, so every window that touches [b, a] is
 *	  open at T.  The first pass is open from the first opening on, the second
 *	  up to the last closing.
 *
 * What the shifts before t add up to is kept per shift, so that a call costs
 * the same however long the interval is: a look at the shifts and at the
 * exceptions near t.
 *
 * The shifts come from the server's time zone database, once per process and
 * zone; their sums for one value of business_hours once per process and
 * value.  Both are kept as long as the process lives, the sums for a limited
 * number of values.
 */
#include "crmkpi.h"

#include "business_hours.h"
#include "common/hashfn.h"
#include "scalar.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "zone.h"

/* Around one shift, for one value of business_hours; all in microseconds. */
typedef struct Shift
{
	int64		twice_from;		/* local time b after the shift */
	int64		twice_until;	/* local time a before it, where the clock goes back; else b */
	int64		opens;			/* first pass: open from this local time on; a if it is not open */
	int64		closes;			/* second pass: open up to this local time; b if it is not open */
	int64		first_pass;		/* open_us where the first pass begins */
	int64		second_pass;	/* open_us at the shift */
	int64		correction;		/* open_us - N(l) from there to the next shift */
} Shift;

/* A value of business_hours, ready for its zone; in a memory context of its own. */
typedef struct Calendar
{
	BusinessHours *hours;		/* own copy */
	const Zone *zone;			/* may have come to know more shifts */
	int			shifts;			/* that are summed up here */
	TimestampTz known_until;	/* good for instants up to then */
	TimestampTz cycle_start;	/* after the last exception; from then on it repeats itself (ZONE_CYCLE) */
	TimestampTz cycle_end;		/* a cycle later */
	Shift	   *shift;			/* [shifts] */
	uint32		months;			/* of equal length, from the first exception to the last */
	uint32	   *exceptions_before;	/* [months] exceptions before a month begins */
	MemoryContext context;
} Calendar;

/* A time may lie so long before a shift and yet be told twice because of it. */
#define SHIFT_REACH			(2 * USECS_PER_DAY)

/* 32 days: an exception is found by the span that a day lies in. */
#define MONTH_BITS			5

#define CALENDARS			256 /* prepared at a time, a power of two */
#define CALENDAR_PLACES		4	/* where a value may be, by its hash */

static Calendar *calendars[CALENDARS];
static Calendar *last_calendar = NULL;

/* -------------------------------------------------------------------------
 * Local time without shifts
 * -------------------------------------------------------------------------
 */

/* Quotient rounded down; *rest is from 0 to divisor - 1. */
static inline int64
divide(int64 value, int64 divisor, int64 *rest)
{
	int64		quotient = value / divisor;

	*rest = value - quotient * divisor;
	if (*rest < 0)
	{
		*rest += divisor;
		quotient--;
	}
	return quotient;
}

/* How many exceptions lie before the day. */
static uint32
exceptions_before(const BusinessHours *hours, int64 day)
{
	const HoursException *exception = hours_exceptions(hours);
	uint32		low = 0;
	uint32		high = hours->exceptions;

	while (low < high)
	{
		uint32		middle = (low + high) / 2;

		if (exception[middle].day < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The same, by the month that the day lies in. */
static inline uint32
calendar_exceptions_before(const Calendar *calendar, int64 day)
{
	const HoursException *exception = hours_exceptions(calendar->hours);
	uint64		month;
	uint32		i;

	if (calendar->months == 0 || day <= exception[0].day)
		return 0;
	month = (uint64) (day - exception[0].day) >> MONTH_BITS;
	if (month >= calendar->months)
		return calendar->hours->exceptions;
	/* the last one is the end of the others, after all days */
	for (i = calendar->exceptions_before[month]; exception[i].day < day; i++)
		;
	return i;
}

/* Where a day stands in its week and among the exceptions. */
typedef struct DayPlace
{
	int64		weeks;			/* since Monday 2000-01-03 */
	int			weekday;		/* from 0 for Monday */
	uint32		exception;		/* exceptions before it */
	bool		is_exception;
} DayPlace;

static inline DayPlace
place_of(const BusinessHours *hours, int64 day, uint32 exception)
{
	DayPlace	place;
	int64		weekday;

	place.weeks = divide(day - 2, 7, &weekday);
	place.weekday = (int) weekday;
	place.exception = exception;
	place.is_exception = hours_exceptions(hours)[place.exception].day == day;
	return place;
}

/* The windows of a day, from *first to before *end. */
static inline void
windows_of(const BusinessHours *hours, const DayPlace *place, const OpenWindow **first, const OpenWindow **end)
{
	const HoursException *exception = hours_exceptions(hours) + place->exception;

	if (place->is_exception)
	{
		*first = hours_windows(hours) + exception[0].first_window;
		*end = hours_windows(hours) + exception[1].first_window;
	}
	else
	{
		*first = hours_windows(hours) + hours->first_window[place->weekday];
		*end = hours_windows(hours) + hours->first_window[place->weekday + 1];
	}
}

/* N(l): open microseconds of local time up to l, if no clock were ever shifted */
static inline int64
nominal_us(const Calendar *calendar, int64 local)
{
	const BusinessHours *hours = calendar->hours;
	int64		in_day;
	int64		day = divide(local, USECS_PER_DAY, &in_day);
	DayPlace	place = place_of(hours, day, calendar_exceptions_before(calendar, day));
	int64		minutes;
	int64		us = 0;
	const OpenWindow *window;
	const OpenWindow *end;

	minutes = place.weeks * hours->week_minutes + hours->minutes_before[place.weekday] +
		hours_exceptions(hours)[place.exception].extra_minutes;
	windows_of(hours, &place, &window, &end);
	/* no branch, which nobody could predict */
	for (; window < end; window++)
	{
		int64		opens = window->opens * USECS_PER_MINUTE;
		int64		closes = window->closes * USECS_PER_MINUTE;

		us += Max(Min(in_day, closes), opens) - opens;
	}
	return minutes * USECS_PER_MINUTE + us;
}

/* -------------------------------------------------------------------------
 * Shifts of the clock
 * -------------------------------------------------------------------------
 */

/*
 * What a shift from local time a back to b does: finds the first opening and
 * the last closing of the windows that touch [b, a].
 */
static void
find_edges(const BusinessHours *hours, int64 a, int64 b, Shift *shift)
{
	int64		rest;
	int64		last_day = divide(a, USECS_PER_DAY, &rest);

	shift->opens = a;
	shift->closes = b;
	/* one day more: a window may close at midnight, which is b */
	for (int64 day = divide(b, USECS_PER_DAY, &rest) - 1; day <= last_day; day++)
	{
		DayPlace	place = place_of(hours, day, exceptions_before(hours, day));
		const OpenWindow *window;
		const OpenWindow *end;

		windows_of(hours, &place, &window, &end);
		for (; window < end; window++)
		{
			int64		opens = day * USECS_PER_DAY + window->opens * USECS_PER_MINUTE;
			int64		closes = day * USECS_PER_DAY + window->closes * USECS_PER_MINUTE;

			if (opens >= a || closes < b)
				continue;
			shift->opens = Min(shift->opens, Max(opens, b));
			shift->closes = Max(shift->closes, Min(closes, a));
		}
	}
}

/* Adds up what the shifts of the zone change for these hours. */
static void
sum_shifts(Calendar *calendar)
{
	const BusinessHours *hours = calendar->hours;
	const Zone *zone = calendar->zone;
	int64		correction = 0;

	for (int i = 0; i < calendar->shifts; i++)
	{
		Shift	   *shift = &calendar->shift[i];
		int64		a = zone->at[i] + zone->offset[i];
		int64		b = zone->at[i] + zone->offset[i + 1];

		shift->twice_from = b;
		shift->twice_until = Max(a, b);
		if (a < b)
		{
			shift->opens = shift->closes = b;
			correction += nominal_us(calendar, a) - nominal_us(calendar, b);
			shift->first_pass = shift->second_pass = nominal_us(calendar, b) + correction;
		}
		else
		{
			find_edges(hours, a, b, shift);
			shift->first_pass = nominal_us(calendar, b) + correction;
			shift->second_pass = shift->first_pass + (a - shift->opens);
			correction = shift->second_pass + (shift->closes - b) - nominal_us(calendar, a);
		}
		shift->correction = correction;
	}
}

/* Counts the exceptions before each month. */
static void
fill_months(Calendar *calendar)
{
	const HoursException *exception = hours_exceptions(calendar->hours);
	uint32		exceptions = calendar->hours->exceptions;
	uint32		i = 0;

	if (exceptions == 0)
		return;
	calendar->months = (uint32) ((exception[exceptions - 1].day - exception[0].day) >> MONTH_BITS) + 1;
	calendar->exceptions_before = MemoryContextAllocHuge(calendar->context, calendar->months * sizeof(uint32));
	for (uint32 month = 0; month < calendar->months; month++)
	{
		while (i < exceptions && exception[i].day < exception[0].day + (int64) month * (1 << MONTH_BITS))
			i++;
		calendar->exceptions_before[month] = i;
	}
}

static inline bool
same_hours(const BusinessHours *a, const BusinessHours *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

/*
 * The calendar of these hours, good for instants up to "until".  Valid until
 * the next call.
 */
static const Calendar *
calendar_of(const BusinessHours *hours, TimestampTz until)
{
	Size		size = VARSIZE(hours);
	Calendar   *calendar = last_calendar;
	Calendar  **place = NULL;
	uint32		hash;
	MemoryContext context;

	if (likely(calendar != NULL && until <= calendar->known_until && same_hours(calendar->hours, hours)))
		return calendar;

	/* its own place, or an empty one, or one that it takes from another */
	hash = hash_bytes((const unsigned char *) hours, (int) size);
	for (uint32 i = 0; i < CALENDAR_PLACES; i++)
	{
		Calendar  **candidate = &calendars[(hash + i) % CALENDARS];

		if (*candidate == NULL)
		{
			if (place == NULL)
				place = candidate;
		}
		else if (same_hours((*candidate)->hours, hours))
		{
			if (until <= (*candidate)->known_until)
				return last_calendar = *candidate;
			place = candidate;
			break;
		}
	}
	if (place == NULL)
		place = &calendars[(hash + hash / CALENDARS % CALENDAR_PLACES) % CALENDARS];

	context = AllocSetContextCreate(CurrentMemoryContext, "crmkpi business hours", ALLOCSET_SMALL_SIZES);
	calendar = MemoryContextAllocZero(context, sizeof(Calendar));
	calendar->context = context;
	calendar->hours = MemoryContextAlloc(context, size);
	memcpy(calendar->hours, hours, size);
	calendar->cycle_start = hours->exceptions == 0 ? ZONE_REGULAR_FROM :
		Max(ZONE_REGULAR_FROM, (hours_exceptions(hours)[hours->exceptions - 1].day + 3) * USECS_PER_DAY);
	calendar->cycle_end = calendar->cycle_start + ZONE_CYCLE;
	/* few ask for the time after 2100, but then all of it is known */
	calendar->known_until = until <= ZONE_REGULAR_FROM ? ZONE_REGULAR_FROM : PG_INT64_MAX;
	until = Min(calendar->known_until, calendar->cycle_end) + SHIFT_REACH;
	calendar->zone = crmkpi_zone(hours_zone(hours), until);
	calendar->shifts = zone_shifts_until(calendar->zone, until);
	calendar->shift = MemoryContextAllocHuge(context, calendar->shifts * sizeof(Shift) + 1);
	fill_months(calendar);
	sum_shifts(calendar);

	/* nothing can fail any more */
	MemoryContextSetParent(context, TopMemoryContext);
	last_calendar = calendar;
	if (*place != NULL)
		MemoryContextDelete((*place)->context);
	return *place = calendar;
}

/* Open microseconds up to the instant t, which is not after the end of the first cycle. */
static inline int64
open_us_known(const Calendar *calendar, TimestampTz t)
{
	int			i = zone_shifts_until(calendar->zone, t);
	int64		local = t + calendar->zone->offset[i];
	int64		correction = 0;

	if (i > 0)
	{
		const Shift *last = &calendar->shift[i - 1];

		if (unlikely(local < last->twice_until))
			return last->second_pass + Max(Min(local, last->closes) - last->twice_from, 0);
		correction = last->correction;
	}
	if (i < calendar->shifts)
	{
		const Shift *next = &calendar->shift[i];

		if (unlikely(local >= next->twice_from))
			return next->first_pass + Max(local - next->opens, 0);
	}
	return nominal_us(calendar, local) + correction;
}

/* Open microseconds up to the instant t. */
static inline int64
open_us(const Calendar *calendar, TimestampTz t)
{
	int64		cycles;

	if (likely(t <= calendar->cycle_end))
		return open_us_known(calendar, t);
	cycles = (t - calendar->cycle_start) / ZONE_CYCLE;
	return open_us_known(calendar, t - cycles * ZONE_CYCLE) +
		cycles * (open_us_known(calendar, calendar->cycle_end) - open_us_known(calendar, calendar->cycle_start));
}

/* Open microseconds from start_at to end_at; infinite and reversed pairs are errors. */
int64
crmkpi_business_us(TimestampTz start_at, TimestampTz end_at, const BusinessHours *hours)
{
	const Calendar *calendar;

	(void) crmkpi_elapsed_us(start_at, end_at, true);
	calendar = calendar_of(hours, end_at);
	return open_us(calendar, end_at) - open_us(calendar, start_at);
}

/* Whether the microsecond that begins at this instant is open. */
bool
crmkpi_business_is_open(TimestampTz at, const BusinessHours *hours)
{
	const Calendar *calendar = calendar_of(hours, at + 1);

	return open_us(calendar, at + 1) > open_us(calendar, at);
}

/* An instant up to which at least so many microseconds are open from start_at on. */
static TimestampTz
deadline_bound(TimestampTz start_at, int64 amount, const BusinessHours *hours)
{
	int64		last = (int64) END_TIMESTAMP - 1;
	int64		span = Max(amount, USECS_PER_DAY);

	/* without opening weekdays nothing is open after the last exception; its day may last 50 hours */
	if (hours->week_minutes == 0)
		last = hours->exceptions == 0 ? start_at :
			(hours_exceptions(hours)[hours->exceptions - 1].day + 3) * USECS_PER_DAY;
	for (;;)
	{
		TimestampTz end = (int128) start_at + span < last ? start_at + span : Max(last, start_at);

		if (crmkpi_business_us(start_at, end, hours) >= amount)
			return end;
		if (end >= last)
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("no deadline: the hours have less than the given amount of open time left"),
					 errdetail("Expected %s of open time after %s.",
							   crmkpi_interval_text(crmkpi_hours_from_us(amount)),
							   crmkpi_timestamp_text(start_at, true)),
					 errhint("Give the hours weekdays with opening windows.")));
		span = span > PG_INT64_MAX / 2 ? PG_INT64_MAX : span * 2;
	}
}

/* The first instant by which so many microseconds have been open since start_at. */
TimestampTz
crmkpi_business_deadline_at(TimestampTz start_at, int64 amount, const BusinessHours *hours)
{
	TimestampTz early = start_at;
	TimestampTz end;
	const Calendar *calendar;
	int64		target;

	if (amount == 0)
		return start_at;
	end = deadline_bound(start_at, amount, hours);
	calendar = calendar_of(hours, end);
	target = open_us(calendar, start_at) + amount;

	/* too early < deadline <= end; at most 63 steps, however long the way */
	while (end - early > 1)
	{
		TimestampTz middle = early + (end - early) / 2;

		if (open_us(calendar, middle) >= target)
			end = middle;
		else
			early = middle;
	}
	return end;
}

/* Days with any opening up to and without the day, from 2000-01-03. */
int64
crmkpi_business_open_days(const BusinessHours *hours, int64 day)
{
	DayPlace	place = place_of(hours, day, exceptions_before(hours, day));

	return place.weeks * hours->week_days + hours->days_before[place.weekday] +
		hours_exceptions(hours)[place.exception].extra_days;
}
