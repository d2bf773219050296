/*
 * scalar.c
 *		SQL scalars as exact integers, and back.
 *
 * Sums must not depend on the order of the rows, so the families add integers
 * only.  Here is the one place where scores, weights, timestamps and intervals
 * are turned into integers, and where a value that has no exact integer form
 * is refused.
 */
#include "crmkpi.h"

#include <math.h>

#include "common/int.h"
#include "scalar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

/*
 * The whole number in a numeric.  Returns false where it has a fraction, is
 * NaN or infinite, or does not fit in a bigint.
 */
static bool
whole_int64(Numeric value, int64 *result)
{
	Datum		whole;

	if (numeric_is_nan(value) || numeric_is_inf(value))
		return false;
	whole = DirectFunctionCall2(numeric_trunc, NumericGetDatum(value), Int32GetDatum(0));
	if (DatumGetInt32(DirectFunctionCall2(numeric_cmp, whole, NumericGetDatum(value))) != 0)
		return false;

	/* compared before it is converted, so that the message is ours */
	if (DatumGetInt32(DirectFunctionCall2(numeric_cmp, whole,
										  NumericGetDatum(int64_to_numeric(PG_INT64_MAX)))) > 0 ||
		DatumGetInt32(DirectFunctionCall2(numeric_cmp, whole,
										  NumericGetDatum(int64_to_numeric(PG_INT64_MIN)))) < 0)
		return false;
	*result = DatumGetInt64(DirectFunctionCall1(numeric_int8, whole));
	return true;
}

static char *
numeric_text(Numeric value)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value)));
}

/* A survey score that comes as numeric: whole, else an error. */
int64
crmkpi_score_from_numeric(Numeric score)
{
	int64		result;

	if (!whole_int64(score, &result))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("score %s is not a whole number in range", numeric_text(score)),
				 errhint("Scores are whole numbers; round them, or leave such answers out with FILTER.")));
	return result;
}

/*
 * A weight in millionths.  Weights are not negative and have at most six
 * decimal places, so that their sums are exact.
 */
int64
crmkpi_micros_from_weight(Numeric weight)
{
	Datum		scaled;
	int64		result;

	if (!numeric_is_nan(weight) && !numeric_is_inf(weight))
	{
		scaled = DirectFunctionCall2(numeric_mul, NumericGetDatum(weight),
									 NumericGetDatum(int64_to_numeric(MICROS_PER_UNIT)));
		if (whole_int64(DatumGetNumeric(scaled), &result) && result >= 0)
			return result;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("weight %s is out of range", numeric_text(weight)),
			 errdetail("A weight lies between 0 and 9223372036854 and has at most 6 decimal places."),
			 errhint("Round the weights, or scale them all by the same factor.")));
	pg_unreachable();
}

/* Millionths as a numeric with six decimal places. */
Numeric
crmkpi_weight_from_micros(int128 micros)
{
	char		text[INT128_TEXT_SIZE];
	Datum		value;

	crmkpi_int128_to_text(micros, text);
	value = DirectFunctionCall2(numeric_mul,
								NumericGetDatum(crmkpi_numeric_from_text(text)),
								NumericGetDatum(crmkpi_numeric_from_text("0.000001")));
	return DatumGetNumeric(value);
}

Numeric
crmkpi_numeric_from_text(const char *text)
{
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/* Decimal text of value into text, which has INT128_TEXT_SIZE bytes. */
void
crmkpi_int128_to_text(int128 value, char *text)
{
	char		digits[INT128_TEXT_SIZE];
	char	   *at = digits + sizeof(digits);
	uint128		rest = value < 0 ? -(uint128) value : (uint128) value;

	*--at = '\0';
	do
	{
		*--at = '0' + (int) (rest % 10);
		rest /= 10;
	} while (rest != 0);
	if (value < 0)
		*--at = '-';
	strcpy(text, at);
}

/* For messages. */
char *
crmkpi_timestamp_text(Timestamp at, bool has_zone)
{
	return DatumGetCString(has_zone ?
						   DirectFunctionCall1(timestamptz_out, TimestampTzGetDatum(at)) :
						   DirectFunctionCall1(timestamp_out, TimestampGetDatum(at)));
}

/* For messages. */
char *
crmkpi_interval_text(const Interval *interval)
{
	return DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(interval)));
}

/* That a time is infinite where it must not be. */
void
crmkpi_finite_error(TimestampTz at, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("%s is %s", what, TIMESTAMP_IS_NOBEGIN(at) ? "-infinity" : "infinity"),
			 errdetail("Expected a finite time."),
			 errhint("Use NULL for a time that is not known.")));
	pg_unreachable();
}

/* Tells what is wrong with a pair of times that crmkpi_elapsed_us() refuses. */
void
crmkpi_elapsed_error(Timestamp start_at, Timestamp end_at, bool has_zone)
{
	char	   *start = crmkpi_timestamp_text(start_at, has_zone);
	char	   *end = crmkpi_timestamp_text(end_at, has_zone);

	if (TIMESTAMP_NOT_FINITE(start_at) || TIMESTAMP_NOT_FINITE(end_at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("no duration from %s to %s", start, end),
				 errdetail("Expected two finite times, found an infinite one."),
				 errhint("Use NULL for a time that is not known yet.")));
	if (end_at < start_at)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("end %s is before start %s", end, start),
				 errhint("Check the order of the arguments, correct such rows, or leave them out with FILTER.")));
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("duration from %s to %s is out of range", start, end),
			 errhint("Use NULL for a time that is not known yet.")));
	pg_unreachable();
}

/*
 * Microseconds of an interval, whose days count 24 hours.  An interval with
 * months has no fixed length, and a negative one no meaning here: errors that
 * name it by "what".
 */
int64
crmkpi_interval_us(const Interval *interval, const char *what)
{
	int64		us;

	if (interval->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s %s has no fixed length", what,
						crmkpi_interval_text(interval)),
				 errdetail("Expected days and smaller units, found months."),
				 errhint("Write it in days or smaller units; age() gives months, a difference of timestamps does not.")));
	if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &us) ||
		pg_add_s64_overflow(us, interval->time, &us) || us < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s %s is out of range", what,
						crmkpi_interval_text(interval)),
				 errhint("It must not be negative, nor longer than 292,000 years.")));
	return us;
}

/* An interval of whole days and a time below 24 hours, as a subtraction of timestamps gives it. */
Interval *
crmkpi_interval_from_us(int128 us)
{
	Interval   *result = (Interval *) palloc0(sizeof(Interval));
	int128		days = us / USECS_PER_DAY;

	if (days > PG_INT32_MAX || days < PG_INT32_MIN)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("interval out of range"),
				 errhint("Ask for the mean and the number of items in place of the total.")));
	result->day = (int32) days;
	result->time = (int64) (us - days * USECS_PER_DAY);
	return result;
}

/*
 * The z for which a standard normal variable lies within +-z with the given
 * probability: the root of erfc(z / sqrt(2)) = 1 - confidence, by Newton's
 * method.  The function is convex for z > 0 and the start lies left of the
 * root, so the steps approach it from one side.
 */
double
crmkpi_normal_two_sided(double confidence)
{
	double		tail = 1.0 - confidence;
	double		z = 0.0;

	if (!(confidence > 0.0 && tail > 0.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("confidence %g is out of range", confidence),
				 errhint("Give a probability between 0 and 1, such as 0.95.")));
	for (int i = 0; i < 100; i++)
	{
		double		error = erfc(z / sqrt(2.0)) - tail;
		double		step = error / (sqrt(2.0 / M_PI) * exp(-z * z / 2.0));

		z += step;
		if (fabs(step) <= 1e-15 * z)
			break;
	}
	return z;
}
