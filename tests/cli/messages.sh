# Mistakes that people make: what the message says would work.
. "$ROOT/tests/cli/lib.sh"
echo '{"Image":"C:\\cmd.exe"}' >a.json
refused() { # SEARCH LINE...: refused, and says these
    expect 1 "$SPL" run -e "$1" a.json
    shift
    for line in "$@"; do has err "$line"; done
}
lacks() { grep -qF -- "$1" err && fail "err has: $1"; }
# a suggestion is near: of a short word at most one letter differs
refused '* | foo' 'spl list commands'
lacks 'Did you mean'
refused '* | eval x=foo(Image)' 'spl list functions'
lacks 'Did you mean'
refused '* | sats count' 'Did you mean "stats"?'
refused '* | eval x=lowr(Image)' 'Did you mean "lower"?'
refused '* | stats cout' 'Did you mean "count"?'
# functions in the place of others
refused '* | eval x=values(Image)' 'It is a statistical function' '| stats values(…) AS x'
lacks 'Did you mean'
refused '* | stats lower(Image)' 'values(eval(lower(…))) AS x'
# options
refused '* | fillnull valu=0 Image' 'hint: Did you mean "value"?'
lacks 'The options are'
refused '* | rex feild=Image "(?<a>.)"' 'Did you mean "field"? The options are field, '
# brackets
refused '* | append search Image=1' 'A subsearch stands in square brackets.'
refused '* | append (search Image=1)' 'unexpected argument [bad-argument]' 'append [ search … ]'
# backslashes in quotes
refused '* | rex field=Image "(?<name>[^\\]+)$"' 'In quotes \\ gives one backslash; an escaped one is written \\\\.'
refused '* | rex field=Image "(?<name>[^"' 'bad-regex'
lacks 'In quotes'
expect 0 "$SPL" run -e '* | rex field=Image "(?<name>[^\\\\]+)$" | table name' a.json
printf '{"name":"cmd.exe"}\n' | same out
refused '* | chart count over by Image' 'OVER needs a field'
# other languages
refused 'Image|endswith="cmd.exe"' 'search:1:7: error:' "Sigma's modifiers are wildcards"
refused 'Image|contains: cmd' "Sigma's modifiers are wildcards"
refused '* | contains' 'spl list commands'
refused '* | stats count by Image having count>1' 'search:1:33: error:' '| where'
refused '* | stats distinct(Image)' 'Did you mean "distinct_count"?'
refused '| from main where Image=x' 'It takes no options. The syntax is: from '
done_
