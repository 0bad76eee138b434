# SEARCH operands: .spl, detection .yml, pages, savedsearches.conf, folders.
. "$ROOT/tests/cli/lib.sh"
printf '| makeresults\n| eval x="spl"\n| table x\n' >a.spl
expect 0 "$SPL" run a.spl
same out <<'X'
{"x":"spl"}
X
cat >d.yml <<'X'
name: A detection
search: '| makeresults | eval x="it''s yaml" | table x'
tags: [a, b]
X
expect 0 "$SPL" run d.yml
same out <<'X'
{"x":"it's yaml"}
X
cat >block.yml <<'X'
name: block
search: |-
  | makeresults
  | hed 5
X
expect 1 "$SPL" run block.yml
has err 'block.yml:4:'
cat >page.md <<'X'
# A page
Here is text about Search.

#### Search

```
| makeresults
| eval x=&#34;a &lt;b&gt; &amp;lt; &#x27;c&#39; &bogus; &#34;
| table x
```

#### Other

```
not this
```
X
expect 0 "$SPL" run page.md
same out <<'X'
{"x":"a <b> &lt; 'c' &bogus; "}
X
cat >page.html <<'X'
<html><body><h1>Search engines</h1><pre>not this</pre>
<h4 class="t">Search</h4>
<pre class="x"><code>| makeresults
| eval x=&quot;<b>h</b>tml&quot; | table x</code></pre></body></html>
X
expect 0 "$SPL" run page.html
same out <<'X'
{"x":"html"}
X
printf '# Page\n\nno search here\n' >none.md
expect 1 "$SPL" run none.md
has err 'heading "Search"'
cat >savedsearches.conf <<'X'
# comment \
[default]
search = not this

[First one]
dispatch.earliest_time = -1d
search = | makeresults \
| eval x="one" \
| table x

[Second]
search = | makeresults | hed 5
X
expect 2 "$SPL" run savedsearches.conf
has err '2 searches'
expect 0 "$SPL" run savedsearches.conf --name 'First one'
same out <<'X'
{"x":"one"}
X
expect 1 "$SPL" run --name Second savedsearches.conf
has err 'savedsearches.conf:12:26: error:'
expect 2 "$SPL" run --name Third savedsearches.conf
mkdir -p f/g
cp a.spl f/a.spl
cp savedsearches.conf f/g/
cp d.yml f/g/d.yml
printf 'name: x\ndefinition: y\n' >f/macro.yml
printf '# Read me\n\nNothing to run.\n' >f/README.md
printf '# Page\n\n## Search\n\n```\n| makeresults\n```\n' >f/page.md
expect 0 "$SPL" check f
same out <<'X'
ok f/a.spl
ok f/g/d.yml
ok f/g/savedsearches.conf#First one
warning f/g/savedsearches.conf#Second
ok f/page.md
unknown-command 1
2 bytes of search text unaccounted for
5 searches: 4 ok, 1 with warnings, 0 with errors
X
# a folder without a search is no success
mkdir empty
for command in check fmt; do
    expect 3 "$SPL" $command empty
    has err 'empty: error: the folder holds no searches'
done
expect 1 "$SPL" check -e '| makeresults | head limit=x' -e '| makeresults'
has out 'error search 1'
has out '2 searches: 1 ok, 0 with warnings, 1 with errors'
# a token of a dashboard is filled in before the search runs: check takes it for any value, run does not
expect 0 "$SPL" check -e '| tstats summariesonly=$x$ count' -e '| makeresults | sort limit=$n$ x'
expect 0 "$SPL" check -e 'a=1 earliest=$t.earliest$ | stats $fn$(b) by c | eval d=relative_time(now(),"-$n$d") | iplocation e $filter$' \
    -e '| pivot $model$ x count(x) AS n' -e '| from inputlookup:$file$ | rename a AS $b$' -e '| makeresults | outputlookup [| makeresults | return a]'
expect 0 "$SPL" check -e 'a=1 | stats values($f$) count($f$) by c' -e '| mstats avg($m$) WHERE index=$i$ AND $filter$ BY $split$ span=$s$' \
    -e '| mstats avg(_value) WHERE $filter$ BY host' -e '| mcatalog values($f$) WHERE $w$' -e 'a=1 | collect marker=$m$ index=$i$'
expect 1 "$SPL" check -e 'a=$x$ | dedup keepevnts=$n$ x' # what can be told is told all the same
expect 1 "$SPL" run -e '| makeresults | sort limit=$n$ x'
# usual mistakes with figures
expect 1 "$SPL" check -e '* | stats bytes by user' -e '* | stats sum(a)/sum(b) AS c' -e '* | stats count where status=404'
has err 'A field stands within a function, such as values(bytes) or sum(bytes).'
has err 'Figures are computed with behind it'
has err 'A condition goes into where or into count(eval(x=1))'

# AUTO_KV_JSON takes any event that is a JSON object, however far into the file the first one stands, and however its values
# are spelt
awk 'BEGIN { for (i = 0; i < 2000; i++) print "line " i " of plain text, long enough to come to more than 64 KiB" }' >far.log
printf '{"n":"here","p":"C:\\\\a\\\\b"}\n{"n":"not","p":"x"}\n' >>far.log
expect 0 "$SPL" run -e 'p="C:\\a\\b" | table n' far.log
same out <<'X'
{"n":"here"}
X
expect 0 "$SPL" run -e 'n=not OR p="C:\\a\\b" | stats count' far.log
has out '{"count":2}'

# UTF-16, as PowerShell writes it; damaged, it is refused
printf '\377\376|\000 \000m\000a\000k\000e\000r\000e\000s\000u\000l\000t\000s\000' >wide.spl
expect 0 "$SPL" fmt wide.spl
printf '| makeresults\n' | same out
printf '\377\376|\000\330' >wide.spl
expect 1 "$SPL" fmt wide.spl
has err 'its UTF-16 text is damaged'
# a stanza misspelt, a Sigma rule
printf '[one]\nsearch = | makeresults\n[other]\nsearch = | makeresults\n' >named.conf
expect 2 "$SPL" run named.conf --name oen
has err 'did you mean [one]?'
expect 2 "$SPL" run named.conf --name zzz
has err 'no search in a stanza [zzz]'
printf 'title: t\ndetection:\n  selection:\n    EventID: 1\n  condition: selection\n' >sigma.yml
expect 1 "$SPL" check sigma.yml
has err 'this is a Sigma rule; convert it to SPL first'
done_
