# spl check --app: all that an app says is looked through; what is wrong in it is told once, with its file and line, and
# the rest works. A search is refused only if it needs what is broken.
. "$ROOT/tests/cli/lib.sh"
cp -r "$ROOT/fixtures/apps/lab_broken" app
ln -s ../default/props.conf app/lookups/lab_link.csv
expect 0 "$SPL" check --app app
has out 'app/default/props.conf: 4 stanzas, 3 named; settings: 14 applied, 0 of a server, 1 unknown'
has out '14 stanzas: 3 loaded, 11 named in warnings; 24 settings applied, 2 of a server, 1 unknown; '
has err 'app/default/props.conf:2:1: warning: this line is neither a stanza nor a setting'
has err 'app/default/props.conf:7:1: warning: this stanza is not closed'
has err 'app/default/props.conf:19:11: warning: props.conf has no setting "KV_MDOE"'
has err 'Did you mean "KV_MODE"?'
has err 'app/default/props.conf:24:1: warning: the stanza "source::(" is passed over'
has err 'app/default/props.conf:11:13: warning: EXTRACT-a is passed over: missing closing parenthesis'
has err 'app/default/props.conf:13:12: warning: the transform "lab_nowhere" of REPORT-x is passed over'
has err 'app/default/props.conf:14:10: warning: EVAL-d is passed over'
has err 'app/default/props.conf:16:16: warning: what is not of the form FIELD AS ALIAS is passed over in FIELDALIAS-y'
has err 'app/default/props.conf:17:12: warning: LOOKUP-x is passed over: the lookup "lab_no_file" has no file'
has err 'app/default/props.conf:18:12: warning: LOOKUP-y is passed over: the lookup "lab_nowhere" is nowhere defined'
has err 'app/default/props.conf:20:6: warning: TZ is passed over'
has err 'app/default/props.conf:21:12: warning: SEDCMD-x is passed over'
has err 'app/default/transforms.conf:14:9: warning: REGEX is passed over'
has err 'app/default/transforms.conf:1:1: warning: the lookup "lab_no_file" has no file'
has err 'app/default/tags.conf:1:1: warning: a stanza of tags.conf is FIELD=VALUE'
has err 'app/default/tags.conf:5:5: warning: a tag is enabled or disabled'
has err 'app/default/savedsearches.conf:2:10: warning: the saved search "Broken search" cannot be used'
has err 'app/lookups/lab_ragged.csv:3:1: warning: 2 rows have more or fewer cells'
has err 'app/lookups/lab_unclosed.csv:2:3: warning: a quote is opened here and never closed'
has err 'app/default/data/models/LabBroken.json:3:17: warning: the dataset "Orphan" has no parent'
has err 'app/default/data/models/LabTorn.json:1:15: warning: the data model "LabTorn" is no JSON'
has err 'is a symbolic link, which is not followed'
[ "$(grep -c 'EXTRACT-a is passed over' err)" = 1 ] || fail 'EXTRACT-a is told more than once'

# the rest works
echo 'a=1 c=2 p=3' >one.log
expect 0 "$SPL" run --app app --sourcetype lab:sound -e '* | table a b' one.log
same out <<'X'
{"a":"1","b":2}
X
expect 0 "$SPL" run --app app --sourcetype lab:broken -e '* | table a c p q' one.log
same out <<'X'
{"a":"1","c":"2","p":"3","q":"3"}
X
[ "$(grep -c 'EXTRACT-a is passed over' err)" = 1 ] || fail 'EXTRACT-a is told more than once'
expect 0 "$SPL" run --app app -e '| tstats count from datamodel=LabBroken.Root' one.log
expect 1 "$SPL" run --app app -e '| tstats count from datamodel=LabBroken.Orphan' one.log
has err 'bad-datamodel'
expect 0 "$SPL" run --app app -e '| inputlookup strict=f lab_no_file'
has err 'has no file "lab_no_file.csv": it gives no rows [missing-lookup]'
has err 'its file was looked for in app/lookups and'
expect 1 "$SPL" run --app app -e '| inputlookup lab_no_file'
has err 'missing-lookup'
expect 0 "$SPL" run --app app -e '| inputlookup lab_ragged | stats count'
has out '"count":3}'

# what leaves its folder is refused
expect 3 "$SPL" run --app app -e '| inputlookup lab_link'
has err 'symbolic link'
expect 1 "$SPL" run --app app -e '| inputlookup ../default/props.conf'
expect 1 "$SPL" run --app app -e '| inputlookup /etc/passwd'
expect 1 "$SPL" run --state state -e '| makeresults | outputlookup ../x.csv'
expect 1 "$SPL" run --state state -e '| makeresults | outputlookup /x.csv'
expect 1 "$SPL" run --state state -e '| makeresults | outputcsv ../x'
mkdir -p linked/lookups
ln -s "$PWD/target.csv" linked/lookups/evil.csv
expect 3 "$SPL" run --state linked -e '| makeresults | outputlookup evil.csv'
[ ! -e target.csv ] || fail 'a symbolic link was followed'

# an app without fault; neither a search nor an app
expect 0 "$SPL" check --app "$ROOT/fixtures/apps/lab_limits"
has out '8 stanzas: 8 loaded, 0 named in warnings; 10 settings applied, 0 of a server'
expect 0 "$SPL" check --no-builtin --app "$ROOT/apps"
has out ', 0 named in warnings'
has out ', 0 unknown;'
expect 2 "$SPL" check
# a rule that would copy events to the sourcetype that they have
expect 0 "$SPL" check --app "$ROOT/fixtures/apps/lab_ingest"
has err 'CLONE_SOURCETYPE makes no copy in [lab:itself]'

# settings that would change events on a server, and do not here
expect 0 "$SPL" check --app "$ROOT/fixtures/apps/lab_index"
has err 'HEADER_MODE is passed over'
has err 'TZ_ALIAS is passed over: "EST=Nowhere/City"'

# values of the wrong kind
mkdir -p kinds/default
printf '[a]\nMATCH_LIMIT = many\nSHOULD_LINEMERGE = flase\nAUTO_KV_JSON = 0\n' >kinds/default/props.conf
printf '[a]\nMV_ADD = ture\nLOOKAHEAD = 1k\nREGEX = (?<a>.)\n' >kinds/default/transforms.conf
expect 0 "$SPL" check --app kinds
has err 'props.conf:2:15: warning: MATCH_LIMIT is passed over: a whole number is expected'
has err 'props.conf:3:20: warning: SHOULD_LINEMERGE is neither true nor false'
has err 'transforms.conf:2:10: warning: MV_ADD is neither true nor false'
has err 'transforms.conf:3:13: warning: LOOKAHEAD is passed over: a whole number is expected'
[ "$(grep -c 'warning:' err)" = 4 ] || fail "other than four warnings: $(cat err)"

# a REGEX of transforms.conf that props.conf names is told once, and so is one that holds itself; [[name]] needs a stanza
mkdir -p parts/default
printf '[a]\nREPORT-x = broken, itself, fine\nTRANSFORMS-y = index\n' >parts/default/props.conf
cat >parts/default/transforms.conf <<'END'
[broken]
REGEX = (?<a>x
[itself]
REGEX = (?<b>[[itself]])
[index]
REGEX = (x
DEST_KEY = queue
FORMAT = nullQueue
[fine]
REGEX = (?<c>[[:alpha:]]+) \[[x]] [[a-z]] [[part]]
[part]
REGEX = \d+
[unnamed]
REGEX = (?<d>y
[needs]
REGEX = (?<e>\d) [[gone]] [[gone:z]]
[needs_too]
REGEX = (?<f>\d) [[empty:z]]
[empty]
FORMAT = x
END
expect 0 "$SPL" check --app parts
has err 'transforms.conf:2:9: warning: broken is passed over: missing closing parenthesis'
has err 'transforms.conf:3:1: warning: the transform "itself" of REPORT-x is passed over: its REGEX holds itself'
has err 'transforms.conf:6:9: warning: index is passed over: missing closing parenthesis'
has err 'transforms.conf:14:9: warning: REGEX is passed over: missing closing parenthesis'
has err 'transforms.conf:16:9: warning: [[gone]] in REGEX stands for nothing: transforms.conf has no stanza of that name'
has err 'transforms.conf:18:9: warning: [[empty]] in REGEX stands for nothing'
[ "$(grep -c 'warning:' err)" = 6 ] || fail "other than six warnings: $(cat err)"
# settings of limits.conf that are true or false, or no whole number
mkdir -p bounds/default
printf '[collect]\nformat_multivalue_collect = true\n[tscollect]\nsquashcase = maybe\n[geostats]\nzl_0_gridcell_latspan = 22.5\n[rex]\nmatch_limit = few\n' >bounds/default/limits.conf
expect 0 "$SPL" check --app bounds
has err 'limits.conf:4:14: warning: squashcase is neither true nor false'
has err 'limits.conf:8:15: warning: match_limit is passed over: a number is expected'
[ "$(grep -c 'warning:' err)" = 2 ] || fail "other than two warnings: $(cat err)"

done_
