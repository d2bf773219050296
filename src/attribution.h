/*
 * attribution.h
 *		The value behind attribution_summary: touches and conversions of many
 *		customers.
 *
 * attribution.c holds the SQL functions, attribution_channels.c the names of
 * the channels, attribution_models.c the models that look at one customer
 * after the other, attribution_markov.c the one that looks at all of them.
 *
 * A record (keyed.h) is the customer, the time, and a word: of a touch the
 * hash of its channel, in which the top bit is 0, of a conversion its amount
 * with the top bit 1.  So the touches of a moment come before its conversions.
 */
#ifndef CRMKPI_ATTRIBUTION_H
#define CRMKPI_ATTRIBUTION_H

#include "keyed.h"

#pragma GCC visibility push(hidden)

extern const KeyedClass attribution_class;

/* The top bit of the word */
#define ATTRIBUTION_CONVERSION		(UINT64CONST(1) << 63)

#define ATTRIBUTION_CHANNEL_LIMIT	10000
#define ATTRIBUTION_NAMES_LIMIT		(1024 * 1024)	/* bytes of all names together */
#define ATTRIBUTION_MARKOV_LIMIT	1000	/* channels; its time grows with their third power */

/* -------------------------------------------------------------------------
 * Channels
 * -------------------------------------------------------------------------
 */

/* The rest of the value is one of these for each channel, in order of the hash, filled up to 8 with 0. */
typedef struct AttributionName
{
	uint64		hash;			/* of the name, the top bit 0 */
	uint32		length;
	char		bytes[FLEXIBLE_ARRAY_MEMBER];	/* not ended by a zero byte */
} AttributionName;

typedef struct AttributionSlot
{
	uint64		hash;
	uint32		number;			/* of the channel, from 1 on; 0: empty */
	bool		met;			/* by attribution_meet() */
} AttributionSlot;

/* The cache of the object: where each channel is. */
typedef struct AttributionChannels
{
	uint32		count;
	uint32		met;			/* how many were met */
	uint32		room;			/* of names[] */
	uint32		mask;			/* slots - 1 */
	const AttributionName **names;	/* in order of the hash, from 0 on */
	AttributionSlot *slots;		/* by the low bits of the hash, then the next free one */
} AttributionChannels;

extern const AttributionChannels *attribution_channels(Keyed *k);
extern uint64 attribution_take_channel(Keyed *k, const char *name, uint32 length);
extern void attribution_take_channels(Keyed *k, Keyed *other);
extern const char *attribution_take_foreign(Keyed *k, const char *const *names, const uint32 *lengths, uint32 count);
extern bool attribution_meet(Keyed *k, uint64 hash);

/* The slot of a channel, or the empty one where it would be. */
static inline AttributionSlot *
attribution_slot(const AttributionChannels *channels, uint64 hash)
{
	uint32		at = (uint32) hash & channels->mask;

	while (channels->slots[at].number != 0 && channels->slots[at].hash != hash)
		at = (at + 1) & channels->mask;
	return &channels->slots[at];
}

/* -------------------------------------------------------------------------
 * Models
 * -------------------------------------------------------------------------
 */
typedef enum AttributionModel
{
	ATTRIBUTION_FIRST,
	ATTRIBUTION_LAST,
	ATTRIBUTION_LINEAR,
	ATTRIBUTION_TIME_DECAY,
	ATTRIBUTION_POSITION,
	ATTRIBUTION_MARKOV
} AttributionModel;

/*
 * Credit is counted in parts so small that rounding each of them is never
 * seen: 2^60 of a conversion, and 2^30 of a ten-thousandth of money.  A
 * value has less than 2^26 records, so that sums have less than 2^119.
 */
#define ATTRIBUTION_PART_BITS	60
#define ATTRIBUTION_MONEY_BITS	30
#define ATTRIBUTION_ONE			(UINT64CONST(1) << ATTRIBUTION_PART_BITS)

typedef struct AttributionCredit
{
	uint128		conversions;
	uint128		money;
} AttributionCredit;

typedef struct AttributionTouch
{
	uint64		at;				/* a word of keyed.h */
	uint32		channel;		/* from 0 on */
} AttributionTouch;

typedef struct AttributionConversion
{
	uint64		at;
	uint64		amount;			/* ten-thousandths */
	uint32		touches;		/* of the customer, before it */
} AttributionConversion;

/* Walks over the customers, each with his touches and conversions in order of time. */
typedef struct AttributionPaths
{
	KeyedWalk	walk;
	const AttributionChannels *channels;
	bool		all;			/* also customers without a conversion */
	uint32		room;			/* of each of the two */
	uint32		touch_count;
	uint32		conversion_count;
	AttributionTouch *touches;
	AttributionConversion *conversions;
} AttributionPaths;

/* What is asked for. */
typedef struct AttributionQuestion
{
	AttributionModel model;
	uint64		within;			/* touches may be so many microseconds older than a conversion, at most */
	double		half_life;		/* microseconds */
} AttributionQuestion;

extern void attribution_paths_start(AttributionPaths *paths, Keyed *k, bool all);
extern bool attribution_paths_next(AttributionPaths *paths);
extern AttributionCredit *attribution_credits(Keyed *k, const AttributionQuestion *question);
extern void attribution_markov(Keyed *k, const AttributionQuestion *question, AttributionCredit *credits);

/* So many parts of a number of conversions and of their amount, which is in ten-thousandths */
static inline AttributionCredit
attribution_parts(uint64 conversions, uint128 amount, uint64 parts)
{
	AttributionCredit result;
	uint64		low = (uint64) amount & ((UINT64CONST(1) << ATTRIBUTION_MONEY_BITS) - 1);

	/* amount x parts / 2^30, of which the product alone might not fit */
	result.conversions = (uint128) conversions * parts;
	result.money = (amount >> ATTRIBUTION_MONEY_BITS) * parts + ((uint128) low * parts >> ATTRIBUTION_MONEY_BITS);
	return result;
}

static inline void
attribution_add(AttributionCredit *credit, const AttributionCredit *more)
{
	credit->conversions += more->conversions;
	credit->money += more->money;
}

static inline void
attribution_subtract(AttributionCredit *credit, const AttributionCredit *less)
{
	credit->conversions -= less->conversions;
	credit->money -= less->money;
}

#pragma GCC visibility pop

#endif							/* CRMKPI_ATTRIBUTION_H */
