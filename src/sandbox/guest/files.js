// Makes Node's `fs` fail as it does in an empty folder that nobody may write to. Deno's permissions have errors of
// their own, which no program expects.

/** Functions of `fs` and the system calls that their errors name. */
const READING = { readFile: 'open', stat: 'stat', lstat: 'lstat', access: 'access', readdir: 'scandir' };
const WRITING = { writeFile: 'open', appendFile: 'open', mkdir: 'mkdir', unlink: 'unlink', rm: 'rm' };
const MISSING = { code: 'ENOENT', errno: -2, text: 'no such file or directory' };
const FORBIDDEN = { code: 'EACCES', errno: -13, text: 'permission denied' };

/** Replaces the functions of `fs` that Deno denies. */
export function hideDenials(fs) {
  for (const [name, syscall] of Object.entries(READING)) replace(fs, name, syscall, MISSING);
  for (const [name, syscall] of Object.entries(WRITING)) replace(fs, name, syscall, FORBIDDEN);
  const { existsSync } = fs;
  fs.existsSync = (path) => {
    try {
      return existsSync(path);
    } catch {
      return false;
    }
  };
}

function replace(fs, name, syscall, { code, errno, text }) {
  const translate = (error, path) => {
    if (error?.name !== 'NotCapable') return error;
    const translated = new Error(`${code}: ${text}, ${syscall} '${path}'`);
    return Object.assign(translated, { errno, code, syscall, path });
  };
  const { [name]: withCallback, [`${name}Sync`]: sync } = fs;
  const { [name]: withPromise } = fs.promises;
  fs[`${name}Sync`] = (path, ...others) => {
    try {
      return sync(path, ...others);
    } catch (error) {
      throw translate(error, path);
    }
  };
  fs[name] = (path, ...others) => {
    const callback = others.pop();
    const done = (error, ...results) => callback(translate(error, path), ...results);
    try {
      return withCallback(path, ...others, done);
    } catch (error) {
      queueMicrotask(() => done(error));
    }
  };
  fs.promises[name] = async (path, ...others) => {
    try {
      return await withPromise(path, ...others);
    } catch (error) {
      throw translate(error, path);
    }
  };
}
