/* writer.h -- results as text: table, ndjson, json, csv, tsv, raw. */
#ifndef SPL_WRITERS_WRITER_H
#define SPL_WRITERS_WRITER_H

#include "exec/op.h"

#include <stdio.h>

typedef struct spl_output {
    const spl_writer *writer;
    const spl_query *query;
    spl_arena *arena;
    spl_buf buffer;   /* flushed to the sink when it is large */
    bool (*sink)(void *to, spl_str text); /* false: it could not be written */
    void *to;
    void *state;      /* the writer's */
    spl_eval *ev;     /* fieldformat, times */
    bool terminal;    /* colour and width may be used */
    unsigned width;   /* of the terminal, 0 unknown */
    uint64_t rows;
} spl_output;

struct spl_writer {
    const char *name;
    const char *summary;
    bool columns_first; /* needs every column's name before the first row: rows are held (spooled) until the end where
                           the pipeline does not fix its columns */
    void (*begin)(spl_output *output);
    void (*batch)(spl_output *output, spl_batch *batch);
    void (*end)(spl_output *output);
};

#endif
