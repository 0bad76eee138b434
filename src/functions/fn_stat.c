/* fn_stat.c -- statistical functions over their arguments. Search Reference, "Statistical eval functions". Each value
 * of a multivalue counts, nulls do not. */
#include "exec/bind.h"
#include "exec/query.h"
#include "expr/expr.h"

#include <math.h>

/* A text literal is no number to add, even of digits; text in a field may be. */
static bool bind_numbers(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    bool good = true;
    *data = NULL;
    for (int i = 0; i < argc; i++) {
        const spl_node *node = spl_expr_node(args[i]);
        if (node->kind != SPL_NODE_STRING && spl_expr_type(args[i]) != SPL_TYPE_BOOL) continue;
        good = spl_refuse(binder, node->span, "type", "%.*s() needs numbers, but this is %s", SPL_FMT(call->text),
                          node->kind == SPL_NODE_STRING ? "text" : "a boolean");
        if (node->kind == SPL_NODE_STRING)
            spl_hint(binder->diag,
                     "A word in double quotes is text; leave them out, or use single quotes, to name a field.");
    }
    return good;
}

/* The sum of the numbers among the arguments, as the operator + adds them, and how many they are. */
static spl_value total(spl_eval *ev, const spl_value *argv, int argc, uint32_t *count)
{
    spl_value sum = spl_number(0);
    double x;

    *count = 0;
    for (int i = 0; i < argc; i++) {
        for (uint32_t k = 0; k < spl_value_count(argv[i]); k++) {
            spl_value v = spl_value_at(argv[i], k);
            if (!spl_value_number(v, &x)) continue;
            sum = (*count)++ ? spl_op_apply(ev, SPL_OP_ADD, sum, v) : v.kind == SPL_KIND_NUMBER ? v : spl_number(x);
        }
    }
    return *count ? sum : SPL_NULL;
}

SPL_FUNCTION(sum, .family = "statistical", .signature = "sum(<number>,…)",
             .summary = "The sum of the arguments that are numbers.", .example = "sum(1,3,null())", .result = "4",
             .min_args = 1, .max_args = -1, .returns = SPL_TYPE_NUMBER, .bind = bind_numbers, .wrong = "sum(\"a\")")
{
    uint32_t count;
    return total(ev, argv, argc, &count);
}

SPL_FUNCTION(avg, .family = "statistical", .signature = "avg(<number>,…)",
             .summary = "The mean of the arguments that are numbers.", .example = "avg(1,2,6)", .result = "3",
             .min_args = 1, .max_args = -1, .returns = SPL_TYPE_NUMBER, .bind = bind_numbers, .wrong = "avg(\"a\")")
{
    uint32_t count;
    spl_value sum = total(ev, argv, argc, &count);
    return count ? spl_op_apply(ev, SPL_OP_DIV, sum, spl_number(count)) : SPL_NULL;
}

typedef struct ranked {
    spl_value value;
    bool text; /* in double quotes: text, whatever it looks like */
} ranked;

/* Numbers come before texts; texts go by their bytes. */
static bool less(ranked a, ranked b)
{
    double x, y;
    bool na = !a.text && spl_value_number(a.value, &x), nb = !b.text && spl_value_number(b.value, &y);
    if (na != nb) return na;
    return na ? x < y : spl_str_cmp(spl_value_str(a.value), spl_value_str(b.value)) < 0;
}

/* Which arguments stand in double quotes. */
static bool bind_extreme(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    bool *quoted = SPL_NEW_ARRAY(binder->arena, argc, bool);
    (void)call;
    for (int i = 0; i < argc; i++) quoted[i] = spl_expr_node(args[i])->kind == SPL_NODE_STRING;
    *data = quoted;
    return true;
}

static spl_value extreme(spl_eval *ev, const spl_value *argv, int argc, bool least)
{
    const bool *quoted = spl_eval_data(ev);
    ranked best = {SPL_NULL, false};
    for (int i = 0; i < argc; i++) {
        if (argv[i].kind == SPL_KIND_BOOL) continue;
        for (uint32_t k = 0; k < spl_value_count(argv[i]); k++) {
            ranked v = {spl_value_at(argv[i], k), quoted[i]};
            if (best.value.kind == SPL_KIND_NULL || (least ? less(v, best) : less(best, v))) best = v;
        }
    }
    return best.text ? best.value : spl_value_numeric(best.value);
}

SPL_FUNCTION(max, .family = "statistical", .signature = "max(<value>,…)",
             .summary = "The greatest of the values; texts are greater than numbers.", .example = "max(1,3,7,\"foo\")",
             .result = "\"foo\"", .min_args = 1, .max_args = -1, .args = "m", .bind = bind_extreme, .wrong = "")
{
    return extreme(ev, argv, argc, false);
}

SPL_FUNCTION(min, .family = "statistical", .signature = "min(<value>,…)",
             .summary = "The least of the values; numbers are less than texts.", .example = "min(3,6,7,\"maria\")",
             .result = "3", .min_args = 1, .max_args = -1, .args = "m", .bind = bind_extreme, .wrong = "")
{
    return extreme(ev, argv, argc, true);
}

/* --- random ---- */

static bool bind_random(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    uint64_t *salt = SPL_NEW(binder->arena, uint64_t);
    (void)args;
    (void)argc;
    *salt = ((uint64_t)call->span.begin << 32) ^ (binder->stage ? binder->stage->span.begin : 0);
    *data = salt;
    binder->op->positions = true;
    return true;
}

static uint64_t mix(uint64_t x) /* splitmix64's finalizer */
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* A number of the row rather than of a sequence, so that it is the same however rows are divided among threads: made of
 * the event's place, the call and the query's seed. Rows that share a place are told apart by their number. */
SPL_FUNCTION(random, .family = "statistical", .signature = "random()",
             .summary = "A random whole number from 0 to 2147483647.", .example = "if(random()>=0,1,0)", .result = "1",
             .min_args = 0, .max_args = 0, .returns = SPL_TYPE_NUMBER, .impure = true, .bind = bind_random, .wrong = "")
{
    uint64_t x = mix(ev->query->seed ^ mix(*(const uint64_t *)spl_eval_data(ev)));

    if (ev->batch && ev->batch->order) {
        const spl_order *order = &ev->batch->order[ev->row];
        uint32_t same = 0;
        while (same < 64 && same < ev->row && spl_order_cmp(order - same - 1, order) == 0) {
            same++;
        }
        x = mix(x ^ order->at);
        x = mix(x ^ (((uint64_t)order->file << 32) | (same < 64 ? same : ev->row)));
    } else if (ev->batch) {
        x = mix(x ^ ev->batch->sequence);
        x = mix(x ^ ev->row);
    }
    for (const struct spl_eval_shadow *shadow = ev->shadow; shadow; shadow = shadow->outer) {
        x = mix(x ^ spl_value_hash(shadow->value));
    }
    return spl_number((double)(x >> 33));
}
