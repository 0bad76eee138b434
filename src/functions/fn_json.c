/* fn_json.c -- JSON functions. Search Reference, "JSON functions".
 *
 * JSON travels between functions and in fields as text. A text that is a JSON object or array goes into another as
 * such, not as a string. Keys keep their order and numbers their spelling. */
#include "data/jsontree.h"
#include "exec/bind.h"
#include "expr/expr.h"

static spl_value written(spl_eval *ev, const spl_jnode *node)
{
    spl_buf out = spl_buf_in(ev->arena);

    spl_jtree_write(&out, node);
    return spl_text(spl_buf_str(&out));
}

/* argv[i] as a tree, NULL where it is no JSON. */
static spl_jnode *tree_of(spl_eval *ev, const spl_value *argv, int i)
{
    spl_str text;

    if (argv[i].kind == SPL_KIND_BOOL) return spl_jtree_of_value(ev->arena, argv[i]);
    return spl_arg_text(ev, argv, i, &text) ? spl_jtree_parse(ev->arena, text) : NULL;
}

static bool bind_pairs(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    (void)args;
    *data = NULL;
    if (argc % 2 == 0) return true;
    spl_bad_argument(binder, call->span, "json_object() takes pairs of a key and a value, but the last has no value");
    return false;
}

SPL_FUNCTION(json_object, .family = "json", .signature = "json_object(<key>,<value>,…)",
             .summary = "A JSON object of the pairs.", .example = "json_object(\"a\",1,\"b\",json_array(\"x\",true()))",
             .result = "\"{\\\"a\\\":1,\\\"b\\\":[\\\"x\\\",true]}\"", .min_args = 0, .max_args = -1,
             .returns = SPL_TYPE_TEXT, .bind = bind_pairs, .wrong = "json_object(\"a\")")
{
    spl_jnode *object = spl_jtree_new(ev->arena, SPL_JSON_OBJECT);

    for (int i = 0; i + 1 < argc; i += 2) {
        spl_jnode *kid;
        spl_str key;
        if (!spl_arg_text(ev, argv, i, &key)) return SPL_NULL;
        kid = spl_jtree_of_value(ev->arena, argv[i + 1]);
        kid->key = key;
        spl_jtree_add(object, kid);
    }
    return written(ev, object);
}

SPL_FUNCTION(json_array, .family = "json", .signature = "json_array(<value>,…)",
             .summary = "A JSON array of the values.", .example = "json_array(\"x\",1,null())",
             .result = "\"[\\\"x\\\",1,null]\"", .min_args = 0, .max_args = -1, .returns = SPL_TYPE_TEXT)
{
    spl_jnode *array = spl_jtree_new(ev->arena, SPL_JSON_ARRAY);

    for (int i = 0; i < argc; i++) spl_jtree_add(array, spl_jtree_of_value(ev->arena, argv[i]));
    return written(ev, array);
}

SPL_FUNCTION(json, .family = "json", .signature = "json(<value>)",
             .summary = "The value itself if it is JSON, else null.", .example = "json(\"Golden Gate\")",
             .result = "null", .min_args = 1, .max_args = 1)
{
    return tree_of(ev, argv, 0) ? argv[0] : SPL_NULL;
}

SPL_FUNCTION(json_valid, .family = "json", .signature = "json_valid(<value>)", .summary = "Whether the value is JSON.",
             .example = "if(json_valid(\"{\\\"a\\\":[1]}\"),\"y\",\"n\")", .result = "\"y\"", .min_args = 1,
             .max_args = 1, .returns = SPL_TYPE_BOOL)
{
    spl_str text;

    if (spl_is_null(argv[0])) return SPL_NULL;
    return spl_bool(spl_arg_text(ev, argv, 0, &text) && spl_json_valid(text));
}

SPL_FUNCTION(json_keys, .family = "json", .signature = "json_keys(<json>)",
             .summary = "The keys of the object, as a JSON array; null for what is no object.",
             .example = "json_keys(\"{\\\"a\\\":1,\\\"b\\\":{}}\")", .result = "\"[\\\"a\\\",\\\"b\\\"]\"",
             .min_args = 1, .max_args = 1, .returns = SPL_TYPE_TEXT)
{
    const spl_jnode *object = tree_of(ev, argv, 0);
    spl_buf out = spl_buf_in(ev->arena);

    if (!object || object->kind != SPL_JSON_OBJECT) return SPL_NULL;
    spl_buf_char(&out, '[');
    for (const spl_jnode *kid = object->first; kid; kid = kid->next) {
        if (kid != object->first) spl_buf_char(&out, ',');
        spl_json_quote(&out, kid->key);
    }
    spl_buf_char(&out, ']');
    return spl_text(spl_buf_str(&out));
}

SPL_FUNCTION(json_entries, .family = "json", .signature = "json_entries(<json>)",
             .summary = "The members of the object, as a JSON array of objects with key and value.",
             .example = "json_entries(\"{\\\"a\\\":1}\")", .result = "\"[{\\\"key\\\":\\\"a\\\",\\\"value\\\":1}]\"",
             .min_args = 1, .max_args = 1, .returns = SPL_TYPE_TEXT)
{
    const spl_jnode *object = tree_of(ev, argv, 0);
    spl_buf out = spl_buf_in(ev->arena);

    if (!object || object->kind != SPL_JSON_OBJECT) return SPL_NULL;
    spl_buf_char(&out, '[');
    for (const spl_jnode *kid = object->first; kid; kid = kid->next) {
        spl_buf_puts(&out, kid == object->first ? "{\"key\":" : ",{\"key\":");
        spl_json_quote(&out, kid->key);
        spl_buf_puts(&out, ",\"value\":");
        spl_jtree_write(&out, kid);
        spl_buf_char(&out, '}');
    }
    spl_buf_char(&out, ']');
    return spl_text(spl_buf_str(&out));
}

SPL_FUNCTION(json_has_key_exact, .family = "json", .signature = "json_has_key_exact(<json>,<key>)",
             .summary = "Whether the object has the key, taken literally, dots and all.",
             .example = "if(json_has_key_exact(\"{\\\"a.b\\\":1}\",\"a.b\"),\"y\",\"n\")", .result = "\"y\"",
             .min_args = 2, .max_args = 2, .returns = SPL_TYPE_BOOL)
{
    const spl_jnode *object = tree_of(ev, argv, 0);
    spl_str key;

    if (!object || !spl_arg_text(ev, argv, 1, &key)) return SPL_NULL;
    return spl_bool(spl_jtree_member(object, key) != NULL);
}

/* --- extracting ---- */

/* What stands at the path behind AT. With {} on the way *MANY is set and the places are the items of an array. */
typedef SPL_VEC(const spl_jnode *) places;
static void select_places(spl_eval *ev, const spl_jnode *node, spl_str path, size_t at, bool *many, places *found)
{
    spl_jstep step = spl_jpath_next(path, &at);
    int64_t index = 0;
    const spl_jnode *kid;

    switch (step.kind) {
    case SPL_JSTEP_END: SPL_PUSH(ev->arena, found, node); return;
    case SPL_JSTEP_KEY:
        kid = spl_jtree_member(node, step.name);
        if (kid) select_places(ev, kid, path, at, many, found);
        return;
    case SPL_JSTEP_INDEX:
        if (node->kind != SPL_JSON_ARRAY) return;
        if (step.index < 0)
            for (kid = node->first; kid; kid = kid->next) step.index++;
        for (kid = node->first; kid && index < step.index; kid = kid->next) index++;
        if (kid && step.index >= 0) select_places(ev, kid, path, at, many, found);
        return;
    case SPL_JSTEP_ALL:
        *many = true;
        if (node->kind != SPL_JSON_ARRAY) return;
        for (kid = node->first; kid; kid = kid->next) select_places(ev, kid, path, at, many, found);
        return;
    case SPL_JSTEP_ATTRIBUTE: return;
    }
}

/* The places found as one tree: an array where the path holds {}; NULL where there are none. */
static const spl_jnode *extract(spl_eval *ev, const spl_jnode *root, spl_str path)
{
    places found = {0};
    bool many = false;
    spl_jnode *array;

    select_places(ev, root, path, 0, &many, &found);
    if (!many || !found.len) return found.len ? found.data[0] : NULL;
    array = spl_jtree_new(ev->arena, SPL_JSON_ARRAY);
    for (size_t i = 0; i < found.len; i++) {
        spl_jnode *copy = SPL_NEW(ev->arena, spl_jnode);
        *copy = *found.data[i];
        spl_jtree_add(array, copy);
    }
    return array;
}

/* A boolean stays one for a condition around the call; a field takes its text. */
static spl_value native(spl_eval *ev, const spl_jnode *place)
{
    spl_value v = spl_jtree_value(ev->arena, place);
    if (place->kind == SPL_JSON_TRUE || place->kind == SPL_JSON_FALSE) v.spare = SPL_SPARE_TRUTH;
    return v;
}

static spl_value extract_all(spl_eval *ev, const spl_value *argv, int argc, bool exact)
{
    const spl_jnode *root = tree_of(ev, argv, 0), *place = NULL;
    spl_jnode *array;
    spl_str path;

    if (!root) return SPL_NULL;
    if (argc == 1) return native(ev, root);
    array = spl_jtree_new(ev->arena, SPL_JSON_ARRAY);
    for (int i = 1; i < argc; i++) {
        spl_jnode *copy;
        if (!spl_arg_text(ev, argv, i, &path)) return SPL_NULL;
        place = exact ? spl_jtree_member(root, path) : extract(ev, root, path);
        if (argc == 2) return place ? native(ev, place) : SPL_NULL;
        copy = spl_jtree_of_value(ev->arena, SPL_NULL);
        if (place) *copy = *place;
        spl_jtree_add(array, copy);
    }
    return written(ev, array);
}

SPL_FUNCTION(json_extract, .family = "json", .signature = "json_extract(<json>[,<path>,…])",
             .summary = "What stands at the path; with several paths, a JSON array of what stands there.",
             .example = "json_extract(\"{\\\"a\\\":{\\\"b\\\":[5,6]}}\",\"a.b{1}\")", .result = "6", .min_args = 1,
             .max_args = -1)
{
    return extract_all(ev, argv, argc, false);
}

SPL_FUNCTION(json_extract_exact, .family = "json", .signature = "json_extract_exact(<json>[,<key>,…])",
             .summary = "The value of the key, taken literally; with several keys, a JSON array of their values.",
             .example = "json_extract_exact(\"{\\\"a.b\\\":5}\",\"a.b\")", .result = "5", .min_args = 1, .max_args = -1)
{
    return extract_all(ev, argv, argc, true);
}

/* --- changing ---- */

typedef enum change { CHANGE_SET, CHANGE_APPEND, CHANGE_EXTEND, CHANGE_DELETE } change;

/* A copy that shares nothing that later changes touch. */
static spl_jnode *copy_of(spl_eval *ev, const spl_jnode *node)
{
    spl_jnode *copy = SPL_NEW(ev->arena, spl_jnode);

    *copy = *node;
    copy->first = copy->last = copy->next = NULL;
    for (const spl_jnode *kid = node->first; kid; kid = kid->next) spl_jtree_add(copy, copy_of(ev, kid));
    return copy;
}

/* Puts VALUE in the place of NODE, whose key and neighbours stay. */
static void overwrite(spl_jnode *node, const spl_jnode *value)
{
    spl_str key = node->key;
    spl_jnode *next = node->next;

    *node = *value;
    node->key = key;
    node->next = next;
}

static void change_here(spl_eval *ev, spl_jnode *node, change what, const spl_jnode *value)
{
    if (what == CHANGE_SET) {
        overwrite(node, copy_of(ev, value));
        return;
    }
    if (node->kind != SPL_JSON_ARRAY) { /* a single value becomes the first of an array */
        spl_jnode *array = spl_jtree_new(ev->arena, SPL_JSON_ARRAY);
        if (node->kind != SPL_JSON_NULL) spl_jtree_add(array, copy_of(ev, node));
        overwrite(node, array);
    }
    if (what == CHANGE_EXTEND && value->kind == SPL_JSON_ARRAY) {
        for (const spl_jnode *kid = value->first; kid; kid = kid->next) spl_jtree_add(node, copy_of(ev, kid));
    } else {
        spl_jtree_add(node, copy_of(ev, value));
    }
}

static void remove_kid(spl_jnode *parent, const spl_jnode *gone)
{
    spl_jnode *before = NULL;

    for (spl_jnode *kid = parent->first; kid; before = kid, kid = kid->next) {
        if (kid != gone) continue;
        if (before)
            before->next = kid->next;
        else
            parent->first = kid->next;
        if (parent->last == kid) parent->last = before;
        return;
    }
}

/* Whether PATH ends at AT. */
static bool is_last(spl_str path, size_t at)
{
    return spl_jpath_next(path, &at).kind == SPL_JSTEP_END;
}

static void change_at(spl_eval *ev, spl_jnode *node, spl_str path, size_t at, change what, const spl_jnode *value,
                      unsigned depth)
{
    spl_jstep step = spl_jpath_next(path, &at);
    bool last = is_last(path, at);
    spl_jnode *kid = NULL;
    int64_t index = 0;

    if (depth > SPL_JSON_DEPTH) return;
    switch (step.kind) {
    case SPL_JSTEP_END:
        if (what != CHANGE_DELETE) change_here(ev, node, what, value);
        return;
    case SPL_JSTEP_KEY:
        if (node->kind != SPL_JSON_OBJECT) return;
        kid = spl_jtree_member(node, step.name);
        if (what == CHANGE_DELETE && last) {
            while (kid) {
                remove_kid(node, kid);
                kid = spl_jtree_member(node, step.name);
            }
            return;
        }
        if (!kid) { /* made on the way; the others pass over a path that leads nowhere */
            if (what != CHANGE_SET) return;
            kid = spl_jtree_new(ev->arena, last ? SPL_JSON_NULL : SPL_JSON_OBJECT);
            kid->raw = SPL_S("null");
            kid->key = step.name;
            spl_jtree_add(node, kid);
        }
        break;
    case SPL_JSTEP_INDEX:
        if (node->kind != SPL_JSON_ARRAY || what == CHANGE_DELETE) return; /* keys of objects alone are deleted */
        if (step.index < 0)
            for (kid = node->first; kid; kid = kid->next) step.index++;
        for (kid = node->first; kid && index < step.index; kid = kid->next) index++;
        if (step.index < 0) return;
        if (!kid) { /* the place behind the last is made, none beyond */
            if (what != CHANGE_SET || index != step.index) return;
            kid = spl_jtree_new(ev->arena, last ? SPL_JSON_NULL : SPL_JSON_OBJECT);
            kid->raw = SPL_S("null");
            spl_jtree_add(node, kid);
        }
        break;
    case SPL_JSTEP_ALL:
        if (node->kind != SPL_JSON_ARRAY || what == CHANGE_DELETE) return;
        for (kid = node->first; kid; kid = kid->next) change_at(ev, kid, path, at, what, value, depth + 1);
        return;
    case SPL_JSTEP_ATTRIBUTE: return;
    }
    change_at(ev, kid, path, at, what, value, depth + 1);
}

static spl_value change_pairs(spl_eval *ev, const spl_value *argv, int argc, change what)
{
    spl_jnode *root = tree_of(ev, argv, 0);
    spl_str path;

    if (!root) return SPL_NULL;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!spl_arg_text(ev, argv, i, &path)) return SPL_NULL;
        change_at(ev, root, path, 0, what, spl_jtree_of_value(ev->arena, argv[i + 1]), 0);
    }
    return written(ev, root);
}

static bool bind_changes(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    (void)args;
    *data = NULL;
    if (argc % 2) return true;
    return spl_bad_argument(binder, call->span, "a path without a value: %.*s() takes JSON, then pairs of both",
                            SPL_FMT(call->text));
}

SPL_FUNCTION(json_set, .family = "json", .signature = "json_set(<json>,<path>,<value>,…)",
             .summary = "The JSON with the values put at the paths, overwriting what is there.",
             .example = "json_set(\"{\\\"a\\\":[1,2]}\",\"a{1}\",9,\"b\",\"x\")",
             .result = "\"{\\\"a\\\":[1,9],\\\"b\\\":\\\"x\\\"}\"", .min_args = 3, .max_args = -1,
             .returns = SPL_TYPE_TEXT, .bind = bind_changes, .wrong = "json_set(a,\"b\",1,\"c\")")
{
    return change_pairs(ev, argv, argc, CHANGE_SET);
}

SPL_FUNCTION(json_append, .family = "json", .signature = "json_append(<json>,<path>,<value>,…)",
             .summary = "The JSON with each value added at the end of the array at its path, an array as one element.",
             .example = "json_append(\"{\\\"a\\\":[1]}\",\"a\",json_array(2))", .result = "\"{\\\"a\\\":[1,[2]]}\"",
             .min_args = 3, .max_args = -1, .returns = SPL_TYPE_TEXT, .bind = bind_changes,
             .wrong = "json_append(a,\"b\",1,\"c\")")
{
    return change_pairs(ev, argv, argc, CHANGE_APPEND);
}

SPL_FUNCTION(json_extend, .family = "json", .signature = "json_extend(<json>,<path>,<value>,…)",
             .summary = "As json_append(), but the elements of an array are added one by one.",
             .example = "json_extend(\"{\\\"a\\\":[1]}\",\"a\",json_array(2,3))", .result = "\"{\\\"a\\\":[1,2,3]}\"",
             .min_args = 3, .max_args = -1, .returns = SPL_TYPE_TEXT, .bind = bind_changes,
             .wrong = "json_extend(a,\"b\",1,\"c\")")
{
    return change_pairs(ev, argv, argc, CHANGE_EXTEND);
}

SPL_FUNCTION(json_set_exact, .family = "json", .signature = "json_set_exact(<json>,<key>,<value>,…)",
             .summary = "The object with the values put at the keys, which are taken literally, dots and all.",
             .example = "json_set_exact(\"{}\",\"a.b\",1)", .result = "\"{\\\"a.b\\\":1}\"", .min_args = 3,
             .max_args = -1, .returns = SPL_TYPE_TEXT, .bind = bind_changes, .wrong = "json_set_exact(a,\"b\",1,\"c\")")
{
    spl_jnode *root = tree_of(ev, argv, 0);
    spl_str key;

    if (!root || root->kind != SPL_JSON_OBJECT) return SPL_NULL;
    for (int i = 1; i + 1 < argc; i += 2) {
        spl_jnode *kid;
        if (!spl_arg_text(ev, argv, i, &key)) return SPL_NULL;
        kid = spl_jtree_member(root, key);
        if (kid) {
            overwrite(kid, spl_jtree_of_value(ev->arena, argv[i + 1]));
        } else {
            kid = spl_jtree_of_value(ev->arena, argv[i + 1]);
            kid->key = key;
            spl_jtree_add(root, kid);
        }
    }
    return written(ev, root);
}

/* Deletes what PATH, or each path of a JSON array of them, names. */
static void delete_at(spl_eval *ev, spl_jnode *root, spl_str path)
{
    const spl_jnode *list = path.len && path.data[0] == '[' ? spl_jtree_parse(ev->arena, path) : NULL;

    if (!list || list->kind != SPL_JSON_ARRAY) {
        change_at(ev, root, path, 0, CHANGE_DELETE, NULL, 0);
        return;
    }
    for (const spl_jnode *kid = list->first; kid; kid = kid->next)
        if (kid->kind == SPL_JSON_STRING)
            change_at(ev, root, spl_json_unescape(ev->arena, kid->raw), 0, CHANGE_DELETE, NULL, 0);
}

SPL_FUNCTION(json_delete, .family = "json", .signature = "json_delete(<json>,<path>,…)",
             .summary = "The JSON object without the keys at the paths; a JSON array names several.",
             .example = "json_delete(\"{\\\"a\\\":{\\\"b\\\":1,\\\"c\\\":2}}\",\"a.b\")",
             .result = "\"{\\\"a\\\":{\\\"c\\\":2}}\"", .min_args = 2, .max_args = -1, .returns = SPL_TYPE_TEXT)
{
    spl_jnode *root = tree_of(ev, argv, 0);
    spl_str path;

    if (!root) return SPL_NULL;
    for (int i = 1; i < argc; i++) {
        for (uint32_t k = 0; k < spl_value_count(argv[i]); k++) {
            spl_value key = spl_value_at(argv[i], k);
            if (spl_arg_text(ev, &key, 0, &path)) delete_at(ev, root, path);
        }
    }
    return written(ev, root);
}

/* --- between arrays and multivalue ---- */

SPL_FUNCTION(json_array_to_mv, .family = "json", .signature = "json_array_to_mv(<json array>[,<keep quotes>])",
             .summary = "The elements of a JSON array as a multivalue; true() keeps the quotes of strings.",
             .example = "json_array_to_mv(json_array(\"Ann\",\"Bo\"))", .result = "[\"Ann\",\"Bo\"]", .min_args = 1,
             .max_args = 2, .args = "*b")
{
    const spl_jnode *array = tree_of(ev, argv, 0);
    bool quotes = argc > 1 && argv[1].kind == SPL_KIND_BOOL && argv[1].as.truth;
    SPL_VEC(spl_value) items = {0};

    if (!array || array->kind != SPL_JSON_ARRAY) return SPL_NULL;
    for (const spl_jnode *kid = array->first; kid; kid = kid->next) {
        if (kid->kind == SPL_JSON_NULL)
            SPL_PUSH(ev->arena, &items, spl_text(SPL_S("null")));
        else if (quotes && kid->kind == SPL_JSON_STRING)
            SPL_PUSH(ev->arena, &items, written(ev, kid));
        else
            SPL_PUSH(ev->arena, &items, spl_jtree_value(ev->arena, kid));
    }
    return spl_multi_of(ev->arena, items.data, items.len);
}

SPL_FUNCTION(mv_to_json_array, .family = "json", .signature = "mv_to_json_array(<mv>[,<infer types>])",
             .summary = "The values as a JSON array of strings; with true(), of what each is as JSON, else null.",
             .example = "mv_to_json_array(split(\"a,12\",\",\"))", .result = "\"[\\\"a\\\",\\\"12\\\"]\"",
             .min_args = 1, .max_args = 2, .args = "*b", .returns = SPL_TYPE_TEXT)
{
    bool infer = argc > 1 && argv[1].kind == SPL_KIND_BOOL && argv[1].as.truth;
    spl_buf out = spl_buf_in(ev->arena);

    if (spl_is_null(argv[0]) || argv[0].kind == SPL_KIND_BOOL) return SPL_NULL;
    spl_buf_char(&out, '[');
    for (uint32_t i = 0; i < spl_value_count(argv[0]); i++) {
        spl_str text = spl_value_text(ev->arena, spl_value_at(argv[0], i));
        if (i) spl_buf_char(&out, ',');
        if (infer) {
            const spl_jnode *node = spl_jtree_parse(ev->arena, text);
            if (node)
                spl_jtree_write(&out, node);
            else
                spl_buf_puts(&out, "null");
        } else {
            spl_json_quote(&out, text);
        }
    }
    spl_buf_char(&out, ']');
    return spl_text(spl_buf_str(&out));
}
