/* test_page.c -- the search that a page publishes. */
#include "cli/page.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static const struct {
    const char *page;
    bool html;
    const char *search; /* NULL: none */
    uint32_t line;
} pages[] = {
    {"#### Search\n\n```\nindex=a\n```\n", false, "index=a\n", 4},
    {"#### Search\n```spl\r\nindex=a\r\n```\n", false, "index=a\r\n", 3},
    {"## Search ##\n~~~~\na ``` b\n~~~\nc\n~~~~\n", false, "a ``` b\n~~~\nc\n", 3},
    {"Search\n------\n\n```\nx\n```\n", false, "x\n", 5},
    {"**Search:**\n```\nx\n```\n", false, "x\n", 3},
    {"#### Description\n```\nno\n```\n#### search\n```\nyes\n```\n#### More\n```\nno\n```\n", false, "yes\n", 7},
    {"#### Search\ntext\n#### Other\n```\nno\n```\n", false, NULL, 0},
    {"#### Research\n```\nno\n```\n", false, NULL, 0},
    {"```\n#### Search\n```\nx\n", false, NULL, 0},
    {"#### Search\n```\nnever closed", false, "never closed", 3},
    {"#Search\n```\nno\n```\n", false, NULL, 0},
    {"", false, NULL, 0},
    {"<h2>Search</h2><pre>a &lt; b</pre>", true, "a < b", 1},
    {"<H3 id='s'><a href=x>Search</a></H3>\n<p>\n<pre\nclass=x>\n<code>a&lt;b</code>\n</pre>", true, "a<b\n", 5},
    {"<h1>No</h1><pre>no</pre><h2>Search</h2><pre>yes</pre><h2>x</h2>", true, "yes", 1},
    {"<h1>Search", true, NULL, 0},
    {"<h1>Search</h1><pre", true, NULL, 0},
};

static void finds_the_block(void **state)
{
    spl_account *account = spl_account_new(&(spl_account_config){0});
    (void)state;
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        spl_arena *arena = spl_arena_new(account);
        spl_str text = {0};
        uint32_t line = 0, column = 0;
        bool found = spl_page_search(arena, spl_str_of(pages[i].page), pages[i].html, &text, &line, &column);
        assert_int_equal(found, pages[i].search != NULL);
        if (found) {
            assert_int_equal(text.len, strlen(pages[i].search));
            assert_memory_equal(text.data, pages[i].search, text.len);
            assert_int_equal(line, pages[i].line);
        }
        spl_arena_free(arena);
    }
    spl_account_free(account);
}

static const struct {
    const char *html, *text;
} references[] = {
    {"a &lt;b&gt; &amp;lt; &quot;&#34;&#x22;&#X22;&apos;&#39;", "a <b> &lt; \"\"\"\"''"},
    {"&nbsp;", "\xC2\xA0"},
    {"&#8211;&#x1F600;", "\xE2\x80\x93\xF0\x9F\x98\x80"},
    {"&bogus; & &; &# &#; &#x; &#xZ; &lt", "&bogus; & &; &# &#; &#x; &#xZ; &lt"},
    {"&#0;&#xD800;&#x110000;&#99999999999;", "&#0;&#xD800;&#x110000;&#99999999999;"},
    {"&LT;", "&LT;"},
    {"a=b&c=d;e", "a=b&c=d;e"},
    {"&", "&"},
    {"", ""},
};

static void decodes_once(void **state)
{
    spl_account *account = spl_account_new(&(spl_account_config){0});
    spl_arena *arena = spl_arena_new(account);
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        spl_str text = spl_html_decode(arena, spl_str_of(references[i].html));
        assert_int_equal(text.len, strlen(references[i].text));
        assert_memory_equal(text.data, references[i].text, text.len);
    }
    spl_account_free(account);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_the_block), cmocka_unit_test(decodes_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
