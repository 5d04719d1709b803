// Loads CPython. Needs read access to the folder that Deno.args[0] names, which is the one beside this.
const { loadPyodide } = await import('../pyodide/pyodide.mjs');

/** Silent, because what it says while it loads is not the program's output. */
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
