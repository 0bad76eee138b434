# iplocation with a database that --geoip names.
. "$ROOT/tests/cli/lib.sh"
DB="$ROOT/fixtures/geoip/places.mmdb"
expect 0 "$SPL" run --geoip "$DB" -e '| makeresults | eval ip="203.0.113.9" | iplocation ip allfields=true | fields - _time'
same out <<'X'
{"ip":"203.0.113.9","City":"Cologne","Country":"Germany","Region":"North Rhine-Westphalia","lat":50.9333,"lon":6.95,"Continent":"Europe","Timezone":"Europe/Berlin"}
X
expect 0 "$SPL" run --geoip "$DB" -e '| makeresults | eval ip="203.0.113.9" | iplocation ip lang=de prefix=src_ | table src_*'
same out <<'X'
{"src_City":"Köln","src_Country":"Deutschland","src_Region":"Nordrhein-Westfalen","src_lat":50.9333,"src_lon":6.95}
X
# IPv6, codes; a multivalue gives the place of its first address that is known; what is not known leaves the result
expect 0 "$SPL" run --geoip "$DB" -e '| makeresults format=csv data="ip
2001:db8::7
198.51.100.200
10.0.0.1 198.51.100.1
no address" | makemv ip | iplocation lang=code ip | table Country City lat'
same out <<'X'
{"Country":"JP","City":"Kyoto","lat":null}
{"Country":null,"City":null,"lat":null}
{"Country":"US","City":null,"lat":37.751}
{"Country":null,"City":null,"lat":null}
X
# subnets in CIDR notation (Search Reference, iplocation)
expect 0 "$SPL" run --geoip "$DB" -e '| makeresults format=csv data="ip
203.0.113.0/24
2001:db8::/32
203.0.113.0/x" | iplocation lang=code ip | table City'
same out <<'X'
{"City":"Cologne"}
{"City":"Kyoto"}
{"City":null}
X
expect 1 "$SPL" run --geoip "$ROOT/README.md" -e '| makeresults | eval ip="203.0.113.9" | iplocation ip'
has err 'missing-geoip'
expect 1 "$SPL" run --geoip nosuch.mmdb -e '| makeresults | eval ip="203.0.113.9" | iplocation ip'
has err 'cannot read the database "nosuch.mmdb"'
# GeoIP calculations of data models
cat >orders.json <<'X'
{"kind":"order","ip":"203.0.113.9","_raw":"-"}
{"kind":"order","ip":"10.0.0.1","_raw":"-"}
X
expect 0 "$SPL" run --records --geoip "$DB" --app "$ROOT/tests/cases/commands/lab" -e '| datamodel Shop Places search | table Places.City' orders.json
same out <<'X'
{"Places.City":"Cologne"}
{"Places.City":null}
X
expect 0 "$SPL" check -e 'index=web | iplocation clientip'
done_
