/* search.h -- the inside of a search, for search.c and hunt.c. */
#ifndef SPL_RUN_SEARCH_H
#define SPL_RUN_SEARCH_H

#include "spl.h"

#include "lang/parse.h"
#include "run/plan.h"

struct spl_search {
    spl_config config;
    spl_query query;
    spl_source *source;
    spl_parse_env env;
    const spl_source *expanded;
    const spl_node *ast;
    spl_plan *plan;
    spl_worker *worker;
    spl_op *run;
    bool ran, failed;
    spl_status status;
    uint64_t rows;      /* that were given so far */
    bool hunted;        /* one of many: nobody asks which clause no event met */
    spl_search *shared; /* whose knowledge, DATA and clock it uses, or NULL */
};

/* A failed call: its words become a diagnostic, its run is closed. */
spl_status spl_search_fail(spl_search *search, const spl_frame *frame);
bool spl_search_read(spl_search *search); /* expands and parses, once */
bool spl_search_open(spl_search *search); /* DATA and times, its own or shared */

#endif
