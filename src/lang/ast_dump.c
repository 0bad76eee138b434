/* ast_dump.c -- the tree as readable text: what tests compare, and spl check --ast prints. */
#include "lang/parse.h"

static const char *kind_name(spl_node_kind kind)
{
    switch (kind) {
    case SPL_NODE_PIPELINE: return "pipeline";
    case SPL_NODE_STAGE: return "stage";
    case SPL_NODE_HOLE: return "hole";
    case SPL_NODE_WORD: return "word";
    case SPL_NODE_OPTION: return "option";
    case SPL_NODE_LIST: return "list";
    case SPL_NODE_ASSIGN: return "assign";
    case SPL_NODE_AGGREGATE: return "aggregate";
    case SPL_NODE_CLAUSE: return "clause";
    case SPL_NODE_NUMBER: return "number";
    case SPL_NODE_STRING: return "string";
    case SPL_NODE_FIELD: return "field";
    case SPL_NODE_TEMPLATE: return "template";
    case SPL_NODE_CALL: return "call";
    case SPL_NODE_UNARY: return "unary";
    case SPL_NODE_BINARY: return "binary";
    case SPL_NODE_IN: return "in";
    case SPL_NODE_AND: return "and";
    case SPL_NODE_OR: return "or";
    case SPL_NODE_NOT: return "not";
    case SPL_NODE_COMPARE: return "compare";
    case SPL_NODE_AMONG: return "among";
    case SPL_NODE_TERM: return "term";
    case SPL_NODE_DIRECTIVE: return "directive";
    }
    return "?";
}

static const char *op_name(spl_node_op op)
{
    static const char *const names[] = {
        [SPL_OP_NONE] = "",     [SPL_OP_OR] = "or",     [SPL_OP_XOR] = "xor",   [SPL_OP_AND] = "and",
        [SPL_OP_NOT] = "not",   [SPL_OP_EQ] = "=",      [SPL_OP_EQEQ] = "==",   [SPL_OP_NE] = "!=",
        [SPL_OP_LT] = "<",      [SPL_OP_LE] = "<=",     [SPL_OP_GT] = ">",      [SPL_OP_GE] = ">=",
        [SPL_OP_LIKE] = "like", [SPL_OP_ADD] = "+",     [SPL_OP_SUB] = "-",     [SPL_OP_MUL] = "*",
        [SPL_OP_DIV] = "/",     [SPL_OP_MOD] = "%",     [SPL_OP_CONCAT] = ".",  [SPL_OP_NEGATE] = "-",
        [SPL_OP_PLUS] = "+",    [SPL_OP_TERM] = "TERM", [SPL_OP_CASE] = "CASE", [SPL_OP_PREFIX] = "PREFIX",
    };

    return names[op];
}

static void put_text(spl_buf *out, spl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c == '\n')
            spl_buf_puts(out, "\\n");
        else if (c < 0x20 || c == 0x7f)
            spl_buf_printf(out, "\\x%02x", c);
        else
            spl_buf_char(out, (char)c);
    }
}

static void dump(spl_buf *out, const spl_node *node, unsigned level)
{
    char quote = node->kind == SPL_NODE_STRING || node->quoted ? '"' : '\0';

    for (unsigned i = 0; i < level; i++) spl_buf_puts(out, "  ");
    spl_buf_puts(out, kind_name(node->kind));
    if (node->op != SPL_OP_NONE) spl_buf_printf(out, " %s", op_name(node->op));
    if ((node->text.len || quote) && node->kind != SPL_NODE_PIPELINE) {
        spl_buf_char(out, ' ');
        if (quote) spl_buf_char(out, quote);
        put_text(out, node->text);
        if (quote) spl_buf_char(out, quote);
    }
    if (node->kind == SPL_NODE_STAGE && !node->command) spl_buf_puts(out, " (unknown)");
    if (node->kind == SPL_NODE_NUMBER && node->digits) spl_buf_printf(out, " digits %u", node->digits);
    if (node->bare) spl_buf_puts(out, " bare");
    if (node->after_comma) spl_buf_puts(out, " ,");
    spl_buf_char(out, '\n');
    for (uint32_t i = 0; i < node->n_kids; i++) dump(out, node->kids[i], level + 1);
    if (node->alias) {
        for (unsigned i = 0; i <= level; i++) spl_buf_puts(out, "  ");
        spl_buf_puts(out, "as\n");
        dump(out, node->alias, level + 2);
    }
}

void spl_ast_dump(spl_buf *out, const spl_node *node)
{
    if (node) dump(out, node, 0);
}
