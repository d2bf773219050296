/*
 * period.h
 *		Reporting periods of days, by number.
 */
#ifndef CRMKPI_PERIOD_H
#define CRMKPI_PERIOD_H

#include "crmkpi.h"
#include "utils/datetime.h"

#pragma GCC visibility push(hidden)

typedef enum Grain
{
	GRAIN_DAY,
	GRAIN_WEEK,
	GRAIN_MONTH,
	GRAIN_QUARTER,
	GRAIN_YEAR
} Grain;

#define GRAINS	(GRAIN_YEAR + 1)

extern const char *const crmkpi_grain_names[GRAINS];

/* What a month, quarter and year have; 0 for others. */
extern const int crmkpi_grain_months[GRAINS];

extern Grain crmkpi_grain_arg(FunctionCallInfo fcinfo, int argno);
extern int	crmkpi_week_start_arg(FunctionCallInfo fcinfo, int argno);
extern int64 crmkpi_period_first_day(Grain grain, int week_start, int64 number);

/* The number of the period that holds a Julian day, which is not negative. */
static inline int64
period_number(Grain grain, int week_start, int julian)
{
	int			year;
	int			month;
	int			day;

	if (grain == GRAIN_DAY)
		return julian;
	if (grain == GRAIN_WEEK)
		/* Julian day 0 was a Monday */
		return ((int64) julian - (week_start - 1) + 7) / 7;
	j2date(julian, &year, &month, &day);
	return ((year - JULIAN_MINYEAR) * INT64CONST(12) + month - 1) / crmkpi_grain_months[grain];
}

#pragma GCC visibility pop

#endif							/* CRMKPI_PERIOD_H */
