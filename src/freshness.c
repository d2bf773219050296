/*
 * freshness.c
 *		Freshness of a relationship: when was the last touch, and what is it
 *		worth after that time.
 *
 *		freshness = 0.5 ^ ((as_of - at) / half_life)
 *
 * The freshness of a customer is that of the latest touch.  The state of the
 * aggregate is a plain double: minus the smallest age, in half-lives, so that
 * two states are combined by float8larger.  The quotient is rounded once, and
 * rounding keeps the order, so that the maximum is that of the latest touch,
 * bit for bit, in whatever order rows come; the power is taken at the end.
 * The latest touch itself needs no code of its own: it is a maximum.
 */
#include "crmkpi.h"

#include <math.h>

#include "scalar.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(crmkpi_decay);
PG_FUNCTION_INFO_V1(crmkpi_freshness_band);
PG_FUNCTION_INFO_V1(crmkpi_freshness_band_no);
PG_FUNCTION_INFO_V1(crmkpi_freshness_accum);
PG_FUNCTION_INFO_V1(crmkpi_freshness_final);

/* Bands of age: each ends before so many days, the last but one never; no age at all is the last. */
static const struct
{
	int64		end_days;
	const char *name;
}			bands[] =
{
	{7, "under 7 days"},
	{30, "7 to 30 days"},
	{90, "30 to 90 days"},
	{180, "90 to 180 days"},
	{0, "180 days or more"},
	{0, "never"}
};

#define BANDS		((int) lengthof(bands))

/* -------------------------------------------------------------------------
 * Mathematics
 * -------------------------------------------------------------------------
 */
/* Half-lives from a touch until as_of. */
static double
age_in_half_lives(TimestampTz at, const Interval *half_life, TimestampTz as_of)
{
	int64		half_life_us = crmkpi_interval_us(half_life, "half-life");

	if (half_life_us == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("half-life is zero"),
				 errhint("Give the time after which a touch is worth half, such as 30 days.")));
	/* crmkpi_elapsed_us() tells about infinite ones */
	if (unlikely(at > as_of && !TIMESTAMP_NOT_FINITE(at) && !TIMESTAMP_NOT_FINITE(as_of)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("touch at %s is later than %s", crmkpi_timestamp_text(at, true), crmkpi_timestamp_text(as_of, true)),
				 errhint("Leave out what was not known then, for example with FILTER (WHERE at <= as_of).")));
	return (double) crmkpi_elapsed_us(at, as_of, true) / (double) half_life_us;
}

/* The band of the age in argument 0, which may be NULL. */
static int
band_arg(FunctionCallInfo fcinfo)
{
	int64		us;
	int			band = 0;

	if (PG_ARGISNULL(0))
		return BANDS - 1;
	us = crmkpi_interval_us(PG_GETARG_INTERVAL_P(0), "age");
	while (band < BANDS - 2 && us >= bands[band].end_days * USECS_PER_DAY)
		band++;
	return band;
}

/* -------------------------------------------------------------------------
 * Functions
 * -------------------------------------------------------------------------
 */
Datum
crmkpi_decay(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(exp2(-age_in_half_lives(PG_GETARG_TIMESTAMPTZ(0), PG_GETARG_INTERVAL_P(1),
											 PG_GETARG_TIMESTAMPTZ(2))));
}

Datum
crmkpi_freshness_band(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(bands[band_arg(fcinfo)].name));
}

Datum
crmkpi_freshness_band_no(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(band_arg(fcinfo) + 1);
}

/* -------------------------------------------------------------------------
 * Aggregation
 * -------------------------------------------------------------------------
 */

/* (state, at, half_life, as_of): the state is NULL before the first row; one with a NULL is skipped */
Datum
crmkpi_freshness_accum(PG_FUNCTION_ARGS)
{
	double		exponent;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_FLOAT8(PG_GETARG_FLOAT8(0));
	}
	exponent = -age_in_half_lives(PG_GETARG_TIMESTAMPTZ(1), PG_GETARG_INTERVAL_P(2), PG_GETARG_TIMESTAMPTZ(3));
	if (!PG_ARGISNULL(0))
		exponent = Max(exponent, PG_GETARG_FLOAT8(0));
	PG_RETURN_FLOAT8(exponent);
}

Datum
crmkpi_freshness_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(exp2(PG_GETARG_FLOAT8(0)));
}
