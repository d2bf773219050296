/*
 * crmkpi.c
 *		The loadable module: its magic block, and nothing else.
 */
#include "crmkpi.h"

CRMKPI_MODULE_MAGIC;
