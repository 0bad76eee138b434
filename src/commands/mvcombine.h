/* mvcombine.h -- what nomv asks of an mvcombine before it: the delimiter of the field's values. */
#ifndef SPL_COMMANDS_MVCOMBINE_H
#define SPL_COMMANDS_MVCOMBINE_H

#include "exec/op.h"

typedef struct spl_mvcombine {
    spl_field field;
    spl_str delim;
    bool delim_given;
} spl_mvcombine;

/* NULL if OP is no mvcombine. */
const spl_mvcombine *spl_mvcombine_of(const spl_op *op);

#endif
