# spl list: what apps bring, with where it stands.
. "$ROOT/tests/cli/lib.sh"
mkdir -p app/default app/lookups
printf '[lab]\nKV_MODE = none\n[source::x]\nTZ = UTC\n\n[web]\nTZ = UTC\n' >app/default/props.conf
printf '[m(1)]\nargs = a\ndefinition = x=$a$\n' >app/default/macros.conf
printf '[users]\nfilename = users.csv\n' >app/default/transforms.conf
printf 'a,b\n1,2\n' >app/lookups/users.csv
expect 0 "$SPL" list --no-builtin --app app sourcetypes
sed 's/  */ /g' out >flat
same flat <<'E'
lab (app/default/props.conf:1)
web (app/default/props.conf:6)
E
expect 0 "$SPL" list --no-builtin --app app macros
has out 'm(1)'
has out '(app/default/macros.conf:3)'
expect 0 "$SPL" list --no-builtin --app app lookups
has out 'file users.csv'
has out '(app/default/transforms.conf:1)'
expect 0 "$SPL" list --no-builtin --app app datamodels
expect 0 "$SPL" list functions
done_
