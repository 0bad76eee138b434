/* fn_net.c -- functions over IP addresses. Search Reference, "Comparison and Conditional functions" (cidrmatch) and
 * "Conversion functions" (ipmask). */
#include "data/compare.h"
#include "exec/bind.h"
#include "expr/expr.h"

static bool bind_cidrmatch(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    const spl_value *cidr = spl_expr_constant(args[0]);
    uint8_t address[16];
    unsigned bits;
    (void)call, (void)argc;

    *data = NULL;
    if (!cidr || cidr->kind != SPL_KIND_TEXT || spl_cidr_parse(spl_value_str(*cidr), address, &bits)) return true;
    spl_bad_argument(binder, spl_expr_node(args[0])->span, "\"%.*s\" is no block of addresses",
                     SPL_FMT(spl_str_sub(spl_value_str(*cidr), 0, 60)));
    spl_hint(binder->diag, "An example is \"10.1.2.0/24\"; the block comes first, the address second.");
    return false;
}

SPL_FUNCTION(cidrmatch, .family = "net", .signature = "cidrmatch(<cidr>,<ip>)",
             .summary = "Whether the IPv4 or IPv6 address lies in the block.",
             .example = "if(cidrmatch(\"10.1.2.0/25\",\"10.1.2.127\"),\"in\",\"out\")", .result = "\"in\"",
             .min_args = 2, .max_args = 2, .args = "ss", .returns = SPL_TYPE_BOOL, .bind = bind_cidrmatch,
             .wrong = "cidrmatch(\"nonsense\",a) ; cidrmatch(\"10.0.0.0/33\",a)")
{
    if (spl_is_null(argv[0]) || spl_is_null(argv[1])) return SPL_NULL;
    for (uint32_t i = 0; i < spl_value_count(argv[0]); i++) {
        for (uint32_t j = 0; j < spl_value_count(argv[1]); j++) {
            spl_value pair[] = {spl_value_at(argv[0], i), spl_value_at(argv[1], j)};
            spl_str cidr, address;
            if (spl_arg_text(ev, pair, 0, &cidr) && spl_arg_text(ev, pair, 1, &address) &&
                spl_cidr_match(cidr, spl_str_trim(address)))
                return spl_bool(true);
        }
    }
    return spl_bool(false);
}

static bool four_bytes(spl_str text, uint8_t out[4])
{
    uint8_t address[16];
    unsigned bits;

    if (!spl_cidr_parse(text, address, &bits) || bits != 128 || (text.len && memchr(text.data, ':', text.len)))
        return false;
    memcpy(out, address + 12, 4);
    return true;
}

static bool bind_ipmask(spl_binder *binder, const spl_node *call, spl_expr *const *args, int argc, void **data)
{
    const spl_value *mask = spl_expr_constant(args[0]);
    uint8_t bytes[4];
    (void)call, (void)argc;

    *data = NULL;
    if (!mask || mask->kind != SPL_KIND_TEXT || four_bytes(spl_value_str(*mask), bytes)) return true;
    spl_bad_argument(binder, spl_expr_node(args[0])->span, "\"%.*s\" is no mask of IPv4 addresses",
                     SPL_FMT(spl_str_sub(spl_value_str(*mask), 0, 60)));
    spl_hint(binder->diag, "An example is \"255.255.0.0\"; the mask comes first, the address second.");
    return false;
}

SPL_FUNCTION(ipmask, .family = "net", .signature = "ipmask(<mask>,<ip>)",
             .summary = "The IPv4 address with the bits that the mask lacks set to zero.",
             .example = "ipmask(\"255.255.0.0\",\"172.16.45.9\")", .result = "\"172.16.0.0\"", .min_args = 2,
             .max_args = 2, .args = "ss", .bind = bind_ipmask,
             .wrong = "ipmask(\"nonsense\",a) ; ipmask(\"255.0.0\",a)")
{
    spl_str mask_text, text;
    uint8_t mask[4], address[4];

    if (!spl_arg_text(ev, argv, 0, &mask_text) || !four_bytes(mask_text, mask)) return SPL_NULL;
    if (argv[1].kind == SPL_KIND_MULTI) {
        spl_value *items = SPL_NEW_ARRAY(ev->arena, argv[1].as.multi->count, spl_value);
        for (uint32_t i = 0; i < argv[1].as.multi->count; i++)
            items[i] = fn_ipmask(ev, (spl_value[]){argv[0], argv[1].as.multi->items[i]}, 2);
        return spl_multi_of(ev->arena, items, argv[1].as.multi->count);
    }
    if (!spl_arg_text(ev, argv, 1, &text) || !four_bytes(spl_str_trim(text), address)) return SPL_NULL;
    return spl_text(spl_strf(ev->arena, "%u.%u.%u.%u", (unsigned)(mask[0] & address[0]),
                             (unsigned)(mask[1] & address[1]), (unsigned)(mask[2] & address[2]),
                             (unsigned)(mask[3] & address[3])));
}
