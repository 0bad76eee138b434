/* compare.h -- the order and equality of values, told in one place (docs/SEMANTICS.md). */
#ifndef SPL_DATA_COMPARE_H
#define SPL_DATA_COMPARE_H

#include "data/value.h"

typedef enum spl_order_kind { SPL_ORDER_AUTO, SPL_ORDER_NUM, SPL_ORDER_STR, SPL_ORDER_IP } spl_order_kind;

/* sort: <0, 0, >0. AUTO: numbers (also IP addresses among themselves) by value, else text by bytes; numbers before
 * text. Nulls are handled by the caller (last in both directions). */
int spl_compare_sort(spl_value a, spl_value b, spl_order_kind kind);
/* The order of BY values in stats, chart, top: text order, as Splunk shows it (10 before 2) unless the manual's
 * examples say otherwise; SEMANTICS.md tells. */
int spl_compare_by(spl_value a, spl_value b);
/* where/eval: = == != < … : *NULL_RESULT where a side is null. Numbers if both are numbers or numeric literals/fields,
 * else text by bytes, with case. */
int spl_compare_eval(spl_value a, spl_value b, bool *incomparable);
/* IPv4 (and IPv6) in CIDR notation. */
bool spl_cidr_parse(spl_str text, uint8_t address[16], unsigned *bits);
bool spl_cidr_match(spl_str cidr, spl_str address);

#endif
