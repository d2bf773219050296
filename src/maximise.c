/*
 * maximise.c
 *		The maximum of a smooth function of few variables, by Newton's method.
 *
 * The caller gives the gradient; second derivatives are its differences.  A
 * step solves
 *
 *		(damping I - second derivatives) step = gradient
 *
 * by Cholesky's decomposition.  Damping is 0 where that matrix is positive
 * definite and the step improves the value; otherwise it is raised until both
 * hold, which turns the step into a short one along the gradient (K.
 * Levenberg 1944; J. Nocedal and S. J. Wright, "Numerical Optimization",
 * chapter 3).
 *
 * The variables are logarithms of parameters, so that a step of 1e-6 is a
 * relative change of 1e-6.  It has converged when an undamped step is as
 * short as that: the distance to the maximum, not only the slope, is small.
 * Where the function goes on rising to a limit while a parameter runs off to
 * 0 or infinity, the slope vanishes too, but so does the curvature: Newton's
 * step stays near 1 and never becomes short.  So that is told from a maximum.
 */
#include "crmkpi.h"

#include <math.h>

#include "maximise.h"
#include "miscadmin.h"

#define TOLERANCE			1e-6	/* longest step that counts as arrived */
#define LONGEST_STEP		2.0
#define FARTHEST			14.0	/* from the start: a factor of a million in a parameter */
#define DIFFERENCE			1e-4	/* for second derivatives */
#define ROUNDING			1e-13	/* relative changes of the value below it mean nothing */
#define SMALLEST_PIVOT		1e-10	/* relative to the largest curvature: below it is rounding */
#define MOST_STEPS			200

typedef double Vector[MAXIMISE_VARIABLES];
typedef Vector Matrix[MAXIMISE_VARIABLES];

/* Minus the second derivatives at a point whose gradient is known. */
static void
curvature_at(MaximiseFunction function, const void *data, int n, const Vector at, const Vector gradient,
			 Matrix curvature)
{
	for (int i = 0; i < n; i++)
	{
		Vector		beside;
		Vector		other;

		memcpy(beside, at, sizeof(Vector));
		beside[i] += DIFFERENCE;
		function(beside, other, data);
		for (int j = 0; j < n; j++)
			curvature[i][j] = (gradient[j] - other[j]) / DIFFERENCE;
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j < i; j++)
			curvature[i][j] = curvature[j][i] = (curvature[i][j] + curvature[j][i]) / 2.0;
}

static double
largest_of_diagonal(int n, const Matrix matrix)
{
	double		largest = 0.0;

	for (int i = 0; i < n; i++)
		largest = Max(largest, fabs(matrix[i][i]));
	return largest;
}

/* Solves (matrix + damping I) x = right; false unless it is positive definite. */
static bool
solve(int n, const Matrix matrix, double damping, const Vector right, Vector x)
{
	double		smallest_pivot = SMALLEST_PIVOT * largest_of_diagonal(n, matrix);
	Matrix		root;			/* lower triangle */

	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j <= i; j++)
		{
			double		sum = matrix[i][j] + (i == j ? damping : 0.0);

			for (int k = 0; k < j; k++)
				sum -= root[i][k] * root[j][k];
			if (i > j)
				root[i][j] = sum / root[j][j];
			else if (sum > smallest_pivot)	/* false for NaN, too */
				root[i][i] = sqrt(sum);
			else
				return false;
		}
	}
	for (int i = 0; i < n; i++)
	{
		double		sum = right[i];

		for (int k = 0; k < i; k++)
			sum -= root[i][k] * x[k];
		x[i] = sum / root[i][i];
	}
	for (int i = n - 1; i >= 0; i--)
	{
		double		sum = x[i];

		for (int k = i + 1; k < n; k++)
			sum -= root[k][i] * x[k];
		x[i] = sum / root[i][i];
	}
	return true;
}

static double
longest_of(int n, const Vector vector)
{
	double		longest = 0.0;

	for (int i = 0; i < n; i++)
		longest = Max(longest, fabs(vector[i]));
	return longest;
}

/* From one start. */
Maximum
crmkpi_maximise(MaximiseFunction function, const void *data, int variables, const double *start)
{
	int			n = variables;
	Maximum		best;
	Vector		gradient;

	memset(&best, 0, sizeof(best));
	memcpy(best.at, start, sizeof(double) * n);
	best.value = function(best.at, gradient, data);

	for (int steps = 0; steps < MOST_STEPS; steps++)
	{
		Matrix		curvature;
		Maximum		next = best;
		Vector		next_gradient;
		double		damping = 0.0;
		double		noise = ROUNDING * (1.0 + fabs(best.value));
		double		length;
		double		gain;

		curvature_at(function, data, n, best.at, gradient, curvature);
		for (;;)
		{
			Vector		step;

			CHECK_FOR_INTERRUPTS();
			if (solve(n, curvature, damping, gradient, step))
			{
				length = longest_of(n, step);
				next.converged = damping == 0.0 && length <= TOLERANCE;
				for (int i = 0; i < n; i++)
					next.at[i] = best.at[i] + (length > LONGEST_STEP ? step[i] / length * LONGEST_STEP : step[i]);
				next.value = function(next.at, next_gradient, data);
				gain = next.value - best.value;
				if (gain > (damping == 0.0 ? -noise : 0.0))
					break;
				if (length <= TOLERANCE)
					return best;
			}
			damping = damping == 0.0 ? Max(1e-3 * largest_of_diagonal(n, curvature), 1e-6) : damping * 8.0;
			if (!(damping < 1e300))
				return best;
		}

		best = next;
		memcpy(gradient, next_gradient, sizeof(Vector));
		if (best.converged || (gain < noise && (damping > 0.0 || length > 1.0)))
			return best;
		for (int i = 0; i < n; i++)
			if (fabs(best.at[i] - start[i]) > FARTHEST)
				return best;
	}
	return best;
}

/*
 * From several starts: the highest point.  It has not converged where some
 * other start has led higher without an end.
 */
Maximum
crmkpi_maximise_from(MaximiseFunction function, const void *data, int variables,
					 const double (*starts)[MAXIMISE_VARIABLES], int count)
{
	Maximum		best = crmkpi_maximise(function, data, variables, starts[0]);

	for (int i = 1; i < count; i++)
	{
		Maximum		other = crmkpi_maximise(function, data, variables, starts[i]);
		double		more = other.value - best.value;
		double		equal = 1e-10 * (1.0 + fabs(best.value));

		/* a maximum is worth more than a point on the way to it */
		if (more > equal || (more > -equal && other.converged && !best.converged))
		{
			best = other;
			best.start = i;
		}
	}
	return best;
}
