/*
 * model.c
 *		A model fitted to customers.
 *
 * The parameters are those of the highest likelihood, found from several
 * starts on their logarithms (maximise.c).  Large lists are fitted in two
 * steps: several starts on a sample of the entries, which are in order, so
 * that any part of the range is in it; then all of them, from the maximum of
 * the sample, or from the start that has led highest there.
 *
 * A model is a flat value of fixed size, which a table may hold.  It is
 * canonical: equal models are equal bytes.
 */
#include "crmkpi.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "libpq/pqformat.h"
#include "model.h"
#include "utils/array.h"

#define SAMPLE_ENTRIES		10000

static Model *
model_new(const ModelKind *kind)
{
	return crmkpi_summary_new(sizeof(Model), &kind->summary);
}

static bool
model_plausible(const Model *model, const ModelKind *kind)
{
	for (int i = 0; i < kind->parameters; i++)
		if (!customer_in_range(model->parameters[i]))
			return false;
	return isfinite(model->log_likelihood) && model->customers >= 0;
}

/* An argument, to be read only. */
Model *
crmkpi_model_arg(FunctionCallInfo fcinfo, int argno, const ModelKind *kind)
{
	return crmkpi_summary_arg(fcinfo, argno, &kind->summary);
}

/* -------------------------------------------------------------------------
 * Fitting
 * -------------------------------------------------------------------------
 */

/* Says that there is no maximum, and where the search has ended. */
static void
not_converged_notice(const Model *model, const ModelKind *kind)
{
	StringInfoData reached;

	initStringInfo(&reached);
	for (int i = 0; i < kind->parameters; i++)
		appendStringInfo(&reached, "%s%s = %g", i > 0 ? ", " : "", kind->names[i], model->parameters[i]);
	ereport(NOTICE,
			(errmsg("%s found no maximum of the likelihood", kind->fit_name),
			 errdetail("It goes on rising as far as it was followed, to %s.", reached.data),
			 errhint("These customers do not tell all parameters: they are too few, or too much alike. "
					 "Predictions may be used with care, the parameters themselves mean little.")));
}

/* The model of these customers; starts are logarithms of the parameters. */
Model *
crmkpi_model_fit(const CustomerList *list, const ModelKind *kind,
				 const double (*starts)[MAXIMISE_VARIABLES], int count)
{
	Model	   *model = model_new(kind);
	Maximum		best;

	if (list->used >= 2 * SAMPLE_ENTRIES)
	{
		CustomerList *sample = customer_list_sample(list, kind->customers, SAMPLE_ENTRIES);

		best = crmkpi_maximise_from(kind->log_likelihood, sample, kind->parameters, starts, count);
		best = crmkpi_maximise(kind->log_likelihood, list, kind->parameters,
							   best.converged ? best.at : starts[best.start]);
	}
	else
		best = crmkpi_maximise_from(kind->log_likelihood, list, kind->parameters, starts, count);

	for (int i = 0; i < kind->parameters; i++)
		model->parameters[i] = exp(best.at[i]);
	model->log_likelihood = best.value;
	model->customers = list->customers;
	model->head.flags = best.converged ? MODEL_CONVERGED : 0;
	if (!model_plausible(model, kind))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s: parameters out of range", kind->fit_name),
				 errhint("Give times and amounts in larger or smaller units.")));
	if (!best.converged)
		not_converged_notice(model, kind);
	return model;
}

/* Log-likelihood of customers under a model, and its derivatives by the logarithms of the parameters. */
double
crmkpi_model_likelihood(const Model *model, const CustomerList *list, const ModelKind *kind, double *gradient)
{
	double		at[MAXIMISE_VARIABLES] = {0};
	double		value;

	for (int i = 0; i < kind->parameters; i++)
		at[i] = log(model->parameters[i]);
	value = kind->log_likelihood(at, gradient, list);
	if (!isfinite(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("log-likelihood out of range"),
				 errhint("The parameters of the model do not fit these customers at all; compare the units of time.")));
	return value;
}

/* These derivatives as double precision[]. */
Datum
crmkpi_model_gradient_array(const Model *model, const CustomerList *list, const ModelKind *kind)
{
	double		gradient[MAXIMISE_VARIABLES];
	Datum		values[MAXIMISE_VARIABLES];

	crmkpi_model_likelihood(model, list, kind, gradient);
	for (int i = 0; i < kind->parameters; i++)
		values[i] = Float8GetDatum(gradient[i]);
	return PointerGetDatum(construct_array(values, kind->parameters, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
										   TYPALIGN_DOUBLE));
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */

/* "r=... alpha=... log_likelihood=... customers=... converged=true" */
Model *
crmkpi_model_in(char *input, const ModelKind *kind)
{
	Model	   *model = model_new(kind);
	SummaryText text;

	crmkpi_text_begin(&text, input, &kind->summary);
	for (int i = 0; i < kind->parameters; i++)
	{
		crmkpi_text_key(&text, kind->names[i]);
		model->parameters[i] = crmkpi_text_double(&text);
	}
	crmkpi_text_key(&text, "log_likelihood");
	model->log_likelihood = crmkpi_text_double(&text);
	model->customers = crmkpi_text_count(&text, "customers");
	crmkpi_text_key(&text, "converged");
	if (strcmp(text.at, "true") == 0)
		model->head.flags = MODEL_CONVERGED;
	else if (strcmp(text.at, "false") != 0)
		crmkpi_text_error(&text, "true or false");
	if (!model_plausible(model, kind))
		crmkpi_text_error(&text, "positive parameters");
	return model;
}

char *
crmkpi_model_out(const Model *model, const ModelKind *kind)
{
	StringInfoData out;

	crmkpi_out_begin(&out, &kind->summary);
	for (int i = 0; i < kind->parameters; i++)
	{
		appendStringInfo(&out, " %s=", kind->names[i]);
		crmkpi_out_double(&out, model->parameters[i]);
	}
	appendStringInfoString(&out, " log_likelihood=");
	crmkpi_out_double(&out, model->log_likelihood);
	appendStringInfo(&out, " customers=" INT64_FORMAT " converged=%s", model->customers,
					 model->head.flags != 0 ? "true" : "false");
	return out.data;
}

/* the parameters, the log-likelihood, the number of customers, whether it has converged */
Model *
crmkpi_model_recv(StringInfo in, const ModelKind *kind)
{
	Model	   *model = model_new(kind);
	int			flags;

	crmkpi_recv_begin(in, &kind->summary);
	for (int i = 0; i < kind->parameters; i++)
		model->parameters[i] = pq_getmsgfloat8(in);
	model->log_likelihood = pq_getmsgfloat8(in);
	model->customers = crmkpi_recv_count(in, &kind->summary);
	flags = pq_getmsgbyte(in);
	if ((flags & ~MODEL_CONVERGED) != 0)
		crmkpi_recv_error(&kind->summary, "0 or 1 for whether it has converged");
	model->head.flags = (uint16) flags;
	if (!model_plausible(model, kind))
		crmkpi_recv_error(&kind->summary, "positive parameters and a finite log-likelihood");
	return model;
}

bytea *
crmkpi_model_send(const Model *model, const ModelKind *kind)
{
	StringInfoData out;

	crmkpi_send_begin(&out, &kind->summary);
	for (int i = 0; i < kind->parameters; i++)
		pq_sendfloat8(&out, model->parameters[i]);
	pq_sendfloat8(&out, model->log_likelihood);
	pq_sendint64(&out, model->customers);
	pq_sendbyte(&out, (uint8) model->head.flags);
	return pq_endtypsend(&out);
}
