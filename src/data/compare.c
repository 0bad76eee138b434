/* compare.c -- the order and equality of values. */
#include "data/compare.h"
#include "base/num.h"
#include "base/utf8.h"
#include "base/wildcard.h"

#include <arpa/inet.h>

static int compare_text(spl_value a, spl_value b)
{
    char here[SPL_NUM_MAX], there[SPL_NUM_MAX];

    return spl_str_cmp(spl_value_single(a, here), spl_value_single(b, there));
}

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

/* --- addresses -------------------------------------------------------------------------------------------------- */

/* TEXT as an address of 16 bytes, IPv4 mapped into IPv6; *V4 tells which it was. */
static bool parse_address(spl_str text, uint8_t address[16], bool *v4)
{
    char copy[64];

    if (text.len < 2 || text.len >= sizeof copy || memchr(text.data, '\0', text.len)) return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    *v4 = !memchr(copy, ':', text.len);
    if (!*v4) return inet_pton(AF_INET6, copy, address) == 1;
    if (!spl_is_digit(copy[0])) return false;
    memset(address, 0, 10);
    address[10] = address[11] = 0xff;
    return inet_pton(AF_INET, copy, address + 12) == 1;
}

bool spl_cidr_parse(spl_str text, uint8_t address[16], unsigned *bits)
{
    const char *slash = text.len ? memchr(text.data, '/', text.len) : NULL;
    int64_t given;
    bool v4;

    if (!slash) {
        *bits = 128;
        return parse_address(text, address, &v4);
    }
    if (!parse_address(spl_str_cut(text.data, (size_t)(slash - text.data)), address, &v4)) return false;
    if (!spl_num_int(spl_str_sub(text, (size_t)(slash + 1 - text.data), text.len), &given)) return false;
    if (given < 0 || given > (v4 ? 32 : 128)) return false;
    *bits = (unsigned)given + (v4 ? 96 : 0);
    return true;
}

static bool same_bits(const uint8_t a[16], const uint8_t b[16], unsigned bits)
{
    if (memcmp(a, b, bits / 8) != 0) return false;
    return bits % 8 == 0 || ((a[bits / 8] ^ b[bits / 8]) >> (8 - bits % 8)) == 0;
}

bool spl_cidr_match(spl_str cidr, spl_str address)
{
    uint8_t net[16], host[16];
    unsigned bits;
    bool v4;

    if (!spl_cidr_parse(cidr, net, &bits) || !parse_address(address, host, &v4)) return false;
    if (v4 != !memchr(cidr.data, ':', cidr.len)) return false; /* ::/0 holds no IPv4 address */
    return same_bits(net, host, bits);
}

/* --- sort ------------------------------------------------------------------------------------------------------- */

static int compare_single(spl_value a, spl_value b, spl_order_kind kind)
{
    double x, y;
    bool a_number, b_number, v4;
    uint8_t here[16], there[16];
    char a_room[SPL_NUM_MAX], b_room[SPL_NUM_MAX];
    spl_str a_text, b_text;

    if (kind == SPL_ORDER_STR) return compare_text(a, b);
    if (kind != SPL_ORDER_IP) {
        a_number = spl_value_number(a, &x), b_number = spl_value_number(b, &y);
        if (a_number && b_number) return compare_numbers(x, y);
        if (a_number != b_number) return a_number ? -1 : 1;
        if (kind == SPL_ORDER_NUM) return compare_text(a, b);
    }
    a_text = spl_value_single(a, a_room), b_text = spl_value_single(b, b_room);
    a_number = parse_address(a_text, here, &v4), b_number = parse_address(b_text, there, &v4);
    if (a_number && b_number) return memcmp(here, there, 16);
    if (a_number != b_number) return a_number ? -1 : 1;
    return spl_str_cmp(a_text, b_text);
}

int spl_compare_sort(spl_value a, spl_value b, spl_order_kind kind)
{
    uint32_t n = spl_value_count(a), m = spl_value_count(b);

    for (uint32_t i = 0; i < n && i < m; i++) {
        int order = compare_single(spl_value_at(a, i), spl_value_at(b, i), kind);
        if (order) return order;
    }
    return (n > m) - (n < m);
}

int spl_compare_by(spl_value a, spl_value b)
{
    uint32_t n = spl_value_count(a), m = spl_value_count(b);

    for (uint32_t i = 0; i < n && i < m; i++) {
        int order = compare_text(spl_value_at(a, i), spl_value_at(b, i));
        if (order) return order;
    }
    return (n > m) - (n < m);
}

/* --- eval and search -------------------------------------------------------------------------------------------- */

int spl_compare_eval(spl_value a, spl_value b, bool *incomparable)
{
    double x, y;

    if (incomparable) *incomparable = spl_is_null(a) || spl_is_null(b);
    if (spl_is_null(a) || spl_is_null(b)) return 0;
    if (a.kind == SPL_KIND_MULTI || b.kind == SPL_KIND_MULTI) { /* equal if any two values are */
        for (uint32_t i = 0; i < spl_value_count(a); i++)
            for (uint32_t j = 0; j < spl_value_count(b); j++)
                if (spl_compare_eval(spl_value_at(a, i), spl_value_at(b, j), NULL) == 0) return 0;
        return spl_compare_eval(spl_value_at(a, 0), spl_value_at(b, 0), NULL);
    }
    if (a.kind == SPL_KIND_BOOL && b.kind == SPL_KIND_BOOL) return a.as.truth - b.as.truth;
    if (spl_value_number(a, &x) && spl_value_number(b, &y)) return compare_numbers(x, y);
    return compare_text(a, b);
}
