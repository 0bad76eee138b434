# What is broken in an app, kind by kind: named once, by a run that needs it or by spl check --app, while the rest works;
# a search is refused only where it cannot be answered without.
. "$ROOT/tests/cli/lib.sh"
echo 'a=1 b=2' >ev.log
new() { # NAME: an empty app
    app=$1
    mkdir -p "$app/default/data/models" "$app/lookups"
}
run() { # STATUS SEARCH
    expect "$1" "$SPL" run --app "$app" --sourcetype lab:app -f ndjson -e "$2" ev.log
}
check() { # COUNT: of warnings
    expect 0 "$SPL" check --no-builtin --app "$app"
    [ "$(grep -c 'warning: ' err)" = "$1" ] || fail "other than $1 warnings: $(cat err)"
}

# aliases in a circle end; what is no alias is named
new aliases
printf '[lab:app]\nFIELDALIAS-a = a AS b b AS a\nFIELDALIAS-c = a AS c\nFIELDALIAS-d = a AS\n' >aliases/default/props.conf
run 0 '* | table a b c'
same out <<'X'
{"a":"1","b":"1","c":"1"}
X
has err 'aliases/default/props.conf:4:16: warning: what is not of the form FIELD AS ALIAS is passed over in FIELDALIAS-d'

# settings of another case, blanks within the brackets of a stanza, an empty name
new names
printf '[lab:app]\nKv_mode = none\n[ lab:other ]\nKV_MODE = none\n[]\nKV_MODE = none\n' >names/default/props.conf
check 3
has err 'names/default/props.conf:2:11: warning: props.conf has no setting "Kv_mode"'
has err 'names/default/props.conf:3:1: warning: the name of this stanza begins or ends with a blank'
has err 'names/default/props.conf:5:1: warning: this stanza has no name'

# what is no file in a file's place, and a byte order mark before the first stanza
new folder
mkdir folder/default/props.conf
printf '\357\273\277[m]\r\ndefinition = eval q=3\r\n' >folder/default/macros.conf
run 0 '* | `m` | table q'
same out <<'X'
{"q":3}
X
check 1
has err 'folder/default/props.conf:1:1: warning: this is no file'

# macros
new macros
cat >macros/default/macros.conf <<'END_CONF'
[torn
definition = 1
[counts(2)]
args = a
definition = eval q=1
[names(1)]
args = a b
definition = eval q=1
[lacking]
[valid(1)]
args = a
definition = eval q=$a$
validation = isnum(
[text]
definition = 1+
iseval = 1
[off]
definition = eval q=1
disabled = 1
[sound]
definition = eval q=4
END_CONF
run 0 '* | `sound` | table q'
same out <<'X'
{"q":4}
X
run 1 '* | `valid(1)`'
check 7
has err 'macros.conf:1:1: warning: this stanza is not closed'
has err 'macros.conf:3:1: warning: macro `counts` says 2 arguments and names 1'
has err 'macros.conf:6:1: warning: macro `names`: the name of an argument'
has err 'macros.conf:9:1: warning: the macro "lacking" has no definition'
has err 'macros.conf:13:14: warning: validation of the macro "valid(1)" cannot be used'
has err 'macros.conf:15:14: warning: definition of the macro "text" cannot be used'
has err 'macros.conf:19:12: warning: disabled is passed over'

# event types: in a circle, no search terms, a macro that is nowhere, no search
new types
cat >types/default/eventtypes.conf <<'END_CONF'
[circle1]
search = eventtype=circle2
[circle2]
search = eventtype=circle1
[pipe]
search = a=1 | stats count
[sub]
search = [| makeresults]
[macro]
search = `nowhere`
[lacking]
color = red
[sound]
search = a=1
END_CONF
run 0 '* | table eventtype'
same out <<'X'
{"eventtype":"sound"}
X
run 0 'eventtype=sound | table a'
[ ! -s err ] || fail "an event type that no search needs is told: $(cat err)"
check 5
has err 'eventtypes.conf:2:10: warning: the event type "circle1" is passed over: its search leads back to itself'
has err 'eventtypes.conf:6:10: warning: the event type "pipe" is passed over'
has err 'eventtypes.conf:8:10: warning: the event type "sub" is passed over'
has err 'eventtypes.conf:10:10: warning: the event type "macro" is passed over: macro `nowhere` is not defined'
has err 'eventtypes.conf:11:1: warning: the event type "lacking" has no search'

# tags: neither enabled nor disabled; disabled = 1 is no tag
new tags
printf '[a=1]\ngood = enabled\nodd = maybe\ndisabled = 1\n' >tags/default/tags.conf
run 0 '* | table tag'
same out <<'X'
{"tag":"good"}
X
check 2

# saved searches: in a circle, without a search, with a command that there is not or that needs a server
new saved
cat >saved/default/savedsearches.conf <<'END_CONF'
[circle1]
search = | savedsearch circle2
[circle2]
search = | savedsearch circle1
[lacking]
cron_schedule = * * * * *
[bare]
[command]
search = * | nosuchcommand
[server]
search = | rest /services/server/info
[macro]
search = * | `nowhere`
[sound]
search = a=1 | table b
END_CONF
run 0 '| savedsearch sound'
same out <<'X'
{"b":"2"}
X
run 1 '| savedsearch circle1'
check 7
has err 'savedsearches.conf:2:10: warning: the saved search "circle1" cannot be used: the saved search circle2'
has err 'savedsearches.conf:5:1: warning: the saved search "lacking" has no search'
has err 'savedsearches.conf:7:1: warning: the saved search "bare" has no search'
has err 'savedsearches.conf:9:10: warning: the saved search "command" cannot be used: unrecognized command "nosuchcommand"'
has err 'savedsearches.conf:11:10: warning: the saved search "server" cannot be used: a run refuses the command "rest"'
has err 'savedsearches.conf:13:10: warning: the saved search "macro" cannot be used: macro `nowhere` is not defined'

# transaction types
new transactions
printf '[t]\nmaxspan = forever\nfields = a\n[u]\nfields = a\n' >transactions/default/transactiontypes.conf
run 0 '* | transaction name=u | table a'
run 1 '* | transaction name=t | table a'
check 1
has err 'transactiontypes.conf:1:1: warning: the transaction type "t" cannot be used: option "maxspan"'

# data models: torn, in a circle, twice, without a name, with searches and calculations that cannot be read
new models
printf '{"modelName":"Torn", "objects":[{' >models/default/data/models/Torn.json
printf '[]' >models/default/data/models/List.json
: >models/default/data/models/Empty.json
cat >models/default/data/models/M.json <<'END_JSON'
{"modelName":"M","objects":[
{"objectName":"X","parentName":"Y","fields":[],"constraints":[]},
{"objectName":"Y","parentName":"X","fields":[],"constraints":[]},
{"objectName":"Twice","parentName":"BaseEvent","fields":[],"constraints":[]},
{"objectName":"Twice","parentName":"BaseEvent","fields":[],"constraints":[{"search":"nothing"}]},
{"parentName":"BaseEvent"},
7,
{"objectName":"Open","parentName":"BaseEvent","constraints":[{"search":"foo ("}]},
{"objectName":"Formula","parentName":"BaseEvent","calculations":[
 {"calculationType":"Eval","expression":"if(","outputFields":[{"fieldName":"q"}]}]},
{"objectName":"Kind","parentName":"BaseEvent","calculations":[
 {"calculationType":"Weird","outputFields":[{"fieldName":"q"}]}]}]}
END_JSON
run 0 '| tstats count from datamodel=M.Twice'
same out <<'X'
{"count":1}
X
for dataset in X Open Formula Kind; do run 1 "| tstats count from datamodel=M.$dataset"; done
check 10
has err 'Torn.json:1:34: warning: the data model "Torn" is no JSON'
has err 'List.json:1:1: warning: the data model "List" has no list of objects'
has err 'Empty.json:1:1: warning: the data model "Empty" is no JSON'
has err 'M.json:2:15: warning: the dataset "X" is its own ancestor'
has err 'M.json:4:15: warning: the data model "M" has the dataset "Twice" twice: the first one counts'
has err 'M.json:1:1: warning: object 5 of the data model "M" has no objectName'
has err 'M.json:1:1: warning: object 6 of the data model "M" has no objectName'
has err 'M.json:8:15: warning: the dataset "Open" cannot be used: this bracket is not closed'
has err 'M.json:9:15: warning: the dataset "Formula" cannot be used'
has err 'M.json:11:15: warning: the dataset "Kind" cannot be used'

# lookups: columns and times that the table has not, a filter that cannot be read, collections that are not defined
new lookups
cat >lookups/default/transforms.conf <<'END_CONF'
[time]
filename = t.csv
time_field = nowhere
[times]
filename = t.csv
time_field = ts
time_format = %Y-%m-%d
[type]
filename = t.csv
match_type = WILDCARD(nowhere)
[filtered]
filename = t.csv
filter = a=(
[unnamed]
external_type = kvstore
fields_list = a
[undefined]
external_type = kvstore
collection = nowhere
fields_list = a
[up]
filename = ../../t.csv
[root]
filename = /etc/passwd
[nothing]
filename =
[both]
filename = t.csv
collection = c
[sound]
filename = t.csv
END_CONF
printf '[c]\nfield.n = numbre\nenforceTypes = maybe\n' >lookups/default/collections.conf
printf 'a,ts,b\r\r\n1,never,x\r\r\n1,2020-01-01,y\r\r\n\r\r\n' >lookups/lookups/t.csv
: >lookups/lookups/empty.csv
run 0 '* | lookup sound a OUTPUT b | lookup both a OUTPUT ts | table b ts'
same out <<'X'
{"b":["x","y"],"ts":["never","2020-01-01"]}
X
run 0 '| inputlookup t.csv | stats count'
same out <<'X'
{"count":2}
X
run 0 '* | lookup up a OUTPUT b | table b'
same out <<'X'
{"b":["x","y"]}
X
run 1 '* | lookup root a'
check 11
has err 'transforms.conf:1:1: warning: no row of the lookup "time" can match: its table has no column "nowhere"'
has err 'transforms.conf:4:1: warning: rows of the lookup "times" match nothing: in 1 time_format reads no time from "ts"'
has err 'transforms.conf:8:1: warning: the table of the lookup "type" has no column "nowhere", which its match_type names'
has err 'transforms.conf:11:1: warning: the filter of the lookup "filtered" cannot be used'
has err 'transforms.conf:14:1: warning: the lookup "unnamed" names no collection'
has err 'transforms.conf:19:14: warning: collections.conf has no collection "nowhere"'
has err 'transforms.conf:23:1: warning: the lookup "root" cannot run here: its file is not CSV'
has err 'transforms.conf:25:1: warning: the lookup "nothing" cannot run here: its definition names neither a file'
has err 'collections.conf:2:11: warning: field.n is none of array number bool string time cidr'
has err 'collections.conf:3:16: warning: enforceTypes is neither true nor false'
has err 'lookups/lookups/empty.csv:1:1: warning: the table is empty'

done_
