/*
 * period.c
 *		Reporting periods of days: day, week, month, quarter, year.
 *
 * A period is named by its first day.  Weeks may start on any day of the week
 * (1 = Monday to 7 = Sunday, as isodow).  Calendars are Gregorian throughout,
 * as PostgreSQL's dates are.
 */
#include "crmkpi.h"

#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"

typedef enum Grain
{
	GRAIN_DAY,
	GRAIN_WEEK,
	GRAIN_MONTH,
	GRAIN_QUARTER,
	GRAIN_YEAR
} Grain;

static const char *const grain_names[] = {"day", "week", "month", "quarter", "year"};
static const int grain_months[] = {0, 0, 1, 3, 12};

PG_FUNCTION_INFO_V1(crmkpi_period_start);
PG_FUNCTION_INFO_V1(crmkpi_period_add);

static Grain
grain_arg(FunctionCallInfo fcinfo, int argno)
{
	text	   *name = PG_GETARG_TEXT_PP(argno);

	for (size_t i = 0; i < lengthof(grain_names); i++)
		if (VARSIZE_ANY_EXHDR(name) == strlen(grain_names[i]) &&
			memcmp(VARDATA_ANY(name), grain_names[i], strlen(grain_names[i])) == 0)
			return (Grain) i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown grain \"%s\"", text_to_cstring(name)),
			 errhint("Use day, week, month, quarter or year.")));
	pg_unreachable();
}

/* A finite date as a Julian day. */
static int
julian_arg(FunctionCallInfo fcinfo, int argno)
{
	DateADT		day = PG_GETARG_DATEADT(argno);

	if (DATE_NOT_FINITE(day))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("no period holds the day %s", DATE_IS_NOBEGIN(day) ? "-infinity" : "infinity"),
				 errhint("Use a finite date.")));
	return day + POSTGRES_EPOCH_JDATE;
}

static Datum
julian_result(int64 julian)
{
	if (julian < 0 || julian >= DATE_END_JULIAN)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range")));
	PG_RETURN_DATEADT((DateADT) (julian - POSTGRES_EPOCH_JDATE));
}

/* First day of the month that lies so many months after the start of a year. */
static Datum
month_start(int year, int64 months)
{
	int64		in_year = months % 12;

	if (in_year < 0)
		in_year += 12;
	year += (int) ((months - in_year) / 12);
	if (!IS_VALID_JULIAN(year, (int) in_year + 1, 1))
		return julian_result(-1);
	return julian_result(date2j(year, (int) in_year + 1, 1));
}

/* period_start(day, grain, week_start): the first day of the period that holds the day */
Datum
crmkpi_period_start(PG_FUNCTION_ARGS)
{
	int			julian = julian_arg(fcinfo, 0);
	Grain		grain = grain_arg(fcinfo, 1);
	int			week_start = PG_GETARG_INT32(2);
	int			year;
	int			month;
	int			day;

	if (week_start < 1 || week_start > 7)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("first day of the week %d is out of range", week_start),
				 errhint("Use 1 for Monday to 7 for Sunday.")));
	if (grain == GRAIN_DAY)
		return julian_result(julian);
	if (grain == GRAIN_WEEK)
		/* Julian day 0 was a Monday */
		return julian_result((int64) julian - (julian - (week_start - 1) + 7) % 7);
	j2date(julian, &year, &month, &day);
	month -= (month - 1) % grain_months[grain];
	return month_start(year, month - 1);
}

/* period_add(start, grain, periods): the start of the period so many periods later */
Datum
crmkpi_period_add(PG_FUNCTION_ARGS)
{
	int			julian = julian_arg(fcinfo, 0);
	Grain		grain = grain_arg(fcinfo, 1);
	int64		periods = PG_GETARG_INT32(2);
	int			year;
	int			month;
	int			day;

	if (grain == GRAIN_DAY || grain == GRAIN_WEEK)
		return julian_result(julian + periods * (grain == GRAIN_WEEK ? 7 : 1));
	j2date(julian, &year, &month, &day);
	if (day != 1 || (month - 1) % grain_months[grain] != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s is not the first day of a %s",
						DatumGetCString(DirectFunctionCall1(date_out, PG_GETARG_DATUM(0))), grain_names[grain]),
				 errhint("Use period_start() to find it.")));
	return month_start(year, month - 1 + periods * grain_months[grain]);
}
