/*
 * cohort_periods.c
 *		What all rows of a cohort_summary must have in common: the kind of the
 *		periods and the time zone.  And the period that a moment lies in.
 *
 * Every row brings them along.  They are read once, and kept in the state; for
 * the rows that follow it is enough that the arguments have the same bytes.
 */
#include "crmkpi.h"

#include "cohort.h"
#include "scalar.h"
#include "utils/builtins.h"

/* Gives a value without a rule this one; the name of the zone is that of the database. */
void
cohort_set_rule(Keyed *k, Grain grain, int week_start, const char *zone)
{
	Size		size = offsetof(CohortRule, zone) + strlen(zone) + 1;
	CohortRule *rule = (CohortRule *) palloc(size);

	rule->grain = (uint16) grain;
	rule->week_start = (uint16) (grain == GRAIN_WEEK ? week_start : 1);
	strcpy(rule->zone, zone);
	keyed_set_rule(k, rule, size);
	pfree(rule);
}

/* "month" or, where weeks do not begin on Monday, "week from day 7" */
static char *
grain_text(const CohortRule *rule)
{
	return rule->week_start == 1 ? pstrdup(crmkpi_grain_names[rule->grain]) :
		psprintf("%s from day %u", crmkpi_grain_names[rule->grain], (unsigned int) rule->week_start);
}

/* That two values have the same rule; where the first has none it gets that of the other. */
void
cohort_take_rule(Keyed *k, const Keyed *other)
{
	const CohortRule *a = cohort_rule(k);
	const CohortRule *b = cohort_rule(other);

	if (other->rule_size == 0)
		return;
	if (k->rule_size == 0)
		keyed_set_rule(k, other->rule, other->rule_size);
	else if (k->rule_size != other->rule_size || memcmp(a, b, k->rule_size) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cohorts of different periods or time zones do not combine"),
				 errdetail("One is by %s in \"%s\", the other by %s in \"%s\".",
						   grain_text(a), a->zone, grain_text(b), b->zone),
				 errhint("Give the same period and time zone for every row of a group, or add them to GROUP BY.")));
}

/* The rule of a value that has one. */
CohortPlan *
cohort_plan(Keyed *k)
{
	CohortPlan *plan = (CohortPlan *) k->cache;
	const CohortRule *rule = cohort_rule(k);

	if (plan != NULL)
		return plan;
	Assert(k->rule_size > 0);
	plan = (CohortPlan *) MemoryContextAllocZero(k->eoh.eoh_context, sizeof(CohortPlan));
	plan->grain = (Grain) rule->grain;
	plan->week_start = rule->week_start;
	plan->zone = crmkpi_zone(rule->zone, ZONE_REGULAR_FROM);
	plan->first = period_number(plan->grain, plan->week_start, 0);
	if (crmkpi_period_first_day(plan->grain, plan->week_start, plan->first) < 0)
		plan->first++;
	plan->last = period_number(plan->grain, plan->week_start, TIMESTAMP_END_JULIAN - 1);
	k->cache = plan;
	return plan;
}

/* Whether two values have the same bytes. */
static inline bool
same_bytes(const struct varlena *a, const struct varlena *b)
{
	return VARSIZE_ANY(a) == VARSIZE_ANY(b) && memcmp(a, b, VARSIZE_ANY(a)) == 0;
}

static struct varlena *
keep_bytes(Keyed *k, const struct varlena *value)
{
	void	   *copy = MemoryContextAlloc(k->eoh.eoh_context, VARSIZE_ANY(value));

	return (struct varlena *) memcpy(copy, value, VARSIZE_ANY(value));
}

/* That an argument of the rule, called "what" in the error, is not NULL. */
static inline void
check_not_null(FunctionCallInfo fcinfo, int argno, const char *what)
{
	if (unlikely(PG_ARGISNULL(argno)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s of cohorts is NULL", what),
				 errhint("Leave rows out with WHERE or FILTER; only those whose customer or time is NULL are skipped.")));
}

/* That a row (state, customer, at, period, zone [, week_start]) has a rule. */
void
cohort_check_row(FunctionCallInfo fcinfo, bool has_week_start)
{
	check_not_null(fcinfo, 3, "period");
	check_not_null(fcinfo, 4, "time zone");
	if (has_week_start)
		check_not_null(fcinfo, 5, "first day of the week");
}

/* The rule of such a row, which must be that of the state. */
CohortPlan *
cohort_plan_for_row(FunctionCallInfo fcinfo, Keyed *k, bool has_week_start)
{
	CohortPlan *plan = (CohortPlan *) k->cache;
	struct varlena *period = PG_GETARG_VARLENA_PP(3);
	struct varlena *zone = PG_GETARG_VARLENA_PP(4);
	int			week_start = has_week_start ? PG_GETARG_INT32(5) : 1;
	Keyed	   *row;

	if (likely(plan != NULL && plan->row_period != NULL && same_bytes(plan->row_period, period) &&
			   same_bytes(plan->row_zone, zone) && plan->row_week_start == week_start))
		return plan;

	if (has_week_start)
		week_start = crmkpi_week_start_arg(fcinfo, 5);
	row = keyed_new(k->list.class);
	cohort_set_rule(row, crmkpi_grain_arg(fcinfo, 3), week_start,
					crmkpi_zone_name(text_to_cstring((text *) zone)));
	cohort_take_rule(k, row);
	DeleteExpandedObject(EOHPGetRWDatum(&row->eoh));

	plan = cohort_plan(k);
	plan->row_period = keep_bytes(k, period);
	plan->row_zone = keep_bytes(k, zone);
	plan->row_week_start = week_start;
	return plan;
}

/* The number of the period that holds a moment, called "what" in the error where it is infinite. */
int64
cohort_period_of(const CohortPlan *plan, TimestampTz at, const char *what)
{
	Timestamp	local;
	int64		number = -1;

	crmkpi_check_finite(at, what);
	local = zone_local_time(plan->zone, at);
	if (IS_VALID_TIMESTAMP(local))
		number = period_number(plan->grain, plan->week_start,
							   (int) (keyed_word_of_time(local) / (uint64) USECS_PER_DAY));
	if (unlikely(number < plan->first))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("the %s of %s is out of range", crmkpi_grain_names[plan->grain],
						crmkpi_timestamp_text(at, true)),
				 errdetail("Expected a time in a %s that begins at a date.", crmkpi_grain_names[plan->grain])));
	return number;
}
