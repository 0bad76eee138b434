/* ast.h -- what the parser makes of a search: nodes with spans, no meaning yet.
 *
 * All kinds share one node, so that walking, dumping and formatting need no table of shapes. What each kind uses of it
 * stands beside the kind. Texts are unquoted and unescaped as the place where they stand asks for; the span gives what
 * was typed. */
#ifndef SPL_LANG_AST_H
#define SPL_LANG_AST_H

#include "diag/diag.h"

typedef enum spl_node_kind {
    /* structure */
    SPL_NODE_PIPELINE, /* kids: stages; of a bracketed subsearch the span includes the brackets, and text is what stands
                          between them (of a template: to be filled in, then expanded and parsed) */
    SPL_NODE_STAGE,    /* text: the command's name as typed ("search" where implied); command: its descriptor or NULL;
                          kids: arguments in the order typed */
    SPL_NODE_HOLE,     /* stands for a macro that is nowhere defined (check only); text: its name */

    /* arguments of commands */
    SPL_NODE_WORD,   /* text; quoted: stood in double quotes. Also signs (sort - x), numbers, lone keywords */
    SPL_NODE_OPTION, /* text: name; kids[0]: value (WORD, CALL, LIST, PIPELINE, an expression or a search expression) */
    SPL_NODE_LIST,   /* kids: in round brackets, separated by commas or spaces */
    SPL_NODE_ASSIGN, /* kids[0]: FIELD or TEMPLATE (the target), kids[1]: expression */
    SPL_NODE_AGGREGATE, /* text: function name as typed, in full (perc95); kids: arguments (FIELD, or an expression for
                           eval(...)); alias: AS name (WORD) or NULL. "count" alone has no kids and bare is true */
    SPL_NODE_CLAUSE,    /* text: keyword in lower case (by, as, over, where, with, in, output, outputnew, from …);
                           kids: what it governs, up to the next clause */

    /* expressions (eval, where) */
    SPL_NODE_NUMBER,   /* number, digits; text: as typed */
    SPL_NODE_STRING,   /* text */
    SPL_NODE_FIELD,    /* text: name; quoted: stood in single (expressions) or double quotes (elsewhere) */
    SPL_NODE_TEMPLATE, /* {name} inside a target: kids: STRING and FIELD pieces; text: as typed */
    SPL_NODE_CALL,     /* text: function as typed; kids: arguments */
    SPL_NODE_UNARY,    /* op: NEGATE, PLUS or NOT; kids[0] */
    SPL_NODE_BINARY,   /* op; kids[0], kids[1]. LIKE is one of them */
    SPL_NODE_IN,       /* kids[0]: what, kids[1..]: among which */

    /* search expressions (search, and the first stage) */
    SPL_NODE_AND,       /* kids: two or more; also the implied AND. No kids: (), which lets everything through */
    SPL_NODE_OR,        /* kids: two or more */
    SPL_NODE_NOT,       /* kids[0] */
    SPL_NODE_COMPARE,   /* op; text: field (kids none); value in kids[0] (WORD; wildcards as typed, quoted tells; or a
                           DIRECTIVE, PIPELINE, HOLE). Also regex a!="b" and x<5 among plain arguments */
    SPL_NODE_AMONG,     /* field IN (…); text: field; kids: WORDs */
    SPL_NODE_TERM,      /* a keyword or a quoted phrase: text, quoted */
    SPL_NODE_DIRECTIVE, /* TERM(x), CASE(x), PREFIX(x): op gives which; text: x */
    /* a subsearch in a search expression is a PIPELINE */
} spl_node_kind;

typedef enum spl_node_op {
    SPL_OP_NONE,
    SPL_OP_OR,
    SPL_OP_XOR,
    SPL_OP_AND,
    SPL_OP_NOT,
    SPL_OP_EQ,
    SPL_OP_EQEQ,
    SPL_OP_NE,
    SPL_OP_LT,
    SPL_OP_LE,
    SPL_OP_GT,
    SPL_OP_GE,
    SPL_OP_LIKE,
    SPL_OP_ADD,
    SPL_OP_SUB,
    SPL_OP_MUL,
    SPL_OP_DIV,
    SPL_OP_MOD,
    SPL_OP_CONCAT,
    SPL_OP_NEGATE,
    SPL_OP_PLUS,
    SPL_OP_TERM,
    SPL_OP_CASE,
    SPL_OP_PREFIX,
    SPL_OP_ADD_OR_JOIN, /* expressions only: a + between operands that may be texts */
} spl_node_op;

typedef struct spl_node spl_node;
struct spl_node {
    spl_node_kind kind;
    spl_node_op op;
    spl_span span;      /* the whole node */
    spl_span name_span; /* of text, where that is only a part (command, option, function, field of a comparison) */
    spl_str text;
    double number;
    uint8_t digits;
    bool quoted;
    bool bare;        /* an aggregate without brackets */
    bool after_comma; /* arguments: a comma stood before this one */
    bool bracketed;   /* an expression that stood in round brackets (fmt keeps them) */
    spl_node *alias;
    const struct spl_command *command; /* stages */
    spl_node **kids;
    uint32_t n_kids;
    uint32_t height; /* levels below and with this one; bounded, so that walks may recurse */
};

#endif
