/*
 * window_funnel.c
 *		How far one customer came in a funnel: the value, and the SQL functions.
 *
 * The events of one customer, each a moment and the set of the steps that it
 * matches, are gathered in a summary; window_funnel_search.c finds the longest
 * chain in it.  Every row brings window, modes and number of steps along; they
 * travel with the state, and rows or states that differ are an error.
 *
 * In an aggregate events are appended, to a state whose room doubles; it is
 * sorted and cut to size when it is stored (funnel_pack).  A state begins with
 * 128 bytes, which is the size of a chunk of memory.  Events that match no
 * step are kept only where a mode asks for them.
 *
 * With millions of groups time goes into waiting for memory, so that a state
 * should be small: as long as there are no more than 8 steps and all events
 * lie within 1,000 years of the first one, an event takes 8 bytes there, its
 * distance from the first event above the set of its steps (FUNNEL_NARROW).
 */
#include "crmkpi.h"

#include "catalog/pg_type_d.h"
#include "datatype/timestamp.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "scalar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "window_funnel.h"

#define STATE_START_SIZE	128		/* bytes; doubles */

/* FUNNEL_NARROW */
#define NARROW_STEPS		8		/* bits of the set */
#define NARROW_REACH		(INT64CONST(1) << 54)	/* microseconds from the first event */

static const SummaryKind funnel_kind = {'w', 1, FUNNEL_FIXED_SIZE, "window_funnel_summary"};

/* -------------------------------------------------------------------------
 * Values
 * -------------------------------------------------------------------------
 */

static inline Size
size_of(Size events)
{
	return FUNNEL_FIXED_SIZE + events * sizeof(FunnelEvent);
}

/* The same of FUNNEL_NARROW, which has the time of the first event before them. */
static inline Size
narrow_size_of(Size events)
{
	return FUNNEL_FIXED_SIZE + (1 + events) * sizeof(int64);
}

static inline bool
is_narrow(const FunnelSummary *s)
{
	return (s->head.flags & FUNNEL_NARROW) != 0;
}

/* FUNNEL_NARROW: the time of the first event, and then all events */
static inline int64 *
narrow_events(const FunnelSummary *s)
{
	return (int64 *) s->events;
}

static FunnelSummary *
funnel_new(Size events)
{
	return crmkpi_summary_new(size_of(events), &funnel_kind);
}

static inline int
compare_events(const FunnelEvent *a, const FunnelEvent *b)
{
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (a->steps > b->steps) - (a->steps < b->steps);
}

#define ST_SORT sort_events
#define ST_ELEMENT_TYPE FunnelEvent
#define ST_COMPARE(a, b) compare_events(a, b)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

static inline void
funnel_check(const FunnelSummary *s PG_USED_FOR_ASSERTS_ONLY)
{
	Assert((s->head.flags & ~(FUNNEL_MODES | FUNNEL_WORKING | FUNNEL_NARROW)) == 0);
	Assert(!is_narrow(s) || ((s->head.flags & FUNNEL_WORKING) != 0 && s->steps <= NARROW_STEPS && s->used > 0));
	Assert(s->steps <= FUNNEL_MAX_STEPS && s->within >= 0 && s->months >= 0 && s->unused == 0);
	Assert(s->steps > 0 || (s->head.flags == 0 && s->within == 0 && s->months == 0 && s->used == 0));
	Assert((s->head.flags & FUNNEL_WORKING) == 0 ? VARSIZE(s) == size_of(s->used) :
		   VARSIZE(s) >= (is_narrow(s) ? narrow_size_of(s->used) : size_of(s->used)));
}

static inline FunnelRule
rule_of(const FunnelSummary *s)
{
	FunnelRule	rule = {s->within, s->months, s->head.flags & FUNNEL_MODES, (uint16) s->steps};

	return rule;
}

/* That the rule is that of the state, which gets it where it has none. */
static inline void
take_rule(FunnelSummary *s, const FunnelRule *rule)
{
	if (unlikely(s->steps == 0))
	{
		s->head.flags |= rule->modes;
		s->within = rule->within;
		s->months = rule->months;
		s->steps = rule->steps;
	}
	else if (unlikely(s->within != rule->within || s->months != rule->months || s->steps != rule->steps ||
					  (s->head.flags & FUNNEL_MODES) != rule->modes))
	{
		FunnelRule	own = rule_of(s);

		funnel_rule_error(&own, rule);
	}
}

/* The state, or a new one in its place that has at least this size and the same first bytes. */
static inline FunnelSummary *
make_room(FunnelSummary *s, Size used, Size needed)
{
	FunnelSummary *result;
	Size		size = STATE_START_SIZE;

	if (likely(needed <= VARSIZE(s)))
		return s;
	while (size < needed)
		size *= 2;
	/* the last step to the limit is smaller */
	if (size > MaxAllocSize)
		size = Max(needed, MaxAllocSize);
	result = crmkpi_summary_new(size, &funnel_kind);
	memcpy((char *) result + VARHDRSZ, (const char *) s + VARHDRSZ, used - VARHDRSZ);
	return result;
}

/* The i-th event of the narrow form. */
static inline FunnelEvent
narrow_event(const FunnelSummary *s, uint32 i)
{
	int64		packed = narrow_events(s)[1 + i];
	FunnelEvent event = {
		.at = narrow_events(s)[0] + (packed >> NARROW_STEPS),
		.steps = (uint32) packed & ((1 << NARROW_STEPS) - 1)
	};

	return event;
}

/* The same in a new state of the wide form. */
static FunnelSummary *
widen(const FunnelSummary *s)
{
	FunnelSummary *result = crmkpi_summary_new(Max(size_of(s->used), STATE_START_SIZE), &funnel_kind);

	memcpy((char *) result + VARHDRSZ, (const char *) s + VARHDRSZ, FUNNEL_FIXED_SIZE - VARHDRSZ);
	result->head.flags &= ~FUNNEL_NARROW;
	for (uint32 i = 0; i < s->used; i++)
		result->events[i] = narrow_event(s, i);
	return result;
}

/* Adds one event, and returns the state or a new one. */
static inline FunnelSummary *
funnel_add(FunnelSummary *s, const FunnelRule *rule, int64 at, uint32 steps)
{
	take_rule(s, rule);
	if (steps == 0 && (rule->modes & FUNNEL_ORDER) == 0)
		return s;
	if (s->used == 0 && rule->steps <= NARROW_STEPS)
	{
		s = make_room(s, FUNNEL_FIXED_SIZE, narrow_size_of(1));
		s->head.flags |= FUNNEL_NARROW;
		narrow_events(s)[0] = at;
	}
	if (likely(is_narrow(s)))
	{
		int64		distance;

		if (likely(!__builtin_sub_overflow(at, narrow_events(s)[0], &distance) &&
				   distance > -NARROW_REACH && distance < NARROW_REACH))
		{
			s = make_room(s, narrow_size_of(s->used), narrow_size_of((Size) s->used + 1));
			s->head.flags |= FUNNEL_WORKING;
			narrow_events(s)[1 + s->used++] = distance * (1 << NARROW_STEPS) + (int64) steps;
			return s;
		}
		s = widen(s);
	}
	s = make_room(s, size_of(s->used), size_of((Size) s->used + 1));
	s->head.flags |= FUNNEL_WORKING;
	s->events[s->used].at = at;
	s->events[s->used].steps = steps;
	s->events[s->used++].unused = 0;
	return s;
}

/* Adds the events of the other one, and returns the state or a new one. */
static FunnelSummary *
funnel_merge(FunnelSummary *s, const FunnelSummary *other)
{
	FunnelRule	rule = rule_of(other);
	FunnelSummary *first = s;

	if (other->steps == 0)
		return s;
	take_rule(s, &rule);
	for (uint32 i = 0; i < other->used; i++)
	{
		FunnelEvent event = is_narrow(other) ? narrow_event(other, i) : other->events[i];
		FunnelSummary *before = s;

		CHECK_FOR_INTERRUPTS();
		s = funnel_add(s, &rule, event.at, event.steps);
		/* the executor frees the first one, nobody those in between */
		if (s != before && before != first)
			pfree(before);
	}
	return s;
}

/* The same in the form that is stored: a new value, sorted, of exact size. */
static FunnelSummary *
funnel_pack(const FunnelSummary *s)
{
	FunnelSummary *result = funnel_new(s->used);
	bool		in_order = (s->head.flags & FUNNEL_WORKING) == 0;

	memcpy((char *) result + VARHDRSZ, (const char *) s + VARHDRSZ,
		   (is_narrow(s) ? FUNNEL_FIXED_SIZE : size_of(s->used)) - VARHDRSZ);
	result->head.flags &= ~(FUNNEL_WORKING | FUNNEL_NARROW);
	if (is_narrow(s))
	{
		for (uint32 i = 0; i < s->used; i++)
			result->events[i] = narrow_event(s, i);
	}
	if (!in_order)
		sort_events(result->events, result->used);
	funnel_check(result);
	return result;
}

/* Whether a stored value that came from outside can be true. */
static bool
funnel_plausible(const FunnelSummary *s)
{
	if (s->steps > FUNNEL_MAX_STEPS || s->within < 0 || s->months < 0 || (s->head.flags & ~FUNNEL_MODES) != 0)
		return false;
	if (s->steps == 0)
		return s->head.flags == 0 && s->within == 0 && s->months == 0 && s->used == 0;
	for (uint32 i = 0; i < s->used; i++)
	{
		const FunnelEvent *event = &s->events[i];

		if (!IS_VALID_TIMESTAMP(event->at) || (event->steps & ~funnel_first_steps(s->steps)) != 0)
			return false;
		if (event->steps == 0 && (s->head.flags & FUNNEL_ORDER) == 0)
			return false;
		if (i > 0 && compare_events(event - 1, event) > 0)
			return false;
	}
	return true;
}

/* -------------------------------------------------------------------------
 * Arguments
 * -------------------------------------------------------------------------
 */

/* The argument, to be read only; as it is stored, or else at least in order of time. */
static FunnelSummary *
funnel_arg(FunctionCallInfo fcinfo, int argno, bool stored)
{
	FunnelSummary *s = crmkpi_summary_arg(fcinfo, argno, &funnel_kind);

	if (is_narrow(s))
		s = funnel_pack(s);
	else if ((s->head.flags & FUNNEL_WORKING) != 0)
	{
		uint32		i = 1;

		while (!stored && i < s->used && s->events[i - 1].at <= s->events[i].at)
			i++;
		if (stored || i < s->used)
			s = funnel_pack(s);
	}
	funnel_check(s);
	return s;
}

/*
 * The conditions in an array, called "what" in errors: how many, and the set
 * of those that are met.  NULL is not met.
 */
int
window_funnel_conditions(FunctionCallInfo fcinfo, int argno, const char *what, uint32 *met)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(argno);
	int			count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	const bits8 *nulls = ARR_NULLBITMAP(array);
	/* ARR_DATA_PTR(), but for a warning of compilers */
	const char *values = (const char *) array +
		(nulls != NULL ? (Size) array->dataoffset : ARR_OVERHEAD_NONULLS(ARR_NDIM(array)));

	if (unlikely(ARR_NDIM(array) > 1 || ARR_ELEMTYPE(array) != BOOLOID))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s are an array of %d dimensions", what, ARR_NDIM(array)),
				 errhint("Give a list of conditions, or an array of one dimension.")));
	if (unlikely(count < 1 || count > FUNNEL_MAX_STEPS))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%d %s", count, what),
				 errhint("Give from 1 to %d conditions.", FUNNEL_MAX_STEPS)));
	*met = 0;
	for (int i = 0; i < count; i++)
	{
		if (nulls != NULL && (nulls[i / 8] & 1 << i % 8) == 0)
			continue;			/* has no value */
		if (*values++ != 0)
			*met |= (uint32) 1 << i;
	}
	return count;
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_window_funnel_in);
PG_FUNCTION_INFO_V1(crmkpi_window_funnel_out);
PG_FUNCTION_INFO_V1(crmkpi_window_funnel_recv);
PG_FUNCTION_INFO_V1(crmkpi_window_funnel_send);

/* "microseconds:steps" */
static void
read_event(SummaryText *text, FunnelEvent *event)
{
	bool		negative = *text->at == '-';
	uint64		value;

	text->at += negative;
	value = crmkpi_text_digits(text);
	if (negative && value == 0)
		crmkpi_text_error(text, "0 without a sign");
	event->at = negative ? -(int64) value : (int64) value;
	if (*text->at != ':')
		crmkpi_text_error(text, "\":\"");
	text->at++;
	value = crmkpi_text_digits(text);
	if (value > PG_UINT32_MAX)
		crmkpi_text_error(text, "a set of up to 32 steps");
	event->steps = (uint32) value;
	event->unused = 0;
}

Datum
crmkpi_window_funnel_in(PG_FUNCTION_ARGS)
{
	SummaryText text;
	FunnelSummary *s;
	FunnelRule	rule;
	Size		events = 0;

	crmkpi_text_begin(&text, PG_GETARG_CSTRING(0), &funnel_kind);
	rule.steps = (uint16) funnel_read_count(&text, "steps", FUNNEL_MAX_STEPS);
	rule.months = (int32) funnel_read_count(&text, "months", PG_INT32_MAX);
	rule.within = crmkpi_text_count(&text, "within");
	rule.modes = funnel_read_modes(&text);
	crmkpi_text_key(&text, "events");

	/* as many as there are commas, and one */
	if (*text.at != '\0')
		events = 1;
	for (const char *at = text.at; *at != '\0'; at++)
		events += *at == ',';
	s = funnel_new(events);
	take_rule(s, &rule);
	for (; s->used < events; s->used++)
	{
		CHECK_FOR_INTERRUPTS();
		if (s->used > 0 && *text.at != ',')
			crmkpi_text_error(&text, "\",\"");
		text.at += s->used > 0;
		read_event(&text, &s->events[s->used]);
	}
	crmkpi_text_end(&text);
	if (!funnel_plausible(s))
		crmkpi_text_error(&text, "events in order, of steps that there are, each of some step but in mode order");
	funnel_check(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_window_funnel_out(PG_FUNCTION_ARGS)
{
	FunnelSummary *s = funnel_arg(fcinfo, 0, true);
	StringInfoData out;

	crmkpi_out_begin(&out, &funnel_kind);
	appendStringInfo(&out, " steps=%u months=%d within=" INT64_FORMAT " mode=%s events=",
					 s->steps, s->months, s->within, funnel_modes_text(s->head.flags, ""));
	for (uint32 i = 0; i < s->used; i++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&out, "%s" INT64_FORMAT ":%u", i > 0 ? "," : "", s->events[i].at, s->events[i].steps);
	}
	PG_RETURN_CSTRING(out.data);
}

Datum
crmkpi_window_funnel_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	FunnelSummary *s;
	FunnelRule	rule;
	uint32		events;

	crmkpi_recv_begin(in, &funnel_kind);
	rule.modes = (uint16) pq_getmsgbyte(in);
	rule.steps = (uint16) pq_getmsgbyte(in);
	rule.months = (int32) pq_getmsgint(in, 4);
	rule.within = pq_getmsgint64(in);
	events = (uint32) pq_getmsgint(in, 4);
	if (events > (uint32) (in->len - in->cursor) / 12)
		crmkpi_recv_error(&funnel_kind, "as many events as it announces");
	s = funnel_new(events);
	take_rule(s, &rule);
	for (; s->used < events; s->used++)
	{
		CHECK_FOR_INTERRUPTS();
		s->events[s->used].at = pq_getmsgint64(in);
		s->events[s->used].steps = (uint32) pq_getmsgint(in, 4);
	}
	if (!funnel_plausible(s))
		crmkpi_recv_error(&funnel_kind, "known modes, and events in order with finite times and steps that there are");
	funnel_check(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_window_funnel_send(PG_FUNCTION_ARGS)
{
	FunnelSummary *s = funnel_arg(fcinfo, 0, true);
	StringInfoData out;

	crmkpi_send_begin(&out, &funnel_kind);
	pq_sendbyte(&out, (uint8) s->head.flags);
	pq_sendbyte(&out, (uint8) s->steps);
	pq_sendint32(&out, (uint32) s->months);
	pq_sendint64(&out, s->within);
	pq_sendint32(&out, s->used);
	for (uint32 i = 0; i < s->used; i++)
	{
		CHECK_FOR_INTERRUPTS();
		pq_sendint64(&out, s->events[i].at);
		pq_sendint32(&out, s->events[i].steps);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* -------------------------------------------------------------------------
 * Aggregation.  Outside an aggregate results are packed: they may be stored.
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_window_funnel_combine);
PG_FUNCTION_INFO_V1(crmkpi_window_funnel_final);
PG_FUNCTION_INFO_V1(crmkpi_window_funnel_accum);
PG_FUNCTION_INFO_V1(crmkpi_window_funnel_accum_mode);

Datum
crmkpi_window_funnel_combine(PG_FUNCTION_ARGS)
{
	FunnelSummary *s = funnel_merge(summary_state(fcinfo, &funnel_kind),
									crmkpi_summary_arg(fcinfo, 1, &funnel_kind));

	funnel_check(s);
	if (!summary_in_aggregate(fcinfo))
		s = funnel_pack(s);
	PG_RETURN_POINTER(s);
}

/* The state in its stored form. */
Datum
crmkpi_window_funnel_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(funnel_pack(crmkpi_summary_arg(fcinfo, 0, &funnel_kind)));
}

/* (state, within, [mode,] at, steps) */
static inline Datum
funnel_accum(FunctionCallInfo fcinfo, bool has_mode)
{
	FunnelSummary *s;
	FunnelRule	rule;
	TimestampTz at;
	uint32		steps;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	funnel_rule_not_null(fcinfo, 1, "window");
	if (has_mode)
		funnel_rule_not_null(fcinfo, 2, "mode");
	funnel_rule_not_null(fcinfo, has_mode ? 4 : 3, "steps");
	if (PG_ARGISNULL(has_mode ? 3 : 2))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	at = PG_GETARG_TIMESTAMPTZ(has_mode ? 3 : 2);
	funnel_within_arg(fcinfo, 1, &rule);
	rule.modes = has_mode ? funnel_modes_arg(fcinfo, 2) : 0;
	crmkpi_check_finite(at, "the time of an event");
	rule.steps = (uint16) window_funnel_conditions(fcinfo, has_mode ? 4 : 3, "steps", &steps);
	s = funnel_add(summary_state(fcinfo, &funnel_kind), &rule, at, steps);
	funnel_check(s);
	if (!summary_in_aggregate(fcinfo))
		s = funnel_pack(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_window_funnel_accum(PG_FUNCTION_ARGS)
{
	return funnel_accum(fcinfo, false);
}

Datum
crmkpi_window_funnel_accum_mode(PG_FUNCTION_ARGS)
{
	return funnel_accum(fcinfo, true);
}

/* -------------------------------------------------------------------------
 * Accessors, which are final functions, too
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_window_funnel);
PG_FUNCTION_INFO_V1(crmkpi_window_funnel_events);

/* NULL without rows */
Datum
crmkpi_window_funnel(PG_FUNCTION_ARGS)
{
	FunnelSummary *s = funnel_arg(fcinfo, 0, false);

	if (s->steps == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(window_funnel_longest(s));
}

/* NULL without rows */
Datum
crmkpi_window_funnel_events(PG_FUNCTION_ARGS)
{
	FunnelSummary *s = funnel_arg(fcinfo, 0, false);
	int64		times[FUNNEL_MAX_STEPS];
	Datum		values[FUNNEL_MAX_STEPS];
	int			count;

	if (s->steps == 0)
		PG_RETURN_NULL();
	count = window_funnel_chain(s, times);
	for (int i = 0; i < count; i++)
		values[i] = TimestampTzGetDatum(times[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(values, count, TIMESTAMPTZOID, sizeof(TimestampTz), FLOAT8PASSBYVAL,
										  TYPALIGN_DOUBLE));
}
