/*
 * business_time.c
 *		The SQL functions of time inside business hours; the mathematics is told
 *		and done in business_calendar.c.
 */
#include "crmkpi.h"

#include "business_hours.h"
#include "scalar.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"

/* Microseconds of an amount of business time: hours and smaller units only. */
int64
crmkpi_hours_us(const Interval *interval, const char *what)
{
	if (interval->month != 0 || interval->day != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s %s is not a number of business hours", what,
						crmkpi_interval_text(interval)),
				 errdetail("Expected hours and smaller units, found days or months, whose business hours differ."),
				 errhint("Write how many open hours are meant, such as interval '8 hours'.")));
	return crmkpi_interval_us(interval, what);
}

/* Business time as an interval of hours, never days. */
Interval *
crmkpi_hours_from_us(int128 us)
{
	Interval   *result = (Interval *) palloc0(sizeof(Interval));

	if (us > PG_INT64_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("interval out of range")));
	result->time = (int64) us;
	return result;
}

/* -------------------------------------------------------------------------
 * SQL functions
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_business_duration);
PG_FUNCTION_INFO_V1(crmkpi_business_duration_ranges);
PG_FUNCTION_INFO_V1(crmkpi_business_deadline);
PG_FUNCTION_INFO_V1(crmkpi_is_business_time);
PG_FUNCTION_INFO_V1(crmkpi_business_days);

Datum
crmkpi_business_duration(PG_FUNCTION_ARGS)
{
	PG_RETURN_INTERVAL_P(crmkpi_hours_from_us(crmkpi_business_us(PG_GETARG_TIMESTAMPTZ(0), PG_GETARG_TIMESTAMPTZ(1),
																 business_hours_arg(fcinfo, 2))));
}

/* business_duration(active, hours): the sum over the ranges, whatever kind of bounds they have */
Datum
crmkpi_business_duration_ranges(PG_FUNCTION_ARGS)
{
	MultirangeType *active = PG_GETARG_MULTIRANGE_P(0);
	BusinessHours *hours = business_hours_arg(fcinfo, 1);
	TypeCacheEntry *range_type = multirange_get_typcache(fcinfo, MultirangeTypeGetOid(active))->rngtype;
	int128		us = 0;

	for (uint32 i = 0; i < active->rangeCount; i++)
	{
		RangeBound	lower;
		RangeBound	upper;

		multirange_get_bounds(range_type, active, i, &lower, &upper);
		us += crmkpi_business_us(lower.infinite ? DT_NOBEGIN : DatumGetTimestampTz(lower.val),
								 upper.infinite ? DT_NOEND : DatumGetTimestampTz(upper.val), hours);
	}
	PG_RETURN_INTERVAL_P(crmkpi_hours_from_us(us));
}

/* business_deadline(start_at, amount, hours): the first instant by which the amount has passed */
Datum
crmkpi_business_deadline(PG_FUNCTION_ARGS)
{
	TimestampTz start_at = PG_GETARG_TIMESTAMPTZ(0);
	int64		amount = crmkpi_hours_us(PG_GETARG_INTERVAL_P(1), "amount");

	crmkpi_check_finite(start_at, "start_at");
	PG_RETURN_TIMESTAMPTZ(crmkpi_business_deadline_at(start_at, amount, business_hours_arg(fcinfo, 2)));
}

/* is_business_time(at, hours): whether the microsecond that begins at this instant is open */
Datum
crmkpi_is_business_time(PG_FUNCTION_ARGS)
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);

	crmkpi_check_finite(at, "at");
	PG_RETURN_BOOL(crmkpi_business_is_open(at, business_hours_arg(fcinfo, 1)));
}

/* business_days(from_day, to_day, hours): local days with any opening, both ends included */
Datum
crmkpi_business_days(PG_FUNCTION_ARGS)
{
	DateADT		from_day = PG_GETARG_DATEADT(0);
	DateADT		to_day = PG_GETARG_DATEADT(1);
	BusinessHours *hours = business_hours_arg(fcinfo, 2);

	if (DATE_NOT_FINITE(from_day) || DATE_NOT_FINITE(to_day) || to_day < from_day)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no days from %s to %s",
						DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(from_day))),
						DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(to_day)))),
				 errdetail("Expected two finite days, the first not after the second."),
				 errhint("Check the order of the arguments; both days are counted.")));
	PG_RETURN_INT32((int32) (crmkpi_business_open_days(hours, (int64) to_day + 1) -
					crmkpi_business_open_days(hours, from_day)));
}
