namespace Shapes { export let count = 0; export class Circle { constructor() { count++; } } }
namespace Shapes { export function make() { return new Circle(); } export namespace Deep { export const v = count + 1; } }
namespace Empty { export interface T { a: 1 } }
class Host {} namespace Host { export const extra = 'static'; }
enum E { A } namespace E { export function parse(s: string) { return E[s as keyof typeof E]; } }
function fn() { return fn.times++; } namespace fn { export let times = 3; }
import C = Shapes.Circle;
import D = Shapes.Deep;
new C(); Shapes.make();
Shapes.count += 10;
console.log(Shapes.count, D.v, Host.extra, E.parse('A'), fn(), fn.times, Object.keys(Shapes));
namespace X.Y.Z { export const [p, { q }] = [1, { q: 2 }]; }
console.log(X.Y.Z.p + X.Y.Z.q);
