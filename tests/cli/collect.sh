# collect and mcollect: the files that they write, and what reads them back (Search Reference, collect, mcollect).
. "$ROOT/tests/cli/lib.sh"
expect 0 "$SPL" run --now 100 -e '| makeresults | eval user="amy", m=split("a,b",","), host="h1" | table user m host | collect marker="report=daily"'
expect 0 cat .spl/index/summary.ndjson
has out '"_time":100,"host":"localhost","source":"search","sourcetype":"stash","index":"summary"'
has out '"user":"amy","m":["a","b"],"orig_host":"h1","report":"daily"'
expect 0 "$SPL" run --records -f ndjson -e 'index=summary report=daily | table user orig_host' .spl/index/summary.ndjson
has out '{"user":"amy","orig_host":"h1"}'
# limits.conf, [collect]
mkdir -p app/default
printf '[collect]\nformat_multivalue_collect = true\ncollect_ignore_minor_breakers = true\n' >app/default/limits.conf
expect 0 "$SPL" run --app app -f ndjson -e '| makeresults | eval m=split("a,b",","), v="2.0" | table m v | collect testmode=t addtime=f addinfo=f | table _raw'
has out '{"_raw":"m=a, m=b, v=2.0"}'
# what si commands give: their counterparts give of it what they give of the events, by host too
printf '%s\n' '{"_time":10,"host":"a","cpu":1}' '{"_time":20,"host":"b","cpu":5}' '{"_time":3700,"host":"a","cpu":4}' >cpu.ndjson
for search in 'timechart span=1h avg(cpu) by host' 'stats avg(cpu) max(cpu) by host' 'chart avg(cpu) by host' 'top limit=1 cpu by host' 'rare host'; do
    rm -f .spl/index/s.ndjson
    expect 0 "$SPL" run --records -f ndjson -e "* | si$search | collect index=s" cpu.ndjson
    expect 0 "$SPL" run --records -f ndjson -e "* | $search" cpu.ndjson
    cp out whole
    expect 0 "$SPL" run --records -f ndjson -e "index=s | $search" .spl/index/s.ndjson
    same out <whole
done
# JSON events
expect 0 "$SPL" run --now 100 -e '| makeresults | eval source="s", host="h", splunk_server="x", k=1, _raw="text" | collect index=main output_format=hec'
expect 0 cat .spl/index/main.ndjson
has out '{"time":100,"host":"h","source":"s","sourcetype":"stash_hec","index":"main","event":"text","fields":{"k":1}}'
# data points: what the manual shows of split and prefix_field, and mstats over them
expect 0 "$SPL" run --now 100 -e '| makeresults | eval type="cpu", usage=0.78, idle=0.22, user="amy" | mcollect index=m split=true prefix_field=type user'
expect 0 "$SPL" run --now 100 -e '| makeresults | eval jobs=25, user="bob" | rename jobs AS metric_name:jobs | mcollect index=m marker="savedsearch=x"'
expect 0 "$SPL" run --now 100 -e '| makeresults | eval n=7, code=404, user="carl" | mcollect index=m split=allnums code'
expect 0 cat .spl/index/m.ndjson
has out '{"_time":100,"sourcetype":"mcollect_stash","index":"m","metric_name":"cpu.usage","_value":0.78,"user":"amy"}'
has out '{"_time":100,"sourcetype":"mcollect_stash","index":"m","metric_name":"jobs","_value":25,"user":"bob","savedsearch":"x"}'
has out '"metric_name":"n","_value":7,"code":404,"user":"carl"}'
expect 0 "$SPL" run --records -f ndjson -e '| mstats sum(cpu.*) AS * where index=m by user' .spl/index/m.ndjson
has out '{"user":"amy","idle":0.22,"usage":0.78}'
# several measures in one data point: limits.conf, [mcollect]; and [geostats]
printf '[mcollect]\nalways_use_single_value_output = false\n[geostats]\nmaxzoomlevel = 1\nzl_0_gridcell_latspan = 45\nzl_0_gridcell_longspan = 90\n' >app/default/limits.conf
expect 0 "$SPL" run --app app --now 100 -e '| makeresults | eval type="cpu", usage=0.78, idle=0.22, user="amy" | mcollect index=two split=true prefix_field=type user'
expect 0 cat .spl/index/two.ndjson
has out '"index":"two","metric_name:cpu.usage":0.78,"metric_name:cpu.idle":0.22,"user":"amy"}'
expect 0 "$SPL" run --records -f ndjson -e '| mstats sum(cpu.*) AS * where index=two by user' .spl/index/two.ndjson
has out '{"user":"amy","idle":0.22,"usage":0.78}'
expect 0 "$SPL" run --app app -f ndjson -e '| makeresults | eval lat=48, lon=11 | geostats count | table geobin'
has out '{"geobin":"bin_id_zl_0_y_3_x_2"}'
has out '{"geobin":"bin_id_zl_1_y_6_x_4"}'
grep -q zl_2 out && fail 'geostats goes beyond the last level'
done_
