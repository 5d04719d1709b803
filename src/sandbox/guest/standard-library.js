// Adds time zones to Python's standard library: the files in the folder Deno.args[1] become the package `tzdata`,
// which the module `zoneinfo` reads. Writes the archive to the file Deno.args[2].
import { load } from './pyodide.js';

const [, folder, created] = Deno.args;
const ARCHIVE = '/standard-library.zip';

const pyodide = await load({});
pyodide.FS.writeFile(ARCHIVE, Deno.readFileSync(`${Deno.args[0]}/python_stdlib.zip`));
const add = pyodide.runPython(`
import zipfile

def add(zones):
    with zipfile.ZipFile("${ARCHIVE}", "a", zipfile.ZIP_DEFLATED) as archive:
        packages = {"tzdata/"}
        for name, data in zones:
            archive.writestr(f"tzdata/zoneinfo/{name}", data.to_bytes())
            packages.add(f"tzdata/zoneinfo/{name}".rpartition("/")[0] + "/")
        for package in packages | {"tzdata/zoneinfo/"}:
            archive.writestr(f"{package}__init__.py", "")
        archive.writestr("tzdata/zones", "\\n".join(name for name, _ in zones))

add`);
add(readZones(''));
Deno.writeFileSync(created, pyodide.FS.readFile(ARCHIVE));
Deno.exit(0);

/** Returns the name and the bytes of each time zone in a folder and those below. */
function readZones(prefix) {
  return [...Deno.readDirSync(`${folder}/${prefix}`)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? readZones(`${prefix}${name}/`)
      : [[`${prefix}${name}`, Deno.readFileSync(`${folder}/${prefix}${name}`)]],
  );
}
