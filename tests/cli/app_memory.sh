# What an app says is looked through for each field that a search compares, to draw raw tests, and is not kept: many
# fields and a large app stay within little memory.
. "$ROOT/tests/cli/lib.sh"
mkdir -p app/default
{
    echo "[lab]"
    for i in $(seq 300); do echo "REPORT-$i = t$i"; done
} >app/default/props.conf
for i in $(seq 300); do
    printf '[t%d]\nREGEX = (\\w+)=(\\w+) (\\w+)=(\\w+)\nFORMAT = a%d::$1 b%d::$2 c%d::$3 d%d::$4\n' "$i" "$i" "$i" "$i" "$i"
done >app/default/transforms.conf
echo 'x=1 y=2' >data.log
search=
for i in $(seq 60); do search="$search x$i=none$i"; done
expect 0 "$SPL" run --memory 16M --app app --sourcetype lab -e "$search" data.log
same out </dev/null
done_
