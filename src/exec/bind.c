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

bool spl_lacks(spl_binder *binder, const spl_node *at, const char *what, const char *example)
{
    const spl_command *command = binder->stage->command;

    if (binder->holes) return false;
    spl_bad_argument(binder, (at ? at : binder->stage)->span, "%s needs %s", command->name, what);
    if (example)
        spl_hint(binder->diag, "For example: %s %s", command->name, example);
    else
        spl_hint(binder->diag, "The syntax is: %s", command->syntax);
    return false;
}

bool spl_bind_plain(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    spl_args args = spl_args_of(stage);

    (void)op;
    return spl_args_done(binder, &args);
}
