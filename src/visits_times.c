/*
 * visits_times.c
 *		How long an item was in its categories, and when: as intervals of hours,
 *		as multiranges, and inside business hours.
 */
#include "crmkpi.h"

#include "business_hours.h"
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "visits.h"

PG_FUNCTION_INFO_V1(crmkpi_visit_duration_in);
PG_FUNCTION_INFO_V1(crmkpi_visit_active_duration);
PG_FUNCTION_INFO_V1(crmkpi_visit_active_duration_hours);
PG_FUNCTION_INFO_V1(crmkpi_visit_active_times);
PG_FUNCTION_INFO_V1(crmkpi_visit_open_times);
PG_FUNCTION_INFO_V1(crmkpi_visit_pauses);
PG_FUNCTION_INFO_V1(crmkpi_visit_until);
PG_FUNCTION_INFO_V1(crmkpi_total_duration);

/* The type of ranges in a tstzmultirange. */
static TypeCacheEntry *
range_type(FunctionCallInfo fcinfo)
{
	TypeCacheEntry *type = (TypeCacheEntry *) fcinfo->flinfo->fn_extra;

	if (type == NULL)
	{
		type = lookup_type_cache(TSTZMULTIRANGEOID, TYPECACHE_MULTIRANGE_INFO)->rngtype;
		fcinfo->flinfo->fn_extra = type;
	}
	return type;
}

/* The times of a walk as a tstzmultirange. */
static Datum
times_result(FunctionCallInfo fcinfo, VisitTimes *walk)
{
	TypeCacheEntry *type = range_type(fcinfo);
	RangeBound	lower = {.inclusive = true, .lower = true};
	RangeBound	upper = {.inclusive = false, .lower = false};
	/* every time needs an event, but for the one before the first event */
	RangeType **ranges = palloc(((Size) walk->s->used + 1) * sizeof(RangeType *));
	int32		count = 0;

	while (visit_times_next(walk))
	{
		CHECK_FOR_INTERRUPTS();
		lower.val = TimestampTzGetDatum(walk->start_at);
		upper.val = TimestampTzGetDatum(walk->end_at);
		ranges[count++] = make_range(type, &lower, &upper, false);
	}
	PG_RETURN_MULTIRANGE_P(make_multirange(TSTZMULTIRANGEOID, type, count, ranges));
}

/* duration_in(summary, category, until): NULL without events */
Datum
crmkpi_visit_duration_in(PG_FUNCTION_ARGS)
{
	VisitSummary *s = visit_arg(fcinfo, 0);
	VisitTimes	walk;
	int128		total = 0;

	visit_times_start(&walk, s, VISIT_SET(visit_category_arg(fcinfo, 1)), visit_moment_arg(fcinfo, 2, "until"));
	while (visit_times_next(&walk))
		total += (int128) walk.end_at - walk.start_at;
	if (s->used == 0)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(crmkpi_hours_from_us(total));
}

/* Starts to walk over the times in the categories, of (summary, opened_at, until). */
static void
start_from_opening(FunctionCallInfo fcinfo, uint32 categories, VisitTimes *walk)
{
	int64		opened_at = visit_moment_arg(fcinfo, 1, "opened_at");

	visit_times_start(walk, visit_arg(fcinfo, 0), categories, visit_moment_arg(fcinfo, 2, "until"));
	visit_times_from(walk, opened_at);
}

/* active_duration(summary, opened_at, until): total_duration(active_times(...)) */
Datum
crmkpi_visit_active_duration(PG_FUNCTION_ARGS)
{
	VisitTimes	walk;
	int128		total = 0;

	start_from_opening(fcinfo, VISIT_ACTIVE, &walk);
	while (visit_times_next(&walk))
		total += (int128) walk.end_at - walk.start_at;
	PG_RETURN_INTERVAL_P(crmkpi_hours_from_us(total));
}

/* active_duration(summary, opened_at, until, hours): business_duration(active_times(...), hours) */
Datum
crmkpi_visit_active_duration_hours(PG_FUNCTION_ARGS)
{
	BusinessHours *hours = business_hours_arg(fcinfo, 3);
	VisitTimes	walk;
	int128		total = 0;

	start_from_opening(fcinfo, VISIT_ACTIVE, &walk);
	while (visit_times_next(&walk))
		total += crmkpi_business_us(walk.start_at, walk.end_at, hours);
	PG_RETURN_INTERVAL_P(crmkpi_hours_from_us(total));
}

static Datum
times_from_opening(FunctionCallInfo fcinfo, uint32 categories)
{
	VisitTimes	walk;

	start_from_opening(fcinfo, categories, &walk);
	return times_result(fcinfo, &walk);
}

Datum
crmkpi_visit_active_times(PG_FUNCTION_ARGS)
{
	return times_from_opening(fcinfo, VISIT_ACTIVE);
}

Datum
crmkpi_visit_open_times(PG_FUNCTION_ARGS)
{
	return times_from_opening(fcinfo, VISIT_NOT_DONE);
}

Datum
crmkpi_visit_pauses(PG_FUNCTION_ARGS)
{
	VisitTimes	walk;

	visit_times_start(&walk, visit_arg(fcinfo, 0), VISIT_PAUSED, visit_moment_arg(fcinfo, 1, "until"));
	return times_result(fcinfo, &walk);
}

/* visits_until(summary, at): also with an infinite moment, as comparisons are */
Datum
crmkpi_visit_until(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(visit_prefix(visit_arg(fcinfo, 0), PG_GETARG_TIMESTAMPTZ(1)));
}

/* total_duration(times): 0 without ranges */
Datum
crmkpi_total_duration(PG_FUNCTION_ARGS)
{
	MultirangeType *times = PG_GETARG_MULTIRANGE_P(0);
	TypeCacheEntry *type = range_type(fcinfo);
	int128		total = 0;

	for (uint32 i = 0; i < times->rangeCount; i++)
	{
		RangeBound	lower;
		RangeBound	upper;

		multirange_get_bounds(type, times, i, &lower, &upper);
		if (lower.infinite || upper.infinite || TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(lower.val)) ||
			TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(upper.val)))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("no duration of %s",
							OidOutputFunctionCall(F_RANGE_OUT,
												  RangeTypePGetDatum(multirange_get_range(type, times, i)))),
					 errdetail("Expected two finite times."),
					 errhint("Cut the times first, for example with * tstzmultirange(tstzrange(opened_at, now())).")));
		total += (int128) DatumGetTimestampTz(upper.val) - DatumGetTimestampTz(lower.val);
	}
	PG_RETURN_INTERVAL_P(crmkpi_hours_from_us(total));
}
