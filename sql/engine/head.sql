-- Complain if the script is sourced in psql, rather than via CREATE EXTENSION.
\echo Use "CREATE EXTENSION crmkpi" to load this file. \quit

-- Names are qualified throughout, and nothing is replaced or skipped: whatever
-- stood in the schema before is not taken for a part of the extension.

GRANT USAGE ON SCHEMA crmkpi TO PUBLIC;

