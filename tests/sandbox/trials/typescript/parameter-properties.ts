abstract class Base { constructor(protected readonly name: string, public n = 1) { this.init(); } abstract init(): void; }
class Derived extends Base { ready = false; declare n: number; x!: number; constructor(private extra: string[]) { super('d'); this.ready = this.ready || false; } init() { console.log('init', this.name, (this as any).extra); } }
const d = new Derived(['e']);
console.log(d, 'x' in d, Object.keys(d));
class Order { a = this.p; constructor(private p: number) {} }
console.log(new Order(4).a);
class Opt { constructor(public readonly a?: number, override = 2) { console.log(override); } }
console.log(JSON.stringify(new Opt()));
class P { #secret = 1; static is(x: object) { return #secret in x; } get s() { return this.#secret; } set s(v) { this.#secret = v; } }
const p = new P(); p.s++; console.log(p.s, P.is(p), P.is({}));
