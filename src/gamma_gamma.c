/*
 * gamma_gamma.c
 *		The Gamma-Gamma model: the mean value of a customer's purchases; and,
 *		with the BG/NBD model, what a customer is worth.
 *
 * P. S. Fader, B. G. S. Hardie, K. L. Lee, "RFM and CLV: Using Iso-Value Curves
 * for Customer Base Analysis", Journal of Marketing Research 42 (4), 2005.
 *
 * The values of a customer's purchases are gamma distributed with shape p and
 * a rate that is gamma distributed among customers with shape q and rate v.
 * Of x purchases with the mean m, the likelihood is
 *
 *		v^q (m x)^(p x) / (m B(p x, q) (v + m x)^(p x + q))
 *
 * Its logarithm is computed here as
 *
 *		- log B(p x, q) - p x log1p(v / (m x)) - q log1p(m x / v) - log m
 *
 * The sums are over customers in order of x and m; what depends on x alone is
 * computed once.  Purchases of customers who have not come back say nothing
 * of repeat purchases: they are left out.
 */
#include "crmkpi.h"

#include <math.h>

#include "bgnbd.h"
#include "gamma_math.h"
#include "miscadmin.h"
#include "utils/float.h"

/* Order of the parameters in a Model, and of their logarithms. */
enum
{
	GAMMA_P,
	GAMMA_Q,
	GAMMA_V,
	GAMMA_PARAMETERS
};

static bool customer_plausible(int64 frequency, const double *values);
static double log_likelihood(const double *at, double *gradient, const void *list);

static const CustomerListKind customers_kind = {
	{'g', 1, CUSTOMER_LIST_SIZE, "gamma_gamma_summary"},
	1, customer_plausible, "a frequency from 1 on and a positive mean value"
};

static const ModelKind model_kind = {
	{'G', 1, sizeof(Model), "gamma_gamma_model"},
	GAMMA_PARAMETERS, {"p", "q", "v"},
	log_likelihood, &customers_kind, "gamma_gamma_fit"
};

/* -------------------------------------------------------------------------
 * Mathematics
 * -------------------------------------------------------------------------
 */

/* values: the mean value of repeat purchases */
static bool
customer_plausible(int64 frequency, const double *values)
{
	return frequency > 0 && frequency <= CUSTOMER_MAX_FREQUENCY && customer_in_range(values[0]);
}

/* Log-likelihood of a packed list of customers, and its derivatives; all by the logarithms of the parameters. */
static double
log_likelihood(const double *at, double *gradient, const void *list)
{
	const CustomerList *customers = list;
	double		p = exp(at[GAMMA_P]);
	double		q = exp(at[GAMMA_Q]);
	double		v = exp(at[GAMMA_V]);
	double		value = 0.0;

	memset(gradient, 0, sizeof(double) * GAMMA_PARAMETERS);
	for (uint32 i = 0; i < customers->used;)
	{
		/* those of one frequency */
		int64		frequency = customers->entries[i].frequency;
		double		x = (double) frequency;
		double		log_beta = crmkpi_log_beta(p * x, q);
		double		by_p = crmkpi_digamma_delta(p * x, q);
		double		by_q = crmkpi_digamma_delta(q, p * x);

		CHECK_FOR_INTERRUPTS();
		for (; i < customers->used && customers->entries[i].frequency == frequency; i++)
		{
			double		weight = (double) customers->entries[i].count;
			double		mean = customers->entries[i].values[0];
			double		total = mean * x;
			double		log_p = log1p(v / total);
			double		log_q = log1p(total / v);

			value -= weight * (log_beta + p * x * log_p + q * log_q + log(mean));
			gradient[GAMMA_P] += weight * p * x * (by_p - log_p);
			gradient[GAMMA_Q] += weight * q * (by_q - log_q);
			gradient[GAMMA_V] += weight * (q * total - p * x * v) / (v + total);
		}
	}
	return value;
}

/*
 * Expected mean value of a customer's purchases: a mean of that of all
 * customers and of his or her own, of which the latter counts the more the
 * more purchases there are.  False where it is infinite.
 */
static bool
expected_value(const double *parameters, double x, double mean, double *value)
{
	double		below = parameters[GAMMA_P] * x + parameters[GAMMA_Q] - 1.0;

	if (below <= 0.0)
		return false;
	*value = parameters[GAMMA_P] * (parameters[GAMMA_V] + x * mean) / below;
	return true;
}

/* -------------------------------------------------------------------------
 * Arguments
 * -------------------------------------------------------------------------
 */
static void
check_frequency(int64 frequency)
{
	if (unlikely(frequency < 0 || frequency > CUSTOMER_MAX_FREQUENCY))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("frequency " INT64_FORMAT " is out of range", frequency),
				 errdetail("Expected a number from 0 to %d.", CUSTOMER_MAX_FREQUENCY),
				 errhint("Frequency counts the purchases after the first one.")));
}

static void mean_value_error(double mean, const char *expected) pg_attribute_noreturn();

static void
mean_value_error(double mean, const char *expected)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("mean value %s is out of range", float8out_internal(mean)),
			 errdetail("Expected %s from %g to %g.", expected, CUSTOMER_LEAST, CUSTOMER_MOST),
			 errhint("Leave out purchases that were given back, and customers without a positive mean value, "
					 "for example with FILTER.")));
	pg_unreachable();
}

/*
 * Arguments frequency and mean value, the latter read only where there were
 * repeat purchases.  False where NULL makes the answer NULL.
 */
static bool
customer_args(FunctionCallInfo fcinfo, int frequency_no, int mean_no, double *x, double *mean)
{
	if (PG_ARGISNULL(frequency_no))
		return false;
	check_frequency(PG_GETARG_INT64(frequency_no));
	*x = (double) PG_GETARG_INT64(frequency_no);
	*mean = 0.0;
	if (*x == 0.0)
		return true;
	if (PG_ARGISNULL(mean_no))
		return false;
	*mean = PG_GETARG_FLOAT8(mean_no);
	if (unlikely(!(*mean == 0.0 || customer_in_range(*mean))))
		mean_value_error(*mean, "0, or a number");
	return true;
}

static inline CustomerList *
customers_arg(FunctionCallInfo fcinfo, int argno)
{
	return customer_list_arg(fcinfo, argno, &customers_kind);
}

static inline Model *
model_arg(FunctionCallInfo fcinfo, int argno)
{
	return crmkpi_model_arg(fcinfo, argno, &model_kind);
}

/* -------------------------------------------------------------------------
 * The model
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_model_in);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_model_out);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_model_recv);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_model_send);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_p);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_q);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_v);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_model_log_likelihood);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_model_customers);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_model_converged);

Datum
crmkpi_gamma_gamma_model_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(crmkpi_model_in(PG_GETARG_CSTRING(0), &model_kind));
}

Datum
crmkpi_gamma_gamma_model_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(crmkpi_model_out(model_arg(fcinfo, 0), &model_kind));
}

Datum
crmkpi_gamma_gamma_model_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(crmkpi_model_recv((StringInfo) PG_GETARG_POINTER(0), &model_kind));
}

Datum
crmkpi_gamma_gamma_model_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(crmkpi_model_send(model_arg(fcinfo, 0), &model_kind));
}

Datum
crmkpi_gamma_gamma_p(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(model_arg(fcinfo, 0)->parameters[GAMMA_P]);
}

Datum
crmkpi_gamma_gamma_q(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(model_arg(fcinfo, 0)->parameters[GAMMA_Q]);
}

Datum
crmkpi_gamma_gamma_v(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(model_arg(fcinfo, 0)->parameters[GAMMA_V]);
}

Datum
crmkpi_gamma_gamma_model_log_likelihood(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(model_arg(fcinfo, 0)->log_likelihood);
}

Datum
crmkpi_gamma_gamma_model_customers(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(model_arg(fcinfo, 0)->customers);
}

Datum
crmkpi_gamma_gamma_model_converged(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(model_arg(fcinfo, 0)->head.flags != 0);
}

/* -------------------------------------------------------------------------
 * Predictions
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_expected_value);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_predicted_clv);

/* expected_value(model, frequency, mean_value): NULL where it is infinite */
Datum
crmkpi_gamma_gamma_expected_value(PG_FUNCTION_ARGS)
{
	double		x;
	double		mean;
	double		value;

	if (PG_ARGISNULL(0) || !customer_args(fcinfo, 1, 2, &x, &mean) ||
		!expected_value(model_arg(fcinfo, 0)->parameters, x, mean, &value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

/*
 * predicted_clv(bgnbd, gamma_gamma, frequency, recency, age, mean_value,
 * periods, discount, period_length): the value of purchases in the next
 * periods, those of the i-th one divided by (1 + discount)^i.  With G(i), the
 * purchases until its end, the sum over i of (G(i) - G(i - 1)) u^i with
 * u = 1 / (1 + discount) is that over i < n of G(i) (u^i - u^(i + 1)), and
 * G(n) u^n.
 */
#define MOST_PERIODS		12000

Datum
crmkpi_gamma_gamma_predicted_clv(PG_FUNCTION_ARGS)
{
	const double *parameters;
	BgnbdCustomer customer;
	double		x;
	double		mean;
	double		value;
	int32		periods;
	double		discount;
	double		period;
	double	   *horizons;
	double	   *weights;
	double		worth = 1.0;	/* of money at the end of the period, now */
	int			used = 0;

	for (int i = 0; i < 9; i++)
		if (i != 5 && PG_ARGISNULL(i))
			PG_RETURN_NULL();
	customer = bgnbd_customer_args(fcinfo, 2);
	periods = PG_GETARG_INT32(6);
	discount = PG_GETARG_FLOAT8(7);
	period = PG_GETARG_FLOAT8(8);
	if (periods < 0 || periods > MOST_PERIODS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of periods %d is out of range", periods),
				 errdetail("Expected a number from 0 to %d.", MOST_PERIODS),
				 errhint("Give the number of periods to look ahead, such as 12 months.")));
	if (!(discount >= 0.0 && discount <= CUSTOMER_MOST))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("discount %s is out of range", float8out_internal(discount)),
				 errhint("Give the share by which a period's money is worth less than that of the period before, "
						 "such as 0.01.")));
	if (!customer_in_range(period))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("length of a period %s is out of range", float8out_internal(period)),
				 errdetail("Expected a number from %g to %g.", CUSTOMER_LEAST, CUSTOMER_MOST),
				 errhint("Give the length of a period in the unit of recency and age; "
						 "a month is 4.348 weeks, or 30.44 days.")));
	if (!customer_args(fcinfo, 2, 5, &x, &mean) ||
		!expected_value(model_arg(fcinfo, 1)->parameters, x, mean, &value))
		PG_RETURN_NULL();

	parameters = crmkpi_model_arg(fcinfo, 0, &bgnbd_model_kind)->parameters;
	horizons = palloc(sizeof(double) * (periods + 1));
	weights = palloc(sizeof(double) * (periods + 1));
	for (int i = 1; i <= periods; i++)
	{
		worth /= 1.0 + discount;
		horizons[used] = i * period;
		weights[used] = i == periods ? worth : worth * discount / (1.0 + discount);
		if (weights[used] > 0.0)
			used++;
	}
	value *= bgnbd_p_alive(parameters, &customer) * bgnbd_future(parameters, &customer, horizons, weights, used);
	if (unlikely(isinf(value)))
		float_overflow_error();
	PG_RETURN_FLOAT8(value);
}

/* -------------------------------------------------------------------------
 * The summary: text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_in);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_out);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_recv);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_send);

Datum
crmkpi_gamma_gamma_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(customer_list_in(PG_GETARG_CSTRING(0), &customers_kind));
}

Datum
crmkpi_gamma_gamma_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(customer_list_out(customers_arg(fcinfo, 0), &customers_kind));
}

Datum
crmkpi_gamma_gamma_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(customer_list_recv((StringInfo) PG_GETARG_POINTER(0), &customers_kind));
}

Datum
crmkpi_gamma_gamma_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(customer_list_send(customers_arg(fcinfo, 0), &customers_kind));
}

/* -------------------------------------------------------------------------
 * The summary: aggregation, and what it answers
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_combine);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_final);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_customers);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_fit);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_log_likelihood);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_gradient);
PG_FUNCTION_INFO_V1(crmkpi_gamma_gamma_accum);

Datum
crmkpi_gamma_gamma_combine(PG_FUNCTION_ARGS)
{
	return customer_list_combine(fcinfo, &customers_kind);
}

/* The state in its stored form. */
Datum
crmkpi_gamma_gamma_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(customer_list_pack(crmkpi_summary_arg(fcinfo, 0, &customers_kind.summary), &customers_kind));
}

Datum
crmkpi_gamma_gamma_customers(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(customers_arg(fcinfo, 0)->customers);
}

/*
 * gamma_gamma_fit(summary): also the final function of the aggregate; NULL
 * without customers.  The starts are of purchases and customers that differ
 * much and little; the mean value sets the scale.
 */
Datum
crmkpi_gamma_gamma_fit(PG_FUNCTION_ARGS)
{
	CustomerList *list = customers_arg(fcinfo, 0);
	double		starts[][MAXIMISE_VARIABLES] = {{6.0, 4.0, 0.5}, {1.0, 2.0, 1.0}, {0.5, 1.2, 1.0}, {20.0, 20.0, 1.0}};
	double		values = 0.0;

	if (list->customers == 0)
		PG_RETURN_NULL();
	if (list->customers < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("gamma_gamma_fit needs at least two customers with a repeat purchase"),
				 errdetail("Found " INT64_FORMAT ".", list->customers),
				 errhint("Fit the model to more customers, or to a longer time.")));

	for (uint32 i = 0; i < list->used; i++)
		values += (double) list->entries[i].count * list->entries[i].values[0];
	for (int i = 0; i < (int) lengthof(starts); i++)
	{
		starts[i][GAMMA_V] *= values / (double) list->customers;
		for (int j = 0; j < GAMMA_PARAMETERS; j++)
			starts[i][j] = log(starts[i][j]);
	}
	PG_RETURN_POINTER(crmkpi_model_fit(list, &model_kind, starts, lengthof(starts)));
}

/* log_likelihood(model, summary) */
Datum
crmkpi_gamma_gamma_log_likelihood(PG_FUNCTION_ARGS)
{
	double		gradient[GAMMA_PARAMETERS];

	PG_RETURN_FLOAT8(crmkpi_model_likelihood(model_arg(fcinfo, 0), customers_arg(fcinfo, 1), &model_kind, gradient));
}

/* likelihood_gradient(model, summary): its derivatives by log p, log q, log v */
Datum
crmkpi_gamma_gamma_gradient(PG_FUNCTION_ARGS)
{
	return crmkpi_model_gradient_array(model_arg(fcinfo, 0), customers_arg(fcinfo, 1), &model_kind);
}

/* (state, frequency, mean_value): a customer without repeat purchases does not count */
Datum
crmkpi_gamma_gamma_accum(PG_FUNCTION_ARGS)
{
	CustomerList *list = summary_state(fcinfo, &customers_kind.summary);
	CustomerEntry entry = {PG_GETARG_INT64(1), {PG_GETARG_FLOAT8(2), 0.0}, 1};

	check_frequency(entry.frequency);
	if (entry.frequency > 0)
	{
		if (unlikely(!customer_plausible(entry.frequency, entry.values)))
			mean_value_error(entry.values[0], "a number");
		list = customer_list_add(list, &customers_kind, &entry);
	}
	PG_RETURN_POINTER(customer_list_result(fcinfo, list, &customers_kind));
}
