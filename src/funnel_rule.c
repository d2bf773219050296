/*
 * funnel_rule.c
 *		Window and modes of a funnel, read and written alike by window_funnel
 *		and funnel.
 */
#include "crmkpi.h"

#include "datatype/timestamp.h"
#include "funnel_rule.h"
#include "scalar.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

/* In the order of their bits. */
static const char *const mode_names[] = {"increase", "once", "order", "deduplication"};

#define MODE_PREFIX		"strict_"

/* The window as people write it. */
char *
funnel_within_text(int32 months, int64 within)
{
	Interval	interval = {
		.month = months,
		.day = (int32) (within / USECS_PER_DAY),
		.time = within % USECS_PER_DAY
	};

	return crmkpi_interval_text(&interval);
}

/* The modes with commas, each after the prefix. */
char *
funnel_modes_text(uint16 modes, const char *prefix)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < (int) lengthof(mode_names); i++)
	{
		if ((modes & 1 << i) != 0)
			appendStringInfo(&out, "%s%s%s", out.len > 0 ? "," : "", prefix, mode_names[i]);
	}
	return out.data;
}

void
funnel_rule_error(const FunnelRule *a, const FunnelRule *b)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("funnels of different windows, modes or numbers of steps do not combine"),
			 errdetail("One has a window of %s, mode \"%s\" and %u steps, the other %s, \"%s\" and %u.",
					   funnel_within_text(a->months, a->within), funnel_modes_text(a->modes, MODE_PREFIX),
					   (unsigned int) a->steps,
					   funnel_within_text(b->months, b->within), funnel_modes_text(b->modes, MODE_PREFIX),
					   (unsigned int) b->steps),
			 errhint("Give the same window and mode for every row of a group, or add them to GROUP BY.")));
	pg_unreachable();
}

/* That an argument of the rule, called "what" in the error, is not NULL. */
void
funnel_rule_not_null(FunctionCallInfo fcinfo, int argno, const char *what)
{
	if (unlikely(PG_ARGISNULL(argno)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s of a funnel is NULL", what),
				 errhint("Leave rows out with WHERE or FILTER; only those whose time, step or customer is NULL "
						 "are skipped.")));
}

/* The modes in a list with commas. */
uint16
funnel_modes_arg(FunctionCallInfo fcinfo, int argno)
{
	text	   *list = PG_GETARG_TEXT_PP(argno);
	const char *at = VARDATA_ANY(list);
	const char *end = at + VARSIZE_ANY_EXHDR(list);
	uint16		modes = 0;

	for (bool more = at < end; more; at++)
	{
		const char *begin;
		const char *stop;
		uint16		found = 0;

		while (at < end && *at == ' ')
			at++;
		for (begin = at; at < end && *at != ',';)
			at++;
		for (stop = at; stop > begin && stop[-1] == ' ';)
			stop--;
		more = at < end;
		for (int i = 0; i < (int) lengthof(mode_names) && found == 0; i++)
		{
			Size		prefix = strlen(MODE_PREFIX);
			Size		length = prefix + strlen(mode_names[i]);

			if ((Size) (stop - begin) == length && memcmp(begin, MODE_PREFIX, prefix) == 0 &&
				memcmp(begin + prefix, mode_names[i], length - prefix) == 0)
				found = (uint16) (1 << i);
		}
		if (unlikely(found == 0))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unknown mode \"%s\"", pnstrdup(begin, stop - begin)),
					 errhint("Use strict_increase, strict_once, strict_order or strict_deduplication, "
							 "or several of them with commas.")));
		modes |= found;
	}
	return modes;
}

/* The window: months apart, days of 24 hours; not negative. */
void
funnel_within_arg(FunctionCallInfo fcinfo, int argno, FunnelRule *rule)
{
	Interval   *within = PG_GETARG_INTERVAL_P(argno);
	int128		us = (int128) within->day * USECS_PER_DAY + within->time;

	if (unlikely(within->month < 0 || us < 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("window %s is negative",
						crmkpi_interval_text(within)),
				 errdetail("Neither its months, nor its days and time together, may be below 0."),
				 errhint("Give the longest time from the first step to the last one, such as 7 days.")));
	if (unlikely(us > PG_INT64_MAX))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("window %s is out of range",
						crmkpi_interval_text(within)),
				 errhint("A window may be up to 292,000 years long.")));
	rule->months = within->month;
	rule->within = (int64) us;
}

/* A count up to some limit */
uint32
funnel_read_count(SummaryText *text, const char *key, int64 highest)
{
	int64		value = crmkpi_text_count(text, key);

	if (value > highest)
		crmkpi_text_error(text, "a smaller number");
	return (uint32) value;
}

/* Names with commas, in order, up to a space */
uint16
funnel_read_modes(SummaryText *text)
{
	uint16		modes = 0;

	crmkpi_text_key(text, "mode");
	for (int i = 0; i < (int) lengthof(mode_names); i++)
	{
		const char *name = modes != 0 && *text->at == ',' ? text->at + 1 : text->at;
		Size		length = strlen(mode_names[i]);

		if ((modes != 0) == (name != text->at) && strncmp(name, mode_names[i], length) == 0)
		{
			modes |= (uint16) (1 << i);
			text->at = name + length;
		}
	}
	return modes;
}

/*
 * Until when a chain that begins then must end.  Beyond the last timestamp is
 * later than any event; it is kept apart from FUNNEL_NO_END.
 */
int64
funnel_deadline(const FunnelRule *rule, int64 at)
{
	int64		result = at;

	if (rule->months != 0)
	{
		struct pg_tm tm;
		fsec_t		fsec;
		int			month;

		if (timestamp2tm(at, NULL, &tm, &fsec, NULL, NULL) != 0)
			elog(ERROR, "timestamp out of range");
		/* counted within this year, which may be 0 or less, BC */
		month = tm.tm_mon - 1 + rule->months % MONTHS_PER_YEAR;
		tm.tm_year += rule->months / MONTHS_PER_YEAR + month / MONTHS_PER_YEAR;
		tm.tm_mon = month % MONTHS_PER_YEAR + 1;
		tm.tm_mday = Min(tm.tm_mday, day_tab[isleap(tm.tm_year)][tm.tm_mon - 1]);
		if (tm2timestamp(&tm, fsec, NULL, &result) != 0)
			return FUNNEL_NO_END - 1;
	}
	if (__builtin_add_overflow(result, rule->within, &result))
		return FUNNEL_NO_END - 1;
	return Min(result, FUNNEL_NO_END - 1);
}
