/*
 * crmkpi.h
 *		What every file of crmkpi includes first, and the one place that knows
 *		which PostgreSQL it is built against.
 */
#ifndef CRMKPI_H
#define CRMKPI_H

#include "postgres.h"
#include "fmgr.h"

#if PG_VERSION_NUM < 150000
#error "crmkpi needs PostgreSQL 15 or later"
#endif

/* 16 moved the varlena macros out of postgres.h */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* 16 lets make_range() (utils/rangetypes.h) report an error without throwing it */
#if PG_VERSION_NUM >= 160000
#define make_range(type, lower, upper, empty) make_range(type, lower, upper, empty, NULL)
#endif

/* 18 lets a module carry its name and version, see pg_get_loaded_modules() */
#ifdef PG_MODULE_MAGIC_EXT
#define CRMKPI_MODULE_MAGIC \
	PG_MODULE_MAGIC_EXT(.name = "crmkpi", .version = CRMKPI_VERSION)
#else
#define CRMKPI_MODULE_MAGIC PG_MODULE_MAGIC
#endif

/* sums are exact: 128-bit integers, which every 64-bit gcc and clang has */
#ifndef HAVE_INT128
#error "crmkpi needs a compiler with 128-bit integers"
#endif

#endif							/* CRMKPI_H */
