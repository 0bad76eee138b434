# spl test: what passes, what fails, --update, JUnit, detections with data.
. "$ROOT/tests/cli/lib.sh"
cat >good.test <<'X'
# a comment
%events   # two of them
{"n":"1","h":"a"}
{"n":"2","h":"b"}

* | stats sum(n) as s
{"s":3}

* | where n="2"
| fields h
{"h":"b","n":null}

* | where n="9"
%none

* | stats count by h
%unordered
{"h":"b","count":1}
{"h":"a"}

%now 1600000000
| makeresults | eval x=now() | table x
{"x":1600000000}

| makeresults | hed 1
!unknown-command 1:17

* | table n h
%columns n h
%count 2
%fires
X
expect 0 "$SPL" test good.test --junit j.xml
has out '7 passed, 0 failed, 0 skipped'
has j.xml 'tests="7" failures="0"'
expect 0 "$SPL" test -k 'sum(n)' good.test
has out '1 passed, 0 failed, 0 skipped'
cat >bad.test <<'X'
| makeresults | eval x=1 | table x
{"x":2}

| makeresults

| makeresults | eval x=1 | table x
{"x":"1.0"}

| makeresults
%none
X
expect 1 "$SPL" test bad.test
has out 'FAIL bad.test:1'
has out '    - {"x":2}'
has out '    + {"x":1}'
has out 'the case expects nothing: rows, %fires'
has out '0 passed, 4 failed, 0 skipped'
# of a wide row the fields that differ, and those that it has not
cat >wide.test <<'X'
| makeresults | eval a=1, b="x", count=3, d=split("p q"," ") | table a b count d
{"a":1,"b":"y","Count":3,"d":["p"]}
X
expect 1 "$SPL" test --junit wide.xml wide.test
same out <<'X'
FAIL wide.test:1
    | makeresults | eval a=1, b="x", count=3, d=split("p q"," ") | table a b count d
    - {"a":1,"b":"y","Count":3,"d":["p"]}
    + {"a":1,"b":"x","count":3,"d":["p","q"]}
      b: expected "y", got "x"
      Count: expected 3, but the row has no such field; did you mean "count"?
      d: expected ["p"], got ["p","q"]
0 passed, 1 failed, 0 skipped
X
has wide.xml '<failure message="- {&quot;a&quot;:1,'
# what stands behind %fires and %none would be ignored
printf '| makeresults\n%%fires now\n\n| makeresults | where 1=2\n%%none {"a":1}\n\n| makeresults\n%%fires # each time\n' >behind.test
expect 1 "$SPL" test behind.test
has out 'nothing stands behind it: %fires now'
has out 'nothing stands behind it: %none {"a":1}'
has out '1 passed, 2 failed'
printf '%%dat x\n| makeresults\n%%fires\n' >directive.test
expect 1 "$SPL" test directive.test
has out 'unknown directive "%dat"'
expect 1 "$SPL" test -k nowhere good.test
has out 'contains "nowhere" (-k)'
mkdir -p bare
expect 1 "$SPL" test bare
has out 'no cases in bare: '
# a lookup that is not there must be expected
cat >lookup.test <<'X'
| makeresults | append [| inputlookup strict=f gone.csv] | stats count
{"count":1}

| makeresults | append [| inputlookup strict=f gone.csv] | stats count
{"count":1}
%warning missing-lookup
X
expect 1 "$SPL" test lookup.test
has out 'the case does not expect it with %warning missing-lookup'
has out 'there is no lookup file "gone.csv"'
has out 'It was looked for in '
has out '1 passed, 1 failed, 0 skipped'
: >empty.test
expect 1 "$SPL" test empty.test
has out 'no cases'
cat >update.test <<'X'
# kept
| makeresults | eval x=1, y="a" | table x y
{"x":2}

| makeresults | where 1=2
{"x":2}
X
expect 1 "$SPL" test --update update.test
same update.test <<'X'
# kept
| makeresults | eval x=1, y="a" | table x y
{"x":1}

| makeresults | where 1=2
%none
X
expect 0 "$SPL" test update.test
cat >d.yml <<'X'
name: d
search: 'needle | stats count | where count>0'
tests:
- name: one
  attack_data:
  - data: https://example.org/attack/master/sets/T1/it/events.log
    sourcetype: plain
X
expect 0 "$SPL" test d.yml
has out 'skipped, no data: https://example.org/attack/master/sets/T1/it/events.log'
has out '0 passed, 0 failed, 1 skipped'
mkdir -p data/T1/it
printf '2024-01-01 00:00:00 a needle here\n' >data/T1/it/events.log
expect 0 "$SPL" test d.yml --data data
has out '1 passed, 0 failed, 0 skipped'
printf '2024-01-01 00:00:00 nothing here\n' >data/T1/it/events.log
expect 1 "$SPL" test d.yml --data data
# a directive without a value takes it back
mkdir -p kept/default
printf '[kept]\ndefinition = 1\n' >kept/default/macros.conf
printf '%%app kept\n\n| makeresults | eval x=`kept`\n{"x":1}\n\n%%app\n\n| makeresults | eval x=`kept`\n!missing-macro\n' >app.test
expect 0 "$SPL" test app.test
has out '2 passed, 0 failed'
# each file has the metadata that the test gives it
cat >two.yml <<'X'
name: Two files
search: '(sourcetype=alpha source=one line=1) OR (sourcetype=beta line=2) | stats dc(sourcetype) as kinds | where kinds=2'
tests:
- name: both
  attack_data:
  - data: https://example.org/sets/T1/it/one.log
    sourcetype: alpha
    source: one
  - data: https://example.org/sets/T1/it/two.log
    sourcetype: beta
X
echo '2024-01-01 00:00:00 line=1' >data/T1/it/one.log
echo '2024-01-01 00:00:00 line=2' >data/T1/it/two.log
expect 0 "$SPL" test two.yml --data data
has out '1 passed, 0 failed, 0 skipped'
printf '%%search d.yml\n%%data data/T1/it/events.log\n%%none\n' >own.test
expect 0 "$SPL" test --junit own.xml own.test
has own.xml 'name="line 1, '
# JUnit's XML is XML whatever the search holds
printf '| makeresults | eval x="<&\\377\\001\\357\\277\\276é"\n%%none\n' >odd.test
expect 1 "$SPL" test --junit odd.xml odd.test
command -v python3 >/dev/null && { python3 -c 'import xml.dom.minidom; xml.dom.minidom.parse("odd.xml")' || fail "odd.xml is no XML"; }
has odd.xml 'é'
done_
