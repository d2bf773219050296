/*
 * cohort.h
 *		The value behind cohort_summary.
 *
 * cohort_periods.c holds what all rows have in common and the periods,
 * cohort_counts.c the counting, cohort.c the SQL functions.
 */
#ifndef CRMKPI_COHORT_H
#define CRMKPI_COHORT_H

#include "keyed.h"
#include "period.h"
#include "zone.h"

#pragma GCC visibility push(hidden)

extern const KeyedClass cohort_class;

/* -------------------------------------------------------------------------
 * The rule: kind of the periods, and the zone whose clocks they follow
 * -------------------------------------------------------------------------
 */

/* As it is stored. */
typedef struct CohortRule
{
	uint16		grain;			/* Grain */
	uint16		week_start;		/* of weeks, 1 for Monday to 7 for Sunday; else 1 */
	char		zone[FLEXIBLE_ARRAY_MEMBER];	/* name, with its zero byte */
} CohortRule;

/* The cache of the object. */
typedef struct CohortPlan
{
	Grain		grain;
	int			week_start;
	const Zone *zone;
	int64		first;			/* earliest period that begins at a date */
	int64		last;			/* latest period that holds a timestamp */
	/* the arguments of the last row, to see at once that they are the same */
	struct varlena *row_period; /* NULL: no row so far */
	struct varlena *row_zone;
	int			row_week_start;
} CohortPlan;

static inline const CohortRule *
cohort_rule(const Keyed *k)
{
	return (const CohortRule *) k->rule;
}

extern void cohort_set_rule(Keyed *k, Grain grain, int week_start, const char *zone);
extern void cohort_take_rule(Keyed *k, const Keyed *other);
extern CohortPlan *cohort_plan(Keyed *k);
extern void cohort_check_row(FunctionCallInfo fcinfo, bool has_week_start);
extern CohortPlan *cohort_plan_for_row(FunctionCallInfo fcinfo, Keyed *k, bool has_week_start);
extern int64 cohort_period_of(const CohortPlan *plan, TimestampTz at, const char *what);

/* -------------------------------------------------------------------------
 * The matrix: customers by their first period and by how they came back
 * -------------------------------------------------------------------------
 */

/* Of one cohort, so many periods after its own.  There is none where nobody was active. */
typedef struct CohortCell
{
	uint64		key;			/* cohort and distance, as COHORT_CELL_KEY */
	int64		active;			/* customers active in that period; distance 0: all of the cohort */
	int64		back;			/* those of them who had not come back before; distance 0: nobody */
	int64		last;			/* those of them who were not active later */
	uint32		status;			/* of the hash table */
} CohortCell;

#define COHORT_CELL_KEY(cohort, distance)	((uint64) (cohort) << 32 | (uint64) (distance))

static inline int64
cohort_cell_cohort(const CohortCell *cell)
{
	return (int64) (cell->key >> 32);
}

static inline int64
cohort_cell_distance(const CohortCell *cell)
{
	return (int64) (cell->key & PG_UINT32_MAX);
}

typedef struct CohortMatrix
{
	CohortCell *cells;			/* in order of their keys */
	Size		count;
	Size		room;
} CohortMatrix;

extern CohortCell *cohort_matrix_append(CohortMatrix *matrix);
extern bool cohort_matrix_plausible(const CohortMatrix *matrix, const CohortPlan *plan);
extern bool cohort_matrix_unpack(CohortMatrix *matrix, const char *bytes, Size size);
extern CohortMatrix cohort_matrix_stored(const Keyed *k);
extern void cohort_matrix_store(Keyed *k, const CohortMatrix *matrix);
extern CohortMatrix cohort_matrix_sum(const CohortMatrix *a, const CohortMatrix *b);
extern CohortMatrix cohort_matrix_of(Keyed *k);

#pragma GCC visibility pop

#endif							/* CRMKPI_COHORT_H */
