class Thing { v = 1; }
namespace Thing { export const w = 2; }
export = Thing;
console.log(module.exports === Thing, Thing.w);
