/*
 * cohort_counts.c
 *		How many customers of each cohort were active how many periods later.
 *
 * A cohort_summary has two parts: the active periods of customers that may
 * still get more, and the counts of customers that are done with (compacted).
 * Both can be there at once; what is answered is the sum.  So periods merge
 * exactly, counts add up, and the order in which either is done does not
 * matter.
 *
 * The counts are a matrix of cohort and distance, of which only the cells are
 * there in which somebody was active.  A cell counts who was active then; who
 * of them came back for the first time; and who was active for the last time.
 * Sums of the latter two along a cohort say who came back within, or was
 * active in or after, so many periods.
 *
 * Stored, a cell is by how much the cohort is later than that of the cell
 * before, then its distance (in the same cohort: by how much it is larger),
 * then the three counts, as numbers of 7 bits in a byte (summary.h).
 */
#include "crmkpi.h"

#include "cohort.h"
#include "miscadmin.h"

/* it includes inline functions that -Wextra does not like */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define SH_PREFIX		cells
#define SH_ELEMENT_TYPE CohortCell
#define SH_KEY_TYPE		uint64
#define SH_KEY			key
#define SH_HASH_KEY(tb, key)	((uint32) (keyed_spread(key) >> 32))
#define SH_EQUAL(tb, a, b)		((a) == (b))
#define SH_SCOPE		static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"
#pragma GCC diagnostic pop

#define ST_SORT			sort_cells
#define ST_ELEMENT_TYPE CohortCell
#define ST_COMPARE(a, b)	((a)->key < (b)->key ? -1 : (a)->key > (b)->key)
#define ST_SCOPE		static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* -------------------------------------------------------------------------
 * Matrices
 * -------------------------------------------------------------------------
 */

/* Room for a cell after the last one. */
CohortCell *
cohort_matrix_append(CohortMatrix *matrix)
{
	if (matrix->count == matrix->room)
	{
		matrix->room = matrix->room == 0 ? 64 : 2 * matrix->room;
		matrix->cells = matrix->cells == NULL ?
			(CohortCell *) MemoryContextAllocHuge(CurrentMemoryContext, matrix->room * sizeof(CohortCell)) :
			(CohortCell *) repalloc_huge(matrix->cells, matrix->room * sizeof(CohortCell));
	}
	return &matrix->cells[matrix->count++];
}

/*
 * Whether a matrix that came from outside can be: cells in order, of periods
 * that there are; every cohort begins with its customers; who is active then
 * has come back by then, and was not active for the last time before.
 */
bool
cohort_matrix_plausible(const CohortMatrix *matrix, const CohortPlan *plan)
{
	int64		returning = 0;	/* who ever comes back */
	int64		back = 0;		/* who has come back so far */
	int64		left = 0;		/* whose last period is not over */

	for (Size i = 0; i < matrix->count; i++)
	{
		const CohortCell *cell = &matrix->cells[i];
		int64		cohort = cohort_cell_cohort(cell);
		int64		distance = cohort_cell_distance(cell);

		CHECK_FOR_INTERRUPTS();
		if (cell->active <= 0 || cell->back < 0 || cell->back > cell->active ||
			cell->last < 0 || cell->last > cell->active)
			return false;
		if (cohort < plan->first || cohort + distance > plan->last)
			return false;
		if (distance == 0)
		{
			if (left != 0 || cell->back != 0 || (i > 0 && cell->key <= cell[-1].key))
				return false;
			returning = cell->active - cell->last;
			back = 0;
			left = returning;
			continue;
		}
		if (i == 0 || cohort != cohort_cell_cohort(&cell[-1]) || cell->key <= cell[-1].key ||
			cell->back > returning - back)
			return false;
		back += cell->back;
		if (cell->active > back - (returning - left))
			return false;
		left -= cell->last;
	}
	return left == 0;
}

/* The cells as bytes. */
static void
pack_cells(StringInfo out, const CohortMatrix *matrix)
{
	uint64		before = 0;

	initStringInfo(out);
	for (Size i = 0; i < matrix->count; i++)
	{
		const CohortCell *cell = &matrix->cells[i];
		int64		later = cohort_cell_cohort(cell) - (int64) (before >> 32);
		uint8	   *to;

		enlargeStringInfo(out, 5 * (SUMMARY_VARINT_MAX + 1));
		to = (uint8 *) out->data + out->len;
		to = summary_put_varint(to, (uint64) later);
		to = summary_put_varint(to, later == 0 ? cell->key - before : cell->key & PG_UINT32_MAX);
		to = summary_put_varint(to, (uint64) cell->active);
		to = summary_put_varint(to, (uint64) cell->back);
		to = summary_put_varint(to, (uint64) cell->last);
		out->len = (int) (to - (uint8 *) out->data);
		before = cell->key;
	}
}

/* Adds the cells in bytes to an empty matrix; false where they are no cells in order. */
bool
cohort_matrix_unpack(CohortMatrix *matrix, const char *bytes, Size size)
{
	uint64		key = 0;
	uint32		at = 0;

	while (at < size)
	{
		CohortCell *cell = cohort_matrix_append(matrix);
		uint64		numbers[5];

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < 5; i++)
		{
			if (!summary_get_varint((const uint8 *) bytes, (uint32) size, &at, &numbers[i]))
				return false;
		}
		if (numbers[0] > PG_INT32_MAX || numbers[1] > PG_INT32_MAX)
			return false;
		key = numbers[0] == 0 ? key + numbers[1] : COHORT_CELL_KEY((key >> 32) + numbers[0], numbers[1]);
		cell->key = key;
		cell->active = (int64) numbers[2];
		cell->back = (int64) numbers[3];
		cell->last = (int64) numbers[4];
	}
	return true;
}

/* The matrix that is stored, in memory of its own. */
CohortMatrix
cohort_matrix_stored(const Keyed *k)
{
	CohortMatrix matrix = {0};

	if (!cohort_matrix_unpack(&matrix, k->rest, k->rest_size))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored value is not a %s", cohort_class.kind.type_name)));
	return matrix;
}

/* Stores a matrix, in the place of the one that is stored. */
void
cohort_matrix_store(Keyed *k, const CohortMatrix *matrix)
{
	StringInfoData out;

	pack_cells(&out, matrix);
	keyed_set_rest(k, out.data, out.len);
	pfree(out.data);
}

/* All cells of both, in memory of its own. */
CohortMatrix
cohort_matrix_sum(const CohortMatrix *a, const CohortMatrix *b)
{
	CohortMatrix sum = {0};
	Size		i = 0;
	Size		j = 0;

	while (i < a->count || j < b->count)
	{
		CohortCell *cell = cohort_matrix_append(&sum);

		CHECK_FOR_INTERRUPTS();
		if (j == b->count || (i < a->count && a->cells[i].key < b->cells[j].key))
			*cell = a->cells[i++];
		else if (i == a->count || b->cells[j].key < a->cells[i].key)
			*cell = b->cells[j++];
		else
		{
			const CohortCell *one = &a->cells[i++];
			const CohortCell *other = &b->cells[j++];

			cell->key = one->key;
			cell->active = crmkpi_count_add(one->active, other->active, &cohort_class.kind);
			/* not more than all of the cohort */
			cell->back = one->back + other->back;
			cell->last = one->last + other->last;
		}
	}
	return sum;
}

/* -------------------------------------------------------------------------
 * Counting
 * -------------------------------------------------------------------------
 */

/* All customers, those of the records and those that were counted before. */
CohortMatrix
cohort_matrix_of(Keyed *k)
{
	CohortMatrix stored = cohort_matrix_stored(k);
	CohortMatrix counted = {0};
	cells_hash *cells = cells_create(CurrentMemoryContext, 64, NULL);
	cells_iterator iterator;
	CohortCell *cell;
	KeyedWalk	walk;

	keyed_walk_start(&walk, k);
	while (keyed_walk_next(&walk))
	{
		uint64		cohort = keyed_walk_word(&walk, 0, 0);

		for (uint32 i = 0; i < walk.count; i++)
		{
			bool		found;

			cell = cells_insert(cells, COHORT_CELL_KEY(cohort, keyed_walk_word(&walk, i, 0) - cohort), &found);
			if (!found)
				cell->active = cell->back = cell->last = 0;
			cell->active++;
			cell->back += i == 1;
			cell->last += i + 1 == walk.count;
		}
	}
	cells_start_iterate(cells, &iterator);
	while ((cell = cells_iterate(cells, &iterator)) != NULL)
		*cohort_matrix_append(&counted) = *cell;
	cells_destroy(cells);
	if (counted.count == 0)
		return stored;
	sort_cells(counted.cells, counted.count);
	return stored.count == 0 ? counted : cohort_matrix_sum(&stored, &counted);
}
