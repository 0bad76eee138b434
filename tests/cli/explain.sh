# spl explain: what it tells of the inputs, and of what the stages took and gave.
. "$ROOT/tests/cli/lib.sh"

# the program's own knowledge costs the Windows formats no second reading
for file in windows.json wmi-activity.json wmi-activity.log wmi-activity.xml sysmon.xml security.log; do
    expect 0 "$SPL" explain -e '* | stats count by EventCode' "$ROOT/fixtures/windows/$file"
    has out "input $ROOT/fixtures/windows/$file"
    grep -q 'at index time' out && fail "$file: read twice"
done
# an add-on that renames sourcetypes and sources does
expect 0 "$SPL" explain --app "$ROOT/fixtures/apps/addon_windows" -e '* | stats count' "$ROOT/fixtures/windows/windows.json"
has out 'apps change its events at index time'
# head ends the reading: the first units are small, and the workers run at first no further ahead than there are workers
seq 20000 | sed 's/.*/{"_time":"&","n":&}/' >twenty_thousand.json
for threads in 1 4; do
    for search in '* | head 5' '* | head 5 | table n'; do
        expect 0 "$SPL" explain --threads "$threads" -e "$search" twenty_thousand.json
        given=$(sed -n 's/^ *20,000 in, \([0-9,]*\) out.*/\1/p' out | tr -d ,)
        [ "${given:-20000}" -le 500 ] || fail "$search, $threads threads: the first stage gave ${given:-nothing} events"
    done
done
# of a condition that let nothing through each clause is counted: in the first search, in search and where, behind stats
cat >clauses.json <<'EOF'
{"_time":1700001000,"code":1,"name":"a.exe","tags":["x","y"]}
{"_time":1700002000,"code":1,"name":"b.exe"}
{"_time":1700003000,"code":2,"name":"c.exe"}
{"_time":1700004000,"code":2}
EOF
explain() { expect 0 "$SPL" explain --threads "$threads" -e "$1" clauses.json; }
for threads in 1 2; do
    explain 'code=1 (name=c.exe OR name=d.exe)'
    has out '        code=1: met by 2 of 4; where all else is met, code is "2"'
    has out '        name=c.exe OR name=d.exe: met by 1 of 4; where all else is met, name is "a.exe", "b.exe"'
    explain 'earliest=0 latest=1700002500 code=2'
    has out '        code=2: met by none of 2; code is "1"'
    explain 'code=2 | where name="a.exe" | stats count'
    has out '        name="a.exe": met by none of 2; name is "c.exe", or absent'
    explain '* | search code=1 (nosuch NOT name=c*)'
    has out '        code=1: met by 2 of 4'
    has out '        nosuch: met by none of 4'
    has out '        NOT name=c*: met by 3 of 4'
    explain "* | where code=1 AND 'tags{}'=\"z\" | table name"
    has out "        'tags{}'=\"z\": met by none of 4; where all else is met, tags{} is \"x\", \"y\", or absent"
    explain '* | stats count by code | where count>2 AND code>0'
    has out '        count>2: met by none of 2; where all else is met, count is "2"'
done
grep -q 'met by' out || fail 'no clause'
explain 'code=1'
grep -q 'met by' out && fail 'clauses of a condition that is met'
done_
