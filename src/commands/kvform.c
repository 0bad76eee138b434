/* kvform.c -- extracts with form templates of apps, which are not read. */
#include "commands/refused.h"

static const spl_option options[] = {
    REFUSED_OPTION("form", TEXT, "the template"),
    REFUSED_OPTION("field", FIELD, "the field whose value names the template"),
    {0},
};

SPL_COMMAND(
    kvform, .summary = "Extracts fields by form templates.", .syntax = "kvform [form=<name>] [field=<field>]",
    .refusal =
        "Form templates (.form files) are not read. rex extracts with a regular expression, extract with delimiters.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .options = options, .op_size = sizeof(refused_op),
    .bind = refused_bind_none);
