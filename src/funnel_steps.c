/*
 * funnel_steps.c
 *		What all rows of a funnel must have in common: window, modes, and the
 *		names of the steps.
 *
 * Every row brings them along.  They are read once, and kept in the state; for
 * the rows that follow it is enough that the arguments have the same bytes.
 */
#include "crmkpi.h"

#include "catalog/pg_type_d.h"
#include "common/hashfn.h"
#include "funnel.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

static inline uint32
slot_of(const FunnelPlan *plan, const char *name, uint32 length)
{
	return hash_bytes((const unsigned char *) name, (int) length) & plan->slot_mask;
}

/* The number of a step, from 1 on; 0 where there is none of that name. */
int
funnel_step_number(const FunnelPlan *plan, const char *name, uint32 length)
{
	for (uint32 slot = slot_of(plan, name, length);; slot = (slot + 1) & plan->slot_mask)
	{
		int			step = plan->slots[slot];

		if (step == 0 ||
			(plan->lengths[step] == length && memcmp(plan->names[step], name, length) == 0))
			return step;
	}
}

/* Whether there is no name twice.  Only then all of them are found. */
bool
funnel_names_differ(const FunnelPlan *plan)
{
	for (int i = 1; i <= plan->rule.steps; i++)
	{
		if (funnel_step_number(plan, plan->names[i], plan->lengths[i]) != i)
			return false;
	}
	return true;
}

/* The rule of a value that has one. */
FunnelPlan *
funnel_plan(Keyed *k)
{
	FunnelPlan *plan = (FunnelPlan *) k->cache;
	const FunnelRuleBytes *bytes = (const FunnelRuleBytes *) k->rule;
	const char *at = k->rule + sizeof(FunnelRuleBytes);
	uint32		slots;

	if (plan != NULL)
		return plan;
	Assert(k->rule_size > 0);
	plan = (FunnelPlan *) MemoryContextAllocZero(k->eoh.eoh_context, sizeof(FunnelPlan));
	plan->rule.within = bytes->within;
	plan->rule.months = bytes->months;
	plan->rule.modes = bytes->modes;
	plan->rule.steps = bytes->steps;
	slots = pg_nextpower2_32(2 * bytes->steps);
	plan->slot_mask = slots - 1;
	plan->slots = (uint16 *) MemoryContextAllocZero(k->eoh.eoh_context, slots * sizeof(uint16));
	plan->names = (const char **) MemoryContextAllocZero(k->eoh.eoh_context, (bytes->steps + 1) * sizeof(char *));
	plan->lengths = (uint32 *) MemoryContextAllocZero(k->eoh.eoh_context, (bytes->steps + 1) * sizeof(uint32));
	for (int i = 1; i <= bytes->steps; i++)
	{
		uint32		slot;

		memcpy(&plan->lengths[i], at, sizeof(uint32));
		plan->names[i] = at + sizeof(uint32);
		at = plan->names[i] + plan->lengths[i];
		slot = slot_of(plan, plan->names[i], plan->lengths[i]);
		while (plan->slots[slot] != 0)
			slot = (slot + 1) & plan->slot_mask;
		plan->slots[slot] = (uint16) i;
	}
	k->cache = plan;
	return plan;
}

/* Gives a value without a rule this one, with the names of its steps from 1 on. */
void
funnel_set_rule(Keyed *k, const FunnelRule *rule, const char *const *names, const uint32 *lengths)
{
	FunnelRuleBytes bytes = {rule->within, rule->months, rule->modes, rule->steps};
	StringInfoData out;

	initStringInfo(&out);
	appendBinaryStringInfo(&out, (const char *) &bytes, sizeof(bytes));
	for (int i = 1; i <= rule->steps; i++)
	{
		appendBinaryStringInfo(&out, (const char *) &lengths[i], sizeof(uint32));
		appendBinaryStringInfo(&out, names[i], (int) lengths[i]);
	}
	keyed_set_rule(k, out.data, out.len);
	pfree(out.data);
}

/* That two values have the same rule; where the first has none it gets that of the other. */
void
funnel_take_rule(Keyed *k, const Keyed *other)
{
	const FunnelPlan *a;
	const FunnelPlan *b;

	if (other->rule_size == 0)
		return;
	if (k->rule_size == 0)
	{
		keyed_set_rule(k, other->rule, other->rule_size);
		return;
	}
	if (k->rule_size == other->rule_size && memcmp(k->rule, other->rule, k->rule_size) == 0)
		return;
	a = funnel_plan(k);
	b = funnel_plan((Keyed *) other);
	if (memcmp(&a->rule, &b->rule, sizeof(FunnelRule)) != 0)
		funnel_rule_error(&a->rule, &b->rule);
	for (int i = 1; i <= a->rule.steps; i++)
	{
		if (a->lengths[i] != b->lengths[i] || memcmp(a->names[i], b->names[i], a->lengths[i]) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("funnels of different steps do not combine"),
					 errdetail("Step %d of one is \"%s\", of the other \"%s\".", i,
							   pnstrdup(a->names[i], a->lengths[i]), pnstrdup(b->names[i], b->lengths[i])),
					 errhint("Give the same steps for every row of a group, or add them to GROUP BY.")));
	}
}

/* Reads the names of the steps out of an array. */
static void
read_steps(ArrayType *array, FunnelRule *rule, const char **names, uint32 *lengths)
{
	Datum	   *values;
	bool	   *nulls;
	int			count;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("steps are an array of %d dimensions", ARR_NDIM(array)),
				 errhint("Give an array of one dimension.")));
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
	if (count < 1 || count > FUNNEL_STEP_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%d steps", count),
				 errhint("Give from 1 to %d steps.", FUNNEL_STEP_LIMIT)));
	rule->steps = (uint16) count;
	for (int i = 1; i <= count; i++)
	{
		if (nulls[i - 1])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("step %d is NULL", i),
					 errhint("Give every step a name.")));
		names[i] = VARDATA_ANY(DatumGetPointer(values[i - 1]));
		lengths[i] = (uint32) VARSIZE_ANY_EXHDR(DatumGetPointer(values[i - 1]));
	}
}

/* Whether two values have the same bytes. */
static inline bool
same_bytes(const void *a, const void *b)
{
	return VARSIZE_ANY(a) == VARSIZE_ANY(b) && memcmp(a, b, VARSIZE_ANY(a)) == 0;
}

static void *
keep_bytes(Keyed *k, const void *value)
{
	void	   *copy = MemoryContextAlloc(k->eoh.eoh_context, VARSIZE_ANY(value));

	memcpy(copy, value, VARSIZE_ANY(value));
	return copy;
}

/* The rule of a row (state, customer, at, step, steps, within [, mode]), which must be that of the state. */
FunnelPlan *
funnel_plan_for_row(FunctionCallInfo fcinfo, Keyed *k, bool has_mode)
{
	FunnelPlan *plan = (FunnelPlan *) k->cache;
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(4);
	Interval   *within = PG_GETARG_INTERVAL_P(5);
	struct varlena *mode = has_mode ? PG_GETARG_VARLENA_PP(6) : NULL;
	const char *names[FUNNEL_STEP_LIMIT + 1];
	uint32		lengths[FUNNEL_STEP_LIMIT + 1];
	FunnelRule	rule;
	Keyed	   *row;

	if (likely(plan != NULL && plan->array != NULL && same_bytes(plan->array, array) &&
			   memcmp(&plan->within, within, sizeof(Interval)) == 0 &&
			   (mode == NULL ? plan->mode == NULL : plan->mode != NULL && same_bytes(plan->mode, mode))))
		return plan;

	memset(&rule, 0, sizeof(rule));
	funnel_within_arg(fcinfo, 5, &rule);
	rule.modes = has_mode ? funnel_modes_arg(fcinfo, 6) : 0;
	read_steps(array, &rule, names, lengths);
	row = keyed_new(k->list.class);
	funnel_set_rule(row, &rule, names, lengths);
	plan = funnel_plan(row);
	for (int i = 1; i <= rule.steps; i++)
	{
		int			other = funnel_step_number(plan, names[i], lengths[i]);

		if (other != i)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("steps %d and %d are both \"%s\"", Min(i, other), Max(i, other),
							pnstrdup(names[i], lengths[i])),
					 errhint("Give every step a name of its own.")));
	}
	funnel_take_rule(k, row);
	DeleteExpandedObject(EOHPGetRWDatum(&row->eoh));

	plan = funnel_plan(k);
	plan->within = *within;
	plan->array = (ArrayType *) keep_bytes(k, array);
	plan->mode = mode != NULL ? (struct varlena *) keep_bytes(k, mode) : NULL;
	return plan;
}
