/*
 * series_ets.c
 *		Exponential smoothing in state space form, and its fit.
 *
 * R. Hyndman, A. Koehler, K. Ord and R. Snyder, "Forecasting with Exponential
 * Smoothing", 2008.  In each step a value y is expected from a level l, a
 * slope b and the seasonal s of a season ago, and the error corrects them:
 *
 *					additive				multiplicative
 *		trend		q = l + phi b			q = l + phi b
 *		expected	m = q + s				m = q s
 *		error		e = y - m				e = (y - m) / m
 *		level		l = q + alpha e			l = q (1 + alpha e)
 *		slope		b = phi b + beta e		b = phi b + beta q e
 *		seasonal	s = s + gamma e			s = s (1 + gamma e)
 *
 * with phi = 1 where the trend is not damped, and b, or s, left out where a
 * model has none.  In a gap the error is taken as zero.
 *
 * The likelihood is largest where the sum of the squares of r is smallest, r
 * being e in an additive model, and e times the geometric mean of all m in a
 * multiplicative one (its log-likelihood is n log(sum of e^2) + 2 sum of
 * log m, but for a factor).  So it is a problem of least squares, for the
 * smoothing parameters and the first states together.  Levenberg's and
 * Marquardt's method solves it in a few steps, because the derivatives of r
 * are exact: those of the states are carried along with the states.
 */
#include "crmkpi.h"

#include <math.h>

#include "miscadmin.h"
#include "series.h"

/*
 * Two columns at a time, in the vector registers that every 64-bit processor
 * has; the order of the sums is the same without them.
 */
typedef double Pair __attribute__((vector_size(2 * sizeof(double)), aligned(sizeof(double)), may_alias));

/* smoothing parameters and slope, with the first season; even */
#define MAX_FREE		32
/* rows that are added to the normal equations together */
#define ROWS			4
#define FREE_NOTHING	(-1)

/* The bounds that R's forecast package has, too. */
#define SHARE_LOW		0.0001
#define SHARE_HIGH		0.9999
#define PHI_LOW			0.8
#define PHI_HIGH		0.98

/* At this mean square of r, in units of the largest value, the model is exact but for rounding. */
#define EXACT_SQUARE	1e-24

#define MAX_STEPS		60

/* A step may gain so many times what it promises; more is not hoped for. */
#define HOPE			3.0

/* The normal equations of least squares; a row is the derivatives of one error. */
typedef struct Normal
{
	double		gradient[MAX_FREE];	/* sum of error x row */
	double		log_expected[MAX_FREE];	/* sum of the derivatives of log m: - row / (1 + error) */
	double		matrix[MAX_FREE][MAX_FREE]; /* sum of row x row, lower triangle */

	/* rows that are not in it yet */
	int			waiting;
	double		rows[ROWS][MAX_FREE];
	double		errors[ROWS];
	double		weights[ROWS];	/* - 1 / (1 + error) */
} Normal;

struct EtsWork
{
	int			count;			/* of columns */
	int			column[ETS_SEASON + 1]; /* of each kind of parameter; FREE_NOTHING */
	int			parameter[MAX_FREE];	/* of each column */
	Normal		normals[2];		/* at the best point, and at the one being tried */

	double		root[MAX_FREE][MAX_FREE];	/* of the normal equations */

	/* derivatives of the states */
	double		level[MAX_FREE];
	double		slope[MAX_FREE];
	double		seasonal[ETS_FITTED_SEASON][MAX_FREE];
};

EtsWork *
ets_work_create(void)
{
	return palloc(sizeof(EtsWork));
}

double
ets_beta(const EtsFit *fit)
{
	return fit->model.trend == ETS_LEVEL_ONLY ? 0.0 : fit->start[ETS_ALPHA] * fit->start[ETS_BETA_SHARE];
}

double
ets_gamma(const EtsFit *fit)
{
	return fit->model.season == 1 ? 0.0 : (1.0 - fit->start[ETS_ALPHA]) * fit->start[ETS_GAMMA_SHARE];
}

/*
 * Chooses the columns.  Level and season hold one number too many between
 * them: where the season is fitted, the level before the first step stays.
 */
static void
set_columns(EtsWork *work, const EtsModel *model)
{
	bool		fit_season = model->season > 1 && model->season <= ETS_FITTED_SEASON;
	bool		is_free[ETS_SEASON + 1] = {
		[ETS_ALPHA] = true,
		[ETS_BETA_SHARE] = model->trend != ETS_LEVEL_ONLY,
		[ETS_PHI] = model->trend == ETS_DAMPED,
		[ETS_GAMMA_SHARE] = model->season > 1,
		[ETS_LEVEL] = !fit_season,
		[ETS_SLOPE] = model->trend != ETS_LEVEL_ONLY,
		[ETS_SEASON] = fit_season
	};

	work->count = 0;
	for (int p = ETS_ALPHA; p <= ETS_SEASON; p++)
	{
		int			times = p == ETS_SEASON ? model->season : 1;

		work->column[p] = is_free[p] ? work->count : FREE_NOTHING;
		for (int i = 0; is_free[p] && i < times; i++)
			work->parameter[work->count++] = p + i;
	}
}

/* The derivatives of the first states: each state is a parameter of its own. */
static void
start_derivatives(EtsWork *work, const EtsModel *model)
{
	memset(work->level, 0, sizeof(work->level));
	memset(work->slope, 0, sizeof(work->slope));
	memset(work->seasonal, 0, sizeof(work->seasonal[0]) * Min(model->season, ETS_FITTED_SEASON));
	if (work->column[ETS_LEVEL] != FREE_NOTHING)
		work->level[work->column[ETS_LEVEL]] = 1.0;
	if (work->column[ETS_SLOPE] != FREE_NOTHING)
		work->slope[work->column[ETS_SLOPE]] = 1.0;
	if (work->column[ETS_SEASON] != FREE_NOTHING)
		for (int i = 0; i < model->season; i++)
			work->seasonal[i][work->column[ETS_SEASON] + i] = 1.0;
}

/* What the derivatives of a step depend on, besides those of the step before. */
typedef struct StepFactors
{
	double		error_by_trend; /* - d error / d q */
	double		error_by_season;	/* - d error / d s */
	double		level_by_trend;
	double		level_by_error;
	double		slope_by_trend;
	double		slope_by_error;
	double		season_by_season;
	double		season_by_error;
} StepFactors;

/*
 * Carries the derivatives over one step; those of the error come out.  An odd
 * column is paired with one that is zero, and stays so.
 */
static inline void
carry_derivatives(int count, const StepFactors *f, double phi, double *level_row, double *slope_row,
				  double *seasonal_row, double *error_row)
{
	StepFactors factors = *f;	/* in registers */
	Pair	   *level = (Pair *) level_row;
	Pair	   *slope = (Pair *) slope_row;
	Pair	   *seasonal = (Pair *) seasonal_row;

	for (int j = 0; j * 2 < count; j++)
	{
		Pair		drift = phi * slope[j];
		Pair		trend = level[j] + drift;
		Pair		error = -(factors.error_by_trend * trend + factors.error_by_season * seasonal[j]);

		((Pair *) error_row)[j] = error;
		level[j] = factors.level_by_trend * trend + factors.level_by_error * error;
		slope[j] = drift + factors.slope_by_trend * trend + factors.slope_by_error * error;
		seasonal[j] = factors.season_by_season * seasonal[j] + factors.season_by_error * error;
	}
}

/* weights of four rows, one of each */
static inline Pair
weighted(const double *weights, const Normal *normal, int pair)
{
	return weights[0] * ((Pair *) normal->rows[0])[pair] + weights[1] * ((Pair *) normal->rows[1])[pair] +
		weights[2] * ((Pair *) normal->rows[2])[pair] + weights[3] * ((Pair *) normal->rows[3])[pair];
}

/* Adds the waiting rows to the normal equations; of the upper triangle what is in the same pair. */
static void
add_rows(Normal *normal, int count)
{
	for (int i = normal->waiting; i < ROWS; i++)
	{
		memset(normal->rows[i], 0, sizeof(normal->rows[i]));
		normal->errors[i] = normal->weights[i] = 0.0;
	}
	normal->waiting = 0;
	for (int j = 0; j * 2 < count; j++)
	{
		((Pair *) normal->gradient)[j] += weighted(normal->errors, normal, j);
		((Pair *) normal->log_expected)[j] += weighted(normal->weights, normal, j);
	}
	for (int i = 0; i < count; i++)
	{
		double		column[ROWS] = {normal->rows[0][i], normal->rows[1][i], normal->rows[2][i], normal->rows[3][i]};
		Pair	   *line = (Pair *) normal->matrix[i];

		for (int j = 0; j * 2 <= i; j++)
			line[j] += weighted(column, normal, j);
	}
}

/*
 * Passes over the series: finds the errors and the last states, and, with
 * work, the normal equations.  Returns false where the model has no meaning:
 * a multiplicative one whose expected values are not positive.
 */
static bool
ets_pass(EtsFit *fit, const Series *series, EtsWork *work, Normal *normal)
{
	const double *start = fit->start;
	bool		multiplicative = fit->model.multiplicative;
	int			season = fit->model.season;
	double		alpha = start[ETS_ALPHA];
	double		beta = ets_beta(fit);
	double		gamma = ets_gamma(fit);
	double		phi = start[ETS_PHI];
	double		level = start[ETS_LEVEL];
	double		slope = start[ETS_SLOPE];
	double		log_expected = 0.0;
	double		product = 1.0;	/* of expected values whose logarithm is not taken yet */
	double		squares = 0.0;
	int			count = work ? work->count : 0;
	int			slot = 0;
	double		no_season[MAX_FREE] = {0};

	memcpy(fit->seasonal, start + ETS_SEASON, season * sizeof(double));
	if (work)
	{
		memset(normal->gradient, 0, sizeof(normal->gradient));
		memset(normal->matrix, 0, sizeof(normal->matrix[0]) * count);
		normal->waiting = 0;
		memset(normal->log_expected, 0, sizeof(normal->log_expected));
		start_derivatives(work, &fit->model);
	}

	for (int t = 0; t < series->length; t++)
	{
		double		y = series->values[t];
		double		drift = phi * slope;
		double		trend = level + drift;
		double		s = fit->seasonal[slot];
		double		expected = multiplicative ? trend * s : trend + s;
		double		unit = multiplicative ? trend : 1.0;	/* of the error, in the level */
		double		season_unit = multiplicative ? s : 1.0;
		double		error;
		StepFactors f = {.level_by_trend = 1.0,.season_by_season = 1.0};

		if (multiplicative && !(trend > 0.0 && s > 0.0))
			return false;
		if (isnan(y))
			error = 0.0;
		else if (multiplicative)
		{
			error = y / expected - 1.0;
			f.error_by_trend = (1.0 + error) / trend;
			f.error_by_season = (1.0 + error) / s;
			product *= expected;
			if (product < 1e-100 || product > 1e100)
			{
				log_expected += log(product);
				product = 1.0;
			}
		}
		else
		{
			error = y - expected;
			f.error_by_trend = 1.0;
			f.error_by_season = 1.0;
		}
		squares += error * error;

		if (work)
		{
			double	   *seasonal = season <= ETS_FITTED_SEASON ? work->seasonal[slot] : no_season;
			double	   *error_row;

			if (multiplicative)
			{
				f.level_by_trend = 1.0 + alpha * error;
				f.slope_by_trend = beta * error;
				f.season_by_season = 1.0 + gamma * error;
			}
			f.level_by_error = alpha * unit;
			f.slope_by_error = beta * unit;
			f.season_by_error = gamma * season_unit;
			if (work->column[ETS_PHI] != FREE_NOTHING)
				work->slope[work->column[ETS_PHI]] += slope / phi;
			error_row = normal->rows[normal->waiting];
			carry_derivatives(count, &f, phi, work->level, work->slope, seasonal, error_row);

			/* the smoothing parameters themselves */
			work->level[work->column[ETS_ALPHA]] += unit * error;
			if (work->column[ETS_BETA_SHARE] != FREE_NOTHING)
			{
				work->slope[work->column[ETS_ALPHA]] += start[ETS_BETA_SHARE] * unit * error;
				work->slope[work->column[ETS_BETA_SHARE]] += alpha * unit * error;
			}
			if (work->column[ETS_GAMMA_SHARE] != FREE_NOTHING)
			{
				seasonal[work->column[ETS_ALPHA]] -= start[ETS_GAMMA_SHARE] * season_unit * error;
				seasonal[work->column[ETS_GAMMA_SHARE]] += (1.0 - alpha) * season_unit * error;
			}

			if (!isnan(y))
			{
				normal->errors[normal->waiting] = error;
				normal->weights[normal->waiting] = multiplicative ? -1.0 / (1.0 + error) : 0.0;
				if (++normal->waiting == ROWS)
					add_rows(normal, count);
			}
		}

		level = trend + alpha * unit * error;
		slope = drift + beta * unit * error;
		fit->seasonal[slot] = s + gamma * season_unit * error;
		if (++slot == season)
			slot = 0;
		if ((t & 0xfff) == 0xfff)
			CHECK_FOR_INTERRUPTS();
	}

	if (work && normal->waiting > 0)
		add_rows(normal, count);
	fit->level = level;
	fit->slope = slope;
	fit->error_squares = squares;
	fit->objective = squares;
	if (multiplicative)
	{
		/* r = e times the geometric mean of m: all of it but that constant factor */
		log_expected += log(product);
		fit->objective *= exp(2.0 / series->observed * log_expected);
		for (int i = 0; i < count; i++)
			normal->log_expected[i] /= series->observed;
		for (int i = 0; i < count; i++)
			for (int j = 0; j <= i; j++)
				normal->matrix[i][j] += normal->log_expected[i] * normal->gradient[j] +
					normal->gradient[i] * normal->log_expected[j] +
					squares * normal->log_expected[i] * normal->log_expected[j];
		for (int i = 0; i < count; i++)
			normal->gradient[i] += squares * normal->log_expected[i];
	}
	return isfinite(fit->objective);
}

/* The errors and last states of the parameters as they are. */
bool
ets_evaluate(EtsFit *fit, const Series *series)
{
	return ets_pass(fit, series, NULL, NULL);
}

/* Whether a parameter stays where it is: at a bound, with the minimum beyond. */
static bool
is_held(int parameter, double value, double gradient)
{
	switch (parameter)
	{
		case ETS_ALPHA:
		case ETS_BETA_SHARE:
		case ETS_GAMMA_SHARE:
			return (value <= SHARE_LOW && gradient > 0.0) || (value >= SHARE_HIGH && gradient < 0.0);
		case ETS_PHI:
			return (value <= PHI_LOW && gradient > 0.0) || (value >= PHI_HIGH && gradient < 0.0);
		default:
			return false;
	}
}

static double
bounded(int parameter, double value)
{
	switch (parameter)
	{
		case ETS_ALPHA:
		case ETS_BETA_SHARE:
		case ETS_GAMMA_SHARE:
			return Min(Max(value, SHARE_LOW), SHARE_HIGH);
		case ETS_PHI:
			return Min(Max(value, PHI_LOW), PHI_HIGH);
		default:
			return value;
	}
}

/*
 * The Cholesky root of matrix + damping x its diagonal.  A parameter that is
 * held, or that nothing depends on, is left out: its diagonal is zero.  Returns
 * false where the matrix is not positive definite.
 */
static bool
find_root(EtsWork *work, const EtsFit *fit, const Normal *normal, double damping)
{
	for (int i = 0; i < work->count; i++)
	{
		double	   *row = work->root[i];
		double		rest = normal->matrix[i][i] * (1.0 + damping);
		bool		left_out = normal->matrix[i][i] <= 0.0 ||
			is_held(work->parameter[i], fit->start[work->parameter[i]], normal->gradient[i]);

		for (int j = 0; j < i; j++)
		{
			row[j] = 0.0;
			if (left_out || work->root[j][j] == 0.0)
				continue;
			row[j] = normal->matrix[i][j];
			for (int k = 0; k < j; k++)
				row[j] -= row[k] * work->root[j][k];
			row[j] /= work->root[j][j];
			rest -= row[j] * row[j];
		}
		if (!left_out && !(rest > 0.0))
			return false;
		row[i] = left_out ? 0.0 : sqrt(rest);
	}
	return true;
}

/* Solves root x solution = vector, in place; returns the sum of its squares. */
static double
solve_forward(const EtsWork *work, double *vector)
{
	double		squares = 0.0;

	for (int i = 0; i < work->count; i++)
	{
		for (int j = 0; j < i; j++)
			vector[i] -= work->root[i][j] * vector[j];
		vector[i] = work->root[i][i] == 0.0 ? 0.0 : vector[i] / work->root[i][i];
		squares += vector[i] * vector[i];
	}
	return squares;
}

/* Solves root transposed x solution = vector, in place. */
static void
solve_backward(const EtsWork *work, double *vector)
{
	for (int i = work->count - 1; i >= 0; i--)
	{
		if (work->root[i][i] == 0.0)
			continue;
		vector[i] /= work->root[i][i];
		for (int j = 0; j < i; j++)
			vector[j] -= work->root[i][j] * vector[i];
	}
}

/*
 * Goes from fit->start to the nearest minimum; ends where a step lessens the
 * objective by a smaller share than tolerance, or where there is no hope that
 * it becomes as small as enough.  The fit must be one that ets_evaluate()
 * accepts.
 */
void
ets_fit(EtsFit *fit, const Series *series, EtsWork *work, double tolerance, double enough)
{
	Normal	   *here = &work->normals[0];
	Normal	   *there = &work->normals[1];
	EtsFit		trial = *fit;
	size_t		size = (ETS_SEASON + fit->model.season) * sizeof(double);
	double		damping = 0.1;

	set_columns(work, &fit->model);
	if (!ets_pass(fit, series, work, here))
		elog(ERROR, "cannot fit a model from where it has no meaning");
	trial.start = palloc(size);
	trial.seasonal = palloc(fit->model.season * sizeof(double));
	memcpy(trial.start, fit->start, size);

	for (int i = 0; i < MAX_STEPS && fit->objective > EXACT_SQUARE * series->observed && damping < 1e8; i++)
	{
		double		step[MAX_FREE];
		double		gain = 0.0;

		CHECK_FOR_INTERRUPTS();
		if (find_root(work, fit, here, damping))
		{
			double		promise;

			/* the step, and what it would gain if the sum of squares were the parabola that it looks like */
			for (int j = 0; j < work->count; j++)
				step[j] = -here->gradient[j];
			promise = solve_forward(work, step);
			if (damping < 1.0 &&
				(promise <= tolerance * fit->error_squares ||
				 fit->objective * (1.0 - HOPE * promise / fit->error_squares) > enough))
				break;
			solve_backward(work, step);
			for (int j = 0; j < work->count; j++)
			{
				int			p = work->parameter[j];

				trial.start[p] = bounded(p, fit->start[p] + step[j]);
			}
			if (ets_pass(&trial, series, work, there))
				gain = fit->objective - trial.objective;
		}
		if (gain > 0.0)
		{
			EtsFit		swap = *fit;
			Normal	   *swap_normal = here;
			bool		done = gain <= tolerance * fit->objective;

			*fit = trial;
			trial = swap;
			here = there;
			there = swap_normal;
			if (done)
				break;
			damping *= 0.3;
		}
		else
			damping *= 10.0;
	}
	pfree(trial.start);
	pfree(trial.seasonal);
}

/*
 * Prepares for ets_value_error(): the states' derivatives at the end of the
 * series, and the normal equations of the fit.
 */
void
ets_prepare_errors(EtsFit *fit, const Series *series, EtsWork *work)
{
	set_columns(work, &fit->model);
	if (!ets_pass(fit, series, work, &work->normals[0]) || !find_root(work, fit, &work->normals[0], 1e-9))
		work->count = 0;
}

/*
 * How much the expected value of a later step varies with the errors of the
 * estimated parameters: its variance in units of sigma^2, to first order (the
 * delta method).  The value is (level + phi_sum slope), and the seasonal of a
 * slot, added or multiplied.
 */
double
ets_value_error(const EtsFit *fit, EtsWork *work, double phi_sum, double phi_sum_derivative, int slot)
{
	bool		multiplicative = fit->model.multiplicative;
	double		trend_factor = multiplicative ? fit->seasonal[slot] : 1.0;
	double		season_factor = multiplicative ? fit->level + phi_sum * fit->slope : 1.0;
	double		row[MAX_FREE];

	for (int j = 0; j < work->count; j++)
	{
		row[j] = trend_factor * (work->level[j] + phi_sum * work->slope[j]);
		if (fit->model.season <= ETS_FITTED_SEASON)
			row[j] += season_factor * work->seasonal[slot][j];
	}
	if (work->count > 0 && work->column[ETS_PHI] != FREE_NOTHING)
		row[work->column[ETS_PHI]] += trend_factor * phi_sum_derivative * fit->slope;
	return solve_forward(work, row);
}
