/* limits.h -- bounds of a Splunk server that searches meet: the documented default, or what an app's limits.conf sets
 * in its place (Admin Manual, limits.conf). */
#ifndef SPL_KNOWLEDGE_LIMITS_H
#define SPL_KNOWLEDGE_LIMITS_H

#include "exec/query.h"

/* The setting KEY of [STANZA]; DFLT where no limits.conf sets it. */
uint64_t spl_limit(const spl_query *query, const char *stanza, const char *key, uint64_t dflt);
/* The same of a bound that acts with --limits splunk alone: 0 (no bound) without. */
uint64_t spl_server_limit(const spl_query *query, const char *stanza, const char *key, uint64_t dflt);
/* The same of a setting that is a number, above 0. */
double spl_limit_number(const spl_query *query, const char *stanza, const char *key, double dflt);
/* The same of a setting that is true or false. */
bool spl_limit_flag(const spl_query *query, const char *stanza, const char *key, bool dflt);
/* Sets the bounds in query->limits that limits.conf can set. */
void spl_limits_read(spl_query *query);

#endif
