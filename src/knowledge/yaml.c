/* yaml.c -- macros as published: one a file, a mapping of name, definition, arguments, description. */
#include "knowledge/yaml.h"

#include "knowledge/macros.h"

#include <yaml.h>

typedef struct reader {
    spl_arena *arena;
    yaml_parser_t parser;
    yaml_event_t event;
    bool have_event;
} reader;

static void reader_close(void *ptr)
{
    reader *r = ptr;

    if (r->have_event) yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
}

static bool next(reader *r)
{
    if (r->have_event) yaml_event_delete(&r->event);
    r->have_event = false;
    if (!yaml_parser_parse(&r->parser, &r->event)) return false;
    r->have_event = true;
    return true;
}

/* Passes over the node whose first event was read. */
static bool skip(reader *r)
{
    unsigned depth = 0;

    for (;;) {
        switch (r->event.type) {
        case YAML_MAPPING_START_EVENT:
        case YAML_SEQUENCE_START_EVENT: depth++; break;
        case YAML_MAPPING_END_EVENT:
        case YAML_SEQUENCE_END_EVENT: depth--; break;
        case YAML_STREAM_END_EVENT: return false;
        default: break;
        }
        if (depth == 0) return true;
        if (!next(r)) return false;
    }
}

static spl_str scalar(reader *r)
{
    return spl_str_copy(r->arena, spl_str_cut((const char *)r->event.data.scalar.value, r->event.data.scalar.length));
}

static bool read_macro(reader *r, spl_macro *macro, spl_source *definition)
{
    SPL_VEC(spl_str) args = {0};

    do {
        if (!next(r)) return false;
    } while (r->event.type == YAML_STREAM_START_EVENT || r->event.type == YAML_DOCUMENT_START_EVENT);
    if (r->event.type != YAML_MAPPING_START_EVENT) return false;
    for (;;) {
        spl_str key;

        if (!next(r)) return false;
        if (r->event.type == YAML_MAPPING_END_EVENT) break;
        if (r->event.type != YAML_SCALAR_EVENT) return false;
        key = scalar(r);
        if (!next(r)) return false;
        if (r->event.type == YAML_SCALAR_EVENT && spl_str_is(key, "name")) {
            macro->name = scalar(r);
        } else if (r->event.type == YAML_SCALAR_EVENT && spl_str_is(key, "definition")) {
            yaml_scalar_style_t style = r->event.data.scalar.style;
            bool block = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE;

            macro->definition = scalar(r);
            definition->first_line = (uint32_t)r->event.start_mark.line + 1 + block;
            definition->first_column =
                block ? 1 : (uint32_t)r->event.start_mark.column + 1 + (style != YAML_PLAIN_SCALAR_STYLE);
        } else if (r->event.type == YAML_SCALAR_EVENT && spl_str_is(key, "validation")) {
            macro->validation = scalar(r);
        } else if (r->event.type == YAML_SCALAR_EVENT && spl_str_is(key, "errormsg")) {
            macro->errormsg = scalar(r);
        } else if (r->event.type == YAML_SCALAR_EVENT && spl_str_is(key, "iseval")) {
            macro->iseval = spl_str_iis(scalar(r), "true") || spl_str_is(scalar(r), "1");
        } else if (r->event.type == YAML_SEQUENCE_START_EVENT && spl_str_is(key, "arguments")) {
            for (;;) {
                if (!next(r)) return false;
                if (r->event.type == YAML_SEQUENCE_END_EVENT) break;
                if (r->event.type == YAML_SCALAR_EVENT)
                    SPL_PUSH(r->arena, &args, scalar(r));
                else if (!skip(r))
                    return false;
            }
        } else if (!skip(r)) {
            return false;
        }
    }
    macro->args = args.data;
    macro->n_args = (uint32_t)args.len;
    return macro->name.len && macro->definition.data;
}

spl_macro *spl_yaml_macro(spl_arena *arena, spl_diag *diag, const spl_source *file)
{
    spl_arena *own = spl_arena_new(spl_arena_account(arena)); /* libyaml's memory goes on every way out */
    reader *r = SPL_NEW(own, reader);
    spl_macro *macro = SPL_NEW(arena, spl_macro);
    spl_source *definition = spl_source_new(arena, file->name, (spl_str){0});
    bool sound = false;

    r->arena = arena;
    if (yaml_parser_initialize(&r->parser)) {
        spl_arena_defer(own, reader_close, r);
        yaml_parser_set_input_string(&r->parser, (const unsigned char *)file->text.data, file->text.len);
        sound = read_macro(r, macro, definition);
        if (!sound && diag) {
            if (r->parser.problem)
                spl_warning(diag, ((spl_span){file, 0, 0}), "conf", "no macro could be read here: line %zu: %s",
                            r->parser.problem_mark.line + 1, r->parser.problem);
            else
                spl_warning(diag, ((spl_span){file, 0, 0}), "conf",
                            "no macro could be read here: a name and a definition are wanted");
        }
    }
    spl_arena_free(own);
    if (!sound) return NULL;
    spl_macro_name(arena, macro);
    definition->text = macro->definition;
    macro->source = definition;
    return macro;
}
