/*
 * attribution_models.c
 *		Credit of conversions to channels, customer by customer.
 *
 * A conversion is credited to the touches before it, those within the window
 * if there is one, whether or not there were conversions in between:
 *
 *		first, last		all to that touch
 *		linear			the same to each
 *		position		40 % to the first, 40 % to the last, 20 % to those in
 *						between, the same to each; 50 % each where there are
 *						two, and all to a single one
 *		time_decay		by 0.5 ^ (age / half-life)
 *
 * (markov is in attribution_markov.c.)
 *
 * Each conversion is a whole number of parts, and so is its amount, and each
 * part goes to one touch: credits add up exactly.  Sums of integers do not
 * depend on their order, and where floating point is used the order is that of
 * the records, which is the same in every plan.
 *
 * No model takes the product of touches and conversions of a customer in time.
 * In the first four, all touches of a window get the same, and the first and
 * the last one something more.  So a sum W of what each touch gets of a
 * conversion is kept: a touch that comes into the window is charged W, and one
 * that leaves it is paid W.  (What is charged may be more than what a 128-bit
 * number holds; they count modulo 2^128, and the difference is right.)  With
 * time_decay, the weights of the touches of a channel are kept in one sum,
 * which decays as a whole.
 */
#include "crmkpi.h"

#include <math.h>

#include "attribution.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define LEAST_ROOM			64
#define CHECK_EVERY			65536	/* records of a customer, or channels that share conversions */

/* -------------------------------------------------------------------------
 * Customers
 * -------------------------------------------------------------------------
 */
void
attribution_paths_start(AttributionPaths *paths, Keyed *k, bool all)
{
	memset(paths, 0, sizeof(AttributionPaths));
	keyed_walk_start(&paths->walk, k);
	paths->channels = attribution_channels(k);
	paths->all = all;
}

/* Room for so many touches and conversions; those that are there need not be kept. */
static void
make_room(AttributionPaths *paths, uint32 count)
{
	if (paths->room > 0)
	{
		pfree(paths->touches);
		pfree(paths->conversions);
	}
	paths->room = Max(count, LEAST_ROOM);
	paths->touches = (AttributionTouch *)
		MemoryContextAllocHuge(CurrentMemoryContext, (Size) paths->room * sizeof(AttributionTouch));
	paths->conversions = (AttributionConversion *)
		MemoryContextAllocHuge(CurrentMemoryContext, (Size) paths->room * sizeof(AttributionConversion));
}

static bool
any_conversion(const KeyedWalk *walk)
{
	for (uint32 i = walk->count; i-- > 0;)
	{
		if ((keyed_walk_word(walk, i, 1) & ATTRIBUTION_CONVERSION) != 0)
			return true;
	}
	return false;
}

/* The next customer that is asked for; false after the last one. */
bool
attribution_paths_next(AttributionPaths *paths)
{
	const KeyedWalk *walk = &paths->walk;

	do
	{
		if (!keyed_walk_next(&paths->walk))
			return false;
	} while (!paths->all && !any_conversion(walk));

	if (unlikely(walk->count > paths->room))
		make_room(paths, walk->count);
	paths->touch_count = 0;
	paths->conversion_count = 0;
	for (uint32 i = 0; i < walk->count; i++)
	{
		uint64		at = keyed_walk_word(walk, i, 0);
		uint64		word = keyed_walk_word(walk, i, 1);

		if (unlikely(i % CHECK_EVERY == CHECK_EVERY - 1))
			CHECK_FOR_INTERRUPTS();
		if ((word & ATTRIBUTION_CONVERSION) != 0)
		{
			AttributionConversion *conversion = &paths->conversions[paths->conversion_count++];

			conversion->at = at;
			conversion->amount = word & ~ATTRIBUTION_CONVERSION;
			conversion->touches = paths->touch_count;
		}
		else
		{
			AttributionTouch *touch = &paths->touches[paths->touch_count++];

			touch->at = at;
			touch->channel = attribution_slot(paths->channels, word)->number - 1;
		}
	}
	return true;
}

/* -------------------------------------------------------------------------
 * first, last, linear, position
 * -------------------------------------------------------------------------
 */

/* What of an amount goes to each of so many touches, and to the first and the last one of them beyond that. */
static inline void
divide(AttributionModel model, uint32 touches, uint128 amount, uint128 *each, uint128 *first, uint128 *last)
{
	*each = 0;
	*first = 0;
	if (model == ATTRIBUTION_FIRST)
		*first = amount;
	else if (model == ATTRIBUTION_LINEAR)
		/* most fit in 64 bits, which are divided much faster */
		*each = amount <= PG_UINT64_MAX ? (uint64) amount / touches : amount / touches;
	else if (model == ATTRIBUTION_POSITION && touches == 2)
		*first = amount / 2;
	else if (model == ATTRIBUTION_POSITION && touches > 2)
	{
		uint128		fifth = amount <= PG_UINT64_MAX ? (uint64) amount / 5 : amount / 5;

		*each = fifth <= PG_UINT64_MAX ? (uint64) fifth / (touches - 2) : fifth / (touches - 2);
		*first = 2 * fifth - *each;
	}
	/* the last one takes what is left */
	*last = amount - *first - touches * *each;
}

static void
credit_evenly(Keyed *k, const AttributionQuestion *question, AttributionCredit *credits)
{
	AttributionCredit *direct;
	AttributionPaths paths;

	attribution_paths_start(&paths, k, false);
	direct = &credits[paths.channels->count];
	while (attribution_paths_next(&paths))
	{
		AttributionCredit sum = {0, 0}; /* W */
		uint32		begin = 0;	/* of the window */
		uint32		end = 0;

		for (uint32 i = 0; i < paths.conversion_count; i++)
		{
			const AttributionConversion *conversion = &paths.conversions[i];
			AttributionCredit whole = attribution_parts(1, conversion->amount, ATTRIBUTION_ONE);
			AttributionCredit each;
			AttributionCredit first;
			AttributionCredit last;

			if (unlikely(i % CHECK_EVERY == CHECK_EVERY - 1))
				CHECK_FOR_INTERRUPTS();
			for (; end < conversion->touches; end++)
				attribution_subtract(&credits[paths.touches[end].channel], &sum);
			for (; begin < end && conversion->at - paths.touches[begin].at > question->within; begin++)
				attribution_add(&credits[paths.touches[begin].channel], &sum);
			if (begin == end)
			{
				attribution_add(direct, &whole);
				continue;
			}
			divide(question->model, end - begin, whole.conversions,
				   &each.conversions, &first.conversions, &last.conversions);
			divide(question->model, end - begin, whole.money, &each.money, &first.money, &last.money);
			attribution_add(&sum, &each);
			attribution_add(&credits[paths.touches[begin].channel], &first);
			attribution_add(&credits[paths.touches[end - 1].channel], &last);
		}
		for (; begin < end; begin++)
			attribution_add(&credits[paths.touches[begin].channel], &sum);
	}
}

/* -------------------------------------------------------------------------
 * time_decay
 * -------------------------------------------------------------------------
 */

/* What a channel has in the window of a customer. */
typedef struct Decaying
{
	double		sum;			/* of the weights of its touches, that of the latest being 1 */
	uint64		at;				/* the latest touch */
	uint32		touches;
	uint32		place;			/* in the list of channels that have any */
} Decaying;

static void
credit_decaying(Keyed *k, const AttributionQuestion *question, AttributionCredit *credits)
{
	AttributionCredit *direct;
	AttributionPaths paths;
	Decaying   *states;			/* of each channel */
	uint32	   *active;			/* channels with touches in the window */
	double	   *weights;		/* of these */
	uint32		since_check = 0;

	attribution_paths_start(&paths, k, false);
	direct = &credits[paths.channels->count];
	states = (Decaying *) palloc0((paths.channels->count + 1) * sizeof(Decaying));
	active = (uint32 *) palloc((paths.channels->count + 1) * sizeof(uint32));
	weights = (double *) palloc((paths.channels->count + 1) * sizeof(double));
	while (attribution_paths_next(&paths))
	{
		uint32		active_count = 0;
		uint32		begin = 0;	/* of the window */
		uint32		end = 0;

		for (uint32 i = 0; i < paths.conversion_count; i++)
		{
			const AttributionConversion *conversion = &paths.conversions[i];
			AttributionCredit before = {0, 0};
			double		total = 0.0;
			double		so_far = 0.0;

			for (; end < conversion->touches; end++)
			{
				const AttributionTouch *touch = &paths.touches[end];
				Decaying   *state = &states[touch->channel];

				if (state->touches++ == 0)
				{
					state->sum = 0.0;
					state->place = active_count;
					active[active_count++] = touch->channel;
				}
				else
					state->sum *= exp2(-(double) (touch->at - state->at) / question->half_life);
				state->sum += 1.0;
				state->at = touch->at;
			}
			for (; begin < end && conversion->at - paths.touches[begin].at > question->within; begin++)
			{
				const AttributionTouch *touch = &paths.touches[begin];
				Decaying   *state = &states[touch->channel];

				if (--state->touches == 0)
				{
					active[state->place] = active[--active_count];
					states[active[state->place]].place = state->place;
				}
				else
					/* it has still got one of weight 1, however the others were rounded */
					state->sum = Max(state->sum - exp2(-(double) (state->at - touch->at) / question->half_life), 1.0);
			}
			if (begin == end)
			{
				before = attribution_parts(1, conversion->amount, ATTRIBUTION_ONE);
				attribution_add(direct, &before);
				continue;
			}
			since_check += active_count;
			if (unlikely(since_check >= CHECK_EVERY))
			{
				CHECK_FOR_INTERRUPTS();
				since_check = 0;
			}
			for (uint32 a = 0; a < active_count; a++)
			{
				const Decaying *state = &states[active[a]];

				weights[a] = state->sum * exp2(-(double) (paths.touches[end - 1].at - state->at) / question->half_life);
				total += weights[a];
			}
			for (uint32 a = 0; a < active_count; a++)
			{
				AttributionCredit *credit = &credits[active[a]];
				AttributionCredit up_to;

				so_far += weights[a];
				up_to = attribution_parts(1, conversion->amount,
										  a == active_count - 1 ? ATTRIBUTION_ONE :
										  (uint64) (so_far / total * (double) ATTRIBUTION_ONE));
				attribution_add(credit, &up_to);
				attribution_subtract(credit, &before);
				before = up_to;
			}
		}
		for (uint32 a = 0; a < active_count; a++)
			states[active[a]].touches = 0;
	}
}

/* -------------------------------------------------------------------------
 * All models
 * -------------------------------------------------------------------------
 */

/* The credit of each channel, and after them of conversions without a touch. */
AttributionCredit *
attribution_credits(Keyed *k, const AttributionQuestion *question)
{
	AttributionCredit *credits = (AttributionCredit *)
		palloc0((attribution_channels(k)->count + 1) * sizeof(AttributionCredit));

	if (question->model == ATTRIBUTION_MARKOV)
		attribution_markov(k, question, credits);
	else if (question->model == ATTRIBUTION_TIME_DECAY)
		credit_decaying(k, question, credits);
	else
		credit_evenly(k, question, credits);
	return credits;
}
