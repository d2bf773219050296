/*
 * series_forecast.c
 *		Which model of exponential smoothing a series has, and its forecast.
 *
 * Twelve models compete: without a season, with additive and with
 * multiplicative errors; with an additive season and errors; with both
 * multiplicative; each without a trend, with one, and with a damped one.  The
 * smallest AICc is chosen:
 *
 *		n log(objective) + 2 k + 2 k (k + 1) / (n - k - 1)
 *
 * k being the number of all that was estimated, sigma too.  R's ets() counts
 * and scales it in the same way, so that the numbers can be compared.
 */
#include "crmkpi.h"

#include <math.h>

#include "miscadmin.h"
#include "scalar.h"
#include "series.h"

/* The mean square of the errors counts as no less: below, they are those of rounding. */
#define LEAST_SQUARE	1e-24

/* Relative gain of the last step: for the choice, and for what is shown. */
#define CHOICE_TOLERANCE	2e-3
#define FINAL_TOLERANCE		1e-9

/* Models this close to the best after the choice are fitted to the end. */
#define CLOSE_AICC		2.0

#define MODELS				12

/* Straight line through some values: value = level + slope * (t + 1). */
typedef struct Line
{
	double		level;
	double		slope;
	double		mean;			/* of the values */
} Line;

static Line
line_through(const double *values, int length)
{
	Line		line = {.slope = 0.0};
	double		n = 0.0;
	double		sum_t = 0.0;
	double		sum_y = 0.0;
	double		sum_tt = 0.0;
	double		sum_ty = 0.0;

	for (int t = 0; t < length; t++)
		if (!isnan(values[t]))
		{
			n++;
			sum_t += t;
			sum_y += values[t];
		}
	for (int t = 0; t < length; t++)
		if (!isnan(values[t]))
		{
			double		at = t - sum_t / n;

			sum_tt += at * at;
			sum_ty += at * (values[t] - sum_y / n);
		}
	if (sum_tt > 0.0)
		line.slope = sum_ty / sum_tt;
	line.mean = sum_y / n;
	line.level = line.mean - line.slope * (sum_t / n + 1.0);
	return line;
}

/*
 * First guesses for the states of a model: seasonals from the first four
 * seasons, and lines through the values without them: through all, and through
 * the first ten.
 */
typedef struct Guess
{
	double	   *seasonal;
	Line		all;
	Line		begin;
} Guess;

/*
 * Seasonals by turns: a line through the values without them, then the mean
 * distance from it in each step of the season.  Where they are to be factors,
 * this is done with logarithms.
 */
static void
guess_seasonals(double *seasonal, const Series *series, int season, bool multiplicative)
{
	int			length = Min((int64) series->length, (int64) season * 4);
	double	   *values = palloc(length * sizeof(double));
	double	   *rest = palloc(length * sizeof(double));
	int		   *counts = palloc(season * sizeof(int));

	for (int t = 0; t < length; t++)
		values[t] = multiplicative ? log(series->values[t]) : series->values[t];
	memset(seasonal, 0, season * sizeof(double));
	for (int turn = 0; turn < 3; turn++)
	{
		Line		line;
		double		sum = 0.0;

		for (int t = 0; t < length; t++)
			rest[t] = values[t] - seasonal[t % season];
		line = line_through(rest, length);

		memset(seasonal, 0, season * sizeof(double));
		memset(counts, 0, season * sizeof(int));
		for (int t = 0; t < length; t++)
			if (!isnan(values[t]))
			{
				seasonal[t % season] += values[t] - line.level - line.slope * (t + 1);
				counts[t % season]++;
			}
		for (int i = 0; i < season; i++)
		{
			if (counts[i] > 0)
				seasonal[i] /= counts[i];
			sum += seasonal[i];
		}
		for (int i = 0; i < season; i++)
			seasonal[i] -= sum / season;
	}
	for (int i = 0; multiplicative && i < season; i++)
		seasonal[i] = exp(seasonal[i]);
	pfree(values);
	pfree(rest);
	pfree(counts);
}

static Guess
guess_states(const Series *series, int season, bool multiplicative)
{
	Guess		guess;
	double	   *rest = palloc_extended(series->length * sizeof(double), MCXT_ALLOC_HUGE);
	int			begin = 0;

	guess.seasonal = palloc(season * sizeof(double));
	if (season > 1)
		guess_seasonals(guess.seasonal, series, season, multiplicative);
	else
		guess.seasonal[0] = multiplicative ? 1.0 : 0.0;
	for (int t = 0; t < series->length; t++)
	{
		double		s = guess.seasonal[t % season];

		rest[t] = multiplicative ? series->values[t] / s : series->values[t] - s;
	}
	for (int seen = 0; begin < series->length && seen < 10; begin++)
		seen += !isnan(rest[begin]);
	guess.all = line_through(rest, series->length);
	guess.begin = line_through(rest, begin);
	pfree(rest);
	return guess;
}

/*
 * Where to begin: the best of some values of alpha and beta, and of the fit of
 * the same model with a simpler trend, where there is one.  With the smallest
 * alpha the states hardly change: that is a line through all values.  Returns
 * false where the model has no meaning anywhere of these.
 */
static bool
find_start(EtsFit *fit, const Series *series, const Guess *guess, const EtsFit *simpler)
{
	static const double alphas[] = {0.001, 0.1, 0.4, 0.9};
	static const double beta_shares[] = {0.05, 0.9};
	bool		has_slope = fit->model.trend != ETS_LEVEL_ONLY;
	int			guesses = lengthof(alphas) * (has_slope ? lengthof(beta_shares) : 1);
	size_t		size = (ETS_SEASON + fit->model.season) * sizeof(double);
	double	   *start = fit->start;
	double	   *best = palloc(size);
	double		best_objective = INFINITY;

	for (int i = 0; i < guesses + (simpler != NULL); i++)
	{
		if (i < guesses)
		{
			const Line *line = i % lengthof(alphas) == 0 ? &guess->all : &guess->begin;

			start[ETS_ALPHA] = alphas[i % lengthof(alphas)];
			start[ETS_BETA_SHARE] = beta_shares[i / lengthof(alphas)];
			start[ETS_GAMMA_SHARE] = 0.1;
			start[ETS_LEVEL] = has_slope ? line->level : line->mean;
			start[ETS_SLOPE] = has_slope ? line->slope : 0.0;
			memcpy(start + ETS_SEASON, guess->seasonal, size - ETS_SEASON * sizeof(double));
		}
		else
		{
			memcpy(start, simpler->start, size);
			if (simpler->model.trend == ETS_LEVEL_ONLY)
				start[ETS_BETA_SHARE] = 0.01;
		}
		start[ETS_PHI] = fit->model.trend == ETS_DAMPED ? 0.97 : 1.0;
		if (ets_evaluate(fit, series) && fit->objective < best_objective)
		{
			best_objective = fit->objective;
			memcpy(best, start, size);
		}
	}
	memcpy(start, best, size);
	pfree(best);
	return best_objective < INFINITY;
}

/* What AICc adds for the parameters. */
static double
aicc_penalty(const EtsFit *fit, const Series *series)
{
	double		n = series->observed;
	double		k = fit->parameters + 1;

	return 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0);
}

static double
ets_aicc(const EtsFit *fit, const Series *series)
{
	double		n = series->observed;

	return n * log(Max(fit->objective, n * LEAST_SQUARE)) + aicc_penalty(fit, series);
}

/* The objective with which a fit has this AICc. */
static double
objective_for(const EtsFit *fit, const Series *series, double aicc)
{
	return exp((aicc - aicc_penalty(fit, series)) / series->observed);
}

/* The parameters of a model that are estimated: of m seasonals, m - 1, since the level holds their mean. */
static int
ets_parameters(const EtsModel *model)
{
	int			parameters = 2;

	if (model->trend != ETS_LEVEL_ONLY)
		parameters += 2;
	if (model->trend == ETS_DAMPED)
		parameters++;
	if (model->season > 1)
		parameters += model->season;
	return parameters;
}

/* Of equal ones, as exact series have them, the last: an additive one. */
static int
best_of(const EtsChoice *choice)
{
	int			best = 0;

	for (int i = 1; i < choice->count; i++)
		if (choice->aicc[i] <= choice->aicc[best])
			best = i;
	return best;
}

static void
finish_fit(EtsChoice *choice, int i, const Series *series, EtsWork *work)
{
	ets_fit(&choice->fits[i], series, work, FINAL_TOLERANCE, INFINITY);
	choice->aicc[i] = ets_aicc(&choice->fits[i], series);
}

/*
 * Fits the models that the series is long enough for: those with a season need
 * two seasons, and come first, since they mostly win where there are any.  All
 * are fitted roughly, as long as there is hope, and the ones near the best to
 * the end; so are the others afterwards, if they are to be shown.
 */
void
series_choose(EtsChoice *choice, const Series *series, int season, bool show_all)
{
	EtsWork    *work;
	double		best_aicc = INFINITY;

	choice->count = 0;
	choice->best = 0;
	if (series->observed < ETS_LEAST_VALUES)
		return;
	choice->fits = palloc(MODELS * sizeof(EtsFit));
	choice->aicc = palloc(MODELS * sizeof(double));
	work = ets_work_create();

	for (int kind = 0; kind < 4; kind++)
	{
		bool		seasonal = kind < 2;
		EtsModel	model = {.multiplicative = kind % 2 == 0,.season = seasonal ? season : 1};
		Guess		guess;

		if ((seasonal && (season == 1 || series->length / 2 < season)) ||
			(model.multiplicative && !series->positive))
			continue;
		guess = guess_states(series, model.season, model.multiplicative);

		for (int trend = ETS_LEVEL_ONLY; trend <= ETS_DAMPED; trend++)
		{
			int			i = choice->count;
			EtsFit	   *fit = &choice->fits[i];
			EtsFit	   *simpler = trend > ETS_LEVEL_ONLY && choice->aicc[i - 1] < INFINITY ? fit - 1 : NULL;

			model.trend = (EtsTrend) trend;
			fit->model = model;
			fit->parameters = ets_parameters(&model);
			if (series->observed - fit->parameters - 2 <= 0)
				break;
			fit->start = palloc((ETS_SEASON + model.season) * sizeof(double));
			fit->seasonal = palloc(model.season * sizeof(double));
			choice->aicc[i] = INFINITY;
			if (find_start(fit, series, &guess, simpler))
			{
				ets_fit(fit, series, work, CHOICE_TOLERANCE, objective_for(fit, series, best_aicc + CLOSE_AICC));
				choice->aicc[i] = ets_aicc(fit, series);
				best_aicc = Min(best_aicc, choice->aicc[i]);
			}
			choice->count++;
		}
	}

	for (int i = 0; i < choice->count; i++)
		if (choice->aicc[i] <= best_aicc + CLOSE_AICC)
			finish_fit(choice, i, series, work);
	choice->best = best_of(choice);
	for (int i = 0; show_all && i < choice->count; i++)
		if (choice->aicc[i] < INFINITY)
			finish_fit(choice, i, series, work);
}

/*
 * Standard deviation of the errors; of the relative ones in a multiplicative
 * model.  None, where all that is left is rounding.
 */
double
ets_sigma(const EtsFit *fit, const Series *series)
{
	if (fit->objective <= series->observed * LEAST_SQUARE)
		return 0.0;
	return sqrt(fit->error_squares / (series->observed - fit->parameters));
}

/* As it is written in the literature: error, trend, season. */
const char *
ets_name(const EtsModel *model)
{
	static const char *const trends[] = {"N", "A", "Ad"};
	const char *error = model->multiplicative ? "M" : "A";

	return psprintf("ETS(%s,%s,%s)", error, trends[model->trend], model->season > 1 ? error : "N");
}

/*
 * The z of a two-sided interval of Student's distribution: the probability
 * within +-z is a finite sum in theta = atan(z / sqrt(freedom)) (Abramowitz
 * and Stegun 26.7.3, 26.7.4).  It is concave there, and the normal quantile is
 * left of the root, so that Newton's steps approach it from one side.
 */
static double
student_two_sided(double confidence, int freedom)
{
	double		z = crmkpi_normal_two_sided(confidence);
	double		theta = atan(z / sqrt(freedom));
	double		density = freedom % 2 == 1 ? M_2_PI : 1.0;	/* at theta = 0 */

	/* the sum would be long, and the first term of the expansion in 1 / freedom is enough */
	if (freedom > 1000)
		return z + (z * z * z + z) / (4.0 * freedom);

	for (int i = freedom % 2 == 1 ? 1 : 2; i + 2 <= freedom; i += 2)
		density *= (i + 1.0) / i;
	for (int round = 0; round < 100; round++)
	{
		double		cosine = cos(theta);
		double		term = freedom % 2 == 1 ? cosine : 1.0;
		double		sum = freedom == 1 ? 0.0 : term;
		double		within;
		double		step;

		for (int i = freedom % 2 == 1 ? 3 : 2; i < freedom; i += 2)
		{
			term *= (i - 1.0) / i * cosine * cosine;
			sum += term;
		}
		within = sin(theta) * sum;
		if (freedom % 2 == 1)
			within = M_2_PI * (theta + within);
		step = (confidence - within) / (density * pow(cosine, freedom - 1));
		theta += step;
		if (step <= 1e-15 * theta)
			break;
	}
	return sqrt(freedom) * tan(theta);
}

/*
 * Point forecasts and their intervals, for the steps after the last value.
 * With c(j) what an error changes the expectation j steps later by, the
 * variances are, after Hyndman et al. 2008, chapter 6:
 *
 * additive:		sigma^2 (1 + sum of c(j)^2, j from 1 to h - 1)
 * multiplicative:	s^2 (theta(h) (1 + sigma^2) (1 + gamma^2 sigma^2)^k - q(h)^2),
 *		theta(h) = q(h)^2 + sigma^2 sum of c(j)^2 theta(h - j)
 *
 * with q the forecast without its seasonal s, and k the whole seasons passed.
 * All are exact but the last one beyond a season.  To these comes what the
 * errors of the estimated parameters do to the expected value; around a line
 * it makes the interval that of linear regression.
 */
static void
ets_forecast(EtsFit *fit, const Series *series, double z, ForecastStep *steps, int count)
{
	bool		multiplicative = fit->model.multiplicative;
	int			season = fit->model.season;
	double		gamma = ets_gamma(fit);
	double		sigma = ets_sigma(fit, series);
	double		phi = fit->start[ETS_PHI];
	double		phi_sum = 0.0;	/* phi + phi^2 + ... phi^step */
	double		phi_power = 1.0;
	double		phi_sum_derivative = 0.0;
	double		variance = 1.0; /* additive, in units of sigma^2 */
	double		seasons = 1.0;	/* (1 + gamma^2 sigma^2)^k */
	double	   *theta = palloc(count * sizeof(double));
	double	   *squares = palloc(count * sizeof(double));	/* c(j + 1)^2 sigma^2 */
	EtsWork    *work = ets_work_create();

	ets_prepare_errors(fit, series, work);
	for (int h = 0; h < count; h++)
	{
		int			slot = (series->length + h) % season;
		double		s = fit->seasonal[slot];
		double		c = fit->start[ETS_ALPHA] + ets_beta(fit) * phi_sum;	/* of this number of steps */
		double		q;
		double		spread;			/* variance */

		if (!multiplicative && season > 1 && h % season == 0)
			c += gamma;
		if (multiplicative && h > 0 && h % season == 0)
			seasons *= 1.0 + gamma * gamma * sigma * sigma;
		phi_sum_derivative += (h + 1) * phi_power;
		phi_power *= phi;
		phi_sum += phi_power;
		q = fit->level + phi_sum * fit->slope;

		if (multiplicative)
		{
			if (h > 0)
				squares[h - 1] = c * c * sigma * sigma;
			theta[h] = q * q;
			for (int j = 0; j < h; j++)
				theta[h] += squares[j] * theta[h - 1 - j];
			spread = s * s * Max(theta[h] * (1.0 + sigma * sigma) * seasons - q * q, 0.0);
			steps[h].value = q * s;
		}
		else
		{
			if (h > 0)
				variance += c * c;
			spread = sigma * sigma * variance;
			steps[h].value = q + s;
		}
		spread += sigma * sigma * ets_value_error(fit, work, phi_sum, phi_sum_derivative, slot);
		steps[h].low = steps[h].value - z * sqrt(spread);
		steps[h].high = steps[h].value + z * sqrt(spread);
		CHECK_FOR_INTERRUPTS();
	}
	pfree(theta);
	pfree(squares);
}

/*
 * Fewer values than any model needs: their mean, with the interval of one more
 * value of a normal distribution; of a single value there is none.
 */
static void
mean_forecast(const Series *series, double confidence, ForecastStep *steps, int count)
{
	int			n = 0;
	double		mean = 0.0;
	double		squares = 0.0;
	double		reach = NAN;

	for (int t = 0; t < series->length; t++)
		if (!isnan(series->values[t]))
		{
			double		off = series->values[t] - mean;

			mean += off / ++n;
			squares += off * (series->values[t] - mean);
		}
	if (n > 1)
		reach = student_two_sided(confidence, n - 1) * sqrt(squares / (n - 1) * (1.0 + 1.0 / n));
	for (int h = 0; h < count; h++)
	{
		steps[h].value = mean;
		steps[h].low = mean - reach;
		steps[h].high = mean + reach;
	}
}

/* Forecasts so many steps after the last value; returns the name of the model. */
const char *
series_forecast(const Series *series, int season, double confidence, ForecastStep *steps, int count)
{
	EtsChoice	choice;
	EtsFit	   *fit;

	series_choose(&choice, series, season, false);
	if (choice.count == 0)
	{
		mean_forecast(series, confidence, steps, count);
		return "mean";
	}
	fit = &choice.fits[choice.best];
	ets_forecast(fit, series, student_two_sided(confidence, series->observed - fit->parameters), steps, count);
	return ets_name(&fit->model);
}
