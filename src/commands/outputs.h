/* outputs.h -- results that are written to the state folder and go on through the pipeline: outputlookup, outputcsv,
 * collect.
 *
 * Everything is read before anything is given on, so that what is written does not depend on how much the stages after
 * it want. */
#ifndef SPL_COMMANDS_OUTPUTS_H
#define SPL_COMMANDS_OUTPUTS_H

#include "exec/fieldtable.h"
#include "exec/rowstore.h"
#include "knowledge/lookup.h"

typedef struct spl_outputs {
    spl_rowstore *in, *out;
    spl_fieldtable columns; /* of the results */
    uint64_t rows;
    bool written;
} spl_outputs;

/* What a command does with its results: begin when the columns are known, row by row, end. */
typedef struct spl_outputs_hooks {
    void (*begin)(spl_op *op);
    void (*batch)(spl_op *op, spl_batch *batch);
    void (*end)(spl_op *op);
} spl_outputs_hooks;

/* An own loop: reads all results, calls the hooks (not in a dry run, nor where PASS), gives the results on. */
spl_status spl_outputs_next(spl_op *op, spl_outputs *outputs, const spl_outputs_hooks *hooks, bool pass,
                            spl_batch **batch);

/* What file= says, $timestamp$ and $random$ replaced; empty: <index>.ndjson. */
spl_str spl_outputs_file(spl_binder *binder, spl_str file, spl_str index);
/* marker=: name=value pairs, separated by commas outside of double quotes. False: refused. */
typedef struct spl_marker {
    spl_str name, value;
    spl_field field;
} spl_marker;
typedef SPL_VEC(spl_marker) spl_markers;
bool spl_outputs_markers(spl_binder *binder, const spl_node *stage, spl_str text, spl_markers *markers);
/* Adds a member to the JSON object that OUT ends with, which is still open; none for null. */
void spl_outputs_member(spl_buf *out, const char *prefix, spl_str name, spl_value value);

/* A CSV file being written to the state. */
typedef struct spl_csv_file spl_csv_file;
/* Rows of BASE (or NULL) come first, and only its columns are written, if it has any. MV: columns __mv_<field> for
 * those of FIELDS that are marked in MULTI. GZIP: packed. */
spl_csv_file *spl_csv_file_new(spl_op *op, const char *folder, spl_str name, const spl_table *base,
                               const spl_field *fields, const bool *multi, size_t count, spl_str separator);
void spl_csv_file_row(spl_csv_file *file, const spl_batch *batch, uint32_t row);
void spl_csv_file_done(spl_csv_file *file);
/* V as text, the values of a multivalue joined by SEPARATOR. */
void spl_outputs_text(spl_buf *out, spl_value value, spl_str separator);

#endif
