/* absent.c -- why a stage behind the first search gave no row: it reads a field that none of the rows that came to it
 * had, or compares with a text in which a star is a star.
 *
 * The driver has noted for each stage which of its fields a batch had (exec/op.h); nothing is read again but the head
 * of DATA, for the names of fields that a misspelt one may stand for. */
#include "run/explain.h"

enum { MOST_LISTED = 12 };

typedef struct teller {
    const spl_plan *plan;
    spl_arena *arena;
    const spl_str *names;
    size_t n_names;
    bool asked, reads;
    bool all;  /* NAMES are those of all columns: no events' among them */
    bool kept; /* the stages between only choose rows: columns stay */
} teller;

/* Words without quotes, joined by dots or alone: cmd.exe is read as two fields. */
static bool is_words(const spl_node *node)
{
    if (node->kind == SPL_NODE_FIELD) return !node->quoted;
    if (node->kind != SPL_NODE_BINARY || node->op != SPL_OP_CONCAT) return false;
    for (uint32_t i = 0; i < node->n_kids; i++)
        if (!is_words(node->kids[i])) return false;
    return true;
}

static void join_words(spl_buf *out, const spl_node *node)
{
    if (node->kind == SPL_NODE_FIELD) spl_buf_add(out, node->text);
    for (uint32_t i = 0; i < node->n_kids; i++) {
        if (i) spl_buf_char(out, '.');
        join_words(out, node->kids[i]);
    }
}

/* The node that names FIELD below NODE; *VALUE: it is, or is in, this, with which something is compared. */
static const spl_node *find_field(const spl_node *node, spl_str field, const spl_node **value)
{
    const spl_node *found;
    uint32_t i;

    if (!node) return NULL;
    switch (node->kind) {
    case SPL_NODE_FIELD:
    case SPL_NODE_WORD:
    case SPL_NODE_COMPARE:
    case SPL_NODE_AMONG:
        if (spl_str_eq(node->text, field)) return node;
        break;
    case SPL_NODE_PIPELINE: return NULL;
    default: break;
    }
    for (i = 0; i < node->n_kids; i++) {
        found = find_field(node->kids[i], field, value);
        if (!found) continue;
        if (i > 0 && (is_words(node->kids[i]) || node->kids[i]->kind == SPL_NODE_FIELD) &&
            ((node->kind == SPL_NODE_BINARY && node->op >= SPL_OP_EQ && node->op <= SPL_OP_LIKE) ||
             node->kind == SPL_NODE_IN))
            *value = node->kids[i];
        return found;
    }
    return NULL;
}

/* The names that the rows that come to stage AT may have. */
static void ask_names(teller *t, size_t at)
{
    const spl_plan *plan = t->plan;
    SPL_VEC(spl_str) names = {0};
    const spl_str *more;
    size_t count;

    t->asked = t->kept = true;
    while (at-- > 0) {
        const spl_op *op = plan->stages[at];
        const spl_field *columns = NULL;
        uint32_t n = 0;

        for (size_t k = 0; k < op->makes.names.len; k++)
            SPL_PUSH(t->arena, &names, spl_field_name(plan->query->fields, op->makes.names.data[k]));
        if (at > 0) t->kept &= (op->command->traits & SPL_FILTERS) != 0;
        if (op->command->columns) columns = op->command->columns(op, t->arena, &n);
        for (uint32_t k = 0; columns && k < n; k++)
            SPL_PUSH(t->arena, &names, spl_field_name(plan->query->fields, columns[k]));
        if (columns) t->all = true;
        if (columns || op->command->traits & (SPL_TRANSFORMS | SPL_FIXES)) break;
        if (at > 0 || !t->reads || !plan->scan || !plan->query->data) continue;
        count = spl_census_names(plan->scan, t->arena, &more);
        for (size_t k = 0; k < count; k++) SPL_PUSH(t->arena, &names, more[k]);
    }
    t->names = names.data;
    t->n_names = names.len;
}

static spl_span place(const spl_node *node)
{
    return node->kind != SPL_NODE_STAGE && node->name_span.source ? node->name_span : node->span;
}

static void hint(teller *t, spl_str name)
{
    spl_buf list = spl_buf_in(t->arena);

    for (size_t k = 0; k < t->n_names; k++) {
        if (spl_str_eq(t->names[k], name)) {
            spl_hint(t->plan->query->diag, "%s",
                     t->kept ? "Other events have it, none of those that came this far."
                             : "There is one, but a command before this one left it out or renamed it.");
            return;
        }
        spl_buf_printf(&list, "%s%.*s", k ? ", " : "", SPL_FMT(t->names[k]));
    }
    if (t->all && t->n_names <= MOST_LISTED)
        spl_hint(t->plan->query->diag, "Its fields are %.*s.", SPL_FMT(spl_buf_str(&list)));
    else
        spl_hint_field(t->plan->query, name, t->names, t->n_names);
}

/* Whether it was said of this place before the run that there can be no such field. */
static bool is_told(const spl_diag *diag, spl_span span)
{
    for (size_t i = 0; i < spl_diag_len(diag); i++) {
        const spl_diagnostic *d = spl_diag_at(diag, i);

        if (strcmp(d->code, "unknown-field") == 0 && d->span.source == span.source && d->span.begin == span.begin)
            return true;
    }
    return false;
}

/* Tells of the fields that stage AT reads and no row had; false: there is none. */
static bool tell_absent(teller *t, size_t at)
{
    const spl_plan *plan = t->plan;
    const spl_op *op = plan->stages[at];
    const spl_node *last = NULL;
    size_t k, n = op->reads.names.len < 64 ? op->reads.names.len : 64;
    bool told = false;

    if (!op->stats.rows_in || op->stats.looked != op->stats.rows_in)
        return false; /* it was not looked at all of them */
    for (k = 0; k < n; k++) {
        spl_str name = spl_field_name(plan->query->fields, op->reads.names.data[k]);
        const spl_node *node, *value = NULL;
        spl_buf words = spl_buf_in(t->arena);
        size_t before;

        if (op->stats.seen >> k & 1 || op->reads.names.data[k] < SPL_F_FIRST_FREE) continue;
        for (before = at; before > 0; before--) { /* a stage before it should have made it */
            if (spl_fieldset_has(&plan->stages[before - 1]->makes, op->reads.names.data[k])) break;
        }
        if (before > 0) {
            told |= tell_absent(t, before - 1);
            continue;
        }
        node = find_field(op->stage, name, &value);
        told = true;
        if ((value && value == last) || is_told(plan->query->diag, place(node ? node : op->stage))) continue;
        last = value;
        spl_note(plan->query->diag, place(node ? node : op->stage), "absent-field",
                 "no result that came to \"%s\" has the field \"%.*s\"", op->command->name, SPL_FMT(name));
        if (value && value->quoted) {
            spl_hint(plan->query->diag,
                     "In an expression single quotation marks enclose the name of a field; text stands in double ones: "
                     "\"%.*s\"",
                     SPL_FMT(name));
            continue;
        }
        if (value) {
            join_words(&words, value);
            spl_hint(plan->query->diag, "It is taken as the name of a field; text is written \"%.*s\".",
                     SPL_FMT(spl_buf_str(&words)));
            continue;
        }
        if (!t->asked) ask_names(t, at);
        hint(t, name);
    }
    return told;
}

/* The kids of NODE that are compared with: texts in which a star is a star. */
static bool compares(const spl_node *node)
{
    if (node->kind == SPL_NODE_BINARY)
        return node->op == SPL_OP_EQ || node->op == SPL_OP_EQEQ || node->op == SPL_OP_LIKE;
    return node->kind == SPL_NODE_IN ||
           (node->kind == SPL_NODE_CALL && (spl_str_iis(node->text, "like") || spl_str_iis(node->text, "in")));
}

/* where x="a*": in an expression a star is a star. */
static bool tell_stars(const spl_plan *plan, const spl_node *node)
{
    bool told = false;

    if (!node || node->kind == SPL_NODE_PIPELINE) return false;
    bool like = (node->kind == SPL_NODE_BINARY && node->op == SPL_OP_LIKE) ||
                (node->kind == SPL_NODE_CALL && spl_str_iis(node->text, "like"));
    for (uint32_t i = 0; compares(node) && i < node->n_kids; i++) {
        const spl_node *kid = node->kids[i];

        if (kid->kind != SPL_NODE_STRING || !kid->text.len || !memchr(kid->text.data, '*', kid->text.len)) continue;
        if (like && memchr(kid->text.data, '%', kid->text.len)) continue; /* meant as it stands */
        spl_note(plan->query->diag, kid->span, "no-wildcard", "a star is no wildcard in an expression");
        if (like)
            spl_hint(plan->query->diag, "In like %% stands for any text and _ for one character.");
        else
            spl_hint(plan->query->diag, "Use like(<field>,\"%%…\"), or the command search in place of where.");
        told = true;
    }
    for (uint32_t i = 0; i < node->n_kids; i++) told |= tell_stars(plan, node->kids[i]);
    return told;
}

void spl_explain_absent(const spl_plan *plan, bool reads)
{
    const spl_op *dropped = spl_explain_dropper(plan);
    teller t = {.plan = plan, .reads = reads};
    size_t at = 0;

    if (!dropped) return;
    while (plan->stages[at] != dropped) at++;
    t.arena = spl_arena_new(plan->query->account);
    tell_absent(&t, at);
    if (dropped->stage->command && dropped->stage->command->args == SPL_ARGS_WHERE) tell_stars(plan, dropped->stage);
    spl_arena_free(t.arena);
}
