# Each code of a diagnostic is one of docs/DIAGNOSTICS.md, and stands there once.
. "$ROOT/tests/cli/lib.sh"
cat $(find "$ROOT/src" -name '*.c') | tr '\n' ' ' |
    grep -oE '\b(spl_error|spl_warning|spl_note|spl_refuse|spl_op_warn|spl_op_note)\([^;]*;' |
    grep -oE ', "[a-z]+(-[a-z]+)*",' | tr -d '", ' | sort -u >codes
[ "$(wc -l <codes)" -gt 30 ] || fail "the codes were not found in the sources"
grep '^| [a-z]' "$ROOT/docs/DIAGNOSTICS.md" | cut -d'|' -f2 | tr -d ' ' | tr ',' '\n' | sort >documented
uniq -d documented | grep -vx code | sed 's/^/twice in docs\/DIAGNOSTICS.md: /' >twice
[ -s twice ] && fail "$(cat twice)"
while read -r code; do
    grep -qx -- "$code" documented || fail "docs/DIAGNOSTICS.md lacks the code $code"
done <codes
# Each setting of a conf file that the sources ask for is one that check --app knows (src/knowledge/settings.c).
grep -rhoE '(spl_props_(setting|range|text)|setting|counted|spl_conf_(find|value)|regex_of)\([^"]{0,60}"[A-Z][A-Za-z_.-]+"' \
    "$ROOT/src" | grep -oE '"[A-Za-z_.-]+"' | tr -d '"' | sort -u >settings
[ "$(wc -l <settings)" -gt 30 ] || fail "the settings were not found in the sources"
while read -r key; do
    grep -qE "[\" ]$key\\*?[ \"]" "$ROOT/src/knowledge/settings.c" || fail "settings.c lacks $key, which the sources ask for"
done <settings
# The files that the pages for contributors name exist.
cd "$ROOT" || exit 1
grep -ohE '`[A-Za-z0-9_./-]+`' README.md CONTRIBUTING.md docs/*.md | tr -d '`' | sort -u |
    grep -E '^(src|docs|tests|tools|grammar|cmake|fuzz|apps|fixtures|bench)/|^(base|diag|lang|data|expr|exec|readers|knowledge|commands|functions|run|cli|writers)/.*\.[ch]$' >"$work/named"
[ "$(wc -l <"$work/named")" -gt 30 ] || fail "the pages name hardly any file"
while read -r path; do
    case $path in
    *NAME* | *FAMILY* | *[*…]*) continue ;;
    esac
    [ -e "$path" ] || [ -e "src/$path" ] || [ -e "tests/cases/$path" ] || fail "a page names $path, which does not exist"
done <"$work/named"
done_
