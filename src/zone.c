/*
 * zone.c
 *		Time zones of the server's database: their names, and local time.
 *
 * The shifts of the clocks of a zone are read once per process, and kept as
 * long as the process lives: then local time is a look at a few of them.
 */
#include "crmkpi.h"

#include <ctype.h>

#include "scalar.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "zone.h"

#define EPOCH_DIFF_SECS		((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

static HTAB *zones = NULL;

/* -------------------------------------------------------------------------
 * Names
 * -------------------------------------------------------------------------
 */

/*
 * Whether the server's zone database has this name.  pg_tzset() takes POSIX
 * rules such as UTC+3 as well, which mean the opposite of what people think;
 * their names come back in upper case.  The few names of the database that
 * look like it are told one by one.
 */
static bool
zone_is_named(const char *name, const char *canonical)
{
	static const char *const like_posix[] = {
		"EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT", "GMT0", "GMT+0", "GMT-0",
		"NZ-CHAT", "W-SU"
	};
	bool		has_lower = false;

	if (strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") != strlen(name) ||
		!isalpha((unsigned char) name[0]))
		return false;
	if (strpbrk(name, "0123456789+-") == NULL)
		return true;
	for (const char *c = canonical; *c != '\0'; c++)
		has_lower = has_lower || islower((unsigned char) *c);
	if (has_lower)
		return true;
	for (size_t i = 0; i < lengthof(like_posix); i++)
		if (strcmp(canonical, like_posix[i]) == 0)
			return true;
	return false;
}

/* The name of a zone as the database writes it. */
const char *
crmkpi_zone_name(const char *name)
{
	pg_tz	   *zone = strlen(name) <= TZ_STRLEN_MAX ? pg_tzset(name) : NULL;

	if (zone == NULL || !pg_tz_acceptable(zone) || !zone_is_named(name, pg_get_timezone_name(zone)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", name),
				 errdetail("Expected a name of the server's time zone database; offsets and POSIX rules are not taken."),
				 errhint("Choose one from pg_timezone_names, such as America/New_York.")));
	return pg_get_timezone_name(zone);
}

/* -------------------------------------------------------------------------
 * Shifts of the clock
 * -------------------------------------------------------------------------
 */

/* Counts the shifts up to each span of time. */
static uint32 *
count_by_span(const TimestampTz *at, int shifts, uint32 *spans)
{
	uint32	   *before;
	int			i = 0;

	*spans = shifts == 0 ? 0 : (uint32) ((at[shifts - 1] - at[0]) >> ZONE_SPAN_BITS) + 1;
	before = (uint32 *) MemoryContextAlloc(TopMemoryContext, *spans * sizeof(uint32) + 1);
	for (uint32 span = 0; span < *spans; span++)
	{
		while (i < shifts && at[i] <= at[0] + ((int64) span << ZONE_SPAN_BITS))
			i++;
		before[span] = (uint32) i;
	}
	return before;
}

/*
 * Reads the shifts of a zone up to "until".  The database has them to 2037 or
 * so, and rules for later.
 */
static void
read_shifts(Zone *zone, TimestampTz until)
{
	pg_tz	   *tz = pg_tzset(zone->name);
	pg_time_t	at = -(int64) POSTGRES_EPOCH_JDATE * SECS_PER_DAY;	/* before all clocks */
	int64		limit = until / USECS_PER_SEC + EPOCH_DIFF_SECS;
	int			room = 256;
	int			shifts = 0;
	TimestampTz *shift_at;
	int64	   *offset;
	uint32		spans;
	uint32	   *span_start;
	MemoryContext old;

	if (tz == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", zone->name),
				 errhint("This server's time zone database does not have it; update the database.")));

	old = MemoryContextSwitchTo(TopMemoryContext);
	shift_at = palloc(room * sizeof(TimestampTz));
	offset = palloc((room + 1) * sizeof(int64));
	MemoryContextSwitchTo(old);
	offset[0] = 0;
	for (;;)
	{
		long int	before;
		long int	after;
		int			before_isdst;
		int			after_isdst;
		pg_time_t	next;
		int			found = pg_next_dst_boundary(&at, &before, &before_isdst, &next, &after, &after_isdst, tz);

		if (found >= 0 && shifts == 0)
			offset[0] = before * USECS_PER_SEC;
		if (found <= 0 || next > limit)
			break;
		at = next + 1;			/* asked at the very shift, it may say that there are no more */
		if (before == after)
			continue;
		if (shifts == room)
		{
			room *= 2;
			shift_at = repalloc(shift_at, room * sizeof(TimestampTz));
			offset = repalloc(offset, (room + 1) * sizeof(int64));
		}
		shift_at[shifts++] = (next - EPOCH_DIFF_SECS) * USECS_PER_SEC;
		offset[shifts] = after * USECS_PER_SEC;
	}
	span_start = count_by_span(shift_at, shifts, &spans);
	/* only now: an error above must not leave the zone half-read */
	if (zone->at != NULL)
	{
		pfree(zone->at);
		pfree(zone->offset);
		pfree(zone->before);
	}
	zone->at = shift_at;
	zone->offset = offset;
	zone->before = span_start;
	zone->spans = spans;
	zone->shifts = shifts;
	zone->known_until = until;
}

/* A zone by its name, with all shifts up to an instant. */
const Zone *
crmkpi_zone(const char *name, TimestampTz until)
{
	Zone	   *zone;
	char		key[TZ_STRLEN_MAX + 1] = {0};
	bool		found;

	if (zones == NULL)
	{
		HASHCTL		ctl = {.keysize = TZ_STRLEN_MAX + 1,.entrysize = sizeof(Zone)};

		zones = hash_create("crmkpi time zones", 16, &ctl, HASH_ELEM | HASH_STRINGS);
	}
	strlcpy(key, name, sizeof(key));
	zone = hash_search(zones, key, HASH_ENTER, &found);
	if (!found)
	{
		zone->at = NULL;
		zone->known_until = DT_NOBEGIN;
	}
	if (until > zone->known_until)
		read_shifts(zone, until);
	return zone;
}

/* Local time - UTC at a finite instant from ZONE_REGULAR_FROM on. */
int64
crmkpi_zone_far_offset(const Zone *zone, TimestampTz t)
{
	t = ZONE_REGULAR_FROM + (t - ZONE_REGULAR_FROM) % ZONE_CYCLE;
	zone = crmkpi_zone(zone->name, ZONE_REGULAR_FROM + ZONE_CYCLE);
	return zone->offset[zone_shifts_until(zone, t)];
}
