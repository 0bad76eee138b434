/* scrub.c -- replaces words by others of a server's dictionaries. */
#include "commands/refused.h"

static const spl_option options[] = {
    REFUSED_OPTION("public-terms", TEXT, "the file of words that stay"),
    REFUSED_OPTION("private-terms", TEXT, "the file of words that go"),
    REFUSED_OPTION("name-terms", TEXT, "the file of names to put in"),
    REFUSED_OPTION("dictionary", TEXT, "the file of words that stay too"),
    REFUSED_OPTION("timeconfig", TEXT, "the file of formats of times"),
    REFUSED_OPTION("namespace", TEXT, "the app with these files"),
    {0},
};

SPL_COMMAND(
    scrub, .summary = "Replaces what identifies somebody in events.",
    .syntax = "scrub [public-terms=<file>] [private-terms=<file>] [name-terms=<file>] [dictionary=<file>] "
              "[timeconfig=<file>] [namespace=<app>]",
    .refusal =
        "The dictionaries come with a server. Replace fields with eval user=sha256(user), texts with rex mode=sed.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP, .options = options, .op_size = sizeof(refused_op),
    .bind = refused_bind_none);
