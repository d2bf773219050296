/*
 * backlog.c
 *		The queue over time: what was opened, closed and open, day by day.
 *
 * The SQL functions of backlog_summary; the counting is told and done in
 * backlog_counts.c.  Here a summary is also read by the local days of a zone.
 */
#include "crmkpi.h"

#include "backlog.h"
/* it includes inline functions that -Wextra does not like */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "funcapi.h"
#pragma GCC diagnostic pop
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "scalar.h"
#include "utils/builtins.h"
#include "utils/date.h"

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_backlog_in);
PG_FUNCTION_INFO_V1(crmkpi_backlog_out);
PG_FUNCTION_INFO_V1(crmkpi_backlog_recv);
PG_FUNCTION_INFO_V1(crmkpi_backlog_send);

/* The argument, to be read only. */
static inline BacklogSummary *
backlog_arg(FunctionCallInfo fcinfo, int argno)
{
	return crmkpi_summary_arg(fcinfo, argno, &backlog_kind);
}

/* ":number" */
static uint64
read_count(SummaryText *text)
{
	if (*text->at != ':')
		crmkpi_text_error(text, "\":\"");
	text->at++;
	return crmkpi_text_digits(text);
}

/* "quarter:opened:closed,quarter:opened:closed" */
static BacklogSummary *
read_quarters(SummaryText *text, int64 opened, int64 closed)
{
	BacklogSummary *s;
	uint8	   *bytes = palloc(strlen(text->at) + 1);	/* a varint is no longer than its digits */
	uint8	   *end = bytes;
	uint64		previous = 0;

	while (*text->at != '\0')
	{
		uint64		quarter;

		CHECK_FOR_INTERRUPTS();
		if (end > bytes)
		{
			if (*text->at != ',')
				crmkpi_text_error(text, "\",\" or the end");
			text->at++;
		}
		quarter = crmkpi_text_digits(text);
		if (quarter < previous)
			crmkpi_text_error(text, "quarters in order");
		end = summary_put_varint(end, quarter - previous);
		end = summary_put_varint(end, read_count(text));
		end = summary_put_varint(end, read_count(text));
		previous = quarter;
	}
	s = backlog_new_packed(opened, closed, end - bytes);
	memcpy(backlog_packed(s), bytes, end - bytes);
	pfree(bytes);
	return s;
}

Datum
crmkpi_backlog_in(PG_FUNCTION_ARGS)
{
	SummaryText text;
	BacklogSummary *s;
	int64		opened;
	int64		closed;

	crmkpi_text_begin(&text, PG_GETARG_CSTRING(0), &backlog_kind);
	opened = crmkpi_text_count(&text, "opened");
	closed = crmkpi_text_count(&text, "closed");
	crmkpi_text_key(&text, "quarters");
	s = read_quarters(&text, opened, closed);
	if (!backlog_plausible(s))
		crmkpi_text_error(&text, "counts and quarters that belong together");
	backlog_check(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_backlog_out(PG_FUNCTION_ARGS)
{
	BacklogSummary *s = backlog_arg(fcinfo, 0);
	BacklogWalk walk;
	StringInfoData out;
	const char *separator = "";

	crmkpi_out_begin(&out, &backlog_kind);
	crmkpi_out_int128(&out, "opened", s->opened);
	crmkpi_out_int128(&out, "closed", s->closed);
	appendStringInfoString(&out, " quarters=");
	backlog_walk_start(&walk, s, true);
	while (backlog_walk_next(&walk))
	{
		appendStringInfo(&out, "%s%u:" INT64_FORMAT ":" INT64_FORMAT, separator,
						 walk.quarter, walk.opened, walk.closed);
		separator = ",";
	}
	PG_RETURN_CSTRING(out.data);
}

Datum
crmkpi_backlog_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	BacklogSummary *s;
	int64		opened;
	int64		closed;
	uint32		size;

	crmkpi_recv_begin(in, &backlog_kind);
	opened = crmkpi_recv_count(in, &backlog_kind);
	closed = crmkpi_recv_count(in, &backlog_kind);
	size = (uint32) pq_getmsgint(in, 4);
	if (size > (uint32) (in->len - in->cursor))
		crmkpi_recv_error(&backlog_kind, "as many bytes as it announces");
	s = backlog_new_packed(opened, closed, size);
	pq_copymsgbytes(in, (char *) backlog_packed(s), (int) size);
	if (!backlog_plausible(s))
		crmkpi_recv_error(&backlog_kind, "counts and quarters that belong together");
	backlog_check(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_backlog_send(PG_FUNCTION_ARGS)
{
	BacklogSummary *s = backlog_pack(backlog_arg(fcinfo, 0));
	StringInfoData out;

	crmkpi_send_begin(&out, &backlog_kind);
	pq_sendint64(&out, s->opened);
	pq_sendint64(&out, s->closed);
	pq_sendint32(&out, backlog_packed_size(s));
	pq_sendbytes(&out, (const char *) backlog_packed(s), (int) backlog_packed_size(s));
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* -------------------------------------------------------------------------
 * Answers: the backlog by day, and what is open at a moment
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_backlog_final);
PG_FUNCTION_INFO_V1(crmkpi_backlog_days);
PG_FUNCTION_INFO_V1(crmkpi_backlog_open_items);

/* The state in its stored form. */
Datum
crmkpi_backlog_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(backlog_pack(backlog_arg(fcinfo, 0)));
}

static char *
date_text(DateADT day)
{
	return DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(day)));
}

/* A zone by its full name, or as POSIX writes it. */
static pg_tz *
zone_arg(FunctionCallInfo fcinfo, int argno)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(argno));
	pg_tz	   *zone = pg_tzset(name);

	if (zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", name),
				 errhint("Use a full name from the view pg_timezone_names.")));
	return zone;
}

/*
 * The first quarter of a local day: that of the first moment at which the
 * clocks of the zone show the day or a later one.  So a midnight that is left
 * out gives the moment of the change, one that comes twice the first, and a
 * day that is left out as a whole has no length.
 *
 * The moment is looked for in the stretches between two changes of the offset,
 * from a stretch before it on: no offset is longer than a week.
 */
static int64
day_start(DateADT day, pg_tz *zone)
{
	pg_time_t	midnight = ((pg_time_t) day + POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
	pg_time_t	from = midnight - 8 * SECS_PER_DAY;
	pg_time_t	start;

	for (;;)
	{
		long		offset;
		long		next_offset;
		int			isdst;
		pg_time_t	until;
		int			found = pg_next_dst_boundary(&from, &offset, &isdst, &until, &next_offset, &isdst, zone);

		if (found < 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("no offset of time zone \"%s\" is known on %s", pg_get_timezone_name(zone),
							date_text(day))));
		start = Max(from, midnight - offset);
		if (found == 0 || start < until)
			break;
		from = until;
	}
	start += (pg_time_t) UNIX_EPOCH_JDATE * SECS_PER_DAY;
	if (start % QUARTER_SECS != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s does not begin on a quarter of an hour in time zone \"%s\"", date_text(day),
						pg_get_timezone_name(zone)),
				 errdetail("A backlog counts by quarters of an hour of UTC."),
				 errhint("Offsets of other minutes were in use long ago; ask for later days, or in UTC.")));
	return start / QUARTER_SECS;
}

/* backlog(summary, from_day, to_day, zone): a row for each local day, both ends included */
Datum
crmkpi_backlog_days(PG_FUNCTION_ARGS)
{
	BacklogSummary *s = backlog_arg(fcinfo, 0);
	DateADT		from_day = PG_GETARG_DATEADT(1);
	DateADT		to_day = PG_GETARG_DATEADT(2);
	pg_tz	   *zone = zone_arg(fcinfo, 3);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	BacklogWalk walk;
	bool		more;
	int64		open_items = 0;

	if (DATE_NOT_FINITE(from_day) || DATE_NOT_FINITE(to_day))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("no days from %s to %s", date_text(from_day), date_text(to_day)),
				 errdetail("Expected two finite dates, found an infinite one.")));
	if (to_day < from_day)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("last day %s is before first day %s", date_text(to_day), date_text(from_day)),
				 errhint("Check the order of the arguments.")));

	InitMaterializedSRF(fcinfo, 0);
	backlog_walk_start(&walk, s, true);
	more = backlog_walk_next(&walk);
	for (int64 start = day_start(from_day, zone); more && walk.quarter < start; more = backlog_walk_next(&walk))
		open_items += walk.opened - walk.closed;

	for (DateADT day = from_day; day <= to_day; day++)
	{
		int64		end = day_start(day + 1, zone);
		int64		opened = 0;
		int64		closed = 0;
		Datum		values[4];
		bool		nulls[4] = {false};

		CHECK_FOR_INTERRUPTS();
		for (; more && walk.quarter < end; more = backlog_walk_next(&walk))
		{
			opened += walk.opened;
			closed += walk.closed;
		}
		open_items += opened - closed;
		values[0] = DateADTGetDatum(day);
		values[1] = Int64GetDatum(opened);
		values[2] = Int64GetDatum(closed);
		values[3] = Int64GetDatum(open_items);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* open_items(summary, at): opened before the moment, and not closed before it */
Datum
crmkpi_backlog_open_items(PG_FUNCTION_ARGS)
{
	BacklogSummary *s = backlog_arg(fcinfo, 0);
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(1);
	BacklogWalk walk;
	int64		open_items = 0;

	/* infinity is no quarter of an hour, either */
	if (at % QUARTER_USECS != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s is not on a quarter of an hour", crmkpi_timestamp_text(at, true)),
				 errdetail("A backlog counts by quarters of an hour of UTC."),
				 errhint("Round it down with date_bin('15 minutes', at, '2000-01-01 00:00+00').")));
	backlog_walk_start(&walk, s, true);
	while (backlog_walk_next(&walk) && (TimestampTz) (MIN_TIMESTAMP + walk.quarter * QUARTER_USECS) < at)
		open_items += walk.opened - walk.closed;
	PG_RETURN_INT64(open_items);
}

/* -------------------------------------------------------------------------
 * Aggregation
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_backlog_accum);
PG_FUNCTION_INFO_V1(crmkpi_backlog_combine);

/* The quarter that holds a moment. */
static inline uint32
quarter_of(TimestampTz at)
{
	/* infinite ones lie outside, too */
	if (unlikely(at < MIN_TIMESTAMP || at >= BACKLOG_END_TIMESTAMP))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("time %s is out of range for a backlog", crmkpi_timestamp_text(at, true)),
				 errdetail("Expected a finite time before the year 50000."),
				 errhint("Use NULL for a time that is not known yet.")));
	return (uint32) ((uint64) (at - MIN_TIMESTAMP) / QUARTER_USECS);
}

/* (state, opened, closed): without opened the row does not count, without closed the item is open */
Datum
crmkpi_backlog_accum(PG_FUNCTION_ARGS)
{
	BacklogSummary *s;
	TimestampTz opened;
	uint32		opened_quarter;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	opened = PG_GETARG_TIMESTAMPTZ(1);
	opened_quarter = quarter_of(opened);
	s = summary_state(fcinfo, &backlog_kind);
	if (PG_ARGISNULL(2))
		s = backlog_add(s, opened_quarter, false, 0);
	else
	{
		TimestampTz closed = PG_GETARG_TIMESTAMPTZ(2);

		crmkpi_elapsed_us(opened, closed, true);
		s = backlog_add(s, opened_quarter, true, quarter_of(closed));
	}
	backlog_check(s);
	if (!summary_in_aggregate(fcinfo))
		s = backlog_pack(s);
	PG_RETURN_POINTER(s);
}

/* Outside an aggregate the result is packed: it may be stored. */
Datum
crmkpi_backlog_combine(PG_FUNCTION_ARGS)
{
	BacklogSummary *s = backlog_merge(summary_state(fcinfo, &backlog_kind), backlog_arg(fcinfo, 1));

	backlog_check(s);
	if (!summary_in_aggregate(fcinfo))
		s = backlog_pack(s);
	PG_RETURN_POINTER(s);
}
