// Loads Pyodide. Deno.args[0] is its folder, `../pyodide`, which needs a read permission.
const { loadPyodide } = await import('../pyodide/pyodide.mjs');

/** Loads Pyodide with these options. Its messages are dropped: they are not output of the program. */
export function load(options) {
  const silent = () => {};
  return loadPyodide({
    indexURL: Deno.args[0],
    jsglobals: {},
    stdout: silent,
    stderr: silent,
    _sysExecutable: '/usr/bin/python3',
    ...options,
  });
}
