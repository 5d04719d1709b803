const module = { a: 1 }; const exports = 2; const require = 3; const __filename = 4;
console.log(module, exports, require, __filename);
