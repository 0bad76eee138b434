/* test_read_win.c -- the readers of Windows events, XML and classic text: framing from any offset, fields, damage. */
#include "base/arena.h"
#include "readers/reader.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

extern const spl_reader spl_reader_winxml, spl_reader_wintext;

static spl_account *account;
static spl_arena *arena;
static spl_query query;
static spl_worker worker;

static int set_up(void **state)
{
    (void)state;
    account = spl_account_new(&(spl_account_config){.separate = true});
    arena = spl_arena_new(account);
    query =
        (spl_query){.account = account, .arena = arena, .fields = spl_fields_new(arena), .diag = spl_diag_new(arena)};
    query.zone = spl_zone_open(arena, "UTC");
    worker = (spl_worker){.query = &query, .arena = arena, .clock = spl_clock_new(arena, query.zone, 1.7e9)};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    spl_account_free(account);
    return 0;
}

static spl_input *input_of(const spl_reader *reader, spl_str text)
{
    spl_input *input = SPL_NEW(arena, spl_input);
    spl_probe probe = {.head = spl_str_sub(text, 0, 65536), .complete = text.len <= 65536, .path = "test"};

    input->reader = reader;
    input->path = "test";
    input->query = &query;
    input->arena = arena;
    reader->open(input, &probe);
    return input;
}

typedef SPL_VEC(spl_event) events;

static events frames(const spl_input *input, spl_str text)
{
    events found = {NULL, 0, 0};
    size_t at = input->body, begin, end;

    while (input->reader->frame(input, text, at, true, &begin, &end, &at)) {
        assert_true(begin <= end && end <= at && at <= text.len);
        SPL_PUSH(arena, &found, ((spl_event){spl_str_sub(text, begin, end), begin, NAN}));
    }
    return found;
}

static bool again; /* extracted for the second time */

static spl_batch *extracted(const spl_input *input, const spl_event *list, uint32_t count, uint32_t chunk,
                            const char *wanted)
{
    spl_batch *batch = spl_batch_new(account, query.fields, count);
    spl_fieldset *set = SPL_NEW(arena, spl_fieldset);
    spl_extractor x = {.input = input, .wanted = set, .fields = query.fields, .worker = &worker};

    spl_fieldset_init(set, arena, query.fields);
    spl_fieldset_add_name(set, spl_str_of(wanted));
    input->reader->prepare(&x);
    x.again = again;
    for (uint32_t i = 0; i < count; i += chunk)
        input->reader->extract(&x, batch, list + i, count - i < chunk ? count - i : chunk, i);
    return batch;
}

/* "name=value name=value|value …", in the order of the columns. */
static spl_str shown(const spl_batch *batch, uint32_t row, bool metadata)
{
    spl_buf out = spl_buf_in(arena);

    for (uint32_t c = 0; c < batch->n_columns; c++) {
        spl_value v = batch->columns[c]->cells[row];
        if (spl_is_null(v) || (!metadata && batch->columns[c]->field < SPL_F_FIRST_FREE)) continue;
        if (out.len) spl_buf_char(&out, ' ');
        spl_buf_add(&out, spl_field_name(query.fields, batch->columns[c]->field));
        for (uint32_t i = 0; i < spl_value_count(v); i++) {
            spl_buf_char(&out, i ? '|' : '=');
            spl_buf_add(&out, spl_value_str(spl_value_at(v, i)));
        }
    }
    spl_buf_char(&out, '\0');
    return spl_str_cut(out.data, out.len - 1);
}

/* Framing from every offset, and of every prefix, agrees with framing in sequence. */
static void check_framing(const spl_reader *reader, spl_str text, size_t expected)
{
    spl_input *input = input_of(reader, text);
    events all = frames(input, text);
    size_t next = 0;

    assert_int_equal(all.len, expected);
    for (size_t at = input->body; at <= text.len; at++) {
        while (next < all.len && all.data[next].at < at) next++;
        assert_int_equal(reader->resync(input, text, at), next < all.len ? all.data[next].at : text.len);
    }
    for (size_t i = 0; i < all.len; i++)
        for (size_t at = all.data[i].at; at < all.data[i].at + all.data[i].raw.len; at++)
            assert_int_equal(reader->before(input, text, at), all.data[i].at);
    for (size_t len = 0; len <= text.len; len++) {
        /* a copy of its own, so that the sanitizer sees a look beyond it */
        spl_str prefix = spl_str_copy(arena, spl_str_sub(text, 0, len));
        size_t at = input->body, begin, end, i = 0;
        if (len < input->body) continue;
        while (reader->frame(input, prefix, at, false, &begin, &end, &at)) {
            assert_true(i < all.len);
            assert_int_equal(begin, all.data[i].at);
            assert_int_equal(end, all.data[i].at + all.data[i].raw.len);
            i++;
        }
        reader->resync(input, prefix, len / 2);
        reader->before(input, prefix, len / 2);
    }
}

#define NS "xmlns='http://schemas.microsoft.com/win/2004/08/events/event'"
#define EVENT(id, rest)                                                                                                \
    "<Event " NS "><System><Provider Name='P' Guid='{g}'/><EventID>" id "</EventID><TimeCreated "                      \
    "SystemTime='2020-09-02T01:43:36.775000000Z'/><EventRecordID>7</EventRecordID><Correlation/>"                      \
    "<Execution ProcessID='4' ThreadID='5'/><Channel>Security</Channel><Computer>a.example</Computer>"                 \
    "<Security UserID=''/></System>" rest "</Event>"

static void xml_framing(void **state)
{
    (void)state;
    check_framing(&spl_reader_winxml, SPL_S(EVENT("1", "") "\n" EVENT("2", "") "\r\n\n" EVENT("3", "")), 3);
    check_framing(&spl_reader_winxml, SPL_S(EVENT("1", "") EVENT("2", "")), 2);
    check_framing(&spl_reader_winxml,
                  SPL_S("\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<Events>\n<Event>\n  <System>\n   </System>\n</Event>\n"
                        "<Event><EventData/></Event>\n</Events>\n"),
                  2);
    /* the tail of one, one cut by the next, one cut by the end */
    check_framing(
        &spl_reader_winxml,
        SPL_S("me='x'>1</Data></EventData></Event>\n" EVENT("1", "") "\n  left</Event> <Event><System>"
                                                                     "<EventID>1</Ev\n" EVENT("2", "") "<Event a"),
        6);
    check_framing(&spl_reader_winxml, SPL_S("Event </Event <Eventx> nothing"), 0);
    check_framing(&spl_reader_winxml, SPL_S(""), 0);
}

static void xml_row(const char *xml, const char *wanted, const char *expected)
{
    spl_str text = spl_str_copy(arena, spl_str_of(xml));
    spl_input *input = input_of(&spl_reader_winxml, text);
    events all = frames(input, text);

    assert_int_equal(all.len, 1);
    assert_string_equal(shown(extracted(input, all.data, 1, 1, wanted), 0, wanted[0] != '*').data, expected);
}

#define SYSTEM_FIELDS(id)                                                                                              \
    "Name=P Guid={g} EventID=" id " EventCode=" id " SystemTime=2020-09-02T01:43:36.775000000Z EventRecordID=7 "       \
    "RecordNumber=7 ProcessID=4 ThreadID=5 Channel=Security Computer=a.example ComputerName=a.example"

static void xml_fields(void **state)
{
    (void)state;
    xml_row(EVENT("1", ""), "*", SYSTEM_FIELDS("1"));
    xml_row(
        EVENT("1",
              "<EventData><Data Name='Image'>C:\\x.exe</Data><Data Name=\"Process Name\">p &amp; q</Data>"
              "<Data Name='E'></Data><Data Name='F'/><Data>u1</Data><Data>u2</Data><Binary>00FF</Binary></EventData>"),
        "*", SYSTEM_FIELDS("1") " Image=C:\\x.exe Process_Name=p & q Data=u1|u2 Binary=00FF");
    /* what System alone makes, what repeats, what nothing replaces */
    xml_row(
        EVENT("1",
              "<EventData><Data Name='EventCode'>2</Data><Data Name='Computer'>b</Data><Data Name='ThreadID'>6</Data>"
              "<Data Name='ThreadID'>7</Data><Data Name='host'>h</Data><Data Name='_time'>0</Data></EventData>"),
        "*",
        "Name=P Guid={g} EventID=1 EventCode=1 SystemTime=2020-09-02T01:43:36.775000000Z EventRecordID=7 "
        "RecordNumber=7 "
        "ProcessID=4 ThreadID=5|6|7 Channel=Security Computer=a.example ComputerName=a.example time=0");
    xml_row(
        EVENT("1",
              "<UserData><Op xmlns='urn:x'><Query>a &lt; b</Query><Sub><Leaf at='1'>l</Leaf></Sub></Op></UserData>"),
        "*", SYSTEM_FIELDS("1") " Query=a < b Leaf=l");
    xml_row(EVENT("1",
                  "<EventData><Data Name='A'>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#x20AC;&#0;&nbsp;&;&#;&#x;</Data>"
                  "<Data Name='B'>x<![CDATA[<b> & ]]>y<!-- no -->z</Data></EventData>"),
            "*", SYSTEM_FIELDS("1") " A=<>&\"'AB\xE2\x82\xAC\xEF\xBF\xBD&nbsp;&;&#;&#x; B=x<b> & yz");
    xml_row(EVENT("1", "<RenderingInfo Culture='en'><Message>two\nlines</Message><Level>Info</Level></RenderingInfo>"),
            "*", SYSTEM_FIELDS("1") " Message=two\nlines Level=Info");
    xml_row("<Event>\n <System>\n  <EventID Qualifiers=\"16384\">7045</EventID>\n  <Level>4</Level>\n </System>\n"
            " <EventData>\n  <Data  Name = 'A' >1</Data >\n  <ComplexData Name='C'>2</ComplexData>\n "
            "</EventData>\n</Event>",
            "*", "Qualifiers=16384 EventID=7045 EventCode=7045 Level=4 A=1 C=2");
    xml_row(EVENT("1", "<EventData><Data Name='A'>1</Data></EventData>"), "EventData_Xml",
            "EventData_Xml=<Data Name='A'>1</Data>");
    xml_row(EVENT("1", ""), "source", "source=XmlWinEventLog:Security");
    xml_row(EVENT("1", ""), "host", "host=a.example");
    xml_row("<Event><System/></Event>", "host", "host=localhost");
    xml_row("<Event><System/></Event>", "source", "source=test");
    xml_row(EVENT("1", ""), "sourcetype", "sourcetype=XmlWinEventLog");
    xml_row(EVENT("1", "<EventData><Data Name='1 Foo'>v</Data></EventData>"), "Foo", "Foo=v");
    xml_row(EVENT("1", "<EventData><Data Name='Foo'>v</Data></EventData>"), "ComputerName", "ComputerName=a.example");
    xml_row(EVENT("1", "<EventData><Data Name='AbcD'>v</Data><Data Name='AbxD'>w</Data></EventData>"), "Ab*",
            "AbcD=v AbxD=w");
    /* a value that is cut is none */
    xml_row("<Event><System><EventID>1</EventID></System><EventData><Data Name='A'>1</Data><Data Name='B'>2", "*",
            "EventID=1 EventCode=1 A=1");
}

static void xml_time(void **state)
{
    static const struct {
        const char *text;
        double time;
    } rows[] = {
        {"<Event><TimeCreated SystemTime='2020-09-02T01:43:36.775000000Z'/>", 1599011016.775},
        {"<Event><TimeCreated SystemTime=\"2020-09-02T01:43:36Z\"/>", 1599011016},
        {"<Event><TimeCreated SystemTime='2020-09-02T01:43:36.1234567Z'/>", 1599011016.1234567},
        {"<Event><TimeCreated SystemTime='1601-01-01T00:00:00.000Z'/>", -11644473600.},
        {"<Event><TimeCreated SystemTime='never'/>", NAN},
        {"<Event><TimeCreated SystemTime='2020-13-02T01:43:36Z'/>", NAN},
        {"<Event><TimeCreated SystemTime='2020", NAN},
        {"<Event><TimeCreated SystemTime=", NAN},
        {"<Event></Event>", NAN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        spl_str raw = spl_str_copy(arena, spl_str_of(rows[i].text));
        double time = spl_reader_winxml.time(input_of(&spl_reader_winxml, raw), worker.clock, raw);
        if (isnan(rows[i].time))
            assert_true(isnan(time));
        else
            assert_true(time == rows[i].time);
    }
}

/* All fields, one field, whole batches, single events: the same values. */
static void check_extraction(const spl_reader *reader, spl_str text)
{
    spl_input *input = input_of(reader, text);
    events all = frames(input, text);
    uint32_t count = (uint32_t)all.len;
    spl_batch *whole = extracted(input, all.data, count, count, "*"),
              *single = extracted(input, all.data, count, 1, "*");

    for (uint32_t i = 0; i < count; i++) assert_string_equal(shown(whole, i, true).data, shown(single, i, true).data);
    for (uint32_t c = 0; c < whole->n_columns; c++) {
        spl_field field = whole->columns[c]->field;
        spl_batch *one = extracted(input, all.data, count, 2, spl_cstring(arena, spl_field_name(query.fields, field)));
        for (uint32_t i = 0; i < count; i++)
            assert_true(spl_value_same(spl_batch_get(one, i, field), whole->columns[c]->cells[i]));
        spl_batch_free(one);
    }
    spl_batch_free(whole);
    spl_batch_free(single);
}

/* Cut anywhere, or changed anywhere: no crash, and what a cut leaves is fields with their whole values. */
static void check_damage(const spl_reader *reader, spl_str event)
{
    spl_input *input = input_of(reader, event);
    events all = frames(input, event);
    spl_batch *whole = extracted(input, all.data, 1, 1, "*");
    uint64_t random = 1;

    assert_int_equal(all.len, 1);
    for (size_t len = 1; len < event.len; len++) {
        spl_str cut = spl_str_copy(arena, spl_str_sub(event, 0, len));
        events left = frames(input, cut);
        spl_batch *batch;
        if (!left.len) continue;
        assert_int_equal(left.len, 1);
        batch = extracted(input, left.data, 1, 1, "*");
        for (uint32_t c = 0; reader == &spl_reader_winxml && c < batch->n_columns; c++) {
            spl_field field = batch->columns[c]->field;
            spl_value now = batch->columns[c]->cells[0], then = spl_batch_get(whole, 0, field);
            if (field < SPL_F_FIRST_FREE) continue; /* raw; host and source of an event that names none */
            assert_true(spl_value_count(now) <= spl_value_count(then));
            for (uint32_t i = 0; i < spl_value_count(now); i++)
                assert_true(spl_value_same(spl_value_at(now, i), spl_value_at(then, i)));
        }
        reader->time(input, worker.clock, left.data[0].raw);
        spl_batch_free(batch);
    }
    for (int round = 0; round < 1000; round++) {
        char *copy = spl_alloc(arena, event.len);
        spl_str text = {copy, event.len};
        memcpy(copy, event.data, event.len);
        for (int i = 0; i < 4; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            copy[(random >> 33) % event.len] = "<>/&;='\" \n!-[]\0E"[random >> 29 & 15];
        }
        events left = frames(input, text);
        for (size_t i = 0; i < left.len; i++) reader->time(input, worker.clock, left.data[i].raw);
        if (left.len) spl_batch_free(extracted(input, left.data, (uint32_t)left.len, 1, "*"));
        for (size_t at = 0; at < text.len; at += 37) {
            reader->resync(input, text, at);
            reader->before(input, text, at);
        }
    }
    spl_batch_free(whole);
}

#define RICH                                                                                                           \
    EVENT("4688", "<EventData><Data Name='TargetUserName'>a&amp;b</Data><Data Name='X'>p<![CDATA[q]]></Data>"          \
                  "<Data Name=\"Long Name Of More Than Thirty Two Bytes, Really\">v</Data><Data>u</Data></EventData>"  \
                  "<UserData><E at='1'><K>w</K></E></UserData><RenderingInfo><Message>m\nn</Message></RenderingInfo>")

static void xml_whole(void **state)
{
    (void)state;
    check_extraction(&spl_reader_winxml,
                     SPL_S(EVENT("1", "<EventData><Data Name='A'>1</Data><Data Name='ThreadID'>2</Data></EventData>")
                               EVENT("2", "<EventData><Data>x</Data><Data>y</Data></EventData>") RICH));
    check_damage(&spl_reader_winxml, SPL_S(RICH));
}

static void xml_damage_is_counted(void **state)
{
    spl_str text =
        SPL_S("</EventData></Event>\n" EVENT("1", "") "\n<Event><System><EventID>1</EventID>\n" EVENT("2", ""));
    spl_input *input = input_of(&spl_reader_winxml, text);
    events all = frames(input, text);

    (void)state;
    extracted(input, all.data, (uint32_t)all.len, 8, "EventCode");
    again = true; /* the first search keeps them */
    extracted(input, all.data, (uint32_t)all.len, 8, "*");
    again = false;
    assert_int_equal(spl_diag_len(query.diag), 1);
    assert_string_equal(spl_diag_at(query.diag, 0)->code, "damaged-event");
    assert_int_equal(spl_diag_at(query.diag, 0)->count, 2);
}

static spl_str literal(const spl_reader *reader, const char *field, const char *text, bool whole)
{
    spl_input *input = input_of(reader, SPL_S(""));
    spl_literals out = {NULL, 0};

    if (!reader->literals(input, &query, spl_str_of(field), spl_str_of(text), whole, arena, &out)) return SPL_S("none");
    assert_int_equal(out.count, 1);
    return spl_strf(arena, "%.*s", SPL_FMT(out.items[0].text));
}

static void literals(void **state)
{
    const spl_reader *xml = &spl_reader_winxml, *text = &spl_reader_wintext;

    (void)state;
    assert_string_equal(literal(xml, "EventCode", "1", true).data, ">1</EventID>");
    assert_string_equal(literal(xml, "EventID", "68", false).data, "68");
    assert_string_equal(literal(xml, "host", "a.b", true).data, ">a.b</Computer>");
    assert_string_equal(literal(xml, "source", "XmlWinEventLog:Security", true).data, ">Security</Channel>");
    assert_string_equal(literal(xml, "source", "WinEventLog", false).data, "none");
    assert_string_equal(literal(xml, "host", "LOCAL", false).data, "none"); /* of an event without a Computer */
    assert_string_equal(literal(text, "host", "localhost", true).data, "none");
    assert_string_equal(literal(xml, "sourcetype", "XmlWinEventLog", true).data, "none");
    assert_string_equal(literal(xml, "Image", "C:\\a.exe", true).data, ">C:\\a.exe<");
    assert_string_equal(literal(xml, "CommandLine", "a & \"bcd\" e", true).data, "bcd");
    assert_string_equal(literal(xml, "Name", "Sysmon", true).data, "Sysmon");
    assert_string_equal(literal(xml, "X", "<>", true).data, "none");
    assert_true(xml->hides(NULL, SPL_S("aaaaaaaaaaaaaaaaaaaaaaa &#65; ")));
    assert_true(xml->hides(NULL, SPL_S("a <![CDATA[")));
    assert_false(xml->hides(NULL, SPL_S("a &amp; # ! <Data> aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa &")));
    assert_string_equal(literal(text, "EventCode", "5861", true).data, "EventCode=5861");
    assert_string_equal(literal(text, "source", "WinEventLog:Security", true).data, "LogName=Security");
    assert_string_equal(literal(text, "Account_Name", "a", true).data, "a");
    assert_string_equal(literal(text, "Message", "x <y>", false).data, "x <y>");
    assert_string_equal(literal(text, "_time", "1", true).data, "none");
}

#define HEAD "09/02/2020 01:43:50 AM\nLogName=Security\nEventCode=4624\nComputerName=a.example\nKeywords=None\n"

static void text_framing(void **state)
{
    (void)state;
    check_framing(&spl_reader_wintext, SPL_S(HEAD "Message=one\n" HEAD "Message=two\nlines\n\n" HEAD "Message=three"),
                  3);
    check_framing(
        &spl_reader_wintext,
        SPL_S("09/02/2020 01:43:50 AM\r\nLogName=A\r\nMessage=x\r\n\r\n09/02/2020 01:43:50.123 pm\r\nLogName=B\r\n"),
        2);
    check_framing(&spl_reader_wintext, SPL_S("\xEF\xBB\xBF" HEAD "Message=m\n" HEAD), 2);
    /* a time alone, a LogName= alone, a time within a line: no begin */
    check_framing(&spl_reader_wintext,
                  SPL_S(HEAD "Message=m\n09/02/2020 01:43:50 AM\nx\nLogName=x\n 09/02/2020 01:43:50 AM\nLogName=x\n"),
                  1);
    check_framing(&spl_reader_wintext, SPL_S("lost\nhead\n" HEAD "Message=m"), 2);
}

static void text_row(const char *event, const char *wanted, const char *expected)
{
    spl_str text = spl_str_copy(arena, spl_str_of(event));
    spl_input *input = input_of(&spl_reader_wintext, text);
    events all = frames(input, text);

    assert_int_equal(all.len, 1);
    assert_string_equal(shown(extracted(input, all.data, 1, 1, wanted), 0, wanted[0] != '*').data, expected);
}

static void text_fields(void **state)
{
    static const char message[] = HEAD
        "Sid=\nMessage=Logged on.\n\nSubject:\n\tSecurity ID:\t\tS-1\n\tAccount Name:\t\tA$\n\nLogon Type:\t\t\t3\n"
        "New Logon:\n\tAccount Name:\t\tbob \n\tRun-Time ID:\t1\n\tGroup:\t\t\n\tEventCode:\t9\n\tPath: C:\\a: b\n";

    (void)state;
    text_row(message, "*",
             "LogName=Security EventCode=4624 ComputerName=a.example Keywords=None Message=Logged "
             "on.\n\nSubject:\n\tSecurity "
             "ID:\t\tS-1\n\tAccount Name:\t\tA$\n\nLogon Type:\t\t\t3\nNew Logon:\n\tAccount Name:\t\tbob \n\tRun-Time "
             "ID:\t1\n\tGroup:\t\t\n\tEventCode:\t9\n\tPath: C:\\a: b Security_ID=S-1 Account_Name=A$|bob Logon_Type=3 "
             "Run_Time_ID=1 Path=C:\\a: b");
    text_row(message, "Account_Name", "Account_Name=A$|bob");
    text_row(message, "EventCode", "EventCode=4624");
    text_row(message, "host", "host=a.example");
    text_row(message, "source", "source=WinEventLog:Security");
    text_row(message, "sourcetype", "sourcetype=WinEventLog:Security");
    text_row("09/02/2020 01:43:50 AM\r\nLogName=A\r\nMessage=x\r\ny: 1\r\n", "*", "LogName=A Message=x\r\ny: 1 y=1");
    text_row("no head at all: x=1", "*", "");
    check_extraction(&spl_reader_wintext,
                     SPL_S(HEAD "Message=m\n\ta b: 1\n\ta b: 2\n" HEAD "User=x\nMessage=m\nUser: y\n"));
    check_damage(&spl_reader_wintext, SPL_S(HEAD "Message=m\n\ta b: 1\n\ta b: 2\nUser: y"));
}

static void text_time(void **state)
{
    static const struct {
        const char *text;
        double time;
    } rows[] = {
        {"09/02/2020 01:43:50 AM\n", 1599011030},
        {"09/02/2020 01:43:50 PM", 1599011030 + 43200},
        {"09/02/2020 12:00:00 AM", 1599004800},
        {"09/02/2020 12:00:00.250 PM", 1599004800.25 + 43200},
        {"13/02/2020 12:00:00 PM", NAN},
        {"09/02/2020 13:00:00 PM", NAN},
        {"09/02/2020 12:00", NAN},
        {"LogName=Security", NAN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        spl_str raw = spl_str_copy(arena, spl_str_of(rows[i].text));
        double time = spl_reader_wintext.time(input_of(&spl_reader_wintext, raw), worker.clock, raw);
        if (isnan(rows[i].time))
            assert_true(isnan(time));
        else
            assert_true(time == rows[i].time);
    }
}

static void recognition(void **state)
{
    static const struct {
        const char *head;
        int xml, text;
    } rows[] = {
        {EVENT("1", ""), 100, 0},
        {"\xEF\xBB\xBF<?xml version='1.0'?><Events><Event " NS ">", 95, 0},
        {"<Event>text</Event>", 0, 0},
        {"{\"a\":\"<Event>\"}", 0, 0},
        {HEAD "Message=m", 0, 100},
        {"\xEF\xBB\xBF\r\n" HEAD "Message=m", 0, 100},
        {"junk\n" HEAD "Message=m", 0, 50},
        {"09/02/2020 01:43:50 AM something", 0, 0},
        {"", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        spl_probe probe = {.head = spl_str_copy(arena, spl_str_of(rows[i].head)), .complete = true, .path = "x"};
        assert_int_equal(spl_reader_winxml.bid(&probe), rows[i].xml);
        assert_int_equal(spl_reader_wintext.bid(&probe), rows[i].text);
    }
}

/* Values and lines without number in one event: time grows with its length alone (the test would not end otherwise). */
static void long_events(void **state)
{
    enum { TIMES = 200000 };
    spl_buf xml = spl_buf_in(arena), text = spl_buf_in(arena);
    spl_input *input;
    events all;
    spl_batch *batch;

    (void)state;
    spl_buf_puts(&xml, "<Event><System/><EventData>");
    spl_buf_puts(&text, HEAD "Message=m\n");
    for (int i = 0; i < TIMES; i++) {
        spl_buf_puts(&xml, "<Data>v</Data><Data Name='x'><![CDATA[w]]></Data>");
        spl_buf_puts(&text, "\ta b: v\nLogName=x\n");
    }
    spl_buf_puts(&xml, "</EventData></Event>");
    input = input_of(&spl_reader_winxml, spl_buf_str(&xml));
    all = frames(input, spl_buf_str(&xml));
    batch = extracted(input, all.data, 1, 1, "*");
    assert_int_equal(spl_value_count(spl_batch_get(batch, 0, spl_field_of(query.fields, SPL_S("Data")))), TIMES);
    assert_int_equal(spl_value_count(spl_batch_get(batch, 0, spl_field_of(query.fields, SPL_S("x")))), TIMES);
    spl_batch_free(batch);
    input = input_of(&spl_reader_wintext, spl_buf_str(&text));
    all = frames(input, spl_buf_str(&text));
    assert_int_equal(all.len, 1);
    batch = extracted(input, all.data, 1, 1, "*");
    assert_int_equal(spl_value_count(spl_batch_get(batch, 0, spl_field_of(query.fields, SPL_S("a_b")))), TIMES);
    assert_int_equal(spl_reader_wintext.before(input, spl_buf_str(&text), text.len - 1), 0);
    spl_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(xml_framing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(xml_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(xml_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(xml_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(xml_damage_is_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(literals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_framing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(recognition, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_events, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
