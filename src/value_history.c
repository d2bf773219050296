/*
 * value_history.c
 *		A row for each customer of a value_summary.
 *
 * Besides plain totals there are the numbers that models of buying behaviour
 * ask for (Fader, Hardie and Lee, "Counting Your Customers the Easy Way",
 * Marketing Science 2005).  They count days: purchases of one day are one,
 * whose value is the sum.  The first day makes the customer; what follows are
 * repeat purchases.
 */
#include "crmkpi.h"

/* it includes inline functions that -Wextra does not like */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "funcapi.h"
#pragma GCC diagnostic pop
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "value.h"

PG_FUNCTION_INFO_V1(crmkpi_customer_history);
PG_FUNCTION_INFO_V1(crmkpi_customer_history_days);

/* What a customer did, as far as it was read. */
typedef struct History
{
	int64		purchases;		/* not refunds */
	int128		revenue;		/* refunds taken off */
	int64		first_at;		/* purchase; not known without one */
	int64		last_at;
	/* by local days, which are Julian */
	int64		first_day;		/* with a purchase */
	int64		last_day;
	int64		repeat_days;	/* with a purchase, after the first one */
	int128		repeat_revenue; /* of the days after the first one, refunds taken off */
} History;

static inline void
add_to_history(History *h, int64 at, int64 amount)
{
	h->revenue += amount;
	if (amount < 0)
		return;
	if (h->purchases++ == 0)
		h->first_at = at;
	h->last_at = at;
}

/* The same with its day. */
static inline void
add_day_to_history(History *h, int64 at, int64 amount, int64 day)
{
	add_to_history(h, at, amount);
	if (h->purchases == 0)
		return;
	if (h->purchases == 1 && amount >= 0)
		h->first_day = h->last_day = day;
	if (day > h->first_day)
		h->repeat_revenue += amount;
	/* clocks that were set back over midnight do not begin a day again */
	if (amount >= 0 && day > h->last_day)
	{
		h->repeat_days++;
		h->last_day = day;
	}
}

/* The columns that both functions have */
static void
put_history(const History *h, Datum *values, bool *nulls)
{
	values[0] = Int64GetDatum(h->purchases);
	values[1] = NumericGetDatum(value_money(h->revenue));
	values[2] = TimestampTzGetDatum(h->first_at);
	values[3] = TimestampTzGetDatum(h->last_at);
	nulls[2] = nulls[3] = h->purchases == 0;
}

/* customer_history(summary): a row for each customer, also those with refunds only */
Datum
crmkpi_customer_history(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &value_class);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "crmkpi row", ALLOCSET_SMALL_SIZES);
	MemoryContext old;
	KeyedWalk	walk;

	InitMaterializedSRF(fcinfo, 0);
	keyed_walk_start(&walk, k);
	while (keyed_walk_next(&walk))
	{
		History		h = {0};
		Datum		values[4];
		bool		nulls[4] = {false};

		for (uint32 i = 0; i < walk.count; i++)
			add_to_history(&h, value_walk_at(&walk, i), value_walk_amount(&walk, i));
		old = MemoryContextSwitchTo(row);
		put_history(&h, values, nulls);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		MemoryContextSwitchTo(old);
		MemoryContextReset(row);
	}
	MemoryContextDelete(row);
	return (Datum) 0;
}

/* -------------------------------------------------------------------------
 * Local days
 * -------------------------------------------------------------------------
 */
typedef struct Clock
{
	pg_tz	   *zone;
	/* a stretch between two shifts, in seconds since 1970 */
	pg_time_t	from;
	pg_time_t	until;
	long		offset;			/* seconds east of Greenwich */
} Clock;

static Clock
clock_arg(FunctionCallInfo fcinfo, int argno)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(argno));
	Clock		clock = {pg_tzset(name), 0, 0, 0};

	if (clock.zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", name),
				 errhint("Use a full name from the view pg_timezone_names.")));
	return clock;
}

/* The Julian day that the calendars of the zone show then */
static int64
local_day(Clock *clock, int64 at)
{
	/* rounded down: counted from the first timestamp, the beginning of Julian day 0, it is not negative */
	pg_time_t	seconds = (pg_time_t) (keyed_word_of_time(at) / USECS_PER_SEC);
	pg_time_t	unix_time = seconds - (pg_time_t) UNIX_EPOCH_JDATE * SECS_PER_DAY;

	if (unix_time < clock->from || unix_time >= clock->until)
	{
		long		next_offset;
		int			is_dst;
		int			found = pg_next_dst_boundary(&unix_time, &clock->offset, &is_dst, &clock->until, &next_offset,
												 &is_dst, clock->zone);

		if (found < 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("no offset of time zone \"%s\" is known at %s", pg_get_timezone_name(clock->zone),
							crmkpi_timestamp_text(at, true))));
		clock->from = unix_time;
		/* at a shift itself it may say that there are no more */
		if (found == 0)
			clock->until = unix_time;
	}
	return (seconds + clock->offset + SECS_PER_DAY) / SECS_PER_DAY - 1;
}

/* Days of a unit of time */
static double
unit_arg(FunctionCallInfo fcinfo, int argno)
{
	char	   *unit = text_to_cstring(PG_GETARG_TEXT_PP(argno));

	if (strcmp(unit, "day") == 0)
		return 1.0;
	if (strcmp(unit, "week") == 0)
		return 7.0;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown unit \"%s\"", unit),
			 errdetail("Months and years have no fixed length."),
			 errhint("Use day or week.")));
	pg_unreachable();
}

/* customer_history(summary, to_day, zone, unit): a row for each customer with a purchase by the end of that day */
Datum
crmkpi_customer_history_days(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &value_class);
	DateADT		date = PG_GETARG_DATEADT(1);
	Clock		clock = clock_arg(fcinfo, 2);
	double		unit = unit_arg(fcinfo, 3);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int64		to_day = (int64) date + POSTGRES_EPOCH_JDATE;
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "crmkpi row", ALLOCSET_SMALL_SIZES);
	MemoryContext old;
	KeyedWalk	walk;

	if (DATE_NOT_FINITE(date))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("last day is %s", DATE_IS_NOBEGIN(date) ? "-infinity" : "infinity"),
				 errhint("Give the last day that counts; the age of customers is counted up to it.")));
	InitMaterializedSRF(fcinfo, 0);
	keyed_walk_start(&walk, k);
	while (keyed_walk_next(&walk))
	{
		History		h = {0};
		Datum		values[8];
		bool		nulls[8] = {false};

		for (uint32 i = 0; i < walk.count; i++)
		{
			int64		at = value_walk_at(&walk, i);
			int64		day = local_day(&clock, at);

			if (day <= to_day)
				add_day_to_history(&h, at, value_walk_amount(&walk, i), day);
		}
		if (h.purchases == 0)
			continue;
		old = MemoryContextSwitchTo(row);
		put_history(&h, values, nulls);
		values[4] = Int64GetDatum(h.repeat_days);
		values[5] = Float8GetDatum((double) (h.last_day - h.first_day) / unit);
		values[6] = Float8GetDatum((double) (to_day - h.first_day) / unit);
		values[7] = (Datum) 0;
		nulls[7] = h.repeat_days == 0;
		if (!nulls[7])
			values[7] = NumericGetDatum(value_mean(h.repeat_revenue, h.repeat_days));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		MemoryContextSwitchTo(old);
		MemoryContextReset(row);
	}
	MemoryContextDelete(row);
	return (Datum) 0;
}
