/* xpath.c -- what an XPath expression selects in a field that holds XML. libxml2 parses without network and without
 * expanding entities; an expression may take so many steps, beyond which the event gets no field and a warning tells.
 */
#include "exec/bind.h"

#include "base/num.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <stddef.h>

enum { MAX_STEPS = 5000000, MAX_TEXT = 64 << 20 };

typedef struct xpath_run { /* what is not in an arena */
    xmlDocPtr doc;
    xmlXPathContextPtr context;
    xmlXPathObjectPtr object;
    xmlXPathCompExprPtr compiled;
} xpath_run;

typedef struct xpath_op {
    spl_op base;
    spl_str path, dflt;
    bool default_given;
    spl_field outfield, field;
    xpath_run *run;
} xpath_op;

static const spl_option options[] = {
    {.name = "outfield",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(xpath_op, outfield),
     .text = "xpath",
     .help = "the field that gets what is selected"},
    {.name = "field",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(xpath_op, field),
     .text = "_raw",
     .help = "the field that holds XML"},
    {.name = "default",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(xpath_op, dflt),
     .given = offsetof(xpath_op, default_given),
     .text = "",
     .help = "what is put where nothing is selected"},
    {0},
};

static void quiet(void *data, const xmlError *error)
{
    (void)data;
    (void)error;
}

static xmlXPathContextPtr new_context(xmlDocPtr doc)
{
    xmlXPathContextPtr context = xmlXPathNewContext(doc);
    if (!context) spl_fail(SPL_BOUND, "out of memory");
    context->error = (xmlStructuredErrorFunc)quiet;
    context->opLimit = MAX_STEPS;
    return context;
}

static bool xpath_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    xpath_op *xpath = (xpath_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);
    xmlXPathContextPtr context;
    xmlXPathCompExprPtr compiled;

    spl_bind_reads(binder, xpath->field);
    if (!node || !spl_args_name(node, &xpath->path))
        return spl_lacks(binder, node, "an XPath expression", "outfield=name \"//user/@name\"");
    xmlInitParser();
    context = new_context(NULL);
    compiled = memchr(xpath->path.data, '\0', xpath->path.len)
                   ? NULL
                   : xmlXPathCtxtCompile(context, (const xmlChar *)spl_cstring(binder->arena, xpath->path));
    xmlXPathFreeContext(context);
    if (!compiled) return spl_bad_argument(binder, node->span, "\"%.*s\" is no XPath expression", SPL_FMT(xpath->path));
    xmlXPathFreeCompExpr(compiled);
    return spl_args_done(binder, &args);
}

static void forget(xpath_run *run)
{
    if (run->object) xmlXPathFreeObject(run->object);
    if (run->context) xmlXPathFreeContext(run->context);
    if (run->doc) xmlFreeDoc(run->doc);
    run->object = NULL;
    run->context = NULL;
    run->doc = NULL;
}

static void end_run(void *ptr)
{
    xpath_run *run = ptr;
    forget(run);
    if (run->compiled) xmlXPathFreeCompExpr(run->compiled);
    run->compiled = NULL;
}

static void xpath_open(spl_op *op)
{
    xpath_op *xpath = (xpath_op *)op;
    xmlXPathContextPtr context;

    xpath->run = SPL_NEW(op->state, xpath_run);
    spl_arena_defer(op->state, end_run, xpath->run);
    if (!xpath->path.len) return;
    context = new_context(NULL);
    xpath->run->compiled = xmlXPathCtxtCompile(context, (const xmlChar *)spl_cstring(op->state, xpath->path));
    xmlXPathFreeContext(context);
}

/* An element with elements inside as XML, another one's text, Null where it has none, as Splunk's script gives them. */
static spl_value node_text(spl_arena *arena, xmlNodePtr node)
{
    xmlChar *text;
    spl_str copy;

    if (node->type == XML_NAMESPACE_DECL) return SPL_NULL;
    if (node->type == XML_ELEMENT_NODE && xmlFirstElementChild(node)) {
        xmlBufferPtr xml = xmlBufferCreate();

        if (!xml) return SPL_NULL;
        xmlNodeDump(xml, node->doc, node, 0, 0);
        text = xmlBufferDetach(xml);
        xmlBufferFree(xml);
    } else {
        text = xmlNodeGetContent(node);
        if (text && !*text && node->type == XML_ELEMENT_NODE) {
            xmlFree(text);
            return spl_text(SPL_S("Null"));
        }
    }

    if (!text) return SPL_NULL;
    copy = spl_str_copy(arena, spl_str_of((const char *)text));
    xmlFree(text);
    return spl_text(copy);
}

/* Splunk's xpath gives nothing for XML that begins with a declaration (the manual says so, and sends to spath). */
static bool has_prologue(spl_str text)
{
    return spl_str_iis(spl_str_sub(text, 0, text.len < 5 ? text.len : 5), "<?xml") ||
           spl_str_iis(spl_str_sub(text, 0, text.len < 9 ? text.len : 9), "<!doctype");
}

/* Text with any number of elements side by side, as the manual's events have them: they become the document's children,
 * so that // and absolute paths reach each. */
static xmlDocPtr read_elements(spl_arena *arena, spl_str text)
{
    spl_buf wrapped = spl_buf_in(arena);
    spl_buf_puts(&wrapped, "<x>");
    spl_buf_add(&wrapped, text);
    spl_buf_puts(&wrapped, "</x>");
    xmlDocPtr doc = xmlReadMemory(wrapped.data, (int)wrapped.len, NULL, NULL,
                                  XML_PARSE_RECOVER | XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlNodePtr root = doc ? xmlDocGetRootElement(doc) : NULL, next;
    if (!root) return doc;
    for (xmlNodePtr kid = root->children; kid; kid = next) {
        next = kid->next;
        if (kid->type != XML_ELEMENT_NODE) continue;
        xmlUnlinkNode(kid);
        xmlAddChild((xmlNodePtr)doc, kid);
    }
    xmlUnlinkNode(root);
    xmlFreeNode(root);
    return doc;
}

static spl_value select_in(xpath_op *xpath, spl_arena *arena, spl_str text)
{
    xpath_run *run = xpath->run;
    SPL_VEC(spl_value) values = {0};
    spl_value result = SPL_NULL;

    text = spl_str_trim(text);
    if (!text.len || text.len > MAX_TEXT || !run->compiled || has_prologue(text)) return SPL_NULL;
    run->doc = read_elements(arena, text);
    if (!run->doc) return SPL_NULL;
    run->context = new_context(run->doc);
    run->object = xmlXPathCompiledEval(run->compiled, run->context);
    if (!run->object) {
        spl_op_warn(&xpath->base, "xpath-bound", "an event took too many steps or cannot be asked this");
    } else if (run->object->type == XPATH_NODESET) {
        const xmlNodeSet *set = run->object->nodesetval;
        for (int i = 0; set && i < set->nodeNr; i++) {
            spl_value value = node_text(arena, set->nodeTab[i]);
            if (!spl_is_null(value)) SPL_PUSH(arena, &values, value);
        }
        result = spl_multi_of(arena, values.data, values.len);
    } else if (run->object->type == XPATH_NUMBER) {
        if (run->object->floatval == run->object->floatval) result = spl_number(run->object->floatval);
    } else if (run->object->type == XPATH_BOOLEAN) {
        result = spl_text(run->object->boolval ? SPL_S("true") : SPL_S("false"));
    } else if (run->object->type == XPATH_STRING) {
        result = spl_text(spl_str_copy(arena, spl_str_of((const char *)run->object->stringval)));
    }
    forget(run);
    return result;
}

static spl_status xpath_map(spl_op *op, spl_batch **in)
{
    xpath_op *xpath = (xpath_op *)op;
    spl_batch *batch = *in;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value value = spl_batch_get(batch, row, xpath->field);
        if (!spl_is_null(value)) value = select_in(xpath, batch->arena, spl_value_text(batch->arena, value));
        if (spl_is_null(value) && xpath->default_given) value = spl_text(xpath->dflt);
        if (!spl_is_null(value)) spl_batch_set(batch, row, xpath->outfield, value);
    }
    return SPL_OK;
}

SPL_COMMAND(xpath, .summary = "Selects values in XML by an XPath expression.",
            .syntax = "xpath [outfield=<field>] \"<expression>\" [field=<field>] [default=<text>]",
            .example = "| makeresults | eval _raw=\"<a><b n=\\\"x\\\"/></a>\" | xpath outfield=n \"//b/@n\" | table n",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .options = options, .op_size = sizeof(xpath_op),
            .bind = xpath_bind, .open = xpath_open, .map = xpath_map);
