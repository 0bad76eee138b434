/* discovery.c -- see discovery.h. */
#include "commands/discovery.h"

#include "expr/segments.h"
#include "knowledge/knowledge.h"
#include "lang/text.h"

enum { LONGEST_WORD = 64 };

/* The next of a list's members, which commas separate; false at the end. */
static bool next_member(spl_str list, size_t *at, spl_str *member)
{
    while (*at < list.len) {
        const char *comma = memchr(list.data + *at, ',', list.len - *at);
        size_t end = comma ? (size_t)(comma - list.data) : list.len;

        *member = spl_str_trim(spl_str_sub(list, *at, end));
        *at = end + 1;
        if (member->len) return true;
    }
    return false;
}

static void read_list(spl_arena *arena, spl_str list, spl_map *into)
{
    spl_str member;
    size_t at = 0;

    *into = spl_map_in(arena);
    while (next_member(list, &at, &member)) spl_map_put(into, spl_str_lower(arena, member), NULL);
}

const discovery_rules *discovery_rules_new(const spl_binder *binder)
{
    spl_arena *arena = binder->arena;
    discovery_rules *rules = SPL_NEW(arena, discovery_rules);
    const spl_conf *conf =
        binder->query->knowledge ? spl_knowledge_conf(binder->query->knowledge, "eventdiscoverer") : NULL;
    const spl_conf_stanza *stanza = conf ? spl_conf_stanza_find(conf, SPL_S("default")) : NULL;
    spl_str member;
    size_t at = 0;

    read_list(arena, stanza ? spl_conf_value(stanza, "ignored_keywords") : SPL_S(""), &rules->ignored_keywords);
    read_list(arena, stanza ? spl_conf_value(stanza, "ignored_fields") : SPL_S(""), &rules->ignored_fields);
    if (!stanza) return rules;
    while (next_member(spl_conf_value(stanza, "important_keywords"), &at, &member))
        SPL_PUSH(arena, &rules->important, member);
    return rules;
}

bool discovery_important(const discovery_rules *rules, spl_str text)
{
    for (size_t at = 0; at < text.len; at++) {
        if (at && spl_is_word(text.data[at - 1])) continue;
        for (size_t i = 0; i < rules->important.len; i++) {
            spl_str begin = rules->important.data[i];
            if (spl_str_ieq(spl_str_sub(text, at, at + begin.len), begin)) return true;
        }
    }
    return false;
}

discovery discovery_in(spl_arena *arena, const discovery_rules *rules)
{
    return (discovery){.rules = rules, .arena = arena, .groups = spl_map_in(arena), .numbers = spl_map_in(arena)};
}

void discovery_begin(discovery *d, spl_str key, spl_str raw)
{
    spl_map_entry *entry = spl_map_put(&d->groups, key, NULL);

    d->group = entry->value;
    if (!d->group) {
        entry->value = d->group = SPL_NEW(d->arena, discovery_group);
        d->group->key = entry->key;
        d->group->number = d->groups.len - 1;
        d->group->example = spl_str_copy(d->arena, raw);
    }
    d->group->count++;
    d->events++;
    d->event.len = 0;
}

void discovery_add(discovery *d, spl_str term)
{
    char room[256];
    char *small = term.len <= sizeof room ? room : spl_alloc(d->arena, term.len);
    spl_map_entry *entry;
    discovery_term *known;

    for (size_t i = 0; i < term.len; i++) small[i] = spl_ascii_lower(term.data[i]);
    if (d->all || d->group->count == 1)
        entry = spl_map_put(&d->numbers, spl_str_cut(small, term.len), NULL);
    else
        entry = spl_map_find(&d->numbers, spl_str_cut(small, term.len));
    if (!entry) return;
    if (!entry->value) {
        SPL_PUSH(d->arena, &d->terms, (discovery_term){.text = spl_str_copy(d->arena, term)});
        entry->value = (void *)(uintptr_t)d->terms.len;
    }
    known = &d->terms.data[(uintptr_t)entry->value - 1];
    if (known->last == d->events) return;
    known->last = d->events;
    known->events++;
    SPL_PUSH(d->arena, &d->event, (uint32_t)((uintptr_t)entry->value - 1));
}

void discovery_end(discovery *d, size_t most)
{
    discovery_group *g = d->group;
    size_t kept = 0;

    if (g->count == 1)
        for (size_t i = 0; i < d->event.len && i < most; i++) SPL_PUSH(d->arena, &g->terms, d->event.data[i]);
    for (size_t i = 0; i < g->terms.len; i++)
        if (d->terms.data[g->terms.data[i]].last == d->events) g->terms.data[kept++] = g->terms.data[i];
    g->terms.len = kept;
}

static bool breaks(char c)
{
    return spl_breaker_major(c) || spl_breaker_minor(c);
}

static bool counts(const discovery *d, spl_str word)
{
    char small[LONGEST_WORD];

    if (word.len < 3 || word.len > sizeof small) return false;
    for (size_t i = 0; i < word.len; i++) {
        if (spl_is_digit(word.data[i]) || word.data[i] == '*') return false;
        small[i] = spl_ascii_lower(word.data[i]);
    }
    return !spl_map_find(&d->rules->ignored_keywords, spl_str_cut(small, word.len));
}

static void add_quoted(discovery *d, spl_str text)
{
    char room[3 * LONGEST_WORD + 8];

    room[0] = '"';
    memcpy(room + 1, text.data, text.len);
    room[text.len + 1] = '"';
    discovery_add(d, spl_str_cut(room, text.len + 2));
}

void discovery_add_words(discovery *d, spl_str raw, bool phrases)
{
    const char *before[2] = {NULL, NULL}; /* where the words begin that this one follows, a blank between */
    size_t at = 0;

    while (at < raw.len) {
        size_t begin = at;

        while (at < raw.len && !breaks(raw.data[at])) at++;
        spl_str word = spl_str_sub(raw, begin, at);
        if (!counts(d, word)) {
            before[0] = before[1] = NULL;
        } else {
            const char *end = word.data + word.len;

            if (spl_str_iis(word, "and") || spl_str_iis(word, "or") || spl_str_iis(word, "not"))
                add_quoted(d, word);
            else
                discovery_add(d, word);
            for (int i = 0; phrases && i < 2; i++)
                if (before[i]) add_quoted(d, spl_str_cut(before[i], (size_t)(end - before[i])));
            before[1] = before[0];
            before[0] = word.data;
            if (at >= raw.len || raw.data[at] != ' ') before[0] = before[1] = NULL;
        }
        at++;
    }
}

spl_str discovery_key_search(spl_arena *arena, spl_str field, spl_str key, bool part)
{
    spl_buf out = spl_buf_in(arena);

    spl_buf_add(&out, field);
    spl_buf_puts(&out, "=\"");
    spl_text_escape(&out, key);
    spl_buf_puts(&out, part ? "*\"" : "\"");
    return spl_buf_str(&out);
}
