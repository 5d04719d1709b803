// Keeps the memory of a CPython that has just loaded in the file that Deno.args[1] names.
import { load } from './pyodide.js';

const pyodide = await load({ _makeSnapshot: true });
Deno.writeFileSync(Deno.args[1], pyodide.makeMemorySnapshot());
Deno.exit(0);
