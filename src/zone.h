/*
 * zone.h
 *		Time zones of the server's database: their names, and local time.
 */
#ifndef CRMKPI_ZONE_H
#define CRMKPI_ZONE_H

#include "datatype/timestamp.h"
#include "pgtime.h"

#pragma GCC visibility push(hidden)

/* A zone of the database: what its clocks show from which instant on. */
typedef struct Zone
{
	char		name[TZ_STRLEN_MAX + 1];	/* key */
	int			shifts;			/* number known */
	TimestampTz known_until;	/* all shifts up to then are known */
	TimestampTz *at;			/* [shifts] */
	int64	   *offset;			/* [shifts + 1] local time - UTC, microseconds; [i] before at[i] */
	uint32		spans;			/* of equal length, from the first shift to the last */
	uint32	   *before;			/* [spans] shifts up to where a span begins */
} Zone;

/* About 100 days: a shift is found by the span that a time lies in. */
#define ZONE_SPAN_BITS		43

/*
 * Once zones go by rules alone, everything repeats itself after 400 years of
 * 20871 whole weeks.  The database lists shifts one by one up to 2087.
 */
#define ZONE_REGULAR_FROM	(INT64CONST(36525) * USECS_PER_DAY) /* 2100-01-01 */
#define ZONE_CYCLE			(INT64CONST(146097) * USECS_PER_DAY)

extern const char *crmkpi_zone_name(const char *name);
extern const Zone *crmkpi_zone(const char *name, TimestampTz until);
extern int64 crmkpi_zone_far_offset(const Zone *zone, TimestampTz t);

/* How many of the known shifts lie at or before t. */
static inline int
zone_shifts_until(const Zone *zone, TimestampTz t)
{
	const TimestampTz *at = zone->at;
	uint64		span;
	uint32		i;

	if (zone->shifts == 0 || t < at[0])
		return 0;
	span = (uint64) (t - at[0]) >> ZONE_SPAN_BITS;
	if (span >= zone->spans)
		return zone->shifts;
	for (i = zone->before[span]; i < (uint32) zone->shifts && at[i] <= t; i++)
		;
	return (int) i;
}

/* Local time of a finite instant, in a zone whose shifts are known until ZONE_REGULAR_FROM at least. */
static inline Timestamp
zone_local_time(const Zone *zone, TimestampTz t)
{
	if (unlikely(t >= ZONE_REGULAR_FROM))
		return t + crmkpi_zone_far_offset(zone, t);
	return t + zone->offset[zone_shifts_until(zone, t)];
}

#pragma GCC visibility pop

#endif							/* CRMKPI_ZONE_H */
