/*
 * model.h
 *		A model fitted to customers: its parameters, and how well it fits.
 */
#ifndef CRMKPI_MODEL_H
#define CRMKPI_MODEL_H

#include "customer_list.h"
#include "maximise.h"

#pragma GCC visibility push(hidden)

typedef struct Model
{
	SummaryHeader head;			/* flags: MODEL_CONVERGED */
	int64		customers;		/* to which it was fitted */
	double		log_likelihood; /* natural logarithm, at the parameters */
	double		parameters[MAXIMISE_VARIABLES]; /* positive; those the family does not use are 0 */
} Model;

#define MODEL_CONVERGED		1	/* the parameters are a maximum of the likelihood */

/*
 * A family of models.  The likelihood is a function of the logarithms of the
 * parameters; its data is a packed CustomerList.
 */
typedef struct ModelKind
{
	SummaryKind summary;
	int			parameters;		/* how many */
	const char *names[MAXIMISE_VARIABLES];
	MaximiseFunction log_likelihood;
	const CustomerListKind *customers;
	const char *fit_name;		/* the function that fits it, for messages */
} ModelKind;

extern Model *crmkpi_model_arg(FunctionCallInfo fcinfo, int argno, const ModelKind *kind);
extern Model *crmkpi_model_fit(const CustomerList *list, const ModelKind *kind,
							   const double (*starts)[MAXIMISE_VARIABLES], int count);
extern double crmkpi_model_likelihood(const Model *model, const CustomerList *list, const ModelKind *kind,
									  double *gradient);
extern Datum crmkpi_model_gradient_array(const Model *model, const CustomerList *list, const ModelKind *kind);

extern Model *crmkpi_model_in(char *input, const ModelKind *kind);
extern char *crmkpi_model_out(const Model *model, const ModelKind *kind);
extern Model *crmkpi_model_recv(StringInfo in, const ModelKind *kind);
extern bytea *crmkpi_model_send(const Model *model, const ModelKind *kind);

#pragma GCC visibility pop

#endif							/* CRMKPI_MODEL_H */
