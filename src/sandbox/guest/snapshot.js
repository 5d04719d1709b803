// Saves the memory of a Pyodide that has just loaded to the file Deno.args[1].
import { load } from './pyodide.js';

const pyodide = await load({ _makeSnapshot: true });
Deno.writeFileSync(Deno.args[1], pyodide.makeMemorySnapshot());
Deno.exit(0);
