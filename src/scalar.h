/*
 * scalar.h
 *		SQL scalars as exact integers, and back: scores, fixed-point weights,
 *		microseconds; and the normal quantile of confidence intervals.
 */
#ifndef CRMKPI_SCALAR_H
#define CRMKPI_SCALAR_H

#include "crmkpi.h"
#include "datatype/timestamp.h"
#include "utils/numeric.h"

#pragma GCC visibility push(hidden)

/* A 128-bit integer as it stands in a varlena, which is aligned to 8 only. */
typedef struct StoredInt128
{
	int64		high;
	uint64		low;
} StoredInt128;

static inline int128
stored_int128_get(const StoredInt128 *stored)
{
	return (int128) (((uint128) (uint64) stored->high << 64) | stored->low);
}

static inline void
stored_int128_set(StoredInt128 *stored, int128 value)
{
	stored->high = (int64) (value >> 64);
	stored->low = (uint64) value;
}

/* Weights are counted in millionths. */
#define MICROS_PER_UNIT		INT64CONST(1000000)

/* What one text of an int128 can need: sign, 39 digits, the zero byte. */
#define INT128_TEXT_SIZE	41

extern int64 crmkpi_score_from_numeric(Numeric score);
extern int64 crmkpi_micros_from_weight(Numeric weight);
extern Numeric crmkpi_weight_from_micros(int128 micros);

extern void crmkpi_int128_to_text(int128 value, char *text);
extern Numeric crmkpi_numeric_from_text(const char *text);

extern char *crmkpi_timestamp_text(Timestamp at, bool has_zone);
extern char *crmkpi_interval_text(const Interval *interval);
extern void crmkpi_finite_error(TimestampTz at, const char *what) pg_attribute_noreturn();
extern void crmkpi_elapsed_error(Timestamp start_at, Timestamp end_at, bool has_zone) pg_attribute_noreturn();
extern int64 crmkpi_interval_us(const Interval *interval, const char *what);
extern Interval *crmkpi_interval_from_us(int128 us);

extern double crmkpi_normal_two_sided(double confidence);

/*
 * Microseconds from start_at to end_at: real elapsed time for timestamptz,
 * plain subtraction for timestamp (has_zone only decides how an error shows
 * the values).  Infinite and reversed pairs are errors.
 */
static inline int64
crmkpi_elapsed_us(Timestamp start_at, Timestamp end_at, bool has_zone)
{
	int64		elapsed;

	if (unlikely(TIMESTAMP_IS_NOBEGIN(start_at) || TIMESTAMP_IS_NOEND(end_at) || end_at < start_at ||
				 __builtin_sub_overflow(end_at, start_at, &elapsed)))
		crmkpi_elapsed_error(start_at, end_at, has_zone);
	return elapsed;
}

/* That a time, called "what" in the error, is not infinite. */
static inline void
crmkpi_check_finite(TimestampTz at, const char *what)
{
	if (unlikely(TIMESTAMP_NOT_FINITE(at)))
		crmkpi_finite_error(at, what);
}

#pragma GCC visibility pop

#endif							/* CRMKPI_SCALAR_H */
