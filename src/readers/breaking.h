/* breaking.h -- where events begin and end by the settings of apps, and what else shapes their text.
 *
 * props.conf: LINE_BREAKER cuts the text into lines, SHOULD_LINEMERGE and the settings that go with it join lines to
 * events, TRUNCATE shortens lines, CHARSET tells how bytes are spelt. Where an app says nothing of this, the reader of
 * the format decides, and none of this is looked at.
 *
 * What an event is depends on the text from its begin on alone, however the text comes to us. So rules that a line
 * alone answers (a line an event) let any thread look at any stretch, as readers do; of others the events of a stretch
 * are cut one after the other from a known begin, once, and handed on as a list of places. */
#ifndef SPL_READERS_BREAKING_H
#define SPL_READERS_BREAKING_H

#include "knowledge/props.h"
#include "readers/reader.h"

struct spl_match;
typedef struct spl_breaking spl_breaking; /* immutable, any thread */

/* What a class of events sets. NULL: nothing that shapes them. LINES: the input has no format that names its own events
 * (plain text): then settings that only repeat Splunk's defaults count too. In ARENA; QUERY for zone, limits and
 * messages. */
spl_breaking *spl_breaking_new(spl_arena *arena, const spl_query *query, const spl_props_class *of, bool lines);
/* Whether a setting of this name is one that shapes events. */
bool spl_breaking_key(spl_str key);
/* Whether events are cut by settings, not as the reader does. */
bool spl_breaking_cuts(const spl_breaking *breaking);
/* Whether TRUNCATE is set: 0, no bound, is a setting too. */
bool spl_breaking_truncates(const spl_breaking *breaking);
/* Whether the text of an event may differ from its bytes: in line ends, in its end, or in bytes that are no UTF-8. */
bool spl_breaking_rewrites(const spl_breaking *breaking);
/* Whether bytes that are no UTF-8 are shown as \xHH. */
bool spl_breaking_escapes(const spl_breaking *breaking);
/* The text of an event. *CUT, where given, becomes true where TRUNCATE cut. */
spl_str spl_breaking_text(const spl_breaking *breaking, struct spl_match *match, spl_arena *arena, spl_str raw,
                          bool *cut);
/* The settings that count, "LINE_BREAKER  path:line", for explain. */
void spl_breaking_explain(const spl_breaking *breaking, spl_buf *out);

/* ---- framing of any input: by settings where there are, else by its reader ---- */

/* The events of an input are known only by cutting them one after the other, from a begin that is known. */
bool spl_input_in_turn(const spl_input *input);
/* As spl_reader.frame; of an input whose events are cut in turn, AT is an event's begin or where framing said to go on,
 * FIRST: that of the input's first. MATCH: the thread's. */
bool spl_input_frame(const spl_input *input, struct spl_match *match, spl_str text, size_t at, bool first, bool last,
                     size_t *begin, size_t *end, size_t *next);
/* As spl_reader.resync and .before. Not for inputs whose events are cut in turn. */
size_t spl_input_resync(const spl_input *input, spl_str text, size_t at);
size_t spl_input_before(const spl_input *input, spl_str text, size_t at);

typedef struct spl_cut { /* an event in a text */
    size_t begin, end;
} spl_cut;
typedef SPL_VEC(spl_cut) spl_cuts;
/* The events that begin in [AT, UNTIL) of TEXT, AT being an event's begin, into CUTS. Returns where the next event may
 * begin; where TEXT goes on and an event is not complete in it, where that one begins. */
size_t spl_input_cut(const spl_input *input, struct spl_match *match, spl_str text, size_t at, size_t until, bool first,
                     bool last, spl_arena *arena, spl_cuts *cuts);

#endif
