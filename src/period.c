/*
 * period.c
 *		Reporting periods of days: day, week, month, quarter, year.
 *
 * A period is named by its first day.  Weeks may start on any day of the week
 * (1 = Monday to 7 = Sunday, as isodow).  Calendars are Gregorian throughout,
 * as PostgreSQL's dates are.  For arithmetic, periods are numbered from before
 * the first date on (period.h).
 */
#include "crmkpi.h"

#include "period.h"
#include "utils/builtins.h"
#include "utils/date.h"

const char *const crmkpi_grain_names[GRAINS] = {"day", "week", "month", "quarter", "year"};
const int	crmkpi_grain_months[GRAINS] = {0, 0, 1, 3, 12};

PG_FUNCTION_INFO_V1(crmkpi_period_start);
PG_FUNCTION_INFO_V1(crmkpi_period_add);

/* A grain by its name. */
Grain
crmkpi_grain_arg(FunctionCallInfo fcinfo, int argno)
{
	text	   *name = PG_GETARG_TEXT_PP(argno);

	for (int i = 0; i < GRAINS; i++)
		if (VARSIZE_ANY_EXHDR(name) == strlen(crmkpi_grain_names[i]) &&
			memcmp(VARDATA_ANY(name), crmkpi_grain_names[i], strlen(crmkpi_grain_names[i])) == 0)
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

/* First day of a week, from 1 for Monday to 7 for Sunday. */
int
crmkpi_week_start_arg(FunctionCallInfo fcinfo, int argno)
{
	int			week_start = PG_GETARG_INT32(argno);

	if (week_start < 1 || week_start > 7)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("first day of the week %d is out of range", week_start),
				 errhint("Use 1 for Monday to 7 for Sunday.")));
	return week_start;
}

/* The Julian day on which the period of that number begins; -1 where no date is that early or late. */
int64
crmkpi_period_first_day(Grain grain, int week_start, int64 number)
{
	int64		months = number * crmkpi_grain_months[grain];
	int64		year = months / 12 + JULIAN_MINYEAR;
	int64		julian;

	if (number < 0)
		return -1;
	if (grain == GRAIN_DAY)
		julian = number;
	else if (grain == GRAIN_WEEK)
		julian = 7 * (number - 1) + week_start - 1;
	else if (IS_VALID_JULIAN(year, months % 12 + 1, 1))
		julian = date2j((int) year, (int) (months % 12) + 1, 1);
	else
		julian = -1;
	return julian < DATE_END_JULIAN ? Max(julian, -1) : -1;
}

/* period_start(day, grain, week_start): the first day of the period that holds the day */
Datum
crmkpi_period_start(PG_FUNCTION_ARGS)
{
	int			julian = julian_arg(fcinfo, 0);
	Grain		grain = crmkpi_grain_arg(fcinfo, 1);
	int			week_start = crmkpi_week_start_arg(fcinfo, 2);

	return julian_result(crmkpi_period_first_day(grain, week_start, period_number(grain, week_start, julian)));
}

/* period_add(start, grain, periods): the start of the period so many periods later */
Datum
crmkpi_period_add(PG_FUNCTION_ARGS)
{
	int			julian = julian_arg(fcinfo, 0);
	Grain		grain = crmkpi_grain_arg(fcinfo, 1);
	int64		periods = PG_GETARG_INT32(2);
	int			year;
	int			month;
	int			day;

	if (grain == GRAIN_DAY || grain == GRAIN_WEEK)
		return julian_result(julian + periods * (grain == GRAIN_WEEK ? 7 : 1));
	j2date(julian, &year, &month, &day);
	if (day != 1 || (month - 1) % crmkpi_grain_months[grain] != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s is not the first day of a %s",
						DatumGetCString(DirectFunctionCall1(date_out, PG_GETARG_DATUM(0))), crmkpi_grain_names[grain]),
				 errhint("Use period_start() to find it.")));
	return julian_result(crmkpi_period_first_day(grain, 1, period_number(grain, 1, julian) + periods));
}
