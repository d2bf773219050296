/*
 * gamma_math.c
 *		Differences of log Gamma and of its derivative, psi.
 *
 * log Gamma(z + d) - log Gamma(z) taken as it is written loses all digits
 * where z is large beside d, and libm has no psi.  Both differences are
 * computed from Stirling's series (Abramowitz and Stegun 6.1.41, 6.3.18)
 *
 *		log Gamma(z) = (z - 1/2) log z - z + log(2 pi) / 2 + c(z)
 *		psi(z) = log z - 1 / (2 z) + e(z)
 *
 * in which the large parts are subtracted by hand and leave a log1p().  Below
 * 10, where the series is not good enough, z is moved up by the recurrences
 * Gamma(z + 1) = z Gamma(z) and psi(z + 1) = psi(z) + 1 / z.  All arguments
 * are positive; the relative error is some 1e-14.
 */
#include "crmkpi.h"

#include <math.h>

#include "gamma_math.h"

/* from here on the series below are exact to 1e-15 */
#define STIRLING_FROM		10.0

/* c(z) */
static double
lgamma_rest(double z)
{
	double		u = 1.0 / (z * z);

	return (1.0 / 12 - u * (1.0 / 360 - u * (1.0 / 1260 - u * (1.0 / 1680 - u * (1.0 / 1188 -
			u * (691.0 / 360360)))))) / z;
}

/* e(z) */
static double
digamma_rest(double z)
{
	double		u = 1.0 / (z * z);

	return -u * (1.0 / 12 - u * (1.0 / 120 - u * (1.0 / 252 - u * (1.0 / 240 - u * (1.0 / 132 -
			u * (691.0 / 32760))))));
}

/* log Gamma(z + delta) - log Gamma(z) */
double
crmkpi_lgamma_delta(double z, double delta)
{
	double		moved = 0.0;

	for (; z < STIRLING_FROM; z += 1.0)
		moved += log1p(delta / z);
	return (z - 0.5) * log1p(delta / z) + delta * (log(z + delta) - 1.0) +
		lgamma_rest(z + delta) - lgamma_rest(z) - moved;
}

/* psi(z + delta) - psi(z) */
double
crmkpi_digamma_delta(double z, double delta)
{
	double		moved = 0.0;

	for (; z < STIRLING_FROM; z += 1.0)
		moved += delta / z / (z + delta);
	return log1p(delta / z) + delta / z / (z + delta) / 2.0 +
		digamma_rest(z + delta) - digamma_rest(z) + moved;
}

/* log of Gamma(p) Gamma(q) / Gamma(p + q) */
double
crmkpi_log_beta(double p, double q)
{
	double		small = Min(p, q);
	double		large = Max(p, q);

	if (small < STIRLING_FROM)
	{
		/* not lgamma(), which writes to a global variable */
		int			sign;

		return lgamma_r(small, &sign) - crmkpi_lgamma_delta(large, small);
	}
	return (log(2.0 * M_PI) - log(small + large)) / 2.0 -
		(small - 0.5) * log1p(large / small) - (large - 0.5) * log1p(small / large) +
		lgamma_rest(small) + lgamma_rest(large) - lgamma_rest(small + large);
}
