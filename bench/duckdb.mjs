// usage: node duckdb.mjs FILE RUNS   Median seconds of counting a file of JSON lines by EventID and Channel, two threads.
// The query alone is timed: not the start of node, nor loading the library.
import { DuckDBInstance } from '@duckdb/node-api';

const [file, runs] = [process.argv[2], Number(process.argv[3])];
const db = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
const sql = `select EventID, Channel, count(*) from read_json('${file}', format = 'newline_delimited',
  columns = {EventID: 'BIGINT', Channel: 'VARCHAR'}) group by all`;
const times = [];
for (let i = 0; i <= runs; i++) {
  const begin = performance.now();
  await (await db.runAndReadAll(sql)).getRows();
  if (i > 0) times.push((performance.now() - begin) / 1000); // the first one warms up
}
times.sort((a, b) => a - b);
console.log(times[Math.floor(times.length / 2)].toFixed(4));
