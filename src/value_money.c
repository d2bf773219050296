/*
 * value_money.c
 *		Amounts of money: numeric as an integer of ten-thousandths, and back.
 *
 * Sums of such integers are exact and do not depend on the order of the rows.
 * An amount that is not a whole number of ten-thousandths is refused, not
 * rounded, so that nobody's cents get lost silently.
 *
 * A numeric keeps groups of four decimal digits, of which one begins at the
 * decimal point: just what is needed here.  They are read where they lie.
 * PostgreSQL's own functions make copies: numeric_send(), the cheapest way
 * that they offer, makes the whole aggregate take a quarter longer.  The form
 * is that of numeric.c; tables are full of it, and it has been the same since
 * PostgreSQL 9.1.
 */
#include "crmkpi.h"

#include "utils/fmgrprotos.h"
#include "value.h"

/* The first 16 bits of a numeric */
#define NUMERIC_FORM			0xC000
#define NUMERIC_NEGATIVE_LONG	0x4000	/* of the long form, which has the weight in 16 bits more */
#define NUMERIC_SHORT			0x8000	/* this bit says that it is short or special */
#define NUMERIC_SPECIAL			0xC000	/* NaN and infinity */
#define NUMERIC_NEGATIVE_SHORT	0x2000
#define NUMERIC_WEIGHT_SIGN		0x0040
#define NUMERIC_WEIGHT			0x003F

#define GROUP			10000	/* four decimal digits */
#define MOST_WEIGHT		3		/* of the first group; an int64 has no more before the point */

static void amount_error(FunctionCallInfo fcinfo, int argno) pg_attribute_noreturn();

/* Says why an amount is refused. */
static void
amount_error(FunctionCallInfo fcinfo, int argno)
{
	Numeric		amount = PG_GETARG_NUMERIC(argno);
	char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(amount)));
	Datum		rounded;

	if (numeric_is_nan(amount) || numeric_is_inf(amount))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("amount is %s", text),
				 errdetail("Expected a finite amount."),
				 errhint("Use NULL for an amount that is not known.")));
	rounded = DirectFunctionCall2(numeric_round, NumericGetDatum(amount), Int32GetDatum(VALUE_DECIMALS));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, rounded, NumericGetDatum(amount))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("amount %s has more than %d decimal places", text, VALUE_DECIMALS),
				 errdetail("Amounts are added exactly, in ten-thousandths."),
				 errhint("Round it: round(amount, %d).", VALUE_DECIMALS)));
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("amount %s is out of range", text),
			 errdetail("Expected an amount from -922337203685477.5808 to 922337203685477.5807."),
			 errhint("Give all amounts in a larger unit, such as thousands.")));
	pg_unreachable();
}

/* A numeric argument in ten-thousandths */
int64
value_amount_arg(FunctionCallInfo fcinfo, int argno)
{
	struct varlena *amount = PG_GETARG_VARLENA_PP(argno);
	const char *bytes = VARDATA_ANY(amount);	/* not aligned, so it is read by memcpy */
	int			groups = (int) VARSIZE_ANY_EXHDR(amount) / (int) sizeof(int16) - 1;
	int			weight;			/* the first group counts 10000 ^ weight */
	bool		negative;
	uint16		header;
	int128		value = 0;

	memcpy(&header, bytes, sizeof(header));
	bytes += sizeof(header);
	if ((header & NUMERIC_SHORT) != 0)
	{
		negative = (header & NUMERIC_NEGATIVE_SHORT) != 0;
		weight = (header & NUMERIC_WEIGHT) - ((header & NUMERIC_WEIGHT_SIGN) != 0 ? NUMERIC_WEIGHT + 1 : 0);
	}
	else
	{
		int16		long_weight;

		memcpy(&long_weight, bytes, sizeof(long_weight));
		bytes += sizeof(long_weight);
		groups--;
		negative = (header & NUMERIC_FORM) == NUMERIC_NEGATIVE_LONG;
		weight = long_weight;
	}
	/* there are no zero groups at either end; the group after the point is the last one that we have */
	if (unlikely((header & NUMERIC_FORM) == NUMERIC_SPECIAL ||
				 (groups > 0 && (weight > MOST_WEIGHT || groups > weight + 2))))
		amount_error(fcinfo, argno);
	for (int i = 0; i < groups; i++)
	{
		int16		group;

		memcpy(&group, bytes + i * sizeof(group), sizeof(group));
		value = value * GROUP + group;
	}
	if (groups > 0)
	{
		for (int i = groups; i < weight + 2; i++)
			value *= GROUP;
	}
	if (negative)
		value = -value;
	if (unlikely(value != (int64) value))
		amount_error(fcinfo, argno);
	PG_FREE_IF_COPY(amount, argno);
	return (int64) value;
}

/* Ten-thousandths as a numeric with four decimal places */
Numeric
value_money(int128 amount)
{
	char		text[INT128_TEXT_SIZE + 8];

	crmkpi_int128_to_text(amount, text);
	snprintf(text + strlen(text), 8, "e-%d", VALUE_DECIMALS);
	return crmkpi_numeric_from_text(text);
}

/* amount / count, as avg() of numeric divides */
Numeric
value_mean(int128 amount, int64 count)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_div, NumericGetDatum(value_money(amount)),
											   NumericGetDatum(int64_to_numeric(count))));
}
