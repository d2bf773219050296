/*
 * bgnbd_future.c
 *		Purchases to be expected of a customer under the BG/NBD model.
 *
 * The paper (bgnbd_likelihood.c) gives them by the hypergeometric function
 * 2F1, in a difference that cancels where a is near 1, and with a series that
 * hardly converges for horizons that are long against the age.  Two other
 * forms of the same number have positive terms only.
 *
 * Given that a customer is alive at T, the purchase rate is gamma distributed
 * with shape s = r + x and rate alpha + T, and the dropout probability p is
 * beta distributed with a and B = b + x.  With z = horizon / (alpha + T), the
 * expected number of purchases is the mean over p of
 *
 *		phi(p) = (1 - (1 + p z)^-s) / p								(1)
 *
 * since purchases come at a rate of lambda exp(-lambda p t).  On the other
 * hand, a customer who never drops out would make K purchases, K negative
 * binomial, and of the first K purchases the j-th (j = 0, 1, ...) is made by
 * those who have survived j:
 *
 *		sum over k of P(K = k) * sum over j < k of (B)_j / (a + B)_j		(2)
 *		P(K = k) = (s)_k / k! * w^k * (1 - w)^s,	w = z / (1 + z)
 *
 * (2) is fast while a few thousand terms do.  Else the mean (1) is computed
 * by the trapezoid rule in y = log(p / (1 - p)), which converges
 * exponentially; both tails of the sum are geometric series.
 */
#include "crmkpi.h"

#include <math.h>

#include "bgnbd.h"
#include "miscadmin.h"

#define MOST_TERMS			3000.0	/* of the series */
#define MOST_EXPONENT		600.0	/* so that (1 - w)^s is not 0 */
#define EPSILON				1e-14
#define LANES				4
#define VECTORS				8
#define CHUNK				(VECTORS * LANES)	/* horizons computed at once */
#define TERMS_AT_ONCE		8	/* before it is looked whether they still count */

/* The posterior distributions of one customer who is alive. */
typedef struct Posterior
{
	double		s;
	double		a;
	double		b;				/* B */
} Posterior;

/* Some numbers with which the processor computes at once. */
typedef double Lanes __attribute__((vector_size(LANES * sizeof(double))));

/* Terms of (2) up to where they no longer count. */
static double
terms_needed(const Posterior *post, double z)
{
	double		mean = post->s * z;

	return mean + 8.0 * sqrt(mean * (1.0 + z)) + 35.0 * (1.0 + z);
}

/*
 * Weighted sum of (2) over horizons.  A horizon is left out as soon as its
 * later terms no longer count, the shortest first.
 */
static double
by_series(const Posterior *post, const double *z, const double *weights, int count)
{
	Lanes		p[VECTORS] = {{0}}; /* P(K = k), times the weight */
	Lanes		w[VECTORS] = {{0}};
	Lanes		sums[VECTORS] = {{0}};
	int			vectors = (count + LANES - 1) / LANES;
	double		survivors = 1.0;	/* (B)_k / (a + B)_k */
	double		made = 0.0;		/* sum of them over j < k */
	double		k = 0.0;
	double		sum = 0.0;
	int			first = 0;		/* those before it are done */

	for (int i = 0; i < count; i++)
	{
		w[i / LANES][i % LANES] = z[i] / (1.0 + z[i]);
		p[i / LANES][i % LANES] = weights[i] * exp(-post->s * log1p(z[i]));
	}
	while (first < count)
	{
		double		growth;

		for (int n = 0; n < TERMS_AT_ONCE; n++)
		{
			double		step = (post->s + k) / (k + 1.0);

			made += survivors;
			survivors *= (post->b + k) / (post->a + post->b + k);
			k++;
			for (int i = first / LANES; i < vectors; i++)
			{
				p[i] *= step * w[i];
				sums[i] += p[i] * made;
			}
		}

		/* no later term is more than w times this one times "growth", since "made" grows by ever less */
		growth = Max(1.0, (post->s + k) / (k + 1.0)) * (1.0 + 1.0 / k);
		for (; first < count; first++)
		{
			int			i = first / LANES;
			int			j = first % LANES;
			double		ratio = w[i][j] * growth;

			if (!(ratio < 1.0 && p[i][j] * made * ratio <= EPSILON * (1.0 - ratio) * sums[i][j]))
				break;
		}
	}
	for (int i = 0; i < count; i++)
		sum += sums[i / LANES][i % LANES];
	return sum;
}

/* Weighted sum of phi(p) over horizons. */
static double
phi(const Posterior *post, double p, const double *z, const double *weights, int count)
{
	double		sum = 0.0;

	for (int i = 0; i < count; i++)
		sum -= weights[i] * expm1(-post->s * log1p(p * z[i]));
	return sum / p;
}

/* Logarithm of p^a (1 - p)^B, the density in y but for a constant. */
static inline double
log_density(const Posterior *post, double y)
{
	return (y < 0.0 ? post->a * y : -post->b * y) - (post->a + post->b) * log1p(exp(-fabs(y)));
}

/* Weighted sum of (1) over horizons. */
static double
by_integral(const Posterior *post, const double *z, const double *weights, int count)
{
	double		narrowness = post->a / (post->a + post->b) * post->b;
	double		mode = log(post->a / post->b);
	double		top = log_density(post, mode);
	double		step = Min(0.25, 0.6 / sqrt(narrowness));
	double		longest = 0.0;
	double		limit = 0.0;	/* of phi as p goes to 0 */
	double		begin;
	double		end;
	double		mass = 0.0;
	double		sum = 0.0;

	/* p is known to 6 digits, and its mean phi() to 12 */
	if (narrowness > 1e12)
		return phi(post, post->a / (post->a + post->b), z, weights, count);

	for (int i = 0; i < count; i++)
	{
		longest = Max(longest, z[i]);
		limit += weights[i] * post->s * z[i];
	}
	/* beyond these the density falls exactly exponentially, and phi is constant */
	begin = log(EPSILON) - log(1.0 + post->a + post->b + (1.0 + post->s) * longest);
	end = log(1.0 + post->a + post->b + post->s) - log(EPSILON);

	for (double k = 0.0;; k++)
	{
		double		y = mode + k * step;
		double		density = exp(log_density(post, y) - top);
		double		value = phi(post, 1.0 / (1.0 + exp(-y)), z, weights, count);

		CHECK_FOR_INTERRUPTS();
		/* with the tail: density * (1 + q + q^2 + ...) */
		if (y > end)
			density /= -expm1(-post->b * step);
		mass += density;
		sum += density * value;
		if (y > end || density * value <= 1e-30 * sum)
			break;
	}
	for (double k = 1.0;; k++)
	{
		double		y = mode - k * step;
		double		density = exp(log_density(post, y) - top);

		CHECK_FOR_INTERRUPTS();
		if (y < begin)
			density /= -expm1(-post->a * step);
		mass += density;
		sum += density * (y < begin ? limit : phi(post, 1.0 / (1.0 + exp(-y)), z, weights, count));
		if (y < begin || density * limit <= 1e-30 * sum)
			break;
	}
	return sum / mass;
}

/*
 * Weighted sum of the numbers of purchases to be expected within horizons,
 * which are positive and best in ascending order, of a customer of whom it is
 * known that he or she is alive; so it is to be multiplied by bgnbd_p_alive().
 */
double
bgnbd_future(const double *parameters, const BgnbdCustomer *customer, const double *horizons,
			 const double *weights, int count)
{
	Posterior	post;
	double		rate = parameters[BGNBD_ALPHA] + customer->age;
	double		sum = 0.0;

	post.s = parameters[BGNBD_R] + customer->x;
	post.a = parameters[BGNBD_A];
	post.b = parameters[BGNBD_B] + customer->x;
	for (int from = 0; from < count; from += CHUNK)
	{
		int			some = Min(CHUNK, count - from);
		double		z[CHUNK];
		double		longest = 0.0;

		for (int i = 0; i < some; i++)
		{
			z[i] = horizons[from + i] / rate;
			longest = Max(longest, z[i]);
		}
		if (terms_needed(&post, longest) <= MOST_TERMS && post.s * log1p(longest) <= MOST_EXPONENT)
			sum += by_series(&post, z, weights + from, some);
		else
			sum += by_integral(&post, z, weights + from, some);
	}
	return sum;
}
