/*
 * series.h
 *		Exponential smoothing of a series of values, and its forecast.
 *
 * A series is an array of doubles in which NAN stands for a gap.  It has been
 * scaled by a power of two, so that the largest magnitude is between 1/2 and
 * 1: the mathematics need not care about the unit of the values.
 */
#ifndef CRMKPI_SERIES_H
#define CRMKPI_SERIES_H

#include "crmkpi.h"

#pragma GCC visibility push(hidden)

typedef struct Series
{
	double	   *values;			/* NAN where there is none; the first and the last are values */
	int			length;
	int			observed;		/* values that are not NAN */
	bool		positive;		/* all of them are above zero */
} Series;

typedef enum EtsTrend
{
	ETS_LEVEL_ONLY,
	ETS_TREND,
	ETS_DAMPED
} EtsTrend;

/* One model of the family: see series_ets.c. */
typedef struct EtsModel
{
	bool		multiplicative; /* the errors, and the season if there is one */
	EtsTrend	trend;
	int			season;			/* steps of a season; 1: none */
} EtsModel;

/* What a model is made of; values before the first step, in the scaled unit. */
enum
{
	ETS_ALPHA,					/* how fast the level learns, 0 to 1 */
	ETS_BETA_SHARE,				/* beta / alpha, 0 to 1 */
	ETS_PHI,					/* damping of the slope */
	ETS_GAMMA_SHARE,			/* gamma / (1 - alpha), 0 to 1 */
	ETS_LEVEL,
	ETS_SLOPE,
	ETS_SEASON					/* the first of model.season */
};

typedef struct EtsFit
{
	EtsModel	model;
	int			parameters;		/* estimated ones, without sigma */
	double	   *start;			/* ETS_SEASON + season of them */

	/* found by a pass over the series */
	double		error_squares;	/* sum; of relative errors where the model is multiplicative */
	double		objective;		/* what is minimised; see series_ets.c */
	double		level;			/* after the last step */
	double		slope;
	double	   *seasonal;		/* season of them, by step modulo season */
} EtsFit;

/* One step of a forecast. */
typedef struct ForecastStep
{
	double		value;
	double		low;			/* NAN where there is no interval */
	double		high;
} ForecastStep;

/* A season this long at most has its first values fitted with all the rest. */
#define ETS_FITTED_SEASON	24

/* The smallest number of values that a model is fitted to. */
#define ETS_LEAST_VALUES	5

typedef struct EtsWork EtsWork;

/* series_ets.c */
extern EtsWork *ets_work_create(void);
extern double ets_beta(const EtsFit *fit);
extern double ets_gamma(const EtsFit *fit);
extern bool ets_evaluate(EtsFit *fit, const Series *series);
extern void ets_fit(EtsFit *fit, const Series *series, EtsWork *work, double tolerance, double enough);
extern void ets_prepare_errors(EtsFit *fit, const Series *series, EtsWork *work);
extern double ets_value_error(const EtsFit *fit, EtsWork *work, double phi_sum, double phi_sum_derivative, int slot);

/* series_forecast.c: the models that were tried, with their fits */
typedef struct EtsChoice
{
	int			count;			/* 0: there are too few values for any */
	int			best;
	EtsFit	   *fits;
	double	   *aicc;			/* infinite: cannot be fitted */
} EtsChoice;

extern void series_choose(EtsChoice *choice, const Series *series, int season, bool show_all);
extern double ets_sigma(const EtsFit *fit, const Series *series);
extern const char *ets_name(const EtsModel *model);
extern const char *series_forecast(const Series *series, int season, double confidence, ForecastStep *steps,
								   int count);

#pragma GCC visibility pop

#endif							/* CRMKPI_SERIES_H */
