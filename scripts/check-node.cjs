'use strict';
// Run before anything is installed or built, by whatever Node.js is there: it must itself run on an old one.

const { engines } = require('../package.json');

const [major, minor] = numbers(process.versions.node);
const [leastMajor, leastMinor] = numbers(engines.node.replace('>=', ''));

if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
  const needed = `${leastMajor}.${leastMinor}`;
  process.stderr.write(
    `CodeInterview needs Node.js ${needed} or newer, and this is ${process.versions.node}: install one from https://nodejs.org\n`,
  );
  process.exit(1);
}

function numbers(version) {
  return version.split('.').map(Number);
}
