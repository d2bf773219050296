/*
 * bgnbd_likelihood.c
 *		The likelihood of the BG/NBD model, and whether a customer is alive.
 *
 * P. S. Fader, B. G. S. Hardie, K. L. Lee, "Counting Your Customers the Easy
 * Way: An Alternative to the Pareto/NBD Model", Marketing Science 24 (2), 2005.
 *
 * While alive, a customer buys at random at a rate lambda; after each purchase
 * but the first he or she is gone with the probability p.  The rate is gamma
 * distributed among customers with shape r and rate alpha, p is beta
 * distributed with a and b.  For x repeat purchases, the last at t, seen until
 * T, the likelihood is (the paper's formula 6, with x = 0 having the first
 * term only)
 *
 *		B(a, b + x) / B(a, b) * Gamma(r + x) / Gamma(r) * alpha^r
 *			* ((alpha + T)^-(r + x) + a / (b + x - 1) * (alpha + t)^-(r + x))
 *
 * Its logarithm is computed here as
 *
 *		sum over i < x of log(r + i) - log1p(a / (b + i))
 *		- r log1p(T / alpha) - x log(alpha + T) + log1p(exp(e)),
 *		e = log(a / (b + x - 1)) + (r + x) log1p((T - t) / (alpha + t))
 *
 * without differences of large numbers, however large the parameters are.  e
 * is the logarithm of the odds that the customer is gone.
 *
 * The sums depend on x only.  Customers are in order of x, so that each sum
 * goes on from the one before; a long step is done by Stirling's formula
 * (gamma_math.c).  The variables are the logarithms of the four parameters.
 */
#include "crmkpi.h"

#include <math.h>

#include "bgnbd.h"
#include "gamma_math.h"
#include "miscadmin.h"

/* sums of more terms are not added one by one */
#define LONG_SUM			100

/* Sums over i < x, for the parameters given. */
typedef struct RisingSums
{
	double		x;				/* up to which they go so far */
	double		log_r;			/* log(r + i) */
	double		by_r;			/* 1 / (r + i) */
	double		log_stay;		/* -log1p(a / (b + i)) */
	double		by_a;			/* 1 / (a + b + i) */
	double		by_b;			/* 1 / (b + i) - 1 / (a + b + i) */
} RisingSums;

static void
rising_sums_go_on(RisingSums *sums, double to_x, double r, double a, double b)
{
	double		from_r = r + sums->x;
	double		from_b = b + sums->x;
	double		terms = to_x - sums->x;

	if (terms > LONG_SUM)
	{
		sums->log_r += crmkpi_lgamma_delta(from_r, terms);
		sums->by_r += crmkpi_digamma_delta(from_r, terms);
		sums->log_stay -= crmkpi_lgamma_delta(from_b + terms, a) - crmkpi_lgamma_delta(from_b, a);
		sums->by_a += crmkpi_digamma_delta(a + from_b, terms);
		sums->by_b += crmkpi_digamma_delta(from_b, a) - crmkpi_digamma_delta(from_b + terms, a);
	}
	else
	{
		for (double i = 0; i < terms; i++)
		{
			sums->log_r += log(from_r + i);
			sums->by_r += 1.0 / (from_r + i);
			sums->log_stay -= log1p(a / (from_b + i));
			sums->by_a += 1.0 / (a + from_b + i);
			sums->by_b += a / (from_b + i) / (a + from_b + i);
		}
	}
	sums->x = to_x;
}

/* log of a / (b + x - 1), the odds to be gone right after the last of x purchases; x > 0 */
static inline double
log_odds_at_once(double a, double b, double x)
{
	return log(a / (b + (x - 1.0)));
}

/*
 * Log-likelihood of a packed list of customers, and its derivatives; all by
 * the logarithms of the parameters.
 */
double
bgnbd_log_likelihood(const double *at, double *gradient, const void *list)
{
	const CustomerList *customers = list;
	double		r = exp(at[BGNBD_R]);
	double		alpha = exp(at[BGNBD_ALPHA]);
	double		a = exp(at[BGNBD_A]);
	double		b = exp(at[BGNBD_B]);
	RisingSums	sums = {0};
	double		value = 0.0;

	memset(gradient, 0, sizeof(double) * BGNBD_PARAMETERS);
	for (uint32 i = 0; i < customers->used;)
	{
		/* those of one frequency */
		int64		frequency = customers->entries[i].frequency;
		double		x = (double) frequency;
		double		odds_at_once = frequency > 0 ? log_odds_at_once(a, b, x) : 0.0;
		double		count = 0.0;
		double		gone = 0.0;
		double		block_value = 0.0;
		double		block_r = 0.0;
		double		block_alpha = 0.0;

		CHECK_FOR_INTERRUPTS();
		rising_sums_go_on(&sums, x, r, a, b);
		for (; i < customers->used && customers->entries[i].frequency == frequency; i++)
		{
			const CustomerEntry *entry = &customers->entries[i];
			double		weight = (double) entry->count;
			double		recency = entry->values[0];
			double		age = entry->values[1];
			double		growth = log1p(age / alpha);
			double		log_density = -(r + x) * growth;
			double		by_r = -growth;
			double		by_alpha = (r * age - x * alpha) / (alpha + age);

			if (frequency > 0)
			{
				double		since = log1p((age - recency) / (alpha + recency));
				double		log_odds = odds_at_once + (r + x) * since;
				double		shrunk = exp(-fabs(log_odds));
				double		p_gone = (log_odds > 0.0 ? 1.0 : shrunk) / (1.0 + shrunk);

				log_density += Max(log_odds, 0.0) + log1p(shrunk);
				by_r += p_gone * since;
				by_alpha -= p_gone * (r + x) * (alpha / (alpha + age)) * ((age - recency) / (alpha + recency));
				gone += weight * p_gone;
			}
			count += weight;
			block_value += weight * log_density;
			block_r += weight * by_r;
			block_alpha += weight * by_alpha;
		}
		/* (r + x) log(alpha + T) = (r + x) growth + (r + x) log(alpha), of which alpha^r takes r */
		value += block_value + count * (sums.log_r + sums.log_stay - x * at[BGNBD_ALPHA]);
		gradient[BGNBD_R] += r * (block_r + count * sums.by_r);
		gradient[BGNBD_ALPHA] += block_alpha;
		gradient[BGNBD_A] += gone - count * a * sums.by_a;
		gradient[BGNBD_B] += b * (count * sums.by_b - (frequency > 0 ? gone / (b + (x - 1.0)) : 0.0));
	}
	return value;
}

/* Probability that a customer is alive; 1 after no repeat purchase. */
double
bgnbd_p_alive(const double *parameters, const BgnbdCustomer *customer)
{
	double		alpha = parameters[BGNBD_ALPHA];
	double		log_odds;

	if (customer->x == 0.0)
		return 1.0;
	log_odds = log_odds_at_once(parameters[BGNBD_A], parameters[BGNBD_B], customer->x) +
		(parameters[BGNBD_R] + customer->x) * log1p((customer->age - customer->recency) / (alpha + customer->recency));
	return 1.0 / (1.0 + exp(log_odds));
}
