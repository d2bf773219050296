/*
 * value.h
 *		The value behind value_summary: the purchases of many customers.
 *
 * value.c holds the SQL functions and the totals, value_history.c the answers
 * with a row per customer, value_money.c the amounts.
 *
 * A record (keyed.h) is the customer, the time, and the amount.
 */
#ifndef CRMKPI_VALUE_H
#define CRMKPI_VALUE_H

#include "keyed.h"
#include "scalar.h"

#pragma GCC visibility push(hidden)

extern const KeyedClass value_class;

/*
 * Amounts are counted in ten-thousandths of the currency's unit, as
 * numeric(19,4) does.  One below zero is a refund, any other a purchase.
 */
#define VALUE_DECIMALS	4

extern int64 value_amount_arg(FunctionCallInfo fcinfo, int argno);
extern Numeric value_money(int128 amount);
extern Numeric value_mean(int128 amount, int64 count);

/* An amount as a word: small where it is close to 0, so that it packs into few bytes */
static inline uint64
value_word_of_amount(int64 amount)
{
	return (uint64) amount << 1 ^ (amount < 0 ? ~UINT64CONST(0) : 0);
}

static inline int64
value_amount_of_word(uint64 word)
{
	return (int64) (word >> 1 ^ ((word & 1) != 0 ? ~UINT64CONST(0) : 0));
}

/* The i-th record of a customer, in order of time */
static inline int64
value_walk_at(const KeyedWalk *walk, uint32 i)
{
	return keyed_time_of_word(keyed_walk_word(walk, i, 0));
}

static inline int64
value_walk_amount(const KeyedWalk *walk, uint32 i)
{
	return value_amount_of_word(keyed_walk_word(walk, i, 1));
}

#pragma GCC visibility pop

#endif							/* CRMKPI_VALUE_H */
