/*
 * rate_kpi.c
 *		Rates under the names of KPIs, each with its own reading of a row: win
 *		rate, CSAT, retention and churn, SLA attainment.
 *
 * The state is that of rate.c; these functions only decide whether a row
 * counts and whether it hits.
 */
#include "crmkpi.h"

#include "business_hours.h"
#include "rate.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define CSAT_SCALE_MAX			5
#define CSAT_SATISFIED_FROM		4
#define CSAT_ANY_SCALE_MAX		10	/* where the satisfied-from score is given */

PG_FUNCTION_INFO_V1(crmkpi_win_accum);
PG_FUNCTION_INFO_V1(crmkpi_csat_accum_int2);
PG_FUNCTION_INFO_V1(crmkpi_csat_accum_int4);
PG_FUNCTION_INFO_V1(crmkpi_csat_accum_int8);
PG_FUNCTION_INFO_V1(crmkpi_csat_accum_numeric);
PG_FUNCTION_INFO_V1(crmkpi_retention_accum);
PG_FUNCTION_INFO_V1(crmkpi_churn_accum);
PG_FUNCTION_INFO_V1(crmkpi_sla_accum);
PG_FUNCTION_INFO_V1(crmkpi_sla_accum_timestamp);
PG_FUNCTION_INFO_V1(crmkpi_sla_accum_hours);

static bool
text_is(const text *value, const char *word)
{
	Size		length = strlen(word);

	return VARSIZE_ANY_EXHDR(value) == length && memcmp(VARDATA_ANY(value), word, length) == 0;
}

/* win_rate(outcome): won and lost count, open does not */
Datum
crmkpi_win_accum(PG_FUNCTION_ARGS)
{
	RateSummary *s = rate_plain_state(fcinfo);
	text	   *outcome = PG_GETARG_TEXT_PP(1);

	if (text_is(outcome, "won"))
		rate_add(s, true);
	else if (text_is(outcome, "lost"))
		rate_add(s, false);
	else if (!text_is(outcome, "open"))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown outcome \"%s\"", text_to_cstring(outcome)),
				 errdetail("Expected won, lost, open or NULL."),
				 errhint("Use lower() where only the case differs, and CASE to translate other words.")));
	PG_RETURN_POINTER(s);
}

/* csat(score) of 5, and csat(score, satisfied_from) on any scale up to 10 */
static inline Datum
csat_accum(FunctionCallInfo fcinfo, int64 score)
{
	RateSummary *s = rate_plain_state(fcinfo);
	int			satisfied_from = PG_NARGS() == 2 ? CSAT_SATISFIED_FROM : PG_GETARG_INT32(2);
	int			lowest = PG_NARGS() == 2 ? 1 : 0;
	int			highest = PG_NARGS() == 2 ? CSAT_SCALE_MAX : CSAT_ANY_SCALE_MAX;

	if (satisfied_from <= lowest || satisfied_from > highest)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("satisfied-from score %d is out of range", satisfied_from),
				 errdetail("Expected a score from %d to %d.", lowest + 1, highest),
				 errhint("It is the lowest score that counts as satisfied, such as 4 of 5 or 6 of 7.")));
	if (score < lowest || score > highest)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("CSAT score " INT64_FORMAT " is out of range", score),
				 errdetail("Expected a score from %d to %d.", lowest, highest),
				 errhint("Leave invalid answers out with FILTER; scales other than 1 to 5 need csat(score, satisfied_from).")));
	rate_add(s, score >= satisfied_from);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_csat_accum_int2(PG_FUNCTION_ARGS)
{
	return csat_accum(fcinfo, PG_GETARG_INT16(1));
}

Datum
crmkpi_csat_accum_int4(PG_FUNCTION_ARGS)
{
	return csat_accum(fcinfo, PG_GETARG_INT32(1));
}

Datum
crmkpi_csat_accum_int8(PG_FUNCTION_ARGS)
{
	return csat_accum(fcinfo, PG_GETARG_INT64(1));
}

Datum
crmkpi_csat_accum_numeric(PG_FUNCTION_ARGS)
{
	return csat_accum(fcinfo, crmkpi_score_from_numeric(PG_GETARG_NUMERIC(1)));
}

/* retention_rate(active_at_start, active_at_end): only who was there can stay */
Datum
crmkpi_retention_accum(PG_FUNCTION_ARGS)
{
	RateSummary *s = rate_plain_state(fcinfo);

	if (PG_GETARG_BOOL(1))
		rate_add(s, PG_GETARG_BOOL(2));
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_churn_accum(PG_FUNCTION_ARGS)
{
	RateSummary *s = rate_plain_state(fcinfo);

	if (PG_GETARG_BOOL(1))
		rate_add(s, !PG_GETARG_BOOL(2));
	PG_RETURN_POINTER(s);
}

/*
 * sla_attainment(opened, resolved, target, as_of): a ticket counts once it is
 * resolved, or once it is open past its target at as_of.  What happens after
 * as_of is not known yet.  With hours as a fifth argument the time is business
 * time; without hours (NULL) a ticket has no business time and does not count.
 */
static inline int64
sla_us(FunctionCallInfo fcinfo, Timestamp start_at, Timestamp end_at, bool has_zone, bool in_hours)
{
	if (in_hours)
		return crmkpi_business_us(start_at, end_at, business_hours_arg(fcinfo, 5));
	return crmkpi_elapsed_us(start_at, end_at, has_zone);
}

static Datum
sla_accum(FunctionCallInfo fcinfo, bool has_zone, bool in_hours)
{
	RateSummary *s;
	Timestamp	opened;
	Timestamp	as_of;
	int64		target;
	bool		resolved;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	s = rate_plain_state(fcinfo);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(3) || PG_ARGISNULL(4) || (in_hours && PG_ARGISNULL(5)))
		PG_RETURN_POINTER(s);
	opened = PG_GETARG_TIMESTAMP(1);
	target = in_hours ? crmkpi_hours_us(PG_GETARG_INTERVAL_P(3), "target") :
		crmkpi_interval_us(PG_GETARG_INTERVAL_P(3), "target");
	as_of = PG_GETARG_TIMESTAMP(4);
	resolved = !PG_ARGISNULL(2) && PG_GETARG_TIMESTAMP(2) <= as_of;
	if (resolved)
		rate_add(s, sla_us(fcinfo, opened, PG_GETARG_TIMESTAMP(2), has_zone, in_hours) <= target);
	else if (opened <= as_of && sla_us(fcinfo, opened, as_of, has_zone, in_hours) > target)
		rate_add(s, false);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_sla_accum(PG_FUNCTION_ARGS)
{
	return sla_accum(fcinfo, true, false);
}

Datum
crmkpi_sla_accum_timestamp(PG_FUNCTION_ARGS)
{
	return sla_accum(fcinfo, false, false);
}

Datum
crmkpi_sla_accum_hours(PG_FUNCTION_ARGS)
{
	return sla_accum(fcinfo, true, true);
}
