/*
 * gamma_math.h
 *		Differences of the logarithm of the gamma function and of its
 *		derivative, as the likelihoods of the models of purchases need them.
 */
#ifndef CRMKPI_GAMMA_MATH_H
#define CRMKPI_GAMMA_MATH_H

#include "crmkpi.h"

#pragma GCC visibility push(hidden)

extern double crmkpi_lgamma_delta(double z, double delta);
extern double crmkpi_digamma_delta(double z, double delta);
extern double crmkpi_log_beta(double p, double q);

#pragma GCC visibility pop

#endif							/* CRMKPI_GAMMA_MATH_H */
