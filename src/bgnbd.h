/*
 * bgnbd.h
 *		The BG/NBD model of repeat purchases, as plain C.
 *
 * bgnbd_likelihood.c and bgnbd_future.c hold the mathematics, bgnbd.c the SQL
 * functions.
 */
#ifndef CRMKPI_BGNBD_H
#define CRMKPI_BGNBD_H

#include "model.h"

#pragma GCC visibility push(hidden)

/*
 * What is known of a customer: x purchases after the first one, the last of
 * them at the time recency, until the time age; times since the first one.
 */
typedef struct BgnbdCustomer
{
	double		x;
	double		recency;
	double		age;
} BgnbdCustomer;

/* Order of the parameters in a Model, and of their logarithms. */
enum
{
	BGNBD_R,
	BGNBD_ALPHA,
	BGNBD_A,
	BGNBD_B,
	BGNBD_PARAMETERS
};

extern const CustomerListKind bgnbd_customers_kind;
extern const ModelKind bgnbd_model_kind;

extern double bgnbd_log_likelihood(const double *at, double *gradient, const void *list);
extern double bgnbd_p_alive(const double *parameters, const BgnbdCustomer *customer);
extern double bgnbd_future(const double *parameters, const BgnbdCustomer *customer, const double *horizons,
						   const double *weights, int count);

extern BgnbdCustomer bgnbd_customer_args(FunctionCallInfo fcinfo, int argno);

#pragma GCC visibility pop

#endif							/* CRMKPI_BGNBD_H */
