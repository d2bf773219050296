/*
 * bgnbd.c
 *		The BG/NBD model: how often customers who have no contract will buy
 *		again, and which of them are still there.
 *
 * The SQL functions; the mathematics is told and done in bgnbd_likelihood.c
 * and bgnbd_future.c, the state is a list of customers (customer_list.c), the
 * model and its fit are in model.c.
 *
 * Times are numbers in a unit that the user chooses, the same for all.
 */
#include "crmkpi.h"

#include <math.h>

#include "bgnbd.h"
#include "utils/float.h"

static bool customer_plausible(int64 frequency, const double *values);

const CustomerListKind bgnbd_customers_kind = {
	{'y', 1, CUSTOMER_LIST_SIZE, "bgnbd_summary"},
	2, customer_plausible,
	"a frequency, a recency up to the age, both positive or both 0, and the age"
};

const ModelKind bgnbd_model_kind = {
	{'Y', 1, sizeof(Model), "bgnbd_model"},
	BGNBD_PARAMETERS, {"r", "alpha", "a", "b"},
	bgnbd_log_likelihood, &bgnbd_customers_kind, "bgnbd_fit"
};

/* -------------------------------------------------------------------------
 * Arguments
 * -------------------------------------------------------------------------
 */

/* values: recency and age */
static bool
customer_plausible(int64 frequency, const double *values)
{
	double		recency = values[0];
	double		age = values[1];

	if (frequency < 0 || frequency > CUSTOMER_MAX_FREQUENCY || !(age == 0.0 || customer_in_range(age)))
		return false;
	return frequency == 0 ? recency == 0.0 : customer_in_range(recency) && recency <= age;
}

static void customer_error(int64 frequency, double recency, double age) pg_attribute_noreturn();

/* Tells what is wrong with a customer who is not plausible. */
static void
customer_error(int64 frequency, double recency, double age)
{
	char	   *recency_text = float8out_internal(recency);
	char	   *age_text = float8out_internal(age);

	if (frequency < 0 || frequency > CUSTOMER_MAX_FREQUENCY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("frequency " INT64_FORMAT " is out of range", frequency),
				 errdetail("Expected a number from 0 to %d.", CUSTOMER_MAX_FREQUENCY),
				 errhint("Frequency counts the purchases after the first one.")));
	if (!(recency == 0.0 || customer_in_range(recency)) || !(age == 0.0 || customer_in_range(age)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 recency == 0.0 || customer_in_range(recency) ?
				 errmsg("age %s is out of range", age_text) :
				 errmsg("recency %s is out of range", recency_text),
				 errdetail("Expected 0, or a number from %g to %g.", CUSTOMER_LEAST, CUSTOMER_MOST),
				 errhint("Recency is the time from the first purchase to the last one, age the time from the first "
						 "purchase to the end of the data.")));
	if (recency > age)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("recency %s is after age %s", recency_text, age_text),
				 errhint("Count purchases up to the end of the data only, and give both times in the same unit.")));
	if (frequency == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("recency %s of a customer with frequency 0", recency_text),
				 errdetail("Expected 0: the only purchase is both the first one and the last one."),
				 errhint("Recency is the time from the first purchase to the last one, "
						 "not from the last one to the end of the data.")));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("recency 0 of a customer with frequency " INT64_FORMAT, frequency),
			 errdetail("Expected a time after the first purchase."),
			 errhint("Count purchases at the same time, or on the same day, as one.")));
	pg_unreachable();
}

/* Arguments frequency, recency, age as an entry of the list. */
static CustomerEntry
entry_args(FunctionCallInfo fcinfo, int argno)
{
	CustomerEntry entry;

	entry.frequency = PG_GETARG_INT64(argno);
	entry.values[0] = PG_GETARG_FLOAT8(argno + 1) + 0.0;	/* -0 becomes 0 */
	entry.values[1] = PG_GETARG_FLOAT8(argno + 2) + 0.0;
	entry.count = 1;
	if (unlikely(!customer_plausible(entry.frequency, entry.values)))
		customer_error(entry.frequency, entry.values[0], entry.values[1]);
	return entry;
}

/* The same as a customer of the mathematics. */
BgnbdCustomer
bgnbd_customer_args(FunctionCallInfo fcinfo, int argno)
{
	CustomerEntry entry = entry_args(fcinfo, argno);
	BgnbdCustomer customer = {(double) entry.frequency, entry.values[0], entry.values[1]};

	return customer;
}

static inline CustomerList *
customers_arg(FunctionCallInfo fcinfo, int argno)
{
	return customer_list_arg(fcinfo, argno, &bgnbd_customers_kind);
}

static inline Model *
model_arg(FunctionCallInfo fcinfo, int argno)
{
	return crmkpi_model_arg(fcinfo, argno, &bgnbd_model_kind);
}

/* Customers who have come back; a packed list has those who have not first. */
static int64
repeat_customers(const CustomerList *list)
{
	int64		once = 0;

	for (uint32 i = 0; i < list->used && list->entries[i].frequency == 0; i++)
		once += list->entries[i].count;
	return list->customers - once;
}

/* -------------------------------------------------------------------------
 * The model
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_model_in);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_model_out);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_model_recv);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_model_send);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_r);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_alpha);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_a);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_b);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_model_log_likelihood);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_model_customers);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_model_converged);

Datum
crmkpi_bgnbd_model_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(crmkpi_model_in(PG_GETARG_CSTRING(0), &bgnbd_model_kind));
}

Datum
crmkpi_bgnbd_model_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(crmkpi_model_out(model_arg(fcinfo, 0), &bgnbd_model_kind));
}

Datum
crmkpi_bgnbd_model_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(crmkpi_model_recv((StringInfo) PG_GETARG_POINTER(0), &bgnbd_model_kind));
}

Datum
crmkpi_bgnbd_model_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(crmkpi_model_send(model_arg(fcinfo, 0), &bgnbd_model_kind));
}

Datum
crmkpi_bgnbd_r(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(model_arg(fcinfo, 0)->parameters[BGNBD_R]);
}

Datum
crmkpi_bgnbd_alpha(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(model_arg(fcinfo, 0)->parameters[BGNBD_ALPHA]);
}

Datum
crmkpi_bgnbd_a(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(model_arg(fcinfo, 0)->parameters[BGNBD_A]);
}

Datum
crmkpi_bgnbd_b(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(model_arg(fcinfo, 0)->parameters[BGNBD_B]);
}

Datum
crmkpi_bgnbd_model_log_likelihood(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(model_arg(fcinfo, 0)->log_likelihood);
}

Datum
crmkpi_bgnbd_model_customers(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(model_arg(fcinfo, 0)->customers);
}

Datum
crmkpi_bgnbd_model_converged(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(model_arg(fcinfo, 0)->head.flags != 0);
}

/* -------------------------------------------------------------------------
 * Predictions
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_p_alive);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_expected_purchases);

/* p_alive(model, frequency, recency, age) */
Datum
crmkpi_bgnbd_p_alive(PG_FUNCTION_ARGS)
{
	BgnbdCustomer customer = bgnbd_customer_args(fcinfo, 1);

	PG_RETURN_FLOAT8(bgnbd_p_alive(model_arg(fcinfo, 0)->parameters, &customer));
}

/* expected_purchases(model, frequency, recency, age, horizon): from age until age + horizon */
Datum
crmkpi_bgnbd_expected_purchases(PG_FUNCTION_ARGS)
{
	const double *parameters = model_arg(fcinfo, 0)->parameters;
	BgnbdCustomer customer = bgnbd_customer_args(fcinfo, 1);
	double		horizon = PG_GETARG_FLOAT8(4);
	double		weight = 1.0;
	double		purchases;

	if (unlikely(!(horizon == 0.0 || customer_in_range(horizon))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("horizon %s is out of range", float8out_internal(horizon)),
				 errdetail("Expected 0, or a number from %g to %g.", CUSTOMER_LEAST, CUSTOMER_MOST),
				 errhint("Give the time to look ahead, in the unit of recency and age.")));
	if (horizon == 0.0)
		PG_RETURN_FLOAT8(0.0);
	purchases = bgnbd_future(parameters, &customer, &horizon, &weight, 1);
	PG_RETURN_FLOAT8(bgnbd_p_alive(parameters, &customer) * purchases);
}

/* -------------------------------------------------------------------------
 * The summary: text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_in);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_out);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_recv);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_send);

Datum
crmkpi_bgnbd_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(customer_list_in(PG_GETARG_CSTRING(0), &bgnbd_customers_kind));
}

Datum
crmkpi_bgnbd_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(customer_list_out(customers_arg(fcinfo, 0), &bgnbd_customers_kind));
}

Datum
crmkpi_bgnbd_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(customer_list_recv((StringInfo) PG_GETARG_POINTER(0), &bgnbd_customers_kind));
}

Datum
crmkpi_bgnbd_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(customer_list_send(customers_arg(fcinfo, 0), &bgnbd_customers_kind));
}

/* -------------------------------------------------------------------------
 * The summary: aggregation, and what it answers
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_combine);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_final);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_customers);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_repeat_customers);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_fit);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_log_likelihood);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_gradient);
PG_FUNCTION_INFO_V1(crmkpi_bgnbd_accum);

Datum
crmkpi_bgnbd_combine(PG_FUNCTION_ARGS)
{
	return customer_list_combine(fcinfo, &bgnbd_customers_kind);
}

/* The state in its stored form. */
Datum
crmkpi_bgnbd_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(customer_list_pack(crmkpi_summary_arg(fcinfo, 0, &bgnbd_customers_kind.summary),
										 &bgnbd_customers_kind));
}

Datum
crmkpi_bgnbd_customers(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(customers_arg(fcinfo, 0)->customers);
}

Datum
crmkpi_bgnbd_repeat_customers(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(repeat_customers(customers_arg(fcinfo, 0)));
}

/*
 * bgnbd_fit(summary): also the final function of the aggregate; NULL without
 * customers.  The starts are of few and of many repeat purchases, of rates
 * that differ much and little, of customers who leave soon and late; the mean
 * age sets the scale.
 */
Datum
crmkpi_bgnbd_fit(PG_FUNCTION_ARGS)
{
	CustomerList *list = customers_arg(fcinfo, 0);
	double		starts[][MAXIMISE_VARIABLES] = {
		{0.3, 0.2, 0.7, 2.5}, {1.0, 1.0, 1.0, 1.0}, {3.0, 1.0, 0.1, 2.0}, {0.1, 0.05, 2.0, 10.0}
	};
	double		ages = 0.0;

	if (list->customers == 0)
		PG_RETURN_NULL();
	if (repeat_customers(list) < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bgnbd_fit needs at least two customers with a repeat purchase"),
				 errdetail("Found " INT64_FORMAT " among " INT64_FORMAT " customers.",
						   repeat_customers(list), list->customers),
				 errhint("Fit the model to more customers, or to a longer time.")));

	for (uint32 i = 0; i < list->used; i++)
		ages += (double) list->entries[i].count * list->entries[i].values[1];
	for (int i = 0; i < (int) lengthof(starts); i++)
	{
		starts[i][BGNBD_ALPHA] *= ages / (double) list->customers;
		for (int j = 0; j < BGNBD_PARAMETERS; j++)
			starts[i][j] = log(starts[i][j]);
	}
	PG_RETURN_POINTER(crmkpi_model_fit(list, &bgnbd_model_kind, starts, lengthof(starts)));
}

/* log_likelihood(model, summary) */
Datum
crmkpi_bgnbd_log_likelihood(PG_FUNCTION_ARGS)
{
	double		gradient[BGNBD_PARAMETERS];

	PG_RETURN_FLOAT8(crmkpi_model_likelihood(model_arg(fcinfo, 0), customers_arg(fcinfo, 1), &bgnbd_model_kind,
											 gradient));
}

/* likelihood_gradient(model, summary): its derivatives by log r, log alpha, log a, log b */
Datum
crmkpi_bgnbd_gradient(PG_FUNCTION_ARGS)
{
	return crmkpi_model_gradient_array(model_arg(fcinfo, 0), customers_arg(fcinfo, 1), &bgnbd_model_kind);
}

/* (state, frequency, recency, age) */
Datum
crmkpi_bgnbd_accum(PG_FUNCTION_ARGS)
{
	CustomerEntry entry = entry_args(fcinfo, 1);
	CustomerList *list = summary_state(fcinfo, &bgnbd_customers_kind.summary);

	list = customer_list_add(list, &bgnbd_customers_kind, &entry);
	PG_RETURN_POINTER(customer_list_result(fcinfo, list, &bgnbd_customers_kind));
}
