/*
 * business_hours.c
 *		The value type business_hours: weekly opening windows, holidays and
 *		replacement days of one time zone.
 *
 * Its text form is a list of items,
 *
 *		Mon-Fri 09:00-12:00,13:30-18:00; Sat 09:00-12:00; tz Asia/Ho_Chi_Minh;
 *		holiday 2026-04-30, 2026-05-01; day 2026-02-16 09:00-12:00
 *
 * read in any order and written in the one above.  The stored form
 * (business_hours.h) holds what business_calendar.c needs: sums of minutes over
 * the week and over the exceptions.  It has nothing of the zone but the name,
 * since rules of zones change with the server's time zone database.
 */
#include "crmkpi.h"

#include "business_hours.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "zone.h"

const SummaryKind business_hours_kind = {'h', 1, sizeof(BusinessHours), "business_hours"};

#define MAX_WINDOWS_READ	(1 << 21)	/* before those that overlap are united */

static const char *const weekday_names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

/* A window with the day it belongs to, as read. */
typedef struct DayWindow
{
	int32		day;			/* weekday from 0, or days since 2000-01-01 */
	uint16		opens;			/* equal to closes: a holiday */
	uint16		closes;
} DayWindow;

typedef struct DayWindows
{
	DayWindow  *items;
	uint32		count;
	uint32		room;
} DayWindows;

typedef struct HoursReader
{
	const char *text;			/* the whole text, for messages */
	const char *at;				/* what is still unread */
	DayWindows	week;
	DayWindows	dates;
	const char *zone;			/* canonical name; NULL: not read yet */
} HoursReader;

/* -------------------------------------------------------------------------
 * Reading the text
 * -------------------------------------------------------------------------
 */
static void hours_error(const HoursReader *in, const char *expected) pg_attribute_noreturn();

static void
hours_error(const HoursReader *in, const char *expected)
{
	const int	shown = 80;
	int			length = (int) strlen(in->text);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type business_hours: \"%.*s%s\"",
					pg_mbcliplen(in->text, length, shown), in->text, length > shown ? "..." : ""),
			 errdetail("Expected %s at character %d.", expected, (int) (in->at - in->text) + 1),
			 errhint("Write it like \"Mon-Fri 09:00-12:00,13:30-18:00; tz Europe/Paris; "
					 "holiday 2026-05-01; day 2026-12-24 09:00-12:00\".")));
	pg_unreachable();
}

static void
skip_spaces(HoursReader *in)
{
	while (*in->at == ' ' || *in->at == '\t' || *in->at == '\n' || *in->at == '\r')
		in->at++;
}

static bool
take_char(HoursReader *in, char c)
{
	if (*in->at != c)
		return false;
	in->at++;
	return true;
}

/* The word if it comes next, in any case, and no further letter after it. */
static bool
take_word(HoursReader *in, const char *word)
{
	size_t		length = strlen(word);

	if (pg_strncasecmp(in->at, word, length) != 0 ||
		pg_ascii_tolower((unsigned char) in->at[length]) != pg_ascii_toupper((unsigned char) in->at[length]))
		return false;
	in->at += length;
	return true;
}

/* A number of exactly so many digits. */
static int
take_digits(HoursReader *in, int digits, const char *expected)
{
	int			value = 0;

	for (int i = 0; i < digits; i++)
	{
		if (in->at[i] < '0' || in->at[i] > '9')
			hours_error(in, expected);
		value = value * 10 + (in->at[i] - '0');
	}
	in->at += digits;
	return value;
}

/* HH:MM as a minute of the day, 00:00 to 24:00 */
static int
take_minute(HoursReader *in)
{
	const char *start = in->at;
	int			hour = take_digits(in, 2, "a time as HH:MM");
	int			minute;

	if (!take_char(in, ':'))
		hours_error(in, "\":\"");
	minute = take_digits(in, 2, "two digits of minutes");
	if (minute > 59 || hour * 60 + minute > MINUTES_PER_DAY)
	{
		in->at = start;
		hours_error(in, "a time from 00:00 to 24:00");
	}
	return hour * 60 + minute;
}

/* YYYY-MM-DD as days since 2000-01-01 */
static int32
take_date(HoursReader *in)
{
	const char *start = in->at;
	int			year = take_digits(in, 4, "a date as YYYY-MM-DD");
	int			month;
	int			day;

	if (!take_char(in, '-'))
		hours_error(in, "\"-\"");
	month = take_digits(in, 2, "two digits of a month");
	if (!take_char(in, '-'))
		hours_error(in, "\"-\"");
	day = take_digits(in, 2, "two digits of a day");
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > day_tab[isleap(year)][month - 1])
	{
		in->at = start;
		hours_error(in, "a date that exists");
	}
	return date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
}

static void
add_window(DayWindows *list, int32 day, int opens, int closes)
{
	if (list->count == MAX_WINDOWS_READ)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("business_hours has more than %d windows", MAX_WINDOWS_READ),
				 errhint("Merge windows that overlap or repeat each other.")));
	if (list->count == list->room)
	{
		list->room = list->room == 0 ? 16 : list->room * 2;
		list->items = list->items == NULL ?
			palloc(list->room * sizeof(DayWindow)) : repalloc(list->items, list->room * sizeof(DayWindow));
	}
	list->items[list->count++] = (DayWindow) {day, (uint16) opens, (uint16) closes};
}

/* "09:00-12:00,13:30-18:00" for the given weekdays, or for a date */
static void
take_windows(HoursReader *in, const bool *weekdays, int32 date)
{
	do
	{
		const char *start;
		int			opens;
		int			closes;

		skip_spaces(in);
		start = in->at;
		opens = take_minute(in);
		if (!take_char(in, '-'))
			hours_error(in, "\"-\"");
		closes = take_minute(in);
		if (opens >= closes)
		{
			in->at = start;
			hours_error(in, "a window that opens before it closes (over midnight: as two windows)");
		}
		if (weekdays == NULL)
			add_window(&in->dates, date, opens, closes);
		else
			for (int i = 0; i < 7; i++)
				if (weekdays[i])
					add_window(&in->week, i, opens, closes);
		skip_spaces(in);
	} while (take_char(in, ','));
}

static int
take_weekday(HoursReader *in)
{
	for (int i = 0; i < 7; i++)
		if (take_word(in, weekday_names[i]))
			return i;
	hours_error(in, "a weekday from Mon to Sun, \"tz\", \"holiday\" or \"day\"");
	pg_unreachable();
}

/* "Mon-Wed,Fri", where Sat-Wed goes over the end of the week */
static void
take_weekdays(HoursReader *in, bool *weekdays)
{
	do
	{
		int			first;
		int			last;

		skip_spaces(in);
		first = last = take_weekday(in);
		if (take_char(in, '-'))
			last = take_weekday(in);
		for (int day = first; day != last; day = (day + 1) % 7)
			weekdays[day] = true;
		weekdays[last] = true;
		skip_spaces(in);
	} while (take_char(in, ','));
}

static void
take_zone(HoursReader *in)
{
	size_t		length = strcspn(in->at, "; \t\n\r");

	if (in->zone != NULL)
		hours_error(in, "one time zone only");
	if (length == 0)
		hours_error(in, "the name of a time zone");
	in->zone = crmkpi_zone_name(pnstrdup(in->at, length));
	in->at += length;
}

static void
take_item(HoursReader *in)
{
	bool		weekdays[7] = {false};

	if (take_word(in, "tz"))
	{
		skip_spaces(in);
		take_zone(in);
	}
	else if (take_word(in, "holiday"))
	{
		do
		{
			skip_spaces(in);
			add_window(&in->dates, take_date(in), 0, 0);
			skip_spaces(in);
		} while (take_char(in, ','));
	}
	else if (take_word(in, "day"))
	{
		int32		date;

		skip_spaces(in);
		date = take_date(in);
		take_windows(in, NULL, date);
	}
	else
	{
		take_weekdays(in, weekdays);
		take_windows(in, weekdays, 0);
	}
}

/* -------------------------------------------------------------------------
 * The stored form
 * -------------------------------------------------------------------------
 */
static int
compare_windows(const void *a, const void *b)
{
	const DayWindow *x = a;
	const DayWindow *y = b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	if (x->opens != y->opens)
		return x->opens < y->opens ? -1 : 1;
	return (x->closes > y->closes) - (x->closes < y->closes);
}

/* Sorts, and unites windows of a day that overlap or touch.  A holiday (0 to 0) stays as it is. */
static void
unite_windows(DayWindows *list)
{
	uint32		kept = 0;

	if (list->count == 0)
		return;
	qsort(list->items, list->count, sizeof(DayWindow), compare_windows);
	for (uint32 i = 1; i < list->count; i++)
	{
		DayWindow  *last = &list->items[kept];
		DayWindow  *next = &list->items[i];

		if (last->day == next->day && last->closes == 0 && next->closes != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("date %s of business_hours is a holiday and has hours",
							DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(last->day)))),
					 errhint("Leave it out of the holidays, or leave out its hours.")));
		if (last->day == next->day && next->opens <= last->closes)
			last->closes = Max(last->closes, next->closes);
		else
			list->items[++kept] = *next;
	}
	list->count = kept + 1;
}

/* Copies the windows of one day, which start at "from"; returns the index after them. */
static uint32
copy_day(BusinessHours *hours, const DayWindows *list, uint32 from, uint32 *window, int32 *minutes)
{
	int32		day = list->items[from].day;

	*minutes = 0;
	for (; from < list->count && list->items[from].day == day; from++)
	{
		DayWindow  *w = &list->items[from];

		if (w->opens == w->closes)
			continue;
		hours_windows(hours)[(*window)++] = (OpenWindow) {w->opens, w->closes};
		*minutes += w->closes - w->opens;
	}
	return from;
}

static BusinessHours *
build_hours(HoursReader *in)
{
	BusinessHours *hours;
	int32		day_minutes[7] = {0};
	uint32		dates = 0;
	uint32		windows = in->week.count;
	uint32		window = 0;
	uint32		at = 0;
	HoursException sum = {0};

	for (uint32 i = 0; i < in->dates.count; i++)
	{
		dates += i == 0 || in->dates.items[i].day != in->dates.items[i - 1].day;
		windows += in->dates.items[i].closes > 0;
	}
	if (dates > BUSINESS_HOURS_MAX_EXCEPTIONS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("business_hours has more than %d dates", BUSINESS_HOURS_MAX_EXCEPTIONS),
				 errhint("Leave out holidays of days on which the week is closed anyway, and of years without data.")));
	hours = crmkpi_summary_new(sizeof(BusinessHours) + (dates + 1) * sizeof(HoursException) +
							   windows * sizeof(OpenWindow) + strlen(in->zone) + 1, &business_hours_kind);
	hours->exceptions = dates;
	hours->windows = windows;
	strcpy(hours_zone(hours), in->zone);

	for (int weekday = 0; weekday < 7; weekday++)
	{
		hours->first_window[weekday] = window;
		hours->minutes_before[weekday] = hours->week_minutes;
		hours->days_before[weekday] = hours->week_days;
		if (at < in->week.count && in->week.items[at].day == weekday)
			at = copy_day(hours, &in->week, at, &window, &day_minutes[weekday]);
		hours->week_minutes += day_minutes[weekday];
		hours->week_days += day_minutes[weekday] > 0;
	}
	hours->first_window[7] = window;

	at = 0;
	for (uint32 i = 0; i < dates; i++)
	{
		int32		day = in->dates.items[at].day;
		int			weekday = (day + POSTGRES_EPOCH_JDATE) % 7;	/* Julian day 0 was a Monday */
		int32		minutes;

		sum.day = day;
		sum.first_window = window;
		hours_exceptions(hours)[i] = sum;
		at = copy_day(hours, &in->dates, at, &window, &minutes);
		sum.extra_minutes += minutes - day_minutes[weekday];
		sum.extra_days += (minutes > 0) - (day_minutes[weekday] > 0);
	}
	sum.day = PG_INT32_MAX;
	sum.first_window = window;
	hours_exceptions(hours)[dates] = sum;
	Assert(window == windows);
	return hours;
}

/* -------------------------------------------------------------------------
 * Writing the text
 * -------------------------------------------------------------------------
 */
static void
put_windows(StringInfo out, const BusinessHours *hours, uint32 from, uint32 end)
{
	for (uint32 i = from; i < end; i++)
	{
		OpenWindow	w = hours_windows(hours)[i];

		appendStringInfo(out, "%c%02d:%02d-%02d:%02d", i == from ? ' ' : ',',
						 w.opens / 60, w.opens % 60, w.closes / 60, w.closes % 60);
	}
}

static bool
same_windows(const BusinessHours *hours, int a, int b)
{
	uint32		count = hours->first_window[a + 1] - hours->first_window[a];

	return hours->first_window[b + 1] - hours->first_window[b] == count &&
		memcmp(hours_windows(hours) + hours->first_window[a], hours_windows(hours) + hours->first_window[b],
			   count * sizeof(OpenWindow)) == 0;
}

/* The weekdays with the windows of "first": "Mon-Fri", "Mon-Wed,Sat" */
static void
put_weekdays(StringInfo out, const BusinessHours *hours, int first)
{
	const char *separator = "";

	for (int day = first; day < 7; day++)
	{
		int			last = day;

		if (!same_windows(hours, first, day))
			continue;
		while (last < 6 && same_windows(hours, first, last + 1))
			last++;
		appendStringInfo(out, "%s%s", separator, weekday_names[day]);
		if (last > day)
			appendStringInfo(out, "-%s", weekday_names[last]);
		separator = ",";
		day = last;
	}
}

static void
put_date(StringInfo out, int32 day)
{
	int			year;
	int			month;
	int			mday;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	appendStringInfo(out, "%04d-%02d-%02d", year, month, mday);
}

static void
put_hours(StringInfo out, const BusinessHours *hours)
{
	const HoursException *date = hours_exceptions(hours);
	const char *separator = "; holiday ";

	for (int day = 0; day < 7; day++)
	{
		bool		is_new = hours->first_window[day] < hours->first_window[day + 1];

		for (int earlier = 0; earlier < day; earlier++)
			is_new = is_new && !same_windows(hours, earlier, day);
		if (!is_new)
			continue;
		put_weekdays(out, hours, day);
		put_windows(out, hours, hours->first_window[day], hours->first_window[day + 1]);
		appendStringInfoString(out, "; ");
	}
	appendStringInfo(out, "tz %s", hours_zone(hours));
	for (uint32 i = 0; i < hours->exceptions; i++)
	{
		if (date[i].first_window < date[i + 1].first_window)
			continue;
		appendStringInfoString(out, separator);
		put_date(out, date[i].day);
		separator = ", ";
	}
	for (uint32 i = 0; i < hours->exceptions; i++)
	{
		if (date[i].first_window == date[i + 1].first_window)
			continue;
		appendStringInfoString(out, "; day ");
		put_date(out, date[i].day);
		put_windows(out, hours, date[i].first_window, date[i + 1].first_window);
	}
}

/* -------------------------------------------------------------------------
 * SQL functions; the binary form is a byte with the version, then the text
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_business_hours_in);
PG_FUNCTION_INFO_V1(crmkpi_business_hours_out);
PG_FUNCTION_INFO_V1(crmkpi_business_hours_recv);
PG_FUNCTION_INFO_V1(crmkpi_business_hours_send);

static BusinessHours *
read_hours(const char *text)
{
	HoursReader in = {.text = text,.at = text};

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		skip_spaces(&in);
		if (*in.at == '\0')
			break;
		take_item(&in);
		skip_spaces(&in);
		if (*in.at == '\0')
			break;
		if (!take_char(&in, ';'))
			hours_error(&in, "\";\" or the end");
	}
	if (in.zone == NULL)
		hours_error(&in, "\"tz\" and the name of a time zone");
	unite_windows(&in.week);
	unite_windows(&in.dates);
	return build_hours(&in);
}

Datum
crmkpi_business_hours_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(read_hours(PG_GETARG_CSTRING(0)));
}

Datum
crmkpi_business_hours_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	put_hours(&out, business_hours_arg(fcinfo, 0));
	PG_RETURN_CSTRING(out.data);
}

Datum
crmkpi_business_hours_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	int			length;

	crmkpi_recv_begin(in, &business_hours_kind);
	PG_RETURN_POINTER(read_hours(pq_getmsgtext(in, in->len - in->cursor, &length)));
}

Datum
crmkpi_business_hours_send(PG_FUNCTION_ARGS)
{
	StringInfoData text;
	StringInfoData out;

	initStringInfo(&text);
	put_hours(&text, business_hours_arg(fcinfo, 0));
	crmkpi_send_begin(&out, &business_hours_kind);
	pq_sendtext(&out, text.data, text.len);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}
