# Each code of a diagnostic is one of docs/DIAGNOSTICS.md, and stands there once; each that stands there is in the sources.
. "$ROOT/tests/cli/lib.sh"
cat $(find "$ROOT/src" "$ROOT/grammar" -name '*.[chly]' ! -name diag.h) | tr '\n' ' ' >sources
grep -oE '\b(spl_error|spl_warning|spl_note|spl_report|spl_refuse|spl_op_warn|spl_op_note)\([^;]*;' sources |
    grep -oE ', "[a-z0-9]+(-[a-z0-9]+)*",' | tr -d '", ' | sort -u >codes
[ "$(wc -l <codes)" -gt 60 ] || fail "the codes were not found in the sources"
grep '^| [a-z]' "$ROOT/docs/DIAGNOSTICS.md" | cut -d'|' -f2 | tr -d ' ' | tr ',' '\n' | grep -vx code | sort >documented
uniq -d documented | sed 's/^/twice in docs\/DIAGNOSTICS.md: /' >twice
[ -s twice ] && fail "$(cat twice)"
while read -r code; do
    grep -qx -- "$code" documented || fail "docs/DIAGNOSTICS.md lacks the code $code"
done <codes
while read -r code; do
    grep -qF -- "\"$code\"" sources || fail "docs/DIAGNOSTICS.md has the code $code, which nothing reports"
done <documented
# The files that the pages for contributors name exist, and the functions that stand in brackets behind a test's.
cd "$ROOT" || exit 1
grep -ohE '`[A-Za-z0-9_./-]+`' README.md CONTRIBUTING.md apps/README.md docs/*.md | tr -d '`' | sort -u |
    grep -E '^(src|docs|tests|tools|grammar|cmake|fuzz|apps|fixtures|bench)/|^[a-z_]+/.*\.([ch]|test)$' >"$work/named"
[ "$(wc -l <"$work/named")" -gt 150 ] || fail "the pages name hardly any file"
while read -r path; do
    case $path in
    *NAME* | *FAMILY* | *[*…]*) continue ;;
    esac
    [ -e "$path" ] || [ -e "src/$path" ] || [ -e "tests/$path" ] || [ -e "tests/cases/$path" ] ||
        fail "a page names $path, which does not exist"
done <"$work/named"
grep -ohE '`tests/[a-z_/]+\.c` \([a-z_, ]+\)' docs/*.md | tr -d '`(),' >"$work/functions"
[ -s "$work/functions" ] || fail "the pages name no function of a test"
while read -r path names; do
    for name in $names; do
        grep -q "\b$name(" "$path" || fail "a page names $name of $path, which is not there"
    done
done <"$work/functions"
done_
