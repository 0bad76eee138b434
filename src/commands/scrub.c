/* scrub.c -- replaces words by others of a server's dictionaries. */
#include "commands/refused.h"

static const spl_option options[] = {
    SPL_IDLE("public-terms", TEXT, "the file of words that stay"),
    SPL_IDLE("private-terms", TEXT, "the file of words that go"),
    SPL_IDLE("name-terms", TEXT, "the file of names to put in"),
    SPL_IDLE("dictionary", TEXT, "the file of words that stay too"),
    SPL_IDLE("timeconfig", TEXT, "the file of formats of times"),
    SPL_IDLE("namespace", TEXT, "the app with these files"),
    {0},
};

SPL_COMMAND(
    scrub, .summary = "Replaces what identifies somebody in events.",
    .syntax = "scrub [public-terms=<file>] [private-terms=<file>] [name-terms=<file>] [dictionary=<file>] "
              "[timeconfig=<file>] [namespace=<app>]",
    .refusal =
        "The dictionaries come with a server. Replace fields with eval user=sha256(user), texts with rex mode=sed.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .options = options, .op_size = sizeof(spl_op),
    .bind = refused_bind_none);
