'use strict';
// Run before anything is installed or built, by whatever Node.js is there: it must itself run on an old one.

const ranges = require('../package.json').engines.node.split(' || ');
const { node: version } = process.versions;

if (!ranges.some((range) => includes(range, version))) {
  process.stderr.write(
    `CodeInterview needs Node.js ${ranges.join(' or ')}, and this is ${version}: install one from https://nodejs.org\n`,
  );
  process.exit(1);
}

/** Whether the version is in the range, which is like `^20.19` (that major alone) or like `>=24`. */
function includes(range, version) {
  const [leastMajor, leastMinor = 0] = range.match(/\d+/g).map(Number);
  const [major, minor] = version.split('.').map(Number);
  if (major === leastMajor) return minor >= leastMinor;
  return range.startsWith('>=') && major > leastMajor;
}
