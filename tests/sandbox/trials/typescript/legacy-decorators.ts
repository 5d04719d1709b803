const log: string[] = [];
function cls(name: string) { return (target: Function) => { log.push(`class ${name} ${target.name}`); }; }
function method(target: any, key: string, descriptor: PropertyDescriptor) { const plain = descriptor.value; descriptor.value = function (...args: any[]) { return 'wrapped ' + plain.apply(this, args); }; log.push('method ' + key); }
function prop(target: any, key: string) { log.push('prop ' + key); }
function param(target: any, key: string | undefined, index: number) { log.push(`param ${key} ${index}`); }
@cls('one') @cls('two')
class Service { @prop name = 'n'; constructor(@param private a: number, @param b: string) {} @method run(@param x: number) { return x * this.a; } @method static st() { return 's'; } }
try { console.log(new Service(2, 'b').run(21), Service.st()); } catch (e) { console.log(String(e)); }
console.log(log.join('\n'));
