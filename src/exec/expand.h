/* expand.h -- for expand hooks: the stages of the search that a stage stands for, made as text (spl_bind_text(), with
 * spl_text_quote() for what is quoted) or node by node. */
#ifndef SPL_EXEC_EXPAND_H
#define SPL_EXEC_EXPAND_H

#include "exec/bind.h"
#include "lang/text.h"

typedef SPL_VEC(spl_node *) spl_node_list;

/* A node of KIND where LIKE stands; a stage of COMMAND; KID as one more kid of NODE, which has none but those that were
 * added so; several, as the stages of a pipeline, at once. */
spl_node *spl_expand_node(spl_binder *binder, const spl_node *like, spl_node_kind kind, spl_str text);
spl_node *spl_expand_stage(spl_binder *binder, const spl_node *like, const char *command);
void spl_expand_add(spl_binder *binder, spl_node *node, spl_node *kid);
void spl_expand_add_all(spl_binder *binder, spl_node *node, spl_node *const *kids, uint32_t count);
/* FIRST, which may be NULL, AND all of MORE; NULL: neither. */
spl_node *spl_expand_and(spl_binder *binder, spl_node *first, const spl_node_list *more);
/* Appends "search (index=… OR …)" of STAGE's options index=, or "search *"; the stage without them. */
spl_node *spl_expand_indexes(spl_binder *binder, const spl_node *stage, spl_buf *text);
/* The stages of the search TEXT, then REST (of spl_expand_indexes) run by COMMAND, which is none of the registry: for
 * commands that look at events themselves. NULL: refused. */
const spl_node *spl_expand_behind(spl_binder *binder, const spl_node *stage, spl_str text, spl_node *rest,
                                  const spl_command *command);

#endif
