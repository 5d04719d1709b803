type Fn<T> = (x: T) => T; const id: Fn<number> = (x) => x; function over(a: string): string; function over(a: number): number; function over(a: any) { return a; }
const o = { a: 1 } satisfies Record<string, number>; let u!: string; u = 'x' as unknown as string; const n = o.a!; label: for (const i of [1, 2]) { for (;;) { continue label; } }
abstract class Shape { abstract area(): number; static create<T extends Shape>(this: new () => T) { return new this(); } } class Sq extends Shape { area() { return 4; } }
console.log(id(1), over('s'), over(2), u, n, Sq.create().area(), <number>5, (o as any)?.b?.c ?? 'dflt', 1_000n ** 2n);
function* gen(): Generator<number, string, boolean> { const b = yield 1; return String(b); } const g = gen(); g.next(); console.log(g.next(true));
class Counter { static #c = 0; static inc = () => ++Counter.#c; static { this.inc(); } } console.log(Counter.inc());
let s = ''; for (const [k, v] of Object.entries({ a: 1, b: 2 })) s += k + v; console.log(s, /(?<y>\d{4})/u.exec('in 2024')?.groups?.y);
function assertIsString(x: unknown): asserts x is string { if (typeof x !== 'string') throw new TypeError('no'); } try { assertIsString(1); } catch (e) { console.log((e as Error).message); }
console.log([1, 2, 3].at(-1), structuredClone(new Map([[1, { a: 2 }]])), [3, 1].reverse());
var this_ = this; console.log(typeof this_, (function (this: any) { return this === undefined; })());
