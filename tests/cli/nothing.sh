# A run that finds nothing says why, as far as it can be said; a run that finds something is not bothered.
. "$ROOT/tests/cli/lib.sh"
cat >a.json <<'X'
{"EventCode":4688,"Image":"C:\\Windows\\cmd.exe","Computer":"h1","User":"bob"}
{"EventCode":4688,"Image":"C:\\Windows\\sh.exe","Computer":"h2","User":"al"}
{"EventCode":1,"Image":"C:\\Windows\\cmd.exe","Computer":"h2","User":"bob"}
X
says() { # SEARCH LINE...: a run of SEARCH says all of these
    expect 0 "$SPL" run -e "$1" a.json
    shift
    for line in "$@"; do has err "$line"; done
}
quiet() { # SEARCH: nothing is said
    expect 0 "$SPL" run -e "$1" a.json
    printf '' | same err
}

# a stage that no row passes, for want of a field
says 'EventCode=4688 | stats count by Imag' \
    'search:1:33: note: no result that came to "stats" has the field "Imag" [absent-field]' 'Did you mean "Image"?'
says 'EventCode=4688 | where Image=cmd.exe' 'search:1:30: note:' 'text is written "cmd.exe".'
says 'EventCode=4688 | where User=bob' 'search:1:29: note:' 'text is written "bob".'
says 'EventCode=4688 | rename Image AS a | where Image="x"' 'left it out or renamed it'
# … which other events have
echo '{"EventCode":3,"Port":1}' >>a.json
says 'EventCode=4688 | where User="bob" | stats count by Port' 'Other events have it, none of those that came this far.'
says 'EventCode=3 | fields - Port | stats count by Port' 'left it out or renamed it'
says 'EventCode=4688 | eval x=lower(Imag) | where x="a"' 'search:1:31: note: no result that came to "eval"'
says '* | stats count by User | chart count by User | where dc>1' 'no result that came to "where" has the field "dc"'
says '| tstats count where index=* by Imag' 'has the field "Imag"'
says '| tstats count FROM datamodel=Endpoint.Processes WHERE Processes.proces_name=x BY Processes.Dst' \
    'Did you mean "Processes.process_name"?' 'Did you mean "Processes.dest"?'
says 'EventCode=4688 | join Compute [search EventCode=1]' 'search:1:23: note: no result that came to "join"'
says '* | append [search EventCode=1 | where Compute="h2"] | search a=b' 'search:1:40: note:' 'search:1:63: note:'
quiet '* | where User="eve"'
quiet '* | where User="eve" OR isnull(User)'
quiet '* | stats count(Imag) by User'
quiet '* | stats count by User Computer | where count>5'
# … whose star is a star
says '* | where Image="*cmd.exe"' 'search:1:17: note: a star is no wildcard in an expression [no-wildcard]' 'like('
quiet '* | where Image="*cmd.exe" OR User="al" | fields - Image'
says '* | where Image LIKE "*cmd.exe"' 'search:1:22: note: a star is no wildcard in an expression' '% stands for any text'
says '* | where like(Image,"*cmd.exe")' 'search:1:22: note:' '% stands for any text'
says '* | where Image IN ("*cmd.exe")' 'search:1:21: note:' 'like('
quiet '* | where like(Image,"a*%")'
# … whose text stands in single quotes
says "* | where User='bob'" 'search:1:16: note:' 'text stands in double ones: "bob"'
says "* | where 'Usr'=\"bob\"" 'search:1:11: note:' 'Did you mean "User"?'

# the first search
says 'EventCode=4688 Imag=*cmd.exe' 'search:1:16: note: no event has the field "Imag" [absent-field]' '"Image"'
says 'EventCode=4688 tag=process' 'come from apps'
says 'EventCode=4688 stats count by Computer' 'search:1:16: note: "stats" is searched for as a word [plain-word]'
says 'EventCode=4688 and Computer=h1' '"and" is searched for as a word' 'in capitals'
says 'EventCode=4688 XOR Computer=h1' '"XOR" is searched for as a word' 'where and eval'
says 'EventCode IN 4688, 1' '"IN" is searched for as a word' 'round brackets'
says 'EventCode=4688 User=“bob”' 'search:1:21: note: the curly quotation marks' 'straight ones'
says "User='bob'" 'search:1:6: note: the single quotation marks are searched for' 'double ones'
says "EventCode=1 'a b'" 'search:1:13: note: the single quotation marks are searched for' 'double ones'
says 'EventCode=4688 && Computer=h1' '"&&" is searched for as a word' 'joined by AND'
says 'EventCode: 4688' '"EventCode:" is searched for as a word' 'by an equals sign'
says 'select Image from main' '"select" is searched for as a word' 'There is no SELECT'
grep -q '"from"' err && fail "what follows SELECT is told of"
# what follows a command's name are its arguments
says 'tstats count from datamodel=x by y' '"tstats" is searched for as a word' '| tstats'
[ "$(grep -c note: err)" = 1 ] || fail "arguments of a command without a pipe are told of: $(cat err)"
quiet "EventCode=4688 \"a:\" x:y"
quiet 'EventCode=4688 NOT Imag=*cmd.exe User=nobody'
quiet 'EventCode=4688 "stats" "and"'
quiet 'EventCode=4688 OR Imag=x OR and | fields - Image'
# where the metadata are the reason, fields are not looked at
says 'sourcetype=other Imag=x' 'no event meets this clause'
grep -q absent-field err && fail "fields are told of, where no event is of the sourcetype"
# a macro for a sourcetype that the data is not of: alternatives
says 'EventCode=4688 `sysmon` | stats count by User' 'no event meets this clause; the events'"'"' sourcetype is "_json", their source is "a.json"'
# subsearches
says 'EventCode=4688 [search EventCode=1 Imag=cmd | fields Computer]' 'search:1:36: note: no event has the field "Imag"'
says '* | append [search sourcetype=other] | stats count' 'search:1:20: note: no event meets this clause'
# a pipe is gone, its rows were looked at
"$SPL" run -e '* | stats count by Imag' - <a.json >out 2>err || fail "a pipe"
has err 'has the field "Imag"'
# all threads, and records
expect 0 "$SPL" run -j 4 --records -e '* | search Imag=x' a.json
has err 'search:1:12: note: no result that came to "search" has the field "Imag"'

# hunts, and tests that fail
expect 0 "$SPL" hunt -e '* | stats count by Imag' -e '* | stats count by User Imag' -- a.json
has err 'search 1:1:20: note: no result that came to "stats" has the field "Imag"'
has err 'search 2:1:25: note: no result that came to "stats" has the field "Imag"'
cat >some.test <<'X'
%data a.json
* | stats count by Imag
%fires

* | stats count by Imag
%none
%note absent-field
X
expect 1 "$SPL" test some.test
has out '1 passed, 1 failed'
has out 'note: no result that came to "stats" has the field "Imag"'
done_
