/*
 * scorecard_points.c
 *		Scorecards: from counts to points.
 *
 * A score is a sum of points in log-odds, as in credit scoring: the weights of
 * evidence of the values of an item, times a weight for each feature (L. C.
 * Thomas, D. B. Edelman, J. N. Crook, "Credit Scoring and Its Applications",
 * SIAM 2002).
 *
 * 1. The base rate is p = (won + 1/2) / (items + 1), which is never 0 or 1.
 *
 * 2. The evidence of a value with n items, w of them won, is
 *
 *		log((w + m p) / (n - w + m (1 - p))) - log(p / (1 - p))
 *
 * as if m average items had been seen beside.  m is that of the beta
 * distribution of win rates which varies as the values of the feature do
 * beyond chance, estimated by moments (empirical Bayes, in actuarial science
 * the credibility of H. Buehlmann and E. Straub, 1970).  Where they vary no
 * more than by chance, m is infinite: the feature says nothing.
 *
 * 3. Adding up the evidence of features that tell the same would count it
 * twice.  So each feature has a weight, not negative, and these are fitted by
 * logistic regression to the combinations of the sample.  To each item the
 * evidence is that of all the other items, so that a feature with many rare
 * values does not look better than it is (L. Breiman, "Stacked regressions",
 * Machine Learning 24, 1996).  A normal prior of mean 1 (that of features that
 * are independent within the won and within the lost) holds the weights where
 * there are few items or where features are equal.
 *
 * 4. The constant of the regression is spread over the features, so that
 * without any points the score is the base rate: what is not known about an
 * item has no points.
 */
#include "crmkpi.h"

#include <math.h>

#include "miscadmin.h"
#include "scorecard.h"
#include "utils/float.h"

/* Least number of average items that a value is taken together with. */
#define LEAST_PRIOR_ITEMS		1.0

/* Precision of the prior of a weight: a standard deviation of 1/2 */
#define WEIGHT_PRECISION		4.0

/* The items of the sample count as no more, lest the prior drown where features are equal. */
#define MOST_FITTED_ITEMS		1e6

/* Points are multiples of this, so that their sums are exact in any order. */
#define POINT_UNIT				(1.0 / (1 << 30))

/* The constant and the weights */
#define MAX_UNKNOWNS			(SCORE_MAX_FEATURES + 1)

/* log(1 + exp(x)) */
static inline double
softplus(double x)
{
	return Max(x, 0.0) + log1p(exp(-fabs(x)));
}

static inline double
probability(double log_odds)
{
	return 1.0 / (1.0 + exp(-log_odds));
}

double
score_percent(double log_odds)
{
	return 100.0 / (1.0 + exp(-log_odds));
}

/* Log-odds of a rate with half an item more on both sides */
static double
smoothed_log_odds(int64 items, int64 won)
{
	return log(((double) won + 0.5) / ((double) (items - won) + 0.5));
}

/* The m of a feature */
static double
prior_items(const ScoreCounts *s, const ScoreFeature *f)
{
	double		items = (double) s->items;
	double		rate = (double) s->won / items;
	double		variance = rate * (1.0 - rate);
	double		between = 0.0;
	double		squares = 0.0;
	double		chance = (double) f->used - 1.0;
	double		excess;

	for (uint32 i = 0; i < f->used; i++)
	{
		double		n = (double) f->values[i].items;
		double		difference = (double) f->values[i].won - n * rate;

		between += difference * difference / n;
		squares += n * n;
	}

	/* where each item has a value of its own, nothing can be told from chance */
	excess = items - squares / items - chance;
	between -= chance * variance;
	if (!(excess > 1e-9 * items && between > 0.0))
		return get_float8_infinity();
	return Max(variance * excess / between - 1.0, LEAST_PRIOR_ITEMS);
}

/* Evidence of a value with so many items; lost of them are not won. */
static inline double
evidence(const ScoreModel *model, uint32 feature, double won, double lost)
{
	double		m = model->prior_items[feature];

	return log((won + m * probability(model->base)) / (lost + m * probability(-model->base))) - model->base;
}

/* -------------------------------------------------------------------------
 * The weights
 * -------------------------------------------------------------------------
 */

/* What is fitted: items with the same evidence, all won or all lost */
typedef struct FitRow
{
	double		items;
	double		target;			/* 1: won, 0: lost */
} FitRow;

typedef struct Fit
{
	uint32		unknowns;		/* the constant first, then a weight for each feature that says something */
	uint32		count;
	FitRow	   *rows;
	double	   *x;				/* for each row the factors of the unknowns; that of the constant is 1 */
	double		at[MAX_UNKNOWNS];	/* the unknowns */
} Fit;

/* Minus the logarithm of likelihood and prior at b. */
static double
fit_loss(const Fit *fit, const double *b)
{
	double		loss = softplus(b[0]) - 0.5 * b[0]; /* half an item won, and half an item lost */

	for (uint32 j = 1; j < fit->unknowns; j++)
		loss += 0.5 * WEIGHT_PRECISION * (b[j] - 1.0) * (b[j] - 1.0);
	for (uint32 i = 0; i < fit->count; i++)
	{
		const double *x = fit->x + (Size) i * fit->unknowns;
		double		log_odds = 0.0;

		for (uint32 j = 0; j < fit->unknowns; j++)
			log_odds += x[j] * b[j];
		loss += fit->rows[i].items * (softplus(log_odds) - fit->rows[i].target * log_odds);
	}
	return loss;
}

/* Its first derivatives, and the lower half of the second. */
static void
fit_derivatives(const Fit *fit, double *gradient, double hessian[MAX_UNKNOWNS][MAX_UNKNOWNS])
{
	const double *b = fit->at;
	double		p = probability(b[0]);

	memset(hessian, 0, sizeof(double) * MAX_UNKNOWNS * MAX_UNKNOWNS);
	gradient[0] = p - 0.5;
	hessian[0][0] = p * (1.0 - p);
	for (uint32 j = 1; j < fit->unknowns; j++)
	{
		gradient[j] = WEIGHT_PRECISION * (b[j] - 1.0);
		hessian[j][j] = WEIGHT_PRECISION;
	}
	for (uint32 i = 0; i < fit->count; i++)
	{
		const double *x = fit->x + (Size) i * fit->unknowns;
		double		log_odds = 0.0;
		double		slope;
		double		curve;

		for (uint32 j = 0; j < fit->unknowns; j++)
			log_odds += x[j] * b[j];
		p = probability(log_odds);
		slope = fit->rows[i].items * (p - fit->rows[i].target);
		curve = fit->rows[i].items * p * (1.0 - p);
		for (uint32 j = 0; j < fit->unknowns; j++)
		{
			gradient[j] += slope * x[j];
			for (uint32 k = 0; k <= j; k++)
				hessian[j][k] += curve * x[j] * x[k];
		}
	}
}

/*
 * Solves matrix * step = -gradient for the unknowns that are free, by
 * Cholesky's method; the matrix is positive definite.  Others do not move.
 */
static void
solve(uint32 n, double matrix[MAX_UNKNOWNS][MAX_UNKNOWNS], const double *gradient, const bool *fixed, double *step)
{
	for (uint32 i = 0; i < n; i++)
	{
		step[i] = fixed[i] ? 0.0 : -gradient[i];
		for (uint32 j = 0; j <= i; j++)
		{
			double		rest = fixed[i] || fixed[j] ? (double) (i == j) : matrix[i][j];

			for (uint32 k = 0; k < j; k++)
				rest -= matrix[i][k] * matrix[j][k];
			matrix[i][j] = i == j ? sqrt(Max(rest, 1e-9)) : rest / matrix[j][j];
		}
	}
	for (uint32 i = 0; i < n; i++)
	{
		for (uint32 k = 0; k < i; k++)
			step[i] -= matrix[i][k] * step[k];
		step[i] /= matrix[i][i];
	}
	for (uint32 i = n; i-- > 0;)
	{
		for (uint32 k = i + 1; k < n; k++)
			step[i] -= matrix[k][i] * step[k];
		step[i] /= matrix[i][i];
	}
}

/*
 * Newton's method within bounds (D. P. Bertsekas, "Projected Newton methods
 * for optimization problems with simple constraints", SIAM J. Control and
 * Optimization 20, 1982): a weight of 0 that ought to fall stays where it is.
 */
static void
fit_run(Fit *fit)
{
	double		loss = fit_loss(fit, fit->at);

	for (int round = 0; round < 100; round++)
	{
		double		gradient[MAX_UNKNOWNS];
		double		hessian[MAX_UNKNOWNS][MAX_UNKNOWNS];
		double		step[MAX_UNKNOWNS];
		double		next[MAX_UNKNOWNS];
		bool		fixed[MAX_UNKNOWNS];
		double		next_loss = loss;
		double		size = 1.0;
		double		moved = 0.0;

		CHECK_FOR_INTERRUPTS();
		fit_derivatives(fit, gradient, hessian);
		for (uint32 j = 0; j < fit->unknowns; j++)
			fixed[j] = j > 0 && fit->at[j] <= 0.0 && gradient[j] > 0.0;
		solve(fit->unknowns, hessian, gradient, fixed, step);
		for (; size > 1e-6; size /= 2)
		{
			for (uint32 j = 0; j < fit->unknowns; j++)
				next[j] = j > 0 ? Max(fit->at[j] + size * step[j], 0.0) : fit->at[j] + size * step[j];
			next_loss = fit_loss(fit, next);
			if (next_loss <= loss)
				break;
		}
		if (!(next_loss <= loss))
			break;
		for (uint32 j = 0; j < fit->unknowns; j++)
		{
			moved = Max(moved, fabs(next[j] - fit->at[j]));
			fit->at[j] = next[j];
		}
		loss = next_loss;
		if (moved < 1e-9)
			break;
	}
}

/* A row to fit: so many items of a combination, all won or all lost */
static void
fit_add(Fit *fit, const ScoreModel *model, const uint32 *values, int64 items, bool won, double scale)
{
	const ScoreCounts *s = model->counts;
	double	   *x = fit->x + (Size) fit->count * fit->unknowns;

	if (items == 0)
		return;
	fit->rows[fit->count].items = (double) items * scale;
	fit->rows[fit->count].target = won;
	fit->count++;
	*x++ = 1.0;
	for (uint32 f = 0; f < s->features; f++)
	{
		const ScoreValue *value = &s->feature[f].values[values[f]];

		if (!isinf(model->prior_items[f]))
			*x++ = evidence(model, f, (double) (value->won - won), (double) (value->items - value->won - !won));
	}
}

/* Sets the weights; returns the constant. */
static double
fit_weights(ScoreModel *model)
{
	const ScoreCounts *s = model->counts;
	Fit			fit;
	int64		items = 0;
	int64		won = 0;
	double		scale;
	double		constant;
	uint32		weight = 1;

	for (uint32 i = 0; i < s->samples_used; i++)
	{
		items += s->samples[i].items;	/* no more than those of all */
		won += s->samples[i].won;
	}
	scale = Min(1.0, MOST_FITTED_ITEMS / (double) items);

	fit.unknowns = 1;
	for (uint32 f = 0; f < s->features; f++)
		fit.unknowns += !isinf(model->prior_items[f]);
	fit.count = 0;
	fit.rows = (FitRow *) palloc(2 * (Size) s->samples_used * sizeof(FitRow));
	fit.x = (double *) palloc(2 * (Size) s->samples_used * fit.unknowns * sizeof(double));
	for (uint32 i = 0; i < s->samples_used; i++)
	{
		const ScoreSample *sample = &s->samples[i];
		const uint32 *values = score_sample_values(s, i);

		fit_add(&fit, model, values, sample->won, true, scale);
		fit_add(&fit, model, values, sample->items - sample->won, false, scale);
	}
	fit.at[0] = smoothed_log_odds(items, won);
	for (uint32 j = 1; j < fit.unknowns; j++)
		fit.at[j] = 1.0;
	if (fit.unknowns > 1)
		fit_run(&fit);

	for (uint32 f = 0; f < s->features; f++)
		model->weights[f] = isinf(model->prior_items[f]) ? 0.0 : fit.at[weight++];
	constant = fit.at[0] + model->base - smoothed_log_odds(items, won);
	pfree(fit.rows);
	pfree(fit.x);
	return constant;
}

/* -------------------------------------------------------------------------
 * The points
 * -------------------------------------------------------------------------
 */
static inline double
rounded(double points)
{
	return rint(points / POINT_UNIT) * POINT_UNIT;
}

/* Mean and variance of the points of the items */
static void
feature_moments(const ScoreModel *model, uint32 feature, double *mean, double *variance)
{
	const ScoreFeature *f = &model->counts->feature[feature];
	double		items = (double) model->counts->items;

	*mean = 0.0;
	*variance = 0.0;
	for (uint32 i = 0; i < f->used; i++)
		*mean += (double) f->values[i].items / items * model->points[feature][i];
	for (uint32 i = 0; i < f->used; i++)
	{
		double		difference = model->points[feature][i] - *mean;

		*variance += (double) f->values[i].items / items * difference * difference;
	}
}

/* The points of counts that are not empty, and in canonical order; memory is of the current context. */
void
score_fit(ScoreModel *model, const ScoreCounts *counts)
{
	double		means[SCORE_MAX_FEATURES];
	double		variances[SCORE_MAX_FEATURES];
	double		variance = 0.0;
	double		rest;

	Assert(counts->items > 0);
	model->counts = counts;
	model->base = smoothed_log_odds(counts->items, counts->won);
	for (uint32 f = 0; f < counts->features; f++)
		model->prior_items[f] = prior_items(counts, &counts->feature[f]);
	rest = model->base - fit_weights(model);

	for (uint32 f = 0; f < counts->features; f++)
	{
		const ScoreFeature *feature = &counts->feature[f];

		CHECK_FOR_INTERRUPTS();
		model->points[f] = (double *) palloc0(feature->used * sizeof(double));
		for (uint32 i = 0; i < feature->used && model->weights[f] > 0.0; i++)
			model->points[f][i] = model->weights[f] *
				evidence(model, f, (double) feature->values[i].won,
						 (double) (feature->values[i].items - feature->values[i].won));
		feature_moments(model, f, &means[f], &variances[f]);
		model->spreads[f] = sqrt(variances[f]);
		variance += variances[f];
		rest -= means[f];
	}

	/*
	 * Base = constant + means + rest.  What a feature has on average is taken
	 * from its points, and of the rest, which is there because a mean of
	 * probabilities is nearer to 1/2 than that of log-odds, its share of the
	 * variance.
	 */
	for (uint32 f = 0; f < counts->features; f++)
	{
		double		shift = variance > 0.0 ? means[f] + rest * variances[f] / variance : 0.0;

		for (uint32 i = 0; i < counts->feature[f].used; i++)
			model->points[f][i] = rounded(model->points[f][i] - shift);
	}
	model->base = rounded(model->base);
}
