/*
 * customer_list.h
 *		A summary that counts customers who are alike: the state of the families
 *		that fit models of purchases.
 *
 * What a model needs to know of a customer is a number of purchases and one or
 * two real numbers: a family says which.
 */
#ifndef CRMKPI_CUSTOMER_LIST_H
#define CRMKPI_CUSTOMER_LIST_H

#include "summary.h"

#pragma GCC visibility push(hidden)

/* Without padding: bytes are compared. */
typedef struct CustomerEntry
{
	int64		frequency;		/* repeat purchases, 0 to CUSTOMER_MAX_FREQUENCY */
	double		values[2];		/* the family's; those it does not use are 0 */
	int64		count;			/* customers, from 1 on */
} CustomerEntry;

typedef struct CustomerList
{
	SummaryHeader head;			/* flags: CUSTOMER_LIST_WORKING */
	int64		customers;		/* sum of all counts */
	uint32		used;			/* number of entries */
	uint32		unused;			/* 0 */
	CustomerEntry entries[FLEXIBLE_ARRAY_MEMBER];	/* in order, each once, but with CUSTOMER_LIST_WORKING */
} CustomerList;

#define CUSTOMER_LIST_WORKING	1	/* in an aggregate: in any order, with room for more */

#define CUSTOMER_LIST_SIZE		offsetof(CustomerList, entries)

#define CUSTOMER_MAX_FREQUENCY	PG_INT32_MAX

/*
 * Times and amounts are 0 or between these.  No product or quotient of a few of
 * them overflows, or is lost in 0.
 */
#define CUSTOMER_LEAST			1e-50
#define CUSTOMER_MOST			1e50

static inline bool
customer_in_range(double value)
{
	return value >= CUSTOMER_LEAST && value <= CUSTOMER_MOST;
}

/* A family of such summaries. */
typedef struct CustomerListKind
{
	SummaryKind summary;
	int			values;			/* how many of them it uses, 1 or 2 */
	bool		(*plausible) (int64 frequency, const double *values);
	const char *expected;		/* what a customer has to be, for messages */
} CustomerListKind;

extern CustomerList *customer_list_add(CustomerList *list, const CustomerListKind *kind, const CustomerEntry *entry);
extern CustomerList *customer_list_merge(CustomerList *list, const CustomerList *other, const CustomerListKind *kind);
extern CustomerList *customer_list_pack(const CustomerList *list, const CustomerListKind *kind);
extern CustomerList *customer_list_sample(const CustomerList *list, const CustomerListKind *kind, uint32 entries);
extern CustomerList *customer_list_arg(FunctionCallInfo fcinfo, int argno, const CustomerListKind *kind);

extern CustomerList *customer_list_in(char *input, const CustomerListKind *kind);
extern char *customer_list_out(const CustomerList *list, const CustomerListKind *kind);
extern CustomerList *customer_list_recv(StringInfo in, const CustomerListKind *kind);
extern bytea *customer_list_send(const CustomerList *list, const CustomerListKind *kind);
extern Datum customer_list_combine(FunctionCallInfo fcinfo, const CustomerListKind *kind);

extern double crmkpi_text_double(SummaryText *text);
extern void crmkpi_out_double(StringInfo out, double value);

/* The list in the form in which a transition function returns it: outside an aggregate it may be stored. */
static inline CustomerList *
customer_list_result(FunctionCallInfo fcinfo, CustomerList *list, const CustomerListKind *kind)
{
	return likely(summary_in_aggregate(fcinfo)) ? list : customer_list_pack(list, kind);
}

#pragma GCC visibility pop

#endif							/* CRMKPI_CUSTOMER_LIST_H */
