/*
 * series.c
 *		KPIs as series, one value per period: what comes next, and whether a
 *		value that moved means anything.
 *
 * The forecast is in series_ets.c and series_forecast.c; here are the control
 * limits, and the functions of SQL.
 *
 * A chart of individual values and moving ranges (XmR; D. J. Wheeler,
 * "Understanding Variation", 1993): the centre is the mean, the natural limits
 * lie 2.66 mean moving ranges from it, a moving range being the difference of
 * two values in a row.  A value beyond a limit is a signal, and so is the
 * eighth and each further value of a run on one side of the centre.  In a gap
 * there are no moving ranges; a run goes on after it.
 *
 * All mathematics is done with the series scaled by a power of two, which is
 * exact: the largest magnitude is between 1/2 and 1, so that no square or sum
 * is too large, or too small, for a double.
 */
#include "crmkpi.h"

#include <math.h>

/* it includes inline functions that -Wextra does not like */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "funcapi.h"
#pragma GCC diagnostic pop
#include "catalog/pg_type.h"
#include "scalar.h"
#include "series.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"

PG_FUNCTION_INFO_V1(crmkpi_forecast);
PG_FUNCTION_INFO_V1(crmkpi_forecast_models);
PG_FUNCTION_INFO_V1(crmkpi_control_limits);

/* XmR: the limits in mean moving ranges, 3 / 1.128 by convention rounded */
#define LIMIT_RANGES	2.66
#define RUN_LENGTH		8

/* A forecast reaches at most so far beyond the last value. */
#define MAX_STEPS_AHEAD	10000

/* -------------------------------------------------------------------------
 * Arguments
 * -------------------------------------------------------------------------
 */

/* The array of argument argno, as it is but for its scale: true value = value x 2^exponent. */
static Series
series_arg(FunctionCallInfo fcinfo, int argno, int *exponent)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(argno);
	Series		series = {.positive = true};
	Datum	   *elements;
	bool	   *nulls;
	double		largest = 0.0;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("series has %d dimensions", ARR_NDIM(array)),
				 errdetail("Expected an array of one dimension."),
				 errhint("Give the values of one series, in order of time.")));
	deconstruct_array(array, FLOAT8OID, sizeof(double), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &elements, &nulls, &series.length);
	series.values = palloc_extended(Max(series.length, 1) * sizeof(double), MCXT_ALLOC_HUGE);
	for (int i = 0; i < series.length; i++)
	{
		double		value = nulls[i] ? NAN : DatumGetFloat8(elements[i]);

		series.values[i] = value;
		if (nulls[i])
			continue;
		if (!isfinite(value))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("value %g of the series, number %d, is not finite", value, i + 1),
					 errhint("Use NULL for a value that is not known.")));
		series.observed++;
		largest = Max(largest, fabs(value));
	}
	frexp(largest, exponent);
	for (int i = 0; i < series.length; i++)
		if (!nulls[i])
		{
			series.values[i] = ldexp(series.values[i], -*exponent);
			series.positive = series.positive && series.values[i] > 0.0;
		}
	pfree(elements);
	pfree(nulls);
	return series;
}

/* Leaves out the gaps at both ends; returns how many were at the later one. */
static int
trim_gaps(Series *series)
{
	int			trailing = 0;

	while (series->length > 0 && isnan(series->values[series->length - 1]))
	{
		series->length--;
		trailing++;
	}
	while (series->length > 0 && isnan(series->values[0]))
	{
		series->values++;
		series->length--;
	}
	return trailing;
}

static int
season_arg(FunctionCallInfo fcinfo, int argno)
{
	int			season = PG_GETARG_INT32(argno);

	if (season < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("season %d is out of range", season),
				 errhint("Give the number of values after which a season begins anew: "
						 "12 for months, 7 for days, 1 for none.")));
	return season;
}

/* A result in the unit of the series. */
static Datum
unscale(double value, int exponent)
{
	double		result = ldexp(value, exponent);

	if (isinf(result))
		float_overflow_error();
	return Float8GetDatum(result);
}

/* -------------------------------------------------------------------------
 * Control limits
 * -------------------------------------------------------------------------
 */
typedef struct Control
{
	double		centre;
	double		reach;			/* of the limits from the centre; NAN without a moving range */
} Control;

/*
 * Centre and limits.  The mean is taken of the distances from the first value:
 * that of equal values is exactly their value.
 */
static Control
control_of(const Series *series)
{
	Control		control = {NAN, NAN};
	double		first = NAN;
	double		sum = 0.0;
	double		ranges = 0.0;
	int			pairs = 0;

	for (int t = 0; t < series->length; t++)
	{
		double		value = series->values[t];

		if (isnan(value))
			continue;
		if (isnan(first))
			first = value;
		sum += value - first;
		if (t > 0 && !isnan(series->values[t - 1]))
		{
			ranges += fabs(value - series->values[t - 1]);
			pairs++;
		}
	}
	if (series->observed > 0)
		control.centre = first + sum / series->observed;
	if (pairs > 0)
		control.reach = LIMIT_RANGES * (ranges / pairs);
	return control;
}

/*
 * The signal of one value, or NULL; run counts the values in a row above the
 * centre, or below it as a negative number.
 */
static const char *
control_signal(const Control *control, double value, int *run)
{
	if (value > control->centre)
		*run = Max(*run, 0) + 1;
	else if (value < control->centre)
		*run = Min(*run, 0) - 1;
	else
		*run = 0;

	/* false where there are no limits */
	if (value > control->centre + control->reach)
		return "above limits";
	if (value < control->centre - control->reach)
		return "below limits";
	if (*run >= RUN_LENGTH)
		return "run above";
	if (*run <= -RUN_LENGTH)
		return "run below";
	return NULL;
}

/* -------------------------------------------------------------------------
 * Functions
 * -------------------------------------------------------------------------
 */

/* forecast(series, horizon, season, confidence) */
Datum
crmkpi_forecast(PG_FUNCTION_ARGS)
{
	int			exponent;
	Series		series = series_arg(fcinfo, 0, &exponent);
	int			horizon = PG_GETARG_INT32(1);
	int			season = season_arg(fcinfo, 2);
	double		confidence = PG_GETARG_FLOAT8(3);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int			skipped = trim_gaps(&series);
	ForecastStep *steps;
	Datum		model;

	crmkpi_normal_two_sided(confidence);	/* an error where it is no probability */
	if (horizon < 0 || horizon > MAX_STEPS_AHEAD - Min(skipped, MAX_STEPS_AHEAD))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("horizon %d is out of range", horizon),
				 errdetail("Expected 0 to %d steps after the last value, which is followed by %d times NULL.",
						   MAX_STEPS_AHEAD, skipped)));

	InitMaterializedSRF(fcinfo, 0);
	if (series.observed == 0 || horizon == 0)
		return (Datum) 0;
	steps = palloc((skipped + horizon) * sizeof(ForecastStep));
	model = CStringGetTextDatum(series_forecast(&series, season, confidence, steps, skipped + horizon));
	for (int h = 0; h < horizon; h++)
	{
		const ForecastStep *step = &steps[skipped + h];
		double		low = ldexp(step->low, exponent);
		double		high = ldexp(step->high, exponent);
		Datum		values[5];
		bool		nulls[5] = {false};

		values[0] = Int32GetDatum(h + 1);
		values[1] = unscale(step->value, exponent);
		values[2] = Float8GetDatum(low);
		values[3] = Float8GetDatum(high);
		values[4] = model;
		nulls[2] = nulls[3] = !isfinite(low) || !isfinite(high);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* forecast_models(series, season): the models that forecast() chooses from */
Datum
crmkpi_forecast_models(PG_FUNCTION_ARGS)
{
	int			exponent;
	Series		series = series_arg(fcinfo, 0, &exponent);
	int			season = season_arg(fcinfo, 1);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	EtsChoice	choice;

	trim_gaps(&series);
	InitMaterializedSRF(fcinfo, 0);
	series_choose(&choice, &series, season, true);
	for (int i = 0; i < choice.count; i++)
	{
		const EtsFit *fit = &choice.fits[i];
		double		sigma = ets_sigma(fit, &series);
		Datum		values[9];
		bool		nulls[9] = {false};

		if (isinf(choice.aicc[i]))
			continue;
		values[0] = CStringGetTextDatum(ets_name(&fit->model));
		values[1] = Float8GetDatum(fit->start[ETS_ALPHA]);
		values[2] = Float8GetDatum(ets_beta(fit));
		values[3] = Float8GetDatum(ets_gamma(fit));
		values[4] = Float8GetDatum(fit->start[ETS_PHI]);
		values[5] = unscale(sigma, fit->model.multiplicative ? 0 : exponent);
		values[6] = Int32GetDatum(fit->parameters + 1);
		values[7] = Float8GetDatum(choice.aicc[i] + 2.0 * M_LN2 * exponent * series.observed);
		values[8] = BoolGetDatum(i == choice.best);
		nulls[2] = fit->model.trend == ETS_LEVEL_ONLY;
		nulls[3] = fit->model.season == 1;
		nulls[4] = fit->model.trend != ETS_DAMPED;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* control_limits(series): a row for each element */
Datum
crmkpi_control_limits(PG_FUNCTION_ARGS)
{
	int			exponent;
	Series		series = series_arg(fcinfo, 0, &exponent);
	Control		control = control_of(&series);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int			run = 0;

	InitMaterializedSRF(fcinfo, 0);
	for (int t = 0; t < series.length; t++)
	{
		double		value = series.values[t];
		const char *signal = isnan(value) ? NULL : control_signal(&control, value, &run);
		Datum		values[6];
		bool		nulls[6] = {false};

		values[0] = Int32GetDatum(t + 1);
		values[1] = unscale(value, exponent);
		values[2] = unscale(control.centre, exponent);
		values[3] = unscale(control.centre - control.reach, exponent);
		values[4] = unscale(control.centre + control.reach, exponent);
		values[5] = signal ? CStringGetTextDatum(signal) : (Datum) 0;
		nulls[1] = isnan(value);
		nulls[2] = isnan(control.centre);
		nulls[3] = nulls[4] = isnan(control.reach);
		nulls[5] = signal == NULL;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
