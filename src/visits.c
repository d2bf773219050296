/*
 * visits.c
 *		Visits: the history of the status of one ticket, opportunity or lead.
 *
 * The SQL functions of visit_summary; the history is told in visits_history.c,
 * and how long it took in visits_times.c.
 */
#include "crmkpi.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "scalar.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "visits.h"

/* The argument, to be read only, and sorted. */
VisitSummary *
visit_arg(FunctionCallInfo fcinfo, int argno)
{
	VisitSummary *s = crmkpi_summary_arg(fcinfo, argno, &visit_kind);

	/* a state that somebody took from an aggregate of his own */
	if (unlikely((s->head.flags & VISIT_WORKING) != 0))
		s = visit_pack(s);
	visit_check(s);
	return s;
}

uint32
visit_category_arg(FunctionCallInfo fcinfo, int argno)
{
	text	   *name = PG_GETARG_TEXT_PP(argno);
	uint32		category;

	if (unlikely(!visit_category_find(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), &category)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown category \"%s\"", text_to_cstring(name)),
				 errhint("Use new, open, pending, hold, solved, closed, won or lost.")));
	return category;
}

/* A moment, called "what" in the error where it is infinite. */
int64
visit_moment_arg(FunctionCallInfo fcinfo, int argno, const char *what)
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(argno);

	crmkpi_check_finite(at, what);
	return at;
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_visit_in);
PG_FUNCTION_INFO_V1(crmkpi_visit_out);
PG_FUNCTION_INFO_V1(crmkpi_visit_recv);
PG_FUNCTION_INFO_V1(crmkpi_visit_send);

/* A number within bounds that lie within those of int64 without its lowest. */
static int64
read_signed(SummaryText *text, int64 lowest, int64 highest)
{
	bool		negative = *text->at == '-';
	int64		value;

	if (negative)
		text->at++;
	value = (int64) crmkpi_text_digits(text);
	if (negative && value == 0)
		crmkpi_text_error(text, "0 without a sign");
	if (negative)
		value = -value;
	if (value < lowest || value > highest)
		crmkpi_text_error(text, "a number within its range");
	return value;
}

static void
read_colon(SummaryText *text)
{
	if (*text->at != ':')
		crmkpi_text_error(text, "\":\"");
	text->at++;
}

/* 16 hexadecimal digits, not all 0 */
static uint64
read_agent(SummaryText *text)
{
	uint64		agent = 0;

	for (int i = 0; i < 16; i++, text->at++)
	{
		char		c = *text->at;
		int			digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

		if (digit < 0)
			crmkpi_text_error(text, "16 hexadecimal digits in lower case");
		agent = agent << 4 | (uint64) digit;
	}
	if (agent == 0)
		crmkpi_text_error(text, "no agent in place of 0");
	return agent;
}

/* "microseconds:seq:category", and ":agent" where one is known */
static void
read_event(SummaryText *text, VisitEvent *event)
{
	const char *name;

	event->at = read_signed(text, MIN_TIMESTAMP, END_TIMESTAMP - 1);
	read_colon(text);
	event->seq = (int32) read_signed(text, PG_INT32_MIN, PG_INT32_MAX);
	read_colon(text);
	for (name = text->at; *text->at >= 'a' && *text->at <= 'z';)
		text->at++;
	if (!visit_category_find(name, text->at - name, &event->category))
		crmkpi_text_error(text, "a category");
	event->agent = 0;
	if (*text->at == ':')
	{
		text->at++;
		event->agent = read_agent(text);
	}
}

Datum
crmkpi_visit_in(PG_FUNCTION_ARGS)
{
	SummaryText text;
	VisitSummary *s;
	Size		events = 0;
	bool		agents;

	crmkpi_text_begin(&text, PG_GETARG_CSTRING(0), &visit_kind);
	crmkpi_text_key(&text, "agents");
	agents = strncmp(text.at, "known", strlen("known")) == 0;
	if (!agents && strncmp(text.at, "unknown", strlen("unknown")) != 0)
		crmkpi_text_error(&text, "known or unknown");
	text.at += strlen(agents ? "known" : "unknown");
	crmkpi_text_key(&text, "events");

	/* as many as there are commas, and one */
	if (*text.at != '\0')
		events = 1;
	for (const char *at = text.at; *at != '\0'; at++)
		events += *at == ',';
	s = visit_new(events);
	s->head.flags = agents ? VISIT_AGENTS : 0;
	for (; s->used < events; s->used++)
	{
		CHECK_FOR_INTERRUPTS();
		if (s->used > 0 && *text.at != ',')
			crmkpi_text_error(&text, "\",\"");
		text.at += s->used > 0;
		read_event(&text, &s->events[s->used]);
	}
	crmkpi_text_end(&text);
	if (!visit_plausible(s))
		crmkpi_text_error(&text, "events in order, and agents only where they are known");
	visit_check(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_visit_out(PG_FUNCTION_ARGS)
{
	VisitSummary *s = visit_arg(fcinfo, 0);
	StringInfoData out;

	crmkpi_out_begin(&out, &visit_kind);
	appendStringInfo(&out, " agents=%s events=", (s->head.flags & VISIT_AGENTS) != 0 ? "known" : "unknown");
	for (uint32 i = 0; i < s->used; i++)
	{
		const VisitEvent *event = &s->events[i];

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&out, "%s" INT64_FORMAT ":%d:%s", i > 0 ? "," : "", event->at, event->seq,
						 visit_category_name((VisitCategory) event->category));
		if (event->agent != 0)
			appendStringInfo(&out, ":%016llx", (unsigned long long) event->agent);
	}
	PG_RETURN_CSTRING(out.data);
}

Datum
crmkpi_visit_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	VisitSummary *s;
	int			flags;
	uint32		events;
	uint32		event_size;

	crmkpi_recv_begin(in, &visit_kind);
	flags = pq_getmsgbyte(in);
	if (flags != 0 && flags != VISIT_AGENTS)
		crmkpi_recv_error(&visit_kind, "agents that are known or not");
	event_size = flags == VISIT_AGENTS ? 21 : 13;
	events = (uint32) pq_getmsgint(in, 4);
	if (events > (uint32) (in->len - in->cursor) / event_size)
		crmkpi_recv_error(&visit_kind, "as many events as it announces");
	s = visit_new(events);
	s->head.flags = (uint16) flags;
	for (; s->used < events; s->used++)
	{
		VisitEvent *event = &s->events[s->used];

		CHECK_FOR_INTERRUPTS();
		event->at = pq_getmsgint64(in);
		event->seq = (int32) pq_getmsgint(in, 4);
		event->category = (uint32) pq_getmsgbyte(in);
		event->agent = flags == VISIT_AGENTS ? (uint64) pq_getmsgint64(in) : 0;
	}
	if (!visit_plausible(s))
		crmkpi_recv_error(&visit_kind, "events in order, with finite times and known categories");
	visit_check(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_visit_send(PG_FUNCTION_ARGS)
{
	VisitSummary *s = visit_arg(fcinfo, 0);
	StringInfoData out;

	crmkpi_send_begin(&out, &visit_kind);
	pq_sendbyte(&out, (uint8) s->head.flags);
	pq_sendint32(&out, s->used);
	for (uint32 i = 0; i < s->used; i++)
	{
		const VisitEvent *event = &s->events[i];

		CHECK_FOR_INTERRUPTS();
		pq_sendint64(&out, event->at);
		pq_sendint32(&out, (uint32) event->seq);
		pq_sendbyte(&out, (uint8) event->category);
		if ((s->head.flags & VISIT_AGENTS) != 0)
			pq_sendint64(&out, event->agent);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* -------------------------------------------------------------------------
 * Aggregation.  Outside an aggregate results are packed: they may be stored.
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_visit_combine);
PG_FUNCTION_INFO_V1(crmkpi_visit_final);
PG_FUNCTION_INFO_V1(crmkpi_visit_accum);
PG_FUNCTION_INFO_V1(crmkpi_visit_accum_agent);

Datum
crmkpi_visit_combine(PG_FUNCTION_ARGS)
{
	VisitSummary *s = visit_merge(summary_state(fcinfo, &visit_kind), crmkpi_summary_arg(fcinfo, 1, &visit_kind));

	visit_check(s);
	if (!summary_in_aggregate(fcinfo))
		s = visit_pack(s);
	PG_RETURN_POINTER(s);
}

/* The state in its stored form. */
Datum
crmkpi_visit_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(visit_pack(crmkpi_summary_arg(fcinfo, 0, &visit_kind)));
}

/* (state, changed_at, seq, category), and agent; a change without time or category is skipped */
static inline Datum
visit_accum(FunctionCallInfo fcinfo, bool agents)
{
	VisitSummary *s;
	VisitEvent	event;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1) || PG_ARGISNULL(3))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	event.at = visit_moment_arg(fcinfo, 1, "changed_at");
	event.seq = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2);
	event.category = visit_category_arg(fcinfo, 3);
	event.agent = 0;
	if (agents && !PG_ARGISNULL(4))
	{
		text	   *agent = PG_GETARG_TEXT_PP(4);

		event.agent = visit_agent_hash(VARDATA_ANY(agent), VARSIZE_ANY_EXHDR(agent));
	}
	s = visit_add(summary_state(fcinfo, &visit_kind), &event, agents);
	visit_check(s);
	if (!summary_in_aggregate(fcinfo))
		s = visit_pack(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_visit_accum(PG_FUNCTION_ARGS)
{
	return visit_accum(fcinfo, false);
}

Datum
crmkpi_visit_accum_agent(PG_FUNCTION_ARGS)
{
	return visit_accum(fcinfo, true);
}

/* -------------------------------------------------------------------------
 * Accessors: what happened
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_visit_changes);
PG_FUNCTION_INFO_V1(crmkpi_visit_touches);
PG_FUNCTION_INFO_V1(crmkpi_visit_handoffs);
PG_FUNCTION_INFO_V1(crmkpi_visit_category);
PG_FUNCTION_INFO_V1(crmkpi_visit_is_done);
PG_FUNCTION_INFO_V1(crmkpi_visit_first_solve);
PG_FUNCTION_INFO_V1(crmkpi_visit_last_solve);
PG_FUNCTION_INFO_V1(crmkpi_visit_reopens);

Datum
crmkpi_visit_changes(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(visit_arg(fcinfo, 0)->used);
}

/* Whether there are events of which the agents are not known. */
static inline bool
without_agents(const VisitSummary *s)
{
	return s->used > 0 && (s->head.flags & VISIT_AGENTS) == 0;
}

Datum
crmkpi_visit_touches(PG_FUNCTION_ARGS)
{
	VisitSummary *s = visit_arg(fcinfo, 0);

	if (without_agents(s))
		PG_RETURN_NULL();
	PG_RETURN_INT64(visit_touches(s));
}

Datum
crmkpi_visit_handoffs(PG_FUNCTION_ARGS)
{
	VisitSummary *s = visit_arg(fcinfo, 0);

	if (without_agents(s))
		PG_RETURN_NULL();
	PG_RETURN_INT64(visit_handoffs(s));
}

Datum
crmkpi_visit_category(PG_FUNCTION_ARGS)
{
	VisitSummary *s = visit_arg(fcinfo, 0);

	if (s->used == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(visit_category_name((VisitCategory) s->events[s->used - 1].category)));
}

Datum
crmkpi_visit_is_done(PG_FUNCTION_ARGS)
{
	VisitSummary *s = visit_arg(fcinfo, 0);

	if (s->used == 0)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(visit_is_done(&s->events[s->used - 1]));
}

Datum
crmkpi_visit_first_solve(PG_FUNCTION_ARGS)
{
	const VisitEvent *solve = visit_first_solve(visit_arg(fcinfo, 0));

	if (solve == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(solve->at);
}

Datum
crmkpi_visit_last_solve(PG_FUNCTION_ARGS)
{
	const VisitEvent *solve = visit_last_solve(visit_arg(fcinfo, 0));

	if (solve == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(solve->at);
}

Datum
crmkpi_visit_reopens(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(visit_reopens(visit_arg(fcinfo, 0)));
}
