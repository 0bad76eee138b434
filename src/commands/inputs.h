/* inputs.h -- rows of a table as results: inputlookup, inputcsv. */
#ifndef SPL_COMMANDS_INPUTS_H
#define SPL_COMMANDS_INPUTS_H

#include "expr/filter.h"
#include "knowledge/lookup.h"

typedef struct spl_inputs {
    bool append, strict, strict_given, events;
    int64_t start, max;
    const spl_table *table; /* NULL: no rows */
    spl_field *fields;
    spl_filter *where;
    /* running */
    bool main_ended;
    size_t row; /* next of the table */
    int64_t skipped, given;
} spl_inputs;

#define SPL_INPUTS_OPTIONS(owner, member)                                                                              \
    {.name = "append",                                                                                                 \
     .type = SPL_OPTION_BOOL,                                                                                          \
     .offset = offsetof(owner, member.append),                                                                         \
     .dflt = 0,                                                                                                        \
     .help = "add the rows after the results so far"},                                                                 \
        {.name = "strict",                                                                                             \
         .type = SPL_OPTION_BOOL,                                                                                      \
         .offset = offsetof(owner, member.strict),                                                                     \
         .given = offsetof(owner, member.strict_given),                                                                \
         .dflt = 0,                                                                                                    \
         .help = "false: a file that is not there gives no rows and a warning"},                                       \
        {.name = "start",                                                                                              \
         .type = SPL_OPTION_INT,                                                                                       \
         .offset = offsetof(owner, member.start),                                                                      \
         .dflt = 0,                                                                                                    \
         .min = 0,                                                                                                     \
         .max = 9e15,                                                                                                  \
         .help = "how many rows to pass over"},                                                                        \
    {                                                                                                                  \
        .name = "max", .type = SPL_OPTION_INT, .offset = offsetof(owner, member.max), .dflt = 1000000000, .min = 0,    \
        .max = 9e15, .help = "how many rows to give"                                                                   \
    }

extern const spl_segment spl_inputs_segments[];
/* The name among the arguments, and where. WHAT it is: "the name of a lookup". False: refused. */
bool spl_inputs_bind(spl_binder *binder, const spl_node *stage, spl_inputs *inputs, const char *what,
                     const spl_node **name, spl_str *text);
/* Whether a file that is not there is a warning: where strict=false is typed, or rows are added. Else it is refused:
 * the search would look as if it had found nothing. */
static inline bool spl_inputs_lenient(const spl_inputs *inputs)
{
    return !inputs->strict && (inputs->append || inputs->strict_given);
}
void spl_inputs_table(spl_binder *binder, spl_inputs *inputs, const spl_table *table);
spl_status spl_inputs_next(spl_op *op, spl_inputs *inputs, spl_batch **batch);
void spl_inputs_needs(const spl_op *op, const spl_inputs *inputs, const spl_fieldset *after, spl_fieldset *before);

#endif
