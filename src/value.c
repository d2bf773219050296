/*
 * value.c
 *		What customers are worth, in one pass over their purchases: the SQL
 *		functions, and the totals.
 *
 * The state (keyed.c) keeps time and amount of every purchase and refund by
 * customer.  Sums are integers, so that nothing depends on the order of the
 * rows.
 *
 * There are two values of a customer by the name of CLV.  The historic one is
 * what has been paid: revenue per customer, over everything that is in the
 * summary.  The formula takes one year and extrapolates:
 *
 *		clv = revenue / purchases x purchases / customers x lifespan x margin
 *
 * where revenue, purchases and customers are those of the year before as_of,
 * and the lifespan is 1 / yearly churn.
 */
#include "crmkpi.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"
#include "value.h"

static bool purchase_plausible(const Keyed *k, const uint64 *payload);

const KeyedClass value_class = {
	.kind = {'V', 1, KEYED_FIXED_SIZE, "value_summary"},
	.payload = 2,				/* time, amount */
	.distinct = false,			/* two purchases may be alike */
	.plausible = purchase_plausible,
	.too_large_hint = "Summarise smaller groups, such as a range of customers each, and add their results."
};

static bool
purchase_plausible(const Keyed *k pg_attribute_unused(), const uint64 *payload)
{
	return IS_VALID_TIMESTAMP(keyed_time_of_word(payload[0]));
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_value_in);
PG_FUNCTION_INFO_V1(crmkpi_value_out);
PG_FUNCTION_INFO_V1(crmkpi_value_recv);
PG_FUNCTION_INFO_V1(crmkpi_value_send);

/* An empty value.  What all rows have in common is the unit of the amounts. */
static Keyed *
value_new(int64 decimals)
{
	Keyed	   *k = keyed_new(&value_class);

	keyed_set_rule(k, &decimals, sizeof(decimals));
	return k;
}

Datum
crmkpi_value_in(PG_FUNCTION_ARGS)
{
	SummaryText text;
	int64		decimals;
	Keyed	   *k;

	crmkpi_text_begin(&text, PG_GETARG_CSTRING(0), &value_class.kind);
	decimals = crmkpi_text_count(&text, "decimals");
	if (decimals != VALUE_DECIMALS)
		crmkpi_text_error(&text, "amounts of 4 decimals");
	k = value_new(decimals);
	keyed_in(&text, k);
	crmkpi_text_end(&text);
	PG_RETURN_DATUM(keyed_flat(k));
}

Datum
crmkpi_value_out(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &value_class);
	StringInfoData out;

	crmkpi_out_begin(&out, &value_class.kind);
	appendStringInfo(&out, " decimals=%d", VALUE_DECIMALS);
	keyed_out(&out, k);
	PG_RETURN_CSTRING(out.data);
}

Datum
crmkpi_value_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	int64		decimals;
	Keyed	   *k;

	crmkpi_recv_begin(in, &value_class.kind);
	decimals = pq_getmsgbyte(in);
	if (decimals != VALUE_DECIMALS)
		crmkpi_recv_error(&value_class.kind, "amounts of 4 decimals");
	k = value_new(decimals);
	keyed_recv(in, k);
	PG_RETURN_DATUM(keyed_flat(k));
}

Datum
crmkpi_value_send(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &value_class);
	StringInfoData out;

	crmkpi_send_begin(&out, &value_class.kind);
	pq_sendbyte(&out, VALUE_DECIMALS);
	keyed_send(&out, k);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* -------------------------------------------------------------------------
 * Aggregation
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_value_combine);
PG_FUNCTION_INFO_V1(crmkpi_value_final);
PG_FUNCTION_INFO_V1(crmkpi_value_accum_bigint);
PG_FUNCTION_INFO_V1(crmkpi_value_accum_uuid);
PG_FUNCTION_INFO_V1(crmkpi_value_accum_text);

Datum
crmkpi_value_combine(PG_FUNCTION_ARGS)
{
	Keyed	   *k = keyed_state(fcinfo, &value_class);

	keyed_merge_records(k, keyed_arg(fcinfo, 1, &value_class));
	PG_RETURN_DATUM(EOHPGetRWDatum(&k->eoh));
}

/* The state, with its purchases. */
Datum
crmkpi_value_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(keyed_result(keyed_arg(fcinfo, 0, &value_class)));
}

/* (state, customer, purchased_at, amount) */
static inline Datum
value_accum(FunctionCallInfo fcinfo, KeyedKey key)
{
	Keyed	   *k = keyed_state(fcinfo, &value_class);
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(2);
	uint64		record[KEYED_MAX_WORDS];
	int			words;

	crmkpi_check_finite(at, "the time of a purchase");
	keyed_take_key(k, key);
	words = keyed_key_arg(fcinfo, key, record);
	record[words] = keyed_word_of_time(at);
	record[words + 1] = value_word_of_amount(value_amount_arg(fcinfo, 3));
	keyed_add(k, record);
	PG_RETURN_DATUM(EOHPGetRWDatum(&k->eoh));
}

Datum
crmkpi_value_accum_bigint(PG_FUNCTION_ARGS)
{
	return value_accum(fcinfo, KEYED_BIGINT);
}

Datum
crmkpi_value_accum_uuid(PG_FUNCTION_ARGS)
{
	return value_accum(fcinfo, KEYED_UUID);
}

Datum
crmkpi_value_accum_text(PG_FUNCTION_ARGS)
{
	return value_accum(fcinfo, KEYED_TEXT);
}

/* -------------------------------------------------------------------------
 * Totals
 * -------------------------------------------------------------------------
 */
typedef struct ValueTotals
{
	int64		customers;		/* with a purchase; not those with refunds only */
	int64		purchases;		/* not refunds */
	int128		revenue;		/* refunds taken off, also those of customers without a purchase */
} ValueTotals;

/* Totals of the purchases at a time not before "from" and before "until" */
static ValueTotals
count_totals(Keyed *k, int64 from, int64 until)
{
	ValueTotals totals = {0};
	KeyedWalk	walk;

	keyed_walk_start(&walk, k);
	while (keyed_walk_next(&walk))
	{
		int64		purchases = 0;

		for (uint32 i = 0; i < walk.count; i++)
		{
			int64		at = value_walk_at(&walk, i);
			int64		amount = value_walk_amount(&walk, i);

			if (at < from || at >= until)
				continue;
			/* 10^9 amounts of 63 bits: far from the limit */
			totals.revenue += amount;
			purchases += amount >= 0;
		}
		totals.purchases += purchases;
		totals.customers += purchases > 0;
	}
	return totals;
}

/*
 * Totals of the first argument: of the year before as_of, if that is the
 * second one, else of everything.  The year is 12 months of the UTC calendar,
 * as_of itself not included.
 */
static ValueTotals
totals_arg(FunctionCallInfo fcinfo)
{
	Keyed	   *k = keyed_arg(fcinfo, 0, &value_class);
	Interval	year = {.month = MONTHS_PER_YEAR};
	TimestampTz as_of;
	Datum		from;

	if (PG_NARGS() == 1)
		return count_totals(k, DT_NOBEGIN, DT_NOEND);
	as_of = PG_GETARG_TIMESTAMPTZ(1);
	crmkpi_check_finite(as_of, "as_of");
	/* the functions for timestamp know no time zone */
	from = DirectFunctionCall2(timestamp_mi_interval, TimestampGetDatum(as_of), IntervalPGetDatum(&year));
	return count_totals(k, DatumGetTimestamp(from), as_of);
}

/* -------------------------------------------------------------------------
 * Answers: (summary), of everything, or (summary, as_of), of the year before
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_value_customers);
PG_FUNCTION_INFO_V1(crmkpi_value_purchases);
PG_FUNCTION_INFO_V1(crmkpi_value_revenue);
PG_FUNCTION_INFO_V1(crmkpi_value_avg_purchase);
PG_FUNCTION_INFO_V1(crmkpi_value_frequency);
PG_FUNCTION_INFO_V1(crmkpi_value_by_customer);
PG_FUNCTION_INFO_V1(crmkpi_avg_lifespan);
PG_FUNCTION_INFO_V1(crmkpi_value_formula_clv);

Datum
crmkpi_value_customers(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(totals_arg(fcinfo).customers);
}

Datum
crmkpi_value_purchases(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(totals_arg(fcinfo).purchases);
}

Datum
crmkpi_value_revenue(PG_FUNCTION_ARGS)
{
	PG_RETURN_NUMERIC(value_money(totals_arg(fcinfo).revenue));
}

/* avg_purchase_value: revenue / purchases */
Datum
crmkpi_value_avg_purchase(PG_FUNCTION_ARGS)
{
	ValueTotals totals = totals_arg(fcinfo);

	if (totals.purchases == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(value_mean(totals.revenue, totals.purchases));
}

/* purchase_frequency: purchases / customers */
Datum
crmkpi_value_frequency(PG_FUNCTION_ARGS)
{
	ValueTotals totals = totals_arg(fcinfo);

	if (totals.customers == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) totals.purchases / (double) totals.customers);
}

/* clv(summary), the historic one, and customer_value(summary, as_of): revenue / customers */
Datum
crmkpi_value_by_customer(PG_FUNCTION_ARGS)
{
	ValueTotals totals = totals_arg(fcinfo);

	if (totals.customers == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(value_mean(totals.revenue, totals.customers));
}

/*
 * Expected years that a customer stays, from arguments (yearly_churn) or
 * (yearly_churn, cap_years); 0 where nobody leaves and there is no cap.
 */
static double
lifespan_args(FunctionCallInfo fcinfo, int churn_argno, int cap_argno)
{
	double		churn = PG_GETARG_FLOAT8(churn_argno);
	double		cap = cap_argno < PG_NARGS() ? PG_GETARG_FLOAT8(cap_argno) : 0.0;
	double		years;

	if (!(churn >= 0.0 && churn <= 1.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("yearly churn %g is out of range", churn),
				 errdetail("Expected the share of customers lost in a year, from 0 to 1."),
				 errhint("Divide a percentage by 100.")));
	if (cap_argno < PG_NARGS() && !(cap > 0.0 && !isinf(cap)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cap of %g years is out of range", cap),
				 errdetail("Expected a finite number of years above 0."),
				 errhint("Leave it out where there is no cap.")));
	years = churn > 0.0 ? 1.0 / churn : cap;
	if (cap > 0.0)
		years = Min(years, cap);
	if (isinf(years))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("lifespan at a yearly churn of %g is out of range", churn),
				 errhint("Give a cap in years.")));
	return years;
}

/* avg_lifespan(yearly_churn [, cap_years]) */
Datum
crmkpi_avg_lifespan(PG_FUNCTION_ARGS)
{
	double		years = lifespan_args(fcinfo, 0, 1);

	if (years == 0.0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(years);
}

/* clv(summary, as_of, yearly_churn, margin [, cap_years]), the formula; divided last, so that it is rounded once */
Datum
crmkpi_value_formula_clv(PG_FUNCTION_ARGS)
{
	double		years = lifespan_args(fcinfo, 2, 4);
	double		margin = PG_GETARG_FLOAT8(3);
	ValueTotals totals;
	Datum		result;

	if (!(margin >= 0.0 && margin <= 1.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("margin %g is out of range", margin),
				 errdetail("Expected the share of revenue that is left, from 0 to 1."),
				 errhint("Divide a percentage by 100.")));
	totals = totals_arg(fcinfo);
	if (years == 0.0 || totals.customers == 0)
		PG_RETURN_NULL();
	result = DirectFunctionCall2(numeric_mul, NumericGetDatum(value_money(totals.revenue)),
								 DirectFunctionCall1(float8_numeric, Float8GetDatum(years)));
	result = DirectFunctionCall2(numeric_mul, result,
								 DirectFunctionCall1(float8_numeric, Float8GetDatum(margin)));
	return DirectFunctionCall2(numeric_div, result,
							   NumericGetDatum(int64_to_numeric(totals.customers)));
}
