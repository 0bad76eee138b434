/* bind.c -- what bind hooks declare and refuse. */
#include "exec/bind.h"

#include <stdarg.h>
#include <stdio.h>

void spl_bind_reads(spl_binder *binder, spl_field field)
{
    spl_fieldset_add(&binder->op->reads, field);
}

bool spl_bind_passes_over(spl_binder *binder, const spl_node *node, spl_field field)
{
    if (!spl_field_internal(binder->query->fields, field)) return false;
    spl_warning(binder->diag, node->span, "internal-field",
                "%s does nothing to internal fields, which begin with \"_\"", binder->op->command->name);
    spl_hint(binder->diag, "Copy it to a field of another name with eval.");
    return true;
}

void spl_bind_reads_name(spl_binder *binder, spl_str name_or_pattern)
{
    spl_fieldset_add_name(&binder->op->reads, name_or_pattern);
}

void spl_bind_reads_all(spl_binder *binder)
{
    spl_fieldset_add_all(&binder->op->reads);
}

void spl_bind_makes(spl_binder *binder, spl_field field)
{
    spl_fieldset_add(&binder->op->makes, field);
}

bool spl_refuse(spl_binder *binder, spl_span span, const char *code, const char *format, ...)
{
    char text[1024];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    spl_error(binder->diag, span, code, "%s", text);
    return false;
}
