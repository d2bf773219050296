/*
 * maximise.h
 *		The maximum of a smooth function of few variables.
 */
#ifndef CRMKPI_MAXIMISE_H
#define CRMKPI_MAXIMISE_H

#include "crmkpi.h"

#pragma GCC visibility push(hidden)

#define MAXIMISE_VARIABLES	4	/* at most */

/* The value at a point; also fills the gradient there. */
typedef double (*MaximiseFunction) (const double *at, double *gradient, const void *data);

typedef struct Maximum
{
	double		at[MAXIMISE_VARIABLES];
	double		value;
	bool		converged;		/* a true maximum; else just the best point that was seen */
	int			start;			/* number of the start from which it was found */
} Maximum;

extern Maximum crmkpi_maximise(MaximiseFunction function, const void *data, int variables, const double *start);
extern Maximum crmkpi_maximise_from(MaximiseFunction function, const void *data, int variables,
									const double (*starts)[MAXIMISE_VARIABLES], int count);

#pragma GCC visibility pop

#endif							/* CRMKPI_MAXIMISE_H */
