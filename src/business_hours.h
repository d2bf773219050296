/*
 * business_hours.h
 *		The value type business_hours, and the time that passes inside it.
 */
#ifndef CRMKPI_BUSINESS_HOURS_H
#define CRMKPI_BUSINESS_HOURS_H

#include "crmkpi.h"
#include "datatype/timestamp.h"
#include "summary.h"

#pragma GCC visibility push(hidden)

#define MINUTES_PER_DAY		1440

/* One opening window of a local day, 0 <= opens < closes <= 1440. */
typedef struct OpenWindow
{
	uint16		opens;			/* minute of the day */
	uint16		closes;			/* minute of the day, not included */
} OpenWindow;

/* One date with hours of its own; closed where it has no windows. */
typedef struct HoursException
{
	int32		day;			/* days since 2000-01-01 */
	int32		extra_minutes;	/* of all earlier dates: own open minutes less those of their weekday */
	int32		extra_days;		/* the same for days with any opening */
	uint32		first_window;	/* index; the windows end where those of the next begin */
} HoursException;

/*
 * business_hours, as stored: ready for use.  After the fixed part follow
 *		HoursException[exceptions + 1]	by day; the last is the end of the others
 *		OpenWindow[windows]				of Monday to Sunday, then of the exceptions
 *		char[]							name of the zone, with its zero byte
 * Windows of a day are sorted and neither overlap nor touch.
 */
typedef struct BusinessHours
{
	SummaryHeader head;			/* flags unused */
	int32		week_minutes;	/* open minutes of a week without exceptions */
	int32		week_days;		/* days of the week with any opening */
	uint32		exceptions;
	uint32		windows;
	int32		minutes_before[7];	/* open minutes of the week before that day, from Monday */
	int32		days_before[7]; /* open days of the week before that day */
	uint32		first_window[8];	/* index per weekday; [7] is where the exceptions' begin */
} BusinessHours;

#define BUSINESS_HOURS_MAX_EXCEPTIONS	65535

extern const SummaryKind business_hours_kind;

static inline HoursException *
hours_exceptions(const BusinessHours *hours)
{
	return (HoursException *) ((char *) hours + sizeof(BusinessHours));
}

static inline OpenWindow *
hours_windows(const BusinessHours *hours)
{
	return (OpenWindow *) (hours_exceptions(hours) + hours->exceptions + 1);
}

static inline char *
hours_zone(const BusinessHours *hours)
{
	return (char *) (hours_windows(hours) + hours->windows);
}

/* The argument, to be read only. */
static inline BusinessHours *
business_hours_arg(FunctionCallInfo fcinfo, int argno)
{
	return crmkpi_summary_arg(fcinfo, argno, &business_hours_kind);
}

extern int64 crmkpi_business_us(TimestampTz start_at, TimestampTz end_at, const BusinessHours *hours);
extern bool crmkpi_business_is_open(TimestampTz at, const BusinessHours *hours);
extern TimestampTz crmkpi_business_deadline_at(TimestampTz start_at, int64 amount, const BusinessHours *hours);
extern int64 crmkpi_business_open_days(const BusinessHours *hours, int64 day);
extern int64 crmkpi_hours_us(const Interval *interval, const char *what);
extern Interval *crmkpi_hours_from_us(int128 us);

#pragma GCC visibility pop

#endif							/* CRMKPI_BUSINESS_HOURS_H */
