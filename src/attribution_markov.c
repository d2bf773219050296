/*
 * attribution_markov.c
 *		Credit of conversions to channels by a Markov chain (Anderl et al.,
 *		Mapping the customer journey, IJRM 2016).
 *
 * The touches of a conversion, those within the window if there is one, are a
 * path from a start over channels to a conversion.  Touches that belong to no
 * conversion are paths that end in nothing: one for each run of them that is
 * not interrupted.  Counted over all paths, the steps give the probabilities
 * of a chain of first order:
 *
 *		Q		from channel to channel (a channel may follow itself)
 *		s		from the start to a channel
 *		r		from a channel to a conversion
 *
 * The removal effect of a channel is the share of conversions that would be
 * lost if it led to nothing.  The chain need not be solved again without each
 * channel.  With N = (I - Q)^-1, the expected visits,
 *
 *		visited(c) = (s N)(c) / N(c,c)		probability that c is ever visited
 *		h(c) = (N r)(c)						probability of a conversion after c
 *		effect(c) = visited(c) h(c) / (s N r)
 *
 * for a chain that visits c is renewed there.  The effects, normalised, are
 * the shares of the channels in conversions and in their amount.
 *
 * Numbers: the matrix is inverted by sweeping out one channel after the other,
 * with the start as one more row, and conversions and nothing as two more
 * columns.  While a channel has not been swept out, its row is that of a chain
 * which only sees it when it visits such a channel, and adds up to 1.  So the
 * pivot 1 - q(c,c) is computed as the sum of the others (Grassmann, Taksar,
 * Heyman 1985): nothing is ever subtracted, all numbers are exact to a few
 * units in the last place, and no pivot needs to be searched for.
 */
#include "crmkpi.h"

#include "attribution.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Counts of steps, from each channel and the start to each channel, to conversions and to nothing. */
typedef struct Chain
{
	uint32		channels;
	uint32		start;			/* the row after those of channels */
	uint32		converted;		/* the column after those of channels */
	uint32		lost;			/* and the next one */
	Size		width;
	uint64	   *steps;
	uint64		conversions;	/* that have a path */
	uint128		amount;			/* of these, in ten-thousandths */
} Chain;

static inline uint64 *
step(Chain *chain, uint32 from, uint32 to)
{
	return &chain->steps[from * chain->width + to];
}

/* A path over some touches that ends in nothing */
static void
count_lost(Chain *chain, const AttributionTouch *touches, uint32 count)
{
	uint32		before = chain->start;

	for (uint32 i = 0; i < count; i++)
	{
		++*step(chain, before, touches[i].channel);
		before = touches[i].channel;
	}
	if (count > 0)
		++*step(chain, before, chain->lost);
}

/*
 * The paths of a customer.  The step from a touch to the next one counts as
 * often as there are conversions whose window has both: those so far when the
 * first one leaves the window, less those so far when the second one came.
 */
static void
count_customer(Chain *chain, const AttributionPaths *paths, uint64 within, AttributionCredit *direct)
{
	const AttributionTouch *touches = paths->touches;
	uint32		begin = 0;		/* of the window */
	uint32		end = 0;
	uint32		so_far = 0;		/* conversions */

	for (; so_far < paths->conversion_count; so_far++)
	{
		const AttributionConversion *conversion = &paths->conversions[so_far];
		uint32		end_before = end;

		if (unlikely(so_far % 65536 == 65535))
			CHECK_FOR_INTERRUPTS();
		for (; end < conversion->touches; end++)
		{
			if (end > begin)
				*step(chain, touches[end - 1].channel, touches[end].channel) -= so_far;
		}
		for (; begin < end && conversion->at - touches[begin].at > within; begin++)
		{
			if (begin + 1 < end)
				*step(chain, touches[begin].channel, touches[begin + 1].channel) += so_far;
		}
		if (begin > end_before)
			count_lost(chain, touches + end_before, begin - end_before);
		if (begin == end)
		{
			AttributionCredit whole = attribution_parts(1, conversion->amount, ATTRIBUTION_ONE);

			attribution_add(direct, &whole);
			continue;
		}
		++*step(chain, chain->start, touches[begin].channel);
		++*step(chain, touches[end - 1].channel, chain->converted);
		chain->conversions++;
		chain->amount += conversion->amount;
	}
	for (; begin + 1 < end; begin++)
		*step(chain, touches[begin].channel, touches[begin + 1].channel) += so_far;
	count_lost(chain, touches + end, paths->touch_count - end);
}

/*
 * Inverts I - Q in place, and with it the start's row and the columns of the
 * ends: afterwards they are N, s N, N r and the probability of a conversion.
 */
static void
sweep(const Chain *chain, double *matrix)
{
	for (uint32 c = 0; c < chain->channels; c++)
	{
		double	   *row = matrix + c * chain->width;
		double		pivot = 0.0;

		for (Size j = c + 1; j < chain->width; j++)
			pivot += row[j];
		row[c] = 1.0;
		for (Size j = 0; j < chain->width; j++)
			row[j] /= pivot;
		for (uint32 i = 0; i <= chain->start; i++)
		{
			double	   *other = matrix + i * chain->width;
			double		to_c = other[c];

			if (i == c || to_c == 0.0)
				continue;
			other[c] = 0.0;
			for (Size j = 0; j < chain->width; j++)
				other[j] += to_c * row[j];
		}
		CHECK_FOR_INTERRUPTS();
	}
}

/* The probabilities of the steps */
static double *
probabilities(Chain *chain)
{
	Size		rows = (Size) chain->channels + 1;
	double	   *matrix = (double *) palloc(rows * chain->width * sizeof(double));

	for (Size i = 0; i < rows; i++)
	{
		const uint64 *steps = chain->steps + i * chain->width;
		uint64		total = 0;

		for (Size j = 0; j < chain->width; j++)
			total += steps[j];
		for (Size j = 0; j < chain->width; j++)
			matrix[i * chain->width + j] = total == 0 ? 0.0 : (double) steps[j] / (double) total;
	}
	return matrix;
}

/* Adds the credit of each channel, and after them of conversions without a touch. */
void
attribution_markov(Keyed *k, const AttributionQuestion *question, AttributionCredit *credits)
{
	AttributionPaths paths;
	AttributionCredit before = {0, 0};
	Chain		chain = {0};
	double	   *matrix;
	double	   *effects;
	double		total = 0.0;
	double		so_far = 0.0;
	uint32		last = 0;		/* the last channel with an effect */

	attribution_paths_start(&paths, k, true);
	chain.channels = paths.channels->count;
	if (chain.channels > ATTRIBUTION_MARKOV_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%u channels are too many for model \"markov\"", chain.channels),
				 errdetail("Expected at most %d.", ATTRIBUTION_MARKOV_LIMIT),
				 errhint("Put rare channels together, for example as \"other\", or use another model.")));
	chain.start = chain.channels;
	chain.converted = chain.channels;
	chain.lost = chain.channels + 1;
	chain.width = (Size) chain.channels + 2;
	chain.steps = (uint64 *) palloc0((chain.channels + 1) * chain.width * sizeof(uint64));
	while (attribution_paths_next(&paths))
		count_customer(&chain, &paths, question->within, &credits[chain.channels]);
	if (chain.conversions == 0)
		return;

	matrix = probabilities(&chain);
	sweep(&chain, matrix);
	effects = (double *) palloc(chain.channels * sizeof(double));
	for (uint32 c = 0; c < chain.channels; c++)
	{
		const double *row = matrix + c * chain.width;

		effects[c] = matrix[chain.start * chain.width + c] / row[c] * row[chain.converted];
		total += effects[c];
		if (effects[c] > 0.0)
			last = c;
	}
	for (uint32 c = 0; c <= last; c++)
	{
		AttributionCredit up_to;

		so_far += effects[c];
		up_to = attribution_parts(chain.conversions, chain.amount,
								  c == last ? ATTRIBUTION_ONE : (uint64) (so_far / total * (double) ATTRIBUTION_ONE));
		attribution_add(&credits[c], &up_to);
		attribution_subtract(&credits[c], &before);
		before = up_to;
	}
}
