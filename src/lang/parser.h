/* parser.h -- what the scanner and the parser of one text share. Private to lang and grammar. */
#ifndef SPL_LANG_PARSER_H
#define SPL_LANG_PARSER_H

#include "lang/text.h"
#include "registry.h"

/* A list of nodes that a rule builds up. */
typedef struct spl_list {
    spl_node **data;
    size_t len, cap;
    bool comma; /* one was read and nothing since */
} spl_list;

typedef struct spl_loc {
    uint32_t begin, end;
} spl_loc;

/* Where the scanner is within a stage; what a bracket saves and gives back. */
typedef struct spl_scope {
    int state;       /* flex start state of the segment; values and brackets return to it */
    spl_shape shape; /* of the segment */
    const spl_command *command;
    bool operand;             /* the last token of an expression was an operand */
    bool aggregate;           /* the last token of a STATS segment ended an aggregation */
    bool own_options;         /* the command's options are recognised among terms or in an expression */
    const spl_segment *value; /* of the option whose value comes, where its shape is special */
} spl_scope;

typedef struct spl_bracket_mark {
    char opener; /* '[' or '(' */
    spl_loc loc;
    spl_scope scope; /* to go on with behind the closing bracket */
} spl_bracket_mark;

typedef struct spl_parser {
    const spl_parse_env *env;
    spl_arena *arena;
    const spl_source *source;
    spl_str text;
    void *scanner;
    int start; /* the token that says what kind of text it is; 0 once it was given */

    /* scanner */
    uint32_t begin, end; /* of the current token */
    spl_scope scope;
    SPL_VEC(spl_bracket_mark) marks;
    unsigned brackets;  /* '[' among the marks */
    unsigned templates; /* how many of them are templates */
    int next;           /* the start state behind an operator or bracket that is looked for */
    bool told;          /* the scanner has reported what makes the token BAD */
    bool stop;          /* give END from now on */

    /* recovery: tokens are dropped up to the pipe or bracket that ends the stage */
    bool skip;
    unsigned skip_brackets;
    unsigned errors;

    /* parser */
    spl_node *result;
    bool too_deep;
} spl_parser;

/* Highest tree that is built. What walks trees may recurse so deep. */
enum { SPL_HEIGHT_MAX = 2500, SPL_ERRORS_MAX = 20, SPL_DEPTH_DEFAULT = 400 };

static inline spl_span spl_parser_span(const spl_parser *p, spl_loc loc)
{
    return (spl_span){p->source, loc.begin, loc.end};
}

/* nodes (parser.c) */
spl_node *spl_node_new(spl_parser *p, spl_node_kind kind, spl_loc loc);
/* Gives NODE the nodes of LIST as kids and the span LOC. */
spl_node *spl_node_fill(spl_parser *p, spl_node *node, spl_loc loc, const spl_list *list);
spl_node *spl_node_with(spl_parser *p, spl_node *node, spl_loc loc, spl_node *kid);
spl_node *spl_node_apply(spl_parser *p, spl_loc loc, spl_node_op op, spl_node *a, spl_node *b);
spl_node *spl_node_logic(spl_parser *p, spl_loc loc, spl_node_kind kind, spl_node *a, spl_node *b);
spl_list *spl_list_new(spl_parser *p);
spl_list *spl_list_add(spl_parser *p, spl_list *list, spl_node *node);
spl_list *spl_list_join(spl_parser *p, spl_list *list, const spl_list *more);
/* The arguments of AGGREGATE: sum(Size in bytes), count(dc(x)) name a field as an earlier command called it. */
spl_list *spl_list_fields(spl_parser *p, const spl_node *aggregate, spl_list *list);
/* field=(a OR b): the comparison of the field with each term of TERMS. */
spl_node *spl_node_distribute(spl_parser *p, spl_node *compare, spl_node *terms, spl_loc loc);
/* What of TERMS are options goes to the end of LIST, the rest, if any, first. */
spl_list *spl_list_terms(spl_parser *p, spl_node *terms);
/* The next token, with recovery: after an error, nothing until the pipe or bracket that ends the stage. */
union SPL_YYSTYPE;
int spl_yylex(union SPL_YYSTYPE *value, spl_loc *loc, void *scanner);
void spl_scanner_open(spl_parser *p, int start);
int spl_parser_next(union SPL_YYSTYPE *value, spl_loc *loc, spl_parser *p);
/* What would work in place of an array literal, where the bracket just opened stands in an expression; else NULL. */
const char *spl_parser_array_hint(const spl_parser *p);
/* A syntax error at LOC; BAD: the scanner has told what is wrong there. BOUNDARY: the token ends the stage. NAMES: what
 * could have stood there. */
void spl_parser_unexpected(spl_parser *p, spl_loc loc, bool bad, bool boundary, const char *const *names, size_t count);
/* The stack is full. */
void spl_parser_exhausted(spl_parser *p, spl_loc loc);
/* Reports once a lexical error, unless tokens are being dropped. */
bool spl_parser_tell(spl_parser *p, spl_loc loc, const char *message, const char *hint);

#endif
