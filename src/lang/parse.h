/* parse.h -- from text to AST: macro expansion, scanning, parsing. Glue to grammar/. */
#ifndef SPL_LANG_PARSE_H
#define SPL_LANG_PARSE_H

#include "base/buf.h"
#include "lang/ast.h"

/* A macro's definition, wherever it came from (macros.conf, YAML, --macro). */
typedef struct spl_macro {
    spl_str name; /* without (n) */
    uint32_t n_args;
    const spl_str *args;
    spl_str definition;
    spl_str validation, errormsg; /* or empty */
    bool iseval;
    const spl_source *source; /* the definition: name is the file, first_line and first_column where it begins in it */
} spl_macro;

typedef struct spl_parse_env spl_parse_env;
struct spl_parse_env {
    spl_arena *arena;
    spl_diag *diag;
    void *context;
    /* The macro NAME with N_ARGS arguments, or NULL. */
    const spl_macro *(*find_macro)(void *context, spl_str name, uint32_t n_args);
    /* All argument counts that NAME is defined with, for messages; and the nearest defined name, or empty. */
    spl_str (*suggest_macro)(void *context, spl_str name);
    /* Evaluates an eval-based definition or a validation: false if it cannot, with a diagnostic. Booleans give "true"
     * or "false", null gives no text (data is NULL). */
    bool (*eval)(void *context, const spl_source *text, spl_str *result);
    bool check;           /* a macro that is nowhere defined becomes a hole, with a warning */
    unsigned depth_limit; /* nesting of macros, brackets: refused beyond (200 and more must pass) */
    size_t size_limit;    /* bytes of spliced text */
};

/* Expands macros: a spliced source, or NULL (refused). */
const spl_source *spl_expand(const spl_parse_env *env, const spl_source *source);
/* Parses a spliced or plain source that is a whole search. A pipeline node even where there were errors (what could be
 * read of it), NULL if nothing could. */
spl_node *spl_parse_pipeline(const spl_parse_env *env, const spl_source *expanded);
/* Parses text as one expression of eval, as search terms, or as the arguments of one command: for eval-based macros,
 * results of text subsearches, search clauses of configuration files. */
spl_node *spl_parse_expression(const spl_parse_env *env, const spl_source *text);
spl_node *spl_parse_terms(const spl_parse_env *env, const spl_source *text);
/* The span [begin, end) of SPLICED replaced by TEXT (a subsearch's result; ROLE as in source.h): a new spliced source.
 */
const spl_source *spl_splice(spl_arena *arena, const spl_source *spliced, spl_span span, const spl_source *text);

/* ast_dump.c: the tree as readable text, one node a line, two spaces a level. */
void spl_ast_dump(spl_buf *out, const spl_node *node);
/* format.c: canonical layout: a stage a line, parsing to the same AST. Macros and comments of the original stay as
 * typed: TEXT is the original, unexpanded source. */
bool spl_format(const spl_parse_env *env, const spl_source *text, spl_buf *out);
/* Bytes of the arguments of stages whose command is unknown. */
size_t spl_ast_unaccounted(const spl_node *pipeline);

#endif
