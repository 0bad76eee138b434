/* spath.c -- paths into JSON and XML. The XML is walked tag by tag, broken or not, in one pass and without a stack: how
 * many steps of the path the open elements have met is all that is kept. */
#include "data/spath.h"

#include <assert.h>
#include "data/jsontree.h"

typedef SPL_VEC(spl_value) found_values;

static void select_json(spl_arena *arena, const spl_jnode *node, spl_str path, size_t at, found_values *found)
{
    spl_jstep step = spl_jpath_next(path, &at);
    int64_t i = 0;

    if (step.kind == SPL_JSTEP_END) {
        spl_str text = node->kind == SPL_JSON_STRING ? spl_json_unescape(arena, node->raw) : node->raw;
        SPL_PUSH(arena, found, spl_text(text));
        return;
    }
    if (node->kind != (step.kind == SPL_JSTEP_KEY ? SPL_JSON_OBJECT : SPL_JSON_ARRAY)) return;
    for (const spl_jnode *kid = node->first; kid; kid = kid->next, i++)
        if (step.kind == SPL_JSTEP_ALL || (step.kind == SPL_JSTEP_INDEX && i == step.index) ||
            (step.kind == SPL_JSTEP_KEY && spl_str_eq(kid->key, step.name)))
            select_json(arena, kid, path, at, found);
}

/* --- XML ---- */

typedef struct xml_step {
    spl_str name;
    int64_t index; /* 0: any */
    int64_t seen;  /* elements of that name under the open parent */
} xml_step;

bool spl_xml_entity(spl_buf *out, spl_str text, size_t *at)
{
    static const struct {
        const char *name;
        char c;
    } named[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    size_t left = text.len - *at;
    const char *end;
    spl_str name;
    bool done = false;

    if (!left || text.data[*at] != '&') return false;
    end = memchr(text.data + *at, ';', left < 12 ? left : 12);
    if (!end) return false;
    name = spl_str_sub(text, *at + 1, (size_t)(end - text.data));
    if (name.len > 1 && name.data[0] == '#') {
        bool hex = name.data[1] == 'x' || name.data[1] == 'X';
        uint32_t code = 0;
        size_t j = hex ? 2 : 1;
        done = j < name.len;
        for (; j < name.len && done; j++) {
            char c = spl_ascii_lower(name.data[j]);
            unsigned digit = spl_is_digit(c)               ? (unsigned)(c - '0')
                             : hex && c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                           : 99;
            if (digit == 99)
                done = false;
            else
                code = code > 0x110000 ? code : code * (hex ? 16 : 10) + digit;
        }
        if (done) spl_buf_utf8(out, code);
    } else {
        for (size_t j = 0; j < sizeof named / sizeof *named && !done; j++) {
            if (!spl_str_is(name, named[j].name)) continue;
            spl_buf_char(out, named[j].c);
            done = true;
        }
    }
    if (done) *at += name.len + 2;
    return done;
}

spl_str spl_xml_text(spl_arena *arena, spl_str text)
{
    spl_buf out;
    size_t i = 0;

    if (!text.len || (!memchr(text.data, '&', text.len) && !memchr(text.data, '<', text.len))) return text;
    out = spl_buf_in(arena);
    while (i < text.len) {
        if (spl_str_starts(spl_str_sub(text, i, text.len), SPL_S("<![CDATA["))) {
            ptrdiff_t close = spl_str_find(text, SPL_S("]]>"), i);
            size_t stop = close < 0 ? text.len : (size_t)close;
            spl_buf_add(&out, spl_str_sub(text, i + 9, stop));
            i = close < 0 ? text.len : stop + 3;
        } else if (spl_str_starts(spl_str_sub(text, i, text.len), SPL_S("<!--"))) {
            ptrdiff_t close = spl_str_find(text, SPL_S("-->"), i);
            i = close < 0 ? text.len : (size_t)close + 3;
        } else if (!spl_xml_entity(&out, text, &i)) {
            spl_buf_char(&out, text.data[i++]);
        }
    }
    return spl_buf_str(&out);
}

static bool name_byte(char c)
{
    return !spl_is_space(c) && c != '>' && c != '/' && c != '=' && c != '<';
}

/* The next attribute in the text of a tag behind the element's name, from *AT on; a value may lack its quotes. */
static bool next_attribute(spl_str tag, size_t *at, spl_str *key, spl_str *value)
{
    size_t i = *at, begin;

    while (i < tag.len) {
        while (i < tag.len && !name_byte(tag.data[i])) i++;
        begin = i;
        while (i < tag.len && name_byte(tag.data[i])) i++;
        *key = spl_str_sub(tag, begin, i);
        while (i < tag.len && spl_is_space(tag.data[i])) i++;
        if (i >= tag.len || tag.data[i] != '=') continue;
        i++;
        while (i < tag.len && spl_is_space(tag.data[i])) i++;
        begin = i;
        if (i < tag.len && (tag.data[i] == '"' || tag.data[i] == '\'')) {
            const char *close = memchr(tag.data + i + 1, tag.data[i], tag.len - i - 1);
            size_t end = close ? (size_t)(close - tag.data) : tag.len;

            *value = spl_str_sub(tag, i + 1, end);
            *at = end + 1;
        } else {
            while (i < tag.len && !spl_is_space(tag.data[i]) && tag.data[i] != '>' &&
                   !(tag.data[i] == '/' && i + 1 < tag.len && tag.data[i + 1] == '>'))
                i++;
            if (i == begin) continue;
            *value = spl_str_sub(tag, begin, i);
            *at = i;
        }
        return true;
    }
    return false;
}

/* Offset behind the tag that begins at AT: quotes may hold a >. */
static size_t tag_end(spl_str text, size_t at)
{
    char quote = '\0';

    for (; at < text.len; at++) {
        char c = text.data[at];
        if (quote) {
            if (c == quote) quote = '\0';
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return at + 1;
        }
    }
    return text.len;
}

/* A comment, CDATA or an instruction at BEGIN: moves *AT behind it. An instruction may lack its last question mark. */
static bool skip_aside(spl_str text, size_t begin, size_t *at)
{
    spl_str rest = spl_str_sub(text, begin, text.len), close;
    ptrdiff_t stop;

    if (spl_str_starts(rest, SPL_S("<?"))) {
        const char *next = memchr(rest.data + 1, '<', rest.len - 1);
        spl_str own = spl_str_sub(rest, 0, next ? (size_t)(next - rest.data) : rest.len);

        stop = spl_str_find(own, SPL_S("?>"), 0);
        *at = stop < 0 ? tag_end(text, begin + 2) : begin + (size_t)stop + 2;
        return true;
    }
    if (spl_str_starts(rest, SPL_S("<!--")))
        close = SPL_S("-->");
    else if (spl_str_starts(rest, SPL_S("<![CDATA[")))
        close = SPL_S("]]>");
    else
        return false;
    stop = spl_str_find(text, close, begin);
    *at = stop < 0 ? text.len : (size_t)stop + close.len;
    return true;
}

typedef struct xml_tag {
    bool closing, empty; /* </a>, <a/> */
    spl_str name, attributes;
    size_t begin, end;
} xml_tag;

/* The next tag of an element at or behind *AT, which moves behind it. */
static bool next_tag(spl_str text, size_t *at, xml_tag *tag)
{
    while (*at < text.len) {
        const char *open = memchr(text.data + *at, '<', text.len - *at);
        size_t begin, end, name_end;

        if (!open) return false;
        begin = (size_t)(open - text.data);
        if (skip_aside(text, begin, at)) continue;
        *at = end = tag_end(text, begin + 1);
        if (begin + 1 < text.len && text.data[begin + 1] == '!') continue;
        *tag = (xml_tag){.begin = begin, .end = end};
        tag->closing = begin + 1 < text.len && text.data[begin + 1] == '/';
        if (tag->closing) return true;
        tag->empty = end >= begin + 2 && text.data[end - 1] == '>' && text.data[end - 2] == '/';
        for (name_end = begin + 1; name_end < end && name_byte(text.data[name_end]); name_end++)
            ;
        tag->name = spl_str_sub(text, begin + 1, name_end);
        tag->attributes = spl_str_sub(text, name_end, end);
        return true;
    }
    return false;
}

/* A path over XML: the names of its elements, each with which of several is meant (0: any), and an attribute. */
typedef struct xml_path {
    SPL_VEC(xml_step) steps;
    spl_str attribute;
} xml_path;

static xml_path read_xml_path(spl_arena *arena, spl_str path)
{
    xml_path out = {0};
    size_t at = 0;

    for (;;) {
        spl_jstep step = spl_jpath_next(path, &at);
        if (step.kind == SPL_JSTEP_END) return out;
        if (step.kind == SPL_JSTEP_KEY)
            SPL_PUSH(arena, &out.steps, (xml_step){step.name, 0, 0});
        else if (step.kind == SPL_JSTEP_ATTRIBUTE)
            out.attribute = step.name;
        else if (step.kind == SPL_JSTEP_INDEX && out.steps.len)
            out.steps.data[out.steps.len - 1].index = step.index;
    }
}

static void take_attribute(spl_arena *arena, const xml_tag *tag, spl_str name, found_values *found)
{
    spl_str key, value;
    size_t at = 0;

    while (next_attribute(tag->attributes, &at, &key, &value)) {
        if (!spl_str_eq(key, name)) continue;
        SPL_PUSH(arena, found, spl_text(spl_xml_text(arena, value)));
        return;
    }
}

static void select_xml(spl_arena *arena, spl_str text, spl_str path_text, found_values *found)
{
    xml_path path = read_xml_path(arena, path_text);
    size_t at = 0, depth = 0, met = 0, content = 0;
    bool whole = false, inner = false; /* inside an element that the whole path meets; it has elements inside */
    xml_tag tag;

    if (!path.steps.len) return;
    while (next_tag(text, &at, &tag)) {
        xml_step *step = depth < path.steps.len ? &path.steps.data[depth] : NULL;
        if (tag.closing) {
            if (!depth) continue;
            depth--;
            if (met <= depth) continue;
            met = depth;
            if (!whole || depth + 1 != path.steps.len) continue;
            spl_str inside = spl_str_sub(text, content, tag.begin);
            SPL_PUSH(arena, found, spl_text(inner ? inside : spl_xml_text(arena, inside)));
            whole = false;
            continue;
        }
        if (whole) inner = true;
        if (!tag.empty) depth++;
        if (whole || !step || met != (size_t)(step - path.steps.data) || !spl_str_eq(tag.name, step->name)) continue;
        step->seen++;
        if (step->index && step->index != step->seen) continue;
        if (met + 1 < path.steps.len) {
            step[1].seen = 0;
            if (!tag.empty) met++;
        } else if (path.attribute.len) {
            take_attribute(arena, &tag, path.attribute, found);
        } else if (tag.empty) {
            SPL_PUSH(arena, found, spl_text(SPL_S("")));
        } else {
            met++;
            whole = true;
            inner = false;
            content = tag.end;
        }
    }
}

spl_value spl_spath(spl_arena *arena, spl_str text, spl_str path)
{
    found_values found = {0};

    text = spl_str_trim(text);
    if (!text.len) return SPL_NULL;
    if (text.data[0] == '<') {
        select_xml(arena, text, path, &found);
    } else {
        const spl_jnode *root = spl_jtree_parse(arena, text);
        if (root) select_json(arena, root, path, 0, &found);
    }
    return spl_multi_of(arena, found.data, found.len);
}

/* --- all of it ---- */

enum { LONGEST_NAME = 4096 }; /* so that many values under a long name take linear time */

typedef struct walk_level {
    size_t path; /* length of the path outside */
    bool array;
    bool inner; /* XML: has elements inside */
    size_t content;
} walk_level;

static void walk_json(spl_arena *arena, spl_str text, spl_spath_each *each, void *context)
{
    spl_json json = spl_json_of(text);
    spl_json_token token;
    spl_buf path = spl_buf_in(arena);
    SPL_VEC(walk_level) levels = {0};
    size_t base = 0; /* of the path where a value is due */

    while ((token = spl_json_next(&json)) > SPL_JSON_END) {
        walk_level *top = levels.len ? &levels.data[levels.len - 1] : NULL;
        spl_str value = json.raw;
        switch (token) {
        case SPL_JSON_OBJECT: SPL_PUSH(arena, &levels, (walk_level){.path = path.len}); break;
        case SPL_JSON_ARRAY:
            SPL_PUSH(arena, &levels, (walk_level){.path = path.len, .array = true});
            spl_buf_puts(&path, "{}");
            break;
        case SPL_JSON_OBJECT_END:
        case SPL_JSON_ARRAY_END:
            assert(levels.len); /* the tokenizer lets through no end without a begin */
            path.len = levels.data[levels.len - 1].path;
            levels.len--;
            if (levels.len && !levels.data[levels.len - 1].array) path.len = levels.data[levels.len - 1].path;
            break;
        case SPL_JSON_KEY:
            if (!top) return;
            path.len = base = top->path;
            if (base) spl_buf_char(&path, '.');
            spl_buf_add(&path, spl_json_unescape(arena, json.raw));
            break;
        case SPL_JSON_STRING: value = spl_json_unescape(arena, json.raw); /* fall through */
        case SPL_JSON_NUMBER:
        case SPL_JSON_TRUE:
        case SPL_JSON_FALSE:
        case SPL_JSON_NULL:
            if (path.len && path.len <= LONGEST_NAME) each(context, spl_buf_str(&path), value);
            if (top && !top->array) path.len = top->path;
            break;
        case SPL_JSON_ERROR:
        case SPL_JSON_END: return;
        }
    }
}

/* The attributes in the text of a tag behind the element's name. */
static void walk_attributes(spl_arena *arena, spl_str tag, spl_buf *path, spl_spath_each *each, void *context)
{
    size_t i = 0, base = path->len;
    spl_str key, value;

    while (next_attribute(tag, &i, &key, &value)) {
        spl_buf_puts(path, "{@");
        spl_buf_add(path, key);
        spl_buf_char(path, '}');
        if (path->len <= LONGEST_NAME) each(context, spl_buf_str(path), spl_xml_text(arena, value));
        path->len = base;
    }
}

static void walk_xml(spl_arena *arena, spl_str text, spl_spath_each *each, void *context)
{
    enum { DEEPEST = 512 }; /* as JSON: paths would grow with the square of the text */
    spl_buf path = spl_buf_in(arena);
    SPL_VEC(walk_level) levels = {0};
    size_t at = 0;
    xml_tag tag;

    while (next_tag(text, &at, &tag)) {
        size_t outside = path.len;
        if (tag.closing) {
            if (!levels.len) continue;
            walk_level *top = &levels.data[--levels.len];
            spl_str inside = spl_str_trim(spl_str_sub(text, top->content, tag.begin));
            if (!top->inner && inside.len && path.len <= LONGEST_NAME)
                each(context, spl_buf_str(&path), spl_xml_text(arena, inside));
            path.len = top->path;
            continue;
        }
        if (levels.len) levels.data[levels.len - 1].inner = true;
        if (path.len) spl_buf_char(&path, '.');
        spl_buf_add(&path, tag.name);
        walk_attributes(arena, tag.attributes, &path, each, context);
        if (tag.empty) {
            path.len = outside;
        } else {
            if (levels.len == DEEPEST) return;
            SPL_PUSH(arena, &levels, (walk_level){.path = outside, .content = tag.end});
        }
    }
}

void spl_spath_walk(spl_arena *arena, spl_str text, spl_spath_each *each, void *context)
{
    text = spl_str_trim(text);
    if (!text.len) return;
    if (text.data[0] == '<')
        walk_xml(arena, text, each, context);
    else if (text.data[0] == '{' || text.data[0] == '[')
        walk_json(arena, text, each, context);
}
